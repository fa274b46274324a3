//! Registrations and their deployments.

use std::ops::ControlFlow;

use jiff::Timestamp;

use super::engine::Connection;
use super::query::{Queries as _, as_record, bind, each_record, once, select, sql};
use super::record::{Record as _, columns, record};
use super::transaction::Transaction;
use super::{CreatedBy, Error, Read, Write};
use crate::domain::{
    Deployment, DeploymentId, Name, PlatformDetails, PlatformPolicy, Registration, Slug,
};
use crate::lti::login;

record! {
    Registration in "registration" {
        id, slug, name, enabled, platform, policy, product,
        configuration_url, created_at, updated_at, has_deployment, protocol,
    }
    computed {
        id = "registration.id",
        has_deployment =
            "EXISTS (SELECT 1 FROM deployment WHERE deployment.registration_id = registration.id)",
    }
    fixed { slug, created_at, protocol }
}

columns! {
    optional PlatformDetails {
        issuer, client_id, keyset_url, access_token_url, authentication_request_url,
    }
}

columns! {
    PlatformPolicy {
        token_audience, audience_confirmed, algorithms, deployments, leeway_seconds,
        staff_roles, allow_anonymous, allow_http, allow_private_network, frame_ancestors, email,
        identity, notices,
    }
}

record! {
    Deployment in "deployment" { deployment_id, name }
    fixed { deployment_id }
}

/// What is deleted with a registration or a deployment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeletionExtent {
    /// Deployments.
    pub deployments: u32,
    /// Courses on the platform.
    pub contexts: u32,
    /// Links on the platform.
    pub resource_links: u32,
    /// Open sessions.
    pub sessions: u32,
}

/// Whether a registration may be kept in memory. Others are read each time, as if there were none:
/// how long a login takes must not reveal which exist.
fn is_ready(registration: &Registration) -> bool {
    registration.enabled && registration.platform.is_some()
}

