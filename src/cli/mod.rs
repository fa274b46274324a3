//! The command tree.
//!
//! One file per noun. Each defines the noun's arguments and, for each verb, a function that reads
//! the arguments, calls a feature and passes a view to [`crate::report`]. Nothing here exits the
//! process: every command returns to [`run`], which converts a failure to an exit code.

mod account;
mod apply;
mod audit;
mod backup;
mod client;
mod completions;
mod config;
mod consumer;
mod context;
mod course_context;
mod database;
mod db;
mod demo;
mod deployment;
mod diff;
mod doctor;
mod examples;
mod explain;
mod export;
mod first_steps;
mod generate;
mod grade;
mod groups;
mod guess;
mod identity_provider;
mod import;
mod init;
mod keep_users;
mod key;
mod launch;
mod list_options;
mod man;
mod manifest;
mod missing_name;
mod nearest;
mod next;
mod notice;
mod paste;
mod platform;
mod preset;
mod registration;
mod rejected_value;
mod resource;
mod sandbox;
mod schema;
mod search;
mod serve;
mod sheet;
mod signals;
mod status;
mod sync;
mod typed;
mod usage;
mod who;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use self::context::Context;
use self::database::DatabaseOptions;
use self::examples::Examples;
use crate::failure::Failure;
use crate::report::{self, Format, Output};

/// Register learning platforms with an LTI tool, publish resources and serve their launches
#[derive(Debug, Parser)]
#[command(name = "ltictl", version, max_term_width = 110, after_help = FIRST_STEPS, after_long_help = format!("{FIRST_STEPS}\n\n{EXIT_CODES}"), subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const FIRST_STEPS: &str = "\
First steps:
  ltictl demo                      See everything, without any setup
  ltictl init --url https://tool.example.edu --name \"Example Tool\"
  ltictl registration create \"Moodle Prod\"";

const EXIT_CODES: &str = "Exit codes:
  0 done  1 failed  2 usage  3 not found  4 conflict or already exists
  5 invalid value  6 the platform or network failed
  7 a check failed or differences were found";

/// Options of every command.
#[derive(Debug, clap::Args)]
struct Global {
    #[command(flatten)]
    database: DatabaseOptions,

