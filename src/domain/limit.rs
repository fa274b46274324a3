//! How much one registration can accumulate.

use super::Invalid;

/// Maximum number of bytes in the texts of a registration's open sessions; if it is exceeded, its
/// oldest sessions end. This allows about a million typical sessions.
pub const MAX_SESSION_BYTES: i64 = 1 << 30;

/// Defines types of limits, which are numbers within bounds.
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
    /// How many launches of one registration may wait for people to choose an account at the same
    /// time.
    ///
    /// A launch waits 30 minutes at most, and only for people without an account. To reach the
    /// default, more than five new people per second would have to launch from one platform for
    /// half an hour without choosing.
    WaitingLaunchLimit, "waiting_launch_limit", 1..=1_000_000, 10_000;

    /// How many accounts launches and member lists may create for one registration.
    ///
    /// Each person gets one account. The default exceeds the number of students of any university
    /// with one platform; a platform of a whole country may need more.
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
