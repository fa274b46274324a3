//! The schema: creating it, and bringing it up to date.

use super::super::super::error::Error;
use super::super::value::ValueError;
use super::super::{Failure, LeftByTriggers, SchemaVersion};
use super::{Connection, ServerProblem};

/// A step that leads to a newer schema.
struct Migration {
    /// That of SQLite's schema with the same tables and columns.
    version: usize,
    /// The oldest program that can use the schema afterwards, by the newest schema that it knows. It
    /// stays the same if the step only adds what a program that does not know it need not fill in,
    /// so that servers can be replaced one by one.
    usable_from: usize,
    script: &'static str,
}

/// The steps that lead to the newest schema. No version of the program has used the first one yet, so
/// it is changed together with SQLite's.
const MIGRATIONS: &[Migration] = &[Migration {
    version: 50,
    usable_from: 50,
    script: include_str!("../../migrations/postgres/001_schema.sql"),
}];

/// The newest schema.
const NEWEST: &Migration = &MIGRATIONS[MIGRATIONS.len() - 1];

/// What triggers have left to be done. This does not look into the temporary table of what is staged,
/// which PostgreSQL would then empty at the end of each transaction.
const LEFT: &str = "SELECT current_setting('ltictl.staged', TRUE) IS NOT DISTINCT FROM 'on',
         EXISTS (SELECT 1 FROM search_pending)";

/// Whether the trigger is active that refuses to change and to delete rows of a table, and does what
/// the schema says.
const APPEND_ONLY: &str = "SELECT count(*) = 1 AS found
     FROM pg_trigger AS known JOIN pg_proc AS called ON called.oid = known.tgfoid
     WHERE known.tgrelid = CAST(CAST(:table AS TEXT) AS REGCLASS) AND known.tgname = 'audit_only_grows'
         AND known.tgenabled = 'O' AND known.tgtype = 27
         AND called.prosrc LIKE '%RAISE EXCEPTION ''the audit log is append-only''%'";

/// That of a database without tables.
const NONE: SchemaVersion = SchemaVersion { version: 0, usable_from: 0 };

/// A version as it is stored.
pub(super) fn version(version: i64, usable_from: i64) -> SchemaVersion {
    let number = |number: i64| number.try_into().unwrap_or(usize::MAX);
    SchemaVersion { version: number(version), usable_from: number(usable_from) }
}
/// Whether the tables are there, and whether the user may not see the schema where they are.
const STATE_OF_SCHEMA: &str = "SELECT to_regclass('schema_version') IS NOT NULL AS found,
     EXISTS (SELECT 1 FROM pg_namespace
         WHERE nspname = CAST(:name AS TEXT) AND NOT has_schema_privilege(oid, 'USAGE')) AS hidden";

impl Connection {
    /// Whether triggers refuse to change and to delete rows of a table.
    pub(in crate::store) fn is_append_only(&self, table: &str) -> Result<bool, Error> {
        let found = self.first(APPEND_ONLY, &[(":table", table.into())], |row| {
            row.value(row.index_of("found")?)?.as_i64()
        })?;
        Ok(found == Some(1))
    }

    /// What triggers have left to be done.
    pub(in crate::store) fn left_by_triggers(&self) -> Result<LeftByTriggers, Error> {
        let left = self.first(LEFT, &[], |row| {
            let is = |index| Ok::<_, ValueError>(row.value(index)?.as_i64()? == 1);
            Ok(LeftByTriggers { is_staged: is(0)?, is_unindexed: is(1)? })
        })?;
        left.ok_or_else(|| Error::Engine(Failure::no_row()))
    }

    /// The version of the schema; 0 if there is none. If it has changed, the statements that were
    /// prepared for the old one are forgotten: their results may have other columns now.
    pub(in crate::store) fn schema(&self) -> Result<SchemaVersion, Error> {
        // Nothing else changes it during a transaction.
        let found = match self.beginning.get() {
            Some(beginning) => beginning.schema,
            None if self.schema_version.get() == 0 && !self.has_schema()? => NONE,
            None => self
                .first("SELECT version, usable_from FROM schema_version", &[], |row| {
                    let number = |name| row.value(row.index_of(name)?)?.as_i64();
                    Ok(version(number("version")?, number("usable_from")?))
                })?
                .unwrap_or(NONE),
        };
        if self.schema_version.replace(found.version) != found.version {
            self.forget_statements();
        }
        Ok(found)
    }

    /// Whether there is a schema. One that the user may not see looks like none.
    fn has_schema(&self) -> Result<bool, Error> {
        let name = self.address.schema();
        let found = self.first(STATE_OF_SCHEMA, &[(":name", name.into())], |row| {
            let is = |column| row.value(row.index_of(column)?)?.as_i64();
            Ok((is("found")? == 1, is("hidden")? == 1))
        })?;
        match found {
            Some((_, true)) => {
                let reason = format!("permission denied for schema {name}");
                Err(Error::server(&self.address, ServerProblem::NotPermitted, reason))
            }
            found => Ok(found == Some((true, false))),
        }
    }

    /// Creates the schema or brings an older one up to date, together with what `more` contains.
    /// Returns `false` if another process has done so meanwhile.
    pub(in crate::store) fn migrate(&self, more: &str) -> Result<bool, Error> {
        self.begin_immediate()?;
        let migrated = self.schema().and_then(|found| {
            if found.version >= NEWEST.version {
                return Ok(false);
            }
            for step in MIGRATIONS.iter().filter(|step| step.version > found.version) {
                self.execute_batch(step.script)?;
            }
            self.execute_batch(more)?;
            self.execute_batch(&format!(
                "DELETE FROM schema_version;
                 INSERT INTO schema_version (version, usable_from) VALUES ({}, {})",
                NEWEST.version, NEWEST.usable_from
            ))?;
            Ok(true)
        });
        match migrated {
            Ok(is_ours) => self.commit().map(|()| is_ours),
            Err(error) => {
                self.end("ROLLBACK")?;
                // The server's own problems have fixes of their own.
                Err(match error {
                    Error::Server { .. } | Error::Busy => error,
                    other => Error::Migration(other.to_string()),
                })
            }
        }
    }
}
