//! Which resources launches may use.

use crate::domain::{Registration, Resource};
use crate::rules::refusal::Refusal;

/// Refuses the launch if the resource is unpublished or not available to the registration.
pub(super) fn open_to(resource: &Resource, registration: &Registration) -> Result<(), Refusal> {
    let slug = || resource.slug.clone();
    match resource.published {
        false => Err(Refusal::ResourceUnpublished { slug: slug() }),
        true if !resource.is_for(&registration.slug) => {
            Err(Refusal::ResourceNotForRegistration { slug: slug() })
        }
        true => Ok(()),
    }
}
