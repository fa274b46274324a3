//! The published JSON Schemas hold for what the program really says.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use jiff::Timestamp;
use ltictl::domain::{Launch, LaunchId, Outcome, Slug};
use ltictl::store::{CopyReport, Store, Write};
use serde_json::Value;

use super::tool::{Tool, URL, platform_of, platform_set};
use crate::lab::database::insert_launch;

/// A schema that knows every property: what it does not name is wrong.
fn closed(mut schema: Value) -> Value {
    fn close(schema: &mut Value) {
        if let Some(object) = schema.as_object_mut() {
            if object.contains_key("properties") {
                object.insert("additionalProperties".to_owned(), false.into());
            }
            object.values_mut().for_each(close);
        } else if let Some(list) = schema.as_array_mut() {
            list.iter_mut().for_each(close);
        }
    }
    close(&mut schema);
    schema
}

fn published(tool: &Tool, name: &str) -> Value {
    serde_json::from_str(&tool.run(&["schema", name]).answer).unwrap()
}

pub(crate) fn check(tool: &Tool, name: &str, document: &Value, whose: &[&str]) {
    let schema = closed(published(tool, name));
    let validator =
        jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap();
    let problems: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{} {error}", error.instance_path()))
        .collect();
    assert!(problems.is_empty(), "{whose:?} is not a {name}: {problems:#?}\n{document:#}");
    let others = times_of_other_names(document);
    assert!(others.is_empty(), "{whose:?}: the name of a time ends in _at: {others:?}");
}

/// The keys of times in a document that do not end in `_at`.
fn times_of_other_names(document: &Value) -> Vec<&str> {
    let is_time = |value: &Value| {
        value.as_str().is_some_and(|text| text.len() >= 20 && text.parse::<Timestamp>().is_ok())
    };
    match document {
        Value::Object(members) => members
            .iter()
            .flat_map(|(key, value)| {
                // Evidence is text, of which some is only a time.
                let is_named = key.ends_with("_at") || key == "evidence";
                let own = (is_time(value) && !is_named).then_some(key.as_str());
                own.into_iter().chain(times_of_other_names(value))
            })
            .collect(),
        Value::Array(elements) => elements.iter().flat_map(times_of_other_names).collect(),
        _ => Vec::new(),
    }
}

/// Names of schemas, and commands whose output they describe.
type Commands<'c> = &'c [(&'static str, &'c [&'c str])];

const SETTINGS_AND_DRAFT: Commands<'_> = &[
    ("settings", &["config", "list"]),
    ("settings", &["config", "get", "name"]),
    ("settings", &["config", "set", "name", "Other"]),
    ("registration-list", &["registration", "list"]),
    ("registration", &["registration", "create", "Moodle Prod"]),
    ("registration-list", &["registration", "list"]),
    ("registration-url", &["registration", "url", "moodle-prod"]),
    ("registration-url", &["consumer", "registration-url", "College"]),
    ("registration", &["registration", "show", "moodle-prod"]),
    ("platform", &["platform", "show", "moodle-prod"]),
    ("platform-list", &["platform", "list"]),
    ("registration", &["registration", "rename", "moodle-prod", "Moodle"]),
    ("registration", &["registration", "disable", "moodle-prod"]),
    ("registration", &["registration", "enable", "moodle-prod"]),
    ("tool-details", &["registration", "tool-details", "moodle-prod"]),
    ("tool-details-form", &["registration", "tool-details", "moodle-prod", "--for", "moodle"]),
    ("tool-details-form", &["registration", "tool-details", "moodle-prod", "--for", "blackboard"]),
    ("canvas-configuration", &["registration", "tool-details", "moodle-prod", "--for", "canvas"]),
    ("tool-details-forms", &["registration", "tool-details", "moodle-prod", "--for", "list"]),
];

const ACTIVE_REGISTRATION: Commands<'_> = &[
    ("platform-import", &["platform", "import", "moodle-prod", "platform.json", "--dry-run"]),
    ("registration", &["platform", "import", "moodle-prod", "platform.json", "--yes"]),
    ("platform", &["platform", "show", "moodle-prod"]),
    ("deployment", &["deployment", "add", "moodle-prod", "1"]),
    ("deployment-list", &["deployment", "list", "moodle-prod"]),
    ("deployment-list", &["deployment", "list"]),
    ("deployment", &["deployment", "show", "moodle-prod", "1"]),
    ("deployment", &["deployment", "rename", "moodle-prod", "1", "Whole site"]),
    ("registration", &["registration", "show", "moodle-prod"]),
    ("registration-list", &["registration", "list"]),
];

const RESOURCE: Commands<'_> = &[
    (
        "resource",
        &[
            "resource",
            "publish",
            "Quiz",
            "--max-grade",
            "10",
            "--enrolment-duration",
            "30d",
            "--enrolment-starts-at",
            "2026-01-01T00:00:00Z",
        ],
    ),
    ("resource", &["resource", "show", "quiz"]),
    ("resource", &["resource", "update", "quiz", "--registration", "moodle-prod"]),
    ("resource-list", &["resource", "list"]),
    ("launch-details", &["resource", "launch-details", "quiz"]),
    ("link-list", &["resource", "link", "list"]),
    ("launch-form", &["resource", "launch-details", "quiz", "--for", "moodle"]),
    ("app-key", &["resource", "app-key", "quiz", "--show-secret"]),
];

