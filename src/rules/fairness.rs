//! Fair shares of the server under load: no limit while it keeps up, and a fair share for each
//! party if requests queue.
//!
//! A request [enters](Fairness::enter) once its party is known, and leaves when its [`Admission`] is
//! dropped. All requests may enter until the capacity is reached. Then a party may have as many
//! inside as the capacity divided by the number of parties inside; its further requests are turned
//! away. So only a party that sends far more than the others is affected.
//!
//! Before a request uses the scarce resource, it waits for its [turn](Admission::turn). Waiting parties
//! take turns, regardless of the length of their queues: a request of a small party waits for at
//! most one request of each other party, not for the whole queue of a large one.
//!
//! This does not depend on time, only on the requests inside.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

/// When a request that was turned away may try again. A full queue takes about this long to drain.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Limits of a [`Fairness`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Maximum number of requests that have their turn at the same time; zero counts as one.
    pub at_once: usize,
    /// Number of requests inside, including those that have their turn, above which parties are
    /// limited to their shares.
    pub inside: usize,
}

/// Current numbers, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Requests inside.
    pub inside: usize,
    /// Requests inside that wait for their turn.
    pub waiting: usize,
    /// Requests that were turned away since the start.
    pub turned_away: u64,
}

/// Shares of parties, which are identified by keys. Clones share their state.
pub struct Fairness<K: Hash + Eq + Clone> {
    shared: Arc<Shared<K>>,
}

struct Shared<K: Hash + Eq + Clone> {
    capacity: Capacity,
    state: Mutex<State<K>>,
    turned_away: AtomicU64,
}

struct State<K: Hash + Eq + Clone> {
    /// Only the parties with requests inside, so memory depends on the requests, not on the number
    /// of parties ever seen.
    parties: HashMap<K, Party<K>>,
    inside: usize,
    /// Number of requests that have their turn.
    active: usize,
    /// Parties with requests that wait, in the order of their turns, each once.
    order: VecDeque<K>,
}

struct Party<K: Hash + Eq + Clone> {
    inside: usize,
    waiting: VecDeque<oneshot::Sender<Turn<K>>>,
}

/// A request that has entered, until it is dropped.
pub struct Admission<K: Hash + Eq + Clone> {
    shared: Arc<Shared<K>>,
    key: K,
}

/// A request whose turn it is, until it is dropped.
pub struct Turn<K: Hash + Eq + Clone> {
    /// `None` once the turn was passed on.
    shared: Option<Arc<Shared<K>>>,
}

impl<K: Hash + Eq + Clone> Clone for Fairness<K> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<K: Hash + Eq + Clone> Fairness<K> {
    /// An empty instance.
    pub fn new(capacity: Capacity) -> Self {
        let state = State { parties: HashMap::new(), inside: 0, active: 0, order: VecDeque::new() };
        Self {
            shared: Arc::new(Shared {
                capacity,
                state: Mutex::new(state),
                turned_away: AtomicU64::new(0),
            }),
        }
    }

    /// Admits a request of a party.
    ///
    /// # Errors
    ///
    /// How long to wait before another try, if the capacity is reached and the party has used its
    /// share.
    pub fn enter(&self, key: K) -> Result<Admission<K>, Duration> {
        let mut state = self.shared.state();
        let mine = state.parties.get(&key).map_or(0, |party| party.inside);
        if state.inside >= self.shared.capacity.inside {
            let parties = state.parties.len() + usize::from(mine == 0);
            if mine >= (self.shared.capacity.inside / parties).max(1) {
                self.shared.turned_away.fetch_add(1, Ordering::Relaxed);
                return Err(RETRY_AFTER);
            }
        }
        state.inside += 1;
        state
            .parties
            .entry(key.clone())
            .or_insert_with(|| Party { inside: 0, waiting: VecDeque::new() })
            .inside += 1;
        drop(state);
        Ok(Admission { shared: Arc::clone(&self.shared), key })
    }

    /// Current numbers.
    pub fn figures(&self) -> Figures {
        let state = self.shared.state();
        let waiting = state.parties.values().map(|party| party.waiting.len()).sum();
        Figures {
            inside: state.inside,
            waiting,
            turned_away: self.shared.turned_away.load(Ordering::Relaxed),
        }
    }
}

