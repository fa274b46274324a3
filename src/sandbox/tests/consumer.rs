//! The platform as a consumer of LTI 1.1. Requests are signed with the tool's code, which shares
//! nothing with that of the platform.

use serde_json::{Value, json};

use super::super::browser::{Browser, Form, Page};
use super::super::{
    ConsumerSetup, ContentItemChoice, Course, FormLaunch, FormMisbehaviour, FormVersion,
    MemberServices, Sandbox, ServiceOptions, User,
};
use super::{Client, MEMBERS, ServiceResponse, services};
use crate::lti::lti_1p1::members::{self, extension_request};
use crate::lti::lti_1p1::oauth1::{Credentials, Message, Method, authorization, sign_form};
use crate::lti::lti_1p1::outcomes::{Grade, Operation, Response};

const KEY: &str = "school";
const SECRET: &str = "a & secret=";
const LAUNCH_URL: &str = "https://tool.example/lti/1p1/launch?unit=1";

async fn platform(options: ServiceOptions) -> (Sandbox, Client) {
    let (sandbox, client) = services(options).await;
    sandbox.set_consumer(ConsumerSetup {
        key: KEY.to_owned(),
        secret: SECRET.to_owned(),
        launch_url: LAUNCH_URL.to_owned(),
        custom: [("Due Date".to_owned(), "x".to_owned())].into(),
        version: FormVersion::Lti1p0,
    });
    (sandbox, client)
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn credentials(secret: &str) -> Credentials<'_> {
    Credentials { consumer_key: KEY, secret: secret.as_bytes(), method: Method::HmacSha1 }
}

/// A signed request with a header.
async fn call(
    client: &Client,
    method: &str,
    url: &str,
    body: &str,
    nonce: &str,
) -> ServiceResponse {
    let header =
        authorization(method, url, body.as_bytes(), &credentials(SECRET), now(), nonce).unwrap();
    send(client, method, url, body, &header).await
}

async fn send(
    client: &Client,
    method: &str,
    url: &str,
    body: &str,
    header: &str,
) -> ServiceResponse {
    let accept = members::MEDIA_TYPE;
    let request = client.http.request(method.parse().unwrap(), url);
    let request = request.header("authorization", header).header("accept", accept);
    let response = request.body(body.to_owned()).send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    ServiceResponse { status, headers, body: response.text().await.unwrap() }
}

/// The form that a launch sends.
async fn launch(sandbox: &Sandbox, choice: &FormLaunch) -> Form {
    let page = sandbox.click_form(&mut Browser::new(), choice).await.unwrap();
    page.form().unwrap_or_else(|| panic!("{}", page.body))
}

fn verifies(form: &Form) -> bool {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    let body = body.extend_pairs(&form.fields).finish();
    let message = Message::from_form(&form.action, body.as_bytes());
    message.is_ok_and(|message| message.verify([SECRET.as_bytes()], now()).is_ok())
}

#[tokio::test]
async fn a_launch_is_signed_with_the_query_of_its_url() {
    let (sandbox, _) = platform(ServiceOptions::default()).await;
    let form = launch(&sandbox, &FormLaunch::teacher()).await;
    assert_eq!((form.action.as_str(), form.method.as_str()), (LAUNCH_URL, "POST"));
    assert!(verifies(&form), "{form:?}");
    for (name, value) in [
        ("lti_message_type", "basic-lti-launch-request"),
        ("user_id", "3"),
        ("roles", "Instructor"),
        ("context_title", "Algebra I"),
        ("custom_due_date", "x"),
        ("resource_link_id", "21"),
    ] {
        assert_eq!(form.field(name), Some(value));
    }
    assert_eq!(form.field("unit"), None);
    assert!(!form.fields.iter().any(|(_, value)| value.contains(SECRET)));
    let unknown = FormLaunch { item: Some("999".to_owned()), ..FormLaunch::student() };
    let page = sandbox.click_form(&mut Browser::new(), &unknown).await.unwrap();
    assert_eq!(page.status, 400);
}

