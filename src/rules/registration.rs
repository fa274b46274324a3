//! Finding a registration, and changing its platform: the same rules for a command, a manifest and
//! a dynamic registration.

use super::carry_over::UserDecision;
use super::tenancy;
use crate::domain::{
    ClientId, Deployment, DeploymentPolicy, EndpointUrl, Identity, Invalid, Issuer,
    PlatformDetails, PlatformPolicy, Product, Registration, SigningAlgorithms, Slug, trimmed,
};
use crate::failure::{Complaints, Failure, Kind};
use crate::store::Read;

/// A registration with its deployments.
pub type Registered = (Registration, Vec<Deployment>);

/// The registration of that slug.
pub fn find(read: Read<'_>, slug: &str) -> Result<Registration, Failure> {
    match read.registration(slug)? {
        Some(registration) => Ok(registration),
        None => Err(Failure::not_found("registration", slug, &read.registration_slugs()?)),
    }
}

/// The registration of that slug with its deployments.
pub fn show(read: Read<'_>, slug: &str) -> Result<Registered, Failure> {
    let registration = find(read, slug)?;
    let deployments = read.deployments(registration.id)?;
    Ok((registration, deployments))
}

/// What to change of a platform; what is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct PlatformChange {
    /// Platform ID (issuer).
    pub issuer: Option<String>,
    /// Client ID.
    pub client_id: Option<String>,
    /// Public keyset URL.
    pub keyset_url: Option<String>,
    /// Access token URL.
    pub access_token_url: Option<String>,
    /// Authentication request URL.
    pub authentication_request_url: Option<String>,
    /// Audience of client assertions; empty text takes it away.
    pub token_audience: Option<String>,
    /// Whether the admin typed the audience, and did not take it from a preset or a document.
    pub audience_is_typed: bool,
    /// What id_tokens may be signed with.
    pub algorithms: Option<SigningAlgorithms>,
    /// Which product the platform is; empty text takes it away.
    pub product: Option<String>,
    /// Where the platform's OpenID configuration is; empty text takes it away.
    pub configuration_url: Option<String>,
    /// What happens to launches from unknown deployments.
    pub deployments: Option<DeploymentPolicy>,
    /// How far the clocks may differ, in seconds.
    pub leeway_seconds: Option<u16>,
    /// Whether launches without a user are let in.
    pub allow_anonymous: Option<bool>,
    /// Whether end points may use http without being on this machine.
    pub allow_http: Option<bool>,
    /// Whether end points may lie in a private network.
    pub allow_private_network: Option<bool>,
    /// Further origins that may frame our pages; an empty list takes them away.
    pub frame_ancestors: Option<Vec<String>>,
    /// By what users are told apart; `Some(None)` leaves it to what is known of the issuer.
    pub identity: Option<Option<Identity>>,
    /// What happens to people whose issuer or tenant changes with it.
    pub users: Option<UserDecision>,
}

impl PlatformChange {
    /// The five details in the order of [`DETAILS`].
    pub fn details_mut(&mut self) -> [&mut Option<String>; 5] {
        [
            &mut self.issuer,
            &mut self.client_id,
            &mut self.keyset_url,
            &mut self.access_token_url,
            &mut self.authentication_request_url,
        ]
    }

    /// Whether any of the five details is given.
    pub fn has_details(&self) -> bool {
        [
            &self.issuer,
            &self.client_id,
            &self.keyset_url,
            &self.access_token_url,
            &self.authentication_request_url,
        ]
        .iter()
        .any(|detail| detail.is_some())
    }

    /// Whether any part of the policy is given.
    pub fn has_policy(&self) -> bool {
        self.token_audience.is_some()
            || self.algorithms.is_some()
            || self.product.is_some()
            || self.deployments.is_some()
            || self.leeway_seconds.is_some()
            || self.allow_anonymous.is_some()
            || self.allow_http.is_some()
            || self.allow_private_network.is_some()
            || self.frame_ancestors.is_some()
            || self.identity.is_some()
    }
}

