//! Dynamic registration: from an invitation to an active registration (LTI Dynamic Registration
//! 1.0).
//!
//! The order makes it safe: the tool's own token is checked before any request is sent, the attempt
//! is on disk before the registration request is sent to the platform, and the platform's response
//! is stored in the same transaction that closes the invitation. So this server cannot be used to
//! probe other hosts, and no successful registration is lost.

mod failed;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::domain::{
    AttemptOutcome, ClientId, Clock, Deployment, DeploymentId, DeploymentPolicy, EndpointUrl,
    Invitation, InvitationLifetime, Issuer, PlatformDetails, Product, Registration,
    RegistrationAttempt, RegistrationRef, Settings, Slug,
};
use crate::failure::Failure;
use crate::lms;
use crate::lti::course_history::CUSTOM_PARAMETERS;
use crate::lti::dynamic_registration::{
    Configuration, Permitted, RegistrationResponse, ToolDescription, registration_request,
};
use crate::platform::{NetworkAccess, PlatformClient};
use crate::rules::carry_over::{self, UserDecision};
use crate::rules::fairness::Fairness;
use crate::rules::tenancy::{self, Violation};
use crate::rules::{registration, setting, state_key};
use crate::store::{Error, Pool, Read, Store, Write};
use crate::token::MacKey;
use crate::token::confirmation::Confirmation;
use crate::token::invitation;

pub use self::failed::FailedAttempt;

/// Maximum size of a configuration or a response, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 1_000_000;

/// How long an attempt without an outcome counts as under way.
const ATTEMPT_TIMEOUT: SignedDuration = SignedDuration::from_secs(30);

/// Dependencies of dynamic registration; cheap to clone.
#[derive(Clone)]
pub struct Registrar {
    /// The database.
    pub pool: Pool,
    /// The key that authenticates tokens.
    pub state_key: Arc<MacKey>,
    /// Sends requests to platforms.
    pub client: PlatformClient,
    /// The time.
    pub clock: Clock,
    /// The requests in progress, by invitation.
    pub under_way: Fairness<i64>,
}

/// The parameters with which a platform opens the registration URL.
#[derive(Clone)]
pub struct OpenRequest {
    /// The tool's own token.
    pub token: String,
    /// URL of the platform's configuration.
    pub configuration_url: String,
    /// The platform's token for its registration endpoint; some send none.
    pub registration_token: Option<String>,
}

/// The result of opening the registration URL.
pub enum OpenOutcome {
    /// The registration has to be confirmed.
    NeedsConfirmation(Box<ConfirmationRequest>),
    /// The invitation needs no click, and the platform is registered.
    Registered(Box<Registered>),
}

/// What the confirmation page shows.
pub struct ConfirmationRequest {
    /// The registration.
    pub registration: Registration,
    /// What the platform says about itself.
    pub configuration: Configuration,
    /// What the platform will receive.
    pub tool: ToolDescription,
    /// The value that the form sends back.
    pub sealed: String,
    /// The origins that may frame the page.
    pub frame_ancestors: Vec<String>,
}

/// A successful registration.
pub struct Registered {
    /// The registration as it is now.
    pub registration: Registration,
    /// The platform's configuration.
    pub configuration: Configuration,
    /// The deployment in the platform's response.
    pub deployment_id: Option<String>,
    /// Whether the registration had this client ID before.
    pub is_update: bool,
    /// The origins that may frame the page.
    pub frame_ancestors: Vec<String>,
}

/// Why nothing was registered.
pub enum NotRegistered {
    /// The token was not created by this tool. The page gives no details.
    UnknownToken,
    /// The invitation was used, replaced or has expired.
    Closed(Box<Invitation>),
    /// Another request is using this invitation.
    UnderWay,
    /// Too many requests are using the registration URL; another attempt is possible after this
    /// time.
    TooMany(Duration),
    /// The confirmation page is too old, or was not created by this tool.
    ConfirmationExpired,
    /// The platform failed; the reason is stored.
    Failed(Box<FailedAttempt>),
    /// The tool failed.
    Internal(Failure),
}

