//! Refusals: one value is both the log entry and the error page.

use jiff::Timestamp;

use super::framing::{all_frame_ancestors, frame_ancestors};
use super::record::{Said, log_entry};
use super::{Caller, LaunchService, NotLaunched, Refused};
use crate::domain::{Launch, Outcome, Registration, without_invisible};
use crate::lti::Refusal;

/// What is known of an attempt when it is refused.
pub(super) struct Attempt {
    pub(super) caller: Caller,
    pub(super) registration: Option<Registration>,
    /// What the token says; only once the signature held.
    pub(super) said: Option<Said>,
    pub(super) spent_cookie: Option<String>,
    /// Slug of the resource.
    pub(super) resource: Option<String>,
    /// The request that began it, when it has waited since.
    pub(super) first_request: Option<String>,
}

impl Attempt {
    /// An attempt of which nothing is known yet but who makes it.
    pub(super) fn of(caller: &Caller) -> Self {
        Self { caller: caller.clone(), registration: None, said: None, spent_cookie: None, resource: None, first_request: None }
    }
}

pub(super) async fn refuse_login(service: &LaunchService, caller: &Caller, refusal: Refusal, registration: Option<&Registration>) -> NotLaunched {
    let attempt = Attempt { registration: registration.cloned(), ..Attempt::of(caller) };
    refuse(service, refusal, attempt, Nonce::Untouched).await
}

/// What becomes of the nonce of a refused launch.
pub(super) enum Nonce {
    /// Nothing: the token was not even looked at, or it was somebody else's.
    Untouched,
    /// It is spent now.
    Spend(String, Timestamp),
    /// It was spent before.
    Spent,
}

/// Writes the log entry of a refused attempt, spending its nonce if it got that far.
pub(super) async fn refuse(service: &LaunchService, refusal: Refusal, attempt: Attempt, nonce: Nonce) -> NotLaunched {
    let now = service.clock.now();
    let launch_id = attempt.caller.request.launch_id().clone();
    let slug = attempt.registration.as_ref().map(|registration| registration.slug.to_string());
    let visible = |text: String| without_invisible(&text).into_owned();
    let (cause, fix) = (visible(refusal.cause()), visible(refusal.fix(slug.as_deref())));
    let outcome = Outcome::Refused { reason: refusal.code(), cause, actor: refusal.actor().as_str().to_owned(), fix };
    let first_request = attempt.first_request;
    tracing::warn!(
        launch = %launch_id,
        first_request = first_request.as_deref(),
        registration = slug.as_deref().unwrap_or("-"),
        reason = refusal.code(),
        "launch refused"
    );
    service.tallies.count_launch(slug.as_deref().unwrap_or_default(), Some(&refusal.code()));
    // A launch that spent nothing may still come right, in another tab or after a repair: its cookie stays.
    let spent_cookie = attempt.spent_cookie.filter(|_| !matches!(nonce, Nonce::Untouched));
    let launch = Launch {
        first_request_id: first_request,
        clock_skew_seconds: refusal.clock_skew_seconds(),
        ..log_entry(&attempt.caller, now, outcome, attempt.registration.as_ref(), attempt.resource.as_deref(), attempt.said.as_ref())
    };
    let written = service
        .pool
        .write(move |write| {
            if let Nonce::Spend(nonce, expires_at) = &nonce {
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
