//! Prints manifests part by part, so that they take little memory however long they are.

use std::io::{self, Write};

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
        Output::Table | Output::Wide | Output::Yaml => false,
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
    let mut writer = Writer::new(Spool::new(), is_json);
    export(&mut |part| writer.write(part).map_err(cannot_spool))?;
    Ok(writer.end().map_err(cannot_spool)?.print())
}

/// Writes the parts exactly as they would be written together.
struct Writer<W> {
    output: W,
    is_json: bool,
    /// The section that has begun.
    section: Option<&'static str>,
    /// Whether that has no entries yet, or without a section, whether nothing was written.
    is_empty: bool,
}

impl<W: Write> Writer<W> {
    fn new(output: W, is_json: bool) -> Self {
        Self { output, is_json, section: None, is_empty: true }
    }

    fn write(&mut self, part: Exported) -> io::Result<()> {
        match part {
            Exported::Settings(settings) => self.whole("settings", &settings),
            Exported::Registrations => self.begin("registrations"),
            Exported::Resources => self.begin("resources"),
            Exported::Consumers => self.begin("consumers"),
            Exported::Clients => self.begin("clients"),
            Exported::Accounts => self.begin("accounts"),
            Exported::Registration(slug, entry) => self.entry(&slug, &entry),
            Exported::Resource(slug, entry) => self.entry(&slug, &entry),
            Exported::Consumer(slug, entry) => self.entry(&slug, &entry),
            Exported::Client(slug, entry) => self.entry(&slug, &entry),
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
            yaml::write(&json!({ name: value }), &mut self.output)?;
        }
        self.is_empty = false;
        Ok(())
    }

    fn begin(&mut self, name: &'static str) -> io::Result<()> {
        self.end_section()?;
        if self.is_json {
            self.member(2, name)?;
            write!(self.output, "{{")?;
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
            self.output.write_all(&text[if self.is_empty { 0 } else { line }..])?;
        }
        self.is_empty = false;
        Ok(())
    }

    fn end_section(&mut self) -> io::Result<()> {
        let Some(name) = self.section.take() else { return Ok(()) };
        match (self.is_json, self.is_empty) {
            (true, true) => write!(self.output, "}}")?,
            (true, false) => write!(self.output, "\n  }}")?,
            (false, true) => yaml::write(&json!({ name: {} }), &mut self.output)?,
            (false, false) => {}
        }
        self.is_empty = false;
        Ok(())
    }

    fn end(mut self) -> io::Result<W> {
        self.end_section()?;
        if self.is_json {
            writeln!(self.output, "\n}}")?;
        }
        Ok(self.output)
    }

    /// Begins a member of an object in JSON.
    fn member(&mut self, indent: usize, key: &str) -> io::Result<()> {
        let before = match (self.is_empty, self.section) {
            (true, None) => "{\n",
            (true, Some(_)) => "\n",
            (false, _) => ",\n",
        };
        write!(self.output, "{before}{:indent$}{}: ", "", json::to_text(&key)?)
    }

    /// Writes a value in JSON below a member with this indent.
    fn indented(&mut self, indent: usize, value: &Value) -> io::Result<()> {
        let text = json::to_text(value)?;
        write!(self.output, "{}", text.replace('\n', &format!("\n{:indent$}", "")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provision::Field;
    use crate::provision::manifest::{DeploymentEntry, RegistrationEntry};

    const ODD: [&str; 12] =
        ["plain", "true", "1", "a: b", "- a", "", "#", "a\nb\n", "\u{1b}[2J", "{", "é'\"", "  x "];

    fn registration(text: &str) -> RegistrationEntry {
        let deployment = DeploymentEntry {
            deployment_id: Field::Value(text.to_owned()),
            name: Field::Value(Some("One".to_owned())),
        };
        RegistrationEntry {
            name: Field::Value(text.to_owned()),
            product: Field::Value(None),
            deployments: Field::Value(if text.is_empty() {
                Vec::new()
            } else {
                vec![Field::Value(deployment.clone()), Field::Value(deployment)]
            }),
            ..RegistrationEntry::default()
        }
    }

    /// The parts of a manifest with this many entries in each section.
    fn parts(settings: bool, [registrations, resources, accounts]: [usize; 3]) -> Vec<Exported> {
        let mut parts = Vec::new();
        if settings {
            parts.push(Exported::Settings(Box::default()));
        }
        parts.push(Exported::Registrations);
        parts.extend(ODD.iter().take(registrations).enumerate().map(|(place, text)| {
            Exported::Registration(format!("{place}"), Box::new(registration(text)))
        }));
        parts.push(Exported::Resources);
        parts.extend(
            ODD.iter()
                .take(resources)
                .map(|text| Exported::Resource((*text).to_owned(), Box::default())),
        );
        parts.push(Exported::Accounts);
        parts.extend(
            ODD.iter()
                .take(accounts)
                .map(|text| Exported::Account((*text).to_owned(), Box::default())),
        );
        parts
    }

    fn in_parts(parts: Vec<Exported>, is_json: bool) -> String {
        let mut writer = Writer::new(Vec::new(), is_json);
        parts.into_iter().for_each(|part| writer.write(part).unwrap());
        String::from_utf8(writer.end().unwrap()).unwrap()
    }

    #[test]
    fn a_manifest_written_in_parts_is_the_same_as_in_one() {
        for settings in [true, false] {
            for counts in [[0; 3], [1, 0, 2], [0, 1, 0], [12, 12, 12]] {
                let mut whole = ManifestDocument::default();
                parts(settings, counts).into_iter().for_each(|part| whole.add(part));
                let mut yaml = Vec::new();
                yaml::write_view(&whole, &mut yaml).unwrap();
                assert_eq!(
                    in_parts(parts(settings, counts), false),
                    String::from_utf8(yaml).unwrap()
                );
                assert_eq!(
                    in_parts(parts(settings, counts), true),
                    json::to_text(&whole).unwrap() + "\n"
                );
            }
        }
    }
}
