//! The lists that a run has read of a resource, and the people who are missing from them.

use std::collections::{BTreeMap, HashSet};

use crate::domain::Slug;
use crate::store::Absence;

/// A link as messages name it.
#[derive(Debug, Clone)]
pub(super) struct LinkName {
    pub(super) registration: Slug,
    pub(super) resource_link_id: String,
}

/// The lists of a resource that a run has read.
#[derive(Default)]
pub(super) struct Lists {
    /// Read completely.
    pub(super) finished: BTreeMap<i64, LinkName>,
    /// Read partly, or not at all.
    pub(super) unfinished: HashSet<i64>,
}

impl Lists {
    pub(super) fn finished(&self) -> Vec<i64> {
        self.finished.keys().copied().collect()
    }

    pub(super) fn all(&self) -> Vec<i64> {
        self.finished.keys().chain(&self.unfinished).copied().collect()
    }
}

/// The people who have left.
#[derive(Default)]
pub(super) struct Departures {
    /// People who were, or would be, unenrolled.
    pub(super) unenrolled: u32,
    /// People who were not unenrolled because they are more than half of a link's members.
    pub(super) held_back: u32,
    /// The links of the latter.
    pub(super) suspicious: Vec<(i64, Absence)>,
}
