//! Invitations to register, and what came of them.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::{Error, Read, Write, from_milliseconds, to_milliseconds};
use crate::domain::{AttemptOutcome, Invitation, RegistrationAttempt, StoredText};

const COLUMNS: &str =
    "id, registration_id, auto_confirm, created_at, expires_at, replaced_at, used_at, used_by";

/// What stands as the code of an attempt that succeeded.
const REGISTERED: &str = "registered";

/// How many attempts of a registration are kept.
const MOST_ATTEMPTS: i64 = 20;

fn invitation(row: &Row<'_>) -> Result<Invitation, rusqlite::Error> {
    let moment = |column: usize| {
        row.get::<_, Option<i64>>(column).map(|moment| moment.map(from_milliseconds))
    };
    Ok(Invitation {
        id: row.get(0)?,
        registration_id: row.get(1)?,
        auto_confirm: row.get(2)?,
        created_at: from_milliseconds(row.get(3)?),
        expires_at: from_milliseconds(row.get(4)?),
        replaced_at: moment(5)?,
        used_at: moment(6)?,
        used_by: row.get(7)?,
    })
}

fn attempt(row: &Row<'_>) -> Result<RegistrationAttempt, rusqlite::Error> {
    let text = |column: usize| row.get::<_, Option<String>>(column);
    let outcome = match text(3)? {
        None => None,
        Some(code) if code == REGISTERED => Some(AttemptOutcome::Registered),
        Some(code) => Some(AttemptOutcome::Failed {
            code,
            problem: text(4)?.unwrap_or_default(),
            fix: text(5)?.unwrap_or_default(),
        }),
    };
    Ok(RegistrationAttempt {
        id: row.get(0)?,
        at: from_milliseconds(row.get(1)?),
        platform: row.get(2)?,
        outcome,
    })
}

impl Read<'_> {
    /// The invitation of that key.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn invitation(&self, id: i64) -> Result<Option<Invitation>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM registration_invitation WHERE id = ?1"
        ))?;
        Ok(statement.query_row([id], invitation).optional()?)
    }

    /// Every invitation that is open at `now`; one query, however many registrations there are.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn open_invitations(&self, now: Timestamp) -> Result<Vec<Invitation>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM registration_invitation WHERE used_at IS NULL AND replaced_at \
             IS NULL AND expires_at > ?1 ORDER BY id"
        ))?;
        Ok(statement.query_map([to_milliseconds(now)], invitation)?.collect::<Result<_, _>>()?)
    }

    /// The newest invitation of a registration.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn newest_invitation(&self, registration_id: i64) -> Result<Option<Invitation>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM registration_invitation \
                WHERE registration_id = ?1 ORDER BY id DESC LIMIT 1"
        ))?;
        Ok(statement.query_row([registration_id], invitation).optional()?)
    }

    /// The newest attempt to register a platform, whichever invitation it came with.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn newest_attempt(
        &self,
        registration_id: i64,
    ) -> Result<Option<RegistrationAttempt>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, at, platform, code, problem, fix FROM registration_attempt \
                WHERE registration_id = ?1 ORDER BY id DESC LIMIT 1",
        )?;
        Ok(statement.query_row([registration_id], attempt).optional()?)
    }

    /// The newest attempt with an invitation that was begun since then and has no outcome.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn attempt_under_way(&self, invitation_id: i64, since: Timestamp) -> Result<bool, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM registration_attempt WHERE invitation_id \
                = ?1 AND finished_at IS NULL AND at >= ?2)",
        )?;
        Ok(statement.query_row(params![invitation_id, to_milliseconds(since)], |row| row.get(0))?)
    }
}

impl Write<'_> {
    /// Adds an invitation, which replaces those of the registration that were not used.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn insert_invitation(
        &self,
        registration_id: i64,
        auto_confirm: bool,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Invitation, Error> {
        self.connection.execute(
            "UPDATE registration_invitation SET replaced_at = ?2 WHERE registration_id = ?1 AND \
             used_at IS NULL AND replaced_at IS NULL",
            params![registration_id, to_milliseconds(now)],
        )?;
        self.connection.execute(
            "INSERT INTO registration_invitation (registration_id, auto_confirm, created_at, \
             expires_at) VALUES (?1, ?2, ?3, ?4)",
            params![
                registration_id,
                auto_confirm,
                to_milliseconds(now),
                to_milliseconds(expires_at)
            ],
        )?;
        self.invitation(self.connection.last_insert_rowid())?.ok_or(Error::Corrupt("invitation"))
    }

    /// Marks an invitation as used by an issuer.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn use_invitation(&self, id: i64, issuer: &str, now: Timestamp) -> Result<(), Error> {
        self.connection.execute(
            "UPDATE registration_invitation SET used_at = ?2, used_by = ?3 WHERE id = ?1",
            params![id, to_milliseconds(now), issuer],
        )?;
        Ok(())
    }

    /// Records an attempt before anything is sent, and gives its key. Old ones go.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn insert_attempt(
        &self,
        invitation: &Invitation,
        platform: &str,
        now: Timestamp,
    ) -> Result<i64, Error> {
        self.connection.execute(
            "INSERT INTO registration_attempt (registration_id, invitation_id, at, platform) \
             VALUES (?1, ?2, ?3, ?4)",
            params![invitation.registration_id, invitation.id, to_milliseconds(now), platform],
        )?;
        let id = self.connection.last_insert_rowid();
        self.connection.execute(
            "DELETE FROM registration_attempt WHERE registration_id = ?1 AND id NOT IN
                 (SELECT id FROM registration_attempt WHERE registration_id = ?1 ORDER BY id DESC LIMIT ?2)",
            params![invitation.registration_id, MOST_ATTEMPTS],
        )?;
        Ok(id)
    }

    /// Stores what came of an attempt.
    ///
    /// # Errors
    ///
    /// Of the database only.
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
        self.connection.execute(
            "UPDATE registration_attempt SET finished_at = ?2, code = ?3, problem = ?4, fix = ?5 \
             WHERE id = ?1",
            params![id, to_milliseconds(now), code, problem, fix],
        )?;
        Ok(())
    }
}
