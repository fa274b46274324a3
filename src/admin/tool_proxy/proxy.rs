//! The tool proxy that is sent to a platform.

use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::failed::FailedProxy;
use super::registrar::PATH;
use crate::domain::{self, Random, Settings, named_launch_1p1_path};
use crate::lti::lti_1p1::members;
use crate::lti::lti_2p0::{
    PRODUCT_CODE, Parameter, Product, Profile, Resource, SPLIT_SECRET, Secret, ToolProxy,
    ToolService, half_secret, shared_secret,
};

/// What launches cannot do without.
const REQUIRED_CAPABILITIES: &[&str] = &["Membership.role", "User.id"];

/// What the tool uses of the services.
const SERVICES: &[ToolService<'_>] = &[
    ToolService { format: members::MEDIA_TYPE, action: "GET" },
    ToolService { format: "application/vnd.ims.lti.v1.outcome+xml", action: "POST" },
];

/// Where members are, as launches of LTI 1.1 say it.
const PARAMETERS: &[(&str, Parameter<'_>)] = &[
    ("context_memberships_url", Parameter::Variable("ToolProxyBinding.memberships.url")),
    ("link_memberships_url", Parameter::Variable("LtiLink.memberships.url")),
];

/// The tool's secret, or its half.
pub(super) struct Sealed {
    text: Zeroizing<String>,
    is_half: bool,
}

impl Sealed {
    /// A new one: a half if the platform offers that.
    pub(super) fn fresh(profile: &Profile, random: &Random) -> Self {
        let is_half = profile.offers(SPLIT_SECRET);
        let text = match is_half {
            true => half_secret(&random.bytes::<64>()),
            false => shared_secret(&random.bytes::<32>()),
        };
        Self { text, is_half }
    }

    /// One that is not used.
    pub(super) fn example() -> Self {
        Self { text: Zeroizing::new(String::new()), is_half: false }
    }

    /// The whole secret, unless the platform chooses a half of it.
    pub(super) fn whole(&self) -> Option<domain::Secret> {
        (!self.is_half).then(|| domain::Secret::new(self.text.as_bytes().to_vec()))
    }

    pub(super) fn as_sent(&self) -> Secret<'_> {
        match self.is_half {
            true => Secret::Half(&self.text),
            false => Secret::Shared(&self.text),
        }
    }
}

/// Every URL of a platform must have the origin of its profile: the tool has no other reason to believe
/// that they belong together.
pub(super) fn check_origin(
    what: &'static str,
    url: &Url,
    profile_url: &Url,
) -> Result<(), FailedProxy> {
    if url.origin() == profile_url.origin() {
        return Ok(());
    }
    Err(FailedProxy::foreign(what, url, profile_url))
}

/// What a tool proxy is made from.
pub(super) struct ToolSide<'p> {
    pub(super) settings: &'p Settings,
    pub(super) resources: &'p [domain::Resource],
    pub(super) profile: &'p Profile,
    pub(super) profile_url: &'p Url,
    /// The GUID of the tool proxy that is replaced, if any.
    pub(super) replaced_guid: Option<&'p str>,
}

impl ToolSide<'_> {
    /// The tool proxy, and the URL that it is posted to.
    pub(super) fn proxy(&self, secret: &Sealed) -> Result<(Url, Value), FailedProxy> {
        let settings = self.settings;
        let (_, endpoint) =
            self.profile.proxy_service().map_err(|problem| FailedProxy::unusable(&problem))?;
        check_origin("the service that accepts tool proxies", &endpoint, self.profile_url)?;
        let url = settings.url.to_url();
        let paths: Vec<String> =
            self.resources.iter().map(|resource| named_launch_1p1_path(&resource.slug)).collect();
        let resources: Vec<Resource<'_>> = self
            .resources
            .iter()
            .zip(&paths)
            .map(|(resource, path)| Resource {
                code: resource.slug.as_str(),
                name: resource.name.as_str(),
                description: resource.description.as_deref().unwrap_or_default(),
                icon_path: "",
                launch_path: path,
                parameters: PARAMETERS,
            })
            .collect();
        let document = ToolProxy {
            profile: self.profile,
            product: Product {
                guid: settings.url.as_str(),
                name: settings.name.as_str(),
                description: "",
                version: env!("CARGO_PKG_VERSION"),
                family_code: PRODUCT_CODE,
                vendor_code: url.host_str().unwrap_or_default(),
                vendor_name: settings.name.as_str(),
                vendor_url: settings.url.as_str(),
            },
            base_url: settings.url.as_str(),
            resources: &resources,
            required_capabilities: REQUIRED_CAPABILITIES,
            services: SERVICES,
            secret: secret.as_sent(),
            change_path: PATH,
            replaced_guid: self.replaced_guid,
        }
        .to_json()
        .map_err(|error| FailedProxy::incomplete(&error))?;
        Ok((endpoint, document))
    }
}
