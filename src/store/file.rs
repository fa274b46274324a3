//! Inspects, copies and replaces a whole database file of any schema version, without updating the
//! schema.
//!
//! A [`DatabaseFile`] is the live database or a backup of one. Copies are made by SQLite's online
//! backup, page by page from one snapshot, so writers can continue. Replacing a database is one
//! transaction: no other process may have the database open, and if it is interrupted, nothing has
//! changed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::column::to_milliseconds;
use super::engine::{Connection, quoted, sqlite};
use super::query::{Queries as _, bind};
use super::transaction::Transaction;
use super::{Error, Read, create_directory, health};

pub use super::engine::sqlite::copy::{CopyProgress, Pace};
pub use super::engine::sqlite::files::sizes;

/// How many of SQLite's steps it takes to check a page, roughly.
const STEPS_PER_PAGE: i32 = 1_300;

/// How often the progress of a check is reported.
const REPORT_INTERVAL: Duration = Duration::from_millis(100);

/// How long other processes may take to close a database that is to be replaced.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// An open database file.
pub struct DatabaseFile {
    connection: Connection,
    path: PathBuf,
}

/// The size of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TableSize {
    /// Its name.
    pub table: String,
    /// Number of rows.
    pub rows: u64,
    /// Number of bytes in its pages and those of its indexes.
    pub bytes: u64,
}

/// The pages of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pages {
    /// Bytes of a page.
    pub size: u64,
    /// Pages in the file.
    pub count: u64,
    /// Unused pages.
    pub free: u64,
}

