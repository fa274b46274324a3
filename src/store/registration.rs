//! Registrations and their deployments.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Statement, params};

use super::{Error, Maker, Read, Write, from_milliseconds, to_milliseconds};
use crate::domain::{
    ClientId, Deployment, DeploymentId, DeploymentPolicy, EndpointUrl, Identity, Issuer, Name,
    PlatformDetails, PlatformPolicy, Product, Registration, SigningAlgorithms, Slug,
};
use crate::lti::login;

const COLUMNS: &str = "id, slug, name, enabled, issuer, client_id, keyset_url, access_token_url, \
    authentication_request_url, token_audience, deployments, leeway_seconds, allow_anonymous, \
    allow_http, allow_private_network, frame_ancestors, created_at, updated_at, algorithms, \
    product, configuration_url, EXISTS (SELECT 1 FROM deployment WHERE deployment.registration_id \
    = registration.id), identity, audience_confirmed";

/// What goes when a registration or a deployment is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeletionExtent {
    /// Deployments.
    pub deployments: u32,
    /// Courses on the platform that we know of.
    pub contexts: u32,
    /// Links on the platform that we know of.
    pub resource_links: u32,
    /// People who are in at this moment.
    pub sessions: u32,
}

fn conversion(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}

fn registration(row: &Row<'_>) -> Result<Registration, rusqlite::Error> {
    let text = |column: usize| row.get::<_, String>(column);
    let platform = match row.get::<_, Option<String>>(4)? {
        None => None,
        Some(issuer) => Some(PlatformDetails {
            issuer: Issuer::stored(issuer),
            client_id: ClientId::stored(text(5)?),
            keyset_url: EndpointUrl::stored(text(6)?),
            access_token_url: EndpointUrl::stored(text(7)?),
            authentication_request_url: EndpointUrl::stored(text(8)?),
        }),
    };
    Ok(Registration {
        id: row.get(0)?,
        slug: Slug::new(&text(1)?).map_err(|error| conversion(1, error))?,
        name: Name::stored(text(2)?),
        enabled: row.get(3)?,
        platform,
        policy: PlatformPolicy {
            token_audience: row.get(9)?,
            audience_confirmed: row.get(23)?,
            algorithms: text(18)?
                .parse::<SigningAlgorithms>()
                .map_err(|error| conversion(18, error))?,
            deployments: text(10)?
                .parse::<DeploymentPolicy>()
                .map_err(|error| conversion(10, error))?,
            leeway_seconds: row.get(11)?,
            allow_anonymous: row.get(12)?,
            allow_http: row.get(13)?,
            allow_private_network: row.get(14)?,
            frame_ancestors: text(15)?.split_whitespace().map(str::to_owned).collect(),
            identity: row
                .get::<_, Option<String>>(22)?
                .map(|word| word.parse::<Identity>())
                .transpose()
                .map_err(|error| conversion(22, error))?,
        },
        created_at: from_milliseconds(row.get(16)?),
        updated_at: from_milliseconds(row.get(17)?),
        product: row
            .get::<_, Option<String>>(19)?
            .map(|product| Product::new(&product).map_err(|error| conversion(19, error)))
            .transpose()?,
        configuration_url: row.get::<_, Option<String>>(20)?.map(EndpointUrl::stored),
        has_deployment: row.get(21)?,
    })
}

fn deployment(row: &Row<'_>, first: usize) -> Result<Deployment, rusqlite::Error> {
    let (id, name): (String, String) = (row.get(first)?, row.get(first + 1)?);
    Ok(Deployment { deployment_id: DeploymentId::stored(id), name: Name::stored(name) })
}

