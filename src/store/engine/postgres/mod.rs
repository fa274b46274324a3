//! PostgreSQL: the only module that uses its library.

mod address;
mod connect;
mod failure;
pub(in crate::store) mod fill;
mod problem;
mod schema;
pub(in crate::store) mod search;
mod sign_in;
pub(in crate::store) mod state;
mod statement;
#[cfg(test)]
pub(in crate::store) mod testing;
mod tls;
mod value;
mod waiting;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use self::waiting::wait_for;
use super::super::error::Error;
use super::Purpose;
use super::sqlite::{BUSY_TIMEOUT, SCHEMA_VERSION};
use super::value::{Parameters, Value, ValueError, ValueRef};
use statement::{Translated, translated};

pub use self::address::ServerAddress;
pub use self::problem::ServerProblem;
pub use self::sign_in::{SignInError, SignInFiles};

/// How many rows of a result are fetched at a time.
const ROWS_AT_ONCE: usize = 500;

/// How many statements are kept prepared: more than there are in the source.
const MAX_STATEMENTS: usize = 1_000;

/// The advisory lock of transactions that write ("ltic" in ASCII): only one of them runs at a time in a
/// schema, as with SQLite.
const WRITE_LOCK: i64 = 0x6c74_6963;

/// Waits for it. The schema is its second part, so databases in others are not waited for.
const TAKE_WRITE_LOCK: &str =
    "SELECT pg_advisory_xact_lock(CAST(:lock AS INTEGER), hashtext(current_schema()))";

/// How long the server may take for what needs no work.
const PROMPT: Duration = Duration::from_secs(2);

/// A connection to a server. Its methods wait for the answers, on a runtime of its own that runs only
/// meanwhile.
pub(in crate::store) struct Connection {
    /// Always there, until the connection is dropped.
    runtime: Option<Runtime>,
    client: Client,
    statements: RefCell<HashMap<Box<str>, Arc<Prepared>>>,
    in_transaction: Cell<bool>,
    /// How many results are being fetched at the moment.
    open_results: Cell<usize>,
    /// The version of the schema for which statements were prepared; 0 if it is not known.
    schema_version: Cell<usize>,
    /// How long this waits for an answer: a little longer than the server works on it.
    limit: Cell<Duration>,
    /// Whether an answer was missing or the connection has ended. It is not used again then.
    is_lost: Cell<bool>,
    address: ServerAddress,
    /// The server and the database, for messages.
    name: PathBuf,
}

/// A runtime waits for its tasks when it is dropped, which is not allowed within another one.
impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A statement that the server knows.
struct Prepared {
    statement: tokio_postgres::Statement,
    translated: Translated,
}

/// A row of a result.
pub(in crate::store) struct Row<'r>(&'r tokio_postgres::Row);

impl Row<'_> {
    /// The place of a column.
    pub(in crate::store) fn index_of(&self, column: &str) -> Result<usize, ValueError> {
        let place = self.0.columns().iter().position(|one| one.name() == column);
        place.ok_or_else(|| ValueError::new(format_args!("there is no column {column}")))
    }

    /// The name of the column at a place.
    pub(in crate::store) fn name_of(&self, index: usize) -> Option<&str> {
        self.0.columns().get(index).map(|column| column.name())
    }

    /// The value in the column at a place.
    pub(in crate::store) fn value(&self, index: usize) -> Result<ValueRef<'_>, ValueError> {
        self.0.try_get(index).map_err(ValueError::new)
    }
}

