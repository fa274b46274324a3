//! `ltictl consumer`: platforms that use the tool by LTI 1.1, with a key and a shared secret.

mod migrate;

use clap::{Args, Subcommand};

use super::context::{Context, Question};
use super::examples::Examples;
use super::list_options::ListOptions;
use crate::admin::consumer::{self, ConsumerChange, NewConsumer};
use crate::admin::tool_proxy;
use crate::domain::{
    Consumer, ConsumerRef, InvitationLifetime, Name, ResourceRef, SecretOverlap, Slug,
};
use crate::failure::{Failure, shell_word};
use crate::report::counted_in_words;
use crate::report::view::{ConsumerList, ConsumerView, RegistrationUrlView};
use crate::rules;
use crate::rules::setting::{Clearable, ListOf};
use crate::rules::state_key;
use crate::store::{DeletionExtent, Store};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "add",
        &[
            (
                "ltictl consumer add \"Old Moodle\"",
                "Add a platform; print its key and a new secret",
            ),
            (
                "ltictl consumer add school.example --secret-stdin < secret.txt",
                "Add one with the key school.example and a secret that exists",
            ),
            (
                "ltictl consumer add \"Old Moodle\" --key moodle --resource quiz",
                "Choose the key, and restrict it to one resource",
            ),
        ],
    ),
    ("list", &[("ltictl consumer list", "List all consumers, without secrets")]),
    (
        "show",
        &[
            ("ltictl consumer show old-moodle", "Show one consumer"),
            ("ltictl consumer show old-moodle --show-secret", "Print its secret, too"),
        ],
    ),
    (
        "set",
        &[
            (
                "ltictl consumer set old-moodle --resource quiz --resource essay",
                "Restrict it to two resources",
            ),
            (
                "ltictl consumer set old-moodle --resource quiz --any-key on",
                "Accept its secret with any consumer key",
            ),
        ],
    ),
    (
        "rename",
        &[(
            "ltictl consumer rename old-moodle \"Moodle of 2019\"",
            "Change the display name; slug and key do not change",
        )],
    ),
    ("enable", &[("ltictl consumer enable old-moodle", "Accept its launches again")]),
    (
        "disable",
        &[(
            "ltictl consumer disable old-moodle",
            "Refuse its launches; its secrets still sign migration claims",
        )],
    ),
    (
        "rotate",
        &[
            (
                "ltictl consumer rotate old-moodle",
                "Print a new secret; the old one is accepted for seven more days",
            ),
            ("ltictl consumer rotate old-moodle --overlap 0s", "Refuse the old secret from now on"),
        ],
    ),
    (
        "registration-url",
        &[
            (
                "ltictl consumer registration-url \"College Moodle\"",
                "Print a URL with which a platform registers by LTI 2.0",
            ),
            (
                "ltictl consumer registration-url \"College Moodle\" --resource quiz --expires 1d",
                "Restrict it to one resource, and let it expire after a day",
            ),
            ("ltictl consumer registration-url \"College Moodle\" --revoke", "Revoke the URL"),
        ],
    ),
    (
        "migrate",
        &[
            (
                "ltictl consumer migrate old-moodle moodle-prod --dry-run",
                "Report how many people and links would move, and what to do in the platform",
            ),
            (
                "ltictl consumer migrate old-moodle moodle-prod --same-user-ids",
                "Link the users of a platform that keeps their IDs",
            ),
            (
                "ltictl consumer migrate old-moodle moodle-prod --roll-back",
                "Undo it: accounts and grades stay with the consumer's users",
            ),
        ],
    ),
    (
        "remove",
        &[("ltictl consumer remove old-moodle --yes", "Remove it without a confirmation prompt")],
    ),
];

/// Manage platforms that use LTI 1.1, with a key and a secret
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Args)]
struct AddArguments {
    /// Display name of the platform, for instance "Old Moodle"
    #[arg(allow_hyphen_values = true)]
    name: String,
    /// The consumer key [default: the name if it has no spaces, or else the slug]
    #[arg(long, allow_hyphen_values = true)]
    key: Option<String>,
    /// Read the secret from standard input instead of generating one
    #[arg(long)]
    secret_stdin: bool,
    /// Identifier in commands [default: derived from the name]
    #[arg(long)]
    slug: Option<Slug>,
    /// Resource that it may use; can be given multiple times [default: all]
    #[arg(long = "resource", value_name = "RES")]
    resources: Vec<ResourceRef>,
    /// Refuse its launches for now; its secret only signs migration claims
    #[arg(long)]
    disabled: bool,
    /// Succeed without changes if the key already exists, with this secret if one is given
    #[arg(long)]
    if_not_exists: bool,
}

