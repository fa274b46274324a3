//! `ltictl registration`: learning platforms that use this tool.

mod connect;
mod guide;
mod platform_values;
mod wait;

use clap::{Arg, Args, Subcommand};

use super::context::{Context, Question};
use super::examples::Examples;
use super::list_options::ListOptions;
use super::next::Progress;
use super::preset;
use super::sheet;
use super::typed::{self, typed_words};
use crate::admin::dynamic::{self, RegistrationStatus};
use crate::admin::register::{self, NewRegistration};
use crate::domain::{
    Deployment, DeploymentId, InvitationLifetime, Missing, Name, Registration, RegistrationRef,
    Settings, Slug, Status,
};
use crate::failure::{Failure, Kind, counted, shell_word};
use crate::report::counted_in_words;
use crate::report::view::{
    DynamicRegistrationView, PlatformView, RegistrationList, RegistrationUrlView, RegistrationView,
    ToolDetails,
};
use crate::rules::registration::{self, PlatformChange, Registered};
use crate::rules::state_key;
use crate::store::{DeletionExtent, Store};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "create",
        &[
            (
                "ltictl registration create \"Moodle Prod\"",
                "Create a draft with the slug moodle-prod, and print what to enter in Moodle",
            ),
            (
                "ltictl registration create \"Moodle Prod\" --if-not-exists -o json",
                "Create it from a script that may run more than once",
            ),
            (
                "ltictl registration create \"Moodle Prod\" --issuer https://moodle.example.edu \
                 --client-id abc --keyset-url https://moodle.example.edu/mod/lti/certs.php \
                 --access-token-url https://moodle.example.edu/mod/lti/token.php \
                 --authentication-request-url https://moodle.example.edu/mod/lti/auth.php \
                 --deployment-id 3 --deployment-name \"Whole site\"",
                "Create it with everything that the platform shows",
            ),
            (
                "ltictl registration create \"Canvas Prod\" --preset canvas --client-id \
                 10000000000001",
                "Create one of a hosted platform, which needs only the client ID",
            ),
            (
                "ltictl registration create \"Moodle Test\" --same-platform moodle-prod \
                 --client-id kX3bW2yOzVn6LqR --deployment-id 7",
                "Add another client ID of a platform beside the first one",
            ),
        ],
    ),
    (
        "list",
        &[
            ("ltictl registration list", "List all platforms with their status"),
            ("ltictl registration list -o json", "List all platforms as JSON, for a script"),
        ],
    ),
    (
        "show",
        &[(
            "ltictl registration show moodle-prod",
            "Show a registration, and what is still missing",
        )],
    ),
    (
        "rename",
        &[(
            "ltictl registration rename moodle-prod \"Moodle of the university\"",
            "Change the display name; slug and URLs do not change",
        )],
    ),
    ("enable", &[("ltictl registration enable moodle-prod", "Accept its launches again")]),
    (
        "disable",
        &[(
            "ltictl registration disable moodle-prod",
            "Refuse its launches, starting with the next request",
        )],
    ),
    (
        "delete",
        &[
            ("ltictl registration delete moodle-prod", "Delete it after a confirmation prompt"),
            (
                "ltictl registration delete moodle-prod --yes",
                "Delete it without a confirmation prompt",
            ),
        ],
    ),
    (
        "connect",
        &[
            (
                "ltictl registration connect moodle-prod",
                "Choose the LMS, and connect it step by step",
            ),
            ("ltictl registration connect moodle-prod --for moodle", "Use Moodle's field labels"),
        ],
    ),
    (
        "url",
        &[
            (
                "ltictl registration url moodle-prod",
                "Print a registration URL that is valid for seven days",
            ),
            (
                "ltictl registration url moodle-prod --expires 1h --auto-confirm",
                "Skip the confirmation page",
            ),
        ],
    ),
    (
        "tool-details",
        &[
            (
                "ltictl registration tool-details moodle-prod",
                "Print the URLs that every platform asks for",
            ),
            (
                "ltictl registration tool-details moodle-prod --for moodle",
                "Print Moodle's form, filled in",
            ),
            (
                "ltictl registration tool-details moodle-prod --for moodle --copy \"Tool URL\"",
                "Copy one value to the clipboard",
            ),
            (
                "ltictl registration tool-details canvas-prod --for canvas -o json",
                "Print what to enter in Canvas under \"Paste JSON\"",
            ),
        ],
    ),
];

