//! Whether a page is shown in a frame of another site, where browsers may store no cookies.

use axum::http::HeaderMap;

use crate::web::header::text;

/// Whether the response may be shown in a frame (Fetch Metadata Request Headers, 2.1). Browsers that
/// do not send this header do not support partitioned cookies either; they are recognised by
/// requesting HTML. Other programs are not framed.
pub(super) fn may_be_framed(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| text(value.as_bytes()));
    match text("sec-fetch-dest") {
        Some(destination) => matches!(&*destination, "iframe" | "frame" | "embed" | "object"),
        None => text("accept").is_some_and(|accepted| accepted.contains("text/html")),
    }
}
