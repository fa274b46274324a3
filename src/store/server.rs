//! Inspects a database on a PostgreSQL server, of any schema version, without updating the schema.

use super::engine::Connection;
use super::engine::postgres::state;
use super::file::{self, TableSize};
use super::query::{Queries as _, bind};
use super::{Error, Read, ServerAddress, health};

/// What a server says about itself and the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerState {
    /// Its version, such as `15.10`.
    pub version: String,
    /// Whether it is a standby, which cannot be written.
    pub is_standby: bool,
    /// Whether this connection is encrypted.
    pub is_encrypted: bool,
    /// Whether it notices pages that its disk has damaged.
    pub has_checksums: bool,
    /// Those of its settings that may lose committed changes, such as `fsync = off`.
    pub unsafe_settings: Vec<String>,
    /// Indexes that are not used, because building them has failed, and constraints that were not
    /// checked for all rows.
    pub invalid: Vec<String>,
    /// The size of the database in bytes.
    pub bytes: u64,
}

/// An open database on a server.
pub struct ServerDatabase {
    connection: Connection,
}

impl ServerDatabase {
    /// Opens the database without updating its schema.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, refuses the user, or fails.
    pub fn open(address: &ServerAddress) -> Result<Self, Error> {
        Ok(Self { connection: Connection::open(address.clone())? })
    }

    /// The queries. They need the newest schema.
    pub fn read(&self) -> Read<'_> {
        Read::of(&self.connection)
    }

    /// The schema version; 0 if the database is not one of this program.
    pub fn schema_version(&self) -> Result<usize, Error> {
        self.connection.schema_version()
    }

    /// See [`Store::check_writable`](super::Store::check_writable).
    pub fn check_writable(&self) -> Result<(), Error> {
        health::check_writable(&self.connection)
    }

    /// What the server says about itself and the database.
    pub fn state(&self) -> Result<ServerState, Error> {
        state_of(&self.connection)
    }

    /// Every table with its size, by name.
    pub fn tables(&self) -> Result<Vec<TableSize>, Error> {
        let sizes: Vec<(String, u64)> = self
            .connection
            .all(state::TABLES, bind! {}, |row| Ok((row.get("name")?, row.get("bytes")?)))?;
        file::with_rows(&self.connection, sizes)
    }
}

impl Read<'_> {
    /// What the server says about itself and the database; `None` if the database is a file.
    pub fn server_state(&self) -> Result<Option<ServerState>, Error> {
        match self.connection {
            Connection::Sqlite(_) => Ok(None),
            Connection::Postgres(_) => state_of(self.connection).map(Some),
        }
    }
}

fn state_of(connection: &Connection) -> Result<ServerState, Error> {
    let lines = |sql| connection.all::<String>(sql, bind! {}, |row| row.get("line"));
    let (unsafe_settings, invalid) = (lines(state::UNSAFE_SETTINGS)?, lines(state::INVALID)?);
    connection.one(state::STATE, bind! {}, |row| {
        Ok(ServerState {
            version: row.get("version")?,
            is_standby: row.get("is_standby")?,
            is_encrypted: row.get("is_encrypted")?,
            has_checksums: row.get("has_checksums")?,
            bytes: row.get("bytes")?,
            unsafe_settings,
            invalid,
        })
    })
}
