//! `ltictl launch`: the log of accepted and refused launches.

mod follow;

use clap::{Args, Subcommand};

use super::context::Context;
use super::examples::Examples;
use super::explain;
use super::list_options::{ListOptions, RowOptions};
use crate::admin::launch_log;
use crate::domain::{RegistrationRef, ResourceRef, parse_moment};
use crate::failure::Failure;
use crate::report::explain_codes;
use crate::report::view::{LaunchList, LaunchStatsList, LaunchStatsView, LaunchView, LoggedLaunch};
use crate::store::{LaunchFilter, Read};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "list",
        &[
            (
                "ltictl launch list --failed --since 1h",
                "List launches refused in the last hour, and why",
            ),
            (
                "ltictl launch list --registration moodle-prod --limit 10",
                "List the newest launches from one platform",
            ),
        ],
    ),
    ("show", &[("ltictl launch show 7kq2m9xw", "Show one launch, by the ID on the error page")]),
    ("follow", &[("ltictl launch follow --failed", "Print refused launches as they arrive")]),
    (
        "stats",
        &[("ltictl launch stats --since 30d", "Count the launches of the last month by platform")],
    ),
];

/// Inspect accepted and refused launches
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List launches, newest first
    List {
        #[command(flatten)]
        filters: Filters,
        /// Show only launches since this time: 1h or 7d ago, a day, or a time such as
        /// 2026-11-25T08:00:00Z
        #[arg(long, value_name = "WHEN")]
        since: Option<String>,
        /// Show only launches before this time
        #[arg(long, value_name = "WHEN")]
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
    },
    /// Show one launch with its full cause, who has to act, and the command that fixes it
    Show {
        /// Launch ID from the error page, or request ID from the server log or the X-Request-Id
        /// header; "last" is the newest launch
        id: String,
    },
    /// Print launches as they arrive, starting with the last ten, until Ctrl-C
    ///
    /// This includes the launches of every server that uses the same database file. With -o json,
    /// each launch is one line; with -o yaml, one entry of a list.
    Follow {
        #[command(flatten)]
        filters: Filters,
    },
    /// Count accepted and refused launches and unfinished logins for each registration
    ///
    /// A login is unfinished if the platform's response did not arrive: the user gave up, the
    /// platform refused, or its redirect URI is wrong. Logins are counted by the hour and stored
    /// once a minute, so those of the last minutes may be missing.
    Stats {
        /// Start of the period: 1h or 7d ago, a day, or a time such as 2026-11-25T08:00:00Z
        #[arg(long, value_name = "WHEN", default_value = "7d")]
        since: String,
        /// Count only launches from this registration
        #[arg(long, value_name = "REG")]
        registration: Option<RegistrationRef>,
        #[command(flatten)]
        options: ListOptions,
    },
}

/// Which launches; all given conditions must match.
#[derive(Debug, Args)]
struct Filters {
    /// Show only refused launches
    #[arg(long)]
    failed: bool,
    /// Show only launches from this registration
    #[arg(long, value_name = "REG")]
    registration: Option<RegistrationRef>,
    /// Show only launches by this platform user (sub)
    #[arg(long, visible_alias = "user")]
    sub: Option<String>,
    /// Show only launches of this resource
    #[arg(long, value_name = "RES")]
    resource: Option<ResourceRef>,
    /// Show only launches refused for this reason, such as deployment_unknown
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
}

impl Filters {
    fn filter(self, limit: u32) -> LaunchFilter {
        let Self { failed, registration, sub, resource, reason } = self;
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

/// Refuses a reason that no launch has and that does not exist.
fn check_reason(read: Read<'_>, filter: &LaunchFilter) -> Result<(), Failure> {
    let Some(reason) = &filter.reason else { return Ok(()) };
    let with_reason =
        LaunchFilter { reason: Some(reason.clone()), limit: 1, ..LaunchFilter::default() };
    if read.launches(&with_reason)?.is_empty() {
        explain_codes::find(explain::all(), reason)?;
    }
    Ok(())
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let store = context.store()?;
    match arguments.verb {
        Verb::List { filters, since, until, limit, options } => {
            let (since, until) = (
                context.moment("since", since.as_deref())?,
                context.moment("until", until.as_deref())?,
            );
            let (filter, now) =
                (LaunchFilter { since, until, ..filters.filter(limit) }, context.now());
            check_reason(store.read(), &filter)?;
            context.print_log::<LaunchList>(
                |take| {
                    launch_log::each(store.read(), &filter, now, |one| take(LaunchView::from(one)))
                },
                filter != LaunchFilter { limit, ..LaunchFilter::default() },
                limit,
                options,
            )
        }
        Verb::Show { id } => {
            let launch = if id == "last" {
                launch_log::newest(store.read(), context.now())?
            } else {
                launch_log::show(store.read(), &id, context.now())?
            };
            let comparison = store.read().signature_comparison(&launch.id)?;
            context.print(&LoggedLaunch::new(launch, comparison))
        }
        Verb::Follow { filters } => {
            let filter = filters.filter(0);
            check_reason(store.read(), &filter)?;
            follow::run(context, &store, &filter)
        }
        Verb::Stats { since, registration, options } => {
            let since = parse_moment("since", &since, context.now())?;
            let read = store.read();
            let limit = context.rows_needed(&options);
            context.print_rows::<LaunchStatsList>(
                |take| {
                    for stats in launch_log::stats(read, registration.as_ref(), since, limit)? {
                        if take(LaunchStatsView::new(stats, since))?.is_break() {
                            break;
                        }
                    }
                    Ok(())
                },
                || Ok(read.registration_count()?),
                options,
            )
        }
    }
}
