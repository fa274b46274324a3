//! `ltictl client`: apps that sign people in by OpenID Connect.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use super::context::{Context, Question};
use super::examples::Examples;
use super::list_options::ListOptions;
use super::registration::nothing_to_change;
use crate::admin::client::{self, ClientChange, NewClient, WithSecret};
use crate::domain::{
    Client, ClientRef, ClientSecret, ClientSecretOverlap, ExtraClaims, Name, ResourceRef, Slug,
};
use crate::failure::{Failure, shell_word};
use crate::lms;
use crate::report::view::{AppSheetView, ClientList, ClientView};
use crate::rules;
use crate::rules::setting::Clearable;
use crate::store::Store;

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "add",
        &[
            (
                "ltictl client add metrics Grafana \
                 --redirect-uri https://grafana.example.edu/login/generic_oauth",
                "Add an app; print what it asks for, and its secret",
            ),
            (
                "ltictl client add notes Notes --redirect-uri https://notes.example.edu/cb \
                 --auth-method none",
                "Add an app in the browser, which cannot keep a secret",
            ),
            (
                "ltictl client add wiki Wiki --redirect-uri https://wiki.example.edu/cb \
                 --claim memberOf=groups --email made-up",
                "Send the groups under another name, and an address to an app that needs one",
            ),
        ],
    ),
    (
        "list",
        &[
            ("ltictl client list", "List all clients, without secrets"),
            ("ltictl client list --resource wiki", "List those of one resource"),
        ],
    ),
    ("show", &[("ltictl client show grafana", "Show what the app asks for")]),
    (
        "sheet",
        &[(
            "ltictl client sheet grafana --for grafana",
            "Print the settings in the words of the app",
        )],
    ),
    (
        "update",
        &[
            (
                "ltictl client update grafana --redirect-uri https://new.example.edu/callback",
                "Replace its redirect URIs",
            ),
            ("ltictl client update grafana --require-pkce on", "Refuse sign-ins without PKCE"),
        ],
    ),
    (
        "rename",
        &[(
            "ltictl client rename grafana \"Grafana of the institute\"",
            "Change the name; slug and client ID do not change",
        )],
    ),
    (
        "rotate-secret",
        &[
            (
                "ltictl client rotate-secret grafana",
                "Print a new secret; the old one is accepted for one more day",
            ),
            (
                "ltictl client rotate-secret grafana --overlap 0s",
                "Refuse the old secret from now on",
            ),
        ],
    ),
    ("enable", &[("ltictl client enable grafana", "Let people sign in again")]),
    ("disable", &[("ltictl client disable grafana", "Refuse sign-ins; nothing is deleted")]),
    (
        "remove",
        &[("ltictl client remove grafana --yes", "Remove it without a confirmation prompt")],
    ),
];

/// Manage apps that sign people in by OpenID Connect
///
/// An app that offers "Sign in with OpenID Connect" is a client of a resource with the handover
/// openid. A launch of this resource is the sign-in: the app gets name, role and course of the
/// person, and needs to know nothing of LTI.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

/// The settings of a client that have another form in commands than in manifests.
#[derive(Debug, Args)]
struct ClientSettings {
    #[command(flatten)]
    change: ClientChange,
    /// File with the app's public keys (JWKS), with --auth-method private_key_jwt
    #[arg(long, value_name = "FILE", conflicts_with = "keys_url")]
    keys_file: Option<PathBuf>,
    /// Further name of a claim, such as memberOf=groups; can be given multiple times
    ///
    /// The claims are name, given_name, family_name, preferred_username, email, locale, groups,
    /// role, tool_role, roles and lti. Earlier names are replaced; "" removes them.
    #[arg(long = "claim", value_name = "NAME=CLAIM")]
    claim: Option<Vec<String>>,
}

impl ClientSettings {
    fn into_change(self) -> Result<ClientChange, Failure> {
        let Self { mut change, keys_file, claim } = self;
        if let Some(file) = keys_file {
            change.keys = Some(Clearable(Some(Context::read_text(&file)?)));
        }
        if let Some(mut pairs) = claim {
            pairs.retain(|pair| !pair.trim().is_empty());
            change.claims = Some(ExtraClaims::from_pairs(&pairs)?);
        }
        Ok(change)
    }
}

#[derive(Debug, Args)]
struct AddArguments {
    /// Slug or UUID of the resource, which has --handover openid
    #[arg(value_name = "RES")]
    resource: ResourceRef,
    /// Name of the app, for instance Grafana
    #[arg(allow_hyphen_values = true)]
    name: Name,
    /// Identifier in commands [default: derived from the name]
    #[arg(long)]
    slug: Option<Slug>,
    #[command(flatten)]
    settings: ClientSettings,
    /// Read the secret from standard input instead of generating one
    #[arg(long)]
    secret_stdin: bool,
    /// Succeed without changes if a client with this slug already exists
    #[arg(long)]
    if_not_exists: bool,
}

