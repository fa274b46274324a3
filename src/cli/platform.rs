//! `ltictl platform`: what a platform told you, and how it is treated.

use clap::{Args, Subcommand};

use super::context::{Context, Question};
use super::examples::Examples;
use super::import;
use super::keep_users::{self, UserArguments, typed_command};
use super::registration::{next_step, nothing_to_change, print};
use crate::admin::{connect, dynamic};
use crate::domain::{DeploymentPolicy, Invalid, Registration, SigningAlgorithms};
use crate::failure::Failure;
use crate::report::view::PlatformView;
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
                 abc --keyset-url https://moodle.example.edu/mod/lti/certs.php --token-url \
                 https://moodle.example.edu/mod/lti/token.php --auth-url \
                 https://moodle.example.edu/mod/lti/auth.php",
                "Set the values on the command line",
            ),
            (
                "ltictl platform set moodle-prod --allow-private-network --leeway 120s",
                "Accept a platform whose clock is off, in a private network",
            ),
        ],
    ),
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

/// Manage a platform's details (issuer, client ID and URLs) and policy
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
    /// Show the platform's details and policy
    Show {
        /// Slug of the registration
        #[arg(value_name = "REG")]
        registration: String,
    },
    /// Import the platform's details from JSON, from text pasted from the LMS, from a URL or from a
    /// preset
    Import(Box<import::Arguments>),
}

#[derive(Debug, Args)]
struct SetArguments {
    /// Slug of the registration
    #[arg(value_name = "REG")]
    registration: String,

    /// "Platform ID (issuer)"; compared byte by byte
    #[arg(long, value_name = "URL", help_heading = "Platform details")]
    issuer: Option<String>,
    /// "Client ID"
    #[arg(long, value_name = "ID", help_heading = "Platform details", allow_hyphen_values = true)]
    client_id: Option<String>,
    /// "Public keyset URL"
    #[arg(long, value_name = "URL", help_heading = "Platform details")]
    keyset_url: Option<String>,
    /// "Access token URL"
    #[arg(long, value_name = "URL", help_heading = "Platform details")]
    token_url: Option<String>,
    /// "Authentication request URL"
    #[arg(long, value_name = "URL", help_heading = "Platform details")]
    auth_url: Option<String>,

    /// Audience of client assertions; "" resets it to the access token URL
    ///
    /// Brightspace needs one that differs from its access token URL; its preset sets it. An
    /// audience on another host than the access token URL causes a warning, because whoever runs
    /// the URL's host receives assertions that are valid at the audience.
    #[arg(long, value_name = "AUDIENCE", help_heading = "Policy")]
    token_audience: Option<String>,
    /// Accepted signing algorithms, separated by commas
    ///
    /// One or more of RS256, RS384, RS512, PS256, PS384, PS512, ES256 and ES384. Only these are
    /// accepted, regardless of what a launch claims. Nearly every platform signs with RS256.
    #[arg(long, value_name = "LIST", help_heading = "Policy")]
    algorithms: Option<String>,
    /// Product such as moodle, for advice; "" clears it
    #[arg(long, value_name = "PLATFORM", help_heading = "Policy")]
    product: Option<String>,
    /// How to handle unknown deployments: known refuses them, accept adds them
    #[arg(long, value_name = "POLICY", help_heading = "Policy")]
    deployments: Option<String>,
    /// How much the platform's clock may differ: 0s to 300s
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, help_heading = "Policy")]
    leeway: Option<String>,
    /// Accept launches that do not identify the user
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Policy")]
    allow_anonymous: Option<bool>,
    /// Accept http:// URLs for hosts other than this machine
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Policy")]
    allow_http: Option<bool>,
    /// Allow the server to contact the platform in a private network, such as 10.x
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Policy")]
    allow_private_network: Option<bool>,
    /// Additional origin that may frame this tool; "" clears all of them
    ///
    /// For instance a vanity domain, or https://*.example.edu. Can be given multiple times;
    /// previous origins are replaced.
    #[arg(long, value_name = "ORIGIN", help_heading = "Policy")]
    frame_ancestor: Option<Vec<String>>,
    /// What identifies users: auto, issuer, client-id, deployment
    ///
    /// By default, users are identified by the platform's issuer, so that all registrations of one
    /// issuer share their users. If customers of a platform share its issuer (Canvas, Blackboard
    /// and Schoology in the cloud), the same identifier may belong to different people: client-id
    /// distinguishes users by client ID, deployment by deployment. auto uses what is known about
    /// the issuer. With --keep-users, people keep their accounts when this changes.
    #[arg(long, value_name = "WHAT", help_heading = "Policy")]
    identity: Option<String>,

    #[command(flatten, next_help_heading = "Policy")]
    users: UserArguments,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Set(arguments) => set(context, *arguments),
        Verb::Show { registration } => show(context, &registration),
        Verb::Import(arguments) => import::run(context, *arguments),
    }
}

