//! Links to resources that launches have described: finds and forgets them.

use std::ops::ControlFlow;

use crate::domain::{LaunchedLink, RegistrationRef, ResourceRef};
use crate::failure::{Failure, Kind, shell_argument};
use crate::rules::{registration, resource};
use crate::store::{Read, Store};

/// The link of a resource with this identifier, of one registration if several have it.
///
/// # Errors
///
/// If there is no such link, or several registrations or deployments have it.
pub fn find(
    read: Read<'_>,
    slug: &ResourceRef,
    resource_link_id: &str,
    only: Option<&RegistrationRef>,
) -> Result<LaunchedLink, Failure> {
    let resource = resource::find(read, slug)?;
    let only = only.map(|only| registration::find(read, only)).transpose()?;
    let mut found: Vec<LaunchedLink> = Vec::new();
    read.each_launched_link(Some(resource.id), |link| {
        if link.resource_link_id == resource_link_id
            && only.as_ref().is_none_or(|only| only.slug == link.registration)
        {
            found.push(link);
        }
        Ok::<_, Failure>(ControlFlow::Continue(()))
    })?;
    let list = format!("ltictl resource link list {}", resource.slug);
    match found.len() {
        0 => Err(Failure::new(
            Kind::NotFound,
            format!("no link {resource_link_id:?} to {}", resource.slug),
            "links are known from their first launch on",
            list,
        )),
        1 => Ok(found.remove(0)),
        _ => Err(Failure::new(
            Kind::Conflict,
            format!("several platforms have a link {resource_link_id:?} to {}", resource.slug),
            "their identifiers are only unique within a deployment",
            format!(
                "ltictl resource link forget {} --registration {} {}",
                resource.slug,
                found[0].registration,
                shell_argument(resource_link_id)
            ),
        )),
    }
}

/// Forgets a link that was deleted on the platform, or that no one uses for this resource any more.
/// If it is launched again, it is known again.
pub fn forget(store: &mut Store, link: &LaunchedLink) -> Result<(), Failure> {
    store.write(|write| Ok(write.forget_link(link)?))
}
