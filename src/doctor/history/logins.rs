//! Unfinished logins, missing cookies, and logins at the URL without a registration.

use crate::doctor::{Check, Findings, labels};
use crate::domain::{DEEP_LINKING_PATH, LAUNCH_PATH, PublicUrl, Registration};
use crate::failure::counted;
use crate::lms::Purpose;
use crate::store::{LoginsOfAnHour, RegistrationFacts};

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
    let RegistrationFacts { logins, logins_returned, cookies_missing, .. } = facts;
    unfinished(findings, registration, tool, logins);
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

/// The logins of several hours.
fn total<'l>(hours: impl IntoIterator<Item = &'l LoginsOfAnHour>) -> LoginsOfAnHour {
    hours.into_iter().fold(LoginsOfAnHour { started: 0, returned: 0 }, |sum, hour| LoginsOfAnHour {
        started: sum.started + hour.started,
        returned: sum.returned + hour.returned,
    })
}

/// What to check if logins were started, and none has returned.
pub(super) fn never_returned(
    registration: &Registration,
    tool: &PublicUrl,
    hours: &[LoginsOfAnHour],
) -> Option<String> {
    let LoginsOfAnHour { started, returned } = total(hours);
    (started > 0 && returned == 0).then(|| redirect_fix(registration, tool))
}

fn redirect_fix(registration: &Registration, tool: &PublicUrl) -> String {
    format!(
        "{}, exactly: {} and {}; then run `ltictl registration tool-details {}`",
        labels::field(registration, Purpose::Redirect),
        tool.join(LAUNCH_PATH),
        tool.join(DEEP_LINKING_PATH),
        registration.slug
    )
}

/// Adds whether the platform completes logins. Hours before one in which it did do not count. A
/// single login is conclusive if none has returned, otherwise people may have gone away.
fn unfinished(
    findings: &mut Findings,
    registration: &Registration,
    tool: &PublicUrl,
    hours: &[LoginsOfAnHour],
) {
    const CHECK: Check = Check::UnfinishedLogins;
    let all = total(hours);
    let since_success = total(
        hours.iter().take_while(|hour| hour.started == 0 || hour.returned * 2 < hour.started),
    );
    let lost = since_success.started.saturating_sub(since_success.returned);
    let evidence = format!(
        "{} in the last day, {} completed",
        counted(all.started, "login was started", "logins were started"),
        all.returned
    );
    let is_conclusive = all.returned == 0 || since_success.started >= MIN_LOGINS;
    if all.started == 0 {
        findings.skip(CHECK, "No login was started in the last day.");
    } else if is_conclusive && lost * 2 > since_success.started {
        findings
            .warn(
                CHECK,
                format!(
                    "{lost} of {} {} not completed: the redirect URI is not registered in the \
                     platform, or the platform refused them.",
                    counted(
                        since_success.started,
                        "login of the last day",
                        "logins of the last day"
                    ),
                    if lost == 1 { "was" } else { "were" }
                ),
                redirect_fix(registration, tool),
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
                counted(refused, "launch was refused", "launches were refused")
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