#[derive(Debug, Args)]
struct UpdateArguments {
    /// Slug or client ID of the client
    #[arg(value_name = "CLIENT")]
    client: ClientRef,
    /// New name; the slug does not change
    #[arg(long)]
    name: Option<Name>,
    /// Another resource whose launches are its sign-ins
    #[arg(long, value_name = "RES")]
    resource: Option<ResourceRef>,
    #[command(flatten)]
    settings: ClientSettings,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add an app, and print what its form for OpenID Connect asks for
    ///
    /// The secret is generated and printed once; only its hash is stored. The resource needs the
    /// handover openid: ltictl resource update RES --handover openid
    Add(Box<AddArguments>),
    /// List every client
    List {
        /// Only the clients of this resource
        #[arg(long, value_name = "RES")]
        resource: Option<ResourceRef>,
        #[command(flatten)]
        options: ListOptions,
    },
    /// Show a client, and what the app asks for
    Show {
        /// Slug or client ID of the client
        #[arg(value_name = "CLIENT")]
        client: ClientRef,
    },
    /// Print the settings of an app in its own words, such as lines of its configuration
    ///
    /// The secret is never part of them: it was printed once, by `client add` or `client
    /// rotate-secret`.
    Sheet {
        /// Slug or client ID of the client
        #[arg(value_name = "CLIENT")]
        client: ClientRef,
        /// The app; generic lists the values for any form
        #[arg(
            long = "for",
            value_name = "APP",
            default_value = "generic",
            value_parser = PossibleValuesParser::new(lms::APP_NAMES)
        )]
        app: String,
    },
    /// Change a client; what is not given stays as it is
    Update(Box<UpdateArguments>),
    /// Rename a client; its slug and client ID do not change
    Rename {
        /// Slug or client ID of the client
        #[arg(value_name = "CLIENT")]
        client: ClientRef,
        /// The new name
        name: Name,
    },
    /// Replace the secret of a client, and print the new one
    RotateSecret {
        /// Slug or client ID of the client
        #[arg(value_name = "CLIENT")]
        client: ClientRef,
        /// Read the secret from standard input instead of generating one
        #[arg(long)]
        secret_stdin: bool,
        /// How long the current secret is still accepted: 0s to 90d
        #[arg(long, value_name = "TIME", default_value_t = ClientSecretOverlap::default())]
        overlap: ClientSecretOverlap,
    },
    /// Let people sign in to an app again
    Enable {
        /// Slug or client ID of the client
        #[arg(value_name = "CLIENT")]
        client: ClientRef,
    },
    /// Refuse sign-ins to an app
    Disable {
        /// Slug or client ID of the client
        #[arg(value_name = "CLIENT")]
        client: ClientRef,
    },
    /// Remove a client; its resource and people's accounts are kept
    Remove {
        /// Slug or client ID of the client
        #[arg(value_name = "CLIENT")]
        client: ClientRef,
        /// Skip the confirmation prompt
        #[arg(short, long)]
        yes: bool,
    },
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Add(arguments) => add(context, *arguments),
        Verb::List { resource, options } => list(context, resource.as_ref(), options),
        Verb::Show { client } => show(context, &client),
        Verb::Sheet { client, app } => sheet(context, &client, &app),
        Verb::Update(arguments) => update(context, *arguments),
        Verb::Rename { client, name } => rename(context, &client, name),
        Verb::RotateSecret { client, secret_stdin, overlap } => {
            rotate_secret(context, &client, secret_stdin, overlap)
        }
        Verb::Enable { client } => set_enabled(context, &client, true),
        Verb::Disable { client } => set_enabled(context, &client, false),
        Verb::Remove { client, yes } => remove(context, &client, yes),
    }
}

fn add(context: &Context, arguments: AddArguments) -> Result<(), Failure> {
    let AddArguments { resource, name, slug, settings, secret_stdin, if_not_exists } = arguments;
    let mut store = context.store()?;
    let change = settings.into_change()?;
    let command = format!(
        "ltictl client add {resource} {} --redirect-uri URI --secret-stdin < FILE",
        shell_word(name.as_str())
    );
    let secret = secret_stdin.then(|| read_secret(context, &command)).transpose()?;
    let new = NewClient { resource: &resource, name: &name, slug: slug.as_ref(), change: &change };
    let added =
        client::add(&mut store, new, secret, if_not_exists, context.now(), &context.random)?;
    let client = added.client.clone();
    print_with_secret(context, &store, added)?;
    context.note(&format!(
        "\nNext, enter the values above in the app ({}), and open a link to resource {} in the \
         platform.",
        match client.redirect_uris.iter().next() {
            Some(uri) => format!("redirect URI {}", uri.as_str()),
            None => "see docs/any-web-app.md".to_owned(),
        },
        client.resource
    ));
    Ok(())
}

