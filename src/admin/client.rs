//! OpenID clients: apps that sign people in by OpenID Connect, with launches of a resource.

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Client, ClientKey, ClientRef, ClientSecret, Name, Random, ResourceRef, Slug};
use crate::failure::{Failure, FailureList, Kind};
pub use crate::rules::client::ClientChange;
use crate::rules::{client, resource};
use crate::store::{CreatedBy, Read, Store, Write};

/// A client after a command, and the secret that was generated for it.
pub struct WithSecret {
    /// The client.
    pub client: Client,
    /// Its secret, which is not stored.
    pub secret: Option<ClientSecret>,
}

/// What a new client is.
#[derive(Debug, Clone, Copy)]
pub struct NewClient<'n> {
    /// The resource whose launches are its sign-ins.
    pub resource: &'n ResourceRef,
    /// Its name.
    pub name: &'n Name,
    /// Its slug; by default, derived from the name.
    pub slug: Option<&'n Slug>,
    /// Its settings.
    pub change: &'n ClientChange,
}

/// Adds a client. Unless it authenticates without a secret, `secret` is the one that an admin has
/// entered, or one is generated and returned. With `if_not_exists`, one that exists is returned
/// unchanged.
///
/// # Errors
///
/// If the resource does not exist or has another handover, a setting is invalid, or the slug is
/// taken.
pub fn add(
    store: &mut Store,
    new: NewClient<'_>,
    secret: Option<ClientSecret>,
    if_not_exists: bool,
    now: Timestamp,
    random: &Random,
) -> Result<WithSecret, Failure> {
    let slug = new.slug.cloned().map_or_else(|| Slug::from_name(new.name), Ok)?;
    store.write(|write| {
        if let Some(existing) = write.client(&slug)? {
            return match if_not_exists {
                true => Ok(WithSecret { client: existing, secret: None }),
                false => Err(taken(&slug)),
            };
        }
        let place = resource::find(**write, new.resource)?;
        client::check_handover(&place)?;
        let key = ClientKey::generate(random);
        let place = (place.id, place.slug);
        let mut added = Client::new(slug.clone(), new.name.clone(), key, place, now);
        let mut failures = FailureList::default();
        client::alter(&**write, &mut added, new.change, &mut failures);
        failures.first()?;
        let generated = first_secret(&mut added, secret, now, random)?;
        client::insert(write, &added, CreatedBy::Hand, now, random)?;
        Ok(WithSecret { client: by_slug(write, &slug)?, secret: generated })
    })
}

/// Gives a new client its secret. Returns it if it was generated.
fn first_secret(
    added: &mut Client,
    secret: Option<ClientSecret>,
    now: Timestamp,
    random: &Random,
) -> Result<Option<ClientSecret>, Failure> {
    if !added.auth_method.uses_secret() {
        return match secret {
            None => Ok(None),
            Some(_) => Err(Failure::new(
                Kind::Invalid,
                "this client has no secret",
                format!("it authenticates by the method {}", added.auth_method),
                "omit --secret-stdin",
            )),
        };
    }
    let is_generated = secret.is_none();
    let secret = secret.unwrap_or_else(|| ClientSecret::generate(random));
    added.secrets = added.secrets.rotated(&secret, now, SignedDuration::ZERO);
    Ok(is_generated.then_some(secret))
}

fn taken(slug: &Slug) -> Failure {
    Failure::new(
        Kind::Conflict,
        format!("client {slug} already exists"),
        "slugs are unique; choose another one with --slug, or use --if-not-exists",
        format!("ltictl client show {slug}"),
    )
}

fn by_slug(read: &Read<'_>, slug: &Slug) -> Result<Client, Failure> {
    client::find(*read, &slug.into())
}

/// Changes a client.
///
/// # Errors
///
/// If it does not exist, a setting is invalid, or another resource does not exist or has another
/// handover.
pub fn change(
    store: &mut Store,
    reference: &ClientRef,
    change: &ClientChange,
    now: Timestamp,
) -> Result<Client, Failure> {
    store.write(|write| {
        let before = client::find(**write, reference)?;
        let (mut after, mut failures) = (before.clone(), FailureList::default());
        client::alter(&**write, &mut after, change, &mut failures);
        failures.first()?;
        if after.resource != before.resource {
            let place = resource::find(**write, &(&after.resource).into())?;
            client::check_handover(&place)?;
            after.resource_id = place.id;
        }
        if after != before {
            write.update_client(&after, now)?;
        }
        by_slug(write, &before.slug)
    })
}

/// Replaces the secret of a client; the current one is accepted for `overlap` more. Returns the new
/// secret if it was generated.
///
/// # Errors
///
/// If there is no such client, or it authenticates without a secret.
pub fn rotate_secret(
    store: &mut Store,
    reference: &ClientRef,
    secret: Option<ClientSecret>,
    overlap: SignedDuration,
    now: Timestamp,
    random: &Random,
) -> Result<WithSecret, Failure> {
    let is_generated = secret.is_none();
    let secret = secret.unwrap_or_else(|| ClientSecret::generate(random));
    store.write(|write| {
        let before = client::find(**write, reference)?;
        if !before.auth_method.uses_secret() {
            return Err(client::has_no_secret(&before));
        }
        let secrets = before.secrets.rotated(&secret, now, overlap);
        write.update_client(&Client { secrets, ..before.clone() }, now)?;
        let client = by_slug(write, &before.slug)?;
        Ok(WithSecret { client, secret: is_generated.then_some(secret) })
    })
}

/// Removes a client.
///
/// # Errors
///
/// If there is no such client.
pub fn remove(store: &mut Store, reference: &ClientRef) -> Result<(), Failure> {
    store.write(|write: &Write<'_>| {
        let client = client::find(**write, reference)?;
        Ok(write.delete_client(client.id)?)
    })
}
