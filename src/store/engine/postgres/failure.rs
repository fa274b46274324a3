//! PostgreSQL's errors.

use std::fmt;
use std::io;

use tokio_postgres::error::SqlState;
use tokio_rustls::rustls::{self, CertificateError};

use super::super::super::error::Error;
use super::super::failure::{Cause, Failure};

/// Why a server cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerProblem {
    /// It does not answer, refuses connections, or its name is not known.
    Unreachable,
    /// A connection ended or the server did not answer any more, before everything was done.
    Lost,
    /// It is starting or shutting down.
    Starting,
    /// It has no connection left for this user.
    TooManyConnections,
    /// It is a standby, or is set to be read only.
    ReadOnly,
    /// It stopped a statement that took too long, or an administrator did.
    Cancelled,
    /// It asks for a password, and there is none.
    PasswordMissing,
    /// The password is wrong, or there is no such user.
    PasswordWrong,
    /// There is no such user.
    NoUser,
    /// Its rules do not let this user in from here.
    NotAdmitted,
    /// There is no such database.
    NoDatabase,
    /// The user may not do what is necessary, such as creating tables.
    NotPermitted,
    /// It does not support TLS.
    NoTls,
    /// Its certificate is not from a certificate authority that is trusted.
    UntrustedCertificate,
    /// Its certificate is for another name.
    OtherName,
    /// Encryption failed for another reason.
    Tls,
    /// Its version of PostgreSQL is too old.
    TooOld,
    /// The database does not store UTF-8.
    OtherEncoding,
}

impl ServerProblem {
    /// The problem, in a sentence without the address.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unreachable => "the server cannot be reached",
            Self::Lost => "the connection to the server was lost",
            Self::Starting => "the server is starting or shutting down",
            Self::TooManyConnections => "the server accepts no more connections",
            Self::ReadOnly => "the server cannot be written, because it is a standby or read-only",
            Self::Cancelled => "the server stopped a statement",
            Self::PasswordMissing => "the server asks for a password",
            Self::PasswordWrong => "the user or the password is wrong",
            Self::NoUser => "there is no such user",
            Self::NotAdmitted => "the server does not admit this user from here",
            Self::NoDatabase => "there is no such database",
            Self::NotPermitted => "the user may not do this",
            Self::NoTls => "the server does not support encrypted connections",
            Self::UntrustedCertificate => "the server's certificate is not trusted",
            Self::OtherName => "the server's certificate is for another name",
            Self::Tls => "the connection cannot be encrypted",
            Self::TooOld => "the server's version of PostgreSQL is too old",
            Self::OtherEncoding => "the database cannot store all characters",
        }
    }

    /// Whether the same attempt may soon succeed, on a new connection.
    pub fn is_outage(self) -> bool {
        matches!(
            self,
            Self::Unreachable
                | Self::Lost
                | Self::Starting
                | Self::TooManyConnections
                | Self::ReadOnly
                | Self::Cancelled
        )
    }
}

/// An address that cannot be used, and how to write it.
pub(super) fn invalid(why: impl fmt::Display, fix: impl Into<String>) -> Error {
    Error::Address { why: why.to_string(), fix: fix.into() }
}

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
        (Some(error), _) => match error.detail() {
            Some(detail) => format!("{} ({detail})", error.message()),
            None => error.message().to_owned(),
        },
        (None, Some(source)) => source.to_string(),
        (None, None) => error.to_string(),
    }
}

/// The failure of an operating system that is out of resources.
pub(super) fn of_runtime(error: std::io::Error) -> Error {
    Error::Engine(Failure::new(Cause::Other, error))
}
