//! The failures of a server with the database, and what fixes them.

use std::path::Path;

use super::{Failure, Kind, shell_word};
use crate::store::{ServerAddress, ServerProblem, SignInError, quoted};

/// What is wrong with a server. All of it is temporary for a running program, which connects again,
/// with the password that the file has then.
pub(super) fn failure(address: &ServerAddress, problem: ServerProblem, why: String) -> Failure {
    Failure::new(Kind::Unavailable, what(problem), why, hint(address, problem))
}

/// The schema on a server is that of an older version.
pub(super) fn too_old(address: &ServerAddress, why: String) -> Failure {
    let hint = format!("ltictl db upgrade --db {}", shell_word(address.url()));
    Failure::new(Kind::Unavailable, "the database is older than this program", why, hint)
}

impl From<SignInError> for Failure {
    fn from(error: SignInError) -> Self {
        let why = error.to_string();
        let word = |path: &Path| shell_word(&path.display().to_string());
        match error {
            SignInError::Address { fix, .. } => {
                Self::new(Kind::Usage, "the database's URL cannot be used", why, fix)
            }
            SignInError::Unreadable { path, .. } => Self::new(
                Kind::Failed,
                "a file for signing in cannot be read",
                why,
                format!("let this user read the file, or name another one: ls -l {}", word(&path)),
            ),
            SignInError::ReadableByOthers { path, .. } => Self::new(
                Kind::Failed,
                "the password is not private",
                why,
                format!("chmod 600 {}", word(&path)),
            ),
        }
    }
}

fn what(problem: ServerProblem) -> &'static str {
    match problem {
        ServerProblem::Unreachable | ServerProblem::Lost | ServerProblem::Starting => {
            "the database cannot be reached"
        }
        ServerProblem::TooManyConnections => "the database accepts no further connections",
        ServerProblem::ReadOnly => "the database cannot be written",
        ServerProblem::Cancelled => "the database stopped a statement",
        ServerProblem::PasswordMissing => "the database needs a password",
        ServerProblem::PasswordWrong => "the database does not accept the password",
        ServerProblem::NoUser => "the database's user does not exist",
        ServerProblem::NoDatabase => "the database does not exist",
        ServerProblem::OtherEncoding => "the database does not store UTF-8",
        ServerProblem::NotAdmitted => "the database does not admit this user",
        ServerProblem::NotPermitted => "the database's user lacks a permission",
        ServerProblem::NoTls => "the database does not support encrypted connections",
        ServerProblem::UntrustedCertificate => "the database's certificate is not trusted",
        ServerProblem::OtherName => "the database's certificate is for another name",
        ServerProblem::Tls => "the connection to the database cannot be encrypted",
        ServerProblem::TooOld => "PostgreSQL is too old",
    }
}

fn hint(address: &ServerAddress, problem: ServerProblem) -> String {
    let text = match problem {
        ServerProblem::Unreachable | ServerProblem::Lost | ServerProblem::Starting => {
            return format!("check the server: pg_isready {}", address.connection_flags());
        }
        ServerProblem::NoUser | ServerProblem::NoDatabase | ServerProblem::OtherEncoding => {
            return administration(address, problem);
        }
        ServerProblem::NotPermitted => return permission(address),
        ServerProblem::TooManyConnections => {
            "increase max_connections of PostgreSQL, or end connections of other programs"
        }
        ServerProblem::ReadOnly => {
            "connect to the primary server; if the URL names all servers, as in HOST:PORT,HOST:PORT, \
             the one that can be written is used"
        }
        ServerProblem::Cancelled => {
            "try again; if this persists, look for long transactions in pg_stat_activity"
        }
        ServerProblem::PasswordMissing | ServerProblem::PasswordWrong => {
            "write the password into a file that only you can read and name it with \
             --db-password-file, or add it to ~/.pgpass or the file that PGPASSFILE names"
        }
        ServerProblem::NotAdmitted => {
            "allow this user, database and machine in pg_hba.conf of PostgreSQL, and reload it"
        }
        ServerProblem::NoTls => {
            "set ssl = on in postgresql.conf, with a certificate for the server's name"
        }
        ServerProblem::UntrustedCertificate => {
            "name the file of the server's certificate authority in the URL: sslrootcert=FILE"
        }
        ServerProblem::OtherName => {
            "write the certificate's host name in the URL; hostaddr=ADDRESS says where that is"
        }
        ServerProblem::Tls => {
            "check the files of sslrootcert, sslcert and sslkey in the URL, and the certificate of \
             the server"
        }
        ServerProblem::TooOld => "upgrade it to version 13 or later",
    };
    text.to_owned()
}

