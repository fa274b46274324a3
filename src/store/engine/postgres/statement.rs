//! Statements as PostgreSQL takes them: parameters have numbers instead of names.

use std::fmt::Write as _;

use super::super::super::error::Error;
use super::super::value::{Parameters, Value, ValueError};

/// A statement, and the names of its parameters in the order of their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Translated {
    pub(super) sql: String,
    /// With colons, such as `:id`.
    pub(super) names: Vec<String>,
}

/// A statement that the server knows.
pub(super) struct Prepared {
    pub(super) statement: tokio_postgres::Statement,
    pub(super) translated: Translated,
}

impl Prepared {
    /// The values of the parameters, each from the first list that has it.
    pub(super) fn values<'v, const N: usize>(
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

/// Translates a statement that SQLite takes, too. `:name` becomes `$1`, `$2` and so on. `CROSS JOIN …
/// ON`, which gives SQLite the order of a join, becomes `JOIN … ON`; `INDEXED BY` is left out;
/// the schemas `main` and `temp` are what the search path finds, and `char` is called `chr`.
pub(super) fn translated(statement: &str) -> Translated {
    let mut translated =
        Translated { sql: String::with_capacity(statement.len()), names: Vec::new() };
    let mut rest = statement;
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            '\'' | '"' => quoted(rest, first),
            ':' if is_parameter(&translated.sql, rest) => {
                let length = 1 + word(&rest[1..]);
                let number = translated.number(&rest[..length]);
                // Writing into a string does not fail.
                let _ = write!(translated.sql, "${number}");
                rest = &rest[length..];
                continue;
            }
            '?' => {
                let number = translated.names.len() + 1;
                translated.names.push(String::new());
                let _ = write!(translated.sql, "${number}");
                rest = &rest[1..];
                continue;
            }
            first if first.is_ascii_alphabetic() || first == '_' => {
                let length = word(rest);
                if let Some(dropped) = dropped(rest, length) {
                    rest = &rest[dropped..];
                    continue;
                }
                if rest.starts_with("char(") {
                    translated.sql.push_str("chr");
                    rest = &rest[length..];
                    continue;
                }
                length
            }
            first => first.len_utf8(),
        };
        translated.sql.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    translated
}

impl Translated {
    /// The number of a parameter, from 1 on.
    fn number(&mut self, name: &str) -> usize {
        match self.names.iter().position(|known| known == name) {
            Some(place) => place + 1,
            None => {
                self.names.push(name.to_owned());
                self.names.len()
            }
        }
    }
}

/// The length of what only SQLite takes, if the word at the beginning begins such a part.
fn dropped(text: &str, length: usize) -> Option<usize> {
    match &text[..length] {
        "CROSS" if text.starts_with("CROSS JOIN ") => Some("CROSS ".len()),
        "INDEXED" => {
            let name = text.strip_prefix("INDEXED BY ")?;
            Some(text.len() - name.len() + word(name))
        }
        "main" | "temp" if text[length..].starts_with('.') => Some(length + 1),
        _ => None,
    }
}

/// The length of a quoted text or name at the beginning; doubled quotes are two such texts.
fn quoted(text: &str, quote: char) -> usize {
    text[1..].find(quote).map_or(text.len(), |end| end + 2)
}

/// The length of the word at the beginning.
fn word(text: &str) -> usize {
    text.find(|one: char| !one.is_ascii_alphanumeric() && one != '_').unwrap_or(text.len())
}

/// Whether a colon begins a parameter; `::` is a cast.
fn is_parameter(before: &str, rest: &str) -> bool {
    !before.ends_with(':') && word(&rest[1..]) > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered() {
        for (statement, sql, names) in [
            ("SELECT 1", "SELECT 1", &[][..]),
            (
                "SELECT :a, :b_2, :a FROM t WHERE x = ':a' AND \":b\" = ''':c'",
                "SELECT $1, $2, $1 FROM t WHERE x = ':a' AND \":b\" = ''':c'",
                &[":a", ":b_2"],
            ),
            ("SELECT x::text, :é", "SELECT x::text, :é", &[]),
            ("VALUES (?, ?)", "VALUES ($1, $2)", &["", ""]),
            (
                "SELECT 1 FROM t INDEXED BY i WHERE char(1) = x",
                "SELECT 1 FROM t  WHERE chr(1) = x",
                &[],
            ),
            (
                "SELECT 1 FROM main.a CROSS JOIN temp.b ON a.id = b.main",
                "SELECT 1 FROM a JOIN b ON a.id = b.main",
                &[],
            ),
        ] {
            let names = names.iter().map(|&name| name.to_owned()).collect();
            assert_eq!(translated(statement), Translated { sql: sql.to_owned(), names });
        }
    }
}