impl Read<'_> {
    /// Every registration by name, each with its deployments; two queries, however many there are.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn registrations(&self) -> Result<Vec<(Registration, Vec<Deployment>)>, Error> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM registration ORDER BY id"))?;
        let mut registrations: Vec<(Registration, Vec<Deployment>)> = statement
            .query_map([], |row| Ok((registration(row)?, Vec::new())))?
            .collect::<Result<_, _>>()?;
        let mut statement = self.connection.prepare_cached(
            "SELECT registration_id, deployment_id, \
            name FROM deployment ORDER BY registration_id, id",
        )?;
        let mut rows = statement.query([])?;
        let mut place = 0;
        while let Some(row) = rows.next()? {
            let registration_id: i64 = row.get(0)?;
            while registrations
                .get(place)
                .is_some_and(|(registration, _)| registration.id < registration_id)
            {
                place += 1;
            }
            if let Some((_, deployments)) = registrations.get_mut(place) {
                deployments.push(deployment(row, 1)?);
            }
        }
        registrations.sort_by(|(one, _), (other, _)| {
            one.name.cmp(&other.name).then_with(|| one.slug.cmp(&other.slug))
        });
        Ok(registrations)
    }

    /// The registration of that slug.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn registration(&self, slug: &str) -> Result<Option<Registration>, Error> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM registration WHERE slug = ?1"))?;
        Ok(statement.query_row([slug], registration).optional()?)
    }

    /// The registration of that key within the database.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn registration_by_id(&self, id: i64) -> Result<Option<Registration>, Error> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM registration WHERE id = ?1"))?;
        Ok(statement.query_row([id], registration).optional()?)
    }

    /// The registrations of an issuer, at most two with a client ID given: none or one.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn registrations_of_issuer(
        &self,
        issuer: &str,
        client_id: Option<&str>,
    ) -> Result<Vec<Registration>, Error> {
        if let Some(client_id) = client_id {
            return Ok(self.registration_of_client(issuer, client_id)?.into_iter().collect());
        }
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM registration WHERE issuer = ?1 ORDER BY slug"
        ))?;
        Ok(statement.query_map([issuer], registration)?.collect::<Result<_, _>>()?)
    }

    /// The registrations that a login at the generic login URL may be for, at most `most` of them:
    /// thousands may share an issuer, and anyone can send a login.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn registrations_for_login(
        &self,
        issuer: &str,
        client_id: Option<&str>,
        most: u32,
    ) -> Result<Vec<Registration>, Error> {
        if let Some(client_id) = client_id {
            return Ok(self.registration_of_client(issuer, client_id)?.into_iter().collect());
        }
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM registration WHERE issuer = ?1 ORDER BY client_id LIMIT ?2"
        ))?;
        Ok(statement.query_map(params![issuer, most], registration)?.collect::<Result<_, _>>()?)
    }

    fn registration_of_client(
        &self,
        issuer: &str,
        client_id: &str,
    ) -> Result<Option<Registration>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM registration WHERE issuer = ?1 AND client_id = ?2"
        ))?;
        Ok(statement.query_row([issuer, client_id], registration).optional()?)
    }

    /// The registrations with a client ID in upper or lower case, whatever their issuer, the oldest
    /// first.
    pub fn registrations_of_client(&self, client_id: &str) -> Result<Vec<Registration>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM registration WHERE \
                client_id = ?1 COLLATE NOCASE ORDER BY created_at, id"
        ))?;
        Ok(statement.query_map([client_id], registration)?.collect::<Result<_, _>>()?)
    }

    /// Registrations of an issuer whose keyset URL is written differently and whose users are known
    /// by the issuer alone; `by_default` says whether those without a rule of their own are. At
    /// most `limit`.
    pub fn registrations_with_other_keyset(
        &self,
        issuer: &str,
        keyset_url: &str,
        by_default: bool,
        limit: u32,
    ) -> Result<Vec<Registration>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM registration
             WHERE issuer = ?1 AND (keyset_url < ?2 OR keyset_url > ?2) AND (identity = 'issuer' OR (identity IS NULL AND ?3)) LIMIT ?4"
        ))?;
        Ok(statement
            .query_map(params![issuer, keyset_url, by_default, limit], registration)?
            .collect::<Result<_, _>>()?)
    }

    /// The slugs of all registrations.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn registration_slugs(&self) -> Result<Vec<String>, Error> {
        let mut statement =
            self.connection.prepare_cached("SELECT slug FROM registration ORDER BY slug")?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Registered issuers that could be meant when this one was sent: of its neighbourhood
    /// ([`login::neighbourhood`]), the next before it and the next after it. Two look-ups in an
    /// index, however many registrations there are.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn neighbouring_issuers(&self, issuer: &str) -> Result<Vec<String>, Error> {
        let neighbourhood = login::neighbourhood(issuer);
        let mut found = Vec::new();
        for nearest in [
            "max(issuer) FROM registration WHERE neighbourhood = ?1 AND issuer < ?2",
            "min(issuer) FROM registration WHERE neighbourhood = ?1 AND issuer > ?2",
        ] {
            let mut statement = self.connection.prepare_cached(&format!("SELECT {nearest}"))?;
            found.extend(statement.query_row(params![neighbourhood, issuer], |row| {
                row.get::<_, Option<String>>(0)
            })?);
        }
        Ok(found)
    }

    /// A registration's deployments, in the order in which they were added.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn deployments(&self, registration_id: i64) -> Result<Vec<Deployment>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT deployment_id, name FROM deployment WHERE registration_id = ?1 ORDER BY id",
        )?;
        Ok(statement
            .query_map([registration_id], |row| deployment(row, 0))?
            .collect::<Result<_, _>>()?)
    }

    /// One deployment of a registration.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn deployment(
        &self,
        registration_id: i64,
        deployment_id: &str,
    ) -> Result<Option<Deployment>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT deployment_id, name FROM \
            deployment WHERE registration_id = ?1 AND deployment_id = ?2",
        )?;
        Ok(statement
            .query_row(params![registration_id, deployment_id], |row| deployment(row, 0))
            .optional()?)
    }

    /// Whether a registration is there and switched on, and has this deployment, if one is named.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn lets_in(
        &self,
        registration_id: i64,
        deployment_id: Option<&str>,
    ) -> Result<bool, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM registration WHERE id = ?1 AND enabled)
                AND (?2 IS NULL OR EXISTS (SELECT 1 FROM deployment WHERE registration_id = ?1 AND deployment_id = ?2))",
        )?;
        Ok(statement.query_row(params![registration_id, deployment_id], |row| row.get(0))?)
    }

    /// What goes when a registration is deleted, or only the one deployment that is named.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn deletion_extent(
        &self,
        registration_id: i64,
        deployment_id: Option<&str>,
    ) -> Result<DeletionExtent, Error> {
        let extent = self
            .connection
            .prepare_cached(
                "WITH gone AS (SELECT id FROM deployment WHERE registration_id = ?1 AND (?2 IS NULL OR deployment_id = ?2))
             SELECT (SELECT count(*) FROM gone),
                    (SELECT count(*) FROM context WHERE deployment_id IN gone),
                    (SELECT count(*) FROM resource_link WHERE deployment_id IN gone),
                    (SELECT count(*) FROM session WHERE registration_id = ?1 AND (?2 IS NULL OR visit ->> 'deployment_id' = ?2))",
            )?
            .query_row(params![registration_id, deployment_id], |row| {
                Ok(DeletionExtent { deployments: row.get(0)?, contexts: row.get(1)?, resource_links: row.get(2)?, sessions: row.get(3)? })
            })?;
        Ok(extent)
    }
}

