//! The keys with which apps behind resources prove who they are.

use jiff::{SignedDuration, Timestamp};

use super::{Failure, Kind, dynamic, publish};
use crate::domain::{AppKeys, Resource};
use crate::lti::app_key::{app_key, app_key_matches};
use crate::store::{Read, Store};

/// The current key of the app behind a resource; a secret.
///
/// # Errors
///
/// The database's own failures.
pub fn current(read: Read<'_>, resource: &Resource) -> Result<String, Failure> {
    let generation = read.app_keys(resource.id)?.generation;
    Ok(app_key(&dynamic::state_key(read)?, &resource.uuid.to_string(), generation))
}

/// Whether a text is a key of the app that is accepted at this moment.
///
/// # Errors
///
/// The database's own failures.
pub fn is_accepted(
    read: Read<'_>,
    resource: &Resource,
    text: &str,
    now: Timestamp,
) -> Result<bool, Failure> {
    let (state_key, uuid) = (dynamic::state_key(read)?, resource.uuid.to_string());
    // All are compared, so that the time does not tell which one nearly fits.
    Ok(read.app_keys(resource.id)?.accepted_at(now).fold(false, |found, generation| {
        app_key_matches(&state_key, &uuid, generation, text) | found
    }))
}

/// Replaces the key of the app behind a resource. The current key is accepted for `overlap` more;
/// without an overlap, earlier keys stop immediately.
///
/// # Errors
///
/// No such resource; a conflict if an earlier key is still accepted and would stop too early.
pub fn rotate(
    store: &mut Store,
    slug: &str,
    overlap: SignedDuration,
    now: Timestamp,
) -> Result<(Resource, AppKeys), Failure> {
    store.write(|write| {
        let resource = publish::find(**write, slug)?;
        let keys = write.app_keys(resource.id)?;
        if let Some(previous) = keys.previous_at(now).filter(|_| overlap > SignedDuration::ZERO) {
            return Err(Failure::new(
                Kind::Conflict,
                format!("the app key of {} was rotated recently", resource.slug),
                format!(
                    "the previous key is accepted until {}, and another rotation would stop it now",
                    previous.accepted_until.strftime("%Y-%m-%dT%H:%M:%SZ")
                ),
                format!(
                    "wait until then, or stop both earlier keys: ltictl resource app-key {} \
                    --rotate --now",
                    resource.slug
                ),
            ));
        }
        let keys = keys.rotated(now, overlap);
        write.save_app_keys(resource.id, &keys)?;
        Ok((resource, keys))
    })
}
