//! The messages before the id_token: the platform's login request, the tool's authentication
//! request, and the platform's response, a form with the id_token.
//!
//! Nothing here is signed. Parsing is strict where ambiguity could be exploited (repeated
//! parameters, line breaks that would end up in a header) and tolerant where platforms differ
//! (names from drafts, unknown parameters).

use std::collections::HashMap;
use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use url::{Url, form_urlencoded};

use super::Refusal;
use super::message::{Endpoint, MessagePart};
use super::refusal::printable;

/// Maximum length of an issuer, in bytes.
const MAX_ISSUER_BYTES: usize = 2048;
/// Maximum length of a client ID, deployment ID or frame name, in bytes.
const MAX_IDENTIFIER_BYTES: usize = 255;
/// Maximum length of `login_hint`, in bytes; Blackboard and Canvas send hundreds.
const MAX_LOGIN_HINT_BYTES: usize = 8192;
/// Maximum length of `lti_message_hint`, in bytes; Canvas sends a JWT of more than a thousand.
const MAX_MESSAGE_HINT_BYTES: usize = 16384;
/// Maximum length of `target_link_uri`, in bytes.
const MAX_TARGET_BYTES: usize = 2048;

/// A third-party-initiated login as a platform starts it (Security Framework 1.0, 5.1.1.1; core
/// launch, section 1).
#[derive(Clone, PartialEq, Eq)]
pub struct LoginRequest {
    /// The issuer, to be compared exactly.
    pub iss: String,
    /// Opaque; sent back unchanged.
    pub login_hint: String,
    /// The URL to open. It is not signed here, so only compare it with the id_token.
    pub target_link_uri: String,
    /// Opaque; sent back unchanged if present.
    pub lti_message_hint: Option<String>,
    /// Selects the registration if one issuer has several.
    pub client_id: Option<String>,
    /// Must be the same in the id_token.
    pub lti_deployment_id: Option<String>,
    /// The frame in which the platform stores data for tools.
    pub lti_storage_target: Option<String>,
}

impl LoginRequest {
    /// Parses the decoded parameters of a query or a form. Names from earlier drafts are accepted,
    /// and unknown parameters are ignored.
    ///
    /// # Errors
    ///
    /// [`Refusal::ParameterRepeated`], [`Refusal::ParameterMalformed`] (too long, control
    /// characters, two deployment IDs that differ) or [`Refusal::LoginParameterMissing`].
    pub fn from_parameters(
        parameters: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Refusal> {
        let mut form = Form::read(
            Endpoint::Login,
            parameters,
            &[
                ("iss", MAX_ISSUER_BYTES),
                ("login_hint", MAX_LOGIN_HINT_BYTES),
                ("target_link_uri", MAX_TARGET_BYTES),
                ("lti_message_hint", MAX_MESSAGE_HINT_BYTES),
                ("client_id", MAX_IDENTIFIER_BYTES),
                ("lti_deployment_id", MAX_IDENTIFIER_BYTES),
                ("deployment_id", MAX_IDENTIFIER_BYTES),
                ("lti_storage_target", MAX_IDENTIFIER_BYTES),
                ("ims_web_message_target", MAX_IDENTIFIER_BYTES),
                ("web_message_target", MAX_IDENTIFIER_BYTES),
            ],
        )?;
        let lti_deployment_id = match (form.take("lti_deployment_id"), form.take("deployment_id")) {
            (Some(deployment), Some(legacy)) if deployment != legacy => {
                return Err(Refusal::ParameterMalformed {
                    part: MessagePart::Parameter("deployment_id".to_owned()),
                    problem: "differs from lti_deployment_id",
                    arrived_at: Endpoint::Login,
                });
            }
            (deployment, legacy) => deployment.or(legacy),
        };
        Ok(Self {
            iss: form.require("iss")?,
            login_hint: form.require("login_hint")?,
            target_link_uri: form.require("target_link_uri")?,
            lti_message_hint: form.take("lti_message_hint"),
            client_id: form.take("client_id"),
            lti_deployment_id,
            lti_storage_target: [
                "lti_storage_target",
                "ims_web_message_target",
                "web_message_target",
            ]
            .into_iter()
            .find_map(|name| form.take(name)),
        })
    }

    /// The parameters that start the same login again in its own window, without storage in a
    /// frame.
    pub fn to_window_parameters(&self) -> Vec<(&'static str, String)> {
        let optional = [
            ("lti_message_hint", &self.lti_message_hint),
            ("client_id", &self.client_id),
            ("lti_deployment_id", &self.lti_deployment_id),
        ];
        let required = [
            ("iss", &self.iss),
            ("login_hint", &self.login_hint),
            ("target_link_uri", &self.target_link_uri),
        ];
        let optional =
            optional.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        required.map(|(name, value)| (name, value.clone())).into_iter().chain(optional).collect()
    }
}

impl fmt::Debug for LoginRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LoginRequest")
            .field("iss", &self.iss)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// A short digest of a parameter: the first 16 bytes of its SHA-256. It is stored between login and
/// launch, and compared with the claim of the id_token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// The fingerprint of a text.
    pub fn of(text: &str) -> Self {
        let mut first = [0; 16];
        first.copy_from_slice(&digest(&SHA256, text.as_bytes()).as_ref()[..16]);
        Self(first)
    }

