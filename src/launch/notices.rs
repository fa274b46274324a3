//! Notices of platforms: each is checked like a launch, stored once, and acted on in the same
//! transaction.
//!
//! Anyone can send requests here, and only the signature proves who sent a notice. A notice can
//! concern only the registration whose keyset its key is in, and only deployments of it. It is not
//! bound to a browser, nor to a login.

use std::time::Duration;

use jiff::Timestamp;

use super::platform_key::check_with_key;
use super::record::refused;
use super::service::{LaunchService, ReadyRegistration, require_ready};
use crate::domain::{
    NewNotice, NoticePolicy, Outcome, RefusedNotice, Registration, RegistrationRef, StoredText,
};
use crate::lti;
use crate::lti::id_token::Rejected;
use crate::lti::keyset::VerificationKeys;
use crate::lti::notice::{self, Expectation, HELLO_WORLD, Notice};
use crate::platform::NetworkAccess;
use crate::rules;
use crate::rules::course_copy::MAX_STORED;
use crate::rules::refusal::Refusal;
use crate::store::{self, Read, Write};

/// When a platform may send notices again that could not be checked.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// How many notices are stored in one transaction.
const BATCH: usize = 50;

/// The URL at which a request has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeUrl {
    /// That of a registration.
    Registration(RegistrationRef),
    /// One that is used once, by its random part.
    Probe(String),
}

/// What to respond to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeResponse {
    /// Every notice is stored, or at least one of them and the others are refused for good.
    Received,
    /// The body is not a list of notices.
    Malformed,
    /// Every notice is refused for good, or there is no such registration.
    Refused,
    /// Something could not be checked: the platform should send the same again after this time.
    Later(Duration),
}

/// How the check of one notice ended.
enum Checked {
    Good(Box<Notice>),
    /// It is refused for good.
    Bad(Box<RefusedNotice>),
    /// It could not be checked.
    Unknown,
}

/// Handles a request with notices.
///
/// # Errors
///
/// If the database fails.
pub async fn receive(
    service: &LaunchService,
    url: &NoticeUrl,
    body: &[u8],
) -> Result<NoticeResponse, store::Error> {
    // Before the registration is looked up: the response does not say which ones there are.
    let tokens = match notice::tokens(body) {
        Ok(tokens) => tokens,
        Err(problem) => {
            tracing::warn!(problem, "a request without notices was refused");
            return Ok(NoticeResponse::Malformed);
        }
    };
    let Some(registration) = service.pool.look_up(|read| registration_of(read, url))? else {
        return Ok(NoticeResponse::Refused);
    };
    let place = match service.notices.enter(registration.id) {
        Ok(place) => place,
        Err(wait) => return Ok(NoticeResponse::Later(wait)),
    };
    let _turn = place.turn().await;
    let closed = match require_ready(&registration) {
        Ok(_) if registration.policy.notices == NoticePolicy::Off => Some(Refusal::NoticesOff),
        Ok(ready) => {
            let checked = check_all(service, &ready, &tokens).await?;
            return store_all(service, &registration, url, checked).await;
        }
        Err(refusal) => Some(refusal),
    };
    let now = service.clock.now();
    let refused = closed.map(|refusal| refused_notice(&refusal, &registration, None, now));
    store_refused(service, &registration, refused.into_iter().collect()).await?;
    Ok(NoticeResponse::Refused)
}

fn registration_of(read: Read<'_>, url: &NoticeUrl) -> Result<Option<Registration>, store::Error> {
    match url {
        NoticeUrl::Registration(reference) => match reference.slug() {
            Some(slug) => read.registration(&slug),
            None => Ok(None),
        },
        NoticeUrl::Probe(code) => {
            match read.notice_probe_of(&rules::notice::probe_digest(code))? {
                Some((_, registration)) => read.registration_by_id(registration),
                None => Ok(None),
            }
        }
    }
}

async fn check_all(
    service: &LaunchService,
    ready: &ReadyRegistration<'_>,
    tokens: &[String],
) -> Result<Vec<Checked>, store::Error> {
    let (registration, now) = (ready.registration, service.clock.now());
    let is_loopback = service.pool.look_up(|read| read.settings())?.url.is_loopback();
    let reach = NetworkAccess::for_registration(&registration.policy, is_loopback);
    let mut all = Vec::with_capacity(tokens.len());
    for token in tokens {
        // With a stored key, a check waits for nothing.
        tokio::task::yield_now().await;
        all.push(match check(service, ready, reach, token, now).await {
            Ok(notice) => Checked::Good(Box::new(notice)),
            Err(rejected) if is_temporary(&rejected.refusal) => {
                log_refused(registration, &rejected.refusal.code());
                Checked::Unknown
            }
            Err(rejected) => {
                let refused = refused_notice(
                    &rejected.refusal.clone().into(),
                    registration,
                    Some(&rejected),
                    now,
                );
                Checked::Bad(Box::new(refused))
            }
        });
    }
    Ok(all)
}

