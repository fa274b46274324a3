//! OpenID clients, without their secrets unless one has just been generated.

use schemars::JsonSchema;
use serde::Serialize;

use super::{list, whole_time, yes_no};
use crate::domain::{
    Client, ClientAuthMethod, ClientEmail, ClientKey, ClientSubject, ExtraClaims, IdTokenContent,
    OPENID_AUTHORIZE_PATH, OPENID_CONFIGURATION_PATH, OPENID_JWKS_PATH, OPENID_LOGOUT_PATH,
    OPENID_SCOPES, OPENID_TOKEN_PATH, OPENID_USERINFO_PATH, PublicUrl, RedirectUri, RedirectUris,
    Slug, json,
};
use crate::lms::{AppPart, AppSheet, SECRET};
use crate::report::table::{Column, Entry, Health, colored_column, column};
use crate::report::{Details, Style, View};

/// An OpenID client: an app that signs people in by launches of a resource.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ClientView {
    /// Its name in commands; it never changes.
    pub slug: Slug,
    /// Name, for administrators.
    pub name: String,
    /// `active` or `disabled`.
    pub status: String,
    /// Slug of the resource whose launches are its sign-ins.
    pub resource: Slug,
    /// The issuer of ID tokens: the tool's URL.
    pub issuer: String,
    /// URL of the provider's configuration, from which most apps read the others.
    pub openid_configuration_url: String,
    /// URL to which the app sends browsers to sign in.
    pub authorization_url: String,
    /// URL at which the app exchanges codes.
    pub token_url: String,
    /// URL at which the app reads who has signed in.
    pub userinfo_url: String,
    /// URL of the keyset that verifies ID tokens.
    pub jwks_url: String,
    /// URL to which the app sends browsers to sign out.
    pub logout_url: String,
    /// The scopes that it may request, with spaces between them.
    pub scopes: String,
    /// The client ID.
    pub client_id: ClientKey,
    /// The client secret, only when it has just been generated.
    pub client_secret: Option<String>,
    /// When the current secret was created; null if it has none.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub secret_created_at: Option<jiff::Timestamp>,
    /// Until when the previous secret is accepted; null if there is none.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub previous_secret_expires_at: Option<jiff::Timestamp>,
    /// How it authenticates.
    pub auth_method: ClientAuthMethod,
    /// Where it receives sign-ins.
    pub redirect_uris: RedirectUris,
    /// Where people may return after signing out.
    pub post_logout_redirect_uris: RedirectUris,
    /// Where a launch begins a sign-in, instead of the resource's target.
    pub login_url: Option<String>,
    /// Its public keys, a JSON Web Key Set.
    pub keys: Option<serde_json::Value>,
    /// URL of its public keys.
    pub keys_url: Option<String>,
    /// Whether each sign-in has to use PKCE.
    pub require_pkce: bool,
    /// What identifies people: `pairwise` or `account`.
    pub subject: ClientSubject,
    /// Which email address it gets: `real`, `made-up` or `none`.
    pub email: ClientEmail,
    /// What ID tokens contain: `short` or `full`.
    pub id_token: IdTokenContent,
    /// Further names of claims, each with the claim whose value it has.
    pub claims: ExtraClaims,
    /// Whether its access tokens may set grades.
    pub may_score: bool,
    /// When it was added.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub created_at: jiff::Timestamp,
    /// When it was last changed.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub updated_at: jiff::Timestamp,
}

impl ClientView {
    /// The view of a client of the tool at `url`.
    pub fn new(client: &Client, url: &PublicUrl, now: jiff::Timestamp) -> Self {
        let previous = client.secrets.previous_at(now);
        Self {
            slug: client.slug.clone(),
            name: client.name.to_string(),
            status: if client.enabled { ACTIVE } else { "disabled" }.to_owned(),
            resource: client.resource.clone(),
            issuer: url.to_string(),
            openid_configuration_url: url.join(OPENID_CONFIGURATION_PATH),
            authorization_url: url.join(OPENID_AUTHORIZE_PATH),
            token_url: url.join(OPENID_TOKEN_PATH),
            userinfo_url: url.join(OPENID_USERINFO_PATH),
            jwks_url: url.join(OPENID_JWKS_PATH),
            logout_url: url.join(OPENID_LOGOUT_PATH),
            scopes: OPENID_SCOPES.join(" "),
            client_id: client.client_id.clone(),
            client_secret: None,
            secret_created_at: client.secrets.created_at,
            previous_secret_expires_at: previous.map(|previous| previous.accepted_until),
            auth_method: client.auth_method,
            redirect_uris: client.redirect_uris.clone(),
            post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
            login_url: client.login_url.as_ref().map(ToString::to_string),
            keys: client.keys.as_ref().map(|keys| keys.to_json()),
            keys_url: client.keys_url.as_ref().map(ToString::to_string),
            require_pkce: client.needs_pkce(),
            subject: client.subject,
            email: client.email,
            id_token: client.id_token,
            claims: client.claims.clone(),
            may_score: client.may_score,
            created_at: client.created_at,
            updated_at: client.updated_at,
        }
    }

