//! Leases: who is working on what at this moment.

use jiff::Timestamp;
use rusqlite::params;

use super::{Error, Read, Write, to_milliseconds};

impl Read<'_> {
    /// The names of all leases that are held at this moment.
    pub fn held_leases(&self, now: Timestamp) -> Result<Vec<String>, Error> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT name FROM lease WHERE expires_at > ?1 ORDER BY name")?;
        Ok(statement
            .query_map([to_milliseconds(now)], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }
}

impl Write<'_> {
    /// Takes or renews a lease. Returns `false` while another holder has it.
    pub fn take_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Error> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO lease (name, holder, expires_at) VALUES (?1, ?2, ?4)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at WHERE holder = excluded.holder OR expires_at <= ?3",
        )?;
        Ok(statement.execute(params![
            name,
            holder,
            to_milliseconds(now),
            to_milliseconds(until)
        ])? == 1)
    }

    /// Returns a lease.
    pub fn release_lease(&self, name: &str, holder: &str) -> Result<(), Error> {
        self.connection
            .execute("DELETE FROM lease WHERE name = ?1 AND holder = ?2", params![name, holder])?;
        Ok(())
    }
}
