//! Periodic synchronization inside `serve`: grades and members each have their own task.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::task::JoinSet;

use super::grades::{self, GradeRun};
use super::members::{self, MemberRun};
use super::notices;
use super::runs::{RunOutcome, SyncRuns};
use super::{Synchronizer, Work};
use crate::rules::progress::NoProgress;

/// How often the setting is read, so that changes take effect soon.
const POLL_INTERVAL: Duration = Duration::from_secs(60);

/// How often it is looked whether subscriptions to notices are to be compared.
const NOTICE_INTERVAL: Duration = Duration::from_secs(20);

/// How many runs of one kind may overlap. A run that waits for a slow platform does not delay the
/// next one, which skips that platform.
const MAX_RUNS: usize = 4;

/// Synchronizes at the interval of the setting until it is aborted; `runs` counts the outcomes.
/// Grades and members do not wait for each other.
pub async fn run(synchronizer: Synchronizer, runs: SyncRuns) {
    tokio::join!(
        run_every(synchronizer.clone(), runs.clone(), setting),
        repeat_notices(synchronizer, runs)
    );
}

/// Compares the subscriptions to notices when that is due, regardless of the interval: that is daily
/// for each, and sooner after a change.
async fn repeat_notices(synchronizer: Synchronizer, runs: SyncRuns) {
    loop {
        once(&synchronizer, &runs, Work::Notices).await;
        tokio::time::sleep(NOTICE_INTERVAL).await;
    }
}

/// Like [`run`], with the interval that `interval` returns, which is called repeatedly.
pub async fn run_every(
    synchronizer: Synchronizer,
    runs: SyncRuns,
    interval: fn(&Synchronizer) -> Option<Duration>,
) {
    let mut tasks = JoinSet::new();
    for work in [Work::Members, Work::Grades] {
        tasks.spawn(repeat(synchronizer.clone(), runs.clone(), work, interval));
    }
    while tasks.join_next().await.is_some() {}
}

/// The interval setting.
fn setting(synchronizer: &Synchronizer) -> Option<Duration> {
    match synchronizer.pool.look_up(|read| read.settings()) {
        Ok(settings) => settings.sync_interval.duration().map(SignedDuration::unsigned_abs),
        Err(error) => {
            tracing::warn!(%error, "the interval of the synchronizations cannot be read");
            None
        }
    }
}

async fn repeat(
    synchronizer: Synchronizer,
    runs: SyncRuns,
    work: Work,
    interval: fn(&Synchronizer) -> Option<Duration>,
) {
    let mut schedule = Schedule::new(chance(&synchronizer));
    let mut under_way = JoinSet::new();
    loop {
        match schedule.next(interval(&synchronizer)) {
            Step::Wait(time) => tokio::time::sleep(time).await,
            Step::Work => {
                while under_way.try_join_next().is_some() {}
                if under_way.len() >= MAX_RUNS {
                    under_way.join_next().await;
                }
                schedule.restart(chance(&synchronizer));
                let (synchronizer, runs) = (synchronizer.clone(), runs.clone());
                under_way.spawn(async move { once(&synchronizer, &runs, work).await });
            }
        }
    }
}

fn chance(synchronizer: &Synchronizer) -> f64 {
    f64::from(synchronizer.random.bytes::<1>()[0]) / 255.0
}

/// The next step.
#[derive(Debug, PartialEq)]
enum Step {
    /// Check again after this time.
    Wait(Duration),
    /// Synchronize.
    Work,
}

/// Decides when to run: half of the interval to all of it after the start, then nine tenths to
/// eleven tenths, so that several servers do not run at the same moments.
struct Schedule {
    waited: Duration,
    is_first: bool,
    /// From 0 to 1.
    chance: f64,
}

impl Schedule {
    fn new(chance: f64) -> Self {
        Self { waited: Duration::ZERO, is_first: true, chance }
    }

    /// The next step. The wait that it returns is counted as elapsed, so that a changed interval
    /// applies from the last run on.
    fn next(&mut self, interval: Option<Duration>) -> Step {
        let due = interval.map(|interval| {
            interval.mul_f64(if self.is_first {
                0.5 + self.chance / 2.0
            } else {
                0.9 + self.chance / 5.0
            })
        });
        let left = due.map_or(POLL_INTERVAL, |due| due.saturating_sub(self.waited));
        if left.is_zero() {
            return Step::Work;
        }
        let step = left.min(POLL_INTERVAL);
        self.waited += step;
        Step::Wait(step)
    }

    fn restart(&mut self, chance: f64) {
        *self = Self { waited: Duration::ZERO, is_first: false, chance };
    }
}

/// One run of one kind.
pub async fn once(synchronizer: &Synchronizer, runs: &SyncRuns, work: Work) {
    match work {
        Work::Members => members_once(synchronizer, runs).await,
        Work::Grades => grades_once(synchronizer, runs).await,
        Work::Notices => notices_once(synchronizer, runs).await,
    }
}

