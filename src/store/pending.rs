//! Launches that wait for their person.

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::{Error, Read, Write, from_milliseconds, to_milliseconds};
use crate::domain::{PendingHandle, PendingLaunch, WaitsFor};

/// What is stored of a handle.
fn key(handle: &PendingHandle) -> Vec<u8> {
    digest(&SHA256, handle.expose().as_bytes()).as_ref().to_vec()
}

fn pending(row: &Row<'_>) -> Result<PendingLaunch, rusqlite::Error> {
    let launch = row.get_ref(3)?.as_str()?;
    Ok(PendingLaunch {
        registration_id: row.get(0)?,
        waits_for: if row.get_ref(1)?.as_str()? == "binding" {
            WaitsFor::Binding
        } else {
            WaitsFor::Account
        },
        tries: row.get(2)?,
        launch: serde_json::from_str(launch).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(
                3,
                rusqlite::types::Type::Text,
                Box::new(error),
            )
        })?,
        created_at: from_milliseconds(row.get(4)?),
        expires_at: from_milliseconds(row.get(5)?),
    })
}

impl Read<'_> {
    /// The launch that waits under this handle, unless its time is over.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn pending_launch(
        &self,
        handle: &PendingHandle,
        now: Timestamp,
    ) -> Result<Option<PendingLaunch>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT registration_id, waits_for, tries, launch, created_at, expires_at FROM \
             pending_launch WHERE handle_digest = ?1 AND expires_at > ?2",
        )?;
        Ok(statement.query_row(params![key(handle), to_milliseconds(now)], pending).optional()?)
    }
}

impl Write<'_> {
    /// Lets a launch wait.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn insert_pending_launch(
        &self,
        handle: &PendingHandle,
        pending: &PendingLaunch,
    ) -> Result<(), Error> {
        let launch =
            serde_json::to_string(&pending.launch).map_err(|_| Error::Corrupt("launch"))?;
        let waits_for = match pending.waits_for {
            WaitsFor::Binding => "binding",
            WaitsFor::Account => "account",
        };
        self.connection
            .prepare_cached(
                "INSERT INTO pending_launch (handle_digest, registration_id, waits_for, tries, \
                 launch, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                key(handle),
                pending.registration_id,
                waits_for,
                pending.tries,
                launch,
                to_milliseconds(pending.created_at),
                to_milliseconds(pending.expires_at),
            ])?;
        Ok(())
    }

    /// Takes a launch out, so that its wait ends once; nothing when somebody else has done so, or
    /// its time is over.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn take_pending_launch(
        &self,
        handle: &PendingHandle,
        now: Timestamp,
    ) -> Result<Option<PendingLaunch>, Error> {
        let found = self.pending_launch(handle, now)?;
        self.connection
            .prepare_cached("DELETE FROM pending_launch WHERE handle_digest = ?1")?
            .execute([key(handle)])?;
        Ok(found)
    }

    /// Counts a wrong answer; says how many there were by now.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn count_wrong_answer(&self, handle: &PendingHandle) -> Result<u32, Error> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE pending_launch SET tries = tries + 1 WHERE handle_digest = ?1 RETURNING tries",
        )?;
        Ok(statement.query_row([key(handle)], |row| row.get(0)).optional()?.unwrap_or(0))
    }
}
