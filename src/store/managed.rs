//! The objects that manifests created, and bulk reads and changes.

use std::collections::HashSet;

use super::query::{Queries as _, bind};
use super::{Error, Read, Write};
use crate::domain::{Slug, Username};

/// What creates an object. A manifest only deletes objects that a manifest created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreatedBy {
    /// A command or dynamic registration.
    Hand,
    /// `ltictl apply`.
    Manifest,
    /// A launch or a member list of this registration.
    Registration(i64),
}

impl CreatedBy {
    /// Whether manifests manage its objects.
    pub(super) fn is_manifest(self) -> bool {
        self == Self::Manifest
    }

    /// The registration for which the object is created.
    pub(super) fn registration(self) -> Option<i64> {
        match self {
            Self::Registration(id) => Some(id),
            Self::Hand | Self::Manifest => None,
        }
    }
}

/// The objects that manifests created, by their keys in the database.
#[derive(Debug, Default)]
pub struct Managed {
    /// Registrations.
    pub registrations: HashSet<i64>,
    /// Deployments: the registration's key, and the deployment ID.
    pub deployments: HashSet<(i64, String)>,
    /// Resources.
    pub resources: HashSet<i64>,
    /// OpenID clients.
    pub clients: HashSet<i64>,
    /// Accounts.
    pub accounts: HashSet<i64>,
}

impl Managed {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.registrations.is_empty()
            && self.deployments.is_empty()
            && self.resources.is_empty()
            && self.clients.is_empty()
            && self.accounts.is_empty()
    }
}

impl Read<'_> {
    /// The objects that manifests created.
    pub fn managed(&self) -> Result<Managed, Error> {
        let keys = |sql| -> Result<HashSet<i64>, Error> {
            let keys: Vec<i64> = self.connection.all(sql, bind! {}, |row| row.get("id"))?;
            Ok(keys.into_iter().collect())
        };
        let deployments: Vec<(i64, String)> = self.connection.all(
            "SELECT registration_id, deployment_id FROM deployment WHERE managed",
            bind! {},
            |row| Ok((row.get("registration_id")?, row.get("deployment_id")?)),
        )?;
        Ok(Managed {
            registrations: keys("SELECT id FROM registration WHERE managed")?,
            deployments: deployments.into_iter().collect(),
            resources: keys("SELECT id FROM resource WHERE managed")?,
            clients: keys("SELECT id FROM client WHERE managed")?,
            accounts: keys("SELECT id FROM account WHERE managed")?,
        })
    }

    /// The resources that are granted individually: the account's key and the resource's slug,
    /// sorted in this order.
    pub fn all_grants(&self) -> Result<Vec<(i64, Slug)>, Error> {
        self.connection.all(
            "SELECT account_id, slug FROM account_grant JOIN resource ON resource.id = resource_id
             ORDER BY account_id, slug",
            bind! {},
            |row| Ok((row.get("account_id")?, row.get("slug")?)),
        )
    }
}

impl Write<'_> {
    /// Makes a registration managed; returns how many were not.
    pub fn adopt_registration(&self, slug: &Slug) -> Result<usize, Error> {
        self.connection.change(
            "UPDATE registration SET managed = TRUE WHERE slug = :slug AND NOT managed",
            bind! { slug },
        )
    }

    /// Makes a deployment managed; returns how many were not.
    pub fn adopt_deployment(&self, slug: &Slug, deployment_id: &str) -> Result<usize, Error> {
        self.connection.change(
            "UPDATE deployment SET managed = TRUE
             WHERE registration_id = (SELECT id FROM registration WHERE slug = :slug)
                 AND deployment_id = :deployment_id AND NOT managed",
            bind! { slug, deployment_id },
        )
    }

    /// Makes a resource managed; returns how many were not.
    pub fn adopt_resource(&self, slug: &Slug) -> Result<usize, Error> {
        self.connection.change(
            "UPDATE resource SET managed = TRUE WHERE slug = :slug AND NOT managed",
            bind! { slug },
        )
    }

    /// Makes an account managed; returns how many were not.
    pub fn adopt_account(&self, username: &Username) -> Result<usize, Error> {
        self.connection.change(
            "UPDATE account SET managed = TRUE WHERE username = :username AND NOT managed",
            bind! { username },
        )
    }

    /// Clears a registration's platform details, so that another one can take over its issuer and
    /// client ID before it gets new ones.
    pub fn clear_platform(&self, registration_id: i64) -> Result<(), Error> {
        self.connection.change(
            "UPDATE registration SET issuer = NULL, client_id = NULL, keyset_url = NULL,
                 access_token_url = NULL, authentication_request_url = NULL
             WHERE id = :registration_id",
            bind! { registration_id },
        )?;
        Ok(())
    }

    /// Removes the activities from a course that is about to be deleted.
    pub fn detach_activities(&self, course_id: i64) -> Result<(), Error> {
        let activities: Vec<i64> = self.connection.all(
            "SELECT id FROM resource WHERE course_id = :course_id",
            bind! { course_id },
            |row| row.get("id"),
        )?;
        self.connection.change(
            "UPDATE resource SET course_id = NULL WHERE course_id = :course_id",
            bind! { course_id },
        )?;
        activities.into_iter().try_for_each(|id| self.list_resource(id))
    }

    /// Offers the resource with this slug to an account in content selection.
    pub fn insert_grant_of(&self, account_id: i64, resource: &Slug) -> Result<(), Error> {
        self.connection.change(
            "INSERT INTO account_grant (account_id, resource_id)
             SELECT :account_id, id FROM resource WHERE slug = :resource
             ON CONFLICT (account_id, resource_id) DO NOTHING",
            bind! { account_id, resource },
        )?;
        Ok(())
    }
}
