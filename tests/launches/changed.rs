//! What changes in a registration between a login and its launch is named, with what to do.

use ltictl::admin::{connect, register};
use ltictl::domain::{Clock, Name, Outcome};
use ltictl::rules::carry_over::UserDecision;
use ltictl::rules::registration::PlatformChange;
use ltictl::sandbox::{KeysetVariant, LaunchChoice};

use crate::lab::{Lab, REGISTRATION, outcome};

/// Changes the platform details of the registration.
fn set(lab: &Lab, change: PlatformChange) {
    connect::set_platform(&mut lab.store(), &REGISTRATION.into(), &change, Clock::System.now())
        .unwrap();
}

/// The same details under another issuer or client ID.
fn other(issuer: Option<&str>, client_id: Option<&str>) -> PlatformChange {
    PlatformChange {
        issuer: issuer.map(str::to_owned),
        client_id: client_id.map(str::to_owned),
        users: Some(UserDecision::Leave),
        ..PlatformChange::default()
    }
}

fn delete(lab: &Lab) {
    register::delete(&mut lab.store(), &REGISTRATION.into()).unwrap();
}

fn recreate(lab: &Lab) {
    delete(lab);
    let (mut store, now) = (lab.store(), Clock::System.now());
    register::create(&mut store, &Name::new("Test platform").unwrap(), None, false, now).unwrap();
    let sandbox = &lab.sandbox;
    set(
        lab,
        PlatformChange {
            keyset_url: Some(sandbox.keyset_url()),
            access_token_url: Some(sandbox.access_token_url()),
            authentication_request_url: Some(sandbox.authentication_request_url()),
            ..other(Some(sandbox.issuer()), Some(sandbox.client_id()))
        },
    );
}

type Change = fn(&Lab);

/// What is changed between login and launch, the outcome, and texts of cause and fix.
const CHANGES: &[(&str, Change, &str, &str, &str)] = &[
    ("nothing", |_| {}, "accepted", "", ""),
    (
        "deleted",
        delete,
        "registration_deleted",
        "\"test-platform\" was deleted",
        "`ltictl registration create NAME --slug test-platform`",
    ),
    (
        "disabled",
        |lab| {
            let now = Clock::System.now();
            register::set_enabled(&mut lab.store(), &REGISTRATION.into(), false, now).unwrap();
        },
        "registration_disabled",
        "is disabled",
        "`ltictl registration enable test-platform`",
    ),
    (
        "created again",
        recreate,
        "registration_recreated",
        "deleted and created again",
        "`ltictl registration show test-platform`",
    ),
    (
        "another client ID",
        |lab| set(lab, other(None, Some("c-2"))),
        "registration_changed",
        "The client ID of the registration was changed",
        "`ltictl platform show test-platform`",
    ),
    (
        "another issuer",
        |lab| set(lab, other(Some("https://new.example"), None)),
        "registration_changed",
        "The issuer of the registration was changed",
        "Open the link again",
    ),
    (
        "both",
        |lab| set(lab, other(Some("https://new.example"), Some("c-2"))),
        "registration_changed",
        "The issuer and client ID of",
        "`ltictl audit list`",
    ),
    (
        "another keyset URL with the same keys",
        |lab| {
            let keyset_url = Some(format!("{}?x=1", lab.sandbox.keyset_url()));
            set(lab, PlatformChange { keyset_url, ..PlatformChange::default() });
        },
        "accepted",
        "",
        "",
    ),
    (
        "another keyset URL with other keys",
        |lab| {
            let keyset_url = Some(lab.sandbox.keyset_url_of(KeysetVariant::Empty));
            set(lab, PlatformChange { keyset_url, ..PlatformChange::default() });
        },
        "registration_changed",
        "it contains no keys",
        "who changed the public keyset URL",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_between_login_and_launch_is_named() {
    for (name, change, code, said, advice) in CHANGES {
        let lab = Lab::start().await;
        let mut browser = lab.browser.another();
        let token =
            lab.sandbox.launch_until_token(&mut browser, &LaunchChoice::student()).await.unwrap();
        change(&lab);
        browser.submit(&token).await.unwrap();
        let launch = lab.newest_launch().unwrap();
        assert_eq!(outcome(&launch), *code, "{name}");
        if let Outcome::Refused { cause, fix, .. } = &launch.outcome {
            assert!(cause.contains(said), "{name}: {cause}");
            assert!(fix.contains(advice) && !fix.contains(" REG"), "{name}: {fix}");
            assert!(
                !fix.contains("--issuer \"\"") && !fix.contains("--client-id"),
                "{name}: {fix}"
            );
        }
        lab.stop().await;
    }
}
