//! Responses to our registration: identifiers are text without white space at the ends, and a
//! refusal becomes one short line without the platform's token.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::lti::dynamic_registration::{RegistrationResponse, printable_response};
use ltictl_fuzz::is_one_line;
use serde_json::json;

fuzz_target!(|data: &[u8]| {
    if let Ok(answer) = RegistrationResponse::read(data) {
        assert!(data.trim_ascii().starts_with(b"{"));
        for id in [&answer.client_id].into_iter().chain(&answer.deployment_id) {
            assert!(!id.is_empty() && id.trim() == id);
        }
        assert!(
            answer
                .scopes
                .iter()
                .flatten()
                .all(|scope| !scope.is_empty() && !scope.contains(char::is_whitespace))
        );
        let again = json!({ "client_id": answer.client_id, "deployment_id": answer.deployment_id, "scope": answer.scopes.as_ref().map(|scopes| scopes.join(" \
            ")) });
        assert_eq!(RegistrationResponse::read(again.to_string().as_bytes()), Ok(answer));
    }

    const SECRET: &str = "eyJhbGciOiJIUzI1NiJ9";
    for (body, secret) in
        [(data.to_vec(), None), ([data, SECRET.as_bytes(), data].concat(), Some(SECRET))]
    {
        let line = printable_response(&body, secret);
        assert!(
            line.chars().count() <= 500 && is_one_line(&line) && line.trim() == line,
            "{line:?}"
        );
        assert!(secret.is_none_or(|secret| !line.contains(secret)), "{line:?}");
    }
});
