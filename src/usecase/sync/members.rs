//! Members in: who takes part in a course on the platform takes part in the resource here (Names and Role Provisioning Services 2.0).
//!
//! Lists are read page by page and each page is stored before the next is asked for, so memory does not grow with the number of members. Whom a run has seen is marked in
//! the database. Only when every list that somebody stands on was read to its end is it known who is missing.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::{Lease, Progress, Synchroniser, Work, trouble, wait};
use crate::domain::{
    Account, AccountLink, AccountOrigin, EnrolmentSource, MemberSync, PlatformUser, Provisioning, Random, Registration, Resource, ServiceLink, Trouble,
};
use crate::lti::members::{Member, MemberStatus};
use crate::lti::roles::Role;
use crate::platform::{ServiceClient, ServiceError};
use crate::store::{self, Absence, MemberSync as LinkSync, Read, Write};
use crate::usecase::people::{enrol, fresh_account, give, refresh, told};
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MemberSummary {
    /// Whether somebody else was at it, so that nothing was done.
    pub busy: bool,
    /// Whether nothing was changed because only the plan was asked for.
    pub dry_run: bool,
    /// Each resource with member synchronisation.
    pub resources: Vec<ResourceMembers>,
}

/// What came of a run at one resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

/// What a member's place in the list means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Takes part already, in this role.
    Member { account_id: i64, changes_role: bool },
    /// Is enrolled now; the account is there.
    Enrol { account_id: i64 },
    /// Is enrolled now, with an account that is made.
    Create,
    /// Has an account, and is not enrolled by this way of synchronising.
    Known { account_id: i64 },
    /// Has no account, and gets none here.
    WithoutAccount,
    /// May not be enrolled at this moment.
    KeptOut { account_id: Option<i64> },
    /// Is not active on the platform.
    Gone,
}

/// A resource under way.
struct Round<'r> {
    synchroniser: &'r Synchroniser,
    resource: Arc<Resource>,
    run: Timestamp,
    dry_run: bool,
    progress: &'r dyn Progress,
    counts: ResourceMembers,
    /// Accounts that were seen; in a dry run only.
    seen: HashSet<i64>,
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
            if let Some(lease) = &lease
                && !lease.holds(synchroniser.clock).await?
            {
                break;
            }
            summary.resources.extend(look_at(synchroniser, resource, run, &*progress).await?);
        }
        Ok::<_, Failure>(())
    }
    .await;
    if let Some(lease) = lease {
        lease.give_back().await?;
    }
    outcome.map(|()| summary)
}

/// One resource; nothing when no platform lists members for it.
async fn look_at(synchroniser: &Synchroniser, resource: Resource, run: &MemberRun, progress: &dyn Progress) -> Result<Option<ResourceMembers>, Failure> {
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
        dry_run: run.dry_run,
        progress,
        counts,
        seen: HashSet::new(),
    };
    let mut finished = HashSet::new();
    for link in &links {
        let Some(url) = &link.memberships_url else { continue };
        let Some(registration) = synchroniser.pool.read(|read| read.registration_by_id(link.registration_id))? else { continue };
        let Some(services) = synchroniser.services(&registration)? else { continue };
        if round.read_link(&registration, &services, link, url).await? {
            finished.insert(link.id);
        }
    }
    if round.resource.member_sync != MemberSync::EnrolNew && !finished.is_empty() {
        round.unenrol(run.force, &finished).await?;
    }
    Ok(Some(round.counts))
}

