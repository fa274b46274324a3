//! Registrations, platform details and deployments.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{list, rfc3339};
use crate::admin::dynamic::Standing;
use crate::domain::{
    AttemptOutcome, Deployment, DeploymentPolicy, Identity, Invitation, Missing, PlatformDetails,
    PublicUrl, Registration, RegistrationAttempt, Status,
};
use crate::report::table::Mood;
use crate::report::{Details, Style, Table, View};
use crate::rules::identity;

/// What the LMS asks for.
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
    /// "Registration URL" for dynamic registration, while one is open.
    pub registration_url: Option<String>,
    /// When the registration URL ends.
    pub registration_url_expires_at: Option<String>,
}

impl ToolDetails {
    /// The URLs of a registration under the tool's address.
    pub fn new(url: &PublicUrl, slug: &str) -> Self {
        Self {
            tool_url: url.join("/lti/launch"),
            initiate_login_url: url.join(&format!("/lti/login/{slug}")),
            jwks_url: url.join("/lti/jwks"),
            deep_linking_url: url.join("/lti/deep-link"),
            registration_url: None,
            registration_url_expires_at: None,
        }
    }

    /// The same with the registration URL, while one is open.
    #[must_use]
    pub fn with_standing(mut self, standing: &Standing) -> Self {
        self.registration_url.clone_from(&standing.url);
        let open = standing.invitation.as_ref().filter(|_| standing.url.is_some());
        self.registration_url_expires_at = open.map(|invitation| rfc3339(invitation.expires_at));
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
        if let Some(end) = &self.registration_url_expires_at {
            details.add("  open until", end);
        }
    }
}

/// What the platform told us, as the contract spells it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlatformDetailsView {
    /// "Platform ID (issuer)".
    pub issuer: String,
    /// "Client ID".
    pub client_id: String,
    /// "Public keyset URL".
    pub keyset_url: String,
    /// "Access token URL".
    pub access_token_url: String,
    /// "Authentication request URL".
    pub authentication_request_url: String,
}

impl PlatformDetailsView {
    fn new(platform: &PlatformDetails) -> Self {
        Self {
            issuer: platform.issuer.to_string(),
            client_id: platform.client_id.to_string(),
            keyset_url: platform.keyset_url.to_string(),
            access_token_url: platform.access_token_url.to_string(),
            authentication_request_url: platform.authentication_request_url.to_string(),
        }
    }

    fn add_to(details: &mut Details, platform: Option<&Self>) {
        details.add_optional(
            "Platform ID (issuer)",
            platform.map(|platform| platform.issuer.as_str()),
        );
        details.add_optional("Client ID", platform.map(|platform| platform.client_id.as_str()));
        details.add_optional(
            "Public keyset URL",
            platform.map(|platform| platform.keyset_url.as_str()),
        );
        details.add_optional(
            "Access token URL",
            platform.map(|platform| platform.access_token_url.as_str()),
        );
        details.add_optional(
            "Authentication request URL",
            platform.map(|platform| platform.authentication_request_url.as_str()),
        );
    }
}

/// A deployment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeploymentView {
    /// "Deployment ID".
    pub deployment_id: String,
    /// Its name.
    pub name: String,
}

impl From<&Deployment> for DeploymentView {
    fn from(deployment: &Deployment) -> Self {
        Self {
            deployment_id: deployment.deployment_id.to_string(),
            name: deployment.name.to_string(),
        }
    }
}

impl View for DeploymentView {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Deployment ID", &self.deployment_id);
        details.add("Name", &self.name);
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.deployment_id.clone()]
    }
}

/// A registration's deployments.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct DeploymentList(pub Vec<DeploymentView>);

impl View for DeploymentList {
    fn table(&self, style: Style) -> String {
        let mut table = Table::new(style, &["DEPLOYMENT ID", "NAME"]);
        for deployment in &self.0 {
            table.row(&[&deployment.deployment_id, &deployment.name], None);
        }
        table.finish(
            "No deployments yet. The platform shows a deployment ID once the tool is set up there.",
        )
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.iter().map(|deployment| deployment.deployment_id.clone()).collect()
    }
}

list!(DeploymentList, DeploymentView);

/// How many deployments the view of a registration lists for people; a platform may have hundreds,
/// one for each course.
const SHOWN_DEPLOYMENTS: usize = 10;