#[derive(Debug, Args)]
struct SetArguments {
    /// Slug or key of the consumer
    #[arg(value_name = "CONSUMER", allow_hyphen_values = true)]
    consumer: ConsumerRef,
    /// Resource that it may use; can be given multiple times; "" allows all
    #[arg(long = "resource", value_name = "RES")]
    resources: Option<Vec<String>>,
    #[command(flatten)]
    settings: ConsumerChange,
    /// Origin that may frame its pages; can be given multiple times; "" removes all
    #[arg(long = "frame-ancestor", value_name = "ORIGIN")]
    frame_ancestors: Option<Vec<String>>,
}

#[derive(Debug, Args)]
struct UrlArguments {
    /// Display name of the consumer that the platform becomes
    #[arg(allow_hyphen_values = true)]
    name: String,
    /// Its identifier in commands [default: derived from the name]
    #[arg(long)]
    slug: Option<Slug>,
    /// Resource that it may use; can be given multiple times [default: all]
    #[arg(long = "resource", value_name = "RES")]
    resources: Vec<ResourceRef>,
    /// How long the URL is open: 1m to 90d
    #[arg(long, value_name = "TIME", default_value_t = InvitationLifetime::default())]
    expires: InvitationLifetime,
    /// Revoke the URL instead
    #[arg(long, conflicts_with_all = ["resources", "expires"])]
    revoke: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add a platform that uses LTI 1.1, with a consumer key and a shared secret
    ///
    /// The secret is generated and printed once; `consumer show --show-secret` prints it again.
    /// It signs launches, and the migration claims of people whose platform moves to LTI 1.3. If
    /// the key exists already, a secret from standard input is added to it.
    Add(AddArguments),
    /// List every consumer
    List(ListOptions),
    /// Show a consumer
    Show {
        /// Slug or key of the consumer
        #[arg(value_name = "CONSUMER", allow_hyphen_values = true)]
        consumer: ConsumerRef,
        /// Print the newest secret, too
        #[arg(long)]
        show_secret: bool,
    },
    /// Change the resources and the policy of a consumer
    Set(SetArguments),
    /// Rename a consumer; its slug and key do not change
    Rename {
        /// Slug or key of the consumer
        #[arg(value_name = "CONSUMER", allow_hyphen_values = true)]
        consumer: ConsumerRef,
        /// The new name
        name: Name,
    },
    /// Accept the launches of a consumer again
    Enable {
        /// Slug or key of the consumer
        #[arg(value_name = "CONSUMER", allow_hyphen_values = true)]
        consumer: ConsumerRef,
    },
    /// Refuse the launches of a consumer; its secrets still sign migration claims
    Disable {
        /// Slug or key of the consumer
        #[arg(value_name = "CONSUMER", allow_hyphen_values = true)]
        consumer: ConsumerRef,
    },
    /// Replace the secret of a consumer, and print the new one
    Rotate {
        /// Slug or key of the consumer
        #[arg(value_name = "CONSUMER", allow_hyphen_values = true)]
        consumer: ConsumerRef,
        /// Read the secret from standard input instead of generating one
        #[arg(long)]
        secret_stdin: bool,
        /// How long the previous secrets are still accepted: 0s to 90d
        #[arg(long, value_name = "TIME", default_value_t = SecretOverlap::default())]
        overlap: SecretOverlap,
    },
    /// Print a URL with which a platform registers itself by LTI 2.0
    ///
    /// Moodle, Sakai and a few others still support LTI 2.0, which has no future: use LTI 1.3 where
    /// you can. The URL is a secret and can be used once. An administrator confirms the
    /// registration in the browser, which then adds the consumer. An earlier URL for the same
    /// consumer no longer works.
    RegistrationUrl(UrlArguments),
    /// Move a platform to LTI 1.3: report what it has, and whose users have moved
    ///
    /// People keep their accounts and grades if the platform's launches name their LTI 1.1 user in
    /// a signed claim, or with --same-user-ids. LTI 1.1 continues to work until the consumer is
    /// disabled. Run it again to see how far the platform has moved.
    Migrate(migrate::Arguments),
    /// Remove a consumer with its secrets, courses and links; accounts are kept
    Remove {
        /// Slug or key of the consumer
        #[arg(value_name = "CONSUMER", allow_hyphen_values = true)]
        consumer: ConsumerRef,
        /// Skip the confirmation prompt
        #[arg(short, long)]
        yes: bool,
    },
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Add(arguments) => add(context, arguments),
        Verb::List(options) => list(context, options),
        Verb::Show { consumer, show_secret } => show(context, &consumer, show_secret),
        Verb::Set(arguments) => set(context, arguments),
        Verb::Rename { consumer, name } => rename(context, &consumer, name),
        Verb::Enable { consumer } => set_enabled(context, &consumer, true),
        Verb::Disable { consumer } => set_enabled(context, &consumer, false),
        Verb::Rotate { consumer, secret_stdin, overlap } => {
            rotate(context, &consumer, secret_stdin, overlap)
        }
        Verb::RegistrationUrl(arguments) => registration_url(context, arguments),
        Verb::Migrate(arguments) => migrate::run(context, arguments),
        Verb::Remove { consumer, yes } => remove(context, &consumer, yes),
    }
}

