//! What the checks of an id_token cost beside the signature alone, on a launch that Moodle really
//! sent.
//!
//! The two figures come from one run; the second divided by the first is what counts.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use jsonwebtoken::{Algorithm, DecodingKey};
use ltictl::lti::id_token::{Expectation, parse};
use ltictl::lti::keyset::Keyset;
use ltictl::lti::login::Fingerprint;

const TOKEN: &str = include_str!("../tests/data/moodle/vectors/launch-student.id_token.jwt");
const KEYS: &[u8] = include_bytes!("../tests/data/moodle/vectors/platform-jwks.json");
const ISSUED_AT: i64 = 1_795_453_357;

fn bare_signature(criterion: &mut Criterion) {
    let keys: serde_json::Value = serde_json::from_slice(KEYS).expect("a keyset");
    let text = |name: &str| keys["keys"][0][name].as_str().expect("text");
    let key = DecodingKey::from_rsa_components(text("n"), text("e")).expect("a key");
    let (message, signature) = TOKEN.trim().rsplit_once('.').expect("three segments");
    assert!(
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, Algorithm::RS256)
            .expect("it verifies")
    );
    criterion.bench_function("bare RSA-2048 verification", |bencher| {
        bencher.iter(|| {
            jsonwebtoken::crypto::verify(
                black_box(signature),
                black_box(message.as_bytes()),
                &key,
                Algorithm::RS256,
            )
        });
    });
}

fn whole_validation(criterion: &mut Criterion) {
    let keyset = Keyset::parse(KEYS).expect("a keyset");
    let expected = Expectation {
        issuer: "http://localhost:8100",
        client_id: "HeMUTONKFQVMjVA",
        algorithms: &["RS256"],
        nonce: "nonce-55059be44600413f7c2a26d4d2188b298fb92a9d98501cfde80bdab47d8ef80e",
        target_link_uri: Fingerprint::of("http://localhost:8200/enrol/lti/launch.php"),
        deployment_id: Some(Fingerprint::of("2")),
        deployment_known: true,
        tool_origin: "http://localhost:8200",
        leeway_seconds: 60,
        staff_roles: &["Instructor"],
        allow_anonymous: false,
        message_types: &["LtiResourceLinkRequest"],
        keyset_url: "http://localhost:8100/mod/lti/certs.php",
    };
    let validate = |token: &str| {
        let unverified = parse(token).expect("well formed");
        let kid = unverified.check_parties(&expected).expect("the parties fit");
        let key = keyset.find(kid).expect("the key is there").expect("the key is fit");
        unverified.verify(&expected, key, ISSUED_AT).expect("accepted")
    };
    criterion.bench_function("id_token validation", |bencher| {
        bencher.iter(|| validate(black_box(TOKEN.trim())))
    });
}

fn parse_alone(criterion: &mut Criterion) {
    criterion.bench_function("reading the token", |bencher| {
        bencher.iter(|| parse(black_box(TOKEN.trim())))
    });
}

criterion_group!(benches, bare_signature, whole_validation, parse_alone);
criterion_main!(benches);
