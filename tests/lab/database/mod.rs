//! Everything that tests read from the database directly, or change in it without the tool. This
//! folder is the only place in the tests with SQL.

mod change;
mod damage;
pub(crate) mod fill;
pub(crate) mod on_server;

use std::path::Path;

use ltictl::domain::Launch;
use ltictl::store::{Store, add_search_functions};
use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{Connection, OpenFlags, Params};

/// A connection of the test's own to a database file. Closing it ends its transaction.
pub(crate) struct Database {
    connection: Connection,
}

impl Database {
    /// Opens the database file, or creates an empty one.
    pub(crate) fn open(path: &Path) -> Self {
        let connection = Connection::open(path).unwrap();
        add_search_functions(&connection).unwrap();
        Self { connection }
    }

    /// Creates a database with the tool's first schema and one registration, `school`.
    pub(crate) fn create_with_first_schema(path: &Path) {
        let database = Self::open(path);
        database.execute_all(include_str!("../../../src/store/migrations/001_initial.sql"));
        database.set_application_id(0x4c54_4943);
        database.set_schema_version(1);
        database.execute_all(
            "INSERT INTO setting VALUES ('url', 'https://old.example.edu'), ('name', 'Old Tool');
             INSERT INTO registration (slug, name, created_at, updated_at)
             VALUES ('school', 'School', 0, 0);",
        );
    }

    /// Creates a database that belongs to another program.
    pub(crate) fn create_for_another_program(path: &Path) {
        Self::open(path).execute_all("CREATE TABLE recipe (name TEXT)");
    }

    /// Begins a transaction that only reads. Its view is the one of its first read.
    pub(crate) fn begin_reading(&self) {
        self.execute_all("BEGIN");
    }

    /// Begins a transaction that keeps every other process from writing.
    pub(crate) fn begin_writing(&self) {
        self.execute_all("BEGIN IMMEDIATE");
    }

    /// Ends the transaction.
    pub(crate) fn commit(&self) {
        self.execute_all("COMMIT");
    }

    /// The number of rows of a table.
    pub(crate) fn row_count(&self, table: &str) -> u32 {
        self.read(&format!("SELECT count(*) FROM {table}"), [])
    }

    /// How many people are known whose grades have this name, followed by the platform's user.
    pub(crate) fn named_grades(&self, beginning: &str) -> u32 {
        let sql = "SELECT count(*) FROM resource_link_user WHERE result_sourcedid = ?1 || sub";
        self.read(sql, [beginning])
    }

    /// The number of entries in the launch log that have this cause.
    pub(crate) fn launch_count(&self, cause: &str) -> u32 {
        self.read("SELECT count(*) FROM launch WHERE cause = ?1", [cause])
    }

    /// The bytes of all values in all tables.
    pub(crate) fn stored_bytes(&self) -> i64 {
        let bytes = |column: &(String, String)| -> i64 {
            let (table, column) = column;
            self.read(&format!("SELECT coalesce(sum(octet_length({column})), 0) FROM {table}"), [])
        };
        self.columns().iter().map(bytes).sum()
    }

    /// Every column that is stored, with its table.
    fn columns(&self) -> Vec<(String, String)> {
        let mut statement = self
            .connection
            .prepare(
                "SELECT tables.name, columns.name FROM pragma_table_list AS tables
                 JOIN pragma_table_xinfo(tables.name) AS columns
                 WHERE tables.schema = 'main' AND tables.type = 'table'
                     AND tables.name NOT LIKE 'sqlite_%' AND columns.hidden = 0",
            )
            .unwrap();
        let columns = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        columns.map(Result::unwrap).collect()
    }

    /// The number of registrations whose counters differ from what is stored for them.
    pub(crate) fn wrong_total_count(&self) -> u32 {
        self.read(
            "SELECT count(*) FROM registration_total AS total
             WHERE accounts <>
                     (SELECT count(*) FROM account WHERE created_by = total.registration_id)
                 OR waiting_launches <>
                     (SELECT count(*) FROM pending_launch
                      WHERE registration_id = total.registration_id)
                 OR session_bytes <>
                     (SELECT coalesce(sum(
                          octet_length(visit) + coalesce(octet_length(selection), 0)), 0)
                      FROM session WHERE registration_id = total.registration_id)",
            [],
        )
    }

