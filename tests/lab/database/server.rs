//! Databases on the server that `LTICTL_TEST_POSTGRES` names, and the tests' own connections to them.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use tokio::runtime::Runtime;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, NoTls};

use super::value::Value;

/// The variable with the URL of a database of a user who may create others.
const VARIABLE: &str = "LTICTL_TEST_POSTGRES";

/// What the names of tests' databases and of their connections begin with.
const PREFIX: &str = "ltictl_test_";

/// The URL of the server for tests, if there is one.
pub(super) fn url() -> Option<String> {
    std::env::var(VARIABLE).ok()
}

/// A database of a test's own, which is deleted with this value.
pub(super) struct ServerDatabase {
    pub(super) url: String,
    name: String,
}

impl ServerDatabase {
    /// An empty database, or a copy of another one.
    pub(super) fn create(original: Option<&Self>) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}_{number}", prefix_of_process());
        let template = original.map_or("template1", |original| &original.name);
        administrate(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        let mut url = url::Url::parse(&url().unwrap()).unwrap();
        url.set_path(&name);
        Self { url: url.into(), name }
    }
}

impl Drop for ServerDatabase {
    fn drop(&mut self) {
        administrate(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

fn prefix_of_process() -> String {
    format!("{PREFIX}{}", std::process::id())
}

/// Executes a statement on the connection of this process. A test may have restarted the server.
fn administrate(statement: &str) {
    static CONNECTION: OnceLock<Mutex<Connection>> = OnceLock::new();
    let connection = CONNECTION.get_or_init(|| {
        let connection = administrator();
        delete_left_databases(&connection);
        Mutex::new(connection)
    });
    let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
    if connection.try_all(statement).is_err() {
        *connection = administrator();
        connection.execute_all(statement);
    }
}

fn administrator() -> Connection {
    let connection = Connection::open(&url().unwrap());
    connection.execute_all(&format!("SET application_name = {}", prefix_of_process()));
    connection
}

/// Deletes the databases of processes that have ended: they keep those which they made copies of.
fn delete_left_databases(connection: &Connection) {
    let left = connection.rows(
        "SELECT datname FROM pg_database AS one WHERE starts_with(one.datname, $1) AND NOT EXISTS (
             SELECT 1 FROM pg_stat_activity AS process
             WHERE starts_with(one.datname, process.application_name || '_')
                 AND starts_with(process.application_name, $1))",
        &[PREFIX.into()],
    );
    for row in left.unwrap() {
        let [Value::Text(name)] = &row[..] else { panic!("a name is {row:?}") };
        // Another process may do the same.
        connection.execute_all(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    }
}

/// A connection that can also be used within the runtime of a test. Closing it ends its transaction.
pub(super) struct Connection {
    /// Always there, until the connection is dropped.
    runtime: Option<Runtime>,
    client: Client,
}

impl Connection {
    /// A connection of which the triggers of the audit log only count changes, which no one reads.
    pub(super) fn open_unaudited(url: &str) -> Self {
        let connection = Self::open(url);
        connection.execute_all(
            "CREATE TEMP TABLE audit_counted (source BIGINT, action TEXT, number BIGINT NOT NULL,
                 CONSTRAINT audit_counted_pkey PRIMARY KEY (source, action));
             CREATE TEMP TABLE audit_gone (source TEXT, id BIGINT, name TEXT);
             SET ltictl.counts = 'on'",
        );
        connection
    }

    pub(super) fn open(url: &str) -> Self {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        let client = wait(&runtime, async {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
            tokio::spawn(connection);
            client
        });
        Self { runtime: Some(runtime), client }
    }

    /// The rows that a query finds.
    pub(super) fn rows(&self, query: &str, values: &[Value]) -> Result<Vec<Vec<Value>>, Error> {
        let rows = self.wait(self.client.query(query, &parameters(values)))?;
        Ok(rows.iter().map(|row| (0..row.len()).map(|column| row.get(column)).collect()).collect())
    }

    /// Executes a statement, and returns how many rows it changed.
    pub(super) fn change(&self, statement: &str, values: &[Value]) -> Result<usize, Error> {
        let changed = self.wait(self.client.execute(statement, &parameters(values)))?;
        Ok(changed.try_into().unwrap())
    }

    /// Executes several statements without values.
    pub(super) fn execute_all(&self, statements: &str) {
        self.try_all(statements).unwrap_or_else(|error| panic!("{statements}: {error:?}"));
    }

    pub(super) fn try_all(&self, statements: &str) -> Result<(), Error> {
        self.wait(self.client.batch_execute(statements))
    }

    fn wait<T: Send>(&self, answer: impl Future<Output = T> + Send) -> T {
        wait(self.runtime.as_ref().unwrap(), answer)
    }
}

/// A runtime waits for its tasks when it is dropped, which is not allowed within another one.
impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Waits in another thread: the calling one may belong to another runtime.
fn wait<T: Send>(runtime: &Runtime, answer: impl Future<Output = T> + Send) -> T {
    thread::scope(|scope| scope.spawn(|| runtime.block_on(answer)).join().unwrap())
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}
