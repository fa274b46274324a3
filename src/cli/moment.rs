//! Moments as people write them: how long ago, a day, or a time.

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Invalid, duration};

/// Reads the moment that a flag names: a duration such as 1h or 7d, which is so long ago; a day, which is its beginning in UTC; or a time in RFC 3339.
pub(super) fn parse(flag: &str, text: &str, now: Timestamp) -> Result<Timestamp, Invalid> {
    let text = text.trim();
    if let Some(seconds) = duration::parse_seconds(text) {
        return Ok(now.saturating_sub(SignedDuration::from_secs(seconds.into())).unwrap_or(Timestamp::UNIX_EPOCH));
    }
    let time = text.parse().ok();
    // A time of day without its offset from UTC would leave open which moment it is.
    let day = || format!("{}T00:00:00Z", text.parse::<jiff::civil::Date>().ok().filter(|day| day.to_string() == text)?).parse().ok();
    time.or_else(day)
        .ok_or_else(|| Invalid::new(flag, "must be so long ago, such as 1h or 7d, a day such as 2026-11-25, or a time such as 2026-11-25T08:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_people_write_them() {
        let now: Timestamp = "2026-11-25T08:30:00Z".parse().unwrap();
        for (text, expected) in [
            ("1h", "2026-11-25T07:30:00Z"),
            (" 90m ", "2026-11-25T07:00:00Z"),
            ("7d", "2026-11-18T08:30:00Z"),
            ("0s", "2026-11-25T08:30:00Z"),
            ("36500d", "1926-12-20T08:30:00Z"),
            ("2026-11-25", "2026-11-25T00:00:00Z"),
            ("2026-11-25T08:00:00Z", "2026-11-25T08:00:00Z"),
            ("2026-11-25T09:00:00+01:00", "2026-11-25T08:00:00Z"),
        ] {
            assert_eq!(parse("--since", text, now), Ok(expected.parse().unwrap()), "{text:?}");
        }
        for text in ["", "yesterday", "1", "1w", "-1h", "2026-13-01", "2026-11-25T08:00:00", "99999999999d"] {
            assert!(parse("--since", text, now).is_err(), "{text:?}");
        }
    }
}
