//! The items in a tool's response to a content selection (Content-Item 1.0, JSON-LD binding).

use std::collections::BTreeMap;

use serde_json::Value;

use super::choice::ContentItemChoice;
use crate::sandbox::content::{ContentItem, LineItem};
use crate::sandbox::school::Course;

/// The media type of a link to a tool (Content-Item Message 1.0, 2.2).
const LINK: &str = "application/vnd.ims.lti.v1.ltilink";

/// What the platform has requested, and the tool.
pub(super) struct Expected<'a> {
    pub(super) choice: &'a ContentItemChoice,
    pub(super) course: Course,
    pub(super) launch_url: &'a str,
}

/// Reads the items; each problem is a sentence.
pub(super) fn read(
    text: &str,
    expected: &Expected<'_>,
    report: &mut impl FnMut(String),
) -> Vec<ContentItem> {
    let Ok(container) = serde_json::from_str::<Value>(text) else {
        report("content_items is not JSON.".to_owned());
        return Vec::new();
    };
    if container["@context"] != "http://purl.imsglobal.org/ctx/lti/v1/ContentItem" {
        report("@context of content_items is not that of Content-Item 1.0.".to_owned());
    }
    let Some(items) = container["@graph"].as_array() else {
        report("content_items has no list @graph.".to_owned());
        return Vec::new();
    };
    if items.len() > 1 && expected.choice.accept_multiple != Some(true) {
        report(format!("{} items were sent; the platform accepts one.", items.len()));
    }
    items.iter().map(|sent| item(sent, expected, report)).collect()
}

fn item(sent: &Value, expected: &Expected<'_>, report: &mut impl FnMut(String)) -> ContentItem {
    let text = |name: &str| sent[name].as_str().unwrap_or_default().to_owned();
    if sent["@type"] != "LtiLinkItem" || sent["mediaType"] != LINK {
        report(format!("An item is not a link to a tool: {}.", sent["@type"]));
    }
    let title = text("title");
    if title.is_empty() {
        report("An item has no title.".to_owned());
    }
    let url = sent["url"].as_str().map(str::to_owned);
    let origin = |url: &str| url::Url::parse(url).map(|url| url.origin()).ok();
    if let Some(url) = &url
        && origin(url) != origin(expected.launch_url)
    {
        report(format!("The URL of an item is not one of the tool: {url}."));
    }
    let target = sent["placementAdvice"]["presentationDocumentTarget"].as_str();
    let mut accepted = expected.choice.targets.split(',').map(str::trim);
    if let Some(target) = target.filter(|target| !accepted.any(|one| one == *target)) {
        report(format!("The platform does not accept the place {target}."));
    }
    ContentItem {
        id: String::new(),
        course: expected.course,
        text: text("text"),
        url,
        custom: custom(&sent["custom"], report),
        new_window: matches!(target, Some("window" | "popup")),
        line_item: line_item(&sent["lineItem"], &title, report),
        sent: sent.clone(),
        title,
    }
}

fn custom(sent: &Value, report: &mut impl FnMut(String)) -> BTreeMap<String, String> {
    let mut custom = BTreeMap::new();
    for (name, value) in sent.as_object().into_iter().flatten() {
        match value.as_str() {
            Some(value) => drop(custom.insert(name.clone(), value.to_owned())),
            None => report(format!("The custom parameter {name} is not text.")),
        }
    }
    custom
}

fn line_item(sent: &Value, title: &str, report: &mut impl FnMut(String)) -> Option<LineItem> {
    if sent.is_null() {
        return None;
    }
    let constraints = &sent["scoreConstraints"];
    let maximum = constraints["totalMaximum"].as_f64().or(constraints["normalMaximum"].as_f64());
    if sent["@type"] != "LineItem" || constraints["@type"] != "NumericLimits" {
        report("A line item or its constraints have another @type.".to_owned());
    }
    let Some(score_maximum) = maximum.filter(|maximum| *maximum > 0.0) else {
        report("A line item has no maximum greater than 0.".to_owned());
        return None;
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some(LineItem {
        score_maximum,
        label: text(&sent["label"]).unwrap_or_else(|| title.to_owned()),
        resource_id: text(&sent["assignedActivity"]["activityId"]),
        tag: None,
    })
}
