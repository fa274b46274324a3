//! Backups of a database on PostgreSQL: its own tools make and restore them, and this checks them.
//!
//! A backup is what `pg_dump` writes as plain SQL: a file that can be read without PostgreSQL.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use crate::admin::backup::{BackedUp, TableSize};
use crate::failure::{Failure, Kind, shell_word};
use crate::rules::progress::Progress;
use crate::store::{SCHEMA_VERSION, ServerAddress, ServerDatabase, mode_for_others};

/// The last lines of a complete backup contain this.
const END: &str = "-- PostgreSQL database dump complete";

/// A backup that is complete.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Dump {
    /// The schema version with which it was created.
    pub schema_version: usize,
    /// The tool's public URL.
    pub url: String,
    /// The tool's name.
    pub name: String,
    /// All tables, with the number of their rows and of the bytes that these have in the backup.
    pub tables: Vec<TableSize>,
}

/// What became of a backup in a database.
#[derive(Debug, PartialEq, Eq)]
pub enum Restorable {
    /// The database is empty: the backup can be restored into it.
    Empty,
    /// The database contains the backup.
    Restored,
}

/// Checks a backup that PostgreSQL's own tool has made of a database.
///
/// # Errors
///
/// There is no such file yet; the failure says how to make it. Others can read it, or it is not a
/// complete backup of a database of this program.
pub fn back_up(
    address: &ServerAddress,
    path: &Path,
    progress: &dyn Progress,
) -> Result<BackedUp, Failure> {
    if !path.exists() {
        return Err(to_be_made(address, path));
    }
    let database = ServerDatabase::open(address)?;
    let dump = read(path, progress)?;
    let bytes = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
    let tables = database.tables()?;
    let missing = tables.iter().find(|known| !dump.has_table(&known.table));
    if let Some(missing) = missing {
        return Err(incomplete(path, &format!("it has no table {}", missing.table)));
    }
    Ok(BackedUp {
        path: path.to_owned(),
        bytes,
        schema_version: dump.schema_version,
        with_keys: true,
        tables: dump.tables,
    })
}

/// Whether a backup can be restored into a database, or was.
///
/// # Errors
///
/// The database contains something else.
pub fn compare(address: &ServerAddress, dump: &Dump) -> Result<Restorable, Failure> {
    let database = ServerDatabase::open(address)?;
    if database.schema_version()? == 0 {
        return Ok(Restorable::Empty);
    }
    let rows = |tables: &[TableSize]| -> BTreeMap<String, u64> {
        tables.iter().map(|table| (table.table.clone(), table.rows)).collect()
    };
    let (expected, found) = (rows(&dump.tables), rows(&database.tables()?));
    let differs = expected.iter().find(|(table, rows)| found.get(*table) != Some(rows));
    match differs {
        None => Ok(Restorable::Restored),
        Some((table, rows)) => Err(Failure::new(
            Kind::Conflict,
            "the database contains something else than the backup",
            match found.get(table) {
                Some(found) => {
                    format!("{table} has {rows} rows in the backup, and {found} in {address}")
                }
                None => format!("{address} has no table {table}"),
            },
            format!(
                "create an empty database for it, name that with --db, and run this command \
                 again: createdb {} -O {} -E UTF8 -T template0 NAME",
                address.connection_flags(),
                shell_word(address.user())
            ),
        )),
    }
}

/// The command that makes a backup.
pub fn dump_command(address: &ServerAddress, path: &Path) -> String {
    format!(
        "(umask 077; pg_dump --format=plain --no-owner --no-privileges --file={} --dbname={})",
        shell_word(&path.display().to_string()),
        shell_word(&address.client_url())
    )
}

/// The command that restores one into an empty database.
pub fn restore_command(address: &ServerAddress, path: &Path) -> String {
    format!(
        "psql --no-psqlrc --quiet --output=/dev/null --single-transaction --set=ON_ERROR_STOP=1 \
         --file={} --dbname={}",
        shell_word(&path.display().to_string()),
        shell_word(&address.client_url())
    )
}

