//! A row per check, in order.

use serde_json::{Value, json};

use super::*;
use crate::lti::test_support::{KID, signed, signed_text, verification_keys};

const P: &str = "https://purl.imsglobal.org/spec/lti/claim/";
const NOW: i64 = 1_795_453_357;

/// A valid payload, as Canvas sends it.
fn good() -> Value {
    json!({
        "iss": "https://lms.example", "aud": "9001", "azp": "9001", "nonce": "b0",
        "iat": NOW, "exp": NOW + 3600,
        format!("{P}version"): "1.3.0",
        format!("{P}deployment_id"): "41:c0ffee",
        format!("{P}notice"): {
            "id": "5f0c", "timestamp": "2026-08-30T07:15:04Z", "type": CONTEXT_COPY,
        },
        format!("{P}context"): { "id": "ctx-new", "label": "BIO-27", "title": "Biology 2027" },
        format!("{P}origin_contexts"): ["ctx-old"],
    })
}

fn expectation() -> Expectation<'static> {
    Expectation {
        issuer: "https://lms.example",
        client_id: "9001",
        algorithms: &["RS256"],
        leeway_seconds: 60,
        keyset_url: "https://lms.example/jwks",
    }
}

/// The good payload with these claims set; `Value::Null` removes one.
fn with(changes: &[(&str, Value)]) -> Value {
    let mut payload = good();
    let claims = payload.as_object_mut().expect("an object");
    for (name, value) in changes {
        let plain = ["iss", "aud", "azp", "sub", "nonce", "iat", "exp", "nbf"];
        let full = if plain.contains(name) { (*name).to_owned() } else { format!("{P}{name}") };
        claims.remove(&full);
        if !value.is_null() {
            claims.insert(full, value.clone());
        }
    }
    payload
}

fn check(token: &str) -> Result<Notice, Rejected> {
    let unverified = parse(token).map_err(Rejected::unread)?;
    unverified.check_parties(&expectation()).map_err(Rejected::unread)?;
    unverified.verify(&expectation(), &verification_keys(), NOW)
}

fn code(outcome: &Result<Notice, Rejected>) -> String {
    outcome.as_ref().err().map_or_else(|| "accepted".to_owned(), |rejected| rejected.refusal.code())
}

#[test]
fn a_good_notice_is_read() {
    let notice = check(&signed(&good())).expect("accepted");
    assert_eq!((notice.id.as_str(), notice.notice_type.as_str()), ("5f0c", CONTEXT_COPY));
    assert_eq!(notice.timestamp, "2026-08-30T07:15:04Z".parse().unwrap());
    assert_eq!(notice.deployment_id, "41:c0ffee");
    let context = notice.context.expect("a course");
    assert_eq!((context.id.as_str(), context.label.as_deref()), ("ctx-new", Some("BIO-27")));
    assert_eq!(notice.origin_contexts, ["ctx-old"]);
    let claims: Value = serde_json::from_str(&notice.claims).unwrap();
    assert_eq!(claims[format!("{P}origin_contexts")], json!(["ctx-old"]));
    assert!(claims.get("nonce").is_none() && claims.get("aud").is_none(), "{claims}");
}

