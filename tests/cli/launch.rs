//! The launch log as its readers meet it. The store writes its entries, as it does for
//! the server.

use jiff::{SignedDuration, Timestamp};
use ltictl::domain::{Browser, Counted, Launch, LaunchId, Outcome, Random, Slug, Tally};
use ltictl::store::Store;

#[cfg(unix)]
use super::terminal::Terminal;
use super::tool::{Tool, keys_in_order};

/// A launch of some minutes ago.
struct Past {
    minutes: i64,
    registration: Option<&'static str>,
    resource: &'static str,
    sub: &'static str,
    reason: Option<&'static str>,
}

const fn past(
    minutes: i64,
    registration: &'static str,
    resource: &'static str,
    sub: &'static str,
    reason: Option<&'static str>,
) -> Past {
    Past { minutes, registration: Some(registration), resource, sub, reason }
}

const LAUNCHES: [Past; 8] = [
    past(20 * 24 * 60, "moodle-prod", "quiz", "4", None),
    past(300, "moodle-prod", "quiz", "4", None),
    past(200, "moodle-prod", "essay", "5", None),
    past(100, "moodle-prod", "quiz", "4", Some("token_expired")),
    past(90, "canvas", "quiz", "abc", Some("deployment_unknown")),
    past(80, "canvas", "quiz", "abc", Some("platform_error:access_denied")),
    past(50, "moodle-prod", "quiz", "5", Some("token_expired")),
    Past {
        minutes: 10,
        registration: None,
        resource: "quiz",
        sub: "",
        reason: Some("registration_unknown"),
    },
];

fn slug(text: &str) -> Slug {
    Slug::new(text).unwrap()
}

fn launch(past: &Past, now: Timestamp) -> Launch {
    let at = now - SignedDuration::from_mins(past.minutes);
    let outcome = past.reason.map_or(Outcome::Accepted, |reason| Outcome::Refused {
        reason: reason.into(),
        cause: "The cause.".into(),
        actor: "tool admin".into(),
        fix: "The fix.".into(),
    });
    Launch {
        request_id: Some(format!("proxys-{}", past.minutes)),
        first_request_id: (past.minutes == 200).then(|| "0123456789abcdef".into()),
        registration: past.registration.map(slug),
        resource: Some(slug(past.resource)),
        deployment_id: Some("1".into()),
        message_type: Some("LtiResourceLinkRequest".into()),
        sub: Some(past.sub.into()).filter(|sub: &String| !sub.is_empty()),
        role: Some("learner".into()),
        browser: Some(Browser::Firefox),
        clock_skew_seconds: past.reason.filter(|reason| *reason == "token_expired").map(|_| 90),
        ..Launch::new(LaunchId::fresh(at, &Random::System), at, outcome)
    }
}

/// A tool with these launches, and logins of which some came back.
fn launched() -> Tool {
    let tool = Tool::new()
        .registered("Moodle Prod")
        .registered("Canvas")
        .published("Quiz")
        .published("Essay");
    let now = Timestamp::now();
    let mut store = Store::open(tool.database()).unwrap();
    store
        .write(|write| {
            for past in &LAUNCHES {
                write.insert_launch(&launch(past, now))?;
            }
            for (what, count) in [(Counted::LoginStarted, 7), (Counted::LoginReturned, 4)] {
                let hour = Tally::hour_of(now) - 2;
                write.add_to_tally(&Tally {
                    hour,
                    registration: Some(slug("moodle-prod")),
                    what,
                    detail: "firefox".into(),
                    count,
                    last_at: now,
                })?;
            }
            Ok::<_, ltictl::store::Error>(())
        })
        .unwrap();
    tool
}

/// The launches of a list, by how many minutes ago they were.
fn minutes(tool: &Tool, arguments: &[&str]) -> Vec<i64> {
    let list = tool.json(&[&["launch", "list"], arguments].concat());
    let ids = list
        .as_array()
        .unwrap()
        .iter()
        .map(|launch| launch["request_id"].as_str().unwrap().to_owned());
    ids.map(|id| id.strip_prefix("proxys-").unwrap().parse().unwrap()).collect()
}

