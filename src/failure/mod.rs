//! The error type of all operations.

mod failure_list;
mod server;

use std::borrow::Borrow;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::{Invalid, SearchError};
pub use crate::domain::{shell_argument, shell_option, shell_word};
use crate::store::{self, FileProblem};

pub use self::failure_list::FailureList;

/// The kind of a failure, which determines the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// I/O or an internal error.
    Failed,
    /// The database cannot be used at the moment: it is busy or closing, its disk is full, or its
    /// file is gone. Another attempt may succeed later.
    Unavailable,
    /// The command was used incorrectly.
    Usage,
    /// There is no such object.
    NotFound,
    /// It already exists, or conflicts with something else.
    Conflict,
    /// A value breaks a rule.
    Invalid,
    /// The platform or the network failed.
    Platform,
    /// A check failed or differences were found.
    Check,
}

impl Kind {
    /// Every kind, by exit code.
    pub const ALL: &[Self] = &[
        Self::Failed,
        Self::Unavailable,
        Self::Usage,
        Self::NotFound,
        Self::Conflict,
        Self::Invalid,
        Self::Platform,
        Self::Check,
    ];

    /// Its meaning, in a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Failed => "Failed: input or output, or an internal error.",
            Self::Unavailable => "The database cannot be used at the moment; the message says why.",
            Self::Usage => {
                "The command was used incorrectly, or a value is missing and cannot be prompted \
                 for."
            }
            Self::NotFound => {
                "There is no such registration, deployment, resource, account, grade, consumer \
                 key, key, launch, setting, code or database."
            }
            Self::Conflict => "It already exists, or conflicts with something else.",
            Self::Invalid => "A value breaks a rule; the message names the field and the rule.",
            Self::Platform => "The platform or the network failed.",
            Self::Check => "A check failed, or differences were found.",
        }
    }

    /// The exit code of the command.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Failed | Self::Unavailable => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Conflict => 4,
            Self::Invalid => 5,
            Self::Platform => 6,
            Self::Check => 7,
        }
    }

    /// The stable code in JSON errors.
    pub fn code(self) -> &'static str {
        match self {
            Self::Failed | Self::Unavailable => "failed",
            Self::Usage => "usage",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Invalid => "invalid_value",
            Self::Platform => "platform_failed",
            Self::Check => "check_failed",
        }
    }
}

/// A failure: what failed, why, and the command that helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The kind of failure.
    pub kind: Kind,
    /// What went wrong, in one line.
    pub what: String,
    /// Why, in one line.
    pub why: String,
    /// How to fix it: a command if possible; empty if the command line adds a hint.
    pub hint: String,
    /// The problems of a file, in its order; `why` has them, too.
    pub problems: Vec<FileError>,
}

/// A problem of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FileError {
    /// The file, or `standard input`.
    pub file: String,
    /// The line, from 1 up.
    pub line: u32,
    /// The column, from 1 up, in characters.
    pub column: u32,
    /// The key, such as `registrations.moodle.name`; empty for a whole document.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

impl Failure {
    /// A failure of any kind.
    pub fn new(
        kind: Kind,
        what: impl Into<String>,
        why: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let problems = Vec::new();
        Self { kind, what: what.into(), why: why.into(), hint: hint.into(), problems }
    }

    /// A value that breaks a rule, with a command that explains it.
    pub fn invalid(invalid: &Invalid, hint: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, format!("invalid {}", invalid.field), invalid.to_string(), hint)
    }

    /// There is no `noun` with this name; suggests the nearest ones.
    pub fn not_found(noun: &str, name: &str, known: &[impl Borrow<str>]) -> Self {
        let nearest = nearest(name, known.iter().map(Borrow::borrow));
        let why = if known.is_empty() {
            format!("there is no {noun} yet")
        } else if nearest.is_empty() {
            format!("no {noun} has a similar name")
        } else {
            format!("did you mean {}?", nearest.join(" or "))
        };
        let hint = match (noun, known.is_empty()) {
            ("registration", true) => "ltictl registration create NAME".to_owned(),
            ("resource", true) => "ltictl resource publish NAME".to_owned(),
            ("account", true) => "ltictl account create USERNAME".to_owned(),
            ("consumer", true) => "ltictl consumer add NAME".to_owned(),
            ("code", _) => "ltictl explain".to_owned(),
            _ => format!("ltictl {noun} list"),
        };
        Self::new(Kind::NotFound, format!("no {noun} {name:?}"), why, hint)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.what, self.why)
    }
}

impl std::error::Error for Failure {}

/// Without a hint: the command line adds the help of the command.
impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        Self::invalid(&invalid, "")
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        use store::Error;
        let why = error.to_string();
        match error {
            Error::Missing { .. } => no_database("no database", why),
            Error::NotInitialised => no_database("the database is not set up", why),
            Error::ReadableByOthers { path, .. } => Self::new(
                Kind::Failed,
                "the database is not private",
                why,
                format!("chmod 600 {}", shell_word(&path.display().to_string())),
            ),
            Error::NotOurs { .. } => Self::new(
                Kind::Failed,
                "this is not an ltictl database",
                why,
                "name another file with --db or LTICTL_DB",
            ),
            Error::Newer { .. } => Self::new(
                Kind::Unavailable,
                "the database is newer than this program",
                why,
                "install the ltictl that wrote it, or a newer one, and restart `ltictl serve` if it \
                 runs",
            ),
            Error::Busy => Self::new(
                Kind::Unavailable,
                "the database is busy",
                why,
                "try again; if this persists, find the process that holds the lock",
            ),
            Error::Closed => Self::new(
                Kind::Unavailable,
                "the server is shutting down",
                why,
                "try again in a moment",
            ),
            Error::Io { .. } => Self::new(
                Kind::Failed,
                "the database cannot be opened",
                why,
                "check the path given with --db or LTICTL_DB",
            ),
            Error::FileChanged { path, database } => file_changed(&path, &database, why),
            Error::NotAFile { .. } => not_a_file(why),
            Error::SignIn(error) => error.into(),
            Error::Older { address, .. } => server::too_old(&address, why),
            Error::Server { address, problem, .. } => server::failure(&address, problem, why),
            Error::Damaged { path, .. } => damaged(&path, why),
            Error::Unusable { path, problem } => unusable(&path, problem, why),
            Error::Migration(_) | Error::Corrupt(_) | Error::Commit(_) | Error::Engine(_) => {
                Self::new(Kind::Failed, "the database failed", why, "ltictl db check")
            }
        }
    }
}

