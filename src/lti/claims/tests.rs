use serde_json::{Value, json};

use super::*;

const P: &str = "https://purl.imsglobal.org/spec/lti/claim/";

fn claims(payload: &Value) -> Claims {
    Claims::read(payload.to_string()).expect("claims")
}

/// Claims with one LTI claim.
fn claims_with(name: &str, value: &Value) -> Claims {
    claims(&json!({ format!("{P}{name}"): value }))
}

#[test]
fn every_known_claim_is_read() {
    let claims = claims(&json!({
        "iss": "i", "sub": "s", "exp": 12.9, "iat": 11, "name": "n", "given_name": "g", "family_name": "f", "middle_name": "m", "email": "e", "locale": "l",
        "picture": "p",
        format!("{P}message_type"): "LtiResourceLinkRequest",
        format!("{P}deployment_id"): "d",
        format!("{P}target_link_uri"): "t",
        format!("{P}roles"): ["r"],
        format!("{P}context"): { "id": "c", "label": "l", "title": "t", "type": ["x", 1, ""] },
        format!("{P}resource_link"): { "id": "r", "title": "t", "description": null },
        format!("{P}tool_platform"): { "guid": "g", "name": "n", "product_family_code": "p", "version": "v", "other": {} },
        format!("{P}launch_presentation"): { "document_target": "iframe", "return_url": "u", "locale": "l", "height": 480, "width": "640" },
        format!("{P}lis"): { "person_sourcedid": "p", "course_offering_sourcedid": "o", "course_section_sourcedid": "s" },
        format!("{P}role_scope_mentor"): ["4", 5, "", "6"],
        format!("{P}custom"): { "id": "u" },
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": { "scope": ["a", "b"], "lineitems": "l", "lineitem": "i" },
        "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": { "context_memberships_url": "m", "service_versions": ["2.0"] },
        "https://vendor.example/claim": [[[{}]]],
    }));
    assert_eq!(
        (claims.issuer(), claims.sub(), claims.expires_at(), claims.issued_at()),
        (Some("i"), Some("s"), Some(12), Some(11))
    );
    assert_eq!(
        (claims.name(), claims.given_name(), claims.family_name(), claims.middle_name()),
        (Some("n"), Some("g"), Some("f"), Some("m"))
    );
    assert_eq!(
        (claims.email(), claims.locale(), claims.picture()),
        (Some("e"), Some("l"), Some("p"))
    );
    assert_eq!(
        (claims.message_type(), claims.deployment_id(), claims.target_link_uri()),
        (Some("LtiResourceLinkRequest"), Some("d"), Some("t"))
    );
    assert_eq!(claims.roles(), ["r"]);
    let context = claims.context().expect("a context");
    assert_eq!((context.id, context.label, context.title), ("c", Some("l"), Some("t")));
    assert_eq!(context.types, ["x"]);
    let link = claims.resource_link().expect("a link");
    assert_eq!((link.id, link.title, link.description), ("r", Some("t"), None));
    let platform = claims.tool_platform().expect("a platform");
    assert_eq!((platform.guid, platform.name), (Some("g"), Some("n")));
    assert_eq!((platform.product_family_code, platform.version), (Some("p"), Some("v")));
    let presentation = claims.launch_presentation().expect("a presentation");
    assert_eq!(
        (presentation.document_target, presentation.return_url, presentation.locale),
        (Some("iframe"), Some("u"), Some("l"))
    );
    assert_eq!((presentation.width, presentation.height), (Some("640"), Some("480")));
    let lis = claims.lis().expect("identifiers");
    assert_eq!(
        (lis.person_sourcedid, lis.course_offering_sourcedid, lis.course_section_sourcedid),
        (Some("p"), Some("o"), Some("s"))
    );
    assert_eq!(claims.mentored(), ["4", "6"]);
    assert_eq!(claims.custom().get("id").map(String::as_str), Some("u"));
    let grades = claims.ags_endpoint().expect("an endpoint");
    assert_eq!((grades.scope.len(), grades.lineitems, grades.lineitem), (2, Some("l"), Some("i")));
    assert_eq!(claims.names_and_roles().expect("a service").context_memberships_url, Some("m"));
}

#[test]
fn optional_claims_of_any_other_type_are_absent() {
    for value in
        [json!(null), json!(1), json!(-1), json!(1.5), json!(true), json!([]), json!([{ "id": 1 }])]
    {
        for name in ["context", "resource_link", "tool_platform", "launch_presentation", "custom"] {
            let claims = claims_with(name, &value);
            assert!(
                claims.context().is_none()
                    && claims.resource_link().is_none()
                    && claims.tool_platform().is_none(),
                "{name} {value}"
            );
            assert!(
                claims.launch_presentation().is_none() && claims.custom().is_empty(),
                "{name} {value}"
            );
        }
        let claims = claims(
            &json!({ "name": value, "email": value, "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": value }),
        );
        assert!(
            claims.name().is_none() && claims.email().is_none() && claims.ags_endpoint().is_none(),
            "{value}"
        );
    }
    assert!(claims_with("context", &json!("text")).context().is_none());
    assert!(claims_with("context", &json!({ "label": "no id" })).context().is_none());
    for value in [json!(1.5), json!(1e3), json!(true), json!([1]), json!({ "a": 1 })] {
        assert!(claims_with("context", &json!({ "id": value })).context().is_none(), "{value}");
    }
    assert!(claims_with("resource_link", &json!({ "id": 7 })).resource_link().is_none());
    assert!(claims(&json!({ "name": "" })).name().is_none());
}