async fn members_once(synchronizer: &Synchronizer, runs: &SyncRuns) {
    match members::run(synchronizer, &MemberRun::default(), Arc::new(NoProgress)).await {
        Ok(summary) if summary.busy => tracing::debug!("members are being synchronized elsewhere"),
        Ok(summary) => {
            let has_problems =
                summary.resources.iter().any(|resource| !resource.problems.is_empty());
            runs.count(
                Work::Members,
                if has_problems { RunOutcome::WithProblems } else { RunOutcome::Succeeded },
                synchronizer.clock.now(),
            );
            for resource in &summary.resources {
                tracing::info!(
                    resource = resource.resource.as_str(),
                    listed = resource.listed,
                    enrolled = resource.enrolled,
                    unenrolled = resource.unenrolled,
                    held_back = resource.held_back,
                    problems = resource.problems.len(),
                    "members synchronized"
                );
                for problem in &resource.problems {
                    tracing::warn!(
                        resource = resource.resource.as_str(),
                        registration = problem.registration.as_str(),
                        link = problem.resource_link_id,
                        code = problem.code,
                        problem = problem.problem,
                        "a list of members was not read completely"
                    );
                }
            }
        }
        Err(failure) => {
            runs.count(Work::Members, RunOutcome::Failed, synchronizer.clock.now());
            tracing::error!(%failure, "members were not synchronized");
        }
    }
}

async fn grades_once(synchronizer: &Synchronizer, runs: &SyncRuns) {
    match grades::run(synchronizer, &GradeRun::default(), Arc::new(NoProgress)).await {
        Ok(summary) if summary.busy => tracing::debug!("grades are being synchronized elsewhere"),
        Ok(summary) => {
            runs.count(
                Work::Grades,
                if summary.problems.is_empty() {
                    RunOutcome::Succeeded
                } else {
                    RunOutcome::WithProblems
                },
                synchronizer.clock.now(),
            );
            runs.count_grades(&summary);
            tracing::info!(
                sent = summary.sent,
                waiting = summary.waiting,
                refused = summary.refused,
                "grades synchronized"
            );
            for problem in &summary.problems {
                tracing::warn!(
                    registration = problem.registration.as_str(),
                    code = problem.code,
                    problem = problem.problem,
                    "grades are stuck"
                );
            }
        }
        Err(failure) => {
            runs.count(Work::Grades, RunOutcome::Failed, synchronizer.clock.now());
            tracing::error!(%failure, "grades were not synchronized");
        }
    }
}

async fn notices_once(synchronizer: &Synchronizer, runs: &SyncRuns) {
    match notices::run_due(synchronizer).await {
        Ok(compared) if compared.is_empty() => {}
        Ok(compared) => {
            let has_problems = compared.iter().any(|one| one.problem.is_some());
            let outcome =
                if has_problems { RunOutcome::WithProblems } else { RunOutcome::Succeeded };
            runs.count(Work::Notices, outcome, synchronizer.clock.now());
            for one in compared {
                let (registration, deployment) = (one.registration.as_str(), one.deployment_id);
                match one.problem {
                    Some(problem) => tracing::warn!(
                        registration,
                        deployment,
                        code = problem.code,
                        problem = problem.problem,
                        "the subscriptions to notices could not be compared"
                    ),
                    None => tracing::info!(
                        registration,
                        deployment,
                        changed = one.changed,
                        "the subscriptions to notices were compared"
                    ),
                }
            }
        }
        Err(failure) => {
            runs.count(Work::Notices, RunOutcome::Failed, synchronizer.clock.now());
            tracing::error!(%failure, "the subscriptions to notices were not compared");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The time until the next run.
    fn wait(schedule: &mut Schedule, interval: Duration) -> Duration {
        let mut waited = Duration::ZERO;
        while let Step::Wait(step) = schedule.next(Some(interval)) {
            assert!(!step.is_zero() && step <= POLL_INTERVAL);
            waited += step;
        }
        waited
    }

    #[test]
    fn first_run_is_sooner_and_all_are_randomized() {
        let minutes = |minutes: f64| Duration::from_secs_f64(60.0 * minutes);
        for (chance, first, then) in [(0.0, 15.0, 27.0), (0.5, 22.5, 30.0), (1.0, 30.0, 33.0)] {
            let mut schedule = Schedule::new(chance);
            let near = |waited: Duration, expected: f64| {
                waited.abs_diff(minutes(expected)) < Duration::from_millis(1)
            };
            assert!(near(wait(&mut schedule, minutes(30.0)), first), "{chance}");
            for _ in 0..3 {
                schedule.restart(chance);
                assert!(near(wait(&mut schedule, minutes(30.0)), then), "{chance}");
            }
        }
    }

    #[test]
    fn off_waits_forever_and_changes_apply_within_a_minute() {
        let mut schedule = Schedule::new(1.0);
        for _ in 0..10 {
            assert_eq!(schedule.next(None), Step::Wait(POLL_INTERVAL));
        }
        // Ten minutes have passed, which is enough for an interval of ten minutes.
        assert_eq!(schedule.next(Some(Duration::from_secs(600))), Step::Work);
        assert_eq!(schedule.next(Some(Duration::from_secs(1200))), Step::Wait(POLL_INTERVAL));
    }
}
