//! Third-party-initiated login (Security Framework 1.0, 5.1.1). It writes nothing: its state is
//! authenticated, not stored.

use super::candidates::{Candidates, Claimed};
use super::outcome::{LaunchError, StartedLogin};
use super::refuse::refuse_login;
use super::service::{Caller, LaunchService, ReadyRegistration, Step, require_ready};
use crate::domain::{
    DEEP_LINKING_PATH, LAUNCH_PATH, Registration, RegistrationRef, Settings, Slug,
};
use crate::launch::platform_storage::PlatformStorage;
use crate::lti;
use crate::lti::login::{self, AuthenticationRequest, Fingerprint, LoginRequest};
use crate::lti::message::{Endpoint, MessagePart, value};
use crate::rules::refusal::{Refusal, RegisteredParties};
use crate::rules::registration;
use crate::store::{self, Read};
use crate::token::login_state::{self, LoginState, RegistrationDigest};

/// Starts a third-party-initiated login (Security Framework 1.0, 5.1.1): `slug` is the registration
/// in the URL, if it has one.
///
/// # Errors
///
/// If the login is refused, its log entry is written before this returns.
pub async fn start_login(
    service: &LaunchService,
    caller: &Caller,
    slug: Option<&RegistrationRef>,
    parameters: Vec<(String, String)>,
) -> Result<StartedLogin, LaunchError> {
    let [issuer, client_id] =
        ["iss", "client_id"].map(|name| value(&parameters, name).map(str::to_owned));
    let request = match LoginRequest::from_parameters(parameters) {
        Ok(request) => request,
        Err(refusal) => {
            let claimed = Claimed::by_login(slug, issuer.as_deref(), client_id.as_deref());
            let registration =
                service.pool.look_up(|read| claimed.registration(read, &service.state_key))?;
            return Err(refuse_login(service, caller, refusal, registration.as_ref()).await);
        }
    };
    let (settings, found) = service.pool.look_up(|read| {
        Ok::<_, store::Error>((read.settings()?, find_registration(read, slug, &request)?))
    })?;
    let registration = match found {
        Ok(registration) => registration,
        Err((refusal, registration)) => {
            return Err(refuse_login(service, caller, refusal, registration.as_ref()).await);
        }
    };
    match require_ready(&registration) {
        Ok(ready) => {
            let _place = service.admit(Some(registration.id), Step::Login)?;
            let (login_state, sealed) = sealed_state(service, &ready, &request);
            let redirect_url =
                authentication_url(&settings, &ready, &request, &login_state.nonce, &sealed);
            let storage = PlatformStorage::of(ready.platform, &sealed, login_state.storage_target);
            Ok(StartedLogin {
                redirect_url,
                cookie_name: login_state::cookie_name(&sealed),
                cookie_value: login_state::cookie_value(&sealed, &service.state_key),
                cookie_max_age: login_state::LIFETIME_SECONDS,
                storage: storage.map(|storage| {
                    (storage, login_state::storage_value(&sealed, &service.state_key))
                }),
                request,
                registration,
                settings,
            })
        }
        Err(refusal) => Err(refuse_login(service, caller, refusal, Some(&registration)).await),
    }
}

/// Finds the registration of a login (core launch, 1.1); otherwise returns the refusal, with the
/// registration if exactly one is possible. Uses indexed queries only, and the same ones for
/// unknown, incomplete and disabled registrations: anyone can send a login, and its response time
/// must not reveal which registrations there are.
fn find_registration(
    read: Read<'_>,
    slug: Option<&RegistrationRef>,
    request: &LoginRequest,
) -> Result<Result<Registration, (Refusal, Option<Registration>)>, store::Error> {
    let client_id = request.client_id.as_deref();
    let mut found = match slug {
        Some(slug) => registration::known(read, slug)?
            .filter(|registration| fits(registration, request))
            .into_iter()
            .collect(),
        None => read.registrations_for_login(&request.iss, client_id, 2)?,
    };
    let not_ready = match found.as_slice() {
        [registration] => match require_ready(registration).map(drop) {
            Ok(()) => return Ok(Ok(found.remove(0))),
            Err(refusal) => Some(refusal),
        },
        _ => None,
    };
    let candidates = Candidates::find(read, slug, Some(&request.iss), client_id)?;
    let neighbours = read.neighbouring_issuers(&request.iss)?;
    Ok(Err(match not_ready {
        Some(refusal) => (refusal, found.pop()),
        None => unknown(slug, request, &candidates, &neighbours),
    }))
}

