//! Who a platform's user is: the one rule by which launches find accounts and the admin links them (certification, 3.7).

use crate::domain::{Identity, PlatformUser, Registration};
use crate::platform::lms;

/// By what the users of a registration are told apart from those of others: what the admin has set, or else what is known of the issuer.
pub fn effective(registration: &Registration) -> Identity {
    registration.policy.identity.unwrap_or_else(|| known(registration))
}

/// By what they are told apart where the admin has set nothing.
pub fn known(registration: &Registration) -> Identity {
    registration.platform.as_ref().and_then(|platform| lms::identity_of(platform.issuer.as_str())).unwrap_or(Identity::Issuer)
}

/// The user of that `sub` who comes through a registration and one of its deployments; none while the platform's details are missing.
pub fn platform_user(registration: &Registration, deployment_id: &str, sub: &str) -> Option<PlatformUser> {
    let platform = registration.platform.as_ref()?;
    Some(PlatformUser {
        issuer: platform.issuer.to_string(),
        tenant: effective(registration).tenant(platform.client_id.as_str(), deployment_id),
        sub: sub.to_owned(),
    })
}
