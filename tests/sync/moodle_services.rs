//! Every recorded answer of a running Moodle's services, sent again to the real client over real
//! HTTP: each leads to the outcome that it should, and where the recorded request is one that this
//! tool makes too, the tool makes it word for word.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Response, Uri};
use jiff::Timestamp;
use ltictl::domain::{Clock, Random, Secret, Slug};
use ltictl::lti::access_token::AccessToken;
use ltictl::lti::dynamic_registration::Configuration;
use ltictl::lti::grade_service::{Points, ResultItem, Score};
use ltictl::lti::line_item::{LineItem, LineItemFilter, NewLineItem, SubmissionPeriod};
use ltictl::lti::private_key::PrivateKey;
use ltictl::lti::scope::{
    CONTEXT_MEMBERSHIP_READONLY, LINE_ITEM, LINE_ITEM_READONLY, RESULT_READONLY, SCORE, Scopes,
};
use ltictl::platform::{
    GradeService, Keysets, NetworkAccess, PlatformClient, ServiceAccess, ServiceClient,
    ServiceError, TokenError, TokenGuard, Tokens,
};
use serde_json::{Value, json};

const RECORDINGS: &str = "tests/data/moodle/services";
const MOODLE: &str = "http://localhost:8100";
/// Pages to which other recorded answers lead.
const FOLLOWING: [&str; 2] = ["ags-lineitems-get-limit-1-page-2.json", "nrps-limit-2-page-2.json"];
const REACH: NetworkAccess = NetworkAccess { loopback: true, private_network: false, http: false };

fn recorded(file: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(Path::new(RECORDINGS).join(file)).unwrap())
        .unwrap()
}

