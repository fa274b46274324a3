//! The cached keysets, and whether they can be used without a request. The time is an argument.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::lti::Refusal;
use crate::lti::keyset::{Keyset, VerificationKeys};
use crate::platform::network_access::NetworkAccess;

/// How long a keyset is fresh if the platform does not specify it.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(60 * 60);
/// How long a keyset is fresh at least, regardless of the platform.
const MIN_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// How long a keyset is fresh at most.
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a stale keyset is used if it cannot be refreshed.
const STALE_TIME: SignedDuration = SignedDuration::from_hours(24);
/// How long after a refetch an unknown key does not cause another one.
const MISS_PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// The same for a platform on this machine.
const LOCAL_MISS_PAUSE: SignedDuration = SignedDuration::from_secs(2);
/// How long a platform that failed is not contacted.
const FAILURE_PAUSE: SignedDuration = SignedDuration::from_secs(10);
/// Maximum number of cached keysets; the least recently used one is removed.
pub(super) const MAX_KEYSETS: usize = 1_000;

/// Lets one caller at a time send a request.
pub(super) type Gate = Arc<tokio::sync::Mutex<()>>;

/// The URL of a keyset, and the reach of requests for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct KeysetKey {
    pub(super) url: String,
    pub(super) reach: NetworkAccess,
    /// Whether the platform is on this machine.
    pub(super) is_local: bool,
}

impl KeysetKey {
    fn miss_pause(&self) -> SignedDuration {
        if self.is_local { LOCAL_MISS_PAUSE } else { MISS_PAUSE }
    }
}

/// A fetched keyset, with the lifetime that the platform specifies.
pub(super) struct FetchedKeys {
    pub(super) keyset: Keyset,
    pub(super) max_age: Option<Duration>,
}

/// The result of a look-up.
pub(super) enum Lookup {
    /// The result from the cache.
    Cached(Result<VerificationKeys, Refusal>),
    /// The keyset has to be fetched, by one caller at a time; the number counts the requests so
    /// far.
    Fetch(Gate, u64),
}

/// All cached keysets.
#[derive(Default)]
pub(super) struct Cache {
    entries: HashMap<KeysetKey, Entry>,
    /// Counts look-ups, to find the least recently used entry.
    lookups: u64,
}

#[derive(Default)]
struct Entry {
    gate: Gate,
    cached: Option<CachedKeys>,
    asked_at: Option<Timestamp>,
    /// Number of requests.
    requests: u64,
    /// When the keyset was last refetched although one was cached. The first request does not
    /// count, so that a key that is rotated right after it is found.
    refetched_at: Option<Timestamp>,
    /// Why the last request failed.
    failure: Option<Refusal>,
    last_look: u64,
}

struct CachedKeys {
    keyset: Keyset,
    fetched_at: Timestamp,
    lifetime: SignedDuration,
}

impl Cache {
    /// Looks up `kid` in the cache, if this is allowed at `now`. `seen` is the number of requests
    /// when the caller began to wait; the outcome of a later request is used as it is. The keys in
    /// `failed` did not match a signature.
    pub(super) fn look_up(
        &mut self,
        key: &KeysetKey,
        kid: &str,
        now: Timestamp,
        seen: Option<u64>,
        failed: Option<&VerificationKeys>,
    ) -> Lookup {
        let entry = self.entry(key);
        let waited = seen.is_some_and(|seen| entry.requests > seen);
        match entry.response(key, kid, now, waited, failed) {
            Some(response) => Lookup::Cached(response),
            None => Lookup::Fetch(Arc::clone(&entry.gate), entry.requests),
        }
    }

    /// Stores the outcome of a request that ended at `now`. Returns whether an older keyset is used
    /// after a failure.
    pub(super) fn keep(
        &mut self,
        key: &KeysetKey,
        outcome: Result<FetchedKeys, Refusal>,
        now: Timestamp,
    ) -> bool {
        let entry = self.entry(key);
        entry.asked_at = Some(now);
        entry.requests += 1;
        if entry.cached.is_some() || entry.failure.is_some() {
            entry.refetched_at = Some(now);
        }
        match outcome {
            Ok(FetchedKeys { keyset, max_age }) => {
                let lifetime =
                    max_age.unwrap_or(DEFAULT_LIFETIME).clamp(MIN_LIFETIME, MAX_LIFETIME);
                let lifetime = SignedDuration::try_from(lifetime).unwrap_or(STALE_TIME);
                entry.cached = Some(CachedKeys { keyset, fetched_at: now, lifetime });
                entry.failure = None;
                false
            }
            Err(failure) => {
                entry.cached.take_if(|cached| !cached.is_usable(now));
                entry.failure = Some(failure);
                entry.cached.is_some()
            }
        }
    }

    /// Drops the keyset at `url`, for every reach.
    pub(super) fn remove(&mut self, url: &str) {
        self.entries.retain(|key, _| key.url != url);
    }

    fn entry(&mut self, key: &KeysetKey) -> &mut Entry {
        self.lookups += 1;
        if self.entries.len() >= MAX_KEYSETS && !self.entries.contains_key(key) {
            let oldest = self
                .entries
                .iter()
                .min_by_key(|(_, entry)| entry.last_look)
                .map(|(key, _)| key.clone());
            oldest.map(|oldest| self.entries.remove(&oldest));
        }
        let entry = self.entries.entry(key.clone()).or_default();
        entry.last_look = self.lookups;
        entry
    }
}