const ACCOUNT_AND_GRADES: Commands<'_> = &[
    ("account", &["account", "create", "sam"]),
    ("account", &["account", "update", "sam", "--name", "Sam Student"]),
    ("account", &["account", "rename", "sam", "sam.student"]),
    ("account", &["account", "rename", "sam.student", "sam"]),
    ("account", &["account", "set-password", "sam", "--remove"]),
    ("account", &["account", "link", "sam", "--registration", "moodle-prod", "--sub", "4"]),
    ("account", &["account", "link", "sam", "--consumer-key", "old", "--user-id", "4"]),
    ("account", &["account", "disable", "sam"]),
    ("account", &["account", "enable", "sam"]),
    ("account", &["account", "enrol", "sam", "quiz"]),
    ("account", &["account", "grant", "sam", "quiz"]),
    ("account", &["account", "show", "sam"]),
    ("account-list", &["account", "list"]),
    ("account-list", &["account", "list", "--resource", "quiz"]),
    ("grade", &["grade", "set", "quiz", "sam", "4"]),
    ("grade-list", &["grade", "list", "quiz"]),
    ("grade", &["grade", "show", "quiz", "sam"]),
    ("grade-list", &["grade", "import", "quiz", "grades.csv"]),
    ("grade", &["grade", "set", "quiz", "sam", "none"]),
    ("account", &["account", "revoke", "sam", "--all"]),
    ("account", &["account", "unenrol", "sam", "quiz"]),
    ("account", &["account", "unlink", "sam", "--registration", "moodle-prod", "--sub", "4"]),
    ("resource", &["resource", "unpublish", "quiz"]),
    ("account-export", &["account", "delete", "sam", "--yes", "--export", "-"]),
];

const CLIENTS: Commands<'_> = &[
    ("client-list", &["client", "list"]),
    (
        "resource",
        &[
            "resource",
            "publish",
            "Wiki",
            "--target",
            "https://wiki.example.edu/",
            "--handover",
            "openid",
        ],
    ),
    (
        "client",
        &[
            "client",
            "add",
            "wiki",
            "Notes",
            "--redirect-uri",
            "https://wiki.example.edu/cb",
            "--claim",
            "memberOf=groups",
        ],
    ),
    ("client", &["client", "rotate-secret", "notes"]),
    ("client", &["client", "update", "notes", "--auth-method", "none"]),
    ("client", &["client", "rename", "notes", "Our notes"]),
    ("client", &["client", "disable", "notes"]),
    ("client", &["client", "enable", "notes"]),
    ("client", &["client", "show", "notes"]),
    ("client-list", &["client", "list", "--resource", "wiki"]),
    ("app-sheet", &["client", "sheet", "notes", "--for", "grafana"]),
    ("manifest", &["export"]),
    ("key-list", &["key", "list"]),
];

