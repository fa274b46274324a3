//! The one write of a launch whose token passed every check: account, enrolment, link, session and
//! log entry together, or nothing of it.
//!
//! Everything that decides who somebody is, and whether they may come in, is read inside the write,
//! and there is one writer: two launches of one person at the same moment find one account.

use jiff::{SignedDuration, Timestamp};

use super::accept::open_to;
use super::record::{Said, log_entry};
use super::refuse::{Attempt, Nonce, refuse};
use super::{Accepted, AccountQuestion, BindingQuestion, Caller, LaunchService, Next, NotLaunched};
use crate::domain::{
    Account, AccountOrigin, CheckedLaunch, Deployment, DeploymentId, DeploymentPolicy, Enrolment,
    EnrolmentClosed, EnrolmentSource, Launch, Name, Outcome, PendingHandle, PendingLaunch, Profile,
    Provisioning, Purpose, Random, Registration, Resource, Session, LaunchDetails, SessionHandle,
    Settings, WaitsFor,
};
use crate::launch::platform_storage::PlatformStorage;
use crate::lti;
use crate::rules::enrolment::{enrol, fresh_account, give, refresh, told};
use crate::rules::framing::frame_ancestors;
use crate::rules::refusal::Refusal;
use crate::rules::session;
use crate::store::{self, CoursePlace, Maker, Write};

/// How long a page may take to prove that its browser is that of the login.
const BINDING_WAIT: SignedDuration = SignedDuration::from_secs(60);

/// How long a person may take to choose an account: passwords have to be looked for.
const ACCOUNT_WAIT: SignedDuration = SignedDuration::from_mins(30);

/// A launch at the door.
pub(super) struct Arrival {
    pub(super) caller: Caller,
    pub(super) registration: Registration,
    pub(super) settings: Settings,
    pub(super) launch: CheckedLaunch,
    /// The nonce and until when it is remembered, unless it was spent already.
    pub(super) nonce: Option<(String, Timestamp)>,
    pub(super) choice: Choice,
}

/// What the person has said about their account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    /// Nothing yet.
    None,
    /// Nothing may be done before the browser has proven that it is that of the login.
    WaitForBinding(PlatformStorage),
    /// "Create one for me".
    Create,
    /// "I have an account": the key of the one that they signed in to.
    Link(i64),
}

/// What the write came to.
enum Arrived {
    Session(Box<Session>),
    Waits(PendingHandle, Provisioning),
    Unproven(PendingHandle, PlatformStorage),
    Refused(Refusal),
}

/// Does the one write, and says how the launch goes on.
pub(super) async fn go_on(
    service: &LaunchService,
    arrival: Arrival,
    attempt: Attempt,
) -> Result<Next, NotLaunched> {
    let now = service.clock.now();
    let (random, secret) = (service.random.clone(), service.random.bytes::<32>());
    let (registration, settings) = (arrival.registration.clone(), arrival.settings.clone());
    let launch = arrival.launch.clone();
    let (launch_id, first_request) =
        (arrival.caller.request.launch_id().clone(), first_request(&arrival));
    let turn = attempt.turn().await;
    let arrived = service
        .pool
        .write(move |write| {
            arrive(write, &arrival, crate::rules::session::secret_digest(&secret), &random, now)
        })
        .await?;
    drop(turn);
    let resource = |id: Option<i64>| {
        id.map(|id| service.pool.read(|read| read.resource_by_id(id)))
            .transpose()
            .map(Option::flatten)
    };
    match arrived {
        Arrived::Refused(refusal) => Err(refuse(service, refusal, attempt, Nonce::Spent).await),
        Arrived::Session(session) => {
            let (role, registration) = (launch.visit.role.as_str(), registration.slug.as_str());
            if !launch.deployment_known {
                tracing::info!(launch = %launch_id, registration, deployment = launch.visit.deployment_id, "a \
                    new deployment was accepted");
            }
            let resource = attempt.resource.as_deref().unwrap_or("-");
            tracing::info!(launch = %launch_id, first_request, registration, resource, role, "launch \
                accepted");
            service.tallies.count_launch(registration, None);
            Ok(Next::Enter(Accepted {
                launch_id,
                handle: session.handle,
                secret: crate::rules::session::secret_text(&secret),
                without_cookies: launch.without_cookies,
                with_navigation: launch.resource_id.is_some()
                    && launch.visit.teaches()
                    && !launch.visit.is_embedded(),
                lifetime_seconds: settings.session_lifetime.seconds(),
                spent_cookie: attempt.spent_cookie,
                tool_url: settings.url,
            }))
        }
        Arrived::Waits(handle, mode) => {
            tracing::info!(registration = %registration.slug, "launch waits for the choice of an \
                account");
            Ok(Next::ChooseAccount(Box::new(AccountQuestion {
                handle,
                mode,
                resource: resource(launch.resource_id)?.map(|resource| resource.name.to_string()),
                tool: settings.name.to_string(),
                person: launch.visit.name,
                frame_ancestors: frame_ancestors(&registration),
                spent_cookie: attempt.spent_cookie,
            })))
        }
        Arrived::Unproven(handle, storage) => {
            tracing::info!(registration = %registration.slug, "launch waits for what the platform \
                keeps for its browser");
            Ok(Next::ProveBinding(Box::new(BindingQuestion {
                handle,
                storage,
                settings,
                frame_ancestors: frame_ancestors(&registration),
            })))
        }
    }
}

