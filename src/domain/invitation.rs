//! Invitations to register, and what came of them.

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use super::Invalid;

/// A registration URL that was given out: it serves once, for a time, until a newer one replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Key within the database; stands in the URL.
    pub id: i64,
    /// For which registration.
    pub registration_id: i64,
    /// Whether the platform is registered without a click on the confirmation page.
    pub auto_confirm: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When a newer one took its place.
    pub replaced_at: Option<Timestamp>,
    /// When a platform was registered with it.
    pub used_at: Option<Timestamp>,
    /// That platform's issuer.
    pub used_by: Option<String>,
}

impl Invitation {
    /// Whether a platform may register with it now.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && self.replaced_at.is_none() && now < self.expires_at
    }
}

/// How long a registration URL is open; one minute to 90 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvitationLifetime(i64);

impl InvitationLifetime {
    /// The lifetime as a duration.
    pub fn duration(self) -> SignedDuration {
        SignedDuration::from_secs(self.0)
    }
}

impl Default for InvitationLifetime {
    fn default() -> Self {
        Self(7 * 24 * 3600)
    }
}

impl FromStr for InvitationLifetime {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("expires", "must be a number with m, h or d between 1m and 90d, such as 7d");
        let text = text.trim();
        let unit = match text.chars().last() {
            Some('m') => 60,
            Some('h') => 3600,
            Some('d') => 24 * 3600,
            _ => return Err(invalid()),
        };
        let number: u32 = text[..text.len() - 1].parse().map_err(|_| invalid())?;
        let seconds = i64::from(number) * unit;
        if (60..=90 * 24 * 3600).contains(&seconds) { Ok(Self(seconds)) } else { Err(invalid()) }
    }
}

/// A try at registering with an invitation. It is stored before anything is sent, so that no platform that has said yes is forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationAttempt {
    /// Key within the database.
    pub id: i64,
    /// When it began.
    pub at: Timestamp,
    /// The platform's issuer, or the host of its configuration while that is not known.
    pub platform: String,
    /// What came of it; none while it is under way, or when the server stopped in between.
    pub outcome: Option<AttemptOutcome>,
}

/// What came of a try at registering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The platform is registered.
    Registered,
    /// It is not.
    Failed {
        /// A stable word.
        code: String,
        /// Why, in a sentence; what the platform said is stripped and bounded.
        problem: String,
        /// What to do about it.
        fix: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_bounded() {
        for (text, hours) in [("7d", 168), ("1h", 1), ("60m", 1), ("90d", 2160)] {
            assert_eq!(text.parse::<InvitationLifetime>().unwrap().duration(), SignedDuration::from_hours(hours));
        }
        for text in ["", "7", "d", "0d", "91d", "30s", "-1d", "4294967296m", "é"] {
            assert!(text.parse::<InvitationLifetime>().is_err(), "{text:?}");
        }
    }
}