#[test]
fn a_list_contains_what_matches_all_conditions() {
    let tool = launched();
    let long_ago = (Timestamp::now() - SignedDuration::from_hours(24 * 10)).to_string();
    for (arguments, expected) in [
        ("", &[10, 50, 80, 90, 100, 200, 300, 28800][..]),
        ("--failed", &[10, 50, 80, 90, 100]),
        ("--failed --since 1h", &[10, 50]),
        ("--since 95m --until 1h", &[80, 90]),
        (&format!("--until {long_ago}"), &[28800]),
        ("--since 1970-01-01 --limit 2", &[10, 50]),
        ("--registration moodle-prod", &[50, 100, 200, 300, 28800]),
        ("--registration moodle-prod --failed", &[50, 100]),
        ("--registration moodle-prod --failed --since 1h", &[50]),
        ("--registration moodle-prod --resource quiz --since 7d", &[50, 100, 300]),
        ("--user 4", &[100, 300, 28800]),
        ("--user 4 --failed", &[100]),
        ("--user 5 --registration moodle-prod --resource essay", &[200]),
        ("--user 5 --registration canvas", &[]),
        ("--user unknown", &[]),
        ("--resource essay", &[200]),
        ("--resource quiz --failed", &[10, 50, 80, 90, 100]),
        ("--reason token_expired", &[50, 100]),
        ("--reason token_expired --user 4", &[100]),
        ("--reason deployment_unknown --registration canvas --resource quiz", &[90]),
        ("--reason platform_error", &[80]),
        ("--reason platform_error:access_denied", &[80]),
        ("--reason platform", &[]),
    ] {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        assert_eq!(minutes(&tool, &arguments), expected, "{arguments:?}");
    }
}

#[test]
fn invalid_list_options_are_reported() {
    let tool = launched();
    for (arguments, exit_code, says) in [
        (["--registration", "no-such"], 3, "no-such"),
        (["--resource", "no-such"], 3, "no-such"),
        (["--since", "yesterday"], 5, "invalid since"),
        (["--until", "2026-11-25T08:00:00"], 5, "invalid until"),
    ] {
        let error = tool.fails(&[&["launch", "list"], &arguments[..]].concat(), exit_code);
        assert!(error.contains(says), "{error}");
    }
    assert!(tool.fails(&["launch", "show", "no-such"], 3).contains("launch_retention"));
    tool.fails(&["launch", "stats", "--registration", "no-such"], 3);
    tool.fails(&["launch", "stats", "--since", "soon"], 5);
}

#[test]
fn a_launch_is_shown_by_any_of_its_names() {
    let tool = launched();
    let expired = tool.json(&["launch", "show", "proxys-100"]);
    assert_eq!(
        (
            expired["reason"].as_str(),
            expired["clock_skew_seconds"].as_i64(),
            expired["browser"].as_str()
        ),
        (Some("token_expired"), Some(90), Some("firefox"))
    );
    assert_eq!(tool.json(&["launch", "show", expired["id"].as_str().unwrap()]), expired);
    let waited = tool.json(&["launch", "show", "0123456789ABCDEF"]);
    assert_eq!(
        (waited["request_id"].as_str(), waited["first_request_id"].as_str()),
        (Some("proxys-200"), Some("0123456789abcdef"))
    );
    let table = tool.run(&["launch", "show", "proxys-100"]).answer;
    for line in [
        "Request        proxys-100",
        "Clocks         according to the token, the tool's is 90 s ahead of the platform's",
        "Browser        firefox",
    ] {
        assert!(table.contains(line), "{line} is not in\n{table}");
    }
}

