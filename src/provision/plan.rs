//! Compares a manifest with the database.

mod account;
mod client;
mod consumer;
mod prune;
mod registration;
mod resource;

use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::Hash;

use jiff::Timestamp;

use super::change::Change;
use super::field::Key;
use super::problem::{Position, Problems};
use super::state::{Sections, State};
use super::{Action, Manifest};
use crate::domain::{Random, Settings, Slug, Username};
use crate::failure::{Failure, FailureList};
use crate::rules::carry_over::Affected;
use crate::rules::settings;
use crate::store::Read;

/// The changes to make.
#[derive(Debug, Default)]
pub struct Plan {
    /// Objects to create and update, in the order of the manifest, and then those to delete.
    pub changes: Vec<Change>,
    /// Data that is deleted with objects and is in no manifest: the user should confirm it.
    pub losses: Vec<Loss>,
    /// Registrations whose users are carried over, and who is affected.
    pub carried: Vec<(Slug, Affected)>,
}

/// Data that is deleted with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Index of the change that deletes the object.
    pub change: usize,
    /// The object in words, such as `account tina`.
    pub thing: String,
    /// Numbers of deleted items, with singular and plural nouns.
    pub counts: Vec<(u32, &'static str, &'static str)>,
}

impl Plan {
    /// Whether accounts, or what belongs to them, are changed or may be deleted, or registrations
    /// are changed, on whose platforms it depends who is who.
    pub fn concerns_people(&self) -> bool {
        let concerns_people = |change: &Change| {
            matches!(change, Change::Account { .. } | Change::Registration { before: Some(_), .. })
                || change.action() == Action::Delete
        };
        !self.losses.is_empty()
            || !self.carried.is_empty()
            || self.changes.iter().any(concerns_people)
    }

    /// The number of changes with an action.
    pub fn count(&self, action: Action) -> usize {
        self.changes.iter().filter(|change| change.action() == action).count()
    }
}

/// Plans the changes; `prune` deletes what manifests created and this one does not list.
///
/// # Errors
///
/// Fails with all problems of the manifest, by itself and with the database, in one failure, or
/// with a conflict if an object that is kept needs one that would be deleted.
pub fn plan(
    read: Read<'_>,
    manifest: &Manifest<'_>,
    prune: bool,
    now: Timestamp,
    random: &Random,
) -> Result<Plan, Failure> {
    let accounts = prune || !manifest.accounts.is_empty();
    let state = State::read(
        read,
        Sections {
            resources: accounts
                || !manifest.resources.is_empty()
                || !manifest.consumers.is_empty()
                || !manifest.clients.is_empty(),
            accounts,
            managed: prune,
        },
    )?;
    let mut planner = Planner {
        manifest,
        state: &state,
        pruned: Pruned::new(manifest, &state),
        now,
        random,
        problems: manifest.problems.clone(),
        plan: Plan::default(),
    };
    let settings = planner.settings();
    planner.registrations();
    planner.people(read)?;
    let known = resource::KnownObjects::new(manifest, &state, &planner.pruned, settings.url);
    planner.resources(&known);
    planner.consumers(read, &known)?;
    planner.clients(&known);
    planner.accounts(&known);
    let conflicts = planner.prune(read, &known)?;
    if !planner.problems.is_empty() {
        let names: Vec<&str> = manifest.sources.iter().map(|source| source.name.as_str()).collect();
        return Err(planner.problems.into_failure(&names));
    }
    conflicts.into_iter().next().map_or(Ok(planner.plan), Err)
}

struct Planner<'p> {
    manifest: &'p Manifest<'p>,
    state: &'p State,
    pruned: Pruned<'p>,
    now: Timestamp,
    random: &'p Random,
    problems: Problems,
    plan: Plan,
}

/// What manifests created and this one does not list although it has the section, by slugs and
/// usernames; empty unless pruning.
#[derive(Default)]
struct Pruned<'p> {
    registrations: HashSet<&'p Slug>,
    resources: HashSet<&'p Slug>,
    consumers: HashSet<&'p Slug>,
    clients: HashSet<&'p Slug>,
    accounts: HashSet<&'p Username>,
}

