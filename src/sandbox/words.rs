//! Lists of choices with a word for each, for forms, command lines and people.

use std::str::FromStr;

/// A word of the sandbox's form or API that names nothing the sandbox has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {word:?} is unknown; choose one of {choices}")]
pub struct UnknownWord {
    /// The form's field.
    pub field: &'static str,
    /// What was asked for.
    pub word: String,
    /// What there is, separated by commas.
    pub choices: String,
}

/// Gives a plain enum its words: `ALL`, `name`, `description`, `Display` and `FromStr`.
macro_rules! words {
    ($(#[$documentation:meta])* $type:ident, $field:literal { $($(#[$note:meta])* $variant:ident $name:literal $description:literal,)+ }) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $type { $(#[doc = $description] $(#[$note])* $variant,)+ }

        impl $type {
            /// All of them, in the order in which the page offers them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word in forms and on command lines.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The same for people.
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

/// Reads one of the words, where an empty one means that nothing was chosen.
pub(super) fn optional<T: FromStr>(text: &str) -> Result<Option<T>, T::Err> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some) }
}
