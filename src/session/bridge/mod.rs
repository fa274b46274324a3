//! Web apps behind a reverse proxy: people reach them by a launch, and the proxy asks before each
//! request ([`check`]). [`enter`] exchanges the ticket of the page after a launch for a cookie on
//! the app's host.
//!
//! A cookie names sessions, which every check reads again: what ends or is disabled takes effect at
//! the next request.

mod asked;
mod decide;
pub mod enter;
pub mod identity;
mod refused;

use jiff::Timestamp;

pub use self::asked::{Asked, split_url};
use self::decide::{Opened, decide};
pub use self::refused::Refused;
use super::{ActiveSession, SessionEnded, activate};
use crate::domain::{AppPlace, Handover, Resource, Target, canonical_origin};
use crate::failure::Failure;
use crate::rules::framing::frame_ancestors_of;
use crate::rules::web_app::has_other_host;
use crate::store::{self, Read};
use crate::token::MacKey;
use crate::token::app_entry::{self, Entry};
use crate::web::host::is_host;

/// The name of the cookie on the app's host. Its prefix keeps other hosts from setting it.
pub const COOKIE: &str = "__Host-ltictl";

/// The origin of the app at a host, as a `Host` header names it, if there is one.
pub fn origin_of_host(read: Read<'_>, host: &str) -> Result<Option<String>, store::Error> {
    if !is_host(host) {
        return Ok(None);
    }
    for scheme in ["https", "http"] {
        let Some(origin) = canonical_origin(&format!("{scheme}://{host}")) else { continue };
        if !apps_at(read, &origin)?.is_empty() {
            return Ok(Some(origin));
        }
    }
    Ok(None)
}

/// The apps at an origin; none at the tool's own host, whose URL may have changed since.
fn apps_at(read: Read<'_>, origin: &str) -> Result<Vec<AppPlace>, store::Error> {
    let places = read.web_apps_at(origin)?;
    if places.is_empty() {
        return Ok(places);
    }
    let tool = read.settings()?.url.to_url();
    let is_apart = url::Url::parse(origin).is_ok_and(|origin| has_other_host(&origin, &tool));
    Ok(if is_apart { places } else { Vec::new() })
}

/// A person who may use the app.
pub struct Admitted {
    /// Their session.
    pub active: ActiveSession,
    /// The resource that the path belongs to.
    pub resource: Resource,
}

/// Decides about a request.
///
/// # Errors
///
/// If the database cannot be read.
pub fn check(
    read: Read<'_>,
    key: &MacKey,
    asked: &Asked<'_>,
    now: Timestamp,
) -> Result<Result<Admitted, Refused>, store::Error> {
    let places = apps_at(read, asked.origin)?;
    let entries = asked.cookie.map(|cookie| app_entry::open_entries(cookie, key, asked.origin));
    decide(asked, &places, entries.as_deref(), |entry| {
        Ok(open(read, entry, now)?.map(|admitted| Opened {
            role: admitted.active.session.details.role.clone(),
            is_guest: admitted.active.account.is_none(),
            app: admitted.resource.app.clone(),
            value: admitted,
        }))
    })
}

/// Opens the session that an entry names, by the rule for all sessions.
fn open(
    read: Read<'_>,
    entry: &Entry,
    now: Timestamp,
) -> Result<Result<Admitted, SessionEnded>, store::Error> {
    let Some(session) = read.session(entry.handle, now)? else {
        return Ok(Err(SessionEnded::Unknown));
    };
    let mut active = match activate(read, session)? {
        Ok(active) => active,
        Err(ended) => return Ok(Err(ended)),
    };
    Ok(match active.resource.take() {
        Some(resource) if resource.id == entry.resource_id => Ok(Admitted { active, resource }),
        _ => Err(SessionEnded::Unknown),
    })
}

/// The origins that may frame an app: those of the platform, and the tool's own, whose navigation
/// frames it for teachers.
pub fn framers(active: &ActiveSession) -> Vec<String> {
    let mut framers = frame_ancestors_of(&active.registration, &active.session.details);
    framers.push(active.settings.url.to_url().origin().ascii_serialization());
    framers
}

/// The origin of a resource's app, if it is behind a proxy.
pub fn app_origin(resource: &Resource) -> Option<String> {
    match (&resource.target, resource.app.handover) {
        (Target::App(target), Handover::Headers) => Some(target.origin()),
        _ => None,
    }
}

/// The entries of a cookie whose sessions are open.
fn open_entries(
    read: Read<'_>,
    key: &MacKey,
    cookie: Option<&str>,
    origin: &str,
    now: Timestamp,
) -> Result<Vec<(Entry, Admitted)>, Failure> {
    let mut open_ones = Vec::new();
    for entry in
        cookie.map(|cookie| app_entry::open_entries(cookie, key, origin)).unwrap_or_default()
    {
        if let Ok(admitted) = open(read, &entry, now)? {
            open_ones.push((entry, admitted));
        }
    }
    Ok(open_ones)
}
