//! PostgreSQL's errors.

use tokio_postgres::error::SqlState;

use super::super::super::error::Error;
use super::super::failure::{Cause, Failure};

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        let busy = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::QUERY_CANCELED,
        ];
        match error.code() {
            Some(code) if busy.contains(code) => Self::Busy,
            _ => Self::Engine(Failure::new(Cause::Other, described(&error))),
        }
    }
}

/// The server's message with its detail; the library's own text of other errors.
fn described(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(error), _) => match error.detail() {
            Some(detail) => format!("{} ({detail})", error.message()),
            None => error.message().to_owned(),
        },
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

/// The failure of an operating system that is out of resources.
pub(super) fn of_runtime(error: std::io::Error) -> Error {
    Error::Engine(Failure::new(Cause::Other, error))
}
