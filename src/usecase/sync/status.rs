//! How the synchronisations stand: what platforms have, what waits, what failed and why.

use jiff::Timestamp;

use crate::domain::{Resource, ServiceLink, StuckGrade, SyncCounts};
use crate::store::{self, MemberSync, Read};
use crate::usecase::{Failure, publish};

/// The most stuck grades that are listed.
const MOST_STUCK: u32 = 1000;

/// How a link stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkStatus {
    /// Slug of the registration.
    pub registration: String,
    /// Slug of the resource.
    pub resource: String,
    /// The link's identifier.
    pub resource_link_id: String,
    /// The course's title, or the link's.
    pub title: Option<String>,
    /// Its grades; none when the platform takes none through it, or the resource sends none.
    pub grades: Option<SyncCounts>,
    /// What came of the last look at its members.
    pub members: Option<MemberSync>,
}

/// How everything stands.
pub struct SyncStatus {
    /// Every link with a service.
    pub links: Vec<LinkStatus>,
    /// Grades that wait for another try, or were refused; at most a thousand.
    pub stuck: Vec<StuckGrade>,
    /// Whether somebody works at grades at this moment.
    pub grades_under_way: bool,
    /// Whether somebody works at members at this moment.
    pub members_under_way: bool,
}

/// Asks how everything stands, or one resource.
///
/// # Errors
///
/// No such resource; the database's own failures.
pub fn status(read: Read<'_>, resource: Option<&str>, now: Timestamp) -> Result<SyncStatus, Failure> {
    let only = resource.map(|slug| publish::find(read, slug)).transpose()?;
    let stuck = read.stuck_grades(only.as_ref().map(|resource| resource.id), MOST_STUCK)?;
    let resources = match only {
        Some(resource) => vec![resource],
        None => read.resources()?,
    };
    let mut links = Vec::new();
    for resource in &resources {
        let sending: Vec<i64> = read.grade_links(Some(resource.id))?.into_iter().map(|link| link.id).collect();
        for link in read.member_links(resource.id)? {
            links.extend(link_status(read, resource, &link, sending.contains(&link.id))?);
        }
    }
    Ok(SyncStatus {
        links,
        stuck,
        grades_under_way: read.lease_is_held(super::Work::Grades.name(), now)?,
        members_under_way: read.lease_is_held(super::Work::Members.name(), now)?,
    })
}

fn link_status(read: Read<'_>, resource: &Resource, link: &ServiceLink, sends_grades: bool) -> Result<Option<LinkStatus>, store::Error> {
    let grades = sends_grades.then(|| read.sync_counts(link.id)).transpose()?;
    let members = read.member_sync(link.id)?;
    if grades.is_none() && link.memberships_url.is_none() {
        return Ok(None);
    }
    let registration = read.registration_by_id(link.registration_id)?.map(|registration| registration.slug.to_string()).unwrap_or_default();
    Ok(Some(LinkStatus {
        registration,
        resource: resource.slug.to_string(),
        resource_link_id: link.resource_link_id.clone(),
        title: link.title.clone(),
        grades,
        members,
    }))
}
