//! Sign-in at a certified provider (npm oidc-provider) from the account page in the platform's frame,
//! without third-party cookies. The provider is on `localhost`, another site than the tool.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use ltictl::admin::account::{self, LinkTarget};
use ltictl::admin::identity_provider::{self, NewProvider};
use ltictl::domain::{Clock, LinkedBy, Linking, Name, ProviderPreset};
use ltictl::rules::identity_provider::ProviderChange;
use thirtyfour::By;

use super::accounts::{account_of, asked, existing, modes};
use super::chromium::{Chromium, PATIENCE, ThirdPartyCookies};
use super::sessions;
use crate::api::apps::{installed, not_run};
use crate::lab::provider::{CLIENT_ID, SECRET};
use crate::lab::{Lab, outcome};
use ltictl::domain::Provisioning;

const PROGRAM: &str = include_str!("../data/oidc-provider/provider.mjs");

/// The running provider, which ends with this value.
struct Certified {
    child: Child,
    /// Kept open, since the provider writes to it.
    _output: BufReader<ChildStdout>,
    issuer: String,
    _directory: tempfile::TempDir,
}

impl Drop for Certified {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Certified {
    /// Starts the provider and adds it to the tool; `None` if it is not installed.
    fn start(lab: &Lab, linking: Linking) -> Option<Self> {
        let libraries = installed("node/node_modules/oidc-provider")?;
        let directory = tempfile::tempdir_in(libraries.ancestors().nth(2)?).unwrap();
        std::fs::write(directory.path().join("provider.mjs"), PROGRAM).unwrap();
        let mut child = Command::new("node")
            .arg("provider.mjs")
            .current_dir(directory.path())
            .env("CLIENT_ID", CLIENT_ID)
            .env("CLIENT_SECRET", SECRET)
            .env("REDIRECT_URI", format!("{}/lti/account/callback/school", lab.url))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut issuer = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut issuer).unwrap();
        let issuer = issuer.trim().to_owned();
        let new = NewProvider {
            slug: None,
            preset: ProviderPreset::Generic,
            issuer: Some(issuer.clone()),
            change: ProviderChange {
                client_id: Some(CLIENT_ID.to_owned()),
                linking: Some(linking),
                ..ProviderChange::default()
            },
        };
        let name = Name::new("School").unwrap();
        let provider = identity_provider::checked(&name, &new, Clock::System.now()).unwrap();
        identity_provider::add(&mut lab.store(), &provider, SECRET, false).unwrap();
        Some(Self { child, _output: output, issuer, _directory: directory })
    }

    /// Presses the button on the account page, in whose frame we are, and signs in in the window up
    /// to the tool's question.
    async fn sign_in(&self, chromium: &Chromium, lab: &Lab, person: &str) {
        let button = chromium.page.find(By::Css("form.provider button")).await.unwrap();
        assert_eq!(button.text().await.unwrap(), "Sign in with School");
        button.click().await.unwrap();
        chromium.arrive_in_new_window(&format!("{}/interaction/", self.issuer)).await;
        chromium.page.find(By::Name("login")).await.unwrap().send_keys(person).await.unwrap();
        chromium.page.find(By::Name("password")).await.unwrap().send_keys("any").await.unwrap();
        let login = chromium.page.find(By::Css("button[type=submit]")).await.unwrap();
        login.click().await.unwrap();
        self.consent(chromium, lab).await;
    }

    /// Agrees to what the provider asks, if it does.
    async fn consent(&self, chromium: &Chromium, lab: &Lab) {
        let callback = format!("{}/lti/account/callback/school", lab.url);
        let begun = Instant::now();
        loop {
            let (url, text): (String, String) = chromium
                .ask("return [location.href, document.body ? document.body.innerText : '']")
                .await;
            if url.starts_with(&callback) {
                return chromium.arrive_at(&callback).await;
            }
            if text.contains("Authorize") {
                let button = chromium.page.find(By::Css("button[type=submit]")).await.unwrap();
                button.click().await.unwrap();
                return chromium.arrive_at(&callback).await;
            }
            assert!(begun.elapsed() < PATIENCE, "{url}: {text}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
}

/// Returns to the window of the platform.
async fn back_to_course(chromium: &Chromium) {
    let window = chromium.page.windows().await.unwrap().remove(0);
    chromium.page.switch_to_window(window).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_signs_in_at_a_certified_provider() {
    let lab = Lab::start().await;
    let Some(provider) = Certified::start(&lab, Linking::Manual) else {
        return not_run("sign-in at npm oidc-provider");
    };
    let alma = existing(&lab, "alma", "Alma Mater");
    let target =
        LinkTarget::Provider { provider: "school".into(), subject: "alma-at-school".to_owned() };
    let now = Clock::System.now();
    account::link(&mut lab.store(), &"alma".into(), &target, false, now).unwrap();
    modes(&lab, Provisioning::Prompt, Provisioning::Prompt);
    let mut chromium = Chromium::start(ThirdPartyCookies::Blocked).await;
    asked(&chromium, &lab, "sam").await;
    provider.sign_in(&chromium, &lab, "alma-at-school").await;
    let question = chromium.text().await;
    assert!(question.contains("alma-at-school of the school"), "{question}");
    assert_eq!(chromium.text_of("#account").await, "Alma Mater (alma)");
    chromium.page.find(By::Id("continue")).await.unwrap().click().await.unwrap();
    chromium.arrive_at(&format!("{}/lti/account/confirm", lab.url)).await;
    assert!(chromium.text().await.contains("You are signed in"));
    back_to_course(&chromium).await;
    // The page in the frame continues by itself.
    chromium.arrive_in_frame(&sessions(&lab)).await;
    assert_eq!(outcome(&lab.newest_launch().unwrap()), "accepted");
    assert_eq!(account_of(&lab, "4").unwrap().id, alma);
    let names: Vec<String> = chromium
        .cookies()
        .await
        .iter()
        .map(|cookie| cookie["name"].as_str().unwrap().to_owned())
        .collect();
    assert!(!names.iter().any(|name| name.contains("lti_provider")), "{names:?}");
    assert_eq!(chromium.policy_complaints().await, [""; 0]);
    chromium.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_links_a_certified_provider_with_their_password() {
    let lab = Lab::start().await;
    let Some(provider) = Certified::start(&lab, Linking::SignedIn) else {
        return not_run("sign-in at npm oidc-provider");
    };
    let alma = existing(&lab, "alma", "Alma Mater");
    modes(&lab, Provisioning::Existing, Provisioning::Existing);
    let chromium = Chromium::start(ThirdPartyCookies::Blocked).await;
    asked(&chromium, &lab, "sam").await;
    provider.sign_in(&chromium, &lab, "alma-at-school").await;
    chromium.page.find(By::Id("username")).await.unwrap().send_keys("alma").await.unwrap();
    let password = chromium.page.find(By::Id("password")).await.unwrap();
    password.send_keys("correct horse").await.unwrap();
    chromium.page.find(By::Id("link")).await.unwrap().click().await.unwrap();
    chromium.arrive_at(&format!("{}/lti/account/confirm", lab.url)).await;
    back_to_course(&chromium).await;
    chromium.arrive_in_frame(&sessions(&lab)).await;
    assert_eq!(account_of(&lab, "4").unwrap().id, alma);
    let identities = lab.store().read().account_identities(alma).unwrap();
    assert_eq!(
        (identities[0].subject.as_str(), identities[0].linked_by),
        ("alma-at-school", LinkedBy::Person)
    );
    chromium.close().await;
    lab.stop().await;
}
