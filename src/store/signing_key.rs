//! The tool's own keys.

use jiff::Timestamp;

use super::query::{Queries as _, as_record, bind, once, select};
use super::record::{Record as _, record};
use super::{Error, Read, Write};
use crate::domain::{KeyPurpose, KeyState, Kid, SigningKey};

record! {
    SigningKey in "signing_key" {
        kid, purpose, state, private_key, modulus, exponent, created_at, signs_from, signed_until,
        retired_at,
    }
}

impl Read<'_> {
    /// The keys with a purpose, the newest first.
    pub fn signing_keys(&self, purpose: KeyPurpose) -> Result<Vec<SigningKey>, Error> {
        self.connection.all(
            select!(SigningKey, "WHERE purpose = :purpose ORDER BY created_at DESC, kid"),
            bind! { purpose },
            as_record,
        )
    }

    /// The keys with any purpose, the newest first.
    pub fn all_signing_keys(&self) -> Result<Vec<SigningKey>, Error> {
        self.connection.all(
            select!(SigningKey, "ORDER BY created_at DESC, kid"),
            bind! {},
            as_record,
        )
    }

    /// The key with this ID.
    pub fn signing_key(&self, kid: &str) -> Result<Option<SigningKey>, Error> {
        self.connection.find(select!(SigningKey, "WHERE kid = :kid"), bind! { kid }, as_record)
    }

    /// The key that signs for a purpose.
    ///
    /// # Errors
    ///
    /// [`Error::NotInitialised`] if there is none.
    pub fn active_signing_key(&self, purpose: KeyPurpose) -> Result<SigningKey, Error> {
        self.connection
            .find(
                select!(SigningKey, "WHERE state = 'active' AND purpose = :purpose"),
                bind! { purpose },
                as_record,
            )?
            .ok_or(Error::NotInitialised)
    }
}

impl Write<'_> {
    /// Adds a key. If it is active, the key that signed for its purpose so far stays published.
    ///
    /// # Errors
    ///
    /// The key is to be the next one, and there is one already.
    pub fn insert_signing_key(&self, key: &SigningKey) -> Result<(), Error> {
        if key.state == KeyState::Active {
            self.stop_signing(key.purpose, key.signs_from.unwrap_or(key.created_at))?;
        }
        self.connection.change_with(once!(SigningKey::table().insert(&[])), key, bind! {})?;
        Ok(())
    }

    /// Activates a key; the key that signed for its purpose so far stays published.
    pub fn activate_signing_key(&self, kid: &Kid, now: Timestamp) -> Result<(), Error> {
        if let Some(key) = self.signing_key(kid.as_str())? {
            self.stop_signing(key.purpose, now)?;
        }
        self.connection.change(
            "UPDATE signing_key SET state = 'active', signs_from = :now, signed_until = NULL
             WHERE kid = :kid AND state <> 'retired'",
            bind! { kid, now },
        )?;
        Ok(())
    }

    fn stop_signing(&self, purpose: KeyPurpose, now: Timestamp) -> Result<(), Error> {
        self.connection.change(
            "UPDATE signing_key SET state = 'published', signed_until = :now
             WHERE state = 'active' AND purpose = :purpose",
            bind! { now, purpose },
        )?;
        Ok(())
    }

    /// Removes a key from the keyset permanently and wipes its private half.
    pub fn retire_signing_key(&self, kid: &Kid, now: Timestamp) -> Result<(), Error> {
        self.connection.change(
            "UPDATE signing_key SET signs_from = CASE WHEN state = 'next' THEN NULL ELSE signs_from
                 END, state = 'retired', private_key = :nothing, retired_at = :now
             WHERE kid = :kid AND state <> 'retired'",
            bind! { kid, now, nothing: Vec::<u8>::new() },
        )?;
        Ok(())
    }
}
