//! Enumerations whose words are the same on the command line, in manifests, in JSON, in schemas, in
//! shell completion and in the database.

/// Defines an enum and its words, from which everything else is derived: `as_str`, `Display`,
/// `FromStr`, clap's parser, serde's traits and the JSON schema.
macro_rules! words {
    ($(#[$documentation:meta])* $name:ident, $field:literal, { $($(#[$variant_documentation:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub enum $name {
            $($(#[$variant_documentation])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All variants.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

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

        impl $crate::domain::words::Words for $name {
            const WORDS: &[&str] = Self::WORDS;
        }

        impl clap::builder::ValueParserFactory for $name {
            type Parser = $crate::domain::words::WordParser<Self>;

            fn value_parser() -> Self::Parser {
                $crate::domain::words::WordParser::default()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }
    };
}

/// An enumeration with a word for each variant.
pub trait Words {
    /// All words.
    const WORDS: &[&str];
}

/// Parses a word with `FromStr`, so that an unknown word is reported as an invalid value with its
/// rule. clap's own parser of enumerations (`ValueEnum`) would report a usage error.
#[derive(Debug)]
pub struct WordParser<T>(std::marker::PhantomData<fn() -> T>);

impl<T> Default for WordParser<T> {
    fn default() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<T> Clone for WordParser<T> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<T> clap::builder::TypedValueParser for WordParser<T>
where
    T: Words + std::str::FromStr<Err = super::Invalid> + Clone + Send + Sync + 'static,
{
    type Value = T;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<T, clap::Error> {
        let parse = |text: &str| text.parse::<T>();
        parse.parse_ref(command, argument, value)
    }

    fn possible_values(
        &self,
    ) -> Option<Box<dyn Iterator<Item = clap::builder::PossibleValue> + '_>> {
        Some(Box::new(T::WORDS.iter().copied().map(clap::builder::PossibleValue::new)))
    }
}

pub(in crate::domain) use words;

/// Reads and writes a list of names: with commas between them in commands and in the database, and
/// as a list in JSON and manifests.
macro_rules! name_list {
    ($Names:ident) => {
        impl serde::Serialize for $Names {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.names())
            }
        }

        impl<'de> serde::Deserialize<'de> for $Names {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let names = Vec::<String>::deserialize(deserializer)?;
                names.join(",").parse().map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $Names {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                Vec::<String>::schema_name()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                Vec::<String>::json_schema(generator)
            }
        }

        impl fmt::Display for $Names {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.names().join(","))
            }
        }
    };
}
pub(super) use name_list;