    /// Output format
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        help_heading = "Global options"
    )]
    output: Output,

    /// Print identifiers only, one per line, without notes
    #[arg(short, long, global = true, help_heading = "Global options")]
    quiet: bool,

    /// Never prompt; if a value is missing, fail and name its flag
    #[arg(long, global = true, help_heading = "Global options")]
    no_input: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Arguments),
    Config(config::Arguments),
    Registration(registration::Arguments),
    Platform(platform::Arguments),
    Deployment(deployment::Arguments),
    Resource(resource::Arguments),
    Account(account::Arguments),
    Grade(grade::Arguments),
    Context(course_context::Arguments),
    Consumer(consumer::Arguments),
    Client(client::Arguments),
    IdentityProvider(identity_provider::Arguments),
    Sync(sync::Arguments),
    Key(key::Arguments),
    Launch(launch::Arguments),
    Notice(notice::Arguments),
    Apply(apply::Arguments),
    Diff(diff::Arguments),
    Export(export::Arguments),
    Search(search::Arguments),
    Audit(audit::Arguments),
    Doctor(doctor::Arguments),
    Explain(explain::Arguments),
    Status(status::Arguments),
    Backup(backup::BackupArguments),
    Restore(backup::RestoreArguments),
    Db(db::Arguments),
    Serve(serve::Arguments),
    Sandbox(sandbox::Arguments),
    Demo(demo::Arguments),
    Generate(generate::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// The command tree, for help texts, completions and manual pages.
pub fn command() -> clap::Command {
    with_examples(tree())
}

/// The command tree without examples.
fn tree() -> clap::Command {
    groups::with_groups(guess::with_aliases(Cli::command()))
}

/// The examples of every command.
const EXAMPLES: &[(&str, Examples)] = &[
    ("init", init::EXAMPLES),
    ("config", config::EXAMPLES),
    ("registration", registration::EXAMPLES),
    ("platform", platform::EXAMPLES),
    ("deployment", deployment::EXAMPLES),
    ("resource", resource::EXAMPLES),
    ("account", account::EXAMPLES),
    ("grade", grade::EXAMPLES),
    ("context", course_context::EXAMPLES),
    ("consumer", consumer::EXAMPLES),
    ("client", client::EXAMPLES),
    ("identity-provider", identity_provider::EXAMPLES),
    ("sync", sync::EXAMPLES),
    ("key", key::EXAMPLES),
    ("launch", launch::EXAMPLES),
    ("notice", notice::EXAMPLES),
    ("search", search::EXAMPLES),
    ("audit", audit::EXAMPLES),
    ("apply", apply::EXAMPLES),
    ("diff", diff::EXAMPLES),
    ("export", export::EXAMPLES),
    ("doctor", doctor::EXAMPLES),
    ("backup", backup::EXAMPLES),
    ("restore", backup::RESTORE_EXAMPLES),
    ("db", db::EXAMPLES),
    ("explain", explain::EXAMPLES),
    ("status", status::EXAMPLES),
    ("serve", serve::EXAMPLES),
    ("sandbox", sandbox::EXAMPLES),
    ("demo", demo::EXAMPLES),
    ("generate", generate::EXAMPLES),
    ("schema", schema::EXAMPLES),
    ("completions", completions::EXAMPLES),
    ("man", man::EXAMPLES),
];

/// The examples of a command, by its noun and verb.
fn examples_of(noun: &str, verb: &str) -> &'static [(&'static str, &'static str)] {
    let verbs =
        EXAMPLES.iter().find(|(known, _)| *known == noun).map_or(&[][..], |(_, verbs)| verbs);
    verbs.iter().find(|(known, _)| *known == verb).map_or(&[], |(_, examples)| examples)
}

/// The command tree with the examples below its help texts.
fn with_examples(mut tree: clap::Command) -> clap::Command {
    for (noun, verbs) in EXAMPLES {
        tree = tree.mut_subcommand(noun, |mut command| {
            for (verb, examples) in *verbs {
                let verbs: Vec<&str> = verb.split_whitespace().collect();
                command = with_help_of(command, &verbs, &examples::text(examples));
            }
            command
        });
    }
    tree
}

/// The command with this text below the help of one of its verbs, or of itself.
fn with_help_of(command: clap::Command, verbs: &[&str], text: &str) -> clap::Command {
    match verbs {
        [] => command.after_long_help(text.to_owned()),
        [verb, below @ ..] => {
            command.mut_subcommand(verb, |command| with_help_of(command, below, text))
        }
    }
}

/// Parses the arguments, and returns the command's name with them; the many examples are only added
/// for help.
fn parse(arguments: &[OsString]) -> Result<(String, Cli), clap::Error> {
    let wants_help = arguments.iter().any(|argument| argument == "--help" || argument == "help");
    let mut tree = if wants_help { command() } else { tree() };
    let parsed = tree
        .try_get_matches_from_mut(arguments)
        .and_then(|matches| Ok((path_of(&matches), Cli::from_arg_matches(&matches)?)));
    parsed.map_err(|error| error.format(&mut tree))
}

