//! The schema: creating it, and bringing it up to date.

use super::super::super::error::Error;
use super::Connection;

/// The steps that lead to the newest schema, with the versions that they lead to: those of SQLite's
/// schema, which has the same tables and columns. No version of the program has used the first one yet,
/// so it is changed together with SQLite's.
const MIGRATIONS: &[(usize, &str)] =
    &[(42, include_str!("../../migrations/postgres/001_schema.sql"))];

/// The version of the newest schema.
pub(super) const NEWEST: usize = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// Whether the trigger is active that refuses to change and to delete rows of a table, and does what
/// the schema says.
const APPEND_ONLY: &str = "SELECT count(*) = 1 AS found
     FROM pg_trigger AS known JOIN pg_proc AS called ON called.oid = known.tgfoid
     WHERE known.tgrelid = CAST(CAST(:table AS TEXT) AS REGCLASS) AND known.tgname = 'audit_only_grows'
         AND known.tgenabled = 'O' AND known.tgtype = 27
         AND called.prosrc LIKE '%RAISE EXCEPTION ''the audit log is append-only''%'";

impl Connection {
    /// Whether triggers refuse to change and to delete rows of a table.
    pub(in crate::store) fn is_append_only(&self, table: &str) -> Result<bool, Error> {
        let found = self.first(APPEND_ONLY, &[(":table", table.into())], |row| {
            row.value(row.index_of("found")?)?.as_i64()
        })?;
        Ok(found == Some(1))
    }

    /// The version of the schema; 0 if there is none.
    pub(in crate::store) fn schema_version(&self) -> Result<usize, Error> {
        let exists =
            self.first("SELECT to_regclass('schema_version') IS NOT NULL AS found", &[], |row| {
                row.value(row.index_of("found")?)?.as_i64()
            })?;
        if exists != Some(1) {
            return Ok(0);
        }
        let version = self.first("SELECT version FROM schema_version", &[], |row| {
            row.value(row.index_of("version")?)?.as_i64()
        })?;
        Ok(version.unwrap_or_default().try_into().unwrap_or(usize::MAX))
    }

    /// Brings an older schema up to date, together with what `more` contains. Returns `false` if
    /// another process has done so meanwhile.
    pub(in crate::store) fn migrate(&self, more: &str) -> Result<bool, Error> {
        self.begin_immediate()?;
        let migrated = self.schema_version().and_then(|found| {
            if found >= NEWEST {
                return Ok(false);
            }
            for (_, script) in MIGRATIONS.iter().filter(|(version, _)| *version > found) {
                self.execute_batch(script)?;
            }
            self.execute_batch(more)?;
            self.execute_batch(&format!(
                "DELETE FROM schema_version; INSERT INTO schema_version (version) VALUES ({NEWEST})"
            ))?;
            Ok(true)
        });
        match migrated {
            Ok(is_ours) => self.commit().map(|()| is_ours),
            Err(error) => {
                self.end("ROLLBACK")?;
                Err(Error::Migration(error.to_string()))
            }
        }
    }
}
