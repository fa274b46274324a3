//! From what is kept to what a manifest says of it, every key included.

use super::given::Given;
use super::manifest::{DeploymentEntry, PlatformEntry, RegistrationEntry};
use super::state::Granted;
use crate::domain::{Deployment, EndpointUrl, PlatformDetails, Product, Registration};
use crate::rules::account::AccountChange;
use crate::rules::registration::PolicyChange;
use crate::rules::setting::ClearableText;
use crate::rules::tenancy;

/// Without deployments, which are things of their own.
impl From<&Registration> for RegistrationEntry {
    fn from(registration: &Registration) -> Self {
        Self {
            name: Given::Is(registration.name.to_string()),
            enabled: Given::Is(registration.enabled),
            // A draft's details are not told to be none: they may come at any time.
            platform: registration
                .platform
                .as_ref()
                .map_or(Given::Missing, |platform| Given::Is(platform.into())),
            product: Given::Is(
                registration.product.as_ref().map(Product::as_str).map(str::to_owned),
            ),
            openid_configuration_url: Given::Is(
                registration.configuration_url.as_ref().map(EndpointUrl::as_str).map(str::to_owned),
            ),
            policy: Given::Is(policy(registration)),
            keep_users: Given::Missing,
            deployments: Given::Missing,
        }
    }
}

/// Without an audience that a platform chose and no rule allows: applied again, it would be the
/// admin's.
fn policy(registration: &Registration) -> PolicyChange {
    let is_allowed =
        registration.policy.audience_confirmed || tenancy::has_own_audience(registration);
    let policy = PolicyChange::from(&registration.policy);
    if is_allowed {
        policy
    } else {
        PolicyChange { token_audience: Some(ClearableText(None)), ..policy }
    }
}

impl From<&PlatformDetails> for PlatformEntry {
    fn from(platform: &PlatformDetails) -> Self {
        let [issuer, client_id, keyset_url, access_token_url, authentication_request_url] =
            platform.values().map(|value| Given::Is(value.to_owned()));
        Self { issuer, client_id, keyset_url, access_token_url, authentication_request_url }
    }
}

impl From<&Deployment> for DeploymentEntry {
    fn from(deployment: &Deployment) -> Self {
        Self {
            deployment_id: Given::Is(deployment.deployment_id.to_string()),
            name: Given::Is(deployment.name.to_string()),
        }
    }
}

impl From<&Granted> for AccountChange {
    fn from(granted: &Granted) -> Self {
        Self::listing(&granted.account, &granted.grants)
    }
}