    /// A stored fingerprint.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The fingerprint as it is stored.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

/// The known parameters of a query or a form, each at most once, none of them empty.
struct Form(HashMap<&'static str, String>);

impl Form {
    fn read(
        arrived_at: Endpoint,
        parameters: impl IntoIterator<Item = (String, String)>,
        known: &[(&'static str, usize)],
    ) -> Result<Self, Refusal> {
        let mut values = HashMap::new();
        for (name, value) in parameters {
            let Some((name, longest)) = known.iter().find(|(known, _)| *known == name) else {
                continue;
            };
            let malformed = |problem| Refusal::ParameterMalformed {
                part: MessagePart::Parameter((*name).to_owned()),
                problem,
                arrived_at,
            };
            if value.len() > *longest {
                return Err(malformed("is too long"));
            }
            if has_control_characters(&value) {
                return Err(malformed("contains control characters"));
            }
            if values.insert(*name, value).is_some() {
                let parameter = (*name).to_owned();
                return Err(Refusal::ParameterRepeated { parameter, arrived_at });
            }
        }
        Ok(Self(values))
    }

    fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name).filter(|value| !value.is_empty())
    }

    fn require(&mut self, parameter: &'static str) -> Result<String, Refusal> {
        self.take(parameter).ok_or(Refusal::LoginParameterMissing { parameter })
    }
}

fn has_control_characters(text: &str) -> bool {
    // Tokens are long and ASCII. Without an early end, many bytes are examined at a time.
    text.bytes().fold(false, |found, byte| found | byte.is_ascii_control())
        || (!text.is_ascii() && text.chars().any(char::is_control))
}

/// The tool's authentication request to the platform, through the browser (Security Framework 1.0,
/// 5.1.1.2; core launch, section 2).
pub struct AuthenticationRequest<'a> {
    /// The platform's authentication request URL, from the registration.
    pub endpoint: &'a str,
    /// The client ID of the registration.
    pub client_id: &'a str,
    /// The redirect URI, exactly as registered with the platform.
    pub redirect_uri: &'a str,
    /// From the login request, unchanged.
    pub login_hint: &'a str,
    /// From the login request, unchanged, if it had one.
    pub lti_message_hint: Option<&'a str>,
    /// Unique; returned in the id_token.
    pub nonce: &'a str,
    /// Opaque; returned with the id_token.
    pub state: &'a str,
}

impl AuthenticationRequest<'_> {
    /// The URL to which the browser is redirected. An existing query of the endpoint is kept; the
    /// order of the parameters is Moodle's.
    pub fn to_url(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("scope", "openid")
            .append_pair("response_type", "id_token")
            .append_pair("response_mode", "form_post")
            .append_pair("prompt", "none")
            .append_pair("client_id", self.client_id)
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("state", self.state)
            .append_pair("nonce", self.nonce)
            .append_pair("login_hint", self.login_hint);
        if let Some(hint) = self.lti_message_hint {
            query.append_pair("lti_message_hint", hint);
        }
        let endpoint = self.endpoint.split('#').next().unwrap_or_default();
        let separator = match endpoint.split_once('?') {
            None => "?",
            Some((_, present)) if present.is_empty() || present.ends_with('&') => "",
            Some(_) => "&",
        };
        format!("{endpoint}{separator}{}", query.finish())
    }
}

impl fmt::Debug for AuthenticationRequest<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AuthenticationRequest")
            .field("endpoint", &self.endpoint)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// The platform's response to the authentication request (Security Framework 1.0, 5.1.1.3; core
