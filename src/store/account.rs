//! Accounts, the platform users who have them, and what content selection offers them.

use std::ops::ControlFlow;

use jiff::Timestamp;
use uuid::Uuid;

use super::column::to_milliseconds;
use super::query::{Queries as _, as_record, bind, each_record, once, select, sql};
use super::record::{Record as _, columns, record};
use super::{CreatedBy, Error, Read, Write};
use crate::domain::{
    Account, AccountLink, AccountOrigin, Enrolment, PlatformUser, Profile, Slug, Username,
};

record! {
    Account in "account" {
        id, uuid, username, origin, profile, has_password, enabled, require_provider, grants_all, created_at,
        updated_at,
    }
    computed { id = "account.id", has_password = "account.password_hash IS NOT NULL" }
    fixed { uuid, origin, created_at }
}

columns! {
    Profile { name, given_name, family_name, email, locale, time_zone, institution }
}

record! {
    AccountLink in "account_link" { user, made_account, migrated, created_at, last_launch_at }
}

columns! {
    PlatformUser { issuer, tenant, sub }
}

/// The latest launch of a link is stored to the minute, so that reloading the page writes nothing.
pub(super) const PRECISION_MILLISECONDS: i64 = 60_000;

/// Whether a stored launch time is less than a minute old, so that it needs no update.
pub fn is_recent(moment: Option<Timestamp>, now: Timestamp) -> bool {
    moment.is_some_and(|moment| {
        to_milliseconds(moment) > to_milliseconds(now) - PRECISION_MILLISECONDS
    })
}

/// What is deleted with an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountExtent {
    /// Links to platform users, including those of LTI 1.1, and to identities at providers.
    pub links: u32,
    /// Enrolments.
    pub enrolments: u32,
    /// Grades.
    pub grades: u32,
    /// Open sessions.
    pub sessions: u32,
}

