//! Members as platforms list them: who was seen on which link in which run, and who is missing.

use jiff::Timestamp;
use rusqlite::params;

use super::{Error, Read, Write, to_milliseconds};
use crate::domain::Trouble;

/// Whoever takes part in ?1, is known on one of its links, and was not enrolled by the admin nor during the run ?2.
const KNOWN: &str = "enrolment.resource_id = ?1 AND enrolment.source <> 'admin' AND enrolment.created_at < ?2
     AND EXISTS (SELECT 1 FROM resource_link_user AS known JOIN resource_link AS link ON link.id = known.resource_link_id
         WHERE known.account_id = enrolment.account_id AND link.resource_id = ?1)";

/// Who of them was seen on no link since the run ?2 began, neither in a list nor in a launch, and is known on no link that was not read to the end in it. A run that began
/// later may be under way when this one's holder slept too long: what it has seen counts too.
const UNSEEN: &str = "NOT EXISTS (SELECT 1 FROM resource_link_user AS known JOIN resource_link AS link ON link.id = known.resource_link_id
             LEFT JOIN member_sync ON member_sync.resource_link_id = link.id AND member_sync.at = ?2 AND member_sync.code IS NULL
         WHERE known.account_id = enrolment.account_id AND link.resource_id = ?1
             AND (known.seen_at >= ?2 OR known.last_launch_at >= ?2 OR member_sync.resource_link_id IS NULL))";

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

/// What came of the last look at a link's members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberSync {
    /// When it began.
    pub at: Timestamp,
    /// How many members the platform listed.
    pub members: u32,
    /// What went wrong.
    pub trouble: Option<Trouble>,
}

