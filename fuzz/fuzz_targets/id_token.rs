//! Tokens: nothing panics, and nothing that we did not sign passes.
#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use ltictl::lti::id_token::{self, Expectation};
use ltictl::lti::keyset::{VerificationKey, generate_rsa_key};
use ltictl::lti::state::digest;

/// One time for all inputs, in seconds since 1970.
const NOW: i64 = 1_770_000_000;

static KEYS: LazyLock<(RsaKeyPair, VerificationKey)> = LazyLock::new(|| {
    let key = generate_rsa_key();
    let pair = RsaKeyPair::from_pkcs8(&key.pkcs8_der).expect("our own key can be read");
    (pair, VerificationKey::from_components(&key.modulus, &key.exponent).expect("our own key is fit"))
});

fuzz_target!(|data: &[u8]| {
    // As a whole token, which stops at the signature; and as the claims of a token that is signed, which goes on to the last check.
    if let Ok(token) = std::str::from_utf8(data) {
        assert!(!passes(token), "a token that nobody signed passes");
    }
    passes(&signed(data));
});

fn passes(token: &str) -> bool {
    let expected = Expectation {
        issuer: "https://lms.example.edu",
        client_id: "client",
        algorithms: &["RS256"],
        nonce: "nonce",
        target_link_uri_digest: digest("https://tool.example.edu/lti/launch"),
        deployment_id_digest: None,
        deployment_known: true,
        tool_origin: "https://tool.example.edu",
        leeway_seconds: 60,
        allow_anonymous: false,
        message_types: &["LtiResourceLinkRequest", "LtiDeepLinkingRequest"],
        keyset_url: "https://lms.example.edu/keys",
    };
    let Ok(unverified) = id_token::parse(token) else { return false };
    let _ = (unverified.claimed_deployment_id(), unverified.claimed_custom_id());
    let _ = unverified.check_parties(&expected);
    match unverified.verify(&expected, &KEYS.1, NOW) {
        Ok(_) => true,
        Err(rejected) => {
            let _ = (rejected.refusal.code(), rejected.refusal.http_status(), rejected.refusal.sentence());
            false
        }
    }
}

fn signed(claims: &[u8]) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(br#"{"alg":"RS256","kid":"key"}"#), URL_SAFE_NO_PAD.encode(claims));
    let mut signature = vec![0; KEYS.0.public_modulus_len()];
    KEYS.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).expect("our own key signs");
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}
