//! Settings and the server's random secrets.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::query::{Queries as _, bind};
use super::{Error, Read, Write};
use crate::domain::{LogoUrl, Name, PublicUrl, Secret, Settings};

/// The name of the secret that login states are authenticated with.
const STATE_KEY: &str = "state_key";

impl Read<'_> {
    /// The tool's settings.
    ///
    /// # Errors
    ///
    /// [`Error::NotInitialised`] if `init` has not finished.
    pub fn settings(&self) -> Result<Settings, Error> {
        fn parse<T: FromStr>(value: &str, what: &'static str) -> Result<T, Error> {
            value.parse().map_err(|_| Error::Corrupt(what))
        }
        let rows: Vec<(String, String)> = self
            .connection
            .all("SELECT key, value FROM setting", bind! {}, |row| {
                Ok((row.get("key")?, row.get("value")?))
            })
            .map_err(|_| Error::Corrupt("setting"))?;
        let mut values: BTreeMap<String, String> = rows.into_iter().collect();
        let (Some(url), Some(name)) = (values.remove("url"), values.remove("name")) else {
            return Err(Error::NotInitialised);
        };
        let mut settings = Settings::new(PublicUrl::stored(url), Name::stored(name));
        for (key, value) in values {
            match key.as_str() {
                "logo" => settings.logo = Some(LogoUrl::stored(value)),
                "session_lifetime" => {
                    settings.session_lifetime = parse(&value, "session lifetime")?;
                }
                "sync_interval" => settings.sync_interval = parse(&value, "sync interval")?,
                "app_key" => settings.app_key = parse(&value, "app key rule")?,
                "launch_retention" => {
                    settings.launch_retention = parse(&value, "launch retention")?;
                }
                "key_rotation" => settings.key_rotation = parse(&value, "key rotation")?,
                "waiting_launch_limit" => {
                    settings.waiting_launch_limit = parse(&value, "waiting launch limit")?;
                }
                "account_limit" => settings.account_limit = parse(&value, "account limit")?,
                _ => {}
            }
        }
        Ok(settings)
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
        for (key, value) in [
            ("url", settings.url.as_str()),
            ("name", settings.name.as_str()),
            ("session_lifetime", &settings.session_lifetime.to_string()),
            ("app_key", settings.app_key.as_str()),
            ("sync_interval", &settings.sync_interval.to_string()),
            ("launch_retention", &settings.launch_retention.to_string()),
            ("key_rotation", &settings.key_rotation.to_string()),
            ("waiting_launch_limit", &settings.waiting_launch_limit.to_string()),
            ("account_limit", &settings.account_limit.to_string()),
        ] {
            self.save_setting(key, value)?;
        }
        match &settings.logo {
            Some(logo) => self.save_setting("logo", logo.as_str()),
            None => {
                self.connection.change("DELETE FROM setting WHERE key = 'logo'", bind! {})?;
                Ok(())
            }
        }
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
