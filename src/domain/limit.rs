//! How much one registration can accumulate.

use super::Invalid;

/// The most bytes that the texts of a registration's open sessions have; beyond that, its oldest
/// sessions end. That is about a million sessions of ordinary launches.
pub const LARGEST_SESSIONS: i64 = 1 << 30;

/// Types of numbers within bounds that limit something.
macro_rules! limits {
    ($($(#[$documentation:meta])* $name:ident, $field:literal, $bounds:expr, $default:literal;)+) => {$(
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(u32);

        impl $name {
            /// The number itself.
            pub fn number(self) -> u32 {
                self.0
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self($default)
            }
        }

        impl std::str::FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                let number = text.trim().parse().ok().filter(|number| $bounds.contains(number));
                let (least, most) = ($bounds.start(), $bounds.end());
                number.map(Self).ok_or_else(|| Invalid::new($field, format!("must be a whole \
                    number between {least} and {most}, such as {}", $default)))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }
    )+};
}

limits! {
    /// How many launches of one registration may wait for their people at the same time.
    ///
    /// A wait ends after 30 minutes at most, and only people without an account wait. To reach the
    /// default, more than five new people would have to come from one platform in every second of
    /// half an hour, and leave without an answer.
    WaitingLaunchLimit, "waiting_launch_limit", 1..=1_000_000, 10_000;

    /// How many accounts launches and member lists may create for one registration.
    ///
    /// A person gets one account once. The default is more than the students of any university with
    /// one platform; a platform of a whole country may need more.
    AccountLimit, "account_limit", 1..=100_000_000, 200_000;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_whole_numbers_within_bounds() {
        for (text, expected) in [
            ("1", Some(1)),
            (" 5000 ", Some(5000)),
            ("1000000", Some(1_000_000)),
            ("1000001", None),
            ("0", None),
            ("-1", None),
            ("off", None),
            ("", None),
        ] {
            assert_eq!(
                text.parse::<WaitingLaunchLimit>().ok().map(WaitingLaunchLimit::number),
                expected,
                "{text:?}"
            );
        }
        assert_eq!(AccountLimit::default().to_string(), "200000");
    }
}
