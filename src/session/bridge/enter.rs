//! Entering and leaving an app behind a proxy.

use jiff::{SignedDuration, Timestamp};

use super::{COOKIE, app_origin, framers, open, open_entries, origin_of_host};
use crate::domain::{Purpose, Random, Resource, Session, SessionHandle, Target, TargetUrl};
use crate::failure::Failure;
use crate::session::ActiveSession;
use crate::store::{Read, Write};
use crate::token::MacKey;
use crate::token::app_entry::{
    self, BUTTON_TICKET_SECONDS, Entry, MAX_ENTRIES, TICKET_SECONDS, Ticket,
};

/// The ticket for the page after a launch.
pub fn ticket(
    key: &MacKey,
    session: &Session,
    target: &TargetUrl,
    now: Timestamp,
    random: &Random,
) -> String {
    let expires_at = now.as_second() + TICKET_SECONDS;
    Ticket::new(session.handle, expires_at, random).seal(key, &target.origin())
}

/// Who sends a ticket to which host.
#[derive(Debug, Clone, Copy)]
pub struct Entering<'r> {
    /// The `Host` of the request.
    pub host: &'r str,
    /// The page that posts the form: `Origin`.
    pub sender: Option<&'r str>,
    /// The ticket.
    pub ticket: &'r str,
    /// The value of [`COOKIE`] so far.
    pub cookie: Option<&'r str>,
}

/// A person who has entered an app.
pub struct Entered {
    /// The value of [`COOKIE`].
    pub cookie: String,
    /// For how long it is kept, in seconds.
    pub max_age: i64,
    /// The app's URL.
    pub target: TargetUrl,
    /// The app's origin.
    pub origin: String,
    /// The name of the resource.
    pub title: String,
    /// The origins that may frame the app.
    pub framers: Vec<String>,
    /// A ticket for a new window, if the browser does not store the cookie in the frame.
    pub again: String,
}

/// Exchanges a ticket for a cookie, and spends it. `None` if the ticket cannot be used: it was used
/// before, has expired or is for another app, its session is over, or a page other than the tool's
/// or the app's sends it. A page elsewhere could otherwise put people into another person's session.
///
/// # Errors
///
/// If the database cannot be read or changed.
pub fn enter(
    write: &Write<'_>,
    key: &MacKey,
    entering: &Entering<'_>,
    now: Timestamp,
    random: &Random,
) -> Result<Option<Entered>, Failure> {
    let read = **write;
    let Some(origin) = origin_of_host(read, entering.host)? else { return Ok(None) };
    let tool_origin = read.settings()?.url.to_url().origin().ascii_serialization();
    if !entering.sender.is_some_and(|sender| sender == origin || sender == tool_origin) {
        return Ok(None);
    }
    let Some(ticket) = Ticket::open(entering.ticket, key, &origin, now.as_second()) else {
        return Ok(None);
    };
    let Some((entry, active, resource)) = entry_of(read, ticket.handle, &origin, now)? else {
        return Ok(None);
    };
    let expires_at = Timestamp::from_second(ticket.expires_at).unwrap_or(now);
    if !write.spend_nonce(&format!("ticket {}", ticket.nonce), expires_at)? {
        return Ok(None);
    }
    let entries =
        entries_after(read, key, entering.cookie, &origin, (entry, &active, &resource), now)?;
    let Target::App(target) = resource.target else { return Ok(None) };
    let again = Ticket::new(entry.handle, now.as_second() + BUTTON_TICKET_SECONDS, random);
    Ok(Some(Entered {
        cookie: app_entry::seal_entries(&entries, key, &origin),
        max_age: remaining(&active.session, now),
        again: again.seal(key, &origin),
        title: resource.name.to_string(),
        target,
        origin,
        framers: framers(&active),
    }))
}

/// The session that a ticket is for, if its session is open and its app is at this origin.
fn entry_of(
    read: Read<'_>,
    handle: SessionHandle,
    origin: &str,
    now: Timestamp,
) -> Result<Option<(Entry, ActiveSession, Resource)>, Failure> {
    let Some(session) = read.session(handle, now)? else { return Ok(None) };
    let Purpose::Resource(resource_id) = session.purpose else { return Ok(None) };
    let entry = Entry { handle, resource_id };
    Ok(match open(read, &entry, now)? {
        Ok(admitted) if app_origin(&admitted.resource).as_deref() == Some(origin) => {
            Some((entry, admitted.active, admitted.resource))
        }
        _ => None,
    })
}

/// The sessions of the cookie afterwards: the new one, and those of the same account at other paths of
/// the app's host. Those of other people end in this browser.
fn entries_after(
    read: Read<'_>,
    key: &MacKey,
    cookie: Option<&str>,
    origin: &str,
    (entry, active, resource): (Entry, &ActiveSession, &Resource),
    now: Timestamp,
) -> Result<Vec<Entry>, Failure> {
    let account_id = active.session.account_id;
    let mut entries = vec![entry];
    for (earlier, admitted) in open_entries(read, key, cookie, origin, now)? {
        let is_same_person =
            account_id.is_some() && admitted.active.session.account_id == account_id;
        let is_elsewhere = admitted.resource.app.prefix() != resource.app.prefix();
        if is_same_person && is_elsewhere {
            entries.push(earlier);
        }
    }
    entries.truncate(MAX_ENTRIES);
    Ok(entries)
}

/// How long a session is still open, in seconds.
fn remaining(session: &Session, now: Timestamp) -> i64 {
    session.expires_at.duration_since(now).max(SignedDuration::ZERO).as_secs()
}

/// The URL of the app that the newest session of a cookie is for, if its session is open, and the
/// origins that may frame the app.
///
/// # Errors
///
/// If the database cannot be read.
pub fn entered(
    read: Read<'_>,
    key: &MacKey,
    host: &str,
    cookie: Option<&str>,
    now: Timestamp,
) -> Result<Option<(TargetUrl, Vec<String>)>, Failure> {
    let Some(origin) = origin_of_host(read, host)? else { return Ok(None) };
    let newest = open_entries(read, key, cookie, &origin, now)?.into_iter().next();
    Ok(newest.and_then(|(_, admitted)| {
        let is_here = app_origin(&admitted.resource).as_deref() == Some(&*origin);
        match admitted.resource.target {
            Target::App(target) if is_here => Some((target, framers(&admitted.active))),
            _ => None,
        }
    }))
}

/// Ends the sessions of a cookie.
///
/// # Errors
///
/// If the database cannot be changed.
pub fn leave(
    write: &Write<'_>,
    key: &MacKey,
    origin: &str,
    cookie: Option<&str>,
) -> Result<(), Failure> {
    for entry in
        cookie.map(|cookie| app_entry::open_entries(cookie, key, origin)).unwrap_or_default()
    {
        write.delete_session(entry.handle)?;
    }
    Ok(())
}

/// The cookie with a value, for the app's host only.
pub fn set_cookie(value: &str, max_age: i64) -> String {
    format!(
        "{COOKIE}={value}; Path=/; Max-Age={max_age}; HttpOnly; Secure; SameSite=None; Partitioned"
    )
}
