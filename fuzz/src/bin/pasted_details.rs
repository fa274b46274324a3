//! Pasted platform details: nothing panics, and every recognized value follows the rules of its kind.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::domain::{ClientId, DeploymentId, EndpointUrl, Issuer};
use ltictl::lms::{Detail, paste};

fuzz_target!(|text: &str| {
    for pasted in paste::read(text, false).values {
        let valid = match pasted.detail {
            Detail::Issuer => Issuer::new(&pasted.value, false).is_ok(),
            Detail::ClientId | Detail::TokenAudience => ClientId::new(&pasted.value).is_ok(),
            Detail::DeploymentId => DeploymentId::new(&pasted.value).is_ok(),
            Detail::KeysetUrl | Detail::AccessTokenUrl | Detail::AuthenticationRequestUrl => {
                EndpointUrl::new("URL", &pasted.value, false).is_ok()
            }
        };
        assert!(valid, "{pasted:?}");
    }
});
