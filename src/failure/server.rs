//! The failures of a server with the database, and what fixes them.

use super::{Failure, Kind, shell_word};
use crate::store::{ServerAddress, ServerProblem};

/// The server does not work for this program. All of it is temporary for a running server: it
/// connects again, with the password that the file has then.
pub(super) fn failure(address: &ServerAddress, problem: ServerProblem, why: String) -> Failure {
    let (flags, host) = (address.client_flags(), shell_word(&address.host()));
    let (port, user) = (address.port(), shell_word(address.user()));
    let database = shell_word(address.database());
    let connection = address.connection_flags();
    let (what, hint) = match problem {
        ServerProblem::Unreachable | ServerProblem::Lost | ServerProblem::Starting => (
            "the database cannot be reached",
            format!("check that PostgreSQL runs and is reachable: pg_isready -h {host} -p {port}"),
        ),
        ServerProblem::TooManyConnections => (
            "the database accepts no more connections",
            "increase max_connections of PostgreSQL or end other programs' connections".to_owned(),
        ),
        ServerProblem::ReadOnly => (
            "the database cannot be written",
            "connect to the primary server; name all servers as HOST:PORT,HOST:PORT in the URL \
             and the one that can be written is used"
                .to_owned(),
        ),
        ServerProblem::Cancelled => (
            "the database stopped a statement",
            "try again; if this persists, look for long transactions in pg_stat_activity"
                .to_owned(),
        ),
        ServerProblem::PasswordMissing | ServerProblem::PasswordWrong => (
            "the database does not accept the password",
            "write the password into a file that only you can read and name it with \
             --db-password-file, or add it to ~/.pgpass or the file that PGPASSFILE names"
                .to_owned(),
        ),
        ServerProblem::NoUser => (
            "the database's user does not exist",
            format!(
                "create it as an administrator of PostgreSQL: createuser {connection} -P {user}"
            ),
        ),
        ServerProblem::NoDatabase => (
            "the database does not exist",
            format!(
                "create it as an administrator of PostgreSQL: createdb {connection} -O {user} -E \
                 UTF8 -T template0 {database}"
            ),
        ),
        ServerProblem::OtherEncoding => (
            "the database does not store UTF-8",
            format!(
                "create another database and name it in the URL: createdb {connection} -O {user} -E \
                 UTF8 -T template0 NAME"
            ),
        ),
        ServerProblem::NotAdmitted => (
            "the database does not admit this user",
            "allow this user and this machine in pg_hba.conf of PostgreSQL and reload it"
                .to_owned(),
        ),
        ServerProblem::NotPermitted => (
            "the database's user lacks a permission",
            format!(
                "let the user own the database, as an administrator of PostgreSQL: psql \
                 {connection} -c {}",
                shell_word(&format!(
                    "ALTER DATABASE {} OWNER TO {}",
                    quoted(address.database()),
                    quoted(address.user())
                ))
            ),
        ),
        ServerProblem::NoTls => (
            "the database does not support encrypted connections",
            "set ssl = on in postgresql.conf with a certificate for the server's name".to_owned(),
        ),
        ServerProblem::UntrustedCertificate => (
            "the database's certificate is not trusted",
            "name the certificate authority's file in the URL: sslrootcert=FILE".to_owned(),
        ),
        ServerProblem::OtherName => (
            "the database's certificate is for another name",
            "write the host name of the certificate in the URL; hostaddr=ADDRESS says where it is"
                .to_owned(),
        ),
        ServerProblem::Tls => (
            "the connection to the database cannot be encrypted",
            format!("compare what PostgreSQL's own client says: psql {flags} {database}"),
        ),
        ServerProblem::TooOld => {
            ("PostgreSQL is too old", "upgrade it to version 13 or later".to_owned())
        }
    };
    Failure::new(Kind::Unavailable, what, why, hint)
}

/// A name as SQL writes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
