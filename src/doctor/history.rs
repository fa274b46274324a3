//! Checks of the launch log and the tallies.
//!
//! Anyone can start logins and get launches refused, so nothing here fails a check: there are only
//! warnings, with numbers.

mod logins;
mod refused;
mod services;

use jiff::{SignedDuration, Timestamp};

pub(super) use self::services::keyset_clients;
use super::{Check, Findings};
use crate::domain::{AttemptOutcome, PublicUrl, Registration, RegistrationAttempt, Slug};
use crate::failure::{Failure, shell_word};
use crate::store::{Read, Refusals};

/// The period of refusals and logins.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);
/// The period of logins at the URL without a registration.
const A_MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Adds findings about one registration's launches. `keyset_clients` is the result of
/// [`keyset_clients`].
pub(super) fn examine(
    findings: &mut Findings,
    read: Read<'_>,
    registration: &Registration,
    keyset_clients: &[(String, u64)],
    tool: &PublicUrl,
    now: Timestamp,
) -> Result<(), Failure> {
    let slug = &registration.slug;
    last_launch(findings, registration, read.last_accepted_at(slug)?);
    let refusals = read.refusals_since(Some(slug), now - A_DAY)?;
    most_frequent(findings, &refusals);
    logins::examine(findings, read, registration, tool, &refusals, now - A_DAY)?;
    refused::examine(findings, read, registration, &refusals)?;
    services::examine(findings, read, registration, keyset_clients)?;
    dynamic_registration(findings, slug, read.newest_attempt(registration.id)?);
    Ok(())
}

/// Adds findings about launches without a registration.
pub(super) fn examine_unattributed(
    findings: &mut Findings,
    read: Read<'_>,
    now: Timestamp,
) -> Result<(), Failure> {
    most_frequent(findings, &read.refusals_since(None, now - A_DAY)?);
    Ok(())
}

/// The number of logins in the last month at the URL without a registration.
pub(super) fn generic_logins(
    read: Read<'_>,
    registration: &Registration,
    now: Timestamp,
) -> Result<u64, Failure> {
    logins::generic(read, registration, now - A_MONTH)
}

fn last_launch(findings: &mut Findings, registration: &Registration, last: Option<Timestamp>) {
    const CHECK: Check = Check::LastLaunch;
    match last {
        Some(at) => findings.ok(CHECK, "Launches were accepted.").seen(format!(
            "the last accepted launch was at {}",
            at.strftime("%Y-%m-%d %H:%M:%S UTC")
        )),
        None if registration.missing().is_empty() => findings
            .warn(
                CHECK,
                "No launch has ever been accepted.",
                "open a link to the tool in the LMS, then ltictl launch list",
            )
            .seen("last success: never"),
        None => findings.skip(CHECK, "No launch so far; the setup is not finished."),
    };
}

/// Adds the most frequent refusal.
fn most_frequent(findings: &mut Findings, refusals: &[Refusals]) {
    match refusals.first() {
        None => {
            findings.ok(Check::Refusals, "Nothing was refused in the last day.");
        }
        Some(Refusals { reason, count, newest, fix, .. }) => {
            findings
                .warn(
                    Check::Refusals,
                    format!("The most frequent refusal of the last day is {reason}."),
                    fix.as_str(),
                )
                .seen(format!(
                    "{count} times, see ltictl launch show {newest} and ltictl explain {}",
                    shell_word(reason)
                ));
        }
    }
}

/// Adds the outcome of the newest attempt at dynamic registration, if there was one.
fn dynamic_registration(
    findings: &mut Findings,
    slug: &Slug,
    attempt: Option<RegistrationAttempt>,
) {
    let Some(attempt) = attempt else { return };
    match attempt.outcome {
        Some(AttemptOutcome::Registered) => {
            findings
                .ok(
                    Check::DynamicRegistration,
                    "The platform registered this tool by dynamic registration.",
                )
                .seen(attempt.platform);
        }
        Some(AttemptOutcome::Failed { code, problem, fix }) => {
            findings.warn(Check::DynamicRegistration, problem, fix).seen(format!(
                "{} at {}; ltictl explain {}",
                attempt.platform,
                attempt.at.strftime("%Y-%m-%d %H:%M:%S UTC"),
                shell_word(&code)
            ));
        }
        None => {
            findings
                .warn(
                    Check::DynamicRegistration,
                    "An attempt at dynamic registration is unfinished: it is still running, or the \
                     server stopped before the platform's response was stored, and the platform \
                     may have registered this tool.",
                    format!(
                        "delete what the platform registered, or copy its details with ltictl \
                        platform import {slug} -; for a new URL: ltictl registration url {slug}"
                    ),
                )
                .seen(format!(
                    "{} at {}",
                    attempt.platform,
                    attempt.at.strftime("%Y-%m-%d %H:%M:%S UTC")
                ));
        }
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
