//! Launches that wait for the person to choose an account.

use std::ops::ControlFlow;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;

use super::engine::ValueError;
use super::query::{Parameters, Queries as _, Row, as_record, bind, once, select, sql};
use super::record::{Record as _, record};
use super::session::{CoursePlace, rank};
use super::{Error, Read, Write};
use crate::domain::{CheckedLaunch, PendingHandle, PendingLaunch, Slug};
use crate::lti::roles::Role;

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

fn waiting_launch(row: &Row<'_>) -> Result<WaitingLaunch, ValueError> {
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
         LEFT JOIN resource ON resource.id
             = CAST(pending_launch.launch ->> '$.resource_id' AS BIGINT)";

/// The waiting launches of a person in a [`CoursePlace`] whose role ranks above `:rank`.
const WAITING_ABOVE: &str = "pending_launch.registration_id = :registration_id
     AND launch ->> '$.visit.sub' = :sub
     AND launch ->> '$.visit.deployment_id' = :deployment_id
     AND launch ->> '$.visit.context_id' IS NOT DISTINCT FROM :context_id
     AND (:context_id IS NOT NULL
         OR launch ->> '$.visit.resource_link_id' = :resource_link_id)
     AND CASE launch ->> '$.visit.role'
         WHEN 'admin' THEN 2 WHEN 'staff' THEN 1 ELSE 0 END > :rank";

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
    /// The launch that waits, or whose wait has expired since the server last looked, and that began
    /// with this request.
    pub fn waiting_launch_of_request(
        &self,
        request_id: &str,
    ) -> Result<Option<WaitingLaunch>, Error> {
        let found = self.connection.find(
            sql!(
                "SELECT {}, {WITH_NAMES}
                 WHERE pending_launch.launch ->> '$.request_id' = :request_id",
                PendingLaunch::table().selected
            ),
            bind! { request_id },
            |row| Ok(waiting_launch(row).ok()),
        )?;
        Ok(found.flatten())
    }

    /// Calls `callback` for the launches that wait, or whose wait has expired since the server last
    /// looked, until it breaks. Those with the newest requests are the first ones.
    pub fn each_waiting_launch<E: From<Error>>(
        &self,
        mut callback: impl FnMut(WaitingLaunch) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        self.connection.walk(
            sql!(
                "SELECT {}, {WITH_NAMES} ORDER BY pending_launch.launch ->> '$.request_id' DESC",
                PendingLaunch::table().selected
            ),
            &[],
            // One that an older version wrote, and that cannot be read, does not hide the others.
            |row| waiting_launch(row).map_or(Ok(ControlFlow::Continue(())), &mut callback),
        )
    }
}

impl Write<'_> {
    /// Removes the oldest launches whose wait has expired, of one registration or of all and at most
    /// `limit`, and returns them.
    pub fn take_abandoned_launches(
        &self,
        registration_id: Option<i64>,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<WaitingLaunch>, Error> {
        let Some(registration_id) = registration_id else {
            let of_all = sql!(
                "SELECT handle_digest, {}, {WITH_NAMES} WHERE pending_launch.expires_at < :now
                 ORDER BY pending_launch.expires_at LIMIT :limit",
                PendingLaunch::table().selected
            );
            return self.take_waiting_launches(of_all, bind! { now, limit });
        };
        let of_registration = sql!(
            "SELECT handle_digest, {}, {WITH_NAMES}
             WHERE pending_launch.registration_id = :registration_id
                 AND pending_launch.expires_at < :now
             ORDER BY pending_launch.expires_at LIMIT :limit",
            PendingLaunch::table().selected
        );
        self.take_waiting_launches(of_registration, bind! { registration_id, now, limit })
    }

    /// Removes the waiting launches of a person in a course that came with a higher role than the
    /// platform sends now, and returns them: their pages refer back to the link.
    pub fn take_waiting_launches_above(
        &self,
        place: CoursePlace<'_>,
        role: Role,
    ) -> Result<Vec<WaitingLaunch>, Error> {
        let CoursePlace { registration_id, sub, deployment_id, context_id, resource_link_id } =
            place;
        // Nearly always, none is waiting, which is seen faster than by selecting it.
        let is_waiting = self.connection.one(
            "SELECT EXISTS (SELECT 1 FROM pending_launch WHERE registration_id = :registration_id
                 AND launch ->> '$.visit.sub' = :sub) AS is_waiting",
            bind! { registration_id, sub },
            |row| row.get::<bool>("is_waiting"),
        )?;
        if !is_waiting {
            return Ok(Vec::new());
        }
        self.take_waiting_launches(
            sql!(
                "SELECT handle_digest, {}, {WITH_NAMES} WHERE {WAITING_ABOVE}",
                PendingLaunch::table().selected
            ),
            bind! {
                sub, registration_id, deployment_id, context_id, resource_link_id,
                rank: rank(role),
            },
        )
    }

    /// Removes the launches that a query selects.
    fn take_waiting_launches(
        &self,
        query: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<WaitingLaunch>, Error> {
        // What cannot be read, because an older version wrote it, must not stay for ever.
        let found: Vec<(Vec<u8>, Option<WaitingLaunch>)> =
            self.connection.all(query, parameters, |row| {
                Ok((row.get("handle_digest")?, waiting_launch(row).ok()))
            })?;
        let mut launches = Vec::with_capacity(found.len());
        for (handle_digest, launch) in found {
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

    /// Stores that a person has signed in at an identity provider, for a launch that still waits for
    /// an account. Returns `false` if it does not.
    pub fn keep_sign_in(
        &self,
        handle: &PendingHandle,
        launch: &CheckedLaunch,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let changed = self.connection.change(
            "UPDATE pending_launch SET launch = :launch
             WHERE handle_digest = :handle_digest AND waits_for = 'account' AND expires_at > :now",
            bind! { launch, handle_digest: digest_of(handle), now },
        )?;
        Ok(changed == 1)
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
