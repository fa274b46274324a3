//! Launches of LTI 1.1 through the real server over real HTTP: signed forms, accepted once and for
//! nothing else than what the consumer may use.

use ltictl::admin::consumer;
use ltictl::domain::{Clock, Launch, Random, Slug};
use ltictl::lti::lti_1p1::oauth1::Method;
use ltictl::sandbox::browser::{Browser, Page};

use crate::lab::signed_form::{Fields, KEY, SECRET, Signing, fields, launch_url};
use crate::lab::{Lab, RESOURCE, insert_consumer, outcome};

async fn lab() -> Lab {
    let lab = Lab::start().await;
    let now = Clock::System.now();
    lab.store().write(|write| insert_consumer(write, KEY, &[SECRET], now)).unwrap();
    lab.store().write(|write| insert_consumer(write, "other", &["another secret"], now)).unwrap();
    lab
}

async fn post(browser: &mut Browser, url: &str, fields: &Fields) -> Page {
    browser.post_form(url, fields).await.expect("a response")
}

fn newest(lab: &Lab) -> Launch {
    lab.newest_launch().expect("a launch in the log")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_launch_opens_the_resource_once() {
    let lab = lab().await;
    let url = launch_url(&lab);
    let signed = Signing::default().sign(&url, fields("4", "Learner"));
    let mut browser = Browser::new();
    let first = post(&mut browser, &url, &signed).await;
    let page = browser.follow(first).await.expect("the page of the resource");
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("Sam Student"), "{}", page.body);
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("frame-ancestors") && policy.contains("https://old.school.example"));
    let launch = newest(&lab);
    assert_eq!(
        (outcome(&launch), launch.registration.as_ref().map(Slug::as_str), launch.sub.as_deref()),
        ("accepted", Some(KEY), Some("4"))
    );
    let consumer = lab.store().read().consumer_by_key(KEY).unwrap().expect("the consumer");
    assert!(consumer.last_seen_at.is_some(), "the admin sees that it is still used");
    let again = post(&mut Browser::new(), &url, &signed).await;
    assert_eq!((again.status, outcome(&newest(&lab))), (401, "oauth_nonce_reused"));
    let later = Signing { ahead: 1, ..Signing::default() }.sign(&url, fields("4", "Learner"));
    assert_eq!(post(&mut Browser::new(), &url, &later).await.status, 401, "with any time");
    lab.stop().await;
}

