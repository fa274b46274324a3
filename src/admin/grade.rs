//! Grades that the admin sets and imports.

mod import;

pub use self::import::import;

use jiff::Timestamp;

use crate::domain::{Account, AccountRef, Grade, Resource, ResourceRef};
use crate::failure::{Failure, Kind};
use crate::rules::grade::{NewGrade, record};
use crate::rules::{account, resource};
use crate::store::{Read, Store};

/// Sets an account's grade.
pub fn set(
    store: &mut Store,
    resource: &ResourceRef,
    name: &AccountRef,
    new: &NewGrade,
    now: Timestamp,
) -> Result<(Resource, Account, Grade), Failure> {
    store.write(|write| {
        let resource = resource::find(**write, resource)?;
        let account = account::find(**write, name)?;
        let grade = record(write, &resource, &account, new, "cli", now)?;
        Ok((resource, account, grade))
    })
}

/// An account's grade at a resource.
pub fn show(
    read: Read<'_>,
    resource: &ResourceRef,
    name: &AccountRef,
) -> Result<(Resource, Account, Grade), Failure> {
    let resource = resource::find(read, resource)?;
    let account = account::find(read, name)?;
    match read.grade(account.id, resource.id)? {
        Some(grade) => Ok((resource, account, grade)),
        None => Err(Failure::new(
            Kind::NotFound,
            format!("{} has no grade for {}", account.username, resource.slug),
            "none has been set",
            format!("ltictl grade set {} {} SCORE", resource.slug, account.username),
        )),
    }
}
