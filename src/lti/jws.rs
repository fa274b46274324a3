//! Messages that the tool signs, as compact JWS (RFC 7515, section 3.1). The header contains the
//! message's type, so that none is accepted as another (RFC 8725, section 3.11).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The `typ` of messages to platforms: client assertions and deep linking responses. Platforms
/// expect this value or none, so these two differ only by their claims: an assertion has no
/// `message_type`, and a response has no `jti`.
pub const PLATFORM_MESSAGE: &str = "JWT";

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
}