impl From<Failure> for NotRegistered {
    fn from(failure: Failure) -> Self {
        Self::Internal(failure)
    }
}

impl From<Error> for NotRegistered {
    fn from(error: Error) -> Self {
        Self::Internal(error.into())
    }
}

/// The description of this tool for a platform's registration with this slug.
pub fn tool_description(settings: &Settings, slug: &Slug) -> ToolDescription {
    let url = &settings.url;
    ToolDescription {
        name: settings.name.to_string(),
        logo_url: settings.logo.as_ref().map(|logo| logo.as_str().to_owned()),
        launch_url: url.join("/lti/launch"),
        deep_linking_url: url.join("/lti/deep-link"),
        initiate_login_url: url.join(&format!("/lti/login/{slug}")),
        jwks_url: url.join("/lti/jwks"),
        // From where a copied course and its links come.
        custom: CUSTOM_PARAMETERS
            .map(|(name, variable)| (name.to_owned(), variable.to_owned()))
            .into(),
    }
}

/// Creates a registration URL; earlier URLs stop working.
pub fn invite(
    store: &mut Store,
    slug: &RegistrationRef,
    lifetime: InvitationLifetime,
    auto_confirm: bool,
    now: Timestamp,
) -> Result<Invitation, Failure> {
    store.write(|write| {
        let registration = registration::find(**write, slug)?;
        invite_within(write, registration.id, lifetime, auto_confirm, now)
    })
}

pub(super) fn invite_within(
    write: &Write<'_>,
    registration_id: i64,
    lifetime: InvitationLifetime,
    auto_confirm: bool,
    now: Timestamp,
) -> Result<Invitation, Failure> {
    let expires_at = now.checked_add(lifetime.duration()).unwrap_or(Timestamp::MAX);
    Ok(write.insert_invitation(registration_id, auto_confirm, now, expires_at)?)
}

/// The URL to paste into the platform.
pub fn registration_url(settings: &Settings, key: &MacKey, invitation: &Invitation) -> String {
    settings.url.join(&format!(
        "/lti/register?token={}",
        invitation::token(key, invitation.id, invitation.created_at.as_millisecond())
    ))
}

/// The status of dynamic registration for one registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationStatus {
    /// The newest invitation.
    pub invitation: Option<Invitation>,
    /// Its URL, while it is open.
    pub url: Option<String>,
    /// The newest attempt.
    pub attempt: Option<RegistrationAttempt>,
}

/// The status of dynamic registration for one registration.
pub fn status(
    read: Read<'_>,
    settings: &Settings,
    registration_id: i64,
    now: Timestamp,
) -> Result<RegistrationStatus, Failure> {
    let invitation = read.newest_invitation(registration_id)?;
    let url = match &invitation {
        Some(invitation) if invitation.is_open(now) => {
            Some(registration_url(settings, &state_key::state_key(read)?, invitation))
        }
        _ => None,
    };
    Ok(RegistrationStatus { invitation, url, attempt: read.newest_attempt(registration_id)? })
}

/// The status of every registration with an open URL, by the registration's key, without attempts.
pub fn open_statuses(
    read: Read<'_>,
    settings: &Settings,
    now: Timestamp,
) -> Result<BTreeMap<i64, RegistrationStatus>, Failure> {
    let key = state_key::state_key(read)?;
    let status = |invitation: Invitation| {
        let url = Some(registration_url(settings, &key, &invitation));
        (
            invitation.registration_id,
            RegistrationStatus { invitation: Some(invitation), url, attempt: None },
        )
    };
    Ok(read.open_invitations(now)?.into_iter().map(status).collect())
}

/// A valid invitation and the platform's checked configuration.
struct Prepared {
    invitation: Invitation,
    registration: Registration,
    settings: Settings,
    configuration: Configuration,
    configuration_url: String,
    reach: NetworkAccess,
    frame_ancestors: Vec<String>,
}

