//! Login and launch, as the server does them: one look into the database, the protocol's checks, one write.
//!
//! A login writes nothing: its state is authenticated, not stored. A launch spends its nonce and stores course, link, session and log entry in one transaction, so
//! a launch that was answered is on disk, and a nonce is spent once however many servers there are. Whatever is refused becomes one value that is both the log
//! entry and the error page.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::Failure;
use super::throttle::Throttle;
use crate::domain::{
    Clock, Deployment, DeploymentId, DeploymentPolicy, Launch, LaunchId, Name, Outcome, PlatformDetails, PlatformPolicy, PublicUrl, Random, Registration,
    Resource, Session, SessionHandle, Settings, Visit,
};
use crate::lti::Refusal;
use crate::lti::claims::Claims;
use crate::lti::id_token::{self, Expectation, Unverified};
use crate::lti::login::{self, AuthenticationRequest, AuthenticationResponse, LoginRequest};
use crate::lti::roles::{self, Role};
use crate::lti::state::{self, LoginState, StateKey};
use crate::platform::{Keysets, Reach};
use crate::store::{self, LinkServices, Pool, Read};

/// Where the platform posts the id_token: "Tool URL" and redirect URI.
pub const LAUNCH_PATH: &str = "/lti/launch";

/// What this server can be launched with.
const MESSAGE_TYPES: &[&str] = &["LtiResourceLinkRequest"];

/// How long a spent nonce is remembered after its state was made: for as long as the state is good, and the largest difference between clocks.
const NONCE_MEMORY: SignedDuration = SignedDuration::from_secs(state::LIFETIME_SECONDS + PlatformPolicy::LARGEST_LEEWAY as i64);

/// The most bytes of origins in one header; a tool with more platforms than that shows launch errors without a known platform outside of frames only.
/// Proxies take no more than 4 kB for all headers of an answer unless they are told to (nginx, `proxy_buffer_size`).
const LONGEST_ANCESTORS: usize = 3000;

/// What the server needs for logins and launches; cheap to clone.
#[derive(Clone)]
pub struct LaunchService {
    /// The database.
    pub pool: Pool,
    /// The platforms' keysets.
    pub keysets: Keysets,
    /// How many logins and launches each registration, by its key in the database, may have.
    pub throttle: Throttle<i64>,
    /// The key of login states.
    pub state_key: Arc<StateKey>,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
}

/// A login that may go on: where to, and the cookie that binds it to this browser.
pub struct Begun {
    /// The platform's authentication endpoint with the request.
    pub redirect_url: String,
    /// Name of the cookie, one for each login so that tabs do not disturb each other.
    pub cookie_name: String,
    /// Value of the cookie.
    pub cookie_value: String,
    /// How long the cookie is needed, in seconds.
    pub cookie_max_age: i64,
    /// The tool's address, for the path of the cookie.
    pub tool_url: PublicUrl,
}

/// A launch that was let in and is on disk.
pub struct Accepted {
    /// Names the launch in the log.
    pub launch_id: LaunchId,
    /// Names the session in the URL.
    pub handle: SessionHandle,
    /// The session's secret, for the cookie only.
    pub secret: String,
    /// How long the session lasts, in seconds.
    pub lifetime_seconds: u32,
    /// The cookie of the login, which has done its work.
    pub spent_cookie: String,
    /// The tool's address, below which the session's page is.
    pub tool_url: PublicUrl,
}

/// A login or launch that was refused, as the log keeps it and the page shows it.
pub struct Refused {
    /// Names the launch in the log and on the page.
    pub launch_id: LaunchId,
    /// Why.
    pub refusal: Refusal,
    /// The registration's slug, once it is known.
    pub registration: Option<String>,
    /// Who may frame the page.
    pub frame_ancestors: Vec<String>,
    /// The cookie of the login, when there is one that can do no more work.
    pub spent_cookie: Option<String>,
}

