//! Cookies: one for each login and each session, all of them for use in frames of other sites.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::web::cookie;

/// A cookie that works in a platform's frame: `SameSite=None` because the platform is another site,
/// `Partitioned` because browsers discard other cookies there (CHIPS). One cookie is enough,
/// because older browsers ignore attributes that they do not support (RFC 6265, 5.2). If the
/// browser stores none, [`super::login`] finds another way. A maximum age of 0 clears it;
/// `Partitioned` is necessary then, too, or the cookie in the partition is kept.
pub(super) fn set(name: &str, value: &str, path: &str, max_age: i64) -> Option<HeaderValue> {
    HeaderValue::from_maybe_shared(axum::body::Bytes::from(format!(
        "{name}={value}; Path={path}; Max-Age={max_age}; HttpOnly; Secure; SameSite=None; \
         Partitioned"
    )))
    .ok()
}

/// A cookie of the tool's own host in a window of its own: it is not sent from frames of other
/// sites, and comes along when another site sends the person back (`SameSite=Lax`). A maximum age of
/// 0 clears it.
pub(super) fn set_in_window(name: &str, value: &str, max_age: i64) -> Option<HeaderValue> {
    HeaderValue::from_maybe_shared(axum::body::Bytes::from(format!(
        "{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; Secure; SameSite=Lax"
    )))
    .ok()
}

/// The browser's cookie with this name.
pub(super) fn get<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    cookie::find(headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes), name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_headers_are_read() {
        let mut headers = HeaderMap::new();
        let with_foreign_octets = "city=Z\u{fc}rich; a=1; b=2=3".as_bytes();
        headers.append(header::COOKIE, HeaderValue::from_bytes(with_foreign_octets).unwrap());
        headers.append(header::COOKIE, HeaderValue::from_static("d=4"));
        headers.append(header::COOKIE, HeaderValue::from_bytes(b"e=\xff").unwrap());
        for (name, value) in [("a", Some("1")), ("b", Some("2=3")), ("d", Some("4")), ("e", None)] {
            assert_eq!(get(&headers, name), value, "{name}");
        }
    }
}
