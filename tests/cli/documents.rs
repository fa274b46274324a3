//! The README and the guides in `docs/`, taken apart: their blocks, and a machine of one's own to
//! run them on.
//!
//! Blocks marked `sh` are commands. A block of YAML whose first line is a comment with a path is
//! that file. Two ports stand in for those that the documents speak of, so that nobody's own server
//! is in the way.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use super::service::{Service, free_port};
use super::terminal::Terminal;

/// A fenced block.
pub(crate) struct Block {
    /// Document and line, for messages.
    pub(crate) place: String,
    pub(crate) language: String,
    pub(crate) text: String,
}

/// The README and then the guides, by name.
pub(crate) fn documents() -> Vec<PathBuf> {
    let mut guides: Vec<PathBuf> = fs::read_dir("docs")
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    guides.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    guides.sort();
    [vec![PathBuf::from("README.md")], guides].concat()
}

pub(crate) fn blocks(document: &Path) -> Vec<Block> {
    let text = fs::read_to_string(document).unwrap();
    let (mut blocks, mut open): (Vec<Block>, bool) = (Vec::new(), false);
    for (number, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), open) {
            (Some(language), false) => {
                blocks.push(Block {
                    place: format!("{}:{}", document.display(), number + 1),
                    language: language.to_owned(),
                    text: String::new(),
                });
                open = true;
            }
            (Some(_), true) => open = false,
            (None, true) => {
                let block = &mut blocks.last_mut().unwrap().text;
                block.push_str(line);
                block.push('\n');
            }
            (None, false) => {}
        }
    }
    blocks
}

/// A block's commands, continued lines in one piece; what runs in the background is a command of
/// its own.
pub(crate) fn commands(block: &str) -> Vec<String> {
    block
        .replace("\\\n", " ")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// Whether a command serves until it is stopped.
pub(crate) fn serves(command: &str) -> bool {
    command.starts_with("ltictl serve")
        || (command.starts_with("ltictl sandbox") && !command.contains("--launch"))
}

/// A machine of one's own to run the documents on.
pub(crate) struct Machine {
    directory: tempfile::TempDir,
    ports: [(&'static str, u16); 3],
    services: Vec<Service>,
    /// The URL of the database on PostgreSQL.
    database_url: Option<String>,
    /// What commands have exported, as a part of the environment.
    exported: Vec<(String, String)>,
}

/// The document whose commands need PostgreSQL, and the URL in it.
pub(crate) const SEVERAL_SERVERS: &str = "docs/several-servers.md";
const DATABASE_URL: &str = "postgres://ltictl@db.example.edu/ltictl";

impl Machine {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        // Commands read a secret of another program from this file.
        fs::write(directory.path().join("secret.txt"), "the-secret-of-a-provider").unwrap();
        Self {
            directory,
            ports: [("8080", free_port()), ("8090", free_port()), ("8081", free_port())],
            services: Vec::new(),
            database_url: None,
            exported: Vec::new(),
        }
    }

    /// One that has a database on PostgreSQL.
    pub(crate) fn with_database(url: String) -> Self {
        Self { database_url: Some(url), ..Self::new() }
    }

    /// Ends all servers, as a service manager does.
    pub(crate) fn stop_servers(&mut self) {
        self.services.clear();
    }

    /// The port here that stands for one of the documents.
    pub(crate) fn port(&self, documented: &str) -> u16 {
        self.ports.iter().find(|(port, _)| *port == documented).unwrap().1
    }

    /// The text with this machine's ports and paths.
    pub(crate) fn here(&self, text: &str) -> String {
        let mut text = text
            .replace("cargo run --release -- ", "ltictl ")
            .replace("/var/lib/ltictl", &self.directory.path().join("state").display().to_string());
        if let Some(url) = &self.database_url {
            text = text.replace(DATABASE_URL, &format!("'{url}'"));
        }
        for (port, own) in self.ports {
            for host in ["localhost", "127.0.0.1"] {
                text = text.replace(&format!("{host}:{port}"), &format!("{host}:{own}"));
            }
        }
        text
    }

    /// A shell with the binary first on its path and nothing of the user's own.
    fn shell(&self, script: &str) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_ltictl")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("bash");
        shell
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(self.directory.path())
            .stdin(Stdio::null());
        shell
            .env("PATH", format!("{}:{path}", binary.display()))
            .env("TZ", "UTC")
            .env("HOME", self.directory.path())
            .env("LTICTL_DB", self.directory.path().join("ltictl.db"));
        for name in ["XDG_DATA_HOME", "LTICTL_LOG", "CLICOLOR_FORCE", "COLUMNS"] {
            shell.env_remove(name);
        }
        shell.envs(self.exported.iter().map(|(name, value)| (name, value)));
        shell
    }

    /// Writes a block of YAML to the path in its first line, if it has one there.
    pub(crate) fn keep(&self, text: &str) -> Option<String> {
        let path = text.lines().next()?.strip_prefix("# ")?;
        if path.contains(' ') || !path.ends_with(".yaml") && !path.ends_with(".yml") {
            return None;
        }
        let file = self.directory.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, self.here(text)).unwrap();
        Some(path.to_owned())
    }

    /// Runs one command and returns its output. Servers keep running, and return nothing.
    pub(crate) fn run(&mut self, place: &str, command: &str) -> String {
        if let Some((name, value)) =
            command.strip_prefix("export ").and_then(|assignment| assignment.split_once('='))
        {
            let value = self.here(value).trim_matches('\'').to_owned();
            self.exported.push((name.to_owned(), value));
            return String::new();
        }
        if serves(command) {
            let usual = usize::from(command.starts_with("ltictl sandbox"));
            let named = self
                .ports
                .iter()
                .position(|(port, _)| command.contains(&format!("--listen 127.0.0.1:{port}")));
            let (default, port) = self.ports[named.unwrap_or(usual)];
            let listen = format!("--listen 127.0.0.1:{port}");
            let command = self.here(command);
            let command =
                if command.contains("--listen") { command } else { format!("{command} {listen}") };
            assert!(command.contains(&listen), "{place}: {command} is to listen on {default}");
            self.services.push(Service::start(self.shell(&format!("exec {command}")), port));
            return String::new();
        }
        let (status, said) = self.script(command, &[]);
        assert!(status.success(), "{place}: {command}\n{said}");
        said
    }

    /// Runs one command on a terminal with 80 columns, and returns what it shows.
    pub(crate) fn run_on_terminal(&self, place: &str, command: &str) -> String {
        let mut shell = self.shell(&self.here(command));
        shell.env("COLUMNS", "80").env("TERM", "xterm").env("NO_COLOR", "1");
        let (status, said) = Terminal::start(shell).end();
        assert!(status.success(), "{place}: {command}\n{said}");
        said
    }

    /// Runs a script to its end, and ends what it has left running. Says how it ended and what it
    /// said.
    pub(crate) fn script(
        &self,
        script: &str,
        environment: &[(String, String)],
    ) -> (ExitStatus, String) {
        let said = tempfile::NamedTempFile::new().unwrap();
        let mut shell = self.shell(&self.here(script));
        shell
            .envs(environment.iter().map(|(name, value)| (name, self.here(value))))
            .process_group(0);
        // A file, not a pipe: what still runs would keep a pipe open.
        let file = said.reopen().unwrap();
        let mut child = shell.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        let status = child.wait().unwrap();
        if let Some(group) = rustix::process::Pid::from_raw(child.id().try_into().unwrap()) {
            // Nothing may be left of it.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        (status, String::from_utf8_lossy(&fs::read(said.path()).unwrap()).into_owned())
    }
}
