//! What stores the data: connections, rows and values of any engine. Only an engine's own module
//! knows its library.
//!
//! Each method has one arm for each engine, so whatever uses a [`Connection`] is written once. What
//! only one engine has is a method of its own connection ([`Connection::sqlite`]).

mod change;
mod failure;
mod guard;
pub(super) mod postgres;
mod search;
pub(super) mod sqlite;
mod value;

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use super::{Database, Error};

pub(super) use self::change::RowChange;
pub use self::failure::Failure;
pub(super) use self::guard::Guard;
pub use self::postgres::{ServerAddress, ServerProblem, SignInError, SignInFiles};
pub(super) use self::search::{IndexedWords, Wanted};
pub use self::sqlite::functions::add_search_functions;
pub(super) use self::value::{Parameters, Value, ValueError, ValueRef};

/// A name as SQL writes it.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What the triggers of a transaction have left to be done before it is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LeftByTriggers {
    /// Whether changes are to be added to the audit log.
    pub(super) is_staged: bool,
    /// Whether changes are to be added to the index of the search.
    pub(super) is_unindexed: bool,
}

/// A connection to the database. It prepares each statement only once.
pub(super) enum Connection {
    /// To a file.
    Sqlite(sqlite::Connection),
    /// To a server.
    Postgres(postgres::Connection),
}

/// How long a look-up while the user types waits for a server.
const PEEK_TIME: Duration = Duration::from_secs(1);

/// What a connection is for, which determines how long its statements may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// For a command, whose changes may be large.
    Command,
    /// For the server's reads, and look-ups while the user types.
    Reading,
    /// For the server's changes.
    Writing,
}

/// The version of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SchemaVersion {
    /// 0 if there is none yet.
    pub(super) version: usize,
    /// The oldest program that can use it, by the newest schema that it knows.
    pub(super) usable_from: usize,
}

/// A row of a result.
pub(super) enum Row<'r> {
    /// Of a file.
    Sqlite(sqlite::Row<'r>),
    /// Of a server.
    Postgres(postgres::Row<'r>),
}

impl Row<'_> {
    /// The place of a column.
    pub(super) fn index_of(&self, column: &str) -> Result<usize, ValueError> {
        match self {
            Self::Sqlite(row) => row.index_of(column),
            Self::Postgres(row) => row.index_of(column),
        }
    }

    /// The name of the column at a place.
    pub(super) fn name_of(&self, index: usize) -> Option<&str> {
        match self {
            Self::Sqlite(row) => row.name_of(index),
            Self::Postgres(row) => row.name_of(index),
        }
    }

    /// The value in the column at a place.
    pub(super) fn value(&self, index: usize) -> Result<ValueRef<'_>, ValueError> {
        match self {
            Self::Sqlite(row) => row.value(index),
            Self::Postgres(row) => row.value(index),
        }
    }
}

/// Opening and closing.
impl Connection {
    /// Opens an existing database for a command, and configures the connection. For a file this
    /// checks first who can read it.
    pub(super) fn open(database: impl Into<Database>) -> Result<Self, Error> {
        match database.into() {
            Database::File(path) => sqlite::Connection::connect(&path).map(Self::Sqlite),
            Database::Server(address) => {
                postgres::Connection::open(&address, None).map(Self::Postgres)
            }
        }
    }

    /// Opens another connection to a database for the server; to one on another machine, within
    /// `patience`.
    pub(super) fn open_for(
        database: &Database,
        purpose: Purpose,
        patience: Duration,
    ) -> Result<Self, Error> {
        match database {
            Database::File(path) => Self::open(path),
            Database::Server(address) => {
                let connection = postgres::Connection::open(address, Some(patience))?;
                connection.set_purpose(purpose)?;
                Ok(Self::Postgres(connection))
            }
        }
    }

    /// Opens an initialised, up-to-date database for quick look-ups that do not wait for others.
    pub(super) fn peek(database: &Database) -> Result<Self, Error> {
        match database {
            Database::File(path) => sqlite::Connection::peek(path).map(Self::Sqlite),
            Database::Server(address) => {
                postgres::Connection::peek(address, PEEK_TIME).map(Self::Postgres)
            }
        }
    }

