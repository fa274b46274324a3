//! Which keys of the app behind a resource are accepted. The keys themselves are not stored.

use jiff::Timestamp;

use super::query::{Queries as _, as_record, bind, once, select};
use super::record::{Record as _, columns, record};
use super::{Error, Read, Write};
use crate::domain::{AppKeys, PreviousAppKey};

record! {
    AppKeys in "resource" {
        generation: app_key_generation,
        created_at: app_key_created_at,
        previous,
    }
}

columns! {
    optional PreviousAppKey {
        generation: app_key_previous_generation,
        accepted_until: app_key_previous_accepted_until,
    }
}

impl Read<'_> {
    /// The keys of the app behind a resource that exists.
    pub fn app_keys(&self, resource_id: i64) -> Result<AppKeys, Error> {
        self.connection.one(
            select!(AppKeys, "WHERE id = :resource_id"),
            bind! { resource_id },
            as_record,
        )
    }
}

impl Write<'_> {
    /// Stores which keys of the app behind a resource are accepted.
    pub fn save_app_keys(&self, resource_id: i64, keys: &AppKeys) -> Result<(), Error> {
        self.connection.change_with(
            once!(AppKeys::table().update(&[], "WHERE id = :resource_id")),
            keys,
            bind! { resource_id },
        )?;
        Ok(())
    }

    /// Records that every app has a new key because the key from which they are derived was
    /// replaced.
    pub fn put_new_app_keys(&self, now: Timestamp) -> Result<(), Error> {
        self.connection.change(
            "UPDATE resource SET app_key_created_at = :now, app_key_previous_generation = NULL,
                 app_key_previous_accepted_until = NULL",
            bind! { now },
        )?;
        Ok(())
    }
}
