//! LTI 1.1 consumer keys and their secrets.

use serde_json::json;

use super::tool::Tool;

#[test]
fn consumer_secrets_go_in_and_never_come_out() {
    let tool = Tool::new();
    let add = ["consumer", "add", "school.example", "--secret-stdin"];
    let added = tool.run_with_input(&add, "a shared secret\n");
    assert!(
        added.answer.contains("school.example") && !added.answer.contains("a shared secret"),
        "{}",
        added.answer
    );
    let mut again = tool.command(&add);
    let again = again.write_stdin("a shared secret").output().unwrap();
    assert_eq!(again.status.code(), Some(4));
    assert!(!String::from_utf8_lossy(&again.stderr).contains("a shared secret"));
    tool.run_with_input(&[&add[..], &["--if-not-exists"]].concat(), "a shared secret");
    tool.run_with_input(&add, "another secret");
    assert_eq!(
        tool.json(&["consumer", "list"]),
        json!([{"consumer_key": "school.example", "secret_count": 2}])
    );
    assert_eq!(tool.json(&["consumers", "show", "school.example"])["secret_count"], 2);
    assert!(tool.run(&["consumer", "list"]).answer.contains("CONSUMER KEY"));
    for (arguments, exit_code, named) in [
        (&["consumer", "add", "school.example"][..], 2, "--secret-stdin is missing"),
        (&["consumer", "add", "", "--secret-stdin"], 5, "secret"),
        (&["consumer", "show", "school"], 3, "did you mean school.example?"),
        (
            &["consumer", "remove", "school.example"],
            2,
            "Remove consumer key school.example with its 2 secrets?",
        ),
        (&["consumer", "remove", "other", "--yes"], 3, "ltictl consumer list"),
    ] {
        let refused = tool.fails(arguments, exit_code);
        assert!(refused.contains(named), "{arguments:?}: {refused}");
    }
    tool.run(&["consumer", "remove", "school.example", "--yes"]);
    assert_eq!(tool.json(&["consumer", "list"]), json!([]));
}
