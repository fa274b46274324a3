//! The LTI 1.1 identity of a user (Migration 1.0, 6.1).
//!
//! A platform that was connected by consumer key and secret before can send that key and the user's
//! former ID. Trusting this without the signature would expose accounts, so [`check`] returns them
//! only if the signature is valid.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::claims::Claims;

/// The checked migration claim of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Migration {
    /// No claim, or one without a consumer key.
    NoClaim,
    /// A consumer key without a signature: not trusted.
    Unsigned,
    /// A signature that matches none of the secrets: not trusted.
    InvalidSignature,
    /// A valid signature.
    Verified {
        /// The consumer key.
        consumer_key: String,
        /// The user's ID under LTI 1.1: the claim's, or `sub` if it is the same; `None` for an
        /// anonymous launch.
        user_id: Option<String>,
    },
}

/// The claimed consumer key, only to look up its secrets.
pub fn claimed_consumer_key(claims: &Claims) -> Option<&str> {
    claims.migration()?.consumer_key
}

/// Checks the signature with every secret that belongs to the consumer key, old ones included.
/// `client_id` is the registration's.
///
/// Two encodings are accepted: base64 of the raw bytes as the specification has it, and base64 of
/// their lower-case hexadecimal digits as Moodle expects it. The signature covers `nonce` and `exp`
/// of this token, so it cannot be used again.
pub fn check<'secret>(
    claims: &Claims,
    client_id: &str,
    secrets: impl IntoIterator<Item = &'secret [u8]>,
) -> Migration {
    let Some(claim) = claims.migration() else { return Migration::NoClaim };
    let Some(consumer_key) = claim.consumer_key else { return Migration::NoClaim };
    let Some(sign) = claim.sign else { return Migration::Unsigned };
    let (Some(base), Some(tag)) = (base_string(claims, consumer_key, client_id), tag(sign)) else {
        return Migration::InvalidSignature;
    };
    // Each comparison takes constant time, and all secrets are tried, so that the time reveals
    // nothing about them. An empty secret is ignored: anyone could sign with it.
    let fits = |secret: &[u8]| {
        hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, secret), base.as_bytes(), &tag).is_ok()
            & !secret.is_empty()
    };
    if !secrets.into_iter().fold(false, |found, secret| fits(secret) | found) {
        return Migration::InvalidSignature;
    }
    Migration::Verified {
        consumer_key: consumer_key.to_owned(),
        user_id: claim.user_id.or(claims.sub()).map(str::to_owned),
    }
}

/// The signed text: consumer key, deployment, issuer, client ID, `exp` in decimal digits and nonce,
/// with `&` between them.
fn base_string(claims: &Claims, consumer_key: &str, client_id: &str) -> Option<String> {
    let (deployment_id, issuer, nonce) =
        (claims.deployment_id()?, claims.issuer()?, claims.read.nonce.text()?);
    let expires_at = claims.read.exp.shown();
    Some([consumer_key, deployment_id, issuer, client_id, &expires_at, nonce].join("&"))
}

