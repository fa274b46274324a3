//! A row per rule for requests and responses, and recorded requests of Moodle with the responses of
//! a real tool.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::lti::keyset::{Keyset, public_jwk, public_keyset};
use crate::lti::line_item::SubmissionPeriod;
use crate::lti::test_support::{KID, key_pair, verification_key};

const DL: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/";
const P: &str = "https://purl.imsglobal.org/spec/lti/claim/";
const RETURN: &str = "https://lms.example/return?course=2&sesskey=s3cr3t";
const NOW: i64 = 1_795_453_357;

/// A request's claims with these settings.
fn request(settings: &Value) -> Claims {
    Claims::read(json!({ format!("{DL}deep_linking_settings"): settings }).to_string())
        .expect("claims")
}

/// Valid settings, with these changed; null removes one.
fn settings_with(changes: &[(&str, Value)]) -> Value {
    let mut settings = json!({ "deep_link_return_url": RETURN, "accept_types": ["ltiResourceLink"], "accept_presentation_document_targets": ["frame", "iframe", "window"] });
    let members = settings.as_object_mut().expect("an object");
    for (name, value) in changes {
        members.remove(*name);
        if !value.is_null() {
            members.insert((*name).to_owned(), value.clone());
        }
    }
    settings
}

fn read(changes: &[(&str, Value)]) -> Settings {
    Settings::read(&request(&settings_with(changes)), false)
        .unwrap_or_else(|refusal| panic!("{changes:?}: {refusal}"))
}

fn code(outcome: Result<Settings, Refusal>) -> String {
    outcome.map_or_else(|refusal| refusal.code(), |_| "accepted".to_owned())
}

#[test]
fn unusable_request_is_refused() {
    let table = [
        (settings_with(&[]), "accepted"),
        (Value::Null, "deep_linking_settings_missing"),
        (json!("text"), "deep_linking_settings_missing"),
        (json!([]), "deep_linking_settings_missing"),
        (settings_with(&[("deep_link_return_url", Value::Null)]), "deep_link_return_url_missing"),
        (settings_with(&[("deep_link_return_url", json!(""))]), "deep_link_return_url_missing"),
        (
            settings_with(&[("deep_link_return_url", json!([RETURN]))]),
            "deep_link_return_url_missing",
        ),
        (settings_with(&[("accept_types", Value::Null)]), "resource_link_not_accepted"),
        (settings_with(&[("accept_types", json!([]))]), "resource_link_not_accepted"),
        (
            settings_with(&[("accept_types", json!(["link", "file", "html"]))]),
            "resource_link_not_accepted",
        ),
        (
            settings_with(&[("accept_types", json!(["ltiresourcelink", 1, null]))]),
            "resource_link_not_accepted",
        ),
        (
            settings_with(&[("accept_types", json!(["link", "file", "html", "ltiResourceLink"]))]),
            "accepted",
        ),
        (settings_with(&[("accept_types", json!("link, ltiResourceLink"))]), "accepted"),
        (settings_with(&[("accept_presentation_document_targets", Value::Null)]), "accepted"),
    ];
    for (settings, expected) in table {
        assert_eq!(code(Settings::read(&request(&settings), false)), expected, "{settings}");
    }
    let twice = format!(
        r#"{{"{DL}deep_linking_settings":{{"deep_link_return_url":"{RETURN}","deep_link_return_url":"https://evil.example/"}}}}"#
    );
    assert!(Claims::read(twice).is_err(), "a setting that comes twice is read in two ways");
}

