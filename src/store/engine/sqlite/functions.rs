//! The functions that triggers, views and migrations call.

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};

use super::super::super::error::Error;
use super::super::super::words::with_letters;
use crate::domain::{LaunchId, canonical_origin, folded, search_words};

const DETERMINISTIC: FunctionFlags =
    FunctionFlags::SQLITE_UTF8.union(FunctionFlags::SQLITE_DETERMINISTIC);

/// Adds the functions that the triggers and views of the search index call to a connection: without
/// them, it cannot change what is indexed.
///
/// # Errors
///
/// The database's error.
pub fn add_search_functions(connection: &Connection) -> Result<(), Error> {
    let flags = DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("search_words", 2, flags, |context: &Context<'_>| {
        let letter = char::from(b'a' + context.get::<u8>(0)?);
        let words = match context.get_raw(1) {
            ValueRef::Null => return Ok(Value::Null),
            ValueRef::Integer(number) => number.to_string(),
            value => search_words(value.as_str()?),
        };
        Ok(Value::Text(with_letters(letter, &words)))
    })?;
    Ok(connection.create_scalar_function("launch_place", 1, flags, |context: &Context<'_>| {
        Ok(LaunchId::stored(context.get(0)?).place())
    })?)
}

/// Adds [`folded`] and [`canonical_origin`] to a connection as functions, for migrations.
pub(in crate::store) fn add_for_migrations(connection: &Connection) -> Result<(), Error> {
    let function = |context: &Context<'_>| Ok(folded(context.get_raw(0).as_str()?));
    connection.create_scalar_function("folded", 1, DETERMINISTIC, function)?;
    let function = |context: &Context<'_>| {
        Ok(context.get::<Option<String>>(0)?.as_deref().and_then(canonical_origin))
    };
    Ok(connection.create_scalar_function("canonical_origin", 1, DETERMINISTIC, function)?)
}
