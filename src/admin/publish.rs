//! Publishing resources.

use jiff::Timestamp;

use crate::domain::{Name, Random, Resource, ResourceRef, Slug};
use crate::failure::{Failure, FailureList, Kind};
use crate::rules::grade;
use crate::rules::resource::{self, ResourceChange};
use crate::store::{Read, ResourceExtent, Store};

/// Publishes a resource; with `if_not_exists`, one that exists under that slug is returned
/// unchanged. Says whether it was made.
///
/// # Errors
///
/// A conflict when the slug is taken; no such course; an invalid value.
pub fn publish(
    store: &mut Store,
    name: &Name,
    slug: Option<Slug>,
    change: &ResourceChange,
    if_not_exists: bool,
    now: Timestamp,
    random: &Random,
) -> Result<(Resource, bool), Failure> {
    let slug = match slug {
        Some(slug) => slug,
        None => Slug::from_name(name)?,
    };
    store.write(|write| {
        if let Some(resource) = write.resource(&slug)? {
            if if_not_exists {
                return Ok((resource, false));
            }
            return Err(Failure::new(
                Kind::Conflict,
                format!("resource {slug} already exists"),
                "every resource has its own slug; choose another one with --slug, or use \
                 --if-not-exists",
                format!("ltictl resource show {slug}"),
            ));
        }
        let mut resource = Resource::new(slug.clone(), random.uuid(), name.clone(), now);
        let mut failures = FailureList::default();
        resource::alter(&**write, &mut resource, change, &mut failures);
        failures.first()?;
        write.insert_resource(&resource)?;
        Ok((resource::find(**write, &(&slug).into())?, true))
    })
}

/// Changes a resource; its slug and UUID stay.
///
/// # Errors
///
/// Not found; no such course; an invalid value.
pub fn update(
    store: &mut Store,
    slug: &ResourceRef,
    change: &ResourceChange,
    now: Timestamp,
) -> Result<Resource, Failure> {
    update_and_drop(store, slug, change, false, now)
}

/// The same; `drop_grades` permits a change of the grade scope that drops grades.
pub fn update_and_drop(
    store: &mut Store,
    slug: &ResourceRef,
    change: &ResourceChange,
    drop_grades: bool,
    now: Timestamp,
) -> Result<Resource, Failure> {
    store.write(|write| {
        let mut resource = resource::find(**write, slug)?;
        let before = resource.clone();
        let mut failures = FailureList::default();
        resource::alter(&**write, &mut resource, change, &mut failures);
        failures.first()?;
        if resource != before {
            grade::store_with_scope(write, &before, &resource, drop_grades, now)?;
        }
        resource::find(**write, slug)
    })
}

/// What is deleted with a resource.
///
/// # Errors
///
/// Not found, with the nearest names; a conflict while activities belong to it.
pub fn deletion_extent(
    read: Read<'_>,
    slug: &ResourceRef,
) -> Result<(Resource, ResourceExtent), Failure> {
    let resource = find_deletable(read, slug)?;
    let extent = read.resource_extent(resource.id)?;
    Ok((resource, extent))
}

/// Deletes a resource with its links, enrolments, grades and sessions; accounts and the launch log
/// stay.
pub fn delete(store: &mut Store, slug: &ResourceRef) -> Result<(), Failure> {
    store.write(|write| {
        let resource = find_deletable(**write, slug)?;
        write.delete_resource(resource.id)?;
        Ok(())
    })
}

fn find_deletable(read: Read<'_>, slug: &ResourceRef) -> Result<Resource, Failure> {
    let resource = resource::find(read, slug)?;
    let activities: Vec<String> =
        read.activities_of(&resource.slug)?.iter().map(Slug::to_string).collect();
    match activities.first() {
        None => Ok(resource),
        Some(first) => Err(Failure::new(
            Kind::Conflict,
            format!("{} cannot be deleted", resource.slug),
            format!(
                "activities belong to it: {}; delete them, or move them out of the course",
                activities.join(", ")
            ),
            format!("ltictl resource update {first} --course ''"),
        )),
    }
}
