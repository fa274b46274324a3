//! `ltictl` without a command: lets the user choose a first step if nothing is registered yet and
//! prompting is possible; otherwise prints the help and, on a terminal, a summary.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::FromArgMatches;

use super::context::Context;
use super::{Global, demo, exit_code, init, registration, usage};
use crate::domain::Status;
use crate::failure::{Failure, counted};
use crate::report::{self, Format};
use crate::store::{self, Store};

/// How far the tool has been set up.
enum SetupState {
    /// There is no database, or `init` has not finished.
    NotSetUp,
    /// It is set up, and no platform is registered.
    SetUp,
    /// Number of registrations, and how many of them are drafts.
    InUse(usize, usize),
}

/// A step that the user can choose.
#[derive(Clone, Copy)]
enum Step {
    Demo,
    SetUp,
    Connect,
    Help,
}

impl Step {
    fn label(self, is_set_up: bool) -> &'static str {
        match self {
            Self::Demo => {
                "Try it: a demonstration on this machine, without any setup (ltictl demo)"
            }
            Self::SetUp => {
                "Set up the tool here: its URL and name, the database, a key (ltictl init)"
            }
            Self::Connect if is_set_up => {
                "Connect a platform, step by step (ltictl registration connect REG)"
            }
            Self::Connect => "Set up the tool and connect a platform, step by step",
            Self::Help => "See all commands (ltictl --help)",
        }
    }
}

/// Handles a command line without a command; `error` is the parser's.
pub(super) fn run(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    let Some(global) = global(arguments).filter(|global| global.output.is_text() && !global.quiet)
    else {
        return usage::print(error, arguments, &mut super::command());
    };
    let context_of = |command: &str| {
        Context::new(
            command.to_owned(),
            global.database.clone(),
            Format { output: global.output, quiet: global.quiet },
            global.no_input,
        )
    };
    let context = context_of("");
    match setup_state(&context) {
        Some(SetupState::InUse(registrations, drafts)) => {
            let code = usage::print(error, arguments, &mut super::command());
            if io::stderr().is_terminal() {
                let registrations = counted(registrations, "registration", "registrations");
                let drafts = if drafts == 0 { String::new() } else { format!(", {drafts} draft") };
                report::note(&format!(
                    "\nThis tool has {registrations}{drafts} (ltictl registration list)"
                ));
            }
            code
        }
        Some(setup_state) if context.may_ask() => exit_code(
            choose_step(&context_of, matches!(setup_state, SetupState::SetUp)),
            global.output,
            arguments,
        ),
        _ => usage::print(error, arguments, &mut super::command()),
    }
}

/// The global options of a command line that has nothing else.
fn global(arguments: &[OsString]) -> Option<Global> {
    let command = super::command().subcommand_required(false).arg_required_else_help(false);
    Global::from_arg_matches(&command.try_get_matches_from(arguments).ok()?).ok()
}

/// `None` if the database cannot be opened for a reason that other commands report.
fn setup_state(context: &Context) -> Option<SetupState> {
    let store = match Store::peek(context.database().ok()?) {
        Ok(store) => store,
        Err(store::Error::Missing { .. } | store::Error::NotInitialised) => {
            return Some(SetupState::NotSetUp);
        }
        Err(_) => return None,
    };
    match store.read().settings() {
        Ok(_) => {}
        Err(store::Error::NotInitialised) => return Some(SetupState::NotSetUp),
        Err(_) => return None,
    }
    let registrations = store.read().registrations().ok()?;
    let drafts =
        registrations.iter().filter(|registration| registration.status() == Status::Draft).count();
    Some(if registrations.is_empty() {
        SetupState::SetUp
    } else {
        SetupState::InUse(registrations.len(), drafts)
    })
}

/// Lets the user choose a step, and runs its command; `context_of` creates a command's context from
/// the name for the audit log.
fn choose_step(context_of: &dyn Fn(&str) -> Context, is_set_up: bool) -> Result<(), Failure> {
    report::note(
        "This is ltictl, which connects learning platforms with a tool over LTI 1.3. Press Esc to \
         quit without changes.\n",
    );
    let steps: &[Step] = if is_set_up {
        &[Step::Connect, Step::Demo, Step::Help]
    } else {
        &[Step::Demo, Step::SetUp, Step::Connect, Step::Help]
    };
    let labels: Vec<String> = steps.iter().map(|step| step.label(is_set_up).to_owned()).collect();
    let Some(chosen) = context_of("").choose("What do you want to do first?", &labels, 0)? else {
        report::note("Nothing was changed. All commands: ltictl --help");
        return Ok(());
    };
    match steps[chosen] {
        Step::Demo => {
            demo::run(&context_of("demo"), &demo::Arguments::default())?;
            report::note(if is_set_up {
                "\nNext, connect a platform with your own tool: ltictl registration create NAME"
            } else {
                "\nNext, set up your own tool: ltictl init"
            });
            Ok(())
        }
        Step::SetUp => init::run(&context_of("init"), init::Arguments::default()),
        Step::Connect => {
            if !is_set_up {
                init::run(&context_of("init"), init::Arguments::default())?;
                report::note("");
            }
            registration::create_and_connect(&context_of("registration connect"))
        }
        Step::Help => {
            Context::print_text(super::command().render_long_help().to_string().trim_end())
        }
    }
}
