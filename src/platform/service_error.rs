//! Why a request to a platform's service failed, distinguished by what to do about it.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use thiserror::Error;

use super::FetchError;
use super::client::printable;
use crate::domain::Slug;
use crate::web::{header, page_text};

#[cfg(test)]
mod tests;

/// The maximum length of a platform's message, in characters.
const MAX_MESSAGE_CHARACTERS: usize = 500;
/// The maximum number of bytes of an error response that are read.
const LARGEST_REFUSAL: usize = 65_536;

/// Why a request to a platform's service failed.
///
/// The platform's message has no control characters and no markup, is one line of at most 500
/// characters, and is empty if the platform sent none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ServiceError {
    /// The platform is busy, failing or unreachable: the same request may succeed later.
    #[error("{error}")]
    Temporary {
        /// What is wrong.
        error: TemporaryError,
        /// How long to wait according to the platform (`Retry-After`), at most a day.
        after: Option<Duration>,
    },
    /// 409: the platform has a value of the same time or a newer one. After a request whose
    /// response was lost, it may be the value of that request.
    #[error("the platform has a value of the same time or a newer one{}", quoted(.text))]
    Conflict {
        /// The platform's message.
        text: String,
    },
    /// 404 or 410: the line item, the link or the course no longer exists.
    #[error("it no longer exists on the platform{}", quoted(.text))]
    NotFound {
        /// The platform's message.
        text: String,
    },
    /// The platform refuses the request, and would refuse it again.
    #[error("the platform refused the request with HTTP status {status}{}", quoted(.text))]
    Refused {
        /// HTTP status.
        status: u16,
        /// The platform's message.
        text: String,
    },
    /// The platform issues no access token.
    #[error(transparent)]
    Token(TokenError),
    /// The required scope was not granted, or the token does not have it.
    #[error("the platform does not grant the scope {scope}")]
    NotAllowed {
        /// The scope.
        scope: &'static str,
    },
    /// The response does not follow the specification, or is truncated. It is ignored.
    #[error("the platform's response cannot be used: {problem}")]
    Unreadable {
        /// What is wrong with it.
        problem: String,
    },
    /// No token is requested or sent, because another registration's platform could use or receive
    /// it.
    #[error("no access token is used: {problem}")]
    Withheld {
        /// Why not.
        problem: String,
        /// What the administrator can do about it.
        fix: String,
        /// Whether it applies to every URL of the registration, and not only to that of the
        /// request.
        is_whole: bool,
    },
    /// The platform refused a grade of LTI 1.1, and would refuse it again under the same name
    /// (Basic Outcomes 1.0, 3).
    #[error("{problem}")]
    OutcomeRefused {
        /// The platform's code or status with its message.
        problem: String,
    },
    /// No request is signed, because nothing shows that the platform asked for it, or because there
    /// is no secret.
    #[error("no request is sent: {problem}")]
    Unsigned {
        /// Why not.
        problem: String,
        /// What the administrator can do about it.
        fix: String,
    },
    /// The tool's own rules forbid the request: the address is not allowed, the URL is unusable, or
    /// the platform redirects.
    #[error(transparent)]
    OutOfReach(FetchError),
    /// The run has used its budget for this platform.
    #[error(
        "the platform did not finish within {limit}, its limit for one run; the next run \
         continues from there"
    )]
    BudgetExhausted {
        /// What was exhausted, such as `5m` or `5000 pages`.
        limit: String,
    },
}

/// Why there is no access token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TokenError {
    /// The platform refuses.
    #[error("the platform issued no token: {words} (HTTP status {status})")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The OAuth error code, such as `invalid_client`; empty if there is none.
        error: String,
        /// Code and text in one line of at most 500 characters.
        words: String,
    },
    /// The platform is busy, failing or unreachable.
    #[error("no token can be obtained: {error}")]
    Temporary {
        /// What is wrong.
        error: TemporaryError,
        /// How long to wait according to the platform.
        after: Option<Duration>,
    },
    /// The response has no usable token.
    #[error("the platform's token cannot be used: {problem}")]
    Unreadable {
        /// What is wrong with it.
        problem: String,
    },
    /// The tool's own rules forbid the request.
    #[error("no token can be requested: {0}")]
    OutOfReach(FetchError),
    /// The tool's key cannot sign.
    #[error("no token can be requested: the tool's own key cannot sign")]
    Key,
}

