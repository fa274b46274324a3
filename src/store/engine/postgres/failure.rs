//! PostgreSQL's errors.

use std::io;

use tokio_postgres::error::SqlState;
use tokio_rustls::rustls::{self, CertificateError};

use super::super::super::error::Error;
use super::super::failure::{Cause, Failure};
use super::problem::ServerProblem;

/// The problem of the server if an error is one, and not that of a statement.
pub(super) fn problem_of(error: &tokio_postgres::Error) -> Option<ServerProblem> {
    if let Some(error) = error.as_db_error() {
        return of_code(error.code(), error.routine());
    }
    let source = std::error::Error::source(error);
    let io = source.and_then(|source| source.downcast_ref::<io::Error>());
    if let Some(tls) = io.and_then(|io| io.get_ref()?.downcast_ref::<rustls::Error>()) {
        return Some(of_tls(tls));
    }
    if error.is_closed() || io.is_some() {
        return Some(ServerProblem::Lost);
    }
    None
}

/// The problem that a code of PostgreSQL means, if it is not that of a statement. The function of the
/// server that reports it distinguishes some; unlike the message, it is not translated.
fn of_code(code: &SqlState, routine: Option<&str>) -> Option<ServerProblem> {
    let outages = [
        (SqlState::ADMIN_SHUTDOWN, ServerProblem::Lost),
        (SqlState::CRASH_SHUTDOWN, ServerProblem::Lost),
        (SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT, ServerProblem::Lost),
        (SqlState::CANNOT_CONNECT_NOW, ServerProblem::Starting),
        (SqlState::TOO_MANY_CONNECTIONS, ServerProblem::TooManyConnections),
        (SqlState::READ_ONLY_SQL_TRANSACTION, ServerProblem::ReadOnly),
        (SqlState::QUERY_CANCELED, ServerProblem::Cancelled),
        (SqlState::INVALID_PASSWORD, ServerProblem::PasswordWrong),
        (SqlState::INVALID_CATALOG_NAME, ServerProblem::NoDatabase),
        (SqlState::INSUFFICIENT_PRIVILEGE, ServerProblem::NotPermitted),
    ];
    if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
        return Some(match routine {
            Some("InitializeSessionUserId") => ServerProblem::NoUser,
            _ => ServerProblem::NotAdmitted,
        });
    }
    // The schema was brought up to date after this connection had prepared the statement.
    if *code == SqlState::FEATURE_NOT_SUPPORTED && routine == Some("RevalidateCachedQuery") {
        return Some(ServerProblem::Lost);
    }
    // Connection exceptions, and sessions that the server ends, such as idle ones.
    if code.code().starts_with("08") || code.code() == "57P05" {
        return Some(ServerProblem::Lost);
    }
    outages.iter().find(|(known, _)| known == code).map(|(_, problem)| *problem)
}

fn of_tls(error: &rustls::Error) -> ServerProblem {
    let rustls::Error::InvalidCertificate(error) = error else { return ServerProblem::Tls };
    match error {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            ServerProblem::OtherName
        }
        // A signature is bad if another authority has the same name. A certificate that signs itself
        // may be called an authority that is none.
        CertificateError::UnknownIssuer
        | CertificateError::BadSignature
        | CertificateError::Other(_) => ServerProblem::UntrustedCertificate,
        _ => ServerProblem::Tls,
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        let busy = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::LOCK_NOT_AVAILABLE,
        ];
        match error.code() {
            Some(code) if busy.contains(code) => Self::Busy,
            _ => Self::Engine(Failure::new(Cause::Other, described(&error))),
        }
    }
}

/// The server's message with its detail; the library's own text of other errors.
pub(super) fn described(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(error), _) => match error.detail().filter(|_| !has_values(error.code())) {
            Some(detail) => format!("{} ({detail})", error.message()),
            None => error.message().to_owned(),
        },
        (None, Some(source)) => source.to_string(),
        (None, None) => error.to_string(),
    }
}

/// Whether the detail of an error contains values of rows, such as keys: if a constraint is violated,
/// or a value is not possible. The message names what it is about.
fn has_values(code: &SqlState) -> bool {
    ["22", "23"].iter().any(|class| code.code().starts_with(class))
}

/// The failure of an operating system that is out of resources.
pub(super) fn of_runtime(error: std::io::Error) -> Error {
    Error::Engine(Failure::new(Cause::Other, error))
}
