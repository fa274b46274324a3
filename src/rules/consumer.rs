//! Finds LTI 1.1 consumers: the same rules for commands and launches.

use crate::domain::{Consumer, ConsumerRef, Slug};
use crate::failure::{Failure, Kind};
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

/// Why a slug is not free: a registration or a consumer has it.
pub fn slug_is_taken(read: Read<'_>, slug: &Slug) -> Result<Option<Failure>, store::Error> {
    if !read.registration_slug_is_taken(slug)? {
        return Ok(None);
    }
    let (exists, hint) = match read.consumer(slug)? {
        Some(_) => ("consumer", format!("ltictl consumer show {slug}")),
        None => ("registration", format!("ltictl registration show {slug}")),
    };
    Ok(Some(Failure::new(
        Kind::Conflict,
        format!("{exists} {slug} already exists"),
        "registrations and consumers share their slugs; choose another one with --slug",
        hint,
    )))
}
