//! Checks that contact a platform: its keyset, authentication and token endpoints, and clock.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use url::Url;

use super::own_server::OwnServer;
use super::product::{self, OwnConfiguration};
use super::{Check, Findings, Subject, labels};
use crate::domain::{Clock, EndpointUrl, LAUNCH_PATH, PlatformDetails, Registration, rfc3339};
use crate::failure::shell_word;
use crate::lms::Detail;
use crate::lti::algorithm;
use crate::lti::keyset::Keyset;
use crate::lti::refusal::printable;
use crate::platform::{FetchError, NetworkAccess, PlatformClient, Probe};
use crate::rules::registration::DETAILS;

/// The user of a simulated login, who does not exist.
pub(super) const LOGIN_HINT: &str = "ltictl-doctor";
/// Maximum size of a keyset; the same as for launches.
const MAX_KEYSET: usize = 1_000_000;
/// Maximum size of an OpenID configuration.
const MAX_CONFIGURATION: usize = 1_000_000;
/// Maximum number of bytes read of a response of which only the head matters.
const MAX_RESPONSE: usize = 64 * 1024;
/// The difference between the clocks from which there is a warning.
const SKEW_TO_WARN: SignedDuration = SignedDuration::from_secs(5);
/// The difference between the clocks from which launches fail.
const SKEW_TO_FAIL: SignedDuration = SignedDuration::from_secs(30);

/// A response, and this machine's time before and after it.
struct Response {
    result: Result<Probe, FetchError>,
    before: Timestamp,
    after: Timestamp,
}

impl Response {
    /// Whether something was found at the URL.
    fn is_found(&self) -> bool {
        self.result.as_ref().is_ok_and(|probe| (200..300).contains(&probe.status))
    }
}

pub(super) async fn check(
    findings: &mut Findings,
    server: &OwnServer,
    subject: &Subject,
    client: &PlatformClient,
    clock: Clock,
) {
    let registration = &subject.registration;
    let Some(platform) = &registration.platform else {
        findings.skip(
            Check::Platform,
            "The platform's details are missing, so it cannot be contacted.",
        );
        return;
    };
    let reach = NetworkAccess::for_registration(&registration.policy, server.url.is_loopback());
    let probe = async |url: String, limit| {
        let before = clock.now();
        let result = client.probe(&url, reach, limit).await;
        Response { result, before, after: clock.now() }
    };
    let configuration = async {
        match &registration.configuration_url {
            Some(url) => Some((url, probe(url.to_string(), MAX_CONFIGURATION).await)),
            None => None,
        }
    };
    let (configuration, keyset, authentication, token) = tokio::join!(
        configuration,
        probe(platform.keyset_url.to_string(), MAX_KEYSET),
        probe(authentication_request(platform, server), MAX_RESPONSE),
        probe(platform.access_token_url.to_string(), MAX_RESPONSE)
    );
    // The platform's own details are the best advice, wherever they are public.
    let differs_from_preset = product::differs_from_preset(registration, platform);
    let discovered = match &configuration {
        Some(_) => None,
        None if differs_from_preset || !keyset.is_found() => {
            let issuer = platform.issuer.as_str().trim_end_matches('/');
            let url = format!("{issuer}/.well-known/openid-configuration");
            Some(probe(url, MAX_CONFIGURATION).await)
        }
        None => None,
    };
    let published = configuration.as_ref().map(|(_, response)| response).or(discovered.as_ref());
    let correct = keyset_correction(registration, platform, published);
    if differs_from_preset {
        let own = published.and_then(|response| own_configuration(response, platform));
        product::preset(findings, registration, platform, own.as_ref());
    }
    platform_keyset(findings, registration, server, &platform.keyset_url, &keyset, &correct);
    platform_keys(findings, subject, &keyset);
    authentication_endpoint(
        findings,
        registration,
        &platform.authentication_request_url,
        &authentication,
    );
    token_endpoint(findings, registration, &platform.access_token_url, &token);
    if let Some((url, response)) = &configuration {
        openid_configuration(findings, registration, platform, url, response);
    }
    let response = [keyset, authentication, token];
    private_network(findings, registration, &response);
    platform_clock(findings, &response);
}

