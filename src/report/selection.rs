//! The rows and columns of a list to print, and their order: `--search`, `--filter`, `--sort`,
//! `--limit` and `--columns`, for every list and every format alike.

mod order;

use std::cmp::Ordering;
use std::io;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use self::order::Key;
use super::shape::Shape;
use super::value::{cell, values_at};
use crate::domain::{NoField, Search, folded};
use crate::failure::{Failure, Kind, nearest, not_a_search};

/// The options for a list, as given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Paths of the columns to show, in this order; empty for the default columns.
    pub columns: Vec<String>,
    /// Paths to sort by, the first one first; `-` before a path reverses its order.
    pub sort: Vec<String>,
    /// Conditions that must all match.
    pub filters: Vec<String>,
    /// Words that a row must contain.
    pub search: Option<String>,
    /// Maximum number of rows.
    pub limit: Option<u32>,
}

/// A selection whose paths exist.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) columns: Vec<String>,
    sort: Vec<(String, bool)>,
    filters: Vec<Filter>,
    search: Search,
    pub(super) limit: Option<usize>,
}

/// The keys by which a row is sorted.
pub(super) type Keys = Vec<Key>;

/// `key=value`, `key!=value` or `key~text`.
#[derive(Debug, PartialEq, Eq)]
struct Filter {
    path: String,
    test: Test,
    value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Is,
    IsNot,
    Contains,
}

impl Selection {
    /// Whether no option was given.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Checks every path against the rows' shape.
    ///
    /// # Errors
    ///
    /// A usage failure that names the nearest path and all of them.
    pub(super) fn check(&self, shape: &Shape) -> Result<Plan, Failure> {
        let mut columns = Vec::new();
        for path in &self.columns {
            match check_path(shape, "--columns", path)? {
                Shape::Object(_) => columns.extend(
                    shape
                        .columns()
                        .into_iter()
                        .filter(|column| column.starts_with(&format!("{path}."))),
                ),
                _ => columns.push(path.clone()),
            }
        }
        let sort = self.sort.iter().map(|path| {
            let (path, descending) =
                path.strip_prefix('-').map_or((path.as_str(), false), |path| (path, true));
            check_path(shape, "--sort", path).map(|_| (path.to_owned(), descending))
        });
        let filters = self.filters.iter().map(|text| {
            let filter = Filter::parse(text)?;
            filter.check(check_path(shape, "--filter", &filter.path)?)?;
            Ok(filter)
        });
        Ok(Plan {
            columns,
            sort: sort.collect::<Result<_, Failure>>()?,
            filters: filters.collect::<Result<_, Failure>>()?,
            search: Search::parse(self.search.as_deref().unwrap_or_default(), NoField::named)
                .map_err(|error| not_a_search(&error))?,
            limit: self.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
        })
    }
}

fn check_path<'s>(shape: &'s Shape, flag: &str, path: &str) -> Result<&'s Shape, Failure> {
    shape.find(path).ok_or_else(|| {
        let known = shape.paths();
        let nearest = nearest(path, known.iter().map(String::as_str));
        let meant = if nearest.is_empty() {
            String::new()
        } else {
            format!("did you mean {}? ", nearest.join(" or "))
        };
        Failure::new(
            Kind::Usage,
            format!("unknown key {path:?} in {flag}"),
            format!("{meant}the keys are {}", known.join(", ")),
            "",
        )
    })
}

impl Filter {
    fn parse(text: &str) -> Result<Self, Failure> {
        let end = text
            .find(|character: char| {
                !character.is_ascii_alphanumeric() && !matches!(character, '_' | '.' | '-')
            })
            .unwrap_or(text.len());
        let (path, rest) = text.split_at(end);
        for (sign, test) in [("!=", Test::IsNot), ("=", Test::Is), ("~", Test::Contains)] {
            if let Some(value) = rest.strip_prefix(sign).filter(|_| !path.is_empty()) {
                return Ok(Self { path: path.to_owned(), test, value: value.to_owned() });
            }
        }
        Err(Failure::new(
            Kind::Usage,
            format!("--filter {text:?} is not a valid condition"),
            "a condition is KEY=VALUE, KEY!=VALUE or KEY~TEXT",
            "",
        ))
    }

    /// A word that is not one of the possible ones is an error, rather than an empty list.
    fn check(&self, shape: &Shape) -> Result<(), Failure> {
        match shape {
            Shape::Word(words)
                if !words.is_empty()
                    && !self.value.is_empty()
                    && self.test != Test::Contains
                    && !words.contains(&self.value) =>
            {
                let why = format!("{} is one of {}", self.path, words.join(", "));
                Err(Failure::new(
                    Kind::Usage,
                    format!("--filter {}: no {:?}", self.path, self.value),
                    why,
                    "",
                ))
            }
            _ => Ok(()),
        }
    }

