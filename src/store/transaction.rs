//! Transactions. Their own statements are prepared once for each connection, like all others.

use std::ops::Deref;

use super::Error;
use super::engine::Connection;

/// A transaction that is rolled back when it is dropped.
#[must_use]
pub(super) struct Transaction<'c>(&'c Connection);

impl<'c> Transaction<'c> {
    /// Begins a transaction in which all queries read the same state of the database.
    pub(super) fn snapshot(connection: &'c Connection) -> Result<Self, Error> {
        connection.begin_snapshot().map(|()| Self(connection))
    }

    /// Begins a transaction that writes: no other can until it has ended.
    pub(super) fn immediate(connection: &'c Connection) -> Result<Self, Error> {
        connection.begin_immediate().map(|()| Self(connection))
    }

    /// Writes the changes to the disk.
    pub(super) fn commit(self) -> Result<(), Error> {
        self.0.commit()
    }

    /// Undoes the changes.
    pub(super) fn roll_back(self) -> Result<(), Error> {
        self.0.roll_back()
    }

    /// Ends a transaction that has only read, unless an error has ended it.
    pub(super) fn end(self) -> Result<(), Error> {
        if self.0.in_transaction() { self.0.commit() } else { Ok(()) }
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.0.in_transaction() {
            let _ = self.0.roll_back();
        }
    }
}
