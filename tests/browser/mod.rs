//! The way of a launch through a real browser: the platform on `localhost` frames the tool on
//! `127.0.0.1`, which are two sites to it.

mod accounts;
mod apps;
mod chromium;
mod lti_1p1;
mod openid_apps;
mod platform_page;
mod providers;
mod selection;
mod web_apps;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Form, RawQuery, State};
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use ltictl::admin::{connect, dynamic, publish, register};
use ltictl::domain::Slug;
use ltictl::domain::{
    Clock, InvitationLifetime, Name, Provisioning, Random, Status, Target, TargetUrl,
};
use ltictl::rules::registration::{PlatformChange, PolicyChange};
use ltictl::rules::resource::ResourceChange;
use serde_json::Value;
use thirtyfour::prelude::{ElementQueryable as _, ElementWaitable as _};
use thirtyfour::{By, WebElement};
use tokio::sync::Barrier;

use self::chromium::site::Site;
use self::chromium::{Chromium, PATIENCE, ThirdPartyCookies};
use crate::lab::{self, Lab, REGISTRATION, RESOURCE};

fn set_target(lab: &Lab, target: Target) {
    let change = ResourceChange { target: Some(target.into()), ..ResourceChange::default() };
    publish::update(&mut lab.store(), &RESOURCE.into(), &change, Clock::System.now()).unwrap();
}

fn set_platform(lab: &Lab, change: &PlatformChange) {
    connect::set_platform(&mut lab.store(), &REGISTRATION.into(), change, Clock::System.now())
        .unwrap();
}

/// Where launched people stay.
fn sessions(lab: &Lab) -> String {
    format!("{}/session/", lab.url)
}

/// The heading and the facts of the built-in page of a launch in the algebra course.
fn algebra_page(
    heading: &str,
    person: &str,
    role: &str,
) -> std::collections::BTreeMap<String, String> {
    [
        ("", heading),
        ("You", person),
        ("Your role", role),
        ("Course", "Algebra I"),
        ("Learning platform", "Sandbox"),
    ]
    .map(|(label, fact)| (label.to_owned(), fact.to_owned()))
    .into()
}

