//! Invitations to register, and attempts to use them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::duration::{DAY, MINUTE, durations};
use super::json;

/// A registration URL. It is single-use and expires, and a newer one replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Invitation {
    /// Row ID in the database, which is part of the URL.
    #[serde(skip)]
    pub id: i64,
    /// Key of the registration.
    #[serde(skip)]
    pub registration_id: i64,
    /// Whether the platform is registered without confirmation.
    pub auto_confirm: bool,
    /// When it was created.
    #[serde(skip)]
    pub created_at: Timestamp,
    /// When the registration URL expires or expired.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub expires_at: Timestamp,
    /// When a newer one replaced it.
    #[serde(skip)]
    pub replaced_at: Option<Timestamp>,
    /// When a platform registered with it.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub used_at: Option<Timestamp>,
    /// Issuer of that platform.
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

/// An attempt to register with an invitation. It is stored before anything is sent, so that no
/// successful registration is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationAttempt {
    /// Key in the database.
    pub id: i64,
    /// When it began.
    pub at: Timestamp,
    /// The platform's issuer, or the host of its configuration while that is not known.
    pub platform: String,
    /// The outcome; `None` while it is in progress, or if the server stopped in between.
    pub outcome: Option<AttemptOutcome>,
}

/// The outcome of an attempt to register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The platform is registered.
    Registered,
    /// The registration failed.
    Failed {
        /// Stable code.
        code: String,
        /// The problem, in a sentence; text from the platform is cleaned and shortened.
        problem: String,
        /// How to fix it.
        fix: String,
    },
}
