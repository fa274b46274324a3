//! Authentication requests: whom a client signs in, and with which code.

use jiff::Timestamp;
use url::form_urlencoded;

use super::{NotSignedIn, SignedIn, enabled_client, entries, open, subject};
use crate::domain::{Client, KeyPurpose, Random, SessionHandle, Target};
use crate::failure::Failure;
use crate::lti::jws::{self, Kind};
use crate::lti::keyset::VerificationKey;
use crate::lti::openid::authorization::{
    self, Authorization, AuthorizationError, ClientRules, Destination, PageError, Refused,
};
use crate::lti::openid::parameters::Parameters;
use crate::session::bridge::framers;
use crate::store::{self, Read, Write};
use crate::token::MacKey;
use crate::token::openid::{CODE_SECONDS, Code, WaitingRequest, session_id};
use crate::web::cookie::Cookies;

/// How long the cookie of a waiting request may be, in bytes; browsers accept about 4096.
const MAX_WAITING_BYTES: usize = 3500;

/// What becomes of a request.
pub enum Answer {
    /// A page explains what is wrong; the client gets nothing.
    Page(PageError),
    /// The client gets an error.
    Error(Destination, AuthorizationError),
    /// A page asks the person to open the activity from their course.
    Launch(Box<Wanted>),
    /// The client gets a code, which [`issue`] creates.
    Ready(Box<Ready>),
}

/// A request without a session.
pub struct Wanted {
    /// The client.
    pub client: Client,
    /// The name of its resource.
    pub activity: String,
    /// The value of the cookie in which the request waits; `None` if it is too long for one.
    pub waiting: Option<String>,
}

/// A request of a client that is answered with a code.
pub struct Ready {
    /// The client.
    pub client: Client,
    /// The request.
    pub request: Authorization,
    /// The person's session.
    pub handle: SessionHandle,
    /// When it expires.
    pub expires_at: Timestamp,
    /// The origins that may frame a page for the person.
    pub framers: Vec<String>,
    /// The origin of the resource's target, where the app may continue.
    pub target_origin: Option<String>,
    /// The request, sealed, if the person has to confirm it first: any program on their device could
    /// receive the code (RFC 8252, 8.6).
    pub to_confirm: Option<String>,
    /// The parameters of the request, in case that it has to wait after all.
    parameters: String,
    /// The name of the resource.
    activity: String,
}

/// Decides about a request. If the request has
/// waited for a launch, `has_waited`, the launch is new enough for it.
///
/// # Errors
///
/// If the database cannot be read.
pub fn decide(
    read: Read<'_>,
    key: &MacKey,
    pairs: &[(String, String)],
    cookies: &Cookies,
    has_waited: bool,
    now: Timestamp,
) -> Result<Answer, Failure> {
    let parameters = Parameters::new(pairs.iter().cloned());
    let found = match authorization::client_id(&parameters) {
        Ok(client_id) => enabled_client(read, client_id)?,
        Err(error) => return Ok(Answer::Page(error)),
    };
    let Some(client) = found else { return Ok(Answer::Page(PageError::UnknownClient)) };
    let redirect_uris: Vec<&str> = client.redirect_uris.iter().map(|uri| uri.as_str()).collect();
    let rules = ClientRules {
        redirect_uris: &redirect_uris,
        is_public: client.is_public(),
        requires_pkce: client.require_pkce,
    };
    let request = match authorization::check(&parameters, &rules) {
        Ok(request) => request,
        Err(Refused::Page(error)) => return Ok(Answer::Page(error)),
        Err(Refused::Error(destination, error)) => return Ok(Answer::Error(destination, error)),
    };
    let cookie = cookies.get(&super::cookie_name(client.resource_id));
    let parameters = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let signed_in = match person(read, key, &client, &request, cookie, now)? {
        Err(denied @ (NotSignedIn::Guest | NotSignedIn::Role)) => {
            let why = match denied {
                NotSignedIn::Role => "the activity is not for people with this role",
                _ => "the activity is only for people whom the platform names",
            };
            return Ok(Answer::Error(request.destination, AuthorizationError::AccessDenied(why)));
        }
        Err(NotSignedIn::Ended(_)) => None,
        Ok(signed_in) if has_waited || is_recent(&request, &signed_in, now) => Some(signed_in),
        Ok(_) => None,
    };
    let Some(SignedIn { active, resource }) = signed_in else {
        let activity = read.resource_by_id(client.resource_id)?;
        let activity = activity.map(|resource| resource.name.to_string()).unwrap_or_default();
        return Ok(wanted(key, client, request, (activity, parameters), now));
    };
    let is_on_device =
        client.is_public() && authorization::is_on_device(&request.destination.redirect_uri);
    if is_on_device && request.is_silent {
        return Ok(Answer::Error(request.destination, AuthorizationError::InteractionRequired));
    }
    let to_confirm = is_on_device
        .then(|| WaitingRequest { query: parameters.clone(), began_at: now.as_second() }.seal(key));
    Ok(Answer::Ready(Box::new(Ready {
        to_confirm,
        client,
        request,
        handle: active.session.handle,
        expires_at: active.session.expires_at,
        framers: framers(&active),
        target_origin: match &resource.target {
            Target::App(target) => Some(target.origin()),
            _ => None,
        },
        parameters,
        activity: resource.name.to_string(),
    })))
}