fn no_database(what: &str, why: String) -> Failure {
    let hint = "ltictl init --url https://tool.example.edu --name \"Example Tool\"";
    Failure::new(Kind::NotFound, what, why, hint)
}

/// The database is on a server.
fn not_a_file(why: String) -> Failure {
    let hint = "use the tools of PostgreSQL, such as pg_dump and pg_restore";
    Failure::new(Kind::Usage, "the database is not a file", why, hint)
}

/// The files of a running server's database were deleted or replaced.
fn file_changed(path: &Path, database: &Path, why: String) -> Failure {
    let hint = if path == database {
        format!(
            "stop `ltictl serve`, put the right file at {} or restore a backup (ltictl restore \
             FILE), and start the server again",
            shell_word(&path.display().to_string())
        )
    } else {
        "stop `ltictl serve`, run `ltictl db check`, and start the server again".to_owned()
    };
    Failure::new(Kind::Unavailable, "the server has lost its database", why, hint)
}

fn damaged(path: &Path, why: String) -> Failure {
    Failure::new(
        Kind::Failed,
        "the database is damaged",
        why,
        format!(
            "run `ltictl db check --db {}`; stop `ltictl serve` and restore a backup, which has \
             everything up to the time when it was made: ltictl restore FILE",
            shell_word(&path.display().to_string())
        ),
    )
}

/// The content of the file is sound, so nothing has to be restored.
fn unusable(path: &Path, problem: FileProblem, why: String) -> Failure {
    let file = shell_word(&path.display().to_string());
    let directory = path.parent().unwrap_or(path).display().to_string();
    let directory = shell_word(if directory.is_empty() { "." } else { &directory });
    let (what, hint) = match problem {
        FileProblem::DiskFull => {
            ("the database cannot grow", format!("free some space: df -h {directory}"))
        }
        FileProblem::ReadOnly => (
            "the database cannot be written",
            format!("make the file and its file system writable: ls -l {file}; df {directory}"),
        ),
        FileProblem::NotOpenable => (
            "the database cannot be opened",
            format!("give this user the file and its directory: ls -la {directory}"),
        ),
        FileProblem::Io => (
            "the database cannot be read or written",
            format!(
                "check the disk and its free space (df -h {directory}), then run `ltictl db \
                check`"
            ),
        ),
    };
    Failure::new(Kind::Unavailable, what, why, hint)
}

/// A server cannot listen on an address; `option` is the command and the option that sets it, up to
/// the address.
pub fn cannot_listen(option: &str, address: SocketAddr, error: &io::Error) -> Failure {
    let (why, port) = match error.kind() {
        io::ErrorKind::AddrInUse => (
            "another program listens on this port".to_owned(),
            address.port().checked_add(1).unwrap_or(8080),
        ),
        io::ErrorKind::PermissionDenied => {
            (format!("this user must not use the port: {error}"), 8080)
        }
        _ => (error.to_string(), address.port()),
    };
    // An address that this machine does not have cannot be used with any port.
    let ip = match error.kind() {
        io::ErrorKind::AddrNotAvailable if address.is_ipv4() => Ipv4Addr::LOCALHOST.into(),
        io::ErrorKind::AddrNotAvailable => Ipv6Addr::LOCALHOST.into(),
        _ => address.ip(),
    };
    let other = SocketAddr::new(ip, port);
    let what = format!("cannot listen on {address}");
    Failure::new(Kind::Failed, what, why, format!("{option}{other}"))
}

/// The failure if a text is not a search.
pub fn not_a_search(error: &SearchError) -> Failure {
    Failure::new(
        Kind::Usage,
        format!("invalid search: {error}"),
        "words, \"phrases\", AND, OR, NOT and parentheses can be combined; quotation marks around \
         an operator make it a word",
        "",
    )
}

/// A number with its noun: `1 launch`, `2 launches`.
pub fn counted<N: PartialEq + From<u8> + fmt::Display>(
    number: N,
    one: &str,
    several: &str,
) -> String {
    let noun = if number == N::from(1) { one } else { several };
    format!("{number} {noun}")
}

/// The names that are most similar to `name`, at most three.
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Vec<String> {
    let mut ranked: Vec<(f64, &str)> = known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, candidate)| {
            *likeness > 0.75 || (name.len() > 2 && candidate.contains(name))
        })
        .collect();
    ranked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    ranked.into_iter().take(3).map(|(_, candidate)| candidate.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_names_are_suggested() {
        let known = ["moodle-prod", "moodle-test", "canvas"].map(str::to_owned);
        assert_eq!(
            Failure::not_found("registration", "moodle-prd", &known).why,
            "did you mean moodle-prod or moodle-test?"
        );
        assert_eq!(
            Failure::not_found("registration", "zzz", &known).hint,
            "ltictl registration list"
        );
        assert_eq!(
            Failure::not_found("registration", "zzz", &known[..0]).hint,
            "ltictl registration create NAME"
        );
    }
}
