//! Accounts, the platform users who have them, and what content selection offers them.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::{Error, Maker, Read, Write, from_milliseconds, to_milliseconds};
use crate::domain::{Account, AccountLink, AccountOrigin, PlatformUser, Profile, Username};

pub(super) const COLUMNS: &str = "account.id, account.uuid, account.username, account.origin, \
    account.name, account.given_name, account.family_name, account.email, account.locale, \
    account.time_zone, account.institution, account.password_hash IS NOT NULL, account.enabled, \
    account.grants_all, account.created_at, account.updated_at";

/// The latest launch of a link is stored to the minute, so that a class that reloads writes
/// nothing.
pub(super) const PRECISION_MILLISECONDS: i64 = 60_000;

/// Whether a moment is stored already as far as moments of launches are: to the minute.
pub fn is_recent(moment: Option<Timestamp>, now: Timestamp) -> bool {
    moment.is_some_and(|moment| {
        to_milliseconds(moment) > to_milliseconds(now) - PRECISION_MILLISECONDS
    })
}

/// What goes when an account is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountExtent {
    /// Platform users who lose it, those of LTI 1.1 among them.
    pub links: u32,
    /// Resources in which it takes part.
    pub enrolments: u32,
    /// Its grades.
    pub grades: u32,
    /// Open visits.
    pub sessions: u32,
}

pub(super) fn account(row: &Row<'_>, first: usize) -> Result<Account, rusqlite::Error> {
    fn invalid(
        column: usize,
        error: impl std::error::Error + Send + Sync + 'static,
    ) -> rusqlite::Error {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            Box::new(error),
        )
    }
    Ok(Account {
        id: row.get(first)?,
        uuid: row
            .get_ref(first + 1)?
            .as_str()?
            .parse::<Uuid>()
            .map_err(|error| invalid(first + 1, error))?,
        username: Username::new(row.get_ref(first + 2)?.as_str()?)
            .map_err(|error| invalid(first + 2, error))?,
        origin: row
            .get_ref(first + 3)?
            .as_str()?
            .parse::<AccountOrigin>()
            .map_err(|error| invalid(first + 3, error))?,
        profile: Profile {
            name: row.get(first + 4)?,
            given_name: row.get(first + 5)?,
            family_name: row.get(first + 6)?,
            email: row.get(first + 7)?,
            locale: row.get(first + 8)?,
            time_zone: row.get(first + 9)?,
            institution: row.get(first + 10)?,
        },
        has_password: row.get(first + 11)?,
        enabled: row.get(first + 12)?,
        grants_all: row.get(first + 13)?,
        created_at: from_milliseconds(row.get(first + 14)?),
        updated_at: from_milliseconds(row.get(first + 15)?),
    })
}

