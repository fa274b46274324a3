//! Finds registrations, and changes their platforms: the same rules for commands, manifests and
//! dynamic registrations.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer, Error as _};

use super::carry_over::UserDecision;
use super::setting::{Audience, ClearableText, settings};
use super::tenancy;
use crate::domain::{
    ClientId, Deployment, DeploymentPolicy, EndpointUrl, Identity, Invalid, Issuer, NoticePolicy,
    PlatformDetails, PlatformEmail, PlatformPolicy, Product, Registration, RegistrationRef,
    SigningAlgorithms, Slug, StaffRoles, trimmed,
};
use crate::failure::{Failure, FailureList, Kind};
use crate::lms::Detail;
use crate::store::{self, Read};

/// A registration with its deployments.
pub type Registered = (Registration, Vec<Deployment>);

/// The registration with this slug.
pub fn find(read: Read<'_>, slug: &RegistrationRef) -> Result<Registration, Failure> {
    if let Some(registration) = known(read, slug)? {
        return Ok(registration);
    }
    Err(Failure::not_found("registration", slug.as_str(), &read.registration_slugs()?))
}

/// Like [`find`], without suggestions.
pub fn known(read: Read<'_>, slug: &RegistrationRef) -> Result<Option<Registration>, store::Error> {
    slug.slug().map(|slug| read.registration(&slug)).transpose().map(Option::flatten)
}

/// The registration with this slug, with its deployments.
pub fn show(read: Read<'_>, slug: &RegistrationRef) -> Result<Registered, Failure> {
    let registration = find(read, slug)?;
    let deployments = read.deployments(registration.id)?;
    Ok((registration, deployments))
}

/// Changes to a registration's platform; what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, clap::Args)]
pub struct PlatformChange {
    /// "Platform ID (issuer)"; compared byte by byte
    #[arg(long, value_name = "URL", help_heading = "Platform details")]
    pub issuer: Option<String>,
    /// "Client ID"
    #[arg(long, value_name = "ID", help_heading = "Platform details", allow_hyphen_values = true)]
    pub client_id: Option<String>,
    /// "Public keyset URL"
    #[arg(long, value_name = "URL", help_heading = "Platform details")]
    pub keyset_url: Option<String>,
    /// "Access token URL"
    #[arg(
        long,
        visible_alias = "token-url",
        value_name = "URL",
        help_heading = "Platform details"
    )]
    pub access_token_url: Option<String>,
    /// "Authentication request URL"
    #[arg(long, visible_alias = "auth-url", value_name = "URL", help_heading = "Platform details")]
    pub authentication_request_url: Option<String>,
    /// LMS product such as moodle, for labels and checks; "" clears it
    #[arg(long, value_name = "PLATFORM", help_heading = "Policy")]
    pub product: Option<String>,
    /// URL of the platform's OpenID configuration; empty text clears it.
    #[arg(skip)]
    pub configuration_url: Option<String>,
    /// How the tool treats the platform.
    #[command(flatten)]
    pub policy: PolicyChange,
    /// Whether the admin entered the audience, rather than taking it from a preset or a document.
    #[arg(skip)]
    pub audience_is_typed: bool,
    /// What happens to people if the change affects what identifies them.
    #[arg(skip)]
    pub users: Option<UserDecision>,
}

