//! Signed messages as compact JWS (RFC 7515, section 3.1): those that the tool signs, and those that
//! apps send to it. Launches of platforms have a reader of their own ([`super::id_token`]), which
//! explains what is wrong.
//!
//! The header contains the message's type, so that none is accepted as another (RFC 8725, section
//! 3.11).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::algorithm::{self, Algorithm};
use super::keyset::VerificationKeys;

/// Maximum length of a message, in bytes.
const MAX_BYTES: usize = 65_536;

/// The `typ` of messages to platforms: client assertions and deep linking responses. Platforms
/// expect this value or none, so these two differ only by their claims: an assertion has no
/// `message_type`, and a response has no `jti`.
pub const PLATFORM_MESSAGE: &str = "JWT";

/// The `typ` of launch tokens. The same keys sign messages to platforms, whose issuer and audience a
/// platform chooses: only the type shows that a token is a launch token.
pub const LAUNCH_TOKEN: &str = "lti-launch+jwt";

/// The `typ` of ID tokens for apps. Widely used libraries accept no other one, so it is not theirs
/// alone: ID tokens are signed by keys that sign nothing else.
pub const ID_TOKEN: &str = "JWT";

/// The algorithms of client assertions.
pub const ASSERTION_ALGORITHMS: [&str; 3] = ["RS256", "PS256", "ES256"];

/// What a message is read for. Its type and the key that signed it make sure that every message is
/// accepted for one purpose only: ID tokens and client assertions may have the same type, but never
/// the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A launch token that comes back from an app.
    LaunchToken,
    /// An ID token that comes back from an app (`id_token_hint`).
    IdToken,
    /// A client's proof of who it is (RFC 7523).
    ClientAssertion,
}

impl Kind {
    /// The types that its header may have. Clients may leave it out.
    fn allows_type(self, typ: Option<&str>) -> bool {
        match self {
            Self::LaunchToken => typ == Some(LAUNCH_TOKEN),
            Self::IdToken => typ == Some(ID_TOKEN),
            Self::ClientAssertion => {
                typ.is_none_or(|typ| matches!(typ, "JWT" | "jwt" | "client-authentication+jwt"))
            }
        }
    }

    /// The algorithms with which it may be signed. None of them has a shared secret.
    fn algorithms(self) -> &'static [&'static str] {
        match self {
            Self::LaunchToken | Self::IdToken => &["RS256"],
            Self::ClientAssertion => &ASSERTION_ALGORITHMS,
        }
    }
}

/// A message whose form is right. It is not verified yet.
pub struct Unverified<'t> {
    signing_input: &'t str,
    signature: &'t str,
    algorithm: &'static Algorithm,
    kid: String,
    claims: Value,
}

/// Reads a message for one purpose. `None` if its form shows that it is not one: another type or
/// algorithm, no key ID, or extensions that would have to be understood (`crit`).
pub fn read(token: &str, kind: Kind) -> Option<Unverified<'_>> {
    let (signing_input, signature) = token.rsplit_once('.').filter(|_| token.len() <= MAX_BYTES)?;
    let (header, payload) = signing_input.split_once('.')?;
    let object = |segment: &str| {
        let value: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(segment).ok()?).ok()?;
        value.is_object().then_some(value)
    };
    let (header, claims) = (object(header)?, object(payload)?);
    let text = |name: &str| match header.get(name) {
        None => Some(None),
        Some(value) => value.as_str().map(Some),
    };
    let kid = text("kid")??.to_owned();
    let name = text("alg")?.filter(|name| kind.algorithms().contains(name))?;
    let is_one = kind.allows_type(text("typ")?) && header.get("crit").is_none();
    let algorithm = algorithm::find(name)?;
    is_one.then_some(Unverified { signing_input, signature, algorithm, kid, claims })
}

impl Unverified<'_> {
    /// The ID of the key that supposedly signed it.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// A claim that is text, only to find the key. It is not verified.
    pub fn claimed(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// The claims, if one of these keys signed them.
    pub fn verify(self, keys: &VerificationKeys) -> Option<Value> {
        keys.verify(self.algorithm, self.signing_input.as_bytes(), self.signature)
            .is_ok_and(|is_valid| is_valid)
            .then_some(self.claims)
    }
}

/// A private key that cannot be read or cannot sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the private key is not an RSA key in PKCS #8, or it cannot sign")]
pub struct UnusableKey;