#[tokio::test]
async fn the_page_saves_the_tool_and_never_shows_its_secret() {
    let (sandbox, _) = services(ServiceOptions::default()).await;
    let page = sandbox.click_form(&mut Browser::new(), &FormLaunch::student()).await.unwrap();
    assert_eq!(page.status, 409, "{}", page.body);
    let (mut browser, url) = (Browser::new(), format!("{}/lti-1p1", sandbox.issuer()));
    let page = browser.get(&url).await.unwrap();
    let mut form = page.forms().into_iter().find(|form| form.action.ends_with("/tool")).unwrap();
    form.set("key", KEY);
    form.set("secret", SECRET);
    form.set("launch_url", LAUNCH_URL);
    let page = browser.post_form(&form.action, &form.fields).await.unwrap();
    let page = browser.follow(page).await.unwrap();
    assert!(page.status == 200 && page.body.contains(KEY) && page.body.contains("were saved"));
    assert!(!page.body.contains("a &amp; secret") && !page.body.contains("a &#38; secret"));
    for misbehaviour in FormMisbehaviour::ALL {
        assert!(page.body.contains(&format!("value=\"{misbehaviour}\"")), "{misbehaviour}");
    }
    assert_eq!(sandbox.consumer().unwrap().secret, SECRET);
}

fn replace(score: f64) -> Operation<'static> {
    Operation::Replace(Grade { score, total_score: None, data: None })
}

/// Sends an operation; the response as the tool reads it.
async fn outcome(
    client: &Client,
    form: &Form,
    operation: &Operation<'_>,
    nonce: &str,
) -> Result<Option<f64>, String> {
    let sourcedid = form.field("lis_result_sourcedid").unwrap();
    let url = form.field("lis_outcome_service_url").unwrap();
    let response = call(client, "POST", url, &operation.request(sourcedid, "m"), nonce).await;
    assert_eq!(response.status, 200, "{}", response.body);
    result(&response)
}

fn result(response: &ServiceResponse) -> Result<Option<f64>, String> {
    let read = Response::read(response.status, response.body.as_bytes());
    read.map(|response| response.score).map_err(|error| error.to_string())
}

#[tokio::test]
async fn grades_are_replaced_read_and_deleted() {
    let (sandbox, client) = platform(ServiceOptions::default()).await;
    let form = launch(&sandbox, &FormLaunch::student()).await;
    let read = Operation::Read;
    assert_eq!(outcome(&client, &form, &read, "1").await, Ok(None));
    assert_eq!(outcome(&client, &form, &replace(0.75), "2").await, Ok(None));
    assert_eq!(outcome(&client, &form, &read, "3").await, Ok(Some(0.75)));
    let column = || sandbox.grade_book(Course::Algebra).into_iter().find(|one| one.id == 21);
    assert_eq!(column().unwrap().grades["4"].score, Some(75.0));
    assert_eq!(outcome(&client, &form, &Operation::Delete, "4").await, Ok(None));
    assert_eq!(outcome(&client, &form, &read, "5").await, Ok(None));
    let scores: Vec<Option<f64>> =
        sandbox.service_log().scores.iter().map(|score| score.score_given).collect();
    assert_eq!(scores, [Some(0.75), None]);
}

