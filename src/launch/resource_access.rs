//! Which resources launches may use.

use crate::domain::{Consumer, Registration, Resource};
use crate::rules::refusal::Refusal;

/// Refuses the launch if the resource is unpublished or not available to the registration.
pub(super) fn open_to(resource: &Resource, registration: &Registration) -> Result<(), Refusal> {
    let slug = || resource.slug.clone();
    // In this order: whether a resource of others is published is nobody's business.
    if !resource.is_for(&registration.slug) {
        return Err(Refusal::ResourceNotForRegistration { slug: slug() });
    }
    if resource.published { Ok(()) } else { Err(Refusal::ResourceUnpublished { slug: slug() }) }
}

/// The same for a consumer.
pub(super) fn open_to_consumer(resource: &Resource, consumer: &Consumer) -> Result<(), Refusal> {
    let slug = || resource.slug.clone();
    if !consumer.may_use(resource) {
        return Err(Refusal::ResourceNotForConsumer { slug: slug() });
    }
    if resource.published { Ok(()) } else { Err(Refusal::ResourceUnpublished { slug: slug() }) }
}
