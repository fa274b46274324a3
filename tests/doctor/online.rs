//! What is asked of a platform over the network.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use ltictl::doctor::{self, Finding, Live, OfflineChecks, Verdict};
use ltictl::domain::{Clock, Random};
use ltictl::platform::PlatformClient;
use ltictl::sandbox::{KeysetVariant, LaunchChoice};
use serde_json::{Value, json};

use super::setup::{failed, fix, run, verdict, whole, worst};
use crate::lab::database::Database;
use crate::lab::{self, Lab, REGISTRATION};

/// What all checks say; see [`doctor::check_online`].
pub(crate) async fn check_online(
    offline: OfflineChecks<'_>,
    client: &PlatformClient,
    clock: Clock,
    live: Option<Live>,
    done: impl FnMut(),
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |finding| {
        findings.push(finding);
        Ok(())
    };
    doctor::check_online(offline, client, clock, live, done, &mut add).await.unwrap();
    whole(findings)
}

/// What all checks say, network included.
pub(crate) async fn ask(lab: &Lab, clock: Clock) -> Vec<Finding> {
    let store = lab.store();
    let offline = doctor::examine(
        store.read(),
        Ok(()),
        &(&lab.database).into(),
        Some(&REGISTRATION.into()),
        clock.now(),
    )
    .unwrap();
    let client = PlatformClient::with_time_limits(Duration::from_secs(2), Duration::from_secs(2));
    check_online(offline, &client, clock, None, || ()).await
}

