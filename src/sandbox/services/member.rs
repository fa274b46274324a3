//! The members of courses: the school's people, added ones, and generated students.

use std::collections::HashMap;

use super::super::school::{Course, Role, User};
use super::super::words::words;

words! {
    /// A person's status in the course (Names and Role Provisioning Services 2.0, 2.2).
    MemberStatus, "status" {
        Active "active" "Active",
        Inactive "inactive" "Inactive",
        Deleted "deleted" "Deleted",
    }
}

words! {
    /// How the platform writes roles in lists of members.
    RoleForm, "role-form" {
        Short "short" "Short names if there are any, like Moodle",
        Full "full" "Full URIs",
    }
}

words! {
    /// Which details of members the platform sends.
    MemberDetails, "member-details" {
        Full "full" "Names and email addresses",
        NoEmail "no-email" "Names, but no email addresses",
        NoNames "no-names" "Email addresses, but no names",
        Nothing "nothing" "Neither names nor email addresses",
    }
}

/// The identifier of the first generated student.
const FIRST_GENERATED: u32 = 1001;

/// A person in a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// `user_id`, which is the `sub` of the person's launches.
    pub id: String,
    /// `ext_user_username`
    pub username: String,
    /// `given_name`
    pub given_name: Option<String>,
    /// `family_name`
    pub family_name: Option<String>,
    /// `email`
    pub email: Option<String>,
    /// `lis_person_sourcedid`; may be empty.
    pub sourcedid: String,
    /// The person's role in the course.
    pub role: Role,
    /// The person's status in the course.
    pub status: MemberStatus,
}

impl Member {
    /// An active student with a name and an email address.
    pub fn student(id: &str, given_name: &str, family_name: &str) -> Self {
        Self {
            id: id.to_owned(),
            username: format!("user{id}"),
            given_name: Some(given_name.to_owned()),
            family_name: Some(family_name.to_owned()),
            email: Some(format!("user{id}@school.example")),
            sourcedid: String::new(),
            role: Role::Student,
            status: MemberStatus::Active,
        }
    }

    /// One of the school's people, with the usual role.
    pub fn of(user: User) -> Self {
        let person = user.person();
        Self {
            id: person.id.to_owned(),
            username: person.username.to_owned(),
            given_name: person.names.map(|(given, _)| given.to_owned()),
            family_name: person.names.map(|(_, family)| family.to_owned()),
            email: person.email.map(str::to_owned),
            sourcedid: person.sourcedid.to_owned(),
            role: user.usual_role(),
            status: MemberStatus::Active,
        }
    }

    /// The full name, if there is one.
    pub fn name(&self) -> Option<String> {
        match (&self.given_name, &self.family_name) {
            (None, None) => None,
            (given, family) => Some(
                [given, family]
                    .into_iter()
                    .flatten()
                    .map(String::as_str)
                    .collect::<Vec<_>>()
                    .join(" "),
            ),
        }
    }

    /// The generated student with this index.
    fn generated(index: u32) -> Self {
        let number = index + 1;
        Self {
            username: format!("student{number:06}"),
            email: Some(format!("student{number:06}@school.example")),
            sourcedid: format!("GEN-{number:06}"),
            ..Self::student(
                &(FIRST_GENERATED + index).to_string(),
                "Student",
                &format!("{number:06}"),
            )
        }
    }
}

/// The people of one course. Generated students are computed on demand; only differences are
/// stored.
pub(super) struct Roster {
    /// The school's people, then added ones; `None` for removed people.
    own: Vec<Option<Member>>,
    indexes: HashMap<String, usize>,
    generated: u32,
    /// Generated students who were changed (`Some`) or removed (`None`).
    changed: HashMap<u32, Option<Member>>,
}

impl Roster {
    fn new(generated: u32) -> Self {
        let mut roster =
            Self { own: Vec::new(), indexes: HashMap::new(), generated, changed: HashMap::new() };
        for user in User::ALL {
            roster.set(Member::of(*user));
        }
        roster
    }

    /// The person with this identifier.
    pub(super) fn find(&self, id: &str) -> Option<Member> {
        match self.generated_index(id) {
            Some(index) => self.generated_at(index),
            None => self.own.get(*self.indexes.get(id)?)?.clone(),
        }
    }

    /// Whether a score for this person is accepted: only for active students.
    pub(super) fn is_gradable(&self, id: &str) -> bool {
        self.find(id).is_some_and(|member| {
            member.role == Role::Student && member.status == MemberStatus::Active
        })
    }