#[test]
fn statistics_are_plain_in_a_pipe_and_stable_for_programs() {
    let tool = launched();
    let table = tool.run(&["launch", "stats"]).answer;
    let last = |minutes: i64| {
        let list = tool.json(&["launch", "list", "--limit", "100"]);
        let one = list
            .as_array()
            .unwrap()
            .iter()
            .find(|launch| launch["request_id"] == format!("proxys-{minutes}"))
            .unwrap();
        one["received_at"].as_str().unwrap().replace('T', " ").replace('Z', "")
    };
    let expected = [
        "REGISTRATION  LAUNCHES  ACCEPTED  REFUSED  SUCCESS  LAST SUCCESS (UTC)   LOGINS  \
         UNFINISHED"
            .to_owned(),
        "canvas        2         0         2        0.0 %    -                    0       \
         0"
        .to_owned(),
        format!("moodle-prod   4         2         2        50.0 %   {}  7       3", last(200)),
        "(none)        1         0         1        0.0 %    -                    0       \
         0"
        .to_owned(),
        String::new(),
        "REGISTRATION  REASON                        REFUSED".to_owned(),
        "canvas        deployment_unknown            1".to_owned(),
        "canvas        platform_error:access_denied  1".to_owned(),
        "moodle-prod   token_expired                 2".to_owned(),
        "(none)        registration_unknown          1".to_owned(),
    ];
    assert_eq!(table.lines().collect::<Vec<_>>(), expected);
    let text =
        tool.json_text(&["launch", "stats", "--registration", "moodle-prod", "--since", "30d"]);
    let keys = [
        "registration",
        "counting_began_at",
        "launches",
        "accepted",
        "refused",
        "success_rate",
        "last_success_at",
        "logins_started",
        "logins_returned",
        "logins_never_returned",
        "failures",
        "reason",
        "count",
    ];
    assert_eq!(keys_in_order(&text), keys);
    let stats: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&stats[0]["launches"], &stats[0]["success_rate"], &stats[0]["logins_never_returned"]),
        (&5.into(), &0.6.into(), &3.into())
    );
    let quiet = tool.json(&["launch", "stats", "--registration", "canvas", "--since", "1m"]);
    assert_eq!((&quiet[0]["launches"], quiet[0]["success_rate"].is_null()), (&0.into(), true));
}

#[cfg(unix)]
#[test]
fn statistics_have_bars_on_a_terminal_that_has_room_for_them() {
    let tool = launched();
    let shown = |columns: &str, no_color: &str| {
        let mut command = tool.process(&["launch", "stats"]);
        command.env("COLUMNS", columns).env("NO_COLOR", no_color);
        Terminal::start(command).end().1
    };
    let wide = shown("160", "1");
    assert!(wide.contains("50.0 %   ████████████ "), "{wide}");
    let bar = "█".repeat(24);
    let has_bar = |line: &str| line.contains("token_expired") && line.contains(&bar);
    assert!(wide.lines().any(has_bar), "{wide}");
    let narrow = shown("70", "1");
    assert!(!narrow.lines().take(4).any(|line| line.contains('█')), "{narrow}");
    let mut command = tool.process(&["launch", "stats"]);
    command.env("COLUMNS", "160").env_remove("NO_COLOR");
    assert!(Terminal::start(command).is_styled());
}

#[test]
fn a_list_that_is_narrowed_does_not_say_that_there_is_nothing() {
    let tool = Tool::new().registered("North");
    assert!(tool.run(&["launch", "list"]).answer.contains("No launches yet"));
    for arguments in [
        &["--failed"][..],
        &["--registration", "north"],
        &["--user", "99"],
        &["--since", "1h"],
        &["--until", "1h"],
        &["--reason", "deployment_unknown"],
        &["--reason", "platform_error"],
    ] {
        let answer = tool.run(&[&["launch", "list"], arguments].concat()).answer;
        assert_eq!(answer, "No launches match.\n", "{arguments:?}");
    }
    let answer = tool.run(&["audit", "list", "--noun", "grade"]).answer;
    assert_eq!(answer, "No changes match.\n");
    let refused = tool.fails(&["launch", "list", "--reason", "deployment_unknwon"], 3);
    assert!(refused.contains("did you mean deployment_unknown"), "{refused}");
}

#[test]
fn launches_for_content_selection_are_marked() {
    let tool = launched();
    let mut store = Store::open(tool.database()).unwrap();
    for (minutes, reason) in [(2, None), (1, Some("token_expired"))] {
        let past = Past { minutes, reason, ..past(0, "canvas", "quiz", "77", None) };
        let launch = Launch {
            resource: None,
            message_type: Some("LtiDeepLinkingRequest".into()),
            ..launch(&past, Timestamp::now())
        };
        store.write(|write| write.insert_launch(&launch)).unwrap();
    }
    let listed = tool.run(&["launch", "list", "--sub", "77"]).answer;
    let rows: Vec<&str> = listed.lines().skip(1).collect();
    assert_eq!(rows.len(), 2, "{listed}");
    assert!(rows.iter().all(|row| row.contains("(content selection)")), "{listed}");
    assert!(!tool.run(&["launch", "list", "--sub", "4"]).answer.contains("selection"));
}
