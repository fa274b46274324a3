//! Who is signed in, and when a launch is asked for.

use jiff::SignedDuration;
use ltictl::admin::account::set_enabled;
use ltictl::domain::{ClientAuthMethod, ClientEmail, ClientSubject, Guests};
use ltictl::sandbox::{LaunchChoice, User};

use super::*;

fn student() -> LaunchChoice {
    LaunchChoice::of(User::Sam)
}

fn teacher() -> LaunchChoice {
    LaunchChoice::of(User::Tina)
}

/// The page that asks for a launch.
const ASKS: &str = "200 Open Algebra quiz from your course";

#[tokio::test]
async fn redirect_uris_are_compared_byte_by_byte() {
    let with_query = "https://app.example.edu/with?a=b";
    let provider = Provider::with(|client| {
        client.redirect_uris = RedirectUris::new("uri", &[CALLBACK, with_query]).unwrap();
    })
    .await;
    let mut browser = provider.launched(&student()).await;
    for uri in [
        "https://app.example.edu/callback/",
        "https://app.example.edu/Callback",
        "https://app.example.edu/callback?x",
        "https://app.example.edu:444/callback",
        "http://app.example.edu/callback",
        "https://me@app.example.edu/callback",
        "https://app.example.edu/callback#x",
        "https://evil.example/callback",
        "//evil.example",
        "javascript:alert(1)",
    ] {
        let response = provider.authorize(&mut browser, &[&format!("redirect_uri={uri}")]).await;
        assert_eq!(response.outcome(), "400 This app is not set up correctly", "{uri}");
    }
    let response = provider.authorize(&mut browser, &["-redirect_uri"]).await;
    assert_eq!(response.outcome(), "400 This app is not set up correctly");
    for id in ["app_unknown", ""] {
        let response = provider.authorize(&mut browser, &[&format!("client_id={id}")]).await;
        assert_eq!(response.outcome(), "400 This app is not set up here");
    }
    let response = provider.authorize(&mut browser, &[&format!("redirect_uri={with_query}")]).await;
    let location = response.page.header("location").unwrap();
    assert!(location.starts_with("https://app.example.edu/with?a=b&code="), "{location}");
    provider.lab.stop().await;
}

#[tokio::test]
async fn a_long_state_comes_back_unchanged() {
    let provider = Provider::start().await;
    let mut browser = provider.launched(&student()).await;
    let state = "a&b=\0é+%41 ".repeat(180);
    let response = provider.authorize(&mut browser, &[&format!("state={state}")]).await;
    assert_eq!(response.field("state"), Some(state));
    provider.lab.stop().await;
}

#[tokio::test]
async fn without_a_launch_the_person_is_asked_to_open_the_activity() {
    let mut provider = Provider::start().await;
    let mut browser = provider.lab.browser.another();
    let response = provider.authorize(&mut browser, &[]).await;
    assert_eq!(response.outcome(), ASKS);
    assert!(response.page.body.contains("Wiki"), "{}", response.page.body);
    let response = provider.authorize(&mut browser, &["prompt=none"]).await;
    assert_eq!(response.outcome(), "login_required");
    assert_eq!(response.field("state").as_deref(), Some("st"));
    provider.change(|client| client.enabled = false);
    let response = provider.authorize(&mut browser, &[]).await;
    assert_eq!(response.outcome(), "400 This app is not set up here");
    provider.lab.stop().await;
}

