//! Registrations, platform details and deployments.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Derived, Extended, list, or_dash, rfc3339, whole_time, yes_no};
use crate::admin::dynamic::RegistrationStatus;
use crate::domain::{
    AttemptOutcome, Deployment, DeploymentPolicy, EndpointUrl, Identity, Invitation, Missing, Name,
    PlatformDetails, PlatformPolicy, Product, PublicUrl, Registration, RegistrationAttempt, Slug,
    Status, json,
};
use crate::report::table::{Column, Entry, Health, colored_column, column};
use crate::report::{Details, Style, View};
use crate::rules::identity;
use crate::rules::registration::DETAILS;

/// The tool's URLs, which the LMS asks for.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ToolDetails {
    /// "Tool URL", also the redirect URI.
    pub tool_url: String,
    /// "Initiate login URL".
    pub initiate_login_url: String,
    /// "JWKS URL".
    pub jwks_url: String,
    /// "Deep linking URL".
    pub deep_linking_url: String,
    /// "Registration URL" for dynamic registration, if one is open.
    pub registration_url: Option<String>,
    /// When the registration URL expires.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub registration_url_expires_at: Option<Timestamp>,
}

impl ToolDetails {
    /// The URLs of a registration with the tool at `url`.
    pub fn new(url: &PublicUrl, slug: &Slug) -> Self {
        Self {
            tool_url: url.join("/lti/launch"),
            initiate_login_url: url.join(&format!("/lti/login/{slug}")),
            jwks_url: url.join("/lti/jwks"),
            deep_linking_url: url.join("/lti/deep-link"),
            registration_url: None,
            registration_url_expires_at: None,
        }
    }

    /// The same with the registration URL, if one is open.
    #[must_use]
    pub fn with_status(mut self, status: &RegistrationStatus) -> Self {
        self.registration_url.clone_from(&status.url);
        let open = status.invitation.as_ref().filter(|_| status.url.is_some());
        self.registration_url_expires_at = open.map(|invitation| invitation.expires_at);
        self
    }

    fn add_to(&self, details: &mut Details) {
        details.add("Tool URL", &self.tool_url);
        details.add("Initiate login URL", &self.initiate_login_url);
        details.add("JWKS URL", &self.jwks_url);
        details.add("Deep linking URL", &self.deep_linking_url);
        if let Some(url) = &self.registration_url {
            details.add("Registration URL", url);
        }
        if let Some(end) = self.registration_url_expires_at {
            details.add("  expires", &whole_time(end));
        }
    }
}

/// Adds the five details; a draft has none of them yet.
fn add_platform(details: &mut Details, platform: Option<&PlatformDetails>) {
    let values = platform.map(PlatformDetails::values);
    for (place, row) in DETAILS.iter().enumerate() {
        details.add_optional(row.label(), values.map(|values| values[place]));
    }
}

/// A deployment with the slug of its registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DeploymentView {
    /// Slug of the registration.
    pub registration: Slug,
    /// The deployment.
    #[serde(flatten)]
    pub deployment: Deployment,
}

impl View for DeploymentView {
    fn table(&self, style: Style) -> String {
        let entries: &[Entry<Self>] = &[
            Entry::Value("Registration", |view| view.registration.to_string()),
            Entry::Value("Deployment ID", |view| view.deployment.deployment_id.to_string()),
            Entry::Optional("Name", |view| view.deployment.name.as_ref().map(Name::to_string)),
        ];
        Details::of(style, self, entries).finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.deployment.deployment_id.to_string()]
    }
}

const DEPLOYMENT_ID: Column<DeploymentView> =
    column("DEPLOYMENT ID", |view| view.deployment.deployment_id.to_string());
const DEPLOYMENT_NAME: Column<DeploymentView> =
    column("NAME", |view| or_dash(view.deployment.name.as_ref()));

list! {
    /// A registration's deployments.
    DeploymentList of DeploymentView {
        noun: "deployments",
        columns: &[DEPLOYMENT_ID, DEPLOYMENT_NAME],
        identifier: |view| view.deployment.deployment_id.to_string(),
        empty: "No deployments yet. The platform shows a deployment ID after the tool has been \
            added to it.",
    }
}

list! {
    /// The deployments of all registrations. Commands need the registration, too, so it is part of
    /// the identifier.
    AllDeploymentList of DeploymentView {
        noun: "deployments",
        columns: &[
            column("REGISTRATION", |view| view.registration.to_string()),
            DEPLOYMENT_ID,
            DEPLOYMENT_NAME,
        ],
        identifier: |view| format!("{} {}", view.registration, view.deployment.deployment_id),
        empty: "No deployments yet. Add one with: ltictl deployment add REG DEPLOYMENT_ID",
    }
}