/// launch, section 3). Nothing in it is verified.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AuthenticationResponse {
    /// The signed token.
    pub id_token: Option<String>,
    /// The state as received.
    pub state: Option<String>,
    /// OAuth error code instead of a token, made printable.
    pub error: Option<String>,
    /// The platform's description of the error, made printable.
    pub error_description: Option<String>,
    /// The frame in which the platform stores data for tools; Canvas repeats it here.
    pub lti_storage_target: Option<String>,
}

impl AuthenticationResponse {
    /// Parses the decoded parameters of the form. Unknown parameters are ignored. The lengths of
    /// token and state are not limited here.
    ///
    /// # Errors
    ///
    /// [`Refusal::ParameterRepeated`] or [`Refusal::ParameterMalformed`].
    pub fn from_parameters(
        parameters: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Refusal> {
        // Error texts are only displayed, so they are made printable and never rejected.
        let parameters = parameters.into_iter().map(|(name, value)| {
            if name == "error" || name == "error_description" {
                (name, printable(&value))
            } else {
                (name, value)
            }
        });
        let mut form = Form::read(
            Endpoint::Launch,
            parameters,
            &[
                ("id_token", usize::MAX),
                ("state", usize::MAX),
                ("error", usize::MAX),
                ("error_description", usize::MAX),
                ("lti_storage_target", MAX_IDENTIFIER_BYTES),
            ],
        )?;
        Ok(Self {
            id_token: form.take("id_token"),
            state: form.take("state"),
            error: form.take("error"),
            error_description: form.take("error_description"),
            lti_storage_target: form.take("lti_storage_target"),
        })
    }
}

impl fmt::Debug for AuthenticationResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AuthenticationResponse")
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// An issuer among `known` that is similar to `issuer`, and a description of the difference: common
/// mistakes when an issuer is entered manually.
pub fn near_miss(issuer: &str, known: &[&str]) -> Option<String> {
    known.iter().filter(|candidate| **candidate != issuer).find_map(|candidate| {
        let differences = differences(issuer, candidate)?;
        Some(format!("\"{}\" is registered; the difference is {differences}", printable(candidate)))
    })
}

/// The part of an issuer that it shares with every issuer that [`near_miss`] finds for it: host
/// without the labels of test sites, port, path and query, in lower case. It can be used as an
/// index key. `None` if the issuer is not a URL with a host.
pub fn neighbourhood(issuer: &str) -> Option<String> {
    IssuerParts::of(issuer).map(|parts| parts.neighbourhood())
}

/// A description of the difference of two issuers that probably mean the same platform; `None` if
/// they do not.
fn differences(received: &str, candidate: &str) -> Option<String> {
    let (left, right) = (IssuerParts::of(received)?, IssuerParts::of(candidate)?);
    if left.neighbourhood() != right.neighbourhood() {
        return None;
    }
    let mut words = Vec::new();
    if left.scheme != right.scheme {
        words.push(format!("{} instead of {}", left.scheme, right.scheme));
    }
    if left.host != right.host {
        words.push(format!(
            "the host: {} is a test or beta site, or another one, of {}",
            printable(&left.host),
            printable(&right.host)
        ));
    }
    if left.slash != right.slash {
        words.push(
            if left.slash {
                "a slash at the end that is too many"
            } else {
                "a missing slash at the end"
            }
            .to_owned(),
        );
    }
    if words.is_empty() {
        words.push("capital letters, white space or the port".to_owned());
    }
    Some(words.join(" and "))
}

/// The parts of an issuer. Parsing normalizes the case of the host, surrounding white space and the
/// default port.
struct IssuerParts {
    scheme: String,
    host: String,
    rest: String,
    slash: bool,
}

impl IssuerParts {
    fn of(issuer: &str) -> Option<Self> {
        let url = Url::parse(issuer).or_else(|_| Url::parse(&format!("https://{issuer}"))).ok()?;
        let path = url.path().trim_end_matches('/').to_ascii_lowercase();
        Some(Self {
            scheme: url.scheme().to_owned(),
            host: url.host_str()?.to_owned(),
            rest: format!("{:?}{path}?{}", url.port(), url.query().unwrap_or_default()),
            slash: issuer.trim().ends_with('/'),
        })
    }

    fn neighbourhood(&self) -> String {
        format!("{} {}", without_stage(&self.host), self.rest)
    }
}

/// A host without the labels of test sites: `canvas.beta.instructure.com` becomes
/// `canvas.instructure.com`.
fn without_stage(host: &str) -> String {
    host.split('.')
        .filter(|label| !matches!(*label, "beta" | "test" | "staging" | "www"))
        .collect::<Vec<_>>()
        .join(".")
}

#[cfg(test)]
mod tests;
