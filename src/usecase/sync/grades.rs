//! Grades out: whatever has changed since a link's platform took a grade last is sent again, link by link (Assignment and Grade Services 2.0).
//!
//! Platforms are served side by side, each with a bounded number of requests at a time. An attempt is on disk, with the time under which it goes out, before the platform
//! hears of it. Whoever finds one without an end sends it again under the same time: a platform that had taken it answers that it is not newer (409), and then it is done.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::task::JoinSet;

use super::{Lease, Progress, Synchroniser, Work, next_try, trouble, wait};
use crate::domain::{Attempt, AttemptEnd, DueGrade, MaxGrade, Registration, Resource, Score, ServiceLink, Trouble};
use crate::lti::grade_service::{self, Points};
use crate::lti::line_item::{LineItemFilter, NewLineItem};
use crate::lti::scope::Scopes;
use crate::platform::{GradeService, ServiceClient, ServiceError};
use crate::store;
use crate::usecase::Failure;

/// How many grades are on their way between two writes.
const BATCH: u32 = 400;

/// The longest wait within a run, when a platform asks for patience; what needs longer waits for the next run.
const PATIENCE: Duration = Duration::from_secs(10);

/// The first pause before a request is repeated, when the platform does not say.
const PAUSE: Duration = Duration::from_millis(500);

/// How often a request is repeated within a run.
const REPEATS: u32 = 3;

/// After so many requests in a row that came to nothing, the platform is left alone until the next run.
const GIVE_UP: u32 = 5;

/// What marks the line items that this tool makes.
const TAG: &str = "grade";

/// What a run is to do.
#[derive(Debug, Clone, Default)]
pub struct GradeRun {
    /// Only this resource, by its slug.
    pub resource: Option<String>,
    /// Say what would be sent, and send nothing.
    pub dry_run: bool,
    /// Try again what is stuck, refused grades too.
    pub retry: bool,
}

/// What came of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GradeSummary {
    /// Whether somebody else was at it, so that nothing was done.
    pub busy: bool,
    /// Whether nothing was sent because only the plan was asked for.
    pub dry_run: bool,
    /// Grades that platforms took; in a dry run, those that would be sent.
    pub sent: u64,
    /// Grades that wait for another try.
    pub waiting: u64,
    /// Grades that platforms refused.
    pub refused: u64,
    /// The first problem of each registration.
    pub problems: Vec<Problem>,
    /// What would be sent; in a dry run only.
    pub planned: Vec<PlannedGrade>,
}

/// The first problem of a registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Slug of the registration.
    pub registration: String,
    /// A stable word.
    pub code: String,
    /// Why, in a sentence.
    pub problem: String,
    /// What to do about it.
    pub fix: String,
}

/// A grade that would be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedGrade {
    /// Slug of the registration.
    pub registration: String,
    /// Slug of the resource.
    pub resource: String,
    /// The link's identifier.
    pub resource_link_id: String,
    /// As whom the platform knows the person.
    pub sub: String,
    /// What would be sent, such as `7.5/10`; `cleared` where a grade was taken away.
    pub grade: String,
}

impl GradeSummary {
    fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.waiting += other.waiting;
        self.refused += other.refused;
        self.problems.extend(other.problems);
        self.planned.extend(other.planned);
    }

    fn remember(&mut self, registration: &Registration, trouble: &Trouble) {
        if !self.problems.iter().any(|problem| problem.registration == registration.slug.as_str()) {
            self.problems.push(Problem {
                registration: registration.slug.to_string(),
                code: trouble.code.clone(),
                problem: trouble.problem.clone(),
                fix: trouble.fix.clone(),
            });
        }
    }
}

/// Sends what is due.
///
/// # Errors
///
/// No such resource; the database's own failures. What platforms do is in the summary.
pub async fn run(synchroniser: &Synchroniser, run: &GradeRun, progress: Arc<dyn Progress>) -> Result<GradeSummary, Failure> {
    let only = synchroniser.resource(run.resource.as_deref())?.map(|resource| resource.id);
    if run.dry_run {
        return plan(synchroniser, only);
    }
    let Some(lease) = Lease::take(synchroniser, Work::Grades).await? else { return Ok(GradeSummary { busy: true, ..GradeSummary::default() }) };
    let outcome = async {
        if run.retry {
            synchroniser.pool.write(move |write| write.retry_stuck_grades(only)).await?;
        }
        let mut summary = GradeSummary::default();
        let mut platforms = JoinSet::new();
        for (registration, links) in by_registration(synchroniser, only)? {
            let (synchroniser, progress) = (synchroniser.clone(), Arc::clone(&progress));
            platforms.spawn(async move { serve_platform(&synchroniser, &registration, links, &*progress).await });
        }
        while let Some(finished) = platforms.join_next().await {
            summary.add(
                finished
                    .map_err(|error| Failure::new(crate::usecase::Kind::Failed, "a synchronisation broke off", error.to_string(), "report this as a bug"))??,
            );
        }
        summary.problems.sort_by(|one, other| one.registration.cmp(&other.registration));
        Ok(summary)
    }
    .await;
    lease.give_back().await?;
    outcome
}

