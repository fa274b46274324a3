//! How long `apply` takes for 10,000 registrations, 20,000 deployments and 10,000 resources: into
//! an empty database, and again without anything to change. It is compared with the time that
//! SQLite alone needs to insert as many rows into the same tables, in the same run.
//!
//! Run with `cargo bench --bench apply`.

#![expect(
    clippy::disallowed_methods,
    reason = "benchmarks start processes and use the system clock"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ltictl::admin::setup;
use ltictl::domain::{Clock, Name, PublicUrl, Random};
use ltictl::store::add_search_functions;
use rusqlite::{Connection, params};

const COUNT: u32 = 10_000;
const ROUNDS: usize = 5;

fn initialise(database: &Path) {
    let _ = std::fs::remove_file(database);
    let (url, name) =
        (PublicUrl::new("https://tool.example.edu", false).unwrap(), Name::new("Bench").unwrap());
    setup::init(database, url, name, false, Clock::System.now(), &Random::System).unwrap();
}

fn manifest() -> String {
    let mut text = String::from("registrations:\n");
    for number in 0..COUNT {
        let issuer = format!("https://lms{number}.example.edu");
        text += &format!(
            "  school-{number}:\n    name: School {number}\n    platform:\n      issuer: \
             {issuer}\n      client_id: client-{number}\n      keyset_url: \
             {issuer}/mod/lti/certs.php\n\x20     access_token_url: \
             {issuer}/mod/lti/token.php\n      authentication_request_url: \
             {issuer}/mod/lti/auth.php\n    policy:\n      leeway_seconds: 90\n\x20   \
             deployments:\n      - deployment_id: \"1\"\n        name: Whole site\n      - \
             deployment_id: \"2\"\n        name: Faculty\n"
        );
    }
    text += "resources:\n";
    for number in 0..COUNT {
        text += &format!(
            "  quiz-{number}:\n    name: Quiz {number}\n    description: The quiz of week \
             {number}\n    max_grade: 10\n    grade_sync: \"on\"\n    registrations: \
             [school-{number}]\n"
        );
    }
    text
}

fn apply(database: &Path, file: &Path, expected: &str) -> Duration {
    let started = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ltictl"));
    let output = command
        .arg("apply")
        .arg("-f")
        .arg(file)
        .arg("--db")
        .arg(database)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let took = started.elapsed();
    assert!(
        output.status.success()
            && String::from_utf8(output.stdout).unwrap().trim_end().ends_with(expected)
    );
    took
}

fn insert(database: &Path) -> Duration {
    let mut connection = Connection::open(database).unwrap();
    add_search_functions(&connection).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA \
        foreign_keys = ON; PRAGMA secure_delete = ON;",
        )
        .unwrap();
    let started = Instant::now();
    let transaction = connection.transaction().unwrap();
    {
        let mut registration = transaction
            .prepare(
                "INSERT INTO registration (slug, name, issuer, client_id, keyset_url, access_token_url, authentication_request_url, created_at, updated_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0)",
            )
            .unwrap();
        let mut deployment = transaction
            .prepare(
                "INSERT INTO deployment (registration_id, deployment_id, name, \
                created_at) VALUES (?1, ?2, 'Whole site', 0)",
            )
            .unwrap();
        let mut resource = transaction
            .prepare(
                "INSERT INTO resource (slug, uuid, name, kind, target_kind, grade_sync, member_sync, student_provisioning, teacher_provisioning, created_at, updated_at)
                 VALUES (?1, ?2, ?3, 'activity', 'page', 'on', 'off', 'auto', 'prompt', 0, 0)",
            )
            .unwrap();
        for number in 0..COUNT {
            let (slug, issuer, client) = (
                format!("school-{number}"),
                format!("https://lms{number}.example.edu"),
                format!("client-{number}"),
            );
            let [keys, token, auth] =
                ["certs", "token", "auth"].map(|page| format!("{issuer}/mod/lti/{page}.php"));
            registration.execute(params![slug, slug, issuer, client, keys, token, auth]).unwrap();
            let id = transaction.last_insert_rowid();
            deployment.execute(params![id, "1"]).unwrap();
            deployment.execute(params![id, "2"]).unwrap();
            resource
                .execute(params![format!("quiz-{number}"), Random::System.uuid().to_string(), slug])
                .unwrap();
        }
    }
    transaction.commit().unwrap();
    started.elapsed()
}

fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort();
    durations[durations.len() / 2]
}

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let (database, file) = (directory.path().join("ltictl.db"), directory.path().join("lti.yaml"));
    std::fs::write(&file, manifest()).unwrap();
    let (mut fresh, mut again, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        initialise(&database);
        plain.push(insert(&database));
        initialise(&database);
        fresh.push(apply(&database, &file, "40000 created, 0 updated, 0 deleted"));
        again.push(apply(&database, &file, "No changes"));
    }
    let (fresh, again, plain) = (median(fresh), median(again), median(plain));
    let ratio = |duration: Duration| duration.as_secs_f64() / plain.as_secs_f64();
    println!(
        "apply of 10,000 registrations, 20,000 deployments, 10,000 resources, median of {ROUNDS}:"
    );
    println!(
        "  into an empty database {fresh:.0?}, {:.1} times plain inserts of as many rows \
         ({plain:.0?})",
        ratio(fresh)
    );
    println!("  without anything to change {again:.0?}, {:.1} times plain inserts", ratio(again));
}
