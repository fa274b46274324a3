//! Where courses and links were copied from.

use std::collections::HashMap;

use jiff::Timestamp;

use super::engine::ValueError;
use super::query::{Queries as _, Row, bind, sql};
use super::{Error, Read, Write};
use crate::domain::LaunchId;

/// In how many other deployments of the registration copied courses and links are looked up, the
/// newest ones, and how many IDs.
const OTHER_DEPLOYMENTS: u32 = 100;
const IDS_IN_OTHERS: usize = 100;

/// The deployments in which IDs are looked up: the launch's own, or others of its registration.
const OWN: &str = "(SELECT id FROM deployment WHERE registration_id = :registration_id
         AND deployment_id = :deployment_id)";
const OTHERS: &str = "(SELECT id FROM deployment WHERE registration_id = :registration_id
         AND deployment_id <> :deployment_id ORDER BY +id DESC LIMIT :limit)";

/// A link that was launched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginLink {
    /// Row ID in the database.
    pub id: i64,
    /// The platform's ID.
    pub resource_link_id: String,
    /// Row ID of its resource.
    pub resource_id: i64,
}

fn origin_link(row: &Row<'_>) -> Result<OriginLink, ValueError> {
    Ok(OriginLink {
        id: row.get("id")?,
        resource_link_id: row.get("resource_link_id")?,
        resource_id: row.get("resource_id")?,
    })
}

/// What is known of a launch's course and link before the launch is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownPlace {
    /// Whether the course has links, so that it has been launched before.
    pub course: bool,
    /// Whether the link has opened the resource before.
    pub link: bool,
}

/// What reported a copy.
#[derive(Debug, Clone, Copy)]
pub enum CopyReport<'r> {
    /// A notice, by its ID.
    Notice(&'r str),
    /// A launch.
    Launch(&'r LaunchId),
}

impl Read<'_> {
    /// Whether a course and a link in it are known.
    pub fn known_place(
        &self,
        registration_id: i64,
        deployment_id: &str,
        (context_id, resource_link_id, resource_id): (Option<&str>, &str, i64),
    ) -> Result<KnownPlace, Error> {
        self.connection.one(
            "SELECT EXISTS (
                 SELECT 1 FROM deployment
                     JOIN context ON context.deployment_id = deployment.id
                         AND context.context_id = :context_id
                     JOIN resource_link ON resource_link.context_id = context.id
                 WHERE deployment.registration_id = :registration_id
                     AND deployment.deployment_id = :deployment_id) AS course,
                 EXISTS (
                 SELECT 1 FROM deployment
                     JOIN resource_link ON resource_link.deployment_id = deployment.id
                         AND resource_link.resource_link_id = :resource_link_id
                         AND resource_link.resource_id = :resource_id
                 WHERE deployment.registration_id = :registration_id
                     AND deployment.deployment_id = :deployment_id) AS link",
            bind! { registration_id, deployment_id, context_id, resource_link_id, resource_id },
            |row| Ok(KnownPlace { course: row.get("course")?, link: row.get("link")? }),
        )
    }

    /// The courses of a registration with these IDs: those of the deployment, and for other IDs the
    /// newest of its other deployments. Row IDs by the platform's IDs.
    pub fn contexts_by_id(
        &self,
        registration_id: i64,
        deployment_id: &str,
        ids: &[String],
    ) -> Result<HashMap<String, i64>, Error> {
        let mut found: HashMap<String, i64> = HashMap::new();
        let read = |row: &Row<'_>| Ok((row.get("context_id")?, row.get("id")?));
        let own: Vec<(String, i64)> = self.connection.all(
            sql!(
                "SELECT context.id AS id, context.context_id AS context_id
                 FROM json_each(:ids) AS named CROSS JOIN {OWN} AS place
                     CROSS JOIN context ON context.deployment_id = place.id
                         AND context.context_id = named.value"
            ),
            bind! { registration_id, deployment_id, ids: serde_json::json!(ids).to_string() },
            read,
        )?;
        found.extend(own);
        let missing: Vec<&String> =
            ids.iter().filter(|id| !found.contains_key(*id)).take(IDS_IN_OTHERS).collect();
        if missing.is_empty() {
            return Ok(found);
        }
        let others: Vec<(String, i64)> = self.connection.all(
            sql!(
                "SELECT context.id AS id, context.context_id AS context_id
                 FROM {OTHERS} AS place CROSS JOIN json_each(:ids) AS named
                     CROSS JOIN context ON context.deployment_id = place.id
                         AND context.context_id = named.value
                 ORDER BY context.id"
            ),
            bind! { registration_id, deployment_id, ids: serde_json::json!(missing).to_string(), limit: OTHER_DEPLOYMENTS },
            read,
        )?;
        found.extend(others);
        Ok(found)
    }

    /// The newest link of a registration with one of these IDs, to one resource or any: of the
    /// deployment, else of its other deployments.
    pub fn newest_link(
        &self,
        registration_id: i64,
        deployment_id: &str,
        ids: &[String],
        resource_id: Option<i64>,
    ) -> Result<Option<OriginLink>, Error> {
        let own = self.connection.find(
            sql!(
                "SELECT link.id AS id, link.resource_link_id AS resource_link_id,
                     link.resource_id AS resource_id
                 FROM json_each(:ids) AS named CROSS JOIN {OWN} AS place
                     CROSS JOIN resource_link AS link ON link.deployment_id = place.id
                         AND link.resource_link_id = named.value
                 WHERE CAST(:resource_id AS BIGINT) IS NULL OR link.resource_id = :resource_id
                 ORDER BY link.id DESC LIMIT 1"
            ),
            bind! { registration_id, deployment_id, resource_id, ids: serde_json::json!(ids).to_string() },
            origin_link,
        )?;
        if own.is_some() || ids.is_empty() {
            return Ok(own);
        }
        let ids = &ids[..ids.len().min(IDS_IN_OTHERS)];
        self.connection.find(
            sql!(
                "SELECT link.id AS id, link.resource_link_id AS resource_link_id,
                     link.resource_id AS resource_id
                 FROM {OTHERS} AS place CROSS JOIN json_each(:ids) AS named
                     CROSS JOIN resource_link AS link ON link.deployment_id = place.id
                         AND link.resource_link_id = named.value
                 WHERE CAST(:resource_id AS BIGINT) IS NULL OR link.resource_id = :resource_id
                 ORDER BY link.id DESC LIMIT 1"
            ),
            bind! {
                registration_id, deployment_id, resource_id, ids: serde_json::json!(ids).to_string(),
                limit: OTHER_DEPLOYMENTS,
            },
            origin_link,
        )
    }

    /// The resource of a link whose first launch found it by the link from which it was copied.
    pub fn resource_of_copied_link(
        &self,
        registration_id: i64,
        deployment_id: &str,
        resource_link_id: &str,
    ) -> Result<Option<i64>, Error> {
        self.connection.find(
            sql!(
                "SELECT link.resource_id AS resource_id
                 FROM {OWN} AS place
                     JOIN resource_link AS link ON link.deployment_id = place.id
                         AND link.resource_link_id = :resource_link_id
                     JOIN resource_link_origin AS copied ON copied.resource_link_id = link.id
                 ORDER BY link.id DESC LIMIT 1"
            ),
            bind! { registration_id, deployment_id, resource_link_id },
            |row| row.get("resource_id"),
        )
    }
}

