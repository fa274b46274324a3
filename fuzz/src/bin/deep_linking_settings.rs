//! Settings of content selections: what passes can be posted to, kept in a session, and answered.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::lti::deep_linking::{Item, LineItem, Response, Settings};
use ltictl::lti::line_item::SubmissionPeriod;
use ltictl_fuzz::verified_with;
use url::Url;

fuzz_target!(|value: &str| {
    let Some(claims) =
        verified_with("https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings", value)
    else {
        return;
    };
    let narrow = Settings::read(&claims, false);
    let Ok(settings) = Settings::read(&claims, true) else {
        assert!(narrow.is_err(), "permission takes something away");
        return;
    };
    let url = Url::parse(&settings.return_url).expect("the return URL is one");
    assert!(
        url.scheme() == "https"
            || narrow.is_err()
            || url.host_str().is_some_and(|host| host.contains("localhost")
                || host.contains("127.")
                || host == "[::1]")
    );
    assert!(
        settings.return_url.len() <= 2048 && url.username().is_empty() && url.password().is_none()
    );
    let written = settings.return_url.to_ascii_lowercase();
    assert!(
        written.starts_with("https://") || written.starts_with("http://"),
        "readers may understand it differently"
    );
    // It becomes part of a content security policy.
    let origin = settings.return_origin();
    assert!(
        origin.starts_with("http")
            && origin
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".:/-_[]".contains(&byte)),
        "{origin}"
    );
    assert!(settings.accept_types.iter().any(|kind| kind == "ltiResourceLink"));
    assert!([&settings.title, &settings.text].into_iter().flatten().all(|text| !text.is_empty()));

    let kept = serde_json::to_string(&settings).expect("settings can be kept");
    let back: Settings = serde_json::from_str(&kept).expect("what was kept can be read");
    assert!(back == settings, "{kept}");

    let item = || Item {
        url: "https://tool.example.edu/lti/launch".to_owned(),
        title: "Quiz".to_owned(),
        text: None,
        resource_uuid: "0190f6a4-5f3c-4a7e-9a53-6a2a4c7d9e10".to_owned(),
        line_item: Some(LineItem {
            score_maximum: 10.0,
            label: "Quiz".to_owned(),
            resource_id: "quiz".to_owned(),
            tag: "grade".to_owned(),
            submissions: SubmissionPeriod::default(),
        }),
        frame: Some((800, 600)),
    };
    for items in [vec![], vec![item()], vec![item(), item()]] {
        let response = Response {
            client_id: "client",
            issuer: "https://lms.example.edu",
            deployment_id: "1",
            has_subject: false,
            settings: &back,
            items: &items,
            nonce: "nonce",
            now_seconds: ltictl_fuzz::NOW,
        };
        match response.claims() {
            Ok(claims) => {
                assert!(items.len() < 2 || settings.accept_multiple);
                // It is returned unchanged.
                assert_eq!(
                    claims.get("https://purl.imsglobal.org/spec/lti-dl/claim/data"),
                    settings.data.as_ref()
                );
                let sent = &claims["https://purl.imsglobal.org/spec/lti-dl/claim/content_items"];
                assert_eq!(sent.as_array().map(Vec::len), Some(items.len()));
                assert!(
                    items.is_empty()
                        || sent[0].get("lineItem").is_some() == settings.accepts_line_items()
                );
            }
            Err(_) => assert!(items.len() > 1 && !settings.accept_multiple),
        }
    }
});
