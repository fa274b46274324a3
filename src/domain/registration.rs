//! A platform's registration with this tool.

use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::invisible::{check_printable, trimmed};
use super::{
    ClientId, DeploymentId, EndpointUrl, Identity, Invalid, Issuer, Name, SigningAlgorithms, Slug,
};

/// One platform's use of this tool: a draft until the platform's details and a deployment are
/// known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Key within the database.
    pub id: i64,
    /// How commands and URLs address it; it stays when the name changes.
    pub slug: Slug,
    /// What people call the platform.
    pub name: Name,
    /// Switched off registrations refuse every launch.
    pub enabled: bool,
    /// What the platform told us about itself; unknown in a draft.
    pub platform: Option<PlatformDetails>,
    /// How we treat this platform.
    pub policy: PlatformPolicy,
    /// Which product the platform is, as far as it is known: the name of its form and preset, or
    /// what it called itself.
    pub product: Option<Product>,
    /// Where the platform's OpenID configuration is, as far as it is known.
    pub configuration_url: Option<EndpointUrl>,
    /// Whether it has at least one deployment.
    pub has_deployment: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it or its deployments last changed.
    pub updated_at: Timestamp,
}

impl Registration {
    /// A draft of that name, which knows nothing of its platform yet.
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
            created_at: now,
            updated_at: now,
        }
    }

    /// Draft, active or disabled, as listings show it.
    pub fn status(&self) -> Status {
        if !self.enabled {
            Status::Disabled
        } else if self.missing().is_empty() {
            Status::Active
        } else {
            Status::Draft
        }
    }

    /// `aud` of our client assertions: what is set, or else the token URL. None in a draft.
    ///
    /// A bare host, which Canvas names in its configuration, is no audience that Canvas takes.
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

    /// What is still to be told before launches work, in the order in which it is usually told.
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

/// Where a registration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Something is still missing.
    Draft,
    /// Launches work.
    Active,
    /// Switched off by the admin.
    Disabled,
}

/// What a draft still needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Issuer, client ID and end points.
    Platform,
    /// At least one deployment ID.
    Deployment,
}

/// The five values that an LMS shows once the tool is set up there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlatformDetails {
    /// Platform ID (issuer).
    pub issuer: Issuer,
    /// Client ID.
    pub client_id: ClientId,
    /// Public keyset URL.
    pub keyset_url: EndpointUrl,
    /// Access token URL.
    pub access_token_url: EndpointUrl,
    /// Authentication request URL.
    pub authentication_request_url: EndpointUrl,
}

impl PlatformDetails {
    /// The five values as text, in the order of the form.
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

/// How we treat one platform; the defaults suit every platform that follows the specifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformPolicy {
    /// `aud` of our client assertions where the platform wants another than its token URL
    /// (Brightspace).
    pub token_audience: Option<String>,
    /// Whether the admin typed an audience that lies on another origin than the token URL. It ends
    /// when either of them changes.
    pub audience_confirmed: bool,
    /// What its id_tokens may be signed with.
    pub algorithms: SigningAlgorithms,
    /// What happens to a launch from a deployment that nobody entered.
    pub deployments: DeploymentPolicy,
    /// How far the clocks may differ, in seconds; 0 to 300.
    pub leeway_seconds: u16,
    /// Whether launches without a user (`sub`) are let in.
    pub allow_anonymous: bool,
    /// Whether end points may use http without being on this machine.
    pub allow_http: bool,
    /// Whether end points may lie in a private network, as for a campus LMS on 10.x.
    pub allow_private_network: bool,
    /// Further origins that may frame our pages, such as a vanity domain.
    pub frame_ancestors: Vec<String>,
    /// By what its users are told apart from those of other registrations; without it, by what is
    /// known of the issuer.
    pub identity: Option<Identity>,
}

impl PlatformPolicy {
    /// The most seconds by which clocks may be allowed to differ.
    pub const LARGEST_LEEWAY: u16 = 300;
}

impl Default for PlatformPolicy {
    fn default() -> Self {
        Self {
            token_audience: None,
            audience_confirmed: false,
            algorithms: SigningAlgorithms::default(),
            deployments: DeploymentPolicy::Known,
            leeway_seconds: 60,
            allow_anonymous: false,
            allow_http: false,
            allow_private_network: false,
            frame_ancestors: Vec::new(),
            identity: None,
        }
    }
}

/// What happens to a launch from a deployment that nobody entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentPolicy {
    /// It is refused, and `launch show` says how to add the deployment.
    Known,
    /// It is let in and the deployment is added; for platforms that make one per course (Canvas).
    Accept,
}

impl DeploymentPolicy {
    /// The word on the command line and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Accept => "accept",
        }
    }
}

impl FromStr for DeploymentPolicy {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "known" => Ok(Self::Known),
            "accept" => Ok(Self::Accept),
            _ => Err(Invalid::new("deployments", "must be known or accept")),
        }
    }
}

/// One installation of the tool within a platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deployment {
    /// The platform's identifier.
    pub deployment_id: DeploymentId,
    /// What people call it.
    pub name: Name,
}

/// A product's short name, such as `moodle`: at most 100 characters, in lower case, without spaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Product(String);

impl Product {
    /// Checks a name; capital letters become small ones.
    ///
    /// # Errors
    ///
    /// Names the rule that is broken.
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