/// Why there is no launch.
pub enum NotLaunched {
    /// It was refused, by the rules.
    Refused(Box<Refused>),
    /// The registration has more logins and launches than it may have; the wait until there may be another one. Nothing is logged, so that a flood fills no table.
    TooMany(Duration),
    /// Something failed on our side.
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for NotLaunched {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// The origins that may frame pages for a registration: the issuer's, the authentication endpoint's, and what the admin added.
pub fn frame_ancestors(registration: &Registration) -> Vec<String> {
    let mut origins = BTreeSet::new();
    if let Some(platform) = &registration.platform {
        origins.insert(platform.authentication_request_url.origin());
        if let Ok(issuer) = url::Url::parse(platform.issuer.as_str()) {
            origins.insert(issuer.origin().ascii_serialization());
        }
    }
    origins.extend(registration.policy.frame_ancestors.iter().cloned());
    // What an issuer that is no web address has for an origin.
    origins.remove("null");
    origins.into_iter().collect()
}

/// The origins of every enabled registration, for errors that come before the platform is known.
///
/// # Errors
///
/// The database's own errors.
pub fn all_frame_ancestors(read: Read<'_>) -> Result<Vec<String>, store::Error> {
    let mut origins = BTreeSet::new();
    let mut length = 0;
    // Anybody can ask for such a page, so no more is read than can be said.
    read.framing_registrations_until(|registration| {
        for origin in frame_ancestors(registration) {
            let added = origin.len() + 1;
            length += if origins.insert(origin) { added } else { 0 };
        }
        length > LONGEST_ANCESTORS
    })?;
    Ok(if length > LONGEST_ANCESTORS { Vec::new() } else { origins.into_iter().collect() })
}

/// A platform that is ready for launches.
struct Ready<'r> {
    registration: &'r Registration,
    platform: &'r PlatformDetails,
}

/// A registration that is switched on and complete enough to be talked to.
fn ready(registration: &Registration) -> Result<Ready<'_>, Refusal> {
    match &registration.platform {
        _ if !registration.enabled => Err(Refusal::RegistrationDisabled),
        None => Err(Refusal::RegistrationIncomplete),
        Some(platform) => Ok(Ready { registration, platform }),
    }
}

/// Answers a third-party-initiated login (Security Framework 1.0, 5.1.1): `slug` is the registration in the URL, if it has one.
///
/// # Errors
///
/// Refused, with the log entry written, or failed.
pub async fn begin_login(service: &LaunchService, slug: Option<&str>, parameters: Vec<(String, String)>) -> Result<Begun, NotLaunched> {
    let request = match LoginRequest::from_parameters(parameters) {
        Ok(request) => request,
        Err(refusal) => {
            let registration = slug.map(|slug| service.pool.read(|read| read.registration(slug))).transpose()?.flatten();
            return Err(refuse_unread(service, refusal, registration.as_ref()).await);
        }
    };
    let (settings, found) = service.pool.read(|read| Ok::<_, store::Error>((read.settings()?, find_registration(read, slug, &request)?)))?;
    let registration = match found {
        Ok(registration) => registration,
        Err(refusal) => return Err(refuse_login(service, refusal, None).await),
    };
    service.throttle.check(&registration.id).map_err(NotLaunched::TooMany)?;
    match ready(&registration) {
        Ok(ready) => Ok(begun(service, settings, &ready, &request)),
        Err(refusal) => Err(refuse_login(service, refusal, Some(&registration)).await),
    }
}

