//! How often something happened that leaves no row of its own.

use jiff::Timestamp;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Counted {
    /// A login was answered and the browser sent on to the platform. The detail is the browser's
    /// family.
    LoginStarted,
    /// Such a login came to the login URL that names no registration. The detail is empty.
    GenericLogin,
    /// The platform's answer to a login of ours arrived for the first time, whatever became of it.
    /// The detail is the browser's family.
    LoginReturned,
    /// A launch whose browser sent no cookie of its login, whether the platform's storage stood in
    /// for it or not. The detail is the browser's family.
    CookieMissing,
    /// The tool's keyset was fetched. The detail is a word for the program; it belongs to no
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

/// How often one thing happened to one registration within one hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The hour, by its number since 1970 (UTC).
    pub hour: i64,
    /// The registration's slug; empty for what belongs to none.
    pub registration: String,
    /// What happened.
    pub what: Counted,
    /// By what or whom, as [`Counted`] says; empty for all together.
    pub detail: String,
    /// How often.
    pub count: u64,
    /// When it happened last.
    pub last_at: Timestamp,
}

impl Tally {
    /// The number of the hour in which a moment lies.
    pub fn hour_of(moment: Timestamp) -> i64 {
        moment.as_second().div_euclid(3600)
    }
}
