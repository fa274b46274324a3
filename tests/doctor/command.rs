//! The command: words, JSON, exit codes.

use serde_json::Value;

use super::setup::ltictl;
use crate::lab::{Lab, REGISTRATION};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_json_and_exit_codes_agree() {
    let lab = Lab::start().await;
    let doctor = |line: &str| {
        let output = tokio::task::block_in_place(|| ltictl(&lab.database, line));
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, printed, errors) = doctor("doctor");
    assert_eq!((code, errors.as_str()), (Some(0), ""), "{printed}");
    assert!(
        printed.starts_with("Tool: ")
            && printed.contains("\nRegistration test-platform: ")
            && printed.contains(" 0 failures"),
        "{printed}"
    );
    doctor("deployment remove test-platform 1 --yes");
    let (code, printed, errors) = doctor("doctor test-platform");
    assert_eq!(code, Some(7), "{printed}");
    assert!(
        printed.contains("  fail  deployments ")
            && printed.contains("fix: ltictl deployment add test-platform DEPLOYMENT_ID"),
        "{printed}"
    );
    assert!(
        errors.contains("1 check failed") && errors.contains("deployments (test-platform)"),
        "{errors}"
    );
    let (code, json, errors) = doctor("doctor --offline -o json");
    let findings: Value = serde_json::from_str(&json).unwrap();
    let find = |check: &str| {
        findings
            .as_array()
            .unwrap()
            .iter()
            .find(|finding| finding["check"] == check)
            .cloned()
            .unwrap_or_default()
    };
    assert_eq!(
        (code, find("deployments")["result"].as_str(), find("deployments")["subject"].as_str()),
        (Some(7), Some("fail"), Some(REGISTRATION))
    );
    assert_eq!(
        (find("online")["result"].as_str(), find("platform_keyset")),
        (Some("skip"), Value::Null)
    );
    assert_eq!(serde_json::from_str::<Value>(&errors).unwrap()["error"]["code"], "check_failed");
    doctor("deployment add test-platform 1");
    assert_eq!(doctor("doctor").0, Some(0));
    assert_eq!(doctor("doctor test-platfrom").0, Some(3));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn warnings_count_when_that_is_wanted_and_only_problems_are_shown() {
    let lab = Lab::start().await;
    let doctor = |line: &str| {
        let output = tokio::task::block_in_place(|| ltictl(&lab.database, line));
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, printed, _) = doctor("doctor --problems");
    assert_eq!(code, Some(0));
    assert!(
        !printed.contains("  ok    ")
            && printed.contains("  warn  last_launch")
            && printed.contains("ltictl explain CHECK"),
        "{printed}"
    );
    let summary = printed.lines().rev().nth(2).unwrap();
    assert!(
        summary.contains(" ok, ")
            && summary.contains(" warnings, 0 failures, ")
            && summary.ends_with(" skipped"),
        "{summary}"
    );
    let (code, _, errors) = doctor("doctor --strict");
    assert_eq!(code, Some(7));
    assert!(
        errors.contains("checks warned (--strict)")
            && errors.contains("last_launch (test-platform)"),
        "{errors}"
    );
    let (code, json, _) = doctor("doctor --problems --offline -o json");
    let findings: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(code, Some(0));
    assert!(
        findings.as_array().unwrap().iter().all(|finding| finding["result"] == "warn"),
        "{json}"
    );
    assert!(
        findings.as_array().unwrap().iter().all(|finding| finding["fix"].is_string()),
        "{json}"
    );
    lab.stop().await;
}
