//! Database errors.

use std::path::PathBuf;

use thiserror::Error as ThisError;

/// A database error, which callers turn into a failure with a hint.
#[derive(Debug, ThisError)]
pub enum Error {
    /// There is no such file.
    #[error("there is no database at {}", path.display())]
    Missing {
        /// Path of the missing file.
        path: PathBuf,
    },
    /// The file contains private keys, and users other than its owner can read or write it.
    #[error(
        "the database {} can be read or written by others (mode {mode:04o}), and it contains the \
        private signing keys", path.display()
    )]
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is not a database of this program.
    #[error("{} is not a database of ltictl", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer version of this program.
    #[error("the database {} has schema version {found}, but this ltictl supports versions up to \
        {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: usize,
        /// The newest supported version.
        known: usize,
    },
    /// The file exists, but `init` has not finished.
    #[error("the database has no settings yet")]
    NotInitialised,
    /// The schema could not be brought up to date.
    #[error("the database could not be brought up to date: {0}")]
    Migration(String),
    /// Another process kept the database locked for longer than
    /// `BUSY_TIMEOUT`.
    #[error("the database is locked by another process")]
    Busy,
    /// The file or its directory cannot be created or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// A row contains a value that this program never writes.
    #[error("the database contains an invalid {0}")]
    Corrupt(&'static str),
    /// The transaction could not be committed and was rolled back.
    #[error("the change could not be saved: {0}")]
    Commit(String),
    /// The writer thread is gone: the server is shutting down.
    #[error("the server is shutting down")]
    Closed,
    /// Anything else that SQLite reports.
    #[error("database: {0}")]
    Sqlite(rusqlite::Error),
}

impl Error {
    /// Whether SQLite reports that the file is not a database.
    pub(super) fn is_not_a_database(&self) -> bool {
        self.sqlite_code() == Some(rusqlite::ErrorCode::NotADatabase)
    }

    /// SQLite's code, for errors without a variant of their own.
    pub(super) fn sqlite_code(&self) -> Option<rusqlite::ErrorCode> {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code(),
            _ => None,
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                Self::Busy
            }
            _ => Self::Sqlite(error),
        }
    }
}
