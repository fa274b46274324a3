//! LTI 1.1 consumers: keys and shared secrets, which sign launches and migration claims.

use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};

use crate::domain::{
    Consumer, ConsumerKey, ConsumerRef, Name, Protocol, Random, Resource, ResourceRef, Secret,
    Slug, trimmed,
};
use crate::failure::{Failure, FailureList, Kind, shell_word};
use crate::rules::consumer;
pub use crate::rules::consumer::{ConsumerChange, check_secret};
use crate::store::{self, CreatedBy, DeletionExtent, Read, Store, Write};

/// What a new consumer is.
#[derive(Debug, Clone, Default)]
pub struct NewConsumer {
    /// Its key; by default, the name if it has no spaces, and otherwise the slug.
    pub key: Option<String>,
    /// Its slug; by default, derived from the name.
    pub slug: Option<Slug>,
    /// The resources that it may use; all if none is named.
    pub resources: Vec<ResourceRef>,
    /// Whether launches are refused for now, so that the secret only signs migration claims.
    pub disabled: bool,
}

/// Adds a consumer, or another secret to one that exists with the same key. With `if_not_exists`,
/// a consumer that exists is returned unchanged if it has the secret, or `secret` is `None`.
/// `secret` is the one that an admin has entered; for a new consumer without, one is generated and
/// returned, too.
///
/// # Errors
///
/// If name, key or secret are invalid, the slug is taken, a resource does not exist, or the consumer
/// exists with this secret.
pub fn add(
    store: &mut Store,
    name: &Name,
    new: &NewConsumer,
    secret: Option<&str>,
    if_not_exists: bool,
    random: &Random,
    now: Timestamp,
) -> Result<(Consumer, Option<String>), Failure> {
    let key = new_key(name, new)?;
    if let Some(secret) = secret {
        check_secret(secret)?;
    }
    store.write(|write| {
        if let Some(existing) = write.consumer_by_key(key.as_str())? {
            return add_secret(write, existing, secret, if_not_exists, now);
        }
        let own_text = || consumer::fresh_secret(random);
        let text = secret.map_or_else(own_text, str::to_owned);
        let mut added = consumer_of(write, name, &key, new, random, now)?;
        added.registration.id = write.insert_consumer(&added, CreatedBy::Hand)?;
        insert_secret(write, &added, &text, now)?;
        Ok((by_id(**write, added.registration.id)?, secret.is_none().then_some(text)))
    })
}

/// The key of a new consumer.
fn new_key(name: &Name, new: &NewConsumer) -> Result<ConsumerKey, Failure> {
    let derived = || match name.as_str().contains(char::is_whitespace) {
        true => {
            new.slug.clone().map_or_else(|| Slug::from_name(name), Ok).map(|slug| slug.to_string())
        }
        false => Ok(name.to_string()),
    };
    Ok(ConsumerKey::new(&new.key.clone().map_or_else(derived, Ok)?)?)
}

fn consumer_of(
    write: &Write<'_>,
    name: &Name,
    key: &ConsumerKey,
    new: &NewConsumer,
    random: &Random,
    now: Timestamp,
) -> Result<Consumer, Failure> {
    let slug = new.slug.clone().map_or_else(|| Slug::from_name(name), Ok)?;
    if let Some(taken) = consumer::slug_is_taken(**write, &slug)? {
        return Err(taken);
    }
    let token = consumer::fresh_cartridge_token(random);
    let mut consumer = Consumer::new(name.clone(), Some(slug), key.clone(), token, now)?;
    consumer.registration.enabled = !new.disabled;
    consumer.resources = consumer::allowed(**write, &new.resources)?;
    Ok(consumer)
}

/// Adds a secret to a consumer that exists.
fn add_secret(
    write: &Write<'_>,
    existing: Consumer,
    secret: Option<&str>,
    if_not_exists: bool,
    now: Timestamp,
) -> Result<(Consumer, Option<String>), Failure> {
    let slug = &existing.registration.slug;
    let conflict = |why: &str, hint: String| {
        let what = format!("consumer key {:?} already exists", existing.key.as_str());
        Err(Failure::new(Kind::Conflict, what, why, hint))
    };
    match secret {
        _ if if_not_exists && secret.is_none() => Ok((existing, None)),
        None => conflict(
            "keys are unique; choose another one with --key, or use --if-not-exists",
            format!("ltictl consumer show {slug}"),
        ),
        Some(text) if insert_secret(write, &existing, text, now)? => {
            Ok((by_id(**write, existing.registration.id)?, None))
        }
        Some(_) if if_not_exists => Ok((existing, None)),
        Some(_) => conflict(
            "it has this secret already; with --if-not-exists, that is no error",
            "ltictl consumer list".to_owned(),
        ),
    }
}

fn insert_secret(
    write: &Write<'_>,
    consumer: &Consumer,
    text: &str,
    now: Timestamp,
) -> Result<bool, Failure> {
    let secret = Secret::new(text.as_bytes().to_vec());
    Ok(write.insert_consumer_secret(consumer.registration.id, &secret, now)?)
}

fn by_id(read: Read<'_>, id: i64) -> Result<Consumer, Failure> {
    Ok(read.consumer_by_id(id)?.ok_or(store::Error::Corrupt("consumer"))?)
}

