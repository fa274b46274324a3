//! `ltictl sync grades` and `sync status`.

use jiff::{SignedDuration, Timestamp};
use ltictl::sandbox::{Course, MemberStatus};
use serde_json::{Value, json};

use super::{class, score};
use crate::lab::{Lab, REGISTRATION, RESOURCE};

/// Runs `ltictl sync …` on the lab's database: exit code, standard output, standard error.
async fn ltictl(lab: &Lab, arguments: &[&str]) -> (i32, String, String) {
    let mut command = crate::lab::binary();
    command.arg("sync").args(arguments).env("LTICTL_DB", &lab.database).env("NO_COLOR", "1");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The same with JSON on standard output.
async fn ltictl_json(lab: &Lab, arguments: &[&str]) -> (i32, Value, String) {
    let (code, output, notes) = ltictl(lab, &[arguments, &["-o", "json"]].concat()).await;
    (code, serde_json::from_str(&output).unwrap(), notes)
}

/// A class with two grades to send.
async fn graded_class() -> Lab {
    let lab = class().await;
    lab.set_grade("sam", Some(7.5));
    lab.set_grade("zoe", Some(6.0));
    lab
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_lists_grades_and_sends_none() {
    let lab = graded_class().await;
    let planned = json!({
        "registration": REGISTRATION,
        "resource": RESOURCE,
        "resource_link_id": "21",
        "sub": "4",
        "grade": "7.5/10",
    });
    let (code, plan, notes) = ltictl_json(&lab, &["grades", "--dry-run"]).await;
    assert_eq!(
        (code, &plan["dry_run"], &plan["sent"], &plan["planned"][0], notes.as_str()),
        (0, &json!(true), &json!(2), &planned, "")
    );
    let (code, output, _) = ltictl(&lab, &["grades", "--dry-run"]).await;
    assert!(code == 0 && output.lines().count() == 3 && output.contains("7.5/10"), "{output}");
    assert_eq!(lab.sandbox.service_log().calls, [], "a plan sends nothing");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_grade_is_reported_and_sent_again_with_retry() {
    let lab = graded_class().await;
    lab.sandbox.set_member_status(Course::Algebra, "5", MemberStatus::Inactive);
    let (code, output, notes) = ltictl(&lab, &["grades"]).await;
    assert!(
        code == 6
            && output.starts_with(&format!("1 grade sent, 0 wait, 1 refused.\n{REGISTRATION}: ")),
        "{code} {output}"
    );
    assert!(
        notes.contains("The user 5 cannot be graded in this course")
            && notes.contains("ltictl sync status"),
        "{notes}"
    );
    assert!(!notes.contains('\r'), "no progress bar where there is no terminal");
    assert_eq!(lab.taken(), [score(21, "4", 7.5)]);
    let (code, summary, _) = ltictl_json(&lab, &["grades"]).await;
    assert_eq!(
        (code, &summary["sent"], &summary["waiting"], &summary["refused"], &summary["problems"]),
        (0, &json!(0), &json!(0), &json!(1), &json!([]))
    );
    check_stuck_grade(&lab).await;
    let hint = "Why: ltictl sync status. To try again now: ltictl sync grades --retry\n";
    let (_, output, _) = ltictl(&lab, &["grades"]).await;
    assert_eq!(output, format!("0 grades sent, 0 wait, 1 refused.\n{hint}"));
    let (_, output, _) = ltictl(&lab, &["grades", "--dry-run"]).await;
    assert_eq!(
        output,
        format!("Nothing would be sent now.\n0 grades wait for another try, 1 refused. {hint}")
    );

    lab.sandbox.set_member_status(Course::Algebra, "5", MemberStatus::Active);
    let (code, output, _) = ltictl(&lab, &["grades", "--retry", "--resource", RESOURCE]).await;
    assert_eq!((code, output.as_str()), (0, "1 grade sent, 0 wait, 0 refused.\n"));
    let (code, output, _) = ltictl(&lab, &["grades"]).await;
    assert_eq!((code, output.as_str()), (0, "0 grades sent, 0 wait, 0 refused.\n"));
    lab.stop().await;
}

/// Fails unless `sync status` shows Zoe's grade as stuck, and how to send it again.
async fn check_stuck_grade(lab: &Lab) {
    let (code, status, _) = ltictl_json(lab, &["status"]).await;
    assert_eq!(
        (code, &status["links"][0]["grades_accepted"], &status["links"][0]["grades_refused"]),
        (0, &json!(1), &json!(1))
    );
    let stuck = &status["stuck"][0];
    assert_eq!(
        (&stuck["account"], &stuck["code"], &stuck["next_try_at"]),
        (&json!("zoe"), &json!("refused"), &Value::Null)
    );
    let (code, output, _) = ltictl(lab, &["status"]).await;
    assert!(
        code == 0 && output.contains("Stuck grades") && output.contains("with --retry"),
        "{output}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grades_that_another_process_sends_are_skipped() {
    let lab = class().await;
    lab.set_grade("sam", Some(8.0));
    let now = Timestamp::now();
    lab.store()
        .write(|write| {
            write.take_lease("grades/1", "another", now, now + SignedDuration::from_secs(30))
        })
        .unwrap();
    let (code, output, _) = ltictl(&lab, &["grades"]).await;
    assert!(code == 0 && output.contains("Another process is synchronizing grades"), "{output}");
    lab.stop().await;
}
