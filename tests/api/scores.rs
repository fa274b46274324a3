//! What a launch token and the app's key are accepted for, and for how long.

use jiff::SignedDuration;
use ltictl::admin::{app_key, setup};
use ltictl::domain::Clock;
use ltictl::rules::resource::ResourceChange;
use ltictl::sandbox::LaunchChoice;
use reqwest::Method;
use serde_json::json;

use super::{Answer, app_key, get, grades, later, post, score, send, token, update, with_app};
use crate::lab::{Lab, RESOURCE};

/// The answer of `POST /api/score`.
async fn scored(lab: &Lab, token: &str, key: Option<&str>) -> Answer {
    post(&lab.url, token, key, &json!({ "score": 9.5 }).to_string()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_token_from_the_browser_records_no_score() {
    let lab = with_app().await;
    let token = token(&lab, &LaunchChoice::student()).await;
    let key = app_key(&lab);
    for sent in [None, Some(""), Some("wrong"), Some(&*token), Some(&key[1..])] {
        let answer = scored(&lab, &token, sent).await;
        assert_eq!((answer.status, answer.code()), (403, "app_key_wrong"), "{sent:?}");
    }
    let authorization = format!("Bearer {token}");
    let twice = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("app-key", &key),
        ("app-key", &key),
    ];
    assert_eq!(
        send(&lab.url, Method::POST, "/api/score", &twice, "{\"score\": 9.5}".into()).await.code(),
        "app_key_wrong"
    );
    assert!(grades(&lab).is_empty());
    assert_eq!(scored(&lab, &token, Some(&key)).await.status, 200);
    assert_eq!(grades(&lab).len(), 1);
    assert_eq!(
        get(&lab, &token).await.status,
        200,
        "what the token says of its person is no secret to them"
    );
    // Databases from before the key was required may leave it optional. A wrong one is not ignored
    // even then.
    setup::set(&mut lab.store(), "app_key", "optional", false).unwrap();
    assert_eq!(scored(&lab, &token, Some("wrong")).await.code(), "app_key_wrong");
    assert_eq!(scored(&lab, &token, None).await.status, 200);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_launch_token_grants_nothing_without_the_apps_key() {
    let start = Clock::System.now();
    let lab = with_app().await;
    setup::set(&mut lab.store(), "session_lifetime", "1h", false).unwrap();
    setup::set(&mut lab.store(), "app_key", "optional", false).unwrap();
    let token = token(&lab, &LaunchChoice::student()).await;
    let key = app_key(&lab);
    let expires_at =
        jiff::Timestamp::from_second(super::claims(&token)["exp"].as_i64().unwrap()).unwrap();
    for (what, now, without_key, with_key) in [
        ("before it expires", expires_at - SignedDuration::from_secs(1), 200, 200),
        ("when it expires", expires_at, 401, 200),
        ("before the session ends", start + SignedDuration::from_secs(3500), 401, 200),
        ("after the session", start + SignedDuration::from_secs(3700), 401, 401),
    ] {
        let (authorization, token, key) = (format!("Bearer {token}"), &token, &key);
        later(&lab, now, async |url| {
            for (sent, expected) in [(None, without_key), (Some(key.as_str()), with_key)] {
                let mut headers = vec![("authorization", authorization.as_str())];
                headers.extend(sent.map(|key| ("app-key", key)));
                let launch = send(url, Method::GET, "/api/launch", &headers, String::new()).await;
                for answer in [launch, post(url, token, sent, "{\"score\": 3}").await] {
                    assert_eq!(
                        answer.status,
                        expected,
                        "{what}, key: {}: {}",
                        sent.is_some(),
                        answer.body
                    );
                    if expected == 401 {
                        let code = if now > start + SignedDuration::from_secs(3600) {
                            "session_ended"
                        } else {
                            "token_expired"
                        };
                        assert_eq!(answer.code(), code, "{what}");
                    }
                }
            }
        })
        .await;
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_score_above_the_maximum_needs_a_resource_that_allows_it() {
    let lab = with_app().await;
    let token = token(&lab, &LaunchChoice::student()).await;
    for body in
        [json!({ "score": 100 }), json!({ "score": 10.5 }), json!({ "score": 6, "maximum": 5 })]
    {
        let answer = score(&lab, &token, &body).await;
        assert_eq!((answer.status, answer.code()), (422, "invalid_value"), "{body}");
        assert_eq!(
            answer.body["error"]["hint"],
            format!("ltictl resource update {RESOURCE} --extra-credit on")
        );
    }
    assert!(grades(&lab).is_empty());
    update(&lab, &ResourceChange { extra_credit: Some(true.into()), ..ResourceChange::default() });
    assert_eq!(score(&lab, &token, &json!({ "score": 10.5 })).await.body["score"], 10.5);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_app_key_is_accepted_for_its_overlap_only() {
    let lab = with_app().await;
    let token = token(&lab, &LaunchChoice::student()).await;
    let now = Clock::System.now();
    let rotate = |overlap: i64| {
        app_key::rotate(&mut lab.store(), &RESOURCE.into(), SignedDuration::from_secs(overlap), now)
            .map(|_| app_key(&lab))
    };
    let first = app_key(&lab);
    let second = rotate(1800).unwrap();
    assert_ne!(first, second);
    for key in [&first, &second] {
        assert_eq!(scored(&lab, &token, Some(key)).await.status, 200);
    }
    let failure = rotate(1800).unwrap_err();
    assert_eq!(failure.kind, ltictl::failure::Kind::Conflict);
    assert!(
        failure.hint.ends_with(&format!("ltictl resource app-key {RESOURCE} --rotate --now")),
        "{}",
        failure.hint
    );
    for (seconds, expected) in [(1799, 200), (1800, 403)] {
        let (token, first) = (&token, &first);
        later(&lab, now + SignedDuration::from_secs(seconds), async |url| {
            assert_eq!(
                post(url, token, Some(first), "{\"score\": 3}").await.status,
                expected,
                "after {seconds} s"
            );
        })
        .await;
    }
    // A compromised key stops immediately, and so does the one before it.
    let third = rotate(0).unwrap();
    for (key, expected) in [(&first, 403), (&second, 403), (&third, 200)] {
        assert_eq!(scored(&lab, &token, Some(key)).await.status, expected);
    }
    lab.stop().await;
}
