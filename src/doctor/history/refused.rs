//! Launches refused for their times, for their keys, and for unknown deployments.

use super::fix;
use crate::doctor::{Check, Findings};
use crate::domain::{Registration, rfc3339};
use crate::failure::{counted, shell_argument};
use crate::store::{PendingDeployment, Refusals, RegistrationFacts};

/// Refusals caused by clocks.
const TIMES: [&str; 4] = ["token_expired", "iat_future", "token_too_old", "not_yet_valid"];
/// Refusals caused by the platform's keys.
const KEYS: [&str; 4] = ["kid_not_found", "signature_invalid", "jwks_unreachable", "jwks_bad"];
/// Maximum number of pending deployments to name.
pub(super) const MAX_NAMED: u32 = 20;

pub(super) fn examine(
    findings: &mut Findings,
    registration: &Registration,
    facts: &RegistrationFacts,
) {
    times(findings, &of(&facts.refusals, &TIMES));
    keys(findings, &of(&facts.refusals, &KEYS));
    pending(findings, registration, &facts.pending_deployments);
}

fn of<'r>(refusals: &'r [Refusals], reasons: &[&str]) -> Vec<&'r Refusals> {
    refusals.iter().filter(|refusals| reasons.contains(&refusals.reason.as_str())).collect()
}

/// Each reason with its count.
fn numbers(refusals: &[&Refusals]) -> String {
    refusals
        .iter()
        .map(|refusals| format!("{} {}", refusals.reason, refusals.count))
        .collect::<Vec<_>>()
        .join(", ")
}

fn sum(refusals: &[&Refusals]) -> u64 {
    refusals.iter().map(|refusals| u64::from(refusals.count)).sum()
}

fn times(findings: &mut Findings, refusals: &[&Refusals]) {
    const CHECK: Check = Check::LaunchTimes;
    let Some(newest) = refusals.first() else {
        findings.ok(CHECK, "No launch of the last day was refused for its times.");
        return;
    };
    let measured: Vec<(i64, i64)> =
        refusals.iter().filter_map(|refusals| refusals.clock_skew_seconds).collect();
    let least = measured.iter().map(|(least, _)| *least).min();
    let skew = least
        .zip(measured.iter().map(|(_, most)| *most).max())
        .map_or_else(String::new, |measured| format!("; {}", skew(measured)));
    // Times that are no numbers measure no difference, and no clock helps.
    let why = if least.is_some() { ": the clocks differ" } else { "" };
    findings
        .warn(
            CHECK,
            format!(
                "{} refused for their times in the last day{why}.",
                counted(sum(refusals), "launch was", "launches were")
            ),
            fix(newest),
        )
        .seen(format!("{}{skew}", numbers(refusals)));
}

/// The measured difference between the clocks, in words.
fn skew((least, most): (i64, i64)) -> String {
    let range = |one: u64, other: u64| {
        if one == other { format!("{one} s") } else { format!("{one} to {other} s") }
    };
    match (least < 0, most < 0) {
        (false, false) => format!(
            "the platform's clock seems {} behind ours",
            range(least.unsigned_abs(), most.unsigned_abs())
        ),
        (true, true) => format!(
            "the platform's clock seems {} ahead of ours",
            range(most.unsigned_abs(), least.unsigned_abs())
        ),
        _ => format!(
            "the platform's clock seems between {} s ahead of ours and {most} s behind",
            least.unsigned_abs()
        ),
    }
}

fn keys(findings: &mut Findings, refusals: &[&Refusals]) {
    const CHECK: Check = Check::LaunchKeys;
    let Some(newest) = refusals.first() else {
        findings.ok(CHECK, "No launch of the last day was refused for the platform's keys.");
        return;
    };
    findings
        .warn(
            CHECK,
            format!(
                "{} refused for the platform's keys in the last day.",
                counted(sum(refusals), "launch was", "launches were")
            ),
            fix(newest),
        )
        .seen(numbers(refusals));
}

fn pending(findings: &mut Findings, registration: &Registration, pending: &[PendingDeployment]) {
    const CHECK: Check = Check::PendingDeployments;
    if pending.is_empty() {
        findings.ok(CHECK, "No unknown deployment was launched from.");
        return;
    }
    let add = |one: &PendingDeployment| {
        format!(
            "ltictl deployment add {} {}",
            registration.slug,
            shell_argument(&one.deployment_id)
        )
    };
    let seen = |one: &PendingDeployment| {
        format!(
            "{} ({}, the last at {})",
            one.deployment_id,
            counted(one.count, "launch", "launches"),
            rfc3339(one.newest_at)
        )
    };
    let number = counted(pending.len() as u64, "deployment", "deployments");
    findings
        .warn(
            CHECK,
            format!("Launches were refused from {number}; to accept one:"),
            pending.iter().map(add).collect::<Vec<_>>().join("; "),
        )
        .seen(pending.iter().map(seen).collect::<Vec<_>>().join("; "));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn difference_of_the_clocks_is_described() {
        for (measured, expected) in [
            ((63, 65), "the platform's clock seems 63 to 65 s behind ours"),
            ((-300, -90), "the platform's clock seems 90 to 300 s ahead of ours"),
            ((70, 70), "the platform's clock seems 70 s behind ours"),
            ((-70, 80), "the platform's clock seems between 70 s ahead of ours and 80 s behind"),
        ] {
            assert_eq!(skew(measured), expected);
        }
    }
}
