//! Who may frame the pages of a launch (certification, 3.8).

use std::collections::BTreeSet;

use crate::domain::Registration;
use crate::store::{self, Read};

/// The most bytes of origins in one header; a tool with more platforms than that shows launch errors without a known platform outside of frames only.
/// Proxies take no more than 4 kB for all headers of an answer unless they are told to (nginx, `proxy_buffer_size`).
const LONGEST_ANCESTORS: usize = 3000;

/// The origins that may frame pages for a registration: the issuer's, the authentication endpoint's, and what the admin added.
pub fn frame_ancestors(registration: &Registration) -> Vec<String> {
    let mut origins = BTreeSet::new();
    if let Some(platform) = &registration.platform {
        origins.insert(platform.authentication_request_url.origin());
        if let Ok(issuer) = url::Url::parse(platform.issuer.as_str()) {
            origins.insert(issuer.origin().ascii_serialization());
        }
    }
    origins.extend(registration.policy.frame_ancestors.iter().cloned());
    // What an issuer that is no web address has for an origin.
    origins.remove("null");
    origins.into_iter().collect()
}

/// The origins of every enabled registration, for errors that come before the platform is known.
///
/// # Errors
///
/// The database's own errors.
pub fn all_frame_ancestors(read: Read<'_>) -> Result<Vec<String>, store::Error> {
    let mut origins = BTreeSet::new();
    let mut length = 0;
    // Anybody can ask for such a page, so no more is read than can be said.
    read.framing_registrations_until(|registration| {
        for origin in frame_ancestors(registration) {
            let added = origin.len() + 1;
            length += if origins.insert(origin) { added } else { 0 };
        }
        length > LONGEST_ANCESTORS
    })?;
    Ok(if length > LONGEST_ANCESTORS { Vec::new() } else { origins.into_iter().collect() })
}
