//! What an app behind a resource asks from its own server, through the real server over real HTTP:
//! `/api/launch` and `/api/score`.

pub(crate) mod apps;
mod openapi;
mod people;
mod presentation;
mod purposes;
mod scores;
mod verifiers;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use ltictl::admin::{keys, publish, register};
use ltictl::domain::{Account, Clock, Grade, KeyPurpose, Random, Slug, Target, Username};
use ltictl::lti::client_assertion::ClientAssertion;
use ltictl::lti::jws;
use ltictl::lti::private_key::PrivateKey;
use ltictl::rules::registration::PolicyChange;
use ltictl::rules::resource::{self, ResourceChange};
use ltictl::rules::setting::{Clearable, ListOf};
use ltictl::sandbox::{LaunchChoice, Misbehaviour};
use ltictl::server::{Options, Server};
use reqwest::Method;
use serde_json::{Value, json};

use crate::lab::{Lab, REGISTRATION, RESOURCE};

const APP: &str = "http://localhost:9";

fn update(lab: &Lab, change: &ResourceChange) {
    publish::update(&mut lab.store(), &RESOURCE.into(), change, Clock::System.now()).unwrap();
}

fn target(lab: &Lab, url: &str) {
    update(
        lab,
        &ResourceChange {
            target: Some(resource::parse_target(url, false).unwrap().into()),
            ..ResourceChange::default()
        },
    );
}

/// A lab with an app behind its resource.
async fn with_app() -> Lab {
    let lab = Lab::start().await;
    target(&lab, &format!("{APP}/start"));
    lab
}

/// The token that the app gets of a launch.
async fn token(lab: &Lab, choice: &LaunchChoice) -> String {
    let mut browser = lab.browser.another();
    let launched = lab.sandbox.launch(&mut browser, choice).await.unwrap();
    // Teachers are led to the navigation, whose frame shows the same page.
    let session = launched
        .header("location")
        .unwrap_or_else(|| panic!("{}", launched.body))
        .trim_end_matches("~/")
        .to_owned();
    let page = browser.get(&session).await.unwrap();
    page.form().unwrap().field("launch_token").unwrap().to_owned()
}

fn claims(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap())
        .unwrap()
}

struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Answer {
    /// The error's code, which comes with words and a hint.
    fn code(&self) -> &str {
        let error = &self.body["error"];
        assert!(
            error["message"].as_str().is_some_and(|text| !text.is_empty())
                && error["hint"].is_string(),
            "{}",
            self.body
        );
        assert_eq!(self.body.as_object().unwrap().len(), 1);
        error["code"].as_str().unwrap()
    }
}

async fn send(
    url: &str,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: String,
) -> Answer {
    let mut request = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .request(method.clone(), format!("{url}{path}"))
        .body(body.clone());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    assert_eq!(headers["content-type"], "application/json", "{path}: {status}");
    assert_eq!(
        (&headers["cache-control"], &headers["x-content-type-options"]),
        (&"no-store".parse().unwrap(), &"nosniff".parse().unwrap())
    );
    assert!(
        !headers.keys().any(|name| name.as_str().starts_with("access-control-")),
        "no page may ask"
    );
    assert_eq!(headers.contains_key("www-authenticate"), status == 401);
    let answer = Answer { status, headers, body: answer.json().await.unwrap() };
    openapi::check(&method, path, &body, status, &answer.body);
    answer
}

async fn get(lab: &Lab, token: &str) -> Answer {
    send(
        &lab.url,
        Method::GET,
        "/api/launch",
        &[("authorization", &format!("Bearer {token}"))],
        String::new(),
    )
    .await
}

/// What the app's server sends: the token and the app's key.
async fn score(lab: &Lab, token: &str, body: &Value) -> Answer {
    post(&lab.url, token, Some(&app_key(lab)), &body.to_string()).await
}

async fn post(url: &str, token: &str, key: Option<&str>, body: &str) -> Answer {
    let authorization = format!("Bearer {token}");
    let mut headers = vec![
        ("authorization", authorization.as_str()),
        ("content-type", "application/json; charset=utf-8"),
    ];
    headers.extend(key.map(|key| ("app-key", key)));
    send(url, Method::POST, "/api/score", &headers, body.to_owned()).await
}

/// The current key of the app behind the lab's resource.
fn app_key(lab: &Lab) -> String {
    let store = lab.store();
    let resource = store.read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap();
    ltictl::rules::app_key::current(store.read(), &resource).unwrap()
}