/// Opens the registration URL: checks the token, then the platform's configuration. Registers
/// immediately if the invitation needs no confirmation.
///
/// # Errors
///
/// Why nothing was registered. No request is sent before the token has been verified.
pub async fn open(
    registrar: &Registrar,
    request: OpenRequest,
) -> Result<OpenOutcome, NotRegistered> {
    let id = invitation::claimed_id(&request.token).ok_or(NotRegistered::UnknownToken)?;
    let created_at = registrar
        .pool
        .look_up(|read| read.invitation(id))?
        .map(|invitation| invitation.created_at.as_millisecond());
    // Checked even if there is no such invitation, so that both cases take the same time.
    let matches = invitation::token_matches(
        &registrar.state_key,
        &request.token,
        id,
        created_at.unwrap_or_default(),
    );
    if !matches || created_at.is_none() {
        return Err(NotRegistered::UnknownToken);
    }
    let _place = registrar.under_way.enter(id).map_err(NotRegistered::TooMany)?;
    let prepared = prepare(registrar, id, &request.configuration_url).await?;
    let confirmation = Confirmation {
        invitation: id,
        configuration_url: request.configuration_url,
        registration_token: request.registration_token,
        issued_at: registrar.clock.now().as_second(),
    };
    if prepared.invitation.auto_confirm {
        return send(registrar, prepared, &confirmation)
            .await
            .map(|registered| OpenOutcome::Registered(Box::new(registered)));
    }
    Ok(OpenOutcome::NeedsConfirmation(Box::new(ConfirmationRequest {
        tool: tool_description(&prepared.settings, &prepared.registration.slug),
        sealed: confirmation.seal(&registrar.state_key),
        registration: prepared.registration,
        configuration: prepared.configuration,
        frame_ancestors: prepared.frame_ancestors,
    })))
}

/// Registers after a confirmation; `sealed` is the value from the page.
pub async fn confirm(registrar: &Registrar, sealed: &str) -> Result<Registered, NotRegistered> {
    let now = registrar.clock.now().as_second();
    let confirmation = Confirmation::open(sealed, &registrar.state_key, now)
        .ok_or(NotRegistered::ConfirmationExpired)?;
    let _place =
        registrar.under_way.enter(confirmation.invitation).map_err(NotRegistered::TooMany)?;
    let prepared =
        prepare(registrar, confirmation.invitation, &confirmation.configuration_url).await?;
    send(registrar, prepared, &confirmation).await
}

/// Checks the invitation, then fetches and checks the platform's configuration.
async fn prepare(
    registrar: &Registrar,
    id: i64,
    configuration_url: &str,
) -> Result<Prepared, NotRegistered> {
    let now = registrar.clock.now();
    let (invitation, registration, settings) = registrar.pool.look_up(|read| {
        let invitation = still_open(read, id, now)?;
        let registration = read
            .registration_by_id(invitation.registration_id)?
            .ok_or(NotRegistered::UnknownToken)?;
        Ok::<_, NotRegistered>((invitation, registration, read.settings()?))
    })?;
    let on_loopback = settings.url.is_loopback();
    let reach = NetworkAccess::for_registration(&registration.policy, on_loopback);
    let permitted = Permitted { loopback: on_loopback, http: registration.policy.allow_http };
    let mut frame_ancestors: Vec<String> = origin_of(configuration_url).into_iter().collect();
    let failed = FailedAttempt::new(registration.slug.clone(), frame_ancestors.clone());
    let fetched =
        fetch_configuration(&registrar.client, configuration_url, reach, permitted, &failed)
            .await
            .and_then(|configuration| {
                failed.same_issuer(&registration, &configuration).map(|()| configuration)
            });
    let checked = match fetched {
        Ok(configuration) => {
            let allowed = registrar
                .pool
                .read(|read| check_tenancy(read, &registration, &configuration))
                .await?;
            allowed.map_err(|violation| failed.not_kept_apart(&violation)).map(|()| configuration)
        }
        Err(failed) => Err(failed),
    };
    let configuration = match checked {
        Ok(configuration) => configuration,
        Err(failed) => {
            record_failure(registrar, invitation, configuration_url, &failed, now).await?;
            return Err(NotRegistered::Failed(Box::new(failed)));
        }
    };
    for url in [&configuration.issuer, &configuration.registration_endpoint] {
        frame_ancestors.extend(origin_of(url).filter(|origin| !frame_ancestors.contains(origin)));
    }
    Ok(Prepared {
        invitation,
        registration,
        settings,
        configuration,
        configuration_url: configuration_url.to_owned(),
        reach,
        frame_ancestors,
    })
}