impl TokenError {
    /// The most likely cause and what to do about it in the registration with this slug, in one
    /// sentence.
    pub fn fix(&self, slug: &Slug) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Temporary { .. } => "No action is needed; it is tried again automatically.",
            Self::Unreadable { .. } | Self::OutOfReach(_) => {
                return Cow::Owned(format!(
                    "Check the access token URL against the platform: ltictl platform set {slug} \
                     --access-token-url URL"
                ));
            }
            Self::Key => "Create a new key with: ltictl key rotate",
            Self::Refused { error, words, .. } => {
                let words = words.to_ascii_lowercase();
                if words.contains("aud") {
                    return Cow::Owned(format!(
                        "The platform expects an audience other than the token URL; set it with: \
                         ltictl platform set {slug} --token-audience AUDIENCE"
                    ));
                } else if error == "invalid_scope" {
                    "Enable grades and members for the tool on the platform, then launch a link \
                     again."
                } else if ["kid", "key", "signature", "jws", "jwk"]
                    .iter()
                    .any(|word| words.contains(word))
                {
                    return Cow::Owned(format!(
                        "The platform cannot fetch the tool's keyset, or has cached an old one; \
                         diagnose with: ltictl doctor {slug} --live"
                    ));
                } else if ["expired", "prior to", "clock", "'exp'", "'iat'"]
                    .iter()
                    .any(|word| words.contains(word))
                {
                    return Cow::Owned(format!(
                        "The clocks of the tool and the platform differ; to see by how much, run: \
                         ltictl doctor {slug} --live"
                    ));
                } else {
                    return Cow::Owned(format!(
                        "Check the client ID against the platform, and that the tool is enabled \
                         there: ltictl doctor {slug} --live"
                    ));
                }
            }
        })
    }
}

/// Why a request failed that may succeed later.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TemporaryError {
    /// 429, or Canvas's 403 with the same meaning.
    #[error("the platform asks for fewer requests (HTTP status {status})")]
    Busy {
        /// HTTP status.
        status: u16,
    },
    /// 408, 425 or 5xx.
    #[error("the platform failed with HTTP status {status}{}", quoted(.text))]
    Failing {
        /// HTTP status.
        status: u16,
        /// The platform's message.
        text: String,
    },
    /// No response, or a truncated one.
    #[error(transparent)]
    NoResponse(FetchError),
    /// The platform has not processed a grade of LTI 1.1 yet (Basic Outcomes 1.0, 3).
    #[error("the platform has not processed the grade yet{}", quoted(.text))]
    Processing {
        /// The platform's message.
        text: String,
    },
}

