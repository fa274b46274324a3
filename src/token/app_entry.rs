//! What takes a person's session to the web app behind a resource, and keeps it there: a ticket,
//! which is exchanged once for a cookie on the app's host, and that cookie.
//!
//! Both name a session, which is read from the database, and both are sealed for one origin: at
//! another app, they are worth nothing.

use super::mac::{MacKey, Purpose, mac, mac_matches};
use crate::domain::{Random, SessionHandle};
use data_encoding::HEXLOWER;

/// How long the ticket in the page after a launch is valid, in seconds.
pub const TICKET_SECONDS: i64 = 60;

/// How long the ticket behind a button is valid, in seconds: people read before they click.
pub const BUTTON_TICKET_SECONDS: i64 = 300;

/// How many sessions the cookie of a host contains.
pub const MAX_ENTRIES: usize = 4;

/// What separates the sessions in a cookie.
const SEPARATOR: char = '|';

/// Lets the browser that posts it into an app. It is used once: its nonce is spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The person's session.
    pub handle: SessionHandle,
    /// When it expires, in seconds since 1970.
    pub expires_at: i64,
    /// Makes it unique: 128 random bits in hexadecimal.
    pub nonce: String,
}

impl Ticket {
    /// A new ticket for a session.
    pub fn new(handle: SessionHandle, expires_at: i64, random: &Random) -> Self {
        Self { handle, expires_at, nonce: HEXLOWER.encode(&random.bytes::<16>()) }
    }

    /// The form value for the app at an origin.
    pub fn seal(&self, key: &MacKey, origin: &str) -> String {
        let text = self.text();
        let code = mac(key, Purpose::AppTicket, &message(&text, origin));
        format!("{text}.{code}")
    }

    /// Opens a form value that [`Ticket::seal`] created for this origin, unless it has expired.
    pub fn open(text: &str, key: &MacKey, origin: &str, now_seconds: i64) -> Option<Self> {
        let (sealed, code) = text.rsplit_once('.')?;
        let mut parts = sealed.split('.');
        let ticket = Self {
            handle: SessionHandle::parse(parts.next()?)?,
            expires_at: parts.next()?.parse().ok()?,
            nonce: parts.next()?.to_owned(),
        };
        let is_ours = ticket.text() == sealed
            && mac_matches(key, Purpose::AppTicket, &message(sealed, origin), code);
        (is_ours && now_seconds <= ticket.expires_at).then_some(ticket)
    }

    fn text(&self) -> String {
        format!("{}.{}.{}", self.handle, self.expires_at, self.nonce)
    }
}

/// A person's session in an app, as the cookie contains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The person's session.
    pub handle: SessionHandle,
    /// Key of the resource of the session.
    pub resource_id: i64,
}

impl Entry {
    fn text(self) -> String {
        format!("{}.{}", self.handle, self.resource_id)
    }

    fn seal(self, key: &MacKey, origin: &str) -> String {
        let text = self.text();
        let code = mac(key, Purpose::AppEntry, &message(&text, origin));
        format!("{text}.{code}")
    }

    fn open(text: &str, key: &MacKey, origin: &str) -> Option<Self> {
        let (sealed, code) = text.rsplit_once('.')?;
        let (handle, resource_id) = sealed.split_once('.')?;
        let entry =
            Self { handle: SessionHandle::parse(handle)?, resource_id: resource_id.parse().ok()? };
        let is_ours = entry.text() == sealed
            && mac_matches(key, Purpose::AppEntry, &message(sealed, origin), code);
        is_ours.then_some(entry)
    }
}

/// The value of the cookie with these sessions, the newest first, for the app at an origin.
pub fn seal_entries(entries: &[Entry], key: &MacKey, origin: &str) -> String {
    let sealed = entries.iter().take(MAX_ENTRIES).map(|entry| entry.seal(key, origin));
    sealed.collect::<Vec<_>>().join(&SEPARATOR.to_string())
}

/// The sessions in the value of a cookie that were sealed for this origin.
pub fn open_entries(value: &str, key: &MacKey, origin: &str) -> Vec<Entry> {
    let parts = value.split(SEPARATOR).take(MAX_ENTRIES);
    parts.filter_map(|part| Entry::open(part, key, origin)).collect()
}

/// What a code authenticates. The text contains no space.
fn message(text: &str, origin: &str) -> String {
    format!("{text} {origin}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://app.example.edu";
    const OTHER: &str = "https://other.example.edu";

    fn handle(number: u64) -> SessionHandle {
        SessionHandle::from_number(number)
    }

    #[test]
    fn a_ticket_opens_for_its_origin_until_it_expires() {
        let (key, random) = (MacKey::new([7; 32]), Random::seeded(1));
        let ticket = Ticket::new(handle(5), 1060, &random);
        let sealed = ticket.seal(&key, ORIGIN);
        for (origin, now, opens) in [
            (ORIGIN, 1000, true),
            (ORIGIN, 1060, true),
            (ORIGIN, 1061, false),
            (OTHER, 1000, false),
            ("http://app.example.edu", 1000, false),
            ("https://app.example.edu:8443", 1000, false),
        ] {
            let opened = Ticket::open(&sealed, &key, origin, now);
            assert_eq!(opened.is_some_and(|opened| opened == ticket), opens, "{origin} {now}");
        }
        assert!(Ticket::open(&sealed, &MacKey::new([8; 32]), ORIGIN, 1000).is_none());
        let other = Ticket::new(handle(5), 1060, &random);
        assert_ne!(other.nonce, ticket.nonce);
        let later = sealed.replace(".1060.", ".9999.");
        let same_time = sealed.replace(".1060.", ".+1060.");
        for text in ["", ".", "...", &later, &same_time, &sealed[1..], &format!("{sealed}.")] {
            assert!(Ticket::open(text, &key, ORIGIN, 1000).is_none(), "{text:?}");
        }
    }

    #[test]
    fn entries_open_for_their_origin_only() {
        let key = MacKey::new([7; 32]);
        let entries: Vec<Entry> =
            (1..=5).map(|number| Entry { handle: handle(number), resource_id: 9 }).collect();
        let value = seal_entries(&entries, &key, ORIGIN);
        assert_eq!(open_entries(&value, &key, ORIGIN), entries[..MAX_ENTRIES]);
        assert!(value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._|-".contains(&byte)));
        assert_eq!(open_entries(&value, &key, OTHER), []);
        assert_eq!(open_entries(&value, &MacKey::new([8; 32]), ORIGIN), []);
        // A part that is not ours hides no other; nothing of a part can be changed.
        let foreign = format!("x|{}", seal_entries(&entries[1..2], &key, ORIGIN));
        assert_eq!(open_entries(&foreign, &key, ORIGIN), entries[1..2]);
        let one = seal_entries(&entries[..1], &key, ORIGIN);
        for place in 0..one.len() {
            let mut changed = one.clone().into_bytes();
            changed[place] ^= 1;
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(open_entries(&changed, &key, ORIGIN), [], "{changed}");
        }
        // A ticket is not an entry, and the other way round.
        let ticket = Ticket::new(handle(1), 1060, &Random::seeded(1)).seal(&key, ORIGIN);
        assert_eq!(open_entries(&ticket, &key, ORIGIN), []);
        assert!(Ticket::open(&one, &key, ORIGIN, 0).is_none());
    }
}
