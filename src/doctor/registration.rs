//! Checks of one registration, without network: consistency of what is stored, also with what is
//! known of the products.

use std::collections::HashMap;

use url::Url;

use super::endpoint::{Hosts, endpoints, host};
use super::{Check, Findings, details, labels, product};
use crate::domain::{
    DeploymentPolicy, LAUNCH_PATH, Missing, PlatformDetails, PublicUrl, Registration, Slug,
    is_loopback_host,
};
use crate::failure::shell_word;
use crate::lms::{self, Purpose};
use crate::rules::tenancy::{self, Neighbourhood};
use crate::store::{self, OwnOrigin, Read, RegistrationFacts};

/// Maximum number of service hosts that are checked; most platforms have one.
pub(super) const MAX_SERVICE_HOSTS: u32 = 20;

/// How many other registrations with the same issuer are named.
const MAX_SHARING: usize = 10;

/// Registrations by what they could be confused by.
#[derive(Default)]
pub(super) struct Similar<'r> {
    by_issuer: HashMap<&'r str, SameIssuer>,
    by_client: HashMap<(&'r str, String), Vec<&'r Registration>>,
}

/// The registrations with one issuer, of which there may be thousands.
#[derive(Default)]
struct SameIssuer {
    number: u32,
    /// The oldest ones: enough to name [`MAX_SHARING`] others of each.
    oldest: Vec<Slug>,
}

impl SameIssuer {
    /// Names the others than `slug`.
    fn others(&self, slug: &Slug) -> Option<String> {
        let others: Vec<&str> = self
            .oldest
            .iter()
            .filter(|other| *other != slug)
            .take(MAX_SHARING)
            .map(Slug::as_str)
            .collect();
        let more = (self.number as usize).saturating_sub(1 + others.len());
        let mut text = others.join(", ");
        if more > 0 {
            text.push_str(&format!(" and {more} more"));
        }
        (!others.is_empty()).then_some(text)
    }
}

impl<'r> Similar<'r> {
    /// Compares all registrations with each other.
    pub(super) fn of(registrations: &'r [Registration]) -> Self {
        let mut similar = Self::by_client(registrations);
        let mut oldest_first: Vec<&Registration> = registrations.iter().collect();
        oldest_first.sort_by_key(|registration| registration.id);
        for registration in oldest_first {
            let Some(platform) = &registration.platform else { continue };
            let same = similar.by_issuer.entry(platform.issuer.as_str()).or_default();
            same.number += 1;
            if same.oldest.len() <= MAX_SHARING {
                same.oldest.push(registration.slug.clone());
            }
        }
        similar
    }

    /// Compares one registration with those that [`comparable`] returns.
    pub(super) fn to(
        read: Read<'_>,
        registration: &'r Registration,
        comparable: &'r [Registration],
    ) -> Result<Self, store::Error> {
        let mut similar = Self::by_client(comparable);
        if let Some(platform) = &registration.platform {
            let issuer = platform.issuer.as_str();
            let (number, oldest) = read.slugs_of_issuer(issuer, 1 + MAX_SHARING as u32)?;
            similar.by_issuer.insert(issuer, SameIssuer { number, oldest });
        }
        Ok(similar)
    }

    fn by_client(registrations: &'r [Registration]) -> Self {
        let mut similar = Self::default();
        for registration in registrations {
            let Some(platform) = &registration.platform else { continue };
            similar.by_client.entry(client_key(platform)).or_default().push(registration);
        }
        similar
    }
}

/// The client ID and the issuer without differences that are usually typing errors.
fn client_key(platform: &PlatformDetails) -> (&str, String) {
    let issuer = platform.issuer.as_str().trim_end_matches('/');
    let issuer = issuer.replace("http://", "https://").to_ascii_lowercase();
    (platform.client_id.as_str().trim(), issuer)
}

