//! Parameters in: the query of a URL, the body of a form.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::{HeaderMap, StatusCode, header};
use tokio::sync::Semaphore;

use super::Limits;

/// Names and values in the order in which they came, repeated ones too.
pub(super) type Parameters = Vec<(String, String)>;

/// How much more than allowed is read and thrown away, so that the browser is done sending and reads the answer.
const THROWN_AWAY: usize = 8;

/// What a body may hold in memory without asking: more than a launch has.
const SMALL_BODY: usize = 32 * 1024;

/// What all unfinished bodies together may hold beyond that, in bytes.
static LARGE_BODIES: Semaphore = Semaphore::const_new(64 * 1024 * 1024);

/// Why a form cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// The server's limits forbid it; nothing is logged.
    Status(StatusCode),
    /// What came is not a form; the problem in words.
    Malformed(&'static str),
}

/// Decodes a query or a form (`application/x-www-form-urlencoded`, WHATWG URL 5.1), refusing what the standard's own parser would repair: a percent sign without two
/// hexadecimal digits, and bytes that are not UTF-8.
pub(super) fn decode(text: &[u8], parameters: &mut Parameters) -> Result<(), Unreadable> {
    for pair in text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = decode_one(halves.next().unwrap_or_default())?;
        parameters.push((name, decode_one(halves.next().unwrap_or_default())?));
    }
    Ok(())
}

fn decode_one(text: &[u8]) -> Result<String, Unreadable> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        rest = after;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let [high, low, after @ ..] = rest else { return Err(Unreadable::Malformed("its percent-encoding is broken")) };
                rest = after;
                hexadecimal(*high).zip(hexadecimal(*low)).map(|(high, low)| high << 4 | low).ok_or(Unreadable::Malformed("its percent-encoding is broken"))?
            }
            byte => *byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| Unreadable::Malformed("it is not UTF-8"))
}

/// The value of a hexadecimal digit.
pub(super) fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
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
    read_body_within(body, limit, time, &LARGE_BODIES).await
}

/// The same with a semaphore that has a permit for each byte that bodies may hold beyond [`SMALL_BODY`].
async fn read_body_within(body: Body, limit: usize, time: Duration, large: &Semaphore) -> Result<Vec<u8>, StatusCode> {
    let mut read = Vec::new();
    let mut length = 0_usize;
    let mut permits = large.try_acquire_many(0).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let all = async {
        let mut body = pin!(body);
        while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
            let Ok(data) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else { continue };
            length = length.saturating_add(data.len());
            if length > limit.saturating_mul(THROWN_AWAY) {
                break;
            }
            if length <= limit {
                let beyond = length.saturating_sub(SMALL_BODY.max(read.len()));
                let beyond = u32::try_from(beyond).map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
                permits.merge(large.try_acquire_many(beyond).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?);
                make_room(&mut read, data.len());
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

/// Makes room for so many more bytes, and only a little more than that: a vector's own doubling would cost twice of what has come.
fn make_room(read: &mut Vec<u8>, more: usize) {
    if read.capacity() - read.len() < more {
        read.reserve_exact(more.max(read.len() / 8));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(text: &[u8]) -> Result<Parameters, Unreadable> {
        let mut parameters = Parameters::new();
        decode(text, &mut parameters).map(|()| parameters)
    }

    #[test]
    fn what_browsers_never_send_is_refused() {
        for text in ["a=%", "a=%4", "a=%4g", "a=%%41", "%zz=b", "a=b&c=%f"] {
            assert_eq!(decoded(text.as_bytes()), Err(Unreadable::Malformed("its percent-encoding is broken")), "{text}");
        }
        for text in [b"a=\xff".as_slice(), b"a=%ff", b"a=%c3", b"\xc3=b", b"a=%ed%a0%80"] {
            assert_eq!(decoded(text), Err(Unreadable::Malformed("it is not UTF-8")), "{text:?}");
        }
    }

    #[tokio::test]
    async fn large_bodies_share_what_they_may_hold() {
        let large = Semaphore::new(100_000);
        let read = async |length: usize| read_body_within(Body::from(vec![b'a'; length]), 1_000_000, Duration::from_secs(5), &large).await;
        assert_eq!(read(SMALL_BODY + 100_000).await.map(|body| body.len()), Ok(SMALL_BODY + 100_000));
        assert_eq!(read(SMALL_BODY + 100_001).await, Err(StatusCode::SERVICE_UNAVAILABLE));
        assert_eq!(large.available_permits(), 100_000, "they are given back");
        let held = large.try_acquire_many(100_000).unwrap();
        assert_eq!(read(SMALL_BODY).await.map(|body| body.len()), Ok(SMALL_BODY), "launches need none");
        assert_eq!(read(SMALL_BODY + 1).await, Err(StatusCode::SERVICE_UNAVAILABLE));
        drop(held);
    }

    #[test]
    fn a_body_holds_little_more_than_has_come() {
        let mut read = Vec::new();
        for _ in 0..32 {
            make_room(&mut read, 8 * 1024);
            read.extend_from_slice(&[0; 8 * 1024]);
            assert!(read.capacity() <= read.len() / 8 * 9 + 8 * 1024, "{} for {}", read.capacity(), read.len());
        }
    }

    proptest! {
        #[test]
        fn whatever_browsers_send_is_read_back(pairs in prop::collection::vec((".*", ".*"), 0..8)) {
            let pairs: Parameters = pairs.into_iter().collect();
            let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            prop_assert_eq!(decoded(text.as_bytes()), Ok(pairs));
        }

        #[test]
        fn what_is_read_is_what_the_standard_reads(text in "[a-c=&+%0-9]{0,40}") {
            if let Ok(parameters) = decoded(text.as_bytes()) {
                prop_assert_eq!(parameters, url::form_urlencoded::parse(text.as_bytes()).into_owned().collect::<Parameters>());
            }
        }
    }
}
