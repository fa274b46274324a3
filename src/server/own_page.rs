//! Forms that only our own pages may send, where a handle in the form is all that it takes: anyone
//! who can make a handle could make another person's browser send it.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::domain::PublicUrl;

/// Lets a page's form say where it comes from: under `no-referrer`, browsers send the origin `null`
/// (Fetch, 3.2). Our own requests learn its address too.
pub(super) fn send_origin(headers: &mut HeaderMap) {
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
}

/// Whether a form was sent from a page of ours; every browser says where a form comes from.
pub(super) fn is_sender(headers: &HeaderMap, tool_url: &PublicUrl) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
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
    fn only_our_own_pages_send_our_forms() {
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