    /// Where the database is.
    pub(super) fn database(&self) -> Database {
        match self {
            Self::Sqlite(connection) => Database::File(connection.path().to_owned()),
            Self::Postgres(connection) => Database::Server(connection.address().clone()),
        }
    }

    /// The connection if the database is a file.
    pub(super) fn sqlite(&self) -> Option<&sqlite::Connection> {
        match self {
            Self::Sqlite(connection) => Some(connection),
            Self::Postgres(_) => None,
        }
    }

    /// The same.
    ///
    /// # Errors
    ///
    /// [`Error::NotAFile`].
    pub(super) fn file(&self) -> Result<&sqlite::Connection, Error> {
        self.sqlite().ok_or_else(|| Error::NotAFile { database: self.path().to_owned() })
    }

    /// The path of the file, or the address of the database on its server.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Sqlite(connection) => connection.path(),
            Self::Postgres(connection) => connection.name(),
        }
    }

    /// Sets how long one attempt waits for others' writes to end.
    pub(super) fn set_patience(&self, patience: Duration) -> Result<(), Error> {
        match self {
            Self::Sqlite(connection) => connection.set_patience(patience),
            Self::Postgres(connection) => connection.set_patience(patience),
        }
    }

    /// Sets what the connection is for.
    pub(super) fn set_purpose(&self, purpose: Purpose) -> Result<(), Error> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(connection) => connection.set_purpose(purpose),
        }
    }

    /// Whether the connection has not ended, as one to a server can.
    pub(super) fn is_usable(&self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(connection) => connection.is_usable(),
        }
    }

    /// Notices soon that others' writes have ended, as the server's writer has to: launches wait
    /// for it.
    pub(super) fn wait_in_short_steps(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(connection) => connection.wait_in_short_steps(),
            // The server wakes up those that wait for it.
            Self::Postgres(_) => Ok(()),
        }
    }

    /// The version of the schema, and who can use it: of a file, only a program that knows this
    /// version.
    pub(super) fn schema(&self) -> Result<SchemaVersion, Error> {
        match self {
            Self::Sqlite(connection) => {
                let version = connection.schema_version()?;
                Ok(SchemaVersion { version, usable_from: version })
            }
            Self::Postgres(connection) => connection.schema(),
        }
    }

    /// The version of the schema.
    pub(super) fn schema_version(&self) -> Result<usize, Error> {
        self.schema().map(|schema| schema.version)
    }

    /// The version of the records that are kept in memory.
    pub(super) fn record_version(&self) -> Result<i64, Error> {
        match self {
            Self::Sqlite(connection) => connection.record_version(),
            Self::Postgres(connection) => connection.record_version(),
        }
    }

    /// Brings an older schema up to date. Returns `false` if another process has done so meanwhile.
    /// `triggers` are those of the audit log, for an engine whose schema contains them.
    pub(super) fn migrate(&mut self, triggers: impl FnOnce() -> String) -> Result<bool, Error> {
        match self {
            Self::Sqlite(connection) => connection.migrate(),
            Self::Postgres(connection) => connection.migrate(&triggers()),
        }
    }

    /// Writes to the database without changing anything.
    pub(super) fn touch(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(connection) => connection.touch(),
            Self::Postgres(connection) => connection.touch(),
        }
    }

    /// Whether triggers refuse to change and to delete rows of a table: `audit`.
    pub(super) fn is_append_only(&self, table: &str) -> Result<bool, Error> {
        match self {
            Self::Sqlite(connection) => connection.is_append_only(table),
            Self::Postgres(connection) => connection.is_append_only(table),
        }
    }

    /// What triggers have left to be done.
    pub(super) fn left_by_triggers(&self) -> Result<LeftByTriggers, Error> {
        match self {
            Self::Sqlite(connection) => connection.left_by_triggers(),
            Self::Postgres(connection) => connection.left_by_triggers(),
        }
    }

    /// Calls a function with each row that is changed on this connection, and its table.
    pub(super) fn watch_changes(
        &self,
        changed: impl FnMut(RowChange, &str) + Send + 'static,
    ) -> Result<(), Error> {
        match self {
            Self::Sqlite(connection) => connection.watch_changes(changed),
            // Its triggers count them.
            Self::Postgres(_) => Ok(()),
        }
    }
}

