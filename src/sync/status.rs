//! Status of the synchronizations: sent, waiting and failed grades, and the state of member lists.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::Work;
use crate::domain::{ResourceRef, Slug, StuckGrade, SyncCounts};
use crate::failure::Failure;
use crate::rules::resource;
use crate::store::{self, MemberPass, MemberSync, Read, StatusLink};

/// Maximum number of stuck grades that are listed.
const MAX_STUCK: u32 = 1000;

/// Status of a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LinkStatus {
    /// Slug of the registration.
    pub registration: Slug,
    /// Slug of the resource.
    pub resource: Slug,
    /// Identifier of the link.
    pub resource_link_id: String,
    /// The course's title, or the link's.
    pub title: Option<String>,
    /// Its grades; `None` if the platform accepts none through it, or the resource sends none.
    #[serde(skip)]
    pub grades: Option<SyncCounts>,
    /// The outcome of the last synchronization of its members.
    #[serde(skip)]
    pub members: Option<MemberSync>,
    /// How far its list has been read, if the next run continues there.
    #[serde(skip)]
    pub pass: Option<MemberPass>,
}

/// Status of the synchronization of one registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PlatformStatus {
    /// Slug of the registration.
    pub registration: Slug,
    /// Grades that wait.
    pub grades_waiting: u32,
    /// Grades that the platform refused.
    pub grades_refused: u32,
    /// Lists of members.
    pub lists: u32,
    /// Lists that the next run continues to read.
    pub lists_unfinished: u32,
    /// Lists with a problem.
    pub lists_with_problem: u32,
    /// Whether a process is sending its grades.
    pub grades_under_way: bool,
    /// Whether a process is reading its members.
    pub members_under_way: bool,
}

/// Status of all synchronizations.
pub struct SyncStatus {
    /// Every registration with such a link.
    pub platforms: Vec<PlatformStatus>,
    /// Every link with a service.
    pub links: Vec<LinkStatus>,
    /// Grades that wait for a retry, or were refused; at most a thousand.
    pub stuck: Vec<StuckGrade>,
}

impl SyncStatus {
    /// Whether a process is sending grades.
    pub fn grades_under_way(&self) -> bool {
        self.platforms.iter().any(|platform| platform.grades_under_way)
    }

    /// Whether a process is reading members.
    pub fn members_under_way(&self) -> bool {
        self.platforms.iter().any(|platform| platform.members_under_way)
    }
}

/// Returns the status of everything, or of one resource.
pub fn status(
    read: Read<'_>,
    resource: Option<&ResourceRef>,
    now: Timestamp,
) -> Result<SyncStatus, Failure> {
    let only = resource.map(|slug| resource::find(read, slug)).transpose()?;
    let stuck = read.stuck_grades(only.as_ref().map(|resource| resource.id), MAX_STUCK)?;
    let (mut links, mut platforms) = (Vec::new(), BTreeMap::new());
    let leases: HashSet<String> = read.held_leases(now)?.into_iter().collect();
    let is_under_way = |work: Work, registration_id: i64| {
        !leases.is_empty() && leases.contains(&work.lease(registration_id))
    };
    for found in read.status_links(only.map(|resource| resource.id))? {
        let (registration_id, has_list) =
            (found.link.registration_id, found.link.memberships_url.is_some());
        let Some(status) = link_status(read, found)? else { continue };
        let platform =
            platforms.entry(status.registration.clone()).or_insert_with(|| PlatformStatus {
                grades_under_way: is_under_way(Work::Grades, registration_id),
                members_under_way: is_under_way(Work::Members, registration_id),
                ..PlatformStatus::new(status.registration.clone())
            });
        platform.add(&status, has_list);
        links.push(status);
    }
    Ok(SyncStatus { platforms: platforms.into_values().collect(), links, stuck })
}

impl PlatformStatus {
    fn new(registration: Slug) -> Self {
        Self {
            registration,
            grades_waiting: 0,
            grades_refused: 0,
            lists: 0,
            lists_unfinished: 0,
            lists_with_problem: 0,
            grades_under_way: false,
            members_under_way: false,
        }
    }

    fn add(&mut self, link: &LinkStatus, has_list: bool) {
        let grades = link.grades.unwrap_or_default();
        self.grades_waiting += grades.waiting;
        self.grades_refused += grades.refused;
        self.lists += u32::from(has_list);
        self.lists_unfinished += u32::from(link.pass.is_some());
        self.lists_with_problem +=
            u32::from(link.members.as_ref().is_some_and(|members| members.problem.is_some()));
    }
}

fn link_status(read: Read<'_>, found: StatusLink) -> Result<Option<LinkStatus>, store::Error> {
    let StatusLink { link, registration, resource, sends_grades } = found;
    if !sends_grades && link.memberships_url.is_none() {
        return Ok(None);
    }
    let grades = sends_grades.then(|| read.sync_counts(link.id)).transpose()?;
    let (members, pass) = (read.member_sync(link.id)?, read.member_pass(link.id)?);
    Ok(Some(LinkStatus {
        registration,
        resource,
        resource_link_id: link.resource_link_id,
        title: link.title,
        grades,
        members,
        pass,
    }))
}