/// Opening, waiting and ending.
impl Connection {
    /// Connects to a database, within `patience` or the time that the address allows for each
    /// server.
    pub(in crate::store) fn open(
        address: &ServerAddress,
        patience: Option<Duration>,
    ) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failure::of_runtime)?;
        let client = connect::connect(&runtime, address, patience)?;
        let connection = Self {
            runtime: Some(runtime),
            client,
            statements: RefCell::default(),
            in_transaction: Cell::new(false),
            open_results: Cell::new(0),
            schema_version: Cell::new(0),
            limit: Cell::new(PROMPT),
            is_lost: Cell::new(false),
            name: PathBuf::from(address.to_string()),
            address: address.clone(),
        };
        connection.set_purpose(Purpose::Command)?;
        Ok(connection)
    }

    /// Connects to an up-to-date database for quick look-ups.
    pub(in crate::store) fn peek(
        address: &ServerAddress,
        patience: Duration,
    ) -> Result<Self, Error> {
        let connection = Self::open(address, Some(patience))?;
        connection.set_purpose(Purpose::Reading)?;
        match connection.schema()?.version {
            0 => Err(Error::NotInitialised),
            found if found < SCHEMA_VERSION => {
                Err(Error::Older { address: address.clone(), found, needed: SCHEMA_VERSION })
            }
            _ => Ok(connection),
        }
    }

    /// Sets the server's time limits, and how long this waits for it in addition.
    pub(in crate::store) fn set_purpose(&self, purpose: Purpose) -> Result<(), Error> {
        let Limits { statement, idle, lock } = limits(purpose);
        self.execute_batch(&format!(
            "SET statement_timeout = {}; SET idle_in_transaction_session_timeout = {};
             SET lock_timeout = {}",
            statement.as_millis(),
            idle.as_millis(),
            lock.as_millis()
        ))?;
        self.limit.set(statement + PROMPT);
        Ok(())
    }

    /// Whether it can still be used.
    pub(in crate::store) fn is_usable(&self) -> bool {
        !self.is_lost.get() && !self.client.is_closed()
    }

    fn wait<T: Send>(
        &self,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>> + Send,
    ) -> Result<T, Error> {
        self.wait_within(self.limit.get(), answer)
    }

    fn wait_within<T: Send>(
        &self,
        limit: Duration,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>> + Send,
    ) -> Result<T, Error> {
        let runtime = self.runtime.as_ref().ok_or(Error::Closed)?;
        if self.is_lost.get() {
            return Err(Error::server(&self.address, ServerProblem::Lost, ""));
        }
        match wait_for(runtime, async { tokio::time::timeout(limit, answer).await }) {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.failed(error)),
            Err(_) => {
                self.is_lost.set(true);
                let reason = format!("no answer within {limit:.0?}");
                Err(Error::server(&self.address, ServerProblem::Lost, reason))
            }
        }
    }

    /// The error of a statement. After that of the server, the connection is not used again.
    fn failed(&self, error: tokio_postgres::Error) -> Error {
        match failure::problem_of(&error) {
            Some(problem) => {
                if problem.is_outage() {
                    self.is_lost.set(true);
                }
                Error::server(&self.address, problem, failure::described(&error))
            }
            None => error.into(),
        }
    }
}

/// How long what a server does may take.
struct Limits {
    /// A statement.
    statement: Duration,
    /// A pause within a transaction.
    idle: Duration,
    /// Waiting for the locks of others, in one attempt.
    lock: Duration,
}

/// A request of a browser is worth no more than half a minute, and a change that takes longer would
/// keep all servers from writing. A command may have to build an index or to copy everything; only
/// what never ends is to be stopped. A transaction that writes keeps all others from doing so, so
/// that of a server does not outlive the server for long; a command may compute in between, such as
/// the hashes of passwords.
fn limits(purpose: Purpose) -> Limits {
    const SERVING: Duration = Duration::from_secs(if cfg!(test) { 3 } else { 30 });
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    match purpose {
        Purpose::Command => Limits {
            statement: minutes(60),
            idle: minutes(10),
            // What begins a change of data sets its own.
            lock: Duration::from_secs(30),
        },
        Purpose::Reading => Limits { statement: SERVING, idle: minutes(1), lock: BUSY_TIMEOUT },
        Purpose::Writing => {
            Limits { statement: SERVING, idle: Duration::from_secs(10), lock: BUSY_TIMEOUT }
        }
    }
}

/// What PostgreSQL does beside statements.
impl Connection {
    /// The server and the database, for messages.
    pub(in crate::store) fn name(&self) -> &Path {
        &self.name
    }

    /// Where the database is, and how to sign in.
    pub(in crate::store) fn address(&self) -> &ServerAddress {
        &self.address
    }

    /// Sets how long a transaction waits for others that write.
    pub(in crate::store) fn set_patience(&self, patience: Duration) -> Result<(), Error> {
        // 0 would mean that it waits for ever.
        let milliseconds = patience.as_millis().max(1);
        self.execute_batch(&format!("SET lock_timeout = {milliseconds}"))
    }

