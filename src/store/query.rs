//! How statements are run: prepared once for each connection, with parameters and columns by name.

use std::ops::ControlFlow;
use std::path::Path;

use rusqlite::types::ToSqlOutput;
use rusqlite::{CachedStatement, Connection, OptionalExtension as _};

use super::Error;
use super::column::{self, FromColumn};
use super::record::{Cursor, Record};

/// Values by the names of their parameters; see [`bind!`].
pub(super) type Parameters<'p> = &'p [(&'p str, ToSqlOutput<'p>)];

/// SQL that is formatted once: `sql!("SELECT … {CONDITION}")`, with the arguments of `format!`.
macro_rules! sql {
    ($($format:tt)+) => { $crate::store::query::once!(format!($($format)+)) };
}

/// Selects a record: `select!(Account, "WHERE id = :id")`.
macro_rules! select {
    ($record:ty, $rest:literal) => {
        $crate::store::query::once!(format!(
            concat!("SELECT {} FROM {} ", $rest),
            <$record as $crate::store::record::Record>::table().selected,
            <$record as $crate::store::record::Record>::TABLE,
        ))
    };
}

/// Calls a function with each row that is one record, until it breaks.
macro_rules! each_record {
    ($self:ident, $sql:expr, $parameters:expr, $callback:expr) => {{
        let path = $crate::store::query::path_of($self.connection);
        $self.connection.walk($sql, $parameters, |row| {
            let record = row.record().map_err(|error| Error::from(error).in_file(path))?;
            $callback(record)
        })
    }};
}

/// A text that is computed once.
macro_rules! once {
    ($text:expr) => {{
        static TEXT: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| $text);
        TEXT.as_str()
    }};
}

/// Named parameters: `bind! { id, limit: 20 }` gives `:id` the value of the variable `id`, and
/// `:limit` the value 20.
macro_rules! bind {
    ($($name:ident $(: $value:expr)?),* $(,)?) => {
        &[$((
            concat!(":", stringify!($name)),
            $crate::store::column::ToColumn::to_column(
                &$crate::store::query::bind!(@value $name $($value)?)
            )?,
        )),*]
    };
    (@value $name:ident) => { $name };
    (@value $name:ident $value:expr) => { $value };
}

pub(super) use {bind, each_record, once, select, sql};

/// A row of a result.
pub(super) struct Row<'r>(&'r rusqlite::Row<'r>);

impl Row<'_> {
    /// Reads a column by its name.
    pub(super) fn get<T: FromColumn>(&self, name: &str) -> rusqlite::Result<T> {
        column::read(self.0, self.0.as_ref().column_index(name)?)
    }

    /// Borrows the text in a column.
    pub(super) fn text(&self, name: &str) -> rusqlite::Result<Option<&str>> {
        Ok(self.0.get_ref(name)?.as_str_or_null()?)
    }

    /// Reads a record, whose columns are [`Table::selected`](super::record::Table::selected).
    pub(super) fn record<T: Record>(&self) -> rusqlite::Result<T> {
        let columns = &T::table().columns;
        let first = match columns.first() {
            Some(column) => self.0.as_ref().column_index(&column.selected_as)?,
            None => 0,
        };
        debug_assert!(
            columns.iter().enumerate().all(|(index, column)| {
                self.0.as_ref().column_name(first + index).ok() == Some(&column.selected_as)
            }),
            "the columns of {} are selected together",
            T::TABLE
        );
        T::read(&mut Cursor::at(self.0, first))
    }
}

/// Reads a row that is one record.
pub(super) fn as_record<T: Record>(row: &Row<'_>) -> rusqlite::Result<T> {
    row.record()
}

/// Runs statements, each of which is prepared only once per connection.
pub(super) trait Queries {
    /// The first row, if there is one.
    fn find<T>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Error>;

    /// The first row of a result that always has one.
    fn one<T>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error>;

    /// All rows.
    fn all<T>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Error>;