/// Which registration a login is for (core launch, 1.1).
fn find_registration(read: Read<'_>, slug: Option<&str>, request: &LoginRequest) -> Result<Result<Registration, Refusal>, store::Error> {
    let unknown = |read: Read<'_>| -> Result<Refusal, store::Error> {
        let issuers = read.issuers()?;
        let known: Vec<&str> = issuers.iter().map(String::as_str).collect();
        Ok(Refusal::RegistrationUnknown {
            issuer: request.iss.clone(),
            client_id: request.client_id.clone(),
            slug: slug.map(str::to_owned),
            near_miss: login::near_miss(&request.iss, &known),
        })
    };
    let fits = |registration: &Registration| match &registration.platform {
        None => true,
        Some(platform) => {
            platform.issuer.as_str() == request.iss && request.client_id.as_deref().is_none_or(|client_id| client_id == platform.client_id.as_str())
        }
    };
    if let Some(slug) = slug {
        return match read.registration(slug)?.filter(fits) {
            Some(registration) => Ok(Ok(registration)),
            None => Ok(Err(unknown(read)?)),
        };
    }
    let mut registrations = read.registrations_of_issuer(&request.iss, request.client_id.as_deref())?;
    match registrations.len() {
        1 => Ok(Ok(registrations.remove(0))),
        0 => Ok(Err(unknown(read)?)),
        _ => Ok(Err(Refusal::RegistrationAmbiguous {
            issuer: request.iss.clone(),
            slugs: registrations.into_iter().map(|registration| registration.slug.to_string()).collect(),
        })),
    }
}

fn begun(service: &LaunchService, settings: Settings, ready: &Ready<'_>, request: &LoginRequest) -> Begun {
    let login_state = LoginState {
        registration: ready.registration.slug.to_string(),
        nonce: state::nonce_from(service.random.bytes()),
        issued_at: service.clock.now().as_second(),
        target_link_uri_digest: state::digest(&request.target_link_uri),
        deployment_id_digest: request.lti_deployment_id.as_deref().map(state::digest),
        storage_target: request.lti_storage_target.is_some(),
    };
    let sealed = login_state.seal(&service.state_key);
    let authentication = AuthenticationRequest {
        endpoint: ready.platform.authentication_request_url.as_str(),
        client_id: ready.platform.client_id.as_str(),
        redirect_uri: &settings.url.join(LAUNCH_PATH),
        login_hint: &request.login_hint,
        lti_message_hint: request.lti_message_hint.as_deref(),
        nonce: &login_state.nonce,
        state: &sealed,
    };
    Begun {
        redirect_url: authentication.to_url(),
        cookie_name: state::cookie_name(&sealed),
        cookie_value: state::cookie_value(&sealed, &service.state_key),
        cookie_max_age: state::LIFETIME_SECONDS,
        tool_url: settings.url,
    }
}

/// Refuses a request to the login or launch URL whose query or form cannot be read; `slug` is the registration in the URL, if it has one.
pub async fn unreadable(service: &LaunchService, slug: Option<&str>, problem: &'static str) -> NotLaunched {
    let registration = match slug.map(|slug| service.pool.read(|read| read.registration(slug))).transpose() {
        Ok(registration) => registration.flatten(),
        Err(error) => return error.into(),
    };
    refuse_unread(service, Refusal::ParameterMalformed { parameter: "form".to_owned(), problem }, registration.as_ref()).await
}

/// Refuses a request that was not understood; it counts against its registration as one that was, or the log would be open to anybody.
async fn refuse_unread(service: &LaunchService, refusal: Refusal, registration: Option<&Registration>) -> NotLaunched {
    match registration.map(|registration| service.throttle.check(&registration.id)) {
        Some(Err(wait)) => NotLaunched::TooMany(wait),
        _ => refuse_login(service, refusal, registration).await,
    }
}

async fn refuse_login(service: &LaunchService, refusal: Refusal, registration: Option<&Registration>) -> NotLaunched {
    let attempt = Attempt { registration: registration.cloned(), ..Attempt::default() };
    refuse(service, refusal, attempt, None).await
}

/// What is known of an attempt when it is refused.
#[derive(Default)]
struct Attempt {
    registration: Option<Registration>,
    /// Only once the signature held.
    claims: Option<Box<Claims>>,
    spent_cookie: Option<String>,
    resource: Option<String>,
}

