//! Cookies: one for each login, one for each session, all of them for frames of other sites.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::web::cookie;

/// A cookie that works inside a platform's frame: `SameSite=None` because the platform is another
/// site, `Partitioned` because browsers drop others there (CHIPS). One cookie is enough: browsers
/// pass over attributes that they do not know (RFC 6265, 5.2), so to those older than `Partitioned`
/// it is an ordinary cookie for other sites' frames. Where neither is kept, [`super::login`] finds
/// another way. A maximum age of 0 takes it away; `Partitioned` must stand there too, or the one in
/// the partition stays.
pub(super) fn set(name: &str, value: &str, path: &str, max_age: i64) -> Option<HeaderValue> {
    HeaderValue::from_maybe_shared(axum::body::Bytes::from(format!(
        "{name}={value}; Path={path}; Max-Age={max_age}; HttpOnly; Secure; SameSite=None; \
         Partitioned"
    )))
    .ok()
}

/// The browser's cookie of a name.
pub(super) fn get<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    cookie::find(headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok()), name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_headers_that_are_text_are_read() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; b=2=3"));
        headers.append(header::COOKIE, HeaderValue::from_static("d=4"));
        headers.append(header::COOKIE, HeaderValue::from_bytes(b"e=\xff").unwrap());
        for (name, value) in [("a", Some("1")), ("b", Some("2=3")), ("d", Some("4")), ("e", None)] {
            assert_eq!(get(&headers, name), value, "{name}");
        }
    }
}
