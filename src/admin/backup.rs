//! Backs up the database while it is in use, and checks the copy.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use tempfile::NamedTempFile;

use crate::failure::{Failure, Kind, shell_word};
use crate::rules::progress::Progress;
pub use crate::store::file::TableSize;
use crate::store::file::{self, DatabaseFile, Pace};

/// A backup that was created and checked.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BackedUp {
    /// The file.
    #[serde(serialize_with = "path_as_text")]
    #[schemars(with = "String")]
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its schema version.
    pub schema_version: usize,
    /// Whether it contains private keys, secrets and password hashes.
    pub with_keys: bool,
    /// All tables with their sizes.
    pub tables: Vec<TableSize>,
}

/// Paths need not be Unicode, but JSON is.
fn path_as_text<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

/// Options of a backup.
#[derive(Debug, Clone, Copy, Default)]
pub struct BackupOptions {
    /// Omit everything that can be used to sign or sign in: private keys, the server's secret, LTI
    /// 1.1 secrets, password hashes and sessions.
    pub without_keys: bool,
    /// Replace an existing file.
    pub force: bool,
}

/// Copies the current database into a file that only its owner can read, and checks the copy. The
/// file appears under its name once it is complete and valid.
///
/// # Errors
///
/// If the file exists or cannot be written, or the copy, and therefore the database, is damaged.
pub fn back_up(
    database: &Path,
    path: &Path,
    options: BackupOptions,
    progress: &dyn Progress,
    now: Timestamp,
) -> Result<BackedUp, Failure> {
    let source = DatabaseFile::open(database)?;
    check_place(database, path, options.force)?;
    let pages = source.page_count();
    progress.expect(pages);
    let copy =
        temporary_beside(path, ".ltictl-backup-").map_err(|error| cannot_write(path, &error))?;
    if options.without_keys {
        // The temporary copy with secrets stays beside the database; only the copy without them is
        // written to the target directory.
        let whole = temporary_beside(database, ".ltictl-backup-")
            .map_err(|error| cannot_write(database, &error))?;
        source.copy_to(whole.path(), Pace::BesideServer, &mut report_pages(progress))?;
        file::without_secrets(whole.path(), copy.path(), now)?;
    } else {
        source.copy_to(copy.path(), Pace::BesideServer, &mut report_pages(progress))?;
    }
    let (schema_version, tables) = {
        let checked = DatabaseFile::open_backup(copy.path())?;
        let check = || {
            check_sound(&checked, "the copy (and therefore the database)")?;
            Ok::<_, Failure>((checked.schema_version()?, checked.tables()?))
        };
        checked.watching(&mut report_check(progress, pages), check)??
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

/// Checks whether a backup may be written to `path`.
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
            "the file already exists, and only --force overwrites it",
            format!("ltictl backup {} --force", shell_word(&path.display().to_string())),
        );
    }
    Ok(())
}

/// Fails if a database is damaged.
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

/// Creates a file that only its owner can read, and that is deleted unless it is kept.
pub(super) fn temporary_beside(path: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(prefix).suffix(".db").tempfile_in(directory_of(path))
}

/// Syncs a complete file and moves it to its path.
pub(super) fn keep(file: NamedTempFile, path: &Path, replace: bool) -> Result<(), Failure> {
    let kept = std::fs::File::open(file.path()).and_then(|file| file.sync_all()).and_then(|()| {
        let kept = if replace { file.persist(path) } else { file.persist_noclobber(path) };
        kept.map(drop).map_err(|error| error.error)
    });
    kept.map_err(|error| cannot_write(path, &error))?;
    // The name is on disk once its directory is synced, which not every system supports.
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
        "check the directory's permissions and the free disk space",
    )
}

/// Reports pages as they are checked, as parts of so many that are already expected.
pub(super) fn report_check(progress: &dyn Progress, expected: u64) -> impl FnMut(u64, u64) + Send {
    let mut reported = 0;
    move |done, all| {
        let part = u128::from(done) * u128::from(expected) / u128::from(all.max(1));
        let done = u64::try_from(part).unwrap_or(expected);
        progress.advance(done.saturating_sub(reported));
        reported = done.max(reported);
    }
}

/// Reports pages as they are copied.
pub(super) fn report_pages(progress: &dyn Progress) -> impl FnMut(u64, u64) + Send {
    let (mut expected, mut reported) = (0, 0);
    move |done, all| {
        progress.expect(all.saturating_sub(expected));
        progress.advance(done.saturating_sub(reported));
        (expected, reported) = (all.max(expected), done.max(reported));
    }
}
