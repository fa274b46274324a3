//! The lists of one registration within a run, one after the other, as far as its budget goes.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep, timeout_at};

use super::page::{Page, Verdict};
use super::settle::{LinkName, Lists};
use super::summary::{LinkProblem, ResourceMembers};
use super::{PAGE, SharedPlan};
use crate::domain::{AccountLimit, Registration, Resource, ServiceLink, Trouble};
use crate::failure::Failure;
use crate::lti::members::Member;
use crate::platform::{ListPosition, MemberPages, MembersPage, ServiceClient, ServiceError};
use crate::rules::identity;
use crate::rules::progress::Progress;
use crate::rules::refusal::Refusal;
use crate::store::{self, Count, MemberPass, MemberSync, Write};
use crate::sync::lease::{Lease, Ticket};
use crate::sync::retry::{PATIENCE, REPEATS, pause};
use crate::sync::{Limits, Synchronizer, Work, trouble};

/// How many members one transaction takes. A page may have more: writing it must not hold up
/// launches.
const CHUNK: usize = 500;

/// After so many lists in a row that a platform as a whole did not give, it is left alone until the
/// next run.
const GIVE_UP: u32 = 2;

/// How old a position may be: pages shift while people come and go, so a list has to be read within
/// some time.
const OLDEST_PASS: SignedDuration = SignedDuration::from_hours(72);

/// A list that is to be read.
pub(super) struct ListToRead {
    pub(super) link_id: i64,
    pub(super) resource: Arc<Resource>,
    /// In a dry run: what would have been done so far.
    pub(super) plan: Option<SharedPlan>,
}

/// What came of one registration.
pub(super) enum Outcome {
    /// What its lists came to, by resource.
    Read(HashMap<i64, Part>),
    /// Another process is at it; the slug.
    Busy(String),
}

/// What the lists of one registration came to at one resource.
#[derive(Default)]
pub(super) struct Part {
    pub(super) lists: Lists,
    pub(super) counts: ResourceMembers,
}

/// What the registration has used of what one run may spend.
struct Budget {
    limits: Limits,
    deadline: Instant,
    pages: u32,
    members: u32,
    bytes: u64,
}

impl Budget {
    fn new(limits: Limits) -> Self {
        Self { limits, deadline: Instant::now() + limits.time, pages: 0, members: 0, bytes: 0 }
    }

    /// Whether another page may be requested.
    fn check(&self) -> Result<(), ServiceError> {
        let exhausted = |limit: String| Err(ServiceError::BudgetExhausted { limit });
        if Instant::now() >= self.deadline {
            return Err(self.limits.out_of_time());
        }
        if self.pages >= self.limits.pages {
            return exhausted(format!("{} pages", self.limits.pages));
        }
        if self.members >= self.limits.members {
            return exhausted(format!("{} members", self.limits.members));
        }
        if self.bytes >= self.limits.bytes {
            return exhausted(format!("{} bytes", self.limits.bytes));
        }
        Ok(())
    }

    fn spend(&mut self, page: &MembersPage) {
        self.pages += 1;
        self.members = self.members.saturating_add(count(page));
        self.bytes = self.bytes.saturating_add(page.bytes as u64);
    }
}

fn count(page: &MembersPage) -> u32 {
    u32::try_from(page.members.len()).unwrap_or(u32::MAX)
}

/// Which list of a link it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Of those who may use the link.
    Link,
    /// Of the whole course, if the platform does not have the other one.
    Course,
}

/// A list on its way, maybe over several runs.
struct Pass {
    scope: Scope,
    pages: MemberPages,
    began_at: Timestamp,
    is_resumed: bool,
    /// Whether this run has read a page of it.
    has_page: bool,
    members: u32,
    bytes: u64,
    /// Members who got no account in this run because the registration has as many as it may.
    over_limit: u32,
}

