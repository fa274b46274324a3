//! Accounts: created, changed, linked, enrolled, disabled and deleted.

use serde_json::{Value, json};

use super::tool::{Tool, keys_in_order, platform_of};
use crate::lab::database::Database;

impl Tool {
    /// With an account.
    pub(crate) fn with_account(self, username: &str) -> Self {
        self.run(&["account", "create", username]);
        self
    }
}

/// The stored hash of a password.
fn password_hash(tool: &Tool, username: &str) -> Option<String> {
    Database::open(tool.database()).password_hash(username)
}

#[test]
fn an_account_in_json_has_stable_members() {
    let tool = Tool::new();
    let summary = [
        "uuid",
        "username",
        "name",
        "given_name",
        "family_name",
        "email",
        "locale",
        "time_zone",
        "institution",
        "origin",
        "enabled",
        "has_password",
        "require_provider",
    ];
    let times = ["created_at", "updated_at"];
    let more = [
        "links",
        "consumer_users",
        "identities",
        "enrolments",
        "grade_count",
        "grants",
        "all",
        "resources",
    ];
    let created = tool.json_text(&["account", "create", "Tina"]);
    assert_eq!(keys_in_order(&created), [&summary[..], &times, &more].concat());
    let created: Value = serde_json::from_str(&created).unwrap();
    assert_eq!(
        (created["username"].as_str(), created["origin"].as_str()),
        (Some("tina"), Some("admin"))
    );
    assert_eq!(
        (&created["enabled"], &created["has_password"], &created["email"]),
        (&json!(true), &json!(false), &Value::Null)
    );
    assert_eq!(
        keys_in_order(&tool.json_text(&["account", "list"])),
        [&summary[..], &times].concat()
    );
    for name in ["tina", "TINA", created["uuid"].as_str().unwrap()] {
        assert_eq!(tool.json(&["account", "show", name]), created, "{name}");
    }
}

#[test]
fn a_profile_is_set_and_changed() {
    let tool = Tool::new();
    let created = tool.json(&[
        "account",
        "create",
        "sam",
        "--name",
        "Sam Student",
        "--given-name",
        "Sam",
        "--family-name",
        "Student",
        "--email",
        "sam@example.edu",
        "--locale",
        "en",
        "--time-zone",
        "europe/lisbon",
        "--institution",
        "Example School",
    ]);
    assert_eq!(created["time_zone"], "Europe/Lisbon", "the database's own spelling is kept");
    for (arguments, key, value) in [
        (&["--name", "Sam S."][..], "name", json!("Sam S.")),
        (&["--email", ""], "email", Value::Null),
        (&["--locale", "pt-BR"], "locale", json!("pt-BR")),
        (&["--time-zone", ""], "time_zone", Value::Null),
        (&["--institution", ""], "institution", Value::Null),
        (&["--given-name", "S"], "given_name", json!("S")),
        (&["--family-name", ""], "family_name", Value::Null),
    ] {
        assert_eq!(
            tool.json(&[&["account", "update", "sam"], arguments].concat())[key],
            value,
            "{arguments:?}"
        );
    }
    let renamed = tool.json(&["account", "rename", "sam", "sam.student"]);
    assert_eq!(
        (renamed["username"].as_str(), &renamed["uuid"], &renamed["name"]),
        (Some("sam.student"), &created["uuid"], &json!("Sam S."))
    );
    tool.fails(&["account", "show", "sam"], 3);
}

#[test]
fn listings_and_tables_say_it_in_words() {
    let tool = Tool::new().published("Quiz").with_account("sam").with_account("tina");
    tool.run(&["account", "update", "sam", "--name", "Sam Student", "--email", "sam@example.edu"]);
    tool.run(&["account", "enrol", "sam", "quiz"]);
    tool.run(&["account", "disable", "tina"]);
    let lines = |arguments: &[&str]| {
        tool.run(arguments)
            .answer
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
    };
    let listed = lines(&["account", "list"]);
    assert_eq!(listed[0], "USERNAME NAME EMAIL STATE ORIGIN PASSWORD CREATED (UTC)");
    assert!(
        listed[1].starts_with("sam Sam Student sam@example.edu Enabled admin - 2"),
        "{listed:?}"
    );
    assert!(listed[2].starts_with("tina - - Disabled admin - 2"), "{listed:?}");
    assert_eq!(lines(&["account", "list", "--resource", "quiz"]).len(), 2);
    let shown = lines(&["account", "show", "sam"]);
    for line in [
        "Username sam",
        "State Enabled",
        "Created by an admin",
        "Password none",
        "Name Sam Student",
        "quiz student, by admin",
        "Grades 0",
        "May select nothing",
    ] {
        assert!(shown.iter().any(|shown| shown == line), "{line}: {shown:?}");
    }
    assert_eq!(
        tool.run(&["accounts", "ls", "--resource", "quiz"]).answer,
        tool.run(&["account", "list", "--resource", "quiz"]).answer
    );
    assert!(
        Tool::new().run(&["account", "list"]).answer.contains("ltictl account create USERNAME")
    );
}

