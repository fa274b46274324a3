//! The origins of registrations: what they declare, and what was signed in their launches.

use super::query::{Queries as _, bind};
use super::{Error, Read, Write};
use crate::domain::{LinkServices, PlatformDetails, Registration, Slug, canonical_origin};

/// Maximum number of service origins of one registration. One client ID of a hosted platform may
/// serve thousands of schools, each on a host of its own.
const MAX_SERVICE_ORIGINS: u32 = 20_000;

/// Maximum length of a service URL's origin, in bytes: a host name has at most 253 characters
/// (RFC 1035, 2.3.4).
const MAX_SERVICE_ORIGIN_BYTES: usize = 300;

/// How a registration uses an origin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnOrigin {
    /// Whether it is the origin of its issuer, keyset or token URL.
    pub is_declared: bool,
    /// If a service URL with this origin was signed in one of its launches: the position among all
    /// origins, which increases with time.
    pub signed: Option<i64>,
}

/// Another registration that an origin belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignOrigin {
    /// Its slug.
    pub registration: Slug,
    /// What it uses the origin for: issuer, keyset, token or service.
    pub kind: String,
}

impl Read<'_> {
    /// How a registration uses an origin, which is in the form of [`canonical_origin`].
    pub fn own_origin(&self, registration_id: i64, origin: &str) -> Result<OwnOrigin, Error> {
        let mut own = OwnOrigin::default();
        self.connection.each(
            "SELECT kind = 'service' AS is_service, id FROM registration_origin
             WHERE registration_id = :registration_id AND origin = :origin",
            bind! { registration_id, origin },
            |row| {
                if row.get("is_service")? {
                    own.signed = Some(row.get("id")?);
                } else {
                    own.is_declared = true;
                }
                Ok(())
            },
        )?;
        Ok(own)
    }

    /// The issuers and endpoints of the enabled registrations of LTI 1.3 that declare an origin, which
    /// is in the form of [`canonical_origin`].
    pub fn declared_endpoints(&self, origin: &str) -> Result<Vec<(Slug, Vec<String>)>, Error> {
        self.connection.all(
            "SELECT DISTINCT registration.slug AS slug, registration.issuer AS issuer,
                 registration.keyset_url AS keyset_url,
                 registration.access_token_url AS access_token_url,
                 registration.authentication_request_url AS authentication_request_url
             FROM registration_origin AS claim
                 JOIN registration ON registration.id = claim.registration_id
             WHERE claim.origin = :origin AND claim.kind <> 'service' AND registration.enabled
             ORDER BY registration.slug",
            bind! { origin },
            |row| {
                let urls =
                    ["issuer", "keyset_url", "access_token_url", "authentication_request_url"];
                let urls: Vec<Option<String>> =
                    urls.into_iter().map(|name| row.get(name)).collect::<Result<_, _>>()?;
                Ok((row.get("slug")?, urls.into_iter().flatten().collect()))
            },
        )
    }

    /// The first enabled registration of another platform to which an origin belongs: as the origin
    /// of its issuer, or of its keyset, token URL or services before position `signed`.
    /// Registrations of the same platform have the same issuer, token URL and keyset URL; with
    /// `is_hosted`, the keyset URL may differ.
    pub fn foreign_origin(
        &self,
        registration_id: i64,
        platform: &PlatformDetails,
        is_hosted: bool,
        origin: &str,
        signed: i64,
    ) -> Result<Option<ForeignOrigin>, Error> {
        let PlatformDetails { issuer, keyset_url, access_token_url, .. } = platform;
        self.connection.find(
            "SELECT registration.slug AS registration, claim.kind AS kind
             FROM registration_origin AS claim
                 JOIN registration ON registration.id = claim.registration_id
             WHERE claim.origin = :origin AND claim.registration_id <> :registration_id
                 AND registration.enabled AND (claim.kind = 'issuer' OR claim.id < :signed)
                 AND NOT (registration.issuer = :issuer
                     AND registration.access_token_url = :access_token_url
                     AND (registration.keyset_url = :keyset_url OR :is_hosted))
             ORDER BY claim.id LIMIT 1",
            bind! {
                registration_id, origin, signed, issuer, access_token_url, keyset_url, is_hosted,
            },
            |row| {
                Ok(ForeignOrigin { registration: row.get("registration")?, kind: row.get("kind")? })
            },
        )
    }
}

impl Write<'_> {
    /// Updates the origins that a registration declares to match its platform details; an unchanged
    /// origin keeps its position.
    pub(super) fn put_declared_origins(&self, registration: &Registration) -> Result<(), Error> {
        let registration_id = registration.id;
        let platform = registration.platform.as_ref();
        for (kind, url) in [
            ("issuer", platform.map(|platform| platform.issuer.as_str())),
            ("keyset", platform.map(|platform| platform.keyset_url.as_str())),
            ("token", platform.map(|platform| platform.access_token_url.as_str())),
        ] {
            let origin = url.and_then(canonical_origin);
            self.connection.change(
                "DELETE FROM registration_origin WHERE registration_id = :registration_id
                     AND kind = :kind AND origin IS DISTINCT FROM :origin",
                bind! { registration_id, kind, origin },
            )?;
            if origin.is_some() {
                self.connection.change(
                    "INSERT INTO registration_origin (registration_id, kind, origin)
                     VALUES (:registration_id, :kind, :origin) ON CONFLICT DO NOTHING",
                    bind! { registration_id, kind, origin },
                )?;
            }
        }
        Ok(())
    }

    /// Stores the origins of the service URLs in a signed launch, except for impossible host names.
    pub(super) fn add_service_origins(
        &self,
        registration_id: i64,
        services: &LinkServices,
    ) -> Result<(), Error> {
        let urls = [&services.lineitem_url, &services.lineitems_url, &services.memberships_url];
        for url in urls.into_iter().flatten() {
            self.add_service_origin(registration_id, url)?;
        }
        Ok(())
    }

    /// Stores the origin of a service URL in a signed launch, unless its host name is impossible.
    pub(super) fn add_service_origin(&self, registration_id: i64, url: &str) -> Result<(), Error> {
        let origin =
            canonical_origin(url).filter(|origin| origin.len() <= MAX_SERVICE_ORIGIN_BYTES);
        let Some(origin) = origin else { return Ok(()) };
        self.connection.change(
            "INSERT INTO registration_origin (registration_id, kind, origin)
             SELECT :registration_id, 'service', :origin
             WHERE NOT EXISTS (
                     SELECT 1 FROM registration_origin
                     WHERE registration_id = :registration_id AND kind = 'service'
                         AND origin = :origin)
                 AND (SELECT count(*) FROM registration_origin
                     WHERE registration_id = :registration_id AND kind = 'service') < :most
             ON CONFLICT DO NOTHING",
            bind! { registration_id, origin, most: MAX_SERVICE_ORIGINS },
        )?;
        Ok(())
    }
}
