//! Lone surrogates in names and titles.
//!
//! JSON can write half of a UTF-16 pair, such as `\ud83d`, which is no character (RFC 8259, 8.2). A
//! platform that cuts a title in the middle of an emoji sends one, and the parser rejects the whole
//! payload because of it. In a text that is only shown, U+FFFD takes its place; anywhere else, the
//! payload stays malformed, because two different identifiers must not become the same.

/// The texts that are only shown, by the names that lead to them.
const SHOWN: [&[&str]; 11] = [
    &["name"],
    &["given_name"],
    &["family_name"],
    &["middle_name"],
    &["https://purl.imsglobal.org/spec/lti/claim/context", "label"],
    &["https://purl.imsglobal.org/spec/lti/claim/context", "title"],
    &["https://purl.imsglobal.org/spec/lti/claim/resource_link", "title"],
    &["https://purl.imsglobal.org/spec/lti/claim/resource_link", "description"],
    &["https://purl.imsglobal.org/spec/lti/claim/tool_platform", "name"],
    &["https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings", "title"],
    &["https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings", "text"],
];

/// What takes the place of a lone surrogate: as long as its escape.
const REPLACEMENT: &str = "\\ufffd";

/// An object or a list that is open at a position of the payload.
enum Open {
    Object {
        /// The name of the member that is being read.
        name: String,
        /// Whether its colon has been read, so that the next text is its value.
        in_value: bool,
    },
    List,
}

/// The payload with U+FFFD for each lone surrogate in a text that is only shown; `None` if there is
/// none.
pub(super) fn replaced(payload: &str) -> Option<String> {
    let mut replaced = payload.to_owned();
    for place in lone_surrogates_in_shown_texts(payload) {
        replaced.replace_range(place..place + REPLACEMENT.len(), REPLACEMENT);
    }
    (replaced != payload).then_some(replaced)
}

/// The positions of their escapes. The payload need not be valid JSON.
fn lone_surrogates_in_shown_texts(payload: &str) -> Vec<usize> {
    let bytes = payload.as_bytes();
    let (mut places, mut open, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' => open.push(Open::Object { name: String::new(), in_value: false }),
            b'[' => open.push(Open::List),
            b'}' | b']' => drop(open.pop()),
            b':' | b',' => {
                if let Some(Open::Object { in_value, .. }) = open.last_mut() {
                    *in_value = *byte == b':';
                }
            }
            b'"' => {
                let end = end_of_text(bytes, at);
                let text = payload.get(at..end).unwrap_or_default();
                if let Some(Open::Object { name, in_value: false }) = open.last_mut() {
                    *name = serde_json::from_str(text).unwrap_or_default();
                } else if is_shown(&open) {
                    places.extend(lone_surrogates(text).into_iter().map(|place| at + place));
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    places
}

/// The position after the text that starts with the quotation mark at `start`.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    loop {
        match bytes.get(at) {
            None => return bytes.len(),
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
        }
    }
}

fn is_shown(open: &[Open]) -> bool {
    SHOWN.iter().any(|path| {
        path.len() == open.len()
            && path.iter().zip(open).all(
                |(known, open)| matches!(open, Open::Object { name, .. } if name.as_str() == *known),
            )
    })
}

/// The positions of the lone surrogates' escapes in a text.
fn lone_surrogates(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let unit = |at: usize| {
        let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let (mut places, mut at) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        at += match (byte, unit(at)) {
            (b'\\', Some(0xd800..=0xdbff)) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => 12,
            (b'\\', Some(0xd800..=0xdfff)) => {
                places.push(at);
                6
            }
            (b'\\', _) => 2,
            _ => 1,
        };
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lone_surrogates_of_shown_texts_are_replaced() {
        let context = "https://purl.imsglobal.org/spec/lti/claim/context";
        for (payload, expected) in [
            (r#"{"name":"Sam \ud83d"}"#.to_owned(), Some(r#"{"name":"Sam \ufffd"}"#.to_owned())),
            (
                r#"{"name":"\uDC00\ud83d\ude00\\ud83d"}"#.to_owned(),
                Some(r#"{"name":"\ufffd\ud83d\ude00\\ud83d"}"#.to_owned()),
            ),
            (
                r#"{"name":"\ud83d\ud83d\ude00"}"#.to_owned(),
                Some(r#"{"name":"\ufffd\ud83d\ude00"}"#.to_owned()),
            ),
            (r#"{"n\u0061me":"\ud83d"}"#.to_owned(), Some(r#"{"n\u0061me":"\ufffd"}"#.to_owned())),
            (
                format!(r#"{{"a":["{{",{{}}],"{context}":{{"id":"\ud83d","title" : "\ud83d"}}}}"#),
                Some(format!(
                    r#"{{"a":["{{",{{}}],"{context}":{{"id":"\ud83d","title" : "\ufffd"}}}}"#
                )),
            ),
            (r#"{"name":"\ud83d\ude00"}"#.to_owned(), None),
            (r#"{"name":"\\ud83d"}"#.to_owned(), None),
            (r#"{"sub":"\ud83d"}"#.to_owned(), None),
            (r#"{"iss":"\ud83d","nonce":"\ud83d","email":"\ud83d"}"#.to_owned(), None),
            (r#"{"title":"\ud83d"}"#.to_owned(), None),
            (r#"{"x":{"name":"\ud83d"}}"#.to_owned(), None),
            (r#"{"name":["\ud83d"]}"#.to_owned(), None),
            (r#"{"name":{"name":"\ud83d"}}"#.to_owned(), None),
            (r#"{"\ud83d":"name"}"#.to_owned(), None),
            (r#"{"name":"\ud8"#.to_owned(), None),
            (r#"{"name":"\"#.to_owned(), None),
            (r#"}]{"name":"#.to_owned(), None),
            (r#"{"name":"\ud83d"#.to_owned(), Some(r#"{"name":"\ufffd"#.to_owned())),
        ] {
            assert_eq!(replaced(&payload), expected, "{payload}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_payload_makes_it_panic(payload in r#"([\\{}\[\]":,uüd8c0name]|\\ud83d|"name":)*"#) {
            let replaced = replaced(&payload);
            proptest::prop_assert!(replaced.is_none_or(|text| text.len() == payload.len()));
        }
    }
}
