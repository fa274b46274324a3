//! Several platforms at once: one that is slow, frozen, endless or hostile uses up its own share of
//! a run, and no one else's.

use std::collections::BTreeSet;
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse as _;
use jiff::SignedDuration;
use ltictl::admin::grade;
use ltictl::domain::{Clock, PlatformUser, Random, Resource, Slug};
use ltictl::platform::PlatformClient;
use ltictl::rules::grade::NewGrade;
use ltictl::rules::progress::{NoProgress, Progress};
use ltictl::sandbox::{
    Course, Endpoint, Fault, FaultKind, LaunchChoice, Member, Sandbox, ServiceOptions, User,
};
use ltictl::store::{AuditFilter, MemberPass, Pool};
use ltictl::sync::grades::{self, GradeRun};
use ltictl::sync::members::{self, MemberRun, MemberSummary};
use ltictl::sync::runs::SyncRuns;
use ltictl::sync::status::{self, Selected, SyncStatus};
use ltictl::sync::{Limits, Synchronizer, schedule};
use serde_json::json;

use crate::lab::sync::{Frozen, OTHER};
use crate::lab::{Lab, REGISTRATION, RESOURCE};

const NRPS: &str = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice";

/// The lab after its teacher has come through the link 21.
async fn lab() -> Lab {
    let lab = Lab::start().await;
    lab.launch(&LaunchChoice::teacher()).await;
    lab
}

/// A second platform whose teacher has come too.
async fn second_platform(lab: &Lab) -> Sandbox {
    let other = lab.second_platform().await;
    assert_eq!(
        other.launch(&mut lab.browser.another(), &LaunchChoice::teacher()).await.unwrap().status,
        303
    );
    other
}

/// Nothing waits for a platform's sake.
fn quick() -> Limits {
    Limits { pause: Duration::from_millis(1), ..Limits::default() }
}

fn synchronizer(lab: &Lab, limits: Limits) -> Synchronizer {
    Synchronizer {
        limits,
        ..Synchronizer::new(
            Pool::open(&lab.database).unwrap(),
            PlatformClient::new(),
            Clock::System,
            Random::System,
        )
    }
}

async fn sync(lab: &Lab, limits: Limits) -> MemberSummary {
    members::run(&synchronizer(lab, limits), &MemberRun::default(), Arc::new(NoProgress))
        .await
        .unwrap()
}

fn resource(lab: &Lab) -> Resource {
    lab.store().read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap()
}

fn sync_status(lab: &Lab) -> SyncStatus {
    status::status(lab.store().read(), Selected::All, Clock::System.now()).unwrap()
}

fn account(lab: &Lab, sandbox: &Sandbox, sub: &str) -> Option<i64> {
    let user = PlatformUser {
        issuer: sandbox.issuer().to_owned(),
        tenant: String::new(),
        sub: sub.to_owned(),
    };
    lab.store().read().account_of(&user).unwrap().map(|(account, _)| account.id)
}

fn is_enrolled(lab: &Lab, sandbox: &Sandbox, sub: &str) -> bool {
    account(lab, sandbox, sub)
        .is_some_and(|id| lab.store().read().enrolment(id, resource(lab).id).unwrap().is_some())
}

fn count_enrolled(lab: &Lab) -> usize {
    lab.store().read().members(resource(lab).id).unwrap().len()
}

/// The pages of members that a platform was asked for since the last look, by their first member.
fn pages(sandbox: &Sandbox) -> Vec<u32> {
    let log = sandbox.service_log();
    sandbox.clear_service_log();
    let paths = log
        .calls
        .iter()
        .filter(|call| call.endpoint == Some(Endpoint::Memberships))
        .map(|call| call.path.clone());
    paths
        .map(|path| {
            path.split("from=")
                .nth(1)
                .map_or(0, |from| from.split('&').next().unwrap().parse().unwrap())
        })
        .collect()
}