    /// Calls `callback` for each row.
    fn each(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        callback: impl FnMut(&Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error>;

    /// Calls `callback` for each row until it breaks.
    fn walk<E: From<Error>>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        callback: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E>;

    /// Makes a change and returns how many rows it changed.
    fn change(&self, sql: &str, parameters: Parameters<'_>) -> Result<usize, Error>;

    /// Makes a change with the values of a record, and with other values, which take precedence.
    fn change_with<T: Record>(
        &self,
        sql: &str,
        record: &T,
        parameters: Parameters<'_>,
    ) -> Result<usize, Error>;

    /// Inserts records by [`Table::insert_rows`](super::record::Table::insert_rows) of as many.
    fn insert_rows<T: Record>(&self, sql: &str, records: &[T]) -> Result<(), Error>;
}

/// Collects what a query passes to its callback.
pub(super) fn collected<T>(
    each: impl FnOnce(&mut dyn FnMut(T) -> Result<ControlFlow<()>, Error>) -> Result<(), Error>,
) -> Result<Vec<T>, Error> {
    let mut all = Vec::new();
    each(&mut |one| {
        all.push(one);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(all)
}

/// The path of a connection's file.
pub(super) fn path_of(connection: &Connection) -> &Path {
    Path::new(connection.path().unwrap_or_default())
}

/// Runs what may fail in SQLite, and adds the file to its error.
fn in_file<T>(connection: &Connection, run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    run().map_err(|error| error.in_file(path_of(connection)))
}

impl Queries for Connection {
    fn find<T>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Error> {
        in_file(self, || {
            let mut statement = self.prepare_cached(sql)?;
            Ok(statement.query_row(parameters, |row| read(&Row(row))).optional()?)
        })
    }

    fn one<T>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        in_file(self, || {
            Ok(self.prepare_cached(sql)?.query_row(parameters, |row| read(&Row(row)))?)
        })
    }

    fn all<T>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Error> {
        in_file(self, || {
            let mut statement = self.prepare_cached(sql)?;
            let rows = statement.query_map(parameters, |row| read(&Row(row)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn each(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        mut callback: impl FnMut(&Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        in_file(self, || {
            let mut statement = self.prepare_cached(sql)?;
            let mut rows = statement.query(parameters)?;
            while let Some(row) = rows.next()? {
                callback(&Row(row))?;
            }
            Ok(())
        })
    }

    fn walk<E: From<Error>>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        mut callback: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let failed = |error| Error::from(error).in_file(path_of(self));
        let mut statement = self.prepare_cached(sql).map_err(failed)?;
        let mut rows = statement.query(parameters).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            if callback(&Row(row))?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn change(&self, sql: &str, parameters: Parameters<'_>) -> Result<usize, Error> {
        in_file(self, || Ok(self.prepare_cached(sql)?.execute(parameters)?))
    }

    fn change_with<T: Record>(
        &self,
        sql: &str,
        record: &T,
        parameters: Parameters<'_>,
    ) -> Result<usize, Error> {
        in_file(self, || {
            let mut statement = self.prepare_cached(sql)?;
            bind_record(&mut statement, record)?;
            for (name, value) in parameters {
                statement.raw_bind_parameter(*name, value)?;
            }
            Ok(statement.raw_execute()?)
        })
    }

    fn insert_rows<T: Record>(&self, sql: &str, records: &[T]) -> Result<(), Error> {
        in_file(self, || {
            let mut statement = self.prepare_cached(sql)?;
            let columns = &T::table().columns;
            let mut values = Vec::with_capacity(columns.len());
            let mut place = 0;
            for record in records {
                values.clear();
                record.write(&mut values)?;
                for (_, value) in
                    columns.iter().zip(&values).filter(|(column, _)| !column.is_computed)
                {
                    place += 1;
                    statement.raw_bind_parameter(place, value)?;
                }
            }
            statement.raw_execute()?;
            Ok(())
        })
    }
}

/// Binds those values of a record that a statement has parameters for.
fn bind_record<T: Record>(statement: &mut CachedStatement<'_>, record: &T) -> rusqlite::Result<()> {
    let columns = &T::table().columns;
    let mut values = Vec::with_capacity(columns.len());
    record.write(&mut values)?;
    for (column, value) in columns.iter().zip(values) {
        if let Some(index) = statement.parameter_index(&column.parameter)? {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    Ok(())
}