/// Fetches the platform's configuration and checks it on its own.
async fn fetch_configuration(
    client: &PlatformClient,
    configuration_url: &str,
    reach: NetworkAccess,
    permitted: Permitted,
    failed: &FailedAttempt,
) -> Result<Configuration, FailedAttempt> {
    let document = client
        .get_json(configuration_url, reach, MAX_DOCUMENT_BYTES)
        .await
        .map_err(|error| failed.configuration(&error))?;
    let configuration =
        Configuration::read(&document.body).map_err(|problem| failed.unusable(&problem))?;
    configuration
        .check(configuration_url, permitted, &lms::clouds())
        .map_err(|problem| failed.unusable(&problem))?;
    Ok(configuration)
}

/// Stores an attempt that failed before the registration request, under the platform's host.
async fn record_failure(
    registrar: &Registrar,
    invitation: Invitation,
    configuration_url: &str,
    failed: &FailedAttempt,
    now: Timestamp,
) -> Result<(), Error> {
    let platform = Url::parse(configuration_url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| "?".to_owned());
    let outcome = failed.outcome();
    registrar
        .pool
        .write(move |write| {
            let attempt = write.insert_attempt(&invitation, &platform, now)?;
            write.finish_attempt(attempt, &outcome, now)
        })
        .await
}

/// Checks the platform's configuration against the [`tenancy`] rules before anything is sent to it.
/// The client ID is only known if a registration is renewed; otherwise it comes with the response.
fn check_tenancy(
    read: Read<'_>,
    registration: &Registration,
    configuration: &Configuration,
) -> Result<Result<(), Violation>, Error> {
    let client_id = registration
        .platform
        .as_ref()
        .map_or("client ID that the platform will choose", |platform| platform.client_id.as_str());
    match described(registration, configuration, client_id) {
        Ok(described) => Ok(tenancy::check(read, &described)?),
        // A value that cannot be stored is reported once the platform has responded.
        Err(_) => Ok(Ok(())),
    }
}

/// The registration with the platform's own details. An audience set by the admin stays; the
/// platform's is used if there is none, or if the stored one no longer fits the token URL.
fn described(
    registration: &Registration,
    configuration: &Configuration,
    client_id: &str,
) -> Result<Registration, Failure> {
    let allow_http = registration.policy.allow_http;
    let endpoint = |label, text: &str| EndpointUrl::new(label, text, allow_http);
    let mut after = registration.clone();
    after.platform = Some(PlatformDetails {
        issuer: Issuer::new(&configuration.issuer, allow_http)?,
        client_id: ClientId::new(client_id)?,
        keyset_url: endpoint("jwks_uri", &configuration.jwks_uri)?,
        access_token_url: endpoint("token_endpoint", &configuration.token_endpoint)?,
        authentication_request_url: endpoint(
            "authorization_endpoint",
            &configuration.authorization_endpoint,
        )?,
    });
    after.product = configuration
        .product
        .as_deref()
        .and_then(|code| Product::new(lms::product(code, &configuration.issuer)).ok());
    tenancy::update_audience(registration, &mut after, false);
    if after.policy.token_audience.is_none()
        || !(after.policy.audience_confirmed || tenancy::has_own_audience(&after))
    {
        after.policy.token_audience =
            configuration.token_audience.as_deref().map(setting::checked_audience).transpose()?;
    }
    Ok(after)
}

