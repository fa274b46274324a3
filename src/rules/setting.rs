//! Settings: the values that administrators change with flags and in manifests.
//!
//! `settings!` makes one type per noun. Each of its fields is a flag, a key of the manifest with
//! its schema, an entry of `ltictl export` and a change, all with the same words. A field without a
//! value stays as it is; something new gets its default.
//!
//! The types of the values read text as commands take it ([`FromStr`]) and read and write what
//! manifests hold (serde), where null clears a value.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use url::Url;

use crate::domain::{
    AccountRef, ClientId, EnrolmentDuration, Invalid, MaxGrade, Name, PathPrefix, RegistrationRef,
    ResourceRef, RoleName, check_printable, is_loopback_host, trimmed,
};
use crate::rules::profile;

/// The type of a noun's settings, as described for the module. `field: Type = path;` is a setting
/// that is kept as it is given, at that path of the noun; one without a path needs more than its
/// own value to be checked, and code of its own.
macro_rules! settings {
    ($(#[$documentation:meta])* $name:ident of $noun:ident {
        $($(#[$attribute:meta])* $field:ident: $type:ty $(= $($path:ident).+)?;)+
    }) => {
        #[derive(Debug, Clone, Default, PartialEq, clap::Args, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        $(#[$documentation])*
        #[serde(default)]
        #[schemars(deny_unknown_fields, transform = $crate::rules::setting::make_all_optional)]
        pub struct $name {
            $(
                $(#[$attribute])*
                #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "crate::rules::setting::lenient")]
                #[schemars(required)]
                pub $field: Option<$type>,
            )+
        }

        impl $name {
            /// The settings with a path, as they are kept.
            fn kept_in(noun: &$noun) -> Self {
                Self { $($field: None$(.or(Some(noun.$($path).+.clone().into())))?,)+ }
            }

            /// Changes the settings with a path.
            fn change(&self, noun: &mut $noun) {
                $($(if let Some(value) = &self.$field {
                    noun.$($path).+ = value.clone().into();
                })?)+
            }
        }
    };
}

pub(crate) use settings;

/// Removes the list of required keys from a schema: every setting may be left out.
pub(crate) fn make_all_optional(schema: &mut Schema) {
    schema.remove("required");
}

/// The name of the newtype by which [`lenient`] asks its deserializer to note what is wrong with a
/// value, and to go on.
pub(crate) const LENIENT: &str = "$ltictl::lenient";

/// Reads a value. If it is not valid, the deserializer notes that, and there is none.
///
/// # Errors
///
/// Only those of deserializers that do not know [`LENIENT`].
pub(crate) fn lenient<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    struct LenientVisitor<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for LenientVisitor<T> {
        type Value = Option<T>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a value")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
            sequence.next_element()
        }

        fn visit_newtype_struct<D: Deserializer<'de>>(
            self,
            deserializer: D,
        ) -> Result<Self::Value, D::Error> {
            T::deserialize(deserializer).map(Some)
        }
    }

    deserializer.deserialize_newtype_struct(LENIENT, LenientVisitor(PhantomData))
}

/// A value or none: `none` or empty text in a command, null in a manifest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clearable<T>(pub Option<T>);

impl<T: FromStr> FromStr for Clearable<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        match text {
            "none" | "" => Ok(Self(None)),
            text => text.parse().map(|value| Self(Some(value))),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Clearable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self)
    }
}

/// Text or none: empty text in a command, empty text or null in a manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClearableText<T>(pub Option<T>);

impl<T: FromStr> FromStr for ClearableText<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        match trimmed(text) {
            "" => Ok(Self(None)),
            text => text.parse().map(|value| Self(Some(value))),
        }
    }
}

impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for ClearableText<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.unwrap_or_default().parse().map_err(D::Error::custom)
    }
}

macro_rules! clearable {
    ($($name:ident),+) => {
        $(
            impl<T> From<Option<T>> for $name<T> {
                fn from(value: Option<T>) -> Self {
                    Self(value)
                }
            }

            impl<T> From<$name<T>> for Option<T> {
                fn from(value: $name<T>) -> Self {
                    value.0
                }
            }

            impl<T: Serialize> Serialize for $name<T> {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    self.0.serialize(serializer)
                }
            }

            impl<T: JsonSchema> JsonSchema for $name<T> {
                fn inline_schema() -> bool {
                    true
                }

                fn schema_name() -> std::borrow::Cow<'static, str> {
                    Option::<T>::schema_name()
                }

                fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                    Option::<T>::json_schema(generator)
                }
            }
        )+
    };
}