/// How reading a list ended.
enum End {
    Complete,
    Failed(ServiceError),
    /// Another process has taken over.
    LeaseLost,
}

/// Reads the lists of one registration, unless another process is at it; a dry run does not mind
/// that.
pub(super) async fn read(
    synchronizer: &Synchronizer,
    registration: Registration,
    lists: Vec<ListToRead>,
    is_dry: bool,
    progress: &dyn Progress,
) -> Result<Outcome, Failure> {
    let Some(services) = synchronizer.services(&registration)? else {
        return Ok(Outcome::Read(HashMap::new()));
    };
    let account_limit = synchronizer.pool.read(|read| read.settings())?.account_limit.number();
    let lease = match is_dry {
        true => None,
        false => match Lease::take(synchronizer, Work::Members, registration.id).await? {
            Some(lease) => Some(lease),
            None => return Ok(Outcome::Busy(registration.slug.to_string())),
        },
    };
    let mut reader = Reader {
        synchronizer,
        registration,
        services,
        account_limit,
        ticket: lease.as_ref().map(Lease::ticket),
        progress,
        budget: Budget::new(synchronizer.limits),
        parts: HashMap::new(),
        failures: 0,
    };
    let outcome = reader.read_lists(lists).await;
    if let Some(lease) = lease {
        lease.give_back().await?;
    }
    outcome.map(|()| Outcome::Read(reader.parts))
}

struct Reader<'r> {
    synchronizer: &'r Synchronizer,
    registration: Registration,
    services: ServiceClient,
    account_limit: u32,
    /// None in a dry run.
    ticket: Option<Ticket>,
    progress: &'r dyn Progress,
    budget: Budget,
    parts: HashMap<i64, Part>,
    /// Lists in a row that the platform as a whole did not give.
    failures: u32,
}

