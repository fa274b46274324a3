//! The calls of the services and the accepted scores, for tests that check what a tool sent.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::endpoint::Endpoint;
use super::fault::FaultKind;

/// Maximum numbers of stored calls and scores; the oldest are dropped first.
const MAX_ENTRIES: usize = 250_000;

/// A service call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCall {
    /// The kind of call; `None` if the URL is not one of a service.
    pub endpoint: Option<Endpoint>,
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The status of the response; `None` while the call is in progress, and if the connection was
    /// closed instead.
    pub status: Option<u16>,
    /// The fault that affected it.
    pub fault: Option<FaultKind>,
    /// When it arrived, according to the platform's clock.
    pub at: Timestamp,
}

/// A score that the grade book accepted, even if the tool never received the response.
#[derive(Debug, Clone, PartialEq)]
pub struct AcceptedScore {
    /// The line item's URL, as written by the platform.
    pub line_item: String,
    /// `userId`
    pub user_id: String,
    /// `scoreGiven`; `None` clears the grade.
    pub score_given: Option<f64>,
    /// `scoreMaximum`
    pub score_maximum: Option<f64>,
    /// `activityProgress`
    pub activity_progress: String,
    /// `gradingProgress`
    pub grading_progress: String,
    /// `comment`
    pub comment: Option<String>,
    /// `new_submission` of Canvas's extension; true by default.
    pub new_submission: bool,
    /// `preserve_score` of Canvas's extension.
    pub preserve_score: bool,
    /// `submission.startedAt`
    pub started_at: Option<Timestamp>,
    /// `submission.submittedAt`
    pub submitted_at: Option<Timestamp>,
    /// `timestamp`
    pub timestamp: Timestamp,
    /// When it arrived, according to the platform's clock.
    pub at: Timestamp,
}

/// A copy of the log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServiceLog {
    /// Every call, oldest first, tokens included.
    pub calls: Vec<ServiceCall>,
    /// Every accepted score, oldest first.
    pub scores: Vec<AcceptedScore>,
    /// The maximum number of concurrent service calls, access tokens not counted.
    pub max_concurrent: usize,
    /// Number of older calls and scores that were dropped.
    pub dropped: u64,
}

impl ServiceLog {
    /// The number of calls of this kind.
    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.calls.iter().filter(|call| call.endpoint == Some(endpoint)).count()
    }
}

/// The log itself.
#[derive(Default)]
pub(super) struct Log {
    calls: VecDeque<ServiceCall>,
    scores: VecDeque<AcceptedScore>,
    /// The number of the first call in the log.
    first: u64,
    dropped: u64,
    in_progress: usize,
    max_concurrent: usize,
}

impl Log {
    /// Records a call; the returned number is for [`Log::end`].
    pub(super) fn begin(&mut self, call: ServiceCall) -> u64 {
        if call.endpoint != Some(Endpoint::Token) {
            self.in_progress += 1;
            self.max_concurrent = self.max_concurrent.max(self.in_progress);
        }
        if self.calls.len() == MAX_ENTRIES {
            self.calls.pop_front();
            self.first += 1;
            self.dropped += 1;
        }
        self.calls.push_back(call);
        self.first + self.calls.len() as u64 - 1
    }

    /// Records the end of a call, with its status, if any.
    pub(super) fn end(&mut self, number: u64, endpoint: Option<Endpoint>, status: Option<u16>) {
        if endpoint != Some(Endpoint::Token) {
            self.in_progress = self.in_progress.saturating_sub(1);
        }
        let place = number.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        if let Some(call) = place.and_then(|place| self.calls.get_mut(place)) {
            call.status = status;
        }
    }

    /// Records an accepted score.
    pub(super) fn accept(&mut self, score: AcceptedScore) {
        if self.scores.len() == MAX_ENTRIES {
            self.scores.pop_front();
            self.dropped += 1;
        }
        self.scores.push_back(score);
    }

    /// The latest calls, newest first.
    pub(super) fn latest(&self, count: usize) -> Vec<ServiceCall> {
        self.calls.iter().rev().take(count).cloned().collect()
    }

    pub(super) fn copy(&self) -> ServiceLog {
        ServiceLog {
            calls: self.calls.iter().cloned().collect(),
            scores: self.scores.iter().cloned().collect(),
            max_concurrent: self.max_concurrent,
            dropped: self.dropped,
        }
    }

    /// Clears the log; calls in progress still count as concurrent.
    pub(super) fn clear(&mut self) {
        // Numbers of calls in progress stay below those of later calls.
        self.first += self.calls.len() as u64;
        self.calls.clear();
        self.scores.clear();
        self.dropped = 0;
        self.max_concurrent = self.in_progress;
    }
}
