//! A row per check, in order; the certification suite's payloads; recorded tokens; arbitrary bytes.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::lti::test_support::{KID, key_pair, signed, signed_text, verification_keys};

mod recorded;

const P: &str = "https://purl.imsglobal.org/spec/lti/claim/";
const NOW: i64 = 1_795_453_357;
const TARGET: &str = "https://tool.example.edu/lti/launch";

/// A valid payload.
fn good() -> Value {
    json!({
        "iss": "https://lms.example", "aud": "client-1", "sub": "4", "nonce": "n-1", "iat": NOW, "exp": NOW + 60,
        "name": "Sam Student", "email": "sam.student@a.example.com",
        format!("{P}version"): "1.3.0",
        format!("{P}message_type"): "LtiResourceLinkRequest",
        format!("{P}deployment_id"): "7",
        format!("{P}target_link_uri"): TARGET,
        format!("{P}roles"): ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
        format!("{P}resource_link"): { "id": "1", "title": "Essay on cells" },
        format!("{P}context"): { "id": "2" },
        format!("{P}custom"): { "id": "393cf3fc-5b7c-4b60-b528-80e38f6159d3" },
    })
}

fn expectation() -> Expectation<'static> {
    Expectation {
        issuer: "https://lms.example",
        client_id: "client-1",
        algorithms: &["RS256"],
        nonce: "n-1",
        target_link_uri: Fingerprint::of(TARGET),
        deployment_id: Some(Fingerprint::of("7")),
        deployment_known: true,
        tool_origin: "https://tool.example.edu",
        leeway_seconds: 60,
        staff_roles: &["Instructor"],
        allow_anonymous: false,
        message_types: &["LtiResourceLinkRequest"],
        keyset_url: "https://lms.example/jwks",
    }
}

/// The full name of a claim: LTI's own have a long prefix.
fn full(name: &str) -> String {
    if name == "deep_linking_settings" {
        return format!("https://purl.imsglobal.org/spec/lti-dl/claim/{name}");
    }
    let plain = ["iss", "aud", "azp", "sub", "nonce", "iat", "exp", "nbf", "name"];
    if plain.contains(&name) || name.contains(':') { name.to_owned() } else { format!("{P}{name}") }
}

/// The good payload with these claims set; `Value::Null` removes one.
fn with(changes: &[(&str, Value)]) -> Value {
    let mut payload = good();
    let claims = payload.as_object_mut().expect("an object");
    for (name, value) in changes {
        claims.remove(&full(name));
        if !value.is_null() {
            claims.insert(full(name), value.clone());
        }
    }
    payload
}

fn check(token: &str, expected: &Expectation<'_>, now: i64) -> Result<Verified, Rejected> {
    let early = |refusal| Rejected { refusal, claims: None, nonce_spent: false };
    let unverified = parse(token).map_err(early)?;
    unverified.check_parties(expected).map_err(early)?;
    unverified.verify(expected, &verification_keys(), now)
}

fn code(outcome: &Result<Verified, Rejected>) -> String {
    outcome.as_ref().err().map_or_else(|| "accepted".to_owned(), |rejected| rejected.refusal.code())
}

/// Runs one changed payload and compares the code.
fn assert_payload(changes: &[(&str, Value)], expected: &Expectation<'_>, code_expected: &str) {
    let outcome = check(&signed(&with(changes)), expected, NOW);
    assert_eq!(code(&outcome), code_expected, "{changes:?}");
}

#[test]
fn brackets_side_by_side_or_in_text_are_not_deep() {
    for text in [
        format!("{{\"a\":[{}[]]}}", "[],".repeat(500)),
        format!("{{\"a\":\"\\\"{}\"}}", "[".repeat(500)),
        format!("{{\"a\":{}{}}}", "[".repeat(63), "]".repeat(63)),
    ] {
        assert!(!super::is_deep(&text), "{text}");
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }
    assert!(super::is_deep(&"[".repeat(65)));
}

#[test]
fn a_good_launch_is_accepted() {
    let verified = check(&signed(&good()), &expectation(), NOW).expect("accepted");
    assert_eq!(verified.role, Role::Learner);
    assert_eq!(verified.claims.name(), Some("Sam Student"));
    let token = signed(&good());
    let unverified = parse(&token).expect("well formed");
    assert_eq!(unverified.claimed_deployment_id(), Some("7"));
    assert_eq!(unverified.claimed_custom_id(), Some("393cf3fc-5b7c-4b60-b528-80e38f6159d3"));
    assert_eq!(unverified.check_parties(&expectation()), Ok(KID));
}

