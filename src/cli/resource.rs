//! `ltictl resource`: courses and activities that platforms can link to.

mod link;
mod lti_1p1;
mod settings;

use clap::{Args, Subcommand};
use jiff::SignedDuration;

use self::lti_1p1::{DetailOptions, Publication};
use self::settings::ResourceSettings;
use super::context::{Context, Question};
use super::examples::Examples;
use super::list_options::ListOptions;
use super::next::Progress;
use super::registration::nothing_to_change;
use super::sheet::LinkSheet;
use crate::admin::{app_key, publish};
use crate::domain::{AppKeyOverlap, Handover, Name, Resource, ResourceRef, Slug, Target};
use crate::failure::{Failure, Kind, counted, shell_word};
use crate::report::counted_in_words;
use crate::report::view::{AppKeyView, LaunchDetails, ResourceList, ResourceView};
use crate::rules;
use crate::rules::resource::{self, ResourceChange};
use crate::rules::web_app;
use crate::store::Store;

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "publish",
        &[
            (
                "ltictl resource publish \"Algebra quiz\" --max-grade 10",
                "Publish an activity with grades up to 10 and a built-in page",
            ),
            (
                "ltictl resource publish \"Algebra\" --kind course --target \
                 https://app.example.edu/algebra",
                "Publish a course that leads to your own app",
            ),
        ],
    ),
    ("list", &[("ltictl resource list", "List all resources")]),
    ("show", &[("ltictl resource show algebra-quiz", "Show a resource with all settings")]),
    (
        "update",
        &[
            (
                "ltictl resource update algebra-quiz --max-grade 20 --student-provisioning prompt",
                "Change some settings",
            ),
            ("ltictl resource update algebra-quiz --publish", "Publish it again"),
        ],
    ),
    (
        "rename",
        &[(
            "ltictl resource rename algebra-quiz \"Algebra test\"",
            "Change the title; slug, UUID and links do not change",
        )],
    ),
    (
        "unpublish",
        &[(
            "ltictl resource unpublish algebra-quiz",
            "Refuse its launches, but keep everything else",
        )],
    ),
    (
        "delete",
        &[(
            "ltictl resource delete algebra-quiz --yes",
            "Delete it with its grades, without a confirmation prompt",
        )],
    ),
    (
        "app-key",
        &[
            ("ltictl resource app-key algebra-quiz", "Print the key on the terminal"),
            (
                "ltictl resource app-key algebra-quiz --show-secret > app-key.txt",
                "Write the key to a file for the app",
            ),
            (
                "ltictl resource app-key algebra-quiz --rotate",
                "Replace the key; the old key is accepted for seven more days",
            ),
            (
                "ltictl resource app-key algebra-quiz --rotate --now",
                "Replace a compromised key; earlier keys stop immediately",
            ),
        ],
    ),
    (
        "launch-details",
        &[
            (
                "ltictl resource launch-details algebra-quiz",
                "Print the launch URL and custom parameters for a link created by hand",
            ),
            (
                "ltictl resource launch-details algebra-quiz --for moodle",
                "Print Moodle's form for such a link, filled in",
            ),
            (
                "ltictl resource launch-details algebra-quiz --lti-1p1 --for moodle",
                "The same for a Moodle that uses LTI 1.1",
            ),
        ],
    ),
    (
        "link list",
        &[(
            "ltictl resource link list algebra-quiz",
            "List the links to a resource, with their courses and last launches",
        )],
    ),
    (
        "link forget",
        &[(
            "ltictl resource link forget algebra-quiz 21 --registration moodle-prod",
            "Forget a link that was deleted in Moodle",
        )],
    ),
];

