//! Apps read the notices about their own courses.

use ltictl::admin::publish;
use ltictl::domain::{Clock, Slug};
use ltictl::rules::app_key;
use ltictl::rules::resource::{self, ResourceChange};
use ltictl::rules::setting::{Clearable, ListOf};
use ltictl::sandbox::NoticeChoice;
use serde_json::Value;

use super::subscribed;
use crate::lab::{Lab, REGISTRATION, RESOURCE};

async fn get(lab: &Lab, key: &str, query: &str) -> (u16, Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/api/notices?{query}", lab.url);
    let response = client.get(url).header("app-key", key).send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

fn ids(body: &Value) -> Vec<&str> {
    body["notices"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

fn key_of(lab: &Lab, slug: &str) -> String {
    let store = lab.store();
    let resource = store.read().resource(&Slug::new(slug).unwrap()).unwrap().unwrap();
    app_key::current(store.read(), &resource).unwrap()
}

fn update(lab: &Lab, change: &ResourceChange) {
    publish::update(&mut lab.store(), &RESOURCE.into(), change, Clock::System.now()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_sees_what_concerns_its_courses() {
    let lab = subscribed().await;
    let target = resource::parse_target("http://localhost:9/start", false).unwrap();
    update(&lab, &ResourceChange { target: Some(target.into()), ..ResourceChange::default() });
    let key = key_of(&lab, RESOURCE);
    // The teacher has come from course 2.
    for (id, choice) in [
        ("copy", NoticeChoice::copy("2-copy", &["2"])),
        ("itself", NoticeChoice::copy("2", &["9"])),
        ("elsewhere", NoticeChoice::copy("3", &["9"])),
        ("nowhere", NoticeChoice::copy("9-copy", &["9"])),
    ] {
        assert_eq!(lab.sandbox.send_notice(&choice.with_id(id)).await, [200]);
    }
    let of = "types=LtiContextCopyNotice";
    let (status, body) = get(&lab, &key, of).await;
    assert_eq!((status, ids(&body)), (200, vec!["copy", "itself"]), "{body}");
    let first = &body["notices"][0];
    assert_eq!(first["registration"], REGISTRATION);
    assert_eq!(first["context_id"], "2-copy");
    let claims = first["claims"].as_object().unwrap();
    assert!(claims.contains_key("https://purl.imsglobal.org/spec/lti/claim/origin_contexts"));
    let next = body["next"].as_str().unwrap();
    // Only what it asks for, and only once.
    let (_, other) = get(&lab, &key, "types=LtiHelloWorldNotice").await;
    assert_eq!(ids(&other), [""; 0]);
    let (_, empty) = get(&lab, &key, &format!("{of}&after={next}")).await;
    assert_eq!(ids(&empty), [""; 0]);
    // It waits for the next one.
    let query = format!("{of}&after={next}&wait=20");
    let later = NoticeChoice::copy("2-copy", &["2"]).with_id("later");
    let ((_, body), _) = tokio::join!(get(&lab, &key, &query), lab.sandbox.send_notice(&later));
    assert_eq!(ids(&body), ["later"]);
    // A resource that the registration may not use shows nothing of it.
    let registrations = Some(Clearable(Some(ListOf(Vec::new()))));
    update(&lab, &ResourceChange { registrations, ..ResourceChange::default() });
    let (status, body) = get(&lab, &key, of).await;
    assert_eq!((status, ids(&body)), (200, vec![]));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_without_a_key_or_with_another_query_are_refused() {
    let lab = subscribed().await;
    let target = resource::parse_target("http://localhost:9/start", false).unwrap();
    update(&lab, &ResourceChange { target: Some(target.into()), ..ResourceChange::default() });
    let key = key_of(&lab, RESOURCE);
    for (key, query, expected) in [
        ("", "types=LtiContextCopyNotice", 403),
        (key.as_str(), "", 422),
        (&key, "types=", 422),
        (&key, "types=a%20b", 422),
        (&key, "types=a&wait=21", 422),
        (&key, "types=a&after=-1", 422),
        (&key, "types=a&other=1", 422),
        (&key, "types=a", 200),
    ] {
        let (status, body) = get(&lab, key, query).await;
        assert!(
            status == expected || (expected == 400 && status == 422),
            "{query}: {status} {body}"
        );
    }
    lab.stop().await;
}
