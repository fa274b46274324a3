//! Schemas for tests, in the database that `LTICTL_TEST_POSTGRES` names.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{Connection, ServerAddress, SignInFiles};

/// The variable with the URL of a database in which tests may create schemas.
const VARIABLE: &str = "LTICTL_TEST_POSTGRES";

/// A schema of its own, which is deleted at the end.
pub(in crate::store) struct TestSchema {
    /// The database, in which this schema is the current one.
    pub(in crate::store) address: ServerAddress,
    name: String,
    server: ServerAddress,
}

impl TestSchema {
    /// An empty schema; `None` if there is no server for tests.
    #[expect(clippy::disallowed_methods, reason = "the variable says which server tests may use")]
    pub(in crate::store) fn create() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let url = std::env::var(VARIABLE).ok()?;
        let server = ServerAddress::parse(&url, SignInFiles::default()).unwrap();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        let connection = Connection::open(&server, None).unwrap();
        connection.execute_batch(&format!("CREATE SCHEMA {name}")).unwrap();
        let separator = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{separator}options=-csearch_path%3D{name}");
        let address = ServerAddress::parse(&url, SignInFiles::default()).unwrap();
        Some(Self { address, name, server })
    }
}

impl Drop for TestSchema {
    fn drop(&mut self) {
        if let Ok(connection) = Connection::open(&self.server, None) {
            let _ = connection.execute_batch(&format!(
                "SET client_min_messages = warning; DROP SCHEMA {} CASCADE",
                self.name
            ));
        }
    }
}
