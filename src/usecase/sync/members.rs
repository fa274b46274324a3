//! Members in: who takes part in a course on the platform takes part in the resource here (Names and Role Provisioning Services 2.0).
//!
//! Lists are read page by page and each page is stored before the next is asked for, so memory does not grow with the number of members. Whom a run has seen is marked in
//! the database, and the audit log counts what a page has changed instead of telling it of everybody. Only when every list that somebody stands on was read to its end is it known who is missing, and which role is the highest that somebody has on the
//! resource's links.
//!
//! Accounts from LTI 1.1 are not taken over by what a list says (`lti11_legacy_user_id`): no consumer has signed it, as a launch's migration claim is signed. Whoever may
//! have one is left to the first launch.

mod page;
mod plan;

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use self::page::{Page, Verdict};
use self::plan::Plan;
use super::{Lease, Progress, Synchroniser, Work, trouble};
use crate::domain::{MemberSync, Registration, Resource, ServiceLink, Trouble};
use crate::lti::members::Member;
use crate::platform::{ServiceClient, ServiceError};
use crate::store::{Absence, Count, MemberSync as LinkSync, Write};
use crate::usecase::{Failure, identity};

/// How many members a page is asked to have; platforms make smaller ones.
const PAGE: u32 = 500;

/// What a run is to do.
#[derive(Debug, Clone, Default)]
pub struct MemberRun {
    /// Only this resource, by its slug.
    pub resource: Option<String>,
    /// Say what would change, and change nothing.
    pub dry_run: bool,
    /// Unenrol even when more than half would go.
    pub force: bool,
}

/// What came of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MemberSummary {
    /// Whether somebody else was at it, so that nothing was done.
    pub busy: bool,
    /// Whether nothing was changed because only the plan was asked for.
    pub dry_run: bool,
    /// Each resource with member synchronisation.
    pub resources: Vec<ResourceMembers>,
}

/// What came of a run at one resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ResourceMembers {
    /// Its slug.
    pub resource: String,
    /// Members that platforms list, each once for every link.
    pub listed: u64,
    /// Accounts that were made.
    pub created: u64,
    /// People who were enrolled.
    pub enrolled: u64,
    /// People who got another role.
    pub changed: u64,
    /// People who were unenrolled.
    pub unenrolled: u64,
    /// Members without an account, where the resource makes none by itself.
    pub without_account: u64,
    /// Members whom the resource's enrolment rules keep out.
    pub kept_out: u64,
    /// People who would have been unenrolled, and were not because they are more than half.
    pub held_back: u64,
    /// Links whose members could not be read.
    pub problems: Vec<LinkProblem>,
}

/// A link whose members could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LinkProblem {
    /// Slug of the registration.
    pub registration: String,
    /// The link's identifier.
    pub resource_link_id: String,
    /// A stable word.
    pub code: String,
    /// Why, in a sentence.
    pub problem: String,
    /// What to do about it.
    pub fix: String,
}

/// A resource under way.
struct Round<'r> {
    synchroniser: &'r Synchroniser,
    resource: Arc<Resource>,
    run: Timestamp,
    progress: &'r dyn Progress,
    counts: ResourceMembers,
    /// What would be there by now; in a dry run only.
    plan: Option<Plan>,
}

/// Looks at the members of every resource with member synchronisation.
///
/// # Errors
///
/// No such resource; the database's own failures. What platforms do is in the summary.
pub async fn run(synchroniser: &Synchroniser, run: &MemberRun, progress: Arc<dyn Progress>) -> Result<MemberSummary, Failure> {
    let only = synchroniser.resource(run.resource.as_deref())?;
    let lease = match run.dry_run {
        true => None,
        false => match Lease::take(synchroniser, Work::Members).await? {
            Some(lease) => Some(lease),
            None => return Ok(MemberSummary { busy: true, ..MemberSummary::default() }),
        },
    };
    let mut summary = MemberSummary { dry_run: run.dry_run, ..MemberSummary::default() };
    let outcome = async {
        let resources = match only {
            Some(resource) => vec![resource],
            None => synchroniser.pool.read(|read| read.resources())?,
        };
        for resource in resources.into_iter().filter(|resource| resource.published && resource.member_sync != MemberSync::Off) {
            if !still_ours(synchroniser, lease.as_ref()).await? {
                break;
            }
            summary.resources.extend(look_at(synchroniser, resource, run, lease.as_ref(), &*progress).await?);
        }
        Ok::<_, Failure>(())
    }
    .await;
    if let Some(lease) = lease {
        lease.give_back().await?;
    }
    outcome.map(|()| summary)
}

