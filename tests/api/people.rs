//! What the app's key alone grants: the people of its resource and their grades, also when their
//! sessions have ended, and nothing of another resource.

use jiff::{SignedDuration, Timestamp};
use ltictl::admin::{account, publish, register};
use ltictl::domain::{Account, Clock, MaxGrade, Name, Random, Resource, Slug, Target, Username};
use ltictl::rules::app_key::current;
use ltictl::rules::resource::{ResourceChange, parse_target};
use ltictl::rules::setting::Clearable;
use ltictl::sandbox::{LaunchChoice, User};
use ltictl::token::launch_token::person_id;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    APP, Answer, app_key, claims, foreign_tokens, grades, later, send, target, token, update,
    with_app,
};
use crate::lab::{Lab, REGISTRATION, RESOURCE};

/// What an app's server sends: a method, a path, and the headers that authorise it.
async fn ask(
    url: &str,
    (method, path): (Method, &str),
    token: Option<&str>,
    key: Option<&str>,
    body: Option<&Value>,
) -> Answer {
    let authorization = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(authorization.as_deref().map(|value| ("authorization", value)));
    headers.extend(key.map(|key| ("app-key", key)));
    send(url, method, path, &headers, body.map(Value::to_string).unwrap_or_default()).await
}

/// A request with the app's key alone.
async fn by_key(lab: &Lab, method: Method, path: &str, body: Option<&Value>) -> Answer {
    ask(&lab.url, (method, path), None, Some(&app_key(lab)), body).await
}

