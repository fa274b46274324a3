//! Pasted platform details: nothing panics, and whatever is found follows the rules of its kind.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::domain::{ClientId, DeploymentId, EndpointUrl, Issuer};
use ltictl::lms::{Detail, paste};

fuzz_target!(|text: &str| {
    for found in paste::read(text, false).found {
        let valid = match found.detail {
            Detail::Issuer => Issuer::new(&found.value, false).is_ok(),
            Detail::ClientId | Detail::TokenAudience => ClientId::new(&found.value).is_ok(),
            Detail::DeploymentId => DeploymentId::new(&found.value).is_ok(),
            Detail::KeysetUrl | Detail::AccessTokenUrl | Detail::AuthenticationRequestUrl => {
                EndpointUrl::new("URL", &found.value, false).is_ok()
            }
        };
        assert!(valid, "{found:?}");
    }
});
