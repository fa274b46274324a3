//! Launches that waited for a choice or for the browser, which never came: they leave an entry in
//! the launch log.

use jiff::Timestamp;

use super::record::refused;
use crate::domain::{Launch, LaunchId, Random, WaitsFor};
use crate::rules::refusal::Refusal;
use crate::store::{self, WaitingLaunch, Write};

/// Ends launches that have waited in vain, the oldest first and at most `limit`, and returns how
/// many there were.
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
    let abandoned = write.take_abandoned_launches(now, limit)?;
    for WaitingLaunch { pending, registration, resource } in &abandoned {
        let minutes = pending.created_at.duration_until(pending.expires_at).as_mins();
        let refusal = match pending.waits_for {
            WaitsFor::Account => Refusal::AccountNotChosen { minutes },
            WaitsFor::Binding => Refusal::BrowserNotChecked,
        };
        let known = write.registration_by_id(pending.registration_id)?;
        let mut launch = Launch {
            first_request_id: Some(pending.launch.request_id.clone()),
            registration: Some(registration.clone()),
            resource: resource.clone(),
            message_type: Some(pending.launch.message_type.clone()),
            ..Launch::new(LaunchId::fresh(now, random), now, refused(&refusal, known.as_ref()))
        };
        pending.launch.details.add_to(&mut launch);
        write.insert_launch(&launch)?;
    }
    Ok(abandoned.len())
}
