//! Platforms that move from LTI 1.1 to LTI 1.3: whose users have moved, and the accounts that they keep.

use jiff::Timestamp;
use serde_json::json;

use super::query::{Queries as _, bind, sql};
use super::{Error, Read, Write};
use crate::domain::Consumer;

/// The platform users of a consumer, and those of the registration that replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovingUsers {
    /// Key of the consumer's registration.
    pub consumer_id: i64,
    /// Its consumer key.
    pub consumer_key: String,
    /// The issuer of users who launched with that key.
    pub own_issuer: String,
    /// The issuer of users who launched with any other key.
    pub other_issuer: String,
    /// Key of the new registration.
    pub registration_id: i64,
    /// Its issuer.
    pub issuer: String,
    /// Its tenants.
    pub tenants: Vec<String>,
}

impl MovingUsers {
    /// The users of a consumer and of a registration with this issuer and these tenants.
    pub fn new(
        consumer: &Consumer,
        registration_id: i64,
        issuer: String,
        tenants: Vec<String>,
    ) -> Self {
        Self {
            consumer_id: consumer.registration.id,
            consumer_key: consumer.key.to_string(),
            own_issuer: Consumer::ISSUER.to_owned(),
            other_issuer: Consumer::issuer_of_any_key(&consumer.registration.slug),
            registration_id,
            issuer,
            tenants,
        }
    }
}

/// How many users have moved so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MovedUsers {
    /// Accounts of the consumer's users.
    pub people: u32,
    /// Its links to resources.
    pub links: u32,
    /// Enrolments of these accounts.
    pub enrolments: u32,
    /// Grades of these accounts.
    pub grades: u32,
    /// Accounts that users of the new registration open, too.
    pub matched: u32,
    /// Accounts of users of the new registration who have come since the beginning and whom the
    /// consumer does not have.
    pub new: u32,
}

/// The accounts of the consumer's users, and those of the registration's, for `WITH`. `account_link` is
/// unique by issuer, tenant and user.
pub(super) fn moving() -> String {
    "person AS MATERIALIZED (
         SELECT account_id FROM account_link WHERE issuer = :own_issuer AND tenant = :consumer_key
         UNION SELECT account_id FROM account_link WHERE issuer = :other_issuer
         UNION SELECT account_id FROM consumer_user WHERE consumer_key = :consumer_key),
     arrived AS MATERIALIZED (
         SELECT link.id, link.account_id, link.tenant, link.sub, link.created_at, link.migrated
         FROM json_each(:tenants) AS tenants CROSS JOIN account_link AS link
             ON link.issuer = :issuer AND link.tenant = tenants.value)"
        .to_owned()
}

/// The users in [`moving`] whom the move has linked to accounts of the consumer's users.
const MIGRATED: &str = "migrated AND created_at >= :started_at
     AND account_id IN (SELECT account_id FROM person)";

impl Read<'_> {
    /// When a platform began to move, if it has.
    pub fn consumer_migration(
        &self,
        consumer_id: i64,
        registration_id: i64,
    ) -> Result<Option<Timestamp>, Error> {
        self.connection.find(
            "SELECT started_at FROM consumer_migration
             WHERE consumer_id = :consumer_id AND registration_id = :registration_id",
            bind! { consumer_id, registration_id },
            |row| row.get("started_at"),
        )
    }

    /// Whether a user with this ID has an account of a consumer whose platform moves to a registration.
    /// A launch may show that a user of the registration is the same person.
    pub fn is_user_of_moving_consumer(
        &self,
        registration_id: i64,
        user_id: &str,
    ) -> Result<bool, Error> {
        self.connection.one(
            "SELECT EXISTS (
                 SELECT 1 FROM consumer_migration AS move
                     CROSS JOIN consumer ON consumer.registration_id = move.consumer_id
                     CROSS JOIN account_link AS link ON link.issuer = :issuer
                         AND link.tenant = consumer.consumer_key AND link.sub = :user_id
                 WHERE move.registration_id = :registration_id) AS is_known",
            bind! { registration_id, user_id, issuer: Consumer::ISSUER },
            |row| row.get("is_known"),
        )
    }

    /// How many users have moved since `started_at`.
    pub fn moved_users(
        &self,
        users: &MovingUsers,
        started_at: Option<Timestamp>,
    ) -> Result<MovedUsers, Error> {
        let MovingUsers { consumer_id, consumer_key, own_issuer, other_issuer, issuer, .. } = users;
        let tenants = json!(users.tenants).to_string();
        self.connection.one(
            sql!(
                "WITH {} SELECT (SELECT count(*) FROM person) AS people,
                     (SELECT count(*) FROM deployment CROSS JOIN resource_link AS link
                          ON link.deployment_id = deployment.id
                      WHERE deployment.registration_id = :consumer_id) AS links,
                     (SELECT count(*) FROM person CROSS JOIN enrolment
                          ON enrolment.account_id = person.account_id) AS enrolments,
                     (SELECT count(*) FROM person CROSS JOIN grade
                          ON grade.account_id = person.account_id) AS grades,
                     (SELECT count(DISTINCT account_id) FROM arrived
                      WHERE account_id IN (SELECT account_id FROM person)) AS matched,
                     (SELECT count(DISTINCT account_id) FROM arrived
                      WHERE account_id NOT IN (SELECT account_id FROM person)
                          AND created_at >= :started_at) AS new",
                moving()
            ),
            bind! {
                consumer_id, consumer_key, own_issuer, other_issuer, issuer, tenants, started_at
            },
            |row| {
                Ok(MovedUsers {
                    people: row.get("people")?,
                    links: row.get("links")?,
                    enrolments: row.get("enrolments")?,
                    grades: row.get("grades")?,
                    matched: row.get("matched")?,
                    new: row.get("new")?,
                })
            },
        )
    }
}

