//! The audit log: who changed what. Every change of an audited table leaves an entry in the
//! transaction that makes it, whichever program writes it and however.
//!
//! Profile changes that platforms make are merged first, so that each account has one entry a day
//! ([`deferred`]).
//!
//! Temporary triggers of a writing connection stage what changes ([`triggers`], made from the one
//! list in [`tables`]); before the commit, [`seal`] compares before and after and appends the
//! entries ([`chain`]). So no use case has to think of the log, and none can forget it. Only what
//! changes thousands of rows at a time is counted instead ([`counter`]).
//!
//! An entry's hash is SHA-256 over the hash of the entry before it and all that it says itself, so
//! anyone who alters, removes or reorders entries has to write every later one again, and changes
//! the last hash.

mod chain;
mod counter;
mod deferred;
mod tables;
mod triggers;

use std::fmt::Write as _;

use rusqlite::{Connection, Row, params, params_from_iter};
use serde_json::{Map, Value};

use self::chain::Chain;
pub use self::counter::Count;
pub(super) use self::counter::Counter;
use self::tables::{AUDITED, Column, Kind, MEMBERS};
pub(super) use self::triggers::arm;
use super::{Error, Read, Write, from_milliseconds, to_milliseconds};
use crate::domain::{Actor, AuditAction, AuditEntry, AuditHash, AuditProof, Clock};

const COLUMNS: &str = "id, at, actor, via, noun, name, action, before, after, previous_hash, hash";

/// Which entries to list.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only of things that are called so, such as `registration`.
    pub noun: Option<String>,
    /// Only of the thing of this name, and of what belongs to it.
    pub name: Option<String>,
    /// Only by this user, directly or through sudo.
    pub actor: Option<String>,
    /// Only by this command or part of the server.
    pub via: Option<String>,
    /// Only this.
    pub action: Option<AuditAction>,
    /// Not before then.
    pub since: Option<jiff::Timestamp>,
    /// Before then.
    pub until: Option<jiff::Timestamp>,
    /// At most so many, the newest first.
    pub limit: u32,
}

/// What a restored database is called in the log.
const DATABASE: &str = "database";

/// Stands for a restored database among the places of [`AUDITED`].
const RESTORED: u32 = u32::MAX;

/// What things in the log are called.
pub fn audited_nouns() -> Vec<String> {
    AUDITED
        .iter()
        .map(|audited| audited.noun)
        .chain([MEMBERS, DATABASE])
        .map(str::to_owned)
        .collect()
}

/// Appends what was staged since the transaction began, or since the last time; nothing when
/// nothing was.
pub(super) fn seal(connection: &Connection, actor: &Actor, clock: Clock) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(
        "SELECT source, name, before, after, key FROM temp.audit_staged ORDER BY place",
    )?;
    let mut staged = statement.query([])?;
    let Some(mut row) = staged.next()? else { return Ok(()) };
    let mut chain = Chain::open(connection, actor, to_milliseconds(clock.now()))?;
    let (mut before, mut after) = (String::new(), String::new());
    loop {
        append(connection, &mut chain, row, &mut before, &mut after)?;
        match staged.next()? {
            Some(next) => row = next,
            None => break,
        }
    }
    drop(staged);
    connection.prepare_cached("DELETE FROM temp.audit_staged")?.execute([])?;
    connection.prepare_cached("DELETE FROM temp.audit_gone")?.execute([])?;
    Ok(())
}

/// Appends one staged row, unless all of it is as it was. The two texts are there to be used again.
fn append(
    connection: &Connection,
    chain: &mut Chain<'_>,
    row: &Row<'_>,
    before: &mut String,
    after: &mut String,
) -> Result<(), Error> {
    let corrupt = |_| Error::Corrupt("staged change");
    let text = |column: usize| row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from);
    let (name, old, new) =
        (row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?, text(2)?, text(3)?);
    let source: u32 = row.get(0)?;
    if source == RESTORED {
        return chain.append(DATABASE, name, AuditAction::Changed, Some("{}"), new);
    }
    let audited = usize::try_from(source)
        .ok()
        .and_then(|source| AUDITED.get(source))
        .ok_or(Error::Corrupt("staged change"))?;
    let read = |text: Option<&str>| {
        text.map(serde_json::from_str::<Vec<Value>>).transpose().map_err(corrupt)
    };
    let (old, new) = (read(old)?, read(new)?);
    let action = match (&old, &new) {
        (None, Some(_)) => AuditAction::Created,
        (Some(_), None) => AuditAction::Deleted,
        (Some(old), Some(new)) if old != new => AuditAction::Changed,
        _ => return Ok(()),
    };
    if audited.noun == deferred::ACCOUNT {
        let key = row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?;
        if let (Some(old), Some(new)) = (&old, &new) {
            let (before, after) = changed_members(audited.columns, old, new);
            if deferred::is_deferred(chain.actor(), &after) {
                return deferred::put(connection, chain, audited.noun, key, name, (before, after));
            }
        }
        deferred::seal(connection, chain, audited.noun, key)?;
    }
    let sides = [(&old, &new, &mut *before, false), (&new, &old, &mut *after, true)];
    for (side, other, out, is_after) in sides {
        if let Some(side) = side {
            write_members(out, audited.columns, side, other.as_deref(), is_after);
        }
    }
    chain.append(
        audited.noun,
        name,
        action,
        old.is_some().then_some(before),
        new.is_some().then_some(after),
    )
}