/// Whether the right to work was not lost on the way; a dry run needs none.
async fn still_ours(synchroniser: &Synchroniser, lease: Option<&Lease>) -> Result<bool, Failure> {
    match lease {
        Some(lease) => Ok(lease.holds(synchroniser.clock).await?),
        None => Ok(true),
    }
}

/// One resource; nothing when no platform lists members for it.
async fn look_at(
    synchroniser: &Synchroniser,
    resource: Resource,
    run: &MemberRun,
    lease: Option<&Lease>,
    progress: &dyn Progress,
) -> Result<Option<ResourceMembers>, Failure> {
    let links = synchroniser.pool.read(|read| read.member_links(resource.id))?;
    if links.iter().all(|link| link.memberships_url.is_none()) {
        return Ok(None);
    }
    let counts = ResourceMembers { resource: resource.slug.to_string(), ..ResourceMembers::default() };
    let mut round = Round {
        synchroniser,
        resource: Arc::new(resource),
        // The store keeps milliseconds; a run is told from another one by its time.
        run: Timestamp::from_millisecond(synchroniser.clock.now().as_millisecond()).unwrap_or_default(),
        progress,
        counts,
        plan: run.dry_run.then(Plan::default),
    };
    let mut finished = HashSet::new();
    for link in &links {
        let Some(url) = &link.memberships_url else { continue };
        let Some(registration) = synchroniser.pool.read(|read| read.registration_by_id(link.registration_id))? else { continue };
        if !round.resource.is_for(&registration.slug) {
            continue;
        }
        let Some(services) = synchroniser.services(&registration)? else { continue };
        if round.read_link(&registration, &services, link, url).await? {
            finished.insert(link.id);
        }
    }
    if still_ours(synchroniser, lease).await? {
        round.change_roles(&finished).await?;
        if round.resource.member_sync != MemberSync::EnrolNew && !finished.is_empty() {
            round.unenrol(run.force, &finished).await?;
        }
    }
    Ok(Some(round.counts))
}