#[tokio::test]
async fn a_request_waits_for_one_launch() {
    let provider = Provider::start().await;
    let mut browser = provider.lab.browser.another();
    assert_eq!(provider.authorize(&mut browser, &["state=waits"]).await.outcome(), ASKS);
    let location = provider.launch(&mut browser, &student()).await;
    assert!(location.starts_with(CALLBACK) && location.contains("state=waits"), "{location}");
    let code = location.split_once("code=").unwrap().1.split('&').next().unwrap().to_owned();
    provider.tokens(&code).await;
    // It has been answered: the next launch opens the app's page.
    assert_eq!(provider.launch(&mut browser, &student()).await, TARGET);
    // A launch in another browser, or of another app, does not answer it.
    let mut elsewhere = provider.lab.browser.another();
    assert_eq!(
        provider.authorize(&mut elsewhere, &[]).await.outcome(),
        "200 Open Algebra quiz from your course"
    );
    assert_eq!(provider.launch(&mut provider.lab.browser.another(), &student()).await, TARGET);
    // What waits is checked again: the app may have been changed meanwhile.
    let mut provider = provider;
    provider.change(|client| {
        let other = ["https://app.example.edu/other"];
        client.redirect_uris = RedirectUris::new("uri", &other).unwrap();
    });
    assert_eq!(provider.launch(&mut elsewhere, &student()).await, TARGET);
    provider.lab.stop().await;
}

#[tokio::test]
async fn a_new_launch_is_wanted_by_prompt_and_age() {
    let provider = Provider::start().await;
    let mut browser = provider.launched(&student()).await;
    // A launch that has signed no one in yet is new.
    let first = provider.code(&mut browser, &["prompt=login"]).await;
    let first = provider.id_token(&provider.tokens(&first).await.text("id_token")).await;
    assert_eq!(provider.authorize(&mut browser, &["prompt=login"]).await.outcome(), ASKS);
    assert_eq!(
        provider.authorize(&mut browser, &["max_age=-1"]).await.outcome(),
        "invalid_request"
    );
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(provider.authorize(&mut browser, &["max_age=10000"]).await.outcome(), "code");
    let silent = provider.authorize(&mut browser, &["max_age=0", "prompt=none"]).await;
    assert_eq!(silent.outcome(), "login_required");
    assert_eq!(provider.authorize(&mut browser, &["max_age=0"]).await.outcome(), ASKS);
    let location = provider.launch(&mut browser, &student()).await;
    let code = location.split_once("code=").expect(&location).1.split('&').next().unwrap();
    let second = provider.id_token(&provider.tokens(code).await.text("id_token")).await;
    assert_eq!(first["sub"], second["sub"]);
    assert!(first["auth_time"].as_i64() < second["auth_time"].as_i64());
    provider.lab.stop().await;
}

#[tokio::test]
async fn an_old_launch_does_not_answer_a_request_that_waits_for_a_new_one() {
    let provider = Provider::start().await;
    let mut browser = provider.launched(&student()).await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(provider.authorize(&mut browser, &["max_age=0"]).await.outcome(), ASKS);
    let resource = provider.client.resource_id;
    let url = format!("{}/oidc/continue?resource={resource}", provider.lab.url);
    let page = browser.get(&url).await.unwrap();
    assert_eq!(page.header("location"), Some(TARGET));
    // It still waits.
    let location = provider.launch(&mut browser, &student()).await;
    assert!(location.starts_with(CALLBACK), "{location}");
    provider.lab.stop().await;
}

#[tokio::test]
async fn pages_of_the_tools_own_host_get_no_codes() {
    let provider = Provider::start().await;
    let mut browser = provider.launched(&student()).await;
    let cookies = browser.cookies_for(&provider.lab.url);
    for (site, mode, expected) in [
        ("cross-site", "navigate", "code"),
        ("same-site", "navigate", "code"),
        ("none", "navigate", "code"),
        ("same-origin", "navigate", ASKS),
        ("same-origin", "cors", ASKS),
        ("cross-site", "no-cors", ASKS),
    ] {
        let mut from = provider.lab.browser.another();
        for (name, value) in &cookies {
            let line = format!("{name}={value}; Path=/; Secure");
            from.set_cookie(&provider.lab.url, &line).unwrap();
        }
        let mut from = from.with_header("sec-fetch-site", site).with_header("sec-fetch-mode", mode);
        let response = provider.authorize(&mut from, &[]).await;
        assert_eq!(response.outcome(), expected, "{site} {mode}");
        if mode != "navigate" {
            assert_eq!(response.page.header("set-cookie"), None, "nothing waits for a picture");
        }
    }
    let page = browser.get(&provider.request(&["response_mode=form_post"])).await.unwrap();
    let policies = page.headers.get_all("content-security-policy").iter();
    let is_apart = policies.into_iter().any(|policy| policy == "sandbox allow-forms allow-scripts");
    assert!(is_apart, "no page of this host can read the code in it");
    provider.lab.stop().await;
}

