//! LTI 1.1: shared secrets by consumer key, and the users whose accounts wait for them.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Error, Read, Write, to_milliseconds};
use crate::domain::{ConsumerUser, Secret};

impl Read<'_> {
    /// Every consumer key with the number of its secrets.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn consumer_keys(&self) -> Result<Vec<(String, u32)>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT consumer_key, count(*) FROM \
            consumer_secret GROUP BY consumer_key ORDER BY consumer_key",
        )?;
        Ok(statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?)
    }

    /// The secrets of a consumer key.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn consumer_secrets(&self, consumer_key: &str) -> Result<Vec<Secret>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT secret FROM consumer_secret WHERE consumer_key = ?1 ORDER BY id",
        )?;
        Ok(statement
            .query_map([consumer_key], |row| row.get(0).map(Secret::new))?
            .collect::<Result<_, _>>()?)
    }

    /// The key within the database of the account that an LTI 1.1 user keeps.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn account_of_consumer_user(&self, user: &ConsumerUser) -> Result<Option<i64>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT account_id FROM consumer_user WHERE consumer_key = ?1 AND user_id = ?2",
        )?;
        Ok(statement
            .query_row(params![user.consumer_key, user.user_id], |row| row.get(0))
            .optional()?)
    }

    /// The LTI 1.1 users who keep an account.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn consumer_users(&self, account_id: i64) -> Result<Vec<ConsumerUser>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT consumer_key, user_id FROM consumer_user WHERE account_id = ?1 ORDER BY id",
        )?;
        Ok(statement
            .query_map([account_id], |row| {
                Ok(ConsumerUser { consumer_key: row.get(0)?, user_id: row.get(1)? })
            })?
            .collect::<Result<_, _>>()?)
    }

    /// Whether a user of that identifier is kept for any consumer whose migration claims can be
    /// believed.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn is_consumer_user(&self, user_id: &str) -> Result<bool, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM consumer_user WHERE consumer_key IN (SELECT DISTINCT \
             consumer_key FROM consumer_secret) AND user_id = ?1)",
        )?;
        Ok(statement.query_row([user_id], |row| row.get(0))?)
    }
}

impl Write<'_> {
    /// Adds a secret to a consumer key; says `false` when it is there already.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn insert_consumer_secret(
        &self,
        consumer_key: &str,
        secret: &Secret,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO consumer_secret (consumer_key, secret, created_at) VALUES (?1, ?2, ?3) ON \
             CONFLICT (consumer_key, secret) DO NOTHING",
        )?;
        Ok(statement.execute(params![consumer_key, secret.expose(), to_milliseconds(now)])? == 1)
    }

    /// Deletes the secrets of a consumer key; says how many there were.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn delete_consumer_secrets(&self, consumer_key: &str) -> Result<usize, Error> {
        Ok(self
            .connection
            .execute("DELETE FROM consumer_secret WHERE consumer_key = ?1", [consumer_key])?)
    }

    /// Lets an LTI 1.1 user keep an account; says `false` when that user has one.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn insert_consumer_user(
        &self,
        account_id: i64,
        user: &ConsumerUser,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO consumer_user (account_id, consumer_key, user_id, created_at) VALUES (?1, \
             ?2, ?3, ?4) ON CONFLICT (consumer_key, user_id) DO NOTHING",
        )?;
        Ok(statement.execute(params![
            account_id,
            user.consumer_key,
            user.user_id,
            to_milliseconds(now)
        ])? == 1)
    }

    /// Takes an account away from an LTI 1.1 user; says whether they had it.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn delete_consumer_user(
        &self,
        account_id: i64,
        user: &ConsumerUser,
    ) -> Result<bool, Error> {
        let deleted = self.connection.execute(
            "DELETE FROM consumer_user WHERE account_id = ?1 AND consumer_key = ?2 AND user_id = \
             ?3",
            params![account_id, user.consumer_key, user.user_id],
        )?;
        Ok(deleted == 1)
    }
}
