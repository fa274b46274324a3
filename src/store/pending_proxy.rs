//! Changed registrations by LTI 2.0 that wait for the platform.

use jiff::Timestamp;

use super::engine::ValueError;
use super::query::{Queries as _, Row, bind};
use super::{Error, Read, Write};
use crate::domain::{PendingProxy, Secret};

fn pending_proxy(row: &Row<'_>) -> Result<PendingProxy, ValueError> {
    Ok(PendingProxy {
        registration_id: row.get("registration_id")?,
        secret: row.get("secret")?,
        members_template: row.get("members_template")?,
        is_answered: row.get("is_answered")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
    })
}

impl Read<'_> {
    /// The change of a consumer that waits for its platform, unless it has expired.
    pub fn pending_proxy(
        &self,
        registration_id: i64,
        now: Timestamp,
    ) -> Result<Option<PendingProxy>, Error> {
        self.connection.find(
            "SELECT registration_id, secret, members_template, is_answered, created_at, expires_at
             FROM pending_proxy WHERE registration_id = :registration_id AND expires_at > :now",
            bind! { registration_id, now },
            pending_proxy,
        )
    }

    /// The change whose confirmation URL has a token with this digest, unless it has expired.
    pub fn pending_proxy_of(
        &self,
        confirmation_digest: &[u8],
        now: Timestamp,
    ) -> Result<Option<PendingProxy>, Error> {
        self.connection.find(
            "SELECT registration_id, secret, members_template, is_answered, created_at, expires_at
             FROM pending_proxy
             WHERE confirmation_digest = :confirmation_digest AND expires_at > :now",
            bind! { confirmation_digest, now },
            pending_proxy,
        )
    }

    /// The origin of the profile with which the platform of a consumer registered by LTI 2.0.
    pub fn profile_origin(&self, registration_id: i64) -> Result<Option<String>, Error> {
        let found: Option<Option<String>> = self.connection.find(
            "SELECT profile_origin FROM consumer WHERE registration_id = :registration_id",
            bind! { registration_id },
            |row| row.get("profile_origin"),
        )?;
        Ok(found.flatten())
    }
}

impl Write<'_> {
    /// Stores the origin of the profile with which a platform registers.
    pub fn set_profile_origin(&self, registration_id: i64, origin: &str) -> Result<(), Error> {
        self.connection.change(
            "UPDATE consumer SET profile_origin = :origin
             WHERE registration_id = :registration_id",
            bind! { registration_id, origin },
        )?;
        Ok(())
    }

    /// Adds the change of a consumer, which replaces an earlier one.
    pub fn put_pending_proxy(
        &self,
        pending: &PendingProxy,
        confirmation_digest: &[u8],
    ) -> Result<(), Error> {
        let PendingProxy {
            registration_id,
            secret,
            members_template,
            is_answered,
            created_at,
            expires_at,
        } = pending;
        self.delete_pending_proxy(*registration_id)?;
        self.connection.change(
            "INSERT INTO pending_proxy (
                 registration_id, confirmation_digest, secret, members_template, is_answered,
                 created_at, expires_at)
             VALUES (
                 :registration_id, :confirmation_digest, :secret, :members_template, :is_answered,
                 :created_at, :expires_at)",
            bind! {
                registration_id, confirmation_digest, secret, members_template, is_answered,
                created_at, expires_at
            },
        )?;
        Ok(())
    }

    /// Stores that a platform has responded to a tool proxy, with the secret that belongs to it.
    /// Returns whether it still waits.
    pub fn answer_pending_proxy(
        &self,
        confirmation_digest: &[u8],
        secret: &Secret,
    ) -> Result<bool, Error> {
        let changed = self.connection.change(
            "UPDATE pending_proxy SET secret = :secret, is_answered = TRUE
             WHERE confirmation_digest = :confirmation_digest",
            bind! { confirmation_digest, secret },
        )?;
        Ok(changed == 1)
    }

    /// Deletes the change of a consumer, if there is one.
    pub fn delete_pending_proxy(&self, registration_id: i64) -> Result<(), Error> {
        self.connection.change(
            "DELETE FROM pending_proxy WHERE registration_id = :registration_id",
            bind! { registration_id },
        )?;
        Ok(())
    }

    /// Deletes the change whose confirmation URL has a token with this digest, if there is one.
    pub fn delete_pending_proxy_of(&self, confirmation_digest: &[u8]) -> Result<(), Error> {
        self.connection.change(
            "DELETE FROM pending_proxy WHERE confirmation_digest = :confirmation_digest",
            bind! { confirmation_digest },
        )?;
        Ok(())
    }
}
