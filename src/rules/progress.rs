//! Progress reports of long operations.

use std::time::Duration;

use crate::domain::Slug;

/// Receives progress reports.
pub trait Progress: Send + Sync {
    /// Adds `more` steps to the total.
    fn expect(&self, more: u64);
    /// Adds `done` steps to those that are complete.
    fn advance(&self, done: u64);
    /// The run is waiting for these registrations, each with its wait so far, of at most `limit`.
    /// Called from time to time.
    fn waiting(&self, _platforms: &[(Slug, Duration)], _limit: Duration) {}
}

impl Progress for NoProgress {
    fn expect(&self, _: u64) {}
    fn advance(&self, _: u64) {}
}

/// Ignores progress reports.
pub struct NoProgress;
