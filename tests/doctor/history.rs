//! What the launch log and the tallies say.

use jiff::{SignedDuration, Timestamp};
use ltictl::doctor::{Finding, Noun, Verdict};
use ltictl::domain::{Browser, Clock, Counted, Launch, LaunchId, Outcome, Slug, Tally};
use ltictl::sandbox::LaunchChoice;
use ltictl::store::Store;

use super::online::ask;
use super::setup::{Desk, examine_offline, fix, run, verdict, whole, worst};
use crate::lab::database::place::Place;
use crate::lab::database::{Database, insert_launch};
use crate::lab::{self, Lab, REGISTRATION};

#[test]
fn an_unfinished_dynamic_registration_is_found() {
    let desk = Desk::new();
    assert_eq!(verdict(&desk.findings(), "dynamic_registration"), None, "nothing was tried");
    desk.change(|database| database.begin_dynamic_registration("https://lms.example.edu"));
    assert_eq!(verdict(&desk.findings(), "dynamic_registration"), Some(Verdict::Warn));
    assert!(
        fix(&desk.findings(), "dynamic_registration")
            .contains(&format!("ltictl registration url {REGISTRATION}"))
    );
    desk.change(Database::finish_dynamic_registration);
    assert_eq!(verdict(&desk.findings(), "dynamic_registration"), Some(Verdict::Ok));
}

#[test]
fn the_log_speaks() {
    let desk = Desk::new();
    assert_eq!(verdict(&desk.findings(), "last_launch"), Some(Verdict::Warn));
    let now = Timestamp::now();
    let log = |number: u32, at, outcome, registration: Option<&str>| {
        let id = LaunchId::parse(&format!("{number:016}")).unwrap();
        let registration = registration.map(|slug| Slug::new(slug).unwrap());
        insert_launch(&desk.database, &Launch { registration, ..Launch::new(id, at, outcome) });
    };
    for (number, reason, fix, registration) in [
        (2, "rare", "not this", Some(REGISTRATION)),
        (3, "frequent", "an older fix", Some(REGISTRATION)),
        (4, "frequent", "the newest fix", Some(REGISTRATION)),
        (5, "registration_unknown", "of strangers", None),
    ] {
        log(number, now, refused_with_fix(reason, fix), registration);
    }
    log(1, now, Outcome::Accepted, Some(REGISTRATION));
    log(0, now - SignedDuration::from_hours(48), refused("old"), Some(REGISTRATION));
    let findings = desk.findings();
    assert_eq!(verdict(&findings, "last_launch"), Some(Verdict::Ok));
    let refusals: Vec<_> = findings.iter().filter(|finding| finding.check == "refusals").collect();
    assert_eq!((refusals[0].noun, refusals[0].fix.as_deref()), (Noun::Tool, Some("of strangers")));
    assert_eq!(
        (refusals[1].subject.as_str(), refusals[1].fix.as_deref()),
        (REGISTRATION, Some("the newest fix"))
    );
    assert!(
        refusals[1].sentence.contains("frequent")
            && refusals[1].evidence.as_deref().unwrap().starts_with("frequent 2 times"),
        "{refusals:?}"
    );
}

fn registration() -> Slug {
    Slug::new(REGISTRATION).unwrap()
}

/// What is counted in the day before now, as the server counts it.
fn count(desk: &Desk, what: Counted, detail: &str, count: u64, now: Timestamp) {
    let registration = (what != Counted::KeysetFetched).then(registration);
    let tally = Tally {
        hour: Tally::hour_of(now),
        registration,
        what,
        detail: detail.to_owned(),
        count,
        last_at: now,
    };
    desk.write(|write| write.add_to_tally(&tally));
}

/// A launch of the log.
fn launch(desk: &Desk, number: u32, at: Timestamp, change: impl FnOnce(&mut Launch)) {
    let mut launch = Launch {
        registration: Some(registration()),
        deployment_id: Some("1".to_owned()),
        message_type: Some("LtiResourceLinkRequest".to_owned()),
        role: Some("learner".to_owned()),
        ..Launch::new(LaunchId::parse(&format!("{number:016}")).unwrap(), at, Outcome::Accepted)
    };
    change(&mut launch);
    desk.write(|write| write.insert_launch(&launch));
}

fn refused(reason: &str) -> Outcome {
    refused_with_fix(reason, &format!("the fix of {reason}"))
}

