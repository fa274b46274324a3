//! What the server answers to anyone who can send requests: it reveals no customers, costs the same
//! however many there are, and fills no table.

use std::collections::BTreeMap;

use ltictl::admin::{connect, register};
use ltictl::domain::{Clock, Name};
use ltictl::rules::registration::PlatformChange;
use ltictl::rules::throttle::Rate;
use ltictl::sandbox::LaunchChoice;
use ltictl::store::LaunchFilter;

use crate::lab::{Lab, REGISTRATION, outcome, raw};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// An HTTP/1.1 request as text.
fn request(method: &str, path: &str, headers: &str, body: &str) -> String {
    let length =
        if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: tool.example\r\nConnection: \
         close\r\n{headers}{length}\r\n{body}"
    )
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap_or_else(|| panic!("no answer: {answer:?}")).parse().unwrap()
}

fn policy(answer: &str) -> &str {
    answer
        .lines()
        .find_map(|line| line.strip_prefix("content-security-policy: "))
        .unwrap_or_else(|| panic!("no policy: {answer}"))
}

/// Adds a draft, a disabled registration, and one whose platform must not become known.
fn with_customers(lab: &Lab) {
    let (mut store, now) = (lab.store(), Clock::System.now());
    for (name, issuer) in [
        ("a-draft1", None),
        ("disabled", Some("https://disabled.example")),
        ("secret", Some("https://secret-customer.example")),
    ] {
        register::create(&mut store, &Name::new(name).unwrap(), None, false, now).unwrap();
        let Some(issuer) = issuer else { continue };
        let change = PlatformChange {
            issuer: Some(issuer.to_owned()),
            client_id: Some("c".to_owned()),
            keyset_url: Some(format!("{issuer}/jwks")),
            access_token_url: Some(format!("{issuer}/token")),
            authentication_request_url: Some(format!("{issuer}/auth")),
            ..PlatformChange::default()
        };
        connect::set_platform(&mut store, &name.into(), &change, now).unwrap();
    }
    register::set_enabled(&mut store, &"disabled".into(), false, now).unwrap();
}

