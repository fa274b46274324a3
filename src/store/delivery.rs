//! Grades on their way to platforms: which are due, what was tried, what came of it.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};

use super::grade::{COLUMNS as GRADE, grade};
use super::{Error, Read, Write, from_milliseconds, to_milliseconds};
use crate::domain::{
    Attempt, AttemptEnd, DueGrade, ServiceLink, StoredText, StuckGrade, SyncCounts, Trouble,
};

/// A grade as one text that changes with every part of it.
const FINGERPRINT: &str = "json_array(grade.score, grade.maximum, grade.activity_progress, \
    grade.grading_progress, grade.comment)";

const LINK: &str = "link.id, deployment.registration_id, link.resource_id, \
    deployment.deployment_id, link.resource_link_id, coalesce(context.title, context.label, \
    link.title), link.lineitem_url, link.found_lineitem_url, link.lineitems_url, \
    link.grade_scopes, link.memberships_url";

const LINKS: &str = "resource_link AS link JOIN deployment ON deployment.id = link.deployment_id \
    JOIN registration ON registration.id = deployment.registration_id JOIN resource ON resource.id \
    = link.resource_id LEFT JOIN context ON context.id = link.context_id";

/// The people whose grades go through the link ?1: those who came through it, and where it has a
/// line item those who came to the same resource through another link of the same course. Anyone
/// who teaches on any of them gets no grades. `{SINCE}` may leave out those who had their turn.
const PEOPLE: &str = "SELECT known.account_id, known.sub FROM resource_link_user AS known
     WHERE known.resource_link_id IN (
             SELECT other.id FROM resource_link AS link JOIN resource_link AS other ON other.resource_id = link.resource_id
             WHERE link.id = ?1
                 AND (other.id = link.id OR (coalesce(link.lineitem_url, link.found_lineitem_url) IS NOT NULL AND other.context_id = link.context_id))
         ) {SINCE}
     GROUP BY known.account_id, known.sub HAVING max(known.teaches) = 0";

/// Whose turn has not been yet: they come in the order of account and platform user.
const SINCE: &str = "AND (known.account_id, known.sub) > (?4, ?5)";

/// A person of the link ?1 with grade and delivery.
const PERSON_WITH_GRADE: &str = "FROM person JOIN resource_link ON resource_link.id = ?1 JOIN resource ON resource.id = resource_link.resource_id
         JOIN grade ON grade.account_id = person.account_id AND grade.resource_id = resource.id
         LEFT JOIN grade_delivery AS delivery
             ON delivery.resource_link_id = ?1 AND delivery.account_id = person.account_id AND delivery.sub = person.sub";

/// Which grades have still to go, for a row of [`PERSON_WITH_GRADE`]; ?2 is now, ?3 whether also
/// what is stuck has another try. A grade that was taken away is worth telling only where the
/// platform has one.
const IS_DUE: &str = "(delivery.accepted IS NULL OR delivery.accepted <> {F}) AND (grade.score IS NOT NULL OR delivery.accepted IS NOT NULL)
     AND (NOT resource.completion_required OR grade.activity_progress = 'Completed' OR grade.score IS NULL)
     AND (?3 OR delivery.attempted IS NULL OR delivery.attempted <> {F} OR (NOT delivery.is_final AND coalesce(delivery.next_try_at, 0) <= ?2))";

fn service_link(row: &Row<'_>) -> Result<ServiceLink, rusqlite::Error> {
    Ok(ServiceLink {
        id: row.get(0)?,
        registration_id: row.get(1)?,
        resource_id: row.get(2)?,
        deployment_id: row.get(3)?,
        resource_link_id: row.get(4)?,
        title: row.get(5)?,
        lineitem_url: row.get(6)?,
        found_lineitem_url: row.get(7)?,
        lineitems_url: row.get(8)?,
        grade_scopes: row
            .get::<_, Option<String>>(9)?
            .unwrap_or_default()
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        memberships_url: row.get(10)?,
    })
}

