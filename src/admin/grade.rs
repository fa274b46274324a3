//! Grades that the admin sets and imports.

mod import;

pub use self::import::{ImportedGrade, import};

use jiff::Timestamp;

use crate::domain::{Account, AccountRef, Grade, Resource, ResourceRef};
use crate::failure::{Failure, Kind};
use crate::rules::grade::{NewGrade, course_for, record};
use crate::rules::{account, resource};
use crate::store::{GradeCourse, Read, Store};

/// Sets an account's grade.
pub fn set(
    store: &mut Store,
    resource: &ResourceRef,
    name: &AccountRef,
    new: &NewGrade,
    now: Timestamp,
) -> Result<(Resource, Account, Grade), Failure> {
    let (resource, account, grade, _) = set_in(store, resource, name, None, new, now)?;
    Ok((resource, account, grade))
}

/// The same in a course, which has to be named if there are several.
pub fn set_in(
    store: &mut Store,
    resource: &ResourceRef,
    name: &AccountRef,
    course: Option<&str>,
    new: &NewGrade,
    now: Timestamp,
) -> Result<ShownGrade, Failure> {
    store.write(|write| {
        let resource = resource::find(**write, resource)?;
        let account = account::find(**write, name)?;
        let course = course_for(**write, &resource, &account, course)?;
        let id = course.as_ref().map(|course| course.id);
        let grade = record(write, &resource, &account, id, new, "cli", now)?;
        Ok((resource, account, grade, course))
    })
}

/// A grade with what it belongs to.
pub type ShownGrade = (Resource, Account, Grade, Option<GradeCourse>);

/// An account's grade at a resource.
pub fn show(
    read: Read<'_>,
    resource: &ResourceRef,
    name: &AccountRef,
    course: Option<&str>,
) -> Result<ShownGrade, Failure> {
    let resource = resource::find(read, resource)?;
    let account = account::find(read, name)?;
    let course = course_for(read, &resource, &account, course)?;
    match read.grade(account.id, resource.id, course.as_ref().map(|course| course.id))? {
        Some(grade) => Ok((resource, account, grade, course)),
        None => Err(Failure::new(
            Kind::NotFound,
            format!("{} has no grade for {}", account.username, resource.slug),
            "none has been set",
            format!("ltictl grade set {} {} SCORE", resource.slug, account.username),
        )),
    }
}