impl Read<'_> {
    /// How many people of a resource were not seen in a run.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn absence(&self, resource_id: i64, run: Timestamp) -> Result<Absence, Error> {
        let count = format!("SELECT count(*) FILTER (WHERE {UNSEEN}), count(*) FROM enrolment WHERE {KNOWN}");
        let (missing, members) = self.connection.query_row(&count, params![resource_id, to_milliseconds(run)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Absence { missing, members })
    }

    /// Tells everybody who takes part in a resource and is known on links, with those links: the same people among whom [`Read::absence`] looks for missing ones, but for
    /// those who launched since.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn each_known_member(&self, resource_id: i64, run: Timestamp, mut tell: impl FnMut(i64, &[i64])) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT enrolment.account_id, link.id FROM enrolment JOIN resource_link_user AS known ON known.account_id = enrolment.account_id
                 JOIN resource_link AS link ON link.id = known.resource_link_id AND link.resource_id = enrolment.resource_id
             WHERE enrolment.resource_id = ?1 AND enrolment.source <> 'admin' AND enrolment.created_at < ?2 ORDER BY enrolment.account_id",
        )?;
        let (mut account, mut links) = (None, Vec::new());
        let mut rows = statement.query(params![resource_id, to_milliseconds(run)])?;
        while let Some(row) = rows.next()? {
            let account_id: i64 = row.get(0)?;
            if let Some(before) = account.filter(|before| *before != account_id) {
                tell(before, &links);
                links.clear();
            }
            account = Some(account_id);
            links.push(row.get(1)?);
        }
        if let Some(last) = account {
            tell(last, &links);
        }
        Ok(())
    }

    /// The links of a resource on which an account is known, and whether as a teacher there.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn known_on(&self, account_id: i64, resource_id: i64) -> Result<Vec<(i64, bool)>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT link.id, known.teaches FROM resource_link_user AS known JOIN resource_link AS link ON link.id = known.resource_link_id
             WHERE known.account_id = ?1 AND link.resource_id = ?2",
        )?;
        Ok(statement.query_map([account_id, resource_id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
    }

    /// What came of the last look at a link's members.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn member_sync(&self, link_id: i64) -> Result<Option<MemberSync>, Error> {
        use rusqlite::OptionalExtension as _;
        let mut statement = self.connection.prepare_cached("SELECT at, members, code, problem, fix FROM member_sync WHERE resource_link_id = ?1")?;
        Ok(statement
            .query_row([link_id], |row| {
                let code: Option<String> = row.get(2)?;
                let (problem, fix): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
                Ok(MemberSync {
                    at: super::from_milliseconds(row.get(0)?),
                    members: row.get(1)?,
                    trouble: code.map(|code| Trouble { code, problem: problem.unwrap_or_default(), fix: fix.unwrap_or_default() }),
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
    pub fn see_member(&self, link_id: i64, account_id: i64, sub: &str, teaches: bool, run: Timestamp) -> Result<(), Error> {
        self.connection
            .prepare_cached(
                "INSERT INTO resource_link_user (resource_link_id, account_id, sub, teaches, last_launch_at, seen_at) VALUES (?1, ?2, ?3, ?4, 0, ?5)
                 ON CONFLICT (resource_link_id, account_id, sub) DO UPDATE SET teaches = excluded.teaches,
                     seen_at = max(coalesce(seen_at, 0), excluded.seen_at)",
            )?
            .execute(params![link_id, account_id, sub, teaches, to_milliseconds(run)])?;
        Ok(())
    }

    /// Gives everybody who was seen in a run, and whom the admin did not enrol, the highest role that they have on the resource's links; what a link that was not read to
    /// its end said before counts too. Says how many got another role than they had.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn change_roles(&self, resource_id: i64, run: Timestamp, teacher_role: &str, student_role: &str) -> Result<usize, Error> {
        Ok(self.connection.execute(
            "WITH wanted AS MATERIALIZED (
                 SELECT known.account_id, max(known.teaches) AS teaches FROM resource_link AS link JOIN resource_link_user AS known ON known.resource_link_id = link.id
                     LEFT JOIN member_sync ON member_sync.resource_link_id = link.id AND member_sync.at = ?2 AND member_sync.code IS NULL
                 WHERE link.resource_id = ?1 AND (known.seen_at >= ?2 OR member_sync.resource_link_id IS NULL)
                 GROUP BY known.account_id HAVING max(known.seen_at) >= ?2)
             UPDATE enrolment SET teaches = wanted.teaches, role = iif(wanted.teaches, ?3, ?4) FROM wanted
             WHERE enrolment.account_id = wanted.account_id AND enrolment.resource_id = ?1 AND enrolment.source <> 'admin'
                 AND (enrolment.teaches <> wanted.teaches OR enrolment.role <> iif(wanted.teaches, ?3, ?4))",
            params![resource_id, to_milliseconds(run), teacher_role, student_role],
        )?)
    }

    /// Remembers, for every list of a resource that was read to its end in a run, that too many were missing on it.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn note_members_held_back(&self, resource_id: i64, run: Timestamp, trouble: &Trouble) -> Result<(), Error> {
        self.connection.execute(
            "UPDATE member_sync SET code = ?3, problem = ?4, fix = ?5
             WHERE at = ?2 AND code IS NULL AND resource_link_id IN (SELECT id FROM resource_link WHERE resource_id = ?1)",
            params![resource_id, to_milliseconds(run), trouble.code, trouble.problem, trouble.fix],
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
            "INSERT INTO member_sync (resource_link_id, at, members, code, problem, fix) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (resource_link_id) DO UPDATE SET at = excluded.at, members = excluded.members, code = excluded.code, problem = excluded.problem,
                 fix = excluded.fix",
            params![
                link_id,
                to_milliseconds(sync.at),
                sync.members,
                trouble.map(|trouble| &trouble.code),
                trouble.map(|trouble| &trouble.problem),
                trouble.map(|trouble| &trouble.fix)
            ],
        )?;
        Ok(())
    }

    /// Unenrols whoever was not seen in a run, ends their sessions there and their content selections in its courses, and forgets them on the resource's links, so that no grade is sent for them any more; their
    /// accounts and grades stay.
    /// Says how many went.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn unenrol_missing(&self, resource_id: i64, run: Timestamp) -> Result<usize, Error> {
        let run = to_milliseconds(run);
        self.connection.execute_batch("CREATE TEMPORARY TABLE IF NOT EXISTS gone (account_id INTEGER PRIMARY KEY); DELETE FROM gone;")?;
        self.connection.execute(&format!("INSERT INTO gone SELECT account_id FROM enrolment WHERE {KNOWN} AND {UNSEEN}"), params![resource_id, run])?;
        self.connection.execute(
            "DELETE FROM resource_link_user WHERE account_id IN (SELECT account_id FROM gone)
                 AND resource_link_id IN (SELECT id FROM resource_link WHERE resource_id = ?1)",
            [resource_id],
        )?;
        self.connection.execute("DELETE FROM session WHERE resource_id = ?1 AND account_id IN (SELECT account_id FROM gone)", [resource_id])?;
        self.connection.execute(
            "DELETE FROM session WHERE selection IS NOT NULL AND account_id IN (SELECT account_id FROM gone)
                 AND EXISTS (SELECT 1 FROM resource_link AS link JOIN deployment ON deployment.id = link.deployment_id JOIN context ON context.id = link.context_id
                     WHERE link.resource_id = ?1 AND deployment.registration_id = session.registration_id
                         AND deployment.deployment_id = visit ->> 'deployment_id' AND context.context_id = visit ->> 'context_id')",
            [resource_id],
        )?;
        Ok(self.connection.execute("DELETE FROM enrolment WHERE resource_id = ?1 AND account_id IN (SELECT account_id FROM gone)", [resource_id])?)
    }
}