#[test]
fn ids_and_scopes_are_read_if_they_are_certain() {
    for (number, expected) in [
        ("42", Some("42")),
        ("-7", Some("-7")),
        ("0", Some("0")),
        ("18446744073709551615", Some("18446744073709551615")),
        ("18446744073709551616", None),
        ("42.0", None),
        ("4.2e1", None),
        ("-0", None),
    ] {
        let payload = format!(r#"{{"{P}context":{{"id":{number},"title":"t"}}}}"#);
        let claims = Claims::read(payload).expect("claims");
        assert_eq!(claims.context().map(|context| context.id.to_owned()).as_deref(), expected);
    }
    for (scope, expected) in [
        (json!(["a", "b"]), &["a", "b"][..]),
        (json!("a b"), &["a", "b"]),
        (json!(" a\t b "), &["a", "b"]),
        (json!("a"), &["a"]),
        (json!(""), &[]),
        (json!(["a b"]), &["a b"]),
        (json!(1), &[]),
        (json!({ "a": "b" }), &[]),
    ] {
        let endpoint = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint";
        let claims = claims(&json!({ endpoint: { "scope": scope, "lineitems": "l" } }));
        assert_eq!(claims.ags_endpoint().expect("an endpoint").scope, expected, "{scope}");
    }
}

#[test]
fn lone_surrogates_are_replaced_only_in_what_is_shown() {
    let claims = Claims::read(format!(
        r#"{{"sub":"s","name":"Sam \ud83d","{P}context":{{"id":"c","title":"\udc00x"}}}}"#
    ))
    .expect("claims");
    assert_eq!((claims.name(), claims.sub()), (Some("Sam \u{fffd}"), Some("s")));
    assert_eq!(claims.context().and_then(|context| context.title), Some("\u{fffd}x"));
    for payload in [
        r#"{"sub":"\ud83d"}"#.to_owned(),
        r#"{"name":"\ud83d","sub":"\ud83d"}"#.to_owned(),
        r#"{"name":"\ud83d","nonce":"\ud83d"}"#.to_owned(),
        r#"{"name":"\ud83d","name":"\ud83d"}"#.to_owned(),
        r#"{"name":"\ud83d","#.to_owned(),
        format!(r#"{{"{P}deployment_id":"\ud83d"}}"#),
        format!(r#"{{"{P}context":{{"id":"\ud83d"}}}}"#),
        format!(r#"{{"{P}custom":{{"id":"\ud83d"}}}}"#),
    ] {
        assert!(Claims::read(payload.clone()).is_err(), "{payload}");
    }
}

#[test]
fn custom_parameters_become_text() {
    let custom = claims_with(
        "custom",
        &json!({ "text": "a", "empty": "", "number": 12_345_678_901_234_567_890_u64, "fraction": 0.5, "flag": true, "null": null, "list": [], "object": {},
                 "variable": "$ResourceLink.id", "dollar": "5 $" }),
    );
    let expected = [
        ("dollar", "5 $"),
        ("empty", ""),
        ("flag", "true"),
        ("fraction", "0.5"),
        ("number", "12345678901234567890"),
        ("text", "a"),
    ];
    let pairs: Vec<(&str, &str)> =
        custom.custom().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(pairs, expected);
}

#[test]
fn repeated_known_names_are_an_error() {
    let doubled = [
        r#"{"iss":"a","iss":"a"}"#.to_owned(),
        r#"{"iss":"a","\u0069ss":"a"}"#.to_owned(),
        r#"{"nonce":"a","nonce":null}"#.to_owned(),
        format!(r#"{{"{P}custom":{{"id":"a","id":"$b"}}}}"#),
        format!(r#"{{"{P}roles":[],"{P}roles":[]}}"#),
        format!(r#"{{"{P}resource_link":{{"id":"a","id":"b"}}}}"#),
    ];
    for text in doubled {
        assert!(Claims::read(text.clone()).is_err(), "{text}");
    }
    assert!(Claims::read(r#"{"unknown":1,"unknown":2}"#.to_owned()).is_ok());
}

#[test]
fn required_claims_keep_their_type() {
    let claims = claims(
        &json!({ "iss": 1, "exp": "1", "nonce": [1], "sub": { "a": 1 }, "azp": true, "nbf": null, "iat": 1e30 }),
    );
    assert_eq!(claims.read.iss.shown(), "1");
    assert_eq!(claims.read.exp.shown(), "1");
    assert_eq!((claims.read.exp.seconds(), claims.read.iat.seconds()), (None, Some(i64::MAX)));
    assert_eq!(
        (claims.read.nonce.shown(), claims.read.sub.shown(), claims.read.azp.shown()),
        ("a list".into(), "an object".into(), "true".into())
    );
    assert!(claims.read.nbf.is_absent());
}

#[test]
fn texts_with_escapes_are_the_same() {
    let claims =
        Claims::read(r#"{"name":"Sam \u00e9 \"x\"","given_name":"Zoë","email":"a@b"}"#.to_owned())
            .expect("claims");
    let moved = Box::new(claims);
    assert_eq!(
        (moved.name(), moved.given_name(), moved.email()),
        (Some("Sam é \"x\""), Some("Zoë"), Some("a@b"))
    );
}

#[test]
fn debug_shows_no_personal_data() {
    let shown = format!(
        "{:?}",
        claims(
            &json!({ "iss": "https://lms.example", "sub": "sam-1", "name": "Sam", "nonce": "secret" })
        )
    );
    assert!(
        shown.contains("lms.example")
            && !shown.contains("sam-1")
            && !shown.contains("Sam")
            && !shown.contains("secret"),
        "{shown}"
    );
}