fn is_due() -> String {
    IS_DUE.replace("{F}", FINGERPRINT)
}

fn people(since: &str) -> String {
    PEOPLE.replace("{SINCE}", since)
}

impl Read<'_> {
    /// The links whose grades go back: of enabled registrations with platform details, of published
    /// resources with grade synchronization, with a grade service.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn grade_links(&self, resource_id: Option<i64>) -> Result<Vec<ServiceLink>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {LINK} FROM {LINKS}
             WHERE registration.enabled AND registration.issuer IS NOT NULL AND resource.published AND resource.grade_sync = 'on' AND resource.max_grade IS NOT NULL
                 AND coalesce(link.lineitem_url, link.lineitems_url) IS NOT NULL AND (?1 IS NULL OR resource.id = ?1)
             ORDER BY link.id"
        ))?;
        Ok(statement.query_map([resource_id], service_link)?.collect::<Result<_, _>>()?)
    }

    /// The links whose members are to be looked at: of enabled registrations with platform details,
    /// of published resources with member synchronization.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn member_links(&self, resource_id: i64) -> Result<Vec<ServiceLink>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {LINK} FROM {LINKS} WHERE registration.enabled AND registration.issuer IS NOT \
             NULL AND resource.published AND resource.id = ?1 ORDER BY link.id"
        ))?;
        Ok(statement.query_map([resource_id], service_link)?.collect::<Result<_, _>>()?)
    }

    /// One link.
    pub fn service_link(&self, link_id: i64) -> Result<Option<ServiceLink>, Error> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {LINK} FROM {LINKS} WHERE link.id = ?1"))?;
        Ok(statement.query_row([link_id], service_link).optional()?)
    }

    /// The next grades that are due on a link, at most so many, in the order of account and
    /// platform user; `since` is the last pair that had its turn. With `retry`, what is stuck is
    /// due too.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn due_grades(
        &self,
        link_id: i64,
        now: Timestamp,
        retry: bool,
        since: Option<(i64, &str)>,
        limit: u32,
    ) -> Result<Vec<DueGrade>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "WITH person AS ({})
             SELECT {GRADE}, person.sub, {FINGERPRINT}, delivery.newest_time, coalesce(delivery.is_open AND delivery.attempted = {FINGERPRINT}, 0),
                 CASE WHEN delivery.attempted = {FINGERPRINT} THEN delivery.tries ELSE 0 END
             {PERSON_WITH_GRADE}
             WHERE {} ORDER BY person.account_id, person.sub LIMIT ?6",
            people(SINCE),
            is_due()
        ))?;
        let due = |row: &Row<'_>| {
            Ok(DueGrade {
                grade: grade(row)?,
                sub: row.get(9)?,
                fingerprint: row.get(10)?,
                newest_time: row.get::<_, Option<i64>>(11)?.map(from_milliseconds),
                is_unanswered: row.get(12)?,
                tries: row.get(13)?,
            })
        };
        let (account_id, sub) = since.unwrap_or_default();
        Ok(statement
            .query_map(params![link_id, to_milliseconds(now), retry, account_id, sub, limit], due)?
            .collect::<Result<_, _>>()?)
    }

    /// How many grades are due on a link; with `retry`, those that are stuck are due too.
    pub fn count_due_grades(
        &self,
        link_id: i64,
        now: Timestamp,
        retry: bool,
    ) -> Result<u32, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "WITH person AS ({}) SELECT count(*) {PERSON_WITH_GRADE} WHERE {}",
            people(""),
            is_due()
        ))?;
        Ok(statement.query_row(params![link_id, to_milliseconds(now), retry], |row| row.get(0))?)
    }

    /// How many grades are stuck, of all or of one resource or registration: how many wait for
    /// another try, and how many were refused.
    pub fn count_stuck_grades(
        &self,
        resource_id: Option<i64>,
        registration_id: Option<i64>,
    ) -> Result<(u32, u32), Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT count(*) FILTER (WHERE NOT delivery.is_final), count(*) FILTER (WHERE delivery.is_final)
             FROM grade_delivery AS delivery JOIN resource_link AS link ON link.id = delivery.resource_link_id
                 JOIN deployment ON deployment.id = link.deployment_id
             WHERE delivery.code IS NOT NULL AND (?1 IS NULL OR link.resource_id = ?1) AND (?2 IS NULL OR deployment.registration_id = ?2)",
        )?;
        Ok(statement
            .query_row([resource_id, registration_id], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// The grades that are stuck: they wait for another try, or the platform refused them.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn stuck_grades(
        &self,
        resource_id: Option<i64>,
        limit: u32,
    ) -> Result<Vec<StuckGrade>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT registration.slug, resource.slug, link.resource_link_id, account.username, delivery.sub, delivery.tries,
                 CASE WHEN delivery.is_final THEN NULL ELSE delivery.next_try_at END, delivery.code, delivery.problem, delivery.fix
             FROM grade_delivery AS delivery JOIN resource_link AS link ON link.id = delivery.resource_link_id
                 JOIN deployment ON deployment.id = link.deployment_id JOIN registration ON registration.id = deployment.registration_id
                 JOIN resource ON resource.id = link.resource_id JOIN account ON account.id = delivery.account_id
             WHERE delivery.code IS NOT NULL AND (?1 IS NULL OR resource.id = ?1)
             ORDER BY registration.slug, resource.slug, link.id, account.username LIMIT ?2",
        )?;
        let stuck = |row: &Row<'_>| {
            Ok(StuckGrade {
                registration: row.get(0)?,
                resource: row.get(1)?,
                resource_link_id: row.get(2)?,
                account: row.get(3)?,
                sub: row.get(4)?,
                tries: row.get(5)?,
                next_try_at: row.get::<_, Option<i64>>(6)?.map(from_milliseconds),
                trouble: Trouble { code: row.get(7)?, problem: row.get(8)?, fix: row.get(9)? },
            })
        };
        Ok(statement.query_map(params![resource_id, limit], stuck)?.collect::<Result<_, _>>()?)
    }

    /// How the grades of a link stand.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn sync_counts(&self, link_id: i64) -> Result<SyncCounts, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "WITH person AS ({})
             SELECT count(*) FILTER (WHERE delivery.accepted = {FINGERPRINT}),
                 count(*) FILTER (WHERE delivery.accepted IS NOT {FINGERPRINT} AND NOT coalesce(delivery.is_final AND delivery.attempted = {FINGERPRINT}, 0)
                     AND (grade.score IS NOT NULL OR delivery.accepted IS NOT NULL)),
                 count(*) FILTER (WHERE delivery.accepted IS NOT {FINGERPRINT} AND delivery.is_final AND delivery.attempted = {FINGERPRINT})
             {PERSON_WITH_GRADE}",
            people("")
        ))?;
        Ok(statement.query_row([link_id], |row| {
            Ok(SyncCounts { accepted: row.get(0)?, waiting: row.get(1)?, refused: row.get(2)? })
        })?)
    }
}