#[tokio::test]
async fn a_program_on_the_device_is_confirmed_by_the_person() {
    let provider = Provider::with(|client| {
        client.auth_method = ClientAuthMethod::None;
        client.redirect_uris = RedirectUris::new("uri", &["http://127.0.0.1/cb"]).unwrap();
    })
    .await;
    let mut browser = provider.launched(&student()).await;
    let uri = ["redirect_uri=http://127.0.0.1:4711/cb", PKCE[0], PKCE[1]];
    let silent = provider.authorize(&mut browser, &[&uri[..], &["prompt=none"]].concat()).await;
    assert_eq!(silent.outcome(), "interaction_required");
    let asked = provider.authorize(&mut browser, &uri).await.page;
    assert_eq!((asked.status, &*asked.title()), (200, "Sign in to Wiki?"));
    let form = asked.form().unwrap();
    let mut foreign = provider.lab.browser.another().with_header("origin", "https://evil.example");
    assert_eq!(foreign.post_form(&form.action, &form.fields).await.unwrap().status, 403);
    let confirmed = Response::of(browser.submit(&asked).await.unwrap());
    assert_eq!(confirmed.outcome(), "code");
    let location = confirmed.page.header("location").unwrap();
    assert!(location.starts_with("http://127.0.0.1:4711/cb?"), "{location}");
    // A request that has waited for the launch is confirmed, too.
    let mut browser = provider.lab.browser.another();
    assert_eq!(provider.authorize(&mut browser, &uri).await.outcome(), ASKS);
    let continued = provider.launch_until_continued(&mut browser, &student()).await;
    let asked = browser.get(&continued).await.unwrap();
    assert_eq!((asked.status, &*asked.title()), (200, "Sign in to Wiki?"));
    let confirmed = Response::of(browser.submit(&asked).await.unwrap());
    assert_eq!(confirmed.outcome(), "code");
    provider.lab.stop().await;
}

#[tokio::test]
async fn the_newest_launch_counts_and_hints_only_choose() {
    let provider = Provider::start().await;
    let subject = async |tokens: Answer| {
        let info = provider.userinfo(&tokens.text("access_token")).await;
        info.body["preferred_username"].as_str().unwrap().to_owned()
    };
    let (first, mut browser) = provider.signed_in(&student(), &[]).await;
    let hint_of_first = format!("id_token_hint={}", first.text("id_token"));
    let hinted = provider.authorize(&mut browser, &[&hint_of_first, "prompt=none"]).await;
    assert_eq!(hinted.outcome(), "code");
    let student_name = subject(first).await;
    assert_eq!(provider.launch(&mut browser, &teacher()).await, TARGET);
    let code = provider.code(&mut browser, &[]).await;
    let second = provider.tokens(&code).await;
    assert_ne!(subject(second).await, student_name);
    // The first person has left this browser.
    let hinted = provider.authorize(&mut browser, &[&hint_of_first, "prompt=none"]).await;
    assert_eq!(hinted.outcome(), "login_required");
    for hint in ["x", "a.b.c"] {
        let hint = format!("id_token_hint={hint}");
        let hinted = provider.authorize(&mut browser, &[&hint, "prompt=none"]).await;
        assert_eq!(hinted.outcome(), "login_required", "{hint}");
    }
    // The handle of a session signs no one in.
    let launch = provider.lab.newest_launch().unwrap();
    let session = provider.lab.store().read().session_of_launch(&launch.id, Clock::System.now());
    let hint = format!("login_hint={}", session.unwrap().unwrap().handle);
    let mut stranger = provider.lab.browser.another();
    assert_eq!(provider.authorize(&mut stranger, &[&hint]).await.outcome(), ASKS);
    assert_eq!(provider.authorize(&mut browser, &[&hint]).await.outcome(), "code");
    provider.lab.stop().await;
}

