//! Authentication requests (Core, 3.1.2) and their responses.
//!
//! The order of the checks matters: as long as client and redirect URI are not certain, an error is
//! shown on a page and never sent anywhere.

use std::fmt;

use url::{Url, form_urlencoded};

use super::parameters::Parameters;
use super::pkce;
use super::scope::{Scope, Scopes};

/// Maximum length of `state`, in bytes: it comes back in a URL.
const MAX_STATE_BYTES: usize = 4096;

/// Maximum length of `nonce`, in bytes: it comes back in the ID token, which apps keep in a cookie.
const MAX_NONCE_BYTES: usize = 512;

/// What a client is registered with, as far as its requests depend on it.
#[derive(Debug, Clone, Copy)]
pub struct ClientRules<'a> {
    /// Its redirect URIs, compared byte for byte.
    pub redirect_uris: &'a [&'a str],
    /// Whether it has no secret and no key: PKCE is then required, and at a loopback address any port
    /// is accepted (RFC 8252, 7.3).
    pub is_public: bool,
    /// Whether PKCE is required from a client with a secret or a key, too.
    pub requires_pkce: bool,
}

/// How the response reaches the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    #[default]
    Query,
    /// As a form that the browser posts there (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

/// A request that is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Where the response is sent.
    pub destination: Destination,
    /// What the client asks for, `openid` among it.
    pub scopes: Scopes,
    /// To be repeated in the ID token.
    pub nonce: Option<String>,
    /// The PKCE challenge (S256).
    pub challenge: Option<String>,
    /// Whether no page may be shown (`prompt=none`).
    pub is_silent: bool,
    /// Whether a launch is wanted that has not signed anyone in yet (`prompt=login`).
    pub needs_new_launch: bool,
    /// The maximum age of the launch, in seconds.
    pub max_age: Option<i64>,
    /// Who is meant, as the client got it when the sign-in was started by the tool.
    pub login_hint: Option<String>,
    /// An ID token of the person who is meant; not verified.
    pub id_token_hint: Option<String>,
}

/// Where a response is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// A registered redirect URI, or one of the same client at another port of a loopback address.
    pub redirect_uri: String,
    /// How it is sent there.
    pub mode: ResponseMode,
    /// To be repeated unchanged.
    pub state: Option<String>,
}

/// Why a request is not answered with a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// No redirect URI can be trusted: a page explains it.
    Page(PageError),
    /// The client gets an error.
    Error(Destination, AuthorizationError),
}

/// Why an error cannot be sent to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageError {
    /// There is no such client, or it is disabled.
    UnknownClient,
    /// The redirect URI is missing, occurs twice or is not registered.
    RedirectUriNotRegistered,
}

impl PageError {
    /// The code in the log.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownClient => "unknown_client",
            Self::RedirectUriNotRegistered => "redirect_uri_not_registered",
        }
    }
}

/// An error for the client (RFC 6749, 4.1.2.1; Core, 3.1.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorizationError {
    /// A parameter is missing, occurs twice or has a value that is not allowed. The text says which.
    InvalidRequest(&'static str),
    /// Another flow than that with a code.
    UnsupportedResponseType,
    /// `openid` is not among the scopes.
    InvalidScope,
    /// `request`.
    RequestNotSupported,
    /// `request_uri`.
    RequestUriNotSupported,
    /// No one has launched the activity in this browser, and no page may be shown.
    LoginRequired,
    /// The person has to confirm the sign-in, and no page may be shown.
    InteractionRequired,
    /// The person may not use the app.
    AccessDenied(&'static str),
}

impl AuthorizationError {
    /// The value of `error`.
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::LoginRequired => "login_required",
            Self::InteractionRequired => "interaction_required",
            Self::AccessDenied(_) => "access_denied",
        }
    }

    /// The value of `error_description`, in ASCII.
    pub fn description(self) -> &'static str {
        match self {
            Self::InvalidRequest(what) | Self::AccessDenied(what) => what,
            Self::UnsupportedResponseType => "response_type must be code",
            Self::InvalidScope => "scope must contain openid",
            Self::RequestNotSupported => "request objects are not supported",
            Self::RequestUriNotSupported => "request_uri is not supported",
            Self::LoginRequired => "the activity has to be opened from its course first",
            Self::InteractionRequired => "the person has to confirm the sign-in",
        }
    }
}

