//! Whether browsers show a page in frames of other sites, according to its headers.

use url::Url;

use crate::platform::Probe;

/// The sources of every `frame-ancestors` in a response's policies, all of which must match (CSP
/// Level 3, 6.4.2).
pub(super) fn ancestor_lists(probe: &Probe) -> Vec<Vec<String>> {
    probe
        .header_values("content-security-policy")
        .flat_map(|value| value.split(',').filter_map(directive).collect::<Vec<_>>())
        .collect()
}

/// The origins that one of these lists excludes, for a page with an origin of its own.
pub(super) fn excluded<'o>(
    lists: &[Vec<String>],
    own: &str,
    origins: impl Iterator<Item = &'o str>,
) -> Vec<&'o str> {
    let is_in = |list: &Vec<String>, origin: &str| {
        list.iter().any(|source| match source.eq_ignore_ascii_case("'self'") {
            true => origin == own,
            false => matches_origin(source, origin),
        })
    };
    origins.filter(|origin| !lists.iter().all(|list| is_in(list, origin))).collect()
}

/// The sources of a policy's `frame-ancestors`, if it has that directive.
fn directive(policy: &str) -> Option<Vec<String>> {
    policy.split(';').find_map(|directive| {
        let mut words = directive.split_ascii_whitespace();
        words
            .next()
            .filter(|name| name.eq_ignore_ascii_case("frame-ancestors"))
            .map(|_| words.map(str::to_owned).collect())
    })
}

/// Whether a source of `frame-ancestors` matches an origin (CSP Level 3, 6.7.2.8).
fn matches_origin(source: &str, origin: &str) -> bool {
    if source == "*" {
        return true;
    }
    let Ok(origin) = Url::parse(origin) else { return false };
    let has_scheme = |scheme: &str| {
        let scheme = scheme.to_ascii_lowercase();
        scheme == origin.scheme() || (scheme == "http" && origin.scheme() == "https")
    };
    let (scheme, rest) = match source.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => match source.strip_suffix(':') {
            Some(scheme) => return has_scheme(scheme),
            None => (None, source),
        },
    };
    let authority = rest.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority.as_str(), None),
    };
    let has_port = match port {
        Some("*") => true,
        Some(port) => port.parse().ok() == origin.port_or_known_default(),
        None => origin.port().is_none(),
    };
    let own_host = origin.host_str().unwrap_or_default();
    let has_host = match host.strip_prefix("*.") {
        Some(domain) => own_host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
        None => host == own_host,
    };
    scheme.is_none_or(has_scheme) && has_port && has_host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_match_origins_as_in_browsers() {
        const LMS: &str = "https://lms.example.edu";
        for (source, origin, expected) in [
            ("*", LMS, true),
            ("https:", LMS, true),
            ("http:", LMS, true),
            ("https:", "http://lms.example.edu", false),
            (LMS, LMS, true),
            ("HTTPS://LMS.example.edu", LMS, true),
            ("https://lms.example.edu/", LMS, true),
            ("https://lms.example.edu:443", LMS, true),
            ("lms.example.edu", LMS, true),
            ("http://lms.example.edu", LMS, true),
            ("https://lms.example.edu", "http://lms.example.edu", false),
            ("https://lms.example.edu:8443", LMS, false),
            ("https://*.example.edu", LMS, true),
            ("*.example.edu", LMS, true),
            ("https://*.example.edu", "https://example.edu", false),
            ("https://*.example.edu", "https://lms.badexample.edu", false),
            ("https://lms.example.edu:8443", "https://lms.example.edu:8443", true),
            ("https://lms.example.edu:*", "https://lms.example.edu:8443", true),
            ("https://lms.example.edu", "https://lms.example.edu:8443", false),
            ("'none'", LMS, false),
            ("https://other.example.edu", LMS, false),
        ] {
            assert_eq!(matches_origin(source, origin), expected, "{source} {origin}");
        }
    }

    #[test]
    fn every_list_must_match_and_self_is_the_pages_own_origin() {
        const APP: &str = "https://app.example.edu";
        const LMS: &str = "https://lms.example.edu";
        for (policies, expected) in [
            (&[][..], &[][..]),
            (&["default-src 'none'"], &[]),
            (&["default-src 'none'; Frame-Ancestors *"], &[]),
            (&["frame-ancestors 'self'"], &[LMS]),
            (&["frame-ancestors"], &[APP, LMS]),
            (&["frame-ancestors 'none'"], &[APP, LMS]),
            (&["frame-ancestors 'self' https://lms.example.edu", "frame-ancestors https:"], &[]),
            (&["frame-ancestors *", "frame-ancestors https://lms.example.edu"], &[APP]),
        ] {
            let lists: Vec<_> = policies.iter().filter_map(|policy| directive(policy)).collect();
            assert_eq!(excluded(&lists, APP, [APP, LMS].into_iter()), expected, "{policies:?}");
        }
    }
}