/// Which of the cookies of a site in a frame of another site come back to it.
async fn cookies_in_a_frame(chromium: &Chromium) -> String {
    let (outer, inner) = (Site::that_frames().await, Site::of_cookies().await);
    let url = inner.origin("127.0.0.1");
    chromium.page.goto(format!("{}/?url={url}", outer.origin("localhost"))).await.unwrap();
    chromium.arrive_in_frame(&format!("{url}/shown")).await;
    chromium.text().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_shows_the_resource_in_the_platforms_frame() {
    let lab = Lab::start().await;
    let chromium = Chromium::start(ThirdPartyCookies::Allowed).await;
    chromium.launch(&lab, &[("user", "sam")]).await;
    chromium.arrive_in_frame(&sessions(&lab)).await;
    let student = algebra_page("Algebra quiz", "Sam Student", "Student");
    assert_eq!((chromium.status().await, chromium.facts().await), (200, student.clone()));
    chromium.reload_frame().await;
    assert_eq!((chromium.status().await, chromium.facts().await), (200, student));
    assert!(chromium.ask::<bool>("return window.top !== window").await);

    chromium.launch(&lab, &[("user", "tina"), ("window", "1")]).await;
    chromium.arrive_in_new_window(&sessions(&lab)).await;
    assert_eq!(
        (chromium.status().await, chromium.facts().await),
        (200, algebra_page("Algebra quiz", "Tina Teacher", "Teacher"))
    );
    assert!(chromium.ask::<bool>("return window.top === window").await);
    chromium.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_is_added_by_its_registration_url_and_launched() {
    let lab = Lab::start().await;
    // What was registered by hand gives way to what the platform registers.
    let (mut store, now) = (lab.store(), Clock::System.now());
    register::delete(&mut store, &REGISTRATION.into()).unwrap();
    let ((draft, _), _) =
        register::create(&mut store, &Name::new("Test platform").unwrap(), None, false, now)
            .unwrap();
    dynamic::invite(&mut store, &REGISTRATION.into(), InvitationLifetime::default(), false, now)
        .unwrap();
    let settings = store.read().settings().unwrap();
    let registration_url =
        dynamic::status(store.read(), &settings, draft.id, now).unwrap().url.unwrap();

    let chromium = Chromium::start(ThirdPartyCookies::Blocked).await;
    chromium.page.goto(lab.sandbox.issuer()).await.unwrap();
    chromium
        .page
        .find(By::Id("registration-url"))
        .await
        .unwrap()
        .send_keys(&registration_url)
        .await
        .unwrap();
    chromium.page.find(By::Css("#add-tool-form button")).await.unwrap().click().await.unwrap();
    chromium.arrive_in_frame(&format!("{}/lti/register", lab.url)).await;
    assert_eq!(
        store.read().registration(&Slug::new(REGISTRATION).unwrap()).unwrap().unwrap().status(),
        Status::Draft,
        "nothing happens before the button is pressed"
    );
    chromium.page.find(By::Id("register")).await.unwrap().click().await.unwrap();
    // The tool's last page asks the platform's to close it.
    chromium.page.enter_default_frame().await.unwrap();
    chromium.arrive_at(&format!("{}/?registered", lab.sandbox.issuer())).await;
    assert_eq!(
        store.read().registration(&Slug::new(REGISTRATION).unwrap()).unwrap().unwrap().status(),
        Status::Active
    );

    chromium
        .launch(&lab, &[("user", "sam"), ("custom", &format!("id={}", lab.resource_uuid))])
        .await;
    chromium.arrive_in_frame(&sessions(&lab)).await;
    assert_eq!(
        (chromium.status().await, chromium.facts().await),
        (200, algebra_page("Algebra quiz", "Sam Student", "Student"))
    );
    chromium.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_needs_no_third_party_cookies() {
    let lab = Lab::start().await;
    let ordinary = Chromium::start(ThirdPartyCookies::Allowed).await;
    assert_eq!(cookies_in_a_frame(&ordinary).await, "partitioned=1 plain=1");
    ordinary.close().await;

    let chromium = Chromium::start(ThirdPartyCookies::Blocked).await;
    assert_eq!(
        cookies_in_a_frame(&chromium).await,
        "partitioned=1",
        "the browser drops what it is to drop"
    );
    chromium.launch(&lab, &[]).await;
    chromium.arrive_in_frame(&sessions(&lab)).await;
    chromium.reload_frame().await;
    assert_eq!(
        (chromium.status().await, chromium.facts().await),
        (200, algebra_page("Algebra quiz", "Sam Student", "Student"))
    );
    let cookies = chromium.cookies().await;
    let ours: Vec<&Value> = cookies
        .iter()
        .filter(|cookie| cookie["name"].as_str().unwrap().starts_with("lti_"))
        .collect();
    let [session] = ours[..] else { panic!("only the session's cookie stays, not {ours:?}") };
    assert_eq!(
        (&session["partitionKey"]["topLevelSite"], &session["httpOnly"]),
        (&"http://localhost".into(), &true.into()),
        "{session}"
    );
    chromium.close().await;
    lab.stop().await;
}

/// Waits until the login's page in the frame has found no other way and offers a window.
async fn arrive_at_the_window_button(chromium: &Chromium, lab: &Lab) -> WebElement {
    chromium.arrive_in_frame(&format!("{}/lti/login/", lab.url)).await;
    let button = chromium.page.find(By::Css("#framed button")).await.unwrap();
    button.wait_until().wait(PATIENCE, Duration::from_millis(30)).displayed().await.unwrap();
    button
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_cookies_a_launch_is_bound_by_the_platforms_storage() {
    let lab = Lab::start().await;
    let mut chromium = Chromium::start(ThirdPartyCookies::Dropped).await;
    for storage in ["parent", "frame", "moved"] {
        set_target(&lab, Target::Page);
        chromium.launch(&lab, &[("user", "sam"), ("storage", storage)]).await;
        chromium.arrive_in_frame(&sessions(&lab)).await;
        let student = algebra_page("Algebra quiz", "Sam Student", "Student");
        assert_eq!(
            (chromium.status().await, chromium.facts().await),
            (200, student.clone()),
            "{storage}"
        );
        chromium.reload_frame().await;
        assert_eq!((chromium.status().await, chromium.facts().await), (200, student), "{storage}");

        let site = directory();
        set_target(&lab, Target::Directory(site.path().canonicalize().unwrap()));
        chromium.reload_frame().await;
        let page = walk_through_the_directory(&chromium).await;
        assert!(
            chromium.ask::<bool>("return document.cookie === '' && document.referrer === ''").await,
            "{storage}"
        );
        assert!(
            !chromium
                .cookies()
                .await
                .iter()
                .any(|cookie| cookie["name"].as_str().unwrap().starts_with("lti_")),
            "{storage}"
        );
        // A page of another site cannot lead anybody to it.
        let stranger = Site::that_frames().await;
        chromium.page.goto(stranger.origin("localhost")).await.unwrap();
        chromium
            .page
            .execute("location.assign(arguments[0])", vec![page.clone().into()])
            .await
            .unwrap();
        chromium.arrive_at(&page).await;
        assert_eq!(chromium.status().await, 403, "{storage}");
    }
    assert_eq!(chromium.policy_complaints().await, [""; 0]);
    chromium.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_cookies_a_person_still_chooses_an_account_and_reaches_an_app() {
    let lab = Lab::start().await;
    let change = ResourceChange {
        teacher_provisioning: Some(Provisioning::Prompt),
        ..ResourceChange::default()
    };
    publish::update(&mut lab.store(), &RESOURCE.into(), &change, Clock::System.now()).unwrap();
    let chromium = Chromium::start(ThirdPartyCookies::Dropped).await;
    chromium.launch(&lab, &[("user", "tina"), ("storage", "frame")]).await;
    chromium.arrive_in_frame(&format!("{}/lti/resume", lab.url)).await;
    chromium.page.find(By::Id("create")).await.unwrap().click().await.unwrap();
    chromium.arrive_in_frame(&sessions(&lab)).await;
    assert_eq!(
        (chromium.status().await, chromium.facts().await),
        (200, algebra_page("Algebra quiz", "Tina Teacher", "Teacher"))
    );

    let received = Received::default();
    let app = start_app(Arc::clone(&received)).await;
    let origin = app.origin("app.localhost");
    set_target(&lab, Target::App(TargetUrl::new(&format!("{origin}/open"), false).unwrap()));
    chromium
        .launch(&lab, &[("user", "tina"), ("storage", "parent"), ("custom", "force_embed=1")])
        .await;
    chromium.arrive_in_frame(&format!("{origin}/welcome")).await;
    let token = received.lock().unwrap().pop().unwrap();
    assert_eq!(verified(&lab, &token, &origin).await["role"], "staff");
    chromium.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_cookies_and_storage_a_launch_continues_in_a_new_window() {
    let lab = Lab::start().await;
    let mut chromium = Chromium::start(ThirdPartyCookies::Dropped).await;
    assert_eq!(cookies_in_a_frame(&chromium).await, "", "the browser drops what it is to drop");
    let platform = chromium.page.window().await.unwrap();
    for storage in ["none", "broken", "wrong-origin"] {
        chromium.page.switch_to_window(platform.clone()).await.unwrap();
        chromium.launch(&lab, &[("user", "sam"), ("storage", storage)]).await;
        let button = arrive_at_the_window_button(&chromium, &lab).await;
        assert!(chromium.text().await.contains("This page needs its own window."), "{storage}");
        button.click().await.unwrap();
        assert!(chromium.text().await.contains("Continue in the other window."), "{storage}");
        assert!(!button.is_displayed().await.unwrap());
        chromium.arrive_in_new_window(&sessions(&lab)).await;
        assert_eq!(
            (chromium.status().await, chromium.facts().await),
            (200, algebra_page("Algebra quiz", "Sam Student", "Student")),
            "{storage}"
        );
        assert!(
            chromium
                .ask::<bool>(
                    "return window.top === window && location.pathname.indexOf('.') === -1"
                )
                .await,
            "{storage}: first-party, with a cookie"
        );
        chromium.page.refresh().await.unwrap();
        assert_eq!(chromium.facts().await, algebra_page("Algebra quiz", "Sam Student", "Student"));
        chromium.page.close_window().await.unwrap();
    }
    chromium.page.switch_to_window(platform).await.unwrap();
    assert_eq!(chromium.policy_complaints().await, [""; 0]);
    chromium.close().await;
    lab.stop().await;
}

/// A page `/auth` that leads two logins to the platform as soon as both have arrived, so that both
/// have set their cookies before either launch.
async fn meeting_point(platform: String) -> Site {
    let both = Arc::new(Barrier::new(2));
    let meet = move |RawQuery(query): RawQuery| async move {
        both.wait().await;
        Redirect::to(&format!("{platform}?{}", query.unwrap()))
    };
    Site::start(Router::new().route("/auth", get(meet))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_launches_at_the_same_time_do_not_disturb_each_other() {
    let lab = Lab::start().await;
    let reading = Name::new("Reading list").unwrap();
    let change = ResourceChange {
        teacher_provisioning: Some(Provisioning::Auto),
        ..ResourceChange::default()
    };
    let (reading, _) = publish::publish(
        &mut lab.store(),
        &reading,
        None,
        &change,
        false,
        Clock::System.now(),
        &Random::System,
    )
    .unwrap();
    let meeting = meeting_point(lab.sandbox.authentication_request_url()).await;
    let address = format!("{}/auth", meeting.origin("localhost"));
    set_platform(
        &lab,
        &PlatformChange { authentication_request_url: Some(address), ..PlatformChange::default() },
    );

    let chromium = Chromium::start(ThirdPartyCookies::Allowed).await;
    let first = chromium.page.window().await.unwrap();
    let second = chromium.page.new_tab().await.unwrap();
    let press_soon =
        "setTimeout(() => document.getElementById('launch-form').requestSubmit(), 400)";
    chromium.choose(&lab, &[("user", "sam"), ("link", "quiz")]).await;
    chromium.page.switch_to_window(second.clone()).await.unwrap();
    chromium
        .choose(
            &lab,
            &[("user", "tina"), ("link", "reading"), ("custom", &format!("id={}", reading.uuid))],
        )
        .await;
    for tab in [&first, &second] {
        chromium.page.switch_to_window(tab.clone()).await.unwrap();
        chromium.page.execute(press_soon, vec![]).await.unwrap();
    }
    let pages = [
        (&first, algebra_page("Algebra quiz", "Sam Student", "Student")),
        (&second, algebra_page("Reading list", "Tina Teacher", "Teacher")),
    ];
    for (tab, expected) in &pages {
        chromium.page.switch_to_window((*tab).clone()).await.unwrap();
        chromium.arrive_in_frame(&sessions(&lab)).await;
        assert_eq!(chromium.facts().await, *expected);
    }
    // Neither has taken the other's place.
    for (tab, expected) in &pages {
        chromium.page.switch_to_window((*tab).clone()).await.unwrap();
        chromium.arrive_in_frame(&sessions(&lab)).await;
        chromium.reload_frame().await;
        assert_eq!(chromium.facts().await, *expected);
    }
    chromium.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_registered_platform_may_frame_a_page() {
    let lab = Lab::start().await;
    let mut chromium = Chromium::start(ThirdPartyCookies::Allowed).await;
    chromium.launch(&lab, &[]).await;
    chromium.arrive_in_frame(&sessions(&lab)).await;
    let page: String = chromium.ask("return location.href").await;
    assert_eq!(chromium.policy_complaints().await, [""; 0]);

    // Another port of the platform's host is the same site, whose cookies are sent, but another
    // origin.
    let stranger = Site::that_frames().await;
    chromium.page.goto(format!("{}/?url={page}", stranger.origin("localhost"))).await.unwrap();
    chromium.arrive_in_frame("chrome-error://").await;
    chromium.wait_for_complaint("frame-ancestors").await;
    // Another site gets no cookie, so no session is known: anyone may frame the page that says so,
    // and there is nothing to click.
    chromium.page.goto(format!("{}/?url={page}", stranger.origin("127.0.0.1"))).await.unwrap();
    chromium.arrive_in_frame(&page).await;
    assert_eq!(chromium.status().await, 403);
    assert!(
        chromium.text().await.contains("open the link again")
            && !chromium.text().await.contains("Algebra"),
        "{}",
        chromium.text().await
    );
    let active: u32 = chromium
        .ask("return document.querySelectorAll('a, button, form, input, script').length")
        .await;
    assert_eq!(active, 0);
    // The stranger's page would show it if it were allowed to.
    let origin = stranger.origin("localhost");
    let frame_ancestors = Some(vec![origin.clone()]);
    lab.set_policy(PolicyChange { frame_ancestors, ..PolicyChange::default() });
    chromium.page.goto(format!("{origin}/?url={page}")).await.unwrap();
    chromium.arrive_in_frame(&page).await;
    assert_eq!(chromium.facts().await, algebra_page("Algebra quiz", "Sam Student", "Student"));
    chromium.close().await;
    lab.stop().await;
}

type Received = Arc<Mutex<Vec<String>>>;

/// An app of the tool's owner: takes a launch by POST, and shows a page of its own.
async fn start_app(received: Received) -> Site {
    async fn open(
        State(received): State<Received>,
        Form(form): Form<Vec<(String, String)>>,
    ) -> Redirect {
        let [(name, token)] = &form[..] else { panic!("one field") };
        assert_eq!(name, "launch_token");
        received.lock().unwrap().push(token.clone());
        Redirect::to("/welcome")
    }
    let welcome = Html(
        "<!doctype html><title>App</title><link rel=icon href=\"data:,\"><h1>Welcome to the \
         app</h1>",
    );
    let pages = Router::new()
        .route("/open", post(open))
        .route("/welcome", get(move || async move { welcome }));
    Site::start(pages.with_state(received)).await
}

/// The claims of a launch token for this audience, verified with the keys that the tool publishes.
async fn verified(lab: &Lab, token: &str, audience: &str) -> Value {
    let keyset = lab.browser.another().get(&format!("{}/lti/jwks", lab.url)).await.unwrap();
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&keyset.body).unwrap();
    let key = keys.find(&jsonwebtoken::decode_header(token).unwrap().kid.unwrap()).unwrap();
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    rules.set_audience(&[audience]);
    rules.set_issuer(&[&lab.url]);
    jsonwebtoken::decode::<Value>(token, &jsonwebtoken::DecodingKey::from_jwk(key).unwrap(), &rules)
        .unwrap()
        .claims
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_receives_the_launch_and_shows_itself_in_the_frame() {
    let lab = Lab::start().await;
    let received = Received::default();
    let app = start_app(Arc::clone(&received)).await;
    let origin = app.origin("app.localhost");
    set_target(&lab, Target::App(TargetUrl::new(&format!("{origin}/open"), false).unwrap()));

    let chromium = Chromium::start(ThirdPartyCookies::Blocked).await;
    chromium.launch(&lab, &[("user", "tina"), ("custom", "force_embed=1")]).await;
    chromium.arrive_in_frame(&format!("{origin}/welcome")).await;
    assert_eq!(chromium.text().await, "Welcome to the app");
    let tokens = received.lock().unwrap().clone();
    let [token] = &tokens[..] else { panic!("one launch, not {}", tokens.len()) };
    let claims = verified(&lab, token, &origin).await;
    assert_eq!((&claims["aud"], &claims["role"]), (&Value::from(origin), &Value::from("staff")));
    assert_eq!(
        (&claims["user"]["name"], &claims["resource"]["uuid"]),
        (&"Tina Teacher".into(), &lab.resource_uuid.clone().into())
    );
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60);
    chromium.close().await;
    lab.stop().await;
}

/// Follows a link in the navigation bar around a resource. Returns the heading of the page.
async fn go_to(chromium: &Chromium, place: &str) -> String {
    chromium.page.find(By::LinkText(place)).await.unwrap().click().await.unwrap();
    let here = By::XPath(format!("//nav//a[@aria-current='page' and text()='{place}']"));
    chromium.page.query(here).wait(PATIENCE, Duration::from_millis(30)).first().await.unwrap();
    chromium.text_of("h1").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_teacher_uses_the_navigation() {
    let lab = Lab::start().await;
    let mut chromium = Chromium::start(ThirdPartyCookies::Blocked).await;
    for width in [1000, 320] {
        chromium.be_narrow(width).await;
        chromium.launch(&lab, &[("user", "sam")]).await;
        chromium.arrive_in_frame(&sessions(&lab)).await;
        assert!(
            chromium.page.find_all(By::Css("nav")).await.unwrap().is_empty(),
            "a student sees the resource alone"
        );
        chromium.launch(&lab, &[("user", "tina"), ("custom", "force_embed=true")]).await;
        chromium.arrive_in_frame(&sessions(&lab)).await;
        assert!(
            chromium.page.find_all(By::Css("nav")).await.unwrap().is_empty(),
            "and so does a teacher where the link says so"
        );
        assert_eq!(chromium.facts().await, algebra_page("Algebra quiz", "Tina Teacher", "Teacher"));

        chromium.launch(&lab, &[("user", "tina")]).await;
        chromium.arrive_in_frame(&sessions(&lab)).await;
        assert_eq!(chromium.facts().await, algebra_page("Algebra quiz", "Tina Teacher", "Teacher"));
        for (place, words) in [
            ("Members", "Sam Student"),
            ("Grades", "No grade yet"),
            ("Links", "Weekly quiz"),
            ("Resource", "Tina Teacher"),
        ] {
            let heading = go_to(&chromium, place).await;
            assert_eq!(heading, if place == "Resource" { "Algebra quiz" } else { place });
            assert!(chromium.text().await.contains(words), "{place}: {}", chromium.text().await);
            assert!(!chromium.scrolls_sideways().await, "{place} at {width}");
        }
        go_to(&chromium, "Members").await;
        chromium.reload_frame().await;
        assert_eq!(chromium.status().await, 200);
    }
    assert_eq!(chromium.policy_complaints().await, [""; 0]);
    chromium.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_teacher_sees_a_directory_and_an_app_in_a_frame_below_the_bar() {
    let lab = Lab::start().await;
    let received = Received::default();
    let app = start_app(Arc::clone(&received)).await;
    let origin = app.origin("app.localhost");
    let site = directory();
    // Each of the three ways in which a browser comes to its session.
    for (cookies, storage) in [
        (ThirdPartyCookies::Allowed, "none"),
        (ThirdPartyCookies::Blocked, "none"),
        (ThirdPartyCookies::Dropped, "parent"),
    ] {
        let mut chromium = Chromium::start(cookies).await;
        for (target, heading) in [
            (Target::Directory(site.path().canonicalize().unwrap()), "Welcome"),
            (
                Target::App(TargetUrl::new(&format!("{origin}/open"), false).unwrap()),
                "Welcome to the app",
            ),
        ] {
            set_target(&lab, target);
            chromium.launch(&lab, &[("user", "tina"), ("storage", storage)]).await;
            chromium.arrive_in_frame(&sessions(&lab)).await;
            assert!(
                !chromium.scrolls_sideways().await && !chromium.scrolls_down().await,
                "the frame fills what the bar leaves"
            );
            chromium.page.enter_frame(0).await.unwrap();
            let shown = By::XPath(format!("//h1[text()='{heading}']"));
            chromium
                .page
                .query(shown)
                .wait(PATIENCE, Duration::from_millis(30))
                .first()
                .await
                .unwrap();
            chromium.page.enter_parent_frame().await.unwrap();
            assert_eq!(go_to(&chromium, "Links").await, "Links", "{cookies:?}");
        }
        assert_eq!(chromium.policy_complaints().await, [""; 0], "{cookies:?}");
        chromium.close().await;
    }
    assert_eq!(received.lock().unwrap().len(), 3, "one launch each");
    lab.stop().await;
}

/// A directory whose pages need each other, a style, a picture and a script.
fn directory() -> tempfile::TempDir {
    let site = tempfile::tempdir().unwrap();
    std::fs::create_dir(site.path().join("part")).unwrap();
    let index = r#"<!doctype html><title>Site</title><link rel="stylesheet" href="style.css"><h1>Welcome</h1><img src="part/dot.svg" alt=""><a href="part/">On</a>
        <script src="script.js"></script>"#;
    let dot = r#"<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"><rect width="7" height="7"/></svg>"#;
    let files = [
        ("index.html", index),
        ("style.css", "h1 { color: rgb(1, 2, 3) }"),
        ("script.js", "document.title = 'Script ran'"),
        ("part/dot.svg", dot),
        (
            "part/index.html",
            "<!doctype html><title>Part</title><h1>Part</h1><a href=\"../index.html\">Back</a>",
        ),
    ];
    for (file, text) in files {
        std::fs::write(site.path().join(file), text).unwrap();
    }
    site
}

/// Opens the directory's pages in the frame, one after the other. Returns the URL of the first.
async fn walk_through_the_directory(chromium: &Chromium) -> String {
    let script = "return [getComputedStyle(document.querySelector('h1')).color, \
        document.querySelector('img').naturalWidth, document.title]";
    assert_eq!(
        chromium.ask::<Value>(script).await,
        serde_json::json!(["rgb(1, 2, 3)", 7, "Script ran"])
    );
    let page: String = chromium.ask("return location.href").await;
    for (below, heading) in [("part/", "Part"), ("index.html", "Welcome")] {
        chromium.page.find(By::Tag("a")).await.unwrap().click().await.unwrap();
        chromium.arrive_in_frame(&format!("{page}{below}")).await;
        assert_eq!(
            chromium.ask::<String>("return document.querySelector('h1').textContent").await,
            heading
        );
    }
    page
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_works_in_the_frame_and_needs_a_session() {
    let lab = Lab::start().await;
    let site = directory();
    set_target(&lab, Target::Directory(site.path().canonicalize().unwrap()));

    let chromium = Chromium::start(ThirdPartyCookies::Blocked).await;
    chromium.launch(&lab, &[]).await;
    chromium.arrive_in_frame(&sessions(&lab)).await;
    let page = walk_through_the_directory(&chromium).await;
    chromium.close().await;

    let stranger = Chromium::start(ThirdPartyCookies::Allowed).await;
    for below in ["", "style.css"] {
        stranger.page.goto(format!("{page}{below}")).await.unwrap();
        assert_eq!(stranger.status().await, 403);
        assert!(
            stranger.text().await.contains("Your session has ended or belongs to another browser.")
        );
    }
    stranger.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_launch_says_so_in_the_frame_even_on_a_phone() {
    let lab = Lab::start().await;
    let mut chromium = Chromium::start(ThirdPartyCookies::Allowed).await;
    chromium.be_narrow(320).await;
    chromium.launch(&lab, &[("misbehaviour", "deployment-unknown")]).await;
    chromium.arrive_in_frame(&format!("{}/lti/launch", lab.url)).await;
    assert_eq!(chromium.status().await, 403);
    let text = chromium.text().await;
    let launch = lab.newest_launch().unwrap();
    assert_eq!(lab::outcome(&launch), "deployment_unknown");
    for words in [
        "The link could not be opened",
        "This tool is not yet set up for your part of the learning platform.",
        launch.id.as_str(),
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    assert!(!chromium.scrolls_sideways().await, "the page of a refused launch");
    chromium.page.enter_default_frame().await.unwrap();
    assert!(!chromium.scrolls_sideways().await, "the platform's page");

    chromium.launch(&lab, &[]).await;
    chromium.arrive_in_frame(&sessions(&lab)).await;
    assert!(!chromium.scrolls_sideways().await, "the resource's page");
    let page: String = chromium.ask("return location.href").await;
    assert_eq!(chromium.policy_complaints().await, [""; 0]);
    // A complaint from inside the frame would have been heard.
    chromium
        .page
        .execute(
            "document.body.append(Object.assign(document.createElement('style'), { \
        textContent: 'p { color: red }' }))",
            vec![],
        )
        .await
        .unwrap();
    chromium.wait_for_complaint("inline style").await;

    for (path, words) in [
        ("/", "Page not found"),
        ("/lti/launch", "This is the Tool URL"),
        (&page[lab.url.len()..], "Your session has ended"),
    ] {
        chromium.page.goto(format!("{}{path}", lab.url)).await.unwrap();
        assert!(chromium.text().await.contains(words), "{path}");
        assert!(!chromium.scrolls_sideways().await, "{path}");
    }
    chromium.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_names_are_shown_as_text() {
    let lab = Lab::start().await;
    let chromium = Chromium::start(ThirdPartyCookies::Allowed).await;
    chromium.launch(&lab, &[("misbehaviour", "hostile-names")]).await;
    chromium.arrive_in_frame(&sessions(&lab)).await;
    let facts = chromium.facts().await;
    // The full name has control characters, so that the account has only the other names.
    assert_eq!(facts["You"], "Sam Student", "{facts:?}");
    assert_eq!(facts["Course"], "</title><img src=x onerror=alert(1)>");
    assert!(!facts.values().any(|fact| fact.contains(['\u{1b}', '\u{202e}'])), "{facts:?}");
    assert_eq!(
        chromium
            .ask::<u32>(
                "return document.querySelectorAll('script:not([data-origins]), img, dd b').length"
            )
            .await,
        0
    );
    assert!(chromium.page.get_alert_text().await.is_err(), "no script has spoken");

    chromium.launch(&lab, &[("misbehaviour", "error-hostile")]).await;
    chromium.arrive_in_frame(&format!("{}/lti/launch", lab.url)).await;
    assert_eq!(
        chromium.ask::<u32>("return document.querySelectorAll('script, img, main b').length").await,
        0
    );
    assert!(chromium.page.get_alert_text().await.is_err(), "no script has spoken");
    chromium.close().await;
    lab.stop().await;
}
