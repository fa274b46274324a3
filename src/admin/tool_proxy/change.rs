//! Changes of registrations by LTI 2.0 (LTI 2.0, Re-registration).
//!
//! The platform's request is signed with a secret of its consumer, and everything that follows concerns
//! that consumer only: its profile must have the origin with which it registered, the tool proxy is
//! signed with the same secret, and must be accepted under the same key. The new secret is stored
//! before it is sent, beside the valid ones. It takes their place when the platform confirms it: with a
//! request to the confirmation URL, or, for platforms that do not know that, with the first launch that
//! is signed with it.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::failed::FailedProxy;
use super::offer::{Offer, offerable};
use super::proxy::Sealed;
use super::registrar::{
    CONFIRM_PATH, ConfirmationRequest, NotRegistered, PATH, ProxyRegistrar, Returned,
};
use crate::domain::{
    Consumer, PENDING_PROXY_LIFETIME, PendingProxy, Protocol, Resource, Secret, Settings, Slug,
};
use crate::failure::{Failure, Kind};
use crate::lti::lti_1p1::oauth1::{Credentials, Message, Method, Verified};
use crate::lti::lti_2p0::{ChangeRequest, Registered};
use crate::rules::refusal::Refusal;
use crate::rules::signed_message::{self, Signer};
use crate::rules::{proxy_change, signed_nonce};
use crate::store::{Error, Read, Write};
use crate::token::confirmation::{LIFETIME_SECONDS, ProxyChangeConfirmation};
use crate::token::proxy_token::ProxyTarget;

/// How long another change of the same consumer waits for the platform's response to the first one:
/// longer than that may take.
const RESPONSE_TIME: SignedDuration = SignedDuration::from_secs(60);

/// How long it is stored that a confirmation page was used, in seconds: longer than it can be.
const PAGE_NONCE: i64 = 2 * LIFETIME_SECONDS;

/// How long it is stored at least that a change was confirmed, in seconds: if the response is lost, the
/// platform repeats its request.
const CONFIRMED_PERIOD: i64 = 24 * 60 * 60;

/// A form as it arrived.
pub struct SignedRequest {
    /// The path below the tool's URL, and the query, as they were sent.
    pub path_and_query: String,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

/// What a platform does at a confirmation URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeDecision {
    /// It confirms the change.
    Confirm,
    /// It discards it.
    Discard,
}

/// What comes of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It was done.
    Done,
    /// No change waits at this URL: it was used, replaced, or has expired.
    Unknown,
    /// The consumer is disabled.
    Disabled,
    /// The platform has not sent its half of the secret yet.
    TooEarly,
}

/// Opens a change: checks the signature like that of a launch, then the platform's request and its
/// profile.
///
/// # Errors
///
/// Why nothing can be changed. No request is sent before the signature has been verified and its nonce
/// spent.
pub async fn open_change(
    registrar: &ProxyRegistrar,
    request: SignedRequest,
) -> Result<ConfirmationRequest, NotRegistered> {
    let now = registrar.clock.now();
    let (message, settings, signer) = registrar.pool.look_up(|read| {
        let settings = read.settings()?;
        let url = settings.url.join(&request.path_and_query);
        let message = Message::from_form(&url, &request.body)
            .map_err(|rejection| logged(Refusal::from(rejection), None))?;
        let consumer = read.consumer_by_key(message.consumer_key())?;
        let signer = consumer.map(|consumer| Signer::new(read, consumer, now)).transpose()?;
        Ok::<_, NotRegistered>((message, settings, signer))
    })?;
    let slug = signer.as_ref().map(|signer| &signer.consumer.registration.slug);
    let verified = signed_message::verify(signer.as_ref(), &message, now)
        .map_err(|refusal| logged(refusal, slug))?;
    let Some(signer) = &signer else { return Err(NotRegistered::UnknownToken) };
    let consumer = &signer.consumer;
    if consumer.registration.protocol != Protocol::Lti2p0 {
        return Err(FailedProxy::not_registered(&consumer.registration.slug).logged().into());
    }
    if signer.is_replaced(&verified) {
        return Err(FailedProxy::secret_replaced().logged().into());
    }
    let id = consumer.registration.id;
    let _place =
        registrar.under_way.enter(ProxyTarget::Consumer(id)).map_err(NotRegistered::TooMany)?;
    let nonce = spend_nonce(registrar, signer, &verified, now).await?;
    let request = ChangeRequest::read(&verified)
        .map_err(|problem| FailedProxy::change_request(&problem).logged())?;
    let urls = (request.profile_url, request.return_url);
    let offer = prepare(registrar, settings, consumer, urls).await?;
    let secret = signer.secret(&verified).ok_or(NotRegistered::ConfirmationExpired)?;
    let confirmation = ProxyChangeConfirmation {
        registration_id: id,
        secret_digest: secret_digest(secret),
        method: verified.method.as_str().to_owned(),
        nonce,
        profile_url: offer.profile_url.to_string(),
        return_url: offer.return_url.to_string(),
        issued_at: now.as_second(),
    };
    let sealed = confirmation.seal(&registrar.state_key);
    Ok(offer.confirmation_request(consumer.registration.name.clone(), sealed))
}

