//! Settings and the server's random secrets.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, params};

use super::{Error, Read, Write};
use crate::domain::{LogoUrl, Name, PublicUrl, Secret, Settings};

/// The name of the secret that login states are authenticated with.
const STATE_KEY: &str = "state_key";

impl Read<'_> {
    /// The tool's settings.
    ///
    /// # Errors
    ///
    /// [`Error::NotInitialised`] when `init` has not been run to its end.
    pub fn settings(&self) -> Result<Settings, Error> {
        let mut statement = self.connection.prepare_cached("SELECT key, value FROM setting")?;
        let mut values: BTreeMap<String, String> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()
            .map_err(|_| Error::Corrupt("setting"))?;
        let (Some(url), Some(name)) = (values.remove("url"), values.remove("name")) else {
            return Err(Error::NotInitialised);
        };
        let mut settings = Settings::new(PublicUrl::stored(url), Name::stored(name));
        for (key, value) in values {
            match key.as_str() {
                "logo" => settings.logo = Some(LogoUrl::stored(value)),
                "session_lifetime" => {
                    settings.session_lifetime =
                        value.parse().map_err(|_| Error::Corrupt("session lifetime"))?
                }
                "sync_interval" => {
                    settings.sync_interval =
                        value.parse().map_err(|_| Error::Corrupt("sync interval"))?
                }
                "app_key" => {
                    settings.app_key = value.parse().map_err(|_| Error::Corrupt("app key rule"))?
                }
                "launch_retention" => {
                    settings.launch_retention =
                        value.parse().map_err(|_| Error::Corrupt("launch retention"))?
                }
                "key_rotation" => {
                    settings.key_rotation =
                        value.parse().map_err(|_| Error::Corrupt("key rotation"))?
                }
                "waiting_launch_limit" => {
                    settings.waiting_launch_limit =
                        value.parse().map_err(|_| Error::Corrupt("waiting launch limit"))?
                }
                "account_limit" => {
                    settings.account_limit =
                        value.parse().map_err(|_| Error::Corrupt("account limit"))?
                }
                _ => {}
            }
        }
        Ok(settings)
    }

    /// The key that login states are authenticated with.
    ///
    /// # Errors
    ///
    /// [`Error::NotInitialised`] when there is none.
    pub fn state_key(&self) -> Result<Secret, Error> {
        let value = self
            .connection
            .prepare_cached("SELECT value FROM secret WHERE name = ?1")?
            .query_row([STATE_KEY], |row| row.get(0))
            .optional()?;
        value.map(Secret::new).ok_or(Error::NotInitialised)
    }
}

impl Write<'_> {
    /// Stores all settings.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn save_settings(&self, settings: &Settings) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO setting (key, value) VALUES (?1, ?2) ON \
                CONFLICT (key) DO UPDATE SET value = excluded.value",
        )?;
        statement.execute(["url", settings.url.as_str()])?;
        statement.execute(["name", settings.name.as_str()])?;
        statement.execute(["session_lifetime", &settings.session_lifetime.to_string()])?;
        statement.execute(["app_key", settings.app_key.as_str()])?;
        statement.execute(["sync_interval", &settings.sync_interval.to_string()])?;
        statement.execute(["launch_retention", &settings.launch_retention.to_string()])?;
        statement.execute(["key_rotation", &settings.key_rotation.to_string()])?;
        statement.execute(["waiting_launch_limit", &settings.waiting_launch_limit.to_string()])?;
        statement.execute(["account_limit", &settings.account_limit.to_string()])?;
        match &settings.logo {
            Some(logo) => statement.execute(["logo", logo.as_str()])?,
            None => self.connection.execute("DELETE FROM setting WHERE key = 'logo'", [])?,
        };
        Ok(())
    }

    /// Stores the key that login states are authenticated with.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn save_state_key(&self, key: &Secret) -> Result<(), Error> {
        self.connection.execute(
            "INSERT INTO secret (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET \
             value = excluded.value",
            params![STATE_KEY, key.expose()],
        )?;
        Ok(())
    }
}
