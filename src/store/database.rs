//! Where a database is.

use std::fmt;
use std::path::{Path, PathBuf};

use super::ServerAddress;

/// Where a database is.
#[derive(Debug, Clone)]
pub enum Database {
    /// In a file.
    File(PathBuf),
    /// On a PostgreSQL server.
    Server(ServerAddress),
}

impl Database {
    /// The path, if it is a file.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Server(_) => None,
        }
    }

    /// As `--db` takes it: the path or the URL, which has no password.
    pub fn location(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Server(address) => address.url().to_owned(),
        }
    }
}

/// The path, or the address without a password.
impl fmt::Display for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(formatter),
            Self::Server(address) => address.fmt(formatter),
        }
    }
}

impl From<PathBuf> for Database {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<&PathBuf> for Database {
    fn from(path: &PathBuf) -> Self {
        Self::File(path.clone())
    }
}

impl From<&Path> for Database {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<ServerAddress> for Database {
    fn from(address: ServerAddress) -> Self {
        Self::Server(address)
    }
}

impl From<&ServerAddress> for Database {
    fn from(address: &ServerAddress) -> Self {
        Self::Server(address.clone())
    }
}

impl From<&Self> for Database {
    fn from(database: &Self) -> Self {
        database.clone()
    }
}
