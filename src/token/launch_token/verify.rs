//! Verifies a launch token that an app sends to this tool, with this tool's own keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::TYPE;
use crate::lti::algorithm;
use crate::lti::keyset::VerificationKey;

/// Maximum length of a token, in bytes.
const MAX_TOKEN_BYTES: usize = 65_536;

/// The tool's signature algorithm.
const ALGORITHM: &str = "RS256";

/// A compact JWS (RFC 7515, section 3.1) that claims to be signed with one of the tool's keys. It
/// is not verified yet.
pub struct Unverified<'t> {
    signing_input: &'t str,
    signature: &'t str,
    kid: String,
    payload: Value,
}

impl<'t> Unverified<'t> {
    /// Parses a token. `None` if its form shows that it is not a launch token of this tool: those
    /// have their own type, are signed with RS256, name the key, and require no extensions
    /// (`crit`).
    pub fn read(token: &'t str) -> Option<Self> {
        let (signing_input, signature) =
            token.rsplit_once('.').filter(|_| token.len() <= MAX_TOKEN_BYTES)?;
        let (header, payload) = signing_input.split_once('.')?;
        let object = |segment: &str| {
            serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(segment).ok()?)
                .ok()
                .filter(Value::is_object)
        };
        let (header, payload) = (object(header)?, object(payload)?);
        let kid = header.get("kid")?.as_str()?.to_owned();
        (header["typ"] == TYPE && header["alg"] == ALGORITHM && header.get("crit").is_none())
            .then_some(Self { signing_input, signature, kid, payload })
    }

    /// The ID of the key that supposedly signed it.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The claims, if this key signed them.
    pub fn verify(self, key: &VerificationKey) -> Option<Value> {
        let algorithm = algorithm::find(ALGORITHM)?;
        key.verifies(algorithm, self.signing_input.as_bytes(), self.signature)
            .then_some(self.payload)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::lti::jws;
    use crate::lti::test_support::{KID, key_pair, verification_key};

    fn signed() -> String {
        jws::sign(TYPE, &json!({ "sub": "4" }), KID, &key_pair().pkcs8_der).expect("signs")
    }

    /// The same token with another header.
    fn under(header: &Value) -> String {
        format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            signed().split_once('.').expect("segments").1
        )
    }

    #[test]
    fn signed_claims_are_returned() {
        let token = signed();
        let unverified = Unverified::read(&token).expect("a token");
        assert_eq!(unverified.kid(), KID);
        assert_eq!(unverified.verify(&verification_key()), Some(json!({ "sub": "4" })));
    }

    #[test]
    fn changed_token_is_refused() {
        let token = signed();
        let (input, signature) = token.rsplit_once('.').expect("segments");
        let other = format!(
            "{}.{}",
            input.split_once('.').expect("segments").0,
            URL_SAFE_NO_PAD.encode("{\"sub\":\"5\"}")
        );
        for changed in [
            format!("{other}.{signature}"),
            format!("{input}."),
            format!("{input}.AAAA"),
            under(&json!({ "typ": TYPE, "alg": "RS256", "kid": KID, "x": 1 })),
        ] {
            assert_eq!(
                Unverified::read(&changed)
                    .expect("a token in its form")
                    .verify(&verification_key()),
                None,
                "{changed}"
            );
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for token in [
            String::new(),
            "a.b".to_owned(),
            "a.b.c".to_owned(),
            format!("{}.x", signed()),
            "x".repeat(MAX_TOKEN_BYTES + 1),
            under(&json!({ "typ": TYPE, "alg": "none", "kid": KID })),
            under(&json!({ "typ": TYPE, "alg": "HS256", "kid": KID })),
            under(&json!({ "typ": TYPE, "alg": "rs256", "kid": KID })),
            under(&json!({ "typ": TYPE, "kid": KID })),
            under(&json!({ "typ": TYPE, "alg": "RS256" })),
            under(&json!({ "typ": TYPE, "alg": "RS256", "kid": 1 })),
            under(&json!({ "typ": TYPE, "alg": "RS256", "kid": KID, "crit": ["x"] })),
            under(&json!([])),
            under(&json!({ "alg": "RS256", "kid": KID })),
            under(&json!({ "typ": "JWT", "alg": "RS256", "kid": KID })),
            under(&json!({ "typ": "jwt", "alg": "RS256", "kid": KID })),
            under(&json!({ "typ": [TYPE], "alg": "RS256", "kid": KID })),
        ] {
            assert!(Unverified::read(&token).is_none(), "{token:.60}");
        }
    }
}
