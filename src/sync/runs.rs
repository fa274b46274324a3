//! Counters of the synchronizations of one process, for monitoring.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::Work;
use super::grades::GradeSummary;

/// The runs of this process; clones share them.
#[derive(Debug, Clone, Default)]
pub struct SyncRuns {
    shared: Arc<Mutex<SyncFigures>>,
}

/// The figures so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncFigures {
    /// Reading members.
    pub members: WorkFigures,
    /// Sending grades.
    pub grades: WorkFigures,
    /// Comparing the subscriptions to notices.
    pub notices: WorkFigures,
    /// Grades that platforms accepted.
    pub grades_sent: u64,
    /// Grades that waited for a retry after the last run.
    pub grades_waiting: u32,
    /// Grades that platforms have refused, as of the last run.
    pub grades_refused: u32,
}

/// Figures of the runs of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkFigures {
    /// How many runs succeeded completely.
    pub succeeded: u64,
    /// How many runs had problems with a platform.
    pub had_problems: u64,
    /// How many runs failed because of an error of the tool.
    pub failed: u64,
    /// When the last run succeeded completely.
    pub last_success_at: Option<Timestamp>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RunOutcome {
    Succeeded,
    WithProblems,
    Failed,
}

impl SyncRuns {
    /// The figures so far.
    pub fn figures(&self) -> SyncFigures {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn count(&self, work: Work, outcome: RunOutcome, now: Timestamp) {
        let figures = &mut *self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let figures = match work {
            Work::Members => &mut figures.members,
            Work::Grades => &mut figures.grades,
            Work::Notices => &mut figures.notices,
        };
        match outcome {
            RunOutcome::Succeeded => {
                figures.succeeded += 1;
                figures.last_success_at = Some(now);
            }
            RunOutcome::WithProblems => figures.had_problems += 1,
            RunOutcome::Failed => figures.failed += 1,
        }
    }

    pub(super) fn count_grades(&self, summary: &GradeSummary) {
        let figures = &mut *self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        figures.grades_sent += summary.sent;
        figures.grades_waiting = summary.waiting;
        figures.grades_refused = summary.refused;
    }
}
