//! How often something may happen: for each key so many times a second, with a reserve for crowds.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// After so many checks the keys are looked through, unless [`Throttle::forget_idle`] does it
/// first.
const CHECKS_BETWEEN_SWEEPS: u32 = 100_000;

/// How many times a minute or a second, and how many at once after a quiet time; zeros count as
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How fast the reserve comes back.
    pub refill: Refill,
    /// The reserve.
    pub burst: u32,
}

/// How fast a reserve comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refill {
    /// So many in a second.
    PerSecond(u32),
    /// So many in a minute.
    PerMinute(u32),
    /// So many in an hour.
    PerHour(u32),
}

impl Rate {
    /// So many a second, with a reserve.
    pub const fn per_second(number: u32, burst: u32) -> Self {
        Self { refill: Refill::PerSecond(number), burst }
    }

    /// So many a minute, with a reserve.
    pub const fn per_minute(number: u32, burst: u32) -> Self {
        Self { refill: Refill::PerMinute(number), burst }
    }
}

/// Limits how often something may happen for each key. Clones share their counts.
///
/// A key is remembered only while its reserve is not full, so what is kept is bounded by the
/// traffic of the last seconds, not by the number of keys ever seen.
#[derive(Clone)]
pub struct Throttle<K: Hash + Eq + Clone> {
    shared: Arc<Shared<K>>,
}

struct Shared<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
    checks: AtomicU32,
}

impl<K: Hash + Eq + Clone> Throttle<K> {
    /// A throttle with nothing counted yet.
    pub fn new(rate: Rate) -> Self {
        let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = match rate.refill {
            Refill::PerSecond(number) => Quota::per_second(at_least_one(number)),
            Refill::PerMinute(number) => Quota::per_minute(at_least_one(number)),
            Refill::PerHour(number) => Quota::per_hour(at_least_one(number)),
        };
        let quota = quota.allow_burst(at_least_one(rate.burst));
        Self {
            shared: Arc::new(Shared {
                limiter: RateLimiter::keyed(quota),
                clock: DefaultClock::default(),
                checks: AtomicU32::new(0),
            }),
        }
    }

    /// Counts one more for `key`.
    ///
    /// # Errors
    ///
    /// How long to wait, when it is one too many.
    pub fn check(&self, key: &K) -> Result<(), Duration> {
        if self.shared.checks.fetch_add(1, Ordering::Relaxed) >= CHECKS_BETWEEN_SWEEPS {
            self.forget_idle();
        }
        self.shared
            .limiter
            .check_key(key)
            .map_err(|full| full.wait_time_from(self.shared.clock.now()))
    }

    /// Forgets the keys whose reserve is full again.
    pub fn forget_idle(&self) {
        self.shared.checks.store(0, Ordering::Relaxed);
        self.shared.limiter.retain_recent();
        self.shared.limiter.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_reserve() {
        let throttle = Throttle::new(Rate::per_second(1, 2));
        assert_eq!([throttle.check(&1), throttle.check(&1)], [Ok(()), Ok(())]);
        assert!(
            throttle
                .check(&1)
                .is_err_and(|wait| wait > Duration::ZERO && wait <= Duration::from_secs(1))
        );
        assert_eq!(throttle.check(&2), Ok(()));
        throttle.forget_idle();
        assert!(throttle.check(&1).is_err(), "who is still over the limit is not forgotten");
    }

    #[test]
    fn full_reserves_take_no_memory() {
        let throttle = Throttle::new(Rate::per_second(1_000_000_000, 1));
        for key in 0..1000 {
            assert_eq!(throttle.check(&key), Ok(()));
        }
        std::thread::sleep(Duration::from_millis(1));
        throttle.forget_idle();
        assert_eq!(throttle.shared.limiter.len(), 0);
    }
}
