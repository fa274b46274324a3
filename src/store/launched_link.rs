//! The links to resources that launches have described, for administrators.

use std::ops::ControlFlow;

use super::engine::ValueError;
use super::query::{Queries as _, Row, bind, sql};
use super::{Error, Read, Write};
use crate::domain::LaunchedLink;

/// The columns of a [`LaunchedLink`], and from where.
const LINKS: &str = "link.id AS id, registration.slug AS registration,
     deployment.deployment_id AS deployment_id, resource.slug AS resource,
     link.resource_link_id AS resource_link_id, link.title AS title,
     coalesce(context.title, context.label) AS course,
     (SELECT count(DISTINCT account_id) FROM resource_link_user
         WHERE resource_link_user.resource_link_id = link.id) AS people,
     (SELECT max(last_launch_at) FROM resource_link_user
         WHERE resource_link_user.resource_link_id = link.id) AS last_launch_at
     FROM resource_link AS link
         CROSS JOIN deployment ON deployment.id = link.deployment_id
         CROSS JOIN registration ON registration.id = deployment.registration_id
         CROSS JOIN resource ON resource.id = link.resource_id
         LEFT JOIN context ON context.id = link.context_id";

fn launched_link(row: &Row<'_>) -> Result<LaunchedLink, ValueError> {
    Ok(LaunchedLink {
        id: row.get("id")?,
        registration: row.get("registration")?,
        deployment_id: row.get("deployment_id")?,
        resource: row.get("resource")?,
        resource_link_id: row.get("resource_link_id")?,
        title: row.get("title")?,
        course: row.get("course")?,
        people: row.get("people")?,
        last_launch_at: row.get("last_launch_at")?,
    })
}

impl Read<'_> {
    /// Calls `callback` for the links, of one resource or of all, in the order in which they were
    /// first launched, until it breaks.
    pub fn each_launched_link<E: From<Error>>(
        &self,
        resource_id: Option<i64>,
        mut callback: impl FnMut(LaunchedLink) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let mut take = |row: &Row<'_>| callback(launched_link(row).map_err(Error::from)?);
        match resource_id {
            Some(resource_id) => self.connection.walk(
                sql!("SELECT {LINKS} WHERE link.resource_id = :resource_id ORDER BY link.id"),
                &[(":resource_id", resource_id.into())],
                &mut take,
            ),
            None => self.connection.walk(sql!("SELECT {LINKS} ORDER BY link.id"), &[], &mut take),
        }
    }

    /// How many links there are, of one resource or of all.
    pub fn launched_link_count(&self, resource_id: Option<i64>) -> Result<u64, Error> {
        match resource_id {
            Some(resource_id) => self.connection.one(
                "SELECT count(*) AS links FROM resource_link WHERE resource_id = :resource_id",
                bind! { resource_id },
                |row| row.get("links"),
            ),
            None => self.connection.one(
                "SELECT count(*) AS links FROM resource_link",
                bind! {},
                |row| row.get("links"),
            ),
        }
    }
}

impl Write<'_> {
    /// Forgets a link, who came through it, and which of their grades the platform has; accounts,
    /// enrolments and grades stay.
    pub fn forget_link(&self, link: &LaunchedLink) -> Result<(), Error> {
        self.connection
            .change("DELETE FROM resource_link WHERE id = :id", bind! { id: link.id })?;
        self.log_forgotten_link(link)
    }
}
