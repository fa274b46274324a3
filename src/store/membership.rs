//! Members as platforms list them: who was on which link's list, and who has left.

use jiff::Timestamp;

use super::engine::ValueError;
use super::query::{Queries as _, Row, bind, sql};
use super::{Error, Read, Write};
use crate::domain::{StoredText, SyncProblem};

/// The people on the lists of the links `:links`, a JSON array, of a resource: enrolled before the
/// list was read, and not by the admin.
const LISTED: &str = "SELECT look.resource_link_id AS link_id, known.account_id
     FROM json_each(:links) AS finished
         JOIN member_sync AS look
             ON look.resource_link_id = CAST(finished.value AS BIGINT) AND look.code IS NULL
         JOIN resource_link_user AS known ON known.resource_link_id = look.resource_link_id
         JOIN enrolment
             ON enrolment.account_id = known.account_id AND enrolment.resource_id = :resource_id
     WHERE enrolment.source <> 'admin' AND enrolment.created_at < look.at
     GROUP BY look.resource_link_id, known.account_id";

/// Whether a person still belongs to the link of `known`, according to its list, `look`: the person
/// was on it when it was last read to its end, in one run or in two passes over several runs
/// (`seen_since`), or has launched since, or the last attempt to read it did not reach its end, so
/// that the person may still be on it.
const IS_CURRENT: &str = "look.at IS NULL OR look.code IS NOT NULL
     OR coalesce(known.seen_at >= look.seen_since, FALSE)
         OR known.last_launch_at >= look.seen_since";

/// Who of [`LISTED`] has left: the person no longer belongs to any of the resource's links. Each
/// link is judged by its own last read, so a list that cannot be read protects only the people on
/// it.
pub(super) fn has_left() -> String {
    format!(
        "NOT EXISTS (
             SELECT 1 FROM resource_link_user AS known
                 JOIN resource_link AS link ON link.id = known.resource_link_id
                 LEFT JOIN member_sync AS look ON look.resource_link_id = link.id
             WHERE known.account_id = listed.account_id AND link.resource_id = :resource_id
                 AND ({IS_CURRENT}))"
    )
}

/// The keys of links as a JSON array.
fn keys(links: &[i64]) -> String {
    format!("{links:?}")
}

/// How many people of a link would be unenrolled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Absence {
    /// Those who are missing on the platform.
    pub missing: u32,
    /// Those who are enrolled and known on a link, including the missing ones.
    pub members: u32,
}

impl Absence {
    /// Whether more than half of the people are missing, which may be a mistake.
    pub fn is_suspicious(self) -> bool {
        u64::from(self.missing) * 2 > u64::from(self.members)
    }
}

/// A link on which a person is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownLink {
    /// Key of the link.
    pub link_id: i64,
    /// Whether the person teaches there.
    pub teaches: bool,
    /// Whether the person still belongs to the link according to the last read of its list; also
    /// true if that did not reach the list's end.
    pub is_current: bool,
}

fn known_link(row: &Row<'_>) -> Result<KnownLink, ValueError> {
    Ok(KnownLink {
        link_id: row.get("link_id")?,
        teaches: row.get("teaches")?,
        is_current: row.get("is_current")?,
    })
}

/// A member as a list describes them.
#[derive(Debug, Clone, Copy)]
pub struct ListedMember<'m> {
    /// The platform's user.
    pub sub: &'m str,
    /// Whether they teach.
    pub teaches: bool,
    /// How the platform names their grade of the link, if the list says so.
    pub result_sourcedid: Option<&'m str>,
}

/// The result of the last read of a link's members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberSync {
    /// When its first page was requested.
    pub at: Timestamp,
    /// When a page of it was last requested.
    pub tried_at: Timestamp,
    /// Whether more than one run read it: people may have been skipped between two runs, so those
    /// who are missing count as missing only after another complete list without them.
    pub is_spread: bool,
    /// How many members the platform listed.
    pub members: u32,
    /// Why it failed, if it did.
    pub problem: Option<SyncProblem>,
}

