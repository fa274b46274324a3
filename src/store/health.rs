//! Queries of `doctor` about the database itself and the launch log as a whole; those about one
//! registration are in [`super::history`].

use jiff::Timestamp;

use super::query::{Queries as _, bind};
use super::{Error, Read};

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
