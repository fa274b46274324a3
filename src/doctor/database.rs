//! Checks of the database file: whether it is intact, private and up to date, and contains what the
//! tool requires.

use std::path::Path;

use super::{Check, Finding, Findings, Noun, Totals, server};
use crate::domain::{KeyPurpose, KeyState};
use crate::failure::{Failure, Kind, counted, shell_word};
use crate::lti::private_key;
use crate::rules::progress::Progress;
use crate::store::file::{DatabaseFile, Pages, TableSize};
use crate::store::{Database, Error, Read, SCHEMA_VERSION, ServerAddress, ServerDatabase};

/// Maximum size of the write-ahead log without a warning, in bytes: it is truncated at about 4 MiB,
/// unless a process keeps a read transaction open.
const MAX_LOG: u64 = 64 * 1024 * 1024;
/// Maximum free space in the file without a warning, in bytes; there is no warning either if less
/// than half of the file is free.
const MAX_FREE: u64 = 64 * 1024 * 1024;

/// What to do about a damaged file.
pub(super) const DAMAGE_FIX: &str = "stop `ltictl serve` and restore a backup, which has \
    everything up to the time when it was made: ltictl restore FILE";

/// A database and the findings about it.
#[derive(Default)]
pub struct DatabaseCheck {
    /// Its schema version.
    pub schema_version: Option<usize>,
    /// Its size in bytes.
    pub bytes: Option<u64>,
    /// The number of pages, if it is a file.
    pub pages: Option<Pages>,
    /// Size of the file's write-ahead log.
    pub log_bytes: u64,
    /// The sizes of its tables.
    pub tables: Vec<TableSize>,
    pub findings: Vec<Finding>,
}

/// Checks the database as it is, without upgrading it.
///
/// # Errors
///
/// The file does not exist, the server cannot be reached, or the database cannot be checked for a
/// reason other than its content.
pub fn check_database(
    database: &Database,
    progress: &dyn Progress,
) -> Result<DatabaseCheck, Failure> {
    let mut findings = Findings::of(Noun::Database);
    match database {
        Database::Server(address) => check_server(findings, address),
        Database::File(path) => match DatabaseFile::open(path) {
            Ok(file) => check_file(findings, path, &file, progress),
            Err(error) if open_failure(&mut findings, database, &error, Check::Integrity) => {
                Ok(DatabaseCheck { findings: findings.list, ..DatabaseCheck::default() })
            }
            Err(error) => Err(error.into()),
        },
    }
}

fn check_server(mut findings: Findings, address: &ServerAddress) -> Result<DatabaseCheck, Failure> {
    let database = ServerDatabase::open(address)?;
    let (state, schema_version) = (database.state()?, database.schema_version()?);
    if schema_version == 0 {
        return Err(Error::NotInitialised.into());
    }
    server::examine(&mut findings, address, &state);
    writable(&mut findings, database.check_writable())?;
    schema(&mut findings, schema_version);
    server::integrity(&mut findings, Check::Integrity, &state);
    if schema_version == SCHEMA_VERSION {
        content(&mut findings, database.read(), schema_version)?;
    } else {
        findings
            .skip(Check::Content, "The content of a database of another version was not checked.");
    }
    Ok(DatabaseCheck {
        schema_version: Some(schema_version),
        bytes: Some(state.bytes),
        tables: database.tables()?,
        findings: findings.list,
        ..DatabaseCheck::default()
    })
}

fn check_file(
    mut findings: Findings,
    path: &Path,
    file: &DatabaseFile,
    progress: &dyn Progress,
) -> Result<DatabaseCheck, Failure> {
    findings
        .ok(Check::DatabaseFile, "No other user of this machine can read the database.")
        .seen(path.display().to_string());
    writable(&mut findings, file.check_writable())?;
    let schema_version = file.schema_version()?;
    schema(&mut findings, schema_version);
    let mut tables = Vec::new();
    let check = || {
        if integrity(&mut findings, file)? {
            content(&mut findings, file.read(), schema_version)?;
            tables = file.tables()?;
        } else {
            findings.skip(Check::Content, "The content of a damaged file was not checked.");
        }
        Ok::<_, Failure>(())
    };
    progress.expect(file.page_count());
    let mut reported = 0;
    let report = &mut |done: u64, _: u64| {
        progress.advance(done.saturating_sub(reported));
        reported = done.max(reported);
    };
    file.watching(report, check)??;
    let (pages, log_bytes) = (file.pages()?, file.log_bytes());
    space(&mut findings, path, pages, log_bytes);
    Ok(DatabaseCheck {
        schema_version: Some(schema_version),
        bytes: Some(pages.size * pages.count),
        pages: Some(pages),
        log_bytes,
        tables,
        findings: findings.list,
    })
}