impl Read<'_> {
    /// Every account by username.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn accounts(&self) -> Result<Vec<Account>, Error> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM account ORDER BY username"))?;
        Ok(statement.query_map([], |row| account(row, 0))?.collect::<Result<_, _>>()?)
    }

    /// The account of that username.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn account(&self, username: &str) -> Result<Option<Account>, Error> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE username = ?1"))?;
        Ok(statement.query_row([username], |row| account(row, 0)).optional()?)
    }

    /// The account of that UUID.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn account_by_uuid(&self, uuid: &Uuid) -> Result<Option<Account>, Error> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE uuid = ?1"))?;
        Ok(statement.query_row([uuid.to_string()], |row| account(row, 0)).optional()?)
    }

    /// The account of that key within the database.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn account_by_id(&self, id: i64) -> Result<Option<Account>, Error> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE id = ?1"))?;
        Ok(statement.query_row([id], |row| account(row, 0)).optional()?)
    }

    /// The account that a platform's user has.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn account_of(&self, user: &PlatformUser) -> Result<Option<(Account, AccountLink)>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS}, link.issuer, link.tenant, link.sub, link.made_account, link.created_at, link.last_launch_at
             FROM account_link AS link JOIN account ON account.id = link.account_id WHERE link.issuer = ?1 AND link.tenant = ?2 AND link.sub = ?3"
        ))?;
        Ok(statement
            .query_row(params![user.issuer, user.tenant, user.sub], |row| {
                Ok((account(row, 0)?, link(row, 16)?))
            })
            .optional()?)
    }

    /// The platform users who have an account.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn account_links(&self, account_id: i64) -> Result<Vec<AccountLink>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT issuer, tenant, sub, made_account, created_at, last_launch_at \
                FROM account_link WHERE account_id = ?1 ORDER BY id",
        )?;
        Ok(statement.query_map([account_id], |row| link(row, 0))?.collect::<Result<_, _>>()?)
    }

    /// The usernames of all accounts.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn usernames(&self) -> Result<Vec<String>, Error> {
        let mut statement =
            self.connection.prepare_cached("SELECT username FROM account ORDER BY username")?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// The hash of an account's password (PHC string), for anyone who checks one.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn password_hash(&self, account_id: i64) -> Result<Option<String>, Error> {
        let mut statement =
            self.connection.prepare_cached("SELECT password_hash FROM account WHERE id = ?1")?;
        Ok(statement.query_row([account_id], |row| row.get(0)).optional()?.flatten())
    }

    /// The slugs of the resources that an account was granted one by one.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn grants(&self, account_id: i64) -> Result<Vec<String>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT slug FROM account_grant JOIN resource ON \
                resource.id = resource_id WHERE account_id = ?1 ORDER BY slug",
        )?;
        Ok(statement.query_map([account_id], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// What goes when an account is deleted.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn account_extent(&self, account_id: i64) -> Result<AccountExtent, Error> {
        Ok(self.connection.query_row(
            "SELECT (SELECT count(*) FROM account_link WHERE account_id = ?1) + (SELECT count(*) FROM consumer_user WHERE account_id = ?1),
                    (SELECT count(*) FROM enrolment WHERE account_id = ?1),
                    (SELECT count(*) FROM grade WHERE account_id = ?1), (SELECT count(*) FROM session WHERE account_id = ?1)",
            [account_id],
            |row| Ok(AccountExtent { links: row.get(0)?, enrolments: row.get(1)?, grades: row.get(2)?, sessions: row.get(3)? }),
        )?)
    }
}

fn link(row: &Row<'_>, first: usize) -> Result<AccountLink, rusqlite::Error> {
    Ok(AccountLink {
        user: PlatformUser {
            issuer: row.get(first)?,
            tenant: row.get(first + 1)?,
            sub: row.get(first + 2)?,
        },
        made_account: row.get(first + 3)?,
        created_at: from_milliseconds(row.get(first + 4)?),
        last_launch_at: row.get::<_, Option<i64>>(first + 5)?.map(from_milliseconds),
    })
}

