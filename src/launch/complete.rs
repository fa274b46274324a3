//! Stores a launch whose token passed every check: account, enrolment, link, session and log entry,
//! in one transaction.
//!
//! Everything that decides whose account is used is read inside that transaction, and there is only
//! one writer: two launches of one person at the same time find the same account. What the checks
//! read is read again, unless its version shows that it has not changed since.

use jiff::{SignedDuration, Timestamp};

use super::outcome::{
    AcceptedLaunch, AccountQuestion, LaunchError, LaunchOutcome, StorageQuestion,
};
use super::providers;
use super::record::{LaunchMessage, log_entry};
use super::refuse::{Attempt, Nonce, refuse};
use super::resource_access::{open_to, open_to_consumer};
use super::service::{Caller, LaunchService, require_ready, require_unchanged};
use crate::domain::{
    Account, AccountOrigin, CheckedLaunch, Deployment, DeploymentId, DeploymentPolicy, Enrolment,
    EnrolmentClosed, EnrolmentSource, LAUNCH_1P1_PATH, Launch, LaunchDetails, Outcome,
    PendingHandle, PendingLaunch, PlatformUser, Profile, Protocol, Provisioning, Purpose, Random,
    Registration, Resource, Secret, Session, SessionHandle, Settings, Slug, WaitsFor,
};
use crate::launch::platform_storage::PlatformStorage;
use crate::lti;
use crate::lti::roles::Role;
use crate::rules::enrolment::{
    Ownership, enrol, link_account, new_account, sent_profile, update_profile,
};
use crate::rules::framing::{frame_ancestors, frame_ancestors_of};
use crate::rules::refusal::Refusal;
use crate::rules::{course_copy, proxy_change, session, signed_nonce, waiting_launch};
use crate::store::{self, CoursePlace, CreatedBy, RecordVersion, Write};
use crate::token::login_state::RegistrationDigest;

/// How long a page may take to show the value in the platform's storage.
const BINDING_WAIT: SignedDuration = SignedDuration::from_secs(60);

/// How long a person may take to choose an account, which may include finding a password.
const ACCOUNT_WAIT: SignedDuration = SignedDuration::from_mins(30);
/// How many abandoned launches are ended to make room for another one.
const MAX_ENDED: u32 = 100;

/// A launch that passed every check and is ready to be stored.
pub(super) struct PreparedLaunch {
    pub(super) caller: Caller,
    pub(super) registration: Registration,
    pub(super) settings: Settings,
    pub(super) launch: CheckedLaunch,
    /// The nonce and until when it is stored, unless it was spent already.
    pub(super) nonce: Option<(String, Timestamp)>,
    /// The new secret of a consumer of LTI 2.0, if it has signed the launch and was not confirmed
    /// before.
    pub(super) unconfirmed_secret: Option<Secret>,
    /// Where the platform may have stored a value for the browser, if the launch has to wait until
    /// the browser has shown that value.
    pub(super) unproven_storage: Option<PlatformStorage>,
    pub(super) choice: AccountChoice,
    /// What the checks saw; `None` if the launch has waited since.
    pub(super) seen: Option<SeenRecords>,
}

/// Records as the checks read them. They are current while the version is the same.
pub(super) struct SeenRecords {
    pub(super) version: RecordVersion,
    /// The resource of the launch; `None` for content selection.
    pub(super) resource: Option<Resource>,
}

/// The person's choice of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AccountChoice {
    /// None so far.
    None,
    /// A new one.
    Create,
    /// The one that they signed in to, by its key in the database.
    SignedIn(i64),
}

/// What was stored.
enum Stored {
    Session(Box<Session>),
    /// A pending launch that waits until the person has chosen an account.
    AccountNeeded(PendingHandle, Provisioning),
    /// A pending launch that waits until the browser has shown the value in the platform's storage.
    StorageNeeded(PendingHandle, PlatformStorage),
    Refused(Refusal),
}

