//! The keys that authenticate the apps behind resources.

use jiff::Timestamp;

use crate::domain::Resource;
use crate::failure::Failure;
use crate::rules::state_key;
use crate::store::Read;
use crate::token::app_key::{app_key, app_key_matches};

/// The current key of the app behind a resource; a secret.
pub fn current(read: Read<'_>, resource: &Resource) -> Result<String, Failure> {
    let generation = read.app_keys(resource.id)?.generation;
    Ok(app_key(&state_key::state_key(read)?, &resource.uuid, generation))
}

/// Whether a text is a currently accepted key of the app.
pub fn is_accepted(
    read: Read<'_>,
    resource: &Resource,
    text: &str,
    now: Timestamp,
) -> Result<bool, Failure> {
    let state_key = state_key::state_key(read)?;
    // All are compared, so that the time does not reveal which one nearly matches.
    Ok(read.app_keys(resource.id)?.accepted_at(now).fold(false, |found, generation| {
        app_key_matches(&state_key, &resource.uuid, generation, text) | found
    }))
}
