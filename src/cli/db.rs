//! `ltictl db`: checks the database file.

use clap::{Args, Subcommand};

use super::context::Context;
use super::examples::Examples;
use crate::doctor;
use crate::failure::Failure;
use crate::report::view::DatabaseView;

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples =
    &[("check", &[("ltictl db check", "Check the file, and print what it contains")])];

/// Check the database file
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Check the file's integrity, permissions and keys, and print what it contains
    ///
    /// With -o json, -o yaml, -o csv or -o env, this includes the size of every table. Nothing is changed, and the server may be running. The exit code is 7 if a check fails;
    /// warnings do not count.
    Check,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Check => check(context),
    }
}

fn check(context: &Context) -> Result<(), Failure> {
    let database = context.database()?;
    let bar = context.bar("Pages");
    let check = doctor::check_database(&database, &bar);
    bar.finish();
    let check = check?;
    context.print(&DatabaseView::new(database.to_string(), &check))?;
    doctor::database_failure(&check.findings).map_or(Ok(()), Err)
}
