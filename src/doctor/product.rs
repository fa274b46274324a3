//! Checks of one registration that depend on the platform's product, without network.

use std::collections::BTreeSet;

use url::Url;

use super::endpoint::{endpoints, host};
use super::{Check, Findings, labels};
use crate::domain::{PlatformDetails, Registration};
use crate::failure::shell_word;
use crate::lms::{self, Lms};

/// Adds requirements of the product on URLs, if there are any.
pub(super) fn urls(findings: &mut Findings, registration: &Registration, produced: &[String]) {
    let Some(lms) = labels::lms(registration) else { return };
    if lms.appends_question_mark {
        question_mark(findings, lms.short_name(), produced);
    }
    if let Some(fields) = &lms.launch_fields {
        launch_fields(findings, registration, lms, fields, &produced[0]);
    }
}

fn question_mark(findings: &mut Findings, product: &str, produced: &[String]) {
    match produced.iter().find(|url| url.contains('?')) {
        Some(url) => findings
            .fail(
                Check::OpenedxUrls,
                format!(
                    "{product} appends a question mark to the login URL, but one of the tool's \
                     URLs already contains one."
                ),
                "set a URL without a question mark: ltictl config set url URL",
            )
            .seen(url.as_str()),
        None => findings.ok(
            Check::OpenedxUrls,
            format!(
                "None of the tool's URLs contains a question mark, which {product} does not \
                 support."
            ),
        ),
    };
}

/// Adds whether every URL fits into the platform's form.
pub(super) fn url_length(
    findings: &mut Findings,
    registration: &Registration,
    produced: &[String],
) {
    const CHECK: Check = Check::UrlLength;
    let fix = "set a shorter URL: ltictl config set url URL";
    let limit = |lms: &'static Lms| Some((lms.short_name(), lms.max_url_length?));
    let limits = || lms::all().iter().filter_map(|(_, lms)| limit(lms));
    let own = labels::lms(registration).and_then(limit);
    let least = || limits().map(|(_, most)| most).min();
    let most = own.map(|(_, most)| most).or_else(least).unwrap_or(usize::MAX);
    let long = produced.iter().find(|url| url.chars().count() > most);
    match (long, own) {
        (Some(_), Some((product, _))) => findings.fail(
            CHECK,
            format!(
                "A URL for the platform has more than {most} characters, and {product} will cut it."
            ),
            fix,
        ),
        (Some(_), None) => findings.warn(
            CHECK,
            format!(
                "A URL for the platform has more than {most} characters, and some platforms ({}) \
                 will cut it.",
                limits().map(|(name, _)| name).collect::<Vec<_>>().join(", ")
            ),
            fix,
        ),
        (None, _) => findings.ok(CHECK, "Every URL for the platform is short enough for its form."),
    }
    .seen(long.map_or_else(
        || produced.join(" "),
        |url| format!("{} characters: {url}", url.chars().count()),
    ));
}

/// Adds whether the endpoints belong to one generation of the product, and the fields that must
/// have the tool URL.
fn launch_fields(
    findings: &mut Findings,
    registration: &Registration,
    lms: &Lms,
    [launch_field, redirect_field]: &[String; 2],
    tool_url: &str,
) {
    let product = lms.short_name();
    let folders: BTreeSet<&str> = registration
        .platform
        .iter()
        .flat_map(endpoints)
        .filter_map(|(_, _, url)| lms.folder_of(url.as_str()))
        .collect();
    if folders.len() > 1 {
        let sentence = format!(
            "The endpoints belong to two different generations of {product}; only one of them can \
             exist."
        );
        let fix = format!(
            "compare with the LMS, then enter three URLs of one folder: ltictl platform set {}",
            registration.slug
        );
        findings
            .fail(Check::ChamiloUrls, sentence, fix)
            .seen(folders.into_iter().collect::<Vec<_>>().join(" and "));
        return;
    }
    findings
        .ok(
            Check::ChamiloUrls,
            format!(
                "{product} posts launches to its {launch_field}: it must be the tool URL, and \
                 {redirect_field} the same."
            ),
        )
        .seen(format!("{launch_field} and {redirect_field}: {tool_url}"));
}

/// Whether an endpoint is the preset's. Earlier generations have another folder, and a cloud may
/// also be reachable at its old hosts; its environments have a separate check.
fn matches_preset(lms: &Lms, stored: &str, expected: &str) -> bool {
    let stored = lms.in_latest_folder(stored);
    let path = |url: &str| Url::parse(url).ok().map(|url| url.path().to_owned());
    let is_in_cloud = |url: &str| host(url).is_some_and(|host| lms::environment(&host).is_some());
    stored == expected
        || (is_in_cloud(&stored) && is_in_cloud(expected) && path(&stored) == path(expected))
}

/// Adds how the values differ from the preset of the product, if there is one.
pub(super) fn preset(
    findings: &mut Findings,
    registration: &Registration,
    platform: &PlatformDetails,
) {
    let Some((product, lms)) = registration.product.as_ref().zip(labels::lms(registration)) else {
        return;
    };
    let name = product.as_str();
    let base = if lms.issuer_is_host() {
        platform.issuer.to_string()
    } else {
        platform.keyset_url.origin()
    };
    let Some(preset) = lms.preset(&base, platform.client_id.as_str()) else {
        findings.skip(Check::Preset, format!("{} has no preset to compare with.", lms.name));
        return;
    };
    // The preset has the issuer of the cloud, and administrators choose their own.
    let issuer_is_free = lms::is_self_hosted(name, None);
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
        if !matches_preset(lms, stored.as_str(), expected) {
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
