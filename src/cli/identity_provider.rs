//! `ltictl identity-provider`: providers at which people sign in to their accounts.

use clap::{Args, Subcommand};
use schemars::JsonSchema;
use serde::Serialize;

use super::context::{Context, Question};
use super::examples::Examples;
use super::list_options::ListOptions;
use super::registration::nothing_to_change;
use super::sheet;
use crate::admin::identity_provider::{self, NewProvider};
use crate::domain::{
    ClientId, IdentityProvider, Name, ProviderPreset, ProviderRef, Settings, Slug,
};
use crate::failure::{Failure, counted, shell_word};
use crate::lms::{ClientValues, ProviderForm, provider_form};
use crate::report::view::{IdentityProviderList, IdentityProviderView};
use crate::report::{Style, View};
use crate::rules;
use crate::rules::identity_provider::{ProviderChange, check_secret};
use crate::rules::setting::{Clearable, Moment};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "add",
        &[
            (
                "ltictl identity-provider add Microsoft --preset microsoft --client-id ID \
                 --tenant GUID --secret-expires 2027-06-30 --client-secret-stdin < secret.txt",
                "Let people of one Microsoft tenant sign in",
            ),
            (
                "ltictl identity-provider add Google --preset google --client-id ID \
                 --allowed-domain school.example.edu --client-secret-stdin < secret.txt",
                "Let people of one organization sign in with Google",
            ),
            (
                "ltictl identity-provider add \"School login\" --preset keycloak --issuer \
                 https://id.example.edu/realms/school --client-id ltictl",
                "Prompt for the secret, which is not shown",
            ),
        ],
    ),
    ("list", &[("ltictl identity-provider list", "List all identity providers, without secrets")]),
    (
        "show",
        &[(
            "ltictl identity-provider show microsoft",
            "Show a provider, its redirect URI, and the steps there",
        )],
    ),
    (
        "set",
        &[
            (
                "ltictl identity-provider set microsoft --linking signed-in",
                "Let people link it themselves after signing in with their password",
            ),
            (
                "ltictl identity-provider set google --allowed-domain school.example.edu",
                "Accept people of one domain only",
            ),
        ],
    ),
    (
        "rename",
        &[("ltictl identity-provider rename microsoft \"School account\"", "Change its name")],
    ),
    (
        "rotate",
        &[(
            "ltictl identity-provider rotate microsoft --secret-expires 2028-06-30 \
             --client-secret-stdin < secret.txt",
            "Replace the secret by a new one of the provider",
        )],
    ),
    ("enable", &[("ltictl identity-provider enable microsoft", "Offer it again")]),
    ("disable", &[("ltictl identity-provider disable microsoft", "Stop offering it")]),
    (
        "remove",
        &[(
            "ltictl identity-provider remove microsoft --yes",
            "Remove it without a confirmation prompt",
        )],
    ),
];

/// Manage identity providers for signing in to accounts
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Args)]
struct AddArguments {
    /// Display name, which the button on the account page shows
    #[arg(allow_hyphen_values = true)]
    name: Name,
    /// Which provider it is: microsoft, google, keycloak, or generic for any other
    #[arg(id = "provider_preset", long = "preset", value_name = "PRESET", default_value_t = ProviderPreset::Generic)]
    preset: ProviderPreset,
    /// Issuer of its ID tokens, exactly as its discovery document names it
    /// [default: that of microsoft or google]
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// Identifier in commands and in the redirect URI [default: derived from the name]
    #[arg(long)]
    slug: Option<Slug>,
    #[command(flatten)]
    settings: ProviderChange,
    /// Read the client secret from standard input instead of prompting for it
    #[arg(long)]
    client_secret_stdin: bool,
    /// Succeed without changes if the slug already exists
    #[arg(long)]
    if_not_exists: bool,
}

