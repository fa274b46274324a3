//! `ltictl completions`: completion scripts.

use clap::Args;
use clap_complete::{Shell, generate};

use super::context::Context;
use crate::usecase::{Failure, Kind};

/// Print a completion script for a shell
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut super::command(), "ltictl", &mut script);
    let script = String::from_utf8(script).map_err(|error| Failure::new(Kind::Failed, "no completion script", error.to_string(), "report this as a bug"))?;
    Context::print_text(script.trim_end())
}
