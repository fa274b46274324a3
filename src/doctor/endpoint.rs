//! The URLs of a platform and their hosts.

use url::Url;

use crate::domain::{EndpointUrl, PlatformDetails};

pub(super) fn host(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(str::to_owned)
}

pub(super) fn endpoints(
    platform: &PlatformDetails,
) -> [(&'static str, &'static str, &EndpointUrl); 3] {
    [
        ("keyset URL", "--keyset-url", &platform.keyset_url),
        ("token URL", "--token-url", &platform.access_token_url),
        ("authentication URL", "--auth-url", &platform.authentication_request_url),
    ]
}

pub(super) fn is_under(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Which of Canvas's three environments a host belongs to.
pub(super) fn environment(host: &str) -> Option<&'static str> {
    let is_canvas =
        ["instructure.com", "canvaslms.com"].iter().any(|domain| is_under(host, domain));
    match () {
        () if !is_canvas => None,
        () if host.contains(".beta.") => Some("beta"),
        () if host.contains(".test.") => Some("test"),
        () => Some("production"),
    }
}