#[tokio::test]
async fn a_launch_signs_in_to_its_own_app_only() {
    let provider = Provider::start().await;
    let (resource, _) = publish::publish(
        &mut provider.lab.store(),
        &Name::new("Other").unwrap(),
        None,
        &ResourceChange {
            target: Some(
                resource::parse_target("https://other.example.edu/", true).unwrap().into(),
            ),
            handover: Some(Handover::Openid),
            ..ResourceChange::default()
        },
        false,
        Clock::System.now(),
        &Random::System,
    )
    .unwrap();
    let (other, _) = add_client(&provider.lab, "Other", resource.slug.as_str(), |_| {});
    let mut browser = provider.launched(&student()).await;
    let as_other = format!("client_id={}", other.client_id);
    let response = provider.authorize(&mut browser, &[&as_other]).await;
    assert_eq!(response.outcome(), "200 Open Other from your course");
    let response = provider.authorize(&mut browser, &[&as_other, "prompt=none"]).await;
    assert_eq!(response.outcome(), "login_required");
    // A cookie of one resource under the name of the other, and a changed one.
    let cookies = browser.cookies_for(&provider.lab.url);
    let (name, value) =
        cookies.iter().find(|(name, _)| name.starts_with("__Host-lti_app_")).unwrap();
    let line = |name: &str, value: &str| format!("{name}={value}; Path=/; Secure");
    let other_name = format!("__Host-lti_app_{}", resource.id);
    let mut forged = provider.lab.browser.another();
    forged.set_cookie(&provider.lab.url, &line(&other_name, value)).unwrap();
    let response = provider.authorize(&mut forged, &[&as_other]).await;
    assert_eq!(response.outcome(), "200 Open Other from your course");
    let changed = value.replace(&value[..1], if value.starts_with('0') { "1" } else { "0" });
    let mut forged = provider.lab.browser.another();
    forged.set_cookie(&provider.lab.url, &line(name, &changed)).unwrap();
    assert_eq!(provider.authorize(&mut forged, &[]).await.outcome(), ASKS);
    provider.lab.stop().await;
}

#[tokio::test]
async fn what_is_disabled_signs_no_one_in() {
    let provider = Provider::start().await;
    let mut browser = provider.launched(&student()).await;
    let account = provider.lab.store().read().accounts().unwrap().pop().unwrap();
    let now = Clock::System.now();
    set_enabled(&mut provider.lab.store(), &account.username.as_str().into(), false, now).unwrap();
    assert_eq!(provider.authorize(&mut browser, &[]).await.outcome(), ASKS);
    set_enabled(&mut provider.lab.store(), &account.username.as_str().into(), true, now).unwrap();
    assert_eq!(provider.authorize(&mut browser, &[]).await.outcome(), ASKS, "it has ended");
    let mut browser = provider.launched(&student()).await;
    assert_eq!(provider.authorize(&mut browser, &[]).await.outcome(), "code");
    let role = |text: &str| ResourceChange {
        allow_role: Some(text.parse().unwrap()),
        ..ResourceChange::default()
    };
    update(&provider.lab, role("staff"));
    assert_eq!(provider.authorize(&mut browser, &[]).await.outcome(), "access_denied");
    let refused = provider.enter(&mut provider.lab.browser.another(), &student()).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    update(&provider.lab, role("staff,learner"));
    update(&provider.lab, ResourceChange { published: Some(false), ..ResourceChange::default() });
    assert_eq!(provider.authorize(&mut browser, &[]).await.outcome(), ASKS);
    provider.lab.stop().await;
}

