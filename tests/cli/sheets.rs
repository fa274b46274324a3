//! An admin fills in the form of an LMS: its own labels in its own order, with what to bring back.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::tool::{Tool, URL};

/// Compares a sheet with its snapshot, or writes that again.
fn is_committed(path: &Path, fresh: &str) {
    if std::env::var_os("UPDATE_DOCUMENTATION").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, fresh).unwrap();
    }
    assert_eq!(
        fs::read_to_string(path).unwrap_or_default(),
        fresh,
        "{} is not what the program says now",
        path.display()
    );
}

/// `UPDATE_DOCUMENTATION=1 cargo test --test main cli::sheets` writes the snapshots again.
#[test]
fn every_platform_has_the_sheet_that_is_committed() {
    let tool = Tool::new().drafted("Campus");
    tool.run(&["config", "set", "logo", "https://tool.example.edu/logo.png"]);
    let list = tool.json(&["registration", "tool-details", "campus", "--for", "list"]);
    let names: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|listed| listed["platform"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 15);
    // The one thing that is different every time.
    let open = tool.json(&["registration", "show", "campus"])["tool"]["registration_url"]
        .as_str()
        .unwrap()
        .to_owned();
    for name in names {
        let fresh = tool
            .run(&["registration", "tool-details", "campus", "--for", name])
            .answer
            .replace(&open, "https://tool.example.edu/lti/register?token=TOKEN");
        let path = Path::new("tests/snapshots/sheets").join(format!("{name}.txt"));
        is_committed(&path, &fresh);
        let json = tool.json(&["registration", "tool-details", "campus", "--for", name]);
        if name.starts_with("canvas") {
            assert_eq!(
                json["oidc_initiation_url"], "https://tool.example.edu/lti/login/campus",
                "{name}"
            );
            assert_eq!(
                json["extensions"][0]["settings"]["icon_url"], "https://tool.example.edu/logo.png",
                "{name}"
            );
            continue;
        }
        assert!(
            json["fields"]
                .as_array()
                .unwrap()
                .iter()
                .any(|field| field["value"] == "https://tool.example.edu/lti/login/campus"),
            "{name}"
        );
    }
}

/// `UPDATE_DOCUMENTATION=1 cargo test --test main cli::sheets` writes the snapshots again.
#[test]
fn every_platform_has_the_sheet_of_lti_1p1_that_is_committed() {
    let tool = Tool::new();
    tool.run(&["resource", "publish", "Quiz", "--max-grade", "10"]);
    let own = tool.json(&["resource", "update", "quiz", "--lti-1p1"]);
    let token = own["cartridge_url"].as_str().unwrap().split('/').rev().nth(1).unwrap().to_owned();
    let key = own["consumer_key"].as_str().unwrap().to_owned();
    let terms = tool.json(&["explain", "lti-terms"]);
    for platform in terms.as_array().unwrap() {
        let name = platform["platform"].as_str().unwrap();
        let details = ["resource", "launch-details", "quiz", "--lti-1p1", "--for", name];
        let fresh = tool.run(&details).answer.replace(&token, "TOKEN").replace(&key, "KEY");
        let path = Path::new("tests/snapshots/sheets/lti-1p1").join(format!("{name}.txt"));
        is_committed(&path, &fresh);
    }
    let refused =
        tool.fails(&["resource", "launch-details", "quiz", "--lti-1p1", "--for", "schoology"], 3);
    assert!(refused.contains("--lti-1p1 --for other"), "{refused}");
}

/// `UPDATE_DOCUMENTATION=1 cargo test --test main cli::sheets` writes the snapshots again.
#[test]
fn presets_match_the_snapshots() {
    let first = Tool::new().drafted("Campus");
    let list = first.json(&["registration", "tool-details", "campus", "--for", "list"]);
    let (with, without): (Vec<_>, Vec<_>) =
        list.as_array().unwrap().iter().partition(|listed| listed["preset"] == true);
    for listed in without {
        first.fails(
            &[
                "platform",
                "import",
                "campus",
                "--preset",
                listed["platform"].as_str().unwrap(),
                "--client-id",
                "c",
            ],
            2,
        );
    }
    for name in with.iter().map(|listed| listed["platform"].as_str().unwrap()) {
        let tool = Tool::new().drafted("Campus");
        tool.run(&[
            "platform",
            "import",
            "campus",
            "--preset",
            name,
            "--host",
            "lms.example.edu:8443",
            "--client-id",
            "10000000000001",
        ]);
        let fresh = tool.run(&["platform", "show", "campus"]).answer;
        let path = Path::new("tests/snapshots/presets").join(format!("{name}.txt"));
        if std::env::var_os("UPDATE_DOCUMENTATION").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &fresh).unwrap();
        }
        assert_eq!(
            fs::read_to_string(&path).unwrap_or_default(),
            fresh,
            "{} is not what the preset gives now",
            path.display()
        );
    }
    let snapshots = fs::read_dir("tests/snapshots/presets").unwrap().count();
    assert_eq!(snapshots, with.len(), "a preset that went leaves no snapshot behind");
}

#[test]
fn a_value_is_copied_to_the_terminals_clipboard() {
    let tool = Tool::new().drafted("Campus");
    for field in ["6", "initiate login url"] {
        let copied = tool.run(&[
            "registration",
            "tool-details",
            "campus",
            "--for",
            "moodle",
            "--copy",
            field,
        ]);
        assert_eq!(copied.answer, "https://tool.example.edu/lti/login/campus\n");
        let sequence = format!(
            "\u{1b}]52;c;{}\u{7}",
            STANDARD.encode("https://tool.example.edu/lti/login/campus")
        );
        assert!(copied.remarks.contains(&sequence), "{:?}", copied.remarks);
    }
    for (field, exit_code) in [("0", 3), ("99", 3), ("Initiate login", 3), ("LTI version", 2)] {
        tool.fails(
            &["registration", "tool-details", "campus", "--for", "moodle", "--copy", field],
            exit_code,
        );
    }
}

#[test]
fn an_unknown_platform_names_the_nearest() {
    let tool = Tool::new().drafted("Campus");
    assert!(
        tool.fails(&["registration", "tool-details", "campus", "--for", "moodel"], 3)
            .contains("did you mean moodle?")
    );
    tool.fails(&["registration", "tool-details", "campus", "--copy", "1"], 2);
}

#[test]
fn canvas_gets_the_configuration_that_it_takes_and_the_sheet_the_open_registration_url() {
    let tool = Tool::new().drafted("Canvas Prod");
    let configuration =
        tool.json(&["registration", "tool-details", "canvas-prod", "--for", "canvas"]);
    assert_eq!(configuration["oidc_initiation_url"], format!("{URL}/lti/login/canvas-prod"));
    assert_eq!(configuration["target_link_uri"], format!("{URL}/lti/launch"));
    assert_eq!(configuration["public_jwk_url"], format!("{URL}/lti/jwks"));
    assert_eq!(configuration["extensions"][0]["platform"], "canvas.instructure.com");

    let open = tool.json(&["registration", "show", "canvas-prod"])["tool"]["registration_url"]
        .as_str()
        .unwrap()
        .to_owned();
    let sheet =
        tool.run(&["registration", "tool-details", "canvas-prod", "--for", "moodle"]).answer;
    assert!(sheet.contains(&format!("Registration URL: {open}")), "{sheet}");
}