impl Write<'_> {
    /// Adds an account and gives its key; its `id`, and whether it has a password, are ignored. The
    /// caller has made sure that username and UUID are free.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn insert_account(&self, account: &Account) -> Result<i64, Error> {
        self.add_account(account, Maker::Hand)
    }

    /// The same, and says who makes it.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn add_account(&self, account: &Account, maker: Maker) -> Result<i64, Error> {
        let profile = &account.profile;
        self.connection
            .prepare_cached(
                "INSERT INTO account (uuid, username, origin, name, given_name, family_name, email, locale, time_zone, institution, enabled, grants_all,
                     created_at, updated_at, managed, created_by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13, ?14, ?15)",
            )?
            .execute(params![
                account.uuid.to_string(),
                account.username.as_str(),
                account.origin.as_str(),
                profile.name,
                profile.given_name,
                profile.family_name,
                profile.email,
                profile.locale,
                profile.time_zone,
                profile.institution,
                account.enabled,
                account.grants_all,
                to_milliseconds(account.created_at),
                maker.is_manifest(),
                maker.registration(),
            ])?;
        Ok(self.connection.last_insert_rowid())
    }

    /// Stores what may change of an account, its password aside.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn update_account(&self, account: &Account, now: Timestamp) -> Result<(), Error> {
        let profile = &account.profile;
        self.connection
            .prepare_cached(
                "UPDATE account SET username = ?2, name = ?3, given_name = ?4, family_name = ?5, email = ?6, locale = ?7, time_zone = ?8, institution = ?9,
                     enabled = ?10, grants_all = ?11, updated_at = ?12
                 WHERE id = ?1",
            )?
            .execute(params![
                account.id,
                account.username.as_str(),
                profile.name,
                profile.given_name,
                profile.family_name,
                profile.email,
                profile.locale,
                profile.time_zone,
                profile.institution,
                account.enabled,
                account.grants_all,
                to_milliseconds(now),
            ])?;
        Ok(())
    }

    /// Stores the hash of a password (PHC string), or takes the password away.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn set_password_hash(
        &self,
        account_id: i64,
        hash: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.connection.execute(
            "UPDATE account SET password_hash = ?2, updated_at = ?3 WHERE id = ?1",
            params![account_id, hash, to_milliseconds(now)],
        )?;
        Ok(())
    }

    /// Deletes an account with its links, enrolments, grades, grants and sessions; the launch log
    /// stays.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn delete_account(&self, account_id: i64) -> Result<(), Error> {
        self.connection
            .prepare_cached("DELETE FROM account WHERE id = ?1")?
            .execute([account_id])?;
        Ok(())
    }

    /// Ends the visits of an account at a resource.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn delete_account_sessions_at(
        &self,
        account_id: i64,
        resource_id: i64,
    ) -> Result<(), Error> {
        self.connection.execute(
            "DELETE FROM session WHERE account_id = ?1 AND resource_id = ?2",
            [account_id, resource_id],
        )?;
        Ok(())
    }

    /// Ends the visits of an account.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn delete_account_sessions(&self, account_id: i64) -> Result<(), Error> {
        self.connection
            .prepare_cached("DELETE FROM session WHERE account_id = ?1")?
            .execute([account_id])?;
        Ok(())
    }

    /// Ends the visits in which a platform's user has an account.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn delete_user_sessions(&self, account_id: i64, user: &PlatformUser) -> Result<(), Error> {
        self.connection.execute(
            "DELETE FROM session WHERE account_id = ?1 AND visit ->> 'issuer' = ?2 AND visit ->> \
             'tenant' = ?3 AND visit ->> 'sub' = ?4",
            params![account_id, user.issuer, user.tenant, user.sub],
        )?;
        Ok(())
    }

    /// Gives a platform's user an account, or says `false` when that user has one.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn insert_account_link(&self, account_id: i64, link: &AccountLink) -> Result<bool, Error> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO account_link (account_id, issuer, tenant, sub, made_account, created_at, last_launch_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (issuer, tenant, sub) DO NOTHING",
        )?;
        let user = &link.user;
        let (created_at, last_launch_at) =
            (to_milliseconds(link.created_at), link.last_launch_at.map(to_milliseconds));
        Ok(statement.execute(params![
            account_id,
            user.issuer,
            user.tenant,
            user.sub,
            link.made_account,
            created_at,
            last_launch_at
        ])? == 1)
    }

    /// Takes an account away from a platform's user; says whether they had it.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn delete_account_link(&self, account_id: i64, user: &PlatformUser) -> Result<bool, Error> {
        let mut statement = self.connection.prepare_cached(
            "DELETE FROM account_link WHERE \
            account_id = ?1 AND issuer = ?2 AND tenant = ?3 AND sub = ?4",
        )?;
        Ok(statement.execute(params![account_id, user.issuer, user.tenant, user.sub])? == 1)
    }

    /// Remembers that a platform's user has launched, to the minute.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn touch_account_link(&self, user: &PlatformUser, now: Timestamp) -> Result<(), Error> {
        let now = to_milliseconds(now);
        self.connection
            .prepare_cached(
                "UPDATE account_link SET last_launch_at = ?4
                 WHERE issuer = ?1 AND tenant = ?2 AND sub = ?3 AND (last_launch_at IS NULL OR last_launch_at <= ?4 - ?5)",
            )?
            .execute(params![user.issuer, user.tenant, user.sub, now, PRECISION_MILLISECONDS])?;
        Ok(())
    }

    /// Lets content selection offer a resource to an account; says whether it did not before.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn insert_grant(&self, account_id: i64, resource_id: i64) -> Result<bool, Error> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO account_grant (account_id, resource_id) VALUES (?1, ?2) \
                ON CONFLICT (account_id, resource_id) DO NOTHING",
        )?;
        Ok(statement.execute([account_id, resource_id])? == 1)
    }

    /// Takes a grant away, or all of them without a resource; says how many went.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn delete_grants(&self, account_id: i64, resource_id: Option<i64>) -> Result<usize, Error> {
        let mut statement = self.connection.prepare_cached(
            "DELETE FROM account_grant WHERE account_id = ?1 AND (?2 IS NULL OR resource_id = ?2)",
        )?;
        Ok(statement.execute(params![account_id, resource_id])?)
    }
}
