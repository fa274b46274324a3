//! Grades on their way to platforms: which are due, what was tried, and the results.

use jiff::Timestamp;

use super::engine::ValueError;
use super::query::{Queries as _, Row, bind, sql};
use super::record::Record as _;
use super::{Error, Read, Write};
use crate::domain::{
    Attempt, DeliveryOutcome, DueGrade, Grade, GradesWithoutColumn, LaunchDetails, ServiceLink,
    Slug, StoredText, StuckGrade, SyncCounts, SyncProblem, TotalWithoutColumn,
};

/// A grade as a single text, which changes whenever any part of it does: a generated column.
const FINGERPRINT: &str = "grade.fingerprint";

/// The columns of a [`ServiceLink`].
const LINK: &str = "link.id AS id, deployment.registration_id AS registration_id,
     link.resource_id AS resource_id, deployment.deployment_id AS deployment_id,
     link.resource_link_id AS resource_link_id,
     coalesce(context.title, context.label, link.title) AS title,
     link.own_lineitem_url AS lineitem_url, link.found_lineitem_url AS found_lineitem_url,
     link.lineitems_url AS lineitems_url, coalesce(link.grade_scopes, '') AS grade_scopes,
     link.memberships_url AS memberships_url, link.members_format AS members_format,
     link.members_id AS members_id";

const OF_LINK: &str = "JOIN deployment ON deployment.id = link.deployment_id
     JOIN registration ON registration.id = deployment.registration_id
     JOIN resource ON resource.id = link.resource_id
     LEFT JOIN context ON context.id = link.context_id";

/// Whether the grades of the link `:link_id` are sent by names that launches bring, which belong to
/// the person and the link (LTI 1.1).
const IS_NAMED: &str = "(SELECT registration.protocol <> 'lti-1.3' FROM resource_link AS named
         JOIN deployment ON deployment.id = named.deployment_id
         JOIN registration ON registration.id = deployment.registration_id
     WHERE named.id = :link_id)";

/// The links through which the people came whose grades are sent for the link `:link_id`: itself,
/// and if it has a line item the other links of the same course to the same resource. These are
/// found by their course, which has few; a resource may have thousands. Names of grades are those of
/// the link itself.
const SOURCES: &str = "SELECT :link_id
     UNION ALL
     SELECT other.id FROM graded_link AS link
         JOIN resource_link AS other ON other.context_id = link.context_id
             AND +other.resource_id = link.resource_id
     WHERE link.id = :link_id
         AND (SELECT registration.protocol = 'lti-1.3' FROM deployment
                  JOIN registration ON registration.id = deployment.registration_id
              WHERE deployment.id = link.deployment_id)
         AND coalesce(link.own_lineitem_url, link.found_lineitem_url) IS NOT NULL";

/// The people of the link `:link_id` whose grades the platform may not have, with grade and
/// delivery: each platform user once who came through one of [`SOURCES`], except for anyone who
/// teaches on any of them. The cross joins keep the order: from these people to their grades, and
/// not from all grades of the resource.
pub(super) fn unsettled() -> String {
    format!(
        "FROM unsettled_grade AS mark
             CROSS JOIN resource_link ON resource_link.id = mark.resource_link_id
             CROSS JOIN resource ON resource.id = resource_link.resource_id
             CROSS JOIN grade ON grade.account_id = mark.account_id
                 AND grade.resource_id = resource.id
                 AND grade.context_id IS NOT DISTINCT FROM
                     CASE resource.grade_scope WHEN 'course' THEN resource_link.context_id END
             CROSS JOIN resource_link_user AS known ON known.account_id = mark.account_id
                 AND known.resource_link_id IN ({SOURCES})
             LEFT JOIN grade_delivery AS delivery ON delivery.resource_link_id = :link_id
                 AND delivery.account_id = mark.account_id AND delivery.sub = known.sub
         WHERE mark.resource_link_id = :link_id
             AND NOT EXISTS (
                 SELECT 1 FROM resource_link_user AS same
                 WHERE same.account_id = known.account_id AND same.sub = known.sub
                     AND same.resource_link_id IN ({SOURCES})
                     AND (same.teaches OR same.resource_link_id < known.resource_link_id))"
    )
}

