//! Reading tokens that the tool signed.

use aws_lc_rs::rsa::PublicKeyComponents;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

/// A part of a token as JSON.
pub(super) fn decoded<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// The RSA key of this name.
pub(super) fn find_key(keyset: &Value, kid: &str) -> Option<PublicKeyComponents<Vec<u8>>> {
    let key =
        keyset["keys"].as_array()?.iter().find(|key| key["kid"] == kid && key["kty"] == "RSA")?;
    let number = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str()?).ok();
    Some(PublicKeyComponents { n: number("n")?, e: number("e")? })
}