/// Path and query of a recorded request.
fn target(recording: &Value) -> String {
    let url = url::Url::parse(recording["request"]["url"].as_str().unwrap()).unwrap();
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

/// What was asked: method, path and query, media types and body.
type Asked = (String, String, Option<String>, Option<String>, Value);

/// Moodle as it was recorded, on a port of this machine.
struct Moodle {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Moodle {
    async fn replaying(file: &str) -> Self {
        let file = file.to_owned();
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let log = Arc::clone(&asked);
        let handler = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let target = uri.path_and_query().unwrap().to_string();
            let header =
                |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
            let is_token = target == "/mod/lti/token.php";
            if !is_token {
                let body = serde_json::from_slice(&body).unwrap_or_default();
                log.lock().unwrap().push((
                    method.to_string(),
                    target.clone(),
                    header("accept"),
                    header("content-type"),
                    body,
                ));
            }
            let answer = if is_token && !file.starts_with("token-") {
                let body =
                    json!({ "access_token": "t", "token_type": "Bearer", "expires_in": 3600 });
                json!({ "status": 200, "headers": {}, "body": body })
            } else {
                let following = FOLLOWING
                    .iter()
                    .map(|file| recorded(file))
                    .find(|recording| self::target(recording) == target);
                following.unwrap_or_else(|| recorded(&file))["response"].clone()
            };
            std::future::ready(response(&answer, address))
        };
        let task = tokio::spawn(async move {
            axum::serve(listener, axum::Router::new().fallback(handler)).await.unwrap()
        });
        Self { address, asked, task }
    }

    /// A recorded URL of Moodle, at the place where it is replayed.
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn access(&self) -> ServiceAccess {
        static KEY: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        ServiceAccess {
            registration_id: 1,
            registration: Slug::new("moodle-a").unwrap(),
            client_id: "HeMUTONKFQVMjVA".into(),
            token_url: self.url("/mod/lti/token.php"),
            audience: self.url("/mod/lti/token.php"),
            deployment_id: None,
            reach: REACH,
            kid: "k".into(),
            private_key: Secret::new(
                KEY.get_or_init(|| PrivateKey::generate().pkcs8_der.to_vec()).clone(),
            ),
        }
    }
}

impl Drop for Moodle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A recorded answer byte for byte, but for the place where Moodle is.
fn response(answer: &Value, address: SocketAddr) -> Response<Body> {
    let here = |text: &str| text.replace(MOODLE, &format!("http://{address}"));
    let body = match &answer["body"] {
        Value::String(text) => here(text),
        value => here(&value.to_string()),
    };
    let mut response =
        Response::builder().status(u16::try_from(answer["status"].as_u64().unwrap()).unwrap());
    for (name, value) in answer["headers"].as_object().unwrap() {
        // The recording shows each byte of a header as one character.
        let bytes: Vec<u8> = here(value.as_str().unwrap())
            .chars()
            .map(|character| u8::try_from(u32::from(character)).unwrap())
            .collect();
        response = response.header(name, HeaderValue::from_bytes(&bytes).unwrap());
    }
    response.body(Body::from(body)).unwrap()
}

/// What the client is made to do.
#[derive(Clone, Copy)]
enum Call {
    Token,
    Grades(GradesCall),
    /// The members of the link, in pages of at most so many.
    Members(Option<&'static str>, Option<u32>),
    /// The keyset, which has to hold a key.
    Keyset(&'static str),
    Configuration,
}

/// A call to Assignment and Grade Services.
#[derive(Clone, Copy)]
enum GradesCall {
    /// By link, resource ID and tag.
    Find([Option<&'static str>; 3]),
    Create,
    Get,
    Replace,
    Delete,
    Results(Option<&'static str>),
    Score,
}

const LIST: &str = "/mod/lti/services.php/2/lineitems?type_id=2";

/// The outcome in words.
async fn outcome(moodle: &Moodle, file: &str, call: Call) -> String {
    let client = PlatformClient::new();
    let clock = Clock::Fixed("2026-11-23T17:10:00Z".parse().unwrap());
    let tokens = Tokens::new(client.clone(), clock, Random::System);
    let service =
        ServiceClient::new(client.clone(), tokens.clone(), moodle.access(), Arc::new(Everywhere));
    let recording = recorded(file);
    let url = moodle.url(&target(&recording));
    match call {
        Call::Token => token_outcome(tokens.token(&moodle.access(), &all_scopes()).await),
        Call::Grades(call) => {
            let grades = service.grades(&grade_scopes());
            grades_outcome(moodle, &grades, &recording, call).await
        }
        Call::Members(link, limit) => {
            let memberships = url.split('?').next().unwrap();
            members_outcome(&service, memberships, link, limit).await.unwrap_or_else(failed)
        }
        Call::Keyset(kid) => {
            let found = Keysets::new(client).key(&url, kid, REACH, false, None, clock.now()).await;
            found.map_or_else(|refusal| format!("{refusal:?}"), |_| "found".into())
        }
        Call::Configuration => {
            let document = client.get_json(&url, REACH, 100_000).await.unwrap();
            let configuration = Configuration::read(&document.body).unwrap();
            configuration.token_endpoint.replace(&moodle.url(""), "")
        }
    }
}

fn grade_scopes() -> Scopes {
    [LINE_ITEM, LINE_ITEM_READONLY, RESULT_READONLY, SCORE].into_iter().collect()
}

fn all_scopes() -> Scopes {
    Scopes::parse(&format!("{} {CONTEXT_MEMBERSHIP_READONLY}", grade_scopes()))
}

/// A failed call: the code and the message.
fn failed(error: ServiceError) -> String {
    format!("{}: {error}", error.code())
}

/// The scopes of a token, by the last parts of their names.
fn token_outcome(token: Result<AccessToken, TokenError>) -> String {
    match token {
        Ok(token) => token
            .scopes
            .unwrap()
            .to_string()
            .split(' ')
            .map(|scope| scope.rsplit('/').next().unwrap())
            .collect::<Vec<_>>()
            .join(" "),
        Err(TokenError::Refused { status, words, .. }) => format!("{status} {words}"),
        Err(error) => error.to_string(),
    }
}

/// The line item, results or confirmation that the platform returns to a call.
async fn grades_outcome(
    moodle: &Moodle,
    grades: &GradeService,
    recording: &Value,
    call: GradesCall,
) -> String {
    let list = moodle.url(LIST);
    let item = line_item_url(moodle, recording);
    let body = &recording["request"]["body"];
    let shown = |line_item: LineItem| {
        let id = line_item.id.unwrap();
        let id = id.strip_prefix(&moodle.url("/mod/lti/services.php/2/lineitems/")).unwrap_or(&id);
        format!("{id} of {}", line_item.score_maximum.unwrap())
    };
    let outcome = match call {
        GradesCall::Find(by) => {
            let [resource_link_id, resource_id, tag] = by.map(|text| text.map(str::to_owned));
            let filter = LineItemFilter { resource_link_id, resource_id, tag };
            let found = grades.find_line_item(&list, &filter).await;
            found.map(|found| found.map_or("none".into(), shown))
        }
        GradesCall::Create => grades.create_line_item(&list, &new_line_item(body)).await.map(shown),
        GradesCall::Get => grades.line_item(&item).await.map(shown),
        GradesCall::Replace => {
            grades.replace_line_item(&item, &new_line_item(body)).await.map(shown)
        }
        GradesCall::Delete => grades.delete_line_item(&item).await.map(|()| "deleted".into()),
        GradesCall::Results(user_id) => grades.results(&item, user_id).await.map(shown_results),
        GradesCall::Score => grades.post_score(&item, &score(body)).await.map(|()| "taken".into()),
    };
    outcome.unwrap_or_else(failed)
}

/// URL of the line item that a recorded request is about, itself or its scores or results.
fn line_item_url(moodle: &Moodle, recording: &Value) -> String {
    let item = target(recording)
        .replace("/scores?", "?")
        .replace("/results?", "?")
        .replace("&limit=1", "")
        .replace("&user_id=4", "");
    moodle.url(&item)
}

fn shown_results(results: Vec<ResultItem>) -> String {
    let shown = |result: ResultItem| {
        let score = result.result_score.map_or("none".to_owned(), |score| score.to_string());
        format!("{}:{score}", result.user_id.unwrap())
    };
    results.into_iter().map(shown).collect::<Vec<_>>().join(" ")
}

fn score(body: &Value) -> Score<'_> {
    let text = |name: &str| body[name].as_str();
    Score {
        user_id: text("userId").unwrap(),
        points: body["scoreGiven"]
            .as_f64()
            .map(|given| Points { given, maximum: body["scoreMaximum"].as_f64().unwrap_or(1.0) }),
        activity_progress: text("activityProgress").unwrap_or("Completed"),
        grading_progress: text("gradingProgress").unwrap_or("FullyGraded"),
        timestamp: text("timestamp")
            .unwrap_or("2026-11-23T16:08:07.835Z")
            .parse::<Timestamp>()
            .unwrap(),
        comment: text("comment"),
        submission: None,
        canvas: None,
    }
}

/// The members on all pages. If a limit is set for a link, the page after the first was not
/// recorded; then the outcome says whether there is one.
async fn members_outcome(
    service: &ServiceClient,
    memberships: &str,
    link: Option<&str>,
    limit: Option<u32>,
) -> Result<String, ServiceError> {
    let mut pages = service.member_pages(memberships, link, limit).unwrap();
    let mut members = Vec::new();
    while let Some(page) = pages.next_page().await? {
        let shown = page
            .members
            .iter()
            .map(|member| format!("{}:{}", member.user_id, member.role(&["Instructor"]).as_str()));
        members.extend(shown);
        if link.is_some() && limit.is_some() {
            members.push(if page.is_last { "last" } else { "more" }.to_owned());
            break;
        }
    }
    Ok(members.join(" "))
}

fn new_line_item(body: &Value) -> NewLineItem {
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let time = |name: &str| body[name].as_str().and_then(|time| time.parse().ok());
    NewLineItem {
        label: text("label").unwrap_or_else(|| "x".into()),
        score_maximum: body["scoreMaximum"].as_f64().unwrap(),
        resource_id: text("resourceId"),
        tag: text("tag"),
        resource_link_id: text("resourceLinkId"),
        submissions: SubmissionPeriod {
            start_date_time: time("startDateTime"),
            end_date_time: time("endDateTime"),
        },
    }
}

/// Whether the recorded request is one that this tool makes, letter by letter.
#[derive(Clone, Copy, PartialEq)]
enum Request {
    Same,
    Other,
}

use GradesCall::{Create, Delete, Find, Get, Replace, Results, Score as PostScore};
use Request::{Other, Same};

/// What may be sent where is not what the recording is about.
struct Everywhere;

impl TokenGuard for Everywhere {
    fn check(&self, _: &url::Url) -> Result<(), ServiceError> {
        Ok(())
    }
}

const ALL: &str = "lineitem lineitem.readonly result.readonly score contextmembership.readonly";
const MEMBERS: &str = "5:learner 6:learner 4:learner 3:staff";
const REFUSED: &str = "refused: the platform refused the request with HTTP status 400";
const CONFLICT: &str = "conflict: the platform has a value of the same time or a newer one";
const UNAUTHORIZED: &str =
    "refused: the platform refused the request with HTTP status 401: Unauthorized";

/// Finds any line item.
const ANY: GradesCall = Find([None, None, None]);

/// For each recording of Assignment and Grade Services, a call and its outcome.
const GRADES: &[(&str, GradesCall, &str, Request)] = &[
    ("ags-lineitem-delete", Delete, "deleted", Other),
    ("ags-lineitem-get", Get, "2/lineitem?type_id=2 of 50", Same),
    (
        "ags-lineitem-get-deleted",
        Get,
        "gone: it no longer exists on the platform: Not \
        Found: Grade item 11 doesn't exist",
        Same,
    ),
    ("ags-lineitem-put", Replace, "11/lineitem?type_id=2 of 40", Other),
    ("ags-lineitems-bad-token", ANY, UNAUTHORIZED, Same),
    ("ags-lineitems-get", ANY, "2/lineitem?type_id=2 of 50", Same),
    (
        "ags-lineitems-get-by-resource-id",
        Find([None, Some("quiz-7"), None]),
        "11/lineitem?type_id=2 \
        of 20",
        Same,
    ),
    (
        "ags-lineitems-get-by-resource-link",
        Find([Some("1"), None, None]),
        "2/lineitem?type_id=2 \
        of 50",
        Same,
    ),
    (
        "ags-lineitems-get-by-tag",
        Find([None, None, Some("final")]),
        "11/lineitem?type_id=2 \
        of 20",
        Same,
    ),
    (
        "ags-lineitems-get-limit-1",
        Find([Some("2"), None, None]),
        "3/lineitem?type_id=2 \
        of 50",
        Other,
    ),
    (
        "ags-lineitems-get-limit-1-page-2",
        Find([Some("2"), None, None]),
        "3/lineitem?type_id=2 \
        of 50",
        Other,
    ),
    (
        "ags-lineitems-get-no-accept",
        ANY,
        "refused: the platform refused the request with HTTP status \
        400: No context or unsupported content type",
        Other,
    ),
    (
        "ags-lineitems-get-wrong-accept",
        ANY,
        "refused: the platform refused the request with HTTP status 400: No handler found for /2/lineitems \
         application/json",
        Other,
    ),
    ("ags-lineitems-insufficient-scope", ANY, UNAUTHORIZED, Same),
    ("ags-lineitems-no-token", ANY, UNAUTHORIZED, Same),
    ("ags-lineitems-post-create", Create, "11/lineitem?type_id=2 of 20", Other),
    ("ags-lineitems-post-create-for-link", Create, "12/lineitem?type_id=2 of 10", Same),
    (
        "ags-lineitems-post-missing-label",
        Create,
        "refused: the platform refused the request with HTTP status 400: No label or Score Maximum",
        Other,
    ),
    ("ags-results-after-put-rescale", Results(None), "4:30 5:0 6:40", Same),
    ("ags-results-after-score", Results(None), "4:15", Same),
    ("ags-results-final", Results(None), "4:15 5:none 6:20", Same),
    ("ags-results-get", Results(None), "5:50 4:37.5", Same),
    ("ags-results-get-one-user", Results(Some("4")), "4:37.5", Same),
    (
        "ags-results-get-limit-1",
        Results(None),
        "gone: it no longer exists on the platform: (HTML error page, visible text:) Skip to \
         main content",
        Other,
    ),
    ("ags-score-post-ok", PostScore, "taken", Same),
    ("ags-score-post-rescale", PostScore, "taken", Same),
    ("ags-score-post-older-timestamp", PostScore, CONFLICT, Other),
    ("ags-score-post-same-timestamp-format-offset", PostScore, "taken", Other),
    ("ags-score-post-over-maximum", PostScore, "taken", Same),
    ("ags-score-post-same-timestamp-again", PostScore, "taken", Same),
    ("ags-score-post-pending", PostScore, "taken", Same),
    ("ags-score-post-pending-manual-with-score", PostScore, CONFLICT, Same),
    ("ags-score-post-clear", PostScore, CONFLICT, Same),
    ("ags-score-post-unknown-user", PostScore, REFUSED, Same),
    ("ags-score-post-teacher", PostScore, REFUSED, Same),
    ("ags-score-post-no-scoremaximum", PostScore, REFUSED, Other),
    ("ags-score-post-no-progress", PostScore, REFUSED, Other),
    ("ags-score-post-no-timestamp", PostScore, REFUSED, Other),
    (
        "ags-score-post-wrong-content-type",
        PostScore,
        "refused: the platform refused the request with HTTP status 400: No handler found for \
         /2/lineitems/11/lineitem/scores application/json",
        Other,
    ),
];

/// The same for the other services: members, keysets, configuration and access tokens.
const OTHER_SERVICES: &[(&str, Call, &str, Request)] = &[
    ("nrps-context", Call::Members(None, None), MEMBERS, Same),
    ("nrps-insufficient-scope", Call::Members(None, None), UNAUTHORIZED, Same),
    ("nrps-limit-2-page-1", Call::Members(None, Some(2)), MEMBERS, Same),
    ("nrps-limit-2-page-2", Call::Members(None, None), "4:learner 3:staff", Other),
    ("nrps-no-accept", Call::Members(None, None), MEMBERS, Other),
    ("nrps-resource-link", Call::Members(Some("1"), None), MEMBERS, Same),
    ("nrps-resource-link-limit-1", Call::Members(Some("1"), Some(1)), "5:learner more", Same),
    ("nrps-role-instructor-uri", Call::Members(None, None), "3:staff", Other),
    ("nrps-role-learner", Call::Members(None, None), "5:learner 6:learner 4:learner", Other),
    (
        "nrps-unknown-rlid",
        Call::Members(Some("999"), None),
        "gone: it no longer exists on the platform: Not Found: LTI link 999 doesn't exist",
        Same,
    ),
    (
        "nrps-wrong-course",
        Call::Members(None, None),
        "gone: it no longer exists on the platform: Not Found: Course 999 doesn't exist",
        Same,
    ),
    ("platform-jwks", Call::Keyset("4284a5c614aa11ac20ed"), "found", Other),
    ("platform-openid-configuration", Call::Configuration, "/mod/lti/token.php", Other),
    (
        "token-bad-signature",
        Call::Token,
        "400 { \"error\" : \"\"kid\" invalid, unable to \
        lookup correct key\" }",
        Other,
    ),
    ("token-expired-assertion", Call::Token, "400 Expired token", Other),
    ("token-get-method", Call::Token, "400 invalid_request", Other),
    ("token-iss-differs-from-sub", Call::Token, ALL, Other),
    ("token-issuer-as-audience", Call::Token, ALL, Other),
    ("token-json-body", Call::Token, "400 invalid_request", Other),
    ("token-no-jti", Call::Token, ALL, Other),
    ("token-not-granted-scope", Call::Token, "400 invalid_scope", Other),
    ("token-ok-all-scopes", Call::Token, ALL, Other),
    ("token-only-unknown-scope", Call::Token, "400 invalid_scope", Other),
    ("token-replayed-assertion-1", Call::Token, ALL, Other),
    ("token-replayed-assertion-2", Call::Token, ALL, Other),
    ("token-scores-only", Call::Token, "score", Other),
    ("token-unknown-client", Call::Token, "400 invalid_client", Other),
    ("token-unknown-scope-mixed-in", Call::Token, "score", Other),
    ("token-wrong-audience", Call::Token, ALL, Other),
    ("tool-jwks", Call::Keyset("975b1c435a50f15b3d65"), "found", Other),
];

#[test]
fn every_recording_has_an_outcome() {
    let files: BTreeSet<String> = std::fs::read_dir(RECORDINGS)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let names = GRADES.iter().map(|row| row.0).chain(OTHER_SERVICES.iter().map(|row| row.0));
    assert_eq!(names.map(|name| format!("{name}.json")).collect::<BTreeSet<_>>(), files);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_recorded_answer_has_the_right_outcome() {
    let grades = GRADES
        .iter()
        .map(|(name, call, expected, request)| (*name, Call::Grades(*call), *expected, *request));
    for (name, call, expected, request) in grades.chain(OTHER_SERVICES.iter().copied()) {
        let file = format!("{name}.json");
        let moodle = Moodle::replaying(&file).await;
        let is_exact = !matches!(name, "ags-results-get-limit-1");
        let outcome = outcome(&moodle, &file, call).await;
        assert!(
            if is_exact { outcome == expected } else { outcome.starts_with(expected) },
            "{name}: {outcome}"
        );
        if request == Same {
            assert_eq!(moodle.asked.lock().unwrap()[0], asked(&recorded(&file)), "{name}");
        }
    }
}

/// A recorded request in the form in which the replaying server notes it.
fn asked(recording: &Value) -> Asked {
    let request = &recording["request"];
    let header = |name: &str| request["headers"][name].as_str().map(str::to_owned);
    // The recorded score requests name no type that they take; this tool asks as the recorded tool
    // did.
    let accept = header("accept").or_else(|| Some("application/json".to_owned()));
    (
        request["method"].as_str().unwrap().to_owned(),
        target(recording),
        accept,
        header("content-type"),
        request["body"].clone(),
    )
}
