//! Moves platforms from LTI 1.1 to LTI 1.3: what will happen, what has happened, and the way back.

use jiff::Timestamp;

use crate::domain::{Consumer, ConsumerRef, Identity, Product, Registration, RegistrationRef};
use crate::failure::{Failure, Kind};
use crate::lms::{self, MoveToLti1p3};
use crate::rules::{consumer, identity, registration};
use crate::store::{MovedUsers, MovingUsers, Read, Store, Write};

/// How far a platform has moved.
#[derive(Debug, Clone)]
pub struct ConsumerMigration {
    /// The consumer.
    pub consumer: Consumer,
    /// The registration that replaces it.
    pub registration: Registration,
    /// Since when, if it has begun.
    pub started_at: Option<Timestamp>,
    /// What the platform does.
    pub platform: &'static MoveToLti1p3,
    /// Whose users have moved.
    pub moved: MovedUsers,
    /// How many users were just linked by their IDs.
    pub linked: usize,
}

/// How a platform is moved.
#[derive(Debug, Clone, Copy, Default)]
pub struct Method {
    /// Only report; store nothing.
    pub dry_run: bool,
    /// Link users by their IDs, which the platform keeps.
    pub same_user_ids: bool,
}

/// Begins to move a platform, or reports how far it has moved.
///
/// # Errors
///
/// If consumer or registration do not exist or have no platform details, or users are to be linked
/// by their IDs although it is not clear whose they are.
pub fn migrate(
    store: &mut Store,
    consumer: &ConsumerRef,
    registration: &RegistrationRef,
    method: Method,
    now: Timestamp,
) -> Result<ConsumerMigration, Failure> {
    if method.dry_run {
        let read = store.read();
        let moving = Moving::find(read, consumer, registration)?;
        if method.same_user_ids {
            moving.only_tenant()?;
        }
        return moving.report(read, 0);
    }
    store.write(|write| {
        let moving = Moving::find(**write, consumer, registration)?;
        write.begin_consumer_migration(&moving.users, now)?;
        let linked = match method.same_user_ids {
            true => write.link_same_users(&moving.users, moving.only_tenant()?, now)?,
            false => 0,
        };
        moving.report(**write, linked)
    })
}

/// Unlinks users of the registration from accounts of the consumer's users, if they were linked
/// since the beginning. Returns how many were.
///
/// # Errors
///
/// If the move has not begun.
pub fn roll_back(
    write: &Write<'_>,
    consumer: &ConsumerRef,
    registration: &RegistrationRef,
) -> Result<(ConsumerMigration, usize), Failure> {
    let moving = Moving::find(**write, consumer, registration)?;
    let users = &moving.users;
    let Some(started_at) = write.consumer_migration(users.consumer_id, users.registration_id)?
    else {
        let (slug, registration) = (&moving.consumer.registration.slug, &moving.registration.slug);
        return Err(Failure::new(
            Kind::Conflict,
            format!("consumer {slug} is not moving to {registration}"),
            "there is nothing to roll back",
            format!("ltictl consumer migrate {slug} {registration} --dry-run"),
        ));
    };
    let unlinked = write.roll_consumer_migration_back(users, started_at)?;
    Ok((moving.report(**write, 0)?, unlinked))
}

/// A consumer, and the registration that replaces it.
struct Moving {
    consumer: Consumer,
    registration: Registration,
    users: MovingUsers,
}

impl Moving {
    fn find(
        read: Read<'_>,
        consumer: &ConsumerRef,
        registration: &RegistrationRef,
    ) -> Result<Self, Failure> {
        let consumer = consumer::find(read, consumer)?;
        let registration = registration::find(read, registration)?;
        let slug = &registration.slug;
        let Some(platform) = &registration.platform else {
            return Err(Failure::new(
                Kind::Conflict,
                format!("registration {slug} is a draft"),
                "the platform's details are missing, so its users are not known",
                format!("ltictl registration connect {slug}"),
            ));
        };
        let identity = identity::effective(&registration);
        let client_id = platform.client_id.as_str();
        let tenants = match identity {
            Identity::Deployment => read
                .deployments(registration.id)?
                .iter()
                .map(|one| identity.tenant(client_id, one.deployment_id.as_str()))
                .collect(),
            Identity::Issuer | Identity::ClientId => vec![identity.tenant(client_id, "")],
        };
        let issuer = platform.issuer.to_string();
        let users = MovingUsers::new(&consumer, registration.id, issuer, tenants);
        Ok(Self { consumer, registration, users })
    }

    /// The tenant of the registration's users, if there is only one.
    fn only_tenant(&self) -> Result<&str, Failure> {
        match self.users.tenants.as_slice() {
            [only] => Ok(only),
            several => {
                let slug = &self.registration.slug;
                Err(Failure::new(
                    Kind::Conflict,
                    format!("users of {slug} are identified by deployment"),
                    format!(
                        "it has {} deployments, so it is not clear whose users they are",
                        several.len()
                    ),
                    format!("ltictl deployment list {slug}"),
                ))
            }
        }
    }

    fn report(self, read: Read<'_>, linked: usize) -> Result<ConsumerMigration, Failure> {
        let Self { consumer, registration, users } = self;
        let started_at = read.consumer_migration(users.consumer_id, users.registration_id)?;
        let moved = read.moved_users(&users, started_at)?;
        let product = registration.product.as_ref().map(Product::as_str);
        let platform = lms::move_to_lti_1p3(product);
        Ok(ConsumerMigration { consumer, registration, started_at, platform, moved, linked })
    }
}
