//! Reading and proving the audit log. Nothing here writes it: the store does, with every change.

use crate::domain::{AuditEntry, AuditHash, AuditProblem, AuditProof};
use crate::failure::{Failure, Kind};
use crate::store::{AuditFilter, Read, audited_nouns};

/// The newest entries that fit the filter.
///
/// # Errors
///
/// Not found, when nothing in the log is called by the filter's noun.
pub fn list(read: Read<'_>, filter: &AuditFilter) -> Result<Vec<AuditEntry>, Failure> {
    if let Some(noun) = &filter.noun {
        let known = audited_nouns();
        if !known.contains(noun) {
            let mut failure = Failure::not_found("noun", noun, &known);
            failure.hint = format!("ltictl audit list --noun with one of {}", known.join(", "));
            return Err(failure);
        }
    }
    Ok(read.audit_entries(filter)?)
}

/// One entry by its number.
pub fn show(read: Read<'_>, id: i64) -> Result<AuditEntry, Failure> {
    read.audit_entry(id)?.ok_or_else(|| {
        Failure::new(
            Kind::NotFound,
            format!("no entry {id}"),
            "the audit log has no entry of this number",
            "ltictl audit list",
        )
    })
}

/// Reads the whole log and compares every hash; `expected` is one that was kept elsewhere.
///
/// # Errors
///
/// The database's own errors; what is wrong with the log is in the answer, and [`failure`] says it.
pub fn verify(read: Read<'_>, expected: Option<AuditHash>) -> Result<AuditProof, Failure> {
    Ok(read.audit_proof(expected)?)
}

/// What is wrong with the log, if anything is.
pub fn failure(proof: &AuditProof) -> Option<Failure> {
    let Some(problem) = proof.problem else {
        return (!proof.append_only).then(|| {
            Failure::new(
                Kind::Check,
                "the audit log can be changed",
                "the triggers that keep it append-only were dropped or altered; every entry has \
                 its hash still",
                "compare the log with a backup (ltictl audit list --db BACKUP), then restore the \
                 backup",
            )
        });
    };
    let hint = match problem {
        AuditProblem::Altered(id) | AuditProblem::Reordered(id) | AuditProblem::Replaced(id) => {
            format!("ltictl audit show {id}, and the same in a backup with --db")
        }
        AuditProblem::Missing(_) | AuditProblem::CutOff => {
            "ltictl audit list, and the same in a backup with --db".to_owned()
        }
    };
    Some(Failure::new(
        Kind::Check,
        "the audit log is not what was written",
        problem.to_string(),
        hint,
    ))
}
