//! SQLite's errors.

use std::path::Path;

use rusqlite::ErrorCode;

use super::super::super::error::{Error, FileProblem};
use super::super::failure::{Cause, Failure};

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let cause = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => return Self::Busy,
            Some(ErrorCode::NotADatabase) => Cause::NotADatabase,
            Some(ErrorCode::DatabaseCorrupt) => Cause::Corrupt,
            Some(ErrorCode::DiskFull) => Cause::DiskFull,
            Some(ErrorCode::ReadOnly) => Cause::ReadOnly,
            Some(ErrorCode::CannotOpen) => Cause::CannotOpen,
            Some(ErrorCode::PermissionDenied) => Cause::NotPermitted,
            Some(ErrorCode::SystemIoFailure) => Cause::InputOrOutput,
            _ => Cause::Other,
        };
        Self::Engine(Failure::new(cause, error))
    }
}

impl Error {
    /// Adds the file to an error of SQLite, which does not name it.
    pub(in crate::store) fn in_file(self, file: &Path) -> Self {
        let path = || file.to_owned();
        match self {
            Self::Engine(failure) if failure.cause == Cause::Corrupt => {
                Self::Damaged { path: path(), problem: failure.to_string() }
            }
            Self::Engine(failure) => match file_problem(failure.cause, file) {
                Some(problem) => Self::Unusable { path: path(), problem },
                None => Self::Engine(failure),
            },
            other => other,
        }
    }

    /// Whether SQLite reports that the file is not a database.
    pub(in crate::store) fn is_not_a_database(&self) -> bool {
        matches!(self, Self::Engine(failure) if failure.cause == Cause::NotADatabase)
    }
}

fn file_problem(cause: Cause, path: &Path) -> Option<FileProblem> {
    match cause {
        // SQLite reports this, too, if a companion of the file cannot be created or grow.
        Cause::InputOrOutput if is_disk_full(path) => Some(FileProblem::DiskFull),
        Cause::CannotOpen if is_disk_read_only(path) => Some(FileProblem::ReadOnly),
        Cause::DiskFull => Some(FileProblem::DiskFull),
        Cause::ReadOnly => Some(FileProblem::ReadOnly),
        Cause::CannotOpen | Cause::NotPermitted => Some(FileProblem::NotOpenable),
        Cause::InputOrOutput => Some(FileProblem::Io),
        Cause::NotADatabase | Cause::Corrupt | Cause::Other => None,
    }
}

/// Less free space than SQLite's smallest step by which it extends a companion, in bytes.
#[cfg(unix)]
const MIN_SPACE: u64 = 64 * 1024;

#[cfg(unix)]
fn disk_of(path: &Path) -> Option<rustix::fs::StatVfs> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    rustix::fs::statvfs(directory.unwrap_or(Path::new("."))).ok()
}

#[cfg(unix)]
fn is_disk_full(path: &Path) -> bool {
    disk_of(path).is_some_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < MIN_SPACE)
}

#[cfg(unix)]
fn is_disk_read_only(path: &Path) -> bool {
    disk_of(path).is_some_and(|disk| disk.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY))
}

#[cfg(not(unix))]
fn is_disk_full(_: &Path) -> bool {
    false
}

#[cfg(not(unix))]
fn is_disk_read_only(_: &Path) -> bool {
    false
}
