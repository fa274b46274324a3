//! The userinfo endpoint, and what else accepts access tokens.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::claims::{Place, claims};
use super::token::{granted_scopes, was_used_twice};
use super::{SignedIn, enabled_client, open};
use crate::domain::{Client, SessionHandle};
use crate::lti::openid::scope::{Scope, Scopes};
use crate::store::{self, Read};
use crate::token::MacKey;
use crate::token::openid::{AccessSubject, AccessToken};

/// What an access token currently grants.
pub struct AccessGrant {
    /// The client that has it.
    pub client: Client,
    /// The scopes.
    pub scopes: Scopes,
    /// The person; `None` for the client itself.
    pub person: Option<SignedIn>,
}

/// Opens an access token. `None` if it is not one of this tool or has expired, or its client,
/// session, account, registration or resource has ended or was disabled.
///
/// # Errors
///
/// If the database cannot be read.
pub fn access(
    read: Read<'_>,
    key: &MacKey,
    token: &str,
    now: Timestamp,
) -> Result<Option<AccessGrant>, store::Error> {
    let Some(token) = AccessToken::open(token, key, now.as_second()) else { return Ok(None) };
    let Some(client) = enabled_client(read, &token.client_id)? else { return Ok(None) };
    let person = match token.subject {
        AccessSubject::Session { session, code_id, code_expires_at } => {
            if was_used_twice(read, &code_id, code_expires_at, now)? {
                return Ok(None);
            }
            let handle = SessionHandle::from_number(session);
            let Ok(signed_in) = open(read, client.resource_id, handle, now)? else {
                return Ok(None);
            };
            Some(signed_in)
        }
        AccessSubject::Client if client.may_score && !client.is_public() => None,
        AccessSubject::Client => return Ok(None),
    };
    let scopes = granted_scopes(&client, Scopes::parse(&token.scopes));
    Ok(Some(AccessGrant { client, scopes, person }))
}

/// What a client learns with an access token.
pub struct Userinfo {
    /// The client.
    pub client: Client,
    /// The claims about the person.
    pub claims: Map<String, Value>,
}

/// The claims about the person of an access token (Core, 5.3). `None` if it is not accepted here.
///
/// # Errors
///
/// If the database cannot be read.
pub fn userinfo(
    read: Read<'_>,
    key: &MacKey,
    token: &str,
    now: Timestamp,
) -> Result<Option<Userinfo>, store::Error> {
    let Some(AccessGrant { client, scopes, person: Some(signed_in) }) =
        access(read, key, token, now)?
    else {
        return Ok(None);
    };
    if !scopes.has(Scope::Openid) {
        return Ok(None);
    }
    let claims = claims(read, key, &client, &signed_in, (scopes, Place::Userinfo))?;
    Ok(Some(Userinfo { client, claims }))
}
