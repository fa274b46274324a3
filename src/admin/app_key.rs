//! Rotates the keys that authenticate the apps behind resources.

use jiff::{SignedDuration, Timestamp};

use crate::domain::{AppKeys, Resource, ResourceRef, rfc3339};
use crate::failure::{Failure, Kind};
use crate::rules::resource;
use crate::store::Store;

/// Replaces the key of the app behind a resource. The current key is accepted for `overlap` more;
/// without an overlap, earlier keys stop working immediately.
///
/// # Errors
///
/// If there is no such resource, or an earlier key is still accepted and would stop working too
/// early.
pub fn rotate(
    store: &mut Store,
    slug: &ResourceRef,
    overlap: SignedDuration,
    now: Timestamp,
) -> Result<(Resource, AppKeys), Failure> {
    store.write(|write| {
        let resource = resource::find(**write, slug)?;
        let keys = write.app_keys(resource.id)?;
        if let Some(previous) = keys.previous_at(now).filter(|_| overlap > SignedDuration::ZERO) {
            return Err(Failure::new(
                Kind::Conflict,
                format!("the app key of {} was rotated recently", resource.slug),
                format!(
                    "the previous key is accepted until {}, and another rotation would revoke it \
                     now",
                    rfc3339(previous.accepted_until)
                ),
                format!(
                    "wait until then, or revoke both earlier keys: ltictl resource app-key {} \
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
