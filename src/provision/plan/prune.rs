//! Plans the deletion of what manifests created and this one does not list.

use std::collections::{HashMap, HashSet};

use super::resource::KnownObjects;
use super::{Loss, Planner};
use crate::failure::{Failure, Kind};
use crate::provision::change::Change;
use crate::provision::field::Field;
use crate::store::Read;

impl Planner<'_> {
    /// Adds deletions in alphabetical order; returns what prevents some of them.
    pub(super) fn prune(
        &mut self,
        read: Read<'_>,
        known: &KnownObjects<'_>,
    ) -> Result<Vec<Failure>, Failure> {
        self.prune_accounts(read)?;
        self.prune_clients();
        let conflicts = self.prune_resources(read, known)?;
        self.prune_deployments(read)?;
        self.prune_consumers(read)?;
        self.prune_registrations(read)?;
        Ok(conflicts)
    }

    fn delete(&mut self, change: Change, counts: &[(u32, &'static str, &'static str)]) {
        let counts: Vec<_> = counts.iter().filter(|(number, ..)| *number > 0).copied().collect();
        if !counts.is_empty() {
            let of = change
                .registration()
                .map(|registration| format!(" of {registration}"))
                .unwrap_or_default();
            let thing = format!("{} {}{of}", change.kind(), change.key().unwrap_or_default());
            self.plan.losses.push(Loss { change: self.plan.changes.len(), thing, counts });
        }
        self.plan.changes.push(change);
    }

    fn prune_accounts(&mut self, read: Read<'_>) -> Result<(), Failure> {
        for username in sorted(&self.pruned.accounts) {
            let granted = &self.state.accounts[username];
            let extent = read.account_extent(granted.account.id)?;
            let counts = [
                (extent.links, "linked user", "linked users"),
                (extent.enrolments, "enrolment", "enrolments"),
                (extent.grades, "grade", "grades"),
                (extent.sessions, "session", "sessions"),
            ];
            self.delete(
                Change::Account {
                    before: Some(Box::new(granted.clone())),
                    after: None,
                    has_fresh_uuid: false,
                },
                &counts,
            );
        }
        Ok(())
    }

    fn prune_resources(
        &mut self,
        read: Read<'_>,
        known: &KnownObjects<'_>,
    ) -> Result<Vec<Failure>, Failure> {
        let mut conflicts = Vec::new();
        for slug in sorted(&self.pruned.resources) {
            let resource = &self.state.resources[slug];
            if let Some(activity) = known.activity(slug) {
                conflicts.push(Failure::new(
                    Kind::Conflict,
                    format!("{slug} cannot be deleted"),
                    format!("the activity {activity} belongs to it, and is kept"),
                    format!(
                        "list {slug} in the manifest, or run `ltictl resource update {activity} \
                         --course ''`"
                    ),
                ));
            }
            let extent = read.resource_extent(resource.id)?;
            let counts = [
                (extent.resource_links, "resource link", "resource links"),
                (extent.enrolments, "enrolment", "enrolments"),
                (extent.grades, "grade", "grades"),
                (extent.sessions, "session", "sessions"),
                (extent.clients, "OpenID client", "OpenID clients"),
            ];
            self.delete(
                Change::Resource {
                    before: Some(Box::new(resource.clone())),
                    after: None,
                    has_fresh_uuid: false,
                },
                &counts,
            );
        }
        Ok(conflicts)
    }

    fn prune_deployments(&mut self, read: Read<'_>) -> Result<(), Failure> {
        if self.state.managed.deployments.is_empty() {
            return Ok(());
        }
        let listed = self.listed_deployments();
        let mut pruned = Vec::new();
        for slug in sorted(&self.state.registrations.keys().collect()) {
            let (registration, deployments) = &self.state.registrations[slug];
            let Some(listed) = listed.get(slug.as_str()) else { continue };
            for deployment in deployments {
                let id = deployment.deployment_id.as_str();
                if !listed.contains(id)
                    && self.state.managed.deployments.contains(&(registration.id, id.to_owned()))
                {
                    pruned.push((registration, deployment));
                }
            }
        }
        for (registration, deployment) in pruned {
            let extent =
                read.deletion_extent(registration.id, Some(deployment.deployment_id.as_str()))?;
            let change = Change::Deployment {
                registration: registration.slug.clone(),
                registration_id: Some(registration.id),
                before: Some(deployment.clone()),
                after: None,
            };
            self.delete(
                change,
                &[
                    (extent.contexts, "course", "courses"),
                    (extent.resource_links, "resource link", "resource links"),
                    (extent.sessions, "session", "sessions"),
                ],
            );
        }
        Ok(())
    }

    /// The listed deployment IDs, by the slugs of their registrations; without those that list none,
    /// not even an empty list.
    fn listed_deployments(&self) -> HashMap<&str, HashSet<&str>> {
        let mut listed: HashMap<&str, HashSet<&str>> = HashMap::new();
        for (key, entry) in &self.manifest.registrations {
            let Some(deployments) = entry.get().and_then(|entry| entry.deployments.get()) else {
                continue;
            };
            let ids = deployments
                .iter()
                .filter_map(Field::get)
                .filter_map(|deployment| deployment.deployment_id.text())
                .map(str::trim);
            listed.insert(&key.text, ids.collect());
        }
        listed
    }

    fn prune_registrations(&mut self, read: Read<'_>) -> Result<(), Failure> {
        for slug in sorted(&self.pruned.registrations) {
            let (registration, deployments) = &self.state.registrations[slug];
            let managed = &self.state.managed.deployments;
            let is_managed = |id: &str| managed.contains(&(registration.id, id.to_owned()));
            let others = deployments
                .iter()
                .filter(|deployment| !is_managed(deployment.deployment_id.as_str()))
                .count();
            let extent = read.deletion_extent(registration.id, None)?;
            let counts = [
                (
                    u32::try_from(others).unwrap_or(u32::MAX),
                    "deployment that no manifest created",
                    "deployments that no manifest created",
                ),
                (extent.contexts, "course", "courses"),
                (extent.resource_links, "resource link", "resource links"),
                (extent.sessions, "session", "sessions"),
            ];
            self.delete(
                Change::Registration { before: Some(Box::new(registration.clone())), after: None },
                &counts,
            );
        }
        Ok(())
    }

    fn prune_clients(&mut self) {
        for slug in sorted(&self.pruned.clients) {
            let client = Box::new(self.state.clients[slug].clone());
            let change = Change::Client { before: Some(client), after: None, has_fresh_id: false };
            self.delete(change, &[]);
        }
    }

    fn prune_consumers(&mut self, read: Read<'_>) -> Result<(), Failure> {
        for slug in sorted(&self.pruned.consumers) {
            let consumer = &self.state.consumers[slug];
            let extent = read.deletion_extent(consumer.registration.id, None)?;
            let counts = [
                (extent.contexts, "course", "courses"),
                (extent.resource_links, "resource link", "resource links"),
                (extent.sessions, "session", "sessions"),
            ];
            self.delete(
                Change::Consumer {
                    before: Some(Box::new(consumer.clone())),
                    after: None,
                    secret: None,
                },
                &counts,
            );
        }
        Ok(())
    }
}

fn sorted<'n, N: Ord>(names: &HashSet<&'n N>) -> Vec<&'n N> {
    let mut names: Vec<&N> = names.iter().copied().collect();
    names.sort_unstable();
    names
}
