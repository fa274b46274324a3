//! The configuration as a manifest.

use schemars::JsonSchema;
use serde::Serialize;

use crate::provision::manifest::ManifestDocument;
use crate::report::{Style, View, yaml};

/// A manifest; for people it is YAML, which `apply` accepts as well as JSON.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct ManifestView(pub ManifestDocument);

impl View for ManifestView {
    fn table(&self, _: Style) -> String {
        let mut bytes = Vec::new();
        // Serializing text, numbers and lists into memory cannot fail.
        let _ = yaml::write_view(&self.0, &mut bytes);
        String::from_utf8_lossy(&bytes).trim_end().to_owned()
    }
}