fn add(context: &Context, arguments: AddArguments) -> Result<(), Failure> {
    let AddArguments { name, key, secret_stdin, slug, resources, disabled, if_not_exists } =
        arguments;
    let (mut store, settings) = context.store_and_settings()?;
    let command = format!("ltictl consumer add {} --secret-stdin < FILE", shell_word(&name));
    let secret = secret_stdin.then(|| read_secret(context, &command)).transpose()?;
    let name = consumer::check_name(&name)?;
    let new = NewConsumer { key, slug, resources, disabled };
    let (added, generated) = consumer::add(
        &mut store,
        &name,
        &new,
        secret.as_deref().map(String::as_str),
        if_not_exists,
        &context.random,
        context.now(),
    )?;
    let is_generated = generated.is_some();
    context.print(&ConsumerView::new(&added, &settings.url).with_secret(generated))?;
    next_step(context, &store, &added, is_generated)
}

fn read_secret(context: &Context, command: &str) -> Result<zeroize::Zeroizing<String>, Failure> {
    let question =
        Question { text: "Shared secret", default: None, flag: "--secret-stdin", command };
    context.secret(true, &question, consumer::check_secret)
}

/// What to do with a new consumer.
fn next_step(
    context: &Context,
    store: &Store,
    added: &Consumer,
    is_generated: bool,
) -> Result<(), Failure> {
    let slug = &added.registration.slug;
    if is_generated {
        context.note(&format!(
            "\nThe secret is printed only now. To see it again: ltictl consumer show {slug} \
             --show-secret"
        ));
    }
    if !added.registration.enabled {
        context.note(&format!(
            "\nNext, link its LTI 1.1 users to accounts: ltictl account link ACCOUNT \
            --consumer-key {} --user-id ID",
            shell_word(added.key.as_str())
        ));
        return Ok(());
    }
    let resource = match &added.resources {
        Some(resources) => resources.first().cloned(),
        None => store.read().resource_slugs()?.into_iter().next(),
    };
    match resource {
        Some(resource) => context.note(&format!(
            "\nNext, print what the platform asks for: ltictl resource launch-details {resource} \
             --lti-1p1 --consumer {slug}"
        )),
        None => context.note("\nNext, publish a resource: ltictl resource publish NAME"),
    }
    Ok(())
}

fn list(context: &Context, options: ListOptions) -> Result<(), Failure> {
    let (store, settings) = context.store_and_settings()?;
    let consumers = store.read().consumers()?;
    let views = consumers.iter().map(|one| ConsumerView::new(one, &settings.url)).collect();
    context.print_list(ConsumerList(views), options)
}

fn show(context: &Context, reference: &ConsumerRef, show_secret: bool) -> Result<(), Failure> {
    let (store, settings) = context.store_and_settings()?;
    let read = store.read();
    let found = rules::consumer::find(read, reference)?;
    let secret =
        show_secret.then(|| consumer::newest_secret(read, &found, context.now())).transpose()?;
    context.print(&ConsumerView::new(&found, &settings.url).with_secret(secret))
}

