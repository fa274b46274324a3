//! Checks of one registration that depend on the platform's product, without network.

use std::collections::BTreeSet;

use url::Url;

use super::endpoint::{endpoints, host};
use super::{Check, Findings, labels};
use crate::domain::{PlatformDetails, Product, Registration};
use crate::failure::shell_word;
use crate::lms::{self, Lms, Preset};

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

/// Values that the platform publishes itself.
pub(super) struct OwnConfiguration {
    pub(super) issuer: String,
    /// In the order of [`endpoints`].
    pub(super) endpoints: [String; 3],
}

/// The preset of a registration's product.
struct Usual {
    lms: &'static Lms,
    base: String,
    preset: Preset,
}

impl Usual {
    fn of(registration: &Registration, platform: &PlatformDetails) -> Option<Self> {
        registration.product.as_ref()?;
        let lms = labels::lms(registration)?;
        let base = if lms.issuer_is_host() {
            platform.issuer.to_string()
        } else {
            platform.keyset_url.origin()
        };
        let preset = lms.preset(&base, platform.client_id.as_str())?;
        Some(Self { lms, base, preset })
    }

    /// Whether this is the issuer, if administrators do not choose their own. The preset has the
    /// issuer of the cloud.
    fn has_issuer(&self, issuer: &str, product: &Product) -> bool {
        lms::is_self_hosted(product.as_str(), None)
            || issuer == self.preset.issuer.trim_end_matches('/')
    }

    fn import_command(
        &self,
        registration: &Registration,
        platform: &PlatformDetails,
        product: &Product,
    ) -> String {
        let host =
            self.lms.preset_needs_host().then(|| format!(" --host {}", shell_word(&self.base)));
        let host = host.unwrap_or_default();
        format!(
            "ltictl platform import {} --preset {}{host} --client-id {} --yes",
            registration.slug,
            shell_word(product.as_str()),
            shell_word(platform.client_id.as_str())
        )
    }

    /// The endpoints of the preset and whether these match, in the order of [`endpoints`].
    fn compared(&self, stored: [&str; 3]) -> [(&String, bool); 3] {
        let Preset { keyset_url, access_token_url, authentication_request_url, .. } = &self.preset;
        let expected = [keyset_url, access_token_url, authentication_request_url];
        std::array::from_fn(|place| {
            (expected[place], matches_preset(self.lms, stored[place], expected[place]))
        })
    }
}

/// Whether the preset of the product has other values.
pub(super) fn differs_from_preset(registration: &Registration, platform: &PlatformDetails) -> bool {
    let stored = endpoints(platform).map(|(_, _, url)| url.as_str());
    let differs = |(usual, product): (Usual, &Product)| {
        !usual.has_issuer(platform.issuer.as_str(), product)
            || usual.compared(stored).iter().any(|(_, matches)| !matches)
    };
    Usual::of(registration, platform).zip(registration.product.as_ref()).is_some_and(differs)
}

/// Whether the preset of the product has other values, and the platform may have a configuration of
/// its own that contradicts the preset.
pub(super) fn preset_is_unsure(registration: &Registration, platform: &PlatformDetails) -> bool {
    let Some(configuration_url) = &registration.configuration_url else { return false };
    let usual = Usual::of(registration, platform);
    let usual_url = usual.as_ref().and_then(|usual| usual.preset.configuration_url.as_deref());
    usual_url != Some(configuration_url.as_str()) && differs_from_preset(registration, platform)
}

/// Adds how the values differ from the preset of the product, if there is one. A preset that
/// contradicts the platform's own configuration is not proposed.
pub(super) fn preset(
    findings: &mut Findings,
    registration: &Registration,
    platform: &PlatformDetails,
    own: Option<&OwnConfiguration>,
) {
    const CHECK: Check = Check::Preset;
    let Some((product, lms)) = registration.product.as_ref().zip(labels::lms(registration)) else {
        return;
    };
    let Some(usual) = Usual::of(registration, platform) else {
        findings.skip(CHECK, format!("{} has no preset to compare with.", lms.name));
        return;
    };
    if let Some(own) = own {
        let has_endpoints = usual.compared(own.endpoints.each_ref().map(String::as_str));
        if !usual.has_issuer(&own.issuer, product)
            || has_endpoints.iter().any(|(_, matches)| !matches)
        {
            let sentence = format!(
                "The platform's own OpenID configuration differs from what is usual for {}, and \
                 counts.",
                lms.name
            );
            findings.ok(CHECK, sentence);
            return;
        }
    }
    let mut differing = Vec::new();
    let issuer_differs = !usual.has_issuer(platform.issuer.as_str(), product);
    if issuer_differs {
        differing
            .push(format!("issuer is {}, the preset has {}", platform.issuer, usual.preset.issuer));
    }
    let stored = endpoints(platform);
    let compared = usual.compared(stored.map(|(_, _, url)| url.as_str()));
    for ((label, _, stored), (expected, matches)) in stored.into_iter().zip(compared) {
        if !matches {
            differing.push(format!("{label} is {stored}, the preset has {expected}"));
        }
    }
    if differing.is_empty() {
        findings.ok(CHECK, format!("Issuer and endpoints match those of {}.", lms.name));
        return;
    }
    let fix = usual.import_command(registration, platform, product);
    if issuer_differs && !lms.issuer_is_host() {
        findings.fail(
            CHECK,
            format!("The issuer is not the one that {} uses for all its customers.", lms.name),
            fix,
        )
    } else {
        findings.warn(CHECK, format!("The values differ from those of {}.", lms.name), fix)
    }
    .seen(differing.join("; "));
}