#[test]
fn check_22_lengths() {
    let (id, url) = (
        |length: usize| "学".repeat(length),
        |length: usize| format!("https://{}", "x".repeat(length - 8)),
    );
    let deep_linking = Expectation { message_types: &["LtiDeepLinkingRequest"], ..expectation() };
    let ags = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint";
    let nrps = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice";
    for (name, of_length, longest) in [
        ("context", &(|length| json!({ "id": id(length) })) as &dyn Fn(usize) -> Value, 255),
        ("lti1p1", &|length| json!({ "oauth_consumer_key": "k", "user_id": id(length) }), 255),
        ("lti1p1", &|length| json!({ "oauth_consumer_key": id(length) }), 255),
        (ags, &|length| json!({ "lineitem": url(length) }), 2048),
        (ags, &|length| json!({ "lineitems": url(length) }), 2048),
        (nrps, &|length| json!({ "context_memberships_url": url(length) }), 2048),
    ] {
        assert_payload(&[(name, of_length(longest))], &expectation(), "accepted");
        assert_payload(&[(name, of_length(longest + 1))], &expectation(), "claim_too_long");
    }
    // The JSON of a text includes two quotation marks.
    for (length, expected) in [(8190, "accepted"), (8191, "claim_too_long")] {
        let settings = json!({ "data": "d".repeat(length) });
        assert_payload(
            &[
                ("message_type", json!("LtiDeepLinkingRequest")),
                ("deep_linking_settings", settings),
            ],
            &deep_linking,
            expected,
        );
    }
}

/// The header of a valid token.
fn good_header() -> String {
    json!({ "alg": "RS256", "kid": KID }).to_string()
}

/// The valid payload under this header.
fn with_header(header: &str) -> String {
    signed_text(header, good().to_string().as_bytes())
}

/// This payload under a valid header.
fn with_payload(payload: impl AsRef<[u8]>) -> String {
    signed_text(&good_header(), payload.as_ref())
}

