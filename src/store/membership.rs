//! Members as platforms list them: who was seen on which link in which run, and who is missing.

use jiff::Timestamp;
use rusqlite::params;

use super::{Error, Read, Write, to_milliseconds};
use crate::domain::{StoredText, SyncProblem};

/// The people on the lists ?2 of the resource ?1, a JSON array of links: enrolled before the list
/// was read, and not by the admin.
const LISTED: &str = "SELECT look.resource_link_id AS link_id, known.account_id
     FROM json_each(?2) AS finished JOIN member_sync AS look ON look.resource_link_id = finished.value AND look.code IS NULL
         JOIN resource_link_user AS known ON known.resource_link_id = look.resource_link_id
         JOIN enrolment ON enrolment.account_id = known.account_id AND enrolment.resource_id = ?1
     WHERE enrolment.source <> 'admin' AND enrolment.created_at < look.at
     GROUP BY look.resource_link_id, known.account_id";

/// Whether a person still belongs to the link of `known`, by what is known of its list, `look`: the
/// person was on it when it was last read to its end, in one run or in two passes of several
/// (`seen_since`), or has launched since, or the last attempt to read it did not get to its end, so
/// that the person may still be on it.
const IS_CURRENT: &str = "look.at IS NULL OR look.code IS NOT NULL OR coalesce(known.seen_at >= \
    look.seen_since, 0) OR known.last_launch_at >= look.seen_since";

/// Who of [`LISTED`] has left: the person belongs to none of the resource's links any more. Each
/// link counts with its own last look, so a list that cannot be read protects the people on it, and
/// no one else.
const HAS_LEFT: &str = "NOT EXISTS (SELECT 1 FROM resource_link_user AS known JOIN resource_link AS link ON link.id = known.resource_link_id
             LEFT JOIN member_sync AS look ON look.resource_link_id = link.id
         WHERE known.account_id = listed.account_id AND link.resource_id = ?1 AND ({IS_CURRENT}))";

fn has_left() -> String {
    HAS_LEFT.replace("{IS_CURRENT}", IS_CURRENT)
}

/// Keys as a JSON array.
fn keys(links: &[i64]) -> String {
    format!("{links:?}")
}

/// How many would be unenrolled, and of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Absence {
    /// Who is missing on the platform.
    pub missing: u32,
    /// Who takes part and is known on a link, the missing ones included.
    pub members: u32,
}

impl Absence {
    /// Whether so many are missing that it looks like a mistake: more than half.
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
    /// Whether the person still belongs to the link, by the last look at its list; true also if
    /// that did not get to the list's end.
    pub is_current: bool,
}

/// What came of the last look at a link's members.
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
    /// What went wrong.
    pub trouble: Option<SyncProblem>,
}