/// Writes a refusal to the server's log, without the token of a registration URL.
fn logged(refusal: Refusal, consumer: Option<&Slug>) -> Refusal {
    let refusal = match refusal {
        Refusal::OauthSignatureInvalid { difference, signed_url } => {
            let signed_url = without_token(&signed_url).to_owned();
            Refusal::OauthSignatureInvalid { difference, signed_url }
        }
        other => other,
    };
    tracing::warn!(
        code = refusal.code(),
        consumer = consumer.map_or("-", Slug::as_str),
        problem = %refusal.cause(),
        "a change of a registration by LTI 2.0 was refused"
    );
    refusal
}

/// A registration URL up to its token.
fn without_token(url: &str) -> &str {
    let token = format!("{PATH}/");
    url.find(&token).map_or(url, |start| &url[..start + PATH.len()])
}

/// Spends the nonce of a request. A new secret that has signed it is confirmed by that.
async fn spend_nonce(
    registrar: &ProxyRegistrar,
    signer: &Signer,
    verified: &Verified,
    now: Timestamp,
) -> Result<String, NotRegistered> {
    let id = signer.consumer.registration.id;
    let (nonce, stored_until) = signed_nonce::of(id, verified);
    let unconfirmed = signer.unconfirmed_secret(verified).cloned();
    let text = nonce.clone();
    let is_new = registrar
        .pool
        .write(move |write| {
            if !signed_nonce::spend(write, &text, stored_until)? {
                return Ok::<_, Error>(false);
            }
            match &unconfirmed {
                Some(secret) => proxy_change::confirm_by_signature(write, id, secret, now),
                None => Ok(true),
            }
        })
        .await?;
    let slug = &signer.consumer.registration.slug;
    if is_new { Ok(nonce) } else { Err(logged(Refusal::OauthNonceReused, Some(slug)).into()) }
}

/// Checks where the profile is, fetches it, and checks that a tool proxy can be sent.
async fn prepare(
    registrar: &ProxyRegistrar,
    settings: Settings,
    consumer: &Consumer,
    urls: (Url, Url),
) -> Result<Offer, NotRegistered> {
    let (origin, resources) = registrar.pool.look_up(|read| {
        let origin = read.profile_origin(consumer.registration.id)?;
        Ok::<_, Error>((origin, offered(read, consumer)?))
    })?;
    let profile_origin = urls.0.origin().ascii_serialization();
    if origin.as_ref() != Some(&profile_origin) {
        return Err(FailedProxy::moved(&profile_origin, origin.as_deref()).logged().into());
    }
    let replaced_guid = Some(consumer.key.to_string());
    Offer::prepare(registrar, settings, resources, urls, replaced_guid).await
}

/// The resources that the consumer may use, which a change does not extend.
fn offered(read: Read<'_>, consumer: &Consumer) -> Result<Vec<Resource>, Error> {
    let slugs = consumer.resources.iter().flatten();
    let found = slugs.map(|slug| read.resource(slug)).collect::<Result<Vec<_>, _>>()?;
    Ok(offerable(found.into_iter().flatten().collect()))
}