    /// Adds a person, or replaces the one with the same identifier.
    pub(super) fn set(&mut self, member: Member) {
        if let Some(index) = self.generated_index(&member.id) {
            self.changed.insert(index, Some(member));
        } else if let Some(index) = self.indexes.get(&member.id) {
            self.own[*index] = Some(member);
        } else {
            self.indexes.insert(member.id.clone(), self.own.len());
            self.own.push(Some(member));
        }
    }

    /// Removes a person; false if the identifier is unknown.
    pub(super) fn remove(&mut self, id: &str) -> bool {
        let known = self.find(id).is_some();
        if let Some(index) = self.generated_index(id) {
            self.changed.insert(index, None);
        } else if let Some(index) = self.indexes.get(id) {
            self.own[*index] = None;
        }
        known
    }

    /// The number of people, regardless of their status.
    pub(super) fn count(&self) -> usize {
        let removed = self
            .changed
            .iter()
            .filter(|(index, member)| **index < self.generated && member.is_none())
            .count();
        self.own.iter().flatten().count() + self.generated as usize - removed
    }

    /// At most `limit` matching members from an index on, and the index of the next page. Indexes
    /// do not change when people are removed, so that reading all pages results in a complete list.
    pub(super) fn page(
        &self,
        from: usize,
        limit: usize,
        matches: impl Fn(&Member) -> bool,
    ) -> (Vec<Member>, Option<usize>) {
        let mut members = Vec::new();
        for index in from..self.own.len() + self.generated as usize {
            if let Some(member) = self.at(index).filter(|member| matches(member)) {
                if members.len() == limit {
                    return (members, Some(index));
                }
                members.push(member);
            }
        }
        (members, None)
    }

    /// The person at an index: first the school's people, then the generated students, then added
    /// people.
    fn at(&self, index: usize) -> Option<Member> {
        let (first, generated) = (User::ALL.len(), self.generated as usize);
        if index >= first && index < first + generated {
            return self.generated_at(u32::try_from(index - first).ok()?);
        }
        self.own.get(if index < first { index } else { index - generated })?.clone()
    }

    fn generated_at(&self, index: u32) -> Option<Member> {
        self.changed.get(&index).cloned().unwrap_or_else(|| Some(Member::generated(index)))
    }

    fn generated_index(&self, id: &str) -> Option<u32> {
        let number: u32 = id.parse().ok().filter(|_| !id.starts_with(['0', '+']))?;
        number.checked_sub(FIRST_GENERATED).filter(|index| *index < self.generated)
    }
}

/// The people of all courses.
pub(super) struct Rosters {
    algebra: Roster,
    biology: Roster,
}

impl Rosters {
    /// Both courses with the school's people and this many generated students.
    pub(super) fn new(generated: u32) -> Self {
        Self { algebra: Roster::new(generated), biology: Roster::new(generated) }
    }

    /// The people of a course; outside of a course, those of the first course.
    pub(super) fn of(&self, course: Course) -> &Roster {
        if course == Course::Biology { &self.biology } else { &self.algebra }
    }

    pub(super) fn of_mut(&mut self, course: Course) -> &mut Roster {
        if course == Course::Biology { &mut self.biology } else { &mut self.algebra }
    }

    /// Changes the number of generated students.
    pub(super) fn generate(&mut self, students: u32) {
        self.algebra.generated = students;
        self.biology.generated = students;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adding_and_removing_people_does_not_move_others() {
        let mut roster = Roster::new(3);
        assert_eq!(roster.count(), 8);
        roster.set(Member::student("77", "New", "Person"));
        assert!(
            roster.remove("1002")
                && !roster.remove("1002")
                && roster.remove("4")
                && !roster.remove("nobody")
        );
        let ids = |roster: &Roster| {
            roster.page(0, 100, |_| true).0.into_iter().map(|member| member.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(&roster), ["3", "2", "5", "6", "1001", "1003", "77"]);
        assert_eq!(roster.count(), 7);
        let (first, next) = roster.page(0, 3, |_| true);
        assert_eq!((first.len(), next), (3, Some(4)));
        roster.set(Member { status: MemberStatus::Inactive, ..Member::generated(1) });
        assert!(
            roster.find("1002").is_some()
                && !roster.is_gradable("1002")
                && roster.is_gradable("1001")
                && !roster.is_gradable("3")
        );
        roster.set(Member::of(User::Sam));
        assert_eq!(ids(&roster)[0], "4");
        assert_eq!(roster.page(0, 100, |member| member.role == Role::Teacher).0.len(), 1);
        for odd in ["01001", "+1001", "1001 ", "1004"] {
            assert!(roster.find(odd).is_none(), "{odd}");
        }
    }
}