/// A registration: the shape that scripts rely on.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RegistrationView {
    /// How commands address it.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Draft, active or disabled.
    pub status: Status,
    /// What is still to be told.
    pub missing: Vec<Missing>,
    /// What the LMS asks for.
    pub tool: ToolDetails,
    /// What the platform told us.
    pub platform: Option<PlatformDetailsView>,
    /// Its deployments.
    pub deployments: Vec<DeploymentView>,
    /// Where dynamic registration stands; none when no registration URL was ever given out. Not
    /// part of the JSON that scripts rely on: `platform show` has it.
    #[serde(skip)]
    pub dynamic_registration: Option<DynamicRegistrationView>,
    /// When it was created.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
}

impl RegistrationView {
    /// The view of a registration under the tool's address.
    pub fn new(url: &PublicUrl, registration: &Registration, deployments: &[Deployment]) -> Self {
        Self {
            slug: registration.slug.to_string(),
            name: registration.name.to_string(),
            status: registration.status(),
            missing: registration.missing(),
            tool: ToolDetails::new(url, registration.slug.as_str()),
            platform: registration.platform.as_ref().map(PlatformDetailsView::new),
            deployments: deployments.iter().map(DeploymentView::from).collect(),
            dynamic_registration: None,
            created_at: rfc3339(registration.created_at),
            updated_at: rfc3339(registration.updated_at),
        }
    }

    /// The same with where dynamic registration stands.
    #[must_use]
    pub fn with_standing(mut self, standing: &Standing, now: Timestamp) -> Self {
        self.tool = self.tool.with_standing(standing);
        self.dynamic_registration = standing
            .invitation
            .as_ref()
            .map(|invitation| DynamicRegistrationView::new(invitation, standing, now));
        self
    }

    fn missing_in_words(&self) -> String {
        let words: Vec<&str> = self
            .missing
            .iter()
            .map(|missing| match missing {
                Missing::Platform => "platform details",
                Missing::Deployment => "a deployment",
            })
            .collect();
        words.join(" and ")
    }
}

fn status_in_words(status: Status) -> (&'static str, Mood) {
    match status {
        Status::Draft => ("Draft", Mood::Waiting),
        Status::Active => ("Active", Mood::Good),
        Status::Disabled => ("Disabled", Mood::Bad),
    }
}

impl View for RegistrationView {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Name", &self.name);
        details.add("Slug", &self.slug);
        let (status, _) = status_in_words(self.status);
        if self.missing.is_empty() {
            details.add("Status", status);
        } else {
            details.add("Status", &format!("{status} (missing: {})", self.missing_in_words()));
        }
        details.section("Tool details (copy these into the platform)");
        self.tool.add_to(&mut details);
        if let Some(dynamic) = &self.dynamic_registration {
            dynamic.add_to(&mut details);
        }
        details.section("Platform details (copied from the platform)");
        PlatformDetailsView::add_to(&mut details, self.platform.as_ref());
        details.section("Deployments");
        let width = self
            .deployments
            .iter()
            .take(SHOWN_DEPLOYMENTS)
            .map(|deployment| deployment.deployment_id.chars().count())
            .max()
            .unwrap_or(0);
        for deployment in self.deployments.iter().take(SHOWN_DEPLOYMENTS) {
            details.add(
                "Deployment ID",
                &format!("{:width$}  {}", deployment.deployment_id, deployment.name),
            );
        }
        if let Some(more) =
            self.deployments.len().checked_sub(SHOWN_DEPLOYMENTS).filter(|more| *more > 0)
        {
            details.add("", &format!("and {more} more: ltictl deployment list {}", self.slug));
        }
        if self.deployments.is_empty() {
            details.add("Deployment ID", "-");
        }
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.slug.clone()]
    }
}

/// Where dynamic registration stands.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DynamicRegistrationView {
    /// `open`, `used`, `expired` or `replaced`.
    pub state: &'static str,
    /// Whether the platform is registered without a click.
    pub auto_confirm: bool,
    /// When the registration URL ends or ended.
    pub expires_at: String,
    /// When a platform was registered with it.
    pub used_at: Option<String>,
    /// That platform's issuer.
    pub used_by: Option<String>,
    /// The newest attempt.
    pub last_attempt: Option<AttemptView>,
}

