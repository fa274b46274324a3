//! Checks of one registration that depend on the platform's product, without network.

use std::collections::BTreeSet;

use url::Url;

use super::endpoint::{endpoints, environment, host};
use super::tool::MAX_STORED_URL;
use super::{Check, Finding, Findings};
use crate::domain::{PlatformDetails, Product, Registration};
use crate::failure::shell_word;
use crate::lms;

/// Adds requirements of certain products on URLs.
pub(super) fn urls(findings: &mut Findings, registration: &Registration, produced: &[String]) {
    match registration.product.as_ref().map(Product::as_str) {
        Some("openedx") => match produced.iter().find(|url| url.contains('?')) {
            Some(url) => findings
                .fail(
                    Check::OpenedxUrls,
                    "Open edX appends a question mark to the login URL, but one of the tool's URLs \
                     already contains one.",
                    "ltictl config set url with a URL without a question mark",
                )
                .seen(url.as_str()),
            None => findings.ok(
                Check::OpenedxUrls,
                "None of the tool's URLs contains a question mark, which Open edX does not \
                 support.",
            ),
        },
        Some("chamilo") => chamilo(findings, registration, produced),
        _ => return,
    };
}

/// Adds whether every URL fits into the platform's form; ILIAS truncates long ones.
pub(super) fn url_length(
    findings: &mut Findings,
    registration: &Registration,
    produced: &[String],
) {
    const CHECK: Check = Check::UrlLength;
    let fix = "ltictl config set url, with a shorter URL";
    let long = produced.iter().find(|url| url.chars().count() > MAX_STORED_URL);
    match (long, registration.product.as_ref().map(Product::as_str)) {
        (Some(_), Some("ilias")) => findings.fail(
            CHECK,
            "A URL for the platform has more than 255 characters, and ILIAS will cut it.",
            fix,
        ),
        (Some(_), _) => findings.warn(
            CHECK,
            "A URL for the platform has more than 255 characters, and some platforms (ILIAS) will \
             cut it.",
            fix,
        ),
        (None, _) => findings.ok(CHECK, "Every URL for the platform is short enough for its form."),
    }
    .seen(long.map_or_else(
        || produced.join(" "),
        |url| format!("{} characters: {url}", url.chars().count()),
    ));
}

/// Chamilo posts launches to its Launch URL, regardless of the redirect URI, and its two
/// generations have their endpoints in different folders.
fn chamilo<'f>(
    findings: &'f mut Findings,
    registration: &Registration,
    produced: &[String],
) -> &'f mut Finding {
    let folders: BTreeSet<&str> = registration
        .platform
        .iter()
        .flat_map(endpoints)
        .filter_map(|(_, _, url)| {
            ["/plugin/ims_lti/", "/plugin/ImsLti/"]
                .into_iter()
                .find(|folder| url.as_str().contains(folder))
        })
        .collect();
    if folders.len() > 1 {
        let fix = format!(
            "compare with the LMS, then ltictl platform set {} with three URLs of one folder",
            registration.slug
        );
        return findings
            .fail(
                Check::ChamiloUrls,
                "The endpoints belong to two different generations of Chamilo; only one of them \
                 can exist.",
                fix,
            )
            .seen(folders.into_iter().collect::<Vec<_>>().join(" and "));
    }
    findings
        .ok(
            Check::ChamiloUrls,
            "Chamilo posts launches to its Launch URL: it must be the tool \
            URL, and Redirect URL the same.",
        )
        .seen(format!("Launch URL and Redirect URL: {}", produced[0]))
}

/// Whether an endpoint is the preset's. Chamilo 1.11 has another folder, and Canvas's cloud is also
/// reachable at its old hosts; its environments have a separate check.
fn matches_preset(stored: &str, expected: &str) -> bool {
    let stored = stored.replace("/plugin/ims_lti/", "/plugin/ImsLti/");
    let path = |url: &str| Url::parse(url).ok().map(|url| url.path().to_owned());
    stored == expected
        || (host(&stored).is_some_and(|host| environment(&host).is_some())
            && host(expected).is_some_and(|host| environment(&host).is_some())
            && path(&stored) == path(expected))
}

/// Adds how the values differ from the preset of the product, if there is one.
pub(super) fn preset(
    findings: &mut Findings,
    registration: &Registration,
    platform: &PlatformDetails,
) {
    let Some((name, lms)) = registration
        .product
        .as_ref()
        .and_then(|product| Some((product.as_str(), lms::find(product.as_str())?)))
    else {
        return;
    };
    let base = if lms.issuer_is_host() {
        platform.issuer.to_string()
    } else {
        platform.keyset_url.origin()
    };
    let Some(preset) = lms.preset(&base, platform.client_id.as_str()) else {
        findings.skip(Check::Preset, format!("{} has no preset to compare with.", lms.name));
        return;
    };
    // Administrators of a self-hosted Canvas choose its issuer.
    let issuer_is_free = name == "canvas-selfhosted";
    let mut differing = Vec::new();
    if !issuer_is_free && platform.issuer.as_str() != preset.issuer.trim_end_matches('/') {
        differing.push(format!("issuer is {}, the preset has {}", platform.issuer, preset.issuer));
    }
    let issuer_differs = !differing.is_empty();
    for ((label, _, stored), expected) in endpoints(platform).into_iter().zip([
        &preset.keyset_url,
        &preset.access_token_url,
        &preset.authentication_request_url,
    ]) {
        if !matches_preset(stored.as_str(), expected) {
            differing.push(format!("{label} is {stored}, the preset has {expected}"));
        }
    }
    if differing.is_empty() {
        findings.ok(Check::Preset, format!("Issuer and endpoints match those of {}.", lms.name));
        return;
    }
    let host = lms.preset_needs_host().then(|| format!(" --host {}", shell_word(&base)));
    let host = host.unwrap_or_default();
    let fix = format!(
        "ltictl platform import {} --preset {name}{host} --client-id {} --yes",
        registration.slug,
        shell_word(platform.client_id.as_str())
    );
    if issuer_differs && !lms.issuer_is_host() {
        findings.fail(
            Check::Preset,
            format!("The issuer is not the one that {} uses for all its customers.", lms.name),
            fix,
        )
    } else {
        findings.warn(Check::Preset, format!("The values differ from those of {}.", lms.name), fix)
    }
    .seen(differing.join("; "));
}
