//! The forms of answers: table, JSON, YAML, CSV and variables; and which rows and columns of a list
//! are shown.

use std::io::Write as _;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use ltictl::domain::{Launch, LaunchId, Outcome, Slug};
use serde_json::{Value, json};

use super::tool::{Tool, platform_of};
use crate::lab::database::insert_launch;

/// Two active registrations and a draft, a resource with a grade, and names that do harm if
/// they are not escaped.
fn busy_tool() -> Tool {
    let tool = Tool::new()
        .registered("Moodle Prod")
        .registered("Canvas")
        .drafted("Another")
        .published("Quiz")
        .with_account("sam")
        .with_account("tina");
    tool.run(&["deployment", "add", "canvas", "2"]);
    tool.run(&["account", "update", "sam", "--name", "Sam, \"the\" Student"]);
    tool.run(&["grade", "set", "quiz", "sam", "9.5", "--comment", "=SUM(A1)"]);
    tool.run(&["grade", "set", "quiz", "tina", "10"]);
    tool
}

const HOSTILE: &str = "=1+1'; touch stolen; $(touch stolen) `touch stolen` \
    \"\\ \u{1b}[31m\u{9b}\u{202e}\nsecond line\r\n";

/// A launch whose person's name came from a hostile platform.
fn hostile_tool() -> Tool {
    let tool = Tool::new();
    let at = Timestamp::from_second(1_700_000_000).unwrap();
    let launch = Launch {
        registration: Some(Slug::new("moodle").unwrap()),
        role: Some("learner".to_owned()),
        user_name: Some(HOSTILE.to_owned()),
        context_title: Some(HOSTILE.to_owned()),
        ..Launch::new(LaunchId::parse(LAUNCH).unwrap(), at, Outcome::Accepted)
    };
    insert_launch(tool.database(), &launch);
    tool
}

const LAUNCH: &str = "01hf7yat00000000";

fn csv_of(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    (header, reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect())
}

fn answer(tool: &Tool, output: &str, arguments: &[&str]) -> String {
    let said = tool.run(&[&["-o", output], arguments].concat());
    assert_eq!(said.remarks, "", "{arguments:?}: programs get no remarks");
    said.answer
}

/// Every command that prints data and changes nothing, with a few that change something, each to be
/// repeated.
const ASKING: [&[&str]; 22] = [
    &["config", "list"],
    &["config", "get", "name"],
    &["config", "set", "name", "Other"],
    &["registration", "list"],
    &["registration", "show", "moodle-prod"],
    &["registration", "create", "Moodle Prod", "--if-not-exists"],
    &["registration", "tool-details", "moodle-prod"],
    &["registration", "tool-details", "moodle-prod", "--for", "moodle"],
    &["registration", "tool-details", "moodle-prod", "--for", "list"],
    &["platform", "show", "moodle-prod"],
    &["deployment", "list", "canvas"],
    &["resource", "list"],
    &["resource", "show", "quiz"],
    &["resource", "launch-details", "quiz"],
    &["account", "list"],
    &["account", "show", "sam"],
    &["grade", "list", "quiz"],
    &["grade", "show", "quiz", "sam"],
    &["key", "list"],
    &["key", "export"],
    &["sync", "status"],
    &["schema"],
];

#[test]
fn yaml_equals_json() {
    let tool = busy_tool();
    for arguments in ASKING {
        let yaml: Value = serde_saphyr::from_str(&answer(&tool, "yaml", arguments))
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
        assert_eq!(yaml, tool.json(arguments), "{arguments:?}");
    }
}

#[test]
fn every_answer_is_csv_with_a_header_and_as_many_rows_as_there_are_things() {
    let tool = busy_tool();
    for arguments in ASKING {
        let (header, rows) = csv_of(&answer(&tool, "csv", arguments));
        let things = tool.json(arguments).as_array().map_or(1, Vec::len);
        assert_eq!(rows.len(), things, "{arguments:?}");
        assert!(
            !header.is_empty() && rows.iter().all(|row| row.len() == header.len()),
            "{arguments:?}: {header:?}"
        );
    }
    let empty = Tool::new();
    for arguments in [
        &["registration", "list"][..],
        &["resource", "list"],
        &["account", "list"],
        &["launch", "list"],
        &["consumer", "list"],
    ] {
        let (header, rows) = csv_of(&answer(&empty, "csv", arguments));
        assert!(
            header.len() > 1 && rows.is_empty(),
            "{arguments:?}: an empty list has its header, {header:?}"
        );
    }
}

