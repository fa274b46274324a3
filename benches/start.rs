//! How fast a command is there: `--version`, and lists of 1,000 and 10,000 registrations; and how
//! much memory the latter take.
//!
//! Run with `cargo bench --bench start`. Two floors stand beside a list: the start of the process
//! (`--version`), and what SQLite alone needs to hand over the same rows. The memory is the most
//! that the process ever had (`VmHWM`), read when it has all but written its answer.

#![expect(
    clippy::disallowed_methods,
    reason = "benchmarks start processes and use the system clock"
)]

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::Criterion;
use ltictl::admin::{connect, register, setup};
use ltictl::domain::{Clock, DeploymentId, Name, PublicUrl, Random};
use ltictl::rules::registration::PlatformChange;
use ltictl::store::{Store, add_search_functions};
use rusqlite::Connection;

/// Capacity of a pipe in bytes; a process that writes more waits for the reader.
const PIPE: usize = 64 * 1024;

fn command(database: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ltictl"));
    command.args(arguments).arg("--db").arg(database);
    command
}

fn ltictl(database: &Path, arguments: &[&str]) -> Duration {
    let started = Instant::now();
    let status = command(database, arguments).stdout(Stdio::null()).status().unwrap();
    assert!(status.success());
    started.elapsed()
}

/// The most memory that a command had, in KiB, when it waited with the last of its answer.
fn memory(database: &Path, arguments: &[&str]) -> u64 {
    let whole = command(database, arguments).output().unwrap().stdout.len();
    let mut child = command(database, arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut almost_all =
        vec![0; whole.checked_sub(2 * PIPE).expect("the answer is longer than a pipe")];
    stdout.read_exact(&mut almost_all).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let most = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    stdout.read_to_end(&mut almost_all).unwrap();
    assert!(child.wait().unwrap().success() && almost_all.len() == whole);
    most
}

fn set_up(database: &Path, registrations: u32) {
    let (now, random) = (Clock::System.now(), Random::System);
    setup::init(
        database,
        PublicUrl::new("https://tool.example.edu", false).unwrap(),
        Name::new("Bench").unwrap(),
        false,
        now,
        &random,
    )
    .unwrap();
    let mut store = Store::open(database).unwrap();
    for number in 0..registrations {
        let ((registration, _), _) = register::create(
            &mut store,
            &Name::new(&format!("School {number}")).unwrap(),
            None,
            false,
            now,
        )
        .unwrap();
        let issuer = format!("https://lms{number}.example.edu");
        let change = PlatformChange {
            issuer: Some(issuer.clone()),
            client_id: Some(format!("client-{number}")),
            keyset_url: Some(format!("{issuer}/mod/lti/certs.php")),
            access_token_url: Some(format!("{issuer}/mod/lti/token.php")),
            authentication_request_url: Some(format!("{issuer}/mod/lti/auth.php")),
            ..PlatformChange::default()
        };
        connect::set_platform(&mut store, &(&registration.slug).into(), &change, now).unwrap();
        connect::add_deployment(
            &mut store,
            &(&registration.slug).into(),
            DeploymentId::new("1").unwrap(),
            None,
            false,
            now,
        )
        .unwrap();
    }
}

/// How long SQLite alone takes to hand over every registration and deployment.
fn rows_alone(database: &Path) -> Duration {
    let started = Instant::now();
    let connection = Connection::open(database).unwrap();
    add_search_functions(&connection).unwrap();
    let mut bytes = 0;
    for table in ["registration", "deployment"] {
        let mut statement =
            connection.prepare(&format!("SELECT * FROM {table} ORDER BY id")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            bytes += (0..columns)
                .map(|column| row.get_ref(column).unwrap().as_bytes().map_or(8, <[u8]>::len))
                .sum::<usize>();
        }
    }
    assert!(bytes > 100_000);
    started.elapsed()
}

/// The middle one of 51 measurements.
fn median(mut measure: impl FnMut() -> Duration) -> Duration {
    let mut all: Vec<Duration> = (0..51).map(|_| measure()).collect();
    all.sort_unstable();
    all[25]
}

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let database = directory.path().join("ltictl.db");
    set_up(&database, 1000);
    let list = ["registration", "list", "-o", "json"];
    let mut criterion = Criterion::default().sample_size(50).configure_from_args();
    criterion
        .bench_function("--version", |bencher| bencher.iter(|| ltictl(&database, &["--version"])));
    criterion.bench_function("registration list -o json, 1,000 registrations", |bencher| {
        bencher.iter(|| ltictl(&database, &list))
    });
    let mut pairs: Vec<(Duration, Duration)> =
        (0..51).map(|_| (ltictl(&database, &["--version"]), ltictl(&database, &list))).collect();
    pairs.sort_by_key(|(version, list)| list.saturating_sub(*version));
    let (version, list) = pairs[25];
    println!(
        "--version {version:.1?}; list of 1,000 registrations {:.1?} more (median of 51 pairs)",
        list.saturating_sub(version)
    );

    let database = directory.path().join("large.db");
    set_up(&database, 10_000);
    let rows = median(|| rows_alone(&database));
    for output in ["json", "table", "csv", "yaml", "env"] {
        let list = ["registration", "list", "-o", output];
        report(&format!("list of 10,000 as {output}"), &database, &list, version, rows);
    }
    let chosen = [
        "registration",
        "list",
        "--filter",
        "status=active",
        "--sort",
        "-name",
        "--columns",
        "slug,platform.issuer",
    ];
    report("filtered, sorted, two columns", &database, &chosen, version, rows);
}

fn report(what: &str, database: &Path, arguments: &[&str], version: Duration, rows: Duration) {
    let took = median(|| ltictl(database, arguments));
    let (starts, floors) =
        (took.as_secs_f64() / version.as_secs_f64(), took.as_secs_f64() / rows.as_secs_f64());
    println!(
        "{what}: {took:.1?}, {starts:.0} × --version, {floors:.1} × the rows from SQLite alone \
         ({rows:.1?}); {} KiB at most",
        memory(database, arguments)
    );
}