/// The links with grades, by registration.
fn by_registration(synchroniser: &Synchroniser, only: Option<i64>) -> Result<Vec<(Registration, Vec<ServiceLink>)>, store::Error> {
    synchroniser.pool.read(|read| {
        let mut links: HashMap<i64, Vec<ServiceLink>> = HashMap::new();
        for link in read.grade_links(only)? {
            links.entry(link.registration_id).or_default().push(link);
        }
        let mut found = Vec::new();
        for (id, links) in links {
            found.extend(read.registration_by_id(id)?.map(|registration| (registration, links)));
        }
        Ok(found)
    })
}

/// What would be sent.
fn plan(synchroniser: &Synchroniser, only: Option<i64>) -> Result<GradeSummary, Failure> {
    let now = synchroniser.clock.now();
    let mut summary = GradeSummary { dry_run: true, ..GradeSummary::default() };
    for (registration, links) in by_registration(synchroniser, only)? {
        for link in links {
            let (due, resource) = synchroniser.pool.read(|read| {
                let resource = read.resource_by_id(link.resource_id)?.map(|resource| resource.slug.to_string()).unwrap_or_default();
                Ok::<_, store::Error>((read.due_grades(link.id, now, u32::MAX)?, resource))
            })?;
            summary.planned.extend(due.into_iter().map(|due| PlannedGrade {
                registration: registration.slug.to_string(),
                resource: resource.clone(),
                resource_link_id: link.resource_link_id.clone(),
                sub: due.sub,
                grade: due.grade.score.map_or_else(|| "cleared".to_owned(), |score| format!("{score}/{}", due.grade.maximum)),
            }));
        }
    }
    summary.planned.sort_by(|one, other| {
        (&one.registration, &one.resource, &one.resource_link_id, &one.sub).cmp(&(&other.registration, &other.resource, &other.resource_link_id, &other.sub))
    });
    summary.sent = summary.planned.len() as u64;
    Ok(summary)
}

/// How a platform is getting on within a run.
struct Platform<'p> {
    synchroniser: &'p Synchroniser,
    registration: &'p Registration,
    services: ServiceClient,
    progress: &'p dyn Progress,
    summary: GradeSummary,
    /// Requests in a row that came to nothing, and why the last one did.
    failures: u32,
    last_failure: Option<ServiceError>,
}

async fn serve_platform(
    synchroniser: &Synchroniser,
    registration: &Registration,
    links: Vec<ServiceLink>,
    progress: &dyn Progress,
) -> Result<GradeSummary, Failure> {
    let Some(services) = synchroniser.services(registration)? else { return Ok(GradeSummary::default()) };
    let mut platform = Platform { synchroniser, registration, services, progress, summary: GradeSummary::default(), failures: 0, last_failure: None };
    let now = synchroniser.clock.now();
    for link in &links {
        progress.expect(u64::from(synchroniser.pool.read(|read| read.count_due_grades(link.id, now))?));
    }
    for link in links {
        platform.serve_link(link).await?;
    }
    Ok(platform.summary)
}

