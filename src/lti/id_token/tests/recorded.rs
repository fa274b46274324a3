//! Tokens that a real Moodle and a real tool sent to each other (tests/data/moodle/vectors). Each
//! verifies at its own time and no longer today.

use super::*;
use crate::lti::keyset::Keyset;

/// 2027-01-01T00:00:00Z.
const NEW_YEAR: i64 = 1_798_761_600;

const PLATFORM_KEYS: &[u8] =
    include_bytes!("../../../../tests/data/moodle/vectors/platform-jwks.json");
const TOOL_KEYS: &[u8] = include_bytes!("../../../../tests/data/moodle/vectors/tool-jwks.json");

macro_rules! vectors {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../tests/data/moodle/vectors/", $name, ".jwt")))),*]
    };
}

const LAUNCHES: &[(&str, &str)] = vectors![
    "launch-custom-variables.id_token",
    "launch-manual-tool-student.id_token",
    "launch-no-custom-id.id_token",
    "launch-no-personal-data-student.id_token",
    "launch-site-administrator.id_token",
    "launch-student.id_token",
    "launch-teacher.id_token",
    "launch-unknown-custom-id.id_token",
];

const DEEP_LINKINGS: &[(&str, &str)] = vectors![
    "deep-linking-multiple.id_token",
    "deep-linking-single.id_token",
    "launch-no-personal-data-deep-linking.id_token"
];

const OTHERS_OF_THE_PLATFORM: &[(&str, &str)] = vectors!["registration_token"];

const OF_THE_TOOL: &[(&str, &str)] = vectors![
    "client-assertion-ags",
    "client-assertion-nrps",
    "deep-linking-multiple.response",
    "deep-linking-single.response"
];

/// The payload of an unverified token.
fn payload(token: &str) -> Value {
    serde_json::from_slice(
        &URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("a payload")).expect("base64url"),
    )
    .expect("JSON")
}

/// The expectation that matches this token.
fn expectation_for(payload: &Value) -> Expectation<'_> {
    let text = |name: &str| payload[full(name)].as_str().expect("text");
    let target = text("target_link_uri");
    Expectation {
        issuer: "http://localhost:8100",
        client_id: text("aud"),
        nonce: text("nonce"),
        target_link_uri: Fingerprint::of(target),
        deployment_id: Some(Fingerprint::of(text("deployment_id"))),
        tool_origin: if target.starts_with("http://localhost:8200/") {
            "http://localhost:8200"
        } else {
            "http://127.0.0.1:8300"
        },
        ..expectation()
    }
}

fn verify_at(token: &str, expected: &Expectation<'_>, now: i64) -> Result<Verified, Rejected> {
    let keyset = Keyset::parse(PLATFORM_KEYS).expect("a keyset");
    let unverified = parse(token).expect("well formed");
    let kid = unverified.check_parties(expected).expect("the parties fit").to_owned();
    let key = keyset.find(&kid).expect("the key is there").expect("the key is fit").clone();
    unverified.verify(expected, &key, now)
}

#[test]
fn every_signature_is_valid() {
    let tables = [
        (PLATFORM_KEYS, LAUNCHES),
        (PLATFORM_KEYS, DEEP_LINKINGS),
        (PLATFORM_KEYS, OTHERS_OF_THE_PLATFORM),
        (TOOL_KEYS, OF_THE_TOOL),
    ];
    let mut count = 0;
    let rs256 = algorithm::find("RS256").expect("an algorithm");
    for (keys, vectors) in tables {
        let keyset = Keyset::parse(keys).expect("a keyset");
        for (name, token) in vectors {
            let unverified = parse(token.trim()).expect("well formed");
            let key = keyset
                .find(unverified.header.kid.text().expect("a key ID"))
                .expect("the key is there")
                .expect("the key is fit");
            assert_eq!(
                key.verify(rs256, unverified.signing_input, unverified.signature),
                Ok(true),
                "{name}"
            );
            let stranger = verification_keys();
            assert!(
                stranger.verify(rs256, unverified.signing_input, unverified.signature) == Ok(false),
                "{name}"
            );
            count += 1;
        }
    }
    assert_eq!(count, 16);
}

