//! Database errors.

use std::path::PathBuf;

use thiserror::Error as ThisError;

use super::engine::{Failure, ServerAddress, ServerProblem, SignInError, ValueError};

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
    /// The database on a server has the schema of an older version of this program, which other
    /// servers may still use.
    #[error(
        "the database {address} has schema version {found}, but this ltictl needs version \
        {needed}"
    )]
    Older {
        /// The database.
        address: ServerAddress,
        /// Its schema version.
        found: usize,
        /// The version that this program needs.
        needed: usize,
    },
    /// The file exists, but `init` has not finished.
    #[error("the database has no settings yet")]
    NotInitialised,
    /// The schema could not be brought up to date.
    #[error("the database could not be brought up to date: {0}")]
    Migration(String),
    /// Other processes kept the database locked for too long.
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
    /// The file, its write-ahead log or the index of this was deleted or replaced while the server
    /// had it open.
    #[error("{} was deleted or replaced while the server had it open", path.display())]
    FileChanged {
        /// The missing or replaced file.
        path: PathBuf,
        /// The database.
        database: PathBuf,
    },
    /// The database is on a server, so nothing can be done with its file.
    #[error("{} is not a file", database.display())]
    NotAFile {
        /// The database.
        database: PathBuf,
    },
    /// It is not known where the database is on its server, or how to sign in there.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// The server with the database does not work for this program.
    #[error("{address}: {}{}{reason}", problem.sentence(), if reason.is_empty() { "" } else { ": " })]
    Server {
        /// The database.
        address: ServerAddress,
        /// What is wrong.
        problem: ServerProblem,
        /// What the server or the operating system says of it; may be empty.
        reason: String,
    },
    /// The content of the file contradicts itself.
    #[error("{}: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        problem: String,
    },
    /// SQLite could not work with the file for a reason that is not in its content.
    #[error("{}: {}", path.display(), problem.sentence())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The reason.
        problem: FileProblem,
    },
    /// The transaction could not be committed and was rolled back.
    #[error("the change could not be saved: {0}")]
    Commit(String),
    /// The writer thread is gone: the server is shutting down.
    #[error("the server is shutting down")]
    Closed,
    /// Anything else that the database reports, and values in it that cannot be read.
    #[error("database: {0}")]
    Engine(Failure),
}

/// Why a file whose content is sound cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileProblem {
    /// There is no space left on the file system, or the quota is used up.
    DiskFull,
    /// The file or the file system may not be written.
    ReadOnly,
    /// The file or one of its companions may not be opened.
    NotOpenable,
    /// The file system failed to read or write.
    Io,
}

impl FileProblem {
    /// The reason, in a sentence without the file's name.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::DiskFull => "the disk is full, or a quota is used up",
            Self::ReadOnly => "the file or its file system is read-only",
            Self::NotOpenable => {
                "this user may not open the file or create files in its directory, or too many files \
                 are open"
            }
            Self::Io => "the file system failed to read or write",
        }
    }
}

impl Error {
    /// A problem of a server.
    pub(super) fn server(
        address: &ServerAddress,
        problem: ServerProblem,
        reason: impl Into<String>,
    ) -> Self {
        Self::Server { address: address.clone(), problem, reason: reason.into() }
    }

    /// Whether the server with the database is not there at the moment.
    pub(super) fn is_outage(&self) -> bool {
        matches!(self, Self::Server { problem, .. } if problem.is_outage())
    }

    /// The same error for another one of the changes that fail together.
    pub fn shared(&self) -> Self {
        match self {
            Self::Busy => Self::Busy,
            Self::Closed => Self::Closed,
            Self::FileChanged { path, database } => {
                Self::FileChanged { path: path.clone(), database: database.clone() }
            }
            Self::Newer { path, found, known } => {
                Self::Newer { path: path.clone(), found: *found, known: *known }
            }
            Self::Older { address, found, needed } => {
                Self::Older { address: address.clone(), found: *found, needed: *needed }
            }
            Self::Server { address, problem, reason } => {
                Self::server(address, *problem, reason.clone())
            }
            Self::Damaged { path, problem } => {
                Self::Damaged { path: path.clone(), problem: problem.clone() }
            }
            Self::Unusable { path, problem } => {
                Self::Unusable { path: path.clone(), problem: *problem }
            }
            other => Self::Commit(other.to_string()),
        }
    }
}

impl From<ValueError> for Error {
    fn from(error: ValueError) -> Self {
        Self::Engine(error.into())
    }
}