impl Round<'_> {
    /// Reads a link's members to the end; says whether that was possible. The list of the link is asked for first, that of the whole course when the platform refuses that.
    async fn read_link(&mut self, registration: &Registration, services: &ServiceClient, link: &ServiceLink, url: &str) -> Result<bool, Failure> {
        let (mut members, mut outcome) = self.read_list(registration, services, link, url, Some(&link.resource_link_id)).await?;
        // A list that breaks off was not refused: the longer one in its place would enrol people who may not use the link.
        if members.is_none() && matches!(outcome, Err(ServiceError::Refused { .. } | ServiceError::Gone { .. })) {
            (members, outcome) = self.read_list(registration, services, link, url, None).await?;
        }
        let trouble = outcome.err().map(|error| trouble(&error));
        if let Some(Trouble { code, problem, fix }) = trouble.clone() {
            self.counts.problems.push(LinkProblem {
                registration: registration.slug.to_string(),
                resource_link_id: link.resource_link_id.clone(),
                code,
                problem,
                fix,
            });
        }
        let is_read = trouble.is_none();
        if self.plan.is_none() {
            let (id, sync) = (link.id, LinkSync { at: self.run, members: members.unwrap_or_default(), trouble });
            self.synchroniser.pool.write(move |write| write.put_member_sync(id, &sync)).await?;
        }
        Ok(is_read)
    }

    /// Reads a list page by page; gives how many members it had, or none before the first page came, and how it ended.
    async fn read_list(
        &mut self,
        registration: &Registration,
        services: &ServiceClient,
        link: &ServiceLink,
        url: &str,
        resource_link_id: Option<&str>,
    ) -> Result<(Option<u32>, Result<(), ServiceError>), Failure> {
        let mut pages = match services.member_pages(url, resource_link_id, Some(PAGE)) {
            Ok(pages) => pages,
            Err(error) => return Ok((None, Err(error))),
        };
        let mut members = None;
        loop {
            match pages.next_page().await {
                Ok(Some(page)) => {
                    let page = page.members;
                    let count = page.len() as u64;
                    members = Some(members.unwrap_or(0_u32).saturating_add(u32::try_from(count).unwrap_or(u32::MAX)));
                    self.progress.expect(count);
                    self.take_page(registration, link, page).await?;
                    self.progress.advance(count);
                }
                Ok(None) => return Ok((members, Ok(()))),
                Err(error) => return Ok((members, Err(error))),
            }
        }
    }

    /// Stores a page, or only judges it in a dry run.
    async fn take_page(&mut self, registration: &Registration, link: &ServiceLink, page: Vec<Member>) -> Result<(), Failure> {
        self.counts.listed += page.len() as u64;
        let page = Page {
            resource: Arc::clone(&self.resource),
            identity: identity::effective(registration),
            issuer: registration.platform.as_ref().map(|platform| platform.issuer.to_string()).unwrap_or_default(),
            client_id: registration.platform.as_ref().map(|platform| platform.client_id.to_string()).unwrap_or_default(),
            link: link.clone(),
            context_id: self.synchroniser.pool.read(|read| read.context_of_link(link.id))?,
            members: page,
            run: self.run,
            now: self.synchroniser.clock.now(),
        };
        let verdicts = match &mut self.plan {
            Some(plan) => self.synchroniser.pool.read(|read| plan.judge(read, &page))?,
            None => {
                let random = self.synchroniser.random.clone();
                let more = vec![("registration", registration.slug.to_string()), ("resource_link_id", link.resource_link_id.clone())];
                self.synchroniser.pool.write_counted(self.audited(more), move |write| page.store(write, &random)).await?
            }
        };
        for verdict in verdicts {
            self.count(verdict);
        }
        Ok(())
    }

    /// How the audit log names what it counts.
    fn audited(&self, more: Vec<(&'static str, String)>) -> Count {
        Count { name: self.resource.slug.to_string(), more }
    }

    fn count(&mut self, verdict: Verdict) {
        let counts = &mut self.counts;
        match verdict {
            Verdict::Enrol { .. } => counts.enrolled += 1,
            Verdict::Create => (counts.created, counts.enrolled) = (counts.created + 1, counts.enrolled + 1),
            Verdict::WithoutAccount => counts.without_account += 1,
            Verdict::KeptOut => counts.kept_out += 1,
            Verdict::Member { .. } | Verdict::Known | Verdict::Gone => {}
        }
    }

    /// Gives everybody the highest role that they have on the resource's links.
    async fn change_roles(&mut self, finished: &HashSet<i64>) -> Result<(), Failure> {
        let (resource, run) = (Arc::clone(&self.resource), self.run);
        self.counts.changed = match &self.plan {
            Some(plan) => self.synchroniser.pool.read(|read| plan.changed_roles(read, &resource, finished))?,
            None => {
                let change = move |write: &Write<'_>| write.change_roles(resource.id, run, resource.role(true).as_str(), resource.role(false).as_str());
                self.synchroniser.pool.write_counted(self.audited(Vec::new()), change).await? as u64
            }
        };
        Ok(())
    }

    /// Unenrols who is missing, unless that is more than half of all.
    async fn unenrol(&mut self, force: bool, finished: &HashSet<i64>) -> Result<(), Failure> {
        let (id, run) = (self.resource.id, self.run);
        let absence = match &self.plan {
            Some(plan) => self.synchroniser.pool.read(|read| plan.absence(read, id, run, finished))?,
            None => {
                let held_back = held_back(self.resource.slug.as_str());
                let change = move |write: &Write<'_>| {
                    let absence = write.absence(id, run)?;
                    if absence.is_suspicious() && !force {
                        write.note_members_held_back(id, run, &held_back(absence))?;
                    } else if absence.missing > 0 {
                        write.unenrol_missing(id, run)?;
                    }
                    Ok::<_, Failure>(absence)
                };
                self.synchroniser.pool.write_counted(self.audited(Vec::new()), change).await?
            }
        };
        if absence.is_suspicious() && !force {
            self.counts.held_back = absence.missing.into();
            if self.plan.is_none() {
                tracing::warn!(resource = %self.resource.slug, missing = absence.missing, members = absence.members, "more than half of the members are missing; nobody was unenrolled");
            }
        } else {
            self.counts.unenrolled = absence.missing.into();
        }
        Ok(())
    }
}

/// What `sync status` says of a list on which 20 of 30 members are missing, for `ltictl explain`.
pub fn example_of_held_back() -> Trouble {
    held_back("RES")(Absence { missing: 20, members: 30 })
}

/// What `sync status` says of a list on which too many are missing.
fn held_back(slug: &str) -> impl Fn(Absence) -> Trouble + Send + 'static {
    let slug = slug.to_owned();
    move |absence| Trouble {
        code: "members_held_back".to_owned(),
        problem: format!("{} of {} members are missing on the platform, more than half, and were not unenrolled", absence.missing, absence.members),
        fix: format!("ltictl sync members --resource {slug} --force, if they have really left"),
    }
}
