//! Status of the synchronizations: sent, waiting and failed grades, and the state of member lists.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{MAX_LISTED, Work};
use crate::domain::{GradesWithoutColumn, ResourceRef, Slug, StuckGrade, SyncCounts};
use crate::failure::Failure;
use crate::rules::resource;
use crate::store::{self, MemberPass, MemberSync, Read, StatusLink};

/// How many links are all listed; of more, only those with something to report are.
pub const FEW_LINKS: u32 = 100;

/// Which links a status contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selected<'a> {
    /// All of a tool with few links, and those with something to report of one with more than
    /// [`FEW_LINKS`]: grades that the platform does not have, or a list of members that was not
    /// read completely.
    Reportable,
    /// All.
    All,
    /// Those to one resource.
    OfResource(&'a ResourceRef),
}

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
    /// The registrations of the links, and those that are being synchronized.
    pub platforms: Vec<PlatformStatus>,
    /// The selected links with a service.
    pub links: Vec<LinkStatus>,
    /// Whether links are omitted because they have nothing to report.
    pub omits_links: bool,
    /// Grades that wait for a retry, or were refused; at most a thousand.
    pub stuck: Vec<StuckGrade>,
    /// Grades that cannot be sent, by link.
    pub without_column: Vec<GradesWithoutColumn>,
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

/// Returns the status of the selected links.
pub fn status(
    read: Read<'_>,
    selected: Selected<'_>,
    now: Timestamp,
) -> Result<SyncStatus, Failure> {
    let only = match selected {
        Selected::OfResource(slug) => Some(resource::find(read, slug)?.id),
        Selected::All | Selected::Reportable => None,
    };
    let omits_links = selected == Selected::Reportable && read.has_more_links_than(FEW_LINKS)?;
    let found = if omits_links { read.unsettled_status_links()? } else { read.status_links(only)? };
    let (mut links, mut platforms) = (Vec::new(), BTreeMap::new());
    for found in found {
        let (registration_id, has_list) =
            (found.link.registration_id, found.link.memberships_url.is_some());
        let Some(status) = link_status(read, found)? else { continue };
        if omits_links && !status.has_something_to_report() {
            continue;
        }
        let platform = platforms
            .entry(registration_id)
            .or_insert_with(|| PlatformStatus::new(status.registration.clone()));
        platform.add(&status, has_list);
        links.push(status);
    }
    add_leases(read, &mut platforms, omits_links, now)?;
    let mut platforms: Vec<PlatformStatus> = platforms.into_values().collect();
    platforms.sort_by(|one, other| one.registration.cmp(&other.registration));
    let stuck = read.stuck_grades(only, MAX_LISTED)?;
    let without_column = read.grades_without_column(only, None, MAX_LISTED)?;
    Ok(SyncStatus { platforms, links, omits_links, stuck, without_column })
}

/// Adds which platforms are being synchronized. If links were omitted, it also adds the platforms
/// of which all were, and counts all lists.
fn add_leases(
    read: Read<'_>,
    platforms: &mut BTreeMap<i64, PlatformStatus>,
    omits_links: bool,
    now: Timestamp,
) -> Result<(), store::Error> {
    for name in read.held_leases(now)? {
        let Some((work, id)) = Work::of_lease(&name) else { continue };
        if omits_links && !platforms.contains_key(&id) {
            let registration = read.registration_by_id(id)?;
            platforms.extend(registration.map(|one| (id, PlatformStatus::new(one.slug))));
        }
        match (platforms.get_mut(&id), work) {
            (Some(platform), Work::Grades) => platform.grades_under_way = true,
            (Some(platform), Work::Members) => platform.members_under_way = true,
            // A comparison of subscriptions takes moments.
            (Some(_), Work::Notices) | (None, _) => {}
        }
    }
    if omits_links {
        for (id, platform) in platforms {
            platform.lists = read.count_member_lists(*id)?;
        }
    }
    Ok(())
}

impl LinkStatus {
    /// Whether the platform does not have a grade, or its list was not read completely.
    fn has_something_to_report(&self) -> bool {
        self.grades.is_some_and(|grades| grades.waiting + grades.refused > 0)
            || self.members.as_ref().is_some_and(|members| members.problem.is_some())
            || self.pass.is_some()
    }
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
