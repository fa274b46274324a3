//! On a terminal, what is missing is asked for: in the order of the form, again after a bad answer,
//! and never twice.

use std::os::unix::process::ExitStatusExt;

use super::terminal::Terminal;
use super::tool::{Tool, URL, platform_of};
use crate::lab::database::Database;

const LABELS: [&str; 5] = [
    "Platform ID (issuer)",
    "Client ID",
    "Public keyset URL",
    "Access token URL",
    "Authentication request URL",
];

#[test]
fn the_platforms_values_are_asked_for_in_the_order_of_the_form() {
    let tool = Tool::new().drafted("Moodle Prod");
    let mut terminal = Terminal::run(&tool, &["platform", "set", "moodle-prod"]);
    terminal.expect("Press Ctrl-C to stop");
    for (label, value) in LABELS.iter().zip(platform_of("moodle")) {
        terminal.expect(label);
        terminal.answer(&format!("  {value} "));
    }
    terminal.expect("Next: ltictl deployment add moodle-prod DEPLOYMENT_ID");
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(0), "{shown}");
    let platform = &tool.json(&["registration", "show", "moodle-prod"])["platform"];
    assert_eq!(platform["authentication_request_url"], "https://moodle.example.edu/auth");
}

#[test]
fn a_bad_answer_is_explained_and_asked_again() {
    let tool = Tool::new().drafted("Moodle Prod");
    let mut terminal = Terminal::run(&tool, &["platform", "set", "moodle-prod"]);
    for (label, value) in LABELS.iter().zip(platform_of("moodle")) {
        terminal.expect(label);
        if *label == "Public keyset URL" {
            terminal.answer("moodle.example.edu/keys");
            terminal.expect("Public keyset URL must be an absolute URL");
            terminal.expect(label);
            // The bad answer is still there to be corrected; take it away.
            terminal.keys(&"\u{7f}".repeat(40));
        }
        terminal.answer(&value);
    }
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(0), "{shown}");
    assert_eq!(
        tool.json(&["registration", "show", "moodle-prod"])["platform"]["keyset_url"],
        "https://moodle.example.edu/keys"
    );
}

#[test]
fn enter_accepts_the_known_value() {
    let tool = Tool::new().registered("Moodle Prod");
    let before = tool.json(&["registration", "show", "moodle-prod"])["platform"].clone();
    let mut terminal = Terminal::run(&tool, &["platform", "set", "moodle-prod"]);
    for (label, value) in LABELS.iter().zip(platform_of("moodle-prod")) {
        terminal.expect(label);
        terminal.expect(&format!("({value})"));
        terminal.answer(if *label == "Client ID" { "another" } else { "" });
    }
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(0), "{shown}");
    let after = tool.json(&["registration", "show", "moodle-prod"])["platform"].clone();
    assert_eq!(
        (after["client_id"].as_str(), &after["issuer"], &after["keyset_url"]),
        (Some("another"), &before["issuer"], &before["keyset_url"])
    );
}

#[test]
fn only_what_is_missing_is_asked_for() {
    let tool = Tool::new().drafted("Moodle Prod");
    let [issuer, client_id, keyset_url, token_url, auth_url] = platform_of("moodle");
    let mut terminal = Terminal::run(
        &tool,
        &[
            "platform",
            "set",
            "moodle-prod",
            "--issuer",
            &issuer,
            "--client-id",
            &client_id,
            "--keyset-url",
            &keyset_url,
            "--auth-url",
            &auth_url,
        ],
    );
    terminal.expect("Access token URL");
    terminal.answer(&token_url);
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(0), "{shown}");
}

#[test]
fn values_that_were_given_are_checked_before_anything_is_asked() {
    let tool = Tool::new().drafted("Moodle Prod");
    let (status, shown) =
        Terminal::run(&tool, &["platform", "set", "moodle-prod", "--keyset-url", "not a url"])
            .end();
    assert_eq!(status.code(), Some(5), "{shown}");
    assert!(!shown.contains("Platform ID"), "{shown}");
    let (status, shown) = Terminal::run(&tool, &["init", "--url", "not a url"]).end();
    assert_eq!(status.code(), Some(5), "{shown}");
}

