//! What holds for every command: exit codes, where answers and errors go, JSON, and what may be
//! asked of the database.

use std::io::Read;
use std::process::Stdio;

use super::terminal::Terminal;
use super::tool::{Tool, URL, keys_in_order, platform_of, platform_set, set_mode};
use crate::lab::database::Database;

#[test]
fn every_exit_code_is_the_one_in_the_contract() {
    let tool = Tool::new().registered("Moodle Prod").drafted("Canvas");
    let [issuer, client_id, ..] = platform_of("moodle-prod");
    for (arguments, exit_code) in [
        (&["platform", "import", "canvas", "no-such-file.json"][..], 1),
        (&["registration", "create"], 2),
        (&["registration", "create", "--no-input"], 2),
        (&["registration", "frobnicate"], 2),
        (&["registration", "show"], 2),
        (&["registration", "list", "--frobnicate"], 2),
        (&["launch", "list", "--limit", "many"], 2),
        (&["registration", "show", "moodle"], 3),
        (&["resource", "show", "quiz"], 3),
        (&["launch", "show", "1"], 3),
        (&["account", "show", "sam"], 3),
        (&["grade", "list", "quiz"], 3),
        (&["consumer", "show", "key"], 3),
        (&["registration", "create", "Moodle Prod"], 4),
        (
            &[
                "platform",
                "set",
                "canvas",
                "--issuer",
                "http://lms.example.edu",
                "--client-id",
                "x",
            ],
            5,
        ),
        (&["registration", "create", ""], 5),
    ] {
        tool.fails(arguments, exit_code);
    }
    let values = platform_of("moodle-prod");
    tool.fails(
        &[
            "platform",
            "set",
            "canvas",
            "--issuer",
            &issuer,
            "--client-id",
            &client_id,
            "--keyset-url",
            &values[2],
            "--token-url",
            &values[3],
            "--auth-url",
            &values[4],
        ],
        4,
    );
}

#[test]
fn a_noun_alone_shows_its_help_and_fails() {
    let tool = Tool::empty();
    for arguments in [
        &[][..],
        &["registration"],
        &["platform"],
        &["deployment"],
        &["resource"],
        &["account"],
        &["grade"],
        &["consumer"],
        &["key"],
        &["launch"],
        &["audit"],
        &["config"],
        &["key", "--no-input"],
    ] {
        let output = tool.command(arguments).output().unwrap();
        let help = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
        let heading = if arguments.is_empty() { "Connect platforms:" } else { "Commands:" };
        assert!(help.contains(heading), "{arguments:?}: {help}");
    }
    let output = tool.command(&["registration", "-o", "json"]).output().unwrap();
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["error"]["hint"], "ltictl registration --help");
}

