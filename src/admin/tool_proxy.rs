//! Registration by LTI 2.0: from a registration URL to a consumer.
//!
//! Like dynamic registration ([`super::dynamic`]): the tool's own token is checked before any request
//! is sent, an administrator confirms what the platform says of itself, and a URL that can be used
//! once is spent before the tool proxy is sent. All URLs of the platform must have the origin of its
//! profile, so that this server sends nothing, and no browser, elsewhere.

mod failed;
mod proxy;

use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use url::Url;
use zeroize::Zeroizing;

use self::proxy::{Sealed, ToolSide, check_origin};
use crate::domain::{
    Clock, Consumer, ConsumerKey, InvitationLifetime, Name, PlatformPolicy, Protocol,
    ProxyInvitation, Random, Registration, Resource, ResourceRef, Secret, Settings, Slug,
    StoredText,
};
use crate::failure::{Failure, Kind};
use crate::lti::lti_1p1::members;
use crate::lti::lti_1p1::oauth1::{Credentials, Method, authorization};
use crate::lti::lti_2p0::{
    PROFILE_MEDIA_TYPE, PROXY_MEDIA_TYPE, Profile, Registered, RegistrationRequest,
    RegistrationStatus,
};
use crate::platform::{NetworkAccess, PlatformClient};
use crate::rules::consumer;
use crate::rules::fairness::Fairness;
use crate::store::{CreatedBy, Error, Pool, Read, Store, Write};
use crate::token::MacKey;
use crate::token::confirmation::ProxyConfirmation;
use crate::token::proxy_token::{ProxyTarget, claimed_target, token, token_matches};
use crate::web::form::Parameters;

pub use self::failed::FailedProxy;

/// Maximum size of a profile or a response, in bytes.
const MAX_DOCUMENT_BYTES: usize = 1_000_000;

/// Maximum number of resources in a tool proxy.
const MAX_RESOURCES: usize = 200;

/// Maximum number of platforms that register with the URL of a resource: anyone who has it can add
/// consumers.
const MAX_PLATFORMS: u32 = 500;

/// Maximum length of a stored template, in bytes.
const MAX_TEMPLATE_BYTES: usize = 2_000;

/// The path of registration URLs, before their token.
pub const PATH: &str = "/lti/2p0/register";

/// Dependencies of registrations by LTI 2.0; cheap to clone.
#[derive(Clone)]
pub struct ProxyRegistrar {
    /// The database.
    pub pool: Pool,
    /// The key that authenticates tokens.
    pub state_key: Arc<MacKey>,
    /// Sends requests to platforms.
    pub client: PlatformClient,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// The requests in progress, by what their URL is for.
    pub under_way: Fairness<ProxyTarget>,
}

/// What the confirmation page shows.
pub struct ConfirmationRequest {
    /// The name of the consumer that will be added.
    pub name: Name,
    /// What the platform says about itself.
    pub profile: Profile,
    /// The host of its profile.
    pub host: String,
    /// The resources that it will be able to launch.
    pub resources: Vec<Resource>,
    /// The value that the form sends back.
    pub sealed: String,
    /// The platform's origin, which may frame the page, and to which the browser returns.
    pub origin: String,
}

/// Where the browser returns to after a confirmation, and what was registered.
pub struct Returned {
    /// The platform's return URL with the status.
    pub url: Url,
    /// The slug of the new consumer; `None` if there is none.
    pub consumer: Option<Slug>,
}

