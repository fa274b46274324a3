//! Accounts, as the admin makes, changes and deletes them.

mod link;
mod participation;
#[cfg(test)]
mod tests;

pub(super) use self::link::exactly;
pub use self::link::{LinkTarget, link, unlink};
pub use self::participation::{Grants, enrol, grant, revoke, unenrol};

use jiff::Timestamp;

use crate::domain::{
    Account, AccountLink, ConsumerUser, Enrolment, Grade, Profile, Random, Username,
};
use crate::failure::{Complaints, Failure, Kind};
use crate::rules::{self, passwords};
use crate::store::{AccountExtent, Read, Store, Write};

/// All that the tool keeps of a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Dossier {
    /// The account.
    pub account: Account,
    /// Platform users who have it.
    pub links: Vec<AccountLink>,
    /// LTI 1.1 users who keep it.
    pub consumer_users: Vec<ConsumerUser>,
    /// Its part in resources, by their slugs.
    pub enrolments: Vec<(String, Enrolment)>,
    /// Its grades, by the slugs of their resources.
    pub grades: Vec<(String, Grade)>,
    /// The slugs of the resources that content selection offers it.
    pub grants: Vec<String>,
}

/// All that the tool keeps of a person.
pub fn show(read: Read<'_>, name: &str) -> Result<Dossier, Failure> {
    dossier(read, rules::account::find(read, name)?)
}

fn dossier(read: Read<'_>, account: Account) -> Result<Dossier, Failure> {
    let id = account.id;
    Ok(Dossier {
        links: read.account_links(id)?,
        consumer_users: read.consumer_users(id)?,
        enrolments: read.enrolments_of(id)?,
        grades: read.grades_of(id)?,
        grants: read.grants(id)?,
        account,
    })
}

/// Makes an account, with a password if one is given; with `if_not_exists`, one of that username is
/// returned unchanged. Says whether it was made.
///
/// # Errors
///
/// A conflict when the username is taken; an invalid value.
pub fn create(
    store: &mut Store,
    username: &Username,
    change: &rules::account::ProfileChange,
    password: Option<&str>,
    if_not_exists: bool,
    now: Timestamp,
    random: &Random,
) -> Result<(Dossier, bool), Failure> {
    let mut profile = Profile::default();
    alter_profile(&mut profile, change)?;
    // A hash takes its time: it is made while nobody waits for the database.
    let hash = password.map(|password| passwords::hash(password, random)).transpose()?;
    store.write(|write| {
        if write.account(username.as_str())?.is_some() {
            return if if_not_exists {
                Ok((show(**write, username.as_str())?, false))
            } else {
                Err(taken(username))
            };
        }
        let id = write.insert_account(&Account::by_admin(
            username.clone(),
            random.uuid(),
            profile,
            now,
        ))?;
        if let Some(hash) = &hash {
            write.set_password_hash(id, Some(hash), now)?;
        }
        Ok((show(**write, username.as_str())?, true))
    })
}

fn taken(username: &Username) -> Failure {
    Failure::new(
        Kind::Conflict,
        format!("account {username} exists already"),
        "every account has its own username",
        format!("ltictl account show {username}, or choose another username, or --if-not-exists"),
    )
}

/// Changes what an account says of its person.
///
/// # Errors
///
/// Not found; an invalid value.
pub fn update(
    store: &mut Store,
    name: &str,
    change: &rules::account::ProfileChange,
    now: Timestamp,
) -> Result<Dossier, Failure> {
    alter(store, name, now, |account| alter_profile(&mut account.profile, change))
}

/// Gives an account another username; its UUID stays.
///
/// # Errors
///
/// Not found; a conflict when the username is taken.
pub fn rename(
    store: &mut Store,
    name: &str,
    username: &Username,
    now: Timestamp,
) -> Result<Dossier, Failure> {
    store.write(|write| {
        let account = rules::account::find(**write, name)?;
        if account.username != *username {
            if write.account(username.as_str())?.is_some() {
                return Err(Failure {
                    hint: format!("ltictl account show {username}, or choose another username"),
                    ..taken(username)
                });
            }
            write.update_account(&Account { username: username.clone(), ..account }, now)?;
        }
        show(**write, username.as_str())
    })
}

/// Switches an account on or off; off, it gets no launches and its visits end.
pub fn set_enabled(
    store: &mut Store,
    name: &str,
    enabled: bool,
    now: Timestamp,
) -> Result<Dossier, Failure> {
    store.write(|write| {
        let account = rules::account::find(**write, name)?;
        if !enabled {
            write.delete_account_sessions(account.id)?;
        }
        if account.enabled != enabled {
            write.update_account(&Account { enabled, ..account.clone() }, now)?;
        }
        show(**write, account.username.as_str())
    })
}

/// Gives an account a password, or takes it away.
///
/// # Errors
///
/// Not found; a password that breaks a rule.
pub fn set_password(
    store: &mut Store,
    name: &str,
    password: Option<&str>,
    now: Timestamp,
    random: &Random,
) -> Result<Dossier, Failure> {
    let account = rules::account::find(store.read(), name)?;
    let hash = password.map(|password| passwords::hash(password, random)).transpose()?;
    store.write(|write| {
        let account = rules::account::find(**write, &account.uuid.to_string())?;
        if hash.is_some() || account.has_password {
            write.set_password_hash(account.id, hash.as_deref(), now)?;
        }
        show(**write, account.username.as_str())
    })
}

/// What goes when an account is deleted.
pub fn deletion_extent(read: Read<'_>, name: &str) -> Result<(Account, AccountExtent), Failure> {
    let account = rules::account::find(read, name)?;
    let extent = read.account_extent(account.id)?;
    Ok((account, extent))
}

/// Deletes an account with its links, enrolments, grades and visits; the launch log stays. `export`
/// gets all that is about to go, in the same transaction, and keeps it from going when it fails.
///
/// # Errors
///
/// Not found, with the nearest usernames; what `export` fails with.
pub fn delete(
    store: &mut Store,
    name: &str,
    export: impl FnOnce(&Dossier) -> Result<(), Failure>,
) -> Result<Dossier, Failure> {
    store.write(|write| {
        let dossier = show(**write, name)?;
        export(&dossier)?;
        write.delete_account(dossier.account.id)?;
        Ok(dossier)
    })
}

fn alter(
    store: &mut Store,
    name: &str,
    now: Timestamp,
    change: impl FnOnce(&mut Account) -> Result<(), Failure>,
) -> Result<Dossier, Failure> {
    store.write(|write| {
        let mut account = rules::account::find(**write, name)?;
        let before = account.clone();
        change(&mut account)?;
        if account != before {
            write.update_account(&account, now)?;
        }
        show(**write, account.username.as_str())
    })
}

fn alter_profile(
    profile: &mut Profile,
    change: &rules::account::ProfileChange,
) -> Result<(), Failure> {
    let mut complaints = Complaints::default();
    rules::account::change_profile(profile, change, &mut complaints);
    complaints.first()
}

/// The account of that name, within a write.
fn found(write: &Write<'_>, name: &str) -> Result<Account, Failure> {
    rules::account::find(**write, name)
}
