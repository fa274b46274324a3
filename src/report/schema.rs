//! JSON Schemas (2020-12) of output and input.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

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
