//! What the tool has, as a file for `apply`.

use serde::Serialize;

use crate::report::{Style, View};
use crate::usecase::provision::manifest::ManifestDocument;

/// A manifest: for people it is YAML, which `apply` reads as well as JSON.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct ManifestView(pub ManifestDocument);

impl View for ManifestView {
    fn table(&self, _: Style) -> String {
        // Long lines stay whole: a folded URL is no URL to copy.
        let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
        let mut text = String::new();
        // Text, numbers and lists have no way to fail, and a string takes everything.
        let _ = serde_saphyr::to_fmt_writer_with_options(&mut text, &self.0, options);
        text.truncate(text.trim_end().len());
        text
    }
}
