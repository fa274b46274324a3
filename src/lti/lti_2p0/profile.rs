//! The profile of a platform: what it is and what it offers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use url::Url;

use super::{PROFILE_MEDIA_TYPE, PROXY_MEDIA_TYPE};
use crate::lti::json_problem;
use crate::lti::lti_1p1::oauth1::encode;

/// A platform's profile (LTI 2.0, Tool Consumer Profile). Everything that describes the platform
/// may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// `@id`: the URL of the profile.
    pub id: Option<String>,
    /// The GUID of the platform's instance.
    pub guid: Option<String>,
    /// The name of the product.
    pub product_name: Option<String>,
    /// The version of the product.
    pub product_version: Option<String>,
    /// The product, such as `moodle`.
    pub product_family_code: Option<String>,
    /// The name of the product's vendor.
    pub vendor_name: Option<String>,
    /// The name of the institution.
    pub service_owner_name: Option<String>,
    /// The capabilities that tools may use.
    pub capabilities: BTreeSet<String>,
    /// The services that tools may use.
    pub services: Vec<Service>,
}

/// A service of a platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its ID, without abbreviations.
    pub id: String,
    /// Its URL, perhaps with parts in braces to be filled.
    pub endpoint: String,
    /// The media types that it reads or writes.
    pub formats: Vec<String>,
    /// The HTTP methods, in capitals.
    pub actions: Vec<String>,
}

/// Why a profile cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileProblem {
    /// It is not a JSON object.
    #[error("the platform's profile cannot be read: {problem}")]
    NotJson {
        /// What is wrong with it.
        problem: String,
    },
    /// It does not offer the service that accepts tool proxies.
    #[error("the platform's profile has no service that accepts tool proxies")]
    NoProxyService,
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    ///
    /// [`ProfileProblem::NotJson`]. What is missing or has another type than expected is ignored.
    pub fn read(body: &[u8]) -> Result<Self, ProfileProblem> {
        let profile: Value = serde_json::from_slice(body)
            .map_err(|error| ProfileProblem::NotJson { problem: json_problem(&error) })?;
        if !profile.is_object() {
            let problem = format!("it is not an object ({PROFILE_MEDIA_TYPE})");
            return Err(ProfileProblem::NotJson { problem });
        }
        let prefixes = prefixes(&profile["@context"]);
        let instance = &profile["product_instance"];
        let product = &instance["product_info"];
        let family = &product["product_family"];
        let services = profile["service_offered"].as_array().into_iter().flatten();
        Ok(Self {
            id: text(&profile["@id"]),
            guid: text(&instance["guid"]).or_else(|| text(&profile["guid"])),
            product_name: text(&product["product_name"]),
            product_version: text(&product["product_version"]),
            product_family_code: text(&family["code"]),
            vendor_name: text(&family["vendor"]["vendor_name"]),
            service_owner_name: text(&instance["service_owner"]["service_owner_name"]),
            capabilities: texts(&profile["capability_offered"]).into_iter().collect(),
            services: services.filter_map(|service| Service::read(service, &prefixes)).collect(),
        })
    }

    /// Whether the platform offers a capability.
    pub fn offers(&self, capability: &str) -> bool {
        self.capabilities.contains(capability)
    }

    /// The service with a format and an HTTP method.
    pub fn service(&self, format: &str, action: &str) -> Option<&Service> {
        self.services.iter().find(|service| {
            let has_format =
                service.formats.iter().any(|offered| offered.eq_ignore_ascii_case(format));
            has_format && service.actions.iter().any(|offered| offered == action)
        })
    }

    /// The service that accepts tool proxies (`ToolProxy.collection`), and its URL.
    ///
    /// # Errors
    ///
    /// [`ProfileProblem::NoProxyService`].
    pub fn proxy_service(&self) -> Result<(&Service, Url), ProfileProblem> {
        self.service(PROXY_MEDIA_TYPE, "POST")
            .and_then(|service| Some((service, http_url(&service.endpoint)?)))
            .ok_or(ProfileProblem::NoProxyService)
    }
}

/// A service's URL whose parts in braces are replaced by values, percent-encoded; `None` if another
/// part is left, or it is no URL.
pub fn filled(endpoint: &str, values: &[(&str, &str)]) -> Option<Url> {
    let (mut filled, mut rest) = (String::new(), endpoint);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        let (_, value) = values.iter().find(|(known, _)| *known == name)?;
        filled.push_str(before);
        filled.push_str(&encode(value.as_bytes()));
        rest = after;
    }
    filled.push_str(rest);
    http_url(&filled)
}

impl Service {
    /// A service, unless its ID or URL is missing.
    fn read(service: &Value, prefixes: &BTreeMap<String, String>) -> Option<Self> {
        let actions = texts(&service["action"]);
        Some(Self {
            id: expanded(&text(&service["@id"])?, prefixes),
            endpoint: text(&service["endpoint"])?,
            formats: texts(&service["format"]),
            actions: actions.into_iter().map(|action| action.to_ascii_uppercase()).collect(),
        })
    }
}

/// The abbreviations that a document defines (JSON-LD 1.0, 5.1). Those of its external contexts are
/// not needed.
fn prefixes(context: &Value) -> BTreeMap<String, String> {
    let contexts = match context {
        Value::Array(contexts) => contexts.as_slice(),
        one => std::slice::from_ref(one),
    };
    let terms = contexts.iter().filter_map(Value::as_object).flatten();
    terms.filter_map(|(term, url)| Some((term.clone(), url.as_str()?.to_owned()))).collect()
}

/// An ID whose prefix is replaced by what it stands for.
fn expanded(id: &str, prefixes: &BTreeMap<String, String>) -> String {
    match id.split_once(':') {
        Some((prefix, rest)) if !rest.starts_with("//") => match prefixes.get(prefix) {
            Some(url) => format!("{url}{rest}"),
            None => id.to_owned(),
        },
        _ => id.to_owned(),
    }
}

/// A text, or the default of a text that can be translated; `None` if it is blank.
fn text(value: &Value) -> Option<String> {
    let text = value.as_str().or_else(|| value["default_value"].as_str())?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The texts of a list, or a single text instead of a list.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().filter_map(text).collect(),
        one => text(one).into_iter().collect(),
    }
}

/// An absolute URL with http or https and a host.
pub(super) fn http_url(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}
