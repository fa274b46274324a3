//! Notices of a platform (Platform Notification Service 1.0): what arrived, as a list of tokens, and
//! the checks of each token.
//!
//! A notice is signed like a launch. Its checks are those of [`super::id_token`] with a purpose of
//! their own, in this order:
//!
//! - 1, 2: the body, an object with a list of tokens ([`tokens`])
//! - 3: form, algorithm and key ID (`token_malformed`, `alg_not_allowed`, `kid_missing`)
//! - 4: issuer, audience and authorized party (`iss_mismatch`, `aud_mismatch`, `azp_missing`,
//!   `azp_mismatch`)
//! - 5, 6: the key and the signature (`kid_not_found`, `jwks_unreachable`, `jwks_bad`,
//!   `signature_invalid`)
//! - 7, 8: the times (`token_expired`, `iat_future`, `not_yet_valid`). A notice may be old: it may
//!   have waited in a queue
//! - 9: the version (`lti_version_missing`, `lti_version_unsupported`)
//! - 10: there is no message type, which only launches have (`launch_at_notice_url`); the notice has
//!   an ID, a type and a time (`notice_malformed`)
//! - 11: a deployment (`deployment_missing`). Whether it is known is for the caller to look up
//! - 12: what the type needs (`notice_malformed`)
//!
//! The nonce is not compared with anything, because the tool has issued none. A notice at the launch
//! URL is refused there, because its nonce is not that of a login.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::claims::Claims;
pub use super::id_token::NoticeExpectation as Expectation;
use super::id_token::{self, MAX_ID_CHARACTERS, Purpose, Rejected, identifier};
use super::keyset::VerificationKeys;
use super::{Refusal, json_problem};

/// Maximum size of the body of a request, in bytes.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// Maximum number of notices in one request.
pub const MAX_NOTICES: usize = 500;
/// Maximum number of courses from which one was copied that are read.
pub const MAX_ORIGINS: usize = 1000;

/// A course received content of others. It is the only type on which the tool itself acts.
pub const CONTEXT_COPY: &str = "LtiContextCopyNotice";
/// A platform sends it to show that notices arrive.
pub const HELLO_WORLD: &str = "LtiHelloWorldNotice";

/// The claim with the notice.
pub const NOTICE_CLAIM: &str = "https://purl.imsglobal.org/spec/lti/claim/notice";
/// The claim with the IDs of the courses from which one was copied.
pub const ORIGIN_CONTEXTS_CLAIM: &str = "https://purl.imsglobal.org/spec/lti/claim/origin_contexts";

/// Members of a token that say nothing about what happened.
const ENVELOPE_CLAIMS: [&str; 8] = ["iss", "aud", "azp", "iat", "exp", "nbf", "nonce", "jti"];

/// Reads the tokens of a request. They are listed as objects with a `jwt`, or by some platforms as
/// plain texts.
///
/// # Errors
///
/// Why it is no such list.
pub fn tokens(body: &[u8]) -> Result<Vec<String>, String> {
    #[derive(Deserialize)]
    struct Body {
        notices: Vec<Entry>,
    }

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Entry {
        Object { jwt: String },
        Text(String),
    }

    if !body.trim_ascii_start().starts_with(b"{") {
        return Err("the body is not a JSON object".to_owned());
    }
    let body: Body = serde_json::from_slice(body)
        .map_err(|error| format!("the body has no list of notices: {}", json_problem(&error)))?;
    match body.notices.len() {
        0 => Err("the list of notices is empty".to_owned()),
        1..=MAX_NOTICES => Ok(body
            .notices
            .into_iter()
            .map(|entry| match entry {
                Entry::Object { jwt } | Entry::Text(jwt) => jwt,
            })
            .collect()),
        number => {
            Err(format!("there are {number} notices, and more than {MAX_NOTICES} are not read"))
        }
    }
}

/// A well-formed token whose signature has not been checked.
pub struct Unverified<'t>(id_token::Unverified<'t>);

/// A notice that passed every check.
#[derive(Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its ID, which is the same if the platform sends it again.
    pub id: String,
    /// Its type, such as `LtiContextCopyNotice`.
    pub notice_type: String,
    /// When that happened which it is about.
    pub timestamp: Timestamp,
    /// The ID of the deployment.
    pub deployment_id: String,
    /// The course that it is about, if it names one.
    pub context: Option<NoticeContext>,
    /// The IDs of the courses from which that one was copied, without repetition.
    pub origin_contexts: Vec<String>,
    /// All claims that say what happened, as JSON.
    pub claims: String,
}

/// The course that a notice is about.
#[derive(Clone, PartialEq, Eq)]
pub struct NoticeContext {
    /// Its ID.
    pub id: String,
    /// Its short name.
    pub label: Option<String>,
    /// Its full name.
    pub title: Option<String>,
}

/// Parses a token.
///
/// # Errors
///
/// [`Refusal::TokenMalformed`].
pub fn parse(token: &str) -> Result<Unverified<'_>, Refusal> {
    id_token::parse(token).map(Unverified)
}

