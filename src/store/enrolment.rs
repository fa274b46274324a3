//! Who takes part in which resource, and who came through which link.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::account::{PRECISION_MILLISECONDS, account};
use super::{Error, Read, Write, from_milliseconds, to_milliseconds};
use crate::domain::{Account, Enrolment, EnrolmentSource, SessionClaims};

const COLUMNS: &str = "enrolment.account_id, enrolment.resource_id, enrolment.role, \
    enrolment.teaches, enrolment.source, enrolment.created_at, enrolment.ends_at, \
    enrolment.last_access_at";

/// The links that lead to the resource ?1 from the course of a visit: through the registration ?2
/// and the deployment ?3, in the context ?4, or outside of any the link ?5 alone. It keeps the
/// customers of a platform apart wherever a teacher sees a list.
const LINKS_BESIDE: &str =
    "resource_link JOIN deployment ON deployment.id = resource_link.deployment_id LEFT JOIN context ON context.id = resource_link.context_id
     WHERE resource_link.resource_id = ?1 AND deployment.registration_id = ?2 AND deployment.deployment_id = ?3
         AND context.context_id IS ?4 AND (?4 IS NOT NULL OR resource_link.resource_link_id = ?5)";

/// Somebody who takes part in a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Who.
    pub account: Account,
    /// As what, and since when.
    pub enrolment: Enrolment,
}

/// A link on a platform that leads to a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkUse {
    /// The link's identifier within its deployment.
    pub resource_link_id: String,
    /// Its title.
    pub title: Option<String>,
    /// The course's title, or its label.
    pub context: Option<String>,
    /// How many people came through it.
    pub people: u32,
    /// Whether it takes grades: its own line item, or the course's.
    pub takes_grades: bool,
}

fn enrolment(row: &Row<'_>, first: usize) -> Result<Enrolment, rusqlite::Error> {
    let source = row.get_ref(first + 4)?.as_str()?.parse::<EnrolmentSource>();
    Ok(Enrolment {
        account_id: row.get(first)?,
        resource_id: row.get(first + 1)?,
        role: row.get(first + 2)?,
        teaches: row.get(first + 3)?,
        source: source.map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(
                first + 4,
                rusqlite::types::Type::Text,
                Box::new(error),
            )
        })?,
        created_at: from_milliseconds(row.get(first + 5)?),
        ends_at: row.get::<_, Option<i64>>(first + 6)?.map(from_milliseconds),
        last_access_at: row.get::<_, Option<i64>>(first + 7)?.map(from_milliseconds),
    })
}

impl Read<'_> {
    /// An account's part in a resource.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn enrolment(&self, account_id: i64, resource_id: i64) -> Result<Option<Enrolment>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM enrolment WHERE account_id = ?1 AND resource_id = ?2"
        ))?;
        Ok(statement.query_row([account_id, resource_id], |row| enrolment(row, 0)).optional()?)
    }

    /// How many people take part in a resource at this moment.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn enrolled(&self, resource_id: i64, now: Timestamp) -> Result<u32, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT count(*) FROM enrolment WHERE \
            resource_id = ?1 AND (ends_at IS NULL OR ends_at > ?2)",
        )?;
        Ok(statement.query_row(params![resource_id, to_milliseconds(now)], |row| row.get(0))?)
    }

    /// The enrolments of an account with the slugs of their resources.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn enrolments_of(&self, account_id: i64) -> Result<Vec<(String, Enrolment)>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS}, resource.slug FROM enrolment JOIN resource ON resource.id = \
             resource_id WHERE account_id = ?1 ORDER BY resource.slug"
        ))?;
        Ok(statement
            .query_map([account_id], |row| Ok((row.get(8)?, enrolment(row, 0)?)))?
            .collect::<Result<_, _>>()?)
    }

    /// Who takes part in a resource, by name; with a visit only those who came through a link in
    /// the visit's own course, so that no customer of a platform sees another one's people.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn members(
        &self,
        resource_id: i64,
        beside: Option<(i64, &SessionClaims)>,
    ) -> Result<Vec<Member>, Error> {
        let columns = format!("{COLUMNS}, {}", super::account::COLUMNS);
        let from = "enrolment JOIN account ON account.id = enrolment.account_id WHERE \
            enrolment.resource_id = ?1";
        let order = "ORDER BY coalesce(account.family_name, account.name, account.username), \
            account.username";
        let member =
            |row: &Row<'_>| Ok(Member { enrolment: enrolment(row, 0)?, account: account(row, 8)? });
        let Some((registration_id, visit)) = beside else {
            let mut statement =
                self.connection.prepare_cached(&format!("SELECT {columns} FROM {from} {order}"))?;
            return Ok(statement.query_map([resource_id], member)?.collect::<Result<_, _>>()?);
        };
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {columns} FROM {from} AND EXISTS (
                 SELECT 1 FROM {LINKS_BESIDE} AND resource_link.id IN (SELECT resource_link_id FROM resource_link_user WHERE account_id = account.id)) {order}"
        ))?;
        let parameters = params![
            resource_id,
            registration_id,
            visit.deployment_id,
            visit.context_id,
            visit.resource_link_id
        ];
        Ok(statement.query_map(parameters, member)?.collect::<Result<_, _>>()?)
    }

    /// The links that lead to a resource from the course of a visit.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn links_beside(
        &self,
        resource_id: i64,
        registration_id: i64,
        visit: &SessionClaims,
    ) -> Result<Vec<LinkUse>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT resource_link.resource_link_id, resource_link.title, coalesce(context.title, context.label),
                 (SELECT count(DISTINCT account_id) FROM resource_link_user WHERE resource_link_user.resource_link_id = resource_link.id),
                 coalesce(lineitem_url, lineitems_url) IS NOT NULL
             FROM {LINKS_BESIDE} ORDER BY resource_link.id"
        ))?;
        let parameters = params![
            resource_id,
            registration_id,
            visit.deployment_id,
            visit.context_id,
            visit.resource_link_id
        ];
        let link = |row: &Row<'_>| {
            Ok(LinkUse {
                resource_link_id: row.get(0)?,
                title: row.get(1)?,
                context: row.get(2)?,
                people: row.get(3)?,
                takes_grades: row.get(4)?,
            })
        };
        Ok(statement.query_map(parameters, link)?.collect::<Result<_, _>>()?)
    }
}

