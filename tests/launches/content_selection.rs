//! Content selection through the real server: what a teacher is offered, what is returned to the
//! platform, and what the platform makes of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ltictl::admin::publish;
use ltictl::domain::{Clock, MaxGrade, Name, Random, Resource, ResourceKind, Slug};
use ltictl::rules::resource::ResourceChange;
use ltictl::sandbox::browser::{Browser, Form, Page};
use ltictl::sandbox::{DeepLinkingChoice, LaunchChoice, User};
use serde_json::{Value, json};

use crate::lab::database::Database;
use crate::lab::{Lab, RESOURCE, outcome};

const DL: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/";

/// Publishes a resource besides the lab's own.
fn publish(lab: &Lab, name: &str, change: ResourceChange) -> Resource {
    publish::publish(
        &mut lab.store(),
        &Name::new(name).unwrap(),
        None,
        &change,
        false,
        Clock::System.now(),
        &Random::System,
    )
    .unwrap()
    .0
}

fn graded(maximum: f64) -> ResourceChange {
    ResourceChange {
        max_grade: Some(Some(MaxGrade::new(maximum).unwrap()).into()),
        ..ResourceChange::default()
    }
}

fn in_course(course: &str) -> ResourceChange {
    ResourceChange { course: Some(course.parse().unwrap()), ..ResourceChange::default() }
}

/// Tina selects; her browser, and the page that she sees.
async fn select(lab: &Lab, selection: DeepLinkingChoice) -> (Browser, Page) {
    open(lab, &LaunchChoice::teacher().selecting(selection)).await
}

async fn open(lab: &Lab, choice: &LaunchChoice) -> (Browser, Page) {
    let mut browser = lab.browser.another();
    let page = lab.sandbox.launch_and_follow(&mut browser, choice).await.unwrap();
    (browser, page)
}

/// The page's form as the browser sends it once these boxes are ticked and this button is pressed.
fn filled(page: &Page, picks: &[&str], gradebook: &[&str], button: &str) -> Form {
    let mut form = page.form().unwrap_or_else(|| panic!("{} {}", page.status, page.body));
    let all = picks
        .iter()
        .map(|uuid| ("pick", uuid))
        .chain(gradebook.iter().map(|uuid| ("gradebook", uuid)))
        .chain([("do", &button)]);
    form.fields.extend(all.map(|(name, value)| (name.to_owned(), (*value).to_owned())));
    form
}

async fn add(browser: &mut Browser, page: &Page, picks: &[&str], gradebook: &[&str]) -> Page {
    let form = filled(page, picks, gradebook, "add");
    browser.post_form(&form.action, &form.fields).await.unwrap()
}

/// The claims of the answer that a page is about to send.
fn claims(answer: &Page) -> Value {
    let form = answer.form().unwrap_or_else(|| panic!("{} {}", answer.status, answer.body));
    let jwt = form.field("JWT").unwrap_or_else(|| panic!("{} {}", answer.status, answer.body));
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1).unwrap()).unwrap())
        .unwrap()
}

/// The texts between these tags, as they stand in the page.
fn texts<'p>(page: &'p Page, before: &str, after: &str) -> Vec<&'p str> {
    page.body.split(before).skip(1).map(|rest| rest.split(after).next().unwrap()).collect()
}

fn rows(page: &Page) -> Vec<&str> {
    texts(page, "<span class=\"name\">", "<").into_iter().map(str::trim_end).collect()
}

fn headings(page: &Page) -> Vec<&str> {
    texts(page, "<legend><h2>", "</h2>")
}

