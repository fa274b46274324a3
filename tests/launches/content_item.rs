//! Content selection of LTI 1.1 over real HTTP: a signed request opens the page of deep linking, and its
//! response is a form that the platform can verify.

use ltictl::admin::publish;
use ltictl::domain::{Clock, Consumer, MaxGrade, Name, Random, Resource, Secret, Slug};
use ltictl::rules::resource::ResourceChange;
use ltictl::sandbox::browser::{Browser, Form, Page};
use serde_json::{Value, json};

use crate::lab::signed_form::{Fields, KEY, SECRET, Signing, fields, signature};
use crate::lab::{Lab, RESOURCE, outcome};

/// Where the platform gets the response.
const RETURN_URL: &str = "https://old.school.example/select?session=a%20b&course=1";

/// A tool with a consumer, whose teacher may select everything.
async fn lab() -> Lab {
    let lab = Lab::with_consumer().await;
    let id = lab.account_of_consumer("teacher", "tina");
    lab.grant_all(id);
    lab
}

fn publish(lab: &Lab, name: &str) -> Resource {
    let change = ResourceChange {
        max_grade: Some(Some(MaxGrade::new(20.0).unwrap()).into()),
        ..ResourceChange::default()
    };
    let (name, now) = (Name::new(name).unwrap(), Clock::System.now());
    publish::publish(&mut lab.store(), &name, None, &change, false, now, &Random::System).unwrap().0
}

fn change_consumer(lab: &Lab, change: &dyn Fn(&mut Consumer)) {
    let now = Clock::System.now();
    let changed = lab.store().write(|write| {
        let mut consumer = write.consumer_by_key(KEY)?.expect("the consumer");
        change(&mut consumer);
        write.update_consumer(&consumer, now)
    });
    changed.unwrap();
}

