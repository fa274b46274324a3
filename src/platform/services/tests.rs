//! Misbehaving platforms.

use std::time::Duration;

use super::super::stub::{Stub, StubResponse};
use super::super::{NetworkAccess, TemporaryError};
use super::*;
use crate::domain::{Clock, Random, Secret, Slug};
use crate::lti::grade_service::{Points, Score};
use crate::lti::line_item::{LineItemFilter, NewLineItem, SubmissionPeriod};
use crate::lti::scope::{LINE_ITEM, LINE_ITEM_READONLY, SCORE};
use crate::lti::test_support::{KID, key_pair};

/// A client of a platform that issues tokens `t-0`, `t-1` …, and responds to everything else with
/// `response`, which receives the number of the request and its head.
async fn platform(
    response: impl Fn(usize, &str) -> StubResponse + Send + Sync + 'static,
) -> (Stub, ServiceClient) {
    let stub = Stub::start(move |number, head| match head.split(' ').nth(1) {
        Some("/token") => StubResponse::ok(
            format!(r#"{{"access_token":"t-{number}","expires_in":3600}}"#).as_bytes(),
        ),
        _ => response(number, head),
    })
    .await;
    let access = ServiceAccess {
        registration_id: 1,
        registration: Slug::new("moodle-a").unwrap(),
        client_id: "c-1".into(),
        token_url: stub.url("/token"),
        audience: stub.url("/token"),
        deployment_id: None,
        reach: NetworkAccess { loopback: true, ..NetworkAccess::default() },
        kid: KID.into(),
        private_key: Secret::new(key_pair().pkcs8_der.to_vec()),
    };
    let client = PlatformClient::with_time_limits(Duration::from_secs(5), Duration::from_secs(2));
    let tokens = Tokens::new(
        client.clone(),
        Clock::Fixed("2026-11-23T17:00:00Z".parse().unwrap()),
        Random::seeded(1),
    );
    let client = ServiceClient::new(client, tokens, access, Arc::new(Everywhere));
    (stub, client)
}

/// Allows every URL, because the caller defines the rules.
struct Everywhere;

impl TokenGuard for Everywhere {
    fn check(&self, _: &Url) -> Result<(), ServiceError> {
        Ok(())
    }
}

fn granted() -> Scopes {
    [LINE_ITEM, SCORE].into_iter().collect()
}

async fn post(stub: &Stub, client: &ServiceClient) -> Result<(), ServiceError> {
    let points = Some(Points { given: 7.5, maximum: 10.0 });
    let timestamp = "2026-11-23T16:59:00Z".parse().unwrap();
    let score = Score {
        user_id: "4",
        points,
        activity_progress: "Completed",
        grading_progress: "FullyGraded",
        timestamp,
        comment: None,
        submission: None,
        canvas: None,
    };
    client.grades(&granted()).post_score(&stub.url("/item?type_id=2"), &score).await
}

#[tokio::test]
async fn score_follows_the_specification() {
    let (stub, client) = platform(|_, head| {
        StubResponse::new(
            if head.starts_with("POST /item/scores?type_id=2 ") { "200 OK" } else { "400 Bad" },
            "",
            head.as_bytes(),
        )
    })
    .await;
    assert_eq!(post(&stub, &client).await, Ok(()));
    let (stub, client) =
        platform(|_, head| StubResponse::new("400 Bad", "", head.as_bytes())).await;
    let Err(ServiceError::Refused { text, .. }) = post(&stub, &client).await else {
        panic!("refused")
    };
    let text = text.to_ascii_lowercase();
    for line in [
        "authorization: bearer t-0",
        "content-type: application/vnd.ims.lis.v1.score+json",
        "accept: application/json",
        "user-agent: ltictl/",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[tokio::test]
async fn rejected_token_is_replaced_once() {
    let (stub, client) = platform(|_, head| {
        StubResponse::new(if head.contains("Bearer t-0") { "401 No" } else { "200 OK" }, "", b"")
    })
    .await;
    assert_eq!(post(&stub, &client).await, Ok(()));
    assert_eq!(post(&stub, &client).await, Ok(()));
    assert_eq!(stub.requests(), 5, "token, 401, token, score, score");
    let (stub, client) = platform(|_, _| StubResponse::new("401 No", "", b"")).await;
    assert!(matches!(post(&stub, &client).await, Err(ServiceError::Refused { status: 401, .. })));
    assert_eq!(stub.requests(), 4);
}

#[tokio::test]
async fn temporary_and_permanent_errors_are_distinguished() {
    let busy =
        |after| ServiceError::Temporary { error: TemporaryError::Busy { status: 429 }, after };
    for (response, expected) in [
        (StubResponse::new("204 No Content", "", b""), Ok(())),
        (
            StubResponse::new("429 Slow", "retry-after: 3\r\n", b""),
            Err(busy(Some(Duration::from_secs(3)))),
        ),
        (
            StubResponse::new("429 Slow", "Retry-After: Mon, 23 Nov 2026 17:00:09 GMT\r\n", b""),
            Err(busy(Some(Duration::from_secs(9)))),
        ),
        (
            StubResponse::new("409 Conflict", "", b"[]"),
            Err(ServiceError::Conflict { text: String::new() }),
        ),
    ] {
        let (stub, client) = platform(move |_, _| response.clone()).await;
        assert_eq!(post(&stub, &client).await, expected);
    }
    for (response, code) in [
        (StubResponse { delay: Duration::ZERO, bytes: Vec::new() }, "platform_unreachable"),
        (
            StubResponse {
                delay: Duration::ZERO,
                bytes: b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab".to_vec(),
            },
            "platform_unreachable",
        ),
        (
            StubResponse {
                delay: Duration::ZERO,
                bytes: b"\x16\x03\x01 nonsense\r\n\r\n".to_vec(),
            },
            "platform_unreachable",
        ),
        (StubResponse::ok(b"").after(Duration::from_secs(4)), "platform_unreachable"),
        (
            StubResponse::new("302 Found", "location: https://elsewhere.example/\r\n", b""),
            "out_of_reach",
        ),
    ] {
        let (stub, client) = platform(move |_, _| response.clone()).await;
        assert_eq!(post(&stub, &client).await.map_err(|error| error.code()), Err(code));
    }
}

#[tokio::test]
async fn ungranted_scopes_are_not_requested() {
    let (stub, client) = platform(|_, _| StubResponse::ok(b"[]")).await;
    let readers = client.grades(&[LINE_ITEM_READONLY].into_iter().collect());
    let new = NewLineItem {
        label: "Quiz".into(),
        score_maximum: 10.0,
        resource_id: None,
        tag: None,
        resource_link_id: None,
        submissions: SubmissionPeriod::default(),
    };
    assert_eq!(
        readers.create_line_item(&stub.url("/list"), &new).await,
        Err(ServiceError::NotAllowed { scope: LINE_ITEM })
    );
    assert!(!readers.may_create_line_items());
    assert_eq!(stub.requests(), 0);
    assert_eq!(
        readers.find_line_item(&stub.url("/list"), &LineItemFilter::default()).await,
        Ok(None)
    );
    let less = StubResponse::ok(
        br#"{"access_token":"t","scope":"https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"}"#,
    );
    let stub = Stub::start(move |_, _| less.clone()).await;
    let access = ServiceAccess { token_url: stub.url("/token"), ..client.access.clone() };
    let client = ServiceClient::new(
        client.client.clone(),
        client.tokens.clone(),
        access,
        Arc::new(Everywhere),
    );
    assert_eq!(post(&stub, &client).await, Err(ServiceError::NotAllowed { scope: SCORE }));
}

#[tokio::test]
async fn line_item_is_found_on_a_later_page_if_filters_are_ignored() {
    let (stub, client) = platform(|_, head| match head.split(' ').nth(1) {
        Some("/list?a=1&tag=grade") => StubResponse::new(
            "200 OK",
            "link: </list?a=1&amp;from=1>; rel=\u{201c}next\u{201d}\r\n",
            br#"[{"id":"/1","tag":"other"},{"tag":"grade"}]"#,
        ),
        Some("/list?a=1&from=1") => {
            StubResponse::ok(br#"[{"id":"/2?a=1","tag":"grade","resourceId":""}]"#)
        }
        _ => StubResponse::new("400 Bad", "", b""),
    })
    .await;
    let filter = LineItemFilter { tag: Some("grade".into()), ..LineItemFilter::default() };
    let found = client
        .grades(&granted())
        .find_line_item(&stub.url("/list?a=1"), &filter)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.id, Some(stub.url("/2?a=1")));
}

#[tokio::test]
async fn token_is_not_sent_to_another_host() {
    let (stub, client) = platform(|_, head| match head.split(' ').nth(1) {
        Some("/list") => StubResponse::ok(br#"[{"id":"https://elsewhere.example/1"}]"#),
        _ => StubResponse::new(
            "200 OK",
            "link: <http://127.0.0.1:1/next>; rel=next\r\n",
            br#"{"members":[]}"#,
        ),
    })
    .await;
    let found = client
        .grades(&granted())
        .find_line_item(&stub.url("/list"), &LineItemFilter::default())
        .await;
    assert_eq!(found.map_err(|error| error.code()), Err("out_of_reach"));
    let mut pages = client.member_pages(&stub.url("/members"), None, None).unwrap();
    assert_eq!(pages.next_page().await.map_err(|error| error.code()), Err("out_of_reach"));
    for url in [
        "http://lms.example/members",
        "https://10.0.0.1/members",
        "https://user@lms.example/",
        "members",
        "file:///etc/hostname",
    ] {
        let refused = match client.member_pages(url, None, None) {
            Ok(mut pages) => pages.next_page().await.map(drop),
            Err(error) => Err(error),
        };
        assert_eq!(refused.map_err(|error| error.code()), Err("out_of_reach"), "{url}");
    }
}

#[tokio::test]
async fn members_are_read_page_by_page_to_the_end() {
    let (stub, client) = platform(|_, head| {
        let from: usize = head
            .split(' ')
            .nth(1)
            .and_then(|path| path.split("from=").nth(1))
            .map_or(0, |from| from.parse().unwrap());
        let link = if from < 4 {
            format!("link: <?rlid=1&limit=2&from={}>; rel=\"next\"\r\n", from + 2)
        } else {
            String::new()
        };
        StubResponse::new(
            "200 OK",
            &link,
            format!(r#"{{"members":[{{"user_id":"{from}"}},{{"user_id":"{}"}}]}}"#, from + 1)
                .as_bytes(),
        )
    })
    .await;
    let mut pages = client.member_pages(&stub.url("/members"), Some("1"), Some(2)).unwrap();
    let (mut users, mut lasts) = (Vec::new(), Vec::new());
    while let Some(page) = pages.next_page().await.unwrap() {
        users.extend(page.members.into_iter().map(|member| member.user_id));
        lasts.push(page.is_last);
    }
    assert_eq!(
        (users, lasts),
        (["0", "1", "2", "3", "4", "5"].map(str::to_owned).to_vec(), vec![false, false, true])
    );
    assert_eq!(stub.requests(), 4);
}

#[tokio::test]
async fn truncated_list_is_never_taken_for_complete() {
    const PAGE: &[u8] = br#"{"members":[{"user_id":"1"}]}"#;
    for (second, code) in [
        (StubResponse::ok(&PAGE[..PAGE.len() - 2]), "answer_unreadable"),
        (StubResponse::ok(b"<html>Please log in</html>"), "answer_unreadable"),
        (StubResponse::ok(b"[]"), "answer_unreadable"),
        (StubResponse::new("200 OK", "link: <>; rel=next\r\n", PAGE), "answer_unreadable"),
        (
            StubResponse::new("200 OK", "link: </members?from=1>; rel=next\r\n", PAGE),
            "answer_unreadable",
        ),
        (StubResponse::new("200 OK", "link: </members>; rel=next\r\n", PAGE), "answer_unreadable"),
        (StubResponse::ok(&vec![b' '; LARGEST_ANSWER + 1]), "answer_unreadable"),
        (StubResponse::new("500 Oops", "", b""), "platform_failing"),
        (
            StubResponse {
                delay: Duration::ZERO,
                bytes: b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n".to_vec(),
            },
            "platform_unreachable",
        ),
        (
            StubResponse {
                delay: Duration::ZERO,
                bytes: [b"HTTP/1.0 200 OK\r\n\r\n", &PAGE[..20]].concat(),
            },
            "answer_unreadable",
        ),
    ] {
        let (stub, client) = platform(move |_, head| match head.split(' ').nth(1) {
            Some("/members") => {
                StubResponse::new("200 OK", "link: </members?from=1>; rel=next\r\n", PAGE)
            }
            _ => second.clone(),
        })
        .await;
        let mut pages = client.member_pages(&stub.url("/members"), None, None).unwrap();
        assert_eq!(pages.next_page().await.unwrap().map(|page| page.is_last), Some(false));
        for _ in 0..2 {
            assert_eq!(pages.next_page().await.map_err(|error| error.code()), Err(code));
        }
    }
}

#[tokio::test]
async fn a_list_is_continued_at_its_position_and_a_page_that_failed_for_now_is_requested_again() {
    let (stub, client) = platform(|number, head| match (number, head.split(' ').nth(1)) {
        (2, Some("/members?page=1")) => StubResponse::new("503 Later", "", b""),
        (_, Some("/members?page=1")) => StubResponse::new(
            "200 OK",
            "link: </members?page=2>; rel=next\r\n",
            br#"{"members":[{"user_id":"1"}]}"#,
        ),
        (_, Some("/members?page=2")) => StubResponse::ok(br#"{"members":[{"user_id":"2"}]}"#),
        _ => StubResponse::new(
            "200 OK",
            "link: </members?page=1>; rel=next\r\n",
            br#"{"members":[{"user_id":"0"}]}"#,
        ),
    })
    .await;
    let url = stub.url("/members");
    let mut pages = client.member_pages(&url, None, None).unwrap();
    pages.next_page().await.unwrap();
    assert_eq!(pages.next_page().await.map_err(|error| error.code()), Err("platform_failing"));
    assert_eq!(
        pages.next_page().await.unwrap().map(|page| page.members[0].user_id.clone()),
        Some("1".to_owned())
    );
    let position = pages.position().unwrap();
    assert_eq!(
        position,
        ListPosition { first_url: url.clone(), next_url: stub.url("/members?page=2"), pages: 2 }
    );
    let mut resumed = client.resume_member_pages(&url, None, None, &position).unwrap().unwrap();
    assert_eq!(
        resumed
            .next_page()
            .await
            .unwrap()
            .map(|page| (page.members[0].user_id.clone(), page.is_last)),
        Some(("2".to_owned(), true))
    );
    assert_eq!((resumed.next_page().await, resumed.position()), (Ok(None), None));
    // A position in another list, or on another host.
    assert!(client.resume_member_pages(&url, Some("1"), None, &position).unwrap().is_none());
    for next_url in
        ["http://127.0.0.1:1/members?page=2", "https://elsewhere.example/", "/members?page=2", ""]
    {
        let foreign = ListPosition { next_url: next_url.to_owned(), ..position.clone() };
        assert!(
            client.resume_member_pages(&url, None, None, &foreign).unwrap().is_none(),
            "{next_url}"
        );
    }
    // The pages of earlier runs count.
    let late = ListPosition {
        next_url: stub.url("/members?page=1"),
        pages: MAX_MEMBER_PAGES - 1,
        ..position
    };
    let mut resumed = client.resume_member_pages(&url, None, None, &late).unwrap().unwrap();
    assert_eq!(
        resumed.next_page().await.map_err(|error| error.to_string().contains("10000 pages")),
        Err(true)
    );
}

#[tokio::test]
async fn a_next_page_with_a_huge_url_is_not_followed() {
    let (stub, client) = platform(|_, _| {
        StubResponse::new(
            "200 OK",
            &format!("link: </members?{}>; rel=next\r\n", "x".repeat(9_000)),
            br#"{"members":[]}"#,
        )
    })
    .await;
    let mut pages = client.member_pages(&stub.url("/members"), None, None).unwrap();
    assert_eq!(
        pages.next_page().await.map_err(|error| error.to_string().contains("too long")),
        Err(true)
    );
}

#[tokio::test]
async fn endless_pages_are_limited() {
    let (stub, client) = platform(|number, _| {
        StubResponse::new("200 OK", &format!("link: </list?{number}>; rel=next\r\n"), b"[]")
    })
    .await;
    let found = client
        .grades(&granted())
        .find_line_item(&stub.url("/list"), &LineItemFilter::default())
        .await;
    assert_eq!(found.map_err(|error| error.code()), Err("answer_unreadable"));
    assert_eq!(stub.requests(), 501, "a token and 500 pages");
}

#[tokio::test]
async fn cycles_of_any_length_are_detected() {
    for length in [1, 2, 3, 7, 40] {
        // Five pages, then a cycle.
        let (stub, client) = platform(move |_, head| {
            let page: usize = head
                .split("page=")
                .nth(1)
                .and_then(|rest| rest.split([' ', '&']).next())
                .map_or(0, |page| page.parse().unwrap());
            let next = if page + 1 == 5 + length { 5 } else { page + 1 };
            StubResponse::new(
                "200 OK",
                &format!("link: </members?page={next}>; rel=\"next\"\r\n"),
                br#"{"members":[]}"#,
            )
        })
        .await;
        let mut pages = client.member_pages(&stub.url("/members"), None, None).unwrap();
        let mut read = 0;
        let error = loop {
            match pages.next_page().await {
                Ok(page) => assert!(page.is_some(), "a cycle has no end"),
                Err(error) => break error,
            }
            read += 1;
        };
        assert!(
            error.to_string().contains("cycle") && read < 4 * (5 + length),
            "{length}: {read} {error}"
        );
    }
}
