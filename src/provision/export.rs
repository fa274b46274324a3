//! Exports the configuration as a manifest.

use super::field::{Entries, Field, Key};
use super::manifest::{DeploymentEntry, ManifestDocument, RegistrationEntry};
use super::state::{Granted, Sections, State};
use crate::domain::{AccountOrigin, Deployment, Registration, RegistrationRef};
use crate::failure::Failure;
use crate::rules::registration;
use crate::store::Read;

/// What to export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent<'e> {
    /// Everything except accounts created by launches and member synchronization, which are created
    /// again when they are needed.
    Configured,
    /// Those accounts, too.
    Everything,
    /// Only one registration, by its slug.
    Registration(&'e RegistrationRef),
}

/// Exports the configuration, in an order that does not depend on when it was created.
///
/// # Errors
///
/// Fails if there is no such registration.
pub fn export(read: Read<'_>, extent: Extent<'_>) -> Result<ManifestDocument, Failure> {
    if let Extent::Registration(slug) = extent {
        let (registration, deployments) = registration::show(read, slug)?;
        let registrations = Entries(vec![registration_entry(&registration, &deployments)]);
        return Ok(ManifestDocument {
            registrations: Field::Value(registrations),
            ..ManifestDocument::default()
        });
    }
    let state = State::read(read, Sections { resources: true, accounts: true, managed: false })?;
    let is_exported = |granted: &&Granted| {
        extent == Extent::Everything || granted.account.origin == AccountOrigin::Admin
    };
    let registrations = state
        .registrations
        .values()
        .map(|(registration, deployments)| registration_entry(registration, deployments));
    let resources = state
        .resources
        .values()
        .map(|resource| (Key::new(&resource.slug), Field::Value(resource.into())));
    let accounts = state
        .accounts
        .values()
        .filter(is_exported)
        .map(|granted| (Key::new(&granted.account.username), Field::Value(granted.into())));
    Ok(ManifestDocument {
        settings: Field::Value((&state.settings).into()),
        registrations: sorted(registrations.collect()),
        resources: sorted(resources.collect()),
        accounts: sorted(accounts.collect()),
    })
}

fn registration_entry(
    registration: &Registration,
    deployments: &[Deployment],
) -> (Key, Field<RegistrationEntry>) {
    let deployments = deployments
        .iter()
        .map(|deployment| Field::Value(DeploymentEntry::from(deployment)))
        .collect();
    (
        Key::new(&registration.slug),
        Field::Value(RegistrationEntry {
            deployments: Field::Value(deployments),
            ..registration.into()
        }),
    )
}

fn sorted<T>(mut entries: Vec<(Key, Field<T>)>) -> Field<Entries<T>> {
    entries.sort_by(|(one, _), (other, _)| one.text.cmp(&other.text));
    Field::Value(Entries(entries))
}
