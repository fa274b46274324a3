//! The endpoints for proxies, asked directly.

use std::net::SocketAddr;

use jiff::SignedDuration;
use ltictl::admin::account::set_enabled;
use ltictl::admin::register;
use ltictl::domain::{Clock, CrossSite, Guests, PathPrefix, PlatformEmail};
use ltictl::rules::registration::PolicyChange;
use ltictl::rules::resource::ResourceChange;
use ltictl::rules::setting::Clearable;
use ltictl::sandbox::{LaunchChoice, Misbehaviour, Role};

use super::*;
use crate::lab::REGISTRATION;

const HOST: &str = "wiki.example.edu";
const ORIGIN: &str = "https://wiki.example.edu";

/// A lab whose resource is an app at [`ORIGIN`].
async fn with_app() -> Lab {
    let lab = Lab::start().await;
    update(&lab, &behind_proxy(&format!("{ORIGIN}/start?a=b")));
    lab
}

/// Enters the app at [`ORIGIN`] by a launch; gives the cookie.
async fn entered(lab: &Lab, choice: &LaunchChoice) -> String {
    entered_with(lab, choice, "").await
}

/// The same with a browser that has a cookie.
async fn entered_with(lab: &Lab, choice: &LaunchChoice, cookie: &str) -> String {
    let (action, ticket) = ticket(lab, choice).await;
    assert_eq!(action, format!("{ORIGIN}/.ltictl/enter"));
    let headers = [("origin", &*lab.url), ("cookie", cookie)];
    let answer = enter(lab.server.local_addr(), "/bridge/app/enter", HOST, &ticket, &headers).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    cookie_of(&answer).unwrap()
}

/// What nginx gets for a request with this cookie.
async fn nginx(lab: &Lab, path: &str, cookie: &str, more: &[(&str, &str)]) -> Answer {
    let url = format!("{ORIGIN}{path}");
    let headers =
        [&[("x-original-url", &*url), ("x-original-method", "GET"), ("cookie", cookie)], more]
            .concat();
    ask_as_nginx(lab.server.local_addr(), &headers).await
}

/// Asks with these headers as nginx does.
async fn ask_as_nginx(server: SocketAddr, headers: &[(&str, &str)]) -> Answer {
    Ask { method: "GET", path: "/bridge/auth/nginx", host: HOST, headers, body: "" }
        .send(server)
        .await
}

/// The status and the code.
fn outcome(answer: &Answer) -> (u16, &str) {
    assert_eq!(answer.header("www-authenticate"), if answer.status == 401 { "LTI" } else { "" });
    (answer.status, answer.header("x-lti-refusal"))
}

const ACCEPTED: Outcome = (200, "");

/// The status of a response, and the code of a refusal.
type Outcome = (u16, &'static str);

/// Headers.
type Headers = &'static [(&'static str, &'static str)];

const ORIGINAL: Headers =
    &[("x-original-url", "https://wiki.example.edu/x"), ("x-original-method", "GET")];
const FORWARDED: Headers = &[
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", HOST),
    ("x-forwarded-uri", "/x?y"),
    ("x-forwarded-method", "GET"),
];
/// The same for another app.
const OTHER: Headers = &[("x-original-url", "https://other.example.edu/x")];
const OTHER_FORWARDED: Headers = &[
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "other.example.edu"),
    ("x-forwarded-uri", "/x"),
];
const CROSS: Headers = &[("sec-fetch-site", "cross-site")];
const NO_URL: Outcome = (400, "no_original_url");
const UNKNOWN: Outcome = (403, "unknown_app");

