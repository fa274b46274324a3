//! Invitations to register, and the attempts to register with them.

use jiff::Timestamp;

use super::engine::ValueError;
use super::query::{Queries as _, Row, as_record, bind, select};
use super::record::record;
use super::{Error, Read, Write};
use crate::domain::{AttemptOutcome, Invitation, RegistrationAttempt, StoredText};

/// The code of an attempt that succeeded.
const REGISTERED: &str = "registered";

/// How many attempts of a registration are kept.
const MAX_ATTEMPTS: i64 = 20;

record! {
    Invitation in "registration_invitation" {
        id, registration_id, auto_confirm, created_at, expires_at, replaced_at, used_at, used_by,
    }
    computed { id = "registration_invitation.id" }
}

fn attempt(row: &Row<'_>) -> Result<RegistrationAttempt, ValueError> {
    let text = |column| Ok::<_, ValueError>(row.get::<Option<_>>(column)?.unwrap_or_default());
    let outcome = match row.get::<Option<String>>("code")? {
        None => None,
        Some(code) if code == REGISTERED => Some(AttemptOutcome::Registered),
        Some(code) => {
            Some(AttemptOutcome::Failed { code, problem: text("problem")?, fix: text("fix")? })
        }
    };
    Ok(RegistrationAttempt {
        id: row.get("id")?,
        at: row.get("at")?,
        platform: row.get("platform")?,
        outcome,
    })
}

impl Read<'_> {
    /// The invitation with this key in the database.
    pub fn invitation(&self, id: i64) -> Result<Option<Invitation>, Error> {
        self.connection.find(select!(Invitation, "WHERE id = :id"), bind! { id }, as_record)
    }

    /// All invitations that are open at `now`.
    pub fn open_invitations(&self, now: Timestamp) -> Result<Vec<Invitation>, Error> {
        self.connection.all(
            select!(
                Invitation,
                "INDEXED BY open_invitation
                 WHERE used_at IS NULL AND replaced_at IS NULL AND expires_at > :now ORDER BY id"
            ),
            bind! { now },
            as_record,
        )
    }

    /// The newest invitation of a registration.
    pub fn newest_invitation(&self, registration_id: i64) -> Result<Option<Invitation>, Error> {
        self.connection.find(
            select!(
                Invitation,
                "WHERE registration_id = :registration_id ORDER BY id DESC LIMIT 1"
            ),
            bind! { registration_id },
            as_record,
        )
    }

    /// The newest attempt to register a platform, with any of the registration's invitations.
    pub fn newest_attempt(
        &self,
        registration_id: i64,
    ) -> Result<Option<RegistrationAttempt>, Error> {
        let mut newest = None;
        self.each_newest_attempt(&format!("[{registration_id}]"), |_, attempt| {
            newest = Some(attempt);
        })?;
        Ok(newest)
    }

    /// Calls `callback` with the newest attempt of each registration that has one, and with the
    /// place of the registration in `ids`, an array in JSON.
    pub(super) fn each_newest_attempt(
        &self,
        ids: &str,
        mut callback: impl FnMut(usize, RegistrationAttempt),
    ) -> Result<(), Error> {
        self.connection.each(
            "SELECT batch.key AS place, newest.id AS id, at, platform, code, problem, fix
             FROM json_each(:ids) AS batch
                 CROSS JOIN registration_attempt AS newest ON newest.id = (
                     SELECT max(id) FROM registration_attempt
                     WHERE registration_id = CAST(batch.value AS BIGINT))",
            bind! { ids },
            |row| {
                callback(row.get::<u32>("place")? as usize, attempt(row)?);
                Ok(())
            },
        )
    }

    /// Whether an attempt with an invitation began at or after `since` and has no outcome yet.
    pub fn attempt_under_way(&self, invitation_id: i64, since: Timestamp) -> Result<bool, Error> {
        self.connection.one(
            "SELECT EXISTS (
                 SELECT 1 FROM registration_attempt WHERE invitation_id = :invitation_id
                     AND finished_at IS NULL AND at >= :since) AS is_under_way",
            bind! { invitation_id, since },
            |row| row.get("is_under_way"),
        )
    }
}

impl Write<'_> {
    /// Adds an invitation, which replaces those of the registration that were not used.
    pub fn insert_invitation(
        &self,
        registration_id: i64,
        auto_confirm: bool,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Invitation, Error> {
        self.connection.change(
            "UPDATE registration_invitation SET replaced_at = :now
             WHERE registration_id = :registration_id AND used_at IS NULL AND replaced_at IS NULL",
            bind! { registration_id, now },
        )?;
        let id = self.connection.one(
            "INSERT INTO registration_invitation
                 (registration_id, auto_confirm, created_at, expires_at)
             VALUES (:registration_id, :auto_confirm, :now, :expires_at) RETURNING id",
            bind! { registration_id, auto_confirm, now, expires_at },
            |row| row.get("id"),
        )?;
        self.invitation(id)?.ok_or(Error::Corrupt("invitation"))
    }

    /// Marks an invitation as used by an issuer.
    pub fn use_invitation(&self, id: i64, issuer: &str, now: Timestamp) -> Result<(), Error> {
        self.connection.change(
            "UPDATE registration_invitation SET used_at = :now, used_by = :issuer WHERE id = :id",
            bind! { id, issuer, now },
        )?;
        Ok(())
    }

    /// Stores an attempt before anything is sent, and returns its key. Old ones are deleted.
    pub fn insert_attempt(
        &self,
        invitation: &Invitation,
        platform: &str,
        now: Timestamp,
    ) -> Result<i64, Error> {
        let registration_id = invitation.registration_id;
        let id = self.connection.one(
            "INSERT INTO registration_attempt (registration_id, invitation_id, at, platform)
             VALUES (:registration_id, :invitation_id, :now, :platform) RETURNING id",
            bind! { registration_id, invitation_id: invitation.id, now, platform },
            |row| row.get("id"),
        )?;
        self.connection.change(
            "DELETE FROM registration_attempt WHERE registration_id = :registration_id
                 AND id NOT IN (
                     SELECT id FROM registration_attempt WHERE registration_id = :registration_id
                     ORDER BY id DESC LIMIT :limit)",
            bind! { registration_id, limit: MAX_ATTEMPTS },
        )?;
        Ok(id)
    }

    /// Stores the outcome of an attempt.
    pub fn finish_attempt(
        &self,
        id: i64,
        outcome: &AttemptOutcome,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (code, problem, fix) = match outcome {
            AttemptOutcome::Registered => (REGISTERED, None, None),
            AttemptOutcome::Failed { code, problem, fix } => (
                code.as_str(),
                Some(StoredText::Cause.cut(problem)),
                Some(StoredText::Fix.cut(fix)),
            ),
        };
        self.connection.change(
            "UPDATE registration_attempt
             SET finished_at = :now, code = :code, problem = :problem, fix = :fix WHERE id = :id",
            bind! { id, now, code, problem, fix },
        )?;
        Ok(())
    }
}
