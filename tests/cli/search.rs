//! `ltictl search` finds anything by its words, and tells how to see it.

use jiff::Timestamp;
use ltictl::domain::{Launch, LaunchId, Outcome, Slug, is_unprintable};

use super::tool::Tool;
use crate::lab::database::{Database, insert_launch};

/// A tool with one object of each kind that commands make.
fn tool() -> Tool {
    let tool = Tool::new().registered("Moodle Prod").published("Linear algebra");
    tool.run(&["resource", "publish", "Algebra quiz"]);
    tool.run(&["account", "create", "zoe", "--name", "Zoë Núñez", "--email", "zoe@example.edu"]);
    let at = Timestamp::now();
    let launch = Launch {
        registration: Some(Slug::new("moodle-prod").unwrap()),
        user_name: Some("Sam Student".to_owned()),
        ..Launch::new(LaunchId::parse("01hf7yat00000000").unwrap(), at, Outcome::Accepted)
    };
    insert_launch(tool.database(), &launch);
    tool
}

/// What is found: kinds and identifiers.
fn found(tool: &Tool, arguments: &[&str]) -> Vec<String> {
    let results = tool.json(&[&["search"], arguments].concat());
    let text = |result: &serde_json::Value| {
        format!("{} {}", result["kind"].as_str().unwrap(), result["id"].as_str().unwrap())
    };
    results.as_array().unwrap().iter().map(text).collect()
}

#[test]
fn everything_is_found_from_the_moment_it_exists() {
    let tool = tool();
    let objects = ["--kind", "resource", "--kind", "account", "--kind", "registration"];
    for (text, expected) in [
        (&["algebra"][..], &["resource algebra-quiz", "resource linear-algebra"][..]),
        (&["\"linear algebra\""], &["resource linear-algebra"]),
        (&["NUNEZ"], &["account zoe"]),
        (&["email:zoe@example.edu", "OR", "name:quiz"], &["resource algebra-quiz", "account zoe"]),
        (&["moodle*"], &["registration moodle-prod"]),
        (&["nothing"], &[]),
    ] {
        assert_eq!(found(&tool, &[text, &objects].concat()), expected, "{text:?}");
    }
    tool.run(&["resource", "update", "algebra-quiz", "--name", "Geometry quiz"]);
    let named = found(&tool, &[&["name:algebra"], &objects[..]].concat());
    assert_eq!(named, ["resource linear-algebra"]);
    tool.run(&["account", "delete", "zoe", "--yes"]);
    assert_eq!(found(&tool, &["nunez", "--kind", "account"]), [""; 0]);
    assert_eq!(found(&tool, &["sam", "student"]), ["launch 01hf7yat00000000"]);
    assert_eq!(found(&tool, &["moodle.example.edu", "--kind", "platform"]).len(), 0);
    assert_eq!(found(&tool, &["moodle-prod.example.edu", "--kind", "platform"]).len(), 1);
}

#[test]
fn every_result_names_the_command_that_shows_it() {
    let tool = tool();
    let words = "registration:moodle-prod OR linear OR zoe OR sam OR url:moodle-prod";
    let results = tool.json(&["search", words, "--limit", "50"]);
    let results = results.as_array().unwrap();
    let kinds: Vec<&str> = results.iter().map(|result| result["kind"].as_str().unwrap()).collect();
    for kind in ["registration", "deployment", "resource", "account", "launch", "audit"] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    for result in results {
        let command = result["command"].as_str().unwrap();
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        tool.run(&words);
    }
}

/// What a hostile platform sends as a title or an identifier.
const HOSTILE: &str = "Curse \u{1b}[31m\u{202e}\u{0}' ; touch x";

#[test]
fn nothing_that_a_platform_sends_reaches_the_terminal_or_becomes_an_option() {
    let tool = tool();
    Database::open(tool.database()).insert_course_and_link(HOSTILE, "--db=evil", HOSTILE);
    // On PostgreSQL, the next change by the tool indexes it.
    tool.run(&["registration", "create", "Another one"]);
    for words in [&["curse"][..], &["curse", "--kind", "course"], &["evil"], &["touch"]] {
        let answer = tool.run(&[&["search"], words].concat());
        assert!(answer.answer.contains("ltictl "), "{}", answer.answer);
        assert!(!answer.answer.contains(is_hostile), "{:?}", answer.answer);
    }
    for result in tool.json(&["search", "curse OR evil"]).as_array().unwrap() {
        let command = result["command"].as_str().unwrap();
        assert!(!command.contains(is_hostile) && !command.contains(" --db"), "{command:?}");
    }
}

