//! The keys that the server last found in the platforms' keysets, for `doctor` to compare.

use super::query::{Queries as _, bind};
use super::{Error, Read, Write};
use crate::domain::FetchedKeyset;

impl Read<'_> {
    /// The keys that the server last found at a keyset URL.
    pub fn fetched_keyset(&self, keyset_url: &str) -> Result<Option<FetchedKeyset>, Error> {
        let found = self.connection.find(
            "SELECT keys, fetched_at FROM platform_keyset WHERE keyset_url = :keyset_url",
            bind! { keyset_url },
            |row| Ok((row.get::<String>("keys")?, row.get("fetched_at")?)),
        )?;
        let Some((keys, fetched_at)) = found else { return Ok(None) };
        let keys = serde_json::from_str(&keys).map_err(|_| Error::Corrupt("platform keyset"))?;
        Ok(Some(FetchedKeyset { keyset_url: keyset_url.to_owned(), keys, fetched_at }))
    }
}

impl Write<'_> {
    /// Stores the keys that the server found at keyset URLs, and deletes those of URLs that no
    /// registration has.
    pub fn put_fetched_keysets(&self, keysets: &[FetchedKeyset]) -> Result<(), Error> {
        for FetchedKeyset { keyset_url, keys, fetched_at } in keysets {
            let keys =
                serde_json::to_string(keys).map_err(|_| Error::Corrupt("platform keyset"))?;
            self.connection.change(
                "INSERT INTO platform_keyset (keyset_url, keys, fetched_at)
                 VALUES (:keyset_url, :keys, :fetched_at)
                 ON CONFLICT (keyset_url) DO UPDATE
                     SET keys = excluded.keys, fetched_at = excluded.fetched_at
                     WHERE platform_keyset.fetched_at <= excluded.fetched_at",
                bind! { keyset_url, keys, fetched_at },
            )?;
        }
        self.connection.change(
            "DELETE FROM platform_keyset WHERE keyset_url NOT IN (
                 SELECT keyset_url FROM registration WHERE keyset_url IS NOT NULL)",
            bind! {},
        )?;
        Ok(())
    }
}