fn still_open(read: Read<'_>, id: i64, now: Timestamp) -> Result<Invitation, NotRegistered> {
    let invitation = read.invitation(id)?.ok_or(NotRegistered::UnknownToken)?;
    if invitation.is_open(now) {
        Ok(invitation)
    } else {
        Err(NotRegistered::Closed(Box::new(invitation)))
    }
}

/// Records the attempt, registers at the platform, and stores the response.
async fn send(
    registrar: &Registrar,
    prepared: Prepared,
    confirmation: &Confirmation,
) -> Result<Registered, NotRegistered> {
    let now = registrar.clock.now();
    let (id, issuer) = (prepared.invitation.id, prepared.configuration.issuer.clone());
    // In the transaction, so that only one of two concurrent requests continues.
    let attempt = registrar
        .pool
        .write(move |write| {
            let invitation = still_open(**write, id, now)?;
            if write.attempt_under_way(id, now.checked_sub(ATTEMPT_TIMEOUT).unwrap_or(now))? {
                return Err(NotRegistered::UnderWay);
            }
            Ok::<_, NotRegistered>(write.insert_attempt(&invitation, &issuer, now)?)
        })
        .await?;
    let tool = tool_description(&prepared.settings, &prepared.registration.slug);
    let request = registration_request(&prepared.configuration, &tool);
    let token = confirmation.registration_token.as_deref();
    let failed =
        FailedAttempt::new(prepared.registration.slug.clone(), prepared.frame_ancestors.clone());
    let endpoint = &prepared.configuration.registration_endpoint;
    let (client, reach) = (&registrar.client, prepared.reach);
    let response =
        match client.post_json(endpoint, &request, token, reach, MAX_DOCUMENT_BYTES).await {
            Err(error) => Err(failed.unanswered(&error)),
            Ok(posted) if !(200..300).contains(&posted.status) => {
                Err(failed.refused(posted.status, &posted.body, token))
            }
            Ok(posted) => RegistrationResponse::read(&posted.body)
                .map_err(|problem| failed.unusable(&problem)),
        };
    let now = registrar.clock.now();
    let stored = registrar
        .pool
        .write(move |write| {
            let result = response.and_then(|response| {
                store(write, &prepared, &response, now, failed)
                    .map(|is_update| (response, is_update))
            });
            let outcome =
                result.as_ref().err().map_or(AttemptOutcome::Registered, FailedAttempt::outcome);
            write.finish_attempt(attempt, &outcome, now)?;
            let registration = write
                .registration_by_id(prepared.registration.id)?
                .ok_or(Error::Corrupt("registration"))?;
            Ok::<_, Error>((result, registration, prepared))
        })
        .await?;
    let (result, registration, prepared) = stored;
    let (response, is_update) = result.map_err(|failed| NotRegistered::Failed(Box::new(failed)))?;
    if !is_update {
        warn_of_replacement(&prepared.registration, &response.client_id);
    }
    Ok(Registered {
        registration,
        configuration: prepared.configuration,
        deployment_id: response.deployment_id,
        is_update,
        frame_ancestors: prepared.frame_ancestors,
    })
}

/// Logs that a new tool of the platform has taken the place of an earlier one.
fn warn_of_replacement(before: &Registration, client_id: &str) {
    if let Some(platform) = &before.platform {
        tracing::warn!(
            registration = %before.slug,
            previous = platform.client_id.as_str(),
            client_id,
            "the platform registered this tool as a new one; launches with the previous client ID \
             are refused from now on"
        );
    }
}

