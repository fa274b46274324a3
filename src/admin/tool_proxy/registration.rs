//! Registration by LTI 2.0: from a registration URL to a consumer.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use url::Url;

use super::failed::FailedProxy;
use super::offer::{Offer, offerable};
use super::proxy::Sealed;
use super::registrar::{ConfirmationRequest, NotRegistered, PATH, ProxyRegistrar, Returned};
use crate::domain::{
    Consumer, ConsumerKey, InvitationLifetime, Name, Protocol, ProxyInvitation, Random,
    Registration, Resource, ResourceRef, Secret, Settings, Slug,
};
use crate::failure::{Failure, Kind};
use crate::lti::lti_1p1::oauth1::{Credentials, Method};
use crate::lti::lti_2p0::{Registered, RegistrationRequest};
use crate::rules::consumer;
use crate::store::{CreatedBy, Error, Read, Store, Write};
use crate::token::MacKey;
use crate::token::confirmation::ProxyConfirmation;
use crate::token::proxy_token::{ProxyTarget, claimed_target, token, token_matches};
use crate::web::form::Parameters;

/// Maximum number of platforms that register with the URL of a resource: anyone who has it can add
/// consumers.
const MAX_PLATFORMS: u32 = 500;

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

/// A registration URL that is open, and what can be registered.
struct Prepared {
    planned: Planned,
    offer: Offer,
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
    let name = prepared.name()?;
    let offer = prepared.offer;
    let confirmation = ProxyConfirmation {
        target,
        key: request.key,
        password: request.password.to_string(),
        profile_url: offer.profile_url.to_string(),
        return_url: offer.return_url.to_string(),
        issued_at: now.as_second(),
    };
    let sealed = confirmation.seal(&registrar.state_key);
    Ok(offer.confirmation_request(name, sealed))
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
    let registered = register(registrar, &prepared.offer, &confirmation).await;
    let outcome = match registered {
        Ok(registered) => add(registrar, &prepared, (target, now), registered).await?,
        Err(failed) => Err(failed),
    };
    match outcome {
        Ok(consumer) => Ok(prepared.offer.succeeded(&consumer, "The tool is registered.")),
        Err(failed) => {
            reopen(registrar, target).await?;
            Ok(prepared.offer.failed(&failed))
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
        ProxyTarget::Consumer(_) => None,
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
        ProxyTarget::Consumer(_) => Err(NotRegistered::UnknownToken),
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
    let offer =
        Offer::prepare(registrar, settings, resources, (profile_url, return_url), None).await?;
    Ok(Prepared { planned, offer })
}

/// The resources that a tool proxy offers: published ones that the consumer will be able to use.
fn offered(read: Read<'_>, planned: &Planned) -> Result<Vec<Resource>, Error> {
    let slug = planned.name.as_ref().map(|(_, slug)| slug);
    let resources = match &planned.resources {
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
    Ok(offerable(resources))
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

/// Sends the tool proxy with the credentials of the platform's request.
async fn register(
    registrar: &ProxyRegistrar,
    offer: &Offer,
    confirmation: &ProxyConfirmation,
) -> Result<Registered, FailedProxy> {
    let sealed = Sealed::fresh(&offer.profile, &registrar.random);
    let credentials = Credentials {
        consumer_key: &confirmation.key,
        secret: confirmation.password.as_bytes(),
        method: Method::HmacSha1,
    };
    offer.send(registrar, &sealed, &credentials, None).await
}

/// Adds the consumer. Nothing that exists is overwritten.
async fn add(
    registrar: &ProxyRegistrar,
    prepared: &Prepared,
    (target, spent_at): (ProxyTarget, Timestamp),
    registered: Registered,
) -> Result<Result<Consumer, FailedProxy>, Error> {
    let now = registrar.clock.now();
    let name = prepared.planned.name.clone();
    let offer = &prepared.offer;
    let platform = offer.platform_name();
    let resources: Vec<Slug> =
        offer.resources.iter().map(|resource| resource.slug.clone()).collect();
    let (template, origin) = (offer.members_template(), offer.origin());
    let random = registrar.random.clone();
    let change = move |write: &Write<'_>| -> Result<Result<Consumer, FailedProxy>, Error> {
        let stored = || -> Result<Consumer, Failure> {
            if !is_still_open(**write, target, spent_at)? {
                return Err(was_revoked());
            }
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
            write.set_profile_origin(added.registration.id, &origin)?;
            Ok(added)
        };
        Ok(stored().map_err(|failure| FailedProxy::not_stored(&failure)))
    };
    registrar.pool.write(change).await
}

/// Whether a registration URL that was spent at this time has neither been revoked nor replaced since.
fn is_still_open(read: Read<'_>, target: ProxyTarget, spent_at: Timestamp) -> Result<bool, Error> {
    let is_invited = match target {
        ProxyTarget::Invitation(id) => read
            .proxy_invitation(id)?
            .is_some_and(|invitation| is_same_moment(invitation.used_at, spent_at)),
        ProxyTarget::Resource(id) => read
            .consumer_by_id(id)?
            .is_some_and(|own| own.registration.enabled && own.own_resource.is_some()),
        ProxyTarget::Consumer(_) => false,
    };
    Ok(is_invited)
}

/// Whether a stored time is this one; times are stored in milliseconds.
fn is_same_moment(stored: Option<Timestamp>, moment: Timestamp) -> bool {
    stored.is_some_and(|stored| stored.as_millisecond() == moment.as_millisecond())
}

fn was_revoked() -> Failure {
    Failure::new(
        Kind::Conflict,
        "the registration URL was revoked or replaced meanwhile",
        "nothing was added",
        "ltictl consumer registration-url NAME",
    )
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

impl Prepared {
    fn name(&self) -> Result<Name, Failure> {
        match &self.planned.name {
            Some((name, _)) => Ok(name.clone()),
            None => Ok(Name::new(&self.offer.platform_name())?),
        }
    }
}
