//! When a request to a platform is repeated within a run.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::Random;

/// The longest pause within a run that a platform may ask for; anything longer waits for the next
/// run.
pub(super) const MAX_PAUSE: Duration = Duration::from_secs(10);

/// How often a request is repeated within a run.
pub(super) const REPEATS: u32 = 3;

/// How long to wait before the `repeats`-th repetition: the first pause, doubled each time,
/// randomized by a quarter.
pub(super) fn pause(first: Duration, repeats: u32, random: &Random) -> Duration {
    let chance = f64::from(random.bytes::<1>()[0]) / 255.0;
    (first * 2_u32.pow(repeats)).mul_f64(0.75 + chance / 2.0)
}

/// Holds back all requests to a platform while it asks for a pause.
#[derive(Clone, Default)]
pub(super) struct Gate(Arc<Mutex<Option<Instant>>>);

impl Gate {
    fn until(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn hold(&self, time: Duration) {
        let (mut until, wanted) = (self.until(), Instant::now() + time);
        *until = Some(until.map_or(wanted, |until| until.max(wanted)));
    }

    pub(super) async fn pass(&self) {
        // Another request may have extended the pause in the meantime.
        loop {
            let Some(until) = *self.until() else { return };
            if until <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(until).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_differ() {
        let random = Random::seeded(3);
        for (repeats, least, most) in [(0, 375, 625), (1, 750, 1250), (2, 1500, 2500)] {
            let pauses: Vec<u128> = (0..20)
                .map(|_| pause(Duration::from_millis(500), repeats, &random).as_millis())
                .collect();
            assert!(pauses.iter().all(|pause| (least..=most).contains(pause)), "{pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{pauses:?}");
        }
    }

    #[tokio::test]
    async fn gate_holds_all_requests_until_the_latest_time() {
        let gate = Gate::default();
        let start = Instant::now();
        gate.pass().await;
        gate.hold(Duration::from_millis(60));
        gate.hold(Duration::from_millis(20));
        let other = gate.clone();
        tokio::join!(gate.pass(), other.pass());
        assert!(start.elapsed() >= Duration::from_millis(60));
    }
}
