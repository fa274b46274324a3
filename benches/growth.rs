//! How the cost of commands grows with the database: the processor time of each command, run as a
//! process of its own, with 1,000 registrations and ten times as many. `--huge` adds a hundred
//! times as many, which takes several gigabytes and a quarter of an hour. Other arguments select the
//! commands whose names contain one of them.
//!
//! What commands do not do is called in this process: pages, and the part of a launch that lowers
//! roles.
//!
//! The exponent is the logarithm of the ratio of the times at the last two sizes, without the time
//! that the program takes to start: 0 is constant, 1 linear and 2 quadratic.
//!
//! Run with `cargo bench --bench growth`.

#![expect(
    clippy::disallowed_methods,
    reason = "benchmarks start processes and use the system clock"
)]

#[expect(dead_code, reason = "a benchmark uses its own part of the lab")]
#[path = "../tests/lab/mod.rs"]
mod lab;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use ltictl::domain::{Clock, LaunchDetails, LaunchId, Purpose, Session, SessionHandle, Slug};
use ltictl::lti::roles::Role;
use ltictl::session::ActiveSession;
use ltictl::session::overview::{self, PeopleQuery};
use ltictl::store::{CoursePlace, Error, Place, Read, Selector, Store};
use nix::sys::resource::{UsageWho, getrusage};

use self::lab::database::Database;
use self::lab::database::fill::{fill, fill_courses, fill_customers, fill_people};

/// Registrations and resources by size; see [`fill`] for the rest.
const SIZES: [u32; 3] = [1_000, 10_000, 100_000];
/// Courses that open the same resource, by size.
const COURSES: [u32; 3] = [100, 1_000, 4_000];
/// Registrations that share an issuer, by size.
const CUSTOMERS: [u32; 3] = [1_000, 10_000, 30_000];
/// People in one course, of whom one has as many sessions, by size.
const PEOPLE: [u32; 3] = [100, 1_000, 10_000];
/// How many grades are due in the measurement of changed grades.
const CHANGED: u32 = 10;
/// How often a command is run; the quickest run counts.
const RUNS: usize = 3;
/// A command that takes more seconds than this is run once.
const SLOW: f64 = 2.0;

/// Commands on a database whose grades have all been sent.
const COMMANDS: [&str; 28] = [
    "config get url",
    "sync status --output json",
    "sync status --all --output json",
    "sync grades",
    "doctor --offline",
    "doctor school-7 --offline",
    "export",
    "export --all-accounts --output json",
    "account list",
    "account list --output json",
    "account list --output csv",
    "account list --quiet --search 77",
    "resource list --output json",
    "registration list --output json",
    "launch stats --since 7d",
    "launch list --resource quiz-7 --failed",
    "launch list --registration school-7",
    "audit list --name user-7",
    "account show user-7",
    "resource update quiz-7 --description Changed",
    "backup copy.db",
    "db check",
    "search school-7",
    "search person",
    "search pers*",
    "search person NOT quiz",
    "search registration:school-7 refused",
    "registration delete school-8 --yes",
];

/// Searches in content selection: whether the account may select all resources, and the text.
const SEARCHES: [(&str, bool, &str); 4] = [
    ("content selection, first page", true, ""),
    ("content selection, search without matches", true, "missing"),
    ("content selection, one grant", false, ""),
    ("content selection, search with one grant", false, "missing"),
];

/// What a process has cost.
#[derive(Clone, Copy)]
struct Cost {
    seconds: f64,
    /// The most memory that it had, in MiB.
    mebibytes: f64,
}

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.first().is_some_and(|argument| argument == "measure") {
        return measure(Path::new(&arguments[1]), &arguments[2..]);
    }
    let sizes = if arguments.iter().any(|argument| argument == "--huge") { 3 } else { 2 };
    let names: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|argument| *argument != "--huge").collect();
    let directory = tempfile::tempdir().unwrap();
    let wanted = |name: &str| names.is_empty() || names.iter().any(|part| name.contains(part));
    let changed = ["sync grades --dry-run", "sync status --output json"]
        .map(|command| (command, format!("{command}, {CHANGED} changed")));
    let needs_databases = COMMANDS.into_iter().any(wanted)
        || changed.iter().any(|(_, name)| wanted(name))
        || SEARCHES.iter().any(|(name, ..)| wanted(name));
    let databases: Vec<PathBuf> = SIZES[..sizes]
        .iter()
        .filter(|_| needs_databases)
        .map(|size| {
            let path = directory.path().join(format!("{size}/ltictl.db"));
            let started = Instant::now();
            fill(&path, *size);
            println!("filled {size} in {:.1} s", started.elapsed().as_secs_f64());
            path
        })
        .collect();
    let empty = directory.path().join("empty/ltictl.db");
    fill_people(&empty, 1);
    let start = cost(&empty, "config get url").seconds;
    heading(&SIZES[..sizes]);
    for command in COMMANDS.into_iter().filter(|command| wanted(command)) {
        let costs: Vec<Cost> = databases.iter().map(|database| cost(database, command)).collect();
        report(command, &SIZES[..sizes], &costs, start);
    }
    for database in &databases {
        Database::open(database).change_grades(CHANGED);
    }
    for (command, name) in changed.iter().filter(|(_, name)| wanted(name)) {
        let costs: Vec<Cost> = databases.iter().map(|database| cost(database, command)).collect();
        report(name, &SIZES[..sizes], &costs, start);
    }
    select_content(&databases, &SIZES[..sizes], wanted);
    in_many_courses(directory.path(), sizes, start, wanted);
    with_one_issuer(directory.path(), sizes, start, wanted);
    with_many_people(directory.path(), wanted);
}

