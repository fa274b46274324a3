//! Queries of `doctor` about the database itself and the launch log as a whole; those about one
//! registration are in [`super::history`].

use std::time::Instant;

use jiff::Timestamp;

use super::engine::Connection;
use super::query::{Queries as _, bind};
use super::{Error, Read, Write, begin};

/// Number of rows of a kind that the server deletes when they expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiringRows {
    /// What the rows are.
    pub name: &'static str,
    /// All of them.
    pub all: u32,
    /// Those that have expired.
    pub expired: u32,
}

/// The tables without whose rows no launch can be checked or stored.
const NEEDED_BY_EVERY_LAUNCH: [&str; 12] = [
    "setting",
    "secret",
    "signing_key",
    "registration",
    "registration_origin",
    "deployment",
    "platform_keyset",
    "resource",
    "resource_registration",
    "registration_total",
    "launch_log_size",
    "record_version",
];

/// Which part of the file a check reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilePart {
    /// All of it.
    Whole,
    /// The tables without whose rows no launch can be checked or stored; they do not grow with the
    /// number of people and launches.
    NeededByEveryLaunch,
}

impl Read<'_> {
    /// The problems that SQLite's quick check finds, or what a server knows to be invalid.
    pub fn integrity_problems(&self, part: FilePart) -> Result<Vec<String>, Error> {
        if let Some(state) = self.server_state()? {
            return Ok(state.invalid);
        }
        let file = self.connection.file()?;
        match part {
            FilePart::Whole => file.quick_check("5"),
            FilePart::NeededByEveryLaunch => {
                let mut problems = Vec::new();
                for table in NEEDED_BY_EVERY_LAUNCH {
                    problems.extend(file.quick_check(table)?);
                }
                Ok(problems)
            }
        }
    }

    /// The size of the file in bytes, without the write-ahead log.
    pub fn file_bytes(&self) -> Result<u64, Error> {
        self.connection.file()?.bytes()
    }

    /// How many sessions, spent nonces and waiting launches there are, and how many of them expired
    /// before `moment`.
    pub fn expiring_rows(&self, moment: Timestamp) -> Result<Vec<ExpiringRows>, Error> {
        let count = |(name, table): (&'static str, &str)| {
            self.connection.one(
                &format!(
                    "SELECT count(*) AS rows, count(*) FILTER (WHERE expires_at < :moment)
                         AS expired
                     FROM {table}"
                ),
                bind! { moment },
                |row| {
                    Ok(ExpiringRows { name, all: row.get("rows")?, expired: row.get("expired")? })
                },
            )
        };
        [
            ("sessions", "session"),
            ("spent nonces", "spent_nonce"),
            ("waiting launches", "pending_launch"),
        ]
        .into_iter()
        .map(count)
        .collect()
    }

    /// The time of the newest launch, accepted or refused.
    pub fn newest_launch_at(&self) -> Result<Option<Timestamp>, Error> {
        self.connection
            .find("SELECT at FROM launch ORDER BY id DESC LIMIT 1", bind! {}, |row| row.get("at"))
    }
}

impl Write<'_> {
    /// Writes to the file without changing anything.
    pub(super) fn touch(&self) -> Result<(), Error> {
        self.connection.touch()
    }
}

/// See [`super::Store::check_writable`].
pub(super) fn check_writable(connection: &Connection) -> Result<(), Error> {
    touch_and_commit(connection).map_err(|error| error.in_file(connection.path()))
}

fn touch_and_commit(connection: &Connection) -> Result<(), Error> {
    let transaction = begin(connection, Instant::now())?;
    transaction.touch()?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt as _;

    use super::*;
    use crate::store::Store;
    use crate::store::file::DatabaseFile;

    #[test]
    fn a_damaged_table_that_every_launch_needs_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ltictl.db");
        drop(Store::create(&path).unwrap());
        let sound = std::fs::read(&path).unwrap();
        let first_pages: Vec<(String, u64)> = DatabaseFile::open(&path)
            .unwrap()
            .read()
            .connection
            .all("SELECT name, rootpage FROM sqlite_schema WHERE type = 'table'", bind! {}, |row| {
                Ok((row.get("name")?, row.get("rootpage")?))
            })
            .unwrap();
        let page_size = u64::from(u16::from_be_bytes([sound[16], sound[17]]));
        let is_found = |part| {
            let file = DatabaseFile::open(&path).unwrap();
            match file.read().integrity_problems(part) {
                Ok(problems) => !problems.is_empty(),
                Err(error) => matches!(error, Error::Damaged { .. }),
            }
        };
        assert!(!is_found(FilePart::Whole) && !is_found(FilePart::NeededByEveryLaunch));
        for table in NEEDED_BY_EVERY_LAUNCH.into_iter().chain(["launch"]) {
            let (_, page) = first_pages.iter().find(|(name, _)| name == table).unwrap();
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            file.write_all_at(&[0xee; 64], (page - 1) * page_size).unwrap();
            assert!(is_found(FilePart::Whole), "{table}");
            assert_eq!(is_found(FilePart::NeededByEveryLaunch), table != "launch", "{table}");
            std::fs::write(&path, &sound).unwrap();
        }
    }
}