/// What the same database answers later.
async fn later(lab: &Lab, now: jiff::Timestamp, ask: impl AsyncFnOnce(&str)) {
    let mut options = Options::new(lab.database.clone(), ([127, 0, 0, 1], 0).into());
    options.clock = Clock::Fixed(now);
    let server = Server::start(options).await.unwrap();
    ask(&format!("http://{}", server.local_addr())).await;
    server.shutdown().await;
}

fn grades(lab: &Lab) -> Vec<(String, Grade)> {
    let store = lab.store();
    let resource = store.read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap();
    store
        .read()
        .grades(resource.id)
        .unwrap()
        .into_iter()
        .map(|(account, grade)| (account.display_name().into_owned(), grade))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_returns_its_claims() {
    let lab = with_app().await;
    let token = token(&lab, &LaunchChoice::student()).await;
    let answer = get(&lab, &token).await;
    assert_eq!((answer.status, &answer.body), (200, &claims(&token)));
    let returned = &answer.body;
    let account = account_of(&lab, returned);
    assert_eq!(
        returned["account"],
        json!({
            "id": account.uuid.to_string(),
            "username": account.username.as_str(),
            "name": "Sam Student",
        })
    );
    assert_eq!(
        (&returned["tool_role"], &returned["resource"]["max_grade"]),
        (&json!("student"), &json!(10.0))
    );
    assert_eq!(returned["launch_id"], lab.newest_launch().unwrap().id.as_str());
    lab.stop().await;
}

/// The account that a token's claims name.
fn account_of(lab: &Lab, claims: &Value) -> Account {
    let username = claims["account"]["username"].as_str().unwrap();
    lab.store().read().account(&Username::new(username).unwrap()).unwrap().unwrap()
}

/// What an app sends, and the grade of Sam Student that the tool returns, without its time.
fn scores(username: &str) -> [(Value, Value); 4] {
    let stored = |score: Value, maximum: f64, activity: &str, grading: &str, comment: Value| {
        json!({
            "resource": RESOURCE,
            "account": username,
            "name": "Sam Student",
            "course": null,
            "score": score,
            "maximum": maximum,
            "activity_progress": activity,
            "grading_progress": grading,
            "comment": comment,
            "submission": { "started_at": null, "submitted_at": null },
            "set_by": "app",
        })
    };
    [
        (
            json!({ "score": 8.5 }),
            stored(json!(8.5), 10.0, "Completed", "FullyGraded", json!(null)),
        ),
        (
            json!({
                "score": 0,
                "maximum": 5,
                "activity_progress": "InProgress",
                "grading_progress": "Pending",
                "comment": " Go <on> \n",
            }),
            stored(json!(0.0), 5.0, "InProgress", "Pending", json!("Go <on>")),
        ),
        (
            json!({ "score": 10, "comment": null }),
            stored(json!(10.0), 10.0, "Completed", "FullyGraded", json!(null)),
        ),
        (
            json!({ "score": null }),
            stored(json!(null), 10.0, "Completed", "FullyGraded", json!(null)),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_score_is_stored_returned_and_audited() {
    let lab = with_app().await;
    let token = token(&lab, &LaunchChoice::student()).await;
    let account = account_of(&lab, &claims(&token));
    let username = account.username.as_str();
    for (body, expected) in scores(username) {
        let mut answer = score(&lab, &token, &body).await;
        assert_eq!(answer.status, 200, "{body}: {}", answer.body);
        let at = answer.body.as_object_mut().unwrap().remove("graded_at").unwrap();
        assert_eq!(answer.body, expected, "{body}");
        let [(person, grade)] = &grades(&lab)[..] else { panic!("one grade") };
        assert_eq!((person.as_str(), grade.set_by.as_str()), ("Sam Student", "app"));
        assert_eq!(json!(grade.score), expected["score"]);
        assert_eq!(at, grade.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    }
    let audited: Vec<String> =
        lab.audited().into_iter().filter(|entry| entry.contains("grade")).collect();
    let changed = format!("app: changed grade {username}/{RESOURCE}");
    assert_eq!(
        audited,
        [
            format!("app: created grade {username}/{RESOURCE}"),
            changed.clone(),
            changed.clone(),
            changed
        ]
    );
    lab.stop().await;
}

/// Tokens that are not one of a launch of this resource for its app, each with a description and
/// the error's code.
async fn foreign_tokens(lab: &Lab, good: &str) -> Vec<(&'static str, String, &'static str)> {
    let original = claims(good);
    let key = lab.store().read().active_signing_key(KeyPurpose::Lti).unwrap();
    let (kid, private_key) = (key.kid.as_str(), key.private_key.expose());
    let signed = |claims: &Value, kid: &str, private_key: &[u8]| {
        jws::sign(jws::LAUNCH_TOKEN, claims, kid, private_key).unwrap()
    };
    let changed = |name: &str, value: Value| {
        let mut claims = original.clone();
        claims[name] = value;
        signed(&claims, kid, private_key)
    };
    let under = |header: Value| {
        format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            good.split_once('.').unwrap().1
        )
    };
    let other_key = PrivateKey::generate();
    let mut browser = lab.browser.another();
    let choice = LaunchChoice::student();
    let id_token = lab.sandbox.launch_until_token(&mut browser, &choice).await.unwrap();
    let id_token = id_token.form().unwrap();
    let resigned = signed(&original, kid, private_key);
    assert_eq!(get(lab, &resigned).await.status, 200, "this is how it is signed");
    vec![
        ("nonsense", "nonsense".to_owned(), "token_invalid"),
        ("three dots", "...".to_owned(), "token_invalid"),
        ("another key", signed(&original, kid, &other_key.pkcs8_der), "token_invalid"),
        ("unknown key", signed(&original, "unknown", private_key), "token_invalid"),
        ("no signature", good.rsplit_once('.').unwrap().0.to_owned() + ".", "token_invalid"),
        ("alg none", under(json!({ "alg": "none", "kid": kid })), "token_invalid"),
        ("alg HS256", under(json!({ "alg": "HS256", "kid": kid })), "token_invalid"),
        ("alg RS512", under(json!({ "alg": "RS512", "kid": kid })), "token_invalid"),
        ("the platform's token", id_token.field("id_token").unwrap().to_owned(), "token_invalid"),
        ("another tool", changed("iss", json!("https://other.example")), "token_invalid"),
        ("no launch", changed("launch_id", Value::Null), "token_invalid"),
        (
            "another resource",
            changed("resource", json!({ "uuid": "393cf3fc-0000-4000-8000-000000000000" })),
            "token_invalid",
        ),
        ("another app", changed("aud", json!("https://other.example")), "token_for_another_app"),
        (
            "several apps",
            changed("aud", json!([APP, "https://other.example"])),
            "token_for_another_app",
        ),
        ("a launch that was not", changed("launch_id", json!("0000000000000000")), "session_ended"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_launch_token_of_this_tool_for_this_app_is_accepted() {
    let lab = with_app().await;
    let good = token(&lab, &LaunchChoice::student()).await;
    for (what, token, code) in foreign_tokens(&lab, &good).await {
        for answer in [get(&lab, &token).await, score(&lab, &token, &json!({ "score": 1 })).await] {
            assert_eq!((answer.status, answer.code()), (401, code), "{what}");
            assert_eq!(answer.headers["www-authenticate"], "Bearer error=\"invalid_token\"");
            assert!(
                !answer.body.to_string().contains(token.split('.').next().unwrap_or("-"))
                    || token.len() < 20,
                "{what}: the token is not repeated"
            );
        }
    }
    assert_eq!(grades(&lab).len(), 0);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_only_read_from_the_authorization_header() {
    let lab = with_app().await;
    let good = token(&lab, &LaunchChoice::student()).await;
    for headers in
        [&[][..], &[("authorization", "Basic YTpi")], &[("authorization", good.as_str())]]
    {
        let answer = send(&lab.url, Method::GET, "/api/launch", headers, String::new()).await;
        assert_eq!(
            (answer.status, answer.code(), &answer.headers["www-authenticate"]),
            (401, "token_missing", &"Bearer".parse().unwrap())
        );
    }
    // URLs are logged, so a token in a query is not accepted.
    let query = format!("/api/launch?access_token={good}");
    let in_query = send(&lab.url, Method::GET, &query, &[], String::new()).await;
    assert_eq!(in_query.code(), "token_missing");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_accepted_while_the_app_has_the_same_origin() {
    let lab = with_app().await;
    let good = token(&lab, &LaunchChoice::student()).await;
    target(&lab, "http://localhost:10/start");
    assert_eq!(get(&lab, &good).await.code(), "token_for_another_app");
    update(
        &lab,
        &ResourceChange { target: Some(Target::Page.into()), ..ResourceChange::default() },
    );
    assert_eq!(get(&lab, &good).await.code(), "token_for_another_app");
    target(&lab, &format!("{APP}/elsewhere"));
    assert_eq!(get(&lab, &good).await.status, 200, "the same origin is the same app");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_accepted_as_long_as_its_key_is_in_the_keyset() {
    let lab = with_app().await;
    let token = token(&lab, &LaunchChoice::student()).await;
    let old = lab.store().read().active_signing_key(KeyPurpose::Lti).unwrap();
    keys::rotate(
        &mut lab.store(),
        KeyPurpose::Lti,
        SignedDuration::ZERO,
        false,
        Clock::System.now(),
        &Random::System,
    )
    .unwrap();
    assert_eq!(get(&lab, &token).await.status, 200);
    keys::retire(&mut lab.store(), old.kid.as_str(), Clock::System.now()).unwrap();
    assert_eq!(get(&lab, &token).await.code(), "token_invalid");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyset_fetched_before_a_rotation_verifies_later_tokens() {
    let lab = with_app().await;
    let now = Clock::System.now();
    let old = lab.store().read().active_signing_key(KeyPurpose::Lti).unwrap().kid;
    // Its time has come an hour ago, and no server has started since.
    let day = SignedDuration::from_hours(24);
    let (next, _) = keys::rotate(
        &mut lab.store(),
        KeyPurpose::Lti,
        day,
        false,
        now - day - SignedDuration::from_hours(1),
        &Random::System,
    )
    .unwrap();
    let fetched = lab.browser.another().get(&format!("{}/lti/jwks", lab.url)).await.unwrap();
    let keyset: Value = serde_json::from_str(&fetched.body).unwrap();
    let signer = |token: &str| {
        verifiers::verified(&keyset, token).expect("a key of the keyset has signed it").0["kid"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let assertion = || {
        let key = lab.store().read().active_signing_key(KeyPurpose::Lti).unwrap();
        let assertion = ClientAssertion {
            client_id: "c",
            audience: "https://lms.example/token",
            deployment_id: None,
            now_seconds: now.as_second(),
            jti: "j",
        };
        assertion.sign(key.kid.as_str(), key.private_key.expose()).unwrap()
    };
    let before = token(&lab, &LaunchChoice::student()).await;
    assert_eq!(
        (signer(&before), signer(&assertion())),
        (old.to_string(), old.to_string()),
        "the next key does not sign yet"
    );

    let other = Server::start(Options::new(lab.database.clone(), ([127, 0, 0, 1], 0).into()))
        .await
        .unwrap();
    for _ in 0..400 {
        if lab.store().read().active_signing_key(KeyPurpose::Lti).unwrap().kid == next.kid {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    // The server that was there all the time signs with it at the next request.
    let after = token(&lab, &LaunchChoice::student()).await;
    assert_eq!(
        (signer(&after), signer(&assertion())),
        (next.kid.to_string(), next.kid.to_string())
    );
    for token in [&before, &after] {
        assert_eq!(get(&lab, token).await.status, 200);
    }
    other.shutdown().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_accepted_as_long_as_its_session_is_valid() {
    let lab = with_app().await;
    let now = Clock::System.now();
    let token = token(&lab, &LaunchChoice::student()).await;
    let both = async |expected: (u16, &str)| {
        for answer in [get(&lab, &token).await, score(&lab, &token, &json!({ "score": 1 })).await] {
            assert_eq!((answer.status, answer.code()), expected);
        }
    };
    update(&lab, &ResourceChange { published: Some(false), ..ResourceChange::default() });
    both((403, "resource_unpublished")).await;
    update(&lab, &ResourceChange { published: Some(true), ..ResourceChange::default() });

    update(
        &lab,
        &ResourceChange {
            registrations: Some(Clearable(Some(ListOf(Vec::new())))),
            ..ResourceChange::default()
        },
    );
    both((403, "resource_not_for_registration")).await;
    update(
        &lab,
        &ResourceChange { registrations: Some(Clearable(None)), ..ResourceChange::default() },
    );

    register::set_enabled(&mut lab.store(), &REGISTRATION.into(), false, now).unwrap();
    both((403, "registration_disabled")).await;
    register::set_enabled(&mut lab.store(), &REGISTRATION.into(), true, now).unwrap();

    let account = lab
        .store()
        .read()
        .account(&Username::new(claims(&token)["account"]["username"].as_str().unwrap()).unwrap())
        .unwrap()
        .unwrap();
    let enable = |enabled: bool| {
        lab.store()
            .write(|write| {
                write.update_account(&ltictl::domain::Account { enabled, ..account.clone() }, now)
            })
            .unwrap()
    };
    enable(false);
    both((403, "account_disabled")).await;
    enable(true);
    assert_eq!((get(&lab, &token).await.status, grades(&lab).len()), (200, 0));

    lab.store().write(|write| write.delete_account(account.id)).unwrap();
    both((401, "session_ended")).await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invalid_score_changes_nothing() {
    let lab = with_app().await;
    let token = token(&lab, &LaunchChoice::student()).await;
    let key = app_key(&lab);
    for (body, status, code) in [
        ("", 400, "not_json"),
        ("score=8", 400, "not_json"),
        ("{\"score\": 8", 400, "not_json"),
        ("{\"score\": NaN}", 400, "not_json"),
        ("{}", 422, "invalid_value"),
        ("[8, null, null, null, null]", 422, "invalid_value"),
        ("8", 422, "invalid_value"),
        ("null", 422, "invalid_value"),
        ("{\"score\": \"8\"}", 422, "invalid_value"),
        ("{\"score\": -1}", 422, "invalid_value"),
        ("{\"score\": 1e7}", 422, "invalid_value"),
        ("{\"score\": 8, \"score\": 9}", 422, "invalid_value"),
        ("{\"score\": 8, \"maximum\": 0}", 422, "invalid_value"),
        ("{\"score\": 10.01}", 422, "invalid_value"),
        ("{\"score\": 9, \"maximum\": 8}", 422, "invalid_value"),
        ("{\"score\": 8, \"person\": \"another person\"}", 422, "invalid_value"),
        ("{\"score\": 8, \"activity_progress\": \"Done\"}", 422, "invalid_value"),
        ("{\"score\": 8, \"grading_progress\": \"fullygraded\"}", 422, "invalid_value"),
        ("{\"score\": 8, \"comment\": \"\\u001b[31m\"}", 422, "invalid_value"),
        (&format!("{{\"score\": 8, \"comment\": \"{}\"}}", "x".repeat(2001)), 422, "invalid_value"),
        (
            &format!("{{\"score\": 8, \"comment\": \"{}\"}}", "x".repeat(300_000)),
            413,
            "payload_too_large",
        ),
    ] {
        let answer = post(&lab.url, &token, Some(&key), body).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{body:.60}: {}", answer.body);
        assert_ne!(answer.body["error"]["hint"], "", "{body:.60}");
    }
    assert_eq!(grades(&lab).len(), 0);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_methods_and_media_types_are_rejected() {
    let lab = with_app().await;
    let token = token(&lab, &LaunchChoice::student()).await;
    let key = app_key(&lab);
    let authorization = format!("Bearer {token}");
    for (method, path, kind, status, code) in [
        (
            Method::POST,
            "/api/score",
            "application/x-www-form-urlencoded",
            415,
            "unsupported_media_type",
        ),
        (Method::POST, "/api/score", "", 415, "unsupported_media_type"),
        (Method::PUT, "/api/score", "application/json", 405, "method_not_allowed"),
        (Method::POST, "/api/members", "application/json", 405, "method_not_allowed"),
        (Method::POST, "/api/openapi.json", "application/json", 405, "method_not_allowed"),
        (Method::POST, "/api/launch", "application/json", 405, "method_not_allowed"),
        (Method::OPTIONS, "/api/score", "application/json", 405, "method_not_allowed"),
        (Method::GET, "/api/none", "application/json", 404, "not_found"),
        (Method::GET, "/api/", "application/json", 404, "not_found"),
    ] {
        let headers =
            [("authorization", authorization.as_str()), ("app-key", &key), ("content-type", kind)];
        let answer = send(&lab.url, method, path, &headers, "{\"score\": 8}".into()).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{path} {kind}");
        assert_eq!(answer.headers.contains_key("allow"), status == 405, "{path}");
    }
    assert_eq!(grades(&lab).len(), 0);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resource_without_grades_accepts_no_score() {
    let lab = with_app().await;
    let token = token(&lab, &LaunchChoice::student()).await;
    update(&lab, &ResourceChange { max_grade: Some(Clearable(None)), ..ResourceChange::default() });
    let answer = score(&lab, &token, &json!({ "score": 8 })).await;
    assert_eq!((answer.status, answer.code(), grades(&lab).len()), (409, "conflict", 0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_anonymous_person_has_no_score() {
    let lab = with_app().await;
    lab.set_policy(PolicyChange { allow_anonymous: Some(true), ..PolicyChange::default() });
    let token = token(&lab, &LaunchChoice::student().with(Misbehaviour::SubMissing)).await;
    let claims = get(&lab, &token).await;
    let body = &claims.body;
    assert_eq!(
        (claims.status, &body["account"], &body["tool_role"], body.get("sub")),
        (200, &Value::Null, &Value::Null, None)
    );
    let answer = score(&lab, &token, &json!({ "score": 8 })).await;
    assert_eq!((answer.status, answer.code(), grades(&lab).len()), (409, "anonymous_launch", 0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_score_is_the_launched_persons_own() {
    let lab = with_app().await;
    let (sam, tina) =
        (token(&lab, &LaunchChoice::student()).await, token(&lab, &LaunchChoice::teacher()).await);
    assert_eq!(score(&lab, &sam, &json!({ "score": 4 })).await.status, 200);
    assert_eq!(score(&lab, &tina, &json!({ "score": 9 })).await.status, 200);
    let mut found: Vec<_> = grades(&lab)
        .into_iter()
        .map(|(person, grade)| (person, grade.score.unwrap().get()))
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(found, [("Sam Student".to_owned(), 4.0), ("Tina Teacher".to_owned(), 9.0)]);
    assert_eq!(claims(&tina)["tool_role"], "teacher");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_of_two_customers_have_two_names() {
    let lab = with_app().await;
    let registration =
        lab.store().read().registration(&Slug::new(REGISTRATION).unwrap()).unwrap().unwrap();
    let mut changed = registration;
    changed.policy.identity = Some(ltictl::domain::Identity::Deployment);
    changed.policy.deployments = ltictl::domain::DeploymentPolicy::Accept;
    lab.store().write(|write| write.update_registration(&changed, Clock::System.now())).unwrap();
    let mut names = Vec::new();
    for deployment in ["customer-a", "customer-b", "customer-a"] {
        let mut choice = LaunchChoice::student().patched(
            json!({ "https://purl.imsglobal.org/spec/lti/claim/deployment_id": deployment }),
        );
        choice.login.insert("lti_deployment_id".into(), deployment.into());
        names.push(claims(&token(&lab, &choice).await)["sub"].clone());
    }
    assert!(names[0] == names[2] && names[0] != names[1], "{names:?}");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apps_are_limited_in_their_requests() {
    let lab = Lab::with(|options| {
        options.limits.address = ltictl::rules::throttle::Rate::per_minute(1, 1);
        options.client_address_header = Some("x-forwarded-for".parse().unwrap());
    })
    .await;
    let from = [("x-forwarded-for", "192.0.2.77")];
    let first = send(&lab.url, Method::GET, "/api/launch", &from, String::new()).await;
    let second = send(&lab.url, Method::GET, "/api/launch", &from, String::new()).await;
    assert_eq!((first.status, second.status, second.code()), (401, 429, "too_many_requests"));
    assert!(second.headers.contains_key("retry-after"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documentation_names_every_claim_and_shows_it() {
    let lab = with_app().await;
    let sent = claims(&token(&lab, &LaunchChoice::student()).await);
    let guide = include_str!("../../docs/app.md");
    let example = guide
        .split("```json")
        .skip(1)
        .find(|block| block.contains("\"jti\""))
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let example: Value = serde_json::from_str(example).unwrap();
    let names = |value: &Value| {
        value
            .as_object()
            .map(|object| object.keys().cloned().collect::<std::collections::BTreeSet<_>>())
            .unwrap_or_default()
    };
    assert_eq!(names(&sent), names(&example));
    for (claim, value) in sent.as_object().unwrap() {
        let row = guide.lines().find(|line| {
            line.starts_with("| `")
                && line.split('|').nth(1).unwrap().contains(&format!("`{claim}`"))
        });
        let row = row.unwrap_or_else(|| panic!("{claim} is not documented"));
        if claim != "custom" {
            assert_eq!(names(value), names(&example[claim]), "{claim}");
            assert!(
                names(value).iter().all(|member| row.contains(&format!("`{member}`"))),
                "{claim}: {row}"
            );
        }
    }
    lab.stop().await;
}
