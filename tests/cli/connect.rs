//! An admin connects a platform step by step on a terminal: in the platform's words, with what it
//! shows pasted as it is, and nothing stored before the last answer.

use super::terminal::Terminal;
use super::tool::Tool;

const MOODLE: &str = include_str!("../data/moodle/tool-configuration-details.txt");

/// Presses Enter where dialoguer or the list of choices waits for it.
fn enter(terminal: &mut Terminal) {
    terminal.keys("\r");
}

/// As far as the form, with dynamic registration waved aside.
fn at_the_form(tool: &Tool, slug: &str, platform: &str, is_dynamic: bool) -> Terminal {
    let mut terminal = Terminal::run(tool, &["registration", "connect", slug, "--for", platform]);
    terminal.expect("Press Ctrl-C to stop");
    if is_dynamic {
        terminal.expect("Registration URL: https://tool.example.edu/lti/register?token=");
        terminal.expect("Press Enter to exchange the values by hand");
        terminal.line("");
    }
    terminal.expect("What to enter in");
    terminal
}

/// Says yes to what is to be stored and no to the check, and sees it end well.
fn store_and_end(mut terminal: Terminal) {
    terminal.expect("Store this");
    enter(&mut terminal);
    terminal.expect("Check it now?");
    terminal.keys("n");
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(0), "{shown}");
}

#[test]
fn moodle_is_connected_with_one_paste() {
    let tool = Tool::new().drafted("Moodle Prod");
    let mut terminal = at_the_form(&tool, "moodle-prod", "moodle", true);
    terminal.expect("Site administration > Plugins");
    terminal.expect("Initiate login URL: https://tool.example.edu/lti/login/moodle-prod");
    terminal.expect("saved it there: continue");
    enter(&mut terminal);
    terminal.expect("View configuration details");
    terminal.expect("press Enter to be prompted");
    for line in MOODLE.lines() {
        terminal.line(line);
    }
    terminal.expect("used     Platform ID: http://localhost:8100");
    terminal.expect("used     Deployment ID: 3");
    terminal.expect("What will be stored");
    terminal.expect("Product");
    terminal.expect("Store this for moodle-prod?");
    assert_eq!(
        tool.json(&["registration", "show", "moodle-prod"])["platform"],
        serde_json::Value::Null,
        "nothing is stored before the last answer"
    );
    enter(&mut terminal);
    terminal.expect("Check it now?");
    terminal.keys("n");
    terminal.expect("The first launch:");
    terminal.expect("ltictl resource publish");
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(0), "{shown}");
    let shown = tool.json(&["registration", "show", "moodle-prod"]);
    assert_eq!(
        (&shown["status"], &shown["deployments"][0]["deployment_id"]),
        (&"active".into(), &"3".into())
    );
    assert_eq!(shown["platform"]["access_token_url"], "http://localhost:8100/mod/lti/token.php");
    let changes = tool.json(&["audit", "list", "--via", "registration connect"]);
    assert!(
        changes.as_array().unwrap().iter().any(|change| change["noun"] == "deployment"),
        "{changes:#}"
    );
}

#[test]
fn one_by_one_each_value_is_checked_and_the_preset_is_the_answer_of_enter() {
    let tool = Tool::new().drafted("Moodle Prod");
    let mut terminal = at_the_form(&tool, "moodle-prod", "moodle", true);
    enter(&mut terminal);
    terminal.expect("press Enter to be prompted");
    terminal.line("");
    terminal.expect("Platform ID");
    terminal.answer("moodle.example.edu");
    terminal.expect("must be an absolute URL");
    terminal.keys(&"\u{7f}".repeat(20));
    terminal.answer("https://moodle.example.edu");
    terminal.expect("Client ID");
    terminal.answer("abc");
    terminal.expect("Public keyset URL (https://moodle.example.edu/mod/lti/certs.php)");
    enter(&mut terminal);
    terminal.expect("Access token URL (https://moodle.example.edu/mod/lti/token.php)");
    enter(&mut terminal);
    terminal.expect("Authentication request URL (https://moodle.example.edu/mod/lti/auth.php)");
    terminal.answer("https://moodle.example.edu/other");
    terminal.expect("Deployment ID");
    terminal.answer("3");
    terminal.expect("the preset moodle has https://moodle.example.edu/mod/lti/auth.php");
    store_and_end(terminal);
    let platform = tool.json(&["registration", "show", "moodle-prod"])["platform"].clone();
    assert_eq!(
        (&platform["keyset_url"], &platform["authentication_request_url"]),
        (
            &"https://moodle.example.edu/mod/lti/certs.php".into(),
            &"https://moodle.example.edu/other".into()
        )
    );
}

