//! `ltictl resource`: courses and activities that platforms can link to.

mod settings;

use clap::{Args, Subcommand};
use jiff::SignedDuration;

use self::settings::ResourceSettings;
use super::context::{Context, Question};
use super::examples::Examples;
use super::list_options::ListOptions;
use super::registration::nothing_to_change;
use crate::admin::{app_key, publish};
use crate::domain::{AppKeyOverlap, Name, Slug, Target};
use crate::failure::{Failure, Kind};
use crate::report::counted_in_words;
use crate::report::view::{AppKeyView, LaunchDetails, ResourceList, ResourceView};
use crate::rules;
use crate::rules::resource::{self, ResourceChange};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "publish",
        &[
            (
                "ltictl resource publish \"Algebra quiz\" --max-grade 10",
                "An activity with grades up to 10 and a built-in page",
            ),
            (
                "ltictl resource publish \"Algebra\" --kind course --target \
                 https://app.example.edu/algebra",
                "A course behind which your own app stands",
            ),
        ],
    ),
    ("list", &[("ltictl resource list", "What can be launched")]),
    ("show", &[("ltictl resource show algebra-quiz", "One of them with every setting")]),
    (
        "update",
        &[
            (
                "ltictl resource update algebra-quiz --max-grade 20 --student-provisioning prompt",
                "Change some of its settings",
            ),
            ("ltictl resource update algebra-quiz --publish", "Let launches in again"),
        ],
    ),
    (
        "unpublish",
        &[("ltictl resource unpublish algebra-quiz", "Refuse its launches; all else stays")],
    ),
    (
        "delete",
        &[(
            "ltictl resource delete algebra-quiz --yes",
            "Delete it with its grades, without a question",
        )],
    ),
    (
        "app-key",
        &[
            ("ltictl resource app-key algebra-quiz", "Show it on the terminal"),
            (
                "ltictl resource app-key algebra-quiz --show-secret > app-key.txt",
                "Hand it to the app in a file",
            ),
            (
                "ltictl resource app-key algebra-quiz --rotate",
                "Replace it; the old key is accepted for seven more days",
            ),
            (
                "ltictl resource app-key algebra-quiz --rotate --now",
                "Replace a compromised key; earlier keys stop immediately",
            ),
        ],
    ),
    (
        "launch-details",
        &[(
            "ltictl resource launch-details algebra-quiz",
            "Launch URL and custom properties for a link made by hand",
        )],
    ),
];

/// Courses and activities that platforms can link to
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
        /// Its title, for instance "Algebra quiz"
        name: Option<String>,
        /// How commands address it [default: made from the title]
        #[arg(long)]
        slug: Option<String>,
        #[command(flatten)]
        settings: Box<ResourceSettings>,
        /// Succeed, and change nothing, when it exists already
        #[arg(long)]
        if_not_exists: bool,
    },
    /// List every resource
    #[command(alias = "ls")]
    List(ListOptions),
    /// Show a resource
    Show {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: String,
    },
    /// Change a resource; its slug and UUID stay
    Update {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: String,
        /// The new title
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        settings: Box<ResourceSettings>,
        /// Let launches in again after an unpublish
        #[arg(long)]
        publish: bool,
    },
    /// Refuse launches and end visits; everything else stays
    Unpublish {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: String,
    },
    /// Delete a resource with its links, enrolments and grades; accounts and the launch log stay
    #[command(alias = "rm")]
    Delete {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Print or replace the key with which the app behind a resource records scores
    ///
    /// The app's server sends it in the header App-Key, with the launch token. A launch token
    /// passes through the person's browser, and this key does not: without it, no one can record a
    /// score of their own. It is required unless `ltictl config set app_key optional` was run. Its
    /// age, and until when a previous key is accepted, are printed on standard error, or with -o
    /// json. If standard output is not a terminal, the key is printed only with --show-secret.
    AppKey {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: String,
        /// Print it even if standard output is not a terminal, as for a script that stores it
        #[arg(long)]
        show_secret: bool,
        /// Create a new key; the current one is accepted for a while, so that the app can change
        /// over
        #[arg(long)]
        rotate: bool,
        /// How long the current key is accepted: up to 30d [default: 7d]
        #[arg(long, value_name = "DURATION", requires = "rotate", conflicts_with = "now")]
        overlap: Option<String>,
        /// Stop the current key, and any earlier one, immediately: it is compromised
        #[arg(long, requires = "rotate")]
        now: bool,
    },
    /// Print what to type into a platform to link to a resource by hand
    LaunchDetails {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: String,
    },
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Publish { name, slug, settings, if_not_exists } => {
            publish(context, name, slug, &settings, if_not_exists)
        }
        Verb::List(options) => list(context, options),
        Verb::Show { resource } => show(context, &resource),
        Verb::Update { resource, name, settings, publish } => {
            update(context, &resource, name, &settings, publish)
        }
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
        Verb::LaunchDetails { resource } => launch_details(context, &resource),
    }
}

