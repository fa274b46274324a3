//! The response to a deep linking request.

use serde_json::{Map, Value, json};

use super::{Presentation, RESOURCE_LINK, Settings};
use crate::lti::jws::{self, UnusableKey};
use crate::lti::line_item::SubmissionPeriod;

/// The lifetime of a response, in seconds: platforms refuse more than an hour, and browsers post it
/// immediately.
pub const RESPONSE_LIFETIME_SECONDS: i64 = 300;

/// The message that the platform may show if nothing was selected.
pub const NOTHING_PICKED: &str = "Nothing was selected.";

/// The response to a deep linking request (Deep Linking 2.0, 4.5).
pub struct Response<'a> {
    /// Client ID of the registration, which is the issuer of a response.
    pub client_id: &'a str,
    /// Issuer of the registration, which is the audience of a response.
    pub issuer: &'a str,
    /// The deployment of the request.
    pub deployment_id: &'a str,
    /// Whether the response has a subject: no specification asks for one, but Blackboard does.
    pub has_subject: bool,
    /// The settings of the request.
    pub settings: &'a Settings,
    /// The selected items in order; may be empty.
    pub items: &'a [Item],
    /// Unique for every response: platforms refuse a repeated one.
    pub nonce: &'a str,
    /// The current time, in seconds since 1970.
    pub now_seconds: i64,
}

/// A link to a resource of the tool (Deep Linking 2.0, 3.1).
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The URL to launch.
    pub url: String,
    /// The title of the link.
    pub title: String,
    /// The description of the link.
    pub text: Option<String>,
    /// The resource's UUID, which every launch has as its custom parameter `id`.
    pub resource_uuid: String,
    /// Its column in the grade book, if any; omitted for platforms that do not accept line items.
    pub line_item: Option<LineItem>,
    /// Width and height of the frame in pixels, if the resource specifies them.
    pub frame: Option<(u32, u32)>,
}

/// A column in the platform's grade book that comes with an item (Deep Linking 2.0, 3.1,
/// `lineItem`).
#[derive(Debug, Clone, PartialEq)]
pub struct LineItem {
    /// The maximum score; positive.
    pub score_maximum: f64,
    /// The title of the column.
    pub label: String,
    /// The tool's ID of the resource; the platform returns it with the line item.
    pub resource_id: String,
    /// The tool's tag of the line item.
    pub tag: String,
    /// When submissions are accepted; sent as the item's `submission`.
    pub submissions: SubmissionPeriod,
}

/// Why a response cannot be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// Several items for a platform that accepts one.
    #[error("the platform accepts only one item at a time")]
    TooManyItems,
    /// The key cannot sign.
    #[error(transparent)]
    Key(#[from] UnusableKey),
}

impl Response<'_> {
    /// The claims of the response.
    ///
    /// # Errors
    ///
    /// [`ResponseError::TooManyItems`].
    pub fn claims(&self) -> Result<Value, ResponseError> {
        if self.items.len() > 1 && !self.settings.accept_multiple {
            return Err(ResponseError::TooManyItems);
        }
        let mut claims = Map::new();
        let mut set = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
        set("iss", json!(self.client_id));
        set("aud", json!(self.issuer));
        set("iat", json!(self.now_seconds));
        set("exp", json!(self.now_seconds.saturating_add(RESPONSE_LIFETIME_SECONDS)));
        set("nonce", json!(self.nonce));
        if self.has_subject {
            set("sub", json!(self.client_id));
        }
        set("https://purl.imsglobal.org/spec/lti/claim/deployment_id", json!(self.deployment_id));
        set(
            "https://purl.imsglobal.org/spec/lti/claim/message_type",
            json!("LtiDeepLinkingResponse"),
        );
        set("https://purl.imsglobal.org/spec/lti/claim/version", json!("1.3.0"));
        if let Some(data) = &self.settings.data {
            set("https://purl.imsglobal.org/spec/lti-dl/claim/data", data.clone());
        }
        if self.items.is_empty() {
            set("https://purl.imsglobal.org/spec/lti-dl/claim/msg", json!(NOTHING_PICKED));
        }
        let items: Vec<Value> = self.items.iter().map(|item| item.to_json(self.settings)).collect();
        set("https://purl.imsglobal.org/spec/lti-dl/claim/content_items", json!(items));
        Ok(Value::Object(claims))
    }

    /// The signed response to post.
    ///
    /// # Errors
    ///
    /// [`ResponseError`].
    pub fn sign(&self, kid: &str, private_key_pkcs8_der: &[u8]) -> Result<String, ResponseError> {
        Ok(jws::sign(jws::PLATFORM_MESSAGE, &self.claims()?, kid, private_key_pkcs8_der)?)
    }
}

impl Item {
    fn to_json(&self, settings: &Settings) -> Value {
        let mut item = json!({ "type": RESOURCE_LINK, "url": self.url, "title": self.title, "custom": { "id": self.resource_uuid } });
        if let Some(text) = &self.text {
            item["text"] = json!(text);
        }
        match (settings.presentation(), self.frame) {
            (Presentation::Iframe, Some((width, height))) => {
                item["iframe"] = json!({ "width": width, "height": height })
            }
            (Presentation::Iframe, None) => item["iframe"] = json!({}),
            (Presentation::Window, _) => item["window"] = json!({ "targetName": "_blank" }),
            (Presentation::Unspecified, _) => {}
        }
        if let Some(line_item) = self.line_item.as_ref().filter(|_| settings.accepts_line_items()) {
            item["lineItem"] = json!({
                "scoreMaximum": number(line_item.score_maximum),
                "label": line_item.label,
                "resourceId": line_item.resource_id,
                "tag": line_item.tag,
            });
            if line_item.submissions != SubmissionPeriod::default() {
                item["submission"] = json!(line_item.submissions);
            }
        }
        item
    }
}

/// A whole number without a fraction, as platforms write it.
pub(in crate::lti) fn number(value: f64) -> Value {
    let whole = value as i64;
    if whole as f64 == value { json!(whole) } else { json!(value) }
}
