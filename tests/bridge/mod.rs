//! Apps behind a reverse proxy: entering them by a launch, and what the proxy gets.

mod checks;
mod configurations;
mod plain_app;
pub(crate) mod proxies;
mod wire;

use ltictl::admin::publish;
use ltictl::domain::{Clock, Handover, Name, Random};
use ltictl::rules::resource::{self, ResourceChange};
use ltictl::sandbox::LaunchChoice;
use ltictl::sandbox::browser::Browser;

use self::wire::{Answer, Ask};
use crate::lab::{Lab, RESOURCE};

/// The cookie of the app's host.
const COOKIE: &str = "__Host-ltictl";

/// What puts a resource behind a proxy.
fn behind_proxy(url: &str) -> ResourceChange {
    ResourceChange {
        target: Some(resource::parse_target(url, true).unwrap().into()),
        allow_http: Some(true),
        handover: Some(Handover::Headers),
        ..ResourceChange::default()
    }
}

fn update(lab: &Lab, change: &ResourceChange) {
    publish::update(&mut lab.store(), &RESOURCE.into(), change, Clock::System.now()).unwrap();
}

/// Publishes another resource; gives its UUID.
fn publish(lab: &Lab, name: &str, change: &ResourceChange) -> String {
    let (resource, _) = publish::publish(
        &mut lab.store(),
        &Name::new(name).unwrap(),
        None,
        change,
        false,
        Clock::System.now(),
        &Random::System,
    )
    .unwrap();
    resource.uuid.to_string()
}

/// A launch of a resource by its UUID instead of the lab's own.
fn launch_of(choice: LaunchChoice, uuid: &str) -> LaunchChoice {
    LaunchChoice { custom: [("id".to_owned(), uuid.to_owned())].into(), ..choice }
}

/// Launches; gives the address and the ticket of the form that leads to the app.
async fn ticket(lab: &Lab, choice: &LaunchChoice) -> (String, String) {
    let mut browser: Browser = lab.browser.another();
    let launched = lab.sandbox.launch(&mut browser, choice).await.unwrap();
    let session = launched
        .header("location")
        .unwrap_or_else(|| panic!("{} {}", launched.status, launched.body))
        .trim_end_matches("~/")
        .to_owned();
    let page = browser.get(&session).await.unwrap();
    assert_eq!(page.header("referrer-policy"), Some("origin"));
    let form = page.form().unwrap();
    (form.action.clone(), form.field("ticket").unwrap().to_owned())
}

/// Posts a ticket to an address that serves `/.ltictl/` for a host.
async fn enter(
    address: std::net::SocketAddr,
    path: &str,
    host: &str,
    ticket: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let headers = [&form[..], headers].concat();
    let body = format!("ticket={ticket}");
    Ask { method: "POST", path, host, headers: &headers, body: &body }.send(address).await
}

/// The value of the cookie that a response sets, with its name; none if it sets none.
fn cookie_of(answer: &Answer) -> Option<String> {
    let set = answer.header("set-cookie");
    let pair = set.split(';').next().filter(|pair| pair.starts_with(COOKIE))?;
    for attribute in ["Path=/", "HttpOnly", "Secure", "SameSite=None", "Partitioned"]
        .map(|text| format!("; {text}"))
    {
        assert!(set.contains(&attribute), "{set}");
    }
    assert!(!set.to_ascii_lowercase().contains("domain="), "{set}");
    Some(pair.to_owned())
}

/// What a command prints that succeeds, on the lab's database.
pub(crate) fn ltictl(lab: &Lab, words: &[&str]) -> String {
    let output = crate::lab::binary().args(words).env("LTICTL_DB", &lab.database).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