/// Number of deployments that tables show; a platform may have hundreds, one for each course.
const SHOWN_DEPLOYMENTS: usize = 10;

/// A registration with its deployments and the tool's URLs.
pub type RegistrationView = Extended<Registration, RegistrationState>;

/// What a view adds to a registration.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RegistrationState {
    /// Draft, active or disabled.
    pub status: Status,
    /// What is missing before launches are accepted.
    pub missing: Vec<Missing>,
    /// The tool's URLs, for the platform.
    pub tool: ToolDetails,
    /// Deployments.
    pub deployments: Vec<Deployment>,
    /// State of dynamic registration; none if no registration URL was ever created. It is not part
    /// of the JSON: `platform show` prints it.
    #[serde(skip)]
    pub dynamic_registration: Option<DynamicRegistrationView>,
}

impl Derived for RegistrationState {
    const PLACES: &'static [(&'static str, &'static str)] = &[
        ("status", "name"),
        ("missing", "status"),
        ("tool", "missing"),
        ("deployments", "platform"),
    ];
}

impl RegistrationView {
    /// The view of a registration with the tool at `url`.
    pub fn new(url: &PublicUrl, registration: Registration, deployments: Vec<Deployment>) -> Self {
        let derived = RegistrationState {
            status: registration.status(),
            missing: registration.missing(),
            tool: ToolDetails::new(url, &registration.slug),
            deployments,
            dynamic_registration: None,
        };
        Self { value: registration, derived }
    }

    /// The same with the state of dynamic registration.
    #[must_use]
    pub fn with_status(mut self, status: &RegistrationStatus, now: Timestamp) -> Self {
        self.derived.tool = self.derived.tool.with_status(status);
        self.derived.dynamic_registration =
            DynamicRegistrationView::of(status, &self.value.slug, now);
        self
    }

    /// The first deployments, and the command that lists the others.
    fn add_deployments(&self, details: &mut Details) {
        details.section("Deployments");
        let deployments = &self.derived.deployments;
        let (shown, others) = deployments.split_at(deployments.len().min(SHOWN_DEPLOYMENTS));
        let width = shown
            .iter()
            .map(|deployment| deployment.deployment_id.as_str().chars().count())
            .max()
            .unwrap_or(0);
        for Deployment { deployment_id, name } in shown {
            let named = name.as_ref().map(|name| format!("{deployment_id:width$}  {name}"));
            details.add("Deployment ID", &named.unwrap_or_else(|| deployment_id.to_string()));
        }
        if !others.is_empty() {
            let (more, slug) = (others.len(), &self.slug);
            details.add("", &format!("and {more} more: ltictl deployment list {slug}"));
        }
        if deployments.is_empty() {
            details.add("Deployment ID", "-");
        }
    }
}

fn status_with_missing(status: Status, missing: &[Missing]) -> String {
    let (status, _) = status_in_words(status);
    let missing: Vec<&str> = missing
        .iter()
        .map(|missing| match missing {
            Missing::Platform => "platform details",
            Missing::Deployment => "a deployment",
        })
        .collect();
    if missing.is_empty() {
        status.to_owned()
    } else {
        format!("{status} (missing: {})", missing.join(" and "))
    }
}

fn status_in_words(status: Status) -> (&'static str, Health) {
    match status {
        Status::Draft => ("Draft", Health::Waiting),
        Status::Active => ("Active", Health::Good),
        Status::Disabled => ("Disabled", Health::Bad),
    }
}

impl View for RegistrationView {
    fn table(&self, style: Style) -> String {
        let entries: &[Entry<Self>] = &[
            Entry::Value("Name", |view| view.name.to_string()),
            Entry::Value("Slug", |view| view.slug.to_string()),
            Entry::Value("Status", |view| {
                status_with_missing(view.derived.status, &view.derived.missing)
            }),
            Entry::Section("Tool details (copy these into the platform)"),
        ];
        let mut details = Details::of(style, self, entries);
        self.derived.tool.add_to(&mut details);
        if let Some(dynamic) = &self.derived.dynamic_registration {
            dynamic.add_to(&mut details);
        }
        details.section("Platform details (copied from the platform)");
        add_platform(&mut details, self.platform.as_ref());
        self.add_deployments(&mut details);
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.slug.to_string()]
    }
}

