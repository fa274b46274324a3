//! Content selection (Deep Linking 2.0): what a platform wants to be given, and the signed answer
//! with what was picked.
//!
//! A request comes as an id_token like any other launch ([`super::id_token`]). [`Settings`] keep
//! what its answer needs, for as long as a person takes to pick; they can be written down and read
//! back. A [`Response`] makes the answer, which the browser posts to the return URL as the form
//! field [`FORM_FIELD`].

mod response;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::{Host, Url};

use super::claims::{Claims, Field};
use super::{Refusal, authority};

pub use self::response::{
    Item, LineItem, NOTHING_PICKED, RESPONSE_LIFETIME_SECONDS, Response, Unanswerable,
};

/// The message type of a request.
pub const REQUEST: &str = "LtiDeepLinkingRequest";

/// The form field in which the answer is posted to the return URL (Deep Linking 2.0, 4.5).
pub const FORM_FIELD: &str = "JWT";

/// The one kind of content that this tool offers.
const RESOURCE_LINK: &str = "ltiResourceLink";

/// The longest return URL, in bytes.
const LONGEST_URL: usize = 2048;

/// What is wrong with a return URL that a registration may allow.
pub const HTTP_NOT_ALLOWED: &str = "does not start with https://";

/// What a deep linking request says about the answer that it wants (Deep Linking 2.0, 4.4.1).
///
/// Its `Debug` shows neither the return URL's query nor `data`: platforms put their session into
/// them.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Where the answer is posted to, byte for byte as it came.
    pub return_url: String,
    /// The kinds of content that the platform takes.
    pub accept_types: Vec<String>,
    /// How it can show content: `iframe`, `window`, `embed`, and Moodle's `frame`.
    pub accept_presentation_document_targets: Vec<String>,
    /// The media types of files that it takes; may be empty.
    pub accept_media_types: Vec<String>,
    /// Whether it takes several items at once; false when it does not say so.
    pub accept_multiple: bool,
    /// Whether it makes line items; `None` when it does not say, which is no reason to keep one
    /// back.
    pub accept_lineitem: Option<bool>,
    /// Whether it adds what it gets without asking the person again.
    pub auto_create: bool,
    /// What it would call the item.
    pub title: Option<String>,
    /// How it would describe the item.
    pub text: Option<String>,
    /// What must come back unchanged when it is there, also when it is empty.
    pub data: Option<Value>,
}

/// How an item is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presentation {
    /// In a frame on the platform's page.
    Iframe,
    /// In a window of its own.
    Window,
    /// As the platform likes.
    Unsaid,
}

impl Settings {
    /// Reads the settings of a verified request. `allow_http` is for registrations that may speak
    /// http; a platform on this machine always may.
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

    /// Whether "Add to gradebook" is of use: only a plain no keeps line items back.
    pub fn takes_line_items(&self) -> bool {
        self.accept_lineitem != Some(false)
    }

    /// How items are to be shown: in a frame where the platform has frames, in a window where it
    /// has only those.
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
            Presentation::Unsaid
        }
    }

    /// Scheme, host and port of the return URL, for the `form-action` of a page that posts the
    /// answer.
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

/// Whether an answer may be sent there: https, or http on this machine or by permission, and spelt
/// in a way that no two readers understand differently.
fn check_return_url(text: &str, allow_http: bool) -> Result<(), &'static str> {
    if text.len() > LONGEST_URL {
        return Err("is longer than 2048 characters");
    }
    if text.chars().any(|character| {
        character.is_control()
            || character.is_whitespace()
            || matches!(character, '\\' | '"' | '<' | '>')
    }) {
        return Err("holds spaces, quotes, back slashes, angle brackets or control characters");
    }
    let Ok(url) = Url::parse(text) else { return Err("is no absolute URL") };
    match url.scheme() {
        "https" => {}
        "http" if allow_http || is_this_machine(&url) => {}
        _ => return Err(HTTP_NOT_ALLOWED),
    }
    // The host becomes part of a content security policy, where `*` would be everybody and `;` a
    // new directive.
    if let Some(Host::Domain(name)) = url.host()
        && !name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    {
        return Err("names a host with other characters than letters, digits, dots and hyphens");
    }
    // An `@` with nothing before it counts too; the parser drops it without a word.
    let authority = authority::written(text).map_or("", |(_, authority)| authority);
    if authority.is_empty() || authority.contains('@') {
        return Err("holds a user name, or no host");
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
