//! Opening files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::OpenFlags;
use rusqlite::config::DbConfig;

use super::super::super::error::Error;
use super::files::{companions, sizes};
use super::{APPLICATION_ID, BUSY_TIMEOUT, Connection, SCHEMA_VERSION, functions};
use crate::store::mode_for_others;

impl Connection {
    /// Opens an existing file after checking who can read it, and configures the connection.
    pub(in crate::store) fn connect(path: &Path) -> Result<Self, Error> {
        check_file(path)?;
        Self::configured(path).map_err(|error| error.in_file(path))
    }

    /// Opens a file and configures the connection.
    fn configured(path: &Path) -> Result<Self, Error> {
        let connection = Self::open(path)?;
        connection.set_patience(BUSY_TIMEOUT)?;
        connection.0.set_prepared_statement_cache_capacity(128);
        // Otherwise, statements that compare a parameter with the condition of a partial index are
        // prepared again for every value.
        connection.0.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        let ours = match connection.application_id() {
            Ok(found) => found == APPLICATION_ID || (found == 0 && connection.is_empty()?),
            Err(error) if error.is_not_a_database() => false,
            Err(error) => return Err(error),
        };
        if !ours {
            return Err(Error::NotOurs { path: path.to_owned() });
        }
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA \
            foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA \
            secure_delete = ON; PRAGMA wal_autocheckpoint = 4000;",
        )?;
        functions::add_search_functions(&connection.0)?;
        Ok(connection)
    }

    /// Opens an initialised, up-to-date file for look-ups: read-only, without updating the schema,
    /// and without waiting for other processes.
    pub(in crate::store) fn peek(path: &Path) -> Result<Self, Error> {
        check_file(path)?;
        let connection = Self::open(path)?;
        connection.set_patience(Duration::from_millis(100))?;
        connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;")?;
        if connection.application_id()? != APPLICATION_ID
            || connection.schema_version()? != SCHEMA_VERSION
        {
            return Err(Error::NotOurs { path: path.to_owned() });
        }
        Ok(connection)
    }

    /// Opens a backup to read it; neither it nor a companion is written.
    pub(in crate::store) fn open_backup(path: &Path) -> Result<Self, Error> {
        let io = |source| not_found_or_io(path, source);
        let whole = path.canonicalize().map_err(io)?;
        if !std::fs::metadata(&whole).map_err(io)?.is_file() {
            return Err(Error::NotOurs { path: path.to_owned() });
        }
        // The database may have been copied together with its log; without one, the file is
        // complete.
        let has_log = sizes(&whole).1 > 0;
        let uri = url::Url::from_file_path(&whole)
            .map_err(|()| Error::NotOurs { path: path.to_owned() })?;
        let uri = format!("{uri}?mode=ro{}", if has_log { "" } else { "&immutable=1" });
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Self(rusqlite::Connection::open_with_flags(uri, flags)?);
        connection.set_patience(BUSY_TIMEOUT)?;
        match connection.application_id() {
            Ok(APPLICATION_ID) => {}
            Ok(_) => return Err(Error::NotOurs { path: path.to_owned() }),
            Err(error) if error.is_not_a_database() => {
                return Err(Error::NotOurs { path: path.to_owned() });
            }
            Err(error) => return Err(error),
        }
        connection.execute_batch("PRAGMA trusted_schema = OFF;")?;
        Ok(connection)
    }

    /// Opens an existing file as it is.
    pub(in crate::store) fn open(path: &Path) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(Self(rusqlite::Connection::open_with_flags(path, flags)?))
    }

    /// Opens an existing file as it is to read it.
    pub(in crate::store) fn open_read_only(path: &Path) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(Self(rusqlite::Connection::open_with_flags(path, flags)?))
    }

    fn application_id(&self) -> Result<i32, Error> {
        let sql = "PRAGMA application_id";
        self.in_file(|| Ok(self.0.query_row(sql, [], |row| row.get("application_id"))?))
    }

    fn is_empty(&self) -> Result<bool, Error> {
        let sql = "SELECT count(*) = 0 AS is_empty FROM sqlite_schema";
        self.in_file(|| Ok(self.0.query_row(sql, [], |row| row.get("is_empty"))?))
    }
}

#[cfg(unix)]
fn check_file(path: &Path) -> Result<(), Error> {
    let metadata = std::fs::metadata(path).map_err(|source| not_found_or_io(path, source))?;
    if !metadata.is_file() {
        return Err(Error::NotOurs { path: path.to_owned() });
    }
    if let Some(mode) = mode_for_others(&metadata) {
        return Err(Error::ReadableByOthers { path: path.to_owned(), mode });
    }
    // The latest changes, which may include keys, are in the companions. SQLite gives them the mode
    // of the database; a copy may have another.
    for companion in companions(path) {
        let mode = std::fs::metadata(&companion).ok().as_ref().and_then(mode_for_others);
        if let Some(mode) = mode {
            return Err(Error::ReadableByOthers { path: companion, mode });
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_file(path: &Path) -> Result<(), Error> {
    std::fs::metadata(path).map(drop).map_err(|source| not_found_or_io(path, source))
}

fn not_found_or_io(path: &Path, source: std::io::Error) -> Error {
    let path = PathBuf::from(path);
    if source.kind() == std::io::ErrorKind::NotFound {
        Error::Missing { path }
    } else {
        Error::Io { path, source }
    }
}