/// Binds what may change of a registration to the parameters 2 to 21.
fn bind(
    statement: &mut Statement<'_>,
    registration: &Registration,
    now: Timestamp,
) -> Result<(), rusqlite::Error> {
    let values = registration.platform.as_ref().map(PlatformDetails::values);
    let policy = &registration.policy;
    statement.raw_bind_parameter(2, registration.name.as_str())?;
    statement.raw_bind_parameter(3, registration.enabled)?;
    for place in 0..5 {
        statement.raw_bind_parameter(4 + place, values.map(|values| values[place]))?;
    }
    statement.raw_bind_parameter(9, policy.token_audience.as_deref())?;
    statement.raw_bind_parameter(10, policy.deployments.as_str())?;
    statement.raw_bind_parameter(11, policy.leeway_seconds)?;
    statement.raw_bind_parameter(12, policy.allow_anonymous)?;
    statement.raw_bind_parameter(13, policy.allow_http)?;
    statement.raw_bind_parameter(14, policy.allow_private_network)?;
    statement.raw_bind_parameter(15, policy.frame_ancestors.join(" "))?;
    statement.raw_bind_parameter(16, to_milliseconds(now))?;
    statement.raw_bind_parameter(17, policy.algorithms.to_string())?;
    statement.raw_bind_parameter(18, registration.product.as_ref().map(Product::as_str))?;
    statement
        .raw_bind_parameter(19, registration.configuration_url.as_ref().map(EndpointUrl::as_str))?;
    statement.raw_bind_parameter(20, policy.identity.map(Identity::as_str))?;
    statement.raw_bind_parameter(21, policy.audience_confirmed)
}

/// What a registration's issuer is indexed by.
fn neighbourhood(registration: &Registration) -> Option<String> {
    registration
        .platform
        .as_ref()
        .and_then(|platform| login::neighbourhood(platform.issuer.as_str()))
}

/// Indexes the issuers of registrations that were stored before there was an index; SQL alone
/// cannot take a URL apart.
pub(super) fn index_issuers(connection: &mut Connection) -> Result<(), rusqlite::Error> {
    let transaction = connection.transaction()?;
    {
        let mut select = transaction.prepare(
            "SELECT DISTINCT issuer FROM registration WHERE \
            issuer IS NOT NULL AND neighbourhood IS NULL",
        )?;
        let mut update =
            transaction.prepare("UPDATE registration SET neighbourhood = ?2 WHERE issuer = ?1")?;
        for issuer in
            select.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?
        {
            update.execute(params![issuer, login::neighbourhood(&issuer)])?;
        }
    }
    transaction.commit()
}

