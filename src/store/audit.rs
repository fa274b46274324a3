//! The audit log: who changed what. Every change of an audited table adds an entry in the same
//! transaction, regardless of which code makes it.
//!
//! Profile changes that platforms make are merged first, so that each account has one entry a day
//! ([`deferred`]).
//!
//! Temporary triggers of a writing connection stage what changes ([`triggers`], generated from the
//! list in [`tables`]); before the commit, [`seal`] compares before and after and appends the
//! entries ([`chain`]). So callers do not write entries themselves, and cannot omit them. Changes
//! of thousands of rows at a time are only counted ([`counter`]).
//!
//! An entry's hash is SHA-256 over the previous entry's hash and its own contents, so anyone who
//! alters, removes or reorders entries has to write every later one again, and changes the last
//! hash.

mod chain;
mod counter;
mod deferred;
mod permanent;
mod tables;
mod triggers;

use std::fmt::Write as _;
use std::ops::ControlFlow;

use serde_json::{Map, Value};

use self::chain::{Chain, StoredEntry};
pub use self::counter::Count;
pub(super) use self::counter::Counter;
pub(super) use self::permanent::script as permanent_triggers;
use self::tables::{AUDITED, Column, MEMBERS};
pub(super) use self::triggers::install_triggers;
use super::column::{Kind, ToColumn as _, from_milliseconds, to_milliseconds};
use super::engine::{Connection, ValueError};
use super::query::{Queries as _, Row, Which, as_record, bind, collected, each_record, select};
use super::record::{NULL, Record as _};
use super::{Error, Read, Write};
use crate::domain::{
    Actor, AuditAction, AuditEntry, AuditHash, AuditProof, Clock, LaunchedLink, rfc3339,
};

impl TryFrom<StoredEntry> for AuditEntry {
    type Error = Error;

    fn try_from(entry: StoredEntry) -> Result<Self, Error> {
        Ok(Self {
            id: entry.id,
            at: from_milliseconds(entry.at),
            actor: Actor { name: entry.actor, via: entry.via.into() },
            noun: entry.noun,
            name: entry.name,
            action: entry.action.parse().map_err(|_| Error::Corrupt("audit entry"))?,
            before: entry.before,
            after: entry.after,
            previous_hash: entry.previous_hash,
            hash: entry.hash,
        })
    }
}

/// Which entries to list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AuditFilter {
    /// Only of this kind, such as `registration`.
    pub noun: Option<String>,
    /// Only of the object with this name, and of what belongs to it.
    pub name: Option<String>,
    /// Only by this user, directly or through sudo.
    pub actor: Option<String>,
    /// Only by this command or part of the server.
    pub via: Option<String>,
    /// Only this action.
    pub action: Option<AuditAction>,
    /// From this moment on.
    pub since: Option<jiff::Timestamp>,
    /// Before this moment.
    pub until: Option<jiff::Timestamp>,
    /// At most this many, the newest first.
    pub limit: u32,
}

/// The entries whose names are `:name`, or consist of it and another name.
const OF_NAME: &str = "id IN (
     SELECT id FROM audit WHERE name = :name
     UNION ALL
     SELECT id FROM audit WHERE name >= :name || '/' AND name < :name || '0'
     UNION ALL
     SELECT id FROM audit WHERE name >= :name || ':' AND name < :name || ';'
     UNION ALL
     SELECT id FROM audit
     WHERE instr(name, '/') > 0 AND substr(name, instr(name, '/') + 1) = :name)";

/// The entries that `:actor` made, directly or through sudo.
const BY_ACTOR: &str = "(actor = :actor OR substr(actor, 1, length(:actor) + 2) = :actor || ' ('
     OR substr(actor, length(actor) - length(:actor) - 7) = '(sudo: ' || :actor || ')')";

