//! PostgreSQL: the only module that uses its library.

mod address;
mod connect;
mod failure;
pub(in crate::store) mod fill;
mod pipeline;
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

use std::borrow::Cow;
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

use self::pipeline::{Missing, Step, Unanswered};
use self::waiting::wait_for;
use super::super::error::Error;
use super::sqlite::{BUSY_TIMEOUT, SCHEMA_VERSION};
use super::value::{Parameters, Value, ValueError, ValueRef};
use super::{Failure, Purpose, SchemaVersion};
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

/// How many statements are sent together at most.
const MAX_STEPS: usize = 24;

/// What is read when a transaction begins.
const BEGINNING: &str = "SELECT version, usable_from,
         (SELECT version FROM record_version) AS record_version
     FROM schema_version";

/// How long the server may take for what needs no work.
const PROMPT: Duration = Duration::from_secs(2);

/// A connection to a server. Its methods wait for the answers, on a runtime of its own that runs only
/// meanwhile.
pub(in crate::store) struct Connection {
    /// Always there, until the connection is dropped.
    runtime: Option<Runtime>,
    client: Arc<Client>,
    /// What is sent together with the next statement that is waited for.
    steps: RefCell<Vec<Step>>,
    /// The answer to the statement that was sent last, if nothing has waited for it.
    unanswered: RefCell<Option<Unanswered>>,
    statements: RefCell<HashMap<Box<str>, Arc<Prepared>>>,
    in_transaction: Cell<bool>,
    /// Whether the transaction only reads.
    is_reading: Cell<bool>,
    /// Whether a statement has failed in the transaction, or in the part of it that has not been undone.
    has_failed: Cell<bool>,
    /// What was read when the transaction began.
    beginning: Cell<Option<Beginning>>,
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

/// What a transaction reads first.
#[derive(Debug, Clone, Copy)]
struct Beginning {
    schema: SchemaVersion,
    record_version: i64,
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
            client: Arc::new(client),
            steps: RefCell::default(),
            unanswered: RefCell::default(),
            statements: RefCell::default(),
            in_transaction: Cell::new(false),
            is_reading: Cell::new(false),
            has_failed: Cell::new(false),
            beginning: Cell::new(None),
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
        let runtime = self.runtime()?;
        let (client, unanswered) = (self.client.as_ref(), self.unanswered.take());
        let steps = self.steps.take();
        match wait_for(runtime, pipeline::run(client, unanswered, &steps, answer, limit)) {
            Ok(answer) => Ok(answer),
            Err(Missing::Error(error)) => Err(self.failed(error)),
            Err(Missing::Late(limit)) => {
                self.is_lost.set(true);
                let reason = format!("no answer within {limit:.0?}");
                Err(Error::server(&self.address, ServerProblem::Lost, reason))
            }
        }
    }

    fn runtime(&self) -> Result<&Runtime, Error> {
        if self.is_lost.get() {
            return Err(Error::server(&self.address, ServerProblem::Lost, ""));
        }
        self.runtime.as_ref().ok_or(Error::Closed)
    }

    /// Has a statement sent together with the next one that is waited for, whose error its own is then.
    fn later(&self, step: Step) -> Result<(), Error> {
        self.steps.borrow_mut().push(step);
        if self.steps.borrow().len() < MAX_STEPS { Ok(()) } else { self.wait(async { Ok(()) }) }
    }

    /// The error of a statement. After that of the server, the connection is not used again.
    fn failed(&self, error: tokio_postgres::Error) -> Error {
        self.has_failed.set(self.in_transaction());
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
        self.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", true)
    }

    /// Begins a transaction that writes, when no other is writing. Each of its statements reads what
    /// was committed before it.
    pub(in crate::store) fn begin_immediate(&self) -> Result<(), Error> {
        self.begin("BEGIN ISOLATION LEVEL READ COMMITTED", false)
    }

    fn begin(&self, sql: &'static str, is_reading: bool) -> Result<(), Error> {
        self.steps.borrow_mut().push(Step::Begin(sql));
        self.in_transaction.set(true);
        self.is_reading.set(is_reading);
        let begun = self.take_write_lock().and_then(|()| self.read_beginning());
        if begun.is_err() {
            let _ = self.end("ROLLBACK");
        }
        begun
    }

    /// Waits until no other transaction is writing, if this one will.
    fn take_write_lock(&self) -> Result<(), Error> {
        if self.is_reading.get() {
            return Ok(());
        }
        self.execute_later(TAKE_WRITE_LOCK, std::iter::empty(), &[(":lock", WRITE_LOCK.into())])
    }

    /// Reads what almost every transaction needs, together with its beginning. Without a schema, it only
    /// begins.
    fn read_beginning(&self) -> Result<(), Error> {
        if self.schema_version.get() == 0 {
            return self.wait(async { Ok(()) });
        }
        self.beginning.set(self.beginning()?);
        Ok(())
    }

    fn beginning(&self) -> Result<Option<Beginning>, Error> {
        self.first(BEGINNING, &[], |row| {
            let number = |name| row.value(row.index_of(name)?)?.as_i64();
            let schema = schema::version(number("version")?, number("usable_from")?);
            Ok(Beginning { schema, record_version: number("record_version")? })
        })
    }