impl DatabaseFile {
    /// Opens the live database file without updating its schema.
    ///
    /// # Errors
    ///
    /// The file does not exist, others can read it, it belongs to another program, or SQLite fails.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self { connection: Connection::open(path)?, path: path.to_owned() })
    }

    /// Opens a backup to read it; neither it nor a companion is written.
    ///
    /// # Errors
    ///
    /// The file does not exist, it belongs to another program, or SQLite fails.
    pub fn open_backup(path: &Path) -> Result<Self, Error> {
        let connection = Connection::Sqlite(sqlite::Connection::open_backup(path)?);
        Ok(Self { connection, path: path.to_owned() })
    }

    /// The queries. Only [`Read::settings`] works with every schema; the others need the newest.
    pub fn read(&self) -> Read<'_> {
        Read::of(&self.connection)
    }

    /// The schema version.
    pub fn schema_version(&self) -> Result<usize, Error> {
        self.connection.schema_version()
    }

    /// See [`Store::check_writable`](super::Store::check_writable).
    pub fn check_writable(&self) -> Result<(), Error> {
        health::check_writable(&self.connection)
    }

    /// The problems that SQLite finds in the file, page by page and row by row.
    ///
    /// # Errors
    ///
    /// The file cannot be checked.
    pub fn damage(&self) -> Result<Vec<String>, Error> {
        let found: Vec<String> =
            match self
                .connection
                .all("PRAGMA integrity_check(20)", bind! {}, |row| row.get("integrity_check"))
            {
                Err(Error::Damaged { problem, .. }) => vec![problem],
                found => found?,
            };
        Ok(found
            .into_iter()
            .filter(|line| line != "ok")
            .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
            .collect())
    }

    /// Rows that refer to rows which do not exist, as `table → parent: count`.
    pub fn broken_references(&self) -> Result<Vec<String>, Error> {
        self.connection.all(
            r#"SELECT "table" || ' → ' || parent || ': ' || count(*) AS line
               FROM pragma_foreign_key_check GROUP BY "table", parent ORDER BY line"#,
            bind! {},
            |row| row.get("line"),
        )
    }

    /// Every table with its size, by name.
    pub fn tables(&self) -> Result<Vec<TableSize>, Error> {
        // One pass over the pages, not one for each table.
        let sizes: Vec<(String, u64)> = self.connection.all(
            r"SELECT part.tbl_name AS name, sum(pages.pgsize) AS bytes
              FROM (SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE) AS pages
                  JOIN sqlite_schema AS part ON part.name = pages.name
              WHERE part.tbl_name NOT LIKE 'sqlite\_%' ESCAPE '\'
              GROUP BY part.tbl_name ORDER BY part.tbl_name",
            bind! {},
            |row| Ok((row.get("name")?, row.get("bytes")?)),
        )?;
        with_rows(&self.connection, sizes)
    }

    /// The pages of the file.
    pub fn pages(&self) -> Result<Pages, Error> {
        let number = |name: &str| {
            self.connection.one(&format!("PRAGMA {name}"), bind! {}, |row| row.get(name))
        };
        Ok(Pages {
            size: number("page_size")?,
            count: number("page_count")?,
            free: number("freelist_count")?,
        })
    }

    /// Number of pages; 0 if the file is too damaged to say.
    pub fn page_count(&self) -> u64 {
        self.pages().map_or(0, |pages| pages.count)
    }

    /// Bytes of the write-ahead log.
    pub fn log_bytes(&self) -> u64 {
        sizes(&self.path).1
    }

    /// Runs checks of the whole file, and reports their progress, which is an estimate.
    pub fn watching<T>(
        &self,
        progress: CopyProgress<'_>,
        check: impl FnOnce() -> T,
    ) -> Result<T, Error> {
        let pages = self.page_count();
        let checked = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&checked);
        let connection = self.connection.file()?;
        connection.watch_steps(STEPS_PER_PAGE, move || {
            counter.fetch_add(1, Ordering::Relaxed);
        })?;
        let result = thread::scope(|scope| {
            let (running, ended) = mpsc::channel::<()>();
            scope.spawn(move || {
                while ended.recv_timeout(REPORT_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    progress(checked.load(Ordering::Relaxed).min(pages.saturating_sub(1)), pages);
                }
                progress(pages, pages);
            });
            let result = check();
            drop(running);
            result
        });
        connection.stop_watching_steps()?;
        Ok(result)
    }

    /// Copies the database as it is now into an empty file: the copy does not contain what others
    /// write meanwhile, and has no companions.
    pub fn copy_to(
        &self,
        copy: &Path,
        pace: Pace,
        progress: CopyProgress<'_>,
    ) -> Result<(), Error> {
        // While this transaction is open, SQLite does not restart the copy when another process
        // writes.
        let snapshot = Transaction::snapshot(&self.connection)?;
        snapshot.file()?.ask("SELECT count(*) FROM sqlite_schema")?;
        let mut to = sqlite::Connection::open(copy)?;
        // The copy is not used before it is complete; the caller syncs it before it gets its name.
        to.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;")?;
        let file = match pace {
            Pace::Fast => None,
            Pace::BesideServer => Some(
                File::options()
                    .write(true)
                    .open(copy)
                    .map_err(|source| Error::Io { path: copy.to_owned(), source })?,
            ),
        };
        self.connection.file()?.copy_pages(&mut to, file.as_ref(), progress)?;
        to.ask("PRAGMA journal_mode = DELETE")
    }

    /// Removes the companions of a file that is not in use, such as a copy.
    pub fn remove_companions(path: &Path) -> Result<(), Error> {
        sqlite::Connection::open(path)?.ask("PRAGMA journal_mode = DELETE")
    }
}

/// Tables with their sizes in bytes, and the numbers of their rows.
pub(super) fn with_rows(
    connection: &Connection,
    sizes: Vec<(String, u64)>,
) -> Result<Vec<TableSize>, Error> {
    let with_rows = |(table, bytes): (String, u64)| {
        let rows = row_count(connection, &table)?;
        Ok(TableSize { table, rows, bytes })
    };
    sizes.into_iter().map(with_rows).collect()
}

/// The number of rows in a table.
pub(super) fn row_count(connection: &Connection, table: &str) -> Result<u64, Error> {
    let count = format!("SELECT count(*) AS rows FROM {}", quoted(table));
    connection.one(&count, bind! {}, |row| row.get("rows"))
}

