//! The index of words in a table of FTS5.

use std::ops::{ControlFlow, RangeInclusive};

use super::super::super::error::Error;
use super::super::search::{IndexedWords, Wanted};
use super::super::value::Value;
use super::Connection;
use crate::domain::SearchField;

impl Connection {
    /// Adds rows to the index, or replaces those that it has in the same places.
    pub(in crate::store) fn add_to_index(&self, rows: &[IndexedWords]) -> Result<(), Error> {
        let Some(first) = rows.first() else { return Ok(()) };
        let names: Vec<&str> = first.words.iter().map(|(field, _)| field.as_str()).collect();
        let parameters: Vec<String> = names.iter().map(|name| format!(":{name}")).collect();
        let sql = format!(
            "INSERT OR REPLACE INTO search_index (rowid, {}) VALUES (:place, {})",
            names.join(", "),
            parameters.join(", ")
        );
        for IndexedWords { place, words } in rows {
            let words = words.iter().map(|(_, words)| Value::from(words.as_str()));
            let mut values: Vec<(&str, Value<'_>)> =
                parameters.iter().map(String::as_str).zip(words).collect();
            values.push((":place", (*place).into()));
            self.execute(&sql, &values)?;
        }
        Ok(())
    }

    /// The places of the last rows up to one that have what is wanted. Words have the letter of
    /// their kind in front, so the first place makes no difference.
    pub(in crate::store) fn find_in_index(
        &self,
        wanted: &Wanted,
        places: RangeInclusive<i64>,
        limit: u32,
    ) -> Result<Vec<i64>, Error> {
        let mut found = Vec::new();
        self.rows(
            "SELECT rowid AS place FROM search_index
             WHERE search_index MATCH :text AND rowid <= :last
             ORDER BY rowid DESC LIMIT :limit",
            &[
                (":text", text(wanted).into()),
                (":last", (*places.end()).into()),
                (":limit", limit.into()),
            ],
            |row| {
                found.push(row.value(0)?.as_i64()?);
                Ok::<_, Error>(ControlFlow::Continue(()))
            },
        )?;
        Ok(found)
    }

    /// Whether at least so many words begin like this. They are looked up one by one.
    pub(in crate::store) fn is_broad(&self, beginning: &str, words: u32) -> Result<bool, Error> {
        let found = self.first(
            "SELECT count(*) AS count FROM (
                 SELECT 1 FROM search_term WHERE term >= :start AND term < :start || char(1114111)
                 LIMIT :limit) AS occurrence",
            &[(":start", beginning.into()), (":limit", words.into())],
            |row| row.value(0)?.as_i64(),
        )?;
        Ok(found.is_some_and(|found| found >= i64::from(words)))
    }
}

/// A condition in the language of FTS5.
fn text(wanted: &Wanted) -> String {
    let joined = |parts: &[Wanted], operator: &str| {
        format!("({})", parts.iter().map(text).collect::<Vec<_>>().join(operator))
    };
    match wanted {
        Wanted::Words { fields, words, is_prefix } => {
            let fields: Vec<&str> = fields.iter().copied().map(SearchField::as_str).collect();
            let star = if *is_prefix { " *" } else { "" };
            format!("{{{}}} : \"{words}\"{star}", fields.join(" "))
        }
        Wanted::All(parts) => joined(parts, " AND "),
        Wanted::Any(parts) => joined(parts, " OR "),
        Wanted::Without(wanted, unwanted) => format!("({}) NOT ({})", text(wanted), text(unwanted)),
    }
}
