//! The authentication response: state, token, and what the launch is for (core launch, sections 3
//! and 4).

use jiff::{SignedDuration, Timestamp};

use super::candidates::Claimed;
use super::complete::{AccountChoice, PreparedLaunch, SeenRecords, complete};
use super::outcome::{LaunchError, LaunchOutcome};
use super::platform_key::check_with_key;
use super::record::{self, LaunchMessage};
use super::refuse::{Attempt, Nonce, refuse};
use super::resource_access::open_to;
use super::service::{
    Caller, LaunchService, ReadyRegistration, Step, require_ready, require_unchanged,
};
use crate::domain::{
    CheckedLaunch, ConsumerUser, Counted, DeploymentId, DeploymentPolicy, PlatformPolicy,
    PlatformUser, Registration, Resource, ResourceName, Secret, Settings,
};
use crate::launch::platform_storage::{PlatformStorage, storage_digest};
use crate::lti::claims::Claims;
use crate::lti::course_history::CourseHistory;
use crate::lti::id_token::{self, Expectation, Rejected, Unverified, Verified};
use crate::lti::keyset::VerificationKeys;
use crate::lti::login::AuthenticationResponse;
use crate::lti::message::value;
use crate::lti::migration::{self, Migration};
use crate::lti::roles::{self, Role};
use crate::lti::{self, deep_linking};
use crate::platform::NetworkAccess;
use crate::rules::framing::frame_ancestors;
use crate::rules::refusal::Refusal;
use crate::rules::{content_selection, course_copy};
use crate::store::{self, Read, RecordVersion};
use crate::token::login_state::{self, LoginState};

/// The message types that this server accepts.
const MESSAGE_TYPES: &[&str] =
    &[id_token::RESOURCE_LINK_REQUEST, deep_linking::REQUEST, id_token::SUBMISSION_REVIEW_REQUEST];

/// How long a spent nonce is stored after its state was issued: the lifetime of the state plus the
/// largest tolerated clock difference. It is part of the key of stored nonces, so states that were
/// issued by a version with another value could be used twice.
pub const NONCE_LIFETIME: SignedDuration =
    SignedDuration::from_secs(login_state::LIFETIME_SECONDS + PlatformPolicy::MAX_LEEWAY as i64);
const _: () = assert!(NONCE_LIFETIME.as_secs() == 900);

/// A state that this tool issued, with its contents.
struct ReturnedState<'r> {
    sealed: &'r str,
    login: LoginState,
}

impl ReturnedState<'_> {
    /// The nonce of the login, and until when it is stored once it is spent.
    fn nonce(&self) -> (String, Timestamp) {
        (self.login.nonce.clone(), self.nonce_expires_at())
    }

    /// The same for each use of the state, because it is part of the stored nonce's key.
    fn nonce_expires_at(&self) -> Timestamp {
        let issued_at =
            Timestamp::from_second(self.login.issued_at).unwrap_or(Timestamp::UNIX_EPOCH);
        issued_at + NONCE_LIFETIME
    }

    /// Refuses the launch and spends its nonce.
    fn refused_and_spent(&self, refusal: Refusal) -> Rejection {
        let (nonce, stored_until) = self.nonce();
        Rejection::Refused { refusal: Box::new(refusal), nonce: Nonce::Spend(nonce, stored_until) }
    }
}

/// How the response is bound to the browser that started the login.
#[derive(Debug, Clone, PartialEq, Eq)]
enum BrowserBinding {
    /// The browser sent the login's cookie.
    Cookie,
    /// The browser sent no cookie, but the platform may have stored a value for it.
    PlatformStorage(PlatformStorage),
    /// Neither.
    Missing,
}

/// Why a launch is not completed.
enum Rejection {
    /// A check failed.
    Refused { refusal: Box<Refusal>, nonce: Nonce },
    /// There are too many launches, or the tool failed.
    Error(LaunchError),
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { refusal: Box::new(refusal), nonce: Nonce::Untouched }
    }
}

