//! Server CPU of what anyone can send, with 1,000, 10,000 and 100,000 registrations: logins of
//! unknown issuers, launches with a bad state, sessions that do not exist, error pages,
//! configurations of unknown registrations. The figure to quote is the growth from the first size
//! to the last.
//!
//! Each size has a server process of its own, whose database is on disk with synced commits; every
//! refused login and launch is stored, which a server with its usual limits would stop at some
//! point. Rounds alternate between the sizes, so that a machine that changes its speed changes it
//! for all. What is measured is the processor time of the server process alone.
//!
//! Run with `cargo bench --bench strangers`; Linux only, for it reads `/proc`.

#![expect(
    clippy::disallowed_methods,
    reason = "benchmarks start processes and use the system clock"
)]

#[expect(dead_code, reason = "a benchmark uses its own part of the lab")]
#[path = "../tests/lab/mod.rs"]
mod lab;
mod serving;

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ltictl::admin::setup;
use ltictl::domain::{Clock, Launch, LaunchId, Name, Outcome, PublicUrl, Random};
use ltictl::rules::throttle::Rate;
use ltictl::server::{Options, Server};
use ltictl::store::{CreatedBy, Error, Store};

use self::lab::database::fill::registration;
use self::serving::Process;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const CONNECTIONS: usize = 8;
const REQUESTS: usize = 1_000;
const ROUNDS: usize = 7;
/// What half of the registrations have in common, as customers of one vendor do.
const SHARED: &str = "https://canvas.example.com";

/// What outsiders send: what it is, its path, and its form if it has one.
const KINDS: [(&str, &str, Option<&str>); 9] = [
    (
        "login, unknown issuer",
        "/lti/login",
        Some("iss=https%3A%2F%2Funknown.example&login_hint=4&target_link_uri=t&client_id=c"),
    ),
    (
        "login, unknown slug",
        "/lti/login/unknown",
        Some("iss=https%3A%2F%2Funknown.example&login_hint=4&target_link_uri=t"),
    ),
    (
        "login, issuer with a slip",
        "/lti/login",
        Some("iss=http%3A%2F%2Flms-501.example.edu%2F&login_hint=4&target_link_uri=t"),
    ),
    (
        "login, shared issuer",
        "/lti/login",
        Some("iss=https%3A%2F%2Fcanvas.example.com&login_hint=4&target_link_uri=t"),
    ),
    (
        "login, unknown client ID",
        "/lti/login",
        Some("iss=https%3A%2F%2Fcanvas.example.com&login_hint=4&target_link_uri=t&client_id=c"),
    ),
    ("launch, bad state", "/lti/launch", Some("state=x&id_token=y")),
    ("/session/RANDOM/", "/session/0123456789abcdef/", None),
    ("unknown path", "/favicon.ico", None),
    ("configuration, unknown slug", "/lti/config/unknown.json", None),
];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if arguments.get(1).is_some_and(|argument| argument == "serve") {
        return runtime.block_on(serve(Path::new(&arguments[2])));
    }
    let directory = tempfile::tempdir().unwrap();
    let tools: Vec<Tool> = SIZES
        .iter()
        .map(|size| Tool::start(&directory.path().join(size.to_string()), *size))
        .collect();
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    println!(
        "{:<28} {:>9} {:>9} {:>9}  growth",
        "µs of server CPU per request", "1,000", "10,000", "100,000"
    );
    for (name, path, form) in KINDS {
        let mut rounds: Vec<[f64; 3]> = Vec::new();
        for _ in 0..=ROUNDS {
            let mut round = [0.0; 3];
            for (place, tool) in tools.iter().enumerate() {
                round[place] = runtime.block_on(tool.load(&client, path, form)) * 1e6;
            }
            rounds.push(round);
        }
        // The first round fills caches.
        rounds.remove(0);
        let cost = |place: usize| median(rounds.iter().map(|round| round[place]).collect());
        let growth = median(rounds.iter().map(|round| round[2] / round[0]).collect());
        println!("{name:<28} {:>9.0} {:>9.0} {:>9.0}  {growth:.2} ×", cost(0), cost(1), cost(2));
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A server process that ends with the benchmark.
struct Tool {
    process: Process,
    url: String,
}

impl Tool {
    fn start(directory: &Path, size: usize) -> Self {
        let database = fill(directory, size);
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg("serve")
            .arg(&database)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process: Process(process), url: format!("http://{}", line.trim()) }
    }

    /// Processor seconds for each of many requests on all connections.
    async fn load(&self, client: &reqwest::Client, path: &str, form: Option<&'static str>) -> f64 {
        let before = self.process.cpu();
        let url = format!("{}{path}", self.url);
        let tasks: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                let (client, url) = (client.clone(), url.clone());
                tokio::spawn(async move {
                    for _ in 0..REQUESTS / CONNECTIONS {
                        let request = match form {
                            Some(form) => client
                                .post(&url)
                                .header("content-type", "application/x-www-form-urlencoded")
                                .body(form),
                            None => client.get(&url),
                        };
                        let answer = request.send().await.unwrap();
                        assert!(
                            [200, 401, 403, 404].contains(&answer.status().as_u16()),
                            "{}",
                            answer.status()
                        );
                        drop(answer.bytes().await.unwrap());
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        (self.process.cpu() - before) / REQUESTS as f64
    }
}

/// Makes a database with so many registrations, each with a refused launch in the log.
fn fill(directory: &Path, size: usize) -> PathBuf {
    let (database, random, now) =
        (directory.join("ltictl.db"), Random::System, Clock::System.now());
    setup::init(
        &database,
        PublicUrl::new("http://localhost", false).unwrap(),
        Name::new("Bench").unwrap(),
        false,
        now,
        &random,
    )
    .unwrap();
    let mut store = Store::open(&database).unwrap();
    for first in (0..size).step_by(10_000) {
        store
            .write(|write| {
                for number in first..size.min(first + 10_000) {
                    let shared = number.is_multiple_of(2).then_some(SHARED);
                    let number = u32::try_from(number).unwrap();
                    let registration = registration(number, shared);
                    write.add_registration(&registration, CreatedBy::Hand)?;
                    let outcome = Outcome::Refused {
                        reason: "cookie_missing".into(),
                        cause: "Cause".into(),
                        actor: "you".into(),
                        fix: "Fix".into(),
                    };
                    write.insert_launch(&Launch {
                        registration: Some(registration.slug.clone()),
                        ..Launch::new(LaunchId::fresh(now, &random), now, outcome)
                    })?;
                }
                Ok::<_, Error>(())
            })
            .unwrap();
    }
    database
}

/// The server, which stores every refusal.
async fn serve(database: &Path) {
    let mut options = Options::new(database.to_owned(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    options.limits.refusals = Rate::per_second(1_000_000, 1_000_000);
    let server = Server::start(options).await.unwrap();
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", server.local_addr()).unwrap();
    stdout.flush().unwrap();
    std::future::pending::<()>().await;
}
