//! What a client learns about a person, by the scopes that it asked for.

use serde_json::{Map, Value, json};

use super::{SignedIn, subject};
use crate::domain::{Client, ClientEmail, IdTokenContent, OpenIdClaim, PlatformEmail};
use crate::lti::openid::scope::{Scope, Scopes};
use crate::session::bridge::identity;
use crate::session::{launched, tool_role};
use crate::store::{self, Read};
use crate::token::MacKey;

/// The names of all claims, for the discovery document.
pub const NAMES: [&str; 21] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "sid",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "locale",
    "updated_at",
    "email",
    "email_verified",
    "role",
    "tool_role",
    "roles",
    "groups",
    "lti",
];

/// Where claims are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// An ID token, which apps often keep in a cookie.
    IdToken,
    /// The response of the userinfo endpoint.
    Userinfo,
}

/// The claims about a person, `sub` among them.
///
/// # Errors
///
/// If the database cannot be read.
pub(super) fn claims(
    read: Read<'_>,
    key: &MacKey,
    client: &Client,
    signed_in: &SignedIn,
    (scopes, place): (Scopes, Place),
) -> Result<Map<String, Value>, store::Error> {
    let tool_role = tool_role(read, &signed_in.active, &signed_in.resource)?;
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), subject(key, client, &signed_in.active).into());
    let has_lti = scopes.has(Scope::Lti)
        && (place == Place::Userinfo || client.id_token == IdTokenContent::Full);
    for name in NAMES {
        let is_wanted = match name {
            "name" | "given_name" | "family_name" | "preferred_username" | "locale"
            | "updated_at" => scopes.has(Scope::Profile),
            "role" | "tool_role" | "roles" | "groups" => {
                scopes.has(Scope::Profile) || scopes.has(Scope::Roles)
            }
            "email" | "email_verified" => scopes.has(Scope::Email),
            "lti" => has_lti,
            _ => false,
        };
        let found = is_wanted.then(|| value(name, client, signed_in, tool_role.as_deref()));
        if let Some(found) = found.filter(|found| !found.is_null()) {
            claims.insert(name.to_owned(), found);
        }
    }
    for (name, source) in client.claims.iter() {
        if let Some(found) = claims.get(OpenIdClaim::as_str(source)).cloned() {
            claims.insert(name.to_owned(), found);
        }
    }
    Ok(claims)
}

/// The value of one claim; null if there is none.
fn value(name: &str, client: &Client, signed_in: &SignedIn, tool_role: Option<&str>) -> Value {
    let SignedIn { active, resource } = signed_in;
    let details = &active.session.details;
    let account = active.account.as_ref();
    let profile = account.map(|account| &account.profile);
    let of_person = |own: Option<&String>, sent: &Option<String>| {
        profile.and(own.or(sent.as_ref())).map(String::as_str).map(clean).into()
    };
    match name {
        "name" => account.map(|_| identity::name_of(active)).filter(|name| !name.is_empty()).into(),
        "given_name" => {
            of_person(profile.and_then(|it| it.given_name.as_ref()), &details.given_name)
        }
        "family_name" => {
            of_person(profile.and_then(|it| it.family_name.as_ref()), &details.family_name)
        }
        "preferred_username" => account.map(|account| account.username.to_string()).into(),
        "locale" => details.locale.as_deref().map(clean).into(),
        "updated_at" => account.map(|account| account.updated_at.as_second()).into(),
        "email" => email(client, signed_in).map(|(email, _)| email).into(),
        "email_verified" => email(client, signed_in).map(|(_, is_verified)| is_verified).into(),
        "role" => details.role.as_str().into(),
        "tool_role" => tool_role.into(),
        "roles" => details.roles.clone().into(),
        "groups" => identity::groups(
            details,
            &active.registration.slug,
            &resource.slug,
            tool_role.unwrap_or_default(),
        )
        .into(),
        "lti" => json!(launched(active, resource)),
        _ => Value::Null,
    }
}

/// The email address of a person, and whether it is verified. People without an account have none.
fn email(client: &Client, signed_in: &SignedIn) -> Option<(String, bool)> {
    let active = &signed_in.active;
    let account = active.account.as_ref()?;
    match client.email {
        ClientEmail::None => None,
        ClientEmail::Real => {
            let is_verified = active.registration.policy.email == PlatformEmail::Verified;
            active.session.details.email.as_deref().map(|email| (clean(email), is_verified))
        }
        ClientEmail::MadeUp => {
            let url = active.settings.url.to_url();
            let host = url.host_str().unwrap_or_default();
            // A username may contain @, but no plus sign.
            let name = account.username.as_str().replace('@', "+");
            Some((format!("{name}@{host}"), true))
        }
    }
}

/// A text of a platform without control characters.
fn clean(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}
