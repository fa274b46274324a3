//! Grades on their way to the platform, over real HTTP: what is sent, when, where, and what becomes of it when something goes wrong.

mod lab;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use ltictl::domain::{AccountLink, ActivityProgress, Clock, DeploymentId, Name, PlatformUser};
use ltictl::sandbox::{self, Course, Endpoint, Fault, FaultKind, LaunchChoice, Link, MemberStatus, Role, Sandbox, User};
use ltictl::usecase::connect::{self, PlatformChange};
use ltictl::usecase::grade::NewGrade;
use ltictl::usecase::publish::{self, ResourceChange};
use ltictl::usecase::register;
use ltictl::usecase::sync::grades::{self, GradeRun, GradeSummary};
use ltictl::usecase::sync::status::{self, SyncStatus};
use ltictl::usecase::sync::{Silent, schedule};
use serde_json::{Value, json};

use self::lab::{Lab, REGISTRATION, RESOURCE};

const AGS: &str = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint";
const SCOPE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/";

/// A lab in which Sam and Zoe have come through the algebra quiz, which has line item 21.
async fn class() -> Lab {
    let lab = Lab::start().await;
    for (user, username) in [(User::Sam, "sam"), (User::Zoe, "zoe")] {
        lab.account_of(user, username);
        come(&lab, &LaunchChoice::of(user)).await;
    }
    lab
}

async fn come(lab: &Lab, choice: &LaunchChoice) {
    let page = lab.launch(choice).await;
    assert_eq!(page.status, 303, "{}", page.body);
}

fn through(user: User, course: Course, link: Link) -> LaunchChoice {
    LaunchChoice { course, link, ..LaunchChoice::of(user) }
}

/// A launch without a line item of its own.
fn without_line_item(choice: LaunchChoice) -> LaunchChoice {
    choice.patched(json!({ AGS: { "lineitem": null } }))
}

fn change(lab: &Lab, change: &ResourceChange) {
    publish::update(&mut lab.store(), RESOURCE, change, Clock::System.now()).unwrap();
}

fn sync_status(lab: &Lab) -> SyncStatus {
    status::status(lab.store().read(), None, Clock::System.now()).unwrap()
}

fn counts(summary: &GradeSummary) -> (u64, u32, u32) {
    (summary.sent, summary.waiting, summary.refused)
}

