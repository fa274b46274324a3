//! Platforms that registered by LTI 2.0 register again, over real HTTP: the new secret is valid once
//! they have confirmed it, and whatever is hostile changes nothing.

use aws_lc_rs::digest::{SHA256, digest};
use jiff::SignedDuration;
use ltictl::admin::consumer::{self, ConsumerChange};
use ltictl::admin::tool_proxy;
use ltictl::domain::{Clock, Consumer, PendingProxy, Secret, Slug};
use ltictl::lti::lti_1p1::oauth1::Method;
use ltictl::sandbox::browser::Page;
use reqwest::Method as HttpMethod;
use serde_json::{Value, json};

use super::lti_2p0::{confirmation, consumers, invite, post, received, register, secret};
use crate::lab::proxy_platform::{Answer, HALF, ProxyPlatform, accepted, profile};
use crate::lab::signed_form::{Fields, SECRET, Signing, fields};
use crate::lab::{Lab, RESOURCE, insert_consumer, outcome};

const GUID: &str = "guid-1";

/// A platform that has registered, and its current secret.
struct Registered {
    lab: Lab,
    platform: ProxyPlatform,
    /// The URL that accepts changes, and the one that it registered with.
    urls: [String; 2],
    secret: String,
}

impl Registered {
    async fn start() -> Self {
        let lab = Lab::start().await;
        let platform = ProxyPlatform::start().await;
        let (_, url) = invite(&lab);
        assert!(register(&lab, &url, &platform).await.contains("status=success"));
        let [added] = consumers(&lab).try_into().unwrap();
        let secret = secret(&lab, &added);
        platform.set_credentials(GUID, &secret);
        let change_url = format!("{}/lti/2p0/register", lab.url);
        Self { lab, platform, urls: [change_url, url], secret }
    }

    fn consumer(&self) -> Consumer {
        self.lab.store().read().consumer_by_key(GUID).unwrap().unwrap()
    }

    /// The signed form of a change.
    fn request(&self, nonce: &str) -> Fields {
        let signing = Signing { key: GUID, secret: &self.secret, nonce, ..Signing::default() };
        signing.sign(&self.urls[0], self.platform.change_request())
    }

    /// Opens a change, and confirms it on the tool's page; gives the URL to which the browser returns.
    async fn change(&self, nonce: &str) -> String {
        let page = post(&self.lab, &self.urls[0], &self.request(nonce)).await;
        self.press(&page).await
    }

    async fn press(&self, page: &Page) -> String {
        let returned = post(&self.lab, &self.urls[0], &confirmation(page)).await;
        assert_eq!(returned.status, 303, "{}", returned.body);
        returned.header("location").unwrap().to_owned()
    }

    /// The secret of the newest tool proxy that the platform received.
    fn sent_secret(&self) -> String {
        let contract = received(&self.platform)["security_contract"].clone();
        match contract["tp_half_shared_secret"].as_str() {
            Some(half) => format!("{HALF}{half}"),
            None => contract["shared_secret"].as_str().unwrap().to_owned(),
        }
    }

    /// Launches, and gives why that was refused.
    async fn launch(&self, secret: &str, nonce: &str) -> String {
        let url = format!("{}/lti/1p1/launch/{RESOURCE}", self.lab.url);
        let mut form = fields("4", "Learner");
        form.retain(|(name, _)| name != "lti_version");
        form.push(("lti_version".to_owned(), "LTI-2p0".to_owned()));
        let signing = Signing { key: GUID, secret, nonce, ..Signing::default() };
        post(&self.lab, &url, &signing.sign(&url, form)).await;
        outcome(&self.lab.newest_launch().unwrap()).to_owned()
    }

    /// Sends a request to the newest confirmation URL.
    async fn decide(&self, method: HttpMethod) -> u16 {
        decide(&self.platform.confirm_url().unwrap(), method).await
    }

