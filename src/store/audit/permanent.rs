//! PostgreSQL's triggers that stage every change of an audited table. They belong to the schema; the
//! tables into which they stage are temporary, so each connection that writes makes its own.

use std::fmt::Write as _;

use super::super::Error;
use super::super::engine::Connection;
use super::super::query::{Queries as _, bind};
use super::tables::{self, AUDITED, Audited, PARENTS};
use crate::domain::AuditAction;

/// What is staged, until the end of the transaction.
const TABLES: &str = "
    CREATE TEMP TABLE audit_staged (
        place  BIGINT GENERATED ALWAYS AS IDENTITY,
        source BIGINT NOT NULL,
        key    TEXT COLLATE \"C\" NOT NULL,
        name   TEXT COLLATE \"C\" NOT NULL,
        before TEXT COLLATE \"C\",
        after  TEXT COLLATE \"C\",
        CONSTRAINT audit_staged_row UNIQUE (source, key)
    ) ON COMMIT DELETE ROWS;
    CREATE TRIGGER audit_is_staged AFTER INSERT ON audit_staged
        FOR EACH STATEMENT EXECUTE FUNCTION audit_is_staged();
    CREATE TEMP TABLE audit_gone (
        source TEXT COLLATE \"C\", id BIGINT, name TEXT COLLATE \"C\" NOT NULL,
        CONSTRAINT audit_gone_pkey PRIMARY KEY (source, id)
    ) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE audit_counted (
        source BIGINT, action TEXT COLLATE \"C\", number BIGINT NOT NULL,
        CONSTRAINT audit_counted_pkey PRIMARY KEY (source, action)
    ) ON COMMIT DELETE ROWS;
";

/// Creates the temporary tables; once for each connection that writes.
pub(super) fn create_tables(connection: &Connection) -> Result<(), Error> {
    connection.execute_batch(TABLES)
}

/// Lets the triggers count changes on a connection instead of staging them.
pub(super) fn count(connection: &Connection) -> Result<(), Error> {
    create_tables(connection)?;
    connection.execute_batch("SET ltictl.counts = 'on'")
}

/// What was changed how often in the current transaction.
pub(super) fn counted(
    connection: &Connection,
) -> Result<Vec<(&'static Audited, AuditAction, u32)>, Error> {
    let counted = connection.all(
        "SELECT source, action, number FROM temp.audit_counted ORDER BY source, action",
        bind! {},
        |row| {
            Ok((row.get::<i64>("source")?, row.get::<AuditAction>("action")?, row.get("number")?))
        },
    )?;
    let named = counted.into_iter().filter_map(|(source, action, number)| {
        Some((AUDITED.get(usize::try_from(source).ok()?)?, action, number))
    });
    Ok(named.collect())
}

/// The functions and triggers of all audited tables, in place of those of an older version. While it
/// still runs, it reads the numbers of the tables in what is staged: new ones come last.
pub(in crate::store) fn script() -> String {
    let mut script = String::with_capacity(64 * 1024);
    for (place, audited) in AUDITED.iter().enumerate() {
        add(&mut script, place, audited);
    }
    script
}

fn add(script: &mut String, place: usize, audited: &Audited) {
    let Audited { noun, table, key, name, .. } = audited;
    let stage = |action: &str, row: &str, before: &str, after: &str| {
        let (key, name) = (over(key, row), over(name, row));
        format!(
            "PERFORM audit_stage({place}, '{action}', ({key})::TEXT, ({name})::TEXT, {before}, {after});"
        )
    };
    let gone = match PARENTS.contains(table) {
        true => format!("PERFORM audit_gone('{table}', OLD.id, {});", over(name, "OLD")),
        false => String::new(),
    };
    let (old, new) = (values(audited, "OLD"), values(audited, "NEW"));
    let created = stage("created", "NEW", "NULL", &new);
    let changed = stage("changed", "NEW", &old, &new);
    let deleted = stage("deleted", "OLD", &old, "NULL");
    let (created_when, deleted_when) = (audited.when("NEW"), audited.when("OLD"));
    let (sources, changed_when) = (audited.sources(), audited.when_changed());
    // Before a row is deleted, because its child rows are deleted with it and need its name.
    // Writing into a string does not fail.
    let _ = write!(
        script,
        "CREATE OR REPLACE FUNCTION audit_{noun}() RETURNS TRIGGER LANGUAGE plpgsql AS $audit$
         BEGIN
             PERFORM audit_is_kept();
             IF TG_OP = 'INSERT' THEN {created} RETURN NEW;
             ELSIF TG_OP = 'UPDATE' THEN {changed} RETURN NEW;
             ELSE {gone} {deleted} RETURN OLD;
             END IF;
         END $audit$;
         DROP TRIGGER IF EXISTS audit_{noun}_created ON {table};
         CREATE TRIGGER audit_{noun}_created AFTER INSERT ON {table}
             FOR EACH ROW {created_when} EXECUTE FUNCTION audit_{noun}();
         DROP TRIGGER IF EXISTS audit_{noun}_changed ON {table};
         CREATE TRIGGER audit_{noun}_changed AFTER UPDATE OF {sources} ON {table}
             FOR EACH ROW {changed_when} EXECUTE FUNCTION audit_{noun}();
         DROP TRIGGER IF EXISTS audit_{noun}_deleted ON {table};
         CREATE TRIGGER audit_{noun}_deleted BEFORE DELETE ON {table}
             FOR EACH ROW {deleted_when} EXECUTE FUNCTION audit_{noun}();
         "
    );
}

/// The values of a row as a JSON array.
fn values(audited: &Audited, row: &str) -> String {
    let values = audited.values(row).map(|value| format!("audit_value({})", ported(&value)));
    format!("json_build_array({})", values.collect::<Vec<_>>().join(", "))
}

/// An expression over the old or the new row.
pub(super) fn over(expression: &str, row: &str) -> String {
    ported(&tables::over(expression, row))
}

/// An expression without what only SQLite has.
fn ported(expression: &str) -> String {
    expression.replace("main.", "").replace("temp.", "").replace("json_array(", "audit_key(")
}
