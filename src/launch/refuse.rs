//! Refuses logins and launches: creates the log entry and the error page from the same refusal.

use jiff::Timestamp;

use super::outcome::{LaunchError, RefusedLaunch};
use super::record::{self, LaunchMessage, log_entry};
use super::service::{Caller, LaunchService, Party};
use crate::domain::{Launch, Registration, SignatureComparison, Slug};
use crate::rules::fairness::{Admission, Turn};
use crate::rules::refusal::Refusal;
use crate::store::{self, Write};

/// The data about a login or launch that is available when it is refused.
pub(super) struct Attempt {
    pub(super) caller: Caller,
    pub(super) registration: Option<Registration>,
    /// The origins that may frame the page, once the browser has sent a valid state; before that
    /// the page must not reveal a registration.
    pub(super) frame_ancestors: Option<Vec<String>>,
    /// The token's data; `None` until its signature is verified.
    pub(super) message: Option<LaunchMessage>,
    pub(super) spent_cookie: Option<String>,
    /// Slug of the resource.
    pub(super) resource: Option<Slug>,
    /// The request that started it, if it had to wait since.
    pub(super) first_request: Option<String>,
    /// What was signed, if a signature with a shared secret does not match.
    pub(super) comparison: Option<SignatureComparison>,
    /// Its place among the launches in progress, held until it ends.
    pub(super) place: Option<Admission<Party>>,
}

impl Attempt {
    /// An attempt with only the caller.
    pub(super) fn of(caller: &Caller) -> Self {
        Self {
            caller: caller.clone(),
            registration: None,
            frame_ancestors: None,
            message: None,
            spent_cookie: None,
            resource: None,
            first_request: None,
            comparison: None,
            place: None,
        }
    }

    /// Waits until it is this attempt's turn to write.
    pub(super) async fn turn(&self) -> Option<Turn<Party>> {
        match &self.place {
            Some(place) => Some(place.turn().await),
            None => None,
        }
    }
}

pub(super) async fn refuse_login(
    service: &LaunchService,
    caller: &Caller,
    refusal: impl Into<Refusal>,
    registration: Option<&Registration>,
) -> LaunchError {
    let attempt = Attempt { registration: registration.cloned(), ..Attempt::of(caller) };
    // Boxed, here and elsewhere: the router copies the futures of its handlers several times.
    Box::pin(refuse(service, refusal, attempt, Nonce::Untouched)).await
}

/// What happens to the nonce of a refused launch.
pub(super) enum Nonce {
    /// Nothing: no valid token was received.
    Untouched,
    /// It is spent now.
    Spend(String, Timestamp),
    /// It was spent before.
    Spent,
}

/// Writes the log entry of a refused attempt, and spends its nonce if necessary. Anyone can send
/// attempts that were not admitted: they share a limit, whether or not they name a registration.
pub(super) async fn refuse(
    service: &LaunchService,
    refusal: impl Into<Refusal>,
    mut attempt: Attempt,
    nonce: Nonce,
) -> LaunchError {
    let refusal = refusal.into();
    // What is stored must not depend on it either: otherwise the response time would reveal which
    // registrations exist.
    let party = attempt
        .place
        .as_ref()
        .and(attempt.registration.as_ref())
        .map(|registration| registration.id);
    if attempt.place.is_none() {
        match service.fairness.enter(None) {
            Ok(place) => attempt.place = Some(place),
            Err(wait) => return LaunchError::TooManyRequests(wait),
        }
    }
    let now = service.clock.now();
    let launch_id = attempt.caller.request.launch_id().clone();
    let slug = attempt.registration.as_ref().map(|registration| registration.slug.clone());
    let outcome = record::refused(&refusal, attempt.registration.as_ref());
    log_refused(service, &attempt, &refusal, slug.as_ref());
    // A launch whose nonce was not spent may still succeed in another tab, or after the problem was
    // fixed. So its cookie is not cleared.
    let spent_cookie = attempt.spent_cookie.clone().filter(|_| !matches!(nonce, Nonce::Untouched));
    // Anyone can send launches without a valid signature. A flood of them appears in the server's
    // own log, but does not fill the table.
    let is_signed = attempt.message.is_some() || !matches!(nonce, Nonce::Untouched);
    let is_stored = is_signed || service.refusals.check(&party).is_ok();
    let message = attempt.message.as_ref();
    let launch = Launch {
        first_request_id: attempt.first_request.clone(),
        clock_skew_seconds: refusal.clock_skew_seconds(),
        ..log_entry(
            &attempt.caller,
            now,
            outcome,
            attempt.registration.as_ref(),
            attempt.resource.as_ref(),
            message.and_then(|message| message.message_type.as_deref()),
            message.map(|message| &message.details),
        )
    };
    let stored = match is_stored {
        true => store_entry(service, &mut attempt, launch, nonce).await,
        false => Ok(()),
    };
    match stored {
        Ok(()) => {
            let frame_ancestors = attempt.frame_ancestors;
            LaunchError::Refused(Box::new(RefusedLaunch {
                launch_id,
                refusal,
                registration: slug,
                frame_ancestors,
                spent_cookie,
            }))
        }
        Err(error) => LaunchError::Failed(error.into()),
    }
}

fn log_refused(
    service: &LaunchService,
    attempt: &Attempt,
    refusal: &Refusal,
    registration: Option<&Slug>,
) {
    tracing::warn!(
        launch = %attempt.caller.request.launch_id(),
        first_request = attempt.first_request.as_deref(),
        registration = registration.map_or("-", Slug::as_str),
        reason = refusal.code(),
        "launch refused"
    );
    service.tallies.count_launch(registration, Some(&refusal.code()));
}

/// Stores the log entry, and spends the nonce with it.
async fn store_entry(
    service: &LaunchService,
    attempt: &mut Attempt,
    launch: Launch,
    nonce: Nonce,
) -> Result<(), store::Error> {
    let comparison = attempt.comparison.take();
    let registration_id = attempt.registration.as_ref().map(|registration| registration.id);
    let write = move |write: &Write<'_>| {
        if let Nonce::Spend(nonce, expires_at) = &nonce {
            write.spend_nonce(nonce, *expires_at)?;
        }
        write.insert_launch(&launch)?;
        match &comparison {
            Some(comparison) => {
                write.insert_signature_comparison(&launch.id, registration_id, comparison)
            }
            None => Ok(()),
        }
    };
    let _turn = attempt.turn().await;
    service.pool.write(write).await
}
