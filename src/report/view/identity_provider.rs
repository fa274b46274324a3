//! Identity providers, without secrets.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{list, whole_time, yes_no};
use crate::domain::{
    IdentityProvider, Linking, ProviderPreset, PublicUrl, Slug, json, provider_callback_path,
};
use crate::report::table::{Column, Entry, Health, colored_column, column};
use crate::report::{Details, Style, View};

/// An identity provider at which people sign in to their accounts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct IdentityProviderView {
    /// Its name in commands and in the redirect URI; it never changes.
    pub slug: Slug,
    /// Display name, which the button on the account page shows.
    pub name: String,
    /// `active` or `disabled`.
    pub status: String,
    /// Which provider it is.
    pub preset: ProviderPreset,
    /// Issuer of its ID tokens; it never changes.
    pub issuer: String,
    /// The tool's client ID there.
    pub client_id: String,
    /// The URL to register there.
    pub redirect_uri: String,
    /// Whether the tool's secret there is stored; it is not after a restore without keys.
    pub has_secret: bool,
    /// When that secret expires; null if that is not known.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub secret_expires_at: Option<Timestamp>,
    /// Domains whose people may sign in; all if there are none.
    pub allowed_domains: Vec<String>,
    /// Tenants whose people may sign in (Microsoft).
    pub tenants: Vec<String>,
    /// Who may link identities to accounts.
    pub linking: Linking,
    /// Whether it may be reached without encryption.
    pub allow_http: bool,
    /// Whether it may be in a private network.
    pub allow_private_network: bool,
    /// The number of identities that are linked to accounts.
    pub identity_count: u32,
    /// When it was added.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub updated_at: Timestamp,
}

impl IdentityProviderView {
    /// The view of a provider of the tool at `url`.
    pub fn new(provider: &IdentityProvider, url: &PublicUrl, identity_count: u32) -> Self {
        Self {
            slug: provider.slug.clone(),
            name: provider.name.to_string(),
            status: if provider.enabled { ACTIVE } else { "disabled" }.to_owned(),
            preset: provider.preset,
            issuer: provider.issuer.to_string(),
            client_id: provider.client_id.to_string(),
            redirect_uri: url.join(&provider_callback_path(&provider.slug)),
            has_secret: provider.has_secret,
            secret_expires_at: provider.secret_expires_at,
            allowed_domains: provider.domains.clone(),
            tenants: provider.tenants.clone(),
            linking: provider.linking,
            allow_http: provider.allow_http,
            allow_private_network: provider.allow_private_network,
            identity_count,
            created_at: provider.created_at,
            updated_at: provider.updated_at,
        }
    }

    fn secret(&self) -> String {
        match (self.has_secret, self.secret_expires_at) {
            (false, _) => "none".to_owned(),
            (true, None) => "set".to_owned(),
            (true, Some(end)) => format!("set, expires {}", whole_time(end)),
        }
    }
}

const ACTIVE: &str = "active";

const ENTRIES: &[Entry<IdentityProviderView>] = &[
    Entry::Value("Slug", |view| view.slug.to_string()),
    Entry::Value("Name", |view| view.name.clone()),
    Entry::Value("Status", |view| view.status.clone()),
    Entry::Value("Preset", |view| view.preset.to_string()),
    Entry::Value("Issuer", |view| view.issuer.clone()),
    Entry::Value("Client ID", |view| view.client_id.clone()),
    Entry::Value("Client secret", IdentityProviderView::secret),
    Entry::Value("Redirect URI", |view| view.redirect_uri.clone()),
    Entry::Section("Who may sign in"),
    Entry::IfAny("Tenants", |view| (!view.tenants.is_empty()).then(|| view.tenants.join(", "))),
    Entry::Value("Allowed domains", |view| match view.allowed_domains.as_slice() {
        [] => "all".to_owned(),
        domains => domains.join(", "),
    }),
    Entry::Value("Linking", |view| view.linking.to_string()),
    Entry::Value("Linked identities", |view| view.identity_count.to_string()),
    Entry::Section("Network"),
    Entry::Value("Plain http", |view| yes_no(view.allow_http).to_owned()),
    Entry::Value("Private network", |view| yes_no(view.allow_private_network).to_owned()),
];

impl View for IdentityProviderView {
    fn table(&self, style: Style) -> String {
        Details::of(style, self, ENTRIES).finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.slug.to_string()]
    }
}

const COLUMNS: &[Column<IdentityProviderView>] = &[
    column("SLUG", |view| view.slug.to_string()),
    column("NAME", |view| view.name.clone()),
    column("PRESET", |view| view.preset.to_string()),
    colored_column(
        "STATUS",
        |view| view.status.clone(),
        |view| if view.status == ACTIVE { Health::Good } else { Health::Bad },
    ),
    column("SECRET", IdentityProviderView::secret),
    column("LINKED", |view| view.identity_count.to_string()),
];

list! {
    /// Every identity provider.
    IdentityProviderList of IdentityProviderView {
        noun: "identity providers",
        columns: COLUMNS,
        identifier: |view| view.slug.to_string(),
        empty: "No identity providers. Add one with: ltictl identity-provider add NAME",
    }
}