fn set(context: &Context, arguments: SetArguments) -> Result<(), Failure> {
    let SetArguments { consumer: reference, resources, settings, frame_ancestors } = arguments;
    let allowed = |list: Vec<String>| {
        let named = list.iter().map(|name| name.trim()).filter(|name| !name.is_empty());
        let named: Vec<ResourceRef> = named.map(ResourceRef::from).collect();
        Clearable((!named.is_empty()).then_some(ListOf(named)))
    };
    let change = ConsumerChange {
        resources: resources.map(allowed),
        frame_ancestors: frame_ancestors
            .map(|list| list.into_iter().filter(|origin| !origin.trim().is_empty()).collect()),
        ..settings
    };
    let (mut store, settings) = context.store_and_settings()?;
    let changed = consumer::change(&mut store, &reference, &change, context.now())?;
    context.print(&ConsumerView::new(&changed, &settings.url))
}

fn rename(context: &Context, reference: &ConsumerRef, name: Name) -> Result<(), Failure> {
    let (mut store, settings) = context.store_and_settings()?;
    let change = ConsumerChange { name: Some(name), ..ConsumerChange::default() };
    let renamed = consumer::change(&mut store, reference, &change, context.now())?;
    context.print(&ConsumerView::new(&renamed, &settings.url))
}

fn set_enabled(context: &Context, reference: &ConsumerRef, enabled: bool) -> Result<(), Failure> {
    let (mut store, settings) = context.store_and_settings()?;
    let change = ConsumerChange { enabled: Some(enabled), ..ConsumerChange::default() };
    let changed = consumer::change(&mut store, reference, &change, context.now())?;
    context.print(&ConsumerView::new(&changed, &settings.url))
}

fn rotate(
    context: &Context,
    reference: &ConsumerRef,
    secret_stdin: bool,
    overlap: SecretOverlap,
) -> Result<(), Failure> {
    let (mut store, settings) = context.store_and_settings()?;
    let command =
        format!("ltictl consumer rotate {} --secret-stdin < FILE", shell_word(reference.as_str()));
    let secret = secret_stdin.then(|| read_secret(context, &command)).transpose()?;
    let (rotated, generated) = consumer::rotate(
        &mut store,
        reference,
        secret.as_deref().map(String::as_str),
        overlap.duration(),
        &context.random,
        context.now(),
    )?;
    context.print(&ConsumerView::new(&rotated, &settings.url).with_secret(generated))
}

fn registration_url(context: &Context, arguments: UrlArguments) -> Result<(), Failure> {
    let UrlArguments { name, slug, resources, expires, revoke } = arguments;
    let (mut store, settings) = context.store_and_settings()?;
    let name = consumer::check_name(&name)?;
    if revoke {
        let slug = slug.map_or_else(|| Slug::from_name(&name), Ok)?;
        tool_proxy::revoke(&mut store, &slug)?;
        context.note(&format!("Revoked the registration URL for {slug}."));
        return Ok(());
    }
    let invitation =
        tool_proxy::invite(&mut store, &name, slug, &resources, expires, context.now())?;
    let key = state_key::state_key(store.read())?;
    let url = tool_proxy::registration_url(&settings, &key, &invitation);
    context.print(&RegistrationUrlView::new(url, invitation.expires_at))?;
    context.note(
        "\nEnter it as the registration URL of a new LTI 2.0 tool in the platform. It can be used \
         once; earlier URLs for this name no longer work. If the platform supports LTI 1.3, use \
         that instead: ltictl registration create NAME",
    );
    Ok(())
}

fn remove(context: &Context, reference: &ConsumerRef, yes: bool) -> Result<(), Failure> {
    let mut store = context.store()?;
    let (found, extent) = consumer::deletion_extent(store.read(), reference)?;
    let DeletionExtent { contexts, resource_links, sessions, .. } = extent;
    let slug = &found.registration.slug;
    let parts = counted_in_words(&[
        (found.secret_count, "secret", "secrets"),
        (contexts, "course", "courses"),
        (resource_links, "link", "links"),
        (sessions, "open session", "open sessions"),
    ]);
    context.confirm(
        yes,
        &format!(
            "Remove consumer {slug} with {parts}? Its launches and migration claims will no longer \
             be accepted."
        ),
        &format!("ltictl consumer remove {slug}"),
    )?;
    consumer::remove(&mut store, reference)?;
    context.note(&format!("Removed consumer {slug}. Its users keep their accounts."));
    Ok(())
}