fn to_be_made(address: &ServerAddress, path: &Path) -> Failure {
    let file = path.display().to_string();
    Failure::new(
        Kind::NotFound,
        format!("there is no {file} to check"),
        "PostgreSQL's own tool makes backups of its databases, also while they are in use",
        format!("`{}`, then `ltictl backup {}`", dump_command(address, path), shell_word(&file)),
    )
}

/// Reads a backup from its beginning to its end.
///
/// # Errors
///
/// The file cannot be read, others can read it, or it is not a complete backup of a database that this
/// program can use.
pub fn read(path: &Path, progress: &dyn Progress) -> Result<Dump, Failure> {
    if path.exists() && !path.is_file() {
        return Err(incomplete(path, "it is not a file"));
    }
    check_privacy(path)?;
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let length = file.metadata().map_err(|error| unreadable(path, &error))?.len();
    progress.expect(length);
    let mut reader = Reader::default();
    let mut lines = BufReader::with_capacity(1 << 16, file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let count = lines.read_until(b'\n', &mut line).map_err(|error| unreadable(path, &error))?;
        if count == 0 {
            break;
        }
        progress.advance(count as u64);
        reader.read(&String::from_utf8_lossy(line.trim_ascii_end()), count as u64);
    }
    let dump = reader.finish().map_err(|why| incomplete(path, why))?;
    if dump.schema_version > SCHEMA_VERSION {
        return Err(Failure::new(
            Kind::Unavailable,
            "the backup is newer than this program",
            format!("it has schema version {}", dump.schema_version),
            "install the ltictl that wrote it, or a newer one",
        ));
    }
    Ok(dump)
}

impl Dump {
    fn has_table(&self, name: &str) -> bool {
        self.tables.iter().any(|table| table.table == name)
    }
}

/// Reads the lines of a backup.
#[derive(Default)]
struct Reader {
    dump: Dump,
    /// The columns of the table whose rows follow.
    columns: Option<Vec<String>>,
    is_complete: bool,
    /// Whether a line is a command for psql, which can run any program.
    has_command: bool,
}

/// Commands for psql that pg_dump writes.
const PSQL_COMMANDS: [&str; 2] = ["\\restrict ", "\\unrestrict "];

impl Reader {
    fn read(&mut self, line: &str, bytes: u64) {
        if let Some(columns) = &self.columns {
            if line == r"\." {
                self.columns = None;
                return;
            }
            let value = |name: &str| {
                let place = columns.iter().position(|column| column == name)?;
                line.split('\t').nth(place)
            };
            let Some(table) = self.dump.tables.last_mut() else { return };
            (table.rows, table.bytes) = (table.rows + 1, table.bytes + bytes);
            match (&*table.table, value("key"), value("value")) {
                ("setting", Some("url"), Some(url)) => self.dump.url = url.to_owned(),
                ("setting", Some("name"), Some(name)) => self.dump.name = name.to_owned(),
                ("schema_version", ..) => {
                    let version = value("version").and_then(|version| version.parse().ok());
                    self.dump.schema_version = version.unwrap_or_default();
                }
                _ => {}
            }
        } else if let Some((table, columns)) = rows_of(line) {
            self.dump.tables.push(TableSize { table, rows: 0, bytes: 0 });
            self.columns = Some(columns);
        } else if line == END {
            self.is_complete = true;
        } else if line.starts_with('\\') && !PSQL_COMMANDS.iter().any(|own| line.starts_with(own)) {
            self.has_command = true;
        }
    }

