//! The response to a request to select content (Content-Item Message 1.0): a form with the selected
//! items as JSON, signed with [`super::oauth1::sign_form`] and posted to the return URL by the
//! browser. The counterpart in LTI 1.3 is [`crate::lti::deep_linking`], whose settings and items it
//! shares.

use serde_json::{Map, Value, json};

use super::message::{LINK_MEDIA_TYPE, ReturnTexts, Version};
use crate::lti::deep_linking::{Item, Presentation, ResponseError, Settings, number};

/// The message type of a response (Content-Item Message 1.0, 3.2).
const RESPONSE: &str = "ContentItemSelection";

/// A response. If nothing was selected, the platform returns to its page without adding anything.
#[derive(Debug, Clone, Copy)]
pub struct Response<'a> {
    /// The version of the request.
    pub version: Version,
    /// The settings of the request; the form is posted to their return URL.
    pub settings: &'a Settings,
    /// The selected items in order; may be empty.
    pub items: &'a [Item],
    /// What the platform may show or log.
    pub texts: ReturnTexts<'a>,
}

impl Response<'_> {
    /// The fields of the form, without its signature. Line breaks are those that browsers send, so
    /// that the signature fits.
    ///
    /// # Errors
    ///
    /// [`ResponseError::TooManyItems`].
    pub fn fields(&self) -> Result<Vec<(String, String)>, ResponseError> {
        if self.items.len() > 1 && !self.settings.accept_multiple {
            return Err(ResponseError::TooManyItems);
        }
        let mut fields = vec![
            ("lti_message_type", RESPONSE.to_owned()),
            ("lti_version", self.version.as_str().to_owned()),
        ];
        if !self.items.is_empty() {
            fields.push(("content_items", self.content_items().to_string()));
        }
        if let Some(data) = self.settings.data.as_ref().and_then(Value::as_str) {
            fields.push(("data", as_sent_by_browsers(data)));
        }
        let texts = self.texts.parameters().into_iter();
        fields.extend(
            texts.filter_map(|(name, text)| text.map(|text| (name, as_sent_by_browsers(text)))),
        );
        Ok(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The selected items (Content-Item 1.0, JSON-LD binding).
    fn content_items(&self) -> Value {
        let graph: Vec<Value> = self.items.iter().map(|item| link(item, self.settings)).collect();
        json!({ "@context": "http://purl.imsglobal.org/ctx/lti/v1/ContentItem", "@graph": graph })
    }
}

/// A link to a resource of the tool.
fn link(item: &Item, settings: &Settings) -> Value {
    let mut link = Map::new();
    let mut set = |name: &str, value: Value| drop(link.insert(name.to_owned(), value));
    set("@type", json!("LtiLinkItem"));
    set("mediaType", json!(LINK_MEDIA_TYPE));
    set("url", json!(item.url));
    set("title", json!(item.title));
    if let Some(text) = &item.text {
        set("text", json!(text));
    }
    if let Some(advice) = placement(item, settings) {
        set("placementAdvice", advice);
    }
    set("custom", json!({ "id": item.resource_uuid }));
    if let Some(line_item) = item.line_item.as_ref().filter(|_| settings.accepts_line_items()) {
        set(
            "lineItem",
            json!({
                "@type": "LineItem",
                "label": line_item.label,
                "reportingMethod": "http://purl.imsglobal.org/ctx/lis/v2p1/Result#totalScore",
                "assignedActivity": { "@type": "Activity", "activityId": line_item.resource_id },
                "scoreConstraints": {
                    "@type": "NumericLimits",
                    "normalMaximum": number(line_item.score_maximum),
                    "totalMaximum": number(line_item.score_maximum),
                },
            }),
        );
    }
    Value::Object(link)
}

/// How the platform should present an item, with a target that it accepts.
fn placement(item: &Item, settings: &Settings) -> Option<Value> {
    let accepts = |target: &str| {
        settings.accept_presentation_document_targets.iter().any(|accepted| accepted == target)
    };
    let target = match settings.presentation() {
        Presentation::Iframe if accepts("iframe") => "iframe",
        Presentation::Iframe => "frame",
        Presentation::Window => "window",
        Presentation::Unspecified => return None,
    };
    let mut advice = json!({ "presentationDocumentTarget": target });
    if let Some((width, height)) = item.frame.filter(|_| target != "window") {
        advice["displayWidth"] = json!(width);
        advice["displayHeight"] = json!(height);
    }
    Some(advice)
}

/// A text with the line breaks with which browsers send it (HTML, form submission).
fn as_sent_by_browsers(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}

#[cfg(test)]
mod tests;