#[test]
fn a_name_is_asked_for() {
    let tool = Tool::new();
    let mut terminal = Terminal::run(&tool, &["registration", "create"]);
    terminal.expect("Display name of the platform");
    terminal.answer("   ");
    terminal.expect("name must not be empty");
    terminal.answer("Moodle Prod");
    assert_eq!(terminal.end().0.code(), Some(0));
    tool.run(&["registration", "show", "moodle-prod"]);

    let mut terminal = Terminal::run(&tool, &["deployment", "add", "moodle-prod"]);
    terminal.expect("Deployment ID");
    terminal.answer("7");
    assert_eq!(terminal.end().0.code(), Some(0));
    assert_eq!(tool.json(&["deployment", "list", "moodle-prod"])[0]["deployment_id"], "7");

    let mut terminal = Terminal::run(&tool, &["resource", "publish"]);
    terminal.expect("Title");
    terminal.answer("Quiz");
    assert_eq!(terminal.end().0.code(), Some(0));
    tool.run(&["resource", "show", "quiz"]);

    let mut terminal = Terminal::run(&tool, &["account", "create"]);
    terminal.expect("Username to sign in with");
    terminal.answer("Sam Student");
    terminal.expect("username must be");
    terminal.keys(&"\u{7f}".repeat(20));
    terminal.answer("sam");
    assert_eq!(terminal.end().0.code(), Some(0));
    tool.run(&["account", "show", "sam"]);
}

#[test]
fn init_asks_for_address_and_name() {
    let tool = Tool::empty();
    let mut terminal = Terminal::run(&tool, &["init"]);
    terminal.set_the_tool_up();
    terminal.expect("Next: ltictl registration create");
    assert_eq!(terminal.end().0.code(), Some(0));
    assert_eq!(tool.run(&["config", "get", "url"]).answer, format!("{URL}\n"));
}

#[test]
fn the_decision_about_people_precedes_any_change() {
    let tool = Tool::new().registered("Moodle Prod").with_account("sam");
    tool.run(&["account", "link", "sam", "--registration", "moodle-prod", "--sub", "4"]);
    let issuers = || {
        let account = tool.json(&["account", "show", "sam"]);
        (
            tool.json(&["registration", "show", "moodle-prod"])["platform"]["issuer"].clone(),
            account["links"][0]["issuer"].clone(),
        )
    };
    let before = issuers();
    let change = |issuer: &str| {
        let mut terminal =
            Terminal::run(&tool, &["platform", "set", "moodle-prod", "--issuer", issuer]);
        terminal.expect("identify 1 person with 0 enrolments and 0 grades");
        terminal.expect("What happens to them?");
        terminal
    };
    let mut terminal = change("https://new.example.edu");
    terminal.keys("\u{1b}");
    let (status, shown) = terminal.end();
    assert!(status.code() == Some(1) && shown.contains("nothing was changed"), "{shown}");
    assert_eq!(issuers(), before);
    let mut terminal = change("https://new.example.edu");
    terminal.keys("\r");
    let (status, shown) = terminal.end();
    assert!(status.code() == Some(0) && shown.contains("1 person carried over"), "{shown}");
    let new = || serde_json::json!("https://new.example.edu");
    assert_eq!(issuers(), (new(), new()));
    let mut terminal = change("https://third.example.edu");
    terminal.keys("2\r");
    let (status, shown) = terminal.end();
    assert!(
        status.code() == Some(0) && shown.contains("accounts of 1 person stay linked"),
        "{shown}"
    );
    assert_eq!(issuers(), (serde_json::json!("https://third.example.edu"), new()));
}

#[test]
fn passwords_are_typed_twice_and_never_shown() {
    let tool = Tool::new();
    tool.run(&["account", "create", "sam"]);
    let hash = || Database::open(tool.database()).password_hash("sam");
    let mut terminal = Terminal::run(&tool, &["account", "set-password", "sam"]);
    terminal.expect("New password");
    terminal.secret("short");
    terminal.expect("password must have at least 12 characters");
    terminal.secret("correct horse");
    terminal.expect("Repeat to confirm");
    terminal.secret("correct horsE");
    terminal.expect("The entries do not match");
    assert_eq!(hash(), None);
    terminal.expect("New password");
    terminal.secret("correct horse");
    terminal.expect("Repeat to confirm");
    terminal.secret("correct horse");
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(0), "{shown}");
    assert!(
        !shown.contains("horse") && !shown.contains("short") && shown.contains("set"),
        "{shown}"
    );
    assert!(ltictl::rules::passwords::verify("correct horse", hash().as_deref()));
}

