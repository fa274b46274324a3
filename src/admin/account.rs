//! Creates, changes and deletes accounts.

mod create;
mod link;
mod participation;
#[cfg(test)]
mod tests;

pub use self::create::{NewAccount, create};
pub use self::link::{LinkTarget, link, unlink};
pub use self::participation::{Grants, enrol, grant, revoke, unenrol};

use jiff::Timestamp;

use crate::domain::{
    Account, AccountIdentity, AccountLink, AccountRef, ConsumerUser, Enrolment, Grade, Random,
    Slug, Username,
};
use crate::failure::{Failure, Kind};
use crate::rules::account::AccountChange;
use crate::rules::{self, passwords};
use crate::store::{AccountExtent, Read, Store, Write};

/// Everything that the tool stores about a person.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountRecord {
    /// The account.
    pub account: Account,
    /// The platform users who are linked to it.
    pub links: Vec<AccountLink>,
    /// The LTI 1.1 users who are linked to it.
    pub consumer_users: Vec<ConsumerUser>,
    /// The identities at providers that open it.
    pub identities: Vec<AccountIdentity>,
    /// Its enrolments, with the slugs of the resources.
    pub enrolments: Vec<(Slug, Enrolment)>,
    /// Its grades, with the slugs of the resources, and their courses.
    pub grades: Vec<(Slug, Grade, Option<String>)>,
    /// The slugs of the resources that are granted individually.
    pub grants: Vec<Slug>,
}

/// Everything that the tool stores about a person.
pub fn show(read: Read<'_>, name: &AccountRef) -> Result<AccountRecord, Failure> {
    record(read, rules::account::find(read, name)?)
}

fn record(read: Read<'_>, account: Account) -> Result<AccountRecord, Failure> {
    let id = account.id;
    Ok(AccountRecord {
        links: read.account_links(id)?,
        consumer_users: read.consumer_users(id)?,
        identities: read.account_identities(id)?,
        enrolments: read.enrolments_of(id)?,
        grades: read.grades_of(id)?,
        grants: read.grants(id)?,
        account,
    })
}

fn taken(username: &Username) -> Failure {
    Failure::new(
        Kind::Conflict,
        format!("account {username} already exists"),
        "usernames are unique; choose another one, or use --if-not-exists",
        format!("ltictl account show {username}"),
    )
}

/// Updates an account's profile.
///
/// # Errors
///
/// If there is no such account or a value is invalid.
pub fn update(
    store: &mut Store,
    name: &AccountRef,
    change: &AccountChange,
    now: Timestamp,
) -> Result<AccountRecord, Failure> {
    update_with(store, name, now, |account| {
        change.apply(account);
        Ok(())
    })
}

/// Renames an account; its UUID stays.
///
/// # Errors
///
/// If there is no such account or the username is taken.
pub fn rename(
    store: &mut Store,
    name: &AccountRef,
    username: &Username,
    now: Timestamp,
) -> Result<AccountRecord, Failure> {
    store.write(|write| {
        let account = rules::account::find(**write, name)?;
        if account.username != *username {
            if write.account(username)?.is_some() {
                return Err(Failure {
                    why: "usernames are unique; choose another one".to_owned(),
                    ..taken(username)
                });
            }
            write.update_account(&Account { username: username.clone(), ..account }, now)?;
        }
        show(**write, &username.into())
    })
}

/// Enables or disables an account. Disabling it ends its sessions.
pub fn set_enabled(
    store: &mut Store,
    name: &AccountRef,
    enabled: bool,
    now: Timestamp,
) -> Result<AccountRecord, Failure> {
    store.write(|write| {
        let account = rules::account::find(**write, name)?;
        if !enabled {
            write.delete_account_sessions(account.id)?;
        }
        if account.enabled != enabled {
            write.update_account(&Account { enabled, ..account.clone() }, now)?;
        }
        show(**write, &(&account.username).into())
    })
}

/// Sets or clears an account's password.
///
/// # Errors
///
/// If there is no such account or the password breaks a rule.
pub fn set_password(
    store: &mut Store,
    name: &AccountRef,
    password: Option<&str>,
    now: Timestamp,
    random: &Random,
) -> Result<AccountRecord, Failure> {
    let account = rules::account::find(store.read(), name)?;
    let hash = password.map(|password| passwords::hash(password, random)).transpose()?;
    store.write(|write| {
        let account = rules::account::find(**write, &account.uuid.into())?;
        if hash.is_some() || account.has_password {
            write.set_password_hash(account.id, hash.as_deref(), now)?;
        }
        show(**write, &(&account.username).into())
    })
}

/// What is deleted with an account.
pub fn deletion_extent(
    read: Read<'_>,
    name: &AccountRef,
) -> Result<(Account, AccountExtent), Failure> {
    let account = rules::account::find(read, name)?;
    let extent = read.account_extent(account.id)?;
    Ok((account, extent))
}

/// Deletes an account with its links, enrolments, grades and sessions; the launch log stays.
/// `export` is called with the data in the same transaction; if it fails, nothing is deleted.
///
/// # Errors
///
/// If there is no such account, with the nearest usernames, or if `export` fails.
pub fn delete(
    store: &mut Store,
    name: &AccountRef,
    export: impl FnOnce(&AccountRecord) -> Result<(), Failure>,
) -> Result<AccountRecord, Failure> {
    store.write(|write| {
        let record = show(**write, name)?;
        export(&record)?;
        write.delete_account(record.account.id)?;
        Ok(record)
    })
}

fn update_with(
    store: &mut Store,
    name: &AccountRef,
    now: Timestamp,
    change: impl FnOnce(&mut Account) -> Result<(), Failure>,
) -> Result<AccountRecord, Failure> {
    store.write(|write| {
        let mut account = rules::account::find(**write, name)?;
        let before = account.clone();
        change(&mut account)?;
        if account != before {
            write.update_account(&account, now)?;
        }
        show(**write, &(&account.username).into())
    })
}

/// The account with that username or UUID, in a transaction.
fn find(write: &Write<'_>, name: &AccountRef) -> Result<Account, Failure> {
    rules::account::find(**write, name)
}