impl AuditFilter {
    /// The conditions and their parameters.
    fn conditions(&self) -> Result<Which<'_>, ValueError> {
        let mut conditions: Vec<&str> = Vec::new();
        let mut parameters = Vec::new();
        for (condition, name, value) in [
            (OF_NAME, ":name", self.name.to_column()?),
            ("noun = :noun", ":noun", self.noun.to_column()?),
            (BY_ACTOR, ":actor", self.actor.to_column()?),
            ("via = :via", ":via", self.via.to_column()?),
            ("action = :action", ":action", self.action.to_column()?),
            ("at >= :since", ":since", self.since.to_column()?),
            ("at < :until", ":until", self.until.to_column()?),
        ] {
            if !matches!(value, NULL) {
                conditions.push(condition);
                parameters.push((name, value));
            }
        }
        let which = if conditions.is_empty() {
            String::new()
        } else {
            format!("WHERE {}", conditions.join(" AND "))
        };
        Ok((which, parameters))
    }
}

/// The kind of a restored database in the log.
const DATABASE: &str = "database";

/// Marks a restored database among the places of [`AUDITED`].
const RESTORED: u32 = u32::MAX;

/// The kind of a link in the log, whose data come from platforms: only that it was forgotten is an
/// entry.
const LINK: &str = "link";

/// Marks a forgotten link among the places of [`AUDITED`].
const FORGOTTEN: u32 = u32::MAX - 1;

/// The kinds of objects in the log.
pub fn audited_nouns() -> Vec<String> {
    AUDITED
        .iter()
        .map(|audited| audited.noun)
        .chain([MEMBERS, DATABASE, LINK])
        .map(str::to_owned)
        .collect()
}

/// Appends the changes that were staged since the transaction began, or since the last call. Returns
/// whether there are changes that the search does not find yet.
pub(super) fn seal(connection: &Connection, actor: &Actor, clock: Clock) -> Result<bool, Error> {
    let left = connection.left_by_triggers()?;
    if !left.is_staged {
        return Ok(left.is_unindexed);
    }
    let mut has_staged = false;
    Chain::extend(connection, actor, to_milliseconds(clock.now()), |chain| {
        let mut texts = (String::new(), String::new());
        connection.each(
            "SELECT source, name, before, after, key FROM temp.audit_staged ORDER BY place",
            bind! {},
            |row| {
                has_staged = true;
                append(connection, chain, row, &mut texts)
            },
        )
    })?;
    if has_staged {
        connection.change("DELETE FROM temp.audit_staged", bind! {})?;
        connection.change("DELETE FROM temp.audit_gone", bind! {})?;
    }
    Ok(left.is_unindexed)
}

