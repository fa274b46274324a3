//! What the synchronizations of one process came to, for anyone who watches it.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::Work;
use super::grades::GradeSummary;

/// The runs of this process; clones share them.
#[derive(Debug, Clone, Default)]
pub struct SyncRuns {
    shared: Arc<Mutex<SyncFigures>>,
}

/// What the runs came to so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncFigures {
    /// Members in.
    pub members: WorkFigures,
    /// Grades out.
    pub grades: WorkFigures,
    /// Grades that platforms took.
    pub grades_sent: u64,
    /// Grades that waited for another try after the last run.
    pub grades_waiting: u32,
    /// Grades that platforms have refused, as of the last run.
    pub grades_refused: u32,
}

/// What the runs of one of the two came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkFigures {
    /// How often a run did all that it had to.
    pub succeeded: u64,
    /// How often some platform did not play along.
    pub had_problems: u64,
    /// How often it failed on our side.
    pub failed: u64,
    /// When a run did all that it had to last.
    pub last_success_at: Option<Timestamp>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Well,
    WithProblems,
    Failed,
}

impl SyncRuns {
    /// What the runs came to so far.
    pub fn figures(&self) -> SyncFigures {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn count(&self, work: Work, ended: Ended, now: Timestamp) {
        let figures = &mut *self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let figures = match work {
            Work::Members => &mut figures.members,
            Work::Grades => &mut figures.grades,
        };
        match ended {
            Ended::Well => {
                figures.succeeded += 1;
                figures.last_success_at = Some(now);
            }
            Ended::WithProblems => figures.had_problems += 1,
            Ended::Failed => figures.failed += 1,
        }
    }

    pub(super) fn count_grades(&self, summary: &GradeSummary) {
        let figures = &mut *self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        figures.grades_sent += summary.sent;
        figures.grades_waiting = summary.waiting;
        figures.grades_refused = summary.refused;
    }
}