/// Measures searches in content selection that find nothing, and the first page of an account that
/// may select one resource only.
fn select_content(databases: &[PathBuf], sizes: &[u32], wanted: impl Fn(&str) -> bool) {
    for (name, has_all, text) in SEARCHES {
        if !wanted(name) {
            continue;
        }
        let selector = Selector { account_id: 7, has_all, registration_id: 7, is_limited: false };
        let costs: Vec<Cost> = databases
            .iter()
            .zip(sizes)
            .map(|(path, size)| {
                Database::open(path).set_only_grant(7, size / 2);
                cost_here(path, |read| {
                    read.listed_resources(selector, text, &Place::Start, 51).map(drop)
                })
            })
            .collect();
        report(name, sizes, &costs, 0.0);
    }
}

/// Measures checks of registrations that share an issuer.
fn with_one_issuer(directory: &Path, sizes: usize, start: f64, wanted: impl Fn(&str) -> bool) {
    let commands = ["doctor --offline", "doctor school-7 --offline"]
        .map(|command| (command, format!("{command}, one issuer")));
    if !commands.iter().any(|(_, name)| wanted(name)) {
        return;
    }
    let customers = &CUSTOMERS[..sizes];
    let databases = filled(directory, "customers", customers, fill_customers);
    heading(customers);
    for (command, name) in &commands {
        let costs: Vec<Cost> = databases.iter().map(|database| cost(database, command)).collect();
        report(name, customers, &costs, start);
    }
}

/// Databases of these sizes.
fn filled(directory: &Path, name: &str, sizes: &[u32], fill: fn(&Path, u32)) -> Vec<PathBuf> {
    let filled = |size: &u32| {
        let path = directory.join(format!("{name}-{size}/ltictl.db"));
        fill(&path, *size);
        path
    };
    sizes.iter().map(filled).collect()
}

/// Measures a teacher's pages of a course with many people, and a launch of a person with many
/// sessions, as far as it lowers their roles.
fn with_many_people(directory: &Path, wanted: impl Fn(&str) -> bool) {
    let names = ["members page", "grades page", "launch of a person with many sessions"];
    if !names.iter().any(|name| wanted(name)) {
        return;
    }
    let databases = filled(directory, "people", &PEOPLE, fill_people);
    heading(&PEOPLE);
    let query = PeopleQuery { search: String::new(), page: 1 };
    let page = |path: &PathBuf, of_grades: bool| {
        let active = active_session(&Store::open(path).unwrap());
        cost_here(path, |read| {
            let resource = active.resource.as_ref().unwrap();
            if of_grades {
                overview::grades(read, &active, resource, &query).map(drop)
            } else {
                overview::members(read, &active, resource, &query).map(drop)
            }
        })
    };
    for (name, of_grades) in [(names[0], false), (names[1], true)] {
        let costs: Vec<Cost> = databases.iter().map(|path| page(path, of_grades)).collect();
        report(name, &PEOPLE, &costs, 0.0);
    }
    let costs: Vec<Cost> = databases.iter().map(|path| cost_of_lowering(path)).collect();
    report(names[2], &PEOPLE, &costs, 0.0);
}

/// A session of the first person at the first resource.
fn active_session(store: &Store) -> ActiveSession {
    let (read, now) = (store.read(), Clock::System.now());
    let registration = read.registration(&Slug::new("school-1").unwrap()).unwrap().unwrap();
    let resource = read.resource(&Slug::new("quiz-1").unwrap()).unwrap().unwrap();
    let details: LaunchDetails = serde_json::from_value(serde_json::json!({
        "sub": "sub-1", "role": "staff", "roles": [], "deployment_id": "1",
        "context_id": "course-1", "resource_link_id": "link-1", "custom": {},
    }))
    .unwrap();
    let session = Session {
        handle: SessionHandle::parse("0123456789abcdef").unwrap(),
        secret_digest: Vec::new(),
        launch_id: LaunchId::first_of(now),
        registration_id: registration.id,
        purpose: Purpose::Resource(resource.id),
        account_id: Some(1),
        details,
        created_at: now,
        expires_at: now,
    };
    let (account, settings) = (read.account_by_id(1).unwrap(), read.settings().unwrap());
    let (resource, consumer) = (Some(resource), None);
    ActiveSession { session, resource, account, registration, consumer, settings }
}

