//! Filling an empty database with rows as they are, without triggers.

use super::super::super::error::Error;
use super::super::quoted;
use super::super::value::Value;
use super::{Connection, as_sql};

/// The tables of this program with their columns, in order.
pub(in crate::store) const COLUMNS: &str =
    "SELECT CAST(table_name AS TEXT) AS name, CAST(column_name AS TEXT) AS part
     FROM information_schema.columns
     WHERE table_schema = current_schema() AND is_generated = 'NEVER' AND table_name IN (
         SELECT table_name FROM information_schema.tables
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE')
     ORDER BY table_name, ordinal_position";

/// The tables that columns refer to.
pub(in crate::store) const REFERENCES: &str = "SELECT CAST(child.relname AS TEXT) AS name, CAST(part.attname AS TEXT) AS part,
         CAST(parent.relname AS TEXT) AS parent
     FROM pg_constraint AS reference
         JOIN pg_class AS child ON child.oid = reference.conrelid
         JOIN pg_class AS parent ON parent.oid = reference.confrelid
         JOIN pg_attribute AS part ON part.attrelid = child.oid AND part.attnum = reference.conkey[1]
     WHERE reference.contype = 'f' AND reference.connamespace = CAST(current_schema() AS REGNAMESPACE)";

/// The last key that was given to a row of a table.
pub(in crate::store) const LAST_KEYS: &str =
    "SELECT CAST(owner.relname AS TEXT) AS name, counter.last_value AS last
     FROM pg_sequences AS counter
         JOIN pg_class AS sequence ON sequence.relname = counter.sequencename
             AND sequence.relnamespace = CAST(counter.schemaname AS REGNAMESPACE)
         JOIN pg_depend AS owned ON owned.objid = sequence.oid AND owned.deptype = 'i'
         JOIN pg_class AS owner ON owner.oid = owned.refobjid
     WHERE counter.schemaname = current_schema() AND counter.last_value IS NOT NULL";

impl Connection {
    /// Runs `fill` in one transaction, without the triggers of these tables. If it fails, nothing has
    /// changed.
    pub(in crate::store) fn filling<T, E: From<Error>>(
        &self,
        tables: &[String],
        fill: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.begin_immediate()?;
        let filled = self.without_triggers(tables, fill).and_then(|filled| {
            self.commit()?;
            Ok(filled)
        });
        if filled.is_err() && self.in_transaction() {
            let _ = self.end("ROLLBACK");
        }
        filled
    }

    fn without_triggers<T, E: From<Error>>(
        &self,
        tables: &[String],
        fill: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.switch_triggers(tables, "DISABLE")?;
        let filled = fill()?;
        self.switch_triggers(tables, "ENABLE")?;
        Ok(filled)
    }

    fn switch_triggers(&self, tables: &[String], how: &str) -> Result<(), Error> {
        // All of the program's own, but not those that check references.
        let statements =
            tables.iter().map(|table| format!("ALTER TABLE {} {how} TRIGGER USER;", quoted(table)));
        self.execute_batch(&statements.collect::<String>())
    }

    /// Runs a statement with each of these values, without waiting for one before the next is sent.
    pub(in crate::store) fn execute_each(
        &self,
        sql: &str,
        rows: &[Vec<Value<'_>>],
    ) -> Result<(), Error> {
        let prepared = self.prepared(sql)?;
        let values: Vec<_> = rows.iter().map(as_sql).collect();
        let (client, statement) = (&self.client, &prepared.statement);
        self.wait(async move {
            let changes = values.iter().map(|row| client.execute(statement, row));
            futures_util::future::try_join_all(changes).await
        })?;
        Ok(())
    }

    /// Gives the next row of a table a key after `last`, if the table counts its keys.
    pub(in crate::store) fn set_last_key(&self, table: &str, last: i64) -> Result<(), Error> {
        let sql = "SELECT setval(CAST(pg_get_serial_sequence(:table, 'id') AS REGCLASS), :last)";
        self.execute(sql, &[(":table", table.into()), (":last", last.into())]).map(drop)
    }
}
