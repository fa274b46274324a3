//! Enrols accounts, and grants them resources in content selection.

use jiff::Timestamp;

use super::{AccountRecord, find, show};
use crate::domain::{Account, AccountRef, Enrolment, EnrolmentSource, ResourceRef};
use crate::failure::{Failure, Kind};
use crate::rules::resource;
use crate::store::{Store, Write};

/// The resources to grant or revoke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grants {
    /// Every resource, including future ones.
    All,
    /// The resources with these slugs or UUIDs.
    Resources(Vec<ResourceRef>),
}

/// Enrols an account regardless of the resource's enrolment rules, which apply to launches. The
/// role is student, unless the account is enrolled already. An expired enrolment starts again; a
/// current one is only marked as set by the admin, so that synchronization does not remove it.
pub fn enrol(
    store: &mut Store,
    name: &AccountRef,
    resource: &ResourceRef,
    teaches: Option<bool>,
    now: Timestamp,
) -> Result<AccountRecord, Failure> {
    store.write(|write| {
        let account = find(write, name)?;
        let resource = resource::find(**write, resource)?;
        let before = write.enrolment(account.id, resource.id)?;
        let teaches =
            teaches.unwrap_or_else(|| before.as_ref().is_some_and(|enrolment| enrolment.teaches));
        let fresh = Enrolment {
            account_id: account.id,
            resource_id: resource.id,
            role: resource.role(teaches).as_str().to_owned(),
            teaches,
            source: EnrolmentSource::Admin,
            created_at: now,
            ends_at: resource.enrolment.ends_at(now),
            last_access_at: None,
        };
        match before {
            None => write.insert_enrolment(&fresh)?,
            Some(before) => {
                let ends_at = if before.has_ended(now) { fresh.ends_at } else { before.ends_at };
                let enrolment = Enrolment {
                    ends_at,
                    created_at: before.created_at,
                    last_access_at: before.last_access_at,
                    ..fresh
                };
                if enrolment != before {
                    write.update_enrolment(&enrolment)?;
                }
            }
        }
        show(**write, &(&account.username).into())
    })
}

/// Unenrols an account from a resource and ends its sessions there; a grade stays.
///
/// # Errors
///
/// If there is no such account or resource, or the account is not enrolled.
pub fn unenrol(
    store: &mut Store,
    name: &AccountRef,
    resource: &ResourceRef,
) -> Result<AccountRecord, Failure> {
    store.write(|write| {
        let account = find(write, name)?;
        let resource = resource::find(**write, resource)?;
        if !write.delete_enrolment(account.id, resource.id)? {
            return Err(Failure::new(
                Kind::NotFound,
                format!("{} cannot be unenrolled from {}", account.username, resource.slug),
                "it is not enrolled there",
                format!("ltictl account show {}", account.username),
            ));
        }
        write.delete_account_sessions_at(account.id, resource.id)?;
        show(**write, &(&account.username).into())
    })
}

/// Grants resources to an account, which content selection then offers.
pub fn grant(
    store: &mut Store,
    name: &AccountRef,
    grants: &Grants,
    now: Timestamp,
) -> Result<AccountRecord, Failure> {
    store.write(|write| {
        let account = grant_within(write, name, grants, now)?;
        show(**write, &(&account.username).into())
    })
}

/// Like [`grant`], as part of a larger change.
pub(super) fn grant_within(
    write: &Write<'_>,
    name: &AccountRef,
    grants: &Grants,
    now: Timestamp,
) -> Result<Account, Failure> {
    let account = find(write, name)?;
    match grants {
        Grants::All if account.grants_all => {}
        Grants::All => {
            write.update_account(&Account { grants_all: true, ..account.clone() }, now)?
        }
        Grants::Resources(resources) => {
            for resource in resources {
                write.insert_grant(account.id, resource::find(**write, resource)?.id)?;
            }
        }
    }
    Ok(account)
}

/// Revokes resources that were granted to an account. Revoking all includes those that were granted
/// individually.
///
/// # Errors
///
/// If there is no such account or resource, or individual resources are to be revoked from an
/// account that was granted all.
pub fn revoke(
    store: &mut Store,
    name: &AccountRef,
    grants: &Grants,
    now: Timestamp,
) -> Result<AccountRecord, Failure> {
    store.write(|write| {
        let account = find(write, name)?;
        match grants {
            Grants::All => {
                write.delete_grants(account.id, None)?;
                if account.grants_all {
                    write.update_account(&Account { grants_all: false, ..account.clone() }, now)?;
                }
            }
            Grants::Resources(_) if account.grants_all => {
                return Err(Failure::new(
                    Kind::Conflict,
                    format!("{} is granted every resource", account.username),
                    "so individual resources cannot be revoked: revoke all, then grant those to \
                     keep",
                    format!("ltictl account revoke {} --all", account.username),
                ));
            }
            Grants::Resources(resources) => {
                for resource in resources {
                    write.delete_grants(account.id, Some(resource::find(**write, resource)?.id))?;
                }
            }
        }
        show(**write, &(&account.username).into())
    })
}