fn score(item: u32, user: &str, score: f64) -> (u32, String, Option<f64>) {
    (item, user.to_owned(), Some(score))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_is_sent_and_nothing_else() {
    let lab = class().await;
    lab.set_grade("sam", Some(0.0));
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 0.0)], "the first grade may be a zero");
    assert_eq!(counts(&lab.send_grades().await), (0, 0, 0));
    assert_eq!(lab.sandbox.service_log().calls, [], "who has nothing to send asks nobody");

    for changed in [7.5, 8.0, 7.5] {
        lab.set_grade("sam", Some(changed));
        assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
        let log = lab.sandbox.service_log();
        assert_eq!((log.scores[0].score_maximum, log.scores[0].activity_progress.as_str()), (Some(10.0), "Completed"));
        assert_eq!(lab.taken(), [score(21, "4", changed)]);
    }
    // The platform's column goes up to 100.
    assert_eq!(lab.sandbox.grade_book(Course::Algebra)[0].grades["4"].score, Some(75.0));

    lab.set_whole_grade("sam", &NewGrade { score: Some("7.5".parse().unwrap()), comment: Some("Well done".into()), ..NewGrade::default() });
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.sandbox.service_log().scores[0].comment.as_deref(), Some("Well done"));

    lab.sandbox.clear_service_log();
    lab.set_grade("sam", None);
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [(21, "4".to_owned(), None)], "a grade that is taken away is cleared");
    assert_eq!(lab.sandbox.grade_book(Course::Algebra)[0].grades["4"].score, None);
    assert_eq!(counts(&lab.send_grades().await), (0, 0, 0));

    lab.set_grade("zoe", None);
    assert_eq!(counts(&lab.send_grades().await), (0, 0, 0), "where there was nothing there is nothing to clear");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_grow_by_whole_seconds_however_fast_grades_change() {
    let lab = class().await;
    for points in 1..=5 {
        lab.set_grade("sam", Some(points.into()));
        lab.set_grade("zoe", Some(points.into()));
        assert_eq!(counts(&lab.send_grades().await), (2, 0, 0));
    }
    let log = lab.sandbox.service_log();
    assert!(log.calls.iter().filter(|call| call.endpoint == Some(Endpoint::Scores)).all(|call| call.status == Some(200)), "{:?}", log.calls);
    for user in ["4", "5"] {
        let seconds: Vec<i64> = log.scores.iter().filter(|score| score.user_id == user).map(|score| score.timestamp.as_second()).collect();
        assert!(seconds.len() == 5 && seconds.is_sorted_by(|one, next| one < next), "{seconds:?}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_learners_get_grades_and_unfinished_ones_wait_where_completion_counts() {
    let lab = class().await;
    lab.account_of(User::Tina, "tina");
    come(&lab, &LaunchChoice::teacher()).await;
    lab.set_grade("tina", Some(9.0));
    // An assistant who once came as a student.
    come(&lab, &LaunchChoice { role: Role::Assistant, ..through(User::Zoe, Course::Algebra, Link::Essay) }).await;
    lab.set_grade("zoe", Some(9.0));
    change(&lab, &ResourceChange { completion_required: Some(true), ..ResourceChange::default() });
    let grade = |progress| NewGrade { score: Some("4".parse().unwrap()), activity_progress: Some(progress), ..NewGrade::default() };
    lab.set_whole_grade("sam", &grade(ActivityProgress::InProgress));
    assert_eq!(counts(&lab.send_grades().await), (0, 0, 0));
    assert_eq!(sync_status(&lab).links[0].grades.unwrap().waiting, 1);
    lab.set_whole_grade("sam", &grade(ActivityProgress::Completed));
    // The essay has a line item too, for the same resource in the same course.
    assert_eq!(counts(&lab.send_grades().await), (2, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 4.0), score(22, "4", 4.0)]);

    change(&lab, &ResourceChange { completion_required: Some(false), ..ResourceChange::default() });
    lab.set_whole_grade("sam", &grade(ActivityProgress::Submitted));
    assert_eq!(counts(&lab.send_grades().await), (2, 0, 0));
    // What is not synchronised is not sent.
    change(&lab, &ResourceChange { grade_sync: Some("off".parse().unwrap()), ..ResourceChange::default() });
    lab.set_grade("sam", Some(5.0));
    assert_eq!(counts(&lab.send_grades().await), (0, 0, 0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_comes_later_gets_the_grade_and_each_link_is_on_its_own() {
    let lab = class().await;
    lab.set_grade("sam", Some(6.0));
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    lab.taken();
    come(&lab, &through(User::Sam, Course::Biology, Link::Essay)).await;
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(32, "4", 6.0)]);

    // Another link of the same course with a line item gets it although Sam never came through it.
    come(&lab, &through(User::Zoe, Course::Biology, Link::Quiz)).await;
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(31, "4", 6.0)]);

    lab.set_grade("sam", Some(9.0));
    lab.sandbox.order(Fault::new(FaultKind::Forbidden).on("/lineitems/32/"));
    assert_eq!(counts(&lab.send_grades().await), (2, 0, 1));
    let mut taken = lab.taken();
    taken.sort_by_key(|taken| taken.0);
    assert_eq!(taken, [score(21, "4", 9.0), score(31, "4", 9.0)]);
    assert_eq!(counts(&lab.send_grades().await), (0, 0, 1), "what was refused is not repeated");
    assert_eq!(counts(&lab.send_grades_again().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(32, "4", 9.0)], "and then alone");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_without_line_item_finds_its_own_or_makes_one_and_never_two() {
    let lab = Lab::start().await;
    lab.account_of(User::Sam, "sam");
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    // The platform has a column for the link and does not say so at the launch.
    come(&lab, &without_line_item(LaunchChoice::student())).await;
    lab.set_grade("sam", Some(5.0));
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 5.0)]);

    // There is none at all: one is made, although the answer to the first request is lost.
    let item = lab.add_content(Course::Algebra).await;
    come(&lab, &LaunchChoice::student().opening(&item)).await;
    lab.sandbox.order(Fault::new(FaultKind::DroppedAfterwards).at(Endpoint::NewLineItem));
    assert_eq!(counts(&lab.send_grades().await), (0, 1, 0));
    assert_eq!(counts(&lab.send_grades_again().await), (1, 0, 0));
    let log = lab.sandbox.service_log();
    assert_eq!(log.count(Endpoint::NewLineItem), 1);
    assert!(log.calls.iter().all(|call| call.endpoint == Some(Endpoint::Token) || call.path.contains("type_id=1")), "{:?}", log.calls);
    let columns = lab.sandbox.grade_book(Course::Algebra);
    let made: Vec<_> = columns.iter().filter(|column| !column.coupled).collect();
    assert_eq!(made.len(), 1);
    assert_eq!((made[0].label.as_str(), made[0].score_maximum, made[0].tag.as_str()), ("Algebra quiz", 10.0, "grade"));
    assert_eq!((&made[0].resource_id, made[0].resource_link_id.as_ref()), (&lab.resource_uuid, Some(&item.id)));
    assert_eq!(lab.taken(), [score(made[0].id, "4", 5.0)]);

    // The course was copied: the column came along without its link.
    let copy = lab.add_content(Course::Biology).await;
    let copied = create_column(&lab, 3, &json!({ "label": "Algebra quiz", "scoreMaximum": 10, "resourceId": lab.resource_uuid, "tag": "grade" })).await;
    come(&lab, &LaunchChoice::student().opening(&copy)).await;
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(copied, "4", 5.0)]);
    // A second link in the copy gets a column of its own.
    let second = lab.add_content(Course::Biology).await;
    come(&lab, &LaunchChoice::student().opening(&second)).await;
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.sandbox.grade_book(Course::Biology).iter().filter(|column| !column.coupled).count(), 2);

    // All of them are known from now on.
    lab.sandbox.clear_service_log();
    lab.set_grade("sam", Some(6.0));
    assert_eq!(counts(&lab.send_grades().await), (4, 0, 0));
    assert_eq!(lab.sandbox.service_log().count(Endpoint::LineItems), 0);
    lab.stop().await;
}

