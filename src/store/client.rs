//! OpenID clients.

use std::ops::ControlFlow;

use jiff::Timestamp;

use super::query::{Queries as _, as_record, bind, each_record, once, select};
use super::record::{Record as _, columns, record};
use super::{CreatedBy, Error, Read, Write};
use crate::domain::{Client, ClientSecrets, PreviousClientSecret, Slug};

record! {
    Client in "client" {
        id, slug, name, client_id, resource_id, resource, enabled, auth_method, redirect_uris,
        post_logout_redirect_uris, login_url, keys, keys_url, secrets, require_pkce, subject, email,
        id_token, claims, may_score, created_at, updated_at,
    }
    computed {
        id = "client.id",
        resource = "(SELECT resource.slug FROM resource WHERE resource.id = client.resource_id)",
    }
    fixed { slug, client_id, created_at }
}

columns! {
    ClientSecrets { digest: secret_digest, created_at: secret_created_at, previous }
}

columns! {
    optional PreviousClientSecret {
        digest: previous_secret_digest,
        accepted_until: previous_secret_until,
    }
}

impl Read<'_> {
    /// All clients, by name.
    pub fn clients(&self) -> Result<Vec<Client>, Error> {
        super::query::collected(|each| self.each_client(each))
    }

    /// Calls `callback` for each client, by name, until it breaks.
    pub fn each_client<E: From<Error>>(
        &self,
        mut callback: impl FnMut(Client) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        each_record!(self, select!(Client, "ORDER BY name, slug"), bind! {}, callback)
    }

    /// The clients of a resource, by name.
    pub fn clients_of(&self, resource_id: i64) -> Result<Vec<Client>, Error> {
        self.connection.all(
            select!(Client, "WHERE resource_id = :resource_id ORDER BY name, slug"),
            bind! { resource_id },
            as_record,
        )
    }

    /// The client with this slug.
    pub fn client(&self, slug: &Slug) -> Result<Option<Client>, Error> {
        self.connection.find(select!(Client, "WHERE slug = :slug"), bind! { slug }, as_record)
    }

    /// The client with this `client_id`.
    pub fn client_by_client_id(&self, client_id: &str) -> Result<Option<Client>, Error> {
        self.connection.find(
            select!(Client, "WHERE client_id = :client_id"),
            bind! { client_id },
            as_record,
        )
    }

    /// The clients that are public and enabled.
    pub fn public_clients(&self) -> Result<Vec<Client>, Error> {
        self.connection.all(
            select!(Client, "WHERE auth_method = 'none' AND enabled"),
            bind! {},
            as_record,
        )
    }

    /// The slugs of all clients.
    pub fn client_slugs(&self) -> Result<Vec<Slug>, Error> {
        self.connection
            .all("SELECT slug FROM client ORDER BY slug", bind! {}, |row| row.get("slug"))
    }
}

impl Write<'_> {
    /// Adds a client; its `id` is ignored. The caller has checked that slug and client ID are free,
    /// and that the resource exists.
    pub fn insert_client(&self, client: &Client, maker: CreatedBy) -> Result<i64, Error> {
        self.connection.insert_with(
            once!(Client::table().insert_with_key(&[("managed", ":managed")])),
            client,
            bind! { managed: maker.is_manifest() },
        )
    }

    /// Stores everything that may change of a client: all but its slug, its client ID and when it
    /// was added.
    pub fn update_client(&self, client: &Client, now: Timestamp) -> Result<(), Error> {
        self.connection.change_with(
            once!(Client::table().update(&[], "WHERE id = :id")),
            client,
            bind! { updated_at: now },
        )?;
        Ok(())
    }

    /// Deletes a client.
    pub fn delete_client(&self, id: i64) -> Result<(), Error> {
        self.connection.change("DELETE FROM client WHERE id = :id", bind! { id })?;
        Ok(())
    }
}