/// Why nothing was registered, if the browser cannot be sent back to the platform.
pub enum NotRegistered {
    /// The token was not created by this tool, or was replaced. The page gives no details.
    UnknownToken,
    /// The URL was used at this time.
    Used(Timestamp),
    /// The URL expired at this time.
    Expired(Timestamp),
    /// Too many requests are using registration URLs; another attempt is possible after this time.
    TooMany(Duration),
    /// The confirmation page is too old, or was not created by this tool.
    ConfirmationExpired,
    /// The platform's request or profile cannot be used.
    Failed(Box<FailedProxy>),
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

impl From<FailedProxy> for NotRegistered {
    fn from(failed: FailedProxy) -> Self {
        Self::Failed(Box::new(failed))
    }
}

/// Creates a registration URL for a consumer that does not exist yet; an earlier URL for the same slug
/// stops working.
///
/// # Errors
///
/// If the slug is taken, or a resource does not exist.
pub fn invite(
    store: &mut Store,
    name: &Name,
    slug: Option<Slug>,
    resources: &[ResourceRef],
    lifetime: InvitationLifetime,
    now: Timestamp,
) -> Result<ProxyInvitation, Failure> {
    let slug = slug.map_or_else(|| Slug::from_name(name), Ok)?;
    store.write(|write| {
        if let Some(taken) = consumer::slug_is_taken(**write, &slug)? {
            return Err(taken);
        }
        let invitation = ProxyInvitation {
            id: 0,
            slug,
            name: name.clone(),
            resources: consumer::allowed(**write, resources)?,
            created_at: now,
            expires_at: now.checked_add(lifetime.duration()).unwrap_or(Timestamp::MAX),
            used_at: None,
        };
        Ok(write.insert_proxy_invitation(&invitation)?)
    })
}

/// Revokes the registration URL for a slug.
///
/// # Errors
///
/// If there is none.
pub fn revoke(store: &mut Store, slug: &Slug) -> Result<(), Failure> {
    if store.write(|write| Ok::<_, Failure>(write.delete_proxy_invitation(slug)?))? {
        return Ok(());
    }
    Err(Failure::new(
        Kind::NotFound,
        format!("there is no registration URL for {slug}"),
        "none was created with this name or slug, or it was revoked",
        "ltictl consumer list",
    ))
}

/// The URL to paste into the platform.
pub fn registration_url(settings: &Settings, key: &MacKey, invitation: &ProxyInvitation) -> String {
    let target = ProxyTarget::Invitation(invitation.id);
    url_of(settings, &token(key, target, &stamp_of(invitation)))
}

/// The registration URL of a resource that was published with a consumer, for up to 500 platforms.
/// It works as long as that consumer exists and is enabled. `None` for another consumer.
pub fn registration_url_of(
    settings: &Settings,
    key: &MacKey,
    consumer: &Consumer,
) -> Option<String> {
    consumer.own_resource.as_ref()?;
    let target = ProxyTarget::Resource(consumer.registration.id);
    Some(url_of(settings, &token(key, target, &consumer.cartridge_token)))
}

fn url_of(settings: &Settings, token: &str) -> String {
    settings.url.join(&format!("{PATH}/{token}"))
}

fn stamp_of(invitation: &ProxyInvitation) -> String {
    invitation.created_at.as_millisecond().to_string()
}

/// The consumer that a registration URL is for, as it will be added.
struct Planned {
    /// `None` if it is named after the platform.
    name: Option<(Name, Slug)>,
    /// `None` for all that are open to all registrations.
    resources: Option<Vec<Slug>>,
}

/// A registration URL that is open, and the platform's checked profile.
struct Prepared {
    planned: Planned,
    settings: Settings,
    resources: Vec<Resource>,
    profile: Profile,
    profile_url: Url,
    return_url: Url,
    reach: NetworkAccess,
}

/// Opens a registration URL: checks the token, then the platform's request and its profile.
///
/// # Errors
///
/// Why nothing can be registered. No request is sent before the token has been verified.
pub async fn open(
    registrar: &ProxyRegistrar,
    token: &str,
    parameters: &Parameters,
) -> Result<ConfirmationRequest, NotRegistered> {
    let now = registrar.clock.now();
    let (target, settings) = registrar.pool.look_up(|read| {
        Ok::<_, NotRegistered>((verified_target(read, registrar, token)?, read.settings()?))
    })?;
    registrar.pool.look_up(|read| planned(read, target, now))?;
    let _place = registrar.under_way.enter(target).map_err(NotRegistered::TooMany)?;
    let request =
        RegistrationRequest::read(parameters).map_err(|problem| FailedProxy::request(&problem))?;
    let (profile_url, return_url) = (request.profile_url, request.return_url);
    let prepared = prepare(registrar, settings, target, profile_url, return_url).await?;
    let confirmation = ProxyConfirmation {
        target,
        key: request.key,
        password: request.password.to_string(),
        profile_url: prepared.profile_url.to_string(),
        return_url: prepared.return_url.to_string(),
        issued_at: now.as_second(),
    };
    Ok(ConfirmationRequest {
        name: prepared.name()?,
        sealed: confirmation.seal(&registrar.state_key),
        host: prepared.profile_url.host_str().unwrap_or_default().to_owned(),
        origin: prepared.profile_url.origin().ascii_serialization(),
        profile: prepared.profile,
        resources: prepared.resources,
    })
}

/// Registers after a confirmation; `sealed` is the value from the page, `token` that of its URL.
///
/// # Errors
///
/// Why nothing was registered, if the browser cannot be sent back.
pub async fn confirm(
    registrar: &ProxyRegistrar,
    token: &str,
    sealed: &str,
) -> Result<Returned, NotRegistered> {
    let now = registrar.clock.now();
    let confirmation = ProxyConfirmation::open(sealed, &registrar.state_key, now.as_second())
        .ok_or(NotRegistered::ConfirmationExpired)?;
    let (target, settings) = registrar.pool.look_up(|read| {
        Ok::<_, NotRegistered>((verified_target(read, registrar, token)?, read.settings()?))
    })?;
    if target != confirmation.target {
        return Err(NotRegistered::ConfirmationExpired);
    }
    let _place = registrar.under_way.enter(target).map_err(NotRegistered::TooMany)?;
    let expired = |_| NotRegistered::ConfirmationExpired;
    let profile_url = Url::parse(&confirmation.profile_url).map_err(expired)?;
    let return_url = Url::parse(&confirmation.return_url).map_err(expired)?;
    let prepared = prepare(registrar, settings, target, profile_url, return_url).await?;
    spend(registrar, target, now).await?;
    let registered = register(registrar, &prepared, &confirmation).await;
    let outcome = match registered {
        Ok(registered) => add(registrar, &prepared, registered).await?,
        Err(failed) => Err(failed),
    };
    match outcome {
        Ok(consumer) => Ok(Returned {
            url: RegistrationStatus::Success {
                tool_proxy_guid: consumer.key.as_str(),
                message: "The tool is registered.",
            }
            .added_to(&prepared.return_url),
            consumer: Some(consumer.registration.slug),
        }),
        Err(failed) => {
            reopen(registrar, target).await?;
            failed.log();
            let message = failed.for_page();
            let url =
                RegistrationStatus::Failure { message: &message }.added_to(&prepared.return_url);
            Ok(Returned { url, consumer: None })
        }
    }
}

/// What a token is for, if this tool created it and it was not replaced.
fn verified_target(
    read: Read<'_>,
    registrar: &ProxyRegistrar,
    token: &str,
) -> Result<ProxyTarget, NotRegistered> {
    let target = claimed_target(token).ok_or(NotRegistered::UnknownToken)?;
    let stamp = match target {
        ProxyTarget::Invitation(id) => read.proxy_invitation(id)?.map(|found| stamp_of(&found)),
        ProxyTarget::Resource(id) => read
            .consumer_by_id(id)?
            .filter(|consumer| consumer.own_resource.is_some())
            .map(|consumer| consumer.cartridge_token),
    };
    // Checked even if there is no such target, so that both cases take the same time.
    let expected = stamp.as_deref().unwrap_or_default();
    let matches = token_matches(&registrar.state_key, token, target, expected);
    if matches && stamp.is_some() { Ok(target) } else { Err(NotRegistered::UnknownToken) }
}

/// What will be added, if the registration URL is open.
fn planned(read: Read<'_>, target: ProxyTarget, now: Timestamp) -> Result<Planned, NotRegistered> {
    match target {
        ProxyTarget::Invitation(id) => {
            let found = read.proxy_invitation(id)?.ok_or(NotRegistered::UnknownToken)?;
            match found.used_at {
                Some(at) => return Err(NotRegistered::Used(at)),
                None if !found.is_open(now) => {
                    return Err(NotRegistered::Expired(found.expires_at));
                }
                None => {}
            }
            let name = Some((found.name, found.slug));
            Ok(Planned { name, resources: found.resources })
        }
        ProxyTarget::Resource(id) => {
            let own = read.consumer_by_id(id)?.filter(|own| own.registration.enabled);
            let resource = own.and_then(|own| own.own_resource);
            let resource = resource.ok_or(NotRegistered::UnknownToken)?;
            if read.proxies_of(&resource)? >= MAX_PLATFORMS {
                return Err(FailedProxy::too_many(MAX_PLATFORMS).into());
            }
            Ok(Planned { name: None, resources: Some(vec![resource]) })
        }
    }
}

/// Checks that the URL is open, fetches the platform's profile, and checks that a tool proxy can be
/// sent.
async fn prepare(
    registrar: &ProxyRegistrar,
    settings: Settings,
    target: ProxyTarget,
    profile_url: Url,
    return_url: Url,
) -> Result<Prepared, NotRegistered> {
    let now = registrar.clock.now();
    let (planned, resources) = registrar.pool.look_up(|read| {
        let planned = planned(read, target, now)?;
        let resources = offered(read, &planned)?;
        Ok::<_, NotRegistered>((planned, resources))
    })?;
    if resources.is_empty() {
        return Err(FailedProxy::without_resources().into());
    }
    check_origin("launch_presentation_return_url", &return_url, &profile_url)?;
    let policy = PlatformPolicy::default();
    let reach = NetworkAccess::for_registration(&policy, settings.url.is_loopback());
    let document = registrar
        .client
        .get_document(profile_url.as_str(), PROFILE_MEDIA_TYPE, reach, MAX_DOCUMENT_BYTES)
        .await
        .map_err(|error| FailedProxy::profile(&error).logged())?;
    let profile =
        Profile::read(&document).map_err(|problem| FailedProxy::unusable(&problem).logged())?;
    let prepared =
        Prepared { planned, settings, resources, profile, profile_url, return_url, reach };
    // What is missing is reported before anything is sent.
    prepared.tool_side().proxy(&Sealed::example())?;
    Ok(prepared)
}

/// The resources that a tool proxy offers: published ones that the consumer will be able to use.
fn offered(read: Read<'_>, planned: &Planned) -> Result<Vec<Resource>, NotRegistered> {
    let slug = planned.name.as_ref().map(|(_, slug)| slug);
    let mut resources = match &planned.resources {
        Some(slugs) => slugs
            .iter()
            .map(|slug| read.resource(slug))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect(),
        None => {
            let mut all = read.resources()?;
            all.retain(|resource| slug.is_some_and(|slug| resource.is_for(slug)));
            all
        }
    };
    resources.retain(|resource| resource.published);
    resources.truncate(MAX_RESOURCES);
    Ok(resources)
}

/// Spends a URL that can be used once, before anything is sent. Of two requests, one gets here.
async fn spend(
    registrar: &ProxyRegistrar,
    target: ProxyTarget,
    now: Timestamp,
) -> Result<(), NotRegistered> {
    let ProxyTarget::Invitation(id) = target else { return Ok(()) };
    registrar
        .pool
        .write(move |write| {
            planned(**write, target, now)?;
            Ok::<_, NotRegistered>(write.set_proxy_invitation_used(id, Some(now))?)
        })
        .await
}

/// Opens such a URL again after a failure.
async fn reopen(registrar: &ProxyRegistrar, target: ProxyTarget) -> Result<(), Error> {
    let ProxyTarget::Invitation(id) = target else { return Ok(()) };
    registrar.pool.write(move |write| write.set_proxy_invitation_used(id, None)).await
}

/// Sends the tool proxy.
async fn register(
    registrar: &ProxyRegistrar,
    prepared: &Prepared,
    confirmation: &ProxyConfirmation,
) -> Result<Registered, FailedProxy> {
    let sealed = Sealed::fresh(&prepared.profile, &registrar.random);
    let (endpoint, document) = prepared.tool_side().proxy(&sealed)?;
    let body = Zeroizing::new(document.to_string().into_bytes());
    let credentials = Credentials {
        consumer_key: &confirmation.key,
        secret: confirmation.password.as_bytes(),
        method: Method::HmacSha1,
    };
    let (now, nonce) = (registrar.clock.now().as_second(), registrar.random.uuid().to_string());
    let signature = authorization("POST", endpoint.as_str(), &body, &credentials, now, &nonce)
        .map_err(|_| FailedProxy::foreign("the service", &endpoint, &prepared.profile_url))?;
    let content = (PROXY_MEDIA_TYPE, body.to_vec());
    let posted = registrar
        .client
        .post_signed(endpoint.as_str(), content, &signature, prepared.reach, MAX_DOCUMENT_BYTES)
        .await
        .map_err(|error| FailedProxy::unanswered(&error))?;
    Registered::read(posted.status, &posted.body, sealed.as_sent())
        .map_err(|error| FailedProxy::refused(&error, &confirmation.password))
}

/// Adds the consumer. Nothing that exists is overwritten.
async fn add(
    registrar: &ProxyRegistrar,
    prepared: &Prepared,
    registered: Registered,
) -> Result<Result<Consumer, FailedProxy>, Error> {
    let now = registrar.clock.now();
    let name = prepared.planned.name.clone();
    let platform = prepared.platform_name();
    let resources: Vec<Slug> =
        prepared.resources.iter().map(|resource| resource.slug.clone()).collect();
    let template = members_template(prepared);
    let random = registrar.random.clone();
    let change = move |write: &Write<'_>| -> Result<Result<Consumer, FailedProxy>, Error> {
        let stored = || -> Result<Consumer, Failure> {
            let key = ConsumerKey::new(&registered.tool_proxy_guid)?;
            if write.consumer_key_was_used(&key)? {
                return Err(key_was_used(&key));
            }
            let (name, slug) = match name {
                Some(named) => named,
                None => (Name::new(&platform)?, free_slug(write, &platform, &random)?),
            };
            if let Some(taken) = consumer::slug_is_taken(**write, &slug)? {
                return Err(taken);
            }
            let token = consumer::fresh_cartridge_token(&random);
            let new = Consumer::new(name, Some(slug), key, token, now)?;
            let registration = Registration { protocol: Protocol::Lti2p0, ..new.registration };
            let mut added = Consumer { registration, resources: Some(resources), ..new };
            added.registration.id = write.insert_consumer(&added, CreatedBy::Hand)?;
            let secret = Secret::new(registered.secret.as_bytes().to_vec());
            write.insert_consumer_secret(added.registration.id, &secret, now)?;
            write.set_members_template(added.registration.id, template.as_deref())?;
            Ok(added)
        };
        Ok(stored().map_err(|failure| FailedProxy::not_stored(&failure)))
    };
    registrar.pool.write(change).await
}