impl Read<'_> {
    /// All registrations by name, without their deployments.
    pub fn registrations(&self) -> Result<Vec<Registration>, Error> {
        self.connection.all(
            select!(Registration, "WHERE protocol = 'lti-1.3' ORDER BY name, slug"),
            bind! {},
            as_record,
        )
    }

    /// All registrations by name, each with its deployments.
    pub fn registrations_with_deployments(
        &self,
    ) -> Result<Vec<(Registration, Vec<Deployment>)>, Error> {
        let mut registrations: Vec<(Registration, Vec<Deployment>)> = self.connection.all(
            select!(Registration, "WHERE protocol = 'lti-1.3' ORDER BY id"),
            bind! {},
            |row| Ok((row.record()?, Vec::new())),
        )?;
        let deployments: Vec<(i64, Deployment)> = self.connection.all(
            sql!(
                "SELECT registration_id, {} FROM deployment ORDER BY registration_id, id",
                Deployment::table().selected
            ),
            bind! {},
            |row| Ok((row.get("registration_id")?, row.record()?)),
        )?;
        for (registration_id, deployment) in deployments {
            let found = registrations
                .binary_search_by_key(&registration_id, |(registration, _)| registration.id);
            if let Some((_, deployments)) = found.ok().and_then(|at| registrations.get_mut(at)) {
                deployments.push(deployment);
            }
        }
        registrations.sort_by(|(one, _), (other, _)| {
            one.name.cmp(&other.name).then_with(|| one.slug.cmp(&other.slug))
        });
        Ok(registrations)
    }

    /// Calls `callback` for each registration with its deployments, by name, until it breaks.
    pub fn each_registration<E: From<Error>>(
        &self,
        callback: impl FnMut(Registration, Vec<Deployment>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        self.each_registered(
            select!(Registration, "WHERE protocol = 'lti-1.3' ORDER BY name, slug"),
            callback,
        )
    }

    /// The same, by slug.
    pub fn each_registration_by_slug<E: From<Error>>(
        &self,
        callback: impl FnMut(Registration, Vec<Deployment>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        self.each_registered(
            select!(Registration, "WHERE protocol = 'lti-1.3' ORDER BY slug"),
            callback,
        )
    }

    fn each_registered<E: From<Error>>(
        &self,
        sql: &str,
        mut callback: impl FnMut(Registration, Vec<Deployment>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        each_record!(self, sql, bind! {}, |registration: Registration| {
            let deployments = self.deployments(registration.id)?;
            callback(registration, deployments)
        })
    }

    /// Number of registrations.
    pub fn registration_count(&self) -> Result<u64, Error> {
        self.connection.one(
            "SELECT count(*) - (SELECT count(*) FROM consumer) AS count FROM registration",
            bind! {},
            |row| row.get("count"),
        )
    }

    /// Whether a registration or a consumer has this slug.
    pub fn registration_slug_is_taken(&self, slug: &Slug) -> Result<bool, Error> {
        self.connection.one(
            "SELECT EXISTS (SELECT 1 FROM registration WHERE slug = :slug) AS is_taken",
            bind! { slug },
            |row| row.get("is_taken"),
        )
    }

    /// The registration of LTI 1.3 with this slug.
    pub fn registration(&self, slug: &Slug) -> Result<Option<Registration>, Error> {
        self.cached(
            |records| &mut records.registrations,
            slug,
            is_ready,
            || {
                let sql = select!(Registration, "WHERE slug = :slug AND protocol = 'lti-1.3'");
                self.connection.find(sql, bind! { slug }, as_record)
            },
        )
    }

    /// The registration with this key in the database, of any version of LTI.
    pub fn registration_by_id(&self, id: i64) -> Result<Option<Registration>, Error> {
        self.cached(
            |records| &mut records.registrations_by_id,
            &id,
            is_ready,
            || {
                self.connection.find(
                    select!(Registration, "WHERE id = :id"),
                    bind! { id },
                    as_record,
                )
            },
        )
    }

    /// The registrations of an issuer; with a client ID, at most one.
    pub fn registrations_of_issuer(
        &self,
        issuer: &str,
        client_id: Option<&str>,
    ) -> Result<Vec<Registration>, Error> {
        if let Some(client_id) = client_id {
            return Ok(self.registration_of_client(issuer, client_id)?.into_iter().collect());
        }
        self.connection.all(
            select!(Registration, "WHERE issuer = :issuer ORDER BY slug"),
            bind! { issuer },
            as_record,
        )
    }

    /// How many registrations have an issuer, and the slugs of the oldest ones, at most `limit`.
    pub fn slugs_of_issuer(&self, issuer: &str, limit: u32) -> Result<(u32, Vec<Slug>), Error> {
        let number = self.connection.one(
            "SELECT count(*) AS number FROM registration WHERE issuer = :issuer",
            bind! { issuer },
            |row| row.get("number"),
        )?;
        let oldest = self.connection.all(
            "SELECT slug FROM registration WHERE id IN (
                 SELECT id FROM registration WHERE issuer = :issuer ORDER BY id LIMIT :limit)
             ORDER BY id",
            bind! { issuer, limit },
            |row| row.get("slug"),
        )?;
        Ok((number, oldest))
    }

    /// The registrations that a login at the generic login URL may be for, at most `limit`:
    /// thousands may share an issuer, and anyone can send a login.
    pub fn registrations_for_login(
        &self,
        issuer: &str,
        client_id: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Registration>, Error> {
        if let Some(client_id) = client_id {
            return Ok(self.registration_of_client(issuer, client_id)?.into_iter().collect());
        }
        self.connection.all(
            select!(Registration, "WHERE issuer = :issuer ORDER BY client_id LIMIT :limit"),
            bind! { issuer, limit },
            as_record,
        )
    }

    fn registration_of_client(
        &self,
        issuer: &str,
        client_id: &str,
    ) -> Result<Option<Registration>, Error> {
        self.connection.find(
            select!(Registration, "WHERE issuer = :issuer AND client_id = :client_id"),
            bind! { issuer, client_id },
            as_record,
        )
    }

    /// The registrations with a client ID in upper or lower case, of any issuer, the oldest first.
    pub fn registrations_of_client(&self, client_id: &str) -> Result<Vec<Registration>, Error> {
        self.connection.all(
            select!(Registration, "WHERE lower(client_id) = :client_id ORDER BY created_at, id"),
            bind! { client_id: client_id.to_ascii_lowercase() },
            as_record,
        )
    }

    /// Registrations of an issuer whose keyset URL is spelled differently and whose users are
    /// identified by the issuer alone; `by_default` is whether that applies to registrations
    /// without a rule of their own. At most `limit`.
    pub fn registrations_with_other_keyset(
        &self,
        issuer: &str,
        keyset_url: &str,
        by_default: bool,
        limit: u32,
    ) -> Result<Vec<Registration>, Error> {
        self.connection.all(
            select!(
                Registration,
                "WHERE issuer = :issuer AND (keyset_url < :keyset_url OR keyset_url > :keyset_url)
                     AND (identity = 'issuer' OR (identity IS NULL AND :by_default))
                 ORDER BY keyset_url, id LIMIT :limit"
            ),
            bind! { issuer, keyset_url, by_default, limit },
            as_record,
        )
    }

    /// The slugs of all registrations.
    pub fn registration_slugs(&self) -> Result<Vec<Slug>, Error> {
        self.connection.all(
            "SELECT slug FROM registration WHERE protocol = 'lti-1.3' ORDER BY slug",
            bind! {},
            |row| row.get("slug"),
        )
    }

    /// The slugs of the first registrations.
    pub fn first_registration_slugs(&self, limit: u32) -> Result<Vec<Slug>, Error> {
        self.connection.all(
            "SELECT slug FROM registration WHERE protocol = 'lti-1.3' ORDER BY slug LIMIT :limit",
            bind! { limit },
            |row| row.get("slug"),
        )
    }

    /// Registered issuers that are similar to this one: the previous and the next one in its
    /// neighbourhood ([`login::neighbourhood`]). Takes two look-ups in an index, regardless of how
    /// many registrations there are.
    pub fn neighbouring_issuers(&self, issuer: &str) -> Result<Vec<String>, Error> {
        let neighbourhood = login::neighbourhood(issuer);
        let mut found = Vec::new();
        for nearest in [
            "SELECT max(issuer) AS issuer FROM registration
             WHERE neighbourhood = :neighbourhood AND issuer < :issuer",
            "SELECT min(issuer) AS issuer FROM registration
             WHERE neighbourhood = :neighbourhood AND issuer > :issuer",
        ] {
            let issuer: Option<String> =
                self.connection
                    .one(nearest, bind! { neighbourhood, issuer }, |row| row.get("issuer"))?;
            found.extend(issuer);
        }
        Ok(found)
    }

    /// A registration's deployments, in the order in which they were added.
    pub fn deployments(&self, registration_id: i64) -> Result<Vec<Deployment>, Error> {
        self.connection.all(
            select!(Deployment, "WHERE registration_id = :registration_id ORDER BY id"),
            bind! { registration_id },
            as_record,
        )
    }

    /// Number of deployments of all registrations.
    pub fn deployment_count(&self) -> Result<u64, Error> {
        self.connection
            .one("SELECT count(*) AS count FROM deployment", bind! {}, |row| row.get("count"))
    }

    /// One deployment of a registration.
    pub fn deployment(
        &self,
        registration_id: i64,
        deployment_id: &str,
    ) -> Result<Option<Deployment>, Error> {
        self.cached(
            |records| &mut records.deployments,
            &(registration_id, deployment_id.to_owned()),
            |_| true,
            || {
                self.connection.find(
                    select!(
                        Deployment,
                        "WHERE registration_id = :registration_id
                             AND deployment_id = :deployment_id"
                    ),
                    bind! { registration_id, deployment_id },
                    as_record,
                )
            },
        )
    }

    /// What is deleted with a registration, or with one of its deployments if it is named.
    pub fn deletion_extent(
        &self,
        registration_id: i64,
        deployment_id: Option<&str>,
    ) -> Result<DeletionExtent, Error> {
        self.connection.one(
            "WITH deleted AS (
                 SELECT id FROM deployment WHERE registration_id = :registration_id
                     AND (CAST(:deployment_id AS TEXT) IS NULL OR deployment_id = :deployment_id))
             SELECT (SELECT count(*) FROM deleted) AS deployments,
                 (SELECT count(*) FROM context WHERE deployment_id IN (SELECT id FROM deleted))
                     AS contexts,
                 (SELECT count(*) FROM resource_link
                     WHERE deployment_id IN (SELECT id FROM deleted))
                     AS resource_links,
                 (SELECT count(*) FROM session WHERE registration_id = :registration_id
                     AND (CAST(:deployment_id AS TEXT) IS NULL
                         OR visit ->> 'deployment_id' = :deployment_id))
                     AS sessions",
            bind! { registration_id, deployment_id },
            |row| {
                Ok(DeletionExtent {
                    deployments: row.get("deployments")?,
                    contexts: row.get("contexts")?,
                    resource_links: row.get("resource_links")?,
                    sessions: row.get("sessions")?,
                })
            },
        )
    }
}

/// The index key of a registration's issuer.
fn neighbourhood(registration: &Registration) -> Option<String> {
    registration
        .platform
        .as_ref()
        .and_then(|platform| login::neighbourhood(platform.issuer.as_str()))
}

/// Indexes the issuers of registrations that were stored before the index existed; SQL alone cannot
/// take a URL apart.
pub(super) fn index_issuers(connection: &Connection) -> Result<(), Error> {
    let transaction = Transaction::immediate(connection)?;
    let issuers: Vec<String> = transaction.all(
        "SELECT DISTINCT issuer FROM registration
         WHERE issuer IS NOT NULL AND neighbourhood IS NULL",
        bind! {},
        |row| row.get("issuer"),
    )?;
    for issuer in issuers {
        transaction.change(
            "UPDATE registration SET neighbourhood = :neighbourhood WHERE issuer = :issuer",
            bind! { issuer, neighbourhood: login::neighbourhood(&issuer) },
        )?;
    }
    transaction.commit()
}

impl Write<'_> {
    /// Adds a draft. The caller has checked that the slug is free.
    pub fn insert_registration(
        &self,
        slug: &Slug,
        name: &Name,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.add_registration(
            &Registration::draft(slug.clone(), name.clone(), now),
            CreatedBy::Hand,
        )
        .map(drop)
    }

    /// Adds a registration and returns its key; its `id` is ignored. The caller has checked that
    /// its slug, and its issuer with its client ID, are free.
    pub fn add_registration(
        &self,
        registration: &Registration,
        maker: CreatedBy,
    ) -> Result<i64, Error> {
        let id =
            self.connection.insert_with(
                once!(Registration::table().insert_with_key(&[
                    ("managed", ":managed"),
                    ("neighbourhood", ":neighbourhood"),
                ])),
                registration,
                bind! {
                    updated_at: registration.created_at,
                    managed: maker.is_manifest(),
                    neighbourhood: neighbourhood(registration),
                },
            )?;
        self.put_declared_origins(&Registration { id, ..registration.clone() })?;
        Ok(id)
    }

    /// Stores everything that can change about a registration: all but its slug and creation time.
    /// The caller has checked that no other registration has its issuer and client ID.
    pub fn update_registration(
        &self,
        registration: &Registration,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.connection.change_with(
            once!(
                Registration::table()
                    .update(&[("neighbourhood", ":neighbourhood")], "WHERE id = :id")
            ),
            registration,
            bind! { updated_at: now, neighbourhood: neighbourhood(registration) },
        )?;
        self.put_declared_origins(registration)
    }

    /// Deletes a registration and everything that belongs to it, except the launch log.
    pub fn delete_registration(&self, id: i64) -> Result<(), Error> {
        self.connection.change("DELETE FROM registration WHERE id = :id", bind! { id })?;
        Ok(())
    }

    /// Adds a deployment, unless it exists.
    pub fn insert_deployment(
        &self,
        registration_id: i64,
        deployment: &Deployment,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.add_deployment(registration_id, deployment, CreatedBy::Hand, now)?;
        self.touch_registration(registration_id, now)
    }

    /// Adds a deployment, unless it exists, without marking the registration as changed.
    pub fn add_deployment(
        &self,
        registration_id: i64,
        deployment: &Deployment,
        maker: CreatedBy,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.connection.change_with(
            sql!(
                "{} ON CONFLICT (registration_id, deployment_id) DO NOTHING",
                Deployment::table().insert(&[
                    ("registration_id", ":registration_id"),
                    ("created_at", ":now"),
                    ("managed", ":managed"),
                ])
            ),
            deployment,
            bind! { registration_id, now, managed: maker.is_manifest() },
        )?;
        Ok(())
    }

    /// Renames a deployment, or removes its name.
    pub fn rename_deployment(
        &self,
        registration_id: i64,
        deployment_id: &DeploymentId,
        name: Option<&Name>,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.connection.change(
            "UPDATE deployment SET name = :name
             WHERE registration_id = :registration_id AND deployment_id = :deployment_id",
            bind! { registration_id, deployment_id, name },
        )?;
        self.touch_registration(registration_id, now)
    }

    /// Deletes a deployment with its courses and links, and ends the sessions that came through it.
    pub fn delete_deployment(
        &self,
        registration_id: i64,
        deployment_id: &DeploymentId,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.connection.change(
            "DELETE FROM session
             WHERE registration_id = :registration_id AND visit ->> 'deployment_id' = :deployment_id",
            bind! { registration_id, deployment_id },
        )?;
        self.connection.change(
            "DELETE FROM deployment
             WHERE registration_id = :registration_id AND deployment_id = :deployment_id",
            bind! { registration_id, deployment_id },
        )?;
        self.touch_registration(registration_id, now)
    }

    /// Updates the modification time of a registration.
    pub fn touch_registration(&self, id: i64, now: Timestamp) -> Result<(), Error> {
        self.connection.change(
            "UPDATE registration SET updated_at = :now WHERE id = :id",
            bind! { id, now },
        )?;
        Ok(())
    }
}
