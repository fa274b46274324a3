//! Counts the platform users of a registration and moves them to a new issuer and tenant.

use super::query::{Queries as _, bind, sql};
use super::{Error, Read, Write};
use crate::domain::Username;

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
    /// What identifies them before the change.
    pub from: IdentityScope,
    /// What identifies them after the change.
    pub to: IdentityScope,
    /// Only those who came through this registration, by its key in the database.
    pub registration_id: Option<i64>,
    /// Only those who came through this deployment of the registration.
    pub deployment_id: Option<String>,
    /// Whether other registrations still use the old issuer and tenant, so that the old link is
    /// kept beside the new one.
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
    /// The username of the account that would be moved.
    pub carried: Username,
    /// The username of the account that the same platform user has under the new issuer and tenant.
    pub present: Username,
}

/// The account links of a move: with the issuer `:issuer` and the tenant `:tenant` and, if they are
/// not NULL, through the registration `:registration_id` and the deployment `:deployment_id`.
const MOVING: &str = "account_link AS link
     WHERE link.issuer = :issuer AND link.tenant = :tenant
         AND (CAST(:registration_id AS BIGINT) IS NULL OR EXISTS (
             SELECT 1 FROM resource_link_user AS known
                 JOIN resource_link ON resource_link.id = known.resource_link_id
                 JOIN deployment ON deployment.id = resource_link.deployment_id
             WHERE known.account_id = link.account_id AND known.sub = link.sub
                 AND deployment.registration_id = :registration_id
                 AND (CAST(:deployment_id AS TEXT) IS NULL
                     OR deployment.deployment_id = :deployment_id)))";

/// The links that cannot be moved because the same platform user already has another account there,
/// which is not moved itself, or because two accounts would be moved to it.
const CLASHES: &str =
    "SELECT carried.sub, carried.account_id AS carried, present.account_id AS present
     FROM temp.carried AS carried
         JOIN account_link AS present ON present.issuer = carried.issuer
             AND present.tenant = carried.tenant AND present.sub = carried.sub
     WHERE present.account_id <> carried.account_id
         AND present.id NOT IN (SELECT link_id FROM temp.carried WHERE NOT copies)
     UNION ALL
     SELECT one.sub, one.account_id, other.account_id
     FROM temp.carried AS one
         JOIN temp.carried AS other ON other.issuer = one.issuer AND other.tenant = one.tenant
             AND other.sub = one.sub AND other.account_id > one.account_id";

impl Read<'_> {
    /// How much depends on the platform users of moves; people who are in two of them count twice.
    pub fn dependents(&self, moves: &[UserMove]) -> Result<Dependents, Error> {
        let mut all = Dependents::default();
        for UserMove { from, registration_id, deployment_id, .. } in moves {
            let IdentityScope { issuer, tenant } = from;
            let one = self.connection.one(
                sql!(
                    "WITH person AS MATERIALIZED (SELECT link.account_id FROM {MOVING})
                     SELECT (SELECT count(*) FROM person) AS people,
                         (SELECT count(*) FROM enrolment
                             WHERE account_id IN (SELECT account_id FROM person)) AS enrolments,
                         (SELECT count(*) FROM grade
                             WHERE account_id IN (SELECT account_id FROM person)) AS grades"
                ),
                bind! { issuer, tenant, registration_id, deployment_id },
                |row| {
                    Ok(Dependents {
                        people: row.get("people")?,
                        enrolments: row.get("enrolments")?,
                        grades: row.get("grades")?,
                    })
                },
            )?;
            all = Dependents {
                people: all.people + one.people,
                enrolments: all.enrolments + one.enrolments,
                grades: all.grades + one.grades,
            };
        }
        Ok(all)
    }
}

impl Write<'_> {
    /// Moves platform users with their accounts, all at once, so that two registrations can swap
    /// their issuers. Returns how many were moved. Changes nothing if a platform user would have
    /// two accounts, and returns the number of these users and the first few of them: accounts are
    /// never merged.
    pub fn carry_users(
        &self,
        moves: &[UserMove],
    ) -> Result<Result<u32, (u32, Vec<UserClash>)>, Error> {
        self.collect_carried(moves)?;
        let clashes = self.clashes()?;
        if clashes.0 > 0 {
            return Ok(Err(clashes));
        }
        self.connection.change(
            "DELETE FROM account_link
             WHERE id IN (SELECT link_id FROM temp.carried WHERE NOT copies)",
            bind! {},
        )?;
        self.connection.change(
            "INSERT INTO account_link
                 (account_id, issuer, tenant, sub, made_account, migrated, created_at,
                  last_launch_at)
             SELECT account_id, issuer, tenant, sub, made_account, migrated, created_at,
                 last_launch_at
                 FROM temp.carried WHERE true ORDER BY link_id
             ON CONFLICT (issuer, tenant, sub) DO NOTHING",
            bind! {},
        )?;
        let people = self.connection.one(
            "SELECT count(DISTINCT link_id) AS people FROM temp.carried",
            bind! {},
            |row| row.get("people"),
        )?;
        self.connection.change("DELETE FROM temp.carried", bind! {})?;
        Ok(Ok(people))
    }

    /// Collects the account links that moves would add in a temporary table.
    fn collect_carried(&self, moves: &[UserMove]) -> Result<(), Error> {
        self.connection.execute_batch(
            "CREATE TEMPORARY TABLE IF NOT EXISTS carried (
                 link_id BIGINT NOT NULL, account_id BIGINT NOT NULL, issuer TEXT NOT NULL,
                 tenant TEXT NOT NULL, sub TEXT NOT NULL, made_account BOOLEAN NOT NULL,
                 migrated BOOLEAN NOT NULL, created_at BIGINT NOT NULL, last_launch_at BIGINT,
                 copies BOOLEAN NOT NULL);
             CREATE INDEX IF NOT EXISTS temp.carried_by_user ON carried (issuer, tenant, sub);
             DELETE FROM temp.carried;",
        )?;
        for UserMove { from, to, registration_id, deployment_id, copies } in moves {
            let IdentityScope { issuer, tenant } = from;
            self.connection.change(
                sql!(
                    "INSERT INTO temp.carried (link_id, account_id, issuer, tenant, sub,
                         made_account, migrated, created_at, last_launch_at, copies)
                     SELECT link.id, link.account_id, :to_issuer, :to_tenant, link.sub,
                         link.made_account, link.migrated, link.created_at, link.last_launch_at,
                         :copies
                     FROM {MOVING}"
                ),
                bind! {
                    issuer, tenant, registration_id, deployment_id, copies,
                    to_issuer: to.issuer, to_tenant: to.tenant,
                },
            )?;
        }
        Ok(())
    }

    fn clashes(&self) -> Result<(u32, Vec<UserClash>), Error> {
        let number = self.connection.one(
            sql!("SELECT count(*) AS clashes FROM ({CLASHES}) AS clash"),
            bind! {},
            |row| row.get("clashes"),
        )?;
        if number == 0 {
            return Ok((0, Vec::new()));
        }
        let clashes = self.connection.all(
            sql!(
                "WITH clash (sub, carried, present) AS ({CLASHES} LIMIT 5)
                 SELECT clash.sub AS sub, one.username AS carried, other.username AS present
                 FROM clash JOIN account AS one ON one.id = clash.carried
                     JOIN account AS other ON other.id = clash.present
                 ORDER BY clash.sub"
            ),
            bind! {},
            |row| {
                Ok(UserClash {
                    sub: row.get("sub")?,
                    carried: row.get("carried")?,
                    present: row.get("present")?,
                })
            },
        )?;
        Ok((number, clashes))
    }
}
