//! A view's JSON as a value whose keys keep the view's order, for formats that process its parts.

use std::borrow::Cow;
use std::fmt;
use std::io;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::Number;

/// JSON whose objects keep the order of their keys; that of `serde_json` sorts them.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Value {
    /// A value's JSON.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be serialized.
    pub(super) fn of(value: &impl Serialize) -> io::Result<Self> {
        Ok(serde_json::from_slice(&serde_json::to_vec(value)?)?)
    }

    /// The member of that name; null if there is none.
    pub(super) fn member(&self, name: &str) -> &Self {
        match self {
            Self::Object(members) => {
                members.iter().find(|(key, _)| key == name).map_or(&Self::Null, |(_, value)| value)
            }
            _ => &Self::Null,
        }
    }

    /// Collects the values at a path: one, or one for each entry of the lists on the path.
    pub(super) fn reach<'v>(&'v self, path: &[&str], values: &mut Vec<&'v Self>) {
        match (self, path) {
            (value, []) => values.push(value),
            (Self::List(entries), path) => {
                entries.iter().for_each(|entry| entry.reach(path, values))
            }
            (value, [name, rest @ ..]) => value.member(name).reach(rest, values),
        }
    }

    /// The value as the text of one cell: empty for null, words of a list separated by spaces,
    /// `key=value` for a map of words, and JSON for anything nested deeper.
    pub(super) fn cell(&self) -> Cow<'_, str> {
        match self {
            Self::Null => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Number(number) => Cow::Owned(number_text(number)),
            Self::List(entries) if entries.iter().all(Self::is_word) => {
                Cow::Owned(joined(entries.iter()))
            }
            Self::Object(members) if members.iter().all(|(_, value)| value.is_word()) => {
                let pairs: Vec<String> =
                    members.iter().map(|(key, value)| format!("{key}={}", value.cell())).collect();
                Cow::Owned(pairs.join(" "))
            }
            // A value that was parsed from JSON can be written as JSON.
            nested => Cow::Owned(serde_json::to_string(nested).unwrap_or_default()),
        }
    }

    /// Whether it is neither a list nor an object.
    pub(super) fn is_word(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Object(_))
    }
}

/// The cells of several values, separated by spaces.
pub(super) fn joined<'v>(values: impl Iterator<Item = &'v Value>) -> String {
    values.map(Value::cell).collect::<Vec<_>>().join(" ")
}

/// A number for people: 10 for 10.0, and never with an exponent.
fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float.to_string(),
        _ => number.to_string(),
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(entries) => serializer.collect_seq(entries),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element()? {
            list.push(entry);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Vec::new();
        while let Some(member) = members.next_entry()? {
            object.push(member);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn json_keeps_its_order() {
        let text = r#"{"slug":"b","name":null,"a":[1,-2,0.5,true,"é"],"tool":{"z":1,"y":{}}}"#;
        assert_eq!(serde_json::to_string(&read(text)).unwrap(), text);
    }

    #[test]
    fn paths_lead_through_objects_and_lists() {
        let value =
            read(r#"{"platform":null,"deployments":[{"id":"1"},{"id":"2"}],"tool":{"url":"u"}}"#);
        for (path, expected) in [
            (&["tool", "url"][..], "u"),
            (&["platform", "issuer"], ""),
            (&["deployments", "id"], "1 2"),
            (&["nothing"], ""),
        ] {
            let mut values = Vec::new();
            value.reach(path, &mut values);
            assert_eq!(joined(values.into_iter()), expected, "{path:?}");
        }
    }

    #[test]
    fn cells_are_one_line_of_text() {
        for (json, cell) in [
            ("null", ""),
            ("true", "true"),
            ("10.0", "10"),
            ("0.25", "0.25"),
            ("1e300", &format!("1{}", "0".repeat(300))),
            ("-3", "-3"),
            (r#"["platform","deployment"]"#, "platform deployment"),
            ("[]", ""),
            (r#"{"id":"x","n":1}"#, "id=x n=1"),
            (r#"[{"deployment_id":"1"}]"#, r#"[{"deployment_id":"1"}]"#),
        ] {
            assert_eq!(read(json).cell(), cell, "{json}");
        }
    }
}
