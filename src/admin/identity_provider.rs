//! Identity providers at which people sign in to their accounts.

use jiff::Timestamp;

use crate::domain::{
    ClientId, IdentityProvider, Linking, Name, ProviderPreset, ProviderRef, Secret, Slug,
};
use crate::failure::{Failure, Kind};
use crate::rules::identity_provider::{self, ProviderChange, alter, check_secret, find};
use crate::store::{self, Read, Store};

/// A new identity provider.
#[derive(Debug, Clone)]
pub struct NewProvider {
    /// Its slug; by default, derived from the name.
    pub slug: Option<Slug>,
    /// Which provider it is.
    pub preset: ProviderPreset,
    /// Its issuer; by default, that of the preset.
    pub issuer: Option<String>,
    /// The other settings, with the client ID.
    pub change: ProviderChange,
}

/// The provider that a name and settings describe, without looking into the database.
///
/// # Errors
///
/// The first value that is invalid or missing.
pub fn checked(
    name: &Name,
    new: &NewProvider,
    now: Timestamp,
) -> Result<IdentityProvider, Failure> {
    let slug = new.slug.clone().map_or_else(|| Slug::from_name(name), Ok)?;
    let tenants = new.change.tenants.clone().unwrap_or_default();
    let allow_http = new.change.allow_http.unwrap_or_default();
    let mut provider = IdentityProvider {
        id: 0,
        slug,
        name: name.clone(),
        preset: new.preset,
        issuer: identity_provider::issuer(new.preset, new.issuer.as_deref(), &tenants, allow_http)?,
        client_id: ClientId::new(new.change.client_id.as_deref().unwrap_or_default())?,
        has_secret: true,
        secret_expires_at: None,
        domains: Vec::new(),
        tenants: Vec::new(),
        linking: Linking::Manual,
        allow_http,
        allow_private_network: false,
        enabled: true,
        created_at: now,
        updated_at: now,
    };
    alter(&mut provider, &new.change)?;
    Ok(provider)
}

/// Adds an identity provider. With `if_not_exists`, one that exists with the same slug is returned
/// unchanged.
///
/// # Errors
///
/// If a value or the secret is invalid, or the slug is taken.
pub fn add(
    store: &mut Store,
    provider: &IdentityProvider,
    secret: &str,
    if_not_exists: bool,
) -> Result<IdentityProvider, Failure> {
    check_secret(secret)?;
    store.write(|write| {
        if let Some(existing) = write.identity_provider(&provider.slug)? {
            return if if_not_exists { Ok(existing) } else { Err(taken(&existing)) };
        }
        let id = write.insert_identity_provider(provider, &Secret::new(secret.into()))?;
        by_id(**write, id)
    })
}

fn taken(existing: &IdentityProvider) -> Failure {
    Failure::new(
        Kind::Conflict,
        format!("identity provider {} already exists", existing.slug),
        "slugs are unique; choose another one with --slug, or use --if-not-exists",
        format!("ltictl identity-provider show {}", existing.slug),
    )
}

fn by_id(read: Read<'_>, id: i64) -> Result<IdentityProvider, Failure> {
    Ok(read.identity_provider_by_id(id)?.ok_or(store::Error::Corrupt("identity provider"))?)
}

/// Changes an identity provider, and replaces the tool's secret there if one is given.
///
/// # Errors
///
/// If there is no such provider, or a value is invalid.
pub fn change(
    store: &mut Store,
    reference: &ProviderRef,
    change: &ProviderChange,
    secret: Option<&str>,
    now: Timestamp,
) -> Result<IdentityProvider, Failure> {
    if let Some(secret) = secret {
        check_secret(secret)?;
    }
    store.write(|write| {
        let before = find(**write, reference)?;
        let mut after = before.clone();
        alter(&mut after, change)?;
        if after != before {
            write.update_identity_provider(&after, now)?;
        }
        if let Some(secret) = secret {
            write.set_provider_secret(before.id, &Secret::new(secret.into()))?;
        }
        by_id(**write, before.id)
    })
}

/// An identity provider, and how many identities are removed with it.
pub fn removal_extent(
    read: Read<'_>,
    reference: &ProviderRef,
) -> Result<(IdentityProvider, u32), Failure> {
    let provider = find(read, reference)?;
    let identities = read.identity_count(provider.id)?;
    Ok((provider, identities))
}

/// Removes an identity provider with the links of its identities.
///
/// # Errors
///
/// If there is no such provider.
pub fn remove(store: &mut Store, reference: &ProviderRef) -> Result<IdentityProvider, Failure> {
    store.write(|write| {
        let provider = find(**write, reference)?;
        write.delete_identity_provider(provider.id)?;
        Ok(provider)
    })
}
