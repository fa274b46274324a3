//! Which keys of the app behind a resource are accepted. The keys themselves are not stored.

use jiff::Timestamp;
use rusqlite::params;

use super::{Error, Read, Write, from_milliseconds, to_milliseconds};
use crate::domain::{AppKeys, PreviousAppKey};

impl Read<'_> {
    /// The keys of the app behind a resource that exists.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn app_keys(&self, resource_id: i64) -> Result<AppKeys, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT app_key_generation, app_key_created_at, app_key_previous_generation, \
             app_key_previous_accepted_until FROM resource WHERE id = ?1",
        )?;
        Ok(statement.query_row([resource_id], |row| {
            let previous = match (row.get(2)?, row.get::<_, Option<i64>>(3)?) {
                (Some(generation), Some(until)) => {
                    Some(PreviousAppKey { generation, accepted_until: from_milliseconds(until) })
                }
                _ => None,
            };
            Ok(AppKeys {
                generation: row.get(0)?,
                created_at: from_milliseconds(row.get(1)?),
                previous,
            })
        })?)
    }
}

impl Write<'_> {
    /// Stores which keys of the app behind a resource are accepted.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn save_app_keys(&self, resource_id: i64, keys: &AppKeys) -> Result<(), Error> {
        self.connection
            .prepare_cached(
                "UPDATE resource SET app_key_generation = ?2, app_key_created_at = ?3, app_key_previous_generation = ?4, app_key_previous_accepted_until = ?5
                 WHERE id = ?1",
            )?
            .execute(params![
                resource_id,
                keys.generation,
                to_milliseconds(keys.created_at),
                keys.previous.map(|previous| previous.generation),
                keys.previous.map(|previous| to_milliseconds(previous.accepted_until)),
            ])?;
        Ok(())
    }

    /// Notes that every app has a new key: the key from which they are derived was replaced.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn note_new_app_keys(&self, now: Timestamp) -> Result<(), Error> {
        self.connection.execute(
            "UPDATE resource SET app_key_created_at = ?1, app_key_previous_generation = NULL, \
             app_key_previous_accepted_until = NULL",
            [to_milliseconds(now)],
        )?;
        Ok(())
    }
}
