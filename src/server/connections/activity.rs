//! What a connection is doing: whether its client or the server has to act.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::table::{Admission, ConnectionTable, Id};

/// The open connections of one listener, each with the means to close it.
#[derive(Debug)]
pub(super) struct Registry {
    table: Mutex<(ConnectionTable, HashMap<Id, AbortHandle>)>,
    /// Notified whenever a connection has been closed.
    closed: Notify,
}

/// A connection's entry in the registry, until it is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    registry: Arc<Registry>,
    id: Id,
}

impl Registry {
    pub(super) fn new(capacity: usize, per_address: usize) -> Self {
        Self {
            table: Mutex::new((ConnectionTable::new(capacity, per_address), HashMap::new())),
            closed: Notify::new(),
        }
    }

    fn table(&self) -> MutexGuard<'_, (ConnectionTable, HashMap<Id, AbortHandle>)> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Admits a connection; if there is no room, the one that has been waiting for its client
    /// longest is closed. Returns whether one was closed. There is no slot if all the others are
    /// busy.
    pub(super) async fn admit(self: &Arc<Self>, address: Option<IpAddr>) -> (Option<Slot>, bool) {
        let mut closed_one = false;
        loop {
            let victim = {
                let (table, handles) = &mut *self.table();
                match table.admit(address, Instant::now()) {
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
        let (table, handles) = &mut *self.table();
        if let Some(handle) = table.longest_waiting().and_then(|id| handles.get(&id)) {
            handle.abort();
        }
    }

    /// Sets how to close the connection, unless it is closed already.
    pub(super) fn set_abort_handle(&self, id: Id, handle: AbortHandle) {
        let (table, handles) = &mut *self.table();
        if table.is_open(id) {
            handles.insert(id, handle);
        }
    }

    /// Number of open connections.
    pub(super) fn len(&self) -> usize {
        self.table().0.len()
    }
}

impl Slot {
    /// The ID of the connection.
    pub(super) fn id(&self) -> Id {
        self.id
    }

    /// The activity of the connection, to which its parts report.
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
        let (table, handles) = &mut *self.registry.table();
        table.remove(self.id);
        handles.remove(&self.id);
        self.registry.closed.notify_one();
    }
}

/// The activity of one connection.
#[derive(Debug)]
pub(super) struct Activity {
    registry: Arc<Registry>,
    id: Id,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Number of requests received.
    requests: u64,
    /// A request was received, and its response has not been passed on completely.
    is_serving: bool,
    /// The rest of the request's body has not been received.
    lacks_body: bool,
    /// The client does not read the response.
    is_not_read: bool,
    /// When the request was received.
    since: Instant,
    /// The state that was last reported to the registry.
    is_waiting: bool,
}

impl Activity {
    fn change(&self, change: impl FnOnce(&mut State), since: impl FnOnce(&State) -> Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        let waits = !state.is_serving || state.lacks_body || state.is_not_read;
        if waits != state.is_waiting {
            state.is_waiting = waits;
            self.registry.table().0.set_waiting(self.id, waits.then(|| since(&state)));
        }
    }

    /// The header of a request was received.
    pub(super) fn begin(&self) {
        let start = |state: &mut State| {
            state.requests += 1;
            state.is_serving = true;
            state.since = Instant::now();
        };
        self.change(start, |state| state.since);
    }

    /// Sets whether part of the request's body is missing. Occasional bytes make no difference.
    pub(super) fn lacks_body(&self, lacks: bool) {
        self.change(|state| state.lacks_body = lacks, |state| state.since);
    }

    /// Sets whether the client does not read the response.
    pub(super) fn is_not_read(&self, is_not: bool) {
        self.change(|state| state.is_not_read = is_not, |_| Instant::now());
    }

    /// The response was passed on completely.
    pub(super) fn end(&self) {
        self.change(|state| state.is_serving = false, |_| Instant::now());
    }

    /// The number of requests received, and whether one is being served.
    pub(super) fn requests(&self) -> (u64, bool) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.requests, state.is_serving)
    }
}