impl From<lti::Refusal> for Rejection {
    fn from(refusal: lti::Refusal) -> Self {
        Refusal::from(refusal).into()
    }
}

impl From<store::Error> for Rejection {
    fn from(error: store::Error) -> Self {
        Self::Error(error.into())
    }
}

/// Handles an authentication response (core launch, sections 3 and 4). `cookie` returns the
/// browser's cookie with a name.
///
/// # Errors
///
/// If the launch is refused, its log entry is written before this returns.
pub async fn accept(
    service: &LaunchService,
    caller: &Caller,
    parameters: Vec<(String, String)>,
    cookie: impl Fn(&str) -> Option<String>,
) -> Result<LaunchOutcome, LaunchError> {
    let mut attempt = Attempt::of(caller);
    match check(service, parameters, cookie, &mut attempt).await {
        Ok(prepared) => complete(service, prepared, attempt).await,
        Err(Rejection::Refused { refusal, nonce }) => {
            Err(Box::pin(refuse(service, *refusal, attempt, nonce)).await)
        }
        Err(Rejection::Error(error)) => Err(error),
    }
}

/// The numbered checks of core launch, section 4, in order. Their results are added to the attempt,
/// for the log entry and the error page.
async fn check(
    service: &LaunchService,
    parameters: Vec<(String, String)>,
    cookie: impl Fn(&str) -> Option<String>,
    attempt: &mut Attempt,
) -> Result<PreparedLaunch, Rejection> {
    let now = service.clock.now();
    // 1: the state is present, was issued by this tool and has not expired.
    let state = value(&parameters, "state").map(str::to_owned);
    let response = match AuthenticationResponse::from_parameters(parameters) {
        Ok(response) => response,
        Err(refusal) => {
            attempt.registration = claimed_registration(service, state.as_deref(), None)?;
            return Err(refusal.into());
        }
    };
    // Parsed early, so that one read of the database is enough.
    let token = response.id_token.as_deref().map(id_token::parse);
    let state = open_state(service, &response, token.as_ref(), attempt, now)?;
    let mut records = read_records(service, &state, token.as_ref(), attempt)?;
    admit(service, &records, attempt)?;
    // 1: the state is unused and bound to this browser. 2: the platform reports no error.
    let binding = find_binding(service, &state, &records, cookie);
    count_return(service, &state, &records, &binding, attempt, now);
    check_state(&records, &binding, &response)?;
    // 3 to 20, and 22.
    let token = token.zip(response.id_token.as_deref());
    let (claims, role) = check_token(service, &state, &records, token, attempt, now).await?;
    if records.resource.is_none() {
        records.resource = resource_of_origin(service, &records, &claims)?;
    }
    // 21: what the message type requires.
    let target = find_target(&claims, role, &records, attempt)
        .map_err(|refusal| state.refused_and_spent(refusal))?;
    prepare(service, &state, records, binding, &claims, target, attempt)
}

/// Check 1, as far as it needs only the state.
fn open_state<'r>(
    service: &LaunchService,
    response: &'r AuthenticationResponse,
    token: Option<&Result<Unverified<'_>, lti::Refusal>>,
    attempt: &mut Attempt,
    now: Timestamp,
) -> Result<ReturnedState<'r>, Rejection> {
    let sealed = response.state.as_deref().unwrap_or_default();
    match LoginState::open(sealed, &service.state_key, now.as_second()) {
        Ok(login) => {
            attempt.spent_cookie = Some(login_state::cookie_name(sealed));
            Ok(ReturnedState { sealed, login })
        }
        Err(error) => {
            let token = token.and_then(|token| token.as_ref().ok());
            attempt.registration = claimed_registration(service, Some(sealed), token)?;
            Err(Refusal::from(error).into())
        }
    }
}

/// The registration of a response without a usable state, for the log and the fix.
fn claimed_registration(
    service: &LaunchService,
    state: Option<&str>,
    token: Option<&Unverified<'_>>,
) -> Result<Option<Registration>, store::Error> {
    let claimed = Claimed::by_response(None, state, token, &service.state_key);
    service.pool.look_up(|read| claimed.registration(read, &service.state_key))
}

