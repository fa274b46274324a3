//! `ltictl db`: the database file itself.

use clap::{Args, Subcommand};

use super::context::Context;
use super::examples::Examples;
use crate::doctor;
use crate::failure::Failure;
use crate::report::view::DatabaseView;

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples =
    &[("check", &[("ltictl db check", "Whether the file is sound, and how large its tables are")])];

/// Manage the database
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Check that the file is intact and private and that its keys work, and print the size of its
    /// tables
    ///
    /// Nothing is changed; the server may run. The exit code is 7 when a check fails; warnings do
    /// not count.
    Check,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Check => check(context),
    }
}

fn check(context: &Context) -> Result<(), Failure> {
    let path = context.database()?;
    let found = doctor::check_database(&path)?;
    context.print(&DatabaseView::new(path.display().to_string(), &found))?;
    doctor::database_failure(&found.findings).map_or(Ok(()), Err)
}
