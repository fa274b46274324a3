//! Waits until a platform has registered the tool (dynamic registration), or until the user prefers
//! to exchange the values by hand.

use std::time::Duration;

use super::guide::Guide;
use crate::admin::dynamic;
use crate::cli::paste;
use crate::domain::{AttemptOutcome, InvitationLifetime};
use crate::failure::Failure;
use crate::report;
use crate::rules::registration;
use crate::store::Store;

/// How often the database is polled.
const INTERVAL: Duration = Duration::from_millis(300);

/// Shows the registration URL if the platform supports it, and waits; returns whether the platform
/// has registered the tool. Enter ends the wait.
pub(super) fn for_platform(guide: &Guide<'_>, store: &mut Store) -> Result<bool, Failure> {
    let Some(place) = &guide.lms.dynamic else { return Ok(false) };
    let now = guide.context.now();
    let mut status = dynamic::status(store.read(), &guide.settings, guide.registration.id, now)?;
    let is_new = status.url.is_none();
    if is_new {
        dynamic::invite(store, &guide.slug().into(), InvitationLifetime::default(), false, now)?;
        status = dynamic::status(store.read(), &guide.settings, guide.registration.id, now)?;
    }
    let name = &guide.lms.name;
    guide.heading(&format!("{name} supports dynamic registration"));
    guide.note(&format!("Where: {place}"));
    guide.note(&format!("Registration URL: {}", status.url.unwrap_or_default()));
    if is_new {
        guide.note(
            "It is single-use and valid for seven days, regardless of what you do here; earlier \
             URLs no longer work.",
        );
    }
    guide.note(&format!(
        "\nFor this, the tool must be reachable at {} (ltictl serve).\nWaiting until {name} has \
         registered it. Press Enter to exchange the values by hand instead.",
        guide.settings.url
    ));
    let mut last_attempt = status.attempt.map(|attempt| attempt.id);
    while !paste::is_ready(Some(INTERVAL)).map_err(|error| guide.terminal_gone(&error))? {
        if registration::find(store.read(), &guide.slug().into())?.platform.is_some() {
            return Ok(true);
        }
        let attempt = dynamic::status(
            store.read(),
            &guide.settings,
            guide.registration.id,
            guide.context.now(),
        )?
        .attempt;
        if let Some(attempt) = attempt.filter(|attempt| Some(attempt.id) != last_attempt)
            && let Some(AttemptOutcome::Failed { problem, fix, .. }) = &attempt.outcome
        {
            guide.note(&report::clean(&format!("{name} tried and failed: {problem} {fix}")));
            last_attempt = Some(attempt.id);
        }
    }
    paste::read_rest().map_err(|error| guide.terminal_gone(&error))?;
    Ok(false)
}
