//! The origins of registrations: what they declare, and what was signed in their launches.

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Error, Read, Write};
use crate::domain::{LinkServices, PlatformDetails, Registration, canonical_origin};

/// The most service origins of one registration. One client ID of a hosted platform may serve
/// thousands of schools, each on a host of its own.
const MOST_SERVICE_ORIGINS: u32 = 20_000;

/// The longest origin of a service URL, in bytes: a host name has at most 253 characters (RFC 1035,
/// 2.3.4).
const LONGEST_SERVICE_ORIGIN: usize = 300;

/// Adds the function of the same name to a connection, for migrations.
pub(super) fn add_canonical_origin(connection: &Connection) -> Result<(), Error> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let function = |context: &rusqlite::functions::Context<'_>| {
        Ok(context.get::<Option<String>>(0)?.as_deref().and_then(canonical_origin))
    };
    Ok(connection.create_scalar_function("canonical_origin", 1, flags, function)?)
}

/// What a registration has to do with an origin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnOrigin {
    /// Whether it is the origin of its issuer, keyset or token URL.
    pub is_declared: bool,
    /// When a service URL of the origin was signed in one of its launches: the place among all
    /// origins, which grows with time.
    pub signed: Option<i64>,
}

/// Another registration that an origin belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignOrigin {
    /// Its slug.
    pub registration: String,
    /// What it uses the origin for: issuer, keyset, token or service.
    pub kind: String,
}

impl Read<'_> {
    /// What a registration has to do with an origin, in the form of [`canonical_origin`].
    pub fn own_origin(&self, registration_id: i64, origin: &str) -> Result<OwnOrigin, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT kind = 'service', id FROM registration_origin \
                WHERE registration_id = ?1 AND origin = ?2",
        )?;
        let mut own = OwnOrigin::default();
        for row in statement.query_map(params![registration_id, origin], |row| {
            Ok((row.get::<_, bool>(0)?, row.get::<_, i64>(1)?))
        })? {
            match row? {
                (true, id) => own.signed = Some(id),
                (false, _) => own.is_declared = true,
            }
        }
        Ok(own)
    }

    /// The first enabled registration of another platform to which an origin belongs: it is its
    /// issuer's, or it was its keyset's, token URL's or services' before place `signed`.
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
        let mut statement = self.connection.prepare_cached(
            "SELECT registration.slug, claim.kind FROM registration_origin AS claim JOIN registration ON registration.id = claim.registration_id
             WHERE claim.origin = ?2 AND claim.registration_id <> ?1 AND registration.enabled AND (claim.kind = 'issuer' OR claim.id < ?3)
                 AND NOT (registration.issuer = ?4 AND registration.access_token_url = ?5 AND (registration.keyset_url = ?6 OR ?7))
             ORDER BY claim.id LIMIT 1",
        )?;
        let [issuer, _, keyset_url, access_token_url, _] = platform.values();
        Ok(statement
            .query_row(
                params![
                    registration_id,
                    origin,
                    signed,
                    issuer,
                    access_token_url,
                    keyset_url,
                    is_hosted
                ],
                |row| Ok(ForeignOrigin { registration: row.get(0)?, kind: row.get(1)? }),
            )
            .optional()?)
    }

    /// The first service origins of a registration, at most `limit`.
    pub fn service_origins(&self, registration_id: i64, limit: u32) -> Result<Vec<String>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT origin FROM registration_origin WHERE \
                registration_id = ?1 AND kind = 'service' ORDER BY id LIMIT ?2",
        )?;
        Ok(statement
            .query_map(params![registration_id, limit], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }
}

impl Write<'_> {
    /// Keeps the origins that a registration declares in step with its platform details; an origin
    /// that stays keeps its place.
    pub(super) fn put_declared_origins(&self, registration: &Registration) -> Result<(), Error> {
        let declared = registration.platform.as_ref().map(|platform| {
            [
                ("issuer", platform.issuer.as_str()),
                ("keyset", platform.keyset_url.as_str()),
                ("token", platform.access_token_url.as_str()),
            ]
        });
        let mut delete = self.connection.prepare_cached(
            "DELETE FROM registration_origin WHERE \
            registration_id = ?1 AND kind = ?2 AND origin IS NOT ?3",
        )?;
        let mut insert = self.connection.prepare_cached(
            "INSERT OR IGNORE INTO registration_origin \
            (registration_id, kind, origin) VALUES (?1, ?2, ?3)",
        )?;
        for (place, kind) in ["issuer", "keyset", "token"].into_iter().enumerate() {
            let origin = declared.and_then(|declared| canonical_origin(declared[place].1));
            delete.execute(params![registration.id, kind, origin])?;
            if let Some(origin) = origin {
                insert.execute(params![registration.id, kind, origin])?;
            }
        }
        Ok(())
    }

    /// Remembers the origins of the service URLs that a launch signed, except those of hosts that
    /// cannot exist.
    pub(super) fn add_service_origins(
        &self,
        registration_id: i64,
        services: &LinkServices,
    ) -> Result<(), Error> {
        let mut insert = self.connection.prepare_cached(
            "INSERT OR IGNORE INTO registration_origin (registration_id, kind, origin) SELECT ?1, 'service', ?2
             WHERE NOT EXISTS (SELECT 1 FROM registration_origin WHERE registration_id = ?1 AND kind = 'service' AND origin = ?2)
                 AND (SELECT count(*) FROM registration_origin WHERE registration_id = ?1 AND kind = 'service') < ?3",
        )?;
        for url in [&services.lineitem_url, &services.lineitems_url, &services.memberships_url]
            .into_iter()
            .flatten()
        {
            if let Some(origin) =
                canonical_origin(url).filter(|origin| origin.len() <= LONGEST_SERVICE_ORIGIN)
            {
                insert.execute(params![registration_id, origin, MOST_SERVICE_ORIGINS])?;
            }
        }
        Ok(())
    }
}
