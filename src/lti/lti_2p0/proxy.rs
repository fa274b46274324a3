//! The tool proxy: how a tool describes itself to one platform.

use std::fmt;

use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::{CHANGE_REQUESTS, Profile, ProfileProblem, SPLIT_SECRET, Service, VERSION};
use crate::lti::lti_1p1::message::LAUNCH;

/// What the tool uses of a launch, if the platform offers it: the user and their roles, the course,
/// the link, and the service for grades (LTI 2.0, Capabilities and variables).
pub const WANTED_CAPABILITIES: &[&str] = &[
    "BasicOutcome.sourcedId",
    "BasicOutcome.url",
    "Context.id",
    "Context.label",
    "Context.title",
    "CourseOffering.sourcedId",
    "CourseSection.label",
    "CourseSection.sourcedId",
    "CourseSection.title",
    "Membership.role",
    "Person.email.primary",
    "Person.name.family",
    "Person.name.full",
    "Person.name.given",
    "Person.sourcedId",
    "ResourceLink.description",
    "ResourceLink.id",
    "ResourceLink.title",
    "Result.autocreate",
    "Result.sourcedId",
    "User.id",
    "User.image",
];

/// When the description of a vendor last changed. Platforms want a time here, and use it for
/// nothing.
const VENDOR_CHANGED_AT: &str = "2026-01-01T00:00:00Z";

/// A secret that the tool sends with its proxy. `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Secret<'a> {
    /// The whole secret; see [`shared_secret`].
    Shared(&'a str),
    /// The tool's half, only for platforms that offer [`SPLIT_SECRET`]; see [`half_secret`].
    Half(&'a str),
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Shared(_) => "Shared",
            Self::Half(_) => "Half",
        })
    }
}

/// A shared secret of 64 characters from random octets.
pub fn shared_secret(random: &[u8; 32]) -> Zeroizing<String> {
    HEXLOWER.encode(random).into()
}

/// The tool's half of a secret from random octets: 128 hexadecimal digits (LTI 2.1).
pub fn half_secret(random: &[u8; 64]) -> Zeroizing<String> {
    HEXLOWER.encode(random).into()
}

/// The tool as a product (LTI 2.0, Product Instance).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Product<'a> {
    /// The GUID of the tool's instance.
    pub guid: &'a str,
    /// Its name.
    pub name: &'a str,
    /// A description.
    pub description: &'a str,
    /// The version of the product.
    pub version: &'a str,
    /// The product, whatever it is called.
    pub family_code: &'a str,
    /// Identifies the vendor, usually a domain.
    pub vendor_code: &'a str,
    /// The vendor's name.
    pub vendor_name: &'a str,
    /// The vendor's URL.
    pub vendor_url: &'a str,
}

/// A resource of the tool, for which a platform creates links (LTI 2.0, Resource Handler).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource<'a> {
    /// Identifies it within the tool.
    pub code: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its description; may be empty.
    pub description: &'a str,
    /// The path of its icon; may be empty.
    pub icon_path: &'a str,
    /// The path of its launch URL.
    pub launch_path: &'a str,
    /// The custom parameters of its launches, by name.
    pub parameters: &'a [(&'a str, Parameter<'a>)],
}

/// The value of a custom parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter<'a> {
    /// The same for every launch.
    Fixed(&'a str),
    /// A variable of the platform, such as `User.id`. If the platform does not offer it, the
    /// parameter is omitted.
    Variable(&'a str),
}

/// A service that the tool wants to use, if the platform offers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToolService<'a> {
    /// Its format, such as [`crate::lti::lti_1p1::members::MEDIA_TYPE`].
    pub format: &'a str,
    /// The HTTP method, in capitals.
    pub action: &'a str,
}

/// A tool proxy (LTI 2.0, Tool Proxy).
#[derive(Debug, Clone, Copy)]
pub struct ToolProxy<'a> {
    /// The profile of the platform.
    pub profile: &'a Profile,
    /// The tool.
    pub product: Product<'a>,
    /// The start of its URLs, with which the paths of resources are combined.
    pub base_url: &'a str,
    /// Its resources; at least one.
    pub resources: &'a [Resource<'a>],
    /// The capabilities without which the tool cannot work, besides that of launches.
    pub required_capabilities: &'a [&'a str],
    /// The services that the tool uses if they are offered.
    pub services: &'a [ToolService<'a>],
    /// The secret.
    pub secret: Secret<'a>,
    /// The path of the URL that accepts a [`super::ChangeRequest`].
    pub change_path: &'a str,
    /// The GUID of the tool proxy that this one replaces, if any.
    pub replaced_guid: Option<&'a str>,
}

/// Why a tool proxy cannot be created.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// The platform does not offer what the tool needs.
    #[error("the platform does not offer {}", .capabilities.join(", "))]
    CapabilitiesMissing {
        /// The names of what is missing.
        capabilities: Vec<String>,
    },
    /// The platform does not accept tool proxies.
    #[error(transparent)]
    Profile(#[from] ProfileProblem),
}

