//! Claims about LTI 1.1 users: none is trusted without the consumer's secret, and one that is
//! signed with it says what it said.
#![no_main]

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use ltictl::lti::claims::Claims;
use ltictl::lti::migration::{Migration, check, claimed_consumer_key};
use ltictl_fuzz::{NOW, verified_with};
use serde_json::{Value, json};

const CLAIM: &str = "https://purl.imsglobal.org/spec/lti/claim/lti1p1";
const SECRET: &[u8] = b"secret";

fuzz_target!(|value: &str| {
    let Some(claims) = verified_with(CLAIM, value) else { return };
    assert!(
        !matches!(check_with(&claims, &[SECRET]), Migration::Verified { .. }),
        "a claim passes that was not signed"
    );
    assert!(!matches!(check_with(&claims, &[b"", b"other"]), Migration::Verified { .. }));
    assert_eq!(
        check_with(&claims, &[]) == Migration::NoClaim,
        claimed_consumer_key(&claims).is_none()
    );

    let Some(consumer_key) = claimed_consumer_key(&claims).map(str::to_owned) else { return };
    assert!(!consumer_key.is_empty());
    let Ok(Value::Object(mut claim)) = serde_json::from_str(value) else { return };
    let base =
        [&consumer_key, "1", "https://lms.example.edu", "client", &(NOW + 60).to_string(), "nonce"]
            .join("&");
    claim.insert(
        "oauth_consumer_key_sign".to_owned(),
        json!(
            STANDARD
                .encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET), base.as_bytes()))
        ),
    );
    let user_id = claim
        .get("user_id")
        .and_then(Value::as_str)
        .filter(|id| !id.is_empty())
        .unwrap_or("4")
        .to_owned();
    let signed = verified_with(CLAIM, &Value::Object(claim).to_string())
        .expect("the claim still fits into the token");
    assert_eq!(
        check_with(&signed, &[b"other", SECRET]),
        Migration::Verified { consumer_key, user_id: Some(user_id) }
    );
    assert_eq!(check_with(&signed, &[b"other", b""]), Migration::InvalidSignature);
});

fn check_with(claims: &Claims, secrets: &[&[u8]]) -> Migration {
    check(claims, "client", secrets.iter().copied())
}
