//! A value that was rejected.

use std::fmt;

/// A value that breaks a rule: the field, and the rule as text that starts with "must".
///
/// Displayed as `client ID must not be empty`; commands add a hint and exit with code 5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The field's name in the LMS and in the help, for instance `client ID`.
    pub field: String,
    /// The rule that was broken, starting with "must".
    pub rule: String,
}

impl Invalid {
    /// A broken rule of one field.
    pub fn new(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { field: field.into(), rule: rule.into() }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.field, self.rule)
    }
}

impl std::error::Error for Invalid {}
