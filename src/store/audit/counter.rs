//! Changes of thousands of rows at a time, such as a platform's members, which one entry counts.
//! They run on their own connection: triggers, even idle ones, would make them 10% slower, and a
//! counting hook costs almost nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Map, Value};

use super::super::Error;
use super::super::column::to_milliseconds;
use super::super::engine::{Connection, RowChange};
use super::chain::Chain;
use super::deferred;
use super::permanent;
use super::tables::{AUDITED, Audited, MEMBERS, RULES};
use crate::domain::{Actor, AuditAction, Clock};

/// What the entry of a counted change contains besides the numbers.
#[derive(Debug, Clone)]
pub struct Count {
    /// The name of what is changed.
    pub name: String,
    /// More members of the entry.
    pub more: Vec<(&'static str, String)>,
}

/// Created, changed and deleted rows of each audited table.
pub(in crate::store) type Numbers = [[AtomicU32; 3]; RULES.len()];

const ACTIONS: [AuditAction; 3] =
    [AuditAction::Created, AuditAction::Changed, AuditAction::Deleted];

/// Counts what a connection changes.
pub(in crate::store) enum Counter {
    /// By a hook of the connection.
    Hook(Arc<Numbers>),
    /// By the triggers of the schema, in a temporary table that is emptied by each commit.
    Table,
}

impl Counter {
    /// Counts from now on. The hook is not called for tables without row IDs, so changes of the
    /// audited ones among them are refused on this connection.
    pub(in crate::store) fn watch(connection: &Connection) -> Result<Self, Error> {
        let Some(file) = connection.sqlite() else {
            permanent::count(connection)?;
            return Ok(Self::Table);
        };
        for table in file.tables_without_row_ids()? {
            if AUDITED.iter().any(|audited| audited.table == table) {
                for event in ["INSERT", "UPDATE", "DELETE"] {
                    connection.execute_batch(&format!(
                        "CREATE TEMP TRIGGER not_counted_{table}_{event} BEFORE {event} ON \
                         main.{table} BEGIN SELECT RAISE(ABORT, '{table} cannot be counted'); END"
                    ))?;
                }
            }
        }
        let numbers: Arc<Numbers> = Arc::default();
        let counted = Arc::clone(&numbers);
        connection.watch_changes(move |change, table| {
            let place = match change {
                RowChange::Inserted => 0,
                RowChange::Updated => 1,
                RowChange::Deleted => 2,
            };
            if let Some(source) = AUDITED.iter().position(|audited| audited.table == table) {
                counted[source][place].fetch_add(1, Ordering::Relaxed);
            }
        })?;
        Ok(Self::Hook(numbers))
    }

    /// Sets the numbers to zero.
    pub(in crate::store) fn reset(&self) {
        if let Self::Hook(numbers) = self {
            numbers.iter().flatten().for_each(|number| number.store(0, Ordering::Relaxed));
        }
    }

    /// What was changed how often, without zeros.
    fn numbers(
        &self,
        connection: &Connection,
    ) -> Result<Vec<(&'static Audited, AuditAction, u32)>, Error> {
        let Self::Hook(numbers) = self else { return permanent::counted(connection) };
        let numbers = AUDITED.iter().zip(numbers.iter()).flat_map(|(audited, numbers)| {
            let numbers = numbers.iter().map(|number| number.load(Ordering::Relaxed));
            ACTIONS.into_iter().zip(numbers).map(move |(action, number)| (audited, action, number))
        });
        Ok(numbers.filter(|(.., number)| *number > 0).collect())
    }

    /// Appends an entry with the numbers, unless there are none.
    pub(in crate::store) fn seal(
        &self,
        connection: &Connection,
        actor: &Actor,
        clock: Clock,
        count: &Count,
    ) -> Result<(), Error> {
        let mut entry: Map<String, Value> = count
            .more
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.as_str().into()))
            .collect();
        for (audited, action, number) in self.numbers(connection)? {
            entry.insert(format!("{}s_{action}", audited.noun), number.into());
        }
        if entry.len() == count.more.len() {
            return Ok(());
        }
        Chain::extend(connection, actor, to_milliseconds(clock.now()), |chain| {
            let numbers = entry.len() - count.more.len();
            if deferred::put_page(connection, chain, &count.name, &entry, numbers)? {
                return Ok(());
            }
            chain.append(
                MEMBERS,
                &count.name,
                AuditAction::Changed,
                Some("{}"),
                Some(&Value::Object(entry).to_string()),
            )
        })
    }
}
