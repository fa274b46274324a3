//! `ltictl platform`: a platform's details and policy.

use clap::{Args, Subcommand};

use super::context::{Context, Question};
use super::examples::Examples;
use super::import;
use super::keep_users::{self, UserArguments};
use super::list_options::ListOptions;
use super::registration::{next_step, nothing_to_change, print_platform};
use super::typed::{self, typed_command, typed_words};
use crate::admin::{connect, dynamic};
use crate::domain::{PlatformDetails, Registration, RegistrationRef};
use crate::failure::Failure;
use crate::report::view::{PlatformList, PlatformView};
use crate::rules::registration::{self, DETAILS, PlatformChange};
use crate::rules::{identity, tenancy};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "set",
        &[
            ("ltictl platform set moodle-prod", "Prompt for the five values"),
            (
                "ltictl platform set moodle-prod --issuer https://moodle.example.edu --client-id \
                 abc --keyset-url https://moodle.example.edu/mod/lti/certs.php --access-token-url \
                 https://moodle.example.edu/mod/lti/token.php --authentication-request-url \
                 https://moodle.example.edu/mod/lti/auth.php",
                "Set the values on the command line",
            ),
            (
                "ltictl platform set moodle-prod --allow-private-network --leeway 120s",
                "Accept a platform whose clock is off, in a private network",
            ),
        ],
    ),
    ("list", &[("ltictl platform list", "List the platforms of all registrations")]),
    ("show", &[("ltictl platform show moodle-prod", "Show the platform's details and policy")]),
    (
        "import",
        &[
            ("ltictl platform import moodle-prod -", "Import pasted text, up to Ctrl-D"),
            (
                "ltictl platform import canvas-prod --preset canvas --client-id 10000000000001",
                "Import a hosted platform, for which only the client ID is needed",
            ),
            (
                "ltictl platform import moodle-prod \
                 https://moodle.example.edu/mod/lti/openid-configuration.php --client-id abc \
                 --dry-run",
                "Show what an OpenID configuration would change",
            ),
        ],
    ),
];

/// Manage a platform's details (issuer, client ID, URLs) and policy
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Set the platform's details and policy; on a terminal, prompt for missing values
    Set(Box<SetArguments>),
    /// List the platforms of all registrations
    List(ListOptions),
    /// Show the platform's details and policy
    Show {
        /// Slug of the registration
        #[arg(value_name = "REG")]
        registration: RegistrationRef,
    },
    /// Import the platform's details from JSON, from text pasted from the LMS, from a URL or from a
    /// preset
    Import(Box<import::Arguments>),
}

#[derive(Debug, Args)]
struct SetArguments {
    /// Slug of the registration
    #[arg(value_name = "REG")]
    registration: RegistrationRef,

    #[command(flatten)]
    change: PlatformChange,

    #[command(flatten, next_help_heading = "Policy")]
    users: UserArguments,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Set(arguments) => set(context, *arguments),
        Verb::List(options) => list(context, options),
        Verb::Show { registration } => show(context, &registration),
        Verb::Import(arguments) => import::run(context, *arguments),
    }
}

fn set(context: &Context, mut arguments: SetArguments) -> Result<(), Failure> {
    let (mut store, settings) = context.store_and_settings()?;
    let slug = arguments.registration.clone();
    let registration = registration::find(store.read(), &slug)?;
    let users = std::mem::take(&mut arguments.users);
    let mut change = PlatformChange { audience_is_typed: true, ..arguments.change };
    let gives_audience = change.policy.token_audience.is_some();
    if let Some(origins) = &mut change.policy.frame_ancestors {
        origins.retain(|origin| !origin.is_empty());
    }
    if !change.has_policy() || change.has_details() {
        ask_for_details(context, &registration, &mut change)?;
    }
    let dependents = users.decide(context, &store, &slug, &mut change, &typed_command())?;
    let registered = connect::set_platform(&mut store, &slug, &change, context.now())
        .map_err(|failure| typed::corrected(failure, &registration.slug, &typed_words()))?;
    print_platform(context, &store, &settings, &registered.0)?;
    let (before, after) = (identity::effective(&registration), identity::effective(&registered.0));
    if registration.platform.is_some() && before != after {
        context.note(&format!("\nUsers are now identified by {after}, no longer by {before}."));
    }
    keep_users::note(context, &change, dependents);
    if let Some(warning) = tenancy::audience_warning(&registered.0).filter(|_| gives_audience) {
        context.note(&warning);
    }
    next_step(context, &store, &registered)?;
    Ok(())
}

/// On a terminal, prompts for details that are neither given nor stored; if none is given, for all
/// five, with the stored ones as defaults.
fn ask_for_details(
    context: &Context,
    registration: &Registration,
    change: &mut PlatformChange,
) -> Result<(), Failure> {
    let known = registration.platform.as_ref().map(PlatformDetails::values);
    let none_given = !change.has_details();
    if !context.may_ask() {
        return match (none_given, known) {
            (true, Some(_)) => {
                Err(nothing_to_change(format!("ltictl platform set {} --help", registration.slug)))
            }
            (true, None) => {
                Err(registration::incomplete(&registration.slug, &DETAILS.map(|row| row.flag)))
            }
            // `set_platform` names the missing flags.
            (false, _) => Ok(()),
        };
    }
    let command = format!("ltictl platform set {} --help", registration.slug);
    let allow_http = change.policy.allow_http.unwrap_or(registration.policy.allow_http);
    for (place, value) in change.details_mut().into_iter().enumerate() {
        // Check values from flags before prompting for the others.
        if let Some(value) = value {
            registration::check_detail(place, value, allow_http)?;
        }
    }
    for (place, value) in change.details_mut().into_iter().enumerate() {
        if value.is_none() && (known.is_none() || none_given) {
            let row = DETAILS[place];
            let default = known.map(|known| known[place]);
            let question =
                Question { text: row.label(), default, flag: row.flag, command: &command };
            *value =
                Some(context.ask(&question, |answer| {
                    registration::check_detail(place, answer, allow_http)
                })?);
        }
    }
    Ok(())
}

fn list(context: &Context, options: ListOptions) -> Result<(), Failure> {
    let (store, settings) = context.store_and_settings()?;
    let read = store.read();
    context.print_rows::<PlatformList>(
        |take| {
            read.each_registration(|registration, _| {
                let status = dynamic::status(read, &settings, registration.id, context.now())?;
                take(PlatformView::new(&registration, &status, context.now()))
            })
        },
        || Ok(read.registration_count()?),
        options,
    )
}

fn show(context: &Context, slug: &RegistrationRef) -> Result<(), Failure> {
    let (store, settings) = context.store_and_settings()?;
    let registration = registration::find(store.read(), slug)?;
    print_platform(context, &store, &settings, &registration)
}
