//! Totals per registration, maintained by triggers.

use super::column::OrEmpty;
use super::query::{Queries as _, as_record, bind, select, sql};
use super::record::{Record as _, record};
use super::{Error, Read, RecordVersion, Write};
use crate::domain::{LogShare, Slug};

/// The totals of a registration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RegistrationTotal {
    /// Accounts that its launches and member lists created.
    pub accounts: u32,
    /// Waiting launches, including expired ones that are not deleted yet.
    pub waiting_launches: u32,
    /// Bytes of its sessions' texts.
    pub session_bytes: i64,
}

record! {
    RegistrationTotal in "registration_total" { accounts, waiting_launches, session_bytes }
}

impl Read<'_> {
    /// The totals of a registration.
    pub fn registration_total(&self, registration_id: i64) -> Result<RegistrationTotal, Error> {
        let total = self.connection.find(
            select!(RegistrationTotal, "WHERE registration_id = :registration_id"),
            bind! { registration_id },
            as_record,
        )?;
        Ok(total.unwrap_or_default())
    }

    /// The same, with the version of the records, in one query.
    pub fn version_and_total(
        &self,
        registration_id: i64,
    ) -> Result<(RecordVersion, RegistrationTotal), Error> {
        self.connection.one(
            sql!(
                "SELECT version, {} FROM record_version
                     LEFT JOIN registration_total ON registration_id = :registration_id",
                RegistrationTotal::table().selected
            ),
            bind! { registration_id },
            |row| {
                let total = row.joined_record::<RegistrationTotal>()?;
                Ok((RecordVersion::of(row.get("version")?), total.unwrap_or_default()))
            },
        )
    }

    /// The bytes of a share of the launch log: of a registration, by its slug, or of launches that
    /// belong to none.
    pub fn launch_log_bytes(
        &self,
        registration: Option<&Slug>,
        share: LogShare,
    ) -> Result<i64, Error> {
        let bytes = self.connection.find(
            "SELECT bytes FROM launch_log_size WHERE registration = :registration AND kind = :share",
            bind! { registration: OrEmpty(registration), share },
            |row| row.get("bytes"),
        )?;
        Ok(bytes.unwrap_or(0))
    }
}

impl Write<'_> {
    /// Whether another launch of a registration may wait.
    pub fn may_wait(&self, registration_id: i64, limit: u32) -> Result<bool, Error> {
        Ok(self.registration_total(registration_id)?.waiting_launches < limit)
    }
}
