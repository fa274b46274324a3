//! LTI 1.1 and 2.0: consumers with their shared secrets, and the users who are linked to accounts.

use std::ops::ControlFlow;

use jiff::{SignedDuration, Timestamp};

use super::engine::ValueError;
use super::query::{Queries as _, Row, as_record, bind, once, select, sql};
use super::record::{Record as _, record};
use super::{CreatedBy, Error, Read, Write};
use crate::domain::{Consumer, ConsumerUser, Deployment, DeploymentId, Registration, Secret, Slug};

record! {
    ConsumerUser in "consumer_user" { consumer_key, user_id }
}

/// Selects consumers, with a condition over `consumer` and `registration`.
macro_rules! select_consumer {
    ($rest:literal) => {
        once!(format!(
            concat!(
                "SELECT {}, consumer.consumer_key, consumer.any_key, consumer.all_resources,
                     consumer.cartridge_token, consumer.last_seen_at,
                     (SELECT string_agg(slug, ' ' ORDER BY slug) FROM consumer_resource
                          JOIN resource ON resource.id = consumer_resource.resource_id
                      WHERE consumer_resource.registration_id = registration.id) AS resources,
                     (SELECT slug FROM resource WHERE id = consumer.own_resource_id)
                         AS own_resource,
                     (SELECT count(*) FROM consumer_secret
                      WHERE consumer_secret.registration_id = registration.id) AS secret_count,
                     (SELECT expires_at FROM pending_proxy
                      WHERE pending_proxy.registration_id = registration.id) AS change_expires_at
                 FROM consumer CROSS JOIN registration ON registration.id = consumer.registration_id
                 ",
                $rest
            ),
            Registration::table().selected
        ))
    };
}

fn as_consumer(row: &Row<'_>) -> Result<Consumer, ValueError> {
    let resources: Option<Vec<Slug>> =
        row.get::<Option<Vec<Slug>>>("resources")?.or_else(|| Some(Vec::new()));
    let all_resources: bool = row.get("all_resources")?;
    Ok(Consumer {
        registration: row.record()?,
        key: row.get("consumer_key")?,
        any_key: row.get("any_key")?,
        resources: resources.filter(|_| !all_resources),
        own_resource: row.get("own_resource")?,
        cartridge_token: row.get("cartridge_token")?,
        secret_count: row.get("secret_count")?,
        last_seen_at: row.get("last_seen_at")?,
        change_expires_at: row.get("change_expires_at")?,
    })
}