impl Platform<'_> {
    /// Sends what is due on a link, batch by batch.
    async fn serve_link(&mut self, mut link: ServiceLink) -> Result<(), Failure> {
        let pool = &self.synchroniser.pool;
        let resource = pool.read(|read| read.resource_by_id(link.resource_id))?;
        let Some(resource) = resource else { return Ok(()) };
        let service = self.services.grades(&link.grade_scopes.iter().map(String::as_str).collect::<Scopes>());
        // A line item that is gone is looked for once more.
        let mut may_look_again = true;
        loop {
            let now = self.synchroniser.clock.now();
            let due = pool.read(|read| read.due_grades(link.id, now, BATCH))?;
            if due.is_empty() {
                return Ok(());
            }
            let attempts: Vec<(Attempt, DueGrade)> = due.into_iter().map(|due| (attempt(&link, &due), due)).collect();
            let begun: Vec<Attempt> = attempts.iter().map(|(attempt, _)| attempt.clone()).collect();
            pool.write(move |write| write.begin_attempts(&begun)).await?;
            let ends = match self.line_item(&service, &mut link, &resource).await? {
                Ok(line_item) => self.send(&service, &line_item, attempts).await?,
                Err(error) => attempts.into_iter().map(|(attempt, due)| (attempt, due.tries, Err(error.clone()))).collect(),
            };
            let is_gone = ends.iter().any(|(.., end)| matches!(end, Err(error) if is_gone(error)));
            let now = self.synchroniser.clock.now();
            let ends: Vec<(Attempt, AttemptEnd)> =
                ends.into_iter().map(|(attempt, tries, end)| self.judge(attempt, tries, end, is_gone && may_look_again, now)).collect();
            let count = ends.len() as u64;
            pool.write(move |write| write.end_attempts(&ends, now)).await?;
            self.progress.advance(count);
            if is_gone && may_look_again {
                may_look_again = false;
                self.forget_line_item(&mut link).await?;
            }
        }
    }

    /// What is stored of an attempt's end.
    fn judge(&mut self, attempt: Attempt, tries: u32, end: Result<(), ServiceError>, look_again: bool, now: Timestamp) -> (Attempt, AttemptEnd) {
        let end = match end {
            Ok(()) => {
                self.summary.sent += 1;
                AttemptEnd::Accepted
            }
            Err(error) => {
                let trouble = trouble(&error);
                if is_gone(&error) && look_again {
                    // At once, with another line item.
                    AttemptEnd::Later { at: now, trouble }
                } else {
                    self.summary.remember(self.registration, &trouble);
                    match wait(&error) {
                        Some(after) => {
                            self.summary.waiting += 1;
                            AttemptEnd::Later { at: next_try(tries, after, now, &self.synchroniser.random), trouble }
                        }
                        None => {
                            self.summary.refused += 1;
                            AttemptEnd::Refused(trouble)
                        }
                    }
                }
            }
        };
        (attempt, end)
    }

    /// Sends grades side by side; what came of each.
    async fn send(
        &mut self,
        service: &GradeService,
        line_item: &str,
        attempts: Vec<(Attempt, DueGrade)>,
    ) -> Result<Vec<(Attempt, u32, Result<(), ServiceError>)>, Failure> {
        let mut ends = Vec::with_capacity(attempts.len());
        let mut waiting = attempts.into_iter();
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < usize::from(self.synchroniser.concurrency.max(1)) && self.failures < GIVE_UP {
                let Some((attempt, due)) = waiting.next() else { break };
                let (service, pool, line_item, clock) = (service.clone(), self.synchroniser.pool.clone(), line_item.to_owned(), self.synchroniser.clock);
                under_way.spawn(async move { send_one(&service, &pool, &line_item, attempt, due, clock.now()).await });
            }
            let Some(finished) = under_way.join_next().await else { break };
            let (attempt, tries, end) = finished
                .map_err(|error| Failure::new(crate::usecase::Kind::Failed, "a synchronisation broke off", error.to_string(), "report this as a bug"))??;
            self.count(end.as_ref().err());
            ends.push((attempt, tries, end));
        }
        // The platform is left alone: what was not sent waits as what was.
        if let Some(error) = &self.last_failure {
            ends.extend(waiting.map(|(attempt, due)| (attempt, due.tries, Err(error.clone()))));
        }
        Ok(ends)
    }

    /// Counts requests in a row that came to nothing because of the platform as a whole.
    fn count(&mut self, failure: Option<&ServiceError>) {
        match failure.filter(|error| error.concerns_the_whole_platform()) {
            Some(error) => (self.failures, self.last_failure) = (self.failures + 1, Some(error.clone())),
            None => self.failures = 0,
        }
    }

    /// The line item of a link: its own, one that was found before, one that is found now, or a new one.
    async fn line_item(&mut self, service: &GradeService, link: &mut ServiceLink, resource: &Resource) -> Result<Result<String, ServiceError>, Failure> {
        if let Some(error) = self.last_failure.clone().filter(|_| self.failures >= GIVE_UP) {
            return Ok(Err(error));
        }
        if let Some(known) = link.known_lineitem_url() {
            return Ok(Ok(known.to_owned()));
        }
        let found = find_or_make(service, link, resource).await;
        self.count(found.as_ref().err());
        if let Ok(url) = &found {
            link.found_lineitem_url = Some(url.clone());
            let (id, url) = (link.id, url.clone());
            self.synchroniser.pool.write(move |write| write.set_found_lineitem(id, Some(&url))).await?;
        }
        Ok(found)
    }

    async fn forget_line_item(&mut self, link: &mut ServiceLink) -> Result<(), Failure> {
        (link.lineitem_url, link.found_lineitem_url) = (None, None);
        let id = link.id;
        Ok(self.synchroniser.pool.write(move |write| write.set_found_lineitem(id, None)).await?)
    }
}