/// A request of a teacher, with these parameters added or replaced; empty ones are removed.
fn request(changed: &[(&str, &str)]) -> Fields {
    let mut request = fields("teacher", "Instructor");
    request.retain(|(name, _)| name != "resource_link_id" && !name.starts_with("launch_"));
    let own = [
        ("lti_message_type", "ContentItemSelectionRequest"),
        ("accept_media_types", "application/vnd.ims.lti.v1.ltilink,*/*"),
        ("accept_presentation_document_targets", "iframe,window"),
        ("accept_multiple", "true"),
        ("content_item_return_url", RETURN_URL),
        ("data", "a&b=\"c\"<\u{e9}>"),
    ];
    for (name, value) in own.iter().chain(changed) {
        request.retain(|(one, _)| one != name);
        if !value.is_empty() {
            request.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
    request
}

/// Sends a request to a path of the tool, and follows to the page.
async fn select(lab: &Lab, path: &str, signing: &Signing<'_>, fields: Fields) -> (Browser, Page) {
    let url = format!("{}{path}", lab.url);
    let mut browser = lab.browser.another();
    let page = browser.post_form(&url, &signing.sign(&url, fields)).await.unwrap();
    let page = browser.follow(page).await.unwrap();
    (browser, page)
}

async fn press(browser: &mut Browser, page: &Page, button: &str, picks: &[(&str, &str)]) -> Form {
    let mut form = page.form().unwrap_or_else(|| panic!("{} {}", page.status, page.body));
    let pressed = [("do", button)];
    let all = picks.iter().chain(&pressed);
    form.fields.extend(all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let answer = browser.post_form(&form.action, &form.fields).await.unwrap();
    let policy = answer.header("content-security-policy").unwrap_or_default();
    let origin = "https://old.school.example";
    assert!(policy.contains(&format!("form-action {origin}")), "{policy}");
    assert!(policy.contains(&format!("frame-ancestors 'self' {origin}")), "{policy}");
    answer.form().unwrap_or_else(|| panic!("{} {}", answer.status, answer.body))
}

/// The response's parameters that are signed, after the signature was checked.
fn checked(form: &Form, secret: &str) -> Vec<(String, String)> {
    assert_eq!((form.action.as_str(), form.method.as_str()), (RETURN_URL, "POST"));
    assert_eq!(
        form.field("oauth_signature"),
        Some(signature(RETURN_URL, &form.fields, secret).as_str())
    );
    assert_eq!(form.field("oauth_consumer_key"), Some(KEY));
    assert!(form.field("session").is_none() && form.field("course").is_none(), "{form:?}");
    assert!(!form.fields.iter().any(|(_, value)| value.contains(secret)));
    let fields = form.fields.iter().filter(|(name, _)| !name.starts_with("oauth_"));
    fields.cloned().collect()
}

fn items(form: &Form) -> Value {
    serde_json::from_str(form.field("content_items").expect("items")).expect("JSON")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn selected_content_is_returned_in_a_signed_form_and_launches() {
    let lab = lab().await;
    let essay = publish(&lab, "Essay").uuid.to_string();
    let (mut browser, page) =
        select(&lab, "/lti/1p1/launch", &Signing::default(), request(&[])).await;
    assert!(page.status == 200 && page.body.contains("Essay"), "{}", page.body);
    assert_eq!(outcome(&lab.newest_launch().unwrap()), "accepted");
    let picks = [("pick", &*lab.resource_uuid), ("pick", &*essay), ("gradebook", &*essay)];
    let form = press(&mut browser, &page, "add", &picks).await;
    let sent = checked(&form, SECRET);
    let names: Vec<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["lti_message_type", "lti_version", "content_items", "data"]);
    assert_eq!(form.field("lti_message_type"), Some("ContentItemSelection"));
    assert_eq!(form.field("data"), Some("a&b=\"c\"<\u{e9}>"));
    let items = items(&form);
    let url = |slug: &str| format!("{}/lti/1p1/launch/{slug}", lab.url);
    let (quiz, graded) = (&items["@graph"][0], &items["@graph"][1]);
    assert_eq!((&quiz["url"], &quiz["lineItem"]), (&json!(url(RESOURCE)), &Value::Null));
    assert_eq!(
        (&graded["url"], &graded["custom"]["id"], &graded["lineItem"]["scoreConstraints"]),
        (
            &json!(url("essay")),
            &json!(essay),
            &json!({ "@type": "NumericLimits", "normalMaximum": 20, "totalMaximum": 20 })
        )
    );
    let signing = Signing { nonce: "2", ..Signing::default() };
    let (_, page) = select(&lab, "/lti/1p1/launch/essay", &signing, fields("sam", "Learner")).await;
    assert!(page.status == 200 && page.body.contains("<h1>Essay</h1>"), "{}", page.body);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_response_follows_the_request() {
    let lab = lab().await;
    let essay = publish(&lab, "Essay").uuid.to_string();
    let target = |form: &Form| items(form)["@graph"][0]["placementAdvice"].clone();
    for (row, (changed, expected)) in [
        (("accept_presentation_document_targets", "window"), json!("window")),
        (("accept_presentation_document_targets", "frame"), json!("frame")),
        (("accept_presentation_document_targets", "none"), Value::Null),
        (("accept_media_types", "*/*"), json!("iframe")),
    ]
    .into_iter()
    .enumerate()
    {
        let nonce = row.to_string();
        let signing = Signing { nonce: &nonce, ..Signing::default() };
        let (mut browser, page) =
            select(&lab, "/lti/1p1/launch", &signing, request(&[changed])).await;
        let form = press(&mut browser, &page, "add", &[("pick", &essay)]).await;
        checked(&form, SECRET);
        assert_eq!(target(&form)["presentationDocumentTarget"], expected, "{changed:?}");
    }
    let signing = Signing { nonce: "one", ..Signing::default() };
    let (mut browser, page) =
        select(&lab, "/lti/1p1/launch", &signing, request(&[("accept_multiple", "")])).await;
    assert!(page.body.contains("type=\"radio\" name=\"pick\""), "{}", page.body);
    let mut form = page.form().unwrap();
    for pick in [&essay, &lab.resource_uuid] {
        form.fields.push(("pick".to_owned(), pick.clone()));
    }
    form.fields.push(("do".to_owned(), "add".to_owned()));
    let refused = browser.post_form(&form.action, &form.fields).await.unwrap();
    assert!(refused.status == 409 && refused.body.contains("one resource at a time"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_selection_returns_a_message() {
    let lab = lab().await;
    for (nonce, resources, name) in
        [("1", None, "lti_msg"), ("2", Some(Vec::new()), "lti_errormsg")]
    {
        change_consumer(&lab, &|consumer| consumer.resources = resources.clone());
        let signing = Signing { nonce, ..Signing::default() };
        let (mut browser, page) =
            select(&lab, "/lti/1p1/launch", &signing, request(&[("data", "")])).await;
        let form = press(&mut browser, &page, "cancel", &[]).await;
        let sent = checked(&form, SECRET);
        let names: Vec<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["lti_message_type", "lti_version", name]);
    }
    lab.stop().await;
}

/// The names of the resources on the page.
fn offered(page: &Page) -> Vec<&str> {
    let names = page.body.split("<span class=\"name\">").skip(1);
    names.map(|rest| rest.split('<').next().unwrap_or_default().trim_end()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_the_consumer_may_use_is_offered_and_accepted() {
    let lab = lab().await;
    let essay = publish(&lab, "Essay");
    let (mut store, now) = (lab.store(), Clock::System.now());
    let reserved = Resource { registrations: Some(Vec::new()), ..essay.clone() };
    store.write(|write| write.update_resource(&reserved, now)).unwrap();
    let slugs = |slugs: &[&str]| Some(slugs.iter().map(|slug| Slug::new(slug).unwrap()).collect());
    for (nonce, resources, expected) in [
        ("1", None, &["Algebra quiz"][..]),
        ("2", slugs(&["essay"]), &["Essay"]),
        ("3", slugs(&["essay", RESOURCE]), &["Algebra quiz", "Essay"]),
    ] {
        change_consumer(&lab, &|consumer| consumer.resources.clone_from(&resources));
        let signing = Signing { nonce, ..Signing::default() };
        let (mut browser, page) = select(&lab, "/lti/1p1/launch", &signing, request(&[])).await;
        assert_eq!(offered(&page), expected);
        change_consumer(&lab, &|consumer| consumer.resources = slugs(&["algebra-quiz"]));
        let mut form = page.form().unwrap();
        let essay = essay.uuid.to_string();
        form.fields.extend([("pick", &*essay), ("do", "add")].map(|(a, b)| (a.into(), b.into())));
        let answer = browser.post_form(&form.action, &form.fields).await.unwrap();
        assert_eq!(answer.status, 409, "what it may not use any more is not returned");
    }
    change_consumer(&lab, &|consumer| consumer.resources = slugs(&["essay"]));
    let signing = Signing { nonce: "4", ..Signing::default() };
    let (_, page) = select(&lab, "/lti/1p1/launch/essay", &signing, fields("sam", "Learner")).await;
    assert!(page.status == 200 && page.body.contains("<h1>Essay</h1>"), "{}", page.body);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_may_not_select_are_refused() {
    let lab = lab().await;
    publish(&lab, "Essay");
    change_consumer(&lab, &|consumer| consumer.resources = Some(vec![Slug::new("essay").unwrap()]));
    let own = "/lti/1p1/launch/essay";
    let too_long = "x".repeat(8193);
    for (row, (path, changed, reason)) in [
        (own, ("roles", "Learner"), "selection_not_allowed"),
        (own, ("user_id", ""), "user_id_missing"),
        (own, ("content_item_return_url", ""), "lti_1p1_message_malformed"),
        (own, ("content_item_return_url", "http://a.example/"), "lti_1p1_message_malformed"),
        (own, ("content_item_return_url", "javascript:alert(1)"), "lti_1p1_message_malformed"),
        (own, ("accept_media_types", "image/*"), "lti_1p1_message_malformed"),
        (own, ("data", &*too_long), "lti_1p1_message_malformed"),
        ("/lti/1p1/launch/algebra-quiz", ("a", "b"), "resource_not_for_consumer"),
        ("/lti/1p1/launch/unknown", ("a", "b"), "resource_unknown"),
        (own, ("a", "b"), "accepted"),
        ("/lti/1p1/launch", ("a", "b"), "accepted"),
    ]
    .into_iter()
    .enumerate()
    {
        let nonce = row.to_string();
        let signing = Signing { nonce: &nonce, ..Signing::default() };
        let (_, page) = select(&lab, path, &signing, request(&[changed])).await;
        assert_eq!(outcome(&lab.newest_launch().unwrap()), reason, "row {row}: {}", page.body);
    }
    let wrong = Signing { secret: "wrong", nonce: "wrong", ..Signing::default() };
    let (_, page) = select(&lab, own, &wrong, request(&[])).await;
    assert!(page.status == 401 && page.form().is_none(), "{}", page.body);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_response_is_signed_with_the_secret_of_the_request() {
    let lab = lab().await;
    let now = Clock::System.now();
    let new = Secret::new(b"a newer secret".to_vec());
    let added = lab.store().write(|write| {
        let id = write.consumer_by_key(KEY)?.expect("the consumer").registration.id;
        write.insert_consumer_secret(id, &new, now)
    });
    assert!(added.unwrap());
    for (nonce, secret) in [("1", SECRET), ("2", "a newer secret")] {
        let signing = Signing { nonce, secret, ..Signing::default() };
        let (mut browser, page) = select(&lab, "/lti/1p1/launch", &signing, request(&[])).await;
        let form = press(&mut browser, &page, "add", &[("pick", &lab.resource_uuid)]).await;
        checked(&form, secret);
    }
    lab.stop().await;
}
