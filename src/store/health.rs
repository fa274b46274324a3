//! Questions about the database itself and about the launch log as a whole, as `doctor` asks them.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Error, Read, from_milliseconds, to_milliseconds};

/// The refusals of one reason since a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals {
    /// Stable reason code.
    pub reason: String,
    /// How many there were.
    pub count: u32,
    /// The newest one's identifier.
    pub newest: String,
    /// What the newest one says to do.
    pub fix: String,
}

impl Read<'_> {
    /// What SQLite's quick check finds wrong with the file; nothing in a sound one.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn integrity_problems(&self) -> Result<Vec<String>, Error> {
        let mut statement = self.connection.prepare("PRAGMA quick_check(5)")?;
        let lines: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }

    /// How many sessions, spent nonces and waiting launches ended before `moment` and are still there.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn expired_before(&self, moment: Timestamp) -> Result<u32, Error> {
        let moment = to_milliseconds(moment);
        let count = self.connection.query_row(
            "SELECT (SELECT count(*) FROM session WHERE expires_at < ?1) + (SELECT count(*) FROM spent_nonce WHERE expires_at < ?1)
                  + (SELECT count(*) FROM pending_launch WHERE expires_at < ?1)",
            [moment],
            |row| row.get(0),
        )?;
        Ok(count)
    }

    /// When the newest launch came in, whatever became of it.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn newest_launch_at(&self) -> Result<Option<Timestamp>, Error> {
        let newest: Option<i64> = self.connection.query_row("SELECT at FROM launch ORDER BY id DESC LIMIT 1", [], |row| row.get(0)).optional()?;
        Ok(newest.map(from_milliseconds))
    }

    /// The most frequent reason for refusals since `since`: of one registration, or with `None` of strangers.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn most_frequent_refusal(&self, registration: Option<&str>, since: Timestamp) -> Result<Option<Refusals>, Error> {
        // The columns beside max() come from the newest row (SQLite, SELECT, 2.5).
        let mut statement = self.connection.prepare_cached(
            "SELECT reason, count(*) AS frequency, max(id), fix FROM launch WHERE registration IS ?1 AND reason IS NOT NULL AND at >= ?2
             GROUP BY reason ORDER BY frequency DESC, reason LIMIT 1",
        )?;
        let refusals = statement.query_row(params![registration, to_milliseconds(since)], |row| {
            Ok(Refusals { reason: row.get(0)?, count: row.get(1)?, newest: row.get(2)?, fix: row.get::<_, Option<String>>(3)?.unwrap_or_default() })
        });
        Ok(refusals.optional()?)
    }
}
