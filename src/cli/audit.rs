//! `ltictl audit`: who changed what.

use clap::{Args, Subcommand};

use super::context::Context;
use super::examples::Examples;
use super::list_options::ListOptions;
use crate::admin::audit;
use crate::domain::{AuditAction, AuditHash};
use crate::failure::Failure;
use crate::report::view::{AuditList, AuditProofView};
use crate::store::AuditFilter;

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "list",
        &[
            ("ltictl audit list --since 7d", "What changed in the last week"),
            (
                "ltictl audit list --noun registration --name moodle-prod",
                "What changed at one registration, and who did it",
            ),
        ],
    ),
    ("show", &[("ltictl audit show 17", "One change: before and after")]),
    (
        "verify",
        &[(
            "ltictl audit verify",
            "Prove that nothing was altered, and print the last hash to keep elsewhere",
        )],
    ),
];

/// Who changed what, when and how: every change by a command, by the server or by a platform
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List changes, the newest first
    #[command(alias = "ls")]
    List(Filter),
    /// Show one change: what was before beside what is after
    Show {
        /// Number of the entry, as the list has it
        #[arg(value_name = "NUMBER")]
        id: i64,
    },
    /// Prove that no entry was altered, removed or put elsewhere
    ///
    /// Every entry has a hash over itself and the hash before it. This reads all of them and prints
    /// the last hash. Whoever can write the database file can also cut off the newest entries, or
    /// write all of them anew: keep the last hash elsewhere, and give it with --expect the next
    /// time. The exit code is 7 when something is wrong.
    Verify {
        /// A last hash that was kept elsewhere; some entry must have it
        #[arg(long, value_name = "HASH")]
        expect: Option<AuditHash>,
    },
}

#[derive(Debug, Args)]
struct Filter {
    /// Only of such things: registration, deployment, resource, account, grade, key, setting, …
    #[arg(long)]
    noun: Option<String>,
    /// Only of the thing of this name, and of what belongs to it
    #[arg(long)]
    name: Option<String>,
    /// Only by this user, directly or through sudo; the server is called server
    #[arg(long, value_name = "USER")]
    actor: Option<String>,
    /// Only by this command or part of the server, such as "registration create" or launch
    #[arg(long, value_name = "COMMAND")]
    via: Option<String>,
    /// Only this: created, changed or deleted
    #[arg(long)]
    action: Option<AuditAction>,
    /// Not before this time: how long ago (1h, 7d), a day, or an RFC 3339 time
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Before this time, likewise
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// At most so many; conditions and order hold within these
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    limit: u32,
    #[command(flatten)]
    options: ListOptions,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let store = context.store()?;
    match arguments.verb {
        Verb::List(Filter { noun, name, actor, via, action, since, until, limit, options }) => {
            let (since, until) = (
                context.moment("since", since.as_deref())?,
                context.moment("until", until.as_deref())?,
            );
            let entries = audit::list(
                store.read(),
                &AuditFilter { noun, name, actor, via, action, since, until, limit },
            )?;
            let count = entries.len();
            context.print_list(AuditList(entries), options)?;
            context.note_limit(count, limit);
            Ok(())
        }
        Verb::Show { id } => context.print(&audit::show(store.read(), id)?),
        Verb::Verify { expect } => {
            let proof = audit::verify(store.read(), expect)?;
            context.print(&AuditProofView::from(&proof))?;
            audit::failure(&proof).map_or(Ok(()), Err)
        }
    }
}
