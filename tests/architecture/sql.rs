//! Tests read and change the database by named helpers; only these contain SQL.

use std::fs;
use std::path::Path;

use super::sources;

/// The one folder of the tests with SQL.
const HELPERS: &str = "tests/lab/database";

/// Files with SQL that is only there to test the checks.
const EXAMPLES: [&str; 2] = ["tests/architecture.rs", "tests/architecture/sql.rs"];

/// How statements begin. Other words follow in the same text, in capitals or not.
const STATEMENTS: [&str; 17] = [
    "SELECT ",
    "INSERT INTO ",
    "INSERT OR ",
    "UPDATE ",
    "DELETE FROM ",
    "PRAGMA ",
    "CREATE TABLE ",
    "CREATE INDEX ",
    "CREATE TRIGGER ",
    "ALTER TABLE ",
    "DROP ",
    "WITH RECURSIVE ",
    "REPLACE INTO ",
    "BEGIN IMMEDIATE",
    "COMMIT",
    "ATTACH ",
    "VACUUM",
];

#[test]
fn tests_have_sql_in_one_place() {
    let mut problems = Vec::new();
    let mut seen = 0;
    for path in sources(Path::new("tests")) {
        if path.starts_with(HELPERS) || EXAMPLES.iter().any(|example| path.ends_with(example)) {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let found = sql_in(&source).into_iter();
        problems.extend(found.map(|line| format!("{}: {line} (use {HELPERS})", path.display())));
        seen += 1;
    }
    assert!(seen > 100, "only {seen} files were read");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The lines of a source that use rusqlite, or have a text in which a statement begins.
fn sql_in(source: &str) -> Vec<&str> {
    let begins_statement = |line: &str| {
        STATEMENTS.iter().any(|statement| {
            line.match_indices(statement).any(|(place, _)| {
                let before = line[..place].trim_end();
                before.is_empty() || before.ends_with(['"', '('])
            })
        })
    };
    source.lines().filter(|line| line.contains("rusqlite") || begins_statement(line)).collect()
}

#[test]
fn sql_is_found() {
    for (source, expected) in [
        ("use rusqlite::Connection;", true),
        ("let connection = rusqlite::Connection::open(path);", true),
        ("run(\"SELECT 1\")", true),
        ("run(\n    \"\n    UPDATE resource SET target = 'page'\")", true),
        ("run(\"PRAGMA foreign_keys = OFF; DELETE FROM registration\")", true),
        ("run(\"BEGIN IMMEDIATE\")", true),
        ("run(\"CREATE TABLE recipe (name TEXT)\")", true),
        ("const UPDATE: &str = \"UPDATE_DOCUMENTATION=1\";", false),
        ("(\"DELETE\", \"/lti/login\", 405)", false),
        // An attack, which has to be harmless.
        ("[\"'; DROP TABLE resource\"]", false),
        ("// An UPDATE would be needed.", false),
        ("database.delete_settings();", false),
    ] {
        assert_eq!(!sql_in(source).is_empty(), expected, "{source}");
    }
}