/// Manage registrations of learning platforms that use this tool
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

/// Few registrations need a policy when they are created.
fn without_policy_in_short_help(argument: Arg) -> Arg {
    let is_policy = argument.get_help_heading() == Some("Policy");
    argument.hide_short_help(is_policy)
}

#[derive(Debug, Args)]
struct CreateArguments {
    /// Display name of the platform, for instance "Moodle Prod"
    name: Option<String>,
    /// Identifier in commands and URLs [default: derived from the name]
    #[arg(long)]
    slug: Option<String>,
    /// Succeed without changes if it already exists
    #[arg(long)]
    if_not_exists: bool,
    /// Registration of the same platform, beside which this one gets another client ID
    ///
    /// Its product and policy are taken over, and with --client-id its other details. It is not
    /// changed, and keeps working beside the new one.
    #[arg(long, value_name = "REG")]
    same_platform: Option<RegistrationRef>,
    /// Deployment ID from which to accept launches; can be given multiple times
    #[arg(
        long = "deployment-id",
        value_name = "ID",
        help_heading = "Platform details",
        allow_hyphen_values = true
    )]
    deployment_ids: Vec<DeploymentId>,
    /// Display name of the deployment; if there are several, one for each, in the same order
    #[arg(
        long = "deployment-name",
        value_name = "NAME",
        help_heading = "Platform details",
        requires = "deployment_ids"
    )]
    deployment_names: Vec<Name>,
    /// Use the endpoints of this platform, such as canvas, which needs only the client ID
    #[arg(long, value_name = "PLATFORM", help_heading = "Platform details")]
    preset: Option<String>,
    /// The platform's host or base URL, for presets that need it
    #[arg(long, requires = "preset", help_heading = "Platform details")]
    host: Option<String>,
    #[command(flatten)]
    change: PlatformChange,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Create a registration and print the tool details that the platform asks for
    ///
    /// Without platform details, it is a draft, and has a registration URL for dynamic registration.
    /// Options under "Policy" are those of platform set.
    #[command(mut_args = without_policy_in_short_help)]
    Create(Box<CreateArguments>),
    /// List every registration
    List(ListOptions),
    /// Show a registration with its tool details, platform details and deployments
    Show {
        /// Slug of the registration
        #[arg(value_name = "REG")]
        registration: RegistrationRef,
    },
    /// Rename a registration; its slug and URLs do not change
    Rename {
        /// Slug of the registration
        #[arg(value_name = "REG")]
        registration: RegistrationRef,
        /// The new name
        name: String,
    },
    /// Enable a registration: accept its launches again
    Enable {
        /// Slug of the registration
        #[arg(value_name = "REG")]
        registration: RegistrationRef,
    },
    /// Refuse all launches and end all sessions until the registration is enabled again
    Disable {
        /// Slug of the registration
        #[arg(value_name = "REG")]
        registration: RegistrationRef,
    },
    /// Delete a registration with its deployments, courses and links; the launch log is kept
    Delete {
        /// Slug of the registration
        #[arg(value_name = "REG")]
        registration: RegistrationRef,
        /// Skip the confirmation prompt
        #[arg(short, long)]
        yes: bool,
    },
    /// Connect a platform step by step, using the platform's own field labels
    ///
    /// Shows the platform's form filled in, waits until you paste what the platform shows, checks
    /// each value immediately, and stores everything after the last reply. If the platform supports
    /// dynamic registration, the command waits for that first. Needs a terminal; scripts use
    /// `ltictl platform import` and `ltictl deployment add`.
    Connect(connect::ConnectArguments),
    /// Print a new registration URL for dynamic registration; earlier URLs stop working
    Url {
        /// Slug of the registration
        #[arg(value_name = "REG")]
        registration: RegistrationRef,
        /// How long the URL is valid: 1m to 90d
        #[arg(long, value_name = "TIME", default_value = "7d")]
        expires: String,
        /// Skip the confirmation page, for automated setups
        #[arg(long)]
        auto_confirm: bool,
    },
    /// Print the URLs that platforms ask for, or the completed form of one LMS
    ToolDetails {
        /// Slug of the registration
        #[arg(value_name = "REG")]
        registration: RegistrationRef,
        /// Print the form of this LMS with its own field labels; "list" lists all LMSs
        #[arg(long = "for", value_name = "PLATFORM")]
        platform: Option<String>,
        /// Copy the value of one field (by number or label) to the terminal's clipboard; works over
        /// SSH, too
        #[arg(long, value_name = "FIELD", requires = "platform")]
        copy: Option<String>,
    },
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Create(arguments) => create(context, *arguments),
        Verb::List(options) => list(context, options),
        Verb::Show { registration } => show(context, &registration),
        Verb::Rename { registration, name } => rename(context, &registration, &name),
        Verb::Enable { registration } => set_enabled(context, &registration, true),
        Verb::Disable { registration } => set_enabled(context, &registration, false),
        Verb::Delete { registration, yes } => delete(context, &registration, yes),
        Verb::Connect(arguments) => connect::run(context, &arguments),
        Verb::Url { registration, expires, auto_confirm } => {
            url(context, &registration, &expires, auto_confirm)
        }
        Verb::ToolDetails { registration, platform: None, .. } => {
            tool_details(context, &registration)
        }
        Verb::ToolDetails { registration, platform: Some(platform), copy } => {
            sheet::run(context, &registration, &platform, copy.as_deref())
        }
    }
}