async fn create_column(lab: &Lab, course: u32, column: &Value) -> u32 {
    let token = lab.sandbox.access_token(&[&format!("{SCOPE}lineitem")]);
    let url = format!("{}/services/{course}/lineitems?type_id=1", lab.sandbox.issuer());
    let request = reqwest::Client::builder().no_proxy().build().unwrap().post(url).bearer_auth(token);
    let answer = request.header("content-type", "application/vnd.ims.lis.v2.lineitem+json").body(column.to_string()).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 201);
    let made: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    lab.sandbox.clear_service_log();
    lab::sync::number_of(made["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_item_that_is_gone_is_looked_for_again() {
    let lab = Lab::start().await;
    lab.account_of(User::Sam, "sam");
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    let item = lab.add_content(Course::Algebra).await;
    come(&lab, &LaunchChoice::student().opening(&item)).await;
    lab.set_grade("sam", Some(5.0));
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    let made = lab.taken()[0].0;
    let token = lab.sandbox.access_token(&[&format!("{SCOPE}lineitem")]);
    let url = format!("{}/services/2/lineitems/{made}/lineitem?type_id=1", lab.sandbox.issuer());
    let deleted = reqwest::Client::builder().no_proxy().build().unwrap().delete(url).bearer_auth(token).send().await.unwrap();
    assert_eq!(deleted.status().as_u16(), 204);
    lab.set_grade("sam", Some(6.0));
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    let taken = lab.taken();
    assert!(taken.len() == 1 && taken[0].0 != made && taken[0].2 == Some(6.0), "{taken:?}");

    // The link's own, which the platform still names: found once more by the link, and gone for good if that does not help.
    come(&lab, &LaunchChoice::student()).await;
    lab.sandbox.order(Fault::new(FaultKind::NotFound).on("/lineitems/21/").saying("Grade item 21 is gone"));
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 6.0)]);
    lab.set_grade("sam", Some(7.0));
    lab.sandbox.order(Fault::new(FaultKind::NotFound).on("/lineitems/21/").saying("Grade item 21 is gone").times(2));
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 1));
    let stuck = sync_status(&lab).stuck;
    assert!(stuck.len() == 1 && stuck[0].trouble.problem.contains("Grade item 21 is gone"), "{stuck:?}");
    assert!(stuck[0].trouble.fix.contains("Launch the link once more"), "{stuck:?}");
    // Which helps.
    come(&lab, &LaunchChoice::student()).await;
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_that_is_missing_is_told_and_waits_for_a_launch_that_brings_it() {
    let lab = class().await;
    let granted = |names: &[&str]| json!({ AGS: { "scope": names.iter().map(|name| format!("{SCOPE}{name}")).collect::<Vec<_>>() } });
    come(&lab, &LaunchChoice::student().patched(granted(&["lineitem.readonly"]))).await;
    lab.set_grade("sam", Some(5.0));
    let summary = lab.send_grades().await;
    assert_eq!((counts(&summary), summary.problems[0].code.as_str()), ((0, 0, 1), "scope_not_granted"));
    assert_eq!(lab.sandbox.service_log().calls, [], "nobody is asked for what is not granted");
    let again = lab.send_grades().await;
    assert_eq!((counts(&again), again.problems.len()), ((0, 0, 1), 0));
    let stuck = sync_status(&lab).stuck;
    assert!(stuck[0].trouble.problem.contains("lti-ags/scope/score"), "{stuck:?}");
    come(&lab, &LaunchChoice::student().patched(granted(&["score"]))).await;
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 5.0)]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_kept_in_the_platforms_words_and_tried_again_only_when_asked() {
    let lab = class().await;
    lab.set_grade("sam", Some(5.0));
    lab.set_grade("zoe", Some(6.0));
    assert!(lab.sandbox.set_member_status(Course::Algebra, "4", MemberStatus::Inactive));
    let summary = lab.send_grades().await;
    assert_eq!((counts(&summary), summary.problems.len(), summary.problems[0].registration.as_str()), ((1, 0, 1), 1, REGISTRATION));
    assert!(summary.problems[0].problem.contains("The user 4 cannot be graded in this course"), "{summary:?}");
    assert_eq!(lab.taken(), [score(21, "5", 6.0)]);
    assert_eq!(counts(&lab.send_grades().await), (0, 0, 1));
    assert_eq!(lab.sandbox.service_log().calls, []);
    let status = sync_status(&lab);
    let grades = status.links[0].grades.unwrap();
    assert_eq!((grades.accepted, grades.waiting, grades.refused), (1, 0, 1));
    let stuck = &status.stuck[0];
    assert_eq!((stuck.account.as_str(), stuck.sub.as_str(), stuck.tries, stuck.next_try_at), ("sam", "4", 1, None));
    assert!(stuck.trouble.problem.contains("cannot be graded") && stuck.trouble.fix.contains("ltictl sync grades --retry"), "{stuck:?}");

    lab.sandbox.set_member_status(Course::Algebra, "4", MemberStatus::Active);
    let plan = lab.send(&GradeRun { dry_run: true, retry: true, ..GradeRun::default() }).await;
    assert_eq!((plan.sent, plan.planned[0].grade.as_str()), (1, "5/10"));
    assert_eq!(counts(&lab.send_grades_again().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 5.0)]);
    assert!(sync_status(&lab).stuck.is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_passes_is_repeated_and_what_was_taken_is_taken_once() {
    let lab = class().await;
    let second = Duration::from_secs(1);
    for (points, fault, at_least) in [
        (1, Fault::new(FaultKind::TooManyRequests).waiting(second), second),
        (2, Fault::new(FaultKind::TooManyRequestsUntil).waiting(second * 2), second),
        (3, Fault::new(FaultKind::TooManyRequests).silent(), second / 4),
        (4, Fault::new(FaultKind::ServerError), second / 4),
        (5, Fault::new(FaultKind::Unavailable).waiting(second), second),
        (6, Fault::new(FaultKind::Forbidden).saying("Rate Limit Exceeded"), second / 4),
        (7, Fault::new(FaultKind::TimeOut), second / 2),
        (8, Fault::new(FaultKind::Dropped), Duration::ZERO),
        (9, Fault::new(FaultKind::DroppedAfterwards), Duration::ZERO),
        (10, Fault::new(FaultKind::ErrorAfterwards), Duration::ZERO),
        (11, Fault::new(FaultKind::Unauthorized), Duration::ZERO),
        (12, Fault::new(FaultKind::Conflict), Duration::ZERO),
    ] {
        lab.set_grade("sam", Some(points.into()));
        lab.sandbox.order(fault.clone().at(Endpoint::Scores));
        let start = Instant::now();
        assert_eq!(counts(&lab.send_grades().await), (1, 0, 0), "{fault:?}");
        assert!(start.elapsed() >= at_least, "{fault:?} after {:?}", start.elapsed());
        assert!(lab.sandbox.faults().is_empty(), "{fault:?}");
        assert_eq!(lab.taken(), [score(21, "4", points.into())], "{fault:?}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_stays_lost_is_settled_by_the_next_run_under_the_same_time() {
    let lab = class().await;
    lab.set_grade("sam", Some(5.0));
    // Taken, and then the platform is out of order until the run gives up.
    lab.sandbox.order(Fault::new(FaultKind::ErrorAfterwards).at(Endpoint::Scores));
    lab.sandbox.order(Fault::new(FaultKind::TooManyRequests).waiting(Duration::from_secs(60)).at(Endpoint::Scores));
    let summary = lab.send_grades().await;
    assert_eq!((counts(&summary), summary.problems[0].code.as_str()), ((0, 1, 0), "platform_busy"));
    let stuck = &sync_status(&lab).stuck[0];
    assert!(stuck.next_try_at.unwrap() >= Timestamp::now() + SignedDuration::from_secs(50), "{stuck:?}");
    assert_eq!(counts(&lab.send_grades().await), (0, 1, 0), "the platform is left alone as long as it wants");
    assert_eq!(counts(&lab.send_grades_again().await), (1, 0, 0));
    let log = lab.sandbox.service_log();
    assert_eq!(
        log.calls.iter().filter(|call| call.endpoint == Some(Endpoint::Scores)).map(|call| call.status).collect::<Vec<_>>(),
        [Some(500), Some(429), Some(409)]
    );
    assert_eq!(lab.taken(), [score(21, "4", 5.0)]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_with_something_newer_gets_the_grade_under_the_present_time() {
    let lab = class().await;
    lab.set_grade("sam", Some(5.0));
    let newer = json!({
        "userId": "4", "scoreGiven": 1, "scoreMaximum": 10, "activityProgress": "Completed", "gradingProgress": "FullyGraded",
        "timestamp": (Timestamp::now() + SignedDuration::from_secs(1)).to_string(),
    });
    let url = format!("{}/services/2/lineitems/21/lineitem/scores?type_id=1", lab.sandbox.issuer());
    let token = lab.sandbox.access_token(&[&format!("{SCOPE}score")]);
    let request = reqwest::Client::builder().no_proxy().build().unwrap().post(url).bearer_auth(token);
    let answer = request.header("content-type", "application/vnd.ims.lis.v1.score+json").body(newer.to_string()).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    lab.taken();
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 5.0)]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_page_in_front_of_the_platform_takes_no_grade() {
    let lab = class().await;
    lab.set_grade("sam", Some(5.0));
    lab.sandbox.order(Fault::new(FaultKind::Html).at(Endpoint::Scores));
    let summary = lab.send_grades().await;
    assert_eq!((counts(&summary), summary.problems[0].code.as_str()), ((0, 1, 0), "answer_unreadable"));
    lab.sandbox.order(Fault::new(FaultKind::Redirect).at(Endpoint::Scores));
    assert_eq!(counts(&lab.send_grades_again().await), (0, 1, 0));
    assert_eq!(counts(&lab.send_grades_again().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 5.0)]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_gets_eight_requests_at_once_and_none_for_long_when_it_is_down() {
    let lab = class().await;
    lab.enrol_crowd(120);
    let mut services = lab.sandbox.services();
    services.latency = Duration::from_millis(20);
    lab.sandbox.set_services(services);
    lab.sandbox.order(Fault::new(FaultKind::Unavailable).waiting(Duration::from_secs(3600)).at(Endpoint::Scores).for_ever());
    assert_eq!(counts(&lab.send_grades().await), (0, 120, 0));
    assert!(lab.sandbox.service_log().count(Endpoint::Scores) <= 8, "a platform that wants an hour's peace has it");
    lab.sandbox.cancel_faults();
    lab.sandbox.clear_service_log();
    assert_eq!(counts(&lab.send_grades_again().await), (120, 0, 0));
    assert_eq!(lab.sandbox.service_log().most_at_once, 8);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_synchronisations_at_once_double_nothing() {
    let lab = class().await;
    lab.enrol_crowd(60);
    let mut services = lab.sandbox.services();
    services.latency = Duration::from_millis(20);
    lab.sandbox.set_services(services);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ltictl"));
    command.args(["sync", "grades", "-o", "json"]).env("LTICTL_DB", &lab.database);
    let synchroniser = lab.synchroniser(Clock::System);
    let ((), output) = tokio::join!(schedule::once(&synchroniser), async { tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap() });
    assert!(output.status.success(), "{output:?}");
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(summary["busy"] == true || summary["sent"] == 0 || summary["sent"] == 60, "{summary}");
    let taken = lab.taken();
    let users: BTreeSet<&str> = taken.iter().map(|(_, user, _)| user.as_str()).collect();
    assert_eq!((taken.len(), users.len()), (60, 60));
    assert_eq!(counts(&lab.send_grades().await), (0, 0, 0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_passes_on_when_its_holder_dies() {
    let lab = class().await;
    lab.set_grade("sam", Some(5.0));
    let now = Timestamp::now();
    lab.store().write(|write| write.take_lease("grades", "somebody else", now, now + SignedDuration::from_secs(30))).unwrap();
    assert!(lab.send_grades().await.busy);
    assert!(sync_status(&lab).grades_under_way);
    assert_eq!(lab.taken(), []);
    for (seconds, is_busy) in [(29, true), (31, false)] {
        let later = lab.synchroniser(Clock::Fixed(now + SignedDuration::from_secs(seconds)));
        assert_eq!(grades::run(&later, &GradeRun::default(), Arc::new(Silent)).await.unwrap().busy, is_busy, "{seconds}");
    }
    assert_eq!(lab.taken(), [score(21, "4", 5.0)]);
    assert!(!sync_status(&lab).grades_under_way);
    lab.stop().await;
}

/// A registration of its own platform beside the lab's, with the same resource; Sam has come from there too.
async fn second_platform(lab: &Lab) -> Sandbox {
    let sandbox = Sandbox::start(sandbox::Options::local()).await.unwrap();
    let (mut store, now) = (lab.store(), Clock::System.now());
    register::create(&mut store, &Name::new("Another platform").unwrap(), None, false, now).unwrap();
    let change = PlatformChange {
        issuer: Some(sandbox.issuer().to_owned()),
        client_id: Some(sandbox.client_id().to_owned()),
        keyset_url: Some(sandbox.keyset_url()),
        access_token_url: Some(sandbox.access_token_url()),
        authentication_request_url: Some(sandbox.authentication_request_url()),
        ..PlatformChange::default()
    };
    connect::set_platform(&mut store, "another-platform", &change, now).unwrap();
    connect::add_deployment(&mut store, "another-platform", DeploymentId::new(sandbox.deployment_id()).unwrap(), None, false, now).unwrap();
    let mut tool = lab.sandbox.tool().unwrap();
    tool.initiate_login_url = format!("{}/lti/login/another-platform", lab.url);
    sandbox.set_tool(tool);
    let user = PlatformUser { issuer: sandbox.issuer().to_owned(), tenant: String::new(), sub: "4".to_owned() };
    let link = AccountLink { user, made_account: false, created_at: now, last_launch_at: None };
    let sam = store.read().account("sam").unwrap().unwrap();
    assert!(store.write(|write| write.insert_account_link(sam.id, &link)).unwrap());
    assert_eq!(sandbox.launch(&mut lab.browser.another(), &LaunchChoice::student()).await.unwrap().status, 303);
    sandbox
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_is_down_does_not_delay_another() {
    let lab = class().await;
    let other = second_platform(&lab).await;
    lab.set_grade("sam", Some(5.0));
    lab.set_grade("zoe", Some(6.0));
    // No answer at all, four times for each of two grades at the same time.
    lab.sandbox.order(Fault::new(FaultKind::TimeOut).at(Endpoint::Scores).for_ever());
    let started = Timestamp::now();
    let summary = lab.send_grades().await;
    assert_eq!((counts(&summary), summary.problems.len(), summary.problems[0].code.as_str()), ((1, 2, 0), 1, "platform_unreachable"));
    let took = Timestamp::now().duration_since(started);
    let accepted = &other.service_log().scores;
    assert_eq!((accepted.len(), accepted[0].user_id.as_str()), (1, "4"));
    let waited = accepted[0].at.duration_since(started);
    assert!(waited < SignedDuration::from_secs(1) && took > SignedDuration::from_secs(2), "after {waited:#} of {took:#}");
    lab.sandbox.cancel_faults();
    assert_eq!(counts(&lab.send_grades_again().await), (2, 0, 0));
    assert_eq!(other.service_log().scores.len(), 1);
    other.shutdown().await;
    lab.stop().await;
}

/// Runs `ltictl sync …` on the lab's database: exit code, standard output, standard error.
async fn ltictl(lab: &Lab, arguments: &[&str]) -> (i32, String, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ltictl"));
    command.arg("sync").args(arguments).env("LTICTL_DB", &lab.database).env("NO_COLOR", "1");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_says_what_it_did_and_its_exit_code_whether_all_is_well() {
    let lab = class().await;
    lab.set_grade("sam", Some(7.5));
    lab.set_grade("zoe", Some(6.0));
    let planned = json!({ "registration": REGISTRATION, "resource": RESOURCE, "resource_link_id": "21", "sub": "4", "grade": "7.5/10" });
    let (code, answer, remarks) = ltictl(&lab, &["grades", "--dry-run", "-o", "json"]).await;
    let plan: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((code, &plan["dry_run"], &plan["sent"], &plan["planned"][0], remarks.as_str()), (0, &json!(true), &json!(2), &planned, ""));
    let (code, answer, _) = ltictl(&lab, &["grades", "--dry-run"]).await;
    assert!(code == 0 && answer.lines().count() == 3 && answer.contains("7.5/10"), "{answer}");
    assert_eq!(lab.sandbox.service_log().calls, [], "a plan sends nothing");

    lab.sandbox.set_member_status(Course::Algebra, "5", MemberStatus::Inactive);
    let (code, answer, remarks) = ltictl(&lab, &["grades"]).await;
    assert_eq!((code, answer.as_str()), (6, "1 grade sent, 0 wait, 1 refused.\n"));
    assert!(remarks.contains("The user 5 cannot be graded in this course") && remarks.contains("ltictl sync status"), "{remarks}");
    assert!(!remarks.contains('\r'), "no progress bar where there is no terminal");
    assert_eq!(lab.taken(), [score(21, "4", 7.5)]);
    let (code, answer, _) = ltictl(&lab, &["grades", "-o", "json"]).await;
    let summary: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((code, &summary["sent"], &summary["waiting"], &summary["refused"], &summary["problems"]), (0, &json!(0), &json!(0), &json!(1), &json!([])));

    let (code, answer, _) = ltictl(&lab, &["status", "-o", "json"]).await;
    let status: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((code, &status["links"][0]["grades_accepted"], &status["links"][0]["grades_refused"]), (0, &json!(1), &json!(1)));
    let stuck = &status["stuck"][0];
    assert_eq!((&stuck["account"], &stuck["code"], &stuck["next_try_at"]), (&json!("zoe"), &json!("refused"), &Value::Null));
    let (code, answer, _) = ltictl(&lab, &["status"]).await;
    assert!(code == 0 && answer.contains("Stuck grades") && answer.contains("with --retry"), "{answer}");

    lab.sandbox.set_member_status(Course::Algebra, "5", MemberStatus::Active);
    let (code, answer, _) = ltictl(&lab, &["grades", "--retry", "--resource", RESOURCE]).await;
    assert_eq!((code, answer.as_str()), (0, "1 grade sent, 0 wait, 0 refused.\n"));
    let (code, answer, _) = ltictl(&lab, &["grades"]).await;
    assert_eq!((code, answer.as_str()), (0, "0 grades sent, 0 wait, 0 refused.\n"));

    let now = Timestamp::now();
    lab.store().write(|write| write.take_lease("grades", "somebody else", now, now + SignedDuration::from_secs(30))).unwrap();
    let (code, answer, _) = ltictl(&lab, &["grades"]).await;
    assert!(code == 0 && answer.contains("by another process"), "{answer}");
    lab.stop().await;
}
