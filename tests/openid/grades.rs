//! Grades of apps that sign people in by OpenID Connect, and what else their tokens open: nothing.

use ltictl::sandbox::{LaunchChoice, User};
use serde_json::{Value, json};

use super::*;

/// Sends a request to the interface for apps with a bearer token.
async fn api(provider: &Provider, path: &str, token: &str, body: Option<Value>) -> Answer {
    let head = match &body {
        Some(_) => "POST",
        None => "GET",
    };
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    let request = format!(
        "{head} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let answer = crate::lab::raw(&provider.lab, &request).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let code = body["error"]["code"].as_str().unwrap_or_default().to_owned();
    let mut browser = provider.lab.browser.another();
    let page = browser.get(&format!("{}/healthz", provider.lab.url)).await.unwrap();
    Answer { status, body: if code.is_empty() { body } else { json!({ "error": code }) }, page }
}

#[tokio::test]
async fn an_app_records_the_grade_of_its_own_session() {
    let mut provider = Provider::start().await;
    let scoped = ["scope=openid score"];
    // A person may have added the scope: the administrator has to consent.
    let (answer, _) = provider.signed_in(&LaunchChoice::of(User::Sam), &scoped).await;
    assert_eq!(answer.body["scope"], "openid");
    provider.change(|client| client.may_score = true);
    let (answer, _) = provider.signed_in(&LaunchChoice::of(User::Sam), &scoped).await;
    let token = answer.text("access_token");
    let score = json!({ "score": 8, "maximum": 10 });
    let recorded = api(&provider, "/api/score", &token, Some(score.clone())).await;
    assert_eq!(recorded.status, 200, "{}", recorded.body);
    assert_eq!(api(&provider, "/api/score", &token, None).await.status, 200);
    let account = recorded.body["account"].as_str().unwrap().to_owned();
    let (other, _) = provider.signed_in(&LaunchChoice::of(User::Tina), &scoped).await;
    let of_other = json!({ "score": 8, "account": account });
    for (path, token, body, expected) in [
        ("/api/score", &*token, Some(of_other.clone()), (200, "")),
        ("/api/score", &other.text("access_token"), Some(of_other), (404, "account_not_found")),
        ("/api/launch", &token, None, (401, "token_invalid")),
        ("/api/members", &token, None, (401, "token_invalid")),
        ("/api/score", &answer.text("id_token"), Some(score.clone()), (401, "token_invalid")),
        ("/api/launch", &answer.text("id_token"), None, (401, "token_invalid")),
        ("/api/score", &token[1..], Some(score.clone()), (401, "token_invalid")),
    ] {
        let answer = api(&provider, path, token, body).await;
        let members = path == "/api/members" && answer.outcome() == (403, "app_key_wrong");
        assert!(answer.outcome() == expected || members, "{path}: {:?}", answer.outcome());
    }
    let (without, _) = provider.signed_in(&LaunchChoice::of(User::Sam), &[]).await;
    let refused = api(&provider, "/api/score", &without.text("access_token"), Some(score)).await;
    assert_eq!(refused.outcome(), (403, "insufficient_scope"));
    provider.lab.stop().await;
}

#[tokio::test]
async fn a_client_with_the_right_records_all_grades_of_its_resource() {
    let mut provider = Provider::start().await;
    let itself = ["-redirect_uri", "grant_type=client_credentials"];
    let refused = provider.token(&itself).await;
    assert_eq!(refused.outcome(), (400, "unauthorized_client"));
    provider.change(|client| client.may_score = true);
    let wrong = [&itself[..], &["scope=openid"]].concat();
    assert_eq!(provider.token(&wrong).await.outcome(), (400, "invalid_scope"));
    let answer = provider.token(&itself).await;
    assert_eq!((answer.status, &answer.body["scope"]), (200, &json!("score")));
    assert!(answer.body.get("id_token").is_none());
    let token = answer.text("access_token");
    provider.launched(&LaunchChoice::of(User::Sam)).await;
    let account = provider.lab.store().read().accounts().unwrap().pop().unwrap();
    for (body, expected) in [
        (json!({ "score": 7 }), (422, "account_missing")),
        (json!({ "score": 7, "account": account.username.to_string() }), (200, "")),
        (json!({ "score": 7, "account": "nobody" }), (404, "account_not_found")),
    ] {
        let answer = api(&provider, "/api/score", &token, Some(body)).await;
        assert_eq!(answer.outcome(), expected);
    }
    assert_eq!(provider.userinfo(&token).await.status, 401, "it is about no one");
    update(
        &provider.lab,
        ResourceChange { handover: Some(Handover::Headers), ..ResourceChange::default() },
    );
    let body = json!({ "score": 7, "account": account.username.to_string() });
    let refused = api(&provider, "/api/score", &token, Some(body)).await;
    assert_eq!(refused.outcome(), (401, "access_token_invalid"), "no one signs in to it");
    assert_eq!(provider.token(&itself).await.outcome(), (400, "unauthorized_client"));
    provider.change(|client| client.may_score = false);
    let body = json!({ "score": 7, "account": account.username.to_string() });
    let refused = api(&provider, "/api/score", &token, Some(body)).await;
    assert_eq!(refused.outcome(), (401, "access_token_invalid"));
    provider.lab.stop().await;
}