fn create(context: &Context, arguments: CreateArguments) -> Result<(), Failure> {
    let CreateArguments { name, slug, if_not_exists, same_platform, .. } = &arguments;
    let (if_not_exists, same_platform) = (*if_not_exists, same_platform.clone());
    let (mut store, settings) = context.store_and_settings()?;
    let hint = "ltictl registration create \"Moodle Prod\" --slug moodle-prod";
    let question = Question {
        text: "Display name of the platform",
        default: None,
        flag: "NAME",
        command: "ltictl registration create \"Moodle Prod\"",
    };
    let name = context.value_or_ask(name.clone(), &question, |name| Name::new(name).map(drop))?;
    let name = Name::new(&name).map_err(|invalid| Failure::invalid(&invalid, hint))?;
    let slug = slug
        .as_deref()
        .map(Slug::new)
        .transpose()
        .map_err(|invalid| Failure::invalid(&invalid, hint))?;
    let mut warnings = Vec::new();
    let change = arguments.details(&name, &mut warnings)?;
    let deployments = arguments.deployments(&name)?;
    let new = NewRegistration { same_platform, change, deployments };
    let now = context.now();
    let new_slug = slug.clone().map_or_else(|| Slug::from_name(&name), Ok)?;
    let (registered, is_new) =
        register::create_with(&mut store, &name, slug, if_not_exists, &new, now)
            .map_err(|failure| about_creation(failure, &new_slug, &name, typed_words()))?;
    print_with_status(context, &store, &settings, &registered)?;
    for warning in warnings {
        context.note(&format!("\nWarning: {warning}"));
    }
    next_step(context, &store, &registered)?;
    if !is_new && new != NewRegistration::default() {
        context.note(&format!(
            "\n{0} exists already, and nothing was changed. To change it: ltictl platform set {0}",
            registered.0.slug
        ));
    }
    if let Some(other) = new.same_platform.filter(|_| is_new) {
        note_same_platform(context, &store, &registered.0, &other)?;
    }
    Ok(())
}

/// Notes what a registration for the platform of another one means. A draft stores no details of a
/// platform, so that its note has those of the other one.
fn note_same_platform(
    context: &Context,
    store: &Store,
    registration: &Registration,
    other: &RegistrationRef,
) -> Result<(), Failure> {
    context.note(&format!(
        "\n{other} is not changed: both work side by side. To end one of them when nothing uses it \
         any more: ltictl registration delete REG"
    ));
    let other = registration::find(store.read(), other)?;
    if let (None, Some(platform)) = (&registration.platform, &other.platform) {
        let values = platform.values().into_iter().zip(registration::DETAILS);
        let options: Vec<String> = values
            .map(|(value, row)| match row.key {
                "client_id" => format!("{} CLIENT_ID", row.flag),
                _ => format!("{} {}", row.flag, shell_word(value)),
            })
            .collect();
        let flags = options.join(" ");
        context.note(&format!(
            "\nOnce the platform shows the new client ID:\n  ltictl platform set {} {flags}",
            registration.slug
        ));
    }
    Ok(())
}

