//! The servers that use the database, as they report themselves.

use jiff::Timestamp;

use super::engine::ValueError;
use super::query::{Queries as _, Row, bind};
use super::{Error, Read, Write};
use crate::domain::RunningServer;

fn running_server(row: &Row<'_>) -> Result<RunningServer, ValueError> {
    Ok(RunningServer {
        name: row.get("name")?,
        version: row.get("version")?,
        address: row.get("address")?,
        started_at: row.get("started_at")?,
        seen_at: row.get("seen_at")?,
    })
}

impl Read<'_> {
    /// All servers that have reported themselves and have not ended, by name. Some may be gone.
    pub fn running_servers(&self) -> Result<Vec<RunningServer>, Error> {
        self.connection.all("SELECT * FROM running_server ORDER BY name", bind! {}, running_server)
    }
}

impl Write<'_> {
    /// Stores what a server reports. Returns what was known under its name before.
    pub fn report_server(&self, server: &RunningServer) -> Result<Option<RunningServer>, Error> {
        let RunningServer { name, version, address, started_at, seen_at } = server;
        let known = self.connection.find(
            "SELECT * FROM running_server WHERE name = :name",
            bind! { name },
            running_server,
        )?;
        self.connection.change(
            "INSERT INTO running_server (name, version, address, started_at, seen_at)
             VALUES (:name, :version, :address, :started_at, :seen_at)
             ON CONFLICT (name) DO UPDATE SET version = excluded.version,
                 address = excluded.address, started_at = excluded.started_at,
                 seen_at = excluded.seen_at",
            bind! { name, version, address, started_at, seen_at },
        )?;
        Ok(known)
    }

    /// Deletes a server that ends.
    pub fn delete_server(&self, server: &RunningServer) -> Result<(), Error> {
        let RunningServer { name, started_at, .. } = server;
        self.connection.change(
            "DELETE FROM running_server WHERE name = :name AND started_at = :started_at",
            bind! { name, started_at },
        )?;
        Ok(())
    }

    /// Deletes the servers that have not reported since `moment`.
    pub fn delete_servers_before(&self, moment: Timestamp) -> Result<(), Error> {
        self.connection
            .change("DELETE FROM running_server WHERE seen_at < :moment", bind! { moment })?;
        Ok(())
    }
}
