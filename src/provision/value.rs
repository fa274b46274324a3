//! Converts trees to types: a deserializer that does not stop at the first problem.
//!
//! A value that does not fit the type of a [`Field`] is reported with its position, and reading
//! continues; unknown keys are reported and skipped. So one run finds all problems.

use std::cell::RefCell;
use std::fmt;

use serde::de::value::{StrDeserializer, U32Deserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::field::KEY;
use super::problem::{Position, Problems};
use super::tree::{Content, Form, MapKey, NodeId, Tree, suggestion};
use crate::rules::setting::LENIENT;

/// A problem with a value, and its position, once known.
#[derive(Debug)]
pub(super) struct ValueError {
    message: String,
    at: Option<(Position, String)>,
}

impl fmt::Display for ValueError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for ValueError {}

impl de::Error for ValueError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), at: None }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self {
            message: format!(
                "must be one of {}{}",
                expected.join(", "),
                suggestion(variant, expected)
            ),
            at: None,
        }
    }
}

/// The path of a value, such as `registrations.moodle.policy`.
#[derive(Clone, Copy)]
pub(super) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Document,
    Key(&'p str),
    Element(usize),
}

impl Path<'_> {
    pub(super) const DOCUMENT: Path<'static> = Path { parent: None, step: Step::Document };
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(formatter)?;
        }
        match self.step {
            Step::Document => Ok(()),
            Step::Key(key)
                if self.parent.is_some_and(|parent| matches!(parent.step, Step::Document)) =>
            {
                formatter.write_str(key)
            }
            Step::Key(key) => write!(formatter, ".{key}"),
            Step::Element(number) => write!(formatter, "[{number}]"),
        }
    }
}

/// A value of a tree, to be deserialized.
#[derive(Clone, Copy)]
pub(super) struct Value<'v, 't> {
    pub(super) tree: &'v Tree<'t>,
    pub(super) problems: &'v RefCell<Problems>,
    pub(super) node: NodeId,
    pub(super) path: &'v Path<'v>,
    /// Its key, and the known keys of its mapping.
    key: Option<(&'v MapKey<'t>, &'static [&'static str])>,
}

impl<'v, 't> Value<'v, 't> {
    pub(super) fn document(
        tree: &'v Tree<'t>,
        problems: &'v RefCell<Problems>,
        node: NodeId,
    ) -> Self {
        Self { tree, problems, node, path: &Path::DOCUMENT, key: None }
    }

    fn content(&self) -> &'v Content<'t> {
        &self.tree.node(self.node).content
    }

    fn position(&self) -> Position {
        self.tree.node(self.node).position
    }

    fn is_null(&self) -> bool {
        matches!(self.content(), Content::Scalar(text, Form::Plain) if is_null(text))
    }

    /// The error for a value of the wrong type.
    fn error(&self, must_be: &str) -> ValueError {
        let advice = match self.content() {
            Content::List(_) => "not a list".to_owned(),
            Content::Map(_) => "not a mapping".to_owned(),
            Content::Scalar(text, Form::Plain) if is_null(text) => "not null".to_owned(),
            Content::Scalar(text, Form::Plain) if must_be == TEXT => {
                format!("which needs quotes here: \"{text}\"")
            }
            Content::Scalar(text, _) => {
                format!("not {:?}", text.chars().take(40).collect::<String>())
            }
        };
        self.with_position(de::Error::custom(format_args!("must be {must_be}, {advice}")))
    }

    /// Adds the position, unless the error already has a more specific one.
    fn with_position(&self, error: ValueError) -> ValueError {
        ValueError {
            at: Some(error.at.unwrap_or_else(|| (self.position(), self.path.to_string()))),
            ..error
        }
    }

    /// Reports an error, so that reading can continue.
    fn note(&self, error: ValueError) {
        let ValueError { at, message } = self.with_position(error);
        if let Some((position, path)) = at {
            self.problems.borrow_mut().add(position, path, message);
        }
    }

    fn number<N: std::str::FromStr>(&self, must_be: &str) -> Result<N, ValueError> {
        match self.content() {
            Content::Scalar(text, Form::Plain | Form::Substituted) if looks_like_a_number(text) => {
                text.parse().map_err(|_| self.error(must_be))
            }
            _ => Err(self.error(must_be)),
        }
    }

    fn text(&self) -> Result<&'v str, ValueError> {
        match self.content() {
            Content::Scalar(text, Form::Plain)
                if is_null(text) || boolean(text).is_some() || looks_like_a_number(text) =>
            {
                Err(self.error(TEXT))
            }
            Content::Scalar(text, _) => Ok(text),
            _ => Err(self.error(TEXT)),
        }
    }
}

const TEXT: &str = "text";

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Whether text without quotes is a number by the core schema of YAML 1.2.
fn looks_like_a_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let based = |prefix: &str, radix: u32| {
        digits
            .strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|digit| digit.is_digit(radix)))
    };
    let decimal = digits.bytes().any(|byte| byte.is_ascii_digit())
        && !digits.contains(['i', 'I', 'n', 'N'])
        && text.parse::<f64>().is_ok();
    decimal
        || based("0x", 16)
        || based("0o", 8)
        || matches!(digits, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN")
}

impl<'de> Deserializer<'de> for Value<'_, '_> {
    type Error = ValueError;

