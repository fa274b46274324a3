//! Launch tokens that apps send back: none passes that the tool did not sign.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ltictl::lti::jws::{self, Kind, LAUNCH_TOKEN, PLATFORM_MESSAGE, sign};
use ltictl::lti::keyset::{VerificationKey, VerificationKeys};
use ltictl::lti::private_key::PrivateKey;
use serde_json::{Value, json};

static KEY: LazyLock<(PrivateKey, VerificationKeys)> = LazyLock::new(|| {
    let key = PrivateKey::generate();
    let verification = VerificationKey::from_components(&key.modulus, &key.exponent)
        .expect("the tool's own key can be used");
    (key, verification.into())
});

static SIGNED: LazyLock<String> = LazyLock::new(|| {
    sign(LAUNCH_TOKEN, &json!({ "sub": "4", "launch_id": "x" }), "key", &KEY.0.pkcs8_der)
        .expect("the key signs")
});

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    if let Some(unverified) = jws::read(&text, Kind::LaunchToken) {
        assert!(text.len() <= 65_536 && text.contains('.'));
        let _ = unverified.kid();
        assert!(unverified.verify(&KEY.1).is_none(), "a token passes that the tool did not sign");
    }

    // A token of the tool's own of which one segment is replaced.
    let segments: Vec<&str> = SIGNED.split('.').collect();
    for place in 0..segments.len() {
        let mut forged = segments.clone();
        forged[place] = &text;
        let forged = forged.join(".");
        let claims = jws::read(&forged, Kind::LaunchToken).and_then(|unverified| unverified.verify(&KEY.1));
        assert!(claims.is_none() || forged == *SIGNED, "a token passes that was changed");
    }

    // What the tool signs is what it reads. Signing takes long, so not every input is signed.
    if let Ok(claims @ Value::Object(_)) = serde_json::from_slice::<Value>(data) {
        let token = sign(LAUNCH_TOKEN, &claims, "key", &KEY.0.pkcs8_der).expect("the key signs");
        let read = jws::read(&token, Kind::LaunchToken).and_then(|unverified| unverified.verify(&KEY.1));
        assert!(read.as_ref() == Some(&claims) || token.len() > 65_536);
        let other =
            sign(PLATFORM_MESSAGE, &claims, "key", &KEY.0.pkcs8_der).expect("the key signs");
        assert!(
            jws::read(&other, Kind::LaunchToken).is_none(),
            "a message to a platform passes for a launch token"
        );
    }
});
