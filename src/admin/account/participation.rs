//! Where an account takes part, and what content selection offers it: as the admin says.

use jiff::Timestamp;

use super::{Dossier, found, show};
use crate::domain::{Account, Enrolment, EnrolmentSource};
use crate::failure::{Failure, Kind};
use crate::rules::resource;
use crate::store::Store;

/// What content selection is to offer, or no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grants {
    /// Every resource, those of the future too.
    All,
    /// These, by slug or UUID.
    Resources(Vec<String>),
}

/// Lets an account take part in a resource, whatever its rules of enrolment say: those are for
/// launches. As a student, unless it takes part otherwise already. An enrolment whose time is over
/// begins again; one that lasts only becomes the admin's, which no synchronization takes away.
pub fn enrol(
    store: &mut Store,
    name: &str,
    resource: &str,
    teaches: Option<bool>,
    now: Timestamp,
) -> Result<Dossier, Failure> {
    store.write(|write| {
        let account = found(write, name)?;
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
        show(**write, account.username.as_str())
    })
}

/// Ends an account's part in a resource, and its visits there; a grade stays.
///
/// # Errors
///
/// Not found; an account that does not take part.
pub fn unenrol(store: &mut Store, name: &str, resource: &str) -> Result<Dossier, Failure> {
    store.write(|write| {
        let account = found(write, name)?;
        let resource = resource::find(**write, resource)?;
        if !write.delete_enrolment(account.id, resource.id)? {
            return Err(Failure::new(
                Kind::NotFound,
                format!("{} does not take part in {}", account.username, resource.slug),
                "it is not enrolled there",
                format!("ltictl account show {}", account.username),
            ));
        }
        write.delete_account_sessions_at(account.id, resource.id)?;
        show(**write, account.username.as_str())
    })
}

/// Lets content selection offer resources to an account.
pub fn grant(
    store: &mut Store,
    name: &str,
    grants: &Grants,
    now: Timestamp,
) -> Result<Dossier, Failure> {
    store.write(|write| {
        let account = found(write, name)?;
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
        show(**write, account.username.as_str())
    })
}

/// Keeps content selection from offering resources to an account; all of them means those that were
/// granted one by one as well.
///
/// # Errors
///
/// Not found; a conflict when some are to go and all were granted.
pub fn revoke(
    store: &mut Store,
    name: &str,
    grants: &Grants,
    now: Timestamp,
) -> Result<Dossier, Failure> {
    store.write(|write| {
        let account = found(write, name)?;
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
                    "one of all cannot be taken away",
                    format!(
                        "ltictl account revoke {} --all, then grant those that it is to have",
                        account.username
                    ),
                ));
            }
            Grants::Resources(resources) => {
                for resource in resources {
                    write.delete_grants(account.id, Some(resource::find(**write, resource)?.id))?;
                }
            }
        }
        show(**write, account.username.as_str())
    })
}
