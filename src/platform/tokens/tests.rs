use std::time::Duration;

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;

use super::super::stub::{Stub, StubResponse};
use super::*;
use crate::lti::scope::SCORE;
use crate::lti::test_support::{KID, key_pair};

fn access(stub: &Stub) -> ServiceAccess {
    ServiceAccess {
        registration_id: 1,
        registration: Slug::new("moodle-a").unwrap(),
        client_id: "c-1".into(),
        token_url: stub.url("/token"),
        audience: stub.url("/token"),
        deployment_id: None,
        reach: NetworkAccess { loopback: true, ..NetworkAccess::default() },
        kid: KID.into(),
        private_key: Secret::new(key_pair().pkcs8_der.to_vec()),
    }
}

fn start() -> Timestamp {
    "2026-11-23T17:00:00Z".parse().unwrap()
}

fn tokens_at(moment: Timestamp) -> Tokens {
    Tokens::new(PlatformClient::new(), Clock::Fixed(moment), Random::seeded(1))
}

/// The same tokens at another time.
fn later(tokens: &Tokens, seconds: i64) -> Tokens {
    let shared = &tokens.shared;
    let entries = std::mem::take(&mut *shared.entries());
    let clock = Clock::Fixed(start() + SignedDuration::from_secs(seconds));
    Tokens {
        shared: Arc::new(Shared {
            client: shared.client.clone(),
            clock,
            random: shared.random.clone(),
            figures: Mutex::default(),
            entries: Mutex::new(entries),
        }),
    }
}

