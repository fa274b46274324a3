//! The contents of a platform's keyset when it was fetched.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// The keys of a platform as the server last found them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedKeyset {
    /// The URL of the keyset.
    pub keyset_url: String,
    /// The IDs of the usable keys, each with a digest of the key.
    pub keys: BTreeMap<String, String>,
    /// When it was fetched.
    pub fetched_at: Timestamp,
}
