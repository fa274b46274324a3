//! Restores the database from a backup, after checking it, in one transaction.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tempfile::NamedTempFile;

use crate::admin::backup::{
    cannot_write, check_sound, keep, report_check, report_pages, temporary_beside,
};
use crate::admin::keys;
use crate::domain::{Actor, KeyPurpose, KeyState, Random, Secret, Settings};
use crate::failure::{Failure, Kind, shell_word};
use crate::lti::private_key;
use crate::rules::progress::Progress;
use crate::store::file::{self, DatabaseFile, Pace, TableSize};
use crate::store::{Error, SCHEMA_VERSION, Store};

/// A backup that has passed every check and can replace the database, which is unchanged so far.
pub struct Checked {
    /// Its settings.
    pub settings: Settings,
    /// The schema version with which it was created.
    pub schema_version: usize,
    /// Whether it had no keys, so that new ones were generated.
    pub has_new_keys: bool,
    /// Its tables.
    pub tables: Vec<TableSize>,
    /// The complete, up-to-date copy that replaces the database.
    work: NamedTempFile,
    database: PathBuf,
}

/// A database that was restored.
pub struct Restored {
    /// Its path.
    pub database: PathBuf,
    /// Path of the previous database, if there was one.
    pub kept: Option<PathBuf>,
}

/// Checks a backup completely and prepares it. The backup is not changed; the work is done on a
/// copy beside the database.
///
/// # Errors
///
/// If the file does not exist, belongs to another program, is newer than this program or damaged,
/// has no settings, or contains a key that cannot sign.
pub fn check(
    backup: &Path,
    database: &Path,
    actor: Actor,
    progress: &dyn Progress,
    now: Timestamp,
    random: &Random,
) -> Result<Checked, Failure> {
    let file = DatabaseFile::open_backup(backup).map_err(|error| not_a_backup(backup, error))?;
    let schema_version = file.schema_version().map_err(|error| not_a_backup(backup, error))?;
    if schema_version > SCHEMA_VERSION {
        return Err(Error::Newer {
            path: backup.to_owned(),
            found: schema_version,
            known: SCHEMA_VERSION,
        }
        .into());
    }
    let pages = file.page_count();
    progress.expect(pages);
    file.watching(&mut report_check(progress, pages), || check_sound(&file, "the backup"))??;
    let settings = file.read().settings().map_err(|error| not_a_backup(backup, error))?;
    file::create_directory_for(database)?;
    let work = temporary_beside(database, ".ltictl-restore-")
        .map_err(|error| cannot_write(database, &error))?;
    file.copy_to(work.path(), Pace::Fast, &mut report_pages(progress))?;
    let (has_new_keys, tables) = prepare(work.path(), backup, actor, now, random)?;
    Ok(Checked {
        settings,
        schema_version,
        has_new_keys,
        tables,
        work,
        database: database.to_owned(),
    })
}

fn not_a_backup(backup: &Path, error: Error) -> Failure {
    let name = backup.display();
    match error {
        Error::Missing { .. } => Failure::new(
            Kind::NotFound,
            format!("no file {name}"),
            "there is nothing to restore from",
            "check the path, or create a backup: ltictl backup FILE",
        ),
        Error::NotOurs { .. } => Failure::new(
            Kind::Invalid,
            format!("{name} is not a backup"),
            "it is not a database of ltictl",
            "use a file created by `ltictl backup FILE`",
        ),
        Error::NotInitialised => Failure::new(
            Kind::Invalid,
            format!("{name} cannot be restored"),
            "it has no settings",
            "use a file created by `ltictl backup FILE`",
        ),
        Error::Damaged { .. } | Error::Engine(_) => Failure::new(
            Kind::Check,
            "the backup is damaged",
            error.to_string(),
            "restore an older backup: ltictl restore FILE",
        ),
        error => error.into(),
    }
}