#[test]
fn help_and_version_are_answers() {
    let tool = Tool::empty();
    for arguments in [
        &["--version"][..],
        &["-V"],
        &["--help"],
        &["-h"],
        &["help"],
        &["registration", "--help"],
        &["help", "platform", "set"],
        &["platform", "set", "-h"],
    ] {
        let said = tool.run(arguments);
        assert!(!said.answer.is_empty() && said.remarks.is_empty(), "{arguments:?}");
    }
    assert_eq!(tool.run(&["--version"]).answer, format!("ltictl {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_registration_in_json_has_exactly_the_keys_of_the_contract() {
    let tool = Tool::new();
    let draft = ["slug", "name", "status", "missing", "tool"];
    let details = [
        "tool_url",
        "initiate_login_url",
        "jwks_url",
        "deep_linking_url",
        "registration_url",
        "registration_url_expires_at",
    ];
    let platform =
        ["issuer", "client_id", "keyset_url", "access_token_url", "authentication_request_url"];
    let times = ["created_at", "updated_at"];
    let expected = [&draft[..], &details, &["platform", "deployments"], &times].concat();
    let created = tool.json_text(&["registration", "create", "Moodle Prod"]);
    assert_eq!(keys_in_order(&created), expected);
    assert!(
        created.contains("\"platform\": null"),
        "what is unknown is null, never absent: {created}"
    );

    tool.connect("moodle-prod", &platform_of("moodle"));
    tool.run(&["deployment", "add", "moodle-prod", "1"]);
    let expected = [
        &draft[..],
        &details,
        &["platform"],
        &platform,
        &["deployments", "deployment_id", "name"],
        &times,
    ]
    .concat();
    for arguments in [
        &["registration", "show", "moodle-prod"][..],
        &["registration", "create", "Moodle Prod", "--if-not-exists"],
        &["registration", "list"],
    ] {
        assert_eq!(keys_in_order(&tool.json_text(arguments)), expected, "{arguments:?}");
    }
    let shown = tool.json(&["registration", "show", "moodle-prod"]);
    for moment in ["created_at", "updated_at"] {
        let moment = shown[moment].as_str().unwrap();
        assert!(
            moment.len() == 20
                && moment.ends_with('Z')
                && moment.parse::<jiff::Timestamp>().is_ok(),
            "{moment}"
        );
    }
}

/// Commands that print data, before the registration has platform details.
const DRAFT: &[&[&str]] = &[
    &["config", "list"],
    &["config", "get", "name"],
    &["config", "set", "name", "Other"],
    &["registration", "create", "Moodle Prod"],
    &["registration", "list"],
    &["registration", "show", "moodle-prod"],
    &["registration", "rename", "moodle-prod", "Moodle"],
    &["registration", "disable", "moodle-prod"],
    &["registration", "enable", "moodle-prod"],
    &["registration", "tool-details", "moodle-prod"],
];

/// The same afterwards, until the first signing key is retired.
const ACTIVE: &[&[&str]] = &[
    &["platform", "show", "moodle-prod"],
    &["platform", "import", "moodle-prod", "platform.json", "--yes"],
    &["deployment", "add", "moodle-prod", "1"],
    &["deployment", "list", "moodle-prod"],
    &["deployment", "rename", "moodle-prod", "1", "Whole site"],
    &["resource", "publish", "Quiz"],
    &["resource", "list"],
    &["resource", "show", "quiz"],
    &["resource", "update", "quiz", "--max-grade", "5"],
    &["resource", "launch-details", "quiz"],
    &["account", "create", "sam"],
    &["account", "list"],
    &["account", "show", "sam"],
    &["account", "update", "sam", "--name", "Sam Student"],
    &["account", "rename", "sam", "sam.student"],
    &["account", "rename", "sam.student", "sam"],
    &["account", "set-password", "sam", "--remove"],
    &["account", "link", "sam", "--registration", "moodle-prod", "--sub", "4"],
    &["account", "unlink", "sam", "--registration", "moodle-prod", "--sub", "4"],
    &["account", "disable", "sam"],
    &["account", "enable", "sam"],
    &["account", "enrol", "sam", "quiz"],
    &["account", "grant", "sam", "quiz"],
    &["account", "revoke", "sam", "--all"],
    &["grade", "set", "quiz", "sam", "4"],
    &["grade", "list", "quiz"],
    &["grade", "show", "quiz", "sam"],
    &["grade", "import", "quiz", "grades.csv"],
    &["account", "unenrol", "sam", "quiz"],
    &["consumer", "list"],
    &["resource", "unpublish", "quiz"],
    &["key", "list"],
    &["key", "rotate"],
    &["key", "activate"],
    &["key", "export"],
    &["key", "export", "--format", "pem"],
];

/// The same for files and logs.
const FILES_AND_LOGS: &[&[&str]] = &[
    &["db", "check"],
    &["backup", "copy.db"],
    &["restore", "copy.db", "--yes"],
    &["launch", "list"],
    &["audit", "list"],
    &["audit", "show", "1"],
    &["audit", "verify"],
];

#[test]
fn every_command_that_prints_data_prints_one_json_document() {
    let tool = Tool::empty();
    tool.json(&["init", "--url", URL, "--name", "Example Tool"]);
    let kid = tool.json(&["key", "list"])[0]["kid"].as_str().unwrap().to_owned();
    tool.file("platform.json", r#"{"client_id": "other"}"#);
    tool.file("grades.csv", "account,score\nsam,5\n");
    let platform = platform_of("moodle");
    let set: &[&str] = &platform_set("moodle-prod", &platform);
    let retire: &[&str] = &["key", "retire", &kid, "--yes"];
    for arguments in [DRAFT, &[set], ACTIVE, &[retire], FILES_AND_LOGS].concat() {
        // PostgreSQL's own tools write and read backups of its databases.
        if !tool.database().is_file() && ["backup", "restore"].contains(&arguments[0]) {
            continue;
        }
        let document = tool.json(arguments);
        assert!(document.is_object() || document.is_array(), "{arguments:?}");
    }
}

#[test]
fn json_can_be_asked_for_anywhere_on_the_line() {
    let tool = Tool::new();
    let lines = [
        &["-o", "json", "key", "list"][..],
        &["key", "-o", "json", "list"],
        &["key", "list", "--output=json"],
        &["key", "list", "-ojson"],
    ];
    let [first, others @ ..] = lines.map(|line| tool.run(line).answer);
    assert!(others.iter().all(|other| *other == first));
    for line in [
        &["key", "lst", "-ojson"][..],
        &["--output", "json", "key", "lst"],
        &["key", "-o=json", "lst"],
    ] {
        let output = tool.command(line).output().unwrap();
        assert!(serde_json::from_slice::<serde_json::Value>(&output.stderr).is_ok(), "{line:?}");
    }
}

#[test]
fn a_long_url_is_never_cut_or_wrapped_in_a_pipe() {
    let tool = Tool::new().drafted("Moodle Prod");
    let mut values = platform_of("moodle");
    values[4] = format!("https://moodle.example.edu/{}", "x".repeat(2000 - 27));
    assert_eq!(values[4].len(), 2000);
    tool.connect("moodle-prod", &values);
    tool.run(&["resource", "publish", "Quiz", "--target", &values[4]]);
    for arguments in [
        &["registration", "show", "moodle-prod"][..],
        &["platform", "show", "moodle-prod"],
        &["resource", "list"],
        &["resource", "show", "quiz"],
    ] {
        let answer = tool.run(arguments).answer;
        assert!(answer.lines().any(|line| line.ends_with(&values[4])), "{arguments:?}: {answer}");
    }
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let tool = Tool::new();
    let deployments: Vec<String> = (0..3000)
        .map(|number| format!(r#"{{"deployment_id": "{number}", "name": "{}"}}"#, "x".repeat(100)))
        .collect();
    let json = format!(
        r#"{{"issuer": "https://m.example.edu", "client_id": "c", "keyset_url": "https://m.example.edu/k", "token_url": "https://m.example.edu/t", "auth_url": "https://m.example.edu/a", "deployments": [{}]}}"#,
        deployments.join(",")
    );
    let tool = tool.drafted("Moodle Prod");
    tool.run(&["platform", "import", "moodle-prod", &tool.file("platform.json", &json)]);
    for arguments in [
        &["deployment", "list", "moodle-prod"][..],
        &["deployment", "list", "moodle-prod", "-o", "yaml"],
        &["deployment", "list", "moodle-prod", "-o", "csv"],
        &["deployment", "list", "moodle-prod", "-o", "env"],
        &["deployment", "list", "moodle-prod", "-o", "json", "--columns", "name"],
        &["deployment", "list", "moodle-prod", "-q"],
        &["registration", "show", "moodle-prod", "-o", "json"],
        &["completions", "bash"],
    ] {
        let mut child = tool
            .process(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut start = [0; 10];
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut start).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        assert_eq!(
            (output.status.code(), String::from_utf8_lossy(&output.stderr).contains("rror")),
            (Some(0), false),
            "{arguments:?}"
        );
    }
}

#[test]
fn nothing_is_coloured_in_a_pipe() {
    let tool = Tool::new().registered("Moodle Prod");
    for arguments in [
        &["registration", "list"][..],
        &["registration", "show", "moodle-prod"],
        &["--help"],
        &["registration", "show", "nothing"],
        &["nothing"],
    ] {
        let output = tool.command(arguments).env_remove("NO_COLOR").output().unwrap();
        assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b), "{arguments:?}");
    }
}

#[test]
fn the_flag_names_the_database_before_the_environment_does() {
    let tool = Tool::new();
    let other = Tool::new().drafted("Moodle Prod");
    let path = other.database().text();
    assert!(tool.run(&["--db", path, "registration", "list"]).answer.contains("moodle-prod"));
    assert!(tool.run(&["registration", "list"]).answer.starts_with("No registrations yet"));
    tool.fails(&["--db", tool.path("missing.db").to_str().unwrap(), "registration", "list"], 3);
}

#[test]
fn only_init_makes_a_database() {
    let tool = Tool::empty();
    for arguments in [
        &["registration", "list"][..],
        &["registration", "create", "x"],
        &["config", "list"],
        &["platform", "show", "x"],
        &["deployment", "list", "x"],
        &["resource", "list"],
        &["account", "list"],
        &["account", "create", "sam"],
        &["grade", "list", "quiz"],
        &["consumer", "list"],
        &["key", "rotate"],
        &["launch", "list"],
        &["backup", "copy.db"],
        &["db", "check"],
    ] {
        let refused = tool.fails(arguments, 3);
        // PostgreSQL's own tool makes backups of its databases.
        if !tool.database().is_file() && arguments[0] == "backup" {
            continue;
        }
        assert!(
            (!tool.database().is_file() || refused.contains(tool.database().text()))
                && refused.contains("hint: ltictl init --url"),
            "{refused}"
        );
    }
    assert_eq!(std::fs::read_dir(tool.path("")).unwrap().count(), 0);
    assert!(!tool.database().exists());
}

#[cfg(unix)]
#[test]
fn a_database_that_others_can_read_is_refused_with_the_command_that_helps() {
    let tool = Tool::in_file();
    for mode in [0o640, 0o604, 0o620, 0o666] {
        set_mode(tool.database().file(), mode);
        let refused = tool.fails(&["registration", "list"], 1);
        assert!(refused.contains(&format!("(mode {mode:04o})")), "{refused}");
        assert!(refused.contains(&format!("hint: chmod 600 {}", tool.database())), "{refused}");
    }
    set_mode(tool.database().file(), 0o600);
    tool.run(&["registration", "list"]);
}

#[test]
fn a_database_from_the_future_is_refused_untouched() {
    let tool = Tool::new();
    Database::open(tool.database()).set_schema_version(999);
    let before = tool.dump();
    let refused = tool.fails(&["registration", "create", "Moodle"], 1);
    assert!(
        refused.contains("schema version 999")
            && refused.contains("install the ltictl that wrote it, or a newer one"),
        "{refused}"
    );
    assert_eq!(tool.dump(), before);
}

#[test]
fn files_of_others_are_left_alone() {
    let text = Tool::empty_for_file();
    text.file("ltictl.db", &"This is a letter, not a database. ".repeat(100));
    let theirs = Tool::empty_for_file();
    Database::create_for_another_program(theirs.database().file());
    for tool in [text, theirs] {
        set_mode(tool.database().file(), 0o600);
        let before = std::fs::read(tool.database().file()).unwrap();
        for arguments in [&["registration", "list"][..], &["init", "--url", URL, "--name", "x"]] {
            assert!(tool.fails(arguments, 1).contains("is not a database of ltictl"));
        }
        assert_eq!(std::fs::read(tool.database().file()).unwrap(), before);
    }
    let tool = Tool::empty_for_file();
    std::fs::create_dir(tool.database().file()).unwrap();
    tool.fails(&["registration", "list"], 1);
}

#[test]
fn an_init_that_did_not_finish_can_be_repeated() {
    let tool = Tool::empty_for_file();
    tool.file("ltictl.db", "");
    set_mode(tool.database().file(), 0o600);
    assert!(tool.fails(&["registration", "list"], 3).contains("hint: ltictl init --url"));
    tool.run(&["init", "--url", URL, "--name", "x"]);
    tool.run(&["registration", "list"]);
}

#[test]
fn remarks_fit_a_narrow_terminal() {
    let tool = Tool::new().published("Essay").with_account("sam");
    tool.run(&["account", "enrol", "sam", "essay"]);
    let values = platform_of("moodle");
    let set = super::tool::platform_set("moodle-prod", &values);
    for arguments in [
        &["registration", "create", "Moodle Prod"][..],
        &["registration", "tool-details", "moodle-prod"],
        &set,
        &["deployment", "add", "moodle-prod", "1"],
        &["registration", "disable", "moodle-prod"],
        &["resource", "publish", "Algebra quiz", "--max-grade", "10"],
        &["resource", "unpublish", "algebra-quiz"],
        &["resource", "launch-details", "algebra-quiz"],
        &["account", "create", "somebody-with-a-long-name"],
        &["account", "disable", "somebody-with-a-long-name"],
        &["grade", "set", "algebra-quiz", "somebody-with-a-long-name", "5"],
        &["account", "unenrol", "sam", "essay"],
        &["account", "delete", "somebody-with-a-long-name", "--yes"],
        &["resource", "delete", "algebra-quiz", "--yes"],
    ] {
        let (status, shown) = in_a_terminal(&tool, arguments);
        assert!(status, "{arguments:?}: {shown}");
        for line in shown.lines() {
            let is_whole = line.contains('`') || line.contains("://");
            assert!(line.chars().count() <= 80 || is_whole, "{arguments:?}: {line}");
        }
    }
}

#[test]
fn long_commands_can_be_pasted_from_a_narrow_terminal() {
    let slug = "moodle-of-the-university-of-example";
    let tool = Tool::new().registered("Moodle of the University of Example").published("Essay");
    tool.run(&["registration", "create", "Other platform of the University of Example"]);
    let sandbox = [
        "sandbox",
        "--listen",
        "127.0.0.1:0",
        "--registration",
        slug,
        "--resource",
        "essay",
        "--launch",
        "tina",
    ];
    for (arguments, first, options) in [
        (&sandbox[..], "ltictl platform set ", 5),
        (&["search", "essay", "--kind", "resource"], "ltictl resource show essay", 0),
        (&["demo"], "ltictl platform set test-platform", 5),
    ] {
        let shown = in_a_terminal(&tool, arguments).1.replace('\r', "");
        assert!(
            shown.lines().all(|line| line.chars().count() <= 80 || has_one_word(line)),
            "{shown}"
        );
        let command = shown.split_once(first).unwrap_or_else(|| panic!("{shown}")).1;
        let mut lines = command.lines();
        let mut last = lines.next().unwrap();
        let mut found = last.matches(" --").count();
        while let Some(continued) = last.strip_suffix(" \\") {
            assert!(!continued.ends_with(' '), "{shown}");
            last = lines.next().unwrap();
            assert!(last.trim_start().starts_with("--"), "{shown}");
            found += last.matches(" --").count();
        }
        assert_eq!(found, options, "{shown}");
    }
    let piped = tool.process(&sandbox).output().unwrap().stderr;
    let piped = String::from_utf8(piped).unwrap();
    let line = piped.lines().find(|line| line.contains("ltictl platform set ")).unwrap();
    assert!(line.contains(" --authentication-request-url ") && !line.contains('\\'), "{piped}");
}

/// Whether a line has nothing but an identifier, perhaps after its label.
fn has_one_word(line: &str) -> bool {
    let value = line.trim_start().rsplit_once("  ").map_or(line, |(_, value)| value);
    value.split_whitespace().count() == 1
}

/// What a command shows in a terminal of 80 columns, and whether it succeeds.
fn in_a_terminal(tool: &Tool, arguments: &[&str]) -> (bool, String) {
    let mut command = tool.process(arguments);
    command.env("COLUMNS", "80");
    let (status, shown) = Terminal::start(command).end();
    (status.success(), shown)
}

#[test]
fn a_narrow_terminal_shows_whole_words_only() {
    let tool = Tool::new().published("Essay with a title that is rather long").with_account("sam");
    let slug = "essay-with-a-title-that-is-rather-long";
    tool.run(&["account", "enrol", "sam", slug]);
    tool.run(&["registration", "create", "Moodle of the University of Example"]);
    tool.run(&platform_set("moodle-of-the-university-of-example", &platform_of("moodle")));
    for arguments in [
        &["registration", "list"][..],
        &["resource", "list"],
        &["resource", "show", slug],
        &["account", "list"],
        &["account", "show", "sam"],
        &["audit", "list"],
        &["config", "list"],
        &["key", "list"],
        &["launch", "stats"],
        &["sync", "status"],
    ] {
        let wide = tool.run(&[arguments, &["-o", "wide"]].concat());
        let wide = format!("{} {}", wide.answer, wide.remarks);
        let (status, narrow) = in_a_terminal(&tool, arguments);
        assert!(status, "{arguments:?}: {narrow}");
        let whole: Vec<&str> = wide.split_whitespace().collect();
        for line in narrow.lines().filter(|line| !line.contains(" with -o wide: ")) {
            let words: Vec<&str> = line.split_whitespace().collect();
            assert!(line.chars().count() <= 80 || words.len() == 1, "{arguments:?}: {narrow}");
            for word in words {
                assert!(whole.contains(&word), "{word} of {arguments:?}: {narrow}\n{wide}");
            }
        }
    }
}
