//! Courses of platforms, for administrators.

use std::ops::ControlFlow;

use super::engine::ValueError;
use super::query::{Queries as _, Row, bind, sql};
use super::{Error, Read};
use crate::domain::{ContextLink, ContextOrigin, CourseContext};

/// The columns of a [`CourseContext`], and from where.
const CONTEXTS: &str = "context.id AS id, registration.slug AS registration,
     deployment.deployment_id AS deployment_id, context.context_id AS context_id,
     context.label AS label, context.title AS title,
     (SELECT count(*) FROM resource_link WHERE resource_link.context_id = context.id) AS links,
     (SELECT count(*) FROM context_origin WHERE context_origin.context_id = context.id) AS origins,
     (SELECT max(known.last_launch_at) FROM resource_link AS link
         JOIN resource_link_user AS known ON known.resource_link_id = link.id
         WHERE link.context_id = context.id) AS last_launch_at
     FROM context
         CROSS JOIN deployment ON deployment.id = context.deployment_id
         CROSS JOIN registration ON registration.id = deployment.registration_id";

fn course_context(row: &Row<'_>) -> Result<CourseContext, ValueError> {
    Ok(CourseContext {
        id: row.get("id")?,
        registration: row.get("registration")?,
        deployment_id: row.get("deployment_id")?,
        context_id: row.get("context_id")?,
        label: row.get("label")?,
        title: row.get("title")?,
        links: row.get("links")?,
        origins: row.get("origins")?,
        last_launch_at: row.get("last_launch_at")?,
    })
}

impl Read<'_> {
    /// Calls `callback` for the courses, of one registration or of all, in the order in which they
    /// became known, until it breaks.
    pub fn each_context<E: From<Error>>(
        &self,
        registration_id: Option<i64>,
        mut callback: impl FnMut(CourseContext) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let mut take = |row: &Row<'_>| callback(course_context(row).map_err(Error::from)?);
        match registration_id {
            Some(registration_id) => self.connection.walk(
                sql!(
                    "SELECT {CONTEXTS} WHERE context.deployment_id IN (
                         SELECT id FROM deployment WHERE registration_id = :registration_id)
                     ORDER BY context.id"
                ),
                &[(":registration_id", registration_id.into())],
                &mut take,
            ),
            None => {
                self.connection.walk(sql!("SELECT {CONTEXTS} ORDER BY context.id"), &[], &mut take)
            }
        }
    }

    /// How many courses there are, of one registration or of all.
    pub fn context_count(&self, registration_id: Option<i64>) -> Result<u64, Error> {
        match registration_id {
            Some(registration_id) => self.connection.one(
                "SELECT count(*) AS contexts FROM deployment
                     JOIN context ON context.deployment_id = deployment.id
                 WHERE deployment.registration_id = :registration_id",
                bind! { registration_id },
                |row| row.get("contexts"),
            ),
            None => {
                self.connection.one("SELECT count(*) AS contexts FROM context", bind! {}, |row| {
                    row.get("contexts")
                })
            }
        }
    }

    /// The courses of a registration with this ID, one for each deployment that has one.
    pub fn contexts_named(
        &self,
        registration_id: i64,
        context_id: &str,
    ) -> Result<Vec<CourseContext>, Error> {
        self.connection.all(
            sql!(
                "SELECT {CONTEXTS} WHERE context.deployment_id IN (
                         SELECT id FROM deployment WHERE registration_id = :registration_id)
                     AND context.context_id = :context_id
                 ORDER BY context.id"
            ),
            bind! { registration_id, context_id },
            course_context,
        )
    }

    /// From which courses one was copied, the newest first.
    pub fn context_origins(&self, context_id: i64) -> Result<Vec<ContextOrigin>, Error> {
        self.connection.all(
            "SELECT copied.origin_context_id AS context_id,
                 coalesce(context.title, context.label) AS course,
                 deployment.deployment_id AS deployment_id, copied.notice_id AS notice_id,
                 copied.launch_id AS launch_id, copied.first_at AS first_at,
                 copied.last_at AS last_at
             FROM context_origin AS copied
                 LEFT JOIN context ON context.id = copied.origin_id
                 LEFT JOIN deployment ON deployment.id = context.deployment_id
             WHERE copied.context_id = :context_id
             ORDER BY coalesce(copied.origin_id, 0) DESC, copied.id",
            bind! { context_id },
            |row| {
                Ok(ContextOrigin {
                    context_id: row.get("context_id")?,
                    course: row.get("course")?,
                    deployment_id: row.get("deployment_id")?,
                    notice_id: row.get("notice_id")?,
                    launch_id: row.get("launch_id")?,
                    first_at: row.get("first_at")?,
                    last_at: row.get("last_at")?,
                })
            },
        )
    }

    /// The links in a course.
    pub fn context_links(&self, context_id: i64) -> Result<Vec<ContextLink>, Error> {
        self.connection.all(
            "SELECT link.resource_link_id AS resource_link_id, link.title AS title,
                 resource.slug AS resource, copied.origin_link_id AS copied_from,
                 coalesce(link.lineitem_url, link.found_lineitem_url) AS lineitem_url,
                 link.lineitem_copied AS lineitem_copied,
                 (SELECT max(last_launch_at) FROM resource_link_user
                     WHERE resource_link_user.resource_link_id = link.id) AS last_launch_at
             FROM resource_link AS link
                 JOIN resource ON resource.id = link.resource_id
                 LEFT JOIN resource_link_origin AS copied ON copied.resource_link_id = link.id
             WHERE link.context_id = :context_id ORDER BY link.id",
            bind! { context_id },
            |row| {
                Ok(ContextLink {
                    resource_link_id: row.get("resource_link_id")?,
                    title: row.get("title")?,
                    resource: row.get("resource")?,
                    copied_from: row.get("copied_from")?,
                    lineitem_url: row.get("lineitem_url")?,
                    lineitem_copied: row.get("lineitem_copied")?,
                    last_launch_at: row.get("last_launch_at")?,
                })
            },
        )
    }
}
