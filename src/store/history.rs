//! What the launch log says of one registration, as `doctor` asks: the tallies are in
//! [`super::tally`].

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::{Error, Read, from_milliseconds, to_milliseconds};

/// The refusals of one reason since a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals {
    /// Stable reason code.
    pub reason: String,
    /// How many there were.
    pub count: u32,
    /// The newest one's identifier.
    pub newest: String,
    /// What the newest one says to do.
    pub fix: String,
    /// The least and the most by which our clock was ahead of the platform's, in seconds, where
    /// that was measured.
    pub clock_skew_seconds: Option<(i64, i64)>,
}

/// A deployment whose launches were refused because nobody had entered it, and still has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingDeployment {
    /// Deployment ID as the platform sends it.
    pub deployment_id: String,
    /// How many launches were refused.
    pub count: u32,
    /// When the newest one came.
    pub newest_at: Timestamp,
}

/// How many accepted launches there are in the log, and of whom.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LaunchesByRole {
    /// All of them.
    pub all: u32,
    /// Those of teachers and administrators.
    pub teaching: u32,
    /// Those of content selection.
    pub selecting: u32,
}

/// What the links of a registration have of the services that their resources want.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LinkServiceCounts {
    /// Links whose resources send grades.
    pub grades_wanted: u32,
    /// How many of those can: the platform named a line item, or where they are, and lets scores be
    /// sent.
    pub grades_possible: u32,
    /// Links whose resources take members over.
    pub members_wanted: u32,
    /// How many of those can: the platform said where the members are.
    pub members_possible: u32,
}

/// Grades that a registration's platform has not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StuckGrades {
    /// Stable code of what is in the way.
    pub code: String,
    /// How many.
    pub count: u32,
    /// What the last one says.
    pub problem: String,
    /// What it says to do.
    pub fix: String,
}