/// Parses each token and compares the problem.
fn assert_malformed(table: &[(String, &str)]) {
    for (token, expected) in table {
        match parse(token) {
            Err(Refusal::TokenMalformed { problem }) => {
                assert!(problem.contains(expected), "{problem} should say {expected}")
            }
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn check_3_form_of_the_three_parts() {
    let token = signed(&good());
    let parts: Vec<&str> = token.split('.').collect();
    let (h, p, s) = (parts[0], parts[1], parts[2]);
    assert_malformed(&[
        (String::new(), "fewer than three"),
        ("..".to_owned(), "header is not a JSON object"),
        (format!("{h}.{p}"), "fewer than three"),
        (format!("{token}.x"), "more than three"),
        (format!("{h}=.{p}.{s}"), "header is not base64url"),
        (format!("{h}.{p}=.{s}"), "payload is not base64url"),
        (format!("{h}.{p}.{s}="), "signature is not base64url"),
        (format!("{h}.{p}.+{}", &s[1..]), "signature is not base64url"),
        (format!("{h}.{p}./{}", &s[1..]), "signature is not base64url"),
        (format!(" {token}"), "header is not base64url"),
        (format!("{token}\n"), "signature is not base64url"),
        ("a".repeat(1_000_000), "1000000 bytes"),
        ("a.b".to_owned(), "fewer than three"),
    ]);
}

#[test]
fn check_3_form_of_the_header() {
    let with_kid = |length: usize| {
        with_header(&json!({ "alg": "RS256", "kid": "k".repeat(length) }).to_string())
    };
    assert_malformed(&[
        (with_header("[]"), "header is not a JSON object"),
        (with_header("null"), "header is not a JSON object"),
        (with_header(&format!("{}x", good_header())), "header is not JSON"),
        (with_header(r#"{"alg":"RS256","alg":"RS256","kid":"k"}"#), "header contains a name twice"),
        (
            with_header(r#"{"alg":"RS256","kid":"k","\u006bid":"l"}"#),
            "header contains a name twice",
        ),
        (with_header(r#"{"alg":"RS256","kid":"k","crit":["exp"]}"#), "crit"),
        (with_header(r#"{"alg":"RS256","kid":"k","crit":"exp"}"#), "crit"),
        (with_kid(1025), "key ID is longer"),
        (with_kid(10_000), "key ID is longer"),
    ]);
    let longest = json!({ "alg": "RS256", "kid": "k".repeat(1024), "crit": [] });
    assert!(parse(&with_header(&longest.to_string())).is_ok());
}

#[test]
fn check_3_form_of_the_payload() {
    let payload = good().to_string();
    let doubled = payload.replacen('{', r#"{"iss":"https://lms.example","#, 1);
    let nested = "[".repeat(40_000);
    assert_malformed(&[
        (with_payload("[]"), "payload is not a JSON object"),
        (with_payload(format!("[{payload}]")), "payload is not a JSON object"),
        (with_payload("\"text\""), "payload is not a JSON object"),
        (with_payload(""), "payload is not a JSON object"),
        (with_payload(b"{\"iss\":\"\xff\"}"), "payload is not UTF-8"),
        (with_payload(b"{\"unknown\":\"\xff\"}"), "payload is not UTF-8"),
        (with_payload(format!("{payload} {{}}")), "payload is not JSON"),
        (with_payload(doubled), "payload contains a name twice"),
        (with_payload(format!("{{\"unknown\":{nested}")), "64 levels deep"),
        (with_payload(format!("{{\"iss\":{nested}")), "64 levels deep"),
        (
            with_payload(format!("{{\"unknown\":{}{}}}", &nested[..64], "]".repeat(64))),
            "64 levels deep",
        ),
        (with_payload(format!("{{\"x\":\"{}\"}}", "y".repeat(70_000))), "more than 65536"),
    ]);
    assert!(parse(&with_payload(format!(" \n\t{payload}\r\n"))).is_ok());
}

/// The parts of a token signed with a new key for an algorithm, and that key as a platform
/// publishes it.
fn signed_by(algorithm: &str) -> (String, Value) {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::*;
    let input = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(json!({ "alg": algorithm, "kid": KID }).to_string()),
        URL_SAFE_NO_PAD.encode(good().to_string())
    );
    let random = SystemRandom::new();
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let on_curve = |signing: &'static EcdsaSigningAlgorithm, curve: &str| {
        let pair = EcdsaKeyPair::generate(signing).unwrap();
        let (x, y) =
            pair.public_key().as_ref()[1..].split_at(if curve == "P-256" { 32 } else { 48 });
        let jwk = json!({ "kty": "EC", "crv": curve, "kid": KID, "x": number(x), "y": number(y) });
        (pair.sign(&random, input.as_bytes()).unwrap().as_ref().to_vec(), jwk)
    };
    let with_rsa = |encoding: &'static dyn RsaEncoding| {
        let pair = RsaKeyPair::from_pkcs8(&key_pair().pkcs8_der).unwrap();
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &random, input.as_bytes(), &mut signature).unwrap();
        (
            signature,
            json!({ "kty": "RSA", "kid": KID, "n": number(&key_pair().modulus), "e": number(&key_pair().exponent) }),
        )
    };
    let (signature, jwk) = match algorithm {
        "RS256" => with_rsa(&RSA_PKCS1_SHA256),
        "RS384" => with_rsa(&RSA_PKCS1_SHA384),
        "RS512" => with_rsa(&RSA_PKCS1_SHA512),
        "PS256" => with_rsa(&RSA_PSS_SHA256),
        "PS384" => with_rsa(&RSA_PSS_SHA384),
        "PS512" => with_rsa(&RSA_PSS_SHA512),
        "ES256" => on_curve(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256"),
        _ => on_curve(&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384"),
    };
    (format!("{input}.{}", number(&signature)), jwk)
}

#[test]
fn algorithms_are_accepted_only_if_allowed() {
    let all: Vec<&str> = algorithm::names().collect();
    let made: Vec<(&str, String, Value)> = all
        .iter()
        .map(|name| (*name, signed_by(name)))
        .map(|(name, (token, jwk))| (name, token, jwk))
        .collect();
    let outcome = |token: &str, jwk: &Value, algorithms: &[&str]| {
        let keyset =
            crate::lti::keyset::Keyset::parse(json!({ "keys": [jwk] }).to_string().as_bytes())
                .unwrap();
        let expected = Expectation { algorithms, ..expectation() };
        let unverified = parse(token).unwrap();
        code(&unverified.verify(&expected, keyset.find(KID).unwrap().unwrap(), NOW))
    };
    for (name, token, jwk) in &made {
        assert_eq!(outcome(token, jwk, &[name]), "accepted", "{name}");
        assert_eq!(outcome(token, jwk, &all), "accepted", "{name} among all");
        let others: Vec<&str> = all.iter().copied().filter(|other| other != name).collect();
        assert_eq!(outcome(token, jwk, &others), "alg_not_allowed", "{name} among others");
        assert_eq!(outcome(token, jwk, &[]), "alg_not_allowed", "{name} where nothing is allowed");
        for (other_name, other_token, _) in &made {
            // Another algorithm's name with this signature, and vice versa: the key does not match,
            // or the signature is invalid.
            let (signature, start) =
                (token.rsplit('.').next().unwrap(), other_token.rsplit_once('.').unwrap().0);
            if other_name != name {
                let found = outcome(&format!("{start}.{signature}"), jwk, &all);
                assert!(
                    matches!(found.as_str(), "jwks_bad" | "signature_invalid"),
                    "{name} as {other_name}: {found}"
                );
            }
        }
        // The platform's restriction of the key applies, too.
        let mut marked = jwk.clone();
        marked["alg"] = json!(name);
        assert_eq!(outcome(token, &marked, &all), "accepted", "{name} by a key that says so");
        if let Some(other) =
            others.iter().find(|other| other.starts_with(&name[..1]) && !name.starts_with('E'))
        {
            marked["alg"] = json!(other);
            assert_eq!(outcome(token, &marked, &all), "jwks_bad", "{name} by a key for {other}");
        }
    }
    // Algorithms that are not supported are refused, even if they are in a registration's list.
    let forged = signed_text(
        &json!({ "alg": "none", "kid": KID }).to_string(),
        good().to_string().as_bytes(),
    );
    assert_eq!(
        code(&check(
            &forged,
            &Expectation { algorithms: &["none", "HS256"], ..expectation() },
            NOW
        )),
        "alg_not_allowed"
    );
}

#[test]
fn checks_4_and_5_header() {
    let table = [
        (json!({ "alg": "none", "kid": KID }), "alg_not_allowed"),
        (json!({ "alg": "None", "kid": KID }), "alg_not_allowed"),
        (json!({ "alg": "nOnE", "kid": KID }), "alg_not_allowed"),
        (json!({ "alg": "", "kid": KID }), "alg_not_allowed"),
        (json!({ "kid": KID }), "alg_not_allowed"),
        (json!({ "alg": 256, "kid": KID }), "alg_not_allowed"),
        (json!({ "alg": ["RS256"], "kid": KID }), "alg_not_allowed"),
        (json!({ "alg": "rs256", "kid": KID }), "alg_not_allowed"),
        (json!({ "alg": "HS256", "kid": KID }), "alg_not_allowed"),
        (json!({ "alg": "ES256", "kid": KID }), "alg_not_allowed"),
        (json!({ "alg": "PS256", "kid": KID }), "alg_not_allowed"),
        (json!({ "alg": "RS384", "kid": KID }), "alg_not_allowed"),
        (json!({ "alg": "RS512", "kid": KID }), "alg_not_allowed"),
        (json!({ "badtestonly": "12345", "alg": "RS256" }), "kid_missing"),
        (json!({ "alg": "RS256", "kid": "" }), "kid_missing"),
        (json!({ "alg": "RS256", "kid": null }), "kid_missing"),
        (json!({ "alg": "RS256", "kid": 7 }), "kid_missing"),
        (json!({ "alg": "RS256", "kid": ["k"] }), "kid_missing"),
        (
            json!({ "alg": "RS256", "kid": KID, "jku": "https://evil.example/jwks", "x5u": "https://evil.example/x", "jwk": { "kty": "oct", "k": "AA" } }),
            "accepted",
        ),
        (json!({ "alg": "RS256", "kid": KID, "typ": "JWT", "x5c": ["AA"] }), "accepted"),
        (json!({ "alg": "RS256", "kid": "../../etc/passwd' OR 1=1 --" }), "accepted"),
    ];
    for (header, expected) in table {
        let outcome = check(
            &signed_text(&header.to_string(), good().to_string().as_bytes()),
            &expectation(),
            NOW,
        );
        assert_eq!(code(&outcome), expected, "{header}");
        if let Err(rejected) = outcome {
            assert!(
                rejected.claims.is_none() && !rejected.nonce_spent,
                "nothing is believed before the signature"
            );
        }
    }
}

#[test]
fn checks_6_to_8_parties() {
    let table: Vec<(Vec<(&str, Value)>, &str)> = vec![
        (vec![("iss", Value::Null)], "iss_mismatch"),
        (vec![("iss", json!(7))], "iss_mismatch"),
        (vec![("iss", json!("https://lms.example/"))], "iss_mismatch"),
        (vec![("iss", json!("https://LMS.example"))], "iss_mismatch"),
        (vec![("iss", json!("https://other.example"))], "iss_mismatch"),
        (vec![("aud", Value::Null)], "aud_mismatch"),
        (vec![("aud", json!(7))], "aud_mismatch"),
        (vec![("aud", json!([]))], "aud_mismatch"),
        (vec![("aud", json!({ "client-1": true }))], "aud_mismatch"),
        (vec![("aud", json!(true))], "aud_mismatch"),
        (vec![("aud", json!("client-2"))], "aud_mismatch"),
        (vec![("aud", json!("CLIENT-1"))], "aud_mismatch"),
        (vec![("aud", json!(["client-2"]))], "aud_mismatch"),
        (vec![("aud", json!(["client-1", "client-2"]))], "aud_mismatch"),
        (
            vec![("aud", json!(["client-1", "client-2"])), ("azp", json!("client-1"))],
            "aud_mismatch",
        ),
        (vec![("aud", json!(["client-1", 7]))], "aud_mismatch"),
        (vec![("aud", json!(["client-1"]))], "accepted"),
        (vec![("aud", json!(["client-1", "client-1"]))], "azp_missing"),
        (vec![("aud", json!(["client-1", "client-1"])), ("azp", json!("client-1"))], "accepted"),
        (vec![("azp", json!("client-1"))], "accepted"),
        (vec![("azp", json!("client-2"))], "azp_mismatch"),
        (vec![("azp", json!(""))], "azp_mismatch"),
        (vec![("azp", json!(["client-1"]))], "azp_mismatch"),
    ];
    for (changes, expected) in table {
        assert_payload(&changes, &expectation(), expected);
    }
    let outcome =
        check(&signed(&with(&[("aud", json!(["client-1", 7, "x"]))])), &expectation(), NOW)
            .expect_err("refused");
    assert_eq!(
        outcome.refusal,
        Refusal::AudMismatch {
            expected: "client-1".into(),
            received: vec!["client-1".into(), "7".into(), "x".into()]
        }
    );
}

#[test]
fn verify_repeats_the_checks_of_the_parties() {
    let token = signed(&with(&[("iss", json!("https://other.example"))]));
    let rejected = parse(&token)
        .expect("well formed")
        .verify(&expectation(), &verification_keys(), NOW)
        .expect_err("refused");
    assert_eq!(rejected.refusal.code(), "iss_mismatch");
}

#[test]
fn check_10_signature() {
    let good_token = signed(&good());
    let (input, signature) = good_token.rsplit_once('.').expect("three segments");
    let other = signed(&with(&[("sub", json!("5"))]));
    let other_key = super::super::private_key::PrivateKey::generate();
    let foreign =
        super::super::jws::sign("JWT", &good(), KID, &other_key.pkcs8_der).expect("signs");
    let hmac = {
        let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "RS256", "kid": KID }).to_string());
        let input = format!("{header}.{}", URL_SAFE_NO_PAD.encode(good().to_string()));
        let pem = super::super::keyset::public_pem(&key_pair().modulus, &key_pair().exponent);
        let tag = aws_lc_rs::hmac::sign(
            &aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, pem.as_bytes()),
            input.as_bytes(),
        );
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag))
    };
    let mut flipped = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    flipped[100] ^= 1;
    let table = [
        format!("{input}."),
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(flipped)),
        format!("{}.{signature}", other.rsplit_once('.').expect("three segments").0),
        format!("{input}.{}", &signature[..340]),
        format!("{input}.AAAA{signature}"),
        foreign,
        hmac,
    ];
    for token in table {
        let rejected = check(&token, &expectation(), NOW).expect_err("refused");
        assert_eq!(rejected.refusal, Refusal::SignatureInvalid { kid: KID.to_owned() });
        assert!(
            rejected.claims.is_none() && !rejected.nonce_spent,
            "nothing is believed before the signature"
        );
    }
}

#[test]
fn checks_11_to_13_time() {
    let table: Vec<(Vec<(&str, Value)>, &str)> = vec![
        (vec![("exp", Value::Null)], "token_expired"),
        (vec![("exp", json!(format!("{}", NOW + 60)))], "token_expired"),
        (vec![("exp", json!(true))], "token_expired"),
        (vec![("exp", json!([NOW + 60]))], "token_expired"),
        (vec![("exp", json!(22222)), ("iat", json!(11111))], "token_expired"),
        (vec![("exp", json!(NOW - 61))], "token_expired"),
        (vec![("exp", json!(NOW - 60))], "token_expired"),
        (vec![("exp", json!(NOW - 59))], "accepted"),
        (vec![("exp", json!(NOW as f64 - 59.5))], "accepted"),
        (vec![("exp", json!(-1e30))], "token_expired"),
        (vec![("exp", json!(1e30))], "accepted"),
        (vec![("exp", json!(u64::MAX))], "accepted"),
        (vec![("exp", json!(i64::MIN))], "token_expired"),
        (vec![("iat", Value::Null)], "token_too_old"),
        (vec![("iat", json!(NOW.to_string()))], "token_too_old"),
        (vec![("iat", json!(NOW - 7200)), ("exp", json!(NOW + 86_400))], "token_too_old"),
        (vec![("iat", json!(NOW - 3601))], "token_too_old"),
        (vec![("iat", json!(NOW - 3600))], "accepted"),
        (vec![("iat", json!(-1e30))], "token_too_old"),
        (vec![("iat", json!(NOW + 60))], "accepted"),
        (vec![("iat", json!(NOW as f64 + 60.5))], "iat_future"),
        (vec![("iat", json!(NOW + 61))], "iat_future"),
        (vec![("iat", json!(1e30)), ("exp", json!(2e30))], "iat_future"),
        (vec![("nbf", json!(NOW + 60))], "accepted"),
        (vec![("nbf", json!(NOW + 61))], "not_yet_valid"),
        (vec![("nbf", json!(1e30))], "not_yet_valid"),
        (vec![("nbf", json!("0"))], "not_yet_valid"),
        (vec![("nbf", json!(0.5))], "accepted"),
    ];
    for (changes, expected) in table {
        assert_payload(&changes, &expectation(), expected);
    }
    for now in [i64::MIN, i64::MAX] {
        assert!(check(&signed(&good()), &expectation(), now).is_err());
    }
    let huge = signed_text(
        &json!({ "alg": "RS256", "kid": KID }).to_string(),
        good().to_string().replacen(&format!("{}", NOW + 60), "1e400", 1).as_bytes(),
    );
    assert_eq!(code(&check(&huge, &expectation(), NOW)), "token_malformed");
}

#[test]
fn time_refusals_contain_both_clocks() {
    let late = check(&signed(&good()), &expectation(), NOW + 121).expect_err("refused");
    assert_eq!(
        late.refusal,
        Refusal::TokenExpired {
            expires_at: Some(NOW + 60),
            now: NOW + 121,
            clock_difference: Some(121),
            received: None
        }
    );
    assert!(late.claims.is_some() && !late.nonce_spent);
    let early = check(&signed(&good()), &expectation(), NOW - 100).expect_err("refused");
    assert_eq!(early.refusal, Refusal::IatFuture { ahead_seconds: 100 });
    let old = check(&signed(&with(&[("exp", json!(NOW + 86_400))])), &expectation(), NOW + 4000)
        .expect_err("refused");
    assert_eq!(old.refusal, Refusal::TokenTooOld { age_seconds: Some(4000), received: None });
    let strict = Expectation { leeway_seconds: 0, ..expectation() };
    assert_eq!(code(&check(&signed(&good()), &strict, NOW + 60)), "token_expired");
    assert_eq!(code(&check(&signed(&good()), &strict, NOW - 1)), "iat_future");
}

#[test]
fn a_value_of_another_type_is_described() {
    for (claim, value, said) in [
        (
            "exp",
            json!((NOW + 60).to_string()),
            "exp is the text \"1795453417\", and must be a number",
        ),
        ("exp", json!("soon"), "exp is the text \"soon\""),
        ("exp", json!(true), "exp is true, and must be a number"),
        ("exp", Value::Null, "exp is absent."),
        ("iat", json!(NOW.to_string()), "iat is the text \"1795453357\", and must be a number"),
        ("iat", Value::Null, "iat is absent."),
        ("nbf", json!([NOW]), "nbf is a list, and must be a number"),
        ("sub", json!(4), "sub is a number, and must be text in quotation marks"),
        ("sub", json!(1.5), "sub is a number, and must be text in quotation marks"),
        ("sub", json!([]), "sub is not text"),
        ("deployment_id", json!(7), "it is a number, and must be text in quotation marks"),
    ] {
        let rejected = check(&signed(&with(&[(claim, value.clone())])), &expectation(), NOW);
        let cause = rejected.expect_err("refused").refusal.cause();
        assert!(cause.contains(said) && !cause.contains("clock"), "{claim} {value}: {cause}");
    }
    for (claim, value) in [("context", json!({ "id": 2 })), ("name", json!(2))] {
        assert_payload(&[(claim, value)], &expectation(), "accepted");
    }
}

#[test]
fn check_14_nonce() {
    for (nonce, expected) in [
        (Value::Null, "nonce_missing"),
        (json!(""), "nonce_missing"),
        (json!(7), "nonce_missing"),
        (json!("n-2"), "nonce_mismatch"),
        (json!("n-1"), "accepted"),
    ] {
        let outcome = check(&signed(&with(&[("nonce", nonce.clone())])), &expectation(), NOW);
        assert_eq!(code(&outcome), expected, "{nonce}");
        assert!(
            !outcome.is_err_and(|rejected| rejected.nonce_spent),
            "a nonce that does not fit is not spent"
        );
    }
}

#[test]
fn checks_15_to_21_lti_claims() {
    let long = "x".repeat(256);
    let table: Vec<(Vec<(&str, Value)>, &str)> = vec![
        (vec![("version", Value::Null)], "lti_version_missing"),
        (vec![("version", json!("11.3"))], "lti_version_unsupported"),
        (vec![("version", json!(1.3))], "lti_version_unsupported"),
        (vec![("version", json!(""))], "lti_version_unsupported"),
        (vec![("version", json!(["1.3.0"]))], "lti_version_unsupported"),
        (vec![("message_type", Value::Null)], "message_type_missing"),
        (vec![("message_type", json!("LtiDeepLinkingRequest"))], "message_type_unsupported"),
        (vec![("message_type", json!("basic-lti-launch-request"))], "message_type_unsupported"),
        (vec![("message_type", json!(1))], "message_type_unsupported"),
        (vec![("deployment_id", Value::Null)], "deployment_missing"),
        (vec![("deployment_id", json!(""))], "deployment_missing"),
        (vec![("deployment_id", json!(7))], "deployment_missing"),
        (vec![("deployment_id", json!("7\n"))], "deployment_missing"),
        (vec![("deployment_id", json!(long))], "deployment_missing"),
        (vec![("deployment_id", json!("8"))], "deployment_mismatch"),
        (vec![("target_link_uri", Value::Null)], "target_missing"),
        (vec![("target_link_uri", json!(""))], "target_missing"),
        (vec![("target_link_uri", json!(1))], "target_missing"),
        (vec![("target_link_uri", json!(format!("{TARGET}?x=1")))], "target_mismatch"),
        (vec![("sub", Value::Null)], "sub_missing"),
        (vec![("sub", json!(""))], "sub_missing"),
        (vec![("sub", json!(4))], "sub_missing"),
        (vec![("sub", json!(long))], "sub_missing"),
        (vec![("sub", json!("a\u{0}b"))], "sub_missing"),
        (vec![("sub", json!("\u{e9}".repeat(255)))], "accepted"),
        (vec![("roles", Value::Null)], "roles_missing"),
        (vec![("roles", json!("Learner"))], "roles_not_array"),
        (vec![("roles", json!({ "0": "Learner" }))], "roles_not_array"),
        (vec![("roles", json!(1))], "roles_not_array"),
        (vec![("roles", json!([]))], "accepted"),
        (vec![("roles", json!(["", 1, null, ["Instructor"]]))], "accepted"),
        (vec![("resource_link", Value::Null)], "resource_link_missing"),
        (vec![("resource_link", json!({}))], "resource_link_missing"),
        (vec![("resource_link", json!({ "id": "" }))], "resource_link_missing"),
        (vec![("resource_link", json!({ "id": 1 }))], "resource_link_missing"),
        (vec![("resource_link", json!({ "id": long }))], "resource_link_missing"),
        (vec![("resource_link", json!("1"))], "resource_link_missing"),
        (
            vec![("resource_link", json!({ "id": "1", "title": null, "description": 7 }))],
            "accepted",
        ),
        (vec![("context", Value::Null)], "accepted"),
        (vec![("context", json!("text"))], "accepted"),
        (vec![("custom", json!([1]))], "accepted"),
        (
            vec![("https://vendor.example/unknown", json!({ "a": [1, 2, { "b": null }] }))],
            "accepted",
        ),
    ];
    for (changes, expected) in table {
        let outcome = check(&signed(&with(&changes)), &expectation(), NOW);
        assert_eq!(code(&outcome), expected, "{changes:?}");
        if let Err(rejected) = outcome {
            assert!(rejected.claims.is_some() && rejected.nonce_spent, "{changes:?}");
        }
    }
}

#[test]
fn null_is_absent() {
    for (name, expected) in [
        ("azp", "accepted"),
        ("nbf", "accepted"),
        ("context", "accepted"),
        ("custom", "accepted"),
        ("version", "lti_version_missing"),
        ("message_type", "message_type_missing"),
        ("roles", "roles_missing"),
        ("sub", "sub_missing"),
    ] {
        let mut payload = good();
        payload[full(name)] = Value::Null;
        assert_eq!(code(&check(&signed(&payload), &expectation(), NOW)), expected, "{name}");
    }
}

#[test]
fn missing_claims_are_listed_together() {
    let changes = [("version", Value::Null), ("message_type", Value::Null), ("roles", Value::Null)];
    let rejected = check(&signed(&with(&changes)), &expectation(), NOW).expect_err("refused");
    assert_eq!(
        rejected.refusal,
        Refusal::LtiVersionMissing { also_missing: vec!["message_type", "roles"] }
    );
    let bare: Map<String, Value> = good()
        .as_object()
        .expect("an object")
        .clone()
        .into_iter()
        .filter(|(name, _)| !name.starts_with("https:") && name != "sub")
        .collect();
    let rejected = check(&signed(&Value::Object(bare)), &expectation(), NOW).expect_err("refused");
    let all =
        vec!["message_type", "deployment_id", "target_link_uri", "sub", "roles", "resource_link"];
    assert_eq!(rejected.refusal, Refusal::LtiVersionMissing { also_missing: all });
}

#[test]
fn check_17_deployments() {
    let unknown = Expectation { deployment_known: false, ..expectation() };
    assert_payload(&[], &unknown, "deployment_unknown");
    let unnamed = Expectation { deployment_id: None, ..expectation() };
    assert_payload(&[("deployment_id", json!("8"))], &unnamed, "accepted");
    assert_payload(&[("deployment_id", json!("8"))], &unknown, "deployment_mismatch");
}

#[test]
fn check_18_targets() {
    let table = [
        ("https://tool.example.edu/lti/launch", "accepted"),
        ("https://tool.example.edu", "accepted"),
        ("https://tool.example.edu?x=1#y", "accepted"),
        ("https://tool.example.edu:443/x", "accepted"),
        ("https://TOOL.example.edu/x", "accepted"),
        ("https://tool.example.edu/x@y", "accepted"),
        ("http://tool.example.edu/x", "target_not_allowed"),
        ("https://tool.example.edu:8443/x", "target_not_allowed"),
        ("https://tool.example.edu.evil/x", "target_not_allowed"),
        ("https://tool.example.evil/x", "target_not_allowed"),
        ("https://tool.example.edu@evil/", "target_not_allowed"),
        ("https://user:pass@tool.example.edu/", "target_not_allowed"),
        ("https://@tool.example.edu/", "target_not_allowed"),
        ("https:tool.example.edu/?a=://tool.example.edu", "target_not_allowed"),
        ("https:/user@tool.example.edu/#://tool.example.edu", "target_not_allowed"),
        ("//evil", "target_not_allowed"),
        ("/lti/launch", "target_not_allowed"),
        ("tool.example.edu", "target_not_allowed"),
        ("packback.co", "target_not_allowed"),
        ("javascript:alert(1)", "target_not_allowed"),
        ("javascript://tool.example.edu/%0aalert(1)", "target_not_allowed"),
        ("data:text/html,x", "target_not_allowed"),
        ("https:tool.example.edu/x", "target_not_allowed"),
        ("https:///tool.example.edu/x", "target_not_allowed"),
        ("https://tool.example.edu\\@evil/", "target_not_allowed"),
        ("https:\\\\tool.example.edu\\x", "target_not_allowed"),
        ("https://tool.example.edu/a\nb", "target_not_allowed"),
        ("https://tool\t.example.edu/", "target_not_allowed"),
        (" https://tool.example.edu/", "target_not_allowed"),
    ];
    for (target, code_expected) in table {
        let expected = Expectation { target_link_uri: Fingerprint::of(target), ..expectation() };
        assert_payload(&[("target_link_uri", json!(target))], &expected, code_expected);
    }
}

#[test]
fn check_19_anonymous_launches_need_permission() {
    let anonymous = Expectation { allow_anonymous: true, ..expectation() };
    assert_payload(&[("sub", Value::Null)], &anonymous, "accepted");
    assert_payload(&[("sub", json!(""))], &anonymous, "sub_missing");
    assert_payload(&[("sub", json!(4))], &anonymous, "sub_missing");
}

#[test]
fn deep_linking_requires_settings_and_fewer_claims() {
    let expected = Expectation { message_types: &["LtiDeepLinkingRequest"], ..expectation() };
    let deep = ("message_type", json!("LtiDeepLinkingRequest"));
    let settings = (
        "deep_linking_settings",
        json!({ "deep_link_return_url": "https://lms.example/return", "accept_types": ["ltiResourceLink"] }),
    );
    let bare = [
        deep.clone(),
        settings.clone(),
        ("target_link_uri", Value::Null),
        ("resource_link", Value::Null),
        ("roles", Value::Null),
    ];
    assert_payload(&bare, &expected, "accepted");
    assert_payload(
        &[deep.clone(), settings.clone(), ("target_link_uri", json!("https://evil.example/"))],
        &expected,
        "target_mismatch",
    );
    assert_payload(
        &[deep.clone(), settings, ("roles", json!("Instructor"))],
        &expected,
        "roles_not_array",
    );
    for settings in [Value::Null, json!("text"), json!([])] {
        assert_payload(
            &[deep.clone(), ("deep_linking_settings", settings)],
            &expected,
            "deep_linking_settings_missing",
        );
    }
    assert_payload(&[], &expected, "message_type_unsupported");
    let rejected = check(&signed(&with(&[deep, ("version", Value::Null)])), &expected, NOW)
        .expect_err("refused");
    assert_eq!(
        rejected.refusal,
        Refusal::LtiVersionMissing { also_missing: vec!["deep_linking_settings"] }
    );
}

#[test]
fn certification_suite_payloads_are_checked() {
    let staff = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";
    let learner = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";
    let institution = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#";
    let valid = [
        (json!([staff, format!("{institution}Staff"), format!("{institution}Other")]), Role::Staff),
        (
            json!([
                learner,
                format!("{institution}Student"),
                "http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor"
            ]),
            Role::Learner,
        ),
        (json!(["Instructor"]), Role::Staff),
        (json!(["Learner"]), Role::Learner),
        (json!(["http://purl.imsglobal.org/vocab/lis/v2/unknown/unknown#Helper"]), Role::Learner),
        (
            json!([learner, "http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Unknown"]),
            Role::Learner,
        ),
        (json!([""]), Role::Learner),
    ];
    for (roles, role) in valid {
        for personal in [
            vec![],
            vec![("name", Value::Null)],
            vec![("email", Value::Null)],
            vec![("name", Value::Null), ("email", Value::Null), ("context", Value::Null)],
        ] {
            let changes =
                [personal, vec![("roles", roles.clone()), ("exp", json!(NOW + 300))]].concat();
            let verified = check(&signed(&with(&changes)), &expectation(), NOW)
                .unwrap_or_else(|rejected| panic!("{changes:?}: {rejected:?}"));
            assert_eq!(verified.role, role, "{roles}");
        }
    }
    let invalid_message = signed(&json!({ "name": "badltilaunch" }));
    assert_eq!(code(&check(&invalid_message, &expectation(), NOW)), "iss_mismatch");
}

#[test]
fn nothing_confidential_is_printed() {
    let token = signed(&good());
    let unverified = format!("{:?}", parse(&token).expect("well formed"));
    let verified = format!("{:?}", check(&token, &expectation(), NOW).expect("accepted"));
    let rejected = format!("{:?}", check(&token, &expectation(), NOW + 1000).expect_err("refused"));
    for shown in [unverified, verified, rejected] {
        assert!(
            !shown.contains("n-1") && !shown.contains("Sam") && !shown.contains(&token[..20]),
            "{shown}"
        );
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in ".*", header in ".*", payload in proptest::collection::vec(any::<u8>(), 0..300), now: i64) {
        let _ = check(&text, &expectation(), now);
        let encoded = format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(&payload));
        let _ = check(&encoded, &expectation(), now);
        let reached = format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","kid":"k"}"#), URL_SAFE_NO_PAD.encode(&payload));
        let _ = check(&reached, &expectation(), now);
    }

    #[test]
    fn no_value_of_any_claim_makes_it_panic(
        name in "(iss|aud|azp|sub|nonce|iat|exp|nbf|version|message_type|deployment_id|target_link_uri|roles|resource_link|context|custom|deep_linking_settings|lti1p1)",
        value in prop_oneof![any::<f64>().prop_map(|number| json!(number)), ".*".prop_map(|text| json!(text)), proptest::collection::vec(".*", 0..3).prop_map(|list| json!(list))],
        now: i64,
    ) {
        let claims = Claims::read(with(&[(&name, value)]).to_string()).expect("JSON");
        for leeway in [0, 60, i64::MAX] {
            let _ = check_times(&claims, leeway, Some(MAX_AGE_SECONDS), now);
        }
        let _ = check_nonce(&claims, "n-1");
        let _ = check_lti_claims(&claims, &expectation());
    }
}
