//! The token endpoint: who the client is, and what it gets for a code.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::claims::{Place, claims};
use super::{SignedIn, enabled_client, open, subject};
use crate::domain::{Client, ClientAuthMethod, Handover, KeyPurpose, Random, Resource, Target};
use crate::failure::{Failure, Kind as FailureKind};
use crate::lti::jws;
use crate::lti::keyset::{Keyset, VerificationKeys};
use crate::lti::openid::client_authentication::{AssertionUse, Proof, check_assertion};
use crate::lti::openid::parameters::Parameters;
use crate::lti::openid::pkce;
use crate::lti::openid::scope::{Scope, Scopes};
use crate::store::{self, Read, Write};
use crate::token::MacKey;
use crate::token::openid::{ACCESS_SECONDS, AccessSubject, AccessToken, Code, session_id};

/// How long an ID token is valid, in seconds, unless the session ends before.
const ID_TOKEN_SECONDS: i64 = 3600;

/// Why the client gets no token (RFC 6749, 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenError {
    /// A parameter is missing, occurs twice or contradicts another one.
    InvalidRequest(&'static str),
    /// The client is unknown or disabled, or has not proved who it is.
    InvalidClient,
    /// The code cannot be used. The reason is for the log: the client gets one text for all.
    InvalidGrant(BadCode),
    /// Another grant than a code or the client's own credentials.
    UnsupportedGrantType,
    /// The client may not get a token for itself.
    UnauthorizedClient,
    /// It asks for a scope that it cannot have.
    InvalidScope,
}

/// Why a code cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadCode {
    /// It is not one of this tool, or has expired.
    UnknownOrExpired,
    /// It was made for another client.
    OtherClient,
    /// It was used before.
    UsedBefore,
    /// It was made for another redirect URI.
    OtherRedirectUri,
    /// The verifier is missing, wrong, or there without a challenge.
    Verifier,
    /// The session has ended, or something that it depends on was disabled.
    SessionOver,
}

impl TokenError {
    /// The value of `error`.
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant(_) => "invalid_grant",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::InvalidScope => "invalid_scope",
        }
    }

    /// The value of `error_description`, in ASCII.
    pub fn description(self) -> &'static str {
        match self {
            Self::InvalidRequest(what) => what,
            Self::InvalidClient => {
                "the client is unknown or disabled, or its secret or assertion is wrong"
            }
            Self::InvalidGrant(_) => {
                "the code is unknown, expired, used, or for another request; start again"
            }
            Self::UnsupportedGrantType => {
                "grant_type must be authorization_code or client_credentials"
            }
            Self::UnauthorizedClient => "this client may not get a token for itself",
            Self::InvalidScope => "the only scope of such a token is score",
        }
    }
}

/// A client that has proved who it is, and the assertion that must not be accepted again.
pub struct Authenticated {
    /// The client.
    pub client: Client,
    used: Option<AssertionUse>,
}

/// The client that a request names, to find its keys before [`authenticate`].
///
/// # Errors
///
/// If the database cannot be read.
pub fn named_client(read: Read<'_>, client_id: &str) -> Result<Option<Client>, store::Error> {
    enabled_client(read, client_id)
}

/// The stored keys of a client.
pub fn stored_keys(client: &Client) -> Option<Keyset> {
    Keyset::parse(client.keys.as_ref()?.as_str().as_bytes()).ok()
}

/// Checks a client's proof. `keys` are those with the ID that an assertion names; `audiences` are
/// the issuer and the URL of the endpoint.
pub fn authenticate(
    client: Client,
    proof: Proof<'_>,
    keys: Option<&VerificationKeys>,
    audiences: &[&str],
    now: Timestamp,
) -> Result<Authenticated, TokenError> {
    let used = match (client.auth_method, proof) {
        (ClientAuthMethod::None, Proof::None) => None,
        (method, Proof::Secret(secret))
            if method.uses_secret() && client.secrets.accepts(&secret, now) =>
        {
            None
        }
        (ClientAuthMethod::PrivateKeyJwt, Proof::Assertion(assertion)) => {
            let claims = keys.and_then(|keys| assertion.verify(keys));
            let used = claims.and_then(|claims| {
                check_assertion(&claims, client.client_id.as_str(), audiences, now.as_second())
            });
            Some(used.ok_or(TokenError::InvalidClient)?)
        }
        _ => return Err(TokenError::InvalidClient),
    };
    Ok(Authenticated { client, used })
}

