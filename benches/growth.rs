//! How the cost of commands grows with the database: the processor time of each command, run as a
//! process of its own, with 1,000 registrations and ten times as many. `--huge` adds a hundred
//! times as many, which takes several gigabytes and half an hour. Other arguments select the
//! commands whose names contain one of them.
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

use nix::sys::resource::{UsageWho, getrusage};

use self::lab::database::Database;
use self::lab::database::fill::{fill, fill_courses};

/// Registrations and resources by size; see [`fill`] for the rest.
const SIZES: [u32; 3] = [1_000, 10_000, 100_000];
/// Courses that open the same resource, by size.
const COURSES: [u32; 3] = [100, 1_000, 4_000];
/// How many grades are due in the measurement of changed grades.
const CHANGED: u32 = 10;
/// How often a command is run; the quickest run counts.
const RUNS: usize = 3;
/// A command that takes more seconds than this is run once.
const SLOW: f64 = 2.0;

/// Commands on a database whose grades have all been sent.
const COMMANDS: [&str; 21] = [
    "sync status --output json",
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
    "registration delete school-8 --yes",
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
    let databases: Vec<PathBuf> = SIZES[..sizes]
        .iter()
        .map(|size| {
            let path = directory.path().join(format!("{size}/ltictl.db"));
            fill(&path, *size);
            path
        })
        .collect();
    let start = cost(&databases[0], "config get url").seconds;
    heading(&SIZES[..sizes]);
    for command in COMMANDS.into_iter().filter(|command| wanted(command)) {
        let costs: Vec<Cost> = databases.iter().map(|database| cost(database, command)).collect();
        report(command, &SIZES[..sizes], &costs, start);
    }
    let name = format!("sync grades --dry-run, {CHANGED} changed");
    if wanted(&name) {
        let costs: Vec<Cost> = databases
            .iter()
            .map(|database| {
                Database::open(database).change_grades(CHANGED);
                cost(database, "sync grades --dry-run")
            })
            .collect();
        report(&name, &SIZES[..sizes], &costs, start);
    }
    in_many_courses(directory.path(), sizes, start, wanted);
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
    let databases: Vec<PathBuf> = courses
        .iter()
        .map(|courses| {
            let path = directory.join(format!("courses-{courses}/ltictl.db"));
            fill_courses(&path, *courses);
            path
        })
        .collect();
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
    let times: String = costs.iter().map(|cost| format!("{:>10.0}", cost.seconds * 1e3)).collect();
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
