use super::*;
use crate::lti::deep_linking::LineItem;
use crate::lti::line_item::SubmissionPeriod;
use crate::lti::lti_1p1::oauth1::{Credentials, Message, Method, sign_form};

fn settings(targets: &[&str]) -> Settings {
    Settings {
        return_url: "https://lms.example/return?session=1".to_owned(),
        accept_types: vec!["ltiResourceLink".to_owned()],
        accept_presentation_document_targets: targets
            .iter()
            .map(|target| (*target).to_owned())
            .collect(),
        accept_media_types: vec![LINK_MEDIA_TYPE.to_owned()],
        accept_multiple: true,
        accept_lineitem: None,
        auto_create: false,
        title: None,
        text: None,
        data: Some(json!("a\nb")),
    }
}

fn item() -> Item {
    Item {
        url: "https://tool.example/lti/1p1/launch".to_owned(),
        title: "Essay \"1\" & more".to_owned(),
        text: Some("Write.".to_owned()),
        resource_uuid: "uuid".to_owned(),
        line_item: Some(LineItem {
            score_maximum: 100.0,
            label: "Essay".to_owned(),
            resource_id: "uuid".to_owned(),
            tag: "grade".to_owned(),
            submissions: SubmissionPeriod::default(),
        }),
        frame: Some((800, 600)),
    }
}

fn field<'f>(fields: &'f [(String, String)], name: &str) -> Option<&'f str> {
    fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
}

#[test]
fn selected_items_are_json_in_a_signed_form() {
    let settings = settings(&["iframe", "window"]);
    let response = Response {
        version: Version::Lti1p0,
        settings: &settings,
        items: &[item()],
        texts: ReturnTexts::default(),
    };
    let fields = response.fields().expect("one item");
    let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["lti_message_type", "lti_version", "content_items", "data"]);
    assert_eq!(field(&fields, "lti_message_type"), Some("ContentItemSelection"));
    assert_eq!(field(&fields, "data"), Some("a\r\nb"));
    let items: Value =
        serde_json::from_str(field(&fields, "content_items").expect("items")).expect("JSON");
    assert_eq!(
        items,
        json!({
            "@context": "http://purl.imsglobal.org/ctx/lti/v1/ContentItem",
            "@graph": [{
                "@type": "LtiLinkItem",
                "mediaType": "application/vnd.ims.lti.v1.ltilink",
                "url": "https://tool.example/lti/1p1/launch",
                "title": "Essay \"1\" & more",
                "text": "Write.",
                "placementAdvice": { "presentationDocumentTarget": "iframe", "displayWidth": 800, "displayHeight": 600 },
                "custom": { "id": "uuid" },
                "lineItem": {
                    "@type": "LineItem",
                    "label": "Essay",
                    "reportingMethod": "http://purl.imsglobal.org/ctx/lis/v2p1/Result#totalScore",
                    "assignedActivity": { "@type": "Activity", "activityId": "uuid" },
                    "scoreConstraints": { "@type": "NumericLimits", "normalMaximum": 100, "totalMaximum": 100 },
                },
            }],
        })
    );
    // The platform verifies the form as the tool verifies its own.
    let credentials =
        Credentials { consumer_key: "key", secret: b"secret", method: Method::HmacSha1 };
    let signed = sign_form(&settings.return_url, fields, &credentials, 1000, "n").expect("a URL");
    assert!(field(&signed, "session").is_none());
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(signed).finish();
    let message = Message::from_form(&settings.return_url, body.as_bytes()).expect("a message");
    assert!(message.verify([b"secret".as_slice()], 1000).is_ok());
}

#[test]
fn presentation_is_one_that_the_platform_accepts() {
    for (targets, expected) in [
        (
            &["iframe"][..],
            json!({ "presentationDocumentTarget": "iframe", "displayWidth": 800, "displayHeight": 600 }),
        ),
        (
            &["frame", "window"],
            json!({ "presentationDocumentTarget": "frame", "displayWidth": 800, "displayHeight": 600 }),
        ),
        (&["popup", "window"], json!({ "presentationDocumentTarget": "window" })),
        (&["none"], Value::Null),
    ] {
        assert_eq!(link(&item(), &settings(targets))["placementAdvice"], expected, "{targets:?}");
    }
    let plain = Item { text: None, line_item: None, frame: None, ..item() };
    let link = link(&plain, &settings(&["iframe"]));
    assert_eq!(link["placementAdvice"], json!({ "presentationDocumentTarget": "iframe" }));
    assert!(link.get("text").is_none() && link.get("lineItem").is_none());
}

#[test]
fn nothing_may_be_selected_and_one_item_may_be_the_most() {
    let mut settings = settings(&["iframe"]);
    settings.accept_multiple = false;
    settings.data = None;
    let texts = ReturnTexts { message: Some("Nothing was selected."), ..ReturnTexts::default() };
    let response = Response { version: Version::Lti2p0, settings: &settings, items: &[], texts };
    let fields = response.fields().expect("no items");
    assert_eq!(field(&fields, "content_items"), None);
    assert_eq!(field(&fields, "lti_msg"), Some("Nothing was selected."));
    assert_eq!((field(&fields, "lti_version"), fields.len()), (Some("LTI-2p0"), 3));
    let items = [item(), item()];
    assert_eq!(Response { items: &items, ..response }.fields(), Err(ResponseError::TooManyItems));
}
