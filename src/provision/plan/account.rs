//! Plans accounts and their grants.

use std::collections::HashMap;

use uuid::Uuid;

use super::resource::KnownObjects;
use super::{Planner, never_changes, parse_uuid};
use crate::domain::{Account, Profile, ResourceRef, Slug, Username};
use crate::failure::{Failure, FailureList, Kind};
use crate::provision::change::Change;
use crate::provision::field::Field;
use crate::provision::state::Granted;
use crate::rules::account::{self, AccountChange};
use crate::rules::resource::Lookup;
use crate::rules::setting::ListOf;

const SECTION: &str = "accounts";

impl Planner<'_> {
    pub(super) fn accounts(&mut self, known: &KnownObjects<'_>) {
        let manifest = self.manifest;
        // With those to be pruned: an account that is listed under another key is not another one.
        let stored = self.state.accounts.iter();
        let mut uuids: HashMap<Uuid, &str> =
            stored.map(|(username, granted)| (granted.account.uuid, username.as_str())).collect();
        for (key, entry) in &manifest.accounts {
            let before = self.state.accounts.get(key.text.trim().to_ascii_lowercase().as_str());
            let username = match before {
                Some(before) => Ok(before.account.username.clone()),
                None => account::new_username(&key.text),
            };
            let username = match username {
                Ok(username) => username,
                Err(invalid) => {
                    self.report_problem(SECTION, key, "", invalid);
                    continue;
                }
            };
            let Field::Value(entry) = entry else { continue };
            let mut failures = FailureList::default();
            let after = self.account(username, entry, before, known, &mut failures);
            if before.is_none()
                && let Some(other) = uuids.insert(after.account.uuid, &key.text)
            {
                failures.take(
                    "uuid",
                    Err::<(), _>(Failure::new(
                        Kind::Conflict,
                        "this UUID is taken",
                        format!(
                            "account {other} has it; to rename it, run `ltictl account rename {other} \
                             {}` first",
                            after.account.username
                        ),
                        "",
                    )),
                );
            }
            self.report_problems(SECTION, key, failures);
            if before != Some(&after) {
                let has_fresh_uuid = before.is_none() && entry.uuid.is_none();
                self.plan.changes.push(Change::Account {
                    before: before.cloned().map(Box::new),
                    after: Some(Box::new(after)),
                    has_fresh_uuid,
                });
            }
        }
    }

    fn account(
        &self,
        username: Username,
        entry: &AccountChange,
        before: Option<&Granted>,
        known: &KnownObjects<'_>,
        failures: &mut FailureList,
    ) -> Granted {
        let uuid = entry.uuid.as_ref().and_then(|text| failures.take("uuid", parse_uuid(text)));
        let mut granted = match before {
            Some(before) => {
                let stored = &before.account;
                if uuid.is_some_and(|uuid| uuid != stored.uuid) {
                    failures.take(
                        "uuid",
                        Err::<(), _>(never_changes("the UUID", &stored.uuid.to_string())),
                    );
                }
                if entry.origin.is_some_and(|origin| origin != stored.origin) {
                    failures.take(
                        "origin",
                        Err::<(), _>(never_changes("the origin", stored.origin.as_str())),
                    );
                }
                before.clone()
            }
            None => {
                let account = Account::by_admin(
                    username,
                    uuid.unwrap_or_else(|| self.random.uuid()),
                    Profile::default(),
                    self.now,
                );
                let origin = entry.origin.unwrap_or(account.origin);
                Granted { account: Account { origin, ..account }, grants: Vec::new() }
            }
        };
        entry.apply(&mut granted.account);
        let resources = entry.grants.as_ref().and_then(|grants| grants.resources.as_ref());
        if let Some(ListOf(resources)) = resources {
            granted.grants = granted_resources(resources, known, failures);
        }
        granted
    }
}

/// The slugs of the resources, without duplicates and in alphabetical order.
fn granted_resources(
    references: &[ResourceRef],
    known: &KnownObjects<'_>,
    failures: &mut FailureList,
) -> Vec<Slug> {
    let mut slugs: Vec<Slug> = Vec::with_capacity(references.len());
    for (number, reference) in references.iter().enumerate() {
        slugs.extend(
            failures
                .take(format!("grants.resources[{number}]"), known.resource(reference))
                .map(|(slug, _)| slug),
        );
    }
    slugs.sort();
    slugs.dedup();
    slugs
}
