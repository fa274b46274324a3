//! Durations as people write them: a whole number and a unit, such as 30m, 8h or 90d.

use std::ops::RangeInclusive;

use super::Invalid;

/// Seconds of a minute.
pub const MINUTE: u32 = 60;
/// Seconds of an hour.
pub const HOUR: u32 = 60 * MINUTE;
/// Seconds of a day.
pub const DAY: u32 = 24 * HOUR;

/// The units, the largest first.
const UNITS: [(char, u32); 4] = [('d', DAY), ('h', HOUR), ('m', MINUTE), ('s', 1)];

/// The seconds of a number with s, m, h or d; `None` for anything else, and if the number is too
/// large.
pub fn parse_seconds(text: &str) -> Option<u32> {
    let text = text.trim();
    let unit = text.chars().last()?;
    let (_, seconds) = UNITS.into_iter().find(|(letter, _)| *letter == unit)?;
    let number = &text[..text.len() - 1];
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<u32>().ok()?.checked_mul(seconds)
}

/// Seconds in the largest unit that expresses them exactly.
pub fn describe(seconds: u32) -> String {
    let (letter, unit) =
        UNITS.into_iter().find(|(_, unit)| seconds.is_multiple_of(*unit)).unwrap_or(('s', 1));
    format!("{}{letter}", seconds / unit)
}

/// The error for text that is not a duration, or is outside the bounds.
pub(in crate::domain) fn out_of_bounds(
    field: &str,
    bounds: &RangeInclusive<u32>,
    example: &str,
) -> Invalid {
    let (least, most) = (describe(*bounds.start()), describe(*bounds.end()));
    Invalid::new(
        field,
        format!("must be a number with s, m, h or d between {least} and {most}, such as {example}"),
    )
}

/// Defines types of durations within bounds, with units. `or off` defines one that can be off.
macro_rules! durations {
    () => {};
    ($(#[$documentation:meta])* $name:ident, $field:literal, $bounds:expr, $example:literal; $($rest:tt)*) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(u32);

        impl $name {
            /// A duration of this many seconds.
            ///
            /// # Errors
            ///
            /// If it is outside the bounds.
            pub fn from_seconds(seconds: u32) -> Result<Self, $crate::domain::Invalid> {
                if $bounds.contains(&seconds) { Ok(Self(seconds)) } else { Err(Self::invalid()) }
            }

            /// The duration in seconds.
            pub fn seconds(self) -> u32 {
                self.0
            }

            /// The duration itself.
            pub fn duration(self) -> jiff::SignedDuration {
                jiff::SignedDuration::from_secs(self.0.into())
            }

            fn invalid() -> $crate::domain::Invalid {
                $crate::domain::duration::out_of_bounds($field, &$bounds, $example)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::Invalid;

            fn from_str(text: &str) -> Result<Self, $crate::domain::Invalid> {
                $crate::domain::duration::parse_seconds(text).and_then(|seconds| Self::from_seconds(seconds).ok()).ok_or_else(Self::invalid)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(&$crate::domain::duration::describe(self.0))
            }
        }

        $crate::domain::duration::durations! { $($rest)* }
    };
    ($(#[$documentation:meta])* $name:ident or off, $field:literal, $bounds:expr, $example:literal; $($rest:tt)*) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(Option<u32>);

        impl $name {
            /// Off.
            pub const OFF: Self = Self(None);

            /// The duration; `None` if it is off.
            pub fn duration(self) -> Option<jiff::SignedDuration> {
                self.0.map(|seconds| jiff::SignedDuration::from_secs(seconds.into()))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::Invalid;

            fn from_str(text: &str) -> Result<Self, $crate::domain::Invalid> {
                if text.trim() == "off" {
                    return Ok(Self::OFF);
                }
                let seconds = $crate::domain::duration::parse_seconds(text).filter(|seconds| $bounds.contains(seconds));
                seconds.map(|seconds| Self(Some(seconds))).ok_or_else(|| $crate::domain::duration::out_of_bounds($field, &$bounds, concat!($example, ", \
                    or off")))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.0 {
                    None => formatter.pad("off"),
                    Some(seconds) => formatter.pad(&$crate::domain::duration::describe(seconds)),
                }
            }
        }

        $crate::domain::duration::durations! { $($rest)* }
    };
}

pub(in crate::domain) use durations;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        EnrolmentDuration, InvitationLifetime, KeyRotation, LaunchRetention, SessionLifetime,
        SyncInterval,
    };

    #[test]
    fn durations_are_parsed_as_they_are_written() {
        for (text, seconds, written) in [
            ("8h", 28_800, "8h"),
            ("90m", 5_400, "90m"),
            ("61s", 61, "61s"),
            (" 7d ", 604_800, "7d"),
            ("3600s", 3_600, "1h"),
            ("0d", 0, "0d"),
        ] {
            assert_eq!(parse_seconds(text), Some(seconds), "{text:?}");
            assert_eq!(describe(seconds), written);
        }
        for text in
            ["", "8", "h", "-1h", "+1h", "99999999999h", "4294967295d", "8 h", "é", "1w", "1é"]
        {
            assert_eq!(parse_seconds(text), None, "{text:?}");
        }
    }

    #[test]
    fn every_duration_has_its_bounds() {
        fn check<T: std::str::FromStr<Err = crate::domain::Invalid> + ToString>(
            allowed: &[&str],
            refused: &[&str],
        ) {
            for text in allowed {
                assert_eq!(
                    text.parse::<T>().map(|duration| duration.to_string()),
                    Ok((*text).to_owned()),
                    "{}",
                    std::any::type_name::<T>()
                );
            }
            for text in refused.iter().chain(&["", "5", "never", "-1m"]) {
                assert!(text.parse::<T>().is_err(), "{} {text:?}", std::any::type_name::<T>());
            }
        }
        check::<SessionLifetime>(&["1m", "8h", "7d"], &["59s", "8d", "off"]);
        check::<InvitationLifetime>(&["1m", "7d", "90d"], &["59s", "91d", "off"]);
        check::<EnrolmentDuration>(&["1m", "90d", "3650d"], &["59s", "3651d", "off"]);
        check::<SyncInterval>(&["1m", "30m", "7d", "off"], &["59s", "8d"]);
        check::<LaunchRetention>(&["1d", "90d", "3650d", "off"], &["23h", "3651d"]);
        check::<KeyRotation>(&["7d", "90d", "3650d", "off"], &["6d", "3651d"]);
        assert_eq!(
            "x".parse::<SyncInterval>().unwrap_err().to_string(),
            "sync_interval must be a number with s, m, h or d between 1m and 7d, such as 30m, or \
             off"
        );
        assert_eq!(
            "x".parse::<SessionLifetime>().unwrap_err().to_string(),
            "session_lifetime must be a number with s, m, h or d between 1m and 7d, such as 8h"
        );
    }
}