impl Read<'_> {
    /// For each of these links of a resource, whose lists have been read to their ends: how many of
    /// its people have left.
    pub fn absences(&self, resource_id: i64, links: &[i64]) -> Result<Vec<(i64, Absence)>, Error> {
        self.connection.all(
            sql!(
                "WITH listed AS MATERIALIZED ({LISTED})
                 SELECT link_id, count(*) FILTER (WHERE {}) AS missing, count(*) AS members
                 FROM listed GROUP BY link_id ORDER BY link_id",
                has_left()
            ),
            bind! { resource_id, links: keys(links) },
            |row| {
                let absence =
                    Absence { missing: row.get("missing")?, members: row.get("members")? };
                Ok((row.get("link_id")?, absence))
            },
        )
    }

    /// How many people have left who were on any of these lists.
    pub fn count_leavers(&self, resource_id: i64, links: &[i64]) -> Result<u32, Error> {
        self.connection.one(
            sql!(
                "WITH listed AS MATERIALIZED ({LISTED})
                 SELECT count(DISTINCT account_id) AS leavers FROM listed WHERE {}",
                has_left()
            ),
            bind! { resource_id, links: keys(links) },
            |row| row.get("leavers"),
        )
    }

    /// Calls `callback` for each person of a resource who is known on links and was enrolled before
    /// then, and not by the admin, with those links. [`Read::absences`] searches these people for
    /// those who have left.
    pub fn each_known_member(
        &self,
        resource_id: i64,
        before: Timestamp,
        mut callback: impl FnMut(i64, &[KnownLink]),
    ) -> Result<(), Error> {
        let (mut account, mut links) = (None, Vec::new());
        self.connection.each(
            sql!(
                "SELECT enrolment.account_id AS account_id, link.id AS link_id,
                     known.teaches AS teaches, {IS_CURRENT} AS is_current
                 FROM enrolment
                     JOIN resource_link_user AS known ON known.account_id = enrolment.account_id
                     JOIN resource_link AS link ON link.id = known.resource_link_id
                         AND link.resource_id = enrolment.resource_id
                     LEFT JOIN member_sync AS look ON look.resource_link_id = link.id
                 WHERE enrolment.resource_id = :resource_id AND enrolment.source <> 'admin'
                     AND enrolment.created_at < :before
                 ORDER BY enrolment.account_id, link.id"
            ),
            bind! { resource_id, before },
            |row| {
                let account_id: i64 = row.get("account_id")?;
                if let Some(previous) = account.filter(|previous| *previous != account_id) {
                    callback(previous, &links);
                    links.clear();
                }
                account = Some(account_id);
                links.push(known_link(row)?);
                Ok(())
            },
        )?;
        if let Some(last) = account {
            callback(last, &links);
        }
        Ok(())
    }

    /// The links of a resource on which an account is known.
    pub fn known_links(&self, account_id: i64, resource_id: i64) -> Result<Vec<KnownLink>, Error> {
        self.connection.all(
            sql!(
                "SELECT link.id AS link_id, known.teaches AS teaches, {IS_CURRENT} AS is_current
                 FROM resource_link_user AS known
                     JOIN resource_link AS link ON link.id = known.resource_link_id
                     LEFT JOIN member_sync AS look ON look.resource_link_id = link.id
                 WHERE known.account_id = :account_id AND link.resource_id = :resource_id"
            ),
            bind! { account_id, resource_id },
            known_link,
        )
    }

    /// The result of the last read of a link's members.
    pub fn member_sync(&self, link_id: i64) -> Result<Option<MemberSync>, Error> {
        self.connection.find(
            "SELECT at, members, code, problem, fix, coalesce(tried_at, at) AS tried_at,
                 seen_since IS DISTINCT FROM at AS is_spread
             FROM member_sync WHERE resource_link_id = :link_id",
            bind! { link_id },
            |row| {
                let code: Option<String> = row.get("code")?;
                let (problem, fix): (Option<_>, Option<_>) = (row.get("problem")?, row.get("fix")?);
                Ok(MemberSync {
                    at: row.get("at")?,
                    tried_at: row.get("tried_at")?,
                    is_spread: row.get("is_spread")?,
                    members: row.get("members")?,
                    problem: code.map(|code| SyncProblem {
                        code,
                        problem: problem.unwrap_or_default(),
                        fix: fix.unwrap_or_default(),
                    }),
                })
            },
        )
    }
}

