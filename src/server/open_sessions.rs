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
    /// Counts them, unless there are so many that only maintenance does.
    pub(super) async fn count_if_few(&self, pool: &Pool, now: Timestamp) -> Result<(), Error> {
        match self.last() {
            Some(number) if number > QUICKLY_COUNTED => Ok(()),
            _ => self.count(pool, now).await,
        }
    }

    /// Counts them.
    pub(super) async fn count(&self, pool: &Pool, now: Timestamp) -> Result<(), Error> {
        let number = pool.read(|read| read.open_sessions(now)).await;
        let counted = number.as_ref().ok().copied();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = counted;
        number.map(drop)
    }

    /// The last number; `None` if they could not be counted.
    pub(super) fn last(&self) -> Option<u32> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
