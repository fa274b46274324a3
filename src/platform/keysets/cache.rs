//! Which keysets are in hand, and whether a question can be answered from them: a table and a clock
//! that is an argument.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Reach;
use crate::lti::Refusal;
use crate::lti::keyset::{Keyset, VerificationKey};

/// How long a keyset is fresh if the platform does not say.
const USUAL_LIFETIME: Duration = Duration::from_secs(60 * 60);
/// The shortest time for which a keyset is fresh, whatever the platform says.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// The longest.
const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a keyset that is no longer fresh serves while it cannot be refreshed.
const STALE_TIME: SignedDuration = SignedDuration::from_hours(24);
/// How long after a refetch an unknown key leads to no other.
const MISS_PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// How long a platform that failed is left alone.
const FAILURE_PAUSE: SignedDuration = SignedDuration::from_secs(10);
/// The most keysets that are kept; the least recently used goes.
pub(super) const MOST_KEYSETS: usize = 1_000;

/// Whose turn it is to ask.
pub(super) type Gate = Arc<tokio::sync::Mutex<()>>;

/// Where a keyset is, and what may be reached to get it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) url: String,
    pub(super) reach: Reach,
}

/// A keyset as it was fetched, with the lifetime that the platform gives it.
pub(super) struct Kept {
    pub(super) keyset: Keyset,
    pub(super) max_age: Option<Duration>,
}

/// What the cache says to a question.
pub(super) enum Look {
    /// The answer, from what is in hand.
    Answer(Result<VerificationKey, Refusal>),
    /// The platform has to be asked, by one at a time; the number is how often it was asked so far.
    Ask(Gate, u64),
}

/// All keysets in hand.
#[derive(Default)]
pub(super) struct Cache {
    entries: HashMap<Place, Entry>,
    /// Counts looks, to know which entry was used least recently.
    looks: u64,
}

#[derive(Default)]
struct Entry {
    gate: Gate,
    held: Option<Held>,
    asked_at: Option<Timestamp>,
    /// How often the platform was asked.
    requests: u64,
    /// When the platform was asked again although a keyset was in hand; the first request does not
    /// count, so that a key which is rotated right after it is found.
    refetched_at: Option<Timestamp>,
    /// Why the last request brought nothing.
    failure: Option<Refusal>,
    last_look: u64,
}

struct Held {
    keyset: Keyset,
    fetched_at: Timestamp,
    lifetime: SignedDuration,
}

impl Cache {
    /// Answers for `kid` from what is in hand, if that may be done at `now`; `seen` is how often
    /// the platform had been asked when the caller began to wait, so that the outcome of a request
    /// for which it waited is its answer.
    pub(super) fn look(
        &mut self,
        place: &Place,
        kid: &str,
        now: Timestamp,
        seen: Option<u64>,
    ) -> Look {
        let entry = self.entry(place);
        let waited = seen.is_some_and(|seen| entry.requests > seen);
        match entry.answer(&place.url, kid, now, waited) {
            Some(answer) => Look::Answer(answer),
            None => Look::Ask(Arc::clone(&entry.gate), entry.requests),
        }
    }

    /// Keeps the outcome of a request that ended at `now`; says whether a failed one leaves an
    /// older keyset to serve.
    pub(super) fn keep(
        &mut self,
        place: &Place,
        outcome: Result<Kept, Refusal>,
        now: Timestamp,
    ) -> bool {
        let entry = self.entry(place);
        entry.asked_at = Some(now);
        entry.requests += 1;
        if entry.held.is_some() || entry.failure.is_some() {
            entry.refetched_at = Some(now);
        }
        match outcome {
            Ok(Kept { keyset, max_age }) => {
                let lifetime =
                    max_age.unwrap_or(USUAL_LIFETIME).clamp(SHORTEST_LIFETIME, LONGEST_LIFETIME);
                let lifetime = SignedDuration::try_from(lifetime).unwrap_or(STALE_TIME);
                entry.held = Some(Held { keyset, fetched_at: now, lifetime });
                entry.failure = None;
                false
            }
            Err(failure) => {
                entry.held.take_if(|held| !held.serves(now));
                entry.failure = Some(failure);
                entry.held.is_some()
            }
        }
    }

    /// Drops the keyset at `url`, however it was reached.
    pub(super) fn forget(&mut self, url: &str) {
        self.entries.retain(|place, _| place.url != url);
    }

    fn entry(&mut self, place: &Place) -> &mut Entry {
        self.looks += 1;
        if self.entries.len() >= MOST_KEYSETS && !self.entries.contains_key(place) {
            let oldest = self
                .entries
                .iter()
                .min_by_key(|(_, entry)| entry.last_look)
                .map(|(place, _)| place.clone());
            oldest.map(|oldest| self.entries.remove(&oldest));
        }
        let entry = self.entries.entry(place.clone()).or_default();
        entry.last_look = self.looks;
        entry
    }
}

