//! Closed sets of words, spelled alike on the command line, in the database and in JSON.

/// An enum whose variants are words: `as_str` and `FromStr` go there and back, and serde writes and
/// reads the same words.
macro_rules! words {
    ($(#[$documentation:meta])* $name:ident, $field:literal, { $($(#[$variant_documentation:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub enum $name {
            $($(#[$variant_documentation])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every word that is allowed.
            pub const WORDS: &[&str] = &[$($word),+];

            /// The word on the command line, in the database and in JSON.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::Invalid;

            fn from_str(text: &str) -> Result<Self, $crate::domain::Invalid> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::domain::Invalid::new($field, format!("must be one of {}", Self::WORDS.join(", \
                        ")))),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }
    };
}

pub(in crate::domain) use words;