fn refused_with_fix(reason: &str, fix: &str) -> Outcome {
    Outcome::Refused {
        reason: reason.to_owned(),
        cause: "cause".to_owned(),
        actor: "you".to_owned(),
        fix: fix.to_owned(),
    }
}

#[test]
fn unfinished_logins_are_found() {
    let now: Timestamp = "2026-11-23T17:30:00Z".parse().unwrap();
    for (started, returned, expected, sentence) in [
        (0, 0, Verdict::Skip, "No login was started"),
        (1, 0, Verdict::Warn, "1 of 1 login of the last day was not completed"),
        (4, 0, Verdict::Warn, "4 of 4 logins of the last day were not completed"),
        (4, 1, Verdict::Ok, "The platform completes logins"),
        (80, 7, Verdict::Warn, "73 of 80 logins of the last day were not completed"),
        (80, 40, Verdict::Ok, "The platform completes logins"),
        (80, 39, Verdict::Warn, "41 of 80 logins"),
        (80, 81, Verdict::Ok, "The platform completes logins"),
    ] {
        let desk = Desk::new();
        desk.product("canvas");
        count(&desk, Counted::LoginStarted, "chrome", started, now);
        count(&desk, Counted::LoginReturned, "chrome", returned, now);
        // What is older than a day counts for nothing.
        count(&desk, Counted::LoginStarted, "chrome", 1000, now - SignedDuration::from_hours(30));
        let findings = desk.findings_at(now);
        let finding = worst(&findings, "unfinished_logins");
        assert_eq!(finding.result, expected, "{started} {returned}: {finding:?}");
        assert!(finding.sentence.starts_with(sentence), "{finding:?}");
        if expected == Verdict::Warn {
            assert!(
                fix(&findings, "unfinished_logins").starts_with(
                    "Canvas field \"Redirect URIs\", \
                    exactly: https://tool.example.edu/lti/launch and "
                ),
                "{finding:?}"
            );
        }
    }
}

#[test]
fn logins_that_were_lost_before_others_were_completed_do_not_count() {
    let now: Timestamp = "2026-11-23T17:30:00Z".parse().unwrap();
    for (hours, expected) in [
        // Hours ago, started, returned.
        (&[(3, 10, 0), (0, 1, 1)][..], Verdict::Ok),
        (&[(3, 10, 0), (1, 8, 7), (0, 1, 0)], Verdict::Ok),
        (&[(3, 9, 9), (1, 8, 0)], Verdict::Warn),
        (&[(3, 1, 1), (1, 4, 0)], Verdict::Ok),
        (&[(3, 1, 0), (1, 1, 0)], Verdict::Warn),
    ] {
        let desk = Desk::new();
        for (ago, started, returned) in hours {
            let at = now - SignedDuration::from_hours(*ago);
            count(&desk, Counted::LoginStarted, "chrome", *started, at);
            count(&desk, Counted::LoginReturned, "chrome", *returned, at);
        }
        assert_eq!(
            verdict(&desk.findings_at(now), "unfinished_logins"),
            Some(expected),
            "{hours:?}"
        );
    }
}

#[test]
fn what_to_check_is_said_as_soon_as_the_first_login_does_not_return() {
    let now: Timestamp = "2026-11-23T17:30:00Z".parse().unwrap();
    let desk = Desk::new();
    desk.product("moodle");
    assert!(fix(&desk.findings_at(now), "last_launch").starts_with("open a link to the tool"));
    count(&desk, Counted::LoginStarted, "chrome", 1, now);
    let fix = |reason: &str| fix(&desk.findings_at(now), reason).to_owned();
    assert!(
        fix("last_launch").starts_with(
            "Moodle field \"Redirection URI(s)\", exactly: https://tool.example.edu/lti/launch and "
        ),
        "{}",
        fix("last_launch")
    );
    count(&desk, Counted::LoginReturned, "chrome", 1, now);
    launch(&desk, 1, now, |launch| launch.outcome = refused("aud_mismatch"));
    assert_eq!(fix("last_launch"), "the fix of aud_mismatch");
}

type Change = fn(&mut Launch);

