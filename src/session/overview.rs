//! The people, grades and links that a teacher sees, limited to their own course.

use crate::domain::{Grade, GradeSync, Resource, Search, Term, folded};
use crate::session::ActiveSession;
use crate::store::{self, LinkUse, Member, Person, Read};

/// Whether the navigation is shown: to people who teach, unless the link requests the resource
/// without it.
pub fn has_navigation(active: &ActiveSession) -> bool {
    let details = &active.session.details;
    details.teaches() && !details.is_embedded()
}

/// Number of people per page.
const PAGE: usize = 50;

/// Which people are requested.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeopleQuery {
    /// Only people whose name or username this [`Search`] finds, within words, too.
    pub search: String,
    /// The page; the first one is 1.
    pub page: usize,
}

/// A page of a list of people.
#[derive(Debug, Clone, PartialEq)]
pub struct PeoplePage<T> {
    /// The people of the page, by the name that is shown.
    pub rows: Vec<T>,
    /// Number of people without the search.
    pub total: usize,
    /// Number of people who match the search.
    pub found: usize,
    /// The page, at most the last one.
    pub page: usize,
    /// Number of pages.
    pub pages: usize,
}

impl<T> PeoplePage<T> {
    /// The same page with other rows.
    pub fn map<U>(self, show: impl FnMut(T) -> U) -> PeoplePage<U> {
        let Self { rows, total, found, page, pages } = self;
        PeoplePage { rows: rows.into_iter().map(show).collect(), total, found, page, pages }
    }
}

/// A person with their grade, if they have one.
pub type GradedMember = (Member, Option<Grade>);

/// A page of the people who opened the resource from the course of this session.
pub fn members(
    read: Read<'_>,
    active: &ActiveSession,
    resource: &Resource,
    query: &PeopleQuery,
) -> Result<PeoplePage<Member>, store::Error> {
    let people = people(read, active, resource)?;
    read_page(people, query, |account_id| read.member(account_id, resource.id))
}

/// A page of the same people with their grades: everyone who has one, and students without. `None`
/// if the resource has no grades.
pub fn grades(
    read: Read<'_>,
    active: &ActiveSession,
    resource: &Resource,
    query: &PeopleQuery,
) -> Result<Option<PeoplePage<GradedMember>>, store::Error> {
    let mut people = people(read, active, resource)?;
    if resource.max_grade.is_none() && !people.iter().any(|person| person.has_grade) {
        return Ok(None);
    }
    people.retain(|person| person.has_grade || !person.teaches);
    let row = |account_id| {
        let Some(member) = read.member(account_id, resource.id)? else { return Ok(None) };
        Ok(Some((member, read.grade(account_id, resource.id)?)))
    };
    read_page(people, query, row).map(Some)
}

fn people(
    read: Read<'_>,
    active: &ActiveSession,
    resource: &Resource,
) -> Result<Vec<Person>, store::Error> {
    read.people_in_course(resource.id, active.session.registration_id, &active.session.details)
}

/// The fields that a search for people can name: what the page shows.
#[derive(Debug, Clone, Copy)]
enum PersonField {
    Name,
    Id,
}

impl PersonField {
    fn named(name: &str) -> Option<Self> {
        match name {
            "name" => Some(Self::Name),
            "id" => Some(Self::Id),
            _ => None,
        }
    }
}

fn is_in(term: &Term<PersonField>, name: &str, username: &str) -> bool {
    match term.field {
        None => term.is_in(name) || term.is_in(username),
        Some(PersonField::Name) => term.is_in(name),
        Some(PersonField::Id) => term.is_in(username),
    }
}

/// The page that the query requests, or the last one. Only its own rows are read completely.
fn read_page<T>(
    people: Vec<Person>,
    query: &PeopleQuery,
    mut row: impl FnMut(i64) -> Result<Option<T>, store::Error>,
) -> Result<PeoplePage<T>, store::Error> {
    let total = people.len();
    let search = Search::lenient(&query.search, PersonField::named);
    let mut found: Vec<(String, Person)> = people
        .into_iter()
        .map(|person| (folded(&person.display_name), person))
        .filter(|(name, person)| search.matches(|term| is_in(term, name, &person.username)))
        .collect();
    found.sort_unstable_by(|(name, person), (other_name, other)| {
        (name, &person.username).cmp(&(other_name, &other.username))
    });
    let pages = found.len().div_ceil(PAGE).max(1);
    let page = query.page.clamp(1, pages);
    let rows = found
        .iter()
        .skip((page - 1) * PAGE)
        .take(PAGE)
        .filter_map(|(_, person)| row(person.account_id).transpose())
        .collect::<Result<_, _>>()?;
    Ok(PeoplePage { rows, total, found: found.len(), page, pages })
}

/// The person whose work this session reviews, with their grade. `None` if nothing is to be reviewed
/// by this person; the member is `None` if the person has not opened the resource from this course.
pub fn reviewed(
    read: Read<'_>,
    active: &ActiveSession,
    resource: &Resource,
) -> Result<Option<Option<GradedMember>>, store::Error> {
    let details = &active.session.details;
    let Some(sub) = &details.for_user else { return Ok(None) };
    // The platform may have lowered the role since the launch.
    if !details.teaches() && details.sub.as_ref() != Some(sub) {
        return Ok(None);
    }
    let registration_id = active.session.registration_id;
    let Some(account_id) = read.account_in_course(resource.id, registration_id, details, sub)?
    else {
        return Ok(Some(None));
    };
    let Some(member) = read.member(account_id, resource.id)? else { return Ok(Some(None)) };
    Ok(Some(Some((member, read.grade(account_id, resource.id)?))))
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