/// Whether the grade in a row of [`unsettled`] is due at `:now`; with `:retry`, stuck
/// grades are due, too. A grade that was cleared is only sent if the platform has one, and under LTI
/// 1.1 only one that a launch has named.
pub(super) fn is_due() -> String {
    format!(
        "(delivery.accepted IS NULL OR delivery.accepted <> {FINGERPRINT})
         AND (grade.score IS NOT NULL OR delivery.accepted IS NOT NULL)
         AND (NOT resource.completion_required OR grade.activity_progress = 'Completed'
             OR grade.score IS NULL)
         AND (known.result_sourcedid IS NOT NULL OR NOT {IS_NAMED})
         AND (:retry OR delivery.attempted IS NULL OR delivery.attempted <> {FINGERPRINT}
             OR (NOT delivery.is_final AND coalesce(delivery.next_try_at, 0) <= :now))"
    )
}

/// Whether a grade is the one of a link's resource, and of its course if grades belong to courses.
const GRADE_OF_LINK: &str = "grade.resource_id = link.resource_id
     AND grade.context_id IS NOT DISTINCT FROM
         CASE resource.grade_scope WHEN 'course' THEN link.context_id END";

/// Whether a link may have services: that of a draft has none.
const MAY_HAVE_SERVICES: &str = "registration.enabled
     AND (registration.issuer IS NOT NULL OR registration.protocol <> 'lti-1.3')
     AND resource.published";

/// Whether grades are sent for a link.
const SENDS_GRADES: &str = "registration.enabled
     AND (registration.issuer IS NOT NULL OR registration.protocol <> 'lti-1.3')
     AND resource.published AND resource.grade_sync = 'on' AND resource.max_grade IS NOT NULL
     AND coalesce(link.own_lineitem_url, link.lineitems_url) IS NOT NULL";

/// The columns of a [`StatusLink`] besides its [`ServiceLink`].
const STATUS_LINK: &str = "registration.slug AS registration, resource.slug AS resource,
     resource.grade_sync = 'on' AND resource.max_grade IS NOT NULL
         AND coalesce(link.own_lineitem_url, link.lineitems_url) IS NOT NULL AS sends_grades";

/// A link with the names of what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusLink {
    /// The link.
    pub link: ServiceLink,
    /// Slug of its registration.
    pub registration: Slug,
    /// Slug of its resource.
    pub resource: Slug,
    /// Whether grades are sent for it.
    pub sends_grades: bool,
}

fn status_link(row: &Row<'_>) -> Result<StatusLink, ValueError> {
    Ok(StatusLink {
        link: service_link(row)?,
        registration: row.get("registration")?,
        resource: row.get("resource")?,
        sends_grades: row.get("sends_grades")?,
    })
}

fn service_link(row: &Row<'_>) -> Result<ServiceLink, ValueError> {
    Ok(ServiceLink {
        id: row.get("id")?,
        registration_id: row.get("registration_id")?,
        resource_id: row.get("resource_id")?,
        deployment_id: row.get("deployment_id")?,
        resource_link_id: row.get("resource_link_id")?,
        title: row.get("title")?,
        lineitem_url: row.get("lineitem_url")?,
        found_lineitem_url: row.get("found_lineitem_url")?,
        lineitems_url: row.get("lineitems_url")?,
        grade_scopes: row.get("grade_scopes")?,
        memberships_url: row.get("memberships_url")?,
        members_format: row.get("members_format")?,
        members_id: row.get("members_id")?,
    })
}

