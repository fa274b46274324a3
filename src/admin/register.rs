//! Creates, changes and deletes registrations.

use jiff::Timestamp;

use crate::domain::{Name, Registration, RegistrationRef, Slug};
use crate::failure::{Failure, Kind};
use crate::rules::registration::{self, Registered};
use crate::store::{DeletionExtent, Read, Store, Write};

/// Creates a draft; with `if_not_exists`, an existing registration with that slug is returned
/// unchanged. Returns whether it was created.
///
/// # Errors
///
/// If the slug is taken, or cannot be derived from the name.
pub fn create(
    store: &mut Store,
    name: &Name,
    slug: Option<Slug>,
    if_not_exists: bool,
    now: Timestamp,
) -> Result<(Registered, bool), Failure> {
    store.write(|write| create_within(write, name, slug, if_not_exists, now))
}

/// Like [`create`], as part of a larger change.
pub(super) fn create_within(
    write: &Write<'_>,
    name: &Name,
    slug: Option<Slug>,
    if_not_exists: bool,
    now: Timestamp,
) -> Result<(Registered, bool), Failure> {
    let slug = match slug {
        Some(slug) => slug,
        None => Slug::from_name(name)?,
    };
    let exists = write.registration(&slug)?.is_some();
    if exists && !if_not_exists {
        return Err(Failure::new(
            Kind::Conflict,
            format!("registration {slug} already exists"),
            "slugs are unique",
            format!(
                "ltictl registration show {slug}, or choose another slug with --slug, or \
                 --if-not-exists"
            ),
        ));
    }
    if !exists {
        write.insert_registration(&slug, name, now)?;
    }
    Ok((registration::show(**write, &(&slug).into())?, !exists))
}

/// Renames a registration; its slug stays.
pub fn rename(
    store: &mut Store,
    slug: &RegistrationRef,
    name: &Name,
    now: Timestamp,
) -> Result<Registered, Failure> {
    change(store, slug, now, |registration| registration.name = name.clone())
}

/// Enables or disables a registration.
pub fn set_enabled(
    store: &mut Store,
    slug: &RegistrationRef,
    enabled: bool,
    now: Timestamp,
) -> Result<Registered, Failure> {
    change(store, slug, now, |registration| registration.enabled = enabled)
}

fn change(
    store: &mut Store,
    slug: &RegistrationRef,
    now: Timestamp,
    change: impl FnOnce(&mut Registration),
) -> Result<Registered, Failure> {
    store.write(|write| {
        let mut registration = registration::find(**write, slug)?;
        let before = registration.clone();
        change(&mut registration);
        if registration != before {
            write.update_registration(&registration, now)?;
        }
        registration::show(**write, slug)
    })
}

/// What is deleted with a registration.
pub fn deletion_extent(
    read: Read<'_>,
    slug: &RegistrationRef,
) -> Result<(Registration, DeletionExtent), Failure> {
    let registration = registration::find(read, slug)?;
    let extent = read.deletion_extent(registration.id, None)?;
    Ok((registration, extent))
}

/// Deletes a registration with its deployments, courses, links and sessions; the launch log stays.
pub fn delete(store: &mut Store, slug: &RegistrationRef) -> Result<(), Failure> {
    store.write(|write| {
        let registration = registration::find(**write, slug)?;
        write.delete_registration(registration.id)?;
        Ok(())
    })
}
