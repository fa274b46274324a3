//! `ltictl sync`: grades out, members in, by hand or from cron; and how they stand.

use std::sync::Arc;

use clap::{Args, Subcommand};

use super::context::Context;
use super::examples::Examples;
use super::serve::runtime;
use crate::domain::Clock;
use crate::platform::{PlatformClient, Tokens};
use crate::report::progress::Bar;
use crate::report::view::{GradeSyncView, MemberSyncView, SyncStatusView};
use crate::store::Pool;
use crate::usecase::sync::grades::{self, GradeRun};
use crate::usecase::sync::members::{self, MemberRun};
use crate::usecase::sync::{CONCURRENCY, Progress, Synchroniser, status};
use crate::usecase::{Failure, Kind};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    ("grades", &[("ltictl sync grades --dry-run", "What would be sent"), ("ltictl sync grades --retry", "Try again at once what is stuck")]),
    (
        "members",
        &[
            ("ltictl sync members --resource algebra-quiz", "Take over who takes part in one resource"),
            ("ltictl sync members --force", "Also when more than half would go"),
        ],
    ),
    ("status", &[("ltictl sync status", "What waits, and what was refused and why")]),
];

/// Grades out, members in
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Send the grades that platforms do not have yet
    ///
    /// `ltictl serve` does it every `sync_interval` (ltictl config get sync_interval); whichever comes first works, the other one leaves it alone. The exit code is 6 when a platform
    /// failed or refused a grade.
    Grades {
        #[command(flatten)]
        scope: Scope,
        /// Try again at once what is stuck, also what a platform has refused
        #[arg(long)]
        retry: bool,
    },
    /// Take over who takes part in courses on the platforms
    ///
    /// Whom a platform no longer lists is unenrolled, as the resource's --member-sync says; accounts and grades stay. When more than half would go, nobody goes without --force. The
    /// exit code is 6 when a platform's list could not be read, and 7 when somebody was held back.
    Members {
        #[command(flatten)]
        scope: Scope,
        /// Unenrol even when more than half would go
        #[arg(long)]
        force: bool,
    },
    /// Show what platforms have, what waits, and what failed and why
    Status {
        /// Only this resource
        #[arg(long, value_name = "RES")]
        resource: Option<String>,
    },
}

#[derive(Debug, Args)]
struct Scope {
    /// Only this resource
    #[arg(long, value_name = "RES")]
    resource: Option<String>,
    /// Print what would be sent or changed, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// How many requests one platform gets at the same time
    #[arg(long, value_name = "NUMBER", default_value_t = CONCURRENCY, value_parser = clap::value_parser!(u16).range(1..=64))]
    concurrency: u16,
    /// Let every registration reach private networks, as for platforms on 10.x
    #[arg(long)]
    allow_private_network: bool,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Grades { scope, retry } => send_grades(context, scope, retry),
        Verb::Members { scope, force } => take_members(context, scope, force),
        Verb::Status { resource } => {
            let store = context.store()?;
            context.print(&SyncStatusView::new(&status::status(store.read(), resource.as_deref(), context.now())?))
        }
    }
}

fn synchroniser(context: &Context, scope: &Scope) -> Result<Synchroniser, Failure> {
    let client = PlatformClient::new().allowing_private_networks(scope.allow_private_network);
    Ok(Synchroniser {
        pool: Pool::of(context.store()?)?,
        tokens: Tokens::new(client.clone(), Clock::System, context.random.clone()),
        client,
        clock: Clock::System,
        random: context.random.clone(),
        concurrency: scope.concurrency,
    })
}

fn send_grades(context: &Context, scope: Scope, retry: bool) -> Result<(), Failure> {
    let synchroniser = synchroniser(context, &scope)?;
    let run = GradeRun { resource: scope.resource, dry_run: scope.dry_run, retry };
    let bar = Bar::new("Grades");
    let progress: Arc<dyn Progress> = Arc::new(bar.clone());
    let summary = runtime()?.block_on(grades::run(&synchroniser, &run, progress));
    bar.finish();
    let summary = summary?;
    context.print(&GradeSyncView(&summary))?;
    if let Some(problem) = summary.problems.first() {
        return Err(Failure::new(
            Kind::Platform,
            format!("not every grade could be sent: {} to be tried again, {} refused", summary.waiting, summary.refused),
            format!("{}: {}", problem.registration, problem.problem),
            "ltictl sync status",
        ));
    }
    Ok(())
}

fn take_members(context: &Context, scope: Scope, force: bool) -> Result<(), Failure> {
    let synchroniser = synchroniser(context, &scope)?;
    let run = MemberRun { resource: scope.resource, dry_run: scope.dry_run, force };
    let bar = Bar::new("Members");
    let progress: Arc<dyn Progress> = Arc::new(bar.clone());
    let summary = runtime()?.block_on(members::run(&synchroniser, &run, progress));
    bar.finish();
    let summary = summary?;
    context.print(&MemberSyncView(&summary))?;
    if let Some(problem) = summary.resources.iter().flat_map(|resource| &resource.problems).next() {
        return Err(Failure::new(
            Kind::Platform,
            "not every list of members could be read, and nobody on such a list was unenrolled",
            format!("{}: {}", problem.registration, problem.problem),
            "ltictl sync status",
        ));
    }
    if let Some(resource) = summary.resources.iter().find(|resource| resource.held_back > 0) {
        return Err(Failure::new(
            Kind::Check,
            format!("{} people of {} are missing on the platform and were not unenrolled", resource.held_back, resource.resource),
            "they are more than half of its members, which looks like a mistake",
            format!("ltictl sync members --resource {} --force, if they have really left", resource.resource),
        ));
    }
    Ok(())
}
