//! The tool as files: apply, diff, export.

use serde_json::{Value, json};

use super::tool::{Tool, keys_in_order, platform_of};

const MANIFEST: &str = "\
settings:
  session_lifetime: 4h
registrations:
  moodle-prod:
    name: Moodle Prod
    platform:
      issuer: https://moodle.example.edu
      client_id: abc
      keyset_url: https://moodle.example.edu/keys
      access_token_url: https://moodle.example.edu/token
      authentication_request_url: https://moodle.example.edu/auth
    deployments:
      - deployment_id: \"1\"
        name: Whole site
resources:
  algebra-quiz:
    name: Algebra quiz
    max_grade: 10
    course: algebra
  algebra:
    kind: course
accounts:
  tina:
    name: Tina Teacher
    grants:
      resources: [algebra-quiz]
";

/// Runs `diff` or `apply --dry-run` and gives its answer: exit code 7 when there is something to
/// do.
fn differences(tool: &Tool, arguments: &[&str], exit_code: i32) -> Value {
    let output = tool.command(&[&["-o", "json"], arguments].concat()).output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(exit_code),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs a command that refuses a manifest, and gives its problems.
fn problems(tool: &Tool, arguments: &[&str], exit_code: i32) -> Vec<String> {
    let before = tool.dump();
    let output = tool.command(arguments).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(exit_code), "{text}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    assert_eq!(tool.dump(), before, "nothing is changed");
    let why = text.split("\n  why: ").nth(1).unwrap().split("\n hint: ").next().unwrap();
    why.lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn drafts_of_a_manifest_are_reported_with_the_next_step() {
    let tool = Tool::new();
    let remarks = |manifest: &str| tool.run_with_input(&["apply", "-f", "-"], manifest).remarks;
    assert!(
        remarks("registrations: {a: {name: A}}").contains("Next: ltictl registration connect a\n")
    );
    let several = remarks("registrations: {a: {name: A}, b: {name: B}, c: {name: C}}");
    assert!(
        several.contains("2 registrations are drafts.")
            && several.contains("ltictl registration list --filter status=draft"),
        "{several}"
    );
    assert_eq!(remarks(MANIFEST), "", "what is active needs nothing more");
    assert_eq!(
        tool.run(&["registration", "list", "--filter", "status=draft", "-q"]).answer,
        "a\nb\nc\n"
    );
}

#[test]
fn a_manifest_is_planned_applied_and_then_there_is_nothing_left_to_do() {
    let tool = Tool::new();
    let file = tool.file("lti.yaml", MANIFEST);
    let before = tool.dump();
    let plan = differences(&tool, &["diff", "-f", &file], 7);
    assert_eq!(differences(&tool, &["apply", "--dry-run", "-f", &file], 7), plan);
    assert_eq!(tool.dump(), before, "looking changes nothing");
    assert_eq!(
        (&plan["created"], &plan["updated"], &plan["deleted"]),
        (&json!(5), &json!(1), &json!(0))
    );
    let settings = json!({
        "action": "update",
        "kind": "settings",
        "registration": null,
        "key": null,
        "also_deletes": null,
        "fields": [{ "field": "session_lifetime", "old": "8h", "new": "4h" }],
    });
    assert_eq!(plan["changes"][0], settings);
    let deployment = json!({
        "action": "create",
        "kind": "deployment",
        "registration": "moodle-prod",
        "key": "1",
        "also_deletes": null,
        "fields": [
            { "field": "deployment_id", "old": null, "new": "1" },
            { "field": "name", "old": null, "new": "Whole site" },
        ],
    });
    assert_eq!(plan["changes"][2], deployment);
    let difference = tool.command(&["diff", "-f", &file]).output().unwrap();
    let remark = String::from_utf8(difference.stderr).unwrap();
    assert!(
        remark.starts_with(
            "error: the tool does not match the manifest\n  why: 5 to create, 1 \
            to update, 0 to delete\n hint: ltictl apply -f "
        ),
        "{remark}"
    );

    let done = tool.run(&["apply", "-f", &file]).answer;
    assert!(done.ends_with("\n5 created, 1 updated, 0 deleted\n"), "{done}");
    let after = tool.dump();
    assert_eq!(tool.run(&["apply", "-f", &file]).answer, "No changes\n");
    assert_eq!(tool.run(&["diff", "-f", &file]).answer, "No changes\n");
    assert_eq!(tool.dump(), after, "the second time writes nothing");
    assert_eq!(tool.json(&["resource", "show", "algebra-quiz"])["course"], "algebra");
    assert_eq!(
        tool.json(&["account", "show", "tina"])["grants"],
        json!({ "all": false, "resources": ["algebra-quiz"] })
    );
    assert_eq!(tool.json(&["registration", "show", "moodle-prod"])["status"], "active");
}

#[test]
fn what_is_exported_and_applied_elsewhere_is_exported_the_same() {
    let tool = Tool::new()
        .registered("Moodle: \"prod\" #1")
        .drafted("null and void")
        .published("Algebra quiz");
    tool.run(&["config", "set", "url", "http://tool.example.edu", "--allow-http"]);
    tool.run(&[
        "platform",
        "set",
        "moodle-prod-1",
        "--leeway",
        "90s",
        "--frame-ancestor",
        "https://*.example.edu",
        "--allow-private-network",
    ]);
    tool.run(&["deployment", "add", "moodle-prod-1", "0x1F", "--name=- odd: name"]);
    tool.run(&[
        "resource",
        "publish",
        "App",
        "--target",
        "http://app.example.edu",
        "--allow-http",
        "--registration",
        "moodle-prod-1",
        "--enrolment-starts-at",
        "2026-09-01",
    ]);
    tool.run(&[
        "account",
        "create",
        "tina",
        "--name",
        "Tina: Teacher",
        "--email",
        "tina@example.edu",
    ]);
    tool.run(&["account", "grant", "tina", "--all"]);
    let (yaml, json) = (tool.run(&["export"]).answer, tool.json_text(&["export"]));
    for (name, text) in [("lti.yaml", &yaml), ("lti.json", &json)] {
        let other = Tool::empty();
        other.run(&["init", "--url", "https://other.example.edu", "--name", "Other"]);
        let file = other.file(name, text);
        other.run(&["apply", "-f", &file]);
        assert_eq!(other.run(&["export"]).answer, yaml);
        assert_eq!(other.json_text(&["export"]), json);
        assert_eq!(other.run(&["diff", "-f", &file, "--prune"]).answer, "No changes\n");
    }
    let alone = tool.run(&["export", "--registration", "moodle-prod-1"]).answer;
    assert!(
        alone.starts_with("registrations:\n  moodle-prod-1:\n")
            && yaml.contains(alone.strip_prefix("registrations:\n").unwrap().trim_end()),
        "{alone}"
    );
    assert_eq!(tool.run_with_input(&["apply", "-f", "-"], &alone).answer, "No changes\n");
    tool.fails(&["export", "--registration", "moodle-prd-1"], 3);
    assert!(!tool.dump().is_empty() && !yaml.contains("PRIVATE") && !yaml.contains("password"));
}

#[test]
fn files_directories_and_standard_input_make_one_manifest() {
    let tool = Tool::new();
    std::fs::create_dir(tool.path("conf")).unwrap();
    tool.file("conf/1.yaml", "registrations:\n  a: {}\n---\nregistrations:\n  b: {}\n");
    tool.file("conf/2.json", "{\"resources\": {\"r\": {\"registrations\": [\"a\", \"c\"]}}}");
    tool.file("conf/README.md", "not a manifest");
    let directory = tool.path("conf").to_str().unwrap().to_owned();
    let answer = tool
        .run_with_input(
            &["apply", "-f", &directory, "-f", "-"],
            "registrations: {c: {name: From standard input}}\n",
        )
        .answer;
    assert!(answer.ends_with("4 created, 0 updated, 0 deleted\n"), "{answer}");
    // Twice the same is nobody's intention.
    let listed = problems(
        &tool,
        &["apply", "-f", &directory, "-f", &tool.file("more.yaml", "registrations:\n  b: {}\n")],
        5,
    );
    assert_eq!(listed.len(), 1);
    assert!(
        listed[0].contains("more.yaml:2:3: registrations.b: is already listed at ")
            && listed[0].ends_with("1.yaml:5:3"),
        "{listed:?}"
    );
    std::fs::create_dir(tool.path("empty")).unwrap();
    tool.fails(&["apply", "-f", tool.path("empty").to_str().unwrap()], 5);
    tool.fails(&["apply", "-f", tool.path("missing.yaml").to_str().unwrap()], 1);
    tool.fails(&["apply", "-f", "-", "-f", "-"], 2);
    tool.fails(&["apply"], 2);
    std::fs::write(tool.path("latin.yaml"), b"settings: {name: \"\xe9\"}").unwrap();
    tool.fails(&["diff", "-f", tool.path("latin.yaml").to_str().unwrap()], 5);
}

#[test]
fn all_problems_are_reported_together_and_nothing_is_changed() {
    let tool = Tool::new().registered("Moodle Prod");
    let file = tool.file(
        "lti.yaml",
        "setings: {}\nregistrations:\n  Bad_Slug: {}\n  moodle-prod:\n    polcy: {}\n    enabled: \
         1\n    platform: {issuer: http://x.example.edu}\n  fine: {}\nresources:\n  a: {course: \
         nope, registrations: [moodle-prd], max_grade: -1}\naccounts:\n  tina: {grants: \
         {resources: [b]}, email: x}\n",
    );
    let found = problems(&tool, &["apply", "-f", &file], 5);
    let places: Vec<&str> = found
        .iter()
        .map(|line| line.strip_prefix(&file).unwrap().split(": ").next().unwrap())
        .collect();
    assert_eq!(
        places,
        [":1:1", ":3:3", ":5:5", ":6:14", ":7:16", ":10:7", ":10:37", ":10:61", ":12:31", ":12:43"],
        "{found:#?}"
    );
    assert!(
        found[0].ends_with("(did you mean settings?)")
            && found[6].contains("did you mean moodle-prod?"),
        "{found:#?}"
    );
    // A sound manifest that the database is against is a conflict.
    tool.run(&["registration", "create", "Other"]);
    let exported = tool.json(&["export", "--registration", "moodle-prod"]);
    let other = exported["registrations"]["moodle-prod"]["platform"].clone();
    let file = tool.file(
        "conflict.json",
        &json!({ "registrations": { "other": { "platform": other } } }).to_string(),
    );
    let found = problems(&tool, &["apply", "-f", &file], 4);
    assert!(found[0].contains("registration moodle-prod has issuer"), "{found:?}");
    tool.fails(&["diff", "-f", &file], 4);
    tool.fails(&["apply", "-f", &tool.file("broken.yaml", "a: [")], 5);
}

#[test]
fn variables_come_from_the_environment_only_when_asked_for() {
    let tool = Tool::new();
    let file = tool.file(
        "lti.yaml",
        "registrations:\n  a: {name: '${SCHOOL} $${x}', policy: {leeway_seconds: '${LEEWAY}'}}\n",
    );
    let run = |arguments: &[&str]| {
        tool.command(arguments).env("SCHOOL", "École: [1]").env("LEEWAY", "30").output().unwrap()
    };
    assert!(run(&["apply", "--env", "-f", &file]).status.success());
    let registration = tool.json(&["export", "--registration", "a"])["registrations"]["a"].clone();
    assert_eq!(
        (&registration["name"], &registration["policy"]["leeway_seconds"]),
        (&json!("École: [1] ${x}"), &json!(30))
    );
    assert_eq!(
        run(&["diff", "-f", &file]).status.code(),
        Some(5),
        "without --env it is text, and leeway_seconds is a number"
    );
    let found = problems(
        &tool,
        &[
            "apply",
            "--env",
            "-f",
            &tool.file("unset.yaml", "settings: {name: 'x${LTICTL_NO_SUCH_VARIABLE}'}"),
        ],
        5,
    );
    assert!(
        found[0].ends_with(
            "unset.yaml:1:18: the environment variable LTICTL_NO_SUCH_VARIABLE is not set"
        ),
        "{found:?}"
    );
}

#[test]
fn a_draft_may_be_completed_by_others_and_stays_as_it_is_said() {
    let tool = Tool::new();
    let file = tool.file(
        "lti.yaml",
        "registrations:\n  moodle:\n    name: Moodle\n    policy: \
        {leeway_seconds: 90}\n    deployments: []\n",
    );
    tool.run(&["apply", "-f", &file]);
    let exported = tool.run(&["export"]).answer;
    // What dynamic registration brings in its time.
    tool.connect("moodle", &super::tool::platform_of("moodle"));
    tool.run(&["deployment", "add", "moodle", "7"]);
    let complete = tool.dump();
    for file in [&file, &tool.file("exported.yaml", &exported)] {
        assert_eq!(tool.run(&["apply", "-f", file, "--prune"]).answer, "No changes\n");
    }
    assert_eq!(tool.dump(), complete);
}

#[test]
fn pruning_deletes_what_apply_made_and_never_what_was_made_by_hand() {
    let tool = Tool::new().registered("By hand").published("By hand");
    tool.run(&["account", "create", "hannah"]);
    tool.run(&["apply", "-f", &tool.file("lti.yaml", MANIFEST)]);
    let everything = tool.file("everything.yaml", &tool.run(&["export"]).answer);
    assert_eq!(tool.run(&["apply", "--prune", "-f", &everything]).answer, "No changes\n");
    let nothing = tool.file("nothing.yaml", "registrations: {}\nresources: {}\naccounts: {}\n");
    let plan = differences(&tool, &["diff", "--prune", "-f", &nothing], 7);
    assert_eq!(
        (&plan["created"], &plan["updated"], &plan["deleted"]),
        (&json!(0), &json!(0), &json!(4))
    );
    // Without --prune what is not listed stays.
    assert_eq!(tool.run(&["apply", "-f", &nothing]).answer, "No changes\n");
    let answer = tool.run(&["apply", "--prune", "-f", &nothing]).answer;
    assert_eq!(
        answer,
        "- account tina\n- resource algebra\n- resource algebra-quiz\n- registration \
         moodle-prod\n\n0 created, 0 updated, 4 deleted\n"
    );
    let left = tool.json(&["export"]);
    for (section, name) in
        [("registrations", "by-hand"), ("resources", "by-hand"), ("accounts", "hannah")]
    {
        assert_eq!(
            left[section].as_object().unwrap().keys().collect::<Vec<_>>(),
            [name],
            "listed once is not made by apply"
        );
    }
    assert_eq!(left["registrations"]["by-hand"]["deployments"].as_array().unwrap().len(), 1);
    // An empty file is no manifest: whatever should have written it has failed.
    tool.fails(&["apply", "--prune", "-f", &tool.file("empty.yaml", "")], 5);
}

#[test]
fn a_variable_that_is_not_replaced_is_a_warning() {
    let tool = Tool::new();
    let file = tool.file("lti.yaml", "settings:\n  name: 'Tool of ${SCHOOL}' # ${NOTE}\n");
    let said = tool.run(&["apply", "-f", &file]).remarks;
    assert!(
        said.contains(&format!("Warning: {file}:2:9: ${{SCHOOL}} is used as it is."))
            && said.contains("use --env"),
        "{said}"
    );
    for text in ["settings: {name: 'Tool of $${SCHOOL}'}", "settings: {name: Tool} # ${NOTE}"] {
        let file = tool.file("lti.yaml", text);
        assert_eq!(tool.run(&["apply", "-f", &file]).remarks, "", "{text}");
    }
}

#[test]
fn pruning_leaves_what_belongs_to_an_absent_key() {
    let tool = Tool::new();
    tool.run(&["apply", "-f", &tool.file("lti.yaml", MANIFEST)]);
    let before = tool.dump();
    for (manifest, deleted) in [
        ("{}", ""),
        ("settings: {name: Example Tool}", ""),
        ("registrations: {moodle-prod: {}}", ""),
        ("registrations: {moodle-prod: {deployments: []}}", "- deployment 1 of moodle-prod\n"),
        ("registrations: {}", "- registration moodle-prod\n"),
        ("resources: {}", "- resource algebra\n- resource algebra-quiz\n"),
        ("accounts: {}", "- account tina\n"),
    ] {
        let file = tool.file("part.yaml", manifest);
        let output = tool.command(&["diff", "--prune", "-f", &file]).output().unwrap();
        let changes: String = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .filter(|line| line.starts_with(['-', '~', '+']))
            .map(|line| format!("{line}\n"))
            .collect();
        assert_eq!(changes, deleted, "{manifest}");
    }
    assert_eq!(tool.dump(), before);
}

#[test]
fn pruning_asks_before_grades_and_enrolments_go() {
    let tool = Tool::new();
    tool.run(&["apply", "-f", &tool.file("lti.yaml", MANIFEST)]);
    tool.run(&["account", "enrol", "tina", "algebra-quiz"]);
    tool.run(&["grade", "set", "algebra-quiz", "tina", "7"]);
    let without_accounts =
        format!("{}accounts: {{}}\n", MANIFEST.split("accounts:").next().unwrap());
    let without_tina = tool.file("without.yaml", &without_accounts);
    let before = tool.dump();
    let refused = tool.fails(&["apply", "--prune", "-f", &without_tina], 2);
    assert!(refused.contains("Delete account tina with 1 enrolment and 1 grade?"), "{refused}");
    assert!(
        refused.contains(&format!("hint: ltictl apply -f {without_tina} --prune --yes")),
        "{refused}"
    );
    tool.fails(&["--no-input", "apply", "--prune", "-f", &without_tina], 2);
    assert_eq!(tool.dump(), before);
    let plan = differences(&tool, &["diff", "--prune", "-f", &without_tina], 7);
    assert_eq!(plan["changes"][0]["also_deletes"], "1 enrolment and 1 grade");
    let answer = tool.run(&["apply", "--prune", "--yes", "-f", &without_tina]).answer;
    assert_eq!(
        answer,
        "- account tina, with 1 enrolment and 1 grade\n\n0 created, 0 updated, 1 deleted\n"
    );
}

#[test]
fn the_published_schema_describes_what_is_exported() {
    let tool = Tool::new().registered("Moodle Prod").published("Algebra quiz").drafted("Draft");
    tool.run(&["apply", "-f", &tool.file("lti.yaml", MANIFEST)]);
    let schema: Value = serde_json::from_str(&tool.run(&["schema", "manifest"]).answer).unwrap();
    let validator =
        jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap();
    let export = tool.json(&["export"]);
    let wrong: Vec<String> = validator
        .iter_errors(&export)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Whatever the schema refuses, apply refuses, and the other way round.
    for (manifest, is_taken) in [
        (json!({}), true),
        (json!({ "registrations": { "a": { "policy": { "leeway_seconds": 300 } } } }), true),
        (json!({ "registrations": { "a": { "policy": { "leeway_seconds": 301 } } } }), false),
        (
            json!({
                "registrations": {
                    "a": { "policy": { "identity": null, "deployments": "accept" } },
                },
            }),
            true,
        ),
        (json!({ "registrations": { "a": { "polcy": {} } } }), false),
        (json!({ "registrations": { "a": { "deployments": [{ "name": "x" }] } } }), false),
        (json!({ "registrations": { "a": { "name": 5 } } }), false),
        (json!({ "resources": { "a": { "kind": "corse" } } }), false),
        (
            json!({
                "resources": { "a": { "registrations": null, "max_grade": 2.5, "course": null } },
            }),
            true,
        ),
        (json!({ "resources": { "a": { "grade_sync": true } } }), false),
        (json!({ "accounts": { "a": { "grants": { "all": true, "resources": [] } } } }), true),
        (json!({ "accounts": { "a": { "password": "secret" } } }), false),
    ] {
        assert_eq!(validator.is_valid(&manifest), is_taken, "the schema and {manifest}");
        let exit_code = tool
            .command(&["diff", "-f", &tool.file("case.json", &manifest.to_string())])
            .output()
            .unwrap()
            .status
            .code();
        assert_eq!(matches!(exit_code, Some(0 | 7)), is_taken, "apply and {manifest}");
    }
    tool.fails(&["schema", "nonsense"], 2);
}

#[test]
fn the_plan_as_json_keeps_its_shape() {
    let tool = Tool::new();
    let file = tool.file("lti.yaml", "settings: {name: A}\n");
    let text = tool.json_text(&["apply", "-f", &file]);
    let shape = [
        "dry_run",
        "created",
        "updated",
        "deleted",
        "changes",
        "action",
        "kind",
        "registration",
        "key",
        "fields",
        "field",
        "old",
        "new",
        "also_deletes",
    ];
    assert_eq!(keys_in_order(&text), shape);
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["dry_run"], false);
    assert_eq!(tool.json(&["apply", "-f", &file])["changes"], json!([]));
}

#[test]
fn a_great_manifest_is_read_and_an_endless_one_is_not() {
    let tool = Tool::new();
    // More than other commands read of a file.
    let comment = format!("# {}\n", "x".repeat(1022)).repeat(2048);
    assert_eq!(
        tool.run_with_input(&["apply", "-f", "-"], &format!("{comment}settings: {{}}\n")).answer,
        "No changes\n"
    );
    let endless = tool.path("endless.yaml");
    std::fs::File::create(&endless).unwrap().set_len(64 * 1024 * 1024 + 1).unwrap();
    let refused = tool.fails(&["apply", "-f", endless.to_str().unwrap()], 5);
    assert!(refused.contains("must be at most 64 MiB"), "{refused}");
}

#[test]
fn programs_get_the_problems_as_a_list() {
    let tool = Tool::new();
    let manifest = "registrations:\n  a: {name: '', colour: red}\nresources: {b: {max_grade: x}}\n";
    let file = tool.file("lti.yaml", manifest);
    for command in ["apply", "diff"] {
        let output = tool.command(&["-o", "json", command, "-f", &file]).output().unwrap();
        let error: Value = serde_json::from_slice(&output.stderr).unwrap();
        let problems = error["error"]["problems"].as_array().unwrap();
        let places: Vec<(&str, u64, u64, &str)> = problems
            .iter()
            .map(|problem| {
                assert!(!problem["message"].as_str().unwrap().is_empty(), "{problem}");
                (
                    problem["file"].as_str().unwrap(),
                    problem["line"].as_u64().unwrap(),
                    problem["column"].as_u64().unwrap(),
                    problem["path"].as_str().unwrap(),
                )
            })
            .collect();
        let expected = [
            (&*file, 2, 7, "registrations.a.name"),
            (&*file, 2, 17, "registrations.a.colour"),
            (&*file, 3, 28, "resources.b.max_grade"),
        ];
        assert_eq!(places, expected, "{error}");
    }
}

#[test]
fn a_renamed_key_is_refused_and_nothing_is_pruned() {
    let tool = Tool::new();
    let platform = |host: &str| {
        let [issuer, client_id, keyset_url, token_url, auth_url] = platform_of(host);
        json!({
            "issuer": issuer,
            "client_id": client_id,
            "keyset_url": keyset_url,
            "access_token_url": token_url,
            "authentication_request_url": auth_url,
        })
    };
    let uuids = ["0190f6a4-5f3c-4a7e-9a53-6a2a4c7d9e10", "0190f6a4-5f3c-4a7e-9a53-6a2a4c7d9e11"];
    let manifest = |registration: &str, resource: &str, account: &str| {
        json!({
            "registrations": { registration: { "platform": platform("lms") } },
            "resources": { resource: { "uuid": uuids[0] } },
            "accounts": { account: { "uuid": uuids[1] } },
        })
        .to_string()
    };
    let file = tool.file("lti.json", &manifest("old", "quiz", "tina"));
    tool.run(&["apply", "-f", &file]);
    let file = tool.file("lti.json", &manifest("new", "essay", "tina.teacher"));
    for prune in [&[][..], &["--prune", "--yes"]] {
        let found = problems(&tool, &[&["apply", "-f", &file], prune].concat(), 4);
        let expected = [
            "`ltictl registration rename old NAME`",
            "resource quiz has it; a slug never changes: list it as quiz",
            "`ltictl account rename tina tina.teacher` first",
        ];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found}");
        }
    }
    tool.run(&["account", "rename", "tina", "tina.teacher"]);
    let file = tool.file("lti.json", &manifest("old", "quiz", "tina.teacher"));
    assert_eq!(tool.run(&["diff", "-f", &file, "--prune"]).answer, "No changes\n");
}

#[test]
fn objects_created_by_hand_are_adopted() {
    let tool = Tool::new().registered("Moodle Prod").published("Quiz");
    tool.run(&["account", "create", "tina"]);
    let file = tool.file("lti.yaml", &tool.run(&["export", "--without-settings"]).answer);
    assert!(!std::fs::read_to_string(&file).unwrap().contains("settings:"));
    let empty = tool.file("empty.yaml", "registrations: {}\nresources: {}\naccounts: {}\n");
    assert_eq!(tool.run(&["diff", "--prune", "-f", &empty]).answer, "No changes\n");
    let adopt = || tool.run(&["apply", "--adopt", "-f", &file]).remarks;
    assert!(adopt().contains("4 objects that were created by hand are managed now."));
    assert!(adopt().contains("0 objects"));
    // Without the key, the deployment belongs to the registration that is deleted.
    let deleted = tool.command(&["diff", "--prune", "-f", &empty]).output().unwrap();
    assert_eq!(deleted.status.code(), Some(7));
    let deleted = String::from_utf8(deleted.stdout).unwrap();
    for line in ["registration moodle-prod", "resource quiz", "account tina"] {
        assert!(deleted.contains(line), "{line}: {deleted}");
    }
}
