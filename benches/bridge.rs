//! Server CPU of what a reverse proxy asks before each request to an app: for a person with a
//! session, with and without a signed token, and for a stranger; among 100,000 open sessions.
//!
//! The server and a test platform run in a process of their own, whose database is on disk. What is
//! measured is the processor time of that process alone, and how many requests it answers per second
//! while this process sends them from the same machine.
//!
//! Run with `cargo bench --bench bridge`; Linux only, for it reads `/proc`.

#![expect(
    clippy::disallowed_methods,
    reason = "benchmarks start processes and use the system clock"
)]

#[expect(dead_code, reason = "a benchmark uses its own part of the lab")]
#[path = "../tests/lab/mod.rs"]
mod lab;
mod serving;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Instant;

use ltictl::admin::publish;
use ltictl::domain::{Clock, Handover, Random, Session, SessionHandle};
use ltictl::rules::resource::{self, ResourceChange};
use ltictl::sandbox::LaunchChoice;
use ltictl::store::{Error, RegistrationTotal, Store};

use self::lab::{Lab, RESOURCE};
use self::serving::Process;

const ORIGIN: &str = "https://wiki.example.edu";
const SESSIONS: usize = 100_000;
const CONNECTIONS: usize = 8;
const REQUESTS: usize = 8_000;
const ROUNDS: usize = 5;

fn main() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if std::env::args().nth(1).is_some_and(|argument| argument == "serve") {
        return runtime.block_on(serve());
    }
    let tool = Tool::start();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    println!("{:<24} {:>12} {:>14}", "", "µs of CPU", "per second");
    for (name, with_token, cookie, status) in [
        ("with a session", "off", &*tool.cookie, 200),
        ("with a signed token", "on", &tool.cookie, 200),
        ("without a session", "off", "", 401),
    ] {
        tool.set_token_header(with_token);
        let mut rounds = Vec::new();
        for _ in 0..=ROUNDS {
            rounds.push(runtime.block_on(tool.load(&client, cookie, status)));
        }
        // The first round fills caches.
        rounds.remove(0);
        let median = |place: usize| {
            let mut values: Vec<f64> = rounds.iter().map(|round| round[place]).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        println!("{name:<24} {:>12.0} {:>14.0}", median(0), median(1));
    }
}

/// A server process that ends with the benchmark.
struct Tool {
    process: Process,
    url: String,
    database: String,
    cookie: String,
}

impl Tool {
    fn start() -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg("serve")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let [url, database, cookie] = [(); 3].map(|()| lines.next().unwrap().unwrap());
        Self { process: Process(process), url, database, cookie }
    }

    fn set_token_header(&self, word: &str) {
        let change = ResourceChange {
            token_header: Some(word.parse().unwrap()),
            ..ResourceChange::default()
        };
        let mut store = Store::open(std::path::PathBuf::from(&self.database)).unwrap();
        publish::update(&mut store, &RESOURCE.into(), &change, Clock::System.now()).unwrap();
    }

    /// Processor time for each of many requests on all connections, in microseconds, and requests
    /// per second.
    async fn load(&self, client: &reqwest::Client, cookie: &str, status: u16) -> [f64; 2] {
        let (before, started) = (self.process.cpu(), Instant::now());
        let tasks: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                let (client, cookie) = (client.clone(), cookie.to_owned());
                let url = format!("{}/bridge/auth/nginx", self.url);
                tokio::spawn(async move {
                    for _ in 0..REQUESTS / CONNECTIONS {
                        let request = client
                            .get(&url)
                            .header("x-original-url", format!("{ORIGIN}/page"))
                            .header("x-original-method", "GET")
                            .header("cookie", &cookie);
                        assert_eq!(request.send().await.unwrap().status(), status);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let count = REQUESTS as f64;
        [(self.process.cpu() - before) / count * 1e6, count / started.elapsed().as_secs_f64()]
    }
}

/// The server, with one person at the app and many other sessions.
async fn serve() {
    let lab = Lab::in_file(|_| {}).await;
    let change = ResourceChange {
        target: Some(resource::parse_target(ORIGIN, false).unwrap().into()),
        handover: Some(Handover::Headers),
        ..ResourceChange::default()
    };
    publish::update(&mut lab.store(), &RESOURCE.into(), &change, Clock::System.now()).unwrap();
    let mut browser = lab.browser.another();
    let launched = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    let page = browser.get(launched.header("location").unwrap()).await.unwrap();
    let ticket = page.form().unwrap().field("ticket").unwrap().to_owned();
    let entered = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(format!("{}/bridge/app/enter", lab.url))
        .header("host", "wiki.example.edu")
        .header("origin", &lab.url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("ticket={ticket}"))
        .send()
        .await
        .unwrap();
    let cookie = entered.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    fill(&lab);
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}\n{}\n{cookie}", lab.url, lab.database.text()).unwrap();
    stdout.flush().unwrap();
    std::future::pending::<()>().await;
}

/// Opens many sessions like the one of the launch.
fn fill(lab: &Lab) {
    let now = Clock::System.now();
    let launch_id = lab.newest_launch().unwrap().id;
    let mut store = lab.store();
    let session = store.read().session_of_launch(&launch_id, now).unwrap().unwrap();
    let first = session.handle.number();
    for batch in 0..SESSIONS / 1_000 {
        store
            .write(|write| {
                for number in 0..1_000 {
                    // Before and after the session.
                    let distance = ((batch * 1_000 + number + 1) as u64) << 12;
                    let handle = if number % 2 == 0 { first + distance } else { first - distance };
                    let other = Session {
                        handle: SessionHandle::from_number(handle),
                        secret_digest: Random::System.bytes::<32>().to_vec(),
                        ..session.clone()
                    };
                    write.insert_session(&other, RegistrationTotal::default())?;
                }
                Ok::<_, Error>(())
            })
            .unwrap();
    }
}
