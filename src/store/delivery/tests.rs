//! The table of unsettled grades contains exactly what the tables say from which it is derived.

use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::super::both_engines::each_engine;
use super::super::engine::{Connection, ValueRef};
use super::super::query::{Queries as _, Row};
use super::FINGERPRINT;
use crate::store::Store;

/// Two platforms with a course each, two resources, and three links in each course and one outside
/// of it.
const BASE: &str = "
    INSERT INTO registration (id, slug, name, enabled, created_at, updated_at, issuer,
            client_id, keyset_url, access_token_url, authentication_request_url)
        SELECT CAST(value AS BIGINT), 'school-' || value, 'School', TRUE, 0, 0,
            'https://lms-' || value || '.example', 'client', 'https://lms.example/keys',
            'https://lms.example/token', 'https://lms.example/auth'
        FROM json_each('[1, 2]') WHERE TRUE ON CONFLICT DO NOTHING;
    INSERT INTO deployment (id, registration_id, deployment_id, name, created_at)
        SELECT id, id, '1', 'Site', 0 FROM registration WHERE TRUE ON CONFLICT DO NOTHING;
    INSERT INTO context (id, deployment_id, context_id)
        SELECT id, id, 'c' FROM deployment WHERE TRUE ON CONFLICT DO NOTHING;
    INSERT INTO resource (id, uuid, slug, name, kind, target_kind, published, max_grade,
            grade_sync, member_sync, student_provisioning, teacher_provisioning, created_at,
            updated_at)
        SELECT CAST(value AS BIGINT), 'uuid-' || value, 'quiz-' || value, 'Quiz', 'activity',
            'page', TRUE, 10, 'on', 'off', 'auto', 'auto', 0, 0
        FROM json_each('[1, 2]') WHERE TRUE ON CONFLICT DO NOTHING;
    INSERT INTO resource_link (id, deployment_id, resource_link_id, context_id,
            resource_id, lineitems_url)
        SELECT number, 1 + number / 5, 'link-' || number,
            CASE WHEN number % 4 <> 0 THEN 1 + number / 5 END,
            CASE WHEN number % 4 = 3 THEN 2 ELSE 1 END, 'https://lms.example/items'
        FROM (SELECT CAST(value AS BIGINT) AS number FROM json_each('[1, 2, 3, 4, 5, 6, 7, 8]'))
            AS link WHERE TRUE ON CONFLICT DO NOTHING;
    INSERT INTO account (id, uuid, username, origin, name, created_at, updated_at)
        SELECT CAST(value AS BIGINT), 'uuid-' || value, 'user-' || value, 'admin', 'User', 0, 0
        FROM json_each('[1, 2, 3]') WHERE TRUE ON CONFLICT DO NOTHING;";

