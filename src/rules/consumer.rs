//! Finds LTI 1.1 consumers: the same rules for commands and launches.

use crate::domain::{Consumer, ConsumerRef};
use crate::failure::Failure;
use crate::store::{self, Read};

/// The consumer with this slug or key.
pub fn find(read: Read<'_>, reference: &ConsumerRef) -> Result<Consumer, Failure> {
    if let Some(consumer) = known(read, reference)? {
        return Ok(consumer);
    }
    let known: Vec<String> = read
        .consumers()?
        .into_iter()
        .flat_map(|consumer| [consumer.registration.slug.to_string(), consumer.key.to_string()])
        .collect();
    Err(Failure::not_found("consumer", reference.as_str(), &known))
}

/// Like [`find`], without suggestions.
pub fn known(read: Read<'_>, reference: &ConsumerRef) -> Result<Option<Consumer>, store::Error> {
    if let Some(slug) = reference.slug()
        && let Some(consumer) = read.consumer(&slug)?
    {
        return Ok(Some(consumer));
    }
    read.consumer_by_key(reference.as_str())
}