/// Whether a request may be worth a turn of the database's writer: anyone can send one in the name of
/// a public client.
///
/// # Errors
///
/// What is certainly wrong with it.
pub fn screen(
    key: &MacKey,
    client: &Client,
    form: &Parameters,
    now: Timestamp,
) -> Result<(), TokenError> {
    if form.any_repeated().is_some() {
        return Err(TokenError::InvalidRequest("a parameter occurs twice"));
    }
    match form.get("grant_type") {
        Some("authorization_code") => usable_code(key, client, form, now).map(drop),
        Some("client_credentials") => Ok(()),
        Some(_) => Err(TokenError::UnsupportedGrantType),
        None => Err(TokenError::InvalidRequest("grant_type is missing")),
    }
}

/// The code of a request, if it is one of this client and has not expired.
fn usable_code(
    key: &MacKey,
    client: &Client,
    form: &Parameters,
    now: Timestamp,
) -> Result<Code, TokenError> {
    let text = form.get("code").ok_or(TokenError::InvalidRequest("code is missing"))?;
    let code = Code::open(text, key).filter(|code| now.as_second() < code.expires_at);
    let code = code.ok_or(TokenError::InvalidGrant(BadCode::UnknownOrExpired))?;
    match code.client_id == client.client_id.as_str() {
        true => Ok(code),
        false => Err(TokenError::InvalidGrant(BadCode::OtherClient)),
    }
}

/// What is signed and sent for a request that was accepted.
pub struct Granted {
    client: Client,
    scopes: Scopes,
    /// The person and the code; `None` for the client itself.
    person: Option<(SignedIn, Code)>,
}

/// Checks a request that [`screen`] lets pass, and spends what it uses. What is spent stays spent if something else is wrong.
///
/// # Errors
///
/// If the database cannot be read or changed.
pub fn exchange(
    write: &Write<'_>,
    key: &MacKey,
    authenticated: Authenticated,
    form: &Parameters,
    now: Timestamp,
) -> Result<Result<Granted, TokenError>, Failure> {
    let Authenticated { client, used } = authenticated;
    if let Some(AssertionUse { jti, expires_at }) = used {
        let mark = format!("assertion {} {jti}", client.client_id);
        let expires_at = Timestamp::from_second(expires_at).unwrap_or(now);
        if !write.spend_nonce(&mark, expires_at)? {
            return Ok(Err(TokenError::InvalidClient));
        }
    }
    match form.get("grant_type") {
        Some("authorization_code") => by_code(write, key, client, form, now),
        Some("client_credentials") => Ok(for_itself(**write, client, form)?),
        _ => Ok(Err(TokenError::UnsupportedGrantType)),
    }
}

fn by_code(
    write: &Write<'_>,
    key: &MacKey,
    client: Client,
    form: &Parameters,
    now: Timestamp,
) -> Result<Result<Granted, TokenError>, Failure> {
    let code = match usable_code(key, &client, form, now) {
        Ok(code) => code,
        Err(error) => return Ok(Err(error)),
    };
    let bad = |why| Ok(Err(TokenError::InvalidGrant(why)));
    let until = |seconds| Timestamp::from_second(seconds).unwrap_or(now);
    if !write.spend_nonce(&spent(&code.id), until(code.expires_at))? {
        // Someone else has the code, too. What the first one got for it is no longer accepted.
        write.spend_nonce(&used_twice(&code.id), until(code.expires_at + ACCESS_SECONDS))?;
        return bad(BadCode::UsedBefore);
    }
    if form.get("redirect_uri").map(Code::digest).as_ref() != Some(&code.redirect_uri) {
        return bad(BadCode::OtherRedirectUri);
    }
    let is_proved = match (&code.challenge, form.get("code_verifier")) {
        (Some(challenge), Some(verifier)) => pkce::matches(verifier, challenge),
        (None, None) => !client.needs_pkce(),
        _ => false,
    };
    if !is_proved {
        return bad(BadCode::Verifier);
    }
    let Ok(signed_in) = open(**write, client.resource_id, code.handle(), now)? else {
        return bad(BadCode::SessionOver);
    };
    let scopes = granted_scopes(&client, Scopes::parse(&code.scopes));
    Ok(Ok(Granted { client, scopes, person: Some((signed_in, code)) }))
}

/// The scopes that a client may have. Grades need the administrator's consent: the scopes of a
/// sign-in pass through the person's browser, who can add to them, and apps pass access tokens on.
pub(super) fn granted_scopes(client: &Client, scopes: Scopes) -> Scopes {
    match client.may_score && !client.is_public() {
        true => scopes,
        false => scopes.without(Scope::Score),
    }
}

