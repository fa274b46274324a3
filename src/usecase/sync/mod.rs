//! The two synchronisations: grades out ([`grades`]), members in ([`members`]); and how they stand ([`status`]).
//!
//! They run inside `serve` from time to time, and from the command line. A lease in the database lets exactly one of them work at a time; whoever holds it renews it, and
//! when its holder dies it passes on. Everything else is in the database too, so whoever takes over goes on where the other stopped.

pub mod grades;
pub mod members;
pub mod runs;
pub mod schedule;
pub mod status;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;

use super::{Failure, publish, tenancy};
use crate::domain::{Clock, Random, Registration, Resource, Trouble};
use crate::platform::{PlatformClient, ServiceAccess, ServiceClient, ServiceError, Tokens};
use crate::store::{self, Pool};

/// How many requests one platform gets at the same time, unless somebody wants another number.
pub const CONCURRENCY: u16 = 8;

/// How long a lease lasts without being renewed.
const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// How often it is renewed.
const RENEWAL: Duration = Duration::from_secs(10);

/// What the synchronisations need; cheap to clone.
#[derive(Clone)]
pub struct Synchroniser {
    /// The database.
    pub pool: Pool,
    /// The way out.
    pub client: PlatformClient,
    /// Access tokens.
    pub tokens: Tokens,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// How many requests one platform gets at the same time.
    pub concurrency: u16,
}

/// Hears how a synchronisation comes on.
pub trait Progress: Send + Sync {
    /// So many more are to be done.
    fn expect(&self, more: u64);
    /// So many more are done.
    fn advance(&self, done: u64);
}

/// Nobody listens.
pub struct Silent;

impl Progress for Silent {
    fn expect(&self, _: u64) {}
    fn advance(&self, _: u64) {}
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Grades out.
    Grades,
    /// Members in.
    Members,
}

impl Work {
    /// The lease's name.
    fn name(self) -> &'static str {
        match self {
            Self::Grades => "grades",
            Self::Members => "members",
        }
    }
}

/// The right to work, renewed until it is dropped.
struct Lease {
    pool: Pool,
    ticket: Ticket,
    renewing: JoinHandle<()>,
}

/// Whose a lease is; cheap to clone.
#[derive(Clone)]
struct Ticket {
    work: Work,
    holder: String,
}

impl Ticket {
    /// Renews the lease; says `false` when somebody else has it by now. In one transaction with the change that needs it, nobody comes between.
    fn renew(&self, write: &store::Write<'_>, now: Timestamp) -> Result<bool, store::Error> {
        write.take_lease(self.work.name(), &self.holder, now, now + LEASE)
    }
}

impl Lease {
    /// Takes the lease; nothing while somebody else has it.
    async fn take(synchroniser: &Synchroniser, work: Work) -> Result<Option<Self>, store::Error> {
        let holder = synchroniser.random.bytes::<8>().iter().map(|byte| format!("{byte:02x}")).collect();
        let (pool, clock, ticket) = (synchroniser.pool.clone(), synchroniser.clock, Ticket { work, holder });
        if !renew(&pool, &ticket, clock).await? {
            return Ok(None);
        }
        let renewing = tokio::spawn({
            let (pool, ticket) = (pool.clone(), ticket.clone());
            async move {
                loop {
                    tokio::time::sleep(RENEWAL).await;
                    if let Err(error) = renew(&pool, &ticket, clock).await {
                        tracing::warn!(%error, "the lease of a synchronisation was not renewed");
                    }
                }
            }
        });
        Ok(Some(Self { pool, ticket, renewing }))
    }

    /// Whether it is still ours: a machine that slept for minutes may have lost it.
    async fn holds(&self, clock: Clock) -> Result<bool, store::Error> {
        renew(&self.pool, &self.ticket, clock).await
    }

    /// Gives it back.
    async fn give_back(self) -> Result<(), store::Error> {
        self.renewing.abort();
        let ticket = self.ticket.clone();
        self.pool.write(move |write| write.give_lease_back(ticket.work.name(), &ticket.holder)).await
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewing.abort();
    }
}

async fn renew(pool: &Pool, ticket: &Ticket, clock: Clock) -> Result<bool, store::Error> {
    let (ticket, now) = (ticket.clone(), clock.now());
    pool.write(move |write| ticket.renew(write, now)).await
}

impl Synchroniser {
    /// The resource that is meant, or all of them.
    fn resource(&self, slug: Option<&str>) -> Result<Option<Resource>, Failure> {
        slug.map(|slug| self.pool.read(|read| publish::find(read, slug))).transpose()
    }

    /// The way to a platform's services; none for a draft.
    fn services(&self, registration: &Registration) -> Result<Option<ServiceClient>, Failure> {
        let (settings, key) = self.pool.read(|read| Ok::<_, store::Error>((read.settings()?, read.active_signing_key()?)))?;
        let access = ServiceAccess::for_registration(registration, &key, settings.url.is_loopback());
        let guard = || tenancy::Guard::new(self.pool.clone(), registration.clone());
        Ok(access.map(|access| ServiceClient::new(self.client.clone(), self.tokens.clone(), access, Arc::new(guard()))))
    }
}

/// What a platform's error means for whoever looks at `sync status`.
fn trouble(error: &ServiceError) -> Trouble {
    Trouble { code: error.code().to_owned(), problem: error.to_string(), fix: error.fix().into_owned() }
}

/// Whether another try may come to something, and how long the platform wants to be left alone before. What the platform as a whole is in the way of is tried again too: an
/// admin repairs it for everybody at once.
fn wait(error: &ServiceError) -> Option<Option<Duration>> {
    match error {
        ServiceError::Again { after, .. } => Some(*after),
        error if error.concerns_the_whole_platform() => Some(None),
        // An admin puts that right too.
        ServiceError::Withheld { .. } | ServiceError::Conflict { .. } => Some(None),
        _ => None,
    }
}

/// When to try again what failed for the `tries`-th time: from 30 s on twice as late each time, up to six hours, but never before the platform wants it; a quarter more
/// or less by chance, so that not all come back at once.
fn next_try(tries: u32, after: Option<Duration>, now: Timestamp, random: &Random) -> Timestamp {
    let seconds = 30_i64.saturating_mul(1 << tries.min(10)).min(6 * 3600);
    let chance = i64::from(random.bytes::<1>()[0]);
    let backoff = SignedDuration::from_millis(seconds * 750 + seconds * 500 * chance / 255);
    let wanted = after.and_then(|after| SignedDuration::try_from(after).ok()).unwrap_or_default();
    now.saturating_add(backoff.max(wanted)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_platforms_may_ask_for_more() {
        let (now, random) = ("2026-11-23T17:00:00Z".parse::<Timestamp>().unwrap(), Random::seeded(1));
        for (tries, after, least, most) in
            [(0, None, 22, 38), (1, None, 45, 75), (3, None, 180, 300), (40, None, 16_200, 27_000), (0, Some(120), 120, 120), (40, Some(1), 16_200, 27_000)]
        {
            let wait = next_try(tries, after.map(Duration::from_secs), now, &random).duration_since(now).as_secs();
            assert!((least..=most).contains(&wait), "{tries} {after:?}: {wait}");
        }
    }
}
