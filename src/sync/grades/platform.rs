//! One platform within a run: its links one after the other, with a bounded number of concurrent
//! requests.

use std::collections::HashMap;

use jiff::Timestamp;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, timeout_at};

use super::GradeSummary;
use super::line_item::{FoundLineItem, LineItems, find_or_create};
use super::send::{Sender, Sent, Service, attempt};
use crate::domain::{
    Attempt, DeliveryOutcome, DueGrade, Protocol, Registration, Resource, ServiceLink,
};
use crate::failure::Failure;
use crate::lms;
use crate::lti::lti_1p1::outcomes::TEXT_ACCEPTED;
use crate::lti::scope::Scopes;
use crate::platform::{OutcomeService, ServiceClient, ServiceError};
use crate::rules::progress::Progress;
use crate::store::{self, Read, Write};
use crate::sync::lease::{Lease, Ticket};
use crate::sync::retry::{Gate, MAX_PAUSE};
use crate::sync::{Synchronizer, Work, next_try, retry_delay, sync_problem, task_failed};

/// How many grades are sent between two writes.
const BATCH: u32 = 400;

/// After this many failed requests in a row, the platform is skipped until the next run.
const MAX_FAILURES: u32 = 5;

/// State of a platform within a run.
struct Platform<'p> {
    synchronizer: &'p Synchronizer,
    registration: &'p Registration,
    ticket: Ticket,
    /// `None` for a consumer, whose links have outcome services.
    services: Option<ServiceClient>,
    progress: &'p dyn Progress,
    gate: Gate,
    /// When the time for this platform ends.
    deadline: Instant,
    summary: GradeSummary,
    /// The line items of the registration's links; read when a link without one is served.
    line_items: Option<LineItems>,
    /// Failed requests in a row, and the last error.
    failures: u32,
    last_failure: Option<ServiceError>,
}

/// Sends the due grades of these links to the registration's platform, unless another process is
/// doing so.
pub(super) async fn serve(
    synchronizer: &Synchronizer,
    registration: &Registration,
    links: Vec<ServiceLink>,
    retry: bool,
    progress: &dyn Progress,
) -> Result<GradeSummary, Failure> {
    let services = synchronizer.services(registration)?;
    if services.is_none() && registration.protocol == Protocol::Lti1p3 {
        return Ok(GradeSummary::default());
    }
    let (mut waiting, now) = (Vec::new(), synchronizer.clock.now());
    for link in links {
        let count = |read: Read<'_>| read.count_due_grades(link.id, now, retry);
        let count = synchronizer.pool.read(count).await?;
        if count > 0 {
            waiting.push((link, count));
        }
    }
    if waiting.is_empty() {
        return Ok(GradeSummary::default());
    }
    let Some(lease) = Lease::take(synchronizer, Work::Grades, registration.id).await? else {
        return Ok(GradeSummary {
            busy_registrations: vec![registration.slug.clone()],
            ..GradeSummary::default()
        });
    };
    progress.expect(waiting.iter().map(|(_, count)| u64::from(*count)).sum());
    let mut platform = Platform {
        synchronizer,
        registration,
        ticket: lease.ticket(),
        services,
        progress,
        gate: Gate::default(),
        deadline: Instant::now() + synchronizer.limits.time,
        summary: GradeSummary { served: 1, ..GradeSummary::default() },
        line_items: None,
        failures: 0,
        last_failure: None,
    };
    let outcome =
        platform.serve_links(waiting.into_iter().map(|(link, _)| link).collect(), retry).await;
    lease.release().await?;
    outcome.map(|()| platform.summary)
}

