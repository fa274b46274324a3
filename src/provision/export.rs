//! Exports the configuration as a manifest.

use super::given::{Entries, Given, Key};
use super::manifest::{DeploymentEntry, ManifestDocument, RegistrationEntry};
use super::state::{Granted, State, Wanted};
use crate::domain::{AccountOrigin, Deployment, Registration};
use crate::failure::Failure;
use crate::rules::registration;
use crate::store::Read;

/// What to export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent<'e> {
    /// Everything except accounts created by launches and member synchronization, which are created
    /// again when they are needed.
    Made,
    /// Those accounts, too.
    Everything,
    /// Only one registration, by its slug.
    Registration(&'e str),
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
            registrations: Given::Is(registrations),
            ..ManifestDocument::default()
        });
    }
    let state = State::read(read, Wanted { resources: true, accounts: true, managed: false })?;
    let is_wanted = |granted: &&Granted| {
        extent == Extent::Everything || granted.account.origin == AccountOrigin::Admin
    };
    let registrations = state
        .registrations
        .values()
        .map(|(registration, deployments)| registration_entry(registration, deployments));
    let resources = state
        .resources
        .values()
        .map(|resource| (Key::new(&resource.slug), Given::Is(resource.into())));
    let accounts = state
        .accounts
        .values()
        .filter(is_wanted)
        .map(|granted| (Key::new(&granted.account.username), Given::Is(granted.into())));
    Ok(ManifestDocument {
        settings: Given::Is((&state.settings).into()),
        registrations: sorted(registrations.collect()),
        resources: sorted(resources.collect()),
        accounts: sorted(accounts.collect()),
    })
}

fn registration_entry(
    registration: &Registration,
    deployments: &[Deployment],
) -> (Key, Given<RegistrationEntry>) {
    let deployments =
        deployments.iter().map(|deployment| Given::Is(DeploymentEntry::from(deployment))).collect();
    (
        Key::new(&registration.slug),
        Given::Is(RegistrationEntry { deployments: Given::Is(deployments), ..registration.into() }),
    )
}

fn sorted<T>(mut entries: Vec<(Key, Given<T>)>) -> Given<Entries<T>> {
    entries.sort_by(|(one, _), (other, _)| one.text.cmp(&other.text));
    Given::Is(Entries(entries))
}
