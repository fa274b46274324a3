//! How statements are run: prepared once for each connection, with parameters and columns by name.

use std::ops::ControlFlow;

use super::Error;
use super::column::{self, FromColumn};
use super::engine::{Connection, Failure, Value, ValueError, ValueRef};
use super::record::{Cursor, Record};

pub(super) use super::engine::{Parameters, Row};

/// A WHERE clause, or nothing, and its parameters.
pub(super) type Which<'v> = (String, Vec<(&'static str, Value<'v>)>);

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
        $self.connection.walk($sql, $parameters, |row| {
            let record = row.record().map_err(Error::from)?;
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

impl Row<'_> {
    /// Reads a column by its name.
    pub(super) fn get<T: FromColumn>(&self, name: &str) -> Result<T, ValueError> {
        column::read(self, self.index_of(name)?)
    }

    /// Borrows the text in a column.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, ValueError> {
        match self.value(self.index_of(name)?)? {
            ValueRef::Null => Ok(None),
            value => value.as_str().map(Some).map_err(|error| error.in_column(name)),
        }
    }

    /// Reads a record, whose columns are [`Table::selected`](super::record::Table::selected).
    pub(super) fn record<T: Record>(&self) -> Result<T, ValueError> {
        let columns = &T::table().columns;
        let first = match columns.first() {
            Some(column) => self.index_of(&column.selected_as)?,
            None => 0,
        };
        debug_assert!(
            columns.iter().enumerate().all(|(index, column)| {
                self.name_of(first + index) == Some(&column.selected_as)
            }),
            "the columns of {} are selected together",
            T::TABLE
        );
        T::read(&mut Cursor::at(self, first))
    }

    /// Reads a record that an outer join may not have found.
    pub(super) fn joined_record<T: Record>(&self) -> Result<Option<T>, ValueError> {
        let first = T::table().columns.first();
        let first = first.map(|column| self.index_of(&column.selected_as)).transpose()?;
        match self.value(first.unwrap_or_default())? {
            ValueRef::Null => Ok(None),
            _ => self.record().map(Some),
        }
    }
}

/// Reads a row that is one record.
pub(super) fn as_record<T: Record>(row: &Row<'_>) -> Result<T, ValueError> {
    row.record()
}

/// Runs statements, each of which is prepared only once per connection.
pub(super) trait Queries {
    /// The first row, if there is one.
    fn find<T>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T, ValueError>,
    ) -> Result<Option<T>, Error>;

    /// The first row of a result that always has one.
    fn one<T>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T, ValueError>,
    ) -> Result<T, Error>;

    /// All rows.
    fn all<T>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        read: impl FnMut(&Row<'_>) -> Result<T, ValueError>,
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

    /// The same without the number of rows, for what no later statement of the function depends on: a
    /// server may get it together with the next statement, which has its error then.
    fn change_later_with<T: Record>(
        &self,
        sql: &str,
        record: &T,
        parameters: Parameters<'_>,
    ) -> Result<(), Error>;

    /// The same with a statement of
    /// [`Table::insert_with_key`](super::record::Table::insert_with_key); returns the row's key.
    fn insert_with<T: Record>(
        &self,
        sql: &str,
        record: &T,
        parameters: Parameters<'_>,
    ) -> Result<i64, Error>;

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

impl Queries for Connection {
    fn find<T>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T, ValueError>,
    ) -> Result<Option<T>, Error> {
        self.first(sql, parameters, read)
    }

    fn one<T>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T, ValueError>,
    ) -> Result<T, Error> {
        self.first(sql, parameters, read)?.ok_or_else(|| Error::Engine(Failure::no_row()))
    }

    fn all<T>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        mut read: impl FnMut(&Row<'_>) -> Result<T, ValueError>,
    ) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        self.all_rows(sql, parameters, |row| {
            all.push(read(row)?);
            Ok(())
        })?;
        Ok(all)
    }

    fn each(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        mut callback: impl FnMut(&Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.rows(sql, parameters, |row| callback(row).map(ControlFlow::Continue))
    }

    fn walk<E: From<Error>>(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        callback: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        self.rows(sql, parameters, callback)
    }

    fn change(&self, sql: &str, parameters: Parameters<'_>) -> Result<usize, Error> {
        self.execute(sql, parameters)
    }

    fn change_with<T: Record>(
        &self,
        sql: &str,
        record: &T,
        parameters: Parameters<'_>,
    ) -> Result<usize, Error> {
        self.execute_with(sql, fields(record)?, parameters)
    }

    fn change_later_with<T: Record>(
        &self,
        sql: &str,
        record: &T,
        parameters: Parameters<'_>,
    ) -> Result<(), Error> {
        self.execute_later(sql, fields(record)?, parameters)
    }

    fn insert_with<T: Record>(
        &self,
        sql: &str,
        record: &T,
        parameters: Parameters<'_>,
    ) -> Result<i64, Error> {
        self.insert_returning(sql, fields(record)?, parameters)
    }

    fn insert_rows<T: Record>(&self, sql: &str, records: &[T]) -> Result<(), Error> {
        let columns = &T::table().columns;
        let mut all = Vec::with_capacity(columns.len() * records.len());
        let mut values = Vec::with_capacity(columns.len());
        for record in records {
            record.write(&mut values)?;
            let stored =
                columns.iter().zip(values.drain(..)).filter(|(column, _)| !column.is_computed);
            all.extend(stored.map(|(_, value)| value));
        }
        self.execute_in_order(sql, &all).map(drop)
    }
}

/// The values of a record by the names of their parameters.
fn fields<T: Record>(record: &T) -> Result<impl Iterator<Item = (&str, Value<'_>)>, ValueError> {
    let columns = &T::table().columns;
    let mut values = Vec::with_capacity(columns.len());
    record.write(&mut values)?;
    Ok(columns.iter().map(|column| column.parameter.as_str()).zip(values))
}
