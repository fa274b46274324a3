//! The functions that statements, triggers and views call.

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{FromSqlError, Value, ValueRef};

use super::super::super::error::Error;
use super::super::super::words::{Field, Key, with_letters};
use crate::domain::{LaunchId, Search, canonical_origin, folded, search_words};

const DETERMINISTIC: FunctionFlags =
    FunctionFlags::SQLITE_UTF8.union(FunctionFlags::SQLITE_DETERMINISTIC);

/// Adds all of them but those for migrations.
pub(super) fn add(connection: &Connection) -> Result<(), Error> {
    add_list_functions(connection)?;
    add_search_functions(connection)
}

/// Adds [`folded`] to a connection as a function, and `is_listed`, which tells whether a search
/// finds a key of the list of resources.
fn add_list_functions(connection: &Connection) -> Result<(), Error> {
    let function = |context: &Context<'_>| Ok(folded(context.get_raw(0).as_str()?));
    connection.create_scalar_function("folded", 1, DETERMINISTIC, function)?;
    let function = |context: &Context<'_>| {
        let search = context.get_or_create_aux(0, |text| {
            Ok::<_, FromSqlError>(Search::lenient(text.as_str()?, Field::named))
        })?;
        let key = Key::of(context.get_raw(1).as_str()?);
        Ok(search.matches(|term| key.contains(term)))
    };
    Ok(connection.create_scalar_function("is_listed", 2, DETERMINISTIC, function)?)
}

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

/// Adds [`canonical_origin`] to a connection as a function, for migrations.
pub(in crate::store) fn add_canonical_origin(connection: &Connection) -> Result<(), Error> {
    let function = |context: &Context<'_>| {
        Ok(context.get::<Option<String>>(0)?.as_deref().and_then(canonical_origin))
    };
    Ok(connection.create_scalar_function("canonical_origin", 1, DETERMINISTIC, function)?)
}