/// Changes of what the table is derived from: of an `:account`, a `:resource`, a
/// `:link` and a platform user `:sub`, with a `:number`. One that would make a row twice is left out.
const CHANGES: &[&str] = &[
    "INSERT INTO grade (account_id, resource_id, score, maximum, activity_progress,
         grading_progress, set_by, at)
     VALUES (:account, :resource, CAST(:number AS DOUBLE PRECISION), 10, 'Completed', 'FullyGraded', 'admin', 1)
     ON CONFLICT (account_id, resource_id, coalesce(context_id, 0)) DO UPDATE SET score = excluded.score",
    "INSERT INTO resource_link_user (resource_link_id, account_id, sub, teaches, last_launch_at)
     VALUES (:link, :account, :sub, FALSE, 0)
     ON CONFLICT (resource_link_id, account_id, sub) DO UPDATE SET last_launch_at = :number",
    "INSERT INTO grade_delivery (resource_link_id, account_id, sub, newest_time, attempted)
     SELECT CAST(:link AS BIGINT), CAST(:account AS BIGINT), CAST(:sub AS TEXT), 1, {FINGERPRINT} FROM grade WHERE account_id = :account AND resource_id = :resource ORDER BY id LIMIT 1
     ON CONFLICT (resource_link_id, account_id, sub) DO UPDATE SET attempted = excluded.attempted",
    "UPDATE grade_delivery SET accepted = attempted WHERE attempted IS NOT NULL AND account_id = :account",
    "UPDATE grade SET score = CAST(:number AS DOUBLE PRECISION), comment = NULL WHERE account_id = :account",
    "UPDATE grade SET score = NULL WHERE account_id = :account AND resource_id = :resource",
    "UPDATE grade SET comment = :sub WHERE account_id = :account AND resource_id = :resource",
    "UPDATE grade SET activity_progress = 'Started' WHERE resource_id = :resource",
    "UPDATE grade SET started_at = nullif(CAST(:number AS BIGINT), 0), submitted_at = nullif(CAST(:number AS BIGINT), 1)
     WHERE account_id = :account",
    "UPDATE grade SET account_id = :account WHERE resource_id = :resource",
    "UPDATE grade SET resource_id = :resource WHERE account_id = :account",
    "DELETE FROM grade WHERE account_id = :account AND resource_id = :resource",
    "INSERT INTO grade (account_id, resource_id, context_id, score, maximum, activity_progress,
         grading_progress, set_by, at)
     SELECT CAST(:account AS BIGINT), CAST(:resource AS BIGINT), id, 5, 10, 'Completed', 'FullyGraded', 'admin', 1 FROM context WHERE id = :number
     ON CONFLICT (account_id, resource_id, coalesce(context_id, 0)) DO UPDATE SET score = excluded.score",
    "UPDATE grade SET context_id = (SELECT id FROM context WHERE id = :number) WHERE account_id = :account AND resource_id = :resource",
    "UPDATE resource SET grade_scope = CASE WHEN CAST(:number AS BIGINT) % 2 = 1 THEN 'course' ELSE 'resource' END WHERE id = :resource",
    "UPDATE resource_link_user SET teaches = (CAST(:number AS BIGINT) % 2 = 1) WHERE account_id = :account",
    "UPDATE resource_link_user SET resource_link_id = :link WHERE account_id = :account",
    "UPDATE resource_link_user SET account_id = :account, sub = :sub WHERE resource_link_id = :link",
    "DELETE FROM resource_link_user WHERE resource_link_id = :link AND account_id = :account",
    "INSERT INTO grade_delivery (resource_link_id, account_id, sub, newest_time, accepted)
     SELECT CAST(:link AS BIGINT), CAST(:account AS BIGINT), CAST(:sub AS TEXT), 1, {FINGERPRINT} FROM grade WHERE account_id = :account AND resource_id = :resource ORDER BY id LIMIT 1
     ON CONFLICT DO NOTHING",
    "UPDATE grade_delivery SET resource_link_id = :link WHERE account_id = :account",
    "UPDATE grade_delivery SET account_id = :account, sub = :sub WHERE resource_link_id = :link",
    "DELETE FROM grade_delivery WHERE account_id = :account",
    "UPDATE resource_link SET resource_id = :resource WHERE id = :link",
    "UPDATE resource_link SET context_id = (SELECT id FROM context WHERE id = :number) WHERE id = :link",
    "UPDATE resource_link SET found_lineitem_url = CASE WHEN CAST(:number AS BIGINT) > 0 THEN 'https://lms.example/item' END
     WHERE id = :link",
    "DELETE FROM resource_link WHERE id = :link",
    "DELETE FROM context WHERE id = :number",
    "DELETE FROM account WHERE id = :account",
    "DELETE FROM resource WHERE id = :resource",
    "DELETE FROM registration WHERE id = :number",
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
    let &Change { account, resource, link, number, sub, .. } = change;
    let values = [
        (":account", account.into()),
        (":resource", resource.into()),
        (":link", link.into()),
        (":sub", sub.into()),
        (":number", number.into()),
    ];
    let used: Vec<_> = values.into_iter().filter(|(name, _)| sql.contains(name)).collect();
    connection.begin_part().unwrap();
    if let Err(error) = connection.execute(&sql, &used) {
        assert!(error.to_string().to_lowercase().contains("unique"), "{sql}: {error}");
        connection.undo_part().unwrap();
    }
    connection.end_part().unwrap();
    connection.execute_batch(BASE).unwrap();
}

