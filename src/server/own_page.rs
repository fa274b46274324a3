//! Accepts forms only from the tool's own pages. Some forms are protected only by a handle, and
//! anyone who can get a handle could make another person's browser send it.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::domain::PublicUrl;
use crate::web::header::text;

/// Makes browsers send the page's origin with its form: with `no-referrer`, they send the origin
/// `null` (Fetch, 3.2). Requests to this tool also contain the page's URL.
pub(super) fn send_origin(headers: &mut HeaderMap) {
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
}

/// Whether a form was sent from one of the tool's pages. Every browser sends the origin with a
/// form.
pub(super) fn is_sender(headers: &HeaderMap, tool_url: &PublicUrl) -> bool {
    let text = |name: header::HeaderName| headers.get(name).map(|value| text(value.as_bytes()));
    let is_own_origin = text(header::ORIGIN)
        .is_some_and(|origin| origin == tool_url.to_url().origin().ascii_serialization());
    let is_other_site = text(header::HeaderName::from_static("sec-fetch-site"))
        .is_some_and(|site| site != "same-origin");
    is_own_origin && !is_other_site
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_pages_are_accepted_as_senders() {
        let tool_url = PublicUrl::new("https://tool.example/below", false).unwrap();
        for (origin, site, expected) in [
            (Some("https://tool.example"), Some("same-origin"), true),
            (Some("https://tool.example"), None, true),
            (Some("https://tool.example"), Some("cross-site"), false),
            (Some("https://lms.example"), Some("cross-site"), false),
            (Some("https://lms.example"), None, false),
            (Some("http://tool.example"), None, false),
            (Some("https://tool.example:8443"), None, false),
            (Some("null"), Some("same-origin"), false),
            (Some("null"), None, false),
            (None, Some("same-origin"), false),
            (None, None, false),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in [("origin", origin), ("sec-fetch-site", site)] {
                headers.extend(
                    value.map(|value| {
                        (header::HeaderName::from_static(name), value.parse().unwrap())
                    }),
                );
            }
            assert_eq!(is_sender(&headers, &tool_url), expected, "{origin:?} {site:?}");
        }
    }
}
