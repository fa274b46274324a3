//! Everything that tests read from the database directly, or change in it without the tool. This
//! folder is the only place in the tests with SQL.

mod change;
mod damage;
pub(crate) mod fill;
pub(crate) mod place;
mod server;
mod value;

use std::path::Path;

use jiff::Timestamp;
use ltictl::domain::Launch;
use ltictl::store::{self, Store, add_search_functions};
use rusqlite::OpenFlags;

use self::place::Place;
use self::value::Value;

/// A connection of the test's own to a database. Closing it ends its transaction.
pub(crate) struct Database(Connection);

enum Connection {
    File(rusqlite::Connection),
    Server(server::Connection),
}

impl Database {
    /// Opens the database; creates an empty file if there is none.
    pub(crate) fn open(place: impl Into<store::Database>) -> Self {
        Self(match place.into() {
            store::Database::File(path) => {
                let connection = rusqlite::Connection::open(path).unwrap();
                add_search_functions(&connection).unwrap();
                Connection::File(connection)
            }
            store::Database::Server(address) => {
                Connection::Server(server::Connection::open_unaudited(address.url()))
            }
        })
    }

    fn is_file(&self) -> bool {
        matches!(self.0, Connection::File(_))
    }

    /// The connection of a story that is about files.
    fn file(&self) -> &rusqlite::Connection {
        match &self.0 {
            Connection::File(connection) => connection,
            Connection::Server(_) => panic!("this is only possible with a file"),
        }
    }

    /// The one of two texts that is for this engine: what `file` says, or what `server` does.
    fn one_of<T>(&self, file: T, server: T) -> T {
        if self.is_file() { file } else { server }
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
    pub(crate) fn create_for_another_program(place: impl Into<store::Database>) {
        Self::open(place).execute_all("CREATE TABLE recipe (name TEXT)");
    }

    /// Begins a transaction that only reads. Its view is the one of its first read.
    pub(crate) fn begin_reading(&self) {
        self.execute_all(self.one_of("BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ"));
    }

    /// Begins a transaction that keeps every other process from writing.
    pub(crate) fn begin_writing(&self) {
        self.execute_all(self.one_of(
            "BEGIN IMMEDIATE",
            "BEGIN; SELECT pg_advisory_xact_lock(1819568483, hashtext(current_schema()))",
        ));
    }

    /// Ends the transaction.
    pub(crate) fn commit(&self) {
        self.execute_all("COMMIT");
    }

    /// When a lease expires that someone holds.
    pub(crate) fn lease(&self, name: &str) -> Timestamp {
        let moment = self.read("SELECT expires_at FROM lease WHERE name = ?1", &[name.into()]);
        Timestamp::from_millisecond(moment).unwrap()
    }

    /// The number of rows of a table.
    pub(crate) fn row_count(&self, table: &str) -> u32 {
        self.read(&format!("SELECT count(*) FROM {table}"), &[])
    }

    /// How many people are known whose grades have this name, followed by the platform's user.
    pub(crate) fn named_grades(&self, beginning: &str) -> u32 {
        let sql = "SELECT count(*) FROM resource_link_user WHERE result_sourcedid = ?1 || sub";
        self.read(sql, &[beginning.into()])
    }

    /// The number of entries in the launch log that have this cause.
    pub(crate) fn launch_count(&self, cause: &str) -> u32 {
        self.read("SELECT count(*) FROM launch WHERE cause = ?1", &[cause.into()])
    }

    /// The bytes of all values in all tables.
    pub(crate) fn stored_bytes(&self) -> i64 {
        let bytes = |row: &Vec<Value>| -> i64 {
            let [Value::Text(table), Value::Text(column)] = &row[..] else { panic!("{row:?}") };
            let query = format!(
                "SELECT CAST(coalesce(sum(octet_length({column})), 0) AS BIGINT)
                 FROM {table}"
            );
            self.read(&query, &[])
        };
        self.columns().iter().map(bytes).sum()
    }

    /// Every column that is stored: its table and its name. What only serves searches is left out.
    fn columns(&self) -> Vec<Vec<Value>> {
        self.rows(self.one_of(
            "SELECT tables.name, columns.name FROM pragma_table_list AS tables
             JOIN pragma_table_xinfo(tables.name) AS columns
             WHERE tables.schema = 'main' AND tables.type = 'table'
                 AND tables.name NOT LIKE 'sqlite_%' AND columns.hidden = 0",
            "SELECT CAST(table_name AS TEXT), CASE data_type WHEN 'bytea' THEN column_name
                 ELSE 'CAST(' || column_name || ' AS TEXT)' END
             FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name NOT LIKE 'search_%'",
        ))
    }

    /// The names of all tables.
    fn tables(&self) -> Vec<String> {
        let rows = self.rows(self.one_of(
            "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
             ORDER BY tablename",
        ));
        rows.into_iter().flatten().map(String::from).collect()
    }

    /// Whether there is anything in the database.
    fn has_tables(&self) -> bool {
        !self.tables().is_empty()
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
            &[],
        )
    }

