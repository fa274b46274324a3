//! The keys by which rows are sorted.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use crate::report::value::{joined, values_at};

/// A value to sort by. Types are sorted in this order, and missing values come last.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) enum Key {
    Bool(bool),
    /// Numbers, text that consists of digits such as many deployment IDs, and the length of lists.
    Number(f64),
    Time(Timestamp),
    /// The text in lower case, and unchanged.
    Text(String, String),
    Missing,
}

impl Key {
    /// The key for the value at a path.
    pub(super) fn at(row: &Value, path: &str) -> Self {
        let values = values_at(row, &path.split('.').collect::<Vec<_>>());
        match values[..] {
            [] => Self::Missing,
            [value] => Self::of(value),
            _ => Self::of_text(&joined(values)),
        }
    }

    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Missing,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => number.as_f64().map_or(Self::Missing, Self::Number),
            Value::Array(entries) => Self::Number(entries.len() as f64),
            Value::Object(members) => Self::Number(members.len() as f64),
            Value::String(text) => Self::of_text(text),
        }
    }

    fn of_text(text: &str) -> Self {
        let is_number =
            !text.is_empty() && text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(number) = text.parse().ok().filter(|_| is_number) {
            return Self::Number(number);
        }
        let looks_like_time = text.len() >= 20 && text.as_bytes()[10] == b'T';
        match text.parse().ok().filter(|_| looks_like_time) {
            Some(time) => Self::Time(time),
            None => Self::Text(text.to_lowercase(), text.to_owned()),
        }
    }

    /// Compares two keys, or reverses the order with `descending`; missing values are always last.
    pub(super) fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let order = match (self, other) {
            (Self::Missing, _) | (_, Self::Missing) => return self.rank().cmp(&other.rank()),
            (Self::Bool(one), Self::Bool(other)) => one.cmp(other),
            (Self::Number(one), Self::Number(other)) => one.total_cmp(other),
            (Self::Time(one), Self::Time(other)) => one.cmp(other),
            (Self::Text(one, original), Self::Text(other, other_original)) => {
                one.cmp(other).then_with(|| original.cmp(other_original))
            }
            _ => self.rank().cmp(&other.rank()),
        };
        if descending { order.reverse() } else { order }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Number(_) => 1,
            Self::Time(_) => 2,
            Self::Text(..) => 3,
            Self::Missing => 4,
        }
    }
}
