//! Launches that wait for the person to choose an account.

use std::ops::ControlFlow;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;

use super::query::{Queries as _, Row, as_record, bind, once, select, sql};
use super::record::{Record as _, record};
use super::{Error, Read, Write};
use crate::domain::{PendingHandle, PendingLaunch, Slug};

record! {
    PendingLaunch in "pending_launch" {
        registration_id, waits_for, tries, launch, created_at, expires_at,
    }
}

/// A waiting launch with the names of what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingLaunch {
    /// The launch.
    pub pending: PendingLaunch,
    /// Slug of its registration.
    pub registration: Slug,
    /// Slug of its resource; `None` for content selection, or if the resource was deleted.
    pub resource: Option<Slug>,
}

fn waiting_launch(row: &Row<'_>) -> rusqlite::Result<WaitingLaunch> {
    Ok(WaitingLaunch {
        pending: row.record()?,
        registration: row.get("registration")?,
        resource: row.get("resource")?,
    })
}

/// What of [`WaitingLaunch`] is selected besides the launch, and from where.
const WITH_NAMES: &str = "registration.slug AS registration, resource.slug AS resource
     FROM pending_launch
         JOIN registration ON registration.id = pending_launch.registration_id
         LEFT JOIN resource ON resource.id = pending_launch.launch ->> '$.resource_id'";

/// The stored form of a handle.
fn digest_of(handle: &PendingHandle) -> Vec<u8> {
    digest(&SHA256, handle.expose().as_bytes()).as_ref().to_vec()
}

impl Read<'_> {
    /// The waiting launch with this handle, unless it has expired.
    pub fn pending_launch(
        &self,
        handle: &PendingHandle,
        now: Timestamp,
    ) -> Result<Option<PendingLaunch>, Error> {
        self.connection.find(
            select!(PendingLaunch, "WHERE handle_digest = :handle_digest AND expires_at > :now"),
            bind! { handle_digest: digest_of(handle), now },
            as_record,
        )
    }
}

impl Read<'_> {
    /// Calls `callback` for the launches that wait, or whose wait has expired since the server last
    /// looked, until it breaks.
    pub fn each_waiting_launch<E: From<Error>>(
        &self,
        mut callback: impl FnMut(WaitingLaunch) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        self.connection.walk(
            sql!("SELECT {}, {WITH_NAMES}", PendingLaunch::table().selected),
            &[],
            // One that an older version wrote, and that cannot be read, does not hide the others.
            |row| waiting_launch(row).map_or(Ok(ControlFlow::Continue(())), &mut callback),
        )
    }
}

impl Write<'_> {
    /// Removes the oldest launches whose wait has expired, at most `limit`, and returns them.
    pub fn take_abandoned_launches(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<WaitingLaunch>, Error> {
        // What cannot be read, because an older version wrote it, must not stay for ever.
        let abandoned: Vec<(Vec<u8>, Option<WaitingLaunch>)> = self.connection.all(
            sql!(
                "SELECT handle_digest, {}, {WITH_NAMES} WHERE pending_launch.expires_at < :now
                 ORDER BY pending_launch.expires_at LIMIT :limit",
                PendingLaunch::table().selected
            ),
            bind! { now, limit },
            |row| Ok((row.get("handle_digest")?, waiting_launch(row).ok())),
        )?;
        let mut launches = Vec::with_capacity(abandoned.len());
        for (handle_digest, launch) in abandoned {
            self.connection.change(
                "DELETE FROM pending_launch WHERE handle_digest = :handle_digest",
                bind! { handle_digest },
            )?;
            launches.extend(launch);
        }
        Ok(launches)
    }

    /// Stores a launch that has to wait.
    pub fn insert_pending_launch(
        &self,
        handle: &PendingHandle,
        pending: &PendingLaunch,
    ) -> Result<(), Error> {
        self.connection.change_with(
            once!(PendingLaunch::table().insert(&[("handle_digest", ":handle_digest")])),
            pending,
            bind! { handle_digest: digest_of(handle) },
        )?;
        Ok(())
    }

    /// Removes a launch and returns it, so that its wait ends only once. Returns `None` if it was
    /// removed before or has expired.
    pub fn take_pending_launch(
        &self,
        handle: &PendingHandle,
        now: Timestamp,
    ) -> Result<Option<PendingLaunch>, Error> {
        let found = self.pending_launch(handle, now)?;
        self.connection.change(
            "DELETE FROM pending_launch WHERE handle_digest = :handle_digest",
            bind! { handle_digest: digest_of(handle) },
        )?;
        Ok(found)
    }

    /// Counts a wrong password. Returns how many there have been.
    pub fn count_wrong_password(&self, handle: &PendingHandle) -> Result<u32, Error> {
        let tries = self.connection.find(
            "UPDATE pending_launch SET tries = tries + 1 WHERE handle_digest = :handle_digest
             RETURNING tries",
            bind! { handle_digest: digest_of(handle) },
            |row| row.get("tries"),
        )?;
        Ok(tries.unwrap_or(0))
    }
}
