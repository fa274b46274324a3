//! `kill -9` of `ltictl apply`: the database is as before or as after, and sound.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::tool::Tool;
use crate::lab::database::Database;

const COUNT: u32 = 150;

/// Registrations with deployments, resources and accounts; with `generation` their names change,
/// and every second account is another.
fn manifest(generation: u32) -> String {
    let mut text = format!("settings: {{name: Generation {generation}}}\nregistrations:\n");
    for number in 0..COUNT {
        let host = format!("https://lms{number}.example.edu");
        text += &format!(
            "  school-{number}:\n    name: School {generation}\n    platform: {{issuer: {host}, \
             client_id: c{generation}, keyset_url: {host}/k, access_token_url: {host}/t, \
             authentication_request_url: {host}/a}}\n    deployments: [{{deployment_id: \
             d{generation}}}]\n"
        );
    }
    text += "resources:\n";
    for number in 0..COUNT {
        text += &format!(
            "  quiz-{number}: {{name: Quiz {generation}, registrations: [school-{number}]}}\n"
        );
    }
    text += "accounts:\n";
    for number in 0..COUNT {
        text += &format!(
            "  person-{}: {{name: Person {generation}, grants: {{resources: [quiz-{number}]}}}}\n",
            number + (number % 2) * generation * COUNT
        );
    }
    text
}

#[test]
fn apply_may_be_killed_at_any_moment() {
    let tool = Tool::new();
    let files =
        [0, 1].map(|generation| tool.file(&format!("{generation}.yaml"), &manifest(generation)));
    tool.run(&["apply", "-f", &files[0]]);
    let export = |tool: &Tool| tool.run(&["export"]).answer;
    let mut before = export(&tool);
    let mut killed_inside = 0;
    let mut generation = 1;
    let mut whole = Duration::from_millis(400);
    for round in 0..20_u32 {
        let file = &files[generation];
        let started = Instant::now();
        let mut process = tool.process(&["apply", "--prune", "-f", file]);
        let mut process = process
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // From the beginning to past the end, in steps.
        std::thread::sleep(whole * (round % 10 + 1) / 10);
        let _ = process.kill();
        let was_killed = !process.wait().unwrap().success();
        let took = started.elapsed();
        let after = export(&tool);
        if tool.database().is_file() {
            assert_eq!(Database::open(tool.database()).integrity(), ("ok".to_owned(), 0));
        }
        if was_killed {
            killed_inside += 1;
        } else {
            whole = took;
        }
        if after == before {
            assert!(was_killed, "what ended has done its work");
            continue;
        }
        // Not half of it: there is nothing left to do.
        assert_eq!(tool.run(&["diff", "--prune", "-f", file]).answer, "No changes\n");
        before = after;
        generation = 1 - generation;
    }
    assert!(killed_inside >= 6, "only {killed_inside} were killed before their end");
}
