//! Counts of events that have no row of their own.

use jiff::Timestamp;

use super::Slug;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Counted {
    /// A login was redirected to the platform. The detail is the browser family.
    LoginStarted,
    /// Such a login arrived at the generic login URL. The detail is empty.
    GenericLogin,
    /// The platform's first response to a login arrived, with any outcome. The detail is the
    /// browser family.
    LoginReturned,
    /// A launch whose browser did not send the login cookie, whether or not the platform's storage
    /// replaced it. The detail is the browser family.
    CookieMissing,
    /// The tool's keyset was fetched. The detail is a word for the program; there is no
    /// registration.
    KeysetFetched,
}

impl Counted {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::LoginStarted,
        Self::GenericLogin,
        Self::LoginReturned,
        Self::CookieMissing,
        Self::KeysetFetched,
    ];

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoginStarted => "login_started",
            Self::GenericLogin => "generic_login",
            Self::LoginReturned => "login_returned",
            Self::CookieMissing => "cookie_missing",
            Self::KeysetFetched => "keyset_fetched",
        }
    }
}

/// How often an event occurred for a registration within an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The hour, as the number of hours since 1970 (UTC).
    pub hour: i64,
    /// The registration's slug, if it belongs to one.
    pub registration: Option<Slug>,
    /// What happened.
    pub what: Counted,
    /// The detail described at [`Counted`]; empty for the total.
    pub detail: String,
    /// The count.
    pub count: u64,
    /// When it last happened.
    pub last_at: Timestamp,
}

impl Tally {
    /// The number of the hour that contains a moment.
    pub fn hour_of(moment: Timestamp) -> i64 {
        moment.as_second().div_euclid(3600)
    }
}