impl Round<'_> {
    /// Reads a link's members to the end; says whether that was possible. The list of the link is asked for first, that of the whole course when there is none.
    async fn read_link(&mut self, registration: &Registration, services: &ServiceClient, link: &ServiceLink, url: &str) -> Result<bool, Failure> {
        let mut outcome = self.read_list(registration, services, link, url, Some(&link.resource_link_id)).await?;
        if matches!(&outcome, Err(error) if wait(error).is_none()) {
            outcome = self.read_list(registration, services, link, url, None).await?;
        }
        let (members, trouble) = match outcome {
            Ok(members) => (members, None),
            Err(error) => (0, Some(trouble(&error))),
        };
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
        if !self.dry_run {
            let (id, sync) = (link.id, LinkSync { at: self.run, members, trouble });
            self.synchroniser.pool.write(move |write| write.put_member_sync(id, &sync)).await?;
        }
        Ok(is_read)
    }

    async fn read_list(
        &mut self,
        registration: &Registration,
        services: &ServiceClient,
        link: &ServiceLink,
        url: &str,
        resource_link_id: Option<&str>,
    ) -> Result<Result<u32, ServiceError>, Failure> {
        let mut pages = match services.member_pages(url, resource_link_id, Some(PAGE)) {
            Ok(pages) => pages,
            Err(error) => return Ok(Err(error)),
        };
        let mut members = 0_u32;
        loop {
            match pages.next_page().await {
                Ok(Some(page)) => {
                    let page = page.members;
                    members = members.saturating_add(u32::try_from(page.len()).unwrap_or(u32::MAX));
                    self.progress.expect(page.len() as u64);
                    let count = page.len() as u64;
                    self.take_page(registration, link, page).await?;
                    self.progress.advance(count);
                }
                Ok(None) => return Ok(Ok(members)),
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    /// Stores a page, or only judges it in a dry run.
    async fn take_page(&mut self, registration: &Registration, link: &ServiceLink, page: Vec<Member>) -> Result<(), Failure> {
        self.counts.listed += page.len() as u64;
        let now = self.synchroniser.clock.now();
        let page = Page {
            resource: Arc::clone(&self.resource),
            identity: identity::effective(registration),
            issuer: registration.platform.as_ref().map(|platform| platform.issuer.to_string()).unwrap_or_default(),
            client_id: registration.platform.as_ref().map(|platform| platform.client_id.to_string()).unwrap_or_default(),
            link: link.clone(),
            members: page,
            run: self.run,
            now,
        };
        let verdicts = match self.dry_run {
            true => self.synchroniser.pool.read(|read| page.judge(read))?,
            false => {
                let random = self.synchroniser.random.clone();
                self.synchroniser.pool.write(move |write| page.store(write, &random)).await?
            }
        };
        for verdict in verdicts {
            self.count(verdict);
        }
        Ok(())
    }

    fn count(&mut self, verdict: Verdict) {
        let counts = &mut self.counts;
        match verdict {
            Verdict::Member { changes_role, .. } => counts.changed += u64::from(changes_role),
            Verdict::Enrol { .. } => counts.enrolled += 1,
            Verdict::Create => (counts.created, counts.enrolled) = (counts.created + 1, counts.enrolled + 1),
            Verdict::WithoutAccount => counts.without_account += 1,
            Verdict::KeptOut { .. } => counts.kept_out += 1,
            Verdict::Known { .. } | Verdict::Gone => {}
        }
        if let (true, Some(account_id)) = (self.dry_run, verdict.account_id()) {
            self.seen.insert(account_id);
        }
    }

    /// Unenrols who is missing, unless that is more than half of all.
    async fn unenrol(&mut self, force: bool, finished: &HashSet<i64>) -> Result<(), Failure> {
        let (id, run) = (self.resource.id, self.run);
        if self.dry_run {
            let absence = self.synchroniser.pool.read(|read| absence_of_plan(read, id, finished, &self.seen))?;
            (self.counts.unenrolled, self.counts.held_back) =
                if absence.is_suspicious() && !force { (0, absence.missing.into()) } else { (absence.missing.into(), 0) };
            return Ok(());
        }
        let absence = self.synchroniser.pool.read(|read| read.absence(id, run))?;
        if absence.is_suspicious() && !force {
            self.counts.held_back = absence.missing.into();
            tracing::warn!(resource = %self.resource.slug, missing = absence.missing, members = absence.members, "more than half of the members are missing; nobody was unenrolled");
            return Ok(());
        }
        if absence.missing > 0 {
            self.counts.unenrolled = self.synchroniser.pool.write(move |write| write.unenrol_missing(id, run)).await? as u64;
        }
        Ok(())
    }
}

/// Who would be missing, with what a dry run has seen in place of marks.
fn absence_of_plan(read: Read<'_>, resource_id: i64, finished: &HashSet<i64>, seen: &HashSet<i64>) -> Result<Absence, store::Error> {
    let mut absence = Absence::default();
    for (account_id, links) in read.known_members(resource_id)? {
        absence.members += 1;
        let is_missing = !seen.contains(&account_id) && links.iter().all(|link| finished.contains(link));
        absence.missing += u32::from(is_missing);
    }
    Ok(absence)
}

impl Verdict {
    fn account_id(self) -> Option<i64> {
        match self {
            Self::Member { account_id, .. } | Self::Enrol { account_id } | Self::Known { account_id } => Some(account_id),
            Self::KeptOut { account_id } => account_id,
            Self::Create | Self::WithoutAccount | Self::Gone => None,
        }
    }
}

/// A page of members with what it takes to judge it.
struct Page {
    resource: Arc<Resource>,
    identity: crate::domain::Identity,
    issuer: String,
    client_id: String,
    link: ServiceLink,
    members: Vec<Member>,
    run: Timestamp,
    now: Timestamp,
}

impl Page {
    fn user(&self, member: &Member) -> PlatformUser {
        PlatformUser { issuer: self.issuer.clone(), tenant: self.identity.tenant(&self.client_id, &self.link.deployment_id), sub: member.user_id.clone() }
    }

    fn enrols(&self) -> bool {
        matches!(self.resource.member_sync, MemberSync::EnrolAndUnenrol | MemberSync::EnrolNew)
    }

    /// What a member's place in the list means. `enrolled` is how many take part by now.
    fn verdict(&self, read: Read<'_>, member: &Member, found: Option<&(Account, AccountLink)>, enrolled: u32) -> Result<Verdict, store::Error> {
        if member.status != MemberStatus::Active {
            return Ok(Verdict::Gone);
        }
        let teaches = teaches(member);
        let may_be_enrolled = self.resource.enrolment.admit(enrolled, self.now).is_ok();
        let Some((account, _)) = found else {
            return Ok(match self.enrols() && self.resource.provisioning(teaches) == Provisioning::Auto {
                false => Verdict::WithoutAccount,
                true if !may_be_enrolled => Verdict::KeptOut { account_id: None },
                true => Verdict::Create,
            });
        };
        let account_id = account.id;
        Ok(match read.enrolment(account_id, self.resource.id)? {
            Some(enrolment) => {
                let role = self.resource.role(teaches).as_str();
                Verdict::Member {
                    account_id,
                    changes_role: enrolment.source != EnrolmentSource::Admin && (enrolment.teaches != teaches || enrolment.role != role),
                }
            }
            None if !self.enrols() || !account.enabled => Verdict::Known { account_id },
            None if !may_be_enrolled => Verdict::KeptOut { account_id: Some(account_id) },
            None => Verdict::Enrol { account_id },
        })
    }

    fn enrolled(&self, read: Read<'_>) -> Result<u32, store::Error> {
        if self.resource.enrolment.maximum.is_some() { read.enrolled(self.resource.id, self.now) } else { Ok(0) }
    }

    /// Judges the page and changes nothing.
    fn judge(&self, read: Read<'_>) -> Result<Vec<Verdict>, store::Error> {
        let mut enrolled = self.enrolled(read)?;
        let mut verdicts = Vec::with_capacity(self.members.len());
        for member in &self.members {
            let found = read.account_of(&self.user(member))?;
            let verdict = self.verdict(read, member, found.as_ref(), enrolled)?;
            enrolled += u32::from(matches!(verdict, Verdict::Create | Verdict::Enrol { .. }));
            verdicts.push(verdict);
        }
        Ok(verdicts)
    }

    /// Judges the page and does what follows.
    fn store(&self, write: &Write<'_>, random: &Random) -> Result<Vec<Verdict>, store::Error> {
        let (resource, now) = (&*self.resource, self.now);
        let mut enrolled = self.enrolled(**write)?;
        let mut verdicts = Vec::with_capacity(self.members.len());
        for member in &self.members {
            let user = self.user(member);
            let found = write.account_of(&user)?;
            let verdict = self.verdict(**write, member, found.as_ref(), enrolled)?;
            let teaches = teaches(member);
            let profile = told(&member.name, &member.given_name, &member.family_name, &member.email, &member.locale);
            let account_id = match verdict {
                Verdict::Create => {
                    let account = fresh_account(profile.clone(), AccountOrigin::Sync, Some(resource), random, now);
                    Some(give(write, write.insert_account(&account)?, user, true, None, now)?)
                }
                verdict => verdict.account_id(),
            };
            if let (Some((account, link)), true) = (found, verdict != Verdict::Gone) {
                refresh(write, account, &link, profile, now)?;
            }
            match (verdict, account_id) {
                (Verdict::Create | Verdict::Enrol { .. }, Some(account_id)) => {
                    enrol(write, resource, account_id, teaches, EnrolmentSource::Sync, now)?;
                    enrolled += 1;
                }
                (Verdict::Member { changes_role: true, .. }, Some(account_id)) => {
                    write.set_enrolment_role(account_id, resource.id, resource.role(teaches).as_str(), teaches)?;
                }
                _ => {}
            }
            if let Some(account_id) = account_id {
                write.see_member(self.link.id, account_id, &member.user_id, teaches, self.run)?;
            }
            verdicts.push(verdict);
        }
        Ok(verdicts)
    }
}

fn teaches(member: &Member) -> bool {
    matches!(member.role(), Role::Admin | Role::Staff)
}
