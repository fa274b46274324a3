//! Enumerations whose words are the same on the command line, in manifests, in JSON, in schemas, in
//! shell completion and in the database.

/// Defines an enum and its words, from which everything else is derived: `as_str`, `Display`,
/// `FromStr`, clap's `ValueEnum`, serde's traits and the JSON schema.
macro_rules! words {
    ($(#[$documentation:meta])* $name:ident, $field:literal, { $($(#[$variant_documentation:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub enum $name {
            $($(#[$variant_documentation])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All words.
            pub const WORDS: &[&str] = &[$($word),+];

            /// The word of this variant.
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

        impl clap::ValueEnum for $name {
            fn value_variants<'v>() -> &'v [Self] {
                &[$(Self::$variant),+]
            }

            fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
                Some(clap::builder::PossibleValue::new(self.as_str()))
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
