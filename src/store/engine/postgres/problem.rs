//! What can be wrong with a server.

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
            Self::TooManyConnections => "the server accepts no further connections",
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
