//! The table of unsettled grades contains exactly what the tables say from which it is derived.

use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::*;
use rusqlite::Connection;

use super::super::query::{Queries as _, bind};
use super::FINGERPRINT;
use crate::store::Store;

/// Two platforms with a course each, two resources, and three links in each course and one outside
/// of it.
const BASE: &str = "
    INSERT OR IGNORE INTO registration (id, slug, name, enabled, created_at, updated_at, issuer,
            client_id, keyset_url, access_token_url, authentication_request_url)
        SELECT value, 'school-' || value, 'School', 1, 0, 0, 'https://lms-' || value || '.example',
            'client', 'https://lms.example/keys', 'https://lms.example/token',
            'https://lms.example/auth' FROM json_each('[1, 2]');
    INSERT OR IGNORE INTO deployment (id, registration_id, deployment_id, name, created_at)
        SELECT id, id, '1', 'Site', 0 FROM registration;
    INSERT OR IGNORE INTO context (id, deployment_id, context_id) SELECT id, id, 'c' FROM deployment;
    INSERT OR IGNORE INTO resource (id, uuid, slug, name, kind, target_kind, published, max_grade,
            grade_sync, member_sync, student_provisioning, teacher_provisioning, created_at,
            updated_at)
        SELECT value, 'uuid-' || value, 'quiz-' || value, 'Quiz', 'activity', 'page', 1, 10, 'on',
            'off', 'auto', 'auto', 0, 0 FROM json_each('[1, 2]');
    INSERT OR IGNORE INTO resource_link (id, deployment_id, resource_link_id, context_id,
            resource_id, lineitems_url)
        SELECT value, 1 + value / 5, 'link-' || value, iif(value % 4, 1 + value / 5, NULL),
            iif(value % 4 = 3, 2, 1), 'https://lms.example/items'
        FROM json_each('[1, 2, 3, 4, 5, 6, 7, 8]');
    INSERT OR IGNORE INTO account (id, uuid, username, origin, name, created_at, updated_at)
        SELECT value, 'uuid-' || value, 'user-' || value, 'admin', 'User', 0, 0
        FROM json_each('[1, 2, 3]');";

