//! What is sent, when, and under which time.

use ltictl::domain::{ActivityProgress, Submission};
use ltictl::rules::grade::NewGrade;
use ltictl::rules::resource::ResourceChange;
use ltictl::sandbox::{Course, Endpoint, Fault, FaultKind, LaunchChoice, Link, Role, User};

use super::{change, class, come, counts, score, sync_status, through};
use crate::doctor::setup::ltictl;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_changes_are_sent() {
    let lab = class().await;
    lab.set_grade("sam", Some(0.0));
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 0.0)], "the first grade may be a zero");
    assert_eq!(counts(&lab.send_grades().await), (0, 0, 0));
    assert_eq!(
        lab.sandbox.service_log().calls,
        [],
        "without anything to send there are no requests"
    );

    for changed in [7.5, 8.0, 7.5] {
        lab.set_grade("sam", Some(changed));
        assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
        let log = lab.sandbox.service_log();
        assert_eq!(
            (log.scores[0].score_maximum, log.scores[0].activity_progress.as_str()),
            (Some(10.0), "Completed")
        );
        assert_eq!(lab.taken(), [score(21, "4", changed)]);
    }
    // The maximum of the platform's column is 100.
    assert_eq!(lab.sandbox.grade_book(Course::Algebra)[0].grades["4"].score, Some(75.0));

    lab.set_whole_grade(
        "sam",
        &NewGrade {
            score: Some("7.5".parse().unwrap()),
            comment: Some("Well done".into()),
            ..NewGrade::default()
        },
    );
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.sandbox.service_log().scores[0].comment.as_deref(), Some("Well done"));

    lab.sandbox.clear_service_log();
    lab.set_grade("sam", None);
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [(21, "4".to_owned(), None)], "a grade that is taken away is cleared");
    assert_eq!(lab.sandbox.grade_book(Course::Algebra)[0].grades["4"].score, None);
    assert_eq!(counts(&lab.send_grades().await), (0, 0, 0));

    lab.set_grade("zoe", None);
    assert_eq!(
        counts(&lab.send_grades().await),
        (0, 0, 0),
        "where there was nothing there is nothing to clear"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_of_a_submission_are_sent_and_kept_until_the_work_starts_again() {
    let lab = class().await;
    let times = |started: &str, submitted: &str| {
        let time = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        Submission { started_at: time(started), submitted_at: time(submitted) }
    };
    let whole = times("2026-10-02T08:58:00Z", "2026-10-02T11:30:11.5+02:00");
    let unfinished = times("2026-10-02T08:58:00Z", "");
    for (score, progress, given, expected) in [
        ("1", "Submitted", Some(whole), whole),
        ("2", "Completed", None, whole),
        ("2", "InProgress", None, unfinished),
        ("2", "Completed", None, unfinished),
        ("2", "Completed", Some(whole), whole),
        ("2", "Initialized", None, Submission::default()),
        ("2", "Completed", Some(whole), whole),
        ("2", "Completed", Some(Submission::default()), Submission::default()),
    ] {
        let grade = NewGrade {
            score: Some(score.parse().unwrap()),
            activity_progress: Some(progress.parse().unwrap()),
            comment: Some("Well done".into()),
            submission: given,
            ..NewGrade::default()
        };
        lab.set_whole_grade("sam", &grade);
        assert_eq!(counts(&lab.send_grades().await), (1, 0, 0), "{score} {progress} {given:?}");
        let log = lab.sandbox.service_log();
        let sent = log.scores.last().unwrap();
        assert_eq!(
            (sent.started_at, sent.submitted_at, sent.comment.as_deref()),
            (expected.started_at, expected.submitted_at, Some("Well done")),
            "{score} {progress} {given:?}"
        );
        lab.set_whole_grade("sam", &grade);
        assert_eq!(counts(&lab.send_grades().await), (0, 0, 0), "the same again is not sent");
        lab.sandbox.clear_service_log();
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cleared_grade_does_not_count_as_one_that_the_platform_has() {
    let lab = class().await;
    let numbers = || {
        let grades = sync_status(&lab).links[0].grades.unwrap();
        (grades.accepted, grades.waiting, grades.refused)
    };
    for (score, waiting, sent) in [
        (Some(5.0), (0, 1, 0), (1, 0, 0)),
        (None, (0, 1, 0), (0, 0, 0)),
        (Some(6.0), (0, 1, 0), (1, 0, 0)),
    ] {
        lab.set_grade("sam", score);
        assert_eq!(numbers(), waiting, "{score:?}");
        lab.send_grades().await;
        assert_eq!(numbers(), sent, "{score:?}");
        let output = ltictl(&lab.database, "account show sam -o json");
        let account: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(account["grade_count"], u32::from(score.is_some()));
    }
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
    assert!(
        log.calls
            .iter()
            .filter(|call| call.endpoint == Some(Endpoint::Scores))
            .all(|call| call.status == Some(200)),
        "{:?}",
        log.calls
    );
    for user in ["4", "5"] {
        let seconds: Vec<i64> = log
            .scores
            .iter()
            .filter(|score| score.user_id == user)
            .map(|score| score.timestamp.as_second())
            .collect();
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
    come(
        &lab,
        &LaunchChoice { role: Role::Assistant, ..through(User::Zoe, Course::Algebra, Link::Essay) },
    )
    .await;
    lab.set_grade("zoe", Some(9.0));
    change(
        &lab,
        &ResourceChange { completion_required: Some(true.into()), ..ResourceChange::default() },
    );
    let grade = |progress| NewGrade {
        score: Some("4".parse().unwrap()),
        activity_progress: Some(progress),
        ..NewGrade::default()
    };
    lab.set_whole_grade("sam", &grade(ActivityProgress::InProgress));
    assert_eq!(counts(&lab.send_grades().await), (0, 0, 0));
    assert_eq!(sync_status(&lab).links[0].grades.unwrap().waiting, 1);
    lab.set_whole_grade("sam", &grade(ActivityProgress::Completed));
    // The essay has a line item too, for the same resource in the same course.
    assert_eq!(counts(&lab.send_grades().await), (2, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 4.0), score(22, "4", 4.0)]);

    change(
        &lab,
        &ResourceChange { completion_required: Some(false.into()), ..ResourceChange::default() },
    );
    lab.set_whole_grade("sam", &grade(ActivityProgress::Submitted));
    assert_eq!(counts(&lab.send_grades().await), (2, 0, 0));
    // What is not synchronized is not sent.
    change(
        &lab,
        &ResourceChange { grade_sync: Some("off".parse().unwrap()), ..ResourceChange::default() },
    );
    lab.set_grade("sam", Some(5.0));
    assert_eq!(counts(&lab.send_grades().await), (0, 0, 0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_link_gets_the_grade_and_links_are_independent() {
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
    lab.sandbox.add_fault(Fault::new(FaultKind::Forbidden).on("/lineitems/32/"));
    assert_eq!(counts(&lab.send_grades().await), (2, 0, 1));
    let mut taken = lab.taken();
    taken.sort_by_key(|taken| taken.0);
    assert_eq!(taken, [score(21, "4", 9.0), score(31, "4", 9.0)]);
    assert_eq!(counts(&lab.send_grades().await), (0, 0, 1), "what was refused is not repeated");
    assert_eq!(counts(&lab.send_grades_again().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(32, "4", 9.0)], "and then alone");
    lab.stop().await;
}