/// What is wrong with a launch.
enum Fault {
    Secret(&'static str),
    Key(&'static str),
    /// Seconds that the platform's clock is ahead.
    Ahead(i64),
    Changed(&'static str, &'static str),
    Added(&'static str, &'static str),
    Without(&'static str),
}

impl Fault {
    fn launch(&self, url: &str) -> Fields {
        let signing = match *self {
            Self::Secret(secret) => Signing { secret, ..Signing::default() },
            Self::Key(key) => Signing { key, ..Signing::default() },
            Self::Ahead(ahead) => Signing { ahead, ..Signing::default() },
            Self::Changed(..) | Self::Added(..) | Self::Without(_) => Signing::default(),
        };
        let mut signed = signing.sign(url, fields("4", "Learner"));
        match *self {
            Self::Changed(name, value) => {
                for (_, old) in signed.iter_mut().filter(|(one, _)| one == name) {
                    value.clone_into(old);
                }
            }
            Self::Added(name, value) => signed.push((name.to_owned(), value.to_owned())),
            Self::Without(name) => signed.retain(|(one, _)| one != name),
            Self::Secret(_) | Self::Key(_) | Self::Ahead(_) => {}
        }
        signed
    }
}

const REFUSED: &[(Fault, &str, u16)] = &[
    (Fault::Secret("x"), "oauth_signature_invalid", 401),
    (Fault::Key("unknown"), "consumer_unknown", 401),
    (Fault::Secret("another secret"), "oauth_signature_invalid", 401),
    (Fault::Key("other"), "oauth_signature_invalid", 401),
    (Fault::Ahead(-420), "oauth_timestamp_outside", 401),
    (Fault::Ahead(420), "oauth_timestamp_outside", 401),
    (Fault::Changed("user_id", "3"), "oauth_signature_invalid", 401),
    (Fault::Changed("roles", "Instructor"), "oauth_signature_invalid", 401),
    (Fault::Added("custom_id", "1"), "oauth_signature_invalid", 401),
    (Fault::Added("oauth_nonce", "other"), "oauth_parameter_malformed", 400),
    (Fault::Added("user_id", "4"), "oauth_parameter_malformed", 400),
    (Fault::Without("oauth_consumer_key"), "oauth_parameter_missing", 400),
    (Fault::Without("oauth_signature"), "oauth_parameter_missing", 400),
    (Fault::Changed("oauth_signature_method", "PLAINTEXT"), "oauth_parameter_malformed", 400),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_signed_with_the_consumers_secret_is_refused() {
    let lab = lab().await;
    let url = launch_url(&lab);
    let mut pages = Vec::new();
    for (place, (fault, reason, status)) in REFUSED.iter().enumerate() {
        let page = post(&mut Browser::new(), &url, &fault.launch(&url)).await;
        let launch = newest(&lab);
        assert_eq!((outcome(&launch), page.status), (*reason, *status), "row {place}");
        assert_eq!(launch.resource.as_ref().map(Slug::as_str), Some(RESOURCE), "row {place}");
        let (_, shown) = page.body.split_once("<body>").expect("a page");
        pages.push(shown.replace(launch.id.as_str(), "ID"));
    }
    assert_eq!(pages[0], pages[1], "an unknown key looks like a wrong signature");
    let unknown = format!("{}/lti/1p1/launch/no-such-resource", lab.url);
    let page = post(&mut Browser::new(), &unknown, &Fault::Key("unknown").launch(&unknown)).await;
    let launch = newest(&lab);
    assert_eq!((outcome(&launch), &launch.resource), ("consumer_unknown", &None));
    assert!(page.body.replace(launch.id.as_str(), "ID").ends_with(&pages[0]), "as one that exists");
    assert_eq!(lab.store().read().account_count().unwrap(), 0);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_opens_only_what_it_may_use_while_it_is_enabled() {
    let lab = lab().await;
    let url = launch_url(&lab);
    let change = |change: &dyn Fn(&mut ltictl::domain::Consumer)| {
        lab.store()
            .write(|write| {
                let mut consumer = write.consumer_by_key(KEY)?.expect("the consumer");
                change(&mut consumer);
                write.update_consumer(&consumer, Clock::System.now())
            })
            .unwrap();
    };
    let send = async |nonce: &str| {
        let signing = Signing { nonce, method: Method::HmacSha256, ..Signing::default() };
        let signed = signing.sign(&url, fields("4", "Instructor"));
        let page = post(&mut Browser::new(), &url, &signed).await;
        (page.status, outcome(&newest(&lab)).to_owned())
    };
    change(&|consumer| consumer.resources = Some(Vec::new()));
    assert_eq!(send("1").await, (404, "resource_not_for_consumer".to_owned()));
    assert_eq!(send("1").await, (401, "oauth_nonce_reused".to_owned()), "a refused one counts");
    change(&|consumer| consumer.resources = Some(vec![Slug::new(RESOURCE).unwrap()]));
    assert_eq!(send("2").await, (303, "accepted".to_owned()));
    change(&|consumer| consumer.registration.enabled = false);
    assert_eq!(send("3").await, (403, "consumer_disabled".to_owned()));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resource_of_its_own_accepts_any_key_only_if_the_admin_says_so() {
    let lab = lab().await;
    let url = launch_url(&lab);
    let publish = |any_key: bool| publish(&lab, any_key);
    let secret = publish(false).1.expect("a new secret");
    let send = async |key: &str, nonce: &str| {
        let signing = Signing { key, secret: &secret, nonce, ..Signing::default() };
        let signed = signing.sign(&url, fields("4", "Learner"));
        post(&mut Browser::new(), &url, &signed).await;
        outcome(&newest(&lab)).to_owned()
    };
    assert_eq!(send("any", "1").await, "consumer_unknown");
    publish(true);
    assert_eq!(send("any", "2").await, "accepted");
    assert_eq!(send("other", "3").await, "oauth_signature_invalid", "the key of another consumer");
    assert_eq!(send("another", "4").await, "accepted");
    let accounts = lab.store().read().account_count().unwrap();
    assert_eq!(accounts, 2, "user 4 of each key is someone else");
    let own = publish(false).0;
    assert!(own.any_key, "publishing again changes nothing");
    assert_eq!(send(own.key.as_str(), "5").await, "accepted");
    let now = Clock::System.now();
    let closed = ltictl::domain::Consumer { any_key: false, ..own.clone() };
    lab.store().write(|write| write.update_consumer(&closed, now)).unwrap();
    assert_eq!(send(own.key.as_str(), "6").await, "accepted");
    let accounts = lab.store().read().account_count().unwrap();
    assert_eq!(accounts, 3, "whether any key is accepted does not change who has its own key");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cartridge_is_xml_for_platforms_and_a_page_for_people() {
    let lab = lab().await;
    let url = |token: &str| format!("{}/lti/1p1/cartridge/{token}/{RESOURCE}.xml", lab.url);
    let cartridge = Browser::new().get(&url(KEY)).await.unwrap();
    assert_eq!(cartridge.header("content-type"), Some("text/xml; charset=utf-8"));
    assert!(cartridge.body.contains(&launch_url(&lab)), "{}", cartridge.body);
    assert!(!cartridge.body.contains(SECRET) && cartridge.body.starts_with("<?xml"));
    let mut person = Browser::new().with_header("accept", "text/html,application/xml;q=0.9");
    let page = person.get(&url(KEY)).await.unwrap();
    assert!(page.body.contains("belongs in a learning platform"), "{}", page.body);
    assert_eq!(Browser::new().get(&url("unknown")).await.unwrap().status, 404);
    let mut resource =
        lab.store().read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().expect("a resource");
    resource.registrations = Some(Vec::new());
    let now = Clock::System.now();
    lab.store().write(|write| write.update_resource(&resource, now)).unwrap();
    let reserved = Browser::new().get(&url(KEY)).await.unwrap();
    assert_eq!(reserved.status, 404, "what is for others is not described either");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_shows_what_was_signed() {
    let lab = lab().await;
    let url = launch_url(&lab);
    let other_url = url.replacen("http://", "https://", 1);
    let wrong_secret = Signing { secret: "of another platform", ..Signing::default() };
    let unknown_key = Signing { key: "unknown", ..Signing::default() };
    for (signed, differs) in [
        (Signing::default().sign(&other_url, fields("4", "Learner")), true),
        (wrong_secret.sign(&url, fields("4", "Learner")), false),
        (unknown_key.sign(&url, fields("4", "Learner")), false),
    ] {
        assert_eq!(post(&mut Browser::new(), &url, &signed).await.status, 401);
        let launch = newest(&lab);
        let comparison = lab.store().read().signature_comparison(&launch.id).unwrap();
        let comparison = comparison.expect("what was signed");
        assert!(comparison.computed.starts_with("POST&http%3A%2F%2F"), "{}", comparison.computed);
        assert!(!comparison.computed.contains(SECRET), "{}", comparison.computed);
        assert_eq!(comparison.signed.is_some(), differs);
        let expected = match differs {
            true => (vec![url.clone()], vec![other_url.clone()]),
            false => (Vec::new(), Vec::new()),
        };
        assert_eq!(comparison.differences(), expected);
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_long_to_explain_is_refused_without_an_explanation() {
    let lab = lab().await;
    let url = launch_url(&lab);
    let wrong_secret = Signing { secret: "of another platform", ..Signing::default() };
    let long_query = format!("{url}?a={}", "x".repeat(20_000));
    let many = |count: usize| {
        let mut many = fields("4", "Learner");
        many.extend((0..count).map(|place| (format!("ext_{place}"), String::new())));
        many
    };
    for (url, fields, is_explained) in [
        (&url, many(100), true),
        (&url, many(250), false),
        (&long_query, fields("4", "Learner"), false),
    ] {
        let page = post(&mut Browser::new(), url, &wrong_secret.sign(url, fields)).await;
        let launch = newest(&lab);
        assert_eq!((page.status, outcome(&launch)), (401, "oauth_signature_invalid"));
        let comparison = lab.store().read().signature_comparison(&launch.id).unwrap();
        assert_eq!(comparison.is_some(), is_explained, "{} characters", url.len());
    }
    lab.stop().await;
}

/// Publishes the lab's resource on its own; gives the consumer, and its secret if it is new.
fn publish(lab: &Lab, any_key: bool) -> (ltictl::domain::Consumer, Option<String>) {
    let (random, now) = (Random::System, Clock::System.now());
    lab.store()
        .write(|write| {
            let resource = write.resource(&Slug::new(RESOURCE).unwrap())?.expect("a resource");
            consumer::publish(write, &resource, any_key, &random, now)
        })
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resource_that_is_published_again_reaches_no_accounts_of_its_former_consumer() {
    let lab = lab().await;
    let url = launch_url(&lab);
    let mut keys = Vec::new();
    // The last round: another consumer has had users under any key only.
    for (round, own_key) in [true, true, false, false].into_iter().enumerate() {
        let (own, secret) = publish(&lab, true);
        let (secret, nonce) = (secret.expect("a new secret"), round.to_string());
        let key = if own_key { own.key.as_str() } else { "any" };
        let signing = Signing { key, secret: &secret, nonce: &nonce, ..Signing::default() };
        post(&mut Browser::new(), &url, &signing.sign(&url, fields("4", "Learner"))).await;
        assert_eq!(outcome(&newest(&lab)), "accepted");
        let accounts = lab.store().read().account_count().unwrap();
        assert_eq!(accounts, round as u64 + 1, "user 4 of another platform is someone else");
        consumer::remove(&mut lab.store(), &own.key.as_str().into()).unwrap();
        keys.push(own.key);
    }
    assert_ne!(keys[0], keys[1]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_key_is_one_that_can_be_stored_as_it_was_sent() {
    let lab = lab().await;
    let url = launch_url(&lab);
    let (own, secret) = publish(&lab, true);
    let secret = secret.expect("a new secret");
    for (key, expected) in [
        ("school", "accepted"),
        (" school", "consumer_unknown"),
        ("school ", "consumer_unknown"),
        ("scho\u{200b}ol", "consumer_unknown"),
    ] {
        let signing = Signing { key, secret: &secret, ..Signing::default() };
        post(&mut Browser::new(), &url, &signing.sign(&url, fields("4", "Learner"))).await;
        assert_eq!(outcome(&newest(&lab)), expected, "{key:?}");
    }
    let deployments = lab.store().read().deployments(own.registration.id).unwrap();
    assert_eq!(deployments.len(), 2, "its own key, and one other");
    assert_eq!(lab.store().read().account_count().unwrap(), 1);
    lab.stop().await;
}
