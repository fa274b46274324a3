//! Finds and changes OpenID clients: the same rules for commands and manifests.

use jiff::Timestamp;

use super::resource::Lookup;
use super::setting::{Clearable, Switch, settings};
use crate::domain::{
    Client, ClientAuthMethod, ClientEmail, ClientKeyset, ClientRef, ClientSubject, EndpointUrl,
    ExtraClaims, Handover, IdTokenContent, Invalid, KeyPurpose, Name, Random, RedirectUris,
    Resource, ResourceRef,
};
use crate::failure::{Failure, FailureList, Kind, shell_word};
use crate::lti::keyset::Keyset;
use crate::rules::signing_key;
use crate::store::{CreatedBy, Read, Write};

/// The algorithms that a client may sign its assertions with.
pub const ASSERTION_ALGORITHMS: &[&str] = &["RS256", "PS256", "ES256"];

settings! {
    /// The settings of an OpenID client, as `ltictl client add` and `update` and manifests change
    /// them, and as exports list them. Its secret is never part of them.
    #[schemars(rename = "ClientEntry")]
    ClientChange of Client {
        /// Name, for administrators [default: the slug]
        #[arg(skip)]
        #[schemars(with = "String")]
        name: Name = name;
        /// Whether people can sign in
        #[arg(skip)]
        enabled: bool = enabled;
        /// Client ID; it never changes [default: random]
        #[arg(skip)]
        client_id: String;
        /// Slug of the resource whose launches are its sign-ins
        #[arg(skip)]
        resource: ResourceRef;
        /// Where the app receives sign-ins; can be given multiple times
        ///
        /// It is compared byte by byte. With https://, or with http:// on this machine; an app on a
        /// device, which has --auth-method none, may use a scheme of its own that contains a dot,
        /// such as org.example.app:/callback. Earlier URIs are replaced.
        #[arg(long = "redirect-uri", value_name = "URI")]
        redirect_uris: Vec<String>;
        /// How the app authenticates [default: client_secret_basic]
        ///
        /// client_secret_basic or client_secret_post (basic or post for short), which accept a
        /// secret in either way; private_key_jwt with the app's own keys; none for a public client,
        /// such as an app in a browser, which has to use PKCE.
        #[arg(long, value_name = "METHOD", value_parser = ClientAuthMethod::from_command)]
        auth_method: ClientAuthMethod = auth_method;
        /// Where the app begins a sign-in (initiate_login_uri), or none [default: none]
        ///
        /// A launch then opens this URL of the app instead of the resource's target.
        #[arg(long, value_name = "URL")]
        login_url: Clearable<String>;
        /// Where people may return after signing out; can be given multiple times; "" removes all
        #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
        post_logout_redirect_uris: Vec<String>;
        /// Public keys of the app, a JSON Web Key Set as text, or null
        #[arg(skip)]
        keys: Clearable<String>;
        /// URL of the app's keyset, with --auth-method private_key_jwt, or none [default: none]
        #[arg(long, value_name = "URL")]
        keys_url: Clearable<String>;
        /// Whether each sign-in has to use PKCE; public clients always have to [default: off]
        #[arg(long, value_name = "on|off", hide_possible_values = true)]
        require_pkce: Switch = require_pkce;
        /// What identifies people (sub): pairwise or account [default: pairwise]
        ///
        /// pairwise is an identifier that only this app gets; account is the account's UUID, the
        /// same for all apps.
        #[arg(long, value_name = "WHAT", hide_possible_values = true)]
        subject: ClientSubject = subject;
        /// Which email address the app gets: real, made-up or none [default: real]
        ///
        /// real is the platform's; made-up is USERNAME@ the tool's host, for apps that find
        /// accounts by an address.
        #[arg(long, value_name = "WHICH", hide_possible_values = true)]
        email: ClientEmail = email;
        /// What the ID token contains: short or full, with the claim lti [default: short]
        #[arg(long, value_name = "CONTENT", hide_possible_values = true)]
        id_token: IdTokenContent = id_token;
        /// Further names of claims, each with the claim whose value it has
        #[arg(skip)]
        claims: ExtraClaims = claims;
        /// Let the app set grades with its access tokens
        #[arg(long, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
        may_score: bool = may_score;
    }
}