#[test]
fn csv_flattens_nested_values() {
    let tool = busy_tool();
    let (header, rows) = csv_of(&answer(&tool, "csv", &["registration", "list"]));
    let column = |name: &str| {
        header
            .iter()
            .position(|one| one == name)
            .unwrap_or_else(|| panic!("no {name} in {header:?}"))
    };
    let draft = rows.iter().find(|row| row[column("slug")] == "another").unwrap();
    assert_eq!(
        (
            &*draft[column("missing")],
            &*draft[column("platform.issuer")],
            &*draft[column("deployments")]
        ),
        ("platform deployment", "", "")
    );
    let canvas = rows.iter().find(|row| row[column("slug")] == "canvas").unwrap();
    assert_eq!(canvas[column("platform.issuer")], platform_of("canvas")[0]);
    assert_eq!(
        canvas[column("tool.initiate_login_url")],
        "https://tool.example.edu/lti/login/canvas"
    );
    let deployments: Value = serde_json::from_str(&canvas[column("deployments")]).unwrap();
    assert_eq!(
        deployments,
        json!([{"deployment_id": "1", "name": "Whole site"}, {"deployment_id": "2", "name": null}])
    );
    let ids = answer(
        &tool,
        "csv",
        &[
            "registration",
            "list",
            "--columns",
            "slug,deployments.deployment_id",
            "--filter",
            "slug=canvas",
        ],
    );
    assert_eq!(ids, "slug,deployments.deployment_id\ncanvas,1 2\n");
    let uuid = tool.json(&["resource", "show", "quiz"])["uuid"].as_str().unwrap().to_owned();
    assert_eq!(
        answer(
            &tool,
            "csv",
            &["resource", "list", "--columns", "slug,custom_properties,max_grade"]
        ),
        format!("slug,custom_properties,max_grade\nquiz,id={uuid},10\n")
    );
    assert_eq!(
        answer(&tool, "csv", &["grade", "list", "quiz", "--columns", "account,name,score,comment"]),
        "account,name,score,comment\nsam,\"Sam, \"\"the\"\" Student\",9.5,'=SUM(A1)\ntina,,10,\n"
    );
}

#[test]
fn nothing_hostile_reaches_a_terminal_or_a_spreadsheet() {
    let tool = hostile_tool();
    for output in ["table", "json", "yaml", "csv", "env"] {
        for arguments in [
            &["launch", "list"][..],
            &["launch", "show", LAUNCH],
            &["launch", "list", "--columns", "user_name"],
        ] {
            let answer = answer(&tool, output, arguments);
            assert!(
                !answer.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\r']),
                "{output} {arguments:?}: {answer:?}"
            );
        }
    }
    let (_, rows) = csv_of(&answer(&tool, "csv", &["launch", "list", "--columns", "id,user_name"]));
    assert!(rows[0][1].starts_with("'=1+1"), "{rows:?}");
    let yaml: Value = serde_saphyr::from_str(&answer(&tool, "yaml", &["launch", "list"])).unwrap();
    assert_eq!(yaml[0]["user_name"], HOSTILE);
    assert_eq!(tool.json(&["launch", "list"])[0]["user_name"], HOSTILE);
}

