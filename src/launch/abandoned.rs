//! Launches whose wait for the person or the browser has expired: they leave an entry in the launch
//! log.

use jiff::Timestamp;

use crate::domain::{Launch, LaunchId, Random};
use crate::rules::outcome;
use crate::store::{self, WaitingLaunch, Write};

/// Ends launches whose wait has expired, the oldest first and at most `limit`, and returns how many
/// there were.
///
/// # Errors
///
/// The database's error.
pub fn end_abandoned(
    write: &Write<'_>,
    random: &Random,
    now: Timestamp,
    limit: u32,
) -> Result<usize, store::Error> {
    let ended = write.take_abandoned_launches(now, limit)?;
    for launch in &ended {
        let outcome = outcome::abandoned(launch);
        let WaitingLaunch { pending, registration, resource } = launch;
        let mut entry = Launch {
            first_request_id: Some(pending.launch.request_id.clone()),
            registration: Some(registration.clone()),
            resource: resource.clone(),
            message_type: Some(pending.launch.message_type.clone()),
            ..Launch::new(LaunchId::fresh(now, random), now, outcome)
        };
        pending.launch.details.add_to(&mut entry);
        write.insert_launch(&entry)?;
    }
    Ok(ended.len())
}
