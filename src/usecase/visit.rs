//! A launched person's stay: who may see what, and what an app behind the tool is told.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use super::{Failure, Kind};
use crate::domain::{Account, Purpose, Random, Registration, Resource, Session, SessionHandle, Settings, TargetUrl};
use crate::lti::launch_token::{self, LaunchToken};
use crate::lti::roles::Role;
use crate::store::{self, Read};

/// What a session's page is made of.
pub struct Stay {
    /// The session.
    pub session: Session,
    /// The resource that it is for; none when content is to be selected.
    pub resource: Option<Resource>,
    /// The person's account; none in an anonymous launch.
    pub account: Option<Account>,
    /// The registration that it came through.
    pub registration: Registration,
    /// The tool's settings.
    pub settings: Settings,
}

/// Why there is nothing to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// No such session, the wrong browser, or too long ago; which of them is nobody's business.
    Unknown,
    /// The resource was unpublished since the launch.
    Unpublished,
    /// The registration was switched off since the launch.
    Disabled,
    /// The person's account was switched off since the launch.
    AccountDisabled,
}

/// The secret of a session as its cookie or its URL carries it.
pub fn secret_text(bytes: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether a text could be the secret of a session.
pub fn is_secret_text(text: &str) -> bool {
    URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

/// The secret of a session as the database keeps it.
pub fn secret_digest(bytes: &[u8; 32]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

/// Looks a session up by the handle in the URL and the secret in the cookie or the URL. The resource and the registration are looked at anew, so that what an admin switches off
/// is off at the next request.
///
/// # Errors
///
/// The database's own errors.
pub fn enter(read: Read<'_>, handle: &str, secret: Option<&str>, now: Timestamp) -> Result<Result<Stay, Ended>, store::Error> {
    let Some(session) = SessionHandle::parse(handle).map(|handle| read.session(&handle, now)).transpose()?.flatten() else {
        return Ok(Err(Ended::Unknown));
    };
    let secret = secret.and_then(|secret| URL_SAFE_NO_PAD.decode(secret).ok()).unwrap_or_default();
    if verify_slices_are_equal(digest(&SHA256, &secret).as_ref(), &session.secret_digest).is_err() {
        return Ok(Err(Ended::Unknown));
    }
    let Some(registration) = read.registration_by_id(session.registration_id)? else { return Ok(Err(Ended::Unknown)) };
    let resource = match session.purpose {
        Purpose::Selection(_) => None,
        Purpose::Resource(id) => match read.resource_by_id(id)? {
            Some(resource) if !resource.published => return Ok(Err(Ended::Unpublished)),
            Some(resource) => Some(resource),
            None => return Ok(Err(Ended::Unknown)),
        },
    };
    let account = session.account_id.map(|id| read.account_by_id(id)).transpose()?.flatten();
    if !registration.enabled {
        return Ok(Err(Ended::Disabled));
    }
    if account.as_ref().is_some_and(|account| !account.enabled) {
        return Ok(Err(Ended::AccountDisabled));
    }
    Ok(Ok(Stay { session, resource, account, registration, settings: read.settings()? }))
}

/// Signs what an app behind the tool is told of a visit: a JWT for the app's origin, good for a minute.
///
/// # Errors
///
/// No active key, or one that cannot sign.
pub fn launch_token(read: Read<'_>, stay: &Stay, resource: &Resource, target: &TargetUrl, now: Timestamp, random: &Random) -> Result<String, Failure> {
    let key = read.active_signing_key()?;
    let visit = &stay.session.visit;
    let token = LaunchToken {
        iss: stay.settings.url.as_str().to_owned(),
        aud: target.origin(),
        iat: now.as_second(),
        exp: now.as_second() + launch_token::LIFETIME_SECONDS,
        jti: random.uuid().to_string(),
        sub: visit.sub.as_deref().map(|sub| launch_token::person_id(&visit.issuer, sub)),
        user: visit.sub.clone().map(|sub| launch_token::User {
            sub,
            name: visit.name.clone(),
            given_name: visit.given_name.clone(),
            family_name: visit.family_name.clone(),
            email: visit.email.clone(),
            locale: visit.locale.clone(),
        }),
        role: role(&visit.role),
        roles: visit.roles.clone(),
        resource: launch_token::Resource {
            uuid: resource.uuid.to_string(),
            slug: resource.slug.to_string(),
            name: resource.name.to_string(),
            kind: resource.kind.as_str().to_owned(),
        },
        context: visit.context_id.clone().map(|id| launch_token::Context {
            id,
            label: visit.context_label.clone(),
            title: visit.context_title.clone(),
            types: visit.context_types.clone(),
        }),
        resource_link: Some(launch_token::ResourceLink { id: visit.resource_link_id.clone(), title: visit.resource_link_title.clone() }),
        platform: launch_token::Platform {
            issuer: visit.issuer.clone(),
            client_id: visit.client_id.clone(),
            deployment_id: visit.deployment_id.clone(),
            registration: stay.registration.slug.to_string(),
            name: visit.platform_name.clone(),
            product_family_code: visit.platform_product.clone(),
        },
        custom: visit.custom.clone(),
    };
    token
        .sign(key.kid.as_str(), key.private_key.expose())
        .map_err(|error| Failure::new(Kind::Failed, "no launch token", error.to_string(), "ltictl key rotate"))
}

/// The role as the launch decided it.
fn role(word: &str) -> Role {
    [Role::Admin, Role::Staff].into_iter().find(|role| role.as_str() == word).unwrap_or(Role::Learner)
}