/// Stores the platform's response and closes the invitation. Existing deployments and links stay.
/// Returns whether the client ID was known before.
fn store(
    write: &Write<'_>,
    prepared: &Prepared,
    response: &RegistrationResponse,
    now: Timestamp,
    failed: FailedAttempt,
) -> Result<bool, FailedAttempt> {
    let stored = || -> Result<bool, Failure> {
        let before = write
            .registration_by_id(prepared.registration.id)?
            .ok_or(Error::Corrupt("registration"))?;
        let configuration = &prepared.configuration;
        let mut registration = described(&before, configuration, &response.client_id)?;
        let is_update = before.platform.as_ref().map(|platform| &platform.client_id)
            == registration.platform.as_ref().map(|platform| &platform.client_id);
        let lms = configuration
            .product
            .as_deref()
            .and_then(|code| lms::of_family(code, &configuration.issuer));
        if before.platform.is_none() && lms.is_some_and(|(_, lms)| lms.accepts_deployments()) {
            // It creates a deployment for every account and course that installs the tool.
            registration.policy.deployments = DeploymentPolicy::Accept;
        }
        registration.configuration_url =
            without_tokens(&prepared.configuration_url).and_then(|url| {
                EndpointUrl::new("openid_configuration", &url, registration.policy.allow_http).ok()
            });
        tenancy::check(**write, &registration)??;
        let deployment = response.deployment_id.as_deref().map(DeploymentId::new).transpose()?;
        // The invitation was for this registration, so the users are the same.
        carry_over::apply_decision(write, &before, &registration, Some(UserDecision::Keep))?;
        write.update_registration(&registration, now)?;
        if let Some(deployment_id) = deployment {
            let deployment = Deployment { deployment_id, name: None };
            write.insert_deployment(registration.id, &deployment, now)?;
        }
        write.use_invitation(prepared.invitation.id, &configuration.issuer, now)?;
        Ok(is_update)
    };
    stored().map_err(|failure| failed.not_stored(&failure, &response.client_id))
}

/// A configuration's URL as it may be stored and shown: some platforms (Canvas) add a single-use
/// secret token to it.
fn without_tokens(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok()?;
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !name.contains("token"))
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    if kept.len() < url.query_pairs().count() {
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
    }
    Some(url.into())
}

/// Scheme, host and port of a URL.
fn origin_of(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Name;
    use crate::failure::Kind;

    /// The configuration of a platform that names this audience for the tool's assertions.
    fn with_audience(audience: &str) -> Configuration {
        let url = |path: &str| format!("https://lms.example.edu{path}");
        Configuration {
            issuer: url(""),
            authorization_endpoint: url("/auth"),
            token_endpoint: url("/token"),
            jwks_uri: url("/keys"),
            registration_endpoint: url("/register"),
            token_audience: Some(audience.to_owned()),
            ..Configuration::default()
        }
    }

    #[test]
    fn an_audience_that_a_platform_names_follows_the_rules_of_one_that_is_typed() {
        let draft = Registration::draft(
            Slug::new("school").unwrap(),
            Name::new("School").unwrap(),
            Timestamp::UNIX_EPOCH,
        );
        let described = |audience: &str| {
            described(&draft, &with_audience(audience), "client")
                .map(|after| after.policy.token_audience)
        };
        let usual = "https://lms.example.edu/oauth2";
        assert_eq!(described(usual).unwrap().as_deref(), Some(usual));
        for audience in [format!("{usual}/{}", "x".repeat(1_000)), format!("{usual}/\u{1b}[31m")] {
            let Failure { kind, what, .. } = described(&audience).unwrap_err();
            assert_eq!(
                (kind, what.as_str()),
                (Kind::Invalid, "invalid token audience"),
                "{audience}"
            );
        }
    }

    #[test]
    fn a_configurations_url_is_kept_without_tokens() {
        for (url, kept) in [
            (
                "https://lms.example.edu/mod/lti/openid-configuration.php",
                "https://lms.example.edu/mod/lti/openid-configuration.php",
            ),
            (
                "https://lms.example.edu/well_known?tool=7&site=a%20b",
                "https://lms.example.edu/well_known?tool=7&site=a%20b",
            ),
            ("https://canvas.example.edu/c?registration_token=eyJ", "https://canvas.example.edu/c"),
            (
                "https://canvas.example.edu/c?a=1&registration_token=eyJ&b=2",
                "https://canvas.example.edu/c?a=1&b=2",
            ),
        ] {
            assert_eq!(without_tokens(url).as_deref(), Some(kept));
        }
    }
}
