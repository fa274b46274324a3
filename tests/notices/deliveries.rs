//! What becomes of a notice that arrives.

use ltictl::domain::NoticePolicy;
use ltictl::sandbox::{KeysetVariant, LaunchChoice, NoticeChoice, NoticeOptions, NoticeSwitch};
use reqwest::header::CONTENT_TYPE;
use serde_json::json;

use super::{accepted, handler, listed, reasons, set_policy, subscribed};
use crate::lab::sync::OTHER;
use crate::lab::{Lab, REGISTRATION, outcome};

async fn post(url: &str, kind: &str, body: String) -> (u16, Option<String>, String) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client.post(url).header(CONTENT_TYPE, kind).body(body).send().await.unwrap();
    let retry = response.headers().get("retry-after");
    let retry = retry.map(|value| value.to_str().unwrap().to_owned());
    (response.status().as_u16(), retry, response.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copied_course_is_reported_once() {
    let lab = subscribed().await;
    let copy = NoticeChoice::copy("2-copy", &["2"]).with_id("notice-1");
    assert_eq!(lab.sandbox.send_notice(&copy).await, [200]);
    // The platform repeats it, and another import is another notice.
    assert_eq!(lab.sandbox.send_notice(&copy.clone().with(NoticeSwitch::Duplicate)).await, [200]);
    assert_eq!(accepted(&lab).len(), 1);
    assert_eq!(lab.sandbox.send_notice(&copy.with_id("notice-2")).await, [200]);
    let notices = accepted(&lab);
    assert_eq!(notices.len(), 2);
    assert_eq!(notices[0].context_id.as_deref(), Some("2-copy"));
    assert_eq!(notices[0].origin_contexts, ["2"]);
    assert_eq!(notices[0].deployment_id.as_deref(), Some(lab.sandbox.deployment_id()));
    assert_eq!(reasons(&lab), [""; 0]);
    // The new course is known before anyone has launched from it.
    let store = lab.store();
    let registration = store.read().registration(&REGISTRATION.parse().unwrap()).unwrap().unwrap();
    let known = store
        .read()
        .contexts_by_id(registration.id, lab.sandbox.deployment_id(), &["2-copy".to_owned()])
        .unwrap();
    assert!(known.contains_key("2-copy"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_difference_has_its_response() {
    let lab = subscribed().await;
    let copy = || NoticeChoice::copy("2-copy", &["2"]);
    for (switch, status, stored, reason) in [
        (NoticeSwitch::Duplicate, 200, 1, None),
        (NoticeSwitch::BareStrings, 200, 1, None),
        (NoticeSwitch::NoOrigins, 200, 1, None),
        (NoticeSwitch::AudienceList, 200, 1, None),
        (NoticeSwitch::UnknownType, 200, 1, None),
        // Some good, some bad: otherwise the platform would repeat the good ones.
        (NoticeSwitch::BadInBatch, 200, 2, Some("kid_not_found")),
        (NoticeSwitch::NoKeyId, 401, 0, Some("kid_missing")),
        (NoticeSwitch::Expired, 401, 0, Some("token_expired")),
        (NoticeSwitch::ForeignClient, 401, 0, Some("aud_mismatch")),
        (NoticeSwitch::MessageType, 401, 0, Some("launch_at_notice_url")),
        // It is authentic, and nothing can be done about it.
        (NoticeSwitch::ForeignDeployment, 200, 0, Some("deployment_unknown")),
    ] {
        let (before, refused) = (accepted(&lab).len(), reasons(&lab).len());
        let statuses = lab.sandbox.send_notice(&copy().with(switch)).await;
        // A keyset that was fetched a moment ago is not fetched again for an unknown key.
        let is_throttled = switch == NoticeSwitch::BadInBatch && statuses == [503];
        assert!(statuses == [status] || is_throttled, "{switch}: {statuses:?}");
        assert_eq!(accepted(&lab).len() - before, stored, "{switch}");
        let new = reasons(&lab).split_off(refused);
        let expected: Vec<&str> = reason.into_iter().filter(|_| !is_throttled).collect();
        assert_eq!(new, expected, "{switch}");
    }
    let texts = listed(&lab).into_iter().filter_map(|one| one.cause);
    assert!(texts.into_iter().all(|text| !text.contains("id_token") && !text.contains("eyJ")));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_no_notices_are_refused_without_a_page() {
    let lab = subscribed().await;
    let url = handler(&lab);
    let json = "application/json";
    let large = format!("{{\"notices\":[\"{}\"]}}", "x".repeat(1 << 20));
    for (url, kind, body, expected) in [
        (url.as_str(), "application/x-www-form-urlencoded", "id_token=x".to_owned(), 415),
        (&url, json, "{}".to_owned(), 400),
        (&url, json, r#"{"notices":[]}"#.to_owned(), 400),
        (&url, "application/json; charset=utf-8", r#"{"notices":["a.b.c"]}"#.to_owned(), 401),
        (&url, json, large, 413),
        (&format!("{}/lti/notices/unknown", lab.url), json, r#"{"notices":["a"]}"#.to_owned(), 401),
        (&format!("{}/lti/notices/%00", lab.url), json, r#"{"notices":["a"]}"#.to_owned(), 401),
        (&format!("{}/lti/notices/probe/x", lab.url), json, r#"{"notices":["a"]}"#.to_owned(), 401),
    ] {
        let (status, _, answer) = post(url, kind, body).await;
        assert_eq!(status, expected, "{url} {kind}");
        assert_eq!(answer, "{}", "{url} {kind}");
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    assert_eq!(client.get(&url).send().await.unwrap().status().as_u16(), 405);
    assert!(accepted(&lab).is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notices_and_launches_are_not_taken_for_each_other() {
    let lab = subscribed().await;
    let notice = lab.sandbox.signed_notice(&NoticeChoice::copy("2-copy", &["2"]));
    // A launch at the URL of notices.
    let mut browser = lab.browser.another();
    let choice = LaunchChoice::student();
    let page = lab.sandbox.launch_until_token(&mut browser, &choice).await.unwrap();
    let mut form = page.form().unwrap();
    let token = form.field("id_token").unwrap().to_owned();
    let body = json!({ "notices": [{ "jwt": token }] }).to_string();
    assert_eq!(post(&handler(&lab), "application/json", body).await.0, 401);
    assert_eq!(reasons(&lab), ["launch_at_notice_url"]);
    // A notice as the response to a login.
    form.set("id_token", &notice);
    let page = browser.submit_form(&page, &form).await.unwrap();
    assert_eq!(page.status, 401);
    assert_eq!(outcome(&lab.newest_launch().unwrap()), "nonce_mismatch");
    let body = json!({ "notices": [{ "jwt": notice }] }).to_string();
    let (status, ..) = post(&format!("{}/lti/launch", lab.url), "application/json", body).await;
    assert!(status >= 400);
    assert!(accepted(&lab).is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_changes_nothing_of_another_one() {
    let lab = subscribed().await;
    let other = lab.second_platform().await;
    other.set_notices(NoticeOptions::offered());
    let copy = NoticeChoice::copy("2-copy", &["2"]).with_id("same");
    assert_eq!(lab.sandbox.send_notice(&copy).await, [200]);
    // Its own notices at the URL of the first one, and those of the first one at its own.
    assert_eq!(other.send_notice_to(&handler(&lab), &copy).await, [401]);
    let own = format!("{}/lti/notices/{OTHER}", lab.url);
    assert_eq!(lab.sandbox.send_notice_to(&own, &copy).await, [401]);
    assert_eq!(accepted(&lab).len(), 1);
    assert_eq!(reasons(&lab), ["iss_mismatch", "iss_mismatch"]);
    // The same ID in its own registration is another notice.
    assert_eq!(other.send_notice_to(&own, &copy).await, [200]);
    let mut names: Vec<String> =
        accepted(&lab).into_iter().map(|one| one.registration.to_string()).collect();
    names.sort();
    let mut expected = [OTHER, REGISTRATION];
    expected.sort_unstable();
    assert_eq!(names, expected);
    other.shutdown().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_checked_is_sent_again() {
    let lab = Lab::start().await;
    lab.sandbox.set_keyset(Some(KeysetVariant::ServerError));
    let copy = NoticeChoice::copy("2-copy", &["2"]).with_id("n");
    let body = json!({ "notices": [{ "jwt": lab.sandbox.signed_notice(&copy) }] }).to_string();
    let (status, retry, _) = post(&handler(&lab), "application/json", body).await;
    assert_eq!((status, retry.as_deref()), (503, Some("60")));
    assert!(listed(&lab).is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registrations_that_accept_no_notices_refuse_them() {
    let lab = subscribed().await;
    let copy = NoticeChoice::copy("2-copy", &["2"]);
    set_policy(&lab, NoticePolicy::Off);
    assert_eq!(lab.sandbox.send_notice_to(&handler(&lab), &copy).await, [401]);
    assert_eq!(reasons(&lab), ["notices_off"]);
    set_policy(&lab, NoticePolicy::On);
    assert_eq!(lab.sandbox.send_notice_to(&handler(&lab), &copy).await, [200]);
    lab.stop().await;
}