/// All settings of a client, as exports list them: without secrets.
impl From<&Client> for ClientChange {
    fn from(client: &Client) -> Self {
        let url = |url: &Option<EndpointUrl>| url.as_ref().map(ToString::to_string);
        Self {
            client_id: Some(client.client_id.to_string()),
            resource: Some((&client.resource).into()),
            redirect_uris: Some(client.redirect_uris.texts()),
            post_logout_redirect_uris: Some(client.post_logout_redirect_uris.texts()),
            login_url: Some(Clearable(url(&client.login_url))),
            keys: Some(Clearable(client.keys.as_ref().map(|keys| keys.as_str().to_owned()))),
            keys_url: Some(Clearable(url(&client.keys_url))),
            ..Self::kept_in(client)
        }
    }
}

impl ClientChange {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Applies the valid parts of a change to a client, and adds the problems of the others to
/// `failures`. Its client ID never changes; the caller stores the key of another resource.
pub fn alter(
    lookup: &impl Lookup,
    client: &mut Client,
    change: &ClientChange,
    failures: &mut FailureList,
) {
    change.change(client);
    if let Some(reference) = &change.resource
        && let Some((slug, _)) = failures.take("resource", lookup.resource(reference))
    {
        client.resource = slug;
    }
    let uris = |field, texts: &[String]| {
        let named: Vec<&String> = texts.iter().filter(|text| !text.is_empty()).collect();
        RedirectUris::new(field, &named)
    };
    if let Some(texts) = &change.redirect_uris
        && let Some(checked) = failures.take("redirect_uris", uris("redirect URI", texts))
    {
        client.redirect_uris = checked;
    }
    if let Some(texts) = &change.post_logout_redirect_uris {
        let checked = uris("post-logout redirect URI", texts);
        if let Some(checked) = failures.take("post_logout_redirect_uris", checked) {
            client.post_logout_redirect_uris = checked;
        }
    }
    if let Some(Clearable(url)) = &change.login_url
        && let Some(url) = failures.take("login_url", endpoint("login URL", url.as_deref()))
    {
        client.login_url = url;
    }
    alter_keys(client, change, failures);
    if !client.auth_method.uses_secret() {
        client.secrets = Default::default();
    }
    check(client, failures);
}

fn endpoint(field: &str, text: Option<&str>) -> Result<Option<EndpointUrl>, Invalid> {
    text.map(|text| EndpointUrl::new(field, text, false)).transpose()
}

/// Keys and their URL exclude each other: what is given replaces the other. Without the method that
/// needs them, stored ones are removed.
fn alter_keys(client: &mut Client, change: &ClientChange, failures: &mut FailureList) {
    if change.keys.as_ref().is_some_and(|keys| keys.0.is_some()) {
        client.keys_url = None;
    }
    if change.keys_url.as_ref().is_some_and(|url| url.0.is_some()) {
        client.keys = None;
    }
    if let Some(Clearable(text)) = &change.keys
        && let Some(keys) = failures.take("keys", text.as_deref().map(checked_keys).transpose())
    {
        client.keys = keys;
    }
    if let Some(Clearable(url)) = &change.keys_url
        && let Some(url) = failures.take("keys_url", endpoint("keys URL", url.as_deref()))
    {
        client.keys_url = url;
    }
    let signs = client.auth_method == ClientAuthMethod::PrivateKeyJwt;
    let (has_keys, has_url) = (client.keys.is_some(), client.keys_url.is_some());
    let names_any = [&change.keys, &change.keys_url]
        .into_iter()
        .flatten()
        .any(|Clearable(value)| value.is_some());
    let problem = match (signs, has_keys, has_url) {
        (_, true, true) => "and a URL of keys exclude each other",
        (true, false, false) => "must be given, or their URL, with the method private_key_jwt",
        (false, true, _) | (false, _, true) if names_any => {
            "have an effect only with the method private_key_jwt"
        }
        _ => "",
    };
    if !problem.is_empty() {
        failures.take("keys", Err::<(), _>(Invalid::new("keys", problem)));
    }
    if !signs {
        (client.keys, client.keys_url) = (None, None);
    }
}

fn checked_keys(text: &str) -> Result<ClientKeyset, Invalid> {
    let keys = ClientKeyset::new(text)?;
    let usable = Keyset::parse(keys.as_str().as_bytes())
        .map_err(|problem| Invalid::new("keys", format!("must be a JSON Web Key Set: {problem}")))?
        .count_usable_with(ASSERTION_ALGORITHMS);
    if usable == 0 {
        let rule = "must contain a key for RS256, PS256 or ES256, with an ID (kid)";
        return Err(Invalid::new("keys", rule));
    }
    Ok(keys)
}

/// The rules for settings together.
fn check(client: &Client, failures: &mut FailureList) {
    let mut refuse = |part: &'static str, field: &str, rule: &str| {
        failures.take(part, Err::<(), _>(Invalid::new(field, rule)));
    };
    if client.redirect_uris.is_empty() {
        refuse("redirect_uris", "redirect URI", "must be given: where the app receives sign-ins");
    }
    let own_scheme = [&client.redirect_uris, &client.post_logout_redirect_uris]
        .into_iter()
        .any(|uris| uris.iter().any(|uri| uri.is_of_own_scheme()));
    if own_scheme && !client.is_public() {
        refuse(
            "redirect_uris",
            "redirect URI",
            "must start with https://: a scheme of its own is only for public clients \
             (--auth-method none), whose app is on a device",
        );
    }
    if client.may_score && client.is_public() {
        refuse(
            "may_score",
            "may_score",
            "needs a client that authenticates: the people who use a public client have its access \
             tokens, and could set their own grades",
        );
    }
}