/// The five details: their names in JSON, their labels, and their flags, in the order of the form.
pub const DETAILS: [(&str, &str, &str); 5] = [
    ("issuer", "Platform ID (issuer)", "--issuer"),
    ("client_id", "Client ID", "--client-id"),
    ("keyset_url", "Public keyset URL", "--keyset-url"),
    ("access_token_url", "Access token URL", "--token-url"),
    ("authentication_request_url", "Authentication request URL", "--auth-url"),
];

/// The five details as manifests name them.
const PARTS: [&str; 5] = [
    "platform.issuer",
    "platform.client_id",
    "platform.keyset_url",
    "platform.access_token_url",
    "platform.authentication_request_url",
];

/// Checks one detail as a person types it, by its place in [`DETAILS`].
pub fn check_detail(place: usize, value: &str, allow_http: bool) -> Result<(), Invalid> {
    match place {
        0 => Issuer::new(value, allow_http).map(drop),
        1 => ClientId::new(value).map(drop),
        _ => EndpointUrl::new(DETAILS[place].1, value, allow_http).map(drop),
    }
}

/// Changes a registration as far as the change follows the rules; what does not goes to
/// `complaints`.
pub fn alter(
    registration: &mut Registration,
    change: &PlatformChange,
    complaints: &mut Complaints,
) {
    let issuer = |registration: &Registration| {
        registration.platform.as_ref().map(|platform| platform.issuer.clone())
    };
    let before = registration.clone();
    let issuer_before = issuer(registration);
    change_policy(&mut registration.policy, change, complaints);
    if change.has_details() || registration.platform.is_some() {
        registration.platform = changed_details(registration, change, complaints)
            .or_else(|| registration.platform.take());
    }
    if let Some(product) = &change.product {
        let product =
            if product.trim().is_empty() { Ok(None) } else { Product::new(product).map(Some) };
        registration.product = complaints.take("product", product).flatten();
    }
    if let Some(url) = &change.configuration_url {
        let url = if url.trim().is_empty() {
            Ok(None)
        } else {
            EndpointUrl::new("OpenID configuration URL", url, registration.policy.allow_http)
                .map(Some)
        };
        registration.configuration_url = complaints.take("openid_configuration_url", url).flatten();
    } else if issuer(registration) != issuer_before {
        // It was another platform's.
        registration.configuration_url = None;
    }
    tenancy::settle_audience(
        &before,
        registration,
        change.audience_is_typed && change.token_audience.is_some(),
    );
}

/// The five details as they are to be; none when something is wrong with them.
fn changed_details(
    registration: &Registration,
    change: &PlatformChange,
    complaints: &mut Complaints,
) -> Option<PlatformDetails> {
    let now = registration.platform.as_ref();
    let slug = &registration.slug;
    let allow_http = registration.policy.allow_http;
    let given = [
        &change.issuer,
        &change.client_id,
        &change.keyset_url,
        &change.access_token_url,
        &change.authentication_request_url,
    ];
    let stored = now.map(PlatformDetails::values);
    let mut values = [""; 5];
    let (mut missing, complaints_before) = (Vec::new(), complaints.len());
    for (place, value) in values.iter_mut().enumerate() {
        match given[place].as_deref().or(stored.map(|stored| stored[place])) {
            Some(text) => {
                let checked = check_detail(place, text, allow_http).map_err(|invalid| {
                    Failure::invalid(
                        &invalid,
                        format!("ltictl platform set {slug} {} …", DETAILS[place].2),
                    )
                });
                complaints.take(PARTS[place], checked);
                *value = text;
            }
            None => missing.push(DETAILS[place].2),
        }
    }
    if !missing.is_empty() {
        complaints.take("platform", Err::<(), _>(incomplete(slug, &missing)));
    }
    if complaints.len() > complaints_before {
        return None;
    }
    let [issuer, client_id, keyset_url, access_token_url, authentication_request_url] = values;
    let url = |place: usize, text: &str| EndpointUrl::new(DETAILS[place].1, text, allow_http);
    let details = Issuer::new(issuer, allow_http).and_then(|issuer| {
        Ok(PlatformDetails {
            issuer,
            client_id: ClientId::new(client_id)?,
            keyset_url: url(2, keyset_url)?,
            access_token_url: url(3, access_token_url)?,
            authentication_request_url: url(4, authentication_request_url)?,
        })
    });
    complaints.take("platform", details)
}

