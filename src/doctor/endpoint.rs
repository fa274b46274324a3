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
