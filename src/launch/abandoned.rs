//! Launches that wait for the person or the browser, and what remains of those whose wait has
//! expired: an entry in the launch log.

use jiff::Timestamp;

use super::record::refused_for;
use crate::domain::{Launch, LaunchId, Outcome, Random, WaitsFor};
use crate::rules::refusal::{NamedRegistration, Refusal};
use crate::store::{self, WaitingLaunch, Write};

/// The outcome of a launch that is still waiting.
pub fn waiting(launch: &WaitingLaunch) -> Outcome {
    let until = launch.pending.expires_at.strftime("%H:%M:%S UTC");
    let (what, fix) = match launch.pending.waits_for {
        WaitsFor::Account => (
            "the person to choose or create an account",
            "Nothing, if the person is doing so. To give someone an account: `ltictl account create \
             NAME`; to give an account a password: `ltictl account set-password NAME`.",
        ),
        WaitsFor::Binding => ("the browser to prove that it started the login", "Nothing."),
    };
    Outcome::Waiting {
        cause: format!("The launch waits until {until} for {what}."),
        fix: fix.to_owned(),
    }
}

/// The outcome of a launch whose wait has expired.
pub fn abandoned(launch: &WaitingLaunch) -> Outcome {
    let WaitingLaunch { pending, registration, .. } = launch;
    let minutes = pending.created_at.duration_until(pending.expires_at).as_mins();
    let refusal = match pending.waits_for {
        WaitsFor::Account => Refusal::AccountNotChosen { minutes },
        WaitsFor::Binding => Refusal::BrowserNotChecked,
    };
    refused_for(&refusal, Some(&NamedRegistration::from(registration)))
}

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
        let outcome = abandoned(launch);
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
