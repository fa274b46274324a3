//! The chain of entries: appending to its end, and verifying that it is complete.

use aws_lc_rs::digest::{Context, SHA256};

use super::super::Error;
use super::super::engine::Connection;
use super::super::query::{Queries as _, bind, once, select};
use super::super::record::{Record as _, record};
use crate::domain::{Actor, AuditAction, AuditHash, AuditProblem, AuditProof};

/// How many entries one statement stores: each statement opens a temporary table for the constraint
/// of `action`, which takes longer than all else about an entry.
const AT_ONCE: usize = 64;

/// An entry as it is stored: its hash is computed of these values.
pub(super) struct StoredEntry {
    pub(super) id: i64,
    /// Milliseconds since 1970.
    pub(super) at: i64,
    pub(super) actor: String,
    pub(super) via: String,
    pub(super) noun: String,
    pub(super) name: String,
    pub(super) action: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    pub(super) previous_hash: AuditHash,
    pub(super) hash: AuditHash,
}

record! {
    StoredEntry in "audit" {
        id, at, actor, via, noun, name, action, before, after, previous_hash, hash,
    }
}

/// The end of the chain, with the values that all entries of a transaction share.
pub(super) struct Chain<'c> {
    connection: &'c Connection,
    actor: &'c Actor,
    at: i64,
    /// The last entry's number and hash, as soon as they are known.
    last: Option<(i64, AuditHash)>,
    /// Entries that are not stored yet.
    pending: Vec<StoredEntry>,
}

impl<'c> Chain<'c> {
    /// Lets `append` append entries of one transaction, and stores them.
    pub(super) fn extend<T>(
        connection: &'c Connection,
        actor: &'c Actor,
        at: i64,
        append: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut chain = Self { connection, actor, at, last: None, pending: Vec::new() };
        let value = append(&mut chain)?;
        chain.store()?;
        Ok(value)
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

    /// Appends an entry for a change by another actor at an earlier time.
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
        let (last, previous_hash) = self.last()?;
        let mut entry = StoredEntry {
            id: last + 1,
            at,
            actor: actor.name.clone(),
            via: actor.via.to_string(),
            noun: noun.to_owned(),
            name: name.to_owned(),
            action: action.as_str().to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            previous_hash,
            hash: AuditHash::NONE,
        };
        entry.hash = computed(&entry);
        self.last = Some((entry.id, entry.hash));
        self.pending.push(entry);
        if self.pending.len() == AT_ONCE { self.store() } else { Ok(()) }
    }

    /// The number and hash of the last entry.
    fn last(&self) -> Result<(i64, AuditHash), Error> {
        if let Some(last) = self.last {
            return Ok(last);
        }
        let last = self.connection.find(
            "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1",
            bind! {},
            |row| Ok((row.get("id")?, row.get("hash")?)),
        )?;
        Ok(last.unwrap_or((0, AuditHash::NONE)))
    }

    /// Stores the entries that were appended.
    fn store(&mut self) -> Result<(), Error> {
        if self.pending.len() == AT_ONCE {
            let sql = once!(StoredEntry::table().insert_rows(AT_ONCE));
            self.connection.insert_rows(sql, &self.pending)?;
        } else {
            for entry in &self.pending {
                self.connection.change_with(
                    once!(StoredEntry::table().insert(&[])),
                    entry,
                    bind! {},
                )?;
            }
        }
        self.pending.clear();
        Ok(())
    }
}

/// SHA-256 over the hash before, number and time (milliseconds since 1970) as 8 bytes each, the
/// highest first, and then actor, via, noun, name, action, before and after: each as its length in
/// bytes, again as 8 bytes, and the bytes themselves (UTF-8); NULL is 8 bytes of 255.
fn digest(previous: &AuditHash, id: i64, at: i64, texts: &[Option<&str>; 7]) -> AuditHash {
    let mut context = Context::new(&SHA256);
    context.update(previous.as_bytes());
    context.update(&id.to_be_bytes());
    context.update(&at.to_be_bytes());
    for text in texts {
        context.update(&text.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
        context.update(text.unwrap_or_default().as_bytes());
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    AuditHash::from_bytes(hash)
}

/// Reads the chain from its first entry to its last, or to the first that is wrong.
pub(super) fn prove(
    connection: &Connection,
    expected: Option<AuditHash>,
) -> Result<AuditProof, Error> {
    let append_only = connection.is_append_only("audit")?;
    let mut proof =
        AuditProof { entries: 0, last: None, expected: None, problem: None, append_only };
    connection.each(select!(StoredEntry, "ORDER BY id"), bind! {}, |row| {
        if proof.problem.is_none() {
            let entry: StoredEntry = row.record()?;
            proof.problem = check(connection, &entry, proof.last)?;
            if proof.problem.is_none() {
                proof.entries += 1;
                proof.last = Some((entry.id, entry.hash));
                if expected == Some(entry.hash) {
                    proof.expected = Some(entry.id);
                }
            }
        }
        Ok(())
    })?;
    if proof.problem.is_none() && expected.is_some() && proof.expected.is_none() {
        proof.problem = Some(AuditProblem::CutOff);
    }
    Ok(proof)
}

/// What is wrong with an entry that should follow the entry `last`.
fn check(
    connection: &Connection,
    entry: &StoredEntry,
    last: Option<(i64, AuditHash)>,
) -> Result<Option<AuditProblem>, Error> {
    let (last_id, last_hash) = last.unwrap_or((0, AuditHash::NONE));
    Ok(if entry.id != last_id + 1 {
        Some(AuditProblem::Missing(last_id + 1))
    } else if entry.previous_hash != last_hash {
        Some(out_of_place(connection, entry)?)
    } else if computed(entry) != entry.hash {
        Some(AuditProblem::Altered(entry.id))
    } else {
        None
    })
}

/// Why an entry does not follow its predecessor: it follows another entry, or one that does not
/// exist.
fn out_of_place(connection: &Connection, entry: &StoredEntry) -> Result<AuditProblem, Error> {
    let StoredEntry { id, previous_hash, .. } = entry;
    let follows_another: bool = connection.one(
        "SELECT EXISTS (SELECT 1 FROM audit WHERE hash = :previous_hash) AS follows_another",
        bind! { previous_hash },
        |row| row.get("follows_another"),
    )?;
    Ok(if follows_another || *previous_hash == AuditHash::NONE {
        AuditProblem::Reordered(*id)
    } else {
        AuditProblem::Replaced(id - 1)
    })
}

/// The hash that an entry should have.
fn computed(entry: &StoredEntry) -> AuditHash {
    let StoredEntry { actor, via, noun, name, action, before, after, .. } = entry;
    let texts = [
        Some(actor.as_str()),
        Some(via),
        Some(noun),
        Some(name),
        Some(action),
        before.as_deref(),
        after.as_deref(),
    ];
    digest(&entry.previous_hash, entry.id, entry.at, &texts)
}
