//! Prints manifests part by part, so that they take little memory however long they are.

use std::io::{self, Write as _};

use serde::Serialize;
use serde_json::{Value, json};

use super::spool::{Spool, cannot_spool};
use super::view::ManifestView;
use super::{Format, Output, json, print, yaml};
use crate::failure::Failure;
use crate::provision::Exported;
use crate::provision::manifest::ManifestDocument;

/// Writes a manifest to standard output. For people it is YAML.
///
/// # Errors
///
/// What `export` returns. The inner error: standard output cannot be written.
pub fn print_manifest(
    export: impl FnOnce(&mut dyn FnMut(Exported) -> Result<(), Failure>) -> Result<(), Failure>,
    format: Format,
) -> Result<io::Result<()>, Failure> {
    let is_json = match format.output {
        _ if format.quiet => {
            // A manifest has no identifier.
            return export(&mut |_| Ok(())).map(Ok);
        }
        Output::Table | Output::Yaml => false,
        Output::Json => true,
        Output::Csv | Output::Env => {
            let mut document = ManifestDocument::default();
            export(&mut |part| {
                document.add(part);
                Ok(())
            })?;
            return Ok(print(&ManifestView(document), format));
        }
    };
    let mut writer = Writer { spool: Spool::new(), is_json, section: None, is_empty: true };
    export(&mut |part| writer.write(part).map_err(cannot_spool))?;
    writer.end().map_err(cannot_spool)?;
    Ok(writer.spool.print())
}

/// Writes the parts exactly as they would be written together.
struct Writer {
    spool: Spool,
    is_json: bool,
    /// The section that has begun.
    section: Option<&'static str>,
    /// Whether that has no entries yet, or without a section, whether nothing was written.
    is_empty: bool,
}

impl Writer {
    fn write(&mut self, part: Exported) -> io::Result<()> {
        match part {
            Exported::Settings(settings) => self.whole("settings", &settings),
            Exported::Registrations => self.begin("registrations"),
            Exported::Resources => self.begin("resources"),
            Exported::Accounts => self.begin("accounts"),
            Exported::Registration(slug, entry) => self.entry(&slug, &entry),
            Exported::Resource(slug, entry) => self.entry(&slug, &entry),
            Exported::Account(username, entry) => self.entry(&username, &entry),
        }
    }

    /// Writes a member of the document that is not a section.
    fn whole(&mut self, name: &'static str, value: &impl Serialize) -> io::Result<()> {
        let value = serde_json::to_value(value)?;
        if self.is_json {
            self.member(2, name)?;
            self.indented(2, &value)?;
        } else {
            yaml::write(&json!({ name: value }), &mut self.spool)?;
        }
        self.is_empty = false;
        Ok(())
    }

    fn begin(&mut self, name: &'static str) -> io::Result<()> {
        self.end_section()?;
        if self.is_json {
            self.member(2, name)?;
            write!(self.spool, "{{")?;
        }
        (self.section, self.is_empty) = (Some(name), true);
        Ok(())
    }

    fn entry(&mut self, key: &str, value: &impl Serialize) -> io::Result<()> {
        let value = serde_json::to_value(value)?;
        if self.is_json {
            self.member(4, key)?;
            self.indented(4, &value)?;
        } else {
            let mut text = Vec::new();
            yaml::write(&json!({ self.section.unwrap_or_default(): { key: value } }), &mut text)?;
            // The first line is the name of the section.
            let line = text.iter().position(|byte| *byte == b'\n').map_or(0, |place| place + 1);
            self.spool.write_all(&text[if self.is_empty { 0 } else { line }..])?;
        }
        self.is_empty = false;
        Ok(())
    }

    fn end_section(&mut self) -> io::Result<()> {
        let Some(name) = self.section.take() else { return Ok(()) };
        match (self.is_json, self.is_empty) {
            (true, true) => write!(self.spool, "}}")?,
            (true, false) => write!(self.spool, "\n  }}")?,
            (false, true) => yaml::write(&json!({ name: {} }), &mut self.spool)?,
            (false, false) => {}
        }
        self.is_empty = false;
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.end_section()?;
        if self.is_json { writeln!(self.spool, "\n}}") } else { Ok(()) }
    }

    /// Begins a member of an object in JSON.
    fn member(&mut self, indent: usize, key: &str) -> io::Result<()> {
        let before = match (self.is_empty, self.section) {
            (true, None) => "{\n",
            (true, Some(_)) => "\n",
            (false, _) => ",\n",
        };
        write!(self.spool, "{before}{:indent$}{}: ", "", json::to_text(&key)?)
    }

    /// Writes a value in JSON below a member with this indent.
    fn indented(&mut self, indent: usize, value: &Value) -> io::Result<()> {
        let text = json::to_text(value)?;
        write!(self.spool, "{}", text.replace('\n', &format!("\n{:indent$}", "")))
    }
}
