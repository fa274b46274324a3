//! What is asked of a platform over the network.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use ltictl::domain::{Clock, Random};
use ltictl::platform::PlatformClient;
use ltictl::sandbox::{KeysetVariant, LaunchChoice};
use ltictl::usecase::diagnose::{self, Finding, Live, Verdict};

use crate::desk::{failed, fix, run, verdict};
use crate::lab::{Lab, REGISTRATION};

/// What all checks say, network included.
pub(crate) async fn ask(lab: &Lab, clock: Clock) -> Vec<Finding> {
    let store = lab.store();
    let examined = diagnose::examine(store.read(), &lab.database, Some(REGISTRATION), clock.now()).unwrap();
    let client = PlatformClient::with_time_limits(Duration::from_secs(2), Duration::from_secs(2));
    diagnose::ask_around(examined, &client, clock, None, || ()).await
}

/// The same, and the platform is asked for an access token.
pub(crate) async fn ask_live(lab: &Lab) -> Vec<Finding> {
    let store = lab.store();
    let examined = diagnose::examine(store.read(), &lab.database, Some(REGISTRATION), Timestamp::now()).unwrap();
    let client = PlatformClient::with_time_limits(Duration::from_secs(2), Duration::from_secs(2));
    let live = Live::new(store.read(), Random::System).unwrap();
    diagnose::ask_around(examined, &client, Clock::System, Some(live), || ()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_set_up_passes_and_leaves_no_trace() {
    let lab = Lab::start().await;
    lab.launch(&LaunchChoice::student()).await;
    let before = lab.newest_launch();
    let findings = ask(&lab, Clock::System).await;
    assert!(failed(&findings).is_empty(), "{:?}", failed(&findings));
    for check in ["own_keyset", "login", "post", "platform_keyset", "authentication_endpoint", "token_endpoint", "platform_clock", "last_launch", "refusals"] {
        assert_eq!(verdict(&findings, check), Some(Verdict::Ok), "{check}: {findings:?}");
    }
    assert_eq!(lab.newest_launch(), before, "the check-up is no launch");
    assert!(findings.iter().all(|finding| finding.fix.is_some() == matches!(finding.result, Verdict::Warn | Verdict::Fail)), "{findings:?}");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_platform_gets_wrong_is_found() {
    let lab = Lab::start().await;
    for variant in [KeysetVariant::Html, KeysetVariant::Empty, KeysetVariant::Rsa1024, KeysetVariant::Oct, KeysetVariant::Redirect, KeysetVariant::Big] {
        lab.sandbox.set_keyset(Some(variant));
        let findings = ask(&lab, Clock::System).await;
        assert_eq!(verdict(&findings, "platform_keyset"), Some(Verdict::Fail), "{variant:?}: {findings:?}");
        assert!(fix(&findings, "platform_keyset").contains("ltictl platform set test-platform --keyset-url"), "{findings:?}");
    }
    lab.sandbox.set_keyset(None);
    assert!(failed(&ask(&lab, Clock::System).await).is_empty());
    let url = lab.sandbox.issuer().to_owned();
    for (flag, wrong, right, check, expected, named) in [
        ("--auth-url", format!("{url}/nothing"), lab.sandbox.authentication_request_url(), "authentication_endpoint", Verdict::Fail, "--auth-url"),
        ("--token-url", format!("{url}/nothing"), lab.sandbox.access_token_url(), "token_endpoint", Verdict::Warn, "--token-url"),
        ("--token-url", "http://127.0.0.1:1/token".to_owned(), lab.sandbox.access_token_url(), "token_endpoint", Verdict::Fail, "--token-url"),
        ("--keyset-url", format!("{url}/nothing"), lab.sandbox.keyset_url(), "platform_keyset", Verdict::Fail, "--keyset-url"),
        ("--keyset-url", "https://10.0.0.1/jwks".to_owned(), lab.sandbox.keyset_url(), "platform_keyset", Verdict::Fail, "--allow-private-network"),
    ] {
        run(&lab.database, &format!("platform set {REGISTRATION} {flag} {wrong}"));
        let findings = ask(&lab, Clock::System).await;
        assert_eq!(verdict(&findings, check), Some(expected), "{wrong}: {findings:?}");
        assert!(fix(&findings, check).contains(named), "{wrong}: {}", fix(&findings, check));
        run(&lab.database, &format!("platform set {REGISTRATION} {flag} {right}"));
        assert!(failed(&ask(&lab, Clock::System).await).is_empty(), "{wrong} is healed");
    }
    for (seconds, expected) in [(0, Verdict::Ok), (15, Verdict::Warn), (-15, Verdict::Warn), (60, Verdict::Fail), (-60, Verdict::Fail)] {
        let findings = ask(&lab, Clock::Fixed(Timestamp::now() + SignedDuration::from_secs(seconds))).await;
        assert_eq!(verdict(&findings, "platform_clock"), Some(expected), "{seconds}: {findings:?}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyset_that_fits_no_allowed_algorithm_is_found() {
    let lab = Lab::start().await;
    run(&lab.database, &format!("platform set {REGISTRATION} --algorithms ES256,PS256"));
    let findings = ask(&lab, Clock::System).await;
    assert_eq!(verdict(&findings, "platform_keyset"), Some(Verdict::Fail), "{findings:?}");
    assert!(fix(&findings, "platform_keyset").contains("--algorithms"), "{findings:?}");
    let evidence = findings.iter().find(|finding| finding.check == "platform_keyset").unwrap().evidence.clone().unwrap();
    assert_eq!(evidence, "allowed: PS256,ES256; the keyset is for: RS256");
    run(&lab.database, &format!("platform set {REGISTRATION} --algorithms RS256,ES256"));
    assert!(failed(&ask(&lab, Clock::System).await).is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_platform_says_of_itself_is_compared() {
    let lab = Lab::start().await;
    assert_eq!(verdict(&ask(&lab, Clock::System).await, "openid_configuration"), None, "nobody said where it is");
    let issuer = lab.sandbox.issuer().to_owned();
    run(&lab.database, &format!("platform import {REGISTRATION} {issuer}/openid-configuration --client-id {} --yes", lab.sandbox.client_id()));
    assert_eq!(verdict(&ask(&lab, Clock::System).await, "openid_configuration"), Some(Verdict::Ok));
    let sql = |statement: &str| rusqlite::Connection::open(&lab.database).unwrap().execute_batch(statement).unwrap();
    for (column, wrong, expected, flag) in [
        ("issuer", "https://lms.example.edu", Verdict::Fail, format!("--issuer {issuer}")),
        ("keyset_url", "https://lms.example.edu/jwks", Verdict::Warn, format!("--keyset-url {}", lab.sandbox.keyset_url())),
        ("access_token_url", "https://lms.example.edu/token", Verdict::Warn, format!("--token-url {}", lab.sandbox.access_token_url())),
        ("authentication_request_url", "https://lms.example.edu/auth", Verdict::Warn, format!("--auth-url {}", lab.sandbox.authentication_request_url())),
    ] {
        sql(&format!("UPDATE registration SET {column} = '{wrong}'"));
        let findings = ask(&lab, Clock::System).await;
        assert_eq!(verdict(&findings, "openid_configuration"), Some(expected), "{column}: {findings:?}");
        let said = fix(&findings, "openid_configuration");
        assert_eq!(said, format!("ltictl platform set {REGISTRATION} {flag}"));
        run(&lab.database, said.strip_prefix("ltictl ").unwrap());
        assert!(failed(&ask(&lab, Clock::System).await).is_empty(), "{column} is healed");
        sql(&format!("UPDATE registration SET configuration_url = '{issuer}/openid-configuration'"));
    }
    for nothing in [format!("{issuer}/nothing"), format!("{issuer}/jwks"), "http://127.0.0.1:1/".to_owned()] {
        sql(&format!("UPDATE registration SET configuration_url = '{nothing}'"));
        assert_eq!(verdict(&ask(&lab, Clock::System).await, "openid_configuration"), Some(Verdict::Skip), "{nothing}");
    }
    lab.stop().await;
}
