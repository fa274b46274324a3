//! The apps behind resources, which are requested as browsers do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::routing::{get, post};
use jiff::Timestamp;
use ltictl::doctor::{self, Finding, Verdict};
use ltictl::domain::Clock;
use ltictl::platform::PlatformClient;

use super::online::check_online;
use super::setup::{Desk, fix, run, verdict, worst};
use crate::lab::{Lab, RESOURCE};

/// An app with a page for each header.
async fn app() -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let with = |name: &'static str, value: String| {
        let headers = HeaderMap::from_iter([(
            HeaderName::from_static(name),
            HeaderValue::from_str(&value).unwrap(),
        )]);
        get(move || async move { (headers, "page") })
    };
    let csp = |sources: &str| with("content-security-policy", format!("frame-ancestors {sources}"));
    let redirect =
        |to: &'static str| get(move || async move { (StatusCode::FOUND, [("location", to)], "") });
    let app = axum::Router::new()
        .route("/page", get(|| async { "page" }))
        .route("/post", post(|| async { (StatusCode::FORBIDDEN, "no token") }))
        .route("/broken", get(|| async { (StatusCode::BAD_GATEWAY, "") }))
        .route("/deny", with("x-frame-options", "DENY".to_owned()))
        .route("/same", with("x-frame-options", "SAMEORIGIN".to_owned()))
        .route("/self", csp("'self'"))
        .route("/any", csp("*"))
        .route("/loopback", csp("http://127.0.0.1:* http://localhost:*"))
        .route("/moved", redirect("page"))
        .route("/moved-to-deny", redirect("/deny?secret=s3cret"))
        .route("/loop", redirect("/loop"))
        .route("/metadata", redirect("http://169.254.169.254/latest"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

async fn ask(lab: &Lab) -> Vec<Finding> {
    let store = lab.store();
    let now = Timestamp::now();
    let offline =
        doctor::examine(store.read(), Ok(()), &(&lab.database).into(), None, now).unwrap();
    let client = PlatformClient::with_time_limits(Duration::from_secs(2), Duration::from_secs(2));
    check_online(offline, &client, Clock::System, None, || ()).await
}

/// Paths with the verdict and a part of the fix.
const PAGES: [(&str, Verdict, &str); 13] = [
    ("/page", Verdict::Ok, ""),
    ("/post", Verdict::Ok, ""),
    ("/moved", Verdict::Ok, ""),
    ("/any", Verdict::Ok, ""),
    ("/loopback", Verdict::Ok, ""),
    ("/nothing?secret=s3cret", Verdict::Warn, "ltictl resource update algebra-quiz --target URL"),
    ("/broken", Verdict::Warn, "ltictl resource update algebra-quiz --target URL"),
    ("/deny", Verdict::Fail, "remove X-Frame-Options, and set Content-Security-Policy: frame-anc"),
    ("/same", Verdict::Fail, "remove X-Frame-Options"),
    ("/self", Verdict::Fail, "set Content-Security-Policy: frame-ancestors http://127.0.0.1"),
    ("/moved-to-deny", Verdict::Fail, "remove X-Frame-Options"),
    ("/loop", Verdict::Fail, "ltictl resource update algebra-quiz --target URL"),
    ("/metadata", Verdict::Fail, "ltictl resource update algebra-quiz --target URL"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_does_not_respond_or_forbids_frames_is_found() {
    let lab = Lab::start().await;
    assert_eq!(verdict(&ask(&lab).await, "resource_url"), Some(Verdict::Skip));
    let app = app().await;
    let pages = PAGES.map(|(path, expected, fix)| (format!("{app}{path}"), expected, fix));
    let others = [
        (
            "http://127.0.0.1:1/".to_owned(),
            Verdict::Fail,
            "ltictl resource update algebra-quiz --target",
        ),
        ("https://10.0.0.1/".to_owned(), Verdict::Skip, ""),
    ];
    for (url, expected, fixed_by) in pages.into_iter().chain(others) {
        run(&lab.database, &format!("resource update {RESOURCE} --target {url}"));
        let findings = ask(&lab).await;
        assert_eq!(verdict(&findings, "resource_url"), Some(expected), "{url}: {findings:?}");
        assert!(fix(&findings, "resource_url").contains(fixed_by), "{url}: {findings:?}");
        let said = format!("{:?}", worst(&findings, "resource_url"));
        assert!(!said.contains("s3cret"), "{said}");
    }
    run(&lab.database, &format!("resource unpublish {RESOURCE}"));
    assert_eq!(verdict(&ask(&lab).await, "resource_url"), Some(Verdict::Skip));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_without_https_or_on_this_machine_is_found_before_it_is_requested() {
    let desk = Desk::new();
    for (url, part) in [
        ("http://app.example.edu/x", "--target https://app.example.edu/x"),
        ("http://app.example.edu/x?secret=s3cret", "--target URL"),
        ("https://127.0.0.1:1/", "with a URL that is not on this machine: ltictl resource update"),
    ] {
        desk.run(&format!("resource update {RESOURCE} --allow-http --target {url}"));
        let store = ltictl::store::Store::open(&desk.database).unwrap();
        desk.run("registration disable test-platform");
        let now = Timestamp::now();
        let offline =
            doctor::examine(store.read(), Ok(()), &(&desk.database).into(), None, now).unwrap();
        let client = PlatformClient::with_time_limits(Duration::ZERO, Duration::ZERO);
        let findings = check_online(offline, &client, Clock::System, None, || ()).await;
        assert!(fix(&findings, "resource_url").contains(part), "{url}: {findings:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_app_does_not_hold_up_the_others_and_many_problems_are_counted() {
    let lab = Lab::start().await;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let slow = format!("http://{}", listener.local_addr().unwrap());
    let waiting = Arc::new(AtomicUsize::new(0));
    let most = Arc::clone(&waiting);
    let silent = axum::Router::new().fallback(move || {
        most.fetch_add(1, Ordering::SeqCst);
        std::future::pending::<String>()
    });
    tokio::spawn(async move { axum::serve(listener, silent).await });
    let app = app().await;
    run(&lab.database, &format!("resource update {RESOURCE} --target {app}/page"));
    for number in 0..6 {
        run(&lab.database, &format!("resource publish Slow-{number} --target {slow}/{number}"));
    }
    for number in 0..24 {
        run(&lab.database, &format!("resource publish App-{number} --target {app}/deny?{number}"));
    }
    let findings = ask(&lab).await;
    let of_apps: Vec<_> =
        findings.iter().filter(|finding| finding.check == "resource_url").collect();
    assert_eq!(of_apps.len(), 21, "{of_apps:?}");
    assert!(of_apps[20].sentence.starts_with("10 more apps have problems"), "{of_apps:?}");
    let checked = of_apps.iter().filter(|finding| finding.sentence.contains("may not be shown"));
    assert_eq!(checked.count(), 20, "{of_apps:?}");
    lab.stop().await;
}

/// The status of three answers, and whether they ask for a launch.
type Answers = [(u16, bool); 3];

/// Answers of a proxy and an app: without and with `Remote-User`, and for the proxy's question, each
/// with `LTI` if it asks for a launch.
const PROXIES: [(Answers, Verdict, &str); 6] = [
    ([(401, true), (401, true), (404, false)], Verdict::Ok, ""),
    ([(401, true), (401, true), (401, true)], Verdict::Ok, ""),
    ([(200, false), (200, false), (404, false)], Verdict::Fail, "can be opened without a launch"),
    ([(401, true), (200, false), (404, false)], Verdict::Fail, "can be opened without a launch"),
    ([(401, true), (401, true), (200, false)], Verdict::Fail, "what only the proxy may ask for"),
    ([(403, false), (403, false), (404, false)], Verdict::Warn, "does not ask this tool"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_behind_a_proxy_that_is_open_is_found() {
    let lab = Lab::start().await;
    assert_eq!(verdict(&ask(&lab).await, "resource_proxy"), Some(Verdict::Skip));
    for (answers, expected, sentence) in PROXIES {
        let answer = move |headers: &HeaderMap, path: &str| {
            let place = match path {
                "/.ltictl/auth/nginx" => 2,
                _ => usize::from(headers.contains_key("remote-user")),
            };
            let (status, asks) = answers[place];
            let challenge = asks.then(|| {
                (HeaderName::from_static("www-authenticate"), HeaderValue::from_static("LTI"))
            });
            (StatusCode::from_u16(status).unwrap(), HeaderMap::from_iter(challenge))
        };
        let app =
            axum::Router::new().fallback(
                move |headers: HeaderMap, url: axum::http::Uri| async move {
                    answer(&headers, url.path())
                },
            );
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/start", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        run(
            &lab.database,
            &format!("resource update {RESOURCE} --target {url} --handover headers"),
        );
        let findings = ask(&lab).await;
        assert_eq!(verdict(&findings, "resource_proxy"), Some(expected), "{answers:?}");
        let found = findings.iter().find(|one| one.check == "resource_proxy").unwrap();
        assert!(found.sentence.contains(sentence), "{answers:?}: {}", found.sentence);
        assert!(expected == Verdict::Ok || !fix(&findings, "resource_proxy").is_empty());
    }
    lab.stop().await;
}