impl CreateArguments {
    /// The platform's details, completed by the preset if one is given.
    fn details(&self, name: &Name, warnings: &mut Vec<String>) -> Result<PlatformChange, Failure> {
        let mut change = self.change.clone();
        let Some(preset) = &self.preset else { return Ok(change) };
        let hint = format!("ltictl registration create {}", shell_word(name.as_str()));
        preset::fill_in(preset, self.host.as_deref(), None, &hint, &mut change, warnings)?;
        warnings.extend(preset::contradictions(&change));
        Ok(change)
    }

    /// The deployments, each with its name if there are any.
    fn deployments(&self, name: &Name) -> Result<Vec<Deployment>, Failure> {
        let (ids, names) = (&self.deployment_ids, &self.deployment_names);
        if !names.is_empty() && names.len() != ids.len() {
            return Err(Failure::new(
                Kind::Usage,
                "deployments and their names do not match",
                format!(
                    "{} and {} were given",
                    counted(ids.len(), "deployment ID", "deployment IDs"),
                    counted(names.len(), "name", "names")
                ),
                format!("ltictl registration create {} --help", shell_word(name.as_str())),
            ));
        }
        let named = ids.iter().enumerate().map(|(place, id)| Deployment {
            deployment_id: id.clone(),
            name: names.get(place).cloned(),
        });
        Ok(named.collect())
    }
}

/// A failure of values that were given when a registration was created: the commands in its hint are
/// not for an existing one, but the typed command with other values.
fn about_creation(failure: Failure, slug: &Slug, name: &Name, mut words: Vec<String>) -> Failure {
    if !words.iter().any(|word| word == name.as_str()) {
        // It was the reply to a prompt.
        words.push(name.to_string());
    }
    typed::corrected(failure, slug, &words)
}

/// Prompts for a name, creates the draft, and connects it step by step.
pub(super) fn create_and_connect(context: &Context) -> Result<(), Failure> {
    let mut store = context.store()?;
    let question = Question {
        text: "Display name of the platform",
        default: None,
        flag: "NAME",
        command: "ltictl registration create \"Moodle Prod\"",
    };
    let name = Name::new(&context.ask(&question, |name| Name::new(name).map(drop))?)?;
    let new = NewRegistration::default();
    let ((registration, _), _) =
        register::create_with(&mut store, &name, None, false, &new, context.now())?;
    let slug = &registration.slug;
    context.note(&format!(
        "\nThe draft {slug} was created and is kept if you stop: to continue, run `ltictl \
         registration connect {slug}`."
    ));
    connect::run(context, &connect::ConnectArguments::of((&registration.slug).into()))
}

fn list(context: &Context, options: ListOptions) -> Result<(), Failure> {
    let (store, settings) = context.store_and_settings()?;
    let read = store.read();
    let open = dynamic::open_statuses(read, &settings, context.now())?;
    let view = |registration: Registration, deployments| {
        let status = open.get(&registration.id);
        let mut view = RegistrationView::new(&settings.url, registration, deployments);
        if let Some(status) = status {
            view.derived.tool = view.derived.tool.with_status(status);
        }
        view
    };
    context.print_rows::<RegistrationList>(
        |take| read.each_registration(|one, deployments| take(view(one, deployments))),
        || Ok(read.registration_count()?),
        options,
    )
}

fn show(context: &Context, slug: &RegistrationRef) -> Result<(), Failure> {
    let (store, settings) = context.store_and_settings()?;
    let registered = registration::show(store.read(), slug)?;
    print_with_status(context, &store, &settings, &registered)?;
    next_step(context, &store, &registered)?;
    Ok(())
}

fn rename(context: &Context, slug: &RegistrationRef, name: &str) -> Result<(), Failure> {
    let (mut store, settings) = context.store_and_settings()?;
    let name = Name::new(name).map_err(|invalid| {
        Failure::invalid(&invalid, format!("ltictl registration rename {slug} \"New name\""))
    })?;
    let registered = register::rename(&mut store, slug, &name, context.now())?;
    print_with_status(context, &store, &settings, &registered)
}