/// A secret as the confirmation page names it.
fn secret_digest(secret: &Secret) -> String {
    HEXLOWER.encode(digest(&SHA256, secret.expose()).as_ref())
}

/// The consumer and the secret that a confirmation page is for, as long as they are valid and no newer
/// secret has replaced that one.
fn confirmed(
    read: Read<'_>,
    confirmation: &ProxyChangeConfirmation,
    now: Timestamp,
) -> Result<(Consumer, Secret), NotRegistered> {
    let expired = || NotRegistered::ConfirmationExpired;
    let id = confirmation.registration_id;
    let consumer = read.consumer_by_id(id)?.ok_or_else(expired)?;
    if consumer.registration.protocol != Protocol::Lti2p0 {
        return Err(expired());
    }
    if !consumer.registration.enabled {
        return Err(logged(Refusal::ConsumerDisabled, Some(&consumer.registration.slug)).into());
    }
    let newest = read.consumer_secrets(id, now)?.into_iter().next();
    let is_named = |secret: &Secret| secret_digest(secret) == confirmation.secret_digest;
    let secret = newest.filter(is_named).ok_or_else(expired)?;
    Ok((consumer, secret))
}

/// Registers a consumer again after a confirmation; `sealed` is the value from the page.
///
/// # Errors
///
/// Why nothing was changed, if the browser cannot be sent back.
pub async fn confirm_change(
    registrar: &ProxyRegistrar,
    sealed: &str,
) -> Result<Returned, NotRegistered> {
    let expired = || NotRegistered::ConfirmationExpired;
    let now = registrar.clock.now();
    let confirmation = ProxyChangeConfirmation::open(sealed, &registrar.state_key, now.as_second())
        .ok_or_else(expired)?;
    let id = confirmation.registration_id;
    let (consumer, current) = registrar.pool.look_up(|read| confirmed(read, &confirmation, now))?;
    let _place =
        registrar.under_way.enter(ProxyTarget::Consumer(id)).map_err(NotRegistered::TooMany)?;
    let settings = registrar.pool.look_up(|read| read.settings())?;
    let profile_url = Url::parse(&confirmation.profile_url).map_err(|_| expired())?;
    let return_url = Url::parse(&confirmation.return_url).map_err(|_| expired())?;
    let method = Method::named(&confirmation.method).ok_or_else(expired)?;
    let offer = prepare(registrar, settings, &consumer, (profile_url, return_url)).await?;
    let new = NewProxy::create(registrar, &offer, id, now);
    new.announce(registrar, confirmation).await?;
    let credentials =
        Credentials { consumer_key: consumer.key.as_str(), secret: current.expose(), method };
    let url = offer.settings.url.join(&format!("{CONFIRM_PATH}/{}", new.token));
    let response = offer.send(registrar, &new.sealed, &credentials, Some(&url)).await;
    Ok(match new.settle(registrar, &consumer, response).await? {
        Ok(()) => {
            let slug = &consumer.registration.slug;
            tracing::info!(consumer = %slug, "a changed registration by LTI 2.0 was accepted");
            let message = "The tool is registered again. Until this is confirmed, the previous \
                           registration is valid.";
            offer.succeeded(&consumer, message)
        }
        Err(failed) => offer.failed(&failed),
    })
}

/// A tool proxy that takes the place of another one.
struct NewProxy {
    sealed: Sealed,
    /// Of its confirmation URL: 256 random bits.
    token: String,
    pending: PendingProxy,
}

impl NewProxy {
    fn create(registrar: &ProxyRegistrar, offer: &Offer, id: i64, now: Timestamp) -> Self {
        let sealed = Sealed::fresh(&offer.profile, &registrar.random);
        let pending = PendingProxy {
            registration_id: id,
            secret: sealed.whole(),
            members_template: offer.members_template(),
            is_answered: false,
            created_at: now,
            expires_at: now.saturating_add(PENDING_PROXY_LIFETIME).unwrap_or(Timestamp::MAX),
        };
        let token = URL_SAFE_NO_PAD.encode(registrar.random.bytes::<32>());
        Self { sealed, token, pending }
    }