    fn matches(&self, row: &Value) -> bool {
        // A list matches if any of its entries matches; an empty one matches like null.
        let values: Vec<&Value> = values_at(row, &self.path.split('.').collect::<Vec<_>>())
            .into_iter()
            .flat_map(|value| {
                if let Value::Array(entries) = value {
                    entries.iter().collect()
                } else {
                    vec![value]
                }
            })
            .collect();
        let is = |value: &&Value| is_same(value, &self.value);
        match self.test {
            Test::Is if values.is_empty() => self.value.is_empty(),
            Test::IsNot if values.is_empty() => !self.value.is_empty(),
            Test::Is => values.iter().any(is),
            Test::IsNot => !values.iter().any(is),
            Test::Contains => values
                .iter()
                .any(|value| cell(value).to_lowercase().contains(&self.value.to_lowercase())),
        }
    }
}

/// Whether a value equals the given text: a number in any notation, anything else exactly; null
/// equals empty text.
fn is_same(value: &Value, typed: &str) -> bool {
    match (value, typed.trim().parse::<f64>()) {
        (Value::Number(number), Ok(typed)) => number.as_f64() == Some(typed),
        _ => cell(value) == typed,
    }
}

impl Plan {
    /// Removes rows that do not match from a list, and sorts the others; equal rows keep their
    /// order.
    ///
    /// # Errors
    ///
    /// Fails if a row cannot be serialized.
    pub(super) fn apply<R: Serialize + JsonSchema>(
        &self,
        rows: &mut Vec<R>,
        searched: fn(&R) -> String,
    ) -> io::Result<()> {
        if !self.selects() && !self.sorts() {
            return Ok(());
        }
        let mut keyed = Vec::with_capacity(rows.len());
        for row in rows.drain(..) {
            let value = serde_json::to_value(&row)?;
            if self.matches(&value, || searched(&row)) {
                keyed.push((self.keys(&value), row));
            }
        }
        if self.sorts() {
            keyed.sort_by(|(one, _), (other, _)| self.compare(one, other));
        }
        rows.extend(keyed.into_iter().map(|(_, row)| row));
        Ok(())
    }

    /// Whether rows may not match.
    pub(super) fn selects(&self) -> bool {
        !self.filters.is_empty() || !self.search.is_empty()
    }

    /// Whether rows are sorted.
    pub(super) fn sorts(&self) -> bool {
        !self.sort.is_empty()
    }

    /// Whether a row with this JSON and these texts matches.
    pub(super) fn matches(&self, row: &Value, searched: impl FnOnce() -> String) -> bool {
        self.filters.iter().all(|filter| filter.matches(row))
            && (self.search.is_empty() || self.is_found(&folded(&searched())))
    }

    fn is_found(&self, folded: &str) -> bool {
        self.search.matches(|term| term.is_in(folded))
    }

    /// What is printed if no row matches.
    pub(super) fn nothing_matches(&self, noun: &str) -> String {
        match (self.filters.is_empty(), self.search.is_empty()) {
            (true, true) => format!("No {noun} match."),
            (false, true) => format!("No {noun} match the filter."),
            (true, false) => format!("No {noun} match the search."),
            (false, false) => format!("No {noun} match the search and the filter."),
        }
    }

    /// The keys by which a row is sorted.
    pub(super) fn keys(&self, row: &Value) -> Keys {
        self.sort.iter().map(|(path, _)| Key::at(row, path)).collect()
    }

    /// The order of two rows with these keys.
    pub(super) fn compare(&self, one: &Keys, other: &Keys) -> Ordering {
        let keys = one.iter().zip(other).zip(&self.sort);
        keys.map(|((one, other), (_, descending))| one.compare(other, *descending))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// The columns to print.
    pub(super) fn columns_of(&self, shape: &Shape) -> Vec<String> {
        if self.columns.is_empty() { shape.columns() } else { self.columns.clone() }
    }

    /// The shape of a row with the selected columns.
    pub(super) fn shape_of(&self, shape: &Shape) -> Shape {
        if self.columns.is_empty() { shape.clone() } else { shape.only(&self.columns) }
    }

    /// A row with the selected columns only, in their order, or with all columns if none is named.
    pub(super) fn project(&self, row: Value) -> Value {
        if self.columns.is_empty() {
            return row;
        }
        let paths: Vec<Vec<&str>> =
            self.columns.iter().map(|column| column.split('.').collect()).collect();
        project(&row, &paths.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }
}

/// The parts of a value at these paths.
fn project(value: &Value, paths: &[&[&str]]) -> Value {
    if paths.iter().any(|path| path.is_empty()) {
        return value.clone();
    }
    match value {
        Value::Array(entries) => {
            Value::Array(entries.iter().map(|entry| project(entry, paths)).collect())
        }
        Value::Object(_) => {
            let mut members = Map::new();
            for path in paths {
                if !members.contains_key(path[0]) {
                    let below: Vec<&[&str]> = paths
                        .iter()
                        .filter(|other| other[0] == path[0])
                        .map(|other| &other[1..])
                        .collect();
                    members.insert(path[0].to_owned(), project(&value[path[0]], &below));
                }
            }
            Value::Object(members)
        }
        word => word.clone(),
    }
}

#[cfg(test)]
mod tests;