/// How to correct the keyset URL: with the one that the platform publishes, if it does.
fn keyset_correction(
    registration: &Registration,
    platform: &PlatformDetails,
    published: Option<&Response>,
) -> String {
    let right = published.and_then(keyset_url_in);
    match right.filter(|url| url != platform.keyset_url.as_str()) {
        Some(url) => {
            format!("ltictl platform set {} --keyset-url {}", registration.slug, shell_word(&url))
        }
        None => correction(registration, Detail::KeysetUrl),
    }
}

/// A request like that of a login, for a user who does not exist: platforms refuse it, and respond
/// with "not found" only if there is no endpoint.
fn authentication_request(platform: &PlatformDetails, server: &OwnServer) -> String {
    let mut url: Url = platform.authentication_request_url.to_url();
    url.query_pairs_mut()
        .append_pair("scope", "openid")
        .append_pair("response_type", "id_token")
        .append_pair("response_mode", "form_post")
        .append_pair("prompt", "none")
        .append_pair("client_id", platform.client_id.as_str())
        .append_pair("redirect_uri", &server.url.join(LAUNCH_PATH))
        .append_pair("login_hint", LOGIN_HINT)
        .append_pair("state", LOGIN_HINT)
        .append_pair("nonce", LOGIN_HINT);
    url.into()
}

/// The fix for a wrong URL: the field in which the LMS shows it, and the command.
fn correction(registration: &Registration, detail: Detail) -> String {
    let flag = DETAILS.iter().find(|row| row.detail == detail).map_or("", |row| row.flag);
    format!(
        "compare with the LMS field {}, then: ltictl platform set {} {flag} URL",
        labels::shown(registration, detail),
        registration.slug
    )
}

/// The fix if a platform's endpoint does not respond.
fn fix_for(error: &FetchError, registration: &Registration, detail: Detail) -> String {
    let slug = &registration.slug;
    let correct = correction(registration, detail);
    match error {
        error if error.needs_private_network() => {
            format!(
                "if the platform is meant to be there: ltictl platform set {slug} \
                 --allow-private-network"
            )
        }
        FetchError::HttpNotAllowed { .. } => {
            format!("{correct}; if there is no https: --allow-http")
        }
        FetchError::Tls { .. } => {
            "the platform's certificate must be valid and complete; its admin can renew it"
                .to_owned()
        }
        FetchError::TimedOut { .. } | FetchError::Unreachable { .. } => {
            format!("let this machine reach the platform (DNS, firewall), or {correct}")
        }
        _ => correct,
    }
}

/// The keyset URL in a platform's OpenID configuration.
fn keyset_url_in(response: &Response) -> Option<String> {
    let probe =
        response.result.as_ref().ok().filter(|probe| probe.status == 200 && probe.is_whole)?;
    let document: Value = serde_json::from_slice(&probe.body).ok()?;
    let url = document.get("jwks_uri")?.as_str()?;
    EndpointUrl::new("keyset URL", url, true).ok().map(|url| url.as_str().to_owned())
}

/// What a platform publishes, if it is complete and for this issuer.
fn own_configuration(response: &Response, platform: &PlatformDetails) -> Option<OwnConfiguration> {
    let probe =
        response.result.as_ref().ok().filter(|probe| probe.status == 200 && probe.is_whole)?;
    let document: Value = serde_json::from_slice(&probe.body).ok()?;
    let value = |field: &str| document.get(field)?.as_str().map(str::to_owned);
    let endpoint = |field: &str| {
        let url = value(field)?;
        EndpointUrl::new("URL", &url, true).is_ok().then_some(url)
    };
    let issuer = value("issuer")?;
    let endpoints =
        [endpoint("jwks_uri")?, endpoint("token_endpoint")?, endpoint("authorization_endpoint")?];
    (issuer == platform.issuer.as_str()).then_some(OwnConfiguration { issuer, endpoints })
}

/// Adds whether the keyset can be fetched and used; `correct` is how to correct its URL.
fn platform_keyset(
    findings: &mut Findings,
    registration: &Registration,
    server: &OwnServer,
    url: &EndpointUrl,
    response: &Response,
    correct: &str,
) {
    let Some(body) = keyset_body(findings, registration, url, response, correct) else { return };
    if server.has_keys_of(body) {
        findings
            .fail(
                Check::PlatformKeyset,
                "The keyset URL leads to this tool's own keyset, not to the platform's.",
                correct,
            )
            .seen(url.as_str());
        return;
    }
    usable_keys(findings, registration, body, correct);
}