fn arrive(
    write: &Write<'_>,
    arrival: &Arrival,
    secret_digest: Vec<u8>,
    random: &Random,
    now: Timestamp,
) -> Result<Arrived, store::Error> {
    let (registration, launch) = (&arrival.registration, &arrival.launch);
    let visit = &launch.visit;
    // The platform's keyset may have taken seconds to come, and the person longer: what was
    // switched off or removed meanwhile lets nobody in.
    if !write
        .lets_in(registration.id, launch.deployment_known.then_some(visit.deployment_id.as_str()))?
    {
        return Ok(Arrived::Refused(Refusal::RegistrationDisabled));
    }
    if !launch.deployment_known
        && registration.policy.deployments != DeploymentPolicy::Accept
        && write.deployment(registration.id, &visit.deployment_id)?.is_none()
    {
        return Ok(Arrived::Refused(
            lti::Refusal::DeploymentUnknown { deployment_id: visit.deployment_id.clone() }.into(),
        ));
    }
    if let Some((nonce, expires_at)) = &arrival.nonce
        && !write.spend_nonce(nonce, *expires_at)?
    {
        return Ok(Arrived::Refused(lti::Refusal::NonceReused.into()));
    }
    if let Choice::WaitForBinding(storage) = &arrival.choice {
        return wait(write, arrival, WaitsFor::Binding, random, now, |handle| {
            Arrived::Unproven(handle, storage.clone())
        });
    }
    let resource = match launch.resource_id {
        None => None,
        Some(id) => match write.resource_by_id(id)? {
            None => {
                return Ok(Arrived::Refused(Refusal::ResourceUnknown {
                    id: visit.custom.get("id").cloned().unwrap_or_default(),
                }));
            }
            Some(resource) => match open_to(&resource, registration) {
                Ok(()) => Some(resource),
                Err(refusal) => return Ok(Arrived::Refused(refusal)),
            },
        },
    };
    write.end_waiting_launches_above(
        visit.sub.as_deref().unwrap_or_default(),
        course_place(registration, visit),
        session::role(&visit.role),
    )?;
    let account_id = match account(write, arrival, resource.as_ref(), random, now)? {
        Found::Account(id) => Some(id),
        Found::Nobody => None,
        Found::Waits(mode) => {
            return wait(write, arrival, WaitsFor::Account, random, now, |handle| {
                Arrived::Waits(handle, mode)
            });
        }
        Found::Refused(refusal) => return Ok(Arrived::Refused(refusal)),
    };
    remember(write, arrival, resource.as_ref(), account_id, now)?;
    if let Some(account_id) = account_id {
        lower_role(write, registration, visit, account_id)?;
    }
    let session = Session {
        handle: SessionHandle::fresh(random),
        secret_digest,
        launch_id: arrival.caller.request.launch_id().clone(),
        registration_id: registration.id,
        purpose: match (&resource, &launch.selection) {
            (Some(resource), _) => Purpose::Resource(resource.id),
            (None, selection) => Purpose::Selection(selection.clone().unwrap_or_default()),
        },
        account_id,
        visit: visit.clone(),
        created_at: now,
        expires_at: now
            + SignedDuration::from_secs(i64::from(arrival.settings.session_lifetime.seconds())),
    };
    write.insert_session(&session)?;
    let said = Said { message_type: Some(launch.message_type.clone()), visit: visit.clone() };
    let slug = resource.as_ref().map(|resource| resource.slug.as_str());
    let entry =
        log_entry(&arrival.caller, now, Outcome::Accepted, Some(registration), slug, Some(&said));
    write.insert_launch(&Launch { first_request_id: first_request(arrival), ..entry })?;
    Ok(Arrived::Session(Box::new(session)))
}