impl Write<'_> {
    /// Stores that a link's platform lists a person, and how it names the person's grade there, if
    /// the list says so (`lis_result_sourcedid`, LTI 1.1).
    pub fn put_member(
        &self,
        link_id: i64,
        account_id: i64,
        listed: &ListedMember<'_>,
        run: Timestamp,
    ) -> Result<(), Error> {
        let ListedMember { sub, teaches, result_sourcedid } = listed;
        self.connection.change(
            "INSERT INTO resource_link_user
                 (resource_link_id, account_id, sub, teaches, last_launch_at, seen_at,
                  result_sourcedid)
             VALUES (:link_id, :account_id, :sub, :teaches, 0, :run, :result_sourcedid)
             ON CONFLICT (resource_link_id, account_id, sub) DO UPDATE
                 SET teaches = excluded.teaches,
                     seen_at = CASE WHEN resource_link_user.seen_at > excluded.seen_at
                         THEN resource_link_user.seen_at ELSE excluded.seen_at END,
                     result_sourcedid = coalesce(
                         excluded.result_sourcedid, resource_link_user.result_sourcedid)",
            bind! { link_id, account_id, sub, teaches, run, result_sourcedid },
        )?;
        Ok(())
    }

    /// Sets the role of everyone who is on one of these lists, and was not enrolled by the admin,
    /// to the highest that they have on the resource's links. A link applies to the people on its
    /// last list, and to all its people if that list could not be read to its end. Returns how many
    /// roles have changed.
    pub fn change_roles(
        &self,
        resource_id: i64,
        links: &[i64],
        teacher_role: &str,
        student_role: &str,
    ) -> Result<usize, Error> {
        self.connection.change(
            sql!(
                "WITH wanted AS MATERIALIZED (
                     SELECT known.account_id,
                         max(CASE WHEN known.teaches THEN 1 ELSE 0 END) = 1 AS teaches
                     FROM resource_link AS link
                         JOIN resource_link_user AS known ON known.resource_link_id = link.id
                         LEFT JOIN member_sync AS look ON look.resource_link_id = link.id
                     WHERE link.resource_id = :resource_id AND ({IS_CURRENT})
                     GROUP BY known.account_id
                     HAVING max(CASE WHEN known.seen_at >= look.at
                         AND link.id IN (SELECT CAST(value AS BIGINT) FROM json_each(:links))
                         THEN 1 ELSE 0 END) = 1)
                 UPDATE enrolment SET teaches = wanted.teaches,
                     role = CASE WHEN wanted.teaches THEN :teacher_role ELSE :student_role END
                 FROM wanted
                 WHERE enrolment.account_id = wanted.account_id
                     AND enrolment.resource_id = :resource_id AND enrolment.source <> 'admin'
                     AND (enrolment.teaches <> wanted.teaches
                         OR enrolment.role <>
                             CASE WHEN wanted.teaches THEN :teacher_role ELSE :student_role END)"
            ),
            bind! { resource_id, links: keys(links), teacher_role, student_role },
        )
    }

    /// Stores that too many people are missing from a list to unenrol them. No one on the list is
    /// unenrolled until it is read again.
    pub fn suspend_unenrolment(&self, link_id: i64, problem: &SyncProblem) -> Result<(), Error> {
        let SyncProblem { code, problem, fix } = problem;
        self.connection.change(
            "UPDATE member_sync SET code = :code, problem = :problem, fix = :fix
             WHERE resource_link_id = :link_id",
            bind! { link_id, code, problem, fix },
        )?;
        Ok(())
    }

    /// Stores the result of reading a link's members.
    pub fn put_member_sync(&self, link_id: i64, sync: &MemberSync) -> Result<(), Error> {
        let MemberSync { at, tried_at, is_spread, members, problem } = sync;
        let problem = problem.as_ref();
        self.connection.change(
            "INSERT INTO member_sync (resource_link_id, at, members, code, problem, fix, tried_at,
                 seen_since, completed_at)
             VALUES (:link_id, :at, :members, :code, :problem, :fix, :tried_at,
                 :seen_since, :completed_at)
             ON CONFLICT (resource_link_id) DO UPDATE
                 SET at = excluded.at, members = excluded.members, code = excluded.code,
                     problem = excluded.problem, fix = excluded.fix, tried_at = excluded.tried_at,
                     seen_since = CASE WHEN :is_spread
                         THEN coalesce(member_sync.completed_at, 0) ELSE excluded.at END,
                     completed_at = coalesce(excluded.completed_at, member_sync.completed_at)",
            bind! {
                link_id, at, members, tried_at, is_spread,
                seen_since: if *is_spread { &Timestamp::UNIX_EPOCH } else { at },
                completed_at: problem.is_none().then_some(at),
                code: problem.map(|problem| &problem.code),
                problem: problem.map(|problem| StoredText::Cause.cut(&problem.problem)),
                fix: problem.map(|problem| StoredText::Fix.cut(&problem.fix)),
            },
        )?;
        Ok(())
    }

    /// Unenrols everyone who has left and was on any of these lists, ends their sessions at the
    /// resource and their content selections in its courses, and removes them from the resource's
    /// links, so that their grades are no longer sent. Their accounts and grades stay. Returns how
    /// many people were unenrolled.
    pub fn unenrol_leavers(&self, resource_id: i64, links: &[i64]) -> Result<usize, Error> {
        self.connection.execute_batch(
            "CREATE TEMPORARY TABLE IF NOT EXISTS leaver (account_id BIGINT PRIMARY KEY);
             DELETE FROM leaver;",
        )?;
        self.connection.change(
            sql!(
                "INSERT INTO leaver
                 WITH listed AS MATERIALIZED ({LISTED})
                 SELECT DISTINCT account_id FROM listed WHERE {}",
                has_left()
            ),
            bind! { resource_id, links: keys(links) },
        )?;
        for sql in [
            "DELETE FROM resource_link_user WHERE account_id IN (SELECT account_id FROM leaver)
                 AND resource_link_id IN (
                     SELECT id FROM resource_link WHERE resource_id = :resource_id)",
            "DELETE FROM session WHERE resource_id = :resource_id
                 AND account_id IN (SELECT account_id FROM leaver)",
            "DELETE FROM session WHERE selection IS NOT NULL
                 AND account_id IN (SELECT account_id FROM leaver)
                 AND EXISTS (
                     SELECT 1 FROM resource_link AS link
                         JOIN deployment ON deployment.id = link.deployment_id
                         JOIN context ON context.id = link.context_id
                     WHERE link.resource_id = :resource_id
                         AND deployment.registration_id = session.registration_id
                         AND deployment.deployment_id = visit ->> 'deployment_id'
                         AND context.context_id = visit ->> 'context_id')",
        ] {
            self.connection.change(sql, bind! { resource_id })?;
        }
        self.connection.change(
            "DELETE FROM enrolment WHERE resource_id = :resource_id
                 AND account_id IN (SELECT account_id FROM leaver)",
            bind! { resource_id },
        )
    }
}
