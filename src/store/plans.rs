//! Every statement of the store, planned on the real schema: none reads a whole table, except for
//! those in [`WHOLE`]. Every reference has an index for deletions of what it refers to.
//!
//! The statements are the string literals in the source that begin like one. Constants in them are
//! replaced by their texts, `select!` by a SELECT from the record's table, and calls that make
//! parts of statements by what they return ([`parts`]).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::fallible_iterator::FallibleIterator as _;

use super::engine::postgres::testing::TestSchema;
use super::{Store, audit, both_engines, consumer_migration, delivery, launch, membership};

/// How the statements begin that may read a whole table, and why.
const WHOLE: &[(&str, &str)] = &[
    ("SELECT *, registration.slug AS registration, resource.slug", "the few launches that wait"),
    ("SELECT link.id AS id, registration.slug", "lists all links"),
    ("SELECT context.id AS id, registration.slug", "lists all courses"),
    ("SELECT count(*) AS contexts FROM context", "counts all courses, for a list of all"),
    ("SELECT count(*) AS links FROM resource_link", "counts all links, for a list of all"),
    ("SELECT * FROM registration WHERE protocol = 'lti-1.3' ORDER BY id", "lists all"),
    ("SELECT slug FROM registration WHERE protocol = 'lti-1.3' ORDER BY slug", "lists all"),
    ("SELECT registration_id, * FROM deployment ORDER BY", "lists all"),
    ("SELECT * FROM registration WHERE protocol = 'lti-1.3' ORDER BY name, slug", "lists all"),
    (
        "SELECT * FROM registration WHERE protocol = 'lti-1.3' ORDER BY slug",
        "lists all, for an export",
    ),
    ("SELECT * FROM resource ORDER BY name, slug", "lists all"),
    ("SELECT * FROM resource ORDER BY slug", "lists all, for an export"),
    ("SELECT * FROM account WHERE origin = :origin ORDER BY", "lists many"),
    (
        "SELECT EXISTS (SELECT 1 FROM consumer WHERE consumer_key",
        "looks up a deployment of each consumer, for a registration by LTI 2.0",
    ),
    ("SELECT count(*) - (SELECT count(*) FROM consumer) AS count", "counts all, by an index"),
    ("SELECT count(*) AS count FROM deployment", "counts all, by an index"),
    ("SELECT count(*) AS count FROM resource", "counts all, by an index"),
    ("SELECT count(*) AS count FROM account", "counts all, by an index"),
    ("SELECT slug FROM resource ORDER BY slug", "lists all"),
    ("SELECT * FROM account ORDER BY username", "lists all"),
    ("SELECT username FROM account ORDER BY username", "lists all"),
    ("SELECT link.id AS id, deployment.registration_id", "lists all links, to send all grades"),
    ("SELECT registration.slug AS registration, resource.slug AS resource", "lists all links"),
    ("SELECT link.id AS link_id, deployment.registration_id", "lists all links, to read all lists"),
    ("SELECT account_id, slug FROM account_grant JOIN resource", "lists all, for an export"),
    ("SELECT * FROM signing_key ORDER BY", "lists all; there are few"),
    (
        "SELECT service.deployment_id AS deployment, deployment.registration_id AS registration, \
         deployment.deployment_id AS deployment_id, service.url AS url, service.types AS types, \
         service.has_scope AS has_scope, service.checked_at AS checked_at, service.code AS code, \
         service.problem AS problem, service.fix AS fix FROM notice_service AS service CROSS JOIN \
         deployment ON deployment.id = service.deployment_id CROSS JOIN registration ON \
         registration.id = deployment.registration_id ORDER BY",
        "lists all, for `notice status`",
    ),
    (
        "SELECT notice.received_at AS received_at",
        "lists notices, of which a limited number is kept",
    ),
    ("SELECT refused.received_at AS received_at", "lists refused notices, of which few are kept"),
    ("SELECT * FROM identity_provider ORDER BY", "lists all; there are few"),
    (
        "SELECT * FROM account WHERE require_provider",
        "looks for staff without identity, for doctor",
    ),
    ("UPDATE identity_provider SET secret = NULL", "clears a backup without keys"),
    ("SELECT * FROM signing_key WHERE purpose = :purpose ORDER BY", "lists half of them"),
    ("SELECT * FROM client ORDER BY name, slug", "lists all"),
    ("SELECT slug FROM client ORDER BY slug", "lists all"),
    ("SELECT * FROM client ORDER BY slug", "lists all, for an export"),
    ("SELECT id FROM client WHERE managed", "compares all with a manifest"),
    ("UPDATE client SET secret_digest = NULL", "clears a backup without keys"),
    ("SELECT id FROM account WHERE managed", "compares all with a manifest"),
    ("SELECT id FROM registration WHERE managed", "compares all with a manifest"),
    ("SELECT id FROM resource WHERE managed", "compares all with a manifest"),
    ("SELECT registration_id, deployment_id FROM deployment WHERE managed", "likewise"),
    ("SELECT kind, position, last FROM search_backlog", "reads its eight rows"),
    ("SELECT key, value FROM setting", "lists all; there are few"),
    ("SELECT version FROM record_version", "reads its one row"),
    ("SELECT version, * FROM record_version", "it has one row"),
    ("SELECT * FROM running_server", "there are only the running servers"),
    ("DELETE FROM running_server WHERE seen_at", "likewise"),
    ("SELECT name FROM lease WHERE", "there are only the leases of running processes"),
    ("SELECT * FROM audit ORDER BY id", "proves the whole log"),
    (
        "SELECT (SELECT coalesce(max(id), 0) FROM audit)",
        "compares a day's profile changes, for apply",
    ),
    ("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1", "reads one row"),
    ("SELECT EXISTS (SELECT 1 FROM audit WHERE hash =", "explains damage, which is rare"),
    ("SELECT at FROM launch ORDER BY id DESC LIMIT 1", "reads one row"),
    ("SELECT registration, coalesce(role IN", "counts all launches, for doctor"),
    ("SELECT EXISTS (SELECT 1 FROM resource_link LIMIT 1 OFFSET", "reads a hundred rows"),
    ("UPDATE resource SET app_key_created_at = :now", "changes all, after a restore"),
    ("DELETE FROM session", "clears a backup without keys"),
    ("DELETE FROM pending_launch", "clears a backup without keys"),
    ("DELETE FROM pending_proxy", "clears a backup without keys"),
    ("DELETE FROM consumer_secret", "clears a backup without keys"),
    ("UPDATE consumer SET cartridge_token = lower(", "clears a backup without keys"),
    ("UPDATE account SET password_hash = NULL", "clears a backup without keys"),
    ("UPDATE signing_key SET private_key = x''", "clears a backup without keys"),
    ("WITH clash (sub, carried, present) AS", "reads a temporary table, by the alias of another"),
    ("DELETE FROM platform_keyset WHERE keyset_url NOT IN", "compares all, once an hour at most"),
    (
        "SELECT deployment_id AS name, coalesce(name, '') AS description",
        "searches all, for completion",
    ),
];

