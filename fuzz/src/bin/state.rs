//! States: only what we sealed opens, and as what it was.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ltictl::domain::{
    ClientId, Clock, EndpointUrl, Issuer, Name, PlatformDetails, Registration, Slug,
};
use ltictl::lti::login::Fingerprint;
use ltictl::token::MacKey;
use ltictl::token::login_state::{
    LoginState, RegistrationDigest, cookie_matches, cookie_name, cookie_value, storage_matches,
    storage_target, storage_value,
};

/// One time for all inputs, in seconds since 1970.
const NOW: i64 = 1_770_000_000;

/// The registration of all states.
static DIGEST: LazyLock<RegistrationDigest> = LazyLock::new(|| {
    let url = |path: &str| {
        EndpointUrl::new("URL", &format!("https://lms.example.edu/{path}"), false).expect("a URL")
    };
    let (slug, name) = (Slug::new("moodle").expect("a slug"), Name::new("Moodle").expect("a name"));
    let platform = PlatformDetails {
        issuer: Issuer::new("https://lms.example.edu", false).expect("an issuer"),
        client_id: ClientId::new("client").expect("a client ID"),
        keyset_url: url("keys"),
        access_token_url: url("token"),
        authentication_request_url: url("auth"),
    };
    RegistrationDigest::of(&Registration::draft(slug, name, Clock::System.now()), &platform)
});

fuzz_target!(|data: &[u8]| {
    let key = MacKey::new([7; 32]);
    let text = String::from_utf8_lossy(data);
    assert!(LoginState::open(&text, &key, NOW).is_err(), "a state that was not sealed opens");
    assert!(!cookie_matches(&text, &text, &key) && !storage_matches(&text, &text, &key));

    let state = LoginState {
        registration: Name::new(&text)
            .and_then(|name| Slug::from_name(&name))
            .unwrap_or_else(|_| Slug::new("moodle").expect("a slug")),
        nonce: text.chars().rev().take(64).collect(),
        issued_at: NOW,
        digest: *DIGEST,
        target_link_uri: Fingerprint::of(&text),
        deployment_id: data.first().filter(|first| **first % 2 == 1).map(|_| Fingerprint::of("7")),
        storage_target: storage_target(Some(&text)).filter(|_| data.len() % 2 == 1),
    };
    let sealed = state.seal(&key);
    assert!(LoginState::open(&sealed, &key, NOW).is_ok_and(|opened| opened == state));
    assert!(LoginState::open(&sealed, &MacKey::new([8; 32]), NOW).is_err());
    assert!(cookie_matches(&sealed, &cookie_value(&sealed, &key), &key));
    assert!(storage_matches(&sealed, &storage_value(&sealed, &key), &key));
    assert!(cookie_name(&sealed).bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));

    // One character changed, wherever the input says.
    if let [position, replacement, ..] = data {
        let mut forged = sealed.clone().into_bytes();
        let position = usize::from(*position) % forged.len();
        forged[position] = b'A' + replacement % 26;
        let forged = String::from_utf8(forged).expect("states are ASCII");
        assert!(forged == sealed || LoginState::open(&forged, &key, NOW).is_err());
    }
});