/// Appends one staged row, unless nothing has changed. The two buffers for before and after are
/// reused.
fn append(
    connection: &Connection,
    chain: &mut Chain<'_>,
    row: &Row<'_>,
    (before, after): &mut (String, String),
) -> Result<(), Error> {
    let corrupt = |_| Error::Corrupt("staged change");
    let name = row.text("name")?.unwrap_or_default();
    let (old, new) = (row.text("before")?, row.text("after")?);
    let source: u32 = row.get("source")?;
    match source {
        RESTORED => return chain.append(DATABASE, name, AuditAction::Changed, Some("{}"), new),
        FORGOTTEN => return chain.append(LINK, name, AuditAction::Deleted, old, None),
        _ => {}
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
        let key = row.text("key")?.unwrap_or_default();
        if let (Some(old), Some(new)) = (&old, &new) {
            let (before, after) = changed_members(&audited.columns, old, new);
            if deferred::is_deferred(chain.actor(), &after) {
                return deferred::put(connection, chain, audited.noun, key, name, (before, after));
            }
        }
        deferred::seal(connection, chain, audited.noun, key)?;
    }
    let sides = [(&old, &new, &mut *before, false), (&new, &old, &mut *after, true)];
    for (side, other, out, is_after) in sides {
        if let Some(side) = side {
            write_members(out, &audited.columns, side, other.as_deref(), is_after);
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

/// The values that differ, before and after, by the names of the columns.
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

/// One side of a change as a JSON object: the values that differ from the other side, or all values
/// if there is none.
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
        // Writing into a string does not fail.
        let _ =
            write!(out, "\"{}\":{}", column.name, shown(column.kind, value, opposite, is_after));
    }
    out.push('}');
}

/// A value as an entry contains it.
fn shown(kind: Kind, value: &Value, opposite: Option<&Value>, is_after: bool) -> Value {
    match (kind, value) {
        (_, Value::Null) => Value::Null,
        (Kind::Plain, value) => value.clone(),
        (Kind::Truth, value) => (value != 0).into(),
        (Kind::Moment, value) => value.as_i64().map_or_else(
            || value.clone(),
            |milliseconds| rfc3339(from_milliseconds(milliseconds)).into(),
        ),
        (Kind::Words, value) => {
            value.as_str().map(|words| words.split_whitespace().collect()).unwrap_or_default()
        }
        (Kind::Json, value) => {
            let parsed = value.as_str().and_then(|text| serde_json::from_str(text).ok());
            parsed.unwrap_or_else(|| value.clone())
        }
        (Kind::Secret, _) if is_after && opposite.is_some_and(|opposite| !opposite.is_null()) => {
            "changed".into()
        }
        (Kind::Secret, _) => "set".into(),
    }
}

impl Write<'_> {
    /// Logs that this database was restored from the backup with this name, which no trigger can
    /// see.
    pub fn log_restored(&self, backup: &str) -> Result<(), Error> {
        let after = serde_json::json!({ "restored_from": backup }).to_string();
        self.connection.change(
            "INSERT INTO temp.audit_staged (source, key, name, after)
             VALUES (:source, :backup, :backup, :after)",
            bind! { source: RESTORED, backup, after },
        )?;
        Ok(())
    }
}

impl Write<'_> {
    /// Logs that a link was forgotten.
    pub(super) fn log_forgotten_link(&self, link: &LaunchedLink) -> Result<(), Error> {
        let name = format!("{}/{}", link.registration, link.resource_link_id);
        let key = link.id.to_string();
        let before = serde_json::json!({
            "deployment_id": link.deployment_id,
            "resource": link.resource.as_str(),
            "resource_link_id": link.resource_link_id,
            "title": link.title,
            "course": link.course,
        })
        .to_string();
        self.connection.change(
            "INSERT INTO temp.audit_staged (source, key, name, before)
             VALUES (:source, :key, :name, :before)",
            bind! { source: FORGOTTEN, key, name, before },
        )?;
        Ok(())
    }
}

impl Read<'_> {
    /// The entries of the audit log that match the filter, newest first.
    pub fn audit_entries(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, Error> {
        collected(|take| self.each_audit_entry(filter, take))
    }

    /// Calls `callback` for the entries that match the filter, newest first, until it breaks.
    pub fn each_audit_entry<E: From<Error>>(
        &self,
        filter: &AuditFilter,
        mut callback: impl FnMut(AuditEntry) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let (which, mut parameters) = filter.conditions().map_err(Error::from)?;
        parameters.push((":limit", filter.limit.into()));
        let selected = &StoredEntry::table().selected;
        each_record!(
            self,
            &format!("SELECT {selected} FROM audit {which} ORDER BY id DESC LIMIT :limit"),
            &parameters,
            |entry: StoredEntry| callback(AuditEntry::try_from(entry)?)
        )
    }

    /// One entry of the audit log.
    pub fn audit_entry(&self, id: i64) -> Result<Option<AuditEntry>, Error> {
        let entry: Option<StoredEntry> = self.connection.find(
            select!(StoredEntry, "WHERE id = :id"),
            bind! { id },
            as_record,
        )?;
        entry.map(AuditEntry::try_from).transpose()
    }

    /// Reads the whole audit log and compares every hash; some entry must have the hash `expected`,
    /// which was kept elsewhere.
    pub fn audit_proof(&self, expected: Option<AuditHash>) -> Result<AuditProof, Error> {
        chain::prove(self.connection, expected)
    }
}

#[cfg(test)]
mod tests;
