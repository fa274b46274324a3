//! `ltictl doctor`: diagnoses problems and suggests fixes.

use std::cell::Cell;

use clap::Args;

use super::context::Context;
use super::examples::Examples;
use super::list_options::ListOptions;
use super::serve::runtime;
use crate::doctor::{self, Finding, Live, Totals};
use crate::domain::{Clock, RegistrationRef};
use crate::failure::Failure;
use crate::platform::PlatformClient;
use crate::report::progress::Bar;
use crate::report::{ShownFindings, Taken};
use crate::rules::progress::Progress as _;
use crate::store::{Database, Pool, Store};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[(
    "",
    &[
        ("ltictl doctor", "Check everything"),
        (
            "ltictl doctor moodle-prod --live",
            "Check one platform, and request an access token from it",
        ),
        ("ltictl doctor --all", "Show every check, not only the problems"),
        ("ltictl doctor --offline -o json", "Check only stored data, and print the result as JSON"),
    ],
)];

/// Diagnose launch problems and suggest fixes
///
/// Checks stored data and the launch log, whether the tool is reachable at its public URL, and
/// whether the platforms respond. Nothing is changed. Tables show the problems, those of the
/// registration with the most first, and only count what is well; with --all, --filter or --search
/// they show other checks, too. JSON, YAML and CSV contain every check. The exit code is 7 if a
/// check fails; warnings count only with --strict. To read what a check does and why, run ltictl
/// explain CHECK.
#[derive(Debug, Default, Args)]
pub(super) struct Arguments {
    /// Slug of the registration or LTI 1.1 consumer to check [default: all of them]
    #[arg(value_name = "REG")]
    registration: Option<RegistrationRef>,
    /// Do not contact the tool's own server or any platform
    #[arg(long)]
    offline: bool,
    /// Request an access token from each platform, as for grades and members, and wait for a notice
    /// where they are offered; what the platform has set is restored
    #[arg(long, conflicts_with = "offline")]
    live: bool,
    /// Treat warnings as failed checks, for pipelines
    #[arg(long)]
    strict: bool,
    /// Show every check, not only those with problems
    #[arg(long)]
    all: bool,
    /// Show only checks with problems in formats for programs, too
    #[arg(long, conflicts_with = "all")]
    problems: bool,
    /// Allow requests to platforms in private networks, like ltictl serve --allow-private-network
    #[arg(long)]
    allow_private_network: bool,
    #[command(flatten)]
    options: ListOptions,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let totals = check_and_print(context, &arguments)?;
    totals.failure(arguments.strict).map_or(Ok(()), Err)
}

/// Passes findings to a callback, one by one.
trait Each: FnOnce(&mut dyn FnMut(Finding) -> Result<(), Failure>) -> Result<(), Failure> {}

impl<F: FnOnce(&mut dyn FnMut(Finding) -> Result<(), Failure>) -> Result<(), Failure>> Each for F {}

fn listed(findings: Vec<Finding>) -> impl Each {
    |callback: &mut dyn FnMut(Finding) -> Result<(), Failure>| {
        findings.into_iter().try_for_each(callback)
    }
}

/// Prints findings. Returns their totals.
fn print(context: &Context, arguments: &Arguments, each: impl Each) -> Result<Totals, Failure> {
    let mut totals = Totals::default();
    let shown = match (arguments.all, arguments.problems) {
        (true, _) => ShownFindings::All,
        (_, true) => ShownFindings::Problems,
        _ => ShownFindings::Default,
    };
    let counted = |take: &mut dyn FnMut(Finding) -> Taken| {
        let mut is_done = false;
        each(&mut |finding| {
            totals.add(&finding);
            if !is_done {
                is_done = take(finding)?.is_break();
            }
            Ok(())
        })?;
        Ok(totals.clone())
    };
    context.print_findings(counted, shown, arguments.options.clone())?;
    Ok(totals)
}

/// Runs the checks and prints their findings. Returns their totals.
fn check_and_print(context: &Context, arguments: &Arguments) -> Result<Totals, Failure> {
    let database = context.database()?;
    let store = match open(&database)? {
        Ok(store) => store,
        Err(findings) => return print(context, arguments, listed(findings)),
    };
    context.set_zone(&store);
    let could_not_read = Cell::new(false);
    print(context, arguments, |callback: &mut dyn FnMut(Finding) -> Result<(), Failure>| {
        let could_not_print = Cell::new(false);
        let mut print_one = |finding| callback(finding).inspect_err(|_| could_not_print.set(true));
        let examined = check(context, arguments, &store, &database, &mut print_one);
        could_not_read.set(examined.is_err() && !could_not_print.get());
        examined
    })
    // A check that cannot read its rows says less than that the file is damaged.
    .or_else(|failure| {
        let damage =
            could_not_read.get().then(|| doctor::damage(store.read(), &database)).flatten();
        damage.map_or(Err(failure), |findings| print(context, arguments, listed(findings)))
    })
}

/// The database, or the findings if it cannot be opened.
fn open(database: &Database) -> Result<Result<Store, Vec<Finding>>, Failure> {
    match Store::open(database) {
        Ok(store) => Ok(Ok(store)),
        Err(error) => doctor::open_failure(database, &error).map(Err).ok_or_else(|| error.into()),
    }
}

/// The findings for one registration and the tool, for commands that end with a check.
pub(super) fn check_registration(
    context: &Context,
    slug: &RegistrationRef,
) -> Result<Vec<Finding>, Failure> {
    let database = context.database()?;
    let store = match open(&database)? {
        Ok(store) => store,
        Err(findings) => return Ok(findings),
    };
    let arguments = Arguments { registration: Some(slug.clone()), ..Arguments::default() };
    let mut findings = Vec::new();
    let checked = check(context, &arguments, &store, &database, &mut |finding| {
        findings.push(finding);
        Ok(())
    });
    match checked {
        Ok(()) => Ok(findings),
        Err(failure) => doctor::damage(store.read(), &database).ok_or(failure),
    }
}

/// Calls `callback` with the findings of all checks.
fn check(
    context: &Context,
    arguments: &Arguments,
    store: &Store,
    database: &Database,
    callback: &mut dyn FnMut(Finding) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (read, writable, now) = (store.read(), store.check_writable(), context.now());
    let registration = arguments.registration.as_ref();
    if arguments.offline {
        return doctor::examine_offline(read, writable, database, registration, now, callback);
    }
    let offline = doctor::examine(read, writable, database, registration, now)?;
    let client = PlatformClient::new().allowing_private_networks(arguments.allow_private_network);
    let live = match arguments.live {
        true => {
            let pool = Pool::of(context.store()?)?;
            Some(Live::new(store.read(), context.random.clone())?.with_notices(pool))
        }
        false => None,
    };
    let bar = Bar::new("Contacting platforms");
    bar.expect(offline.registrations() as u64);
    let done = || bar.advance(1);
    let checked = doctor::check_online(offline, &client, Clock::System, live, done, callback);
    let checked = runtime()?.block_on(checked);
    bar.finish();
    checked
}
