//! Failures of an engine.

use std::fmt;

use super::value::ValueError;

/// Why an engine did not do what it should, unless [`Error`](super::super::Error) has a variant for
/// it.
#[derive(Debug)]
pub struct Failure {
    pub(super) cause: Cause,
    message: String,
}

/// What can be wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    NotADatabase,
    Corrupt,
    DiskFull,
    ReadOnly,
    CannotOpen,
    NotPermitted,
    InputOrOutput,
    /// Something else.
    Other,
}

impl Failure {
    pub(super) fn new(cause: Cause, message: impl fmt::Display) -> Self {
        Self { cause, message: message.to_string() }
    }

    /// A query returned nothing, although it always returns a row.
    pub(in crate::store) fn no_row() -> Self {
        Self::new(Cause::Other, "a query returned no rows")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl From<ValueError> for Failure {
    fn from(error: ValueError) -> Self {
        Self::new(Cause::Other, error)
    }
}
