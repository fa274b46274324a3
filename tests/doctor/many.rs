//! Many registrations, which are examined hundreds at a time: each has the same findings as when only
//! it is examined, and all of them are printed in order.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ltictl::doctor::{Finding, Verdict};
use ltictl::report::view::Findings;
use ltictl::report::{Style, View as _};
use ltictl::store::Store;

use super::setup::{examine_offline, ltictl};
use crate::lab::database::Database;
use crate::lab::database::fill::fill;

#[test]
fn findings_of_many_registrations_are_those_of_each() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ltictl.db");
    fill(&path, 520);
    Database::open(&path).vary_registrations();
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

#[test]
fn findings_are_printed_one_by_one_as_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ltictl.db");
    fill(&path, 12);
    Database::open(&path).vary_registrations();
    let printed = |line: &str| String::from_utf8(ltictl(&path, line).stdout).unwrap();
    let all = examine_offline(&Store::open(&path).unwrap(), &path, None, Timestamp::now());
    let table = |shown: &dyn Fn(&Finding) -> bool, most: usize| {
        let list = all.iter().filter(|finding| shown(finding)).take(most).cloned().collect();
        Findings { list, totals: all.iter().collect() }.table(Style::default()) + "\n"
    };
    let is_problem = |finding: &Finding| matches!(finding.result, Verdict::Warn | Verdict::Fail);
    let most = usize::MAX;
    assert_eq!(printed("doctor --offline"), table(&|_| true, most));
    assert_eq!(printed("doctor --offline --problems"), table(&is_problem, most));
    assert_eq!(printed("doctor --offline --limit 40"), table(&|_| true, 40));
    assert_eq!(
        printed("doctor --offline --filter check=leeway"),
        table(&|finding| finding.check == "leeway", most)
    );
    assert_eq!(
        printed("doctor --offline --search nothing-like-it"),
        "No findings match the search.\n"
    );
}