impl<K: Hash + Eq + Clone> Shared<K> {
    fn state(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next request that gets a turn; if there is none, the turn becomes free.
    fn next(&self) -> Option<oneshot::Sender<Turn<K>>> {
        let mut state = self.state();
        while let Some(key) = state.order.pop_front() {
            let Some(party) = state.parties.get_mut(&key) else { continue };
            let next = party.waiting.pop_front();
            if !party.waiting.is_empty() {
                state.order.push_back(key);
            }
            if next.is_some() {
                return next;
            }
        }
        state.active -= 1;
        None
    }
}

impl<K: Hash + Eq + Clone> Admission<K> {
    /// Waits for this request's turn.
    pub async fn turn(&self) -> Turn<K> {
        let given = {
            let mut state = self.shared.state();
            if state.active < self.shared.capacity.at_once.max(1) {
                state.active += 1;
                return Turn { shared: Some(Arc::clone(&self.shared)) };
            }
            let (give, given) = oneshot::channel();
            // The party exists as long as this place does.
            if let Some(party) = state.parties.get_mut(&self.key) {
                party.waiting.push_back(give);
                if party.waiting.len() == 1 {
                    state.order.push_back(self.key.clone());
                }
            }
            given
        };
        // Turns are never lost, so this cannot fail; if it did, the request would not be delayed.
        given.await.unwrap_or(Turn { shared: None })
    }
}

impl<K: Hash + Eq + Clone> Drop for Admission<K> {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.inside -= 1;
        if let Some(party) = state.parties.get_mut(&self.key) {
            party.inside -= 1;
            if party.inside == 0 {
                state.parties.remove(&self.key);
            }
        }
    }
}

impl<K: Hash + Eq + Clone> Drop for Turn<K> {
    fn drop(&mut self) {
        let Some(shared) = self.shared.take() else { return };
        while let Some(next) = shared.next() {
            // A request that was cancelled meanwhile returns its turn.
            match next.send(Turn { shared: Some(Arc::clone(&shared)) }) {
                Ok(()) => return,
                Err(mut given_back) => given_back.shared = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use super::*;

    fn fairness(at_once: usize, inside: usize) -> Fairness<&'static str> {
        Fairness::new(Capacity { at_once, inside })
    }

    #[test]
    fn single_party_is_not_limited_until_capacity_is_reached() {
        let fairness = fairness(2, 1000);
        let places: Vec<_> = (0..1000).map(|_| fairness.enter("big").ok().unwrap()).collect();
        assert_eq!(fairness.enter("big").err(), Some(RETRY_AFTER));
        drop(places);
        assert!(fairness.enter("big").is_ok());
        assert_eq!(fairness.figures(), Figures { inside: 0, waiting: 0, turned_away: 1 });
    }

    #[test]
    fn each_party_has_its_share_once_capacity_is_reached() {
        let fairness = fairness(2, 12);
        let flood: Vec<_> = std::iter::from_fn(|| fairness.enter("hostile").ok()).collect();
        assert_eq!(flood.len(), 12);
        let one: Vec<_> = std::iter::from_fn(|| fairness.enter("one").ok()).collect();
        assert_eq!(
            one.len(),
            6,
            "half of it for one of two parties, however many the other has inside"
        );
        let another: Vec<_> = std::iter::from_fn(|| fairness.enter("another").ok()).collect();
        assert_eq!(another.len(), 4);
        // A free place does not help a party that has more than its share.
        let flood: Vec<_> = flood.into_iter().skip(5).collect();
        assert!(fairness.enter("hostile").is_err());
        drop((flood, one));
        assert!(fairness.enter("hostile").is_ok(), "there is room again");
        assert_eq!(another.len(), 4);
    }

    #[tokio::test]
    async fn parties_take_turns_regardless_of_queue_length() {
        let fairness = fairness(1, 100);
        let order = Arc::new(Mutex::new(Vec::new()));
        let first = fairness.enter("hostile").ok().unwrap();
        let turn = first.turn().await;
        let mut tasks = Vec::new();
        for key in ["hostile", "hostile", "hostile", "hostile", "one", "one", "another"] {
            let (place, order) = (fairness.enter(key).ok().unwrap(), Arc::clone(&order));
            tasks.push(tokio::spawn(async move {
                let turn = place.turn().await;
                order.lock().unwrap().push(key);
                drop(turn);
            }));
            tokio::task::yield_now().await;
        }
        assert_eq!(fairness.figures(), Figures { inside: 8, waiting: 7, turned_away: 0 });
        drop(turn);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(
            *order.lock().unwrap(),
            ["hostile", "one", "another", "hostile", "one", "hostile", "hostile"]
        );
        drop(first);
        assert_eq!(fairness.figures(), Figures { inside: 0, waiting: 0, turned_away: 0 });
        assert!(fairness.shared.state().parties.is_empty() && fairness.shared.state().active == 0);
    }

    #[tokio::test]
    async fn cancelled_requests_return_their_turn() {
        let fairness = fairness(1, 100);
        let places: Vec<_> = (0..4).map(|_| fairness.enter("a").ok().unwrap()).collect();
        let turn = places[0].turn().await;
        let mut before = Box::pin(places[1].turn());
        let mut given = Box::pin(places[2].turn());
        let mut last = Box::pin(places[3].turn());
        for waiting in [&mut before, &mut given, &mut last] {
            assert!(
                std::future::poll_fn(|context| Poll::Ready(
                    waiting.as_mut().poll(context).is_pending()
                ))
                .await
            );
        }
        drop(before);
        drop(turn);
        // It got its turn and never took it.
        drop(given);
        drop(last.await);
        drop(places[0].turn().await);
        assert_eq!(fairness.shared.state().active, 0);
    }
}