impl Read<'_> {
    /// For each of these links of a resource, whose lists have been read to their ends: how many of
    /// its people have left.
    pub fn absences(&self, resource_id: i64, links: &[i64]) -> Result<Vec<(i64, Absence)>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "WITH listed AS MATERIALIZED ({LISTED}) SELECT link_id, count(*) FILTER (WHERE {}), \
             count(*) FROM listed GROUP BY link_id ORDER BY link_id",
            has_left()
        ))?;
        let absence = |row: &rusqlite::Row<'_>| {
            Ok((row.get(0)?, Absence { missing: row.get(1)?, members: row.get(2)? }))
        };
        Ok(statement
            .query_map(params![resource_id, keys(links)], absence)?
            .collect::<Result<_, _>>()?)
    }

    /// How many people have left who were on any of these lists.
    pub fn count_leavers(&self, resource_id: i64, links: &[i64]) -> Result<u32, Error> {
        let count = format!(
            "WITH listed AS MATERIALIZED ({LISTED}) SELECT count(DISTINCT account_id) FROM listed \
             WHERE {}",
            has_left()
        );
        Ok(self
            .connection
            .query_row(&count, params![resource_id, keys(links)], |row| row.get(0))?)
    }

    /// Calls `tell` for each enrolled person of a resource who is known on links and whom the admin
    /// did not enrol, with those links: the people among whom [`Read::absences`] finds those who
    /// have left.
    pub fn each_known_member(
        &self,
        resource_id: i64,
        before: Timestamp,
        mut tell: impl FnMut(i64, &[KnownLink]),
    ) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT enrolment.account_id, link.id, known.teaches, {IS_CURRENT} FROM enrolment JOIN resource_link_user AS known ON known.account_id = enrolment.account_id
                 JOIN resource_link AS link ON link.id = known.resource_link_id AND link.resource_id = enrolment.resource_id
                 LEFT JOIN member_sync AS look ON look.resource_link_id = link.id
             WHERE enrolment.resource_id = ?1 AND enrolment.source <> 'admin' AND enrolment.created_at < ?2 ORDER BY enrolment.account_id, link.id"
        ))?;
        let (mut account, mut links) = (None, Vec::new());
        let mut rows = statement.query(params![resource_id, to_milliseconds(before)])?;
        while let Some(row) = rows.next()? {
            let account_id: i64 = row.get(0)?;
            if let Some(before) = account.filter(|before| *before != account_id) {
                tell(before, &links);
                links.clear();
            }
            account = Some(account_id);
            links.push(KnownLink {
                link_id: row.get(1)?,
                teaches: row.get(2)?,
                is_current: row.get(3)?,
            });
        }
        if let Some(last) = account {
            tell(last, &links);
        }
        Ok(())
    }

    /// The links of a resource on which an account is known.
    pub fn known_on(&self, account_id: i64, resource_id: i64) -> Result<Vec<KnownLink>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT link.id, known.teaches, {IS_CURRENT} FROM resource_link_user AS known JOIN resource_link AS link ON link.id = known.resource_link_id
                 LEFT JOIN member_sync AS look ON look.resource_link_id = link.id
             WHERE known.account_id = ?1 AND link.resource_id = ?2"
        ))?;
        let link = |row: &rusqlite::Row<'_>| {
            Ok(KnownLink { link_id: row.get(0)?, teaches: row.get(1)?, is_current: row.get(2)? })
        };
        Ok(statement.query_map([account_id, resource_id], link)?.collect::<Result<_, _>>()?)
    }

    /// What came of the last look at a link's members.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn member_sync(&self, link_id: i64) -> Result<Option<MemberSync>, Error> {
        use rusqlite::OptionalExtension as _;
        let mut statement = self.connection.prepare_cached(
            "SELECT at, members, code, problem, fix, coalesce(tried_at, at), seen_since IS NOT at \
             FROM member_sync WHERE resource_link_id = ?1",
        )?;
        Ok(statement
            .query_row([link_id], |row| {
                let code: Option<String> = row.get(2)?;
                let (problem, fix): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
                Ok(MemberSync {
                    at: super::from_milliseconds(row.get(0)?),
                    tried_at: super::from_milliseconds(row.get(5)?),
                    is_spread: row.get(6)?,
                    members: row.get(1)?,
                    trouble: code.map(|code| SyncProblem {
                        code,
                        problem: problem.unwrap_or_default(),
                        fix: fix.unwrap_or_default(),
                    }),
                })
            })
            .optional()?)
    }
}

