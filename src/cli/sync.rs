//! `ltictl sync`: synchronizes grades and members, by hand or from cron, and shows their status.

use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use jiff::SignedDuration;

use super::context::Context;
use super::examples::Examples;
use super::serve::runtime;
use crate::domain::{Clock, RegistrationRef, ResourceRef};
use crate::failure::{Failure, Kind};
use crate::platform::PlatformClient;
use crate::report::progress::Bar;
use crate::report::view::{GradeSyncView, MemberSyncView, SyncStatusView};
use crate::rules::progress::Progress;
use crate::store::Pool;
use crate::sync::grades::{self, GradeRun};
use crate::sync::members::{self, MemberRun, force_command};
use crate::sync::status::{self, Selected};
use crate::sync::{CONCURRENCY, Limits, Synchronizer};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "grades",
        &[
            ("ltictl sync grades --dry-run", "Show what would be sent"),
            ("ltictl sync grades --retry", "Retry all unsent grades now"),
        ],
    ),
    (
        "members",
        &[
            (
                "ltictl sync members --resource algebra-quiz",
                "Synchronize the members of one resource",
            ),
            (
                "ltictl sync members --resource algebra-quiz --registration north-high --force",
                "Unenrol missing members, even if they are more than half",
            ),
        ],
    ),
    (
        "status",
        &[("ltictl sync status", "Show pending and rejected grades, and why they were rejected")],
    ),
];

/// Synchronize grades and members with the platforms
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Send pending grades to the platforms
    ///
    /// `ltictl serve` also does this, every `sync_interval` (ltictl config get sync_interval). Only
    /// one process at a time works on a registration; the other one skips it. The exit code is 6 if
    /// a platform failed, refused a grade or did not finish in time; the summary names it, and
    /// grades for the other platforms are still sent.
    Grades {
        #[command(flatten)]
        scope: Scope,
        /// Retry all unsent grades now, including refused ones
        #[arg(long)]
        retry: bool,
    },
    /// Synchronize course members from the platforms
    ///
    /// Members whom a platform no longer lists are unenrolled, depending on the resource's
    /// --member-sync; accounts and grades are kept. If more than half of a link's members are
    /// missing, no one is unenrolled without --force. A list that takes longer than --timeout is
    /// continued by the next run. The exit code is 6 if a platform's list could not be read
    /// completely, and 7 if missing members were not unenrolled.
    Members {
        #[command(flatten)]
        scope: Scope,
        /// Unenrol even if more than half of a link's members are missing
        #[arg(long)]
        force: bool,
    },
    /// Show synchronized, waiting and failed grades and member lists, and why they failed
    ///
    /// If there are more than 100 links, only those are listed that have unsent grades or a list of
    /// members that was not read completely.
    Status {
        /// Show only this resource
        #[arg(long, value_name = "RES")]
        resource: Option<ResourceRef>,
        /// List all links, however many there are
        #[arg(long, conflicts_with = "resource")]
        all: bool,
    },
}

#[derive(Debug, Args)]
struct Scope {
    /// Synchronize only this resource
    #[arg(long, value_name = "RES")]
    resource: Option<ResourceRef>,
    /// Synchronize only this registration
    #[arg(long, value_name = "REG")]
    registration: Option<RegistrationRef>,
    /// Print what would be sent or changed, without doing it
    #[arg(long)]
    dry_run: bool,
    /// Maximum concurrent requests per platform
    #[arg(long, value_name = "NUMBER", default_value_t = CONCURRENCY, value_parser = clap::value_parser!(u16).range(1..=64))]
    concurrency: u16,
    /// Maximum time for each platform, such as 90s or 30m; the rest waits for the next run
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = timeout)]
    timeout: Duration,
    /// Allow all registrations to use private networks, for platforms on 10.x for example
    #[arg(long)]
    allow_private_network: bool,
}

