//! Queries and forms (`application/x-www-form-urlencoded`, WHATWG URL 5.1).

use std::borrow::Cow;

/// Names and values in the order of the text, including repeated ones.
pub type Parameters = Vec<(String, String)>;

const BROKEN: &str = "has a percent sign that is not followed by two hexadecimal digits";
const NOT_UTF_8: &str = "is not valid UTF-8";

/// Decodes a query or a form and adds its parameters. Unlike the standard's parser, it rejects
/// malformed input.
///
/// # Errors
///
/// What is wrong, as a predicate: if a percent sign is not followed by two hexadecimal digits, or bytes are not UTF-8.
pub fn decode(text: &[u8], parameters: &mut Parameters) -> Result<(), &'static str> {
    for pair in text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = decode_one(halves.next().unwrap_or_default())?;
        parameters.push((name, decode_one(halves.next().unwrap_or_default())?));
    }
    Ok(())
}

fn decode_one(text: &[u8]) -> Result<String, &'static str> {
    // Most values, among them tokens of several kilobytes, are as they were sent.
    let spaced = if text.contains(&b'+') {
        Cow::Owned(text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect())
    } else {
        Cow::Borrowed(text)
    };
    String::from_utf8(percent_decode(&spaced).ok_or(BROKEN)?).map_err(|_| NOT_UTF_8)
}

/// Decodes percent-encoding (RFC 3986, section 2.1); `None` if two hexadecimal digits do not follow
/// a percent sign.
pub fn percent_decode(text: &[u8]) -> Option<Vec<u8>> {
    if !text.contains(&b'%') {
        return Some(text.to_vec());
    }
    let is_complete = text.split(|byte| *byte == b'%').skip(1).all(|after| {
        matches!(after, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
    });
    is_complete.then(|| percent_encoding::percent_decode(text).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(text: &[u8]) -> Result<Parameters, &'static str> {
        let mut parameters = Parameters::new();
        decode(text, &mut parameters).map(|()| parameters)
    }

    #[test]
    fn broken_encoding_is_rejected() {
        for text in ["a=%", "a=%4", "a=%4g", "a=%%41", "%zz=b", "a=b&c=%f"] {
            assert_eq!(decoded(text.as_bytes()), Err(BROKEN), "{text}");
        }
        for text in [b"a=\xff".as_slice(), b"a=%ff", b"a=%c3", b"\xc3=b", b"a=%ed%a0%80"] {
            assert_eq!(decoded(text), Err(NOT_UTF_8), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn forms_of_browsers_are_read_back(pairs in prop::collection::vec((".*", ".*"), 0..8)) {
            let pairs: Parameters = pairs.into_iter().collect();
            let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            prop_assert_eq!(decoded(text.as_bytes()), Ok(pairs));
        }

        #[test]
        fn reads_like_the_standard(text in "[a-c=&+%0-9]{0,40}") {
            if let Ok(parameters) = decoded(text.as_bytes()) {
                prop_assert_eq!(parameters, url::form_urlencoded::parse(text.as_bytes()).into_owned().collect::<Parameters>());
            }
        }
    }
}
