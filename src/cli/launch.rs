//! `ltictl launch`: what came in, accepted or refused, and why.

mod follow;

use clap::{Args, Subcommand};

use super::context::Context;
use super::examples::Examples;
use super::list_options::ListOptions;
use crate::admin::launch_log;
use crate::domain::parse_moment;
use crate::failure::Failure;
use crate::report::view::{LaunchList, LaunchStatsList, LaunchView};
use crate::store::LaunchFilter;

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "list",
        &[
            (
                "ltictl launch list --failed --since 1h",
                "What was refused in the last hour, and why",
            ),
            (
                "ltictl launch list --registration moodle-prod --limit 10",
                "The newest of one platform",
            ),
        ],
    ),
    ("show", &[("ltictl launch show 7kq2m9xw", "One launch, by the number on the error page")]),
    ("follow", &[("ltictl launch follow --failed", "What is refused, as it comes in")]),
    (
        "stats",
        &[(
            "ltictl launch stats --since 30d",
            "How each platform's launches went in the last month",
        )],
    ),
];

/// What came in, accepted or refused, and why
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List launches, the newest first
    #[command(alias = "ls")]
    List {
        #[command(flatten)]
        which: Which,
        /// Only those since then: 1h or 7d ago, a day, or a time such as 2026-11-25T08:00:00Z
        #[arg(long, value_name = "WHEN")]
        since: Option<String>,
        /// Only those before then
        #[arg(long, value_name = "WHEN")]
        until: Option<String>,
        /// At most so many; conditions and order hold within these
        #[arg(long, value_name = "NUMBER", default_value_t = 50)]
        limit: u32,
        #[command(flatten)]
        options: ListOptions,
    },
    /// Show one launch: the cause in full, who has to act, and the command that fixes it
    Show {
        /// Launch id, as on the error page, or request id, as in the server's log and in the header
        /// X-Request-Id
        id: String,
    },
    /// Print launches as they come in, the last ten first, until Ctrl-C
    ///
    /// It looks into the database, so it sees the launches of every server that runs on the same
    /// file. With -o json, each launch is one line; with -o yaml, one entry of a list.
    Follow {
        #[command(flatten)]
        which: Which,
    },
    /// Count launches for each registration: accepted, refused and why, the last success, and
    /// logins that never came back
    ///
    /// A login counts as never come back when the platform's answer did not arrive here: the person
    /// gave up, the platform refused, or its redirect URI is wrong. Logins are counted by the hour
    /// and written down by the minute, so those of the last minutes may be missing.
    Stats {
        /// How far back: 1h or 7d, a day, or a time such as 2026-11-25T08:00:00Z
        #[arg(long, value_name = "WHEN", default_value = "7d")]
        since: String,
        /// Only this registration
        #[arg(long, value_name = "REG")]
        registration: Option<String>,
        #[command(flatten)]
        options: ListOptions,
    },
}

/// Which launches; what is given must all fit.
#[derive(Debug, Args)]
struct Which {
    /// Only refused ones
    #[arg(long)]
    failed: bool,
    /// Only those of this registration
    #[arg(long, value_name = "REG")]
    registration: Option<String>,
    /// Only those of this person, by the user ID (sub) that the platform gives them
    #[arg(long, value_name = "SUB")]
    user: Option<String>,
    /// Only those of this resource
    #[arg(long, value_name = "RES")]
    resource: Option<String>,
    /// Only those refused for this reason, such as deployment_unknown
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
}

impl Which {
    fn filter(self, limit: u32) -> LaunchFilter {
        let Self { failed, registration, user: sub, resource, reason } = self;
        LaunchFilter {
            failed,
            registration,
            resource,
            sub,
            reason,
            since: None,
            until: None,
            limit,
        }
    }
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let store = context.store()?;
    match arguments.verb {
        Verb::List { which, since, until, limit, options } => {
            let (since, until) = (
                context.moment("since", since.as_deref())?,
                context.moment("until", until.as_deref())?,
            );
            let filter = LaunchFilter { since, until, ..which.filter(limit) };
            let launches = launch_log::list(store.read(), &filter)?;
            let count = launches.len();
            context.print_list(
                LaunchList(launches.into_iter().map(LaunchView::from).collect()),
                options,
            )?;
            context.note_limit(count, limit);
            Ok(())
        }
        Verb::Show { id } => context.print(&LaunchView::from(launch_log::show(store.read(), &id)?)),
        Verb::Follow { which } => follow::run(context, &store, &which.filter(0)),
        Verb::Stats { since, registration, options } => {
            let since = parse_moment("since", &since, context.now())?;
            context.print_list(
                LaunchStatsList::new(
                    &launch_log::stats(store.read(), registration.as_deref(), since)?,
                    since,
                ),
                options,
            )
        }
    }
}
