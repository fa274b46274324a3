//! What a teacher sees around a resource: the people, the grades and the links of their own course,
//! and of no other one.

use std::collections::HashMap;

use crate::domain::{Grade, GradeSync, Resource};
use crate::session::Stay;
use crate::store::{self, LinkUse, Member, Read};

/// Whether somebody sees navigation around the resource: anyone who teaches, unless the link asks
/// for the resource alone.
pub fn has_navigation(stay: &Stay) -> bool {
    let visit = &stay.session.visit;
    visit.teaches() && !visit.is_embedded()
}

/// The people who came to the resource from the course of this visit, by name.
pub fn members(
    read: Read<'_>,
    stay: &Stay,
    resource: &Resource,
) -> Result<Vec<Member>, store::Error> {
    read.members(resource.id, Some((stay.session.registration_id, &stay.session.visit)))
}

/// The same people with their grades: everybody who has one, and every student without.
pub fn grades(
    read: Read<'_>,
    stay: &Stay,
    resource: &Resource,
) -> Result<Vec<(Member, Option<Grade>)>, store::Error> {
    let mut grades: HashMap<i64, Grade> =
        read.grades(resource.id)?.into_iter().map(|(account, grade)| (account.id, grade)).collect();
    let members = members(read, stay, resource)?.into_iter().map(|member| {
        let grade = grades.remove(&member.account.id);
        (member, grade)
    });
    Ok(members.filter(|(member, grade)| grade.is_some() || !member.enrolment.teaches).collect())
}

/// The links that lead to the resource from the course of this visit.
pub fn links(
    read: Read<'_>,
    stay: &Stay,
    resource: &Resource,
) -> Result<Vec<LinkUse>, store::Error> {
    read.links_beside(resource.id, stay.session.registration_id, &stay.session.visit)
}

/// Whether the grades of a link go back to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoingBack {
    /// They do.
    Yes,
    /// There are none.
    NoGrades,
    /// The resource's grades stay on the tool.
    SyncIsOff,
    /// The platform offers no place for the grades of this link.
    NotTaken,
}

/// Whether the grades of this link go back.
pub fn going_back(resource: &Resource, link: &LinkUse) -> GoingBack {
    match (resource.max_grade, resource.grade_sync, link.takes_grades) {
        (None, ..) => GoingBack::NoGrades,
        (_, GradeSync::Off, _) => GoingBack::SyncIsOff,
        (.., false) => GoingBack::NotTaken,
        (.., true) => GoingBack::Yes,
    }
}
