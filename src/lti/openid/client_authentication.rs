//! Who sends a request to the token endpoint (Core, 9; RFC 6749, 2.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use url::form_urlencoded;

use super::parameters::Parameters;
use crate::lti::client_assertion::ASSERTION_TYPE;
use crate::lti::jws::{self, Kind, Unverified};

/// How far ahead an assertion may expire, in seconds.
const MAX_LIFETIME_SECONDS: i64 = 600;

/// How far a client's clock may differ, in seconds.
const LEEWAY_SECONDS: i64 = 30;

/// Maximum length of `jti`, in bytes: used ones are stored.
const MAX_JTI_BYTES: usize = 256;

/// What a client presents. Nothing of it has been verified.
pub struct Presented<'r> {
    /// The client that it claims to be.
    pub client_id: String,
    /// Its proof.
    pub proof: Proof<'r>,
}

/// A client's proof of who it is.
pub enum Proof<'r> {
    /// A secret, by either way (`client_secret_basic`, `client_secret_post`).
    Secret(String),
    /// A signed assertion (`private_key_jwt`).
    Assertion(Unverified<'r>),
    /// None: the client is public.
    None,
}

/// Why a request does not say who sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unclear {
    /// It is not one way alone, or names two clients: `invalid_request`.
    InvalidRequest(&'static str),
    /// It has no client, or a proof that cannot be read: `invalid_client`.
    InvalidClient,
}

/// Reads how a client authenticates: the value of `Authorization`, if there is one, and the form.
///
/// # Errors
///
/// [`Unclear`].
pub fn read<'r>(
    authorization: Option<&str>,
    form: &'r Parameters,
) -> Result<Presented<'r>, Unclear> {
    let secret = form.get("client_secret");
    let assertion = form.get("client_assertion").or_else(|| form.get("client_assertion_type"));
    let ways = [authorization.is_some(), secret.is_some(), assertion.is_some()];
    if ways.into_iter().filter(|way| *way).count() > 1 {
        return Err(Unclear::InvalidRequest("the client authenticates in two ways"));
    }
    let named = form.get("client_id");
    let presented = if let Some(authorization) = authorization {
        let (client_id, secret) = basic(authorization).ok_or(Unclear::InvalidClient)?;
        Presented { client_id, proof: Proof::Secret(secret) }
    } else if assertion.is_some() {
        by_assertion(form)?
    } else {
        let client_id = named.ok_or(Unclear::InvalidClient)?.to_owned();
        let proof = secret.map_or(Proof::None, |secret| Proof::Secret(secret.to_owned()));
        Presented { client_id, proof }
    };
    if named.is_some_and(|named| named != presented.client_id) {
        return Err(Unclear::InvalidRequest(
            "client_id differs from the client that authenticates",
        ));
    }
    Ok(presented)
}

/// ID and secret of the Basic scheme; both are encoded like a form first (RFC 6749, 2.3.1).
fn basic(authorization: &str) -> Option<(String, String)> {
    let (scheme, credentials) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let secret = decoded(secret)?;
    (!secret.is_empty()).then_some((decoded(id)?, secret))
}

/// One value, decoded like one of a form.
fn decoded(text: &str) -> Option<String> {
    let form = format!("v={}", text.replace('&', "%26"));
    form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned())
}

fn by_assertion(form: &Parameters) -> Result<Presented<'_>, Unclear> {
    if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
        return Err(Unclear::InvalidRequest("client_assertion_type must be jwt-bearer"));
    }
    let unverified = form
        .get("client_assertion")
        .and_then(|assertion| jws::read(assertion, Kind::ClientAssertion))
        .ok_or(Unclear::InvalidClient)?;
    let client_id = unverified.claimed("sub").ok_or(Unclear::InvalidClient)?.to_owned();
    Ok(Presented { client_id, proof: Proof::Assertion(unverified) })
}

/// The use of an assertion that is to be remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertionUse {
    /// Its `jti`, which may be used once.
    pub jti: String,
    /// When it expires, in seconds since 1970.
    pub expires_at: i64,
}

