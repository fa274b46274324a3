//! Launches that wait for the person or the browser and end without being completed: each leaves an
//! entry in the launch log.

use jiff::Timestamp;

use super::outcome;
use crate::domain::{Launch, LaunchId, Outcome, Random};
use crate::lti::roles::Role;
use crate::store::{self, CoursePlace, WaitingLaunch, Write};

/// Writes the entry of a waiting launch that was removed.
fn log(
    write: &Write<'_>,
    launch: &WaitingLaunch,
    outcome: Outcome,
    random: &Random,
    now: Timestamp,
) -> Result<(), store::Error> {
    let WaitingLaunch { pending, registration, resource } = launch;
    let mut entry = Launch {
        first_request_id: Some(pending.launch.request_id.clone()),
        registration: Some(registration.clone()),
        resource: resource.clone(),
        message_type: Some(pending.launch.message_type.clone()),
        ..Launch::new(LaunchId::fresh(now, random), now, outcome)
    };
    pending.launch.details.add_to(&mut entry);
    write.insert_launch(&entry)
}

/// Ends launches whose wait has expired, of one registration or of all, the oldest first and at most
/// `limit`, and returns how many there were.
///
/// # Errors
///
/// The database's error.
pub fn end_abandoned(
    write: &Write<'_>,
    registration_id: Option<i64>,
    random: &Random,
    now: Timestamp,
    limit: u32,
) -> Result<usize, store::Error> {
    let ended = write.take_abandoned_launches(registration_id, now, limit)?;
    for launch in &ended {
        log(write, launch, outcome::abandoned(launch), random, now)?;
    }
    Ok(ended.len())
}

/// Ends the waiting launches of a person in a course that came with a higher role than the platform
/// sends now.
///
/// # Errors
///
/// The database's error.
pub fn end_above(
    write: &Write<'_>,
    place: CoursePlace<'_>,
    role: Role,
    random: &Random,
    now: Timestamp,
) -> Result<(), store::Error> {
    for launch in write.take_waiting_launches_above(place, role)? {
        log(write, &launch, outcome::role_lowered(&launch), random, now)?;
    }
    Ok(())
}
