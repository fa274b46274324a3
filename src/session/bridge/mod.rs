//! Web apps behind a reverse proxy: people reach them by a launch, and the proxy asks before each
//! request ([`check`]). [`enter`] exchanges the ticket of the page after a launch for a cookie on
//! the app's host.
//!
//! A cookie names sessions, which every check reads again: what ends or is disabled takes effect at
//! the next request.

mod decide;
pub mod enter;
pub mod identity;
mod refused;

use jiff::Timestamp;

use self::decide::{Opened, decide};
pub use self::refused::Refused;
use super::{ActiveSession, SessionEnded, activate};
use crate::domain::{Handover, Resource, Target, canonical_origin};
use crate::failure::Failure;
use crate::rules::framing::frame_ancestors_of;
use crate::rules::web_app::has_other_host;
use crate::store::{self, AppPlace, Read};
use crate::token::MacKey;
use crate::token::visit::{self, Visit};
use crate::web::host::is_host;
use crate::web::proxied::Sender;

/// The name of the cookie on the app's host. Its prefix keeps other hosts from setting it.
pub const COOKIE: &str = "__Host-ltictl";

/// A request that a proxy asks about.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'r> {
    /// The origin of the app.
    pub origin: &'r str,
    /// The path as the browser sent it, without the query.
    pub path: &'r str,
    /// The method.
    pub method: &'r str,
    /// Whether it asks for another protocol, such as a WebSocket.
    pub is_upgrade: bool,
    /// The page that sends it.
    pub sender: Sender<'r>,
    /// The value of [`COOKIE`].
    pub cookie: Option<&'r str>,
}

/// Splits an absolute URL into its origin and its path as they were sent; `None` if it is no URL
/// that a browser requests.
pub fn split_url(url: &str) -> Option<(String, &str)> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#', '\\']).next().filter(|text| is_host(text))?;
    let below = &rest[authority.len()..];
    let origin = canonical_origin(&url[..url.len() - below.len()])?;
    let is_requested =
        below.starts_with('/') && !below.contains('#') && !below.chars().any(char::is_control);
    is_requested.then(|| (origin, below.split('?').next().unwrap_or_default()))
}

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

/// A person whom the proxy lets in.
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
    let visits = asked.cookie.map(|cookie| visit::open_visits(cookie, key, asked.origin));
    decide(asked, &places, visits.as_deref(), |visit| {
        Ok(open(read, visit, now)?.map(|admitted| Opened {
            role: admitted.active.session.details.role.clone(),
            is_guest: admitted.active.account.is_none(),
            app: admitted.resource.app.clone(),
            value: admitted,
        }))
    })
}

/// Opens the session of a visit by the rule for all sessions.
fn open(
    read: Read<'_>,
    visit: &Visit,
    now: Timestamp,
) -> Result<Result<Admitted, SessionEnded>, store::Error> {
    let Some(session) = read.session(visit.handle, now)? else {
        return Ok(Err(SessionEnded::Unknown));
    };
    let mut active = match activate(read, session)? {
        Ok(active) => active,
        Err(ended) => return Ok(Err(ended)),
    };
    Ok(match active.resource.take() {
        Some(resource) if resource.id == visit.resource_id => Ok(Admitted { active, resource }),
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

/// The visits of a cookie whose sessions are open.
fn open_visits(
    read: Read<'_>,
    key: &MacKey,
    cookie: Option<&str>,
    origin: &str,
    now: Timestamp,
) -> Result<Vec<(Visit, Admitted)>, Failure> {
    let mut open_ones = Vec::new();
    for visit in cookie.map(|cookie| visit::open_visits(cookie, key, origin)).unwrap_or_default() {
        if let Ok(admitted) = open(read, &visit, now)? {
            open_ones.push((visit, admitted));
        }
    }
    Ok(open_ones)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_without_changing_their_paths() {
        for (url, expected) in [
            ("https://app.example.edu/", Some(("https://app.example.edu", "/"))),
            ("https://APP.example.edu.:443/a?b=/c", Some(("https://app.example.edu", "/a"))),
            ("http://localhost:3000/x/../y", Some(("http://localhost:3000", "/x/../y"))),
            ("https://app.example.edu//a%2fb", Some(("https://app.example.edu", "//a%2fb"))),
            ("https://app.example.edu/a\\b", Some(("https://app.example.edu", "/a\\b"))),
            ("https://app.example.edu/?x=https://a/", Some(("https://app.example.edu", "/"))),
            ("https://app.example.edu", None),
            ("https://app.example.edu?x", None),
            ("https://app.example.edu\\@other.example/", None),
            ("https://user@app.example.edu/", None),
            ("https://app.example.edu/a#b", None),
            ("https://a, b/", None),
            ("https:///a", None),
            ("ftp://app.example.edu/", None),
            ("/a", None),
            ("", None),
        ] {
            let expected = expected.map(|(origin, path)| (origin.to_owned(), path));
            assert_eq!(split_url(url), expected, "{url:?}");
        }
    }
}