/// What the database contains about a launch.
struct Records {
    version: RecordVersion,
    settings: Settings,
    registration: Registration,
    nonce_is_spent: bool,
    deployment_exists: bool,
    resource: Option<Resource>,
    /// Whether the URL of the platform's keyset was changed since the login.
    keyset_changed: bool,
}

/// Reads everything at once. Refuses the launch if its registration was deleted, disabled or
/// changed since the login; the page does not distinguish the first two.
fn read_records(
    service: &LaunchService,
    state: &ReturnedState<'_>,
    token: Option<&Result<Unverified<'_>, lti::Refusal>>,
    attempt: &mut Attempt,
) -> Result<Records, Rejection> {
    let token = token.and_then(|token| token.as_ref().ok());
    service.pool.look_up(|read| {
        let slug = &state.login.registration;
        let registration = read
            .registration(slug)?
            .ok_or_else(|| Refusal::RegistrationDeleted { slug: slug.clone() })?;
        let unchanged = require_ready(&registration)
            .and_then(|ready| require_unchanged(&state.login.digest, &ready));
        let keyset_changed = match unchanged {
            Ok(keyset_changed) => keyset_changed,
            Err(refusal) => {
                attempt.registration = Some(registration);
                return Err(refusal.into());
            }
        };
        let (version, settings) = (read.record_version()?, read.settings()?);
        Ok(Records {
            version,
            nonce_is_spent: read.nonce_is_spent(&state.login.nonce, state.nonce_expires_at())?,
            deployment_exists: deployment_exists(read, &registration, token)?,
            resource: named_resource(read, &settings, token)?,
            settings,
            registration,
            keyset_changed,
        })
    })
}

/// The refusal of a launch whose key or signature failed: if the keyset's URL was changed since the
/// login, that is the reason.
fn key_refusal(refusal: lti::Refusal, records: &Records) -> Refusal {
    let concerns_keys = matches!(
        refusal,
        lti::Refusal::KidNotFound { .. }
            | lti::Refusal::JwksUnreachable { .. }
            | lti::Refusal::JwksBad { .. }
            | lti::Refusal::SignatureInvalid { .. }
    );
    match records.keyset_changed && concerns_keys {
        true => Refusal::RegistrationChanged {
            what: "public keyset URL",
            problem: Some(refusal.cause()),
        },
        false => refusal.into(),
    }
}

fn deployment_exists(
    read: Read<'_>,
    registration: &Registration,
    token: Option<&Unverified<'_>>,
) -> Result<bool, store::Error> {
    match token.and_then(Unverified::claimed_deployment_id) {
        Some(deployment_id) => Ok(read.deployment(registration.id, deployment_id)?.is_some()),
        None => Ok(false),
    }
}

/// The resource that the link names.
fn named_resource(
    read: Read<'_>,
    settings: &Settings,
    token: Option<&Unverified<'_>>,
) -> Result<Option<Resource>, store::Error> {
    let name = token.and_then(|token| {
        resource_name(token.claimed_custom_id(), token.claimed_target_link_uri(), settings)
    });
    match name {
        Some(ResourceName::Uuid(uuid)) => read.resource_by_uuid(&uuid),
        Some(ResourceName::Slug(slug)) => read.resource(&slug),
        Some(ResourceName::Unknown(_)) | None => Ok(None),
    }
}

/// The resource of a link that names none, if the platform says from which link it was copied.
fn resource_of_origin(
    service: &LaunchService,
    records: &Records,
    claims: &Claims,
) -> Result<Option<Resource>, store::Error> {
    let origins = record::origins(CourseHistory::of_claims(claims));
    let (Some(deployment_id), Some(link)) = (claims.deployment_id(), claims.resource_link()) else {
        return Ok(None);
    };
    if origins.links.is_empty() {
        return Ok(None);
    }
    service.pool.look_up(|read| {
        let registration_id = records.registration.id;
        course_copy::resource_of_link(read, registration_id, deployment_id, link.id, &origins)
    })
}