impl From<Refusal> for Stored {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Stores a launch in one transaction, and returns what to show to the browser.
pub(super) async fn complete(
    service: &LaunchService,
    prepared: PreparedLaunch,
    mut attempt: Attempt,
) -> Result<LaunchOutcome, LaunchError> {
    let now = service.clock.now();
    let (random, secret) = (service.random.clone(), service.random.bytes::<32>());
    let turn = attempt.turn().await;
    let (stored, prepared) = service
        .pool
        .write(move |write| {
            let digest = session::secret_digest(&secret);
            let stored = write_launch(write, &prepared, digest, &random, now)?;
            Ok::<_, store::Error>((stored, prepared))
        })
        .await?;
    drop(turn);
    let first_request = first_request(&prepared);
    let PreparedLaunch { registration, settings, launch, .. } = prepared;
    let slug = &registration.slug;
    match stored {
        Stored::Refused(refusal) => {
            attempt.message = Some(LaunchMessage::of_checked(launch));
            Err(Box::pin(refuse(service, refusal, attempt, Nonce::Spent)).await)
        }
        Stored::Session(session) => {
            log_accepted(service, &registration, &launch, &attempt, first_request.as_deref());
            let secret = session::secret_text(&secret);
            let mut accepted = accepted(attempt, *session, secret, settings, &launch);
            accepted.without_login = registration.protocol != Protocol::Lti1p3;
            Ok(LaunchOutcome::Accepted(accepted))
        }
        Stored::AccountNeeded(handle, mode) => {
            tracing::info!(registration = %slug, "launch waits until the person has chosen an \
                account");
            let resource = launch
                .resource_id
                .map(|id| service.pool.look_up(|read| read.resource_by_id(id)))
                .transpose()?
                .flatten();
            Ok(LaunchOutcome::ChooseAccount(Box::new(AccountQuestion {
                handle,
                mode,
                resource: resource.map(|resource| resource.name),
                tool: settings.name.to_string(),
                frame_ancestors: frame_ancestors_of(&registration, &launch.details),
                person: launch.details.name,
                providers: providers::offered(service)?,
                spent_cookie: attempt.spent_cookie,
            })))
        }
        Stored::StorageNeeded(handle, storage) => {
            tracing::info!(registration = %slug, "launch waits for the value in the platform's \
                storage");
            let frame_ancestors = frame_ancestors(&registration);
            let question = StorageQuestion { handle, storage, settings, frame_ancestors };
            Ok(LaunchOutcome::CheckStorage(Box::new(question)))
        }
    }
}

fn log_accepted(
    service: &LaunchService,
    registration: &Registration,
    launch: &CheckedLaunch,
    attempt: &Attempt,
    first_request: Option<&str>,
) {
    let launch_id = attempt.caller.request.launch_id();
    service.tallies.count_launch(Some(&registration.slug), None);
    let (role, registration) = (launch.details.role.as_str(), registration.slug.as_str());
    if !launch.deployment_known {
        let deployment = launch.details.deployment_id.as_str();
        tracing::info!(launch = %launch_id, registration, deployment, "a new deployment was \
            accepted");
    }
    let resource = attempt.resource.as_ref().map_or("-", Slug::as_str);
    tracing::info!(launch = %launch_id, first_request, registration, resource, role, "launch \
        accepted");
}

fn accepted(
    attempt: Attempt,
    session: Session,
    secret: String,
    settings: Settings,
    launch: &CheckedLaunch,
) -> AcceptedLaunch {
    AcceptedLaunch {
        launch_id: session.launch_id,
        handle: session.handle,
        secret,
        without_cookies: launch.without_cookies,
        with_navigation: launch.resource_id.is_some()
            && launch.details.teaches()
            && !launch.details.is_embedded(),
        lifetime_seconds: settings.session_lifetime.seconds(),
        spent_cookie: attempt.spent_cookie,
        tool_url: settings.url,
        tool: settings.name,
        without_login: false,
        frame_ancestors: attempt.frame_ancestors.unwrap_or_default(),
    }
}

/// Runs in the transaction.
fn write_launch(
    write: &Write<'_>,
    prepared: &PreparedLaunch,
    secret_digest: Vec<u8>,
    random: &Random,
    now: Timestamp,
) -> Result<Stored, store::Error> {
    let (registration, launch) = (&prepared.registration, &prepared.launch);
    let details = &launch.details;
    let (version, total) = write.version_and_total(registration.id)?;
    let seen = prepared.seen.as_ref().filter(|seen| seen.version == version);
    if seen.is_none()
        && let Some(refusal) = closed_meanwhile(write, prepared)?
    {
        return Ok(refusal.into());
    }
    if !spend_nonce(write, prepared)? {
        return Ok(match registration.protocol {
            Protocol::Lti1p3 => Refusal::from(lti::Refusal::NonceReused).into(),
            Protocol::Lti1p1 | Protocol::Lti2p0 => Refusal::OauthNonceReused.into(),
        });
    }
    if let Some(secret) = &prepared.unconfirmed_secret
        && !proxy_change::confirm_by_signature(write, registration.id, secret, now)?
    {
        let signed_url = prepared.settings.url.join(LAUNCH_1P1_PATH);
        return Ok(Refusal::OauthSignatureInvalid { difference: None, signed_url }.into());
    }
    if let Some(storage) = &prepared.unproven_storage {
        return wait(write, prepared, WaitsFor::Binding, random, now, |handle| {
            Stored::StorageNeeded(handle, storage.clone())
        });
    }
    let resource = match seen {
        Some(seen) => seen.resource.clone(),
        None => match usable_resource(write, prepared)? {
            Ok(resource) => resource,
            Err(refusal) => return Ok(refusal.into()),
        },
    };
    let (place, role) = (CoursePlace::of(registration.id, details), Role::named(&details.role));
    if total.waiting_launches > 0 {
        waiting_launch::end_above(write, place, role, random, now)?;
    }
    let account_id = match find_or_create_account(write, prepared, resource.as_ref(), random, now)?
    {
        AccountLookup::Account(id) => Some(id),
        AccountLookup::Anonymous => None,
        AccountLookup::NeedsChoice(mode) => {
            return wait(write, prepared, WaitsFor::Account, random, now, |handle| {
                Stored::AccountNeeded(handle, mode)
            });
        }
        AccountLookup::Refused(refusal) => return Ok(refusal.into()),
    };
    store_link(write, prepared, resource.as_ref(), account_id, now)?;
    if let Some(account_id) = account_id {
        write.lower_role(account_id, place, role, &details.roles)?;
    }
    let mut session =
        session_of(prepared, resource.as_ref(), account_id, secret_digest, random, now);
    while !write.insert_session(&session, total)? {
        session.handle = SessionHandle::fresh(&session.launch_id, random);
    }
    log_launch(write, prepared, resource.as_ref(), now)?;
    Ok(Stored::Session(Box::new(session)))
}

fn log_launch(
    write: &Write<'_>,
    prepared: &PreparedLaunch,
    resource: Option<&Resource>,
    now: Timestamp,
) -> Result<(), store::Error> {
    let (registration, launch) = (&prepared.registration, &prepared.launch);
    let entry = log_entry(
        &prepared.caller,
        now,
        Outcome::Accepted,
        Some(registration),
        resource.map(|resource| &resource.slug),
        Some(&launch.message_type),
        Some(&launch.details),
    );
    write.insert_launch(&Launch { first_request_id: first_request(prepared), ..entry })?;
    if registration.protocol != Protocol::Lti1p3 {
        write.touch_consumer(registration.id, now)?;
    }
    Ok(())
}

/// Refuses a launch whose registration or deployment has been disabled, changed or removed since the
/// checks: fetching the platform's keyset may have taken seconds, and the person's choice longer.
fn closed_meanwhile(
    write: &Write<'_>,
    prepared: &PreparedLaunch,
) -> Result<Option<Refusal>, store::Error> {
    let (registration, launch) = (&prepared.registration, &prepared.launch);
    let Some(current) = write.registration_by_id(registration.id)? else {
        return Ok(Some(match registration.protocol {
            Protocol::Lti1p3 => Refusal::RegistrationDeleted { slug: registration.slug.clone() },
            Protocol::Lti1p1 | Protocol::Lti2p0 => Refusal::ConsumerDeleted,
        }));
    };
    if registration.protocol != Protocol::Lti1p3 {
        let refusal = (!current.enabled).then_some(Refusal::ConsumerDisabled);
        return Ok(refusal.or(closed_deployment(write, prepared, &current)?));
    }
    let then = require_ready(registration)
        .map(|ready| RegistrationDigest::of(ready.registration, ready.platform));
    let unchanged = require_ready(&current).and_then(|now| require_unchanged(&then?, &now));
    if let Err(refusal) = unchanged {
        return Ok(Some(refusal));
    }
    // A launch that has waited was checked against the details of that time.
    if let Some(platform) = &current.platform {
        for (what, then, now) in [
            ("issuer", &launch.details.issuer, platform.issuer.as_str()),
            ("client ID", &launch.details.client_id, platform.client_id.as_str()),
        ] {
            if then != now {
                return Ok(Some(Refusal::RegistrationChanged { what, problem: None }));
            }
        }
    }
    closed_deployment(write, prepared, &current)
}

/// Refuses a launch whose deployment has been removed since the checks, or is no longer added.
fn closed_deployment(
    write: &Write<'_>,
    prepared: &PreparedLaunch,
    current: &Registration,
) -> Result<Option<Refusal>, store::Error> {
    let launch = &prepared.launch;
    let is_added = !launch.deployment_known
        && (prepared.registration.policy.deployments == DeploymentPolicy::Accept
            || current.protocol != Protocol::Lti1p3);
    let deployment_id = launch.details.deployment_id.as_str();
    if is_added || write.deployment(current.id, deployment_id)?.is_some() {
        return Ok(None);
    }
    let deployment_id = deployment_id.to_owned();
    Ok(Some(lti::Refusal::DeploymentUnknown { deployment_id }.into()))
}

/// Spends the nonce, unless that was done before the launch waited. Returns `false` if another launch
/// has spent it.
fn spend_nonce(write: &Write<'_>, prepared: &PreparedLaunch) -> Result<bool, store::Error> {
    let Some((nonce, expires_at)) = &prepared.nonce else { return Ok(true) };
    if prepared.registration.protocol != Protocol::Lti1p3 {
        return signed_nonce::spend(write, nonce, *expires_at);
    }
    write.spend_nonce(nonce, *expires_at)
}

/// The resource of the launch, if it can still be used; `None` for content selection.
fn usable_resource(
    write: &Write<'_>,
    prepared: &PreparedLaunch,
) -> Result<Result<Option<Resource>, Refusal>, store::Error> {
    let launch = &prepared.launch;
    let Some(id) = launch.resource_id else { return Ok(Ok(None)) };
    let Some(resource) = write.resource_by_id(id)? else {
        let id = launch.details.custom.get("id").cloned().unwrap_or_default();
        return Ok(Err(Refusal::ResourceUnknown { id }));
    };
    let consumer = match prepared.registration.protocol {
        Protocol::Lti1p3 => None,
        Protocol::Lti1p1 | Protocol::Lti2p0 => write.consumer_by_id(prepared.registration.id)?,
    };
    let open = match &consumer {
        Some(consumer) => open_to_consumer(&resource, consumer),
        None => open_to(&resource, &prepared.registration),
    };
    Ok(open.map(|()| Some(resource)))
}

fn session_of(
    prepared: &PreparedLaunch,
    resource: Option<&Resource>,
    account_id: Option<i64>,
    secret_digest: Vec<u8>,
    random: &Random,
    now: Timestamp,
) -> Session {
    let launch = &prepared.launch;
    let lifetime = i64::from(prepared.settings.session_lifetime.seconds());
    let launch_id = prepared.caller.request.launch_id().clone();
    Session {
        handle: SessionHandle::fresh(&launch_id, random),
        secret_digest,
        launch_id,
        registration_id: prepared.registration.id,
        purpose: match resource {
            Some(resource) => Purpose::Resource(resource.id),
            None => Purpose::Selection(launch.selection.clone().unwrap_or_default()),
        },
        account_id,
        details: launch.details.clone(),
        created_at: now,
        expires_at: now + SignedDuration::from_secs(lifetime),
    }
}

/// The request that started a launch, if it is not the one that completes it.
fn first_request(prepared: &PreparedLaunch) -> Option<String> {
    Some(prepared.launch.request_id.clone())
        .filter(|first| first != prepared.caller.request.as_str())
}

/// Stores a launch that has to wait, unless too many launches of the registration are waiting.
fn wait(
    write: &Write<'_>,
    prepared: &PreparedLaunch,
    waits_for: WaitsFor,
    random: &Random,
    now: Timestamp,
    outcome: impl FnOnce(PendingHandle) -> Stored,
) -> Result<Stored, store::Error> {
    let limit = prepared.settings.waiting_launch_limit.number();
    let registration_id = prepared.registration.id;
    if !write.may_wait(registration_id, limit)? {
        waiting_launch::end_abandoned(write, Some(registration_id), random, now, MAX_ENDED)?;
    }
    if !write.may_wait(registration_id, limit)? {
        return Ok(Stored::Refused(Refusal::TooManyWaitingLaunches { limit }));
    }
    let time = if waits_for == WaitsFor::Binding { BINDING_WAIT } else { ACCOUNT_WAIT };
    let handle = PendingHandle::fresh(random);
    let pending = PendingLaunch {
        registration_id: prepared.registration.id,
        waits_for,
        tries: 0,
        launch: prepared.launch.clone(),
        created_at: now,
        expires_at: now + time,
    };
    write.insert_pending_launch(&handle, &pending)?;
    Ok(outcome(handle))
}

/// The account of a launch.
enum AccountLookup {
    /// Its key in the database.
    Account(i64),
    /// The launch is anonymous.
    Anonymous,
    /// The person has to choose one.
    NeedsChoice(Provisioning),
    Refused(Refusal),
}

/// Finds or creates the account, according to the resource's provisioning mode (product, behaviour
/// 5), and enrols it. A person who has an account keeps it, whatever the mode. No account is created
/// for a person who could not be enrolled.
fn find_or_create_account(
    write: &Write<'_>,
    prepared: &PreparedLaunch,
    resource: Option<&Resource>,
    random: &Random,
    now: Timestamp,
) -> Result<AccountLookup, store::Error> {
    let details = &prepared.launch.details;
    // Only accounts that exist can select content.
    let mode = resource
        .map_or(Provisioning::Existing, |resource| resource.provisioning(details.teaches()));
    let Some(user) = details.platform_user() else {
        return anonymous(write, resource, mode, now);
    };
    let resource_id = resource.map(|resource| resource.id);
    let linked = write.account_at(&user, resource_id)?;
    let claimed = match &linked {
        Some(_) => None,
        None => claimed_account(write, prepared)?,
    };
    let known = (linked.as_ref().map(|(account, ..)| account))
        .or_else(|| claimed.as_ref().map(|(account, _)| account));
    if let Some(account) = known.filter(|account| !account.enabled) {
        let username = account.username.clone();
        return Ok(AccountLookup::Refused(Refusal::AccountDisabled { username }));
    }
    let enrolment = match (&linked, &claimed, resource_id) {
        (Some((.., enrolment)), ..) => enrolment.clone(),
        (None, Some((account, _)), Some(resource_id)) => {
            write.enrolment(account.id, resource_id)?
        }
        _ => None,
    };
    if let Some(resource) = resource
        && let Err(refusal) = check_enrolment(write, resource, enrolment.as_ref(), now)?
    {
        return Ok(AccountLookup::Refused(refusal));
    }
    let may_create = mode == Provisioning::Auto
        || (mode == Provisioning::Prompt && prepared.choice == AccountChoice::Create);
    let account_id = match (linked, claimed) {
        (Some((account, link, _)), _) => {
            if !store::is_recent(link.last_launch_at, now) {
                write.touch_account_link(&user, now)?;
            }
            update_profile(write, account, &link, profile(details), now)?
        }
        (None, Some((account, ownership))) => {
            link_account(write, account.id, user, ownership, Some(now), now)?
        }
        (None, None) if may_create => {
            match create_account(write, prepared, resource, user, random, now)? {
                Ok(account_id) => account_id,
                Err(refusal) => return Ok(AccountLookup::Refused(refusal)),
            }
        }
        (None, None) => return Ok(AccountLookup::NeedsChoice(mode)),
    };
    if let Some(resource) = resource {
        update_enrolment(write, resource, account_id, enrolment, details.teaches(), now)?;
    }
    Ok(AccountLookup::Account(account_id))
}

/// An anonymous person is not enrolled, and may use a resource if a new account could be created and
/// enrolled there.
fn anonymous(
    write: &Write<'_>,
    resource: Option<&Resource>,
    mode: Provisioning,
    now: Timestamp,
) -> Result<AccountLookup, store::Error> {
    let Some(resource) = resource.filter(|_| mode == Provisioning::Auto) else {
        return Ok(AccountLookup::Refused(Refusal::AccountRequired));
    };
    let checked = check_enrolment(write, resource, None, now)?;
    Ok(checked.map_or_else(AccountLookup::Refused, |()| AccountLookup::Anonymous))
}

/// Creates an account for a platform user, unless the registration has created as many as it may.
fn create_account(
    write: &Write<'_>,
    prepared: &PreparedLaunch,
    resource: Option<&Resource>,
    user: PlatformUser,
    random: &Random,
    now: Timestamp,
) -> Result<Result<i64, Refusal>, store::Error> {
    let (creator, limit) = (prepared.registration.id, prepared.settings.account_limit.number());
    if write.registration_total(creator)?.accounts >= limit {
        return Ok(Err(Refusal::TooManyAccounts { limit }));
    }
    let profile = profile(&prepared.launch.details);
    let account = new_account(profile, AccountOrigin::Launch, resource, random, now);
    let account_id = write.add_account(&account, CreatedBy::Registration(creator))?;
    link_account(write, account_id, user, Ownership::Created, Some(now), now).map(Ok)
}

/// Enrols the account, or updates its role and last access. An update is skipped if the last access
/// would change only a little.
fn update_enrolment(
    write: &Write<'_>,
    resource: &Resource,
    account_id: i64,
    enrolment: Option<Enrolment>,
    teaches: bool,
    now: Timestamp,
) -> Result<(), store::Error> {
    let role = resource.role(teaches).as_str();
    match enrolment {
        Some(current)
            if current.role == role
                && current.teaches == teaches
                && store::is_recent(current.last_access_at, now) =>
        {
            Ok(())
        }
        Some(_) => write.touch_enrolment(account_id, resource.id, role, teaches, now),
        None => enrol(write, resource, account_id, teaches, EnrolmentSource::Launch, now),
    }
}

/// The account that a platform user without an account gets: that of their LTI 1.1 user, or the one
/// that they signed in to.
fn claimed_account(
    write: &Write<'_>,
    prepared: &PreparedLaunch,
) -> Result<Option<(Account, Ownership)>, store::Error> {
    let owned = |ownership| move |account| (account, ownership);
    if let Some(user) = &prepared.launch.consumer_user
        && let Some(id) = write.account_of_consumer_user(user)?
    {
        return Ok(write.account_by_id(id)?.map(owned(Ownership::Migrated)));
    }
    if let Some(user) = &prepared.launch.former_user
        && let Some((account, _)) = write.account_of(user)?
    {
        return Ok(Some((account, Ownership::Migrated)));
    }
    match prepared.choice {
        AccountChoice::SignedIn(id) => Ok(write.account_by_id(id)?.map(owned(Ownership::SignedIn))),
        _ => Ok(None),
    }
}

/// Refuses an account whose enrolment has ended, or that cannot be enrolled now.
fn check_enrolment(
    write: &Write<'_>,
    resource: &Resource,
    enrolment: Option<&Enrolment>,
    now: Timestamp,
) -> Result<Result<(), Refusal>, store::Error> {
    let slug = || resource.slug.clone();
    if let Some(enrolment) = enrolment {
        let ended = enrolment.ends_at.filter(|_| enrolment.has_ended(now));
        return Ok(match ended {
            None => Ok(()),
            Some(end) => Err(Refusal::EnrolmentEnded { slug: slug(), ended_at: end.as_second() }),
        });
    }
    let enrolled =
        if resource.enrolment.maximum.is_some() { write.enrolled(resource.id, now)? } else { 0 };
    Ok(resource.enrolment.admit(enrolled, now).map_err(|closed| match closed {
        EnrolmentClosed::Full { maximum } => Refusal::EnrolmentFull { slug: slug(), maximum },
        EnrolmentClosed::NotStarted { start } => {
            Refusal::EnrolmentNotStarted { slug: slug(), starts_at: start.as_second() }
        }
        EnrolmentClosed::Finished { end } => {
            Refusal::EnrolmentFinished { slug: slug(), ended_at: end.as_second() }
        }
    }))
}

/// The parts of a person's profile that can be stored.
fn profile(details: &LaunchDetails) -> Profile {
    sent_profile(
        &details.name,
        &details.given_name,
        &details.family_name,
        &details.email,
        &details.locale,
    )
}

/// Stores the deployment, the course, the link, and that the account uses it.
fn store_link(
    write: &Write<'_>,
    prepared: &PreparedLaunch,
    resource: Option<&Resource>,
    account_id: Option<i64>,
    now: Timestamp,
) -> Result<(), store::Error> {
    let (registration_id, launch) = (prepared.registration.id, &prepared.launch);
    if !launch.deployment_known
        && let Ok(deployment_id) = DeploymentId::new(&launch.details.deployment_id)
    {
        let deployment = Deployment { deployment_id, name: None };
        write.insert_deployment(registration_id, &deployment, now)?;
    }
    let (details, services) = (&launch.details, &launch.services);
    let put_notice_service = || match &services.notices {
        Some(offer) => {
            write.put_notice_service(registration_id, &details.deployment_id, offer, now)
        }
        None => Ok(()),
    };
    let Some(resource) = resource else { return put_notice_service() };
    if write.link_is_current(registration_id, resource.id, account_id, details, services, now)? {
        return Ok(());
    }
    let origins = &launch.copied_from;
    let before = course_copy::known_place(**write, registration_id, resource.id, details, origins)?;
    write.put_course_and_link(registration_id, resource.id, details, services)?;
    put_notice_service()?;
    if let Some(before) = before {
        let (ids, launch_id) =
            ((registration_id, resource.id), prepared.caller.request.launch_id());
        course_copy::record_launch(write, ids, (details, origins), before, launch_id, now)?;
    }
    match account_id {
        Some(account_id) => {
            let sourcedid = services.result_sourcedid.as_deref();
            let id = resource.id;
            write.store_link_user(registration_id, id, account_id, details, sourcedid, now)
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
