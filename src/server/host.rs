//! The host of a request. It is not trusted, but a proxy or cache in front might read it differently,
//! so an ambiguous request is rejected.

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::web::header::text;
use crate::web::host::is_host;

/// Whether the request has exactly one valid `Host` (RFC 9112, 3.2); before HTTP/1.1 it need not
/// have one.
pub(super) fn is_valid(version: Version, headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::HOST).iter();
    match (values.next(), values.next()) {
        (None, _) => version < Version::HTTP_11,
        (Some(value), None) => is_host(&text(value.as_bytes())),
        (Some(_), Some(_)) => false,
    }
}

/// Rejects requests without a valid `Host` with plain text.
pub(super) async fn check(request: Request, next: Next) -> Response {
    if is_valid(request.version(), request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::BAD_REQUEST, "the Host header is missing or invalid\n").into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn one_header_that_is_text_is_valid() {
        for (values, expected) in [
            (&[][..], false),
            (&["tool.example:443".as_bytes()], true),
            (&["tool.example".as_bytes(), b"tool.example"], false),
            (&["töol.example".as_bytes()], false),
            (&["".as_bytes()], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::HOST, HeaderValue::from_bytes(value).unwrap());
            }
            assert_eq!(is_valid(Version::HTTP_11, &headers), expected, "{values:?}");
            assert_eq!(
                is_valid(Version::HTTP_10, &headers),
                expected || values.is_empty(),
                "{values:?}"
            );
        }
    }
}