    /// What SQLite's own check of the file finds, which is `ok`, and how many references are to
    /// rows that do not exist.
    pub(crate) fn integrity(&self) -> (String, u32) {
        (
            self.read("PRAGMA integrity_check", &[]),
            self.read("SELECT count(*) FROM pragma_foreign_key_check", &[]),
        )
    }

    pub(crate) fn schema_version(&self) -> u32 {
        self.read(self.one_of("PRAGMA user_version", "SELECT version FROM schema_version"), &[])
    }

    pub(crate) fn setting(&self, key: &str) -> String {
        self.read("SELECT value FROM setting WHERE key = ?1", &[key.into()])
    }

    /// The keyset of the one platform, as the server stored it.
    pub(crate) fn platform_keyset(&self) -> String {
        self.read("SELECT keys FROM platform_keyset", &[])
    }

    /// URL of the line item of a platform's link.
    pub(crate) fn line_item_url(&self, resource_link_id: &str) -> Option<String> {
        self.read(
            "SELECT lineitem_url FROM resource_link WHERE resource_link_id = ?1",
            &[resource_link_id.into()],
        )
    }

    pub(crate) fn password_hash(&self, username: &str) -> Option<String> {
        self.read("SELECT password_hash FROM account WHERE username = ?1", &[username.into()])
    }

    /// The private half of a signing key, in DER.
    pub(crate) fn private_key(&self, kid: &str) -> Vec<u8> {
        self.read("SELECT private_key FROM signing_key WHERE kid = ?1", &[kid.into()])
    }

    /// The private half of the key that signs, in DER.
    pub(crate) fn active_private_key(&self) -> Vec<u8> {
        self.private_key_in_state("active")
    }

    fn private_key_in_state(&self, state: &str) -> Vec<u8> {
        self.read("SELECT private_key FROM signing_key WHERE state = ?1", &[state.into()])
    }

    /// The key that authenticates the state of logins.
    pub(crate) fn state_key(&self) -> Vec<u8> {
        self.read("SELECT value FROM secret", &[])
    }

    /// Everything that can be used to sign or to sign in, in a database with one active and one
    /// published key, one consumer secret and one account with a password.
    pub(crate) fn secrets(&self) -> [Vec<u8>; 5] {
        [
            self.private_key_in_state("active"),
            self.private_key_in_state("published"),
            self.state_key(),
            self.read("SELECT secret FROM consumer_secret", &[]),
            self.read::<String>("SELECT password_hash FROM account", &[]).into_bytes(),
        ]
    }

    /// The one value that a query finds.
    fn read<T: From<Value>>(&self, query: &str, values: &[Value]) -> T {
        let first: Option<Value> = match &self.0 {
            Connection::File(connection) => connection
                .query_row(query, rusqlite::params_from_iter(values), |row| row.get(0))
                .map(Some)
                .unwrap_or_else(|error| panic!("{query}: {error}")),
            Connection::Server(connection) => connection
                .rows(&numbered(query), values)
                .unwrap_or_else(|error| panic!("{query}: {error:?}"))
                .into_iter()
                .flatten()
                .next(),
        };
        first.unwrap_or_else(|| panic!("{query}: no row")).into()
    }

