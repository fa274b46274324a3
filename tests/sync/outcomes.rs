//! Grades of LTI 1.1 (Basic Outcomes), over real HTTP to a service that checks every signature and
//! responds as a running Moodle does.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response};
use ltictl::domain::{ActivityProgress, Clock, GradingProgress, Random, Secret, Slug};
use ltictl::lti::lti_1p1::oauth1::Message;
use ltictl::lti::lti_1p1::outcomes::{Grade, Operation};
use ltictl::platform::{
    ConsumerAccess, NetworkAccess, OutcomeService, PlatformClient, ServiceError, SignedClient,
    TokenGuard,
};
use ltictl::rules::grade::NewGrade;
use ltictl::rules::progress::NoProgress;
use ltictl::rules::resource::{ResourceChange, parse_target};
use ltictl::sync::grades::{self, GradeRun, GradeSummary};
use serde_json::{Value, json};
use url::Url;

use super::grades::{change, counts, sync_status};
use crate::doctor::setup::ltictl;
use crate::lab::signed_form::{Fields, KEY, SECRET, Signing, fields, launch_url};
use crate::lab::{Lab, RESOURCE, insert_consumer};

const RECORDINGS: &str = "tests/data/moodle/lti-1.1";

pub(super) fn recorded(file: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(Path::new(RECORDINGS).join(file)).unwrap())
        .unwrap()
}

/// Status and body of a response.
pub(super) type Answer = (u16, String);

fn recorded_answer(file: &str) -> Answer {
    let response = &recorded(file)["response"];
    let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
    (status, response["body"].as_str().unwrap().to_owned())
}

/// What the service received with a valid signature: the key, the operation, the name of the grade
/// and the score.
type Received = (String, String, String, Option<String>);

