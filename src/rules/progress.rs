//! What long work reports while it runs.

use std::time::Duration;

/// Hears how a synchronization comes on.
pub trait Progress: Send + Sync {
    /// So many more are to be done.
    fn expect(&self, more: u64);
    /// So many more are done.
    fn advance(&self, done: u64);
    /// The run waits for these registrations, for so long each, of at most `limit`. Called every
    /// now and then.
    fn waiting(&self, _platforms: &[(String, Duration)], _limit: Duration) {}
}

impl Progress for Silent {
    fn expect(&self, _: u64) {}
    fn advance(&self, _: u64) {}
}

/// Nobody listens.
pub struct Silent;