/// What an administrator of PostgreSQL runs.
fn administration(address: &ServerAddress, problem: ServerProblem) -> String {
    let (server, user) = (address.connection_flags(), shell_word(address.user()));
    let database = shell_word(address.database());
    let command = match problem {
        ServerProblem::NoUser => format!("createuser {server} --pwprompt {user}"),
        ServerProblem::OtherEncoding => {
            return format!(
                "create another database, and name it in the URL: createdb {server} --owner={user} \
                 --encoding=UTF8 --template=template0 NAME"
            );
        }
        _ => format!(
            "createdb {server} --owner={user} --encoding=UTF8 --template=template0 {database}"
        ),
    };
    format!("run as an administrator of PostgreSQL: {command}")
}

/// Everything that the program does with its tables: for another user than the one who owns them, or
/// in a schema of someone else. Upgrades change the tables themselves, which only their owner may do.
fn permission(address: &ServerAddress) -> String {
    let (database, schema) = (quoted(address.database()), quoted(address.schema()));
    let objects = [
        format!("DATABASE {database}"),
        format!("SCHEMA {schema}"),
        format!("ALL TABLES IN SCHEMA {schema}"),
        format!("ALL SEQUENCES IN SCHEMA {schema}"),
    ];
    let user = quoted(address.user());
    let grants = objects.map(|objects| format!("GRANT ALL ON {objects} TO {user}")).join("; ");
    format!(
        "use the URL with the user who owns the tables, or run as an administrator of PostgreSQL: \
         psql {} --dbname={} --command={}",
        address.connection_flags(),
        shell_word(address.database()),
        shell_word(&grants)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::SignInFiles;

    #[test]
    fn schemas_are_upgraded_where_they_are() {
        let url = "postgres://user@db.example.edu/ltictl?sslmode=verify-full&connect_timeout=3";
        let address = ServerAddress::parse(url, SignInFiles::default()).unwrap();
        let failure = too_old(&address, String::new());
        let words = shell_words::split(&failure.hint).unwrap();
        assert_eq!(words.last().map(String::as_str), Some(url), "{}", failure.hint);
    }

    #[test]
    fn commands_for_administrators_are_complete_and_quoted() {
        let url = "postgres://o'user@db.example.edu:6432/the%20%22db%22";
        let address = ServerAddress::parse(url, SignInFiles::default()).unwrap();
        for (problem, words) in [
            (
                ServerProblem::NoUser,
                &["createuser", "-h", "db.example.edu", "-p", "6432", "--pwprompt", "o'user"][..],
            ),
            (
                ServerProblem::NoDatabase,
                &[
                    "createdb",
                    "-h",
                    "db.example.edu",
                    "-p",
                    "6432",
                    "--owner=o'user",
                    "--encoding=UTF8",
                    "--template=template0",
                    "the \"db\"",
                ],
            ),
            (
                ServerProblem::NotPermitted,
                &[
                    "psql",
                    "-h",
                    "db.example.edu",
                    "-p",
                    "6432",
                    "--dbname=the \"db\"",
                    "--command=GRANT ALL ON DATABASE \"the \"\"db\"\"\" TO \"o'user\"; \
                     GRANT ALL ON SCHEMA \"public\" TO \"o'user\"; \
                     GRANT ALL ON ALL TABLES IN SCHEMA \"public\" TO \"o'user\"; \
                     GRANT ALL ON ALL SEQUENCES IN SCHEMA \"public\" TO \"o'user\"",
                ],
            ),
            (ServerProblem::Lost, &["pg_isready", "-h", "db.example.edu", "-p", "6432"]),
        ] {
            let hint = hint(&address, problem);
            let (_, command) = hint.split_once(": ").unwrap();
            assert_eq!(shell_words::split(command).unwrap(), words, "{hint}");
        }
    }
}
