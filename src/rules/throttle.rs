//! Limits how often something may happen: a number of times per second for each key, with a reserve
//! for bursts.
//!
//! This is the generic cell rate algorithm (ITU-T I.371, annex A): a key stores only the moment
//! when its reserve is full again.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The number of checks after which idle keys are removed, unless [`Throttle::remove_idle`] does it
/// first.
const CHECKS_BETWEEN_SWEEPS: u32 = 100_000;

/// A rate, and a burst after a quiet time; zeros count as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How fast the reserve is refilled.
    pub refill: Refill,
    /// The reserve.
    pub burst: u32,
}

/// How fast a reserve is refilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refill {
    /// This number per second.
    PerSecond(u32),
    /// This number per minute.
    PerMinute(u32),
    /// This number per hour.
    PerHour(u32),
}

impl Rate {
    /// A number per second, with a reserve.
    pub const fn per_second(number: u32, burst: u32) -> Self {
        Self { refill: Refill::PerSecond(number), burst }
    }

    /// A number per minute, with a reserve.
    pub const fn per_minute(number: u32, burst: u32) -> Self {
        Self { refill: Refill::PerMinute(number), burst }
    }
}

/// Limits how often something may happen for each key. Clones share their counts.
///
/// A key is stored only while its reserve is not full, so memory is bounded by the traffic of the
/// last seconds, not by the number of keys ever seen.
#[derive(Clone)]
pub struct Throttle<K: Hash + Eq + Clone> {
    /// The time in which a reserve grows by one.
    interval: Duration,
    /// The time in which an empty reserve becomes full.
    full_after: Duration,
    shared: Arc<Mutex<Shared<K>>>,
}

struct Shared<K> {
    full_at: HashMap<K, Instant>,
    checks: u32,
}

impl<K: Hash + Eq> Shared<K> {
    fn remove_idle(&mut self, now: Instant) {
        self.checks = 0;
        self.full_at.retain(|_, full_at| *full_at > now);
        self.full_at.shrink_to_fit();
    }
}

impl<K: Hash + Eq + Clone> Throttle<K> {
    /// A throttle without any counts.
    pub fn new(rate: Rate) -> Self {
        let (seconds, number) = match rate.refill {
            Refill::PerSecond(number) => (1, number),
            Refill::PerMinute(number) => (60, number),
            Refill::PerHour(number) => (3600, number),
        };
        let interval = (Duration::from_secs(seconds) / number.max(1)).max(Duration::from_nanos(1));
        Self {
            interval,
            full_after: interval.saturating_mul(rate.burst.max(1)),
            shared: Arc::new(Mutex::new(Shared { full_at: HashMap::new(), checks: 0 })),
        }
    }

    /// Counts one event for `key`.
    ///
    /// # Errors
    ///
    /// If the limit is exceeded, how long to wait.
    pub fn check(&self, key: &K) -> Result<(), Duration> {
        self.check_at(key, Instant::now())
    }

    fn check_at(&self, key: &K, now: Instant) -> Result<(), Duration> {
        let mut shared = self.lock();
        shared.checks += 1;
        if shared.checks > CHECKS_BETWEEN_SWEEPS {
            shared.remove_idle(now);
        }
        let until_full = self.until_full(&shared, key, now)?;
        shared.full_at.insert(key.clone(), now + until_full);
        Ok(())
    }

    /// Whether another event for `key` would be within the limit; none is counted.
    pub fn has_room(&self, key: &K) -> bool {
        self.until_full(&self.lock(), key, Instant::now()).is_ok()
    }

    /// How long it takes until the reserve is full after another event, or until there may be one.
    fn until_full(&self, shared: &Shared<K>, key: &K, now: Instant) -> Result<Duration, Duration> {
        let full_at = shared.full_at.get(key).map_or(now, |full_at| now.max(*full_at));
        let until_full = (full_at + self.interval).duration_since(now);
        if until_full > self.full_after {
            return Err(until_full - self.full_after);
        }
        Ok(until_full)
    }

    /// Removes the keys whose reserve is full again.
    pub fn remove_idle(&self) {
        self.lock().remove_idle(Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, Shared<K>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_reserve() {
        let throttle = Throttle::new(Rate::per_second(1, 2));
        assert_eq!([throttle.check(&1), throttle.check(&1)], [Ok(()), Ok(())]);
        assert!(!throttle.has_room(&1) && throttle.has_room(&2) && throttle.has_room(&2));
        assert!(
            throttle
                .check(&1)
                .is_err_and(|wait| wait > Duration::ZERO && wait <= Duration::from_secs(1))
        );
        assert_eq!(throttle.check(&2), Ok(()));
        throttle.remove_idle();
        assert!(throttle.check(&1).is_err(), "a key over its limit is not removed");
    }

    #[test]
    fn full_reserves_use_no_memory() {
        let throttle = Throttle::new(Rate::per_second(1_000_000_000, 1));
        for key in 0..1000 {
            assert_eq!(throttle.check(&key), Ok(()));
        }
        std::thread::sleep(Duration::from_millis(1));
        throttle.remove_idle();
        assert!(throttle.lock().full_at.is_empty());
    }

    #[test]
    fn reserve_grows_at_the_rate_up_to_the_burst() {
        let throttle = Throttle::new(Rate::per_minute(6, 2));
        let start = Instant::now();
        let at = |seconds| throttle.check_at(&(), start + Duration::from_secs(seconds));
        assert_eq!([at(0), at(0)], [Ok(()), Ok(())]);
        assert_eq!([at(0), at(4)], [Err(Duration::from_secs(10)), Err(Duration::from_secs(6))]);
        assert_eq!([at(10), at(19)], [Ok(()), Err(Duration::from_secs(1))]);
        assert_eq!([at(1000), at(1000)], [Ok(()), Ok(())]);
        assert_eq!(at(1000), Err(Duration::from_secs(10)));
    }
}
