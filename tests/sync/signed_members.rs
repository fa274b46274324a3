//! Members of LTI 1.1, over real HTTP from a service that checks every signature: as a running Moodle
//! responds, and as a hostile platform does.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::Response;
use ltictl::domain::{
    Clock, ConsumerUser, MemberFormat, MemberSync, PlatformUser, Random, Secret, Slug,
};
use ltictl::lti::lti_1p1::oauth1::Message;
use ltictl::platform::{
    ConsumerAccess, MemberPages, MembersPage, NetworkAccess, PlatformClient, ServiceError,
    SignedClient, SignedMemberList,
};
use ltictl::rules::progress::NoProgress;
use ltictl::rules::resource::ResourceChange;
use ltictl::sync::members::{self, MemberRun, ResourceMembers};
use serde_json::{Value, json};

use super::grades::{change, sync_status};
use super::outcomes::{Answer, Everywhere, recorded};
use crate::lab::database::Database;
use crate::lab::signed_form::{Fields, KEY, SECRET, Signing, fields, launch_url};
use crate::lab::{Lab, RESOURCE, insert_consumer};

const LIS: &str = "application/vnd.ims.lis.v2.membershipcontainer+json";
const NRPS: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";

/// What arrived: path and query, the `Accept`, and the key if the signature is valid.
type Received = (String, String, Result<String, String>);