impl Unverified<'_> {
    /// The ID of the key that is claimed to have signed the token, after the checks of algorithm,
    /// issuer and audience.
    ///
    /// # Errors
    ///
    /// The refusal of the first check that fails.
    pub fn check_parties(&self, expected: &Expectation<'_>) -> Result<&str, Refusal> {
        self.0.check_parties_for(Purpose::Notice(expected))
    }

    /// All checks.
    ///
    /// # Errors
    ///
    /// The refusal of the first check that fails, with the claims if the signature is valid.
    pub fn verify(
        self,
        expected: &Expectation<'_>,
        keys: &VerificationKeys,
        now_seconds: i64,
    ) -> Result<Notice, Rejected> {
        let claims = self.0.verify_for(Purpose::Notice(expected), keys, now_seconds)?;
        read(&claims).map_err(|refusal| Rejected {
            refusal,
            claims: Some(Box::new(claims)),
            nonce_spent: false,
        })
    }
}

/// The claims that only notices have.
#[derive(Default, Deserialize)]
#[serde(default)]
struct NoticeClaims {
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/notice")]
    notice: Value,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/origin_contexts")]
    origin_contexts: Value,
}

/// What a token says about its notice, as far as it can be read, for the log. Its signature is valid.
pub fn described(claims: &Claims) -> (Option<String>, Option<String>) {
    let read: NoticeClaims = serde_json::from_str(claims.payload()).unwrap_or_default();
    let text = |name: &str| read.notice.get(name).and_then(Value::as_str).map(str::to_owned);
    (text("id"), text("type"))
}

/// Checks 10 to 12.
pub(super) fn read(claims: &Claims) -> Result<Notice, Refusal> {
    if !claims.read.message_type.is_absent() {
        return Err(Refusal::LaunchAtNoticeUrl { message_type: claims.read.message_type.shown() });
    }
    let malformed = |problem: &'static str| Refusal::NoticeMalformed { problem };
    let read: NoticeClaims = serde_json::from_str(claims.payload())
        .map_err(|_| malformed("it contains a claim twice"))?;
    let Value::Object(notice) = &read.notice else {
        return Err(malformed("it has no notice claim, or one that is not an object"));
    };
    let id = required(notice, "id").ok_or_else(|| {
        malformed("its ID is absent, is not text, or does not have 1 to 255 characters")
    })?;
    let notice_type = required(notice, "type").ok_or_else(|| {
        malformed("its type is absent, is not text, or does not have 1 to 255 characters")
    })?;
    let timestamp = notice
        .get("timestamp")
        .and_then(Value::as_str)
        .and_then(|text| text.parse::<Timestamp>().ok())
        .ok_or_else(|| malformed("its timestamp is absent, or is not a time in ISO 8601"))?;
    let deployment_id = identifier(&claims.read.deployment_id)
        .map_err(|problem| Refusal::DeploymentMissing { problem })?;
    let context = claims.context().filter(|context| is_identifier(context.id));
    if notice_type == CONTEXT_COPY && context.is_none() {
        return Err(malformed("it does not name the course into which content was copied"));
    }
    Ok(Notice {
        id: id.to_owned(),
        notice_type: notice_type.to_owned(),
        timestamp,
        deployment_id: deployment_id.to_owned(),
        context: context.map(|context| NoticeContext {
            id: context.id.to_owned(),
            label: context.label.map(str::to_owned),
            title: context.title.map(str::to_owned),
        }),
        origin_contexts: origins(&read.origin_contexts),
        claims: what_happened(claims.payload()),
    })
}

/// A text of 1 to 255 characters without control characters.
fn required<'n>(notice: &'n Map<String, Value>, name: &str) -> Option<&'n str> {
    notice.get(name).and_then(Value::as_str).filter(|text| is_identifier(text))
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && text.chars().nth(MAX_ID_CHARACTERS).is_none()
        && !text.chars().any(char::is_control)
}

/// The IDs in the claim. It may be absent, and what is no ID is left out.
fn origins(claim: &Value) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let entries = claim.as_array().map(Vec::as_slice).unwrap_or_default();
    entries
        .iter()
        .filter_map(Value::as_str)
        .filter(|id| is_identifier(id) && seen.insert(*id))
        .take(MAX_ORIGINS)
        .map(str::to_owned)
        .collect()
}

/// The payload without the claims that every token has.
fn what_happened(payload: &str) -> String {
    let mut claims: Map<String, Value> = serde_json::from_str(payload).unwrap_or_default();
    for name in ENVELOPE_CLAIMS {
        claims.remove(name);
    }
    Value::Object(claims).to_string()
}

impl fmt::Debug for Notice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Notice")
            .field("id", &self.id)
            .field("type", &self.notice_type)
            .field("deployment_id", &self.deployment_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for NoticeContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("NoticeContext").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Unverified").field(&self.0).finish()
    }
}

pub mod handlers;
#[cfg(test)]
mod tests;