/// Answers an authentication response (core launch, sections 3 and 4); `cookie` gives the browser's cookie of a name.
///
/// # Errors
///
/// Refused, with the log entry written, or failed.
pub async fn accept(service: &LaunchService, parameters: Vec<(String, String)>, cookie: impl Fn(&str) -> Option<String>) -> Result<Accepted, NotLaunched> {
    let now = service.clock.now();
    let mut attempt = Attempt::default();
    let response = match AuthenticationResponse::from_parameters(parameters) {
        Ok(response) => response,
        Err(refusal) => return Err(refuse(service, refusal, attempt, None).await),
    };
    let sealed = response.state.as_deref().unwrap_or_default();
    let login_state = match LoginState::open(sealed, &service.state_key, now.as_second()) {
        Ok(login_state) => login_state,
        Err(refusal) => return Err(refuse(service, refusal, attempt, None).await),
    };
    attempt.spent_cookie = Some(state::cookie_name(sealed));
    // The token is taken apart now, so that one look into the database answers everything; what is wrong with it is said in its turn.
    let token = response.id_token.as_deref().map(id_token::parse);
    let Some(mut known) = service.pool.read(|read| look_up(read, &login_state, token.as_ref().and_then(|token| token.as_ref().ok())))? else {
        let refusal = Refusal::RegistrationUnknown { issuer: String::new(), client_id: None, slug: Some(login_state.registration), near_miss: None };
        return Err(refuse(service, refusal, attempt, None).await);
    };
    service.throttle.check(&known.registration.id).map_err(NotLaunched::TooMany)?;
    attempt.registration = Some(known.registration.clone());
    let bound = cookie(&state::cookie_name(sealed)).is_some_and(|value| state::cookie_matches(sealed, &value, &service.state_key));
    let checked = match check_state(&known, bound, &response) {
        Ok(()) => check_token(service, &known, &login_state, token, now).await,
        Err(refusal) => Err(Turned { refusal, claims: None, spends_nonce: false }),
    };
    let (claims, role) = match checked {
        Ok(checked) => checked,
        Err(turned) => {
            attempt.claims = turned.claims;
            let nonce = turned.spends_nonce.then(|| (login_state.nonce.clone(), nonce_expiry(&login_state)));
            return Err(refuse(service, turned.refusal, attempt, nonce).await);
        }
    };
    let nonce = (login_state.nonce.clone(), nonce_expiry(&login_state));
    match usable_resource(&claims, known.resource.take()) {
        Ok(resource) => admit(service, known, resource, *claims, role, nonce, attempt, now).await,
        Err((refusal, resource)) => {
            attempt.claims = Some(claims);
            attempt.resource = resource;
            Err(refuse(service, refusal, attempt, Some(nonce)).await)
        }
    }
}

/// What one look into the database says about a launch.
struct Known {
    settings: Settings,
    registration: Registration,
    nonce_is_spent: bool,
    deployment_exists: bool,
    resource: Option<Resource>,
}

fn look_up(read: Read<'_>, login_state: &LoginState, token: Option<&Unverified<'_>>) -> Result<Option<Known>, store::Error> {
    let Some(registration) = read.registration(&login_state.registration)? else { return Ok(None) };
    let deployment_exists = match token.and_then(Unverified::claimed_deployment_id) {
        Some(deployment_id) => read.deployment(registration.id, deployment_id)?.is_some(),
        None => false,
    };
    let resource = match token.and_then(Unverified::claimed_custom_id).and_then(|id| Uuid::parse_str(id.trim()).ok()) {
        Some(uuid) => read.resource_by_uuid(&uuid)?,
        None => None,
    };
    Ok(Some(Known { settings: read.settings()?, nonce_is_spent: read.nonce_is_spent(&login_state.nonce)?, deployment_exists, resource, registration }))
}

/// Check 1, as far as the state itself does not tell, and check 2.
fn check_state(known: &Known, bound_to_browser: bool, response: &AuthenticationResponse) -> Result<(), Refusal> {
    if known.nonce_is_spent {
        return Err(Refusal::StateReused);
    }
    if !bound_to_browser {
        return Err(Refusal::CookieMissing);
    }
    match &response.error {
        Some(error) => Err(Refusal::PlatformError { error: error.clone(), description: response.error_description.clone() }),
        None => Ok(()),
    }
}

/// A launch that was turned away by a check of its token.
struct Turned {
    refusal: Refusal,
    claims: Option<Box<Claims>>,
    spends_nonce: bool,
}