impl Read<'_> {
    /// Calls `callback` for each consumer, by name, until it breaks.
    pub fn each_consumer<E: From<Error>>(
        &self,
        mut callback: impl FnMut(Consumer) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        self.connection.walk(
            select_consumer!("ORDER BY registration.name, registration.slug"),
            bind! {},
            |row| callback(as_consumer(row).map_err(Error::from)?),
        )
    }

    /// Calls `callback` for each consumer, by slug, until it breaks.
    pub fn each_consumer_by_slug<E: From<Error>>(
        &self,
        mut callback: impl FnMut(Consumer) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        self.connection.walk(select_consumer!("ORDER BY registration.slug"), bind! {}, |row| {
            callback(as_consumer(row).map_err(Error::from)?)
        })
    }

    /// All consumers, by name.
    pub fn consumers(&self) -> Result<Vec<Consumer>, Error> {
        super::query::collected(|each| self.each_consumer(each))
    }

    /// The consumer with this slug.
    pub fn consumer(&self, slug: &Slug) -> Result<Option<Consumer>, Error> {
        self.connection.find(
            select_consumer!("WHERE registration.slug = :slug"),
            bind! { slug },
            as_consumer,
        )
    }

    /// The consumer with this key.
    pub fn consumer_by_key(&self, key: &str) -> Result<Option<Consumer>, Error> {
        self.connection.find(
            select_consumer!("WHERE consumer.consumer_key = :key"),
            bind! { key },
            as_consumer,
        )
    }

    /// The consumer whose registration has this key in the database.
    pub fn consumer_by_id(&self, id: i64) -> Result<Option<Consumer>, Error> {
        self.connection.find(
            select_consumer!("WHERE consumer.registration_id = :id"),
            bind! { id },
            as_consumer,
        )
    }

    /// The consumer that was published with a resource.
    pub fn consumer_of_resource(&self, resource: &Slug) -> Result<Option<Consumer>, Error> {
        self.connection.find(
            select_consumer!(
                "WHERE consumer.own_resource_id = (SELECT id FROM resource WHERE slug = :resource)"
            ),
            bind! { resource },
            as_consumer,
        )
    }

    /// The consumer that a cartridge's URL names.
    pub fn consumer_of_cartridge(&self, token: &str) -> Result<Option<Consumer>, Error> {
        self.connection.find(
            select_consumer!("WHERE consumer.cartridge_token = :token"),
            bind! { token },
            as_consumer,
        )
    }

    /// The secrets of a consumer that are accepted, the newest first.
    pub fn consumer_secrets(
        &self,
        registration_id: i64,
        now: Timestamp,
    ) -> Result<Vec<Secret>, Error> {
        self.connection.all(
            "SELECT secret FROM consumer_secret
             WHERE registration_id = :registration_id AND (expires_at IS NULL OR expires_at > :now)
             ORDER BY id DESC",
            bind! { registration_id, now },
            |row| row.get("secret"),
        )
    }

    /// The consumers that a migration claim may name by this key: the one whose key it is, and
    /// those that have accepted it as one of any keys.
    pub fn consumers_of_claim(&self, key: &str) -> Result<Vec<Consumer>, Error> {
        let mut found: Vec<Consumer> = self.consumer_by_key(key)?.into_iter().collect();
        found.extend(self.connection.all(
            select_consumer!(
                "WHERE consumer.any_key AND consumer.consumer_key <> :key AND EXISTS (
                     SELECT 1 FROM deployment
                     WHERE deployment.registration_id = registration.id AND deployment_id = :key)"
            ),
            bind! { key },
            as_consumer,
        )?);
        Ok(found)
    }

    /// The account of an LTI 1.1 user, by its key in the database: the one that an admin linked.
    pub fn account_of_consumer_user(&self, user: &ConsumerUser) -> Result<Option<i64>, Error> {
        let ConsumerUser { consumer_key, user_id } = user;
        self.connection.find(
            "SELECT account_id FROM consumer_user
             WHERE consumer_key = :consumer_key AND user_id = :user_id",
            bind! { consumer_key, user_id },
            |row| row.get("account_id"),
        )
    }

    /// The LTI 1.1 users who are linked to an account.
    pub fn consumer_users(&self, account_id: i64) -> Result<Vec<ConsumerUser>, Error> {
        self.connection.all(
            select!(ConsumerUser, "WHERE account_id = :account_id ORDER BY id"),
            bind! { account_id },
            as_record,
        )
    }

    /// Whether a user with this identifier is linked for any consumer whose migration claims can be
    /// verified.
    pub fn is_consumer_user(&self, user_id: &str) -> Result<bool, Error> {
        self.connection.one(
            "SELECT EXISTS (
                 SELECT 1 FROM consumer_user
                 WHERE consumer_key IN (SELECT consumer_key FROM consumer)
                     AND user_id = :user_id) AS is_known",
            bind! { user_id },
            |row| row.get("is_known"),
        )
    }
}

