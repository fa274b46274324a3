//! The platform's storage, which binds a login to a browser that stores no cookies in the platform's
//! frame (LTI postMessage Storage 0.1; core launch, section 9).

use aws_lc_rs::digest::{SHA256, digest};

use crate::domain::PlatformDetails;
use crate::token::login_state;

/// An entry of the platform's storage, which scripts of the tool's pages request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformStorage {
    /// The frame that stores it: `_parent`, or the name of a frame in the platform's page. It came
    /// with the unsigned login request, so it is only used to find the frame.
    pub target: String,
    /// The only origin that messages are sent to and accepted from; it comes from the registration.
    pub origin: String,
    /// The key of the value.
    pub key: String,
}

impl PlatformStorage {
    /// The entry for a state at this platform, if its login request named a frame.
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

/// The digest of the value that the platform stores for the browser of a login.
pub(super) fn storage_digest(value: &str) -> Vec<u8> {
    digest(&SHA256, value.as_bytes()).as_ref().to_vec()
}
