//! The log says what happened, and contains nothing with which another person could sign in.

use std::io;
use std::process::Command;
use std::sync::{Arc, Mutex};

use ltictl::admin::publish;
use ltictl::domain::{LaunchId, Slug};
use ltictl::rules::resource::{self, ResourceChange};
use ltictl::sandbox::browser::{Browser, Page};
use ltictl::sandbox::{DeepLinkingChoice, LaunchChoice, Misbehaviour, Storage, User};
use serde_json::json;

use crate::lab::{self, Lab, RESOURCE, script_data};

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Launches with a browser that keeps no cookies in a frame. Returns the secrets of that launch.
async fn without_cookies(lab: &Lab) -> Vec<String> {
    let mut browser = lab.browser.another().with_header("sec-fetch-dest", "iframe");
    let choice = LaunchChoice { storage: Storage::Parent, ..LaunchChoice::student() };
    let click = lab.sandbox.click(&mut browser, &choice).await.unwrap();
    let data = script_data(&browser.submit(&click).await.unwrap());
    let answer = browser.get(&data["url"]).await.unwrap();
    browser.clear_cookies();
    let waits = browser.submit(&answer).await.unwrap();
    let mut form = waits.form().unwrap();
    form.set("value", &data["storage-value"]);
    let entered = browser.submit_form(&waits, &form).await.unwrap();
    let location = entered.header("location").unwrap();
    assert_eq!(lab.browser.another().get(location).await.unwrap().status, 200);
    let secret = location.trim_end_matches('/').rsplit('.').next().unwrap().to_owned();
    let sent = [answer.form().unwrap().fields, form.fields].concat();
    sent.into_iter().map(|(_, value)| value).chain([secret]).collect()
}

/// Set in the process that only runs this file's test.
const OWN_PROCESS: &str = "LTICTL_TEST_OWN_PROCESS";

/// The subscriber is global, so the test runs in a process of its own.
#[test]
fn no_secret_reaches_the_log() {
    if std::env::var_os(OWN_PROCESS).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        return runtime.block_on(launch_and_search_log());
    }
    let (_, module) = module_path!().split_once("::").unwrap();
    let test = format!("{module}::no_secret_reaches_the_log");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &test])
        .env(OWN_PROCESS, "1")
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && report.contains("1 passed"), "{report}");
}

async fn launch_and_search_log() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_env_filter("ltictl=trace")
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let mut story = Story { lab: Lab::start().await, secrets: Vec::new() };
    let mut browser = story.lab.browser.another();
    let (page, location) = story.launch(&mut browser).await;
    story.send_scores(&mut browser, &location).await;
    assert_eq!(browser.submit(&page).await.unwrap().status, 401, "a replay");
    story.launch_and_be_refused(&mut browser).await;
    story.secrets.extend(without_cookies(&story.lab).await);
    let selection = story.select_content(&mut browser).await;
    story.lab.stop().await;

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    check_entries(&text);
    check_request_ids(&text, &selection);
    assert!(story.secrets.len() > 12, "{}", story.secrets.len());
    check_for_secrets(&text, &story.secrets);
}

/// What happens while the log is recorded.
struct Story {
    lab: Lab,
    /// Everything that was sent and must not be in the log.
    secrets: Vec<String>,
}

impl Story {
    /// Launches as a student. Returns the page whose form has the token, and the URL of the
    /// session.
    async fn launch(&mut self, browser: &mut Browser) -> (Page, String) {
        let choice = LaunchChoice::student();
        let page = self.lab.sandbox.launch_until_token(browser, &choice).await.unwrap();
        let form = page.form().unwrap();
        self.secrets.extend(form.fields.iter().map(|(_, value)| value.clone()));
        let url = url::Url::parse(&page.url).unwrap();
        self.secrets.extend(
            url.query_pairs()
                .filter(|(name, _)| matches!(&**name, "nonce" | "state" | "lti_message_hint"))
                .map(|(_, value)| value.into_owned()),
        );
        self.add_cookies(browser, &form.action);
        let answer = browser.submit(&page).await.unwrap();
        assert_eq!(answer.status, 303);
        let location = answer.header("location").unwrap();
        self.add_cookies(browser, location);
        (page, location.to_owned())
    }

    fn add_cookies(&mut self, browser: &Browser, url: &str) {
        self.secrets.extend(browser.cookies_for(url).into_iter().map(|(_, value)| value));
    }