/// Questions: path, host, headers, and what a person with a session gets.
const QUESTIONS: [(&str, &str, &str, &[Headers], Outcome); 14] = [
    ("GET", "/bridge/auth/nginx", "t", &[ORIGINAL], ACCEPTED),
    ("GET", "/bridge/auth/nginx", HOST, &[FORWARDED], NO_URL),
    ("GET", "/bridge/auth/nginx", HOST, &[], NO_URL),
    ("GET", "/bridge/auth/nginx", HOST, &[OTHER, FORWARDED], UNKNOWN),
    ("GET", "/bridge/auth/nginx", HOST, &[OTHER_FORWARDED, ORIGINAL], ACCEPTED),
    ("GET", "/bridge/auth/nginx", HOST, &[&[("x-original-url", "/x")]], NO_URL),
    ("GET", "/bridge/auth/forward", "t", &[FORWARDED], ACCEPTED),
    ("GET", "/bridge/auth/forward", HOST, &[ORIGINAL], NO_URL),
    ("GET", "/bridge/auth/forward", HOST, &[OTHER_FORWARDED, ORIGINAL], UNKNOWN),
    ("GET", "/bridge/auth/forward", HOST, &[OTHER, FORWARDED], ACCEPTED),
    ("GET", "/bridge/auth/envoy/x?y", HOST, &[], ACCEPTED),
    ("POST", "/bridge/auth/envoy/", HOST, &[], ACCEPTED),
    ("POST", "/bridge/auth/envoy/x", HOST, &[CROSS], (403, "cross_site_request")),
    ("GET", "/bridge/auth/envoy/x", "other.example.edu", &[ORIGINAL, FORWARDED], UNKNOWN),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_question_is_read_from_the_headers_of_its_own_proxy() {
    let lab = with_app().await;
    let cookie = entered(&lab, &LaunchChoice::student()).await;
    for (method, path, host, headers, expected) in QUESTIONS {
        for has_cookie in [true, false] {
            let cookies = if has_cookie { &[("cookie", &*cookie)][..] } else { &[] };
            let headers = [&headers.concat(), cookies].concat();
            let answer = Ask { method, path, host, headers: &headers, body: "" }
                .send(lab.server.local_addr())
                .await;
            let expected = match expected {
                ACCEPTED | (_, "cross_site_request") if !has_cookie => (401, "no_visit"),
                expected => expected,
            };
            assert_eq!(outcome(&answer), expected, "{method} {path} {host} {headers:?}");
            assert_eq!(answer.header("cache-control"), "no-store");
            let has_user = !answer.header("remote-user").is_empty();
            assert_eq!(has_user, expected == ACCEPTED, "{path} {headers:?}");
        }
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admitted_person_has_every_header() {
    let lab = with_app().await;
    let patch = serde_json::json!({
        "name": "Zo\u{eb} \u{160}",
        "https://purl.imsglobal.org/spec/lti/claim/context": {"id": "a,b:c", "title": "Zo\u{eb}'s\ncourse"},
    });
    let cookie =
        entered(&lab, &LaunchChoice { patch: Some(patch), ..LaunchChoice::student() }).await;
    let answer = nginx(&lab, "/x", &cookie, &[]).await;
    assert_eq!(outcome(&answer), ACCEPTED);
    let username = answer.header("remote-user").to_owned();
    assert!(!username.is_empty() && username.is_ascii());
    let deployment = lab.sandbox.deployment_id();
    let course = format!("course:test-platform:{deployment}:a%2Cb%3Ac");
    let groups = format!("student,algebra-quiz:student,{course}:learner,{course}");
    for (name, expected) in [
        ("x-auth-request-user", &*username),
        ("x-auth-request-preferred-username", &username),
        ("remote-name", "Zo\u{eb} \u{160}"),
        ("remote-email", ""),
        ("x-auth-request-email", ""),
        ("remote-groups", &groups),
        ("x-auth-request-groups", &groups),
        ("x-lti-email-verified", "false"),
        ("x-lti-role", "learner"),
        ("x-lti-tool-role", "student"),
        ("x-lti-resource", "algebra-quiz"),
        ("x-lti-registration", REGISTRATION),
        ("x-lti-deployment", deployment),
        ("x-lti-context", "a%2Cb:c"),
        ("x-lti-token", ""),
    ] {
        assert_eq!(answer.header(name), expected, "{name}");
        assert_eq!(answer.all(name).len(), 1, "{name}");
    }
    let email = answer.header("x-lti-email").to_owned();
    assert!(email.contains('@'));
    // Apps get the address as one of theirs only if the platform's addresses are verified.
    for (trust, expected) in
        [(PlatformEmail::Verified, [&*email, "true"]), (PlatformEmail::Unverified, ["", "false"])]
    {
        lab.set_policy(PolicyChange { email: Some(trust), ..PolicyChange::default() });
        let answer = nginx(&lab, "/x", &cookie, &[]).await;
        let headers = ["remote-email", "x-lti-email-verified"].map(|name| answer.header(name));
        assert_eq!(headers, expected);
        assert_eq!(answer.header("x-auth-request-email"), expected[0]);
        assert_eq!(answer.header("x-lti-email"), email);
    }
    assert_eq!(answer.header("x-lti-account").len(), 36);
    let framers: Vec<&str> = answer.header("x-lti-frame-ancestors").split(' ').collect();
    assert!(framers.contains(&&*lab.url) && framers.contains(&lab.sandbox.issuer()), "{framers:?}");
    // A stranger gets none of them.
    let stranger = nginx(&lab, "/x", "", &[]).await;
    for name in ["remote-user", "remote-groups", "x-lti-role", "x-lti-frame-ancestors"] {
        assert_eq!(stranger.all(name), Vec::<&str>::new(), "{name}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_is_used_once_at_its_app_from_the_page_of_the_launch() {
    let lab = with_app().await;
    publish(&lab, "Other", &behind_proxy("https://other.example.edu/"));
    let address = lab.server.local_addr();
    let (ours, apps) = (lab.url.clone(), ORIGIN.to_owned());
    for (host, sender, path, status) in [
        (HOST, Some(&*ours), "/bridge/app/enter", 200),
        (HOST, Some(&*apps), "/bridge/app/enter", 200),
        ("wiki.example.edu:443", Some(&*ours), "/bridge/app/enter", 200),
        (HOST, Some("https://stranger.example"), "/bridge/app/enter", 403),
        (HOST, Some("null"), "/bridge/app/enter", 403),
        (HOST, Some(""), "/bridge/app/enter", 403),
        (HOST, None, "/bridge/app/enter", 403),
        ("other.example.edu", Some(&*ours), "/bridge/app/enter", 403),
        ("unknown.example.edu", Some(&*ours), "/bridge/app/enter", 403),
        ("wiki.example.edu:8443", Some(&*ours), "/bridge/app/enter", 403),
        (HOST, Some(&*ours), "/bridge/app/check", 405),
    ] {
        let (_, ticket) = ticket(&lab, &LaunchChoice::student()).await;
        let headers: Vec<_> = sender.map(|sender| ("origin", sender)).into_iter().collect();
        let first = enter(address, path, host, &ticket, &headers).await;
        assert_eq!(first.status, status, "{host} {sender:?} {path}");
        assert_eq!(cookie_of(&first).is_some(), status == 200, "{host} {sender:?}");
        let again = enter(address, "/bridge/app/enter", HOST, &ticket, &[("origin", &ours)]).await;
        // What was refused before has not used it up.
        assert_eq!(again.status, if status == 200 { 403 } else { 200 }, "{host} {sender:?}");
        if status == 200 {
            assert_eq!((cookie_of(&again), again.all("set-cookie")), (None, vec![]));
            // The page has another ticket, for a new window.
            let next = first.body.split("name=\"ticket\" value=\"").nth(1).unwrap();
            let next = next.split('"').next().unwrap();
            let opened = enter(address, path, HOST, next, &[("origin", ORIGIN)]).await;
            assert_eq!(opened.status, 200, "{}", opened.body);
            assert!(!first.body.contains("?ticket") && first.all("location").is_empty());
        }
    }
    lab.stop().await;
}

/// The same tool later, on another server; gives what a question or a ticket gets then.
async fn later(lab: Lab, seconds: i64) -> (ltictl::server::Server, impl Sized) {
    let database = lab.database.clone();
    let home = lab.stop_and_keep_database().await;
    let mut options = ltictl::server::Options::new(database, ([127, 0, 0, 1], 0).into());
    options.clock = Clock::Fixed(Clock::System.now() + SignedDuration::from_secs(seconds));
    (ltictl::server::Server::start(options).await.unwrap(), home)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_expires() {
    for (seconds, status) in [(30, 200), (62, 403)] {
        let lab = with_app().await;
        let (_, ticket) = ticket(&lab, &LaunchChoice::student()).await;
        let url = lab.url.clone();
        let (server, home) = later(lab, seconds).await;
        let headers = [("origin", &*url)];
        let answer = enter(server.local_addr(), "/bridge/app/enter", HOST, &ticket, &headers).await;
        assert_eq!(answer.status, status, "after {seconds} s");
        server.shutdown().await;
        drop(home);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cookie_is_worth_nothing_elsewhere_changed_or_late() {
    let lab = with_app().await;
    publish(&lab, "Other", &behind_proxy("https://other.example.edu/"));
    let cookie = entered(&lab, &LaunchChoice::student()).await;
    assert_eq!(outcome(&nginx(&lab, "/", &cookie, &[]).await), ACCEPTED);
    let changed =
        format!("{}{}", &cookie[..cookie.len() - 1], if cookie.ends_with('A') { 'E' } else { 'A' });
    let other = ("x-original-url", "https://other.example.edu/");
    for (cookie, url, expected) in [
        (&*cookie, other, (401, "visit_over")),
        (&cookie, ("x-original-url", "http://wiki.example.edu/"), (403, "unknown_app")),
        (&cookie, ("x-original-url", "https://wiki.example.edu:8443/"), (403, "unknown_app")),
        (&changed, ("x-original-url", "https://wiki.example.edu/"), (401, "visit_over")),
        ("ltictl=1", ("x-original-url", "https://wiki.example.edu/"), (401, "no_visit")),
        ("__Host-ltictl=", ("x-original-url", "https://wiki.example.edu/"), (401, "visit_over")),
    ] {
        let headers = [url, ("cookie", cookie)];
        let answer = ask_as_nginx(lab.server.local_addr(), &headers).await;
        assert_eq!(outcome(&answer), expected, "{cookie} {url:?}");
    }
    let (server, home) = later(lab, 30 * 86_400).await;
    let headers = [("x-original-url", ORIGIN_PAGE), ("cookie", &*cookie)];
    let answer = ask_as_nginx(server.local_addr(), &headers).await;
    assert_eq!(outcome(&answer), (401, "visit_over"));
    server.shutdown().await;
    drop(home);
}

/// What disables something, what enables it again, and the outcome in between.
type Step<'a> = (&'a dyn Fn(), &'a dyn Fn(), Outcome);

/// A page of the app.
const ORIGIN_PAGE: &str = "https://wiki.example.edu/";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_disabled_takes_effect_at_the_next_request() {
    let lab = with_app().await;
    let cookie = entered(&lab, &LaunchChoice::student()).await;
    let user = nginx(&lab, "/", &cookie, &[]).await.header("remote-user").to_owned();
    let now = || Clock::System.now();
    let published = |published| {
        update(&lab, &ResourceChange { published: Some(published), ..ResourceChange::default() });
    };
    let registration = |enabled| {
        register::set_enabled(&mut lab.store(), &REGISTRATION.into(), enabled, now()).unwrap();
    };
    let account = |enabled| {
        set_enabled(&mut lab.store(), &user.as_str().into(), enabled, now()).unwrap();
    };
    let closed = |registrations: Option<Vec<&str>>| {
        let registrations = registrations.map(|slugs| {
            ltictl::rules::setting::ListOf(slugs.into_iter().map(Into::into).collect())
        });
        let change = ResourceChange {
            registrations: Some(Clearable(registrations)),
            ..ResourceChange::default()
        };
        update(&lab, &change);
    };
    let roles = |roles: &str| {
        let change = ResourceChange {
            allow_role: Some(roles.parse().unwrap()),
            ..ResourceChange::default()
        };
        update(&lab, &change);
    };
    let handover = |word: &str| {
        let change =
            ResourceChange { handover: Some(word.parse().unwrap()), ..ResourceChange::default() };
        update(&lab, &change);
    };
    let moved = |url: &str| update(&lab, &behind_proxy(url));
    let steps: [Step<'_>; 6] = [
        (&|| published(false), &|| published(true), (403, "resource_unpublished")),
        (&|| registration(false), &|| registration(true), (403, "registration_disabled")),
        (&|| closed(Some(vec![])), &|| closed(None), (403, "resource_not_for_registration")),
        (&|| roles("staff"), &|| roles("staff,learner"), (403, "role")),
        (&|| handover("token"), &|| handover("headers"), (403, "unknown_app")),
        (&|| moved("https://app.example.edu/"), &|| moved(ORIGIN_PAGE), (403, "unknown_app")),
    ];
    for (disable, enable, expected) in steps {
        disable();
        assert_eq!(outcome(&nginx(&lab, "/", &cookie, &[]).await), expected);
        enable();
        assert_eq!(outcome(&nginx(&lab, "/", &cookie, &[]).await), ACCEPTED, "{expected:?}");
    }
    // An account that is disabled loses its sessions, even if it is enabled again.
    for enabled in [false, true] {
        account(enabled);
        assert_eq!(outcome(&nginx(&lab, "/", &cookie, &[]).await), (401, "visit_over"));
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_is_withdrawn_and_guests_are_refused() {
    let lab = with_app().await;
    let change = |change: ResourceChange| update(&lab, &change);
    change(ResourceChange {
        allow_role: Some("staff".parse().unwrap()),
        ..ResourceChange::default()
    });
    let teacher = entered(&lab, &LaunchChoice::teacher()).await;
    let answer = nginx(&lab, "/", &teacher, &[]).await;
    assert_eq!((outcome(&answer), answer.header("x-lti-role")), (ACCEPTED, "staff"));
    // The platform has removed the role: Tina comes as a student, by another browser.
    let student = LaunchChoice { role: Role::Student, ..LaunchChoice::teacher() };
    ticket(&lab, &student).await;
    assert_eq!(outcome(&nginx(&lab, "/", &teacher, &[]).await), (403, "role"));
    change(ResourceChange {
        allow_role: Some("staff,learner".parse().unwrap()),
        ..ResourceChange::default()
    });
    let answer = nginx(&lab, "/", &teacher, &[]).await;
    assert_eq!((outcome(&answer), answer.header("x-lti-tool-role")), (ACCEPTED, "student"));
    lab.set_policy(PolicyChange { allow_anonymous: Some(true), ..Default::default() });
    let guest = entered(&lab, &LaunchChoice::student().with(Misbehaviour::SubMissing)).await;
    assert_eq!(outcome(&nginx(&lab, "/", &guest, &[]).await), (403, "guest"));
    change(ResourceChange { guests: Some(Guests::Allow), ..ResourceChange::default() });
    let answer = nginx(&lab, "/", &guest, &[]).await;
    assert_eq!(outcome(&answer), ACCEPTED);
    for (name, expected) in [
        ("remote-user", ""),
        ("remote-name", ""),
        ("x-lti-email", ""),
        ("x-lti-account", ""),
        ("x-lti-role", "learner"),
    ] {
        assert_eq!((answer.header(name), answer.all(name).len()), (expected, 1), "{name}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_from_other_pages_are_refused() {
    let lab = with_app().await;
    let cookie = entered(&lab, &LaunchChoice::student()).await;
    let foreign = ("origin", "https://other.example");
    let cross = (403, "cross_site_request");
    for (headers, expected) in [
        (&[("x-original-method", "POST"), foreign][..], cross),
        (&[("x-original-method", "PUT"), foreign], cross),
        (&[("x-original-method", ""), foreign], cross),
        (&[("x-original-method", "POST"), ("sec-fetch-site", "cross-site")], cross),
        (
            &[("x-original-method", "POST"), ("sec-fetch-site", "same-site"), ("origin", ORIGIN)],
            cross,
        ),
        (&[("x-original-upgrade", "websocket"), foreign], cross),
        (&[("x-original-method", "POST")], ACCEPTED),
        (&[("x-original-method", "POST"), ("origin", ORIGIN)], ACCEPTED),
        (
            &[("x-original-method", "POST"), ("sec-fetch-site", "same-origin"), ("origin", "null")],
            ACCEPTED,
        ),
        (&[("x-original-upgrade", "websocket"), ("origin", ORIGIN)], ACCEPTED),
        (&[("x-original-upgrade", "h2c"), ("origin", ORIGIN)], (403, "upgrade_unsupported")),
        (&[foreign], ACCEPTED),
    ] {
        let headers = [&[("x-original-url", ORIGIN_PAGE), ("cookie", &*cookie)], headers].concat();
        // Of two headers, the first counts: the one that nginx sets is the only one.
        let method_is_set = headers.iter().any(|(name, _)| *name == "x-original-method");
        let more = if method_is_set { vec![] } else { vec![("x-original-method", "GET")] };
        let headers = [headers, more].concat();
        let answer = ask_as_nginx(lab.server.local_addr(), &headers).await;
        assert_eq!(outcome(&answer), expected, "{headers:?}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_path_has_the_identity_of_its_own_launch_and_one_person() {
    let lab = with_app().await;
    let admin = publish(
        &lab,
        "Wiki admin",
        &ResourceChange {
            paths: Some(Clearable(Some(PathPrefix::new("/admin/").unwrap()))),
            allow_role: Some("staff".parse().unwrap()),
            ..behind_proxy("https://wiki.example.edu/admin/start")
        },
    );
    let sam = entered(&lab, &LaunchChoice::student()).await;
    for (path, expected) in [
        ("/x", ACCEPTED),
        ("/ADMIN/x", ACCEPTED),
        ("/admin/x", (401, "no_visit")),
        ("/admin", (401, "no_visit")),
        ("/%61dmin/x", (401, "no_visit")),
        ("/x/../admin/x", (403, "ambiguous_path")),
        ("//admin/x", (403, "ambiguous_path")),
        ("/admin%2fx", (403, "ambiguous_path")),
    ] {
        assert_eq!(outcome(&nginx(&lab, path, &sam, &[]).await), expected, "{path}");
    }
    let both = entered_with(&lab, &launch_of(LaunchChoice::student(), &admin), &sam).await;
    assert_eq!(outcome(&nginx(&lab, "/admin/x", &both, &[]).await), (403, "role"));
    for (path, resource) in [("/x", "algebra-quiz"), ("/admin/x", "wiki-admin")] {
        // Another person at the same browser: nothing of the first one is left.
        let tina = entered_with(&lab, &LaunchChoice::teacher(), &both).await;
        assert_eq!(outcome(&nginx(&lab, "/admin/x", &tina, &[]).await), (401, "no_visit"));
        let tina = entered_with(&lab, &launch_of(LaunchChoice::teacher(), &admin), &tina).await;
        let answer = nginx(&lab, path, &tina, &[]).await;
        assert_eq!((outcome(&answer), answer.header("x-lti-resource")), (ACCEPTED, resource));
        assert_eq!(answer.header("x-lti-role"), "staff");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_leave_by_a_button() {
    let lab = with_app().await;
    let cookie = entered(&lab, &LaunchChoice::student()).await;
    let address = lab.server.local_addr();
    let at = async |method, path, headers: &[(&str, &str)]| {
        Ask { method, path, host: HOST, headers, body: "" }.send(address).await
    };
    let ours = ("cookie", &*cookie);
    let checked = at("GET", "/bridge/app/check", &[ours]).await;
    assert_eq!(
        (checked.status, checked.header("location")),
        (303, "https://wiki.example.edu/start?a=b")
    );
    let checked = at("GET", "/bridge/app/check", &[]).await;
    assert_eq!((checked.status, checked.header("location")), (401, ""));
    let page = at("GET", "/bridge/app/leave", &[ours]).await;
    assert!(page.status == 200 && page.body.contains("action=\"/.ltictl/leave\""), "{}", page.body);
    assert_eq!(outcome(&nginx(&lab, "/", &cookie, &[]).await), ACCEPTED, "a link ends nothing");
    let foreign =
        at("POST", "/bridge/app/leave", &[ours, ("origin", "https://other.example")]).await;
    assert_eq!(foreign.status, 403);
    assert_eq!(outcome(&nginx(&lab, "/", &cookie, &[]).await), ACCEPTED);
    let left = at("POST", "/bridge/app/leave", &[ours, ("origin", ORIGIN)]).await;
    assert_eq!(left.status, 200, "{}", left.body);
    assert!(left.header("set-cookie").starts_with("__Host-ltictl=; Path=/; Max-Age=0;"));
    assert_eq!(outcome(&nginx(&lab, "/", &cookie, &[]).await), (401, "visit_over"));
    // The tool's own session is over, too.
    assert_eq!(lab.store().read().open_sessions(Clock::System.now()).unwrap(), 0);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_have_pages_where_a_browser_opens_one() {
    let lab = with_app().await;
    let address = lab.server.local_addr();
    let page = ("accept", "text/html,*/*;q=0.8");
    for (path, headers, status, text) in [
        (
            "/bridge/app/refused",
            &[page, ("x-lti-refusal", "no_visit")][..],
            401,
            "Open this page from your course",
        ),
        ("/bridge/app/refused", &[page, ("x-lti-refusal", "role")], 403, "not for your role"),
        (
            "/bridge/app/refused",
            &[page, ("x-lti-refusal", "<b>")],
            401,
            "Open this page from your course",
        ),
        (
            "/bridge/app/refused",
            &[("sec-fetch-dest", "iframe"), ("x-lti-refusal", "visit_over")],
            401,
            "Your session has ended",
        ),
        (
            "/bridge/app/refused",
            &[page, ("sec-fetch-dest", "script"), ("x-lti-refusal", "role")],
            403,
            "",
        ),
        ("/bridge/app/refused", &[("accept", "*/*")], 401, ""),
        (
            "/bridge/auth/forward",
            &[
                page,
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", HOST),
                ("x-forwarded-uri", "/"),
            ],
            401,
            "Open this page from your course",
        ),
        (
            "/bridge/auth/forward",
            &[("x-forwarded-proto", "https"), ("x-forwarded-host", HOST), ("x-forwarded-uri", "/")],
            401,
            "",
        ),
    ] {
        let answer = Ask { method: "GET", path, host: HOST, headers, body: "" }.send(address).await;
        assert_eq!(answer.status, status, "{path} {headers:?}");
        assert!(
            answer.body.contains(text) && answer.body.is_empty() == text.is_empty(),
            "{headers:?}: {}",
            answer.body
        );
        // nginx adds the header of its question.
        let challenge = if status == 401 && path.ends_with("forward") { "LTI" } else { "" };
        assert_eq!(answer.header("www-authenticate"), challenge);
        // They are on the app's host, which decides by itself whether it needs TLS.
        assert_eq!(answer.header("strict-transport-security"), "");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_is_signed_only_if_asked_for_and_accepted_by_the_api() {
    let lab = with_app().await;
    update(&lab, &ResourceChange { token_header: Some(true.into()), ..ResourceChange::default() });
    let cookie = entered(&lab, &LaunchChoice::student()).await;
    let answer = nginx(&lab, "/", &cookie, &[]).await;
    let token = answer.header("x-lti-token").to_owned();
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", &*bearer)];
    let ask = Ask { method: "GET", path: "/api/launch", host: HOST, headers: &headers, body: "" };
    let launch = ask.send(lab.server.local_addr()).await;
    let claims: serde_json::Value = serde_json::from_str(&launch.body).unwrap();
    assert_eq!((launch.status, &claims["aud"]), (200, &ORIGIN.into()), "{}", launch.body);
    assert_eq!(claims["account"]["username"], answer.header("remote-user"));
    // Another person has another one.
    let teacher = entered(&lab, &LaunchChoice::teacher()).await;
    let other = nginx(&lab, "/", &teacher, &[]).await;
    assert!(!other.header("x-lti-token").is_empty() && other.header("x-lti-token") != token);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn omitted_headers_are_empty_at_the_next_request() {
    let lab = with_app().await;
    let cookie = entered(&lab, &LaunchChoice::student()).await;
    let names = ["remote-user", "x-auth-request-user", "x-lti-role", "x-lti-roles"];
    for (omitted, empty) in [
        ("none", &[][..]),
        ("Remote-User,x-lti-roles", &["remote-user", "x-lti-roles"]),
        ("X-Lti-Role", &["x-lti-role"]),
        ("none", &[]),
    ] {
        let omit_headers = Some(omitted.parse().unwrap());
        update(&lab, &ResourceChange { omit_headers, ..ResourceChange::default() });
        let answer = nginx(&lab, "/", &cookie, &[]).await;
        for name in names {
            assert_eq!(answer.header(name).is_empty(), empty.contains(&name), "{omitted} {name}");
            // An absent header would let the browser's own one through some proxies.
            assert_eq!(answer.all(name).len(), 1, "{omitted} {name}");
        }
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_sites_may_change_things_only_if_allowed() {
    let lab = with_app().await;
    let cookie = entered(&lab, &LaunchChoice::student()).await;
    for (cross_site, expected) in
        [(CrossSite::Allow, ACCEPTED), (CrossSite::Refuse, (403, "cross_site_request"))]
    {
        update(&lab, &ResourceChange { cross_site: Some(cross_site), ..ResourceChange::default() });
        let headers = [("cookie", &*cookie), CROSS[0]];
        let path = "/bridge/auth/envoy/x";
        let ask = Ask { method: "POST", path, host: HOST, headers: &headers, body: "" };
        let answer = ask.send(lab.server.local_addr()).await;
        assert_eq!(outcome(&answer), expected, "{cross_site}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_are_not_counted_against_a_client() {
    let lab = Lab::with(|options| {
        options.client_address_header = Some("x-forwarded-for".parse().unwrap());
        options.limits.address = ltictl::rules::throttle::Rate::per_minute(1, 1);
    })
    .await;
    update(&lab, &behind_proxy(ORIGIN_PAGE));
    for _ in 0..200 {
        let answer = nginx(&lab, "/", "", &[("x-forwarded-for", "192.0.2.1")]).await;
        assert_eq!(outcome(&answer), (401, "no_visit"));
    }
    lab.stop().await;
}