list! {
    /// Every registration.
    RegistrationList of RegistrationView {
        noun: "registrations",
        columns: &[
            column("SLUG", |view| view.slug.to_string()),
            column("NAME", |view| view.name.to_string()),
            colored_column("STATUS", |view| status_in_words(view.derived.status).0.to_owned(), |view| status_in_words(view.derived.status).1),
            column("PLATFORM ID (ISSUER)", |view| {
                or_dash(view.platform.as_ref().map(|platform| &platform.issuer))
            }),
            column("CLIENT ID", |view| {
                or_dash(view.platform.as_ref().map(|platform| &platform.client_id))
            }),
            column("DEPLOYMENTS", |view| view.derived.deployments.len().to_string()),
        ],
        identifier: |view| view.slug.to_string(),
        empty: "No registrations yet. Create one with: ltictl registration create NAME",
    }
}

/// State of dynamic registration.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DynamicRegistrationView {
    /// `open`, `used`, `expired` or `replaced`.
    pub state: &'static str,
    /// The registration URL.
    #[serde(flatten)]
    pub invitation: Invitation,
    /// The latest attempt.
    pub last_attempt: Option<AttemptView>,
}

/// An attempt to register.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AttemptView {
    /// When the attempt started.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub began_at: Timestamp,
    /// The platform's issuer, or the host of its configuration.
    pub platform: String,
    /// `registered`, a reason code, or `unfinished` if the server stopped before it stored the
    /// platform's response.
    pub outcome: String,
    /// Why the attempt failed.
    pub problem: Option<String>,
    /// What to do.
    pub fix: Option<String>,
}

impl AttemptView {
    /// An attempt to register through the registration with this slug.
    fn of(attempt: &RegistrationAttempt, slug: &Slug) -> Self {
        let (outcome, problem, fix) = match &attempt.outcome {
            Some(AttemptOutcome::Registered) => ("registered", None, None),
            Some(AttemptOutcome::Failed { code, problem, fix }) => {
                (code.as_str(), Some(problem.clone()), Some(fix.clone()))
            }
            None => (
                "unfinished",
                Some(format!(
                    "the registration was sent to {}, but its response was not stored",
                    attempt.platform
                )),
                Some(format!(
                    "check whether the platform has the tool: if it does, copy its details with \
                     `ltictl platform set {slug}`, or delete it there and open the registration \
                     URL again"
                )),
            ),
        };
        Self {
            began_at: attempt.at,
            platform: attempt.platform.clone(),
            outcome: outcome.to_owned(),
            problem,
            fix,
        }
    }
}

impl DynamicRegistrationView {
    /// The state at `now`; none if no registration URL was ever created.
    pub fn of(status: &RegistrationStatus, slug: &Slug, now: Timestamp) -> Option<Self> {
        let invitation = status.invitation.as_ref()?;
        let state = if invitation.used_at.is_some() {
            "used"
        } else if invitation.replaced_at.is_some() {
            "replaced"
        } else if invitation.is_open(now) {
            "open"
        } else {
            "expired"
        };
        Some(Self {
            state,
            invitation: invitation.clone(),
            last_attempt: status.attempt.as_ref().map(|attempt| AttemptView::of(attempt, slug)),
        })
    }

    /// Why the registration URL no longer works; none if it is open.
    pub fn ended_in_words(&self) -> Option<String> {
        let Invitation { used_at, used_by, expires_at, .. } = &self.invitation;
        match (used_at, used_by) {
            (Some(at), Some(by)) => Some(format!("used on {} by {by}", whole_time(*at))),
            _ if self.state == "open" => None,
            _ => Some(format!("{} ({})", self.state, whole_time(*expires_at))),
        }
    }

    fn add_to(&self, details: &mut Details) {
        if let Some(words) = self.ended_in_words() {
            details.add("Registration URL", &words);
        }
        let Some(attempt) = self.last_attempt.as_ref().filter(|attempt| attempt.problem.is_some())
        else {
            return;
        };
        details.section("Latest attempt at dynamic registration");
        details.add("When", &whole_time(attempt.began_at));
        details.add("Platform", &attempt.platform);
        details.add_optional("Problem", attempt.problem.as_deref());
        details.add_optional("What to do", attempt.fix.as_deref());
    }
}

/// A new registration URL.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RegistrationUrlView {
    /// The URL to paste into the platform.
    pub registration_url: String,
    /// When it expires.
    pub registration_url_expires_at: String,
}

impl RegistrationUrlView {
    /// The view of a URL that expires.
    pub fn new(registration_url: String, expires_at: Timestamp) -> Self {
        Self { registration_url, registration_url_expires_at: rfc3339(expires_at) }
    }
}

impl View for RegistrationUrlView {
    fn table(&self, _style: Style) -> String {
        self.registration_url.clone()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.registration_url.clone()]
    }
}

impl View for ToolDetails {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        self.add_to(&mut details);
        details.finish()
    }
}