#[test]
fn responses_are_sent_to_trusted_urls_only() {
    let table = [
        (RETURN, true, true),
        ("https://lms.example:8443/a/b?c=d#e", true, true),
        (
            "http://localhost:8100/mod/lti/contentitem_return.php?course=2&id=2&sesskey=x",
            true,
            true,
        ),
        ("http://lms.localhost/", true, true),
        ("http://127.0.0.1/return", true, true),
        ("http://[::1]/return", true, true),
        ("http://lms.example/return", false, true),
        ("http://localhost.evil.example/", false, true),
        ("https://lms.example/user@example", true, true),
        ("https://user:pass@lms.example/", false, false),
        ("https://@lms.example/", false, false),
        ("https:lms.example/", false, false),
        ("https:///lms.example/", false, false),
        ("https:lms.example/?a=://lms.example", false, false),
        ("https:/user@lms.example/#://lms.example", false, false),
        ("https://lms.example\\@evil.example/", false, false),
        ("https://lms.example/a b", false, false),
        ("https://lms.example/\"><script>", false, false),
        ("https://*;script-src/", false, false),
        ("//lms.example/return", false, false),
        ("/return", false, false),
        ("javascript:alert(1)", false, false),
        ("javascript://lms.example/%0aalert(1)", false, false),
        ("data:text/html,x", false, false),
        ("ftp://lms.example/", false, false),
    ];
    for (url, allowed, allowed_with_http) in table {
        for (allow_http, allowed) in [(false, allowed), (true, allowed_with_http)] {
            let outcome = Settings::read(
                &request(&settings_with(&[("deep_link_return_url", json!(url))])),
                allow_http,
            );
            let expected = if allowed { "accepted" } else { "deep_link_return_url_not_allowed" };
            assert_eq!(code(outcome), expected, "{url} {allow_http}");
        }
    }
    let long = format!("https://lms.example/{}", "x".repeat(MAX_URL_BYTES));
    assert_eq!(
        code(Settings::read(
            &request(&settings_with(&[("deep_link_return_url", json!(long))])),
            true
        )),
        "deep_link_return_url_not_allowed"
    );
}

#[test]
fn refusals_do_not_reveal_the_platforms_session() {
    let refused = Settings::read(
        &request(&settings_with(&[(
            "deep_link_return_url",
            json!("http://lms.example/return?sesskey=s3cr3t"),
        )])),
        false,
    );
    let refusal = refused.expect_err("http");
    assert!(
        refusal.cause().contains("http://lms.example/return")
            && !format!("{refusal:?}").contains("s3cr3t"),
        "{refusal:?}"
    );
    let settings = format!("{:?}", read(&[("data", json!("d4t4"))]));
    assert!(
        settings.contains("https://lms.example")
            && !settings.contains("s3cr3t")
            && !settings.contains("d4t4"),
        "{settings}"
    );
}

#[test]
fn absent_settings_have_defaults() {
    let bare = read(&[("accept_presentation_document_targets", Value::Null)]);
    assert_eq!(
        (bare.accept_multiple, bare.accept_lineitem, bare.auto_create),
        (false, None, false)
    );
    assert_eq!(
        (&bare.title, &bare.text, &bare.data, bare.accept_media_types.len()),
        (&None, &None, &None, 0)
    );
    assert!(bare.accepts_line_items());
    let full = read(&[
        ("accept_multiple", json!(true)),
        ("accept_lineitem", json!(false)),
        ("auto_create", json!(true)),
        ("title", json!("A title")),
        ("text", json!("A \"text\"")),
        ("data", json!("")),
        ("accept_media_types", json!("image/*,text/html")),
    ]);
    assert_eq!(
        (full.accept_multiple, full.accept_lineitem, full.auto_create),
        (true, Some(false), true)
    );
    assert_eq!(
        (full.title.as_deref(), full.text.as_deref(), &full.data),
        (Some("A title"), Some("A \"text\""), &Some(json!("")))
    );
    assert_eq!(full.accept_media_types, ["image/*", "text/html"]);
    assert!(!full.accepts_line_items());
    assert_eq!(
        read(&[("accept_media_types", json!(["image/*", "text/html"]))]).accept_media_types,
        ["image/*", "text/html"]
    );
    let wrong = read(&[
        ("accept_multiple", json!("true")),
        ("accept_lineitem", json!(0)),
        ("title", json!(7)),
        ("text", json!("")),
    ]);
    assert_eq!(
        (wrong.accept_multiple, wrong.accept_lineitem, wrong.title, wrong.text),
        (false, None, None, None)
    );
}

#[test]
fn settings_can_be_stored() {
    for data in [
        Value::Null,
        json!(""),
        json!("opaque \u{1f600} \" \\"),
        json!({ "a": [1, 2.5, null] }),
        json!(909708),
    ] {
        let settings =
            read(&[("data", data), ("accept_lineitem", json!(false)), ("title", json!("t"))]);
        let written = serde_json::to_string(&settings).expect("JSON");
        assert_eq!(serde_json::from_str::<Settings>(&written).expect("settings"), settings);
    }
}

