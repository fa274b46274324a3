//! Errors while a grade is sent, and what becomes of the grade.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use ltictl::rules::resource::ResourceChange;
use ltictl::sandbox::{Course, Endpoint, Fault, FaultKind, LaunchChoice, MemberStatus};
use ltictl::sync::grades::GradeRun;
use serde_json::json;

use super::{AGS, SCOPE, change, class, come, counts, score, sync_status};
use crate::lab::REGISTRATION;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_scope_is_reported_and_waits_for_a_launch_that_grants_it() {
    let lab = class().await;
    let granted = |names: &[&str]| {
        json!({
            AGS: { "scope": names.iter().map(|name| format!("{SCOPE}{name}")).collect::<Vec<_>>() },
        })
    };
    come(&lab, &LaunchChoice::student().patched(granted(&["lineitem.readonly"]))).await;
    lab.set_grade("sam", Some(5.0));
    let summary = lab.send_grades().await;
    assert_eq!(
        (counts(&summary), summary.problems[0].code.as_str()),
        ((0, 0, 1), "scope_not_granted")
    );
    assert_eq!(lab.sandbox.service_log().calls, [], "no request is sent without a granted scope");
    let again = lab.send_grades().await;
    assert_eq!((counts(&again), again.problems.len()), ((0, 0, 1), 0));
    let stuck = sync_status(&lab).stuck;
    assert!(stuck[0].problem.problem.contains("lti-ags/scope/score"), "{stuck:?}");
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
    assert_eq!(
        (counts(&summary), summary.problems.len(), summary.problems[0].registration.as_str()),
        ((1, 0, 1), 1, REGISTRATION)
    );
    assert!(
        summary.problems[0].problem.contains("The user 4 cannot be graded in this course"),
        "{summary:?}"
    );
    assert_eq!(lab.taken(), [score(21, "5", 6.0)]);
    assert_eq!(counts(&lab.send_grades().await), (0, 0, 1));
    assert_eq!(lab.sandbox.service_log().calls, []);
    let status = sync_status(&lab);
    let grades = status.links[0].grades.unwrap();
    assert_eq!((grades.accepted, grades.waiting, grades.refused), (1, 0, 1));
    let stuck = &status.stuck[0];
    assert_eq!(
        (stuck.account.as_str(), stuck.sub.as_str(), stuck.tries, stuck.next_try_at),
        ("sam", "4", 1, None)
    );
    assert!(
        stuck.problem.problem.contains("cannot be graded")
            && stuck.problem.fix.contains("ltictl sync grades --retry"),
        "{stuck:?}"
    );

    lab.sandbox.set_member_status(Course::Algebra, "4", MemberStatus::Active);
    let plan = lab.send(&GradeRun { dry_run: true, retry: true, ..GradeRun::default() }).await;
    assert_eq!((plan.sent, plan.planned[0].grade.as_str()), (1, "5/10"));
    assert_eq!(counts(&lab.send_grades_again().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 5.0)]);
    assert!(sync_status(&lab).stuck.is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn temporary_errors_are_retried_and_accepted_scores_are_sent_once() {
    let lab = class().await;
    // The last scores are above the maximum.
    change(&lab, &ResourceChange { extra_credit: Some(true.into()), ..ResourceChange::default() });
    let second = Duration::from_secs(1);
    for (points, fault, at_least) in [
        (1, Fault::new(FaultKind::TooManyRequests).with_wait(second), second),
        (2, Fault::new(FaultKind::TooManyRequestsUntil).with_wait(second * 2), second),
        (3, Fault::new(FaultKind::TooManyRequests).without_retry_after(), second / 4),
        (4, Fault::new(FaultKind::ServerError), second / 4),
        (5, Fault::new(FaultKind::Unavailable).with_wait(second), second),
        (6, Fault::new(FaultKind::Forbidden).with_reason("Rate Limit Exceeded"), second / 4),
        (7, Fault::new(FaultKind::TimeOut), second / 2),
        (8, Fault::new(FaultKind::Dropped), Duration::ZERO),
        (9, Fault::new(FaultKind::DroppedAfterwards), Duration::ZERO),
        (10, Fault::new(FaultKind::ErrorAfterwards), Duration::ZERO),
        (11, Fault::new(FaultKind::Unauthorized), Duration::ZERO),
        (12, Fault::new(FaultKind::Conflict), Duration::ZERO),
    ] {
        lab.set_grade("sam", Some(points.into()));
        lab.sandbox.add_fault(fault.clone().at(Endpoint::Scores));
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
    lab.sandbox.add_fault(Fault::new(FaultKind::ErrorAfterwards).at(Endpoint::Scores));
    lab.sandbox.add_fault(
        Fault::new(FaultKind::TooManyRequests)
            .with_wait(Duration::from_secs(60))
            .at(Endpoint::Scores),
    );
    let summary = lab.send_grades().await;
    assert_eq!((counts(&summary), summary.problems[0].code.as_str()), ((0, 1, 0), "platform_busy"));
    let stuck = &sync_status(&lab).stuck[0];
    assert!(
        stuck.next_try_at.unwrap() >= Timestamp::now() + SignedDuration::from_secs(50),
        "{stuck:?}"
    );
    assert_eq!(
        counts(&lab.send_grades().await),
        (0, 1, 0),
        "the platform is left alone as long as it wants"
    );
    assert_eq!(counts(&lab.send_grades_again().await), (1, 0, 0));
    let log = lab.sandbox.service_log();
    assert_eq!(
        log.calls
            .iter()
            .filter(|call| call.endpoint == Some(Endpoint::Scores))
            .map(|call| call.status)
            .collect::<Vec<_>>(),
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
        "userId": "4",
        "scoreGiven": 1,
        "scoreMaximum": 10,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": (Timestamp::now() + SignedDuration::from_secs(1)).to_string(),
    });
    let url = format!("{}/services/2/lineitems/21/lineitem/scores?type_id=1", lab.sandbox.issuer());
    let token = lab.sandbox.access_token(&[&format!("{SCOPE}score")]);
    let request =
        reqwest::Client::builder().no_proxy().build().unwrap().post(url).bearer_auth(token);
    let answer = request
        .header("content-type", "application/vnd.ims.lis.v1.score+json")
        .body(newer.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    lab.taken();
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 5.0)]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_page_of_the_platform_is_not_a_success() {
    let lab = class().await;
    lab.set_grade("sam", Some(5.0));
    lab.sandbox.add_fault(Fault::new(FaultKind::Html).at(Endpoint::Scores));
    let summary = lab.send_grades().await;
    assert_eq!(
        (counts(&summary), summary.problems[0].code.as_str()),
        ((0, 1, 0), "answer_unreadable")
    );
    lab.sandbox.add_fault(Fault::new(FaultKind::Redirect).at(Endpoint::Scores));
    assert_eq!(counts(&lab.send_grades_again().await), (0, 1, 0));
    assert_eq!(counts(&lab.send_grades_again().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 5.0)]);
    lab.stop().await;
}
