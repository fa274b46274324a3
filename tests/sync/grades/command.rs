//! `ltictl sync grades` and `sync status`.

use jiff::{SignedDuration, Timestamp};
use ltictl::sandbox::{Course, MemberStatus};
use serde_json::{Value, json};

use super::{class, score};
use crate::lab::{Lab, REGISTRATION, RESOURCE};

/// Runs `ltictl sync …` on the lab's database: exit code, standard output, standard error.
async fn ltictl(lab: &Lab, arguments: &[&str]) -> (i32, String, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ltictl"));
    command.arg("sync").args(arguments).env("LTICTL_DB", &lab.database).env("NO_COLOR", "1");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_reports_its_work_and_exits_with_the_right_code() {
    let lab = class().await;
    lab.set_grade("sam", Some(7.5));
    lab.set_grade("zoe", Some(6.0));
    let planned = json!({ "registration": REGISTRATION, "resource": RESOURCE, "resource_link_id": "21", "sub": "4", "grade": "7.5/10" });
    let (code, answer, remarks) = ltictl(&lab, &["grades", "--dry-run", "-o", "json"]).await;
    let plan: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        (code, &plan["dry_run"], &plan["sent"], &plan["planned"][0], remarks.as_str()),
        (0, &json!(true), &json!(2), &planned, "")
    );
    let (code, answer, _) = ltictl(&lab, &["grades", "--dry-run"]).await;
    assert!(code == 0 && answer.lines().count() == 3 && answer.contains("7.5/10"), "{answer}");
    assert_eq!(lab.sandbox.service_log().calls, [], "a plan sends nothing");

    lab.sandbox.set_member_status(Course::Algebra, "5", MemberStatus::Inactive);
    let (code, answer, remarks) = ltictl(&lab, &["grades"]).await;
    assert!(
        code == 6
            && answer.starts_with(&format!("1 grade sent, 0 wait, 1 refused.\n{REGISTRATION}: ")),
        "{code} {answer}"
    );
    assert!(
        remarks.contains("The user 5 cannot be graded in this course")
            && remarks.contains("ltictl sync status"),
        "{remarks}"
    );
    assert!(!remarks.contains('\r'), "no progress bar where there is no terminal");
    assert_eq!(lab.taken(), [score(21, "4", 7.5)]);
    let (code, answer, _) = ltictl(&lab, &["grades", "-o", "json"]).await;
    let summary: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        (code, &summary["sent"], &summary["waiting"], &summary["refused"], &summary["problems"]),
        (0, &json!(0), &json!(0), &json!(1), &json!([]))
    );

    let (code, answer, _) = ltictl(&lab, &["status", "-o", "json"]).await;
    let status: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        (code, &status["links"][0]["grades_accepted"], &status["links"][0]["grades_refused"]),
        (0, &json!(1), &json!(1))
    );
    let stuck = &status["stuck"][0];
    assert_eq!(
        (&stuck["account"], &stuck["code"], &stuck["next_try_at"]),
        (&json!("zoe"), &json!("refused"), &Value::Null)
    );
    let (code, answer, _) = ltictl(&lab, &["status"]).await;
    assert!(
        code == 0 && answer.contains("Stuck grades") && answer.contains("with --retry"),
        "{answer}"
    );

    lab.sandbox.set_member_status(Course::Algebra, "5", MemberStatus::Active);
    let (code, answer, _) = ltictl(&lab, &["grades", "--retry", "--resource", RESOURCE]).await;
    assert_eq!((code, answer.as_str()), (0, "1 grade sent, 0 wait, 0 refused.\n"));
    let (code, answer, _) = ltictl(&lab, &["grades"]).await;
    assert_eq!((code, answer.as_str()), (0, "0 grades sent, 0 wait, 0 refused.\n"));

    lab.set_grade("sam", Some(8.0));
    let now = Timestamp::now();
    lab.store()
        .write(|write| {
            write.take_lease("grades/1", "somebody else", now, now + SignedDuration::from_secs(30))
        })
        .unwrap();
    let (code, answer, _) = ltictl(&lab, &["grades"]).await;
    assert!(code == 0 && answer.contains("Another process"), "{answer}");
    lab.stop().await;
}