fn item(line_item: bool) -> Item {
    let line_item = line_item.then(|| LineItem {
        score_maximum: 50.0,
        label: "Essay".to_owned(),
        resource_id: "essay".to_owned(),
        tag: "grade".to_owned(),
        submissions: SubmissionPeriod::default(),
    });
    Item {
        url: "https://tool.example.edu/lti/launch".to_owned(),
        title: "Essay on cells".to_owned(),
        text: None,
        resource_uuid: "393cf3fc-5b7c-4b60-b528-80e38f6159d3".to_owned(),
        line_item,
        frame: None,
    }
}

fn response<'a>(settings: &'a Settings, items: &'a [Item]) -> Response<'a> {
    Response {
        client_id: "client-1",
        issuer: "https://lms.example",
        deployment_id: "7",
        has_subject: false,
        settings,
        items,
        nonce: "n-1",
        now_seconds: NOW,
    }
}

#[test]
fn response_names_issuer_and_audience_and_nothing_else() {
    let settings = read(&[]);
    assert_eq!(
        response(&settings, &[item(true)]).claims().expect("claims"),
        json!({
            "iss": "client-1", "aud": "https://lms.example", "iat": NOW, "exp": NOW + 300, "nonce": "n-1",
            format!("{P}deployment_id"): "7", format!("{P}message_type"): "LtiDeepLinkingResponse", format!("{P}version"): "1.3.0",
            format!("{DL}content_items"): [{
                "type": "ltiResourceLink", "url": "https://tool.example.edu/lti/launch", "title": "Essay \
                    on cells",
                "custom": { "id": "393cf3fc-5b7c-4b60-b528-80e38f6159d3" }, "iframe": {},
                "lineItem": { "scoreMaximum": 50, "label": "Essay", "resourceId": "essay", "tag": "grade" },
            }],
        })
    );
}

#[test]
fn submission_period_comes_with_the_line_item() {
    let opens = "2026-11-01T08:00:00Z".parse().ok();
    let closes = "2026-12-01T08:00:00.5Z".parse().ok();
    for (line_item, accepts, period, expected) in [
        (
            true,
            true,
            (opens, closes),
            json!({ "startDateTime": "2026-11-01T08:00:00Z", "endDateTime": "2026-12-01T08:00:00.5Z" }),
        ),
        (true, true, (None, closes), json!({ "endDateTime": "2026-12-01T08:00:00.5Z" })),
        (true, true, (None, None), Value::Null),
        (true, false, (opens, closes), Value::Null),
        (false, true, (opens, closes), Value::Null),
    ] {
        let mut item = item(line_item);
        if let Some(line_item) = &mut item.line_item {
            (line_item.submissions.start_date_time, line_item.submissions.end_date_time) = period;
        }
        let settings = read(&[("accept_lineitem", json!(accepts))]);
        let claims = response(&settings, &[item]).claims().expect("claims");
        assert_eq!(claims[format!("{DL}content_items")][0]["submission"], expected, "{period:?}");
    }
}

#[test]
fn response_may_be_empty() {
    let claims = response(&read(&[]), &[]).claims().expect("claims");
    assert_eq!(claims[format!("{DL}content_items")], json!([]));
    assert_eq!(claims[format!("{DL}msg")], NOTHING_PICKED);
}

#[test]
fn data_is_returned_unchanged_or_not_at_all() {
    for data in
        [json!("909708"), json!(""), json!("a&b=\u{e9}\"<\\"), json!(909708), json!({ "a": [1] })]
    {
        assert_eq!(
            response(&read(&[("data", data.clone())]), &[]).claims().expect("claims")
                [format!("{DL}data")],
            data
        );
    }
    let claims = response(&read(&[]), &[]).claims().expect("claims");
    assert!(claims.get(format!("{DL}data")).is_none());
}

#[test]
fn several_items_require_accept_multiple() {
    let (one, many) = (read(&[]), read(&[("accept_multiple", json!(true))]));
    assert_eq!(
        response(&one, &[item(false), item(false)]).claims(),
        Err(ResponseError::TooManyItems)
    );
    let claims = response(&many, &[item(false), item(true), item(false)]).claims().expect("claims");
    let items = claims[format!("{DL}content_items")].as_array().expect("a list");
    assert_eq!(
        items.iter().map(|item| item.get("lineItem").is_some()).collect::<Vec<_>>(),
        [false, true, false]
    );
}

