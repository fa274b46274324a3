//! What a platform's keyset held when it was fetched.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// The keys of a platform as the server last found them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedKeyset {
    /// Where they are.
    pub keyset_url: String,
    /// The names of the keys that are fit for use, each with a digest of the key.
    pub keys: BTreeMap<String, String>,
    /// When.
    pub fetched_at: Timestamp,
}
