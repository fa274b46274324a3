//! The index of words, which each engine has in its own way.

use std::ops::RangeInclusive;

use super::super::Error;
use super::{Connection, Row};
use crate::domain::SearchField;

/// The words of a row in the index.
pub(in crate::store) struct IndexedWords {
    /// The row's place.
    pub(in crate::store) place: i64,
    /// Words with spaces between them, by the field in which they occur.
    pub(in crate::store) words: Vec<(SearchField, String)>,
}

/// What rows of the index have to have.
#[derive(Debug, Clone)]
pub(in crate::store) enum Wanted {
    /// Words one after another, in one of these fields.
    Words {
        /// The fields.
        fields: Vec<SearchField>,
        /// The words, with spaces between them.
        words: String,
        /// Whether the last word may continue.
        is_prefix: bool,
    },
    /// All of these.
    All(Vec<Self>),
    /// One of these.
    Any(Vec<Self>),
    /// The first one without the second one.
    Without(Box<Self>, Box<Self>),
}

impl Connection {
    /// Adds rows to the index, or replaces those that it has in the same places. All have the same
    /// fields.
    pub(in crate::store) fn add_to_index(&self, rows: &[IndexedWords]) -> Result<(), Error> {
        match self {
            Self::Sqlite(connection) => connection.add_to_index(rows),
            Self::Postgres(connection) => connection.add_to_index(rows),
        }
    }

    /// The places of the last rows among some that have what is wanted, in descending order.
    pub(in crate::store) fn find_in_index(
        &self,
        wanted: &Wanted,
        places: RangeInclusive<i64>,
        limit: u32,
    ) -> Result<Vec<i64>, Error> {
        match self {
            Self::Sqlite(connection) => connection.find_in_index(wanted, places, limit),
            Self::Postgres(connection) => connection.find_in_index(wanted, places, limit),
        }
    }

    /// Whether looking up words that begin like this takes long, because there are at least so many.
    pub(in crate::store) fn is_broad(&self, beginning: &str, words: u32) -> Result<bool, Error> {
        match self {
            Self::Sqlite(connection) => connection.is_broad(beginning, words),
            // It combines their lists of rows before it reads any row.
            Self::Postgres(_) => Ok(false),
        }
    }

    /// Removes from the index what the transaction has changed and the engine's triggers cannot
    /// index, and returns its places.
    pub(in crate::store) fn take_unindexed(&self) -> Result<Vec<i64>, Error> {
        match self {
            // Its triggers call the program's functions.
            Self::Sqlite(_) => Ok(Vec::new()),
            Self::Postgres(connection) => connection.take_unindexed(),
        }
    }
}

impl Row<'_> {
    /// Whether a view of what is indexed has words, as the triggers of a file need them, or texts.
    pub(in crate::store) fn has_words(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}