#[test]
fn only_missing_and_invalid_values_of_a_paste_are_asked_for() {
    let tool = Tool::new().drafted("Campus");
    let mut terminal = at_the_form(&tool, "campus", "sakai", true);
    enter(&mut terminal);
    terminal.expect("press Enter to be prompted");
    for line in [
        "LTI 1.3 Platform Issuer: https://sakai.example.edu",
        "LTI 1.3 Client ID: 42",
        "LTI 1.3 Deployment ID: 1",
        "LTI 1.3 Platform OAuth2 Well-Known/KeySet URL: sakai",
    ] {
        terminal.line(line);
    }
    terminal.line("");
    terminal.expect("invalid  LTI 1.3 Platform OAuth2 Well-Known/KeySet URL: sakai (");
    terminal.expect("LTI 1.3 Platform OAuth2 Well-Known/KeySet URL");
    terminal.answer("https://sakai.example.edu/keyset");
    terminal.expect("LTI 1.3 Platform OAuth2 Bearer Token Retrieval URL");
    terminal.answer("https://sakai.example.edu/token/7");
    terminal.expect("LTI 1.3 Platform OIDC Authentication URL");
    terminal.answer("https://sakai.example.edu/auth");
    store_and_end(terminal);
    assert_eq!(tool.json(&["registration", "show", "campus"])["status"], "active");
}

#[test]
fn all_of_it_pasted_into_a_question_is_understood_too() {
    let tool = Tool::new().drafted("Moodle Prod");
    let mut terminal = at_the_form(&tool, "moodle-prod", "moodle", true);
    enter(&mut terminal);
    terminal.expect("press Enter to be prompted");
    terminal.line("");
    terminal.expect("Platform ID");
    let values: Vec<&str> =
        MOODLE.lines().filter(|line| line.contains(": ") && !line.starts_with("URL")).collect();
    terminal.keys(&format!("{}\r", values.join("\r")));
    terminal.expect("used     Client ID: AGBGEBlIcA74NZ3");
    store_and_end(terminal);
    assert_eq!(
        tool.json(&["registration", "show", "moodle-prod"])["deployments"][0]["deployment_id"],
        "3"
    );
}

#[test]
fn canvas_shows_a_number_and_launches_bring_the_deployment() {
    let tool = Tool::new().drafted("Canvas");
    let mut terminal = at_the_form(&tool, "canvas", "canvas", true);
    terminal.expect("OpenID Connect Initiation Url");
    enter(&mut terminal);
    terminal.expect("Details");
    terminal.answer("10000000000001");
    terminal.expect("Deployment Id (Enter: accept any deployment that launches)");
    enter(&mut terminal);
    store_and_end(terminal);
    let shown = tool.json(&["registration", "show", "canvas"]);
    assert_eq!(
        (&shown["status"], &shown["platform"]["issuer"], &shown["platform"]["client_id"]),
        (&"active".into(), &"https://canvas.instructure.com".into(), &"10000000000001".into())
    );
}

#[test]
fn a_canvas_of_ones_own_is_asked_for_its_address_and_open_edx_for_its_issuer() {
    let tool = Tool::new().drafted("Canvas").drafted("Course site");
    let mut terminal = at_the_form(&tool, "canvas", "canvas-selfhosted", true);
    enter(&mut terminal);
    terminal.expect("URL of your Canvas, self-hosted");
    terminal.answer("canvas.example.edu");
    terminal.expect("Details");
    terminal.answer("7");
    terminal.expect("Deployment Id");
    terminal.answer("7:abc");
    store_and_end(terminal);
    assert_eq!(
        tool.json(&["platform", "show", "canvas"])["platform"]["keyset_url"],
        "https://canvas.example.edu/api/lti/security/jwks"
    );

    let mut terminal = at_the_form(&tool, "course-site", "openedx", false);
    enter(&mut terminal);
    terminal.expect("press Enter to be prompted");
    terminal.line("");
    terminal.expect("Platform ID (issuer) (Open edX does not show it)");
    terminal.keys("\u{3}");
    assert_eq!(tool.json(&["registration", "show", "course-site"])["status"], "draft");
}

