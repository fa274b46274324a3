//! Dynamic registration: from an invitation to an active registration, in one paste (LTI Dynamic
//! Registration 1.0).
//!
//! The order is what keeps it safe: our own token is checked before anything is sent anywhere, the
//! attempt is on disk before the platform is asked to register the tool, and what the platform
//! answered is stored in one transaction with the invitation's end. So nobody can use this server
//! to ask around, and no platform that has said yes is forgotten.

mod failed;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::admin::register;
use crate::domain::{
    AttemptOutcome, ClientId, Clock, Deployment, DeploymentId, DeploymentPolicy, EndpointUrl,
    Invitation, InvitationLifetime, Issuer, Name, PlatformDetails, Product, Registration,
    RegistrationAttempt, Settings, Slug,
};
use crate::failure::Failure;
use crate::lms;
use crate::lti::dynamic_registration::{
    Configuration, Permitted, RegistrationResponse, ToolDescription, registration_request,
};
use crate::platform::{PlatformClient, Reach};
use crate::rules::carry_over::{self, UserDecision};
use crate::rules::fairness::Fairness;
use crate::rules::tenancy::{self, Violation};
use crate::rules::{registration, setting, state_key};
use crate::store::{Error, Pool, Read, Store, Write};
use crate::token::MacKey;
use crate::token::confirmation::Confirmation;
use crate::token::invitation;

pub use self::failed::FailedAttempt;

/// The most bytes of a configuration, and of an answer.
pub const LARGEST_DOCUMENT: usize = 1_000_000;

/// How long an attempt without an outcome counts as under way.
const LONGEST_ATTEMPT: SignedDuration = SignedDuration::from_secs(30);

/// What registering needs; cheap to clone.
#[derive(Clone)]
pub struct Registrar {
    /// The database.
    pub pool: Pool,
    /// The key under which tokens are made.
    pub state_key: Arc<MacKey>,
    /// The way out.
    pub client: PlatformClient,
    /// The time.
    pub clock: Clock,
    /// What is asked of platforms at the moment, by invitation.
    pub under_way: Fairness<i64>,
}

/// What a platform opens the registration URL with.
#[derive(Clone)]
pub struct Opening {
    /// Our own token.
    pub token: String,
    /// Where the platform's configuration is.
    pub configuration_url: String,
    /// The platform's token for its registration endpoint; some send none.
    pub registration_token: Option<String>,
}

/// What comes after opening.
pub enum Opened {
    /// Somebody has to say yes first.
    ToConfirm(Box<ToConfirm>),
    /// The invitation needs no click, and the platform is registered.
    Registered(Box<Registered>),
}

/// What somebody is asked to say yes to.
pub struct ToConfirm {
    /// For which registration.
    pub registration: Registration,
    /// What the platform says about itself.
    pub configuration: Configuration,
    /// What the platform will be told.
    pub tool: ToolDescription,
    /// The value that the form sends back.
    pub sealed: String,
    /// Whose frames may show the page.
    pub frame_ancestors: Vec<String>,
}

/// A platform that was registered.
pub struct Registered {
    /// The registration as it is now.
    pub registration: Registration,
    /// The platform's product, in lower case, for advice.
    pub configuration: Configuration,
    /// The deployment that came along.
    pub deployment_id: Option<String>,
    /// Whether the registration had this client ID before.
    pub is_update: bool,
    /// Whose frames may show the page.
    pub frame_ancestors: Vec<String>,
}

