//! A value that was refused where it entered.

use std::fmt;

/// A value that breaks a rule: which field, and which rule in words that follow "must".
///
/// Shown as `client ID must not be empty`; the command line adds how to ask for help and leaves
/// with exit code 5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The field's name as the LMS and our help call it, for instance `client ID`.
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
