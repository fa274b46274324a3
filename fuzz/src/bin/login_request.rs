//! What browsers bring from a platform: login requests and authentication responses.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::lti::login::{AuthenticationRequest, AuthenticationResponse, LoginRequest, near_miss};
use url::form_urlencoded;

fuzz_target!(|data: &[u8]| {
    let parameters = || form_urlencoded::parse(data).into_owned();
    let _ = AuthenticationResponse::from_parameters(parameters());
    let Ok(login) = LoginRequest::from_parameters(parameters()) else { return };
    let _ = near_miss(&login.iss, &["https://lms.example.edu"]);
    let url = AuthenticationRequest {
        endpoint: "https://lms.example.edu/auth?tenant=7",
        client_id: "client",
        redirect_uri: "https://tool.example.edu/lti/launch",
        login_hint: &login.login_hint,
        lti_message_hint: login.lti_message_hint.as_deref(),
        nonce: "nonce",
        state: "state",
    }
    .to_url();
    // Nothing from outside breaks out of its parameter or splits a header.
    assert!(url.starts_with("https://lms.example.edu/auth?tenant=7&scope=openid&"));
    assert!(url.bytes().all(|byte| byte.is_ascii_graphic()));
    let back = url::Url::parse(&url).expect("the request is a URL");
    assert!(
        back.query_pairs().any(|(name, value)| name == "login_hint" && value == login.login_hint)
    );
});