/// Changes of what the table is derived from: of an account `?1`, a resource `?2`, a link `?3` and
/// a platform user `?4`, with a number `?5`.
const CHANGES: &[&str] = &[
    "INSERT INTO grade (account_id, resource_id, score, maximum, activity_progress,
         grading_progress, set_by, at)
     VALUES (?1, ?2, ?5, 10, 'Completed', 'FullyGraded', 'admin', 1)
     ON CONFLICT (account_id, resource_id) DO UPDATE SET score = excluded.score",
    "INSERT INTO resource_link_user (resource_link_id, account_id, sub, teaches, last_launch_at)
     VALUES (?3, ?1, ?4, 0, 0)
     ON CONFLICT (resource_link_id, account_id, sub) DO UPDATE SET last_launch_at = ?5",
    "INSERT INTO grade_delivery (resource_link_id, account_id, sub, newest_time, attempted)
     SELECT ?3, ?1, ?4, 1, {FINGERPRINT} FROM grade WHERE account_id = ?1 AND resource_id = ?2
     ON CONFLICT (resource_link_id, account_id, sub) DO UPDATE SET attempted = excluded.attempted",
    "UPDATE grade_delivery SET accepted = attempted WHERE attempted IS NOT NULL AND account_id = ?1",
    "UPDATE grade SET score = ?5, comment = NULL WHERE account_id = ?1",
    "UPDATE grade SET score = NULL WHERE account_id = ?1 AND resource_id = ?2",
    "UPDATE grade SET comment = ?4 WHERE account_id = ?1 AND resource_id = ?2",
    "UPDATE grade SET activity_progress = 'Started' WHERE resource_id = ?2",
    "UPDATE grade SET started_at = nullif(?5, 0), submitted_at = nullif(?5, 1)
     WHERE account_id = ?1",
    "UPDATE OR IGNORE grade SET account_id = ?1 WHERE resource_id = ?2",
    "UPDATE OR IGNORE grade SET resource_id = ?2 WHERE account_id = ?1",
    "DELETE FROM grade WHERE account_id = ?1 AND resource_id = ?2",
    "UPDATE resource_link_user SET teaches = ?5 % 2 WHERE account_id = ?1",
    "UPDATE OR IGNORE resource_link_user SET resource_link_id = ?3 WHERE account_id = ?1",
    "UPDATE OR IGNORE resource_link_user SET account_id = ?1, sub = ?4 WHERE resource_link_id = ?3",
    "DELETE FROM resource_link_user WHERE resource_link_id = ?3 AND account_id = ?1",
    "INSERT OR IGNORE INTO grade_delivery (resource_link_id, account_id, sub, newest_time, accepted)
     SELECT ?3, ?1, ?4, 1, {FINGERPRINT} FROM grade WHERE account_id = ?1 AND resource_id = ?2",
    "UPDATE OR IGNORE grade_delivery SET resource_link_id = ?3 WHERE account_id = ?1",
    "UPDATE OR IGNORE grade_delivery SET account_id = ?1, sub = ?4 WHERE resource_link_id = ?3",
    "DELETE FROM grade_delivery WHERE account_id = ?1",
    "UPDATE resource_link SET resource_id = ?2 WHERE id = ?3",
    "UPDATE resource_link SET context_id = (SELECT id FROM context WHERE id = ?5) WHERE id = ?3",
    "UPDATE resource_link SET found_lineitem_url = iif(?5, 'https://lms.example/item', NULL)
     WHERE id = ?3",
    "DELETE FROM resource_link WHERE id = ?3",
    "DELETE FROM context WHERE id = ?5",
    "DELETE FROM account WHERE id = ?1",
    "DELETE FROM resource WHERE id = ?2",
    "DELETE FROM registration WHERE id = ?5",
];

/// How often each of the first statements is chosen, so that there are enough rows.
const FREQUENT: usize = 4;

#[derive(Debug, Clone)]
struct Change {
    statement: usize,
    account: i64,
    resource: i64,
    link: i64,
    sub: &'static str,
    number: i64,
}

fn change() -> impl Strategy<Value = Change> {
    let statement = prop_oneof![0..FREQUENT, 0..CHANGES.len()];
    let sub = prop_oneof![Just("a"), Just("b")];
    (statement, 1..=3_i64, 1..=2_i64, 1..=8_i64, sub, 0..=2_i64).prop_map(
        |(statement, account, resource, link, sub, number)| Change {
            statement,
            account,
            resource,
            link,
            sub,
            number,
        },
    )
}

fn execute(connection: &Connection, change: &Change) {
    let sql = CHANGES[change.statement].replace("{FINGERPRINT}", FINGERPRINT);
    let mut statement = connection.prepare_cached(&sql).unwrap();
    let Change { account, resource, link, number, .. } = change;
    let values: [&dyn rusqlite::ToSql; 5] = [account, resource, link, &change.sub, number];
    let count = statement.parameter_count();
    statement.execute(&values[..count]).unwrap();
    connection.execute_batch(BASE).unwrap();
}

/// All rows of a query with these texts or numbers as columns, as texts.
fn rows<const COLUMNS: usize>(connection: &Connection, sql: &str) -> Vec<[String; COLUMNS]> {
    let mut statement = connection.prepare_cached(sql).unwrap();
    let read = |row: &rusqlite::Row<'_>| {
        let cells: Vec<Option<String>> =
            (0..COLUMNS).map(|column| row.get(column)).collect::<Result<_, _>>()?;
        Ok(std::array::from_fn(|column| cells[column].clone().unwrap_or_default()))
    };
    statement.query_map([], read).unwrap().collect::<Result<_, _>>().unwrap()
}

