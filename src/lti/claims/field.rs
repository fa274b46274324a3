//! Types that accept any JSON value and keep its type.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Visitor methods for numbers and booleans, all the same.
macro_rules! others {
    ($value:expr) => {
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($value)
        }
    };
}

/// Visitor methods for texts, all the same.
macro_rules! scalars {
    ($value:expr) => {
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok($value)
        }

        others!($value);
    };
}

/// A single value, kept with its type for a check.
#[derive(Default, PartialEq)]
pub(crate) enum Field {
    /// Absent or null.
    #[default]
    Absent,
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// Anything else, described in a word.
    Other(&'static str),
}

impl Field {
    /// The value, if it is text.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value in whole seconds, if it is a number; too large a number becomes the largest.
    pub(crate) fn seconds(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(number.floor() as i64),
            _ => None,
        }
    }

    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The value as shown in messages.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Other(kind) => (*kind).to_owned(),
        }
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Field;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Field, E> {
        Ok(Field::Text(text.to_owned()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Field, E> {
        Ok(Field::Number(number as f64))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Field, E> {
        Ok(Field::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Field, E> {
        Ok(Field::Number(number))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Field, E> {
        Ok(Field::Other(if flag { "true" } else { "false" }))
    }

    fn visit_unit<E>(self) -> Result<Field, E> {
        Ok(Field::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Field, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Other("a list"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field::Other("an object"))
    }
}

/// `aud`: one text or a list of them (RFC 7519, 4.1.3). An entry that is not text is kept for
/// messages; it equals no client ID.
#[derive(Default)]
pub(crate) struct Audience {
    /// The entries as received.
    pub(crate) entries: Vec<Field>,
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AudienceVisitor)
    }
}

struct AudienceVisitor;

impl<'de> Visitor<'de> for AudienceVisitor {
    type Value = Audience;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Audience, E> {
        Ok(Audience { entries: vec![Field::Text(text.to_owned())] })
    }

    fn visit_u64<E>(self, number: u64) -> Result<Audience, E> {
        Ok(Audience { entries: vec![Field::Number(number as f64)] })
    }

    fn visit_i64<E>(self, number: i64) -> Result<Audience, E> {
        Ok(Audience { entries: vec![Field::Number(number as f64)] })
    }

    fn visit_f64<E>(self, number: f64) -> Result<Audience, E> {
        Ok(Audience { entries: vec![Field::Number(number)] })
    }

    fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<Audience, E> {
        Ok(Audience { entries: vec![FieldVisitor.visit_bool(flag)?] })
    }

    fn visit_unit<E>(self) -> Result<Audience, E> {
        Ok(Audience::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Audience, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element()? {
            entries.push(entry);
        }
        Ok(Audience { entries })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Audience, A::Error> {
        Ok(Audience { entries: vec![FieldVisitor.visit_map(map)?] })
    }
}

/// The roles claim: required, and a list.
#[derive(Default)]
pub(crate) enum Roles {
    /// Absent or null.
    #[default]
    Absent,
    /// Not a list.
    Wrong,
    /// The roles, without empty ones and those that are not text: the certification suite sends
    /// `[""]` for none.
    List(Vec<String>),
}

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match deserializer.deserialize_any(TextsVisitor)? {
            Texts::Absent => Self::Absent,
            Texts::Wrong => Self::Wrong,
            Texts::List(roles) => Self::List(roles),
        })
    }
}

enum Texts {
    Absent,
    Wrong,
    List(Vec<String>),
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    scalars!(Texts::Wrong);

    fn visit_unit<E>(self) -> Result<Texts, E> {
        Ok(Texts::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
        let mut texts = Vec::new();
        while let Some(field) = list.next_element::<Field>()? {
            if let Field::Text(text) = field
                && !text.is_empty()
            {
                texts.push(text);
            }
        }
        Ok(Texts::List(texts))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Texts, A::Error> {
        FieldVisitor.visit_map(map).map(|_| Texts::Wrong)
    }
}

/// A text of the payload, without a copy.
///
/// It stores the position of the text in the payload. The payload never moves, because it is owned
/// on the heap next to these positions and never changes. A text with escapes does not occur
/// literally in the payload and is stored itself.
#[derive(Debug)]
pub(crate) enum PayloadText {
    Within { address: usize, length: usize },
    Own(Box<str>),
}

impl PayloadText {
    /// The text, given the payload in which it was found.
    pub(crate) fn text<'a>(&'a self, payload: &'a str) -> &'a str {
        match self {
            Self::Within { address, length } => {
                let start = address.wrapping_sub(payload.as_ptr().addr());
                payload.get(start..start.saturating_add(*length)).unwrap_or_default()
            }
            Self::Own(text) => text,
        }
    }
}

/// Whole numbers count as text if `NUMBERS` is set.
struct PayloadTextVisitor<const NUMBERS: bool>;

impl<'de, const NUMBERS: bool> Visitor<'de> for PayloadTextVisitor<NUMBERS> {
    type Value = Option<PayloadText>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Option<PayloadText>, E> {
        Ok((!text.is_empty())
            .then(|| PayloadText::Within { address: text.as_ptr().addr(), length: text.len() }))
    }

    fn visit_str<E>(self, text: &str) -> Result<Option<PayloadText>, E> {
        Ok((!text.is_empty()).then(|| PayloadText::Own(text.into())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Option<PayloadText>, E> {
        Ok(NUMBERS.then(|| PayloadText::Own(number.to_string().into())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Option<PayloadText>, E> {
        Ok(NUMBERS.then(|| PayloadText::Own(number.to_string().into())))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Option<PayloadText>, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Option<PayloadText>, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Option<PayloadText>, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Option<PayloadText>, A::Error> {
        FieldVisitor.visit_seq(list).map(|_| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<PayloadText>, A::Error> {
        FieldVisitor.visit_map(map).map(|_| None)
    }
}

/// An optional text: anything else, and the empty text, counts as absent.
pub(super) fn place<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<PayloadText>, D::Error> {
    deserializer.deserialize_any(PayloadTextVisitor::<false>)
}

/// An ID that is only unique within a deployment: a text, or a whole number, whose digits are the
/// text. Numbers with fractions or exponents, and those of more than 64 bits, have no certain
/// digits, and count as absent.
///
/// Not for what identifies a person: there, 1 and `"1"` might be two.
pub(super) fn id<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<PayloadText>, D::Error> {
    deserializer.deserialize_any(PayloadTextVisitor::<true>)
}

/// An optional list of texts, empty if it is anything else; entries that are not text are skipped.
pub(super) fn places<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<PayloadText>, D::Error> {
    deserializer.deserialize_any(PlacesVisitor::<false>)
}

/// An optional list of scopes, also as one text with spaces between them, as OAuth writes them (RFC
/// 6749, 3.3).
pub(super) fn scopes<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<PayloadText>, D::Error> {
    deserializer.deserialize_any(PlacesVisitor::<true>)
}

/// One text counts as a list of its words if `WORDS` is set.
struct PlacesVisitor<const WORDS: bool>;

impl<'de, const WORDS: bool> Visitor<'de> for PlacesVisitor<WORDS> {
    type Value = Vec<PayloadText>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Vec<PayloadText>, E> {
        let words = text.split_ascii_whitespace().filter(|_| WORDS);
        Ok(words.map(|word| PayloadText::Own(word.into())).collect())
    }

    others!(Vec::new());

    fn visit_unit<E>(self) -> Result<Vec<PayloadText>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<PayloadText>, A::Error> {
        let mut places = Vec::new();
        while let Some(MaybePlace(entry)) = list.next_element()? {
            places.extend(entry);
        }
        Ok(places)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<PayloadText>, A::Error> {
        FieldVisitor.visit_map(map).map(|_| Vec::new())
    }
}

struct MaybePlace(Option<PayloadText>);

impl<'de> Deserialize<'de> for MaybePlace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        place(deserializer).map(Self)
    }
}

/// An optional boolean: anything else counts as absent.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    deserializer.deserialize_any(FieldVisitor).map(|field| match field {
        Field::Other("true") => Some(true),
        Field::Other("false") => Some(false),
        _ => None,
    })
}

/// A list of words, as a list of texts or as one text with commas between them; entries that are
/// not text are skipped, and anything else is an empty list.
pub(super) fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserializer.deserialize_any(AudienceVisitor).map(|Audience { entries }| {
        let texts = entries.iter().filter_map(Field::text);
        texts
            .flat_map(|text| text.split(','))
            .map(|word| word.trim().to_owned())
            .filter(|word| !word.is_empty())
            .collect()
    })
}

/// An optional object: anything else counts as absent.
pub(super) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(ObjectVisitor(PhantomData))
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    scalars!(None);

    fn visit_unit<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Option<T>, A::Error> {
        FieldVisitor.visit_seq(list).map(|_| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }
}

/// The custom parameters (LTI 1.3, 5.4.6 and appendix B): text as it is, numbers and booleans as
/// text; everything else and unresolved variables are dropped.
pub(super) fn custom<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    Ok(object::<D, Parameters>(deserializer)?.unwrap_or_default().0)
}

#[derive(Default)]
struct Parameters(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Parameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ParametersVisitor)
    }
}

struct ParametersVisitor;

impl<'de> Visitor<'de> for ParametersVisitor {
    type Value = Parameters;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parameters, A::Error> {
        let mut parameters = BTreeMap::new();
        while let Some((name, Parameter(value))) = map.next_entry::<String, Parameter>()? {
            if parameters.insert(name, value).is_some() {
                return Err(A::Error::custom("a custom parameter is repeated"));
            }
        }
        // Dropped only now, so that a repeated name is found regardless of its values.
        parameters.retain(|_, value| !value.starts_with('$'));
        Ok(Parameters(parameters))
    }
}

/// The value of a custom parameter; a value of another type is written like a variable that the
/// platform did not replace.
struct Parameter(String);

impl<'de> Deserialize<'de> for Parameter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => "$".to_owned(),
        }))
    }
}
