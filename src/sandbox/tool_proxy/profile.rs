//! The profile: what the platform is and offers (LTI 2.0, Tool Consumer Profile).

use serde_json::{Value, json};

use super::choice::SecretForm;
use super::misbehaviour::CHANGE;
use crate::sandbox::consumer::proxy::CAPABILITIES;

/// The message that a tool proxy may ask for.
pub(super) const LAUNCH: &str = "basic-lti-launch-request";

/// The capability of choosing a half of the secret (LTI 2.1).
pub(super) const SPLIT_SECRET: &str = "OAuth.splitSecret";

/// The media type of the profile.
pub(super) const PROFILE: &str = "application/vnd.ims.lti.v2.toolconsumerprofile+json";

/// The media type of tool proxies.
pub(super) const PROXY: &str = "application/vnd.ims.lti.v2.toolproxy+json";

/// A service that the platform offers.
pub(super) struct Service {
    pub(super) name: &'static str,
    /// Below the issuer; parts in braces are filled by the tool.
    path: &'static str,
    format: &'static str,
    pub(super) method: &'static str,
}

/// The path of the service that accepts tool proxies.
pub(super) const PROXY_PATH: &str = "/lti-2p0/tool-proxy";

pub(super) const SERVICES: [Service; 3] = [
    Service { name: "ToolProxy.collection", path: PROXY_PATH, format: PROXY, method: "POST" },
    Service {
        name: "ToolProxyBinding.memberships",
        path: "/services/1p1/{context_id}/memberships",
        format: "application/vnd.ims.lis.v2.membershipcontainer+json",
        method: "GET",
    },
    Service {
        name: "Outcomes.LTI1",
        path: "/services/1p1/{context_id}/outcomes",
        format: "application/vnd.ims.lti.v1.outcome+xml",
        method: "POST",
    },
];

/// The URL of the profile of a registration.
pub(super) fn profile_path(id: &str) -> String {
    format!("/lti-2p0/profile/{id}")
}

/// The profile; `url` makes URLs of paths.
pub(super) fn profile(id: &str, secret: SecretForm, url: impl Fn(&str) -> String) -> Value {
    let own = url(&profile_path(id));
    let mut capabilities = vec![LAUNCH, CHANGE];
    capabilities.extend(CAPABILITIES.iter().map(|(name, _)| *name));
    capabilities.extend((secret == SecretForm::Split).then_some(SPLIT_SECRET));
    let services = SERVICES.map(|service| {
        json!({
            "@type": "RestService",
            "@id": format!("tcp:{}", service.name),
            "endpoint": url(service.path),
            "format": [service.format],
            "action": [service.method],
        })
    });
    let text = |key: &str, value: &str| json!({ "default_value": value, "key": key });
    json!({
        "@context": [
            "http://purl.imsglobal.org/ctx/lti/v2/ToolConsumerProfile",
            { "tcp": format!("{own}#") },
        ],
        "@type": "ToolConsumerProfile",
        "@id": own,
        "lti_version": "LTI-2p0",
        "guid": "sandbox",
        "product_instance": {
            "guid": "sandbox",
            "product_info": {
                "product_name": text("product.name", "Sandbox"),
                "product_version": env!("CARGO_PKG_VERSION"),
                "description": text("product.description", "Test platform of ltictl"),
                "product_family": {
                    "code": "ltictl-sandbox",
                    "vendor": {
                        "code": "ltictl",
                        "vendor_name": text("product.vendor.name", "ltictl"),
                        "timestamp": "2026-01-01T00:00:00Z",
                    },
                },
            },
            "service_owner": {
                "@id": "ServiceOwner",
                "service_owner_name": text("service_owner.name", "Sandbox"),
            },
        },
        "capability_offered": capabilities,
        "service_offered": services,
    })
}