async fn members(lab: &Lab, query: &str) -> Value {
    let answer = by_key(lab, Method::GET, &format!("/api/members{query}"), None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// The people of a lab to which Sam and Tina have come: their usernames.
async fn class(lab: &Lab) -> [String; 2] {
    let mut names = [String::new(), String::new()];
    for (name, user) in names.iter_mut().zip([User::Sam, User::Tina]) {
        let claims = claims(&token(lab, &LaunchChoice::of(user)).await);
        *name = claims["account"]["username"].as_str().unwrap().to_owned();
    }
    names
}

/// A second resource with its own app on the same tool, and its key.
fn other_app(lab: &Lab, origin: &str) -> (Resource, String) {
    let change = ResourceChange {
        max_grade: Some(Some(MaxGrade::new(10.0).unwrap()).into()),
        target: Some(parse_target(origin, false).unwrap().into()),
        ..ResourceChange::default()
    };
    let mut store = lab.store();
    let (name, now) = (Name::new("Essay").unwrap(), Clock::System.now());
    let published = publish::publish(&mut store, &name, None, &change, false, now, &Random::System);
    let (resource, _) = published.unwrap();
    let key = current(store.read(), &resource).unwrap();
    (resource, key)
}

fn find(lab: &Lab, username: &str) -> Account {
    lab.store().read().account(&Username::new(username).unwrap()).unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_people_of_the_resource_have_names_ids_and_roles() {
    let lab = with_app().await;
    let [sam, tina] = class(&lab).await;
    // Zoe has an account, but nothing to do with the resource.
    lab.account_of(User::Zoe, "zoe");
    for (account, expected) in [
        (&sam, json!("Sam Student")),
        (&find(&lab, &tina).uuid.to_string(), json!("Tina Teacher")),
        (&"zoe".to_owned(), Value::Null),
        (&"no-such-person".to_owned(), Value::Null),
    ] {
        let page = members(&lab, &format!("?account={account}")).await;
        assert_eq!(
            (&page["members"][0]["account"]["name"], &page["next"]),
            (&expected, &Value::Null)
        );
        assert_eq!(page["members"].as_array().unwrap().len(), usize::from(!expected.is_null()));
    }
    let page = members(&lab, "").await;
    assert_eq!((&page["resource"], &page["next"]), (&json!(RESOURCE), &Value::Null));
    let people = page["members"].as_array().unwrap();
    let expected = [
        (&sam, "Sam Student", "4", "learner", "student"),
        (&tina, "Tina Teacher", "3", "staff", "teacher"),
    ];
    assert_eq!(people.len(), expected.len(), "{page}");
    for (person, (username, name, sub, role, tool_role)) in people.iter().zip(expected) {
        let account = find(&lab, username);
        assert_eq!(
            person["account"],
            json!({ "id": account.uuid.to_string(), "username": username, "name": name })
        );
        assert_eq!(person["subs"], json!([person_id(lab.sandbox.issuer(), "", sub)]));
        assert_eq!(
            (&person["role"], &person["tool_role"], &person["status"], &person["email"]),
            (&json!(role), &json!(tool_role), &json!("active"), &json!(account.profile.email))
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_come_in_pages() {
    let lab = with_app().await;
    lab.enrol_crowd(0);
    let resource = lab.store().read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap();
    for number in 0..7 {
        let name = format!("student{number}");
        lab.account(&name);
        enrol(&lab, &name, &resource);
    }
    let usernames = |page: &Value| -> Vec<String> {
        let people = page["members"].as_array().unwrap().iter();
        people.map(|person| person["account"]["username"].as_str().unwrap().to_owned()).collect()
    };
    let (mut found, mut pages, mut query) = (Vec::new(), 0, "?limit=3".to_owned());
    loop {
        let page = members(&lab, &query).await;
        found.extend(usernames(&page));
        pages += 1;
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=3&after={next}");
        if pages == 1 {
            // Someone leaves between two pages.
            account::unenrol(&mut lab.store(), &"student0".into(), &RESOURCE.into()).unwrap();
        }
    }
    assert_eq!((pages, found), (3, (0..7).map(|number| format!("student{number}")).collect()));
    assert_eq!(usernames(&members(&lab, "").await).len(), 6);
    for query in [
        "?limit=0",
        "?limit=501",
        "?limit=x",
        "?limit=1&limit=2",
        "?after=x",
        "?after=-1",
        "?page=2",
        "?after=%zz",
        "?resource=essay",
        "?account=student1&limit=1",
        "?account=student1&account=student2",
    ] {
        let answer = by_key(&lab, Method::GET, &format!("/api/members{query}"), None).await;
        assert_eq!((answer.status, answer.code()), (422, "invalid_value"), "{query}");
    }
    lab.stop().await;
}

fn enrol(lab: &Lab, username: &str, resource: &Resource) {
    let (role, now) = (None, Clock::System.now());
    account::enrol(&mut lab.store(), &username.into(), &(&resource.slug).into(), role, now)
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grades_of_the_people_are_set_and_read_after_their_sessions() {
    let start = Clock::System.now();
    let lab = with_app().await;
    let [sam, _] = class(&lab).await;
    let (key, uuid) = (app_key(&lab), find(&lab, &sam).uuid.to_string());
    let started_at = start - SignedDuration::from_mins(30);
    let sent = json!({
        "account": uuid, "score": 8.5, "comment": "Well done",
        "submission": { "started_at": started_at.to_string(), "submitted_at": start.to_string() },
    });
    let tomorrow = start + SignedDuration::from_hours(24);
    later(&lab, tomorrow, async |url| {
        for account in [&sam, &uuid] {
            let path = format!("/api/score?account={account}");
            let none = ask(url, (Method::GET, &path), None, Some(&key), None).await;
            assert_eq!((none.status, none.code()), (404, "grade_not_found"));
        }
        let set = ask(url, (Method::POST, "/api/score"), None, Some(&key), Some(&sent)).await;
        assert_eq!(set.status, 200, "{}", set.body);
        for account in [&sam, &uuid] {
            let path = format!("/api/score?account={account}");
            let read = ask(url, (Method::GET, &path), None, Some(&key), None).await;
            assert_eq!((read.status, &read.body), (200, &set.body));
        }
    })
    .await;
    let [(_, grade)] = &grades(&lab)[..] else { panic!("one grade") };
    let milliseconds = |time: Option<Timestamp>| time.map(Timestamp::as_millisecond);
    assert_eq!(
        (
            grade.set_by.as_str(),
            grade.comment.as_deref(),
            milliseconds(grade.submission.started_at)
        ),
        ("app", Some("Well done"), Some(started_at.as_millisecond()))
    );
    assert_eq!(milliseconds(grade.submission.submitted_at), Some(start.as_millisecond()));
    // The platform gets all of it.
    assert_eq!(lab.send_grades().await.sent, 1);
    let log = lab.sandbox.service_log();
    let [score] = &log.scores[..] else { panic!("one score") };
    assert_eq!((score.user_id.as_str(), score.score_given), ("4", Some(8.5)));
    assert_eq!(score.comment.as_deref(), Some("Well done"));
    assert_eq!(
        [milliseconds(score.started_at), milliseconds(score.submitted_at)],
        [milliseconds(grade.submission.started_at), milliseconds(grade.submission.submitted_at)]
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_and_the_key_read_the_grade_of_the_tokens_person() {
    let lab = with_app().await;
    let [_, tina] = class(&lab).await;
    let (token, key) = (token(&lab, &LaunchChoice::student()).await, app_key(&lab));
    let own = async |key: Option<&str>| {
        ask(&lab.url, (Method::GET, "/api/score"), Some(&token), key, None).await
    };
    assert_eq!(own(Some(&key)).await.code(), "grade_not_found");
    let sent = json!({ "score": 3 });
    ask(&lab.url, (Method::POST, "/api/score"), Some(&token), Some(&key), Some(&sent)).await;
    let read = own(Some(&key)).await;
    assert_eq!((&read.body["name"], &read.body["score"]), (&json!("Sam Student"), &json!(3.0)));
    // With a token, too, an account that is named is the one.
    let sent = json!({ "account": tina, "score": 9 });
    let set =
        ask(&lab.url, (Method::POST, "/api/score"), Some(&token), Some(&key), Some(&sent)).await;
    assert_eq!((set.status, &set.body["account"]), (200, &json!(tina)));
    assert_eq!(own(Some(&key)).await.body["score"], 3.0);
    lab.stop().await;
}

/// Every request for people and their grades.
fn requests(account: &str) -> Vec<(Method, String, Option<Value>)> {
    vec![
        (Method::GET, "/api/members".to_owned(), None),
        (Method::GET, "/api/score".to_owned(), None),
        (Method::GET, format!("/api/members?account={account}"), None),
        (Method::GET, format!("/api/score?account={account}"), None),
        (Method::POST, "/api/score".to_owned(), Some(json!({ "account": account, "score": 10 }))),
        (Method::POST, "/api/score".to_owned(), Some(json!({ "score": 10 }))),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_token_without_the_key_reads_and_changes_nothing_of_people() {
    let lab = with_app().await;
    let [sam, tina] = class(&lab).await;
    for choice in [LaunchChoice::student(), LaunchChoice::teacher()] {
        let token = token(&lab, &choice).await;
        for setting in ["required", "optional"] {
            ltictl::admin::setup::set(&mut lab.store(), "app_key", setting, false).unwrap();
            for account in [&sam, &tina] {
                for (method, path, body) in requests(account) {
                    let own_score = body.as_ref().is_some_and(|body| body["account"].is_null());
                    if own_score && setting == "optional" {
                        continue;
                    }
                    for key in [None, Some(""), Some("wrong"), Some(token.as_str())] {
                        let request = (method.clone(), path.as_str());
                        let answer = ask(&lab.url, request, Some(&token), key, body.as_ref()).await;
                        assert_eq!(
                            (answer.status, answer.code()),
                            (403, "app_key_wrong"),
                            "{method} {path} {body:?} {key:?} {setting}"
                        );
                    }
                }
            }
        }
    }
    for (method, path, body) in requests(&sam) {
        let answer = ask(&lab.url, (method, &path), None, None, body.as_ref()).await;
        assert!(matches!(answer.code(), "app_key_wrong" | "token_missing"), "{path}");
    }
    assert!(grades(&lab).is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_of_another_resource_reaches_nothing_here() {
    let lab = with_app().await;
    let [sam, _] = class(&lab).await;
    let own = token(&lab, &LaunchChoice::student()).await;
    let (essay, other_key) = other_app(&lab, &format!("{APP}/essay"));
    let key = app_key(&lab);
    let secret = other_key.split_once('.').unwrap().1;
    let disguised = format!("{}.{secret}", lab.resource_uuid);
    // With this resource's token, or under its name, the other key is wrong.
    for (token, key) in [(Some(&own), &other_key), (Some(&own), &disguised), (None, &disguised)] {
        for (method, path, body) in requests(&sam) {
            let token = token.map(String::as_str);
            let answer = ask(&lab.url, (method, &path), token, Some(key), body.as_ref()).await;
            let expected = [(403, "app_key_wrong"), (401, "token_invalid"), (401, "token_missing")];
            assert!(expected.contains(&(answer.status, answer.code())), "{path}: {}", answer.body);
        }
    }
    // By itself, it finds the other resource, where Sam is not enrolled.
    let page = ask(&lab.url, (Method::GET, "/api/members"), None, Some(&other_key), None).await;
    assert_eq!((&page.body["resource"], &page.body["members"]), (&json!(essay.slug), &json!([])));
    let about_grades = requests(&sam).into_iter().filter(|(_, path, _)| path.contains("score"));
    for (method, path, body) in about_grades {
        let answer = ask(&lab.url, (method, &path), None, Some(&other_key), body.as_ref()).await;
        let expected = if path.contains('?') || body.is_some_and(|body| body["account"].is_string())
        {
            (404, "account_not_found")
        } else {
            (401, "token_missing")
        };
        assert_eq!((answer.status, answer.code()), expected, "{path}");
    }
    // An account that does not exist looks the same.
    let path = "/api/score?account=no-such-person";
    let answer = ask(&lab.url, (Method::GET, path), None, Some(&other_key), None).await;
    assert_eq!((answer.status, answer.code()), (404, "account_not_found"));
    assert!(grades(&lab).is_empty());
    assert_eq!(members(&lab, "").await["members"].as_array().unwrap().len(), 2, "{key:.8}");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_earlier_versions_work_with_a_token_that_names_the_resource() {
    let start = Clock::System.now();
    let lab = with_app().await;
    let [sam, _] = class(&lab).await;
    let token = token(&lab, &LaunchChoice::student()).await;
    let secret = app_key(&lab).split_once('.').unwrap().1.to_owned();
    later(&lab, start + SignedDuration::from_hours(24), async |url| {
        for (method, path, body) in requests(&sam) {
            let needs_session =
                path == "/api/score" && body.as_ref().is_none_or(|body| body["account"].is_null());
            let request = (method.clone(), path.as_str());
            let with = ask(url, request, Some(&token), Some(&secret), body.as_ref()).await;
            let expected: &[u16] = if needs_session { &[401] } else { &[200, 404] };
            assert!(expected.contains(&with.status), "{method} {path}: {}", with.body);
            let without = ask(url, (method, &path), None, Some(&secret), body.as_ref()).await;
            assert!(matches!(without.code(), "app_key_wrong" | "token_missing"), "{path}");
        }
    })
    .await;
    // A token must be right even if the key would do.
    for (what, wrong, code) in foreign_tokens(&lab, &token).await {
        let key = app_key(&lab);
        let answer =
            ask(&lab.url, (Method::GET, "/api/members"), Some(&wrong), Some(&key), None).await;
        let needs_launch = matches!(what, "no launch" | "a launch that was not");
        if !needs_launch {
            assert_eq!((answer.status, answer.code()), (401, code), "{what}");
        }
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suspended_and_former_people_have_a_status() {
    let lab = with_app().await;
    let [sam, tina] = class(&lab).await;
    let now = Clock::System.now();
    let score = async |account: &str| {
        let body = json!({ "account": account, "score": 5 });
        let set = by_key(&lab, Method::POST, "/api/score", Some(&body)).await;
        let read = by_key(&lab, Method::GET, &format!("/api/score?account={account}"), None).await;
        assert_eq!(set.status, read.status, "{} {}", set.body, read.body);
        (set.status, set.body["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    let status = async |place: usize| members(&lab, "").await["members"][place]["status"].clone();
    let account = find(&lab, &sam);
    let enable = |enabled: bool| {
        let changed = Account { enabled, ..account.clone() };
        lab.store().write(|write| write.update_account(&changed, now)).unwrap();
    };
    enable(false);
    assert_eq!(status(0).await, "disabled");
    assert_eq!(score(&sam).await, (403, "account_disabled".to_owned()));
    enable(true);
    let resource = lab.store().read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap();
    let enrolment = lab.store().read().enrolment(account.id, resource.id).unwrap().unwrap();
    let ended = ltictl::domain::Enrolment { ends_at: Some(now), ..enrolment };
    lab.store().write(|write| write.update_enrolment(&ended)).unwrap();
    assert_eq!(
        (status(0).await, score(&sam).await.0),
        (json!("ended"), 200),
        "work is graded later"
    );
    account::unenrol(&mut lab.store(), &sam.as_str().into(), &RESOURCE.into()).unwrap();
    assert_eq!(score(&sam).await, (404, "account_not_found".to_owned()), "with a grade, too");
    assert_eq!((status(0).await, grades(&lab).len()), (json!("active"), 1));
    // The role is that of the enrolment, whatever a token says.
    let teacher = find(&lab, &tina);
    let lowered = |teaches: bool| {
        let enrolment = lab.store().read().enrolment(teacher.id, resource.id).unwrap().unwrap();
        let role = resource.role(teaches).as_str().to_owned();
        let changed = ltictl::domain::Enrolment { teaches, role, ..enrolment };
        lab.store().write(|write| write.update_enrolment(&changed)).unwrap();
    };
    lowered(false);
    let person = members(&lab, "").await["members"][0].clone();
    assert_eq!((&person["role"], &person["tool_role"]), (&json!("learner"), &json!("student")));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_grants_nothing_when_the_resource_is_unpublished_or_has_no_app() {
    let lab = with_app().await;
    let [sam, _] = class(&lab).await;
    let key = app_key(&lab);
    let all = async |expected: (u16, &str)| {
        for (method, path, body) in requests(&sam) {
            let is_about_token =
                path == "/api/score" && body.as_ref().is_none_or(|body| body["account"].is_null());
            if is_about_token {
                continue;
            }
            let answer = ask(&lab.url, (method, &path), None, Some(&key), body.as_ref()).await;
            assert_eq!((answer.status, answer.code()), expected, "{path}");
        }
    };
    update(&lab, &ResourceChange { published: Some(false), ..ResourceChange::default() });
    all((403, "resource_unpublished")).await;
    update(&lab, &ResourceChange { published: Some(true), ..ResourceChange::default() });
    update(
        &lab,
        &ResourceChange { target: Some(Target::Page.into()), ..ResourceChange::default() },
    );
    all((403, "resource_without_app")).await;
    target(&lab, APP);
    update(&lab, &ResourceChange { max_grade: Some(Clearable(None)), ..ResourceChange::default() });
    let sent = json!({ "account": sam, "score": 5 });
    let set = by_key(&lab, Method::POST, "/api/score", Some(&sent)).await;
    assert_eq!((set.status, set.code()), (409, "conflict"));
    // People stay the resource's people while their platform is disabled.
    register::set_enabled(&mut lab.store(), &REGISTRATION.into(), false, Clock::System.now())
        .unwrap();
    assert_eq!(members(&lab, "").await["members"].as_array().unwrap().len(), 2);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn submissions_and_accounts_of_a_score_are_checked() {
    let lab = with_app().await;
    let [sam, _] = class(&lab).await;
    let future = (Clock::System.now() + SignedDuration::from_mins(5)).to_string();
    let early = "2026-10-02T08:00:00Z";
    for (change, problem) in [
        (json!({ "account": 7 }), "account"),
        (json!({ "account": "" }), "account"),
        (json!({ "submission": "yesterday" }), "expected an object"),
        (json!({ "submission": { "started_at": "yesterday" } }), "started_at"),
        (json!({ "submission": { "started_at": "2026-10-02T08:00:00" } }), "started_at"),
        (json!({ "submission": { "submitted_at": "1969-12-31T23:59:59Z" } }), "submitted_at"),
        (json!({ "submission": { "submitted_at": future } }), "submitted_at"),
        (json!({ "submission": { "started_at": future } }), "started_at"),
        (
            json!({ "submission": { "started_at": "2026-10-02T08:00:01Z", "submitted_at": early } }),
            "submitted_at",
        ),
        (json!({ "submission": { "at": early } }), "not a known key"),
        (json!({ "comment": "x".repeat(2001) }), "comment"),
    ] {
        let mut sent = json!({ "account": sam, "score": 5 });
        sent.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = by_key(&lab, Method::POST, "/api/score", Some(&sent)).await;
        let expected = if change["account"] == "" {
            (404, "account_not_found")
        } else {
            (422, "invalid_value")
        };
        assert_eq!((answer.status, answer.code()), expected, "{change}");
        let message = answer.body["error"]["message"].as_str().unwrap();
        assert!(
            expected.0 == 404 || message.contains(problem) || problem == "account",
            "{message}"
        );
    }
    let sent = json!({ "score": 5 });
    let path = format!("/api/score?account={sam}");
    let answer = by_key(&lab, Method::POST, &path, Some(&sent)).await;
    assert_eq!(
        (answer.status, answer.code()),
        (422, "invalid_value"),
        "the body names the account"
    );
    assert!(grades(&lab).is_empty());
    lab.stop().await;
}