const LOGS_AND_FILES: Commands<'_> = &[
    ("key-list", &["key", "list"]),
    ("launch-list", &["launch", "list"]),
    ("search", &["search", "moodle OR essay OR registration"]),
    ("audit-list", &["audit", "list"]),
    ("audit", &["audit", "show", "1"]),
    ("audit-proof", &["audit", "verify"]),
    ("notice-list", &["notice", "list"]),
    ("notice-status", &["notice", "status"]),
    ("launch-stats", &["launch", "stats"]),
    ("sync-grades", &["sync", "grades"]),
    ("sync-grades", &["sync", "grades", "--dry-run"]),
    ("sync-members", &["sync", "members"]),
    ("sync-status", &["sync", "status"]),
    ("schema-list", &["schema"]),
    ("manifest", &["export"]),
    ("plan", &["apply", "-f", "lti.yaml"]),
    ("plan", &["diff", "-f", "lti.yaml"]),
    ("audit-list", &["audit", "list"]),
    ("audit", &["audit", "show", "1"]),
    ("audit-proof", &["audit", "verify"]),
    ("explanation", &["explain", "deployment_unknown"]),
    ("explanation-list", &["explain"]),
    ("lti-terms", &["explain", "lti-terms"]),
    ("database", &["db", "check"]),
    ("database-copy", &["db", "copy", "--to", "elsewhere.db"]),
    ("database-upgrade", &["db", "upgrade"]),
    ("status", &["status"]),
    ("backup", &["backup", "copy.db"]),
    ("restore", &["restore", "copy.db", "--yes"]),
];

/// A tool whose output is checked.
struct CheckedTool {
    tool: Tool,
    /// Names of the schemas against which something was checked.
    seen: BTreeSet<&'static str>,
}

impl CheckedTool {
    fn check_all(&mut self, commands: Commands<'_>) {
        for (name, arguments) in commands {
            // PostgreSQL's own tools write and read backups of its databases.
            if !self.tool.database().is_file() && ["backup", "restore"].contains(name) {
                self.seen.insert(name);
                continue;
            }
            self.check(name, &self.tool.json(arguments), arguments);
        }
    }

    fn check(&mut self, name: &'static str, document: &Value, whose: &[&str]) {
        check(&self.tool, name, document, whose);
        self.seen.insert(name);
    }

    /// Commands that need a key ID.
    fn check_keys(&mut self, first: &str) {
        self.check_all(&[
            ("consumer-list", &["consumer", "list"]),
            ("key-list", &["key", "list"]),
            ("key", &["key", "rotate"]),
            ("key", &["key", "activate"]),
            ("keyset", &["key", "export"]),
            ("keyset", &["key", "export", first]),
            ("key-pem", &["key", "export", "--format", "pem"]),
            ("key", &["key", "retire", first, "--yes"]),
        ]);
    }

    /// Commands that read standard input, fail or do not end.
    fn check_unusual_commands(&mut self) {
        let added = self.tool.run_with_input(
            &["-o", "json", "consumer", "add", "old", "--secret-stdin"],
            "a long shared secret",
        );
        let added = serde_json::from_str(&added.answer).unwrap();
        self.check("consumer", &added, &["consumer", "add"]);
        let add = ["identity-provider", "add", "School", "--issuer", "https://id.example.edu"];
        let options = ["--client-id", "tool", "--client-secret-stdin", "-o", "json"];
        let added = self.tool.run_with_input(&[&add[..], &options].concat(), "a secret word");
        let added = serde_json::from_str(&added.answer).unwrap();
        self.check("identity-provider-form", &added, &["identity-provider", "add"]);
        self.check_all(&[
            ("identity-provider-form", &["identity-provider", "show", "school"]),
            ("identity-provider-list", &["identity-provider", "list"]),
            ("identity-provider", &["identity-provider", "disable", "school"]),
        ]);
        let details = ["resource", "launch-details", "quiz", "--lti-1p1"];
        self.check_all(&[
            ("signed-launch-details", &["resource", "update", "quiz", "--lti-1p1"]),
            ("signed-launch-details", &details),
            ("signed-launch-form", &[&details[..], &["--for", "moodle"]].concat()),
        ]);
        self.check_all(&[
            ("consumer-list", &["consumer", "list"]),
            ("consumer-migration", &["consumer", "migrate", "old", "moodle-prod", "--dry-run"]),
        ]);
        // Whether this tool has problems does not matter here.
        let doctor = self.tool.command(&["-o", "json", "doctor", "--offline"]).output().unwrap();
        self.check("doctor", &serde_json::from_slice(&doctor.stdout).unwrap(), &["doctor"]);
        for arguments in [&["registration", "show", "nothing"][..], &["nothing"]] {
            let arguments = [&["-o", "json"], arguments].concat();
            let failed = self.tool.command(&arguments).output().unwrap();
            self.check("error", &serde_json::from_slice(&failed.stderr).unwrap(), &arguments);
        }
        self.check("sandbox", &sandbox(&self.tool), &["sandbox"]);
    }
}