impl Platform<'_> {
    async fn serve_links(&mut self, links: Vec<ServiceLink>, retry: bool) -> Result<(), Failure> {
        if retry {
            let ids: Vec<i64> = links.iter().map(|link| link.id).collect();
            self.synchronizer
                .pool
                .write(move |write| {
                    ids.into_iter().try_for_each(|id| write.retry_stuck_grades(id).map(drop))
                })
                .await?;
        }
        for mut link in links {
            if self.is_out_of_time() {
                let error = self.synchronizer.limits.out_of_time();
                self.summary
                    .add_problem(self.registration, &sync_problem(&error, self.registration));
                break;
            }
            self.serve_link(&mut link).await?;
        }
        Ok(())
    }

    fn is_out_of_time(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Sends the due grades of a link, batch by batch.
    async fn serve_link(&mut self, link: &mut ServiceLink) -> Result<(), Failure> {
        let pool = &self.synchronizer.pool;
        let Some(resource) = pool.look_up(|read| read.resource_by_id(link.resource_id))? else {
            return Ok(());
        };
        let service = self.service(link)?;
        // If the line item was deleted, search for another one, once.
        let mut may_search_again = true;
        let mut since = None;
        loop {
            // Grades that were not started remain due.
            if self.is_out_of_time() {
                let error = self.synchronizer.limits.out_of_time();
                self.summary
                    .add_problem(self.registration, &sync_problem(&error, self.registration));
                return Ok(());
            }
            let attempts = self.begin(link, since.take()).await?;
            let Some((last, _)) = attempts.last() else { return Ok(()) };
            since = Some((last.account_id, last.sub.clone()));
            let ends = match self.line_item(&service, link, &resource).await? {
                Ok(line_item) => {
                    self.send(self.sender(&service, &line_item), attempts, may_search_again).await?
                }
                Err(error) => unsent(attempts, &error).collect(),
            };
            let search_again = may_search_again
                && ends.iter().any(|sent| sent.outcome.as_ref().is_err_and(is_gone));
            self.store_outcomes(ends, search_again).await?;
            if search_again {
                (may_search_again, since) = (false, None);
                self.clear_line_item(link).await?;
            }
        }
    }

    fn service(&self, link: &ServiceLink) -> Result<Service, store::Error> {
        Ok(match &self.services {
            Some(services) => {
                let scopes: Scopes = link.grade_scopes.iter().map(String::as_str).collect();
                Service::LineItems(services.grades(&scopes))
            }
            None => {
                let client = self.synchronizer.signed(self.registration, link)?;
                let takes_text = link.grade_scopes.iter().any(|scope| scope == TEXT_ACCEPTED);
                Service::Outcomes { service: OutcomeService::new(client), takes_text }
            }
        })
    }

    /// Takes the next due grades and stores that they are being sent. Returns none if there are
    /// none, or if another process has taken over.
    async fn begin(
        &self,
        link: &ServiceLink,
        since: Option<(i64, String)>,
    ) -> Result<Vec<(Attempt, DueGrade)>, store::Error> {
        let (ticket, now, link) =
            (self.ticket.clone(), self.synchronizer.clock.now(), link.clone());
        let begin = move |write: &store::Write<'_>| {
            if !ticket.renew(write, now)? {
                return Ok::<_, store::Error>(None);
            }
            let since = since.as_ref().map(|(account_id, sub)| (*account_id, sub.as_str()));
            let due = write.due_grades(link.id, now, false, since, BATCH)?;
            let attempts: Vec<(Attempt, DueGrade)> =
                due.into_iter().map(|due| (attempt(&link, &due), due)).collect();
            write.begin_attempts(
                &attempts.iter().map(|(attempt, _)| attempt.clone()).collect::<Vec<_>>(),
            )?;
            Ok(Some(attempts))
        };
        let attempts = self.synchronizer.pool.write(begin).await?;
        if attempts.is_none() {
            tracing::warn!(
                registration = self.registration.slug.as_str(),
                "another process has taken over the synchronization of grades"
            );
        }
        Ok(attempts.unwrap_or_default())
    }

    /// Stores the outcomes of a batch. With `search_again`, grades for a deleted line item are
    /// retried immediately.
    async fn store_outcomes(
        &mut self,
        ends: Vec<Sent>,
        search_again: bool,
    ) -> Result<(), store::Error> {
        let now = self.synchronizer.clock.now();
        let mut done = 0;
        let mut ends: Vec<(Attempt, DeliveryOutcome)> = ends
            .into_iter()
            .map(|sent| {
                let again = search_again && sent.outcome.as_ref().is_err_and(is_gone);
                done += u64::from(!again);
                let outcome = match &sent.outcome {
                    Err(error) if again => DeliveryOutcome::Later {
                        at: now,
                        problem: sync_problem(error, self.registration),
                    },
                    Ok(()) if sent.is_withheld => DeliveryOutcome::Accepted,
                    outcome => self.outcome_of(outcome, sent.tries, now),
                };
                (sent.attempt, outcome)
            })
            .collect();
        let ticket = self.ticket.clone();
        let store = move |write: &store::Write<'_>| {
            let is_held = ticket.renew(write, now)?;
            // What has arrived has arrived, but another process may be trying what has not.
            ends.retain(|(_, outcome)| is_held || matches!(outcome, DeliveryOutcome::Accepted));
            write.end_attempts(&ends, now)
        };
        self.synchronizer.pool.write(store).await?;
        self.progress.advance(done);
        Ok(())
    }

    /// The outcome of an attempt as it is stored.
    fn outcome_of(
        &mut self,
        outcome: &Result<(), ServiceError>,
        tries: u32,
        now: Timestamp,
    ) -> DeliveryOutcome {
        let Err(error) = outcome else {
            self.summary.sent += 1;
            return DeliveryOutcome::Accepted;
        };
        let problem = sync_problem(error, self.registration);
        self.summary.add_problem(self.registration, &problem);
        // Usually caused by a proxy in front of the platform, and temporary.
        let wait = if matches!(error, ServiceError::Unreadable { .. }) {
            Some(None)
        } else {
            retry_delay(error)
        };
        match wait {
            Some(after) => DeliveryOutcome::Later {
                at: next_try(tries, after, now, &self.synchronizer.random),
                problem,
            },
            None => DeliveryOutcome::Refused(problem),
        }
    }

    fn sender(&self, service: &Service, line_item: &str) -> Sender {
        Sender {
            service: service.clone(),
            line_item: line_item.into(),
            unfinished_scores: lms::unfinished_scores(self.registration),
            pool: self.synchronizer.pool.clone(),
            ticket: self.ticket.clone(),
            clock: self.synchronizer.clock,
            random: self.synchronizer.random.clone(),
            gate: self.gate.clone(),
            pause: self.synchronizer.limits.pause,
        }
    }

    /// Sends grades in parallel and returns the outcomes. With `stop_when_gone`, it stops when the
    /// line item was deleted.
    async fn send(
        &mut self,
        sender: Sender,
        attempts: Vec<(Attempt, DueGrade)>,
        stop_when_gone: bool,
    ) -> Result<Vec<Sent>, Failure> {
        let mut ends = Vec::with_capacity(attempts.len());
        let mut waiting = attempts.into_iter();
        let mut under_way = JoinSet::new();
        let mut open: HashMap<Id, (Attempt, u32)> = HashMap::new();
        let mut stop = None;
        loop {
            while under_way.len() < usize::from(self.synchronizer.concurrency.max(1))
                && stop.is_none()
                && !self.has_given_up()
            {
                let Some((attempt, due)) = waiting.next() else { break };
                let (known, tries) = (attempt.clone(), due.tries);
                open.insert(
                    under_way.spawn(sender.clone().send(attempt, due)).id(),
                    (known, tries),
                );
            }
            let Ok(finished) = timeout_at(self.deadline, under_way.join_next_with_id()).await
            else {
                // The platform may have accepted requests in flight: the next run sends them again
                // with the same time.
                under_way.abort_all();
                let error = self.synchronizer.limits.out_of_time();
                ends.extend(open.into_values().map(|(attempt, tries)| Sent {
                    attempt: Attempt { is_open: true, ..attempt },
                    tries,
                    outcome: Err(error.clone()),
                    is_withheld: false,
                }));
                stop = Some(error);
                break;
            };
            let Some(finished) = finished else { break };
            let (id, sent) = finished.map_err(|error| task_failed(&error))?;
            open.remove(&id);
            let sent = sent?;
            self.count(sent.outcome.as_ref().err());
            stop = stop.or_else(|| {
                sent.outcome
                    .as_ref()
                    .err()
                    .filter(|error| stop_when_gone && is_gone(error))
                    .cloned()
            });
            ends.push(sent);
        }
        // The platform is skipped: grades that were not sent wait like those that failed.
        if let Some(error) = stop.as_ref().or(self.last_failure.as_ref()) {
            ends.extend(unsent(waiting, error));
        }
        Ok(ends)
    }

    /// Counts consecutive failures that affect the whole platform.
    fn count(&mut self, failure: Option<&ServiceError>) {
        let Some(error) = failure.filter(|error| error.affects_whole_platform()) else {
            self.failures = 0;
            return;
        };
        let asks_for_long_pause = matches!(error, ServiceError::Temporary { after: Some(after), .. } if *after > MAX_PAUSE);
        (self.failures, self.last_failure) = (
            if asks_for_long_pause { MAX_FAILURES } else { self.failures + 1 },
            Some(error.clone()),
        );
    }

    fn has_given_up(&self) -> bool {
        self.failures >= MAX_FAILURES
    }

    /// The line item of a link: its own, one found earlier, one found now, or a new one.
    async fn line_item(
        &mut self,
        service: &Service,
        link: &mut ServiceLink,
        resource: &Resource,
    ) -> Result<Result<String, ServiceError>, Failure> {
        if let Some(error) = self.last_failure.as_ref().filter(|_| self.has_given_up()) {
            return Ok(Err(error.clone()));
        }
        if let Some(known) = link.known_lineitem_url() {
            return Ok(Ok(known.to_owned()));
        }
        let Service::LineItems(service) = service else {
            return Ok(Err(ServiceError::NotFound { text: String::new() }));
        };
        if self.line_items.is_none() {
            let id = self.registration.id;
            let known = self.synchronizer.pool.read(|read| read.known_lineitems(id)).await?;
            self.line_items = Some(known.into_iter().collect());
        }
        let known = self.line_items.get_or_insert_default();
        let search = find_or_create(service, link, resource, known);
        let found = timeout_at(self.deadline, search)
            .await
            .unwrap_or_else(|_| Err(self.synchronizer.limits.out_of_time()));
        self.count(found.as_ref().err());
        if let Ok(FoundLineItem { url, copied }) = &found {
            link.found_lineitem_url = Some(url.clone());
            self.line_items.get_or_insert_default().extend([(link.id, url.clone())]);
            let (id, url, copied) = (link.id, url.clone(), *copied);
            let store = move |write: &Write<'_>| write.set_found_lineitem(id, &url, copied);
            self.synchronizer.pool.write(store).await?;
        }
        Ok(found.map(|found| found.url))
    }

    async fn clear_line_item(&mut self, link: &mut ServiceLink) -> Result<(), store::Error> {
        (link.lineitem_url, link.found_lineitem_url) = (None, None);
        let id = link.id;
        self.synchronizer.pool.write(move |write| write.clear_lineitem(id)).await
    }
}

fn is_gone(error: &ServiceError) -> bool {
    matches!(error, ServiceError::NotFound { .. })
}

/// Grades that are not sent because of an error of another request.
fn unsent(
    attempts: impl IntoIterator<Item = (Attempt, DueGrade)>,
    error: &ServiceError,
) -> impl Iterator<Item = Sent> {
    attempts.into_iter().map(|(attempt, due)| Sent {
        attempt,
        tries: due.tries,
        outcome: Err(error.clone()),
        is_withheld: false,
    })
}