fn is_hostile(character: char) -> bool {
    character != '\n' && is_unprintable(character)
}

#[test]
fn the_text_is_grouped_by_kind_and_says_what_is_not_shown() {
    let tool = tool();
    let answer = tool.run(&["search", "algebra", "--kind", "resource"]);
    assert_eq!(
        answer.answer,
        "Resources\n  algebra-quiz  Algebra quiz\n    ltictl resource show algebra-quiz\n  \
         linear-algebra  Linear algebra\n    ltictl resource show linear-algebra\n"
    );
    let answer = tool.run(&["search", "algebra", "--kind", "resource", "--limit", "1"]);
    assert!(answer.remarks.contains("More results: resource. Add words, or use --limit 10."));
    let answer = tool.run(&["search", "alge", "--kind", "resource"]);
    assert!(answer.answer.contains("linear-algebra") && answer.remarks.contains("begin with them"));
    for (text, remark) in [
        ("status:active", "There is no field \"status\". The fields are name, id, "),
        ("linear or quiz or x", "AND, OR and NOT combine words only if they are in capitals."),
        ("reason:state_missing", ""),
        ("https://nothing.example.edu", ""),
    ] {
        let answer = tool.run(&["search", text]);
        assert_eq!(answer.answer, "Nothing matches.\n", "{text}");
        assert!(answer.remarks.contains(remark), "{text}: {}", answer.remarks);
        assert_eq!(answer.remarks.is_empty(), remark.is_empty(), "{text}: {}", answer.remarks);
    }
    assert_eq!(tool.run(&["search", "linear", "-q"]).answer.lines().next(), Some("linear-algebra"));
}

#[test]
fn what_is_not_a_search_is_explained() {
    let tool = tool();
    for (text, cause) in [
        ("\"linear", "the second quotation mark of a phrase is missing"),
        ("NOT linear", "NOT only excludes results"),
        ("a*", "too short"),
        ("!", "contains no letter or digit"),
        ("name:", "the field \"name\" has no value"),
        ("nam:algebra", "there is no field \"nam\""),
        ("linear)", "a closing parenthesis without an opening one"),
        ("", "there is nothing to search for"),
        ("*", "\"*\" contains no letter or digit"),
    ] {
        let failure = tool.fails(&["search", text], 2);
        assert!(failure.contains(cause), "{text}: {failure}");
    }
    let failure = tool.fails(&["resource", "list", "--search", "(algebra"], 2);
    assert!(failure.contains("invalid search: a closing parenthesis"), "{failure}");
    tool.fails(&["search"], 2);
    tool.fails(&["search", "x", "--kind", "nothing"], 5);
}

#[test]
fn the_help_has_the_syntax_and_every_field() {
    let help = tool().run(&["search", "--help"]).answer;
    for part in ltictl::domain::SearchField::WORDS.iter().chain(&["OR", "NOT", "alg*"]) {
        assert!(help.contains(part), "{part}");
    }
}

#[test]
fn fields_have_the_names_of_tables_too() {
    let tool = tool();
    for (text, expected) in [
        ("slug:linear-algebra", "linear-algebra\n"),
        ("username:zoe", "zoe\n"),
        ("title:linear", "linear-algebra\n"),
    ] {
        assert_eq!(
            tool.run(&["search", "-q", text]).answer.lines().next().unwrap().to_owned() + "\n",
            expected
        );
    }
}

#[test]
fn lists_are_searched_in_the_same_language() {
    let tool = tool();
    for (search, expected) in [
        ("algebra NOT quiz", "linear-algebra\n"),
        ("\"linear alg\"", "linear-algebra\n"),
        ("quiz OR linear", "algebra-quiz\nlinear-algebra\n"),
    ] {
        let answer = tool.run(&["resource", "list", "-q", "--search", search]).answer;
        assert_eq!(answer, expected, "{search}");
    }
}