/// Checks the claims of an assertion whose signature is valid (RFC 7523, 3; Core, 9): it is from
/// the client and about it, for this provider, and short-lived. `audiences` are the issuer and the
/// URL of the endpoint.
pub fn check_assertion(
    claims: &Value,
    client_id: &str,
    audiences: &[&str],
    now_seconds: i64,
) -> Option<AssertionUse> {
    let is_own = claims["iss"] == client_id && claims["sub"] == client_id;
    let is_audience = |value: &Value| value.as_str().is_some_and(|aud| audiences.contains(&aud));
    let is_for_us = match &claims["aud"] {
        Value::Array(list) => list.iter().any(is_audience),
        one => is_audience(one),
    };
    let expires_at = claims["exp"].as_i64()?;
    let is_current = expires_at > now_seconds.saturating_sub(LEEWAY_SECONDS)
        && expires_at <= now_seconds.saturating_add(MAX_LIFETIME_SECONDS + LEEWAY_SECONDS);
    let latest = now_seconds.saturating_add(LEEWAY_SECONDS);
    let has_begun = ["nbf", "iat"].into_iter().all(|name| match &claims[name] {
        Value::Null => true,
        time => time.as_i64().is_some_and(|time| time <= latest),
    });
    let jti = claims["jti"].as_str().filter(|jti| (1..=MAX_JTI_BYTES).contains(&jti.len()))?;
    (is_own && is_for_us && is_current && has_begun)
        .then(|| AssertionUse { jti: jti.to_owned(), expires_at: expires_at + LEEWAY_SECONDS })
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;
    use crate::lti::test_support::{KID, key_pair};

    fn shown(authorization: Option<&str>, form: &str) -> String {
        match read(authorization, &Parameters::of(form)) {
            Ok(Presented { client_id, proof: Proof::Secret(secret) }) => {
                format!("{client_id} secret {secret}")
            }
            Ok(Presented { client_id, proof: Proof::Assertion(_) }) => {
                format!("{client_id} assertion")
            }
            Ok(Presented { client_id, proof: Proof::None }) => format!("{client_id} public"),
            Err(Unclear::InvalidClient) => "invalid_client".to_owned(),
            Err(Unclear::InvalidRequest(_)) => "invalid_request".to_owned(),
        }
    }

    #[test]
    fn a_client_authenticates_in_one_way() {
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let assertion =
            jws::sign("JWT", &json!({ "sub": "a" }), KID, &key_pair().pkcs8_der).unwrap();
        let jwt = format!(
            "client_assertion_type={}&client_assertion={assertion}",
            "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
        );
        for (authorization, form, expected) in [
            (Some(basic("a:b")), "", "a secret b"),
            (Some(basic("a:b")), "client_id=a", "a secret b"),
            (Some(basic("a:b%2Bc%25+d%3Ae:f&g")), "", "a secret b+c% d:e:f&g"),
            (Some(basic("a:b").replace("Basic", "basic")), "", "a secret b"),
            (Some(basic("a:b")), "client_id=c", "invalid_request"),
            (Some(basic("a:b")), "client_secret=b", "invalid_request"),
            (Some(basic("a:b")), &jwt, "invalid_request"),
            (Some(basic("a:")), "", "invalid_client"),
            (Some(basic("a")), "", "invalid_client"),
            (Some("Basic !".to_owned()), "", "invalid_client"),
            (Some("Bearer abc".to_owned()), "client_id=a", "invalid_client"),
            (None, "client_id=a&client_secret=b%2Bc", "a secret b+c"),
            (None, "client_id=a", "a public"),
            (None, "client_secret=b", "invalid_client"),
            (None, "", "invalid_client"),
            (None, &jwt, "a assertion"),
            (None, &format!("{jwt}&client_id=a"), "a assertion"),
            (None, &format!("{jwt}&client_id=b"), "invalid_request"),
            (None, &format!("{jwt}&client_secret=b"), "invalid_request"),
            (None, &format!("client_assertion={assertion}"), "invalid_request"),
            (None, &jwt.replace("jwt-bearer", "saml2-bearer"), "invalid_request"),
            (None, &jwt.replace(&assertion, "a.b.c"), "invalid_client"),
        ] {
            assert_eq!(shown(authorization.as_deref(), form), expected, "{authorization:?} {form}");
        }
    }

    #[test]
    fn an_assertion_is_for_this_provider_and_short_lived() {
        let audiences = ["https://tool.example.edu", "https://tool.example.edu/oidc/token"];
        let valid = json!({
            "iss": "a", "sub": "a", "aud": audiences[1], "exp": 1300, "iat": 1000, "jti": "j",
        });
        for (change, expected) in [
            (json!({}), true),
            (json!({ "aud": audiences[0] }), true),
            (json!({ "aud": ["https://other.example", audiences[0]] }), true),
            (json!({ "iat": null }), true),
            (json!({ "nbf": 1000 }), true),
            (json!({ "exp": 1600 }), true),
            (json!({ "iss": "b" }), false),
            (json!({ "sub": "b" }), false),
            (json!({ "aud": "https://tool.example.edu/" }), false),
            (json!({ "aud": "https://other.example" }), false),
            (json!({ "aud": [] }), false),
            (json!({ "aud": null }), false),
            (json!({ "exp": 4600 }), false),
            (json!({ "exp": 900 }), false),
            (json!({ "exp": null }), false),
            (json!({ "exp": "1300" }), false),
            (json!({ "exp": i64::MAX }), false),
            (json!({ "iat": 1100 }), false),
            (json!({ "nbf": 1100 }), false),
            (json!({ "nbf": "x" }), false),
            (json!({ "jti": null }), false),
            (json!({ "jti": "" }), false),
            (json!({ "jti": "j".repeat(257) }), false),
        ] {
            let mut claims = valid.clone();
            for (name, value) in change.as_object().unwrap() {
                claims[name] = value.clone();
            }
            let found = check_assertion(&claims, "a", &audiences, 1000);
            assert_eq!(found.is_some(), expected, "{change}");
        }
        let used = check_assertion(&valid, "a", &audiences, 1000).unwrap();
        assert_eq!(used, AssertionUse { jti: "j".to_owned(), expires_at: 1330 });
    }

    #[test]
    fn unsigned_assertions_cannot_be_read() {
        let payload = URL_SAFE_NO_PAD.encode(json!({ "sub": "a" }).to_string());
        for header in [
            json!({ "alg": "none", "kid": KID }),
            json!({ "alg": "HS256", "kid": KID }),
            json!({ "alg": "RS512", "kid": KID }),
        ] {
            let token = format!("{}.{payload}.AAAA", URL_SAFE_NO_PAD.encode(header.to_string()));
            assert!(jws::read(&token, Kind::ClientAssertion).is_none(), "{header}");
        }
    }
}
