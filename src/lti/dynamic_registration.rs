//! Dynamic registration: the platform's OpenID configuration in, our registration request out, the
//! platform's answer in (LTI Dynamic Registration 1.0).
//!
//! Platforms differ in what they send, so reading is tolerant where nothing depends on it and
//! strict where somebody could pass for another platform: whose configuration it is decides who may
//! launch into this tool afterwards.

mod answer;
mod configuration;
mod request;

pub use self::answer::{Answer, printable_answer};
pub use self::configuration::{Configuration, Permitted, SupportedMessage};
pub use self::request::SCOPES;
pub use self::request::{ToolDescription, registration_request};

use thiserror::Error;

/// The key of the platform's part in its configuration.
const PLATFORM_KEY: &str = "https://purl.imsglobal.org/spec/lti-platform-configuration";

/// The key of the tool's part in a registration.
const TOOL_KEY: &str = "https://purl.imsglobal.org/spec/lti-tool-configuration";

/// A launch from a link.
const RESOURCE_LINK: &str = "LtiResourceLinkRequest";

/// A launch for choosing content.
const DEEP_LINKING: &str = "LtiDeepLinkingRequest";

/// Why a platform's configuration or its answer cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unusable {
    /// The configuration is not a JSON object.
    #[error("the platform's OpenID configuration is not JSON")]
    ConfigurationNotJson,
    /// It is some OpenID provider's, but not a learning platform's.
    #[error(
        "the OpenID configuration says nothing about LTI, so this is not a learning platform's"
    )]
    NotLti,
    /// A field without which nothing works is not there.
    #[error("the platform's OpenID configuration has no {field}")]
    Missing {
        /// The field's name.
        field: &'static str,
    },
    /// A URL in the configuration that cannot be used.
    #[error("{field} of the OpenID configuration cannot be used: {problem}")]
    BadUrl {
        /// The field's name.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The platform cannot do what LTI asks for.
    #[error("the platform does not support {what}, which LTI 1.3 requires")]
    Unsupported {
        /// What it lacks.
        what: &'static str,
    },
    /// The configuration speaks for an issuer on another host.
    #[error(
        "the configuration lies on {configuration_host} but speaks for the issuer on {issuer_host}"
    )]
    IssuerElsewhere {
        /// Host of the configuration's URL.
        configuration_host: String,
        /// Host of the issuer.
        issuer_host: String,
    },
    /// The registration would be sent to somebody else.
    #[error(
        "registration_endpoint lies on {endpoint_host}, which belongs neither to the issuer \
         ({issuer_host}) nor to the configuration ({configuration_host})"
    )]
    EndpointElsewhere {
        /// Host of the registration endpoint.
        endpoint_host: String,
        /// Host of the issuer.
        issuer_host: String,
        /// Host of the configuration's URL.
        configuration_host: String,
    },
    /// A configuration that speaks for a well-known cloud service with end points that are not its
    /// own.
    #[error("{field} lies on {found}, which is not one of the hosts of {issuer}")]
    NotTheCloud {
        /// The well-known issuer.
        issuer: &'static str,
        /// The field's name.
        field: &'static str,
        /// The host that was found.
        found: String,
    },
    /// The answer to our registration is not a JSON object.
    #[error("the platform accepted the registration, but its answer is not JSON")]
    AnswerNotJson,
    /// The answer names no client.
    #[error("the platform accepted the registration, but its answer has no client_id")]
    NoClientId,
}

impl Unusable {
    /// A stable word for scripts and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ConfigurationNotJson => "configuration_not_json",
            Self::NotLti => "configuration_not_lti",
            Self::Missing { .. } | Self::BadUrl { .. } => "configuration_invalid",
            Self::Unsupported { .. } => "configuration_unsupported",
            Self::IssuerElsewhere { .. }
            | Self::EndpointElsewhere { .. }
            | Self::NotTheCloud { .. } => "host_mismatch",
            Self::AnswerNotJson | Self::NoClientId => "answer_unreadable",
        }
    }

    /// One problem of each code, with a title for the code and placeholders for what would have
    /// come from the platform.
    pub fn one_of_each() -> Vec<(&'static str, Self)> {
        vec![
            ("The platform's OpenID configuration is not JSON", Self::ConfigurationNotJson),
            ("The platform's OpenID configuration is none for LTI", Self::NotLti),
            (
                "The platform's OpenID configuration lacks a field, or has a URL that cannot be \
                 used",
                Self::Missing { field: "FIELD" },
            ),
            (
                "The platform cannot do what LTI 1.3 requires",
                Self::Unsupported { what: "what it lacks" },
            ),
            (
                "The platform's OpenID configuration speaks for another host",
                Self::IssuerElsewhere {
                    configuration_host: "HOST".to_owned(),
                    issuer_host: "OTHER_HOST".to_owned(),
                },
            ),
            (
                "The platform accepted the registration, and its answer cannot be used",
                Self::NoClientId,
            ),
        ]
    }

    /// What to do about it, for an admin.
    pub fn fix(&self) -> &'static str {
        match self {
            Self::ConfigurationNotJson | Self::NotLti | Self::Missing { .. } => {
                "open the URL openid_configuration in a browser: it must show the platform's JSON, \
                 without a login"
            }
            Self::BadUrl { .. } => {
                "the platform's own address must be https; its admin corrects it in the platform's \
                 settings (Moodle: wwwroot)"
            }
            Self::Unsupported { .. } => {
                "enter the platform by hand with ltictl platform set, or update the platform"
            }
            Self::IssuerElsewhere { .. } | Self::EndpointElsewhere { .. } => {
                "open the registration URL from the platform's own address, or enter the platform \
                 by hand with ltictl platform set"
            }
            Self::NotTheCloud { .. } => {
                "do not trust this registration; if the platform is yours, enter it by hand with \
                 ltictl platform set"
            }
            Self::AnswerNotJson | Self::NoClientId => {
                "look for the tool in the platform: enter its details with ltictl platform set, or \
                 delete it there and register again"
            }
        }
    }
}

#[cfg(test)]
mod tests;
