//! Client assertions, with which the tool authenticates when it requests an access token (Security
//! Framework 1.0, 4.1.1; RFC 7523, section 2.2).

use serde_json::{Value, json};
use url::form_urlencoded;

use super::jws::{self, UnusableKey};
use super::scope::Scopes;

/// The lifetime of an assertion, in seconds: the most that platforms accept.
pub const LIFETIME_SECONDS: i64 = 300;
/// How far `iat` is in the past, in seconds, for platforms whose clock is slow.
pub const BACKDATE_SECONDS: i64 = 5;
/// The only kind of client assertion (RFC 7523, 2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The media type of a token request; Moodle accepts it only without parameters.
pub const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// The content of an assertion.
#[derive(Debug, Clone, Copy)]
pub struct ClientAssertion<'a> {
    /// The tool's client ID at the platform, for both `iss` and `sub` (LTI 1.3, 6.2).
    pub client_id: &'a str,
    /// The audience: the token URL, or another value that the platform requires.
    pub audience: &'a str,
    /// The only deployment for which the token will be used, if known.
    pub deployment_id: Option<&'a str>,
    /// The current time, in seconds since 1970.
    pub now_seconds: i64,
    /// Unique for every assertion.
    pub jti: &'a str,
}

impl ClientAssertion<'_> {
    /// The claims as JSON.
    pub fn claims(&self) -> Value {
        let issued_at = self.now_seconds.saturating_sub(BACKDATE_SECONDS);
        let mut claims = json!({
            "iss": self.client_id, "sub": self.client_id, "aud": self.audience,
            "iat": issued_at, "exp": issued_at.saturating_add(LIFETIME_SECONDS), "jti": self.jti,
        });
        if let Some(deployment_id) = self.deployment_id {
            claims["https://purl.imsglobal.org/spec/lti/claim/deployment_id"] =
                json!(deployment_id);
        }
        claims
    }

    /// Signs it with one of the tool's keys.
    ///
    /// # Errors
    ///
    /// [`UnusableKey`].
    pub fn sign(&self, kid: &str, private_key_pkcs8_der: &[u8]) -> Result<String, UnusableKey> {
        jws::sign(jws::PLATFORM_MESSAGE, &self.claims(), kid, private_key_pkcs8_der)
    }
}

/// The body of a token request, of type [`MEDIA_TYPE`] (RFC 6749, 4.4.2).
pub fn token_request(assertion: &str, scopes: &Scopes) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_assertion_type", ASSERTION_TYPE)
        .append_pair("client_assertion", assertion)
        .append_pair("scope", &scopes.to_string())
        .finish()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::lti::scope::SCORE;
    use crate::lti::test_support::{KID, key_pair};

    fn assertion(deployment_id: Option<&str>) -> ClientAssertion<'_> {
        ClientAssertion {
            client_id: "c-1",
            audience: "https://lms.example/token",
            deployment_id,
            now_seconds: 1_000,
            jti: "j-1",
        }
    }

    #[test]
    fn assertion_has_the_required_claims() {
        let mut expected = json!({ "iss": "c-1", "sub": "c-1", "aud": "https://lms.example/token", "iat": 995, "exp": 1295, "jti": "j-1" });
        assert_eq!(assertion(None).claims(), expected);
        expected["https://purl.imsglobal.org/spec/lti/claim/deployment_id"] = json!("7");
        assert_eq!(assertion(Some("7")).claims(), expected);
    }

    #[test]
    fn assertion_is_signed_with_the_named_key() {
        let signed = assertion(None).sign(KID, &key_pair().pkcs8_der).unwrap();
        let header = URL_SAFE_NO_PAD.decode(signed.split('.').next().unwrap()).unwrap();
        assert_eq!(
            serde_json::from_slice::<Value>(&header).unwrap(),
            json!({ "typ": "JWT", "alg": "RS256", "kid": KID })
        );
        assert_eq!(assertion(None).sign(KID, b"no key"), Err(UnusableKey));
    }

    #[test]
    fn request_has_exactly_four_fields() {
        let body = token_request("a.b.c", &[SCORE, "x"].into_iter().collect());
        let fields: Vec<(String, String)> =
            form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let expected = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", "a.b.c"),
            ("scope", "https://purl.imsglobal.org/spec/lti-ags/scope/score x"),
        ];
        assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