impl From<Refusal> for Turned {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, claims: None, spends_nonce: false }
    }
}

/// Checks 3 to 21.
async fn check_token(
    service: &LaunchService,
    known: &Known,
    login_state: &LoginState,
    token: Option<Result<Unverified<'_>, Refusal>>,
    now: Timestamp,
) -> Result<(Box<Claims>, Role), Turned> {
    let ready = ready(&known.registration)?;
    let token = token.ok_or_else(|| Refusal::TokenMalformed { problem: "the form has no id_token".into() })??;
    let policy = &ready.registration.policy;
    // What could not be stored exactly as it came would be let in and never be seen in a list.
    let may_be_added = policy.deployments == DeploymentPolicy::Accept
        && token.claimed_deployment_id().is_some_and(|claimed| DeploymentId::new(claimed).is_ok_and(|stored| stored.as_str() == claimed));
    let tool_origin = known.settings.url.to_url().origin().ascii_serialization();
    let algorithms = policy.algorithms.names();
    let expectation = Expectation {
        algorithms: &algorithms,
        issuer: ready.platform.issuer.as_str(),
        client_id: ready.platform.client_id.as_str(),
        nonce: &login_state.nonce,
        target_link_uri_digest: login_state.target_link_uri_digest,
        deployment_id_digest: login_state.deployment_id_digest,
        deployment_known: known.deployment_exists || may_be_added,
        tool_origin: &tool_origin,
        leeway_seconds: i64::from(policy.leeway_seconds),
        allow_anonymous: policy.allow_anonymous,
        message_types: MESSAGE_TYPES,
        keyset_url: ready.platform.keyset_url.as_str(),
    };
    let kid = token.check_parties(&expectation)?.to_owned();
    let reach = Reach::for_registration(policy, known.settings.url.is_loopback());
    let key = service.keysets.key(ready.platform.keyset_url.as_str(), &kid, reach, now).await?;
    match token.verify(&expectation, &key, now.as_second()) {
        Ok(verified) => Ok((Box::new(verified.claims), verified.role)),
        Err(rejected) => Err(Turned { refusal: rejected.refusal, claims: rejected.claims, spends_nonce: rejected.nonce_spent }),
    }
}

/// The resource that the link names, if it can be visited; otherwise why not, and its slug.
fn usable_resource(claims: &Claims, resource: Option<Resource>) -> Result<Resource, (Refusal, Option<String>)> {
    let id = claims.custom().get("id").map(|id| id.trim()).unwrap_or_default();
    match resource {
        Some(resource) if resource.published => Ok(resource),
        Some(resource) => Err((Refusal::ResourceUnpublished { slug: resource.slug.to_string() }, Some(resource.slug.to_string()))),
        None if id.is_empty() => Err((Refusal::ResourceIdMissing, None)),
        None => Err((Refusal::ResourceUnknown { id: id.to_owned() }, None)),
    }
}

fn nonce_expiry(login_state: &LoginState) -> Timestamp {
    Timestamp::from_second(login_state.issued_at).unwrap_or(Timestamp::UNIX_EPOCH) + NONCE_MEMORY
}

