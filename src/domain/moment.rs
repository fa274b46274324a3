//! Parses moments that people enter: how long ago, a day, or a time.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::{Invalid, duration};

/// Parses a duration before `now` (`90m`, `1h`, `7d`), the start of a day in UTC (`2026-11-25`), or
/// an RFC 3339 time.
///
/// # Errors
///
/// If it is anything else; the error contains `field`.
pub fn parse_moment(field: &str, text: &str, now: Timestamp) -> Result<Timestamp, Invalid> {
    let text = text.trim();
    let ago = |seconds: u32| now.checked_sub(SignedDuration::from_secs(seconds.into())).ok();
    let day = || {
        Offset::UTC
            .to_timestamp(text.parse::<Date>().ok().filter(|_| text.len() == 10)?.at(0, 0, 0, 0))
            .ok()
    };
    let moment = duration::parse_seconds(text)
        .and_then(ago)
        .or_else(|| text.parse::<Timestamp>().ok())
        .or_else(day);
    moment.ok_or_else(|| {
        Invalid::new(
            field,
            "must say how long ago, such as 1h or 7d, or be a \
        time such as 2026-11-25T08:00:00Z, or a day such as 2026-11-25",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_parsed() {
        let now: Timestamp = "2026-11-25T08:00:00Z".parse().unwrap();
        for (text, moment) in [
            ("1h", "2026-11-25T07:00:00Z"),
            (" 7d ", "2026-11-18T08:00:00Z"),
            ("2026-11-24", "2026-11-24T00:00:00Z"),
            ("2026-11-24T09:00:00+01:00", "2026-11-24T08:00:00Z"),
        ] {
            assert_eq!(parse_moment("since", text, now), Ok(moment.parse().unwrap()), "{text:?}");
        }
        for text in ["", "1", "yesterday", "2026-11-31", "24.11.2026", "4294967295s ago"] {
            assert!(
                parse_moment("since", text, now).unwrap_err().to_string().starts_with("since must"),
                "{text:?}"
            );
        }
    }
}
