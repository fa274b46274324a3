//! Refusals: one value is both the log entry and the error page.

use jiff::Timestamp;

use super::record::{self, Said, log_entry};
use super::{Caller, LaunchService, NotLaunched, Party, Refused};
use crate::domain::{Launch, Registration};
use crate::rules::fairness::{Place, Turn};
use crate::rules::refusal::Refusal;
use crate::store::Write;

/// What is known of an attempt when it is refused.
pub(super) struct Attempt {
    pub(super) caller: Caller,
    pub(super) registration: Option<Registration>,
    /// Who may frame the page, once the browser has brought a state of ours; before that the page
    /// must not reveal a registration.
    pub(super) frame_ancestors: Option<Vec<String>>,
    /// What the token says; only once the signature held.
    pub(super) said: Option<Said>,
    pub(super) spent_cookie: Option<String>,
    /// Slug of the resource.
    pub(super) resource: Option<String>,
    /// The request that began it, when it has waited since.
    pub(super) first_request: Option<String>,
    /// Where it was let in; it is held until the attempt ends.
    pub(super) place: Option<Place<Party>>,
}

impl Attempt {
    /// An attempt of which nothing is known yet but who makes it.
    pub(super) fn of(caller: &Caller) -> Self {
        Self {
            caller: caller.clone(),
            registration: None,
            frame_ancestors: None,
            said: None,
            spent_cookie: None,
            resource: None,
            first_request: None,
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
) -> NotLaunched {
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

/// Writes the log entry of a refused attempt, spending its nonce if it got that far. An attempt
/// that was not let in is one that anyone can make: it shares the server with all of these, and
/// whether it names a registration makes no difference.
pub(super) async fn refuse(
    service: &LaunchService,
    refusal: impl Into<Refusal>,
    mut attempt: Attempt,
    nonce: Nonce,
) -> NotLaunched {
    let refusal = refusal.into();
    // Neither does it make a difference for what is stored, or the time until the answer would
    // tell.
    let party = attempt
        .place
        .as_ref()
        .and(attempt.registration.as_ref())
        .map(|registration| registration.id);
    if attempt.place.is_none() {
        match service.fairness.enter(None) {
            Ok(place) => attempt.place = Some(place),
            Err(wait) => return NotLaunched::TooMany(wait),
        }
    }
    let now = service.clock.now();
    let launch_id = attempt.caller.request.launch_id().clone();
    let slug = attempt.registration.as_ref().map(|registration| registration.slug.to_string());
    let outcome = record::refused(&refusal, slug.as_deref());
    let first_request = attempt.first_request.clone();
    tracing::warn!(
        launch = %launch_id,
        first_request = first_request.as_deref(),
        registration = slug.as_deref().unwrap_or("-"),
        reason = refusal.code(),
        "launch refused"
    );
    service.tallies.count_launch(slug.as_deref().unwrap_or_default(), Some(&refusal.code()));
    // A launch that spent nothing may still come right, in another tab or after a repair: its
    // cookie stays.
    let spent_cookie = attempt.spent_cookie.clone().filter(|_| !matches!(nonce, Nonce::Untouched));
    // What no platform has signed anyone can send. A flood of it stays in the server's own log and
    // does not fill the table.
    let is_signed = attempt.said.is_some() || !matches!(nonce, Nonce::Untouched);
    let is_stored = is_signed || service.refusals.check(&party).is_ok();
    let launch = Launch {
        first_request_id: first_request,
        clock_skew_seconds: refusal.clock_skew_seconds(),
        ..log_entry(
            &attempt.caller,
            now,
            outcome,
            attempt.registration.as_ref(),
            attempt.resource.as_deref(),
            attempt.said.as_ref(),
        )
    };
    let write = async {
        if !is_stored {
            return Ok(());
        }
        let write = move |write: &Write<'_>| {
            if let Nonce::Spend(nonce, expires_at) = &nonce {
                write.spend_nonce(nonce, *expires_at)?;
            }
            write.insert_launch(&launch)
        };
        let _turn = attempt.turn().await;
        service.pool.write(write).await
    };
    match write.await {
        Ok(()) => {
            let frame_ancestors = attempt.frame_ancestors;
            NotLaunched::Refused(Box::new(Refused {
                launch_id,
                refusal,
                registration: slug,
                frame_ancestors,
                spent_cookie,
            }))
        }
        Err(error) => NotLaunched::Failed(error.into()),
    }
}
