//! The keys that the server last found in the platforms' keysets, for `doctor` to compare.

use rusqlite::{OptionalExtension, params};

use super::{Error, Read, Write, from_milliseconds, to_milliseconds};
use crate::domain::FetchedKeyset;

impl Read<'_> {
    /// What the server last found at a keyset URL.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn fetched_keyset(&self, keyset_url: &str) -> Result<Option<FetchedKeyset>, Error> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT keys, fetched_at FROM platform_keyset WHERE keyset_url = ?1")?;
        let found: Option<(String, i64)> =
            statement.query_row([keyset_url], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((keys, fetched_at)) = found else { return Ok(None) };
        let keys = serde_json::from_str(&keys).map_err(|_| Error::Corrupt("platform keyset"))?;
        Ok(Some(FetchedKeyset {
            keyset_url: keyset_url.to_owned(),
            keys,
            fetched_at: from_milliseconds(fetched_at),
        }))
    }
}

impl Write<'_> {
    /// Notes what the server found at keyset URLs. What no registration has any more is forgotten.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn note_fetched_keysets(&self, keysets: &[FetchedKeyset]) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO platform_keyset (keyset_url, keys, fetched_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (keyset_url) DO UPDATE SET keys = excluded.keys, fetched_at = excluded.fetched_at WHERE fetched_at <= excluded.fetched_at",
        )?;
        for FetchedKeyset { keyset_url, keys, fetched_at } in keysets {
            let keys =
                serde_json::to_string(keys).map_err(|_| Error::Corrupt("platform keyset"))?;
            statement.execute(params![keyset_url, keys, to_milliseconds(*fetched_at)])?;
        }
        let unused = "DELETE FROM platform_keyset WHERE keyset_url NOT IN (SELECT keyset_url FROM \
            registration WHERE keyset_url IS NOT NULL)";
        self.connection.prepare_cached(unused)?.execute([])?;
        Ok(())
    }
}