impl Read<'_> {
    /// The refusals since `since` by their reason, the most frequent first: of one registration, or
    /// with `None` of strangers.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn refusals_since(
        &self,
        registration: Option<&str>,
        since: Timestamp,
    ) -> Result<Vec<Refusals>, Error> {
        // The columns beside max() come from the newest row (SQLite, SELECT, 2.5), so nothing else
        // may stand in min() or max().
        let mut statement = self.connection.prepare_cached(
            "WITH refused AS (SELECT * FROM launch WHERE registration IS ?1 AND reason IS NOT NULL AND at >= ?2)
             SELECT reason, count(*) AS frequency, max(id), fix,
                 (SELECT min(clock_skew_seconds) FROM refused AS one WHERE one.reason = refused.reason),
                 (SELECT max(clock_skew_seconds) FROM refused AS one WHERE one.reason = refused.reason)
             FROM refused GROUP BY reason ORDER BY frequency DESC, reason",
        )?;
        let refusals = |row: &Row<'_>| {
            Ok(Refusals {
                reason: row.get(0)?,
                count: row.get(1)?,
                newest: row.get(2)?,
                fix: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
                clock_skew_seconds: row.get::<_, Option<i64>>(4)?.zip(row.get(5)?),
            })
        };
        Ok(statement
            .query_map(params![registration, to_milliseconds(since)], refusals)?
            .collect::<Result<_, _>>()?)
    }

    /// The deployments from which launches were refused because they are unknown, and which still
    /// are, the newest first; at most `limit`.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn pending_deployments(
        &self,
        registration_id: i64,
        slug: &str,
        limit: u32,
    ) -> Result<Vec<PendingDeployment>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT launch.deployment_id, count(*), max(launch.at) AS newest FROM launch
             WHERE launch.registration = ?2 AND launch.reason = 'deployment_unknown' AND launch.deployment_id IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM deployment WHERE deployment.registration_id = ?1 AND deployment.deployment_id = launch.deployment_id)
             GROUP BY launch.deployment_id ORDER BY newest DESC LIMIT ?3",
        )?;
        let pending = |row: &Row<'_>| {
            Ok(PendingDeployment {
                deployment_id: row.get(0)?,
                count: row.get(1)?,
                newest_at: from_milliseconds(row.get(2)?),
            })
        };
        Ok(statement
            .query_map(params![registration_id, slug, limit], pending)?
            .collect::<Result<_, _>>()?)
    }

    /// How many launches of a registration were accepted, and of whom: of the newest 10,000 in the
    /// log.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn launches_by_role(&self, slug: &str) -> Result<LaunchesByRole, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT count(*), count(*) FILTER (WHERE role IN ('admin', 'staff')), count(*) FILTER (WHERE message_type = 'LtiDeepLinkingRequest')
             FROM (SELECT role, message_type FROM launch WHERE registration = ?1 AND reason IS NULL ORDER BY id DESC LIMIT 10000)",
        )?;
        Ok(statement.query_row([slug], |row| {
            Ok(LaunchesByRole { all: row.get(0)?, teaching: row.get(1)?, selecting: row.get(2)? })
        })?)
    }

    /// What the links of a registration have of the services that their resources want, by what
    /// their latest launches said.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn link_service_counts(&self, registration_id: i64) -> Result<LinkServiceCounts, Error> {
        let mut statement = self.connection.prepare_cached(
            "WITH wanted AS (
                 SELECT resource.grade_sync = 'on' AND resource.max_grade IS NOT NULL AS grades, resource.member_sync <> 'off' AS members,
                     (link.lineitem_url IS NOT NULL OR link.lineitems_url IS NOT NULL) AND instr(coalesce(link.grade_scopes, ''), 'lti-ags/scope/score') > 0 AS can_grade,
                     link.memberships_url IS NOT NULL AS can_list
                 FROM resource_link AS link JOIN deployment ON deployment.id = link.deployment_id JOIN resource ON resource.id = link.resource_id
                 WHERE deployment.registration_id = ?1 AND resource.published)
             SELECT count(*) FILTER (WHERE grades), count(*) FILTER (WHERE grades AND can_grade), count(*) FILTER (WHERE members),
                 count(*) FILTER (WHERE members AND can_list)
             FROM wanted",
        )?;
        Ok(statement.query_row([registration_id], |row| {
            Ok(LinkServiceCounts {
                grades_wanted: row.get(0)?,
                grades_possible: row.get(1)?,
                members_wanted: row.get(2)?,
                members_possible: row.get(3)?,
            })
        })?)
    }

    /// The grades that a registration's platform has not taken, by what is in the way, the most
    /// frequent first.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn stuck_grades_of(&self, registration_id: i64) -> Result<Vec<StuckGrades>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT delivery.code, count(*) AS frequency, max(delivery.newest_time), delivery.problem, delivery.fix
             FROM grade_delivery AS delivery JOIN resource_link AS link ON link.id = delivery.resource_link_id
                 JOIN deployment ON deployment.id = link.deployment_id
             WHERE deployment.registration_id = ?1 AND delivery.code IS NOT NULL GROUP BY delivery.code ORDER BY frequency DESC, delivery.code",
        )?;
        let stuck = |row: &Row<'_>| {
            Ok(StuckGrades {
                code: row.get(0)?,
                count: row.get(1)?,
                problem: row.get(3)?,
                fix: row.get(4)?,
            })
        };
        Ok(statement.query_map([registration_id], stuck)?.collect::<Result<_, _>>()?)
    }

    /// Whether a launch with an LTI 1.1 user of this consumer key was ever let in, so that its
    /// secret has been of use.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn has_consumer_user(&self, consumer_key: &str) -> Result<bool, Error> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT 1 FROM consumer_user WHERE consumer_key = ?1 LIMIT 1")?;
        Ok(statement.query_row([consumer_key], |_| Ok(())).optional()?.is_some())
    }

    /// When the oldest secret of a consumer key was entered.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn consumer_secret_since(&self, consumer_key: &str) -> Result<Option<Timestamp>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT min(created_at) FROM consumer_secret WHERE consumer_key = ?1",
        )?;
        Ok(statement
            .query_row([consumer_key], |row| row.get::<_, Option<i64>>(0))?
            .map(from_milliseconds))
    }
}