/// The links and accounts whose grades are unsettled, found by comparing every row with every other.
fn expected(connection: &Connection) -> BTreeSet<[String; 2]> {
    let links: Vec<[String; 3]> = rows(
        connection,
        "SELECT CAST(id AS TEXT), CAST(resource_id AS TEXT), CAST(context_id AS TEXT)
         FROM resource_link",
    );
    let known: Vec<[String; 3]> = rows(
        connection,
        "SELECT CAST(resource_link_id AS TEXT), CAST(account_id AS TEXT), sub
         FROM resource_link_user",
    );
    let grades: Vec<[String; 4]> = rows(
        connection,
        &format!(
            "SELECT CAST(account_id AS TEXT), CAST(resource_id AS TEXT), CAST(score AS TEXT),
                 {FINGERPRINT} FROM grade"
        ),
    );
    let accepted: Vec<[String; 4]> = rows(
        connection,
        "SELECT CAST(resource_link_id AS TEXT), CAST(account_id AS TEXT), sub, accepted
         FROM grade_delivery WHERE accepted IS NOT NULL",
    );
    let mut found = BTreeSet::new();
    for [link, resource, context] in &links {
        for [came, account, sub] in &known {
            let is_source = links.iter().any(|[id, other, course]| {
                id == came
                    && (id == link || !context.is_empty() && course == context && other == resource)
            });
            let grade = grades.iter().find(|grade| grade[0] == *account && grade[1] == *resource);
            let Some([.., score, fingerprint]) = grade.filter(|_| is_source) else { continue };
            let accepted = accepted
                .iter()
                .find(|other| other[0] == *link && other[1] == *account && other[2] == *sub);
            if accepted.map_or(!score.is_empty(), |accepted| accepted[3] != *fingerprint) {
                found.insert([link.clone(), account.clone()]);
            }
        }
    }
    found
}

fn check(store: &Store) {
    let connection = store.connection.raw();
    let stored: Vec<[String; 2]> = rows(
        connection,
        "SELECT CAST(resource_link_id AS TEXT), CAST(account_id AS TEXT) FROM unsettled_grade",
    );
    assert_eq!(stored.into_iter().collect::<BTreeSet<_>>(), expected(connection));
    let links = store.connection.all("SELECT id FROM resource_link", bind! {}, |row| row.get("id"));
    for link in links.unwrap() {
        let counts = store.read().sync_counts(link).unwrap();
        let due = store.read().count_due_grades(link, Timestamp::UNIX_EPOCH, true).unwrap();
        assert_eq!(due, counts.waiting + counts.refused, "link {link}");
        let grades =
            store.read().due_grades(link, Timestamp::UNIX_EPOCH, true, None, u32::MAX).unwrap();
        assert_eq!(grades.len(), due as usize, "link {link}");
    }
}

fn store() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::create(&directory.path().join("ltictl.db")).unwrap();
    store.connection.execute_batch("BEGIN").unwrap();
    store.connection.execute_batch(BASE).unwrap();
    (directory, store)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn unsettled_grades_are_listed_whatever_changes(
        changes in prop::collection::vec(change(), 1..120)
    ) {
        let (_directory, store) = store();
        for change in &changes {
            execute(store.connection.raw(), change);
            check(&store);
        }
    }
}

/// Rows for each number from `?1` to `?2`: an account with a grade that the platform has through
/// link 4, the one outside of the courses.
const SETTLED: [&str; 4] = [
    "INSERT INTO account (id, uuid, username, origin, name, created_at, updated_at)
     SELECT number, 'uuid-' || number, 'user-' || number, 'admin', 'User', 0, 0 FROM numbers",
    "INSERT INTO resource_link_user (resource_link_id, account_id, sub, teaches, last_launch_at)
     SELECT 4, number, 'sub-' || number, 0, 0 FROM numbers",
    "INSERT INTO grade (account_id, resource_id, score, maximum, activity_progress,
         grading_progress, set_by, at)
     SELECT number, 1, 5, 10, 'Completed', 'FullyGraded', 'admin', 1 FROM numbers",
    "INSERT INTO grade_delivery (resource_link_id, account_id, sub, newest_time, accepted)
     SELECT 4, number, 'sub-' || number, 1,
         json_array(5.0, 10.0, 'Completed', 'FullyGraded', NULL) FROM numbers",
];

