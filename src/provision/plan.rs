//! What a manifest changes of what the database holds.

mod account;
mod prune;
mod registration;
mod resource;

use std::collections::HashSet;

use jiff::Timestamp;

use super::change::Change;
use super::given::Key;
use super::problem::{Place, Problems};
use super::state::{State, Wanted};
use super::{Action, Manifest};
use crate::domain::{Random, Slug};
use crate::failure::{Complaints, Failure};
use crate::rules::carry_over::Affected;
use crate::rules::settings;
use crate::store::Read;

/// What is to be done.
#[derive(Debug, Default)]
pub struct Plan {
    /// What is made and changed, in the order of the manifest, and then what goes.
    pub changes: Vec<Change>,
    /// What goes with the things that go, and is not in any manifest; it deserves to be asked for.
    pub losses: Vec<Loss>,
    /// Registrations whose people are carried over, and whom that concerns.
    pub carried: Vec<(Slug, Affected)>,
}

/// What goes with a thing that goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The number of the change by which the thing goes.
    pub change: usize,
    /// The thing in words, such as `account tina`.
    pub thing: String,
    /// How many of what, each with its word for one and for several.
    pub counts: Vec<(u32, &'static str, &'static str)>,
}

impl Plan {
    /// How many changes there are of a sort.
    pub fn count(&self, action: Action) -> usize {
        self.changes.iter().filter(|change| change.action() == action).count()
    }
}

/// Makes the plan; with `prune`, what manifests made and this one no longer lists goes.
///
/// # Errors
///
/// All that is wrong with the manifest, by itself and with what the database holds, in one failure;
/// a conflict when something that stays needs something that goes; the database's own errors.
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
        Wanted { resources: accounts || !manifest.resources.is_empty(), accounts, managed: prune },
    )?;
    let mut planner = Planner {
        manifest,
        state: &state,
        gone: Gone::new(manifest, &state),
        now,
        random,
        problems: manifest.problems.clone(),
        plan: Plan::default(),
    };
    planner.settings();
    planner.registrations();
    planner.people(read)?;
    let around = resource::Around::new(manifest, &state, &planner.gone);
    planner.resources(&around);
    planner.accounts(&around);
    let conflicts = planner.prune(read, &around)?;
    if !planner.problems.is_empty() {
        let names: Vec<&str> = manifest.sources.iter().map(|source| source.name.as_str()).collect();
        return Err(planner.problems.into_failure(&names));
    }
    conflicts.into_iter().next().map_or(Ok(planner.plan), Err)
}

struct Planner<'p> {
    manifest: &'p Manifest<'p>,
    state: &'p State,
    gone: Gone<'p>,
    now: Timestamp,
    random: &'p Random,
    problems: Problems,
    plan: Plan,
}

/// What manifests made and this one no longer lists, by slugs and usernames; nothing, unless that
/// is to go.
#[derive(Default)]
struct Gone<'p> {
    registrations: HashSet<&'p str>,
    resources: HashSet<&'p str>,
    accounts: HashSet<&'p str>,
}

impl<'p> Gone<'p> {
    fn new(manifest: &Manifest<'_>, state: &'p State) -> Self {
        fn unlisted<'s>(
            listed: &HashSet<String>,
            stored: impl Iterator<Item = (&'s String, bool)>,
        ) -> HashSet<&'s str> {
            stored
                .filter(|(name, is_managed)| *is_managed && !listed.contains(*name))
                .map(|(name, _)| name.as_str())
                .collect()
        }
        fn listed<T>(entries: &[(Key, T)]) -> HashSet<String> {
            entries.iter().map(|(key, _)| key.text.to_ascii_lowercase()).collect()
        }
        let managed = &state.managed;
        if managed.is_empty() {
            return Self::default();
        }
        let registrations = state.registrations.iter().map(|(slug, (registration, _))| {
            (slug, managed.registrations.contains(&registration.id))
        });
        let resources = state
            .resources
            .iter()
            .map(|(slug, resource)| (slug, managed.resources.contains(&resource.id)));
        let accounts = state
            .accounts
            .iter()
            .map(|(username, granted)| (username, managed.accounts.contains(&granted.account.id)));
        Self {
            registrations: unlisted(&listed(&manifest.registrations), registrations),
            resources: unlisted(&listed(&manifest.resources), resources),
            accounts: unlisted(&listed(&manifest.accounts), accounts),
        }
    }
}

impl Planner<'_> {
    /// The place of a part of an entry.
    fn place(&self, key: &Key, part: &str) -> Place {
        self.manifest.tree.locate(key.node, part).unwrap_or(key.place)
    }

    /// Notes what is wrong with a part of an entry.
    fn complain(&mut self, section: &str, key: &Key, part: &str, failure: impl Into<Failure>) {
        let separator = if part.is_empty() { "" } else { "." };
        let place = if part.is_empty() { key.place } else { self.place(key, part) };
        self.problems.add_failure(
            place,
            format!("{section}.{}{separator}{part}", key.text),
            failure.into(),
        );
    }

    fn complain_all(&mut self, section: &str, key: &Key, complaints: Complaints) {
        for (part, failure) in complaints {
            self.complain(section, key, &part, failure);
        }
    }

    fn settings(&mut self) {
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
                    if let Some(place) = self.manifest.tree.locate(*document, &path) {
                        self.problems.add_failure(place, path, failure);
                    }
                }
            }
        }
        if after != *before {
            self.plan.changes.push(Change::Settings {
                before: Box::new(before.clone()),
                after: Box::new(after),
            });
        }
    }
}

/// A UUID that is given.
fn parse_uuid(text: &str) -> Result<uuid::Uuid, crate::domain::Invalid> {
    text.trim().parse().map_err(|_| {
        crate::domain::Invalid::new(
            "uuid",
            "must be a UUID such as 0190f6a4-5f3c-4a7e-9a53-6a2a4c7d9e10",
        )
    })
}

/// The refusal of something else in place of what never changes.
fn never_changes(what: &str, stored: &str) -> Failure {
    Failure::new(
        crate::failure::Kind::Conflict,
        format!("{what} never changes"),
        format!("it is {stored}"),
        "",
    )
}