/// An answer without what is different in every answer: its numbers, its nonce and its date; `slug`
/// becomes SLUG.
fn comparable(answer: &str, slug: &str) -> String {
    let nonce = answer
        .split("'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .unwrap_or("no nonce");
    let id = answer
        .lines()
        .find_map(|line| line.strip_prefix("x-request-id: "))
        .expect("a request ID")
        .to_owned();
    let lines = answer.lines().filter(|line| !line.starts_with("date: "));
    let text = lines.collect::<Vec<_>>().join("\n");
    text.replace(nonce, "NONCE").replace(&id, "ID").replace(slug, "SLUG")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_draft_and_disabled_registrations_get_one_answer() {
    let lab = Lab::start().await;
    with_customers(&lab);
    let login = "iss=https%3A%2F%2Fdisabled.example&login_hint=h&target_link_uri=t";
    // Equally long, since some answers contain the slug that was asked for.
    let slugs = ["missing1", "a-draft1", "disabled"];
    for (method, path, body, logged) in [
        (
            "POST",
            "/lti/login/SLUG",
            login,
            Some(["registration_unknown", "registration_incomplete", "registration_disabled"]),
        ),
        ("POST", "/lti/login/SLUG", "iss=%zz", Some(["parameter_malformed"; 3])),
        ("POST", "/lti/login/SLUG", "iss=a", Some(["login_parameter_missing"; 3])),
        ("GET", "/lti/login/SLUG?iss=%zz", "", Some(["parameter_malformed"; 3])),
        ("GET", "/lti/login/SLUG", "", None),
        ("GET", "/lti/config/SLUG.json", "", None),
        ("GET", "/lti/config/SLUG", "", None),
        (
            "GET",
            "/lti/register?token=SLUG&openid_configuration=https%3A%2F%2Fdisabled.example",
            "",
            None,
        ),
    ] {
        let mut answers = BTreeMap::new();
        for (number, slug) in slugs.into_iter().enumerate() {
            let headers = if body.is_empty() { "" } else { FORM };
            let answer =
                raw(&lab, &request(method, &path.replace("SLUG", slug), headers, body)).await;
            if let Some(codes) = logged {
                let launch = lab.newest_launch().unwrap();
                assert!(
                    answer.contains(launch.id.as_str()),
                    "the page's number leads to the cause: {answer}"
                );
                assert_eq!(outcome(&launch), codes[number], "{method} {path} {slug}");
            }
            answers.entry(comparable(&answer, slug)).or_insert_with(Vec::new).push(slug);
        }
        assert_eq!(answers.values().collect::<Vec<_>>(), [&slugs], "{method} {path}: {answers:#?}");
    }
    // Elsewhere the issuer is what can be guessed.
    let misplaced = async |issuer: &str| {
        let body = login.replace("disabled.example", issuer);
        comparable(&raw(&lab, &request("POST", "/lti/launch", FORM, &body)).await, issuer)
    };
    assert_eq!(misplaced("disabled.example").await, misplaced("unknown.example").await);
    assert_eq!(outcome(&lab.newest_launch().unwrap()), "login_at_wrong_url");
    let generic = async |issuer: &str| {
        let body = login.replace("disabled.example", issuer);
        comparable(&raw(&lab, &request("POST", "/lti/login", FORM, &body)).await, issuer)
    };
    assert_eq!(generic("disabled.example").await, generic("unknown.example").await);
    assert_eq!(outcome(&lab.newest_launch().unwrap()), "registration_unknown");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_through_a_registration_that_has_gone_is_like_one_through_a_disabled_one() {
    let mut answers = Vec::new();
    for deleted in [false, true] {
        let lab = Lab::start().await;
        let mut browser = lab.browser.another();
        let token = lab
            .sandbox
            .launch_until_token(&mut browser, &LaunchChoice::student())
            .await
            .unwrap()
            .form()
            .unwrap();
        match deleted {
            true => register::delete(&mut lab.store(), &REGISTRATION.into()).unwrap(),
            false => drop(
                register::set_enabled(
                    &mut lab.store(),
                    &REGISTRATION.into(),
                    false,
                    Clock::System.now(),
                )
                .unwrap(),
            ),
        }
        // With the cookie and without it.
        for mut browser in [browser, lab.browser.another()] {
            let page = browser.post_form(&token.action, &token.fields).await.unwrap();
            let launch = lab.newest_launch().unwrap();
            assert_eq!(
                outcome(&launch),
                if deleted { "registration_deleted" } else { "registration_disabled" }
            );
            let nonce = page
                .header("content-security-policy")
                .unwrap()
                .split("'nonce-")
                .nth(1)
                .unwrap()
                .split('\'')
                .next()
                .unwrap()
                .to_owned();
            let policy = page.header("content-security-policy").unwrap().replace(&nonce, "NONCE");
            answers.push((
                page.status,
                policy,
                page.body.replace(&nonce, "NONCE").replace(launch.id.as_str(), "ID"),
            ));
        }
        lab.stop().await;
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_that_anyone_may_frame_have_nothing_to_click_and_name_no_customer() {
    let lab = Lab::start().await;
    with_customers(&lab);
    let login = "iss=https%3A%2F%2Funknown.example&login_hint=h&target_link_uri=t";
    for (method, path, body) in [
        ("GET", "/", ""),
        ("GET", "/lti/login", ""),
        ("GET", "/lti/launch", ""),
        ("PUT", "/lti/launch", ""),
        ("GET", "/lti/register", ""),
        ("GET", "/lti/register?token=x&openid_configuration=https%3A%2F%2Flms.example", ""),
        ("POST", "/lti/register", "confirmation=x"),
        ("POST", "/lti/login", login),
        ("POST", "/lti/login/secret", login),
        ("POST", "/lti/login/secret", "iss=%"),
        ("POST", "/lti/launch", "state=x&id_token=y"),
        ("POST", "/lti/launch", login),
        ("GET", "/lti/launch?iss=https%3A%2F%2Fsecret-customer.example&login_hint=h", ""),
        ("POST", "/lti/login/secret", "state=x&id_token=y"),
        ("POST", "/lti/jwks", login),
        ("POST", "/lti/config/secret.json", "oauth_consumer_key=k"),
        ("POST", "/lti/account", "handle=x&choice=create"),
        ("POST", "/lti/resume", "handle=x"),
        ("POST", "/lti/1p1/window", "handle=x&secret=y"),
        ("POST", "/lti/1p1/launch", "lti_message_type=ContentItemSelectionRequest"),
        ("GET", "/session/0123456789abcdef/", ""),
        ("GET", "/session/nonsense", ""),
    ] {
        let headers = if body.is_empty() { "" } else { FORM };
        let answer = raw(&lab, &request(method, path, headers, body)).await;
        assert!(
            policy(&answer).ends_with("; form-action 'none'; frame-ancestors *"),
            "{method} {path}: {answer}"
        );
        assert!(
            !answer.contains("secret-customer") && !answer.contains(lab.sandbox.issuer()),
            "{method} {path}: {answer}"
        );
        for element in [
            "<a ",
            "<button",
            "<form",
            "<iframe",
            "<input",
            "<script",
            "<select",
            "<textarea",
            " href=",
            " onclick=",
        ] {
            assert!(!answer.contains(element), "{method} {path} has {element}: {answer}");
        }
    }
    // What belongs to a platform is framed by that platform alone.
    let page = lab.launch(&LaunchChoice::student().custom("id", "unknown")).await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains(&format!("frame-ancestors 'self' {}", lab.sandbox.issuer()))
            && !policy.contains("secret-customer"),
        "{policy}"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_for_no_session_are_counted_and_those_of_a_session_are_not() {
    let lab = Lab::with(|options| {
        options.client_address_header = Some("x-forwarded-for".parse().unwrap());
        options.limits.address = Rate::per_minute(1, 20);
    })
    .await;
    // A class behind one address.
    let mut browser = lab.browser.another().with_header("x-forwarded-for", "192.0.2.1");
    let launched = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    let session = launched.header("location").unwrap().to_owned();
    let ask = async |path: &str| {
        raw(&lab, &request("GET", path, "X-Forwarded-For: 192.0.2.1\r\n", "")).await
    };
    let handle = session.trim_end_matches('/').rsplit('/').next().unwrap();
    let paths = [
        "/session/0123456789abcdef/".to_owned(),
        "/session/0123456789abcdef/style.css".to_owned(),
        "/session/0123456789abcdef".to_owned(),
        "/session/nonsense/".to_owned(),
        format!("/session/{handle}/"),
        format!("/session/{handle}.{}/", "A".repeat(43)),
    ];
    for path in &paths {
        assert!([303, 403].contains(&status(&ask(path).await)), "{path}");
    }
    for _ in 0..20 {
        ask("/session/0123456789abcdef/").await;
    }
    for path in &paths {
        let answer = ask(path).await;
        assert_eq!(status(&answer), 429, "{path}");
        assert!(answer.contains("\r\nretry-after: "), "{answer}");
    }
    for _ in 0..30 {
        assert_eq!(browser.get(&session).await.unwrap().status, 200, "the class is not disturbed");
    }
    let other = raw(
        &lab,
        &request("GET", "/session/0123456789abcdef/", "X-Forwarded-For: 192.0.2.2\r\n", ""),
    )
    .await;
    assert_eq!(status(&other), 403, "another address has its own count");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_refused_logins_fills_no_table() {
    let lab = Lab::with(|options| options.limits.refusals = Rate::per_minute(1, 3)).await;
    let count = || {
        lab.store()
            .read()
            .launches(&LaunchFilter { limit: 100, ..LaunchFilter::default() })
            .unwrap()
            .len()
    };
    let unknown = "iss=https%3A%2F%2Funknown.example&login_hint=h&target_link_uri=t";
    let known = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("iss", lab.sandbox.issuer()), ("login_hint", "h"), ("client_id", "x")])
        .append_pair("target_link_uri", "t")
        .finish();
    for (path, body, status_code) in [
        ("/lti/login".to_owned(), unknown, 403),
        ("/lti/launch".to_owned(), "state=x&id_token=y", 401),
        (format!("/lti/login/{REGISTRATION}"), "iss=%", 400),
        ("/lti/login".to_owned(), &known, 403),
        ("/lti/launch".to_owned(), &known, 400),
        ("/lti/jwks".to_owned(), "oauth_consumer_key=k", 400),
    ] {
        for _ in 0..10 {
            let answer = raw(&lab, &request("POST", &path, FORM, body)).await;
            assert_eq!(
                status(&answer),
                status_code,
                "the answer is the same whether it is stored or not: {answer}"
            );
            assert!(answer.contains("Launch ID"), "{answer}");
        }
        // What anyone can send has one limit, whether it names a registration or not.
        assert_eq!(count(), 3, "{path}");
    }
    // What follows a login of a registration has that registration's own.
    let token = lab
        .sandbox
        .launch_until_token(&mut lab.browser.another(), &LaunchChoice::student())
        .await
        .unwrap()
        .form()
        .unwrap();
    for _ in 0..10 {
        assert_eq!(
            lab.browser.another().post_form(&token.action, &token.fields).await.unwrap().status,
            401
        );
    }
    assert_eq!((count(), outcome(&lab.newest_launch().unwrap())), (6, "cookie_missing"));
    // What the platform has signed is stored all the same.
    for _ in 0..5 {
        assert_eq!(lab.launch(&LaunchChoice::student().custom("id", "unknown")).await.status, 404);
    }
    assert_eq!(count(), 6 + 5);
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    lab.stop().await;
}
