//! Queries of `doctor` about the database itself and the launch log as a whole; those about one
//! registration are in [`super::history`].

use std::time::Instant;

use jiff::Timestamp;
use rusqlite::Connection;

use super::query::{Queries as _, bind, path_of};
use super::{Error, Read, Write, begin, schema_version};

/// Number of rows of a kind that the server deletes when they expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiringRows {
    /// What the rows are.
    pub name: &'static str,
    /// All of them.
    pub all: u32,
    /// Those that have expired.
    pub expired: u32,
}

impl Read<'_> {
    /// The problems that SQLite's quick check finds in the file.
    pub fn integrity_problems(&self) -> Result<Vec<String>, Error> {
        let lines: Vec<String> =
            self.connection.all("PRAGMA quick_check(5)", bind! {}, |row| row.get("quick_check"))?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }

    /// How many sessions, spent nonces and waiting launches there are, and how many of them expired
    /// before `moment`.
    pub fn expiring_rows(&self, moment: Timestamp) -> Result<Vec<ExpiringRows>, Error> {
        let count = |(name, table): (&'static str, &str)| {
            self.connection.one(
                &format!(
                    "SELECT count(*) AS rows, count(*) FILTER (WHERE expires_at < :moment)
                         AS expired
                     FROM {table}"
                ),
                bind! { moment },
                |row| {
                    Ok(ExpiringRows { name, all: row.get("rows")?, expired: row.get("expired")? })
                },
            )
        };
        [
            ("sessions", "session"),
            ("spent nonces", "spent_nonce"),
            ("waiting launches", "pending_launch"),
        ]
        .into_iter()
        .map(count)
        .collect()
    }

    /// The time of the newest launch, accepted or refused.
    pub fn newest_launch_at(&self) -> Result<Option<Timestamp>, Error> {
        self.connection
            .find("SELECT at FROM launch ORDER BY id DESC LIMIT 1", bind! {}, |row| row.get("at"))
    }
}

impl Write<'_> {
    /// Writes to the file without changing anything.
    pub(super) fn touch(&self) -> Result<(), Error> {
        touch(self.connection)
    }
}

/// See [`super::Store::check_writable`].
pub(super) fn check_writable(connection: &Connection) -> Result<(), Error> {
    let path = path_of(connection).to_owned();
    touch_and_commit(connection).map_err(|error| error.in_file(&path))
}

fn touch_and_commit(connection: &Connection) -> Result<(), Error> {
    let transaction = begin(connection, Instant::now())?;
    touch(&transaction)?;
    transaction.commit()
}

fn touch(connection: &Connection) -> Result<(), Error> {
    // Writes the first page, even if the version is the same.
    let version = i64::try_from(schema_version(connection)?).unwrap_or(i64::MAX);
    Ok(connection.pragma_update(None, "user_version", version)?)
}
