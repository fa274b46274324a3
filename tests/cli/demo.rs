//! The main job, as the README promises it: `ltictl demo`.

use std::process::{Command, Stdio};

fn demo(arguments: &[&str]) -> std::process::Output {
    let temporary = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ltictl"))
        .arg("demo")
        .args(arguments)
        .env("TMPDIR", temporary.path())
        .env_remove("LTICTL_DB")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "nothing is left behind");
    output
}

#[test]
fn the_demo_goes_from_registration_to_launch() {
    let output = demo(&[]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    let mut rest = printed.as_str();
    for landmark in [
        "ltictl init --url http://localhost:",
        "ltictl registration create \"Test platform\"",
        "Initiate login URL",
        "ltictl platform set test-platform --issuer http://localhost:",
        "ltictl deployment add test-platform 1",
        "ltictl resource publish \"Algebra quiz\"",
        "6. A student clicks the link",
        "/lti/login/test-platform → 302",
        "/lti/launch → 303",
        "/session/…/ → 200",
        "Sam Student arrives at: Algebra quiz",
        "7. A teacher clicks the link",
        "Tina Teacher arrives at: Algebra quiz",
        "deployment_unknown",
        "ltictl deployment add test-platform 7",
        "9. The teacher adds it to a course",
        "ltictl account grant tina-teacher-",
        "the course has a new link: Algebra quiz",
        "Sam Student clicks it and arrives at: Algebra quiz",
        "10. Send a grade",
        "ltictl grade set algebra-quiz sam-student-",
        "ltictl sync grades",
        "0 wait, 0 refused",
        "grade book shows:",
        "Sam Student 8.5 of 10",
        "11. Synchronize members",
        "ltictl sync members",
        "0 unenrolled",
        "Zoe leaves the course",
        "0 enrolled, 1 unenrolled",
        "12. See the launches",
        "ltictl launch list",
        "accepted",
    ] {
        let place = rest
            .find(landmark)
            .unwrap_or_else(|| panic!("{landmark:?} is missing, or out of order, in:\n{printed}"));
        rest = &rest[place + landmark.len()..];
    }
    assert!(!printed.contains("eyJ"), "no token is shown");
}

#[test]
fn as_json_the_launches_are_the_answer_and_the_story_goes_to_standard_error() {
    let output = demo(&["-o", "json"]);
    assert!(output.status.success());
    let launches: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let outcomes: Vec<&str> = launches
        .as_array()
        .unwrap()
        .iter()
        .map(|launch| launch["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["accepted", "accepted", "accepted", "refused", "accepted", "accepted"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("1. Set up the tool"));
}

#[test]
fn the_demo_works_with_a_registration_url() {
    let output = demo(&["--dynamic"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    for landmark in [
        "/lti/register?token=",
        "asks: Register Demo Tool",
        "The platform is registered",
        "test-platform is Active now",
        "Sam Student arrives at: Algebra quiz",
        "the course has a new link: Algebra quiz",
        "Sam Student 8.5 of 10",
        "0 enrolled, 1 unenrolled",
    ] {
        assert!(printed.contains(landmark), "{landmark}: {printed}");
    }
}
