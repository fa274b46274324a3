//! Changes a registration's platform details, policy and deployments.

use jiff::Timestamp;

use crate::domain::{Deployment, DeploymentId, Name, Registration, RegistrationRef};
use crate::failure::{Failure, FailureList, Kind};
use crate::rules::carry_over::{self, Affected};
use crate::rules::registration::{self, PlatformChange, Registered};
use crate::rules::tenancy;
use crate::store::{DeletionExtent, Read, Store, Write};

/// Stores platform details and policy. Everything is checked before anything is stored.
///
/// # Errors
///
/// If there is no such registration, a value is invalid, a draft would have only some of the five
/// details, the change conflicts with another registration (see [`tenancy`]), or people would lose
/// their accounts and the change does not decide what happens to them.
pub fn set_platform(
    store: &mut Store,
    slug: &RegistrationRef,
    change: &PlatformChange,
    now: Timestamp,
) -> Result<Registered, Failure> {
    store.write(|write| {
        store_platform(write, slug, change, now)?;
        registration::show(**write, slug)
    })
}

/// Stores platform details and deployments in one transaction; existing deployments are unchanged.
pub fn import(
    store: &mut Store,
    slug: &RegistrationRef,
    change: &PlatformChange,
    deployments: Vec<(DeploymentId, Option<Name>)>,
    now: Timestamp,
) -> Result<Registered, Failure> {
    store.write(|write| {
        let registration = store_platform(write, slug, change, now)?;
        for (deployment_id, name) in deployments {
            if write.deployment(registration.id, deployment_id.as_str())?.is_none() {
                write.insert_deployment(
                    registration.id,
                    &Deployment { deployment_id, name },
                    now,
                )?;
            }
        }
        registration::show(**write, slug)
    })
}

pub(super) fn store_platform(
    write: &Write<'_>,
    slug: &RegistrationRef,
    change: &PlatformChange,
    now: Timestamp,
) -> Result<Registration, Failure> {
    let before = registration::find(**write, slug)?;
    let registration = changed(**write, &before, change)?;
    if registration != before {
        carry_over::apply_decision(write, &before, &registration, change.users)?;
        write.update_registration(&registration, now)?;
    }
    Ok(registration)
}

/// The people affected by a change that does not decide what happens to them; `None` if there are
/// none, or if the change is invalid, which is reported when it is applied.
pub fn affected_users(
    read: Read<'_>,
    slug: &RegistrationRef,
    change: &PlatformChange,
) -> Result<Option<Affected>, Failure> {
    let before = registration::find(read, slug)?;
    match changed(read, &before, change) {
        Ok(after) => carry_over::affected_by_one(read, &before, &after),
        Err(_) => Ok(None),
    }
}

/// The registration with the change applied.
fn changed(
    read: Read<'_>,
    before: &Registration,
    change: &PlatformChange,
) -> Result<Registration, Failure> {
    let (mut after, mut failures) = (before.clone(), FailureList::default());
    registration::alter(&mut after, change, &mut failures);
    failures.first()?;
    if tenancy::affects_tenancy(Some(before), &after) {
        tenancy::check(read, &after)??;
    }
    Ok(after)
}

/// Adds a deployment; with `if_not_exists`, an existing one is unchanged. Returns whether it was
/// added.
///
/// # Errors
///
/// If there is no such registration, or it has the deployment already.
pub fn add_deployment(
    store: &mut Store,
    slug: &RegistrationRef,
    deployment_id: DeploymentId,
    name: Option<Name>,
    if_not_exists: bool,
    now: Timestamp,
) -> Result<(Registered, Deployment, bool), Failure> {
    store.write(|write| {
        let registration = registration::find(**write, slug)?;
        if let Some(deployment) = write.deployment(registration.id, deployment_id.as_str())? {
            if if_not_exists {
                return Ok((registration::show(**write, slug)?, deployment, false));
            }
            return Err(Failure::new(
                Kind::Conflict,
                format!(
                    "deployment {deployment_id:?} already exists",
                    deployment_id = deployment_id.as_str()
                ),
                format!(
                    "registration {slug} has it{}; with --if-not-exists, that is no error",
                    deployment
                        .name
                        .map(|name| format!(" under the name {name}"))
                        .unwrap_or_default()
                ),
                format!("ltictl deployment list {slug}"),
            ));
        }
        let deployment = Deployment { deployment_id, name };
        write.insert_deployment(registration.id, &deployment, now)?;
        Ok((registration::show(**write, slug)?, deployment, true))
    })
}

fn find_deployment(
    read: Read<'_>,
    registration: &Registration,
    deployment_id: &str,
) -> Result<Deployment, Failure> {
    if let Some(deployment) = read.deployment(registration.id, deployment_id)? {
        return Ok(deployment);
    }
    let known: Vec<String> = read
        .deployments(registration.id)?
        .into_iter()
        .map(|deployment| deployment.deployment_id.to_string())
        .collect();
    let mut failure = Failure::not_found("deployment", deployment_id, &known);
    failure.hint = format!("ltictl deployment list {}", registration.slug);
    Err(failure)
}

/// Renames a deployment, or removes its name.
pub fn rename_deployment(
    store: &mut Store,
    slug: &RegistrationRef,
    deployment_id: &str,
    name: Option<Name>,
    now: Timestamp,
) -> Result<(Registration, Deployment), Failure> {
    store.write(|write| {
        let registration = registration::find(**write, slug)?;
        let mut deployment = find_deployment(**write, &registration, deployment_id)?;
        write.rename_deployment(registration.id, &deployment.deployment_id, name.as_ref(), now)?;
        deployment.name = name;
        Ok((registration, deployment))
    })
}

/// A deployment of a registration.
pub fn show_deployment(
    read: Read<'_>,
    slug: &RegistrationRef,
    deployment_id: &str,
) -> Result<(Registration, Deployment), Failure> {
    let registration = registration::find(read, slug)?;
    let deployment = find_deployment(read, &registration, deployment_id)?;
    Ok((registration, deployment))
}

/// What is deleted with a deployment.
pub fn deployment_extent(
    read: Read<'_>,
    slug: &RegistrationRef,
    deployment_id: &str,
) -> Result<(Deployment, DeletionExtent), Failure> {
    let registration = registration::find(read, slug)?;
    let deployment = find_deployment(read, &registration, deployment_id)?;
    let extent = read.deletion_extent(registration.id, Some(deployment_id))?;
    Ok((deployment, extent))
}

/// Removes a deployment with its courses, links and sessions.
pub fn remove_deployment(
    store: &mut Store,
    slug: &RegistrationRef,
    deployment_id: &str,
    now: Timestamp,
) -> Result<(), Failure> {
    store.write(|write| {
        let registration = registration::find(**write, slug)?;
        let deployment = find_deployment(**write, &registration, deployment_id)?;
        write.delete_deployment(registration.id, &deployment.deployment_id, now)?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use crate::domain::SigningAlgorithm;
    use crate::lti::algorithm;

    #[test]
    fn what_can_be_allowed_can_be_verified() {
        assert!(
            SigningAlgorithm::ALL.into_iter().map(SigningAlgorithm::as_str).eq(algorithm::names())
        );
    }
}
