//! The modules of the OpenID conformance suite (Basic OP, Config OP, Form Post) that apply.

use ltictl::sandbox::{LaunchChoice, User};
use serde_json::{Value, json};

use super::*;

fn learner() -> LaunchChoice {
    LaunchChoice::of(User::Sam)
}

#[tokio::test]
async fn a_person_signs_in_by_a_launch() {
    let provider = Provider::start().await;
    let mut browser = provider.launched(&learner()).await;
    let response = provider.authorize(&mut browser, &[]).await;
    assert_eq!(response.page.status, 302);
    assert_eq!(response.field("state").as_deref(), Some("st"));
    assert_eq!(response.field("iss").as_deref(), Some(&*provider.lab.url));
    let answer = provider.tokens(&response.field("code").unwrap()).await;
    assert_eq!(answer.page.header("cache-control"), Some("no-store"));
    assert_eq!(answer.page.header("content-type"), Some("application/json"));
    assert_eq!(answer.body["token_type"], "Bearer");
    assert_eq!(answer.body["expires_in"], 600);
    assert_eq!(answer.body["scope"], "openid profile email roles lti");
    assert!(answer.body.get("refresh_token").is_none());
    let claims = provider.id_token(&answer.text("id_token")).await;
    let now = Clock::System.now().as_second();
    assert_eq!(claims["iss"], provider.lab.url.as_str());
    assert_eq!(claims["aud"], provider.client.client_id.as_str());
    assert_eq!(claims["nonce"], "no");
    assert!((now - claims["iat"].as_i64().unwrap()).abs() < 60, "{claims}");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    assert!(claims["auth_time"].as_i64().unwrap() <= now);
    assert!(claims.get("launch_id").is_none() && claims.get("lti").is_none(), "{claims}");
    let info = provider.userinfo(&answer.text("access_token")).await;
    assert_eq!((info.status, &info.body["sub"]), (200, &claims["sub"]));
    assert_eq!(info.page.header("content-type"), Some("application/json"));
    provider.lab.stop().await;
}

#[tokio::test]
async fn claims_follow_the_scopes() {
    let provider = Provider::start().await;
    let mut browser = provider.launched(&learner()).await;
    let profile = ["name", "preferred_username", "role", "tool_role", "roles", "groups"];
    for (scope, expected, absent) in [
        ("openid", &[][..], &["name", "email", "role", "lti"][..]),
        ("openid profile", &profile, &["email", "lti"]),
        ("profile openid", &profile, &["email", "lti"]),
        ("openid email", &["email", "email_verified"], &["name", "role", "lti"]),
        ("openid roles", &["role", "tool_role", "roles", "groups"], &["name", "email"]),
        ("openid lti", &["lti"], &["name", "email", "role"]),
        ("openid address phone offline_access", &[], &["name", "address", "phone_number"]),
    ] {
        let code = provider.code(&mut browser, &[&format!("scope={scope}")]).await;
        let answer = provider.tokens(&code).await;
        let info = provider.userinfo(&answer.text("access_token")).await.body;
        for name in expected {
            assert!(info.get(name).is_some(), "{scope}: {name} in {info}");
        }
        for name in absent {
            assert!(info.get(name).is_none(), "{scope}: {name} in {info}");
        }
        let claims = provider.id_token(&answer.text("id_token")).await;
        assert_eq!(claims["sub"], info["sub"]);
        let in_id_token = |name: &&&str| **name != "lti" && claims.get(**name).is_none();
        assert_eq!(expected.iter().find(in_id_token), None, "{scope}: {claims}");
    }
    provider.lab.stop().await;
}

