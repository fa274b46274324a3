//! Notices of platforms, for the app behind a resource.
//!
//! An app sees a notice only if a person could be launched into its resource from the course that
//! the notice is about: the course, or one from which it was copied, has a link to the resource, and
//! the resource is available to the registration. Notices that are about no course are not shown: a
//! deployment may belong to a whole institution, and its notices may name people whom the app must not
//! know.

use std::time::Duration;

use serde_json::json;

use crate::domain::{AppNotice, NoticePolicy, Resource};
use crate::failure::Failure;
use crate::store::Read;

/// How long a request may wait, in seconds.
pub const MAX_WAIT_SECONDS: u64 = 20;

/// How many notices a page may have.
const MAX_NOTICES: u32 = 100;

/// Which notices are requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticesQuery {
    /// Their types.
    pub types: Vec<String>,
    /// The end of the previous page; 0 for the first one.
    pub after: i64,
    /// How long to wait for a notice.
    pub wait: Duration,
}

/// How many notices, those of other resources included, one look reads at most.
const MAX_EXAMINED: i64 = 2000;

/// A page of notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticesPage {
    /// The notices, in the order in which they arrived.
    pub notices: Vec<AppNotice>,
    /// The end of the page.
    pub next: i64,
    /// Whether there are no notices behind it, of this resource or of others.
    pub is_last: bool,
}

/// The notices after a position that concern a resource.
pub fn notices(
    read: Read<'_>,
    resource: &Resource,
    query: &NoticesQuery,
) -> Result<NoticesPage, Failure> {
    let types = json!(query.types).to_string();
    // Read first: a notice that arrives meanwhile is not skipped.
    let newest = read.last_notice()?.max(query.after);
    let last = newest.min(query.after.saturating_add(MAX_EXAMINED));
    let range = (query.after, last);
    let found = read.notices_of_resource(resource.id, &types, range, MAX_NOTICES)?;
    let next = match found.last() {
        Some(notice) if found.len() == MAX_NOTICES as usize => notice.position,
        _ => last,
    };
    let mut notices = Vec::with_capacity(found.len());
    for notice in found {
        let registration = read.registration(&notice.registration)?;
        let is_open = registration.is_some_and(|registration| {
            resource.is_for(&registration.slug) && registration.policy.notices == NoticePolicy::On
        });
        if is_open {
            notices.push(notice);
        }
    }
    Ok(NoticesPage { notices, next, is_last: next >= newest })
}