impl<'p> Pruned<'p> {
    fn new(manifest: &Manifest<'_>, state: &'p State) -> Self {
        fn unlisted<'s, N: Borrow<str> + Eq + Hash>(
            listed: &HashSet<String>,
            stored: impl Iterator<Item = (&'s N, bool)>,
        ) -> HashSet<&'s N> {
            stored
                .filter(|(name, is_managed)| *is_managed && !listed.contains((*name).borrow()))
                .map(|(name, _)| name)
                .collect()
        }
        fn listed<T>(entries: &[(Key, T)]) -> HashSet<String> {
            entries.iter().map(|(key, _)| key.text.to_ascii_lowercase()).collect()
        }
        let has = manifest.has;
        let managed = &state.managed;
        if managed.is_empty() {
            return Self::default();
        }
        let registrations = state.registrations.iter().map(|(slug, (registration, _))| {
            (slug, has.registrations && managed.registrations.contains(&registration.id))
        });
        let resources = state.resources.iter().map(|(slug, resource)| {
            (slug, has.resources && managed.resources.contains(&resource.id))
        });
        let consumers = state.consumers.iter().map(|(slug, consumer)| {
            (slug, has.consumers && managed.registrations.contains(&consumer.registration.id))
        });
        let clients = state
            .clients
            .iter()
            .map(|(slug, client)| (slug, has.clients && managed.clients.contains(&client.id)));
        let accounts = state.accounts.iter().map(|(username, granted)| {
            (username, has.accounts && managed.accounts.contains(&granted.account.id))
        });
        Self {
            registrations: unlisted(&listed(&manifest.registrations), registrations),
            resources: unlisted(&listed(&manifest.resources), resources),
            consumers: unlisted(&listed(&manifest.consumers), consumers),
            clients: unlisted(&listed(&manifest.clients), clients),
            accounts: unlisted(&listed(&manifest.accounts), accounts),
        }
    }
}

impl Planner<'_> {
    /// The position of a part of an entry.
    fn position(&self, key: &Key, part: &str) -> Position {
        self.manifest.tree.locate(key.node, part).unwrap_or(key.position)
    }

    /// Reports a problem with a part of an entry.
    fn report_problem(
        &mut self,
        section: &str,
        key: &Key,
        part: &str,
        failure: impl Into<Failure>,
    ) {
        let separator = if part.is_empty() { "" } else { "." };
        let position = if part.is_empty() { key.position } else { self.position(key, part) };
        self.problems.add_failure(
            position,
            format!("{section}.{}{separator}{part}", key.text),
            failure.into(),
        );
    }

    fn report_problems(&mut self, section: &str, key: &Key, failures: FailureList) {
        for (part, failure) in failures {
            self.report_problem(section, key, &part, failure);
        }
    }

    /// Plans the settings; returns what they will be.
    fn settings(&mut self) -> Settings {
        let before = &self.state.settings;
        let mut after = before.clone();
        let allow_http =
            self.manifest.settings.iter().any(|(_, entry)| entry.allow_http.get() == Some(&true));
        for (document, entry) in &self.manifest.settings {
            for (setting, value) in entry.texts() {
                // What is stored needs no second permission.
                let is_stored = settings::get(before, setting).is_ok_and(|stored| stored == value);
                if !is_stored
                    && let Err(failure) = settings::change(&mut after, setting, &value, allow_http)
                {
                    let path = format!("settings.{setting}");
                    if let Some(position) = self.manifest.tree.locate(*document, &path) {
                        self.problems.add_failure(position, path, failure);
                    }
                }
            }
        }
        if after != *before {
            self.plan.changes.push(Change::Settings {
                before: Box::new(before.clone()),
                after: Box::new(after.clone()),
            });
        }
        after
    }
}

fn parse_uuid(text: &str) -> Result<uuid::Uuid, crate::domain::Invalid> {
    text.trim().parse().map_err(|_| {
        crate::domain::Invalid::new(
            "uuid",
            "must be a UUID such as 0190f6a4-5f3c-4a7e-9a53-6a2a4c7d9e10",
        )
    })
}

/// The failure for another value of something immutable.
fn never_changes(what: &str, stored: &str) -> Failure {
    Failure::new(
        crate::failure::Kind::Conflict,
        format!("{what} never changes"),
        format!("it is {stored}"),
        "",
    )
}
