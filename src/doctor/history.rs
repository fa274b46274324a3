//! Checks of the launch log and the tallies.
//!
//! Anyone can start logins and get launches refused, so nothing here fails a check: there are only
//! warnings, with numbers.

mod logins;
mod refused;
mod services;

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::{Check, Findings};
use crate::domain::{AttemptOutcome, PublicUrl, Registration, RegistrationAttempt, Slug};
use crate::failure::{Failure, shell_word};
use crate::store::{FactsFilter, LaunchesByRole, Read, Refusals, RegistrationFacts};

/// The period of refusals and logins.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);
/// The period of logins at the URL without a registration.
const A_MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Which facts the checks need.
pub(super) fn facts_filter(now: Timestamp, max_origins: u32) -> FactsFilter {
    FactsFilter {
        since: now - A_DAY,
        generic_logins_since: now - A_MONTH,
        max_origins,
        max_deployments: refused::MAX_NAMED,
    }
}

/// What was launched and fetched, by registration.
pub(super) struct Counts {
    launches: HashMap<String, LaunchesByRole>,
    keyset_clients: Vec<(String, u64)>,
}

impl Counts {
    /// Reads what is needed for one registration or for all.
    pub(super) fn read(read: Read<'_>, only: Option<&Slug>) -> Result<Self, Failure> {
        let launches = read.launches_by_role(only)?;
        Ok(Self { launches, keyset_clients: services::keyset_clients(read)? })
    }
}

/// Adds findings about one registration's launches.
pub(super) fn examine(
    findings: &mut Findings,
    registration: &Registration,
    facts: &RegistrationFacts,
    counts: &Counts,
    tool: &PublicUrl,
) {
    last_launch(findings, registration, facts.last_accepted_at);
    most_frequent(findings, &facts.refusals);
    logins::examine(findings, registration, tool, facts);
    refused::examine(findings, registration, facts);
    let launches = counts.launches.get(registration.slug.as_str()).copied().unwrap_or_default();
    services::examine(findings, registration, &counts.keyset_clients, facts, launches);
    dynamic_registration(findings, &registration.slug, facts.attempt.as_ref());
}

/// Adds findings about launches without a registration.
pub(super) fn examine_unattributed(
    findings: &mut Findings,
    read: Read<'_>,
    now: Timestamp,
) -> Result<(), Failure> {
    most_frequent(findings, &read.unattributed_refusals(now - A_DAY)?);
    Ok(())
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
    attempt: Option<&RegistrationAttempt>,
) {
    let Some(attempt) = attempt else { return };
    match &attempt.outcome {
        Some(AttemptOutcome::Registered) => {
            findings
                .ok(
                    Check::DynamicRegistration,
                    "The platform registered this tool by dynamic registration.",
                )
                .seen(&attempt.platform);
        }
        Some(AttemptOutcome::Failed { code, problem, fix }) => {
            findings.warn(Check::DynamicRegistration, problem.clone(), fix).seen(format!(
                "{} at {}; ltictl explain {}",
                attempt.platform,
                attempt.at.strftime("%Y-%m-%d %H:%M:%S UTC"),
                shell_word(code)
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
