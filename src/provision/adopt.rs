//! Brings what was created by hand under the management of manifests.

use super::Manifest;
use super::field::Field;
use crate::domain::{Slug, Username};
use crate::store::{Error, Write};

/// Makes the listed objects managed that no manifest created, so that pruning deletes them once they
/// are not listed any more. Returns their number.
pub fn adopt(write: &Write<'_>, manifest: &Manifest<'_>) -> Result<usize, Error> {
    let mut adopted = 0;
    for (key, entry) in &manifest.registrations {
        let Ok(slug) = Slug::new(&key.text) else { continue };
        adopted += write.adopt_registration(&slug)?;
        let deployments = entry.get().and_then(|entry| entry.deployments.get());
        for deployment in deployments.into_iter().flatten().filter_map(Field::get) {
            if let Some(id) = deployment.deployment_id.text() {
                adopted += write.adopt_deployment(&slug, id.trim())?;
            }
        }
    }
    for (key, _) in &manifest.resources {
        if let Ok(slug) = Slug::new(&key.text) {
            adopted += write.adopt_resource(&slug)?;
        }
    }
    for (key, _) in &manifest.consumers {
        if let Ok(slug) = Slug::new(&key.text) {
            adopted += write.adopt_registration(&slug)?;
        }
    }
    for (key, _) in &manifest.clients {
        if let Ok(slug) = Slug::new(&key.text) {
            adopted += write.adopt_client(&slug)?;
        }
    }
    for (key, _) in &manifest.accounts {
        if let Ok(username) = Username::new(&key.text) {
            adopted += write.adopt_account(&username)?;
        }
    }
    Ok(adopted)
}