/// The document at the keyset URL; adds why there is none.
fn keyset_body<'a>(
    findings: &mut Findings,
    registration: &Registration,
    url: &EndpointUrl,
    response: &'a Response,
    correct: &str,
) -> Option<&'a [u8]> {
    const CHECK: Check = Check::PlatformKeyset;
    let probe = match &response.result {
        Ok(probe) => probe,
        Err(error) => {
            let fix = fix_for(error, registration, Detail::KeysetUrl);
            findings
                .fail(
                    CHECK,
                    "The platform's keyset cannot be fetched, so no launch can be verified.",
                    fix,
                )
                .seen(error.to_string());
            return None;
        }
    };
    if !(200..300).contains(&probe.status) {
        let location = probe
            .header("location")
            .map(|location| format!(", to {location}; redirects are not followed"))
            .unwrap_or_default();
        findings
            .fail(CHECK, "The platform's keyset is not at its URL.", correct)
            .seen(format!("HTTP status {} from {url}{location}", probe.status));
        return None;
    }
    if !probe.is_whole {
        findings
            .fail(CHECK, "The platform's keyset is too large.", correct)
            .seen(format!("more than {MAX_KEYSET} bytes"));
        return None;
    }
    Some(&probe.body)
}

/// Adds whether the keyset contains keys that can verify this registration's launches.
fn usable_keys(findings: &mut Findings, registration: &Registration, body: &[u8], correct: &str) {
    const CHECK: Check = Check::PlatformKeyset;
    match Keyset::parse(body) {
        Err(problem) => {
            findings.fail(CHECK, "The keyset URL does not return a keyset.", correct).seen(problem);
        }
        Ok(keyset) if keyset.is_empty() => {
            let problems = keyset.problems();
            let evidence = if problems.is_empty() {
                "it contains no key".to_owned()
            } else {
                problems.join("; ")
            };
            findings
                .fail(CHECK, "No key in the platform's keyset can verify launches.", correct)
                .seen(evidence);
        }
        Ok(keyset) if keyset.count_usable_with(&registration.policy.algorithms.names()) == 0 => {
            let evidence = format!(
                "allowed: {}; the keyset is for: {}",
                registration.policy.algorithms,
                fitting(&keyset).join(", ")
            );
            let fix = format!(
                "with what the platform signs with: ltictl platform set {} --algorithms LIST",
                registration.slug
            );
            findings
                .fail(
                    CHECK,
                    "No key in the platform's keyset matches the algorithms that this registration \
                     allows.",
                    fix,
                )
                .seen(evidence);
        }
        Ok(keyset) => match keyset.problems() {
            problems if problems.is_empty() => {
                findings
                    .ok(CHECK, "The platform's keyset can be fetched and contains usable keys.")
                    .seen(format!("{} keys", keyset.len()));
            }
            // Many keysets contain keys for other purposes, which launches do not need.
            problems => {
                findings
                    .ok(
                        CHECK,
                        "The platform's keyset can be fetched; keys that are not for launches are \
                         ignored.",
                    )
                    .seen(problems.join("; "));
            }
        },
    }
}

/// Key IDs that differ between the keyset that the server fetched last and the current one.
struct KeyChanges<'a> {
    /// With a different key.
    replaced: Vec<&'a String>,
    removed: Vec<&'a String>,
    new: Vec<&'a String>,
    /// Whether the current keyset contains none of the earlier keys.
    is_new_set: bool,
}

impl<'a> KeyChanges<'a> {
    fn new(before: &'a BTreeMap<String, String>, now: &'a BTreeMap<String, String>) -> Self {
        let replaced = before
            .iter()
            .filter(|(kid, digest)| now.get(*kid).is_some_and(|found| found != *digest))
            .map(|(kid, _)| kid)
            .collect();
        let removed: Vec<&String> = before.keys().filter(|kid| !now.contains_key(*kid)).collect();
        let is_new_set = !before.is_empty() && removed.len() == before.len();
        let new = now.keys().filter(|kid| !before.contains_key(*kid)).collect();
        Self { replaced, removed, new, is_new_set }
    }
}

