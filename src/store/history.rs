//! What the launch log contains about one registration, for `doctor`; the tallies are in
//! [`super::tally`].

use super::query::{Queries as _, bind};
use super::{Error, Read};
use crate::domain::{LaunchId, Slug};
use jiff::Timestamp;

/// The refusals of one reason since a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals {
    /// Stable reason code.
    pub reason: String,
    /// How many there were.
    pub count: u32,
    /// The newest one's identifier.
    pub newest: LaunchId,
    /// How to fix the newest one.
    pub fix: String,
    /// The smallest and largest number of seconds by which the tool's clock was ahead of the
    /// platform's, if it was measured.
    pub clock_skew_seconds: Option<(i64, i64)>,
}

/// A deployment whose launches were refused because it is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingDeployment {
    /// Deployment ID as the platform sends it.
    pub deployment_id: String,
    /// How many launches were refused.
    pub count: u32,
    /// When the newest one came.
    pub newest_at: Timestamp,
}

/// How many accepted launches the log contains, and with which roles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LaunchesByRole {
    /// All of them.
    pub all: u32,
    /// Those of teachers and administrators.
    pub teaching: u32,
    /// Those of content selection.
    pub selecting: u32,
}

/// How many links of a registration have the services that their resources need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LinkServiceCounts {
    /// Links whose resources send grades.
    pub grades_wanted: u32,
    /// How many of them can: the platform sent the URL of a line item or of the line items, and the
    /// scope for scores.
    pub grades_possible: u32,
    /// Links whose resources synchronize members.
    pub members_wanted: u32,
    /// How many of them can: the platform sent the URL of the members.
    pub members_possible: u32,
}

/// Grades that a registration's platform has not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StuckGrades {
    /// Stable code of the problem.
    pub code: String,
    /// How many.
    pub count: u32,
    /// The problem of the newest one.
    pub problem: String,
    /// How to fix it.
    pub fix: String,
}

