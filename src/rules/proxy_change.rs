//! Changes of registrations by LTI 2.0: when a new secret takes the place of the current one.

use jiff::Timestamp;

use super::consumer::replace_secret;
use crate::domain::{PendingProxy, Secret, SecretOverlap};
use crate::store::{self, Write};

/// Makes a change valid that a platform has confirmed. Its previous secrets are accepted as long as
/// after a rotation. Returns `false` if the platform's half of the secret is still missing.
pub fn confirm(
    write: &Write<'_>,
    pending: &PendingProxy,
    now: Timestamp,
) -> Result<bool, store::Error> {
    let Some(secret) = &pending.secret else { return Ok(false) };
    let id = pending.registration_id;
    replace_secret(write, id, secret, SecretOverlap::default().duration(), now)?;
    write.set_members_template(id, pending.members_template.as_deref())?;
    write.delete_pending_proxy(id)?;
    Ok(true)
}

/// Does the same for the change whose secret has signed a message: that confirms it, too. Returns
/// `false` if the secret is no longer accepted, because the platform has discarded the change since.
pub fn confirm_by_signature(
    write: &Write<'_>,
    registration_id: i64,
    secret: &Secret,
    now: Timestamp,
) -> Result<bool, store::Error> {
    let is_same = |other: &Secret| other.expose() == secret.expose();
    let pending = write.pending_proxy(registration_id, now)?;
    if let Some(pending) = pending.filter(|one| one.secret.as_ref().is_some_and(is_same)) {
        return confirm(write, &pending, now);
    }
    Ok(write.consumer_secrets(registration_id, now)?.iter().any(is_same))
}
