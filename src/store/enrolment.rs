//! Who is enrolled in which resource, and who came through which link.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::ControlFlow;

use jiff::Timestamp;

use super::account::PRECISION_MILLISECONDS;
use super::query::{Queries as _, as_record, bind, collected, once, select, sql};
use super::record::{Record as _, record};
use super::{Error, Read, Write};
use crate::domain::{Account, Enrolment, LaunchDetails, PlatformUser, Slug, folded, full_name};

record! {
    Enrolment in "enrolment" {
        account_id, resource_id, role, teaches, source, created_at, ends_at, last_access_at,
    }
    fixed { account_id, resource_id, created_at, last_access_at }
}

/// The links that open a resource from the course of a session: through the same registration and
/// deployment, in the same context, or the same link if there is no context. This separates the
/// customers of a platform in the lists that teachers see. However many links the resource has
/// elsewhere, they are not read.
const LINKS_IN_COURSE: &str = "deployment
         CROSS JOIN context ON context.deployment_id = deployment.id
         CROSS JOIN resource_link ON resource_link.context_id = context.id
     WHERE deployment.registration_id = :registration_id
         AND deployment.deployment_id = :deployment_id
         AND context.context_id = :context_id AND resource_link.resource_id = :resource_id
     UNION ALL
     SELECT resource_link.id FROM deployment
         CROSS JOIN resource_link ON resource_link.deployment_id = deployment.id
     WHERE :context_id IS NULL AND deployment.registration_id = :registration_id
         AND deployment.deployment_id = :deployment_id
         AND resource_link.resource_link_id = :resource_link_id
         AND resource_link.context_id IS NULL AND resource_link.resource_id = :resource_id";

/// How many members of a list are read at a time.
const MEMBERS_AT_ONCE: usize = 500;

/// A person who is enrolled in a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The person's account.
    pub account: Account,
    /// Their enrolment.
    pub enrolment: Enrolment,
}

/// A person in a list, with what the list is sorted and filtered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account, by its key in the database.
    pub account_id: i64,
    /// The person's name; see [`Account::display_name`].
    pub display_name: String,
    /// The username.
    pub username: String,
    /// Whether the enrolled person teaches.
    pub teaches: bool,
    /// Whether the person has a grade for the resource.
    pub has_grade: bool,
}

/// A link on a platform that opens a resource.
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
    /// Whether grades can be sent for it: to its own line item, or to the course's.
    pub takes_grades: bool,
}