impl Write<'_> {
    /// Stores that a platform begins to move. It keeps the time of an earlier beginning.
    pub fn begin_consumer_migration(
        &self,
        users: &MovingUsers,
        now: Timestamp,
    ) -> Result<(), Error> {
        let MovingUsers { consumer_id, registration_id, .. } = users;
        self.connection.change(
            "INSERT INTO consumer_migration (consumer_id, registration_id, started_at)
             VALUES (:consumer_id, :registration_id, :now)
             ON CONFLICT (consumer_id, registration_id) DO NOTHING",
            bind! { consumer_id, registration_id, now },
        )?;
        Ok(())
    }

    /// Links users of the new registration to the accounts of the consumer's users with the same
    /// IDs, unless they have an account. Of two accounts, the one that an administrator has linked
    /// counts, as in a launch. Returns how many were linked.
    pub fn link_same_users(
        &self,
        users: &MovingUsers,
        tenant: &str,
        now: Timestamp,
    ) -> Result<usize, Error> {
        let MovingUsers { consumer_key, own_issuer, issuer, .. } = users;
        self.connection.change(
            "INSERT INTO account_link (account_id, issuer, tenant, sub, made_account, migrated,
                 created_at)
             SELECT account_id, :issuer, :tenant, sub, FALSE, TRUE, :now FROM (
                 SELECT account_id, user_id AS sub, 1 AS place FROM consumer_user
                 WHERE consumer_key = :consumer_key
                 UNION ALL SELECT account_id, sub, 2 FROM account_link
                 WHERE issuer = :own_issuer AND tenant = :consumer_key) AS known
             WHERE TRUE ORDER BY place ON CONFLICT (issuer, tenant, sub) DO NOTHING",
            bind! { consumer_key, own_issuer, issuer, tenant, now },
        )
    }

    /// Unlinks the users of the new registration whom the move has linked to accounts of the
    /// consumer's users since a time, and ends their sessions. Returns how many were unlinked.
    pub fn roll_consumer_migration_back(
        &self,
        users: &MovingUsers,
        started_at: Timestamp,
    ) -> Result<usize, Error> {
        let MovingUsers { consumer_id, registration_id, .. } = users;
        let MovingUsers { consumer_key, own_issuer, other_issuer, issuer, .. } = users;
        let tenants = json!(users.tenants).to_string();
        // Other registrations of the platform may have the same users.
        self.connection.change(
            sql!(
                "WITH {} DELETE FROM session
                 WHERE account_id IN (SELECT account_id FROM person)
                     AND visit ->> 'issuer' = :issuer
                     AND (account_id, visit ->> 'tenant', visit ->> 'sub') IN (
                         SELECT account_id, tenant, sub FROM arrived WHERE {MIGRATED})",
                moving()
            ),
            bind! { consumer_key, own_issuer, other_issuer, issuer, tenants, started_at },
        )?;
        let unlinked = self.connection.change(
            sql!(
                "WITH {} DELETE FROM account_link WHERE id IN (
                     SELECT id FROM arrived WHERE {MIGRATED})",
                moving()
            ),
            bind! { consumer_key, own_issuer, other_issuer, issuer, tenants, started_at },
        )?;
        self.connection.change(
            "DELETE FROM consumer_migration
             WHERE consumer_id = :consumer_id AND registration_id = :registration_id",
            bind! { consumer_id, registration_id },
        )?;
        Ok(unlinked)
    }
}