/// What differs, before and after, by the names of the columns.
fn changed_members(
    columns: &[Column],
    old: &[Value],
    new: &[Value],
) -> (Map<String, Value>, Map<String, Value>) {
    let differing = columns.iter().zip(old.iter().zip(new)).filter(|(_, (old, new))| old != new);
    differing
        .map(|(column, (old, new))| {
            ((column.name.to_owned(), old.clone()), (column.name.to_owned(), new.clone()))
        })
        .unzip()
}

/// One side of a change as a JSON object: what differs from the other side, or all that is known
/// when there is none.
fn write_members(
    out: &mut String,
    columns: &[Column],
    side: &[Value],
    other: Option<&[Value]>,
    is_after: bool,
) {
    out.clear();
    out.push('{');
    for (place, (column, value)) in columns.iter().zip(side).enumerate() {
        let opposite = other.and_then(|other| other.get(place));
        if opposite.map_or(value.is_null(), |opposite| opposite == value) {
            continue;
        }
        if out.len() > 1 {
            out.push(',');
        }
        // A text takes whatever is written into it.
        let _ =
            write!(out, "\"{}\":{}", column.name, shown(column.kind, value, opposite, is_after));
    }
    out.push('}');
}

/// A value as an entry has it.
fn shown(kind: Kind, value: &Value, opposite: Option<&Value>, is_after: bool) -> Value {
    match (kind, value) {
        (_, Value::Null) => Value::Null,
        (Kind::Plain, value) => value.clone(),
        (Kind::Truth, value) => (value != 0).into(),
        (Kind::Moment, value) => value.as_i64().map_or_else(
            || value.clone(),
            |milliseconds| {
                from_milliseconds(milliseconds).strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into()
            },
        ),
        (Kind::Words, value) => {
            value.as_str().map(|words| words.split_whitespace().collect()).unwrap_or_default()
        }
        (Kind::Secret, _) if is_after && opposite.is_some_and(|opposite| !opposite.is_null()) => {
            "set anew".into()
        }
        (Kind::Secret, _) => "set".into(),
    }
}

fn entry(row: &Row<'_>) -> Result<AuditEntry, rusqlite::Error> {
    let action: String = row.get(6)?;
    Ok(AuditEntry {
        id: row.get(0)?,
        at: from_milliseconds(row.get(1)?),
        actor: Actor { name: row.get(2)?, via: row.get::<_, String>(3)?.into() },
        noun: row.get(4)?,
        name: row.get(5)?,
        action: action.parse().map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(
                6,
                rusqlite::types::Type::Text,
                Box::new(error),
            )
        })?,
        before: row.get(7)?,
        after: row.get(8)?,
        previous_hash: AuditHash::from_bytes(row.get(9)?),
        hash: AuditHash::from_bytes(row.get(10)?),
    })
}

impl Write<'_> {
    /// Notes that this database, which comes from the backup of that name, takes the place of
    /// another, or of none: no audited table shows it.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn note_restored(&self, backup: &str) -> Result<(), Error> {
        let said = serde_json::json!({ "restored_from": backup }).to_string();
        self.connection.execute(
            "INSERT INTO temp.audit_staged (source, key, name, after) VALUES (?1, ?2, ?2, ?3)",
            params![RESTORED, backup, said],
        )?;
        Ok(())
    }
}

impl Read<'_> {
    /// The newest entries of the audit log that fit the filter, the newest first.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn audit_entries(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM audit
             WHERE (?1 IS NULL OR noun = ?1)
                 AND (?2 IS NULL OR name = ?2 OR substr(name, 1, length(?2) + 1) IN (?2 || '/', ?2 || ':') OR substr(name, -length(?2) - 1) = '/' || ?2)
                 AND (?3 IS NULL OR actor = ?3 OR substr(actor, 1, length(?3) + 2) = ?3 || ' (' OR substr(actor, -length(?3) - 8) = '(sudo: ' || ?3 || ')')
                 AND (?4 IS NULL OR via = ?4) AND (?5 IS NULL OR action = ?5) AND (?6 IS NULL OR at >= ?6) AND (?7 IS NULL OR at < ?7)
             ORDER BY id DESC LIMIT ?8"
        ))?;
        let parameters = params![
            filter.noun,
            filter.name,
            filter.actor,
            filter.via,
            filter.action.map(AuditAction::as_str),
            filter.since.map(to_milliseconds),
            filter.until.map(to_milliseconds),
            filter.limit
        ];
        Ok(statement.query_map(parameters, entry)?.collect::<Result<_, _>>()?)
    }

    /// One entry of the audit log.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn audit_entry(&self, id: i64) -> Result<Option<AuditEntry>, Error> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM audit WHERE id = ?1"))?;
        let mut found = statement.query_map(params_from_iter([id]), entry)?;
        Ok(found.next().transpose()?)
    }

    /// Reads the whole audit log and compares every hash; `expected` is one that was kept
    /// elsewhere, which some entry must have.
    ///
    /// # Errors
    ///
    /// Of the database only; what is wrong with the log is in the answer.
    pub fn audit_proof(&self, expected: Option<AuditHash>) -> Result<AuditProof, Error> {
        chain::prove(self.connection, expected)
    }
}

#[cfg(test)]
mod tests;
