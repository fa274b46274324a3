//! The authentication response: state, token, and what the launch is for (core launch, sections 3
//! and 4).

use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::arrive::{Arrival, Choice, go_on};
use super::record::{self, Said};
use super::refuse::{Attempt, Nonce, refuse};
use super::{Caller, LaunchService, Next, NotLaunched, Step, ready};
use crate::domain::{
    CheckedLaunch, ConsumerUser, Counted, DeploymentId, DeploymentPolicy, PlatformPolicy,
    Registration, Resource, Secret, Settings,
};
use crate::launch::platform_storage::PlatformStorage;
use crate::lti::claims::Claims;
use crate::lti::id_token::{self, Expectation, Unverified};
use crate::lti::login::AuthenticationResponse;
use crate::lti::migration::{self, Migration};
use crate::lti::roles::{self, Role};
use crate::lti::{self, deep_linking};
use crate::platform::Reach;
use crate::rules::framing::frame_ancestors;
use crate::rules::refusal::Refusal;
use crate::store::{self, Read};
use crate::token::login_state::{self, LoginState};

/// What this server can be launched with.
const MESSAGE_TYPES: &[&str] = &["LtiResourceLinkRequest", deep_linking::REQUEST];

/// How long a spent nonce is remembered after its state was made: for as long as the state is good,
/// and the largest difference between clocks.
const NONCE_MEMORY: SignedDuration = SignedDuration::from_secs(
    login_state::LIFETIME_SECONDS + PlatformPolicy::LARGEST_LEEWAY as i64,
);

/// How the browser of an answer is known to be the browser of its login.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Binding {
    /// By its cookie.
    Cookie,
    /// Not yet; but the platform keeps something for it, there.
    ToBeProven(PlatformStorage),
    /// Not at all.
    Missing,
}

/// Answers an authentication response (core launch, sections 3 and 4); `cookie` gives the browser's
/// cookie of a name.
///
/// # Errors
///
/// Refused, with the log entry written, or failed.
pub async fn accept(
    service: &LaunchService,
    caller: &Caller,
    parameters: Vec<(String, String)>,
    cookie: impl Fn(&str) -> Option<String>,
) -> Result<Next, NotLaunched> {
    let now = service.clock.now();
    let mut attempt = Attempt::of(caller);
    let response = match AuthenticationResponse::from_parameters(parameters) {
        Ok(response) => response,
        Err(refusal) => return Err(refuse(service, refusal, attempt, Nonce::Untouched).await),
    };
    let sealed = response.state.as_deref().unwrap_or_default();
    let login_state = match LoginState::open(sealed, &service.state_key, now.as_second()) {
        Ok(login_state) => login_state,
        Err(refusal) => return Err(refuse(service, refusal, attempt, Nonce::Untouched).await),
    };
    attempt.spent_cookie = Some(login_state::cookie_name(sealed));
    // The token is taken apart now, so that one look into the database answers everything; what is
    // wrong with it is said in its turn.
    let token = response.id_token.as_deref().map(id_token::parse);
    let mut known = match service.pool.read(|read| {
        look_up(read, &login_state, token.as_ref().and_then(|token| token.as_ref().ok()))
    })? {
        Ok(known) => known,
        Err((refusal, registration)) => {
            attempt.registration = registration;
            return Err(refuse(service, refusal, attempt, Nonce::Untouched).await);
        }
    };
    attempt.place = Some(service.admit(Some(known.registration.id), Step::Launch)?);
    attempt.frame_ancestors = Some(frame_ancestors(&known.registration));
    attempt.registration = Some(known.registration.clone());
    let storage = || {
        PlatformStorage::of(
            known.registration.platform.as_ref()?,
            sealed,
            login_state.storage_target.clone(),
        )
    };
    let binding = match cookie(&login_state::cookie_name(sealed)) {
        Some(value) if login_state::cookie_matches(sealed, &value, &service.state_key) => {
            Binding::Cookie
        }
        _ => storage().map_or(Binding::Missing, Binding::ToBeProven),
    };
    if !known.nonce_is_spent {
        let count = |what| {
            service.tallies.count(what, &login_state.registration, caller.browser.as_str(), now)
        };
        count(Counted::LoginReturned);
        if binding != Binding::Cookie {
            count(Counted::CookieMissing);
        }
    }
    let checked = match check_state(&known, &binding, &response) {
        Ok(()) => check_token(service, &known, &login_state, token, now).await,
        Err(refusal) => Err(Turned { refusal, claims: None, spends_nonce: false }),
    };
    let (nonce, remembered_until) = (login_state.nonce.clone(), nonce_expiry(&login_state));
    let (claims, role) = match checked {
        Ok(checked) => checked,
        Err(turned) => {
            let said = |claims: &Claims| Said {
                message_type: record::message_type(claims),
                visit: record::visit(
                    claims,
                    roles::decide(claims.roles().iter().map(String::as_str)),
                    &known.registration,
                ),
            };
            attempt.said = turned.claims.as_deref().map(said);
            let nonce = match turned.spends_nonce {
                true => Nonce::Spend(nonce, remembered_until),
                false => Nonce::Untouched,
            };
            return Err(refuse(service, turned.refusal, attempt, nonce).await);
        }
    };
    let visit = record::visit(&claims, role, &known.registration);
    attempt.said = Some(Said { message_type: record::message_type(&claims), visit: visit.clone() });
    let errand = match errand(&claims, role, &known.registration, known.resource.take()) {
        Ok(errand) => errand,
        Err((refusal, resource)) => {
            attempt.resource = resource;
            return Err(
                refuse(service, refusal, attempt, Nonce::Spend(nonce, remembered_until)).await
            );
        }
    };
    let (resource_id, selection) = match errand {
        Errand::Resource(resource) => {
            attempt.resource = Some(resource.slug.to_string());
            (Some(resource.id), None)
        }
        Errand::Selection(settings) => (None, Some(settings)),
    };
    let launch = CheckedLaunch {
        request_id: caller.request.to_string(),
        message_type: claims.message_type().unwrap_or_default().to_owned(),
        resource_id,
        visit,
        services: record::link_services(&claims),
        deployment_known: known.deployment_exists,
        selection,
        consumer_user: consumer_user(service, &claims, &known.registration)?,
        storage_digest: matches!(binding, Binding::ToBeProven(_))
            .then(|| storage_digest(&login_state::storage_value(sealed, &service.state_key))),
        without_cookies: false,
    };
    let choice = match binding {
        Binding::ToBeProven(storage) => Choice::WaitForBinding(storage),
        Binding::Cookie | Binding::Missing => Choice::None,
    };
    let nonce = Some((nonce, remembered_until));
    go_on(
        service,
        Arrival {
            caller: caller.clone(),
            registration: known.registration,
            settings: known.settings,
            launch,
            nonce,
            choice,
        },
        attempt,
    )
    .await
}

