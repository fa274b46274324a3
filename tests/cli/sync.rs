//! The synchronizations where there is nothing to do yet, and what makes no sense.

use serde_json::json;

use super::tool::Tool;

#[test]
fn nothing_to_synchronize_before_the_first_launch() {
    let tool = Tool::new().registered("North High").published("Quiz").with_account("sam");
    tool.run(&["grade", "set", "quiz", "sam", "5"]);
    let before = tool.dump();
    let sent = tool.json(&["sync", "grades"]);
    assert_eq!(
        sent,
        json!({
            "busy": false,
            "busy_registrations": [],
            "dry_run": false,
            "sent": 0,
            "waiting": 0,
            "refused": 0,
            "without_column": [],
            "problems": [],
            "planned": [],
        })
    );
    assert_eq!(tool.run(&["sync", "grades"]).answer, "0 grades sent, 0 wait, 0 refused.\n");
    assert!(tool.run(&["sync", "grades", "--dry-run"]).remarks.is_empty());
    assert!(tool.run(&["sync", "grades", "--dry-run"]).answer.contains("nothing would be sent"));
    assert_eq!(
        tool.json(&["sync", "status"]),
        json!({
            "grades_under_way": false,
            "members_under_way": false,
            "platforms": [],
            "links": [],
            "omits_links": false,
            "stuck": [],
            "without_column": [],
        })
    );
    assert!(tool.run(&["sync", "status"]).answer.contains("No link offers grades or members yet"));
    assert_eq!(tool.dump(), before, "and nothing is left behind");
}

#[test]
fn refuses_unknown_resources_and_registrations() {
    let tool = Tool::new().published("Quiz");
    for (arguments, exit_code, named) in [
        (&["grades", "--resource", "nothing"][..], 3, "nothing"),
        (&["grades", "--resource", "nothing", "--dry-run"], 3, "nothing"),
        (&["status", "--resource", "nothing"], 3, "nothing"),
        (&["grades", "--concurrency", "0"], 2, "0"),
        (&["grades", "--concurrency", "65"], 2, "65"),
        (&["members", "--registration", "nothing"], 3, "nothing"),
        (&["grades", "--registration", "nothing"], 3, "nothing"),
        (&["members", "--timeout", "5"], 2, "a duration is a number with a unit"),
        (&["grades", "--timeout", "25h"], 2, "between 1ms and 24h"),
    ] {
        let refused = tool.fails(&[&["sync"], arguments].concat(), exit_code);
        assert!(refused.contains(named), "{arguments:?}: {refused}");
    }
    assert!(Tool::empty().fails(&["sync", "grades"], 3).contains("ltictl init"));
}
