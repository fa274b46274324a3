//! Many registrations, which are examined hundreds at a time: each has the same findings as when only
//! it is examined, and all of them are printed in order.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use ltictl::doctor::{Finding, Verdict};
use ltictl::domain::{Counted, Tally};
use ltictl::report::Style;
use ltictl::report::view::Findings;
use ltictl::store::Store;
use serde_json::Value;

use super::setup::{examine_offline, ltictl};
use crate::lab::database::Database;
use crate::lab::database::fill::fill;

#[test]
fn findings_of_many_registrations_are_those_of_each() {
    let (_directory, path) = varied(520);
    let (store, now) = (Store::open(&path).unwrap(), Timestamp::now());
    let mut by_subject: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    for finding in examine_offline(&store, &path, None, now) {
        by_subject.entry(finding.subject.clone()).or_default().push(finding);
    }
    // All of them: whatever is left out would have some kind of facts that no other one has.
    for number in 1..=520 {
        let slug = format!("school-{number}");
        let mut alone = examine_offline(&store, &path, Some(&slug.as_str().into()), now);
        alone.retain(|finding| finding.subject == slug);
        assert_eq!(by_subject[&slug], alone, "{slug}");
    }
    let problems: BTreeSet<&str> = by_subject
        .values()
        .flatten()
        .filter(|finding| matches!(finding.result, Verdict::Warn | Verdict::Fail))
        .map(|finding| finding.check)
        .collect();
    for check in [
        "status",
        "deployments",
        "limits",
        "leeway",
        "signing_algorithms",
        "issuer",
        "registration_twice",
        "endpoint_hosts",
        "token_audience",
        "separation",
        "service_hosts",
        "http",
        "preset",
        "last_launch",
        "refusals",
        "unfinished_logins",
        "login_cookies",
        "launch_times",
        "launch_keys",
        "pending_deployments",
        "member_service",
        "stuck_grades",
        "dynamic_registration",
        "issuer_shared",
    ] {
        assert!(problems.contains(check), "no registration has a problem with {check}");
    }
}

/// A database with registrations of all kinds.
fn varied(registrations: u32) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ltictl.db");
    fill(&path, registrations);
    Database::open(&path).vary_registrations();
    (directory, path)
}

/// What a command prints.
fn printed(database: &Path, line: &str) -> String {
    String::from_utf8(ltictl(database, line).stdout).unwrap()
}

/// The first words of the lines that begin findings, with the headings above them.
fn results(table: &str) -> Vec<&str> {
    let is_result = |line: &&str| !line.starts_with("        ");
    table.lines().filter(is_result).filter_map(|line| line.split_whitespace().next()).collect()
}

#[test]
fn problems_are_printed_one_by_one_as_at_once_and_every_check_if_wanted() {
    let (_directory, path) = varied(12);
    let list = examine_offline(&Store::open(&path).unwrap(), &path, None, Timestamp::now());
    let count = |result| list.iter().filter(|finding| finding.result == result).count();
    let (failures, warnings) = (count(Verdict::Fail), count(Verdict::Warn));
    let all = list.len();
    let problems = Findings::from(list).problems(Style::default()) + "\n";
    assert_eq!(printed(&path, "doctor --offline").lines().next(), problems.lines().next());
    for (line, ok, fail, warn) in [
        ("doctor --offline", false, failures, warnings),
        ("doctor --offline --problems", false, failures, warnings),
        ("doctor --offline --all", true, failures, warnings),
        ("doctor --offline --limit 3", false, 2, 1),
        ("doctor --offline --filter check=leeway", true, 0, 0),
        ("doctor --offline --columns check,result --filter result=fail", false, 0, 0),
    ] {
        let table = printed(&path, line);
        let count = |word: &str| results(&table).iter().filter(|first| **first == word).count();
        assert_eq!(
            (count("ok") > 0, count("fail"), count("warn")),
            (ok, fail, warn),
            "{line}: {table}"
        );
    }
    assert!(results(&printed(&path, "doctor --offline --all")).len() > all);
    let json: Value = serde_json::from_str(&printed(&path, "doctor --offline -o json")).unwrap();
    assert_eq!(json.as_array().unwrap().len(), all);
    assert_eq!(
        printed(&path, "doctor --offline --search nothing-like-it"),
        "No findings match the search.\n"
    );
}

#[test]
fn the_worst_registration_is_the_first_one_and_what_is_printed_is_bounded() {
    let (_directory, path) = varied(900);
    let table = printed(&path, "doctor --offline");
    let headings: Vec<(u32, u32)> = table
        .lines()
        .filter(|line| line.starts_with("Registration ") || line.starts_with("Tool:"))
        .map(|line| {
            let number = |what: &str| {
                let mut parts = line.split([':', ',']).map(str::trim);
                let part = parts.find_map(|part| part.strip_suffix(what)?.trim().parse().ok());
                part.unwrap_or(0)
            };
            (number("failures").max(number("failure")), number("warnings").max(number("warning")))
        })
        .collect();
    assert!(headings.len() > 100 && headings.is_sorted_by(|one, other| one >= other), "{table}");
    let findings = results(&table).iter().filter(|word| ["fail", "warn"].contains(word)).count();
    assert_eq!(findings, 1_000);
    assert!(table.contains("\nShowing 1,000 of "), "{table}");
    let sorted = printed(&path, "doctor --offline --sort check --columns check,subject");
    assert_eq!(sorted.lines().count(), 1_001);
}

#[test]
fn fifty_platforms_fit_on_a_screen_if_all_is_well() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ltictl.db");
    fill(&path, 50);
    let now = Timestamp::now();
    let fetched = Tally {
        hour: Tally::hour_of(now),
        registration: None,
        what: Counted::KeysetFetched,
        detail: "moodle".to_owned(),
        count: 1,
        last_at: now,
    };
    Store::open(&path).unwrap().write(|write| write.add_to_tally(&fetched)).unwrap();
    // The launches that were refused are older than a day then.
    let findings = examine_offline(
        &Store::open(&path).unwrap(),
        &path,
        None,
        now + SignedDuration::from_hours(25),
    );
    let table = Findings::from(findings).problems(Style::default());
    assert!(table.lines().count() < 24 && table.lines().all(|line| line.len() <= 80), "{table}");
    assert!(table.contains("50 registrations"), "{table}");
    assert!(table.ends_with("\nEvery check: ltictl doctor --all"), "{table}");
}