    fn finish(mut self) -> Result<Dump, &'static str> {
        if self.has_command {
            return Err("it contains commands for psql that pg_dump does not write");
        }
        if self.dump.tables.is_empty() || !self.dump.has_table("schema_version") {
            return Err("it is not what pg_dump writes of a database of ltictl as plain SQL");
        }
        if !self.is_complete || self.columns.is_some() {
            return Err("its end is missing");
        }
        if self.dump.url.is_empty() || self.dump.schema_version == 0 {
            return Err("it has no settings");
        }
        self.dump.tables.sort_by(|one, other| one.table.cmp(&other.table));
        Ok(self.dump)
    }
}

/// The table whose rows follow a line, and its columns: `COPY public.setting (key, value) FROM stdin;`.
fn rows_of(line: &str) -> Option<(String, Vec<String>)> {
    let (table, rest) = line.strip_prefix("COPY ")?.split_once(" (")?;
    let columns = rest.strip_suffix(") FROM stdin;")?;
    let plain = |name: &str| name.trim_matches('"').to_owned();
    let table = table.rsplit_once('.').map_or(table, |(_, table)| table);
    Some((plain(table), columns.split(", ").map(plain).collect()))
}

fn check_privacy(path: &Path) -> Result<(), Failure> {
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    let Some(mode) = mode_for_others(&metadata) else { return Ok(()) };
    Err(Failure::new(
        Kind::Check,
        "the backup is not private",
        format!(
            "others can read {} (mode {mode:04o}), and it contains the private keys",
            path.display()
        ),
        format!("chmod 600 {}", shell_word(&path.display().to_string())),
    ))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let kind = if error.kind() == io::ErrorKind::NotFound { Kind::NotFound } else { Kind::Failed };
    let what = format!("cannot read {}", path.display());
    Failure::new(kind, what, error.to_string(), "check the path and the file's permissions")
}

fn incomplete(path: &Path, why: &str) -> Failure {
    Failure::new(
        Kind::Check,
        format!("{} is not a complete backup", path.display()),
        why,
        "make another one: `ltictl backup FILE` says how",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = "--
-- PostgreSQL database dump
--
CREATE TABLE public.setting (
    key text NOT NULL
);
COPY public.setting (key, value) FROM stdin;
name\tExample Tool
url\thttps://tool.example.edu
\\.
COPY \"other\".\"resource\" (id, \"order\") FROM stdin;
\\.
COPY public.schema_version (version, usable_from) FROM stdin;
42\t42
\\.
--
-- PostgreSQL database dump complete
--
";

    fn dump_of(text: &str) -> Result<Dump, &'static str> {
        let mut reader = Reader::default();
        text.lines().for_each(|line| reader.read(line, line.len() as u64 + 1));
        reader.finish()
    }

    #[test]
    fn a_complete_backup_is_read() {
        let dump = dump_of(DUMP).unwrap();
        let tables: Vec<(&str, u64)> =
            dump.tables.iter().map(|table| (&*table.table, table.rows)).collect();
        assert_eq!(tables, [("resource", 0), ("schema_version", 1), ("setting", 2)]);
        assert_eq!((&*dump.url, dump.schema_version), ("https://tool.example.edu", 42));
        assert_eq!(dump.name, "Example Tool");
    }

    #[test]
    fn what_is_not_a_complete_backup_is_refused() {
        let cut = |end: &str| DUMP.split(end).next().unwrap().to_owned();
        for (text, why) in [
            (String::new(), "it is not what pg_dump writes of a database of ltictl as plain SQL"),
            (
                "PGDMP\u{1}\u{e}".to_owned(),
                "it is not what pg_dump writes of a database of ltictl as plain SQL",
            ),
            (cut("--\n-- PostgreSQL database dump complete"), "its end is missing"),
            (cut("42\t42"), "its end is missing"),
            (DUMP.replace("url\t", "other\t"), "it has no settings"),
            (
                DUMP.replace("CREATE TABLE", "\\! id\nCREATE TABLE"),
                "it contains commands for psql that pg_dump does not write",
            ),
        ] {
            assert_eq!(dump_of(&text), Err(why), "{text}");
        }
    }
}
