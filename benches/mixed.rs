//! Launches beside everything else that writes: how long 100 launches a second take alone, and how
//! long while commands create, rename and delete registrations, update resources, apply manifests
//! of 1,000 entries, rotate keys, import 10,000 grades and make backups, two at a time.
//!
//! The disk is made slow in both phases by a thread that writes a file beside the database and
//! syncs it, without a pause. No launch may get 503 or fail otherwise, no command may fail, and the
//! 99th percentile may be at most ten times that of the launches alone; otherwise this exits with 1.
//!
//! Run with `cargo bench --bench mixed`, for half a minute; an argument is the number of minutes.
//!
//! `cargo bench --bench mixed -- files` measures launches beside `backup` and `db check` of a
//! database with ten times as many registrations, one after the other: the 99th percentile may be
//! 50 ms more than that of the launches alone.

#![expect(
    clippy::disallowed_methods,
    reason = "benchmarks start processes and use the system clock"
)]

#[expect(dead_code, reason = "a benchmark uses its own part of the lab")]
#[path = "../tests/lab/mod.rs"]
mod lab;
#[expect(dead_code, reason = "a benchmark uses its own part of this module")]
mod launching;

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ltictl::admin::setup;
use ltictl::store::Store;
use tokio::runtime::Runtime;

use self::lab::database::fill::fill;
use self::launching::{Launched, PLATFORMS, Platform, Server, Signer, client, connect, launch};

/// Launches a second.
const RATE: u32 = 100;
/// Registrations that have nothing to do with the launches; ten times as many accounts have grades.
const REGISTRATIONS: u32 = 1_000;
/// Registrations and resources in each manifest.
const ENTRIES: u32 = 500;
/// People who launch.
const PEOPLE: u32 = 200;
/// How long the launches are measured alone.
const QUIET: Duration = Duration::from_secs(15);
/// The 99th percentile beside commands may be this many times that of launches alone.
const MAX_RATIO: f64 = 10.0;

/// What one of two shells runs again and again; `{n}` is the number of the round.
const QUICK_COMMANDS: [&str; 5] = [
    "registration create Mixed-{n}",
    "registration rename mixed-{n} Renamed",
    "resource update quiz-7 --description Round-{n}",
    "registration delete mixed-{n} --yes",
    "key rotate --now",
];
/// What the other one runs; `{side}` changes with each round, so that everything is written again.
const LONG_COMMANDS: [&str; 3] = [
    "apply -f manifest-{side}.yaml",
    "grade import quiz-7 grades-{side}.csv",
    "backup backup-{n}.db",
];

/// What a shell runs that reads the whole file.
const FILE_COMMANDS: [&str; 2] = ["backup backup-{n}.db", "db check"];
/// How much larger the 99th percentile may be beside these, in seconds.
const MAX_ADDED: f64 = 0.05;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let minutes = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(0.5);
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let is_good = if arguments.iter().any(|argument| argument == "files") {
        beside_file_commands(&runtime, directory.path(), minutes)
    } else {
        beside_writers(&runtime, directory.path(), minutes)
    };
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Launches beside commands that write.
fn beside_writers(runtime: &Runtime, directory: &Path, minutes: f64) -> bool {
    prepare_files(directory);
    let slow_disk = Background::start(1, directory, |path, _, stop| keep_busy(path, stop));
    let (bench, quiet) = alone(runtime, directory, REGISTRATIONS);
    let shells = Background::start(2, directory, |path, number, stop| {
        let shell = Shell::new(path);
        if number == 0 { shell.run(&QUICK_COMMANDS, stop) } else { shell.run(&LONG_COMMANDS, stop) }
    });
    let loaded = runtime.block_on(bench.launches(Duration::from_secs_f64(60.0 * minutes)));
    let failed: u32 = shells.stop().into_iter().sum();
    slow_disk.stop();
    loaded.print("beside commands");
    let ratio = loaded.percentile(0.99) / quiet.percentile(0.99);
    println!("ratio of p99: {ratio:.1}, failed commands: {failed}");
    quiet.failed + loaded.failed + failed == 0 && ratio <= MAX_RATIO
}

