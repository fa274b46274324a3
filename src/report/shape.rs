//! The shape of a view's JSON, independent of values: the columns of an empty list, the names of
//! variables, the keys that can be selected.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value as Json;

/// The keys of a list's rows that options select, from the schema of the list; empty if it is the
/// schema of something else.
pub fn row_keys(schema: &Json) -> Vec<String> {
    match Shape::from_schema(&inlined(schema, schema)) {
        Shape::List(row) => row.paths(),
        _ => Vec::new(),
    }
}

/// The schema with its definitions in the places that refer to them.
fn inlined(schema: &Json, root: &Json) -> Json {
    match schema {
        Json::Object(members) => {
            let definition = schema["$ref"].as_str().and_then(|text| text.strip_prefix('#'));
            match definition.and_then(|pointer| root.pointer(pointer)) {
                Some(definition) => inlined(definition, root),
                None => members
                    .iter()
                    .filter(|(name, _)| *name != "$defs")
                    .map(|(name, member)| (name.clone(), inlined(member, root)))
                    .collect(),
            }
        }
        Json::Array(elements) => elements.iter().map(|element| inlined(element, root)).collect(),
        other => other.clone(),
    }
}

/// The shape of JSON, from its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// Text, a number, a truth value, or anything unknown; if only certain words are possible,
    /// these.
    Word(Vec<String>),
    /// A list of values of one shape.
    List(Box<Self>),
    /// Keys in their order.
    Object(Vec<(String, Self)>),
    /// Keys that are not known in advance, with values of one shape.
    Map(Box<Self>),
}

impl Shape {
    /// The shape of a type's JSON.
    pub(super) fn of<T: JsonSchema + ?Sized>() -> Self {
        let settings = SchemaSettings::draft2020_12()
            .for_serialize()
            .with(|settings| settings.inline_subschemas = true);
        Self::from_schema(settings.into_generator().into_root_schema_for::<T>().as_value())
    }

    fn from_schema(schema: &Json) -> Self {
        // A nullable type is either a list of types, or a choice between null and the rest.
        if let Some(choices) = schema["anyOf"].as_array()
            && let Some(other) = choices.iter().find(|choice| choice["type"] != "null")
        {
            return Self::from_schema(other);
        }
        let is = |name: &str| {
            schema["type"] == name
                || schema["type"]
                    .as_array()
                    .is_some_and(|types| types.iter().any(|one| one == name))
        };
        if is("array") {
            return Self::List(Box::new(Self::from_schema(&schema["items"])));
        }
        if let Some(properties) = schema["properties"].as_object() {
            // All properties are required, and the list of required ones has the order of the output.
            let names =
                schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str);
            return Self::Object(
                names
                    .filter_map(|name| {
                        Some((name.to_owned(), Self::from_schema(properties.get(name)?)))
                    })
                    .collect(),
            );
        }
        if is("object") {
            return Self::Map(Box::new(Self::from_schema(&schema["additionalProperties"])));
        }
        let listed = schema["enum"].as_array().into_iter().flatten();
        let chosen =
            schema["oneOf"].as_array().into_iter().flatten().map(|choice| &choice["const"]);
        Self::Word(listed.chain(chosen).filter_map(Json::as_str).map(str::to_owned).collect())
    }

    /// The paths of all columns: keys of nested objects are joined with dots; lists and maps are
    /// one column.
    pub(super) fn columns(&self) -> Vec<String> {
        let mut columns = Vec::new();
        self.add_columns("", &mut columns);
        columns
    }

    fn add_columns(&self, path: &str, columns: &mut Vec<String>) {
        match self {
            Self::Object(members) => {
                for (name, shape) in members {
                    shape.add_columns(&below(path, name), columns);
                }
            }
            _ => columns.push(path.to_owned()),
        }
    }

    /// Every path that can be selected: the columns, and the keys of the entries of lists.
    pub(super) fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.add_paths("", &mut paths);
        paths
    }

    fn add_paths(&self, path: &str, paths: &mut Vec<String>) {
        match self {
            Self::Object(members) => {
                for (name, shape) in members {
                    shape.add_paths(&below(path, name), paths);
                }
            }
            Self::List(entry) => {
                paths.push(path.to_owned());
                if matches!(**entry, Self::Object(_)) {
                    entry.add_paths(path, paths);
                }
            }
            _ => paths.push(path.to_owned()),
        }
    }

    /// The shape at the end of a path, through lists and maps.
    pub(super) fn find(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |shape, name| match shape.through_lists() {
            Self::Object(members) => {
                members.iter().find(|(key, _)| key == name).map(|(_, shape)| shape)
            }
            Self::Map(value) if !name.is_empty() => Some(&**value),
            _ => None,
        })
    }

    /// The shape of only these columns.
    pub(super) fn only(&self, columns: &[String]) -> Self {
        let paths: Vec<Vec<&str>> =
            columns.iter().map(|column| column.split('.').collect()).collect();
        self.only_paths(&paths.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    fn only_paths(&self, paths: &[&[&str]]) -> Self {
        if paths.iter().any(|path| path.is_empty()) {
            return self.clone();
        }
        match self {
            Self::List(entry) => Self::List(Box::new(entry.only_paths(paths))),
            Self::Object(members) => {
                let kept = members.iter().filter_map(|(name, shape)| {
                    let below: Vec<&[&str]> = paths
                        .iter()
                        .filter(|path| path[0] == name)
                        .map(|path| &path[1..])
                        .collect();
                    (!below.is_empty()).then(|| (name.clone(), shape.only_paths(&below)))
                });
                Self::Object(kept.collect())
            }
            shape => shape.clone(),
        }
    }

    fn through_lists(&self) -> &Self {
        match self {
            Self::List(entry) => entry.through_lists(),
            shape => shape,
        }
    }
}

/// The path of a key below another.
pub(super) fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::view::{RegistrationList, RegistrationView, ResourceView, SettingList};

    #[test]
    fn columns_are_in_the_order_of_declaration() {
        let columns = Shape::of::<RegistrationView>().columns();
        assert_eq!(columns[..5], ["slug", "name", "status", "missing", "tool.tool_url"]);
        assert_eq!(
            columns[columns.len() - 4..],
            ["platform.authentication_request_url", "deployments", "created_at", "updated_at"]
        );
        assert!(matches!(Shape::of::<RegistrationList>(), Shape::List(_)));
        assert!(matches!(Shape::of::<SettingList>(), Shape::Map(_)));
    }

    #[test]
    fn only_existing_paths_are_found() {
        let shape = Shape::of::<RegistrationView>();
        assert_eq!(
            shape.find("status"),
            Some(&Shape::Word(["draft", "active", "disabled"].map(str::to_owned).to_vec()))
        );
        for path in ["deployments", "deployments.deployment_id", "platform.issuer", "platform"] {
            assert!(shape.find(path).is_some(), "{path}");
        }
        for path in ["", "platform.", "issuer", "slug.x", "deployments.x"] {
            assert!(shape.find(path).is_none(), "{path}");
        }
        assert!(Shape::of::<ResourceView>().find("custom_properties.id").is_some());
        assert!(shape.paths().contains(&"deployments.name".to_owned()));
        let only = shape.only(&["slug", "platform.issuer", "deployments.name"].map(str::to_owned));
        assert_eq!(only.paths(), ["slug", "platform.issuer", "deployments", "deployments.name"]);
    }
}