impl Read<'_> {
    /// An account's enrolment in a resource.
    pub fn enrolment(&self, account_id: i64, resource_id: i64) -> Result<Option<Enrolment>, Error> {
        self.connection.find(
            select!(Enrolment, "WHERE account_id = :account_id AND resource_id = :resource_id"),
            bind! { account_id, resource_id },
            as_record,
        )
    }

    /// How many people are enrolled in a resource now.
    pub fn enrolled(&self, resource_id: i64, now: Timestamp) -> Result<u32, Error> {
        self.connection.one(
            "SELECT count(*) AS enrolled FROM enrolment
             WHERE resource_id = :resource_id AND (ends_at IS NULL OR ends_at > :now)",
            bind! { resource_id, now },
            |row| row.get("enrolled"),
        )
    }

    /// The enrolments of an account with the slugs of their resources.
    pub fn enrolments_of(&self, account_id: i64) -> Result<Vec<(Slug, Enrolment)>, Error> {
        self.connection.all(
            sql!(
                "SELECT {}, resource.slug AS slug FROM enrolment
                     JOIN resource ON resource.id = resource_id
                 WHERE account_id = :account_id ORDER BY resource.slug",
                Enrolment::table().selected
            ),
            bind! { account_id },
            |row| Ok((row.get("slug")?, row.record()?)),
        )
    }

    /// The people who are enrolled in a resource, by name.
    pub fn members(&self, resource_id: i64) -> Result<Vec<Member>, Error> {
        collected(|take| self.each_member(resource_id, take))
    }

    /// Calls `callback` for each of them until it breaks. Only their names are all in memory.
    pub fn each_member<E: From<Error>>(
        &self,
        resource_id: i64,
        mut callback: impl FnMut(Member) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        self.in_snapshot(|| {
            for positions in self.members_by_name(resource_id)?.chunks(MEMBERS_AT_ONCE) {
                let mut members = self.members_at(positions)?;
                for member in positions.iter().filter_map(|position| members.remove(position)) {
                    if callback(member)?.is_break() {
                        return Ok(());
                    }
                }
            }
            Ok(())
        })
    }

    /// The positions of members in the order of people in lists: by [`Account::display_name`],
    /// ignoring capitals and accents.
    fn members_by_name(&self, resource_id: i64) -> Result<Vec<i64>, Error> {
        let mut members = self.connection.all(
            "SELECT enrolment.id AS position, name, given_name, family_name, username
             FROM enrolment JOIN account ON account.id = account_id
             WHERE enrolment.resource_id = :resource_id",
            bind! { resource_id },
            |row| {
                let username = row.text("username")?.unwrap_or_default();
                let name =
                    full_name(row.text("name")?, row.text("given_name")?, row.text("family_name")?);
                let name = folded(name.as_deref().unwrap_or(username));
                Ok((name, username.to_owned(), row.get::<i64>("position")?))
            },
        )?;
        members.sort_unstable();
        Ok(members.into_iter().map(|(.., position)| position).collect())
    }

    /// The members in these positions.
    fn members_at(&self, positions: &[i64]) -> Result<HashMap<i64, Member>, Error> {
        let positions = serde_json::json!(positions).to_string();
        let members = self.connection.all(
            sql!(
                "SELECT {}, {}, enrolment.id AS position
                 FROM enrolment CROSS JOIN account ON account.id = account_id
                 WHERE enrolment.id IN (SELECT CAST(value AS BIGINT) FROM json_each(:positions))",
                Enrolment::table().selected,
                Account::table().selected
            ),
            bind! { positions },
            |row| {
                let member = Member { enrolment: row.record()?, account: row.record()? };
                Ok((row.get("position")?, member))
            },
        )?;
        Ok(members.into_iter().collect())
    }

    /// Some of them, in the order in which they were enrolled: at most `limit` after a position,
    /// each with its own.
    pub fn members_after(
        &self,
        resource_id: i64,
        position: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Member)>, Error> {
        self.connection.all(
            sql!(
                "SELECT {}, {}, enrolment.id AS position
                 FROM enrolment CROSS JOIN account ON account.id = account_id
                 WHERE enrolment.resource_id = :resource_id AND enrolment.id > :position
                 ORDER BY enrolment.id LIMIT :limit",
                Enrolment::table().selected,
                Account::table().selected
            ),
            bind! { resource_id, position, limit },
            |row| {
                let member = Member { enrolment: row.record()?, account: row.record()? };
                Ok((row.get("position")?, member))
            },
        )
    }

    /// The platform users as whom an account came to a resource.
    pub fn platform_users_at(
        &self,
        account_id: i64,
        resource_id: i64,
    ) -> Result<Vec<PlatformUser>, Error> {
        self.connection.all(
            "SELECT issuer, tenant, sub FROM account_link
             WHERE account_id = :account_id AND EXISTS (
                 SELECT 1 FROM resource_link_user AS known
                     CROSS JOIN resource_link AS link ON link.id = known.resource_link_id
                 WHERE known.account_id = :account_id AND known.sub = account_link.sub
                     AND link.resource_id = :resource_id)
             ORDER BY id",
            bind! { account_id, resource_id },
            |row| {
                Ok(PlatformUser {
                    issuer: row.get("issuer")?,
                    tenant: row.get("tenant")?,
                    sub: row.get("sub")?,
                })
            },
        )
    }

    /// How many there are.
    pub fn member_count(&self, resource_id: i64) -> Result<u64, Error> {
        self.connection.one(
            "SELECT count(*) AS count FROM enrolment WHERE resource_id = :resource_id",
            bind! { resource_id },
            |row| row.get("count"),
        )
    }

    /// The people who are enrolled in a resource and came through a link in the course of a
    /// session, so that customers of a platform do not see each other's people.
    pub fn people_in_course(
        &self,
        resource_id: i64,
        registration_id: i64,
        details: &LaunchDetails,
    ) -> Result<Vec<Person>, Error> {
        let LaunchDetails { deployment_id, context_id, resource_link_id, .. } = details;
        self.connection.all(
            sql!(
                "WITH link_in_course AS MATERIALIZED (
                     SELECT resource_link.id FROM {LINKS_IN_COURSE}),
                 person AS MATERIALIZED (
                     SELECT DISTINCT account_id FROM link_in_course
                         CROSS JOIN resource_link_user
                             ON resource_link_user.resource_link_id = link_in_course.id)
                 SELECT account.id AS account_id, account.name AS name,
                     account.given_name AS given_name, account.family_name AS family_name,
                     account.username AS username, enrolment.teaches AS teaches,
                     EXISTS (SELECT 1 FROM grade
                         WHERE grade.account_id = account.id
                             AND grade.resource_id = :resource_id) AS has_grade
                 FROM person
                     CROSS JOIN enrolment ON enrolment.account_id = person.account_id
                         AND enrolment.resource_id = :resource_id
                     CROSS JOIN account ON account.id = person.account_id"
            ),
            bind! { resource_id, registration_id, deployment_id, context_id, resource_link_id },
            |row| {
                let text = |column: &str| row.get::<Option<String>>(column);
                let (name, given, family) =
                    (text("name")?, text("given_name")?, text("family_name")?);
                let username: String = row.get("username")?;
                let full_name = full_name(name.as_deref(), given.as_deref(), family.as_deref());
                Ok(Person {
                    account_id: row.get("account_id")?,
                    display_name: full_name.map_or_else(|| username.clone(), Cow::into_owned),
                    username,
                    teaches: row.get("teaches")?,
                    has_grade: row.get("has_grade")?,
                })
            },
        )
    }

    /// The account of a platform user who opened a resource from the course of a launch.
    pub fn account_in_course(
        &self,
        resource_id: i64,
        registration_id: i64,
        details: &LaunchDetails,
        sub: &str,
    ) -> Result<Option<i64>, Error> {
        let LaunchDetails { deployment_id, context_id, resource_link_id, .. } = details;
        self.connection.find(
            sql!(
                "WITH link_in_course AS MATERIALIZED (
                     SELECT resource_link.id FROM {LINKS_IN_COURSE})
                 SELECT account_id FROM link_in_course
                     CROSS JOIN resource_link_user
                         ON resource_link_user.resource_link_id = link_in_course.id
                 WHERE resource_link_user.sub = :sub
                 ORDER BY resource_link_user.last_launch_at DESC LIMIT 1"
            ),
            bind! { resource_id, registration_id, deployment_id, context_id, resource_link_id, sub },
            |row| row.get("account_id"),
        )
    }

    /// A person who is enrolled in a resource.
    pub fn member(&self, account_id: i64, resource_id: i64) -> Result<Option<Member>, Error> {
        let Some(enrolment) = self.enrolment(account_id, resource_id)? else { return Ok(None) };
        let account = self.account_by_id(account_id)?;
        Ok(account.map(|account| Member { account, enrolment }))
    }

    /// The links that open a resource from the course of a session.
    pub fn links_in_course(
        &self,
        resource_id: i64,
        registration_id: i64,
        details: &LaunchDetails,
    ) -> Result<Vec<LinkUse>, Error> {
        let LaunchDetails { deployment_id, context_id, resource_link_id, .. } = details;
        self.connection.all(
            sql!(
                "SELECT resource_link.resource_link_id AS resource_link_id,
                     resource_link.title AS title,
                     coalesce(context.title, context.label) AS context,
                     (SELECT count(DISTINCT account_id) FROM resource_link_user
                         WHERE resource_link_user.resource_link_id = resource_link.id) AS people,
                     coalesce(lineitem_url, lineitems_url) IS NOT NULL AS takes_grades
                 FROM resource_link LEFT JOIN context ON context.id = resource_link.context_id
                 WHERE resource_link.id IN (SELECT resource_link.id FROM {LINKS_IN_COURSE})
                 ORDER BY resource_link.id"
            ),
            bind! { resource_id, registration_id, deployment_id, context_id, resource_link_id },
            |row| {
                Ok(LinkUse {
                    resource_link_id: row.get("resource_link_id")?,
                    title: row.get("title")?,
                    context: row.get("context")?,
                    people: row.get("people")?,
                    takes_grades: row.get("takes_grades")?,
                })
            },
        )
    }
}

