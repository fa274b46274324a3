//! The chain of entries: appending to its end, and proving that it is whole.

use aws_lc_rs::digest::{Context, SHA256};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

use super::super::Error;
use crate::domain::{Actor, AuditAction, AuditHash, AuditProblem, AuditProof};

/// The triggers that refuse to change and to delete entries.
const APPEND_ONLY: &str = "SELECT count(*) = 2 FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit' AND (name, sql) IN (VALUES
         ('audit_is_not_changed', 'CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, ''the audit log is append-only'');
END'),
         ('audit_is_not_deleted', 'CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, ''the audit log is append-only'');
END'))";

/// The end of the chain, with what all entries of a transaction have in common.
pub(super) struct Chain<'c> {
    insert: CachedStatement<'c>,
    actor: &'c Actor,
    at: i64,
    last: (i64, [u8; 32]),
}

impl<'c> Chain<'c> {
    /// Finds the end of the chain.
    pub(super) fn open(
        connection: &'c Connection,
        actor: &'c Actor,
        at: i64,
    ) -> Result<Self, Error> {
        let mut tail =
            connection.prepare_cached("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1")?;
        let last = tail.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let insert = connection.prepare_cached(
            "INSERT INTO audit (id, at, actor, via, noun, name, action, before, after, \
             previous_hash, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?;
        Ok(Self { insert, actor, at, last: last.unwrap_or((0, *AuditHash::NONE.as_bytes())) })
    }

    /// Who makes the changes of this transaction.
    pub(super) fn actor(&self) -> &'c Actor {
        self.actor
    }

    /// The time of this transaction, in milliseconds since 1970.
    pub(super) fn at(&self) -> i64 {
        self.at
    }

    /// Appends an entry.
    pub(super) fn append(
        &mut self,
        noun: &str,
        name: &str,
        action: AuditAction,
        before: Option<&str>,
        after: Option<&str>,
    ) -> Result<(), Error> {
        self.append_of(self.actor, self.at, noun, name, action, before, after)
    }

    /// Appends an entry of somebody else's change at an earlier time.
    #[expect(clippy::too_many_arguments, reason = "they are the columns of an entry")]
    pub(super) fn append_of(
        &mut self,
        actor: &Actor,
        at: i64,
        noun: &str,
        name: &str,
        action: AuditAction,
        before: Option<&str>,
        after: Option<&str>,
    ) -> Result<(), Error> {
        let (id, previous) = (self.last.0 + 1, self.last.1);
        let (actor, via, action) = (actor.name.as_str(), &*actor.via, action.as_str());
        let hash = digest(
            &previous,
            id,
            at,
            &[Some(actor), Some(via), Some(noun), Some(name), Some(action), before, after],
        );
        self.insert.execute(params![
            id, at, actor, via, noun, name, action, before, after, previous, hash
        ])?;
        self.last = (id, hash);
        Ok(())
    }
}

/// SHA-256 over the hash before, number and time (milliseconds since 1970) as 8 bytes each, the
/// highest first, and then actor, via, noun, name, action, before and after: of each its length in
/// bytes, again as 8 bytes, and the bytes themselves (UTF-8); for what is NULL 8 bytes of 255.
fn digest(previous: &[u8], id: i64, at: i64, texts: &[Option<&str>; 7]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(previous);
    context.update(&id.to_be_bytes());
    context.update(&at.to_be_bytes());
    for text in texts {
        context.update(&text.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
        context.update(text.unwrap_or_default().as_bytes());
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// Reads the chain from its first entry to its last, or to the first that is wrong.
pub(super) fn prove(
    connection: &Connection,
    expected: Option<AuditHash>,
) -> Result<AuditProof, Error> {
    let append_only = connection.query_row(APPEND_ONLY, [], |row| row.get(0))?;
    let mut proof =
        AuditProof { entries: 0, last: None, expected: None, problem: None, append_only };
    let mut statement =
        connection.prepare(&format!("SELECT {} FROM audit ORDER BY id", super::COLUMNS))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (last_id, last_hash) = proof.last.unwrap_or((0, AuditHash::NONE));
        let id: i64 = row.get(0)?;
        let (previous, hash) =
            (AuditHash::from_bytes(row.get(9)?), AuditHash::from_bytes(row.get(10)?));
        proof.problem = if id != last_id + 1 {
            Some(AuditProblem::Missing(last_id + 1))
        } else if previous != last_hash {
            Some(out_of_place(connection, id, &previous)?)
        } else if computed(row)? != hash {
            Some(AuditProblem::Altered(id))
        } else {
            None
        };
        if proof.problem.is_some() {
            return Ok(proof);
        }
        proof.entries += 1;
        proof.last = Some((id, hash));
        if expected == Some(hash) {
            proof.expected = Some(id);
        }
    }
    if expected.is_some() && proof.expected.is_none() {
        proof.problem = Some(AuditProblem::CutOff);
    }
    Ok(proof)
}

/// Why an entry does not follow the one before it: it follows another one, or none that is there.
fn out_of_place(
    connection: &Connection,
    id: i64,
    previous: &AuditHash,
) -> Result<AuditProblem, Error> {
    let follows_another: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM audit WHERE hash = ?1)",
        [previous.as_bytes()],
        |row| row.get(0),
    )? || *previous == AuditHash::NONE;
    Ok(if follows_another { AuditProblem::Reordered(id) } else { AuditProblem::Replaced(id - 1) })
}

/// The hash that an entry should have.
fn computed(row: &Row<'_>) -> Result<AuditHash, Error> {
    let text = |column: usize| row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from);
    let previous: [u8; 32] = row.get(9)?;
    let texts = [text(2)?, text(3)?, text(4)?, text(5)?, text(6)?, text(7)?, text(8)?];
    Ok(AuditHash::from_bytes(digest(&previous, row.get(0)?, row.get(1)?, &texts)))
}