impl ServiceError {
    /// The stable code, for JSON and the database.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Temporary { error: TemporaryError::Busy { .. }, .. } => "platform_busy",
            Self::Temporary { error: TemporaryError::Failing { .. }, .. } => "platform_failing",
            Self::Temporary { error: TemporaryError::NoResponse(_), .. } => "platform_unreachable",
            Self::Temporary { error: TemporaryError::Processing { .. }, .. } => {
                "platform_processing"
            }
            Self::Conflict { .. } => "conflict",
            Self::NotFound { .. } => "gone",
            Self::Refused { .. } => "refused",
            Self::Token(_) => "token_refused",
            Self::NotAllowed { .. } => "scope_not_granted",
            Self::Unreadable { .. } => "answer_unreadable",
            Self::Withheld { .. } => "token_withheld",
            Self::OutcomeRefused { .. } => "outcome_refused",
            Self::Unsigned { .. } => "request_unsigned",
            Self::OutOfReach(_) => "out_of_reach",
            Self::BudgetExhausted { .. } => "budget_exhausted",
        }
    }

    /// An example of each code, with its title; the platform's messages are placeholders.
    pub fn one_of_each() -> Vec<(&'static str, Self)> {
        let text = || "the platform's message".to_owned();
        let host = || "HOST".to_owned();
        let mut all = Self::temporary_examples();
        all.extend([
            ("The platform has a value as new or newer", Self::Conflict { text: text() }),
            (
                "The line item, the link or the course no longer exists",
                Self::NotFound { text: text() },
            ),
            ("The platform refuses the request", Self::Refused { status: 422, text: text() }),
            (
                "The platform does not issue an access token",
                Self::Token(TokenError::Refused {
                    status: 400,
                    error: "invalid_client".to_owned(),
                    words: "invalid_client".to_owned(),
                }),
            ),
            ("A service is not enabled for the tool", Self::NotAllowed { scope: "SCOPE" }),
            (
                "The platform's response cannot be used",
                Self::Unreadable { problem: "the problem".to_owned() },
            ),
            (
                "The access token is not safe from another registration's platform",
                Self::Withheld {
                    problem: "registration OTHER has the same client ID at the same token service"
                        .to_owned(),
                    fix: "To see the conflict, run: ltictl doctor".to_owned(),
                    is_whole: true,
                },
            ),
            (
                "The platform refuses a grade of LTI 1.1",
                Self::OutcomeRefused {
                    problem: "the platform responded with failure: the platform's message".into(),
                },
            ),
            (
                "A request of LTI 1.1 must not be signed for this URL",
                Self::Unsigned {
                    problem: "no launch of CONSUMER has named https://HOST for its services".into(),
                    fix: "Open the link again, then run: ltictl sync grades --retry".into(),
                },
            ),
            (
                "The tool's own rules forbid the request",
                Self::OutOfReach(FetchError::HttpNotAllowed { host: host() }),
            ),
            (
                "A platform reached its limit for one run",
                Self::BudgetExhausted { limit: "5m".to_owned() },
            ),
        ]);
        all
    }

    fn temporary_examples() -> Vec<(&'static str, Self)> {
        let text = || "the platform's message".to_owned();
        let temporary = |error| Self::Temporary { error, after: None };
        vec![
            (
                "The platform asks for fewer requests",
                temporary(TemporaryError::Busy { status: 429 }),
            ),
            (
                "The platform fails",
                temporary(TemporaryError::Failing { status: 503, text: text() }),
            ),
            (
                "The platform does not respond",
                temporary(TemporaryError::NoResponse(FetchError::Unreachable {
                    host: "HOST".to_owned(),
                    problem: "the network error".to_owned(),
                })),
            ),
            (
                "The platform has not processed the grade yet",
                temporary(TemporaryError::Processing { text: text() }),
            ),
        ]
    }

    /// Whether to repeat the same request later.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Temporary { .. })
    }

    /// Whether the error affects the whole platform and not only this request: other requests would
    /// fail in the same way.
    pub fn affects_whole_platform(&self) -> bool {
        match self {
            // Only about this grade.
            Self::Temporary { error: TemporaryError::Processing { .. }, .. } => false,
            // A new token does not work.
            Self::Temporary { .. }
            | Self::Token(_)
            | Self::Withheld { is_whole: true, .. }
            | Self::OutOfReach(_)
            | Self::Refused { status: 401, .. }
            | Self::BudgetExhausted { .. } => true,
            Self::Conflict { .. }
            | Self::NotFound { .. }
            | Self::Refused { .. }
            | Self::Withheld { .. }
            | Self::OutcomeRefused { .. }
            | Self::Unsigned { .. }
            | Self::NotAllowed { .. }
            | Self::Unreadable { .. } => false,
        }
    }

    /// What an admin can do about it in the registration with this slug, in one sentence.
    pub fn fix(&self, slug: &Slug) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Temporary { .. } => "No action is needed; it is tried again automatically.",
            Self::Conflict { .. } => {
                "No action is needed if the grade book shows the grade; otherwise set the grade \
                 again."
            }
            Self::NotFound { .. } => {
                "Launch the link again, so that the platform sends the current URLs of its grades \
                 and members. If the link was deleted there, `ltictl resource link list RES` finds it, \
                 and `ltictl resource link forget RES LINK` forgets it."
            }
            Self::Refused { status: 400 | 412, .. } => {
                "Check that the person is still a learner in the course on the platform, then \
                 run: ltictl sync grades --retry"
            }
            Self::Refused { status: 401, .. } => {
                "Check that the services are enabled for the tool on the platform, then launch \
                 the link again."
            }
            Self::Refused { status: 403, .. } => {
                "Check that the tool may use the service in this course and that the column \
                 belongs to it."
            }
            Self::Refused { .. } => {
                "Fix the problem that the platform reported, then run: ltictl sync grades --retry"
            }
            Self::Token(error) => return error.fix(slug),
            Self::NotAllowed { .. } => {
                "Enable the service for the tool on the platform, then launch the link again."
            }
            Self::Unreadable { .. } => {
                "Check that the URL returns JSON, and not the page of a proxy or a login page in \
                 front of the platform."
            }
            Self::Withheld { fix, .. } | Self::Unsigned { fix, .. } => {
                return Cow::Owned(fix.clone());
            }
            Self::OutcomeRefused { .. } => {
                "If the person has left the course or the link was changed there, open the link as \
                 this person again; if the platform reports a wrong signature, compare key and \
                 secret with it. Then run: ltictl sync grades --retry"
            }
            Self::OutOfReach(_) => {
                return Cow::Owned(format!(
                    "Check the platform's URLs with: ltictl platform show {slug}"
                ));
            }
            Self::BudgetExhausted { .. } => {
                "If the platform is only slow, the next run continues; for more time in one run, \
                 use `ltictl sync grades --timeout 30m` or `ltictl sync members --timeout 30m`"
            }
        })
    }

    /// [`ServiceError::fix`] for the consumer of LTI 1.1 with this slug.
    pub fn fix_of_consumer(&self, slug: &Slug) -> Cow<'static, str> {
        match self {
            Self::Refused { status: 401, .. } => Cow::Owned(format!(
                "Compare key and secret with those in the platform: ltictl consumer show {slug} \
                 --show-secret"
            )),
            Self::OutOfReach(_) => Cow::Owned(format!(
                "Correct the URL that the platform sends for its service \
                 (lis_outcome_service_url for grades, custom_context_memberships_url for members), \
                 then open the link again. To see the consumer, run: ltictl consumer show {slug}"
            )),
            Self::Unreadable { .. } => Cow::Borrowed(
                "Check that the URL of the service (lis_outcome_service_url for grades, \
                 custom_context_memberships_url for members) does not return the page of a proxy \
                 or a login page in front of the platform.",
            ),
            error => error.fix(slug),
        }
    }

    /// Decides whether a failure to get a response is temporary.
    pub(super) fn from_fetch(error: FetchError) -> Self {
        match error {
            FetchError::Unreachable { .. }
            | FetchError::TimedOut { .. }
            | FetchError::Tls { .. }
            | FetchError::Broken { .. } => {
                Self::Temporary { error: TemporaryError::NoResponse(error), after: None }
            }
            FetchError::TooBig { .. } | FetchError::Status { .. } => {
                Self::Unreadable { problem: error.to_string() }
            }
            FetchError::UrlUnusable { .. }
            | FetchError::NotAllowed { .. }
            | FetchError::HttpNotAllowed { .. }
            | FetchError::Redirected { .. } => Self::OutOfReach(error),
        }
    }

    /// The error of a status other than success. `retry_after` is the header's value.
    pub(super) fn from_status(
        status: u16,
        body: &[u8],
        retry_after: Option<&str>,
        now: Timestamp,
    ) -> Self {
        let text = platform_message(body);
        if let Some(error) = temporary_error(status, &text) {
            return Self::Temporary {
                error,
                after: retry_after.and_then(|value| header::retry_after(value, now)),
            };
        }
        match status {
            404 | 410 => Self::NotFound { text },
            409 => Self::Conflict { text },
            _ => Self::Refused { status, text },
        }
    }
}

