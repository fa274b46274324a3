//! The number of open sessions, for the metrics.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::store::{Error, Pool};

/// Up to this many sessions are counted for each scrape, which takes less than a millisecond. If
/// there are more, maintenance counts them once a minute.
const QUICKLY_COUNTED: u32 = 10_000;

/// The number of open sessions when they were last counted.
#[derive(Debug, Default)]
pub(super) struct OpenSessions(Mutex<Option<u32>>);

impl OpenSessions {
    /// The number of open sessions, now or at the last round of maintenance.
    pub(super) fn number(&self, pool: &Pool, now: Timestamp) -> Result<u32, Error> {
        match self.last() {
            Some(number) if number > QUICKLY_COUNTED => Ok(number),
            _ => self.count(pool, now),
        }
    }

    /// Counts them.
    pub(super) fn count(&self, pool: &Pool, now: Timestamp) -> Result<u32, Error> {
        let number = pool.read(|read| read.open_sessions(now))?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(number);
        Ok(number)
    }

    fn last(&self) -> Option<u32> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