/// The failure of a draft that would be left with some of the five details only.
pub fn incomplete(slug: &Slug, missing: &[&str]) -> Failure {
    Failure::new(
        Kind::Usage,
        "platform details are incomplete",
        format!("the first time, all five are needed; missing: {}", missing.join(", ")),
        format!(
            "ltictl platform set {slug} --issuer … --client-id … --keyset-url … --token-url … \
             --auth-url …"
        ),
    )
}

/// An audience of client assertions. It is a URL in practice; by the specification it is any name,
/// so only what cannot be one is rejected.
pub fn checked_audience(text: &str) -> Result<String, Invalid> {
    ClientId::new(text)
        .map(|audience| audience.to_string())
        .map_err(|invalid| Invalid::new("token audience", invalid.rule))
}

fn change_policy(
    policy: &mut PlatformPolicy,
    change: &PlatformChange,
    complaints: &mut Complaints,
) {
    if let Some(audience) = &change.token_audience {
        let audience = match trimmed(audience) {
            "" => Ok(None),
            audience => checked_audience(audience).map(Some),
        };
        policy.token_audience = complaints.take("policy.token_audience", audience).flatten();
    }
    if let Some(algorithms) = &change.algorithms {
        policy.algorithms = algorithms.clone();
    }
    policy.deployments = change.deployments.unwrap_or(policy.deployments);
    policy.allow_anonymous = change.allow_anonymous.unwrap_or(policy.allow_anonymous);
    policy.allow_http = change.allow_http.unwrap_or(policy.allow_http);
    policy.identity = change.identity.unwrap_or(policy.identity);
    policy.allow_private_network =
        change.allow_private_network.unwrap_or(policy.allow_private_network);
    if let Some(seconds) = change.leeway_seconds {
        let rule = || {
            Invalid::new(
                "leeway",
                format!("must be between 0s and {}s", PlatformPolicy::LARGEST_LEEWAY),
            )
        };
        let seconds =
            (seconds <= PlatformPolicy::LARGEST_LEEWAY).then_some(seconds).ok_or_else(rule);
        policy.leeway_seconds =
            complaints.take("policy.leeway_seconds", seconds).unwrap_or(policy.leeway_seconds);
    }
    if let Some(origins) = &change.frame_ancestors {
        let checked =
            origins.iter().map(|origin| checked_origin(origin, policy.allow_http)).enumerate();
        policy.frame_ancestors = checked
            .filter_map(|(place, origin)| {
                complaints.take(format!("policy.frame_ancestors[{place}]"), origin)
            })
            .collect();
    }
}

/// An origin that may frame our pages: `https://host[:port]`, or `https://*.host` for all names
/// below one.
fn checked_origin(text: &str, allow_http: bool) -> Result<String, Invalid> {
    let invalid = || {
        Invalid::new(
            "frame ancestor",
            "must be an origin such as https://lms.example.edu or https://*.example.edu, without a \
             path",
        )
    };
    let text = trimmed(text);
    let plain = text.trim_end_matches('/').replacen("://*.", "://", 1);
    let url = EndpointUrl::new("frame ancestor", &plain, allow_http)?;
    if url.origin() != plain.to_ascii_lowercase() || plain.contains(['*', ';', ',']) {
        return Err(invalid());
    }
    Ok(text.trim_end_matches('/').to_ascii_lowercase())
}