fn publish(
    context: &Context,
    name: Option<String>,
    slug: Option<String>,
    settings: &ResourceSettings,
    if_not_exists: bool,
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
    let slug =
        slug.as_deref().map(Slug::new).transpose().map_err(|invalid| helpful(invalid.into()))?;
    let change = settings.to_change().map_err(helpful)?;
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
    let resource = ResourceView::new(&site.url, resource);
    context.print(&resource)?;
    if matches!(resource.target, Target::App(_)) && resource.max_grade.is_some() {
        context.note(&format!(
            "\nThe app records scores with its own key (docs/app.md): ltictl resource app-key {}",
            resource.slug
        ));
    }
    context.note(&format!(
        "\nNext: make a link in the platform with the Launch URL and Custom properties above\n\
         (again with: ltictl resource launch-details {}), and run: ltictl serve",
        resource.slug
    ));
    Ok(())
}

fn list(context: &Context, options: ListOptions) -> Result<(), Failure> {
    let (store, site) = context.store_and_settings()?;
    let resources = store.read().resources()?;
    context.print_list(
        ResourceList(
            resources.into_iter().map(|resource| ResourceView::new(&site.url, resource)).collect(),
        ),
        options,
    )
}

fn show(context: &Context, slug: &str) -> Result<(), Failure> {
    let (store, site) = context.store_and_settings()?;
    context.print(&ResourceView::new(&site.url, resource::find(store.read(), slug)?))
}

fn update(
    context: &Context,
    slug: &str,
    name: Option<String>,
    settings: &ResourceSettings,
    publish: bool,
) -> Result<(), Failure> {
    let (mut store, site) = context.store_and_settings()?;
    resource::find(store.read(), slug)?;
    if name.is_none() && settings.is_empty() && !publish {
        return Err(nothing_to_change(format!("ltictl resource update {slug} --help")));
    }
    let mut change = settings.to_change()?;
    change.name = name.as_deref().map(Name::new).transpose()?;
    change.published = publish.then_some(true);
    let resource = publish::update(&mut store, slug, &change, context.now())?;
    context.print(&ResourceView::new(&site.url, resource))
}

fn unpublish(context: &Context, slug: &str) -> Result<(), Failure> {
    let (mut store, site) = context.store_and_settings()?;
    let change = ResourceChange { published: Some(false), ..ResourceChange::default() };
    let resource = publish::update(&mut store, slug, &change, context.now())?;
    let resource = ResourceView::new(&site.url, resource);
    context.print(&resource)?;
    context.note(&format!(
        "\nLaunches are refused from the next request on.\nTo let them in again: \
        ltictl resource update {} --publish",
        resource.slug
    ));
    Ok(())
}

fn delete(context: &Context, slug: &str, yes: bool) -> Result<(), Failure> {
    let mut store = context.store()?;
    let (resource, extent) = publish::deletion_extent(store.read(), slug)?;
    let slug = resource.slug.as_str();
    let extent = counted_in_words(&[
        (extent.resource_links, "resource link", "resource links"),
        (extent.enrolments, "enrolment", "enrolments"),
        (extent.grades, "grade", "grades"),
        (extent.sessions, "session", "sessions"),
    ]);
    let command = format!("ltictl resource delete {slug}");
    context.confirm(
        yes,
        &format!(
            "Delete {} ({slug}) with {extent}? Links to it can never be made to work again.",
            resource.name
        ),
        &command,
    )?;
    publish::delete(&mut store, slug)?;
    context.note(&format!(
        "Deleted {slug} with {extent}.\nAccounts stay, and the launch log keeps what came in."
    ));
    Ok(())
}

/// Prints the app's key; with an overlap, replaces it first.
fn app_key(
    context: &Context,
    slug: &str,
    show_secret: bool,
    overlap: Option<SignedDuration>,
) -> Result<(), Failure> {
    let mut store = context.store()?;
    let resource = resource::find(store.read(), slug)?;
    if !show_secret && !std::io::IsTerminal::is_terminal(&std::io::stdout()) {
        return Err(Failure::new(
            Kind::Usage,
            "--show-secret is missing",
            "standard output is not a terminal, and the key is a secret",
            format!(
                "ltictl resource app-key {}{} --show-secret",
                resource.slug,
                if overlap.is_some() { " --rotate" } else { "" }
            ),
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

fn launch_details(context: &Context, slug: &str) -> Result<(), Failure> {
    let (store, site) = context.store_and_settings()?;
    let resource = resource::find(store.read(), slug)?;
    let resource = ResourceView::new(&site.url, resource);
    context.print(&LaunchDetails::from(resource.clone()))?;
    if !resource.published {
        context.note(&format!(
            "\nThis resource is unpublished, launches are refused.\nTo let them in \
                again: ltictl resource update {} --publish",
            resource.slug
        ));
    }
    Ok(())
}