/// Refusals for a reason, launches that are accepted afterwards, and whether these end the refusals.
const ENDS: &[(&str, Change, Change, bool)] = &[
    (
        "resource_unknown",
        |launch| launch.resource_link_id = Some("21".to_owned()),
        |launch| launch.resource_link_id = Some("22".to_owned()),
        false,
    ),
    (
        "resource_unknown",
        |launch| launch.resource_link_id = Some("21".to_owned()),
        |launch| launch.resource_link_id = Some("21".to_owned()),
        true,
    ),
    (
        "deployment_unknown",
        |launch| launch.resource_link_id = Some("21".to_owned()),
        |launch| launch.resource_link_id = Some("22".to_owned()),
        true,
    ),
    ("launch_at_wrong_url", |launch| launch.message_type = None, |_| {}, false),
    ("signature_invalid", |launch| launch.deployment_id = None, |_| {}, true),
    ("aud_mismatch", |_| {}, |_| {}, true),
    ("deployment_unknown", |_| {}, |launch| launch.deployment_id = Some("2".to_owned()), false),
    ("deployment_unknown", |_| {}, |launch| launch.sub = Some("another".to_owned()), true),
    (
        "resource_unpublished",
        |launch| launch.resource = resource("a"),
        |launch| launch.resource = resource("b"),
        false,
    ),
    (
        "resource_unpublished",
        |launch| launch.resource = resource("a"),
        |launch| launch.resource = resource("a"),
        true,
    ),
    (
        "deep_linking_settings_missing",
        |launch| launch.message_type = Some("LtiDeepLinkingRequest".to_owned()),
        |_| {},
        false,
    ),
    (
        "enrolment_ended",
        |launch| launch.sub = Some("7".to_owned()),
        |launch| launch.sub = Some("8".to_owned()),
        false,
    ),
    (
        "enrolment_ended",
        |launch| launch.sub = Some("7".to_owned()),
        |launch| launch.sub = Some("7".to_owned()),
        true,
    ),
    (
        "cookie_missing",
        |launch| launch.browser = Some(Browser::Safari),
        |launch| launch.browser = Some(Browser::Chrome),
        false,
    ),
    (
        "cookie_missing",
        |launch| launch.browser = Some(Browser::Safari),
        |launch| launch.browser = Some(Browser::Safari),
        true,
    ),
];

#[test]
fn refusals_end_when_a_launch_of_the_same_kind_is_accepted() {
    let now: Timestamp = "2026-11-23T17:30:00Z".parse().unwrap();
    for &(reason, refusal, success, ends) in ENDS {
        let desk = Desk::new();
        let minutes = |ago| now - SignedDuration::from_mins(ago);
        launch(&desk, 1, minutes(30), success);
        for number in 2..4 {
            launch(&desk, number, minutes(20), |launch| {
                if reason == "cookie_missing" {
                    launch.role = None;
                }
                refusal(launch);
                launch.outcome = Outcome::Refused {
                    reason: reason.to_owned(),
                    cause: "cause".to_owned(),
                    actor: if reason == "cookie_missing" { "you" } else { "another" }.to_owned(),
                    fix: "the fix".to_owned(),
                };
            });
        }
        let refusals = || verdict_of(&desk.findings_at(now), "refusals");
        assert_eq!(refusals(), Some(Verdict::Warn), "{reason}: it worked only before");
        launch(&desk, 4, minutes(10), success);
        let expected = if ends { Verdict::Ok } else { Verdict::Warn };
        assert_eq!(refusals(), Some(expected), "{reason}");
        launch(&desk, 5, minutes(5), |launch| {
            refusal(launch);
            launch.outcome = refused(reason);
        });
        assert_eq!(refusals(), Some(Verdict::Warn), "{reason}: it fails again");
    }
}

fn resource(slug: &str) -> Option<Slug> {
    Some(Slug::new(slug).unwrap())
}

/// The result of a check of the registration, not of the tool.
fn verdict_of(findings: &[Finding], check: &str) -> Option<Verdict> {
    findings
        .iter()
        .find(|finding| finding.check == check && finding.subject == REGISTRATION)
        .map(|finding| finding.result)
}

#[test]
fn the_newest_refusal_is_named_before_the_most_frequent_one() {
    let desk = Desk::new();
    let now = Timestamp::now();
    let log = |number: u32, reason: &str| {
        launch(&desk, number, now + SignedDuration::from_mins(1), |launch| {
            launch.outcome = refused(reason)
        });
    };
    let finding = || {
        let findings = desk.findings_at(now + SignedDuration::from_mins(2));
        let of_registration =
            |finding: &Finding| finding.check == "refusals" && finding.subject == REGISTRATION;
        findings.into_iter().find(of_registration).unwrap()
    };
    log(1, "frequent");
    log(2, "frequent");
    log(3, "newest");
    let found = finding();
    assert_eq!(
        found.sentence,
        "The newest unresolved refusal of the last day is newest. The most frequent one is \
         frequent."
    );
    assert_eq!(found.fix.as_deref(), Some("the fix of newest"));
    let evidence = found.evidence.unwrap();
    assert!(
        evidence.starts_with("newest 1 time, see `ltictl launch show 0000000000000003` ")
            && evidence.contains("; frequent 2 times, see `ltictl launch show 0000000000000002` "),
        "{evidence}"
    );
}

