//! Invitations to register by LTI 2.0.

use jiff::Timestamp;

use super::{Name, Slug};

/// A registration URL of LTI 2.0 for a consumer that does not exist yet. It is single-use and expires,
/// and a newer one for the same consumer replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyInvitation {
    /// Row ID in the database, which is part of the URL.
    pub id: i64,
    /// The slug that the consumer will have.
    pub slug: Slug,
    /// Its name.
    pub name: Name,
    /// The slugs of the resources that it may use; `None` for those of all registrations.
    pub resources: Option<Vec<Slug>>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the registration URL expires or expired.
    pub expires_at: Timestamp,
    /// When a platform registered with it.
    pub used_at: Option<Timestamp>,
}

impl ProxyInvitation {
    /// Whether a platform may register with it now.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && now < self.expires_at
    }
}