/// An outcome service on a port of this machine.
struct Service {
    url: String,
    answer: Arc<Mutex<Answer>>,
    received: Arc<Mutex<Vec<Result<Received, String>>>>,
    bodies: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Service {
    async fn start(secret: &'static str) -> Self {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/mod/lti/service.php?a=1%202", listener.local_addr().unwrap());
        let answer = Arc::new(Mutex::new(recorded_answer("outcomes-2-replaceResult.json")));
        let (received, bodies): (Arc<Mutex<Vec<_>>>, Arc<Mutex<Vec<_>>>) = Default::default();
        let (its_url, answers) = (url.clone(), Arc::clone(&answer));
        let (log, texts) = (Arc::clone(&received), Arc::clone(&bodies));
        let handler = move |headers: HeaderMap, body: Bytes| {
            let request = read(&its_url, secret, &headers, &body);
            let (status, text) = match request {
                Ok(_) => answers.lock().unwrap().clone(),
                Err(_) => recorded_answer("outcomes-11-bad-signature.json"),
            };
            log.lock().unwrap().push(request);
            texts.lock().unwrap().push(String::from_utf8(body.to_vec()).unwrap());
            let response = Response::builder().status(status).body(Body::from(text)).unwrap();
            std::future::ready(response)
        };
        let task = tokio::spawn(async move {
            axum::serve(listener, axum::Router::new().fallback(handler)).await.unwrap()
        });
        Self { url, answer, received, bodies, task }
    }

    fn answer_with(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// What it received since the last look.
    fn taken(&self) -> Vec<Result<Received, String>> {
        std::mem::take(&mut self.received.lock().unwrap())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Checks a request as a platform does.
fn read(url: &str, secret: &str, headers: &HeaderMap, body: &[u8]) -> Result<Received, String> {
    let header = headers.get("authorization").map_or(&b""[..], |value| value.as_bytes());
    let signed = Message::from_header("POST", url, header, body)
        .and_then(|message| message.verify([secret.as_bytes()], Clock::System.now().as_second()))
        .map_err(|rejection| rejection.to_string())?;
    if headers.get("content-type").is_none_or(|value| value != "application/xml") {
        return Err("another media type".to_owned());
    }
    let text = String::from_utf8(body.to_vec()).unwrap();
    let operation = text.split("<imsx_POXBody><").nth(1).unwrap().split("Request>").next();
    let name = unescaped(&between(&text, "sourcedId").expect("a name"));
    let score = between(&text, "textString");
    let with_text = |score: String| match between(&text, "text") {
        Some(handed_in) => format!("{score}, {}", unescaped(&handed_in)),
        None => score,
    };
    Ok((signed.consumer_key, operation.unwrap().to_owned(), name, score.map(with_text)))
}

fn unescaped(xml: &str) -> String {
    xml.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// The text of an element.
fn between(xml: &str, element: &str) -> Option<String> {
    let rest = xml.split_once(&format!("<{element}>"))?.1;
    Some(rest.split_once(&format!("</{element}>"))?.0.to_owned())
}

fn replaced(name: &str, score: &str) -> Result<Received, String> {
    Ok((KEY.to_owned(), "replaceResult".to_owned(), name.to_owned(), Some(score.to_owned())))
}

pub(super) struct Everywhere;

impl TokenGuard for Everywhere {
    fn check(&self, _: &Url) -> Result<(), ServiceError> {
        Ok(())
    }
}

fn replace(score: f64) -> Operation<'static> {
    Operation::Replace(Grade { score, total_score: None, data: None })
}

/// The recorded answers, what is sent to get them, and what the tool says of them. What the tool
/// would never send, such as a score above 1, is sent in another way.
fn exchanges() -> [(&'static str, Operation<'static>, &'static str); 11] {
    [
        ("outcomes-1-readResult-none.json", Operation::Read, ""),
        ("outcomes-2-replaceResult.json", replace(0.85), ""),
        ("outcomes-3-readResult.json", Operation::Read, ""),
        ("outcomes-4-replaceResult-zero.json", replace(0.0), ""),
        (
            "outcomes-5-replaceResult-out-of-range.json",
            replace(1.5),
            "Score not between 0.0 and 1.0",
        ),
        ("outcomes-6-replaceResult-not-a-number.json", replace(f64::NAN), "Score must be numeric"),
        ("outcomes-7-deleteResult.json", Operation::Delete, ""),
        ("outcomes-8-readResult-after-delete.json", Operation::Read, ""),
        ("outcomes-9-unsupported-operation.json", replace(0.5), "unsupported"),
        ("outcomes-10-bad-sourcedid.json", replace(0.5), "SourcedId hash not valid"),
        ("outcomes-11-bad-signature.json", replace(0.5), "Message signature not valid"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_recorded_answer_has_its_outcome() {
    let service = Service::start(SECRET).await;
    let access = ConsumerAccess {
        consumer: Slug::new("old-school").unwrap(),
        consumer_key: KEY.to_owned(),
        secrets: vec![Secret::new(SECRET.as_bytes().to_vec())],
        reach: NetworkAccess { loopback: true, ..NetworkAccess::default() },
    };
    let outcomes = OutcomeService::new(SignedClient::new(
        PlatformClient::new(),
        access,
        Arc::new(Everywhere),
        Clock::System,
        Random::System,
    ));
    for (file, operation, refusal) in exchanges() {
        let recording = recorded(file);
        let request = recording["request"]["body"].as_str().unwrap();
        let name = between(request, "sourcedId").unwrap();
        service.answer_with(recorded_answer(file));
        let outcome = outcomes.send(&service.url, &name, &operation).await;
        match (refusal, &outcome) {
            ("", outcome) => assert_eq!(outcome, &Ok(()), "{file}"),
            (words, Err(ServiceError::OutcomeRefused { problem })) => {
                assert!(problem.ends_with(words), "{file}: {problem}");
            }
            _ => panic!("{file}: {outcome:?}"),
        }
        let taken = service.taken().pop().unwrap().unwrap_or_else(|why| panic!("{file}: {why}"));
        assert_eq!((taken.0.as_str(), &taken.2), (KEY, &name), "{file}");
        let body = service.bodies.lock().unwrap().pop().unwrap();
        let id = between(&body, "imsx_messageIdentifier").unwrap();
        let recorded_id = between(request, "imsx_messageIdentifier").unwrap();
        if refusal.is_empty() {
            let body = body.replace("?>\n", "?>").replace(&id, &recorded_id);
            assert_eq!(unescaped(&body), request, "{file}");
        }
    }
}

/// A lab with an app behind its resource, and consumers with these keys and secrets.
async fn lab_with(consumers: &[(&str, &str)]) -> Lab {
    let lab = Lab::start().await;
    let target = parse_target("http://localhost:9/start", false).unwrap();
    change(&lab, &ResourceChange { target: Some(target.into()), ..ResourceChange::default() });
    for (key, secret) in consumers {
        let now = Clock::System.now();
        lab.store().write(|write| insert_consumer(write, key, &[secret], now)).unwrap();
    }
    lab
}

/// A learner's launch through a link with an outcome service.
fn graded(url: &str, name: Option<&str>) -> Fields {
    let mut fields = fields("4", "Learner");
    fields.push(("lis_outcome_service_url".to_owned(), url.to_owned()));
    fields.extend(name.map(|name| ("lis_result_sourcedid".to_owned(), name.to_owned())));
    fields
}

/// Launches, and gives the token that the app gets.
async fn token(lab: &Lab, signing: &Signing<'_>, fields: Fields) -> String {
    let (mut browser, url) = (lab.browser.another(), launch_url(lab));
    let page = browser.post_form(&url, &signing.sign(&url, fields)).await.unwrap();
    let session = page.header("location").unwrap_or_else(|| panic!("{}", page.body)).to_owned();
    let page = browser.get(session.trim_end_matches("~/")).await.unwrap();
    page.form().unwrap().field("launch_token").unwrap().to_owned()
}

/// Launches with the lab's first consumer; the nonce is new.
async fn come(lab: &Lab, nonce: &str, fields: Fields) -> String {
    token(lab, &Signing { nonce, ..Signing::default() }, fields).await
}

/// What the app's server sends to set a score.
async fn set_score(lab: &Lab, token: &str, score: Value) {
    let key = {
        let store = lab.store();
        let resource = store.read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap();
        ltictl::rules::app_key::current(store.read(), &resource).unwrap()
    };
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(format!("{}/api/score", lab.url))
        .bearer_auth(token)
        .header("app-key", key)
        .json(&json!({ "score": score }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}

/// A run that repeats requests without long pauses.
async fn send(lab: &Lab) -> GradeSummary {
    let mut synchronizer = lab.synchronizer(Clock::System);
    synchronizer.limits.pause = Duration::from_millis(1);
    let run = GradeRun { names_missing_columns: true, ..GradeRun::default() };
    grades::run(&synchronizer, &run, Arc::new(NoProgress)).await.unwrap()
}

/// Accepted, waiting and refused grades of the only link.
fn status_counts(lab: &Lab) -> (u32, u32, u32) {
    let status = sync_status(lab);
    let [link] = status.links.as_slice() else { panic!("{:?}", status.links) };
    let grades = link.grades.unwrap();
    (grades.accepted, grades.waiting, grades.refused)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_score_reaches_the_platform_under_the_newest_name_of_the_launch() {
    let lab = lab_with(&[(KEY, SECRET)]).await;
    let service = Service::start(SECRET).await;
    let token = come(&lab, "1", graded(&service.url, Some("4::\"first\" & <one>"))).await;
    set_score(&lab, &token, json!(8.5)).await;
    assert_eq!(status_counts(&lab), (0, 1, 0));
    assert_eq!(counts(&send(&lab).await), (1, 0, 0));
    assert_eq!(service.taken(), [replaced("4::\"first\" & <one>", "0.85")]);
    assert_eq!(status_counts(&lab), (1, 0, 0));
    assert_eq!(counts(&send(&lab).await), (0, 0, 0), "the platform has it");

    set_score(&lab, &token, json!(10)).await;
    let only = GradeRun { registration: Some(KEY.into()), ..GradeRun::default() };
    assert_eq!(counts(&lab.send(&only).await), (1, 0, 0));
    set_score(&lab, &token, Value::Null).await;
    // A launch without a name keeps the known one.
    come(&lab, "2", graded(&service.url, None)).await;
    assert_eq!(counts(&send(&lab).await), (1, 0, 0));
    let name = "4::\"first\" & <one>".to_owned();
    let deleted = Ok((KEY.to_owned(), "deleteResult".to_owned(), name.clone(), None));
    assert_eq!(service.taken(), [replaced(&name, "1.0"), deleted]);
    assert_eq!(status_counts(&lab), (0, 0, 0));

    service.answer_with(recorded_answer("outcomes-10-bad-sourcedid.json"));
    set_score(&lab, &token, json!(5)).await;
    assert_eq!(counts(&send(&lab).await), (0, 0, 1));
    assert_eq!(status_counts(&lab), (0, 0, 1));
    let stuck = sync_status(&lab).stuck.pop().unwrap();
    assert_eq!((stuck.problem.code.as_str(), stuck.next_try_at), ("outcome_refused", None));
    assert!(stuck.problem.problem.contains("SourcedId hash not valid"), "{stuck:?}");
    service.answer_with(recorded_answer("outcomes-2-replaceResult.json"));
    come(&lab, "3", graded(&service.url, Some(&name))).await;
    assert_eq!(counts(&send(&lab).await), (0, 0, 1), "the same name is refused again");
    assert_eq!(service.taken(), [replaced(&name, "0.5")]);
    come(&lab, "4", graded(&service.url, Some("second"))).await;
    assert_eq!(counts(&send(&lab).await), (1, 0, 0));
    assert_eq!(service.taken(), [replaced("second", "0.5")]);
    assert!(sync_status(&lab).stuck.is_empty());
    assert_eq!(status_counts(&lab), (1, 0, 0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_after_a_grade_is_neither_planned_nor_sent() {
    let lab = lab_with(&[(KEY, SECRET)]).await;
    let service = Service::start(SECRET).await;
    let token = come(&lab, "1", graded(&service.url, Some("name"))).await;
    set_score(&lab, &token, json!(8.5)).await;
    assert_eq!(counts(&send(&lab).await), (1, 0, 0));
    service.taken();
    let account = lab.store().read().accounts().unwrap().pop().unwrap();
    let progress = NewGrade {
        activity_progress: Some(ActivityProgress::InProgress),
        grading_progress: Some(GradingProgress::NotReady),
        ..NewGrade::default()
    };
    lab.set_whole_grade(account.username.as_str(), &progress);
    let plan = lab.send(&GradeRun { dry_run: true, ..GradeRun::default() }).await;
    assert_eq!((plan.sent, plan.planned.len()), (0, 0));
    assert_eq!(counts(&send(&lab).await), (0, 0, 0));
    assert_eq!(service.taken(), [], "the platform would remove the grade");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comment_is_sent_where_text_is_accepted() {
    let lab = lab_with(&[(KEY, SECRET)]).await;
    let service = Service::start(SECRET).await;
    let accepted = |values: &str| {
        let mut fields = graded(&service.url, Some("name"));
        fields.push(("ext_outcome_data_values_accepted".to_owned(), values.to_owned()));
        fields
    };
    come(&lab, "1", accepted("url")).await;
    let accounts = lab.store().read().accounts().unwrap();
    let sam = accounts.last().unwrap().username.to_string();
    let set = |score: &str| {
        let line = format!("grade set {RESOURCE} {sam} {score} --comment Good&careful");
        assert!(ltictl(&lab.database, &line).status.success(), "{line}");
    };
    set("5");
    assert_eq!(counts(&send(&lab).await), (1, 0, 0));
    assert_eq!(service.taken(), [replaced("name", "0.5")]);
    come(&lab, "2", accepted("url,text")).await;
    set("6");
    assert_eq!(counts(&send(&lab).await), (1, 0, 0));
    assert_eq!(service.taken(), [replaced("name", "0.6, Good&careful")]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_of_the_platform_are_tried_again_and_refusals_are_not() {
    let lab = lab_with(&[(KEY, SECRET)]).await;
    let service = Service::start(SECRET).await;
    let token = come(&lab, "1", graded(&service.url, Some("name"))).await;
    let (ok, failure) = (
        recorded_answer("outcomes-2-replaceResult.json"),
        recorded_answer("outcomes-10-bad-sourcedid.json").1,
    );
    let page = "<!DOCTYPE html><p>Sign in: success".to_owned();
    for (points, (status, body), code, is_final, words) in [
        (1, (503, failure.clone()), "platform_failing", false, "SourcedId hash not valid"),
        (
            2,
            (200, failure.replace(">failure<", ">processing<")),
            "platform_processing",
            false,
            "yet",
        ),
        (3, (200, page), "answer_unreadable", false, "cannot be used"),
        (4, (429, String::new()), "platform_busy", false, "fewer requests"),
        (5, (401, "no".to_owned()), "refused", false, "401: no"),
        (6, (404, failure.clone()), "outcome_refused", true, "404: SourcedId hash not valid"),
        (7, (200, failure.replace(">failure<", ">unsupported<")), "outcome_refused", true, "hash"),
        (8, (302, String::new()), "answer_unreadable", false, "302"),
    ] {
        set_score(&lab, &token, json!(points)).await;
        service.answer_with((status, body));
        let summary = send(&lab).await;
        let expected = if is_final { (0, 0, 1) } else { (0, 1, 0) };
        assert_eq!(counts(&summary), expected, "{points}: {summary:?}");
        let stuck = sync_status(&lab).stuck.pop().unwrap();
        assert_eq!((stuck.problem.code.as_str(), stuck.next_try_at.is_none()), (code, is_final));
        assert!(stuck.problem.problem.contains(words), "{points}: {stuck:?}");
        service.answer_with(ok.clone());
        assert_eq!(counts(&lab.send_grades_again().await), (1, 0, 0), "{points}");
        let score = format!("0.{points}");
        assert!(service.taken().iter().all(|taken| *taken == replaced("name", &score)), "{points}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_name_nothing_is_sent_and_the_status_says_so() {
    let lab = lab_with(&[(KEY, SECRET)]).await;
    let service = Service::start(SECRET).await;
    let token = come(&lab, "1", graded(&service.url, None)).await;
    set_score(&lab, &token, json!(8)).await;
    let summary = send(&lab).await;
    assert_eq!(counts(&summary), (0, 0, 0));
    for links in [&summary.without_column, &sync_status(&lab).without_column] {
        let [link] = links.as_slice() else { panic!("{links:?}") };
        assert_eq!((link.registration.as_str(), link.grades, link.is_unnamed), (KEY, 1, true));
        assert!(link.problem().contains("lis_result_sourcedid"), "{}", link.problem());
    }
    assert_eq!(status_counts(&lab), (0, 0, 0));
    // Another link of the course, through which the grade is sent.
    let mut other = graded(&service.url, Some("named"));
    other[2].1 = "link-2".to_owned();
    come(&lab, "2", other).await;
    let summary = send(&lab).await;
    assert_eq!((counts(&summary), summary.without_column.len()), ((1, 0, 0), 0));
    assert_eq!(service.taken(), [replaced("named", "0.8")]);
    come(&lab, "3", graded(&service.url, Some("own"))).await;
    assert_eq!(counts(&send(&lab).await), (1, 0, 0));
    assert_eq!(service.taken(), [replaced("own", "0.8")]);
    lab.stop().await;
}

/// How the second consumer signs.
fn other(nonce: &str) -> Signing<'_> {
    Signing { key: "other", secret: "another secret", nonce, ..Signing::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grades_of_a_consumer_go_only_where_its_own_launches_say() {
    let lab = lab_with(&[(KEY, SECRET), ("other", "another secret")]).await;
    let (service, theirs) = (Service::start(SECRET).await, Service::start("another secret").await);
    let first = come(&lab, "1", graded(&service.url, Some("first"))).await;
    let second = token(&lab, &other("1"), graded(&theirs.url, Some("second"))).await;
    set_score(&lab, &first, json!(1)).await;
    set_score(&lab, &second, json!(2)).await;
    assert_eq!(counts(&send(&lab).await), (2, 0, 0));
    assert_eq!(service.taken(), [replaced("first", "0.1")]);
    let received = ("other", "replaceResult", "second", "0.2");
    let (key, operation, name, score) = received;
    assert_eq!(
        theirs.taken(),
        [Ok((key.to_owned(), operation.to_owned(), name.to_owned(), Some(score.to_owned())))]
    );
    // What belongs to a registration of LTI 1.3, and what only plain http reaches.
    for (points, (url, code, fix)) in [
        (lab.sandbox.access_token_url(), "request_unsigned", "ltictl consumer disable other"),
        ("http://lms.example.edu/o".to_owned(), "out_of_reach", "ltictl consumer show other"),
    ]
    .into_iter()
    .enumerate()
    {
        let nonce = format!("hostile-{points}");
        token(&lab, &other(&nonce), graded(&url, Some("second"))).await;
        set_score(&lab, &second, json!(points + 3)).await;
        assert_eq!(counts(&send(&lab).await), (0, 1, 0), "{url}");
        let stuck = sync_status(&lab).stuck.pop().unwrap();
        assert_eq!((stuck.registration.as_str(), stuck.problem.code.as_str()), ("other", code));
        assert!(stuck.problem.fix.contains(fix), "{stuck:?}");
    }
    assert!(service.taken().is_empty() && theirs.taken().is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_has_the_older_secret_still_takes_grades() {
    let lab = lab_with(&[(KEY, SECRET)]).await;
    let service = Service::start(SECRET).await;
    let token = come(&lab, "1", graded(&service.url, Some("name"))).await;
    set_score(&lab, &token, json!(3)).await;
    let (newest, now) =
        (Secret::new(b"a newer secret of this school".to_vec()), Clock::System.now());
    lab.store()
        .write(|write| {
            let id = write.consumer_by_key(KEY)?.unwrap().registration.id;
            write.insert_consumer_secret(id, &newest, now)
        })
        .unwrap();
    assert_eq!(counts(&send(&lab).await), (1, 0, 0));
    let refused = Err("the signature does not match".to_owned());
    assert_eq!(service.taken(), [refused, replaced("name", "0.3")]);
    set_score(&lab, &token, json!(4)).await;
    lab.store()
        .write(|write| {
            let id = write.consumer_by_key(KEY)?.unwrap().registration.id;
            write.end_consumer_secrets(id, &newest, now, now)
        })
        .unwrap();
    assert_eq!(counts(&send(&lab).await), (0, 0, 1), "the older one has ended");
    let stuck = sync_status(&lab).stuck.pop().unwrap();
    assert!(stuck.problem.problem.contains("Message signature not valid"), "{stuck:?}");
    assert!(stuck.problem.fix.contains("compare key and secret"), "{stuck:?}");
    lab.stop().await;
}
