//! What several targets need: a platform that signs whatever the fuzzer makes up, so that inputs
//! get past the signature.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ltictl::lti::claims::Claims;
use ltictl::lti::id_token::{self, Expectation, Rejected, Verified};
use ltictl::lti::keyset::Keyset;
use ltictl::lti::login::Fingerprint;
use serde_json::{Map, Value, json};

/// The time of every input, in seconds since 1970.
pub const NOW: i64 = 1_770_000_000;

/// The platform's name for its key.
const KID: &str = "key";

/// The platform's key pair and keyset. It signs with ES256, which is many times faster than RSA.
static PLATFORM: LazyLock<(EcdsaKeyPair, Keyset)> = LazyLock::new(|| {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
        .expect("the library generates a key");
    let point = pair.public_key().as_ref();
    let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
    let keyset = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": KID, "x": x, "y": y }] });
    let keyset = Keyset::parse(keyset.to_string().as_bytes()).expect("a keyset");
    (pair, keyset)
});

/// A token with these claims that the platform has signed.
pub fn signed(claims: &[u8]) -> String {
    let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "ES256", "kid": KID }).to_string());
    let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
    let signature =
        PLATFORM.0.sign(&SystemRandom::new(), message.as_bytes()).expect("the key signs");
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
}

/// What the tool expects of the platform's tokens.
pub fn expectation() -> Expectation<'static> {
    static TARGET: LazyLock<Fingerprint> =
        LazyLock::new(|| Fingerprint::of("https://tool.example.edu/lti/launch"));
    Expectation {
        issuer: "https://lms.example.edu",
        client_id: "client",
        algorithms: &["RS256", "ES256"],
        nonce: "nonce",
        target_link_uri: *TARGET,
        deployment_id: None,
        deployment_known: true,
        tool_origin: "https://tool.example.edu",
        leeway_seconds: 60,
        staff_roles: &["Instructor"],
        allow_anonymous: false,
        message_types: &["LtiResourceLinkRequest", "LtiDeepLinkingRequest"],
        keyset_url: "https://lms.example.edu/keys",
    }
}

/// Verifies a token as the tool does; `None` if it is not even a token.
pub fn verify(token: &str) -> Option<Result<Verified, Rejected>> {
    let Ok(unverified) = id_token::parse(token) else { return None };
    let key = PLATFORM.1.find(KID).expect("the key is in the keyset").expect("the key can be used");
    Some(unverified.verify(&expectation(), key, NOW))
}

/// The claims of a content selection that is valid in all other respects, after the verification;
/// `None` if this value of the claim makes the token unusable. The value is text because it may be
/// anything, JSON or not.
pub fn verified_with(claim: &str, value: &str) -> Option<Claims> {
    let mut claims: Map<String, Value> = Map::new();
    for (name, value) in [
        ("iss", json!("https://lms.example.edu")),
        ("aud", json!("client")),
        ("exp", json!(NOW + 60)),
        ("iat", json!(NOW)),
        ("nonce", json!("nonce")),
        ("sub", json!("4")),
        ("https://purl.imsglobal.org/spec/lti/claim/version", json!("1.3.0")),
        ("https://purl.imsglobal.org/spec/lti/claim/message_type", json!("LtiDeepLinkingRequest")),
        ("https://purl.imsglobal.org/spec/lti/claim/deployment_id", json!("1")),
    ] {
        claims.insert(name.to_owned(), value);
    }
    const SETTINGS: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings";
    if claim != SETTINGS {
        claims.insert(SETTINGS.to_owned(), json!({}));
    }
    let claims = Value::Object(claims).to_string();
    let claims = format!("{},{}:{value}}}", claims.trim_end_matches('}'), json!(claim));
    verify(&signed(claims.as_bytes()))?.ok().map(|verified| verified.claims)
}

/// Whether a text has nothing that could break out of a line, a header or a log.
pub fn is_one_line(text: &str) -> bool {
    !text.chars().any(char::is_control)
}
