//! A tool of one's own: the real binary, a database in a temporary directory, and nothing of the
//! user's environment.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

use crate::commands;
use crate::lab::database;
use crate::lab::database::place::{Engine, Home, Original, Place};

/// The tool's address in all stories.
pub(crate) const URL: &str = "https://tool.example.edu";

/// A tool in a temporary directory, which is deleted with this value.
pub(crate) struct Tool {
    home: Home,
}

/// What a command said.
pub(crate) struct Answer {
    /// Standard output.
    pub(crate) answer: String,
    /// Standard error.
    pub(crate) remarks: String,
}

impl Tool {
    /// A tool that is set up, with nothing registered or published. The first one is made by
    /// `init`, the others are copies: a signing key takes its time.
    pub(crate) fn new() -> Self {
        Self::on(Engine::of_this_run())
    }

    /// The same with a database in a file, for stories that are about files.
    pub(crate) fn in_file() -> Self {
        Self::on(Engine::File)
    }

    fn on(engine: Engine) -> Self {
        static ORIGINAL: Original = Original::new();
        Self::copied(&ORIGINAL, engine, |tool| {
            tool.run(&["init", "--url", URL, "--name", "Example Tool"]);
            tool
        })
    }

    /// With a copy of a database, which `make` makes when the first copy is needed.
    pub(crate) fn copied(
        original: &Original,
        engine: Engine,
        make: impl FnOnce(Self) -> Self,
    ) -> Self {
        Self { home: Home::copied(original, engine, |home| make(Self { home }).home) }
    }

    /// A directory without a database, or an empty one on the server.
    pub(crate) fn empty() -> Self {
        Self { home: Home::new() }
    }

    /// A directory without a database, which is to be in a file: for stories that are about files
    /// or about none.
    pub(crate) fn empty_for_file() -> Self {
        Self { home: Home::in_file() }
    }

    /// With a draft.
    pub(crate) fn drafted(self, name: &str) -> Self {
        self.run(&["registration", "create", name]);
        self
    }

    /// With an active registration: platform details at a host named after the slug, and deployment
    /// 1.
    pub(crate) fn registered(self, name: &str) -> Self {
        let slug =
            self.json(&["registration", "create", name])["slug"].as_str().unwrap().to_owned();
        self.connect(&slug, &platform_of(&slug));
        self.run(&["deployment", "add", &slug, "1", "--name", "Whole site"]);
        self
    }

    /// With an activity that has grades up to 10.
    pub(crate) fn published(self, name: &str) -> Self {
        self.run(&["resource", "publish", name, "--max-grade", "10"]);
        self
    }

    /// Enters a platform's five values.
    pub(crate) fn connect(&self, slug: &str, platform: &[String; 5]) -> Answer {
        self.run(&platform_set(slug, platform))
    }

    /// Where the database is.
    pub(crate) fn database(&self) -> &Place {
        self.home.database()
    }

    /// A path in the tool's directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path(name)
    }

    /// A file in the tool's directory.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    /// The binary, away from the user's own database and settings.
    pub(crate) fn process(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = crate::lab::binary();
        command.args(arguments).current_dir(self.path(""));
        command
            .env("HOME", self.path(""))
            .env("LTICTL_DB", self.database())
            .env("NO_COLOR", "1")
            .env("TERM", "xterm");
        for name in ["XDG_DATA_HOME", "CLICOLOR_FORCE", "COLUMNS", "LTICTL_LOG"] {
            command.env_remove(name);
        }
        command
    }

    /// The same, to be run to its end without standard input.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        Command::from_std(self.process(arguments))
    }

    /// Runs a command that must succeed.
    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments), arguments, 0)
    }

    /// Runs a command with a text on standard input; it must succeed.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Answer {
        let mut command = self.command(arguments);
        command.write_stdin(input);
        Answer::of(command, arguments, 0)
    }

    /// Runs a command that must answer with one JSON document, and say nothing else.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let document = serde_json::from_str(&self.json_text(arguments))
            .unwrap_or_else(|error| panic!("{arguments:?} answers with {error}"));
        check_fixes(&document);
        document
    }

    /// The same, as text.
    pub(crate) fn json_text(&self, arguments: &[&str]) -> String {
        let answer = self.run(&[&["-o", "json"], arguments].concat());
        assert_eq!(answer.remarks, "", "{arguments:?}: programs get no remarks");
        answer.answer
    }

    /// Runs a command that must fail with this exit code: nothing on standard output, and on
    /// standard error what, why, and a hint whose commands exist. With JSON the same.
    pub(crate) fn fails(&self, arguments: &[&str], exit_code: i32) -> String {
        let error = self.error(&[&["-o", "json"], arguments].concat(), exit_code);
        let answer = Answer::of(self.command(arguments), arguments, exit_code);
        assert_eq!(answer.answer, "", "{arguments:?}");
        let lines: Vec<&str> = answer.remarks.lines().collect();
        let [what, why, hint] = lines[..] else {
            panic!("{arguments:?} does not say what, why and hint:\n{}", answer.remarks)
        };
        let (what, why, hint) =
            (strip(what, "error: "), strip(why, "  why: "), strip(hint, " hint: "));
        let message = times_for_programs(&format!("{what}: {why}"));
        assert_eq!(error["error"]["message"], message, "{arguments:?}");
        assert_eq!(error["error"]["hint"], hint, "{arguments:?}");
        answer.remarks
    }

    /// The JSON error of a command, of the shape that scripts rely on.
    fn error(&self, arguments: &[&str], exit_code: i32) -> Value {
        let answer = Answer::of(self.command(arguments), arguments, exit_code);
        assert_eq!(answer.answer, "", "{arguments:?}");
        let error: Value = serde_json::from_str(&answer.remarks)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error} in\n{}", answer.remarks));
        // Manifests have a list of problems in addition.
        let keys = keys_in_order(answer.remarks.split("\"problems\":").next().unwrap());
        assert_eq!(keys, ["error", "code", "message", "hint"], "{arguments:?}");
        let code = [
            "",
            "failed",
            "usage",
            "not_found",
            "conflict",
            "invalid_value",
            "platform_failed",
            "check_failed",
        ][usize::try_from(exit_code).unwrap()];
        assert_eq!(error["error"]["code"], code, "{arguments:?}");
        error
    }

    /// Everything that the database holds, as text.
    pub(crate) fn dump(&self) -> String {
        database::dump(self.database())
    }
}

