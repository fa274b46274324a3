//! The platforms' public keys, cached in memory: a launch waits for the network only if the key is
//! not cached or the keyset is old.
//!
//! [`cache`] decides what is used from memory and when to fetch again; this file sends the
//! requests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;
use tracing::Instrument as _;

use self::cache::{Cache, FetchedKeys, KeysetKey, Lookup};
use super::{FetchError, NetworkAccess, PlatformClient};
use crate::domain::FetchedKeyset;
use crate::lti::Refusal;
use crate::lti::keyset::{Keyset, VerificationKeys};

mod cache;
#[cfg(test)]
mod tests;

/// Maximum size of a keyset, in bytes.
const LARGEST_KEYSET: usize = 1_000_000;

/// The keysets of all platforms, by URL. Clones share them.
///
/// A keyset is cached for as long as the platform specifies, at least 5 minutes and at most 24
/// hours, or by default for an hour; if it cannot be refreshed, it is used for up to 24 hours more.
/// An unknown key causes one refetch, at most once in 60 seconds, or in 2 seconds if the platform is
/// on this machine: it is under development there, and may have a new key after each restart. After a failure, the platform is
/// not contacted for 10 seconds. Launches that need the same keyset wait for one request (Security
/// Framework 1.0, 6.3; RFC 7517).
#[derive(Clone)]
pub struct Keysets {
    shared: Arc<Shared>,
}

struct Shared {
    client: PlatformClient,
    cache: Mutex<Cache>,
    /// Fetched keysets that have not been stored yet, by URL.
    fetched: Mutex<HashMap<String, FetchedKeyset>>,
    figures: Mutex<KeysetFigures>,
}

/// Counters of key look-ups and requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeysetFigures {
    /// Look-ups that were served from memory.
    pub answered_from_memory: u64,
    /// Successful requests.
    pub fetched: u64,
    /// Failed requests.
    pub failed: u64,
}

impl Keysets {
    /// An empty cache that sends requests with `client`.
    pub fn new(client: PlatformClient) -> Self {
        Self {
            shared: Arc::new(Shared {
                client,
                cache: Mutex::default(),
                fetched: Mutex::default(),
                figures: Mutex::default(),
            }),
        }
    }

    /// The keys named `kid` in the keyset at `keyset_url`.
    ///
    /// Keysets that were fetched with another `reach` are not used, so that a registration does not
    /// benefit from the reach of another one. `is_local` says whether the platform's issuer is on
    /// this machine. `failed` contains the keys that did not match a signature: like an unknown key,
    /// they cause a refetch, because the platform may have replaced its key and kept the ID.
    ///
    /// # Errors
    ///
    /// [`Refusal::KidNotFound`] if the platform has no such key, [`Refusal::JwksUnreachable`] if it
    /// cannot be reached, [`Refusal::JwksBad`] if its response is not a keyset or the key is not
    /// usable.
    pub async fn key(
        &self,
        keyset_url: &str,
        kid: &str,
        reach: NetworkAccess,
        is_local: bool,
        failed: Option<&VerificationKeys>,
        now: Timestamp,
    ) -> Result<VerificationKeys, Refusal> {
        let key = KeysetKey { url: keyset_url.to_owned(), reach, is_local };
        let (gate, seen) = match self.shared.cache().look_up(&key, kid, now, None, failed) {
            Lookup::Cached(result) => {
                self.shared.figures().answered_from_memory += 1;
                return result;
            }
            Lookup::Fetch(gate, seen) => (gate, seen),
        };
        let since = Instant::now();
        let turn = gate.lock_owned().await;
        let now = later(now, since);
        if let Lookup::Cached(result) =
            self.shared.cache().look_up(&key, kid, now, Some(seen), failed)
        {
            return result;
        }
        // A separate task: a browser that disconnects must not stop a request that other launches
        // wait for.
        let (shared, kid) = (Arc::clone(&self.shared), kid.to_owned());
        let asking = tokio::spawn(
            async move { shared.request(&key, &kid, now, turn).await }.in_current_span(),
        );
        asking.await.unwrap_or_else(|_| {
            Err(unreachable(keyset_url, "the request was interrupted".to_owned()))
        })
    }

