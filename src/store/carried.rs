//! The platform users of a registration, when what identifies them changes: counted, and carried
//! over to the new issuer and tenant.

use rusqlite::params;

use super::{Error, Read, Write};

/// An issuer and a tenant: what identifies platform users besides their `sub`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdentityScope {
    /// Platform ID (issuer).
    pub issuer: String,
    /// Which customer of the platform; empty if the issuer alone identifies users.
    pub tenant: String,
}

/// Platform users whose issuer or tenant changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserMove {
    /// What identifies them now.
    pub from: IdentityScope,
    /// What is to identify them.
    pub to: IdentityScope,
    /// Only those who came through this registration, by its key in the database.
    pub registration_id: Option<i64>,
    /// Only those who came through this deployment of the registration.
    pub deployment_id: Option<String>,
    /// Whether other registrations still use the old issuer and tenant, so that the old link has to
    /// stay beside the new one.
    pub copies: bool,
}

/// How much depends on platform users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dependents {
    /// Platform users with an account.
    pub people: u32,
    /// Enrolments of these accounts.
    pub enrolments: u32,
    /// Grades of these accounts.
    pub grades: u32,
}

/// A platform user who would have two accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserClash {
    /// The platform's identifier of the person.
    pub sub: String,
    /// The username of the account that would be carried over.
    pub carried: String,
    /// The username of the account that the same platform user has under the new issuer and tenant.
    pub present: String,
}

/// The account links of a move: ?1 issuer, ?2 tenant, ?3 registration and ?4 deployment, if they
/// matter.
const MOVING: &str = "account_link AS link WHERE link.issuer = ?1 AND link.tenant = ?2 AND (?3 IS NULL OR EXISTS (
         SELECT 1 FROM resource_link_user AS known JOIN resource_link ON resource_link.id = known.resource_link_id
             JOIN deployment ON deployment.id = resource_link.deployment_id
         WHERE known.account_id = link.account_id AND known.sub = link.sub AND deployment.registration_id = ?3
             AND (?4 IS NULL OR deployment.deployment_id = ?4)))";

/// What keeps a carried link from being stored: the same platform user has another account there,
/// which is not carried away itself, or two accounts would be carried to it.
const CLASHES: &str = "SELECT carried.sub, carried.account_id, present.account_id FROM temp.carried AS carried
         JOIN account_link AS present ON present.issuer = carried.issuer AND present.tenant = carried.tenant AND present.sub = carried.sub
     WHERE present.account_id <> carried.account_id AND present.id NOT IN (SELECT link_id FROM temp.carried WHERE NOT copies)
     UNION ALL
     SELECT one.sub, one.account_id, other.account_id FROM temp.carried AS one
         JOIN temp.carried AS other ON other.issuer = one.issuer AND other.tenant = one.tenant AND other.sub = one.sub AND other.account_id > one.account_id";

impl Read<'_> {
    /// How much depends on the platform users of moves; people who are in two of them count twice.
    pub fn dependents(&self, moves: &[UserMove]) -> Result<Dependents, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "WITH person AS MATERIALIZED (SELECT link.account_id FROM {MOVING})
             SELECT (SELECT count(*) FROM person),
                 (SELECT count(*) FROM enrolment WHERE account_id IN (SELECT account_id FROM person)),
                 (SELECT count(*) FROM grade WHERE account_id IN (SELECT account_id FROM person))"
        ))?;
        let mut all = Dependents::default();
        for UserMove { from, registration_id, deployment_id, .. } in moves {
            let (people, enrolments, grades): (u32, u32, u32) = statement.query_row(
                params![from.issuer, from.tenant, registration_id, deployment_id],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?;
            all = Dependents {
                people: all.people + people,
                enrolments: all.enrolments + enrolments,
                grades: all.grades + grades,
            };
        }
        Ok(all)
    }
}

impl Write<'_> {
    /// Carries platform users with their accounts over, all moves at once, so that two
    /// registrations can exchange their issuers. Changes nothing if a platform user would have two
    /// accounts, and gives the first few of them with their number: accounts are never merged.
    pub fn carry_users(
        &self,
        moves: &[UserMove],
    ) -> Result<Result<u32, (u32, Vec<UserClash>)>, Error> {
        self.connection.execute_batch(
            "CREATE TEMPORARY TABLE IF NOT EXISTS carried (link_id INTEGER NOT NULL, account_id INTEGER NOT NULL, issuer TEXT NOT NULL, tenant TEXT NOT NULL,
                 sub TEXT NOT NULL, made_account INTEGER NOT NULL, created_at INTEGER NOT NULL, last_launch_at INTEGER, copies INTEGER NOT NULL);
             CREATE INDEX IF NOT EXISTS temp.carried_by_user ON carried (issuer, tenant, sub);
             DELETE FROM temp.carried;",
        )?;
        let mut insert = self.connection.prepare_cached(&format!(
            "INSERT INTO temp.carried SELECT link.id, link.account_id, ?5, ?6, link.sub, \
             link.made_account, link.created_at, link.last_launch_at, ?7 FROM {MOVING}"
        ))?;
        for UserMove { from, to, registration_id, deployment_id, copies } in moves {
            insert.execute(params![
                from.issuer,
                from.tenant,
                registration_id,
                deployment_id,
                to.issuer,
                to.tenant,
                copies
            ])?;
        }
        let clashes = self.clashes()?;
        if clashes.0 > 0 {
            return Ok(Err(clashes));
        }
        self.connection.execute(
            "DELETE FROM account_link WHERE id IN (SELECT link_id FROM \
            temp.carried WHERE NOT copies)",
            [],
        )?;
        self.connection.execute(
            "INSERT INTO account_link (account_id, issuer, tenant, sub, made_account, created_at, last_launch_at)
             SELECT account_id, issuer, tenant, sub, made_account, created_at, last_launch_at FROM temp.carried ORDER BY link_id
             ON CONFLICT (issuer, tenant, sub) DO NOTHING",
            [],
        )?;
        let people = self.connection.query_row(
            "SELECT count(DISTINCT link_id) FROM temp.carried",
            [],
            |row| row.get(0),
        )?;
        self.connection.execute("DELETE FROM temp.carried", [])?;
        Ok(Ok(people))
    }

    fn clashes(&self) -> Result<(u32, Vec<UserClash>), Error> {
        let number =
            self.connection
                .query_row(&format!("SELECT count(*) FROM ({CLASHES})"), [], |row| row.get(0))?;
        if number == 0 {
            return Ok((0, Vec::new()));
        }
        let mut statement = self.connection.prepare(&format!(
            "WITH clash (sub, carried, present) AS ({CLASHES} LIMIT 5)
             SELECT clash.sub, one.username, other.username FROM clash
                 JOIN account AS one ON one.id = clash.carried JOIN account AS other ON other.id = clash.present ORDER BY clash.sub"
        ))?;
        let clashes = statement.query_map([], |row| {
            Ok(UserClash { sub: row.get(0)?, carried: row.get(1)?, present: row.get(2)? })
        })?;
        Ok((number, clashes.collect::<Result<_, _>>()?))
    }
}
