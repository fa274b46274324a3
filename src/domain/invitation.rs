//! Invitations to register, and what came of them.

use jiff::Timestamp;

use super::duration::{DAY, MINUTE, durations};

/// A registration URL. It is single-use and expires, and a newer one replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Row ID in the database, which is part of the URL.
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

durations! {
    /// How long a registration URL is open.
    InvitationLifetime, "expires", (MINUTE..=90 * DAY), "7d";
}

impl Default for InvitationLifetime {
    fn default() -> Self {
        Self(7 * DAY)
    }
}

/// A try at registering with an invitation. It is stored before anything is sent, so that no
/// platform that has said yes is forgotten.
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
        /// Stable code.
        code: String,
        /// Why, in a sentence; what the platform said is stripped and bounded.
        problem: String,
        /// What to do about it.
        fix: String,
    },
}