/// Launches beside commands that read the whole file.
fn beside_file_commands(runtime: &Runtime, directory: &Path, minutes: f64) -> bool {
    let (bench, quiet) = alone(runtime, directory, 10 * REGISTRATIONS);
    let shell =
        Background::start(1, directory, |path, _, stop| Shell::new(path).run(&FILE_COMMANDS, stop));
    let loaded = runtime.block_on(bench.launches(Duration::from_secs_f64(60.0 * minutes)));
    let failed: u32 = shell.stop().into_iter().sum();
    loaded.print("beside backup and db check");
    let added = loaded.percentile(0.99) - quiet.percentile(0.99);
    println!("added to p99: {:.1} ms, failed commands: {failed}", 1e3 * added);
    quiet.failed + loaded.failed + failed == 0 && added <= MAX_ADDED
}

/// Fills a database, starts a server, and measures its launches alone.
fn alone(runtime: &Runtime, directory: &Path, registrations: u32) -> (Bench, Results) {
    let database = directory.join("ltictl.db");
    fill(&database, registrations);
    let bench = runtime.block_on(Bench::start(&database));
    runtime.block_on(bench.launches(Duration::from_secs(5)));
    let quiet = runtime.block_on(bench.launches(QUIET));
    quiet.print("alone");
    (bench, quiet)
}

/// Writes what the commands read, in two versions.
fn prepare_files(directory: &Path) {
    for (side, name, score) in [("a", "Quiz", 1), ("b", "Test", 2)] {
        let mut grades = String::from("account,score\n");
        for number in 1..=10 * REGISTRATIONS {
            let _ = writeln!(grades, "user-{number},{}", (number + score) % 10);
        }
        std::fs::write(directory.join(format!("grades-{side}.csv")), grades).unwrap();
        let mut manifest = String::from("registrations:\n");
        for number in 0..ENTRIES {
            let _ = writeln!(
                manifest,
                "  applied-{number}: {{ name: {name} {number}, deployments: [{{ deployment_id: \
                 \"1\", name: {name} }}] }}"
            );
        }
        manifest.push_str("resources:\n");
        for number in 0..ENTRIES {
            let _ = writeln!(manifest, "  applied-{number}: {{ name: {name} {number} }}");
        }
        std::fs::write(directory.join(format!("manifest-{side}.yaml")), manifest).unwrap();
    }
}

/// Threads that run until they are stopped.
struct Background<T> {
    stop: Arc<AtomicBool>,
    threads: Vec<std::thread::JoinHandle<T>>,
}

impl<T: Send + 'static> Background<T> {
    fn start(number: u32, directory: &Path, run: fn(&Path, u32, &AtomicBool) -> T) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let threads = (0..number)
            .map(|number| {
                let (directory, stop) = (directory.to_owned(), Arc::clone(&stop));
                std::thread::spawn(move || run(&directory, number, &stop))
            })
            .collect();
        Self { stop, threads }
    }

    fn stop(self) -> Vec<T> {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    }
}

/// Keeps the disk busy.
fn keep_busy(directory: &Path, stop: &AtomicBool) {
    let (path, block) = (directory.join("busy"), vec![7; 1 << 20]);
    while !stop.load(Ordering::Relaxed) {
        let mut file = File::create(&path).unwrap();
        for _ in 0..8 {
            file.write_all(&block).unwrap();
            file.sync_data().unwrap();
        }
    }
}

/// Runs commands.
struct Shell {
    directory: PathBuf,
}