/// What is kept of the value that the platform keeps for the browser of a login.
pub(super) fn storage_digest(value: &str) -> Vec<u8> {
    digest(&SHA256, value.as_bytes()).as_ref().to_vec()
}

/// What one look into the database says about a launch.
struct Known {
    settings: Settings,
    registration: Registration,
    nonce_is_spent: bool,
    deployment_exists: bool,
    resource: Option<Resource>,
}

/// Looks everything up, or says why the launch ends here: its registration was deleted or disabled
/// since the login, which only the log tells apart.
fn look_up(
    read: Read<'_>,
    login_state: &LoginState,
    token: Option<&Unverified<'_>>,
) -> Result<Result<Known, (Refusal, Option<Registration>)>, store::Error> {
    let Some(registration) = read.registration(&login_state.registration)? else {
        let slug = Some(login_state.registration.clone());
        return Ok(Err((
            Refusal::RegistrationUnknown {
                issuer: String::new(),
                client_id: None,
                slug,
                near_miss: None,
            },
            None,
        )));
    };
    if let Err(refusal) = ready(&registration).map(drop) {
        return Ok(Err((refusal, Some(registration))));
    }
    let deployment_exists = match token.and_then(Unverified::claimed_deployment_id) {
        Some(deployment_id) => read.deployment(registration.id, deployment_id)?.is_some(),
        None => false,
    };
    let resource = match token
        .and_then(Unverified::claimed_custom_id)
        .and_then(|id| Uuid::parse_str(id.trim()).ok())
    {
        Some(uuid) => read.resource_by_uuid(&uuid)?,
        None => None,
    };
    Ok(Ok(Known {
        settings: read.settings()?,
        nonce_is_spent: read.nonce_is_spent(&login_state.nonce)?,
        deployment_exists,
        resource,
        registration,
    }))
}

