//! What comes of asking a platform for an access token.

use ltictl::doctor::Verdict;
use ltictl::domain::Clock;
use ltictl::sandbox::ToolSetup;
use tokio::net::TcpListener;

use super::online::{ask, ask_live};
use super::setup::{fix, ltictl, run, verdict};
use crate::lab::{Lab, REGISTRATION};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_is_only_requested_by_live_checks() {
    let lab = Lab::start().await;
    assert_eq!(verdict(&ask(&lab, Clock::System).await, "access_token"), None);
    assert_eq!(
        verdict(&ask_live(&lab).await, "access_token"),
        Some(Verdict::Ok),
        "{:?}",
        ask_live(&lab).await
    );
    let output = tokio::task::block_in_place(|| {
        ltictl(&lab.database, &format!("doctor {REGISTRATION} --live --all"))
    });
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("access_token"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn details_that_the_token_endpoint_does_not_accept_are_found() {
    let lab = Lab::start().await;
    let client_id = lab.sandbox.client_id().to_owned();
    for (line, heal, named) in [
        (
            "--token-audience https://api.example.edu",
            "--token-audience \"\"".to_owned(),
            "--token-audience",
        ),
        ("--client-id another", format!("--client-id {client_id}"), "--client-id"),
    ] {
        run(&lab.database, &format!("platform set {REGISTRATION} {line}"));
        let findings = ask_live(&lab).await;
        assert_eq!(verdict(&findings, "access_token"), Some(Verdict::Fail), "{line}: {findings:?}");
        assert!(
            fix(&findings, "access_token").contains(named),
            "{line}: {}",
            fix(&findings, "access_token")
        );
        run(&lab.database, &format!("platform set {REGISTRATION} {heal}"));
        assert_eq!(
            verdict(&ask_live(&lab).await, "access_token"),
            Some(Verdict::Ok),
            "{line} is healed"
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyset_url_that_is_wrong_on_the_platform_is_found() {
    let lab = Lab::start().await;
    let right = lab.sandbox.tool().unwrap();
    // The URL of another keyset, or one that the platform cannot fetch.
    for jwks_url in [lab.sandbox.keyset_url(), "http://127.0.0.1:1/jwks".to_owned()] {
        lab.sandbox.set_tool(ToolSetup { jwks_url, ..right.clone() });
        let findings = ask_live(&lab).await;
        assert_eq!(verdict(&findings, "access_token"), Some(Verdict::Fail), "{findings:?}");
        assert!(
            fix(&findings, "access_token")
                .contains(&format!("ltictl registration tool-details {REGISTRATION}")),
            "{findings:?}"
        );
        let evidence = findings
            .iter()
            .find(|finding| finding.check == "access_token")
            .unwrap()
            .evidence
            .clone()
            .unwrap();
        assert!(evidence.contains("invalid_client") && !evidence.contains("eyJ"), "{evidence}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_clock_of_the_platform_is_found() {
    let lab = Lab::start().await;
    lab.sandbox.set_clock_offset(3600);
    assert!(fix(&ask_live(&lab).await, "access_token").contains("timedatectl"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_is_never_shown() {
    let lab = Lab::start().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let created = axum::routing::post(|| async {
            (
                axum::http::StatusCode::CREATED,
                r#"{"access_token":"the-secret-token","token_type":"Bearer"}"#,
            )
        });
        axum::serve(listener, axum::Router::new().route("/token", created)).await
    });
    run(&lab.database, &format!("platform set {REGISTRATION} --access-token-url {url}"));
    let findings = ask_live(&lab).await;
    assert_eq!(verdict(&findings, "access_token"), Some(Verdict::Ok), "{findings:?}");
    assert!(!format!("{findings:?}").contains("the-secret-token"));
    lab.stop().await;
}