/// Indexes of rare rows, which may be read as a whole.
const RARE: &[&str] = &["stuck_grade", "member_sync_problem", "registration_without_notices"];

/// Literals with a statement in which something else varies.
const VARYING: &[(&str, &str)] = &[
    ("SELECT count(*) AS rows, count(*) FILTER", "counts the rows of three tables, for doctor"),
    ("SELECT count(*) AS rows FROM", "counts the rows of any table, for db check"),
    ("SELECT {names}, min(hour) AS hour, sum(count)", "the tests of tallies plan it"),
    ("SELECT {selected} FROM launch {which}", "the tests of the launch log plan it"),
    ("SELECT {selected} FROM audit {which}", "the tests of the audit log plan it"),
    ("SELECT {} FROM {}", "select!"),
    ("SELECT {}, consumer.consumer_key,", "all but the list of consumers name a unique value"),
    ("SELECT key, place, {} FROM {}", "the tests of searches plan it"),
    ("SELECT EXISTS (SELECT 1 FROM {} WHERE key >=", "likewise"),
    ("SELECT max(key) AS last FROM {}", "reads each kind once, for a copy of the whole database"),
    ("INSERT OR REPLACE INTO search_index", "inserts one row"),
    ("INSERT INTO audit_gone VALUES", "inserts one row"),
    ("INSERT INTO {} ({}) VALUES", "inserts rows"),
    ("UPDATE {} SET {} {which}", "all callers update by key"),
];