#[tokio::test]
async fn what_is_wrong_with_a_grade_is_in_the_document() {
    let (sandbox, client) = platform(ServiceOptions::default()).await;
    let form = launch(&sandbox, &FormLaunch::student()).await;
    let teacher = launch(&sandbox, &FormLaunch::teacher()).await;
    let url = form.field("lis_outcome_service_url").unwrap();
    let sourcedid = form.field("lis_result_sourcedid").unwrap();
    let body = replace(0.5).request(sourcedid, "m");
    let forged = sourcedid.replace("\"4\"", "\"5\"");
    let of_teacher = teacher.field("lis_result_sourcedid").unwrap();
    for (row, (body, expected)) in [
        (body.replace("0.5", "1.1"), "Score not between 0.0 and 1.0"),
        (body.replace("0.5", "0,5"), "Score must be numeric"),
        (body.replace("replaceResult", "createResult"), "createResultRequest is not supported"),
        (replace(0.5).request(&forged, "m"), "Invalid sourcedid"),
        (replace(0.5).request(of_teacher, "m"), "The user cannot be graded"),
        ("<a/>".to_owned(), "The document cannot be read."),
    ]
    .into_iter()
    .enumerate()
    {
        let response = call(&client, "POST", url, &body, &row.to_string()).await;
        assert_eq!(response.status, 200);
        assert!(response.body.contains(expected), "{expected}: {}", response.body);
        assert!(!response.body.contains(">success<"), "{}", response.body);
    }
    let header = |secret: &str, body: &str, nonce: &str, time: i64| {
        authorization("POST", url, body.as_bytes(), &credentials(secret), time, nonce).unwrap()
    };
    for (what, header) in [
        ("another secret", header("other", &body, "a", now())),
        ("another body", header(SECRET, "", "b", now())),
        ("a used nonce", header(SECRET, &body, "0", now())),
        ("an old request", header(SECRET, &body, "c", now() - 400)),
        ("no signature", "Bearer x".to_owned()),
    ] {
        let response = send(&client, "POST", url, &body, &header).await;
        assert_eq!(response.status, 200);
        assert!(response.body.contains("Message signature not valid"), "{what}: {}", response.body);
    }
    assert!(sandbox.service_log().scores.is_empty());
}

#[tokio::test]
async fn members_are_listed_in_pages() {
    let options = ServiceOptions { members: 3, largest_page: 4, ..ServiceOptions::default() };
    let (sandbox, client) = platform(options).await;
    let choice = FormLaunch { members: MemberServices::All, ..FormLaunch::student() };
    let form = launch(&sandbox, &choice).await;
    let (mut url, mut ids, mut pages) =
        (form.field("custom_link_memberships_url").map(str::to_owned), Vec::new(), 0);
    let mut results = 0;
    while let Some(page) = url {
        let response = call(&client, "GET", &page, "", &format!("p{pages}")).await;
        assert_eq!(response.status, 200, "{}", response.body);
        let read = members::read_page(&page.parse().unwrap(), response.body.as_bytes()).unwrap();
        ids.extend(read.members.into_iter().map(|member| member.user_id));
        results += read.result_sourcedids.len();
        pages += 1;
        url = read.next_page.map(String::from);
    }
    assert_eq!((pages, ids.len(), results), (2, 8, 8), "{ids:?}");
    let context = form.field("custom_context_memberships_url").unwrap();
    let response = call(&client, "GET", &format!("{context}&role=Instructor"), "", "role").await;
    assert_eq!(
        response.json()["pageOf"]["membershipSubject"]["membership"].as_array().unwrap().len(),
        2
    );
    let header = authorization("GET", context, b"", &credentials("other"), now(), "n").unwrap();
    assert_eq!(send(&client, "GET", context, "", &header).await.status, 401);
    let header = authorization("GET", context, b"", &credentials(SECRET), now(), "v2").unwrap();
    let request = client.http.get(context).header("accept", MEMBERS);
    let response = request.header("authorization", header).send().await.unwrap();
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(body["members"].as_array().unwrap().len(), 4);
    let url = form.field("ext_ims_lis_memberships_url").unwrap();
    let id = form.field("ext_ims_lis_memberships_id").unwrap();
    for (secret, expected) in [(SECRET, 8), ("other", 0)] {
        let fields = extension_request(id);
        let form = sign_form(url, fields, &credentials(secret), now(), secret).unwrap();
        let page = Browser::new().post_form(url, &form).await.unwrap();
        let read = members::read_extension_response(page.body.as_bytes());
        assert_eq!(read.map_or(0, |page| page.members.len()), expected, "{}", page.body);
    }
}

