//! Line items and results: read as a whole or not at all, numbers are finite, and what is sent back
//! says the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::lti::grade_service::ResultItem;
use ltictl::lti::line_item::{LineItem, LineItemFilter, NewLineItem, SubmissionPeriod};
use serde_json::{Value, json};
use url::Url;

fuzz_target!(|data: &[u8]| {
    let trimmed = data.trim_ascii();
    let broken_off = &trimmed[..trimmed.len().saturating_sub(1)];
    if let Ok(line_item) = LineItem::read(data) {
        assert!(trimmed.starts_with(b"{") && LineItem::read(broken_off).is_err());
        check(&line_item);
    }
    if let Ok(line_items) = LineItem::read_container(data) {
        assert!(LineItem::read_container(broken_off).is_err());
        line_items.iter().for_each(check);
        let again = Value::from_iter(line_items.iter().map(written)).to_string();
        assert_eq!(LineItem::read_container(again.as_bytes()).expect("a list"), line_items);
    }
    if let Ok(results) = ResultItem::read_container(data) {
        assert!(trimmed.starts_with(b"[") && ResultItem::read_container(broken_off).is_err());
        for result in &results {
            assert!(
                [result.result_score, result.result_maximum]
                    .into_iter()
                    .flatten()
                    .all(f64::is_finite)
            );
            assert!(
                [&result.user_id, &result.comment]
                    .into_iter()
                    .flatten()
                    .all(|text| !text.trim().is_empty())
            );
        }
        let again = Value::from_iter(results.iter().map(|result| {
            json!({ "userId": result.user_id, "resultScore": result.result_score, "resultMaximum": result.result_maximum, "comment": result.comment })
        }));
        assert_eq!(
            ResultItem::read_container(again.to_string().as_bytes()).expect("a list"),
            results
        );
    }
});

fn check(line_item: &LineItem) {
    assert!(line_item.score_maximum.is_none_or(f64::is_finite));
    let LineItem { id, label, resource_id, tag, resource_link_id, .. } = line_item;
    assert!(
        [id, label, resource_id, tag, resource_link_id]
            .into_iter()
            .flatten()
            .all(|text| !text.trim().is_empty())
    );

    let filter = LineItemFilter {
        resource_link_id: resource_link_id.clone(),
        resource_id: resource_id.clone(),
        tag: tag.clone(),
    };
    assert!(filter.matches(line_item));
    let list = Url::parse("https://lms.example.edu/lineitems?type_id=1&tag=x").expect("a URL");
    let url = filter.url(&list, Some(10));
    assert_eq!((url.origin(), url.path()), (list.origin(), list.path()));
    for (name, value) in [
        ("type_id", Some("1")),
        ("limit", Some("10")),
        ("tag", tag.as_deref().or(Some("x"))),
        ("resource_id", resource_id.as_deref()),
    ] {
        let sent: Vec<_> =
            url.query_pairs().filter(|(found, _)| found == name).map(|(_, value)| value).collect();
        assert_eq!(sent, Vec::from_iter(value), "{name}");
    }

    let (Some(label), Some(score_maximum)) = (label.clone(), line_item.score_maximum) else {
        return;
    };
    let new = NewLineItem {
        label,
        score_maximum,
        resource_id: resource_id.clone(),
        tag: tag.clone(),
        resource_link_id: resource_link_id.clone(),
        submissions: SubmissionPeriod::default(),
    };
    let sent =
        LineItem::read(json!(new).to_string().as_bytes()).expect("what we send is a line item");
    assert_eq!(sent, LineItem { id: None, ..line_item.clone() });
}

fn written(line_item: &LineItem) -> Value {
    json!({
        "id": line_item.id,
        "label": line_item.label,
        "scoreMaximum": line_item.score_maximum,
        "resourceId": line_item.resource_id,
        "tag": line_item.tag,
        "resourceLinkId": line_item.resource_link_id,
    })
}
