//! A platform's registration with this tool.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::invisible::{check_printable, trimmed};
use super::words::words;
use super::{
    ClientId, DeploymentId, EndpointUrl, Identity, Invalid, Issuer, Name, Protocol,
    SigningAlgorithms, Slug, StaffRoles, json,
};

/// A platform's registration: a draft until the platform details and a deployment are known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Registration {
    /// Row ID in the database.
    #[serde(skip)]
    pub id: i64,
    /// Name of the registration in commands and URLs; renaming does not change it.
    pub slug: Slug,
    /// Name of the platform.
    pub name: Name,
    /// Whether launches are accepted.
    #[serde(skip)]
    pub enabled: bool,
    /// Platform details; null in a draft.
    pub platform: Option<PlatformDetails>,
    /// How the tool treats the platform.
    #[serde(skip)]
    pub policy: PlatformPolicy,
    /// The platform's product, if known: the name of its form or preset, or what dynamic
    /// registration reported.
    #[serde(skip)]
    pub product: Option<Product>,
    /// URL of the platform's OpenID configuration, if known.
    #[serde(skip)]
    pub configuration_url: Option<EndpointUrl>,
    /// Whether it has at least one deployment.
    #[serde(skip)]
    pub has_deployment: bool,
    /// The version of LTI; that of registrations with platform details is 1.3.
    #[serde(skip)]
    pub protocol: Protocol,
    /// When it was created.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// When the registration or its deployments were last changed.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub updated_at: Timestamp,
}

impl Registration {
    /// A draft with this name, without platform details.
    pub fn draft(slug: Slug, name: Name, now: Timestamp) -> Self {
        Self {
            id: 0,
            slug,
            name,
            enabled: true,
            platform: None,
            policy: PlatformPolicy::default(),
            product: None,
            configuration_url: None,
            has_deployment: false,
            protocol: Protocol::Lti1p3,
            created_at: now,
            updated_at: now,
        }
    }

    /// Draft, active or disabled.
    pub fn status(&self) -> Status {
        if !self.enabled {
            Status::Disabled
        } else if self.missing().is_empty() {
            Status::Active
        } else {
            Status::Draft
        }
    }

    /// Audience (`aud`) of client assertions: the one in the policy, or else the access token URL.
    /// `None` in a draft.
    ///
    /// Canvas's configuration names a bare host, which Canvas itself does not accept as an audience.
    pub fn assertion_audience(&self) -> Option<&str> {
        let platform = self.platform.as_ref()?;
        let is_canvas =
            self.product.as_ref().is_some_and(|product| product.as_str().starts_with("canvas"));
        let audience = self
            .policy
            .token_audience
            .as_deref()
            .filter(|audience| !is_canvas || audience.contains("://"));
        Some(audience.unwrap_or(platform.access_token_url.as_str()))
    }

    /// What is missing before launches are accepted, in the order in which it is usually set.
    pub fn missing(&self) -> Vec<Missing> {
        let mut missing = Vec::new();
        if self.platform.is_none() {
            missing.push(Missing::Platform);
        }
        if !self.has_deployment && self.policy.deployments == DeploymentPolicy::Known {
            missing.push(Missing::Deployment);
        }
        missing
    }
}

/// Status of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Platform details or a deployment are missing.
    Draft,
    /// Launches are accepted.
    Active,
    /// The admin has disabled it.
    Disabled,
}

/// What a draft is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Issuer, client ID and endpoints.
    Platform,
    /// At least one deployment ID.
    Deployment,
}

/// The five values that an LMS shows after the tool has been added to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PlatformDetails {
    /// "Platform ID (issuer)".
    pub issuer: Issuer,
    /// "Client ID".
    pub client_id: ClientId,
    /// "Public keyset URL".
    pub keyset_url: EndpointUrl,
    /// "Access token URL".
    pub access_token_url: EndpointUrl,
    /// "Authentication request URL".
    pub authentication_request_url: EndpointUrl,
}

impl PlatformDetails {
    /// The five values as text, in the order of the fields.
    pub fn values(&self) -> [&str; 5] {
        [
            self.issuer.as_str(),
            self.client_id.as_str(),
            self.keyset_url.as_str(),
            self.access_token_url.as_str(),
            self.authentication_request_url.as_str(),
        ]
    }
}

