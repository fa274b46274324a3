//! Unfinished logins, missing cookies, and logins at the URL without a registration.

use super::counted;
use crate::doctor::{Check, Findings, labels};
use crate::domain::{DEEP_LINKING_PATH, LAUNCH_PATH, PublicUrl, Registration};
use crate::lms::Purpose;
use crate::store::RegistrationFacts;

/// Minimum number of logins from which conclusions are drawn.
const MIN_LOGINS: u64 = 5;
/// Percentage of launches without the cookie from which the browser is the cause and not the user.
const MANY_WITHOUT_COOKIE: u64 = 20;

pub(super) fn examine(
    findings: &mut Findings,
    registration: &Registration,
    tool: &PublicUrl,
    facts: &RegistrationFacts,
) {
    let RegistrationFacts { logins_started, logins_returned, cookies_missing, .. } = facts;
    unfinished(findings, registration, tool, sum(logins_started), sum(logins_returned));
    let refused = facts
        .refusals
        .iter()
        .find(|refusals| refusals.reason == "cookie_missing")
        .map_or(0, |refusals| refusals.count);
    cookies(findings, registration, logins_returned, cookies_missing, refused);
}

/// The number of logins of all browsers.
fn sum(counts: &[(String, u64)]) -> u64 {
    counts.iter().map(|(_, count)| count).sum()
}

fn unfinished(
    findings: &mut Findings,
    registration: &Registration,
    tool: &PublicUrl,
    started: u64,
    returned: u64,
) {
    const CHECK: Check = Check::UnfinishedLogins;
    let lost = started.saturating_sub(returned);
    let evidence = format!(
        "{} in the last day, {returned} completed",
        counted(started, "login was started", "logins were started")
    );
    if started == 0 {
        findings.skip(CHECK, "No login was started in the last day.");
    } else if started >= MIN_LOGINS && lost * 2 > started {
        findings
            .warn(
                CHECK,
                format!(
                    "{lost} of {started} logins of the last day were not completed: the redirect \
                     URI is not registered in the platform, or the platform refused them."
                ),
                format!(
                    "{}, exactly: {} and {}; then ltictl registration tool-details {}",
                    labels::field(registration, Purpose::Redirect),
                    tool.join(LAUNCH_PATH),
                    tool.join(DEEP_LINKING_PATH),
                    registration.slug
                ),
            )
            .seen(evidence);
    } else {
        findings.ok(CHECK, "The platform completes logins.").seen(evidence);
    }
}

fn cookies(
    findings: &mut Findings,
    registration: &Registration,
    returned: &[(String, u64)],
    missing: &[(String, u64)],
    refused: u32,
) {
    const CHECK: Check = Check::LoginCookies;
    if sum(returned) == 0 {
        findings.skip(CHECK, "No login was completed in the last day.");
        return;
    }
    let rates = rates(returned, missing);
    let evidence: Vec<String> = rates
        .iter()
        .map(|(browser, without, all)| {
            format!(
                "{}: {without} of {all} without the cookie ({} %)",
                named(browser),
                without * 100 / all
            )
        })
        .collect();
    let evidence = evidence.join("; ");
    let worst = rates
        .iter()
        .filter(|(_, without, all)| {
            *all >= MIN_LOGINS && without * 100 / all >= MANY_WITHOUT_COOKIE
        })
        .max_by_key(|(_, without, all)| without * 100 / all);
    match worst {
        Some((browser, without, all)) if refused > 0 => findings
            .warn(
                CHECK,
                format!(
                    "{}: {} % of launches arrive without the login cookie, and the platform does \
                     not offer storage as a replacement.",
                    named(browser),
                    without * 100 / all
                ),
                format!(
                    "open the link in a new window: {}",
                    labels::field(registration, Purpose::Window)
                ),
            )
            .seen(format!(
                "{evidence}; {} for that",
                counted(refused.into(), "launch was refused", "launches were refused")
            )),
        Some(_) => findings
            .ok(
                CHECK,
                "Some browsers block cookies in the platform's frame; the platform's storage \
                 replaces them.",
            )
            .seen(evidence),
        None => findings.ok(CHECK, "Browsers send the login cookie back.").seen(evidence),
    };
}

/// For each family of browsers, the number of launches without the login cookie, and of all.
fn rates(returned: &[(String, u64)], missing: &[(String, u64)]) -> Vec<(String, u64, u64)> {
    let rate = |(browser, count): &(String, u64)| {
        let without = missing
            .iter()
            .find(|(other, _)| other == browser)
            .map_or(0, |(_, count)| *count)
            .min(*count);
        (browser.clone(), without, *count)
    };
    returned.iter().filter(|(_, count)| *count > 0).map(rate).collect()
}

/// The display name of a family of browsers.
fn named(browser: &str) -> &str {
    match browser {
        "chrome" => "Chrome",
        "edge" => "Edge",
        "firefox" => "Firefox",
        "safari" => "Safari",
        _ => "Other browsers",
    }
}
