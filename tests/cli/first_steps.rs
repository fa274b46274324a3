//! A user types `ltictl` and nothing else.

use std::process::Stdio;

use super::terminal::Terminal;
use super::tool::Tool;

const DOWN: &str = "\u{1b}[B";

#[test]
fn without_a_database_the_first_steps_are_offered_and_esc_leaves() {
    let tool = Tool::empty();
    for keys in ["\u{1b}", "\u{3}"] {
        let mut terminal = Terminal::run(&tool, &[]);
        for shown in [
            "What do you want to do first?",
            "ltictl demo",
            "ltictl init",
            "connect a platform",
            "ltictl --help",
        ] {
            terminal.expect(shown);
        }
        terminal.keys(keys);
        let (status, shown) = terminal.end();
        assert_eq!(status.code(), Some(0), "{shown}");
        assert!(shown.contains("Nothing was changed"), "{shown}");
        assert!(!tool.database().exists());
    }
}

#[test]
fn setting_up_asks_for_address_and_name_and_says_what_is_next() {
    let tool = Tool::empty();
    let mut terminal = Terminal::run(&tool, &[]);
    terminal.expect("ltictl --help");
    terminal.keys(&format!("{DOWN}\r"));
    terminal.set_the_tool_up();
    terminal.expect("Next: ltictl registration create");
    assert_eq!(terminal.end().0.code(), Some(0));
    assert_eq!(tool.run(&["config", "get", "name"]).answer, "Example Tool\n");
}

#[test]
fn from_nothing_to_a_platform_in_one_go() {
    let tool = Tool::empty();
    let mut terminal = Terminal::run(&tool, &[]);
    terminal.expect("ltictl --help");
    terminal.keys("3\r");
    terminal.set_the_tool_up();
    terminal.expect("Display name of the platform");
    terminal.answer("Campus");
    terminal.expect("The draft campus was created");
    terminal.expect("Which platform is Campus?");
    terminal.keys("\u{1b}");
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(1), "{shown}");
    assert!(shown.contains("hint: ltictl registration connect campus"), "{shown}");
    assert_eq!(tool.json(&["registration", "show", "campus"])["status"], "draft");
}

#[test]
fn a_tool_without_platforms_is_offered_the_next_step() {
    let tool = Tool::new();
    let mut terminal = Terminal::run(&tool, &[]);
    terminal.expect("Connect a platform, step by step");
    terminal.expect("ltictl --help");
    terminal.keys("3\r");
    terminal.expect("Exit codes:");
    assert_eq!(terminal.end().0.code(), Some(0));
}

#[test]
fn the_demo_is_one_key_away() {
    let tool = Tool::empty();
    let mut terminal = Terminal::run(&tool, &[]);
    terminal.expect("ltictl --help");
    terminal.keys("\r");
    terminal.expect("Next, set up your own tool: ltictl init");
    assert_eq!(terminal.end().0.code(), Some(0));
    assert!(!tool.database().exists());
}

#[test]
fn with_platforms_help_and_status_are_printed() {
    let tool = Tool::new().registered("Moodle Prod").drafted("Canvas");
    let (status, shown) = Terminal::run(&tool, &[]).end();
    assert_eq!(status.code(), Some(2), "{shown}");
    assert!(
        shown.contains("Usage: ltictl")
            && shown.contains("This tool has 2 registrations, 1 draft (ltictl registration list)"),
        "{shown}"
    );
}

#[test]
fn without_a_terminal_the_help_is_printed() {
    let tool = Tool::empty();
    let (status, shown) = Terminal::run(&tool, &["--no-input"]).end();
    assert_eq!(status.code(), Some(2), "{shown}");
    assert!(
        shown.contains("Usage: ltictl") && !shown.contains("What do you want to do first?"),
        "{shown}"
    );
    let output = tool.process(&[]).stdin(Stdio::null()).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("Usage: ltictl"));
    let registered = Tool::new().registered("Moodle Prod");
    let output = registered.process(&[]).stdin(Stdio::null()).output().unwrap();
    assert!(
        !String::from_utf8_lossy(&output.stderr).contains("Here:"),
        "a script reads no state of the day"
    );
}
