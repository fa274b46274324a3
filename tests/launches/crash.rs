//! `kill -9` in mid-load: no launch that was answered is lost, and no nonce is good twice.

use std::ffi::OsStr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use ltictl::domain::{Clock, SessionHandle, Slug};
use ltictl::sandbox::browser::{Browser, Form};
use ltictl::sandbox::{self, LaunchChoice, Sandbox};
use ltictl::store::{LaunchFilter, Store};
use tokio::task::JoinHandle;

use crate::lab::database::place::Place;
use crate::lab::{self, REGISTRATION, tool_setup};

/// How many launches must have been answered before the server is killed.
const ENOUGH: usize = 60;

pub(super) struct Process(pub(super) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(super) fn ltictl(database: impl AsRef<OsStr>) -> Command {
    let mut command = crate::lab::binary();
    command
        .env("LTICTL_DB", database.as_ref())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

pub(super) fn run(database: impl AsRef<OsStr>, arguments: &[&str]) {
    assert!(ltictl(database).args(arguments).status().unwrap().success(), "{arguments:?}");
}

pub(super) async fn serve(database: impl AsRef<OsStr>, port: u16) -> Process {
    let mut command = ltictl(database);
    command.args(["serve", "--listen", &format!("127.0.0.1:{port}")]);
    start(command, port).await
}

/// Starts a server, and waits until it is ready.
pub(super) async fn start(mut command: Command, port: u16) -> Process {
    let process = Process(command.spawn().unwrap());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for _ in 0..1_000 {
        if client
            .get(format!("http://127.0.0.1:{port}/readyz"))
            .send()
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            return process;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the server does not answer");
}

/// A launch that was sent: its form with the cookies that went along, and the session that was
/// answered, if any.
pub(super) struct Sent {
    form: Form,
    cookies: String,
    pub(super) session: Option<String>,
}

/// Sets up a tool by commands, which is connected with the platform and has one resource.
pub(super) fn connect(database: &Place, url: &str, sandbox: &Sandbox) {
    let run = |arguments: &[&str]| run(database, arguments);
    run(&["init", "--url", url, "--name", "Crash test"]);
    run(&["registration", "create", "Test platform"]);
    let (keyset, token, auth) =
        (sandbox.keyset_url(), sandbox.access_token_url(), sandbox.authentication_request_url());
    let details = [
        "--issuer",
        sandbox.issuer(),
        "--client-id",
        sandbox.client_id(),
        "--keyset-url",
        &keyset,
        "--token-url",
        &token,
        "--auth-url",
        &auth,
    ];
    run(&[&["platform", "set", REGISTRATION], details.as_slice()].concat());
    run(&["deployment", "add", REGISTRATION, sandbox.deployment_id()]);
    run(&["resource", "publish", "Algebra quiz"]);
    let store = Store::open(database).unwrap();
    let resource = store.read().resource(&Slug::new("algebra-quiz").unwrap()).unwrap().unwrap();
    sandbox.set_tool(tool_setup(url, &resource.uuid.to_string()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answered_launch_survives_kill_and_no_nonce_is_good_twice() {
    let directory = tempfile::tempdir().unwrap();
    let database = directory.path().join("ltictl.db");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let sandbox = Arc::new(Sandbox::start(sandbox::Options::local()).await.unwrap());
    connect(&database.clone().into(), &format!("http://127.0.0.1:{port}"), &sandbox);

    let mut server = serve(&database, port).await;
    let sent = load_until_killed(&sandbox, &mut server).await;
    let server = serve(&database, port).await;
    let store = Store::open(&database).unwrap();
    check_answered_launches(&store, &sent);
    check_nonces(&sent).await;
    check_launch_log(&store, &sent);
    drop(server);
}

/// Fails unless every launch that was answered is on disk.
pub(super) fn check_answered_launches(store: &Store, sent: &[Sent]) {
    let answered: Vec<&str> = sent.iter().filter_map(|sent| sent.session.as_deref()).collect();
    assert!(answered.len() >= ENOUGH);
    for session in answered {
        let handle = SessionHandle::parse(session).unwrap();
        let session = store
            .read()
            .session(handle, Clock::System.now())
            .unwrap()
            .expect("an answered launch is on disk");
        assert!(
            store.read().launch(&session.launch_id).unwrap().is_some(),
            "and in the launch log"
        );
    }
}

/// Sends every form twice more. If it was answered, it is refused; if it was cut off, it may still
/// be accepted, but once.
pub(super) async fn check_nonces(sent: &[Sent]) {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    for launch in sent {
        let mut accepted = usize::from(launch.session.is_some());
        for _ in 0..2 {
            let answer = client
                .post(&launch.form.action)
                .header("cookie", &launch.cookies)
                .form(&launch.form.fields)
                .send()
                .await
                .unwrap();
            accepted += usize::from(answer.status().as_u16() == 303);
        }
        assert!(accepted <= 1, "a nonce was accepted {accepted} times");
    }
}

/// Fails unless the log has what was answered, and not more than what was sent.
pub(super) fn check_launch_log(store: &Store, sent: &[Sent]) {
    let answered = sent.iter().filter(|sent| sent.session.is_some()).count();
    let filter = LaunchFilter { limit: u32::MAX, ..LaunchFilter::default() };
    let launches = store.read().launches(&filter).unwrap();
    let accepted = launches.iter().filter(|launch| lab::outcome(launch) == "accepted").count();
    assert!(
        accepted >= answered && accepted <= sent.len(),
        "{answered} answered, {accepted} in the log, {} sent",
        sent.len()
    );
}

/// Eight browsers launch without pause; the server is killed in the middle.
async fn load_until_killed(sandbox: &Arc<Sandbox>, server: &mut Process) -> Vec<Sent> {
    let load = Load::start(sandbox, false);
    while load.answered() < ENOUGH && !load.has_ended() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.0.kill().unwrap();
    server.0.wait().unwrap();
    load.end().await
}

/// Eight browsers that launch without pause.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    browsers: Vec<JoinHandle<Vec<Sent>>>,
}

impl Load {
    /// Starts them. Each ends with its first failure unless it `persists`.
    pub(super) fn start(sandbox: &Arc<Sandbox>, persists: bool) -> Self {
        let (stop, answered) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let browsers = (0..8).map(|_| {
            let (sandbox, stop, answered) =
                (Arc::clone(sandbox), Arc::clone(&stop), Arc::clone(&answered));
            tokio::spawn(async move {
                let mut sent = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    match launch(&sandbox).await {
                        Some(launch) => {
                            answered.fetch_add(launch.session.is_some().into(), Ordering::Relaxed);
                            sent.push(launch);
                        }
                        None if persists => tokio::time::sleep(Duration::from_millis(20)).await,
                        None => break,
                    }
                }
                sent
            })
        });
        Self { browsers: browsers.collect(), stop, answered }
    }

    /// How many launches were answered so far.
    pub(super) fn answered(&self) -> usize {
        self.answered.load(Ordering::Relaxed)
    }

    /// Whether none of them launches any more.
    pub(super) fn has_ended(&self) -> bool {
        self.browsers.iter().all(JoinHandle::is_finished)
    }

    /// Stops them; all launches that were sent.
    pub(super) async fn end(self) -> Vec<Sent> {
        self.stop.store(true, Ordering::Relaxed);
        let mut sent = Vec::new();
        for browser in self.browsers {
            sent.extend(browser.await.unwrap());
        }
        sent
    }
}

/// Launches with a new browser; `None` if not even a form could be sent.
async fn launch(sandbox: &Sandbox) -> Option<Sent> {
    let mut browser = Browser::new();
    let page = sandbox.launch_until_token(&mut browser, &LaunchChoice::student()).await.ok()?;
    let form = page.form().filter(|form| form.field("id_token").is_some())?;
    let cookies: Vec<String> = browser
        .cookies_for(&form.action)
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let answer = browser.submit(&page).await.ok().filter(|answer| answer.status == 303);
    let session = answer.and_then(|answer| {
        let (_, session) = answer.header("location")?.split_once("/session/")?;
        Some(session.trim_matches('/').to_owned())
    });
    Some(Sent { form, cookies: cookies.join("; "), session })
}
