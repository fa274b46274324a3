//! Filling an empty database with rows as they are, without triggers.

use super::super::super::error::Error;
use super::super::quoted;
use super::Connection;

/// The tables of this program with their columns, in order.
pub(in crate::store) const COLUMNS: &str = r"SELECT tables.name AS name, part.name AS part
     FROM pragma_table_list AS tables JOIN pragma_table_xinfo(tables.name) AS part
     WHERE tables.schema = 'main' AND tables.type = 'table' AND part.hidden = 0
         AND tables.name NOT LIKE 'sqlite\_%' ESCAPE '\'
     ORDER BY tables.name, part.cid";

/// The tables that columns refer to.
pub(in crate::store) const REFERENCES: &str =
    "SELECT tables.name AS name, reference.\"from\" AS part,
         reference.\"table\" AS parent
     FROM pragma_table_list AS tables JOIN pragma_foreign_key_list(tables.name) AS reference
     WHERE tables.schema = 'main' AND tables.type = 'table'";

/// The last key that was given to a row of a table whose keys are never used again.
pub(in crate::store) const LAST_KEYS: &str = "SELECT name, seq AS last FROM sqlite_sequence";

impl Connection {
    /// Runs `fill` in one transaction, without the triggers of the schema. If it fails, nothing has
    /// changed.
    pub(in crate::store) fn filling<T, E: From<Error>>(
        &self,
        fill: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.run("BEGIN IMMEDIATE")?;
        let filled = self.without_triggers(fill).and_then(|filled| {
            self.run("COMMIT")?;
            Ok(filled)
        });
        if filled.is_err() {
            let _ = self.run("ROLLBACK");
        }
        filled
    }

    fn without_triggers<T, E: From<Error>>(
        &self,
        fill: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let triggers = self.triggers()?;
        for (name, _) in &triggers {
            self.execute_batch(&format!("DROP TRIGGER {}", quoted(name)))?;
        }
        let filled = fill()?;
        for (_, sql) in &triggers {
            self.execute_batch(sql)?;
        }
        Ok(filled)
    }

    /// The names and texts of the triggers, in the order in which they were created.
    fn triggers(&self) -> Result<Vec<(String, String)>, Error> {
        let sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid";
        let mut statement = self.0.prepare(sql)?;
        let triggers = statement.query_map([], |row| Ok((row.get("name")?, row.get("sql")?)))?;
        Ok(triggers.collect::<Result<_, _>>()?)
    }

    /// Does not use keys again up to `last`, in a table whose keys are never used again.
    pub(in crate::store) fn set_last_key(&self, table: &str, last: i64) -> Result<(), Error> {
        let sql = "SELECT sql LIKE '%AUTOINCREMENT%' FROM sqlite_schema WHERE type = 'table' AND name = ?1";
        let is_counted: bool = self.0.query_row(sql, [table], |row| row.get(0))?;
        if is_counted {
            self.0.execute("DELETE FROM sqlite_sequence WHERE name = ?1", [table])?;
            self.0.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)",
                (table, last),
            )?;
        }
        Ok(())
    }
}