/// What stands for the varying parts of other statements.
const EXAMPLES: [(&str, &str); 2] = [("{condition}", "list.key > :bound"), ("{order}", "DESC")];

/// What calls in the arguments of statements return.
fn parts() -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("unsettled()", delivery::unsettled()),
        ("is_due()", delivery::is_due()),
        ("has_left()", membership::has_left()),
        ("moving()", consumer_migration::moving()),
        ("link_is_the_same()", launch::link_is_the_same()),
        ("link_columns()", launch::link_columns()),
        ("link_values()", launch::link_values()),
        ("link_changes()", launch::link_changes()),
        ("link_differences()", launch::link_differences()),
    ])
}

/// A string literal, with the code before and after it.
struct Literal<'s> {
    before: &'s str,
    text: String,
    after: &'s str,
}

/// What only PostgreSQL runs.
const ONLY_POSTGRESQL: &[&str] = &["engine/postgres", "audit/permanent.rs"];

/// What only SQLite runs: `file.rs` is about files, and the triggers of `triggers.rs` are its own.
const ONLY_SQLITE: &[&str] = &["engine/sqlite", "store/file.rs", "audit/triggers.rs"];

/// Files whose statements read or write all rows of any table.
const WHOLE_DATABASES: &[&str] = &["transfer.rs", "fill.rs"];

/// The source files of the store without some, and without tests and comments.
fn sources(without: &[&str]) -> Vec<String> {
    let mut directories = vec![PathBuf::from("src/store")];
    let mut sources = Vec::new();
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let tests = ["tests.rs", "testing.rs", "plans.rs", "both_engines.rs", "on_server.rs"];
            if tests.iter().chain(WHOLE_DATABASES).chain(without).any(|name| path.ends_with(name)) {
                continue;
            }
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(code(&path));
            }
        }
    }
    sources
}

fn code(path: &Path) -> String {
    let source = fs::read_to_string(path).unwrap();
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n").replace("'\"'", "QUOTE")
}

fn literals(code: &str) -> Vec<Literal<'_>> {
    let (mut literals, mut start) = (Vec::new(), None);
    let mut escaped = false;
    for (place, character) in code.char_indices() {
        match (start, character) {
            (None, '"') => start = Some(place + 1),
            (Some(from), '"') if !escaped => {
                literals.push(Literal {
                    before: code[..from - 1].trim_end(),
                    text: unescaped(&code[from..place]),
                    after: code[place + 1..].trim_start(),
                });
                start = None;
            }
            _ => {}
        }
        escaped = character == '\\' && !escaped;
    }
    literals
}

