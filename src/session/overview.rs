//! The people, grades and links that a teacher sees, limited to their own course.

use std::collections::HashMap;

use crate::domain::{Grade, GradeSync, Resource};
use crate::session::ActiveSession;
use crate::store::{self, LinkUse, Member, Read};

/// Whether the navigation is shown: to people who teach, unless the link requests the resource
/// without it.
pub fn has_navigation(active: &ActiveSession) -> bool {
    let details = &active.session.details;
    details.teaches() && !details.is_embedded()
}

/// The people who opened the resource from the course of this session, by name.
pub fn members(
    read: Read<'_>,
    active: &ActiveSession,
    resource: &Resource,
) -> Result<Vec<Member>, store::Error> {
    read.members(resource.id, Some((active.session.registration_id, &active.session.details)))
}

/// The same people with their grades: everyone who has one, and students without.
pub fn grades(
    read: Read<'_>,
    active: &ActiveSession,
    resource: &Resource,
) -> Result<Vec<(Member, Option<Grade>)>, store::Error> {
    let mut grades: HashMap<i64, Grade> =
        read.grades(resource.id)?.into_iter().map(|(account, grade)| (account.id, grade)).collect();
    let members = members(read, active, resource)?.into_iter().map(|member| {
        let grade = grades.remove(&member.account.id);
        (member, grade)
    });
    Ok(members.filter(|(member, grade)| grade.is_some() || !member.enrolment.teaches).collect())
}

/// The links that open the resource from the course of this session.
pub fn links(
    read: Read<'_>,
    active: &ActiveSession,
    resource: &Resource,
) -> Result<Vec<LinkUse>, store::Error> {
    read.links_in_course(resource.id, active.session.registration_id, &active.session.details)
}

/// Whether the grades of a link are sent to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GradeReturn {
    /// They are sent.
    Yes,
    /// The resource has no grades.
    NoGrades,
    /// Grade synchronization is off for the resource.
    SyncIsOff,
    /// The platform offers no grade service for this link.
    NotSupported,
}

/// Whether the grades of this link are sent to the platform.
pub fn grade_return(resource: &Resource, link: &LinkUse) -> GradeReturn {
    match (resource.max_grade, resource.grade_sync, link.takes_grades) {
        (None, ..) => GradeReturn::NoGrades,
        (_, GradeSync::Off, _) => GradeReturn::SyncIsOff,
        (.., false) => GradeReturn::NotSupported,
        (.., true) => GradeReturn::Yes,
    }
}