/// How a link names its resource: by its custom parameter `id`, or else by its URL, because the
/// links of some platforms have no custom parameters.
fn resource_name(
    custom_id: Option<&str>,
    target: Option<&str>,
    settings: &Settings,
) -> Option<ResourceName> {
    custom_id
        .and_then(ResourceName::of_custom_id)
        .or_else(|| ResourceName::of_target(target?, &settings.url))
}

/// Takes a place among the launches that are in progress.
fn admit(
    service: &LaunchService,
    records: &Records,
    attempt: &mut Attempt,
) -> Result<(), Rejection> {
    let registration = &records.registration;
    let place = service.admit(Some(registration.id), Step::Launch).map_err(Rejection::Error)?;
    attempt.place = Some(place);
    attempt.frame_ancestors = Some(frame_ancestors(registration));
    attempt.registration = Some(registration.clone());
    Ok(())
}

fn find_binding(
    service: &LaunchService,
    state: &ReturnedState<'_>,
    records: &Records,
    cookie: impl Fn(&str) -> Option<String>,
) -> BrowserBinding {
    let sealed = state.sealed;
    if cookie(&login_state::cookie_name(sealed))
        .is_some_and(|value| login_state::cookie_matches(sealed, &value, &service.state_key))
    {
        return BrowserBinding::Cookie;
    }
    let target = state.login.storage_target.clone();
    let platform = records.registration.platform.as_ref();
    platform
        .and_then(|platform| PlatformStorage::of(platform, sealed, target))
        .map_or(BrowserBinding::Missing, BrowserBinding::PlatformStorage)
}

/// Counts a login whose response arrives for the first time, and whether its cookie is missing.
fn count_return(
    service: &LaunchService,
    state: &ReturnedState<'_>,
    records: &Records,
    binding: &BrowserBinding,
    attempt: &Attempt,
    now: Timestamp,
) {
    if records.nonce_is_spent {
        return;
    }
    let (registration, browser) = (&state.login.registration, attempt.caller.browser.as_str());
    service.tallies.count(Counted::LoginReturned, Some(registration), browser, now);
    if *binding != BrowserBinding::Cookie {
        service.tallies.count(Counted::CookieMissing, Some(registration), browser, now);
    }
}

/// The rest of check 1, and check 2.
fn check_state(
    records: &Records,
    binding: &BrowserBinding,
    response: &AuthenticationResponse,
) -> Result<(), Refusal> {
    if records.nonce_is_spent {
        return Err(Refusal::StateReused);
    }
    if *binding == BrowserBinding::Missing {
        return Err(Refusal::CookieMissing);
    }
    match &response.error {
        Some(error) => Err(lti::Refusal::PlatformError {
            error: error.clone(),
            description: response.error_description.clone(),
        }
        .into()),
        None => Ok(()),
    }
}

