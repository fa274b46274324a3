//! What an id_token says, as the rest of the tool sees it.
//!
//! One pass over the JSON keeps the claims that somebody here reads and skips all others. A claim of the wrong type does not end the reading: a required one is
//! kept as wrong, so that the check to which it belongs refuses it with its own code, and an optional one counts as absent. Only a known claim that comes twice
//! ends it, because then two readers could see two different tokens.

mod field;

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

pub(crate) use self::field::{Audience, Field, Roles};
use self::field::{custom, object, text, texts};

/// The claims of an id_token (LTI 1.3, section 5; core launch, section 7).
///
/// Whoever gets one from [`super::id_token`] has verified claims in hand. Its `Debug` shows no personal data.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Claims {
    pub(crate) iss: Field,
    pub(crate) aud: Audience,
    pub(crate) azp: Field,
    pub(crate) exp: Field,
    pub(crate) iat: Field,
    pub(crate) nbf: Field,
    pub(crate) nonce: Field,
    pub(crate) sub: Field,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/version")]
    pub(crate) version: Field,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/message_type")]
    pub(crate) message_type: Field,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/deployment_id")]
    pub(crate) deployment_id: Field,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/target_link_uri")]
    pub(crate) target_link_uri: Field,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/roles")]
    pub(crate) roles: Roles,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/resource_link", deserialize_with = "object")]
    resource_link: Option<ResourceLink>,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/context", deserialize_with = "object")]
    context: Option<Context>,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/tool_platform", deserialize_with = "object")]
    tool_platform: Option<ToolPlatform>,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation", deserialize_with = "object")]
    launch_presentation: Option<LaunchPresentation>,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/custom", deserialize_with = "custom")]
    custom: BTreeMap<String, String>,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint", deserialize_with = "object")]
    ags_endpoint: Option<AgsEndpoint>,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice", deserialize_with = "object")]
    names_and_roles: Option<NamesAndRoles>,
    #[serde(deserialize_with = "text")]
    name: Option<String>,
    #[serde(deserialize_with = "text")]
    given_name: Option<String>,
    #[serde(deserialize_with = "text")]
    family_name: Option<String>,
    #[serde(deserialize_with = "text")]
    middle_name: Option<String>,
    #[serde(deserialize_with = "text")]
    email: Option<String>,
    #[serde(deserialize_with = "text")]
    locale: Option<String>,
    #[serde(deserialize_with = "text")]
    picture: Option<String>,
}

impl Claims {
    /// `iss`: who issued the token.
    pub fn issuer(&self) -> Option<&str> {
        self.iss.text()
    }

    /// `exp` in seconds since 1970, without fractions.
    pub fn expires_at(&self) -> Option<i64> {
        self.exp.seconds()
    }

    /// `iat` in seconds since 1970, without fractions.
    pub fn issued_at(&self) -> Option<i64> {
        self.iat.seconds()
    }

    /// `sub`: the user's ID with this issuer; absent for an anonymous launch. Nothing else identifies a user.
    pub fn sub(&self) -> Option<&str> {
        self.sub.text()
    }

    /// `name`: the full name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// `given_name`.
    pub fn given_name(&self) -> Option<&str> {
        self.given_name.as_deref()
    }

    /// `family_name`.
    pub fn family_name(&self) -> Option<&str> {
        self.family_name.as_deref()
    }

    /// `middle_name`.
    pub fn middle_name(&self) -> Option<&str> {
        self.middle_name.as_deref()
    }

    /// `email`, which nobody has verified.
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// `locale`: the language that the user prefers (BCP 47).
    pub fn locale(&self) -> Option<&str> {
        self.locale.as_deref()
    }

    /// `picture`: where a picture of the user is.
    pub fn picture(&self) -> Option<&str> {
        self.picture.as_deref()
    }

    /// The roles as sent, without empty ones and what is not text.
    pub fn roles(&self) -> &[String] {
        match &self.roles {
            Roles::List(roles) => roles,
            Roles::Absent | Roles::Wrong => &[],
        }
    }

    /// The message type, such as `LtiResourceLinkRequest`.
    pub fn message_type(&self) -> Option<&str> {
        self.message_type.text()
    }

    /// The deployment from which the launch comes.
    pub fn deployment_id(&self) -> Option<&str> {
        self.deployment_id.text()
    }