    /// What SQLite's own check of the file finds, which is `ok`, and how many references are to
    /// rows that do not exist.
    pub(crate) fn integrity(&self) -> (String, u32) {
        (
            self.read("PRAGMA integrity_check", []),
            self.read("SELECT count(*) FROM pragma_foreign_key_check", []),
        )
    }

    pub(crate) fn schema_version(&self) -> u32 {
        self.read("PRAGMA user_version", [])
    }

    pub(crate) fn setting(&self, key: &str) -> String {
        self.read("SELECT value FROM setting WHERE key = ?1", [key])
    }

    /// The keyset of the one platform, as the server stored it.
    pub(crate) fn platform_keyset(&self) -> String {
        self.read("SELECT keys FROM platform_keyset", [])
    }

    /// URL of the line item of a platform's link.
    pub(crate) fn line_item_url(&self, resource_link_id: &str) -> Option<String> {
        self.read(
            "SELECT lineitem_url FROM resource_link WHERE resource_link_id = ?1",
            [resource_link_id],
        )
    }

    pub(crate) fn password_hash(&self, username: &str) -> Option<String> {
        self.read("SELECT password_hash FROM account WHERE username = ?1", [username])
    }

    /// The private half of a signing key, in DER.
    pub(crate) fn private_key(&self, kid: &str) -> Vec<u8> {
        self.read("SELECT private_key FROM signing_key WHERE kid = ?1", [kid])
    }

    /// The private half of the key that signs, in DER.
    pub(crate) fn active_private_key(&self) -> Vec<u8> {
        self.private_key_in_state("active")
    }

    fn private_key_in_state(&self, state: &str) -> Vec<u8> {
        self.read("SELECT private_key FROM signing_key WHERE state = ?1", [state])
    }

    /// The key that authenticates the state of logins.
    pub(crate) fn state_key(&self) -> Vec<u8> {
        self.read("SELECT value FROM secret", [])
    }

    /// Everything that can be used to sign or to sign in, in a database with one active and one
    /// published key, one consumer secret and one account with a password.
    pub(crate) fn secrets(&self) -> [Vec<u8>; 5] {
        [
            self.private_key_in_state("active"),
            self.private_key_in_state("published"),
            self.state_key(),
            self.read("SELECT secret FROM consumer_secret", []),
            self.read("SELECT CAST(password_hash AS BLOB) FROM account", []),
        ]
    }

    /// The one value that a query finds.
    fn read<T: FromSql>(&self, query: &str, values: impl Params) -> T {
        self.connection
            .query_row(query, values, |row| row.get(0))
            .unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// Executes a statement that changes exactly one row.
    fn change_one(&self, statement: &str, values: impl Params) {
        assert_eq!(self.change(statement, values), 1, "{statement}");
    }

    /// Executes a statement, and returns how many rows it changed.
    fn change(&self, statement: &str, values: impl Params) -> usize {
        self.connection
            .execute(statement, values)
            .unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// Executes several statements without values.
    fn execute_all(&self, statements: &str) {
        self.connection
            .execute_batch(statements)
            .unwrap_or_else(|error| panic!("{statements}: {error}"));
    }
}

/// Adds a launch to the log, as the server does.
pub(crate) fn insert_launch(database: &Path, launch: &Launch) {
    Store::open(database).unwrap().write(|write| write.insert_launch(launch)).unwrap();
}

/// All rows of all tables, as text: each table's name, followed by its rows in order.
pub(crate) fn dump(database: &Path) -> String {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = Connection::open_with_flags(database, flags).unwrap();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut dump = String::new();
    for table in rows(&connection, tables) {
        dump.push_str(&format!("{table}\n"));
        for row in rows(&connection, &format!("SELECT * FROM {table}")) {
            dump.push_str(&format!("  {row}\n"));
        }
    }
    dump
}

/// The rows that a query finds, each as one line, in alphabetical order.
fn rows(connection: &Connection, query: &str) -> Vec<String> {
    let mut statement = connection.prepare(query).unwrap();
    let columns = statement.column_count();
    let mut rows: Vec<String> = statement
        .query_map([], |row| {
            let values: Vec<String> = (0..columns)
                .map(|column| row.get_ref(column).map(value_text))
                .collect::<Result<_, _>>()?;
            Ok(values.join(" | "))
        })
        .unwrap()
        .map(Result::unwrap)
        .collect();
    rows.sort();
    rows
}

fn value_text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        other => format!("{other:?}"),
    }
}
