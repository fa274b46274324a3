//! SQLite: the only module that uses its library.

pub(in crate::store) mod copy;
mod failure;
pub(in crate::store) mod files;
pub(in crate::store) mod fill;
pub(in crate::store) mod functions;
mod open;
pub(in crate::store) mod open_files;
mod pragma;
pub(in crate::store) mod schema;
mod search;
pub(in crate::store) mod steps;

use std::ops::ControlFlow;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::hooks::Action;
use rusqlite::types::{ToSql, ToSqlOutput};

use super::super::error::Error;
use super::change::RowChange;
use super::value::{Parameters, Value, ValueError, ValueRef};
use super::{Failure, LeftByTriggers};

pub(in crate::store) use self::schema::{APPLICATION_ID, SCHEMA_VERSION};

/// How long one attempt waits for another process's write to end.
pub(in crate::store) const BUSY_TIMEOUT: Duration =
    Duration::from_millis(if cfg!(test) { 100 } else { 5_000 });

/// How often a server's writer tries to begin while another process writes. SQLite itself waits up
/// to a tenth of a second between two attempts, and launches with it.
const RETRY_INTERVAL: Duration = Duration::from_millis(2);

/// A connection to a file.
pub(in crate::store) struct Connection(rusqlite::Connection);

/// What tests of SQLite itself use.
#[cfg(test)]
pub(in crate::store) type Raw = rusqlite::Connection;

/// A row of a result.
pub(in crate::store) struct Row<'r>(&'r rusqlite::Row<'r>);

impl Row<'_> {
    /// The place of a column.
    pub(in crate::store) fn index_of(&self, column: &str) -> Result<usize, ValueError> {
        self.0.as_ref().column_index(column).map_err(ValueError::new)
    }

    /// The name of the column at a place.
    pub(in crate::store) fn name_of(&self, index: usize) -> Option<&str> {
        self.0.as_ref().column_name(index).ok()
    }

    /// The value in the column at a place.
    pub(in crate::store) fn value(&self, index: usize) -> Result<ValueRef<'_>, ValueError> {
        self.0.get_ref(index).map(ValueRef::from).map_err(ValueError::new)
    }
}

impl<'r> From<rusqlite::types::ValueRef<'r>> for ValueRef<'r> {
    fn from(value: rusqlite::types::ValueRef<'r>) -> Self {
        match value {
            rusqlite::types::ValueRef::Null => Self::Null,
            rusqlite::types::ValueRef::Integer(number) => Self::Integer(number),
            rusqlite::types::ValueRef::Real(number) => Self::Real(number),
            rusqlite::types::ValueRef::Text(text) => Self::Text(text),
            rusqlite::types::ValueRef::Blob(bytes) => Self::Blob(bytes),
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => rusqlite::types::ValueRef::Null,
            Self::Integer(number) => rusqlite::types::ValueRef::Integer(*number),
            Self::Real(number) => rusqlite::types::ValueRef::Real(*number),
            Self::Text(text) => rusqlite::types::ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => rusqlite::types::ValueRef::Blob(bytes),
        }))
    }
}

/// Statements.
impl Connection {
    /// Runs what may fail in SQLite, and adds the file to its error.
    fn in_file<T>(&self, run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        run().map_err(|error| error.in_file(self.path()))
    }

    /// Reads the first row, if there is one.
    pub(in crate::store) fn first<T>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        read: impl FnOnce(Row<'_>) -> Result<T, ValueError>,
    ) -> Result<Option<T>, Error> {
        self.in_file(|| {
            let mut statement = self.0.prepare_cached(sql)?;
            let mut rows = statement.query(parameters)?;
            Ok(rows.next()?.map(|row| read(Row(row))).transpose()?)
        })
    }

