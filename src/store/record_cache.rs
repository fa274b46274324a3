//! Records that most requests need and that rarely change, decoded, for one reading connection.
//!
//! Triggers of the schema increase a version with each change of these records, by whatever process.
//! Each read compares the version in its own snapshot with that of the cache, so a cached record is
//! never older than what a query in the same read would return.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hash;

use uuid::Uuid;

use super::Error;
use super::engine::Connection;
use crate::domain::{AppPlace, Deployment, Registration, Resource, Settings, Slug};

/// How many records of a kind are kept.
const MAX_RECORDS: usize = 256;

/// The cache of a connection.
#[derive(Default)]
pub(super) struct RecordCache(RefCell<Records>);

/// What is kept. Every type here has triggers that increase the version.
#[derive(Default)]
pub(super) struct Records {
    version: RecordVersion,
    pub(super) settings: HashMap<(), Settings>,
    pub(super) registrations: HashMap<Slug, Registration>,
    pub(super) registrations_by_id: HashMap<i64, Registration>,
    /// By the key of the registration and the platform's identifier.
    pub(super) deployments: HashMap<(i64, String), Deployment>,
    pub(super) resources: HashMap<Uuid, Resource>,
    pub(super) resources_by_id: HashMap<i64, Resource>,
    /// By the origin of their apps.
    pub(super) web_apps: HashMap<String, Vec<AppPlace>>,
}

/// Changes whenever the settings, a registration, a deployment or a resource may have changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordVersion(i64);

impl RecordVersion {
    /// The version that a query has read.
    pub(super) fn of(version: i64) -> Self {
        Self(version)
    }
}

/// The version of the records in the database.
pub(super) fn version(connection: &Connection) -> Result<RecordVersion, Error> {
    connection.record_version().map(RecordVersion)
}

impl RecordCache {
    /// The version of the records that are kept.
    pub(super) fn version(&self) -> RecordVersion {
        self.0.borrow().version
    }

    /// Forgets everything if a record has changed since. To be called at the beginning of a read,
    /// inside its transaction.
    pub(super) fn refresh(&self, connection: &Connection) -> Result<(), Error> {
        let version = version(connection)?;
        let records = &mut *self.0.borrow_mut();
        if records.version != version {
            *records = Records { version, ..Records::default() };
        }
        Ok(())
    }

    /// The record with this key, or what `find` returns, which is kept if `may_keep` says so.
    pub(super) fn get<K: Clone + Eq + Hash, V: Clone>(
        &self,
        kind: impl Fn(&mut Records) -> &mut HashMap<K, V>,
        key: &K,
        may_keep: impl FnOnce(&V) -> bool,
        find: impl FnOnce() -> Result<Option<V>, Error>,
    ) -> Result<Option<V>, Error> {
        if let Some(record) = kind(&mut self.0.borrow_mut()).get(key) {
            return Ok(Some(record.clone()));
        }
        let found = find()?;
        if let Some(record) = found.as_ref().filter(|record| may_keep(record)) {
            let records = &mut *self.0.borrow_mut();
            let kept = kind(records);
            if kept.len() >= MAX_RECORDS {
                kept.clear();
            }
            kept.insert(key.clone(), record.clone());
        }
        Ok(found)
    }
}
