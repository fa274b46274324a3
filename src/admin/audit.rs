//! Reads and verifies the audit log, which the store writes with every change.

use std::ops::ControlFlow;

use crate::domain::{AuditEntry, AuditHash, AuditProblem, AuditProof};
use crate::failure::{Failure, Kind};
use crate::store::{AuditFilter, Read, audited_nouns};

/// Calls `callback` for the newest entries that match the filter, until it breaks.
///
/// # Errors
///
/// If the log has no entries with the filter's noun, or what `callback` returns.
pub fn each(
    read: Read<'_>,
    filter: &AuditFilter,
    callback: impl FnMut(AuditEntry) -> Result<ControlFlow<()>, Failure>,
) -> Result<(), Failure> {
    if let Some(noun) = &filter.noun {
        let known = audited_nouns();
        if !known.contains(noun) {
            let failure = Failure::not_found("noun", noun, &known);
            return Err(Failure {
                why: format!("{}; the nouns are {}", failure.why, known.join(", ")),
                hint: "ltictl audit list".to_owned(),
                ..failure
            });
        }
    }
    read.each_audit_entry(filter, callback)
}

/// One entry by its number.
pub fn show(read: Read<'_>, id: i64) -> Result<AuditEntry, Failure> {
    read.audit_entry(id)?.ok_or_else(|| {
        Failure::new(
            Kind::NotFound,
            format!("no entry {id}"),
            "the audit log has no entry with this number",
            "ltictl audit list",
        )
    })
}

/// Reads the whole log and compares every hash; `expected` is one that was stored elsewhere.
/// [`failure`] describes the problem that the proof contains, if there is one.
///
/// # Errors
///
/// If the database fails.
pub fn verify(read: Read<'_>, expected: Option<AuditHash>) -> Result<AuditProof, Failure> {
    Ok(read.audit_proof(expected)?)
}

/// The problem of a proof as a failure, if there is one.
pub fn failure(proof: &AuditProof) -> Option<Failure> {
    let Some(problem) = proof.problem else {
        return (!proof.append_only).then(|| {
            Failure::new(
                Kind::Check,
                "the audit log can be changed",
                "the triggers that keep it append-only were dropped or altered; every entry still \
                 has its hash",
                "compare the log with a backup (ltictl audit list --db BACKUP), then restore the \
                 backup",
            )
        });
    };
    let hint = match problem {
        AuditProblem::Altered(id) | AuditProblem::Reordered(id) | AuditProblem::Replaced(id) => {
            format!(
                "compare `ltictl audit show {id}` with `ltictl audit show {id} --db BACKUP` \
                for a backup"
            )
        }
        AuditProblem::Missing(_) | AuditProblem::CutOff => {
            "compare `ltictl audit list` with `ltictl audit list --db BACKUP` for a backup"
                .to_owned()
        }
    };
    Some(Failure::new(
        Kind::Check,
        "the audit log has been tampered with",
        problem.to_string(),
        hint,
    ))
}
