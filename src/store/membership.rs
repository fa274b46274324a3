//! Members as platforms list them: who was seen on which link in which run, and who is missing.

use jiff::Timestamp;
use rusqlite::params;

use super::{Error, Read, Write, to_milliseconds};
use crate::domain::Trouble;

/// Who takes part in ?1 and is known on a link whose members were read to the end in the run ?2, but was seen on none in that run, and is known on no link that was
/// not read to the end. Whom the admin enrolled is never missing.
const MISSING: &str = "enrolment.resource_id = ?1 AND enrolment.source <> 'admin'
     AND EXISTS (SELECT 1 FROM resource_link_user AS known JOIN resource_link AS link ON link.id = known.resource_link_id
         WHERE known.account_id = enrolment.account_id AND link.resource_id = ?1)
     AND NOT EXISTS (SELECT 1 FROM resource_link_user AS known JOIN resource_link AS link ON link.id = known.resource_link_id
             LEFT JOIN member_sync ON member_sync.resource_link_id = link.id AND member_sync.at = ?2 AND member_sync.code IS NULL
         WHERE known.account_id = enrolment.account_id AND link.resource_id = ?1 AND (known.seen_at = ?2 OR member_sync.resource_link_id IS NULL))";

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
        let run = to_milliseconds(run);
        let missing: u32 =
            self.connection.query_row(&format!("SELECT count(*) FROM enrolment WHERE {MISSING}"), params![resource_id, run], |row| row.get(0))?;
        let members = self.connection.query_row(
            "SELECT count(*) FROM enrolment WHERE resource_id = ?1 AND source <> 'admin' AND EXISTS (
                 SELECT 1 FROM resource_link_user AS known JOIN resource_link AS link ON link.id = known.resource_link_id
                 WHERE known.account_id = enrolment.account_id AND link.resource_id = ?1)",
            [resource_id],
            |row| row.get(0),
        )?;
        Ok(Absence { missing, members })
    }

    /// Who takes part in a resource and is known on links, with those links; whom the admin enrolled is left out.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn known_members(&self, resource_id: i64) -> Result<Vec<(i64, Vec<i64>)>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT enrolment.account_id, link.id FROM enrolment JOIN resource_link_user AS known ON known.account_id = enrolment.account_id
                 JOIN resource_link AS link ON link.id = known.resource_link_id AND link.resource_id = enrolment.resource_id
             WHERE enrolment.resource_id = ?1 AND enrolment.source <> 'admin' ORDER BY enrolment.account_id",
        )?;
        let mut members: Vec<(i64, Vec<i64>)> = Vec::new();
        let mut rows = statement.query([resource_id])?;
        while let Some(row) = rows.next()? {
            let (account_id, link_id) = (row.get(0)?, row.get(1)?);
            match members.last_mut().filter(|(last, _)| *last == account_id) {
                Some((_, links)) => links.push(link_id),
                None => members.push((account_id, vec![link_id])),
            }
        }
        Ok(members)
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
                 ON CONFLICT (resource_link_id, account_id, sub) DO UPDATE SET teaches = excluded.teaches, seen_at = excluded.seen_at",
            )?
            .execute(params![link_id, account_id, sub, teaches, to_milliseconds(run)])?;
        Ok(())
    }

    /// Gives an enrolled account this role, in place of the one it had; says whether that was another one.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn set_enrolment_role(&self, account_id: i64, resource_id: i64, role: &str, teaches: bool) -> Result<bool, Error> {
        let mut statement = self
            .connection
            .prepare_cached("UPDATE enrolment SET role = ?3, teaches = ?4 WHERE account_id = ?1 AND resource_id = ?2 AND (role <> ?3 OR teaches <> ?4)")?;
        Ok(statement.execute(params![account_id, resource_id, role, teaches])? == 1)
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

    /// Unenrols whoever was not seen in a run, and forgets them on the resource's links, so that no grade is sent for them any more; their accounts and grades stay.
    /// Says how many went.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn unenrol_missing(&self, resource_id: i64, run: Timestamp) -> Result<usize, Error> {
        let run = to_milliseconds(run);
        self.connection.execute_batch("CREATE TEMPORARY TABLE IF NOT EXISTS gone (account_id INTEGER PRIMARY KEY); DELETE FROM gone;")?;
        self.connection.execute(&format!("INSERT INTO gone SELECT account_id FROM enrolment WHERE {MISSING}"), params![resource_id, run])?;
        self.connection.execute(
            "DELETE FROM resource_link_user WHERE account_id IN (SELECT account_id FROM gone)
                 AND resource_link_id IN (SELECT id FROM resource_link WHERE resource_id = ?1)",
            [resource_id],
        )?;
        Ok(self.connection.execute("DELETE FROM enrolment WHERE resource_id = ?1 AND account_id IN (SELECT account_id FROM gone)", [resource_id])?)
    }
}
