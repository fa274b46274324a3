//! Launches through the real server over real HTTP: what a browser gets at each step, and what it
//! no longer gets when something has changed.

use std::collections::BTreeMap;

use ltictl::admin::{connect, publish, register, setup};
use ltictl::domain::{Clock, DeploymentPolicy, Name, Slug, Target};
use ltictl::rules::carry_over::UserDecision;
use ltictl::rules::registration::{PlatformChange, PolicyChange};
use ltictl::rules::resource::{self, ResourceChange};
use ltictl::sandbox::browser::{Browser, Page};
use ltictl::sandbox::{LaunchChoice, Misbehaviour};
use serde_json::{Value, json};
use url::Url;

use crate::lab::{self, Lab, REGISTRATION, RESOURCE, outcome};

fn cookies(page: &Page) -> Vec<&str> {
    page.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect()
}

fn login_parameters(lab: &Lab) -> Vec<(String, String)> {
    [
        ("iss", lab.sandbox.issuer()),
        ("login_hint", "4 & more"),
        ("target_link_uri", &format!("{}/lti/launch", lab.url)),
        ("lti_message_hint", "{\"a\":\"ü\"}"),
        ("client_id", lab.sandbox.client_id()),
        ("canvas_region", "unknown parameters do no harm"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

pub(super) fn update(lab: &Lab, change: &ResourceChange) {
    publish::update(&mut lab.store(), &RESOURCE.into(), change, Clock::System.now()).unwrap();
}

/// Launches and stops before the session's page: the browser with its cookies, and the page's URL.
async fn launched(lab: &Lab) -> (Browser, String) {
    let mut browser = lab.browser.another();
    let page = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    assert_eq!(page.status, 303, "{}", page.body);
    (browser, page.header("location").unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_registration_says_what_launches_may_be_signed_with() {
    let lab = Lab::start().await;
    let allow = |list: &str| {
        let algorithms = Some(list.parse().unwrap());
        lab.set_policy(PolicyChange { algorithms, ..PolicyChange::default() });
    };
    let student = || LaunchChoice::student().custom("id", &lab.resource_uuid);
    // Each list holds from the next launch on. The platform's RSA key says that it is for RS256, so
    // its PS256 signature is good for nothing.
    for (list, plain, es256, ps256) in [
        ("RS256", "accepted", "alg_not_allowed", "alg_not_allowed"),
        ("RS256,ES256", "accepted", "accepted", "alg_not_allowed"),
        ("ES256", "alg_not_allowed", "accepted", "alg_not_allowed"),
        ("RS256,PS256", "accepted", "alg_not_allowed", "jwks_bad"),
    ] {
        allow(list);
        for (choice, expected) in [
            (student(), plain),
            (student().with(Misbehaviour::AlgEs256True), es256),
            (student().with(Misbehaviour::AlgPs256), ps256),
        ] {
            lab.launch(&choice).await;
            assert_eq!(
                outcome(&lab.newest_launch().unwrap()),
                expected,
                "{list}: {:?}",
                choice.misbehaviour
            );
        }
        // Its name over an RSA signature does not make a token ES256.
        lab.launch(&student().with(Misbehaviour::AlgEs256)).await;
        let refused = if list.contains("ES256") { "jwks_bad" } else { "alg_not_allowed" };
        assert_eq!(outcome(&lab.newest_launch().unwrap()), refused, "{list}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_redirects_to_the_platform_with_a_cookie_for_this_launch_only() {
    let lab = Lab::start().await;
    let parameters = login_parameters(&lab);
    let query =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&parameters).finish();
    for path in ["/lti/login".to_owned(), format!("/lti/login/{REGISTRATION}")] {
        let url = format!("{}{path}", lab.url);
        let by_post = lab.browser.another().post_form(&url, &parameters).await.unwrap();
        let by_get = lab.browser.another().get(&format!("{url}?{query}")).await.unwrap();
        for page in [by_post, by_get] {
            assert_eq!(page.status, 302, "{}", page.body);
            assert_eq!(page.header("cache-control"), Some("no-store"));
            assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
            let location = Url::parse(page.header("location").unwrap()).unwrap();
            assert!(location.as_str().starts_with(&lab.sandbox.authentication_request_url()));
            let mut sent: BTreeMap<String, String> = location.query_pairs().into_owned().collect();
            let state = sent.remove("state").unwrap();
            assert!(sent.remove("nonce").unwrap().len() >= 22);
            let expected = [
                ("scope", "openid"),
                ("response_type", "id_token"),
                ("response_mode", "form_post"),
                ("prompt", "none"),
                ("client_id", lab.sandbox.client_id()),
                ("redirect_uri", &format!("{}/lti/launch", lab.url)),
                ("login_hint", "4 & more"),
                ("lti_message_hint", "{\"a\":\"ü\"}"),
            ];
            assert_eq!(
                sent,
                expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
            );
            let [cookie] = cookies(&page)[..] else {
                panic!("one cookie, not {:?}", cookies(&page))
            };
            let (pair, attributes) = cookie.split_once("; ").unwrap();
            assert_eq!(
                attributes,
                "Path=/lti; Max-Age=600; HttpOnly; Secure; SameSite=None; Partitioned"
            );
            let (name, value) = pair.split_once('=').unwrap();
            assert!(name.starts_with("lti_state_") && !state.contains(value), "{name}");
        }
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cookies_of_other_programs_on_the_host_do_no_harm() {
    let lab = Lab::start().await;
    let mut browser = lab.browser.another();
    browser.set_cookie(&lab.url, "city=Zürich; Path=/").unwrap();
    let page = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    assert_eq!((page.status, outcome(&lab.newest_launch().unwrap())), (303, "accepted"));
    assert_eq!(browser.get(page.header("location").unwrap()).await.unwrap().status, 200);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_ends_on_the_resources_page_and_a_reload_repeats_nothing() {
    let lab = Lab::start().await;
    update(
        &lab,
        &ResourceChange {
            description: Some("Ten questions.\nTake <b>your</b> time.".parse().unwrap()),
            ..ResourceChange::default()
        },
    );
    let mut browser = lab.browser.another();
    let answer = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let location = answer.header("location").unwrap().to_owned();
    check_launch_cookies(&answer, &lab);

    for _ in 0..2 {
        check_resource_page(&browser.get(&location).await.unwrap(), &lab);
    }
    assert_eq!(launch_count(&lab), 1, "reloading launches nothing");

    let bare = browser.get(location.trim_end_matches('/')).await.unwrap();
    assert_eq!((bare.status, bare.header("location")), (303, Some(location.as_str())));
    let below = browser.get(&format!("{location}other")).await.unwrap();
    assert_eq!(below.status, 404);
    lab.stop().await;
}

/// Fails unless an accepted launch sets the session's cookie, for its page only, and clears that
/// of the login.
fn check_launch_cookies(answer: &Page, lab: &Lab) {
    let location = answer.header("location").unwrap();
    let handle =
        location.strip_prefix(&format!("{}/session/", lab.url)).unwrap().strip_suffix('/').unwrap();
    let [session, state] = cookies(answer)[..] else { panic!("two cookies") };
    assert!(session.starts_with(&format!("lti_session_{handle}=")));
    assert!(
        session.ends_with(&format!(
            "; Path=/session/{handle}/; Max-Age=28800; HttpOnly; Secure; SameSite=None; Partitioned"
        )),
        "{session}"
    );
    assert!(
        state.starts_with("lti_state_")
            && state
                .ends_with("=; Path=/lti; Max-Age=0; HttpOnly; Secure; SameSite=None; Partitioned"),
        "{state}"
    );
}

/// Fails unless the page shows resource, person and course, and has the headers that let it only
/// be shown within the platform.
fn check_resource_page(page: &Page, lab: &Lab) {
    assert_eq!(page.status, 200);
    for text in [
        "Lab Tool",
        "Algebra quiz",
        "Sam Student",
        "Student",
        "Algebra I",
        "Take &#60;b&#62;your&#60;/b&#62; time.",
    ] {
        assert!(page.body.contains(text), "{text} is not in {}", page.body);
    }
    let policy = page.header("content-security-policy").unwrap();
    let origin = Url::parse(lab.sandbox.issuer()).unwrap().origin().ascii_serialization();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; base-uri 'none'; style-src 'nonce-{nonce}'; script-src \
             'nonce-{nonce}'; form-action 'self'; frame-ancestors 'self' {}",
            frames(&origin, lab)
        )
    );
    assert!(page.body.contains(&format!("<style nonce=\"{nonce}\">")));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(
        page.header("referrer-policy"),
        Some("same-origin"),
        "the button to sign out says where it comes from"
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(
        page.header("x-frame-options").is_none()
            && page.header("strict-transport-security").is_none()
    );
}

fn launch_count(lab: &Lab) -> usize {
    lab.store()
        .read()
        .launches(&ltictl::store::LaunchFilter { limit: 100, ..Default::default() })
        .unwrap()
        .len()
}

/// The origins that frame this lab's pages, as the header lists them.
fn frames(issuer: &str, lab: &Lab) -> String {
    let mut origins = vec![
        issuer.to_owned(),
        Url::parse(&lab.sandbox.authentication_request_url())
            .unwrap()
            .origin()
            .ascii_serialization(),
    ];
    origins.sort();
    origins.dedup();
    origins.join(" ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_belongs_to_one_browser() {
    let lab = Lab::start().await;
    let (mut browser, location) = launched(&lab).await;
    assert_eq!(browser.get(&location).await.unwrap().status, 200);
    let stranger = lab.browser.another().get(&location).await.unwrap();
    assert_eq!(stranger.status, 403);
    assert!(stranger.body.contains(
        "Your session has ended or belongs to another browser. Go back to \
        your course and open the link again."
    ));
    assert!(!stranger.body.contains("Algebra"));
    assert!(
        stranger.header("content-security-policy").unwrap().ends_with("frame-ancestors *"),
        "the page shows inside the platform's frame"
    );
    // The secret of another session does not open this one.
    let (other, _) = launched(&lab).await;
    let handle = location.trim_end_matches('/').rsplit('/').next().unwrap();
    let mut thief = lab.browser.another();
    thief
        .set_cookie(
            &location,
            &format!("lti_session_{handle}=AAAA; Path=/session/{handle}/; Secure"),
        )
        .unwrap();
    assert_eq!(thief.get(&location).await.unwrap().status, 403);
    drop(other);
    for handle in ["0000000000000000", "nonsense", "..%2f..", "%00"] {
        assert_eq!(
            browser.get(&format!("{}/session/{handle}/", lab.url)).await.unwrap().status,
            403,
            "{handle}"
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_apply_at_the_next_request() {
    let lab = Lab::start().await;
    let now = Clock::System.now();
    let (mut browser, location) = launched(&lab).await;
    let status = async |browser: &mut Browser| browser.get(&location).await.unwrap().status;

    update(&lab, &ResourceChange { published: Some(false), ..ResourceChange::default() });
    let page = browser.get(&location).await.unwrap();
    assert_eq!((page.status, page.body.contains("This resource is not available")), (403, true));
    let refused = lab.launch(&LaunchChoice::student()).await;
    assert_eq!(
        (refused.status, outcome(&lab.newest_launch().unwrap())),
        (404, "resource_unpublished")
    );
    update(
        &lab,
        &ResourceChange {
            published: Some(true),
            name: Some(Name::new("Geometry quiz").unwrap()),
            ..ResourceChange::default()
        },
    );
    assert!(browser.get(&location).await.unwrap().body.contains("Geometry quiz"));

    register::set_enabled(&mut lab.store(), &REGISTRATION.into(), false, now).unwrap();
    let page = browser.get(&location).await.unwrap();
    assert_eq!((page.status, page.body.contains("This connection is disabled")), (403, true));
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 403);
    register::set_enabled(&mut lab.store(), &REGISTRATION.into(), true, now).unwrap();
    assert_eq!(status(&mut browser).await, 200);

    setup::set(&mut lab.store(), "name", "Renamed Tool", false).unwrap();
    assert!(browser.get(&location).await.unwrap().body.contains("Renamed Tool"));

    connect::remove_deployment(
        &mut lab.store(),
        &REGISTRATION.into(),
        lab.sandbox.deployment_id(),
        now,
    )
    .unwrap();
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 403);
    assert_eq!(outcome(&lab.newest_launch().unwrap()), "deployment_unknown");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_that_makes_an_account_is_audited_and_the_next_one_changes_nothing() {
    let lab = Lab::start().await;
    launched(&lab).await;
    let store = lab.store();
    let username = store.read().usernames().unwrap().remove(0);
    let expected = [
        format!("launch: created account {username}"),
        format!("launch: created account_link {username}: {} 4", lab.sandbox.issuer()),
        format!("launch: created enrolment {username}/{RESOURCE}"),
    ];
    assert_eq!(lab.audited(), expected);
    launched(&lab).await;
    assert_eq!(lab.audited(), expected, "another launch of the same person changes nothing");
    let refused = lab
        .sandbox
        .launch(
            &mut lab.browser.another(),
            &LaunchChoice::student().with(Misbehaviour::DeploymentUnknown),
        )
        .await
        .unwrap();
    assert_eq!((refused.status / 100, lab.audited().len()), (4, 3));
    let proof = store.read().audit_proof(None).unwrap();
    assert_eq!(
        (proof.problem, proof.append_only),
        (None, true),
        "commands and server share one chain"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends() {
    let start: jiff::Timestamp = Clock::System.now();
    let lab = Lab::start().await;
    setup::set(&mut lab.store(), "session_lifetime", "1m", false).unwrap();
    let (browser, location) = launched(&lab).await;
    let cookies: Vec<String> = browser
        .cookies_for(&location)
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let path = location.strip_prefix(&lab.url).unwrap();
    for (seconds, expected) in [(50, 200), (3600, 403)] {
        // Another server on the same database, later.
        let mut options =
            ltictl::server::Options::new(lab.database.clone(), ([127, 0, 0, 1], 0).into());
        options.clock = Clock::Fixed(start + jiff::SignedDuration::from_secs(seconds));
        let later = ltictl::server::Server::start(options).await.unwrap();
        let url = format!("http://{}{path}", later.local_addr());
        let answer = reqwest::Client::new()
            .get(url)
            .header("cookie", cookies.join("; "))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), expected, "after {seconds} s");
        later.shutdown().await;
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_names_are_shown_as_text() {
    let lab = Lab::start().await;
    let mut browser = lab.browser.another();
    let patch = json!({
        "name": "<script>alert(1)</script>\u{1b}[31m\"'&",
        "https://purl.imsglobal.org/spec/lti/claim/context": { "id": "2", "title": "</dd><img \
            src=x onerror=alert(1)>\u{202e}" },
        "https://purl.imsglobal.org/spec/lti/claim/tool_platform": { "guid": "g", "name": "{{ \
            nonce }}\u{0}" },
    });
    let page = lab
        .sandbox
        .launch_and_follow(&mut browser, &LaunchChoice::student().patched(patch))
        .await
        .unwrap();
    assert_eq!(page.status, 200);
    for forbidden in ["<script>alert", "<img", "\u{1b}", "\u{202e}", "\u{0}"] {
        assert!(!page.body.contains(forbidden), "{forbidden:?}");
    }
    // The full name has control characters, so that the account has only the other names.
    assert!(page.body.contains("Sam Student"), "{}", page.body);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_gets_a_token_that_it_can_verify() {
    let lab = Lab::start().await;
    let target = resource::parse_target("http://localhost:9/start?from=lti", false).unwrap();
    update(&lab, &ResourceChange { target: Some(target.into()), ..ResourceChange::default() });
    let (mut browser, location) = launched(&lab).await;
    let page = browser.get(&location).await.unwrap();
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("form-action http://localhost:9;") && policy.contains("script-src 'nonce-"),
        "{policy}"
    );
    let form = page.form().unwrap();
    assert_eq!(
        (form.method.as_str(), form.action.as_str()),
        ("POST", "http://localhost:9/start?from=lti")
    );
    let [(name, token)] = &form.fields[..] else { panic!("one field, not {:?}", form.fields) };
    assert_eq!(name, "launch_token");

    let keyset = lab.browser.another().get(&format!("{}/lti/jwks", lab.url)).await.unwrap();
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&keyset.body).unwrap();
    let key = keys.find(&jsonwebtoken::decode_header(token).unwrap().kid.unwrap()).unwrap();
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    rules.set_audience(&["http://localhost:9"]);
    rules.set_issuer(&[&lab.url]);
    let claims = jsonwebtoken::decode::<Value>(
        token,
        &jsonwebtoken::DecodingKey::from_jwk(key).unwrap(),
        &rules,
    )
    .unwrap()
    .claims;
    assert_eq!(claims["iss"], lab.url);
    assert_eq!(claims["aud"], "http://localhost:9");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60);
    assert_eq!(
        (&claims["role"], &claims["resource"]["uuid"]),
        (&json!("learner"), &json!(lab.resource_uuid))
    );
    assert_eq!(claims["user"]["name"], "Sam Student");
    assert_eq!(claims["platform"]["registration"], REGISTRATION);
    assert_eq!(claims["custom"]["id"], lab.resource_uuid);
    assert!(claims["context"]["type"].is_array());

    let again = browser.get(&location).await.unwrap();
    let second =
        decoded(again.form().unwrap().field("launch_token").unwrap().split('.').nth(1).unwrap());
    assert_ne!(second["jti"], claims["jti"], "a reload makes another token");

    // The platform of the launch identified the person, whatever the registration says by now.
    let (issuer, client_id) = (Some("https://other.example".into()), Some("other".into()));
    let change = PlatformChange {
        issuer,
        client_id,
        users: Some(UserDecision::Leave),
        ..PlatformChange::default()
    };
    connect::set_platform(&mut lab.store(), &REGISTRATION.into(), &change, Clock::System.now())
        .unwrap();
    let moved = browser.get(&location).await.unwrap();
    let third =
        decoded(moved.form().unwrap().field("launch_token").unwrap().split('.').nth(1).unwrap());
    assert_eq!((&third["sub"], &third["platform"]), (&claims["sub"], &claims["platform"]));
    lab.stop().await;
}

pub(super) fn decoded(segment: &str) -> Value {
    use base64::Engine as _;
    serde_json::from_slice(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(segment).unwrap(),
    )
    .unwrap()
}

/// A launched resource that is a directory.
struct Site {
    lab: Lab,
    directory: tempfile::TempDir,
    browser: Browser,
    /// URL of the session.
    location: String,
}

impl Site {
    async fn launched() -> Self {
        let lab = Lab::start().await;
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("sub")).unwrap();
        for (file, text) in [
            ("index.html", "<p>Welcome</p>"),
            ("sub/index.html", "<p>Deeper</p>"),
            ("style.css", "p { }"),
            (".secret", "no"),
            ("a b.txt", "spaced"),
        ] {
            std::fs::write(directory.path().join(file), text).unwrap();
        }
        let target = Target::Directory(directory.path().canonicalize().unwrap());
        update(&lab, &ResourceChange { target: Some(target.into()), ..ResourceChange::default() });
        let (browser, location) = launched(&lab).await;
        Self { lab, directory, browser, location }
    }

    /// Sends a path below the session as it is, with the browser's cookies. Browsers and clients
    /// would normalize it.
    async fn raw(&self, method: &str, below: &str) -> String {
        let session = self.location.strip_prefix(&self.lab.url).unwrap();
        let cookies: Vec<String> = self
            .browser
            .cookies_for(&self.location)
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = cookies.join("; ");
        lab::raw(
            &self.lab,
            &format!(
                "{method} {session}{below} HTTP/1.1\r\nHost: x\r\nCookie: {cookies}\r\n\
                 Content-Length: 0\r\nConnection: close\r\n\r\n"
            ),
        )
        .await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_is_served_to_launched_people_only() {
    let Site { lab, directory: _directory, mut browser, location } = Site::launched().await;
    for (below, status, kind) in [
        ("", 200, "text/html"),
        ("index.html", 200, "text/html"),
        ("style.css", 200, "text/css"),
        ("sub/", 200, "text/html"),
        ("a%20b.txt", 200, "text/plain"),
        ("style.css?version=2", 200, "text/css"),
        (".secret", 404, "text/html"),
        ("%2esecret", 404, "text/html"),
        ("missing", 404, "text/html"),
        ("a%00b", 404, "text/html"),
        ("..%2findex.html", 404, "text/html"),
        ("sub%5c..", 404, "text/html"),
        ("style.css/", 404, "text/html"),
    ] {
        let page = browser.get(&format!("{location}{below}")).await.unwrap();
        assert_eq!(page.status, status, "{below}");
        let content_type = page.header("content-type").unwrap();
        assert!(content_type.starts_with(kind), "{below}: {content_type}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert!(
            page.header("content-security-policy").unwrap().contains("frame-ancestors 'self' http"),
            "{below}"
        );
        if status == 200 {
            assert_eq!(page.header("cache-control"), Some("private, no-cache"));
        }
    }
    let sub = browser.get(&format!("{location}sub")).await.unwrap();
    assert_eq!(
        (sub.status, sub.header("location")),
        (303, Some(format!("{location}sub/").as_str()))
    );
    let without_cookie = lab.browser.another().get(&format!("{location}style.css")).await.unwrap();
    assert_eq!(without_cookie.status, 403);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_outside_the_directory_are_not_served() {
    let site = Site::launched().await;
    let outside = site.directory.path().parent().unwrap().join("ltictl-test-outside.txt");
    let outside_name = outside.file_name().unwrap().to_str().unwrap();
    std::fs::write(&outside, "secret").unwrap();
    for below in [
        format!("../{outside_name}"),
        format!("sub/../../{outside_name}"),
        format!("/{}", outside.display()),
        "..".into(),
        "sub/..".into(),
    ] {
        let answer = site.raw("GET", &below).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{below}: {answer}");
        assert!(!answer.contains("secret"));
    }
    std::fs::remove_file(outside).unwrap();
    site.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_can_only_be_read() {
    let site = Site::launched().await;
    let answer = site.raw("HEAD", "style.css").await;
    assert!(
        answer.starts_with("HTTP/1.1 200")
            && answer.ends_with("\r\n\r\n")
            && answer.contains("content-length: 5"),
        "{answer}"
    );
    let answer = site.raw("POST", "style.css").await;
    assert!(
        answer.starts_with("HTTP/1.1 405") && answer.to_lowercase().contains("allow: get,head"),
        "{answer}"
    );
    site.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_launch_shows_who_can_help_and_a_number() {
    let lab = Lab::start().await;
    let page = lab.launch(&LaunchChoice::student().custom("id", "<b>not-an-id</b>")).await;
    assert_eq!(page.status, 404);
    let launch = lab.newest_launch().unwrap();
    for text in [
        "<h1>The link could not be opened</h1>",
        "The link leads to a resource that does not exist here.",
        "Who can help",
        launch.id.as_str(),
        "Give this ID to",
    ] {
        assert!(page.body.contains(text), "{text}");
    }
    assert!(
        !page.body.contains("not-an-id") && !page.body.contains(REGISTRATION),
        "nothing of the cause"
    );
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .ends_with(&format!("frame-ancestors 'self' {}", frames(lab.sandbox.issuer(), &lab)))
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));

    // An error that comes by GET is an answer like any other: the state counts first.
    let mut browser = lab.browser.another();
    let token = lab
        .sandbox
        .launch_until_token(&mut browser, &LaunchChoice::student())
        .await
        .unwrap()
        .form()
        .unwrap();
    let query = |state: &str| format!("{}/lti/launch?error=login_required&state={state}", lab.url);
    assert_eq!(browser.get(&query(token.field("state").unwrap())).await.unwrap().status, 401);
    assert_eq!(outcome(&lab.newest_launch().unwrap()), "platform_error:login_required");
    assert_eq!(browser.get(&query("forged")).await.unwrap().status, 401);
    assert_eq!(outcome(&lab.newest_launch().unwrap()), "state_unknown");
    assert_eq!(
        browser.post_form(&token.action, &token.fields).await.unwrap().status,
        303,
        "the login is completed after all"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_deployments_that_can_be_listed_are_accepted_unseen() {
    let lab = Lab::start().await;
    let deployments = Some(DeploymentPolicy::Accept);
    lab.set_policy(PolicyChange { deployments, ..PolicyChange::default() });
    for (deployment, expected) in [
        ("course-7", "accepted"),
        (" course-8", "deployment_unknown"),
        ("course\u{202e}9", "deployment_unknown"),
    ] {
        let patch =
            json!({ "https://purl.imsglobal.org/spec/lti/claim/deployment_id": deployment });
        let mut choice = LaunchChoice::student().patched(patch);
        choice.misbehaviour = Some(Misbehaviour::LoginWithoutDeployment);
        lab.launch(&choice).await;
        assert_eq!(outcome(&lab.newest_launch().unwrap()), expected, "{deployment:?}");
    }
    let store = lab.store();
    let registration =
        store.read().registration(&Slug::new(REGISTRATION).unwrap()).unwrap().unwrap();
    let listed: Vec<String> = store
        .read()
        .deployments(registration.id)
        .unwrap()
        .iter()
        .map(|deployment| deployment.deployment_id.to_string())
        .collect();
    assert_eq!(listed, [lab.sandbox.deployment_id(), "course-7"]);
    lab.stop().await;
}
