//! Parameters in: the query of a URL, the body of a form.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::{HeaderMap, StatusCode, header};

use super::Limits;
use crate::web::form;
pub(super) use crate::web::form::Parameters;

/// How much more than allowed is read and thrown away, so that the browser is done sending and reads the answer.
const THROWN_AWAY: usize = 8;

/// Why a form cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// The server's limits forbid it; nothing is logged.
    Status(StatusCode),
    /// What came is not a form; the problem in words.
    Malformed(&'static str),
}

/// Decodes a query or a form and adds its parameters.
pub(super) fn decode(text: &[u8], parameters: &mut Parameters) -> Result<(), Unreadable> {
    form::decode(text, parameters).map_err(Unreadable::Malformed)
}

/// Reads the body of a form within the limits and adds its parameters.
pub(super) async fn read(headers: &HeaderMap, body: Body, limits: &Limits, parameters: &mut Parameters) -> Result<(), Unreadable> {
    let body = read_body(body, limits.body_bytes, limits.body_time).await.map_err(Unreadable::Status)?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Unreadable::Status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    decode(&body, parameters)
}

/// Reads a body within these bounds of size and time.
pub(super) async fn read_body(body: Body, limit: usize, time: Duration) -> Result<Vec<u8>, StatusCode> {
    let mut read = Vec::new();
    let mut length = 0_usize;
    let all = async {
        let mut body = pin!(body);
        while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
            let Ok(data) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else { continue };
            length = length.saturating_add(data.len());
            if length > limit.saturating_mul(THROWN_AWAY) {
                break;
            }
            if length <= limit {
                read.extend_from_slice(&data);
            }
        }
        Ok(())
    };
    match tokio::time::timeout(time, all).await {
        Ok(Err(status)) => Err(status),
        _ if length > limit => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Ok(())) => Ok(read),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}