fn set_enabled(context: &Context, slug: &RegistrationRef, enabled: bool) -> Result<(), Failure> {
    let (mut store, settings) = context.store_and_settings()?;
    let registered = register::set_enabled(&mut store, slug, enabled, context.now())?;
    print_with_status(context, &store, &settings, &registered)?;
    if !enabled {
        context.note(&format!(
            "\nLaunches are refused from the next request on.\nTo accept them again: ltictl \
             registration enable {slug}"
        ));
    }
    Ok(())
}

fn delete(context: &Context, slug: &RegistrationRef, yes: bool) -> Result<(), Failure> {
    let mut store = context.store()?;
    let (registration, extent) = register::deletion_extent(store.read(), slug)?;
    let command = format!("ltictl registration delete {slug}");
    context.confirm(
        yes,
        &format!("Delete {} ({slug}) with {}?", registration.name, extent_in_words(extent)),
        &command,
    )?;
    register::delete(&mut store, slug)?;
    context
        .note(&format!("Deleted {slug} with {}. The launch log is kept.", extent_in_words(extent)));
    Ok(())
}

fn tool_details(context: &Context, slug: &RegistrationRef) -> Result<(), Failure> {
    let (store, settings) = context.store_and_settings()?;
    let registration = registration::find(store.read(), slug)?;
    let status = status(context, &store, &settings, registration.id)?;
    context.print(&ToolDetails::new(&settings.url, &registration.slug).with_status(&status))?;
    context.note(
        "\nEnter the tool URL in the platform's \"Tool URL\" and \"Redirection URI(s)\" fields.\n\
        Enter the deep linking URL in \"Content Selection URL\" and, on its own line, in \
        \"Redirection URI(s)\".\n\
        Enter the JWKS URL in \"Public keyset\", with \"Keyset URL\" as the type of public key.",
    );
    let dynamic = DynamicRegistrationView::of(&status, &registration.slug, context.now());
    if let Some(ended) = dynamic.and_then(|dynamic| dynamic.ended_in_words()) {
        context.note(&format!(
            "\nThe registration URL is {ended}.\nFor a new one: ltictl registration url {slug}"
        ));
    }
    Ok(())
}

/// What is deleted with an object, in words.
pub(super) fn extent_in_words(extent: DeletionExtent) -> String {
    counted_in_words(&[
        (extent.deployments, "deployment", "deployments"),
        (extent.contexts, "course", "courses"),
        (extent.resource_links, "resource link", "resource links"),
        (extent.sessions, "session", "sessions"),
    ])
}

fn url(
    context: &Context,
    slug: &RegistrationRef,
    expires: &str,
    auto_confirm: bool,
) -> Result<(), Failure> {
    let hint = format!("ltictl registration url {slug} --expires 7d");
    let lifetime: InvitationLifetime =
        expires.parse().map_err(|invalid| Failure::invalid(&invalid, hint))?;
    let (mut store, settings) = context.store_and_settings()?;
    let invitation = dynamic::invite(&mut store, slug, lifetime, auto_confirm, context.now())?;
    let url =
        dynamic::registration_url(&settings, &state_key::state_key(store.read())?, &invitation);
    context.print(&RegistrationUrlView::new(url, invitation.expires_at))?;
    let registration = registration::find(store.read(), slug)?;
    if let Some(platform) = &registration.platform {
        context.note(&format!(
            "\n{slug} is registered already, with client ID {}. If the platform offers to update \
             the existing tool, choose that: the client ID stays. If it registers a new tool, that \
             has another client ID, which replaces this one: links of the previous tool stop \
             working. To keep both:\nltictl registration create NAME --same-platform {slug}",
            platform.client_id
        ));
    }
    context.note(if auto_confirm {
        "\nPaste it into the platform's field for dynamic registration. It can be used once, and \
         any platform that opens it is registered without confirmation: keep it secret."
    } else {
        "\nPaste it into the platform's field for dynamic registration. It can be used once; \
         earlier URLs no longer work."
    });
    Ok(())
}

fn status(
    context: &Context,
    store: &Store,
    settings: &Settings,
    registration_id: i64,
) -> Result<RegistrationStatus, Failure> {
    dynamic::status(store.read(), settings, registration_id, context.now())
}