impl Write<'_> {
    /// Remembers attempts before the platform hears of them.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn begin_attempts(&self, attempts: &[Attempt]) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO grade_delivery (resource_link_id, account_id, sub, newest_time, attempted, is_open) VALUES (?1, ?2, ?3, ?4, ?5, 1)
             ON CONFLICT (resource_link_id, account_id, sub) DO UPDATE SET newest_time = excluded.newest_time,
                 tries = CASE WHEN attempted IS excluded.attempted THEN tries ELSE 0 END, attempted = excluded.attempted,
                 is_open = 1, next_try_at = NULL, is_final = 0, code = NULL, problem = NULL, fix = NULL",
        )?;
        for attempt in attempts {
            statement.execute(params![
                attempt.link_id,
                attempt.account_id,
                attempt.sub,
                to_milliseconds(attempt.time),
                attempt.fingerprint
            ])?;
        }
        Ok(())
    }

    /// Remembers what came of attempts.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn end_attempts(
        &self,
        ends: &[(Attempt, AttemptEnd)],
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut accepted = self.connection.prepare_cached(
            "UPDATE grade_delivery SET accepted = ?4, accepted_at = ?5, newest_time = ?6, attempted = NULL, is_open = 0, tries = 0, next_try_at = NULL, is_final = 0,
                 code = NULL, problem = NULL, fix = NULL
             WHERE resource_link_id = ?1 AND account_id = ?2 AND sub = ?3",
        )?;
        let mut failed = self.connection.prepare_cached(
            "UPDATE grade_delivery SET newest_time = max(newest_time, ?4), tries = tries + 1, next_try_at = ?5, is_final = ?6, code = ?7, problem = ?8, fix = ?9, is_open = ?10
             WHERE resource_link_id = ?1 AND account_id = ?2 AND sub = ?3",
        )?;
        for (attempt, end) in ends {
            let (next_try_at, is_final, trouble) = match end {
                AttemptEnd::Accepted => {
                    accepted.execute(params![
                        attempt.link_id,
                        attempt.account_id,
                        attempt.sub,
                        attempt.fingerprint,
                        to_milliseconds(now),
                        to_milliseconds(attempt.time)
                    ])?;
                    continue;
                }
                AttemptEnd::Later { at, trouble } => (Some(to_milliseconds(*at)), false, trouble),
                AttemptEnd::Refused(trouble) => (None, true, trouble),
            };
            failed.execute(params![
                attempt.link_id,
                attempt.account_id,
                attempt.sub,
                to_milliseconds(attempt.time),
                next_try_at,
                is_final,
                trouble.code,
                StoredText::Cause.cut(&trouble.problem),
                StoredText::Fix.cut(&trouble.fix),
                attempt.is_open
            ])?;
        }
        Ok(())
    }

    /// Makes the stuck grades of one link due immediately, refused ones too. Returns how many there
    /// are.
    pub fn retry_stuck_grades(&self, link_id: i64) -> Result<usize, Error> {
        Ok(self.connection.execute(
            "UPDATE grade_delivery SET tries = 0, next_try_at = NULL, is_final = 0, code = NULL, problem = NULL, fix = NULL
             WHERE code IS NOT NULL AND resource_link_id = ?1",
            [link_id],
        )?)
    }

    /// Lets grades have another try that were refused for want of a scope or a line item: a launch
    /// of their link has told of other ones.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub(super) fn let_grades_try_again(
        &self,
        registration_id: i64,
        deployment_id: &str,
        resource_link_id: &str,
    ) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE grade_delivery SET tries = 0, next_try_at = NULL, is_final = 0
             WHERE is_final AND code IN ('scope_not_granted', 'gone') AND resource_link_id = (
                 SELECT link.id FROM resource_link AS link JOIN deployment ON deployment.id = link.deployment_id
                 WHERE deployment.registration_id = ?1 AND deployment.deployment_id = ?2 AND link.resource_link_id = ?3)",
        )?;
        statement.execute(params![registration_id, deployment_id, resource_link_id])?;
        Ok(())
    }

    /// Remembers the line item that was found or made for a link.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn set_found_lineitem(&self, link_id: i64, url: &str) -> Result<(), Error> {
        self.connection.execute(
            "UPDATE resource_link SET found_lineitem_url = ?2 WHERE id = ?1",
            params![link_id, url],
        )?;
        Ok(())
    }

    /// Forgets a link's line item, which is gone; another launch may bring one.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn forget_lineitem(&self, link_id: i64) -> Result<(), Error> {
        self.connection.execute(
            "UPDATE resource_link SET lineitem_url = NULL, found_lineitem_url = NULL WHERE id = ?1",
            [link_id],
        )?;
        Ok(())
    }
}