/// A token for the grades of the client's resource.
fn for_itself(
    read: Read<'_>,
    client: Client,
    form: &Parameters,
) -> Result<Result<Granted, TokenError>, store::Error> {
    if !client.may_score || client.is_public() || grading_resource(read, &client)?.is_none() {
        return Ok(Err(TokenError::UnauthorizedClient));
    }
    let scopes = match form.get("scope") {
        None => Scopes::from_iter([Scope::Score]),
        Some("score") => Scopes::parse("score"),
        Some(_) => return Ok(Err(TokenError::InvalidScope)),
    };
    Ok(Ok(Granted { client, scopes, person: None }))
}

/// The resource whose grades a client may record, as long as people sign in to it.
pub(in crate::session) fn grading_resource(
    read: Read<'_>,
    client: &Client,
) -> Result<Option<Resource>, store::Error> {
    let resource = read.resource_by_id(client.resource_id)?;
    Ok(resource.filter(|resource| {
        let signs_in = resource.app.handover == Handover::Openid;
        resource.published && signs_in && matches!(resource.target, Target::App(_))
    }))
}

fn spent(code_id: &str) -> String {
    format!("code {code_id}")
}

fn used_twice(code_id: &str) -> String {
    format!("code again {code_id}")
}

/// Whether a code was used a second time, after which its access token is not accepted.
pub(super) fn was_used_twice(
    read: Read<'_>,
    code_id: &str,
    code_expires_at: i64,
    now: Timestamp,
) -> Result<bool, store::Error> {
    let until = Timestamp::from_second(code_expires_at + ACCESS_SECONDS).unwrap_or(now);
    read.nonce_is_spent(&used_twice(code_id), until)
}

/// The response to a request that was accepted (RFC 6749, 5.1; Core, 3.1.3.3).
///
/// # Errors
///
/// If the database cannot be read, or there is no key that signs.
pub fn response(
    read: Read<'_>,
    key: &MacKey,
    granted: &Granted,
    now: Timestamp,
    random: &Random,
) -> Result<Value, Failure> {
    let Granted { client, scopes, person } = granted;
    let client_id = client.client_id.as_str().to_owned();
    let now_seconds = now.as_second();
    let (subject, lifetime) = match person {
        Some((signed_in, code)) => {
            let session = &signed_in.active.session;
            let remaining = session.expires_at.as_second() - now_seconds;
            let subject = AccessSubject::Session {
                session: session.handle.number(),
                code_id: code.id.clone(),
                code_expires_at: code.expires_at,
            };
            (subject, remaining.min(ACCESS_SECONDS))
        }
        None => (AccessSubject::Client, ACCESS_SECONDS),
    };
    let access_token = AccessToken {
        client_id,
        subject,
        scopes: scopes.to_string(),
        expires_at: now_seconds + lifetime,
    };
    let mut response = json!({
        "access_token": access_token.seal(key),
        "token_type": "Bearer",
        "expires_in": lifetime,
        "scope": scopes.to_string(),
    });
    if let Some((signed_in, code)) = person {
        response["id_token"] =
            id_token(read, key, client, (signed_in, code, *scopes), now, random)?.into();
    }
    Ok(response)
}

/// Signs an ID token (Core, 2) with the key that signs nothing else.
fn id_token(
    read: Read<'_>,
    key: &MacKey,
    client: &Client,
    (signed_in, code, scopes): (&SignedIn, &Code, Scopes),
    now: Timestamp,
    random: &Random,
) -> Result<String, Failure> {
    let session = &signed_in.active.session;
    let now_seconds = now.as_second();
    let mut claims = claims(read, key, client, signed_in, (scopes, Place::IdToken))?;
    let client_id = client.client_id.as_str();
    let expires_at = (now_seconds + ID_TOKEN_SECONDS).min(session.expires_at.as_second());
    for (name, value) in [
        ("iss", json!(signed_in.active.settings.url.as_str())),
        ("sub", json!(subject(key, client, &signed_in.active))),
        ("aud", json!(client_id)),
        ("iat", json!(now_seconds)),
        ("exp", json!(expires_at)),
        ("auth_time", json!(session.created_at.as_second())),
        ("sid", json!(session_id(key, client_id, session.handle))),
        ("jti", json!(random.uuid().to_string())),
    ] {
        claims.insert(name.to_owned(), value);
    }
    if let Some(nonce) = &code.nonce {
        claims.insert("nonce".to_owned(), json!(nonce));
    }
    let signing_key = read.active_signing_key(KeyPurpose::Openid)?;
    let private_key = signing_key.private_key.expose();
    jws::sign(jws::ID_TOKEN, &json!(claims), signing_key.kid.as_str(), private_key).map_err(
        |error| {
            let hint = "ltictl key rotate --purpose openid";
            Failure::new(FailureKind::Failed, "no ID token", error.to_string(), hint)
        },
    )
}