/// All rows of a query with these texts as columns.
fn rows<const COLUMNS: usize>(connection: &Connection, sql: &str) -> Vec<[String; COLUMNS]> {
    let read = |row: &Row<'_>| {
        let mut cells: [String; COLUMNS] = std::array::from_fn(|_| String::new());
        for (place, cell) in cells.iter_mut().enumerate() {
            match row.value(place)? {
                ValueRef::Null => {}
                value => value.as_str()?.clone_into(cell),
            }
        }
        Ok(cells)
    };
    connection.all(sql, &[], read).unwrap()
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
    let by_course: Vec<[String; 1]> =
        rows(connection, "SELECT CAST(id AS TEXT) FROM resource WHERE grade_scope = 'course'");
    let grades: Vec<[String; 5]> = rows(
        connection,
        &format!(
            "SELECT CAST(account_id AS TEXT), CAST(resource_id AS TEXT), CAST(context_id AS TEXT),
                 CAST(score AS TEXT), {FINGERPRINT} FROM grade"
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
            let is_by_course = by_course.iter().any(|[id]| id == resource);
            let of = if is_by_course { context.as_str() } else { "" };
            let grade = grades
                .iter()
                .find(|grade| grade[0] == *account && grade[1] == *resource && grade[2] == of);
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
    let connection = &store.connection;
    let stored: Vec<[String; 2]> = rows(
        connection,
        "SELECT CAST(resource_link_id AS TEXT), CAST(account_id AS TEXT) FROM unsettled_grade",
    );
    assert_eq!(stored.into_iter().collect::<BTreeSet<_>>(), expected(connection));
    let links = connection.all("SELECT id FROM resource_link", &[], |row| row.get("id"));
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
    let store = Store::create(directory.path().join("ltictl.db")).unwrap();
    begin(&store);
    (directory, store)
}

fn begin(store: &Store) {
    store.connection.begin_immediate().unwrap();
    store.connection.execute_batch(BASE).unwrap();
}

#[test]
fn unsettled_grades_are_listed_whatever_changes() {
    each_engine(|mut store| {
        store.write(|write| write.touch()).unwrap();
        // A server takes longer.
        let cases = if store.connection.sqlite().is_some() { 24 } else { 8 };
        let config =
            ProptestConfig { source_file: Some(file!()), ..ProptestConfig::with_cases(cases) };
        let mut runner = TestRunner::new(config);
        let run = runner.run(&prop::collection::vec(change(), 1..120), |changes| {
            begin(&store);
            for change in &changes {
                execute(&store.connection, change);
                check(&store);
            }
            store.connection.roll_back().unwrap();
            Ok(())
        });
        run.unwrap();
    });
}

/// Rows for each number from a first to a last one: an account with a grade that the platform has through
/// link 4, the one outside of the courses.
const SETTLED: [&str; 4] = [
    "INSERT INTO account (id, uuid, username, origin, name, created_at, updated_at)
     SELECT number, 'uuid-' || number, 'user-' || number, 'admin', 'User', 0, 0 FROM numbers",
    "INSERT INTO resource_link_user (resource_link_id, account_id, sub, teaches, last_launch_at)
     SELECT 4, number, 'sub-' || number, FALSE, 0 FROM numbers",
    "INSERT INTO grade (account_id, resource_id, score, maximum, activity_progress,
         grading_progress, set_by, at)
     SELECT number, 1, 5, 10, 'Completed', 'FullyGraded', 'admin', 1 FROM numbers",
    "INSERT INTO grade_delivery (resource_link_id, account_id, sub, newest_time, accepted)
     SELECT 4, number, 'sub-' || number, 1,
         '[5.0,10.0,\"Completed\",\"FullyGraded\",null]' FROM numbers",
];

fn add_settled(connection: &Connection, first: u32, last: u32) {
    let numbers = "WITH RECURSIVE numbers (number) AS (SELECT CAST(:first AS BIGINT)
         UNION ALL SELECT number + 1 FROM numbers WHERE number < CAST(:last AS BIGINT))";
    for insert in SETTLED {
        let parameters = [(":first", first.into()), (":last", last.into())];
        connection.execute(&format!("{numbers} {insert}"), &parameters).unwrap();
    }
}

#[test]
fn looking_for_grades_to_send_takes_no_more_steps_however_many_were_sent() {
    let (_directory, store) = store();
    add_settled(&store.connection, 11, 20);
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
    add_settled(&store.connection, 21, 320);
    let many = steps();
    assert!(many <= few, "{many} steps instead of {few}");
}

#[test]
fn launch_that_changes_no_grade_writes_nothing_about_grades() {
    let (_directory, store) = store();
    add_settled(&store.connection, 11, 12);
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
    add_settled(&store.connection, 11, 20);
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
    each_engine(|mut store| {
        store.write(|write| write.touch()).unwrap();
        begin(&store);
        let connection = &store.connection;
        add_settled(connection, 11, 12);
        check(&store);
        let unsettled = || -> Vec<String> {
            let sql = "SELECT CAST(account_id AS TEXT) FROM unsettled_grade";
            rows::<1>(connection, sql).into_iter().map(|[account]| account).collect()
        };
        assert!(unsettled().is_empty());
        for time in ["started_at", "submitted_at"] {
            let change = format!("UPDATE grade SET {time} = 7 WHERE account_id = 12");
            connection.execute_batch(&change).unwrap();
            assert_eq!(unsettled(), ["12"], "{time}");
            connection.execute_batch(&format!("UPDATE grade SET {time} = NULL")).unwrap();
            assert!(unsettled().is_empty(), "{time}");
        }
    });
}
