//! Provisioning from files: a manifest describes what the tool should have, [`plan`] determines the
//! changes, and [`apply`] executes them.
//!
//! `apply`, `apply --dry-run` and `diff` work the same way: sources are parsed into trees (`tree`),
//! trees into types (`manifest`), and these are compared with the database, which results in a
//! [`Plan`]. Problems are collected with their positions, so that one run reports all of them. The
//! same functions of [`crate::rules`] check and change objects as for commands.

mod adopt;
mod change;
mod entry;
mod environment;
mod execute;
mod export;
mod field;
pub mod manifest;
mod plan;
mod problem;
mod state;
#[cfg(test)]
mod tests;
mod tree;
mod value;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::failure::Failure;
use crate::rules::account::AccountChange;
use crate::rules::client::ClientChange;
use crate::rules::consumer::ConsumerChange;
use crate::rules::resource::ResourceChange;

pub use self::adopt::adopt;
pub use self::change::{Action, Change, FieldChange, Granted};
pub use self::environment::Environment;
pub use self::execute::apply;
pub use self::export::{Exported, Extent, export, export_parts, fingerprint};
pub use self::field::{Entries, Field, Key};
use self::manifest::{ManifestDocument, RegistrationEntry, SettingsEntry};
pub use self::plan::{Loss, Plan, plan};
use self::problem::Problems;
use self::tree::{NodeId, Tree};
use self::value::Value;

/// A file, or standard input.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name in messages.
    pub name: String,
    /// Its content.
    pub text: String,
    /// The directory of relative paths in it; `None` for the working directory.
    pub directory: Option<PathBuf>,
}

/// The content of all sources, and its problems so far.
#[derive(Debug)]
pub struct Manifest<'s> {
    sources: &'s [Source],
    tree: Tree<'s>,
    problems: Problems,
    settings: Vec<(NodeId, SettingsEntry)>,
    has: PresentSections,
    registrations: Vec<(Key, Field<RegistrationEntry>)>,
    resources: Vec<(Key, Field<ResourceChange>)>,
    consumers: Vec<(Key, Field<ConsumerChange>)>,
    clients: Vec<(Key, Field<ClientChange>)>,
    accounts: Vec<(Key, Field<AccountChange>)>,
}

/// Which sections the sources contain, even without an entry. Pruning leaves the others as they are.
#[derive(Debug, Clone, Copy, Default)]
struct PresentSections {
    registrations: bool,
    resources: bool,
    consumers: bool,
    clients: bool,
    accounts: bool,
}

/// Reads sources. It never fails: problems are kept until a plan is made, so that all of them are
/// reported at once.
pub fn read<'s>(sources: &'s [Source], environment: Option<Environment<'_>>) -> Manifest<'s> {
    let (mut tree, mut problems) = (Tree::default(), Problems::default());
    for (number, source) in sources.iter().enumerate() {
        tree.read(
            u32::try_from(number).unwrap_or(u32::MAX),
            &source.text,
            environment,
            &mut problems,
        );
    }
    let mut manifest = Manifest {
        sources,
        tree: Tree::default(),
        problems: Problems::default(),
        settings: Vec::new(),
        has: PresentSections::default(),
        registrations: Vec::new(),
        resources: Vec::new(),
        consumers: Vec::new(),
        clients: Vec::new(),
        accounts: Vec::new(),
    };
    let problems = RefCell::new(problems);
    for node in tree.documents.iter().copied() {
        // Problems of the document itself were already noted.
        let Ok(Field::Value(document)) =
            Field::<ManifestDocument>::deserialize(Value::document(&tree, &problems, node))
        else {
            continue;
        };
        if let Field::Value(settings) = document.settings {
            manifest.settings.push((node, settings));
        }
        manifest.has.registrations |= document.registrations.get().is_some();
        manifest.has.resources |= document.resources.get().is_some();
        manifest.has.consumers |= document.consumers.get().is_some();
        manifest.has.clients |= document.clients.get().is_some();
        manifest.has.accounts |= document.accounts.get().is_some();
        manifest.registrations.extend(entries(document.registrations));
        manifest.resources.extend(entries(document.resources));
        manifest.consumers.extend(entries(document.consumers));
        manifest.clients.extend(entries(document.clients));
        manifest.accounts.extend(entries(document.accounts));
    }
    manifest.tree = tree;
    manifest.problems = problems.into_inner();
    manifest.reject_duplicates();
    manifest
}

fn entries<T>(entries: Field<Entries<T>>) -> Vec<(Key, Field<T>)> {
    match entries {
        Field::Value(Entries(entries)) => entries,
        Field::Missing | Field::Invalid => Vec::new(),
    }
}

impl Manifest<'_> {
    /// The first variable in a value, such as `${NAME}`, although variables are not replaced: where it
    /// is, as `file:line:column`, and its name.
    pub fn unexpanded(&self) -> Option<(String, &str)> {
        let (position, variable) = self.tree.unexpanded.as_ref()?;
        let name = self.sources.get(position.source as usize).map(|source| source.name.as_str())?;
        Some((format!("{name}:{}:{}", position.line, position.column), variable))
    }

    /// The problems of the manifest itself, regardless of the database.
    pub fn problems(&self) -> Option<Failure> {
        let names: Vec<&str> = self.sources.iter().map(|source| source.name.as_str()).collect();
        (!self.problems.is_empty()).then(|| self.problems.clone().into_failure(&names))
    }

    /// Reports what is listed twice: which one is used would be undefined.
    fn reject_duplicates(&mut self) {
        let names: Vec<&str> = self.sources.iter().map(|source| source.name.as_str()).collect();
        reject_duplicate_keys(&names, &mut self.problems, "registrations", &mut self.registrations);
        reject_duplicate_keys(&names, &mut self.problems, "resources", &mut self.resources);
        reject_duplicate_keys(&names, &mut self.problems, "consumers", &mut self.consumers);
        reject_duplicate_keys(&names, &mut self.problems, "clients", &mut self.clients);
        reject_duplicate_keys(&names, &mut self.problems, "accounts", &mut self.accounts);
        let mut seen = HashMap::new();
        for (document, _) in &self.settings {
            for key in self.tree.keys_below(*document, "settings") {
                match seen.get(&key.text) {
                    None => drop(seen.insert(key.text.clone(), key.position)),
                    Some(first) => self.problems.add(
                        key.position,
                        format!("settings.{}", key.text),
                        listed_already(&names, *first),
                    ),
                }
            }
        }
    }
}

fn listed_already(names: &[&str], first: problem::Position) -> String {
    let name = names.get(first.source as usize).copied().unwrap_or_default();
    format!("is already listed at {name}:{}:{}", first.line, first.column)
}

fn reject_duplicate_keys<T>(
    names: &[&str],
    problems: &mut Problems,
    section: &str,
    entries: &mut Vec<(Key, Field<T>)>,
) {
    let mut seen = HashMap::with_capacity(entries.len());
    entries.retain(|(key, _)| {
        // Usernames are case-insensitive; slugs have no capital letters.
        let first = *seen.entry(key.text.to_ascii_lowercase()).or_insert(key.position);
        if first != key.position {
            problems.add(
                key.position,
                format!("{section}.{}", key.text),
                listed_already(names, first),
            );
        }
        first == key.position
    });
}