impl Read<'_> {
    /// The refusals at or after `since` by their reason, the most frequent first: of one
    /// registration, or with `None` of launches without a registration.
    pub fn refusals_since(
        &self,
        registration: Option<&Slug>,
        since: Timestamp,
    ) -> Result<Vec<Refusals>, Error> {
        self.connection.all(
            // The columns beside max() come from the newest row (SQLite, SELECT, 2.5), so nothing
            // else may be in min() or max().
            "WITH refused AS (
                 SELECT * FROM launch WHERE registration IS :registration AND reason IS NOT NULL
                     AND at >= :since)
             SELECT reason, count(*) AS frequency, max(id) AS newest, coalesce(fix, '') AS fix,
                 (SELECT min(clock_skew_seconds) FROM refused AS one
                     WHERE one.reason = refused.reason) AS least_skew,
                 (SELECT max(clock_skew_seconds) FROM refused AS one
                     WHERE one.reason = refused.reason) AS most_skew
             FROM refused GROUP BY reason ORDER BY frequency DESC, reason",
            bind! { registration, since },
            |row| {
                Ok(Refusals {
                    reason: row.get("reason")?,
                    count: row.get("frequency")?,
                    newest: row.get("newest")?,
                    fix: row.get("fix")?,
                    clock_skew_seconds: row
                        .get::<Option<i64>>("least_skew")?
                        .zip(row.get("most_skew")?),
                })
            },
        )
    }

    /// The deployments whose launches were refused because they are still unknown, newest first; at
    /// most `limit`.
    pub fn pending_deployments(
        &self,
        registration_id: i64,
        slug: &Slug,
        limit: u32,
    ) -> Result<Vec<PendingDeployment>, Error> {
        self.connection.all(
            "SELECT launch.deployment_id AS deployment_id, count(*) AS launches,
                 max(launch.at) AS newest
             FROM launch
             WHERE launch.registration = :slug AND launch.reason = 'deployment_unknown'
                 AND launch.deployment_id IS NOT NULL
                 AND NOT EXISTS (
                     SELECT 1 FROM deployment WHERE deployment.registration_id = :registration_id
                         AND deployment.deployment_id = launch.deployment_id)
             GROUP BY launch.deployment_id ORDER BY newest DESC LIMIT :limit",
            bind! { registration_id, slug, limit },
            |row| {
                Ok(PendingDeployment {
                    deployment_id: row.get("deployment_id")?,
                    count: row.get("launches")?,
                    newest_at: row.get("newest")?,
                })
            },
        )
    }

    /// The roles in the newest 10,000 accepted launches of a registration.
    pub fn launches_by_role(&self, slug: &Slug) -> Result<LaunchesByRole, Error> {
        self.connection.one(
            "SELECT count(*) AS launches,
                 count(*) FILTER (WHERE role IN ('admin', 'staff')) AS teaching,
                 count(*) FILTER (WHERE message_type = 'LtiDeepLinkingRequest') AS selecting
             FROM (SELECT role, message_type FROM launch
                 WHERE registration = :slug AND reason IS NULL ORDER BY id DESC LIMIT 10000)",
            bind! { slug },
            |row| {
                Ok(LaunchesByRole {
                    all: row.get("launches")?,
                    teaching: row.get("teaching")?,
                    selecting: row.get("selecting")?,
                })
            },
        )
    }

    /// How many links of a registration have the services that their resources need, according to
    /// their latest launches.
    pub fn link_service_counts(&self, registration_id: i64) -> Result<LinkServiceCounts, Error> {
        self.connection.one(
            "WITH wanted AS (
                 SELECT resource.grade_sync = 'on' AND resource.max_grade IS NOT NULL AS grades,
                     resource.member_sync <> 'off' AS members,
                     (link.lineitem_url IS NOT NULL OR link.lineitems_url IS NOT NULL)
                         AND instr(coalesce(link.grade_scopes, ''), 'lti-ags/scope/score') > 0
                         AS can_grade,
                     link.memberships_url IS NOT NULL AS can_list
                 FROM resource_link AS link
                     JOIN deployment ON deployment.id = link.deployment_id
                     JOIN resource ON resource.id = link.resource_id
                 WHERE deployment.registration_id = :registration_id AND resource.published)
             SELECT count(*) FILTER (WHERE grades) AS grades_wanted,
                 count(*) FILTER (WHERE grades AND can_grade) AS grades_possible,
                 count(*) FILTER (WHERE members) AS members_wanted,
                 count(*) FILTER (WHERE members AND can_list) AS members_possible
             FROM wanted",
            bind! { registration_id },
            |row| {
                Ok(LinkServiceCounts {
                    grades_wanted: row.get("grades_wanted")?,
                    grades_possible: row.get("grades_possible")?,
                    members_wanted: row.get("members_wanted")?,
                    members_possible: row.get("members_possible")?,
                })
            },
        )
    }

    /// The grades that a registration's platform has not accepted, by problem, the most frequent
    /// first.
    pub fn stuck_grades_of(&self, registration_id: i64) -> Result<Vec<StuckGrades>, Error> {
        self.connection.all(
            // The columns beside max() come from the newest row.
            "SELECT delivery.code AS code, count(*) AS frequency, max(delivery.newest_time),
                 delivery.problem AS problem, delivery.fix AS fix
             FROM grade_delivery AS delivery INDEXED BY stuck_grade
                 JOIN resource_link AS link ON link.id = delivery.resource_link_id
                 JOIN deployment ON deployment.id = link.deployment_id
             WHERE deployment.registration_id = :registration_id AND delivery.code IS NOT NULL
             GROUP BY delivery.code ORDER BY frequency DESC, delivery.code",
            bind! { registration_id },
            |row| {
                Ok(StuckGrades {
                    code: row.get("code")?,
                    count: row.get("frequency")?,
                    problem: row.get("problem")?,
                    fix: row.get("fix")?,
                })
            },
        )
    }

    /// Whether a launch with an LTI 1.1 user of this consumer key was ever accepted, so that its
    /// secret has been used.
    pub fn has_consumer_user(&self, consumer_key: &str) -> Result<bool, Error> {
        self.connection.one(
            "SELECT EXISTS (SELECT 1 FROM consumer_user WHERE consumer_key = :consumer_key)
                 AS has_user",
            bind! { consumer_key },
            |row| row.get("has_user"),
        )
    }

    /// When the oldest secret of a consumer key was entered.
    pub fn consumer_secret_since(&self, consumer_key: &str) -> Result<Option<Timestamp>, Error> {
        self.connection.one(
            "SELECT min(created_at) AS oldest FROM consumer_secret
             WHERE consumer_key = :consumer_key",
            bind! { consumer_key },
            |row| row.get("oldest"),
        )
    }
}
