//! Launches and content selections of LTI 1.1, correctly signed: what is stored of them has a
//! bounded length and no control characters, and problems are shown on one line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::lti::lti_1p1::message::{Launch, Request};
use ltictl::lti::lti_1p1::oauth1::{Message, Method, base_string, parse_form, signing_key};
use ltictl_fuzz::{NOW, is_one_line};
use url::form_urlencoded;

const URL: &str = "https://tool.example.edu/lti/1p1/launch";
const SECRET: &[u8] = b"secret";

fuzz_target!(|data: &[u8]| {
    let oauth = format!(
        "&oauth_consumer_key=key&oauth_nonce=n&oauth_signature_method=HMAC-SHA1&oauth_timestamp={NOW}"
    );
    let mut body = [data, oauth.as_bytes()].concat();
    let base = base_string("POST", URL, &parse_form(&body));
    let signature = Method::HmacSha1.sign(&base, &signing_key(SECRET, b""));
    body.extend_from_slice(b"&oauth_signature=");
    body.extend(form_urlencoded::byte_serialize(signature.as_bytes()).flat_map(str::bytes));
    let verified = match Message::from_form(URL, &body) {
        Ok(message) => message.verify([SECRET], NOW).expect("the signature is valid"),
        // The fuzzer's own fields of OAuth.
        Err(rejection) => {
            assert!(is_one_line(&rejection.to_string()));
            return;
        }
    };
    let launch = match Launch::read(&verified, false) {
        Ok(launch) => launch,
        Err(problem) => {
            assert!(is_one_line(&problem.to_string()));
            return;
        }
    };
    let is_id = |id: &str| (1..=255).contains(&id.chars().count()) && is_one_line(id);
    assert!(launch.user_id.as_deref().is_none_or(is_id));
    assert!(launch.context.as_ref().is_none_or(|context| is_id(&context.id)));
    match &launch.request {
        Request::ResourceLink(link) => assert!(is_id(&link.id)),
        Request::ContentItemSelection(settings) => {
            assert!(settings.return_origin().starts_with("http"));
        }
    }
    assert!(launch.roles.iter().all(|role| role.contains(':') && role.trim() == role));
    let return_url = &launch.launch_presentation.return_url;
    assert!(return_url.as_ref().is_none_or(|url| url.chars().count() <= 2048 && is_one_line(url)));
    assert!(launch.custom.values().all(|value| !value.starts_with('$')));
});