/// What a shell says of variables that it has read from an answer.
fn sourced(tool: &Tool, shell: &str, answer: &str, script: &str) -> String {
    let path = tool.file("answer.env", answer);
    let mut child = Command::new(shell)
        .arg("-eu")
        .current_dir(tool.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!(". '{path}'\n{script}").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{shell} on\n{answer}");
    String::from_utf8(output.stdout).unwrap()
}

#[cfg(unix)]
#[test]
fn a_shell_sources_every_answer() {
    let tool = busy_tool();
    for arguments in ASKING {
        let answer = answer(&tool, "env", arguments);
        assert!(answer.starts_with("LTI_"), "{arguments:?}: {answer}");
        let names: Vec<&str> =
            answer.lines().filter_map(|line| line.split_once("='")).map(|(name, _)| name).collect();
        assert_eq!(
            names.iter().collect::<std::collections::BTreeSet<_>>().len(),
            names.len(),
            "{arguments:?}: a name is there twice: {names:?}"
        );
        assert_eq!(sourced(&tool, "sh", &answer, "printf done"), "done", "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn hostile_values_survive_a_shell() {
    let tool = hostile_tool();
    let list = answer(&tool, "env", &["launch", "list"]);
    let show = answer(&tool, "env", &["launch", "show", LAUNCH]);
    let mut shells = vec!["sh"];
    shells.extend(
        ["bash", "dash", "zsh"]
            .into_iter()
            .filter(|shell| Command::new(shell).args(["-c", "true"]).output().is_ok()),
    );
    for shell in shells {
        assert_eq!(
            sourced(&tool, shell, &list, "printf '%s|%s' \"$LTI_COUNT\" \"$LTI_1_USER_NAME\""),
            format!("1|{HOSTILE}"),
            "{shell}"
        );
        assert_eq!(
            sourced(&tool, shell, &show, "printf '%s' \"$LTI_CONTEXT_TITLE\""),
            HOSTILE,
            "{shell}"
        );
    }
    assert!(!tool.path("stolen").exists(), "a name was run as a command");
}

#[cfg(unix)]
#[test]
fn names_of_variables_are_the_same_whichever_command_gives_them() {
    let tool = busy_tool();
    let url = "https://tool.example.edu";
    for arguments in
        [&["registration", "show", "canvas"][..], &["registration", "tool-details", "canvas"]]
    {
        let answer = answer(&tool, "env", arguments);
        let script =
            "printf '%s %s %s' \"$LTI_TOOL_URL\" \"$LTI_INITIATE_LOGIN_URL\" \"$LTI_JWKS_URL\"";
        assert_eq!(
            sourced(&tool, "sh", &answer, script),
            format!("{url}/lti/launch {url}/lti/login/canvas {url}/lti/jwks"),
            "{arguments:?}"
        );
    }
    let [issuer, client_id, ..] = platform_of("canvas");
    for arguments in [&["registration", "show", "canvas"][..], &["platform", "show", "canvas"]] {
        let answer = answer(&tool, "env", arguments);
        assert_eq!(
            sourced(&tool, "sh", &answer, "printf '%s %s' \"$LTI_ISSUER\" \"$LTI_CLIENT_ID\""),
            format!("{issuer} {client_id}"),
            "{arguments:?}"
        );
    }
    // With -u an unset variable would be an error: what is not known is empty.
    let draft = answer(&tool, "env", &["registration", "show", "another"]);
    assert_eq!(
        sourced(
            &tool,
            "sh",
            &draft,
            "printf '%s|%s|%s' \"$LTI_ISSUER\" \"$LTI_MISSING\" \"$LTI_DEPLOYMENTS_COUNT\""
        ),
        "|platform deployment|0"
    );
    let cut = answer(
        &tool,
        "env",
        &["registration", "list", "--columns", "slug,platform.issuer", "--filter", "slug=canvas"],
    );
    assert_eq!(cut, format!("LTI_COUNT='1'\nLTI_1_SLUG='canvas'\nLTI_1_ISSUER='{issuer}'\n"));
    assert_eq!(answer(&tool, "env", &["config", "get", "url"]), format!("LTI_URL='{url}'\n"));
}

#[test]
fn rows_are_filtered_and_sorted_alike_in_every_form() {
    let tool = busy_tool();
    for (options, expected) in [
        (&["--sort", "slug"][..], &["another", "canvas", "moodle-prod"][..]),
        (&["--sort", "-slug"], &["moodle-prod", "canvas", "another"]),
        (&["--sort=-deployments,slug"], &["canvas", "moodle-prod", "another"]),
        (&["--sort", "platform.issuer"], &["canvas", "moodle-prod", "another"]),
        (&["--sort", "-platform.issuer"], &["moodle-prod", "canvas", "another"]),
        (&["--filter", "status=active", "--sort", "slug"], &["canvas", "moodle-prod"]),
        (&["--filter", "status=active", "--filter", "name~MOOD"], &["moodle-prod"]),
        (&["--filter", "status!=active"], &["another"]),
        (&["--filter", "deployments.deployment_id=2"], &["canvas"]),
        (&["--filter", "platform.issuer="], &["another"]),
        (&["--filter", "slug=nothing"], &[]),
    ] {
        let arguments = [&["registration", "list"], options].concat();
        let slugs = |rows: &Value| {
            rows.as_array()
                .unwrap()
                .iter()
                .map(|row| row["slug"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(slugs(&tool.json(&arguments)), expected, "{options:?}");
        assert_eq!(
            slugs(&serde_saphyr::from_str(&answer(&tool, "yaml", &arguments)).unwrap()),
            expected,
            "{options:?}"
        );
        let quiet = tool.run(&[&arguments[..], &["-q"]].concat()).answer;
        assert_eq!(quiet.lines().collect::<Vec<_>>(), expected, "{options:?}");
        let cut = tool.run(&[&arguments[..], &["--columns", "slug"]].concat()).answer;
        let csv = answer(&tool, "csv", &[&arguments[..], &["--columns", "slug"]].concat());
        assert_eq!(csv.lines().skip(1).collect::<Vec<_>>(), expected, "{options:?}");
        let table = tool.run(&arguments).answer;
        if expected.is_empty() {
            assert_eq!(
                (&*cut, &*table),
                ("No registrations match the filter.\n", "No registrations match the filter.\n")
            );
        } else {
            assert_eq!(cut.lines().skip(1).collect::<Vec<_>>(), expected, "{options:?}");
            let first: Vec<&str> =
                table.lines().skip(1).map(|line| line.split(' ').next().unwrap()).collect();
            assert_eq!(first, expected, "{options:?}");
        }
    }
    assert_eq!(
        tool.run(&["grade", "list", "quiz", "--sort", "-score", "-q"]).answer,
        "tina\nsam\n"
    );
}

#[test]
fn columns_are_chosen_by_their_json_names() {
    let tool = busy_tool();
    let arguments = [
        "registration",
        "list",
        "--columns",
        "name,platform.client_id,deployments.deployment_id",
        "--sort",
        "slug",
    ];
    assert_eq!(
        tool.run(&arguments).answer,
        "NAME         PLATFORM.CLIENT ID     DEPLOYMENTS.DEPLOYMENT ID\n\
         Another      -                      -\n\
         Canvas       client-of-canvas       1 2\n\
         Moodle Prod  client-of-moodle-prod  1\n"
    );
    let expected = json!([
        {"name": "Another", "platform": null, "deployments": []},
        {"name": "Canvas", "platform": {"client_id": "client-of-canvas"}, "deployments": [{"deployment_id": "1"}, {"deployment_id": "2"}]},
        {"name": "Moodle Prod", "platform": {"client_id": "client-of-moodle-prod"}, "deployments": [{"deployment_id": "1"}]},
    ]);
    assert_eq!(tool.json(&arguments), expected);
    let yaml = answer(&tool, "yaml", &arguments);
    assert_eq!(serde_saphyr::from_str::<Value>(&yaml).unwrap(), expected);
    assert!(
        yaml.starts_with("- name: Another\n  platform: null\n"),
        "keys stand as they were asked for: {yaml}"
    );
}

#[test]
fn a_key_that_does_not_exist_is_a_usage_error_that_names_the_nearest_and_all() {
    let tool = busy_tool();
    for (option, key) in
        [("--columns", "slg"), ("--sort", "slg"), ("--sort", "-slg"), ("--filter", "slg=x")]
    {
        let refused = tool.fails(&["registration", "list", option, key], 2);
        assert!(
            refused.contains("did you mean slug?")
                && refused.contains("slug, name, status, missing, tool.tool_url"),
            "{refused}"
        );
        assert!(refused.contains("hint: ltictl registration list --help"), "{refused}");
    }
    assert!(
        tool.fails(&["registration", "list", "--filter", "status"], 2)
            .contains("KEY=VALUE, KEY!=VALUE or KEY~TEXT")
    );
    assert!(
        tool.fails(&["registration", "list", "--filter", "status=activ"], 2)
            .contains("status is one of draft, active, disabled")
    );
}

#[test]
fn lists_take_options_of_lists_and_nothing_else_does() {
    fn walk(command: &clap::Command, path: &str, seen: &mut usize) {
        let has =
            |name: &str| command.get_arguments().any(|argument| argument.get_long() == Some(name));
        let is_list = command.get_name() == "list" && path != "ltictl config"
            || ["ltictl schema"].contains(&format!("{path} {}", command.get_name()).trim());
        for name in ["columns", "sort", "filter"] {
            assert!(!is_list || has(name), "{path} {} takes no --{name}", command.get_name());
        }
        *seen += usize::from(is_list);
        let path = format!("{path} {}", command.get_name());
        command.get_subcommands().for_each(|below| walk(below, path.trim(), seen));
    }
    let mut seen = 0;
    walk(&ltictl::cli::command(), "", &mut seen);
    assert!(seen >= 9, "only {seen} lists were found");
    let tool = Tool::new().registered("Moodle Prod");
    for arguments in [
        &["registration", "show", "moodle-prod", "--sort", "slug"][..],
        &["config", "list", "--filter", "name=x"],
        &["schema", "key", "--columns", "name"],
    ] {
        tool.fails(arguments, 2);
    }
}

#[test]
fn quiet_prints_identifiers_and_no_remarks() {
    let tool = Tool::new();
    let kid = tool.json(&["key", "list"])[0]["kid"].as_str().unwrap().to_owned();
    for (arguments, expected) in [
        (&["registration", "create", "Moodle Prod"][..], "moodle-prod\n"),
        (&["registration", "show", "moodle-prod"], "moodle-prod\n"),
        (&["deployment", "add", "moodle-prod", "7", "--name", "Whole site"], "7\n"),
        (&["deployment", "list", "moodle-prod"], "7\n"),
        (&["resource", "publish", "Algebra quiz"], "algebra-quiz\n"),
        (&["resource", "launch-details", "algebra-quiz"], "algebra-quiz\n"),
        (&["account", "create", "sam"], "sam\n"),
        (&["account", "disable", "sam"], "sam\n"),
        (&["account", "list"], "sam\n"),
        (&["registration", "disable", "moodle-prod"], "moodle-prod\n"),
        (&["key", "list"], &format!("{kid}\n")),
        (&["config", "get", "name"], "Example Tool\n"),
        (&["launch", "list"], ""),
        (&["sync", "grades"], ""),
        (&["-o", "json", "registration", "list"], "moodle-prod\n"),
        (&["account", "delete", "sam", "--yes"], ""),
    ] {
        let said = tool.run(&[&["-q"], arguments].concat());
        assert_eq!((&*said.answer, &*said.remarks), (expected, ""), "{arguments:?}");
    }
    let settings = tool.run(&["config", "list", "--quiet"]).answer;
    assert!(settings.lines().any(|key| key == "sync_interval"), "{settings}");
}

#[test]
fn a_failure_is_yaml_where_answers_are() {
    let tool = Tool::new();
    for arguments in [
        &["-o", "yaml", "registration", "show", "nothing"][..],
        &["registration", "-oyaml", "shw"],
        &["registration", "--output=yaml"],
    ] {
        let output = tool.command(arguments).output().unwrap();
        let error: Value =
            serde_saphyr::from_str(std::str::from_utf8(&output.stderr).unwrap()).unwrap();
        assert!(
            output.stdout.is_empty()
                && error["error"]["code"].is_string()
                && error["error"]["hint"].is_string(),
            "{arguments:?}: {error}"
        );
    }
    for output in ["csv", "env"] {
        let said =
            tool.command(&["-o", output, "registration", "show", "nothing"]).output().unwrap();
        assert_eq!(String::from_utf8(said.stderr).unwrap().lines().count(), 3, "{output}");
    }
}
