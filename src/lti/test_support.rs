//! Shared by the tests of this module: one key pair per process, and functions that sign anything
//! with it.

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::keyset::{VerificationKey, VerificationKeys};
use super::private_key::PrivateKey;

/// The `kid` of [`key_pair`].
pub(crate) const KID: &str = "test-key";

/// One key for all tests, because generating it takes longer than all of them.
pub(crate) fn key_pair() -> &'static PrivateKey {
    static KEY: OnceLock<PrivateKey> = OnceLock::new();
    KEY.get_or_init(PrivateKey::generate)
}

/// The public half of [`key_pair`].
pub(crate) fn verification_key() -> VerificationKey {
    VerificationKey::from_components(&key_pair().modulus, &key_pair().exponent)
        .expect("a new key is usable")
}

/// The same, as the only key with its ID.
pub(crate) fn verification_keys() -> VerificationKeys {
    verification_key().into()
}

/// A token with these texts as header and payload, signed with [`key_pair`] regardless of their
/// contents.
pub(crate) fn signed_text(header: &str, payload: &[u8]) -> String {
    let pair = RsaKeyPair::from_pkcs8(&key_pair().pkcs8_der).expect("a new key can be parsed");
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature)
        .expect("it signs");
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A token with this payload, signed with [`key_pair`].
pub(crate) fn signed(payload: &Value) -> String {
    signed_text(&json!({ "alg": "RS256", "kid": KID }).to_string(), payload.to_string().as_bytes())
}