/// Services on a port of this machine, with an answer for each path and query, or else for each path.
struct Service {
    origin: String,
    answers: Arc<Mutex<BTreeMap<String, Answer>>>,
    received: Arc<Mutex<Vec<Received>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Service {
    async fn start(secret: &'static str) -> Self {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (answers, received): (Arc<Mutex<BTreeMap<_, _>>>, Arc<Mutex<Vec<_>>>) =
            Default::default();
        let (own, known, log) = (origin.clone(), Arc::clone(&answers), Arc::clone(&received));
        let handler = move |request: Request| {
            let (own, known, log) = (own.clone(), Arc::clone(&known), Arc::clone(&log));
            async move {
                let (head, body) = request.into_parts();
                let body = axum::body::to_bytes(body, 100_000).await.unwrap();
                let place = head.uri.path_and_query().unwrap().to_string();
                let header = |name: &str| {
                    head.headers
                        .get(name)
                        .map(|value| value.to_str().unwrap().to_owned())
                        .unwrap_or_default()
                };
                let url = format!("{own}{place}");
                let signed =
                    signer(&url, head.method.as_str(), &header("authorization"), &body, secret);
                let answer = match &signed {
                    Ok(_) => answer_of(&known.lock().unwrap(), &place, head.uri.path()),
                    Err(_) => recorded_answer("memberships-bad-signature.json", &own),
                };
                log.lock().unwrap().push((place, header("accept"), signed));
                Response::builder().status(answer.0).body(Body::from(answer.1)).unwrap()
            }
        };
        let task = tokio::spawn(async move {
            axum::serve(listener, axum::Router::new().fallback(handler)).await.unwrap()
        });
        Self { origin, answers, received, task }
    }

    fn url(&self, place: &str) -> String {
        format!("{}{place}", self.origin)
    }

    fn answer(&self, place: &str, status: u16, body: String) {
        self.answers.lock().unwrap().insert(place.to_owned(), (status, body));
    }

    /// What it received since the last look.
    fn taken(&self) -> Vec<Received> {
        std::mem::take(&mut self.received.lock().unwrap())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn answer_of(answers: &BTreeMap<String, Answer>, place: &str, path: &str) -> Answer {
    answers.get(place).or_else(|| answers.get(path)).cloned().unwrap_or((404, String::new()))
}

/// The key of a request whose signature is valid. As Moodle does, it wants the hash of an empty body.
fn signer(
    url: &str,
    method: &str,
    header: &str,
    body: &Bytes,
    secret: &str,
) -> Result<String, String> {
    let message = match header {
        "" => Message::from_form(url, body),
        _ if !header.contains("oauth_body_hash=") => return Err("no body hash".to_owned()),
        _ => Message::from_header(method, url, header.as_bytes(), body),
    };
    message
        .and_then(|message| message.verify([secret.as_bytes()], Clock::System.now().as_second()))
        .map(|verified| verified.consumer_key)
        .map_err(|rejection| rejection.to_string())
}

/// A recorded answer, as a Moodle at another origin would have given it.
fn recorded_answer(file: &str, origin: &str) -> Answer {
    let response = &recorded(file)["response"];
    let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
    (status, response["body"].to_string().replace("http://localhost:8100", origin))
}

fn client(secrets: &[&str]) -> SignedClient {
    let access = ConsumerAccess {
        consumer: Slug::new("old-school").unwrap(),
        consumer_key: KEY.to_owned(),
        secrets: secrets.iter().map(|secret| Secret::new(secret.as_bytes().to_vec())).collect(),
        reach: NetworkAccess { loopback: true, ..NetworkAccess::default() },
    };
    let (clock, random) = (Clock::System, Random::System);
    SignedClient::new(PlatformClient::new(), access, Arc::new(Everywhere), clock, random)
}

/// The first page of a recorded list, and the client's position after it.
async fn first_page(
    service: &Service,
    file: &str,
    secrets: &[&str],
) -> (Result<MembersPage, ServiceError>, Option<String>) {
    let recording = recorded(file);
    let request = &recording["request"];
    let url = request["url"].as_str().unwrap().replace("http://localhost:8100", &service.origin);
    let accept = request["headers"]["Accept"].as_str().unwrap();
    let (status, body) = recorded_answer(file, &service.origin);
    let place = url.trim_start_matches(&service.origin);
    service.answer(place, status, body);
    let format = if accept == NRPS { MemberFormat::Nrps } else { MemberFormat::Lis };
    let list = SignedMemberList { url: &url, format, id: None };
    let mut pages = MemberPages::signed(client(secrets), list, None, None).unwrap();
    let page = pages.next_page().await.map(|page| page.expect("a page"));
    let taken = service.taken();
    assert!(taken.iter().all(|(at, kind, _)| at == place && kind == accept), "{taken:?}");
    (page, pages.position().map(|position| position.next_url))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_recorded_list_has_its_members() {
    let service = Service::start(SECRET).await;
    for (file, count, named, next) in [
        ("memberships-context.json", 12, 0, None),
        ("memberships-context-limit-2.json", 2, 0, Some("memberships?limit=2&from=2")),
        ("memberships-context-role-learner.json", 7, 0, None),
        ("memberships-context-v2-accept.json", 12, 0, None),
        ("memberships-link.json", 12, 12, None),
    ] {
        let (page, position) = first_page(&service, file, &["an older secret", SECRET]).await;
        let page = page.unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!((page.members.len(), page.is_last), (count, next.is_none()), "{file}");
        assert_eq!(page.result_sourcedids.len(), named, "{file}");
        assert!(page.result_sourcedids.values().all(|name| name.contains("hash")), "{file}");
        let zoe = &page.members[0];
        assert_eq!((zoe.user_id.as_str(), zoe.name.as_deref()), ("5", Some("Zoë Núñez-Øberg")));
        assert_eq!(zoe.email.as_deref(), Some("zoe.nunez@a.example.com"), "{file}");
        match next {
            Some(next) => assert!(position.is_some_and(|url| url.ends_with(next)), "{file}"),
            None => assert_eq!(position, None, "{file}"),
        }
    }
    let (refused, _) = first_page(&service, "memberships-bad-signature.json", &["another"]).await;
    let unauthorized = ServiceError::Refused { status: 401, text: "Unauthorized".to_owned() };
    assert_eq!(refused, Err(unauthorized));
    let (unsigned, _) = first_page(&service, "memberships-context.json", &[]).await;
    assert!(matches!(unsigned, Err(ServiceError::Unsigned { .. })), "{unsigned:?}");
}

/// A list of LTI 2.0 with these users and roles.
fn lis_page(people: &[(&str, &str)], next: Option<&str>) -> String {
    let membership: Vec<Value> = people
        .iter()
        .map(|(user, role)| {
            json!({
                "status": "Active", "role": [role],
                "member": { "userId": user, "name": format!("Name {user}"),
                    "resultSourcedId": format!("name of {user}") },
            })
        })
        .collect();
    json!({
        "@type": "Page",
        "pageOf": { "membershipSubject": { "membership": membership } },
        "nextPage": next,
    })
    .to_string()
}

/// A lab that enrols the members of these consumers' courses.
async fn lab_with(consumers: &[(&str, &str)]) -> Lab {
    let lab = Lab::start().await;
    let member_sync = Some(MemberSync::EnrolAndUnenrol);
    change(&lab, &ResourceChange { member_sync, ..ResourceChange::default() });
    for (key, secret) in consumers {
        let now = Clock::System.now();
        lab.store().write(|write| insert_consumer(write, key, &[secret], now)).unwrap();
    }
    lab
}

/// Names and values of parameters that a launch adds.
type Services<'s> = &'s [(&'s str, String)];

/// A teacher's launch that names these services.
async fn launch(lab: &Lab, signing: &Signing<'_>, services: Services<'_>) {
    let mut form: Fields = fields("1", "Instructor");
    form.extend(services.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let (mut browser, url) = (lab.browser.another(), launch_url(lab));
    let page = browser.post_form(&url, &signing.sign(&url, form)).await.unwrap();
    assert!(page.header("location").is_some(), "{}", page.body);
}

async fn come(lab: &Lab, nonce: &str, services: Services<'_>) {
    launch(lab, &Signing { nonce, ..Signing::default() }, services).await;
}

async fn sync(lab: &Lab) -> ResourceMembers {
    let mut synchronizer = lab.synchronizer(Clock::System);
    synchronizer.limits.pause = Duration::from_millis(1);
    let run = MemberRun::default();
    let summary = members::run(&synchronizer, &run, Arc::new(NoProgress)).await.unwrap();
    summary.resources.into_iter().next().unwrap()
}

/// The users of a consumer who take part, with their roles here.
fn enrolled(lab: &Lab, key: &str) -> Vec<(String, String)> {
    let store = lab.store();
    let resource = store.read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap();
    let mut people = Vec::new();
    for member in store.read().members(resource.id).unwrap() {
        for link in store.read().account_links(member.account.id).unwrap() {
            if link.user.tenant == key && link.user.issuer == "urn:lti-1p1" {
                people.push((link.user.sub, member.enrolment.role.clone()));
            }
        }
    }
    people.sort();
    people
}

fn as_text(people: &[(String, String)]) -> Vec<(&str, &str)> {
    people.iter().map(|(user, role)| (user.as_str(), role.as_str())).collect()
}

fn context_url(url: String) -> [(&'static str, String); 1] {
    [("custom_context_memberships_url", url)]
}

const CLASS: &[(&str, &str)] =
    &[("1", "Instructor"), ("2", "Learner"), ("3", "Learner"), ("4", "Learner")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_the_course_are_enrolled_page_by_page_and_unenrolled_with_the_same_guards() {
    let lab = lab_with(&[(KEY, SECRET)]).await;
    let service = Service::start(SECRET).await;
    come(&lab, "1", &context_url(service.url("/members?a=1"))).await;
    service.answer("/members", 200, lis_page(&CLASS[..2], Some("/members?page=2")));
    service.answer("/members?page=2", 200, lis_page(&CLASS[2..], None));
    let done = sync(&lab).await;
    assert_eq!((done.listed, done.created, done.problems.len()), (4, 3, 0), "{done:?}");
    let class = [("1", "teacher"), ("2", "student"), ("3", "student"), ("4", "student")];
    assert_eq!(as_text(&enrolled(&lab, KEY)), class);
    let taken = service.taken();
    assert_eq!(taken[0].0, "/members?a=1&rlid=link-1&limit=500");
    assert_eq!(taken.len(), 2);
    assert!(taken.iter().all(|(_, accept, signed)| accept == LIS && *signed == Ok(KEY.into())));
    // The names of their grades are known before they come.
    assert_eq!(Database::open(&lab.database).named_grades("name of "), 4);

    // The link is refused: the list of the course is read instead. One person has left.
    service.answer("/members?a=1&rlid=link-1&limit=500", 403, String::new());
    service.answer("/members", 200, lis_page(&CLASS[..3], None));
    assert_eq!(sync(&lab).await.unenrolled, 1);
    assert_eq!(as_text(&enrolled(&lab, KEY)), class[..3]);
    // More than half are missing.
    service.answer("/members", 200, lis_page(&CLASS[..1], None));
    let done = sync(&lab).await;
    assert_eq!((done.unenrolled, done.held_back), (0, 2), "{done:?}");
    assert_eq!(as_text(&enrolled(&lab, KEY)), class[..3]);
    // A list that cannot be read to its end unenrols no one, and says why.
    service.answer("/members", 200, lis_page(&CLASS[..1], Some("http://lms.example/more")));
    let done = sync(&lab).await;
    assert_eq!((done.unenrolled, done.problems[0].code.as_str()), (0, "out_of_reach"), "{done:?}");
    service.answer("/members", 503, String::new());
    let done = sync(&lab).await;
    assert_eq!(done.problems[0].code, "platform_failing");
    let status = sync_status(&lab);
    assert_eq!((status.platforms[0].lists, status.platforms[0].lists_with_problem), (1, 1));
    assert_eq!(as_text(&enrolled(&lab, KEY)), class[..3]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_service_of_the_launch_is_used() {
    let lab = lab_with(&[(KEY, SECRET)]).await;
    let service = Service::start(SECRET).await;
    let nrps = json!({ "members": [
        { "user_id": "1", "roles": ["Instructor"] }, { "user_id": "7", "roles": ["Learner"] },
    ] });
    service.answer("/nrps", 200, nrps.to_string());
    service.answer("/lis", 200, lis_page(&[("1", "Instructor"), ("8", "Learner")], None));
    service.answer(
        "/extension",
        200,
        "<message_response><statusinfo><codemajor>Success</codemajor></statusinfo><members>\
         <member><user_id>1</user_id><roles>Instructor</roles></member>\
         <member><user_id>9</user_id><roles>Learner</roles>\
         <lis_result_sourcedid>nine</lis_result_sourcedid></member></members></message_response>"
            .to_owned(),
    );
    let v2 = ("custom_context_memberships_v2_url", service.url("/nrps"));
    let lis = ("custom_context_memberships_url", service.url("/lis"));
    let link = ("custom_link_memberships_url", service.url("/lis"));
    let old = ("ext_ims_lis_memberships_url", service.url("/extension"));
    let id = ("ext_ims_lis_memberships_id", "a & <b>".to_owned());
    let unset = ("custom_context_memberships_v2_url", "$ToolProxyBinding.nrps.url".to_owned());
    let cases: [(Services<'_>, &str, &str, &str); 4] = [
        (&[v2, lis.clone(), old.clone(), id.clone()], "/nrps?rlid=link-1&limit=500", NRPS, "7"),
        (&[unset, lis, old.clone(), id.clone()], "/lis?rlid=link-1&limit=500", LIS, "8"),
        (&[link], "/lis?rlid=link-1&limit=500", LIS, "8"),
        (&[old, id], "/extension", "*/*", "9"),
    ];
    for (place, (services, path, accept, member)) in cases.into_iter().enumerate() {
        come(&lab, &format!("{place}"), services).await;
        let done = sync(&lab).await;
        assert_eq!((done.listed, done.problems.len()), (2, 0), "{done:?}");
        let expected = (path.to_owned(), accept.to_owned(), Ok(KEY.to_owned()));
        assert_eq!(service.taken(), [expected]);
        assert!(enrolled(&lab, KEY).iter().any(|(user, _)| user == member), "{member}");
    }
    // The oldest service refuses with status 200, and has no other list.
    service.answer(
        "/extension",
        200,
        "<message_response><statusinfo><codemajor>Fail</codemajor><description>Not allowed\
         </description></statusinfo></message_response>"
            .to_owned(),
    );
    let done = sync(&lab).await;
    assert_eq!((done.problems[0].code.as_str(), service.taken().len()), ("refused", 1));
    assert!(done.problems[0].problem.contains("Not allowed"), "{done:?}");
    lab.stop().await;
}

/// How the second consumer signs.
fn other(nonce: &str) -> Signing<'_> {
    Signing { key: "other", secret: "another secret", nonce, ..Signing::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_consumer_reaches_only_its_own_users_and_hosts() {
    let lab = lab_with(&[(KEY, SECRET), ("other", "another secret")]).await;
    let (service, hostile) = (Service::start(SECRET).await, Service::start("another secret").await);
    come(&lab, "1", &context_url(service.url("/members"))).await;
    service.answer("/members", 200, lis_page(CLASS, None));
    assert_eq!(sync(&lab).await.listed, 4);
    let account = |key: &str, sub: &str| {
        let user = PlatformUser {
            issuer: "urn:lti-1p1".to_owned(),
            tenant: key.to_owned(),
            sub: sub.to_owned(),
        };
        lab.store().read().account_of(&user).unwrap().map(|(account, _)| account.id)
    };
    let (two, three) = (account(KEY, "2").unwrap(), account(KEY, "3").unwrap());
    // An administrator has linked a user of each, whom only a signed launch may claim.
    let linked = ConsumerUser { consumer_key: "other".to_owned(), user_id: "3".to_owned() };
    let now = Clock::System.now();
    lab.store().write(|write| write.insert_consumer_user(three, &linked, now)).unwrap();
    launch(&lab, &other("1"), &context_url(hostile.url("/theirs"))).await;
    let theirs: &[(&str, &str)] = &[("1", "Instructor"), ("2", "Instructor"), ("3", "Instructor")];
    hostile.answer("/theirs", 200, lis_page(theirs, None));
    let done = sync(&lab).await;
    assert_eq!((done.listed, done.unenrolled, done.changed), (7, 0, 0), "{done:?}");
    assert_ne!(account("other", "2"), Some(two));
    assert_eq!(account("other", "3"), None);
    let class = [("1", "teacher"), ("2", "student"), ("3", "student"), ("4", "student")];
    assert_eq!(as_text(&enrolled(&lab, KEY)), class);
    hostile.answer("/theirs", 200, lis_page(&[], None));
    sync(&lab).await;
    assert_eq!(as_text(&enrolled(&lab, KEY)), class);
    // Where another platform's tokens are issued, what only plain http reaches, and another page.
    for (place, (url, code, fix)) in [
        (lab.sandbox.access_token_url(), "request_unsigned", "ltictl consumer disable other"),
        ("http://lms.example.edu/o".to_owned(), "out_of_reach", "ltictl consumer show other"),
        ("http://169.254.169.254/latest".to_owned(), "out_of_reach", "ltictl consumer show other"),
        (hostile.url("/pages"), "out_of_reach", "ltictl consumer show other"),
        (hostile.url("/page"), "answer_unreadable", "custom_context_memberships_url"),
    ]
    .into_iter()
    .enumerate()
    {
        let next = service.url("/members");
        hostile.answer("/pages", 200, lis_page(theirs, Some(&next)));
        hostile.answer("/page", 200, "<!DOCTYPE html>".to_owned());
        let nonce = format!("hostile-{place}");
        launch(&lab, &other(&nonce), &context_url(url.clone())).await;
        service.taken();
        let done = sync(&lab).await;
        let problem = done.problems.iter().find(|problem| problem.registration.as_str() == "other");
        let problem = problem.unwrap_or_else(|| panic!("{url}: {done:?}"));
        assert_eq!(problem.code, code, "{url}");
        assert!(problem.fix.contains(fix), "{problem:?}");
        assert!(
            service.taken().iter().all(|(_, _, signed)| *signed == Ok(KEY.to_owned())),
            "{url}"
        );
    }
    assert_eq!(as_text(&enrolled(&lab, KEY)), class);
    lab.stop().await;
}
