//! Completion in shells: what can be inserted at the cursor.

use std::path::Path;
use std::process::{Command, Stdio};

use super::tool::{Tool, set_mode};
use crate::lab::database::Database;

/// The candidates at the cursor after these words, as bash requests them; the last word is the one
/// being typed.
fn at_cursor(tool: &Tool, words: &[&str]) -> Vec<String> {
    ask(tool.process(&[&["--", "ltictl"], words].concat()), words.len())
}

fn ask(mut command: Command, index: usize) -> Vec<String> {
    command
        .env("LTICTL_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", index.to_string())
        .env("_CLAP_IFS", "\n");
    let output = command.output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with('-'))
        .map(str::to_owned)
        .collect()
}

fn populated() -> Tool {
    let tool =
        Tool::new().registered("Moodle Prod").drafted("Canvas Beta").published("Algebra quiz");
    tool.run(&["deployment", "add", "canvas-beta", "7:abc"]);
    tool.run(&["account", "create", "tina", "--name", "Tina Teacher"]);
    tool.run_with_input(
        &["consumer", "add", "school.example", "--secret-stdin"],
        "a shared secret",
    );
    let target = ["--target", "https://wiki.example.edu/", "--handover", "openid"];
    tool.run(&[&["resource", "publish", "Wiki"], &target[..]].concat());
    let uri = ["--redirect-uri", "https://wiki.example.edu/cb"];
    tool.run(&[&["client", "add", "wiki", "Notes"], &uri[..]].concat());
    tool
}

#[test]
fn names_come_from_the_database() {
    let tool = populated();
    let kid = tool.json(&["key", "show"])["kid"].as_str().unwrap().to_owned();
    let before = tool.dump();
    for (words, wanted) in [
        (&["registration", "show", ""][..], &["canvas-beta", "moodle-prod"][..]),
        (&["registration", "show", "moo"], &["moodle-prod"]),
        (&["registration", "show", "nothing"], &[]),
        (&["platform", "set", "c"], &["canvas-beta"]),
        (&["launch", "list", "--registration", "m"], &["moodle-prod"]),
        (&["launch", "list", "--registration=m"], &["--registration=moodle-prod"]),
        (&["deployment", "rename", "canvas-beta", ""], &["7:abc"]),
        (&["deployment", "remove", "moodle-prod", ""], &["1"]),
        (&["deployment", "add", "moodle-prod", ""], &[]),
        (&["resource", "show", "al"], &["algebra-quiz"]),
        (&["grade", "show", "algebra-quiz", "t"], &["tina"]),
        (&["account", "grant", "tina", "a"], &["algebra-quiz"]),
        (&["consumer", "show", "s"], &["school-example"]),
        (&["account", "link", "tina", "--consumer-key", "s"], &["school.example"]),
        (&["client", "show", ""], &["notes"]),
        (&["client", "add", "w"], &["wiki"]),
        (&["client", "update", "notes", "--resource", "w"], &["wiki"]),
        (&["client", "update", "notes", "--auth-method", "p"], &["private_key_jwt"]),
        (&["client", "update", "notes", "--email", "m"], &["made-up"]),
        (&["client", "sheet", "notes", "--for", "gr"], &["grafana"]),
        (&["key", "rotate", "--purpose", "o"], &["openid"]),
        (&["key", "retire", &kid[..4]], &[kid.as_str()]),
        (&["config", "get", "na"], &["name"]),
        (&["registration", "tool-details", "moodle-prod", "--for", "canvas-t"], &["canvas-test"]),
        (&["resource", "update", "algebra-quiz", "--kind", ""], &["course", "activity"]),
        (&["registration", "tool-d"], &["tool-details"]),
        (&["key", "show", &kid[..4]], &[kid.as_str()]),
        (&["deployment", "list", "c"], &["canvas-beta"]),
        (&["account", "create", "sam", "--grant", ""], &["algebra-quiz", "wiki"]),
    ] {
        let index = words.len();
        let mut command = tool.process(&[&["--", "ltictl"], words].concat());
        command
            .env("LTICTL_COMPLETE", "bash")
            .env("_CLAP_COMPLETE_INDEX", index.to_string())
            .env("_CLAP_IFS", "\n");
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        // Flags only if there is nothing else.
        let offered: Vec<&str> =
            text.lines().filter(|line| !wanted.is_empty() || !line.starts_with('-')).collect();
        assert_eq!(offered, wanted, "{words:?}");
        assert!(output.stderr.is_empty(), "{words:?}");
    }
    assert_eq!(tool.dump(), before);
}