/// Takes from the person's other open sessions in this course what the role of this launch does not
/// allow.
fn lower_role(
    write: &Write<'_>,
    registration: &Registration,
    visit: &LaunchDetails,
    account_id: i64,
) -> Result<(), store::Error> {
    write.lower_role(
        account_id,
        visit.sub.as_deref().unwrap_or_default(),
        course_place(registration, visit),
        session::role(&visit.role),
        &visit.roles,
    )
}

/// The course that a launch comes from.
fn course_place<'v>(registration: &Registration, visit: &'v LaunchDetails) -> CoursePlace<'v> {
    CoursePlace {
        registration_id: registration.id,
        deployment_id: &visit.deployment_id,
        context_id: visit.context_id.as_deref(),
        resource_link_id: &visit.resource_link_id,
    }
}

/// The request that began a launch, if that is another one than the one that ends it.
fn first_request(arrival: &Arrival) -> Option<String> {
    Some(arrival.launch.request_id.clone()).filter(|first| first != arrival.caller.request.as_str())
}

/// Lets a launch wait, if the registration has room for another one; its page gets the handle.
fn wait(
    write: &Write<'_>,
    arrival: &Arrival,
    waits_for: WaitsFor,
    random: &Random,
    now: Timestamp,
    arrived: impl FnOnce(PendingHandle) -> Arrived,
) -> Result<Arrived, store::Error> {
    let limit = arrival.settings.waiting_launch_limit.number();
    if !write.may_wait(arrival.registration.id, limit, now)? {
        return Ok(Arrived::Refused(Refusal::TooManyWaitingLaunches { limit }));
    }
    let time = if waits_for == WaitsFor::Binding { BINDING_WAIT } else { ACCOUNT_WAIT };
    let handle = PendingHandle::fresh(random);
    let pending = PendingLaunch {
        registration_id: arrival.registration.id,
        waits_for,
        tries: 0,
        launch: arrival.launch.clone(),
        created_at: now,
        expires_at: now + time,
    };
    write.insert_pending_launch(&handle, &pending)?;
    Ok(arrived(handle))
}

/// Whose account a launch opens.
enum Found {
    Account(i64),
    /// An anonymous launch.
    Nobody,
    Waits(Provisioning),
    Refused(Refusal),
}

/// Finds or makes the account, as the resource's way of provisioning says (product, behaviour 5),
/// and enrols it. Anyone who has an account keeps it, whatever the mode says; and nobody gets one
/// who could not be enrolled.
fn account(
    write: &Write<'_>,
    arrival: &Arrival,
    resource: Option<&Resource>,
    random: &Random,
    now: Timestamp,
) -> Result<Found, store::Error> {
    let visit = &arrival.launch.visit;
    // Content is selected by accounts that exist, and by nobody else.
    let mode =
        resource.map_or(Provisioning::Existing, |resource| resource.provisioning(visit.teaches()));
    let Some(user) = visit.platform_user() else {
        return Ok(match resource {
            // Guests are not enrolled, and come in when and where somebody new could be.
            Some(resource) if mode == Provisioning::Auto => {
                admits(write, resource, None, now)?.map_or_else(Found::Refused, |_| Found::Nobody)
            }
            _ => Found::Refused(Refusal::AccountRequired),
        });
    };
    let linked = write.account_of(&user)?;
    let known = match &linked {
        Some((account, _)) => Some(account.clone()),
        None => claimed(write, arrival)?,
    };
    if let Some(account) = known.as_ref().filter(|account| !account.enabled) {
        return Ok(Found::Refused(Refusal::AccountDisabled {
            username: account.username.to_string(),
        }));
    }
    let enrolment =
        match resource.map(|resource| admits(write, resource, known.as_ref(), now)).transpose()? {
            Some(Err(refusal)) => return Ok(Found::Refused(refusal)),
            Some(Ok(enrolment)) => enrolment,
            None => None,
        };
    let account_id = match (linked, known) {
        (Some((account, link)), _) => {
            if !store::is_recent(link.last_launch_at, now) {
                write.touch_account_link(&user, now)?;
            }
            refresh(write, account, &link, profile(visit), now)?
        }
        (None, Some(account)) => give(write, account.id, user, false, Some(now), now)?,
        (None, None)
            if mode == Provisioning::Auto
                || (mode == Provisioning::Prompt && arrival.choice == Choice::Create) =>
        {
            let (creator, limit) =
                (arrival.registration.id, arrival.settings.account_limit.number());
            if write.registration_total(creator)?.accounts >= limit {
                return Ok(Found::Refused(Refusal::TooManyAccounts { limit }));
            }
            let account =
                fresh_account(profile(visit), AccountOrigin::Launch, resource, random, now);
            give(
                write,
                write.add_account(&account, Maker::Registration(creator))?,
                user,
                true,
                Some(now),
                now,
            )?
        }
        (None, None) => return Ok(Found::Waits(mode)),
    };
    if let Some(resource) = resource {
        let (teaches, role) = (visit.teaches(), resource.role(visit.teaches()).as_str());
        match enrolment {
            Some(now_is)
                if now_is.role == role
                    && now_is.teaches == teaches
                    && store::is_recent(now_is.last_access_at, now) => {}
            Some(_) => write.touch_enrolment(account_id, resource.id, role, teaches, now)?,
            None => enrol(write, resource, account_id, teaches, EnrolmentSource::Launch, now)?,
        }
    }
    Ok(Found::Account(account_id))
}