#[test]
fn values_that_are_not_given_are_kept() {
    let tool = Tool::new().registered("Moodle Prod");
    let mut terminal = at_the_form(&tool, "moodle-prod", "other", false);
    enter(&mut terminal);
    terminal.expect("press Enter to be prompted");
    terminal.line("Client ID: another");
    terminal.line("");
    terminal.expect("Deployment ID (Enter: keep only 1)");
    enter(&mut terminal);
    terminal.expect("client-of-moodle-prod");
    terminal.expect("another");
    store_and_end(terminal);
    let shown = tool.json(&["registration", "show", "moodle-prod"]);
    assert_eq!(
        (&shown["platform"]["client_id"], &shown["platform"]["issuer"]),
        (&"another".into(), &"https://moodle-prod.example.edu".into())
    );
    assert_eq!(shown["deployments"].as_array().unwrap().len(), 1);
}

#[test]
fn quitting_at_any_point_changes_nothing() {
    let tool = Tool::new().drafted("Moodle Prod");
    let before = tool.dump();
    // Esc in the list of platforms, and at the form; Ctrl-C in a question; no at the end.
    let mut terminal = Terminal::run(&tool, &["registration", "connect", "moodle-prod"]);
    terminal.expect("Which platform is Moodle Prod?");
    terminal.keys("\u{1b}");
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(1), "{shown}");
    assert!(shown.contains("nothing was changed"), "{shown}");

    for keys in ["\u{1b}", "\u{3}"] {
        let mut terminal = at_the_form(&tool, "moodle-prod", "moodle", true);
        terminal.expect("saved it there: continue");
        terminal.keys(keys);
        assert!(!terminal.hides_the_cursor(), "nothing would show it again");
        assert_eq!(terminal.end().0.code(), Some(1));
    }

    let mut terminal = at_the_form(&tool, "moodle-prod", "moodle", true);
    enter(&mut terminal);
    terminal.expect("press Enter to be prompted");
    for line in MOODLE.lines() {
        terminal.line(line);
    }
    terminal.expect("Store this for moodle-prod?");
    terminal.keys("n");
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(1), "{shown}");
    assert_eq!(tool.dump(), before);
}

#[test]
fn values_go_to_the_clipboard_one_after_the_other() {
    let tool = Tool::new().drafted("Campus");
    let mut terminal = at_the_form(&tool, "campus", "saltire", false);
    terminal.expect("Copy the values to the clipboard");
    terminal.keys("2\r");
    terminal.expect("1 of 5. LTI version: choose 1.3.0");
    enter(&mut terminal);
    terminal.expect(
        "2 of 5. Message URL: https://tool.example.edu/lti/launch, copied to the clipboard",
    );
    enter(&mut terminal);
    for _ in 0..2 {
        terminal.expect("Press Enter for the next value");
        enter(&mut terminal);
    }
    terminal.expect("5 of 5. Public keyset URL");
    terminal.expect("Press Enter when it is saved there");
    enter(&mut terminal);
    terminal.expect("What saLTIre shows next");
    terminal.expect("press Enter to be prompted");
}

#[test]
fn without_a_terminal_the_commands_for_scripts_are_named() {
    let tool = Tool::new().drafted("Moodle Prod");
    assert!(
        tool.fails(&["registration", "connect", "moodle-prod"], 2)
            .contains("ltictl platform import moodle-prod")
    );
    let (status, shown) =
        Terminal::run(&tool, &["registration", "connect", "moodle-prod", "--no-input"]).end();
    assert_eq!(status.code(), Some(2), "{shown}");
    let (status, shown) = Terminal::run(&tool, &["registration", "connect", "nothing"]).end();
    assert_eq!(status.code(), Some(3), "{shown}");
    let (status, shown) =
        Terminal::run(&tool, &["registration", "connect", "moodle-prod", "--for", "mudle"]).end();
    assert_eq!(status.code(), Some(3), "{shown}");
}

#[test]
fn a_platform_that_registers_itself_ends_the_wait() {
    let tool = Tool::new().drafted("Moodle Prod");
    let mut terminal =
        Terminal::run(&tool, &["registration", "connect", "moodle-prod", "--for", "moodle"]);
    terminal.expect("Press Enter to exchange the values by hand");
    // What the server does when the platform opens the URL: here by the commands, in one go.
    let details = tool.file("details.txt", MOODLE);
    tool.run(&["platform", "import", "moodle-prod", &details]);
    terminal.expect("has registered the tool");
    terminal.expect("Check it now?");
    terminal.keys("n");
    terminal.expect("The first launch:");
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(0), "{shown}");
    assert!(!shown.contains("What to enter in"), "{shown}");
}