/// The parameters of a request that the person has confirmed; `None` if it is not one of this tool or
/// has expired.
pub fn waiting_pairs(text: &str, key: &MacKey, now: Timestamp) -> Option<Vec<(String, String)>> {
    WaitingRequest::open(text, key, now.as_second()).map(|waiting| waiting.pairs())
}

/// The answer to a request for which no launch is there.
fn wanted(
    key: &MacKey,
    client: Client,
    request: Authorization,
    (activity, query): (String, String),
    now: Timestamp,
) -> Answer {
    if request.is_silent {
        return Answer::Error(request.destination, AuthorizationError::LoginRequired);
    }
    let waiting = WaitingRequest { query, began_at: now.as_second() }.seal(key);
    let waiting = (waiting.len() <= MAX_WAITING_BYTES).then_some(waiting);
    Answer::Launch(Box::new(Wanted { client, activity, waiting }))
}

/// Whether the launch is not older than the client accepts.
fn is_recent(request: &Authorization, signed_in: &SignedIn, now: Timestamp) -> bool {
    let age = now.duration_since(signed_in.active.session.created_at).as_secs();
    request.max_age.is_none_or(|max_age| age <= max_age)
}

/// The person who is signed in: the newest session in the browser's cookie, or the one that the
/// client names. A hint only chooses among the sessions of this browser: one that signs in by itself
/// could be sent to another person.
fn person(
    read: Read<'_>,
    key: &MacKey,
    client: &Client,
    request: &Authorization,
    cookie: Option<&str>,
    now: Timestamp,
) -> Result<Result<SignedIn, NotSignedIn>, store::Error> {
    let mut entries = entries(cookie, key, client.resource_id);
    let named = request.login_hint.as_deref().and_then(SessionHandle::parse);
    entries.sort_by_key(|entry| Some(entry.handle) != named);
    let mut refused = NotSignedIn::Ended(super::SessionEnded::Unknown);
    for (place, entry) in entries.into_iter().enumerate() {
        match open(read, client.resource_id, entry.handle, now)? {
            Ok(signed_in) if is_meant(read, key, client, request, &signed_in)? => {
                return Ok(Ok(signed_in));
            }
            Ok(_) => {}
            Err(why) if place == 0 => refused = why,
            Err(_) => {}
        }
    }
    Ok(Err(refused))
}

/// Whether a person is the one whom the client's ID token is about, if it sends one.
fn is_meant(
    read: Read<'_>,
    key: &MacKey,
    client: &Client,
    request: &Authorization,
    signed_in: &SignedIn,
) -> Result<bool, store::Error> {
    let Some(hint) = &request.id_token_hint else { return Ok(true) };
    let hint = read_hint(read, hint)?;
    let subject = subject(key, client, &signed_in.active);
    Ok(hint
        .is_some_and(|hint| hint.client_id == client.client_id.as_str() && hint.subject == subject))
}

/// An ID token that a client sends back.
pub(super) struct Hint {
    /// The client for which it was signed.
    pub(super) client_id: String,
    /// The person, as the client knows them.
    pub(super) subject: String,
    /// The session, as the client knows it.
    pub(super) session_id: String,
}

impl Hint {
    /// Whether it is about a session.
    pub(super) fn is_about(&self, key: &MacKey, handle: SessionHandle) -> bool {
        self.session_id == session_id(key, &self.client_id, handle)
    }
}

/// Reads an ID token that this tool has signed. It may have expired, and its key may be retired.
pub(super) fn read_hint(read: Read<'_>, hint: &str) -> Result<Option<Hint>, store::Error> {
    let Some(unverified) = jws::read(hint, Kind::IdToken) else { return Ok(None) };
    let signed_by = read.signing_key(unverified.kid())?;
    let signed_by = signed_by.filter(|signed_by| signed_by.purpose == KeyPurpose::Openid);
    let signed_by = signed_by
        .and_then(|key| VerificationKey::from_components(&key.modulus, &key.exponent).ok());
    let Some(claims) = signed_by.and_then(|key| unverified.verify(&key.into())) else {
        return Ok(None);
    };
    let text = |name: &str| claims[name].as_str().map(str::to_owned);
    let hint = text("aud").zip(text("sub")).zip(text("sid"));
    Ok(hint.map(|((client_id, subject), session_id)| Hint { client_id, subject, session_id }))
}

/// Creates the code for a request, and marks the launch as used by this client. A page instead, if
/// the client asks for a launch that has not been used.
///
/// # Errors
///
/// If the database cannot be changed.
pub fn issue(
    write: &Write<'_>,
    key: &MacKey,
    ready: Ready,
    now: Timestamp,
    random: &Random,
) -> Result<Result<(Ready, String), Answer>, Failure> {
    let mark = format!("launch {} {}", ready.handle, ready.client.client_id);
    let is_new = write.spend_nonce(&mark, ready.expires_at)?;
    if ready.request.needs_new_launch && !is_new {
        let Ready { client, request, parameters, activity, .. } = ready;
        return Ok(Err(wanted(key, client, request, (activity, parameters), now)));
    }
    let code = Code {
        client_id: ready.client.client_id.as_str().to_owned(),
        session: ready.handle.number(),
        redirect_uri: Code::digest(&ready.request.destination.redirect_uri),
        scopes: ready.request.scopes.to_string(),
        nonce: ready.request.nonce.clone(),
        challenge: ready.request.challenge.clone(),
        expires_at: now.as_second() + CODE_SECONDS,
        id: Code::new_id(random),
    };
    let code = code.seal(key);
    Ok(Ok((ready, code)))
}