settings! {
    /// How the tool treats a platform, as `ltictl platform set` and manifests change it, and as
    /// exports list it.
    #[schemars(rename = "PolicyEntry")]
    PolicyChange of PlatformPolicy {
        /// Audience of client assertions; "" resets it to the access token URL
        ///
        /// Brightspace needs one that differs from its access token URL; its preset sets it. An
        /// audience on another host than the access token URL causes a warning, because the
        /// operator of the URL's host receives assertions that are valid at the audience.
        #[arg(long, value_name = "AUDIENCE", help_heading = "Policy")]
        token_audience: ClearableText<Audience> = token_audience;
        /// Accepted signing algorithms, separated by commas
        ///
        /// One or more of RS256, RS384, RS512, PS256, PS384, PS512, ES256 and ES384. Only these are
        /// accepted, regardless of what a launch claims. Nearly every platform signs with RS256.
        #[arg(long, value_name = "LIST", help_heading = "Policy")]
        algorithms: SigningAlgorithms = algorithms;
        /// How to handle unknown deployments: known refuses their launches, accept adds them
        #[arg(long, value_name = "POLICY", hide_possible_values = true, help_heading = "Policy")]
        deployments: DeploymentPolicy = deployments;
        /// How much the platform's clock may differ: 0s to 300s
        #[arg(long = "leeway", value_name = "SECONDS", allow_negative_numbers = true, help_heading = "Policy")]
        #[schemars(range(max = 300))]
        leeway_seconds: Leeway = leeway_seconds;
        /// LTI roles that make someone staff, separated by commas
        ///
        /// One or more of Instructor, TeachingAssistant, ContentDeveloper, Administrator, Mentor,
        /// Manager and Officer; by default the first four. Everyone else who administers neither the
        /// platform nor the institution is a learner.
        #[arg(long, value_name = "LIST", help_heading = "Policy")]
        staff_roles: StaffRoles = staff_roles;
        /// Accept launches that do not identify the user
        #[arg(long, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Policy")]
        allow_anonymous: bool = allow_anonymous;
        /// Accept http:// URLs for hosts other than this machine
        #[arg(long, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Policy")]
        allow_http: bool = allow_http;
        /// Allow the server to contact the platform in a private network, such as 10.x
        #[arg(long, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Policy")]
        allow_private_network: bool = allow_private_network;
        /// Additional origin that may frame this tool; "" clears all of them
        ///
        /// For instance a vanity domain, or https://*.example.edu. Can be given multiple times;
        /// previous origins are replaced.
        #[arg(long = "frame-ancestor", value_name = "ORIGIN", help_heading = "Policy")]
        frame_ancestors: Vec<String>;
        /// Whether email addresses from the platform are verified [default: unverified]
        ///
        /// unverified or verified. On most platforms people can type any address, so apps must not
        /// trust them. Choose verified only if people cannot change their addresses there: apps
        /// behind a proxy and apps with OpenID Connect may then find accounts by them.
        #[arg(long, value_name = "TRUST", hide_possible_values = true, hide_short_help = true, help_heading = "Policy")]
        email: PlatformEmail = email;
        /// Whether to subscribe to the platform's notices [default: on]
        ///
        /// on or off. Platforms with the Platform Notification Service report for instance that a
        /// course was copied. The server subscribes after the first launch of a deployment and
        /// compares daily. With off, it ends its subscriptions and refuses notices.
        #[arg(long, value_name = "WHEN", hide_possible_values = true, hide_short_help = true, help_heading = "Policy")]
        notices: NoticePolicy = notices;
        /// What identifies users: auto, issuer, client-id, deployment
        ///
        /// By default, users are identified by the platform's issuer, so that all registrations of
        /// one issuer share their users. If customers of a platform share its issuer (Canvas,
        /// Blackboard and Schoology in the cloud), the same identifier may belong to different
        /// people: client-id distinguishes users by client ID, deployment by deployment. auto uses
        /// what is known about the issuer. With --keep-users, people keep their accounts when this
        /// changes.
        #[arg(long, value_name = "WHAT", help_heading = "Policy")]
        identity: IdentityChoice = identity;
    }
}

impl From<&PlatformPolicy> for PolicyChange {
    fn from(policy: &PlatformPolicy) -> Self {
        Self { frame_ancestors: Some(policy.frame_ancestors.clone()), ..Self::kept_in(policy) }
    }
}

/// How far the clocks of the tool and the platform may differ, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Leeway(u16);

impl Leeway {
    fn new(seconds: u16) -> Result<Self, Invalid> {
        if seconds <= PlatformPolicy::MAX_LEEWAY {
            Ok(Self(seconds))
        } else {
            let rule = format!("must be between 0s and {}s", PlatformPolicy::MAX_LEEWAY);
            Err(Invalid::new("leeway", rule))
        }
    }
}

impl FromStr for Leeway {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let seconds: u16 = text
            .strip_suffix('s')
            .unwrap_or(text)
            .parse()
            .map_err(|_| Invalid::new("leeway", "must be a number of seconds such as 60s"))?;
        Self::new(seconds)
    }
}