/// The registrations with which this one is compared, which include itself: those with its client
/// ID, and those with its issuer but other keys.
pub(super) fn comparable(
    read: Read<'_>,
    registration: &Registration,
) -> Result<Vec<Registration>, store::Error> {
    let Some(_) = &registration.platform else { return Ok(vec![registration.clone()]) };
    let mut found = tenancy::neighbours(read, registration)?;
    found.sort_by(|one, other| (&one.name, &one.slug).cmp(&(&other.name, &other.slug)));
    found.dedup_by_key(|registration| registration.id);
    Ok(found)
}

/// Adds all findings.
pub(super) fn examine(
    findings: &mut Findings,
    registration: &Registration,
    facts: &RegistrationFacts,
    similar: &Similar<'_>,
    neighbourhood: &Neighbourhood<'_>,
    tool: &PublicUrl,
) {
    status(findings, registration);
    deployments(findings, registration);
    let produced = [
        tool.join(LAUNCH_PATH),
        tool.join(&format!("/lti/login/{}", registration.slug)),
        tool.join("/lti/jwks"),
        tool.join("/lti/deep-link"),
    ];
    redirect_uris(findings, registration, &produced);
    product::url_length(findings, registration, &produced);
    leeway(findings, registration);
    signing_algorithms(findings, registration);
    product::urls(findings, registration, &produced);
    let Some(platform) = &registration.platform else { return };
    let hosts = Hosts::of(platform);
    issuer(findings, registration, platform);
    let generic_logins = facts.generic_logins.iter().map(|(_, count)| count).sum();
    issuer_shared(findings, registration, platform, &hosts, similar, generic_logins);
    registration_twice(findings, registration, platform, similar);
    endpoint_hosts(findings, registration, platform, &hosts);
    canvas_environment(findings, registration, platform, &hosts);
    token_audience(findings, registration, platform, &hosts);
    separation(findings, registration, neighbourhood);
    encryption(findings, registration, platform);
    details::examine(findings, registration, platform, tool);
    if !product::preset_is_unsure(registration, platform) {
        product::preset(findings, registration, platform, None);
    } else {
        findings.skip(
            Check::Preset,
            "The platform has an OpenID configuration of its own, which counts more than what is \
             usual for its product.",
        );
    }
}

fn signing_algorithms(findings: &mut Findings, registration: &Registration) {
    let algorithms = &registration.policy.algorithms;
    if algorithms.names().contains(&"RS256") {
        findings.ok(Check::SigningAlgorithms, "The usual signing algorithm is allowed.")
    } else {
        findings.warn(
            Check::SigningAlgorithms,
            "Launches signed with RS256 are refused, but nearly every platform signs with it.",
            format!("ltictl platform set {} --algorithms RS256,{algorithms}", registration.slug),
        )
    }
    .seen(algorithms.to_string());
}

fn status(findings: &mut Findings, registration: &Registration) {
    let slug = &registration.slug;
    if !registration.enabled {
        findings.warn(
            Check::Status,
            "The registration is disabled, so all launches are refused.",
            format!("ltictl registration enable {slug}"),
        );
    } else if registration.missing().contains(&Missing::Platform) {
        findings.fail(
            Check::Status,
            "The platform's details are missing, so no one can launch.",
            format!("ltictl platform set {slug}"),
        );
    } else {
        findings.ok(Check::Status, "The platform's details are complete.");
    }
}

fn deployments(findings: &mut Findings, registration: &Registration) {
    let slug = &registration.slug;
    match (registration.has_deployment, registration.policy.deployments) {
        (true, _) => {
            findings.ok(Check::Deployments, "At least one deployment is known.");
        }
        (false, DeploymentPolicy::Accept) => {
            findings
                .ok(Check::Deployments, "No deployment is known yet; the first launch adds one.");
        }
        (false, DeploymentPolicy::Known) => {
            findings.fail(
                Check::Deployments,
                "No deployment is known, and launches from unknown ones are refused.",
                format!("ltictl deployment add {slug} DEPLOYMENT_ID"),
            );
        }
    }
}

