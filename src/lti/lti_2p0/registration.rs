//! How a registration starts and ends.

use std::fmt;

use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::profile::http_url;
use super::{CHANGE_REQUESTS, VERSION};
use crate::lti::lti_1p1::excerpt::one_line;
use crate::lti::lti_1p1::message::{MAX_ID_CHARACTERS, MAX_URL_CHARACTERS};
use crate::lti::lti_1p1::oauth1::Verified;
use crate::lti::message::value;
use crate::lti::service_url::with_parameters;
use crate::web::form::Parameters;

/// The message type of a request.
const REQUEST: &str = "ToolProxyRegistrationRequest";

/// The version of LTI 2.1, which Canvas sends.
const LATER_VERSION: &str = "LTI-2p1";

/// Maximum length of a platform's half of a secret, in bytes; it should have 128.
const MAX_SECRET_BYTES: usize = 1024;

/// Maximum length of what an error shows of a message, in characters.
const SHOWN_CHARACTERS: usize = 300;

/// What a platform sends to the tool's registration URL with the administrator's browser (LTI 2.0,
/// Registration). It is not signed: anyone could have made it, so its URLs are only those of a
/// platform once its profile was read and its service has accepted the tool proxy.
///
/// `Debug` does not show the password.
#[derive(Clone, PartialEq, Eq)]
pub struct RegistrationRequest {
    /// `reg_key`: the consumer key of the tool proxy's request.
    pub key: String,
    /// `reg_password`: the secret of the tool proxy's request.
    pub password: Zeroizing<String>,
    /// `tc_profile_url`: where the platform's profile is.
    pub profile_url: Url,
    /// `launch_presentation_return_url`: where to send the administrator back.
    pub return_url: Url,
}

/// Why a request cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationProblem {
    /// A required parameter is missing or empty.
    #[error("{parameter} is missing")]
    Missing {
        /// Its name.
        parameter: &'static str,
    },
    /// It is another message.
    #[error("lti_message_type '{message_type}' is not supported")]
    MessageTypeUnsupported {
        /// What was sent, on one line.
        message_type: String,
    },
    /// It has another version of LTI.
    #[error("lti_version '{version}' is not supported")]
    VersionUnsupported {
        /// What was sent, on one line.
        version: String,
    },
    /// A parameter is too long.
    #[error("{parameter} is longer than {maximum} characters")]
    TooLong {
        /// Its name.
        parameter: &'static str,
        /// The maximum length in characters.
        maximum: usize,
    },
    /// A parameter is not an absolute URL with `http://` or `https://`.
    #[error("{parameter} is not an absolute URL with http:// or https://")]
    UrlUnusable {
        /// Its name.
        parameter: &'static str,
    },
}

impl RegistrationRequest {
    /// Reads the parameters of a request.
    ///
    /// # Errors
    ///
    /// [`RegistrationProblem`].
    pub fn read(parameters: &Parameters) -> Result<Self, RegistrationProblem> {
        let fields = RequestFields(parameters);
        fields.check(&[REQUEST], &[VERSION])?;
        Ok(Self {
            key: fields.required("reg_key", MAX_ID_CHARACTERS)?.to_owned(),
            password: fields.required("reg_password", MAX_ID_CHARACTERS)?.to_owned().into(),
            profile_url: fields.url("tc_profile_url")?,
            return_url: fields.url("launch_presentation_return_url")?,
        })
    }
}

/// What a registered platform sends with the administrator's browser to get another tool proxy (LTI
/// 2.0, Re-registration). It is signed like a launch, with the key and a secret of its tool proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRequest {
    /// `tc_profile_url`: where the platform's profile is.
    pub profile_url: Url,
    /// `launch_presentation_return_url`: where to send the administrator back.
    pub return_url: Url,
}

impl ChangeRequest {
    /// Whether a form says that it is one; whether it is signed is not checked.
    pub fn is_claimed_by(parameters: &Parameters) -> bool {
        value(parameters, "lti_message_type").is_some_and(|name| CHANGE_REQUESTS.contains(&name))
    }

    /// Reads a message whose signature is valid.
    ///
    /// # Errors
    ///
    /// [`RegistrationProblem`].
    pub fn read(verified: &Verified) -> Result<Self, RegistrationProblem> {
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        let pairs = verified.parameters.iter();
        let parameters: Parameters = pairs.map(|(name, value)| (text(name), text(value))).collect();
        let fields = RequestFields(&parameters);
        fields.check(CHANGE_REQUESTS, &[VERSION, LATER_VERSION])?;
        Ok(Self {
            profile_url: fields.url("tc_profile_url")?,
            return_url: fields.url("launch_presentation_return_url")?,
        })
    }
}

/// The fields of a request.
struct RequestFields<'p>(&'p Parameters);