/// Transactions.
impl Connection {
    /// Whether a transaction has begun and not ended.
    pub(super) fn in_transaction(&self) -> bool {
        match self {
            Self::Sqlite(connection) => connection.in_transaction(),
            Self::Postgres(connection) => connection.in_transaction(),
        }
    }

    /// Begins a transaction in which all queries read the same state of the database.
    pub(super) fn begin_snapshot(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(connection) => connection.run("BEGIN"),
            Self::Postgres(connection) => connection.begin_snapshot(),
        }
    }

    /// Begins a transaction that writes.
    pub(super) fn begin_immediate(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(connection) => connection.run("BEGIN IMMEDIATE"),
            Self::Postgres(connection) => connection.begin_immediate(),
        }
    }

    /// Ends a transaction and keeps its changes.
    pub(super) fn commit(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(connection) => connection.run("COMMIT"),
            Self::Postgres(connection) => connection.commit(),
        }
    }

    /// Ends a transaction and undoes its changes.
    pub(super) fn roll_back(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(connection) => connection.run("ROLLBACK"),
            Self::Postgres(connection) => connection.end("ROLLBACK"),
        }
    }

    /// Begins a part of a transaction that can be undone alone.
    pub(super) fn begin_part(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(connection) => connection.run("SAVEPOINT job"),
            Self::Postgres(connection) => connection.begin_part(),
        }
    }

    /// Undoes the changes of the part; it has to be ended, too.
    pub(super) fn undo_part(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(connection) => connection.run("ROLLBACK TO job"),
            Self::Postgres(connection) => connection.undo_part(),
        }
    }

    /// Ends the part.
    pub(super) fn end_part(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(connection) => connection.run("RELEASE job"),
            Self::Postgres(connection) => connection.end_part(),
        }
    }
}

