//! The log tells what happened and nothing that would let somebody else in.

use std::io;
use std::process::Command;
use std::sync::{Arc, Mutex};

use ltictl::admin::publish;
use ltictl::rules::resource::{self, ResourceChange};
use ltictl::sandbox::{DeepLinkingChoice, LaunchChoice, Misbehaviour, Storage, User};

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

/// Launches as a browser does that keeps no cookies in a frame; gives what nobody else may know of
/// it.
async fn without_cookies(lab: &Lab) -> Vec<String> {
    let mut browser = lab.browser.another().with_header("sec-fetch-dest", "iframe");
    let choice = LaunchChoice { storage: Storage::Parent, ..LaunchChoice::student() };
    let click = lab.sandbox.click(&mut browser, &choice).await.unwrap();
    let told = script_data(&browser.submit(&click).await.unwrap());
    let answer = browser.get(&told["url"]).await.unwrap();
    browser.clear_cookies();
    let waits = browser.submit(&answer).await.unwrap();
    let mut form = waits.form().unwrap();
    form.set("value", &told["storage-value"]);
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
    let lab = Lab::start().await;
    let mut browser = lab.browser.another();
    let page =
        lab.sandbox.launch_until_token(&mut browser, &LaunchChoice::student()).await.unwrap();
    let form = page.form().unwrap();
    let mut secrets: Vec<String> = form.fields.iter().map(|(_, value)| value.clone()).collect();
    let query = url::Url::parse(&page.url).unwrap();
    secrets.extend(
        query
            .query_pairs()
            .filter(|(name, _)| matches!(&**name, "nonce" | "state" | "lti_message_hint"))
            .map(|(_, value)| value.into_owned()),
    );
    secrets.extend(browser.cookies_for(&form.action).into_iter().map(|(_, value)| value));
    let answer = browser.submit(&page).await.unwrap();
    assert_eq!(answer.status, 303);
    let location = answer.header("location").unwrap();
    secrets.extend(browser.cookies_for(location).into_iter().map(|(_, value)| value));
    let target = resource::parse_target("http://localhost:9/", false).unwrap();
    publish::update(
        &mut lab.store(),
        RESOURCE,
        &ResourceChange { target: Some(target.into()), ..Default::default() },
        ltictl::domain::Clock::System.now(),
    )
    .unwrap();
    let handed_over = browser.get(location).await.unwrap().form().unwrap().fields;
    secrets.extend(handed_over.iter().map(|(_, value)| value.clone()));
    secrets.push("what the app says of somebody".to_owned());
    let resource = lab.store().read().resource(RESOURCE).unwrap().unwrap();
    let app_key = ltictl::rules::app_key::current(lab.store().read(), &resource).unwrap();
    secrets.push(app_key.clone());
    for (body, status) in [
        ("{\"score\": 9.125, \"comment\": \"what the app says of somebody\"}", 200),
        ("what the app says of somebody", 400),
    ] {
        let request = reqwest::Client::new()
            .post(format!("{}/api/score", lab.url))
            .bearer_auth(&handed_over[0].1)
            .header("content-type", "application/json")
            .header("app-key", &app_key);
        assert_eq!(request.body(body).send().await.unwrap().status().as_u16(), status);
    }
    let forged = format!("{}x", handed_over[0].1);
    assert_eq!(
        reqwest::Client::new()
            .get(format!("{}/api/launch", lab.url))
            .bearer_auth(&forged)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16(),
        401
    );
    assert_eq!(browser.submit(&page).await.unwrap().status, 401, "a replay");
    for misbehaviour in
        [Misbehaviour::DeploymentUnknown, Misbehaviour::KidUnknown, Misbehaviour::CustomIdUnknown]
    {
        let page = lab
            .sandbox
            .launch_until_token(&mut browser, &LaunchChoice::student().with(misbehaviour))
            .await
            .unwrap();
        secrets.extend(page.form().unwrap().fields.into_iter().map(|(_, value)| value));
        assert!(browser.submit(&page).await.unwrap().status >= 400);
    }
    secrets.extend(without_cookies(&lab).await);
    // A content selection, whose answer is a secret too.
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    let page = lab
        .sandbox
        .launch_and_follow(
            &mut browser,
            &LaunchChoice::teacher().selecting(DeepLinkingChoice::default()),
        )
        .await
        .unwrap();
    let mut form = page.form().unwrap();
    secrets.push(form.field("token").unwrap().to_owned());
    form.fields.push(("gradebook".to_owned(), lab.resource_uuid.clone()));
    let answer = browser.submit_form(&page, &form).await.unwrap();
    secrets
        .push(answer.form().unwrap().field("JWT").unwrap().rsplit('.').next().unwrap().to_owned());
    let selection = lab.newest_launch().unwrap().id;
    lab.stop().await;

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
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
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    assert!(!text.contains("9.125"), "grades are nobody's business");
    // Every line of a request has its name: the launch has the same.
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("path=\"/") || line.contains("launch accepted"))
        .collect();
    assert!(lines.iter().all(|line| line.contains(" request{id=")), "{lines:#?}");
    assert!(
        text.lines().any(|line| line.contains(&format!("request{{id={selection}}}: "))
            && line.contains(&format!("launch={selection}"))),
        "{text}"
    );
    let line = format!(
        "content selection completed launch={selection} registration={} items=1 columns=1",
        lab::REGISTRATION
    );
    assert_eq!(text.matches(&line).count(), 1, "{line} is not in {text}");
    assert!(secrets.len() > 12, "{}", secrets.len());
    for secret in secrets.iter().filter(|secret| secret.len() > 8) {
        assert!(!text.contains(secret.as_str()), "{secret} is in the log");
        // Not even the beginning of one.
        assert!(!text.contains(&secret[..16.min(secret.len())]), "{secret} is partly in the log");
    }
}
