//! From a launch to the app: a ticket of the session's page becomes a cookie on the tool's host, and
//! the browser continues at the app.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::authorize::{Answer, decide};
use super::{NotSignedIn, PLACE, SignedIn, WAITING_COOKIE, cookie_name, entries, open};
use crate::domain::{Client, Purpose, Random, Session, SessionHandle, Target, TargetUrl};
use crate::failure::Failure;
use crate::session::bridge::framers;
use crate::store::{Read, Write};
use crate::token::MacKey;
use crate::token::app_entry::{
    self, BUTTON_TICKET_SECONDS, Entry, MAX_ENTRIES, TICKET_SECONDS, Ticket,
};
use crate::token::openid::WaitingRequest;
use crate::web::cookie::Cookies;

/// The ticket for the page after a launch.
pub fn ticket(key: &MacKey, session: &Session, now: Timestamp, random: &Random) -> String {
    Ticket::new(session.handle, now.as_second() + TICKET_SECONDS, random).seal(key, PLACE)
}

/// A person who continues at an app.
pub struct Entered {
    /// Name and value of the cookie.
    pub cookie: (String, String),
    /// For how long it is kept, in seconds.
    pub max_age: i64,
    /// The name of the resource.
    pub title: String,
    /// The origins that may frame the page.
    pub framers: Vec<String>,
    /// A ticket for a new window, if the browser does not store the cookie in the frame.
    pub again: String,
    /// Key of the resource.
    pub resource_id: i64,
}

/// Exchanges a ticket for a cookie, and spends it. `None` if it cannot be used: it was used before,
/// has expired, or its session is over.
///
/// # Errors
///
/// If the database cannot be read or changed.
pub fn enter(
    write: &Write<'_>,
    key: &MacKey,
    ticket: &str,
    cookies: &Cookies,
    now: Timestamp,
    random: &Random,
) -> Result<Option<Result<Entered, NotSignedIn>>, Failure> {
    let read = **write;
    let Some(ticket) = Ticket::open(ticket, key, PLACE, now.as_second()) else { return Ok(None) };
    let Some(session) = read.session(ticket.handle, now)? else { return Ok(None) };
    let Purpose::Resource(resource_id) = session.purpose else { return Ok(None) };
    let SignedIn { active, resource } = match open(read, resource_id, ticket.handle, now)? {
        Ok(signed_in) => signed_in,
        Err(NotSignedIn::Ended(_)) => return Ok(None),
        Err(refused) => return Ok(Some(Err(refused))),
    };
    let expires_at = Timestamp::from_second(ticket.expires_at).unwrap_or(now);
    if !write.spend_nonce(&format!("ticket {}", ticket.nonce), expires_at)? {
        return Ok(None);
    }
    let name = cookie_name(resource_id);
    let earlier = entries(cookies.get(&name), key, resource_id);
    let entry = Entry { handle: ticket.handle, resource_id };
    let kept = kept(read, earlier, (entry, session.account_id), now)?;
    let again = Ticket::new(ticket.handle, now.as_second() + BUTTON_TICKET_SECONDS, random);
    let remaining = session.expires_at.duration_since(now).max(SignedDuration::ZERO);
    Ok(Some(Ok(Entered {
        cookie: (name, app_entry::seal_entries(&kept, key, PLACE)),
        max_age: remaining.as_secs(),
        title: resource.name.to_string(),
        framers: framers(&active),
        again: again.seal(key, PLACE),
        resource_id,
    })))
}

/// The sessions of the cookie afterwards: the new one, and earlier ones of the same account, whose
/// tabs may be open. Those of other people end in this browser.
fn kept(
    read: Read<'_>,
    earlier: Vec<Entry>,
    (entry, account_id): (Entry, Option<i64>),
    now: Timestamp,
) -> Result<Vec<Entry>, Failure> {
    let mut kept = vec![entry];
    for earlier in earlier {
        let Some(session) = read.session(earlier.handle, now)? else { continue };
        let is_same_person = account_id.is_some() && session.account_id == account_id;
        if is_same_person && earlier.handle != entry.handle {
            kept.push(earlier);
        }
    }
    kept.truncate(MAX_ENTRIES);
    Ok(kept)
}

/// How a person continues after a launch.
pub enum Continued {
    /// The browser has not sent the cookie.
    NoCookie,
    /// At the app's page.
    At(String),
    /// With the request that waited for this launch.
    Waiting(Box<Answer>),
}

/// Determines how a person continues who has entered a resource.
///
/// # Errors
///
/// If the database cannot be read.
pub fn continued(
    read: Read<'_>,
    key: &MacKey,
    resource_id: i64,
    cookies: &Cookies,
    now: Timestamp,
) -> Result<Continued, Failure> {
    let name = cookie_name(resource_id);
    let Some(newest) = entries(cookies.get(&name), key, resource_id).into_iter().next() else {
        return Ok(Continued::NoCookie);
    };
    let Ok(signed_in) = open(read, resource_id, newest.handle, now)? else {
        return Ok(Continued::NoCookie);
    };
    let clients = read.clients_of(resource_id)?;
    let waiting = cookies.get(WAITING_COOKIE);
    let waiting = waiting.and_then(|text| WaitingRequest::open(text, key, now.as_second()));
    // It waits for a new launch.
    let launched_at = signed_in.active.session.created_at.as_second();
    let waiting = waiting.filter(|waiting| waiting.began_at <= launched_at);
    if let Some(waiting) = waiting {
        let pairs = waiting.pairs();
        let named = pairs.iter().find(|(name, _)| name == "client_id").map(|(_, id)| id.as_str());
        if clients.iter().any(|client| Some(client.client_id.as_str()) == named) {
            let answer = decide(read, key, &pairs, cookies, true, now)?;
            if matches!(answer, Answer::Ready(_)) {
                return Ok(Continued::Waiting(Box::new(answer)));
            }
        }
    }
    let Target::App(target) = &signed_in.resource.target else { return Ok(Continued::NoCookie) };
    let issuer = signed_in.active.settings.url.as_str();
    Ok(Continued::At(start(&clients, target, issuer, newest.handle)))
}

/// Where the app begins: its own login URL if it has one (Core, 4), or else the resource's target.
fn start(clients: &[Client], target: &TargetUrl, issuer: &str, handle: SessionHandle) -> String {
    let login_url = clients
        .iter()
        .filter(|client| client.enabled)
        .find_map(|client| client.login_url.as_ref().and_then(|url| Url::parse(url.as_str()).ok()));
    match login_url {
        Some(mut url) => {
            url.query_pairs_mut()
                .append_pair("iss", issuer)
                .append_pair("login_hint", &handle.to_string())
                .append_pair("target_link_uri", target.as_str());
            url.into()
        }
        None => target.as_str().to_owned(),
    }
}