/// The temporary error of a status, if it is one.
pub(super) fn temporary_error(status: u16, text: &str) -> Option<TemporaryError> {
    match status {
        429 => Some(TemporaryError::Busy { status }),
        403 if text.to_ascii_lowercase().contains("rate limit exceeded") => {
            Some(TemporaryError::Busy { status })
        }
        408 | 425 | 500..=599 => Some(TemporaryError::Failing { status, text: text.to_owned() }),
        _ => None,
    }
}

/// The message of a refusal in one line: from a JSON response, or the visible text of a page.
pub fn platform_message(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(LARGEST_REFUSAL)]);
    let words = match serde_json::from_str::<Value>(&text) {
        Ok(value) => sentence(&value).unwrap_or_default(),
        Err(_) => page_text::visible(&text),
    };
    let words: Vec<&str> = words.split_whitespace().collect();
    printable(&words.join(" "), MAX_MESSAGE_CHARACTERS)
}

/// The message in a JSON response: Moodle has it in `reason`, Canvas in `errors`, problem documents
/// in `title` and `detail`.
fn sentence(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => values.iter().find_map(sentence),
        Value::Object(fields) => {
            ["reason", "error_description", "detail", "message", "errors", "error", "title"]
                .into_iter()
                .find_map(|name| fields.get(name).and_then(sentence))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn quoted(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}