/// Writes a copy without anything that could be used to sign or sign in: deletes it from `copy`, a
/// file that the caller deletes afterwards, and fills the empty file `clean` with the rest, row by
/// row, so that no page contains deleted values. Keys are retired, and passwords, the secrets of
/// LTI 1.1 and of OpenID clients, and sessions are deleted.
pub fn without_secrets(copy: &Path, clean: &Path, now: Timestamp) -> Result<(), Error> {
    let connection = Connection::Sqlite(sqlite::Connection::open(copy)?);
    connection.execute_batch(
        "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; PRAGMA \
        temp_store = MEMORY; PRAGMA secure_delete = ON;",
    )?;
    let now = to_milliseconds(now);
    for (table, change) in SECRETS {
        // A backup of an older schema has fewer tables.
        let exists = connection.one(
            "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = :table)
                 AS is_there",
            bind! { table },
            |row| row.get("is_there"),
        )?;
        if exists {
            connection.execute_batch(&change.replace("$NOW", &now.to_string()))?;
        }
    }
    let clean = clean.to_str().ok_or_else(|| Error::NotOurs { path: clean.to_owned() })?;
    connection.change("VACUUM INTO :clean", bind! { clean })?;
    Ok(())
}

/// Statements that remove the secrets from a copy, by table.
const SECRETS: [(&str, &str); 10] = [
    (
        "signing_key",
        "UPDATE signing_key SET private_key = x'', state = 'retired', retired_at = \
         coalesce(retired_at, $NOW)",
    ),
    ("secret", "DELETE FROM secret"),
    ("consumer_secret", "DELETE FROM consumer_secret"),
    ("consumer", "UPDATE consumer SET cartridge_token = lower(hex(randomblob(16)))"),
    ("identity_provider", "UPDATE identity_provider SET secret = NULL"),
    (
        "client",
        "UPDATE client SET secret_digest = NULL, secret_created_at = NULL, previous_secret_digest = \
         NULL, previous_secret_until = NULL",
    ),
    ("account", "UPDATE account SET password_hash = NULL"),
    ("session", "DELETE FROM session"),
    ("pending_launch", "DELETE FROM pending_launch"),
    ("pending_proxy", "DELETE FROM pending_proxy"),
];

/// Replaces the database at `path` with `work`, which no process has open. The previous database is
/// copied first to `keep`, an empty file, which `kept` then renames. Meanwhile no other process can
/// open the database, and if this is interrupted, the previous one is unchanged.
///
/// # Errors
///
/// [`Error::Busy`] if another process has the database open; nothing is changed then.
pub fn replace(
    path: &Path,
    work: &Path,
    keep: &Path,
    kept: impl FnOnce() -> Result<(), Error>,
    progress: CopyProgress<'_>,
) -> Result<(), Error> {
    let present = Connection::Sqlite(sqlite::Connection::open(path)?);
    present.set_patience(CLOSE_TIMEOUT)?;
    // In WAL mode every process that has the database open holds a shared lock, and the mode can
    // only be changed without one. The lock is kept until the end.
    present.file()?.ask("PRAGMA locking_mode = EXCLUSIVE")?;
    let check_mode = |sql| -> Result<(), Error> {
        let mode: String = present.one(sql, bind! {}, |row| row.get("journal_mode"))?;
        if mode == "delete" { Ok(()) } else { Err(Error::Busy) }
    };
    check_mode("PRAGMA journal_mode = DELETE")?;
    present.execute_batch("PRAGMA synchronous = FULL; BEGIN EXCLUSIVE; COMMIT;")?;
    check_mode("PRAGMA journal_mode")?;
    let before = DatabaseFile { connection: present, path: path.to_owned() };
    before.copy_to(keep, Pace::Fast, &mut |_, _| {})?;
    kept()?;
    let Connection::Sqlite(mut present) = before.connection else {
        return Err(Error::NotAFile { database: path.to_owned() });
    };
    sqlite::Connection::open_read_only(work)?.copy_pages(&mut present, None, progress)?;
    present.ask("PRAGMA locking_mode = NORMAL")?;
    // The next read releases the lock.
    present.ask("SELECT count(*) FROM sqlite_schema")
}

/// Creates the directory for a database if it does not exist.
pub fn create_directory_for(path: &Path) -> Result<(), Error> {
    create_directory(path)
}

/// The companions of a database that does not exist. SQLite would use them with the next file of
/// that name.
pub fn stray_companions(path: &Path) -> Vec<PathBuf> {
    if path.exists() {
        return Vec::new();
    }
    sqlite::files::companions(path).into_iter().filter(|companion| companion.exists()).collect()
}

#[cfg(test)]
mod tests;