/// The newest secret of a consumer, as text, to show it to an admin who asks for it.
///
/// # Errors
///
/// If no secret is accepted.
pub fn newest_secret(
    read: Read<'_>,
    consumer: &Consumer,
    now: Timestamp,
) -> Result<String, Failure> {
    let secrets = read.consumer_secrets(consumer.registration.id, now)?;
    let newest = secrets.first().ok_or_else(|| {
        let slug = &consumer.registration.slug;
        Failure::new(
            Kind::NotFound,
            format!("consumer {slug} has no secret"),
            "it was removed, as from a backup without keys",
            format!("ltictl consumer rotate {slug}"),
        )
    })?;
    Ok(String::from_utf8_lossy(newest.expose()).into_owned())
}

/// Changes a consumer.
///
/// # Errors
///
/// If it or a resource does not exist, or a consumer that is not restricted to resources is to accept
/// any key.
pub fn change(
    store: &mut Store,
    reference: &ConsumerRef,
    change: &ConsumerChange,
    now: Timestamp,
) -> Result<Consumer, Failure> {
    store.write(|write| {
        let before = consumer::find(**write, reference)?;
        let (mut after, mut failures) = (before.clone(), FailureList::default());
        consumer::alter(&**write, &mut after, change, &mut failures);
        failures.first()?;
        if after != before {
            write.update_consumer(&after, now)?;
        }
        by_id(**write, before.registration.id)
    })
}

/// Publishes a resource by LTI 1.1 on its own: a consumer with the resource's name that may use
/// nothing else. One that exists is returned, and accepts any key if `any_key` is set. Returns the
/// secret of a new one.
///
/// # Errors
///
/// If the slug of the resource is too long to be part of another one.
pub fn publish(
    write: &Write<'_>,
    published: &Resource,
    any_key: bool,
    random: &Random,
    now: Timestamp,
) -> Result<(Consumer, Option<String>), Failure> {
    if let Some(existing) = write.consumer_of_resource(&published.slug)? {
        if any_key && !existing.any_key {
            write.update_consumer(&Consumer { any_key, ..existing.clone() }, now)?;
        }
        return Ok((by_id(**write, existing.registration.id)?, None));
    }
    let slug = free_slug(write, &published.slug, random)?;
    let key = ConsumerKey::new(slug.as_str())?;
    let new = NewConsumer {
        slug: Some(slug),
        resources: vec![(&published.slug).into()],
        ..NewConsumer::default()
    };
    let mut added = Consumer {
        any_key,
        own_resource: Some(published.slug.clone()),
        ..consumer_of(write, &published.name, &key, &new, random, now)?
    };
    added.registration.id = write.insert_consumer(&added, CreatedBy::Hand)?;
    let text = consumer::fresh_secret(random);
    insert_secret(write, &added, &text, now)?;
    Ok((by_id(**write, added.registration.id)?, Some(text)))
}

/// A slug and key for the consumer of a resource: neither those of another consumer nor, because its
/// users may have accounts, of a former one.
fn free_slug(write: &Write<'_>, resource: &Slug, random: &Random) -> Result<Slug, Failure> {
    let base: String = resource.as_str().chars().take(40).collect();
    let slug = Slug::new(&format!("{}-lti-1p1", base.trim_end_matches('-')))?;
    let is_taken = |slug: &Slug| -> Result<bool, Failure> {
        Ok(write.registration_slug_is_taken(slug)?
            || write.consumer_key_was_used(&ConsumerKey::new(slug.as_str())?)?
            || write.consumer_slug_was_used(slug)?)
    };
    match is_taken(&slug)? {
        false => Ok(slug),
        true => Ok(Slug::new(&format!("{slug}-{}", HEXLOWER.encode(&random.bytes::<4>())))?),
    }
}

/// Replaces the secret of a consumer. Earlier ones are accepted for `overlap` more.
/// Returns the new secret if it was generated.
///
/// # Errors
///
/// If there is no such consumer, it registered by LTI 2.0, or `secret` is invalid.
pub fn rotate(
    store: &mut Store,
    reference: &ConsumerRef,
    secret: Option<&str>,
    overlap: SignedDuration,
    random: &Random,
    now: Timestamp,
) -> Result<(Consumer, Option<String>), Failure> {
    if let Some(secret) = secret {
        check_secret(secret)?;
    }
    store.write(|write| {
        let consumer = consumer::find(**write, reference)?;
        if consumer.registration.protocol == Protocol::Lti2p0 {
            return Err(consumer::bound_by_proxy(&consumer));
        }
        let id = consumer.registration.id;
        let text = secret.map_or_else(|| consumer::fresh_secret(random), str::to_owned);
        let new = Secret::new(text.as_bytes().to_vec());
        consumer::replace_secret(write, id, &new, overlap, now)?;
        Ok((by_id(**write, id)?, secret.is_none().then_some(text)))
    })
}

/// What is deleted with a consumer.
pub fn deletion_extent(
    read: Read<'_>,
    reference: &ConsumerRef,
) -> Result<(Consumer, DeletionExtent), Failure> {
    let consumer = consumer::find(read, reference)?;
    let extent = read.deletion_extent(consumer.registration.id, None)?;
    Ok((consumer, extent))
}

/// Removes a consumer with its secrets, courses, links and sessions; its users keep their accounts.
pub fn remove(store: &mut Store, reference: &ConsumerRef) -> Result<(), Failure> {
    store.write(|write| {
        let consumer = consumer::find(**write, reference)?;
        write.delete_registration(consumer.registration.id)?;
        Ok(())
    })
}

/// Checks a name for a consumer, which may be its key.
///
/// # Errors
///
/// If it is no valid name.
pub fn check_name(text: &str) -> Result<Name, Failure> {
    let hint = format!("ltictl consumer add {}", shell_word("Moodle of the college"));
    Name::new(trimmed(text)).map_err(|invalid| Failure::invalid(&invalid, hint))
}
