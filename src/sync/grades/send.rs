//! Sending one grade.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Attempt, Clock, DueGrade, Random, Score, ServiceLink, Submission};
use crate::failure::Failure;
use crate::lms::{ScoreDelivery, UnfinishedScores};
use crate::lti::grade_service::{self, CanvasSubmission, Points};
use crate::lti::lti_1p1::outcomes::{Grade, Operation, ResultData};
use crate::platform::{GradeService, OutcomeService, ServiceError, TemporaryError};
use crate::store::{self, Pool, Write};
use crate::sync::lease::Ticket;
use crate::sync::retry::{Gate, MAX_PAUSE, REPEATS, pause};

/// The service that accepts the grades of a link.
#[derive(Clone)]
pub(super) enum Service {
    /// Of LTI 1.3: grades are sent to line items.
    LineItems(GradeService),
    /// Of LTI 1.1: grades are sent to the URL of the service, which is stored as the line item.
    Outcomes {
        service: OutcomeService,
        /// Whether it accepts text with a grade.
        takes_text: bool,
    },
}

/// Everything that sending needs; cheap to clone.
#[derive(Clone)]
pub(super) struct Sender {
    pub(super) service: Service,
    pub(super) line_item: Arc<str>,
    /// What the platform does with scores that are not final.
    pub(super) unfinished_scores: UnfinishedScores,
    pub(super) pool: Pool,
    pub(super) ticket: Ticket,
    pub(super) clock: Clock,
    pub(super) random: Random,
    pub(super) gate: Gate,
    /// The first pause before a request is repeated.
    pub(super) pause: Duration,
}

/// The outcome of sending a grade.
pub(super) struct Sent {
    pub(super) attempt: Attempt,
    /// How many earlier attempts at the same grade failed.
    pub(super) tries: u32,
    pub(super) outcome: Result<(), ServiceError>,
    /// Whether it was not sent, because it would have removed the grade that the platform has.
    pub(super) is_withheld: bool,
}

impl Sent {
    fn new(attempt: Attempt, due: &DueGrade, outcome: Result<(), ServiceError>) -> Self {
        Self { attempt, tries: due.tries, outcome, is_withheld: false }
    }
}

/// The attempt to send a grade. Timestamps only increase, by whole seconds, because some platforms
/// compare only those.
pub(super) fn attempt(link: &ServiceLink, due: &DueGrade) -> Attempt {
    let time = match due.newest_time {
        Some(newest) if due.is_unanswered => newest,
        Some(newest) => due.grade.at.max(next_second(newest)),
        None => due.grade.at,
    };
    Attempt {
        link_id: link.id,
        account_id: due.grade.account_id,
        sub: due.sub.clone(),
        fingerprint: due.fingerprint.clone(),
        time,
        is_open: due.is_unanswered,
    }
}

fn next_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second() + 1).unwrap_or(time)
}

/// The times of a submission as they are sent; `None` if none is known.
fn submission(times: Submission) -> Option<grade_service::Submission> {
    let Submission { started_at, submitted_at } = times;
    (times != Submission::default())
        .then_some(grade_service::Submission { started_at, submitted_at })
}

/// How the grade is sent under LTI 1.1.
fn operation(due: &DueGrade, takes_text: bool) -> Operation<'_> {
    due.grade.score.map_or(Operation::Delete, |score| {
        let score = score.get() / due.grade.maximum.get();
        let comment = due.grade.comment.as_deref().filter(|_| takes_text);
        Operation::Replace(Grade { score, total_score: None, data: comment.map(ResultData::Text) })
    })
}

/// Whether the platform may have accepted the grade although it did not confirm it.
fn may_have_arrived(error: &ServiceError) -> bool {
    matches!(
        error,
        ServiceError::Temporary {
            error: TemporaryError::NoResponse(_)
                | TemporaryError::Failing { .. }
                | TemporaryError::Processing { .. },
            ..
        }
    )
}

