//! Leases: which process is working on what.

use jiff::Timestamp;

use super::query::{Queries as _, bind};
use super::{Error, Read, Write};

impl Read<'_> {
    /// The names of all leases that are held now.
    pub fn held_leases(&self, now: Timestamp) -> Result<Vec<String>, Error> {
        self.connection.all(
            "SELECT name FROM lease WHERE expires_at > :now ORDER BY name",
            bind! { now },
            |row| row.get("name"),
        )
    }
}

impl Write<'_> {
    /// Takes a lease. Returns `false` while another holder has it.
    pub fn take_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Error> {
        let taken = self.connection.change(
            "INSERT INTO lease (name, holder, expires_at) VALUES (:name, :holder, :until)
             ON CONFLICT (name) DO UPDATE
                 SET holder = excluded.holder, expires_at = excluded.expires_at
                 WHERE lease.expires_at <= :now",
            bind! { name, holder, now, until },
        )?;
        Ok(taken == 1)
    }

    /// Renews a lease. Returns `false` if another holder has taken it over, even if that one has
    /// released it: what it was for may be done.
    pub fn renew_lease(&self, name: &str, holder: &str, until: Timestamp) -> Result<bool, Error> {
        let renewed = self.connection.change(
            "UPDATE lease SET expires_at = :until WHERE name = :name AND holder = :holder",
            bind! { name, holder, until },
        )?;
        Ok(renewed == 1)
    }

    /// Releases a lease.
    pub fn release_lease(&self, name: &str, holder: &str) -> Result<(), Error> {
        self.connection.change(
            "DELETE FROM lease WHERE name = :name AND holder = :holder",
            bind! { name, holder },
        )?;
        Ok(())
    }
}