fn key_ids(kids: &[&String]) -> String {
    kids.iter().map(|kid| printable(kid)).collect::<Vec<_>>().join(", ")
}

/// Compares the keyset with the one that the server fetched last.
fn platform_keys(findings: &mut Findings, subject: &Subject, response: &Response) {
    const CHECK: Check = Check::PlatformKeys;
    let Some(fetched) = &subject.fetched else {
        findings.skip(CHECK, "The server has not fetched this platform's keyset yet.");
        return;
    };
    let probe = response.result.as_ref().ok().filter(|probe| probe.is_whole);
    let Some(keyset) = probe.and_then(|probe| Keyset::parse(&probe.body).ok()) else {
        findings.skip(
            CHECK,
            "There is no keyset to compare with the one that the server fetched last.",
        );
        return;
    };
    let now = keyset.digests();
    let KeyChanges { replaced, removed, new, is_new_set } = KeyChanges::new(&fetched.keys, &now);
    let at = rfc3339(fetched.fetched_at);
    if !replaced.is_empty() {
        findings
            .fail(
                CHECK,
                "The platform has replaced a key without changing its key ID: until the server \
                 fetches the keyset again, launches are refused because their signature is \
                 invalid.",
                format!(
                    "restart `ltictl serve`; if it happens again, {}",
                    correction(&subject.registration, Detail::KeysetUrl)
                ),
            )
            .seen(format!("fetched {at}; key IDs with different keys: {}", key_ids(&replaced)));
    } else if is_new_set {
        findings
            .warn(
                CHECK,
                "None of the platform's keys is among those that the server fetched last: the \
                 platform has replaced all of them, or another server responds at the keyset URL.",
                format!(
                    "launch once, so that the server fetches the new keys; if that fails, {}",
                    correction(&subject.registration, Detail::KeysetUrl)
                ),
            )
            .seen(format!("fetched {at}: {}; now: {}", key_ids(&removed), key_ids(&new)));
    } else if removed.is_empty() && new.is_empty() {
        findings
            .ok(CHECK, "The platform's keys are the ones that the server fetched last.")
            .seen(format!("fetched {at}"));
    } else {
        let changes: Vec<String> = [("new", new), ("removed", removed)]
            .into_iter()
            .filter(|(_, kids)| !kids.is_empty())
            .map(|(what, kids)| format!("{what}: {}", key_ids(&kids)))
            .collect();
        findings
            .ok(
                CHECK,
                "The platform's keys have changed since the server fetched them, as happens when a \
                 key is rotated.",
            )
            .seen(format!("fetched {at}; {}", changes.join("; ")));
    }
}

/// Whether access to private networks is allowed without need. If it is needed and not allowed, the
/// checks of the endpoints report that.
fn private_network(findings: &mut Findings, registration: &Registration, response: &[Response]) {
    const CHECK: Check = Check::PrivateNetwork;
    let answers: Vec<&Probe> =
        response.iter().filter_map(|response| response.result.as_ref().ok()).collect();
    let refused = response
        .iter()
        .filter_map(|response| response.result.as_ref().err())
        .find(|error| matches!(error, FetchError::NotAllowed { .. }));
    let private: Vec<String> = answers
        .iter()
        .filter(|probe| probe.is_from_private_network())
        .filter_map(|probe| Some(probe.address?.to_string()))
        .collect();
    match (refused, registration.policy.allow_private_network) {
        (Some(error), _) => {
            let slug = &registration.slug;
            let fix = if error.needs_private_network() {
                format!(
                    "if the platform is meant to be there: ltictl platform set {slug} \
                     --allow-private-network"
                )
            } else {
                format!("compare the URLs with the LMS, then: ltictl platform set {slug}")
            };
            findings
                .fail(
                    CHECK,
                    "An endpoint of the platform has an address that this registration may not \
                     contact.",
                    fix,
                )
                .seen(error.to_string());
        }
        (None, _) if answers.is_empty() => {
            findings.skip(CHECK, "The platform does not respond.");
        }
        (None, true) if private.is_empty() => {
            let fix =
                format!("ltictl platform set {} --allow-private-network=false", registration.slug);
            findings.warn(
                CHECK,
                "Private networks are allowed for this registration, but no endpoint is in one.",
                fix,
            );
        }
        (None, true) => {
            findings
                .ok(
                    CHECK,
                    "Private networks are allowed for this registration, and the platform is in \
                     one.",
                )
                .seen(private.join(", "));
        }
        (None, false) => {
            findings.ok(CHECK, "No endpoint of the platform needs access to private networks.");
        }
    }
}