/// Arguments of `account`, with the exit code and a part of the message.
const INVALID_INPUT: &[(&[&str], i32, &str)] = &[
    (&["create"], 2, "USERNAME"),
    (&["create", "sam"], 4, "ltictl account show sam"),
    (&["create", "Sam Student"], 5, "ltictl account create sam-student"),
    (&["create", "Zoë"], 5, "ltictl account create zoe"),
    (&["create", "0f8fad5b-d9cb-469f-a165-70867728950e"], 5, "must not be a UUID"),
    (&["create", "new", "--email", "not-an-address"], 5, "email"),
    (&["create", "new", "--locale", "english please"], 5, "locale"),
    (&["create", "new", "--time-zone", "Europe/Atlantis"], 5, "time zone"),
    (&["create", "new", "--name", "a\u{1b}b"], 5, "name"),
    (&["show", "smm"], 3, "did you mean sam?"),
    (&["list", "--resource", "nothing"], 3, "nothing"),
    (&["update", "sam"], 2, "no new value was given"),
    (&["update", "unknown", "--name", "x"], 3, "unknown"),
    (&["rename", "sam", "tina"], 4, "ltictl account show tina"),
    (&["set-password", "sam"], 2, "--password-stdin is missing"),
    (&["set-password", "unknown", "--remove"], 3, "unknown"),
    (&["set-password", "sam", "--remove", "--password-stdin"], 2, "cannot be used with"),
    (&["link", "sam"], 2, "--registration is missing"),
    (&["link", "sam", "--sub", "5"], 2, "--registration is missing"),
    (&["link", "sam", "--registration", "moodle-prod"], 2, "--sub is missing"),
    (&["link", "sam", "--user-id", "5"], 2, "--consumer-key is missing"),
    (&["link", "sam", "--consumer-key", "key"], 2, "--user-id is missing"),
    (&["link", "sam", "--registration", "moodle-prod", "--user-id", "5"], 2, "cannot be used with"),
    (&["link", "sam", "--registration", "nowhere", "--sub", "5"], 3, "nowhere"),
    (&["link", "sam", "--registration", "draft", "--sub", "5"], 4, "ltictl platform set draft"),
    (
        &["link", "sam", "--registration", "moodle-prod", "--sub", "5", "--deployment", "9"],
        3,
        "ltictl deployment list moodle-prod",
    ),
    (
        &["link", "sam", "--registration", "moodle-prod", "--sub", " 5"],
        5,
        "must not begin or end with white space",
    ),
    (&["link", "sam", "--registration", "moodle-prod", "--sub", "4"], 4, "--if-not-exists"),
    (
        &["link", "tina", "--if-not-exists", "--registration", "moodle-prod", "--sub", "4"],
        4,
        "ltictl account unlink sam --registration moodle-prod --sub 4",
    ),
    (
        &["link", "tina", "--consumer-key", "key", "--user-id", "4"],
        4,
        "ltictl account unlink sam --consumer-key key --user-id 4",
    ),
    (
        &["unlink", "tina", "--registration", "moodle-prod", "--sub", "4"],
        3,
        "that user has the account sam",
    ),
    (
        &["unlink", "sam", "--registration", "moodle-prod", "--sub", "5"],
        3,
        "that user has no account",
    ),
    (&["enrol", "sam", "nothing"], 3, "nothing"),
    (&["enrol", "unknown", "quiz"], 3, "unknown"),
    (&["enrol", "sam", "quiz", "--role-of", "parent"], 5, "must be one of teacher, student"),
    (&["unenrol", "sam", "quiz"], 3, "not enrolled"),
    (&["grant", "sam"], 2, "RES"),
    (&["grant", "sam", "quiz", "--all"], 2, "cannot be used with"),
    (&["grant", "sam", "quiz", "nothing"], 3, "nothing"),
    (&["revoke", "tina", "quiz"], 4, "ltictl account revoke tina --all"),
    (&["delete", "sam"], 2, "Delete sam (sam) with 2 linked users?"),
    (&["delete", "unknown", "--yes"], 3, "unknown"),
    (
        &["delete", "sam", "--yes", "--export", "no/such/directory/sam.json"],
        1,
        "nothing was deleted",
    ),
];

