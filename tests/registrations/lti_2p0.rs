//! Registration by LTI 2.0 over real HTTP, from the platform's form to a launch, and from hostile
//! platforms.

use ltictl::admin::{consumer, publish, tool_proxy};
use ltictl::domain::{
    Clock, Consumer, ConsumerKey, InvitationLifetime, MemberSync, Name, Protocol, ProxyInvitation,
    Random, Registration, Resource, Slug,
};
use ltictl::rules::progress::NoProgress;
use ltictl::rules::resource::ResourceChange;
use ltictl::rules::state_key;
use ltictl::sandbox::browser::Page;
use ltictl::store::CreatedBy;
use ltictl::sync::members::{self, MemberRun};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::lab::proxy_platform::{Answer, HALF, ProxyPlatform, REG_PASSWORD, accepted, profile};
use crate::lab::signed_form::{Fields, Signing, fields};
use crate::lab::{Lab, RESOURCE, insert_consumer, outcome};

/// A registration URL for the consumer "College", restricted to the lab's resource.
pub(super) fn invite(lab: &Lab) -> (ProxyInvitation, String) {
    let (mut store, name) = (lab.store(), Name::new("College").unwrap());
    let (lifetime, now) = (InvitationLifetime::default(), Clock::System.now());
    let resources = [RESOURCE.into()];
    let invitation =
        tool_proxy::invite(&mut store, &name, None, &resources, lifetime, now).unwrap();
    let (settings, key) =
        (store.read().settings().unwrap(), state_key::state_key(store.read()).unwrap());
    let url = tool_proxy::registration_url(&settings, &key, &invitation);
    (invitation, url)
}

fn resource(lab: &Lab) -> Resource {
    lab.store().read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap()
}

/// Publishes the resource on its own, and gives its registration URL.
pub(super) fn own_url(lab: &Lab) -> (Consumer, String) {
    let (mut store, resource, now) = (lab.store(), resource(lab), Clock::System.now());
    let (own, _) = store
        .write(|write| consumer::publish(write, &resource, false, &Random::System, now))
        .unwrap();
    let (settings, key) =
        (store.read().settings().unwrap(), state_key::state_key(store.read()).unwrap());
    let url = tool_proxy::registration_url_of(&settings, &key, &own).unwrap();
    (own, url)
}

pub(super) async fn post(lab: &Lab, url: &str, fields: &Fields) -> Page {
    lab.browser.another().post_form(url, fields).await.unwrap()
}

/// The form of the confirmation page, and where it is sent.
pub(super) fn confirmation(page: &Page) -> Fields {
    assert_eq!(page.status, 200, "{}", page.body);
    let form = page.form().expect("a form");
    vec![("confirmation".to_owned(), form.field("confirmation").unwrap().to_owned())]
}

/// Registers, and gives the URL to which the browser returns.
pub(super) async fn register(lab: &Lab, url: &str, platform: &ProxyPlatform) -> String {
    let form = confirmation(&post(lab, url, &platform.request()).await);
    let returned = post(lab, url, &form).await;
    assert_eq!(returned.status, 303, "{}", returned.body);
    returned.header("location").unwrap().to_owned()
}

pub(super) fn consumers(lab: &Lab) -> Vec<Consumer> {
    lab.store().read().consumers().unwrap()
}

/// The secret that a consumer is launched with.
pub(super) fn secret(lab: &Lab, consumer: &Consumer) -> String {
    consumer::newest_secret(lab.store().read(), consumer, Clock::System.now()).unwrap()
}

