//! A server with the database that is gone for a moment: what waits for it, and how long. A file is
//! never gone in this sense.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Error;

/// How long reads and changes wait in all for the server to return: about as long as people wait for
/// a page without trying again.
const RETURN_TIME: Duration = Duration::from_secs(2);

/// The pause before the third attempt; the second follows the first at once, because usually only
/// the connection is gone. Each further pause is twice as long.
const PAUSE: Duration = Duration::from_millis(50);

/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_millis(400);

/// How long the first attempt may take, even if there is no time left.
const MIN_ATTEMPT: Duration = Duration::from_millis(250);

/// The time that is left for attempts.
pub(super) struct Patience {
    deadline: Instant,
    pause: Duration,
}

impl Patience {
    /// For what has waited since then.
    pub(super) fn since(begin: Instant) -> Self {
        Self { deadline: begin + RETURN_TIME, pause: Duration::ZERO }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// How long the next attempt may take.
    pub(super) fn attempt(&self) -> Duration {
        self.left().max(MIN_ATTEMPT)
    }

    /// Waits until another attempt makes sense.
    ///
    /// # Errors
    ///
    /// The error of the last attempt if the server is not gone or there is no time left.
    pub(super) fn pause(&mut self, error: Error) -> Result<(), Error> {
        if !error.is_outage() || self.left() <= self.pause {
            return Err(error);
        }
        thread::sleep(self.pause);
        self.pause = (self.pause * 2).clamp(PAUSE, MAX_PAUSE);
        Ok(())
    }
}

/// Limits the connections that read from a server, which has not many: they are there for all its
/// users, and a server that returns must not be overrun.
pub(super) struct Places {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A place that is taken until this is dropped.
pub(super) struct Place<'p>(&'p Places);

impl Places {
    /// So many.
    pub(super) fn new(number: usize) -> Self {
        Self { free: Mutex::new(number), freed: Condvar::new() }
    }

    /// Waits for a place; `None` if there is none within the time.
    pub(super) fn take(&self, limit: Duration) -> Option<Place<'_>> {
        let (mut free, _) = self
            .freed
            .wait_timeout_while(self.free(), limit, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        *free = free.checked_sub(1)?;
        Some(Place(self))
    }

    fn free(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.free() += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_limited_and_become_free_again() {
        let places = Places::new(2);
        let (one, _two) = (places.take(Duration::ZERO).unwrap(), places.take(Duration::ZERO));
        assert!(places.take(Duration::from_millis(1)).is_none());
        drop(one);
        assert!(places.take(Duration::ZERO).is_some());
        thread::scope(|scope| {
            let held = places.take(Duration::ZERO).unwrap();
            let waiting = scope.spawn(|| places.take(Duration::from_secs(60)).is_some());
            drop(held);
            assert!(waiting.join().unwrap());
        });
    }

    #[test]
    fn only_a_server_that_is_gone_is_waited_for() {
        let mut patience = Patience::since(Instant::now());
        assert!(matches!(patience.pause(Error::Busy), Err(Error::Busy)));
        assert!(patience.attempt() > Duration::from_secs(1));
        let late = Patience::since(Instant::now() - RETURN_TIME);
        assert_eq!(late.attempt(), MIN_ATTEMPT);
    }
}
