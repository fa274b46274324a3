//! Reads the parameters of queries and forms.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use tokio::sync::Semaphore;

use super::options::Limits;
use crate::report::clean;
use crate::web::form;
pub(super) use crate::web::form::Parameters;
use crate::web::header::is_media_type;

/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// A body that is too large is read up to this many times the limit and discarded, so that the
/// browser finishes sending and reads the response.
const DISCARD_FACTOR: usize = 8;

/// How much memory a body may use in any case: more than a launch needs.
const SMALL_BODY: usize = 32 * 1024;

/// How much memory all unfinished bodies together may use beyond that, in bytes.
static LARGE_BODIES: Semaphore = Semaphore::const_new(64 * 1024 * 1024);

/// Why a form cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It breaks the server's limits; nothing is logged.
    Status(StatusCode),
    /// It is malformed: the form or, if so, the query, and a description of the problem.
    Malformed {
        /// Whether it is the query of the URL.
        is_query: bool,
        /// What is wrong with it, as a predicate.
        problem: &'static str,
    },
}

/// Maximum length of a search, in characters.
pub(super) const MAX_SEARCH_CHARACTERS: usize = 100;

/// The text of a search, from the value of a field.
pub(super) fn search_text(value: &str) -> String {
    clean(value.trim()).chars().take(MAX_SEARCH_CHARACTERS).collect()
}

/// Decodes a query and adds its parameters.
pub(super) fn decode(query: &[u8], parameters: &mut Parameters) -> Result<(), Unreadable> {
    form::decode(query, parameters)
        .map_err(|problem| Unreadable::Malformed { is_query: true, problem })
}

/// Reads the body of a form within the limits and adds its parameters.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    limits: &Limits,
    parameters: &mut Parameters,
) -> Result<(), Unreadable> {
    let body = read_raw(headers, body, limits).await?;
    form::decode(&body, parameters)
        .map_err(|problem| Unreadable::Malformed { is_query: false, problem })
}

/// The parameters of a request that may be sent in either way: those of the form if it is posted, or
/// else those of the query.
pub(super) async fn read_either(
    head: &Parts,
    body: Body,
    limits: &Limits,
) -> Result<Parameters, Unreadable> {
    let mut parameters = Parameters::new();
    if head.method == Method::POST {
        read(&head.headers, body, limits, &mut parameters).await?;
    } else {
        decode(head.uri.query().unwrap_or_default().as_bytes(), &mut parameters)?;
    }
    Ok(parameters)
}

/// Reads the body of a form within the limits, byte for byte.
pub(super) async fn read_raw(
    headers: &HeaderMap,
    body: Body,
    limits: &Limits,
) -> Result<Vec<u8>, Unreadable> {
    let body =
        read_body(body, limits.body_bytes, limits.body_time).await.map_err(Unreadable::Status)?;
    let kind = headers.get(header::CONTENT_TYPE);
    if !kind.is_some_and(|kind| is_media_type(kind.as_bytes(), FORM)) {
        return Err(Unreadable::Status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    Ok(body)
}

/// Reads a body within these limits of size and time.
pub(super) async fn read_body(
    body: Body,
    limit: usize,
    time: Duration,
) -> Result<Vec<u8>, StatusCode> {
    read_body_within(body, limit, time, &LARGE_BODIES).await
}

/// Like [`read_body`], with a semaphore, which has a permit for each byte that bodies may use
/// beyond [`SMALL_BODY`].
async fn read_body_within(
    body: Body,
    limit: usize,
    time: Duration,
    large: &Semaphore,
) -> Result<Vec<u8>, StatusCode> {
    let mut read = Vec::new();
    let mut length = 0_usize;
    let mut permits = large.try_acquire_many(0).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let all = async {
        let mut body = pin!(body);
        while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
            let Ok(data) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else {
                continue;
            };
            length = length.saturating_add(data.len());
            if length > limit.saturating_mul(DISCARD_FACTOR) {
                break;
            }
            if length <= limit {
                let beyond = length.saturating_sub(SMALL_BODY.max(read.len()));
                let beyond = u32::try_from(beyond).map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
                permits.merge(
                    large.try_acquire_many(beyond).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?,
                );
                reserve(&mut read, data.len());
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

/// Reserves space for this many more bytes and little more: a vector would double its capacity.
fn reserve(read: &mut Vec<u8>, more: usize) {
    if read.capacity() - read.len() < more {
        read.reserve_exact(more.max(read.len() / 8));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn large_bodies_share_a_memory_limit() {
        let large = Semaphore::new(100_000);
        let read = async |length: usize| {
            read_body_within(
                Body::from(vec![b'a'; length]),
                1_000_000,
                Duration::from_secs(5),
                &large,
            )
            .await
        };
        assert_eq!(
            read(SMALL_BODY + 100_000).await.map(|body| body.len()),
            Ok(SMALL_BODY + 100_000)
        );
        assert_eq!(read(SMALL_BODY + 100_001).await, Err(StatusCode::SERVICE_UNAVAILABLE));
        assert_eq!(large.available_permits(), 100_000, "they are given back");
        let held = large.try_acquire_many(100_000).unwrap();
        assert_eq!(
            read(SMALL_BODY).await.map(|body| body.len()),
            Ok(SMALL_BODY),
            "launches need none"
        );
        assert_eq!(read(SMALL_BODY + 1).await, Err(StatusCode::SERVICE_UNAVAILABLE));
        drop(held);
    }

    #[test]
    fn body_uses_little_more_memory_than_its_length() {
        let mut read = Vec::new();
        for _ in 0..32 {
            reserve(&mut read, 8 * 1024);
            read.extend_from_slice(&[0; 8 * 1024]);
            assert!(
                read.capacity() <= read.len() / 8 * 9 + 8 * 1024,
                "{} for {}",
                read.capacity(),
                read.len()
            );
        }
    }
}
