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

    /// The same, by slug.
    pub fn each_client_by_slug<E: From<Error>>(
        &self,
        mut callback: impl FnMut(Client) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        each_record!(self, select!(Client, "ORDER BY slug"), bind! {}, callback)
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

    /// Makes a client managed; returns how many were not.
    pub fn adopt_client(&self, slug: &Slug) -> Result<usize, Error> {
        self.connection.change(
            "UPDATE client SET managed = TRUE WHERE slug = :slug AND NOT managed",
            bind! { slug },
        )
    }

    /// Deletes a client.
    pub fn delete_client(&self, id: i64) -> Result<(), Error> {
        self.connection.change("DELETE FROM client WHERE id = :id", bind! { id })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::domain::{
        ClientAuthMethod, ClientEmail, ClientKey, ClientKeyset, ClientSecret, ClientSubject, Clock,
        EndpointUrl, ExtraClaims, IdTokenContent, Name, Random, RedirectUris, Resource,
    };
    use crate::store::both_engines::each_engine;

    fn client(name: &str, resource: &Resource, now: Timestamp) -> Client {
        let slug = Slug::from_name(&Name::new(name).unwrap()).unwrap();
        let (name, key) = (Name::new(name).unwrap(), ClientKey::generate(&Random::System));
        let place = (resource.id, resource.slug.clone());
        Client {
            redirect_uris: RedirectUris::new("u", &["https://app.example.edu/cb?x=%2F"]).unwrap(),
            ..Client::new(slug, name, key, place, now)
        }
    }

    #[test]
    fn clients_are_stored_as_they_are() {
        each_engine(|mut store| {
            let now = Timestamp::from_second(1_800_000_000).unwrap();
            let (slug, name) = (Slug::new("wiki").unwrap(), Name::new("Wiki").unwrap());
            let wiki =
                Resource::new(slug.clone(), Random::System.uuid(), name, Clock::System.now());
            store.write(|write| write.insert_resource(&wiki)).unwrap();
            let wiki = store.read().resource(&slug).unwrap().unwrap();
            let grafana = client("Grafana", &wiki, now);
            let add = |write: &Write<'_>| {
                write.insert_client(&client("Other", &wiki, now), CreatedBy::Hand)?;
                write.insert_client(&grafana, CreatedBy::Manifest)
            };
            let id = store.write(add).unwrap();
            let mut grafana = Client { id, ..grafana };
            let found = |store: &crate::store::Store| {
                let read = store.read();
                let found = read.client_by_client_id(grafana.client_id.as_str()).unwrap();
                assert_eq!(read.client(&grafana.slug).unwrap(), found);
                found
            };
            assert_eq!(found(&store).as_ref(), Some(&grafana));
            assert_eq!(store.read().client_by_client_id("APP_x").unwrap(), None);
            let secret = ClientSecret::generate(&Random::System);
            let changed = Client {
                name: Name::new("Zoë").unwrap(),
                enabled: false,
                auth_method: ClientAuthMethod::PrivateKeyJwt,
                post_logout_redirect_uris: grafana.redirect_uris.clone(),
                login_url: Some(EndpointUrl::new("l", "https://app.example.edu/l", false).unwrap()),
                keys: Some(ClientKeyset::new(r#"{"keys":[{"kty":"RSA"}]}"#).unwrap()),
                secrets: grafana.secrets.rotated(&secret, now, SignedDuration::ZERO).rotated(
                    &secret,
                    now,
                    SignedDuration::from_secs(60),
                ),
                require_pkce: true,
                subject: ClientSubject::Account,
                email: ClientEmail::MadeUp,
                id_token: IdTokenContent::Full,
                claims: ExtraClaims::from_pairs(&["memberOf=groups".to_owned()]).unwrap(),
                may_score: true,
                updated_at: now,
                ..grafana.clone()
            };
            store.write(|write| write.update_client(&changed, now)).unwrap();
            assert_eq!(found(&store).as_ref(), Some(&changed));
            let names = |clients: Vec<Client>| {
                clients.iter().map(|client| client.name.to_string()).collect::<Vec<_>>()
            };
            assert_eq!(names(store.read().clients().unwrap()), ["Other", "Zoë"]);
            assert_eq!(names(store.read().clients_of(wiki.id).unwrap()), ["Other", "Zoë"]);
            assert_eq!(names(store.read().clients_of(wiki.id + 1).unwrap()), [""; 0]);
            grafana.client_id = ClientKey::generate(&Random::System);
            let again = |write: &Write<'_>| write.insert_client(&grafana, CreatedBy::Hand);
            assert!(store.write(again).is_err(), "slugs are unique");
            store.write(|write| write.delete_client(changed.id)).unwrap();
            assert_eq!(names(store.read().clients().unwrap()), ["Other"]);
            store.write(|write| write.delete_resource(wiki.id)).unwrap();
            assert_eq!(names(store.read().clients().unwrap()), [""; 0]);
        });
    }
}
