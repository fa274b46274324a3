//! The tool inside another site's page, where a browser may keep no cookies for it: what it answers
//! there, over real HTTP. What the scripts of its pages do is tried in a browser.

use std::collections::BTreeMap;

use ltictl::admin::publish;
use ltictl::domain::{Clock, Provisioning, Target};
use ltictl::rules::resource::ResourceChange;
use ltictl::sandbox::browser::{Browser, Page};
use ltictl::sandbox::{FormLaunch, LaunchChoice, Storage};

use crate::lab::{Lab, REGISTRATION, RESOURCE, outcome, script_data};

/// A new browser whose requests carry these headers.
fn browser(lab: &Lab, headers: &[(&'static str, &str)]) -> Browser {
    headers
        .iter()
        .fold(lab.browser.another(), |browser, (name, value)| browser.with_header(name, value))
}

/// The login request that the platform's page sends for a launch.
async fn login_request(lab: &Lab, storage: Storage) -> Vec<(String, String)> {
    let choice = LaunchChoice { storage, ..LaunchChoice::student() };
    lab.sandbox.click(&mut lab.browser.another(), &choice).await.unwrap().form().unwrap().fields
}

fn login_url(lab: &Lab) -> String {
    format!("{}/lti/login/{REGISTRATION}", lab.url)
}

const FRAMED: (&str, &str) = ("sec-fetch-dest", "iframe");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_in_a_frame_gets_a_page_and_every_other_one_a_redirect() {
    let lab = Lab::start().await;
    let html = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let window = ("ltictl_window".to_owned(), "1".to_owned());
    let plain = login_request(&lab, Storage::Absent).await;
    let with_storage = login_request(&lab, Storage::Parent).await;
    let in_window = [plain.clone(), vec![window]].concat();
    for (headers, form, status) in [
        (&[FRAMED][..], &plain, 200),
        (&[("sec-fetch-dest", "embed"), html], &plain, 200),
        (&[("sec-fetch-dest", "object"), html], &plain, 200),
        (&[("sec-fetch-dest", "document"), html], &plain, 302),
        (&[("sec-fetch-dest", "document"), html], &with_storage, 200),
        (&[("sec-fetch-dest", "document"), html], &in_window, 200),
        (&[html], &plain, 200),
        (&[("accept", "*/*")], &plain, 302),
        (&[], &plain, 302),
    ] {
        let by_post = browser(&lab, headers).post_form(&login_url(&lab), form).await.unwrap();
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let by_get =
            browser(&lab, headers).get(&format!("{}?{query}", login_url(&lab))).await.unwrap();
        for answer in [by_post, by_get] {
            assert_eq!(answer.status, status, "{headers:?}: {}", answer.body);
            let cookie = answer.header("set-cookie").unwrap();
            assert!(
                cookie.starts_with("lti_state_")
                    && cookie.ends_with(
                        "; Path=/lti; Max-Age=600; HttpOnly; Secure; SameSite=None; Partitioned"
                    ),
                "{cookie}"
            );
            assert_eq!(
                (answer.header("cache-control"), answer.header("referrer-policy")),
                (Some("no-store"), Some("no-referrer"))
            );
            let to = if status == 200 {
                script_data(&answer)["url"].clone()
            } else {
                answer.header("location").unwrap().to_owned()
            };
            assert!(
                to.starts_with(&format!(
                    "{}?scope=openid",
                    lab.sandbox.authentication_request_url()
                )),
                "{to}"
            );
        }
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_login_page_continues_in_three_ways_and_shows_secrets_once() {
    let lab = Lab::start().await;
    for (storage, target) in [
        (Storage::Absent, None),
        (Storage::Parent, Some("_parent")),
        (Storage::Frame, Some("post_message_forwarding")),
    ] {
        let request = login_request(&lab, storage).await;
        let answer = browser(&lab, &[FRAMED]).post_form(&login_url(&lab), &request).await.unwrap();
        let data = script_data(&answer);
        let attribute = |name: &str| data.get(name).map(String::as_str);
        assert_eq!((attribute("cookie-path"), attribute("storage-target")), (Some("/lti"), target));
        let authentication = url::Url::parse(&data["url"]).unwrap();
        let state =
            authentication.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let cookie = answer.header("set-cookie").unwrap().split(['=', ';']).nth(1).unwrap();
        match target {
            Some(_) => {
                assert_eq!(
                    attribute("storage-origin"),
                    Some(authentication.origin().ascii_serialization().as_str())
                );
                assert_eq!(data["storage-key"], format!("state_{state}"));
                assert!(
                    data["storage-value"].len() == 43 && !state.contains(&data["storage-value"])
                );
                assert_ne!(data["storage-value"], cookie, "neither gives the other away");
            }
            None => assert_eq!(
                (attribute("storage-origin"), attribute("storage-key"), attribute("storage-value")),
                (None, None, None)
            ),
        }
        assert!(!answer.body.contains(cookie), "the cookie is not for scripts");
        // The form starts the same login again, and holds what the platform sent and nothing else.
        let form = answer.form().unwrap();
        assert_eq!(
            (form.action.as_str(), form.method.as_str()),
            (login_url(&lab).as_str(), "POST")
        );
        let mut expected: BTreeMap<_, _> =
            request.into_iter().filter(|(name, _)| name != "lti_storage_target").collect();
        expected.insert("ltictl_window".to_owned(), "1".to_owned());
        assert_eq!(form.fields.into_iter().collect::<BTreeMap<_, _>>(), expected);
        assert!(answer.body.contains(
            "<noscript><p>Your browser does not run scripts. Please \
            click to continue.</p><p><a class=\"button\" href=\""
        ));

        let policy = answer.header("content-security-policy").unwrap();
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        let expected = format!(
            "default-src 'none'; base-uri 'none'; style-src 'nonce-{nonce}'; script-src \
             'nonce-{nonce}'; form-action {}; frame-ancestors 'self' {}",
            lab.url,
            lab.sandbox.issuer()
        );
        assert_eq!(policy, expected);
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_login_page_escapes_what_a_platform_sends() {
    let lab = Lab::start().await;
    let hostile = "\"><script>alert(1)</script>' {{7*7}}";
    let mut request = login_request(&lab, Storage::Absent).await;
    request.push(("lti_storage_target".to_owned(), hostile.to_owned()));
    request.iter_mut().find(|(name, _)| name == "login_hint").unwrap().1 = hostile.to_owned();
    let answer = browser(&lab, &[FRAMED]).post_form(&login_url(&lab), &request).await.unwrap();
    assert_eq!(
        (answer.status, answer.body.matches("<script").count()),
        (200, 1),
        "{}",
        answer.body
    );
    assert_eq!(answer.form().unwrap().field("login_hint"), Some(hostile));
    lab.stop().await;
}

/// A launch as far as the platform's answer, from a login whose browser keeps nothing but what the
/// platform keeps for it.
struct Stored {
    /// The page that sends the token.
    answer: Page,
    /// What the platform keeps.
    value: String,
    /// The login's own browser.
    browser: Browser,
}

async fn stored(lab: &Lab) -> Stored {
    let mut browser = browser(lab, &[FRAMED]);
    let login = browser
        .post_form(&login_url(lab), &login_request(lab, Storage::Parent).await)
        .await
        .unwrap();
    let data = script_data(&login);
    let answer = browser.get(&data["url"]).await.unwrap();
    Stored { answer, value: data["storage-value"].clone(), browser }
}

/// Sends what a page of the tool sends.
async fn resume(lab: &Lab, waits: &Page, value: &str) -> Page {
    let mut form = waits.form().unwrap();
    form.set("value", value);
    browser(lab, &[("sec-fetch-site", "same-origin")]).submit_form(waits, &form).await.unwrap()
}

fn newest_outcome(lab: &Lab) -> String {
    outcome(&lab.newest_launch().unwrap()).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_without_cookies_waits_for_the_platforms_storage() {
    let lab = Lab::start().await;
    let stored = stored(&lab).await;
    let waits = lab.browser.another().submit(&stored.answer).await.unwrap();
    assert_eq!(
        (waits.status, waits.header("referrer-policy"), lab.newest_launch()),
        (200, Some("same-origin"), None)
    );
    let (form, data) = (waits.form().unwrap(), script_data(&waits));
    assert_eq!(
        (form.action.as_str(), form.field("value")),
        (format!("{}/lti/resume", lab.url).as_str(), Some(""))
    );
    let state = stored.answer.form().unwrap().field("state").unwrap().to_owned();
    assert_eq!(
        (data["storage-target"].as_str(), &data["storage-key"]),
        ("_parent", &format!("state_{state}"))
    );
    for secret in [&stored.value, stored.answer.form().unwrap().field("id_token").unwrap()] {
        assert!(
            !waits.body.contains(secret),
            "the page asks for the value, and has no use for the token"
        );
    }
    let entered = resume(&lab, &waits, &stored.value).await;
    assert_eq!((entered.status, newest_outcome(&lab).as_str()), (303, "accepted"));
    assert!(!entered.headers.contains_key("set-cookie"), "the browser keeps none");
    let location = entered.header("location").unwrap();
    let page = lab.browser.another().get(location).await.unwrap();
    assert!(page.status == 200 && page.body.contains("Sam Student"), "{location}");
    assert_eq!(resume(&lab, &waits, &stored.value).await.status, 403, "it has gone on");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_response_is_useless_without_the_platforms_storage() {
    let lab = Lab::start().await;
    let own = stored(&lab).await;
    let state_of =
        |stored: &Stored| stored.answer.form().unwrap().field("state").unwrap().to_owned();
    let cookie = |stored: &Stored| stored.browser.cookies_for(&login_url(&lab)).remove(0).1;
    for claim in [
        "nothing",
        "the state",
        "the thief's own value",
        "the cookie",
        "the value with a line break",
    ] {
        let victim = stored(&lab).await;
        let value = match claim {
            "nothing" => String::new(),
            "the state" => state_of(&victim),
            "the thief's own value" => own.value.clone(),
            "the cookie" => cookie(&victim),
            _ => format!("{}\n", victim.value),
        };
        let waits = lab.browser.another().submit(&victim.answer).await.unwrap();
        let refused = resume(&lab, &waits, &value).await;
        assert_eq!(
            (refused.status, newest_outcome(&lab).as_str()),
            (401, "cookie_missing"),
            "{claim}"
        );
        assert!(refused.body.contains("The link could not be opened"));
        assert_eq!(
            resume(&lab, &waits, &victim.value).await.status,
            403,
            "{claim}: there is one try"
        );
    }
    // A login to which the platform offered nothing cannot be proven so, whatever the answer says.
    let plain = LaunchChoice::student();
    let page = lab.sandbox.launch_until_token(&mut lab.browser.another(), &plain).await.unwrap();
    let mut form = page.form().unwrap();
    form.set("lti_storage_target", "_parent");
    let refused = lab.browser.another().post_form(&form.action, &form.fields).await.unwrap();
    assert_eq!((refused.status, newest_outcome(&lab).as_str()), (401, "cookie_missing"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_cannot_be_injected_into_another_persons_browser() {
    let lab = Lab::start().await;
    // The attacker knows handle and value of a launch of their own, and makes the victim's browser
    // send them.
    let own = stored(&lab).await;
    let waits = lab.browser.another().submit(&own.answer).await.unwrap();
    let mut form = waits.form().unwrap();
    form.set("value", &own.value);
    for headers in [
        &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")][..],
        &[("origin", "https://evil.example")],
        &[("origin", lab.sandbox.issuer())],
        &[("origin", "null")],
        &[("origin", lab.url.as_str()), ("sec-fetch-site", "cross-site")],
        &[],
    ] {
        let refused = browser(&lab, headers).post_form(&form.action, &form.fields).await.unwrap();
        assert_eq!(refused.status, 403, "{headers:?}");
        assert!(
            !refused.headers.contains_key("set-cookie")
                && !refused.headers.contains_key("location")
        );
    }
    assert_eq!(
        resume(&lab, &waits, &own.value).await.status,
        303,
        "it still waits for its own browser"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_in_for_another_person_is_refused() {
    let lab = Lab::start().await;
    let change = ResourceChange {
        teacher_provisioning: Some(Provisioning::Prompt),
        ..ResourceChange::default()
    };
    publish::update(&mut lab.store(), &RESOURCE.into(), &change, Clock::System.now()).unwrap();
    let mut attacker = lab.browser.another();
    let question = lab.sandbox.launch(&mut attacker, &LaunchChoice::teacher()).await.unwrap();
    let form = question.form().unwrap();
    assert_eq!(
        (question.status, form.action.as_str()),
        (200, format!("{}/lti/account", lab.url).as_str())
    );
    // A wrong password would show the page again: in the victim's browser, and for the attacker's
    // launch.
    let credentials = [("choice", "sign-in"), ("username", "x"), ("password", "x")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let handle = ("handle".to_owned(), form.field("handle").unwrap().to_owned());
    let fields = [vec![handle.clone()], credentials.to_vec()].concat();
    for headers in [&[("origin", "https://evil.example")][..], &[("origin", "null")], &[]] {
        let answer = browser(&lab, headers).post_form(&form.action, &fields).await.unwrap();
        assert_eq!((answer.status, answer.form()), (403, None), "{headers:?}");
        assert!(answer.body.contains("This launch is over"));
    }
    let again =
        browser(&lab, &[("origin", &lab.url)]).post_form(&form.action, &fields).await.unwrap();
    assert!(
        again.status == 403 && again.form().unwrap().fields.contains(&handle),
        "our own page gets its answer"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_waits_for_a_minute() {
    let lab = Lab::start().await;
    let own = stored(&lab).await;
    let waits = lab.browser.another().submit(&own.answer).await.unwrap();
    let mut options =
        ltictl::server::Options::new(lab.database.clone(), ([127, 0, 0, 1], 0).into());
    options.clock = Clock::Fixed(Clock::System.now() + jiff::SignedDuration::from_secs(61));
    let later = ltictl::server::Server::start(options).await.unwrap();
    let mut form = waits.form().unwrap();
    form.set("value", &own.value);
    let url = format!("http://{}/lti/resume", later.local_addr());
    let late = browser(&lab, &[("origin", &lab.url)]).post_form(&url, &form.fields).await.unwrap();
    assert_eq!(
        (late.status, late.body.contains("It continued in another window or has expired")),
        (403, true)
    );
    later.shutdown().await;
    assert_eq!(resume(&lab, &waits, &own.value).await.status, 303);
    lab.stop().await;
}

/// A launched browser's session: its URL, and the URL that opens it without a cookie.
async fn launched(lab: &Lab) -> (Browser, String, String) {
    let mut browser = lab.browser.another();
    let answer = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    let location = answer.header("location").unwrap().to_owned();
    let secret = browser
        .cookies_for(&location)
        .into_iter()
        .find(|(name, _)| name.starts_with("lti_session_"))
        .unwrap()
        .1;
    let with_secret = format!("{}.{secret}/", location.trim_end_matches('/'));
    (browser, location, with_secret)
}

/// Gets a URL with a browser that keeps no cookies.
async fn get(lab: &Lab, url: &str, headers: &[(&'static str, &str)]) -> Page {
    browser(lab, headers).get(url).await.unwrap()
}

fn check_no_referrer(page: &Page) {
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"), "{}", page.status);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_opens_by_its_url_where_there_are_no_cookies() {
    let lab = Lab::start().await;
    let (_, _, with_secret) = launched(&lab).await;
    let page = get(&lab, &with_secret, &[]).await;
    assert!(
        page.status == 200
            && page.body.contains("Sam Student")
            && !page.headers.contains_key("set-cookie")
    );
    check_no_referrer(&page);
    let bare = get(&lab, with_secret.trim_end_matches('/'), &[]).await;
    assert_eq!((bare.status, bare.header("location")), (303, Some(with_secret.as_str())));
    check_no_referrer(&bare);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_open_by_the_url_of_their_session() {
    let lab = Lab::start().await;
    let (_, location, with_secret) = launched(&lab).await;
    let site = tempfile::tempdir().unwrap();
    std::fs::create_dir(site.path().join("part")).unwrap();
    for file in ["index.html", "part/index.html", "style.css"] {
        std::fs::write(site.path().join(file), file).unwrap();
    }
    let target = Some(Target::Directory(site.path().canonicalize().unwrap()).into());
    publish::update(
        &mut lab.store(),
        &RESOURCE.into(),
        &ResourceChange { target, ..ResourceChange::default() },
        Clock::System.now(),
    )
    .unwrap();
    for (below, status) in [("", 200), ("style.css", 200), ("part/", 200), ("none", 404)] {
        let page = get(&lab, &format!("{with_secret}{below}"), &[]).await;
        assert_eq!(page.status, status, "{below}");
        check_no_referrer(&page);
        assert_eq!(
            get(&lab, &format!("{location}{below}"), &[]).await.status,
            403,
            "{below}: the URL without the secret opens nothing"
        );
    }
    let part = get(&lab, &format!("{with_secret}part"), &[]).await;
    assert_eq!(part.header("location"), Some(format!("{with_secret}part/").as_str()));
    check_no_referrer(&part);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_url_of_a_session_cannot_be_guessed_or_linked_by_another_site() {
    let lab = Lab::start().await;
    let (_, _, with_secret) = launched(&lab).await;
    let cross_site = [
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-dest", "document"),
    ];
    assert_eq!(get(&lab, &with_secret, &cross_site).await.status, 403);
    let same_site = [("sec-fetch-mode", "navigate"), ("sec-fetch-site", "same-origin")];
    assert_eq!(get(&lab, &with_secret, &same_site).await.status, 200);
    let (_, other, other_with_secret) = launched(&lab).await;
    let (handle, secret) = (other.trim_end_matches('/'), with_secret.rsplit('.').next().unwrap());
    assert_eq!(get(&lab, &other_with_secret, &[]).await.status, 200);
    for wrong in [
        format!("{handle}.{secret}/"),
        format!("{handle}./"),
        format!("{handle}.{}/", "A".repeat(43)),
    ] {
        assert_eq!(get(&lab, &wrong, &[]).await.status, 403, "{wrong}");
    }
    assert_eq!(get(&lab, &format!("{handle}.nonsense"), &[]).await.status, 404);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_of_lti_1p1_in_a_frame_can_continue_in_a_window() {
    let lab = Lab::with_consumer().await;
    let mut framed = browser(&lab, &[FRAMED]);
    let answer = lab.sandbox.launch_form(&mut framed, &FormLaunch::student()).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    let policy = answer.header("content-security-policy").unwrap();
    assert!(
        policy.contains(&format!("frame-ancestors 'self' {}", lab.sandbox.issuer())),
        "{policy}"
    );
    let form = answer.form().expect("a form for the window");
    let secret = form.field("secret").expect("a secret").to_owned();
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("lti_session_") && cookie.contains(&secret), "{cookie}");
    let url = script_data(&answer)["url"].clone();
    assert!(!url.contains(&secret), "{url}");
    let page = framed.get(&url).await.unwrap();
    assert!(
        page.status == 200 && page.body.contains("Sam Student"),
        "the frame's own cookie works"
    );

    // The window has other cookies than the frame.
    let mut window = lab.browser.another();
    let opened = window.submit_form(&answer, &form).await.unwrap();
    assert_eq!((opened.status, opened.header("location")), (303, Some(url.as_str())));
    let page = window.follow(opened).await.unwrap();
    assert!(page.status == 200 && page.body.contains("Sam Student"), "{}", page.body);
    let mut wrong = form.clone();
    wrong.set("secret", &"A".repeat(43));
    let mut stranger = lab.browser.another();
    assert_eq!(stranger.submit_form(&answer, &wrong).await.unwrap().status, 403);
    let from_elsewhere = stranger.post_form(&form.action, &form.fields).await.unwrap();
    assert_eq!((from_elsewhere.status, from_elsewhere.header("set-cookie")), (403, None));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_of_lti_1p3_does_not_move_to_a_window() {
    let lab = Lab::with_consumer().await;
    let mut person = lab.browser.another();
    let answer = lab.sandbox.launch(&mut person, &LaunchChoice::student()).await.unwrap();
    assert_eq!(answer.status, 303);
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let (name, secret) = cookie.split_once('=').unwrap();
    let handle = name.strip_prefix("lti_session_").unwrap();
    let mut framed = browser(&lab, &[FRAMED]);
    let page = lab.sandbox.launch_form(&mut framed, &FormLaunch::student()).await.unwrap();
    let mut form = page.form().unwrap();
    form.set("handle", handle);
    form.set("secret", secret);
    let refused = framed.submit_form(&page, &form).await.unwrap();
    assert_eq!((refused.status, refused.header("set-cookie")), (403, None));
    lab.stop().await;
}