#[test]
fn a_fix_is_not_shown_when_its_values_may_have_been_changed() {
    let desk = Desk::new();
    let refused_at = Timestamp::now() - SignedDuration::from_mins(5);
    launch(&desk, 1, refused_at, |launch| launch.outcome = refused("aud_mismatch"));
    let fix_now = || fix(&desk.findings(), "refusals").to_owned();
    assert_eq!(fix_now(), "the fix of aud_mismatch");
    desk.run(&format!("platform set {REGISTRATION} --client-id corrected --leave-users"));
    assert!(fix_now().starts_with("something was changed after this refusal"), "{}", fix_now());
}

#[test]
fn browsers_that_lose_the_cookie_are_named() {
    let now: Timestamp = "2026-11-23T17:30:00Z".parse().unwrap();
    for (safari, without, refusals, expected) in [
        (25, 23, 23, Verdict::Warn),
        (25, 23, 0, Verdict::Ok),
        (25, 2, 2, Verdict::Ok),
        (4, 4, 4, Verdict::Ok),
        (0, 0, 0, Verdict::Ok),
    ] {
        let desk = Desk::new();
        desk.product("moodle");
        count(&desk, Counted::LoginReturned, "chrome", 40, now);
        if safari > 0 {
            count(&desk, Counted::LoginReturned, "safari", safari, now);
            count(&desk, Counted::CookieMissing, "safari", without, now);
        }
        for number in 0..refusals {
            launch(&desk, number, now, |launch| launch.outcome = refused("cookie_missing"));
        }
        let findings = desk.findings_at(now);
        let finding = worst(&findings, "login_cookies");
        assert_eq!(finding.result, expected, "{finding:?}");
        if expected == Verdict::Warn {
            assert!(finding.sentence.starts_with("Safari: 92 % of launches"), "{finding:?}");
            assert_eq!(
                finding.evidence.as_deref(),
                Some(
                    "Chrome: 0 of 40 without the cookie (0 %); Safari: 23 of 25 without the cookie \
                     (92 %); 23 launches were refused for that"
                )
            );
            assert!(
                fix(&findings, "login_cookies")
                    .ends_with("Moodle field \"Default launch container\": New window"),
                "{finding:?}"
            );
        }
    }
}

#[test]
fn times_that_are_no_numbers_are_not_blamed_on_clocks() {
    let now: Timestamp = "2026-11-23T17:30:00Z".parse().unwrap();
    let desk = Desk::new();
    launch(&desk, 1, now, |launch| launch.outcome = refused("token_expired"));
    let findings = desk.findings_at(now);
    let times = worst(&findings, "launch_times");
    assert_eq!(
        (&*times.sentence, times.evidence.as_deref()),
        ("1 launch was refused for their times in the last day.", Some("token_expired 1"))
    );
}

#[test]
fn refusals_for_times_and_keys_come_with_their_numbers() {
    let now: Timestamp = "2026-11-23T17:30:00Z".parse().unwrap();
    let desk = Desk::new();
    assert_eq!(
        (
            verdict(&desk.findings_at(now), "launch_times"),
            verdict(&desk.findings_at(now), "launch_keys")
        ),
        (Some(Verdict::Ok), Some(Verdict::Ok))
    );
    for (number, reason, skew) in [
        (1, "iat_future", Some(-63)),
        (2, "iat_future", Some(-65)),
        (3, "token_expired", Some(-90)),
        (4, "kid_not_found", None),
        (5, "jwks_unreachable", None),
        (6, "kid_not_found", None),
    ] {
        launch(&desk, number, now - SignedDuration::from_mins(5), |launch| {
            launch.outcome = refused(reason);
            launch.clock_skew_seconds = skew;
        });
    }
    launch(&desk, 0, now - SignedDuration::from_hours(48), |launch| {
        launch.outcome = refused("token_too_old")
    });
    let findings = desk.findings_at(now);
    let times = worst(&findings, "launch_times");
    assert_eq!(
        (times.result, times.fix.as_deref()),
        (Verdict::Warn, Some("the fix of token_expired"))
    );
    assert!(times.sentence.starts_with("3 launches were"), "{times:?}");
    assert_eq!(
        times.evidence.as_deref(),
        Some("token_expired 1, iat_future 2; the platform's clock seems 63 to 90 s ahead of ours")
    );
    let keys = worst(&findings, "launch_keys");
    assert_eq!(
        (keys.result, keys.fix.as_deref(), keys.evidence.as_deref()),
        (
            Verdict::Warn,
            Some("the fix of kid_not_found"),
            Some("kid_not_found 2, jwks_unreachable 1")
        )
    );
}