    /// Takes the keysets that were fetched since the last call, to store them; at most
    /// `cache::MAX_KEYSETS`.
    pub fn take_fetched(&self) -> Vec<FetchedKeyset> {
        std::mem::take(&mut *self.shared.fetched()).into_values().collect()
    }

    /// The counters so far.
    pub fn figures(&self) -> KeysetFigures {
        *self.shared.figures()
    }

    /// Drops the keyset at `keyset_url`, so that the next launch fetches it.
    pub fn forget(&self, keyset_url: &str) {
        self.shared.cache().remove(keyset_url);
    }
}

impl Shared {
    /// Locks the cache. Nothing awaits while the lock is cached.
    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the fetched keysets.
    fn fetched(&self) -> MutexGuard<'_, HashMap<String, FetchedKeyset>> {
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a keyset to those that have to be stored.
    fn record(&self, key: &KeysetKey, keyset: &Keyset, fetched_at: Timestamp) {
        let mut fetched = self.fetched();
        if fetched.len() < cache::MAX_KEYSETS || fetched.contains_key(&key.url) {
            let found =
                FetchedKeyset { keyset_url: key.url.clone(), keys: keyset.digests(), fetched_at };
            fetched.insert(key.url.clone(), found);
        }
    }

    fn figures(&self) -> MutexGuard<'_, KeysetFigures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches the keyset, caches the outcome and returns the key from it. The next caller
    /// continues when `_turn` is dropped.
    async fn request(
        &self,
        key: &KeysetKey,
        kid: &str,
        now: Timestamp,
        _turn: OwnedMutexGuard<()>,
    ) -> Result<VerificationKeys, Refusal> {
        let since = Instant::now();
        let outcome = self.fetch(key).await;
        match &outcome {
            Ok(_) => self.figures().fetched += 1,
            Err(_) => self.figures().failed += 1,
        }
        let now = later(now, since);
        let problem = outcome.as_ref().err().map(|(_, problem)| problem.clone());
        if let Ok(kept) = &outcome {
            self.record(key, &kept.keyset, now);
        }
        let (has_fallback, look_up) = {
            let mut cache = self.cache();
            let has_fallback = cache.keep(key, outcome.map_err(|(refusal, _)| refusal), now);
            // This request has just been counted.
            (has_fallback, cache.look_up(key, kid, now, Some(0), None))
        };
        if let Some(problem) = problem {
            let keyset_url = key.url.as_str();
            if has_fallback {
                tracing::warn!(
                    keyset_url,
                    problem,
                    "a keyset cannot be refreshed; the cached one is still used"
                );
            } else {
                tracing::warn!(keyset_url, problem, "a keyset cannot be fetched");
            }
        }
        match look_up {
            Lookup::Cached(result) => result,
            Lookup::Fetch(..) => {
                Err(unreachable(&key.url, "the keyset was dropped while it was fetched".to_owned()))
            }
        }
    }

    /// A keyset from the network, or the refusal and a description of the problem.
    async fn fetch(&self, key: &KeysetKey) -> Result<FetchedKeys, (Refusal, String)> {
        let bad = |problem: String| {
            (Refusal::JwksBad { keyset_url: key.url.clone(), problem: problem.clone() }, problem)
        };
        let fetched =
            self.client.get_json(&key.url, key.reach, LARGEST_KEYSET).await.map_err(|error| {
                match error {
                    FetchError::TooBig { .. } => bad(error.to_string()),
                    _ => (unreachable(&key.url, error.to_string()), error.to_string()),
                }
            })?;
        let keyset = Keyset::parse(&fetched.body).map_err(bad)?;
        Ok(FetchedKeys { keyset, max_age: fetched.max_age })
    }
}

fn unreachable(keyset_url: &str, problem: String) -> Refusal {
    Refusal::JwksUnreachable { keyset_url: keyset_url.to_owned(), problem }
}

/// The current time of a clock that was `then` at `since`.
fn later(then: Timestamp, since: Instant) -> Timestamp {
    then.checked_add(since.elapsed()).unwrap_or(then)
}
