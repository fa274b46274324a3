//! The right to synchronize one registration. It is stored in the database, so that server and
//! commands never work on the same registration; on different ones they work in parallel.

use std::time::Duration;

use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;

use super::{Synchronizer, Work};
use crate::domain::Clock;
use crate::store::{self, Pool, Write};

/// How long a lease lasts without being renewed.
const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// How often it is renewed.
const RENEWAL: Duration = Duration::from_secs(10);

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
}

impl Ticket {
    /// Renews the lease. Returns `false` if another process has taken it over. In the same
    /// transaction as a change, this ensures that no other process is working on it.
    pub(super) fn renew(&self, write: &Write<'_>, now: Timestamp) -> Result<bool, store::Error> {
        write.take_lease(&self.name, &self.holder, now, now + LEASE)
    }
}

impl Lease {
    /// Takes the lease of a registration; returns `None` while another process has it.
    pub(super) async fn take(
        synchronizer: &Synchronizer,
        work: Work,
        registration_id: i64,
    ) -> Result<Option<Self>, store::Error> {
        let holder = HEXLOWER.encode(&synchronizer.random.bytes::<8>());
        let (pool, clock, ticket) = (
            synchronizer.pool.clone(),
            synchronizer.clock,
            Ticket { name: work.lease(registration_id), holder },
        );
        if !renew(&pool, &ticket, clock).await? {
            return Ok(None);
        }
        let renewing = tokio::spawn({
            let (pool, ticket) = (pool.clone(), ticket.clone());
            async move {
                loop {
                    tokio::time::sleep(RENEWAL).await;
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