/// Adds the finding about a file that cannot be opened; `content` is the check of its content.
/// Returns whether the error is about the file.
pub(super) fn open_failure(
    findings: &mut Findings,
    database: &Database,
    error: &Error,
    content: Check,
) -> bool {
    match error {
        Error::ReadableByOthers { path, mode } => {
            let fix = format!("chmod 600 {}", shell_word(&path.display().to_string()));
            findings
                .fail(
                    Check::DatabaseFile,
                    "The database contains private keys, and other users of this machine can read \
                     it; nothing else was checked.",
                    fix,
                )
                .seen(format!("{} has mode {mode:04o}", path.display()));
        }
        Error::NotOurs { .. } => {
            let fix = "name another file with --db or LTICTL_DB, or move it away and restore a \
                backup: ltictl restore FILE";
            findings
                .fail(content, "The file is not an ltictl database, or its header is damaged.", fix)
                .seen(database.to_string());
        }
        Error::Damaged { path, problem } => {
            findings
                .fail(content, "The file is damaged.", DAMAGE_FIX)
                .seen(format!("{}: {problem}", path.display()));
        }
        Error::Unusable { .. } => {
            unusable(findings, error);
        }
        Error::Engine(problem) => {
            findings
                .fail(content, "The file cannot be read as a database.", DAMAGE_FIX)
                .seen(problem.to_string());
        }
        _ => return false,
    }
    true
}

