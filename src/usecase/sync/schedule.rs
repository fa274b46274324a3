//! The synchronisations inside `serve`: from time to time, never two servers at the same moment.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use super::grades::{self, GradeRun};
use super::members::{self, MemberRun};
use super::runs::{Ended, SyncRuns};
use super::{Silent, Synchroniser, Work};

/// How often the interval is looked at, so that a change of the setting counts soon.
const LOOK: Duration = Duration::from_secs(60);

/// Synchronises every so often, as the setting says, until it is aborted; `runs` tells what came of it.
pub async fn run(synchroniser: Synchroniser, runs: SyncRuns) {
    let mut rhythm = Rhythm::new(chance(&synchroniser));
    loop {
        let interval = match synchroniser.pool.read(|read| read.settings()) {
            Ok(settings) => settings.sync_interval.duration().map(SignedDuration::unsigned_abs),
            Err(error) => {
                tracing::warn!(%error, "the interval of the synchronisations cannot be read");
                None
            }
        };
        match rhythm.next(interval) {
            Step::Wait(time) => tokio::time::sleep(time).await,
            Step::Work => {
                once(&synchroniser, &runs).await;
                rhythm.begin_anew(chance(&synchroniser));
            }
        }
    }
}

fn chance(synchroniser: &Synchroniser) -> f64 {
    f64::from(synchroniser.random.bytes::<1>()[0]) / 255.0
}

/// What is to be done now.
#[derive(Debug, PartialEq)]
enum Step {
    /// Look again after this time.
    Wait(Duration),
    /// Synchronise.
    Work,
}

/// When it is time: half of the interval to all of it after the start, then nine tenths to eleven tenths. Several servers do not stay together either.
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

    /// The next step. What is to be waited counts as waited: an interval that is made longer or shorter meanwhile counts from the last time on.
    fn next(&mut self, interval: Option<Duration>) -> Step {
        let due = interval.map(|interval| interval.mul_f64(if self.is_first { 0.5 + self.chance / 2.0 } else { 0.9 + self.chance / 5.0 }));
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

/// Both, one after the other: who is new gets the grades that wait.
pub async fn once(synchroniser: &Synchroniser, runs: &SyncRuns) {
    let ended = |work, has_problems: bool| runs.count(work, if has_problems { Ended::WithProblems } else { Ended::Well }, synchroniser.clock.now());
    match members::run(synchroniser, &MemberRun::default(), Arc::new(Silent)).await {
        Ok(summary) if summary.busy => tracing::debug!("members are being synchronised elsewhere"),
        Ok(summary) => {
            ended(Work::Members, summary.resources.iter().any(|resource| !resource.problems.is_empty()));
            for resource in &summary.resources {
                tracing::info!(
                    resource = resource.resource,
                    listed = resource.listed,
                    enrolled = resource.enrolled,
                    unenrolled = resource.unenrolled,
                    held_back = resource.held_back,
                    problems = resource.problems.len(),
                    "members synchronised"
                );
            }
        }
        Err(failure) => {
            runs.count(Work::Members, Ended::Failed, synchroniser.clock.now());
            tracing::error!(%failure, "members were not synchronised");
        }
    }
    match grades::run(synchroniser, &GradeRun::default(), Arc::new(Silent)).await {
        Ok(summary) if summary.busy => tracing::debug!("grades are being synchronised elsewhere"),
        Ok(summary) => {
            ended(Work::Grades, !summary.problems.is_empty());
            runs.count_grades(&summary);
            tracing::info!(sent = summary.sent, waiting = summary.waiting, refused = summary.refused, "grades synchronised");
            for problem in &summary.problems {
                tracing::warn!(registration = problem.registration, code = problem.code, problem = problem.problem, "grades are stuck");
            }
        }
        Err(failure) => {
            runs.count(Work::Grades, Ended::Failed, synchroniser.clock.now());
            tracing::error!(%failure, "grades were not synchronised");
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
            let near = |waited: Duration, expected: f64| waited.abs_diff(minutes(expected)) < Duration::from_millis(1);
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