/// Checks that people can sign in by launches of a resource.
///
/// # Errors
///
/// If its handover is another one, with the command that changes it.
pub fn check_handover(resource: &Resource) -> Result<(), Failure> {
    if resource.app.handover == Handover::Openid {
        return Ok(());
    }
    let slug = &resource.slug;
    let change = match resource.target {
        crate::domain::Target::App(_) => {
            format!("ltictl resource update {slug} --handover openid")
        }
        _ => format!(
            "ltictl resource update {slug} --handover openid --target https://app.example.edu/"
        ),
    };
    Err(Failure::new(
        Kind::Conflict,
        format!("resource {slug} has the handover {}", resource.app.handover),
        "its launches are sign-ins of an app only with the handover openid",
        change,
    ))
}

/// Adds a client, whose settings were checked, with a key that signs its ID tokens.
///
/// # Errors
///
/// If the database or the cryptographic library fails.
pub fn insert(
    write: &Write<'_>,
    client: &Client,
    maker: CreatedBy,
    now: Timestamp,
    random: &Random,
) -> Result<i64, Failure> {
    signing_key::make_sure(write, KeyPurpose::Openid, now, random)?;
    Ok(write.insert_client(client, maker)?)
}

/// The client with this slug or client ID.
///
/// # Errors
///
/// If there is no such client, with the nearest slugs.
pub fn find(read: Read<'_>, reference: &ClientRef) -> Result<Client, Failure> {
    if let Some(slug) = reference.slug()
        && let Some(client) = read.client(&slug)?
    {
        return Ok(client);
    }
    if let Some(client) = read.client_by_client_id(reference.as_str())? {
        return Ok(client);
    }
    Err(Failure::not_found("client", reference.as_str(), &read.client_slugs()?))
}

/// The failure of what needs a secret, for a client that authenticates in another way.
pub fn has_no_secret(client: &Client) -> Failure {
    let slug = &client.slug;
    Failure::new(
        Kind::Conflict,
        format!("client {slug} has no secret"),
        format!("it authenticates by the method {}", client.auth_method),
        format!("ltictl client update {slug} --auth-method client_secret_basic"),
    )
}

/// The command that gives a client a secret, if it needs one and has none.
pub fn secret_command(client: &Client) -> Option<String> {
    let is_missing = client.auth_method.uses_secret() && client.secrets.digest.is_none();
    is_missing.then(|| format!("ltictl client rotate-secret {}", shell_word(client.slug.as_str())))
}
