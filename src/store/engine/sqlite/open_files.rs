//! Whether the files of an open database are still those at its path.
//!
//! SQLite keeps using the files that it opened, even if they have been deleted or another file has
//! taken their place. What is written then is lost, and a write-ahead log that meets another
//! database destroys it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::super::super::error::Error;
use super::Connection;
use super::files::companion;

/// The files of an open database: itself, its write-ahead log, and the index of this.
pub(in crate::store) struct OpenFiles {
    /// At its real path, beside which its companions are.
    database: OpenFile,
    /// At the path by which it was opened, which may be a symbolic link: others who use this path
    /// would use another database once the link leads elsewhere.
    named: OpenFile,
    /// The log and its index; none on a file system that has no write-ahead log.
    companions: Vec<OpenFile>,
    /// The first file that was found to be missing or replaced. This does not end: putting
    /// the file back does not bring back what was written meanwhile.
    changed: OnceLock<PathBuf>,
}

struct OpenFile {
    path: PathBuf,
    opened: Identity,
}

/// What distinguishes a file from another one at the same path.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    number: u64,
}

impl OpenFiles {
    /// The files of a connection that was opened by the path `name`.
    pub(in crate::store) fn of(connection: &Connection, name: PathBuf) -> Result<Self, Error> {
        // The log and its index exist from the first read on.
        connection.ask("SELECT count(*) FROM sqlite_schema")?;
        let path = connection.path();
        let database = OpenFile::at(path.to_owned())?;
        Ok(Self {
            named: OpenFile { path: name, opened: database.opened },
            database,
            companions: ["-wal", "-shm"]
                .into_iter()
                .filter_map(|ending| OpenFile::at(companion(path, ending)).ok())
                .collect(),
            changed: OnceLock::new(),
        })
    }

    /// Fails if one of the files has been deleted or replaced. Opens none of them: closing a file
    /// would release SQLite's locks on it.
    pub(in crate::store) fn check(&self) -> Result<(), Error> {
        let changed = [&self.database, &self.named]
            .into_iter()
            .chain(&self.companions)
            .find(|file| !file.is_in_place());
        if let Some(file) = changed {
            let _ = self.changed.set(file.path.clone());
        }
        self.result()
    }

    /// The result of all checks so far.
    pub(in crate::store) fn result(&self) -> Result<(), Error> {
        match self.changed.get() {
            Some(path) => {
                let database = self.database.path.clone();
                Err(Error::FileChanged { path: path.clone(), database })
            }
            None => Ok(()),
        }
    }

    /// Saves what the log contains in the file to which it belongs, wherever this is now, and leaves
    /// nothing at the path that could meet another database. Returns whether everything is saved:
    /// another process may be reading an earlier state, and then this has to be tried again.
    pub(in crate::store) fn abandon(&self, connection: &Connection) -> bool {
        // SQLite deletes whatever log is at the path when the last connection is closed.
        let _ = connection.keep_log_when_closed();
        if !self.companions.iter().all(|file| !file.path.exists() || file.is_in_place()) {
            // Another process has begun with files of its own.
            return true;
        }
        let is_saved = connection
            .0
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get("busy"))
            .is_ok_and(|busy: bool| !busy);
        if !self.database.is_in_place() {
            for file in &self.companions {
                file.move_away(is_saved);
            }
        }
        is_saved
    }
}

impl OpenFile {
    fn at(path: PathBuf) -> Result<Self, Error> {
        match Identity::at(&path) {
            Ok(opened) => Ok(Self { path, opened }),
            Err(source) => Err(Error::Io { path, source }),
        }
    }

    /// Removes a companion that is not needed; otherwise it gets another name.
    fn move_away(&self, is_needless: bool) {
        let elsewhere = companion(&self.path, ".abandoned");
        if self.is_in_place() {
            let _ = std::fs::rename(&self.path, &elsewhere);
        }
        if is_needless && Identity::at(&elsewhere).is_ok_and(|found| found == self.opened) {
            let _ = std::fs::remove_file(&elsewhere);
        }
    }

    fn is_in_place(&self) -> bool {
        match Identity::at(&self.path) {
            Ok(found) => found == self.opened,
            // A directory that cannot be searched any more says nothing about the file.
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }
}

impl Identity {
    #[cfg(unix)]
    fn at(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = std::fs::metadata(path)?;
        Ok(Self { device: metadata.dev(), number: metadata.ino() })
    }

    /// Other systems do not let anyone delete or replace an open file.
    #[cfg(not(unix))]
    fn at(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|_| Self { device: 0, number: 0 })
    }
}