/// Why nothing was registered.
pub enum NotRegistered {
    /// The token is not one of ours; says no more.
    UnknownToken,
    /// The invitation is over.
    Closed(Box<Invitation>),
    /// Another request is registering with this invitation at this moment.
    UnderWay,
    /// The registration URL is open too many times at this moment; there may be another attempt
    /// after this wait.
    TooMany(Duration),
    /// The confirmation page is too old, or not ours.
    ConfirmationExpired,
    /// It went wrong at the platform, and the registration remembers why.
    Failed(Box<FailedAttempt>),
    /// We are at fault.
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

/// What this tool tells platforms about itself, for the registration of that slug.
pub fn tool_description(settings: &Settings, slug: &str) -> ToolDescription {
    let url = &settings.url;
    ToolDescription {
        name: settings.name.to_string(),
        logo_url: settings.logo.as_ref().map(|logo| logo.as_str().to_owned()),
        launch_url: url.join("/lti/launch"),
        deep_linking_url: url.join("/lti/deep-link"),
        initiate_login_url: url.join(&format!("/lti/login/{slug}")),
        jwks_url: url.join("/lti/jwks"),
        // Tells a copied course from its origin.
        custom: BTreeMap::from([("context_history".to_owned(), "$Context.id.history".to_owned())]),
    }
}

/// Makes a draft with a registration URL that is open for the usual time, both or neither; what
/// exists is treated as [`register::create`] does, and gets no URL. Says whether it was made.
pub fn create(
    store: &mut Store,
    name: &Name,
    slug: Option<Slug>,
    if_not_exists: bool,
    now: Timestamp,
) -> Result<(registration::Registered, bool), Failure> {
    store.write(|write| {
        let (registered, made) = register::create_within(write, name, slug, if_not_exists, now)?;
        if made {
            invite_within(write, registered.0.id, InvitationLifetime::default(), false, now)?;
        }
        Ok((registered, made))
    })
}

/// Makes a registration URL; those given out before serve no more.
pub fn invite(
    store: &mut Store,
    slug: &str,
    lifetime: InvitationLifetime,
    auto_confirm: bool,
    now: Timestamp,
) -> Result<Invitation, Failure> {
    store.write(|write| {
        let registration = registration::find(**write, slug)?;
        invite_within(write, registration.id, lifetime, auto_confirm, now)
    })
}

fn invite_within(
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

/// Where dynamic registration stands for one registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The newest invitation.
    pub invitation: Option<Invitation>,
    /// Its URL, while it is open.
    pub url: Option<String>,
    /// The newest attempt.
    pub attempt: Option<RegistrationAttempt>,
}

/// Where dynamic registration stands for one registration.
pub fn standing(
    read: Read<'_>,
    settings: &Settings,
    registration_id: i64,
    now: Timestamp,
) -> Result<Standing, Failure> {
    let invitation = read.newest_invitation(registration_id)?;
    let url = match &invitation {
        Some(invitation) if invitation.is_open(now) => {
            Some(registration_url(settings, &state_key::state_key(read)?, invitation))
        }
        _ => None,
    };
    Ok(Standing { invitation, url, attempt: read.newest_attempt(registration_id)? })
}

/// Where dynamic registration stands for every registration with an open URL, by the registration's
/// key; what was tried is not looked at.
pub fn open_standings(
    read: Read<'_>,
    settings: &Settings,
    now: Timestamp,
) -> Result<BTreeMap<i64, Standing>, Failure> {
    let key = state_key::state_key(read)?;
    let standing = |invitation: Invitation| {
        let url = Some(registration_url(settings, &key, &invitation));
        (invitation.registration_id, Standing { invitation: Some(invitation), url, attempt: None })
    };
    Ok(read.open_invitations(now)?.into_iter().map(standing).collect())
}

/// An invitation that holds, and the platform's configuration, checked.
struct Prepared {
    invitation: Invitation,
    registration: Registration,
    settings: Settings,
    configuration: Configuration,
    configuration_url: String,
    reach: Reach,
    frame_ancestors: Vec<String>,
}

/// Opens the registration URL: checks our token, then the platform's configuration. Registers at
/// once when the invitation says so.
///
/// # Errors
///
/// Why nothing was registered; nothing is asked of anybody before the token has been found to be
/// good.
pub async fn open(registrar: &Registrar, opening: Opening) -> Result<Opened, NotRegistered> {
    let id = invitation::claimed_id(&opening.token).ok_or(NotRegistered::UnknownToken)?;
    let created_at = registrar
        .pool
        .read(|read| read.invitation(id))?
        .map(|invitation| invitation.created_at.as_millisecond());
    // Checked even if there is no such invitation, so that a wrong token takes the same work either
    // way.
    let matches = invitation::token_matches(
        &registrar.state_key,
        &opening.token,
        id,
        created_at.unwrap_or_default(),
    );
    if !matches || created_at.is_none() {
        return Err(NotRegistered::UnknownToken);
    }
    let _place = registrar.under_way.enter(id).map_err(NotRegistered::TooMany)?;
    let prepared = prepare(registrar, id, &opening.configuration_url).await?;
    let confirmation = Confirmation {
        invitation: id,
        configuration_url: opening.configuration_url,
        registration_token: opening.registration_token,
        issued_at: registrar.clock.now().as_second(),
    };
    if prepared.invitation.auto_confirm {
        return send(registrar, prepared, &confirmation)
            .await
            .map(|registered| Opened::Registered(Box::new(registered)));
    }
    Ok(Opened::ToConfirm(Box::new(ToConfirm {
        tool: tool_description(&prepared.settings, prepared.registration.slug.as_str()),
        sealed: confirmation.seal(&registrar.state_key),
        registration: prepared.registration,
        configuration: prepared.configuration,
        frame_ancestors: prepared.frame_ancestors,
    })))
}

/// Registers after somebody has said yes; `sealed` is the value from the page.
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
    let (invitation, registration, settings) = registrar.pool.read(|read| {
        let invitation = still_open(read, id, now)?;
        let registration = read
            .registration_by_id(invitation.registration_id)?
            .ok_or(NotRegistered::UnknownToken)?;
        Ok::<_, NotRegistered>((invitation, registration, read.settings()?))
    })?;
    let frame_ancestors: Vec<String> = origin_of(configuration_url).into_iter().collect();
    let on_loopback = settings.url.is_loopback();
    let reach = Reach::for_registration(&registration.policy, on_loopback);
    let permitted = Permitted { loopback: on_loopback, http: registration.policy.allow_http };
    let mut failed = FailedAttempt::new(registration.slug.clone(), frame_ancestors.clone());
    let checked = async {
        let document = registrar
            .client
            .get_json(configuration_url, reach, LARGEST_DOCUMENT)
            .await
            .map_err(|error| failed.configuration(&error))?;
        let configuration =
            Configuration::read(&document.body).map_err(|problem| failed.unusable(&problem))?;
        configuration
            .check(configuration_url, permitted)
            .map_err(|problem| failed.unusable(&problem))?;
        failed.same_issuer(&registration, &configuration)?;
        Ok(configuration)
    };
    let checked = match checked.await {
        Ok(configuration) => {
            let allowed =
                registrar.pool.read(|read| check_tenancy(read, &registration, &configuration))?;
            allowed.map_err(|violation| failed.not_apart(&violation)).map(|()| configuration)
        }
        Err(failure) => Err(failure),
    };
    match checked {
        Ok(configuration) => {
            let mut frame_ancestors = frame_ancestors;
            for url in [&configuration.issuer, &configuration.registration_endpoint] {
                frame_ancestors
                    .extend(origin_of(url).filter(|origin| !frame_ancestors.contains(origin)));
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
        Err(failure) => {
            let platform = Url::parse(configuration_url)
                .ok()
                .and_then(|url| url.host_str().map(str::to_owned))
                .unwrap_or_else(|| "?".to_owned());
            failed = failure;
            let outcome = failed.outcome();
            registrar
                .pool
                .write(move |write| {
                    let attempt = write.insert_attempt(&invitation, &platform, now)?;
                    write.finish_attempt(attempt, &outcome, now)
                })
                .await?;
            Err(NotRegistered::Failed(Box::new(failed)))
        }
    }
}

/// Checks what the platform says of itself by the rules that keep platforms apart, before anything
/// is sent to it. Our client ID comes with its response only; what is known is the one of a
/// registration that is renewed.
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
        // A value that cannot be stored has its own failure once the platform has responded.
        Err(_) => Ok(Ok(())),
    }
}