/// The 32 bytes of a signature in either encoding.
fn tag(sign: &str) -> Option<[u8; 32]> {
    let bytes = STANDARD.decode(sign).ok()?;
    if bytes.len() != 64 {
        return bytes.try_into().ok();
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut tag = [0; 32];
    for (place, pair) in tag.iter_mut().zip(bytes.chunks_exact(2)) {
        *place = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(tag)
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;
    use serde_json::{Value, json};

    use super::*;

    const CLIENT_ID: &str = "PM48OJSfGDTAzAo";
    const SECRET: &[u8] = b"my-lti11-secret";
    /// The specification's example.
    const RAW: &str = "lWd54kFo5qU7xshAna6v8BwoBm6tmUjc6GTax6+12ps=";

    /// The token of the specification's example, with this claim.
    fn claims(migration: &Value) -> Claims {
        let payload = json!({
            "iss": "https://lmsvendor.com", "aud": CLIENT_ID, "exp": 1551290856, "nonce": "172we8671fd8z", "sub": "a6d5c443",
            "https://purl.imsglobal.org/spec/lti/claim/deployment_id": "689302",
            "https://purl.imsglobal.org/spec/lti/claim/lti1p1": migration,
        });
        Claims::read(payload.to_string()).expect("claims")
    }

    fn hex() -> String {
        let digits = HEXLOWER.encode(&STANDARD.decode(RAW).expect("base64"));
        assert!(digits.starts_with("956779"));
        STANDARD.encode(digits)
    }

    fn verified(user_id: &str) -> Migration {
        Migration::Verified {
            consumer_key: "179248902".to_owned(),
            user_id: Some(user_id.to_owned()),
        }
    }

    /// A claim of the specification's consumer key, with this signature.
    fn signed(signature: impl Into<Value>) -> Value {
        json!({ "oauth_consumer_key": "179248902", "oauth_consumer_key_sign": signature.into() })
    }

    /// The same for a user whose ID was another one under LTI 1.1.
    fn signed_for_user(signature: impl Into<Value>, user_id: impl Into<Value>) -> Value {
        let mut claim = signed(signature);
        claim["user_id"] = user_id.into();
        claim
    }

    fn assert_checked(claim: &Value, expected: &Migration) {
        assert_eq!(check(&claims(claim), CLIENT_ID, [SECRET]), *expected, "{claim}");
    }

    #[test]
    fn a_valid_signature_is_trusted() {
        for (claim, user_id) in [
            (signed(RAW), "a6d5c443"),
            (signed_for_user(RAW, "34212"), "34212"),
            (signed_for_user(hex(), "34212"), "34212"),
            (signed_for_user(RAW, 7), "a6d5c443"),
        ] {
            assert_checked(&claim, &verified(user_id));
        }
    }

    #[test]
    fn only_a_valid_signature_is_trusted() {
        let capitals = STANDARD.encode(
            String::from_utf8(STANDARD.decode(hex()).expect("base64"))
                .expect("digits")
                .to_uppercase(),
        );
        for claim in [
            signed(capitals),
            json!({ "oauth_consumer_key": "179248903", "oauth_consumer_key_sign": RAW }),
            signed(RAW.replace('l', "m")),
            signed("AAAA"),
            signed("not base64!"),
            signed(STANDARD.encode("é".repeat(32))),
        ] {
            assert_checked(&claim, &Migration::InvalidSignature);
        }
    }

    #[test]
    fn a_claim_may_lack_a_signature_or_a_consumer_key() {
        for claim in [
            json!({ "oauth_consumer_key": "179248902" }),
            signed_for_user("", "34212"),
            signed(json!([RAW])),
        ] {
            assert_checked(&claim, &Migration::Unsigned);
        }
        for claim in [
            json!({ "oauth_consumer_key_sign": RAW, "user_id": "34212" }),
            json!({ "oauth_consumer_key": "", "oauth_consumer_key_sign": RAW }),
            json!({}),
            json!("179248902"),
            Value::Null,
        ] {
            assert_checked(&claim, &Migration::NoClaim);
        }
    }

    #[test]
    fn one_secret_of_many_is_enough_and_none_is_not() {
        let claims =
            claims(&json!({ "oauth_consumer_key": "179248902", "oauth_consumer_key_sign": RAW }));
        assert_eq!(claimed_consumer_key(&claims), Some("179248902"));
        for secrets in [vec![SECRET, b"b"], vec![b"a", SECRET], vec![b"a", SECRET, b"b"]] {
            assert_eq!(check(&claims, CLIENT_ID, secrets), verified("a6d5c443"));
        }
        for secrets in [vec![], vec![b"".as_slice()], vec![b"a", b"my-lti11-secret "]] {
            assert_eq!(check(&claims, CLIENT_ID, secrets), Migration::InvalidSignature);
        }
        assert_eq!(check(&claims, "another", [SECRET]), Migration::InvalidSignature);
    }

    #[test]
    fn an_empty_secret_proves_nothing() {
        let base =
            "179248902&689302&https://lmsvendor.com&PM48OJSfGDTAzAo&1551290856&172we8671fd8z";
        let sign = |secret: &[u8]| {
            STANDARD.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), base.as_bytes()))
        };
        assert_eq!(sign(SECRET), RAW);
        let claims = claims(
            &json!({ "oauth_consumer_key": "179248902", "oauth_consumer_key_sign": sign(b"") }),
        );
        assert_eq!(
            check(&claims, CLIENT_ID, [b"".as_slice(), SECRET]),
            Migration::InvalidSignature
        );
    }

    #[test]
    fn every_part_of_the_token_is_covered() {
        let payload = |change: &dyn Fn(&mut Value)| {
            let mut payload = json!({
                "iss": "https://lmsvendor.com", "exp": 1551290856, "nonce": "172we8671fd8z", "sub": "a",
                "https://purl.imsglobal.org/spec/lti/claim/deployment_id": "689302",
                "https://purl.imsglobal.org/spec/lti/claim/lti1p1": { "oauth_consumer_key": "179248902", "oauth_consumer_key_sign": RAW },
            });
            change(&mut payload);
            check(&Claims::read(payload.to_string()).expect("claims"), CLIENT_ID, [SECRET])
        };
        assert_eq!(payload(&|_| {}), verified("a"));
        for (name, value) in [
            ("iss", json!("https://other.example")),
            ("exp", json!(1551290857)),
            ("exp", json!("1551290856 ")),
            ("nonce", json!("another")),
            ("nonce", Value::Null),
            ("https://purl.imsglobal.org/spec/lti/claim/deployment_id", json!("1")),
        ] {
            assert_eq!(
                payload(&|payload| payload[name] = value.clone()),
                Migration::InvalidSignature,
                "{name}"
            );
        }
        let anonymous = payload(&|payload| payload["sub"] = Value::Null);
        assert_eq!(
            anonymous,
            Migration::Verified { consumer_key: "179248902".to_owned(), user_id: None }
        );
    }
}