impl Read<'_> {
    /// All accounts by username.
    pub fn accounts(&self) -> Result<Vec<Account>, Error> {
        self.connection.all(select!(Account, "ORDER BY username"), bind! {}, as_record)
    }

    /// Calls `callback` for each account by username until it breaks; only for those of one origin
    /// if it is given.
    pub fn each_account<E: From<Error>>(
        &self,
        origin: Option<AccountOrigin>,
        mut callback: impl FnMut(Account) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let Some(origin) = origin else {
            return each_record!(self, select!(Account, "ORDER BY username"), &[], callback);
        };
        each_record!(
            self,
            select!(Account, "WHERE origin = :origin ORDER BY username"),
            &[(":origin", origin.as_str().into())],
            callback
        )
    }

    /// Number of accounts.
    pub fn account_count(&self) -> Result<u64, Error> {
        self.connection
            .one("SELECT count(*) AS count FROM account", bind! {}, |row| row.get("count"))
    }

    /// The account with this username.
    pub fn account(&self, username: &Username) -> Result<Option<Account>, Error> {
        self.connection.find(
            select!(Account, "WHERE username = :username"),
            bind! { username },
            as_record,
        )
    }

    /// The account with this UUID.
    pub fn account_by_uuid(&self, uuid: &Uuid) -> Result<Option<Account>, Error> {
        self.connection.find(select!(Account, "WHERE uuid = :uuid"), bind! { uuid }, as_record)
    }

    /// The account with this key in the database.
    pub fn account_by_id(&self, id: i64) -> Result<Option<Account>, Error> {
        self.connection.find(select!(Account, "WHERE id = :id"), bind! { id }, as_record)
    }

    /// The account that is linked to a platform user.
    pub fn account_of(&self, user: &PlatformUser) -> Result<Option<(Account, AccountLink)>, Error> {
        let PlatformUser { issuer, tenant, sub } = user;
        self.connection.find(
            sql!(
                "SELECT {}, {} FROM account_link JOIN account ON account.id = account_id
                 WHERE issuer = :issuer AND tenant = :tenant AND sub = :sub",
                Account::table().selected,
                AccountLink::table().selected
            ),
            bind! { issuer, tenant, sub },
            |row| Ok((row.record()?, row.record()?)),
        )
    }

    /// The same, with the account's enrolment in a resource.
    pub fn account_at(
        &self,
        user: &PlatformUser,
        resource_id: Option<i64>,
    ) -> Result<Option<(Account, AccountLink, Option<Enrolment>)>, Error> {
        let PlatformUser { issuer, tenant, sub } = user;
        self.connection.find(
            sql!(
                "SELECT {}, {}, {} FROM account_link
                     JOIN account ON account.id = account_link.account_id
                     LEFT JOIN enrolment ON enrolment.account_id = account.id
                         AND enrolment.resource_id = :resource_id
                 WHERE issuer = :issuer AND tenant = :tenant AND sub = :sub",
                Account::table().selected,
                AccountLink::table().selected,
                Enrolment::table().selected
            ),
            bind! { issuer, tenant, sub, resource_id },
            |row| Ok((row.record()?, row.record()?, row.joined_record()?)),
        )
    }

    /// The platform users who are linked to an account.
    pub fn account_links(&self, account_id: i64) -> Result<Vec<AccountLink>, Error> {
        self.connection.all(
            select!(AccountLink, "WHERE account_id = :account_id ORDER BY id"),
            bind! { account_id },
            as_record,
        )
    }

    /// The usernames of all accounts.
    pub fn usernames(&self) -> Result<Vec<Username>, Error> {
        self.connection.all("SELECT username FROM account ORDER BY username", bind! {}, |row| {
            row.get("username")
        })
    }

    /// The hash of an account's password (PHC string).
    pub fn password_hash(&self, account_id: i64) -> Result<Option<String>, Error> {
        let hash = self.connection.find(
            "SELECT password_hash FROM account WHERE id = :account_id",
            bind! { account_id },
            |row| row.get("password_hash"),
        )?;
        Ok(hash.flatten())
    }

    /// The slugs of the resources that are granted to an account individually.
    pub fn grants(&self, account_id: i64) -> Result<Vec<Slug>, Error> {
        self.connection.all(
            "SELECT slug FROM account_grant JOIN resource ON resource.id = resource_id
             WHERE account_id = :account_id ORDER BY slug",
            bind! { account_id },
            |row| row.get("slug"),
        )
    }

    /// What is deleted with an account.
    pub fn account_extent(&self, account_id: i64) -> Result<AccountExtent, Error> {
        self.connection.one(
            "SELECT (SELECT count(*) FROM account_link WHERE account_id = :account_id)
                     + (SELECT count(*) FROM consumer_user WHERE account_id = :account_id)
                     + (SELECT count(*) FROM account_identity WHERE account_id = :account_id)
                         AS links,
                 (SELECT count(*) FROM enrolment WHERE account_id = :account_id) AS enrolments,
                 (SELECT count(*) FROM grade WHERE account_id = :account_id) AS grades,
                 (SELECT count(*) FROM session WHERE account_id = :account_id) AS sessions",
            bind! { account_id },
            |row| {
                Ok(AccountExtent {
                    links: row.get("links")?,
                    enrolments: row.get("enrolments")?,
                    grades: row.get("grades")?,
                    sessions: row.get("sessions")?,
                })
            },
        )
    }
}