impl Write<'_> {
    /// Adds a draft; the caller has made sure that the slug is free.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn insert_registration(
        &self,
        slug: &Slug,
        name: &Name,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.add_registration(&Registration::draft(slug.clone(), name.clone(), now), Maker::Hand)
            .map(drop)
    }

    /// Adds a registration with all that is known of it and gives its key; its `id` is ignored, and
    /// the caller has made sure that its slug is free, and its issuer and client ID.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn add_registration(
        &self,
        registration: &Registration,
        maker: Maker,
    ) -> Result<i64, Error> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO registration (slug, name, enabled, issuer, client_id, keyset_url, access_token_url, authentication_request_url, token_audience,
                 deployments, leeway_seconds, allow_anonymous, allow_http, allow_private_network, frame_ancestors, updated_at, algorithms, product,
                 configuration_url, identity, audience_confirmed, created_at, managed, neighbourhood)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?16, ?22, ?23)",
        )?;
        bind(&mut statement, registration, registration.created_at)?;
        statement.raw_bind_parameter(1, registration.slug.as_str())?;
        statement.raw_bind_parameter(22, maker.is_manifest())?;
        statement.raw_bind_parameter(23, neighbourhood(registration))?;
        statement.raw_execute()?;
        let id = self.connection.last_insert_rowid();
        self.put_declared_origins(&Registration { id, ..registration.clone() })?;
        Ok(id)
    }

    /// Stores name, state, platform details and policy of a registration that exists.
    ///
    /// # Errors
    ///
    /// Of the database only; the caller has made sure that nobody else has this issuer and client
    /// ID.
    pub fn update_registration(
        &self,
        registration: &Registration,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE registration SET name = ?2, enabled = ?3, issuer = ?4, client_id = ?5, keyset_url = ?6, access_token_url = ?7,
                 authentication_request_url = ?8, token_audience = ?9, deployments = ?10, leeway_seconds = ?11, allow_anonymous = ?12, allow_http = ?13,
                 allow_private_network = ?14, frame_ancestors = ?15, updated_at = ?16, algorithms = ?17, product = ?18, configuration_url = ?19, identity = ?20,
                 audience_confirmed = ?21, neighbourhood = ?22
             WHERE id = ?1",
        )?;
        bind(&mut statement, registration, now)?;
        statement.raw_bind_parameter(1, registration.id)?;
        statement.raw_bind_parameter(22, neighbourhood(registration))?;
        statement.raw_execute()?;
        self.put_declared_origins(registration)
    }

    /// Deletes a registration and all that hangs on it; the launch log stays.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn delete_registration(&self, id: i64) -> Result<(), Error> {
        self.connection.prepare_cached("DELETE FROM registration WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    /// Adds a deployment, unless it is there already.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn insert_deployment(
        &self,
        registration_id: i64,
        deployment: &Deployment,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.add_deployment(registration_id, deployment, Maker::Hand, now)?;
        self.touch_registration(registration_id, now)
    }

    /// The same, and leaves the registration as it is.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn add_deployment(
        &self,
        registration_id: i64,
        deployment: &Deployment,
        maker: Maker,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.connection
            .prepare_cached(
                "INSERT INTO deployment (registration_id, deployment_id, name, created_at, managed) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (registration_id, deployment_id) DO NOTHING",
            )?
            .execute(params![registration_id, deployment.deployment_id.as_str(), deployment.name.as_str(), to_milliseconds(now), maker.is_manifest()])?;
        Ok(())
    }

    /// Gives a deployment another name.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn rename_deployment(
        &self,
        registration_id: i64,
        deployment_id: &DeploymentId,
        name: &Name,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.connection
            .prepare_cached(
                "UPDATE deployment SET name = ?3 WHERE registration_id = ?1 AND deployment_id = ?2",
            )?
            .execute(params![registration_id, deployment_id.as_str(), name.as_str()])?;
        self.touch_registration(registration_id, now)
    }

    /// Removes a deployment with its courses and links, and ends the sessions that came through it.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn delete_deployment(
        &self,
        registration_id: i64,
        deployment_id: &DeploymentId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let key = params![registration_id, deployment_id.as_str()];
        self.connection
            .prepare_cached(
                "DELETE FROM session WHERE registration_id = ?1 AND visit ->> 'deployment_id' = ?2",
            )?
            .execute(key)?;
        self.connection
            .prepare_cached(
                "DELETE FROM deployment WHERE registration_id = ?1 AND deployment_id = ?2",
            )?
            .execute(key)?;
        self.touch_registration(registration_id, now)
    }

    /// Says that a registration, or one of its deployments, has changed.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn touch_registration(&self, id: i64, now: Timestamp) -> Result<(), Error> {
        self.connection
            .prepare_cached("UPDATE registration SET updated_at = ?2 WHERE id = ?1")?
            .execute(params![id, to_milliseconds(now)])?;
        Ok(())
    }
}
