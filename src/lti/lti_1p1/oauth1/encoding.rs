//! Encodings of names and values: forms, headers, and the percent-encoding of signatures.

use percent_encoding::percent_decode;

/// Names and values as octets, in the order in which they were sent. Names can repeat.
pub type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// Parses a form or a query (`application/x-www-form-urlencoded`; RFC 5849, 3.4.1.3.1): `+` becomes
/// a space, `%XX` an octet, and a name without `=` has an empty value. Nothing between two `&` is
/// no pair.
///
/// A percent sign without two hexadecimal digits after it stays as it is, as in PHP and the URL
/// standard (WHATWG URL, 1.3); Java refuses it. Nothing can be gained by sending one: the
/// signature covers the result.
pub fn parse_form(text: &[u8]) -> Pairs {
    text.split(|octet| *octet == b'&').filter(|pair| !pair.is_empty()).map(parse_pair).collect()
}

fn parse_pair(pair: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut halves = pair.splitn(2, |octet| *octet == b'=');
    let mut half = || decode_form(halves.next().unwrap_or_default());
    let name = half();
    (name, half())
}

fn decode_form(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> =
        text.iter().map(|octet| if *octet == b'+' { b' ' } else { *octet }).collect();
    percent_decode(&spaced).collect()
}

/// Parses the value of an `Authorization` header of the scheme `OAuth` (RFC 5849, 3.5.1), without
/// `realm`, which is not signed. `None` for another scheme, or if it is malformed.
pub fn parse_authorization(header: &[u8]) -> Option<Pairs> {
    let (scheme, mut rest) = header.trim_ascii().split_at_checked(5)?;
    if !scheme.eq_ignore_ascii_case(b"OAuth") || !rest.first()?.is_ascii_whitespace() {
        return None;
    }
    let mut pairs = Pairs::new();
    loop {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return Some(pairs);
        }
        let equals = rest.iter().position(|octet| *octet == b'=')?;
        let name = rest[..equals].trim_ascii();
        let (value, after) = quoted(rest[equals + 1..].trim_ascii_start())?;
        if name.is_empty() || name.iter().any(|octet| matches!(octet, b',' | b'"')) {
            return None;
        }
        if !name.eq_ignore_ascii_case(b"realm") {
            pairs.push((percent_decode(name).collect(), percent_decode(value).collect()));
        }
        rest = match after.trim_ascii_start() {
            [b',', next @ ..] => next,
            [] => &[],
            _ => return None,
        };
    }
}

/// The value at the start of a text, in quotation marks or up to a comma, and what follows it.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let [b'"', inside @ ..] = text else {
        let end = text.iter().position(|octet| *octet == b',').unwrap_or(text.len());
        return Some((text[..end].trim_ascii(), &text[end..]));
    };
    let mut is_escaped = false;
    let end = inside.iter().position(|octet| {
        let is_end = *octet == b'"' && !is_escaped;
        is_escaped = *octet == b'\\' && !is_escaped;
        is_end
    })?;
    Some((&inside[..end], &inside[end + 1..]))
}

/// Appends octets in the percent-encoding of signatures (RFC 5849, 3.6): everything except letters,
/// digits, `-`, `.`, `_` and `~`, in capitals.
pub(super) fn encode_into(octets: &[u8], text: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for octet in octets {
        if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(*octet));
        } else {
            text.push('%');
            text.push(char::from(DIGITS[usize::from(octet >> 4)]));
            text.push(char::from(DIGITS[usize::from(octet & 15)]));
        }
    }
}

/// [`encode_into`] a new text.
pub(in crate::lti) fn encode(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    encode_into(octets, &mut text);
    text
}
