//! Every reason code can be looked up, and none is without an entry.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use ltictl::domain::{Launch, LaunchId, Outcome};
use serde_json::Value;

use super::tool::{Tool, keys_in_order};
use crate::commands;
use crate::lab::database::insert_launch;

/// List all codes, with what it is about.
fn codes(tool: &Tool) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    tool.json(&["explain"])
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (text(&one["family"]), text(&one["code"])))
        .collect()
}

#[test]
fn a_code_is_explained_without_a_database() {
    let tool = Tool::empty();
    let answer = tool.run(&["explain", "Deployment-Unknown"]).answer;
    for part in [
        "deployment_unknown",
        "Who can help",
        "the administrator of this tool",
        "`ltictl deployment add REG DEPLOYMENT_ID`",
        "ltictl launch show ID",
    ] {
        assert!(answer.contains(part), "{part}: {answer}");
    }
    let found = tool.json(&["explain", "platform_error:login_required"]);
    assert_eq!(found[0]["who"], "person");
    assert!(found[0]["fix"].as_str().unwrap().starts_with("Sign in"), "{found}");
    assert_eq!(
        keys_in_order(&tool.json_text(&["explain", "kid_missing"])),
        ["code", "family", "title", "meaning", "page", "who", "fix", "seen_in"]
    );
    assert!(!tool.database().exists());
}

#[test]
fn a_code_with_several_meanings_is_explained_for_each() {
    let tool = Tool::empty();
    let families: Vec<String> = tool
        .json(&["explain", "conflict"])
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["family"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(families, ["synchronization", "command", "app"]);
}

#[test]
fn fixes_name_existing_commands() {
    let tool = Tool::empty();
    let fixes: Vec<String> = tool
        .json(&["explain"])
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["fix"].as_str().unwrap().to_owned())
        .collect();
    assert!(fixes.iter().flat_map(|fix| commands::named_in(fix)).count() > 100);
    fixes.iter().for_each(|fix| commands::check(fix));
}

#[test]
fn a_typing_error_gets_a_suggestion() {
    let tool = Tool::empty();
    let failure = tool.fails(&["explain", "kid_not_fuond"], 3);
    assert!(
        failure.contains("did you mean kid_not_found") && failure.contains("hint: ltictl explain"),
        "{failure}"
    );
}

#[test]
fn all_codes_are_listed() {
    let tool = Tool::empty();
    let list = tool.run(&["explain"]).answer;
    for (family, code) in codes(&tool) {
        assert!(
            list.lines()
                .any(|line| line.starts_with(&format!("{code} ")) && line.contains(&family)),
            "{code}"
        );
    }
    for (family, at_least) in [
        ("launch", 61),
        ("registration", 13),
        ("synchronization", 11),
        ("doctor", 40),
        ("command", 7),
        ("app", 17),
    ] {
        let count = codes(&tool).iter().filter(|(one, _)| one == family).count();
        assert!(count >= at_least, "{family} has {count} codes");
    }
}

#[test]
fn codes_of_refused_launches_and_failed_commands_are_explained() {
    let tool = Tool::new();
    let refused = Outcome::Refused {
        reason: "kid_not_found".to_owned(),
        cause: "cause".to_owned(),
        actor: "you".to_owned(),
        fix: "fix".to_owned(),
    };
    let id = LaunchId::parse("1zzzzzzzzzzzzzzz").unwrap();
    insert_launch(tool.database(), &Launch::new(id, Timestamp::UNIX_EPOCH, refused));
    let shown = tool.run(&["launch", "show", "1zzzzzzzzzzzzzzz"]).answer;
    let command = shown.split("More about it").nth(1).unwrap().lines().next().unwrap().trim();
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    assert!(tool.run(&words).answer.starts_with("kid_not_found "), "{command}");
    let known = codes(&tool);
    for arguments in [
        &["config", "set", "url", "nothing", "-o", "json"][..],
        &["registration", "show", "nothing", "-o", "json"],
    ] {
        let failure: Value =
            serde_json::from_slice(&tool.command(arguments).output().unwrap().stderr).unwrap();
        let code = failure["error"]["code"].as_str().unwrap().to_owned();
        assert!(known.contains(&("command".to_owned(), code.clone())), "{code}");
    }
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.ends_with("tests.rs")
        {
            found.push(path);
        }
    }
    found
}

/// The texts in quotation marks that could be a code.
fn literals(source: &str) -> Vec<String> {
    let texts = source.split('"').skip(1).step_by(2);
    let is_code = |text: &&str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            && !text.starts_with('_')
    };
    texts.filter(is_code).map(str::to_owned).collect()
}

/// The bodies of the functions that give codes.
fn code_functions(source: &str) -> Vec<&str> {
    let starts = source.match_indices("fn code(").map(|(start, _)| start);
    starts.map(|start| source[start..].split("\n    }\n").next().unwrap_or_default()).collect()
}

#[test]
fn no_code_in_the_sources_lacks_an_entry() {
    let tool = Tool::empty();
    let known: BTreeSet<String> = codes(&tool)
        .into_iter()
        .map(|(_, code)| code.split(':').next().unwrap().to_owned())
        .collect();
    let mut seen = 0;
    let mut missing = BTreeSet::new();
    // The test platform speaks as platforms do, in codes of OAuth.
    for path in
        sources(Path::new("src")).into_iter().filter(|path| !path.starts_with("src/sandbox"))
    {
        let source = fs::read_to_string(&path).unwrap();
        let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let mut literal: Vec<String> =
            code_functions(source).into_iter().flat_map(literals).collect();
        // Where codes are written beside what they stand for.
        for marker in [
            "because(",
            "code: ",
            "let (code, fix) = ",
            "said(StatusCode::",
            "(StatusCode::",
            "Status::",
        ] {
            for (place, _) in source.match_indices(marker) {
                let near: String = source[place + marker.len()..].chars().take(120).collect();
                let first = near.split('"').nth(1).filter(|text| {
                    near.find(&format!("\"{text}\""))
                        .is_some_and(|at| !near[..at].contains([';', '}']))
                });
                literal.extend(
                    first
                        .into_iter()
                        .flat_map(|text| literals(&format!("\"{text}\"")))
                        .filter(|text| text.contains('_')),
                );
            }
        }
        if path.ends_with("dynamic/failed.rs") || path.ends_with("server/api.rs") {
            literal.extend(literals(source).into_iter().filter(|text| text.contains('_')));
        }
        seen += literal.len();
        missing.extend(
            literal
                .into_iter()
                .filter(|code| !known.contains(code))
                .map(|code| format!("{code} in {}", path.display())),
        );
    }
    // What only looks like a code: words of platforms that are recognised, and JSON names.
    let others = [
        "token_already_used",
        "activity_progress",
        "grading_progress",
        "invalid_token",
        "person_name_full",
        "tool_consumer_info_product_family_code",
    ];
    missing.retain(|one| !others.iter().any(|other| one.starts_with(&format!("{other} in "))));
    assert!(seen > 120, "only {seen} codes were seen");
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn the_manual_page_lists_every_code() {
    let tool = Tool::empty();
    let directory = tool.path("man");
    tool.run(&["man", directory.to_str().unwrap()]);
    let page = fs::read_to_string(directory.join("ltictl-explain.1")).unwrap().replace("\\-", "-");
    for (_, code) in codes(&tool) {
        assert!(page.contains(&format!("\\fB{code}\\fR\n")), "{code}");
    }
}
