//! `ltictl sync`: grades out, members in, by hand or from cron; and how they stand.

use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use jiff::SignedDuration;

use super::context::Context;
use super::examples::Examples;
use super::serve::runtime;
use crate::domain::Clock;
use crate::failure::{Failure, Kind};
use crate::platform::PlatformClient;
use crate::report::progress::Bar;
use crate::report::view::{GradeSyncView, MemberSyncView, SyncStatusView};
use crate::rules::progress::Progress;
use crate::store::Pool;
use crate::sync::grades::{self, GradeRun};
use crate::sync::members::{self, MemberRun, force_command};
use crate::sync::{CONCURRENCY, Limits, Synchronizer, status};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "grades",
        &[
            ("ltictl sync grades --dry-run", "What would be sent"),
            ("ltictl sync grades --retry", "Try again at once what is stuck"),
        ],
    ),
    (
        "members",
        &[
            (
                "ltictl sync members --resource algebra-quiz",
                "Take over who takes part in one resource",
            ),
            (
                "ltictl sync members --resource algebra-quiz --registration north-high --force",
                "Unenrol even more than half of a link's members",
            ),
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
    /// `ltictl serve` does it every `sync_interval` (ltictl config get sync_interval); whichever
    /// comes to a registration first works there, the other one leaves it alone. The exit code is 6
    /// when a platform failed, refused a grade or did not finish in time; the summary names it, and
    /// what could be sent to the others has been sent.
    Grades {
        #[command(flatten)]
        scope: Scope,
        /// Try again at once what is stuck, also what a platform has refused
        #[arg(long)]
        retry: bool,
    },
    /// Take over who takes part in courses on the platforms
    ///
    /// Whom a platform no longer lists is unenrolled, as the resource's --member-sync says;
    /// accounts and grades stay. When more than half of a link's members are missing, none of them
    /// is unenrolled without --force. A list that takes longer than --timeout is continued by the
    /// next run. The exit code is 6 when a platform's list could not be read to its end, and 7 when
    /// someone was held back.
    Members {
        #[command(flatten)]
        scope: Scope,
        /// Unenrol even if more than half of a link's members are missing
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
    /// Only this registration
    #[arg(long, value_name = "REG")]
    registration: Option<String>,
    /// Print what would be sent or changed, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// How many requests one platform gets at the same time
    #[arg(long, value_name = "NUMBER", default_value_t = CONCURRENCY, value_parser = clap::value_parser!(u16).range(1..=64))]
    concurrency: u16,
    /// Maximum time for each platform, such as 90s or 30m; what is left waits for the next run
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = timeout)]
    timeout: Duration,
    /// Let every registration reach private networks, as for platforms on 10.x
    #[arg(long)]
    allow_private_network: bool,
}

/// From a fraction of a second to a day.
fn timeout(text: &str) -> Result<Duration, String> {
    let time: SignedDuration = text
        .parse()
        .map_err(|_| "a time is a number with a unit, such as 90s, 30m or 2h".to_owned())?;
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
        Verb::Status { resource } => {
            let store = context.store()?;
            context.print(&SyncStatusView::new(&status::status(
                store.read(),
                resource.as_deref(),
                context.now(),
            )?))
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
                "not every grade could be sent: {} to be tried again, {} refused",
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
            "not every list of members could be read to its end, and no one on such a list was \
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
                "{} lists {} of the {} members of the link {} no longer: more than half, which \
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
