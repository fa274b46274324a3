//! Running the server: health, keys, TLS, starting and stopping.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use ltictl::admin::backup::{self, BackupOptions};
use ltictl::admin::{keys, restore, setup};
use ltictl::doctor::{self, Verdict};
use ltictl::domain::{Actor, Clock, KeyPurpose, Launch, LaunchId, Outcome, Random};
use ltictl::rules::progress::NoProgress;
use ltictl::sandbox::LaunchChoice;
use ltictl::server::{Options, Server};
use ltictl::store::{LaunchFilter, Store};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::cli::tool::Tool;
use crate::lab::{Lab, RESOURCE};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn supervisors_see_life_and_readiness() {
    let lab = Lab::start().await;
    for (path, text) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let page = lab.browser.another().get(&format!("{}{path}", lab.url)).await.unwrap();
        assert_eq!(
            (page.status, page.body.as_str(), page.header("cache-control")),
            (200, text, Some("no-store"))
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keyset_is_public_and_shows_every_change() {
    let lab = Lab::start().await;
    let kids = async || -> Vec<String> {
        let page = lab.browser.another().get(&format!("{}/lti/jwks", lab.url)).await.unwrap();
        assert_eq!(page.status, 200);
        assert_eq!(page.header("content-type"), Some("application/json"));
        assert_eq!(page.header("cache-control"), Some("public, max-age=300"));
        assert_eq!(page.header("access-control-allow-origin"), Some("*"));
        let keyset: serde_json::Value = serde_json::from_str(&page.body).unwrap();
        for key in keyset["keys"].as_array().unwrap() {
            let mut members: Vec<&String> = key.as_object().unwrap().keys().collect();
            members.sort();
            assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"], "nothing of a private key");
        }
        keyset["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = kids().await;
    assert_eq!(first.len(), 1);
    let now = Clock::System.now();
    let new = keys::rotate(
        &mut lab.store(),
        KeyPurpose::Lti,
        SignedDuration::ZERO,
        false,
        now,
        &Random::System,
    )
    .unwrap()
    .0
    .kid
    .to_string();
    let mut both = vec![first[0].clone(), new.clone()];
    both.sort();
    let mut found = kids().await;
    found.sort();
    assert_eq!(found, both);
    keys::retire(&mut lab.store(), &first[0], now).unwrap();
    assert_eq!(kids().await, [new]);
    let other =
        lab.browser.another().get(&format!("{}/.well-known/jwks.json", lab.url)).await.unwrap();
    assert_eq!(other.status, 200);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_in_flight_is_finished_at_shutdown() {
    let lab = Lab::start().await;
    let mut browser = lab.browser.another();
    let form = lab
        .sandbox
        .launch_until_token(&mut browser, &LaunchChoice::student())
        .await
        .unwrap()
        .form()
        .unwrap();
    let cookies: Vec<String> = browser
        .cookies_for(&form.action)
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let body =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish();
    let (first, second) = body.split_at(body.len() / 2);
    let address = lab.server.local_addr();
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /lti/launch HTTP/1.1\r\nHost: x\r\nCookie: {}\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{first}",
        cookies.join("; "),
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let Lab { server, sandbox, database, .. } = lab;
    let stopping = tokio::spawn(server.shutdown());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(TcpStream::connect(address).await.is_err(), "no further connections");
    assert!(!stopping.is_finished(), "it waits for the request");
    stream.write_all(second.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    tokio::time::timeout(Duration::from_secs(5), stopping)
        .await
        .expect("it stops soon after")
        .unwrap();
    let store = ltictl::store::Store::open(&database)
        .unwrap_or_else(|_| panic!("the directory is kept until the end"));
    assert_eq!(
        store
            .read()
            .launches(&ltictl::store::LaunchFilter { limit: 5, ..Default::default() })
            .unwrap()
            .len(),
        1
    );
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_does_not_wait_for_ever() {
    let lab = Lab::with(|options| options.limits.shutdown_time = Duration::from_millis(300)).await;
    let mut stream = TcpStream::connect(lab.server.local_addr()).await.unwrap();
    let head = "POST /lti/launch HTTP/1.1\r\nHost: x\r\nContent-Type: \
        application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    tokio::time::timeout(Duration::from_secs(5), lab.server.shutdown()).await.expect("it stops");
    lab.sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_serves_tls_and_then_insists_on_it() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls");
    let certificate = directory.join("certificate.pem");
    let lab =
        Lab::with(|options| options.tls = Some((certificate.clone(), directory.join("key.pem"))))
            .await;
    let port = lab.server.local_addr().port();
    setup::set(&mut lab.store(), "url", &format!("https://localhost:{port}/x"), false).unwrap();
    let trusted = reqwest::Certificate::from_pem(&std::fs::read(certificate).unwrap()).unwrap();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([trusted]).build().unwrap();
    let answer = client.get(format!("https://localhost:{port}/x/lti/login")).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    assert!(
        client.get(format!("http://localhost:{port}/healthz")).send().await.is_err(),
        "no plain HTTP on the same port"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_cannot_start_says_why() {
    let lab = Lab::start().await;
    let start = async |options: Options| match Server::start(options).await {
        Ok(_) => panic!("it started"),
        Err(failure) => failure,
    };
    let taken = start(Options::new(lab.database.clone(), lab.server.local_addr())).await;
    assert_eq!(taken.what, format!("cannot listen on {}", lab.server.local_addr()));
    assert!(taken.hint.contains("--listen"));
    let missing =
        start(Options::new(Path::new("/nowhere/ltictl.db"), ([127, 0, 0, 1], 0).into())).await;
    assert!(missing.hint.contains("ltictl init"));
    let mut options = Options::new(lab.database.clone(), ([127, 0, 0, 1], 0).into());
    options.tls = Some((lab.path("certificate"), lab.path("key")));
    assert_eq!(start(options).await.what, "TLS cannot be set up");
    lab.stop().await;
}

/// Four people who launch without pause until this ends.
struct Load {
    stop: Arc<AtomicBool>,
    people: Vec<tokio::task::JoinHandle<u32>>,
}

impl Load {
    fn on(lab: &Arc<Lab>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let people = (0..4).map(|_| {
            let (lab, stop) = (Arc::clone(lab), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut launched = 0;
                while !stop.load(Ordering::Relaxed) {
                    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
                    launched += 1;
                }
                launched
            })
        });
        Self { people: people.collect(), stop }
    }

    /// Ends it. Returns the number of launches.
    async fn end(self) -> u32 {
        self.stop.store(true, Ordering::Relaxed);
        let mut launched = 0;
        for person in self.people {
            launched += person.await.unwrap();
        }
        launched
    }
}

fn launches(store: &Store) -> Vec<Launch> {
    store.read().launches(&LaunchFilter { limit: u32::MAX, ..LaunchFilter::default() }).unwrap()
}

/// Writes a backup. Returns how many launches were in the log before and after.
async fn back_up(lab: &Lab, file: &Path) -> (usize, usize) {
    let before = launches(&lab.store()).len();
    let (database, file) = (lab.database.file().to_owned(), file.to_owned());
    let now = Clock::System.now();
    tokio::task::spawn_blocking(move || {
        backup::back_up(&database, &file, BackupOptions::default(), &NoProgress, now).unwrap()
    })
    .await
    .unwrap();
    (before, launches(&lab.store()).len())
}

/// Restores a backup as another file.
fn restore(file: &Path) -> PathBuf {
    let (restored, now) = (file.with_extension("restored"), Clock::System.now());
    let actor = Actor::default();
    restore::check(file, &restored, actor, &NoProgress, now, &Random::System)
        .unwrap()
        .install(&NoProgress, now)
        .unwrap();
    restored
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_during_launches_is_consistent() {
    let lab = Arc::new(Lab::in_file(|_| {}).await);
    let load = Load::on(&lab);
    let directory = tempfile::tempdir().unwrap();
    let mut backups = Vec::new();
    // Until people have launched during one of them.
    while backups.len() < 5 || backups.iter().all(|(before, _, after)| before == after) {
        assert!(backups.len() < 200, "there are no launches meanwhile");
        let file = directory.path().join(format!("{}.db", backups.len()));
        let (before, after) = back_up(&lab, &file).await;
        backups.push((before, file, after));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(load.end().await > 0);
    for (before, file, after) in backups {
        let restored = restore(&file);
        let store = Store::open(&restored).unwrap();
        let found = launches(&store);
        assert!((before..=after).contains(&found.len()), "{before} {} {after}", found.len());
        for launch in found {
            assert!(
                store.read().session_of_launch(&launch.id, Clock::System.now()).unwrap().is_some(),
                "launch and session are one write"
            );
        }
        let findings = doctor::check_database(&(&restored).into(), &NoProgress).unwrap().findings;
        assert!(findings.iter().all(|finding| finding.result == Verdict::Ok));
    }
    Arc::into_inner(lab).unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_and_launches_wait_for_each_other() {
    let lab = Arc::new(Lab::start().await);
    let load = Load::on(&lab);
    let database = lab.database.clone();
    tokio::task::spawn_blocking(move || {
        let tool = Tool::empty();
        let is_file = database.is_file();
        let database = database.text();
        for round in 0..4 {
            let (name, backup) = (format!("school-{round}"), format!("{round}.db"));
            let size = (round + 1).to_string();
            for command in [
                &["registration", "create", &name][..],
                &["registration", "rename", &name, "Renamed"],
                &["resource", "update", RESOURCE, "--max-grade", &size],
                &["key", "rotate", "--now"],
                &["backup", &backup],
                &["registration", "delete", &name, "--yes"],
            ] {
                // PostgreSQL's own tool makes backups of its databases.
                if !is_file && command[0] == "backup" {
                    continue;
                }
                tool.run(&[&["--db", database], command].concat());
            }
        }
    })
    .await
    .unwrap();
    // Each of them was accepted.
    assert!(load.end().await > 0);
    Arc::into_inner(lab).unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn launches_after_the_clock_was_set_back_are_still_the_newest() {
    let hour = jiff::SignedDuration::from_hours(1);
    let earlier = Clock::System.now() + hour;
    let id = LaunchId::fresh(earlier, &Random::System);
    let before = id.clone();
    let lab = Lab::with(move |options| {
        let launch = Launch::new(before, earlier, Outcome::Accepted);
        let mut store = Store::open(&options.database).unwrap().acting_as(Actor::server(None));
        store.write(|write| write.insert_launch(&launch)).unwrap();
    })
    .await;
    let mut newest = id;
    for _ in 0..3 {
        assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
        let launch = lab.newest_launch().unwrap();
        assert!(launch.id > newest && launch.at < earlier, "{}", launch.id);
        newest = launch.id;
    }
    lab.stop().await;
}
