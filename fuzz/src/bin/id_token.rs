//! Tokens: nothing passes that the platform did not sign, and what passes is what was expected.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::lti::id_token;
use ltictl::lti::roles::Role;
use ltictl_fuzz::{NOW, expectation, signed, verify};

fuzz_target!(|data: &[u8]| {
    // As a whole token, which stops at the signature at the latest.
    if let Ok(token) = std::str::from_utf8(data) {
        assert!(
            !verify(token).is_some_and(|outcome| outcome.is_ok()),
            "a token passes that the platform did not sign"
        );
    }
    // As the claims of a token that the platform has signed, which reach the last check.
    let token = signed(data);
    if let Ok(unverified) = id_token::parse(&token) {
        let _ = (
            unverified.claimed_deployment_id(),
            unverified.claimed_custom_id(),
            unverified.check_parties(&expectation()),
        );
    }
    match verify(&token) {
        None => {}
        Some(Ok(verified)) => {
            let claims = verified.claims;
            assert_eq!(claims.issuer(), Some("https://lms.example.edu"));
            assert!(
                claims.expires_at().is_some_and(|end| end >= NOW - 60)
                    && claims.issued_at().is_some_and(|issued| issued <= NOW + 60)
            );
            for id in [claims.sub(), claims.deployment_id()] {
                assert!(id.is_some_and(|id| !id.is_empty()
                    && id.chars().count() <= 255
                    && !id.chars().any(char::is_control)));
            }
            assert!(
                claims.resource_link().is_none_or(|link| link.id.chars().count() <= 255)
                    || claims.message_type() == Some("LtiDeepLinkingRequest")
            );
            assert!(claims.custom().values().all(|value| !value.starts_with('$')));
            assert!(verified.role == Role::Learner || !claims.roles().is_empty());
            let _ = (
                claims.context(),
                claims.tool_platform(),
                claims.launch_presentation(),
                claims.ags_endpoint(),
                claims.names_and_roles(),
            );
            // Changed by one bit of its signature, it no longer passes.
            let mut forged = token.into_bytes();
            let place = forged.len() - 1 - data.len() % 80;
            forged[place] = if forged[place] == b'A' { b'g' } else { b'A' };
            let forged = String::from_utf8(forged).expect("tokens are ASCII");
            assert!(!verify(&forged).is_some_and(|outcome| outcome.is_ok()));
        }
        Some(Err(rejected)) => {
            let refusal = rejected.refusal;
            assert!(
                !refusal.code().is_empty()
                    && refusal.http_status() >= 400
                    && !refusal.sentence().is_empty()
            );
        }
    }
});
