//! Exports the configuration as a manifest.

use std::ops::ControlFlow;

use aws_lc_rs::digest::{Context, SHA256};

use super::field::{Entries, Field, Key};
use super::manifest::{DeploymentEntry, ManifestDocument, RegistrationEntry, SettingsEntry};
use super::state::Granted;
use crate::domain::{AccountOrigin, Deployment, Protocol, Registration, RegistrationRef};
use crate::failure::Failure;
use crate::rules::account::AccountChange;
use crate::rules::client::ClientChange;
use crate::rules::consumer::ConsumerChange;
use crate::rules::registration;
use crate::rules::resource::ResourceChange;
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

/// A part of a manifest. Each section begins before its entries, which have slugs or usernames.
#[derive(Debug)]
pub enum Exported {
    /// The settings.
    Settings(Box<SettingsEntry>),
    /// The registrations follow.
    Registrations,
    /// A registration.
    Registration(String, Box<RegistrationEntry>),
    /// The resources follow.
    Resources,
    /// A resource.
    Resource(String, Box<ResourceChange>),
    /// The consumers follow.
    Consumers,
    /// A consumer.
    Consumer(String, Box<ConsumerChange>),
    /// The clients follow.
    Clients,
    /// A client.
    Client(String, Box<ClientChange>),
    /// The accounts follow.
    Accounts,
    /// An account.
    Account(String, Box<AccountChange>),
}

/// Exports the configuration part by part, in an order that does not depend on when it was created.
/// All of it is read from one snapshot.
///
/// # Errors
///
/// Fails if there is no such registration, or with what `take` returns.
pub fn export_parts(
    read: Read<'_>,
    extent: Extent<'_>,
    take: &mut dyn FnMut(Exported) -> Result<(), Failure>,
) -> Result<(), Failure> {
    read.in_snapshot(|| {
        if let Extent::Registration(slug) = extent {
            let (registration, deployments) = registration::show(read, slug)?;
            take(Exported::Registrations)?;
            return take(registration_part(&registration, &deployments));
        }
        take(Exported::Settings(Box::new((&read.settings()?).into())))?;
        take(Exported::Registrations)?;
        read.each_registration_by_slug(|registration, deployments| {
            take(registration_part(&registration, &deployments)).map(ControlFlow::Continue)
        })?;
        take(Exported::Resources)?;
        read.each_resource_by_slug(|resource| {
            let entry = Box::new((&resource).into());
            take(Exported::Resource(resource.slug.to_string(), entry)).map(ControlFlow::Continue)
        })?;
        take(Exported::Consumers)?;
        read.each_consumer_by_slug(|consumer| {
            // Its key and its secret are those of a tool proxy, which only the platform can create.
            if consumer.registration.protocol == Protocol::Lti2p0 {
                return Ok(ControlFlow::Continue(()));
            }
            let slug = consumer.registration.slug.to_string();
            let entry = Box::new((&consumer).into());
            take(Exported::Consumer(slug, entry)).map(ControlFlow::Continue)
        })?;
        take(Exported::Clients)?;
        read.each_client_by_slug(|client| {
            let entry = Box::new((&client).into());
            take(Exported::Client(client.slug.to_string(), entry)).map(ControlFlow::Continue)
        })?;
        take(Exported::Accounts)?;
        let origin = (extent != Extent::Everything).then_some(AccountOrigin::Admin);
        read.each_account(origin, |account| {
            let username = account.username.to_string();
            let granted = Granted { grants: read.grants(account.id)?, account };
            let entry = Box::new((&granted).into());
            take(Exported::Account(username, entry)).map(ControlFlow::Continue)
        })
    })
}

/// A hash of everything that an export contains: databases with the same hash have the same
/// configuration.
///
/// # Errors
///
/// The database cannot be read.
pub fn fingerprint(read: Read<'_>) -> Result<Vec<u8>, Failure> {
    let mut context = Context::new(&SHA256);
    export_parts(read, Extent::Everything, &mut |part| {
        context.update(format!("{part:?}\n").as_bytes());
        Ok(())
    })?;
    Ok(context.finish().as_ref().to_vec())
}

/// Exports the configuration as a whole; see [`export_parts`].
pub fn export(read: Read<'_>, extent: Extent<'_>) -> Result<ManifestDocument, Failure> {
    let mut document = ManifestDocument::default();
    export_parts(read, extent, &mut |part| {
        document.add(part);
        Ok(())
    })?;
    Ok(document)
}

impl ManifestDocument {
    /// Adds a part.
    pub fn add(&mut self, part: Exported) {
        match part {
            Exported::Settings(settings) => self.settings = Field::Value(*settings),
            Exported::Registrations => begin(&mut self.registrations),
            Exported::Registration(slug, entry) => add(&mut self.registrations, slug, *entry),
            Exported::Resources => begin(&mut self.resources),
            Exported::Resource(slug, entry) => add(&mut self.resources, slug, *entry),
            Exported::Consumers => begin(&mut self.consumers),
            Exported::Consumer(slug, entry) => add(&mut self.consumers, slug, *entry),
            Exported::Clients => begin(&mut self.clients),
            Exported::Client(slug, entry) => add(&mut self.clients, slug, *entry),
            Exported::Accounts => begin(&mut self.accounts),
            Exported::Account(username, entry) => add(&mut self.accounts, username, *entry),
        }
    }
}

fn begin<T>(section: &mut Field<Entries<T>>) {
    *section = Field::Value(Entries::default());
}

fn add<T>(section: &mut Field<Entries<T>>, key: String, entry: T) {
    if let Field::Value(Entries(entries)) = section {
        entries.push((Key::new(key), Field::Value(entry)));
    }
}

fn registration_part(registration: &Registration, deployments: &[Deployment]) -> Exported {
    let deployments = deployments
        .iter()
        .map(|deployment| Field::Value(DeploymentEntry::from(deployment)))
        .collect();
    let entry = RegistrationEntry { deployments: Field::Value(deployments), ..registration.into() };
    Exported::Registration(registration.slug.to_string(), Box::new(entry))
}
