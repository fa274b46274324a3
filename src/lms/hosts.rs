//! The hosts of LMSs in the cloud: what issuers that customers share mean for keysets, token
//! services and users, and which hosts belong together.

use std::sync::LazyLock;

use url::Url;

use super::{Environment, Lms, PresetTemplate, all, find, names_host};
use crate::domain::Identity;
use crate::lti::dynamic_registration::Cloud;

/// How the users of an issuer are identified if customers share it; `None` if they do not.
pub fn identity_of(issuer: &str) -> Option<Identity> {
    all()
        .iter()
        .filter_map(|(_, lms)| lms.preset.as_ref())
        .find(|preset| preset.issuer == issuer)
        .and_then(|preset| preset.identity)
}

/// The hosts of keysets of a known product's issuer; `None` for other issuers. Issuers are compared
/// by host.
pub fn keyset_hosts(issuer: &str) -> Option<&'static [String]> {
    hosted(issuer).map(|(_, preset)| preset.keyset_hosts.as_slice())
}

/// The known product that has this issuer and [`keyset_hosts`], by its name in commands.
pub fn hosted_product(issuer: &str) -> Option<&'static str> {
    hosted(issuer).map(|(name, _)| name)
}

fn hosted(issuer: &str) -> Option<(&'static str, &'static PresetTemplate)> {
    let host = host_of(issuer)?;
    ISSUERS
        .iter()
        .find(|(found, _, preset)| !preset.keyset_hosts.is_empty() && *found == host)
        .map(|(_, name, preset)| (*name, *preset))
}

/// The hosts of the presets' issuers with the product's name.
static ISSUERS: LazyLock<Vec<(String, &str, &PresetTemplate)>> = LazyLock::new(|| {
    let preset_of = |(name, lms): &'static (&str, Lms)| {
        let preset = lms.preset.as_ref()?;
        Some((host_of(&preset.issuer)?, *name, preset))
    };
    all().iter().filter_map(preset_of).collect()
});

/// Whether a product is self-hosted and may keep this issuer of the hosted version, like Canvas;
/// without an issuer, whether there is one that it may keep.
pub fn is_self_hosted(product: &str, issuer: Option<&str>) -> bool {
    let preset = find(product).and_then(|lms| lms.preset.as_ref());
    preset.is_some_and(|preset| {
        names_host(&preset.keyset_url)
            && !names_host(&preset.issuer)
            && issuer.is_none_or(|issuer| host_of(&preset.issuer) == host_of(issuer))
    })
}

/// The product that is self-hosted and may keep this issuer of the hosted version, with its name
/// within sentences.
pub fn self_hosted(issuer: &str) -> Option<(&'static str, &'static str)> {
    let is_meant = |(name, _): &&(&str, Lms)| is_self_hosted(name, Some(issuer));
    all().iter().find(is_meant).map(|(name, lms)| (*name, lms.short_name()))
}

/// The product whose token service responds at a host, if it has several hosts.
pub fn token_service_at(host: &str) -> Option<&'static str> {
    let matches = |pattern: &str| match pattern.strip_prefix("*.") {
        Some(domain) => host.strip_suffix(domain).is_some_and(|below| below.ends_with('.')),
        None => host == pattern,
    };
    let patterns = all().iter().flat_map(|(name, lms)| {
        lms.preset
            .iter()
            .flat_map(|preset| &preset.token_hosts)
            .map(|pattern| (*name, pattern.as_str()))
    });
    // The longest pattern is the most specific: hosts of the beta environment are also below the
    // domain of production.
    patterns
        .filter(|(_, pattern)| matches(pattern))
        .max_by_key(|(_, pattern)| pattern.len())
        .map(|(name, _)| name)
}

/// Whether a file has `audience` for the token URL. A file whose token URL may be on any host only
/// counts for its own `product`.
pub fn names_audience(product: Option<&str>, token_url: &str, audience: &str) -> bool {
    let Ok(url) = Url::parse(token_url) else { return false };
    let is_meant = |name: &str, template: &PresetTemplate| {
        !names_host(&template.access_token_url) || product == Some(name)
    };
    let named = |lms: &Lms| {
        let preset = lms.preset(&url.origin().ascii_serialization(), "")?;
        (Url::parse(&preset.access_token_url).as_ref() == Ok(&url))
            .then_some(preset.token_audience?)
    };
    all()
        .iter()
        .filter(|(name, lms)| lms.preset.as_ref().is_some_and(|template| is_meant(name, template)))
        .any(|(_, lms)| named(lms).as_deref() == Some(audience))
}

fn host_of(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// Whether a host is a domain or below it.
pub fn is_within(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

fn presets() -> impl Iterator<Item = &'static PresetTemplate> {
    all().iter().filter_map(|(_, lms)| lms.preset.as_ref())
}

/// The domains of the endpoints of a product that has an issuer on this host for all customers.
pub fn endpoint_domains(host: &str) -> Option<&'static [String]> {
    ISSUERS
        .iter()
        .find(|(found, _, preset)| !preset.endpoint_domains.is_empty() && found == host)
        .map(|(_, _, preset)| preset.endpoint_domains.as_slice())
}

/// Whether a host has endpoints of customers whose issuers are on hosts of their own.
pub fn is_common_host(host: &str) -> bool {
    presets().filter(|preset| names_host(&preset.issuer)).any(|preset| {
        [&preset.keyset_url, &preset.access_token_url, &preset.authentication_request_url]
            .into_iter()
            .chain(&preset.token_audience)
            .filter(|url| !names_host(url))
            .any(|url| host_of(url).as_deref() == Some(host))
    })
}

