//! Sign-out at the request of an app (OpenID Connect RP-Initiated Logout 1.0).

use ltictl::domain::RedirectUris;
use ltictl::sandbox::{LaunchChoice, User};

use super::*;

const AFTER: &str = "https://app.example.edu/bye";

async fn provider() -> Provider {
    Provider::with(|client| {
        client.post_logout_redirect_uris = RedirectUris::new("uri", &[AFTER]).unwrap();
    })
    .await
}

/// The address of a request.
fn logout(provider: &Provider, fields: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("{}/oidc/logout?{query}", provider.lab.url)
}

#[tokio::test]
async fn an_app_ends_its_own_session() {
    let provider = provider().await;
    for (fields, expected) in [
        (&[("post_logout_redirect_uri", AFTER), ("state", "a&b")][..], Some("?state=a%26b")),
        (&[("post_logout_redirect_uri", AFTER)], Some("")),
        (&[], None),
        (&[("state", "x")], None),
        (&[("post_logout_redirect_uri", "https://evil.example/")], None),
    ] {
        let (answer, mut browser) = provider.signed_in(&LaunchChoice::of(User::Sam), &[]).await;
        let (id_token, access) = (answer.text("id_token"), answer.text("access_token"));
        let all = [&[("id_token_hint", &*id_token)], fields].concat();
        let page = browser.get(&logout(&provider, &all)).await.unwrap();
        let location = expected.map(|rest| format!("{AFTER}{rest}"));
        assert_eq!(page.header("location"), location.as_deref(), "{fields:?}");
        if location.is_none() {
            assert_eq!((page.status, &*page.title()), (200, "You are signed out"));
        }
        assert_eq!(provider.userinfo(&access).await.status, 401);
        let silent = provider.authorize(&mut browser, &["prompt=none"]).await;
        assert_eq!(silent.outcome(), "login_required");
    }
    provider.lab.stop().await;
}

#[tokio::test]
async fn a_broken_request_redirects_nowhere() {
    let provider = provider().await;
    let (answer, mut browser) = provider.signed_in(&LaunchChoice::of(User::Sam), &[]).await;
    let id_token = answer.text("id_token");
    let changed = format!("{id_token}x");
    let (other, _) = add_client(&provider.lab, "Other", RESOURCE, |_| {});
    let other = other.client_id.to_string();
    let after = ("post_logout_redirect_uri", AFTER);
    for fields in [
        &[("id_token_hint", &*changed), after][..],
        &[("id_token_hint", "a.b.c"), after],
        &[("id_token_hint", &id_token), ("client_id", &other), after],
        &[("id_token_hint", &answer.text("access_token")), after],
    ] {
        let page = browser.get(&logout(&provider, fields)).await.unwrap();
        assert_eq!((page.status, page.header("location")), (400, None), "{fields:?}");
    }
    assert_eq!(provider.authorize(&mut browser, &["prompt=none"]).await.outcome(), "code");
    // An ID token of someone else ends nothing here, neither theirs nor ours.
    let (stranger, _) = provider.signed_in(&LaunchChoice::of(User::Tina), &[]).await;
    let hint = [("id_token_hint", &*stranger.text("id_token"))];
    browser.get(&logout(&provider, &hint)).await.unwrap();
    assert_eq!(provider.userinfo(&stranger.text("access_token")).await.status, 200);
    assert_eq!(provider.authorize(&mut browser, &["prompt=none"]).await.outcome(), "code");
    provider.lab.stop().await;
}

#[tokio::test]
async fn without_a_hint_the_person_is_asked() {
    let provider = provider().await;
    let (answer, mut browser) = provider.signed_in(&LaunchChoice::of(User::Sam), &[]).await;
    for fields in [&[][..], &[("state", "x")], &[("post_logout_redirect_uri", AFTER)]] {
        let page = browser.get(&logout(&provider, fields)).await.unwrap();
        assert_eq!((page.status, page.header("location")), (200, None), "{fields:?}");
        assert_eq!(provider.userinfo(&answer.text("access_token")).await.status, 200);
    }
    let page = browser.get(&logout(&provider, &[])).await.unwrap();
    // A page of another site cannot confirm.
    let form = page.form().unwrap();
    let mut foreign = provider.lab.browser.another().with_header("origin", "https://evil.example");
    for (name, value) in browser.cookies_for(&provider.lab.url) {
        let line = format!("{name}={value}; Path=/; Secure");
        foreign.set_cookie(&provider.lab.url, &line).unwrap();
    }
    foreign.post_form(&form.action, &form.fields).await.unwrap();
    assert_eq!(provider.userinfo(&answer.text("access_token")).await.status, 200);
    let confirmed = browser.submit_form(&page, &form).await.unwrap();
    assert_eq!(confirmed.title(), "You are signed out");
    assert_eq!(provider.userinfo(&answer.text("access_token")).await.status, 401);
    provider.lab.stop().await;
}
