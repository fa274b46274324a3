//! What happens to people when what identifies them changes: issuer, client ID or identity rule.
//! The real binary beside the real server.

use std::path::PathBuf;
use std::process::Stdio;

use ltictl::admin::{connect, register};
use ltictl::domain::{AccountLink, Clock, DeploymentId, Identity, Name, PlatformUser};
use ltictl::rules::carry_over::UserDecision;
use ltictl::rules::registration::{self, PlatformChange};
use ltictl::sandbox::{LaunchChoice, User};
use serde_json::{Value, json};

use crate::lab::{Lab, REGISTRATION, RESOURCE};

const NEW: &str = "https://new.example.edu";

/// Runs a command on the server's database; gives its exit code, its answer and what it says on
/// standard error.
fn run(lab: &Lab, arguments: &[&str]) -> (i32, String, String) {
    let mut command = crate::lab::binary();
    command
        .args(arguments)
        .env("LTICTL_DB", &lab.database)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn succeeds(lab: &Lab, arguments: &[&str]) -> String {
    let (code, answer, error) = run(lab, arguments);
    assert_eq!(code, 0, "{arguments:?}: {answer}{error}");
    answer + error.as_str()
}

/// Who has which account: issuer, tenant, sub and username.
fn links(lab: &Lab) -> Vec<(String, String, String, String)> {
    let store = lab.store();
    let read = store.read();
    let mut links = Vec::new();
    for account in read.accounts().unwrap() {
        for AccountLink { user, .. } in read.account_links(account.id).unwrap() {
            links.push((user.issuer, user.tenant, user.sub, account.username.to_string()));
        }
    }
    links.sort();
    links
}

fn username(lab: &Lab, sub: &str) -> String {
    let user = PlatformUser {
        issuer: lab.sandbox.issuer().to_owned(),
        tenant: String::new(),
        sub: sub.to_owned(),
    };
    lab.store().read().account_of(&user).unwrap().unwrap().0.username.to_string()
}

fn link(lab: &Lab, username: &str, issuer: &str, tenant: &str, sub: &str) {
    let id = lab.account(username);
    let user =
        PlatformUser { issuer: issuer.to_owned(), tenant: tenant.to_owned(), sub: sub.to_owned() };
    let link = AccountLink::new(user, Clock::System.now());
    assert!(lab.store().write(|write| write.insert_account_link(id, &link)).unwrap());
}

fn file(lab: &Lab, name: &str, content: &Value) -> PathBuf {
    let path = lab.path(name);
    std::fs::write(&path, content.to_string()).unwrap();
    path
}

/// A manifest that changes the issuer of the lab's registration.
fn manifest(lab: &Lab, issuer: &str, keep_users: Option<bool>) -> PathBuf {
    let mut registration = json!({ "platform": { "issuer": issuer } });
    if let Some(keep_users) = keep_users {
        registration["keep_users"] = keep_users.into();
    }
    file(lab, "manifest.json", &json!({ "registrations": { REGISTRATION: registration } }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_change_orphans_people_silently() {
    let lab = Lab::start().await;
    lab.launch(&LaunchChoice::student()).await;
    lab.launch(&LaunchChoice::of(User::Zoe)).await;
    let sam = username(&lab, "4");
    lab.set_grade(&sam, Some(7.0));
    let before = (links(&lab), succeeds(&lab, &["platform", "show", REGISTRATION, "-o", "json"]));
    let imported = file(&lab, "import.json", &json!({ "issuer": NEW }));
    let manifest = manifest(&lab, NEW, None);
    let (imported, manifest) = (imported.to_str().unwrap(), manifest.to_str().unwrap());
    let unsaid = |arguments: &[&str], says: &[&str]| {
        let (code, _, error) = run(&lab, arguments);
        assert_eq!(code, 4, "{arguments:?}: {error}");
        for text in ["2 people", "2 enrolments", "1 grade"].iter().chain(says) {
            assert!(error.contains(text), "{arguments:?}: {text} is not in {error}");
        }
        assert_eq!(
            (links(&lab), succeeds(&lab, &["platform", "show", REGISTRATION, "-o", "json"])),
            before,
            "{arguments:?}"
        );
    };
    let flags = |command: &str| {
        [format!("ltictl {command} --keep-users"), format!("ltictl {command} --leave-users")]
    };
    for command in [
        format!("platform set {REGISTRATION} --issuer {NEW}"),
        format!("platform set {REGISTRATION} --identity client-id"),
        format!("platform set {REGISTRATION} --identity deployment --leeway 120s"),
        format!("platform import {REGISTRATION} {imported} --yes"),
    ] {
        let hints = flags(&command);
        unsaid(&command.split(' ').collect::<Vec<_>>(), &hints.each_ref().map(String::as_str));
    }
    let (code, _, error) = run(&lab, &["platform", "import", REGISTRATION, imported, "--dry-run"]);
    assert!(
        code == 0 && error.contains("2 people would lose access to their accounts"),
        "{code} {error}"
    );
    let (code, _, error) =
        run(&lab, &["platform", "import", REGISTRATION, imported, "--dry-run", "--keep-users"]);
    assert!(code == 0 && error.contains("2 people would be carried over"), "{code} {error}");
    for command in [
        &["apply", "-f", manifest][..],
        &["apply", "--dry-run", "-f", manifest],
        &["diff", "-f", manifest],
    ] {
        unsaid(command, &["keep_users: true", "keep_users: false"]);
    }
    // The client ID can be changed as long as it identifies no user.
    succeeds(&lab, &["platform", "set", REGISTRATION, "--client-id", "another"]);
    succeeds(&lab, &["platform", "set", REGISTRATION, "--client-id", lab.sandbox.client_id()]);
    succeeds(&lab, &["platform", "set", REGISTRATION, "--identity", "client-id", "--keep-users"]);
    let (code, _, error) = run(&lab, &["platform", "set", REGISTRATION, "--client-id", "another"]);
    assert!(
        code == 4
            && error.contains("2 people")
            && error.contains("--client-id another --keep-users"),
        "{error}"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_keep_accounts_grades_and_what_was_delivered() {
    let lab = Lab::start().await;
    lab.launch(&LaunchChoice::student()).await;
    let (sam, issuer) = (username(&lab, "4"), lab.sandbox.issuer().to_owned());
    lab.set_grade(&sam, Some(7.0));
    lab.send_grades().await;
    assert_eq!(lab.taken().len(), 1);
    let said = succeeds(&lab, &["platform", "set", REGISTRATION, "--issuer", NEW, "--keep-users"]);
    assert!(said.contains("1 person carried over"), "{said}");
    assert_eq!(links(&lab), [(NEW.to_owned(), String::new(), "4".to_owned(), sam.clone())]);
    // The platform of this lab has the former issuer: back again, this time by a manifest.
    succeeds(&lab, &["apply", "-f", manifest(&lab, &issuer, Some(true)).to_str().unwrap()]);
    assert_eq!(links(&lab), [(issuer, String::new(), "4".to_owned(), sam.clone())]);
    let launched = lab.launch(&LaunchChoice::student()).await;
    assert_eq!(
        (launched.status, lab.store().read().accounts().unwrap().len(), username(&lab, "4")),
        (303, 1, sam.clone()),
        "{}",
        launched.body
    );
    let account: Value =
        serde_json::from_str(&succeeds(&lab, &["account", "show", &sam, "-o", "json"])).unwrap();
    assert_eq!(
        (account["enrolments"][0]["resource"].as_str(), account["grade_count"].as_u64()),
        (Some(RESOURCE), Some(1)),
        "{account}"
    );
    lab.send_grades().await;
    assert_eq!(lab.taken(), [], "the platform has the grade already");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_who_are_not_kept_get_new_accounts() {
    let lab = Lab::start().await;
    link(&lab, "sam", "https://old.example.edu", "", "4");
    let change = |issuer: &str, users| PlatformChange {
        issuer: Some(issuer.to_owned()),
        users,
        ..PlatformChange::default()
    };
    let issuer = lab.sandbox.issuer().to_owned();
    connect::set_platform(
        &mut lab.store(),
        &REGISTRATION.into(),
        &change("https://old.example.edu", None),
        Clock::System.now(),
    )
    .unwrap();
    assert!(
        connect::set_platform(
            &mut lab.store(),
            &REGISTRATION.into(),
            &change(&issuer, None),
            Clock::System.now()
        )
        .is_err(),
        "without a confirmation the change is refused"
    );
    let said =
        succeeds(&lab, &["platform", "set", REGISTRATION, "--issuer", &issuer, "--leave-users"]);
    assert!(
        said.contains("The accounts of 1 person stay linked to the previous details"),
        "{said}"
    );
    lab.launch(&LaunchChoice::student()).await;
    assert_ne!(username(&lab, "4"), "sam");
    lab.stop().await;
}

/// A second registration of the same issuer.
fn another_registration(lab: &Lab) {
    let (mut store, now) = (lab.store(), Clock::System.now());
    register::create(&mut store, &Name::new("Another").unwrap(), None, false, now).unwrap();
    let first = registration::find(store.read(), &REGISTRATION.into()).unwrap().platform.unwrap();
    let [issuer, _, keyset_url, access_token_url, authentication_request_url] =
        first.values().map(|value| Some(value.to_owned()));
    let change = PlatformChange {
        issuer,
        client_id: Some("another-client".into()),
        keyset_url,
        access_token_url,
        authentication_request_url,
        ..PlatformChange::default()
    };
    connect::set_platform(&mut store, &"another".into(), &change, now).unwrap();
    connect::add_deployment(
        &mut store,
        &"another".into(),
        DeploymentId::new("1").unwrap(),
        None,
        false,
        now,
    )
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_of_another_registration_keep_their_accounts_and_are_not_carried_along() {
    let lab = Lab::start().await;
    another_registration(&lab);
    lab.launch(&LaunchChoice::student()).await;
    let (sam, issuer) = (username(&lab, "4"), lab.sandbox.issuer().to_owned());
    // A person who has never launched through the first registration: under its new issuer, 99
    // may be another person.
    link(&lab, "ninety-nine", &issuer, "", "99");
    let (code, _, error) = run(&lab, &["platform", "set", REGISTRATION, "--issuer", NEW]);
    assert!(code == 4 && error.contains("1 person "), "{error}");
    succeeds(&lab, &["platform", "set", REGISTRATION, "--issuer", NEW, "--keep-users"]);
    let kept = |issuer: &str, sub: &str, username: &str| {
        (issuer.to_owned(), String::new(), sub.to_owned(), username.to_owned())
    };
    let mut expected =
        vec![kept(&issuer, "4", &sam), kept(&issuer, "99", "ninety-nine"), kept(NEW, "4", &sam)];
    expected.sort();
    assert_eq!(links(&lab), expected, "the other registration's people launch as before");
    // Now the issuer is the other one's alone: all of its people move.
    succeeds(&lab, &["platform", "set", "another", "--identity", "client-id", "--keep-users"]);
    let subs: Vec<_> = links(&lab)
        .into_iter()
        .filter(|(_, tenant, ..)| tenant == "another-client")
        .map(|(.., sub, _)| sub)
        .collect();
    assert_eq!((subs, links(&lab).len()), (vec!["4".to_owned(), "99".to_owned()], 3));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_are_never_merged() {
    let lab = Lab::start().await;
    lab.launch(&LaunchChoice::student()).await;
    let sam = username(&lab, "4");
    link(&lab, "present", NEW, "", "4");
    let before = links(&lab);
    let manifest = manifest(&lab, NEW, Some(true));
    for arguments in [
        &["platform", "set", REGISTRATION, "--issuer", NEW, "--keep-users"][..],
        &["apply", "-f", manifest.to_str().unwrap()],
    ] {
        let (code, _, error) = run(&lab, arguments);
        assert!(
            code == 4
                && error.contains(&format!("user \"4\" would be linked to account {sam} but is already linked to account present"))
                && error.contains("ltictl account show present"),
            "{error}"
        );
        assert_eq!(
            (
                links(&lab),
                registration::find(lab.store().read(), &REGISTRATION.into())
                    .unwrap()
                    .platform
                    .unwrap()
                    .issuer
                    .as_str()
            ),
            (before.clone(), lab.sandbox.issuer())
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_identity_rule_keeps_people() {
    let lab = Lab::start().await;
    lab.launch(&LaunchChoice::student()).await;
    let (sam, client_id, deployment_id) = (
        username(&lab, "4"),
        lab.sandbox.client_id().to_owned(),
        lab.sandbox.deployment_id().to_owned(),
    );
    for (rule, identity) in [
        ("client-id", Identity::ClientId),
        ("deployment", Identity::Deployment),
        ("client-id", Identity::ClientId),
        ("issuer", Identity::Issuer),
        ("deployment", Identity::Deployment),
        ("auto", Identity::Issuer),
    ] {
        succeeds(&lab, &["platform", "set", REGISTRATION, "--identity", rule, "--keep-users"]);
        let expected = (
            lab.sandbox.issuer().to_owned(),
            identity.tenant(&client_id, &deployment_id),
            "4".to_owned(),
            sam.clone(),
        );
        assert_eq!(links(&lab), [expected], "{rule}");
        assert_eq!(
            (
                lab.launch(&LaunchChoice::student()).await.status,
                lab.store().read().accounts().unwrap().len()
            ),
            (303, 1),
            "{rule}"
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_of_a_manifest_is_idempotent_and_never_exported() {
    let lab = Lab::start().await;
    lab.launch(&LaunchChoice::student()).await;
    let kept = manifest(&lab, NEW, Some(true));
    let kept = kept.to_str().unwrap();
    let (code, answer, error) = run(&lab, &["apply", "--dry-run", "-f", kept]);
    assert!(
        code == 7
            && (answer.clone() + error.as_str())
                .contains("1 person of test-platform would be carried over"),
        "{answer}{error}"
    );
    assert!(!answer.contains("keep_users"), "it is no difference by itself: {answer}");
    assert!(
        succeeds(&lab, &["apply", "-f", kept]).contains("1 person of test-platform carried over")
    );
    let after = links(&lab);
    assert_eq!(
        (run(&lab, &["diff", "-f", kept]).0, run(&lab, &["apply", "-f", kept]).0, links(&lab)),
        (0, 0, after.clone())
    );
    assert!(!succeeds(&lab, &["export"]).contains("keep_users"));
    succeeds(
        &lab,
        &["apply", "-f", manifest(&lab, lab.sandbox.issuer(), Some(false)).to_str().unwrap()],
    );
    assert_eq!(links(&lab), after, "left under the former issuer");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_registrations_exchange_their_issuers_with_their_people() {
    let lab = Lab::start().await;
    another_registration(&lab);
    let leave = PlatformChange {
        issuer: Some(NEW.into()),
        users: Some(UserDecision::Leave),
        ..PlatformChange::default()
    };
    connect::set_platform(&mut lab.store(), &"another".into(), &leave, Clock::System.now())
        .unwrap();
    let issuer = lab.sandbox.issuer().to_owned();
    link(&lab, "one", &issuer, "", "4");
    link(&lab, "other", NEW, "", "4");
    let swapped = json!({ "registrations": {
        REGISTRATION: { "platform": { "issuer": NEW }, "keep_users": true },
        "another": { "platform": { "issuer": issuer }, "keep_users": true },
    } });
    succeeds(&lab, &["apply", "-f", file(&lab, "swapped.json", &swapped).to_str().unwrap()]);
    let kept = |issuer: &str, username: &str| {
        (issuer.to_owned(), String::new(), "4".to_owned(), username.to_owned())
    };
    let mut expected = vec![kept(NEW, "one"), kept(&issuer, "other")];
    expected.sort();
    assert_eq!(links(&lab), expected);
    lab.stop().await;
}
