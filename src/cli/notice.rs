//! `ltictl notice`: what platforms report to the tool's server, and the subscriptions to it.

use clap::{Args, Subcommand};

use super::context::Context;
use super::examples::Examples;
use super::list_options::{ListOptions, RowOptions};
use super::serve::runtime;
use crate::admin::notice;
use crate::domain::{Clock, RegistrationRef};
use crate::failure::{Failure, Kind};
use crate::platform::PlatformClient;
use crate::report::view::{NoticeList, NoticeStatusList, NoticeStatusView};
use crate::rules::registration;
use crate::store::{NoticeFilter, Pool, Read};
use crate::sync::{Synchronizer, notices};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "list",
        &[
            ("ltictl notice list", "List the newest notices"),
            (
                "ltictl notice list --registration canvas-prod --refused",
                "List notices of one platform that were refused, and why",
            ),
        ],
    ),
    ("status", &[("ltictl notice status canvas-prod", "Show the subscriptions of one platform")]),
    (
        "subscribe",
        &[
            ("ltictl notice subscribe canvas-prod", "Subscribe to what the tool itself can use"),
            (
                "ltictl notice subscribe canvas-prod --type LtiAssetProcessorSubmissionNotice",
                "Subscribe to a type for an app",
            ),
        ],
    ),
    (
        "unsubscribe",
        &[("ltictl notice unsubscribe canvas-prod", "End all subscriptions of one platform")],
    ),
];

/// Inspect what platforms report, and subscribe to it
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List notices, newest first, including refused ones
    ///
    /// Accepted notices are kept as long as launches, and at most 5,000 for each registration. Of
    /// refused ones, only the newest few are kept.
    List {
        /// Show only notices of this registration
        #[arg(long, value_name = "REG")]
        registration: Option<RegistrationRef>,
        /// Show only notices of this type, such as LtiContextCopyNotice
        #[arg(long = "type", value_name = "TYPE")]
        notice_type: Option<String>,
        /// Show only refused notices
        #[arg(long)]
        refused: bool,
        /// Show only notices since this time: 1h or 7d ago, a day, or a time such as
        /// 2026-11-25T08:00:00Z
        #[arg(long, value_name = "WHEN")]
        since: Option<String>,
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
    /// Show for each deployment which notices its platform sends to this tool, and why not
    ///
    /// A deployment appears here once a launch has named the platform's service.
    Status {
        /// Slug of the registration [default: all of them]
        #[arg(value_name = "REG")]
        registration: Option<RegistrationRef>,
        #[command(flatten)]
        options: ListOptions,
    },
    /// Subscribe to notices of a platform now
    ///
    /// The server does this automatically for the types that the tool itself can use, unless the
    /// registration has --notices off. This command also replaces the URL of another server, and
    /// asks for further types, which apps read from /api/notices. The exit code is 6 if the platform
    /// did not accept it.
    Subscribe(Change),
    /// End subscriptions to notices of a platform
    ///
    /// They stay ended until `ltictl notice subscribe`. To end them for good, use ltictl platform
    /// set REG --notices off.
    Unsubscribe(Change),
}

#[derive(Debug, Args)]
struct Change {
    /// Slug of the registration
    #[arg(value_name = "REG")]
    registration: RegistrationRef,
    /// Only this type; can be given multiple times
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Allow requests to platforms in private networks, like ltictl serve --allow-private-network
    #[arg(long)]
    allow_private_network: bool,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::List { registration, notice_type, refused, since, limit, options } => {
            let store = context.store()?;
            let since = context.moment("since", since.as_deref())?;
            let registration = registration
                .map(|reference| registration::find(store.read(), &reference))
                .transpose()?
                .map(|registration| registration.id);
            let filter = NoticeFilter { registration, notice_type, refused, since, limit };
            let is_narrowed = filter != NoticeFilter { limit, ..NoticeFilter::default() };
            context.print_log::<NoticeList>(
                |take| {
                    for one in store.read().notices(&filter)? {
                        if take(one)?.is_break() {
                            break;
                        }
                    }
                    Ok(())
                },
                is_narrowed,
                limit,
                options,
            )
        }
        Verb::Status { registration, options } => {
            let store = context.store()?;
            context.print_list(listed(store.read(), registration.as_ref())?, options)
        }
        Verb::Subscribe(change) => apply(context, &change, true),
        Verb::Unsubscribe(change) => apply(context, &change, false),
    }
}

fn listed(
    read: Read<'_>,
    registration: Option<&RegistrationRef>,
) -> Result<NoticeStatusList, Failure> {
    let status = notice::status(read, registration)?;
    Ok(NoticeStatusList(status.iter().flat_map(NoticeStatusView::rows).collect()))
}

fn apply(context: &Context, change: &Change, wanted: bool) -> Result<(), Failure> {
    let registration = &change.registration;
    let types =
        context.store()?.write(|write| notice::want(write, registration, &change.types, wanted))?;
    let client = PlatformClient::new().allowing_private_networks(change.allow_private_network);
    let pool = Pool::of(context.store()?)?;
    let synchronizer = Synchronizer::new(pool, client, Clock::System, context.random.clone());
    let replaced = if wanted { types.as_slice() } else { &[] };
    let compared = runtime()?.block_on(notices::run(&synchronizer, registration, replaced))?;
    if compared.is_empty() {
        return Err(Failure::new(
            Kind::Conflict,
            format!("the subscriptions of {registration} were not compared"),
            "the server is doing so now, or the registration is a draft",
            format!("ltictl notice status {registration}"),
        ));
    }
    let list = listed(context.store()?.read(), Some(registration))?;
    let failed = list
        .0
        .iter()
        .find(|row| {
            row.code.is_some() && row.notice_type.as_ref().is_none_or(|of| types.contains(of))
        })
        .cloned();
    context.print_list(list, ListOptions::default())?;
    match failed {
        None => Ok(()),
        Some(row) => Err(Failure::new(
            Kind::Platform,
            format!("{registration} did not accept every subscription"),
            format!("deployment {}: {}", row.deployment_id, row.problem.unwrap_or_default()),
            row.fix.unwrap_or_default(),
        )),
    }
}
