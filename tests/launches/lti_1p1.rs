//! Launches of LTI 1.1 through the real server over real HTTP: signed forms, accepted once and for
//! nothing else than what the consumer may use.

use ltictl::domain::{Clock, Launch, Slug};
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
    let again = post(&mut Browser::new(), &url, &signed).await;
    assert_eq!((again.status, outcome(&newest(&lab))), (401, "oauth_nonce_reused"));
    let later = Signing { ahead: 1, ..Signing::default() }.sign(&url, fields("4", "Learner"));
    assert_eq!(post(&mut Browser::new(), &url, &later).await.status, 401, "with any time");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_signed_with_the_consumers_secret_is_refused() {
    let lab = lab().await;
    let url = launch_url(&lab);
    let changed = |name: &str, value: &str| {
        let mut signed = Signing::default().sign(&url, fields("4", "Learner"));
        for (one, old) in &mut signed {
            if one == name {
                value.clone_into(old);
            }
        }
        signed
    };
    let added = |name: &str, value: &str| {
        let mut signed = Signing::default().sign(&url, fields("4", "Learner"));
        signed.push((name.to_owned(), value.to_owned()));
        signed
    };
    let without = |name: &str| {
        let mut signed = Signing::default().sign(&url, fields("4", "Learner"));
        signed.retain(|(one, _)| one != name);
        signed
    };
    let sign = |signing: Signing<'_>| signing.sign(&url, fields("4", "Learner"));
    let (late, early) = (-420, 420);
    let cases: Vec<(&str, Fields, &str, u16)> = vec![
        (
            "another secret",
            sign(Signing { secret: "x", ..Signing::default() }),
            "oauth_signature_invalid",
            401,
        ),
        (
            "the secret of another consumer",
            sign(Signing { secret: "another secret", ..Signing::default() }),
            "oauth_signature_invalid",
            401,
        ),
        (
            "an unknown key",
            sign(Signing { key: "unknown", ..Signing::default() }),
            "consumer_unknown",
            401,
        ),
        (
            "an old launch",
            sign(Signing { ahead: late, ..Signing::default() }),
            "oauth_timestamp_outside",
            401,
        ),
        (
            "a launch from the future",
            sign(Signing { ahead: early, ..Signing::default() }),
            "oauth_timestamp_outside",
            401,
        ),
        ("another user", changed("user_id", "3"), "oauth_signature_invalid", 401),
        ("another role", changed("roles", "Instructor"), "oauth_signature_invalid", 401),
        ("an added parameter", added("custom_id", "1"), "oauth_signature_invalid", 401),
        ("a repeated nonce", added("oauth_nonce", "other"), "oauth_parameter_malformed", 400),
        ("a repeated user", added("user_id", "4"), "oauth_parameter_malformed", 400),
        ("no key", without("oauth_consumer_key"), "oauth_parameter_missing", 400),
        ("no signature", without("oauth_signature"), "oauth_parameter_missing", 400),
        (
            "plain text",
            changed("oauth_signature_method", "PLAINTEXT"),
            "oauth_parameter_malformed",
            400,
        ),
    ];
    let pages = send_all(&lab, &url, cases).await;
    assert_eq!(pages[0], pages[2], "an unknown key looks like a wrong signature");
    assert!(lab.store().read().registration_total(2).unwrap().accounts == 0);
    lab.stop().await;
}

/// Sends launches that are refused for a reason; gives their pages without what is random.
async fn send_all(lab: &Lab, url: &str, cases: Vec<(&str, Fields, &str, u16)>) -> Vec<String> {
    let mut pages = Vec::new();
    for (name, fields, reason, status) in cases {
        let page = post(&mut Browser::new(), url, &fields).await;
        let launch = newest(lab);
        assert_eq!((outcome(&launch), page.status), (reason, status), "{name}");
        let (_, shown) = page.body.split_once("<body>").expect("a page");
        pages.push(shown.replace(launch.id.as_str(), "ID"));
    }
    pages
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
    change(&|consumer| consumer.resources = Some(vec![Slug::new(RESOURCE).unwrap()]));
    assert_eq!(send("1").await, (303, "accepted".to_owned()));
    change(&|consumer| consumer.registration.enabled = false);
    assert_eq!(send("2").await, (403, "consumer_disabled".to_owned()));
    lab.stop().await;
}