    /// The version of the records that are kept in memory.
    pub(in crate::store) fn record_version(&self) -> Result<i64, Error> {
        // Others cannot change what a snapshot reads, and it does not change anything.
        let known = self.beginning.get().filter(|_| self.is_reading.get());
        let found = if known.is_some() { known } else { self.beginning()? };
        Ok(found.ok_or_else(|| Error::Engine(Failure::no_row()))?.record_version)
    }

    /// Ends a transaction and keeps its changes.
    pub(in crate::store) fn commit(&self) -> Result<(), Error> {
        if self.is_reading.get() && self.steps.borrow().is_empty() {
            return self.end_snapshot();
        }
        // If one of its statements has failed, COMMIT would discard the others and report no error. The
        // first statement does.
        let sql = if self.has_failed.get() { "SELECT 1; COMMIT" } else { "COMMIT" };
        self.forget_transaction();
        // A server that waits for a standby would stop waiting when the statement's time is over, and
        // answer as if the standby had everything. This gives up before that.
        let limit = self.limit.get() / 2;
        let committed = self.wait_within(limit, self.client.batch_execute(sql));
        if committed.is_err() {
            let _ = self.end("ROLLBACK");
        }
        committed
    }

    /// Ends a transaction that has only read, for which the answer does not matter: the next use of the
    /// connection notices if it has ended.
    fn end_snapshot(&self) -> Result<(), Error> {
        self.forget_transaction();
        let runtime = self.runtime()?;
        let sent = wait_for(runtime, pipeline::send(Arc::clone(&self.client), "COMMIT"));
        self.unanswered.replace(Some(sent));
        Ok(())
    }

    /// Ends a transaction with this statement, which undoes it.
    pub(in crate::store) fn end(&self, sql: &str) -> Result<(), Error> {
        self.forget_transaction();
        self.steps.borrow_mut().clear();
        self.execute_batch(sql)
    }

    fn forget_transaction(&self) {
        self.in_transaction.set(false);
        self.is_reading.set(false);
        self.has_failed.set(false);
        self.beginning.set(None);
    }

    /// Begins a part of a transaction that can be undone alone.
    pub(in crate::store) fn begin_part(&self) -> Result<(), Error> {
        self.later(Step::Text(Cow::Borrowed("SAVEPOINT job")))
    }

    /// Undoes the changes of the part; it has to be ended, too.
    pub(in crate::store) fn undo_part(&self) -> Result<(), Error> {
        // What has not been sent begins the part or belongs to it, and may fail like the rest of it.
        if !self.steps.borrow().is_empty() {
            match self.wait(async { Ok(()) }) {
                Err(error) if error.is_outage() => return Err(error),
                _ => {}
            }
        }
        self.execute_batch("ROLLBACK TO job")?;
        self.has_failed.set(false);
        Ok(())
    }

    /// Ends the part.
    pub(in crate::store) fn end_part(&self) -> Result<(), Error> {
        self.later(Step::Text(Cow::Borrowed("RELEASE job")))
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
        let values = as_sql(prepared.values([parameters])?);
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
        let declare = format!("DECLARE result_{number} NO SCROLL CURSOR FOR {sql}");
        self.execute_later(&declare, std::iter::empty(), parameters)?;
        self.open_results.set(number + 1);
        let fetched = self.fetch_parts(number, &mut callback);
        self.open_results.set(number);
        // A failed statement has ended the transaction, and with it the cursor.
        if !self.has_failed.get() {
            self.later(Step::Text(format!("CLOSE result_{number}").into()))?;
        }
        fetched
    }

    fn fetch_parts<E: From<Error>>(
        &self,
        number: usize,
        callback: &mut impl FnMut(Row<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let next = format!("FETCH {ROWS_AT_ONCE} FROM result_{number}");
        loop {
            // Prepared once for each result, this would take another journey.
            let rows = self.wait(self.client.query_typed(&next, &[]))?;
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
        let values = as_sql(prepared.values([parameters, &fields])?);
        self.change(&prepared, &values)
    }

    /// The same without the number of rows, and without waiting for the answer in a transaction: an
    /// error is that of the next statement.
    pub(in crate::store) fn execute_later<'f>(
        &self,
        sql: &str,
        fields: impl Iterator<Item = (&'f str, Value<'f>)>,
        parameters: Parameters<'_>,
    ) -> Result<(), Error> {
        if !self.in_transaction() {
            return self.execute_with(sql, fields, parameters).map(drop);
        }
        let prepared = self.prepared(sql)?;
        let fields: Vec<_> = fields.collect();
        let values = prepared.values([parameters, &fields])?;
        let values = values.into_iter().map(|value| value.clone().into_owned()).collect();
        self.later(Step::Prepared(prepared, values))
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
        let values = as_sql(prepared.values([parameters, &fields])?);
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
        self.change(&prepared, &as_sql(values))
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
    ) -> Result<Vec<&'v Value<'v>>, Error> {
        let value = |name: &String| {
            let mut all = lists.iter().copied().flatten();
            all.find(|(known, _)| known == name)
                .map(|(_, value)| value)
                .ok_or_else(|| ValueError::new(format_args!("{name} has no value")).into())
        };
        self.translated.names.iter().map(value).collect()
    }
}

/// Values as the library takes them.
fn as_sql<'v>(values: impl IntoIterator<Item = &'v Value<'v>>) -> Vec<&'v (dyn ToSql + Sync)> {
    values.into_iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}
