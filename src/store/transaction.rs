//! Transactions. Their own statements are prepared once for each connection, like all others.

use std::ops::Deref;

use rusqlite::Connection;

use super::Error;
use super::query::{Queries as _, bind};

/// A transaction that is rolled back when it is dropped.
#[must_use]
pub(super) struct Transaction<'c>(&'c Connection);

impl<'c> Transaction<'c> {
    /// Begins a transaction in which all queries read the same state of the database.
    pub(super) fn snapshot(connection: &'c Connection) -> Result<Self, Error> {
        connection.change("BEGIN", bind! {}).map(|_| Self(connection))
    }

    /// Begins a transaction that writes: no other can until it has ended.
    pub(super) fn immediate(connection: &'c Connection) -> Result<Self, Error> {
        connection.change("BEGIN IMMEDIATE", bind! {}).map(|_| Self(connection))
    }

    /// Writes the changes to the disk.
    pub(super) fn commit(self) -> Result<(), Error> {
        self.0.change("COMMIT", bind! {}).map(drop)
    }

    /// Undoes the changes.
    pub(super) fn roll_back(self) -> Result<(), Error> {
        self.0.change("ROLLBACK", bind! {}).map(drop)
    }

    /// Ends a transaction that has only read, unless an error of SQLite has ended it.
    pub(super) fn end(self) -> Result<(), Error> {
        if self.0.is_autocommit() { Ok(()) } else { self.commit() }
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
        if !self.0.is_autocommit() {
            let _ = self.0.change("ROLLBACK", bind! {});
        }
    }
}
