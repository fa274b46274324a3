//! `ltictl doctor`: diagnoses problems and suggests fixes.

use clap::Args;

use super::context::Context;
use super::examples::Examples;
use super::list_options::ListOptions;
use super::serve::runtime;
use crate::doctor::{self, Finding, Live};
use crate::domain::{Clock, RegistrationRef};
use crate::failure::Failure;
use crate::platform::PlatformClient;
use crate::report::progress::Bar;
use crate::report::view::Findings;
use crate::rules::progress::Progress as _;
use crate::store::Store;

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[(
    "",
    &[
        ("ltictl doctor", "Check everything"),
        (
            "ltictl doctor moodle-prod --live",
            "Check one platform, and request an access token from it",
        ),
        ("ltictl doctor --offline -o json", "Check only stored data, and print the result as JSON"),
    ],
)];

/// Diagnose launch problems and suggest fixes
///
/// Checks stored data and the launch log, whether the tool is reachable at its public URL, and
/// whether the platforms respond. Nothing is changed. The exit code is 7 if a check fails; warnings
/// count only with --strict. To read what a check does and why, run ltictl explain CHECK.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Slug of the registration to check [default: all of them]
    #[arg(value_name = "REG")]
    registration: Option<RegistrationRef>,
    /// Do not contact the tool's own server or any platform
    #[arg(long)]
    offline: bool,
    /// Request an access token from each platform, as for grades and members; the token is
    /// discarded
    #[arg(long, conflicts_with = "offline")]
    live: bool,
    /// Treat warnings as failed checks, for pipelines
    #[arg(long)]
    strict: bool,
    /// Show only checks with problems
    #[arg(long)]
    problems: bool,
    /// Allow requests to platforms in private networks, like ltictl serve --allow-private-network
    #[arg(long)]
    allow_private_network: bool,
    #[command(flatten)]
    options: ListOptions,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let findings = check(context, &arguments)?;
    let failure = doctor::failure(&findings, arguments.strict);
    context.print_list(Findings::of(findings, arguments.problems), arguments.options)?;
    failure.map_or(Ok(()), Err)
}

/// The findings for one registration and the tool, for commands that end with a check.
pub(super) fn check_registration(
    context: &Context,
    slug: &RegistrationRef,
) -> Result<Vec<Finding>, Failure> {
    check(
        context,
        &Arguments {
            registration: Some(slug.clone()),
            offline: false,
            live: false,
            allow_private_network: false,
            strict: false,
            problems: false,
            options: ListOptions::default(),
        },
    )
}

fn check(context: &Context, arguments: &Arguments) -> Result<Vec<Finding>, Failure> {
    let path = context.database()?;
    let store = match Store::open(&path) {
        Ok(store) => store,
        Err(error) => return doctor::open_failure(&path, &error).ok_or_else(|| error.into()),
    };
    let writable = store.check_writable();
    let registration = arguments.registration.as_ref();
    let (read, now) = (store.read(), context.now());
    // A check that cannot read its rows says less than that the file is damaged.
    let damage = |failure| doctor::damage(read, &path).ok_or(failure);
    if arguments.offline {
        return doctor::examine_offline(read, writable, &path, registration, now).or_else(damage);
    }
    let offline = match doctor::examine(read, writable, &path, registration, now) {
        Ok(offline) => offline,
        Err(failure) => return damage(failure),
    };
    let client = PlatformClient::new().allowing_private_networks(arguments.allow_private_network);
    let live =
        arguments.live.then(|| Live::new(store.read(), context.random.clone())).transpose()?;
    let bar = Bar::new("Contacting platforms");
    bar.expect(offline.registrations() as u64);
    let findings =
        runtime()?.block_on(doctor::check_online(offline, &client, Clock::System, live, || {
            bar.advance(1)
        }));
    bar.finish();
    Ok(findings)
}
