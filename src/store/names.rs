//! The names that commands accept, for shell completion: quick read-only look-ups in a database
//! that may be in any state.

use super::engine::{Connection, ValueError};
use super::query::{Queries as _, Row, bind};
use super::{Database, Error, Read, Store};
use crate::domain::Slug;

/// Maximum number of names; more are of no use in a shell.
const MAX_NAMES: u32 = 500;

/// The kinds of objects with names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Registrations, by slug.
    Registrations,
    /// Resources, by slug.
    Resources,
    /// Accounts, by username.
    Accounts,
    /// The tool's keys that are still published, by key ID.
    SigningKeys,
    /// LTI 1.1 consumers, by slug.
    Consumers,
    /// OpenID clients, by slug.
    Clients,
    /// Consumer keys of LTI 1.1.
    ConsumerKeys,
    /// Identity providers, by slug.
    IdentityProviders,
    /// Launches, by id, the newest first.
    Launches,
}

impl Named {
    /// The names that start with `:start`, with their descriptions. This is a range of an index, up
    /// to the last character of Unicode. At most `:most` of them.
    fn query(self) -> &'static str {
        match self {
            Self::Registrations => {
                "SELECT slug AS name, name AS description FROM registration
                 WHERE slug >= :start AND slug < :start || char(1114111)
                     AND protocol = 'lti-1.3'
                 ORDER BY slug LIMIT :most"
            }
            Self::Resources => {
                "SELECT slug AS name, name AS description FROM resource
                 WHERE slug >= :start AND slug < :start || char(1114111)
                 ORDER BY slug LIMIT :most"
            }
            Self::Accounts => {
                "SELECT username AS name, coalesce(name, '') AS description FROM account
                 WHERE username >= :start AND username < :start || char(1114111)
                 ORDER BY username LIMIT :most"
            }
            Self::SigningKeys => {
                "SELECT kid AS name, state AS description FROM signing_key
                 WHERE state <> 'retired' AND kid >= :start AND kid < :start || char(1114111)
                 ORDER BY kid LIMIT :most"
            }
            Self::Consumers => {
                "SELECT slug AS name, name AS description FROM registration
                 WHERE slug >= :start AND slug < :start || char(1114111)
                     AND protocol <> 'lti-1.3'
                 ORDER BY slug LIMIT :most"
            }
            Self::Clients => {
                "SELECT slug AS name, name AS description FROM client
                 WHERE slug >= :start AND slug < :start || char(1114111)
                 ORDER BY slug LIMIT :most"
            }
            Self::ConsumerKeys => {
                "SELECT consumer_key AS name, '' AS description FROM consumer
                 WHERE consumer_key >= :start AND consumer_key < :start || char(1114111)
                 ORDER BY consumer_key LIMIT :most"
            }
            Self::IdentityProviders => {
                "SELECT slug AS name, name AS description FROM identity_provider
                 WHERE slug >= :start AND slug < :start || char(1114111)
                 ORDER BY slug LIMIT :most"
            }
            Self::Launches => {
                "SELECT id AS name,
                     coalesce(reason, 'accepted') || coalesce(', ' || registration, '')
                         AS description
                 FROM launch WHERE id >= :start AND id < :start || char(1114111)
                 ORDER BY id DESC LIMIT :most"
            }
        }
    }
}

impl Store {
    /// Opens an initialised, up-to-date database for look-ups while the user types: read-only,
    /// without updating the schema, and without waiting for other processes.
    ///
    /// # Errors
    ///
    /// As [`Store::open`]; also if the schema is older than this program.
    pub fn peek(database: impl Into<Database>) -> Result<Self, Error> {
        let database = database.into();
        Ok(Self::over(Connection::peek(&database)?, database))
    }
}

fn named(row: &Row<'_>) -> Result<(String, String), ValueError> {
    Ok((row.get("name")?, row.get("description")?))
}

impl Read<'_> {
    /// Names that start with `start`, each with a description that may be empty; at most 500.
    pub fn names(&self, what: Named, start: &str) -> Result<Vec<(String, String)>, Error> {
        self.connection.all(what.query(), bind! { start, most: MAX_NAMES }, named)
    }

    /// The deployment IDs that start with `start`, each with its name: those of the registration
    /// that one of `words` names, or of all registrations.
    pub fn deployment_names(
        &self,
        words: &[String],
        start: &str,
    ) -> Result<Vec<(String, String)>, Error> {
        let mut registration_id = None;
        for word in words {
            let Ok(slug) = Slug::new(word) else { continue };
            let registration = self.registration(&slug)?;
            registration_id = registration.map(|registration| registration.id).or(registration_id);
        }
        let Some(registration_id) = registration_id else {
            return self.connection.all(
                "SELECT deployment_id AS name, coalesce(name, '') AS description FROM deployment
                 WHERE deployment_id >= :start AND deployment_id < :start || char(1114111)
                 ORDER BY deployment_id LIMIT :most",
                bind! { start, most: MAX_NAMES },
                named,
            );
        };
        self.connection.all(
            "SELECT deployment_id AS name, coalesce(name, '') AS description FROM deployment
             WHERE registration_id = :registration_id
                 AND deployment_id >= :start AND deployment_id < :start || char(1114111)
             ORDER BY deployment_id LIMIT :most",
            bind! { registration_id, start, most: MAX_NAMES },
            named,
        )
    }
}
