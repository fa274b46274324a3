//! The tool inside another site's page, where a browser may keep no cookies for it: what it answers there, over real HTTP. What the scripts of its pages do is tried in a browser.

mod lab;

use std::collections::BTreeMap;

use ltictl::domain::{Clock, Target};
use ltictl::sandbox::browser::{Browser, Page};
use ltictl::sandbox::{LaunchChoice, Storage};
use ltictl::usecase::publish::{self, ResourceChange};

use self::lab::{Lab, REGISTRATION, RESOURCE};

/// A new browser whose requests carry these headers.
fn browser(lab: &Lab, headers: &[(&'static str, &str)]) -> Browser {
    headers.iter().fold(lab.browser.another(), |browser, (name, value)| browser.saying(name, value))
}

/// The login request that the platform's page sends for a launch.
async fn login_request(lab: &Lab, storage: Storage) -> Vec<(String, String)> {
    let choice = LaunchChoice { storage, ..LaunchChoice::student() };
    lab.sandbox.click(&mut lab.browser.another(), &choice).await.unwrap().form().unwrap().fields
}

fn login_url(lab: &Lab) -> String {
    format!("{}/lti/login/{REGISTRATION}", lab.url)
}

/// What the script of a page is told.
fn data(page: &Page) -> BTreeMap<String, String> {
    let script = page.body.split("<script").nth(1).unwrap().split('>').next().unwrap();
    let attributes = script.split("data-").skip(1).map(|attribute| attribute.split_once("=\"").unwrap());
    attributes.map(|(name, rest)| (name.to_owned(), rest.split('"').next().unwrap().replace("&#38;", "&"))).collect()
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
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let by_get = browser(&lab, headers).get(&format!("{}?{query}", login_url(&lab))).await.unwrap();
        for answer in [by_post, by_get] {
            assert_eq!(answer.status, status, "{headers:?}: {}", answer.body);
            let cookie = answer.header("set-cookie").unwrap();
            assert!(cookie.starts_with("lti_state_") && cookie.ends_with("; Path=/lti; Max-Age=600; HttpOnly; Secure; SameSite=None; Partitioned"), "{cookie}");
            assert_eq!((answer.header("cache-control"), answer.header("referrer-policy")), (Some("no-store"), Some("no-referrer")));
            let to = if status == 200 { data(&answer)["url"].clone() } else { answer.header("location").unwrap().to_owned() };
            assert!(to.starts_with(&format!("{}?scope=openid", lab.sandbox.authentication_request_url())), "{to}");
        }
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_a_login_leads_on_three_ways_and_tells_no_secret_twice() {
    let lab = Lab::start().await;
    for (storage, target) in [(Storage::Absent, None), (Storage::Parent, Some("_parent")), (Storage::Frame, Some("post_message_forwarding"))] {
        let request = login_request(&lab, storage).await;
        let answer = browser(&lab, &[FRAMED]).post_form(&login_url(&lab), &request).await.unwrap();
        let data = data(&answer);
        let told = |name: &str| data.get(name).map(String::as_str);
        assert_eq!((told("cookie-path"), told("storage-target")), (Some("/lti"), target));
        let authentication = url::Url::parse(&data["url"]).unwrap();
        let state = authentication.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let cookie = answer.header("set-cookie").unwrap().split(['=', ';']).nth(1).unwrap();
        match target {
            Some(_) => {
                assert_eq!(told("storage-origin"), Some(authentication.origin().ascii_serialization().as_str()));
                assert_eq!(data["storage-key"], format!("state_{state}"));
                assert!(data["storage-value"].len() == 43 && !state.contains(&data["storage-value"]));
                assert_ne!(data["storage-value"], cookie, "neither gives the other away");
            }
            None => assert_eq!((told("storage-origin"), told("storage-key"), told("storage-value")), (None, None, None)),
        }
        assert!(!answer.body.contains(cookie), "the cookie is not for scripts");
        // The form starts the same login again, and holds what the platform sent and nothing else.
        let form = answer.form().unwrap();
        assert_eq!((form.action.as_str(), form.method.as_str()), (login_url(&lab).as_str(), "POST"));
        let mut expected: BTreeMap<_, _> = request.into_iter().filter(|(name, _)| name != "lti_storage_target").collect();
        expected.insert("ltictl_window".to_owned(), "1".to_owned());
        assert_eq!(form.fields.into_iter().collect::<BTreeMap<_, _>>(), expected);
        assert!(answer.body.contains("<noscript><p>Your browser does not run scripts, so this needs a click.</p><p><a class=\"button\" href=\""));

        let policy = answer.header("content-security-policy").unwrap();
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        let expected = format!(
            "default-src 'none'; base-uri 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; form-action {}; frame-ancestors 'self' {}",
            lab.url,
            lab.sandbox.issuer()
        );
        assert_eq!(policy, expected);
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_platform_sends_is_text_on_the_page_of_a_login() {
    let lab = Lab::start().await;
    let hostile = "\"><script>alert(1)</script>' {{7*7}}";
    let mut request = login_request(&lab, Storage::Absent).await;
    request.push(("lti_storage_target".to_owned(), hostile.to_owned()));
    request.iter_mut().find(|(name, _)| name == "login_hint").unwrap().1 = hostile.to_owned();
    let answer = browser(&lab, &[FRAMED]).post_form(&login_url(&lab), &request).await.unwrap();
    assert_eq!((answer.status, answer.body.matches("<script").count()), (200, 1), "{}", answer.body);
    assert_eq!(answer.form().unwrap().field("login_hint"), Some(hostile));
    lab.stop().await;
}

/// A launched browser's session: its URL, and the URL that opens it without a cookie.
async fn launched(lab: &Lab) -> (Browser, String, String) {
    let mut browser = lab.browser.another();
    let answer = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    let location = answer.header("location").unwrap().to_owned();
    let secret = browser.cookies_for(&location).into_iter().find(|(name, _)| name.starts_with("lti_session_")).unwrap().1;
    let with_secret = format!("{}.{secret}/", location.trim_end_matches('/'));
    (browser, location, with_secret)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_opens_by_its_url_where_there_are_no_cookies() {
    let lab = Lab::start().await;
    let (_, location, with_secret) = launched(&lab).await;
    let get = async |url: &str, headers: &[(&'static str, &str)]| browser(&lab, headers).get(url).await.unwrap();
    let no_referrer = |page: &Page| assert_eq!(page.header("referrer-policy"), Some("no-referrer"), "{}", page.status);
    let page = get(&with_secret, &[]).await;
    assert!(page.status == 200 && page.body.contains("Sam Student") && !page.headers.contains_key("set-cookie"));
    no_referrer(&page);
    let bare = get(with_secret.trim_end_matches('/'), &[]).await;
    assert_eq!((bare.status, bare.header("location")), (303, Some(with_secret.as_str())));
    no_referrer(&bare);

    let site = tempfile::tempdir().unwrap();
    std::fs::create_dir(site.path().join("part")).unwrap();
    for file in ["index.html", "part/index.html", "style.css"] {
        std::fs::write(site.path().join(file), file).unwrap();
    }
    let target = Some(Target::Directory(site.path().canonicalize().unwrap()));
    publish::update(&mut lab.store(), RESOURCE, &ResourceChange { target, ..ResourceChange::default() }, Clock::System.now()).unwrap();
    for (below, status) in [("", 200), ("style.css", 200), ("part/", 200), ("none", 404)] {
        let page = get(&format!("{with_secret}{below}"), &[]).await;
        assert_eq!(page.status, status, "{below}");
        no_referrer(&page);
        assert_eq!(get(&format!("{location}{below}"), &[]).await.status, 403, "{below}: the URL without the secret opens nothing");
    }
    let part = get(&format!("{with_secret}part"), &[]).await;
    assert_eq!(part.header("location"), Some(format!("{with_secret}part/").as_str()));
    no_referrer(&part);

    // Nobody is led here by another site, and nobody guesses.
    let cross_site = [("sec-fetch-mode", "navigate"), ("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "document")];
    assert_eq!(get(&with_secret, &cross_site).await.status, 403);
    assert_eq!(get(&with_secret, &[("sec-fetch-mode", "navigate"), ("sec-fetch-site", "same-origin")]).await.status, 200);
    let (_, other, other_with_secret) = launched(&lab).await;
    let (handle, secret) = (other.trim_end_matches('/'), with_secret.rsplit('.').next().unwrap());
    assert_eq!(get(&other_with_secret, &[]).await.status, 200);
    for wrong in [format!("{handle}.{secret}/"), format!("{handle}./"), format!("{handle}.{}/", "A".repeat(43))] {
        assert_eq!(get(&wrong, &[]).await.status, 403, "{wrong}");
    }
    assert_eq!(get(&format!("{handle}.nonsense"), &[]).await.status, 404);
    lab.stop().await;
}
