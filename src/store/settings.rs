//! Settings and the server's random secrets.

use super::query::{Queries as _, bind};
use super::{Error, Read, Write};
use crate::domain::{Secret, Settings};

/// The name of the secret that login states are authenticated with.
const STATE_KEY: &str = "state_key";

impl Read<'_> {
    /// The tool's settings.
    ///
    /// # Errors
    ///
    /// [`Error::NotInitialised`] if `init` has not finished.
    pub fn settings(&self) -> Result<Settings, Error> {
        self.cached(|records| &mut records.settings, &(), |_| true, || self.stored_settings())?
            .ok_or(Error::NotInitialised)
    }

    fn stored_settings(&self) -> Result<Option<Settings>, Error> {
        let rows: Vec<(String, String)> = self
            .connection
            .all("SELECT key, value FROM setting", bind! {}, |row| {
                Ok((row.get("key")?, row.get("value")?))
            })
            .map_err(|_| Error::Corrupt("setting"))?;
        Settings::stored(rows).map_err(Error::Corrupt)
    }

    /// The key that login states are authenticated with.
    ///
    /// # Errors
    ///
    /// [`Error::NotInitialised`] if there is none.
    pub fn state_key(&self) -> Result<Secret, Error> {
        self.connection
            .find(
                "SELECT value FROM secret WHERE name = :name",
                bind! { name: STATE_KEY },
                |row| row.get("value"),
            )?
            .ok_or(Error::NotInitialised)
    }
}

impl Write<'_> {
    /// Stores all settings.
    pub fn save_settings(&self, settings: &Settings) -> Result<(), Error> {
        for key in Settings::KEYS {
            match settings.get(key).filter(|value| !value.is_empty()) {
                Some(value) => self.save_setting(key, &value)?,
                None => {
                    self.connection
                        .change("DELETE FROM setting WHERE key = :key", bind! { key })?;
                }
            }
        }
        Ok(())
    }

    fn save_setting(&self, key: &str, value: &str) -> Result<(), Error> {
        self.connection.change(
            "INSERT INTO setting (key, value) VALUES (:key, :value)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            bind! { key, value },
        )?;
        Ok(())
    }

    /// Stores the key that login states are authenticated with.
    pub fn save_state_key(&self, key: &Secret) -> Result<(), Error> {
        self.connection.change(
            "INSERT INTO secret (name, value) VALUES (:name, :value)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            bind! { name: STATE_KEY, value: key },
        )?;
        Ok(())
    }
}