impl<'de> Deserialize<'de> for Leeway {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(u16::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl From<Leeway> for u16 {
    fn from(leeway: Leeway) -> Self {
        leeway.0
    }
}

/// Stored values were checked when they were set.
impl From<u16> for Leeway {
    fn from(seconds: u16) -> Self {
        Self(seconds)
    }
}

/// What identifies users, or `None` if that depends on the issuer: `auto` in a command, null in a
/// manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct IdentityChoice(pub Option<Identity>);

impl IdentityChoice {
    /// The words in commands.
    pub const WORDS: &[&str] = &["auto", "issuer", "client-id", "deployment"];
}

impl FromStr for IdentityChoice {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "auto" => Ok(Self(None)),
            text => text.parse().map(|identity| Self(Some(identity))).map_err(|_| {
                Invalid::new("identity", format!("must be one of {}", Self::WORDS.join(", ")))
            }),
        }
    }
}

impl From<Option<Identity>> for IdentityChoice {
    fn from(identity: Option<Identity>) -> Self {
        Self(identity)
    }
}

impl From<IdentityChoice> for Option<Identity> {
    fn from(choice: IdentityChoice) -> Self {
        choice.0
    }
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

    /// The five details in the same order.
    pub fn details(&self) -> [Option<&str>; 5] {
        [
            &self.issuer,
            &self.client_id,
            &self.keyset_url,
            &self.access_token_url,
            &self.authentication_request_url,
        ]
        .map(Option::as_deref)
    }

    /// Whether any of the five details is given.
    pub fn has_details(&self) -> bool {
        self.details().iter().any(Option::is_some)
    }

    /// Whether any part of the policy is given.
    pub fn has_policy(&self) -> bool {
        self.product.is_some() || self.policy != PolicyChange::default()
    }
}

/// One of the five values that an LMS shows once the tool is set up there.
#[derive(Debug, Clone, Copy)]
pub struct DetailRow {
    /// What it is, which determines its label.
    pub detail: Detail,
    /// Its key in JSON and in manifests.
    pub key: &'static str,
    /// Its flag in commands.
    pub flag: &'static str,
}

impl DetailRow {
    const fn new(detail: Detail, key: &'static str, flag: &'static str) -> Self {
        Self { detail, key, flag }
    }

    /// Our own label.
    pub fn label(&self) -> &'static str {
        self.detail.label()
    }
}

/// The five details in the order of the form, which is that of [`PlatformDetails::values`].
pub const DETAILS: [DetailRow; 5] = [
    DetailRow::new(Detail::Issuer, "issuer", "--issuer"),
    DetailRow::new(Detail::ClientId, "client_id", "--client-id"),
    DetailRow::new(Detail::KeysetUrl, "keyset_url", "--keyset-url"),
    DetailRow::new(Detail::AccessTokenUrl, "access_token_url", "--access-token-url"),
    DetailRow::new(
        Detail::AuthenticationRequestUrl,
        "authentication_request_url",
        "--authentication-request-url",
    ),
];

/// Checks one detail, by its index in [`DETAILS`].
pub fn check_detail(place: usize, value: &str, allow_http: bool) -> Result<(), Invalid> {
    match place {
        0 => Issuer::new(value, allow_http).map(drop),
        1 => ClientId::new(value).map(drop),
        _ => EndpointUrl::new(DETAILS[place].label(), value, allow_http).map(drop),
    }
}

/// Applies the valid parts of a change to a registration, and adds the problems of the others to
/// `failures`.
pub fn alter(registration: &mut Registration, change: &PlatformChange, failures: &mut FailureList) {
    let issuer = |registration: &Registration| {
        registration.platform.as_ref().map(|platform| platform.issuer.clone())
    };
    let before = registration.clone();
    let issuer_before = issuer(registration);
    change_policy(&mut registration.policy, &change.policy, failures);
    if change.has_details() || registration.platform.is_some() {
        registration.platform = changed_details(registration, change, failures)
            .or_else(|| registration.platform.take());
    }
    if let Some(product) = &change.product {
        let product =
            if product.trim().is_empty() { Ok(None) } else { Product::new(product).map(Some) };
        registration.product = failures.take("product", product).flatten();
    }
    if let Some(url) = &change.configuration_url {
        let url = if url.trim().is_empty() {
            Ok(None)
        } else {
            EndpointUrl::new("OpenID configuration URL", url, registration.policy.allow_http)
                .map(Some)
        };
        registration.configuration_url = failures.take("openid_configuration_url", url).flatten();
    } else if issuer(registration) != issuer_before {
        // It belonged to another platform.
        registration.configuration_url = None;
    }
    tenancy::update_audience(
        &before,
        registration,
        change.audience_is_typed && change.policy.token_audience.is_some(),
    );
}