#[test]
fn line_items_are_omitted_only_if_explicitly_not_accepted() {
    for (accept, sent) in [(Value::Null, true), (json!(true), true), (json!(false), false)] {
        let claims = response(&read(&[("accept_lineitem", accept.clone())]), &[item(true)])
            .claims()
            .expect("claims");
        assert_eq!(
            claims[format!("{DL}content_items")][0].get("lineItem").is_some(),
            sent,
            "{accept}"
        );
    }
    for (maximum, shown) in [(50.0, "50"), (12.5, "12.5"), (0.1, "0.1")] {
        let mut item = item(true);
        item.line_item.as_mut().expect("a line item").score_maximum = maximum;
        let claims = response(&read(&[]), &[item]).claims().expect("claims");
        assert_eq!(
            claims[format!("{DL}content_items")][0]["lineItem"]["scoreMaximum"].to_string(),
            shown
        );
    }
}

#[test]
fn presentation_follows_the_platforms_targets() {
    let window = json!({ "targetName": "_blank" });
    let table = [
        (json!(["frame", "iframe", "window"]), Some(json!({})), None),
        (json!(["window", "iframe"]), Some(json!({})), None),
        (json!(["frame"]), Some(json!({})), None),
        (json!(["window"]), None, Some(window.clone())),
        (json!(["window", "embed"]), None, Some(window.clone())),
        (json!(["embed"]), None, None),
        (json!([]), None, None),
        (json!(["iFrame"]), None, None),
        (json!("window,embed"), None, Some(window)),
    ];
    for (targets, iframe, window) in table {
        let settings = read(&[("accept_presentation_document_targets", targets.clone())]);
        let claims = response(&settings, &[item(false)]).claims().expect("claims");
        let sent = &claims[format!("{DL}content_items")][0];
        assert_eq!(
            (sent.get("iframe"), sent.get("window")),
            (iframe.as_ref(), window.as_ref()),
            "{targets}"
        );
    }
    let sized = Item { frame: Some((800, 600)), text: Some("A text".to_owned()), ..item(false) };
    let claims = response(&read(&[]), &[sized]).claims().expect("claims");
    let sent = &claims[format!("{DL}content_items")][0];
    assert_eq!(
        (&sent["iframe"], &sent["text"]),
        (&json!({ "width": 800, "height": 600 }), &json!("A text"))
    );
}

#[test]
fn subject_is_the_client_id() {
    let settings = read(&[]);
    for (has_subject, expected) in [(true, Some(json!("client-1"))), (false, None)] {
        let response = Response { has_subject, ..response(&settings, &[]) };
        assert_eq!(response.claims().expect("claims").get("sub"), expected.as_ref());
    }
}

/// Header and claims of an unverified token.
fn decoded(token: &str) -> [Value; 2] {
    let mut parts =
        token.trim().split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64url"));
    [(); 2].map(|()| serde_json::from_slice(&parts.next().expect("a part")).expect("JSON"))
}

#[test]
fn signature_is_valid() {
    let settings = read(&[]);
    let token = response(&settings, &[item(true)]).sign(KID, &key_pair().pkcs8_der).expect("signs");
    let (input, signature) = token.rsplit_once('.').expect("three segments");
    assert!(verification_key().verifies(
        crate::lti::algorithm::find("RS256").expect("RS256"),
        input.as_bytes(),
        signature
    ));
    let [header, claims] = decoded(&token);
    assert_eq!((&header["alg"], &header["kid"]), (&json!("RS256"), &json!(KID)));
    assert_eq!(claims, response(&settings, &[item(true)]).claims().expect("claims"));
    assert!(matches!(response(&settings, &[]).sign(KID, b"not a key"), Err(ResponseError::Key(_))));
}

macro_rules! vector {
    ($name:literal) => {
        include_str!(concat!("../../../tests/data/moodle/vectors/", $name, ".jwt"))
    };
}

/// The parts of a recorded response that matter to a platform.
fn essence(claims: &Value) -> Value {
    let claim = |name: &str| claims[name].clone();
    // Moodle's tool sends a list of one.
    let audience = claim("aud").as_array().map_or_else(|| claim("aud"), |list| list[0].clone());
    let items: Vec<Value> = claims[format!("{DL}content_items")]
        .as_array()
        .expect("a list")
        .iter()
        .map(|item| {
            json!([
                item["type"],
                item["title"],
                item["url"],
                item["custom"]["id"],
                item["lineItem"]["scoreMaximum"]
            ])
        })
        .collect();
    let lti = ["deployment_id", "message_type", "version"].map(|name| claim(&format!("{P}{name}")));
    json!({ "iss": claim("iss"), "aud": audience, "data": claim(&format!("{DL}data")), "lti": lti, "items": items })
}