/// Manage courses and activities that platforms can link to
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Publish a course or an activity
    Publish {
        /// Title, for instance "Algebra quiz"
        name: Option<String>,
        /// Identifier in commands [default: made from the title]
        #[arg(long)]
        slug: Option<Slug>,
        #[command(flatten)]
        settings: Box<ResourceSettings>,
        /// Succeed without changes if it already exists
        #[arg(long)]
        if_not_exists: bool,
        #[command(flatten)]
        lti_1p1: Publication,
    },
    /// List every resource
    List(ListOptions),
    /// Show a resource
    Show {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: ResourceRef,
    },
    /// Update a resource; its slug and UUID do not change
    Update {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: ResourceRef,
        /// The new title
        #[arg(long)]
        name: Option<Name>,
        #[command(flatten)]
        settings: Box<ResourceSettings>,
        /// Publish the resource again after it was unpublished
        #[arg(long)]
        publish: bool,
        #[command(flatten)]
        lti_1p1: Publication,
    },
    /// Rename a resource; its slug and UUID do not change
    Rename {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: ResourceRef,
        /// The new title
        name: Name,
    },
    /// Unpublish a resource: refuse launches and end sessions, but keep everything else
    Unpublish {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: ResourceRef,
    },
    /// Delete a resource with its links, enrolments and grades; accounts and the launch log are
    /// kept
    Delete {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: ResourceRef,
        /// Skip the confirmation prompt
        #[arg(short, long)]
        yes: bool,
    },
    /// Print or replace the key that a resource's app needs to record scores
    ///
    /// The app's server sends it in the App-Key header, with the launch token. A launch token
    /// passes through the user's browser, but this key does not, so users cannot record scores
    /// themselves. It is required unless `ltictl config set app_key optional` was run. Its age, and
    /// how long a previous key is accepted, are printed to standard error, or with -o json. If
    /// standard output is not a terminal, the key is printed only with --show-secret.
    AppKey {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: ResourceRef,
        /// Print the key even if standard output is not a terminal
        #[arg(long)]
        show_secret: bool,
        /// Create a new key; the current one is still accepted for a while, so that the app can
        /// switch
        #[arg(long)]
        rotate: bool,
        /// How long the current key is accepted: up to 30d [default: 7d]
        #[arg(long, value_name = "DURATION", requires = "rotate", conflicts_with = "now")]
        overlap: Option<String>,
        /// Stop accepting the current key and any earlier one immediately, because it is
        /// compromised
        #[arg(long, requires = "rotate")]
        now: bool,
    },
    /// Print the values to enter in a platform to link to a resource by hand
    LaunchDetails {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: ResourceRef,
        /// Fill in the form for links of this LMS, such as moodle or canvas
        #[arg(long = "for", value_name = "PLATFORM")]
        platform: Option<String>,
        #[command(flatten)]
        lti_1p1: DetailOptions,
    },
    /// List the links from which resources were launched, and forget those that were deleted
    Link(link::Arguments),
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Publish { name, slug, settings, if_not_exists, lti_1p1 } => {
            publish(context, name, slug, *settings, if_not_exists, lti_1p1)
        }
        Verb::List(options) => list(context, options),
        Verb::Show { resource } => show(context, &resource),
        Verb::Update { resource, name, settings, publish, lti_1p1 } => {
            update(context, &resource, name, *settings, publish, lti_1p1)
        }
        Verb::Rename { resource, name } => rename(context, &resource, name),
        Verb::Unpublish { resource } => unpublish(context, &resource),
        Verb::Delete { resource, yes } => delete(context, &resource, yes),
        Verb::AppKey { resource, show_secret, rotate, overlap, now } => {
            let overlap = match overlap.as_deref() {
                _ if now => SignedDuration::ZERO,
                Some(overlap) => overlap.parse::<AppKeyOverlap>()?.duration(),
                None => AppKeyOverlap::default().duration(),
            };
            app_key(context, &resource, show_secret, rotate.then_some(overlap))
        }
        Verb::Link(arguments) => link::run(context, arguments),
        Verb::LaunchDetails { resource, platform, lti_1p1 } if lti_1p1.lti_1p1 => {
            lti_1p1.print(context, &resource, platform.as_deref())
        }
        Verb::LaunchDetails { resource, platform, .. } => {
            launch_details(context, &resource, platform.as_deref())
        }
    }
}

