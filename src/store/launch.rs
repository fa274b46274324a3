//! The launch log, and what launches teach about courses and links.

use rusqlite::{OptionalExtension, Row, params};

use super::{Error, Read, Write, from_milliseconds, to_milliseconds};
use crate::domain::{Browser, Launch, LaunchId, LinkServices, LogShare, Outcome, SessionClaims};

/// How many entries of a log that is too large are deleted together, and how often with one launch:
/// the smallest entries have 300 bytes, the largest 8,000.
const DELETED_TOGETHER: u32 = 8;
const ROUNDS: u32 = 8;

pub(super) const COLUMNS: &str = "id, at, reason, cause, actor, fix, registration, resource, \
    deployment_id, message_type, sub, user_name, role, context_title, resource_link_id, \
    resource_link_title, request_id, first_request_id, browser, clock_skew_seconds";

pub(super) fn launch(row: &Row<'_>) -> Result<Launch, rusqlite::Error> {
    let outcome = match row.get::<_, Option<String>>(2)? {
        None => Outcome::Accepted,
        Some(reason) => Outcome::Refused {
            reason,
            cause: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
            actor: row.get::<_, Option<String>>(4)?.unwrap_or_default(),
            fix: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
        },
    };
    Ok(Launch {
        id: LaunchId::stored(row.get(0)?),
        at: from_milliseconds(row.get(1)?),
        outcome,
        registration: row.get(6)?,
        resource: row.get(7)?,
        deployment_id: row.get(8)?,
        message_type: row.get(9)?,
        sub: row.get(10)?,
        user_name: row.get(11)?,
        role: row.get(12)?,
        context_title: row.get(13)?,
        resource_link_id: row.get(14)?,
        resource_link_title: row.get(15)?,
        request_id: row.get(16)?,
        first_request_id: row.get(17)?,
        browser: row.get_ref(18)?.as_str_or_null()?.map(Browser::stored),
        clock_skew_seconds: row.get(19)?,
    })
}

impl Read<'_> {
    /// One launch.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn launch(&self, id: &LaunchId) -> Result<Option<Launch>, Error> {
        Ok(self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM launch WHERE id = ?1"))?
            .query_row([id.as_str()], launch)
            .optional()?)
    }
}

