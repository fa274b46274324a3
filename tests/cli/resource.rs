//! Resources: published, changed, taken back.

use super::tool::{Tool, URL, keys_in_order};
use crate::lab::database::contains;

#[test]
fn a_resource_shows_the_values_for_a_link() {
    let tool = Tool::new();
    let published = tool.run(&[
        "resource",
        "publish",
        "Algebra quiz",
        "--kind",
        "activity",
        "--max-grade",
        "10",
    ]);
    assert!(
        published.remarks.contains("ltictl resource launch-details algebra-quiz"),
        "{}",
        published.remarks
    );
    let uuid =
        tool.json(&["resource", "show", "algebra-quiz"])["uuid"].as_str().unwrap().to_owned();
    assert_eq!(
        tool.run(&["resource", "launch-details", "algebra-quiz"]).answer,
        format!(
            "  Launch URL         {URL}/lti/launch\n  Custom parameters  id={uuid}\n\n\
             If links have no custom parameters\n  Launch URL         {URL}/lti/launch/algebra-quiz\n"
        )
    );
    for (platform, expected) in [
        ("moodle", format!("Custom parameters: id={uuid}\n      [below \"Show more")),
        ("canvas", format!("URL (may differ): {URL}/lti/launch/algebra-quiz\n")),
        ("canvas-test", format!("URL (may differ): {URL}/lti/launch/algebra-quiz\n")),
        ("other", format!("Launch URL (may differ): {URL}/lti/launch\n")),
    ] {
        let form =
            tool.run(&["resource", "launch-details", "algebra-quiz", "--for", platform]).answer;
        assert!(form.contains(&expected), "{platform}: {form}");
    }
    let details = tool.json(&["resource", "launch-details", &uuid]);
    assert_eq!(
        (details["slug"].as_str(), details["custom_properties"]["id"].as_str()),
        (Some("algebra-quiz"), Some(&*uuid))
    );
}

#[test]
fn the_json_has_stable_members() {
    let tool = Tool::new().published("Algebra quiz");
    let text = tool.json_text(&["resource", "show", "algebra-quiz"]);
    assert_eq!(
        keys_in_order(&text),
        [
            "slug",
            "uuid",
            "name",
            "description",
            "kind",
            "course",
            "launch_url",
            "custom_properties",
            "id",
            "named_launch_url",
            "target",
            "handover",
            "allow_role",
            "paths",
            "guests",
            "token_header",
            "omit_headers",
            "cross_site",
            "max_grade",
            "extra_credit",
            "opens_at",
            "closes_at",
            "grade_scope",
            "grade_sync",
            "member_sync",
            "student_provisioning",
            "teacher_provisioning",
            "teacher_role",
            "student_role",
            "enrolment_starts_at",
            "enrolment_ends_at",
            "enrolment_duration",
            "enrolment_maximum",
            "completion_required",
            "default_locale",
            "default_time_zone",
            "default_institution",
            "registrations",
            "published",
            "created_at",
            "updated_at"
        ]
    );
    assert_eq!(
        tool.json(&["resource", "list"])[0],
        tool.json(&["resource", "show", "algebra-quiz"])
    );
}