#[test]
fn invalid_input_is_rejected_and_changes_nothing() {
    let tool = Tool::new()
        .registered("Moodle Prod")
        .drafted("Draft")
        .published("Quiz")
        .with_account("sam")
        .with_account("tina");
    tool.run(&["account", "link", "sam", "--registration", "moodle-prod", "--sub", "4"]);
    tool.run(&["account", "link", "sam", "--consumer-key", "key", "--user-id", "4"]);
    tool.run(&["account", "grant", "tina", "--all"]);
    let before = tool.dump();
    for &(arguments, exit_code, named) in INVALID_INPUT {
        let refused = tool.fails(&[&["account"], arguments].concat(), exit_code);
        assert!(refused.contains(named), "{arguments:?}: {refused}");
    }
    assert_eq!(tool.dump(), before);
}

#[test]
fn an_account_is_created_with_grants_and_its_user_at_once() {
    let [one, three] = [(), ()]
        .map(|()| Tool::new().registered("Moodle Prod").published("Quiz").published("Essay"));
    let user = ["--registration", "moodle-prod", "--sub", "5"];
    let create = ["account", "create", "tina", "--name", "Tina"];
    let grants = ["--grant", "quiz", "--grant", "essay"];
    let created = one.run(&[&create[..], &grants, &user].concat());
    assert!(!created.remarks.contains("account link"), "{}", created.remarks);
    three.run(&create);
    three.run(&["account", "grant", "tina", "quiz", "essay"]);
    three.run(&[&["account", "link", "tina"], &user[..]].concat());
    let shown = |tool: &Tool| {
        let account = tool.json(&["account", "show", "tina"]);
        ["name", "grants", "links"].map(|key| account[key].clone()).map(|mut value| {
            for link in value.as_array_mut().into_iter().flatten() {
                link.as_object_mut().map(|link| link.remove("created_at"));
            }
            value
        })
    };
    assert_eq!(shown(&one), shown(&three));
    assert_eq!(one.json(&["account", "create", "tom", "--grant-all"])["grants"]["all"], true);
    let before = one.dump();
    for (arguments, code, named) in [
        (&["--grant", "nothing"][..], 3, "nothing"),
        (&["--grant", "quiz", "--grant-all"], 2, "--grant-all"),
        (&["--sub", "9"], 2, "ltictl account create other --registration REG --sub SUB"),
        (&user[..], 4, "tina"),
    ] {
        let refused = one.fails(&[&["account", "create", "other"], arguments].concat(), code);
        assert!(refused.contains(named), "{arguments:?}: {refused}");
    }
    assert_eq!(one.dump(), before, "all or nothing");
}

#[test]
fn slugs_and_usernames_are_derived_from_names_in_any_script() {
    let tool = Tool::new();
    for (arguments, key, plain) in [
        (&["registration", "create", "École"][..], "slug", "ecole"),
        (&["registration", "create", "Школа"], "slug", "shkola"),
        (&["resource", "publish", "学校"], "slug", "xuexiao"),
        (&["resource", "publish", "Άλγεβρα"], "slug", "algevra"),
        (&["account", "create", "--name", "Zoë Núñez"], "username", "zoe-nunez"),
    ] {
        assert_eq!(tool.json(arguments)[key], plain, "{arguments:?}");
    }
    let refused = tool.fails(&["resource", "publish", "!!!"], 5);
    assert!(refused.contains("--slug"), "{refused}");
}

