//! The platforms' public keys, kept in memory: a launch waits for the network only when the key is
//! not there yet or the keyset is old.
//!
//! What may be answered from memory, and when the platform is asked again, is decided in [`cache`],
//! which knows no network; this file asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;
use tracing::Instrument as _;

use self::cache::{Cache, Kept, Look, Place};
use super::{FetchError, PlatformClient, Reach};
use crate::domain::FetchedKeyset;
use crate::lti::Refusal;
use crate::lti::keyset::{Keyset, VerificationKey};

mod cache;
#[cfg(test)]
mod tests;

/// The most bytes of a keyset that are read.
const LARGEST_KEYSET: usize = 1_000_000;

/// The keysets of all platforms, by URL. Clones share them.
///
/// A keyset is held for as long as the platform says, at least 5 minutes and at most 24 hours, or
/// for an hour if it says nothing; when it cannot be refreshed, it serves for up to 24 hours more.
/// A key that is not in it leads to one refetch, at most once in 60 seconds. A platform that fails
/// is left alone for 10 seconds. Launches that need the same keyset wait for one request (Security
/// Framework 1.0, 6.3; RFC 7517).
#[derive(Clone)]
pub struct Keysets {
    shared: Arc<Shared>,
}

struct Shared {
    client: PlatformClient,
    cache: Mutex<Cache>,
    /// What was fetched and nobody has noted yet, by URL.
    fetched: Mutex<HashMap<String, FetchedKeyset>>,
    figures: Mutex<KeysetFigures>,
}

/// How often keysets were needed, and what that took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeysetFigures {
    /// Questions that were answered from memory.
    pub answered_from_memory: u64,
    /// Requests to platforms that brought a keyset.
    pub fetched: u64,
    /// Requests to platforms that brought none.
    pub failed: u64,
}

impl Keysets {
    /// An empty cache that asks through `client`.
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

    /// The key named `kid` in the keyset at `keyset_url`.
    ///
    /// Keysets that were fetched with another `reach` are not used, so that a registration gains
    /// nothing by what another one may ask.
    ///
    /// # Errors
    ///
    /// [`Refusal::KidNotFound`] when the platform has no such key, [`Refusal::JwksUnreachable`]
    /// when it cannot be asked, [`Refusal::JwksBad`] when what it sends is no keyset or the key is
    /// not fit for use.
    pub async fn key(
        &self,
        keyset_url: &str,
        kid: &str,
        reach: Reach,
        now: Timestamp,
    ) -> Result<VerificationKey, Refusal> {
        let place = Place { url: keyset_url.to_owned(), reach };
        let (gate, seen) = match self.shared.cache().look(&place, kid, now, None) {
            Look::Answer(answer) => {
                self.shared.figures().answered_from_memory += 1;
                return answer;
            }
            Look::Ask(gate, seen) => (gate, seen),
        };
        let since = Instant::now();
        let turn = gate.lock_owned().await;
        let now = later(now, since);
        if let Look::Answer(answer) = self.shared.cache().look(&place, kid, now, Some(seen)) {
            return answer;
        }
        // A task of its own: a browser that hangs up must not stop a request for which other
        // launches wait.
        let (shared, kid) = (Arc::clone(&self.shared), kid.to_owned());
        let asking = tokio::spawn(
            async move { shared.ask(&place, &kid, now, turn).await }.in_current_span(),
        );
        asking.await.unwrap_or_else(|_| {
            Err(unreachable(keyset_url, "the request was interrupted".to_owned()))
        })
    }

    /// Takes what was fetched since the last time, for anyone who writes it down; at most so many
    /// as keysets are kept.
    pub fn take_fetched(&self) -> Vec<FetchedKeyset> {
        std::mem::take(&mut *self.shared.fetched()).into_values().collect()
    }

    /// How often keysets were needed so far.
    pub fn figures(&self) -> KeysetFigures {
        *self.shared.figures()
    }

    /// Drops the keyset at `keyset_url`, so that the next launch fetches it.
    pub fn forget(&self, keyset_url: &str) {
        self.shared.cache().forget(keyset_url);
    }
}

impl Shared {
    /// The cache, for one short look; nothing awaits while it is held.
    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was fetched, for one short look.
    fn fetched(&self) -> MutexGuard<'_, HashMap<String, FetchedKeyset>> {
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what was found until somebody writes it down.
    fn remember(&self, place: &Place, keyset: &Keyset, fetched_at: Timestamp) {
        let mut fetched = self.fetched();
        if fetched.len() < cache::MOST_KEYSETS || fetched.contains_key(&place.url) {
            let found =
                FetchedKeyset { keyset_url: place.url.clone(), keys: keyset.digests(), fetched_at };
            fetched.insert(place.url.clone(), found);
        }
    }

    fn figures(&self) -> MutexGuard<'_, KeysetFigures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the platform, keeps what comes and answers from it. `_turn` lets the next one in when
    /// it is dropped.
    async fn ask(
        &self,
        place: &Place,
        kid: &str,
        now: Timestamp,
        _turn: OwnedMutexGuard<()>,
    ) -> Result<VerificationKey, Refusal> {
        let since = Instant::now();
        let outcome = self.fetch(place).await;
        match &outcome {
            Ok(_) => self.figures().fetched += 1,
            Err(_) => self.figures().failed += 1,
        }
        let now = later(now, since);
        let problem = outcome.as_ref().err().map(|(_, problem)| problem.clone());
        if let Ok(kept) = &outcome {
            self.remember(place, &kept.keyset, now);
        }
        let (has_fallback, look) = {
            let mut cache = self.cache();
            let has_fallback = cache.keep(place, outcome.map_err(|(refusal, _)| refusal), now);
            // This very request has just been counted.
            (has_fallback, cache.look(place, kid, now, Some(0)))
        };
        if let Some(problem) = problem {
            let keyset_url = place.url.as_str();
            if has_fallback {
                tracing::warn!(
                    keyset_url,
                    problem,
                    "a keyset cannot be refreshed; the one in hand still serves"
                );
            } else {
                tracing::warn!(keyset_url, problem, "a keyset cannot be fetched");
            }
        }
        match look {
            Look::Answer(answer) => answer,
            Look::Ask(..) => Err(unreachable(
                &place.url,
                "the keyset was dropped while it was fetched".to_owned(),
            )),
        }
    }

    /// A keyset from the network, or the refusal with its problem in words.
    async fn fetch(&self, place: &Place) -> Result<Kept, (Refusal, String)> {
        let bad = |problem: String| {
            (Refusal::JwksBad { keyset_url: place.url.clone(), problem: problem.clone() }, problem)
        };
        let fetched = self.client.get_json(&place.url, place.reach, LARGEST_KEYSET).await.map_err(
            |error| match error {
                FetchError::TooBig { .. } => bad(error.to_string()),
                _ => (unreachable(&place.url, error.to_string()), error.to_string()),
            },
        )?;
        let keyset = Keyset::parse(&fetched.body).map_err(bad)?;
        Ok(Kept { keyset, max_age: fetched.max_age })
    }
}

fn unreachable(keyset_url: &str, problem: String) -> Refusal {
    Refusal::JwksUnreachable { keyset_url: keyset_url.to_owned(), problem }
}

/// What the clock says by now if it said `then` at `since`.
fn later(then: Timestamp, since: Instant) -> Timestamp {
    then.checked_add(since.elapsed()).unwrap_or(then)
}
