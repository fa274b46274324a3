//! What the tool has, as a file for `apply`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::provision::manifest::ManifestDocument;
use crate::report::value::Value;
use crate::report::{Style, View, yaml};

/// A manifest: for people it is YAML, which `apply` reads as well as JSON.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct ManifestView(pub ManifestDocument);

impl View for ManifestView {
    fn table(&self, _: Style) -> String {
        let mut bytes = Vec::new();
        // Text, numbers and lists have no way to fail, and memory takes everything.
        let _ = Value::of(&self.0).and_then(|value| yaml::write(&value, &mut bytes));
        String::from_utf8_lossy(&bytes).trim_end().to_owned()
    }
}
