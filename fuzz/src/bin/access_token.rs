//! Responses of token endpoints: a token fits in a header, is never shown, and is not used for
//! longer than a day.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use ltictl::lti::access_token::{AccessToken, TokenErrorResponse};
use ltictl::lti::scope::Scopes;
use serde_json::json;

fuzz_target!(|data: &[u8]| {
    let error = TokenErrorResponse::read(data);
    assert!(
        [&error.error, &error.description]
            .into_iter()
            .flatten()
            .all(|text| !text.is_empty() && text.trim() == text)
    );
    let again = json!({ "error": error.error, "error_description": error.description }).to_string();
    assert_eq!(TokenErrorResponse::read(again.as_bytes()), error);

    let Ok(token) = AccessToken::read(data) else { return };
    assert!(data.trim_ascii().starts_with(b"{"));
    let secret = token.expose();
    assert!(
        (1..=16_000).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic())
    );
    assert!(token.lifetime <= Duration::from_secs(86_400));
    assert!(token.usable_for() <= token.lifetime);
    let asked = Scopes::parse("one two");
    match &token.scopes {
        None => assert!(token.allows("one", &asked)),
        Some(scopes) => {
            assert!(!scopes.is_empty());
            assert_eq!(&Scopes::parse(&scopes.to_string()), scopes);
            assert!(token.allows("one", &asked) || scopes.contains("two"));
        }
    }
    let again = json!({
        "access_token": secret,
        "expires_in": token.lifetime.as_secs_f64(),
        "scope": token.scopes.as_ref().map(Scopes::to_string),
        "token_type": "bearer",
    });
    assert!(AccessToken::read(again.to_string().as_bytes()) == Ok(token.clone()));
    let shown = format!("{token:?}");
    assert!(
        secret.len() < 24
            || !shown.contains(secret)
            || token.scopes.as_ref().is_some_and(|scopes| scopes.to_string().contains(secret))
    );
});
