//! Setting the tool up, and its settings.

use super::tool::{Tool, URL, keys_in_order};

#[test]
fn init_makes_a_private_database_once() {
    let tool = Tool::empty();
    let done = tool.run(&["init", "--url", "https://tool.example.edu/", "--name", "Example Tool"]);
    assert!(done.answer.contains("URL       https://tool.example.edu\n"), "{}", done.answer);
    assert!(done.remarks.contains("ltictl registration create"), "{}", done.remarks);
    #[cfg(unix)]
    if tool.database().is_file() {
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(
                &std::fs::metadata(tool.database().file()).unwrap().permissions()
            ) & 0o777,
            0o600
        );
    }
    let before = tool.dump();
    tool.fails(&["init", "--url", "https://other.example.edu", "--name", "Other"], 4);
    let unchanged = tool.json_text(&[
        "init",
        "--url",
        "https://other.example.edu",
        "--name",
        "Other",
        "--if-not-exists",
    ]);
    assert_eq!(keys_in_order(&unchanged), ["database", "existed", "url", "name", "jwks_url"]);
    assert!(
        unchanged.contains(r#""existed": true"#)
            && unchanged.contains(r#""url": "https://tool.example.edu""#),
        "{unchanged}"
    );
    assert_eq!(tool.dump(), before);
}

#[test]
fn init_without_a_terminal_names_what_is_missing() {
    let tool = Tool::empty();
    assert!(tool.fails(&["init"], 2).contains("--url is missing"));
    assert!(tool.fails(&["init", "--url", URL], 2).contains("--name is missing"));
    assert!(
        tool.fails(&["init", "--url", "tool.example.edu", "--name", "x"], 5)
            .contains("url must be an absolute URL")
    );
    assert!(
        tool.fails(&["init", "--url", "http://tool.example.edu", "--name", "x"], 5)
            .contains("--allow-http")
    );
    assert!(!tool.database().exists(), "nothing is left of what failed");
    assert!(
        tool.run(&["init", "--url", "http://tool.example.edu", "--name", "x", "--allow-http"])
            .remarks
            .contains("Warning")
    );
}

#[test]
fn without_a_path_the_database_lies_in_the_data_directory() {
    let tool = Tool::empty_for_file();
    let mut command = tool.command(&["-o", "json", "init", "--url", URL, "--name", "x"]);
    let output = command.env_remove("LTICTL_DB").output().unwrap();
    let done: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let database = std::path::Path::new(done["database"].as_str().unwrap());
    assert!(
        database.is_file()
            && database.starts_with(tool.path(""))
            && database.ends_with("ltictl/ltictl.db"),
        "{}",
        database.display()
    );
}

#[test]
fn settings_are_read_and_changed() {
    let tool = Tool::new();
    assert_eq!(tool.run(&["config", "get", "url"]).answer, "https://tool.example.edu\n");
    assert_eq!(
        tool.json(&["config", "list"]),
        serde_json::json!({
            "logo": "",
            "name": "Example Tool",
            "session_lifetime": "8h",
            "sync_interval": "30m",
            "app_key": "required",
            "launch_retention": "90d",
            "key_rotation": "off",
            "waiting_launch_limit": "10000",
            "account_limit": "200000",
            "time_zone": "",
            "log_level": "info",
            "url": URL,
        })
    );
    assert_eq!(tool.json(&["config", "set", "session_lifetime", "90m"])["session_lifetime"], "90m");
    assert_eq!(
        tool.json(&["config", "get", "session_lifetime"]),
        serde_json::json!({ "session_lifetime": "90m" })
    );
    assert_eq!(
        tool.json(&["config", "set", "logo", "https://tool.example.edu/logo.png"])["logo"],
        "https://tool.example.edu/logo.png"
    );
    assert_eq!(tool.run(&["config", "get", "logo"]).answer, "https://tool.example.edu/logo.png\n");
    assert_eq!(tool.json(&["config", "set", "logo", ""])["logo"], "");
    let changed = tool.run(&["config", "set", "name", "Other"]);
    assert_eq!(changed.answer, "SETTING  VALUE\nname     Other\n", "only what was changed");
    assert!(changed.remarks.contains("It was Example Tool before."), "{}", changed.remarks);
    let same = tool.run(&["config", "set", "name", "Other"]);
    assert!(same.remarks.contains("Nothing was changed."), "{}", same.remarks);
    assert!(
        tool.run(&["config", "set", "url", "https://new.example.edu"])
            .remarks
            .contains("ltictl registration tool-details REG")
    );
    let tool = tool.drafted("Moodle Prod");
    let details = &tool.json(&["registration", "show", "moodle-prod"])["tool"];
    assert!(details["tool_url"].as_str().unwrap().starts_with("https://new.example.edu/"));
}

#[test]
fn unknown_settings_and_bad_values_are_refused() {
    let tool = Tool::new();
    let before = tool.dump();
    for (arguments, exit_code, named) in [
        (&["get", "nam"][..], 3, "did you mean name?"),
        (&["set", "colour", "red"], 3, "ltictl config list"),
        (&["set", "session_lifetime", "8"], 5, "ltictl config set --help"),
        (&["set", "session_lifetime", "30d"], 5, "between 1m and 7d"),
        (&["set", "url", "ftp://tool.example.edu"], 5, "url must"),
        (&["set", "url", "https://tool.example.edu/?a=b"], 5, "query"),
        (&["set", "logo", "http://tool.example.edu/logo.png"], 5, "logo must start with https://"),
        (&["set", "logo", "data:image/png;base64,AAAA", "--allow-http"], 5, "logo must"),
        (&["set", "name", ""], 5, "name must not be empty"),
    ] {
        let refused = tool.fails(&[&["config"], arguments].concat(), exit_code);
        assert!(refused.contains(named), "{arguments:?}: {refused}");
    }
    assert_eq!(tool.dump(), before);
}