#[test]
fn every_answer_has_the_shape_that_is_published() {
    let mut checked = CheckedTool { tool: Tool::empty(), seen: BTreeSet::new() };
    checked.check_all(&[("init", &["init", "--url", URL, "--name", "Example Tool"])]);
    for (file, text) in [
        ("platform.json", r#"{"client_id": "other"}"#),
        ("grades.csv", "account,score,comment\nsam,5,Well done\n"),
        ("lti.yaml", "settings: {session_lifetime: 4h}\nresources: {essay: {}}\n"),
    ] {
        checked.tool.file(file, text);
    }
    let kid = checked.tool.json(&["key", "list"])[0]["kid"].as_str().unwrap().to_owned();
    checked.check_all(SETTINGS_AND_DRAFT);
    let platform = platform_of("moodle");
    checked.check_all(&[("platform", &platform_set("moodle-prod", &platform))]);
    checked.check_all(ACTIVE_REGISTRATION);
    let mut store = Store::open(checked.tool.database()).unwrap();
    let context = |write: &Write<'_>| {
        let id = write.registration(&Slug::new("moodle-prod").unwrap())?.unwrap().id;
        let context = write.add_context(id, "1", "14", (None, Some("Algebra")))?.unwrap();
        let report = CopyReport::Notice("notice-1");
        write.add_context_origins(context, &[("7", None)], report, Timestamp::UNIX_EPOCH)
    };
    store.write(context).unwrap();
    drop(store);
    checked.check_all(&[
        ("context-list", &["context", "list"]),
        ("context", &["context", "show", "moodle-prod", "14"]),
    ]);
    checked.check_all(RESOURCE);
    checked.check_all(ACCOUNT_AND_GRADES);
    checked.check_keys(&kid);
    checked.check_all(CLIENTS);
    checked.check_all(LOGS_AND_FILES);
    checked.check_unusual_commands();
    // Launches are received over HTTP; the tests of the launch log and of the test platform check
    // these.
    checked.seen.extend(["launch", "sandbox-launches"]);
    let names = checked.tool.run(&["schema", "-q"]).answer;
    let missing: Vec<&str> = names.lines().filter(|name| !checked.seen.contains(name)).collect();
    assert!(missing.is_empty(), "no output was checked against {missing:?}");
}

#[test]
fn a_launch_that_was_refused_has_the_shape_that_is_published() {
    let tool = Tool::new();
    let launch = |id, seconds, outcome| {
        let at = Timestamp::from_second(seconds).unwrap();
        Launch {
            registration: Some(Slug::new("moodle").unwrap()),
            ..Launch::new(LaunchId::parse(id).unwrap(), at, outcome)
        }
    };
    let refused = Outcome::Refused {
        reason: "unknown_deployment".to_owned(),
        cause: "It is unknown.".to_owned(),
        actor: "tool_admin".to_owned(),
        fix: "Add it.".to_owned(),
    };
    let refused =
        Launch { sub: Some("4".to_owned()), ..launch("01hf7yat00000000", 1_700_000_000, refused) };
    let accepted = Launch {
        role: Some("learner".to_owned()),
        user_name: Some("Sam Student".to_owned()),
        ..launch("01hf7yat00000001", 1_700_000_001, Outcome::Accepted)
    };
    for launch in [refused, accepted] {
        insert_launch(tool.database(), &launch);
    }
    let launches = tool.json(&["launch", "list"]);
    assert_eq!(launches.as_array().unwrap().len(), 2);
    check(&tool, "launch-list", &launches, &["launch", "list"]);
    for launch in launches.as_array().unwrap() {
        let id = launch["id"].as_str().unwrap();
        check(&tool, "launch", &tool.json(&["launch", "show", id]), &["launch", "show", id]);
    }
}