impl<'p> RequestFields<'p> {
    fn required(
        &self,
        parameter: &'static str,
        maximum: usize,
    ) -> Result<&'p str, RegistrationProblem> {
        let text = value(self.0, parameter).ok_or(RegistrationProblem::Missing { parameter })?;
        match text.chars().nth(maximum) {
            None => Ok(text),
            Some(_) => Err(RegistrationProblem::TooLong { parameter, maximum }),
        }
    }

    fn url(&self, parameter: &'static str) -> Result<Url, RegistrationProblem> {
        let text = self.required(parameter, MAX_URL_CHARACTERS)?;
        http_url(text).ok_or(RegistrationProblem::UrlUnusable { parameter })
    }

    /// Checks the type and the version of the message.
    fn check(&self, types: &[&str], versions: &[&str]) -> Result<(), RegistrationProblem> {
        let message_type = self.required("lti_message_type", MAX_ID_CHARACTERS)?;
        if !types.contains(&message_type) {
            let message_type = one_line(message_type, SHOWN_CHARACTERS);
            return Err(RegistrationProblem::MessageTypeUnsupported { message_type });
        }
        let version = self.required("lti_version", MAX_ID_CHARACTERS)?;
        if !versions.contains(&version) {
            let version = one_line(version, SHOWN_CHARACTERS);
            return Err(RegistrationProblem::VersionUnsupported { version });
        }
        Ok(())
    }
}

impl fmt::Debug for RegistrationRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = |url: &Url| url.origin().ascii_serialization();
        formatter
            .debug_struct("RegistrationRequest")
            .field("profile_origin", &origin(&self.profile_url))
            .field("return_origin", &origin(&self.return_url))
            .finish_non_exhaustive()
    }
}

/// A tool proxy that the platform has accepted. `Debug` does not show the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Registered {
    /// The consumer key of all later messages.
    pub tool_proxy_guid: String,
    /// Their secret.
    pub secret: Zeroizing<String>,
}

impl fmt::Debug for Registered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Registered")
            .field("tool_proxy_guid", &self.tool_proxy_guid)
            .finish_non_exhaustive()
    }
}

/// Why a registration did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    /// The status is neither 200 nor 201. Moodle sends no explanation.
    #[error("the platform responded to the tool proxy with status {status}{}", said(.description))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The platform's explanation on one line; may be empty.
        description: String,
    },
    /// The response is not a JSON object.
    #[error("the platform's response to the tool proxy is not a JSON object")]
    NotJson,
    /// `tool_proxy_guid` is missing, empty, too long, or contains control characters.
    #[error("the platform's response to the tool proxy has no usable tool_proxy_guid")]
    GuidUnusable,
    /// The tool has sent its half of the secret, and the platform has not sent its own, or one that
    /// is too long.
    #[error("the platform's response to the tool proxy has no usable tc_half_shared_secret")]
    HalfSecretUnusable,
}

fn said(description: &str) -> String {
    if description.is_empty() { String::new() } else { format!(": {description}") }
}

impl Registered {
    /// Reads the response to a tool proxy that was sent with a secret (LTI 2.0, Tool Proxy
    /// Service). The platform's half of a secret comes before the tool's (LTI 2.1).
    ///
    /// # Errors
    ///
    /// [`RegistrationError`].
    pub fn read(
        status: u16,
        body: &[u8],
        sent: super::Secret<'_>,
    ) -> Result<Self, RegistrationError> {
        if !matches!(status, 200 | 201) {
            // A platform may repeat what it was sent.
            let (super::Secret::Shared(secret) | super::Secret::Half(secret)) = sent;
            let mut text = String::from_utf8_lossy(body).into_owned();
            if !secret.is_empty() {
                text = text.replace(secret, "…");
            }
            let description = one_line(&text, SHOWN_CHARACTERS);
            return Err(RegistrationError::Refused { status, description });
        }
        let response: Value =
            serde_json::from_slice(body).map_err(|_| RegistrationError::NotJson)?;
        let response = response.as_object().ok_or(RegistrationError::NotJson)?;
        let text = |name: &str| response.get(name).and_then(Value::as_str);
        let tool_proxy_guid = text("tool_proxy_guid")
            .filter(|guid| {
                !guid.trim().is_empty()
                    && !guid.chars().any(char::is_control)
                    && guid.chars().nth(MAX_ID_CHARACTERS).is_none()
            })
            .ok_or(RegistrationError::GuidUnusable)?
            .to_owned();
        let secret = match sent {
            super::Secret::Shared(secret) => secret.to_owned(),
            super::Secret::Half(half) => {
                let theirs = text("tc_half_shared_secret")
                    .filter(|theirs| (1..=MAX_SECRET_BYTES).contains(&theirs.len()))
                    .ok_or(RegistrationError::HalfSecretUnusable)?;
                format!("{theirs}{half}")
            }
        };
        Ok(Self { tool_proxy_guid, secret: secret.into() })
    }
}

/// With what the tool sends the administrator back to the platform (LTI 2.0, Registration).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationStatus<'a> {
    /// The tool is registered.
    Success {
        /// The GUID of its tool proxy.
        tool_proxy_guid: &'a str,
        /// What the platform may show.
        message: &'a str,
    },
    /// It is not.
    Failure {
        /// The reason, which the platform may show.
        message: &'a str,
    },
}

impl RegistrationStatus<'_> {
    /// The request's return URL with the status.
    pub fn added_to(&self, return_url: &Url) -> Url {
        let parameters = match *self {
            Self::Success { tool_proxy_guid, message } => [
                ("status", Some("success")),
                ("tool_proxy_guid", Some(tool_proxy_guid)),
                ("lti_msg", Some(message)),
            ],
            Self::Failure { message } => [
                ("status", Some("failure")),
                ("tool_proxy_guid", None),
                ("lti_errormsg", Some(message)),
            ],
        };
        with_parameters(return_url, &parameters)
    }
}