impl Write<'_> {
    /// Adds an account and returns its key; its `id`, and whether it has a password, are ignored.
    /// The caller has checked that username and UUID are free.
    pub fn insert_account(&self, account: &Account) -> Result<i64, Error> {
        self.add_account(account, CreatedBy::Hand)
    }

    /// Adds an account, with who created it.
    pub fn add_account(&self, account: &Account, maker: CreatedBy) -> Result<i64, Error> {
        self.connection.insert_with(
            once!(
                Account::table()
                    .insert_with_key(&[("managed", ":managed"), ("created_by", ":created_by")])
            ),
            account,
            bind! {
                updated_at: account.created_at,
                managed: maker.is_manifest(),
                created_by: maker.registration(),
            },
        )
    }

    /// Stores everything that can change about an account except its password.
    pub fn update_account(&self, account: &Account, now: Timestamp) -> Result<(), Error> {
        self.connection.change_with(
            once!(Account::table().update(&[], "WHERE id = :id")),
            account,
            bind! { updated_at: now },
        )?;
        Ok(())
    }

    /// Stores the hash of a password (PHC string), or clears the password.
    pub fn set_password_hash(
        &self,
        account_id: i64,
        hash: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.connection.change(
            "UPDATE account SET password_hash = :hash, updated_at = :now WHERE id = :account_id",
            bind! { account_id, hash, now },
        )?;
        Ok(())
    }

    /// Deletes an account with its links, enrolments, grades, grants and sessions; the launch log
    /// stays.
    pub fn delete_account(&self, id: i64) -> Result<(), Error> {
        self.connection.change("DELETE FROM account WHERE id = :id", bind! { id })?;
        Ok(())
    }

    /// Ends the sessions of an account at a resource.
    pub fn delete_account_sessions_at(
        &self,
        account_id: i64,
        resource_id: i64,
    ) -> Result<(), Error> {
        self.connection.change(
            "DELETE FROM session WHERE account_id = :account_id AND resource_id = :resource_id",
            bind! { account_id, resource_id },
        )?;
        Ok(())
    }

    /// Ends the sessions of an account.
    pub fn delete_account_sessions(&self, account_id: i64) -> Result<(), Error> {
        self.connection
            .change("DELETE FROM session WHERE account_id = :account_id", bind! { account_id })?;
        Ok(())
    }

    /// Ends the sessions that a platform user has with an account.
    pub fn delete_user_sessions(&self, account_id: i64, user: &PlatformUser) -> Result<(), Error> {
        let PlatformUser { issuer, tenant, sub } = user;
        self.connection.change(
            "DELETE FROM session WHERE account_id = :account_id AND visit ->> 'issuer' = :issuer
                 AND visit ->> 'tenant' = :tenant AND visit ->> 'sub' = :sub",
            bind! { account_id, issuer, tenant, sub },
        )?;
        Ok(())
    }

    /// Links a platform user to an account. Returns `false` if that user is already linked.
    pub fn insert_account_link(&self, account_id: i64, link: &AccountLink) -> Result<bool, Error> {
        let inserted = self.connection.change_with(
            sql!(
                "{} ON CONFLICT (issuer, tenant, sub) DO NOTHING",
                AccountLink::table().insert(&[("account_id", ":account_id")])
            ),
            link,
            bind! { account_id },
        )?;
        Ok(inserted == 1)
    }

    /// Unlinks a platform user from an account. Returns whether they were linked.
    pub fn delete_account_link(&self, account_id: i64, user: &PlatformUser) -> Result<bool, Error> {
        let PlatformUser { issuer, tenant, sub } = user;
        let deleted = self.connection.change(
            "DELETE FROM account_link WHERE account_id = :account_id AND issuer = :issuer
                 AND tenant = :tenant AND sub = :sub",
            bind! { account_id, issuer, tenant, sub },
        )?;
        Ok(deleted == 1)
    }

    /// Stores the time of a platform user's launch, to the minute.
    pub fn touch_account_link(&self, user: &PlatformUser, now: Timestamp) -> Result<(), Error> {
        let PlatformUser { issuer, tenant, sub } = user;
        self.connection.change(
            "UPDATE account_link SET last_launch_at = :now
             WHERE issuer = :issuer AND tenant = :tenant AND sub = :sub
                 AND (last_launch_at IS NULL
                     OR last_launch_at <= :now - CAST(:precision AS BIGINT))",
            bind! { issuer, tenant, sub, now, precision: PRECISION_MILLISECONDS },
        )?;
        Ok(())
    }

    /// Offers a resource to an account in content selection. Returns `false` if it was granted
    /// already.
    pub fn insert_grant(&self, account_id: i64, resource_id: i64) -> Result<bool, Error> {
        let inserted = self.connection.change(
            "INSERT INTO account_grant (account_id, resource_id) VALUES (:account_id, :resource_id)
             ON CONFLICT (account_id, resource_id) DO NOTHING",
            bind! { account_id, resource_id },
        )?;
        Ok(inserted == 1)
    }

    /// Removes the grant of a resource, or all grants of an account. Returns how many there were.
    pub fn delete_grants(&self, account_id: i64, resource_id: Option<i64>) -> Result<usize, Error> {
        match resource_id {
            Some(resource_id) => self.connection.change(
                "DELETE FROM account_grant
                 WHERE account_id = :account_id AND resource_id = :resource_id",
                bind! { account_id, resource_id },
            ),
            None => self.connection.change(
                "DELETE FROM account_grant WHERE account_id = :account_id",
                bind! { account_id },
            ),
        }
    }
}