#[test]
fn deleting_asks_and_stops_at_no() {
    let tool = Tool::new().registered("Moodle Prod").published("Quiz");
    tool.run(&["account", "create", "sam", "--name", "Sam Student"]);
    tool.run(&["grade", "set", "quiz", "sam", "5"]);
    tool.run_with_input(
        &["consumer", "add", "school.example", "--secret-stdin"],
        "a shared secret",
    );
    for (arguments, question) in [
        (&["resource", "delete", "quiz"][..], "Delete Quiz (quiz) with 1 grade?"),
        (
            &["account", "delete", "sam"],
            "Delete Sam Student (sam) with 1 grade? The grade is not exported (--export FILE).",
        ),
        (
            &["account", "delete", "sam", "--export", "sam.json"],
            "Delete Sam Student (sam) with 1 grade?",
        ),
        (
            &["consumer", "remove", "school.example"],
            "Remove consumer school-example with 1 secret?",
        ),
        (
            &["registration", "delete", "moodle-prod"],
            "Delete Moodle Prod (moodle-prod) with 1 deployment?",
        ),
        (
            &["deployment", "remove", "moodle-prod", "1"],
            "Remove deployment 1 (Whole site) of moodle-prod, with no dependent data?",
        ),
    ] {
        let before = tool.dump();
        for no in ["n", "\r"] {
            let mut terminal = Terminal::run(&tool, arguments);
            terminal.expect(question);
            terminal.keys(no);
            let (status, shown) = terminal.end();
            assert_eq!(status.code(), Some(1), "{shown}");
            assert!(shown.contains("nothing was changed") && shown.contains("--yes"), "{shown}");
        }
        assert_eq!(tool.dump(), before);
        assert!(!tool.path("sam.json").exists());
    }
    let mut terminal = Terminal::run(&tool, &["registration", "delete", "moodle-prod"]);
    terminal.expect("Delete Moodle Prod");
    terminal.keys("y");
    terminal.expect("Deleted moodle-prod");
    assert_eq!(terminal.end().0.code(), Some(0));
    tool.fails(&["registration", "show", "moodle-prod"], 3);
}

#[test]
fn an_import_shows_before_and_after_and_asks() {
    let tool = Tool::new().registered("Moodle Prod");
    let file = tool.file("details.txt", "Client ID: another\nDeployment ID: 9\nPrint this page\n");
    let import = ["platform", "import", "moodle-prod", &file];
    let question = "Change moodle-prod like this?";
    let before = tool.dump();
    for no in ["n", "\r"] {
        let mut terminal = Terminal::run(&tool, &import);
        for shown in [
            "Used:",
            "Client ID: another",
            "Not recognized:",
            "Print this page",
            "BEFORE",
            "AFTER",
            "Client ID",
            "another",
            "Deployment ID",
            question,
        ] {
            terminal.expect(shown);
        }
        terminal.keys(no);
        let (status, shown) = terminal.end();
        assert_eq!(status.code(), Some(1), "{shown}");
        assert!(shown.contains("nothing was changed") && shown.contains("--yes"), "{shown}");
        assert_eq!(tool.dump(), before);
    }
    let mut terminal = Terminal::run(&tool, &import);
    terminal.expect(question);
    terminal.keys("y");
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(0), "{shown}");
    assert_eq!(shown.matches("BEFORE").count(), 1, "the table is not shown again: {shown}");
    let registration = tool.json(&["registration", "show", "moodle-prod"]);
    assert_eq!(
        (&registration["platform"]["client_id"], &registration["deployments"][1]["deployment_id"]),
        (&"another".into(), &"9".into())
    );

    // Nothing to change is nothing to ask; --yes and --dry-run do not ask either.
    let other = tool.file("other.txt", "Client ID: third\n");
    for arguments in [
        &import[..],
        &["platform", "import", "moodle-prod", &other, "--dry-run"],
        &["platform", "import", "moodle-prod", &other, "--yes"],
    ] {
        let (status, shown) = Terminal::run(&tool, arguments).end();
        assert_eq!(status.code(), Some(0), "{shown}");
        assert!(!shown.contains(question), "{shown}");
    }
    assert_eq!(
        tool.json(&["registration", "show", "moodle-prod"])["platform"]["client_id"],
        "third"
    );
}

#[test]
fn what_is_pasted_into_the_terminal_is_asked_about_too() {
    let tool = Tool::new().drafted("Moodle Prod");
    let mut terminal = Terminal::run(&tool, &["platform", "import", "moodle-prod", "-"]);
    terminal.paste(include_str!("../data/moodle/tool-configuration-details.txt"));
    terminal.expect("Change moodle-prod like this?");
    terminal.keys("y");
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(0), "{shown}");
    assert_eq!(tool.json(&["registration", "show", "moodle-prod"])["status"], "active");
}