fn set(context: &Context, mut arguments: SetArguments) -> Result<(), Failure> {
    let (mut store, settings) = context.store_and_settings()?;
    let slug = arguments.registration.clone();
    let registration = registration::find(store.read(), &slug)?;
    let users = std::mem::take(&mut arguments.users);
    let gives_audience = arguments.token_audience.is_some();
    let mut change = to_change(arguments)?;
    if !change.has_policy() || change.has_details() {
        ask_for_details(context, &registration, &mut change)?;
    }
    let dependents = users.decide(context, &store, &slug, &mut change, &typed_command())?;
    let registered = connect::set_platform(&mut store, &slug, &change, context.now())?;
    print(context, &settings, &registered)?;
    let (before, after) = (identity::effective(&registration), identity::effective(&registered.0));
    if registration.platform.is_some() && before != after {
        context.note(&format!("\nUsers are now identified by {after}, no longer by {before}."));
    }
    keep_users::note(context, &change, dependents);
    if let Some(warning) = tenancy::audience_warning(&registered.0).filter(|_| gives_audience) {
        context.note(&warning);
    }
    next_step(context, &registered);
    Ok(())
}

fn to_change(arguments: SetArguments) -> Result<PlatformChange, Failure> {
    let leeway_seconds = match arguments.leeway.as_deref() {
        None => None,
        Some(text) => {
            let seconds =
                text.strip_suffix('s').unwrap_or(text).parse().map_err(|_| {
                    Invalid::new("leeway", "must be a number of seconds such as 60s")
                })?;
            Some(seconds)
        }
    };
    Ok(PlatformChange {
        issuer: arguments.issuer,
        client_id: arguments.client_id,
        keyset_url: arguments.keyset_url,
        access_token_url: arguments.token_url,
        authentication_request_url: arguments.auth_url,
        token_audience: arguments.token_audience,
        audience_is_typed: true,
        algorithms: arguments
            .algorithms
            .map(|list| list.parse::<SigningAlgorithms>())
            .transpose()?,
        product: arguments.product,
        configuration_url: None,
        deployments: arguments
            .deployments
            .map(|word| word.parse::<DeploymentPolicy>())
            .transpose()?,
        leeway_seconds,
        allow_anonymous: arguments.allow_anonymous,
        allow_http: arguments.allow_http,
        allow_private_network: arguments.allow_private_network,
        identity: match arguments.identity.as_deref() {
            None => None,
            Some("auto") => Some(None),
            Some(word) => Some(Some(word.parse().map_err(|_| {
                Invalid::new("identity", "must be one of auto, issuer, client-id, deployment")
            })?)),
        },
        users: None,
        frame_ancestors: arguments
            .frame_ancestor
            .map(|origins| origins.into_iter().filter(|origin| !origin.is_empty()).collect()),
    })
}

/// On a terminal, asks for the details that are neither given nor known; all five, with what is
/// known as the default, when none is given.
fn ask_for_details(
    context: &Context,
    registration: &Registration,
    change: &mut PlatformChange,
) -> Result<(), Failure> {
    let known = registration.platform.as_ref().map(|platform| {
        [
            platform.issuer.as_str(),
            platform.client_id.as_str(),
            platform.keyset_url.as_str(),
            platform.access_token_url.as_str(),
            platform.authentication_request_url.as_str(),
        ]
    });
    let none_given = !change.has_details();
    if !context.may_ask() {
        return match (none_given, known) {
            (true, Some(_)) => {
                Err(nothing_to_change(format!("ltictl platform set {} --help", registration.slug)))
            }
            (true, None) => {
                Err(registration::incomplete(&registration.slug, &DETAILS.map(|(_, _, flag)| flag)))
            }
            // The use case names the flags that are missing.
            (false, _) => Ok(()),
        };
    }
    let command = format!("ltictl platform set {} --help", registration.slug);
    let allow_http = change.allow_http.unwrap_or(registration.policy.allow_http);
    for (place, value) in change.details_mut().into_iter().enumerate() {
        // Nobody should answer four questions to hear that the fifth value, given as a flag, is no
        // good.
        if let Some(value) = value {
            registration::check_detail(place, value, allow_http)?;
        }
    }
    for (place, value) in change.details_mut().into_iter().enumerate() {
        if value.is_none() && (known.is_none() || none_given) {
            let (_, label, flag) = DETAILS[place];
            let default = known.map(|known| known[place]);
            let question = Question { text: label, default, flag, command: &command };
            *value =
                Some(context.ask(&question, |answer| {
                    registration::check_detail(place, answer, allow_http)
                })?);
        }
    }
    Ok(())
}

fn show(context: &Context, slug: &str) -> Result<(), Failure> {
    let (store, settings) = context.store_and_settings()?;
    let registration = registration::find(store.read(), slug)?;
    let standing = dynamic::standing(store.read(), &settings, registration.id, context.now())?;
    context.print(&PlatformView::new(&registration, &standing, context.now()))
}
