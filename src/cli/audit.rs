//! `ltictl audit`: who changed what.

use clap::{Args, Subcommand};

use super::context::Context;
use super::examples::Examples;
use super::list_options::RowOptions;
use crate::admin::audit;
use crate::domain::{AuditAction, AuditHash};
use crate::failure::Failure;
use crate::report::view::AuditList;
use crate::store::AuditFilter;

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "list",
        &[
            ("ltictl audit list --since 7d", "List the changes of the last week"),
            (
                "ltictl audit list --noun registration --name moodle-prod",
                "List the changes to one registration",
            ),
        ],
    ),
    ("show", &[("ltictl audit show 17", "Show one change with the values before and after")]),
    (
        "verify",
        &[("ltictl audit verify", "Verify the log, and print the last hash to store elsewhere")],
    ),
];

/// Inspect the audit log: what was changed, when and by whom
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List changes, newest first
    List(Box<Filter>),
    /// Show one change with the values before and after
    Show {
        /// Number of the entry, as shown by `ltictl audit list`
        #[arg(value_name = "NUMBER", value_parser = clap::value_parser!(i64).range(1..))]
        id: i64,
    },
    /// Verify that no entry was altered, removed or moved
    ///
    /// Every entry has a hash of its content and the previous hash. This command checks all hashes
    /// and prints the last one. Anyone who can write to the database file could still drop the
    /// newest entries or rewrite the whole log: store the last hash elsewhere, and pass it with
    /// --expect the next time. The exit code is 7 if verification fails.
    Verify {
        /// Hash printed by an earlier run; fail if no entry has it
        #[arg(long, value_name = "HASH")]
        expect: Option<AuditHash>,
    },
}

#[derive(Debug, Args)]
struct Filter {
    /// Show only changes to this kind of object: registration, deployment, resource, account,
    /// grade, key, setting, …
    #[arg(long)]
    noun: Option<String>,
    /// Show only changes to the object of this name and to what belongs to it
    #[arg(long)]
    name: Option<String>,
    /// Show only changes by this user, directly or through sudo; "server" is the server
    #[arg(long, value_name = "USER")]
    actor: Option<String>,
    /// Show only changes by this command or part of the server, such as "registration create" or
    /// launch
    #[arg(long, value_name = "COMMAND")]
    via: Option<String>,
    /// Show only this action: created, changed or deleted
    #[arg(long)]
    action: Option<AuditAction>,
    /// Show only changes since this time: how long ago (1h, 7d), a day, or an RFC 3339 time
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Show only changes before this time, in the same formats
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Maximum number of entries; --search, --filter and --sort apply only to these
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 50,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    limit: u32,
    #[command(flatten)]
    options: RowOptions,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let store = context.store()?;
    match arguments.verb {
        Verb::List(filter) => {
            let Filter { noun, name, actor, via, action, since, until, limit, options } = *filter;
            let (since, until) = (
                context.moment("since", since.as_deref())?,
                context.moment("until", until.as_deref())?,
            );
            let filter = AuditFilter { noun, name, actor, via, action, since, until, limit };
            context.print_log::<AuditList>(
                |take| audit::each(store.read(), &filter, take),
                filter != AuditFilter { limit, ..AuditFilter::default() },
                limit,
                options,
            )
        }
        Verb::Show { id } => context.print(&audit::show(store.read(), id)?),
        Verb::Verify { expect } => {
            let proof = audit::verify(store.read(), expect)?;
            context.print(&proof)?;
            audit::failure(&proof).map_or(Ok(()), Err)
        }
    }
}