impl Shell {
    fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    /// Runs the commands one after another until it is stopped; returns how many failed.
    fn run(&self, commands: &[&str], stop: &AtomicBool) -> u32 {
        let (mut failed, mut slowest) = (0, vec![Duration::ZERO; commands.len()]);
        let mut round = 0;
        while !stop.load(Ordering::Relaxed) {
            round += 1;
            for (place, command) in commands.iter().enumerate() {
                let started = Instant::now();
                failed += u32::from(!self.succeeds(command, round));
                slowest[place] = slowest[place].max(started.elapsed());
            }
            let _ = std::fs::remove_file(self.directory.join(format!("backup-{round}.db")));
        }
        for (command, slowest) in commands.iter().zip(slowest) {
            println!("{command}: {round} times, at most {:.2} s", slowest.as_secs_f64());
        }
        failed
    }

    fn succeeds(&self, command: &str, round: u32) -> bool {
        let side = if round.is_multiple_of(2) { "a" } else { "b" };
        let command = command.replace("{n}", &round.to_string()).replace("{side}", side);
        let output = Command::new(env!("CARGO_BIN_EXE_ltictl"))
            .args(command.split(' '))
            .current_dir(&self.directory)
            .env("LTICTL_DB", self.directory.join("ltictl.db"))
            .output()
            .unwrap();
        if !output.status.success() {
            println!("{command}: {}", String::from_utf8_lossy(&output.stderr));
        }
        output.status.success()
    }
}

struct Bench {
    server: Server,
    client: reqwest::Client,
    signer: Arc<Signer>,
}

impl Bench {
    async fn start(database: &Path) -> Self {
        let (platform, client) = (Platform::start().await, client());
        let url = launching::free_url();
        setup::set(&mut Store::open(database).unwrap(), "url", &url, false).unwrap();
        let uuid = connect(database, &platform.keyset_url);
        let server = Server::serve(database, &url, &client, &[]).await;
        Self { server, client, signer: Arc::new(platform.signer(&url, &uuid)) }
    }

    /// Launches at a steady rate, however long each takes.
    async fn launches(&self, duration: Duration) -> Results {
        let results = Arc::<Mutex<Results>>::default();
        let mut tasks = tokio::task::JoinSet::new();
        let mut interval = tokio::time::interval(Duration::from_secs(1) / RATE);
        for number in 0..(duration.as_secs_f64() * f64::from(RATE)) as u32 {
            interval.tick().await;
            let (client, signer) = (self.client.clone(), Arc::clone(&self.signer));
            let (url, results) = (self.server.url.clone(), Arc::clone(&results));
            tasks.spawn(async move {
                let (platform, sub) = (u64::from(number) % PLATFORMS, number % PEOPLE);
                let launched = launch(&client, &url, &signer, platform, &sub.to_string()).await;
                results.lock().unwrap().add(&launched);
            });
            while tasks.try_join_next().is_some() {}
        }
        while tasks.join_next().await.is_some() {}
        Arc::into_inner(results).unwrap().into_inner().unwrap()
    }
}

/// What became of launches.
#[derive(Default)]
struct Results {
    seconds: Vec<f64>,
    /// Launches that got 503.
    unavailable: u32,
    /// All that were not accepted.
    failed: u32,
}

impl Results {
    fn add(&mut self, launched: &Launched) {
        self.seconds.push(launched.took.as_secs_f64());
        if launched.status != 303 {
            self.failed += 1;
            self.unavailable += u32::from(launched.status == 503);
            if self.failed < 4 {
                println!("{}: {}", launched.status, launched.body);
            }
        }
    }

    fn percentile(&self, share: f64) -> f64 {
        let mut seconds = self.seconds.clone();
        seconds.sort_by(f64::total_cmp);
        seconds[((seconds.len() - 1) as f64 * share) as usize]
    }

    fn print(&self, name: &str) {
        let [median, high, slowest] = [0.5, 0.99, 1.0].map(|share| 1e3 * self.percentile(share));
        println!(
            "{} launches {name}: p50 {median:.1} ms, p99 {high:.1} ms, at most {slowest:.0} ms; {} \
             got 503, {} failed otherwise",
            self.seconds.len(),
            self.unavailable,
            self.failed - self.unavailable
        );
    }
}
