//! The open connections, which of them wait for their client, and which one is closed if there is
//! no room for a new one.
//!
//! A connection waits for its client if it is idle, if a request is incomplete, or if a response is
//! not read. Clients that hoard connections keep them waiting, so the one that has waited longest
//! is closed; a request that is being handled never is.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::time::Instant;

/// The ID of a connection.
pub(super) type Id = u64;

/// All open connections of one listener.
#[derive(Debug)]
pub(super) struct ConnectionTable {
    /// Maximum number of connections.
    capacity: usize,
    /// Maximum number of connections of one address.
    per_address: usize,
    next: Id,
    open: HashMap<Id, Entry>,
    waiting: BTreeSet<(Instant, Id)>,
    addresses: HashMap<IpAddr, AddressEntry>,
}

#[derive(Debug)]
struct Entry {
    /// The address whose limit it counts against, if any.
    address: Option<IpAddr>,
    /// When it started to wait for its client, if it does.
    since: Option<Instant>,
    /// Whether it is being closed to make room.
    is_closing: bool,
}

#[derive(Debug, Default)]
struct AddressEntry {
    open: usize,
    waiting: BTreeSet<(Instant, Id)>,
}

/// Whether there is room for a new connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It is open under this ID.
    Admitted(Id),
    /// There is no room until this connection is closed.
    After(Id),
    /// There is no room, and all the others are being served or closed.
    Full,
}

impl ConnectionTable {
    pub(super) fn new(capacity: usize, per_address: usize) -> Self {
        Self {
            capacity,
            per_address,
            next: 0,
            open: HashMap::new(),
            waiting: BTreeSet::new(),
            addresses: HashMap::new(),
        }
    }

    /// Opens a connection, which waits for its client at first. If its address has reached its
    /// limit, one of its own connections is closed.
    pub(super) fn admit(&mut self, address: Option<IpAddr>, now: Instant) -> Admission {
        let own = address
            .and_then(|address| self.addresses.get(&address))
            .filter(|own| own.open >= self.per_address);
        let candidates = match own {
            Some(own) => &own.waiting,
            None if self.open.len() >= self.capacity => &self.waiting,
            None => return Admission::Admitted(self.add(address, now)),
        };
        match candidates.first().map(|(_, id)| *id) {
            Some(victim) => self.choose(victim),
            None => Admission::Full,
        }
    }

    /// The connection that has been waiting longest, to be closed if the process has no file
    /// descriptors left.
    pub(super) fn longest_waiting(&mut self) -> Option<Id> {
        let victim = self.waiting.first().map(|(_, id)| *id)?;
        self.choose(victim);
        Some(victim)
    }

    /// Sets since when the connection has been waiting for its client, if it is.
    pub(super) fn set_waiting(&mut self, id: Id, since: Option<Instant>) {
        let Some(entry) = self.open.get_mut(&id).filter(|entry| !entry.is_closing) else { return };
        let before = std::mem::replace(&mut entry.since, since);
        let address = entry.address;
        self.index(id, address, before, since);
    }

    /// The connection has been closed.
    pub(super) fn remove(&mut self, id: Id) {
        let Some(entry) = self.open.remove(&id) else { return };
        self.index(id, entry.address, entry.since, None);
        let Some(address) = entry.address else { return };
        if let Some(own) = self.addresses.get_mut(&address) {
            own.open -= 1;
            if own.open == 0 {
                self.addresses.remove(&address);
            }
        }
    }

    pub(super) fn is_open(&self, id: Id) -> bool {
        self.open.contains_key(&id)
    }

    /// Number of open connections.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    fn add(&mut self, address: Option<IpAddr>, now: Instant) -> Id {
        let id = self.next;
        self.next += 1;
        self.open.insert(id, Entry { address, since: Some(now), is_closing: false });
        if let Some(address) = address {
            self.addresses.entry(address).or_default().open += 1;
        }
        self.index(id, address, None, Some(now));
        id
    }

    fn choose(&mut self, victim: Id) -> Admission {
        self.set_waiting(victim, None);
        if let Some(entry) = self.open.get_mut(&victim) {
            entry.is_closing = true;
        }
        Admission::After(victim)
    }

    fn index(
        &mut self,
        id: Id,
        address: Option<IpAddr>,
        before: Option<Instant>,
        after: Option<Instant>,
    ) {
        let own = address.and_then(|address| self.addresses.get_mut(&address));
        for waiting in
            [Some(&mut self.waiting), own.map(|own| &mut own.waiting)].into_iter().flatten()
        {
            if let Some(before) = before {
                waiting.remove(&(before, id));
            }
            if let Some(after) = after {
                waiting.insert((after, id));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const A: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const B: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    /// Moments, one a second.
    fn moments() -> impl FnMut() -> Instant {
        let start = Instant::now();
        let mut seconds = 0;
        move || {
            seconds += 1;
            start + Duration::from_secs(seconds)
        }
    }

    #[test]
    fn longest_waiting_connection_is_closed() {
        let (mut table, mut now) = (ConnectionTable::new(3, 3), moments());
        for id in 0..3 {
            assert_eq!(table.admit(Some(A), now()), Admission::Admitted(id));
        }
        // The first one sends a request, which is being handled; then the second one does, and is
        // idle afterwards.
        table.set_waiting(0, None);
        table.set_waiting(1, None);
        table.set_waiting(1, Some(now()));
        assert_eq!(table.admit(Some(B), now()), Admission::After(2));
        assert_eq!(table.admit(Some(B), now()), Admission::After(1), "not the same one twice");
        assert_eq!(
            table.admit(Some(B), now()),
            Admission::Full,
            "a connection with a request in progress is not closed"
        );
        table.set_waiting(2, Some(now()));
        assert_eq!(
            table.admit(Some(B), now()),
            Admission::Full,
            "it is being closed regardless of what it does"
        );
        table.remove(2);
        assert_eq!(table.admit(Some(B), now()), Admission::Admitted(3));
        for id in 0..4 {
            table.remove(id);
        }
        assert_eq!(table.len(), 0);
        assert!(
            table.waiting.is_empty() && table.addresses.is_empty(),
            "nothing is left of closed connections: {table:?}"
        );
    }

    #[test]
    fn address_at_its_limit_loses_its_own_connection() {
        let (mut table, mut now) = (ConnectionTable::new(10, 2), moments());
        assert_eq!(table.admit(Some(B), now()), Admission::Admitted(0));
        assert_eq!(table.admit(Some(A), now()), Admission::Admitted(1));
        assert_eq!(table.admit(Some(A), now()), Admission::Admitted(2));
        assert_eq!(
            table.admit(Some(A), now()),
            Admission::After(1),
            "not the other address's, which has waited longer"
        );
        table.remove(1);
        assert_eq!(table.admit(Some(A), now()), Admission::Admitted(3));
        table.set_waiting(2, None);
        table.set_waiting(3, None);
        assert_eq!(table.admit(Some(A), now()), Admission::Full);
        for id in 4..8 {
            assert_eq!(
                table.admit(None, now()),
                Admission::Admitted(id),
                "a proxy has no limit of its own"
            );
        }
        assert_eq!(table.longest_waiting(), Some(0));
        assert_eq!(table.longest_waiting(), Some(4));
    }
}
