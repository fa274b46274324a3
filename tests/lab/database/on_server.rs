//! Databases on the PostgreSQL server for tests.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use ltictl::store::{Database, ServerAddress, SignInFiles};

/// A database of the test's own on the server for tests.
pub(crate) struct OwnDatabase {
    server: String,
    name: String,
    pub(crate) database: Database,
}

impl OwnDatabase {
    /// `None` if there is no server for tests.
    pub(crate) fn create() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("LTICTL_TEST_POSTGRES").ok()?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("servers_{}_{number}", std::process::id());
        run_client("createdb", &server, &["--template=template0", &name]);
        let url = server.replacen(":///postgres", &format!(":///{name}"), 1);
        let address = ServerAddress::parse(&url, SignInFiles::default()).unwrap();
        Some(Self { server, name, database: address.into() })
    }

    /// Its URL.
    pub(crate) fn location(&self) -> String {
        self.database.location()
    }
}

impl Drop for OwnDatabase {
    fn drop(&mut self) {
        run_client("dropdb", &self.server, &["--force", &self.name]);
    }
}

/// Runs one of PostgreSQL's own commands.
fn run_client(command: &str, server: &str, arguments: &[&str]) {
    let maintenance = format!("--maintenance-db={server}");
    let done = Command::new(command).arg(maintenance).args(arguments).status().unwrap();
    assert!(done.success(), "{command} {arguments:?}");
}