/// The checks of [`crate::lti::notice`].
async fn check(
    service: &LaunchService,
    ready: &ReadyRegistration<'_>,
    reach: NetworkAccess,
    text: &str,
    now: Timestamp,
) -> Result<Notice, Rejected> {
    let policy = &ready.registration.policy;
    let algorithms = policy.algorithms.names();
    let expected = Expectation {
        issuer: ready.platform.issuer.as_str(),
        client_id: ready.platform.client_id.as_str(),
        algorithms: &algorithms,
        leeway_seconds: i64::from(policy.leeway_seconds),
        keyset_url: ready.platform.keyset_url.as_str(),
    };
    let token = notice::parse(text).map_err(Rejected::unread)?;
    let kid = token.check_parties(&expected).map_err(Rejected::unread)?.to_owned();
    let verify = |keys: &VerificationKeys| {
        let token = notice::parse(text).map_err(Rejected::unread)?;
        token.verify(&expected, keys, now.as_second())
    };
    check_with_key(service, ready, reach, &kid, now, verify).await.map_err(Rejected::unread)?
}

/// Whether the same notice may be accepted later. A key that is not in a keyset that was fetched a
/// moment ago may be a new one.
fn is_temporary(refusal: &lti::Refusal) -> bool {
    matches!(
        refusal,
        lti::Refusal::JwksUnreachable { .. }
            | lti::Refusal::JwksBad { .. }
            | lti::Refusal::KidNotFound { retry_after_seconds: Some(_), .. }
    )
}

fn refused_notice(
    refusal: &Refusal,
    registration: &Registration,
    rejected: Option<&Rejected>,
    now: Timestamp,
) -> RefusedNotice {
    let claims = rejected.and_then(|rejected| rejected.claims.as_deref());
    let (notice_id, notice_type) = claims.map(notice::described).unwrap_or_default();
    let cut = |text: String| StoredText::Identifier.cut_owned(text);
    let (reason, cause, fix) = match refused(refusal, Some(registration)) {
        // The texts are those of launches, whose tokens have a name.
        Outcome::Refused { reason, cause, fix, .. } => {
            (reason, cause.replace("id_token", "token"), fix)
        }
        Outcome::Accepted | Outcome::Waiting { .. } => Default::default(),
    };
    RefusedNotice {
        is_signed: claims.is_some(),
        deployment: claims.and_then(|claims| claims.deployment_id()).map(|id| cut(id.to_owned())),
        notice_id: notice_id.map(cut),
        notice_type: notice_type.map(cut),
        reason,
        cause,
        fix,
        received_at: now,
    }
}

fn log_refused(registration: &Registration, reason: &str) {
    tracing::warn!(registration = %registration.slug, reason, "notice refused");
}

/// Stores what was checked, and returns what to respond.
async fn store_all(
    service: &LaunchService,
    registration: &Registration,
    url: &NoticeUrl,
    checked: Vec<Checked>,
) -> Result<NoticeResponse, store::Error> {
    let is_unknown = checked.iter().any(|one| matches!(one, Checked::Unknown));
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for one in checked {
        match one {
            Checked::Good(notice) => good.push(*notice),
            Checked::Bad(refused) => bad.push(*refused),
            Checked::Unknown => {}
        }
    }
    let mut is_received = false;
    while !good.is_empty() {
        let rest = good.split_off(good.len().min(BATCH));
        let batch = std::mem::replace(&mut good, rest);
        let stored = store_batch(service, registration, url, batch).await?;
        let Some(unknown) = stored else { return Ok(NoticeResponse::Later(RETRY_AFTER)) };
        is_received = true;
        bad.extend(unknown);
    }
    store_refused(service, registration, bad).await?;
    Ok(match (is_unknown, is_received) {
        (true, _) => NoticeResponse::Later(RETRY_AFTER),
        (false, true) => NoticeResponse::Received,
        (false, false) => NoticeResponse::Refused,
    })
}