/// Looks for the link's line item among the course's, by link, resource and tag, and then by the link alone; makes one if there is none.
async fn find_or_make(service: &GradeService, link: &ServiceLink, resource: &Resource) -> Result<String, ServiceError> {
    let Some(line_items) = link.lineitems_url.as_deref() else { return Err(ServiceError::Gone { text: String::new() }) };
    let (uuid, link_id) = (resource.uuid.to_string(), link.resource_link_id.clone());
    let mine = LineItemFilter { resource_link_id: Some(link_id.clone()), resource_id: Some(uuid.clone()), tag: Some(TAG.to_owned()) };
    let of_link = LineItemFilter { resource_link_id: Some(link_id.clone()), ..LineItemFilter::default() };
    for filter in [mine, of_link] {
        if let Some(url) = service.find_line_item(line_items, &filter).await?.and_then(|found| found.id) {
            return Ok(url);
        }
    }
    let new = NewLineItem {
        label: resource.name.to_string(),
        score_maximum: resource.max_grade.map_or(100.0, MaxGrade::get),
        resource_id: Some(uuid),
        tag: Some(TAG.to_owned()),
        resource_link_id: Some(link_id),
    };
    let made = service.create_line_item(line_items, &new).await?;
    made.id.ok_or_else(|| ServiceError::Unreadable { problem: "the new line item has no id".to_owned() })
}

fn is_gone(error: &ServiceError) -> bool {
    matches!(error, ServiceError::Gone { .. })
}

/// The attempt at a grade. Times only go up, by whole seconds: that is what some platforms compare.
fn attempt(link: &ServiceLink, due: &DueGrade) -> Attempt {
    let time = match due.newest_time {
        Some(newest) if due.is_unanswered => newest,
        Some(newest) => due.grade.at.max(whole_seconds(newest) + SignedDuration::from_secs(1)),
        None => due.grade.at,
    };
    Attempt { link_id: link.id, account_id: due.grade.account_id, sub: due.sub.clone(), fingerprint: due.fingerprint.clone(), time }
}

fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// Sends one grade; repeats it as often as the platform's answers allow.
async fn send_one(
    service: &GradeService,
    pool: &store::Pool,
    line_item: &str,
    mut attempt: Attempt,
    due: DueGrade,
    now: Timestamp,
) -> Result<(Attempt, u32, Result<(), ServiceError>), Failure> {
    let mut is_unanswered = due.is_unanswered;
    let mut repeats = 0;
    loop {
        let score = grade_service::Score {
            user_id: &due.sub,
            points: due.grade.score.map(|score: Score| Points { given: score.get(), maximum: due.grade.maximum.get() }),
            activity_progress: due.grade.activity_progress.as_str(),
            grading_progress: due.grade.grading_progress.as_str(),
            timestamp: attempt.time,
            comment: due.grade.comment.as_deref(),
        };
        let end = service.post_score(line_item, &score).await;
        match &end {
            // Not newer than what the platform has: it is what it has.
            Err(ServiceError::Conflict { .. }) if is_unanswered => return Ok((attempt, due.tries, Ok(()))),
            // Something else was newer: the same grade under the present time.
            Err(ServiceError::Conflict { .. }) if repeats == 0 => {
                repeats = 1;
                attempt.time = now.max(whole_seconds(attempt.time) + SignedDuration::from_secs(1));
                let again = attempt.clone();
                pool.write(move |write| write.begin_attempts(&[again])).await?;
            }
            Err(ServiceError::Again { after, .. }) if repeats < REPEATS && after.unwrap_or(PAUSE) <= PATIENCE => {
                // A pause of half a second without the platform's word, then one, then two. The platform may have taken the grade before the connection broke.
                is_unanswered = true;
                tokio::time::sleep(after.unwrap_or(PAUSE * 2_u32.pow(repeats))).await;
                repeats += 1;
            }
            _ => return Ok((attempt, due.tries, end)),
        }
    }
}
