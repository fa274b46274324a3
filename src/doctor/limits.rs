//! How near a registration is to the limits of what it can accumulate.

use super::{Check, Findings};
use crate::domain::{LARGEST_SESSIONS, LogShare, Registration, Settings};
use crate::failure::Failure;
use crate::store::Read;

/// From how much of a limit on, in percent, it is worth a warning.
const NEAR_PERCENT: i64 = 80;

/// Adds what is found.
pub(super) fn examine(
    about: &mut Findings,
    read: Read<'_>,
    registration: &Registration,
    settings: &Settings,
) -> Result<(), Failure> {
    let total = read.registration_total(registration.id)?;
    let log = read.launch_log_bytes(Some(registration.slug.as_str()), LogShare::Accepted)?;
    let (accounts, waiting) =
        (settings.account_limit.number(), settings.waiting_launch_limit.number());
    let raise = |setting: &str, limit: u32| {
        format!(
            "ltictl config set {setting} {}, if the platform really has this many people",
            limit.saturating_mul(2)
        )
    };
    let mebibytes = |bytes: i64| format!("{} MiB", bytes >> 20);
    let mut is_near = false;
    for (used, limit, what, shown, fix) in [
        (
            i64::from(total.accounts),
            i64::from(accounts),
            "accounts created by launches and member lists; at the limit, people without an \
             account are refused",
            format!("{} of {accounts}", total.accounts),
            raise("account_limit", accounts),
        ),
        (
            i64::from(total.waiting_launches),
            i64::from(waiting),
            "pending launches; at the limit, further launches are refused",
            format!("{} of {waiting}", total.waiting_launches),
            raise("waiting_launch_limit", waiting),
        ),
        (
            total.session_bytes,
            LARGEST_SESSIONS,
            "storage of its sessions; at the limit, the oldest sessions end",
            format!("{} of {}", mebibytes(total.session_bytes), mebibytes(LARGEST_SESSIONS)),
            "ltictl config set session_lifetime 2h, or another time".to_owned(),
        ),
        (
            log,
            LogShare::Accepted.largest_bytes(),
            "storage of its launches in the launch log; at the limit, the oldest entries are \
             deleted",
            format!("{} of {}", mebibytes(log), mebibytes(LogShare::Accepted.largest_bytes())),
            "ltictl config set launch_retention 30d, or another time".to_owned(),
        ),
    ] {
        if used.saturating_mul(100) >= limit.saturating_mul(NEAR_PERCENT) {
            is_near = true;
            about
                .warn(
                    Check::Limits,
                    format!("The registration is close to the limit on the {what}."),
                    fix,
                )
                .seen(shown);
        }
    }
    if !is_near {
        about
            .ok(Check::Limits, "The registration is far from its limits on stored data.")
            .seen(format!("{} accounts", total.accounts));
    }
    Ok(())
}
