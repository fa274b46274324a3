//! Accounts on the tool, and the platform users who are linked to them.

use std::borrow::Borrow;
use std::borrow::Cow;
use std::fmt;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::invisible::{check_printable, trimmed};
use super::plain_name::plain_name;
use super::words::words;
use super::{Invalid, Random, json};

/// A person's account on the tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Account {
    /// Row ID in the database.
    #[serde(skip)]
    pub id: i64,
    /// Identifier for apps behind the tool; it never changes.
    #[serde(serialize_with = "json::text")]
    #[schemars(with = "String")]
    pub uuid: Uuid,
    /// Name of the account in commands, with which the person also signs in.
    pub username: Username,
    /// The person's data.
    #[serde(flatten)]
    pub profile: Profile,
    /// Who created the account.
    pub origin: AccountOrigin,
    /// Whether the person's launches are accepted.
    pub enabled: bool,
    /// Whether the person can sign in with a password.
    pub has_password: bool,
    /// Whether a password does not open the account, only an identity at a provider.
    pub require_provider: bool,
    /// Whether content selection offers every resource to the account.
    #[serde(skip)]
    pub grants_all: bool,
    /// When it was created.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub updated_at: Timestamp,
}

impl Account {
    /// An account that an admin creates, without a password.
    pub fn by_admin(username: Username, uuid: Uuid, profile: Profile, now: Timestamp) -> Self {
        Self {
            id: 0,
            uuid,
            username,
            origin: AccountOrigin::Admin,
            profile,
            has_password: false,
            enabled: true,
            require_provider: false,
            grants_all: false,
            created_at: now,
            updated_at: now,
        }
    }

    /// The person's name as every page and list shows it: the full name, or else the username.
    pub fn display_name(&self) -> Cow<'_, str> {
        self.profile.full_name().unwrap_or(Cow::Borrowed(self.username.as_str()))
    }
}

/// A full name: the one that is stored, or else given and family name.
pub fn full_name<'n>(
    name: Option<&'n str>,
    given_name: Option<&'n str>,
    family_name: Option<&'n str>,
) -> Option<Cow<'n, str>> {
    match (name, given_name, family_name) {
        (Some(name), ..) | (None, Some(name), None) | (None, None, Some(name)) => {
            Some(Cow::Borrowed(name))
        }
        (None, Some(given), Some(family)) => Some(Cow::Owned(format!("{given} {family}"))),
        (None, None, None) => None,
    }
}

/// A person's data. Any of it may be missing, because platforms need not send it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Profile {
    /// Full name.
    pub name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Email address. It never identifies a person, because platforms do not verify it.
    pub email: Option<String>,
    /// Language (BCP 47).
    pub locale: Option<String>,
    /// Time zone (IANA).
    pub time_zone: Option<String>,
    /// School or university.
    pub institution: Option<String>,
}

impl Profile {
    /// The person's full name; see [`full_name`].
    pub fn full_name(&self) -> Option<Cow<'_, str>> {
        let Self { name, given_name, family_name, .. } = self;
        full_name(name.as_deref(), given_name.as_deref(), family_name.as_deref())
    }
}

words! {
    /// Who created an account.
    AccountOrigin, "origin", {
        /// An admin, with `account create`. Launches never change its profile.
        Admin = "admin",
        /// The person's first launch.
        Launch = "launch",
        /// Member synchronization.
        Sync = "sync",
    }
}

/// Maximum length of a username, in characters.
const MAX_USERNAME_CHARACTERS: usize = 64;

/// A username: 1 to 64 characters of `a-z`, `0-9`, `.`, `_`, `-` and `@`, beginning with a letter or
/// a digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Username(String);

impl Username {
    /// Checks a username; upper-case letters become lower-case ones.
    ///
    /// # Errors
    ///
    /// If it is empty, longer than 64 characters, or has other characters.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let text = trimmed(text).to_ascii_lowercase();
        check_printable("username", &text, &[])?;
        let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        let plain =
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-@".contains(&byte));
        if first && plain && text.len() <= MAX_USERNAME_CHARACTERS {
            Ok(Self(text))
        } else {
            Err(Invalid::new(
                "username",
                format!(
                    "must be 1 to {MAX_USERNAME_CHARACTERS} characters of a-z, 0-9, '.', '_', '-' and \
                     '@', beginning with a letter or a digit"
                ),
            ))
        }
    }

    /// A username that is derived from a person's name: `Zoë Núñez` becomes `zoe-nunez`. `None` if
    /// the name has neither letters nor digits.
    pub fn from_name(name: &str) -> Option<Self> {
        plain_name(name, MAX_USERNAME_CHARACTERS).map(Self)
    }

    /// A new username that no one has: derived from the person's name, if it is known, with eight
    /// random characters.
    pub fn fresh(name: Option<&str>, random: &Random) -> Self {
        let stem = name.and_then(|name| plain_name(name, 40));
        let stem = stem.as_deref().unwrap_or("user");
        Self(format!("{stem}-{}", HEXLOWER.encode(&random.bytes::<4>())))
    }

    /// The placeholder for a username in examples of commands.
    pub fn placeholder() -> Self {
        Self("USERNAME".to_owned())
    }

    /// The username as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Usernames in maps can be looked up by their text.