    /// Calls `callback` for each row until it breaks.
    pub(in crate::store) fn rows<E: From<Error>>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        mut callback: impl FnMut(Row<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let failed = |error| Error::from(error).in_file(self.path());
        let mut statement = self.0.prepare_cached(sql).map_err(failed)?;
        let mut rows = statement.query(parameters).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            if callback(Row(row))?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Makes a change and returns how many rows it changed.
    pub(in crate::store) fn execute(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<usize, Error> {
        self.in_file(|| Ok(self.0.prepare_cached(sql)?.execute(parameters)?))
    }

    /// Runs a statement without parameters.
    pub(in crate::store) fn run(&self, sql: &str) -> Result<(), Error> {
        self.execute(sql, &[]).map(drop)
    }

    /// Makes a change with those of `fields` that the statement has parameters for; `parameters`
    /// take precedence.
    pub(in crate::store) fn execute_with<'f>(
        &self,
        sql: &str,
        fields: impl Iterator<Item = (&'f str, Value<'f>)>,
        parameters: Parameters<'_>,
    ) -> Result<usize, Error> {
        self.in_file(|| {
            let mut statement = self.0.prepare_cached(sql)?;
            bind(&mut statement, fields, parameters)?;
            Ok(statement.raw_execute()?)
        })
    }

    /// The same, for a statement that returns the key of the row that it inserts.
    pub(in crate::store) fn insert_returning<'f>(
        &self,
        sql: &str,
        fields: impl Iterator<Item = (&'f str, Value<'f>)>,
        parameters: Parameters<'_>,
    ) -> Result<i64, Error> {
        self.in_file(|| {
            let mut statement = self.0.prepare_cached(sql)?;
            bind(&mut statement, fields, parameters)?;
            let mut rows = statement.raw_query();
            let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            Ok(row.get("id")?)
        })
    }

    /// Makes a change with values for parameters without names.
    pub(in crate::store) fn execute_in_order(
        &self,
        sql: &str,
        values: &[Value<'_>],
    ) -> Result<usize, Error> {
        self.in_file(|| {
            let mut statement = self.0.prepare_cached(sql)?;
            for (place, value) in (1_usize..).zip(values) {
                statement.raw_bind_parameter(place, value)?;
            }
            Ok(statement.raw_execute()?)
        })
    }

    /// Runs several statements, each of them once.
    pub(in crate::store) fn execute_batch(&self, sql: &str) -> Result<(), Error> {
        Ok(self.0.execute_batch(sql)?)
    }

    /// Runs a statement whose result does not matter, such as a PRAGMA.
    pub(in crate::store) fn ask(&self, sql: &str) -> Result<(), Error> {
        Ok(self.0.query_row(sql, [], |_| Ok(()))?)
    }

    /// Whether a transaction has begun and not ended.
    pub(in crate::store) fn in_transaction(&self) -> bool {
        !self.0.is_autocommit()
    }
}

/// What SQLite does beside statements.
impl Connection {
    /// The path of the file.
    pub(in crate::store) fn path(&self) -> &Path {
        Path::new(self.0.path().unwrap_or_default())
    }

    /// Sets how long one attempt waits for other processes' writes to end.
    pub(in crate::store) fn set_patience(&self, patience: Duration) -> Result<(), Error> {
        Ok(self.0.busy_timeout(patience)?)
    }

    /// Waits for other processes as long, but tries more often.
    pub(in crate::store) fn wait_in_short_steps(&self) -> Result<(), Error> {
        Ok(self.0.busy_handler(Some(wait_briefly))?)
    }

    /// The version of the records that are kept in memory.
    pub(in crate::store) fn record_version(&self) -> Result<i64, Error> {
        let sql = "SELECT version FROM record_version";
        let version = self.first(sql, &[], |row| row.value(0)?.as_i64())?;
        version.ok_or_else(|| Error::Engine(Failure::no_row()))
    }

    /// What triggers have left to be done: they change the index of the search themselves.
    pub(in crate::store) fn left_by_triggers(&self) -> Result<LeftByTriggers, Error> {
        let sql = "SELECT EXISTS (SELECT 1 FROM temp.audit_staged) AS is_staged";
        let is_staged = self.first(sql, &[], |row| row.value(0)?.as_i64())?;
        Ok(LeftByTriggers { is_staged: is_staged == Some(1), is_unindexed: false })
    }