impl Write<'_> {
    /// Enrols an account, which is not enrolled yet.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn insert_enrolment(&self, enrolment: &Enrolment) -> Result<(), Error> {
        self.connection
            .prepare_cached(
                "INSERT INTO enrolment (account_id, resource_id, role, teaches, source, \
                 created_at, ends_at, last_access_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                enrolment.account_id,
                enrolment.resource_id,
                enrolment.role,
                enrolment.teaches,
                enrolment.source.as_str(),
                to_milliseconds(enrolment.created_at),
                enrolment.ends_at.map(to_milliseconds),
                enrolment.last_access_at.map(to_milliseconds),
            ])?;
        Ok(())
    }

    /// Stores role, source and end of an enrolment that is there.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn update_enrolment(&self, enrolment: &Enrolment) -> Result<(), Error> {
        self.connection
            .prepare_cached(
                "UPDATE enrolment SET role = ?3, teaches = ?4, source = ?5, ends_at = \
                ?6 WHERE account_id = ?1 AND resource_id = ?2",
            )?
            .execute(params![
                enrolment.account_id,
                enrolment.resource_id,
                enrolment.role,
                enrolment.teaches,
                enrolment.source.as_str(),
                enrolment.ends_at.map(to_milliseconds),
            ])?;
        Ok(())
    }

    /// Gives an enrolled account this role, in place of the one it had, and remembers the launch to
    /// the minute.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn touch_enrolment(
        &self,
        account_id: i64,
        resource_id: i64,
        role: &str,
        teaches: bool,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.connection
            .prepare_cached(
                "UPDATE enrolment SET role = ?3, teaches = ?4, last_access_at = ?5
                 WHERE account_id = ?1 AND resource_id = ?2 AND (role <> ?3 OR teaches <> ?4 OR last_access_at IS NULL OR last_access_at <= ?5 - ?6)",
            )?
            .execute(params![account_id, resource_id, role, teaches, to_milliseconds(now), PRECISION_MILLISECONDS])?;
        Ok(())
    }

    /// Ends an account's part in a resource; a grade stays for the day on which it comes back. Says
    /// whether it took part.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn delete_enrolment(&self, account_id: i64, resource_id: i64) -> Result<bool, Error> {
        Ok(self.connection.execute(
            "DELETE FROM enrolment WHERE account_id = ?1 AND resource_id = ?2",
            [account_id, resource_id],
        )? == 1)
    }

    /// Remembers who came through a link, to the minute: grades go back through it. The link is
    /// there already.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn remember_link_user(
        &self,
        registration_id: i64,
        account_id: i64,
        visit: &SessionClaims,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.connection
            .prepare_cached(
                "INSERT INTO resource_link_user (resource_link_id, account_id, sub, teaches, last_launch_at)
                 SELECT resource_link.id, ?4, ?5, ?6, ?7 FROM resource_link JOIN deployment ON deployment.id = resource_link.deployment_id
                     WHERE deployment.registration_id = ?1 AND deployment.deployment_id = ?2 AND resource_link.resource_link_id = ?3
                 ON CONFLICT (resource_link_id, account_id, sub) DO UPDATE SET teaches = excluded.teaches, last_launch_at = excluded.last_launch_at
                     WHERE teaches <> excluded.teaches OR last_launch_at <= excluded.last_launch_at - ?8",
            )?
            .execute(params![
                registration_id,
                visit.deployment_id,
                visit.resource_link_id,
                account_id,
                visit.sub.as_deref().unwrap_or_default(),
                visit.teaches(),
                to_milliseconds(now),
                PRECISION_MILLISECONDS,
            ])?;
        Ok(())
    }
}