fn read_secret(context: &Context, command: &str) -> Result<ClientSecret, Failure> {
    let question =
        Question { text: "Client secret", default: None, flag: "--secret-stdin", command };
    let check = |text: &str| ClientSecret::new(text).map(drop);
    let text: Zeroizing<String> = context.secret(true, &question, check)?;
    Ok(ClientSecret::new(&text)?)
}

/// Prints a client with its secret, if that was generated, which is printed only now.
fn print_with_secret(context: &Context, store: &Store, after: WithSecret) -> Result<(), Failure> {
    let WithSecret { client, secret } = after;
    let secret = secret.map(|secret| secret.expose().to_owned());
    let is_generated = secret.is_some();
    let url = store.read().settings()?.url;
    context.print(&ClientView::new(&client, &url, context.now()).with_secret(secret))?;
    if is_generated {
        context.note(&format!(
            "\nThe secret is printed only now, and only its hash is stored. For another one: ltictl \
             client rotate-secret {}",
            client.slug
        ));
    }
    Ok(())
}

fn print(context: &Context, store: &Store, client: Client) -> Result<(), Failure> {
    if let Some(command) = rules::client::secret_command(&client) {
        context.note(&format!("The client has no secret yet: {command}"));
    }
    print_with_secret(context, store, WithSecret { client, secret: None })
}

fn list(
    context: &Context,
    resource: Option<&ResourceRef>,
    options: ListOptions,
) -> Result<(), Failure> {
    let (store, settings) = context.store_and_settings()?;
    let read = store.read();
    let clients = match resource {
        Some(reference) => read.clients_of(rules::resource::find(read, reference)?.id)?,
        None => read.clients()?,
    };
    let view = |client| ClientView::new(client, &settings.url, context.now());
    context.print_list(ClientList(clients.iter().map(view).collect()), options)
}

fn show(context: &Context, reference: &ClientRef) -> Result<(), Failure> {
    let store = context.store()?;
    let client = rules::client::find(store.read(), reference)?;
    print(context, &store, client)
}

fn sheet(context: &Context, reference: &ClientRef, app: &str) -> Result<(), Failure> {
    let (store, settings) = context.store_and_settings()?;
    let client = rules::client::find(store.read(), reference)?;
    let found = lms::find_app(app)
        .ok_or_else(|| Failure::not_found("app", app, &lms::APP_NAMES.map(str::to_owned)))?;
    let view = ClientView::new(&client, &settings.url, context.now());
    context.print(&AppSheetView::new(&view, app, found))
}

fn update(context: &Context, arguments: UpdateArguments) -> Result<(), Failure> {
    let UpdateArguments { client: reference, name, resource, settings } = arguments;
    let mut store = context.store()?;
    let change = ClientChange { name, resource, ..settings.into_change()? };
    if change.is_empty() {
        return Err(nothing_to_change(format!(
            "ltictl client update {} --help",
            shell_word(reference.as_str())
        )));
    }
    let changed = client::change(&mut store, &reference, &change, context.now())?;
    print(context, &store, changed)
}

fn rename(context: &Context, reference: &ClientRef, name: Name) -> Result<(), Failure> {
    let mut store = context.store()?;
    let change = ClientChange { name: Some(name), ..ClientChange::default() };
    let renamed = client::change(&mut store, reference, &change, context.now())?;
    print(context, &store, renamed)
}

fn rotate_secret(
    context: &Context,
    reference: &ClientRef,
    secret_stdin: bool,
    overlap: ClientSecretOverlap,
) -> Result<(), Failure> {
    let mut store = context.store()?;
    let command = format!(
        "ltictl client rotate-secret {} --secret-stdin < FILE",
        shell_word(reference.as_str())
    );
    let secret = secret_stdin.then(|| read_secret(context, &command)).transpose()?;
    let rotated = client::rotate_secret(
        &mut store,
        reference,
        secret,
        overlap.duration(),
        context.now(),
        &context.random,
    )?;
    print_with_secret(context, &store, rotated)
}

fn set_enabled(context: &Context, reference: &ClientRef, enabled: bool) -> Result<(), Failure> {
    let mut store = context.store()?;
    let change = ClientChange { enabled: Some(enabled), ..ClientChange::default() };
    let changed = client::change(&mut store, reference, &change, context.now())?;
    print(context, &store, changed)
}

fn remove(context: &Context, reference: &ClientRef, yes: bool) -> Result<(), Failure> {
    let mut store = context.store()?;
    let client = rules::client::find(store.read(), reference)?;
    let slug = &client.slug;
    context.confirm(
        yes,
        &format!(
            "Remove client {slug}? People can no longer sign in to {}, and a new client has another \
             client ID.",
            client.name
        ),
        &format!("ltictl client remove {slug}"),
    )?;
    client::remove(&mut store, reference)?;
    context.note(&format!("Removed client {slug}. People keep their accounts."));
    Ok(())
}