/// Runs one command line and returns its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if completions::complete(&arguments, || guess::with_hidden_aliases(Cli::command())) {
        return ExitCode::SUCCESS;
    }
    let (path, cli) = match parse(&arguments) {
        Ok(parsed) => parsed,
        Err(error) if usage::lacks_command(&error, &arguments, &command()) => {
            return first_steps::run(&error, &arguments);
        }
        Err(error) => {
            return match usage::with_negative_number(&error, &arguments, &command()) {
                Some(joined) => run(joined),
                None => completed_or_refused(&error, &arguments),
            };
        }
    };
    let output = cli.global.output;
    let context = Context::new(
        path,
        cli.global.database,
        Format { output, quiet: cli.global.quiet },
        cli.global.no_input,
    );
    let outcome = match cli.command {
        Command::Init(arguments) => init::run(&context, arguments),
        Command::Config(arguments) => config::run(&context, arguments),
        Command::Registration(arguments) => registration::run(&context, arguments),
        Command::Platform(arguments) => platform::run(&context, arguments),
        Command::Deployment(arguments) => deployment::run(&context, arguments),
        Command::Resource(arguments) => resource::run(&context, arguments),
        Command::Account(arguments) => account::run(&context, arguments),
        Command::Grade(arguments) => grade::run(&context, arguments),
        Command::Context(arguments) => course_context::run(&context, arguments),
        Command::Consumer(arguments) => consumer::run(&context, arguments),
        Command::Client(arguments) => client::run(&context, arguments),
        Command::IdentityProvider(arguments) => identity_provider::run(&context, arguments),
        Command::Sync(arguments) => sync::run(&context, arguments),
        Command::Key(arguments) => key::run(&context, arguments),
        Command::Launch(arguments) => launch::run(&context, arguments),
        Command::Notice(arguments) => notice::run(&context, arguments),
        Command::Apply(arguments) => apply::run(&context, &arguments),
        Command::Diff(arguments) => diff::run(&context, &arguments),
        Command::Export(arguments) => export::run(&context, &arguments),
        Command::Search(arguments) => search::run(&context, arguments),
        Command::Audit(arguments) => audit::run(&context, arguments),
        Command::Doctor(arguments) => doctor::run(&context, arguments),
        Command::Explain(arguments) => explain::run(&context, arguments),
        Command::Status(_) => status::run(&context),
        Command::Backup(arguments) => backup::run(&context, &arguments),
        Command::Restore(arguments) => backup::restore(&context, &arguments),
        Command::Db(arguments) => db::run(&context, &arguments),
        Command::Serve(arguments) => serve::run(&context, arguments),
        Command::Sandbox(arguments) => sandbox::run(&context, arguments),
        Command::Demo(arguments) => demo::run(&context, &arguments),
        Command::Generate(arguments) => generate::run(&context, &arguments),
        Command::Schema(arguments) => schema::run(&context, arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments, command(), examples_of),
    };
    exit_code(outcome, output, &arguments)
}

/// Runs the command line with a name that the user picks, if one is missing; otherwise reports the
/// usage error.
fn completed_or_refused(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    let format = Format { output: usage::requested_output(arguments), quiet: false };
    match missing_name::pick(error, arguments, format) {
        Ok(Some(completed)) => {
            // What is still missing is asked for or refused first.
            let confirmed = match parse(&completed) {
                Ok(_) => missing_name::confirm(&completed, format, &command()),
                Err(_) => Ok(()),
            };
            match confirmed {
                Ok(()) => run(completed),
                Err(failure) => exit_code(Err(failure), format.output, arguments),
            }
        }
        Ok(None) => usage::print(error, arguments, &mut command()),
        Err(failure) => exit_code(Err(failure), format.output, arguments),
    }
}

/// Prints a failure, and returns the exit code.
fn exit_code(outcome: Result<(), Failure>, output: Output, arguments: &[OsString]) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(mut failure) => {
            if failure.hint.is_empty() {
                failure.hint = format!("{} --help", guess::named_command(arguments, &command()));
            }
            report::print_failure(&failure, output);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

/// Noun and verb of a parsed command, as in its help: `registration create`.
fn path_of(matches: &ArgMatches) -> String {
    let below = std::iter::successors(matches.subcommand(), |(_, matches)| matches.subcommand());
    below.map(|(name, _)| name).collect::<Vec<_>>().join(" ")
}