clearable!(Clearable, ClearableText);

/// Types whose values manifests hold as text, which their `FromStr` reads.
macro_rules! read_from_text {
    ($($name:ident),+ $(,)?) => {
        $(
            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
                }
            }
        )+
    };
}

/// Types whose values manifests hold as text, which this method returns.
macro_rules! written_as_text {
    ($method:ident: $($name:ident),+ $(,)?) => {
        $(
            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(&self.$method())
                }
            }

            impl JsonSchema for $name {
                fn inline_schema() -> bool {
                    true
                }

                fn schema_name() -> std::borrow::Cow<'static, str> {
                    String::schema_name()
                }

                fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                    String::json_schema(generator)
                }
            }
        )+
    };
}

read_from_text!(
    AccountRef,
    Audience,
    Description,
    EmailAddress,
    EnrolmentDuration,
    Locale,
    Moment,
    Name,
    PathPrefix,
    PlainText,
    RegistrationRef,
    ResourceRef,
    RoleName,
    TimeZone,
);
written_as_text!(as_str: AccountRef, RegistrationRef, ResourceRef);
written_as_text!(
    to_string: Audience,
    Description,
    EmailAddress,
    EnrolmentDuration,
    Locale,
    Moment,
    PlainText,
    TimeZone,
);

/// Types of text that are kept as a string, each with the function that checks them.
macro_rules! texts {
    ($($(#[$documentation:meta])* $name:ident, $check:expr;)+) => {
        $(
            $(#[$documentation])*
            #[derive(Debug, Clone, PartialEq, Eq)]
            pub struct $name(String);

            impl FromStr for $name {
                type Err = Invalid;

                fn from_str(text: &str) -> Result<Self, Invalid> {
                    let check: fn(&str) -> Result<Option<String>, Invalid> = $check;
                    Ok(Self(check(text)?.unwrap_or_default()))
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                    formatter.write_str(&self.0)
                }
            }

            impl From<Option<String>> for ClearableText<$name> {
                fn from(text: Option<String>) -> Self {
                    Self(text.map($name))
                }
            }

            impl From<ClearableText<$name>> for Option<String> {
                fn from(text: ClearableText<$name>) -> Self {
                    text.0.map(|text| text.0)
                }
            }
        )+
    };
}

texts! {
    /// A language tag.
    Locale, |text| profile::locale("locale", text);
    /// The name of a time zone.
    TimeZone, |text| profile::time_zone("time zone", text);
    /// An email address.
    EmailAddress, profile::email;
    /// A line of text, such as a name.
    PlainText, |text| profile::text("text", text);
    /// A sentence or two.
    Description, checked_description;
    /// The audience of client assertions.
    Audience, |text| checked_audience(text).map(Some);
}

/// An audience of client assertions. It is a URL in practice; by the specification it is any name,
/// so only what cannot be one is rejected.
pub fn checked_audience(text: &str) -> Result<String, Invalid> {
    ClientId::new(text)
        .map(|audience| audience.to_string())
        .map_err(|invalid| Invalid::new("token audience", invalid.rule))
}

fn checked_description(text: &str) -> Result<Option<String>, Invalid> {
    let text = trimmed(text);
    if text.chars().count() > 2000 {
        return Err(Invalid::new("description", "must be at most 2000 characters long"));
    }
    check_printable("description", text, &['\n'])?;
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Whether a URL is accepted only with `allow_http`.
pub fn needs_allow_http(url: &str) -> bool {
    url.starts_with("http:") && !Url::parse(url).is_ok_and(|url| is_loopback_host(&url))
}

/// `on` or `off` in a command, true or false in a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Switch(pub bool);

impl Switch {
    /// The words in commands.
    pub const WORDS: &[&str] = &["on", "off"];
}

impl FromStr for Switch {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "on" => Ok(Self(true)),
            "off" => Ok(Self(false)),
            _ => Err(Invalid::new("switch", "must be one of on, off")),
        }
    }
}

impl From<bool> for Switch {
    fn from(is_on: bool) -> Self {
        Self(is_on)
    }
}

impl From<Switch> for bool {
    fn from(switch: Switch) -> Self {
        switch.0
    }
}

/// A date, which means its midnight in UTC, or an RFC 3339 time; to the millisecond, as it is
/// stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub Timestamp);

impl FromStr for Moment {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let midnight = || {
            Date::strptime("%Y-%m-%d", text)
                .and_then(|date| Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)))
        };
        let moment = text.parse().or_else(|_| midnight()).map_err(|_| {
            Invalid::new(
                "time",
                "must be a date such as 2026-09-01, a time such as 2026-09-01T08:00:00Z, or none",
            )
        })?;
        Ok(Self(Timestamp::from_millisecond(moment.as_millisecond()).unwrap_or(moment)))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl From<Option<Timestamp>> for Clearable<Moment> {
    fn from(moment: Option<Timestamp>) -> Self {
        Self(moment.map(Moment))
    }
}

impl From<Clearable<Moment>> for Option<Timestamp> {
    fn from(moment: Clearable<Moment>) -> Self {
        moment.0.map(|moment| moment.0)
    }
}

/// A whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Count(pub u32);

impl FromStr for Count {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.trim()
            .parse()
            .map(Self)
            .map_err(|_| Invalid::new("number", "must be a whole number from 0 up, or none"))
    }
}