/// A provider, given by name.
#[derive(Debug, Args)]
struct ProviderArgument {
    /// Slug of the identity provider
    #[arg(value_name = "PROVIDER", allow_hyphen_values = true)]
    identity_provider: ProviderRef,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add an identity provider, and print what to enter there
    ///
    /// First register this tool there, with the redirect URI that this command prints; you can
    /// choose the slug, which is part of it, with --slug. People can sign in as soon as identities
    /// are linked to accounts: by `ltictl account link`, or by themselves with --linking signed-in.
    Add(Box<AddArguments>),
    /// List every identity provider
    List(ListOptions),
    /// Show an identity provider with its redirect URI and the steps there
    Show(ProviderArgument),
    /// Change the settings of an identity provider; its issuer never changes
    Set {
        #[command(flatten)]
        argument: ProviderArgument,
        #[command(flatten)]
        settings: Box<ProviderChange>,
    },
    /// Rename an identity provider; its slug does not change
    Rename {
        #[command(flatten)]
        argument: ProviderArgument,
        /// The new name
        name: Name,
    },
    /// Replace the client secret by a new one that the provider has generated
    Rotate {
        #[command(flatten)]
        argument: ProviderArgument,
        /// Day on which the new secret expires, such as 2028-06-30
        #[arg(long, value_name = "DATE")]
        secret_expires: Option<Clearable<Moment>>,
        /// Read the client secret from standard input instead of prompting for it
        #[arg(long)]
        client_secret_stdin: bool,
    },
    /// Offer an identity provider on the account page again
    Enable(ProviderArgument),
    /// Stop offering an identity provider; the links to accounts are kept
    Disable(ProviderArgument),
    /// Remove an identity provider with all its links to accounts
    Remove {
        #[command(flatten)]
        argument: ProviderArgument,
        /// Skip the confirmation prompt
        #[arg(short, long)]
        yes: bool,
    },
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Add(arguments) => add(context, *arguments),
        Verb::List(options) => list(context, options),
        Verb::Show(argument) => {
            let (store, settings) = context.store_and_settings()?;
            let read = store.read();
            let found = rules::identity_provider::find(read, &argument.identity_provider)?;
            let identities = read.identity_count(found.id)?;
            print(context, &settings, &found, identities)
        }
        Verb::Set { argument, settings } => {
            if *settings == ProviderChange::default() {
                let slug = &argument.identity_provider;
                return Err(nothing_to_change(format!(
                    "ltictl identity-provider set {slug} --help"
                )));
            }
            change(context, &argument.identity_provider, &settings, None)
        }
        Verb::Rename { argument, name } => {
            let renamed = ProviderChange { name: Some(name), ..ProviderChange::default() };
            change(context, &argument.identity_provider, &renamed, None)
        }
        Verb::Rotate { argument, secret_expires, client_secret_stdin } => {
            rotate(context, &argument.identity_provider, secret_expires, client_secret_stdin)
        }
        Verb::Enable(argument) => set_enabled(context, &argument.identity_provider, true),
        Verb::Disable(argument) => set_enabled(context, &argument.identity_provider, false),
        Verb::Remove { argument, yes } => remove(context, &argument.identity_provider, yes),
    }
}

fn add(context: &Context, arguments: AddArguments) -> Result<(), Failure> {
    let AddArguments { name, preset, issuer, slug, mut settings, client_secret_stdin, .. } =
        arguments;
    let (mut store, tool) = context.store_and_settings()?;
    let command = format!("ltictl identity-provider add {}", shell_word(name.as_str()));
    let question = Question {
        text: "Client ID at the provider",
        default: None,
        flag: "--client-id",
        command: "ltictl identity-provider add --help",
    };
    let client_id = context
        .value_or_ask(settings.client_id, &question, |text| ClientId::new(text).map(drop))?;
    settings.client_id = Some(client_id);
    let new = NewProvider { slug, preset, issuer, change: settings };
    let provider = identity_provider::checked(&name, &new, context.now())?;
    let secret = read_secret(
        context,
        client_secret_stdin,
        &format!("{command} --client-secret-stdin < FILE"),
    )?;
    let added = identity_provider::add(&mut store, &provider, &secret, arguments.if_not_exists)?;
    let identities = store.read().identity_count(added.id)?;
    print(context, &tool, &added, identities)?;
    context.note(&format!(
        "\nNext, link people's identities to accounts: ltictl account link ACCOUNT \
         --identity-provider {0} --subject SUBJECT\nThen check it: ltictl doctor",
        added.slug
    ));
    Ok(())
}

fn read_secret(
    context: &Context,
    from_stdin: bool,
    command: &str,
) -> Result<zeroize::Zeroizing<String>, Failure> {
    let question =
        Question { text: "Client secret", default: None, flag: "--client-secret-stdin", command };
    context.secret(from_stdin, &question, check_secret)
}