    /// Used only for values that may have several types.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.content() {
            Content::List(_) => self.deserialize_seq(visitor),
            Content::Map(_) => self.deserialize_map(visitor),
            Content::Scalar(text, Form::Plain) if is_null(text) => visitor.visit_unit(),
            Content::Scalar(text, Form::Plain) if boolean(text).is_some() => {
                self.deserialize_bool(visitor)
            }
            Content::Scalar(text, Form::Plain) if looks_like_a_number(text) => {
                self.deserialize_f64(visitor)
            }
            Content::Scalar(..) => self.deserialize_str(visitor),
        }
        .map_err(|error| self.with_position(error))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.content() {
            Content::Scalar(text, Form::Plain | Form::Substituted) => match boolean(text) {
                Some(value) => visitor.visit_bool(value),
                None => Err(self.error("true or false")),
            },
            _ => Err(self.error("true or false")),
        }
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_u16(self.number("a whole number from 0 to 65535")?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_u32(self.number("a whole number from 0 to 4294967295")?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_f64(self.number("a number")?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_str(self.text()?).map_err(|error| self.with_position(error))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.content() {
            Content::List(elements) => visitor
                .visit_seq(Elements { value: self, elements, next: 0 })
                .map_err(|error| self.with_position(error)),
            _ => Err(self.error("a list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_struct("", &[], visitor)
    }

    /// A mapping; an empty value is a mapping without entries, as if all of them were commented
    /// out.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        let entries: &[(MapKey<'_>, NodeId)] = match self.content() {
            Content::Map(entries) => entries,
            _ if self.is_null() => &[],
            _ => return Err(self.error("a mapping")),
        };
        visitor
            .visit_map(Entries { value: self, entries, known, next: 0 })
            .map_err(|error| self.with_position(error))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        let word: StrDeserializer<'_, ValueError> = self.text()?.into_deserializer();
        visitor.visit_enum(word).map_err(|error| self.with_position(error))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        if name == LENIENT {
            visitor.visit_seq(Lenient { value: Some(self) })
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    /// An unknown key.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        if let Some((key, known)) = self.key {
            let message = format!("is not a known key{}", suggestion(&key.text, known));
            self.problems.borrow_mut().add(key.position, self.path.to_string(), message);
        }
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u64 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

/// A single value whose error is reported instead of returned.
struct Lenient<'v, 't> {
    value: Option<Value<'v, 't>>,
}

impl<'de> SeqAccess<'de> for Lenient<'_, '_> {
    type Error = ValueError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ValueError> {
        let Some(value) = self.value.take() else { return Ok(None) };
        Ok(seed.deserialize(value).map_err(|error| value.note(error)).ok())
    }
}

struct Elements<'v, 't> {
    value: Value<'v, 't>,
    elements: &'v [NodeId],
    next: usize,
}

impl<'de> SeqAccess<'de> for Elements<'_, '_> {
    type Error = ValueError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ValueError> {
        let Some(node) = self.elements.get(self.next).copied() else { return Ok(None) };
        let path = Path { parent: Some(self.value.path), step: Step::Element(self.next) };
        self.next += 1;
        let value = Value {
            tree: self.value.tree,
            problems: self.value.problems,
            node,
            path: &path,
            key: None,
        };
        seed.deserialize(value).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.elements.len() - self.next)
    }
}

struct Entries<'v, 't> {
    value: Value<'v, 't>,
    entries: &'v [(MapKey<'t>, NodeId)],
    known: &'static [&'static str],
    next: usize,
}

impl<'de> MapAccess<'de> for Entries<'_, '_> {
    type Error = ValueError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ValueError> {
        let Some((key, node)) = self.entries.get(self.next) else { return Ok(None) };
        seed.deserialize(Key { key, node: *node }).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<T::Value, ValueError> {
        let Some((key, node)) = self.entries.get(self.next) else {
            return Err(de::Error::custom("a value is missing"));
        };
        self.next += 1;
        let path = Path { parent: Some(self.value.path), step: Step::Key(&key.text) };
        let value = Value {
            tree: self.value.tree,
            problems: self.value.problems,
            node: *node,
            path: &path,
            key: Some((key, self.known)),
        };
        seed.deserialize(value)
    }
}

/// A key: its text or, for a request by the name [`KEY`], its position and the node of its value,
/// too.
struct Key<'v, 't> {
    key: &'v MapKey<'t>,
    node: NodeId,
}

impl<'de> Deserializer<'de> for Key<'_, '_> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_str(&self.key.text)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        let Position { source, line, column } = self.key.position;
        if name == KEY {
            visitor.visit_seq(KeyParts {
                text: Some(&self.key.text),
                numbers: [source, line, column, self.node].into_iter(),
            })
        } else {
            self.deserialize_any(visitor)
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq tuple map struct enum identifier
        ignored_any
    }
}

struct KeyParts<'v> {
    text: Option<&'v str>,
    numbers: std::array::IntoIter<u32, 4>,
}

impl<'de> SeqAccess<'de> for KeyParts<'_> {
    type Error = ValueError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ValueError> {
        if let Some(text) = self.text.take() {
            let text: StrDeserializer<'_, ValueError> = text.into_deserializer();
            return seed.deserialize(text).map(Some);
        }
        let Some(number) = self.numbers.next() else { return Ok(None) };
        let number: U32Deserializer<ValueError> = number.into_deserializer();
        seed.deserialize(number).map(Some)
    }
}