/// Words at the cursor, and what is offered: the whole list, or its first entries.
const WORDS: &[(&[&str], &[&str])] = &[
    (&["resource", "link", ""], &["list", "forget", "help"]),
    (&["audit", "l"], &["list"]),
    (&["registration", "ad"], &["add"]),
    (&["explain", "deployment_m"], &["deployment_missing", "deployment_mismatch"]),
    (
        &["launch", "list", "--reason", "deployment_m"],
        &["deployment_missing", "deployment_mismatch"],
    ),
    (&["registration", "list", "--columns", "s"], &["slug", "status"]),
    (&["registration", "list", "--columns", "slug,st"], &["slug,status"]),
    (&["registration", "list", "--columns=slug,st"], &["--columns=slug,status"]),
    (&["registration", "list", "--sort", "-cr"], &["-created_at"]),
    (&["registration", "list", "--filter", "st"], &["status="]),
    (&["config", "set", "log_level", ""], &["error", "warn", "info", "debug"]),
    (&["config", "set", "app_key", ""], &["optional", "required"]),
    (&["config", "set", "sync_interval", ""], &["off", "30m"]),
    (&["config", "set", "session_lifetime", ""], &["8h"]),
    (&["platform", "set", "moodle-prod", "--deployments", ""], &["known", "accept"]),
    (&["platform", "set", "moodle-prod", "--identity", "d"], &["deployment"]),
    (
        &["platform", "set", "moodle-prod", "--algorithms", "RS256,RS"],
        &["RS256,RS384", "RS256,RS512"],
    ),
    (&["platform", "set", "moodle-prod", "--staff-roles", "Me"], &["Mentor"]),
    (
        &["platform", "set", "moodle-prod", "--allow-http="],
        &["--allow-http=true", "--allow-http=false"],
    ),
    (&["platform", "set", "moodle-prod", "--product", "canvas-t"], &["canvas-test"]),
    (&["registration", "create", "X", "--preset", "canvas-t"], &["canvas-test"]),
    (&["resource", "update", "quiz", "--member-sync", "e"], &["enrol-and-unenrol", "enrol-new"]),
    (&["resource", "update", "quiz", "--grade-sync", ""], &["on", "off"]),
    (&["resource", "publish", "Quiz", "--extra-credit", ""], &["on", "off"]),
    (
        &["resource", "publish", "Quiz", "--teacher-provisioning", ""],
        &["auto", "prompt", "existing"],
    ),
    (&["grade", "set", "quiz", "sam", "1", "--activity-progress", "S"], &["Started", "Submitted"]),
    (&["serve", "--log-level", "d"], &["debug"]),
    (&["search", "x", "--kind", "l"], &["link", "launch"]),
    (&["search", "--kind=re"], &["--kind=registration", "--kind=resource"]),
    (
        &["audit", "list", "--noun", "a"],
        &["account", "account_link", "account_identity", "account_grant"],
    ),
    (&["audit", "list", "--noun", "set"], &["setting"]),
    (&["audit", "list", "--action", ""], &["created", "changed", "deleted"]),
];

#[test]
fn words_of_codes_columns_and_settings_are_offered() {
    let tool = Tool::empty();
    for (words, wanted) in WORDS {
        let mut command = tool.process(&[&["--", "ltictl"], *words].concat());
        command
            .env("LTICTL_COMPLETE", "bash")
            .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
            .env("_CLAP_IFS", "\n");
        let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
        assert_eq!(text.lines().collect::<Vec<_>>(), *wanted, "{words:?}");
    }
}

/// The commands that list, by their paths.
fn lists(command: &clap::Command, path: &[String], found: &mut Vec<Vec<String>>) {
    for below in command.get_subcommands() {
        let path = [path, &[below.get_name().to_owned()]].concat();
        if below.get_arguments().any(|argument| argument.get_id() == "columns") {
            found.push(path.clone());
        }
        lists(below, &path, found);
    }
}

