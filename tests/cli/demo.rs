//! The main job, as the README promises it: `ltictl demo`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use super::service::Service;
use super::tool::Tool;

fn demo(arguments: &[&str]) -> std::process::Output {
    let temporary = tempfile::tempdir().unwrap();
    let output = crate::lab::binary()
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
fn the_demo_puts_an_app_behind_nginx() {
    if !crate::bridge::proxies::Kind::Nginx.is_installed() {
        return;
    }
    let output = demo(&["--web-app"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    let mut rest = printed.as_str();
    for landmark in [
        "ltictl platform set test-platform",
        "ltictl resource publish Wiki --target http://localhost:",
        "ltictl generate nginx wiki --upstream http://127.0.0.1:",
        "/ → 401: Open this page from your course",
        "A student clicks the link",
        "/.ltictl/enter → 200",
        "remote-user: sam-student-",
        "x-lti-role: learner",
        "See the launches",
        "Sam Student",
    ] {
        let place = rest.find(landmark).unwrap_or_else(|| panic!("{landmark} in {printed}"));
        rest = &rest[place..];
    }
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

#[test]
fn the_demo_copies_the_course_for_a_new_term() {
    let output = demo(&["--copy-course"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    for landmark in [
        "the grade of the old term is not sent to the new course",
        "--course test-platform/4",
        "the new grade is in the grade book of the new course",
        "it was copied from: Algebra I",
    ] {
        assert!(printed.contains(landmark), "{landmark}: {printed}");
    }
}

#[test]
fn the_demo_works_with_a_key_and_a_secret() {
    let output = demo(&["--lti-1p1"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    let mut rest = printed.as_str();
    for landmark in [
        "ltictl init --url http://localhost:",
        "ltictl resource publish \"Algebra quiz\" --max-grade 10 --lti-1p1",
        "Launch URL           http://localhost:",
        "Consumer key",
        "Cartridge URL",
        "ltictl sandbox --consumer algebra-quiz-lti-1p1 --resource algebra-quiz --listen",
        "5. A student clicks the link",
        "/lti/1p1/launch/algebra-quiz → 303",
        "/session/…/ → 200",
        "lis_person_name_full     Sam Student",
        "Sam Student arrives at: Algebra quiz",
        "6. A teacher clicks the link",
        "Tina Teacher arrives at: Algebra quiz",
        "7. Someone enters the secret again",
        "oauth_signature_invalid",
        "secret has white space at its start or end",
        "Sam Student arrives at: Algebra quiz",
        "8. The teacher adds it to a course",
        "ltictl account grant tina-teacher-",
        "the course has a new link: Algebra quiz",
        "Sam Student clicks it and arrives at: Algebra quiz",
        "9. Send a grade",
        "0 wait, 0 refused",
        "Sam Student 8.5 of 10",
        "10. Synchronize members",
        "ltictl sync members",
        "0 unenrolled",
        "Zoe leaves the course",
        "0 enrolled, 1 unenrolled",
        "11. See the launches",
        "accepted",
    ] {
        let place = rest
            .find(landmark)
            .unwrap_or_else(|| panic!("{landmark:?} is missing, or out of order, in:\n{printed}"));
        rest = &rest[place + landmark.len()..];
    }
}

/// Starts the demonstration with `--keep`; the process and what it printed until it waits.
fn kept_demo(directory: &Path, arguments: &[&str]) -> (Service, String) {
    let mut child = crate::lab::binary()
        .args(["demo", "--keep"])
        .args(arguments)
        .env("TMPDIR", directory)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let service = Service::of(child);
    let mut printed = String::new();
    for line in output.lines() {
        let line = line.unwrap();
        printed += &format!("{line}\n");
        if line.contains("Stop with Ctrl-C") {
            return (service, printed);
        }
    }
    panic!("the demonstration has ended:\n{printed}");
}

#[test]
fn every_command_that_the_demo_prints_works() {
    for arguments in [&[][..], &["--dynamic"], &["--lti-1p1"]] {
        let tool = Tool::empty();
        let (demo, printed) = kept_demo(&tool.path(""), arguments);
        let database =
            printed.split("LTICTL_DB=").nth(1).unwrap().split_whitespace().next().unwrap();
        // The advice for the refused launch is followed in the next step.
        let lines = printed.lines().filter(|line| !line.trim_start().starts_with("What to do"));
        let commands = crate::commands::named_in(&lines.collect::<Vec<_>>().join("\n"));
        assert!(commands.len() > 9, "{commands:?}");
        let run = |line: &str| {
            let words = shell_words::split(line.trim_end_matches(" &")).unwrap();
            let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
            let mut command = tool.process(&words);
            command.env("LTICTL_DB", database);
            command
        };
        let (servers, others): (Vec<_>, Vec<_>) =
            commands.iter().partition(|line| line.contains(" --listen "));
        for line in others {
            let output = run(line).output().unwrap();
            assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        }
        drop(demo);
        for line in servers {
            let port = line.trim_end_matches(" &").rsplit(':').next().unwrap().parse().unwrap();
            drop(Service::start(run(line), port));
        }
    }
}