#[test]
fn ctrl_c_stops_and_changes_nothing() {
    let tool = Tool::new().drafted("Moodle Prod");
    let before = tool.dump();
    let mut terminal = Terminal::run(&tool, &["platform", "set", "moodle-prod"]);
    terminal.expect("Platform ID (issuer)");
    terminal.answer("https://moodle.example.edu");
    terminal.expect("Client ID");
    terminal.keys("\u{3}");
    let (status, shown) = terminal.end();
    assert_eq!(status.signal(), Some(2), "{shown}");
    assert_eq!(tool.dump(), before);
}

#[test]
fn no_input_forbids_questions_on_a_terminal_too() {
    let tool = Tool::new().registered("Moodle Prod");
    for arguments in [
        &["registration", "create"][..],
        &["registration", "delete", "moodle-prod"],
        &["platform", "set", "moodle-prod"],
        &["resource", "publish"],
        &["account", "create"],
    ] {
        let (status, shown) = Terminal::run(&tool, &[arguments, &["--no-input"]].concat()).end();
        assert_eq!(status.code(), Some(2), "{arguments:?}: {shown}");
    }
}

#[test]
fn colours_are_for_terminals_without_no_color() {
    let tool = Tool::new().registered("Moodle Prod");
    for arguments in [
        &["registration", "list"][..],
        &["registration", "show", "moodle-prod"],
        &["registration", "show", "nothing"],
    ] {
        for (value, styled) in [(None, true), (Some(""), true), (Some("1"), false)] {
            let mut command = tool.process(arguments);
            match value {
                Some(value) => command.env("NO_COLOR", value),
                None => command.env_remove("NO_COLOR"),
            };
            assert_eq!(
                Terminal::start(command).is_styled(),
                styled,
                "{arguments:?} with NO_COLOR={value:?}"
            );
        }
    }
}

#[test]
fn nothing_is_asked_about_a_tool_that_is_already_set_up() {
    let tool = Tool::new();
    for (arguments, code) in [(&["init"][..], 4), (&["init", "--if-not-exists"], 0)] {
        let (status, shown) = Terminal::run(&tool, arguments).end();
        assert!(status.code() == Some(code) && !shown.contains("public URL ("), "{shown}");
    }
}

#[test]
fn a_missing_name_is_picked() {
    let tool = Tool::new().drafted("Moodle Prod").drafted("Canvas");
    let mut terminal = Terminal::run(&tool, &["registration", "disable"]);
    terminal.expect("Which registration?");
    terminal.expect("moodle-prod  Moodle Prod");
    terminal.keys("2\r");
    terminal.expect("Run `ltictl registration disable moodle-prod`?");
    terminal.keys("\r");
    let (status, shown) = terminal.end();
    assert!(status.code() == Some(1) && shown.contains("nothing was changed"), "{shown}");
    assert_eq!(tool.json(&["registration", "show", "moodle-prod"])["status"], "draft");
    let mut terminal = Terminal::run(&tool, &["registration", "disable"]);
    terminal.expect("Which registration?");
    terminal.keys("2\r");
    terminal.expect("Run `ltictl registration disable moodle-prod`?");
    terminal.keys("y");
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(0), "{shown}");
    assert_eq!(tool.json(&["registration", "show", "moodle-prod"])["status"], "disabled");
    // What changes nothing is not asked about.
    let mut terminal = Terminal::run(&tool, &["registration", "show"]);
    terminal.expect("Which registration?");
    terminal.keys("1\r");
    let (status, shown) = terminal.end();
    assert!(status.code() == Some(0) && !shown.contains("Run `"), "{shown}");
    // Esc changes nothing.
    let mut terminal = Terminal::run(&tool, &["registration", "disable"]);
    terminal.expect("Which registration?");
    terminal.keys("\u{1b}");
    let (status, shown) = terminal.end();
    assert!(status.code() == Some(2) && shown.contains("the registrations are"), "{shown}");
    for arguments in
        [&["registration", "disable", "--no-input"][..], &["-o", "json", "account", "show"]]
    {
        let (status, shown) = Terminal::run(&tool, arguments).end();
        assert!(status.code() == Some(2) && !shown.contains("Which"), "{shown}");
    }
}
