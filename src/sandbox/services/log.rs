//! What the services were asked and what they took, so that a test can tell what a tool has really
//! sent.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::endpoint::Endpoint;
use super::fault::FaultKind;

/// How many calls and how many scores are kept; the oldest go first.
const MOST_ENTRIES: usize = 250_000;

/// One call of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCall {
    /// The kind of call; none for an address that is no service.
    pub endpoint: Option<Endpoint>,
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The status that was answered; none while the call is under way, and when the connection was
    /// closed instead.
    pub status: Option<u16>,
    /// The fault that was ordered for it.
    pub fault: Option<FaultKind>,
    /// When it came, by the platform's clock.
    pub at: Timestamp,
}

/// One score that was taken into the grade book, also when the tool never heard of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AcceptedScore {
    /// The line item's URL as the platform writes it.
    pub line_item: String,
    /// `userId`
    pub user_id: String,
    /// `scoreGiven`; none clears the grade.
    pub score_given: Option<f64>,
    /// `scoreMaximum`
    pub score_maximum: Option<f64>,
    /// `activityProgress`
    pub activity_progress: String,
    /// `gradingProgress`
    pub grading_progress: String,
    /// `comment`
    pub comment: Option<String>,
    /// `timestamp`
    pub timestamp: Timestamp,
    /// When it came, by the platform's clock.
    pub at: Timestamp,
}

/// A copy of the log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServiceLog {
    /// Every call, oldest first, tokens included.
    pub calls: Vec<ServiceCall>,
    /// Every score that was accepted, oldest first.
    pub scores: Vec<AcceptedScore>,
    /// The most service calls that were under way at once, tokens not counted.
    pub most_at_once: usize,
    /// How many older calls and scores were dropped from the log.
    pub forgotten: u64,
}

impl ServiceLog {
    /// How many calls of this kind came.
    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.calls.iter().filter(|call| call.endpoint == Some(endpoint)).count()
    }
}

/// The log itself.
#[derive(Default)]
pub(super) struct Log {
    calls: VecDeque<ServiceCall>,
    scores: VecDeque<AcceptedScore>,
    /// The number of the first call that is kept.
    first: u64,
    forgotten: u64,
    under_way: usize,
    most_at_once: usize,
}

impl Log {
    /// Notes a call when it comes; the number is for [`Log::end`].
    pub(super) fn begin(&mut self, call: ServiceCall) -> u64 {
        if call.endpoint != Some(Endpoint::Token) {
            self.under_way += 1;
            self.most_at_once = self.most_at_once.max(self.under_way);
        }
        if self.calls.len() == MOST_ENTRIES {
            self.calls.pop_front();
            self.first += 1;
            self.forgotten += 1;
        }
        self.calls.push_back(call);
        self.first + self.calls.len() as u64 - 1
    }

    /// Notes how a call ended, with a status or without.
    pub(super) fn end(&mut self, number: u64, endpoint: Option<Endpoint>, status: Option<u16>) {
        if endpoint != Some(Endpoint::Token) {
            self.under_way = self.under_way.saturating_sub(1);
        }
        let place = number.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        if let Some(call) = place.and_then(|place| self.calls.get_mut(place)) {
            call.status = status;
        }
    }

    /// Notes a score that was accepted.
    pub(super) fn accept(&mut self, score: AcceptedScore) {
        if self.scores.len() == MOST_ENTRIES {
            self.scores.pop_front();
            self.forgotten += 1;
        }
        self.scores.push_back(score);
    }

    /// The latest calls, the very last first.
    pub(super) fn latest(&self, count: usize) -> Vec<ServiceCall> {
        self.calls.iter().rev().take(count).cloned().collect()
    }

    pub(super) fn copy(&self) -> ServiceLog {
        ServiceLog {
            calls: self.calls.iter().cloned().collect(),
            scores: self.scores.iter().cloned().collect(),
            most_at_once: self.most_at_once,
            forgotten: self.forgotten,
        }
    }

    /// Starts again; calls under way still count as such.
    pub(super) fn clear(&mut self) {
        // Numbers of calls under way stay below those of the calls to come.
        self.first += self.calls.len() as u64;
        self.calls.clear();
        self.scores.clear();
        self.forgotten = 0;
        self.most_at_once = self.under_way;
    }
}