#[tokio::test]
async fn guests_are_refused_unless_the_resource_admits_them() {
    let provider = Provider::start().await;
    provider.lab.set_policy(ltictl::rules::registration::PolicyChange {
        allow_anonymous: Some(true),
        ..Default::default()
    });
    let anonymous = LaunchChoice { patch: Some(serde_json::json!({ "sub": null })), ..student() };
    let refused = provider.enter(&mut provider.lab.browser.another(), &anonymous).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    update(
        &provider.lab,
        ResourceChange { guests: Some(Guests::Allow), ..ResourceChange::default() },
    );
    let (answer, _) = provider.signed_in(&anonymous, &[]).await;
    let info = provider.userinfo(&answer.text("access_token")).await.body;
    assert!(info["sub"].as_str().unwrap().starts_with("guest-"), "{info}");
    for name in ["name", "email", "preferred_username", "given_name"] {
        assert!(info.get(name).is_none(), "{name}: {info}");
    }
    provider.lab.stop().await;
}

#[tokio::test]
async fn clients_choose_what_names_a_person() {
    let mut provider = Provider::start().await;
    let mut browser = provider.launched(&student()).await;
    let account = provider.lab.store().read().accounts().unwrap().pop().unwrap();
    let mut subjects = Vec::new();
    for (subject, email) in [
        (ClientSubject::Pairwise, ClientEmail::None),
        (ClientSubject::Account, ClientEmail::MadeUp),
    ] {
        provider.change(|client| {
            client.subject = subject;
            client.email = email;
        });
        let code = provider.code(&mut browser, &[]).await;
        let answer = provider.tokens(&code).await;
        let info = provider.userinfo(&answer.text("access_token")).await.body;
        subjects.push(info["sub"].clone());
        match email {
            ClientEmail::MadeUp => {
                assert_eq!(info["email"], format!("{}@127.0.0.1", account.username));
                assert_eq!(info["email_verified"], true);
            }
            _ => assert!(info.get("email").is_none() && info.get("email_verified").is_none()),
        }
    }
    assert_eq!(subjects[1], account.uuid.to_string());
    assert_ne!(subjects[0], subjects[1]);
    let (other, _) = add_client(&provider.lab, "Second", RESOURCE, |_| {});
    provider.client = other;
    provider.secret = add_secret(&mut provider);
    let code = provider.code(&mut browser, &[]).await;
    let answer = provider.tokens(&code).await;
    let info = provider.userinfo(&answer.text("access_token")).await.body;
    assert_ne!(info["sub"], subjects[0], "two apps, one person");
    provider.lab.stop().await;
}

/// Gives a client another secret.
fn add_secret(provider: &mut Provider) -> String {
    let secret = ClientSecret::generate(&Random::System);
    provider.change(|client| client.secrets.digest = Some(secret.digest()));
    secret.expose().to_owned()
}

#[tokio::test]
async fn an_app_with_a_login_url_begins_there() {
    let provider = Provider::with(|client| {
        let url = "https://app.example.edu/login?x=y";
        client.login_url = Some(ltictl::domain::EndpointUrl::new("login URL", url, false).unwrap());
    })
    .await;
    let mut browser = provider.lab.browser.another();
    let location = provider.launch(&mut browser, &student()).await;
    let url = url::Url::parse(&location).unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    assert!(location.starts_with("https://app.example.edu/login?x=y&"), "{location}");
    let field = |name: &str| pairs.iter().find(|(found, _)| found == name).unwrap().1.clone();
    assert_eq!((field("iss"), field("target_link_uri")), (provider.lab.url.clone(), TARGET.into()));
    let hint = format!("login_hint={}", field("login_hint"));
    assert_eq!(provider.authorize(&mut browser, &[&hint]).await.outcome(), "code");
    provider.lab.stop().await;
}