impl Entry {
    /// The result for `kid`, or `None` if the keyset has to be fetched first.
    fn response(
        &self,
        key: &KeysetKey,
        kid: &str,
        now: Timestamp,
        waited: bool,
        failed: Option<&VerificationKeys>,
    ) -> Option<Result<VerificationKeys, Refusal>> {
        // Absolute difference, in case the clock was set back.
        let since = |moment: Option<Timestamp>| {
            moment.map_or(SignedDuration::MAX, |moment| now.duration_since(moment).abs())
        };
        let (since_asked, since_refetched) = (since(self.asked_at), since(self.refetched_at));
        let failure = self.failure.as_ref();
        let fresh_failure = failure.filter(|_| since_asked < FAILURE_PAUSE);
        let Some(cached) = self.cached.as_ref().filter(|cached| cached.is_usable(now)) else {
            return fresh_failure.cloned().map(Err);
        };
        if !cached.is_fresh(now) && fresh_failure.is_none() {
            return None;
        }
        let found = cached.keyset.find(kid);
        let pause = key.miss_pause();
        let may_refetch = since_refetched >= pause && !waited;
        if let Some(Ok(keys)) = found
            && !(may_refetch && failed == Some(keys))
        {
            return Some(Ok(keys.clone()));
        }
        if may_refetch {
            return None;
        }
        // The request that might have found the key has failed, so report that failure and not the
        // missing key.
        if let Some(failure) = failure {
            return Some(Err(failure.clone()));
        }
        let bad = |problem| Refusal::JwksBad { keyset_url: key.url.clone(), problem };
        Some(Err(match found {
            Some(Err(problem)) => bad(format!("key \"{kid}\": {problem}")),
            _ if cached.keyset.is_empty() => bad(no_usable_key(&cached.keyset)),
            _ => Refusal::KidNotFound {
                kid: kid.to_owned(),
                keyset_url: key.url.clone(),
                retry_after_seconds: (!waited).then(|| whole_seconds(pause - since_refetched)),
            },
        }))
    }
}

impl CachedKeys {
    /// Whether it may be used without a request; a clock that was set back counts as time passed.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.fetched_at);
        age < self.lifetime && age > -MISS_PAUSE
    }

    /// Whether it may be used if the platform cannot be reached.
    fn is_usable(&self, now: Timestamp) -> bool {
        now.duration_since(self.fetched_at) < self.lifetime + STALE_TIME
    }
}

/// Why none of the keyset's keys is usable.
fn no_usable_key(keyset: &Keyset) -> String {
    let problems = keyset.problems();
    if problems.is_empty() {
        return "it contains no keys".to_owned();
    }
    let shown: Vec<_> = problems.iter().take(3).map(String::as_str).collect();
    format!("none of its keys can be used ({})", shown.join("; "))
}

/// Rounded up, so that callers who wait that long do not retry too early.
fn whole_seconds(duration: SignedDuration) -> u64 {
    let seconds = duration.as_secs() + i64::from(duration.subsec_nanos() > 0);
    u64::try_from(seconds).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> KeysetKey {
        KeysetKey {
            url: format!("https://lms.example.edu/{number}"),
            reach: NetworkAccess::default(),
            is_local: false,
        }
    }

    impl Lookup {
        /// Whether a request was sent before.
        fn is_cached(&self) -> bool {
            matches!(self, Self::Cached(_) | Self::Fetch(_, 1..))
        }
    }

    #[test]
    fn least_recently_used_keyset_is_removed() {
        let mut cache = Cache::default();
        let now = Timestamp::UNIX_EPOCH;
        let kept = || Ok(FetchedKeys { keyset: Keyset::default(), max_age: None });
        for number in 0..MAX_KEYSETS {
            cache.keep(&key(number), kept(), now);
        }
        let is_kept = |cache: &mut Cache, number| {
            cache.look_up(&key(number), "kid", now, None, None).is_cached()
        };
        assert!(is_kept(&mut cache, 0));
        cache.keep(&key(MAX_KEYSETS), kept(), now);
        assert_eq!(cache.entries.len(), MAX_KEYSETS);
        assert!(is_kept(&mut cache, 0));
        assert!(is_kept(&mut cache, MAX_KEYSETS));
        assert!(!is_kept(&mut cache, 1));
        assert_eq!(cache.entries.len(), MAX_KEYSETS);
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
                &key(0),
                Ok(FetchedKeys {
                    keyset: Keyset::default(),
                    max_age: max_age.map(Duration::from_secs),
                }),
                now,
            );
            let is_fresh = |seconds: i64| {
                cache.entries[&key(0)]
                    .cached
                    .as_ref()
                    .unwrap()
                    .is_fresh(now + SignedDuration::from_secs(seconds))
            };
            assert!(is_fresh(lifetime - 1) && !is_fresh(lifetime), "{max_age:?}");
            assert!(is_fresh(-59) && !is_fresh(-60), "{max_age:?}");
        }
    }
}
