//! Creates, changes and deletes registrations.

use jiff::Timestamp;

use super::{connect, dynamic};
use crate::domain::{Deployment, InvitationLifetime, Name, Registration, RegistrationRef, Slug};
use crate::failure::{Failure, Kind};
use crate::rules::consumer;
use crate::rules::registration::{self, PlatformChange, Registered};
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
            "slugs are unique; choose another one with --slug, or use --if-not-exists",
            format!("ltictl registration show {slug}"),
        ));
    }
    if !exists && let Some(taken) = consumer::slug_is_taken(**write, &slug)? {
        return Err(taken);
    }
    if !exists {
        write.insert_registration(&slug, name, now)?;
    }
    Ok((registration::show(**write, &(&slug).into())?, !exists))
}

/// What a new registration has from the beginning, besides its name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewRegistration {
    /// A registration of the same platform, under another client ID: its other details, product and
    /// policy are taken over. It is not changed.
    pub same_platform: Option<RegistrationRef>,
    /// Platform details and policy.
    pub change: PlatformChange,
    /// Deployments.
    pub deployments: Vec<Deployment>,
}

/// Like [`create`], with everything that is known, and with a registration URL if the platform's
/// details are not. Everything is checked before anything is stored.
///
/// # Errors
///
/// As for [`create`], and as for [`connect::set_platform`].
pub fn create_with(
    store: &mut Store,
    name: &Name,
    slug: Option<Slug>,
    if_not_exists: bool,
    new: &NewRegistration,
    now: Timestamp,
) -> Result<(Registered, bool), Failure> {
    store.write(|write| {
        let ((registration, _), is_new) = create_within(write, name, slug, if_not_exists, now)?;
        let reference = RegistrationRef::from(&registration.slug);
        if is_new {
            let mut change = new.change.clone();
            if let Some(other) = &new.same_platform {
                let other = registration::find(**write, other)?;
                take_over(write, registration, &other, &mut change, now)?;
            }
            let created = connect::store_platform(write, &reference, &change, now)?;
            for deployment in &new.deployments {
                write.insert_deployment(created.id, deployment, now)?;
            }
            if created.platform.is_none() {
                dynamic::invite_within(
                    write,
                    created.id,
                    InvitationLifetime::default(),
                    false,
                    now,
                )?;
            }
        }
        Ok((registration::show(**write, &reference)?, is_new))
    })
}

/// Takes product and policy over from another registration of the same platform, and with a client
/// ID the platform's other details.
fn take_over(
    write: &Write<'_>,
    mut registration: Registration,
    other: &Registration,
    change: &mut PlatformChange,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(platform) = &other.platform else {
        return Err(Failure::new(
            Kind::Conflict,
            format!("{} has no platform details yet", other.slug),
            "there is nothing to take over from a draft",
            format!("ltictl registration connect {}", other.slug),
        ));
    };
    if change.issuer.as_deref().is_some_and(|issuer| issuer != platform.issuer.as_str()) {
        return Err(Failure::new(
            Kind::Invalid,
            "another issuer is not the same platform",
            format!("the issuer of {} is {}", other.slug, platform.issuer),
            "omit --issuer or --same-platform; `ltictl registration create --help` explains both",
        ));
    }
    registration.policy.clone_from(&other.policy);
    registration.product.clone_from(&other.product);
    registration.configuration_url.clone_from(&other.configuration_url);
    write.update_registration(&registration, now)?;
    if change.client_id.is_some() {
        for (detail, value) in [
            (&mut change.issuer, platform.issuer.as_str()),
            (&mut change.keyset_url, platform.keyset_url.as_str()),
            (&mut change.access_token_url, platform.access_token_url.as_str()),
            (&mut change.authentication_request_url, platform.authentication_request_url.as_str()),
        ] {
            detail.get_or_insert_with(|| value.to_owned());
        }
    }
    Ok(())
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
