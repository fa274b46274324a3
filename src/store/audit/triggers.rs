//! The temporary triggers that stage every change of an audited table on a connection that writes.
//!
//! They and their tables exist only in the connection. Temporary tables take part in transactions
//! and savepoints, so a rollback also removes what was staged, and cascading deletions (`ON DELETE
//! CASCADE`) fire triggers like any other. A row that is changed several times in a transaction is
//! staged once: as it was before the first change, and as it is after the last.

use std::fmt::Write as _;

use super::super::Error;
use super::super::engine::Connection;
use super::permanent;
use super::tables::{AUDITED, Audited, PARENTS, over};

const TABLES: &str = "
    CREATE TEMP TABLE audit_staged (
        place  INTEGER PRIMARY KEY,
        source INTEGER NOT NULL,
        key    TEXT NOT NULL,
        name   TEXT NOT NULL,
        before TEXT,
        after  TEXT,
        UNIQUE (source, key)
    );
    CREATE TEMP TABLE audit_gone (source TEXT NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (source, id)) WITHOUT ROWID;
";

/// Creates tables and triggers; once for each connection, and outside of a transaction.
pub(in crate::store) fn install_triggers(connection: &Connection) -> Result<(), Error> {
    if connection.sqlite().is_none() {
        return permanent::create_tables(connection);
    }
    let mut script = String::with_capacity(64 * 1024);
    script.push_str("BEGIN;");
    script.push_str(TABLES);
    for (place, audited) in AUDITED.iter().enumerate() {
        triggers_of(&mut script, place, audited);
    }
    script.push_str("COMMIT;");
    let armed = connection.execute_batch(&script);
    if armed.is_err() && connection.in_transaction() {
        connection.execute_batch("ROLLBACK")?;
    }
    armed
}

fn triggers_of(script: &mut String, place: usize, audited: &Audited) {
    let Audited { noun, table, key, name, .. } = audited;
    let values =
        |row: &str| format!("json_array({})", audited.values(row).collect::<Vec<_>>().join(", "));
    let gone = if PARENTS.contains(table) {
        format!(
            "INSERT INTO audit_gone VALUES ('{table}', OLD.id, {}) ON CONFLICT (source, id) DO \
             UPDATE SET name = excluded.name;",
            over(name, "OLD")
        )
    } else {
        String::new()
    };
    let (created, deleted) = (("NULL", values("NEW")), (values("OLD"), "NULL"));
    // Before the row is deleted, because its child rows are deleted with it and need its name.
    for (event, action, condition, row, before, after, more) in [
        ("AFTER INSERT", "created", audited.when("NEW"), "NEW", created.0, created.1.as_str(), ""),
        (
            &*format!("AFTER UPDATE OF {}", audited.sources()),
            "changed",
            audited.when_changed(),
            "NEW",
            &values("OLD"),
            &values("NEW"),
            "",
        ),
        (
            "BEFORE DELETE",
            "deleted",
            audited.when("OLD"),
            "OLD",
            deleted.0.as_str(),
            deleted.1,
            &gone,
        ),
    ] {
        let (key, name) = (over(key, row), over(name, row));
        let _ = write!(
            script,
            "CREATE TEMP TRIGGER audit_{noun}_{action} {event} ON main.{table} {condition} BEGIN
                 {more}
                 INSERT INTO audit_staged (source, key, name, before, after)
                     VALUES ({place}, {key}, {name}, {before}, {after})
                     ON CONFLICT (source, key) DO UPDATE SET name = excluded.name, after = excluded.after;
             END;"
        );
    }
}