impl Sender {
    /// Sends one grade; repeats the request as often as the platform's responses allow.
    pub(super) async fn send(self, mut attempt: Attempt, due: DueGrade) -> Result<Sent, Failure> {
        if self.delivery(&attempt, &due) == ScoreDelivery::Withheld {
            return Ok(Sent { is_withheld: true, ..Sent::new(attempt, &due, Ok(())) });
        }
        let (mut repeats, mut was_newer) = (0, false);
        loop {
            self.gate.pass().await;
            let outcome = self.post(&attempt, &due).await;
            match &outcome {
                // Not newer than the platform's grade: the platform already has this one.
                Err(ServiceError::Conflict { .. }) if attempt.is_open => {
                    return Ok(Sent::new(attempt, &due, Ok(())));
                }
                // Another grade was newer: send the same grade with the current time.
                Err(ServiceError::Conflict { .. }) if !was_newer => {
                    was_newer = true;
                    let time = self.clock.now().max(next_second(attempt.time));
                    let again = Attempt { time, ..attempt.clone() };
                    if !self.begin_again(again.clone()).await? {
                        return Ok(Sent::new(attempt, &due, outcome));
                    }
                    attempt = again;
                }
                Err(error @ ServiceError::Temporary { after, .. }) => {
                    attempt.is_open |= may_have_arrived(error);
                    if repeats == REPEATS || after.is_some_and(|after| after > MAX_PAUSE) {
                        return Ok(Sent::new(attempt, &due, outcome));
                    }
                    match after {
                        Some(after) => self.gate.hold(*after),
                        None if may_have_arrived(error) => {
                            tokio::time::sleep(pause(self.pause, repeats, &self.random)).await
                        }
                        None => self.gate.hold(pause(self.pause, repeats, &self.random)),
                    }
                    repeats += 1;
                }
                _ => return Ok(Sent::new(attempt, &due, outcome)),
            }
        }
    }

    /// Stores that the grade is sent with another time. Returns `false` if another process has taken
    /// over: what the platform has may be this grade, sent by that process.
    async fn begin_again(&self, again: Attempt) -> Result<bool, store::Error> {
        let (ticket, now) = (self.ticket.clone(), self.clock.now());
        let begin = move |write: &Write<'_>| {
            let is_held = ticket.renew(write, now)?;
            if is_held {
                write.begin_attempts(&[again])?;
            }
            Ok(is_held)
        };
        self.pool.write(begin).await
    }

    /// How the grade is sent to this platform, so that none is removed by accident.
    fn delivery(&self, attempt: &Attempt, due: &DueGrade) -> ScoreDelivery {
        ScoreDelivery::of(self.unfinished_scores, &due.grade, attempt.is_open)
    }

    async fn post(&self, attempt: &Attempt, due: &DueGrade) -> Result<(), ServiceError> {
        let canvas = match self.delivery(attempt, due) {
            ScoreDelivery::Canvas(extension) => Some(extension),
            ScoreDelivery::Plain | ScoreDelivery::Withheld => None,
        };
        match &self.service {
            Service::LineItems(service) => self.post_score(service, attempt, due, canvas).await,
            Service::Outcomes { service, takes_text } => {
                // Without a name, no grade is due.
                let name = due.result_sourcedid.as_deref().unwrap_or_default();
                service.send(&self.line_item, name, &operation(due, *takes_text)).await
            }
        }
    }

    async fn post_score(
        &self,
        service: &GradeService,
        attempt: &Attempt,
        due: &DueGrade,
        canvas: Option<CanvasSubmission>,
    ) -> Result<(), ServiceError> {
        let score = grade_service::Score {
            user_id: &due.sub,
            points: due.grade.score.map(|score: Score| Points {
                given: score.get(),
                maximum: due.grade.maximum.get(),
            }),
            activity_progress: due.grade.activity_progress.as_str(),
            grading_progress: due.grade.grading_progress.as_str(),
            timestamp: attempt.time,
            comment: due.grade.comment.as_deref(),
            submission: submission(due.grade.submission),
            canvas,
        };
        service.post_score(&self.line_item, &score).await
    }
}