/// The fields of a response with one item.
fn answer(request: &Form, changed: &[(&str, &str)]) -> Vec<(String, String)> {
    let items = json!({
        "@context": "http://purl.imsglobal.org/ctx/lti/v1/ContentItem",
        "@graph": [{
            "@type": "LtiLinkItem",
            "mediaType": "application/vnd.ims.lti.v1.ltilink",
            "url": "https://tool.example/lti/1p1/launch/quiz",
            "title": "Quiz",
            "placementAdvice": { "presentationDocumentTarget": "iframe" },
            "custom": { "id": "7" },
            "lineItem": {
                "@type": "LineItem",
                "label": "Points",
                "scoreConstraints": { "@type": "NumericLimits", "normalMaximum": 20 },
            },
        }],
    });
    let items = items.to_string();
    let mut fields = vec![
        ("lti_message_type".to_owned(), "ContentItemSelection".to_owned()),
        ("lti_version".to_owned(), "LTI-1p0".to_owned()),
        ("content_items".to_owned(), items),
        ("data".to_owned(), request.field("data").unwrap_or_default().to_owned()),
    ];
    for (name, value) in changed {
        fields.retain(|(one, _)| one != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    fields
}

async fn answered(
    request: &Form,
    fields: Vec<(String, String)>,
    secret: &str,
    nonce: &str,
) -> Page {
    let url = request.field("content_item_return_url").unwrap();
    let fields = sign_form(url, fields, &credentials(secret), now(), nonce).unwrap();
    Browser::new().post_form(url, &fields).await.unwrap()
}

#[tokio::test]
async fn selected_content_is_checked_and_can_be_launched() {
    let (sandbox, _) = platform(ServiceOptions::default()).await;
    let choice = FormLaunch::of(User::Tina).selecting(ContentItemChoice::default());
    let request = launch(&sandbox, &choice).await;
    assert_eq!(request.field("lti_message_type"), Some("ContentItemSelectionRequest"));
    assert!(verifies(&request) && request.field("resource_link_id").is_none());
    let other_url = answer(&request, &[])[2].1.replace("tool.example", "evil.example");
    let free = answer(&request, &[])[2].1.replace("20", "0");
    for (row, (changed, expected)) in [
        (("data", "other"), "data was not returned unchanged."),
        (("lti_message_type", "x"), "lti_message_type of the response"),
        (("course", "2"), "The form repeats course of the return URL."),
        (("content_items", "x"), "content_items is not JSON."),
        (("content_items", other_url.as_str()), "is not one of the tool"),
        (("content_items", free.as_str()), "no maximum greater than 0"),
    ]
    .into_iter()
    .enumerate()
    {
        let page = answered(&request, answer(&request, &[changed]), SECRET, &row.to_string()).await;
        assert!(page.status == 400 && page.body.contains(expected), "{expected}: {}", page.body);
    }
    let page = answered(&request, answer(&request, &[]), "other", "s").await;
    assert!(page.body.contains("The signature does not match."), "{}", page.body);
    assert!(sandbox.content_items().is_empty());
    let page =
        answered(&request, answer(&request, &[("lti_msg", "Well done")]), SECRET, "good").await;
    assert!(page.status == 200 && page.body.contains("Well done"), "{}", page.body);
    assert_eq!(answered(&request, answer(&request, &[]), SECRET, "twice").await.status, 409);
    let item = sandbox.content_items().pop().unwrap();
    let form = launch(&sandbox, &FormLaunch::student().opening(&item)).await;
    assert_eq!(form.action, "https://tool.example/lti/1p1/launch/quiz");
    assert!(verifies(&form));
    assert_eq!(
        (form.field("custom_id"), form.field("resource_link_title")),
        (Some("7"), Some("Quiz"))
    );
    assert!(form.field("lis_result_sourcedid").is_some());
    let column = sandbox.grade_book(Course::Algebra).into_iter().find(|one| one.label == "Points");
    assert_eq!(column.unwrap().score_maximum, 20.0);
    let request = launch(&sandbox, &choice).await;
    let mut nothing = answer(&request, &[("lti_errormsg", "Nothing here")]);
    nothing.retain(|(name, _)| name != "content_items");
    let page = answered(&request, nothing, SECRET, "nothing").await;
    assert!(page.body.contains("Nothing was added") && page.body.contains("Nothing here"));
}