fn publish(
    context: &Context,
    name: Option<String>,
    slug: Option<Slug>,
    settings: ResourceSettings,
    if_not_exists: bool,
    lti_1p1: Publication,
) -> Result<(), Failure> {
    let (mut store, site) = context.store_and_settings()?;
    let question = Question {
        text: "Title of the course or activity",
        default: None,
        flag: "NAME",
        command: "ltictl resource publish \"Algebra quiz\" --kind activity",
    };
    let name = context.value_or_ask(name, &question, |name| Name::new(name).map(drop))?;
    let helpful = |failure: Failure| match failure.kind {
        Kind::Invalid => Failure { hint: "ltictl resource publish --help".into(), ..failure },
        _ => failure,
    };
    let name = Name::new(&name).map_err(|invalid| helpful(invalid.into()))?;
    let change = settings.into_change().map_err(|invalid| helpful(invalid.into()))?;
    let (resource, _) = publish::publish(
        &mut store,
        &name,
        slug,
        &change,
        if_not_exists,
        context.now(),
        &context.random,
    )
    .map_err(helpful)?;
    if lti_1p1.lti_1p1 {
        return lti_1p1.print(context, &mut store, &site, &resource);
    }
    let resource = ResourceView::new(&site.url, resource);
    context.print(&resource)?;
    note_for_app(context, &resource);
    note_shared_host(context, &store, &resource)?;
    if context.format.is_text() {
        let progress = Progress::of(&store, &site)?;
        let connect =
            progress.connect().map_or_else(String::new, |step| format!("`{step}`, then "));
        let serve = progress.serve().map_or_else(String::new, |serve| format!(", and {serve}"));
        context.note(&format!(
            "\nNext: {connect}create a link in the platform with the Launch URL and Custom \
             parameters above (`ltictl resource launch-details {}`){serve}",
            resource.slug
        ));
    }
    Ok(())
}

/// What the app behind a resource needs.
fn note_for_app(context: &Context, resource: &Resource) {
    if resource.app.handover == Handover::Headers {
        context.note(&format!(
            "\nThe app needs a reverse proxy that asks this tool (docs/any-web-app.md): ltictl generate \
             nginx {}",
            resource.slug
        ));
    } else if resource.app.handover == Handover::Openid {
        context.note(&format!(
            "\nThe app needs the details of a client (docs/any-web-app.md): ltictl client add {} {} \
             --redirect-uri URI",
            resource.slug,
            shell_word(resource.name.as_str()),
        ));
    } else if matches!(resource.target, Target::App(_)) {
        context.note(&format!(
            "\nThe app reads people and sets grades with its own key (docs/app.md): ltictl resource \
             app-key {}",
            resource.slug
        ));
    }
}

/// Whether another resource has the same part of the app's host.
fn note_shared_host(context: &Context, store: &Store, resource: &Resource) -> Result<(), Failure> {
    if let Some(other) = web_app::sharing(store.read(), resource)? {
        let slug = &resource.slug;
        context.note(&format!(
            "\nThe resource {other} has the same part of this host: the app sees people who have opened \
             both with their newest launch.\nGive each its own part: `ltictl resource update {slug} \
             --paths /PATH/`"
        ));
    }
    Ok(())
}

/// Whether apps can no longer sign people in.
fn note_clients(
    context: &Context,
    store: &Store,
    before: &Resource,
    after: &Resource,
) -> Result<(), Failure> {
    if before.app.handover != Handover::Openid || after.app.handover == Handover::Openid {
        return Ok(());
    }
    let clients = store.read().clients_of(after.id)?.len() as u64;
    if clients > 0 {
        let slug = &after.slug;
        context.note(&format!(
            "\n{} of {slug} cannot sign people in until it has --handover openid again (`ltictl client \
             list`).",
            counted(clients, "client", "clients")
        ));
    }
    Ok(())
}

fn list(context: &Context, options: ListOptions) -> Result<(), Failure> {
    let (store, site) = context.store_and_settings()?;
    let read = store.read();
    context.print_rows::<ResourceList>(
        |take| read.each_resource(|resource| take(ResourceView::new(&site.url, resource))),
        || Ok(read.resource_count()?),
        options,
    )
}

fn show(context: &Context, slug: &ResourceRef) -> Result<(), Failure> {
    let (store, site) = context.store_and_settings()?;
    context.print(&ResourceView::new(&site.url, resource::find(store.read(), slug)?))
}

fn update(
    context: &Context,
    slug: &ResourceRef,
    name: Option<Name>,
    settings: ResourceSettings,
    publish: bool,
    lti_1p1: Publication,
) -> Result<(), Failure> {
    let (mut store, site) = context.store_and_settings()?;
    let before = resource::find(store.read(), slug)?;
    let mut change = settings.into_change()?;
    change.name = name;
    change.published = publish.then_some(true);
    if lti_1p1.lti_1p1 {
        let resource = match change.is_empty() {
            true => before,
            false => publish::update(&mut store, slug, &change, context.now())?,
        };
        return lti_1p1.print(context, &mut store, &site, &resource);
    }
    if change.is_empty() {
        return Err(nothing_to_change(format!("ltictl resource update {slug} --help")));
    }
    let resource = publish::update(&mut store, slug, &change, context.now())?;
    let has_moved = match (&before.target, &resource.target) {
        (Target::App(before), Target::App(after)) => before.origin() != after.origin(),
        _ => false,
    };
    let resource = ResourceView::new(&site.url, resource);
    context.print(&resource)?;
    note_shared_host(context, &store, &resource)?;
    note_clients(context, &store, &before, &resource)?;
    if has_moved {
        context.note(&format!(
            "\nThe app key is the same as before, so the app at the earlier URL can still use it.\n\
             If another app is at the new URL, replace the key: ltictl resource app-key {} \
             --rotate --now",
            resource.slug
        ));
    }
    Ok(())
}