#[test]
fn columns_of_every_list_are_offered_and_accepted() {
    let tool = populated();
    let mut found = Vec::new();
    lists(&ltictl::cli::command(), &[], &mut found);
    assert!(found.len() >= 15, "{found:?}");
    for path in found {
        let mut words: Vec<&str> = path.iter().map(String::as_str).collect();
        words.extend(if path == ["grade", "list"] { vec!["algebra-quiz"] } else { vec![] });
        let offered = at_cursor(&tool, &[&words[..], &["--columns", ""]].concat());
        assert!(offered.len() > 1, "{words:?}: {offered:?}");
        let columns = offered.join(",");
        let output =
            tool.command(&[&words[..], &["--columns", &columns]].concat()).output().unwrap();
        // doctor finds that no server runs.
        let code = output.status.code();
        assert!(code == Some(0) || path == ["doctor"] && code == Some(7), "{words:?} {output:?}");
    }
}

#[test]
fn the_database_named_on_the_line_is_the_one_that_is_looked_into() {
    let (tool, other) = (Tool::new().drafted("Moodle Prod"), Tool::new().drafted("Sakai"));
    let path = other.database().text();
    assert_eq!(at_cursor(&tool, &["--db", path, "registration", "show", ""]), ["sakai"]);
    assert_eq!(at_cursor(&tool, &["registration", "show", &format!("--db={path}"), ""]), ["sakai"]);
    // Nothing has replaced the tilde while the line is being typed.
    let other = Tool::in_file().drafted("Canvas");
    let mut command =
        tool.process(&["--", "ltictl", "--db", "~/ltictl.db", "registration", "show", ""]);
    command.env("HOME", other.path(""));
    assert_eq!(ask(command, 5), ["canvas"]);
    // Without either, the data directory's.
    let mut command = tool.process(&["--", "ltictl", "registration", "show", ""]);
    command.env_remove("LTICTL_DB");
    assert_eq!(ask(command, 3), Vec::<String>::new());
}

#[test]
fn completion_ignores_errors_silently() {
    let tool = Tool::empty();
    assert_eq!(at_cursor(&tool, &["registration", "show", ""]), Vec::<String>::new());
    assert!(!tool.database().exists(), "looking makes no database");
    // A database of an older version is not brought up to date by a key press.
    let tool = populated();
    Database::open(tool.database()).set_schema_version(3);
    assert_eq!(at_cursor(&tool, &["registration", "show", ""]), Vec::<String>::new());
    assert_eq!(Database::open(tool.database()).schema_version(), 3);
}

#[test]
fn completion_ignores_what_is_wrong_with_a_file_silently() {
    let tool = Tool::empty_for_file();
    for damage in [
        &b""[..],
        b"this is no database at all, and longer than a header would be, \
        which is a hundred bytes in every file of SQLite",
    ] {
        std::fs::write(tool.database().file(), damage).unwrap();
        set_mode(tool.database().file(), 0o600);
        assert_eq!(at_cursor(&tool, &["registration", "show", ""]), Vec::<String>::new());
        assert_eq!(std::fs::read(tool.database().file()).unwrap(), damage);
    }
    // What others can read is refused, as by every command.
    let tool = Tool::in_file().drafted("Moodle Prod");
    set_mode(tool.database().file(), 0o644);
    assert_eq!(at_cursor(&tool, &["registration", "show", ""]), Vec::<String>::new());
}

#[test]
fn shell_syntax_is_not_completed() {
    let tool = populated();
    for id in ["$(touch stolen)", "`touch stolen`", "a;b", "7:harmless"] {
        tool.run(&["deployment", "add", "moodle-prod", id, "--name", "From the platform"]);
    }
    assert_eq!(at_cursor(&tool, &["deployment", "remove", "moodle-prod", ""]), ["1", "7:harmless"]);
}