    fn offer_halves(&self) {
        let mut offered = profile(&self.platform.origin);
        offered["capability_offered"].as_array_mut().unwrap().push(json!("OAuth.splitSecret"));
        self.platform.set_profile(Answer::new(200, offered));
        let mut response = accepted(GUID);
        response["tc_half_shared_secret"] = json!(HALF);
        self.platform.set_response(Answer::new(200, response));
    }
}

async fn decide(url: &str, method: HttpMethod) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.request(method, url).send().await.unwrap().status().as_u16()
}

const ACCEPTED: &str = "accepted";
const REFUSED: &str = "oauth_signature_invalid";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmed_change_replaces_the_secret_and_the_previous_one_overlaps() {
    for (is_split, method) in [(false, HttpMethod::PUT), (true, HttpMethod::POST)] {
        let platform = Registered::start().await;
        if is_split {
            platform.offer_halves();
        }
        let page = post(&platform.lab, &platform.urls[0], &platform.request("1")).await;
        for shown in ["again?", "Moodle &#60;b&#62; 3.0", "A College", "College"] {
            assert!(page.body.contains(shown), "{shown}: {}", page.body);
        }
        assert!(platform.platform.confirm_url().is_none(), "nothing is sent yet");
        let location = platform.press(&page).await;
        let expected = format!(
            "{}/return?id=3&status=success&tool_proxy_guid={GUID}&",
            platform.platform.origin
        );
        assert!(location.starts_with(&expected), "{location}");
        let new = platform.sent_secret();
        assert_ne!(new, platform.secret);
        assert_eq!(
            secret(&platform.lab, &platform.consumer()),
            platform.secret,
            "still the old one"
        );
        assert!(platform.consumer().change_expires_at.is_some());
        assert_eq!(platform.launch(&platform.secret, "2").await, ACCEPTED);
        assert!(platform.consumer().change_expires_at.is_some(), "that confirms nothing");
        assert_eq!(platform.decide(method.clone()).await, 200);
        assert_eq!(secret(&platform.lab, &platform.consumer()), new);
        assert_eq!(platform.consumer().change_expires_at, None);
        assert_eq!(platform.decide(method).await, 200, "as if the response had been lost");
        assert_eq!(platform.decide(HttpMethod::DELETE).await, 404, "the URL was used");
        assert_eq!(secret(&platform.lab, &platform.consumer()), new);
        assert_eq!(platform.launch(&new, "3").await, ACCEPTED);
        assert_eq!(platform.launch(&platform.secret, "4").await, ACCEPTED, "the overlap");
        assert_eq!(platform.consumer().secret_count, 2);
        check_audit(&platform, &new);
        platform.lab.stop().await;
    }
}