impl ToolProxy<'_> {
    /// The JSON of the tool proxy. It contains only what the platform offers.
    ///
    /// # Errors
    ///
    /// [`ProxyError`].
    pub fn to_json(&self) -> Result<Value, ProxyError> {
        let needed = [LAUNCH].into_iter().chain(self.required_capabilities.iter().copied());
        let needed = needed.chain(matches!(self.secret, Secret::Half(_)).then_some(SPLIT_SECRET));
        let capabilities: Vec<String> =
            needed.filter(|name| !self.profile.offers(name)).map(str::to_owned).collect();
        if !capabilities.is_empty() {
            return Err(ProxyError::CapabilitiesMissing { capabilities });
        }
        let (service, endpoint) = self.profile.proxy_service()?;
        let mut proxy = json!({
            "@context": ["http://purl.imsglobal.org/ctx/lti/v2/ToolProxy"],
            "@type": "ToolProxy",
            "@id": endpoint.as_str(),
            "lti_version": VERSION,
            "tool_consumer_profile": self.profile.id,
            "tool_profile": {
                "lti_version": VERSION,
                "product_instance": self.product.to_json(),
                "base_url_choice": [{
                    "default_base_url": self.base_url.trim_end_matches('/'),
                    "selector": { "applies_to": ["IconEndpoint", "MessageHandler"] },
                }],
                "resource_handler":
                    self.resources.iter().map(|resource| self.handler(resource)).collect::<Vec<_>>(),
            },
            "custom": {},
            "security_contract": self.security_contract(service),
        });
        if matches!(self.secret, Secret::Half(_)) {
            proxy["enabled_capability"] = json!([SPLIT_SECRET]);
        }
        let changes = CHANGE_REQUESTS.iter().filter(|name| self.profile.offers(name));
        let path = absolute(self.change_path);
        let changes: Vec<Value> = changes
            .map(|name| json!({ "message_type": name, "path": path, "parameter": [] }))
            .collect();
        if !changes.is_empty() {
            proxy["tool_profile"]["message"] = json!(changes);
        }
        if let Some(guid) = self.replaced_guid {
            proxy["tool_proxy_guid"] = json!(guid);
        }
        Ok(proxy)
    }

    fn handler(&self, resource: &Resource<'_>) -> Value {
        let key = |name: &str| format!("{}.{name}", resource.code);
        let mut handler = json!({
            "resource_type": { "code": resource.code },
            "resource_name": translatable(resource.name, &key("resource.name")),
            "message": [self.message(resource)],
        });
        if !resource.description.is_empty() {
            handler["description"] =
                translatable(resource.description, &key("resource.description"));
        }
        if !resource.icon_path.is_empty() {
            handler["icon_info"] = json!([{
                "default_location": { "path": absolute(resource.icon_path) },
                "key": key("icon.path"),
            }]);
        }
        handler
    }

    fn message(&self, resource: &Resource<'_>) -> Value {
        let offered = |name: &&str| self.profile.offers(name);
        let wanted = WANTED_CAPABILITIES.iter().chain(self.required_capabilities);
        let mut enabled: Vec<&str> = wanted.copied().filter(offered).collect();
        enabled.sort_unstable();
        enabled.dedup();
        let parameters = resource.parameters.iter().filter_map(|(name, value)| match value {
            Parameter::Fixed(text) => Some(json!({ "name": name, "fixed": text })),
            Parameter::Variable(variable) if offered(variable) => {
                Some(json!({ "name": name, "variable": variable }))
            }
            Parameter::Variable(_) => None,
        });
        json!({
            "message_type": LAUNCH,
            "path": absolute(resource.launch_path),
            "enabled_capability": enabled,
            "parameter": parameters.collect::<Vec<_>>(),
        })
    }

    /// The secret, and the services that the tool uses: that of tool proxies and others that are
    /// offered.
    fn security_contract(&self, proxy_service: &Service) -> Value {
        let mut services: Vec<(&str, Vec<&str>)> = vec![(&proxy_service.id, vec!["POST"])];
        for ToolService { format, action } in self.services {
            let Some(offered) = self.profile.service(format, action) else { continue };
            match services.iter_mut().find(|(id, _)| *id == offered.id) {
                Some((_, actions)) if actions.contains(action) => {}
                Some((_, actions)) => actions.push(action),
                None => services.push((&offered.id, vec![action])),
            }
        }
        let services: Vec<Value> = services
            .into_iter()
            .map(|(id, actions)| {
                json!({ "@type": "RestServiceProfile", "service": id, "action": actions })
            })
            .collect();
        let (name, secret) = match self.secret {
            Secret::Shared(secret) => ("shared_secret", secret),
            Secret::Half(half) => ("tp_half_shared_secret", half),
        };
        let mut contract = Map::new();
        contract.insert(name.to_owned(), json!(secret));
        contract.insert("tool_service".to_owned(), json!(services));
        Value::Object(contract)
    }
}

impl Product<'_> {
    fn to_json(self) -> Value {
        json!({
            "guid": self.guid,
            "product_info": {
                "product_name": translatable(self.name, "tool.name"),
                "description": translatable(self.description, "tool.description"),
                "product_version": self.version,
                "product_family": {
                    "code": self.family_code,
                    "vendor": {
                        "code": self.vendor_code,
                        "vendor_name": translatable(self.vendor_name, "tool.vendor.name"),
                        "website": self.vendor_url,
                        "timestamp": VENDOR_CHANGED_AT,
                    },
                },
            },
        })
    }
}

/// A text that platforms may translate by its key.
fn translatable(text: &str, key: &str) -> Value {
    json!({ "default_value": text, "key": key })
}

/// A path with a slash at its start.
fn absolute(path: &str) -> String {
    format!("/{}", path.trim_start_matches('/'))
}
