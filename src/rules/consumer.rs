//! Finds and changes LTI 1.1 consumers: the same rules for commands, manifests and launches.

use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};

use super::registration::checked_origin;
use super::resource::{self, Lookup};
use super::setting::{Clearable, ListOf, Switch, settings};
use crate::domain::{
    Consumer, ConsumerRef, Invalid, Name, Protocol, Random, ResourceRef, Secret, Slug,
};
use crate::failure::{Failure, FailureList, Kind};
use crate::store::{self, Read, Write};

/// Maximum length of a secret, in bytes.
const MAX_SECRET_BYTES: usize = 1024;

settings! {
    /// The settings of a consumer, as `ltictl consumer set` and manifests change them, and as
    /// exports list them.
    #[schemars(rename = "ConsumerEntry")]
    ConsumerChange of Consumer {
        /// Display name
        #[arg(skip)]
        name: Name = registration.name;
        /// Whether to accept launches; without, the secrets only sign migration claims
        #[arg(skip)]
        enabled: bool = registration.enabled;
        /// Consumer key; it never changes [default: the slug]
        #[arg(skip)]
        key: String;
        /// Shared secret of a new consumer, preferably a variable such as ${SECRET} (apply --env);
        /// exports omit it. Without it, one is generated, which consumer show --show-secret prints
        #[arg(skip)]
        secret: String;
        /// Slug of the resource that it was published with, if any; it never changes
        #[arg(skip)]
        own_resource: Clearable<ResourceRef>;
        /// Slugs of the resources that it may use, or null for all
        #[arg(skip)]
        resources: Clearable<ListOf<ResourceRef>>;
        /// Whether to accept its secrets with any consumer key
        ///
        /// Some platforms choose a key themselves. Anyone who knows the secret can then appear as
        /// any consumer key, so the consumer must be restricted to resources.
        #[arg(long, value_name = "on|off")]
        any_key: Switch = any_key;
        /// Origins that may frame its pages
        #[arg(skip)]
        frame_ancestors: Vec<String>;
    }
}

/// All settings of a consumer, as exports list them: without secrets.
impl From<&Consumer> for ConsumerChange {
    fn from(consumer: &Consumer) -> Self {
        let resources = consumer.resources.as_ref();
        Self {
            key: Some(consumer.key.to_string()),
            own_resource: Some(Clearable(consumer.own_resource.as_ref().map(ResourceRef::from))),
            resources: Some(Clearable(
                resources.map(|slugs| ListOf(slugs.iter().map(ResourceRef::from).collect())),
            )),
            frame_ancestors: Some(consumer.registration.policy.frame_ancestors.clone()),
            ..Self::kept_in(consumer)
        }
    }
}

/// Applies the valid parts of a change to a consumer, and adds the problems of the others to
/// `failures`. Key, secret and its own resource never change.
pub fn alter(
    lookup: &impl Lookup,
    consumer: &mut Consumer,
    change: &ConsumerChange,
    failures: &mut FailureList,
) {
    let before = consumer.clone();
    change.change(consumer);
    if let Some(Clearable(resources)) = &change.resources {
        consumer.resources =
            resources.as_ref().map(|references| known_resources(lookup, &references.0, failures));
    }
    if let Some(origins) = &change.frame_ancestors {
        let checked = origins.iter().map(|origin| checked_origin(origin, false)).enumerate();
        consumer.registration.policy.frame_ancestors = checked
            .filter_map(|(place, origin)| {
                failures.take(format!("frame_ancestors[{place}]"), origin)
            })
            .collect();
    }
    failures.take("any_key", check_any_key(consumer));
    failures.take("resources", check_proxy(&before, consumer));
}

/// The resources, without duplicates and in alphabetical order.
fn known_resources(
    lookup: &impl Lookup,
    references: &[ResourceRef],
    failures: &mut FailureList,
) -> Vec<Slug> {
    let known = references.iter().enumerate().map(|(place, reference)| {
        failures.take(format!("resources[{place}]"), lookup.resource(reference))
    });
    let mut known: Vec<Slug> = known.flatten().map(|(slug, _)| slug).collect();
    known.sort();
    known.dedup();
    known
}

/// Anyone with a secret that is accepted with any key can be any consumer, so it opens only what it was
/// published for.
fn check_any_key(consumer: &Consumer) -> Result<(), Failure> {
    if !consumer.any_key || consumer.resources.is_some() {
        return Ok(());
    }
    let slug = &consumer.registration.slug;
    Err(Failure::new(
        Kind::Invalid,
        format!("consumer {slug} may use all resources"),
        "a secret that is accepted with any key must be restricted to resources",
        format!("ltictl consumer set {slug} --any-key on --resource RES"),
    ))
}

/// The slugs of the resources that a consumer may use; `None` for all if none is named.
pub fn allowed(read: Read<'_>, named: &[ResourceRef]) -> Result<Option<Vec<Slug>>, Failure> {
    let slugs = named
        .iter()
        .map(|reference| resource::find(read, reference).map(|found| found.slug))
        .collect::<Result<Vec<Slug>, Failure>>()?;
    Ok(Some(slugs).filter(|slugs| !slugs.is_empty()))
}

/// The tool proxy of a consumer of LTI 2.0 names its resources and its key, so it can only be
/// restricted further.
fn check_proxy(before: &Consumer, after: &Consumer) -> Result<(), Failure> {
    let had = |slug: &Slug| before.resources.as_ref().is_none_or(|before| before.contains(slug));
    let is_restricted = after.resources.as_ref().is_some_and(|after| after.iter().all(had));
    if after.registration.protocol != Protocol::Lti2p0 || (is_restricted && !after.any_key) {
        return Ok(());
    }
    Err(bound_by_proxy(before))
}

/// The failure of changes that contradict a tool proxy.
pub fn bound_by_proxy(consumer: &Consumer) -> Failure {
    Failure::new(
        Kind::Invalid,
        format!("the platform of consumer {} registered by LTI 2.0", consumer.registration.slug),
        "its tool proxy contains its key, its secret and its resources, which can only become fewer; \
         for a new secret, its platform can register again",
        "for other resources: ltictl consumer registration-url NAME --resource RES",
    )
}

/// Checks a shared secret.
///
/// # Errors
///
/// If it is empty, or longer than 1024 bytes.
pub fn check_secret(secret: &str) -> Result<(), Invalid> {
    if secret.is_empty() || secret.len() > MAX_SECRET_BYTES {
        return Err(Invalid::new("secret", format!("must have 1 to {MAX_SECRET_BYTES} bytes")));
    }
    Ok(())
}

/// Adds a secret to a consumer; earlier ones are accepted for `overlap` more.
pub fn replace_secret(
    write: &Write<'_>,
    registration_id: i64,
    secret: &Secret,
    overlap: SignedDuration,
    now: Timestamp,
) -> Result<(), store::Error> {
    write.insert_consumer_secret(registration_id, secret, now)?;
    let end = now.saturating_add(overlap).unwrap_or(Timestamp::MAX);
    write.end_consumer_secrets(registration_id, secret, end, now)?;
    write.touch_registration(registration_id, now)
}

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

/// A new token for the URLs of a consumer's cartridges, of 128 random bits.
pub fn fresh_cartridge_token(random: &Random) -> String {
    HEXLOWER.encode(&random.bytes::<16>())
}

/// A new shared secret, of 160 random bits.
pub fn fresh_secret(random: &Random) -> String {
    HEXLOWER.encode(&random.bytes::<20>())
}
