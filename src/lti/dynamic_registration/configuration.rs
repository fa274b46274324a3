//! The platform's OpenID configuration: parsed tolerantly, then checked for the issuer that it may
//! represent.

use serde_json::{Map, Value};
use url::{Host, Url};

use super::{PLATFORM_KEY, RegistrationError};

/// Maximum number of entries of a list that are read.
const MAX_LIST_ENTRIES: usize = 500;

/// An issuer that many schools share. No other host may represent it.
#[derive(Debug, Clone, Copy)]
pub struct Cloud {
    /// The issuer.
    pub issuer: &'static str,
    /// The domains on which its endpoints may be.
    pub domains: &'static [String],
}

/// The parts of a platform's configuration that registration needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The issuer, exactly as sent.
    pub issuer: String,
    /// Authentication request URL.
    pub authorization_endpoint: String,
    /// Access token URL.
    pub token_endpoint: String,
    /// Public keyset URL.
    pub jwks_uri: String,
    /// URL of the registration endpoint, including its query.
    pub registration_endpoint: String,
    /// Supported scopes; empty if the platform does not list them.
    pub scopes: Vec<String>,
    /// Supported claims, if the platform lists them.
    pub claims: Option<Vec<String>>,
    /// The platform's product, such as `moodle`, in lower case.
    pub product: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The name of the school, if the platform sends it (Canvas).
    pub account_name: Option<String>,
    /// Supported messages.
    pub messages: Vec<SupportedMessage>,
    /// Audience of client assertions, if it is not the access token URL.
    pub token_audience: Option<String>,
    /// Variables that the platform replaces in custom parameters.
    pub variables: Vec<String>,
    /// Whether the platform lists types of notices.
    pub has_notices: bool,
}

/// A kind of message that a platform can send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportedMessage {
    /// For instance `LtiDeepLinkingRequest`.
    pub kind: String,
    /// Its supported placements, if the platform lists them.
    pub placements: Option<Vec<String>>,
}

/// URLs other than https that a configuration may contain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Permitted {
    /// http to this machine, for a tool on localhost.
    pub loopback: bool,
    /// http to any host, if the registration's policy allows it.
    pub http: bool,
}

