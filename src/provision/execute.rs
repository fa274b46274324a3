//! Executes a plan in the transaction in which it was made.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::change::{Change, Granted, NewSecret};
use super::plan::Plan;
use crate::domain::{Client, Random, Registration, Resource, ResourceKind, Slug};
use crate::failure::Failure;
use crate::rules::{carry_over, client, grade};
use crate::store::{CreatedBy, Error, Write};

/// Executes the plan. Objects are stored before those that refer to them, and deleted before others
/// take over what they had.
///
/// # Errors
///
/// Fails if a platform user would have two accounts.
pub fn apply(
    write: &Write<'_>,
    plan: &Plan,
    now: Timestamp,
    random: &Random,
) -> Result<(), Failure> {
    let changes = plan.changes.as_slice();
    for change in changes {
        if let Change::Settings { after, .. } = change {
            write.save_settings(after)?;
        }
    }
    delete(write, changes, now)?;
    carry_over::carry_over(
        write,
        &plan.carried.iter().map(|(slug, affected)| (slug, affected)).collect::<Vec<_>>(),
    )?;
    store_registrations(write, changes, now)?;
    store_resources(write, changes, now)?;
    store_consumers(write, changes, now)?;
    store_clients(write, changes, now, random)?;
    for change in changes {
        if let Change::Account { before, after: Some(after), .. } = change {
            store_account(write, before.as_deref(), after, now)?;
        }
    }
    Ok(())
}

fn delete(write: &Write<'_>, changes: &[Change], now: Timestamp) -> Result<(), Error> {
    for change in changes {
        match change {
            Change::Account { before: Some(granted), after: None, .. } => {
                write.delete_account(granted.account.id)?
            }
            Change::Deployment {
                registration_id: Some(id),
                before: Some(deployment),
                after: None,
                ..
            } => {
                write.delete_deployment(*id, &deployment.deployment_id, now)?;
            }
            Change::Registration { before: Some(registration), after: None } => {
                write.delete_registration(registration.id)?
            }
            Change::Consumer { before: Some(consumer), after: None, .. } => {
                write.delete_registration(consumer.registration.id)?
            }
            Change::Client { before: Some(client), after: None, .. } => {
                write.delete_client(client.id)?
            }
            // Its activities are deleted, too, or moved to another course.
            Change::Resource { before: Some(resource), after: None, .. } => {
                write.detach_activities(resource.id)?;
                write.delete_resource(resource.id)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn store_registrations(write: &Write<'_>, changes: &[Change], now: Timestamp) -> Result<(), Error> {
    let registrations = || {
        changes.iter().filter_map(|change| match change {
            Change::Registration { before, after: Some(after) } => {
                Some((before.as_deref(), &**after))
            }
            _ => None,
        })
    };
    let identifiers = |registration: &Registration| {
        registration.platform.as_ref().map(|platform| {
            (platform.issuer.as_str().to_owned(), platform.client_id.as_str().to_owned())
        })
    };
    // Registrations may exchange identifiers that only one can have.
    let taken: HashSet<(String, String)> = registrations()
        .filter(|(before, after)| {
            before.is_some_and(|before| identifiers(before) != identifiers(after))
        })
        .filter_map(|(_, after)| identifiers(after))
        .collect();
    for before in registrations().filter_map(|(before, _)| before) {
        if !taken.is_empty() && identifiers(before).is_some_and(|before| taken.contains(&before)) {
            write.clear_platform(before.id)?;
        }
    }
    // Update existing ones first: they may give up identifiers that new ones need.
    for (before, after) in registrations() {
        if before.is_some() {
            write.update_registration(after, now)?;
        }
    }
    let mut keys: HashMap<&Slug, i64> = HashMap::new();
    for (before, after) in registrations() {
        if before.is_none() {
            keys.insert(&after.slug, write.add_registration(after, CreatedBy::Manifest)?);
        }
    }
    let mut touched = HashSet::new();
    for change in changes {
        let Change::Deployment { registration, registration_id, before, after: Some(after) } =
            change
        else {
            continue;
        };
        let Some(id) = registration_id.or_else(|| keys.get(registration).copied()) else {
            continue;
        };
        match before {
            None => write.add_deployment(id, after, CreatedBy::Manifest, now)?,
            Some(_) => {
                write.rename_deployment(id, &after.deployment_id, after.name.as_ref(), now)?
            }
        }
        if registration_id.is_some() && touched.insert(id) {
            write.touch_registration(id, now)?;
        }
    }
    Ok(())
}

fn store_resources(write: &Write<'_>, changes: &[Change], now: Timestamp) -> Result<(), Failure> {
    let resources = || {
        changes.iter().filter_map(|change| match change {
            Change::Resource { before, after: Some(after), .. } => {
                Some((before.as_deref(), &**after))
            }
            _ => None,
        })
    };
    let new = |kind: ResourceKind| {
        resources().filter(move |(before, after): &(Option<&Resource>, &Resource)| {
            before.is_none() && after.kind == kind
        })
    };
    for (_, resource) in new(ResourceKind::Course).chain(new(ResourceKind::Activity)) {
        write.add_resource(resource, CreatedBy::Manifest)?;
    }
    for (before, after) in resources() {
        if let Some(before) = before {
            grade::store_with_scope(write, before, after, false, now)?;
        }
    }
    Ok(())
}

fn store_consumers(write: &Write<'_>, changes: &[Change], now: Timestamp) -> Result<(), Error> {
    for change in changes {
        let Change::Consumer { before, after: Some(after), secret } = change else { continue };
        if before.is_some() {
            write.update_consumer(after, now)?;
        } else {
            let id = write.insert_consumer(after, CreatedBy::Manifest)?;
            if let Some(NewSecret(secret)) = secret {
                write.insert_consumer_secret(id, secret, now)?;
            }
        }
    }
    Ok(())
}

fn store_clients(
    write: &Write<'_>,
    changes: &[Change],
    now: Timestamp,
    random: &Random,
) -> Result<(), Failure> {
    for change in changes {
        let Change::Client { before, after: Some(after), .. } = change else { continue };
        let resource = write.resource(&after.resource)?.ok_or(Error::Corrupt("resource"))?;
        let after = Client { resource_id: resource.id, ..(**after).clone() };
        if before.is_some() {
            write.update_client(&after, now)?;
        } else {
            client::insert(write, &after, CreatedBy::Manifest, now, random)?;
        }
    }
    Ok(())
}

fn store_account(
    write: &Write<'_>,
    before: Option<&Granted>,
    after: &Granted,
    now: Timestamp,
) -> Result<(), Error> {
    let account = &after.account;
    let id = match before {
        None => write.add_account(account, CreatedBy::Manifest)?,
        Some(before) => {
            if before.account != *account {
                write.update_account(account, now)?;
            }
            if before.account.enabled && !account.enabled {
                write.delete_account_sessions(account.id)?;
            }
            if before.grants != after.grants {
                write.delete_grants(account.id, None)?;
            }
            account.id
        }
    };
    if before.is_none_or(|before| before.grants != after.grants) {
        for resource in &after.grants {
            write.insert_grant_of(id, resource)?;
        }
    }
    Ok(())
}
