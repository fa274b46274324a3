//! Converts stored objects to manifest entries with all keys.

use super::field::Field;
use super::manifest::{DeploymentEntry, PlatformEntry, RegistrationEntry};
use super::state::Granted;
use crate::domain::{Deployment, EndpointUrl, PlatformDetails, Product, Registration};
use crate::rules::account::AccountChange;
use crate::rules::registration::PolicyChange;
use crate::rules::setting::ClearableText;
use crate::rules::tenancy;

/// Without deployments, which are separate objects.
impl From<&Registration> for RegistrationEntry {
    fn from(registration: &Registration) -> Self {
        Self {
            name: Field::Value(registration.name.to_string()),
            enabled: Field::Value(registration.enabled),
            // A draft's details are omitted, as they may be added at any time.
            platform: registration
                .platform
                .as_ref()
                .map_or(Field::Missing, |platform| Field::Value(platform.into())),
            product: Field::Value(
                registration.product.as_ref().map(Product::as_str).map(str::to_owned),
            ),
            openid_configuration_url: Field::Value(
                registration.configuration_url.as_ref().map(EndpointUrl::as_str).map(str::to_owned),
            ),
            policy: Field::Value(policy(registration)),
            keep_users: Field::Missing,
            deployments: Field::Missing,
        }
    }
}

/// Omits an audience that a platform chose and no rule allows: applying it would make it the
/// admin's choice.
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
            platform.values().map(|value| Field::Value(value.to_owned()));
        Self { issuer, client_id, keyset_url, access_token_url, authentication_request_url }
    }
}

impl From<&Deployment> for DeploymentEntry {
    fn from(deployment: &Deployment) -> Self {
        Self {
            deployment_id: Field::Value(deployment.deployment_id.to_string()),
            name: Field::Value(deployment.name.as_ref().map(ToString::to_string)),
        }
    }
}

impl From<&Granted> for AccountChange {
    fn from(granted: &Granted) -> Self {
        Self::listing(&granted.account, &granted.grants)
    }
}