impl Write<'_> {
    /// Adds a consumer with its deployment and returns the key of its registration; the ID of its
    /// registration is ignored. The caller has checked that slug and key are free, and that its
    /// resources exist.
    pub fn insert_consumer(
        &self,
        consumer: &Consumer,
        created_by: CreatedBy,
    ) -> Result<i64, Error> {
        let id = self.add_registration(&consumer.registration, created_by)?;
        let Consumer { key, any_key, own_resource, cartridge_token, .. } = consumer;
        let all_resources = consumer.resources.is_none();
        self.connection.change(
            "INSERT INTO consumer (
                 registration_id, consumer_key, any_key, all_resources, own_resource_id,
                 cartridge_token)
             VALUES (
                 :id, :key, :any_key, :all_resources,
                 (SELECT id FROM resource WHERE slug = :own_resource), :cartridge_token)",
            bind! { id, key, any_key, all_resources, own_resource, cartridge_token },
        )?;
        self.put_consumer_resources(id, consumer)?;
        let deployment_id = DeploymentId::stored(key.to_string());
        let deployment = Deployment { deployment_id, name: None };
        let now = consumer.registration.created_at;
        self.add_deployment(id, &deployment, created_by, now)?;
        Ok(id)
    }

    /// Stores what may change of a consumer: all but its slug, key, token and secrets.
    pub fn update_consumer(&self, consumer: &Consumer, now: Timestamp) -> Result<(), Error> {
        self.update_registration(&consumer.registration, now)?;
        let (id, any_key) = (consumer.registration.id, consumer.any_key);
        let all_resources = consumer.resources.is_none();
        self.connection.change(
            "UPDATE consumer SET any_key = :any_key, all_resources = :all_resources
             WHERE registration_id = :id",
            bind! { id, any_key, all_resources },
        )?;
        self.connection
            .change("DELETE FROM consumer_resource WHERE registration_id = :id", bind! { id })?;
        self.put_consumer_resources(id, consumer)
    }

    fn put_consumer_resources(&self, id: i64, consumer: &Consumer) -> Result<(), Error> {
        for slug in consumer.resources.iter().flatten() {
            self.connection.change(
                "INSERT INTO consumer_resource (registration_id, resource_id)
                 SELECT :id, id FROM resource WHERE slug = :slug",
                bind! { id, slug },
            )?;
        }
        Ok(())
    }

    /// Stores when a consumer's launch was accepted, unless that was stored within the last hour.
    pub fn touch_consumer(&self, registration_id: i64, now: Timestamp) -> Result<(), Error> {
        self.connection.change(
            "UPDATE consumer SET last_seen_at = :now
             WHERE registration_id = :registration_id
                 AND (last_seen_at IS NULL OR last_seen_at <= :an_hour_ago)",
            bind! { registration_id, now, an_hour_ago: now - SignedDuration::from_hours(1) },
        )?;
        Ok(())
    }

    /// Adds a secret to a consumer. Returns `false` if it has it already.
    pub fn insert_consumer_secret(
        &self,
        registration_id: i64,
        secret: &Secret,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let inserted = self.connection.change(
            "INSERT INTO consumer_secret (registration_id, secret, created_at)
             VALUES (:registration_id, :secret, :now)
             ON CONFLICT (registration_id, secret) DO NOTHING",
            bind! { registration_id, secret, now },
        )?;
        Ok(inserted == 1)
    }

    /// Ends the other secrets of a consumer at a time, unless they end earlier. Those that have
    /// ended are deleted.
    pub fn end_consumer_secrets(
        &self,
        registration_id: i64,
        except: &Secret,
        end: Timestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.connection.change(
            "UPDATE consumer_secret
             SET expires_at = CASE WHEN expires_at < :end THEN expires_at ELSE :end END
             WHERE registration_id = :registration_id AND secret <> :except",
            bind! { registration_id, except, end },
        )?;
        self.connection.change(
            "DELETE FROM consumer_secret
             WHERE registration_id = :registration_id AND expires_at <= :now",
            bind! { registration_id, now },
        )?;
        Ok(())
    }

    /// Links an LTI 1.1 user to an account. Returns `false` if that user is already linked.
    pub fn insert_consumer_user(
        &self,
        account_id: i64,
        user: &ConsumerUser,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let inserted = self.connection.change_with(
            sql!(
                "{} ON CONFLICT (consumer_key, user_id) DO NOTHING",
                ConsumerUser::table()
                    .insert(&[("account_id", ":account_id"), ("created_at", ":now")])
            ),
            user,
            bind! { account_id, now },
        )?;
        Ok(inserted == 1)
    }

    /// Unlinks an LTI 1.1 user from an account. Returns whether they were linked.
    pub fn delete_consumer_user(
        &self,
        account_id: i64,
        user: &ConsumerUser,
    ) -> Result<bool, Error> {
        let ConsumerUser { consumer_key, user_id } = user;
        let deleted = self.connection.change(
            "DELETE FROM consumer_user WHERE account_id = :account_id
                 AND consumer_key = :consumer_key AND user_id = :user_id",
            bind! { account_id, consumer_key, user_id },
        )?;
        Ok(deleted == 1)
    }
}