/// The one write of a launch that passed every check.
#[expect(clippy::too_many_arguments, reason = "each is a different thing that the one write stores")]
async fn admit(
    service: &LaunchService,
    known: Known,
    resource: Resource,
    claims: Claims,
    role: Role,
    (nonce, nonce_expires_at): (String, Timestamp),
    attempt: Attempt,
    now: Timestamp,
) -> Result<Accepted, NotLaunched> {
    let registration = known.registration;
    let lifetime_seconds = known.settings.session_lifetime.seconds();
    let secret_bytes = service.random.bytes::<32>();
    let session = Session {
        handle: SessionHandle::fresh(&service.random),
        secret_digest: super::visit::secret_digest(&secret_bytes),
        launch_id: LaunchId::fresh(now, &service.random),
        registration_id: registration.id,
        resource_id: resource.id,
        visit: visit(&claims, role, registration.platform.as_ref()),
        created_at: now,
        expires_at: now + SignedDuration::from_secs(i64::from(lifetime_seconds)),
    };
    let launch =
        log_entry(session.launch_id.clone(), now, Outcome::Accepted, Some(&registration), Some(resource.slug.as_str()), Some((&claims, &session.visit)));
    let services = link_services(&claims);
    let new_deployment = match known.deployment_exists {
        true => None,
        false => claims.deployment_id().and_then(|id| Some(Deployment { deployment_id: DeploymentId::new(id).ok()?, name: Name::new(id).ok()? })),
    };
    let (handle, launch_id) = (session.handle.clone(), session.launch_id.clone());
    let added = new_deployment.as_ref().map(|deployment: &Deployment| deployment.deployment_id.clone());
    let (registration_id, known_deployment) = (registration.id, known.deployment_exists);
    let refusal = service
        .pool
        .write(move |write| {
            // The platform's keyset may have taken seconds to come: what was switched off or removed meanwhile lets nobody in.
            if !write.lets_in(registration_id, known_deployment.then_some(session.visit.deployment_id.as_str()))? {
                return Ok::<_, store::Error>(Some(Refusal::RegistrationDisabled));
            }
            if !write.spend_nonce(&nonce, nonce_expires_at)? {
                return Ok(Some(Refusal::NonceReused));
            }
            if let Some(deployment) = &new_deployment {
                write.insert_deployment(registration_id, deployment, now)?;
            }
            write.remember_link(registration_id, session.resource_id, &session.visit, &services)?;
            write.insert_session(&session)?;
            write.insert_launch(&launch)?;
            Ok(None)
        })
        .await?;
    if let Some(refusal) = refusal {
        return Err(refuse(service, refusal, attempt, None).await);
    }
    if let Some(deployment) = added {
        tracing::info!(launch = %launch_id, registration = %registration.slug, deployment = deployment.as_str(), "a new deployment was accepted");
    }
    tracing::info!(launch = %launch_id, registration = %registration.slug, resource = %resource.slug, role = role.as_str(), "launch accepted");
    Ok(Accepted {
        launch_id,
        handle,
        secret: super::visit::secret_text(&secret_bytes),
        lifetime_seconds,
        spent_cookie: attempt.spent_cookie.unwrap_or_default(),
        tool_url: known.settings.url,
    })
}

/// Writes the log entry of a refused attempt, spending its nonce if it got that far.
async fn refuse(service: &LaunchService, refusal: Refusal, attempt: Attempt, nonce: Option<(String, Timestamp)>) -> NotLaunched {
    let now = service.clock.now();
    let launch_id = LaunchId::fresh(now, &service.random);
    let slug = attempt.registration.as_ref().map(|registration| registration.slug.to_string());
    let outcome =
        Outcome::Refused { reason: refusal.code(), cause: refusal.cause(), actor: refusal.actor().as_str().to_owned(), fix: refusal.fix(slug.as_deref()) };
    tracing::warn!(launch = %launch_id, registration = slug.as_deref().unwrap_or("-"), reason = refusal.code(), "launch refused");
    // A launch that spent nothing may still come right, in another tab or after a repair: its cookie stays.
    let spent_cookie = attempt.spent_cookie.filter(|_| nonce.is_some());
    let platform = attempt.registration.as_ref().and_then(|registration| registration.platform.as_ref());
    let claims = attempt.claims.as_deref().map(|claims| (claims, visit(claims, roles::decide(claims.roles().iter().map(String::as_str)), platform)));
    let claims = claims.as_ref().map(|(claims, visit)| (*claims, visit));
    let launch = log_entry(launch_id.clone(), now, outcome, attempt.registration.as_ref(), attempt.resource.as_deref(), claims);
    let written = service
        .pool
        .write(move |write| {
            if let Some((nonce, expires_at)) = &nonce {
                write.spend_nonce(nonce, *expires_at)?;
            }
            write.insert_launch(&launch)
        })
        .await;
    let frame_ancestors = match &attempt.registration {
        Some(registration) => Ok(frame_ancestors(registration)),
        None => service.pool.read(all_frame_ancestors),
    };
    match (written, frame_ancestors) {
        (Ok(()), Ok(frame_ancestors)) => NotLaunched::Refused(Box::new(Refused { launch_id, refusal, registration: slug, frame_ancestors, spent_cookie })),
        (Err(error), _) | (_, Err(error)) => NotLaunched::Failed(error.into()),
    }
}