/// The algorithms for which a keyset has a key.
fn fitting(keyset: &Keyset) -> Vec<&'static str> {
    algorithm::names().filter(|name| keyset.count_usable_with(&[name]) > 0).collect()
}

/// Compares the stored details with the platform's OpenID configuration, if that is public.
fn openid_configuration(
    findings: &mut Findings,
    registration: &Registration,
    platform: &PlatformDetails,
    url: &EndpointUrl,
    response: &Response,
) {
    const CHECK: Check = Check::OpenidConfiguration;
    let document = match &response.result {
        Ok(probe) if probe.status == 200 && probe.is_whole => {
            serde_json::from_slice::<Value>(&probe.body).ok()
        }
        Ok(_) => None,
        Err(error) => {
            findings
                .skip(CHECK, "The platform's OpenID configuration cannot be fetched.")
                .seen(format!("{url}: {error}"));
            return;
        }
    };
    let Some(document) = document else {
        findings
            .skip(CHECK, "The platform's OpenID configuration is not public.")
            .seen(url.as_str());
        return;
    };
    let values = [
        ("issuer", "--issuer", platform.issuer.as_str()),
        ("jwks_uri", "--keyset-url", platform.keyset_url.as_str()),
        ("token_endpoint", "--access-token-url", platform.access_token_url.as_str()),
        (
            "authorization_endpoint",
            "--authentication-request-url",
            platform.authentication_request_url.as_str(),
        ),
    ];
    let platform_value = |field: &str| document.get(field).and_then(Value::as_str);
    let differing: Vec<_> = values
        .into_iter()
        .filter_map(|(field, flag, stored)| {
            Some((
                field,
                flag,
                stored,
                platform_value(field).filter(|platform_value| *platform_value != stored)?,
            ))
        })
        .collect();
    if differing.is_empty() {
        if values.iter().all(|(field, ..)| platform_value(field).is_none()) {
            findings
                .skip(
                    CHECK,
                    "The OpenID configuration URL does not return an OpenID configuration.",
                )
                .seen(url.as_str());
        } else {
            findings
                .ok(CHECK, "The platform's OpenID configuration matches the stored details.")
                .seen(url.as_str());
        }
        return;
    }
    different_configuration(findings, registration, &differing);
}

/// Adds the differences: field, flag, stored value and the platform's value.
fn different_configuration(
    findings: &mut Findings,
    registration: &Registration,
    differing: &[(&str, &str, &str, &str)],
) {
    const CHECK: Check = Check::OpenidConfiguration;
    let flags: Vec<String> = differing
        .iter()
        .map(|(_, flag, _, platform_value)| format!("{flag} {}", shell_word(platform_value)))
        .collect();
    let evidence: Vec<String> = differing
        .iter()
        .map(|(field, _, stored, platform_value)| {
            format!("{field} is {platform_value}, but {stored} is stored")
        })
        .collect();
    let flags = flags.join(" ");
    let fix = format!("ltictl platform set {} {flags}", registration.slug);
    let finding = if differing.iter().any(|(field, ..)| *field == "issuer") {
        findings.fail(
            CHECK,
            "The platform's issuer differs from the stored one, so its launches are refused.",
            fix,
        )
    } else {
        findings.warn(
            CHECK,
            "The endpoints in the platform's OpenID configuration differ from the stored ones.",
            fix,
        )
    };
    finding.seen(evidence.join("; "));
}