/// Check 1, as far as the state itself does not tell, and check 2.
fn check_state(
    known: &Known,
    binding: &Binding,
    response: &AuthenticationResponse,
) -> Result<(), Refusal> {
    if known.nonce_is_spent {
        return Err(Refusal::StateReused);
    }
    if *binding == Binding::Missing {
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

/// A launch that was turned away by a check of its token.
struct Turned {
    refusal: Refusal,
    claims: Option<Box<Claims>>,
    spends_nonce: bool,
}

impl<R: Into<Refusal>> From<R> for Turned {
    fn from(refusal: R) -> Self {
        Self { refusal: refusal.into(), claims: None, spends_nonce: false }
    }
}

/// Checks 3 to 22.
async fn check_token(
    service: &LaunchService,
    known: &Known,
    login_state: &LoginState,
    token: Option<Result<Unverified<'_>, lti::Refusal>>,
    now: Timestamp,
) -> Result<(Box<Claims>, Role), Turned> {
    let ready = ready(&known.registration)?;
    let token = token.ok_or_else(|| lti::Refusal::TokenMalformed {
        problem: "the form has no id_token".into(),
    })??;
    let policy = &ready.registration.policy;
    // What could not be stored exactly as it came would be let in and never be seen in a list.
    let may_be_added = policy.deployments == DeploymentPolicy::Accept
        && token.claimed_deployment_id().is_some_and(|claimed| {
            DeploymentId::new(claimed).is_ok_and(|stored| stored.as_str() == claimed)
        });
    let tool_origin = known.settings.url.to_url().origin().ascii_serialization();
    let algorithms = policy.algorithms.names();
    let expectation = Expectation {
        algorithms: &algorithms,
        issuer: ready.platform.issuer.as_str(),
        client_id: ready.platform.client_id.as_str(),
        nonce: &login_state.nonce,
        target_link_uri: login_state.target_link_uri,
        deployment_id: login_state.deployment_id,
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
        Err(rejected) => Err(Turned {
            refusal: rejected.refusal.into(),
            claims: rejected.claims,
            spends_nonce: rejected.nonce_spent,
        }),
    }
}

/// What a launch is for.
enum Errand {
    Resource(Box<Resource>),
    /// Content is to be selected; what the platform says of it, as JSON.
    Selection(String),
}

/// What a launch is for, or why it cannot be done, with the slug of the resource if there is one.
fn errand(
    claims: &Claims,
    role: Role,
    registration: &Registration,
    resource: Option<Resource>,
) -> Result<Errand, (Refusal, Option<String>)> {
    if claims.message_type() != Some(deep_linking::REQUEST) {
        return usable_resource(claims, registration, resource)
            .map(|resource| Errand::Resource(Box::new(resource)));
    }
    let settings = deep_linking::Settings::read(claims, registration.policy.allow_http)
        .map_err(|refusal| (refusal.into(), None))?;
    if role == Role::Learner {
        return Err((Refusal::SelectionNotAllowed { roles: claims.roles().to_vec() }, None));
    }
    serde_json::to_string(&record::stored_settings(settings))
        .map(Errand::Selection)
        .map_err(|_| (lti::Refusal::DeepLinkingSettingsMissing.into(), None))
}

/// Who the person was under LTI 1.1, if the platform says so and signs it with a secret of ours
/// (Migration 1.0, 6.1). Anything less counts for nothing.
fn consumer_user(
    service: &LaunchService,
    claims: &Claims,
    registration: &Registration,
) -> Result<Option<ConsumerUser>, store::Error> {
    let Some((consumer_key, platform)) =
        migration::claimed_consumer_key(claims).zip(registration.platform.as_ref())
    else {
        return Ok(None);
    };
    let secrets = service.pool.read(|read| read.consumer_secrets(consumer_key))?;
    match migration::check(claims, platform.client_id.as_str(), secrets.iter().map(Secret::expose))
    {
        Migration::Verified { consumer_key, user_id: Some(user_id) } => {
            Ok(Some(ConsumerUser { consumer_key, user_id }))
        }
        Migration::NoClaim | Migration::Verified { user_id: None, .. } => Ok(None),
        Migration::Unsigned | Migration::InvalidSignature => {
            tracing::warn!(registration = %registration.slug, "a migration claim was not believed: \
                no secret of its consumer key fits its signature");
            Ok(None)
        }
    }
}

/// The resource that the link names, if it can be visited; otherwise why not, and its slug.
fn usable_resource(
    claims: &Claims,
    registration: &Registration,
    resource: Option<Resource>,
) -> Result<Resource, (Refusal, Option<String>)> {
    let id = claims.custom().get("id").map(|id| id.trim()).unwrap_or_default();
    match resource {
        Some(resource) => match open_to(&resource, registration) {
            Ok(()) => Ok(resource),
            Err(refusal) => Err((refusal, Some(resource.slug.to_string()))),
        },
        None if id.is_empty() => Err((Refusal::ResourceIdMissing, None)),
        None => Err((Refusal::ResourceUnknown { id: id.to_owned() }, None)),
    }
}

/// Whether launches through a registration may use a resource at all.
pub(super) fn open_to(resource: &Resource, registration: &Registration) -> Result<(), Refusal> {
    let slug = || resource.slug.to_string();
    match resource.published {
        false => Err(Refusal::ResourceUnpublished { slug: slug() }),
        true if !resource.is_for(&registration.slug) => {
            Err(Refusal::ResourceNotForRegistration { slug: slug() })
        }
        true => Ok(()),
    }
}

fn nonce_expiry(login_state: &LoginState) -> Timestamp {
    Timestamp::from_second(login_state.issued_at).unwrap_or(Timestamp::UNIX_EPOCH) + NONCE_MEMORY
}