    /// Calls a function with each row that is changed on this connection, and its table, unless the
    /// table has no row IDs.
    pub(in crate::store) fn watch_changes(
        &self,
        mut changed: impl FnMut(RowChange, &str) + Send + 'static,
    ) -> Result<(), Error> {
        Ok(self.0.update_hook(Some(move |action: Action, _: &str, table: &str, _: i64| {
            let change = match action {
                Action::SQLITE_INSERT => RowChange::Inserted,
                Action::SQLITE_UPDATE => RowChange::Updated,
                _ => RowChange::Deleted,
            };
            changed(change, table);
        }))?)
    }

    /// Calls a function each time that SQLite has taken so many steps.
    pub(in crate::store) fn watch_steps(
        &self,
        steps: i32,
        mut taken: impl FnMut() + Send + 'static,
    ) -> Result<(), Error> {
        let handler = move || {
            taken();
            false
        };
        Ok(self.0.progress_handler(steps, Some(handler))?)
    }

    /// Ends this.
    pub(in crate::store) fn stop_watching_steps(&self) -> Result<(), Error> {
        Ok(self.0.progress_handler(0, None::<fn() -> bool>)?)
    }

    /// Copies what was committed from the write-ahead log into the file, as far as others allow it.
    pub(in crate::store) fn checkpoint(&self) -> Result<(), Error> {
        // Another process may be doing the same.
        self.in_file(|| self.ask("PRAGMA wal_checkpoint(PASSIVE)"))
    }

    /// Empties the write-ahead log, which still contains overwritten data, unless another process
    /// is reading it.
    pub(in crate::store) fn truncate_log(&self) {
        // A reader, such as a tool that replicates the file, only delays this: a later checkpoint
        // does the same.
        let _ = self.set_patience(Duration::from_millis(200));
        let _ = self.ask("PRAGMA wal_checkpoint(TRUNCATE)");
        let _ = self.set_patience(BUSY_TIMEOUT);
    }

    /// Leaves the write-ahead log alone when the connection is closed.
    pub(in crate::store) fn keep_log_when_closed(&self) -> Result<(), Error> {
        self.0.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        Ok(())
    }
}

/// Binds those of `fields` that a statement has parameters for, and `parameters`.
fn bind<'f>(
    statement: &mut rusqlite::Statement<'_>,
    fields: impl Iterator<Item = (&'f str, Value<'f>)>,
    parameters: Parameters<'_>,
) -> rusqlite::Result<()> {
    for (name, value) in fields {
        if let Some(index) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    for (name, value) in parameters {
        statement.raw_bind_parameter(*name, value)?;
    }
    Ok(())
}

/// Waits until the next attempt; `false` after [`BUSY_TIMEOUT`].
fn wait_briefly(attempts: i32) -> bool {
    let waited = RETRY_INTERVAL.saturating_mul(attempts.unsigned_abs());
    if waited < BUSY_TIMEOUT {
        thread::sleep(RETRY_INTERVAL);
    }
    waited < BUSY_TIMEOUT
}

#[cfg(test)]
impl Connection {
    /// The library's connection.
    pub(in crate::store) fn raw(&self) -> &Raw {
        &self.0
    }

    /// The same, to be changed.
    pub(in crate::store) fn raw_mut(&mut self) -> &mut Raw {
        &mut self.0
    }

    /// Lists the tables and columns that statements read, in the order in which they are prepared.
    pub(in crate::store) fn recording_statements<T>(
        &self,
        query: impl FnOnce() -> T,
    ) -> (T, Vec<String>) {
        use std::sync::{Arc, Mutex};

        use rusqlite::hooks::{AuthContext, Authorization};
        let read = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&read);
        let record = move |context: AuthContext<'_>| {
            list.lock().unwrap().push(format!("{:?}", context.action));
            Authorization::Allow
        };
        // Cached statements are not prepared again.
        self.0.flush_prepared_statement_cache();
        self.0.authorizer(Some(record)).unwrap();
        let result = query();
        self.0.authorizer(None::<fn(AuthContext<'_>) -> Authorization>).unwrap();
        let read = std::mem::take(&mut *read.lock().unwrap());
        (result, read)
    }
}
