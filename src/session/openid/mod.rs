//! Apps that sign people in by OpenID Connect: the launch of a resource is the sign-in of its
//! clients.
//!
//! 1. After a launch, [`enter`] exchanges the ticket of the session's page for a cookie on the tool's
//!    own host that names the session, and the browser continues at the app.
//! 2. The app sends the browser to [`authorize`], which finds the session by the cookie and sends a
//!    code back. Without a session, the request waits in the browser for the next launch.
//! 3. The app's server exchanges the code ([`token`]) and asks who signed in ([`userinfo`]).
//! 4. [`logout`] ends the session.
//!
//! Each step reads the session, its resource, registration and account again, so what is disabled
//! takes effect at the next request. Nothing of one client is accepted from another.

pub mod authorize;
mod claims;
pub mod enter;
pub mod logout;
pub mod token;
pub mod userinfo;

use jiff::Timestamp;

pub use self::claims::NAMES as CLAIMS;
use super::{ActiveSession, SessionEnded, activate};
use crate::domain::{Client, Guests, Handover, Purpose, Resource, SessionHandle, Target};
use crate::rules::web_app::has_other_host;
use crate::store::{self, Read};
use crate::token::MacKey;
use crate::token::app_entry::{self, Entry};
use crate::token::openid as sealed;

/// What the tickets and cookies of these sign-ins are sealed for. It is no origin, so they are not
/// those of an app behind a proxy.
const PLACE: &str = "openid";

/// The beginning of the names of the cookies. It keeps other hosts from setting them.
pub const COOKIE_PREFIX: &str = "__Host-lti_app_";

/// The name of the cookie with the sessions of a resource.
pub fn cookie_name(resource_id: i64) -> String {
    format!("{COOKIE_PREFIX}{resource_id}")
}

/// The name of the cookie with a request that waits for a launch.
pub const WAITING_COOKIE: &str = "__Host-lti_app_waits";

/// A person who has launched a client's resource.
pub struct SignedIn {
    /// Their session.
    pub active: ActiveSession,
    /// The resource.
    pub resource: Resource,
}

/// Why a session signs no one in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSignedIn {
    /// It has ended, or is one for another resource.
    Ended(SessionEnded),
    /// The launch is anonymous, and the resource admits no guests.
    Guest,
    /// The resource does not admit people with this role.
    Role,
}

/// Opens a session for the clients of a resource, by the rule for all sessions.
fn open(
    read: Read<'_>,
    resource_id: i64,
    handle: SessionHandle,
    now: Timestamp,
) -> Result<Result<SignedIn, NotSignedIn>, store::Error> {
    let unknown = Ok(Err(NotSignedIn::Ended(SessionEnded::Unknown)));
    let Some(session) = read.session(handle, now)? else { return unknown };
    if session.purpose != Purpose::Resource(resource_id) {
        return unknown;
    }
    let mut active = match activate(read, session)? {
        Ok(active) => active,
        Err(ended) => return Ok(Err(NotSignedIn::Ended(ended))),
    };
    let Some(resource) = active.resource.take() else { return unknown };
    // The tool's URL may have changed since. Cookies do not distinguish ports or paths.
    let is_elsewhere = match &resource.target {
        Target::App(target) => has_other_host(&target.to_url(), &active.settings.url.to_url()),
        _ => false,
    };
    Ok(if resource.app.handover != Handover::Openid || !is_elsewhere {
        Err(NotSignedIn::Ended(SessionEnded::Unknown))
    } else if active.account.is_none() && resource.app.guests == Guests::Refuse {
        Err(NotSignedIn::Guest)
    } else if !resource.app.allow_role.has(&active.session.details.role) {
        Err(NotSignedIn::Role)
    } else {
        Ok(SignedIn { active, resource })
    })
}

/// The sessions in a cookie, the newest first.
fn entries(cookie: Option<&str>, key: &MacKey, resource_id: i64) -> Vec<Entry> {
    let all = cookie.map(|cookie| app_entry::open_entries(cookie, key, PLACE)).unwrap_or_default();
    all.into_iter().filter(|entry| entry.resource_id == resource_id).collect()
}

/// `sub`: what names the person to a client.
fn subject(key: &MacKey, client: &Client, active: &ActiveSession) -> String {
    use crate::domain::ClientSubject;
    let client_id = client.client_id.as_str();
    match (&active.account, client.subject) {
        (Some(account), ClientSubject::Account) => account.uuid.to_string(),
        (Some(account), ClientSubject::Pairwise) => {
            sealed::pairwise_subject(key, client_id, &account.uuid)
        }
        (None, _) => sealed::guest_subject(key, client_id, active.session.handle),
    }
}

/// The client with an ID, unless it is disabled.
fn enabled_client(read: Read<'_>, client_id: &str) -> Result<Option<Client>, store::Error> {
    Ok(read.client_by_client_id(client_id)?.filter(|client| client.enabled))
}