/// Prints a registration with the state of its dynamic registration.
pub(super) fn print_with_status(
    context: &Context,
    store: &Store,
    settings: &Settings,
    (registration, deployments): &Registered,
) -> Result<(), Failure> {
    let status = status(context, store, settings, registration.id)?;
    context.print(
        &RegistrationView::new(&settings.url, registration.clone(), deployments.clone())
            .with_status(&status, context.now()),
    )
}

/// Prints a registration's platform with its policy.
pub(super) fn print_platform(
    context: &Context,
    store: &Store,
    settings: &Settings,
    registration: &Registration,
) -> Result<(), Failure> {
    let status = status(context, store, settings, registration.id)?;
    context.print(&PlatformView::new(registration, &status, context.now()))
}

/// Prints the next command to run.
pub(super) fn next_step(
    context: &Context,
    store: &Store,
    (registration, _): &Registered,
) -> Result<(), Failure> {
    if !context.format.is_text() {
        return Ok(());
    }
    let slug = &registration.slug;
    let text = match (registration.status(), registration.missing().first()) {
        (Status::Disabled, _) => {
            format!(
                "This registration is disabled. To enable it: ltictl registration enable {slug}"
            )
        }
        (_, Some(Missing::Platform)) => format!(
            "Next: `ltictl registration connect {slug}` walks you through every step.\n\
             Or paste the registration URL into the platform, if it registers tools by URL\n\
             (for a new one: ltictl registration url {slug}). If it does not:\n\
             \x20 1. Enter the tool details in the platform. Its own form, filled in:\n\
             \x20      ltictl registration tool-details {slug} --for moodle   (--for list)\n\
             \x20 2. Copy its details back: paste what it shows into\n\
             \x20      ltictl platform import {slug} -\n\
             \x20    or reply to the prompts of: ltictl platform set {slug}\n\
             \x20 3. Add the deployment ID that it shows:\n\
             \x20      ltictl deployment add {slug} DEPLOYMENT_ID"
        ),
        (_, Some(Missing::Deployment)) => {
            format!("Next: ltictl deployment add {slug} DEPLOYMENT_ID --name \"Whole site\"")
        }
        (_, None) => {
            let progress = Progress::of(store, &store.read().settings()?)?;
            let resource = progress.resource();
            let resource = match progress.has_resource() {
                true => format!("add a link in the platform (`{resource}` prints its values)"),
                false => format!("`{resource}`"),
            };
            let serve =
                progress.serve().map_or_else(String::new, |serve| format!(", then {serve}"));
            format!("Launches from {slug} are accepted.\nNext: {resource}{serve}")
        }
    };
    context.note(&format!("\n{text}"));
    Ok(())
}

/// A usage failure of commands without a new value.
pub(super) fn nothing_to_change(hint: String) -> Failure {
    Failure::new(Kind::Usage, "nothing to change", "no new value was given", hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_about_creation_keep_the_typed_options() {
        let slug = Slug::known("lms");
        let words: Vec<String> =
            ["registration", "create", "My LMS", "--slug", "lms", "--client-id", "a b"]
                .map(str::to_owned)
                .into();
        for (kind, hint, expected) in [
            (
                Kind::Usage,
                "ltictl platform set lms --client-id … --access-token-url …",
                "ltictl registration create 'My LMS' --slug lms --client-id 'a b' --access-token-url …",
            ),
            (
                Kind::Invalid,
                "ltictl platform set lms --client-id …",
                "ltictl registration create 'My LMS' --slug lms --client-id …",
            ),
            (
                Kind::Conflict,
                "run `ltictl platform set lms --identity client-id`; or not",
                "run `ltictl registration create 'My LMS' --slug lms --client-id 'a b' --identity \
                 client-id`; or not",
            ),
            (
                Kind::Conflict,
                "ltictl platform set other --leeway 1s",
                "ltictl platform set other --leeway 1s",
            ),
        ] {
            let failure = Failure::new(kind, "", "", hint);
            let name = Name::new("My LMS").unwrap();
            assert_eq!(about_creation(failure, &slug, &name, words.clone()).hint, expected);
        }
    }
}
