//! The tool's settings.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::{Details, Style, Table, View};

/// Every setting with its value.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct SettingList(pub BTreeMap<String, String>);

impl View for SettingList {
    fn table(&self, style: Style) -> String {
        let mut table = Table::new(style, &["SETTING", "VALUE"]);
        for (key, value) in &self.0 {
            table.row(&[key, value], None);
        }
        table.finish("No settings")
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

/// The result of `init`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Initialised {
    /// Path of the database.
    pub database: String,
    /// Whether the tool was already set up.
    pub existed: bool,
    /// The tool's public URL.
    pub url: String,
    /// The tool's name.
    pub name: String,
    /// URL of the tool's public keyset.
    pub jwks_url: String,
}

impl View for Initialised {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Database", &self.database);
        details.add("Tool", &self.name);
        details.add("URL", &self.url);
        details.add("JWKS URL", &self.jwks_url);
        details.finish()
    }
}