    /// What the launch is for.
    pub fn target_link_uri(&self) -> Option<&str> {
        self.target_link_uri.text()
    }

    /// The course or whatever else the link stands in, if it has an ID.
    pub fn context(&self) -> Option<&Context> {
        self.context.as_ref().filter(|context| !context.id.is_empty())
    }

    /// The link that was launched, if it has an ID.
    pub fn resource_link(&self) -> Option<&ResourceLink> {
        self.resource_link.as_ref().filter(|link| !link.id.is_empty())
    }

    /// The platform about itself.
    pub fn tool_platform(&self) -> Option<&ToolPlatform> {
        self.tool_platform.as_ref()
    }

    /// How the platform shows the launch.
    pub fn launch_presentation(&self) -> Option<&LaunchPresentation> {
        self.launch_presentation.as_ref()
    }

    /// The custom parameters. Numbers and truth values are text here; a value that starts with `$` is a variable that the platform does not know, and absent.
    pub fn custom(&self) -> &BTreeMap<String, String> {
        &self.custom
    }

    /// Where line items and scores go (Assignment and Grade Services 2.0).
    pub fn ags_endpoint(&self) -> Option<&AgsEndpoint> {
        self.ags_endpoint.as_ref()
    }

    /// Where the members of the context are listed (Names and Role Provisioning Services 2.0).
    pub fn names_and_roles(&self) -> Option<&NamesAndRoles> {
        self.names_and_roles.as_ref()
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Claims")
            .field("iss", &self.issuer())
            .field("message_type", &self.message_type())
            .field("deployment_id", &self.deployment_id())
            .finish_non_exhaustive()
    }
}

/// The course or whatever else a link stands in (LTI 1.3, 5.4.1). Unique within a deployment.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Context {
    /// Its ID.
    #[serde(deserialize_with = "field::text_or_empty")]
    pub id: String,
    /// Its short name.
    #[serde(deserialize_with = "text")]
    pub label: Option<String>,
    /// Its full name.
    #[serde(deserialize_with = "text")]
    pub title: Option<String>,
    /// What kind of context it is, as sent.
    #[serde(rename = "type", deserialize_with = "texts")]
    pub types: Vec<String>,
}

/// A link to the tool on the platform (LTI 1.3, 5.3.5). Unique within a deployment.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ResourceLink {
    /// Its ID.
    #[serde(deserialize_with = "field::text_or_empty")]
    pub id: String,
    /// What it is called on the platform.
    #[serde(deserialize_with = "text")]
    pub title: Option<String>,
    /// How it is described on the platform.
    #[serde(deserialize_with = "text")]
    pub description: Option<String>,
}

/// The platform about itself (LTI 1.3, 5.4.2).
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ToolPlatform {
    /// Names the instance where many share one issuer.
    #[serde(deserialize_with = "text")]
    pub guid: Option<String>,
    /// What it is called.
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    /// The product, such as `moodle` or `canvas`.
    #[serde(deserialize_with = "text")]
    pub product_family_code: Option<String>,
    /// The version of the product.
    #[serde(deserialize_with = "text")]
    pub version: Option<String>,
}

/// How the platform shows the launch (LTI 1.3, 5.4.4).
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LaunchPresentation {
    /// `frame`, `iframe` or `window`.
    #[serde(deserialize_with = "text")]
    pub document_target: Option<String>,
    /// Where the browser may be sent back to.
    #[serde(deserialize_with = "text")]
    pub return_url: Option<String>,
    /// The language of the page around it (BCP 47).
    #[serde(deserialize_with = "text")]
    pub locale: Option<String>,
}

/// Where line items and scores go (Assignment and Grade Services 2.0, 3.1).
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct AgsEndpoint {
    /// What the tool may ask a token for.
    #[serde(deserialize_with = "texts")]
    pub scope: Vec<String>,
    /// The line items of the context.
    #[serde(deserialize_with = "text")]
    pub lineitems: Option<String>,
    /// The one line item of this link.
    #[serde(deserialize_with = "text")]
    pub lineitem: Option<String>,
}

/// Where the members of the context are listed (Names and Role Provisioning Services 2.0, 3.6).
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct NamesAndRoles {
    /// The first page of the list.
    #[serde(deserialize_with = "text")]
    pub context_memberships_url: Option<String>,
}

#[cfg(test)]
mod tests;