/// The cost of the part of a learner's launch that lowers the roles of their sessions.
fn cost_of_lowering(path: &Path) -> Cost {
    let mut store = Store::open(path).unwrap();
    let place = CoursePlace {
        registration_id: 1,
        sub: "sub-1",
        deployment_id: "1",
        context_id: Some("course-1"),
        resource_link_id: "link-1",
    };
    let seconds = (0..RUNS * RUNS)
        .map(|_| {
            let lower = |write: &ltictl::store::Write<'_>| {
                let started = Instant::now();
                write.lower_role(1, place, Role::Learner, &[])?;
                Ok::<_, Error>(started.elapsed().as_secs_f64())
            };
            store.write(lower).unwrap()
        })
        .fold(f64::INFINITY, f64::min);
    Cost { seconds, mebibytes: 0.0 }
}

/// The time that a query takes in this process, at its quickest run.
fn cost_here(path: &Path, query: impl Fn(Read<'_>) -> Result<(), Error>) -> Cost {
    let store = Store::open(path).unwrap();
    let seconds = (0..RUNS * RUNS)
        .map(|_| {
            let started = Instant::now();
            query(store.read()).unwrap();
            started.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    Cost { seconds, mebibytes: 0.0 }
}

/// Measures commands with one resource in many courses.
fn in_many_courses(directory: &Path, sizes: usize, start: f64, wanted: impl Fn(&str) -> bool) {
    let commands = ["sync grades", "sync status --output json"].map(|command| {
        let name = format!("{command}, one resource in many courses");
        (command, name)
    });
    if !commands.iter().any(|(_, name)| wanted(name)) {
        return;
    }
    let courses = &COURSES[..sizes];
    let databases = filled(directory, "courses", courses, fill_courses);
    heading(courses);
    for (command, name) in &commands {
        let costs: Vec<Cost> = databases.iter().map(|database| cost(database, command)).collect();
        report(name, courses, &costs, start);
    }
}

fn heading(sizes: &[u32]) {
    let sizes: String = sizes.iter().map(|size| format!("{size:>10}")).collect();
    println!("\n{:<56}{sizes}  exponent   MiB", "ms of processor time");
}

fn report(name: &str, sizes: &[u32], costs: &[Cost], start: f64) {
    let times: String = costs.iter().map(|cost| format!("{:>10.1}", cost.seconds * 1e3)).collect();
    let [.., before, last] = costs else { return };
    let [.., few, many] = sizes else { return };
    // What is within the noise of starting a process counts as constant.
    let own = |cost: &Cost| (cost.seconds - start).max(start / 4.0);
    let exponent = (own(last) / own(before)).ln() / (f64::from(*many) / f64::from(*few)).ln();
    println!("{name:<56}{times}  {exponent:>8.2}  {:>4.0}", last.mebibytes);
}

/// The cost of the program with these arguments on a database, at its quickest run.
fn cost(database: &Path, command: &str) -> Cost {
    let mut quickest: Option<Cost> = None;
    for _ in 0..RUNS {
        let cost = run(database, command);
        if quickest.is_none_or(|quickest| cost.seconds < quickest.seconds) {
            quickest = Some(cost);
        }
        // A deletion succeeds once.
        if cost.seconds > SLOW || command.contains(" delete ") {
            break;
        }
    }
    quickest.unwrap()
}

/// Runs the program once, below a process of its own, which measures it.
fn run(database: &Path, command: &str) -> Cost {
    let output = Command::new(std::env::current_exe().unwrap())
        .arg("measure")
        .arg(database)
        .args(command.split(' '))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut figures = text.split_whitespace().map(|figure| figure.parse::<f64>().unwrap());
    Cost { seconds: figures.next().unwrap(), mebibytes: figures.next().unwrap() }
}

/// Runs the program, and prints how many seconds of processor time and MiB of memory it took.
fn measure(database: &Path, arguments: &[String]) {
    let scratch = tempfile::tempdir().unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_ltictl"))
        .args(arguments)
        .env("LTICTL_DB", database)
        .current_dir(scratch.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    // Failed checks and problems are results, too.
    assert!(matches!(status.code(), Some(0 | 6 | 7)), "{arguments:?}: {status}");
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let seconds =
        |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    println!(
        "{} {}",
        seconds(usage.user_time()) + seconds(usage.system_time()),
        usage.max_rss() as f64 / 1024.0
    );
}
