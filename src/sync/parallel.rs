//! Runs jobs for several registrations in parallel, with at most half of the slots for
//! registrations on one host. A registration is the unit because it has its own tokens, links and
//! lease. Hosts are limited because registrations on one host usually fail together, and a vendor's
//! outage must not delay all others.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::{Limits, task_failed};
use crate::domain::{Registration, Slug};
use crate::failure::Failure;
use crate::rules::progress::Progress;

/// How many registrations are synchronized at the same time.
const MAX_JOBS: usize = 8;

/// How many of them may belong to the same host.
const MAX_JOBS_PER_HOST: usize = 4;

/// The work for one registration.
pub(super) struct Job<W> {
    pub(super) registration: Registration,
    pub(super) host: String,
    /// Whether the last run did not finish: such registrations come after all others.
    pub(super) is_slow: bool,
    pub(super) work: W,
}

/// Jobs that wait, and the number of running jobs per host.
struct JobQueue<W> {
    /// The jobs of each host, hosts in turn; jobs of slow registrations are separate.
    waiting: [VecDeque<(String, VecDeque<Job<W>>)>; 2],
    running: HashMap<String, usize>,
}

impl<W> JobQueue<W> {
    fn new(jobs: Vec<Job<W>>) -> Self {
        let mut by_host: [HashMap<String, usize>; 2] = Default::default();
        let mut waiting: [VecDeque<(String, VecDeque<Job<W>>)>; 2] = Default::default();
        for job in jobs {
            let class = usize::from(job.is_slow);
            let place = *by_host[class].entry(job.host.clone()).or_insert_with(|| {
                waiting[class].push_back((job.host.clone(), VecDeque::new()));
                waiting[class].len() - 1
            });
            waiting[class][place].1.push_back(job);
        }
        Self { waiting, running: HashMap::new() }
    }

    /// The next job that may start now.
    fn start(&mut self) -> Option<Job<W>> {
        if self.running.values().sum::<usize>() >= MAX_JOBS {
            return None;
        }
        for hosts in &mut self.waiting {
            let running = &self.running;
            let Some(place) = hosts.iter().position(|(host, _)| {
                running.get(host).is_none_or(|count| *count < MAX_JOBS_PER_HOST)
            }) else {
                continue;
            };
            let (host, mut jobs) = hosts.remove(place)?;
            let job = jobs.pop_front();
            *self.running.entry(host.clone()).or_default() += 1;
            if !jobs.is_empty() {
                hosts.push_back((host, jobs));
            }
            return job;
        }
        None
    }

    fn end(&mut self, host: &str) {
        if let Some(count) = self.running.get_mut(host) {
            *count -= 1;
            if *count == 0 {
                self.running.remove(host);
            }
        }
    }
}

struct Running {
    registration_id: i64,
    slug: Slug,
    host: String,
    since: Instant,
}

/// Jobs that run in parallel; dropping it aborts them.
pub(super) struct ParallelJobs<W, R, S> {
    queue: JobQueue<W>,
    start: S,
    tasks: JoinSet<Result<R, Failure>>,
    running: HashMap<Id, Running>,
    limit: Duration,
    reports: Interval,
    progress: Arc<dyn Progress>,
}

impl<W, R, S, F> ParallelJobs<W, R, S>
where
    R: Send + 'static,
    S: Fn(Registration, W) -> F,
    F: Future<Output = Result<R, Failure>> + Send + 'static,
{
    pub(super) fn new(
        jobs: Vec<Job<W>>,
        limits: &Limits,
        progress: Arc<dyn Progress>,
        start: S,
    ) -> Self {
        let mut reports = interval_at(Instant::now() + limits.report, limits.report);
        reports.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            queue: JobQueue::new(jobs),
            start,
            tasks: JoinSet::new(),
            running: HashMap::new(),
            limit: limits.time,
            reports,
            progress,
        }
    }

    /// The key and outcome of the next registration that has finished; `None` once all have.
    pub(super) async fn next(&mut self) -> Option<(i64, Result<R, Failure>)> {
        loop {
            while let Some(job) = self.queue.start() {
                let running = Running {
                    registration_id: job.registration.id,
                    slug: job.registration.slug.clone(),
                    host: job.host,
                    since: Instant::now(),
                };
                let task = self.tasks.spawn((self.start)(job.registration, job.work));
                self.running.insert(task.id(), running);
            }
            tokio::select! {
                finished = self.tasks.join_next_with_id() => {
                    let (id, outcome) = match finished? {
                        Ok((id, outcome)) => (id, outcome),
                        Err(error) => (error.id(), Err(task_failed(&error))),
                    };
                    let Some(ended) = self.running.remove(&id) else { continue };
                    self.queue.end(&ended.host);
                    return Some((ended.registration_id, outcome));
                }
                _ = self.reports.tick() => {
                    let mut waiting: Vec<(Slug, Duration)> = self
                        .running
                        .values()
                        .map(|running| (running.slug.clone(), running.since.elapsed()))
                        .collect();
                    waiting.sort_by_key(|(slug, since)| (std::cmp::Reverse(*since), slug.clone()));
                    self.progress.waiting(&waiting, self.limit);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Name;

    fn job(host: &str, number: i64, is_slow: bool) -> Job<i64> {
        let registration = Registration::draft(
            Slug::new(&format!("r{number}")).unwrap(),
            Name::new("Name").unwrap(),
            jiff::Timestamp::UNIX_EPOCH,
        );
        Job { registration, host: host.to_owned(), is_slow, work: number }
    }

    #[test]
    fn host_gets_half_of_the_slots_and_slow_registrations_come_last() {
        let vendor = (0..100).map(|number| job("vendor.example", number, false));
        let schools =
            (100..103).map(|number| job(&format!("school{number}.example"), number, false));
        let slow = (200..203).map(|number| job(&format!("slow{number}.example"), number, true));
        let mut queue = JobQueue::new(slow.chain(vendor).chain(schools).collect());
        let started: Vec<i64> = std::iter::from_fn(|| queue.start().map(|job| job.work)).collect();
        assert_eq!(
            started,
            [0, 100, 101, 102, 1, 2, 3, 200],
            "four of the vendor, every school, and one slow registration last"
        );
        queue.end("slow200.example");
        assert_eq!(queue.start().map(|job| job.work), Some(201));
        queue.end("vendor.example");
        assert_eq!(queue.start().map(|job| job.work), Some(4));
        assert!(queue.start().is_none());
    }
}
