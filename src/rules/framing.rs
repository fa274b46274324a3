//! The origins that may frame the pages of a launch (certification, 3.8).

use std::collections::BTreeSet;

use crate::domain::{LaunchDetails, Protocol, Registration, canonical_origin};

/// The origins that may frame pages for a registration: the issuer's, the authentication
/// endpoint's, and what the admin added.
pub fn frame_ancestors(registration: &Registration) -> Vec<String> {
    let mut origins = BTreeSet::new();
    if let Some(platform) = &registration.platform {
        origins.insert(platform.authentication_request_url.origin());
        if let Ok(issuer) = url::Url::parse(platform.issuer.as_str()) {
            origins.insert(issuer.origin().ascii_serialization());
        }
    }
    origins.extend(registration.policy.frame_ancestors.iter().cloned());
    // The origin of an issuer that is not a URL.
    origins.remove("null");
    origins.into_iter().collect()
}

/// The same for the pages of one launch. The platform of a consumer is known only by the URL to return
/// to, which its launches sign.
pub fn frame_ancestors_of(registration: &Registration, launch: &LaunchDetails) -> Vec<String> {
    let mut origins = frame_ancestors(registration);
    if registration.protocol != Protocol::Lti1p3
        && let Some(url) = &launch.presentation.return_url
        && let Some(origin) = canonical_origin(url)
        && !origins.contains(&origin)
    {
        origins.push(origin);
    }
    origins
}
