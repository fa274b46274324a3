//! Whether an open database is still the one that others use.

use super::super::database::Database;
use super::super::error::Error;
use super::Connection;
use super::sqlite::open_files::OpenFiles;

/// Watches what can happen to a database behind the back of its connections.
pub(in crate::store) enum Guard {
    /// Its files can be deleted or replaced.
    Files(OpenFiles),
    /// A server looks after it.
    Server,
}

impl Guard {
    /// Watches the database of a connection, which was opened as `opened`: a path may be a symbolic
    /// link.
    pub(in crate::store) fn of(connection: &Connection, opened: Database) -> Result<Self, Error> {
        match (connection.sqlite(), opened) {
            (Some(file), Database::File(name)) => OpenFiles::of(file, name).map(Self::Files),
            _ => Ok(Self::Server),
        }
    }

    /// Fails if the database is no longer the one that others use.
    pub(in crate::store) fn check(&self) -> Result<(), Error> {
        match self {
            Self::Files(files) => files.check(),
            Self::Server => Ok(()),
        }
    }

    /// The result of all checks so far.
    pub(in crate::store) fn result(&self) -> Result<(), Error> {
        match self {
            Self::Files(files) => files.result(),
            Self::Server => Ok(()),
        }
    }

    /// After a failed check: saves what can be saved. Returns whether nothing is left to be saved.
    pub(in crate::store) fn abandon(&self, connection: &Connection) -> bool {
        match (self, connection.sqlite()) {
            (Self::Files(files), Some(file)) => files.abandon(file),
            _ => true,
        }
    }
}