    /// Opens the session, whose resource is now an app, and sends scores with the app's token.
    async fn send_scores(&mut self, browser: &mut Browser, session: &str) {
        let target = resource::parse_target("http://localhost:9/", false).unwrap();
        publish::update(
            &mut self.lab.store(),
            &RESOURCE.into(),
            &ResourceChange { target: Some(target.into()), ..Default::default() },
            ltictl::domain::Clock::System.now(),
        )
        .unwrap();
        let handed_over = browser.get(session).await.unwrap().form().unwrap().fields;
        let token = &handed_over[0].1;
        let app_key = {
            let store = self.lab.store();
            let resource = store.read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap();
            ltictl::rules::app_key::current(store.read(), &resource).unwrap()
        };
        self.secrets.extend(handed_over.iter().map(|(_, value)| value.clone()));
        let secret = app_key.split_once('.').unwrap().1.to_owned();
        self.secrets.extend([COMMENT.to_owned(), secret]);
        let valid = json!({ "score": 9.125, "comment": COMMENT }).to_string();
        for (body, status) in [(valid, 200), (COMMENT.to_owned(), 400)] {
            let request = reqwest::Client::new()
                .post(format!("{}/api/score", self.lab.url))
                .bearer_auth(token)
                .header("content-type", "application/json")
                .header("app-key", &app_key);
            assert_eq!(request.body(body).send().await.unwrap().status().as_u16(), status);
        }
        let account = self.lab.store().read().usernames().unwrap()[0].to_string();
        let alone = json!({ "account": account, "score": 9.25, "comment": COMMENT });
        let request = reqwest::Client::new()
            .post(format!("{}/api/score", self.lab.url))
            .header("app-key", &app_key)
            .json(&alone);
        assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
        let request = reqwest::Client::new().get(format!("{}/api/launch", self.lab.url));
        let forged = request.bearer_auth(format!("{token}x")).send().await.unwrap();
        assert_eq!(forged.status().as_u16(), 401);
    }

    /// Launches with tokens that are refused.
    async fn launch_and_be_refused(&mut self, browser: &mut Browser) {
        for misbehaviour in [
            Misbehaviour::DeploymentUnknown,
            Misbehaviour::KidUnknown,
            Misbehaviour::CustomIdUnknown,
        ] {
            let choice = LaunchChoice::student().with(misbehaviour);
            let page = self.lab.sandbox.launch_until_token(browser, &choice).await.unwrap();
            self.secrets.extend(page.form().unwrap().fields.into_iter().map(|(_, value)| value));
            assert!(browser.submit(&page).await.unwrap().status >= 400);
        }
    }

    /// Selects content as a teacher. The response to the platform is a secret too. Returns the ID
    /// of the launch.
    async fn select_content(&mut self, browser: &mut Browser) -> LaunchId {
        self.lab.grant_all(self.lab.account_of(User::Tina, "tina"));
        let choice = LaunchChoice::teacher().selecting(DeepLinkingChoice::default());
        let page = self.lab.sandbox.launch_and_follow(browser, &choice).await.unwrap();
        let mut form = page.form().unwrap();
        self.secrets.push(form.field("token").unwrap().to_owned());
        form.fields.push(("gradebook".to_owned(), self.lab.resource_uuid.clone()));
        let answer = browser.submit_form(&page, &form).await.unwrap().form().unwrap();
        let signature = answer.field("JWT").unwrap().rsplit('.').next().unwrap();
        self.secrets.push(signature.to_owned());
        self.lab.newest_launch().unwrap().id
    }
}

/// The comment on a grade.
const COMMENT: &str = "what the app says about the student";

/// Fails unless the log says what happened.
fn check_entries(log: &str) {
    for expected in [
        "launch accepted",
        "launch refused",
        "reason=\"deployment_unknown\"",
        "path=\"/lti/launch\"",
        "path=\"/lti/resume\"",
        "path=\"/api/score\"",
        "the app recorded a grade",
        "…/\"",
        "method=GET",
        "microseconds=",
    ] {
        assert!(log.contains(expected), "{expected} is not in {log}");
    }
    assert!(!log.contains("9.125"), "grades are not logged");
}

/// Fails unless every line of a request has the request's ID, which is that of its launch.
fn check_request_ids(log: &str, selection: &LaunchId) {
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("path=\"/") || line.contains("launch accepted"))
        .collect();
    assert!(lines.iter().all(|line| line.contains(" request{id=")), "{lines:#?}");
    assert!(
        log.lines().any(|line| line.contains(&format!("request{{id={selection}}}: "))
            && line.contains(&format!("launch={selection}"))),
        "{log}"
    );
    let line = format!(
        "content selection completed launch={selection} registration={} items=1 columns=1",
        lab::REGISTRATION
    );
    assert_eq!(log.matches(&line).count(), 1, "{line} is not in {log}");
}

/// Fails if a secret, or only its beginning, is in the log.
fn check_for_secrets(log: &str, secrets: &[String]) {
    for secret in secrets.iter().filter(|secret| secret.len() > 8) {
        assert!(!log.contains(secret.as_str()), "{secret} is in the log");
        assert!(!log.contains(&secret[..16.min(secret.len())]), "{secret} is partly in the log");
    }
}
