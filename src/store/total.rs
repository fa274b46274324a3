//! What registrations have accumulated, as triggers count it.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Error, Read, Write, to_milliseconds};
use crate::domain::LogShare;

/// What a registration has accumulated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RegistrationTotal {
    /// Accounts that its launches and member lists created.
    pub accounts: u32,
    /// Launches that wait for their people, those whose time is over included until they are
    /// deleted.
    pub waiting_launches: u32,
    /// Bytes in the texts of its sessions.
    pub session_bytes: i64,
}

impl Read<'_> {
    /// What a registration has accumulated.
    pub fn registration_total(&self, registration_id: i64) -> Result<RegistrationTotal, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT accounts, waiting_launches, session_bytes FROM \
                registration_total WHERE registration_id = ?1",
        )?;
        let total = statement
            .query_row([registration_id], |row| {
                Ok(RegistrationTotal {
                    accounts: row.get(0)?,
                    waiting_launches: row.get(1)?,
                    session_bytes: row.get(2)?,
                })
            })
            .optional()?;
        Ok(total.unwrap_or_default())
    }

    /// The bytes of a share of the launch log: of a registration, by its slug, or of launches that
    /// belong to none.
    pub fn launch_log_bytes(
        &self,
        registration: Option<&str>,
        share: LogShare,
    ) -> Result<i64, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT bytes FROM launch_log_size WHERE registration = ?1 AND kind = ?2",
        )?;
        Ok(statement
            .query_row([registration.unwrap_or_default(), share.as_str()], |row| row.get(0))
            .optional()?
            .unwrap_or(0))
    }
}

impl Write<'_> {
    /// Whether another launch of a registration may wait. Those whose time is over are deleted
    /// before they are in anyone's way.
    pub fn may_wait(
        &self,
        registration_id: i64,
        limit: u32,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let has_room =
            || Ok::<_, Error>(self.registration_total(registration_id)?.waiting_launches < limit);
        if has_room()? {
            return Ok(true);
        }
        self.connection
            .prepare_cached(
                "DELETE FROM pending_launch WHERE registration_id = ?1 AND expires_at <= ?2",
            )?
            .execute(params![registration_id, to_milliseconds(now)])?;
        has_room()
    }
}