#[test]
fn form_and_key() {
    let payload = good().to_string();
    let other_key = signed(&good()).rsplit_once('.').unwrap().0.to_owned() + ".AAAA";
    for (token, expected) in [
        (String::new(), "token_malformed"),
        ("a.b".to_owned(), "token_malformed"),
        (signed(&json!([])), "token_malformed"),
        (signed_text(r#"{"alg":"none","kid":"x"}"#, payload.as_bytes()), "alg_not_allowed"),
        (signed_text(r#"{"alg":"HS256","kid":"x"}"#, payload.as_bytes()), "alg_not_allowed"),
        // Blackboard signs notices with a key that its header does not name.
        (signed_text(r#"{"alg":"RS256"}"#, payload.as_bytes()), "kid_missing"),
        (signed_text(r#"{"alg":"RS256","kid":""}"#, payload.as_bytes()), "kid_missing"),
        (other_key, "signature_invalid"),
    ] {
        assert_eq!(code(&check(&token)), expected, "{token:.60}");
    }
    let jku = format!(r#"{{"alg":"RS256","kid":"{KID}","jku":"https://evil.example/jwks"}}"#);
    assert_eq!(code(&check(&signed_text(&jku, payload.as_bytes()))), "accepted");
}

#[test]
fn a_row_per_claim() {
    let one = |name: &'static str, value: Value| vec![(name, value)];
    let notice = |id: Value, timestamp: Value, of: Value| {
        one("notice", json!({ "id": id, "timestamp": timestamp, "type": of }))
    };
    let (id, at) = (|| json!("5f0c"), || json!("2026-08-30T07:15:04Z"));
    let long = json!("x".repeat(256));
    for (changes, expected) in [
        (one("iss", json!("https://other.example")), "iss_mismatch"),
        // 4 and 7: one audience as text or list; several need azp.
        (one("aud", json!("9002")), "aud_mismatch"),
        (one("aud", json!(9001)), "aud_mismatch"),
        (one("aud", json!([])), "aud_mismatch"),
        (one("aud", Value::Null), "aud_mismatch"),
        (one("aud", json!(["9001"])), "accepted"),
        (one("aud", json!(["other", "9001"])), "accepted"),
        (vec![("aud", json!(["other", "9001"])), ("azp", Value::Null)], "azp_missing"),
        (one("azp", json!("other")), "azp_mismatch"),
        (one("azp", Value::Null), "accepted"),
        // 8: an old notice is accepted as long as it has not expired.
        (one("exp", json!(NOW - 61)), "token_expired"),
        (one("exp", Value::Null), "token_expired"),
        (one("exp", json!("1795453999")), "token_expired"),
        (one("iat", json!(NOW - 86_400)), "accepted"),
        (one("iat", json!(NOW + 61)), "iat_future"),
        (one("iat", Value::Null), "token_too_old"),
        (one("nbf", json!(NOW + 61)), "not_yet_valid"),
        // The tool has issued no nonce.
        (one("nonce", Value::Null), "accepted"),
        (one("nonce", json!("another")), "accepted"),
        // 9
        (one("version", Value::Null), "lti_version_missing"),
        (one("version", json!("1.1")), "lti_version_unsupported"),
        // 10: what has a message type is a launch, even if it has a notice claim.
        (one("message_type", json!("LtiResourceLinkRequest")), "launch_at_notice_url"),
        (one("message_type", json!("")), "launch_at_notice_url"),
        (one("message_type", json!(1)), "launch_at_notice_url"),
        (one("notice", Value::Null), "notice_malformed"),
        (one("notice", json!("5f0c")), "notice_malformed"),
        (notice(Value::Null, at(), json!(CONTEXT_COPY)), "notice_malformed"),
        (notice(json!(""), at(), json!(CONTEXT_COPY)), "notice_malformed"),
        (notice(json!(1), at(), json!(CONTEXT_COPY)), "notice_malformed"),
        (notice(long.clone(), at(), json!(CONTEXT_COPY)), "notice_malformed"),
        (notice(json!("a\u{0}b"), at(), json!(CONTEXT_COPY)), "notice_malformed"),
        (notice(id(), at(), Value::Null), "notice_malformed"),
        (notice(id(), at(), long.clone()), "notice_malformed"),
        (notice(id(), Value::Null, json!(CONTEXT_COPY)), "notice_malformed"),
        (notice(id(), json!("yesterday"), json!(CONTEXT_COPY)), "notice_malformed"),
        (notice(id(), json!("2026-08-30T09:15:04.5+02:00"), json!(CONTEXT_COPY)), "accepted"),
        // 11
        (one("deployment_id", Value::Null), "deployment_missing"),
        (one("deployment_id", json!(41)), "deployment_missing"),
        (one("deployment_id", long), "deployment_missing"),
        // 12: a copy has a course, and other types need none. Origins may be absent.
        (one("context", Value::Null), "notice_malformed"),
        (one("context", json!({})), "notice_malformed"),
        (one("context", json!({ "id": "x".repeat(256) })), "notice_malformed"),
        (one("origin_contexts", Value::Null), "accepted"),
        (one("origin_contexts", json!("ctx-old")), "accepted"),
        (
            [notice(id(), at(), json!("LtiUnknownNotice")), one("context", Value::Null)].concat(),
            "accepted",
        ),
    ] {
        assert_eq!(code(&check(&signed(&with(&changes)))), expected, "{changes:?}");
    }
}

#[test]
fn only_what_can_be_an_id_is_an_origin() {
    let mut many: Vec<Value> = (0..2000).map(|number| json!(format!("c{number}"))).collect();
    many.insert(0, json!("c5"));
    for (claim, expected) in [
        (json!(["a", "b", "a", "", 7, null, "x".repeat(256), "c\n"]), Some(vec!["a", "b"])),
        (json!({ "a": 1 }), Some(vec![])),
        (json!(many), None),
    ] {
        let notice = check(&signed(&with(&[("origin_contexts", claim)]))).expect("accepted");
        match expected {
            Some(expected) => assert_eq!(notice.origin_contexts, expected),
            None => assert_eq!(notice.origin_contexts.len(), MAX_ORIGINS),
        }
    }
}

#[test]
fn bodies() {
    for (body, expected) in [
        (r#"{"notices":[{"jwt":"a"},{"jwt":"b","more":1}]}"#.to_owned(), Some(vec!["a", "b"])),
        (r#" {"notices":["a"],"more":{}}"#.to_owned(), Some(vec!["a"])),
        (r#"{"notices":[]}"#.to_owned(), None),
        (r#"{"notices":[1]}"#.to_owned(), None),
        (r#"{"notices":[{"jwt":1}]}"#.to_owned(), None),
        (r#"{"notices":[{}]}"#.to_owned(), None),
        (r#"{"notices":{"jwt":"a"}}"#.to_owned(), None),
        (r#"{"notices":null}"#.to_owned(), None),
        ("{}".to_owned(), None),
        (r#"[["a"]]"#.to_owned(), None),
        (r#"{"notices":["a"]"#.to_owned(), None),
        (String::new(), None),
        (json!({ "notices": vec!["a"; MAX_NOTICES + 1] }).to_string(), None),
    ] {
        let read = tokens(body.as_bytes());
        match expected {
            Some(expected) => assert_eq!(read.unwrap(), expected, "{body:.80}"),
            None => assert!(read.is_err(), "{body:.80}"),
        }
    }
    let largest = json!({ "notices": vec!["a"; MAX_NOTICES] }).to_string();
    assert_eq!(tokens(largest.as_bytes()).map(|tokens| tokens.len()), Ok(MAX_NOTICES));
}

#[test]
fn log_has_what_a_refused_notice_says() {
    let rejected = check(&signed(&with(&[("version", json!("1.1"))]))).expect_err("refused");
    let claims = rejected.claims.expect("its signature is valid");
    assert_eq!(described(&claims), (Some("5f0c".to_owned()), Some(CONTEXT_COPY.to_owned())));
}