impl fmt::Display for AuthorizationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code(), self.description())
    }
}

/// The client that a request names, before anything else is checked.
///
/// # Errors
///
/// [`PageError::UnknownClient`] if it names none, or several.
pub fn client_id(parameters: &Parameters) -> Result<&str, PageError> {
    match parameters.get("client_id") {
        Some(id) if !parameters.is_repeated("client_id") => Ok(id),
        _ => Err(PageError::UnknownClient),
    }
}

/// Checks the request of a client.
///
/// # Errors
///
/// What is wrong first.
pub fn check(parameters: &Parameters, client: &ClientRules<'_>) -> Result<Authorization, Refused> {
    let redirect_uri = match parameters.get("redirect_uri") {
        Some(uri) if !parameters.is_repeated("redirect_uri") && is_registered(uri, client) => uri,
        _ => return Err(Refused::Page(PageError::RedirectUriNotRegistered)),
    };
    let mode = match parameters.get("response_mode") {
        // A browser posts no form to an app on the device.
        Some("form_post") if origin(redirect_uri).is_some() => ResponseMode::FormPost,
        _ => ResponseMode::Query,
    };
    let mut destination = Destination { redirect_uri: redirect_uri.to_owned(), mode, state: None };
    let state = parameters.get("state").filter(|_| !parameters.is_repeated("state"));
    if state.is_none_or(|state| state.len() <= MAX_STATE_BYTES) {
        destination.state = state.map(str::to_owned);
    }
    match content(parameters, client) {
        Ok(Content { scopes, nonce, challenge, is_silent, needs_new_launch, max_age }) => {
            let text = |name| parameters.get(name).map(str::to_owned);
            Ok(Authorization {
                destination,
                scopes,
                nonce,
                challenge,
                is_silent,
                needs_new_launch,
                max_age,
                login_hint: text("login_hint"),
                id_token_hint: text("id_token_hint"),
            })
        }
        Err(error) => Err(Refused::Error(destination, error)),
    }
}

/// What a request says apart from where its response is sent.
struct Content {
    scopes: Scopes,
    nonce: Option<String>,
    challenge: Option<String>,
    is_silent: bool,
    needs_new_launch: bool,
    max_age: Option<i64>,
}

fn content(
    parameters: &Parameters,
    client: &ClientRules<'_>,
) -> Result<Content, AuthorizationError> {
    use AuthorizationError::InvalidRequest;
    if parameters.any_repeated().is_some() {
        return Err(InvalidRequest("a parameter occurs twice"));
    }
    if parameters.get("request").is_some() {
        return Err(AuthorizationError::RequestNotSupported);
    }
    if parameters.get("request_uri").is_some() {
        return Err(AuthorizationError::RequestUriNotSupported);
    }
    match parameters.get("response_type") {
        Some("code") => {}
        Some(_) => return Err(AuthorizationError::UnsupportedResponseType),
        None => return Err(InvalidRequest("response_type is missing")),
    }
    if !matches!(parameters.get("response_mode"), None | Some("query" | "form_post")) {
        return Err(InvalidRequest("response_mode must be query or form_post"));
    }
    let scopes = Scopes::parse(parameters.get("scope").unwrap_or_default());
    if !scopes.has(Scope::Openid) {
        return Err(AuthorizationError::InvalidScope);
    }
    let bounded = |name, most, problem| match parameters.get(name) {
        Some(text) if text.len() > most => Err(InvalidRequest(problem)),
        text => Ok(text.map(str::to_owned)),
    };
    bounded("state", MAX_STATE_BYTES, "state is longer than 4096 bytes")?;
    let nonce = bounded("nonce", MAX_NONCE_BYTES, "nonce is longer than 512 bytes")?;
    let challenge = challenge(parameters, client)?;
    let (is_silent, needs_new_launch) = prompt(parameters.get("prompt").unwrap_or_default())?;
    let max_age = match parameters.get("max_age") {
        None => None,
        Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(text.parse().unwrap_or(i64::MAX))
        }
        Some(_) => return Err(InvalidRequest("max_age must be a whole number of seconds")),
    };
    Ok(Content { scopes, nonce, challenge, is_silent, needs_new_launch, max_age })
}

