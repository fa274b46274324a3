//! Checks of the launch log and the tallies.
//!
//! Anyone can start logins and get launches refused, so nothing here fails a check: there are only
//! warnings, with numbers.

mod logins;
mod refused;
mod services;

use std::collections::HashMap;
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::{Check, Findings};
use crate::domain::{
    AttemptOutcome, PublicUrl, Registration, RegistrationAttempt, Slug, TotalWithoutColumn, rfc3339,
};
use crate::failure::{Failure, counted, shell_word};
use crate::lti::Actor;
use crate::store::{FactsFilter, LaunchesByRole, Read, Refusals, RegistrationFacts};

/// The period of refusals and logins.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);
/// The period of logins at the URL without a registration.
const A_MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Refusals that concern one person, although someone else has to act: others may launch all the
/// same.
const PERSONAL: &[&str] = &[
    "account_disabled",
    "account_required",
    "enrolment_ended",
    "enrolment_finished",
    "enrolment_full",
    "enrolment_not_started",
    "selection_not_allowed",
];

/// Refusals that concern one link.
const OF_ONE_LINK: &[&str] = &[
    "resource_id_missing",
    "resource_unknown",
    "resource_link_missing",
    "target_missing",
    "target_mismatch",
    "target_not_allowed",
];

/// Refusals of messages at a URL that is not theirs: what is accepted at the right one does not show
/// that the platform has been corrected.
const AT_WRONG_URL: &[&str] = &["login_at_wrong_url", "launch_at_wrong_url", "lti_1p1_launch"];

/// Which facts the checks need.
pub(super) fn facts_filter(now: Timestamp, max_origins: u32) -> FactsFilter {
    FactsFilter {
        since: now - A_DAY,
        generic_logins_since: now - A_MONTH,
        max_origins,
        max_deployments: refused::MAX_NAMED,
        you: Actor::User.as_str(),
        personal_reasons: PERSONAL,
        link_reasons: OF_ONE_LINK,
        lasting_reasons: AT_WRONG_URL,
    }
}

/// What was launched and fetched, by registration.
pub(super) struct Counts {
    launches: HashMap<String, LaunchesByRole>,
    keyset_clients: Vec<(String, u64)>,
    without_column: Vec<TotalWithoutColumn>,
}

impl Counts {
    /// Reads what is needed for one registration or for all.
    pub(super) fn read(read: Read<'_>, only: Option<&Registration>) -> Result<Self, Failure> {
        let launches = read.launches_by_role(only.map(|only| &only.slug))?;
        let id = only.map(|only| only.id);
        Ok(Self {
            launches,
            keyset_clients: services::keyset_clients(read)?,
            without_column: read.totals_without_column(id)?,
        })
    }

    /// The grades of a registration that cannot be sent.
    fn without_column(&self, slug: &Slug) -> Option<&TotalWithoutColumn> {
        // They are in this order.
        let found = self.without_column.binary_search_by(|total| total.most.registration.cmp(slug));
        found.ok().map(|place| &self.without_column[place])
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
    last_launch(findings, registration, facts, tool);
    refusals(findings, &facts.refusals);
    logins::examine(findings, registration, tool, facts);
    refused::examine(findings, registration, facts);
    let launches = counts.launches.get(registration.slug.as_str()).copied().unwrap_or_default();
    services::examine(findings, registration, &counts.keyset_clients, facts, launches);
    services::columns(findings, counts.without_column(&registration.slug));
    dynamic_registration(findings, &registration.slug, facts.attempt.as_ref());
}

/// Adds findings about launches without a registration.
pub(super) fn examine_unattributed(
    findings: &mut Findings,
    read: Read<'_>,
    now: Timestamp,
) -> Result<(), Failure> {
    refusals(findings, &read.unattributed_refusals(&facts_filter(now, 0))?);
    Ok(())
}

fn last_launch(
    findings: &mut Findings,
    registration: &Registration,
    facts: &RegistrationFacts,
    tool: &PublicUrl,
) {
    const CHECK: Check = Check::LastLaunch;
    if let Some(at) = facts.last_accepted_at {
        findings
            .ok(CHECK, "Launches were accepted.")
            .seen(format!("the last accepted launch was at {}", rfc3339(at)));
    } else if !registration.missing().is_empty() {
        findings.skip(CHECK, "No launch so far; the setup is not finished.");
    } else if let Some(fix) = logins::never_returned(registration, tool, &facts.logins) {
        findings
            .warn(CHECK, "No launch has ever been accepted; logins begin, and none returns.", fix)
            .seen("last success: never");
    } else {
        let fix = match facts.refusals.first() {
            Some(refusals) => fix(refusals),
            None => "open a link to the tool in the LMS, then: ltictl launch list".to_owned(),
        };
        findings.warn(CHECK, "No launch has ever been accepted.", fix).seen("last success: never");
    }
}

/// What to do about refusals: the fix of the newest one, unless it may contain values that have been
/// changed since.
pub(super) fn fix(refusals: &Refusals) -> String {
    if refusals.is_outdated {
        "something was changed after this refusal: open the link in the LMS again, then: ltictl \
         launch list"
            .to_owned()
    } else {
        refusals.fix.clone()
    }
}

/// Adds the newest refusal and the most frequent one. The refusals begin with the newest.
pub(super) fn refusals(findings: &mut Findings, refusals: &[Refusals]) {
    let Some(newest) = refusals.first() else {
        findings
            .ok(Check::Refusals, "Nothing was refused in the last day, or it has worked since.");
        return;
    };
    let most = refusals.iter().rev().max_by_key(|refusals| refusals.count).unwrap_or(newest);
    let seen = |Refusals { reason, count, newest, .. }: &Refusals| {
        format!(
            "{reason} {}, see `ltictl launch show {newest}` and `ltictl explain {}`",
            counted(*count, "time", "times"),
            shell_word(reason)
        )
    };
    let (mut sentence, mut evidence) = (
        format!("The newest unresolved refusal of the last day is {}.", newest.reason),
        seen(newest),
    );
    if most.reason != newest.reason {
        let _ = write!(sentence, " The most frequent one is {}.", most.reason);
        let _ = write!(evidence, "; {}", seen(most));
    }
    findings.warn(Check::Refusals, sentence, fix(newest)).seen(evidence);
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
                "{} at {}; `ltictl explain {}`",
                attempt.platform,
                rfc3339(attempt.at),
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
                        "delete what the platform registered, or copy its details with `ltictl \
                         platform import {slug} -`; for a new URL: ltictl registration url {slug}"
                    ),
                )
                .seen(format!("{} at {}", attempt.platform, rfc3339(attempt.at)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::refusal::Refusal;

    #[test]
    fn reasons_exist_and_personal_ones_are_not_the_persons_own() {
        let all = Refusal::one_of_each(str::to_owned);
        for reason in PERSONAL {
            let refusal = all.iter().find(|refusal| refusal.code() == *reason);
            assert!(refusal.is_some_and(|refusal| refusal.actor() != Actor::User), "{reason}");
        }
        for reason in OF_ONE_LINK.iter().chain(AT_WRONG_URL) {
            assert!(all.iter().any(|refusal| refusal.code() == *reason), "{reason}");
        }
    }
}