#[test]
fn pending_deployments_are_listed_with_the_command_that_adds_them() {
    let now: Timestamp = "2026-11-23T17:30:00Z".parse().unwrap();
    let desk = Desk::new();
    for (number, deployment) in [(1, "7"), (2, "a b"), (3, "7"), (4, "-x")] {
        launch(&desk, number, now - SignedDuration::from_mins(10 - i64::from(number)), |launch| {
            launch.outcome = refused("deployment_unknown");
            launch.deployment_id = Some(deployment.to_owned());
        });
    }
    let commands = |findings: &[Finding]| {
        fix(findings, "pending_deployments").split("; ").map(str::to_owned).collect::<Vec<_>>()
    };
    let findings = desk.findings_at(now);
    assert_eq!(
        commands(&findings),
        [
            "ltictl deployment add test-platform -- -x",
            "ltictl deployment add test-platform 7",
            "ltictl deployment add test-platform 'a b'"
        ]
    );
    let evidence = worst(&findings, "pending_deployments").evidence.clone().unwrap();
    assert!(evidence.contains("7 (2 launches, the last at 2026-11-23T17:23:00Z)"), "{evidence}");
    for command in &commands(&findings)[..2] {
        desk.run(command.strip_prefix("ltictl ").unwrap());
    }
    assert_eq!(commands(&desk.findings_at(now)), ["ltictl deployment add test-platform 'a b'"]);
}

#[test]
fn a_platform_without_teachers_is_found() {
    let now: Timestamp = "2026-11-23T17:30:00Z".parse().unwrap();
    for (learners, staff, expected) in
        [(19, 0, Verdict::Skip), (20, 0, Verdict::Warn), (20, 1, Verdict::Ok), (0, 1, Verdict::Ok)]
    {
        let desk = Desk::new();
        desk.product("brightspace");
        for number in 0..learners {
            launch(&desk, number, now, |_| {});
        }
        for number in 0..staff {
            launch(&desk, 100 + number, now, |launch| launch.role = Some("staff".to_owned()));
        }
        let findings = desk.findings_at(now);
        assert_eq!(verdict(&findings, "teachers"), Some(expected), "{learners} {staff}");
        if expected == Verdict::Warn {
            assert!(
                fix(&findings, "teachers")
                    .starts_with("D2L Brightspace field \"Roles\": Send Institution Role"),
                "{}",
                fix(&findings, "teachers")
            );
        }
    }
}

