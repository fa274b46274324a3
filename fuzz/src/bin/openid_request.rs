//! Authentication requests of OpenID clients: whatever a browser brings, a response is sent to a
//! registered redirect URI only, and comes back as it was sent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::lti::openid::authorization::{ClientRules, Refused, check, client_id, redirect_url};
use ltictl::lti::openid::parameters::Parameters;
use ltictl::lti::openid::scope::Scope;

const REGISTERED: [&str; 3] =
    ["https://app.example.edu/callback", "https://app.example.edu/with?a=b", "http://127.0.0.1/cb"];

fuzz_target!(|text: &str| {
    let (kind, query) = text.split_once('\n').unwrap_or(("", text));
    let pairs: Vec<(String, String)> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let parameters = Parameters::new(pairs);
    let _ = client_id(&parameters);
    let is_public = kind.contains('p');
    let rules = ClientRules {
        redirect_uris: &REGISTERED,
        is_public,
        requires_pkce: kind.contains('k'),
    };
    let destination = match check(&parameters, &rules) {
        Ok(request) => {
            assert!(request.scopes.has(Scope::Openid));
            assert!(request.challenge.is_some() || !(is_public || rules.requires_pkce));
            assert!(!(request.is_silent && request.needs_new_launch));
            request.destination
        }
        Err(Refused::Page(_)) => return,
        Err(Refused::Error(destination, error)) => {
            assert!(error.description().is_ascii());
            destination
        }
    };
    let is_loopback = destination.redirect_uri.starts_with("http://127.0.0.1");
    assert!(REGISTERED.contains(&&*destination.redirect_uri) || (is_public && is_loopback));
    let state = destination.state.unwrap_or_default();
    let answer = redirect_url(&destination.redirect_uri, &[("state", &state)]);
    let read = url::Url::parse(&answer).expect("a URL");
    let back = read.query_pairs().find(|(name, _)| name == "state").expect("the state").1;
    assert_eq!(back, state);
    assert_eq!(read.origin(), url::Url::parse(&destination.redirect_uri).expect("one").origin());
});
