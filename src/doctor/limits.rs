//! How close a registration is to its limits on stored data.

use super::{Check, Findings};
use crate::domain::{LogShare, MAX_SESSION_BYTES, Settings};
use crate::store::{RegistrationFacts, RegistrationTotal};

/// Percentage of a limit from which there is a warning.
const NEAR_PERCENT: i64 = 80;

/// How much of one limit is used.
struct Usage {
    used: i64,
    limit: i64,
    /// What is limited, and what happens at the limit.
    what: &'static str,
    shown: String,
    fix: String,
}

pub(super) fn examine(findings: &mut Findings, facts: &RegistrationFacts, settings: &Settings) {
    let RegistrationFacts { total, log_bytes, .. } = facts;
    let mut is_near = false;
    for usage in usages(total, *log_bytes, settings) {
        if usage.used.saturating_mul(100) >= usage.limit.saturating_mul(NEAR_PERCENT) {
            is_near = true;
            findings
                .warn(
                    Check::Limits,
                    format!("The registration is close to the limit on the {}.", usage.what),
                    usage.fix,
                )
                .seen(usage.shown);
        }
    }
    if !is_near {
        findings
            .ok(Check::Limits, "The registration is far from its limits on stored data.")
            .seen(format!("{} accounts", total.accounts));
    }
}

fn usages(total: &RegistrationTotal, log: i64, settings: &Settings) -> [Usage; 4] {
    let (accounts, waiting) =
        (settings.account_limit.number(), settings.waiting_launch_limit.number());
    let raise = |setting: &str, limit: u32| {
        format!(
            "if the platform really has this many people: ltictl config set {setting} {}",
            limit.saturating_mul(2)
        )
    };
    let mebibytes = |bytes: i64| format!("{} MiB", bytes >> 20);
    [
        Usage {
            used: total.accounts.into(),
            limit: accounts.into(),
            what: "accounts created by launches and member lists; at the limit, people without an \
                   account are refused",
            shown: format!("{} of {accounts}", total.accounts),
            fix: raise("account_limit", accounts),
        },
        Usage {
            used: total.waiting_launches.into(),
            limit: waiting.into(),
            what: "pending launches; at the limit, further launches are refused",
            shown: format!("{} of {waiting}", total.waiting_launches),
            fix: raise("waiting_launch_limit", waiting),
        },
        Usage {
            used: total.session_bytes,
            limit: MAX_SESSION_BYTES,
            what: "storage of its sessions; at the limit, the oldest sessions end",
            shown: format!(
                "{} of {}",
                mebibytes(total.session_bytes),
                mebibytes(MAX_SESSION_BYTES)
            ),
            fix: "ltictl config set session_lifetime 2h".to_owned(),
        },
        Usage {
            used: log,
            limit: LogShare::Accepted.max_bytes(),
            what: "storage of its launches in the launch log; at the limit, the oldest entries are \
                   deleted",
            shown: format!("{} of {}", mebibytes(log), mebibytes(LogShare::Accepted.max_bytes())),
            fix: "ltictl config set launch_retention 30d".to_owned(),
        },
    ]
}