/// The recorded user's selection.
fn picked(answer: &Value) -> Vec<Item> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let line_item = |item: &Value| {
        let score_maximum = item["lineItem"]["scoreMaximum"].as_f64()?;
        Some(LineItem {
            score_maximum,
            label: text(&item["title"]),
            resource_id: text(&item["custom"]["id"]),
            tag: "grade".to_owned(),
            submissions: SubmissionPeriod::default(),
        })
    };
    let item = |item: &Value| Item {
        url: text(&item["url"]),
        title: text(&item["title"]),
        text: None,
        resource_uuid: text(&item["custom"]["id"]),
        line_item: line_item(item),
        frame: None,
    };
    answer[format!("{DL}content_items")].as_array().expect("a list").iter().map(item).collect()
}

/// Whether the published keyset contains the header's key, and the signature is valid.
fn verifies_with_keyset(token: &str) -> bool {
    let keyset = public_keyset(vec![public_jwk(KID, &key_pair().modulus, &key_pair().exponent)]);
    let keyset = Keyset::parse(keyset.to_string().as_bytes()).expect("a keyset");
    let kid = decoded(token)[0]["kid"].as_str().expect("a key ID").to_owned();
    let (input, signature) = token.rsplit_once('.').expect("three segments");
    let keys = keyset.find(&kid).expect("the key is there").expect("the key is fit");
    keys.verify(crate::lti::algorithm::find("RS256").expect("RS256"), input.as_bytes(), signature)
        == Ok(true)
}

#[test]
fn responses_to_recorded_requests_match_those_of_moodles_tool() {
    let table = [
        (
            vector!("deep-linking-single.id_token"),
            Some((vector!("deep-linking-single.response"), 1)),
        ),
        (
            vector!("deep-linking-multiple.id_token"),
            Some((vector!("deep-linking-multiple.response"), 3)),
        ),
        (vector!("launch-no-personal-data-deep-linking.id_token"), None),
    ];
    for (request, recorded) in table {
        let [_, asked] = decoded(request);
        let claims = Claims::read(asked.to_string()).expect("claims");
        let settings = Settings::read(&claims, false).expect("usable");
        assert_eq!(
            settings.return_url,
            asked[format!("{DL}deep_linking_settings")]["deep_link_return_url"]
                .as_str()
                .expect("a URL")
        );
        assert!(
            settings.accept_multiple && settings.accepts_line_items() && settings.data.is_none()
        );
        assert_eq!(settings.presentation(), Presentation::Iframe);
        let reference = recorded.map(|(token, count)| (decoded(token)[1].clone(), count));
        let items = reference.as_ref().map(|(answer, _)| picked(answer)).unwrap_or_default();
        let response = Response {
            client_id: asked["aud"].as_str().expect("a client ID"),
            issuer: claims.issuer().expect("an issuer"),
            deployment_id: claims.deployment_id().expect("a deployment"),
            has_subject: false,
            settings: &settings,
            items: &items,
            nonce: "n-1",
            now_seconds: NOW,
        };
        let token = response.sign(KID, &key_pair().pkcs8_der).expect("signs");
        assert!(verifies_with_keyset(&token));
        if let Some((reference, count)) = reference {
            let [_, answered] = decoded(&token);
            assert_eq!(essence(&answered), essence(&reference));
            assert_eq!(
                answered[format!("{DL}content_items")].as_array().map(Vec::len),
                Some(count)
            );
        }
    }
}

proptest! {
    #[test]
    fn no_value_of_any_setting_makes_it_panic(
        name in "(deep_link_return_url|accept_types|accept_presentation_document_targets|accept_multiple|accept_lineitem|title|data)",
        value in prop_oneof![any::<f64>().prop_map(|number| json!(number)), ".*".prop_map(|text| json!(text)), proptest::collection::vec(".*", 0..3).prop_map(|list| json!(list))],
    ) {
        if let Ok(settings) = Settings::read(&request(&settings_with(&[(&name, value)])), true) {
            let _ = response(&settings, &[item(true)]).claims();
            prop_assert!(settings.return_url.starts_with("http"), "{}", settings.return_url);
        }
    }
}