impl From<Option<u32>> for Clearable<Count> {
    fn from(number: Option<u32>) -> Self {
        Self(number.map(Count))
    }
}

impl From<Clearable<Count>> for Option<u32> {
    fn from(number: Clearable<Count>) -> Self {
        number.0.map(|number| number.0)
    }
}

/// A maximum grade; in manifests a number, without a fraction if it has none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GradeMaximum(pub MaxGrade);

impl FromStr for GradeMaximum {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.parse().map(Self)
    }
}

impl From<Option<MaxGrade>> for Clearable<GradeMaximum> {
    fn from(maximum: Option<MaxGrade>) -> Self {
        Self(maximum.map(GradeMaximum))
    }
}

impl From<Clearable<GradeMaximum>> for Option<MaxGrade> {
    fn from(maximum: Clearable<GradeMaximum>) -> Self {
        maximum.0.map(|maximum| maximum.0)
    }
}

impl Serialize for GradeMaximum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = self.0.get();
        // Within these bounds every whole number is exact in both types.
        if number.fract() == 0.0 && number.abs() < 1e15 {
            serializer.serialize_i64(number as i64)
        } else {
            serializer.serialize_f64(number)
        }
    }
}

impl<'de> Deserialize<'de> for GradeMaximum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        MaxGrade::new(f64::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

impl JsonSchema for GradeMaximum {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        f64::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        f64::json_schema(generator)
    }
}

/// A list in a manifest; elements that are not valid are noted and left out.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct ListOf<T>(pub Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ListOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Element<T>(Option<T>);

        impl<'de, T: Deserialize<'de>> Deserialize<'de> for Element<T> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                lenient(deserializer).map(Self)
            }
        }

        let elements = Vec::<Element<T>>::deserialize(deserializer)?;
        Ok(Self(elements.into_iter().filter_map(|element| element.0).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_dates_or_times_with_their_offset() {
        for (text, expected) in [
            ("2026-09-01", Some("2026-09-01T00:00:00Z")),
            (" 2026-09-01T08:00:00Z ", Some("2026-09-01T08:00:00Z")),
            ("2026-09-01T08:00:00+02:00", Some("2026-09-01T06:00:00Z")),
            ("2026-09-01T08:00:00.1234Z", Some("2026-09-01T08:00:00.123Z")),
            ("2026-09-01T08:00:00", None),
            ("2026-02-29", None),
            ("2026-09-01x", None),
            ("tomorrow", None),
            ("", None),
        ] {
            let moment = text.parse::<Moment>().ok().map(|moment| moment.to_string());
            assert_eq!(moment.as_deref(), expected, "{text:?}");
        }
    }
}