fn authentication_endpoint(
    findings: &mut Findings,
    registration: &Registration,
    url: &EndpointUrl,
    response: &Response,
) {
    const CHECK: Check = Check::AuthenticationEndpoint;
    let correct = correction(registration, Detail::AuthenticationRequestUrl);
    match &response.result {
        Err(error) => {
            let fix = fix_for(error, registration, Detail::AuthenticationRequestUrl);
            findings
                .fail(
                    CHECK,
                    "The platform's authentication endpoint does not respond to this machine.",
                    fix,
                )
                .seen(error.to_string())
        }
        Ok(probe) if matches!(probe.status, 404 | 410) => findings
            .fail(CHECK, "The authentication request URL was not found on the platform.", correct)
            .seen(format!("HTTP status {} from {url}", probe.status)),
        Ok(probe) if probe.status >= 500 => findings
            .warn(
                CHECK,
                "The platform's authentication endpoint responds with a server error.",
                "check the platform's log, or try a launch",
            )
            .seen(format!("HTTP status {} from {url}", probe.status)),
        Ok(probe) => findings
            .ok(CHECK, "The platform's authentication endpoint responds.")
            .seen(format!("HTTP status {}", probe.status)),
    };
}

/// Sends a GET request, which requests no token: any response but "not found" shows that there is
/// an endpoint, and some platforms send even that to GET requests.
fn token_endpoint(
    findings: &mut Findings,
    registration: &Registration,
    url: &EndpointUrl,
    response: &Response,
) {
    const CHECK: Check = Check::TokenEndpoint;
    let correct = correction(registration, Detail::AccessTokenUrl);
    match &response.result {
        Err(error) => {
            let fix = fix_for(error, registration, Detail::AccessTokenUrl);
            findings
                .fail(
                    CHECK,
                    "The platform's token endpoint does not respond; grades and members need it.",
                    fix,
                )
                .seen(error.to_string())
        }
        Ok(probe) if matches!(probe.status, 404 | 410) || probe.status >= 500 => findings
            .warn(CHECK, "The access token URL may be wrong.", correct)
            .seen(format!("HTTP status {} from {url}", probe.status)),
        Ok(probe) => findings
            .ok(CHECK, "The platform's token endpoint responds.")
            .seen(format!("HTTP status {}", probe.status)),
    };
}

fn platform_clock(findings: &mut Findings, response: &[Response]) {
    const CHECK: Check = Check::PlatformClock;
    let skew = response.iter().find_map(|response| {
        Some(skew(response.result.as_ref().ok()?.date?, response.before, response.after))
    });
    let Some(skew) = skew else {
        let answers = response.iter().any(|response| response.result.is_ok());
        findings.skip(
            CHECK,
            if answers {
                "The platform's response contains no date."
            } else {
                "The platform does not respond."
            },
        );
        return;
    };
    let direction = if skew.is_negative() { "behind" } else { "ahead of" };
    let evidence = format!("the platform's clock is {} s {direction} ours", skew.abs().as_secs());
    let fix =
        "set the clock that is wrong: timedatectl set-ntp true, here or on the platform's server";
    if skew.abs() > SKEW_TO_FAIL {
        findings
            .fail(
                CHECK,
                "The platform's clock and this machine's clock differ so much that launches are \
                 refused as expired or from the future.",
                fix,
            )
            .seen(evidence);
    } else if skew.abs() > SKEW_TO_WARN {
        findings
            .warn(CHECK, "The platform's clock and this machine's clock are drifting apart.", fix)
            .seen(evidence);
    } else {
        findings.ok(CHECK, "The platform's clock and this machine's clock agree.");
    }
}

/// The minimum difference of a clock from this machine's, if it showed `date`, truncated to
/// seconds, between `before` and `after`.
fn skew(date: Timestamp, before: Timestamp, after: Timestamp) -> SignedDuration {
    let latest = date + SignedDuration::from_secs(1);
    if date > after {
        date.duration_since(after)
    } else if latest < before {
        latest.duration_since(before)
    } else {
        SignedDuration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncation_and_response_time_are_not_skew() {
        let moment = |text: &str| -> Timestamp { text.parse().unwrap() };
        let date = moment("2026-11-23T17:00:00Z");
        for (before, after, expected) in [
            ("2026-11-23T17:00:00.9Z", "2026-11-23T17:00:00.95Z", 0),
            ("2026-11-23T16:59:51Z", "2026-11-23T17:00:00.1Z", 0),
            ("2026-11-23T16:59:00Z", "2026-11-23T16:59:20Z", 40),
            ("2026-11-23T17:00:31Z", "2026-11-23T17:00:32Z", -30),
        ] {
            assert_eq!(
                skew(date, moment(before), moment(after)).as_secs(),
                expected,
                "{before} {after}"
            );
        }
    }
}