/// The five details after the change; `None` if they are invalid.
fn changed_details(
    registration: &Registration,
    change: &PlatformChange,
    failures: &mut FailureList,
) -> Option<PlatformDetails> {
    let now = registration.platform.as_ref();
    let slug = &registration.slug;
    let allow_http = registration.policy.allow_http;
    let (given, stored) = (change.details(), now.map(PlatformDetails::values));
    let mut values = [""; 5];
    let (mut missing, failures_before) = (Vec::new(), failures.len());
    for (place, value) in values.iter_mut().enumerate() {
        let DetailRow { key, flag, .. } = DETAILS[place];
        match given[place].or(stored.map(|stored| stored[place])) {
            Some(text) => {
                let checked = check_detail(place, text, allow_http).map_err(|invalid| {
                    Failure::invalid(&invalid, format!("ltictl platform set {slug} {flag} …"))
                });
                failures.take(format!("platform.{key}"), checked);
                *value = text;
            }
            None => missing.push(flag),
        }
    }
    if !missing.is_empty() {
        failures.take("platform", Err::<(), _>(incomplete(slug, &missing)));
    }
    if failures.len() > failures_before {
        return None;
    }
    let [issuer, client_id, keyset_url, access_token_url, authentication_request_url] = values;
    let url = |place: usize, text: &str| EndpointUrl::new(DETAILS[place].label(), text, allow_http);
    let details = Issuer::new(issuer, allow_http).and_then(|issuer| {
        Ok(PlatformDetails {
            issuer,
            client_id: ClientId::new(client_id)?,
            keyset_url: url(2, keyset_url)?,
            access_token_url: url(3, access_token_url)?,
            authentication_request_url: url(4, authentication_request_url)?,
        })
    });
    failures.take("platform", details)
}

/// The failure of a draft that would have only some of the five details. Its hint has the flags that
/// are missing.
pub fn incomplete(slug: &Slug, missing: &[&str]) -> Failure {
    Failure::new(
        Kind::Usage,
        "platform details are incomplete",
        format!("the first time, all five are needed; missing: {}", missing.join(", ")),
        missing.iter().fold(format!("ltictl platform set {slug}"), |command, flag| {
            format!("{command} {flag} …")
        }),
    )
}

fn change_policy(policy: &mut PlatformPolicy, change: &PolicyChange, failures: &mut FailureList) {
    change.change(policy);
    if let Some(origins) = &change.frame_ancestors {
        let checked =
            origins.iter().map(|origin| checked_origin(origin, policy.allow_http)).enumerate();
        policy.frame_ancestors = checked
            .filter_map(|(place, origin)| {
                failures.take(format!("policy.frame_ancestors[{place}]"), origin)
            })
            .collect();
    }
}

/// An origin that may frame the tool's pages: `https://host[:port]`, or `https://*.host` for all
/// names below one.
pub(crate) fn checked_origin(text: &str, allow_http: bool) -> Result<String, Invalid> {
    let invalid = || {
        Invalid::new(
            "frame ancestor",
            "must be an origin such as https://lms.example.edu or https://*.example.edu, without a \
             path",
        )
    };
    let text = trimmed(text);
    let plain = text.trim_end_matches('/').replacen("://*.", "://", 1);
    // The rules of endpoints advise a path, which an origin does not have.
    if url::Url::parse(&plain).is_err() {
        return Err(invalid());
    }
    let url = EndpointUrl::new("frame ancestor", &plain, allow_http)?;
    if url.origin() != plain.to_ascii_lowercase() || plain.contains(['*', ';', ',']) {
        return Err(invalid());
    }
    Ok(text.trim_end_matches('/').to_ascii_lowercase())
}