#[test]
fn a_shell_that_is_not_known_gets_nothing() {
    let tool = populated();
    for shell in ["", "tcsh", "1"] {
        let output = tool
            .process(&["--", "ltictl", "registration", "show", ""])
            .env("LTICTL_COMPLETE", shell)
            .output()
            .unwrap();
        assert!(output.stdout.is_empty(), "{shell}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

/// Runs a script in a shell that has the binary in its path; nothing when there is no such shell.
fn in_shell(tool: &Tool, shell: &str, arguments: &[&str], script: &str) -> Option<String> {
    let directory = Path::new(env!("CARGO_BIN_EXE_ltictl")).parent().unwrap();
    let mut paths = vec![directory.to_owned()];
    paths.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let mut command = Command::new(shell);
    command.env("TZ", "UTC");
    command
        .args(arguments)
        .arg(script)
        .env("PATH", std::env::join_paths(paths).unwrap())
        .env("LTICTL_DB", tool.database())
        .env("HOME", tool.path(""));
    let output = command.current_dir(tool.path("")).stdin(Stdio::null()).output().ok()?;
    assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[cfg(unix)]
#[test]
fn bash_completes_with_the_script() {
    let tool = populated();
    for (line, word, wanted) in [
        ("ltictl registration show m", "m", "moodle-prod\n"),
        ("ltictl registration sh", "sh", "show\n"),
        ("ltictl account show t", "t", "tina\n"),
        ("ltictl registration show ''", "''", "canvas-beta\nmoodle-prod\n"),
        ("ltictl deployment list ''", "''", "canvas-beta\nmoodle-prod\n"),
        ("ltictl key ''", "''", "list\nshow\nrotate\nactivate\nimport\nretire\nexport\nhelp\n"),
        ("ltictl config set log_level ''", "''", "error\nwarn\ninfo\ndebug\n"),
        ("ltictl registration list --columns slug,st", "slug,st", "slug,status\n"),
    ] {
        let script = format!(
            "source <(ltictl completions \
             bash)\nCOMP_WORDS=({line})\nCOMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n$(complete -p \
             ltictl | sed 's/.*-F \\([^ ]*\\) .*/\\1/') ltictl {word} x\nprintf '%s\\n' \
             \"${{COMPREPLY[@]}}\""
        );
        assert_eq!(
            in_shell(&tool, "bash", &["-c"], &script).expect("bash is there"),
            wanted,
            "{line}"
        );
    }
}

#[test]
fn fish_completes_with_the_script_where_there_is_one() {
    let tool = populated();
    if let Some(offered) = in_shell(
        &tool,
        "fish",
        &["--no-config", "-c"],
        "ltictl completions fish | source; complete -C 'ltictl registration show '",
    ) {
        let offered: Vec<&str> = offered.lines().filter(|line| !line.starts_with('-')).collect();
        assert_eq!(offered, ["canvas-beta\tCanvas Beta", "moodle-prod\tMoodle Prod"]);
    }
}

/// zsh runs the script as the function `_ltictl` when it completes the first time. What would be
/// shown is printed instead.
#[test]
fn zsh_completes_the_first_time_where_there_is_one() {
    let tool = populated();
    std::fs::create_dir(tool.path("functions")).unwrap();
    let script = tool.run(&["completions", "zsh"]).answer;
    std::fs::write(tool.path("functions/_ltictl"), script).unwrap();
    let stubs = "compdef() { print registered }\n_describe() { print -l -- ${(P)@[-1]} }\n";
    for (words, offered) in [
        ("ltictl registration show moo", "moodle-prod:Moodle Prod\n"),
        ("ltictl resource show ''", "algebra-quiz:Algebra quiz\n"),
        ("ltictl config set app_key ''", "optional\nrequired\n"),
    ] {
        let first = format!(
            "{stubs}fpath=($PWD/functions $fpath); autoload -Uz _ltictl; words=({words}); \
             CURRENT=${{#words}}; _ltictl; _ltictl"
        );
        if let Some(shown) = in_shell(&tool, "zsh", &["-f", "-c"], &first) {
            assert_eq!(shown, offered.repeat(2), "{words}");
        }
    }
    // Sourced, it only registers itself.
    let sourced = format!("{stubs}source <(ltictl completions zsh)");
    if let Some(shown) = in_shell(&tool, "zsh", &["-f", "-c"], &sourced) {
        assert_eq!(shown, "registered\n");
    }
}
