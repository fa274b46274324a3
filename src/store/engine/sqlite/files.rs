//! The names and sizes of a database's files.

use std::path::{Path, PathBuf};

/// The files that SQLite may create beside a database.
pub(in crate::store) fn companions(path: &Path) -> [PathBuf; 3] {
    ["-wal", "-shm", "-journal"].map(|ending| companion(path, ending))
}

/// Bytes of a database and of its write-ahead log on disk.
pub fn sizes(path: &Path) -> (u64, u64) {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    (size(path), size(&companion(path, "-wal")))
}

/// A file beside a database, by the end of its name.
pub(in crate::store) fn companion(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
