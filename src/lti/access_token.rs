//! Tolerant parsers of token endpoint responses (RFC 6749, 5.1 and 5.2): platforms differ in
//! everything but the names.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::scope::Scopes;

/// The lifetime of a token if the platform does not state it.
pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// How long before it expires a token is no longer used.
pub const MARGIN: Duration = Duration::from_secs(60);
/// Maximum length of a token, in bytes: it has to fit in a header.
const MAX_TOKEN_BYTES: usize = 16_000;

/// A bearer token. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    token: String,
    /// Its lifetime according to the platform.
    pub lifetime: Duration,
    /// What it may be used for, if the platform says so: perhaps less than requested.
    pub scopes: Option<Scopes>,
}

/// Why a response has no usable token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// It cannot be read.
    #[error("the response is not a JSON object")]
    NotJson,
    /// There is none, or it cannot be sent in a header.
    #[error("the response has no usable access_token")]
    NoToken,
    /// It is not a bearer token.
    #[error("the token is not a bearer token")]
    NotBearer,
}

impl AccessToken {
    /// Parses a successful response.
    ///
    /// # Errors
    ///
    /// [`BadToken`].
    pub fn read(body: &[u8]) -> Result<Self, BadToken> {
        let Ok(Value::Object(response)) = serde_json::from_slice(body) else {
            return Err(BadToken::NotJson);
        };
        let token = response.get("access_token").and_then(Value::as_str).unwrap_or_default();
        if token.is_empty()
            || token.len() > MAX_TOKEN_BYTES
            || !token.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(BadToken::NoToken);
        }
        if response
            .get("token_type")
            .and_then(Value::as_str)
            .is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer"))
        {
            return Err(BadToken::NotBearer);
        }
        let lifetime = response.get("expires_in").and_then(seconds).unwrap_or(DEFAULT_LIFETIME);
        let scopes = response
            .get("scope")
            .and_then(Value::as_str)
            .map(Scopes::parse)
            .filter(|scopes| !scopes.is_empty());
        Ok(Self { token: token.to_owned(), lifetime, scopes })
    }

    /// The token itself, for the `Authorization` header.
    pub fn expose(&self) -> &str {
        &self.token
    }

    /// How long it is used: until [`MARGIN`] before it expires, or for half of its lifetime if that
    /// is shorter than two margins.
    pub fn usable_for(&self) -> Duration {
        self.lifetime.saturating_sub(MARGIN).max((self.lifetime / 2).min(MARGIN))
    }

    /// Whether it may be used for a requested scope. If the platform names none of the requested
    /// scopes, the value is ignored, and its services decide.
    pub fn allows(&self, scope: &str, requested: &Scopes) -> bool {
        self.scopes
            .as_ref()
            .is_none_or(|scopes| scopes.contains(scope) || scopes.is_disjoint(requested))
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AccessToken")
            .field("lifetime", &self.lifetime)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// A number of seconds, as number or text; at most a day, because a token may be revoked earlier.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Some(Duration::try_from_secs_f64(seconds.clamp(0.0, 86_400.0)).unwrap_or_default())
}

/// A platform's error response to a token request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenErrorResponse {
    /// `error`, usually a code such as `invalid_client`; Moodle sends sentences.
    pub error: Option<String>,
    /// `error_description`.
    pub description: Option<String>,
}

impl TokenErrorResponse {
    /// Parses any body. One that is not JSON, such as Moodle's response to an unknown key, results
    /// in an empty value.
    pub fn read(body: &[u8]) -> Self {
        let response: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| {
            response
                .get(name)
                .and_then(Value::as_str)
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        Self { error: text("error"), description: text("error_description") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_tokens_of_real_platforms() {
        for (body, expected) in [
            (
                r#"{"access_token":"t","token_type":"Bearer","expires_in":3600,"scope":"a b"}"#,
                Ok(("t", 3600, Some("a b"))),
            ),
            (
                r#"{"access_token":"t","token_type":"bearer","expires_in":"3600"}"#,
                Ok(("t", 3600, None)),
            ),
            (r#"{"access_token":"t"}"#, Ok(("t", 300, None))),
            (r#"{"access_token":"t","expires_in":null,"scope":""}"#, Ok(("t", 300, None))),
            (r#"{"access_token":"t","expires_in":-5}"#, Ok(("t", 0, None))),
            (r#"{"access_token":"t","expires_in":1e300}"#, Ok(("t", 86_400, None))),
            (r#"{"access_token":"t","expires_in":"soon"}"#, Ok(("t", 300, None))),
            (r#"{"access_token":"t","token_type":"mac"}"#, Err(BadToken::NotBearer)),
            (r#"{"access_token":""}"#, Err(BadToken::NoToken)),
            (r#"{"access_token":"a\nb"}"#, Err(BadToken::NoToken)),
            (r#"{"access_token":7}"#, Err(BadToken::NoToken)),
            (r#"{"error":"invalid_client"}"#, Err(BadToken::NoToken)),
            ("[]", Err(BadToken::NotJson)),
            ("<html>", Err(BadToken::NotJson)),
            ("", Err(BadToken::NotJson)),
        ] {
            let read = AccessToken::read(body.as_bytes());
            let read = read.map(|token| {
                (
                    token.expose().to_owned(),
                    token.lifetime.as_secs(),
                    token.scopes.map(|scopes| scopes.to_string()),
                )
            });
            assert_eq!(
                read,
                expected.map(|(token, seconds, scopes)| (
                    token.to_owned(),
                    seconds,
                    scopes.map(str::to_owned)
                )),
                "{body}"
            );
        }
        assert!(
            !format!("{:?}", AccessToken::read(br#"{"access_token":"s3cret"}"#)).contains("s3cret")
        );
    }

    #[test]
    fn token_is_used_until_shortly_before_it_expires() {
        for (lifetime, usable) in [(3600, 3540), (300, 240), (120, 60), (90, 45), (60, 30), (0, 0)]
        {
            let token = AccessToken {
                token: "t".into(),
                lifetime: Duration::from_secs(lifetime),
                scopes: None,
            };
            assert_eq!(token.usable_for().as_secs(), usable, "{lifetime}");
        }
    }

    #[test]
    fn platform_may_grant_less_than_requested() {
        let requested = Scopes::parse("a b");
        for (scopes, allows) in [
            (None, true),
            (Some("a b"), true),
            (Some("a"), true),
            (Some("b"), false),
            (Some("other"), true),
        ] {
            let token = AccessToken {
                token: "t".into(),
                lifetime: DEFAULT_LIFETIME,
                scopes: scopes.map(Scopes::parse),
            };
            assert_eq!(token.allows("a", &requested), allows, "{scopes:?}");
        }
    }

    #[test]
    fn error_responses_of_any_form_are_parsed() {
        let read = |body: &str| {
            let response = TokenErrorResponse::read(body.as_bytes());
            (response.error.unwrap_or_default(), response.description.unwrap_or_default())
        };
        assert_eq!(
            read(r#"{"error":"invalid_request","error_description":"the 'aud' is invalid"}"#),
            ("invalid_request".into(), "the 'aud' is invalid".into())
        );
        for body in [
            "",
            "{",
            "[]",
            "{\r\n  \"error\" : \"\"kid\" invalid, unable to lookup correct key\"\r\n}",
            r#"{"error":7}"#,
        ] {
            assert_eq!(read(body), (String::new(), String::new()), "{body}");
        }
    }
}
