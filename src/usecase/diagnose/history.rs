//! What the launch log says.

use jiff::{SignedDuration, Timestamp};

use super::{Check, Findings};
use crate::domain::{AttemptOutcome, Registration, RegistrationAttempt};
use crate::store::{Read, Refusals};
use crate::usecase::Failure;

/// How far back refusals count.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// Adds what the log says of one registration.
pub(super) fn of_registration(about: &mut Findings, read: Read<'_>, registration: &Registration, now: Timestamp) -> Result<(), Failure> {
    let slug = registration.slug.as_str();
    match read.last_accepted_at(slug)? {
        Some(at) => {
            about.ok(Check::LastLaunch, "Launches have come in.").seen(format!("the last one at {}", at.strftime("%Y-%m-%d %H:%M:%S UTC")));
        }
        None if registration.missing().is_empty() => {
            about.warn(Check::LastLaunch, "No launch has been accepted so far.", "open a link to the tool in the LMS, then ltictl launch list");
        }
        None => {
            about.skip(Check::LastLaunch, "No launch so far; the set-up is not finished.");
        }
    }
    refusals(about, read.most_frequent_refusal(Some(slug), now - A_DAY)?);
    dynamic_registration(about, slug, read.newest_attempt(registration.id)?);
    Ok(())
}

/// Adds what became of the newest attempt at dynamic registration, if there was one.
fn dynamic_registration(about: &mut Findings, slug: &str, attempt: Option<RegistrationAttempt>) {
    let Some(attempt) = attempt else { return };
    match attempt.outcome {
        Some(AttemptOutcome::Registered) => {
            about.ok(Check::DynamicRegistration, "The platform registered this tool by itself.").seen(attempt.platform);
        }
        Some(AttemptOutcome::Failed { problem, fix, .. }) => {
            about.warn(Check::DynamicRegistration, problem, fix).seen(format!("{} at {}", attempt.platform, attempt.at.strftime("%Y-%m-%d %H:%M:%S UTC")));
        }
        None => {
            about
                .warn(
                    Check::DynamicRegistration,
                    "An attempt at dynamic registration has no outcome: it is under way, or the server stopped before the platform's answer was stored, and the platform may have registered this tool.",
                    format!("delete what the platform registered, or copy its details with ltictl platform import {slug} -; a fresh URL: ltictl registration url {slug}"),
                )
                .seen(format!("{} at {}", attempt.platform, attempt.at.strftime("%Y-%m-%d %H:%M:%S UTC")));
        }
    }
}

/// Adds what the log says of launches that belong to no registration.
pub(super) fn of_strangers(about: &mut Findings, read: Read<'_>, now: Timestamp) -> Result<(), Failure> {
    refusals(about, read.most_frequent_refusal(None, now - A_DAY)?);
    Ok(())
}

fn refusals(about: &mut Findings, refusals: Option<Refusals>) {
    match refusals {
        None => {
            about.ok(Check::Refusals, "Nothing was refused in the last day.");
        }
        Some(Refusals { reason, count, newest, fix }) => {
            about
                .warn(Check::Refusals, format!("The most frequent refusal of the last day is {reason}."), fix)
                .seen(format!("{count} times, see ltictl launch show {newest}"));
        }
    }
}
