//! Injected faults.

use std::time::{Duration, Instant};

use serde_json::json;

use super::super::{Course, Endpoint, Fault, FaultKind, ServiceOptions};
use super::{Client, LINE_ITEMS, MEMBERS, SCORE, services};

const SCORES: &str = "/services/2/lineitems/21/lineitem/scores?type_id=1";
const LIST: &str = "/services/2/lineitems?type_id=1";

async fn send(client: &Client, second: u32) -> Result<u16, reqwest::Error> {
    let score = json!({
        "userId": "4", "scoreGiven": 1, "scoreMaximum": 2, "activityProgress": "Completed", "gradingProgress": "FullyGraded",
        "timestamp": format!("2026-11-23T16:08:{second:02}.000Z"),
    });
    client.call("POST", SCORES, SCORE, &score).await.map(|response| response.status)
}

/// Faults, with the status, a header and a part of the body of the response to each.
fn responses() -> [(Fault, u16, &'static str, &'static str, &'static str); 11] {
    [
        (
            Fault::new(FaultKind::TooManyRequests).with_wait(Duration::from_secs(7)),
            429,
            "retry-after",
            "7",
            "Too many",
        ),
        (
            Fault::new(FaultKind::TooManyRequests).without_retry_after(),
            429,
            "retry-after",
            "",
            "Too many",
        ),
        (Fault::new(FaultKind::ServerError), 500, "retry-after", "", "Out of order"),
        (Fault::new(FaultKind::Unavailable), 503, "retry-after", "", "maintained"),
        (
            Fault::new(FaultKind::Unavailable).with_wait(Duration::from_secs(2)),
            503,
            "retry-after",
            "2",
            "maintained",
        ),
        (Fault::new(FaultKind::Conflict), 409, "retry-after", "", "newer"),
        (
            Fault::new(FaultKind::Unauthorized),
            401,
            "www-authenticate",
            "Bearer realm=\"services\", error=\"invalid_token\"",
            "Unauthorized",
        ),
        (
            Fault::new(FaultKind::Forbidden).with_reason("Rate Limit Exceeded"),
            403,
            "retry-after",
            "",
            "Rate Limit Exceeded",
        ),
        (Fault::new(FaultKind::NotFound), 404, "retry-after", "", "Not Found"),
        (
            Fault::new(FaultKind::Html),
            200,
            "content-type",
            "text/html; charset=utf-8",
            "Please sign in",
        ),
        (Fault::new(FaultKind::Redirect), 307, "location", "/attacker/jwks", "Moved"),
    ]
}

#[tokio::test]
async fn statuses_are_sent_on_request_and_then_the_correct_response() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    for (fault, status, header, value, text) in responses() {
        sandbox.add_fault(fault.clone());
        let response = client.get(LIST, LINE_ITEMS).await;
        assert_eq!((response.status, response.header(header)), (status, value), "{fault:?}");
        assert!(response.body.contains(text), "{fault:?}: {}", response.body);
        assert_eq!(client.get(LIST, LINE_ITEMS).await.status, 200, "{fault:?}");
    }
    let log = sandbox.service_log();
    assert_eq!(log.calls[0].fault, Some(FaultKind::TooManyRequests));
    assert_eq!(
        (log.calls[0].method.as_str(), log.calls[0].path.as_str(), log.calls[0].status),
        ("GET", LIST, Some(429))
    );
}

#[tokio::test]
async fn retry_after_may_be_a_date() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    sandbox.add_fault(
        Fault::new(FaultKind::TooManyRequestsUntil).with_wait(Duration::from_secs(3600)),
    );
    let response = client.get(LIST, LINE_ITEMS).await;
    let until = jiff::fmt::rfc2822::parse(response.header("retry-after")).unwrap().timestamp();
    let wait = until.duration_since(jiff::Timestamp::now()).as_secs();
    assert!((3590..=3600).contains(&wait), "{wait}");
}

#[tokio::test]
async fn faults_affect_only_their_calls() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    sandbox.add_fault(Fault::new(FaultKind::ServerError).at(Endpoint::Scores).after(1).times(2));
    sandbox.add_fault(Fault::new(FaultKind::NotFound).on("/lineitems/22/").always());
    assert_eq!(client.get(LIST, LINE_ITEMS).await.status, 200);
    let mut statuses = Vec::new();
    for second in 1..=4 {
        statuses.push(send(&client, second).await.unwrap());
    }
    assert_eq!(statuses, [200, 500, 500, 200]);
    for _ in 0..3 {
        assert_eq!(
            client
                .get("/services/2/lineitems/22/lineitem?type_id=1", super::LINE_ITEM)
                .await
                .status,
            404
        );
    }
    assert_eq!(sandbox.faults().len(), 1);
    sandbox.cancel_faults();
    assert_eq!(
        client.get("/services/2/lineitems/22/lineitem?type_id=1", super::LINE_ITEM).await.status,
        200
    );
}

