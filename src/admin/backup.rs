//! Backups: a whole, checked copy of the database while it is in use.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tempfile::NamedTempFile;

use crate::failure::{Failure, Kind, shell_word};
use crate::rules::progress::Progress;
pub use crate::store::file::TableSize;
use crate::store::file::{self, DatabaseFile};

/// A backup that was made.
pub struct BackedUp {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// The schema version of what is in it.
    pub schema_version: usize,
    /// Whether anyone who has it can sign and sign in as the tool.
    pub with_keys: bool,
    /// What is in it.
    pub tables: Vec<TableSize>,
}

/// How a backup is to be made.
#[derive(Debug, Clone, Copy, Default)]
pub struct BackupOptions {
    /// Leave out whatever lets somebody sign, or sign in: private keys, the server's secret,
    /// secrets of LTI 1.1, password hashes, sessions.
    pub without_keys: bool,
    /// Replace a file that is there.
    pub force: bool,
}

/// Copies the database, as it is at this moment, into a file for its owner only, and checks the
/// copy. The file is there when all of it is good, and not before.
///
/// # Errors
///
/// The file exists; it cannot be written; the copy is damaged, as the database is then.
pub fn back_up(
    database: &Path,
    path: &Path,
    options: BackupOptions,
    progress: &dyn Progress,
    now: Timestamp,
) -> Result<BackedUp, Failure> {
    let source = DatabaseFile::open(database)?;
    check_place(database, path, options.force)?;
    let copy =
        temporary_beside(path, ".ltictl-backup-").map_err(|error| cannot_write(path, &error))?;
    if options.without_keys {
        // What holds the secrets for a moment stays where they are anyway; only what is left of it
        // goes to the other place.
        let whole = temporary_beside(database, ".ltictl-backup-")
            .map_err(|error| cannot_write(database, &error))?;
        source.copy_to(whole.path(), &mut telling(progress))?;
        file::without_secrets(whole.path(), copy.path(), now)?;
    } else {
        source.copy_to(copy.path(), &mut telling(progress))?;
    }
    let (schema_version, tables) = {
        let checked = DatabaseFile::open_backup(copy.path())?;
        check_sound(&checked, "the copy, and so the database,")?;
        (checked.schema_version()?, checked.tables()?)
    };
    keep(copy, path, options.force)?;
    let bytes = std::fs::metadata(path).map_err(|error| cannot_write(path, &error))?.len();
    Ok(BackedUp {
        path: path.to_owned(),
        bytes,
        schema_version,
        with_keys: !options.without_keys,
        tables,
    })
}

/// Whether a backup may be put there.
fn check_place(database: &Path, path: &Path, force: bool) -> Result<(), Failure> {
    let conflict = |why: &str, hint: String| {
        Err(Failure::new(Kind::Conflict, format!("{} is not written", path.display()), why, hint))
    };
    let directory = directory_of(path);
    if !directory.is_dir() {
        let directory = shell_word(&directory.display().to_string());
        return Err(Failure::new(
            Kind::Failed,
            format!("cannot write {}", path.display()),
            format!("there is no directory {directory}"),
            format!("mkdir -p {directory}"),
        ));
    }
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    if path
        .canonicalize()
        .is_ok_and(|path| database.canonicalize().is_ok_and(|database| path == database))
    {
        return conflict("it is the database itself", "choose another file".to_owned());
    }
    if path.is_dir() {
        return conflict(
            "it is a directory",
            format!(
                "name a file: ltictl backup {}",
                shell_word(&path.join("ltictl-backup.db").display().to_string())
            ),
        );
    }
    if !force {
        return conflict(
            "there is such a file already",
            format!(
                "ltictl backup {} --force, or choose another file",
                shell_word(&path.display().to_string())
            ),
        );
    }
    Ok(())
}

/// Says in words, as a failure, that a database is damaged.
pub(super) fn check_sound(file: &DatabaseFile, what: &str) -> Result<(), Failure> {
    let damage = [file.damage()?, file.broken_references()?].concat();
    match damage.first() {
        None => Ok(()),
        Some(first) => {
            let more = if damage.len() > 1 {
                format!("; {} more", damage.len() - 1)
            } else {
                String::new()
            };
            Err(Failure::new(
                Kind::Check,
                format!("{what} is damaged"),
                format!("{first}{more}"),
                "restore an older backup: ltictl restore FILE",
            ))
        }
    }
}

/// A new file for its owner only, which goes when it is not kept.
pub(super) fn temporary_beside(path: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(prefix).suffix(".db").tempfile_in(directory_of(path))
}

/// Gives a whole file its name, once it is on disk.
pub(super) fn keep(file: NamedTempFile, path: &Path, replace: bool) -> Result<(), Failure> {
    let kept = std::fs::File::open(file.path()).and_then(|file| file.sync_all()).and_then(|()| {
        let kept = if replace { file.persist(path) } else { file.persist_noclobber(path) };
        kept.map(drop).map_err(|error| error.error)
    });
    kept.map_err(|error| cannot_write(path, &error))?;
    // The name is on disk with its directory; not every system can sync one.
    if let Ok(directory) = std::fs::File::open(directory_of(path)) {
        let _ = directory.sync_all();
    }
    Ok(())
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub(super) fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    let kind =
        if error.kind() == io::ErrorKind::AlreadyExists { Kind::Conflict } else { Kind::Failed };
    Failure::new(
        kind,
        format!("cannot write {}", path.display()),
        error.to_string(),
        "check the directory, and the space on its disk",
    )
}

/// Tells of pages as they are copied.
pub(super) fn telling(progress: &dyn Progress) -> impl FnMut(u64, u64) {
    let (mut expected, mut told) = (0, 0);
    move |done, all| {
        progress.expect(all.saturating_sub(expected));
        progress.advance(done.saturating_sub(told));
        (expected, told) = (all.max(expected), done.max(told));
    }
}