/// The content items of a course without grades and of the lab's resource, which has a line item.
fn reading_and_quiz(lab: &Lab, reading_uuid: &str) -> Value {
    let url = format!("{}/lti/launch", lab.url);
    json!([
        {
            "type": "ltiResourceLink",
            "url": url,
            "title": "Reading",
            "text": "Chapters 1 to 3",
            "custom": { "id": reading_uuid },
            "iframe": {},
        },
        {
            "type": "ltiResourceLink",
            "url": url,
            "title": "Algebra quiz",
            "custom": { "id": lab.resource_uuid },
            "iframe": {},
            "lineItem": {
                "scoreMaximum": 10,
                "label": "Algebra quiz",
                "resourceId": lab.resource_uuid,
                "tag": "grade",
            },
        },
    ])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn selected_content_is_sent_to_the_platform_and_launches_with_its_line_item() {
    let lab = Lab::start().await;
    let description = Some("Chapters 1 to 3".to_owned());
    let reading = publish(
        &lab,
        "Reading",
        ResourceChange {
            description: Some(description.into()),
            kind: Some(ResourceKind::Course),
            ..ResourceChange::default()
        },
    );
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    let (mut browser, page) = select(&lab, DeepLinkingChoice::certification()).await;
    assert_eq!((page.status, rows(&page)), (200, vec!["Reading", "Algebra quiz"]));
    assert!(page.body.contains("Select what you want to add to Algebra I."), "{}", page.body);
    assert!(!page.body.contains("asks for"), "the tool's own name is no wish");

    let reading_uuid = reading.uuid.to_string();
    let answer =
        add(&mut browser, &page, &[&lab.resource_uuid, &reading_uuid], &[&lab.resource_uuid]).await;
    let form = answer.form().unwrap();
    assert_eq!((form.method.as_str(), form.fields.len()), ("POST", 1));
    let claims = claims(&answer);
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!(lab.sandbox.client_id()), &json!(lab.sandbox.issuer()))
    );
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    assert_eq!(claims[format!("{DL}data")], "909708");
    let expected = reading_and_quiz(&lab, &reading_uuid);
    assert_eq!(claims[format!("{DL}content_items")], expected);

    let taken = browser.submit(&answer).await.unwrap();
    assert!(taken.status == 200 && taken.body.contains("Added to Algebra I"), "{}", taken.body);
    let items = lab.sandbox.content_items();
    assert_eq!(items.len(), 2);
    for (item, heading, is_graded) in
        [(&items[0], "<h1>Reading</h1>", false), (&items[1], "<h1>Algebra quiz</h1>", true)]
    {
        let (_, page) = open(&lab, &LaunchChoice::student().opening(item)).await;
        assert!(page.status == 200 && page.body.contains(heading), "{} {}", page.status, page.body);
        let line_item = Database::open(&lab.database).line_item_url(&item.id);
        assert_eq!(line_item.is_some(), is_graded, "{line_item:?}");
    }
    lab.stop().await;
}

