//! Content selection (Deep Linking 2.0): the platform's request, and the signed response with the
//! selected items.
//!
//! A request is an id_token like any other launch ([`super::id_token`]). [`Settings`] contain what
//! the response needs; they can be stored as JSON while a person selects. A [`Response`] is signed,
//! and the browser posts it to the return URL as the form field [`FORM_FIELD`].

mod response;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::{Host, Url};

use super::claims::{Claims, Field};
use super::{Refusal, authority};

pub(super) use self::response::number;
pub use self::response::{
    Item, LineItem, NOTHING_PICKED, RESPONSE_LIFETIME_SECONDS, Response, ResponseError,
};

/// The message type of a request.
pub const REQUEST: &str = "LtiDeepLinkingRequest";

/// The form field in which the response is posted to the return URL (Deep Linking 2.0, 4.5).
pub const FORM_FIELD: &str = "JWT";

/// The only type of content that this module offers.
pub(super) const RESOURCE_LINK: &str = "ltiResourceLink";

/// Maximum length of a return URL, in bytes.
const MAX_URL_BYTES: usize = 2048;

/// The problem of a return URL that `allow_http` permits.
pub const HTTP_NOT_ALLOWED: &str = "does not start with https://";

/// The settings of a deep linking request (Deep Linking 2.0, 4.4.1).
///
/// Its `Debug` shows neither the return URL's query nor `data`: platforms put their session into
/// them.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The return URL, byte for byte as received.
    pub return_url: String,
    /// The types of content that the platform accepts.
    pub accept_types: Vec<String>,
    /// How it can present content: `iframe`, `window`, `embed`, and Moodle's `frame`.
    pub accept_presentation_document_targets: Vec<String>,
    /// The media types of files that it accepts; may be empty.
    pub accept_media_types: Vec<String>,
    /// Whether it accepts several items at once; false if not specified.
    pub accept_multiple: bool,
    /// Whether it creates line items; `None` if not specified, in which case line items are sent.
    pub accept_lineitem: Option<bool>,
    /// Whether it adds the items without asking the person again.
    pub auto_create: bool,
    /// The default title of the item.
    pub title: Option<String>,
    /// The default description of the item.
    pub text: Option<String>,
    /// Must be sent back unchanged if present, even if empty.
    pub data: Option<Value>,
}

/// How an item is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presentation {
    /// In a frame on the platform's page.
    Iframe,
    /// In its own window.
    Window,
    /// The platform decides.
    Unspecified,
}

impl Settings {
    /// Reads the settings of a verified request. `allow_http` accepts an http return URL; on this
    /// machine, http is always accepted.
    ///
    /// # Errors
    ///
    /// [`Refusal::DeepLinkingSettingsMissing`], [`Refusal::DeepLinkReturnUrlMissing`],
    /// [`Refusal::DeepLinkReturnUrlNotAllowed`] or [`Refusal::ResourceLinkNotAccepted`], in this
    /// order.
    pub fn read(claims: &Claims, allow_http: bool) -> Result<Self, Refusal> {
        let settings = claims
            .read
            .deep_linking_settings
            .as_deref()
            .ok_or(Refusal::DeepLinkingSettingsMissing)?;
        let return_url = settings
            .return_url
            .text()
            .filter(|url| !url.is_empty())
            .ok_or(Refusal::DeepLinkReturnUrlMissing)?;
        if let Err(problem) = check_return_url(return_url, allow_http) {
            let url = return_url.split(['?', '#']).next().unwrap_or_default().to_owned();
            return Err(Refusal::DeepLinkReturnUrlNotAllowed { url, problem });
        }
        if !settings.accept_types.iter().any(|kind| kind == RESOURCE_LINK) {
            return Err(Refusal::ResourceLinkNotAccepted {
                accept_types: settings.accept_types.clone(),
            });
        }
        let text = |field: &Field| field.text().filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Self {
            return_url: return_url.to_owned(),
            accept_types: settings.accept_types.clone(),
            accept_presentation_document_targets: settings
                .accept_presentation_document_targets
                .clone(),
            accept_media_types: settings.accept_media_types.clone(),
            accept_multiple: settings.accept_multiple.unwrap_or(false),
            accept_lineitem: settings.accept_lineitem,
            auto_create: settings.auto_create.unwrap_or(false),
            title: text(&settings.title),
            text: text(&settings.text),
            data: settings.data.clone(),
        })
    }

    /// Whether the platform accepts line items: yes, unless it sent an explicit `false`.
    pub fn accepts_line_items(&self) -> bool {
        self.accept_lineitem != Some(false)
    }

    /// How items are presented: in a frame if the platform supports it, otherwise in a window if it
    /// supports that.
    pub fn presentation(&self) -> Presentation {
        let accepts = |targets: &[&str]| {
            self.accept_presentation_document_targets
                .iter()
                .any(|target| targets.contains(&target.as_str()))
        };
        if accepts(&["iframe", "frame"]) {
            Presentation::Iframe
        } else if accepts(&["window"]) {
            Presentation::Window
        } else {
            Presentation::Unspecified
        }
    }

    /// Scheme, host and port of the return URL, for the `form-action` of a page that posts the
    /// response.
    pub fn return_origin(&self) -> String {
        Url::parse(&self.return_url)
            .map(|url| url.origin().ascii_serialization())
            .unwrap_or_default()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("return_origin", &self.return_origin())
            .field("accept_types", &self.accept_types)
            .field(
                "accept_presentation_document_targets",
                &self.accept_presentation_document_targets,
            )
            .field("accept_multiple", &self.accept_multiple)
            .field("accept_lineitem", &self.accept_lineitem)
            .finish_non_exhaustive()
    }
}

/// Checks that a response may be sent to a URL: https, or http on this machine or with permission,
/// and with a spelling that all parsers interpret in the same way.
pub(super) fn check_return_url(text: &str, allow_http: bool) -> Result<(), &'static str> {
    if text.len() > MAX_URL_BYTES {
        return Err("is longer than 2048 characters");
    }
    if text.chars().any(|character| {
        character.is_control()
            || character.is_whitespace()
            || matches!(character, '\\' | '"' | '<' | '>')
    }) {
        return Err("contains spaces, quotes, backslashes, angle brackets or control characters");
    }
    let Ok(url) = Url::parse(text) else { return Err("is not an absolute URL") };
    match url.scheme() {
        "https" => {}
        "http" if allow_http || is_this_machine(&url) => {}
        _ => return Err(HTTP_NOT_ALLOWED),
    }
    // The host becomes part of a content security policy, in which `*` would allow every host and
    // `;` would start a new directive.
    if let Some(Host::Domain(name)) = url.host()
        && !name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    {
        return Err("has a host with characters other than letters, digits, dots and hyphens");
    }
    // An `@` with nothing before it counts, too; the parser drops it silently.
    let authority = authority::written(text).map_or("", |(_, authority)| authority);
    if authority.is_empty() || authority.contains('@') {
        return Err("contains a user name, or has no host");
    }
    Ok(())
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests;
