//! Reads the lists of one registration within a run, one after the other, as far as its budget
//! allows.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep, timeout_at};

use super::lists::{LinkName, Lists};
use super::page::{Page, Users, Verdict};
use super::plan::SharedPlan;
use super::summary::{LinkProblem, ResourceMembers};
use crate::domain::{
    AccountLimit, Consumer, MemberFormat, Registration, Resource, ServiceLink, Slug, SyncProblem,
};
use crate::failure::Failure;
use crate::lti::members::Member;
use crate::platform::{
    ListPosition, MemberPages, MembersPage, ServiceClient, ServiceError, SignedMemberList,
};
use crate::rules::identity;
use crate::rules::progress::Progress;
use crate::rules::refusal::Refusal;
use crate::store::{self, Count, MemberPass, MemberSync, Read, Write};
use crate::sync::lease::{Lease, Ticket};
use crate::sync::retry::{MAX_PAUSE, REPEATS, pause};
use crate::sync::{Limits, Synchronizer, Work, sync_problem};

/// How many members per page are requested; platforms may send fewer.
const PAGE: u32 = 500;

/// How many members are stored in one transaction. A page may have more, and storing it must not
/// delay launches.
const CHUNK: usize = 500;

/// After this many lists in a row that failed because of the platform as a whole, it is skipped
/// until the next run.
const MAX_FAILURES: u32 = 2;

/// Maximum age of a position: pages shift when people join or leave, so a list must be read within
/// limited time.
const MAX_PASS_AGE: SignedDuration = SignedDuration::from_hours(72);

/// A list that is to be read.
pub(super) struct ListToRead {
    pub(super) link_id: i64,
    pub(super) resource: Arc<Resource>,
    /// In a dry run: what would have been done so far.
    pub(super) plan: Option<SharedPlan>,
}

/// Outcome of one registration.
pub(super) enum Outcome {
    /// Results of its lists, by resource.
    Read(HashMap<i64, Part>),
    /// Another process is synchronizing it; the slug.
    Busy(Slug),
}

/// Results of the lists of one registration for one resource.
pub(super) struct Part {
    pub(super) lists: Lists,
    pub(super) counts: ResourceMembers,
}

/// How much of the limits of one run the registration has used.
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
    /// People who may use the link.
    Link,
    /// The whole course, if the platform does not offer the list of the link.
    Course,
}

/// A list that is being read, possibly over several runs.
struct Pass {
    scope: Scope,
    pages: MemberPages,
    began_at: Timestamp,
    is_resumed: bool,
    /// Whether this run has read a page of it.
    has_page: bool,
    members: u32,
    bytes: u64,
    /// Members who got no account in this run because the registration has reached its account
    /// limit.
    over_limit: u32,
}

/// How reading a list ended.
enum End {
    Complete,
    Failed(ServiceError),
    /// Another process has taken over.
    LeaseLost,
}

/// Reads the lists of one registration, unless another process is doing so; a dry run ignores that.
pub(super) async fn read(
    synchronizer: &Synchronizer,
    registration: Registration,
    lists: Vec<ListToRead>,
    is_dry: bool,
    progress: &dyn Progress,
) -> Result<Outcome, Failure> {
    let services = synchronizer.services(&registration)?;
    let consumer =
        synchronizer.pool.look_up(|read| read.consumer_by_id(registration.id))?.map(Box::new);
    if services.is_none() && consumer.is_none() {
        return Ok(Outcome::Read(HashMap::new()));
    }
    let account_limit = synchronizer.pool.look_up(|read| read.settings())?.account_limit.number();
    let lease = match is_dry {
        true => None,
        false => match Lease::take(synchronizer, Work::Members, registration.id).await? {
            Some(lease) => Some(lease),
            None => return Ok(Outcome::Busy(registration.slug)),
        },
    };
    let mut reader = Reader {
        synchronizer,
        registration,
        services,
        consumer,
        account_limit,
        ticket: lease.as_ref().map(Lease::ticket),
        progress,
        budget: Budget::new(synchronizer.limits),
        parts: HashMap::new(),
        failures: 0,
    };
    let outcome = reader.read_lists(lists).await;
    if let Some(lease) = lease {
        lease.release().await?;
    }
    outcome.map(|()| Outcome::Read(reader.parts))
}

struct Reader<'r> {
    synchronizer: &'r Synchronizer,
    registration: Registration,
    /// `None` for a consumer.
    services: Option<ServiceClient>,
    consumer: Option<Box<Consumer>>,
    account_limit: u32,
    /// `None` in a dry run.
    ticket: Option<Ticket>,
    progress: &'r dyn Progress,
    budget: Budget,
    parts: HashMap<i64, Part>,
    /// Lists in a row that failed because of the platform as a whole.
    failures: u32,
}

