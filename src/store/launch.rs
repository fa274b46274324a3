//! The launch log, and what launches say about courses and links.

use jiff::Timestamp;

use super::account::PRECISION_MILLISECONDS;
use super::engine::{Value, ValueError};
use super::query::{Queries as _, as_record, bind, once, select, sql};
use super::record::{Column, Columns, Cursor, NULL, Record as _, list_plain, record};
use super::{Error, Read, Write};
use crate::domain::{Launch, LaunchDetails, LaunchId, LinkServices, LogShare, Outcome, Slug};

/// How many entries of a log that is too large are deleted together, and how often with one launch:
/// the smallest entries have 300 bytes, the largest 8,000.
const DELETE_BATCH: u32 = 8;
const ROUNDS: u32 = 8;

record! {
    Launch in "launch" {
        id, at, outcome, registration, resource, deployment_id, message_type, sub, user_name, role,
        context_title, resource_link_id, resource_link_title, request_id, first_request_id,
        browser, clock_skew_seconds,
    }
}

impl Columns for Outcome {
    fn list(_: &'static str, list: &mut Vec<Column>) {
        list_plain(&["reason", "cause", "actor", "fix"], list);
    }

    fn read(row: &mut Cursor<'_>) -> Result<Self, ValueError> {
        let reason: Option<String> = row.next()?;
        let mut text = || Ok::<_, ValueError>(row.next::<Option<_>>()?.unwrap_or_default());
        let (cause, actor, fix) = (text()?, text()?, text()?);
        Ok(match reason {
            Some(reason) => Self::Refused { reason, cause, actor, fix },
            None => Self::Accepted,
        })
    }

    fn write<'v>(&'v self, values: &mut Vec<Value<'v>>) -> Result<(), ValueError> {
        match self {
            Self::Accepted => values.extend([NULL, NULL, NULL, NULL]),
            Self::Waiting { .. } => {
                return Err(ValueError::new("a launch that waits has no outcome"));
            }
            Self::Refused { reason, cause, actor, fix } => {
                values.extend([reason, cause, actor, fix].map(|text| text.as_str().into()));
            }
        }
        Ok(())
    }
}

impl Read<'_> {
    /// One launch.
    pub fn launch(&self, id: &LaunchId) -> Result<Option<Launch>, Error> {
        self.connection.find(select!(Launch, "WHERE id = :id"), bind! { id }, as_record)
    }
}

/// What a launch says about its link, by columns whose values are parameters of the same names.
const SAID_OF_LINK: [&str; 7] = [
    "title",
    "lineitem_url",
    "lineitems_url",
    "grade_scopes",
    "memberships_url",
    "members_format",
    "members_id",
];

/// An expression for each of these columns.
fn of_link(expression: impl Fn(&str) -> String, separator: &str) -> String {
    SAID_OF_LINK.map(expression).join(separator)
}

pub(super) fn link_is_the_same() -> String {
    of_link(|column| format!("link.{column} IS NOT DISTINCT FROM :{column}"), " AND ")
}

pub(super) fn link_columns() -> String {
    of_link(str::to_owned, ", ")
}

pub(super) fn link_values() -> String {
    of_link(|column| format!(":{column}"), ", ")
}

pub(super) fn link_changes() -> String {
    of_link(|column| format!("{column} = excluded.{column}"), ", ")
}

pub(super) fn link_differences() -> String {
    of_link(|column| format!("resource_link.{column} IS DISTINCT FROM excluded.{column}"), " OR ")
}

impl Read<'_> {
    /// Whether everything that a launch says about its course and link is stored, and that the
    /// account has used it lately.
    pub fn link_is_current(
        &self,
        registration_id: i64,
        resource_id: i64,
        account_id: Option<i64>,
        details: &LaunchDetails,
        services: &LinkServices,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let LaunchDetails { deployment_id, resource_link_id, context_id, .. } = details;
        let LinkServices {
            lineitem_url,
            lineitems_url,
            grade_scopes,
            memberships_url,
            members_format,
            members_id,
            result_sourcedid,
            notices,
        } = services;
        let notices = notices.as_ref();
        self.connection.one(
            sql!(
                "SELECT EXISTS (
                     SELECT 1 FROM deployment
                         JOIN resource_link AS link ON link.deployment_id = deployment.id
                             AND link.resource_link_id = :resource_link_id
                             AND link.resource_id = :resource_id
                         LEFT JOIN context ON context.id = link.context_id
                     WHERE deployment.registration_id = :registration_id
                         AND deployment.deployment_id = :deployment_id
                         AND context.context_id IS NOT DISTINCT FROM :context_id
                         AND (CAST(:context_id AS TEXT) IS NULL OR
                             (context.label IS NOT DISTINCT FROM :label
                                 AND context.title IS NOT DISTINCT FROM :context_title))
                         AND {}
                         AND (CAST(:notices_url AS TEXT) IS NULL OR EXISTS (
                             SELECT 1 FROM notice_service AS service
                             WHERE service.deployment_id = deployment.id
                                 AND service.url = :notices_url
                                 AND service.types IS NOT DISTINCT FROM :notice_types
                                 AND service.has_scope = :notices_scope))
                         AND (CAST(:account_id AS BIGINT) IS NULL OR EXISTS (
                             SELECT 1 FROM resource_link_user AS used
                             WHERE used.resource_link_id = link.id
                                 AND used.account_id = :account_id AND used.sub = :sub
                                 AND used.teaches = :teaches
                                 AND (CAST(:result_sourcedid AS TEXT) IS NULL
                                     OR used.result_sourcedid IS NOT DISTINCT FROM
                                         :result_sourcedid)
                                 AND used.last_launch_at
                                     > :now - CAST(:precision AS BIGINT)))) AS is_current",
                link_is_the_same()
            ),
            bind! {
                registration_id, deployment_id, resource_link_id, context_id, account_id, now,
                label: details.context_label, context_title: details.context_title,
                resource_id, title: details.resource_link_title, lineitem_url, lineitems_url,
                grade_scopes, memberships_url, members_format, members_id, result_sourcedid,
                sub: details.sub.as_deref().unwrap_or_default(),
                teaches: details.teaches(), precision: PRECISION_MILLISECONDS,
                notices_url: notices.map(|offer| &offer.url),
                notice_types: notices.and_then(|offer| offer.types.as_ref()),
                notices_scope: notices.is_some_and(|offer| offer.has_scope),
            },
            |row| row.get("is_current"),
        )
    }
}