    /// Stores it before it is sent: if the response is lost, the platform may use its secret. A page
    /// is confirmed once, and only one tool proxy of a consumer is under way.
    async fn announce(
        &self,
        registrar: &ProxyRegistrar,
        confirmation: ProxyChangeConfirmation,
    ) -> Result<(), NotRegistered> {
        let (pending, digest) = (self.pending.clone(), token_digest(&self.token));
        let (id, now) = (pending.registration_id, pending.created_at);
        registrar
            .pool
            .write(move |write| {
                confirmed(**write, &confirmation, now)?;
                let under_way = write.pending_proxy(id, now)?.is_some_and(|earlier| {
                    !earlier.is_answered && now.duration_since(earlier.created_at) < RESPONSE_TIME
                });
                if under_way {
                    return Err(FailedProxy::under_way().logged().into());
                }
                // The end is the same for each use: nonces count once together with it.
                let end = Timestamp::from_second(confirmation.issued_at.saturating_add(PAGE_NONCE));
                let spent = format!("2p0 {}", confirmation.nonce);
                if !write.spend_nonce(&spent, end.unwrap_or(Timestamp::MAX))? {
                    return Err(NotRegistered::ConfirmationExpired);
                }
                Ok(write.put_pending_proxy(&pending, &digest)?)
            })
            .await
    }

    /// Stores what the platform has responded. If it has accepted the tool proxy, or may have, the new
    /// secret waits for its confirmation; otherwise, it is discarded.
    async fn settle(
        &self,
        registrar: &ProxyRegistrar,
        consumer: &Consumer,
        response: Result<Registered, FailedProxy>,
    ) -> Result<Result<(), FailedProxy>, Error> {
        let response = response.and_then(|registered| {
            match registered.tool_proxy_guid == consumer.key.as_str() {
                true => Ok(Secret::new(registered.secret.as_bytes().to_vec())),
                false => Err(FailedProxy::key_changed(
                    &registered.tool_proxy_guid,
                    consumer.key.as_str(),
                )),
            }
        });
        let kept = match &response {
            Ok(secret) => Some(secret.clone()),
            Err(failed) if failed.is_unanswered() => self.pending.secret.clone(),
            Err(_) => None,
        };
        let (digest, id) = (token_digest(&self.token), self.pending.registration_id);
        let is_removed = registrar
            .pool
            .write(move |write| {
                match &kept {
                    // If it no longer waits, the platform has decided already.
                    Some(secret) => drop(write.answer_pending_proxy(&digest, secret)?),
                    None => write.delete_pending_proxy_of(&digest)?,
                }
                Ok::<_, Error>(write.consumer_by_id(id)?.is_none())
            })
            .await?;
        Ok(match response {
            Ok(_) if is_removed => Err(FailedProxy::not_stored(&was_removed(consumer))),
            other => other.map(|_| ()),
        })
    }
}

fn was_removed(consumer: &Consumer) -> Failure {
    Failure::new(
        Kind::NotFound,
        format!("consumer {} was removed meanwhile", consumer.registration.slug),
        "its registration cannot be changed",
        "ltictl consumer list",
    )
}

/// The token of a confirmation URL as the database stores it.
fn token_digest(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}

/// Stores that a change was confirmed at the URL whose token has this digest.
fn mark_confirmed(write: &Write<'_>, digest: &[u8], now: Timestamp) -> Result<(), Error> {
    write.spend_nonce(&mark_of(digest), period_end(now, 2)).map(drop)
}

/// Whether that was stored in this period or the one before.
fn was_confirmed(read: Read<'_>, digest: &[u8], now: Timestamp) -> Result<bool, Error> {
    let mark = mark_of(digest);
    Ok(read.nonce_is_spent(&mark, period_end(now, 2))?
        || read.nonce_is_spent(&mark, period_end(now, 1))?)
}

/// A nonce that is spent by a confirmation.
fn mark_of(digest: &[u8]) -> String {
    format!("2p0 confirmed {}", HEXLOWER.encode(digest))
}

