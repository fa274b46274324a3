//! A domain value and the values derived from it, as one JSON object.

use std::borrow::Cow;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// Values that a view adds to a domain value.
pub trait Derived: Serialize + JsonSchema {
    /// Pairs of an added key and the key that it follows in the output; `""` puts it first. Keys
    /// that are not listed come last.
    const PLACES: &'static [(&'static str, &'static str)];
}

/// A domain value with derived values. In JSON they are one object, whose keys have the order that
/// [`Derived::PLACES`] defines; `serde(flatten)` could only add keys before or after all others.
#[derive(Debug, Clone)]
pub struct Extended<T, D> {
    /// The domain value.
    pub value: T,
    /// What the view adds to it.
    pub derived: D,
}

impl<T, D> Deref for Extended<T, D> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// The position of an added key among the existing ones.
fn position<'k, D: Derived>(added: &str, keys: impl ExactSizeIterator<Item = &'k str>) -> usize {
    let end = keys.len();
    match D::PLACES.iter().find(|(key, _)| *key == added) {
        None => end,
        Some((_, "")) => 0,
        Some((_, before)) => {
            let mut keys = keys;
            keys.position(|key| key == *before).map_or(end, |place| place + 1)
        }
    }
}

impl<T: Serialize, D: Derived> Serialize for Extended<T, D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (value, derived) = (
            serde_json::to_value(&self.value).map_err(S::Error::custom)?,
            serde_json::to_value(&self.derived).map_err(S::Error::custom)?,
        );
        let (Value::Object(mut members), Value::Object(added)) = (value, derived) else {
            return Err(S::Error::custom("only objects can be extended"));
        };
        for (key, value) in added {
            let place = position::<D>(&key, members.keys().map(String::as_str));
            members.shift_insert(place, key, value);
        }
        members.serialize(serializer)
    }
}

impl<T: JsonSchema, D: Derived> JsonSchema for Extended<T, D> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}View", T::schema_name()).into()
    }

    fn schema_id() -> Cow<'static, str> {
        format!("{}+{}", T::schema_id(), D::schema_id()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        let added = D::json_schema(generator);
        let names = |schema: &Schema| -> Vec<String> {
            let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            required.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let mut required = names(&schema);
        for name in names(&added) {
            let place = position::<D>(&name, required.iter().map(String::as_str));
            required.insert(place, name);
        }
        schema.insert("required".to_owned(), required.into());
        if let (Some(properties), Some(added)) = (
            schema.get_mut("properties").and_then(Value::as_object_mut),
            added.get("properties").and_then(Value::as_object),
        ) {
            properties.extend(added.clone());
        }
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::schema_of;

    /// A domain value.
    #[derive(Serialize, JsonSchema)]
    struct Thing {
        slug: &'static str,
        name: &'static str,
    }

    #[derive(Serialize, JsonSchema)]
    struct Added {
        last: u8,
        first: u8,
        middle: u8,
    }

    impl Derived for Added {
        const PLACES: &'static [(&'static str, &'static str)] =
            &[("first", ""), ("middle", "slug")];
    }

    #[test]
    fn derived_values_follow_their_keys() {
        let thing = Extended {
            value: Thing { slug: "s", name: "n" },
            derived: Added { last: 3, first: 1, middle: 2 },
        };
        assert_eq!(
            serde_json::to_string(&thing).unwrap(),
            r#"{"first":1,"slug":"s","middle":2,"name":"n","last":3}"#
        );
        let schema = schema_of::<Extended<Thing, Added>>();
        assert_eq!(
            schema["required"],
            serde_json::json!(["first", "slug", "middle", "name", "last"])
        );
        assert_eq!(schema["properties"].as_object().unwrap().len(), 5);
        assert_eq!(schema["description"], "A domain value.");
    }
}