#[test]
fn launches_are_accepted_only_at_their_time() {
    for (name, token) in LAUNCHES {
        let payload = payload(token.trim());
        let (expected, issued_at) =
            (expectation_for(&payload), payload["iat"].as_i64().expect("a number"));
        let verified = verify_at(token.trim(), &expected, issued_at)
            .unwrap_or_else(|rejected| panic!("{name}: {rejected:?}"));
        let role = match *name {
            "launch-site-administrator.id_token" => Role::Admin,
            "launch-teacher.id_token" => Role::Staff,
            _ => Role::Learner,
        };
        assert_eq!(verified.role, role, "{name}");
        assert_eq!(code(&verify_at(token.trim(), &expected, NEW_YEAR)), "token_expired", "{name}");
        let other_login = Expectation { nonce: "another", ..expected };
        assert_eq!(
            code(&verify_at(token.trim(), &other_login, issued_at)),
            "nonce_mismatch",
            "{name}"
        );
    }
}

#[test]
fn deep_linking_requests_are_accepted_at_their_url() {
    for (name, token) in DEEP_LINKINGS {
        let payload = payload(token.trim());
        let issued_at = payload["iat"].as_i64().expect("a number");
        let at_launch = expectation_for(&payload);
        let expected =
            Expectation { message_types: &["LtiDeepLinkingRequest"], ..at_launch.clone() };
        let verified = verify_at(token.trim(), &expected, issued_at)
            .unwrap_or_else(|rejected| panic!("{name}: {rejected:?}"));
        assert_eq!(verified.role, Role::Staff, "{name}");
        assert_eq!(code(&verify_at(token.trim(), &expected, NEW_YEAR)), "token_expired", "{name}");
        assert_eq!(
            code(&verify_at(token.trim(), &at_launch, issued_at)),
            "message_type_unsupported",
            "{name}"
        );
    }
}

#[test]
fn other_tokens_are_refused() {
    for (name, token) in OTHERS_OF_THE_PLATFORM.iter().chain(OF_THE_TOOL) {
        let rejected = parse(token.trim())
            .expect("well formed")
            .check_parties(&expectation())
            .expect_err("refused");
        assert_eq!(rejected.code(), "iss_mismatch", "{name}");
    }
}

#[test]
fn recorded_launch_has_its_claims() {
    let (_, token) = LAUNCHES
        .iter()
        .find(|(name, _)| *name == "launch-custom-variables.id_token")
        .expect("it is there");
    let payload = payload(token.trim());
    let verified = verify_at(
        token.trim(),
        &expectation_for(&payload),
        payload["iat"].as_i64().expect("a number"),
    )
    .expect("accepted");
    let claims = verified.claims;
    assert_eq!(
        (claims.sub(), claims.name(), claims.email()),
        (Some("4"), Some("Sam Student"), Some("sam.student@a.example.com"))
    );
    assert_eq!(claims.context().and_then(|context| context.title), Some("Biology 101"));
    assert_eq!(claims.resource_link().map(|link| link.id), Some("8"));
    assert_eq!(
        claims.tool_platform().and_then(|platform| platform.product_family_code),
        Some("moodle")
    );
    let custom = claims.custom();
    assert_eq!(
        (custom.get("user").map(String::as_str), custom.get("ctx_hist").map(String::as_str)),
        (Some("student1"), Some(""))
    );
    assert!(
        !custom.contains_key("due") && !custom.contains_key("nope"),
        "unresolved variables are absent"
    );
    assert!(claims.ags_endpoint().is_some_and(|endpoint| endpoint.scope.len() == 4));
    assert!(
        claims.names_and_roles().is_some_and(|service| service.context_memberships_url.is_some())
    );
}
