//! Changed registrations by LTI 2.0 that wait for the platform.

use jiff::{SignedDuration, Timestamp};

use super::Secret;

/// How long a platform can confirm a changed registration: its administrator may have to accept the
/// change first.
pub const PENDING_PROXY_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What a platform that registered by LTI 2.0 has received with a new tool proxy, until it confirms it.
/// A consumer has at most one; its current secrets are valid meanwhile.
#[derive(Clone)]
pub struct PendingProxy {
    /// Key of the consumer's registration.
    pub registration_id: i64,
    /// The new secret; `None` until the platform has sent its half.
    pub secret: Option<Secret>,
    /// Where the platform lists members, with parts to fill.
    pub members_template: Option<String>,
    /// Whether the platform has responded to the tool proxy, or will no longer do so.
    pub is_answered: bool,
    /// When the tool proxy was created.
    pub created_at: Timestamp,
    /// When it can no longer be confirmed.
    pub expires_at: Timestamp,
}