impl Borrow<str> for Username {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// A platform user, as id_tokens identify them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct PlatformUser {
    /// The platform's issuer.
    pub issuer: String,
    /// The platform's customer if customers share the issuer; otherwise empty, which is null in
    /// JSON.
    #[serde(serialize_with = "empty_as_null")]
    #[schemars(with = "Option<String>")]
    pub tenant: String,
    /// The platform's identifier of the person.
    pub sub: String,
}

fn empty_as_null<S: serde::Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    Some(text).filter(|text| !text.is_empty()).serialize(serializer)
}

words! {
    /// What identifies the users of a registration, in addition to their `sub`.
    Identity, "identity", {
        /// The issuer: all registrations of an issuer have the same users.
        Issuer = "issuer",
        /// Issuer and client ID, for platforms whose customers share the issuer.
        ClientId = "client-id",
        /// Issuer, client ID and deployment ID, for platforms whose customers share both.
        Deployment = "deployment",
    }
}

impl Identity {
    /// The tenant of users who launch through this client and deployment.
    pub fn tenant(self, client_id: &str, deployment_id: &str) -> String {
        match self {
            Self::Issuer => String::new(),
            Self::ClientId => client_id.to_owned(),
            // With the length, different pairs never result in the same text.
            Self::Deployment => format!("{}:{client_id}:{deployment_id}", client_id.len()),
        }
    }
}

/// A platform user who is linked to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccountLink {
    /// The platform user.
    #[serde(flatten)]
    pub user: PlatformUser,
    /// Whether the account was created for this user, whose launches then update its profile.
    pub made_account: bool,
    /// Whether the account is that of the user's LTI 1.1 user, which was found when their platform
    /// moved to LTI 1.3.
    pub migrated: bool,
    /// When the user was linked.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// When the user last launched.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub last_launch_at: Option<Timestamp>,
}

impl AccountLink {
    /// A user who is linked to an account that exists, and has not launched since.
    pub fn new(user: PlatformUser, now: Timestamp) -> Self {
        Self { user, made_account: false, migrated: false, created_at: now, last_launch_at: None }
    }
}

/// A user of an LTI 1.1 platform. The account is linked to a platform user by an LTI 1.3 launch with
/// a signed migration claim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ConsumerUser {
    /// Consumer key of LTI 1.1.
    pub consumer_key: String,
    /// `user_id` of LTI 1.1.
    pub user_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_have_simple_characters_only() {
        for (text, expected) in [
            (" Tina.Teacher ", Some("tina.teacher")),
            ("tina@school.example", Some("tina@school.example")),
            ("7of9", Some("7of9")),
            ("", None),
            (".tina", None),
            ("-tina", None),
            ("tina teacher", None),
            ("zoë", None),
            ("a\u{1b}", None),
            (&"x".repeat(65), None),
        ] {
            assert_eq!(
                Username::new(text).ok().as_ref().map(Username::as_str),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn new_usernames_are_valid() {
        let random = Random::seeded(1);
        for (name, stem) in [
            (Some("Sam Student"), "sam-student-"),
            (Some("学生"), "xuesheng-"),
            (Some("!"), "user-"),
            (None, "user-"),
            (Some("- Zoë Núñez!"), "zoe-nunez-"),
            (Some(&*"x".repeat(99)), "x"),
        ] {
            let username = Username::fresh(name, &random);
            assert!(username.as_str().starts_with(stem), "{username}");
            assert_eq!(Username::new(username.as_str()), Ok(username));
        }
    }

    #[test]
    fn tenants_differ_between_customers() {
        assert_eq!(Identity::Issuer.tenant("a", "b"), Identity::Issuer.tenant("c", "d"));
        assert_ne!(Identity::ClientId.tenant("a", "b"), Identity::ClientId.tenant("c", "b"));
        assert_eq!(Identity::ClientId.tenant("a", "b"), Identity::ClientId.tenant("a", "d"));
        assert_ne!(
            Identity::Deployment.tenant("a", "b:c"),
            Identity::Deployment.tenant("a:b", "c")
        );
    }
}