impl Read<'_> {
    /// The links that have grades to send, of one resource or registration or of all, by
    /// registration: links of enabled registrations that are no drafts, of published resources
    /// with grade synchronization, with a grade service. Some of their grades may not be due.
    pub fn links_with_unsettled_grades(
        &self,
        resource_id: Option<i64>,
        registration_id: Option<i64>,
    ) -> Result<Vec<ServiceLink>, Error> {
        self.connection.all(
            sql!(
                "SELECT {LINK} FROM graded_link AS link {OF_LINK}
                 WHERE link.id IN (SELECT DISTINCT resource_link_id FROM unsettled_grade)
                     AND {SENDS_GRADES}
                     AND (CAST(:resource_id AS BIGINT) IS NULL OR link.resource_id = :resource_id)
                     AND (CAST(:registration_id AS BIGINT) IS NULL
                         OR deployment.registration_id = :registration_id)
                 ORDER BY deployment.registration_id, link.id"
            ),
            bind! { resource_id, registration_id },
            service_link,
        )
    }

    /// The links with grades that have no column in the platform's grade book, at most `limit`, in
    /// total or of one resource or registration: the platform offered none with the launches of
    /// their links, or only that of another resource, and no other link of the course has one. Under
    /// LTI 1.1, a launch must have named the person's grade, too. Unfinished attempts do not count if the resource sends only completed ones.
    pub fn grades_without_column(
        &self,
        resource_id: Option<i64>,
        registration_id: Option<i64>,
        limit: u32,
    ) -> Result<Vec<GradesWithoutColumn>, Error> {
        let mut links = Vec::new();
        self.each_without_column(resource_id, registration_id, limit, |link| links.push(link))?;
        Ok(links)
    }

    /// [`Read::grades_without_column`] by registration, in total or of one.
    pub fn totals_without_column(
        &self,
        registration_id: Option<i64>,
    ) -> Result<Vec<TotalWithoutColumn>, Error> {
        let mut totals: Vec<TotalWithoutColumn> = Vec::new();
        // The links of one registration follow each other.
        self.each_without_column(None, registration_id, u32::MAX, |link| {
            match totals.last_mut() {
                Some(total) if total.most.registration == link.registration => total.add(link),
                _ => totals.push(TotalWithoutColumn::of(link)),
            }
        })?;
        Ok(totals)
    }

    fn each_without_column(
        &self,
        resource_id: Option<i64>,
        registration_id: Option<i64>,
        limit: u32,
        mut callback: impl FnMut(GradesWithoutColumn),
    ) -> Result<(), Error> {
        self.connection.each(
            sql!(
                "SELECT registration.slug AS registration, resource.slug AS resource,
                     link.resource_link_id AS resource_link_id,
                     coalesce(context.title, context.label, link.title) AS title,
                     link.lineitem_url IS NOT NULL AND link.own_lineitem_url IS NULL AS is_shared,
                     link.own_lineitem_url IS NOT NULL AS is_unnamed,
                     registration.protocol AS protocol, count(*) AS grades
                 FROM (SELECT DISTINCT resource_link_id FROM unsettled_grade) AS open
                     CROSS JOIN graded_link AS link ON link.id = open.resource_link_id {OF_LINK}
                     JOIN unsettled_grade AS mark ON mark.resource_link_id = link.id
                     JOIN grade ON grade.account_id = mark.account_id AND {GRADE_OF_LINK}
                 WHERE {MAY_HAVE_SERVICES}
                     AND resource.grade_sync = 'on' AND resource.max_grade IS NOT NULL
                     AND (coalesce(link.own_lineitem_url, link.lineitems_url) IS NULL
                         OR (registration.protocol <> 'lti-1.3' AND NOT EXISTS (
                             SELECT 1 FROM resource_link_user AS named
                             WHERE named.resource_link_id = link.id
                                 AND named.account_id = mark.account_id
                                 AND named.result_sourcedid IS NOT NULL)))
                     AND (CAST(:resource_id AS BIGINT) IS NULL OR link.resource_id = :resource_id)
                     AND (CAST(:registration_id AS BIGINT) IS NULL
                         OR deployment.registration_id = :registration_id)
                     AND grade.score IS NOT NULL
                     AND (NOT resource.completion_required OR grade.activity_progress = 'Completed')
                     AND EXISTS (
                         SELECT 1 FROM resource_link_user AS known
                         WHERE known.resource_link_id = link.id
                             AND known.account_id = mark.account_id AND NOT known.teaches)
                     AND NOT EXISTS (
                         SELECT 1 FROM graded_link AS other
                         WHERE other.context_id = link.context_id
                             AND +other.resource_id = link.resource_id
                             AND coalesce(other.own_lineitem_url, other.lineitems_url) IS NOT NULL
                             AND (registration.protocol = 'lti-1.3' OR EXISTS (
                                 SELECT 1 FROM resource_link_user AS named
                                 WHERE named.resource_link_id = other.id
                                     AND named.account_id = mark.account_id
                                     AND named.result_sourcedid IS NOT NULL)))
                 GROUP BY link.id, registration.slug, resource.slug, link.resource_link_id,
                     context.title, context.label, link.title, link.lineitem_url,
                     link.own_lineitem_url, registration.protocol
                 ORDER BY registration.slug, resource.slug, link.id LIMIT :limit"
            ),
            bind! { resource_id, registration_id, limit },
            |row| {
                callback(GradesWithoutColumn {
                    registration: row.get("registration")?,
                    resource: row.get("resource")?,
                    resource_link_id: row.get("resource_link_id")?,
                    title: row.get("title")?,
                    is_shared: row.get("is_shared")?,
                    is_unnamed: row.get("is_unnamed")?,
                    protocol: row.get("protocol")?,
                    grades: row.get("grades")?,
                });
                Ok(())
            },
        )
    }

    /// The line items of a registration's links, with the keys of the links.
    pub fn known_lineitems(&self, registration_id: i64) -> Result<Vec<(i64, String)>, Error> {
        self.connection.all(
            "SELECT link.id AS id, coalesce(link.own_lineitem_url, link.found_lineitem_url) AS url
             FROM deployment JOIN graded_link AS link ON link.deployment_id = deployment.id
             WHERE deployment.registration_id = :registration_id 
                 AND coalesce(link.own_lineitem_url, link.found_lineitem_url) IS NOT NULL",
            bind! { registration_id },
            |row| Ok((row.get("id")?, row.get("url")?)),
        )
    }

    /// Whether there are more links than this.
    pub fn has_more_links_than(&self, number: u32) -> Result<bool, Error> {
        self.connection.one(
            "SELECT EXISTS (SELECT 1 FROM resource_link LIMIT 1 OFFSET :number) AS has_more",
            bind! { number },
            |row| row.get("has_more"),
        )
    }

    /// The links that may have services, of one resource or all: of enabled registrations that are
    /// no drafts, of published resources; by the name of the resource.
    pub fn status_links(&self, resource_id: Option<i64>) -> Result<Vec<StatusLink>, Error> {
        let Some(resource_id) = resource_id else {
            let all = sql!(
                "SELECT {STATUS_LINK}, {LINK} FROM graded_link AS link {OF_LINK} WHERE {MAY_HAVE_SERVICES}
                 ORDER BY resource.name, resource.slug, link.id"
            );
            return self.connection.all(all, bind! {}, status_link);
        };
        self.connection.all(
            sql!(
                "SELECT {STATUS_LINK}, {LINK} FROM graded_link AS link {OF_LINK}
                 WHERE link.resource_id = :resource_id AND {MAY_HAVE_SERVICES} ORDER BY link.id"
            ),
            bind! { resource_id },
            status_link,
        )
    }

    /// Those of [`Read::status_links`] that have a grade that the platform does not have, or a list
    /// of members with a problem or that has not been read to its end.
    pub fn unsettled_status_links(&self) -> Result<Vec<StatusLink>, Error> {
        self.connection.all(
            sql!(
                "SELECT {STATUS_LINK}, {LINK} FROM graded_link AS link {OF_LINK}
                 WHERE link.id IN (
                         SELECT DISTINCT resource_link_id FROM unsettled_grade
                         UNION ALL
                         SELECT resource_link_id FROM member_sync INDEXED BY member_sync_problem
                         WHERE code IS NOT NULL
                         UNION ALL
                         SELECT resource_link_id FROM member_pass)
                     AND {MAY_HAVE_SERVICES}
                 ORDER BY resource.name, resource.slug, link.id"
            ),
            bind! {},
            status_link,
        )
    }

    /// How many lists of members a registration's platform offers.
    pub fn count_member_lists(&self, registration_id: i64) -> Result<u32, Error> {
        self.connection.one(
            "SELECT count(*) AS lists
             FROM deployment JOIN resource_link AS link ON link.deployment_id = deployment.id
                 JOIN resource ON resource.id = link.resource_id
             WHERE deployment.registration_id = :registration_id
                 AND link.memberships_url IS NOT NULL AND resource.published",
            bind! { registration_id },
            |row| row.get("lists"),
        )
    }

    /// One link.
    pub fn service_link(&self, link_id: i64) -> Result<Option<ServiceLink>, Error> {
        self.connection.find(
            sql!("SELECT {LINK} FROM graded_link AS link {OF_LINK} WHERE link.id = :link_id"),
            bind! { link_id },
            service_link,
        )
    }

    /// The next grades that are due on a link, at most `limit`, in the order of account and
    /// platform user; `since` is the last pair that was handled. With `retry`, stuck grades are
    /// due, too.
    pub fn due_grades(
        &self,
        link_id: i64,
        now: Timestamp,
        retry: bool,
        since: Option<(i64, &str)>,
        limit: u32,
    ) -> Result<Vec<DueGrade>, Error> {
        let (since_account, since_sub) = since.unwrap_or_default();
        self.connection.all(
            sql!(
                "SELECT {}, known.sub AS sub, known.result_sourcedid AS result_sourcedid,
                     {FINGERPRINT} AS fingerprint,
                     delivery.newest_time AS newest_time,
                     coalesce(delivery.is_open AND delivery.attempted = {FINGERPRINT}, FALSE)
                         AS is_unanswered,
                     CASE WHEN delivery.attempted = {FINGERPRINT} THEN delivery.tries ELSE 0 END
                         AS tries
                 {} AND mark.account_id >= :since_account
                     AND (mark.account_id, known.sub) > (:since_account, :since_sub) AND {}
                 ORDER BY mark.account_id, known.sub LIMIT :limit",
                Grade::table().selected,
                unsettled(),
                is_due()
            ),
            bind! { link_id, now, retry, since_account, since_sub, limit },
            |row| {
                Ok(DueGrade {
                    grade: row.record()?,
                    sub: row.get("sub")?,
                    result_sourcedid: row.get("result_sourcedid")?,
                    fingerprint: row.get("fingerprint")?,
                    newest_time: row.get("newest_time")?,
                    is_unanswered: row.get("is_unanswered")?,
                    tries: row.get("tries")?,
                })
            },
        )
    }

    /// How many grades are due on a link; with `retry`, those that are stuck are due, too.
    pub fn count_due_grades(
        &self,
        link_id: i64,
        now: Timestamp,
        retry: bool,
    ) -> Result<u32, Error> {
        self.connection.one(
            sql!("SELECT count(*) AS due {} AND {}", unsettled(), is_due()),
            bind! { link_id, now, retry },
            |row| row.get("due"),
        )
    }

    /// How many grades are stuck, in total or of one resource or registration: how many wait for
    /// another try, and how many were refused.
    pub fn count_stuck_grades(
        &self,
        resource_id: Option<i64>,
        registration_id: Option<i64>,
    ) -> Result<(u32, u32), Error> {
        self.connection.one(
            "SELECT count(*) FILTER (WHERE NOT delivery.is_final) AS waiting,
                 count(*) FILTER (WHERE delivery.is_final) AS refused
             FROM grade_delivery AS delivery INDEXED BY stuck_grade
                 JOIN resource_link AS link ON link.id = delivery.resource_link_id
                 JOIN deployment ON deployment.id = link.deployment_id
             WHERE delivery.code IS NOT NULL
                 AND (CAST(:resource_id AS BIGINT) IS NULL OR link.resource_id = :resource_id)
                 AND (CAST(:registration_id AS BIGINT) IS NULL
                     OR deployment.registration_id = :registration_id)",
            bind! { resource_id, registration_id },
            |row| Ok((row.get("waiting")?, row.get("refused")?)),
        )
    }

    /// The grades that are stuck: they wait for another try, or the platform refused them.
    pub fn stuck_grades(
        &self,
        resource_id: Option<i64>,
        limit: u32,
    ) -> Result<Vec<StuckGrade>, Error> {
        self.connection.all(
            "SELECT registration.slug AS registration, resource.slug AS resource,
                 link.resource_link_id AS resource_link_id, account.username AS account,
                 delivery.sub AS sub, delivery.tries AS tries,
                 CASE WHEN delivery.is_final THEN NULL ELSE delivery.next_try_at END AS next_try_at,
                 delivery.code AS code, delivery.problem AS problem, delivery.fix AS fix
             FROM grade_delivery AS delivery INDEXED BY stuck_grade
                 JOIN resource_link AS link ON link.id = delivery.resource_link_id
                 JOIN deployment ON deployment.id = link.deployment_id
                 JOIN registration ON registration.id = deployment.registration_id
                 JOIN resource ON resource.id = link.resource_id
                 JOIN account ON account.id = delivery.account_id
             WHERE delivery.code IS NOT NULL
                 AND (CAST(:resource_id AS BIGINT) IS NULL OR resource.id = :resource_id)
             ORDER BY registration.slug, resource.slug, link.id, account.username LIMIT :limit",
            bind! { resource_id, limit },
            |row| {
                Ok(StuckGrade {
                    registration: row.get("registration")?,
                    resource: row.get("resource")?,
                    resource_link_id: row.get("resource_link_id")?,
                    account: row.get("account")?,
                    sub: row.get("sub")?,
                    tries: row.get("tries")?,
                    next_try_at: row.get("next_try_at")?,
                    problem: SyncProblem {
                        code: row.get("code")?,
                        problem: row.get("problem")?,
                        fix: row.get("fix")?,
                    },
                })
            },
        )
    }

    /// How many grades of a link the platform has, are waiting and were refused. One that was
    /// cleared there, too, or that has no name under LTI 1.1, is none of these. Reads all people of the link.
    pub fn sync_counts(&self, link_id: i64) -> Result<SyncCounts, Error> {
        self.connection.one(
            sql!(
                "WITH person AS (
                         SELECT known.account_id, known.sub FROM resource_link_user AS known
                         WHERE known.resource_link_id IN ({SOURCES})
                         GROUP BY known.account_id, known.sub 
                         HAVING max(CASE WHEN known.teaches THEN 1 ELSE 0 END) = 0
                             AND (max(known.result_sourcedid) IS NOT NULL OR NOT {IS_NAMED})),
                     state AS (
                         SELECT coalesce(delivery.accepted = {FINGERPRINT}, FALSE) AS is_accepted,
                             coalesce(
                                 delivery.is_final AND delivery.attempted = {FINGERPRINT}, FALSE)
                                 AS is_refused,
                             grade.score IS NULL AS is_cleared,
                             grade.score IS NOT NULL OR delivery.accepted IS NOT NULL AS is_sent
                         FROM person
                             CROSS JOIN resource_link ON resource_link.id = :link_id
                             CROSS JOIN resource ON resource.id = resource_link.resource_id
                             CROSS JOIN grade ON grade.account_id = person.account_id
                                 AND grade.resource_id = resource_link.resource_id
                                 AND grade.context_id IS NOT DISTINCT FROM
                                     CASE resource.grade_scope
                                         WHEN 'course' THEN resource_link.context_id END
                             LEFT JOIN grade_delivery AS delivery
                                 ON delivery.resource_link_id = :link_id
                                     AND delivery.account_id = person.account_id
                                     AND delivery.sub = person.sub)
                 SELECT count(*) FILTER (WHERE is_accepted AND NOT is_cleared) AS accepted,
                     count(*) FILTER (WHERE NOT is_accepted AND NOT is_refused AND is_sent)
                         AS waiting,
                     count(*) FILTER (WHERE NOT is_accepted AND is_refused) AS refused
                 FROM state"
            ),
            bind! { link_id },
            |row| {
                Ok(SyncCounts {
                    accepted: row.get("accepted")?,
                    waiting: row.get("waiting")?,
                    refused: row.get("refused")?,
                })
            },
        )
    }
}