impl Write<'_> {
    /// Adds a course that no launch has described yet, and returns its row ID; `None` if there is no
    /// such deployment. One that exists stays as it is.
    pub fn add_context(
        &self,
        registration_id: i64,
        deployment_id: &str,
        context_id: &str,
        (label, title): (Option<&str>, Option<&str>),
    ) -> Result<Option<i64>, Error> {
        self.connection.change(
            "INSERT INTO context (deployment_id, context_id, label, title)
             SELECT id, :context_id, :label, :title FROM deployment
                 WHERE registration_id = :registration_id AND deployment_id = :deployment_id
             ON CONFLICT (deployment_id, context_id) DO NOTHING",
            bind! { registration_id, deployment_id, context_id, label, title },
        )?;
        self.connection.find(
            "SELECT context.id AS id FROM deployment
                 JOIN context ON context.deployment_id = deployment.id
                     AND context.context_id = :context_id
             WHERE deployment.registration_id = :registration_id
                 AND deployment.deployment_id = :deployment_id",
            bind! { registration_id, deployment_id, context_id },
            |row| row.get("id"),
        )
    }

    /// Adds origins of a course, each with the row of the origin if it is known, or updates the
    /// times of those that it has.
    pub fn add_context_origins(
        &self,
        context_id: i64,
        origins: &[(&str, Option<i64>)],
        report: CopyReport<'_>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (ids, rows): (Vec<&str>, Vec<Option<i64>>) = origins.iter().copied().unzip();
        let (notice_id, launch_id) = match report {
            CopyReport::Notice(id) => (Some(id), None),
            CopyReport::Launch(id) => (None, Some(id)),
        };
        self.connection.change(
            "INSERT INTO context_origin
                 (context_id, origin_context_id, origin_id, notice_id, launch_id, first_at, last_at)
             SELECT CAST(:context_id AS BIGINT), named.value,
                     (SELECT CAST(known.value AS BIGINT) FROM json_each(:rows) AS known
                         WHERE known.key = named.key),
                     CAST(:notice_id AS TEXT), CAST(:launch_id AS TEXT),
                     CAST(:now AS BIGINT), CAST(:now AS BIGINT)
                 FROM json_each(:ids) AS named WHERE TRUE
             ON CONFLICT (context_id, origin_context_id) DO UPDATE
                 SET origin_id = coalesce(excluded.origin_id, context_origin.origin_id),
                     notice_id = coalesce(excluded.notice_id, context_origin.notice_id),
                     launch_id = coalesce(excluded.launch_id, context_origin.launch_id),
                     last_at = excluded.last_at",
            bind! {
                context_id, notice_id, launch_id, now, ids: serde_json::json!(ids).to_string(),
                rows: serde_json::json!(rows).to_string(),
            },
        )?;
        Ok(())
    }

    /// Stores from which link another one was copied, which a launch has just described.
    pub fn add_link_origin(
        &self,
        registration_id: i64,
        deployment_id: &str,
        (resource_link_id, resource_id): (&str, i64),
        origin: &OriginLink,
        launch_id: &LaunchId,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.connection.change(
            sql!(
                "INSERT INTO resource_link_origin
                     (resource_link_id, origin_link_id, origin_id, launch_id, at)
                 SELECT link.id, :origin_link_id, CAST(:origin_id AS BIGINT), :launch_id,
                         CAST(:now AS BIGINT)
                     FROM {OWN} AS place
                         JOIN resource_link AS link ON link.deployment_id = place.id
                             AND link.resource_link_id = :resource_link_id
                             AND link.resource_id = :resource_id
                     WHERE TRUE
                 ON CONFLICT (resource_link_id) DO NOTHING"
            ),
            bind! {
                registration_id, deployment_id, resource_link_id, resource_id, launch_id, now,
                origin_id: origin.id, origin_link_id: origin.resource_link_id,
            },
        )?;
        Ok(())
    }
}
