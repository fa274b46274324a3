//! Copies all rows of a database into an empty one, of the same engine or of the other.
//!
//! Rows are copied as they are, without triggers; what only helps to search is built again later. The
//! copy appears as a whole or not at all.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use schemars::JsonSchema;
use serde::Serialize;

use super::engine::{Connection, Value, quoted};
use super::query::{Queries as _, bind};
use super::transaction::Transaction;
use super::{Error, Read, Store, file, search_index};

/// How many rows are sent at a time.
const ROWS_AT_ONCE: usize = 500;

/// How the names of tables begin that are not copied: each database has its own.
const OWN: [&str; 3] = ["schema_version", "search_", "running_server"];

/// A table, and how many rows of it were copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CopiedTable {
    /// Its name.
    pub table: String,
    /// The number of rows.
    pub rows: u64,
}

/// A table whose rows are copied.
struct Table {
    name: String,
    columns: Vec<String>,
    /// Its columns that refer to a table, and that table.
    references: Vec<(String, String)>,
}

impl Store {
    /// Copies all rows of another database into this empty one. Nothing else can write to either
    /// meanwhile. `progress` is called with the total of rows first, and then with those copied so far;
    /// `check` reads both before the copy is kept.
    ///
    /// # Errors
    ///
    /// What `check` returns, a value that this engine cannot store, or an error of either database.
    pub fn fill_from<E: From<Error>>(
        &mut self,
        from: &Self,
        progress: &mut dyn FnMut(u64, u64),
        check: impl FnOnce(Read<'_>, Read<'_>) -> Result<(), E>,
    ) -> Result<Vec<CopiedTable>, E> {
        // So nothing is acknowledged that is not in the copy.
        let source = Transaction::immediate(&from.connection)?;
        let tables = tables_of(&self.connection)?;
        let names: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
        let copied = self.connection.filling(&names, || {
            let copied = copy_all(&source, &self.connection, &tables, progress)?;
            check(from.read(), self.read())?;
            Ok::<_, E>(copied)
        })?;
        source.roll_back()?;
        Ok(copied)
    }
}

fn copy_all(
    from: &Connection,
    to: &Connection,
    tables: &[Table],
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Vec<CopiedTable>, Error> {
    let counts = tables.iter().map(|table| file::row_count(from, &table.name));
    let total = counts.sum::<Result<u64, Error>>()?;
    let mut done = 0;
    progress(done, total);
    let mut copied = Vec::new();
    for table in tables {
        // The schema has put rows into some of them.
        to.execute_batch(&format!("DELETE FROM {}", quoted(&table.name)))?;
        let rows = table.copy(from, to, &mut |rows| {
            done += rows;
            progress(done, total);
        })?;
        copied.push(CopiedTable { table: table.name.clone(), rows });
    }
    let last_keys: BTreeMap<String, i64> = from
        .all(from.last_keys(), bind! {}, |row| Ok((row.get("name")?, row.get("last")?)))?
        .into_iter()
        .collect();
    for table in tables.iter().filter(|table| table.columns.iter().any(|column| column == "id")) {
        table.continue_keys(to, last_keys.get(&table.name).copied())?;
    }
    // As after an update that introduces the index.
    search_index::index_all_later(to)?;
    copied.sort_by(|one, other| one.table.cmp(&other.table));
    Ok(copied)
}

impl Table {
    /// Copies its rows; calls `progress` with the number of rows that were added. Returns how many
    /// there are.
    fn copy(
        &self,
        from: &Connection,
        to: &Connection,
        progress: &mut dyn FnMut(u64),
    ) -> Result<u64, Error> {
        let columns: Vec<String> = self.columns.iter().map(|column| quoted(column)).collect();
        let columns = columns.join(", ");
        let places = vec!["?"; self.columns.len()];
        let insert = format!(
            "INSERT INTO {} ({columns}) VALUES ({})",
            quoted(&self.name),
            places.join(", ")
        );
        let select = format!("SELECT {columns} FROM {}{}", quoted(&self.name), self.order());
        let (mut count, mut waiting) = (0, Vec::with_capacity(ROWS_AT_ONCE));
        let mut send = |waiting: &mut Vec<Vec<Value<'static>>>| {
            to.execute_each(&insert, waiting)?;
            count += waiting.len() as u64;
            progress(waiting.len() as u64);
            waiting.clear();
            Ok::<_, Error>(())
        };
        from.walk(&select, bind! {}, |row| {
            let values = (0..self.columns.len()).map(|place| Ok(row.value(place)?.to_owned()?));
            waiting.push(values.collect::<Result<_, Error>>()?);
            if waiting.len() == ROWS_AT_ONCE {
                send(&mut waiting)?;
            }
            Ok::<_, Error>(ControlFlow::Continue(()))
        })?;
        send(&mut waiting)?;
        Ok(count)
    }

    /// Rows that refer to others of the same table come after these.
    fn order(&self) -> String {
        let own = self.references.iter().filter(|(_, parent)| *parent == self.name);
        let columns: Vec<String> =
            own.map(|(column, _)| format!("{} IS NOT NULL", quoted(column))).collect();
        if columns.is_empty() { String::new() } else { format!(" ORDER BY {}", columns.join(", ")) }
    }

    /// New rows get keys that no row has or had.
    fn continue_keys(&self, to: &Connection, last: Option<i64>) -> Result<(), Error> {
        let sql = format!("SELECT max(id) AS newest FROM {}", quoted(&self.name));
        // Those of some tables are texts.
        let newest =
            to.one(&sql, bind! {}, |row| Ok(row.get::<Option<i64>>("newest").ok().flatten()))?;
        match newest.max(last) {
            Some(last) => to.set_last_key(&self.name, last),
            None => Ok(()),
        }
    }
}

/// The tables whose rows are copied, each after those that it refers to.
fn tables_of(connection: &Connection) -> Result<Vec<Table>, Error> {
    let [columns, references] = connection.layout();
    let mut tables = BTreeMap::<String, Table>::new();
    let columns: Vec<(String, String)> =
        connection.all(columns, bind! {}, |row| Ok((row.get("name")?, row.get("part")?)))?;
    for (name, column) in columns {
        if !OWN.iter().any(|own| name.starts_with(own)) {
            let table = Table { name: name.clone(), columns: Vec::new(), references: Vec::new() };
            tables.entry(name).or_insert(table).columns.push(column);
        }
    }
    let references: Vec<(String, String, String)> =
        connection.all(references, bind! {}, |row| {
            Ok((row.get("name")?, row.get("part")?, row.get("parent")?))
        })?;
    for (name, column, parent) in references {
        if let Some(table) = tables.get_mut(&name) {
            table.references.push((column, parent));
        }
    }
    Ok(in_order(tables.into_values().collect()))
}

/// Tables after those that they refer to. No two of them refer to each other.
fn in_order(mut left: Vec<Table>) -> Vec<Table> {
    let mut ordered = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let names: Vec<String> = left.iter().map(|table| table.name.clone()).collect();
        let waits = |table: &Table| {
            table
                .references
                .iter()
                .any(|(_, parent)| *parent != table.name && names.contains(parent))
        };
        let (waiting, ready): (Vec<_>, Vec<_>) = left.into_iter().partition(waits);
        // In a circle, the database reports the first row that refers to nothing.
        left = if ready.is_empty() { Vec::new() } else { waiting };
        ordered.extend(ready);
    }
    ordered
}
