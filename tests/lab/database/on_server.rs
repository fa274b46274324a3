//! A database on PostgreSQL, for tests that need one.

use ltictl::store;

use super::place::{Engine, Home};

/// A database of a test's own on the server for tests.
pub(crate) struct OwnDatabase {
    home: Home,
    pub(crate) database: store::Database,
}

impl OwnDatabase {
    /// `None` if there is no server for tests.
    pub(crate) fn create() -> Option<Self> {
        let home = (Engine::of_this_run() == Engine::Server).then(Home::new)?;
        let database = home.database().into();
        Some(Self { home, database })
    }

    /// Its URL.
    pub(crate) fn location(&self) -> String {
        self.home.database().text().to_owned()
    }
}
