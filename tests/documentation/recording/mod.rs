//! The recording at the top of the README: `docs/recording.svg`.
//!
//! A test platform launches a resource from a deployment that the tool does not have. The commands
//! run in a real terminal of 80 by 28 characters. Ports, times and launch IDs differ in every
//! run, so they are replaced. The SVG starts with the reason of the refusal, and plays once.

mod screen;
mod svg;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::termios::Winsize;

use self::screen::{COLUMNS, Line, ROWS, Screen};
use super::{check, words};
use crate::cli::service::{Service, free_port};
use crate::lab::pty;

const LAUNCH: &str =
    "ltictl sandbox --registration moodle-prod --resource algebra-quiz --launch sam";

/// The commands of the recording. `LAUNCH_NUMBER` is the number of the refused launch.
const COMMANDS: [&str; 5] = [
    "ltictl deployment list moodle-prod",
    LAUNCH,
    "ltictl launch show LAUNCH_NUMBER",
    "ltictl deployment add moodle-prod 1 --name \"Whole site\"",
    LAUNCH,
];
/// How many commands the first screen shows.
const FIRST: usize = 3;

/// What replaces the launch IDs of a run, in the order of the launches.
const LAUNCH_NUMBERS: [&str; 2] = ["1m8jca7x38p9ab4y", "1m8jcadnvdnex03g"];
/// What replaces the times of a run.
const TIME: &str = "2026-09-01 08:15:30";
/// Ports of the server and of the test platform in the recording.
const PORTS: [u16; 2] = [8080, 8090];

/// A command of the recording and what the terminal showed.
pub(super) struct Scene {
    pub(super) command: String,
    pub(super) output: Vec<Line>,
}

/// A tool in a temporary directory and the ports that it uses.
struct Tool {
    directory: tempfile::TempDir,
    ports: [u16; 2],
}

impl Tool {
    /// A tool with one active registration, one resource and no deployment 1.
    fn new() -> Self {
        let ports = [free_port(), free_port()];
        let tool = Self { directory: tempfile::tempdir().unwrap(), ports };
        let [url, issuer] = ports.map(|port| format!("http://localhost:{port}"));
        tool.output(&format!("ltictl init --url {url} --name \"Example Tool\""));
        tool.output("ltictl registration create \"Moodle Prod\"");
        tool.output(&format!(
            "ltictl platform set moodle-prod --issuer {issuer} --client-id sandbox-tool \
             --keyset-url {issuer}/jwks --access-token-url {issuer}/token --authentication-request-url {issuer}/auth"
        ));
        tool.output("ltictl deployment add moodle-prod 2 --name Science");
        tool.output("ltictl resource publish \"Algebra quiz\" --kind activity --max-grade 10");
        tool
    }

    fn command(&self, line: &str) -> Command {
        let mut command = crate::lab::binary();
        command
            .args(&words(line)[1..])
            .env("LTICTL_DB", self.directory.path().join("ltictl.db"))
            .env("TERM", "xterm-256color")
            .stdin(Stdio::null());
        for name in ["LTICTL_LOG", "NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "COLUMNS"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs a command that has to succeed; its standard output.
    fn output(&self, line: &str) -> String {
        let output = self.command(line).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn serve(&self) -> Service {
        let mut command = self.command("ltictl serve");
        command.arg("--listen").arg(format!("127.0.0.1:{}", self.ports[0]));
        Service::start(command, self.ports[0])
    }

    /// Launch IDs, the oldest first.
    fn launches(&self) -> Vec<String> {
        self.output("ltictl launch list -q").lines().rev().map(str::to_owned).collect()
    }

    /// The text with what replaces the values of this run.
    fn replaced(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (port, shown) in self.ports.iter().zip(PORTS) {
            text = text.replace(&format!("localhost:{port}"), &format!("localhost:{shown}"));
        }
        for (number, shown) in self.launches().iter().zip(LAUNCH_NUMBERS) {
            text = text.replace(number, shown);
        }
        with_fixed_times(&text)
    }

    fn record(&self, line: &str) -> Scene {
        let line = match self.launches().first() {
            Some(number) => line.replace("LAUNCH_NUMBER", number),
            None => line.to_owned(),
        };
        let mut command = self.command(&line);
        if line.starts_with("ltictl sandbox") {
            command.arg("--listen").arg(format!("127.0.0.1:{}", self.ports[1]));
        }
        let bytes = in_a_terminal(command);
        let mut screen = Screen::new();
        screen.write(&self.replaced(&String::from_utf8(bytes).unwrap()));
        Scene { command: self.replaced(&line), output: screen.into_lines() }
    }
}

/// Replaces everything of the form `2026-09-01 08:15:30`.
fn with_fixed_times(text: &str) -> String {
    let has_form = |candidate: &str| {
        candidate.chars().zip(TIME.chars()).all(|(character, model)| {
            character == model || character.is_ascii_digit() && model.is_ascii_digit()
        })
    };
    let (mut replaced, mut rest) = (String::new(), text);
    while let Some(character) = rest.chars().next() {
        match rest.get(..TIME.len()) {
            Some(candidate) if has_form(candidate) => {
                replaced.push_str(TIME);
                rest = &rest[TIME.len()..];
            }
            _ => {
                replaced.push(character);
                rest = &rest[character.len_utf8()..];
            }
        }
    }
    replaced
}

/// Runs a command in a terminal of the recording's size; everything that it writes.
fn in_a_terminal(command: Command) -> Vec<u8> {
    let size = Winsize {
        ws_col: COLUMNS.try_into().unwrap(),
        ws_row: ROWS.try_into().unwrap(),
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    let (mut child, screen) = pty::spawn(command, Some(size));
    let mut bytes = Vec::new();
    pty::read_screen(screen, |read| {
        bytes.extend(read);
        true
    });
    child.wait().unwrap();
    bytes
}

#[test]
fn recording_is_current() {
    let tool = Tool::new();
    let _server = tool.serve();
    let scenes: Vec<Scene> = COMMANDS.iter().map(|line| tool.record(line)).collect();
    let shown: String = scenes.iter().flat_map(|scene| &scene.output).map(Line::text).collect();
    let without_spaces = |text: &str| text.split_whitespace().collect::<String>();
    let guide = fs::read_to_string("docs/launches.md").unwrap();
    let excerpt = guide.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    for line in excerpt.lines() {
        let line = line.trim_end_matches('…');
        assert!(
            without_spaces(&shown).contains(&without_spaces(line)),
            "docs/launches.md has a line that `ltictl launch show` does not print: {line}\n{shown}"
        );
    }
    for port in tool.ports.map(|port| port.to_string()) {
        assert!(
            !without_spaces(&shown).contains(&port),
            "{port} is different in every run, and was not replaced: {shown}"
        );
    }
    assert!(shown.contains("accepted"), "the last launch was not accepted: {shown}");
    check(Path::new("docs/recording.svg"), &svg::render(&scenes, FIRST));
}