#[tokio::test]
async fn claims_describe_the_person_and_the_launch() {
    let provider = Provider::start().await;
    let (answer, _) = provider.signed_in(&LaunchChoice::of(User::Tina), &[]).await;
    let info = provider.userinfo(&answer.text("access_token")).await.body;
    let account = provider.lab.store().read().accounts().unwrap().pop().unwrap();
    assert_eq!(info["preferred_username"], account.username.to_string());
    assert_eq!((&info["role"], &info["tool_role"]), (&json!("staff"), &json!("teacher")));
    assert_eq!(info["email_verified"], false, "people can often type any address on a platform");
    let groups: Vec<&str> =
        info["groups"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(groups[..2], ["teacher", &*format!("{RESOURCE}:teacher")]);
    assert!(groups[2].starts_with("course:") && groups[2].ends_with(":staff"), "{groups:?}");
    assert_eq!(groups[2].strip_suffix(":staff"), Some(groups[3]));
    let launch = provider.lab.newest_launch().unwrap();
    assert_eq!(info["lti"]["launch_id"], launch.id.to_string());
    assert_eq!(info["lti"]["resource"]["slug"], RESOURCE);
    for name in ["context", "resource_link", "platform", "custom", "roles"] {
        assert!(info["lti"].get(name).is_some_and(|value| !value.is_null()), "{name}");
    }
    assert_ne!(info["sub"], account.uuid.to_string(), "the name of a person differs between apps");
    provider.lab.stop().await;
}

#[tokio::test]
async fn parameters_that_change_nothing() {
    let provider = Provider::start().await;
    let mut browser = provider.launched(&learner()).await;
    for changes in [
        &["-nonce"][..],
        &["-state"],
        &["display=page"],
        &["display=popup"],
        &["ui_locales=en"],
        &["claims_locales=en"],
        &["acr_values=1"],
        &["extra=foobar"],
        &["login_hint=someone@example.edu"],
        &["claims={\"userinfo\":{\"name\":{\"essential\":true}}}"],
        &["prompt=select_account"],
        &["prompt=consent"],
        &["prompt=create"],
        &["max_age=10000"],
        &["prompt=none"],
        &PKCE,
    ] {
        let response = provider.authorize(&mut browser, changes).await;
        assert_eq!(response.outcome(), "code", "{changes:?}");
    }
    let code = provider.code(&mut browser, &["-nonce"]).await;
    let id_token = provider.tokens(&code).await.text("id_token");
    assert!(provider.id_token(&id_token).await.get("nonce").is_none());
    provider.lab.stop().await;
}

#[tokio::test]
async fn requests_may_be_posted_and_so_may_responses() {
    let provider = Provider::start().await;
    let mut browser = provider.launched(&learner()).await;
    let request = provider.request(&[]);
    let (url, query) = request.split_once('?').unwrap();
    let fields: Vec<(String, String)> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let response = Response::of(browser.post_form(url, &fields).await.unwrap());
    assert_eq!(response.outcome(), "code");
    let page = browser.get(&provider.request(&["response_mode=form_post"])).await.unwrap();
    let form = page.form().unwrap();
    assert_eq!((page.status, &*form.action, &*form.method), (200, CALLBACK, "POST"));
    assert_eq!(form.field("state"), Some("st"));
    assert_eq!(form.field("iss"), Some(&*provider.lab.url));
    provider.tokens(form.field("code").unwrap()).await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action https://app.example.edu "), "{policy}");
    provider.lab.stop().await;
}

#[tokio::test]
async fn userinfo_takes_the_token_in_header_or_form() {
    let provider = Provider::start().await;
    let (answer, _) = provider.signed_in(&learner(), &[]).await;
    let token = answer.text("access_token");
    let url = format!("{}/oidc/userinfo", provider.lab.url);
    let bearer = format!("Bearer {token}");
    let form = [("access_token".to_owned(), token.clone())];
    let with_header = || provider.lab.browser.another().with_header("authorization", &bearer);
    let first = Answer::of(with_header().get(&url).await.unwrap()).body;
    let by_post = Answer::of(with_header().post_form(&url, &[]).await.unwrap()).body;
    let in_form = provider.lab.browser.another().post_form(&url, &form).await.unwrap();
    assert_eq!((&by_post, &Answer::of(in_form).body), (&first, &first));
    let in_query = format!("{url}?access_token={token}");
    for page in [
        provider.lab.browser.another().get(&in_query).await.unwrap(),
        provider.lab.browser.another().get(&url).await.unwrap(),
        with_header().with_header("authorization", "Bearer x.y").get(&url).await.unwrap(),
        with_header()
            .with_header("authorization", &format!("Basic {token}"))
            .get(&url)
            .await
            .unwrap(),
    ] {
        assert_eq!(page.status, 401, "{}", page.body);
        assert!(page.header("www-authenticate").unwrap().starts_with("Bearer"));
    }
    provider.lab.stop().await;
}

#[tokio::test]
async fn discovery_is_complete() {
    let provider = Provider::start().await;
    let mut app = provider.lab.browser.another();
    let url = format!("{}/.well-known/openid-configuration", provider.lab.url);
    let page = app.get(&url).await.unwrap();
    assert_eq!((page.status, page.header("content-type")), (200, Some("application/json")));
    assert_eq!(page.header("access-control-allow-origin"), Some("*"));
    let document: Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!(document["issuer"], provider.lab.url.as_str());
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "end_session_endpoint",
    ] {
        let endpoint = document[name].as_str().unwrap();
        let page = app.get(endpoint).await.unwrap();
        assert_ne!(page.status, 404, "{name}");
    }
    for (name, value) in [
        ("response_types_supported", json!(["code"])),
        ("id_token_signing_alg_values_supported", json!(["RS256"])),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("request_uri_parameter_supported", json!(false)),
        ("authorization_response_iss_parameter_supported", json!(true)),
        ("subject_types_supported", json!(["public", "pairwise"])),
    ] {
        assert_eq!(document[name], value, "{name}");
    }
    let has = |name: &str, value: &str| document[name].as_array().unwrap().contains(&json!(value));
    assert!(has("grant_types_supported", "authorization_code"));
    assert!(has("scopes_supported", "openid") && has("claims_supported", "sub"));
    let keyset = app.get(document["jwks_uri"].as_str().unwrap()).await.unwrap();
    let keyset: Value = serde_json::from_str(&keyset.body).unwrap();
    let keys = keyset["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    for key in keys {
        let names: Vec<&String> = key.as_object().unwrap().keys().collect();
        assert_eq!(names, ["kty", "use", "alg", "kid", "n", "e"]);
    }
    // The keys for platforms are others: nothing signed for one is valid for the other.
    let platforms = app.get(&format!("{}/lti/jwks", provider.lab.url)).await.unwrap();
    assert!(!platforms.body.contains(keys[0]["kid"].as_str().unwrap()));
    provider.lab.stop().await;
}

#[tokio::test]
async fn a_base_path_is_part_of_the_issuer() {
    let provider = Provider::start().await;
    let url = format!("{}/lti-tool", provider.lab.url);
    ltictl::admin::setup::set(&mut provider.lab.store(), "url", &url, false).unwrap();
    let mut app = provider.lab.browser.another();
    let page = app.get(&format!("{url}/.well-known/openid-configuration")).await.unwrap();
    let document: Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!(document["issuer"], url);
    assert_eq!(document["jwks_uri"], format!("{url}/oidc/jwks"));
    assert_eq!(app.get(document["jwks_uri"].as_str().unwrap()).await.unwrap().status, 200);
    provider.lab.stop().await;
}
