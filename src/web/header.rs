//! Tolerant parsers of header values (RFC 9110).

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// Maximum pause that a server may request.
const MAX_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// A header's value as text. Values are octets (RFC 9110, 5.5): other programs on the same host, and
/// parts that no one here reads, may contain anything, and must not hide the rest. What is not UTF-8
/// becomes U+FFFD, which occurs in no value that is compared.
pub fn text(value: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(value)
}

/// Whether a `Content-Type` (RFC 9110, 8.3) has this media type, regardless of its parameters.
pub fn is_media_type(value: &[u8], media_type: &str) -> bool {
    let essence = value.split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(media_type.as_bytes())
}

/// `Retry-After` (RFC 9110, 10.2.3), as seconds or as a date: how long to wait, at most a day.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let pause = if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let until = rfc2822::parse(value).ok()?.timestamp();
        Duration::try_from(until.duration_since(now)).unwrap_or_default()
    };
    Some(pause.min(MAX_PAUSE))
}

/// For how long a response may be cached, by the values of all its `Cache-Control` headers (RFC
/// 9111,
/// 5.2.2): zero for `no-store` and `no-cache`, and otherwise the strictest `max-age`.
pub fn max_age<'v>(values: impl IntoIterator<Item = &'v str>) -> Option<Duration> {
    let ages = values.into_iter().flat_map(|value| value.split(',')).filter_map(|directive| {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => Some(0),
            "max-age" => value.trim().trim_matches('"').parse().ok(),
            _ => None,
        }
    });
    ages.min().map(Duration::from_secs)
}

/// The last address in a header such as `X-Forwarded-For`: the one that the trusted proxy itself
/// added.
pub fn forwarded_address(value: &str) -> Option<IpAddr> {
    let last = value.rsplit(',').next()?.trim();
    last.parse()
        .ok()
        .or_else(|| last.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .or_else(|| last.trim_matches(['[', ']']).parse().ok())
}

/// The token of an `Authorization` header (RFC 6750, section 2.1).
pub fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_octets_hide_nothing() {
        for (value, expected) in [
            (&b"Z\xc3\xbcrich, 192.0.2.2"[..], Some("192.0.2.2")),
            (b"Z\xfcrich,192.0.2.2:443", Some("192.0.2.2")),
            (b"192.0.2.2, Z\xfcrich", None),
        ] {
            let address = forwarded_address(&text(value));
            assert_eq!(address, expected.map(|address| address.parse().unwrap()), "{value:?}");
        }
        let cached = text(b"private=\"Z\xfcrich\", max-age=60");
        assert_eq!(max_age([&*cached]), Some(Duration::from_secs(60)));
        for (value, expected) in [
            (&b"application/json"[..], true),
            (b" Application/JSON ; charset=utf-8", true),
            (b"application/json;title=Z\xfcrich", true),
            (b"application/jsonZ\xfc", false),
            (b"text/plain; application/json", false),
            (b"", false),
        ] {
            assert_eq!(is_media_type(value, "application/json"), expected, "{value:?}");
        }
    }

    #[test]
    fn the_strictest_directive_counts() {
        for (values, seconds) in [
            (&["max-age=60"][..], Some(60)),
            (&["public, MAX-AGE=\"60\", max-age=30"], Some(30)),
            (&["max-age=60", "no-cache"], Some(0)),
            (&["no-store"], Some(0)),
            (&["max-age=-1", "max-age=x", "private"], None),
            (&[], None),
        ] {
            assert_eq!(
                max_age(values.iter().copied()),
                seconds.map(Duration::from_secs),
                "{values:?}"
            );
        }
    }
}