#[tokio::test]
async fn closed_connections_may_lose_the_score_or_only_the_response() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    sandbox.add_fault(Fault::new(FaultKind::Dropped));
    assert!(send(&client, 1).await.is_err());
    assert_eq!(sandbox.service_log().scores.len(), 0);
    sandbox.add_fault(Fault::new(FaultKind::DroppedAfterwards));
    assert!(send(&client, 2).await.is_err());
    assert_eq!(sandbox.service_log().scores.len(), 1);
    sandbox.add_fault(Fault::new(FaultKind::ErrorAfterwards));
    assert_eq!(send(&client, 3).await.unwrap(), 500);
    let log = sandbox.service_log();
    assert_eq!(
        (log.scores.len(), log.calls.iter().map(|call| call.status).collect::<Vec<_>>()),
        (2, vec![None, None, Some(500)])
    );
    assert_eq!(sandbox.grade_book(Course::Algebra)[0].grades["4"].timestamp.as_second() % 60, 3);
    // The same score again is too old.
    assert_eq!(send(&client, 3).await.unwrap(), 409);
}

#[tokio::test]
async fn pages_are_cut_off_or_cut_short() {
    let (sandbox, client) =
        services(ServiceOptions { members: 500, ..ServiceOptions::default() }).await;
    let path = "/services/2/memberships?type_id=1";
    sandbox.add_fault(Fault::new(FaultKind::CutOff).at(Endpoint::Memberships));
    let response = client
        .http
        .get(format!("{}{path}", sandbox.issuer()))
        .bearer_auth(&client.token)
        .header("accept", MEMBERS)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert!(response.bytes().await.is_err());
    sandbox.add_fault(Fault::new(FaultKind::CutShort).at(Endpoint::Memberships));
    let response = client.get(path, MEMBERS).await;
    assert!(
        response.status == 200
            && serde_json::from_str::<serde_json::Value>(&response.body).is_err()
            && response.body.len() > 10_000
    );
    assert_eq!(client.get(path, MEMBERS).await.json()["members"].as_array().unwrap().len(), 505);
}

#[tokio::test]
async fn responses_are_delayed_or_never_sent() {
    let (sandbox, client) = services(ServiceOptions {
        latency: Duration::from_millis(30),
        ..ServiceOptions::default()
    })
    .await;
    let start = Instant::now();
    assert_eq!(client.get(LIST, LINE_ITEMS).await.status, 200);
    assert!(start.elapsed() >= Duration::from_millis(30));
    sandbox.add_fault(Fault::new(FaultKind::Delay).with_wait(Duration::from_millis(60)));
    assert_eq!(client.get(LIST, LINE_ITEMS).await.status, 200);
    assert!(start.elapsed() >= Duration::from_millis(120));
    sandbox.add_fault(Fault::new(FaultKind::TimeOut));
    assert!(
        tokio::time::timeout(Duration::from_millis(100), client.get(LIST, LINE_ITEMS))
            .await
            .is_err()
    );
    let log = sandbox.service_log();
    assert_eq!((log.calls[2].status, log.calls[2].fault), (None, Some(FaultKind::TimeOut)));
    // A score without a response was not accepted.
    sandbox.add_fault(Fault::new(FaultKind::TimeOut).at(Endpoint::Scores));
    assert!(tokio::time::timeout(Duration::from_millis(100), send(&client, 1)).await.is_err());
    assert_eq!(sandbox.service_log().scores.len(), 0);
    assert_eq!(send(&client, 1).await.unwrap(), 200);
}

#[tokio::test]
async fn access_tokens_have_faults_and_are_logged() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    sandbox.add_fault(Fault::new(FaultKind::Unavailable));
    sandbox.add_fault(Fault::new(FaultKind::ServerError).at(Endpoint::Token));
    let url = sandbox.access_token_url();
    let ask = || async {
        client
            .http
            .post(&url)
            .form(&[("grant_type", "client_credentials")])
            .send()
            .await
            .map(|response| response.status().as_u16())
    };
    assert_eq!(ask().await.unwrap(), 500);
    assert_eq!(ask().await.unwrap(), 400);
    sandbox.add_fault(Fault::new(FaultKind::Dropped).at(Endpoint::Token));
    assert!(ask().await.is_err());
    let log = sandbox.service_log();
    assert_eq!(
        (log.count(Endpoint::Token), log.calls.iter().map(|call| call.status).collect::<Vec<_>>()),
        (3, vec![Some(500), Some(400), None])
    );
    assert_eq!(sandbox.faults().len(), 1);
}

#[tokio::test]
async fn the_log_counts_concurrent_calls() {
    let (sandbox, client) = services(ServiceOptions {
        latency: Duration::from_millis(100),
        ..ServiceOptions::default()
    })
    .await;
    let (one, two, three) = tokio::join!(
        client.get(LIST, LINE_ITEMS),
        client.get(LIST, LINE_ITEMS),
        client.get(LIST, LINE_ITEMS)
    );
    assert_eq!((one.status, two.status, three.status), (200, 200, 200));
    assert_eq!(sandbox.service_log().max_concurrent, 3);
    sandbox.clear_service_log();
    assert_eq!(sandbox.service_log(), super::super::ServiceLog::default());
    assert_eq!(client.get(LIST, LINE_ITEMS).await.status, 200);
    let log = sandbox.service_log();
    assert_eq!((log.calls.len(), log.calls[0].status, log.max_concurrent), (1, Some(200), 1));
}