/// The PKCE challenge. A method that is absent would be `plain` (RFC 7636, 4.3), which protects
/// nothing here.
fn challenge(
    parameters: &Parameters,
    client: &ClientRules<'_>,
) -> Result<Option<String>, AuthorizationError> {
    use AuthorizationError::InvalidRequest;
    match (parameters.get("code_challenge"), parameters.get("code_challenge_method")) {
        (None, None) if client.is_public || client.requires_pkce => {
            Err(InvalidRequest("code_challenge is missing: this client needs PKCE"))
        }
        (None, None) => Ok(None),
        (Some(challenge), Some("S256")) if pkce::is_challenge(challenge) => {
            Ok(Some(challenge.to_owned()))
        }
        (Some(_), Some("S256")) => {
            Err(InvalidRequest("code_challenge must have 43 characters of base64url"))
        }
        (Some(_), _) => Err(InvalidRequest("code_challenge_method must be S256")),
        (None, Some(_)) => Err(InvalidRequest("code_challenge is missing")),
    }
}

/// Whether `prompt` forbids pages, and whether it asks for a new launch. `consent`,
/// `select_account` and unknown values change nothing: some clients always send one.
fn prompt(text: &str) -> Result<(bool, bool), AuthorizationError> {
    let values: Vec<&str> = text.split(' ').filter(|value| !value.is_empty()).collect();
    let has = |name| values.contains(&name);
    if has("none") && values.len() > 1 {
        return Err(AuthorizationError::InvalidRequest("prompt none excludes other values"));
    }
    Ok((has("none"), has("login")))
}

/// Whether a redirect URI is registered for a client.
pub fn is_registered(uri: &str, client: &ClientRules<'_>) -> bool {
    client.redirect_uris.contains(&uri)
        || (client.is_public
            && without_loopback_port(uri).is_some_and(|here| {
                let registered =
                    client.redirect_uris.iter().filter_map(|uri| without_loopback_port(uri));
                registered.into_iter().any(|registered| registered == here)
            }))
}

/// The parts before and after the port of a URL at a loopback address. Programs on a person's own
/// computer get a port from the system (RFC 8252, 7.3).
fn without_loopback_port(uri: &str) -> Option<(&str, &str)> {
    let host =
        ["http://127.0.0.1", "http://[::1]"].into_iter().find(|host| uri.starts_with(host))?;
    let rest = &uri[host.len()..];
    let path = match rest.strip_prefix(':') {
        Some(after) => {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            after[..digits].parse::<u16>().ok()?;
            &after[digits..]
        }
        None => rest,
    };
    matches!(path.as_bytes().first(), None | Some(b'/' | b'?')).then_some((host, path))
}

/// The URL that sends a response to a client (RFC 6749, 4.1.2). The redirect URI stays as it is; a
/// query in it is continued.
pub fn redirect_url(redirect_uri: &str, response: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(response).finish();
    let separator = match redirect_uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some((_, query)) if query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{redirect_uri}{separator}{query}")
}

/// Whether any program on the person's device could receive what is sent to a redirect URI (RFC
/// 8252, 8.6): it is at a loopback address, or has a scheme of its own.
pub fn is_on_device(redirect_uri: &str) -> bool {
    origin(redirect_uri).is_none() || without_loopback_port(redirect_uri).is_some()
}

/// The origin of a redirect URI, for policies; `None` for other schemes than http and https.
pub fn origin(redirect_uri: &str) -> Option<String> {
    let url = Url::parse(redirect_uri).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests;