#[test]
fn existing_files_are_kept() {
    let tool = Tool::new().registered("Moodle Prod").published("Quiz").with_account("sam");
    let user = ["--registration", "moodle-prod", "--sub", "4"];
    let legacy = ["--consumer-key", "key", "--user-id", "4"];
    tool.run(&[&["account", "link", "sam"], &user[..]].concat());
    tool.run(&[&["account", "link", "sam"], &legacy[..]].concat());
    tool.run(&["account", "enrol", "sam", "quiz", "--role-of", "teacher"]);
    tool.run(&["account", "grant", "sam", "quiz"]);
    tool.run(&["account", "enable", "sam"]);
    let before = tool.dump();
    for arguments in [
        &["create", "sam", "--name", "Another", "--if-not-exists"][..],
        &[&["link", "sam", "--if-not-exists"], &user[..]].concat(),
        &[&["link", "sam", "--if-not-exists"], &legacy[..]].concat(),
        &["enrol", "sam", "quiz"],
        &["grant", "sam", "quiz"],
        &["enable", "sam"],
        &["rename", "sam", "sam"],
        &["update", "sam", "--name", ""],
        &["set-password", "sam", "--remove"],
    ] {
        tool.run(&[&["account"], arguments].concat());
        assert_eq!(tool.dump(), before, "{arguments:?}");
    }
    tool.run(&["account", "disable", "sam"]);
    let before = tool.dump();
    tool.run(&["account", "disable", "sam"]);
    assert_eq!(tool.dump(), before);
    tool.run(&["account", "revoke", "sam", "quiz"]);
    tool.run(&["account", "revoke", "sam", "quiz"]);
}

#[test]
fn passwords_come_by_standard_input_and_are_kept_as_hashes() {
    let tool = Tool::new().with_account("sam");
    for input in ["correct horse\n", "correct horse\r\n", "correct horse"] {
        let said =
            tool.run_with_input(&["account", "set-password", "sam", "--password-stdin"], input);
        assert!(
            !said.answer.contains("correct horse") && said.answer.contains("Password     set"),
            "{}",
            said.answer
        );
        let hash = password_hash(&tool, "sam").unwrap();
        assert!(
            hash.starts_with("$argon2id$")
                && ltictl::rules::passwords::verify("correct horse", Some(&hash)),
            "{hash}"
        );
    }
    tool.run_with_input(&["account", "create", "tina", "--password-stdin"], "battery staple");
    assert!(ltictl::rules::passwords::verify(
        "battery staple",
        password_hash(&tool, "tina").as_deref()
    ));
    tool.run_with_input(
        &["account", "create", "tina", "--password-stdin", "--if-not-exists"],
        "something else",
    );
    assert!(ltictl::rules::passwords::verify(
        "battery staple",
        password_hash(&tool, "tina").as_deref()
    ));
    assert!(!tool.dump().contains("battery staple"));

    let before = tool.dump();
    for (input, named) in [
        ("short\n", "at least 12 characters"),
        ("", "at least 12 characters"),
        ("two lines\nof password\n", "must be one line"),
    ] {
        let mut command = tool.command(&["account", "set-password", "sam", "--password-stdin"]);
        let output = command.write_stdin(input).output().unwrap();
        let remarks = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(5), "{remarks}");
        assert!(remarks.contains(named), "{input:?}: {remarks}");
    }
    assert_eq!(tool.dump(), before);
    assert_eq!(tool.json(&["account", "set-password", "sam", "--remove"])["has_password"], false);
    assert_eq!(password_hash(&tool, "sam"), None);
}