/// What the platform accepts, whether the page has a box for the grade book, and places in the
/// item of the response with their values.
type AcceptedTypes = (DeepLinkingChoice, bool, Vec<(&'static str, Option<Value>)>);

fn accepted_types(tool_url: &str) -> [AcceptedTypes; 8] {
    let usual = DeepLinkingChoice::default;
    let targets =
        |targets: &[&str]| targets.iter().map(|target| (*target).to_owned()).collect::<Vec<_>>();
    let window = json!({ "targetName": "_blank" });
    [
        (usual(), true, vec![("/iframe", Some(json!({}))), ("/window", None)]),
        (
            DeepLinkingChoice { accept_lineitem: Some(true), ..usual() },
            true,
            vec![("/lineItem/scoreMaximum", Some(json!(10)))],
        ),
        (
            DeepLinkingChoice { accept_lineitem: Some(false), ..usual() },
            false,
            vec![("/lineItem", None)],
        ),
        (
            DeepLinkingChoice { targets: targets(&["frame"]), ..usual() },
            true,
            vec![("/iframe", Some(json!({})))],
        ),
        (
            DeepLinkingChoice { targets: targets(&["window"]), ..usual() },
            true,
            vec![("/iframe", None), ("/window", Some(window))],
        ),
        (
            DeepLinkingChoice { targets: targets(&["embed"]), ..usual() },
            true,
            vec![("/iframe", None), ("/window", None)],
        ),
        (
            DeepLinkingChoice { accept_multiple: Some(false), ..usual() },
            true,
            vec![("/title", Some(json!("Algebra quiz")))],
        ),
        (
            DeepLinkingChoice {
                accept_multiple: None,
                accept_types: targets(&["link", "ltiResourceLink"]),
                ..usual()
            },
            true,
            vec![("/url", Some(json!(format!("{tool_url}/lti/launch"))))],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_response_follows_the_accepted_types() {
    let lab = Lab::start().await;
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    for (selection, has_box, expected) in accepted_types(&lab.url) {
        let (mut browser, page) = select(&lab, selection.clone()).await;
        assert_eq!(page.body.contains("name=\"gradebook\""), has_box, "{selection:?}");
        let kind = if selection.accept_multiple == Some(true) {
            "type=\"checkbox\" name=\"pick\""
        } else {
            "type=\"radio\" name=\"pick\""
        };
        assert!(page.body.contains(kind), "{selection:?}");
        // A form that was made up asks for a column in any case.
        let answer = add(&mut browser, &page, &[&lab.resource_uuid], &[&lab.resource_uuid]).await;
        let item = &claims(&answer)[format!("{DL}content_items")][0];
        for (pointer, value) in expected {
            assert_eq!(item.pointer(pointer), value.as_ref(), "{selection:?}: {item}");
        }
        assert_eq!(
            browser.submit(&answer).await.unwrap().status,
            200,
            "{selection:?}: the platform takes it"
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_response_returns_the_data_of_the_request() {
    let lab = Lab::start().await;
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    for data in [None, Some(""), Some("a&b=\"c\"<é>")] {
        let (mut browser, page) = select(
            &lab,
            DeepLinkingChoice { data: data.map(str::to_owned), ..DeepLinkingChoice::default() },
        )
        .await;
        let answer = add(&mut browser, &page, &[&lab.resource_uuid], &[]).await;
        assert_eq!(claims(&answer).get(format!("{DL}data")).and_then(Value::as_str), data);
        assert_eq!(browser.submit(&answer).await.unwrap().status, 200, "{data:?}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_accepts_no_links_is_refused() {
    let lab = Lab::start().await;
    let (_, refused) = select(
        &lab,
        DeepLinkingChoice { accept_types: vec!["html".to_owned()], ..DeepLinkingChoice::default() },
    )
    .await;
    assert_eq!(
        (refused.status, outcome(&lab.newest_launch().unwrap())),
        (401, "resource_link_not_accepted")
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_item_if_the_platform_accepts_one() {
    let lab = Lab::start().await;
    let essay = publish(&lab, "Essay", graded(20.0)).uuid.to_string();
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    let (mut browser, page) = select(
        &lab,
        DeepLinkingChoice { accept_multiple: Some(false), ..DeepLinkingChoice::default() },
    )
    .await;
    let refused = add(&mut browser, &page, &[&essay, &lab.resource_uuid], &[]).await;
    assert!(
        refused.status == 409 && refused.body.contains("accepts one resource at a time"),
        "{} {}",
        refused.status,
        refused.body
    );
    // A box at another row than the picked one says nothing of it; a box alone says what is meant.
    for (picks, gradebook, column) in
        [(vec![&*essay], vec![&*lab.resource_uuid], None), (vec![], vec![&*essay], Some(json!(20)))]
    {
        let answer = add(&mut browser, &refused, &picks, &gradebook).await;
        let items = claims(&answer)[format!("{DL}content_items")].clone();
        assert_eq!(items.as_array().unwrap().len(), 1);
        assert_eq!(
            (&items[0]["title"], items[0].pointer("/lineItem/scoreMaximum")),
            (&json!("Essay"), column.as_ref())
        );
    }
    lab.stop().await;
}

/// Publishes resources of two courses and without one, of which some cannot be offered.
fn publish_by_course(lab: &Lab) {
    let course =
        || ResourceChange { kind: Some(ResourceKind::Course), ..ResourceChange::default() };
    for (name, change) in [
        ("Zoology", course()),
        ("Biology", course()),
        ("Cells", in_course("biology")),
        ("atoms", in_course("biology")),
        ("Hidden", ResourceChange { published: Some(false), ..in_course("biology") }),
        ("Lions", in_course("zoology")),
        ("Elsewhere", ResourceChange::default()),
    ] {
        publish(lab, name, change);
    }
    let mut store = lab.store();
    let elsewhere = store.read().resource(&Slug::new("elsewhere").unwrap()).unwrap().unwrap();
    let elsewhere = Resource { registrations: Some(vec![]), ..elsewhere };
    store.write(|write| write.update_resource(&elsewhere, Clock::System.now())).unwrap();
}

/// The courses and the resources that the page offers, and the page.
async fn offered(lab: &Lab) -> (String, String, Page) {
    let (_, page) = select(lab, DeepLinkingChoice::default()).await;
    (headings(&page).join(", "), rows(&page).join(", "), page)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_teacher_without_anything_to_select_can_go_back() {
    let lab = Lab::start().await;
    publish_by_course(&lab);
    let tina = lab.account_of(User::Tina, "tina");
    let (headings, rows, page) = offered(&lab).await;
    assert_eq!((headings.as_str(), rows.as_str()), ("", ""));
    assert!(page.body.contains("<pre>ltictl account grant tina RES</pre>"), "{}", page.body);
    let mut browser = lab.browser.another();
    let choice = LaunchChoice::teacher().selecting(DeepLinkingChoice::default());
    let page = lab.sandbox.launch_and_follow(&mut browser, &choice).await.unwrap();
    let form = filled(&page, &[], &[], "cancel");
    let answer = browser.post_form(&form.action, &form.fields).await.unwrap();
    assert_eq!(claims(&answer)[format!("{DL}content_items")], json!([]), "there is a way back");

    for slug in ["hidden", "elsewhere"] {
        lab.grant(tina, slug);
    }
    let (headings, rows, page) = offered(&lab).await;
    assert_eq!((headings.as_str(), rows.as_str()), ("", ""));
    assert!(page.body.contains("<pre>ltictl resource list</pre>"), "{}", page.body);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_teacher_is_offered_what_the_account_may_use_by_course() {
    let lab = Lab::start().await;
    publish_by_course(&lab);
    let tina = lab.account_of(User::Tina, "tina");
    for slug in ["hidden", "elsewhere", "atoms", "lions", "zoology", RESOURCE] {
        lab.grant(tina, slug);
    }
    let (headings, rows, _) = offered(&lab).await;
    assert_eq!(
        (headings.as_str(), rows.as_str()),
        ("Biology, Zoology, Without a course", "atoms, Zoology, Lions, Algebra quiz")
    );
    lab.grant_all(tina);
    let (headings, rows, _) = offered(&lab).await;
    assert_eq!(
        (headings.as_str(), rows.as_str()),
        (
            "Biology, Zoology, Without a course",
            "Biology, atoms, Cells, Zoology, Lions, Algebra quiz"
        )
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoked_resources_are_not_sent() {
    let lab = Lab::start().await;
    let essay = publish(&lab, "Essay", ResourceChange::default());
    let uuid = essay.uuid.to_string();
    let tina = lab.account_of(User::Tina, "tina");
    lab.grant(tina, RESOURCE);
    let set_published = |published: bool| {
        let change = ResourceChange { published: Some(published), ..ResourceChange::default() };
        publish::update(&mut lab.store(), &"essay".into(), &change, Clock::System.now()).unwrap();
    };
    type Step<'a> = &'a dyn Fn();
    let ways: [(Step<'_>, Step<'_>); 3] = [
        (&|| lab.grant(tina, "essay"), &|| lab.revoke(tina, "essay")),
        (&|| lab.grant(tina, "essay"), &|| set_published(false)),
        (&|| set_published(true), &|| delete(&lab, "essay")),
    ];
    for (place, (give, take)) in ways.into_iter().enumerate() {
        give();
        let (mut browser, page) = select(&lab, DeepLinkingChoice::default()).await;
        assert_eq!(rows(&page), ["Algebra quiz", "Essay"], "{place}");
        take();
        let again =
            add(&mut browser, &page, &[&uuid, &lab.resource_uuid], &[&lab.resource_uuid]).await;
        assert_eq!((again.status, rows(&again)), (409, vec!["Algebra quiz"]), "{place}");
        assert!(
            again
                .body
                .contains("One of the resources that you selected is no longer available to you."),
            "{}",
            again.body
        );
        assert!(!again.body.contains("\"JWT\""), "nothing is sent");
        // What is left stays ticked, and can be added.
        let form = filled(&again, &[], &[], "add");
        assert_eq!(
            (form.field("pick"), form.field("gradebook")),
            (Some(&*lab.resource_uuid), Some(&*lab.resource_uuid))
        );
        let answer = browser.post_form(&form.action, &form.fields).await.unwrap();
        assert_eq!(claims(&answer)[format!("{DL}content_items")].as_array().unwrap().len(), 1);
    }
    // What was never granted is not even named.
    publish(&lab, "Secret exam", ResourceChange::default());
    let secret = lab
        .store()
        .read()
        .resource(&Slug::new("secret-exam").unwrap())
        .unwrap()
        .unwrap()
        .uuid
        .to_string();
    let (mut browser, page) = select(&lab, DeepLinkingChoice::default()).await;
    for picks in [[&*secret, "nonsense"], ["", "'; DROP TABLE resource"]] {
        let again = add(&mut browser, &page, &picks, &[]).await;
        assert!(
            again.status == 409
                && again.body.contains("2 of the resources")
                && !again.body.contains("Secret exam"),
            "{}",
            again.body
        );
    }
    lab.stop().await;
}

fn delete(lab: &Lab, slug: &str) {
    let mut store = lab.store();
    let id = store.read().resource(&Slug::new(slug).unwrap()).unwrap().unwrap().id;
    store.write(|write| write.delete_resource(id)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_picked_is_an_answer_too() {
    let lab = Lab::start().await;
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    for (picks, button) in
        [(vec![], "add"), (vec![], "cancel"), (vec![lab.resource_uuid.as_str()], "cancel")]
    {
        let (mut browser, page) = select(&lab, DeepLinkingChoice::certification()).await;
        let form = filled(&page, &picks, &picks, button);
        let answer = browser.post_form(&form.action, &form.fields).await.unwrap();
        let claims = claims(&answer);
        assert_eq!(
            (&claims[format!("{DL}content_items")], &claims[format!("{DL}data")]),
            (&json!([]), &json!("909708"))
        );
        assert_eq!(claims[format!("{DL}msg")], "Nothing was selected.");
        let taken = browser.submit(&answer).await.unwrap();
        assert!(
            taken.status == 200
                && taken.body.contains("Message from the tool: Nothing was selected."),
            "{}",
            taken.body
        );
    }
    assert!(lab.sandbox.content_items().is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_submit_answers_alike_and_adds_nothing_twice() {
    let lab = Lab::start().await;
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    let (mut browser, page) = select(&lab, DeepLinkingChoice::default()).await;
    let mut answers = Vec::new();
    for _ in 0..2 {
        answers.push(add(&mut browser, &page, &[&lab.resource_uuid], &[]).await);
    }
    let [mut first, mut second] = [claims(&answers[0]), claims(&answers[1])];
    assert_ne!(first["nonce"].take(), second["nonce"].take(), "platforms take a nonce once");
    for name in ["iat", "exp"] {
        assert!(first[name].take().is_i64() && second[name].take().is_i64(), "{name}");
    }
    assert_eq!(first, second);
    // The platform never got the first: a double click has put the second in its place.
    assert_eq!(browser.submit(&answers[1]).await.unwrap().status, 200);
    assert_eq!(browser.submit(&answers[0]).await.unwrap().status, 409);
    assert_eq!(lab.sandbox.content_items().len(), 1);
    // The addresses of page and answer still lead to a page.
    let form = page.form().unwrap();
    let opened = browser.get(&form.action).await.unwrap();
    let opened = browser.follow(opened).await.unwrap();
    assert_eq!(
        (opened.status, opened.url.as_str(), rows(&opened)),
        (200, page.url.as_str(), vec!["Algebra quiz"])
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_teachers_with_an_account_select() {
    let lab = Lab::start().await;
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    lab.grant_all(lab.account_of(User::Ada, "ada"));
    lab.grant_all(lab.account_of(User::Sam, "sam"));
    let selecting = |user| LaunchChoice::of(user).selecting(DeepLinkingChoice::default());
    let (_, page) = open(&lab, &selecting(User::Ada)).await;
    assert_eq!((page.status, rows(&page).len()), (200, 1), "administrators of the platform may");
    let (_, refused) = open(&lab, &selecting(User::Sam)).await;
    let launch = lab.newest_launch().unwrap();
    assert_eq!((refused.status, outcome(&launch)), (403, "selection_not_allowed"));
    assert!(
        refused.body.contains("Only teachers can select content")
            && refused.body.contains(launch.id.as_str()),
        "{}",
        refused.body
    );

    // Existing accounts only: a person without one can sign in, but not create one.
    let zoe = lab.account("zoe");
    lab.grant(zoe, RESOURCE);
    lab.set_password(zoe, "correct horse battery");
    let mut choice = selecting(User::Zoe);
    choice.role = LaunchChoice::teacher().role;
    let (mut browser, asked) = open(&lab, &choice).await;
    assert!(
        asked.body.contains("Selecting content requires an account of this tool.")
            && !asked.body.contains("Create one for me"),
        "{}",
        asked.body
    );
    let mut form = asked.form().unwrap();
    form.set("username", "zoe");
    form.set("password", "correct horse battery");
    let page = browser.submit_form(&asked, &form).await.unwrap();
    let page = browser.follow(page).await.unwrap();
    assert_eq!((page.status, rows(&page)), (200, vec!["Algebra quiz"]));
    // And is known the next time.
    let (_, page) = open(&lab, &choice).await;
    assert_eq!((page.status, rows(&page)), (200, vec!["Algebra quiz"]));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_counts_only_from_the_page_of_its_session() {
    let lab = Lab::start().await;
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    let (mut browser, page) = select(&lab, DeepLinkingChoice::default()).await;
    let (_, other) = select(&lab, DeepLinkingChoice::default()).await;
    let good = filled(&page, &[&lab.resource_uuid], &[], "add");
    let foreign = other.form().unwrap().field("token").unwrap().to_owned();
    for token in [None, Some(""), Some("nonsense"), Some(foreign.as_str())] {
        let mut form = good.clone();
        form.fields.retain(|(name, _)| name != "token");
        form.fields.extend(token.map(|token| ("token".to_owned(), token.to_owned())));
        let again = browser.post_form(&form.action, &form.fields).await.unwrap();
        assert!(
            again.status == 403
                && again.body.contains("did not come from this page")
                && !again.body.contains("\"JWT\""),
            "{token:?}: {}",
            again.body
        );
        assert_eq!(again.form().unwrap().field("pick"), None, "nothing of it is taken over");
    }
    // Without the cookie there is nothing at all, and the token says nothing of the session's
    // secret.
    let stranger = lab.browser.another().post_form(&good.action, &good.fields).await.unwrap();
    assert!(
        stranger.status == 403 && stranger.body.contains("Your session has ended"),
        "{}",
        stranger.body
    );
    let secret = browser
        .cookies_for(&page.url)
        .into_iter()
        .find(|(name, _)| name.starts_with("lti_session_"))
        .unwrap()
        .1;
    assert!(!page.body.contains(&secret));
    assert_eq!(browser.post_form(&good.action, &good.fields).await.unwrap().status, 200);

    // What is not there, and what is no form.
    for below in ["selection", "select/", "index.html"] {
        assert_eq!(
            browser.get(&format!("{}{below}", page.url)).await.unwrap().status,
            404,
            "{below}"
        );
    }
    let broken =
        browser.post_form(&good.action, &[("a".repeat(300_000), String::new())]).await.unwrap();
    assert_eq!(broken.status, 413);
    // A resource's page takes no forms.
    let (mut browser, page) = open(&lab, &LaunchChoice::student()).await;
    assert_eq!(
        browser.post_form(&format!("{}select", page.url), &good.fields).await.unwrap().status,
        405
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_selection_needs_no_cookie() {
    let lab = Lab::start().await;
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    let (browser, page) = select(&lab, DeepLinkingChoice::default()).await;
    let secret = browser
        .cookies_for(&page.url)
        .into_iter()
        .find(|(name, _)| name.starts_with("lti_session_"))
        .unwrap()
        .1;
    let with_secret = format!("{}.{secret}/", page.url.trim_end_matches('/'));
    let mut without = lab.browser.another();
    let page = without.get(&with_secret).await.unwrap();
    assert_eq!(
        (page.status, rows(&page), page.header("referrer-policy")),
        (200, vec!["Algebra quiz"], Some("no-referrer"))
    );
    let form = filled(&page, &[&lab.resource_uuid], &[], "add");
    assert_eq!(form.action, format!("{with_secret}select"));
    let led = lab
        .browser
        .another()
        .with_header("sec-fetch-mode", "navigate")
        .with_header("sec-fetch-site", "cross-site")
        .post_form(&form.action, &form.fields)
        .await;
    assert_eq!(led.unwrap().status, 403, "another site's page cannot send it");
    let answer = without.post_form(&form.action, &form.fields).await.unwrap();
    assert_eq!((answer.status, answer.header("referrer-policy")), (200, Some("no-referrer")));
    assert_eq!(without.submit(&answer).await.unwrap().status, 200);
    assert_eq!(lab.sandbox.content_items().len(), 1);
    let opened = without.get(&form.action).await.unwrap();
    assert_eq!((opened.status, opened.header("location")), (303, Some(with_secret.as_str())));
    lab.stop().await;
}

/// Markup, attributes and template syntax that must be shown as text.
const HOSTILE: &str = "</legend>\"><script>alert(1)</script>' {{7*7}} <img src=x onerror=alert(1)>";

/// A content selection in which the platform uses the hostile text everywhere.
fn hostile_selection() -> LaunchChoice {
    let settings = format!("{DL}deep_linking_settings");
    let patch = json!({
        settings: { "title": HOSTILE, "text": HOSTILE },
        "https://purl.imsglobal.org/spec/lti/claim/context": { "title": HOSTILE },
        "https://purl.imsglobal.org/spec/lti/claim/tool_platform": { "name": HOSTILE },
    });
    let data = Some(HOSTILE.to_owned());
    LaunchChoice::teacher()
        .selecting(DeepLinkingChoice { data, ..DeepLinkingChoice::default() })
        .patched(patch)
}

/// Fails unless the page runs its own script only, and sends forms to one place only.
fn check_policy(page: &Page, form_action: &str, lab: &Lab) {
    let policy = page.header("content-security-policy").unwrap();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    let expected = format!(
        "default-src 'none'; base-uri 'none'; style-src 'nonce-{nonce}'; script-src \
         'nonce-{nonce}'; form-action {form_action}; frame-ancestors 'self' {}",
        lab.sandbox.issuer()
    );
    assert_eq!(policy, expected);
    assert!(page.body.contains(&format!("<script nonce=\"{nonce}\">")));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(
        page.body.matches("<script").count() == 1 && !page.body.contains("<img"),
        "{}",
        page.body
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn titles_are_text_and_the_pages_send_to_one_place_each() {
    let lab = Lab::start().await;
    let course = ResourceChange {
        kind: Some(ResourceKind::Course),
        description: Some(HOSTILE.parse().unwrap()),
        ..graded(10.0)
    };
    let course = publish(&lab, HOSTILE, ResourceChange { name: None, ..course });
    let uuid = course.uuid.to_string();
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    let (mut browser, page) = open(&lab, &hostile_selection()).await;
    assert!(
        page.body.contains("<button class=\"plain\" name=\"do\" value=\"search\">Search</button>"),
        "the search works without a script"
    );
    let escaped = "&#60;script&#62;alert(1)&#60;/script&#62;";
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.matches(escaped).count() >= 8, "{}", page.body);
    check_policy(&page, &lab.url, &lab);
    let answer = add(&mut browser, &page, &[&uuid], &[&uuid]).await;
    check_policy(&answer, lab.sandbox.issuer(), &lab);
    assert!(
        answer.body.contains("<button>Continue</button></noscript>"),
        "a click is enough without a script"
    );
    let claims = claims(&answer);
    assert_eq!(
        (&claims[format!("{DL}content_items")][0]["title"], &claims[format!("{DL}data")]),
        (&json!(HOSTILE), &json!(HOSTILE))
    );
    assert_eq!(browser.submit(&answer).await.unwrap().status, 200);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_resources_can_be_picked_and_a_page_lists_fifty() {
    let lab = Lab::start().await;
    let exercises = publish_exercises(&lab, 1000);
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    let (mut browser, page) = select(&lab, DeepLinkingChoice::default()).await;
    assert_eq!(rows(&page).len(), 50);
    assert!(page.body.len() < 30_000, "{} bytes", page.body.len());
    let uuids: Vec<&str> = exercises.iter().map(String::as_str).collect();
    let page = press(&mut browser, &page, &uuids, "", "next").await;
    assert_eq!((ticked(&page).len(), rows(&page).len()), (1000, 1000), "each of them once");
    let answer = add(&mut browser, &page, &[], &[]).await;
    assert_eq!(claims(&answer)[format!("{DL}content_items")].as_array().unwrap().len(), 1000);
    lab.stop().await;
}

/// Publishes so many resources of a course: "Exercise 000" and so on.
fn publish_exercises(lab: &Lab, count: usize) -> Vec<String> {
    let now = Clock::System.now();
    let resource = |name: &str| {
        let slug = name.to_lowercase().replace(' ', "-").replace('ç', "c");
        let slug = Slug::new(&slug).unwrap();
        Resource::new(slug, Random::System.uuid(), Name::new(name).unwrap(), now)
    };
    let course = Resource { kind: ResourceKind::Course, ..resource("Çalculus") };
    let exercises: Vec<Resource> = (0..count)
        .map(|number| Resource {
            course: Some(course.slug.clone()),
            ..resource(&format!("Exercise {number:03}"))
        })
        .collect();
    let insert = |write: &ltictl::store::Write<'_>| {
        write.insert_resource(&course)?;
        exercises.iter().try_for_each(|exercise| write.insert_resource(exercise))
    };
    lab.store().write(insert).unwrap();
    exercises.iter().map(|exercise| exercise.uuid.to_string()).collect()
}

/// Presses a button of the page after ticking more boxes and entering a search.
async fn press(
    browser: &mut Browser,
    page: &Page,
    picks: &[&str],
    search: &str,
    button: &str,
) -> Page {
    let mut form = filled(page, picks, &[], button);
    form.fields.retain(|(name, _)| name != "q");
    form.fields.push(("q".to_owned(), search.to_owned()));
    browser.post_form(&form.action, &form.fields).await.unwrap()
}

/// What is ticked on a page.
fn ticked(page: &Page) -> Vec<String> {
    let fields = page.form().unwrap().fields;
    fields.into_iter().filter(|(name, _)| name == "pick").map(|(_, value)| value).collect()
}

fn has_buttons(page: &Page) -> (bool, bool) {
    ["previous", "next"]
        .map(|button| page.body.contains(&format!("name=\"do\" value=\"{button}\"")))
        .into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_ticked_stays_ticked_on_other_pages_and_in_searches() {
    let lab = Lab::start().await;
    let exercises = publish_exercises(&lab, 120);
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    let (mut browser, first) = select(&lab, DeepLinkingChoice::default()).await;
    assert_eq!((headings(&first), has_buttons(&first)), (vec!["Çalculus"], (false, true)));
    assert_eq!((rows(&first).len(), rows(&first)[49]), (50, "Exercise 048"));

    let second = press(&mut browser, &first, &[&exercises[40], &exercises[3]], "", "next").await;
    assert_eq!(headings(&second), ["Çalculus", "Also selected"]);
    assert_eq!(rows(&second)[..1], ["Exercise 049"]);
    assert_eq!(rows(&second)[50..], ["Exercise 003", "Exercise 040"], "in the order of the list");
    assert_eq!((ticked(&second).len(), has_buttons(&second)), (2, (true, true)));
    let third = press(&mut browser, &second, &[&exercises[60]], "", "next").await;
    assert_eq!((rows(&third).len() - 3, has_buttons(&third)), (22, (true, false)));
    assert_eq!(headings(&third)[..2], ["Çalculus", "Without a course"]);
    let back = press(&mut browser, &third, &[], "", "previous").await;
    assert_eq!(rows(&back)[..50], rows(&second)[..50]);

    // A search finds names, slugs and courses; paging with another text starts another search.
    let found = press(&mut browser, &back, &[], "CALCULUS exercise-11", "next").await;
    assert_eq!(rows(&found)[0], "Exercise 110");
    assert_eq!((rows(&found).len() - 3, has_buttons(&found)), (10, (false, false)));
    for (search, expected) in [
        ("course:calculus name:\"exercise 11\" NOT id:exercise-110", 9),
        ("id:calculus", 1),
        ("\"exercise 110\" OR id:exercise-111", 2),
        ("(exercise", 0),
    ] {
        let found = press(&mut browser, &found, &[], search, "search").await;
        assert_eq!(rows(&found).len() - 3, expected, "{search}");
    }
    let none = press(&mut browser, &found, &[], "<none>", "search").await;
    assert!(none.body.contains("No resource matches “&#60;none&#62;”"), "{}", none.body);
    assert_eq!(ticked(&none), [3, 40, 60].map(|number| exercises[number].clone()));
    let all = press(&mut browser, &none, &[], "<none>", "all").await;
    assert_eq!((rows(&all)[..50].to_vec(), ticked(&all).len()), (rows(&first), 3));

    let response = press(&mut browser, &none, &[], "", "add").await;
    let items = claims(&response)[format!("{DL}content_items")].clone();
    let titles: Vec<&str> =
        items.as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Exercise 003", "Exercise 040", "Exercise 060"]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_require_the_token_and_offer_only_what_is_granted() {
    let lab = Lab::start().await;
    let exercises = publish_exercises(&lab, 60);
    let tina = lab.account_of(User::Tina, "tina");
    lab.grant(tina, "exercise-059");
    let (mut browser, page) = select(&lab, DeepLinkingChoice::default()).await;
    assert_eq!((rows(&page), has_buttons(&page)), (vec!["Exercise 059"], (false, false)));
    let page = press(&mut browser, &page, &[&exercises[0]], "", "search").await;
    assert_eq!((page.status, rows(&page)), (200, vec!["Exercise 059"]), "others are not shown");
    let mut form = filled(&page, &[&exercises[59]], &[], "next");
    form.fields.retain(|(name, _)| name != "token");
    let refused = browser.post_form(&form.action, &form.fields).await.unwrap();
    assert_eq!((refused.status, ticked(&refused).len()), (403, 0));

    // If the platform accepts one resource, the choice on another page replaces the first one.
    lab.grant_all(tina);
    let one = DeepLinkingChoice { accept_multiple: Some(false), ..DeepLinkingChoice::default() };
    let (mut browser, first) = select(&lab, one).await;
    let second = press(&mut browser, &first, &[&exercises[1]], "", "next").await;
    assert_eq!(ticked(&second), [exercises[1].clone()]);
    let mut form = filled(&second, &[], &[], "add");
    form.fields.retain(|(name, _)| name != "pick");
    form.fields.push(("pick".to_owned(), exercises[55].clone()));
    let response = browser.post_form(&form.action, &form.fields).await.unwrap();
    assert_eq!(claims(&response)[format!("{DL}content_items")][0]["title"], "Exercise 055");
    lab.stop().await;
}
