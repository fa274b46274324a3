//! Creates accounts.

use jiff::Timestamp;

use super::link::{LinkTarget, link_within};
use super::participation::{Grants, grant_within};
use super::{AccountRecord, show, taken};
use crate::domain::{Account, AccountRef, Profile, Random, Username};
use crate::failure::Failure;
use crate::rules::account::AccountChange;
use crate::rules::passwords;
use crate::store::Store;

/// What a new account has from the beginning, besides its username.
#[derive(Debug, Default)]
pub struct NewAccount<'p> {
    /// The profile.
    pub change: AccountChange,
    /// A password to sign in with.
    pub password: Option<&'p str>,
    /// What content selection offers.
    pub grants: Option<Grants>,
    /// The platform user who has the account.
    pub user: Option<LinkTarget>,
}

/// Creates an account with everything that is given, or nothing if any of it is invalid; with
/// `if_not_exists`, an existing account with that username is returned unchanged. Returns whether it
/// was created.
///
/// # Errors
///
/// If the username is taken or a value is invalid.
pub fn create(
    store: &mut Store,
    username: &Username,
    new: &NewAccount<'_>,
    if_not_exists: bool,
    now: Timestamp,
    random: &Random,
) -> Result<(AccountRecord, bool), Failure> {
    let mut account = Account::by_admin(username.clone(), random.uuid(), Profile::default(), now);
    new.change.apply(&mut account);
    // Hashing is slow, so it happens before the transaction.
    let hash = new.password.map(|password| passwords::hash(password, random)).transpose()?;
    store.write(|write| {
        if write.account(username)?.is_some() {
            return if if_not_exists {
                Ok((show(**write, &username.into())?, false))
            } else {
                Err(taken(username))
            };
        }
        let id = write.insert_account(&account)?;
        if let Some(hash) = &hash {
            write.set_password_hash(id, Some(hash), now)?;
        }
        let name = AccountRef::from(username);
        if let Some(grants) = &new.grants {
            grant_within(write, &name, grants, now)?;
        }
        if let Some(user) = &new.user {
            link_within(write, &name, user, false, now)?;
        }
        Ok((show(**write, &username.into())?, true))
    })
}