/// The same, and the platform is asked for an access token.
pub(crate) async fn ask_live(lab: &Lab) -> Vec<Finding> {
    let store = lab.store();
    let offline = doctor::examine(
        store.read(),
        Ok(()),
        &(&lab.database).into(),
        Some(&REGISTRATION.into()),
        Timestamp::now(),
    )
    .unwrap();
    let client = PlatformClient::with_time_limits(Duration::from_secs(2), Duration::from_secs(2));
    let live = Live::new(store.read(), Random::System).unwrap();
    check_online(offline, &client, Clock::System, Some(live), || ()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_set_up_passes_and_leaves_no_trace() {
    let lab = Lab::start().await;
    lab.launch(&LaunchChoice::student()).await;
    let before = lab.newest_launch();
    let findings = ask(&lab, Clock::System).await;
    assert!(failed(&findings).is_empty(), "{:?}", failed(&findings));
    for check in [
        "own_keyset",
        "login",
        "post",
        "platform_keyset",
        "authentication_endpoint",
        "token_endpoint",
        "platform_clock",
        "last_launch",
        "refusals",
    ] {
        assert_eq!(verdict(&findings, check), Some(Verdict::Ok), "{check}: {findings:?}");
    }
    assert_eq!(lab.newest_launch(), before, "the check-up is no launch");
    assert!(
        findings.iter().all(|finding| finding.fix.is_some()
            == matches!(finding.result, Verdict::Warn | Verdict::Fail)),
        "{findings:?}"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unusable_keysets_are_found() {
    let lab = Lab::start().await;
    for variant in [
        KeysetVariant::Html,
        KeysetVariant::Empty,
        KeysetVariant::Rsa1024,
        KeysetVariant::Oct,
        KeysetVariant::Redirect,
        KeysetVariant::Big,
    ] {
        lab.sandbox.set_keyset(Some(variant));
        let findings = ask(&lab, Clock::System).await;
        assert_eq!(
            verdict(&findings, "platform_keyset"),
            Some(Verdict::Fail),
            "{variant:?}: {findings:?}"
        );
        assert!(
            fix(&findings, "platform_keyset")
                .contains("ltictl platform set test-platform --keyset-url"),
            "{findings:?}"
        );
    }
    lab.sandbox.set_keyset(None);
    assert!(failed(&ask(&lab, Clock::System).await).is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_urls_are_found() {
    let lab = Lab::start().await;
    let url = lab.sandbox.issuer().to_owned();
    for (flag, wrong, right, check, expected, named) in [
        (
            "--authentication-request-url",
            format!("{url}/nothing"),
            lab.sandbox.authentication_request_url(),
            "authentication_endpoint",
            Verdict::Fail,
            "--authentication-request-url",
        ),
        (
            "--access-token-url",
            format!("{url}/nothing"),
            lab.sandbox.access_token_url(),
            "token_endpoint",
            Verdict::Warn,
            "--access-token-url",
        ),
        (
            "--access-token-url",
            "http://127.0.0.1:1/token".to_owned(),
            lab.sandbox.access_token_url(),
            "token_endpoint",
            Verdict::Fail,
            "--access-token-url",
        ),
        (
            "--keyset-url",
            format!("{url}/nothing"),
            lab.sandbox.keyset_url(),
            "platform_keyset",
            Verdict::Fail,
            "--keyset-url",
        ),
        (
            "--keyset-url",
            "https://10.0.0.1/jwks".to_owned(),
            lab.sandbox.keyset_url(),
            "platform_keyset",
            Verdict::Fail,
            "--allow-private-network",
        ),
    ] {
        run(&lab.database, &format!("platform set {REGISTRATION} {flag} {wrong}"));
        let findings = ask(&lab, Clock::System).await;
        assert_eq!(verdict(&findings, check), Some(expected), "{wrong}: {findings:?}");
        assert!(fix(&findings, check).contains(named), "{wrong}: {}", fix(&findings, check));
        run(&lab.database, &format!("platform set {REGISTRATION} {flag} {right}"));
        assert!(failed(&ask(&lab, Clock::System).await).is_empty(), "{wrong} is healed");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_platforms_own_keyset_url_is_printed_if_ours_is_wrong() {
    let lab = Lab::start().await;
    let right = lab.sandbox.keyset_url();
    let wrong = format!("{}/nothing", lab.sandbox.issuer());
    run(&lab.database, &format!("platform set {REGISTRATION} --keyset-url {wrong}"));
    let findings = ask(&lab, Clock::System).await;
    let expected = format!("ltictl platform set {REGISTRATION} --keyset-url {right}");
    assert_eq!(fix(&findings, "platform_keyset"), expected);
    run(&lab.database, expected.strip_prefix("ltictl ").unwrap());
    assert!(failed(&ask(&lab, Clock::System).await).is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clocks_that_differ_are_found() {
    let lab = Lab::start().await;
    for (seconds, expected) in [
        (0, Verdict::Ok),
        (15, Verdict::Warn),
        (-15, Verdict::Warn),
        (60, Verdict::Fail),
        (-60, Verdict::Fail),
    ] {
        let findings =
            ask(&lab, Clock::Fixed(Timestamp::now() + SignedDuration::from_secs(seconds))).await;
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
    let evidence = findings
        .iter()
        .find(|finding| finding.check == "platform_keyset")
        .unwrap()
        .evidence
        .clone()
        .unwrap();
    assert_eq!(evidence, "allowed: PS256,ES256; the keyset is for: RS256");
    run(&lab.database, &format!("platform set {REGISTRATION} --algorithms RS256,ES256"));
    assert!(failed(&ask(&lab, Clock::System).await).is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_platforms_configuration_is_compared() {
    let lab = Lab::start().await;
    assert_eq!(
        verdict(&ask(&lab, Clock::System).await, "openid_configuration"),
        None,
        "its URL is not set"
    );
    let issuer = lab.sandbox.issuer().to_owned();
    run(
        &lab.database,
        &format!(
            "platform import {REGISTRATION} {issuer}/openid-configuration --client-id {} --yes",
            lab.sandbox.client_id()
        ),
    );
    assert_eq!(verdict(&ask(&lab, Clock::System).await, "openid_configuration"), Some(Verdict::Ok));
    let set = |column: &str, value: &str| {
        Database::open(&lab.database).set_platform_detail(REGISTRATION, column, value);
    };
    for (column, wrong, expected, flag) in [
        ("issuer", "https://lms.example.edu", Verdict::Fail, format!("--issuer {issuer}")),
        (
            "keyset_url",
            "https://lms.example.edu/jwks",
            Verdict::Warn,
            format!("--keyset-url {}", lab.sandbox.keyset_url()),
        ),
        (
            "access_token_url",
            "https://lms.example.edu/token",
            Verdict::Warn,
            format!("--access-token-url {}", lab.sandbox.access_token_url()),
        ),
        (
            "authentication_request_url",
            "https://lms.example.edu/auth",
            Verdict::Warn,
            format!("--authentication-request-url {}", lab.sandbox.authentication_request_url()),
        ),
    ] {
        set(column, wrong);
        let findings = ask(&lab, Clock::System).await;
        assert_eq!(
            verdict(&findings, "openid_configuration"),
            Some(expected),
            "{column}: {findings:?}"
        );
        let said = fix(&findings, "openid_configuration");
        assert_eq!(said, format!("ltictl platform set {REGISTRATION} {flag}"));
        run(&lab.database, said.strip_prefix("ltictl ").unwrap());
        assert!(failed(&ask(&lab, Clock::System).await).is_empty(), "{column} is healed");
        set("configuration_url", &format!("{issuer}/openid-configuration"));
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_openid_configuration_that_cannot_be_read_is_skipped() {
    let lab = Lab::start().await;
    let issuer = lab.sandbox.issuer();
    for nothing in
        [format!("{issuer}/nothing"), format!("{issuer}/jwks"), "http://127.0.0.1:1/".to_owned()]
    {
        Database::open(&lab.database).set_platform_detail(
            REGISTRATION,
            "configuration_url",
            &nothing,
        );
        assert_eq!(
            verdict(&ask(&lab, Clock::System).await, "openid_configuration"),
            Some(Verdict::Skip),
            "{nothing}"
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_platforms_keys_are_held_against_those_that_the_server_fetched_last() {
    let lab = Lab::start().await;
    assert_eq!(
        verdict(&ask(&lab, Clock::System).await, "platform_keys"),
        Some(Verdict::Skip),
        "nothing was fetched"
    );
    lab.launch(&LaunchChoice::student()).await;
    // What is in the server's memory is on disk when it stops.
    let Lab { server, sandbox, url, database, resource_uuid, browser, .. } = lab;
    server.shutdown().await;
    let look = async || {
        let store = ltictl::store::Store::open(&database).unwrap();
        let offline = doctor::examine(
            store.read(),
            Ok(()),
            &(&database).into(),
            Some(&REGISTRATION.into()),
            Timestamp::now(),
        )
        .unwrap();
        let client =
            PlatformClient::with_time_limits(Duration::from_secs(2), Duration::from_secs(2));
        check_online(offline, &client, Clock::System, None, || ()).await
    };
    drop((url, resource_uuid, browser));
    let findings = look().await;
    assert_eq!(verdict(&findings, "platform_keys"), Some(Verdict::Ok), "{findings:?}");
    assert!(worst(&findings, "platform_keys").sentence.contains("are the ones"), "{findings:?}");
    let keys = Database::open(&database).platform_keyset();
    for (noted, expected, evidence) in [
        (keys.replace('}', r#","older":"00"}"#), Verdict::Ok, "removed: older"),
        (r#"{"older":"00"}"#.to_owned(), Verdict::Warn, "older; now: "),
        (keys.replace(":\"", ":\"00"), Verdict::Fail, "key IDs with different keys: "),
    ] {
        Database::open(&database).set_platform_keyset(&noted);
        let findings = look().await;
        assert_eq!(verdict(&findings, "platform_keys"), Some(expected), "{noted}: {findings:?}");
        assert!(
            worst(&findings, "platform_keys").evidence.as_deref().unwrap().contains(evidence),
            "{findings:?}"
        );
    }
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unneeded_access_to_private_networks_is_found() {
    let lab = Lab::start().await;
    assert_eq!(verdict(&ask(&lab, Clock::System).await, "private_network"), Some(Verdict::Ok));
    run(&lab.database, &format!("platform set {REGISTRATION} --allow-private-network"));
    let findings = ask(&lab, Clock::System).await;
    assert_eq!(verdict(&findings, "private_network"), Some(Verdict::Warn), "{findings:?}");
    run(&lab.database, fix(&findings, "private_network").strip_prefix("ltictl ").unwrap());
    run(
        &lab.database,
        &format!("platform set {REGISTRATION} --access-token-url https://10.0.0.1/token"),
    );
    let findings = ask(&lab, Clock::System).await;
    assert_eq!(verdict(&findings, "private_network"), Some(Verdict::Fail), "{findings:?}");
    assert!(fix(&findings, "private_network").ends_with("--allow-private-network"), "{findings:?}");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fixes_speak_the_words_of_the_lms() {
    let lab = Lab::start().await;
    run(
        &lab.database,
        &format!(
            "platform set {REGISTRATION} --product openedx --authentication-request-url {}/nothing",
            lab.sandbox.issuer()
        ),
    );
    let findings = ask(&lab, Clock::System).await;
    assert!(
        fix(&findings, "authentication_endpoint").contains("the LMS field \"Login URL\""),
        "{}",
        fix(&findings, "authentication_endpoint")
    );
    lab.stop().await;
}

/// A platform that answers slowly, and how many of its requests were under way at the same time.
async fn slow_platform() -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let answer = move || {
        let (now, most) = (Arc::clone(&now), Arc::clone(&most));
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            r#"{"keys":[]}"#
        }
    };
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
    (url, seen)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_registrations_are_asked_side_by_side_and_one_host_by_few() {
    let lab = Lab::start().await;
    let (one, most_at_one) = slow_platform().await;
    let (other, most_at_other) = slow_platform().await;
    for number in 0..40 {
        let url = if number % 2 == 0 { &one } else { &other };
        Database::open(&lab.database).insert_registration(&format!("many-{number}"), url);
    }
    let store = lab.store();
    let offline =
        doctor::examine(store.read(), Ok(()), &(&lab.database).into(), None, Timestamp::now())
            .unwrap();
    assert_eq!(offline.registrations(), 41);
    let (client, mut done) =
        (PlatformClient::with_time_limits(Duration::from_secs(5), Duration::from_secs(5)), 0);
    let findings = check_online(offline, &client, Clock::System, None, || done += 1).await;
    assert_eq!(done, 41);
    for number in 0..40 {
        let subject = format!("many-{number}");
        assert!(
            findings.iter().any(|finding| finding.subject == subject
                && finding.check == "platform_keyset"
                && finding.result == Verdict::Fail),
            "{subject}"
        );
    }
    // Two registrations at a time, each with its keyset, its login and its token endpoint.
    for most in [most_at_one, most_at_other] {
        let most = most.load(Ordering::SeqCst);
        assert!((2..=6).contains(&most), "{most} requests at the same time");
    }
    lab.stop().await;
}

/// Values that a platform of a known product publishes, and what is said of its usual ones.
const CONFIGURATIONS: [(&str, &str, Verdict); 3] = [
    ("the platform's own ones, which are not the usual ones", "{}", Verdict::Ok),
    ("none", "", Verdict::Warn),
    ("those of another issuer", r#"{"issuer":"https://other.example.edu"}"#, Verdict::Warn),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preset_that_contradicts_the_platforms_configuration_is_not_proposed() {
    let lab = Lab::start().await;
    for (case, changes, expected) in CONFIGURATIONS {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let document = serde_json::from_str(changes).map_or(Value::Null, |changes: Value| {
            let mut document = json!({
                "issuer": issuer,
                "jwks_uri": format!("{issuer}/jwks"),
                "token_endpoint": format!("{issuer}/token"),
                "authorization_endpoint": format!("{issuer}/auth"),
            });
            document.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            document
        });
        let path = "/.well-known/openid-configuration";
        let answer = axum::routing::get(move || async move { document.to_string() });
        let app = axum::Router::new().route(path, answer);
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        let details = format!(
            "platform set {REGISTRATION} --product moodle --issuer {issuer} --keyset-url \
             {issuer}/jwks --token-url {issuer}/token --auth-url {issuer}/auth --leave-users"
        );
        run(&lab.database, &details);
        for configuration_url in [None, Some(format!("{issuer}{path}"))] {
            Database::open(&lab.database).set_platform_detail(
                REGISTRATION,
                "configuration_url",
                configuration_url,
            );
            let findings = ask(&lab, Clock::System).await;
            assert_eq!(verdict(&findings, "preset"), Some(expected), "{case}: {findings:?}");
            assert_eq!(
                fix(&findings, "preset").contains("--preset"),
                expected == Verdict::Warn,
                "{case}"
            );
        }
        server.abort();
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tools_own_keyset_at_the_keyset_url_is_found() {
    let lab = Lab::start().await;
    let url = format!("{}/lti/jwks", lab.url.replace("127.0.0.1", "localhost"));
    run(&lab.database, &format!("platform set {REGISTRATION} --keyset-url {url}"));
    let findings = ask(&lab, Clock::System).await;
    let finding = worst(&findings, "platform_keyset");
    assert_eq!(
        finding.sentence, "The keyset URL leads to this tool's own keyset, not to the platform's.",
        "{findings:?}"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_networks_are_proposed_only_for_addresses_in_them() {
    let lab = Lab::start().await;
    let issuer = lab.sandbox.issuer().to_owned();
    for (url, is_proposed) in [
        (format!("{issuer}/nothing"), false),
        ("https://169.254.169.254/jwks".to_owned(), false),
        ("https://10.0.0.1/jwks".to_owned(), true),
    ] {
        run(&lab.database, &format!("platform set {REGISTRATION} --keyset-url {url}"));
        let findings = ask(&lab, Clock::System).await;
        let fixes = findings.iter().filter_map(|finding| finding.fix.as_deref());
        let proposed = fixes.filter(|fix| fix.contains("--allow-private-network")).count();
        assert_eq!(proposed > 0, is_proposed, "{url}: {findings:?}");
        lab.launch(&LaunchChoice::student()).await;
        let launch = lab.newest_launch().unwrap();
        assert_eq!(lab::outcome(&launch), "jwks_unreachable", "{url}");
        let said = format!("{launch:?}");
        assert_eq!(said.contains("--allow-private-network`"), is_proposed, "{url}: {said}");
    }
    lab.stop().await;
}
