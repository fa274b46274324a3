//! Sends pages with a strict content security policy.

use askama::Template;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::app::App;
use super::request;
use crate::domain::{Random, RequestId, has_invisible, is_invisible};

/// What a page may do apart from showing text.
#[derive(Default)]
pub(super) struct PagePolicy<'a> {
    /// The origins that may frame it, in addition to this tool.
    pub(super) frame_ancestors: &'a [String],
    /// The origin that its form may be sent to, by the user or by its script.
    pub(super) sends_to: Option<&'a str>,
    /// The origin to which the response to that form redirects.
    pub(super) returns_to: Option<&'a str>,
    /// Whether it has a form that is sent to this tool.
    pub(super) posts_here: bool,
    /// Whether its script sends requests to this tool.
    pub(super) polls: bool,
    /// Whether its script sends messages to the page that frames it.
    pub(super) talks: bool,
    /// Whether it contains another page of this tool in a frame.
    pub(super) frames: bool,
    /// The origin of the app that the framed page redirects to.
    pub(super) frames_app: Option<&'a str>,
}

/// A new nonce for a page's style and script.
pub(super) fn nonce(random: &Random) -> String {
    URL_SAFE_NO_PAD.encode(random.bytes::<16>())
}

/// Renders a page whose style and script have this `nonce`.
pub(super) fn html(
    status: StatusCode,
    template: &impl Template,
    nonce: &str,
    allowed: &PagePolicy<'_>,
) -> Response {
    let Ok(mut body) = template.render() else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "The page could not be rendered.\n")
            .into_response();
    };
    if has_invisible(&body) {
        body = body.replace(is_invisible, "\u{fffd}");
    }
    let mut policy = format!("default-src 'none'; base-uri 'none'; style-src 'nonce-{nonce}'; ");
    let sends_to = allowed.sends_to.filter(|origin| is_plain(origin));
    if sends_to.is_some() || allowed.polls || allowed.talks {
        policy.push_str(&format!("script-src 'nonce-{nonce}'; "));
    }
    match sends_to {
        Some(origin) => {
            let after = allowed.returns_to.filter(|origin| is_plain(origin));
            let after = after.map(|origin| format!(" {origin}")).unwrap_or_default();
            policy.push_str(&format!("form-action {origin}{after}; "));
        }
        None if allowed.polls => policy.push_str("connect-src 'self'; form-action 'self'; "),
        None if allowed.posts_here => policy.push_str("form-action 'self'; "),
        None => policy.push_str("form-action 'none'; "),
    }
    if allowed.frames {
        let app = allowed
            .frames_app
            .filter(|origin| is_plain(origin))
            .map(|origin| format!(" {origin}"))
            .unwrap_or_default();
        policy.push_str(&format!("frame-src 'self'{app}; "));
    }
    policy.push_str(&frame_ancestors(allowed.frame_ancestors));
    let mut response = (status, Html(body)).into_response();
    let headers = response.headers_mut();
    insert(headers, header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// The origins that may frame a page of text.
#[derive(Debug, Clone, Copy)]
pub(super) enum Framers<'a> {
    /// Anyone: the page belongs to no registration, or must not reveal one.
    Anyone,
    /// This tool and these origins.
    Only(&'a [String]),
}

impl<'a> From<&'a Option<Vec<String>>> for Framers<'a> {
    fn from(origins: &'a Option<Vec<String>>) -> Self {
        origins.as_deref().map_or(Self::Anyone, Framers::Only)
    }
}

/// A page of text, which anyone may frame because it contains nothing to click. That is checked when
/// the program is compiled.
pub(super) trait TextPage: Template {
    /// The source of all templates that it consists of.
    const TEMPLATES: &'static [&'static str];
}

/// Renders a page of text whose style has this `nonce`.
pub(super) fn text<T: TextPage>(
    status: StatusCode,
    template: &T,
    nonce: &str,
    framers: Framers<'_>,
) -> Response {
    const {
        assert!(is_text(T::TEMPLATES), "a page that anyone may frame must contain nothing to click")
    };
    match framers {
        Framers::Only(origins) => html(
            status,
            template,
            nonce,
            &PagePolicy { frame_ancestors: origins, ..PagePolicy::default() },
        ),
        Framers::Anyone => {
            let mut response = html(status, template, nonce, &PagePolicy::default());
            insert(
                response.headers_mut(),
                header::CONTENT_SECURITY_POLICY,
                format!(
                    "default-src 'none'; base-uri 'none'; style-src 'nonce-{nonce}'; form-action \
                     'none'; frame-ancestors *"
                ),
            );
            response
        }
    }
}