/// An attempt to register.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AttemptView {
    /// When it began.
    pub at: String,
    /// The platform's issuer, or the host of its configuration.
    pub platform: String,
    /// `registered`, a reason, or `unfinished` when the server stopped before the platform's answer
    /// was stored.
    pub outcome: String,
    /// Why it failed.
    pub problem: Option<String>,
    /// What to do about it.
    pub fix: Option<String>,
}

impl From<&RegistrationAttempt> for AttemptView {
    fn from(attempt: &RegistrationAttempt) -> Self {
        let (outcome, problem, fix) = match &attempt.outcome {
            Some(AttemptOutcome::Registered) => ("registered", None, None),
            Some(AttemptOutcome::Failed { code, problem, fix }) => {
                (code.as_str(), Some(problem.clone()), Some(fix.clone()))
            }
            None => (
                "unfinished",
                Some(format!(
                    "the registration was sent to {}, and its answer was not stored",
                    attempt.platform
                )),
                Some(
                    "look in the platform whether the tool is there: if so, copy its details with \
                    ltictl platform set, or delete it there and open the registration URL \
                    again"
                        .to_owned(),
                ),
            ),
        };
        Self {
            at: rfc3339(attempt.at),
            platform: attempt.platform.clone(),
            outcome: outcome.to_owned(),
            problem,
            fix,
        }
    }
}

impl DynamicRegistrationView {
    fn new(invitation: &Invitation, standing: &Standing, now: Timestamp) -> Self {
        let state = if invitation.used_at.is_some() {
            "used"
        } else if invitation.replaced_at.is_some() {
            "replaced"
        } else if invitation.is_open(now) {
            "open"
        } else {
            "expired"
        };
        Self {
            state,
            auto_confirm: invitation.auto_confirm,
            expires_at: rfc3339(invitation.expires_at),
            used_at: invitation.used_at.map(rfc3339),
            used_by: invitation.used_by.clone(),
            last_attempt: standing.attempt.as_ref().map(AttemptView::from),
        }
    }

    /// What became of the registration URL, in words; nothing while it is open.
    pub fn ended_in_words(&self) -> Option<String> {
        match (&self.used_at, &self.used_by) {
            (Some(at), Some(by)) => Some(format!("used on {at} by {by}")),
            _ if self.state == "open" => None,
            _ => Some(format!("{} ({})", self.state, self.expires_at)),
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
        details.section("Last attempt at dynamic registration");
        details.add("When", &attempt.at);
        details.add("Platform", &attempt.platform);
        details.add_optional("Problem", attempt.problem.as_deref());
        details.add_optional("What to do", attempt.fix.as_deref());
    }
}

/// A registration URL that was just made.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RegistrationUrlView {
    /// The URL to paste into the platform.
    pub registration_url: String,
    /// When it ends.
    pub registration_url_expires_at: String,
}

impl RegistrationUrlView {
    /// The view of an invitation with its URL.
    pub fn new(registration_url: String, invitation: &Invitation) -> Self {
        Self { registration_url, registration_url_expires_at: rfc3339(invitation.expires_at) }
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

/// Every registration.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct RegistrationList(pub Vec<RegistrationView>);

impl View for RegistrationList {
    fn table(&self, style: Style) -> String {
        let mut table = Table::new(
            style,
            &["SLUG", "NAME", "STATUS", "PLATFORM ID (ISSUER)", "CLIENT ID", "DEPLOYMENTS"],
        );
        for registration in &self.0 {
            let (status, mood) = status_in_words(registration.status);
            let platform = registration.platform.as_ref();
            table.row(
                &[
                    &registration.slug,
                    &registration.name,
                    status,
                    platform.map_or("-", |platform| &platform.issuer),
                    platform.map_or("-", |platform| &platform.client_id),
                    &registration.deployments.len().to_string(),
                ],
                Some((2, mood)),
            );
        }
        table.finish("No registrations yet. Make one with: ltictl registration create NAME")
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.iter().map(|registration| registration.slug.clone()).collect()
    }
}

list!(RegistrationList, RegistrationView);

/// What the LMS asks for, on its own.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct ToolDetailsView(pub ToolDetails);

impl View for ToolDetailsView {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        self.0.add_to(&mut details);
        details.finish()
    }
}

/// A platform's details and policy.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlatformView {
    /// The registration's slug.
    pub registration: String,
    /// What the platform told us.
    pub platform: Option<PlatformDetailsView>,
    /// Which product it is, as far as it is known.
    pub product: Option<String>,
    /// Where its OpenID configuration is, as far as it is known.
    pub openid_configuration_url: Option<String>,
    /// How we treat it.
    pub policy: PolicyView,
    /// Where dynamic registration stands; none when no registration URL was ever given out.
    pub dynamic_registration: Option<DynamicRegistrationView>,
}

