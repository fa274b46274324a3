//! LTI 1.1: shared secrets by consumer key, and the users who are linked to accounts.

use jiff::Timestamp;

use super::query::{Queries as _, as_record, bind, select, sql};
use super::record::{Record as _, record};
use super::{Error, Read, Write};
use crate::domain::{ConsumerUser, Secret};

record! {
    ConsumerUser in "consumer_user" { consumer_key, user_id }
}

impl Read<'_> {
    /// All consumer keys, each with the number of its secrets.
    pub fn consumer_keys(&self) -> Result<Vec<(String, u32)>, Error> {
        self.connection.all(
            "SELECT consumer_key, count(*) AS secrets FROM consumer_secret
             GROUP BY consumer_key ORDER BY consumer_key",
            bind! {},
            |row| Ok((row.get("consumer_key")?, row.get("secrets")?)),
        )
    }

    /// The secrets of a consumer key.
    pub fn consumer_secrets(&self, consumer_key: &str) -> Result<Vec<Secret>, Error> {
        self.connection.all(
            "SELECT secret FROM consumer_secret WHERE consumer_key = :consumer_key ORDER BY id",
            bind! { consumer_key },
            |row| row.get("secret"),
        )
    }

    /// The account that is linked to an LTI 1.1 user, by its key in the database.
    pub fn account_of_consumer_user(&self, user: &ConsumerUser) -> Result<Option<i64>, Error> {
        let ConsumerUser { consumer_key, user_id } = user;
        self.connection.find(
            "SELECT account_id FROM consumer_user
             WHERE consumer_key = :consumer_key AND user_id = :user_id",
            bind! { consumer_key, user_id },
            |row| row.get("account_id"),
        )
    }

    /// The LTI 1.1 users who are linked to an account.
    pub fn consumer_users(&self, account_id: i64) -> Result<Vec<ConsumerUser>, Error> {
        self.connection.all(
            select!(ConsumerUser, "WHERE account_id = :account_id ORDER BY id"),
            bind! { account_id },
            as_record,
        )
    }

    /// Whether a user with this identifier is linked for any consumer whose migration claims can be
    /// verified.
    pub fn is_consumer_user(&self, user_id: &str) -> Result<bool, Error> {
        self.connection.one(
            "SELECT EXISTS (
                 SELECT 1 FROM consumer_user
                 WHERE consumer_key IN (SELECT DISTINCT consumer_key FROM consumer_secret)
                     AND user_id = :user_id) AS is_known",
            bind! { user_id },
            |row| row.get("is_known"),
        )
    }
}

impl Write<'_> {
    /// Adds a secret to a consumer key. Returns `false` if it already exists.
    pub fn insert_consumer_secret(
        &self,
        consumer_key: &str,
        secret: &Secret,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let inserted = self.connection.change(
            "INSERT INTO consumer_secret (consumer_key, secret, created_at)
             VALUES (:consumer_key, :secret, :now)
             ON CONFLICT (consumer_key, secret) DO NOTHING",
            bind! { consumer_key, secret, now },
        )?;
        Ok(inserted == 1)
    }

    /// Deletes the secrets of a consumer key. Returns how many there were.
    pub fn delete_consumer_secrets(&self, consumer_key: &str) -> Result<usize, Error> {
        self.connection.change(
            "DELETE FROM consumer_secret WHERE consumer_key = :consumer_key",
            bind! { consumer_key },
        )
    }

    /// Links an LTI 1.1 user to an account. Returns `false` if that user is already linked.
    pub fn insert_consumer_user(
        &self,
        account_id: i64,
        user: &ConsumerUser,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let inserted = self.connection.change_with(
            sql!(
                "{} ON CONFLICT (consumer_key, user_id) DO NOTHING",
                ConsumerUser::table()
                    .insert(&[("account_id", ":account_id"), ("created_at", ":now")])
            ),
            user,
            bind! { account_id, now },
        )?;
        Ok(inserted == 1)
    }

    /// Unlinks an LTI 1.1 user from an account. Returns whether they were linked.
    pub fn delete_consumer_user(
        &self,
        account_id: i64,
        user: &ConsumerUser,
    ) -> Result<bool, Error> {
        let ConsumerUser { consumer_key, user_id } = user;
        let deleted = self.connection.change(
            "DELETE FROM consumer_user WHERE account_id = :account_id
                 AND consumer_key = :consumer_key AND user_id = :user_id",
            bind! { account_id, consumer_key, user_id },
        )?;
        Ok(deleted == 1)
    }
}