fn log_entry(
    id: LaunchId,
    at: Timestamp,
    outcome: Outcome,
    registration: Option<&Registration>,
    resource: Option<&str>,
    claims: Option<(&Claims, &Visit)>,
) -> Launch {
    let mut launch = Launch {
        id,
        at,
        outcome,
        registration: registration.map(|registration| registration.slug.to_string()),
        resource: resource.map(str::to_owned),
        deployment_id: None,
        message_type: None,
        sub: None,
        user_name: None,
        role: None,
        context_title: None,
        resource_link_id: None,
        resource_link_title: None,
    };
    if let Some((claims, visit)) = claims {
        launch.deployment_id = claims.deployment_id().map(str::to_owned);
        launch.message_type = claims.message_type().map(str::to_owned);
        launch.sub.clone_from(&visit.sub);
        launch.user_name.clone_from(&visit.name);
        launch.role = Some(visit.role.clone());
        launch.context_title = visit.context_title.as_ref().or(visit.context_label.as_ref()).cloned();
        launch.resource_link_id = Some(visit.resource_link_id.clone()).filter(|id| !id.is_empty());
        launch.resource_link_title.clone_from(&visit.resource_link_title);
    }
    launch
}

/// What the pages and the app behind them need of a launch.
fn visit(claims: &Claims, role: Role, platform: Option<&PlatformDetails>) -> Visit {
    let owned = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let given_and_family = || {
        let names: Vec<&str> = [claims.given_name(), claims.family_name()].into_iter().flatten().filter(|name| !name.is_empty()).collect();
        (!names.is_empty()).then(|| names.join(" "))
    };
    let (context, link, instance) = (claims.context(), claims.resource_link(), claims.tool_platform());
    let (context, link, instance) = (context.as_ref(), link.as_ref(), instance.as_ref());
    Visit {
        issuer: claims.issuer().unwrap_or_default().to_owned(),
        client_id: platform.map(|platform| platform.client_id.to_string()).unwrap_or_default(),
        sub: owned(claims.sub()),
        name: owned(claims.name()).or_else(given_and_family),
        given_name: owned(claims.given_name()),
        family_name: owned(claims.family_name()),
        email: owned(claims.email()),
        locale: owned(claims.locale()),
        role: role.as_str().to_owned(),
        roles: claims.roles().to_vec(),
        deployment_id: claims.deployment_id().unwrap_or_default().to_owned(),
        context_id: context.and_then(|context| owned(Some(context.id))),
        context_label: context.and_then(|context| owned(context.label)),
        context_title: context.and_then(|context| owned(context.title)),
        context_types: context.map(|context| context.types.iter().map(|kind| (*kind).to_owned()).collect()).unwrap_or_default(),
        resource_link_id: link.map(|link| link.id.to_owned()).unwrap_or_default(),
        resource_link_title: link.and_then(|link| owned(link.title)),
        platform_name: instance.and_then(|instance| owned(instance.name)),
        platform_product: instance.and_then(|instance| owned(instance.product_family_code)),
        custom: claims.custom().clone(),
    }
}

fn link_services(claims: &Claims) -> LinkServices {
    let grades = claims.ags_endpoint();
    let grades = grades.as_ref();
    LinkServices {
        lineitem_url: grades.and_then(|grades| grades.lineitem.map(str::to_owned)),
        lineitems_url: grades.and_then(|grades| grades.lineitems.map(str::to_owned)),
        grade_scopes: grades.map(|grades| grades.scope.join(" ")).filter(|scopes| !scopes.is_empty()),
        memberships_url: claims.names_and_roles().and_then(|members| members.context_memberships_url.map(str::to_owned)),
    }
}
