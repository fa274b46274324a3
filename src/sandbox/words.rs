//! Enums whose variants have names for forms and command lines, and descriptions.

use std::str::FromStr;

/// An unknown word in a form or on the command line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {word:?} is unknown; choose one of {choices}")]
pub struct UnknownWord {
    /// The form's field.
    pub field: &'static str,
    /// The word.
    pub word: String,
    /// The known words, separated by commas.
    pub choices: String,
}

/// Defines an enum with a name for each variant: `ALL`, `name`, `description`, `Display` and
/// `FromStr`.
macro_rules! words {
    ($(#[$documentation:meta])* $type:ident, $field:literal { $($(#[$note:meta])* $variant:ident $name:literal $description:literal,)+ }) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $type { $(#[doc = $description] $(#[$note])* $variant,)+ }

        impl $type {
            /// All variants, in the order of the page.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in forms and on command lines.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// A description for people.
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)+ }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::sandbox::words::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|one| one.name() == text).ok_or_else(|| $crate::sandbox::words::UnknownWord {
                    field: $field,
                    word: text.to_owned(),
                    choices: Self::ALL.iter().map(|one| one.name()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}
pub(in crate::sandbox) use words;

/// Parses a word; `None` if it is empty.
pub(super) fn optional<T: FromStr>(text: &str) -> Result<Option<T>, T::Err> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some) }
}