/// The text of a literal, with single spaces.
fn unescaped(literal: &str) -> String {
    let text = literal.replace("\\\n", "").replace("\\\"", "\"");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The last word of some code.
fn last_word(code: &str) -> &str {
    let start = code.rfind(|letter: char| !letter.is_alphanumeric() && letter != '_');
    &code[start.map_or(0, |start| start + 1)..]
}

/// The arguments that follow a format string, up to the end of its call.
fn arguments(after: &str) -> Vec<String> {
    let (mut arguments, mut depth) = (vec![String::new()], 0_u32);
    for character in after.strip_prefix(',').unwrap_or_default().chars() {
        match character {
            ')' | ']' | '}' | ';' if depth == 0 => break,
            ',' if depth == 0 => {
                arguments.push(String::new());
                continue;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if let Some(argument) = arguments.last_mut() {
            argument.push(character);
        }
    }
    arguments.into_iter().map(|argument| argument.trim().to_owned()).collect()
}

/// The tables of the records, by the names of their types.
fn record_tables(sources: &[String]) -> BTreeMap<String, String> {
    let mut tables = BTreeMap::new();
    for source in sources {
        for Literal { before, text, after } in literals(source) {
            if let Some(record) = before.strip_suffix(" in").filter(|_| after.starts_with('{')) {
                tables.insert(last_word(record).to_owned(), text);
            }
        }
    }
    tables
}

/// A statement with what calls return that are the arguments of its format string.
fn with_arguments(mut statement: String, after: &str, parts: &BTreeMap<&str, String>) -> String {
    let has_arguments = statement.contains("{}");
    for argument in arguments(after).into_iter().filter(|_| has_arguments) {
        let part = match parts.get(argument.as_str()) {
            Some(part) => part.split_whitespace().collect::<Vec<_>>().join(" "),
            None if argument.ends_with(".selected") => "*".to_owned(),
            None => continue,
        };
        statement = statement.replacen("{}", &part, 1);
    }
    statement
}

/// The statements of all source files but some; what cannot be completed is in `problems`.
fn statements(without: &[&str], problems: &mut Vec<String>) -> BTreeSet<String> {
    let sources = sources(without);
    let (tables, parts) = (record_tables(&sources), parts());
    let mut statements = BTreeSet::new();
    for source in &sources {
        let literals = literals(source);
        let constants: Vec<(String, &str)> = literals
            .iter()
            .filter_map(|Literal { before, text, .. }| {
                let name = last_word(before.strip_suffix('=')?.trim_end().strip_suffix(": &str")?);
                Some((format!("{{{name}}}"), text.as_str()))
            })
            .collect();
        let mut table = "";
        for Literal { before, text, after } in &literals {
            if before.ends_with(" in") && after.starts_with('{') {
                table = text;
            }
            let begins = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "];
            let is_fragment = !begins.iter().any(|word| text.starts_with(word));
            let call = before.strip_suffix(',').map(str::trim_end).unwrap_or_default();
            let record = last_word(call);
            let mut statement =
                if call[..call.len() - record.len()].trim_end().ends_with("select!(") {
                    format!("SELECT * FROM {} {text}", tables[record])
                } else if is_fragment && text.contains("(SELECT ") && before.ends_with('=') {
                    // A computed column of a record.
                    if before.ends_with(": &str =") {
                        continue;
                    }
                    format!("SELECT {text} FROM {table} WHERE rowid = 1")
                } else if is_fragment {
                    continue;
                } else {
                    text.clone()
                };
            for (name, example) in EXAMPLES {
                statement = statement.replace(name, example);
            }
            for _ in 0..3 {
                for (name, constant) in &constants {
                    statement = statement.replace(name, constant);
                }
            }
            let statement = with_arguments(statement, after, &parts);
            // Scripts are not prepared.
            if statement.contains("; ") {
                continue;
            }
            if !statement.contains('{') {
                statements.insert(statement);
            } else if !VARYING.iter().any(|(start, _)| statement.starts_with(start)) {
                problems.push(format!("add to parts() what {statement} consists of"));
            }
        }
    }
    statements
}

/// A database with the temporary tables of all changes.
fn store() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::create(directory.path().join("ltictl.db")).unwrap();
    create_temporary_tables(&store);
    (directory, store)
}

/// Creates those of all changes.
fn create_temporary_tables(store: &Store) {
    audit::install_triggers(&store.connection).unwrap();
    for source in sources(&[]) {
        for Literal { text, .. } in literals(&source) {
            if text.starts_with("CREATE TEMPORARY TABLE") {
                store.connection.execute_batch(&text).unwrap();
            }
        }
    }
}

fn texts(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    connection.prepare(sql)?.raw_query().map(|row| row.get(0)).collect()
}

/// The tables that a statement reads from their first to their last row.
fn scanned(connection: &Connection, tables: &[String], sql: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let plan: Vec<String> = statement.raw_query().map(|row| row.get("detail")).collect()?;
    let name_of = |line: &String| {
        let name = line.strip_prefix("SCAN ")?.split(' ').next()?;
        let is_table = tables.iter().any(|table| {
            table == name
                || sql.match_indices(&format!(" {table} AS {name}")).any(|(place, found)| {
                    !sql[place + found.len()..].starts_with(|next: char| next.is_alphanumeric())
                })
        });
        let is_rare = RARE.iter().any(|index| line.ends_with(&format!("INDEX {index}")));
        (is_table && !is_rare && !line.contains("VIRTUAL TABLE")).then(|| name.to_owned())
    };
    Ok(plan.iter().filter_map(name_of).collect())
}

#[test]
fn statements_read_whole_tables_only_with_a_reason() {
    let (_directory, store) = store();
    let tables =
        texts(store.connection.raw(), "SELECT name FROM sqlite_schema WHERE type = 'table'")
            .unwrap();
    let mut problems = Vec::new();
    let statements = statements(ONLY_POSTGRESQL, &mut problems);
    assert!(statements.len() > 200, "only {} statements were found", statements.len());
    let mut reasons_used = BTreeSet::new();
    for statement in &statements {
        let scanned = match scanned(store.connection.raw(), &tables, statement) {
            Ok(scanned) => scanned,
            Err(error) => {
                problems.push(format!("{statement}: {error}"));
                continue;
            }
        };
        match WHOLE.iter().find(|(start, _)| statement.starts_with(start)) {
            _ if scanned.is_empty() => {}
            Some((start, _)) => {
                reasons_used.insert(*start);
            }
            None => problems.push(format!("reads all of {}: {statement}", scanned.join(", "))),
        }
    }
    let unused = WHOLE.iter().filter(|(start, _)| !reasons_used.contains(start));
    problems.extend(unused.map(|(start, _)| format!("no longer reads a whole table: {start}")));
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

#[test]
fn references_have_indexes() {
    let (_directory, store) = store();
    let without = texts(
        store.connection.raw(),
        "SELECT tables.name || '.' || reference.\"from\"
         FROM pragma_table_list AS tables JOIN pragma_foreign_key_list(tables.name) AS reference
         WHERE tables.schema = 'main' AND NOT EXISTS (
                 SELECT 1 FROM pragma_index_list(tables.name) AS list
                     JOIN pragma_index_info(list.name) AS part
                 WHERE part.seqno = 0 AND part.name = reference.\"from\")
             AND NOT EXISTS (
                 SELECT 1 FROM pragma_table_info(tables.name) AS part
                 WHERE part.pk = 1 AND part.name = reference.\"from\")",
    )
    .unwrap();
    assert_eq!(without, [""; 0], "a deletion of what they refer to searches the whole table");
}

#[test]
fn statements_are_also_those_of_postgresql() {
    let Some(schema) = TestSchema::create() else { return };
    let store = both_engines::create(&schema);
    create_temporary_tables(&store);
    let mut problems = Vec::new();
    let statements = statements(ONLY_SQLITE, &mut problems);
    assert!(statements.len() > 200, "only {} statements were found", statements.len());
    for statement in statements {
        let statement = statement.replace(" WHERE rowid = 1", "");
        if let Err(error) = store.connection.prepare(&statement) {
            problems.push(format!("{statement}: {error}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}