/// The tool proxy that the platform received.
pub(super) fn received(platform: &ProxyPlatform) -> Value {
    let (method, path, document) = platform.taken().pop().unwrap();
    assert_eq!((method.as_str(), path.as_str()), ("POST", "/toolproxy"));
    document.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_registers_once_and_launches_only_what_its_proxy_names() {
    let lab = Lab::start().await;
    let platform = ProxyPlatform::start().await;
    let (_, url) = invite(&lab);
    let page = post(&lab, &url, &platform.request()).await;
    for shown in
        ["Moodle &#60;b&#62; 3.0", "A College", "College", &resource(&lab).name.to_string()]
    {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    let policy = page.header("content-security-policy").unwrap();
    let action = format!("form-action {} {}; ", lab.url, platform.origin);
    assert!(policy.contains(&action), "{policy}");
    assert!(consumers(&lab).is_empty() && platform.taken().len() == 1, "nothing is sent yet");
    let form = confirmation(&page);
    let returned = post(&lab, &url, &form).await;
    let location = returned.header("location").unwrap();
    let expected =
        format!("{}/return?id=3&status=success&tool_proxy_guid=guid-1&lti_msg=", platform.origin);
    assert!(location.starts_with(&expected), "{location}");
    let document = received(&platform);
    let contract = &document["security_contract"];
    let [added] = consumers(&lab).try_into().unwrap();
    let registration = &added.registration;
    assert_eq!((registration.slug.as_str(), added.key.as_str()), ("college", "guid-1"));
    assert_eq!((registration.protocol, registration.enabled), (Protocol::Lti2p0, true));
    assert_eq!(added.resources, Some(vec![Slug::new(RESOURCE).unwrap()]));
    let secret = secret(&lab, &added);
    assert_eq!(contract["shared_secret"], json!(secret));
    assert!(secret.len() >= 64);
    let message = &document["tool_profile"]["resource_handler"][0]["message"][0];
    assert_eq!(message["path"], json!(format!("/lti/1p1/launch/{RESOURCE}")));
    for (url, form) in [(&url, &form), (&url, &platform.request())] {
        assert_eq!(post(&lab, url, form).await.status, 410, "the URL was used");
    }
    assert!(platform.taken().is_empty());
    launches(&lab, &secret).await;
    let is_stored = crate::lab::database::contains(&lab.database, REG_PASSWORD.as_bytes());
    assert!(!is_stored && !format!("{:?}", lab.audited()).contains(&secret));
    lab.stop().await;
}

/// Launches of the consumer `guid-1` at different paths.
async fn launches(lab: &Lab, secret: &str) {
    let uuid = &lab.resource_uuid;
    let cases = [
        (format!("/{RESOURCE}"), "LTI-2p0", "guid-1", 303, "accepted"),
        (format!("/{RESOURCE}"), "LTI-1p0", "guid-1", 400, "lti_1p1_message_malformed"),
        (String::new(), "LTI-2p0", "guid-1", 400, "resource_id_missing"),
        (format!("?id={uuid}"), "LTI-2p0", "guid-1", 400, "resource_id_missing"),
        ("/other".to_owned(), "LTI-2p0", "guid-1", 404, "resource_not_for_consumer"),
        (format!("/{RESOURCE}"), "LTI-2p0", "guid-2", 401, "consumer_unknown"),
    ];
    let name = Name::new("Other").unwrap();
    let change = ResourceChange::default();
    let (now, random) = (Clock::System.now(), Random::System);
    publish::publish(&mut lab.store(), &name, None, &change, false, now, &random).unwrap();
    for (place, (path, version, key, status, reason)) in cases.into_iter().enumerate() {
        let url = format!("{}/lti/1p1/launch{path}", lab.url);
        let mut form = fields("4", "Learner");
        form.retain(|(name, _)| name != "lti_version");
        form.push(("lti_version".to_owned(), version.to_owned()));
        form.push(("custom_id".to_owned(), uuid.clone()));
        let nonce = format!("{place}");
        let signing = Signing { key, secret, nonce: &nonce, ..Signing::default() };
        let page = post(lab, &url, &signing.sign(&url, form)).await;
        let launch = lab.newest_launch().unwrap();
        assert_eq!((outcome(&launch), page.status), (reason, status), "{path} {version} {key}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_halves_make_the_secret_and_the_profile_says_where_members_are() {
    let lab = Lab::start().await;
    let platform = ProxyPlatform::start().await;
    let (_, url) = invite(&lab);
    let mut offered = profile(&platform.origin);
    offered["capability_offered"].as_array_mut().unwrap().push(json!("OAuth.splitSecret"));
    platform.set_profile(Answer::new(200, offered));
    let mut response = accepted("guid-1");
    response["tc_half_shared_secret"] = json!(HALF);
    platform.set_response(Answer::new(200, response));
    let location = register(&lab, &url, &platform).await;
    assert!(location.contains("status=success"), "{location}");
    let contract = received(&platform)["security_contract"].clone();
    let [added] = consumers(&lab).try_into().unwrap();
    let (half, secret) =
        (contract["tp_half_shared_secret"].as_str().unwrap(), secret(&lab, &added));
    assert_eq!(
        (secret.as_str(), &contract["shared_secret"]),
        (format!("{HALF}{half}").as_str(), &Value::Null)
    );
    assert_eq!(half.len(), 128);

    let member_sync = Some(MemberSync::EnrolNew);
    let change = ResourceChange { member_sync, ..ResourceChange::default() };
    publish::update(&mut lab.store(), &RESOURCE.into(), &change, Clock::System.now()).unwrap();
    let launch = format!("{}/lti/1p1/launch/{RESOURCE}", lab.url);
    let mut form = fields("1", "Instructor");
    form.retain(|(name, _)| !["lti_version", "context_id"].contains(&name.as_str()));
    form.push(("lti_version".to_owned(), "LTI-2p0".to_owned()));
    form.push(("context_id".to_owned(), "a/b&c?d".to_owned()));
    let signing = Signing { key: "guid-1", secret: &secret, ..Signing::default() };
    assert_eq!(post(&lab, &launch, &signing.sign(&launch, form)).await.status, 303);
    let list = json!({ "pageOf": { "membershipSubject": { "membership": [
        { "role": ["Learner"], "member": { "userId": "9", "name": "Nina" } },
    ] } } });
    platform.set_profile(Answer::new(200, list));
    platform.taken();
    let (synchronizer, run) = (lab.synchronizer(Clock::System), MemberRun::default());
    let done = members::run(&synchronizer, &run, Arc::new(NoProgress)).await.unwrap();
    let created: u64 = done.resources.iter().map(|resource| resource.created).sum();
    assert_eq!(created, 1, "{done:?}");
    let paths: Vec<String> = platform.taken().into_iter().map(|(_, path, _)| path).collect();
    let path = format!("/members/CourseSection/a%2Fb%26c%3Fd/{RESOURCE}");
    assert!(paths.contains(&path), "{paths:?}");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resources_own_url_is_for_many_platforms_and_none_takes_the_key_of_another() {
    let lab = Lab::start().await;
    let now = Clock::System.now();
    let known = |key: &str, secret: &str| {
        lab.store().write(|write| insert_consumer(write, key, &[secret], now)).unwrap()
    };
    known("taken", "the secret of another consumer");
    known("former", "the secret of a former consumer");
    // A consumer that was removed, whose users have accounts.
    let launch = format!("{}/lti/1p1/launch/{RESOURCE}", lab.url);
    let secret = "the secret of a former consumer";
    let signing = Signing { key: "former", secret, ..Signing::default() };
    let form = signing.sign(&launch, fields("4", "Learner"));
    assert_eq!(post(&lab, &launch, &form).await.status, 303);
    consumer::remove(&mut lab.store(), &"former".into()).unwrap();
    let (own, url) = own_url(&lab);
    for (guid, expected) in [
        ("guid-1", "status=success&tool_proxy_guid=guid-1"),
        ("guid-2", "status=success&tool_proxy_guid=guid-2"),
        ("guid-1", "status=failure&lti_errormsg="),
        ("taken", "status=failure&lti_errormsg="),
        ("former", "status=failure&lti_errormsg="),
        (own.key.as_str(), "status=failure&lti_errormsg="),
        (" spaces ", "status=failure&lti_errormsg="),
    ] {
        let platform = ProxyPlatform::start().await;
        platform.set_response(Answer::new(201, accepted(guid)));
        let location = register(&lab, &url, &platform).await;
        assert!(location.contains(expected), "{guid}: {location}");
    }
    let all = consumers(&lab);
    let keys: Vec<&str> = all.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(keys.len(), 4, "{keys:?}");
    let taken = all.iter().find(|one| one.key.as_str() == "taken").unwrap();
    assert_eq!(self::secret(&lab, taken), "the secret of another consumer");
    let change = consumer::ConsumerChange { enabled: Some(false), ..Default::default() };
    let slug = own.registration.slug.as_str().into();
    consumer::change(&mut lab.store(), &slug, &change, now).unwrap();
    let platform = ProxyPlatform::start().await;
    assert_eq!(post(&lab, &url, &platform.request()).await.status, 403, "revoked");
    assert!(platform.taken().is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_platform_takes_a_key_that_was_accepted_as_any_key() {
    let lab = Lab::start().await;
    let now = Clock::System.now();
    let (own, url) = own_url(&lab);
    let any_key = Consumer { any_key: true, ..own.clone() };
    lab.store().write(|write| write.update_consumer(&any_key, now)).unwrap();
    let secret = secret(&lab, &own);
    let launch = format!("{}/lti/1p1/launch/{RESOURCE}", lab.url);
    for (nonce, guid, expected) in [
        ("1", "school", "status=failure&lti_errormsg="),
        ("2", "another", "status=success&tool_proxy_guid=another"),
    ] {
        let signing = Signing { key: "school", secret: &secret, nonce, ..Signing::default() };
        let form = signing.sign(&launch, fields("4", "Learner"));
        assert_eq!(post(&lab, &launch, &form).await.status, 303, "before {guid}");
        let platform = ProxyPlatform::start().await;
        platform.set_response(Answer::new(201, accepted(guid)));
        let location = register(&lab, &url, &platform).await;
        assert!(location.contains(expected), "{guid}: {location}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resources_own_url_adds_a_limited_number_of_consumers() {
    let lab = Lab::start().await;
    let (_, url) = own_url(&lab);
    let insert = |range: std::ops::Range<u32>| {
        lab.store()
            .write(|write| {
                for place in range {
                    let (name, now) = (format!("guid-{place}"), Clock::System.now());
                    let key = ConsumerKey::new(&name).unwrap();
                    let new = Consumer::new(Name::new(&name).unwrap(), None, key, name, now);
                    let new = new.unwrap();
                    let registration =
                        Registration { protocol: Protocol::Lti2p0, ..new.registration };
                    let resources = Some(vec![Slug::new(RESOURCE).unwrap()]);
                    let added = Consumer { registration, resources, ..new };
                    write.insert_consumer(&added, CreatedBy::Hand)?;
                }
                Ok::<_, ltictl::store::Error>(())
            })
            .unwrap();
    };
    let platform = ProxyPlatform::start().await;
    insert(10..509);
    let page = post(&lab, &url, &platform.request()).await;
    let last = confirmation(&page);
    insert(509..510);
    for form in [last, platform.request()] {
        platform.taken();
        let page = post(&lab, &url, &form).await;
        assert_eq!(page.status, 502);
        assert!(page.body.contains("500 platforms have registered"), "{}", page.body);
        assert!(platform.taken().is_empty(), "nothing is sent");
    }
    lab.stop().await;
}

/// The platform's request with another value.
fn with(platform: &ProxyPlatform, name: &str, value: &str) -> Fields {
    let mut fields = platform.request();
    fields.retain(|(one, _)| one != name);
    fields.push((name.to_owned(), value.to_owned()));
    fields
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_lead_elsewhere_are_refused_before_anything_is_sent() {
    let lab = Lab::start().await;
    let (platform, other) = (ProxyPlatform::start().await, ProxyPlatform::start().await);
    let (_, url) = invite(&lab);
    let (start, token) = url.rsplit_once('/').unwrap();
    for token in ["", "i1.x", "r1.x", "i01.x", &token[..token.len() - 1], &format!("{token}x")] {
        let page = post(&lab, &format!("{start}/{token}"), &platform.request()).await;
        assert!(matches!(page.status, 403 | 404), "{token}: {}", page.status);
    }
    assert_eq!(lab.browser.another().get(&url).await.unwrap().status, 200, "it explains itself");
    let return_url = "launch_presentation_return_url";
    let foreign = format!("{}/return", other.origin);
    for (fields, shown) in [
        (with(&platform, return_url, &foreign), return_url),
        (with(&platform, return_url, "https://phishing.example/"), return_url),
        (with(&platform, return_url, "javascript:alert(1)"), return_url),
        (with(&platform, return_url, ""), return_url),
        (with(&platform, "reg_key", ""), "reg_key"),
        (with(&platform, "reg_password", ""), "reg_password"),
        (with(&platform, "tc_profile_url", "file:///etc/passwd"), "tc_profile_url"),
        (with(&platform, "tc_profile_url", &format!("{}/profile", other.origin)), return_url),
        (with(&platform, "lti_version", "LTI-1p0"), "LTI-1p0"),
        (with(&platform, "lti_message_type", "other"), "lti_message_type"),
    ] {
        let page = post(&lab, &url, &fields).await;
        assert_eq!(page.status, 502, "{shown}: {}", page.body);
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
        assert!(!page.body.contains(REG_PASSWORD) && page.form().is_none());
    }
    for host in ["169.254.169.254", "10.0.0.1", "[::ffff:10.0.0.1]", "[fd00::1]"] {
        let origin = format!("https://{host}");
        let mut fields = with(&platform, "tc_profile_url", &format!("{origin}/profile"));
        fields.retain(|(name, _)| name != return_url);
        fields.push((return_url.to_owned(), format!("{origin}/return")));
        let page = post(&lab, &url, &fields).await;
        assert_eq!(page.status, 502, "{host}: {}", page.body);
    }
    assert!(platform.taken().is_empty() && other.taken().is_empty() && consumers(&lab).is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profiles_that_cannot_be_used_are_refused_before_a_proxy_is_sent() {
    let lab = Lab::start().await;
    let (platform, other) = (ProxyPlatform::start().await, ProxyPlatform::start().await);
    let (_, url) = invite(&lab);
    let whole = profile(&platform.origin);
    let mut without_user = whole.clone();
    without_user["capability_offered"] = json!(["basic-lti-launch-request", "Membership.role"]);
    let mut without_launch = whole.clone();
    without_launch["capability_offered"] = json!(["User.id"]);
    let mut without_service = whole.clone();
    without_service["service_offered"] = json!([]);
    let mut foreign_service = whole.clone();
    foreign_service["service_offered"][0]["endpoint"] =
        json!(format!("{}/toolproxy", other.origin));
    let unreadable = "cannot read the platform&#39;s profile";
    let redirect =
        Answer { location: Some(format!("{}/profile", other.origin)), ..Answer::new(302, "") };
    for (answer, shown) in [
        (Answer::new(200, without_user), "User.id"),
        (Answer::new(200, without_launch), "basic-lti-launch-request, Membership.role"),
        (Answer::new(200, without_service), unreadable),
        (Answer::new(200, foreign_service), &other.origin),
        (Answer::new(200, format!("{whole}{}", " ".repeat(1_000_001))), unreadable),
        (
            Answer::new(200, "<!DOCTYPE x [<!ENTITY y SYSTEM \"file:///etc/passwd\">]><x>&y;</x>"),
            unreadable,
        ),
        (Answer::new(200, "[]"), unreadable),
        (Answer::new(200, "[".repeat(100_000)), unreadable),
        (Answer::new(500, ""), unreadable),
        (redirect, unreadable),
    ] {
        let status = answer.status;
        platform.set_profile(answer);
        let page = post(&lab, &url, &platform.request()).await;
        assert_eq!(page.status, 502, "{status} {shown}: {}", page.body);
        assert!(page.body.replace("&#x27;", "&#39;").contains(shown), "{shown}: {}", page.body);
        assert!(platform.taken().iter().all(|(method, ..)| method == "GET"));
    }
    assert!(other.taken().is_empty() && consumers(&lab).is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn confirmations_are_for_their_own_url_and_failures_are_returned() {
    let lab = Lab::start().await;
    let platform = ProxyPlatform::start().await;
    let (_, url) = invite(&lab);
    let (_, own) = own_url(&lab);
    let form = confirmation(&post(&lab, &url, &platform.request()).await);
    let changed = vec![("confirmation".to_owned(), format!("{}x", form[0].1))];
    for (url, form) in [(&own, &form), (&url, &changed)] {
        assert_eq!(post(&lab, url, form).await.status, 410);
    }
    platform.taken();
    for (answer, shown) in [
        (Answer::new(400, ""), "status+400"),
        (Answer::new(201, "{}"), "tool_proxy_guid"),
        (Answer::new(201, "<html>"), "not+a+JSON+object"),
        (Answer::new(500, format!("no {REG_PASSWORD}")), "status+500"),
    ] {
        platform.set_response(answer);
        let location = register(&lab, &url, &platform).await;
        assert!(location.starts_with(&format!("{}/return?id=3&status=failure", platform.origin)));
        assert!(location.contains(shown), "{shown}: {location}");
        assert!(!location.contains("one-time"), "{location}");
        assert_eq!(consumers(&lab).len(), 1, "only that of the resource");
    }
    // The URL is open again, until it succeeds.
    platform.set_response(Answer::new(201, accepted("guid-1")));
    assert!(register(&lab, &url, &platform).await.contains("status=success"));
    // A newer URL replaces an open one.
    consumer::remove(&mut lab.store(), &"guid-1".into()).unwrap();
    let (first, second) = (invite(&lab).1, invite(&lab).1);
    assert_eq!(post(&lab, &first, &platform.request()).await.status, 403);
    assert_eq!(post(&lab, &second, &platform.request()).await.status, 200);
    lab.stop().await;
}