fn rename(context: &Context, slug: &ResourceRef, name: Name) -> Result<(), Failure> {
    let (mut store, site) = context.store_and_settings()?;
    let change = ResourceChange { name: Some(name), ..ResourceChange::default() };
    let resource = publish::update(&mut store, slug, &change, context.now())?;
    context.print(&ResourceView::new(&site.url, resource))
}

fn unpublish(context: &Context, slug: &ResourceRef) -> Result<(), Failure> {
    let (mut store, site) = context.store_and_settings()?;
    let change = ResourceChange { published: Some(false), ..ResourceChange::default() };
    let resource = publish::update(&mut store, slug, &change, context.now())?;
    let resource = ResourceView::new(&site.url, resource);
    context.print(&resource)?;
    context.note(&format!(
        "\nLaunches are refused from the next request on.\nTo accept them again: ltictl resource \
         update {} --publish",
        resource.slug
    ));
    Ok(())
}

fn delete(context: &Context, slug: &ResourceRef, yes: bool) -> Result<(), Failure> {
    let mut store = context.store()?;
    let (resource, extent) = publish::deletion_extent(store.read(), slug)?;
    let slug = resource.slug.as_str();
    let extent = counted_in_words(&[
        (extent.resource_links, "resource link", "resource links"),
        (extent.enrolments, "enrolment", "enrolments"),
        (extent.grades, "grade", "grades"),
        (extent.sessions, "session", "sessions"),
        (extent.clients, "OpenID client", "OpenID clients"),
    ]);
    let command = format!("ltictl resource delete {slug}");
    context.confirm(
        yes,
        &format!(
            "Delete {} ({slug}) with {extent}? Links to it will never work again.",
            resource.name
        ),
        &command,
    )?;
    publish::delete(&mut store, &slug.into())?;
    context.note(&format!("Deleted {slug} with {extent}.\nAccounts and the launch log are kept."));
    Ok(())
}

/// Prints the app's key; with an overlap, replaces it first.
fn app_key(
    context: &Context,
    slug: &ResourceRef,
    show_secret: bool,
    overlap: Option<SignedDuration>,
) -> Result<(), Failure> {
    let mut store = context.store()?;
    let resource = resource::find(store.read(), slug)?;
    if !show_secret && !std::io::IsTerminal::is_terminal(&std::io::stdout()) {
        let flag = if overlap.is_some() { " --rotate" } else { "" };
        return Err(Failure::new(
            Kind::Usage,
            "--show-secret is missing",
            "standard output is not a terminal, and the key is a secret",
            format!("ltictl resource app-key {}{flag} --show-secret", resource.slug),
        ));
    }
    if let Some(overlap) = overlap {
        app_key::rotate(&mut store, slug, overlap, context.now())?;
    }
    let read = store.read();
    let view = AppKeyView::new(
        &resource.slug,
        rules::app_key::current(read, &resource)?,
        &read.app_keys(resource.id)?,
        context.now(),
    );
    context.print(&view)?;
    context.note(view.note());
    Ok(())
}

fn launch_details(
    context: &Context,
    slug: &ResourceRef,
    platform: Option<&str>,
) -> Result<(), Failure> {
    let (store, site) = context.store_and_settings()?;
    let resource = resource::find(store.read(), slug)?;
    let resource = ResourceView::new(&site.url, resource);
    match platform {
        Some(platform) => context.print(&LinkSheet::new(
            &resource.slug,
            platform,
            &resource.derived.values(&resource),
        )?)?,
        None => context.print(&LaunchDetails::from(resource.clone()))?,
    }
    if !resource.published {
        context.note(&format!(
            "\nThis resource is unpublished, launches are refused.\nTo accept them again: ltictl \
             resource update {} --publish",
            resource.slug
        ));
    }
    Ok(())
}
