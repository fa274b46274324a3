//! LTI 1.1 and 2.0: consumers, which are registrations with a key and shared secrets.

use jiff::Timestamp;

use super::duration::{DAY, durations};
use super::{Invalid, Name, PlatformUser, Protocol, Registration, Resource, Slug};

durations! {
    /// How long a consumer's previous secret is accepted after a rotation.
    SecretOverlap, "overlap", (0..=90 * DAY), "7d";
}

/// Long enough for someone else to enter the new secret in the platform.
impl Default for SecretOverlap {
    fn default() -> Self {
        Self(7 * DAY)
    }
}

/// A platform that launches by LTI 1.1 or 2.0.
///
/// Its registration has no platform details: a consumer is identified by its key, and its only
/// deployment has the same name. With `any_key`, it has a deployment for each key that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// Slug, name, policy, and whether launches are accepted.
    pub registration: Registration,
    /// `oauth_consumer_key` (LTI 1.1.1, 4.2).
    pub key: ConsumerKey,
    /// Whether its secrets are accepted with any other key, too, which is then part of who a user
    /// is.
    pub any_key: bool,
    /// The slugs of the resources that it may use; `None` for those of all registrations.
    pub resources: Option<Vec<Slug>>,
    /// The resource that it was published with, and is deleted with.
    pub own_resource: Option<Slug>,
    /// Names it in the URLs of its cartridges: 128 random bits.
    pub cartridge_token: String,
    /// How many secrets it has.
    pub secret_count: u32,
    /// When its last launch was accepted, to the hour.
    pub last_seen_at: Option<Timestamp>,
    /// When its platform can no longer confirm a changed registration by LTI 2.0, if one waits.
    pub change_expires_at: Option<Timestamp>,
}

/// Begins the issuer of every platform user of LTI 1.1 or 2.0. No issuer of LTI 1.3 begins like
/// this, because those are URLs.
const ISSUER: &str = "urn:lti-1p1";

impl Consumer {
    /// The issuer of the platform users who launch with a consumer's own key.
    pub const ISSUER: &'static str = ISSUER;

    /// A consumer that may use all resources.
    ///
    /// # Errors
    ///
    /// If no slug can be derived from the name.
    pub fn new(
        name: Name,
        slug: Option<Slug>,
        key: ConsumerKey,
        cartridge_token: String,
        now: Timestamp,
    ) -> Result<Self, Invalid> {
        let slug = slug.map_or_else(|| Slug::from_name(&name), Ok)?;
        Ok(Self {
            registration: Registration {
                protocol: Protocol::Lti1p1,
                has_deployment: true,
                ..Registration::draft(slug, name, now)
            },
            key,
            any_key: false,
            resources: None,
            own_resource: None,
            cartridge_token,
            secret_count: 0,
            last_seen_at: None,
            change_expires_at: None,
        })
    }

    /// The platform user with a `user_id` (LTI 1.1.1, 4.2) who launches with a key. Another key than
    /// its own, which was accepted as any key, is never confused with the key of another consumer.
    pub fn platform_user(&self, key: &str, user_id: &str) -> PlatformUser {
        let issuer = match key == self.key.as_str() {
            true => ISSUER.to_owned(),
            false => Self::issuer_of_any_key(&self.registration.slug),
        };
        PlatformUser { issuer, tenant: key.to_owned(), sub: user_id.to_owned() }
    }

    /// The issuer of the platform users who launch with any other key than that of the consumer with
    /// this slug.
    pub fn issuer_of_any_key(slug: &Slug) -> String {
        format!("{ISSUER}:{slug}")
    }

    /// Whether it may launch a resource: one that it was given, which may be reserved for it, or else
    /// one that is open to all registrations.
    pub fn may_use(&self, resource: &Resource) -> bool {
        match &self.resources {
            Some(resources) => resources.contains(&resource.slug),
            None => resource.is_for(&self.registration.slug),
        }
    }
}

/// A consumer key (LTI 1.1.1, 4.2): compared byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsumerKey(String);

impl ConsumerKey {
    /// Checks a key.
    ///
    /// # Errors
    ///
    /// If it is no valid [`Name`], or begins or ends with white space.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let name = Name::new(text).map_err(|invalid| Invalid::new("consumer key", invalid.rule))?;
        if name.as_str() != text {
            let rule = "must not begin or end with white space";
            return Err(Invalid::new("consumer key", rule));
        }
        Ok(Self(text.to_owned()))
    }

    /// Accepts a key from the database, which may have been stored under older rules.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The issuer of the platform users of the consumer with this key.
    pub fn issuer(&self) -> &'static str {
        ISSUER
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ConsumerKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(&self.0)
    }
}