    /// Writes without changing anything.
    pub(in crate::store) fn touch(&self) -> Result<(), Error> {
        self.execute_batch("UPDATE schema_version SET version = version")
    }
}

/// Transactions.
impl Connection {
    /// Whether a transaction has begun and not ended.
    pub(in crate::store) fn in_transaction(&self) -> bool {
        self.in_transaction.get()
    }

    /// Begins a transaction in which all queries read the same state of the database.
    pub(in crate::store) fn begin_snapshot(&self) -> Result<(), Error> {
        self.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    /// Begins a transaction that writes, when no other is writing. Each of its statements reads what
    /// was committed before it.
    pub(in crate::store) fn begin_immediate(&self) -> Result<(), Error> {
        self.begin("BEGIN ISOLATION LEVEL READ COMMITTED")?;
        let locked = self.execute(TAKE_WRITE_LOCK, &[(":lock", WRITE_LOCK.into())]);
        if locked.is_err() {
            let _ = self.end("ROLLBACK");
        }
        locked.map(drop)
    }

    /// A server that is there answers this at once.
    fn begin(&self, sql: &str) -> Result<(), Error> {
        self.wait_within(PROMPT, self.client.batch_execute(sql))?;
        self.in_transaction.set(true);
        Ok(())
    }

    /// Ends a transaction and keeps its changes. If one of its statements has failed, COMMIT would
    /// discard them and report no error, so another statement asks first.
    pub(in crate::store) fn commit(&self) -> Result<(), Error> {
        self.in_transaction.set(false);
        // A server that waits for a standby would stop waiting when the statement's time is over, and
        // answer as if the standby had everything. This gives up before that.
        let limit = self.limit.get() / 2;
        let committed = self.wait_within(limit, self.client.batch_execute("SELECT 1; COMMIT"));
        if committed.is_err() {
            let _ = self.end("ROLLBACK");
        }
        committed
    }

    /// Ends a transaction with this statement.
    pub(in crate::store) fn end(&self, sql: &str) -> Result<(), Error> {
        self.in_transaction.set(false);
        self.execute_batch(sql)
    }
}

/// Statements.
impl Connection {
    /// Prepares a statement, which shows whether the server accepts it.
    #[cfg(test)]
    pub(in crate::store) fn prepare(&self, sql: &str) -> Result<(), Error> {
        self.prepared(sql).map(drop)
    }

    fn prepared(&self, sql: &str) -> Result<Arc<Prepared>, Error> {
        if let Some(known) = self.statements.borrow().get(sql) {
            return Ok(Arc::clone(known));
        }
        let translated = translated(sql);
        let statement = self.wait(self.client.prepare(&translated.sql))?;
        let prepared = Arc::new(Prepared { statement, translated });
        let statements = &mut *self.statements.borrow_mut();
        if statements.len() >= MAX_STATEMENTS {
            statements.clear();
        }
        statements.insert(sql.into(), Arc::clone(&prepared));
        Ok(prepared)
    }

    fn forget_statements(&self) {
        self.statements.borrow_mut().clear();
    }

