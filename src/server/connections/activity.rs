//! What a connection is doing: whether its client or the server has to act.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::book::{Admission, Book, Id};

/// The open connections of one listener, each with the means to close it.
#[derive(Debug)]
pub(super) struct Registry {
    book: Mutex<(Book, HashMap<Id, AbortHandle>)>,
    /// Notified whenever a connection has been closed.
    closed: Notify,
}

/// The place of one connection in the registry, until it is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    registry: Arc<Registry>,
    id: Id,
}

impl Registry {
    pub(super) fn new(capacity: usize, per_address: usize) -> Self {
        Self {
            book: Mutex::new((Book::new(capacity, per_address), HashMap::new())),
            closed: Notify::new(),
        }
    }

    fn book(&self) -> MutexGuard<'_, (Book, HashMap<Id, AbortHandle>)> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds room for a connection, closing the one that has been waiting for its client longest if
    /// there is none. Says whether it closed one. There is no slot if all the others are busy.
    pub(super) async fn admit(self: &Arc<Self>, address: Option<IpAddr>) -> (Option<Slot>, bool) {
        let mut closed_one = false;
        loop {
            let victim = {
                let (book, handles) = &mut *self.book();
                match book.admit(address, Instant::now()) {
                    Admission::Admitted(id) => {
                        return (Some(Slot { registry: Arc::clone(self), id }), closed_one);
                    }
                    Admission::After(victim) => handles.get(&victim).cloned(),
                    Admission::Full => None,
                }
            };
            let Some(victim) = victim else { return (None, closed_one) };
            victim.abort();
            closed_one = true;
            self.closed.notified().await;
        }
    }

    /// Closes the connection that has been waiting for its client longest.
    pub(super) fn close_one(&self) {
        let (book, handles) = &mut *self.book();
        if let Some(handle) = book.longest_waiting().and_then(|id| handles.get(&id)) {
            handle.abort();
        }
    }

    /// How the connection can be closed, unless it is closed already.
    pub(super) fn closes_by(&self, id: Id, handle: AbortHandle) {
        let (book, handles) = &mut *self.book();
        if book.is_open(id) {
            handles.insert(id, handle);
        }
    }

    /// How many connections are open.
    pub(super) fn len(&self) -> usize {
        self.book().0.len()
    }
}

impl Slot {
    /// The name of the connection.
    pub(super) fn id(&self) -> Id {
        self.id
    }

    /// What the connection does; the reports of its parts come together there.
    pub(super) fn activity(&self) -> Arc<Activity> {
        let state = State {
            requests: 0,
            is_serving: false,
            lacks_body: false,
            is_not_read: false,
            since: Instant::now(),
            is_waiting: true,
        };
        Arc::new(Activity {
            registry: Arc::clone(&self.registry),
            id: self.id,
            state: Mutex::new(state),
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let (book, handles) = &mut *self.registry.book();
        book.remove(self.id);
        handles.remove(&self.id);
        self.registry.closed.notify_one();
    }
}

/// What one connection is doing.
#[derive(Debug)]
pub(super) struct Activity {
    registry: Arc<Registry>,
    id: Id,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// How many requests have come.
    requests: u64,
    /// A request has come, and its response is not yet handed over whole.
    is_serving: bool,
    /// The rest of the request's body has not come.
    lacks_body: bool,
    /// The client does not read.
    is_not_read: bool,
    /// When the request came.
    since: Instant,
    /// What the registry was told last.
    is_waiting: bool,
}

impl Activity {
    fn change(&self, change: impl FnOnce(&mut State), since: impl FnOnce(&State) -> Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        let waits = !state.is_serving || state.lacks_body || state.is_not_read;
        if waits != state.is_waiting {
            state.is_waiting = waits;
            self.registry.book().0.set_waiting(self.id, waits.then(|| since(&state)));
        }
    }

    /// The header of a request has come.
    pub(super) fn begin(&self) {
        let start = |state: &mut State| {
            state.requests += 1;
            state.is_serving = true;
            state.since = Instant::now();
        };
        self.change(start, |state| state.since);
    }

    /// The request's body is still to come, or has come. A byte now and then makes no difference.
    pub(super) fn lacks_body(&self, lacks: bool) {
        self.change(|state| state.lacks_body = lacks, |state| state.since);
    }

    /// The client does not take what is sent, or does again.
    pub(super) fn is_not_read(&self, is_not: bool) {
        self.change(|state| state.is_not_read = is_not, |_| Instant::now());
    }

    /// The response has been handed over.
    pub(super) fn end(&self) {
        self.change(|state| state.is_serving = false, |_| Instant::now());
    }

    /// How many requests have come, and whether one is being served.
    pub(super) fn requests(&self) -> (u64, bool) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.requests, state.is_serving)
    }
}
