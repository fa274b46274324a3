//! An admin fills in the form of an LMS: its own labels in its own order, with what to bring back.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::tool::Tool;

/// `UPDATE_DOCUMENTATION=1 cargo test --test stories sheets` writes the snapshots anew.
#[test]
fn every_platform_has_the_sheet_that_is_committed() {
    let tool = Tool::new().drafted("Campus");
    let list = tool.json(&["registration", "tool-details", "campus", "--for", "list"]);
    let names: Vec<&str> = list.as_array().unwrap().iter().map(|listed| listed["platform"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 13);
    for name in names {
        let fresh = tool.run(&["registration", "tool-details", "campus", "--for", name]).answer;
        let path = Path::new("tests/snapshots/sheets").join(format!("{name}.txt"));
        if std::env::var_os("UPDATE_DOCUMENTATION").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &fresh).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap_or_default(), fresh, "{} is not what the program says now", path.display());
        let json = tool.json(&["registration", "tool-details", "campus", "--for", name]);
        assert!(json["fields"].as_array().unwrap().iter().any(|field| field["value"] == "https://tool.example.edu/lti/login/campus"), "{name}");
    }
}

#[test]
fn a_value_goes_to_the_clipboard_of_the_terminal() {
    let tool = Tool::new().drafted("Campus");
    for field in ["6", "initiate login url"] {
        let copied = tool.run(&["registration", "tool-details", "campus", "--for", "moodle", "--copy", field]);
        assert_eq!(copied.answer, "https://tool.example.edu/lti/login/campus\n");
        let sequence = format!("\u{1b}]52;c;{}\u{7}", STANDARD.encode("https://tool.example.edu/lti/login/campus"));
        assert!(copied.remarks.contains(&sequence), "{:?}", copied.remarks);
    }
    for (field, exit_code) in [("0", 3), ("99", 3), ("Initiate login", 3), ("LTI version", 2)] {
        tool.fails(&["registration", "tool-details", "campus", "--for", "moodle", "--copy", field], exit_code);
    }
}

#[test]
fn an_unknown_platform_names_the_nearest() {
    let tool = Tool::new().drafted("Campus");
    assert!(tool.fails(&["registration", "tool-details", "campus", "--for", "moodel"], 3).contains("did you mean moodle?"));
    tool.fails(&["registration", "tool-details", "campus", "--copy", "1"], 2);
}