impl Write<'_> {
    /// Enrols an account that is not enrolled yet.
    pub fn insert_enrolment(&self, enrolment: &Enrolment) -> Result<(), Error> {
        self.connection.change_with(once!(Enrolment::table().insert(&[])), enrolment, bind! {})?;
        Ok(())
    }

    /// Stores role, source and end of an existing enrolment.
    pub fn update_enrolment(&self, enrolment: &Enrolment) -> Result<(), Error> {
        self.connection.change_with(
            once!(
                Enrolment::table()
                    .update(&[], "WHERE account_id = :account_id AND resource_id = :resource_id")
            ),
            enrolment,
            bind! {},
        )?;
        Ok(())
    }

    /// Sets the role of an enrolled account, and stores the time of the launch to the minute.
    pub fn touch_enrolment(
        &self,
        account_id: i64,
        resource_id: i64,
        role: &str,
        teaches: bool,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.connection.change(
            "UPDATE enrolment SET role = :role, teaches = :teaches, last_access_at = :now
             WHERE account_id = :account_id AND resource_id = :resource_id
                 AND (role <> :role OR teaches <> :teaches OR last_access_at IS NULL
                     OR last_access_at <= :now - CAST(:precision AS BIGINT))",
            bind! {
                account_id, resource_id, role, teaches, now, precision: PRECISION_MILLISECONDS,
            },
        )?;
        Ok(())
    }

    /// Unenrols an account from a resource; a grade stays in case the person returns. Returns
    /// whether the account was enrolled.
    pub fn delete_enrolment(&self, account_id: i64, resource_id: i64) -> Result<bool, Error> {
        let deleted = self.connection.change(
            "DELETE FROM enrolment WHERE account_id = :account_id AND resource_id = :resource_id",
            bind! { account_id, resource_id },
        )?;
        Ok(deleted == 1)
    }

    /// Stores who came to a resource through an existing link, with the time to the minute. Grades
    /// are sent through it; under LTI 1.1, with the newest `result_sourcedid`.
    pub fn store_link_user(
        &self,
        registration_id: i64,
        resource_id: i64,
        account_id: i64,
        details: &LaunchDetails,
        result_sourcedid: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let LaunchDetails { deployment_id, resource_link_id, .. } = details;
        self.connection.change(
            "INSERT INTO resource_link_user
                 (resource_link_id, account_id, sub, teaches, last_launch_at, result_sourcedid)
             SELECT resource_link.id, :account_id, :sub, :teaches, :now, :result_sourcedid
                 FROM resource_link JOIN deployment ON deployment.id = resource_link.deployment_id
                 WHERE deployment.registration_id = :registration_id
                     AND deployment.deployment_id = :deployment_id
                     AND resource_link.resource_link_id = :resource_link_id
                     AND resource_link.resource_id = :resource_id
             ON CONFLICT (resource_link_id, account_id, sub) DO UPDATE
                 SET teaches = excluded.teaches, last_launch_at = excluded.last_launch_at,
                     result_sourcedid = coalesce(
                         excluded.result_sourcedid, resource_link_user.result_sourcedid)
                 WHERE resource_link_user.teaches <> excluded.teaches
                     OR resource_link_user.last_launch_at
                         <= excluded.last_launch_at - :precision
                     OR excluded.result_sourcedid <> resource_link_user.result_sourcedid
                     OR (excluded.result_sourcedid IS NOT NULL
                         AND resource_link_user.result_sourcedid IS NULL)",
            bind! {
                registration_id, deployment_id, resource_link_id, resource_id, account_id,
                sub: details.sub.as_deref().unwrap_or_default(),
                teaches: details.teaches(), now, result_sourcedid,
                precision: PRECISION_MILLISECONDS,
            },
        )?;
        Ok(())
    }
}