/// Whether a login may be for the registration in its URL: a draft accepts any platform.
fn fits(registration: &Registration, request: &LoginRequest) -> bool {
    registration.platform.as_ref().is_none_or(|platform| {
        let client_id = request.client_id.as_deref();
        platform.issuer.as_str() == request.iss
            && client_id.is_none_or(|client_id| client_id == platform.client_id.as_str())
    })
}

/// The refusal of a login that fits no registration, or several.
fn unknown(
    slug: Option<&RegistrationRef>,
    request: &LoginRequest,
    candidates: &Candidates,
    neighbours: &[String],
) -> (Refusal, Option<Registration>) {
    let issuer = request.iss.clone();
    if slug.is_none() && candidates.matching.len() > 1 {
        let mut slugs: Vec<Slug> =
            candidates.matching.iter().map(|registration| registration.slug.clone()).collect();
        slugs.sort();
        return (Refusal::RegistrationAmbiguous { issuer, slugs }, None);
    }
    let near_miss =
        login::near_miss(&issuer, &neighbours.iter().map(String::as_str).collect::<Vec<_>>());
    let registration = candidates.only().cloned();
    let refusal = Refusal::RegistrationUnknown {
        issuer,
        client_id: request.client_id.clone(),
        slug: slug.cloned(),
        near_miss,
        registered: registration.as_ref().and_then(RegisteredParties::of).map(Box::new),
    };
    (refusal, registration)
}

/// A new state for a login, open and sealed.
fn sealed_state(
    service: &LaunchService,
    ready: &ReadyRegistration<'_>,
    request: &LoginRequest,
) -> (LoginState, String) {
    let login_state = LoginState {
        registration: ready.registration.slug.clone(),
        digest: RegistrationDigest::of(ready.registration, ready.platform),
        nonce: login_state::nonce_from(service.random.bytes()),
        issued_at: service.clock.now().as_second(),
        target_link_uri: Fingerprint::of(&request.target_link_uri),
        deployment_id: request.lti_deployment_id.as_deref().map(Fingerprint::of),
        storage_target: login_state::storage_target(request.lti_storage_target.as_deref()),
    };
    let sealed = login_state.seal(&service.state_key);
    (login_state, sealed)
}

/// The URL of the platform's authentication endpoint with the tool's request (core launch, section
/// 2).
fn authentication_url(
    settings: &Settings,
    ready: &ReadyRegistration<'_>,
    request: &LoginRequest,
    nonce: &str,
    sealed_state: &str,
) -> String {
    // Both URLs are registered redirect URIs. Content selection has its own one.
    let deep_linking = settings.url.join(DEEP_LINKING_PATH);
    let redirect_uri = if request.target_link_uri == deep_linking {
        deep_linking
    } else {
        settings.url.join(LAUNCH_PATH)
    };
    let authentication = AuthenticationRequest {
        endpoint: ready.platform.authentication_request_url.as_str(),
        client_id: ready.platform.client_id.as_str(),
        redirect_uri: &redirect_uri,
        login_hint: &request.login_hint,
        lti_message_hint: request.lti_message_hint.as_deref(),
        nonce,
        state: sealed_state,
    };
    authentication.to_url()
}

/// Refuses a request to the login or launch URL whose query or form cannot be decoded. `slug` is the
/// registration in the URL, if it contains one.
pub async fn refuse_malformed(
    service: &LaunchService,
    caller: &Caller,
    arrived_at: Endpoint,
    slug: Option<&RegistrationRef>,
    (part, problem): (MessagePart, &'static str),
) -> LaunchError {
    let registration = match slug
        .map(|slug| service.pool.look_up(|read| registration::known(read, slug)))
        .transpose()
    {
        Ok(registration) => registration.flatten(),
        Err(error) => return error.into(),
    };
    refuse_login(
        service,
        caller,
        lti::Refusal::ParameterMalformed { part, problem, arrived_at },
        registration.as_ref(),
    )
    .await
}

#[cfg(test)]
mod tests;