impl Answer {
    fn of(mut command: Command, arguments: &[&str], exit_code: i32) -> Self {
        let output = command.output().unwrap();
        let answer = Self {
            answer: String::from_utf8(output.stdout).unwrap(),
            remarks: String::from_utf8(output.stderr).unwrap(),
        };
        assert_eq!(
            output.status.code(),
            Some(exit_code),
            "{arguments:?}\n{}{}",
            answer.answer,
            answer.remarks
        );
        // What programs get has the same hints; a test compares them.
        if serde_json::from_str::<Value>(&answer.remarks).is_err() {
            // What went wrong may name the command that was used, and usage lines have patterns.
            let is_advice = |line: &&str| !line.starts_with("error: ") && !line.contains("usage: ");
            let advice: Vec<&str> = answer.remarks.lines().filter(is_advice).collect();
            commands::check(&advice.join("\n"));
        }
        answer
    }
}

/// A text for people with its times as programs read them.
fn times_for_programs(text: &str) -> String {
    let mut written = text.to_owned();
    for (end, _) in text.match_indices(" UTC") {
        let start = end.saturating_sub("2026-01-01 00:00:00".len());
        let time = text.get(start..end).filter(|time| time.starts_with("20"));
        if let Some((date, time)) = time.and_then(|time| time.split_once(' ')) {
            written = written.replace(&format!("{date} {time} UTC"), &format!("{date}T{time}Z"));
        }
    }
    written
}

fn strip<'t>(line: &'t str, start: &str) -> &'t str {
    let rest = line
        .strip_prefix(start)
        .unwrap_or_else(|| panic!("{line:?} does not start with {start:?}"));
    assert!(!rest.trim().is_empty(), "{line:?} says nothing");
    rest
}

/// Every fix in a document has complete commands.
fn check_fixes(document: &Value) {
    match document {
        Value::Array(values) => values.iter().for_each(check_fixes),
        Value::Object(members) => {
            if let Some(Value::String(fix)) = members.get("fix") {
                commands::check(fix);
            }
            members.values().for_each(check_fixes);
        }
        _ => {}
    }
}

/// A platform's five values, in the order of the form.
pub(crate) fn platform_of(host: &str) -> [String; 5] {
    [
        format!("https://{host}.example.edu"),
        format!("client-of-{host}"),
        format!("https://{host}.example.edu/keys"),
        format!("https://{host}.example.edu/token"),
        format!("https://{host}.example.edu/auth"),
    ]
}

/// `platform set` with all five values.
pub(crate) fn platform_set<'a>(slug: &'a str, platform: &'a [String; 5]) -> Vec<&'a str> {
    let mut arguments = vec!["platform", "set", slug];
    for (flag, value) in [
        "--issuer",
        "--client-id",
        "--keyset-url",
        "--access-token-url",
        "--authentication-request-url",
    ]
    .into_iter()
    .zip(platform)
    {
        arguments.extend([flag, value]);
    }
    arguments
}

/// The keys of an indented JSON document, in the order in which they stand there.
pub(crate) fn keys_in_order(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| {
            line.trim_start().strip_prefix('"')?.split_once("\":").map(|(key, _)| key)
        })
        .collect()
}

/// Sets the permission bits of a file, where there are such.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    #[cfg(not(unix))]
    let _ = (path, mode);
}
