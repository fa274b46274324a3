//! Provisioning from files: a manifest says what the tool is to have, [`plan`] says what that
//! changes, [`apply`] does exactly that.
//!
//! One way for `apply`, `apply --dry-run` and `diff`: sources are read into trees (`tree`), trees
//! into types (`manifest`), and those with what the database holds into a [`Plan`]. Whatever is
//! wrong on the way is collected with its place, so that one run says all of it. The rules are
//! those of the commands: the same functions of [`crate::rules`] check and change in both.

mod change;
mod entry;
mod environment;
mod execute;
mod export;
mod given;
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
use crate::rules::resource::ResourceChange;

pub use self::change::{Action, Change, FieldChange, Granted};
pub use self::environment::Environment;
pub use self::execute::apply;
pub use self::export::{Extent, export};
pub use self::given::{Entries, Given, Key};
use self::manifest::{ManifestDocument, RegistrationEntry, SettingsEntry};
pub use self::plan::{Loss, Plan, plan};
use self::problem::Problems;
use self::tree::{NodeId, Tree};
use self::value::Value;

/// A file, or what came by standard input.
#[derive(Debug, Clone)]
pub struct Source {
    /// What problems call it.
    pub name: String,
    /// What is in it.
    pub text: String,
    /// From where relative directories in it are seen; from the working directory without.
    pub directory: Option<PathBuf>,
}

/// What all documents of all sources say together, and what is wrong with them so far.
#[derive(Debug)]
pub struct Manifest<'s> {
    sources: &'s [Source],
    tree: Tree<'s>,
    problems: Problems,
    settings: Vec<(NodeId, SettingsEntry)>,
    registrations: Vec<(Key, Given<RegistrationEntry>)>,
    resources: Vec<(Key, Given<ResourceChange>)>,
    accounts: Vec<(Key, Given<AccountChange>)>,
}

/// Reads sources. It never fails: what is wrong is kept until there is a plan to be made, so that
/// everything is said at once.
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
        registrations: Vec::new(),
        resources: Vec::new(),
        accounts: Vec::new(),
    };
    let problems = RefCell::new(problems);
    for node in tree.documents.iter().copied() {
        // A flaw of the document itself is noted by anyone who holds it, as every other one.
        let Ok(Given::Is(document)) =
            Given::<ManifestDocument>::deserialize(Value::document(&tree, &problems, node))
        else {
            continue;
        };
        if let Given::Is(settings) = document.settings {
            manifest.settings.push((node, settings));
        }
        manifest.registrations.extend(entries(document.registrations));
        manifest.resources.extend(entries(document.resources));
        manifest.accounts.extend(entries(document.accounts));
    }
    manifest.tree = tree;
    manifest.problems = problems.into_inner();
    manifest.refuse_repetitions();
    manifest
}

fn entries<T>(entries: Given<Entries<T>>) -> Vec<(Key, Given<T>)> {
    match entries {
        Given::Is(Entries(entries)) => entries,
        Given::Missing | Given::Bad => Vec::new(),
    }
}

impl Manifest<'_> {
    /// What is wrong with it by itself, whatever the database holds.
    pub fn problems(&self) -> Option<Failure> {
        let names: Vec<&str> = self.sources.iter().map(|source| source.name.as_str()).collect();
        (!self.problems.is_empty()).then(|| self.problems.clone().into_failure(&names))
    }

    /// Whatever two documents say of the same thing, one of them would win by chance.
    fn refuse_repetitions(&mut self) {
        let names: Vec<&str> = self.sources.iter().map(|source| source.name.as_str()).collect();
        refuse(&names, &mut self.problems, "registrations", &mut self.registrations);
        refuse(&names, &mut self.problems, "resources", &mut self.resources);
        refuse(&names, &mut self.problems, "accounts", &mut self.accounts);
        let mut seen = HashMap::new();
        for (document, _) in &self.settings {
            for key in self.tree.keys_below(*document, "settings") {
                match seen.get(&key.text) {
                    None => drop(seen.insert(key.text.clone(), key.place)),
                    Some(first) => self.problems.add(
                        key.place,
                        format!("settings.{}", key.text),
                        listed_already(&names, *first),
                    ),
                }
            }
        }
    }
}

fn listed_already(names: &[&str], first: problem::Place) -> String {
    let name = names.get(first.source as usize).copied().unwrap_or_default();
    format!("is listed already, at {name}:{}:{}", first.line, first.column)
}

fn refuse<T>(
    names: &[&str],
    problems: &mut Problems,
    section: &str,
    entries: &mut Vec<(Key, Given<T>)>,
) {
    let mut seen = HashMap::with_capacity(entries.len());
    entries.retain(|(key, _)| {
        // Usernames are the same in capital letters; slugs have none.
        let first = *seen.entry(key.text.to_ascii_lowercase()).or_insert(key.place);
        if first != key.place {
            problems.add(
                key.place,
                format!("{section}.{}", key.text),
                listed_already(names, first),
            );
        }
        first == key.place
    });
}