impl Write<'_> {
    /// Remembers that a link's platform lists somebody.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn see_member(
        &self,
        link_id: i64,
        account_id: i64,
        sub: &str,
        teaches: bool,
        run: Timestamp,
    ) -> Result<(), Error> {
        self.connection
            .prepare_cached(
                "INSERT INTO resource_link_user (resource_link_id, account_id, sub, teaches, last_launch_at, seen_at) VALUES (?1, ?2, ?3, ?4, 0, ?5)
                 ON CONFLICT (resource_link_id, account_id, sub) DO UPDATE SET teaches = excluded.teaches,
                     seen_at = max(coalesce(seen_at, 0), excluded.seen_at)",
            )?
            .execute(params![link_id, account_id, sub, teaches, to_milliseconds(run)])?;
        Ok(())
    }

    /// Gives everyone who is on one of these lists, and whom the admin did not enrol, the highest
    /// role that they have on the resource's links. A link counts for the people on its last list,
    /// and for all its people if that list could not be read to its end. Returns how many roles
    /// have changed.
    pub fn change_roles(
        &self,
        resource_id: i64,
        links: &[i64],
        teacher_role: &str,
        student_role: &str,
    ) -> Result<usize, Error> {
        Ok(self.connection.execute(
            &format!(
                "WITH wanted AS MATERIALIZED (
                 SELECT known.account_id, max(known.teaches) AS teaches FROM resource_link AS link JOIN resource_link_user AS known ON known.resource_link_id = link.id
                     LEFT JOIN member_sync AS look ON look.resource_link_id = link.id
                 WHERE link.resource_id = ?1 AND ({IS_CURRENT})
                 GROUP BY known.account_id HAVING max(known.seen_at >= look.at AND link.id IN (SELECT value FROM json_each(?2))))
             UPDATE enrolment SET teaches = wanted.teaches, role = iif(wanted.teaches, ?3, ?4) FROM wanted
             WHERE enrolment.account_id = wanted.account_id AND enrolment.resource_id = ?1 AND enrolment.source <> 'admin'
                 AND (enrolment.teaches <> wanted.teaches OR enrolment.role <> iif(wanted.teaches, ?3, ?4))"
            ),
            params![resource_id, keys(links), teacher_role, student_role],
        )?)
    }

    /// Stores that too many people are missing on a list for them to be unenrolled. Until the list
    /// is read again, it protects everyone on it.
    pub fn hold_members_back(&self, link_id: i64, trouble: &SyncProblem) -> Result<(), Error> {
        self.connection.execute(
            "UPDATE member_sync SET code = ?2, problem = ?3, fix = ?4 WHERE resource_link_id = ?1",
            params![link_id, trouble.code, trouble.problem, trouble.fix],
        )?;
        Ok(())
    }

    /// Remembers what came of a look at a link's members.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn put_member_sync(&self, link_id: i64, sync: &MemberSync) -> Result<(), Error> {
        let trouble = sync.trouble.as_ref();
        self.connection.execute(
            "INSERT INTO member_sync (resource_link_id, at, members, code, problem, fix, tried_at, seen_since, completed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, iif(?8, 0, ?2), iif(?4 IS NULL, ?2, NULL))
             ON CONFLICT (resource_link_id) DO UPDATE SET at = excluded.at, members = excluded.members, code = excluded.code, problem = excluded.problem,
                 fix = excluded.fix, tried_at = excluded.tried_at, seen_since = iif(?8, coalesce(completed_at, 0), ?2),
                 completed_at = coalesce(excluded.completed_at, completed_at)",
            params![
                link_id,
                to_milliseconds(sync.at),
                sync.members,
                trouble.map(|trouble| &trouble.code),
                trouble.map(|trouble| StoredText::Cause.cut(&trouble.problem)),
                trouble.map(|trouble| StoredText::Fix.cut(&trouble.fix)),
                to_milliseconds(sync.tried_at),
                sync.is_spread
            ],
        )?;
        Ok(())
    }

    /// Unenrols everyone who has left and was on any of these lists, ends their sessions there and
    /// their content selections in its courses, and forgets them on the resource's links, so that
    /// no more grades are sent for them; their accounts and grades stay. Returns how many.
    pub fn unenrol_leavers(&self, resource_id: i64, links: &[i64]) -> Result<usize, Error> {
        self.connection.execute_batch(
            "CREATE TEMPORARY TABLE IF NOT EXISTS gone (account_id \
            INTEGER PRIMARY KEY); DELETE FROM gone;",
        )?;
        let leavers = format!(
            "INSERT INTO gone WITH listed AS MATERIALIZED ({LISTED}) SELECT DISTINCT account_id \
             FROM listed WHERE {}",
            has_left()
        );
        self.connection.execute(&leavers, params![resource_id, keys(links)])?;
        self.connection.execute(
            "DELETE FROM resource_link_user WHERE account_id IN (SELECT account_id FROM gone)
                 AND resource_link_id IN (SELECT id FROM resource_link WHERE resource_id = ?1)",
            [resource_id],
        )?;
        self.connection.execute(
            "DELETE FROM session WHERE resource_id = ?1 AND account_id IN \
            (SELECT account_id FROM gone)",
            [resource_id],
        )?;
        self.connection.execute(
            "DELETE FROM session WHERE selection IS NOT NULL AND account_id IN (SELECT account_id FROM gone)
                 AND EXISTS (SELECT 1 FROM resource_link AS link JOIN deployment ON deployment.id = link.deployment_id JOIN context ON context.id = link.context_id
                     WHERE link.resource_id = ?1 AND deployment.registration_id = session.registration_id
                         AND deployment.deployment_id = visit ->> 'deployment_id' AND context.context_id = visit ->> 'context_id')",
            [resource_id],
        )?;
        Ok(self.connection.execute(
            "DELETE FROM enrolment WHERE resource_id = ?1 AND account_id IN \
            (SELECT account_id FROM gone)",
            [resource_id],
        )?)
    }
}
