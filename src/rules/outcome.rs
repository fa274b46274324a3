//! Outcomes of launches in words, as the launch log has them.

use crate::domain::{Outcome, StoredText, WaitsFor, rfc3339, without_invisible};
use crate::rules::refusal::{NamedRegistration, Refusal};
use crate::store::WaitingLaunch;

/// The outcome of a launch that was refused.
pub fn refused(refusal: &Refusal, registration: Option<&NamedRegistration>) -> Outcome {
    let visible = |text: String| without_invisible(&text).into_owned();
    Outcome::Refused {
        reason: refusal.code(),
        cause: StoredText::Cause.cut_owned(visible(refusal.cause())),
        actor: refusal.actor().as_str().to_owned(),
        fix: StoredText::Fix.cut_owned(visible(refusal.fix(registration))),
    }
}

/// The outcome of a launch that is still waiting.
pub fn waiting(launch: &WaitingLaunch) -> Outcome {
    let until = rfc3339(launch.pending.expires_at);
    let (what, fix) = match launch.pending.waits_for {
        WaitsFor::Account => (
            "the person to choose or create an account",
            "Nothing, if the person is doing so. To give someone an account: `ltictl account create \
             NAME`; to give an account a password: `ltictl account set-password NAME`.",
        ),
        WaitsFor::Binding => ("the browser to prove that it started the login", "Nothing."),
    };
    Outcome::Waiting {
        cause: format!("The launch waits until {until} for {what}."),
        fix: fix.to_owned(),
    }
}

/// The outcome of a launch that was ended because the platform sends a lower role now.
pub fn role_lowered(launch: &WaitingLaunch) -> Outcome {
    refused(&Refusal::RoleLowered, Some(&NamedRegistration::from(&launch.registration)))
}

/// The outcome of a launch whose wait has expired.
pub fn abandoned(launch: &WaitingLaunch) -> Outcome {
    let WaitingLaunch { pending, registration, .. } = launch;
    let minutes = pending.created_at.duration_until(pending.expires_at).as_mins();
    let refusal = match pending.waits_for {
        WaitsFor::Account => Refusal::AccountNotChosen { minutes },
        WaitsFor::Binding => Refusal::BrowserNotChecked,
    };
    refused(&refusal, Some(&NamedRegistration::from(registration)))
}
