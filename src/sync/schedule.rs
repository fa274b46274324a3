//! The synchronizations inside `serve`: from time to time, grades and members each in a task of its
//! own.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::task::JoinSet;

use super::grades::{self, GradeRun};
use super::members::{self, MemberRun};
use super::runs::{Ended, SyncRuns};
use super::{Synchronizer, Work};
use crate::rules::progress::Silent;

/// How often the interval is looked at, so that a change of the setting counts soon.
const LOOK: Duration = Duration::from_secs(60);

/// How many runs of the same work may overlap. A run that waits for a slow platform does not delay
/// the next one, which leaves that platform to it.
const MOST_RUNS: usize = 4;

/// Synchronizes every so often, as the setting says, until it is aborted; `runs` tells what came of
/// it. Grades and members do not wait for each other.
pub async fn run(synchronizer: Synchronizer, runs: SyncRuns) {
    run_every(synchronizer, runs, setting).await;
}

/// The same as often as `interval` says, which is asked again and again.
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

/// The interval that the admin has set.
fn setting(synchronizer: &Synchronizer) -> Option<Duration> {
    match synchronizer.pool.read(|read| read.settings()) {
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
    let mut rhythm = Rhythm::new(chance(&synchronizer));
    let mut under_way = JoinSet::new();
    loop {
        match rhythm.next(interval(&synchronizer)) {
            Step::Wait(time) => tokio::time::sleep(time).await,
            Step::Work => {
                while under_way.try_join_next().is_some() {}
                if under_way.len() >= MOST_RUNS {
                    under_way.join_next().await;
                }
                rhythm.begin_anew(chance(&synchronizer));
                let (synchronizer, runs) = (synchronizer.clone(), runs.clone());
                under_way.spawn(async move { once(&synchronizer, &runs, work).await });
            }
        }
    }
}

fn chance(synchronizer: &Synchronizer) -> f64 {
    f64::from(synchronizer.random.bytes::<1>()[0]) / 255.0
}

/// What is to be done now.
#[derive(Debug, PartialEq)]
enum Step {
    /// Look again after this time.
    Wait(Duration),
    /// Synchronize.
    Work,
}

/// When it is time: half of the interval to all of it after the start, then nine tenths to eleven
/// tenths. Several servers do not stay together either.
struct Rhythm {
    waited: Duration,
    is_first: bool,
    /// From 0 to 1.
    chance: f64,
}

impl Rhythm {
    fn new(chance: f64) -> Self {
        Self { waited: Duration::ZERO, is_first: true, chance }
    }

    /// The next step. What is to be waited counts as waited: an interval that is made longer or
    /// shorter meanwhile counts from the last time on.
    fn next(&mut self, interval: Option<Duration>) -> Step {
        let due = interval.map(|interval| {
            interval.mul_f64(if self.is_first {
                0.5 + self.chance / 2.0
            } else {
                0.9 + self.chance / 5.0
            })
        });
        let left = due.map_or(LOOK, |due| due.saturating_sub(self.waited));
        if left.is_zero() {
            return Step::Work;
        }
        let step = left.min(LOOK);
        self.waited += step;
        Step::Wait(step)
    }

    fn begin_anew(&mut self, chance: f64) {
        *self = Self { waited: Duration::ZERO, is_first: false, chance };
    }
}

/// One run of one of the two.
pub async fn once(synchronizer: &Synchronizer, runs: &SyncRuns, work: Work) {
    match work {
        Work::Members => members_once(synchronizer, runs).await,
        Work::Grades => grades_once(synchronizer, runs).await,
    }
}

async fn members_once(synchronizer: &Synchronizer, runs: &SyncRuns) {
    match members::run(synchronizer, &MemberRun::default(), Arc::new(Silent)).await {
        Ok(summary) if summary.busy => tracing::debug!("members are being synchronized elsewhere"),
        Ok(summary) => {
            let has_problems =
                summary.resources.iter().any(|resource| !resource.problems.is_empty());
            runs.count(
                Work::Members,
                if has_problems { Ended::WithProblems } else { Ended::Well },
                synchronizer.clock.now(),
            );
            for resource in &summary.resources {
                tracing::info!(
                    resource = resource.resource,
                    listed = resource.listed,
                    enrolled = resource.enrolled,
                    unenrolled = resource.unenrolled,
                    held_back = resource.held_back,
                    problems = resource.problems.len(),
                    "members synchronized"
                );
                for problem in &resource.problems {
                    tracing::warn!(
                        resource = resource.resource,
                        registration = problem.registration,
                        link = problem.resource_link_id,
                        code = problem.code,
                        problem = problem.problem,
                        "a list of members was not read to its end"
                    );
                }
            }
        }
        Err(failure) => {
            runs.count(Work::Members, Ended::Failed, synchronizer.clock.now());
            tracing::error!(%failure, "members were not synchronized");
        }
    }
}

async fn grades_once(synchronizer: &Synchronizer, runs: &SyncRuns) {
    match grades::run(synchronizer, &GradeRun::default(), Arc::new(Silent)).await {
        Ok(summary) if summary.busy => tracing::debug!("grades are being synchronized elsewhere"),
        Ok(summary) => {
            runs.count(
                Work::Grades,
                if summary.problems.is_empty() { Ended::Well } else { Ended::WithProblems },
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
                    registration = problem.registration,
                    code = problem.code,
                    problem = problem.problem,
                    "grades are stuck"
                );
            }
        }
        Err(failure) => {
            runs.count(Work::Grades, Ended::Failed, synchronizer.clock.now());
            tracing::error!(%failure, "grades were not synchronized");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long it takes until it is time.
    fn wait(rhythm: &mut Rhythm, interval: Duration) -> Duration {
        let mut waited = Duration::ZERO;
        while let Step::Wait(step) = rhythm.next(Some(interval)) {
            assert!(!step.is_zero() && step <= LOOK);
            waited += step;
        }
        waited
    }

    #[test]
    fn the_first_time_comes_sooner_and_chance_moves_all() {
        let minutes = |minutes: f64| Duration::from_secs_f64(60.0 * minutes);
        for (chance, first, then) in [(0.0, 15.0, 27.0), (0.5, 22.5, 30.0), (1.0, 30.0, 33.0)] {
            let mut rhythm = Rhythm::new(chance);
            let near = |waited: Duration, expected: f64| {
                waited.abs_diff(minutes(expected)) < Duration::from_millis(1)
            };
            assert!(near(wait(&mut rhythm, minutes(30.0)), first), "{chance}");
            for _ in 0..3 {
                rhythm.begin_anew(chance);
                assert!(near(wait(&mut rhythm, minutes(30.0)), then), "{chance}");
            }
        }
    }

    #[test]
    fn off_waits_for_ever_and_a_change_counts_within_a_minute() {
        let mut rhythm = Rhythm::new(1.0);
        for _ in 0..10 {
            assert_eq!(rhythm.next(None), Step::Wait(LOOK));
        }
        // Ten minutes have gone by, which are enough for an interval of ten minutes.
        assert_eq!(rhythm.next(Some(Duration::from_secs(600))), Step::Work);
        assert_eq!(rhythm.next(Some(Duration::from_secs(1200))), Step::Wait(LOOK));
    }
}