    /// The same with its secret.
    #[must_use]
    pub fn with_secret(self, client_secret: Option<String>) -> Self {
        Self { client_secret, ..self }
    }

    fn secret(&self) -> Option<String> {
        if !self.auth_method.uses_secret() {
            return None;
        }
        let state = || match self.secret_created_at {
            Some(since) => format!("set on {} (it is not stored)", whole_time(since)),
            None => format!("none: ltictl client rotate-secret {}", self.slug),
        };
        Some(self.client_secret.clone().unwrap_or_else(state))
    }

    fn keys(&self) -> Option<String> {
        let stored = || {
            let count = self.keys.as_ref()?.get("keys")?.as_array()?.len();
            Some(format!("{count} stored"))
        };
        self.keys_url.clone().or_else(stored)
    }
}

const ACTIVE: &str = "active";

/// URIs in one line; none contains white space.
fn joined(uris: &RedirectUris) -> String {
    uris.iter().map(|uri| uri.as_str()).collect::<Vec<_>>().join(" ")
}

const ENTRIES: &[Entry<ClientView>] = &[
    Entry::Value("Slug", |view| view.slug.to_string()),
    Entry::Value("Name", |view| view.name.clone()),
    Entry::Value("Status", |view| view.status.clone()),
    Entry::Value("Resource", |view| view.resource.to_string()),
    Entry::Section("What the app asks for"),
    Entry::Value("Client ID", |view| view.client_id.to_string()),
    Entry::IfAny("Client secret", ClientView::secret),
    Entry::Value("Issuer", |view| view.issuer.clone()),
    Entry::Value("Discovery URL", |view| view.openid_configuration_url.clone()),
    Entry::Value("Authorization URL", |view| view.authorization_url.clone()),
    Entry::Value("Token URL", |view| view.token_url.clone()),
    Entry::Value("User info URL", |view| view.userinfo_url.clone()),
    Entry::Value("Keyset URL (JWKS)", |view| view.jwks_url.clone()),
    Entry::Value("Logout URL", |view| view.logout_url.clone()),
    Entry::Value("Scopes", |view| view.scopes.clone()),
    Entry::Section("What the tool knows of the app"),
    Entry::Value("Redirect URIs", |view| joined(&view.redirect_uris)),
    Entry::IfAny("Post-logout redirect URIs", |view| {
        let uris = &view.post_logout_redirect_uris;
        (!uris.is_empty()).then(|| joined(uris))
    }),
    Entry::IfAny("Login URL", |view| view.login_url.clone()),
    Entry::Value("Authentication", |view| match view.auth_method {
        ClientAuthMethod::ClientSecretBasic | ClientAuthMethod::ClientSecretPost => {
            format!("{}, by its secret", view.auth_method)
        }
        ClientAuthMethod::PrivateKeyJwt => format!("{}, by its keys", view.auth_method),
        ClientAuthMethod::None => "none, a public client".to_owned(),
    }),
    Entry::IfAny("Keys", ClientView::keys),
    Entry::IfAny("Previous secret", |view| {
        let until = view.previous_secret_expires_at?;
        Some(format!("accepted until {}", whole_time(until)))
    }),
    Entry::Value("PKCE", |view| if view.require_pkce { "required" } else { "accepted" }.to_owned()),
    Entry::Section("What the app gets"),
    Entry::Value("Subject", |view| view.subject.to_string()),
    Entry::Value("Email address", |view| view.email.to_string()),
    Entry::Value("ID token", |view| view.id_token.to_string()),
    Entry::IfAny("Further claims", |view| {
        let pairs: Vec<String> =
            view.claims.iter().map(|(name, claim)| format!("{name}={claim}")).collect();
        (!pairs.is_empty()).then(|| pairs.join(", "))
    }),
    Entry::Value("May set grades", |view| yes_no(view.may_score).to_owned()),
];