#[test]
fn links_follow_the_rule_by_which_launches_know_people() {
    let tool = Tool::new()
        .registered("Moodle Prod")
        .registered("Moodle Test")
        .registered("Canvas")
        .with_account("sam")
        .with_account("tina");
    let [issuer, _, keyset_url, ..] = platform_of("moodle-prod");
    tool.run(&["platform", "set", "moodle-test", "--issuer", &issuer, "--keyset-url", &keyset_url]);
    let linked =
        tool.json(&["account", "link", "sam", "--registration", "moodle-prod", "--sub", "4"]);
    let link = &linked["links"][0];
    assert_eq!(
        (&link["issuer"], &link["tenant"], &link["sub"]),
        (&json!(issuer), &Value::Null, &json!("4"))
    );
    assert_eq!((&link["made_account"], &link["last_launch_at"]), (&json!(false), &Value::Null));
    let same =
        tool.fails(&["account", "link", "tina", "--registration", "moodle-test", "--sub", "4"], 4);
    assert!(
        same.contains("that user has the account sam"),
        "another registration of an issuer means the same people: {same}"
    );

    tool.run(&["platform", "set", "canvas", "--identity", "client-id", "--leave-users"]);
    let linked = tool.json(&["account", "link", "sam", "--registration", "canvas", "--sub", "4"]);
    assert_eq!(linked["links"][1]["tenant"], "client-of-canvas");
    tool.run(&["platform", "set", "canvas", "--identity", "deployment", "--leave-users"]);
    tool.run(&["deployment", "add", "canvas", "2"]);
    let missing =
        tool.fails(&["account", "link", "sam", "--registration", "canvas", "--sub", "4"], 2);
    assert!(
        missing.contains("--deployment is missing")
            && missing.contains("ltictl deployment list canvas"),
        "{missing}"
    );
    let user = |deployment| ["--registration", "canvas", "--sub", "4", "--deployment", deployment];
    tool.run(&[&["account", "link", "sam"], &user("1")[..]].concat());
    let tina = tool.json(&[&["account", "link", "tina"], &user("2")[..]].concat());
    assert_eq!(tina["links"][0]["tenant"], "16:client-of-canvas:2");
    let unlinked = tool.run(&[&["account", "unlink", "tina"], &user("2")[..]].concat());
    assert!(unlinked.remarks.contains("next launch"), "{}", unlinked.remarks);
    assert_eq!(tool.json(&["account", "show", "tina"])["links"], json!([]));
    assert_eq!(tool.json(&["account", "show", "sam"])["links"].as_array().unwrap().len(), 3);
}

#[test]
fn users_of_lti_1_1_keep_accounts_too() {
    let tool = Tool::new().with_account("sam");
    let user = ["--consumer-key", "school.example", "--user-id", "42"];
    let linked = tool.json(&[&["account", "link", "sam"], &user[..]].concat());
    assert_eq!(
        linked["consumer_users"],
        json!([{"consumer_key": "school.example", "user_id": "42"}])
    );
    let shown = tool.run(&["account", "show", "sam"]).answer;
    assert!(shown.contains("LTI 1.1, consumer key school.example"), "{shown}");
    assert_eq!(
        tool.json(&[&["account", "unlink", "sam"], &user[..]].concat())["consumer_users"],
        json!([])
    );
}

#[test]
fn the_admin_enrols_whatever_the_rules_say() {
    let tool = Tool::new().with_account("sam");
    tool.run(&[
        "resource",
        "publish",
        "Quiz",
        "--enrolment-maximum",
        "0",
        "--enrolment-ends-at",
        "2020-01-01",
        "--enrolment-duration",
        "1d",
        "--teacher-role",
        "editor",
    ]);
    let enrolled = tool.json(&["account", "enrol", "sam", "quiz"])["enrolments"][0].clone();
    assert_eq!(
        (enrolled["role"].as_str(), enrolled["source"].as_str(), enrolled["active"].as_bool()),
        (Some("student"), Some("admin"), Some(true))
    );
    let moment = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!((moment(&enrolled["ends_at"]) - moment(&enrolled["created_at"])).as_secs(), 86_400);
    let changed =
        tool.json(&["account", "enrol", "sam", "quiz", "--role-of", "teacher"])["enrolments"][0]
            .clone();
    assert_eq!(
        (changed["role"].as_str(), changed["teaches"].as_bool(), &changed["ends_at"]),
        (Some("editor"), Some(true), &enrolled["ends_at"])
    );

    // An enrolment by a launch that ended long ago begins again as the admin's.
    Database::open(tool.database()).end_enrolments();
    let over = tool.json(&["account", "show", "sam"])["enrolments"][0].clone();
    assert_eq!(
        (over["active"].as_bool(), over["ends_at"].as_str()),
        (Some(false), Some("1970-01-01T00:00:01Z"))
    );
    assert!(
        tool.run(&["account", "show", "sam"])
            .answer
            .contains("editor, by launch, ended 1970-01-01 00:00:01 UTC")
    );
    let renewed = tool.json(&["account", "enrol", "sam", "quiz"])["enrolments"][0].clone();
    assert_eq!(
        (renewed["active"].as_bool(), renewed["source"].as_str(), renewed["role"].as_str()),
        (Some(true), Some("admin"), Some("editor"))
    );
    assert!(moment(&renewed["ends_at"]) > jiff::Timestamp::now());
    let left = tool.run(&["account", "unenrol", "sam", "quiz"]);
    assert!(left.remarks.contains("ltictl account disable sam"), "{}", left.remarks);
    assert_eq!(tool.json(&["account", "show", "sam"])["enrolments"], json!([]));
}