/// Updates a copy's schema, logs in its audit log that it was restored, and generates missing keys.
/// Returns whether keys were missing.
fn prepare(
    work: &Path,
    backup: &Path,
    actor: Actor,
    now: Timestamp,
    random: &Random,
) -> Result<(bool, Vec<TableSize>), Failure> {
    let mut store = Store::open(work)?.acting_as(actor);
    let keys = store.read().all_signing_keys()?;
    for key in keys.iter().filter(|key| matches!(key.state, KeyState::Active | KeyState::Next)) {
        if !private_key::signs(key.private_key.expose(), &key.modulus, &key.exponent) {
            return Err(Failure::new(
                Kind::Check,
                "the backup is damaged",
                format!("its key {} cannot sign", key.kid),
                "restore an older backup: ltictl restore FILE",
            ));
        }
    }
    let state_key = match store.read().state_key() {
        Ok(key) if key.expose().len() == 32 => None,
        Ok(_) | Err(Error::NotInitialised) => Some(Secret::new(random.bytes::<32>().to_vec())),
        Err(error) => return Err(error.into()),
    };
    // ID tokens are signed only if there is an app that wants them.
    let needed: &[KeyPurpose] = match store.read().client_slugs()?.is_empty() {
        true => &[KeyPurpose::Lti],
        false => KeyPurpose::ALL,
    };
    let signs =
        |purpose| keys.iter().any(|key| key.state == KeyState::Active && key.purpose == purpose);
    let new_keys = needed
        .iter()
        .filter(|purpose| !signs(**purpose))
        .map(|purpose| keys::generate(*purpose, now, random))
        .collect::<Result<Vec<_>, _>>()?;
    let has_new_keys = state_key.is_some() || !new_keys.is_empty();
    store.write(|write| {
        write.log_restored(&backup.display().to_string())?;
        if let Some(key) = state_key {
            write.save_state_key(&key)?;
            write.put_new_app_keys(now)?;
        }
        new_keys.iter().try_for_each(|key| write.insert_signing_key(key))
    })?;
    drop(store);
    DatabaseFile::remove_companions(work)?;
    Ok((has_new_keys, DatabaseFile::open_backup(work)?.tables()?))
}

impl Checked {
    /// Whether there is a database to replace.
    pub fn replaces_database(&self) -> bool {
        self.database.exists()
    }

    /// Replaces the database with the backup; the previous database is kept beside it.
    ///
    /// # Errors
    ///
    /// If another process has the database open, such as `ltictl serve`, or the database cannot be
    /// read; nothing is changed then.
    pub fn install(self, progress: &dyn Progress, now: Timestamp) -> Result<Restored, Failure> {
        let database = self.database.clone();
        if !database.exists() {
            if let Some(left) = file::stray_companions(&database).first() {
                let left = shell_word(&left.display().to_string());
                let why = format!(
                    "{left} exists without its database, and SQLite would use it with the \
                     restored one"
                );
                return Err(Failure::new(
                    Kind::Conflict,
                    "nothing was restored",
                    why,
                    format!("move it out of the way: mv {left} {left}.old"),
                ));
            }
            keep(self.work, &database, false)?;
            return Ok(Restored { database, kept: None });
        }
        // A file that is not a database of this program is reported before any change.
        drop(DatabaseFile::open(&database).map_err(|error| unreadable_target(&database, error))?);
        let kept = previous_database_path(&database, now);
        let before = temporary_beside(&database, ".ltictl-restore-")
            .map_err(|error| cannot_write(&database, &error))?;
        let place = before.path().to_owned();
        let name_it =
            || keep(before, &kept, false).map_err(|failure| Error::Commit(failure.to_string()));
        file::replace(&database, self.work.path(), &place, name_it, &mut report_pages(progress))
            .map_err(|error| match error {
                Error::Busy => Failure::new(
                    Kind::Conflict,
                    "the database is in use",
                    format!(
                        "`ltictl serve`, another command or a replication has {} open",
                        database.display()
                    ),
                    "stop it, then run this command again",
                ),
                error => error.into(),
            })?;
        drop(Store::open(&database)?);
        Ok(Restored { database, kept: Some(kept) })
    }
}

/// A database that is too damaged to be opened is not replaced, because it may be an unrelated
/// file.
fn unreadable_target(database: &Path, error: Error) -> Failure {
    match error {
        Error::NotOurs { .. } | Error::Damaged { .. } | Error::Engine(_) => {
            let name = shell_word(&database.display().to_string());
            Failure::new(
                Kind::Conflict,
                "nothing was restored",
                format!("{name} cannot be read as a database of ltictl"),
                format!("move it out of the way: mv {name} {name}.damaged"),
            )
        }
        error => error.into(),
    }
}

/// `ltictl.db` becomes `ltictl.db.before-restore-20261125T043500Z`, with a number appended if that
/// already exists.
fn previous_database_path(database: &Path, now: Timestamp) -> PathBuf {
    let named = |number: u32| {
        let mut name = database.as_os_str().to_owned();
        name.push(format!(".before-restore-{}", now.strftime("%Y%m%dT%H%M%SZ")));
        if number > 0 {
            name.push(format!("-{number}"));
        }
        PathBuf::from(name)
    };
    (0..).map(named).find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| named(0))
}