/// Issuers that customers share, with the domains of their dynamic registrations.
pub fn clouds() -> Vec<Cloud> {
    presets()
        .filter(|preset| !preset.registration_domains.is_empty())
        .map(|preset| Cloud { issuer: &preset.issuer, domains: &preset.registration_domains })
        .collect()
}

/// The environment that a host belongs to: the product's name within sentences, and the name of the
/// environment.
pub fn environment(host: &str) -> Option<(&'static str, &'static str)> {
    let is_marked = |environment: &Environment| {
        environment.mark.as_ref().is_some_and(|mark| host.contains(mark.as_str()))
    };
    let found: Vec<(&Lms, &Environment)> = all()
        .iter()
        .filter_map(|(_, lms)| Some((lms, lms.environment.as_ref()?)))
        .filter(|(_, environment)| environment.domains.iter().any(|domain| is_within(host, domain)))
        .collect();
    found
        .iter()
        .find(|(_, environment)| is_marked(environment))
        .or_else(|| found.iter().find(|(_, environment)| environment.mark.is_none()))
        .map(|(lms, environment)| (lms.short_name(), environment.name.as_str()))
}

/// The names of all environments of a product.
pub fn environments(product: &str) -> Vec<&'static str> {
    all()
        .iter()
        .filter(|(_, lms)| lms.short_name() == product)
        .filter_map(|(_, lms)| Some(lms.environment.as_ref()?.name.as_str()))
        .collect()
}

/// The product whose token service at this host requires an audience, by its name within sentences,
/// and the audience.
pub fn audience_required_at(token_host: &str) -> Option<(&'static str, &'static str)> {
    all().iter().find_map(|(_, lms)| {
        let preset = lms.preset.as_ref()?;
        let is_there = preset.audience_domains.iter().any(|domain| is_within(token_host, domain));
        is_there.then_some((lms.short_name(), preset.token_audience.as_deref()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_that_customers_share_are_known() {
        for (issuer, expected) in [
            ("https://canvas.instructure.com", Some(Identity::ClientId)),
            ("https://canvas.beta.instructure.com", Some(Identity::ClientId)),
            ("https://blackboard.com", Some(Identity::Deployment)),
            ("https://schoology.schoology.com", Some(Identity::Deployment)),
            ("https://moodle.example.edu", None),
        ] {
            assert_eq!(identity_of(issuer), expected, "{issuer}");
        }
        // An issuer that is the same at every host is one that customers share, unless there is
        // only one platform of it.
        for (name, lms) in all() {
            let Some(preset) = &lms.preset else { continue };
            let shared = !preset.issuer.contains('{') && !matches!(*name, "saltire" | "1edtech");
            assert_eq!(preset.identity.is_some(), shared, "{name}");
        }
    }

    #[test]
    fn every_cloud_is_within_its_own_domains() {
        for (name, lms) in all() {
            let Some(preset) = &lms.preset else { continue };
            for domains in [&preset.endpoint_domains, &preset.registration_domains] {
                for url in [
                    &preset.issuer,
                    &preset.keyset_url,
                    &preset.access_token_url,
                    &preset.authentication_request_url,
                ] {
                    let host = host_of(url).unwrap_or_default();
                    let is_there = domains.iter().any(|domain| is_within(&host, domain));
                    assert!(domains.is_empty() || is_there, "{name}: {url}");
                }
            }
            let host = host_of(&preset.access_token_url).unwrap_or_default();
            assert!(
                preset.audience_domains.is_empty()
                    || audience_required_at(&host)
                        .is_some_and(|(_, audience)| audience != preset.access_token_url
                            && !audience.contains('{')),
                "{name}"
            );
            if let Some(environment) = &lms.environment {
                let host = host_of(&preset.issuer).unwrap_or_default();
                let found = super::environment(&host);
                assert_eq!(found, Some((lms.short_name(), environment.name.as_str())), "{name}");
                assert!(environments(lms.short_name()).len() > 1, "{name}");
            }
        }
    }

    #[test]
    fn hosts_belong_to_products() {
        for (host, expected) in [
            ("canvas.instructure.com", Some(("Canvas", "production"))),
            ("school.beta.instructure.com", Some(("Canvas", "beta"))),
            ("sso.test.canvaslms.com", Some(("Canvas", "test"))),
            ("evilinstructure.com", None),
            ("lms.example.edu", None),
        ] {
            assert_eq!(environment(host), expected, "{host}");
        }
        assert_eq!(environments("Canvas"), ["production", "beta", "test"]);
        let audience = Some(("Brightspace", "https://api.brightspace.com/auth/token"));
        for (host, expected) in [
            ("auth.brightspace.com", audience),
            ("school.d2l.com", audience),
            ("lms.example.edu", None),
        ] {
            assert_eq!(audience_required_at(host), expected, "{host}");
        }
        for (host, expected) in [
            ("auth.brightspace.com", true),
            ("api.brightspace.com", true),
            ("school.brightspace.com", false),
            ("sso.canvaslms.com", false),
        ] {
            assert_eq!(is_common_host(host), expected, "{host}");
        }
        for (issuer, expected) in [
            ("https://canvas.instructure.com", Some(("canvas-selfhosted", "Canvas"))),
            ("https://canvas.beta.instructure.com", None),
            ("https://moodle.example.edu", None),
        ] {
            assert_eq!(self_hosted(issuer), expected, "{issuer}");
        }
        assert_eq!(endpoint_domains("moodle.example.edu"), None);
    }
}
