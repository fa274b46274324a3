//! Plans OpenID clients.

use std::collections::HashMap;

use super::resource::KnownObjects;
use super::{Planner, never_changes};
use crate::domain::{Client, ClientKey, Invalid, Name, Resource, Slug};
use crate::failure::{Failure, FailureList, Kind};
use crate::provision::change::Change;
use crate::provision::field::{Field, Key};
use crate::rules::client::{self, ClientChange};

const SECTION: &str = "clients";

impl Planner<'_> {
    pub(super) fn clients(&mut self, known: &KnownObjects<'_>) {
        let manifest = self.manifest;
        let stored = self.state.clients.iter();
        let mut keys: HashMap<String, String> =
            stored.map(|(slug, one)| (one.client_id.to_string(), slug.to_string())).collect();
        for (key, entry) in &manifest.clients {
            let slug = match Slug::new(&key.text) {
                Ok(slug) => slug,
                Err(invalid) => {
                    self.report_problem(SECTION, key, "", invalid);
                    continue;
                }
            };
            let Field::Value(entry) = entry else { continue };
            match self.state.clients.get(&slug) {
                Some(before) => self.stored_client(key, entry, before, known),
                None => self.new_client(key, slug, entry, known, &mut keys),
            }
        }
    }

    fn stored_client(
        &mut self,
        key: &Key,
        entry: &ClientChange,
        before: &Client,
        known: &KnownObjects<'_>,
    ) {
        let (mut after, mut failures) = (before.clone(), FailureList::default());
        if entry.client_id.as_ref().is_some_and(|id| id != before.client_id.as_str()) {
            let stored = before.client_id.as_str();
            failures.take("client_id", Err::<(), _>(never_changes("the client ID", stored)));
        }
        if self.pruned.resources.contains(&before.resource) {
            let why = format!("{} is not listed, and would be deleted with it", before.resource);
            failures.take(
                "resource",
                Err::<(), _>(Failure::new(Kind::Conflict, "its resource is deleted", why, "")),
            );
        }
        client::alter(known, &mut after, entry, &mut failures);
        if after.resource != before.resource {
            failures.take("resource", self.handover(&after));
        }
        self.report_problems(SECTION, key, failures);
        if *before != after {
            self.plan.changes.push(Change::Client {
                before: Some(Box::new(before.clone())),
                after: Some(Box::new(after)),
                has_fresh_id: false,
            });
        }
    }

    fn new_client(
        &mut self,
        key: &Key,
        slug: Slug,
        entry: &ClientChange,
        known: &KnownObjects<'_>,
        keys: &mut HashMap<String, String>,
    ) {
        let mut failures = FailureList::default();
        let client_id = match &entry.client_id {
            Some(text) => failures.take("client_id", ClientKey::new(text)),
            None => Some(ClientKey::generate(self.random)),
        };
        if let Some(client_id) = &client_id
            && let Some(other) = keys.insert(client_id.to_string(), slug.to_string())
        {
            let why = format!("client {other} has it; a slug never changes: list it as {other}");
            failures.take(
                "client_id",
                Err::<(), _>(Failure::new(Kind::Conflict, "this client ID is taken", why, "")),
            );
        }
        if entry.resource.is_none() {
            let rule = "must be given: its launches are the sign-ins of the client";
            failures.take("resource", Err::<(), _>(Invalid::new("resource", rule)));
        }
        let name = failures.take("", Name::new(slug.as_str()));
        let Some((client_id, name)) = client_id.zip(name) else {
            return self.report_problems(SECTION, key, failures);
        };
        // The place is that of the entry; a new resource has no key in the database yet.
        let mut after = Client::new(slug.clone(), name, client_id, (0, slug), self.now);
        client::alter(known, &mut after, entry, &mut failures);
        if after.enabled && entry.resource.is_some() {
            failures.take("resource", self.handover(&after));
        }
        self.report_problems(SECTION, key, failures);
        self.plan.changes.push(Change::Client {
            before: None,
            after: Some(Box::new(after)),
            has_fresh_id: entry.client_id.is_none(),
        });
    }

    /// Checks the planned handover of a client's resource. One that does not exist was reported.
    fn handover(&self, client: &Client) -> Result<(), Failure> {
        let planned = self.plan.changes.iter().find_map(|change| match change {
            Change::Resource { after: Some(after), .. } if after.slug == client.resource => {
                Some(&**after)
            }
            _ => None,
        });
        let resource: Option<&Resource> =
            planned.or_else(|| self.state.resources.get(&client.resource));
        resource.map_or(Ok(()), client::check_handover)
    }
}
