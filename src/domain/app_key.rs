//! The keys of the app behind a resource, and how long they are accepted.

use jiff::{SignedDuration, Timestamp};

use super::duration::{DAY, durations};

durations! {
    /// How long an app's previous key is accepted after a rotation.
    AppKeyOverlap, "overlap", (0..=30 * DAY), "7d";
}

/// Long enough for someone else to enter the new key in the app.
impl Default for AppKeyOverlap {
    fn default() -> Self {
        Self(7 * DAY)
    }
}

/// The keys of the app behind a resource. The keys themselves are derived from these numbers and
/// never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppKeys {
    /// The number of the current key. It is higher than that of every earlier key of the resource,
    /// and of a deleted resource with the same UUID.
    pub generation: i64,
    /// When the current key was created.
    pub created_at: Timestamp,
    /// The previous key, unless it was revoked immediately.
    pub previous: Option<PreviousAppKey>,
}

/// A replaced key that is accepted for a while, so that the app can be updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreviousAppKey {
    /// Its number.
    pub generation: i64,
    /// From when it is no longer accepted.
    pub accepted_until: Timestamp,
}

impl AppKeys {
    /// The keys of a new resource. The number is the time, so that a resource that is created again
    /// with the same UUID gets another key.
    pub fn new(now: Timestamp) -> Self {
        Self { generation: now.as_millisecond().max(1), created_at: now, previous: None }
    }

    /// The previous key, if it is still accepted.
    pub fn previous_at(&self, now: Timestamp) -> Option<PreviousAppKey> {
        self.previous.filter(|previous| now < previous.accepted_until)
    }

    /// The numbers of all keys that are accepted.
    pub fn accepted_at(&self, now: Timestamp) -> impl Iterator<Item = i64> {
        [self.generation]
            .into_iter()
            .chain(self.previous_at(now).map(|previous| previous.generation))
    }

    /// The keys after a rotation: the current one is accepted for `overlap` more, earlier ones no
    /// longer.
    pub fn rotated(&self, now: Timestamp, overlap: SignedDuration) -> Self {
        let accepted_until = now.saturating_add(overlap).unwrap_or(Timestamp::MAX);
        let previous = (accepted_until > now)
            .then_some(PreviousAppKey { generation: self.generation, accepted_until });
        // A clock that was set back must not make an old key valid again.
        Self {
            generation: now.as_millisecond().max(self.generation.saturating_add(1)),
            created_at: now,
            previous,
        }
    }

    /// How long ago the current key was created.
    pub fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.created_at).max(SignedDuration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_previous_key_is_accepted_for_the_overlap_only() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let accepted = |keys: &AppKeys, second| keys.accepted_at(at(second)).collect::<Vec<_>>();
        let first = AppKeys { generation: 0, created_at: at(10), previous: None };
        let second = first.rotated(at(100), SignedDuration::from_secs(60));
        for (now, expected) in [
            (100, vec![100_000, 0]),
            (159, vec![100_000, 0]),
            (160, vec![100_000]),
            (i64::from(u32::MAX), vec![100_000]),
        ] {
            assert_eq!(accepted(&second, now), expected, "{now}");
        }
        assert_eq!(
            accepted(&first.rotated(at(100), SignedDuration::ZERO), 100),
            [100_000],
            "a compromised key stops immediately"
        );
        let third = second.rotated(at(120), SignedDuration::from_secs(60));
        assert_eq!(
            accepted(&third, 121),
            [120_000, 100_000],
            "the one before the previous one is no longer accepted"
        );
        let back = second.rotated(at(50), SignedDuration::ZERO);
        assert_eq!(
            accepted(&back, 50),
            [100_001],
            "a clock that was set back gives a new key, too"
        );
        assert_eq!(
            (first.age(at(70)), first.age(at(5))),
            (SignedDuration::from_secs(60), SignedDuration::ZERO)
        );
    }
}