impl Write<'_> {
    /// Stores attempts before they are sent to the platform.
    pub fn begin_attempts(&self, attempts: &[Attempt]) -> Result<(), Error> {
        for Attempt { link_id, account_id, sub, time, fingerprint, .. } in attempts {
            self.connection.change(
                "INSERT INTO grade_delivery
                     (resource_link_id, account_id, sub, newest_time, attempted, is_open)
                 VALUES (:link_id, :account_id, :sub, :time, :fingerprint, TRUE)
                 ON CONFLICT (resource_link_id, account_id, sub) DO UPDATE
                     SET newest_time = excluded.newest_time,
                         tries = CASE WHEN grade_delivery.attempted IS NOT DISTINCT FROM
                             excluded.attempted THEN grade_delivery.tries ELSE 0 END,
                         attempted = excluded.attempted, is_open = TRUE, next_try_at = NULL,
                         is_final = FALSE, code = NULL, problem = NULL, fix = NULL",
                bind! { link_id, account_id, sub, time, fingerprint },
            )?;
        }
        Ok(())
    }

    /// Stores the outcomes of attempts, except of those that another process has continued: the
    /// outcome is that process's to store.
    pub fn end_attempts(
        &self,
        ends: &[(Attempt, DeliveryOutcome)],
        now: Timestamp,
    ) -> Result<(), Error> {
        for (attempt, end) in ends {
            match end {
                DeliveryOutcome::Accepted => self.end_accepted(attempt, now)?,
                DeliveryOutcome::Later { at, problem } => {
                    self.end_failed(attempt, Some(*at), problem)?;
                }
                DeliveryOutcome::Refused(problem) => self.end_failed(attempt, None, problem)?,
            }
        }
        Ok(())
    }

    fn end_accepted(&self, attempt: &Attempt, now: Timestamp) -> Result<(), Error> {
        let Attempt { link_id, account_id, sub, time, fingerprint, .. } = attempt;
        self.connection.change(
            "UPDATE grade_delivery
             SET accepted = :fingerprint, accepted_at = :now, newest_time = :time,
                 attempted = NULL, is_open = FALSE, tries = 0, next_try_at = NULL, is_final = FALSE,
                 code = NULL, problem = NULL, fix = NULL
             WHERE resource_link_id = :link_id AND account_id = :account_id AND sub = :sub
                 AND attempted = :fingerprint AND newest_time = :time",
            bind! { link_id, account_id, sub, time, fingerprint, now },
        )?;
        Ok(())
    }

    /// Stores a failure, which is final if there is no next try.
    fn end_failed(
        &self,
        attempt: &Attempt,
        next_try_at: Option<Timestamp>,
        problem: &SyncProblem,
    ) -> Result<(), Error> {
        let Attempt { link_id, account_id, sub, time, is_open, .. } = attempt;
        self.connection.change(
            "UPDATE grade_delivery
             SET newest_time = CASE WHEN newest_time > :time THEN newest_time ELSE :time END,
                 tries = tries + 1,
                 next_try_at = :next_try_at, is_final = CAST(:next_try_at AS BIGINT) IS NULL,
                 code = :code, problem = :problem, fix = :fix, is_open = :is_open
             WHERE resource_link_id = :link_id AND account_id = :account_id AND sub = :sub",
            bind! {
                link_id, account_id, sub, time, is_open, next_try_at, code: problem.code,
                problem: StoredText::Cause.cut(&problem.problem),
                fix: StoredText::Fix.cut(&problem.fix),
            },
        )?;
        Ok(())
    }

    /// Makes the stuck grades of one link due immediately, including refused ones. Returns how many
    /// there are.
    pub fn retry_stuck_grades(&self, link_id: i64) -> Result<usize, Error> {
        self.connection.change(
            "UPDATE grade_delivery
             SET tries = 0, next_try_at = NULL, is_final = FALSE, code = NULL, problem = NULL,
                 fix = NULL
             WHERE code IS NOT NULL AND resource_link_id = :link_id",
            bind! { link_id },
        )
    }

    /// Makes grades due again that were refused because a scope or a line item was missing, after a
    /// launch of their link has brought other ones.
    pub(super) fn retry_refused_grades(
        &self,
        registration_id: i64,
        resource_id: i64,
        details: &LaunchDetails,
    ) -> Result<(), Error> {
        let LaunchDetails { deployment_id, resource_link_id, .. } = details;
        self.connection.change(
            "UPDATE grade_delivery SET tries = 0, next_try_at = NULL, is_final = FALSE
             WHERE is_final AND code IN ('scope_not_granted', 'gone') AND resource_link_id = (
                 SELECT link.id FROM resource_link AS link
                     JOIN deployment ON deployment.id = link.deployment_id
                 WHERE deployment.registration_id = :registration_id
                     AND deployment.deployment_id = :deployment_id
                     AND link.resource_link_id = :resource_link_id
                     AND link.resource_id = :resource_id)",
            bind! { registration_id, deployment_id, resource_link_id, resource_id },
        )?;
        Ok(())
    }

    /// Stores the line item that was found or created for a link; `copied` if it was copied with
    /// the course.
    pub fn set_found_lineitem(&self, link_id: i64, url: &str, copied: bool) -> Result<(), Error> {
        self.connection.change(
            "UPDATE resource_link SET found_lineitem_url = :url, lineitem_copied = :copied
             WHERE id = :link_id",
            bind! { link_id, url, copied },
        )?;
        Ok(())
    }

    /// Clears a link's line item, which no longer exists; another launch may bring one.
    pub fn clear_lineitem(&self, link_id: i64) -> Result<(), Error> {
        self.connection.change(
            "UPDATE resource_link SET lineitem_url = NULL, found_lineitem_url = NULL
             WHERE id = :link_id",
            bind! { link_id },
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
