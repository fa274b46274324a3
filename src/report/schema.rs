//! JSON Schemas (2020-12) of output and input.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

/// The schema of a type's JSON. Every property is required: unknown values are null, never absent.
pub fn schema_of<T: JsonSchema + ?Sized>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    RecursiveTransform(mark_times).transform(&mut schema);
    schema.remove("title");
    schema.to_value()
}

/// The schema of input: optional properties are not required, and unknown properties are rejected.
pub fn input_schema_of<T: JsonSchema + ?Sized>() -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    schema.remove("title");
    schema.to_value()
}

/// Schemas that are parts of another document and refer to each other by their place in it.
pub struct SchemaParts(SchemaGenerator);

impl SchemaParts {
    /// Parts for output, as of [`schema_of`]. `path` is that of [`Self::finish`] in the document,
    /// such as `/components/schemas`.
    pub fn of_output(path: &'static str) -> Self {
        Self::with(SchemaSettings::draft2020_12().for_serialize(), path)
    }

    /// Parts for input, as of [`input_schema_of`].
    pub fn of_input(path: &'static str) -> Self {
        Self::with(SchemaSettings::draft2020_12(), path)
    }

    fn with(mut settings: SchemaSettings, path: &'static str) -> Self {
        settings.definitions_path = path.into();
        Self(settings.with_transform(RecursiveTransform(mark_times)).into_generator())
    }

    /// Adds the schema of a type, and returns a reference to it.
    pub fn add<T: JsonSchema>(&mut self) -> Value {
        self.0.subschema_for::<T>().to_value()
    }

    /// The schemas by name.
    pub fn finish(mut self) -> Map<String, Value> {
        self.0.take_definitions(true)
    }
}

/// Properties named `…_at` are times (RFC 3339).
fn mark_times(schema: &mut Schema) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, property) in properties {
        if let Some(property) = property.as_object_mut().filter(|_| name.ends_with("_at")) {
            property.insert("format".to_owned(), "date-time".into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::view::RegistrationView;

    #[test]
    fn schema_lists_required_properties_and_marks_times() {
        let schema = schema_of::<RegistrationView>();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(
            schema["required"].as_array().unwrap().len(),
            schema["properties"].as_object().unwrap().len()
        );
        assert_eq!(schema["properties"]["created_at"]["format"], "date-time");
        assert!(schema["properties"]["created_at"]["description"].is_string());
    }
}
