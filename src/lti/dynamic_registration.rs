//! Dynamic registration: reads the platform's OpenID configuration, creates the tool's registration
//! request and reads the platform's response (LTI Dynamic Registration 1.0).
//!
//! Platforms differ in what they send, so parsing is tolerant where this is harmless, and strict
//! where one platform could impersonate another: the configuration determines who can launch the
//! tool.

mod configuration;
mod request;
mod response;

pub use self::configuration::{Cloud, Configuration, Permitted, SupportedMessage};
pub use self::request::{CANVAS_ICON, CANVAS_ICON_KEY, CANVAS_PRIVACY_LEVEL, SCOPES};
pub use self::request::{ToolDescription, registration_request};
pub use self::response::{RegistrationResponse, printable_response};

use thiserror::Error;

/// The key of the platform's part in its configuration.
const PLATFORM_KEY: &str = "https://purl.imsglobal.org/spec/lti-platform-configuration";

/// The key of the tool's part in a registration.
const TOOL_KEY: &str = "https://purl.imsglobal.org/spec/lti-tool-configuration";

/// A launch from a link.
const RESOURCE_LINK: &str = "LtiResourceLinkRequest";

/// A launch for selecting content.
const DEEP_LINKING: &str = "LtiDeepLinkingRequest";

/// Why a platform's configuration or its response cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RegistrationError {
    /// The configuration is not a JSON object.
    #[error("the platform's OpenID configuration is not JSON")]
    ConfigurationNotJson,
    /// It belongs to an OpenID provider that is not a learning platform.
    #[error(
        "the OpenID configuration does not mention LTI, so it does not belong to a learning \
         platform"
    )]
    NotLti,
    /// A required field is missing.
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
    /// The platform does not support what LTI requires.
    #[error("the platform does not support {what}, which LTI 1.3 requires")]
    Unsupported {
        /// The missing feature.
        what: &'static str,
    },
    /// The issuer is on another host than the configuration.
    #[error("the configuration is on {configuration_host}, but its issuer is on {issuer_host}")]
    IssuerElsewhere {
        /// Host of the configuration's URL.
        configuration_host: String,
        /// Host of the issuer.
        issuer_host: String,
    },
    /// The registration endpoint is on another host.
    #[error(
        "registration_endpoint is on {endpoint_host}, which belongs neither to the issuer \
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
    /// The issuer is a well-known cloud service, and an endpoint is not on one of its hosts.
    #[error("{field} is on {found}, which is not one of the hosts of {issuer}")]
    NotTheCloud {
        /// The well-known issuer.
        issuer: &'static str,
        /// The field's name.
        field: &'static str,
        /// The host that was found.
        found: String,
    },
    /// The response to the registration is not a JSON object.
    #[error("the platform accepted the registration, but its response is not JSON")]
    ResponseNotJson,
    /// The response has no client ID.
    #[error("the platform accepted the registration, but its response has no client_id")]
    NoClientId,
}

impl RegistrationError {
    /// The stable code, for scripts and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ConfigurationNotJson => "configuration_not_json",
            Self::NotLti => "configuration_not_lti",
            Self::Missing { .. } | Self::BadUrl { .. } => "configuration_invalid",
            Self::Unsupported { .. } => "configuration_unsupported",
            Self::IssuerElsewhere { .. }
            | Self::EndpointElsewhere { .. }
            | Self::NotTheCloud { .. } => "host_mismatch",
            Self::ResponseNotJson | Self::NoClientId => "answer_unreadable",
        }
    }

    /// An example of each code, with its title and placeholders for the platform's values.
    pub fn one_of_each() -> Vec<(&'static str, Self)> {
        vec![
            ("The platform's OpenID configuration is not JSON", Self::ConfigurationNotJson),
            ("The platform's OpenID configuration does not mention LTI", Self::NotLti),
            (
                "The platform's OpenID configuration lacks a field, or has a URL that cannot be \
                 used",
                Self::Missing { field: "FIELD" },
            ),
            (
                "The platform does not support what LTI 1.3 requires",
                Self::Unsupported { what: "the feature" },
            ),
            (
                "The platform's OpenID configuration is for an issuer on another host",
                Self::IssuerElsewhere {
                    configuration_host: "HOST".to_owned(),
                    issuer_host: "OTHER_HOST".to_owned(),
                },
            ),
            (
                "The platform accepted the registration, and its response cannot be used",
                Self::NoClientId,
            ),
        ]
    }
}

#[cfg(test)]
mod tests;
