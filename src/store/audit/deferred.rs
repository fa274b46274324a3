//! Changes of profiles that platforms make: one entry for each account and day.
//!
//! A platform may send another name with every launch, and entries are never deleted. So such a
//! change is deferred: it is stored in the same transaction as the change itself, and merged with
//! later ones of the same day (UTC): with the values before the first and after the last change. It
//! becomes an entry of the chain, with the time of the last change, as soon as the day is over, or
//! before the account changes in any other way, so that entries of one account stay in order. Pages
//! of member lists that changed only profiles are merged in the same way, by adding their numbers.
//!
//! Deferred changes are not yet protected by hashes. There is at most one row for each account and
//! each member list.

use serde_json::{Map, Value};

use super::super::column::to_milliseconds;
use super::super::engine::{Connection, ValueError};
use super::super::query::{Queries as _, bind};
use super::super::{Error, Write};
use super::chain::Chain;
use super::tables::MEMBERS;
use crate::domain::{Actor, AuditAction};

/// The noun of accounts in the log.
pub(super) const ACCOUNT: &str = "account";

/// The fields that platforms send.
const PROFILE: [&str; 5] = ["name", "given_name", "family_name", "email", "locale"];

/// The part of the server that applies profile changes from platforms.
const LAUNCH: &str = "launch";

/// The member of a counted page's entry if it changed profiles.
pub(super) const ACCOUNTS_CHANGED: &str = "accounts_changed";

const MILLISECONDS_OF_A_DAY: i64 = 24 * 60 * 60 * 1000;

/// Whether a change of an account is deferred: a launch made it, and only the profile changed.
pub(super) fn is_deferred(actor: &Actor, changed: &Map<String, Value>) -> bool {
    actor.via == LAUNCH && changed.keys().all(|column| PROFILE.contains(&column.as_str()))
}

/// A deferred change.
struct Waiting {
    at: i64,
    actor: Actor,
    name: String,
    before: Map<String, Value>,
    after: Map<String, Value>,
}

fn find(connection: &Connection, noun: &str, key: &str) -> Result<Option<Waiting>, Error> {
    let object = |text: String| serde_json::from_str(&text).map_err(ValueError::new);
    connection.find(
        "SELECT at, actor, via, name, before, after FROM audit_deferred
         WHERE noun = :noun AND subject = :key",
        bind! { noun, key },
        |row| {
            Ok(Waiting {
                at: row.get("at")?,
                actor: Actor { name: row.get("actor")?, via: row.get("via")? },
                name: row.get("name")?,
                before: object(row.get("before")?)?,
                after: object(row.get("after")?)?,
            })
        },
    )
}

/// Defers a change and merges it with those of the same day; a change of an earlier day becomes an
/// entry.
pub(super) fn put(
    connection: &Connection,
    chain: &mut Chain<'_>,
    noun: &str,
    key: &str,
    name: &str,
    (before, after): (Map<String, Value>, Map<String, Value>),
) -> Result<(), Error> {
    let day = chain.at().div_euclid(MILLISECONDS_OF_A_DAY);
    let mut merged = match find(connection, noun, key)? {
        Some(waiting) if waiting.at.div_euclid(MILLISECONDS_OF_A_DAY) == day => waiting,
        found => {
            if found.is_some() {
                seal(connection, chain, noun, key)?;
            }
            Waiting {
                at: 0,
                actor: Actor::default(),
                name: String::new(),
                before: Map::new(),
                after: Map::new(),
            }
        }
    };
    for (column, value) in before {
        merged.before.entry(column).or_insert(value);
    }
    for (column, value) in after {
        let sum = if column == ACCOUNTS_CHANGED {
            merged.after.get(&column).and_then(Value::as_u64)
        } else {
            None
        };
        let value = sum.map_or_else(
            || value.clone(),
            |sum| sum.saturating_add(value.as_u64().unwrap_or_default()).into(),
        );
        merged.after.insert(column, value);
    }
    let (before, after) =
        (Value::Object(merged.before).to_string(), Value::Object(merged.after).to_string());
    let (at, actor) = (chain.at(), chain.actor());
    connection.change(
        "INSERT INTO audit_deferred (noun, subject, day, at, actor, via, name, before, after)
         VALUES (:noun, :key, :day, :at, :actor, :via, :name, :before, :after)
         ON CONFLICT (noun, subject) DO UPDATE
             SET day = excluded.day, at = excluded.at, actor = excluded.actor, via = excluded.via,
                 name = excluded.name, before = excluded.before, after = excluded.after",
        bind! { noun, key, day, at, actor: actor.name, via: actor.via, name, before, after },
    )?;
    Ok(())
}

/// Turns a deferred change into an entry, if there is one.
pub(super) fn seal(
    connection: &Connection,
    chain: &mut Chain<'_>,
    noun: &str,
    key: &str,
) -> Result<(), Error> {
    let Some(mut waiting) = find(connection, noun, key)? else { return Ok(()) };
    connection.change(
        "DELETE FROM audit_deferred WHERE noun = :noun AND subject = :key",
        bind! { noun, key },
    )?;
    if noun == ACCOUNT {
        // A value that was changed back has not changed.
        let same: Vec<String> = waiting
            .before
            .iter()
            .filter(|(column, value)| waiting.after.get(*column) == Some(value))
            .map(|(column, _)| column.clone())
            .collect();
        for column in same {
            waiting.before.remove(&column);
            waiting.after.remove(&column);
        }
    }
    if waiting.after.is_empty() {
        return Ok(());
    }
    let (before, after) =
        (Value::Object(waiting.before).to_string(), Value::Object(waiting.after).to_string());
    chain.append_of(
        &waiting.actor,
        waiting.at,
        noun,
        &waiting.name,
        AuditAction::Changed,
        Some(&before),
        Some(&after),
    )
}

/// Defers the numbers of a page of members if only profiles changed. Returns whether it did.
pub(super) fn put_page(
    connection: &Connection,
    chain: &mut Chain<'_>,
    name: &str,
    said: &Map<String, Value>,
    numbers: usize,
) -> Result<bool, Error> {
    if numbers != 1 || !said.contains_key(ACCOUNTS_CHANGED) {
        return Ok(false);
    }
    let key = Value::Object(
        said.iter()
            .filter(|(column, _)| *column != ACCOUNTS_CHANGED)
            .map(|(column, value)| (column.clone(), value.clone()))
            .collect(),
    );
    put(connection, chain, MEMBERS, &format!("{name} {key}"), name, (Map::new(), said.clone()))?;
    Ok(true)
}

impl Write<'_> {
    /// Turns deferred profile changes of the days before `now` into entries, at most `limit`.
    /// Returns how many there were.
    pub fn seal_profile_changes(&self, now: jiff::Timestamp, limit: u32) -> Result<usize, Error> {
        let day = to_milliseconds(now).div_euclid(MILLISECONDS_OF_A_DAY);
        let over: Vec<(String, String)> = self.connection.all(
            "SELECT noun, subject FROM audit_deferred WHERE day < :day ORDER BY day LIMIT :limit",
            bind! { day, limit },
            |row| Ok((row.get("noun")?, row.get("subject")?)),
        )?;
        if over.is_empty() {
            return Ok(0);
        }
        let actor = Actor::default();
        Chain::extend(self.connection, &actor, to_milliseconds(now), |chain| {
            over.iter().try_for_each(|(noun, key)| seal(self.connection, chain, noun, key))
        })?;
        Ok(over.len())
    }
}
