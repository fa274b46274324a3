//! Questions about the database itself and about the launch log as a whole, as `doctor` asks them;
//! what it asks of one registration is in [`super::history`].

use jiff::Timestamp;

use rusqlite::{OptionalExtension, Row};

use super::{Error, Read, from_milliseconds, to_milliseconds};

/// How many rows there are of a kind that the server deletes when their time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassingRows {
    /// What they are.
    pub name: &'static str,
    /// All of them.
    pub all: u32,
    /// Those whose time is over.
    pub expired: u32,
}

impl Read<'_> {
    /// What SQLite's quick check finds wrong with the file; nothing in a sound one.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn integrity_problems(&self) -> Result<Vec<String>, Error> {
        let mut statement = self.connection.prepare("PRAGMA quick_check(5)")?;
        let lines: Vec<String> =
            statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }

    /// How many sessions, spent nonces and waiting launches there are, and how many of them ended
    /// before `moment`.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn passing_rows(&self, moment: Timestamp) -> Result<Vec<PassingRows>, Error> {
        let count = |(name, table): (&'static str, &str)| {
            let question =
                format!("SELECT count(*), count(*) FILTER (WHERE expires_at < ?1) FROM {table}");
            let counted =
                |row: &Row<'_>| Ok(PassingRows { name, all: row.get(0)?, expired: row.get(1)? });
            Ok(self.connection.query_row(&question, [to_milliseconds(moment)], counted)?)
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

    /// When the newest launch came in, whatever became of it.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn newest_launch_at(&self) -> Result<Option<Timestamp>, Error> {
        let newest: Option<i64> = self
            .connection
            .query_row("SELECT at FROM launch ORDER BY id DESC LIMIT 1", [], |row| row.get(0))
            .optional()?;
        Ok(newest.map(from_milliseconds))
    }
}