impl Reader<'_> {
    async fn read_lists(&mut self, lists: Vec<ListToRead>) -> Result<(), Failure> {
        let mut lists = lists.into_iter();
        while let Some(list) = lists.next() {
            let Some(link) =
                self.synchronizer.pool.look_up(|read| read.service_link(list.link_id))?
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
            self.failures = if error.as_ref().is_some_and(ServiceError::affects_whole_platform) {
                self.failures + 1
            } else {
                0
            };
            let stop = is_exhausted || self.failures >= MAX_FAILURES;
            self.record(&link, &list.resource, error, pass, if stop { lists.len() } else { 0 })
                .await?;
            if stop {
                break;
            }
        }
        Ok(())
    }

    fn part(&mut self, resource: &Resource) -> &mut Part {
        self.parts.entry(resource.id).or_insert_with(|| Part {
            lists: Lists::default(),
            counts: ResourceMembers::none_of(resource.slug.clone()),
        })
    }

    /// Reads a link's list, starting where an earlier run stopped. If the platform no longer
    /// accepts that position, it starts with the first page. The list of the link is requested
    /// first, and the list of the whole course if the platform refuses that.
    async fn read_list(
        &mut self,
        link: &ServiceLink,
        list: &ListToRead,
        url: &str,
    ) -> Result<(End, Option<Pass>), Failure> {
        let mut pass = match self.resume(link, url)? {
            Some(pass) => pass,
            None => match self.begin(link, url, Scope::Link)? {
                Ok(pass) => pass,
                Err(error) => return Ok((End::Failed(error), None)),
            },
        };
        self.part(&list.resource).counts.listed += u64::from(pass.members);
        loop {
            let end = self.read_pages(link, list, &mut pass).await?;
            // A list that was interrupted was not refused: falling back to the course's list would
            // enrol people who may not use the link.
            let is_refused = !pass.has_page
                && matches!(
                    &end,
                    End::Failed(ServiceError::Refused { .. } | ServiceError::NotFound { .. })
                );
            let scope = match (is_refused, pass.is_resumed, pass.scope) {
                (true, true, _) => Scope::Link,
                // The oldest service of LTI 1.1 has no list of the course.
                (true, false, Scope::Link) if link.members_format != MemberFormat::Extension => {
                    Scope::Course
                }
                _ => return Ok((end, Some(pass))),
            };
            self.part(&list.resource).counts.listed -= u64::from(pass.members);
            pass = match self.begin(link, url, scope)? {
                Ok(pass) => pass,
                Err(error) => return Ok((End::Failed(error), None)),
            };
        }
    }

    /// The list, of which no page has been requested.
    fn pages(
        &self,
        link: &ServiceLink,
        url: &str,
        scope: Scope,
    ) -> Result<Result<MemberPages, ServiceError>, store::Error> {
        let resource_link_id = scoped(scope, link);
        if let Some(services) = &self.services {
            return Ok(services.member_pages(url, resource_link_id, Some(PAGE)));
        }
        let list =
            SignedMemberList { url, format: link.members_format, id: link.members_id.as_deref() };
        let client = self.synchronizer.signed(&self.registration, link)?;
        Ok(MemberPages::signed(client, list, resource_link_id, Some(PAGE)))
    }

    fn begin(
        &self,
        link: &ServiceLink,
        url: &str,
        scope: Scope,
    ) -> Result<Result<Pass, ServiceError>, store::Error> {
        let pages = match self.pages(link, url, scope)? {
            Ok(pages) => pages,
            Err(error) => return Ok(Err(error)),
        };
        // The store keeps milliseconds; passes are distinguished by their time.
        let began_at = Timestamp::from_millisecond(self.synchronizer.clock.now().as_millisecond())
            .unwrap_or_default();
        Ok(Ok(Pass {
            scope,
            pages,
            began_at,
            is_resumed: false,
            has_page: false,
            members: 0,
            bytes: 0,
            over_limit: 0,
        }))
    }

    /// The pass of an earlier run, if it can be continued; a dry run starts with the first page, so
    /// that its plan is complete.
    fn resume(&self, link: &ServiceLink, url: &str) -> Result<Option<Pass>, store::Error> {
        if self.ticket.is_none() {
            return Ok(None);
        }
        let Some(stored) = self.synchronizer.pool.look_up(|read| read.member_pass(link.id))? else {
            return Ok(None);
        };
        if self.synchronizer.clock.now().duration_since(stored.began_at) > MAX_PASS_AGE {
            tracing::warn!(
                registration = self.registration.slug.as_str(),
                link = link.resource_link_id,
                pages = stored.pages,
                members = stored.members,
                "a list of members could not be read completely within three days; reading restarts \
                 with the first page"
            );
            return Ok(None);
        }
        let position = ListPosition {
            first_url: stored.first_url,
            next_url: stored.next_url,
            pages: stored.pages,
        };
        for scope in [Scope::Link, Scope::Course] {
            let pages = self.pages(link, url, scope)?;
            let Some(pages) = pages.ok().and_then(|pages| pages.resume(&position)) else {
                continue;
            };
            return Ok(Some(Pass {
                scope,
                pages,
                began_at: stored.began_at,
                is_resumed: true,
                has_page: false,
                members: stored.members,
                bytes: stored.bytes,
                over_limit: 0,
            }));
        }
        Ok(None)
    }

    /// Reads a list page by page, to its end or as far as the budget allows.
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
            if !self.take_page(link, list, pass, page).await? {
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

    /// The next page. If a request fails temporarily, it is repeated after a pause, following the
    /// same rules as for grades.
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
            if repeats == REPEATS || after.is_some_and(|after| after > MAX_PAUSE) {
                return Err(error);
            }
            let wait = after.unwrap_or_else(|| {
                pause(self.budget.limits.pause, repeats, &self.synchronizer.random)
            });
            timeout_at(self.budget.deadline, sleep(wait)).await.map_err(out_of_time)?;
            repeats += 1;
        }
    }

    /// Stores a page, or only judges it in a dry run. Returns `false` if another process has taken
    /// over.
    async fn take_page(
        &mut self,
        link: &ServiceLink,
        list: &ListToRead,
        pass: &Pass,
        page: MembersPage,
    ) -> Result<bool, Failure> {
        let (mut members, sourcedids) = (page.members, Arc::new(page.result_sourcedids));
        let total = members.len() as u64;
        self.part(&list.resource).counts.listed += total;
        self.progress.expect(total);
        loop {
            let rest = members.split_off(CHUNK.min(members.len()));
            let page = self.page(link, list, pass, (members, &sourcedids));
            let done = page.members.len() as u64;
            let verdicts = match &list.plan {
                Some(plan) => {
                    let decide = |read: Read<'_>| {
                        plan.lock().unwrap_or_else(PoisonError::into_inner).decide(read, &page)
                    };
                    Some(self.synchronizer.pool.read(decide).await?)
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
        (members, sourcedids): (Vec<Member>, &Arc<BTreeMap<String, String>>),
    ) -> Page {
        let platform = self.registration.platform.as_ref();
        let text = Option::unwrap_or_default;
        Page {
            resource: Arc::clone(&list.resource),
            registration_id: self.registration.id,
            account_limit: self.account_limit,
            users: match &self.consumer {
                Some(consumer) => Users::Consumer(consumer.clone()),
                None => Users::Registration {
                    identity: identity::effective(&self.registration),
                    issuer: text(platform.map(|platform| platform.issuer.to_string())),
                    client_id: text(platform.map(|platform| platform.client_id.to_string())),
                },
            },
            staff_roles: self.registration.policy.staff_roles.names(),
            link: link.clone(),
            members,
            result_sourcedids: Arc::clone(sourcedids),
            run: pass.began_at,
            now: self.synchronizer.clock.now(),
        }
    }

    /// Stores members together with the position after them; returns none if another process has
    /// taken over.
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

    /// Stores the outcome of reading a list. `left` is the number of lists of the platform that
    /// wait for the next run.
    async fn record(
        &mut self,
        link: &ServiceLink,
        resource: &Resource,
        error: Option<ServiceError>,
        pass: Option<Pass>,
        left: usize,
    ) -> Result<(), Failure> {
        let registration = self.registration.slug.clone();
        let over_limit =
            pass.as_ref().map(|pass| pass.over_limit).filter(|over_limit| *over_limit > 0);
        let problem =
            error.as_ref().map(|error| sync_problem(error, &self.registration)).or_else(|| {
                over_limit.map(|over_limit| {
                    too_many_accounts(&registration, over_limit, self.account_limit)
                })
            });
        if let Some(problem) = problem.clone() {
            let more = if left == 0 {
                String::new()
            } else {
                format!(" ({left} more lists of this platform wait for the next run)")
            };
            self.part(resource).counts.problems.push(LinkProblem {
                registration: registration.clone(),
                resource_link_id: link.resource_link_id.clone(),
                code: problem.code,
                problem: format!("{}{more}", problem.problem),
                fix: problem.fix,
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
            (link.id, MemberSync { at: began_at, tried_at: now, members, is_spread, problem });
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

/// Example of what `sync status` reports for a list with 20 members too many, for `ltictl explain`.
pub fn example_of_too_many_accounts() -> SyncProblem {
    too_many_accounts(&Slug::placeholder(), 20, AccountLimit::default().number())
}

/// What `sync status` reports for a list whose members cannot all get accounts. Until they can, the
/// list counts as not read completely.
fn too_many_accounts(registration: &Slug, members: u32, limit: u32) -> SyncProblem {
    let limited = Refusal::TooManyAccounts { limit };
    SyncProblem {
        code: "account_limit_reached".to_owned(),
        problem: format!(
            "{members} members of the list have no account: launches and member lists have created \
             {limit} accounts for {registration}, which is the limit"
        ),
        fix: limited.fix(Some(&registration.into())),
    }
}

fn scoped(scope: Scope, link: &ServiceLink) -> Option<&str> {
    (scope == Scope::Link).then_some(link.resource_link_id.as_str())
}

/// Where the next run continues; `None` after the last page.
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