impl Reader<'_> {
    async fn read_lists(&mut self, lists: Vec<ListToRead>) -> Result<(), Failure> {
        let mut lists = lists.into_iter();
        while let Some(list) = lists.next() {
            let Some(link) = self.synchronizer.pool.read(|read| read.service_link(list.link_id))?
            else {
                continue;
            };
            let Some(url) = link.memberships_url.clone() else { continue };
            let (end, pass) = self.read_list(&link, &list, &url).await?;
            let error = match end {
                End::LeaseLost => {
                    tracing::warn!(
                        registration = self.registration.slug.as_str(),
                        "another process has taken over the synchronization of members"
                    );
                    return Ok(());
                }
                End::Complete => None,
                End::Failed(error) => Some(error),
            };
            let is_exhausted = matches!(error, Some(ServiceError::BudgetExhausted { .. }));
            self.failures = if error.as_ref().is_some_and(ServiceError::concerns_the_whole_platform)
            {
                self.failures + 1
            } else {
                0
            };
            let stop = is_exhausted || self.failures >= GIVE_UP;
            self.record(&link, &list.resource, error, pass, if stop { lists.len() } else { 0 })
                .await?;
            if stop {
                break;
            }
        }
        Ok(())
    }

    fn part(&mut self, resource: &Resource) -> &mut Part {
        self.parts.entry(resource.id).or_default()
    }

    /// Reads a link's list, from where an earlier run stopped. A position that the platform does
    /// not take any more is given up for the first page. The list of the link is asked for first,
    /// that of the whole course when the platform refuses that.
    async fn read_list(
        &mut self,
        link: &ServiceLink,
        list: &ListToRead,
        url: &str,
    ) -> Result<(End, Option<Pass>), Failure> {
        let mut pass = match self.resume(link, url)? {
            Some(pass) => pass,
            None => match self.begin(link, url, Scope::Link) {
                Ok(pass) => pass,
                Err(error) => return Ok((End::Failed(error), None)),
            },
        };
        self.part(&list.resource).counts.listed += u64::from(pass.members);
        loop {
            let end = self.read_pages(link, list, &mut pass).await?;
            // A list that breaks off was not refused: the longer one in its place would enrol
            // people who may not use the link.
            let is_refused = !pass.has_page
                && matches!(
                    &end,
                    End::Failed(ServiceError::Refused { .. } | ServiceError::Gone { .. })
                );
            let scope = match (is_refused, pass.is_resumed, pass.scope) {
                (true, true, _) => Scope::Link,
                (true, false, Scope::Link) => Scope::Course,
                _ => return Ok((end, Some(pass))),
            };
            self.part(&list.resource).counts.listed -= u64::from(pass.members);
            pass = match self.begin(link, url, scope) {
                Ok(pass) => pass,
                Err(error) => return Ok((End::Failed(error), None)),
            };
        }
    }

    fn begin(&self, link: &ServiceLink, url: &str, scope: Scope) -> Result<Pass, ServiceError> {
        let pages = self.services.member_pages(url, scoped(scope, link), Some(PAGE))?;
        // The store keeps milliseconds; passes are distinguished by their time.
        let began_at = Timestamp::from_millisecond(self.synchronizer.clock.now().as_millisecond())
            .unwrap_or_default();
        Ok(Pass {
            scope,
            pages,
            began_at,
            is_resumed: false,
            has_page: false,
            members: 0,
            bytes: 0,
            over_limit: 0,
        })
    }

    /// The pass that an earlier run has begun, if it can be continued; a dry run starts from the
    /// first page, so that it has everybody in its plan.
    fn resume(&self, link: &ServiceLink, url: &str) -> Result<Option<Pass>, store::Error> {
        if self.ticket.is_none() {
            return Ok(None);
        }
        let Some(stored) = self.synchronizer.pool.read(|read| read.member_pass(link.id))? else {
            return Ok(None);
        };
        if self.synchronizer.clock.now().duration_since(stored.began_at) > OLDEST_PASS {
            tracing::warn!(
                registration = self.registration.slug.as_str(),
                link = link.resource_link_id,
                pages = stored.pages,
                members = stored.members,
                "a list of members could not be read to its end in three days; it is read from its \
                 first page again"
            );
            return Ok(None);
        }
        let position = ListPosition {
            first_url: stored.first_url,
            next_url: stored.next_url,
            pages: stored.pages,
        };
        let resumed = [Scope::Link, Scope::Course].into_iter().find_map(|scope| {
            let pages = self
                .services
                .resume_member_pages(url, scoped(scope, link), Some(PAGE), &position)
                .ok()
                .flatten()?;
            Some(Pass {
                scope,
                pages,
                began_at: stored.began_at,
                is_resumed: true,
                has_page: false,
                members: stored.members,
                bytes: stored.bytes,
                over_limit: 0,
            })
        });
        Ok(resumed)
    }

    /// Reads a list page by page, to its end or as far as the budget goes.
    async fn read_pages(
        &mut self,
        link: &ServiceLink,
        list: &ListToRead,
        pass: &mut Pass,
    ) -> Result<End, Failure> {
        loop {
            if let Err(error) = self.budget.check() {
                return Ok(End::Failed(error));
            }
            let page = match self.next_page(&mut pass.pages).await {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(End::Complete),
                Err(error) => return Ok(End::Failed(error)),
            };
            self.budget.spend(&page);
            pass.has_page = true;
            pass.members = pass.members.saturating_add(count(&page));
            pass.bytes = pass.bytes.saturating_add(page.bytes as u64);
            let is_last = page.is_last;
            let over_limit = self.part(&list.resource).counts.over_limit;
            if !self.take_page(link, list, pass, page.members).await? {
                return Ok(End::LeaseLost);
            }
            pass.over_limit +=
                u32::try_from(self.part(&list.resource).counts.over_limit - over_limit)
                    .unwrap_or(u32::MAX);
            if is_last {
                return Ok(End::Complete);
            }
            let Limits { list_members, list_bytes, .. } = self.budget.limits;
            if pass.members > list_members || pass.bytes > list_bytes {
                let problem = format!(
                    "the list has more than {list_members} members or {list_bytes} bytes, and the \
                     rest is not read"
                );
                return Ok(End::Failed(ServiceError::Unreadable { problem }));
            }
        }
    }

    /// The next page. One that fails for now is requested again after a pause, as often and as late
    /// as grades are sent again.
    async fn next_page(
        &self,
        pages: &mut MemberPages,
    ) -> Result<Option<MembersPage>, ServiceError> {
        let out_of_time = |_| self.budget.limits.out_of_time();
        let mut repeats = 0;
        loop {
            let error = match timeout_at(self.budget.deadline, pages.next_page())
                .await
                .map_err(out_of_time)?
            {
                Ok(page) => return Ok(page),
                Err(error) => error,
            };
            let ServiceError::Temporary { after, .. } = &error else { return Err(error) };
            if repeats == REPEATS || after.is_some_and(|after| after > PATIENCE) {
                return Err(error);
            }
            let wait = after.unwrap_or_else(|| {
                pause(self.budget.limits.pause, repeats, &self.synchronizer.random)
            });
            timeout_at(self.budget.deadline, sleep(wait)).await.map_err(out_of_time)?;
            repeats += 1;
        }
    }

    /// Stores a page, or only judges it in a dry run. Says `false` when another process has taken
    /// over.
    async fn take_page(
        &mut self,
        link: &ServiceLink,
        list: &ListToRead,
        pass: &Pass,
        mut members: Vec<Member>,
    ) -> Result<bool, Failure> {
        let total = members.len() as u64;
        self.part(&list.resource).counts.listed += total;
        self.progress.expect(total);
        loop {
            let rest = members.split_off(CHUNK.min(members.len()));
            let page = self.page(link, list, pass, members);
            let done = page.members.len() as u64;
            let verdicts = match &list.plan {
                Some(plan) => {
                    let mut plan = plan.lock().unwrap_or_else(PoisonError::into_inner);
                    Some(self.synchronizer.pool.read(|read| plan.judge(read, &page))?)
                }
                None => {
                    self.store(link, list, page, position(pass).filter(|_| rest.is_empty())).await?
                }
            };
            let Some(verdicts) = verdicts else { return Ok(false) };
            let counts = &mut self.part(&list.resource).counts;
            verdicts.into_iter().for_each(|verdict| counts.count(verdict));
            self.progress.advance(done);
            members = rest;
            if members.is_empty() {
                return Ok(true);
            }
        }
    }

    fn page(
        &self,
        link: &ServiceLink,
        list: &ListToRead,
        pass: &Pass,
        members: Vec<Member>,
    ) -> Page {
        let platform = self.registration.platform.as_ref();
        Page {
            resource: Arc::clone(&list.resource),
            registration_id: self.registration.id,
            account_limit: self.account_limit,
            identity: identity::effective(&self.registration),
            issuer: platform.map(|platform| platform.issuer.to_string()).unwrap_or_default(),
            client_id: platform.map(|platform| platform.client_id.to_string()).unwrap_or_default(),
            link: link.clone(),
            members,
            run: pass.began_at,
            now: self.synchronizer.clock.now(),
        }
    }

    /// Stores members together with the position after them; nothing when another process has taken
    /// over.
    async fn store(
        &self,
        link: &ServiceLink,
        list: &ListToRead,
        page: Page,
        after: Option<MemberPass>,
    ) -> Result<Option<Vec<Verdict>>, Failure> {
        let Some(ticket) = self.ticket.clone() else { return Ok(None) };
        let more = vec![
            ("registration", self.registration.slug.to_string()),
            ("resource_link_id", link.resource_link_id.clone()),
        ];
        let count = Count { name: list.resource.slug.to_string(), more };
        let (random, link_id) = (self.synchronizer.random.clone(), link.id);
        let change = move |write: &Write<'_>| {
            if !ticket.renew(write, page.now)? {
                return Ok::<_, store::Error>(None);
            }
            let verdicts = page.store(write, &random)?;
            if let Some(after) = after {
                write.put_member_pass(link_id, &after)?;
            }
            Ok(Some(verdicts))
        };
        Ok(self.synchronizer.pool.write_counted(count, change).await?)
    }

    /// Remembers how reading a list went. `left` more lists of the platform have to wait for the
    /// next run.
    async fn record(
        &mut self,
        link: &ServiceLink,
        resource: &Resource,
        error: Option<ServiceError>,
        pass: Option<Pass>,
        left: usize,
    ) -> Result<(), Failure> {
        let registration = self.registration.slug.to_string();
        let over_limit =
            pass.as_ref().map(|pass| pass.over_limit).filter(|over_limit| *over_limit > 0);
        let trouble = error.as_ref().map(trouble).or_else(|| {
            over_limit
                .map(|over_limit| too_many_accounts(&registration, over_limit, self.account_limit))
        });
        if let Some(trouble) = trouble.clone() {
            let more = if left == 0 {
                String::new()
            } else {
                format!(" ({left} more lists of this platform wait for the next run)")
            };
            self.part(resource).counts.problems.push(LinkProblem {
                registration: registration.clone(),
                resource_link_id: link.resource_link_id.clone(),
                code: trouble.code,
                problem: format!("{}{more}", trouble.problem),
                fix: trouble.fix,
            });
            self.part(resource).lists.unfinished.insert(link.id);
        } else {
            self.part(resource).lists.finished.insert(
                link.id,
                LinkName { registration, resource_link_id: link.resource_link_id.clone() },
            );
        }
        let Some(ticket) = self.ticket.clone() else { return Ok(()) };
        let now = self.synchronizer.clock.now();
        let (began_at, members, is_spread) =
            pass.map_or((now, 0, false), |pass| (pass.began_at, pass.members, pass.is_resumed));
        let continues = matches!(
            error,
            Some(ServiceError::Temporary { .. } | ServiceError::BudgetExhausted { .. })
        );
        let (id, sync) =
            (link.id, MemberSync { at: began_at, tried_at: now, members, is_spread, trouble });
        let change = move |write: &Write<'_>| {
            // A process that has taken over stores its own outcome.
            if ticket.renew(write, now)? {
                write.put_member_sync(id, &sync)?;
                if !continues {
                    write.delete_member_pass(id)?;
                }
            }
            Ok::<_, store::Error>(())
        };
        Ok(self.synchronizer.pool.write(change).await?)
    }
}

/// What `sync status` says of a list with 20 members too many, for `ltictl explain`.
pub fn example_of_too_many_accounts() -> Trouble {
    too_many_accounts("REG", 20, AccountLimit::default().number())
}

/// What `sync status` says of a list whose members cannot all get accounts. Until they can, it
/// counts as one that was not read to its end.
fn too_many_accounts(registration: &str, members: u32, limit: u32) -> Trouble {
    let limited = Refusal::TooManyAccounts { limit };
    Trouble {
        code: "account_limit_reached".to_owned(),
        problem: format!(
            "{members} members of the list got no account: launches and member lists have created \
             {limit} accounts for {registration}, which is the limit"
        ),
        fix: limited.fix(Some(registration)),
    }
}

fn scoped(scope: Scope, link: &ServiceLink) -> Option<&str> {
    (scope == Scope::Link).then_some(link.resource_link_id.as_str())
}

/// Where the next run continues; none after the last page.
fn position(pass: &Pass) -> Option<MemberPass> {
    let ListPosition { first_url, next_url, pages } = pass.pages.position()?;
    Some(MemberPass {
        began_at: pass.began_at,
        first_url,
        next_url,
        pages,
        members: pass.members,
        bytes: pass.bytes,
    })
}