/// Checks 3 to 20, and 22. Adds what the token says to the attempt once its signature is verified.
async fn check_token(
    service: &LaunchService,
    state: &ReturnedState<'_>,
    records: &Records,
    token: Option<(Result<Unverified<'_>, lti::Refusal>, &str)>,
    attempt: &mut Attempt,
    now: Timestamp,
) -> Result<(Box<Claims>, Role), Rejection> {
    let ready = require_ready(&records.registration)?;
    let (token, text) = token.ok_or_else(|| lti::Refusal::TokenMalformed {
        problem: "the form has no id_token".into(),
    })?;
    let token = token?;
    let policy = &ready.registration.policy;
    let keyset_url = ready.platform.keyset_url.as_str();
    let tool_origin = records.settings.url.to_url().origin().ascii_serialization();
    let (algorithms, staff_roles) = (policy.algorithms.names(), policy.staff_roles.names());
    let expectation = Expectation {
        algorithms: &algorithms,
        issuer: ready.platform.issuer.as_str(),
        client_id: ready.platform.client_id.as_str(),
        nonce: &state.login.nonce,
        target_link_uri: state.login.target_link_uri,
        deployment_id: state.login.deployment_id,
        deployment_known: records.deployment_exists || may_be_added(policy, &token),
        tool_origin: &tool_origin,
        leeway_seconds: i64::from(policy.leeway_seconds),
        staff_roles: &staff_roles,
        allow_anonymous: policy.allow_anonymous,
        message_types: MESSAGE_TYPES,
        keyset_url,
    };
    let reach = NetworkAccess::for_registration(policy, records.settings.url.is_loopback());
    let verified = verify(service, &ready, reach, &expectation, (token, text), now).await;
    match verified.map_err(|refusal| key_refusal(refusal, records))? {
        Ok(verified) => {
            let (claims, role) = (Box::new(verified.claims), verified.role);
            attempt.message = Some(LaunchMessage::of(&claims, role, ready.registration));
            Ok((claims, role))
        }
        Err(rejected) => {
            attempt.message = rejected.claims.as_deref().map(|claims| {
                let role = roles::decide(claims.roles().iter().map(String::as_str), &staff_roles);
                LaunchMessage::of(claims, role, ready.registration)
            });
            let refusal = key_refusal(rejected.refusal, records);
            match rejected.nonce_spent {
                true => Err(state.refused_and_spent(refusal)),
                false => Err(refusal.into()),
            }
        }
    }
}

/// Checks 4 to 20, and 22. `text` is the token as it came.
async fn verify(
    service: &LaunchService,
    ready: &ReadyRegistration<'_>,
    reach: NetworkAccess,
    expectation: &Expectation<'_>,
    (token, text): (Unverified<'_>, &str),
    now: Timestamp,
) -> Result<Result<Verified, Rejected>, lti::Refusal> {
    let kid = token.check_parties(expectation)?.to_owned();
    let mut token = Some(token);
    let check = |keys: &VerificationKeys| {
        // The second time, it is parsed again.
        let parsed = token.take().map_or_else(|| id_token::parse(text), Ok);
        let token = parsed.map_err(Rejected::unread)?;
        token.verify(expectation, keys, now.as_second())
    };
    check_with_key(service, ready, reach, &kid, now, check).await
}

/// Whether the registration accepts a new deployment under the ID that the token claims. An ID that
/// cannot be stored exactly as it came is refused, because it would never appear in a list.
fn may_be_added(policy: &PlatformPolicy, token: &Unverified<'_>) -> bool {
    policy.deployments == DeploymentPolicy::Accept
        && token.claimed_deployment_id().is_some_and(|claimed| {
            DeploymentId::new(claimed).is_ok_and(|stored| stored.as_str() == claimed)
        })
}

/// What a launch is for.
enum LaunchTarget {
    /// The resource with this key in the database.
    Resource(i64),
    /// Content selection, with the platform's settings as JSON.
    Selection(String),
}

/// Check 21: finds the resource, or reads the settings of a content selection.
fn find_target(
    claims: &Claims,
    role: Role,
    records: &Records,
    attempt: &mut Attempt,
) -> Result<LaunchTarget, Refusal> {
    let registration = &records.registration;
    if claims.message_type() == Some(deep_linking::REQUEST) {
        let settings = deep_linking::Settings::read(claims, registration.policy.allow_http)?;
        if role == Role::Learner {
            return Err(Refusal::SelectionNotAllowed { roles: claims.roles().to_vec() });
        }
        return content_selection::stored(&record::stored_settings(settings), None)
            .map(LaunchTarget::Selection)
            .map_err(|_| lti::Refusal::DeepLinkingSettingsMissing.into());
    }
    let name = || {
        let id = claims.custom().get("id").map(String::as_str);
        resource_name(id, claims.target_link_uri(), &records.settings)
    };
    match &records.resource {
        Some(resource) => {
            attempt.resource = Some(resource.slug.clone());
            open_to(resource, registration)?;
            Ok(LaunchTarget::Resource(resource.id))
        }
        None => Err(name().map_or(Refusal::ResourceIdMissing, |name| Refusal::ResourceUnknown {
            id: name.to_text(),
        })),
    }
}

/// Prepares the data to store for a launch that passed every check.
fn prepare(
    service: &LaunchService,
    state: &ReturnedState<'_>,
    records: Records,
    binding: BrowserBinding,
    claims: &Claims,
    target: LaunchTarget,
    attempt: &mut Attempt,
) -> Result<PreparedLaunch, Rejection> {
    let (resource_id, selection) = match target {
        LaunchTarget::Resource(id) => (Some(id), None),
        LaunchTarget::Selection(settings) => (None, Some(settings)),
    };
    let unproven_storage = match binding {
        BrowserBinding::PlatformStorage(storage) => Some(storage),
        BrowserBinding::Cookie | BrowserBinding::Missing => None,
    };
    let details = attempt.message.take().map(|message| message.details);
    let now = service.clock.now();
    let (consumer_user, former_user) = former_user(service, claims, &records.registration, now)?;
    let launch = CheckedLaunch {
        request_id: attempt.caller.request.to_string(),
        message_type: claims.message_type().unwrap_or_default().to_owned(),
        resource_id,
        details: details.unwrap_or_default(),
        services: record::link_services(claims),
        copied_from: record::origins(CourseHistory::of_claims(claims)),
        deployment_known: records.deployment_exists,
        selection,
        consumer_user,
        former_user,
        storage_digest: unproven_storage
            .as_ref()
            .map(|_| storage_digest(&login_state::storage_value(state.sealed, &service.state_key))),
        without_cookies: false,
        signed_in: None,
    };
    Ok(PreparedLaunch {
        caller: attempt.caller.clone(),
        registration: records.registration,
        settings: records.settings,
        launch,
        nonce: Some(state.nonce()),
        unconfirmed_secret: None,
        unproven_storage,
        choice: AccountChoice::None,
        seen: Some(SeenRecords {
            version: records.version,
            resource: records.resource.filter(|resource| Some(resource.id) == resource_id),
        }),
    })
}

/// The person as a user of LTI 1.1, if the platform claims one and signs the claim with one of the
/// stored secrets (Migration 1.0, 6.1). A claim without a valid signature is ignored.
fn former_user(
    service: &LaunchService,
    claims: &Claims,
    registration: &Registration,
    now: Timestamp,
) -> Result<FormerUser, store::Error> {
    let Some((consumer_key, platform)) =
        migration::claimed_consumer_key(claims).zip(registration.platform.as_ref())
    else {
        return Ok((None, None));
    };
    let consumers = service.pool.look_up(|read| {
        let consumers = read.consumers_of_claim(consumer_key)?.into_iter();
        consumers
            .map(|one| Ok((read.consumer_secrets(one.registration.id, now)?, one)))
            .collect::<Result<Vec<_>, store::Error>>()
    })?;
    let client_id = platform.client_id.as_str();
    for (secrets, consumer) in &consumers {
        match migration::check(claims, client_id, secrets.iter().map(Secret::expose)) {
            Migration::Verified { consumer_key, user_id: Some(user_id) } => {
                let user = consumer.platform_user(&consumer_key, &user_id);
                let is_own = consumer_key == consumer.key.as_str();
                let own = ConsumerUser { consumer_key, user_id };
                return Ok((Some(own).filter(|_| is_own), Some(user)));
            }
            Migration::NoClaim | Migration::Verified { user_id: None, .. } => {
                return Ok((None, None));
            }
            Migration::Unsigned | Migration::InvalidSignature => {}
        }
    }
    tracing::warn!(registration = %registration.slug, "a migration claim was ignored: no secret of \
        its consumer key matches its signature");
    Ok((None, None))
}

/// The user that an admin may have linked to an account, and the one who launched by LTI 1.1.
type FormerUser = (Option<ConsumerUser>, Option<PlatformUser>);
