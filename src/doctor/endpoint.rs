//! The URLs of a platform and their hosts.

use url::Url;

use crate::domain::{EndpointUrl, PlatformDetails};

pub(super) fn host(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// The hosts of a platform's issuer and [`endpoints`].
pub(super) struct Hosts {
    /// `None` if the issuer is not a URL.
    pub(super) issuer: Option<String>,
    pub(super) endpoints: [Option<String>; 3],
}

impl Hosts {
    pub(super) fn of(platform: &PlatformDetails) -> Self {
        Self {
            issuer: host(platform.issuer.as_str()),
            endpoints: endpoints(platform).map(|(_, _, url)| host(url.as_str())),
        }
    }

    pub(super) fn token_service(&self) -> &str {
        self.endpoints[1].as_deref().unwrap_or_default()
    }
}

pub(super) fn endpoints(
    platform: &PlatformDetails,
) -> [(&'static str, &'static str, &EndpointUrl); 3] {
    [
        ("keyset URL", "--keyset-url", &platform.keyset_url),
        ("token URL", "--access-token-url", &platform.access_token_url),
        (
            "authentication URL",
            "--authentication-request-url",
            &platform.authentication_request_url,
        ),
    ]
}