    /// All rows of a result.
    fn query(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<tokio_postgres::Row>, Error> {
        let prepared = self.prepared(sql)?;
        let values = prepared.values([parameters])?;
        self.wait(self.client.query(&prepared.statement, &values))
    }

    /// Makes a change with values in the order of the parameters.
    fn change(&self, prepared: &Prepared, values: &[&(dyn ToSql + Sync)]) -> Result<usize, Error> {
        let changed = self.wait(self.client.execute(&prepared.statement, values))?;
        Ok(changed.try_into().unwrap_or(usize::MAX))
    }

    /// Reads the first row, if there is one.
    pub(in crate::store) fn first<T>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        read: impl FnOnce(Row<'_>) -> Result<T, ValueError>,
    ) -> Result<Option<T>, Error> {
        let rows = self.query(sql, parameters)?;
        Ok(rows.first().map(|row| read(Row(row))).transpose()?)
    }

    /// Calls `callback` for each row of a result that is kept in memory.
    pub(in crate::store) fn all_rows(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        mut callback: impl FnMut(Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.query(sql, parameters)?.iter().try_for_each(|row| callback(Row(row)))
    }

    /// Calls `callback` for each row until it breaks. Rows are fetched in parts, between which the
    /// callback can use the connection.
    pub(in crate::store) fn rows<E: From<Error>>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        callback: impl FnMut(Row<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        if self.in_transaction() {
            return self.fetch(sql, parameters, callback);
        }
        self.begin_snapshot()?;
        let fetched = self.fetch(sql, parameters, callback);
        self.end("ROLLBACK")?;
        fetched
    }

    fn fetch<E: From<Error>>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        mut callback: impl FnMut(Row<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let number = self.open_results.get();
        self.execute(&format!("DECLARE result_{number} NO SCROLL CURSOR FOR {sql}"), parameters)?;
        self.open_results.set(number + 1);
        let fetched = self.fetch_parts(number, &mut callback);
        self.open_results.set(number);
        // A failed statement has ended the transaction, and with it the cursor.
        let closed = self.execute(&format!("CLOSE result_{number}"), &[]);
        fetched?;
        closed?;
        Ok(())
    }

    fn fetch_parts<E: From<Error>>(
        &self,
        number: usize,
        callback: &mut impl FnMut(Row<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let next = format!("FETCH {ROWS_AT_ONCE} FROM result_{number}");
        loop {
            let rows = self.wait(self.client.query(&next, &[]))?;
            for row in &rows {
                if callback(Row(row))?.is_break() {
                    return Ok(());
                }
            }
            if rows.len() < ROWS_AT_ONCE {
                return Ok(());
            }
        }
    }

    /// Makes a change and returns how many rows it changed.
    pub(in crate::store) fn execute(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<usize, Error> {
        self.execute_with(sql, std::iter::empty(), parameters)
    }

    /// Makes a change with those of `fields` that the statement has parameters for; `parameters`
    /// take precedence.
    pub(in crate::store) fn execute_with<'f>(
        &self,
        sql: &str,
        fields: impl Iterator<Item = (&'f str, Value<'f>)>,
        parameters: Parameters<'_>,
    ) -> Result<usize, Error> {
        let prepared = self.prepared(sql)?;
        let fields: Vec<_> = fields.collect();
        let values = prepared.values([parameters, &fields])?;
        self.change(&prepared, &values)
    }

    /// The same, for a statement that returns the key of the row that it inserts.
    pub(in crate::store) fn insert_returning<'f>(
        &self,
        sql: &str,
        fields: impl Iterator<Item = (&'f str, Value<'f>)>,
        parameters: Parameters<'_>,
    ) -> Result<i64, Error> {
        let prepared = self.prepared(sql)?;
        let fields: Vec<_> = fields.collect();
        let values = prepared.values([parameters, &fields])?;
        let row = self.wait(self.client.query_one(&prepared.statement, &values))?;
        Ok(row.try_get("id")?)
    }

    /// Makes a change with values for parameters without names.
    pub(in crate::store) fn execute_in_order(
        &self,
        sql: &str,
        values: &[Value<'_>],
    ) -> Result<usize, Error> {
        let prepared = self.prepared(sql)?;
        let values: Vec<&(dyn ToSql + Sync)> =
            values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        self.change(&prepared, &values)
    }

    /// Runs several statements that SQLite takes, too, each of them once.
    pub(in crate::store) fn execute_script(&self, sql: &str) -> Result<(), Error> {
        self.execute_batch(&translated(sql).sql)
    }

    /// Runs several statements of PostgreSQL, each of them once.
    pub(in crate::store) fn execute_batch(&self, sql: &str) -> Result<(), Error> {
        self.wait(self.client.batch_execute(sql))
    }
}

impl Prepared {
    /// The values of the parameters, each from the first list that has it.
    fn values<'v, const N: usize>(
        &self,
        lists: [Parameters<'v>; N],
    ) -> Result<Vec<&'v (dyn ToSql + Sync)>, Error> {
        let value = |name: &String| {
            let mut all = lists.iter().copied().flatten();
            all.find(|(known, _)| known == name)
                .map(|(_, value)| value as &(dyn ToSql + Sync))
                .ok_or_else(|| ValueError::new(format_args!("{name} has no value")).into())
        };
        self.translated.names.iter().map(value).collect()
    }
}