/// Statements; see [`Queries`](super::query::Queries).
impl Connection {
    /// Reads the first row, if there is one.
    pub(super) fn first<T>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T, ValueError>,
    ) -> Result<Option<T>, Error> {
        match self {
            Self::Sqlite(connection) => {
                connection.first(sql, parameters, |row| read(&Row::Sqlite(row)))
            }
            Self::Postgres(connection) => {
                connection.first(sql, parameters, |row| read(&Row::Postgres(row)))
            }
        }
    }

    /// Calls `callback` for each row of a result that fits into memory.
    pub(super) fn all_rows(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        mut callback: impl FnMut(&Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match self {
            Self::Sqlite(_) => {
                self.rows(sql, parameters, |row| callback(row).map(ControlFlow::Continue))
            }
            Self::Postgres(connection) => {
                connection.all_rows(sql, parameters, |row| callback(&Row::Postgres(row)))
            }
        }
    }

    /// Calls `callback` for each row until it breaks.
    pub(super) fn rows<E: From<Error>>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        mut callback: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        match self {
            Self::Sqlite(connection) => {
                connection.rows(sql, parameters, |row| callback(&Row::Sqlite(row)))
            }
            Self::Postgres(connection) => {
                connection.rows(sql, parameters, |row| callback(&Row::Postgres(row)))
            }
        }
    }

    /// Makes a change and returns how many rows it changed.
    pub(super) fn execute(&self, sql: &str, parameters: Parameters<'_>) -> Result<usize, Error> {
        match self {
            Self::Sqlite(connection) => connection.execute(sql, parameters),
            Self::Postgres(connection) => connection.execute(sql, parameters),
        }
    }

    /// The same, with those of `fields` that the statement has parameters for; `parameters` take
    /// precedence.
    pub(super) fn execute_with<'f>(
        &self,
        sql: &str,
        fields: impl Iterator<Item = (&'f str, Value<'f>)>,
        parameters: Parameters<'_>,
    ) -> Result<usize, Error> {
        match self {
            Self::Sqlite(connection) => connection.execute_with(sql, fields, parameters),
            Self::Postgres(connection) => connection.execute_with(sql, fields, parameters),
        }
    }

    /// The same without the number of rows. A server may get the statement together with the next one,
    /// whose error its own is then; in any case it gets it before the transaction is committed.
    pub(super) fn execute_later<'f>(
        &self,
        sql: &str,
        fields: impl Iterator<Item = (&'f str, Value<'f>)>,
        parameters: Parameters<'_>,
    ) -> Result<(), Error> {
        match self {
            Self::Sqlite(connection) => connection.execute_with(sql, fields, parameters).map(drop),
            Self::Postgres(connection) => connection.execute_later(sql, fields, parameters),
        }
    }

    /// The same, for a statement that returns the key of the row that it inserts.
    pub(super) fn insert_returning<'f>(
        &self,
        sql: &str,
        fields: impl Iterator<Item = (&'f str, Value<'f>)>,
        parameters: Parameters<'_>,
    ) -> Result<i64, Error> {
        match self {
            Self::Sqlite(connection) => connection.insert_returning(sql, fields, parameters),
            Self::Postgres(connection) => connection.insert_returning(sql, fields, parameters),
        }
    }

    /// The queries for the tables with their columns, and for what these refer to.
    pub(super) fn layout(&self) -> [&'static str; 2] {
        match self {
            Self::Sqlite(_) => [sqlite::fill::COLUMNS, sqlite::fill::REFERENCES],
            Self::Postgres(_) => [postgres::fill::COLUMNS, postgres::fill::REFERENCES],
        }
    }

    /// Whether there are tables, of whichever program.
    pub(super) fn has_tables(&self) -> Result<bool, Error> {
        let [columns, _] = self.layout();
        Ok(self.first(columns, &[], |_| Ok(()))?.is_some())
    }

    /// The query for the last keys that were given to rows of tables.
    pub(super) fn last_keys(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => sqlite::fill::LAST_KEYS,
            Self::Postgres(_) => postgres::fill::LAST_KEYS,
        }
    }

    /// Runs `fill` in one transaction, without the triggers of these tables. If it fails, nothing has
    /// changed.
    pub(super) fn filling<T, E: From<Error>>(
        &self,
        tables: &[String],
        fill: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            Self::Sqlite(connection) => connection.filling(fill),
            Self::Postgres(connection) => connection.filling(tables, fill),
        }
    }

    /// Gives the next row of a table a key after `last`, if the table counts its keys.
    pub(super) fn set_last_key(&self, table: &str, last: i64) -> Result<(), Error> {
        match self {
            Self::Sqlite(connection) => connection.set_last_key(table, last),
            Self::Postgres(connection) => connection.set_last_key(table, last),
        }
    }

    /// Runs a statement with each of these values for its parameters without names.
    pub(super) fn execute_each(&self, sql: &str, rows: &[Vec<Value<'_>>]) -> Result<(), Error> {
        match self {
            Self::Sqlite(_) => {
                rows.iter().try_for_each(|row| self.execute_in_order(sql, row).map(drop))
            }
            Self::Postgres(connection) => connection.execute_each(sql, rows),
        }
    }

    /// Makes a change with values for parameters without names.
    pub(super) fn execute_in_order(&self, sql: &str, values: &[Value<'_>]) -> Result<usize, Error> {
        match self {
            Self::Sqlite(connection) => connection.execute_in_order(sql, values),
            Self::Postgres(connection) => connection.execute_in_order(sql, values),
        }
    }

    /// Runs several statements, each of them once.
    pub(super) fn execute_batch(&self, sql: &str) -> Result<(), Error> {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(sql),
            Self::Postgres(connection) => connection.execute_script(sql),
        }
    }
}

#[cfg(test)]
impl Connection {
    /// Prepares a statement, which shows whether the engine accepts it.
    pub(super) fn prepare(&self, sql: &str) -> Result<(), Error> {
        match self {
            Self::Sqlite(connection) => Ok(connection.raw().prepare(sql).map(drop)?),
            Self::Postgres(connection) => connection.prepare(sql),
        }
    }

    /// The connection of SQLite's library, for tests of SQLite itself.
    pub(super) fn raw(&self) -> &sqlite::Raw {
        self.sqlite().expect("a file").raw()
    }

    /// The same, to be changed.
    pub(super) fn raw_mut(&mut self) -> &mut sqlite::Raw {
        match self {
            Self::Sqlite(connection) => connection.raw_mut(),
            Self::Postgres(_) => panic!("it is not a file"),
        }
    }
}