impl Configuration {
    /// Parses a configuration document. Missing or malformed values are ignored unless they are
    /// required.
    ///
    /// # Errors
    ///
    /// If it is not a JSON object, does not mention LTI, one of the five URLs is missing, or the
    /// platform does not support what LTI requires.
    pub fn read(document: &[u8]) -> Result<Self, RegistrationError> {
        let document: Map<String, Value> = serde_json::from_slice(document)
            .map_err(|_| RegistrationError::ConfigurationNotJson)?;
        let required = |field: &'static str| {
            text(document.get(field)).ok_or(RegistrationError::Missing { field })
        };
        let (issuer, registration_endpoint) =
            (required("issuer")?, required("registration_endpoint")?);
        let (authorization_endpoint, token_endpoint, jwks_uri) = (
            required("authorization_endpoint")?,
            required("token_endpoint")?,
            required("jwks_uri")?,
        );
        // Moodle 3.10.0 wrote a space after the key.
        let platform = document
            .iter()
            .find(|(key, _)| key.trim() == PLATFORM_KEY)
            .and_then(|(_, value)| value.as_object())
            .ok_or(RegistrationError::NotLti)?;
        let offers = |field: &str, value: &str| {
            texts(document.get(field))
                .is_none_or(|list| list.is_empty() || list.iter().any(|one| one == value))
        };
        for (field, value, what) in [
            ("token_endpoint_auth_methods_supported", "private_key_jwt", "private_key_jwt"),
            (
                "token_endpoint_auth_signing_alg_values_supported",
                "RS256",
                "RS256 for client assertions",
            ),
            ("id_token_signing_alg_values_supported", "RS256", "RS256 for id_tokens"),
        ] {
            if !offers(field, value) {
                return Err(RegistrationError::Unsupported { what });
            }
        }
        let product =
            text(platform.get("product_family_code")).map(|product| product.to_ascii_lowercase());
        // Canvas sends a bare host here but expects its token URL.
        let token_audience = text(document.get("authorization_server"))
            .filter(|server| server.starts_with("https://") && *server != token_endpoint);
        Ok(Self {
            token_audience: token_audience.filter(|_| product.as_deref() != Some("canvas")),
            issuer,
            authorization_endpoint,
            token_endpoint,
            jwks_uri,
            registration_endpoint,
            scopes: texts(document.get("scopes_supported")).unwrap_or_default(),
            claims: texts(document.get("claims_supported")),
            product,
            version: text(platform.get("version")),
            account_name: text(platform.get("https://canvas.instructure.com/lti/account_name")),
            messages: messages(platform),
            variables: texts(platform.get("variables")).unwrap_or_default(),
            has_notices: texts(platform.get("notice_types_supported")).is_some(),
        })
    }

    /// Checks that the configuration at this URL may represent its issuer, which may be one of the
    /// clouds, and that its URLs can be used.
    ///
    /// # Errors
    ///
    /// If a URL is not allowed, or an issuer, a registration endpoint or a cloud's endpoint is on
    /// another organization's host.
    pub fn check(
        &self,
        configuration_url: &str,
        permitted: Permitted,
        clouds: &[Cloud],
    ) -> Result<(), RegistrationError> {
        let configuration_host = usable("openid_configuration", configuration_url, permitted)?;
        let issuer_host = usable("issuer", &self.issuer, permitted)?;
        if self.issuer.contains('?') {
            return Err(RegistrationError::BadUrl { field: "issuer", problem: "it has a query" });
        }
        let mut endpoints = Vec::new();
        for (field, endpoint) in [
            ("authorization_endpoint", &self.authorization_endpoint),
            ("token_endpoint", &self.token_endpoint),
            ("jwks_uri", &self.jwks_uri),
            ("registration_endpoint", &self.registration_endpoint),
        ] {
            endpoints.push((field, usable(field, endpoint, permitted)?));
        }
        if configuration_host != issuer_host && !may_represent(&configuration_host, &issuer_host) {
            return Err(RegistrationError::IssuerElsewhere {
                configuration_host: configuration_host.to_string(),
                issuer_host: issuer_host.to_string(),
            });
        }
        if let Some(&Cloud { issuer, domains }) =
            clouds.iter().find(|cloud| same_host(cloud.issuer, &issuer_host))
        {
            endpoints.push(("openid_configuration", configuration_host));
            return match endpoints
                .into_iter()
                .find(|(_, host)| !domains.iter().any(|domain| is_within(host, domain)))
            {
                Some((field, host)) => {
                    Err(RegistrationError::NotTheCloud { issuer, field, found: host.to_string() })
                }
                None => Ok(()),
            };
        }
        let endpoint_host = &endpoints[3].1;
        if !related(endpoint_host, &issuer_host) && !related(endpoint_host, &configuration_host) {
            return Err(RegistrationError::EndpointElsewhere {
                endpoint_host: endpoint_host.to_string(),
                issuer_host: issuer_host.to_string(),
                configuration_host: configuration_host.to_string(),
            });
        }
        Ok(())
    }

    /// The platform's display name: the school's name, the product, or the issuer's host.
    pub fn display_name(&self) -> String {
        let host = Url::parse(&self.issuer)
            .ok()
            .and_then(|issuer| issuer.host_str().map(str::to_owned))
            .unwrap_or_default();
        match (&self.account_name, &self.product) {
            (Some(name), _) => name.clone(),
            (None, Some(product)) => format!("{product} at {host}"),
            (None, None) => host,
        }
    }

    /// Whether the product's name starts with this word.
    pub fn is_product(&self, word: &str) -> bool {
        self.product.as_deref().is_some_and(|product| product.starts_with(word))
    }
}