impl Write<'_> {
    /// Adds a launch to the log, and deletes the oldest ones if the log takes too many bytes.
    pub fn insert_launch(&self, launch: &Launch) -> Result<(), Error> {
        self.insert_launch_within(launch, LogShare::of(launch).max_bytes())
    }

    /// Adds a launch to the log, with another limit on the bytes of its share.
    pub(super) fn insert_launch_within(&self, launch: &Launch, largest: i64) -> Result<(), Error> {
        self.connection.change_later_with(once!(Launch::table().insert(&[])), launch, bind! {})?;
        self.shrink_log(launch.registration.as_ref(), LogShare::of(launch), largest)
    }

    /// Deletes the oldest entries of a share until it has at most `largest` bytes. Each call
    /// deletes more bytes than one entry can have added, but only a few entries, so that a log that
    /// is far too large shrinks with each launch without delaying any.
    fn shrink_log(
        &self,
        registration: Option<&Slug>,
        share: LogShare,
        largest: i64,
    ) -> Result<(), Error> {
        for _ in 0..ROUNDS {
            if self.launch_log_bytes(registration, share)? <= largest {
                break;
            }
            let limit = DELETE_BATCH;
            let deleted = match share {
                // Includes the older refused ones in between, which would otherwise be scanned each
                // time.
                LogShare::Accepted => self.connection.change(
                    "DELETE FROM launch WHERE id IN (
                         SELECT id FROM launch INDEXED BY launch_by_registration
                         WHERE registration IS NOT DISTINCT FROM :registration
                         ORDER BY id LIMIT :limit)",
                    bind! { registration, limit },
                )?,
                LogShare::Signed | LogShare::Unsigned => self.connection.change(
                    "DELETE FROM launch WHERE id IN (
                         SELECT id FROM launch INDEXED BY refused_launch
                         WHERE registration IS NOT DISTINCT FROM :registration
                             AND (role IS NULL) = :is_unsigned
                             AND reason IS NOT NULL
                         ORDER BY id LIMIT :limit)",
                    bind! { registration, limit, is_unsigned: share == LogShare::Unsigned },
                )?,
            };
            if deleted == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Stores the course and the link of an accepted launch. Writes nothing if the values are the
    /// same.
    pub fn put_course_and_link(
        &self,
        registration_id: i64,
        resource_id: i64,
        details: &LaunchDetails,
        services: &LinkServices,
    ) -> Result<(), Error> {
        self.put_context(registration_id, details)?;
        if self.put_link(registration_id, resource_id, details, services)? {
            self.add_service_origins(registration_id, services)?;
            self.retry_refused_grades(registration_id, resource_id, details)?;
        }
        Ok(())
    }

    fn put_context(&self, registration_id: i64, details: &LaunchDetails) -> Result<(), Error> {
        let LaunchDetails { deployment_id, context_id, context_label, context_title, .. } = details;
        if context_id.is_some() {
            self.connection.change(
                "INSERT INTO context (deployment_id, context_id, label, title)
                 SELECT id, :context_id, :context_label, :context_title FROM deployment
                     WHERE registration_id = :registration_id AND deployment_id = :deployment_id
                 ON CONFLICT (deployment_id, context_id) DO UPDATE
                     SET label = excluded.label, title = excluded.title
                     WHERE context.label IS DISTINCT FROM excluded.label
                         OR context.title IS DISTINCT FROM excluded.title",
                bind! { registration_id, deployment_id, context_id, context_label, context_title },
            )?;
        }
        Ok(())
    }

    /// Returns whether the link has changed.
    fn put_link(
        &self,
        registration_id: i64,
        resource_id: i64,
        details: &LaunchDetails,
        services: &LinkServices,
    ) -> Result<bool, Error> {
        let LaunchDetails { deployment_id, resource_link_id, context_id, .. } = details;
        let LinkServices {
            lineitem_url,
            lineitems_url,
            grade_scopes,
            memberships_url,
            members_format,
            members_id,
            ..
        } = services;
        let changed = self.connection.change(
            sql!(
                "INSERT INTO resource_link
                     (deployment_id, resource_link_id, resource_id, context_id, {})
                 SELECT id, :resource_link_id, :resource_id,
                         (SELECT context.id FROM context WHERE context.deployment_id = deployment.id
                             AND context.context_id = :context_id),
                         {}
                     FROM deployment
                     WHERE registration_id = :registration_id AND deployment_id = :deployment_id
                 ON CONFLICT (deployment_id, resource_link_id, resource_id) DO UPDATE
                     SET context_id = excluded.context_id, {}
                     WHERE resource_link.context_id IS DISTINCT FROM excluded.context_id OR {}",
                link_columns(),
                link_values(),
                link_changes(),
                link_differences()
            ),
            bind! {
                registration_id, deployment_id, resource_link_id, context_id, resource_id,
                title: details.resource_link_title, lineitem_url, lineitems_url, grade_scopes,
                memberships_url, members_format, members_id,
            },
        )?;
        Ok(changed > 0)
    }
}