fn timeout(text: &str) -> Result<Duration, String> {
    let time: SignedDuration = text
        .parse()
        .map_err(|_| "a duration is a number with a unit, such as 90s, 30m or 2h".to_owned())?;
    let allowed = Duration::from_millis(1)..=Duration::from_secs(24 * 60 * 60);
    Duration::try_from(time)
        .ok()
        .filter(|time| allowed.contains(time))
        .ok_or_else(|| "it must be between 1ms and 24h".to_owned())
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Grades { scope, retry } => send_grades(context, scope, retry),
        Verb::Members { scope, force } => take_members(context, scope, force),
        Verb::Status { resource, all } => {
            let store = context.store()?;
            let selected = match &resource {
                Some(resource) => Selected::OfResource(resource),
                None if all => Selected::All,
                None => Selected::Reportable,
            };
            let status = status::status(store.read(), selected, context.now())?;
            context.print(&SyncStatusView::new(&status))
        }
    }
}

fn synchronizer(context: &Context, scope: &Scope) -> Result<Synchronizer, Failure> {
    let client = PlatformClient::new().allowing_private_networks(scope.allow_private_network);
    let synchronizer = Synchronizer::new(
        Pool::of(context.store()?)?,
        client,
        Clock::System,
        context.random.clone(),
    );
    let limits = Limits { time: scope.timeout, ..synchronizer.limits };
    Ok(Synchronizer { concurrency: scope.concurrency, limits, ..synchronizer })
}

fn send_grades(context: &Context, scope: Scope, retry: bool) -> Result<(), Failure> {
    let synchronizer = synchronizer(context, &scope)?;
    let run = GradeRun {
        resource: scope.resource,
        registration: scope.registration,
        dry_run: scope.dry_run,
        retry,
        names_missing_columns: true,
    };
    let bar = Bar::new("Grades");
    let progress: Arc<dyn Progress> = Arc::new(bar.clone());
    let summary = runtime()?.block_on(grades::run(&synchronizer, &run, progress));
    bar.finish();
    let summary = summary?;
    context.print(&GradeSyncView(&summary))?;
    if let Some(problem) = summary.problems.first() {
        return Err(Failure::new(
            Kind::Platform,
            format!(
                "some grades could not be sent: {} will be retried, {} were refused",
                summary.waiting, summary.refused
            ),
            format!("{}: {}", problem.registration, problem.problem),
            "ltictl sync status",
        ));
    }
    Ok(())
}

fn take_members(context: &Context, scope: Scope, force: bool) -> Result<(), Failure> {
    let synchronizer = synchronizer(context, &scope)?;
    let run = MemberRun {
        resource: scope.resource,
        registration: scope.registration,
        dry_run: scope.dry_run,
        force,
    };
    let bar = Bar::new("Members");
    let progress: Arc<dyn Progress> = Arc::new(bar.clone());
    let summary = runtime()?.block_on(members::run(&synchronizer, &run, progress));
    bar.finish();
    let summary = summary?;
    context.print(&MemberSyncView(&summary))?;
    if let Some(problem) = summary.resources.iter().flat_map(|resource| &resource.problems).next() {
        return Err(Failure::new(
            Kind::Platform,
            "some lists of members could not be read completely; no one on these lists was \
             unenrolled",
            format!(
                "{}, link {}: {}",
                problem.registration, problem.resource_link_id, problem.problem
            ),
            "ltictl sync status",
        ));
    }
    if let Some((resource, held)) = summary
        .resources
        .iter()
        .find_map(|resource| Some((resource, resource.held_back_links.first()?)))
    {
        return Err(Failure::new(
            Kind::Check,
            format!(
                "{} people of {} are missing on the platform and were not unenrolled",
                resource.held_back, resource.resource
            ),
            format!(
                "{} no longer lists {} of the {} members of the link {}: more than half, which \
                 looks like a mistake",
                held.registration, held.missing, held.members, held.resource_link_id
            ),
            format!(
                "{}, if they have really left",
                force_command(&resource.resource, &held.registration)
            ),
        ));
    }
    Ok(())
}