/// Stores notices and acts on them, in one transaction. Returns those of unknown deployments, which
/// are only listed; `None` if the registration has been changed since the checks.
async fn store_batch(
    service: &LaunchService,
    registration: &Registration,
    url: &NoticeUrl,
    batch: Vec<Notice>,
) -> Result<Option<Vec<RefusedNotice>>, store::Error> {
    let now = service.clock.now();
    let (seen, url) = (registration.clone(), url.clone());
    let write = move |write: &Write<'_>| {
        let current = write.registration_by_id(seen.id)?;
        if !current.is_some_and(|current| is_same(&current, &seen)) {
            return Ok(None);
        }
        let mut unknown = Vec::new();
        for notice in batch {
            if let Some(refused) = store_one(write, &seen, &url, notice, now)? {
                unknown.push(refused);
            }
        }
        write.shrink_notices(seen.id)?;
        Ok::<_, store::Error>(Some(unknown))
    };
    service.pool.via("notice").write(write).await
}

/// Whether what the checks relied on is unchanged.
fn is_same(current: &Registration, seen: &Registration) -> bool {
    current.enabled
        && current.platform == seen.platform
        && current.policy.notices == NoticePolicy::On
}

fn store_one(
    write: &Write<'_>,
    registration: &Registration,
    url: &NoticeUrl,
    notice: Notice,
    now: Timestamp,
) -> Result<Option<RefusedNotice>, store::Error> {
    let age = now.duration_since(notice.timestamp).as_secs();
    let (slug, of, id) = (&registration.slug, notice.notice_type.clone(), notice.id.clone());
    let deployment_id = notice.deployment_id.clone();
    let Some(deployment) = write.deployment_key(registration.id, &deployment_id)? else {
        let refusal = lti::Refusal::DeploymentUnknown { deployment_id: deployment_id.clone() };
        log_refused(registration, &refusal.code());
        let refused = refused_notice(&refusal.into(), registration, None, now);
        return Ok(Some(RefusedNotice {
            is_signed: true,
            deployment: Some(deployment_id),
            notice_id: Some(id),
            notice_type: Some(of),
            ..refused
        }));
    };
    if let NoticeUrl::Probe(code) = url
        && of == HELLO_WORLD
    {
        let digest = rules::notice::probe_digest(code);
        let probe = write.notice_probe_of(&digest)?;
        if probe.is_some_and(|(probe, _)| probe.deployment == deployment) {
            write.receive_notice_probe(&digest, now)?;
        }
    }
    let new = NewNotice {
        registration: registration.id,
        deployment,
        notice_id: notice.id.clone(),
        notice_type: notice.notice_type.clone(),
        context_id: notice.context.as_ref().map(|context| context.id.clone()),
        origins: notice.origin_contexts.iter().take(MAX_STORED).cloned().collect(),
        at: notice.timestamp,
        received_at: now,
        claims: rules::notice::kept_claims(notice.claims.clone()),
    };
    let is_new = write.insert_notice(&new)?;
    if is_new {
        rules::notice::apply(write, registration.id, &notice, now)?;
    }
    let result = if is_new { "stored" } else { "seen before" };
    tracing::info!(registration = %slug, notice = id, r#type = of, deployment = deployment_id, age,
        result, "notice received");
    Ok(None)
}

/// Stores refused notices. Anyone can send some without a valid signature: a flood of them appears
/// in the server's own log only.
async fn store_refused(
    service: &LaunchService,
    registration: &Registration,
    refused: Vec<RefusedNotice>,
) -> Result<(), store::Error> {
    let (party, id) = (Some(registration.id), registration.id);
    let (mut kept, unsigned): (Vec<_>, Vec<_>) =
        refused.into_iter().partition(|refused| refused.is_signed);
    for one in &kept {
        log_refused(registration, &one.reason);
    }
    // One request can contain hundreds: one of them stands for all.
    let number = unsigned.len();
    if let Some(one) = unsigned.into_iter().next() {
        tracing::warn!(registration = %registration.slug, reason = one.reason.as_str(), number,
            "notices without a valid signature were refused");
        if service.refusals.check(&party).is_ok() {
            kept.push(one);
        }
    }
    if kept.is_empty() {
        return Ok(());
    }
    let write = move |write: &Write<'_>| {
        kept.iter().try_for_each(|refused| write.insert_refused_notice(id, refused))
    };
    service.pool.via("notice").write(write).await
}