fn leeway(findings: &mut Findings, registration: &Registration) {
    let seconds = registration.policy.leeway_seconds;
    let fix = format!("ltictl platform set {} --leeway 60s", registration.slug);
    match seconds {
        0..5 => findings.warn(
            Check::Leeway,
            "Very little difference between the clocks is tolerated; launches fail when one of \
             them drifts.",
            fix,
        ),
        5..=120 => {
            findings.ok(Check::Leeway, "A sensible difference between the clocks is tolerated.")
        }
        _ => findings.warn(
            Check::Leeway,
            "A large difference between the clocks is tolerated; it is \
            better to set the clock that is wrong.",
            fix,
        ),
    }
    .seen(format!("{seconds} s"));
}

/// The URLs that every login contains, which the platform must allow.
fn redirect_uris(findings: &mut Findings, registration: &Registration, produced: &[String]) {
    let (tool_url, deep_linking_url) = (&produced[0], &produced[3]);
    let rule = labels::lms(registration)
        .and_then(|lms| lms.redirect_uris(tool_url, deep_linking_url))
        .unwrap_or_else(|| {
            format!("must contain exactly these: {tool_url} and {deep_linking_url}")
        });
    let field = labels::field(registration, Purpose::Redirect);
    findings.ok(Check::RedirectUris, format!("{field} {rule}")).seen(produced.join(" "));
}

fn issuer(findings: &mut Findings, registration: &Registration, platform: &PlatformDetails) {
    let (slug, issuer) = (&registration.slug, platform.issuer.as_str());
    if let Some(without) = issuer.strip_suffix('/') {
        findings
            .warn(
                Check::Issuer,
                "The issuer ends with a slash; it is compared byte by byte, and most platforms \
                 send it without one.",
                format!("ltictl platform set {slug} --issuer {}", shell_word(without)),
            )
            .seen(issuer);
    } else {
        findings.ok(Check::Issuer, "The issuer is in the usual form.").seen(issuer);
    }
}

/// Whether logins can be distinguished if registrations share an issuer.
fn issuer_shared(
    findings: &mut Findings,
    registration: &Registration,
    platform: &PlatformDetails,
    hosts: &Hosts,
    similar: &Similar<'_>,
    generic_logins: u64,
) {
    let (slug, issuer) = (&registration.slug, platform.issuer.as_str());
    let others = similar.by_issuer.get(issuer).and_then(|same| same.others(slug));
    let Some(others) = others else {
        findings.ok(Check::IssuerShared, "No other registration has this issuer.");
        return;
    };
    if hosts.issuer.as_deref().and_then(lms::endpoint_domains).is_some() {
        findings.ok(
            Check::IssuerShared,
            "Other registrations have this issuer, as is usual for this product.",
        )
    } else if generic_logins == 0 {
        findings.ok(
            Check::IssuerShared,
            "Other registrations have this issuer, and logins use the URL with the slug, which \
             distinguishes them.",
        )
    } else {
        let finding = findings.warn(
            Check::IssuerShared,
            "Other registrations have the same issuer, and logins use the URL without a slug; only \
             the URL with the slug distinguishes them reliably.",
            format!(
                "{}: the one that `ltictl registration tool-details {slug}` prints",
                labels::field(registration, Purpose::Login)
            ),
        );
        finding.seen(format!("{others}; {generic_logins} logins at /lti/login"));
        return;
    }
    .seen(others);
}

/// Whether another registration has the same issuer and client ID except for a typing error; the
/// database rejects identical ones.
fn registration_twice(
    findings: &mut Findings,
    registration: &Registration,
    platform: &PlatformDetails,
    similar: &Similar<'_>,
) {
    let same = similar.by_client.get(&client_key(platform)).into_iter().flatten();
    match same.into_iter().find(|other| other.id != registration.id) {
        None => findings.ok(
            Check::RegistrationTwice,
            "No other registration is for the same platform and client.",
        ),
        Some(other) => findings
            .warn(
                Check::RegistrationTwice,
                "Another registration has the same client ID and almost the same issuer: it is \
                 probably the same platform, registered twice.",
                format!(
                    "see `ltictl launch list --registration {0}`, and delete the one that is never \
                     launched: ltictl registration delete {0}",
                    registration.slug
                ),
            )
            .seen(format!(
                "{} has {}",
                other.slug,
                other.platform.as_ref().map(|other| other.issuer.as_str()).unwrap_or_default()
            )),
    };
}

