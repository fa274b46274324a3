//! Updates roles and unenrols members of a resource once its lists have been read.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::lists::{Departures, LinkName, Lists};
use super::plan::{Plan, PlannedAccounts, SharedPlan};
use super::reader::Part;
use super::run::MemberRun;
use super::summary::{HeldBack, ResourceMembers};
use crate::domain::{MemberSync, Resource, Slug, SyncProblem};
use crate::failure::Failure;
use crate::store::{Absence, Count, Read, Write};
use crate::sync::Synchronizer;

/// A resource that is being synchronized.
pub(super) struct Course {
    pub(super) resource: Arc<Resource>,
    /// The registrations whose lists are still to be read.
    pub(super) waits_for: HashSet<i64>,
    /// The changes so far; only in a dry run.
    pub(super) plan: Option<SharedPlan>,
    /// Whether any platform's lists were read in this run, with or without success.
    pub(super) is_read: bool,
    lists: Lists,
    counts: ResourceMembers,
}

impl Course {
    pub(super) fn new(resource: Resource, planned: Option<&PlannedAccounts>) -> Self {
        let counts = ResourceMembers::none_of(resource.slug.clone());
        let plan = planned.map(|created| Arc::new(Mutex::new(Plan::new(Arc::clone(created)))));
        Self {
            resource: Arc::new(resource),
            waits_for: HashSet::new(),
            plan,
            is_read: false,
            lists: Lists::default(),
            counts,
        }
    }

    /// The result for a resource that none of its platforms may use any longer.
    pub(super) fn untouched(self) -> ResourceMembers {
        self.counts
    }

    /// Adds the results of one platform's lists.
    pub(super) fn add(&mut self, part: Part) {
        self.is_read = true;
        self.lists.finished.extend(part.lists.finished);
        self.lists.unfinished.extend(part.lists.unfinished);
        self.counts.add(part.counts);
    }

    /// Changes roles and unenrols those who have left.
    pub(super) async fn settle(
        mut self,
        synchronizer: &Synchronizer,
        run: &MemberRun,
    ) -> Result<ResourceMembers, Failure> {
        self.counts.changed = self.change_roles(synchronizer).await?;
        if self.resource.member_sync != MemberSync::EnrolNew && !self.lists.finished.is_empty() {
            let departures = self.unenrol(synchronizer, run.force).await?;
            self.counts.unenrolled = departures.unenrolled.into();
            self.counts.held_back = departures.held_back.into();
            for (link_id, absence) in departures.suspicious {
                let Some(link) = self.lists.finished.get(&link_id) else { continue };
                if !run.dry_run {
                    tracing::warn!(
                        resource = %self.resource.slug,
                        registration = link.registration.as_str(),
                        link = link.resource_link_id,
                        missing = absence.missing,
                        members = absence.members,
                        "more than half of a link's members are missing; none of them was \
                         unenrolled"
                    );
                }
                self.counts.held_back_links.push(HeldBack {
                    registration: link.registration.clone(),
                    resource_link_id: link.resource_link_id.clone(),
                    missing: absence.missing,
                    members: absence.members,
                });
            }
        }
        Ok(self.counts)
    }

    /// The entry for the audit log, which counts the changes.
    fn audited(&self) -> Count {
        Count { name: self.resource.slug.to_string(), more: Vec::new() }
    }

    /// Sets each person's role to the highest that they have on the resource's links.
    async fn change_roles(&self, synchronizer: &Synchronizer) -> Result<u64, Failure> {
        let (resource, links) = (Arc::clone(&self.resource), self.lists.all());
        if let Some(plan) = &self.plan {
            let changed = |read: Read<'_>| {
                let plan = plan.lock().unwrap_or_else(PoisonError::into_inner);
                plan.changed_roles(read, &resource, &self.lists)
            };
            return Ok(synchronizer.pool.read(changed).await?);
        }
        let change = move |write: &Write<'_>| {
            write.change_roles(
                resource.id,
                &links,
                resource.role(true).as_str(),
                resource.role(false).as_str(),
            )
        };
        Ok(synchronizer.pool.write_counted(self.audited(), change).await? as u64)
    }

    /// Unenrols people who have left, except on links that more than half have left.
    async fn unenrol(
        &self,
        synchronizer: &Synchronizer,
        force: bool,
    ) -> Result<Departures, Failure> {
        let (id, links) = (self.resource.id, self.lists.finished());
        if let Some(plan) = &self.plan {
            let departures = |read: Read<'_>| {
                let plan = plan.lock().unwrap_or_else(PoisonError::into_inner);
                plan.departures(read, id, &self.lists, force)
            };
            return Ok(synchronizer.pool.read(departures).await?);
        }
        let (slug, names) = (self.resource.slug.clone(), self.lists.finished.clone());
        let change = move |write: &Write<'_>| {
            let leavers = write.count_leavers(id, &links)?;
            let mut departures = Departures::default();
            if leavers == 0 {
                return Ok(departures);
            }
            if !force {
                departures.suspicious = write.absences(id, &links)?;
                departures.suspicious.retain(|(_, absence)| absence.is_suspicious());
                for (link_id, absence) in &departures.suspicious {
                    if let Some(link) = names.get(link_id) {
                        write.suspend_unenrolment(*link_id, &held_back(&slug, link, *absence))?;
                    }
                }
            }
            // People on such a link are kept even if they have left other links.
            departures.unenrolled =
                u32::try_from(write.unenrol_leavers(id, &links)?).unwrap_or(u32::MAX);
            departures.held_back = leavers - departures.unenrolled;
            Ok::<_, Failure>(departures)
        };
        synchronizer.pool.write_counted(self.audited(), change).await
    }
}

/// Example of what `sync status` reports for a list on which 20 of 30 members are missing, for
/// `ltictl explain`.
pub fn example_of_held_back() -> SyncProblem {
    let link = LinkName { registration: Slug::placeholder(), resource_link_id: "LINK".to_owned() };
    held_back(&Slug::known("RES"), &link, Absence { missing: 20, members: 30 })
}

/// What `sync status` reports for a list on which too many members are missing.
fn held_back(resource: &Slug, link: &LinkName, absence: Absence) -> SyncProblem {
    let LinkName { registration, resource_link_id } = link;
    SyncProblem {
        code: "members_held_back".to_owned(),
        problem: format!(
            "{} of {} members are missing from the list that {registration} sends for the link \
             {resource_link_id}, more than half, and were not unenrolled",
            absence.missing, absence.members
        ),
        fix: format!("if they have really left: {}", force_command(resource, registration)),
    }
}

/// The command that unenrols the missing members anyway.
pub fn force_command(resource: &Slug, registration: &Slug) -> String {
    format!("ltictl sync members --resource {resource} --registration {registration} --force")
}