fn key_was_used(key: &ConsumerKey) -> Failure {
    let key: String = key.as_str().chars().take(100).collect();
    Failure::new(
        Kind::Conflict,
        format!("tool_proxy_guid {key:?} cannot be used"),
        "it is, or was, the key of another consumer, whose users it would reach",
        "ltictl consumer list",
    )
}

/// A slug for a consumer that is named after its platform.
fn free_slug(write: &Write<'_>, platform: &str, random: &Random) -> Result<Slug, Failure> {
    let letters = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    let base: String = platform.to_ascii_lowercase().chars().take(40).map(letters).collect();
    let words: Vec<&str> = base.split('-').filter(|word| !word.is_empty()).collect();
    let slug = Slug::new(&format!("{}-lti-2p0", words.join("-")))?;
    match write.registration_slug_is_taken(&slug)? {
        false => Ok(slug),
        true => Ok(Slug::new(&format!("{slug}-{}", HEXLOWER.encode(&random.bytes::<4>())))?),
    }
}

/// Where the platform lists members, if that is on the host of its profile.
fn members_template(prepared: &Prepared) -> Option<String> {
    let endpoint = &prepared.profile.service(members::MEDIA_TYPE, "GET")?.endpoint;
    let example = Url::parse(&endpoint.replace(['{', '}'], "")).ok()?;
    let is_own = example.origin() == prepared.profile_url.origin();
    (is_own && endpoint.len() <= MAX_TEMPLATE_BYTES).then(|| endpoint.clone())
}

impl Prepared {
    fn tool_side(&self) -> ToolSide<'_> {
        ToolSide {
            settings: &self.settings,
            resources: &self.resources,
            profile: &self.profile,
            profile_url: &self.profile_url,
        }
    }

    /// The platform's host, with what its profile calls the institution.
    fn platform_name(&self) -> String {
        let host = self.profile_url.host_str().unwrap_or_default();
        let owner = self.profile.service_owner_name.as_deref().unwrap_or_default();
        let name = format!("{host} {}", StoredText::Word.cut(owner));
        Name::new(name.trim()).map_or_else(|_| host.to_owned(), |name| name.to_string())
    }

    fn name(&self) -> Result<Name, Failure> {
        match &self.planned.name {
            Some((name, _)) => Ok(name.clone()),
            None => Ok(Name::new(&self.platform_name())?),
        }
    }
}