/// Adds whether the database can be written; `tried` is the result of an attempt.
pub(super) fn writable(findings: &mut Findings, tried: Result<(), Error>) -> Result<(), Failure> {
    match tried {
        Ok(()) => {
            findings.ok(Check::DatabaseWritable, "The database can be written.");
        }
        Err(Error::Busy) => {
            findings.skip(
                Check::DatabaseWritable,
                "Another process is writing to the database, so this was not checked.",
            );
        }
        Err(error @ Error::Unusable { .. }) => {
            unusable(findings, &error);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Adds the finding about a sound file that cannot be used.
fn unusable(findings: &mut Findings, error: &Error) {
    let failure = Failure::from(error.shared());
    let sentence = "The content may be sound, but the file cannot be used.";
    findings.fail(Check::DatabaseWritable, sentence, failure.hint).seen(failure.why);
}

fn schema(findings: &mut Findings, found: usize) {
    if found > SCHEMA_VERSION {
        findings.fail(
            Check::SchemaVersion,
            "The database was written by a newer ltictl.",
            "install the version that wrote it, or a newer one",
        )
    } else if found < SCHEMA_VERSION {
        findings.warn(
            Check::SchemaVersion,
            "The database is older than this program and will be upgraded at its next use.",
            "run `ltictl backup FILE`, then `ltictl config list`",
        )
    } else {
        findings.ok(Check::SchemaVersion, "The database is up to date.")
    }
    .seen(format!("{found}, newest {SCHEMA_VERSION}"));
}

fn integrity(findings: &mut Findings, file: &DatabaseFile) -> Result<bool, Failure> {
    let damage = file.damage()?;
    match damage.first() {
        Some(_) => findings
            .fail(Check::Integrity, "The file is damaged.", DAMAGE_FIX)
            .seen(damage.join("; ")),
        None => findings.ok(Check::Integrity, "All pages and indexes are intact."),
    };
    if !damage.is_empty() {
        return Ok(false);
    }
    let broken = file.broken_references()?;
    match broken.first() {
        Some(_) => findings
            .fail(Check::ForeignKeys, "Some rows refer to missing rows.", DAMAGE_FIX)
            .seen(broken.join("; ")),
        None => findings.ok(Check::ForeignKeys, "All foreign keys are valid."),
    };
    Ok(true)
}

fn content(findings: &mut Findings, read: Read<'_>, schema_version: usize) -> Result<(), Failure> {
    match read.settings() {
        Ok(settings) => findings
            .ok(Check::Settings, "The tool has a URL and a name.")
            .seen(format!("{} at {}", settings.name, settings.url)),
        Err(Error::NotInitialised) => findings.fail(
            Check::Settings,
            "The tool has no URL or no name yet.",
            "ltictl init --url https://tool.example.edu --name \"Example Tool\"",
        ),
        Err(Error::Corrupt(what)) => findings
            .fail(Check::Settings, format!("The {what} cannot be read."), "ltictl restore FILE")
            .seen(what),
        Err(error) => return Err(error.into()),
    };
    if schema_version != SCHEMA_VERSION {
        findings.skip(
            Check::SigningKeys,
            "The keys were not checked, because the schema version differs.",
        );
        return Ok(());
    }
    signing_keys(findings, read)?;
    match read.state_key() {
        Ok(key) if key.expose().len() == 32 => {
            findings.ok(Check::StateKey, "The server's own secret exists.")
        }
        Ok(_) | Err(Error::NotInitialised) => findings.fail(
            Check::StateKey,
            "The server's own secret is missing: `ltictl serve` does not start.",
            "run `ltictl backup FILE`, then `ltictl restore FILE`, which creates a new one",
        ),
        Err(error) => return Err(error.into()),
    };
    Ok(())
}

fn signing_keys(findings: &mut Findings, read: Read<'_>) -> Result<(), Failure> {
    let keys = read.all_signing_keys()?;
    let signs = |key: &&crate::domain::SigningKey| {
        private_key::signs(key.private_key.expose(), &key.modulus, &key.exponent)
    };
    let in_use: Vec<_> = keys.iter().filter(|key| key.state != KeyState::Retired).collect();
    if !in_use.iter().any(|key| key.state == KeyState::Active && key.purpose == KeyPurpose::Lti) {
        findings.fail(
            Check::SigningKeys,
            "No signing key is active: nothing can be signed.",
            "ltictl key rotate",
        );
        return Ok(());
    }
    let broken: Vec<_> = in_use.iter().copied().filter(|key| !signs(key)).collect();
    for key in &broken {
        let fix = if key.state == KeyState::Active {
            format!("ltictl key rotate --now --purpose {}", key.purpose)
        } else {
            format!("ltictl key retire {}", key.kid)
        };
        findings
            .fail(
                Check::SigningKeys,
                "A key cannot be read, or what it signs does not verify.",
                fix,
            )
            .seen(format!("{} ({})", key.kid, key.state.as_str()));
    }
    if broken.is_empty() {
        findings
            .ok(Check::SigningKeys, "Every key of the keyset signs, and its signature verifies.")
            .seen(counted(in_use.len() as u64, "key", "keys"));
    }
    Ok(())
}

fn space(findings: &mut Findings, path: &Path, pages: Pages, log_bytes: u64) {
    if log_bytes > MAX_LOG {
        findings.warn(
            Check::LogSize,
            "The write-ahead log is not truncated: a process keeps a read transaction open.",
            "find it and stop it, or restart `ltictl serve`",
        )
    } else {
        findings.ok(Check::LogSize, "The write-ahead log is small.")
    }
    .seen(format!("{log_bytes} bytes"));
    let waste = pages.free * pages.size;
    if waste > MAX_FREE && pages.free * 2 > pages.count {
        let fix = format!(
            "stop `ltictl serve`, then: sqlite3 {} VACUUM",
            shell_word(&path.display().to_string())
        );
        findings.warn(Check::FreePages, "More than half of the file is empty.", fix)
    } else {
        findings.ok(Check::FreePages, "The file is not much larger than its content.")
    }
    .seen(format!("{} of {} pages", pages.free, pages.count));
}

/// The failure for findings of which at least one failed.
pub fn database_failure(findings: &[Finding]) -> Option<Failure> {
    Totals::from_iter(findings).failure(false).map(|failure| Failure {
        kind: Kind::Check,
        hint: "follow the fixes above, then run `ltictl db check` again".to_owned(),
        ..failure
    })
}
