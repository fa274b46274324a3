//! The servers that use the database, as they report themselves.

use jiff::Timestamp;

use super::query::{Queries as _, as_record, bind, once, select};
use super::record::{Record as _, record};
use super::{Error, Read, Write};
use crate::domain::RunningServer;

record! { RunningServer in "running_server" { name, version, address, started_at, seen_at } }

impl Read<'_> {
    /// All servers that have reported themselves and have not ended, by name. Some may be gone.
    pub fn running_servers(&self) -> Result<Vec<RunningServer>, Error> {
        self.connection.all(select!(RunningServer, "ORDER BY name"), bind! {}, as_record)
    }
}

impl Write<'_> {
    /// Stores what a server reports. Returns what was known under its name before.
    pub fn report_server(&self, server: &RunningServer) -> Result<Option<RunningServer>, Error> {
        let name = &server.name;
        let known = self.connection.find(
            select!(RunningServer, "WHERE name = :name"),
            bind! { name },
            as_record,
        )?;
        self.connection.change("DELETE FROM running_server WHERE name = :name", bind! { name })?;
        self.connection.change_with(once!(RunningServer::table().insert(&[])), server, bind! {})?;
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