async fn ltictl(lab: &Lab, arguments: &[&str]) -> Output {
    let mut command = crate::lab::binary();
    command
        .env("LTICTL_DB", &lab.database)
        .env("NO_COLOR", "1")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// Exit code, standard output and standard error.
fn result_of(output: Output) -> (i32, String, String) {
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// A list of members that this test writes itself; every request is noted.
struct Script {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Script {
    async fn start(
        answer: impl Fn(&str) -> axum::response::Response + Clone + Send + Sync + 'static,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/members", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&requests);
        let router = axum::Router::new().fallback(move |uri: Uri| {
            let query = uri.query().unwrap_or_default().to_owned();
            noted.lock().unwrap().push(query.clone());
            let response = answer(&query);
            async move { response }
        });
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, requests, task }
    }

    fn requests(&self) -> usize {
        std::mem::take(&mut *self.requests.lock().unwrap()).len()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A page of two new members, and always another page after it.
fn endless(query: &str) -> axum::response::Response {
    let page: u32 = query
        .split("page=")
        .nth(1)
        .map_or(0, |page| page.split('&').next().unwrap().parse().unwrap());
    let members = json!({
        "members": [{ "user_id": format!("a{page}") }, { "user_id": format!("b{page}") }],
    });
    ([("link", format!("</members?page={}>; rel=\"next\"", page + 1))], axum::Json(members))
        .into_response()
}

/// A launch of a platform that names this list.
async fn launch_naming(lab: &Lab, sandbox: &Sandbox, url: &str) {
    let choice =
        LaunchChoice::teacher().patched(json!({ NRPS: { "context_memberships_url": url } }));
    assert_eq!(sandbox.launch(&mut lab.browser.another(), &choice).await.unwrap().status, 303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grades_and_members_of_one_school_do_not_wait_for_another_whose_platform_is_frozen() {
    let (lab, frozen) = (lab().await, Frozen::start().await);
    let other = second_platform(&lab).await;
    launch_naming(&lab, &other, &format!("{}/members", frozen.url)).await;
    lab.account_of(User::Sam, "sam");
    lab.launch(&LaunchChoice::student()).await;
    lab.set_grade("sam", Some(5.0));
    // As the server does it, only more often.
    let serving = tokio::spawn(schedule::run_every(
        synchronizer(&lab, Limits::default()),
        SyncRuns::default(),
        |_| Some(Duration::from_millis(50)),
    ));
    for _ in 0..3_000 {
        if is_enrolled(&lab, &lab.sandbox, "5") && !lab.sandbox.service_log().scores.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let status = sync_status(&lab);
    let frozen_one =
        status.platforms.iter().find(|platform| platform.registration.as_str() == OTHER).unwrap();
    assert!(
        frozen_one.members_under_way,
        "it still waits for the frozen platform: {:?}",
        status.platforms
    );
    assert!(is_enrolled(&lab, &lab.sandbox, "5"), "members came in");
    assert_eq!(lab.sandbox.service_log().scores.len(), 1, "and the grade went out");
    serving.abort();
    other.shutdown().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_platform_is_named_and_everyone_else_is_served() {
    let (lab, frozen) = (lab().await, Frozen::start().await);
    let other = second_platform(&lab).await;
    let sam = lab.account_of(User::Sam, "sam");
    lab.share_account(sam, &other, "4");
    lab.launch(&LaunchChoice::student()).await;
    assert_eq!(
        other.launch(&mut lab.browser.another(), &LaunchChoice::student()).await.unwrap().status,
        303
    );
    lab.set_grade("sam", Some(5.0));
    lab.set_token_url(OTHER, format!("{}/token", frozen.url));

    let (code, answer, remarks) =
        result_of(ltictl(&lab, &["sync", "members", "--timeout", "400ms"]).await);
    assert_eq!(code, 6, "{answer}{remarks}");
    let says = format!("{OTHER}, link 21: the platform did not finish within 400ms");
    assert!(
        answer.contains(&says)
            && remarks.contains(&says)
            && !answer.contains(&format!("{REGISTRATION}, ")),
        "{answer}{remarks}"
    );
    assert!(is_enrolled(&lab, &lab.sandbox, "5"), "the other platform's members are in");

    let (code, answer, remarks) =
        result_of(ltictl(&lab, &["sync", "grades", "--timeout", "400ms"]).await);
    assert_eq!(code, 6, "{answer}{remarks}");
    assert!(answer.starts_with("1 grade sent, 1 waits, 0 refused.\n"), "{answer}");
    let says = format!("{OTHER}: the platform did not finish within 400ms");
    assert!(answer.contains(&says) && remarks.contains(&says), "{answer}{remarks}");
    assert_eq!(lab.sandbox.service_log().scores.len(), 1);
    let (code, answer, _) = result_of(ltictl(&lab, &["sync", "status"]).await);
    assert!(
        code == 0
            && answer.contains("Platforms\n")
            && answer.contains("did not finish within 400ms"),
        "{answer}"
    );
    // Only the other one, where nothing is left to do.
    let (code, answer, _) =
        result_of(ltictl(&lab, &["sync", "grades", "--registration", REGISTRATION]).await);
    assert_eq!((code, answer.as_str()), (0, "0 grades sent, 0 wait, 0 refused.\n"));

    // When it is well again, it gets the grade once.
    lab.set_token_url(OTHER, other.access_token_url());
    let (code, answer, _) = result_of(ltictl(&lab, &["sync", "grades", "--retry"]).await);
    assert_eq!((code, answer.as_str()), (0, "1 grade sent, 0 wait, 0 refused.\n"));
    assert_eq!(other.service_log().scores.len(), 1);
    other.shutdown().await;
    lab.stop().await;
}

/// Keeps what a run reports while it waits.
#[derive(Default)]
struct Reports(Mutex<BTreeSet<Slug>>);

impl Progress for Reports {
    fn expect(&self, _: u64) {}
    fn advance(&self, _: u64) {}
    fn waiting(&self, platforms: &[(Slug, Duration)], limit: Duration) {
        assert_eq!(limit, Duration::from_millis(300));
        self.0.lock().unwrap().extend(platforms.iter().map(|(slug, _)| slug.clone()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_reports_which_platform_it_waits_for() {
    let (lab, frozen) = (lab().await, Frozen::start().await);
    lab.set_token_url(REGISTRATION, format!("{}/token", frozen.url));
    let reports = Arc::new(Reports::default());
    let limits =
        Limits { time: Duration::from_millis(300), report: Duration::from_millis(20), ..quick() };
    let done = members::run(
        &synchronizer(&lab, limits),
        &MemberRun::default(),
        Arc::clone(&reports) as Arc<dyn Progress>,
    )
    .await
    .unwrap();
    assert_eq!(done.resources[0].problems[0].code, "budget_exhausted");
    assert_eq!(*reports.0.lock().unwrap(), BTreeSet::from([Slug::new(REGISTRATION).unwrap()]));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_exhausts_its_budget_is_continued_by_the_next() {
    let lab = lab().await;
    let set = |members: u32| {
        lab.sandbox.set_services(ServiceOptions {
            members,
            largest_page: 2,
            ..ServiceOptions::default()
        })
    };
    set(15);
    assert_eq!(
        sync(&lab, quick()).await.resources[0].enrolled,
        19,
        "but for the teacher who has launched"
    );
    assert_eq!(pages(&lab.sandbox), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    // The last student has left, and everyone else is on the list.
    lab.sandbox.remove_member(Course::Algebra, "1015");
    let budget = Limits { pages: 4, ..quick() };
    // A list that several runs have read may have skipped someone; the next complete one confirms
    // it.
    let pass = |unenrolled| {
        [
            (vec![0, 2, 4, 6], 0, 8, 1),
            (vec![8, 10, 12, 14], 0, 16, 1),
            (vec![16, 18], unenrolled, 19, 0),
        ]
    };
    for (read, unenrolled, listed, problems) in pass(0).into_iter().chain(pass(1)) {
        let done = sync(&lab, budget).await.resources.remove(0);
        assert_eq!(
            (
                pages(&lab.sandbox),
                done.unenrolled,
                done.listed,
                done.problems.len(),
                done.held_back
            ),
            (read, unenrolled, listed, problems, 0)
        );
        if let Some(problem) = done.problems.first() {
            assert_eq!(
                (problem.registration.as_str(), problem.code.as_str()),
                (REGISTRATION, "budget_exhausted")
            );
            assert!(problem.problem.contains("within 4 pages"), "{}", problem.problem);
            let pass = sync_status(&lab).links.remove(0).pass.unwrap();
            assert_eq!(u64::from(pass.members), listed);
            let answer = result_of(ltictl(&lab, &["sync", "status"]).await).1;
            assert!(
                answer.contains(&format!(
                    "{listed} members on {} pages have been read since",
                    listed / 2
                )),
                "{answer}"
            );
        }
        assert_eq!(is_enrolled(&lab, &lab.sandbox, "1015"), unenrolled == 0);
    }
    assert!(sync_status(&lab).links[0].pass.is_none());
    // The next one starts with the first page.
    sync(&lab, budget).await;
    assert_eq!(pages(&lab.sandbox), [0, 2, 4, 6]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_between_two_pages_stay_when_others_leave_between_two_runs() {
    // Pages by number of members, as most platforms have them: who leaves shifts everyone after
    // them.
    let people: Arc<Mutex<Vec<u32>>> = Arc::new(Mutex::new((0..12).collect()));
    // The last one is the teacher.
    let user = |number: u32| if number == 11 { "3".to_owned() } else { format!("p{number}") };
    let list = Arc::clone(&people);
    let script = Script::start(move |query| {
        let from: usize = query
            .split("from=")
            .nth(1)
            .map_or(0, |from| from.split('&').next().unwrap().parse().unwrap());
        let people = list.lock().unwrap();
        let members: Vec<serde_json::Value> = people
            .iter()
            .skip(from)
            .take(3)
            .map(|number| json!({ "user_id": user(*number) }))
            .collect();
        let mut response = axum::Json(json!({ "members": members })).into_response();
        if from + 3 < people.len() {
            response.headers_mut().insert(
                "link",
                format!("</members?from={}>; rel=\"next\"", from + 3).parse().unwrap(),
            );
        }
        response
    })
    .await;
    let lab = lab().await;
    launch_naming(&lab, &lab.sandbox, &script.url).await;
    assert_eq!(sync(&lab, quick()).await.resources[0].enrolled, 11);
    let budget = Limits { pages: 2, ..quick() };
    // The first of them leaves when the first half has been read: p6 is on no page of this pass.
    sync(&lab, budget).await;
    people.lock().unwrap().remove(0);
    let done = sync(&lab, budget).await.resources.remove(0);
    assert_eq!((done.problems.len(), done.unenrolled, done.listed), (0, 0, 11));
    assert!(is_enrolled(&lab, &lab.sandbox, "p6") && is_enrolled(&lab, &lab.sandbox, "p0"));
    // p0 was still on that list: two complete lists without p0 confirm who has left.
    let mut unenrolled = Vec::new();
    for _ in 0..4 {
        unenrolled.push(sync(&lab, budget).await.resources[0].unenrolled);
    }
    assert_eq!(unenrolled, [0, 0, 0, 1]);
    assert!(is_enrolled(&lab, &lab.sandbox, "p6") && !is_enrolled(&lab, &lab.sandbox, "p0"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_part_of_a_budget_ends_a_run_and_says_so() {
    let (lab, script) = (lab().await, Script::start(endless).await);
    launch_naming(&lab, &lab.sandbox, &script.url).await;
    for (limits, requests, says) in [
        (Limits { pages: 3, ..quick() }, 3, "within 3 pages"),
        (Limits { members: 5, ..quick() }, 3, "within 5 members"),
        (Limits { bytes: 100, ..quick() }, 3, "within 100 bytes"),
        (Limits { time: Duration::ZERO, ..quick() }, 0, "within 0ms"),
    ] {
        let problem = sync(&lab, limits).await.resources.remove(0).problems.remove(0);
        assert_eq!(
            (problem.registration.as_str(), problem.code.as_str()),
            (REGISTRATION, "budget_exhausted")
        );
        assert!(problem.problem.contains(says), "{} instead of {says}", problem.problem);
        assert_eq!(script.requests(), requests, "{says}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_without_end_is_given_up_and_said_to_be_too_long() {
    let (lab, script) = (lab().await, Script::start(endless).await);
    launch_naming(&lab, &lab.sandbox, &script.url).await;
    let limits = Limits { pages: 4, list_members: 20, ..quick() };
    let mut problems = Vec::new();
    for _ in 0..3 {
        problems.push(sync(&lab, limits).await.resources.remove(0).problems.remove(0).problem);
    }
    assert!(
        problems[0].contains("within 4 pages") && problems[1].contains("within 4 pages"),
        "{problems:?}"
    );
    assert!(problems[2].contains("more than 20 members"), "{problems:?}");
    assert_eq!(script.requests(), 11);
    assert!(sync_status(&lab).links[0].pass.is_none(), "it does not grow on");
    // The pages of all runs count together, too.
    let limits = Limits { pages: 4, ..quick() };
    sync(&lab, limits).await;
    let store = &mut lab.store();
    let link = store.read().status_links(Some(resource(&lab).id)).unwrap().remove(0).link;
    let pass = store.read().member_pass(link.id).unwrap().unwrap();
    store
        .write(|write| write.put_member_pass(link.id, &MemberPass { pages: 9_998, ..pass }))
        .unwrap();
    let problem = sync(&lab, limits).await.resources.remove(0).problems.remove(0);
    assert!(problem.problem.contains("does not end after 10000 pages"), "{}", problem.problem);
    assert!(sync_status(&lab).links[0].pass.is_none());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outdated_or_foreign_position_leads_back_to_the_first_page() {
    let (lab, elsewhere) = (lab().await, Script::start(endless).await);
    lab.sandbox.set_services(ServiceOptions {
        members: 5,
        largest_page: 2,
        ..ServiceOptions::default()
    });
    let budget = Limits { pages: 2, ..quick() };
    let link = lab.store().read().status_links(Some(resource(&lab).id)).unwrap().remove(0).link;
    let stored = || lab.store().read().member_pass(link.id).unwrap().unwrap();
    let store = |pass: &MemberPass| {
        lab.store().write(|write| write.put_member_pass(link.id, pass)).unwrap()
    };
    sync(&lab, budget).await;
    assert_eq!(pages(&lab.sandbox), [0, 2]);
    // The platform does not know it any more.
    lab.sandbox.add_fault(Fault::new(FaultKind::NotFound).at(Endpoint::Memberships).on("from=4"));
    sync(&lab, budget).await;
    assert_eq!(pages(&lab.sandbox), [4, 0, 2], "the old position is tried first");
    // It is too old for its list to be the same.
    store(&MemberPass {
        began_at: Clock::System.now() - SignedDuration::from_hours(73),
        ..stored()
    });
    sync(&lab, budget).await;
    assert_eq!(pages(&lab.sandbox), [0, 2]);
    // It is not one of this list, or not even of this platform.
    for wrong in [
        MemberPass { first_url: elsewhere.url.clone(), ..stored() },
        MemberPass { next_url: elsewhere.url.clone(), ..stored() },
        MemberPass { next_url: "nonsense".into(), ..stored() },
    ] {
        store(&wrong);
        sync(&lab, budget).await;
        assert_eq!(pages(&lab.sandbox), [0, 2], "{wrong:?}");
    }
    assert_eq!(elsewhere.requests(), 0, "no token is sent there");
    // A launch has brought another list.
    launch_naming(&lab, &lab.sandbox, &elsewhere.url).await;
    sync(&lab, budget).await;
    assert_eq!((pages(&lab.sandbox).len(), elsewhere.requests()), (0, 2));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_two_thousand_pages_with_an_error_in_a_thousand_completes() {
    let lab = lab().await;
    lab.sandbox.set_services(ServiceOptions {
        members: 1_995,
        largest_page: 1,
        ..ServiceOptions::default()
    });
    for (kind, after) in [
        (FaultKind::TooManyRequests, 1),
        (FaultKind::ServerError, 400),
        (FaultKind::Dropped, 900),
        (FaultKind::CutOff, 1_400),
        (FaultKind::Unavailable, 1_999),
    ] {
        lab.sandbox.add_fault(
            Fault::new(kind).at(Endpoint::Memberships).after(after).with_wait(Duration::ZERO),
        );
    }
    let done = sync(&lab, quick()).await.resources.remove(0);
    assert_eq!((done.listed, done.enrolled, done.problems), (2_000, 1_999, Vec::new()));
    assert_eq!(pages(&lab.sandbox).len(), 2_005, "only the pages that failed were requested again");
    // A page that fails longer ends the run, and the next one continues with it.
    lab.sandbox.add_fault(
        Fault::new(FaultKind::Unavailable)
            .at(Endpoint::Memberships)
            .on("from=3")
            .with_wait(Duration::from_secs(60))
            .times(1),
    );
    let failed = sync(&lab, quick()).await.resources.remove(0);
    assert_eq!(
        (failed.listed, failed.problems[0].code.as_str(), pages(&lab.sandbox)),
        (3, "platform_failing", vec![0, 1, 2, 3])
    );
    let done = sync(&lab, quick()).await.resources.remove(0);
    assert_eq!((done.listed, done.problems.len(), pages(&lab.sandbox)[0]), (2_000, 0, 3));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_cannot_be_read_protects_its_own_people_and_no_one_else() {
    let lab = lab().await;
    let other = second_platform(&lab).await;
    lab.sandbox.set_services(ServiceOptions { members: 10, ..ServiceOptions::default() });
    other.set_services(ServiceOptions { members: 10, ..ServiceOptions::default() });
    sync(&lab, quick()).await;
    // Sam of the one platform is Sam of the other one.
    let both = account(&lab, &lab.sandbox, "4").unwrap();
    let second = account(&lab, &other, "4").unwrap();
    lab.store().write(|write| write.delete_account(second)).unwrap();
    lab.share_account(both, &other, "4");
    sync(&lab, quick()).await;
    assert_eq!(count_enrolled(&lab), 29, "fifteen at each, and Sam at both");

    for sub in ["4", "5"] {
        lab.sandbox.remove_member(Course::Algebra, sub);
    }
    other.remove_member(Course::Algebra, "5");
    other.add_fault(Fault::new(FaultKind::Forbidden).at(Endpoint::Memberships).always());
    let done = sync(&lab, quick()).await.resources.remove(0);
    assert_eq!((done.unenrolled, done.problems.len()), (1, 1));
    assert!(
        !is_enrolled(&lab, &lab.sandbox, "5"),
        "a slow platform cannot keep another's people in"
    );
    assert!(is_enrolled(&lab, &lab.sandbox, "4"), "the other platform may still have Sam");
    assert!(is_enrolled(&lab, &other, "5"), "no one knows who is missing there");
    // The last thing that the other platform said of Sam counts, even when it is not asked.
    let only = MemberRun { registration: Some(REGISTRATION.into()), ..MemberRun::default() };
    let done = members::run(&synchronizer(&lab, quick()), &only, Arc::new(NoProgress))
        .await
        .unwrap()
        .resources
        .remove(0);
    assert_eq!((done.unenrolled, done.listed), (0, 13));
    other.cancel_faults();
    other.remove_member(Course::Algebra, "4");
    assert_eq!(sync(&lab, quick()).await.resources[0].unenrolled, 2);
    assert!(!is_enrolled(&lab, &lab.sandbox, "4") && !is_enrolled(&lab, &other, "5"));
    other.shutdown().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_half_is_counted_per_link_and_the_platform_is_named() {
    let lab = lab().await;
    let other = second_platform(&lab).await;
    lab.sandbox.set_services(ServiceOptions { members: 30, ..ServiceOptions::default() });
    sync(&lab, quick()).await;
    // Four of five are missing on the one platform, one of 35 on the other: few of all forty.
    for sub in ["2", "4", "5", "6"] {
        other.remove_member(Course::Algebra, sub);
    }
    lab.sandbox.remove_member(Course::Algebra, "5");
    let (code, planned, _) =
        result_of(ltictl(&lab, &["sync", "members", "--dry-run", "-o", "json"]).await);
    let (real_code, done, remarks) =
        result_of(ltictl(&lab, &["sync", "members", "-o", "json"]).await);
    let read =
        |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["resources"].clone();
    assert_eq!((code, real_code, read(&planned)), (7, 7, read(&done)));
    let held =
        json!([{ "registration": OTHER, "resource_link_id": "21", "missing": 4, "members": 5 }]);
    assert_eq!(
        (
            &read(&done)[0]["unenrolled"],
            &read(&done)[0]["held_back"],
            &read(&done)[0]["held_back_links"]
        ),
        (&json!(1), &json!(4), &held)
    );
    let hint = format!("ltictl sync members --resource {RESOURCE} --registration {OTHER} --force");
    assert!(
        remarks.contains(&format!("{OTHER} no longer lists 4 of the 5 members of the link 21"))
            && remarks.contains(&hint),
        "{remarks}"
    );
    assert!(!is_enrolled(&lab, &lab.sandbox, "5") && is_enrolled(&lab, &other, "5"));
    let status = result_of(ltictl(&lab, &["sync", "status"]).await).1;
    assert!(
        status.contains(&format!(
            "4 of 5 members are missing from the list that {OTHER} sends for the link 21"
        )) && status.contains(&hint),
        "{status}"
    );
    // The command of the hint, unchanged.
    let (code, ..) = result_of(ltictl(&lab, &hint.split(' ').skip(1).collect::<Vec<_>>()).await);
    assert_eq!((code, count_enrolled(&lab)), (0, 35));
    other.shutdown().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_at_one_registration_does_not_block_the_others() {
    let lab = lab().await;
    let other = second_platform(&lab).await;
    let sam = lab.account_of(User::Sam, "sam");
    lab.share_account(sam, &other, "4");
    for sandbox in [&lab.sandbox, &other] {
        let mut browser = lab.browser.another();
        let page = sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
        assert_eq!(page.status, 303);
    }
    let score = Some("5".parse().unwrap());
    grade::set(
        &mut lab.store(),
        &RESOURCE.into(),
        &"sam".into(),
        &NewGrade { score, ..NewGrade::default() },
        Clock::System.now(),
    )
    .unwrap();
    let busy = Slug::new(OTHER).unwrap();
    let id = lab.store().read().registration(&busy).unwrap().unwrap().id;
    let until = Clock::System.now() + SignedDuration::from_secs(30);
    for work in ["members", "grades"] {
        lab.store()
            .write(|write| {
                write.take_lease(
                    &format!("{work}/{id}"),
                    "another process",
                    Clock::System.now(),
                    until,
                )
            })
            .unwrap();
    }
    let done = sync(&lab, quick()).await;
    assert_eq!((done.busy, done.busy_registrations), (false, vec![busy.clone()]));
    assert!(is_enrolled(&lab, &lab.sandbox, "5") && !is_enrolled(&lab, &other, "5"));
    let sent =
        grades::run(&synchronizer(&lab, quick()), &GradeRun::default(), Arc::new(NoProgress))
            .await
            .unwrap();
    assert_eq!((sent.busy, sent.busy_registrations, sent.sent), (false, vec![busy], 1));
    let status = sync_status(&lab);
    let at_work: Vec<(&str, bool, bool)> = status
        .platforms
        .iter()
        .map(|platform| {
            (platform.registration.as_str(), platform.grades_under_way, platform.members_under_way)
        })
        .collect();
    assert_eq!(at_work, [(OTHER, true, true), (REGISTRATION, false, false)]);
    let only = MemberRun { registration: Some(OTHER.into()), ..MemberRun::default() };
    assert!(
        members::run(&synchronizer(&lab, quick()), &only, Arc::new(NoProgress)).await.unwrap().busy
    );
    other.shutdown().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_huge_page_is_written_in_small_transactions() {
    let script = Script::start(|_| {
        let members: Vec<serde_json::Value> =
            (0..1_200).map(|number| json!({ "user_id": format!("u{number}") })).collect();
        (StatusCode::OK, axum::Json(json!({ "members": members }))).into_response()
    })
    .await;
    let lab = lab().await;
    launch_naming(&lab, &lab.sandbox, &script.url).await;
    assert_eq!(sync(&lab, quick()).await.resources[0].enrolled, 1_200);
    let filter = AuditFilter { noun: Some("members".into()), limit: 100, ..AuditFilter::default() };
    let entries = lab.store().read().audit_entries(&filter).unwrap();
    let made = |entry: &ltictl::domain::AuditEntry| {
        let counts: serde_json::Value =
            serde_json::from_str(entry.after.as_deref().unwrap()).unwrap();
        counts["accounts_created"].as_u64()
    };
    assert_eq!(
        entries.iter().rev().map(made).collect::<Vec<_>>(),
        [Some(500), Some(500), Some(200)]
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unfinished_list_does_not_starve_the_other_links_of_its_platform() {
    let lab = lab().await;
    lab.launch(&LaunchChoice { course: Course::Biology, ..LaunchChoice::teacher() }).await;
    lab.sandbox.add_member(Course::Biology, Member::student("bio", "Bio", "Student"));
    lab.sandbox.set_services(ServiceOptions {
        members: 7,
        largest_page: 2,
        ..ServiceOptions::default()
    });
    // One page a run: the list of the first link is not finished for long, and the other one has
    // its turn in between.
    let limits = Limits { pages: 1, ..quick() };
    let mut asked = Vec::new();
    for _ in 0..4 {
        sync(&lab, limits).await;
        let log = lab.sandbox.service_log();
        lab.sandbox.clear_service_log();
        let call =
            log.calls.iter().find(|call| call.endpoint == Some(Endpoint::Memberships)).unwrap();
        asked.push(call.path.contains("/services/3/"));
    }
    assert!(asked.contains(&true) && asked.contains(&false), "{asked:?}");
    assert_ne!(asked[0], asked[1], "{asked:?}");
    lab.stop().await;
}