/// The account that somebody who has none yet may claim: that of the LTI 1.1 user that they were,
/// or the one that they signed in to.
fn claimed(write: &Write<'_>, arrival: &Arrival) -> Result<Option<Account>, store::Error> {
    if let Some(user) = &arrival.launch.consumer_user
        && let Some(id) = write.account_of_consumer_user(user)?
    {
        return write.account_by_id(id);
    }
    match arrival.choice {
        Choice::Link(id) => write.account_by_id(id),
        _ => Ok(None),
    }
}

/// The account's enrolment, or none where it may be enrolled now.
fn admits(
    write: &Write<'_>,
    resource: &Resource,
    account: Option<&Account>,
    now: Timestamp,
) -> Result<Result<Option<Enrolment>, Refusal>, store::Error> {
    let slug = || resource.slug.to_string();
    let enrolment =
        account.map(|account| write.enrolment(account.id, resource.id)).transpose()?.flatten();
    if let Some(enrolment) = enrolment {
        let ended = enrolment.ends_at.filter(|_| enrolment.has_ended(now));
        return Ok(match ended {
            None => Ok(Some(enrolment)),
            Some(end) => Err(Refusal::EnrolmentEnded { slug: slug(), ended_at: end.as_second() }),
        });
    }
    let enrolled =
        if resource.enrolment.maximum.is_some() { write.enrolled(resource.id, now)? } else { 0 };
    Ok(resource.enrolment.admit(enrolled, now).map(|()| None).map_err(|closed| match closed {
        EnrolmentClosed::Full { maximum } => Refusal::EnrolmentFull { slug: slug(), maximum },
        EnrolmentClosed::NotStarted { start } => {
            Refusal::EnrolmentNotStarted { slug: slug(), starts_at: start.as_second() }
        }
        EnrolmentClosed::Finished { end } => {
            Refusal::EnrolmentFinished { slug: slug(), ended_at: end.as_second() }
        }
    }))
}

/// What a platform says of a person, as far as it is fit to be kept.
fn profile(visit: &LaunchDetails) -> Profile {
    told(&visit.name, &visit.given_name, &visit.family_name, &visit.email, &visit.locale)
}

/// Remembers deployment, course, link, and who came through it.
fn remember(
    write: &Write<'_>,
    arrival: &Arrival,
    resource: Option<&Resource>,
    account_id: Option<i64>,
    now: Timestamp,
) -> Result<(), store::Error> {
    let (registration_id, launch) = (arrival.registration.id, &arrival.launch);
    if !launch.deployment_known
        && let (Ok(deployment_id), Ok(name)) =
            (DeploymentId::new(&launch.visit.deployment_id), Name::new(&launch.visit.deployment_id))
    {
        write.insert_deployment(registration_id, &Deployment { deployment_id, name }, now)?;
    }
    let Some(resource) = resource else { return Ok(()) };
    write.remember_link(registration_id, resource.id, &launch.visit, &launch.services)?;
    match account_id {
        Some(account_id) => {
            write.remember_link_user(registration_id, account_id, &launch.visit, now)
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