/// How the tool treats a platform; the defaults suit platforms that follow the specifications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PlatformPolicy {
    /// Audience of client assertions, if it is not the access token URL (Brightspace).
    pub token_audience: Option<String>,
    /// Whether the admin confirmed an audience with another origin than the token URL. It is reset
    /// when either of them changes.
    #[serde(skip)]
    pub audience_confirmed: bool,
    /// Algorithms that launches may be signed with.
    #[schemars(with = "Vec<String>")]
    pub algorithms: SigningAlgorithms,
    /// What happens to launches from unknown deployments.
    pub deployments: DeploymentPolicy,
    /// How far the clocks may differ, in seconds: 0 to 300.
    pub leeway_seconds: u16,
    /// The LTI roles that make someone staff.
    #[schemars(with = "Vec<String>")]
    pub staff_roles: StaffRoles,
    /// Whether launches without a user (`sub`) are accepted.
    pub allow_anonymous: bool,
    /// Whether endpoints on other machines may use http.
    pub allow_http: bool,
    /// Whether endpoints may be in a private network, such as 10.x.
    pub allow_private_network: bool,
    /// Further origins that may frame the tool's pages, such as a vanity domain.
    pub frame_ancestors: Vec<String>,
    /// Whether email addresses from the platform count as verified.
    pub email: PlatformEmail,
    /// Whether the tool subscribes to the platform's notices and accepts them.
    pub notices: NoticePolicy,
    /// What identifies users, if the admin chose it; otherwise it depends on the issuer.
    #[serde(skip)]
    pub identity: Option<Identity>,
}

impl PlatformPolicy {
    /// Maximum of `leeway_seconds`.
    pub const MAX_LEEWAY: u16 = 300;
}

impl Default for PlatformPolicy {
    fn default() -> Self {
        Self {
            token_audience: None,
            audience_confirmed: false,
            algorithms: SigningAlgorithms::default(),
            deployments: DeploymentPolicy::Known,
            leeway_seconds: 60,
            staff_roles: StaffRoles::default(),
            allow_anonymous: false,
            allow_http: false,
            allow_private_network: false,
            frame_ancestors: Vec::new(),
            email: PlatformEmail::Unverified,
            notices: NoticePolicy::On,
            identity: None,
        }
    }
}

words! {
    /// What happens to launches from unknown deployments.
    DeploymentPolicy, "deployments", {
        /// They are refused, and `launch show` prints the command that adds the deployment.
        Known = "known",
        /// They are accepted and the deployment is added: for platforms with a deployment per course
        /// (Canvas).
        Accept = "accept",
    }
}

words! {
    /// Whether the tool subscribes to a platform's notices and accepts them.
    NoticePolicy, "notices", {
        /// It does, if the platform offers notices.
        On = "on",
        /// It does not, and ends its subscriptions.
        Off = "off",
    }
}

words! {
    /// Whether email addresses from a platform count as verified.
    PlatformEmail, "email", {
        /// They do not: people can often type any address on a platform.
        Unverified = "unverified",
        /// They do: the platform's operator vouches for them, and people cannot change them.
        Verified = "verified",
    }
}

/// A deployment of the tool within a platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Deployment {
    /// "Deployment ID", which the platform assigns.
    pub deployment_id: DeploymentId,
    /// Name of the deployment; null if the admin gave none.
    pub name: Option<Name>,
}

/// A product's short name, such as `moodle`: at most 100 characters, in lower case, without spaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Product(String);

impl Product {
    /// Checks a name and converts it to lower case.
    ///
    /// # Errors
    ///
    /// The rule that is broken.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let name = trimmed(text).to_ascii_lowercase();
        check_printable("product", &name, &[])?;
        if name.is_empty()
            || name.len() > 100
            || !name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
        {
            return Err(Invalid::new(
                "product",
                "must be a short name such as moodle, of letters, digits, dots and hyphens",
            ));
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_short_names() {
        for (text, expected) in [
            ("Moodle", Some("moodle")),
            (" sakailms.org ", Some("sakailms.org")),
            ("canvas-beta", Some("canvas-beta")),
            ("", None),
            ("a b", None),
            ("\u{1b}[31m", None),
        ] {
            assert_eq!(Product::new(text).ok().as_ref().map(Product::as_str), expected, "{text:?}");
        }
        assert!(Product::new(&"x".repeat(101)).is_err());
    }
}
