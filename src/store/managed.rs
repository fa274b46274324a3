//! What a manifest made, and the questions and changes of anyone who handles very many objects at
//! once.

use std::collections::HashSet;

use rusqlite::params;

use super::{Error, Read, Write};
use crate::domain::Slug;

/// Who makes something. Only what a manifest made is the manifest's to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// A command or dynamic registration.
    Hand,
    /// `ltictl apply`.
    Manifest,
    /// A launch or a member list of this registration.
    Registration(i64),
}

impl Maker {
    /// Whether what it makes is managed.
    pub(super) fn is_manifest(self) -> bool {
        self == Self::Manifest
    }

    /// The registration for which it is made.
    pub(super) fn registration(self) -> Option<i64> {
        match self {
            Self::Registration(id) => Some(id),
            Self::Hand | Self::Manifest => None,
        }
    }
}

/// What manifests made, by keys within the database.
#[derive(Debug, Default)]
pub struct Managed {
    /// Registrations.
    pub registrations: HashSet<i64>,
    /// Deployments: the registration's key, and the deployment ID.
    pub deployments: HashSet<(i64, String)>,
    /// Resources.
    pub resources: HashSet<i64>,
    /// Accounts.
    pub accounts: HashSet<i64>,
}

impl Managed {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.registrations.is_empty()
            && self.deployments.is_empty()
            && self.resources.is_empty()
            && self.accounts.is_empty()
    }
}

impl Read<'_> {
    /// What manifests made.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn managed(&self) -> Result<Managed, Error> {
        let keys = |question: &str| -> Result<HashSet<i64>, Error> {
            Ok(self
                .connection
                .prepare(question)?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?)
        };
        let mut statement = self
            .connection
            .prepare("SELECT registration_id, deployment_id FROM deployment WHERE managed")?;
        let deployments = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        Ok(Managed {
            registrations: keys("SELECT id FROM registration WHERE managed")?,
            deployments,
            resources: keys("SELECT id FROM resource WHERE managed")?,
            accounts: keys("SELECT id FROM account WHERE managed")?,
        })
    }

    /// What every account was granted one by one: the account's key and the resource's slug, in
    /// this order.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn all_grants(&self) -> Result<Vec<(i64, Slug)>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT account_id, slug FROM account_grant JOIN resource ON \
                resource.id = resource_id ORDER BY account_id, slug",
        )?;
        let mut rows = statement.query([])?;
        let mut grants = Vec::new();
        while let Some(row) = rows.next()? {
            let slug = Slug::new(row.get_ref(1)?.as_str().map_err(|_| Error::Corrupt("slug"))?)
                .map_err(|_| Error::Corrupt("slug"))?;
            grants.push((row.get(0)?, slug));
        }
        Ok(grants)
    }
}

impl Write<'_> {
    /// Takes a registration's platform details away, so that another one may have its issuer and
    /// client ID before it gets its new ones.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn clear_platform(&self, registration_id: i64) -> Result<(), Error> {
        self.connection
            .prepare_cached(
                "UPDATE registration SET issuer = NULL, client_id = NULL, keyset_url = NULL, access_token_url = NULL, authentication_request_url = NULL
                 WHERE id = ?1",
            )?
            .execute([registration_id])?;
        Ok(())
    }

    /// Takes the activities out of a course, which is about to go.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn detach_activities(&self, course_id: i64) -> Result<(), Error> {
        self.connection
            .prepare_cached("UPDATE resource SET course_id = NULL WHERE course_id = ?1")?
            .execute([course_id])?;
        Ok(())
    }

    /// Lets content selection offer an account the resource of that slug.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn insert_grant_of(&self, account_id: i64, resource: &Slug) -> Result<(), Error> {
        self.connection
            .prepare_cached(
                "INSERT INTO account_grant (account_id, resource_id) SELECT ?1, id FROM resource \
                 WHERE slug = ?2 ON CONFLICT (account_id, resource_id) DO NOTHING",
            )?
            .execute(params![account_id, resource.as_str()])?;
        Ok(())
    }
}