fn numbered(number: usize) -> StubResponse {
    StubResponse::ok(
        format!(r#"{{"access_token":"t-{number}","token_type":"Bearer","expires_in":3600}}"#)
            .as_bytes(),
    )
}

fn score() -> Scopes {
    Scopes::parse(SCORE)
}

#[tokio::test]
async fn a_token_is_used_until_a_minute_before_its_end() {
    let stub = Stub::start(|number, _| numbered(number)).await;
    let access = access(&stub);
    let mut tokens = tokens_at(start());
    for (seconds, expected) in [(0, "t-0"), (1, "t-0"), (3539, "t-0"), (3540, "t-1"), (3541, "t-1")]
    {
        tokens = later(&tokens, seconds);
        assert_eq!(tokens.token(&access, &score()).await.unwrap().expose(), expected, "{seconds}");
    }
    assert_eq!(stub.requests(), 2);
}

#[tokio::test]
async fn each_registration_and_set_of_scopes_has_its_own() {
    let stub = Stub::start(|number, _| numbered(number)).await;
    let (one, tokens) = (access(&stub), tokens_at(start()));
    let another = ServiceAccess { registration_id: 2, ..one.clone() };
    let renamed = ServiceAccess { client_id: "c-2".into(), ..one.clone() };
    let deployed = ServiceAccess { deployment_id: Some("7".into()), ..one.clone() };
    let mut seen = Vec::new();
    for (access, scopes) in [
        (&one, "a b"),
        (&one, "b a b"),
        (&one, "a"),
        (&another, "a"),
        (&renamed, "a"),
        (&deployed, "a"),
        (&one, "a"),
    ] {
        seen.push(tokens.token(access, &Scopes::parse(scopes)).await.unwrap().expose().to_owned());
    }
    assert_eq!(seen, ["t-0", "t-0", "t-1", "t-2", "t-3", "t-4", "t-1"]);
}

#[tokio::test]
async fn concurrent_callers_share_one_request() {
    for (response, is_good) in [
        (numbered(0), true),
        (StubResponse::new("400 Bad Request", "", br#"{"error":"invalid_client"}"#), false),
    ] {
        let stub =
            Stub::start(move |_, _| response.clone().after(Duration::from_millis(150))).await;
        let (access, tokens) = (access(&stub), tokens_at(start()));
        let asking: Vec<_> = (0..20)
            .map(|_| {
                let (tokens, access) = (tokens.clone(), access.clone());
                tokio::spawn(async move { tokens.token(&access, &score()).await.is_ok() })
            })
            .collect();
        for task in asking {
            assert_eq!(task.await.unwrap(), is_good);
        }
        assert_eq!(stub.requests(), 1);
        // A failure is shared by concurrent callers and not cached.
        assert_eq!(tokens.token(&access, &score()).await.is_ok(), is_good);
        assert_eq!(stub.requests(), if is_good { 1 } else { 2 });
    }
}

#[tokio::test]
async fn cancelled_caller_does_not_cancel_the_request() {
    let stub = Stub::start(|number, _| numbered(number).after(Duration::from_millis(200))).await;
    let (access, tokens) = (access(&stub), tokens_at(start()));
    let (impatient, asking) = (tokens.clone(), access.clone());
    let task = tokio::spawn(async move { impatient.token(&asking, &score()).await });
    while stub.requests() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    task.abort();
    assert_eq!(tokens.token(&access, &score()).await.unwrap().expose(), "t-0");
    assert_eq!(stub.requests(), 1);
}

#[tokio::test]
async fn rejected_token_is_dropped_and_its_successor_stays() {
    let stub = Stub::start(|number, _| numbered(number)).await;
    let (access, tokens) = (access(&stub), tokens_at(start()));
    let old = tokens.token(&access, &score()).await.unwrap();
    tokens.forget(&access, &score(), &old);
    assert_eq!(tokens.token(&access, &score()).await.unwrap().expose(), "t-1");
    tokens.forget(&access, &score(), &old);
    assert_eq!(tokens.token(&access, &score()).await.unwrap().expose(), "t-1");
}

#[tokio::test]
async fn refusals_are_distinguished_and_explained() {
    for (response, expected, fix) in [
        (
            StubResponse::new(
                "400 Bad Request",
                "",
                br#"{"error":"invalid_request","error_description":"the 'aud' is invalid"}"#,
            ),
            "invalid_request: the 'aud' is invalid",
            "--token-audience",
        ),
        (
            StubResponse::new("400 Bad Request", "", br#"{"error":"invalid_scope"}"#),
            "invalid_scope",
            "Enable grades and members",
        ),
        (
            StubResponse::new(
                "400 Bad Request",
                "",
                b"{\r\n  \"error\" : \"\"kid\" invalid, unable to lookup correct key\"\r\n}",
            ),
            "\"kid\" invalid",
            "keyset",
        ),
        (
            StubResponse::new("400 Bad Request", "", br#"{"error":"Expired token"}"#),
            "Expired token",
            "clocks",
        ),
        (
            StubResponse::new("401 Unauthorized", "", br#"{"error":"invalid_client"}"#),
            "invalid_client",
            "client ID",
        ),
        (
            StubResponse::new("503 Busy", "retry-after: 5\r\n", b""),
            "no token can be obtained: the platform failed with HTTP status 503",
            "tried again",
        ),
        (StubResponse::ok(b"<html>"), "the response is not a JSON object", "--access-token-url"),
        (
            StubResponse::new("302 Found", "location: /login\r\n", b""),
            "redirects to /login",
            "--access-token-url",
        ),
    ] {
        let stub = Stub::start(move |_, _| response.clone()).await;
        let error = tokens_at(start()).token(&access(&stub), &score()).await.unwrap_err();
        assert!(
            error.to_string().contains(expected) && error.fix(&Slug::placeholder()).contains(fix),
            "{error} {}",
            error.fix(&Slug::placeholder())
        );
        if let TokenError::Temporary { after, .. } = error {
            assert_eq!(after, Some(Duration::from_secs(5)));
        }
    }
}

#[tokio::test]
async fn key_that_cannot_sign_causes_no_request() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let stub = Stub::start(|number, _| {
        ASKED.fetch_add(1, Ordering::SeqCst);
        numbered(number)
    })
    .await;
    let access = ServiceAccess { private_key: Secret::new(b"none".to_vec()), ..access(&stub) };
    assert_eq!(tokens_at(start()).token(&access, &score()).await, Err(TokenError::Key));
    assert_eq!(ASKED.load(Ordering::SeqCst), 0);
    assert!(!format!("{access:?}").contains("none"));
}