impl Write<'_> {
    /// Adds a launch to the log, and deletes the oldest ones if the log takes too many bytes.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn insert_launch(&self, launch: &Launch) -> Result<(), Error> {
        self.insert_launch_within(launch, LogShare::of(launch).largest_bytes())
    }

    /// The same with another size of its share of the log.
    pub(super) fn insert_launch_within(&self, launch: &Launch, largest: i64) -> Result<(), Error> {
        let refused = match &launch.outcome {
            Outcome::Accepted => None,
            Outcome::Refused { reason, cause, actor, fix } => Some((reason, cause, actor, fix)),
        };
        self.connection
            .prepare_cached(&format!(
                "INSERT INTO launch ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, \
                 ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)"
            ))?
            .execute(params![
                launch.id.as_str(),
                to_milliseconds(launch.at),
                refused.map(|(reason, ..)| reason),
                refused.map(|(_, cause, ..)| cause),
                refused.map(|(_, _, actor, _)| actor),
                refused.map(|(.., fix)| fix),
                launch.registration,
                launch.resource,
                launch.deployment_id,
                launch.message_type,
                launch.sub,
                launch.user_name,
                launch.role,
                launch.context_title,
                launch.resource_link_id,
                launch.resource_link_title,
                launch.request_id,
                launch.first_request_id,
                launch.browser.map(Browser::as_str),
                launch.clock_skew_seconds,
            ])?;
        self.shrink_log(launch.registration.as_deref(), LogShare::of(launch), largest)
    }

    /// Deletes the oldest entries of a share until no more than so many bytes are left. In one go
    /// it deletes more than one entry can have brought, and no more than a few, so that a log that
    /// is far too large becomes smaller with each launch and holds none up.
    fn shrink_log(
        &self,
        registration: Option<&str>,
        share: LogShare,
        largest: i64,
    ) -> Result<(), Error> {
        for _ in 0..ROUNDS {
            if self.launch_log_bytes(registration, share)? <= largest {
                break;
            }
            let deleted = match share {
                // With the older refused ones between them, or these would have to be passed over
                // each time.
                LogShare::Accepted => self
                    .connection
                    .prepare_cached(
                        "DELETE FROM launch WHERE id IN (SELECT id FROM launch INDEXED BY \
                         launch_by_registration WHERE registration IS ?1 ORDER BY id LIMIT ?2)",
                    )?
                    .execute(params![registration, DELETED_TOGETHER])?,
                LogShare::Signed | LogShare::Unsigned => self
                    .connection
                    .prepare_cached(
                        "DELETE FROM launch WHERE id IN (SELECT id FROM launch INDEXED BY refused_launch
                             WHERE registration IS ?1 AND (role IS NULL) = ?3 AND reason IS NOT NULL ORDER BY id LIMIT ?2)",
                    )?
                    .execute(params![registration, DELETED_TOGETHER, share == LogShare::Unsigned])?,
            };
            if deleted == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Remembers the course and the link of an accepted launch; a repeated launch that says the
    /// same writes nothing.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn remember_link(
        &self,
        registration_id: i64,
        resource_id: i64,
        visit: &SessionClaims,
        services: &LinkServices,
    ) -> Result<(), Error> {
        if let Some(context_id) = &visit.context_id {
            self.connection
                .prepare_cached(
                    "INSERT INTO context (deployment_id, context_id, label, title)
                     SELECT id, ?3, ?4, ?5 FROM deployment WHERE registration_id = ?1 AND deployment_id = ?2
                     ON CONFLICT (deployment_id, context_id) DO UPDATE SET label = excluded.label, title = excluded.title
                         WHERE label IS NOT excluded.label OR title IS NOT excluded.title",
                )?
                .execute(params![registration_id, visit.deployment_id, context_id, visit.context_label, visit.context_title])?;
        }
        let changed = self
            .connection
            .prepare_cached(
                "INSERT INTO resource_link (deployment_id, resource_link_id, context_id, resource_id, title, lineitem_url, lineitems_url, grade_scopes, memberships_url)
                 SELECT id, ?3, (SELECT context.id FROM context WHERE context.deployment_id = deployment.id AND context.context_id = ?4), ?5, ?6, ?7, ?8, ?9, ?10
                     FROM deployment WHERE registration_id = ?1 AND deployment_id = ?2
                 ON CONFLICT (deployment_id, resource_link_id) DO UPDATE SET context_id = excluded.context_id, resource_id = excluded.resource_id,
                         title = excluded.title, lineitem_url = excluded.lineitem_url, lineitems_url = excluded.lineitems_url,
                         grade_scopes = excluded.grade_scopes, memberships_url = excluded.memberships_url,
                         found_lineitem_url = CASE WHEN resource_id = excluded.resource_id THEN found_lineitem_url END
                     WHERE context_id IS NOT excluded.context_id OR resource_id IS NOT excluded.resource_id OR title IS NOT excluded.title
                         OR lineitem_url IS NOT excluded.lineitem_url OR lineitems_url IS NOT excluded.lineitems_url
                         OR grade_scopes IS NOT excluded.grade_scopes OR memberships_url IS NOT excluded.memberships_url",
            )?
            .execute(params![
                registration_id,
                visit.deployment_id,
                visit.resource_link_id,
                visit.context_id,
                resource_id,
                visit.resource_link_title,
                services.lineitem_url,
                services.lineitems_url,
                services.grade_scopes,
                services.memberships_url,
            ])?;
        if changed > 0 {
            self.add_service_origins(registration_id, services)?;
            self.let_grades_try_again(
                registration_id,
                &visit.deployment_id,
                &visit.resource_link_id,
            )?;
        }
        Ok(())
    }
}