fn endpoint_hosts(
    findings: &mut Findings,
    registration: &Registration,
    platform: &PlatformDetails,
    hosts: &Hosts,
) {
    let issuer = platform.issuer.as_str();
    let Some(issuer_host) = hosts.issuer.as_deref() else {
        findings
            .skip(
                Check::EndpointHosts,
                "The issuer is not a URL, so nothing can be compared with it.",
            )
            .seen(issuer);
        return;
    };
    let domains = lms::endpoint_domains(issuer_host);
    let belongs = |found: &str| match domains {
        // A self-hosted platform may keep the issuer of the cloud, so only the cloud's own hosts
        // are certain.
        Some(domains) => domains.iter().any(|domain| lms::is_within(found, domain)),
        None => {
            lms::is_within(found, issuer_host)
                || lms::is_within(issuer_host, found)
                || lms::is_common_host(found)
                || (is_loopback(issuer) && is_loopback(&format!("http://{found}")))
        }
    };
    let foreign: Vec<String> = endpoints(platform)
        .iter()
        .zip(&hosts.endpoints)
        .filter_map(|((name, ..), found)| {
            let found = found.as_deref()?;
            (!belongs(found)).then(|| format!("{name} on {found}"))
        })
        .collect();
    if foreign.is_empty() {
        findings
            .ok(Check::EndpointHosts, "The endpoints belong to the issuer's host.")
            .seen(issuer_host);
    } else {
        findings
            .warn(
                Check::EndpointHosts,
                "Some endpoints are not on the issuer's host; one of them may have been copied \
                 from another platform.",
                format!(
                    "compare with the LMS, then run `ltictl platform set {}`",
                    registration.slug
                ),
            )
            .seen(format!("issuer on {issuer_host}; {}", foreign.join(", ")));
    }
}

fn is_loopback(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| is_loopback_host(&url))
}

fn canvas_environment(
    findings: &mut Findings,
    registration: &Registration,
    platform: &PlatformDetails,
    hosts: &Hosts,
) {
    let found: Vec<_> = [("issuer", &hosts.issuer)]
        .into_iter()
        .chain(endpoints(platform).map(|(name, ..)| name).into_iter().zip(&hosts.endpoints))
        .filter_map(|(name, host)| Some((name, lms::environment(host.as_deref()?)?)))
        .collect();
    let Some((_, first)) = found.first() else { return };
    let (product, own) = first;
    let evidence = found
        .iter()
        .map(|(name, (_, environment))| format!("{name}: {environment}"))
        .collect::<Vec<_>>()
        .join(", ");
    if found.iter().all(|(_, environment)| environment == first) {
        findings.ok(
            Check::CanvasEnvironment,
            format!("Everything belongs to {product}'s {own} environment."),
        );
    } else {
        let names = lms::environments(product).join(", ");
        let names = names
            .rsplit_once(", ")
            .map_or(names.clone(), |(others, last)| format!("{others} and {last}"));
        findings
            .fail(
                Check::CanvasEnvironment,
                format!(
                    "{product}'s environments are mixed: {names} each have their own issuer, keys \
                     and token server."
                ),
                format!(
                    "enter all four URLs of one environment: ltictl platform set {}",
                    registration.slug
                ),
            )
            .seen(evidence);
    }
}