fn list(context: &Context, options: ListOptions) -> Result<(), Failure> {
    let (store, settings) = context.store_and_settings()?;
    let read = store.read();
    let providers = read.identity_providers()?;
    let views = providers
        .iter()
        .map(|one| Ok(IdentityProviderView::new(one, &settings.url, read.identity_count(one.id)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    context.print_list(IdentityProviderList(views), options)
}

fn change(
    context: &Context,
    reference: &ProviderRef,
    change: &ProviderChange,
    secret: Option<&str>,
) -> Result<(), Failure> {
    let (mut store, settings) = context.store_and_settings()?;
    let changed = identity_provider::change(&mut store, reference, change, secret, context.now())?;
    let identities = store.read().identity_count(changed.id)?;
    context.print(&IdentityProviderView::new(&changed, &settings.url, identities))
}

fn rotate(
    context: &Context,
    reference: &ProviderRef,
    secret_expires: Option<Clearable<Moment>>,
    from_stdin: bool,
) -> Result<(), Failure> {
    rules::identity_provider::find(context.store()?.read(), reference)?;
    let command = format!(
        "ltictl identity-provider rotate {} --client-secret-stdin < FILE",
        shell_word(reference.as_str())
    );
    let secret = read_secret(context, from_stdin, &command)?;
    // The day of the old secret says nothing about the new one.
    let renewed = ProviderChange {
        secret_expires: Some(secret_expires.unwrap_or(Clearable(None))),
        ..ProviderChange::default()
    };
    change(context, reference, &renewed, Some(&secret))
}

fn set_enabled(context: &Context, reference: &ProviderRef, enabled: bool) -> Result<(), Failure> {
    let switched = ProviderChange { enabled: Some(enabled), ..ProviderChange::default() };
    change(context, reference, &switched, None)
}

fn remove(context: &Context, reference: &ProviderRef, yes: bool) -> Result<(), Failure> {
    let mut store = context.store()?;
    let (found, identities) = identity_provider::removal_extent(store.read(), reference)?;
    let slug = &found.slug;
    context.confirm(
        yes,
        &format!(
            "Remove identity provider {slug} with {} to accounts? People can no longer sign in \
             there.",
            counted(identities, "link", "links")
        ),
        &format!("ltictl identity-provider remove {slug}"),
    )?;
    identity_provider::remove(&mut store, reference)?;
    context.note(&format!("Removed identity provider {slug}. Accounts are kept."));
    Ok(())
}

fn print(
    context: &Context,
    settings: &Settings,
    provider: &IdentityProvider,
    identities: u32,
) -> Result<(), Failure> {
    let view = IdentityProviderView::new(provider, &settings.url, identities);
    let form = provider_form(
        provider.preset,
        ClientValues {
            name: settings.name.as_str(),
            redirect_uri: &view.redirect_uri,
            client_id: provider.client_id.as_str(),
            tenants: &provider.tenants,
        },
    );
    context.print(&IdentityProviderSheet { provider: view, form })
}

/// An identity provider, and the steps there.
#[derive(Serialize, JsonSchema)]
pub(super) struct IdentityProviderSheet {
    /// The provider.
    #[serde(flatten)]
    provider: IdentityProviderView,
    /// Its form for a new client.
    form: ProviderForm,
}

impl View for IdentityProviderSheet {
    fn table(&self, style: Style) -> String {
        let form = &self.form;
        let mut lines = vec![
            self.provider.table(style),
            String::new(),
            style.bold(&format!("{}: register this tool", form.product)),
            format!("Where: {}", form.form_place),
            String::new(),
        ];
        lines.extend(sheet::form(&form.fields));
        lines.extend([String::new(), style.bold("Copy back")]);
        lines.extend(
            form.bring_back
                .iter()
                .map(|one| format!("  {} → {} ({})", one.label, one.option, one.place)),
        );
        for link in &form.links {
            lines.extend([String::new(), style.bold(&link.label), link.value.clone()]);
        }
        sheet::add_notes(&mut lines, form.notes, style);
        lines.join("\n")
    }

    fn identifiers(&self) -> Vec<String> {
        self.provider.identifiers()
    }
}
