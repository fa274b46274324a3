//! The tool's own keys.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::{Error, Read, Write, from_milliseconds, to_milliseconds};
use crate::domain::{KeyState, Kid, Secret, SigningKey};

const COLUMNS: &str =
    "kid, state, private_key, modulus, exponent, created_at, signs_from, signed_until, retired_at";

fn signing_key(row: &Row<'_>) -> Result<SigningKey, rusqlite::Error> {
    let kid: String = row.get(0)?;
    let state: String = row.get(1)?;
    let moment = |column| {
        Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(from_milliseconds))
    };
    Ok(SigningKey {
        kid: Kid::stored(kid),
        state: KeyState::parse(&state).unwrap_or(KeyState::Retired),
        private_key: Secret::new(row.get(2)?),
        modulus: row.get(3)?,
        exponent: row.get(4)?,
        created_at: from_milliseconds(row.get(5)?),
        signs_from: moment(6)?,
        signed_until: moment(7)?,
        retired_at: moment(8)?,
    })
}

impl Read<'_> {
    /// Every key, the newest first.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn signing_keys(&self) -> Result<Vec<SigningKey>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM signing_key ORDER BY created_at DESC, kid"
        ))?;
        Ok(statement.query_map([], signing_key)?.collect::<Result<_, _>>()?)
    }

    /// The key of that name.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn signing_key(&self, kid: &str) -> Result<Option<SigningKey>, Error> {
        Ok(self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM signing_key WHERE kid = ?1"))?
            .query_row([kid], signing_key)
            .optional()?)
    }

    /// The key that signs.
    ///
    /// # Errors
    ///
    /// [`Error::NotInitialised`] when there is none.
    pub fn active_signing_key(&self) -> Result<SigningKey, Error> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM signing_key WHERE state = 'active'"))?;
        statement.query_row([], signing_key).optional()?.ok_or(Error::NotInitialised)
    }
}

impl Write<'_> {
    /// Adds a key. When it is active, the one that was active until now stays published.
    ///
    /// # Errors
    ///
    /// Of the database only; of a second key that is next, too.
    pub fn insert_signing_key(&self, key: &SigningKey) -> Result<(), Error> {
        if key.state == KeyState::Active {
            self.stop_signing(key.signs_from.unwrap_or(key.created_at))?;
        }
        self.connection.execute(
            &format!(
                "INSERT INTO signing_key ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
            ),
            params![
                key.kid.as_str(),
                key.state.as_str(),
                key.private_key.expose(),
                key.modulus,
                key.exponent,
                to_milliseconds(key.created_at),
                key.signs_from.map(to_milliseconds),
                key.signed_until.map(to_milliseconds),
                key.retired_at.map(to_milliseconds)
            ],
        )?;
        Ok(())
    }

    /// Lets a key sign from now on; the one that was active until now stays published.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn activate_signing_key(&self, kid: &Kid, now: Timestamp) -> Result<(), Error> {
        self.stop_signing(now)?;
        self.connection.execute(
            "UPDATE signing_key SET state = 'active', signs_from = ?2, signed_until = NULL WHERE \
             kid = ?1 AND state <> 'retired'",
            params![kid.as_str(), to_milliseconds(now)],
        )?;
        Ok(())
    }

    fn stop_signing(&self, now: Timestamp) -> Result<(), Error> {
        self.connection.execute(
            "UPDATE signing_key SET state = 'published', signed_until = ?1 WHERE state = 'active'",
            [to_milliseconds(now)],
        )?;
        Ok(())
    }

    /// Takes a key out of the keyset for good; its private half is wiped.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn retire_signing_key(&self, kid: &Kid, now: Timestamp) -> Result<(), Error> {
        self.connection.execute(
            "UPDATE signing_key SET signs_from = CASE WHEN state = 'next' THEN NULL ELSE \
             signs_from END, state = 'retired', private_key = x'', retired_at = ?2 WHERE kid = ?1 \
             AND state <> 'retired'",
            params![kid.as_str(), to_milliseconds(now)],
        )?;
        Ok(())
    }
}
