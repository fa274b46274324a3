//! Lists of any length: limits, searches and what tables say about the rest.

use serde_json::Value;

use super::tool::Tool;
use crate::lab::database::fill::fill;

/// A tool with 150 registrations and resources, and 1,500 accounts.
fn tool() -> Tool {
    let tool = Tool::empty_for_file();
    fill(tool.database().file(), 150);
    tool
}

fn usernames(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["username"].as_str().unwrap()).collect()
}

#[test]
fn tables_show_a_thousand_rows_and_how_to_see_the_others() {
    let tool = tool();
    let all = tool.run(&["account", "list"]);
    assert_eq!(all.answer.lines().count(), 1 + 1_000);
    assert!(
        all.remarks.contains(
            "Showing 1,000 of 1,500 accounts. Narrow the list with --search TEXT, or show more \
             with --limit NUMBER."
        ),
        "{}",
        all.remarks
    );
    let more = tool.run(&["account", "list", "--limit", "2000"]);
    assert_eq!((more.answer.lines().count(), more.remarks.as_str()), (1 + 1_500, ""));
    let few = tool.run(&["account", "list", "--limit", "7", "--search", "PERSON 12"]);
    assert_eq!(few.answer.lines().count(), 1 + 7);
    assert!(few.remarks.contains("Showing 7 of 134 matching accounts."), "{}", few.remarks);
    let short = tool.run(&["registration", "list"]);
    assert_eq!((short.answer.lines().count(), short.remarks.as_str()), (1 + 150, ""));
    let none = tool.run(&["account", "list", "--search", "no-such-person"]).answer;
    assert_eq!(none.trim_end(), "No accounts match the search.");
    let stats = tool.run(&["launch", "stats", "--limit", "5"]);
    assert!(stats.remarks.contains("Showing 5 of 150 registrations."), "{}", stats.remarks);
    assert!(stats.answer.contains("school-1 ") && !stats.answer.contains("school-2 "));
    tool.fails(&["account", "list", "--limit", "0"], 2);
}

#[test]
fn other_formats_contain_all_rows_unless_there_is_a_limit() {
    let tool = tool();
    let all = tool.json(&["account", "list"]);
    assert_eq!(usernames(&all).len(), 1_500);
    let csv = tool.run(&["account", "list", "-o", "csv"]);
    assert_eq!((csv.answer.lines().count(), csv.remarks.as_str()), (1 + 1_500, ""));
    assert_eq!(tool.run(&["account", "list", "-q"]).answer.lines().count(), 1_500);
    let first = tool.json(&["account", "list", "--limit", "3"]);
    assert_eq!(usernames(&first), usernames(&all)[..3]);
    let last = tool.run(&["account", "list", "-q", "--sort=-username", "--limit", "2"]).answer;
    assert_eq!(last, "user-999\nuser-998\n");
    let found = tool.run(&["resource", "list", "--search", "quiz-14", "-q"]).answer;
    assert_eq!(found.lines().count(), 11);
    let audit = tool.json(&["audit", "list", "--limit", "20", "--search", "user-149"]);
    assert_eq!(audit.as_array().unwrap().len(), 10);
}
