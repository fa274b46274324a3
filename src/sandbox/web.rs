//! Forms and pages, for all endpoints.

use std::borrow::Cow;

use askama::Template;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::fields::{Fields, parse_fields};
use super::loopback::is_loopback;
use super::platform::Platform;

/// A header's value as text; what is not UTF-8 becomes U+FFFD, which occurs in no value that is
/// compared.
pub(super) fn text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

/// Reads the body of a form; `None` for any other content type.
pub(super) fn form(headers: &HeaderMap, body: &Bytes) -> Option<Fields> {
    let kind = text(headers.get(header::CONTENT_TYPE)?);
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded").then(|| parse_fields(body))
}

/// Reads a form that changes something. Browsers send the origin of its page, which must be the
/// platform, under one of its host names.
pub(super) fn own_form(
    issuer: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Fields, &'static str> {
    let text = |name: HeaderName| headers.get(name).map(text);
    if let Some(origin) = text(header::ORIGIN) {
        let from = origin.split_once("://").map(|(_, host)| host);
        if from.is_none()
            || from != text(header::HOST).as_deref()
            || !url::Url::parse(&origin).is_ok_and(|origin| is_own(issuer, &origin))
        {
            return Err("This form was sent from a page of another site.");
        }
    }
    form(headers, body).ok_or("This URL expects a form (application/x-www-form-urlencoded).")
}

/// Whether a host is an address, a name of this machine, or the issuer's.
pub(super) fn is_own_host(issuer: &str, host: &str) -> bool {
    url::Url::parse(&format!("http://{host}")).is_ok_and(|url| is_own(issuer, &url))
}

/// Whether a URL's host is an address, a name of this machine, or the issuer's.
fn is_own(issuer: &str, url: &url::Url) -> bool {
    let is_address = matches!(url.host(), Some(url::Host::Ipv4(_) | url::Host::Ipv6(_)));
    is_address
        || is_loopback(url)
        || url::Url::parse(issuer).is_ok_and(|issuer| issuer.host() == url.host())
}

/// A page with a strict content security policy, which `directives` extend; `nonce` is that of its
/// style and script.
pub(super) fn html(
    platform: &Platform,
    status: StatusCode,
    template: &impl Template,
    nonce: &str,
    directives: &str,
) -> Response {
    let Ok(body) = template.render() else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "The page could not be rendered.\n")
            .into_response();
    };
    let own = format!(
        "'self' {} http://localhost:{port} http://127.0.0.1:{port}",
        origin(&platform.issuer),
        port = platform.port
    );
    let policy = format!(
        "default-src 'none'; base-uri 'none'; style-src 'nonce-{nonce}'; script-src \
         'nonce-{nonce}'; img-src data:; frame-ancestors {own}{directives}"
    );
    let headers = [
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'")),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin")),
    ];
    (status, headers, Html(body)).into_response()
}

/// Scheme, host and port of a URL, for a content security policy.
pub(super) fn origin(url: &str) -> String {
    url::Url::parse(url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

/// Whether a text is an absolute http or https URL.
pub(super) fn is_web_url(text: &str) -> bool {
    url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
}

/// A short page with a message.
#[derive(Template)]
#[template(path = "sandbox-message.html")]
struct Message<'a> {
    title: &'a str,
    lines: &'a [String],
    nonce: &'a str,
}

/// Responds with a short page.
pub(super) fn message(
    platform: &Platform,
    status: StatusCode,
    title: &str,
    lines: &[String],
) -> Response {
    let nonce = platform.fresh_identifier();
    html(platform, status, &Message { title, lines, nonce: &nonce }, &nonce, "; form-action 'none'")
}

/// A form that submits itself.
#[derive(Template)]
#[template(path = "sandbox-submit.html")]
struct Submit<'a> {
    method: &'static str,
    action: &'a str,
    fields: &'a Fields,
    nonce: &'a str,
}

/// Responds with a form that submits itself. The policy does not restrict `form-action`, because
/// browsers apply it to the tool's redirects, too.
pub(super) fn submit(platform: &Platform, by_get: bool, action: &str, fields: &Fields) -> Response {
    let nonce = platform.fresh_identifier();
    let method = if by_get { "get" } else { "post" };
    html(platform, StatusCode::OK, &Submit { method, action, fields, nonce: &nonce }, &nonce, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_accepted_only_from_own_pages() {
        let body = Bytes::from_static(b"a=b");
        for (origin, host, accepted) in [
            (None, "localhost:8090", true),
            (Some("http://localhost:8090"), "localhost:8090", true),
            (Some("http://127.0.0.1:8090"), "127.0.0.1:8090", true),
            (Some("http://[::1]:8090"), "[::1]:8090", true),
            (Some("http://192.168.0.7:8090"), "192.168.0.7:8090", true),
            (Some("https://lms.example"), "lms.example", true),
            (Some("https://evil.example"), "localhost:8090", false),
            (Some("http://evil.example:8090"), "evil.example:8090", false),
            (Some("http://localhost.evil.example:8090"), "localhost.evil.example:8090", false),
            (Some("null"), "localhost:8090", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/x-www-form-urlencoded"),
            );
            headers.insert(header::HOST, HeaderValue::from_static(host));
            headers.extend(origin.map(|origin| (header::ORIGIN, HeaderValue::from_static(origin))));
            assert_eq!(
                own_form("https://lms.example", &headers, &body).is_ok(),
                accepted,
                "{origin:?} {host}"
            );
        }
    }
}
