//! The platform's storage: where a login is bound to a browser that keeps no cookies inside the
//! platform's frame (LTI postMessage Storage 0.1; core launch, section 9).

use crate::domain::PlatformDetails;
use crate::token::login_state;

/// A place in the platform's storage, as the scripts of our pages ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformStorage {
    /// The frame that keeps it: `_parent`, or the name of a frame of the platform's page. It came
    /// with the login request, unsigned, so it only says whom to ask.
    pub target: String,
    /// The only origin that is asked and whose answer counts, from the registration.
    pub origin: String,
    /// The key of the value.
    pub key: String,
}

impl PlatformStorage {
    /// The place for a state at this platform, when its login request named a frame.
    pub fn of(
        platform: &PlatformDetails,
        sealed_state: &str,
        target: Option<String>,
    ) -> Option<Self> {
        Some(Self {
            target: target?,
            origin: platform.authentication_request_url.origin(),
            key: login_state::storage_key(sealed_state),
        })
    }
}