/// Signs claims with RS256. The header names the type and the key.
///
/// # Errors
///
/// [`UnusableKey`].
pub fn sign(
    typ: &str,
    claims: &Value,
    kid: &str,
    private_key_pkcs8_der: &[u8],
) -> Result<String, UnusableKey> {
    let pair = RsaKeyPair::from_pkcs8(private_key_pkcs8_der).map_err(|_| UnusableKey)?;
    let header = json!({ "typ": typ, "alg": "RS256", "kid": kid });
    let mut token = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
        .map_err(|_| UnusableKey)?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lti::test_support::{KID, key_pair, verification_key};

    #[test]
    fn signature_is_valid() {
        let token =
            sign("x+jwt", &json!({ "sub": "4" }), KID, &key_pair().pkcs8_der).expect("signs");
        let (input, signature) = token.rsplit_once('.').expect("three segments");
        assert!(verification_key().verifies(
            crate::lti::algorithm::find("RS256").unwrap(),
            input.as_bytes(),
            signature
        ));
        let header: Value = serde_json::from_slice(
            &URL_SAFE_NO_PAD.decode(input.split('.').next().expect("a header")).expect("base64url"),
        )
        .expect("JSON");
        assert_eq!(header, json!({ "typ": "x+jwt", "alg": "RS256", "kid": KID }));
        assert_eq!(sign("x+jwt", &json!({}), KID, b"not a key"), Err(UnusableKey));
    }

    fn signed() -> String {
        sign(LAUNCH_TOKEN, &json!({ "sub": "4" }), KID, &key_pair().pkcs8_der).expect("signs")
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
        let unverified = read(&token, Kind::LaunchToken).expect("a token");
        assert_eq!(unverified.kid(), KID);
        assert_eq!(unverified.verify(&verification_key().into()), Some(json!({ "sub": "4" })));
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
            under(&json!({ "typ": LAUNCH_TOKEN, "alg": "RS256", "kid": KID, "x": 1 })),
        ] {
            assert_eq!(
                read(&changed, Kind::LaunchToken)
                    .expect("a token in its form")
                    .verify(&verification_key().into()),
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
            "x".repeat(MAX_BYTES + 1),
            under(&json!({ "typ": LAUNCH_TOKEN, "alg": "none", "kid": KID })),
            under(&json!({ "typ": LAUNCH_TOKEN, "alg": "HS256", "kid": KID })),
            under(&json!({ "typ": LAUNCH_TOKEN, "alg": "rs256", "kid": KID })),
            under(&json!({ "typ": LAUNCH_TOKEN, "kid": KID })),
            under(&json!({ "typ": LAUNCH_TOKEN, "alg": "RS256" })),
            under(&json!({ "typ": LAUNCH_TOKEN, "alg": "RS256", "kid": 1 })),
            under(&json!({ "typ": LAUNCH_TOKEN, "alg": "RS256", "kid": KID, "crit": ["x"] })),
            under(&json!([])),
            under(&json!({ "alg": "RS256", "kid": KID })),
            under(&json!({ "typ": "JWT", "alg": "RS256", "kid": KID })),
            under(&json!({ "typ": "jwt", "alg": "RS256", "kid": KID })),
            under(&json!({ "typ": [LAUNCH_TOKEN], "alg": "RS256", "kid": KID })),
        ] {
            assert!(read(&token, Kind::LaunchToken).is_none(), "{token:.60}");
        }
    }

    #[test]
    fn a_launch_token_is_accepted_as_nothing_else() {
        let kinds = [Kind::LaunchToken, Kind::IdToken, Kind::ClientAssertion];
        for (typ, expected) in [
            (LAUNCH_TOKEN, vec![Kind::LaunchToken]),
            (ID_TOKEN, vec![Kind::IdToken, Kind::ClientAssertion]),
            ("at+jwt", vec![]),
            ("", vec![]),
        ] {
            let token = under(&json!({ "typ": typ, "alg": "RS256", "kid": KID }));
            let found: Vec<Kind> =
                kinds.into_iter().filter(|kind| read(&token, *kind).is_some()).collect();
            assert_eq!(found, expected, "{typ}");
        }
        let untyped = under(&json!({ "alg": "ES256", "kid": KID }));
        assert!(read(&untyped, Kind::ClientAssertion).is_some());
    }
}