/// Messages as objects, or as the plain strings of Moodle 3.10 and 3.11, whose placements are next
/// to the list.
fn messages(platform: &Map<String, Value>) -> Vec<SupportedMessage> {
    let beside = texts(platform.get("placements"));
    let message = |value: &Value| {
        let (kind, placements) = match value {
            Value::String(_) => (text(Some(value))?, beside.clone()),
            value => (text(value.get("type"))?, texts(value.get("placements"))),
        };
        // Moodle 3.10.0 shortened the name.
        let kind = if kind == "LtiResourceLink" { super::RESOURCE_LINK.to_owned() } else { kind };
        Some(SupportedMessage {
            kind,
            placements: placements.filter(|placements| !placements.is_empty()),
        })
    };
    let list = platform.get("messages_supported").and_then(Value::as_array);
    list.into_iter().flatten().take(MAX_LIST_ENTRIES).filter_map(message).collect()
}

fn text(value: Option<&Value>) -> Option<String> {
    value?.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn texts(value: Option<&Value>) -> Option<Vec<String>> {
    Some(
        value?
            .as_array()?
            .iter()
            .take(MAX_LIST_ENTRIES)
            .filter_map(|value| text(Some(value)))
            .collect(),
    )
}

/// Checks a URL and returns its host.
fn usable(
    field: &'static str,
    text: &str,
    permitted: Permitted,
) -> Result<Host<String>, RegistrationError> {
    let bad = |problem| RegistrationError::BadUrl { field, problem };
    if text.len() > 2048
        || text.chars().any(|character| {
            character.is_control() || character.is_whitespace() || character == '\\'
        })
    {
        return Err(bad("it is too long, or has spaces or control characters"));
    }
    let url = Url::parse(text).map_err(|_| bad("it is not an absolute URL"))?;
    let host = url.host().ok_or_else(|| bad("it has no host"))?.to_owned();
    let is_loopback = match &host {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(text) => text.is_loopback(),
        Host::Ipv6(text) => text.is_loopback(),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("it contains a user name or password"));
    }
    if url.fragment().is_some() {
        return Err(bad("it has a fragment (#…)"));
    }
    if is_loopback && !permitted.loopback {
        return Err(bad(
            "it refers to this machine, which only a tool whose own URL is on localhost may use",
        ));
    }
    match url.scheme() {
        "https" => Ok(host),
        "http" if permitted.http || is_loopback => Ok(host),
        "http" => Err(bad("it is not https (http needs `ltictl platform set REG --allow-http`)")),
        _ => Err(bad("it is not https")),
    }
}

fn same_host(issuer: &str, host: &Host<String>) -> bool {
    Url::parse(issuer)
        .is_ok_and(|issuer| issuer.host().is_some_and(|known| known.to_owned() == *host))
}

/// Whether a configuration on `host` may represent an issuer: only if the host is below the
/// issuer's (Blackboard), never above, and never for a whole public suffix.
fn may_represent(host: &Host<String>, issuer: &Host<String>) -> bool {
    match issuer {
        Host::Domain(issuer) => site(issuer).is_some() && is_within(host, issuer),
        _ => false,
    }
}

/// Whether a host is a domain or below it.
fn is_within(host: &Host<String>, domain: &str) -> bool {
    match host {
        Host::Domain(host) => {
            host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
        }
        _ => false,
    }
}

/// Whether two hosts are the same, or belong to the same registrable domain.
fn related(one: &Host<String>, other: &Host<String>) -> bool {
    match (one, other) {
        (Host::Domain(one), Host::Domain(other)) => {
            one == other || (site(one).is_some() && site(one) == site(other))
        }
        _ => one == other,
    }
}

/// The registrable domain by the usual rule of thumb: two labels, or three if the country has short
/// second-level domains (`ac.uk`, `edu.au`).
fn site(host: &str) -> Option<String> {
    let labels: Vec<&str> = host.trim_end_matches('.').split('.').collect();
    let below_short = labels.len() >= 2
        && labels[labels.len() - 1].len() == 2
        && labels[labels.len() - 2].len() <= 3;
    let required = if below_short { 3 } else { 2 };
    (labels.len() >= required).then(|| labels[labels.len() - required..].join("."))
}
