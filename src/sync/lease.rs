//! The right to synchronize one registration. It is stored in the database, so that server and
//! commands never work on the same registration; on different ones they work in parallel.

use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;

use super::{Synchronizer, Work};
use crate::domain::Clock;
use crate::store::{self, Pool, Write};

/// How often a lease is renewed in the time that it lasts.
const RENEWALS: u32 = 3;

/// A held lease, renewed until it is dropped.
pub(super) struct Lease {
    pool: Pool,
    ticket: Ticket,
    renewing: JoinHandle<()>,
}

/// Proof of a lease; cheap to clone.
#[derive(Clone)]
pub(super) struct Ticket {
    name: String,
    holder: String,
    /// How long the lease lasts without being renewed.
    duration: SignedDuration,
}

impl Ticket {
    /// Renews the lease. Returns `false` if another process has taken it over. In the same
    /// transaction as a change, this ensures that no other process is working on it.
    pub(super) fn renew(&self, write: &Write<'_>, now: Timestamp) -> Result<bool, store::Error> {
        write.renew_lease(&self.name, &self.holder, self.until(now))
    }

    fn until(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(self.duration).unwrap_or(Timestamp::MAX)
    }
}

impl Lease {
    /// Takes the lease of a registration; returns `None` while another process has it.
    pub(super) async fn take(
        synchronizer: &Synchronizer,
        work: Work,
        registration_id: i64,
    ) -> Result<Option<Self>, store::Error> {
        let duration = synchronizer.limits.lease;
        let (pool, clock, ticket) = (
            synchronizer.pool.clone(),
            synchronizer.clock,
            Ticket {
                name: work.lease(registration_id),
                holder: HEXLOWER.encode(&synchronizer.random.bytes::<8>()),
                duration: SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX),
            },
        );
        let (wanted, now) = (ticket.clone(), clock.now());
        let take = move |write: &Write<'_>| {
            write.take_lease(&wanted.name, &wanted.holder, now, wanted.until(now))
        };
        if !pool.write(take).await? {
            return Ok(None);
        }
        let renewing = tokio::spawn({
            let (pool, ticket) = (pool.clone(), ticket.clone());
            async move {
                loop {
                    tokio::time::sleep(duration / RENEWALS).await;
                    if let Err(error) = renew(&pool, &ticket, clock).await {
                        tracing::warn!(%error, "the lease of a synchronization was not renewed");
                    }
                }
            }
        });
        Ok(Some(Self { pool, ticket, renewing }))
    }

    pub(super) fn ticket(&self) -> Ticket {
        self.ticket.clone()
    }

    /// Releases the lease.
    pub(super) async fn release(self) -> Result<(), store::Error> {
        self.renewing.abort();
        let ticket = self.ticket.clone();
        self.pool.write(move |write| write.release_lease(&ticket.name, &ticket.holder)).await
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