/// A platform's details and policy.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlatformView {
    /// Slug of the registration.
    pub registration: Slug,
    /// Draft, active or disabled.
    pub status: Status,
    /// What is missing before launches are accepted.
    pub missing: Vec<Missing>,
    /// Platform details; null in a draft.
    pub platform: Option<PlatformDetails>,
    /// The platform's product, if known.
    pub product: Option<Product>,
    /// URL of the platform's OpenID configuration, if known.
    pub openid_configuration_url: Option<EndpointUrl>,
    /// How the tool treats the platform.
    pub policy: PolicyView,
    /// State of dynamic registration; null if no registration URL was ever created.
    pub dynamic_registration: Option<DynamicRegistrationView>,
}

impl PlatformView {
    /// The view of a registration's platform at `now`.
    pub fn new(registration: &Registration, status: &RegistrationStatus, now: Timestamp) -> Self {
        let policy = &registration.policy;
        Self {
            registration: registration.slug.clone(),
            status: registration.status(),
            missing: registration.missing(),
            platform: registration.platform.clone(),
            product: registration.product.clone(),
            openid_configuration_url: registration.configuration_url.clone(),
            policy: PolicyView {
                policy: policy.clone(),
                identity: identity::effective(registration),
                identity_automatic: policy.identity.is_none(),
            },
            dynamic_registration: DynamicRegistrationView::of(status, &registration.slug, now),
        }
    }
}

/// How the tool treats a platform.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PolicyView {
    /// The policy.
    #[serde(flatten)]
    pub policy: PlatformPolicy,
    /// What identifies users, in addition to their `sub`.
    pub identity: Identity,
    /// Whether `identity` depends on the issuer, since the admin has not chosen it.
    pub identity_automatic: bool,
}

const POLICY: &[Entry<PolicyView>] = &[
    Entry::Section("Policy"),
    Entry::Value("Token audience", |view| {
        view.policy.token_audience.clone().unwrap_or_else(|| "the access token URL".to_owned())
    }),
    Entry::Value("Signing algorithms", |view| view.policy.algorithms.names().join(", ")),
    Entry::Value("Unknown deployments", |view| {
        match view.policy.deployments {
            DeploymentPolicy::Known => "refused",
            DeploymentPolicy::Accept => "accepted and added",
        }
        .to_owned()
    }),
    Entry::Value("Clock leeway", |view| format!("{}s", view.policy.leeway_seconds)),
    Entry::Value("Roles that are staff", |view| view.policy.staff_roles.names().join(", ")),
    Entry::Value("Anonymous launches", |view| yes_no(view.policy.allow_anonymous).to_owned()),
    Entry::Value("Plain http", |view| yes_no(view.policy.allow_http).to_owned()),
    Entry::Value("Private network", |view| yes_no(view.policy.allow_private_network).to_owned()),
    Entry::Value("Further frame ancestors", |view| match view.policy.frame_ancestors.as_slice() {
        [] => "none".to_owned(),
        origins => origins.join(" "),
    }),
    Entry::Value("Email addresses", |view| view.policy.email.to_string()),
    Entry::Value("Notices", |view| view.policy.notices.to_string()),
    Entry::Value("Users identified by", |view| {
        format!("{}{}", view.identity, if view.identity_automatic { " (automatic)" } else { "" })
    }),
];

list! {
    /// The platforms of all registrations.
    PlatformList of PlatformView {
        noun: "platforms",
        columns: &[
            column("REGISTRATION", |view| view.registration.to_string()),
            colored_column("STATUS", |view| status_in_words(view.status).0.to_owned(), |view| status_in_words(view.status).1),
            column("PLATFORM ID (ISSUER)", |view| {
                or_dash(view.platform.as_ref().map(|platform| &platform.issuer))
            }),
            column("CLIENT ID", |view| {
                or_dash(view.platform.as_ref().map(|platform| &platform.client_id))
            }),
            column("PRODUCT", |view| or_dash(view.product.as_ref().map(Product::as_str))),
            column("USERS IDENTIFIED BY", |view| view.policy.identity.to_string()),
        ],
        identifier: |view| view.registration.to_string(),
        empty: "No platforms yet. Create a registration with: ltictl registration create NAME",
    }
}

impl View for PlatformView {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Registration", self.registration.as_str());
        details.add("Status", &status_with_missing(self.status, &self.missing));
        details.section("Platform details");
        add_platform(&mut details, self.platform.as_ref());
        let entries: &[Entry<Self>] = &[
            Entry::IfAny("Product", |view| {
                view.product.as_ref().map(|product| product.as_str().to_owned())
            }),
            Entry::IfAny("OpenID configuration", |view| {
                view.openid_configuration_url.as_ref().map(ToString::to_string)
            }),
        ];
        details.extend(self, entries);
        details.extend(&self.policy, POLICY);
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.registration.to_string()]
    }
}
