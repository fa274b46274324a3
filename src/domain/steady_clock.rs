//! Times that do not follow every step of the machine's clock.
//!
//! What has expired may be deleted only if it has expired for certain: a clock that is an hour
//! ahead for a minute would otherwise delete spent nonces, and once it is set back, the launches to
//! which they belong would be accepted again.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Compares the clock with the time that has really passed, for as long as whatever depends on it
/// can be valid.
#[derive(Debug)]
pub struct SteadyClock {
    window: Duration,
    /// Oldest first; one is older than the window as soon as there can be one.
    samples: VecDeque<Sample>,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    elapsed: Duration,
    time: Timestamp,
}

impl Sample {
    /// What the clock should show by now.
    fn continued(self, elapsed: Duration) -> Timestamp {
        self.time.saturating_add(elapsed.saturating_sub(self.elapsed)).unwrap_or(Timestamp::MAX)
    }
}

/// What an observation shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// A time that the clock has certainly reached: the earliest to which any observation within
    /// the window leads. `None` until the window has passed once.
    pub steady: Option<Timestamp>,
    /// How far the clock was set since the observation before, negative if it was set back.
    pub step: SignedDuration,
}

impl SteadyClock {
    /// Has observed nothing yet; `window` is how long something can be valid.
    pub fn new(window: Duration) -> Self {
        Self { window, samples: VecDeque::new() }
    }

    /// Observes the clock; `elapsed` is a time that always moves forward at its own pace, from any
    /// start.
    pub fn observe(&mut self, elapsed: Duration, time: Timestamp) -> Observed {
        let step = match self.samples.back() {
            Some(last) => time.duration_since(last.continued(elapsed)),
            None => SignedDuration::ZERO,
        };
        self.samples.push_back(Sample { elapsed, time });
        let is_old = |sample: &Sample| elapsed.saturating_sub(sample.elapsed) >= self.window;
        while self.samples.get(1).is_some_and(is_old) {
            self.samples.pop_front();
        }
        let covers_window = self.samples.front().is_some_and(is_old);
        let earliest = self.samples.iter().map(|sample| sample.continued(elapsed)).min();
        Observed { steady: earliest.filter(|_| covers_window), step }
    }
}

/// The times in identifiers that sort by time. They do not go back, even if the clock is set back:
/// what comes later sorts later.
#[derive(Debug)]
pub struct RisingClock {
    /// Milliseconds since 1970.
    newest: AtomicI64,
}

impl RisingClock {
    /// How far the newest identifier may be ahead of the clock, to be continued. If it is further
    /// ahead, the clock was wrong by so much that what depends on these times, such as the deletion
    /// of old launches, would not happen.
    const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(24);

    /// Continues after the time in the newest identifier, if there is one.
    pub fn after(newest: Option<Timestamp>) -> Self {
        Self { newest: AtomicI64::new(newest.map_or(i64::MIN, Timestamp::as_millisecond)) }
    }

    /// The time for the next identifier: the clock's, or a millisecond after the newest if the clock
    /// shows less than that.
    pub fn next(&self, now: Timestamp) -> Timestamp {
        let now_milliseconds = now.as_millisecond();
        let continued = 1..=i64::try_from(Self::MAX_AHEAD.as_millis()).unwrap_or(i64::MAX);
        let next_after = |newest: i64| {
            if continued.contains(&newest.saturating_sub(now_milliseconds)) {
                newest + 1
            } else {
                now_milliseconds
            }
        };
        let newest = self
            .newest
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |newest| Some(next_after(newest)))
            .unwrap_or_else(|newest| newest);
        Timestamp::from_millisecond(next_after(newest)).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60;

    fn noon() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    /// Observes the clock once a minute, set by these seconds; what the last observation shows,
    /// relative to the true time.
    fn observed(window_minutes: u64, set_by: &[i64]) -> (Option<i64>, i64) {
        let mut clock = SteadyClock::new(Duration::from_secs(window_minutes * MINUTE));
        let mut last = None;
        for (minute, set_by) in (0_u64..).zip(set_by) {
            let elapsed = Duration::from_secs(minute * MINUTE);
            let truth = noon() + elapsed;
            let observed = clock.observe(elapsed, truth + SignedDuration::from_secs(*set_by));
            let ahead = observed.steady.map(|steady| steady.duration_since(truth).as_secs());
            last = Some((ahead, observed.step.as_secs()));
        }
        last.unwrap()
    }

    #[test]
    fn steps_forward_count_only_after_the_window() {
        for (set_by, expected) in [
            (&[0, 0][..], (None, 0)),
            (&[0, 0, 0], (Some(0), 0)),
            // Set forward for a minute, and set back.
            (&[0, 0, 0, 3600], (Some(0), 3600)),
            (&[0, 0, 0, 3600, 0], (Some(0), -3600)),
            // Corrected for good: what was valid before has expired by now.
            (&[0, 0, 0, 3600, 3600], (Some(0), 0)),
            (&[0, 0, 0, 3600, 3600, 3600], (Some(3600), 0)),
            // A server that starts with a wrong clock.
            (&[3600, 3600], (None, 0)),
            (&[3600, 3600, 3600], (Some(3600), 0)),
            (&[0, -3600], (None, -3600)),
            (&[0, 0, -3600], (Some(-3600), -3600)),
        ] {
            assert_eq!(observed(2, set_by), expected, "{set_by:?}");
        }
    }

    #[test]
    fn identifiers_rise_while_the_clock_is_behind() {
        let at = |milliseconds: i64| noon() + SignedDuration::from_millis(milliseconds);
        let clock = RisingClock::after(None);
        for (now, expected) in
            [(0, 0), (0, 0), (5, 5), (-3_600_000, 6), (-3_599_999, 7), (7, 7), (9, 9)]
        {
            assert_eq!(clock.next(at(now)), at(expected), "{now}");
        }
        assert_eq!(RisingClock::after(Some(at(3_000))).next(noon()), at(3_001));
        // A clock that was a year ahead for one request.
        let far = noon() + SignedDuration::from_hours(365 * 24);
        clock.next(far);
        assert_eq!(clock.next(noon()), noon());
        assert_eq!(RisingClock::after(Some(far)).next(noon()), noon());
    }
}
