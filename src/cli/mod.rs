//! Top floor: the command tree.
//!
//! One file per noun. Each holds the noun's arguments and, for each verb, a function that reads the arguments, calls a use case and hands a view to
//! [`crate::report`]. Nothing here exits the process: every way out goes through [`run`], which turns a failure into its exit code.

mod completions;
mod config;
mod context;
mod demo;
mod deployment;
mod doctor;
mod init;
mod key;
mod launch;
mod man;
mod platform;
mod registration;
mod resource;
mod sandbox;
mod serve;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

use self::context::Context;
use crate::report::{self, Output};
use crate::usecase::{Failure, Kind};

/// Registers learning platforms with an LTI tool, publishes resources and serves their launches
#[derive(Debug, Parser)]
#[command(name = "ltictl", version, propagate_version = true, disable_help_subcommand = false, max_term_width = 110, after_help = EXIT_CODES, subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
First steps:
  ltictl demo                                  the whole story in one command, nothing to set up
  ltictl init --url https://tool.example.edu --name \"Example Tool\"
  ltictl registration create \"Moodle Prod\"

Exit codes:
  0 done  1 failed  2 usage  3 not found  4 conflict or exists already  5 invalid value
  6 the platform or network failed  7 a check failed or differences were found";

/// What every command takes.
#[derive(Debug, clap::Args)]
struct Global {
    /// Database file [default: ltictl/ltictl.db in your data directory]
    #[arg(long, global = true, env = "LTICTL_DB", value_name = "PATH", hide_env_values = true, help_heading = "Global options")]
    db: Option<PathBuf>,

    /// How answers look: aligned text for people, or one JSON document for programs
    #[arg(short, long, global = true, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Global options")]
    output: Output,

    /// Never ask; a missing value is an error that names its flag
    #[arg(long, global = true, help_heading = "Global options")]
    no_input: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Set the tool up: database, settings, first signing key
    Init(init::Arguments),
    /// Read and change the tool's settings
    Config(config::Arguments),
    /// Learning platforms that use this tool
    #[command(alias = "registrations")]
    Registration(registration::Arguments),
    /// What a platform told you: issuer, client ID and its URLs
    Platform(platform::Arguments),
    /// Deployments of the tool within a platform
    #[command(alias = "deployments")]
    Deployment(deployment::Arguments),
    /// Courses and activities that platforms can link to
    #[command(alias = "resources")]
    Resource(resource::Arguments),
    /// The tool's own signing keys
    #[command(alias = "keys")]
    Key(key::Arguments),
    /// What came in, accepted or refused, and why
    #[command(alias = "launches")]
    Launch(launch::Arguments),
    /// Look for what keeps launches from working, and say what fixes it
    Doctor(doctor::Arguments),
    /// Serve logins, launches and resources
    Serve(serve::Arguments),
    /// Run a test platform on this machine
    Sandbox(sandbox::Arguments),
    /// Show the whole story, from registration to launch, on this machine
    Demo(demo::Arguments),
    /// Print a completion script for a shell
    Completions(completions::Arguments),
    /// Write the manual pages into a directory
    Man(man::Arguments),
}

/// The command tree, for help texts, completions and manual pages.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs one command line and gives its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &arguments),
    };
    let output = cli.global.output;
    let context = Context::new(cli.global.db, output, cli.global.no_input);
    let outcome = match cli.command {
        Command::Init(arguments) => init::run(&context, arguments),
        Command::Config(arguments) => config::run(&context, arguments),
        Command::Registration(arguments) => registration::run(&context, arguments),
        Command::Platform(arguments) => platform::run(&context, arguments),
        Command::Deployment(arguments) => deployment::run(&context, arguments),
        Command::Resource(arguments) => resource::run(&context, arguments),
        Command::Key(arguments) => key::run(&context, arguments),
        Command::Launch(arguments) => launch::run(&context, arguments),
        Command::Doctor(arguments) => doctor::run(&context, &arguments),
        Command::Serve(arguments) => serve::run(&context, arguments),
        Command::Sandbox(arguments) => sandbox::run(&context, arguments),
        Command::Demo(arguments) => demo::run(&context, &arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report::print_failure(&failure, output);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

/// Help and version go to standard output with exit code 0; anything else is a usage error, as JSON when the command line asks for JSON.
fn usage(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    if !error.use_stderr() {
        return match error.print() {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
            _ => ExitCode::SUCCESS,
        };
    }
    if error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && asks_for_json(arguments) {
        let text = error.render().to_string();
        let mut paragraphs = text.trim().split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
        let what = paragraphs.next().unwrap_or_default();
        let failure = Failure::new(Kind::Usage, "usage", what.trim_start_matches("error: "), paragraphs.collect::<Vec<_>>().join(" "));
        report::print_failure(&failure, Output::Json);
    } else {
        // Nothing is left to tell anybody when standard error is gone.
        let _ = error.print();
    }
    ExitCode::from(Kind::Usage.exit_code())
}

fn asks_for_json(arguments: &[OsString]) -> bool {
    let words: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    words.iter().any(|word| matches!(*word, "-ojson" | "-o=json" | "--output=json")) || words.windows(2).any(|pair| matches!(pair, ["-o" | "--output", "json"]))
}