#[test]
fn a_keyset_that_the_platform_never_fetched_is_found() {
    let now: Timestamp = "2026-11-23T17:30:00Z".parse().unwrap();
    for (product, reader, expected) in [
        ("moodle", None, Verdict::Warn),
        ("moodle", Some("ltictl"), Verdict::Warn),
        ("moodle", Some("browser"), Verdict::Warn),
        ("moodle", Some("canvas"), Verdict::Warn),
        ("moodle", Some("moodle"), Verdict::Ok),
        ("moodle", Some("php"), Verdict::Ok),
        ("canvas-beta", Some("canvas"), Verdict::Ok),
        ("unheard-of", Some("moodle"), Verdict::Ok),
    ] {
        let desk = Desk::new();
        desk.product(product);
        assert_eq!(
            verdict(&desk.findings_at(now), "keyset_fetched"),
            Some(Verdict::Skip),
            "nothing was to be checked"
        );
        launch(&desk, 1, now, |launch| {
            launch.message_type = Some("LtiDeepLinkingRequest".to_owned())
        });
        if let Some(reader) = reader {
            count(&desk, Counted::KeysetFetched, reader, 3, now);
        }
        let findings = desk.findings_at(now);
        assert_eq!(
            verdict(&findings, "keyset_fetched"),
            Some(expected),
            "{product} {reader:?}: {findings:?}"
        );
        if expected == Verdict::Warn {
            assert!(
                fix(&findings, "keyset_fetched").starts_with("Moodle field \"Public keyset\""),
                "{}",
                fix(&findings, "keyset_fetched")
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_that_were_never_granted_and_grades_that_are_stuck_are_found() {
    let lab = Lab::start().await;
    let without = serde_json::json!({
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": null,
        "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": null,
    });
    run(&lab.database, &format!("platform set {REGISTRATION} --product sakai"));
    let findings = stored(&lab.database);
    assert_eq!(
        (verdict(&findings, "grade_service"), verdict(&findings, "member_service")),
        (Some(Verdict::Skip), Some(Verdict::Skip))
    );
    lab.launch(&LaunchChoice::student().patched(without)).await;
    let findings = stored(&lab.database);
    assert_eq!(
        (verdict(&findings, "grade_service"), verdict(&findings, "member_service")),
        (Some(Verdict::Warn), Some(Verdict::Warn)),
        "{findings:?}"
    );
    assert!(
        fix(&findings, "grade_service")
            .starts_with("Sakai field \"Allow External Tool to return grades\""),
        "{}",
        fix(&findings, "grade_service")
    );
    assert!(
        fix(&findings, "member_service")
            .starts_with("Sakai field \"Provide Roster to External Tool\""),
        "{}",
        fix(&findings, "member_service")
    );
    lab.launch(&LaunchChoice::student()).await;
    let findings = stored(&lab.database);
    assert_eq!(
        (verdict(&findings, "grade_service"), verdict(&findings, "member_service")),
        (Some(Verdict::Ok), Some(Verdict::Ok)),
        "{findings:?}"
    );
    assert_eq!(verdict(&findings, "stuck_grades"), Some(Verdict::Ok));
    Database::open(&lab.database).insert_stuck_grade();
    let findings = stored(&lab.database);
    let stuck = worst(&findings, "stuck_grades");
    assert_eq!(stuck.result, Verdict::Warn);
    assert!(stuck.evidence.as_deref().unwrap().starts_with("scope_not_granted 1"), "{stuck:?}");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_reads_the_servers_counts() {
    let lab = Lab::start().await;
    // A person whose platform never answers, at the login URL without the registration's name; and
    // the doctor's own tries, which are not counted.
    let issuer = lab.sandbox.issuer().replace(':', "%3A").replace('/', "%2F");
    for _ in 0..5 {
        let answer = lab::raw(
            &lab,
            &format!(
                "GET \
                /lti/login?iss={issuer}&login_hint=x&target_link_uri=http%3A%2F%2F127.0.0.1 \
                HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
            ),
        )
        .await;
        assert!(answer.starts_with("HTTP/1.1 302"), "{answer}");
    }
    ask(&lab, Clock::System).await;
    lab.sandbox.set_clock_offset(3600);
    lab.launch(&LaunchChoice::student()).await;
    lab.sandbox.set_clock_offset(0);
    run(
        &lab.database,
        &format!("deployment remove {REGISTRATION} {} --yes", lab.sandbox.deployment_id()),
    );
    lab.launch(&LaunchChoice::teacher()).await;
    Database::open(&lab.database).copy_registration_with_another_client_id();
    let Lab { server, sandbox, url, database, resource_uuid, browser, .. } = lab;
    server.shutdown().await;
    sandbox.shutdown().await;
    drop((url, resource_uuid, browser));
    let findings = stored(&database);
    let unfinished = worst(&findings, "unfinished_logins");
    assert!(unfinished.sentence.starts_with("5 of 7 logins"), "{unfinished:?}");
    assert!(
        worst(&findings, "issuer_shared")
            .evidence
            .as_deref()
            .unwrap()
            .ends_with("other; 5 logins at /lti/login"),
        "{findings:?}"
    );
    let times = worst(&findings, "launch_times");
    assert!(times.evidence.as_deref().unwrap().contains("s ahead of ours"), "{times:?}");
    assert_eq!(
        fix(&findings, "pending_deployments"),
        format!("ltictl deployment add {REGISTRATION} 1")
    );
}

/// What the checks without network say of a database.
fn stored(database: &Place) -> Vec<Finding> {
    let store = Store::open(database).unwrap();
    whole(examine_offline(&store, database, Some(&REGISTRATION.into()), Timestamp::now()))
}