/// Arguments of `resource update`, and the key that they set, with its new value in JSON.
const CHANGES: &[(&[&str], &str, &str)] = &[
    (&["--name", "Great quiz"], "name", r#""Great quiz""#),
    (&["--description", "Two\nlines"], "description", r#""Two\nlines""#),
    (&["--description", ""], "description", "null"),
    (&["--course", "algebra"], "course", r#""algebra""#),
    (&["--course", ""], "course", "null"),
    (&["--kind", "course"], "kind", r#""course""#),
    (
        &["--target", "https://app.example.edu/start?x=1"],
        "target",
        r#""https://app.example.edu/start?x=1""#,
    ),
    (&["--target", "http://localhost:3000/"], "target", r#""http://localhost:3000/""#),
    (&["--handover", "headers"], "handover", r#""headers""#),
    (&["--allow-role", "learner,staff"], "allow_role", r#"["staff","learner"]"#),
    (
        &["--target", "https://APP.example.edu:443/wiki"],
        "target",
        r#""https://app.example.edu/wiki""#,
    ),
    (
        &["--target", "https://app.example.edu/wiki/start"],
        "target",
        r#""https://app.example.edu/wiki/start""#,
    ),
    (&["--paths", "/wiki/"], "paths", r#""/wiki/""#),
    (&["--paths", "none"], "paths", "null"),
    (&["--guests", "allow"], "guests", r#""allow""#),
    (&["--token-header", "on"], "token_header", "true"),
    (
        &["--omit-headers", "remote-email,X-Lti-Email"],
        "omit_headers",
        r#"["Remote-Email","X-Lti-Email"]"#,
    ),
    (&["--omit-headers", "none"], "omit_headers", "[]"),
    (&["--cross-site", "allow"], "cross_site", r#""allow""#),
    (&["--handover", "token"], "handover", r#""token""#),
    (&["--target", "page"], "target", "null"),
    (&["--max-grade", "12.5"], "max_grade", "12.5"),
    (&["--max-grade", "none"], "max_grade", "null"),
    (&["--extra-credit", "on"], "extra_credit", "true"),
    (&["--extra-credit", "off"], "extra_credit", "false"),
    (&["--opens-at", "2026-09-01"], "opens_at", r#""2026-09-01T00:00:00Z""#),
    (&["--closes-at", "2026-12-01T08:00:00+02:00"], "closes_at", r#""2026-12-01T06:00:00Z""#),
    (&["--opens-at", "none"], "opens_at", "null"),
    (&["--closes-at", "none"], "closes_at", "null"),
    (&["--grade-sync", "off"], "grade_sync", r#""off""#),
    (&["--member-sync", "enrol-new"], "member_sync", r#""enrol-new""#),
    (&["--student-provisioning", "existing"], "student_provisioning", r#""existing""#),
    (&["--teacher-provisioning", "auto"], "teacher_provisioning", r#""auto""#),
    (&["--teacher-role", "editor"], "teacher_role", r#""editor""#),
    (&["--student-role", "reader"], "student_role", r#""reader""#),
    (&["--enrolment-starts-at", "2026-09-01"], "enrolment_starts_at", r#""2026-09-01T00:00:00Z""#),
    (
        &["--enrolment-ends-at", "2026-12-01T08:00:00+02:00"],
        "enrolment_ends_at",
        r#""2026-12-01T06:00:00Z""#,
    ),
    (&["--enrolment-starts-at", "none"], "enrolment_starts_at", "null"),
    (&["--enrolment-ends-at", "none"], "enrolment_ends_at", "null"),
    (&["--enrolment-duration", "90d"], "enrolment_duration", r#""90d""#),
    (&["--enrolment-duration", "none"], "enrolment_duration", "null"),
    (&["--enrolment-maximum", "30"], "enrolment_maximum", "30"),
    (&["--enrolment-maximum", "none"], "enrolment_maximum", "null"),
    (&["--completion-required", "on"], "completion_required", "true"),
    (&["--completion-required", "off"], "completion_required", "false"),
    (&["--default-locale", "pt-BR"], "default_locale", r#""pt-BR""#),
    (&["--default-time-zone", "Europe/Lisbon"], "default_time_zone", r#""Europe/Lisbon""#),
    (&["--default-institution", "Example School"], "default_institution", r#""Example School""#),
    (&["--default-locale", ""], "default_locale", "null"),
    (&["--default-time-zone", ""], "default_time_zone", "null"),
    (&["--default-institution", ""], "default_institution", "null"),
    (
        &["--registration", "moodle-prod", "--registration", "canvas", "--registration", "canvas"],
        "registrations",
        r#"["canvas","moodle-prod"]"#,
    ),
    (&["--registration", ""], "registrations", "[]"),
    (&["--registration", "all"], "registrations", "null"),
];

#[test]
fn every_setting_is_kept_and_can_be_changed() {
    let tool = Tool::new().drafted("Moodle Prod").drafted("Canvas");
    tool.run(&["resource", "publish", "Algebra", "--kind", "course"]);
    tool.run(&["resource", "publish", "Quiz"]);
    std::fs::create_dir(tool.path("content")).unwrap();
    let directory = tool.path("content").canonicalize().unwrap().to_str().unwrap().to_owned();
    let check = |arguments: &[&str], key: &str, value: &str| {
        tool.run(&[&["resource", "update", "quiz"], arguments].concat());
        assert_eq!(
            tool.json(&["resource", "show", "quiz"])[key].to_string(),
            value,
            "{arguments:?}"
        );
    };
    check(&["--target", "content"], "target", &format!("{directory:?}"));
    for (arguments, key, value) in CHANGES {
        check(arguments, key, value);
    }
    assert_eq!(tool.json(&["resource", "show", "quiz"])["slug"], "quiz");
}

#[test]
fn an_app_behind_a_proxy_has_a_host_of_its_own_and_its_own_paths() {
    let tool = Tool::new();
    let publish = ["resource", "publish", "Wiki"];
    for (arguments, problem) in [
        (&["--handover", "headers"][..], "only if the target is a URL"),
        (&["--handover", "openid"], "can be openid only if the target is a URL"),
        (&["--handover", "saml"], "must be one of token, headers, openid"),
        (&["--target", "https://tool.example.edu/wiki/", "--handover", "openid"], "another host"),
        (&["--paths", "/wiki/"], "has an effect only with --handover headers"),
        (&["--token-header", "on"], "has an effect only with --handover headers"),
        (&["--guests", "allow"], "has an effect only with --handover headers or openid"),
        (&["--allow-role", "staff"], "has an effect only with --handover headers or openid"),
        (
            &["--target", "https://app.example.edu/", "--handover", "openid", "--paths", "/wiki/"],
            "has an effect only with --handover headers",
        ),
        (&["--target", "https://tool.example.edu/wiki/", "--handover", "headers"], "another host"),
        (&["--target", "https://tool.example.edu:8443/", "--handover", "headers"], "another host"),
        (&["--target", "https://app.example.edu./", "--handover", "headers"], "without a dot"),
        (
            &[
                "--target",
                "https://app.example.edu/start",
                "--handover",
                "headers",
                "--paths",
                "/wiki/",
            ],
            "below /wiki/",
        ),
        (&["--paths", "/a b/"], "must be a path such as /wiki/"),
        (&["--allow-role", "teacher"], "admin, staff and learner"),
        (&["--guests", "some"], "must be one of refuse, allow"),
    ] {
        let failure = tool.fails(&[&publish[..], arguments].concat(), 5);
        assert!(failure.contains(problem), "{arguments:?}: {failure}");
    }
    let headers = ["--target", "https://app.example.edu/wiki/", "--handover", "headers"];
    tool.run(&[&publish[..], &headers].concat());
    let failure = tool.fails(&["resource", "update", "wiki", "--target", "page"], 5);
    assert!(failure.contains("only if the target is a URL"), "{failure}");
    let shown = tool.run(&["resource", "show", "wiki"]).answer;
    for line in ["headers, added by a reverse proxy", "admin, staff, learner"] {
        assert!(shown.contains(line), "{shown}");
    }
    // Settings that have an effect stay when they no longer have one, and are not exported then.
    let staff = ["resource", "update", "wiki", "--allow-role", "staff", "--paths", "/wiki/"];
    tool.run(&staff);
    tool.run(&["resource", "update", "wiki", "--handover", "openid", "--guests", "allow"]);
    let shown = tool.run(&["resource", "show", "wiki"]).answer;
    assert!(
        shown.contains("openid, by which the app signs") && !shown.contains("Paths"),
        "{shown}"
    );
    let export = tool.run(&["export"]).answer;
    assert!(export.contains("guests: allow") && !export.contains("paths:"), "{export}");
    tool.run(&["resource", "update", "wiki", "--handover", "token", "--target", "page"]);
    let export = tool.run(&["export"]).answer;
    assert!(!export.contains("allow_role:"), "{export}");
    Tool::new().run_with_input(&["apply", "-f", "-"], &export);
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let quiz = Tool::new().published("Quiz").json(&["resource", "show", "quiz"]);
    let values =
        ["kind", "grade_sync", "member_sync", "student_provisioning", "teacher_provisioning"]
            .map(|key| quiz[key].as_str().unwrap().to_owned());
    assert_eq!(values, ["activity", "on", "enrol-and-unenrol", "auto", "prompt"]);
    assert_eq!(
        ["teacher_role", "student_role"].map(|key| quiz[key].as_str().unwrap()),
        ["teacher", "student"]
    );
    assert_eq!((&quiz["published"], &quiz["completion_required"]), (&true.into(), &false.into()));
    let rules = [
        "opens_at",
        "closes_at",
        "enrolment_starts_at",
        "enrolment_ends_at",
        "enrolment_duration",
        "enrolment_maximum",
        "default_locale",
        "default_time_zone",
        "registrations",
    ];
    assert!(rules.iter().all(|key| quiz[key].is_null()), "{quiz}");
}

#[test]
fn unpublishing_is_reverted_by_update() {
    let tool = Tool::new().published("Algebra quiz");
    assert!(
        tool.run(&["resource", "unpublish", "algebra-quiz"])
            .remarks
            .contains("ltictl resource update algebra-quiz --publish")
    );
    assert!(tool.run(&["resource", "list"]).answer.contains("Unpublished"));
    assert!(
        tool.run(&["resource", "launch-details", "algebra-quiz"]).remarks.contains("unpublished")
    );
    assert_eq!(tool.json(&["resource", "update", "algebra-quiz", "--publish"])["published"], true);
}

/// Arguments of `resource`, with the exit code and a part of the message.
const INVALID_INPUT: &[(&[&str], i32, &str)] = &[
    (&["publish", "Quiz"], 4, "ltictl resource show quiz"),
    (&["publish", "Other", "--kind", "lesson"], 5, "kind"),
    (&["publish", "Other", "--course", "nowhere"], 3, "nowhere"),
    (&["publish", "Other", "--course", "quiz"], 5, "course"),
    (&["publish", "Other", "--kind", "course", "--course", "algebra"], 5, "course"),
    (&["publish", "Other", "--max-grade", "-1"], 5, "max grade"),
    (&["publish", "Other", "--max-grade", "nan"], 5, "max grade"),
    (&["publish", "Other", "--target", "no/such/directory"], 5, "target"),
    (&["publish", "Other", "--target", "http://app.example.edu/"], 5, "target"),
    (&["publish", "Other", "--extra-credit", "yes"], 5, "extra credit"),
    (&["publish", "Other", "--grade-sync", "yes"], 5, "grade sync"),
    (&["publish", "Other", "--member-sync", "all"], 5, "member sync"),
    (&["publish", "Other", "--student-provisioning", "none"], 5, "student provisioning"),
    (&["publish", "Other", "--slug", "Not A Slug"], 5, "slug"),
    (&["publish", "Other", "--teacher-role", "Head Teacher"], 5, "teacher role"),
    (
        &["publish", "Other", "--enrolment-starts-at", "tomorrow"],
        5,
        "enrolment starts at must be a date",
    ),
    (&["publish", "Other", "--enrolment-starts-at", "2026-02-30"], 5, "enrolment starts at"),
    (&["publish", "Other", "--enrolment-ends-at", "2026-09-01T08:00:00"], 5, "enrolment ends at"),
    (
        &[
            "publish",
            "Other",
            "--enrolment-starts-at",
            "2026-09-01",
            "--enrolment-ends-at",
            "2026-09-01",
        ],
        5,
        "must be later than the enrolment start",
    ),
    (&["publish", "Other", "--opens-at", "soon"], 5, "opens at must be a date"),
    (
        &["publish", "Other", "--opens-at", "2026-09-01", "--closes-at", "2026-09-01"],
        5,
        "closes must be later than opens",
    ),
    (&["publish", "Other", "--enrolment-duration", "90"], 5, "enrolment duration"),
    (&["publish", "Other", "--enrolment-maximum", "-1"], 5, "enrolment maximum"),
    (&["publish", "Other", "--completion-required", "yes"], 5, "completion required"),
    (&["publish", "Other", "--default-locale", "e"], 5, "default locale"),
    (&["publish", "Other", "--default-time-zone", "Europe/Atlantis"], 5, "default time zone"),
    (&["publish", "Other", "--registration", "nowhere"], 3, "nowhere"),
    (
        &["publish", "Other", "--registration", "all", "--registration", "nowhere"],
        5,
        "must be either all",
    ),
    (&["delete", "algebra", "--yes"], 4, "essay"),
    (&["delete", "quiz"], 2, "Delete Quiz (quiz) with no dependent data?"),
    (&["delete", "nothing", "--yes"], 3, "nothing"),
    (&["update", "quiz"], 2, "no new value was given"),
    (&["update", "quiz", "--description", "a\u{1b}b"], 5, "description"),
    (&["update", "algebra", "--kind", "activity"], 4, "essay"),
    (&["update", "qiuz", "--name", "x"], 3, "did you mean quiz?"),
    (&["unpublish", "nothing"], 3, "nothing"),
];

#[test]
fn invalid_input_is_rejected_and_changes_nothing() {
    let tool = Tool::new().published("Quiz");
    tool.run(&["resource", "publish", "Algebra", "--kind", "course"]);
    tool.run(&["resource", "publish", "Essay", "--course", "algebra"]);
    let before = tool.dump();
    for &(arguments, exit_code, named) in INVALID_INPUT {
        let refused = tool.fails(&[&["resource"], arguments].concat(), exit_code);
        assert!(refused.contains(named), "{arguments:?}: {refused}");
    }
    let existing =
        tool.json(&["resource", "publish", "Quiz", "--max-grade", "99", "--if-not-exists"]);
    assert_eq!(existing["max_grade"], 10.0);
    assert_eq!(tool.dump(), before);
}

#[test]
fn the_table_shows_every_setting() {
    let tool = Tool::new().drafted("Moodle Prod").published("Quiz");
    tool.run(&[
        "resource",
        "update",
        "quiz",
        "--enrolment-starts-at",
        "2026-09-01",
        "--enrolment-duration",
        "48h",
        "--registration",
        "moodle-prod",
    ]);
    let shown = tool.run(&["resource", "show", "quiz"]).answer;
    for line in [
        "Completion required     no",
        "Student role            student",
        "Enrolment start         2026-09-01 00:00:00 UTC",
        "Enrolment end           -",
        "Enrolment duration      2d",
        "Registrations           moodle-prod",
    ] {
        assert!(shown.lines().any(|shown| shown.trim() == line), "{line}: {shown}");
    }
    tool.run(&["registration", "delete", "moodle-prod", "--yes"]);
    assert!(
        tool.run(&["resource", "show", "quiz"]).answer.contains("none: no one can launch it"),
        "deleting a registration opens nothing to others"
    );
}

#[test]
fn deleting_includes_enrolments_and_grades() {
    let tool = Tool::new().published("Quiz").published("Essay");
    tool.run(&["account", "create", "sam"]);
    tool.run(&["account", "enrol", "sam", "quiz"]);
    tool.run(&["grade", "set", "quiz", "sam", "5"]);
    let deleted = tool.run(&["resource", "delete", "quiz", "--yes"]);
    assert!(
        deleted.remarks.contains("Deleted quiz with 1 enrolment and 1 grade."),
        "{}",
        deleted.remarks
    );
    tool.fails(&["resource", "show", "quiz"], 3);
    assert_eq!(tool.json(&["account", "show", "sam"])["enrolments"], serde_json::json!([]));
    tool.run(&["resource", "show", "essay"]);
}

#[test]
fn an_app_key_is_printed_on_request() {
    let tool = Tool::new().published("Algebra quiz").published("Reading list");
    let refused = tool.fails(&["resource", "app-key", "algebra-quiz"], 2);
    assert!(refused.contains("ltictl resource app-key algebra-quiz --show-secret"), "{refused}");
    let key = |slug: &str| tool.run(&["resource", "app-key", slug, "--show-secret"]).answer;
    let uuid =
        tool.json(&["resource", "show", "algebra-quiz"])["uuid"].as_str().unwrap().to_owned();
    let printed = key("algebra-quiz");
    let secret = printed.trim().strip_prefix(&format!("{uuid}.")).unwrap();
    assert_eq!((secret.len(), key("algebra-quiz")), (43, printed.clone()));
    assert_ne!(key("algebra-quiz"), key("reading-list"));
    tool.fails(&["resource", "app-key", "nothing", "--show-secret"], 3);
    tool.fails(&["config", "set", "app_key", "maybe"], 5);
    assert_eq!(tool.run(&["config", "get", "app_key"]).answer.trim(), "required");
    assert!(
        tool.run(&["config", "set", "app_key", "optional"])
            .remarks
            .contains("ltictl config set app_key required")
    );
}

#[test]
fn an_apps_key_is_rotated_and_its_age_is_shown() {
    let tool = Tool::new().published("Algebra quiz");
    let key = |arguments: &[&str]| {
        tool.json(&[&["resource", "app-key", "algebra-quiz", "--show-secret"], arguments].concat())
    };
    let first = key(&[]);
    let text = tool.json_text(&["resource", "app-key", "algebra-quiz", "--show-secret"]);
    assert_eq!(
        keys_in_order(&text),
        ["resource", "app_key", "created_at", "age_days", "previous_expires_at"]
    );
    assert_eq!((&first["resource"], &first["age_days"]), (&"algebra-quiz".into(), &0.into()));
    assert!(first["previous_expires_at"].is_null());
    let before = tool.dump();
    let refused = tool.fails(&["resource", "app-key", "algebra-quiz", "--rotate"], 2);
    assert!(
        refused.contains("ltictl resource app-key algebra-quiz --rotate --show-secret"),
        "{refused}"
    );
    tool.fails(
        &["resource", "app-key", "algebra-quiz", "--rotate", "--overlap", "31d", "--show-secret"],
        5,
    );
    tool.fails(&["resource", "app-key", "algebra-quiz", "--now", "--show-secret"], 2);
    assert_eq!(tool.dump(), before);

    let second = key(&["--rotate", "--overlap", "1h"]);
    assert_ne!(second["app_key"], first["app_key"]);
    assert!(
        second["previous_expires_at"].as_str().unwrap() > second["created_at"].as_str().unwrap()
    );
    assert_eq!(key(&[]), second);
    let printed = tool.run(&["resource", "app-key", "algebra-quiz", "--show-secret"]);
    assert_eq!(printed.answer.trim(), second["app_key"], "nothing but the key");
    for words in [
        "Created ",
        "(new)",
        "The previous key is accepted until",
        "ltictl resource app-key algebra-quiz --rotate --now",
    ] {
        assert!(printed.remarks.contains(words), "{words}: {}", printed.remarks);
    }
    let refused =
        tool.fails(&["resource", "app-key", "algebra-quiz", "--rotate", "--show-secret"], 4);
    assert!(refused.contains("ltictl resource app-key algebra-quiz --rotate --now"), "{refused}");
    let third = key(&["--rotate", "--now"]);
    assert!(third["app_key"] != second["app_key"] && third["previous_expires_at"].is_null());
}

#[test]
fn a_target_at_another_origin_has_the_key_of_before_and_says_so() {
    let tool = Tool::new();
    let published =
        tool.run(&["resource", "publish", "Essay", "--target", "https://app.example/a"]);
    assert!(published.remarks.contains("ltictl resource app-key essay"), "{}", published.remarks);
    let replaces = "ltictl resource app-key essay --rotate --now";
    for (target, expected) in [
        ("https://app.example/b", false),
        ("https://other.example/b", true),
        ("https://other.example/b", false),
        ("page", false),
        ("https://app.example/b", false),
    ] {
        let updated = tool.run(&["resource", "update", "essay", "--target", target]);
        assert_eq!(updated.remarks.contains(replaces), expected, "{target}: {}", updated.remarks);
    }
}

#[test]
fn a_replaced_app_key_is_never_reused() {
    let tool = Tool::new().published("Algebra quiz");
    let key = || tool.run(&["resource", "app-key", "algebra-quiz", "--show-secret"]).answer;
    let uuid =
        tool.json(&["resource", "show", "algebra-quiz"])["uuid"].as_str().unwrap().to_owned();
    let mut keys = vec![key()];
    tool.run(&["resource", "app-key", "algebra-quiz", "--rotate", "--now", "--show-secret"]);
    keys.push(key());
    tool.run(&["resource", "delete", "algebra-quiz", "--yes"]);
    let manifest = tool.file("lti.yaml", &format!("resources: {{algebra-quiz: {{uuid: {uuid}}}}}"));
    tool.run(&["apply", "-f", &manifest]);
    assert_eq!(tool.json(&["resource", "show", "algebra-quiz"])["uuid"], uuid.as_str());
    keys.push(key());
    tool.run(&["resource", "update", "algebra-quiz", "--name", "Other"]);
    assert_eq!(keys[2], key(), "a change of the resource leaves the key alone");
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3);
}

#[test]
fn no_app_key_is_in_the_database_or_the_audit_log() {
    let tool = Tool::new().published("Algebra quiz");
    let key = || {
        tool.run(&["resource", "app-key", "algebra-quiz", "--show-secret"]).answer.trim().to_owned()
    };
    let first = key();
    tool.run(&["resource", "app-key", "algebra-quiz", "--rotate", "--show-secret"]);
    let entry = &tool.json(&["audit", "list", "--limit", "1"])[0];
    assert_eq!(
        (entry["via"].as_str(), entry["action"].as_str(), entry["name"].as_str()),
        (Some("resource app-key"), Some("changed"), Some("algebra-quiz"))
    );
    assert!(entry.to_string().contains("app_key_previous_expires_at"), "{entry}");
    for secret in [first, key()] {
        use base64::Engine as _;
        let (_, secret) = secret.split_once('.').unwrap();
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(secret).unwrap();
        for form in [secret.as_bytes(), &bytes] {
            assert!(!contains(tool.database(), form));
        }
    }
}

#[test]
fn a_new_app_with_grades_gets_instructions_for_recording_them() {
    let tool = Tool::new();
    let published = tool.run(&[
        "resource",
        "publish",
        "Quiz",
        "--max-grade",
        "10",
        "--target",
        "https://app.example.edu/",
    ]);
    assert!(published.remarks.contains("ltictl resource app-key quiz"), "{}", published.remarks);
}