/// The tags of elements that can be clicked, or contain something that can.
const ACTIVE_ELEMENTS: [&[u8]; 11] = [
    b"<a ",
    b"<a>",
    b"<button",
    b"<embed",
    b"<form",
    b"<iframe",
    b"<input",
    b"<object",
    b"<script",
    b"<select",
    b"<textarea",
];

const fn is_text(templates: &[&str]) -> bool {
    let mut number = 0;
    while number < templates.len() {
        let mut rest = templates[number].as_bytes();
        while let [_, after @ ..] = rest {
            let mut element = 0;
            while element < ACTIVE_ELEMENTS.len() {
                if begins_with(rest, ACTIVE_ELEMENTS[element]) {
                    return false;
                }
                element += 1;
            }
            rest = after;
        }
        number += 1;
    }
    true
}

const fn begins_with(text: &[u8], beginning: &[u8]) -> bool {
    let mut place = 0;
    while place < beginning.len() {
        if place >= text.len() || !text[place].eq_ignore_ascii_case(&beginning[place]) {
            return false;
        }
        place += 1;
    }
    true
}

/// The directive that allows this tool and these origins to frame a response.
pub(super) fn frame_ancestors(origins: &[String]) -> String {
    let origins = self::origins(origins);
    let separator = if origins.is_empty() { "" } else { " " };
    format!("frame-ancestors 'self'{separator}{origins}")
}

/// Origins with spaces between them, for a directive.
pub(super) fn origins(origins: &[String]) -> String {
    let plain = origins.iter().map(String::as_str).filter(|origin| is_plain(origin));
    plain.collect::<Vec<_>>().join(" ")
}

/// Whether an origin cannot start another directive of a policy.
fn is_plain(origin: &str) -> bool {
    !origin.is_empty()
        && origin
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b';' | b',' | b'\'' | b'"'))
}

/// Sets a header, unless the value is not valid there.
pub(super) fn insert(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

/// A redirect to a page of this tool.
pub(super) fn see_other(url: String) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    insert(response.headers_mut(), header::LOCATION, url);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A short page with a message.
#[derive(Template)]
#[template(path = "server-message.html")]
struct Message<'a> {
    title: &'a str,
    lines: &'a [String],
    /// The ID of the request, if the server failed.
    request_id: Option<&'a str>,
    nonce: &'a str,
}

impl TextPage for Message<'_> {
    const TEMPLATES: &'static [&'static str] =
        &[BASE_TEMPLATE, include_str!("templates/server-message.html")];
}

/// The template that every page extends.
pub(super) const BASE_TEMPLATE: &str = include_str!("templates/server-base.html");

/// A short page with a message. If the server failed, it also shows the request's ID: only then does
/// the log say why.
pub(super) fn message(
    app: &App,
    status: StatusCode,
    title: &str,
    lines: &[String],
    framers: Framers<'_>,
) -> Response {
    let nonce = nonce(&app.service.random);
    let request = status.is_server_error().then(|| request::id(app));
    text(
        status,
        &Message {
            title,
            lines,
            request_id: request.as_ref().map(RequestId::as_str),
            nonce: &nonce,
        },
        &nonce,
        framers,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn invisible_characters_are_replaced() {
        let (app, _directory) = crate::server::app::tests::app(|_| {});
        let response = message(
            &app,
            StatusCode::OK,
            "a\u{200b}b",
            &["c\u{202e}d\u{e0041}".to_owned()],
            Framers::Anyone,
        );
        let body = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
        let page = std::str::from_utf8(&body).unwrap();
        assert!(
            page.contains("a\u{fffd}b")
                && page.contains("c\u{fffd}d\u{fffd}")
                && !has_invisible(page),
            "{page}"
        );
    }

    #[test]
    fn text_pages_contain_nothing_to_click() {
        assert!(is_text(&[BASE_TEMPLATE, include_str!("templates/server-message.html")]));
        for template in [
            include_str!("templates/server-account.html"),
            include_str!("templates/server-login.html"),
            "<p><A href=\"/\">",
            "<br><input>",
        ] {
            assert!(!is_text(&[BASE_TEMPLATE, template]), "{template}");
        }
    }

    #[test]
    fn origin_cannot_start_another_directive() {
        let origins = [
            "https://lms.example",
            "https://*.lms.example:8443",
            "https://a;sandbox",
            "'unsafe-inline'",
            "a b",
            "",
            "https://é.example",
        ];
        assert_eq!(
            frame_ancestors(&origins.map(str::to_owned)),
            "frame-ancestors 'self' https://lms.example https://*.lms.example:8443"
        );
    }
}
