//! Launches that wait for the person to choose an account.

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;

use super::query::{Queries as _, as_record, bind, once, select};
use super::record::{Record as _, record};
use super::{Error, Read, Write};
use crate::domain::{PendingHandle, PendingLaunch};

record! {
    PendingLaunch in "pending_launch" {
        registration_id, waits_for, tries, launch, created_at, expires_at,
    }
}

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

impl Write<'_> {
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
