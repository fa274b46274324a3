//! Identity providers, and the identities that open accounts.

use jiff::Timestamp;

use super::query::{Queries as _, as_record, bind, once, select, sql};
use super::record::{Record as _, record};
use super::{Error, Read, Write};
use crate::domain::{
    Account, AccountIdentity, IdentityProvider, LinkedBy, ProviderIdentity, Secret, Slug,
};

record! {
    IdentityProvider in "identity_provider" {
        id, slug, name, preset, issuer, client_id, has_secret, secret_expires_at, domains, tenants,
        linking, allow_http, allow_private_network, enabled, created_at, updated_at,
    }
    computed { id = "identity_provider.id", has_secret = "identity_provider.secret IS NOT NULL" }
    fixed { slug, preset, issuer, created_at }
}

record! {
    AccountIdentity in "account_identity" {
        provider, issuer, subject, linked_by, created_at, last_sign_in_at,
    }
    computed {
        provider = "(SELECT slug FROM identity_provider \
            WHERE identity_provider.id = account_identity.provider_id)",
    }
}

impl Read<'_> {
    /// All identity providers, by name.
    pub fn identity_providers(&self) -> Result<Vec<IdentityProvider>, Error> {
        self.connection.all(select!(IdentityProvider, "ORDER BY name, slug"), bind! {}, as_record)
    }

    /// The identity provider with this slug.
    pub fn identity_provider(&self, slug: &Slug) -> Result<Option<IdentityProvider>, Error> {
        self.connection.find(
            select!(IdentityProvider, "WHERE slug = :slug"),
            bind! { slug },
            as_record,
        )
    }

    /// The identity provider with this key in the database.
    pub fn identity_provider_by_id(&self, id: i64) -> Result<Option<IdentityProvider>, Error> {
        self.connection.find(select!(IdentityProvider, "WHERE id = :id"), bind! { id }, as_record)
    }

    /// The tool's secret at an identity provider.
    pub fn provider_secret(&self, provider_id: i64) -> Result<Option<Secret>, Error> {
        let secret = self.connection.find(
            "SELECT secret FROM identity_provider WHERE id = :provider_id",
            bind! { provider_id },
            |row| row.get("secret"),
        )?;
        Ok(secret.flatten())
    }

    /// The account that an identity opens.
    pub fn account_of_identity(
        &self,
        provider_id: i64,
        identity: &ProviderIdentity,
    ) -> Result<Option<Account>, Error> {
        let ProviderIdentity { issuer, subject } = identity;
        self.connection.find(
            sql!(
                "SELECT {} FROM account_identity JOIN account ON account.id = account_id
                 WHERE provider_id = :provider_id AND issuer = :issuer AND subject = :subject",
                Account::table().selected
            ),
            bind! { provider_id, issuer, subject },
            as_record,
        )
    }

    /// The identities that open an account.
    pub fn account_identities(&self, account_id: i64) -> Result<Vec<AccountIdentity>, Error> {
        self.connection.all(
            select!(AccountIdentity, "WHERE account_id = :account_id ORDER BY id"),
            bind! { account_id },
            as_record,
        )
    }

    /// The number of identities at a provider.
    pub fn identity_count(&self, provider_id: i64) -> Result<u32, Error> {
        self.connection.one(
            "SELECT count(*) AS count FROM account_identity WHERE provider_id = :provider_id",
            bind! { provider_id },
            |row| row.get("count"),
        )
    }

    /// The enabled accounts that only an identity opens, and that have none at an enabled provider.
    pub fn accounts_without_identity(&self) -> Result<Vec<Account>, Error> {
        self.connection.all(
            select!(
                Account,
                "WHERE require_provider AND enabled AND NOT EXISTS (
                     SELECT 1 FROM account_identity
                         JOIN identity_provider ON identity_provider.id = provider_id
                     WHERE account_id = account.id AND identity_provider.enabled)
                 ORDER BY username"
            ),
            bind! {},
            as_record,
        )
    }
}

impl Write<'_> {
    /// Adds an identity provider and returns its key; its `id` is ignored. The caller has checked
    /// that the slug is free.
    pub fn insert_identity_provider(
        &self,
        provider: &IdentityProvider,
        secret: &Secret,
    ) -> Result<i64, Error> {
        self.connection.insert_with(
            once!(IdentityProvider::table().insert_with_key(&[("secret", ":secret")])),
            provider,
            bind! { secret },
        )
    }

    /// Stores everything that can change about an identity provider except its secret.
    pub fn update_identity_provider(
        &self,
        provider: &IdentityProvider,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.connection.change_with(
            once!(IdentityProvider::table().update(&[], "WHERE id = :id")),
            provider,
            bind! { updated_at: now },
        )?;
        Ok(())
    }

    /// Replaces the tool's secret at an identity provider.
    pub fn set_provider_secret(&self, provider_id: i64, secret: &Secret) -> Result<(), Error> {
        self.connection.change(
            "UPDATE identity_provider SET secret = :secret WHERE id = :provider_id",
            bind! { provider_id, secret },
        )?;
        Ok(())
    }

    /// Deletes an identity provider with all its identities.
    pub fn delete_identity_provider(&self, id: i64) -> Result<(), Error> {
        self.connection.change("DELETE FROM identity_provider WHERE id = :id", bind! { id })?;
        Ok(())
    }

    /// Links an identity to an account. Returns `false` if it is linked already.
    pub fn insert_account_identity(
        &self,
        account_id: i64,
        provider_id: i64,
        identity: &ProviderIdentity,
        linked_by: LinkedBy,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let ProviderIdentity { issuer, subject } = identity;
        let inserted = self.connection.change(
            "INSERT INTO account_identity (
                 account_id, provider_id, issuer, subject, linked_by, created_at)
             VALUES (:account_id, :provider_id, :issuer, :subject, :linked_by, :now)
             ON CONFLICT (provider_id, issuer, subject) DO NOTHING",
            bind! { account_id, provider_id, issuer, subject, linked_by, now },
        )?;
        Ok(inserted == 1)
    }

    /// Unlinks an identity from an account. Returns whether it was linked to it.
    pub fn delete_account_identity(
        &self,
        account_id: i64,
        provider_id: i64,
        identity: &ProviderIdentity,
    ) -> Result<bool, Error> {
        let ProviderIdentity { issuer, subject } = identity;
        let deleted = self.connection.change(
            "DELETE FROM account_identity WHERE account_id = :account_id
                 AND provider_id = :provider_id AND issuer = :issuer AND subject = :subject",
            bind! { account_id, provider_id, issuer, subject },
        )?;
        Ok(deleted == 1)
    }

    /// Stores when a person signed in with an identity.
    pub fn touch_account_identity(
        &self,
        provider_id: i64,
        identity: &ProviderIdentity,
        now: Timestamp,
    ) -> Result<(), Error> {
        let ProviderIdentity { issuer, subject } = identity;
        self.connection.change(
            "UPDATE account_identity SET last_sign_in_at = :now
             WHERE provider_id = :provider_id AND issuer = :issuer AND subject = :subject",
            bind! { provider_id, issuer, subject, now },
        )?;
        Ok(())
    }
}
