//! Parameters in: the query of a URL, the body of a form.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::{HeaderMap, StatusCode, header};

use super::Limits;

/// Names and values in the order in which they came, repeated ones too.
pub(super) type Parameters = Vec<(String, String)>;

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