impl Entry {
    /// The answer for `kid`, or `None` if the platform has to be asked first.
    fn answer(
        &self,
        url: &str,
        kid: &str,
        now: Timestamp,
        waited: bool,
    ) -> Option<Result<VerificationKey, Refusal>> {
        // Without a sign: after a clock was put back, nothing waits for it to catch up.
        let since = |moment: Option<Timestamp>| {
            moment.map_or(SignedDuration::MAX, |moment| now.duration_since(moment).abs())
        };
        let (since_asked, since_refetched) = (since(self.asked_at), since(self.refetched_at));
        let failure = self.failure.as_ref();
        let fresh_failure = failure.filter(|_| since_asked < FAILURE_PAUSE);
        let Some(held) = self.held.as_ref().filter(|held| held.serves(now)) else {
            return fresh_failure.cloned().map(Err);
        };
        if !held.is_fresh(now) && fresh_failure.is_none() {
            return None;
        }
        let found = held.keyset.find(kid);
        if let Some(Ok(key)) = found {
            return Some(Ok(key.clone()));
        }
        if since_refetched >= MISS_PAUSE && !waited {
            return None;
        }
        // The request that might have brought the key has failed: that, and not the missing key, is
        // what somebody has to look at.
        if let Some(failure) = failure {
            return Some(Err(failure.clone()));
        }
        let bad = |problem| Refusal::JwksBad { keyset_url: url.to_owned(), problem };
        Some(Err(match found {
            Some(Err(problem)) => bad(format!("key \"{kid}\": {problem}")),
            _ if held.keyset.is_empty() => bad(nothing_fit(&held.keyset)),
            _ => Refusal::KidNotFound {
                kid: kid.to_owned(),
                keyset_url: url.to_owned(),
                retry_after_seconds: (!waited).then(|| whole_seconds(MISS_PAUSE - since_refetched)),
            },
        }))
    }
}

impl Held {
    /// Whether it may be used without asking; a clock that was put back counts as time gone by.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.fetched_at);
        age < self.lifetime && age > -MISS_PAUSE
    }

    /// Whether it may be used when the platform cannot be asked.
    fn serves(&self, now: Timestamp) -> bool {
        now.duration_since(self.fetched_at) < self.lifetime + STALE_TIME
    }
}

/// Why a keyset has no key at all for us.
fn nothing_fit(keyset: &Keyset) -> String {
    let problems = keyset.problems();
    if problems.is_empty() {
        return "it holds no keys".to_owned();
    }
    let shown: Vec<_> = problems.iter().take(3).map(String::as_str).collect();
    format!("none of its keys can be used ({})", shown.join("; "))
}

/// Rounded up, so that anyone who waits for so long does not come too early.
fn whole_seconds(duration: SignedDuration) -> u64 {
    let seconds = duration.as_secs() + i64::from(duration.subsec_nanos() > 0);
    u64::try_from(seconds).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(number: usize) -> Place {
        Place { url: format!("https://lms.example.edu/{number}"), reach: Reach::default() }
    }

    impl Look {
        /// Whether the platform was asked before.
        fn is_of_a_kept_one(&self) -> bool {
            matches!(self, Self::Answer(_) | Self::Ask(_, 1..))
        }
    }

    #[test]
    fn the_least_recently_used_keyset_goes() {
        let mut cache = Cache::default();
        let now = Timestamp::UNIX_EPOCH;
        let kept = || Ok(Kept { keyset: Keyset::default(), max_age: None });
        for number in 0..MOST_KEYSETS {
            cache.keep(&place(number), kept(), now);
        }
        let is_kept = |cache: &mut Cache, number| {
            cache.look(&place(number), "kid", now, None).is_of_a_kept_one()
        };
        assert!(is_kept(&mut cache, 0));
        cache.keep(&place(MOST_KEYSETS), kept(), now);
        assert_eq!(cache.entries.len(), MOST_KEYSETS);
        assert!(is_kept(&mut cache, 0));
        assert!(is_kept(&mut cache, MOST_KEYSETS));
        assert!(!is_kept(&mut cache, 1));
        assert_eq!(cache.entries.len(), MOST_KEYSETS);
    }

    #[test]
    fn lifetimes_stay_within_bounds() {
        for (max_age, lifetime) in [
            (None, 3_600),
            (Some(0), 300),
            (Some(299), 300),
            (Some(7_200), 7_200),
            (Some(86_401), 86_400),
            (Some(u64::MAX), 86_400),
        ] {
            let (mut cache, now) = (Cache::default(), Timestamp::UNIX_EPOCH);
            cache.keep(
                &place(0),
                Ok(Kept { keyset: Keyset::default(), max_age: max_age.map(Duration::from_secs) }),
                now,
            );
            let is_fresh = |seconds: i64| {
                cache.entries[&place(0)]
                    .held
                    .as_ref()
                    .unwrap()
                    .is_fresh(now + SignedDuration::from_secs(seconds))
            };
            assert!(is_fresh(lifetime - 1) && !is_fresh(lifetime), "{max_age:?}");
            assert!(is_fresh(-59) && !is_fresh(-60), "{max_age:?}");
        }
    }
}