/// What a test platform says when it starts.
fn sandbox(tool: &Tool) -> Value {
    let mut command = tool.process(&["-o", "json", "sandbox", "--listen", "127.0.0.1:0"]);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut text = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap) {
        text.push_str(&line);
        if line == "}" {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_schema_rejects_unknown_members_and_wrong_types() {
    let tool = Tool::new().registered("Moodle Prod");
    let schema = closed(published(&tool, "registration"));
    let good = tool.json(&["registration", "show", "moodle-prod"]);
    assert!(jsonschema::draft202012::is_valid(&schema, &good));
    for (key, value) in [
        ("slug", Value::Null),
        ("status", "unknown".into()),
        ("platform", "none".into()),
        ("further", 1.into()),
    ] {
        let mut bad = good.clone();
        bad[key] = value;
        assert!(!jsonschema::draft202012::is_valid(&schema, &bad), "{key}");
    }
    let mut bad = good.clone();
    bad.as_object_mut().unwrap().remove("platform");
    assert!(
        !jsonschema::draft202012::is_valid(&schema, &bad),
        "what is not known is null, never absent"
    );
    let mut unknown = good;
    unknown["platform"] = Value::Null;
    assert!(jsonschema::draft202012::is_valid(&schema, &unknown));
}

#[test]
fn schemas_are_listed_and_each_is_valid() {
    let tool = Tool::empty();
    let list = tool.json(&["schema"]);
    assert!(tool.run(&["schema"]).answer.contains("\nregistration "));
    assert!(tool.run(&["schema", "--help"]).answer.contains("- registration-list:"));
    for row in list.as_array().unwrap() {
        let name = row["name"].as_str().unwrap();
        let schema = published(&tool, name);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert!(
            schema["title"].as_str().unwrap().starts_with(&format!("ltictl {name}: ")),
            "{name}"
        );
        jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
        all_required(&schema, name);
        assert_times_are_named(&schema, name);
    }
    assert!(tool.fails(&["schema", "registratoin"], 2).contains("registration"));
}

/// Null rather than absent: every property of an answer is required. A manifest is no answer.
/// Every time that a schema declares is named as one; what it does not declare,
/// [`times_of_other_names`] finds in real outputs.
fn assert_times_are_named(schema: &Value, name: &str) {
    let is_time = |property: &Value| property["format"] == "date-time";
    if let Some(properties) = schema["properties"].as_object() {
        for (key, property) in properties {
            assert!(!is_time(property) || key.ends_with("_at"), "{name}: {key} is a time");
        }
    }
    match schema {
        Value::Object(members) => {
            members.values().for_each(|member| assert_times_are_named(member, name));
        }
        Value::Array(elements) => {
            elements.iter().for_each(|element| assert_times_are_named(element, name));
        }
        _ => {}
    }
}

fn all_required(schema: &Value, name: &str) {
    if name == "manifest" {
        return;
    }
    if let Some(properties) = schema["properties"].as_object() {
        let required: BTreeSet<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        // The only exception: the errors that are no manifest's are as they have always been.
        let keys = properties.keys().map(String::as_str);
        assert_eq!(
            keys.filter(|key| (name, *key) != ("error", "problems")).collect::<BTreeSet<_>>(),
            required,
            "{name}"
        );
    }
    match schema {
        Value::Object(members) => members.values().for_each(|below| all_required(below, name)),
        Value::Array(entries) => entries.iter().for_each(|below| all_required(below, name)),
        _ => {}
    }
}

#[test]
fn no_view_is_without_a_schema() {
    fn sources(directory: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut found = Vec::new();
    sources(Path::new("src"), &mut found);
    let name = |text: &str| {
        text.split(|character: char| !character.is_alphanumeric()).next().unwrap().to_owned()
    };
    let views: BTreeSet<String> = found
        .iter()
        .flat_map(|source| source.split("\nimpl View for ").skip(1))
        .map(name)
        .collect();
    let table = fs::read_to_string("src/cli/schema.rs").unwrap();
    let known: BTreeSet<String> = table.split("schema_of::<").skip(1).map(name).collect();
    assert!(views.len() > 25, "only {views:?} were found");
    let missing: Vec<&String> = views.difference(&known).collect();
    assert!(missing.is_empty(), "src/cli/schema.rs names no schema for {missing:?}");
}
