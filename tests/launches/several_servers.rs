//! Two servers on one database of PostgreSQL, behind a balancer: no launch that was answered is lost,
//! and no nonce is good twice, whatever is killed or restarted meanwhile.

mod grades;

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ltictl::sandbox::{self, Sandbox};
use ltictl::store::Store;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::lab::database::place::Home;

use super::crash::{
    Load, Process, Sent, check_answered_launches, check_launch_log, check_nonces, connect, run,
    serve,
};

/// How often one of the servers is killed: more often if this variable has a number.
const KILLS_VARIABLE: &str = "LTICTL_TEST_KILLS";
const KILLS: usize = 20;

/// How often PostgreSQL is restarted as after a crash.
const RESTARTS: usize = 5;

/// How long commands and servers write at once: longer if this variable has a number.
const SECONDS_VARIABLE: &str = "LTICTL_TEST_SECONDS";
const SECONDS: u64 = 5;

/// How many launches are answered between two faults.
const LAUNCHES: usize = 10;

/// A balancer that sends each connection to the next server that accepts it.
struct Balancer {
    port: u16,
    accepting: JoinHandle<()>,
}

impl Balancer {
    async fn start(ports: [u16; 2]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let turn = Arc::new(AtomicUsize::new(0));
        let accepting = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let first = turn.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move {
                    for port in [ports[first % 2], ports[(first + 1) % 2]] {
                        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                        if let Ok(mut server) = TcpStream::connect(address).await {
                            let _ = copy_bidirectional(&mut client, &mut server).await;
                            return;
                        }
                    }
                });
            }
        });
        Self { port, accepting }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Two servers behind a balancer, and the platform.
struct Site {
    home: Home,
    ports: [u16; 2],
    servers: [Process; 2],
    sandbox: Arc<Sandbox>,
    _balancer: Balancer,
}

/// How often a server is killed.
fn kills() -> usize {
    let kills = std::env::var(KILLS_VARIABLE).ok().and_then(|kills| kills.parse().ok());
    kills.unwrap_or(KILLS)
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

impl Site {
    async fn start() -> Option<Self> {
        let home = Home::on_server()?;
        let ports = [free_port(), free_port()];
        let balancer = Balancer::start(ports).await;
        let sandbox = Arc::new(Sandbox::start(sandbox::Options::local()).await.unwrap());
        let url = format!("http://127.0.0.1:{}", balancer.port);
        connect(home.database(), &url, &sandbox);
        let location = home.database();
        let servers = [serve(location, ports[0]).await, serve(location, ports[1]).await];
        Some(Self { home, ports, servers, sandbox, _balancer: balancer })
    }

    /// Kills one of the servers and starts it again.
    async fn kill(&mut self, which: usize) {
        self.servers[which].0.kill().unwrap();
        self.servers[which].0.wait().unwrap();
        // The other one is alone for a moment.
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.servers[which] = serve(self.home.database(), self.ports[which]).await;
    }

    /// Fails unless everything that was answered is stored, once, and the audit log is whole.
    async fn check(&self, sent: &[Sent]) {
        let store = Store::open(self.home.database()).unwrap();
        check_answered_launches(&store, sent);
        check_nonces(sent).await;
        check_launch_log(&store, sent);
        run(self.home.database(), &["audit", "verify"]);
        let names = store.read().running_servers().unwrap();
        assert_eq!(names.len(), 2, "{names:?}");
    }
}

/// Waits until so many more launches were answered.
async fn wait_for_launches(load: &Load) {
    let wanted = load.answered() + LAUNCHES;
    for _ in 0..6_000 {
        if load.answered() >= wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("launches are not answered any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_a_server_is_killed() {
    let Some(mut site) = Site::start().await else { return };
    let load = Load::start(&site.sandbox, true);
    for number in 0..kills() {
        wait_for_launches(&load).await;
        // Neither of them is always the one that is killed.
        site.kill(number % 3 % 2).await;
    }
    wait_for_launches(&load).await;
    let sent = load.end().await;
    site.check(&sent).await;
}

/// What an administrator does again and again while people launch.
const COMMANDS: [&[&str]; 6] = [
    &["registration", "create", "Busy School"],
    &["registration", "rename", "busy-school", "Busy College"],
    &["resource", "update", "algebra-quiz", "--description", "changed again"],
    &["config", "set", "session_lifetime", "8h"],
    &["key", "rotate", "--now"],
    &["registration", "delete", "busy-school", "--yes"],
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_and_two_servers_write_at_once_without_an_error() {
    let Some(site) = Site::start().await else { return };
    let seconds = std::env::var(SECONDS_VARIABLE).ok().and_then(|seconds| seconds.parse().ok());
    let duration = Duration::from_secs(seconds.unwrap_or(SECONDS));
    let load = Load::start(&site.sandbox, false);
    let database = site.home.database().clone();
    let commands = tokio::task::spawn_blocking(move || {
        let started = Instant::now();
        while started.elapsed() < duration {
            COMMANDS.iter().for_each(|arguments| run(&database, arguments));
        }
    });
    commands.await.unwrap();
    assert!(!load.has_ended(), "every browser still launches");
    let sent = load.end().await;
    let refused = sent.iter().filter(|launch| launch.session.is_none()).count();
    assert_eq!((refused, sent.len() > LAUNCHES), (0, true), "{} launches", sent.len());
    println!("{} launches in {duration:?}", sent.len());
    site.check(&sent).await;
}

/// Set in the process whose server only this test uses.
const OWN_SERVER: &str = "LTICTL_TEST_OWN_SERVER";

/// The program that restarts PostgreSQL as after a crash.
struct Restart(String);

impl Restart {
    async fn run(&self) {
        let mut command = Command::new(&self.0);
        let restarted = tokio::task::spawn_blocking(move || command.status().unwrap());
        assert!(restarted.await.unwrap().success());
    }
}

/// Everything on a server is interrupted when it is restarted, so the `story` of a `test` runs in a
/// process of its own with a server of its own, if there is one for the other tests.
fn on_own_server<S: Future<Output = ()>>(
    module: &str,
    test: &str,
    story: impl FnOnce(Restart) -> S,
) {
    let Ok(restart) = std::env::var("LTICTL_TEST_POSTGRES_RESTART") else { return };
    if std::env::var_os(OWN_SERVER).is_some() {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
        return runtime.block_on(story(Restart(restart)));
    }
    let output = Command::new(".ci/postgres")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &name_of_test(module, test)])
        .env(OWN_SERVER, "1")
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && report.contains("1 passed"), "{report}");
}

/// The name of a test as the program for all tests takes it.
fn name_of_test(module: &str, test: &str) -> String {
    let (_, module) = module.split_once("::").unwrap();
    format!("{module}::{test}")
}

#[test]
fn nothing_is_lost_when_postgresql_is_restarted() {
    on_own_server(
        module_path!(),
        "nothing_is_lost_when_postgresql_is_restarted",
        restart_under_load,
    );
}

async fn restart_under_load(restart: Restart) {
    let site = Site::start().await.unwrap();
    let load = Load::start(&site.sandbox, true);
    for _ in 0..RESTARTS {
        wait_for_launches(&load).await;
        restart.run().await;
    }
    wait_for_launches(&load).await;
    let sent = load.end().await;
    site.check(&sent).await;
}
