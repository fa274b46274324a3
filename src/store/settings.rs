//! Settings and the server's random secrets.

use rusqlite::{OptionalExtension, params};

use super::{Error, Read, Write};
use crate::domain::{AppKeyRule, LogoUrl, Name, PublicUrl, Secret, SessionLifetime, Settings, SyncInterval};

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
        let mut rows = statement.query([])?;
        let (mut url, mut name, mut logo) = (None, None, None);
        let (mut session_lifetime, mut sync_interval, mut app_key) = (SessionLifetime::default(), SyncInterval::default(), AppKeyRule::Optional);
        while let Some(row) = rows.next()? {
            let value = row.get_ref(1)?.as_str().map_err(|_| Error::Corrupt("setting"))?;
            match row.get_ref(0)?.as_str().map_err(|_| Error::Corrupt("setting"))? {
                "url" => url = Some(PublicUrl::stored(value.to_owned())),
                "name" => name = Some(Name::new(value).map_err(|_| Error::Corrupt("name"))?),
                "logo" => logo = Some(LogoUrl::stored(value.to_owned())),
                "session_lifetime" => session_lifetime = value.parse().map_err(|_| Error::Corrupt("session lifetime"))?,
                "app_key" => app_key = value.parse().map_err(|_| Error::Corrupt("app key rule"))?,
                "sync_interval" => sync_interval = value.parse().map_err(|_| Error::Corrupt("sync interval"))?,
                _ => {}
            }
        }
        match (url, name) {
            (Some(url), Some(name)) => Ok(Settings { url, name, logo, session_lifetime, sync_interval, app_key }),
            _ => Err(Error::NotInitialised),
        }
    }

    /// The key that login states are authenticated with.
    ///
    /// # Errors
    ///
    /// [`Error::NotInitialised`] when there is none.
    pub fn state_key(&self) -> Result<Secret, Error> {
        let value = self.connection.prepare_cached("SELECT value FROM secret WHERE name = ?1")?.query_row([STATE_KEY], |row| row.get(0)).optional()?;
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
        let mut statement =
            self.connection.prepare_cached("INSERT INTO setting (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")?;
        statement.execute(["url", settings.url.as_str()])?;
        statement.execute(["name", settings.name.as_str()])?;
        statement.execute(["session_lifetime", &settings.session_lifetime.to_string()])?;
        statement.execute(["app_key", settings.app_key.as_str()])?;
        statement.execute(["sync_interval", &settings.sync_interval.to_string()])?;
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
            "INSERT INTO secret (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            params![STATE_KEY, key.expose()],
        )?;
        Ok(())
    }
}