fn token_audience(
    findings: &mut Findings,
    registration: &Registration,
    platform: &PlatformDetails,
    hosts: &Hosts,
) {
    let slug = &registration.slug;
    let token_host = hosts.token_service();
    let audience = registration.policy.token_audience.as_deref();
    let is_token_url = |audience: &str| audience == platform.access_token_url.as_str();
    match (audience, lms::audience_required_at(token_host), lms::environment(token_host)) {
        (audience, Some((product, required)), _) if audience.is_none_or(is_token_url) => {
            findings.warn(
                Check::TokenAudience,
                format!(
                    "{product} requires a token audience that differs from its token URL; without \
                     it, grades and members cannot be synchronized."
                ),
                format!("ltictl platform set {slug} --token-audience {}", shell_word(required)),
            );
        }
        (Some(audience), _, Some((product, _))) if host(audience).is_none() => {
            findings
                .warn(
                    Check::TokenAudience,
                    format!(
                        "{product} requires its token URL as the token audience, not a bare host."
                    ),
                    format!("ltictl platform set {slug} --token-audience \"\""),
                )
                .seen(audience);
        }
        (Some(audience), ..)
            if !registration.policy.audience_confirmed
                && !tenancy::has_own_audience(registration) =>
        {
            findings
                .fail(
                    Check::TokenAudience,
                    "The token audience is not on the host of the token URL and was not set by the \
                     admin, so no token is requested.",
                    format!(
                        "if the platform's documentation names it: ltictl platform set {slug} \
                         --token-audience {}; otherwise: ltictl platform set {slug} \
                         --token-audience ''",
                        shell_word(audience)
                    ),
                )
                .seen(audience);
        }
        (Some(audience), ..) => {
            findings.ok(Check::TokenAudience, "A separate token audience is set.").seen(audience);
        }
        (None, ..) => {
            findings.ok(
                Check::TokenAudience,
                "The token audience is the token URL, as most platforms require.",
            );
        }
    }
}

/// Whether access tokens and users are separate from those of other registrations.
fn separation(
    findings: &mut Findings,
    registration: &Registration,
    neighbourhood: &Neighbourhood<'_>,
) {
    match tenancy::check_alone(registration).and_then(|()| neighbourhood.check_stored(registration))
    {
        Ok(()) => findings.ok(
            Check::Separation,
            "Its access tokens and users are separate from those of other registrations.",
        ),
        Err(violation) => {
            let why = violation.failure.why;
            let sentence = why
                .chars()
                .take(1)
                .flat_map(char::to_uppercase)
                .chain(why.chars().skip(1))
                .chain(['.'])
                .collect::<String>();
            findings.fail(Check::Separation, sentence, violation.failure.hint)
        }
    };
}

/// Whether access tokens may be sent to the hosts that launches name for services.
pub(super) fn service_hosts(
    findings: &mut Findings,
    read: Read<'_>,
    registration: &Registration,
    origins: &[(String, OwnOrigin)],
) -> Result<(), store::Error> {
    for (origin, own) in origins {
        if let Err((problem, fix)) = tenancy::may_send_to_own(read, registration, origin, *own)? {
            findings
                .fail(Check::ServiceHosts, format!("No access token is sent: {problem}."), fix)
                .seen(origin.as_str());
            return Ok(());
        }
    }
    if !origins.is_empty() {
        findings
            .ok(
                Check::ServiceHosts,
                "The hosts that launches name for grades and members belong to this platform.",
            )
            .seen(origins.iter().map(|(origin, _)| origin.as_str()).collect::<Vec<_>>().join(", "));
    }
    Ok(())
}

fn encryption(findings: &mut Findings, registration: &Registration, platform: &PlatformDetails) {
    let slug = &registration.slug;
    let plain: Vec<&str> = endpoints(platform)
        .iter()
        .filter(|(_, _, url)| url.as_str().starts_with("http://") && !is_loopback(url.as_str()))
        .map(|(name, ..)| *name)
        .collect();
    match (plain.is_empty(), registration.policy.allow_http) {
        (true, false) => {
            findings.ok(Check::Http, "All endpoints use https, or are on this machine.");
        }
        (true, true) => {
            findings.warn(
                Check::Http,
                "http is allowed, but no endpoint needs it.",
                format!("ltictl platform set {slug} --allow-http=false"),
            );
        }
        (false, _) => {
            findings
                .warn(
                    Check::Http,
                    "Endpoints are contacted without encryption: an attacker on the network can \
                     forge launches.",
                    format!(
                        "switch the platform to https, then run `ltictl platform set {slug} \
                         --allow-http=false` and enter its https URLs with `ltictl platform set \
                         {slug}`"
                    ),
                )
                .seen(plain.join(", "));
        }
    }
}