#[test]
fn grants_say_what_content_selection_offers() {
    let tool = Tool::new().published("Quiz").published("Essay").with_account("tina");
    let grants =
        |arguments: &[&str]| tool.json(&[&["account"], arguments].concat())["grants"].clone();
    assert_eq!(
        grants(&["grant", "tina", "quiz", "essay"]),
        json!({"all": false, "resources": ["essay", "quiz"]})
    );
    assert_eq!(grants(&["revoke", "tina", "quiz"]), json!({"all": false, "resources": ["essay"]}));
    assert_eq!(grants(&["grant", "tina", "--all"]), json!({"all": true, "resources": ["essay"]}));
    assert!(tool.run(&["account", "show", "tina"]).answer.contains("every resource"));
    assert_eq!(grants(&["revoke", "tina", "--all"]), json!({"all": false, "resources": []}));
}

#[test]
fn a_deleted_account_leaves_the_file_that_was_asked_for() {
    let tool = Tool::new()
        .registered("Moodle Prod")
        .published("Quiz")
        .with_account("sam")
        .with_account("tina");
    tool.run(&["account", "update", "sam", "--name", "Sam Student"]);
    tool.run(&["account", "link", "sam", "--registration", "moodle-prod", "--sub", "4"]);
    tool.run(&["account", "enrol", "sam", "quiz"]);
    tool.run(&["grade", "set", "quiz", "sam", "7.5", "--comment", "Well done"]);
    let asked = tool.fails(&["account", "delete", "sam"], 2);
    let question = "Delete Sam Student (sam) with 1 linked user, 1 enrolment and 1 grade? The \
        grade is not exported (--export FILE).";
    assert!(asked.contains(question), "{asked}");
    let shown = tool.json(&["account", "show", "sam"]);

    let taken = tool.file("taken.json", "mine");
    assert!(
        tool.fails(&["account", "delete", "sam", "--export", &taken, "--yes"], 4)
            .contains("never replaces an existing file")
    );
    assert_eq!(std::fs::read_to_string(&taken).unwrap(), "mine");

    let file = tool.path("sam.json");
    let deleted =
        tool.run(&["account", "delete", "sam", "--export", file.to_str().unwrap(), "--yes"]);
    assert!(
        deleted.answer.is_empty()
            && deleted.remarks.contains("Deleted sam with 1 linked user, 1 enrolment and 1 grade."),
        "{}",
        deleted.remarks
    );
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions())
            & 0o777,
        0o600
    );
    let export: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(export["account"], shown);
    let grade = &export["grades"][0];
    assert_eq!(
        (grade["resource"].as_str(), grade["score"].as_f64(), grade["comment"].as_str()),
        (Some("quiz"), Some(7.5), Some("Well done"))
    );
    tool.fails(&["account", "show", "sam"], 3);
    assert_eq!(tool.json(&["grade", "list", "quiz"]), json!([]));

    let printed = tool.run(&["account", "delete", "tina", "--export", "-", "--yes"]);
    assert_eq!(
        serde_json::from_str::<Value>(&printed.answer).unwrap()["account"]["username"],
        "tina"
    );
    tool.fails(&["account", "show", "tina"], 3);
}

#[test]
fn granting_prints_what_changed_and_how_to_link_an_account_that_is_not() {
    let tool = Tool::new()
        .registered("Moodle Prod")
        .published("Quiz")
        .published("Essay")
        .with_account("tina");
    for (arguments, expected) in [
        (&["grant", "tina", "quiz", "essay"][..], "these resources now: essay, quiz"),
        (&["grant", "tina", "quiz"], "Nothing was changed"),
        (&["revoke", "tina", "quiz"], "no longer offers tina these resources: quiz"),
        (&["grant", "tina", "--all"], "offers tina every resource now"),
        (&["revoke", "tina", "--all"], "no longer offers tina every resource"),
    ] {
        let answer = tool.run(&[&["account"], arguments].concat());
        assert!(answer.answer.contains(expected), "{arguments:?}: {}", answer.answer);
        assert_eq!(answer.answer.lines().count(), 1, "{}", answer.answer);
        assert_eq!(answer.remarks.contains("account link tina"), arguments[0] == "grant");
    }
    tool.run(&["account", "link", "tina", "--registration", "moodle-prod", "--sub", "4"]);
    assert_eq!(tool.run(&["account", "grant", "tina", "quiz"]).remarks, "");
}