/// When the last of so many periods ends, the first of which is the current one.
fn period_end(now: Timestamp, periods: i64) -> Timestamp {
    let period = now.as_second().div_euclid(CONFIRMED_PERIOD) + periods;
    Timestamp::from_second(period.saturating_mul(CONFIRMED_PERIOD)).unwrap_or(Timestamp::MAX)
}

/// What comes of a decision at a URL at which no change waits. A confirmation that is repeated changes
/// nothing, and succeeds like the first one: otherwise, a platform that has lost the response would
/// keep its previous secret, which expires.
fn repeated(
    read: Read<'_>,
    digest: &[u8],
    decision: ChangeDecision,
    now: Timestamp,
) -> Result<Decided, Error> {
    match decision {
        ChangeDecision::Confirm if was_confirmed(read, digest, now)? => Ok(Decided::Done),
        ChangeDecision::Confirm | ChangeDecision::Discard => Ok(Decided::Unknown),
    }
}

/// Does what a platform has decided at the confirmation URL with this token. The URL can do nothing
/// else, and only once; the same confirmation may be repeated.
///
/// # Errors
///
/// If the database fails.
pub async fn decide(
    registrar: &ProxyRegistrar,
    token: &str,
    decision: ChangeDecision,
) -> Result<Decided, Error> {
    let (now, digest) = (registrar.clock.now(), token_digest(token));
    // Anyone can send any token, so only one at which a change waits occupies the writer.
    let settled = registrar.pool.look_up(|read| match read.pending_proxy_of(&digest, now)? {
        Some(_) => Ok::<_, Error>(None),
        None => repeated(read, &digest, decision, now).map(Some),
    })?;
    if let Some(decided) = settled {
        return Ok(decided);
    }
    let (decided, slug) =
        registrar.pool.write(move |write| decide_in(write, &digest, decision, now)).await?;
    let consumer = slug.as_ref().map_or("-", Slug::as_str);
    tracing::info!(consumer, ?decision, ?decided, "a platform decided on a changed registration");
    Ok(decided)
}

/// Runs in the transaction; returns the consumer, too.
fn decide_in(
    write: &Write<'_>,
    digest: &[u8],
    decision: ChangeDecision,
    now: Timestamp,
) -> Result<(Decided, Option<Slug>), Error> {
    let Some(pending) = write.pending_proxy_of(digest, now)? else {
        return Ok((repeated(**write, digest, decision, now)?, None));
    };
    let Some(consumer) = write.consumer_by_id(pending.registration_id)? else {
        return Ok((Decided::Unknown, None));
    };
    let decided = match decision {
        ChangeDecision::Discard => {
            write.delete_pending_proxy_of(digest)?;
            Decided::Done
        }
        ChangeDecision::Confirm if !consumer.registration.enabled => Decided::Disabled,
        ChangeDecision::Confirm => match proxy_change::confirm(write, &pending, now)? {
            true => {
                mark_confirmed(write, digest, now)?;
                Decided::Done
            }
            false => Decided::TooEarly,
        },
    };
    Ok((decided, Some(consumer.registration.slug)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn a_confirmation_can_be_repeated_for_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::create(folder.path().join("tool.db")).unwrap();
        let now: Timestamp = "2026-11-30T23:59:59Z".parse().unwrap();
        store.write(|write| mark_confirmed(write, b"digest", now)).unwrap();
        for (digest, hours, expected) in
            [("digest", 0, true), ("other", 0, false), ("digest", 24, true), ("digest", 48, false)]
        {
            let then = now + SignedDuration::from_hours(hours);
            let found = was_confirmed(store.read(), digest.as_bytes(), then).unwrap();
            assert_eq!(found, expected, "{digest} {hours}");
        }
    }

    #[test]
    fn the_log_has_no_token_of_a_registration_url() {
        for (url, expected) in [
            ("https://tool.example/lti/2p0/register", "https://tool.example/lti/2p0/register"),
            ("https://tool.example/lti/2p0/register/5.x", "https://tool.example/lti/2p0/register"),
            (
                "https://tool.example/a/lti/2p0/register/5.x/",
                "https://tool.example/a/lti/2p0/register",
            ),
        ] {
            assert_eq!(without_token(url), expected);
        }
    }
}
