//! Sessions of launched people, and the nonces that their launches spent.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::{Error, Read, Write, from_milliseconds, to_milliseconds};
use crate::domain::{LaunchId, Session, SessionHandle};

fn session(row: &Row<'_>) -> Result<Session, rusqlite::Error> {
    let handle: String = row.get(0)?;
    let visit: String = row.get(5)?;
    Ok(Session {
        handle: SessionHandle::parse(&handle).ok_or(rusqlite::Error::InvalidColumnType(0, "handle".into(), rusqlite::types::Type::Text))?,
        secret_digest: row.get(1)?,
        launch_id: LaunchId::stored(row.get(2)?),
        registration_id: row.get(3)?,
        resource_id: row.get(4)?,
        visit: serde_json::from_str(&visit).map_err(|error| rusqlite::Error::FromSqlConversionFailure(5, rusqlite::types::Type::Text, Box::new(error)))?,
        created_at: from_milliseconds(row.get(6)?),
        expires_at: from_milliseconds(row.get(7)?),
    })
}

impl Read<'_> {
    /// The session of that handle, unless it has ended.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn session(&self, handle: &SessionHandle, now: Timestamp) -> Result<Option<Session>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT handle, secret_digest, launch_id, registration_id, resource_id, visit, created_at, expires_at FROM session WHERE handle = ?1 AND expires_at > ?2",
        )?;
        Ok(statement.query_row(params![handle.as_str(), to_milliseconds(now)], session).optional()?)
    }

    /// Whether a nonce was spent already.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn nonce_is_spent(&self, nonce: &str) -> Result<bool, Error> {
        Ok(self.connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM spent_nonce WHERE nonce = ?1)")?.query_row([nonce], |row| row.get(0))?)
    }
}

impl Write<'_> {
    /// Spends a nonce, or says `false` when somebody else has spent it before.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn spend_nonce(&self, nonce: &str, expires_at: Timestamp) -> Result<bool, Error> {
        let mut statement = self.connection.prepare_cached("INSERT INTO spent_nonce (nonce, expires_at) VALUES (?1, ?2) ON CONFLICT (nonce) DO NOTHING")?;
        Ok(statement.execute(params![nonce, to_milliseconds(expires_at)])? == 1)
    }

    /// Opens a session.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn insert_session(&self, session: &Session) -> Result<(), Error> {
        let visit = serde_json::to_string(&session.visit).map_err(|_| Error::Corrupt("session"))?;
        self.connection
            .prepare_cached(
                "INSERT INTO session (handle, secret_digest, launch_id, registration_id, resource_id, visit, created_at, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                session.handle.as_str(),
                session.secret_digest,
                session.launch_id.as_str(),
                session.registration_id,
                session.resource_id,
                visit,
                to_milliseconds(session.created_at),
                to_milliseconds(session.expires_at),
            ])?;
        Ok(())
    }

    /// Forgets nonces and sessions whose time is over; says how many rows went.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn forget_expired(&self, now: Timestamp) -> Result<usize, Error> {
        let now = [to_milliseconds(now)];
        let nonces = self.connection.execute("DELETE FROM spent_nonce WHERE expires_at < ?1", now)?;
        let sessions = self.connection.execute("DELETE FROM session WHERE expires_at < ?1", now)?;
        Ok(nonces + sessions)
    }
}
