//! The tool's database and the servers that use it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{short_time, with_zone};
use crate::domain::{RunningServer, Settings, json};
use crate::report::{Details, Style, Table, View};

/// The state of a server that reports itself.
const RUNNING: &str = "running";

/// The database and the servers that use it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StatusView {
    /// Path of the database's file, or its address on PostgreSQL.
    pub database: String,
    /// What stores it: `SQLite`, or `PostgreSQL` with its version.
    pub engine: String,
    /// Its schema version.
    pub schema_version: usize,
    /// The tool's name.
    pub name: String,
    /// The tool's public URL.
    pub url: String,
    /// The servers that use the database, by name.
    pub servers: Vec<ServerStatus>,
}

/// A server that uses the database.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ServerStatus {
    /// Its name.
    pub name: String,
    /// Whether it has reported in the last three minutes: `running` or `gone`.
    pub state: &'static str,
    /// The version of the program.
    pub version: String,
    /// The address and port on which it listens.
    pub address: String,
    /// When it was started.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub started_at: Timestamp,
    /// When it last reported.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub seen_at: Timestamp,
}

impl StatusView {
    /// The view of a database; `server` is the version of PostgreSQL, if that stores it.
    pub fn new(
        database: String,
        server: Option<&str>,
        schema_version: usize,
        settings: &Settings,
        servers: &[RunningServer],
        now: Timestamp,
    ) -> Self {
        let status = |server: &RunningServer| ServerStatus {
            name: server.name.to_string(),
            state: if server.is_gone(now) { "gone" } else { RUNNING },
            version: server.version.clone(),
            address: server.address.clone(),
            started_at: server.started_at,
            seen_at: server.seen_at,
        };
        Self {
            database,
            engine: server
                .map_or_else(|| "SQLite".to_owned(), |version| format!("PostgreSQL {version}")),
            schema_version,
            name: settings.name.to_string(),
            url: settings.url.to_string(),
            servers: servers.iter().map(status).collect(),
        }
    }
}

impl View for StatusView {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Database", &self.database);
        details.add("Stored by", &self.engine);
        details.add("Schema version", &self.schema_version.to_string());
        details.add("Tool", &format!("{} at {}", self.name, self.url));
        let (started, seen) = (with_zone("STARTED"), with_zone("SEEN"));
        let columns = ["SERVER", "STATE", "VERSION", "ADDRESS", &*started, &*seen];
        let mut table = Table::new(style, &columns);
        for server in &self.servers {
            let (started, seen) = (short_time(server.started_at), short_time(server.seen_at));
            let cells =
                [&*server.name, server.state, &server.version, &server.address, &started, &seen];
            table.row(&cells, None);
        }
        format!("{}\n\n{}", details.finish(), table.finish("No server is running"))
    }

    fn identifiers(&self) -> Vec<String> {
        let running = self.servers.iter().filter(|server| server.state == RUNNING);
        running.map(|server| server.name.clone()).collect()
    }
}
