//! Copies a whole database to another place, also from a file to a PostgreSQL server and back.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::admin::backup::{cannot_write, keep, temporary_beside};
use crate::domain::{Actor, AuditProof};
use crate::failure::{Failure, Kind, shell_word};
use crate::rules::progress::Progress;
use crate::store::file::{self, DatabaseFile};
use crate::store::{CopiedTable, Database, Error, Read, SCHEMA_VERSION, Store};

/// A database that was copied and compared with its copy.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Copied {
    /// The copied database.
    pub database: String,
    /// The copy.
    pub copy: String,
    /// The schema version of both.
    pub schema_version: usize,
    /// All tables that were copied.
    pub tables: Vec<CopiedTable>,
    /// Number of entries in the audit log.
    pub audit_entries: u64,
    /// The hash of the last of them; null in an empty log.
    pub last_hash: Option<String>,
}

/// Copies a database, compares both, and keeps the copy if they are the same. Nothing can write to the
/// database meanwhile. `fingerprint` is that of an export.
///
/// # Errors
///
/// There is already a database at the other place, it cannot be created or written, or the copy is not
/// the same.
pub fn copy(
    from: &Database,
    to: &Database,
    actor: &Actor,
    progress: &dyn Progress,
    fingerprint: Fingerprint,
) -> Result<Copied, Failure> {
    let source = Store::open(from)?.acting_as(actor.clone());
    source.read().settings()?;
    let copying = Copying { source, from, to, progress, fingerprint };
    match to {
        Database::Server(_) => copying.fill(&mut Store::create(to)?.acting_as(actor.clone())),
        Database::File(path) => copying.copy_to_file(path, actor),
    }
}

/// A hash of everything that an export of a database contains.
pub type Fingerprint = fn(Read<'_>) -> Result<Vec<u8>, Failure>;

/// A copy that is being made.
struct Copying<'c> {
    source: Store,
    from: &'c Database,
    to: &'c Database,
    progress: &'c dyn Progress,
    fingerprint: Fingerprint,
}

impl Copying<'_> {
    /// The file appears under its name when it is complete.
    fn copy_to_file(&self, path: &Path, actor: &Actor) -> Result<Copied, Failure> {
        let name = shell_word(&path.display().to_string());
        if path.symlink_metadata().is_ok() {
            let why = format!("{name} exists");
            let hint = format!("choose another file, or move it away: mv {name} {name}.old");
            return Err(Failure::new(Kind::Conflict, "nothing was copied", why, hint));
        }
        file::create_directory_for(path)?;
        let work =
            temporary_beside(path, ".ltictl-copy-").map_err(|error| cannot_write(path, &error))?;
        let copied = self.fill(&mut Store::create(work.path())?.acting_as(actor.clone()))?;
        DatabaseFile::remove_companions(work.path())?;
        keep(work, path, false)?;
        Ok(copied)
    }

    fn fill(&self, target: &mut Store) -> Result<Copied, Failure> {
        let Self { from, to, progress, .. } = self;
        match target.read().settings() {
            Err(Error::NotInitialised) => {}
            Err(error) => return Err(error.into()),
            Ok(settings) => {
                return Err(Failure::new(
                    Kind::Conflict,
                    "nothing was copied",
                    format!("{to} already holds {} at {}", settings.name, settings.url),
                    "create an empty database, and name it with --to",
                ));
            }
        }
        let mut known = 0;
        let mut report = |done: u64, total: u64| {
            if done == 0 {
                progress.expect(total);
            }
            progress.advance(done - known);
            known = done;
        };
        let mut proof = None;
        let tables = target.fill_from(&self.source, &mut report, |before, after| {
            proof = Some(self.compare(before, after)?);
            Ok::<_, Failure>(())
        })?;
        let (audit_entries, last) =
            proof.map_or((0, None), |proof: AuditProof| (proof.entries, proof.last));
        Ok(Copied {
            database: from.to_string(),
            copy: to.to_string(),
            schema_version: SCHEMA_VERSION,
            tables,
            audit_entries,
            last_hash: last.map(|(_, hash)| hash.to_string()),
        })
    }

    /// Fails unless both have the same audit log and export the same manifest. Returns the proof of
    /// the log.
    fn compare(&self, before: Read<'_>, after: Read<'_>) -> Result<AuditProof, Failure> {
        let (old, new) = (before.audit_proof(None)?, after.audit_proof(None)?);
        // A log that was damaged before is copied as it is.
        if (old.entries, &old.last) != (new.entries, &new.last) {
            return Err(differs("its audit log"));
        }
        if (self.fingerprint)(before)? != (self.fingerprint)(after)? {
            return Err(differs("its export"));
        }
        Ok(new)
    }
}

fn differs(what: &str) -> Failure {
    Failure::new(
        Kind::Check,
        "nothing was copied",
        format!("{what} differs from that of the original"),
        "run `ltictl db check` for both databases",
    )
}
