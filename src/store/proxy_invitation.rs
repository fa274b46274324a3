//! Invitations to register by LTI 2.0.

use jiff::Timestamp;

use super::engine::ValueError;
use super::query::{Queries as _, Row, bind};
use super::{Error, Read, Write};
use crate::domain::{Consumer, ConsumerKey, ProxyInvitation, Slug};

fn proxy_invitation(row: &Row<'_>) -> Result<ProxyInvitation, ValueError> {
    Ok(ProxyInvitation {
        id: row.get("id")?,
        slug: row.get("slug")?,
        name: row.get("name")?,
        resources: row.get("resources")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        used_at: row.get("used_at")?,
    })
}

impl Read<'_> {
    /// The invitation with this key in the database.
    pub fn proxy_invitation(&self, id: i64) -> Result<Option<ProxyInvitation>, Error> {
        self.connection.find(
            "SELECT id, slug, name, resources, created_at, expires_at, used_at
             FROM proxy_invitation WHERE id = :id",
            bind! { id },
            proxy_invitation,
        )
    }

    /// Whether a consumer key belongs to a consumer, or has belonged to one: its users may have
    /// accounts, which another consumer with this key would reach. A key that a consumer has
    /// accepted as any key is used, too: another consumer with it would keep those users out.
    pub fn consumer_key_was_used(&self, key: &ConsumerKey) -> Result<bool, Error> {
        let issuer = key.issuer();
        self.connection.one(
            "SELECT EXISTS (SELECT 1 FROM consumer WHERE consumer_key = :key)
                 OR EXISTS (SELECT 1 FROM consumer_user WHERE consumer_key = :key)
                 OR EXISTS (SELECT 1 FROM account_link
                     WHERE issuer = :issuer AND tenant = :key)
                 OR EXISTS (SELECT 1 FROM consumer CROSS JOIN deployment
                         ON deployment.registration_id = consumer.registration_id
                     WHERE deployment_id = :key) AS was_used",
            bind! { key, issuer },
            |row| row.get("was_used"),
        )
    }

    /// Whether users of a former consumer with this slug, who launched with any key, have accounts.
    pub fn consumer_slug_was_used(&self, slug: &Slug) -> Result<bool, Error> {
        self.connection.one(
            "SELECT EXISTS (SELECT 1 FROM account_link WHERE issuer = :issuer) AS was_used",
            bind! { issuer: Consumer::issuer_of_any_key(slug) },
            |row| row.get("was_used"),
        )
    }

    /// How many platforms have registered a resource by LTI 2.0.
    pub fn proxies_of(&self, resource: &Slug) -> Result<u32, Error> {
        self.connection.one(
            "SELECT count(*) AS count FROM consumer_resource
                 CROSS JOIN registration ON registration.id = registration_id
             WHERE resource_id = (SELECT id FROM resource WHERE slug = :resource)
                 AND protocol = 'lti-2.0'",
            bind! { resource },
            |row| row.get("count"),
        )
    }

    /// Where the platform of a consumer of LTI 2.0 lists members, with parts to fill.
    pub fn members_template(&self, registration_id: i64) -> Result<Option<String>, Error> {
        let found: Option<Option<String>> = self.connection.find(
            "SELECT members_template FROM consumer WHERE registration_id = :registration_id",
            bind! { registration_id },
            |row| row.get("members_template"),
        )?;
        Ok(found.flatten())
    }
}

impl Write<'_> {
    /// Adds an invitation, which replaces an earlier one for the same slug; its ID is ignored. Returns
    /// it with its key.
    pub fn insert_proxy_invitation(
        &self,
        invitation: &ProxyInvitation,
    ) -> Result<ProxyInvitation, Error> {
        let ProxyInvitation { slug, name, resources, created_at, expires_at, .. } = invitation;
        let resources: Option<String> = resources
            .as_ref()
            .map(|slugs| slugs.iter().map(|slug| slug.as_str()).collect::<Vec<_>>().join(" "));
        self.delete_proxy_invitation(slug)?;
        let id = self.connection.one(
            "INSERT INTO proxy_invitation (slug, name, resources, created_at, expires_at)
             VALUES (:slug, :name, :resources, :created_at, :expires_at) RETURNING id",
            bind! { slug, name, resources, created_at, expires_at },
            |row| row.get("id"),
        )?;
        Ok(ProxyInvitation { id, ..invitation.clone() })
    }

    /// Deletes the invitation for a slug. Returns whether there was one.
    pub fn delete_proxy_invitation(&self, slug: &Slug) -> Result<bool, Error> {
        let deleted = self
            .connection
            .change("DELETE FROM proxy_invitation WHERE slug = :slug", bind! { slug })?;
        Ok(deleted > 0)
    }

    /// Marks an invitation as used, or opens it again with `None`.
    pub fn set_proxy_invitation_used(
        &self,
        id: i64,
        used_at: Option<Timestamp>,
    ) -> Result<(), Error> {
        self.connection.change(
            "UPDATE proxy_invitation SET used_at = :used_at WHERE id = :id",
            bind! { id, used_at },
        )?;
        Ok(())
    }

    /// Stores where the platform of a consumer lists members, with parts to fill.
    pub fn set_members_template(
        &self,
        registration_id: i64,
        template: Option<&str>,
    ) -> Result<(), Error> {
        self.connection.change(
            "UPDATE consumer SET members_template = :template
             WHERE registration_id = :registration_id",
            bind! { registration_id, template },
        )?;
        Ok(())
    }
}
