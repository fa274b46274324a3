//! Counts the steps of SQLite's virtual machine, in debug builds: how much a query reads does not
//! depend on the speed of the machine, so a test can find a query that would keep a thread busy.

use super::super::super::error::Error;
use super::Connection;

/// The steps that look-ups by key may take at once. The launch path takes fewer than 2,000; a worker
/// thread does about ten million a second.
#[cfg(debug_assertions)]
const MAX_STEPS: u32 = 20_000;

/// How many steps are counted at once.
#[cfg(debug_assertions)]
const STRIDE: u32 = 50;

/// The steps of a connection; nothing in release builds.
#[derive(Default)]
pub(in crate::store) struct Steps {
    #[cfg(debug_assertions)]
    taken: std::sync::Arc<std::sync::atomic::AtomicU32>,
}

#[cfg(not(debug_assertions))]
impl Steps {
    pub(in crate::store) fn count(_: &Connection) -> Result<Self, Error> {
        Ok(Self::default())
    }

    pub(in crate::store) fn reset(&self) {}

    pub(in crate::store) fn check(&self) {}
}

#[cfg(debug_assertions)]
impl Steps {
    /// Counts from now on.
    pub(in crate::store) fn count(connection: &Connection) -> Result<Self, Error> {
        use std::sync::Arc;
        use std::sync::atomic::Ordering;
        let steps = Self::default();
        let taken = Arc::clone(&steps.taken);
        connection.watch_steps(STRIDE as i32, move || {
            taken.fetch_add(STRIDE, Ordering::Relaxed);
        })?;
        Ok(steps)
    }

    /// Starts with zero.
    pub(in crate::store) fn reset(&self) {
        self.taken.store(0, std::sync::atomic::Ordering::Relaxed);
    }

    /// Panics if there were too many.
    pub(in crate::store) fn check(&self) {
        let taken = self.taken.load(std::sync::atomic::Ordering::Relaxed);
        assert!(
            taken <= MAX_STEPS,
            "a look-up took {taken} steps, which keeps a worker thread from other requests; use \
             Pool::read"
        );
    }
}