/// The audit log contains what happened, and no secret.
fn check_audit(platform: &Registered, new: &str) {
    let audited = platform.lab.audited();
    for entry in [
        "created pending_proxy college",
        "deleted pending_proxy college",
        "created consumer_secret",
    ] {
        let entry = format!("registration by LTI 2.0: {entry}");
        assert!(audited.iter().any(|one| one.starts_with(&entry)), "{entry}: {audited:#?}");
    }
    let url = platform.platform.confirm_url().unwrap();
    let (_, token) = url.rsplit_once('/').unwrap();
    assert!(!crate::lab::database::contains(&platform.lab.database, token.as_bytes()));
    assert!(!format!("{audited:?}").contains(new));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tool_proxy_names_what_it_replaces_and_where_changes_are_accepted() {
    let platform = Registered::start().await;
    let mut offered = profile(&platform.platform.origin);
    let requests = ["ToolProxyReregistrationRequest", "ToolProxyUpdateRequest"];
    offered["capability_offered"].as_array_mut().unwrap().extend(requests.map(|one| json!(one)));
    offered["service_offered"][1]["endpoint"] =
        json!(format!("{}/new/{{context_id}}", platform.platform.origin));
    platform.platform.set_profile(Answer::new(200, offered));
    let id = platform.consumer().registration.id;
    let template = || platform.lab.store().read().members_template(id).unwrap().unwrap();
    // As platforms send it that remember only their registration URL, and those of LTI 2.1.
    let signing = Signing {
        key: GUID,
        secret: &platform.secret,
        method: Method::HmacSha256,
        ..Signing::default()
    };
    let mut request = platform.platform.change_request();
    request.retain(|(name, _)| !name.starts_with("lti_"));
    request.push(("lti_message_type".to_owned(), "ToolProxyUpdateRequest".to_owned()));
    request.push(("lti_version".to_owned(), "LTI-2p1".to_owned()));
    let form = signing.sign(&platform.urls[1], request);
    let page = post(&platform.lab, &platform.urls[1], &form).await;
    assert!(platform.press(&page).await.contains("status=success"));
    let document = received(&platform.platform);
    assert_eq!(document["tool_proxy_guid"], json!(GUID));
    let messages = requests
        .map(|one| json!({ "message_type": one, "path": "/lti/2p0/register", "parameter": [] }));
    assert_eq!(document["tool_profile"]["message"], json!(messages));
    assert!(template().contains("/members/"), "{}", template());
    assert_eq!(platform.decide(HttpMethod::PUT).await, 200);
    assert!(template().ends_with("/new/{context_id}"), "{}", template());
    platform.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_discarded_change_leaves_everything_as_it_was() {
    let platform = Registered::start().await;
    assert!(platform.change("1").await.contains("status=success"));
    let new = platform.sent_secret();
    assert_eq!(platform.decide(HttpMethod::GET).await, 405);
    assert_eq!(platform.decide(HttpMethod::DELETE).await, 200);
    assert_eq!(platform.consumer().change_expires_at, None);
    assert_eq!(platform.decide(HttpMethod::PUT).await, 404);
    assert_eq!(platform.launch(&new, "2").await, REFUSED);
    assert_eq!(platform.launch(&platform.secret, "3").await, ACCEPTED);
    assert_eq!(platform.consumer().secret_count, 1);
    platform.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_without_confirmation_confirms_by_using_the_secret() {
    let platform = Registered::start().await;
    platform.offer_halves();
    assert!(platform.change("1").await.contains("status=success"));
    let new = platform.sent_secret();
    assert_eq!(platform.launch(&new, "2").await, ACCEPTED);
    assert_eq!(platform.consumer().change_expires_at, None);
    assert_eq!(secret(&platform.lab, &platform.consumer()), new);
    assert_eq!(platform.launch(&platform.secret, "3").await, ACCEPTED, "the overlap");
    assert_eq!(platform.decide(HttpMethod::PUT).await, 404);
    // The next change is signed with the new secret at once, without a launch in between.
    platform.platform.set_credentials(GUID, &new);
    let changed = Registered { secret: new, ..platform };
    assert!(changed.change("4").await.contains("status=success"));
    let newer = changed.sent_secret();
    changed.platform.set_credentials(GUID, &newer);
    let changed = Registered { secret: newer.clone(), ..changed };
    assert!(changed.change("5").await.contains("status=success"));
    assert_eq!(secret(&changed.lab, &changed.consumer()), newer);
    changed.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_response_loses_no_secret() {
    let platform = Registered::start().await;
    // A response that cannot be read: the platform may have accepted the tool proxy.
    platform.platform.set_response(Answer { location: Some("/".into()), ..Answer::new(302, "") });
    assert!(platform.change("1").await.contains("status=failure"));
    let new = platform.sent_secret();
    assert_eq!(platform.launch(&platform.secret, "2").await, ACCEPTED);
    assert_eq!(platform.launch(&new, "3").await, ACCEPTED);
    assert_eq!(secret(&platform.lab, &platform.consumer()), new);
    platform.lab.stop().await;
}

/// What a request for a change is like.
struct Case {
    name: &'static str,
    signing: Signing<'static>,
    change: fn(&mut Fields, &ProxyPlatform),
    status: u16,
    shown: &'static str,
}

fn set(fields: &mut Fields, name: &str, value: &str) {
    fields.retain(|(one, _)| one != name);
    fields.push((name.to_owned(), value.to_owned()));
}

/// A case whose form is signed with the platform's secret.
fn signed(
    name: &'static str,
    change: fn(&mut Fields, &ProxyPlatform),
    status: u16,
    shown: &'static str,
) -> Case {
    let signing = Signing { key: GUID, secret: "", nonce: name, ..Signing::default() };
    Case { name, signing, change, status, shown }
}

const NOT_ACCEPTED: &str = "does not accept the signature";

fn hostile_requests() -> Vec<Case> {
    let other = |name, key, secret, shown| Case {
        name,
        signing: Signing { key, secret, nonce: name, ..Signing::default() },
        change: |_, _| {},
        status: 401,
        shown,
    };
    let ahead = |name, ahead| Case {
        signing: Signing { key: GUID, secret: "", ahead, nonce: name, ..Signing::default() },
        ..signed(name, |_, _| {}, 401, "clock")
    };
    vec![
        other("another secret", GUID, "wrong", NOT_ACCEPTED),
        other("the secret of another consumer", GUID, SECRET, NOT_ACCEPTED),
        other("an unknown key", "unknown", "", NOT_ACCEPTED),
        Case {
            status: 502,
            ..other("a consumer of LTI 1.1", "old", SECRET, "has not registered by LTI 2.0")
        },
        ahead("an old request", -301),
        ahead("one from the future", 301),
        signed("no profile", |form, _| set(form, "tc_profile_url", ""), 502, "tc_profile_url"),
        signed("a file", |form, _| set(form, "tc_profile_url", "file:///x"), 502, "tc_profile_url"),
        signed("LTI 1.1", |form, _| set(form, "lti_version", "LTI-1p0"), 502, "LTI-1p0"),
        signed(
            "another site",
            |form, _| set(form, "tc_profile_url", "https://phishing.example/profile"),
            502,
            "registered from",
        ),
        signed(
            "another port",
            |form, _| set(form, "tc_profile_url", "http://127.0.0.1:9/profile"),
            502,
            "registered from",
        ),
        signed(
            "a foreign return",
            |form, _| set(form, "launch_presentation_return_url", "https://phishing.example/"),
            502,
            "launch_presentation_return_url",
        ),
        signed(
            "a script",
            |form, _| set(form, "launch_presentation_return_url", "javascript:alert(1)"),
            502,
            "launch_presentation_return_url",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_no_one_may_send_are_refused_before_anything_is_sent() {
    let platform = Registered::start().await;
    let (lab, now) = (&platform.lab, Clock::System.now());
    lab.store().write(|write| insert_consumer(write, "old", &[SECRET], now)).unwrap();
    platform.platform.taken();
    let url = &platform.urls[0];
    for Case { name, signing, change, status, shown } in hostile_requests() {
        let secret = match signing.secret {
            "" => platform.secret.as_str(),
            secret => secret,
        };
        let mut form = platform.platform.change_request();
        change(&mut form, &platform.platform);
        let page = post(lab, url, &Signing { secret, ..signing }.sign(url, form)).await;
        assert_eq!(page.status, status, "{name}: {}", page.body);
        assert!(page.body.contains(shown) && page.form().is_none(), "{name}: {}", page.body);
    }
    // Changed after it was signed, not signed, signed for another URL, and with an OAuth field twice.
    let mut changed = platform.request("changed");
    set(&mut changed, "launch_presentation_return_url", &format!("{}/x", platform.platform.origin));
    let unsigned = platform.platform.change_request();
    let mut repeated = platform.request("repeated");
    repeated.push(("oauth_consumer_key".to_owned(), "old".to_owned()));
    let elsewhere = platform.request("elsewhere");
    for (url, form, status) in [
        (url, &changed, 401),
        (url, &unsigned, 400),
        (url, &repeated, 400),
        (&platform.urls[1], &elsewhere, 401),
    ] {
        let page = post(lab, url, form).await;
        assert_eq!(page.status, status, "{}", page.body);
        assert!(page.form().is_none());
    }
    assert!(platform.platform.taken().is_empty(), "nothing was fetched");
    assert_eq!(platform.consumer().change_expires_at, None);
    platform.lab.stop().await;
}

/// A page without its nonce, which is another one each time.
fn without_nonce(page: &Page) -> String {
    let text =
        format!("{} {:?} {}", page.status, page.header("content-security-policy"), page.body);
    let (_, nonce) = text.split_once("'nonce-").unwrap();
    let (nonce, _) = nonce.split_once('\'').unwrap();
    text.replace(nonce, "")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_keys_and_wrong_signatures_look_the_same() {
    let platform = Registered::start().await;
    let (lab, url) = (&platform.lab, &platform.urls[0]);
    for (place, ahead) in [0, -301].into_iter().enumerate() {
        let mut pages = Vec::new();
        for (key, secret) in [(GUID, "wrong"), ("unknown", "wrong"), ("unknown", &platform.secret)]
        {
            let nonce = format!("{place} {key} {secret}");
            let signing = Signing { key, secret, nonce: &nonce, ahead, ..Signing::default() };
            let form = signing.sign(url, platform.platform.change_request());
            pages.push(without_nonce(&post(lab, url, &form).await));
        }
        assert!(pages.iter().all(|page| *page == pages[0]), "{pages:#?}");
    }
    platform.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_url_for_changes_is_not_given_out_as_a_registration_url() {
    let lab = Lab::start().await;
    let (_, url) = invite(&lab);
    for (url, is_entered) in [(url, true), (format!("{}/lti/2p0/register", lab.url), false)] {
        let page = lab.browser.another().get(&url).await.unwrap();
        assert_eq!(page.status, 200);
        assert_eq!(page.body.contains("enter this whole URL"), is_entered, "{}", page.body);
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_counts_once_and_so_does_its_page() {
    let platform = Registered::start().await;
    let request = platform.request("1");
    let page = post(&platform.lab, &platform.urls[0], &request).await;
    let again = post(&platform.lab, &platform.urls[0], &request).await;
    assert!(again.status >= 400 && again.form().is_none(), "{}", again.body);
    let form = confirmation(&page);
    let changed = vec![("confirmation".to_owned(), format!("{}x", form[0].1))];
    assert_eq!(post(&platform.lab, &platform.urls[0], &changed).await.status, 410);
    assert_eq!(post(&platform.lab, &platform.urls[1], &form).await.status, 410, "another form");
    platform.platform.taken();
    let (first, second) = tokio::join!(
        post(&platform.lab, &platform.urls[0], &form),
        post(&platform.lab, &platform.urls[0], &form)
    );
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert!(matches!(statuses, [303, 410 | 502]), "{statuses:?}");
    let posted = platform.platform.taken().iter().filter(|(method, ..)| method == "POST").count();
    assert_eq!(posted, 1, "one tool proxy");
    assert_eq!(post(&platform.lab, &platform.urls[0], &form).await.status, 410);
    let url = platform.platform.confirm_url().unwrap();
    let (first, second) =
        tokio::join!(decide(&url, HttpMethod::PUT), decide(&url, HttpMethod::PUT));
    assert_eq!([first, second], [200, 200], "a repetition changes nothing");
    assert_eq!(platform.consumer().secret_count, 2);
    platform.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_secret_launches_for_a_while_and_gets_no_other_one() {
    let platform = Registered::start().await;
    let url = &platform.urls[0];
    let early = post(&platform.lab, url, &platform.request("early")).await;
    assert!(platform.change("1").await.contains("status=success"));
    assert_eq!(platform.decide(HttpMethod::PUT).await, 200);
    assert_eq!(platform.launch(&platform.secret, "2").await, ACCEPTED);
    platform.platform.taken();
    let late = post(&platform.lab, url, &platform.request("3")).await;
    assert_eq!(late.status, 502, "{}", late.body);
    assert!(late.body.contains("a previous secret") && late.form().is_none(), "{}", late.body);
    let confirmed = post(&platform.lab, url, &confirmation(&early)).await;
    assert_eq!(confirmed.status, 410, "the page is that of a previous secret: {}", confirmed.body);
    assert!(platform.platform.taken().is_empty(), "nothing is fetched, or sent");
    assert_eq!(platform.consumer().change_expires_at, None);
    platform.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_change_is_under_way_at_a_time_and_none_is_confirmed_before_its_secret() {
    let platform = Registered::start().await;
    platform.offer_halves();
    let other = post(&platform.lab, &platform.urls[0], &platform.request("other")).await;
    let page = post(&platform.lab, &platform.urls[0], &platform.request("1")).await;
    let paused = platform.platform.pause.lock().await;
    let first = platform.press(&page);
    let meanwhile = async {
        while platform.platform.confirm_url().is_none() {
            tokio::task::yield_now().await;
        }
        assert_eq!(platform.decide(HttpMethod::PUT).await, 409, "its half has not arrived");
        let second = post(&platform.lab, &platform.urls[0], &confirmation(&other)).await;
        assert_eq!(second.status, 502);
        assert!(second.body.contains("another change"), "{}", second.body);
        drop(paused);
    };
    let (location, ()) = tokio::join!(first, meanwhile);
    assert!(location.contains("status=success"), "{location}");
    assert_eq!(platform.decide(HttpMethod::PUT).await, 200);
    platform.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_that_cannot_be_used_change_nothing() {
    let platform = Registered::start().await;
    let now = Clock::System.now();
    platform.lab.store().write(|write| insert_consumer(write, "taken", &[SECRET], now)).unwrap();
    for (place, (answer, shown)) in [
        (Answer::new(400, ""), "status+400"),
        (Answer::new(500, format!("no {}", platform.secret)), "status+500"),
        (Answer::new(201, "{}"), "tool_proxy_guid"),
        (Answer::new(201, "<html>"), "not+a+JSON+object"),
        (Answer::new(201, accepted("taken")), "instead+of"),
        (Answer::new(201, accepted("another")), "instead+of"),
    ]
    .into_iter()
    .enumerate()
    {
        platform.platform.set_response(answer);
        let location = platform.change(&place.to_string()).await;
        assert!(location.contains("status=failure"), "{location}");
        assert!(location.contains(shown), "{shown}: {location}");
        assert!(!location.contains(&platform.secret), "{location}");
        assert_eq!(platform.decide(HttpMethod::PUT).await, 404, "{shown}");
        assert_eq!(platform.consumer().change_expires_at, None, "{shown}");
        let new = platform.sent_secret();
        assert_eq!(platform.launch(&new, &format!("n{place}")).await, REFUSED, "{shown}");
    }
    assert_eq!(platform.launch(&platform.secret, "old").await, ACCEPTED);
    assert_eq!(platform.consumer().secret_count, 1);
    platform.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disabled_consumers_change_nothing() {
    let platform = Registered::start().await;
    let enable = |enabled| {
        let change = ConsumerChange { enabled: Some(enabled), ..Default::default() };
        let now = Clock::System.now();
        consumer::change(&mut platform.lab.store(), &GUID.into(), &change, now).unwrap();
    };
    let page = post(&platform.lab, &platform.urls[0], &platform.request("1")).await;
    assert!(platform.change("2").await.contains("status=success"));
    let new = platform.sent_secret();
    enable(false);
    assert_eq!(post(&platform.lab, &platform.urls[0], &platform.request("3")).await.status, 403);
    assert_eq!(post(&platform.lab, &platform.urls[0], &confirmation(&page)).await.status, 403);
    assert_eq!(platform.decide(HttpMethod::PUT).await, 403);
    assert_eq!(platform.launch(&new, "4").await, "consumer_disabled");
    enable(true);
    assert_eq!(secret(&platform.lab, &platform.consumer()), platform.secret);
    assert_eq!(platform.decide(HttpMethod::PUT).await, 200);
    platform.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_that_is_removed_or_disabled_meanwhile_stays_so() {
    for is_removed in [true, false] {
        let platform = Registered::start().await;
        let page = post(&platform.lab, &platform.urls[0], &platform.request("1")).await;
        let paused = platform.platform.pause.lock().await;
        let meanwhile = async {
            while platform.platform.confirm_url().is_none() {
                tokio::task::yield_now().await;
            }
            let mut store = platform.lab.store();
            match is_removed {
                true => consumer::remove(&mut store, &GUID.into()).unwrap(),
                false => {
                    let change = ConsumerChange { enabled: Some(false), ..Default::default() };
                    let now = Clock::System.now();
                    consumer::change(&mut store, &GUID.into(), &change, now).unwrap();
                }
            }
            drop(paused);
        };
        let (location, ()) = tokio::join!(platform.press(&page), meanwhile);
        assert_eq!(location.contains("status=failure"), is_removed, "{location}");
        let status = if is_removed { 404 } else { 403 };
        assert_eq!(platform.decide(HttpMethod::PUT).await, status);
        assert_eq!(consumers(&platform.lab).len(), usize::from(!is_removed));
        platform.lab.stop().await;
    }
}

/// A change whose confirmation URL has this token, and when it expires.
fn insert_pending(platform: &Registered, token: &str, after: SignedDuration) {
    let now = Clock::System.now();
    let pending = PendingProxy {
        registration_id: platform.consumer().registration.id,
        secret: Some(Secret::new(b"the new secret".to_vec())),
        members_template: None,
        is_answered: true,
        created_at: now,
        expires_at: now + after,
    };
    let token = digest(&SHA256, token.as_bytes());
    let write =
        |write: &ltictl::store::Write<'_>| write.put_pending_proxy(&pending, token.as_ref());
    platform.lab.store().write(write).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn confirmation_urls_expire_and_cannot_be_guessed() {
    let platform = Registered::start().await;
    let url = format!("{}/lti/2p0/confirm", platform.lab.url);
    insert_pending(&platform, "token", -SignedDuration::from_secs(1));
    assert_eq!(decide(&format!("{url}/token"), HttpMethod::PUT).await, 404);
    assert_eq!(platform.launch("the new secret", "1").await, REFUSED);
    insert_pending(&platform, "token", SignedDuration::from_secs(100));
    for token in ["", "toke", "Token", "token/", "%00", &"x".repeat(5000)] {
        let status = decide(&format!("{url}/{token}"), HttpMethod::PUT).await;
        assert!(matches!(status, 404 | 405), "{token}: {status}");
    }
    assert!(platform.consumer().change_expires_at.is_some());
    assert_eq!(decide(&format!("{url}/token"), HttpMethod::PUT).await, 200);
    assert_eq!(secret(&platform.lab, &platform.consumer()), "the new secret");
    platform.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_that_is_revoked_while_a_platform_registers_adds_nothing() {
    let lab = Lab::start().await;
    for is_replaced in [false, true] {
        let platform = ProxyPlatform::start().await;
        let (invitation, url) = invite(&lab);
        let page = post(&lab, &url, &platform.request()).await;
        platform.taken();
        let paused = platform.pause.lock().await;
        let form = confirmation(&page);
        let pressed = post(&lab, &url, &form);
        let meanwhile = async {
            while !platform_has_posted(&platform) {
                tokio::task::yield_now().await;
            }
            let slug: Slug = invitation.slug.clone();
            match is_replaced {
                true => drop(invite(&lab)),
                false => tool_proxy::revoke(&mut lab.store(), &slug).unwrap(),
            }
            drop(paused);
        };
        let (returned, ()) = tokio::join!(pressed, meanwhile);
        let location = returned.header("location").unwrap();
        assert!(location.contains("status=failure"), "{location}");
        assert!(location.contains("revoked"), "{location}");
        assert!(consumers(&lab).is_empty());
    }
    lab.stop().await;
}

fn platform_has_posted(platform: &ProxyPlatform) -> bool {
    platform.taken().iter().any(|(method, _, document)| {
        method == "POST" && matches!(document, Some(Ok(document)) if *document != Value::Null)
    })
}