#[tokio::test]
async fn a_ticket_opens_one_session_in_one_browser() {
    let provider = Provider::start().await;
    let mut browser = provider.lab.browser.another();
    let launched = provider.lab.sandbox.launch(&mut browser, &student()).await.unwrap();
    let page = browser.get(launched.header("location").unwrap()).await.unwrap();
    let form = page.form().unwrap();
    // A page of another site, and none.
    let stranger = provider.lab.browser.another();
    for origin in ["https://evil.example", "null"] {
        let mut stranger = stranger.another().with_header("origin", origin);
        let answer = stranger.post_form(&form.action, &form.fields).await.unwrap();
        assert_eq!((answer.status, answer.header("set-cookie")), (403, None), "{origin}");
    }
    assert_eq!(browser.submit_form(&page, &form).await.unwrap().status, 200);
    let again = browser.submit_form(&page, &form).await.unwrap();
    assert_eq!((again.status, again.header("set-cookie")), (403, None));
    // The address at which it continues opens nothing without the cookie.
    let resource = provider.client.resource_id;
    let url = format!("{}/oidc/continue?resource={resource}", provider.lab.url);
    let answer = provider.lab.browser.another().get(&url).await.unwrap();
    assert_eq!((answer.status, answer.header("location")), (401, None));
    provider.lab.stop().await;
}

#[tokio::test]
async fn public_clients_need_pkce_and_may_be_asked_from_their_pages() {
    let provider = Provider::with(|client| {
        client.auth_method = ClientAuthMethod::None;
        client.secrets = ClientSecrets::default();
        client.may_score = true;
    })
    .await;
    let mut browser = provider.launched(&student()).await;
    assert_eq!(provider.authorize(&mut browser, &[]).await.outcome(), "invalid_request");
    let scoped = [&PKCE[..], &["scope=openid score"]].concat();
    let code = provider.code(&mut browser, &scoped).await;
    let id = format!("client_id={}", provider.client.client_id);
    let code = format!("code={code}");
    let with_secret = [&*id, &code, "client_secret=x"];
    assert_eq!(provider.token_as(None, &with_secret).await.outcome(), (401, "invalid_client"));
    let answer = provider.token_as(None, &[&id, &code, &format!("code_verifier={VERIFIER}")]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["scope"], "openid", "a person could grade themselves with its token");
    let itself = [&*id, "grant_type=client_credentials"];
    assert_eq!(provider.token_as(None, &itself).await.outcome(), (400, "unauthorized_client"));
    let url = format!("{}/oidc/userinfo", provider.lab.url);
    let bearer = format!("Bearer {}", answer.text("access_token"));
    for (origin, allowed) in [("https://app.example.edu", true), ("https://evil.example", false)] {
        let mut page = provider
            .lab
            .browser
            .another()
            .with_header("origin", origin)
            .with_header("authorization", &bearer);
        let answer = page.get(&url).await.unwrap();
        assert_eq!(answer.status, 200);
        let expected = allowed.then_some(origin);
        assert_eq!(answer.header("access-control-allow-origin"), expected);
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert_eq!(answer.header("vary"), Some("Origin"));
        let head = format!(
            "OPTIONS /oidc/token HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {origin}\r\n\
             Access-Control-Request-Method: POST\r\n\
             Access-Control-Request-Headers: authorization\r\nConnection: close\r\n\r\n"
        );
        let preflight = crate::lab::raw(&provider.lab, &head).await;
        assert!(preflight.starts_with("HTTP/1.1 204"), "{preflight}");
        let header = format!("access-control-allow-origin: {origin}");
        assert_eq!(preflight.to_ascii_lowercase().contains(&header), allowed, "{preflight}");
    }
    provider.lab.stop().await;
}

#[tokio::test]
async fn sessions_that_have_expired_sign_no_one_in() {
    let provider = Provider::start().await;
    let mut browser = provider.launched(&student()).await;
    let launch = provider.lab.newest_launch().unwrap();
    let mut store = provider.lab.store();
    let session = store.read().session_of_launch(&launch.id, Clock::System.now()).unwrap().unwrap();
    let remaining = session.expires_at.duration_since(Clock::System.now());
    assert!(remaining > SignedDuration::from_mins(1));
    store.write(|write| write.delete_session(session.handle)).unwrap();
    assert_eq!(provider.authorize(&mut browser, &[]).await.outcome(), ASKS);
    provider.lab.stop().await;
}
