//! Checks of a registration's platform details for values that were entered in the wrong place or
//! with characters that do not belong to them, without network.

use url::Url;

use super::endpoint::endpoints;
use super::{Check, Findings, labels};
use crate::domain::{
    EndpointUrl, PlatformDetails, PublicUrl, Registration, is_unprintable, trimmed,
};
use crate::failure::shell_word;
use crate::lms::Detail;

/// What [`endpoints`] are.
const DETAILS: [Detail; 3] =
    [Detail::KeysetUrl, Detail::AccessTokenUrl, Detail::AuthenticationRequestUrl];

/// Adds all findings.
pub(super) fn examine(
    findings: &mut Findings,
    registration: &Registration,
    platform: &PlatformDetails,
    tool: &PublicUrl,
) {
    client_id(findings, registration, platform);
    endpoint_urls(findings, registration, platform);
    own_urls(findings, registration, platform, tool);
}

fn client_id(findings: &mut Findings, registration: &Registration, platform: &PlatformDetails) {
    const CHECK: Check = Check::ClientId;
    let stored = platform.client_id.as_str();
    let is_foreign = |character: char| character.is_whitespace() || is_unprintable(character);
    let correct = |id: &str| {
        format!("ltictl platform set {} --client-id {}", registration.slug, shell_word(id))
    };
    if trimmed(stored) != stored {
        findings
            .fail(
                CHECK,
                "The client ID begins or ends with white space, so no launch has the same one.",
                correct(trimmed(stored)),
            )
            .seen(format!("{stored:?}"));
    } else if stored.contains(is_foreign) {
        let label = labels::shown(registration, Detail::ClientId);
        findings
            .warn(
                CHECK,
                "The client ID contains white space: it may have been copied with other text.",
                format!(
                    "compare with the LMS field {label}, then: {}",
                    correct(&stored.replace(is_foreign, ""))
                ),
            )
            .seen(format!("{stored:?}"));
    } else {
        findings.ok(CHECK, "The client ID contains no white space.").seen(stored);
    }
}

/// Where a URL leads: scheme, capitals of the host, a slash at the end and the fragment make no
/// difference.
fn destination(url: &str) -> Option<(String, u16, String)> {
    let url = Url::parse(url).ok()?;
    let (path, query) = (url.path().trim_end_matches('/'), url.query().unwrap_or_default());
    let port = match url.port_or_known_default()? {
        80 => 443,
        port => port,
    };
    Some((url.host_str()?.to_owned(), port, format!("{path}?{query}")))
}

/// Adds whether each URL of the platform is another one.
fn endpoint_urls(findings: &mut Findings, registration: &Registration, platform: &PlatformDetails) {
    const CHECK: Check = Check::EndpointUrls;
    let mut all = endpoints(platform).map(|(name, _, url)| (name, url)).to_vec();
    all.extend(registration.configuration_url.iter().map(|url| ("OpenID configuration URL", url)));
    let places: Vec<_> = all.iter().map(|(_, url)| destination(url.as_str())).collect();
    let pairs = (0..all.len()).flat_map(|one| (one + 1..all.len()).map(move |other| (one, other)));
    let same: Vec<_> = pairs
        .filter(|(one, other)| places[*one].is_some() && places[*one] == places[*other])
        .collect();
    let Some((first, other)) = same.first() else {
        findings.ok(CHECK, "Each URL of the platform is a different one.");
        return;
    };
    let wrong = (0..DETAILS.len())
        .filter(|place| same.iter().any(|(one, other)| place == one || place == other))
        .collect();
    let sentence = format!(
        "The {} is the {}: one of them was entered in the wrong place.",
        all[*first].0, all[*other].0
    );
    let fix = correction(registration, platform, wrong);
    findings.fail(CHECK, sentence, fix).seen(all[*first].1.as_str());
}

/// Adds whether a URL of the platform is one of the tool's own.
fn own_urls(
    findings: &mut Findings,
    registration: &Registration,
    platform: &PlatformDetails,
    tool: &PublicUrl,
) {
    const CHECK: Check = Check::OwnUrls;
    let own = destination(&tool.join("/lti")).unwrap_or_default();
    let base = own.2.trim_end_matches('?').to_owned();
    let is_own = |url: &EndpointUrl| {
        destination(url.as_str()).is_some_and(|(host, port, path)| {
            let rest = path.strip_prefix(&base);
            (host, port) == (own.0.clone(), own.1)
                && rest.is_some_and(|rest| rest.starts_with(['/', '?']))
        })
    };
    let urls = endpoints(platform);
    let wrong: Vec<usize> = (0..urls.len()).filter(|place| is_own(urls[*place].2)).collect();
    let Some(first) = wrong.first() else {
        findings.ok(CHECK, "No URL of the platform is one of this tool's.");
        return;
    };
    let (name, _, url) = urls[*first];
    findings
        .fail(
            CHECK,
            format!("The {name} is a URL of this tool, not of the platform."),
            correction(registration, platform, wrong),
        )
        .seen(url.as_str());
}

/// How to correct endpoints, by their places: with the platform's own configuration, the URLs that
/// its product usually has, or those that the LMS shows.
fn correction(
    registration: &Registration,
    platform: &PlatformDetails,
    wrong: Vec<usize>,
) -> String {
    let slug = &registration.slug;
    let urls = endpoints(platform);
    if let Some(url) = &registration.configuration_url
        && urls.iter().all(|(_, _, other)| destination(url.as_str()) != destination(other.as_str()))
    {
        let client_id = shell_word(platform.client_id.as_str());
        let url = shell_word(url.as_str());
        return format!("ltictl platform import {slug} {url} --client-id {client_id}");
    }
    let usual = usual_urls(registration, platform, &wrong);
    let usual_flags: Vec<String> = wrong
        .iter()
        .filter_map(|place| {
            let ((_, flag, stored), usual) = (urls[*place], usual.as_ref()?.get(*place)?);
            (stored.as_str() != usual).then(|| format!("{flag} {}", shell_word(usual)))
        })
        .collect();
    if !usual_flags.is_empty() {
        let flags = usual_flags.join(" ");
        return format!("ltictl platform set {slug} {flags}");
    }
    let labels: Vec<String> =
        wrong.iter().map(|place| labels::shown(registration, DETAILS[*place])).collect();
    let flags: Vec<String> = wrong.iter().map(|place| format!("{} URL", urls[*place].1)).collect();
    let flags = flags.join(" ");
    format!(
        "compare with what the LMS shows as {}, then: ltictl platform set {slug} {flags}",
        labels.join(" and ")
    )
}

/// The endpoints that the platform's product usually has, if it is known.
fn usual_urls(
    registration: &Registration,
    platform: &PlatformDetails,
    wrong: &[usize],
) -> Option<[String; 3]> {
    let lms = labels::lms(registration)?;
    let urls = endpoints(platform);
    let sound = (0..urls.len()).find(|place| !wrong.contains(place));
    let base = match sound {
        _ if lms.issuer_is_host() => platform.issuer.to_string(),
        Some(place) => urls[place].2.origin(),
        None => return None,
    };
    let preset = lms.preset(&base, platform.client_id.as_str())?;
    Some([preset.keyset_url, preset.access_token_url, preset.authentication_request_url])
}