impl PlatformView {
    /// The view of a registration's platform, and where dynamic registration stands at `now`.
    pub fn new(registration: &Registration, standing: &Standing, now: Timestamp) -> Self {
        let dynamic_registration = standing
            .invitation
            .as_ref()
            .map(|invitation| DynamicRegistrationView::new(invitation, standing, now));
        let policy = &registration.policy;
        Self {
            registration: registration.slug.to_string(),
            platform: registration.platform.as_ref().map(PlatformDetailsView::new),
            product: registration.product.as_ref().map(|product| product.as_str().to_owned()),
            openid_configuration_url: registration
                .configuration_url
                .as_ref()
                .map(ToString::to_string),
            policy: PolicyView {
                token_audience: policy.token_audience.clone(),
                algorithms: policy.algorithms.names(),
                deployments: policy.deployments,
                leeway_seconds: policy.leeway_seconds,
                allow_anonymous: policy.allow_anonymous,
                allow_http: policy.allow_http,
                allow_private_network: policy.allow_private_network,
                frame_ancestors: policy.frame_ancestors.clone(),
                identity: identity::effective(registration),
                identity_automatic: policy.identity.is_none(),
            },
            dynamic_registration,
        }
    }
}

/// How we treat a platform.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PolicyView {
    /// Audience of client assertions, when it is not the access token URL.
    pub token_audience: Option<String>,
    /// What launches may be signed with.
    pub algorithms: Vec<&'static str>,
    /// What happens to launches from unknown deployments.
    pub deployments: DeploymentPolicy,
    /// How far the clocks may differ.
    pub leeway_seconds: u16,
    /// Whether launches without a user are let in.
    pub allow_anonymous: bool,
    /// Whether end points may use http.
    pub allow_http: bool,
    /// Whether end points may lie in a private network.
    pub allow_private_network: bool,
    /// Further origins that may frame our pages.
    pub frame_ancestors: Vec<String>,
    /// By what users are told apart from those of other registrations.
    pub identity: Identity,
    /// Whether that comes of what is known of the issuer.
    pub identity_automatic: bool,
}

impl View for PlatformView {
    fn table(&self, style: Style) -> String {
        let yes_no = |value: bool| if value { "yes" } else { "no" };
        let policy = &self.policy;
        let mut details = Details::new(style);
        details.add("Registration", &self.registration);
        details.section("Platform details");
        PlatformDetailsView::add_to(&mut details, self.platform.as_ref());
        if let Some(product) = &self.product {
            details.add("Product", product);
        }
        if let Some(url) = &self.openid_configuration_url {
            details.add("OpenID configuration", url);
        }
        details.section("Policy");
        details.add(
            "Token audience",
            policy.token_audience.as_deref().unwrap_or("the access token URL"),
        );
        details.add("Signing algorithms", &policy.algorithms.join(", "));
        details.add(
            "Unknown deployments",
            match policy.deployments {
                DeploymentPolicy::Known => "refused",
                DeploymentPolicy::Accept => "accepted and added",
            },
        );
        details.add("Clock leeway", &format!("{}s", policy.leeway_seconds));
        details.add("Anonymous launches", yes_no(policy.allow_anonymous));
        details.add("Plain http", yes_no(policy.allow_http));
        details.add("Private network", yes_no(policy.allow_private_network));
        details.add(
            "Further frame ancestors",
            &if policy.frame_ancestors.is_empty() {
                "none".to_owned()
            } else {
                policy.frame_ancestors.join(" ")
            },
        );
        let automatic = if policy.identity_automatic { " (automatic)" } else { "" };
        details.add("Users told apart by", &format!("{}{automatic}", policy.identity));
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.registration.clone()]
    }
}
