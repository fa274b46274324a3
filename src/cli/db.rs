//! `ltictl db`: checks and copies the database.

use std::ffi::{OsStr, OsString};

use clap::{Args, Subcommand};

use super::context::Context;
use super::examples::Examples;
use crate::admin::copy;
use crate::doctor;
use crate::failure::{Failure, shell_word};
use crate::provision;
use crate::report::view::{DatabaseView, UpgradedView};
use crate::store::Store;

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    ("check", &[("ltictl db check", "Check the database, and print what it contains")]),
    ("upgrade", &[("ltictl db upgrade", "After an update, before the servers are restarted")]),
    (
        "copy",
        &[
            (
                "ltictl db copy --to postgres://ltictl@db.example.edu/ltictl",
                "Move to PostgreSQL, with the server stopped",
            ),
            (
                "ltictl --db postgres://ltictl@db.example.edu/ltictl db copy --to ltictl.db",
                "Move back to a file",
            ),
        ],
    ),
];

/// Check the database, and copy it to another place
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Check the database's integrity, privacy and keys, and print what it contains
    ///
    /// With -o json, -o yaml, -o csv or -o env, this includes the size of every table. Nothing is changed, and the server may be running. The exit code is 7 if a check fails;
    /// warnings do not count.
    Check,
    /// Bring the tables of a database on PostgreSQL up to date after an update of ltictl
    ///
    /// A file is brought up to date by the first command that uses it. A database on PostgreSQL may be
    /// in use by several servers, so only this command does it. Servers of the previous version go on
    /// if they can use the new tables, and can be replaced one by one.
    Upgrade,
    /// Copy the database to PostgreSQL, to a file, or from one to the other
    ///
    /// All rows are copied and compared: the tables, the audit log and the export of both are the
    /// same, or nothing is kept. Stop `ltictl serve` first: it cannot write meanwhile, and what it
    /// writes afterwards is not in the copy. The original is not changed.
    Copy {
        /// Where to: the path of a new file, or the URL of an empty database on PostgreSQL
        #[arg(long, value_name = "PATH|URL", value_hint = clap::ValueHint::FilePath)]
        to: OsString,
        /// The database to copy [default: that of --db]
        #[arg(long, value_name = "PATH|URL", value_hint = clap::ValueHint::FilePath)]
        from: Option<OsString>,
    },
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.verb {
        Verb::Check => check(context),
        Verb::Upgrade => upgrade(context),
        Verb::Copy { to, from } => copy(context, to, from.as_deref()),
    }
}

fn upgrade(context: &Context) -> Result<(), Failure> {
    let database = context.database()?;
    let (previous_schema_version, schema_version) = Store::upgrade(&database)?;
    context.print(&UpgradedView {
        database: database.to_string(),
        previous_schema_version,
        schema_version,
    })
}

fn copy(context: &Context, to: &OsStr, from: Option<&OsStr>) -> Result<(), Failure> {
    let from = from.map_or_else(|| context.database(), |given| context.database_at(given))?;
    let to = context.database_at(to)?;
    let bar = context.bar("Rows");
    let copied = copy::copy(&from, &to, &context.actor(), &bar, provision::fingerprint);
    bar.finish();
    context.print(&copied?)?;
    context.note(&format!(
        "\nNext: `ltictl doctor --offline --db {0}`, then start `ltictl serve --db {0}`",
        shell_word(&to.location())
    ));
    Ok(())
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