fn add_settled(connection: &Connection, first: u32, last: u32) {
    let numbers = "WITH RECURSIVE numbers (number) AS
        (SELECT ?1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?2)";
    for insert in SETTLED {
        connection.execute(&format!("{numbers} {insert}"), [first, last]).unwrap();
    }
}

#[test]
fn looking_for_grades_to_send_takes_no_more_steps_however_many_were_sent() {
    let (_directory, store) = store();
    add_settled(store.connection.raw(), 11, 20);
    store.connection.raw().execute("UPDATE grade SET score = 6 WHERE account_id = 12", []).unwrap();
    let steps = || {
        let (due, steps) = store.counting_steps(|read| {
            let links = read.links_with_unsettled_grades(None, None).unwrap();
            let due = |id| read.due_grades(id, Timestamp::UNIX_EPOCH, true, None, 400).unwrap();
            links.into_iter().map(|link| due(link.id).len()).collect::<Vec<_>>()
        });
        assert_eq!(due, [1]);
        steps
    };
    steps();
    let few = steps();
    add_settled(store.connection.raw(), 21, 320);
    let many = steps();
    assert!(many <= few, "{many} steps instead of {few}");
}

#[test]
fn launch_that_changes_no_grade_writes_nothing_about_grades() {
    let (_directory, store) = store();
    add_settled(store.connection.raw(), 11, 12);
    let connection = store.connection.raw();
    for sql in [
        "UPDATE resource_link_user SET last_launch_at = 9 WHERE account_id = 11",
        "UPDATE resource_link_user SET teaches = 1, last_launch_at = 9 WHERE account_id = 12",
        "UPDATE resource_link SET title = title, lineitem_url = 'https://lms.example/item',
             context_id = context_id, resource_id = resource_id WHERE id = 4",
        "INSERT INTO resource_link_user (resource_link_id, account_id, sub, teaches, last_launch_at)
         VALUES (4, 1, 'new', 0, 0)",
    ] {
        let before = connection.total_changes();
        connection.execute(sql, []).unwrap();
        assert_eq!(connection.total_changes() - before, 1, "{sql}");
    }
}

#[test]
fn migration_lists_the_unsettled_grades_of_existing_databases() {
    let (_directory, store) = store();
    let connection = store.connection.raw();
    add_settled(connection, 11, 20);
    connection.execute("UPDATE grade SET score = 6 WHERE account_id > 17", []).unwrap();
    connection.execute("DELETE FROM unsettled_grade", []).unwrap();
    let migration = include_str!("../migrations/025_unsettled_grades.sql");
    let (_, fill) = migration.split_once("INSERT INTO unsettled_grade").unwrap();
    let (fill, _) = fill.split_once(';').unwrap();
    assert_eq!(connection.execute(&format!("INSERT INTO unsettled_grade {fill}"), []), Ok(3));
    check(&store);
}

#[test]
fn grades_without_times_have_the_fingerprints_of_earlier_versions() {
    let (_directory, store) = store();
    let connection = store.connection.raw();
    add_settled(connection, 11, 12);
    check(&store);
    let unsettled = || -> Vec<String> {
        let sql = "SELECT CAST(account_id AS TEXT) FROM unsettled_grade";
        rows::<1>(connection, sql).into_iter().map(|[account]| account).collect()
    };
    assert!(unsettled().is_empty());
    for time in ["started_at", "submitted_at"] {
        connection
            .execute(&format!("UPDATE grade SET {time} = 7 WHERE account_id = 12"), [])
            .unwrap();
        assert_eq!(unsettled(), ["12"], "{time}");
        connection.execute(&format!("UPDATE grade SET {time} = NULL"), []).unwrap();
        assert!(unsettled().is_empty(), "{time}");
    }
}
