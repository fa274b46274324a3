//! One grade on its way.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::domain::{Attempt, Clock, DueGrade, Random, Score, ServiceLink};
use crate::lti::grade_service::{self, Points};
use crate::platform::{GradeService, ServiceError, Trouble};
use crate::store::Pool;
use crate::usecase::Failure;

/// The longest wait within a run, when a platform asks for patience; what needs longer waits for the next run.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// The first pause before a request is repeated, when the platform does not say.
const PAUSE: Duration = Duration::from_millis(500);

/// How often a request is repeated within a run.
const REPEATS: u32 = 3;

/// What sending needs; cheap to clone.
#[derive(Clone)]
pub(super) struct Sender {
    pub(super) service: GradeService,
    pub(super) line_item: Arc<str>,
    pub(super) pool: Pool,
    pub(super) clock: Clock,
    pub(super) random: Random,
    pub(super) gate: Gate,
}

/// Holds the requests to a platform back while it wants to be left alone.
#[derive(Clone, Default)]
pub(super) struct Gate(Arc<Mutex<Option<Instant>>>);

impl Gate {
    fn until(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hold(&self, time: Duration) {
        let (mut until, wanted) = (self.until(), Instant::now() + time);
        *until = Some(until.map_or(wanted, |until| until.max(wanted)));
    }

    async fn pass(&self) {
        // It may be held once more meanwhile.
        loop {
            let Some(until) = *self.until() else { return };
            if until <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(until).await;
        }
    }
}

/// What came of sending a grade.
pub(super) struct Sent {
    pub(super) attempt: Attempt,
    /// How often the same was tried in vain before.
    pub(super) tries: u32,
    pub(super) end: Result<(), ServiceError>,
}

/// The attempt at a grade. Times only go up, by whole seconds: that is what some platforms compare.
pub(super) fn attempt(link: &ServiceLink, due: &DueGrade) -> Attempt {
    let time = match due.newest_time {
        Some(newest) if due.is_unanswered => newest,
        Some(newest) => due.grade.at.max(next_second(newest)),
        None => due.grade.at,
    };
    Attempt { link_id: link.id, account_id: due.grade.account_id, sub: due.sub.clone(), fingerprint: due.fingerprint.clone(), time, is_open: due.is_unanswered }
}

fn next_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second() + 1).unwrap_or(time)
}

/// Whether the platform may have done what it was asked for although it did not say so.
fn may_have_arrived(error: &ServiceError) -> bool {
    matches!(error, ServiceError::Again { trouble: Trouble::NoAnswer(_) | Trouble::Failing { .. }, .. })
}

/// How long to wait before the `repeats`-th repetition: half a second, one, two, a quarter more or less by chance.
fn pause(repeats: u32, random: &Random) -> Duration {
    let chance = f64::from(random.bytes::<1>()[0]) / 255.0;
    (PAUSE * 2_u32.pow(repeats)).mul_f64(0.75 + chance / 2.0)
}

impl Sender {
    /// Sends one grade; repeats it as often as the platform's answers allow.
    pub(super) async fn send(self, mut attempt: Attempt, due: DueGrade) -> Result<Sent, Failure> {
        let (mut repeats, mut was_newer) = (0, false);
        loop {
            self.gate.pass().await;
            let end = self.post(&attempt, &due).await;
            match &end {
                // Not newer than what the platform has: it is what it has.
                Err(ServiceError::Conflict { .. }) if attempt.is_open => return Ok(Sent { attempt, tries: due.tries, end: Ok(()) }),
                // Something else was newer: the same grade under the present time.
                Err(ServiceError::Conflict { .. }) if !was_newer => {
                    was_newer = true;
                    attempt.time = self.clock.now().max(next_second(attempt.time));
                    let again = attempt.clone();
                    self.pool.write(move |write| write.begin_attempts(&[again])).await?;
                }
                Err(error @ ServiceError::Again { after, .. }) => {
                    attempt.is_open |= may_have_arrived(error);
                    if repeats == REPEATS || after.is_some_and(|after| after > PATIENCE) {
                        return Ok(Sent { attempt, tries: due.tries, end });
                    }
                    match after {
                        Some(after) => self.gate.hold(*after),
                        None if may_have_arrived(error) => tokio::time::sleep(pause(repeats, &self.random)).await,
                        None => self.gate.hold(pause(repeats, &self.random)),
                    }
                    repeats += 1;
                }
                _ => return Ok(Sent { attempt, tries: due.tries, end }),
            }
        }
    }

    async fn post(&self, attempt: &Attempt, due: &DueGrade) -> Result<(), ServiceError> {
        let score = grade_service::Score {
            user_id: &due.sub,
            points: due.grade.score.map(|score: Score| Points { given: score.get(), maximum: due.grade.maximum.get() }),
            activity_progress: due.grade.activity_progress.as_str(),
            grading_progress: due.grade.grading_progress.as_str(),
            timestamp: attempt.time,
            comment: due.grade.comment.as_deref(),
        };
        self.service.post_score(&self.line_item, &score).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_differ() {
        let random = Random::seeded(3);
        for (repeats, least, most) in [(0, 375, 625), (1, 750, 1250), (2, 1500, 2500)] {
            let pauses: Vec<u128> = (0..20).map(|_| pause(repeats, &random).as_millis()).collect();
            assert!(pauses.iter().all(|pause| (least..=most).contains(pause)), "{pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{pauses:?}");
        }
    }

    #[tokio::test]
    async fn a_gate_holds_everybody_until_the_latest_time() {
        let gate = Gate::default();
        let start = Instant::now();
        gate.pass().await;
        gate.hold(Duration::from_millis(60));
        gate.hold(Duration::from_millis(20));
        let other = gate.clone();
        tokio::join!(gate.pass(), other.pass());
        assert!(start.elapsed() >= Duration::from_millis(60));
    }
}