impl View for ClientView {
    fn table(&self, style: Style) -> String {
        Details::of(style, self, ENTRIES).finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.slug.to_string()]
    }
}

const COLUMNS: &[Column<ClientView>] = &[
    column("SLUG", |view| view.slug.to_string()),
    column("RESOURCE", |view| view.resource.to_string()),
    colored_column(
        "STATUS",
        |view| view.status.clone(),
        |view| if view.status == ACTIVE { Health::Good } else { Health::Bad },
    ),
    column("CLIENT ID", |view| view.client_id.to_string()),
    column("AUTHENTICATION", |view| view.auth_method.to_string()),
    column("REDIRECT URIS", |view| joined(&view.redirect_uris)),
];

list! {
    /// Every OpenID client.
    ClientList of ClientView {
        noun: "clients",
        columns: COLUMNS,
        identifier: |view| view.slug.to_string(),
        empty: "No OpenID clients. Add one with: ltictl client add RES NAME --redirect-uri URI",
    }
}

/// What to enter in one place of an app.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AppSettings {
    /// The file, or where in the app.
    pub place: String,
    /// The text.
    pub text: String,
}

/// The settings of an app that signs people in by OpenID Connect, in its own words.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AppSheetView {
    /// Slug of the client.
    pub client: Slug,
    /// Name of the app in commands.
    pub app: String,
    /// Its name.
    pub name: String,
    /// What to enter, and where. The secret is not part of it.
    pub settings: Vec<AppSettings>,
    /// What to enter for the secret; null if the client has none.
    pub secret: Option<String>,
    /// What to know besides.
    pub notes: Vec<String>,
}

impl AppSheetView {
    /// The sheet of an app, filled in for a client. `app` is its name in commands.
    pub fn new(client: &ClientView, app: &str, sheet: &AppSheet) -> Self {
        let first = client.redirect_uris.iter().next().map_or("", |uri| uri.as_str());
        let fits = |uri: &&RedirectUri| uri.to_url().path().ends_with(&sheet.callback);
        let fitting = client.redirect_uris.iter().find(fits).map(|uri| uri.as_str());
        let (slug, auth_method) = (client.slug.as_str(), client.auth_method.as_str());
        let (parts, mut notes) = sheet.filled(&[
            ("slug", slug),
            ("client_id", client.client_id.as_str()),
            ("issuer", &client.issuer),
            ("openid_configuration_url", &client.openid_configuration_url),
            ("authorization_url", &client.authorization_url),
            ("token_url", &client.token_url),
            ("userinfo_url", &client.userinfo_url),
            ("jwks_url", &client.jwks_url),
            ("logout_url", &client.logout_url),
            ("scopes", &client.scopes),
            ("auth_method", auth_method),
            ("redirect_uri", fitting.unwrap_or(first)),
        ]);
        if fitting.is_none() {
            notes.insert(
                0,
                format!(
                    "The redirect URI of this app usually ends with {}, and none of the client \
                     does: ltictl client update {slug} --redirect-uri URI",
                    sheet.callback
                ),
            );
        }
        let secret = client.auth_method.uses_secret().then(|| {
            format!(
                "In place of {SECRET}, the secret that was printed when it was created. For \
                 another one: ltictl client rotate-secret {slug}"
            )
        });
        if secret.is_none() {
            notes.insert(0, format!("The client has no secret (its method is {auth_method})."));
        }
        let part = |AppPart { place, text }| AppSettings { place, text };
        Self {
            client: client.slug.clone(),
            app: app.to_owned(),
            name: sheet.name.clone(),
            settings: parts.into_iter().map(part).collect(),
            secret,
            notes,
        }
    }
}

impl View for AppSheetView {
    fn table(&self, style: Style) -> String {
        let mut lines =
            vec![style.bold(&format!("{}: the settings for {}", self.name, self.client))];
        for part in &self.settings {
            lines.extend([
                String::new(),
                format!("Where: {}", part.place),
                String::new(),
                part.text.clone(),
            ]);
        }
        lines.push(String::new());
        let secret = self.secret.iter().map(|secret| format!("Secret: {secret}"));
        let notes = secret.chain(self.notes.iter().map(|note| format!("Note: {note}")));
        lines.extend(notes.map(|note| style.whole(&note).into_owned()));
        lines.join("\n")
    }

    fn has_own_lines(&self) -> bool {
        true
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.client.to_string()]
    }
}