/// The registration as the platform describes itself. The admin's audience stays; the platform's
/// own is taken when there is none, or the one that is there does not fit the token URL any more.
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
    tenancy::settle_audience(registration, &mut after, false);
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

/// Records the attempt, registers at the platform, stores its answer.
async fn send(
    registrar: &Registrar,
    prepared: Prepared,
    confirmation: &Confirmation,
) -> Result<Registered, NotRegistered> {
    let now = registrar.clock.now();
    let (id, issuer) = (prepared.invitation.id, prepared.configuration.issuer.clone());
    // Within the transaction, so that of two requests at once only one goes on.
    let attempt = registrar
        .pool
        .write(move |write| {
            let invitation = still_open(**write, id, now)?;
            if write.attempt_under_way(id, now.checked_sub(LONGEST_ATTEMPT).unwrap_or(now))? {
                return Err(NotRegistered::UnderWay);
            }
            Ok::<_, NotRegistered>(write.insert_attempt(&invitation, &issuer, now)?)
        })
        .await?;
    let tool = tool_description(&prepared.settings, prepared.registration.slug.as_str());
    let request = registration_request(&prepared.configuration, &tool);
    let token = confirmation.registration_token.as_deref();
    let failed =
        FailedAttempt::new(prepared.registration.slug.clone(), prepared.frame_ancestors.clone());
    let endpoint = &prepared.configuration.registration_endpoint;
    let answer = match registrar
        .client
        .post_json(endpoint, &request, token, prepared.reach, LARGEST_DOCUMENT)
        .await
    {
        Err(error) => Err(failed.unanswered(&error)),
        Ok(posted) if !(200..300).contains(&posted.status) => {
            Err(failed.refused(posted.status, &posted.body, token))
        }
        Ok(posted) => {
            RegistrationResponse::read(&posted.body).map_err(|problem| failed.unusable(&problem))
        }
    };
    let now = registrar.clock.now();
    let stored = registrar
        .pool
        .write(move |write| {
            let result = answer.and_then(|answer| {
                store(write, &prepared, &answer, now, failed).map(|is_update| (answer, is_update))
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
    match stored {
        (Ok((answer, is_update)), registration, prepared) => Ok(Registered {
            registration,
            configuration: prepared.configuration,
            deployment_id: answer.deployment_id,
            is_update,
            frame_ancestors: prepared.frame_ancestors,
        }),
        (Err(failed), ..) => Err(NotRegistered::Failed(Box::new(failed))),
    }
}

/// Stores what the platform answered and ends the invitation. Deployments and links that are there
/// stay. Says whether the client ID was known before.
fn store(
    write: &Write<'_>,
    prepared: &Prepared,
    answer: &RegistrationResponse,
    now: Timestamp,
    failed: FailedAttempt,
) -> Result<bool, FailedAttempt> {
    let stored = || -> Result<bool, Failure> {
        let before = write
            .registration_by_id(prepared.registration.id)?
            .ok_or(Error::Corrupt("registration"))?;
        let configuration = &prepared.configuration;
        let mut registration = described(&before, configuration, &answer.client_id)?;
        let is_update = before.platform.as_ref().map(|platform| &platform.client_id)
            == registration.platform.as_ref().map(|platform| &platform.client_id);
        if before.platform.is_none() && configuration.is_product("canvas") {
            // Canvas makes a deployment for every account and course that installs the tool.
            registration.policy.deployments = DeploymentPolicy::Accept;
        }
        registration.configuration_url =
            without_tokens(&prepared.configuration_url).and_then(|url| {
                EndpointUrl::new("openid_configuration", &url, registration.policy.allow_http).ok()
            });
        tenancy::check(**write, &registration)??;
        let deployment = answer.deployment_id.as_deref().map(DeploymentId::new).transpose()?;
        // The issuer is the same, and so are its users: the invitation was for this registration.
        carry_over::settle(write, &before, &registration, Some(UserDecision::Keep))?;
        write.update_registration(&registration, now)?;
        if let Some(deployment_id) = deployment {
            let name = Name::new(deployment_id.as_str())?;
            write.insert_deployment(registration.id, &Deployment { deployment_id, name }, now)?;
        }
        write.use_invitation(prepared.invitation.id, &configuration.issuer, now)?;
        Ok(is_update)
    };
    stored().map_err(|failure| failed.not_stored(&failure, &answer.client_id))
}

/// A configuration's URL as it may be kept and shown: what some platforms (Canvas) hang onto it
/// serves once and is secret.
fn without_tokens(address: &str) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
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

/// Scheme, host and port of a web address.
fn origin_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;
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