    /// The rows that a query without values finds.
    fn rows(&self, query: &str) -> Vec<Vec<Value>> {
        match &self.0 {
            Connection::File(connection) => {
                let mut statement = connection.prepare(query).unwrap();
                let columns = statement.column_count();
                let rows = statement
                    .query_map([], |row| (0..columns).map(|column| row.get(column)).collect())
                    .unwrap();
                rows.map(Result::unwrap).collect()
            }
            Connection::Server(connection) => {
                connection.rows(query, &[]).unwrap_or_else(|error| panic!("{query}: {error:?}"))
            }
        }
    }

    /// Executes a statement that changes exactly one row.
    fn change_one(&self, statement: &str, values: &[Value]) {
        assert_eq!(self.change(statement, values), 1, "{statement}");
    }

    /// Executes a statement, and returns how many rows it changed.
    fn change(&self, statement: &str, values: &[Value]) -> usize {
        self.try_change(statement, values).unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// The same, of a statement that may fail.
    fn try_change(&self, statement: &str, values: &[Value]) -> Result<usize, String> {
        match &self.0 {
            Connection::File(connection) => connection
                .execute(statement, rusqlite::params_from_iter(values))
                .map_err(|error| error.to_string()),
            Connection::Server(connection) => connection
                .change(&numbered(statement), values)
                .map_err(|error| format!("{error:?}")),
        }
    }

    /// Executes several statements without values.
    fn execute_all(&self, statements: &str) {
        match &self.0 {
            Connection::File(connection) => connection
                .execute_batch(statements)
                .unwrap_or_else(|error| panic!("{statements}: {error}")),
            Connection::Server(connection) => connection.execute_all(statements),
        }
    }
}

/// A statement with the names that a server has for `?1` and so on.
fn numbered(statement: &str) -> String {
    statement.replace('?', "$")
}

/// Adds a launch to the log, as the server does.
pub(crate) fn insert_launch(database: impl Into<store::Database>, launch: &Launch) {
    Store::open(database).unwrap().write(|write| write.insert_launch(launch)).unwrap();
}

/// All rows of all tables, as text: each table's name, followed by its rows in order. What servers
/// report of themselves is not among them: they do so at any time.
pub(crate) fn dump(place: &Place) -> String {
    let database = if place.is_file() {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = rusqlite::Connection::open_with_flags(place.file(), flags).unwrap();
        Database(Connection::File(connection))
    } else {
        Database::open(place)
    };
    let mut dump = String::new();
    for table in database.tables().into_iter().filter(|table| table != "running_server") {
        dump.push_str(&format!("{table}\n"));
        let rows = database.rows(&database.one_of(
            format!("SELECT * FROM {table}"),
            format!("SELECT CAST(whole AS TEXT) FROM {table} AS whole"),
        ));
        let mut lines: Vec<String> = rows.into_iter().map(line).collect();
        lines.sort();
        for line in lines {
            dump.push_str(&format!("  {line}\n"));
        }
    }
    dump
}

/// Whether these bytes are anywhere in a database: in a file also where they are no longer in use.
pub(crate) fn contains(place: &Place, searched: &[u8]) -> bool {
    let is_in = |bytes: &[u8]| bytes.windows(searched.len()).any(|part| part == searched);
    if !place.is_file() {
        let hexadecimal: String = searched.iter().map(|byte| format!("{byte:02x}")).collect();
        let dump = dump(place);
        return is_in(dump.as_bytes()) || dump.contains(&hexadecimal);
    }
    let log = format!("{}-wal", place.text());
    is_in(&std::fs::read(place.file()).unwrap()) || is_in(&std::fs::read(log).unwrap_or_default())
}

/// A row as one line.
fn line(row: Vec<Value>) -> String {
    let texts: Vec<String> = row
        .into_iter()
        .map(|value| match value {
            Value::Text(text) => text,
            other => format!("{other:?}"),
        })
        .collect();
    texts.join(" | ")
}
