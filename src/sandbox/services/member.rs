//! Who is in a course: the school's people, those who were added, and as many generated students as
//! are wanted.

use std::collections::HashMap;

use super::super::school::{Course, Role, User};
use super::super::words::words;

words! {
    /// How a person stands in the course (Names and Role Provisioning Services 2.0, 2.2).
    MemberStatus, "status" {
        Active "active" "Active",
        Inactive "inactive" "Inactive",
        Deleted "deleted" "Deleted",
    }
}

words! {
    /// How the platform writes roles in lists of members.
    RoleForm, "role-form" {
        Short "short" "Bare names where there are some, as Moodle has them",
        Full "full" "Full URIs",
    }
}

words! {
    /// What the platform tells about its members.
    MemberDetails, "member-details" {
        Full "full" "Names and e-mail addresses",
        NoEmail "no-email" "Names, but no e-mail addresses",
        NoNames "no-names" "E-mail addresses, but no names",
        Nothing "nothing" "Neither names nor e-mail addresses",
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
    /// What the person is in the course.
    pub role: Role,
    /// How the person stands in it.
    pub status: MemberStatus,
}

impl Member {
    /// An active student with a name and an e-mail address.
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

    /// The name in full, where there is one.
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

    /// The student of this place among the generated ones.
    fn generated(place: u32) -> Self {
        let number = place + 1;
        Self {
            username: format!("student{number:06}"),
            email: Some(format!("student{number:06}@school.example")),
            sourcedid: format!("GEN-{number:06}"),
            ..Self::student(
                &(FIRST_GENERATED + place).to_string(),
                "Student",
                &format!("{number:06}"),
            )
        }
    }
}

/// The people of one course. Generated students are made when somebody asks for them; only what is
/// different about them is kept.
pub(super) struct Roster {
    /// The school's people, then those who were added; none where somebody was removed.
    own: Vec<Option<Member>>,
    places: HashMap<String, usize>,
    generated: u32,
    /// Generated students who are different now, or gone.
    changed: HashMap<u32, Option<Member>>,
}

impl Roster {
    fn new(generated: u32) -> Self {
        let mut roster =
            Self { own: Vec::new(), places: HashMap::new(), generated, changed: HashMap::new() };
        for user in User::ALL {
            roster.set(Member::of(*user));
        }
        roster
    }

    /// Somebody of this identifier.
    pub(super) fn find(&self, id: &str) -> Option<Member> {
        match self.generated_place(id) {
            Some(place) => self.generated_at(place),
            None => self.own.get(*self.places.get(id)?)?.clone(),
        }
    }

    /// Whether a score for this person is taken: an active student.
    pub(super) fn is_gradable(&self, id: &str) -> bool {
        self.find(id).is_some_and(|member| {
            member.role == Role::Student && member.status == MemberStatus::Active
        })
    }

    /// Adds somebody, or changes who has the identifier.
    pub(super) fn set(&mut self, member: Member) {
        if let Some(place) = self.generated_place(&member.id) {
            self.changed.insert(place, Some(member));
        } else if let Some(place) = self.places.get(&member.id) {
            self.own[*place] = Some(member);
        } else {
            self.places.insert(member.id.clone(), self.own.len());
            self.own.push(Some(member));
        }
    }

    /// Takes somebody out; whether there was one.
    pub(super) fn remove(&mut self, id: &str) -> bool {
        let known = self.find(id).is_some();
        if let Some(place) = self.generated_place(id) {
            self.changed.insert(place, None);
        } else if let Some(place) = self.places.get(id) {
            self.own[*place] = None;
        }
        known
    }

    /// How many people there are, whatever their status.
    pub(super) fn count(&self) -> usize {
        let gone = self
            .changed
            .iter()
            .filter(|(place, member)| **place < self.generated && member.is_none())
            .count();
        self.own.iter().flatten().count() + self.generated as usize - gone
    }

    /// The members from this place on that fit, at most so many, and the place where it goes on.
    /// Places do not move when somebody leaves, so a list that is read in pages misses nobody.
    pub(super) fn page(
        &self,
        from: usize,
        limit: usize,
        fits: impl Fn(&Member) -> bool,
    ) -> (Vec<Member>, Option<usize>) {
        let mut found = Vec::new();
        for place in from..self.own.len() + self.generated as usize {
            if let Some(member) = self.at(place).filter(|member| fits(member)) {
                if found.len() == limit {
                    return (found, Some(place));
                }
                found.push(member);
            }
        }
        (found, None)
    }

    /// Who is at a place: the school's people come first, then the generated students, then those
    /// who were added.
    fn at(&self, place: usize) -> Option<Member> {
        let (first, generated) = (User::ALL.len(), self.generated as usize);
        if place >= first && place < first + generated {
            return self.generated_at(u32::try_from(place - first).ok()?);
        }
        self.own.get(if place < first { place } else { place - generated })?.clone()
    }

    fn generated_at(&self, place: u32) -> Option<Member> {
        self.changed.get(&place).cloned().unwrap_or_else(|| Some(Member::generated(place)))
    }

    fn generated_place(&self, id: &str) -> Option<u32> {
        let number: u32 = id.parse().ok().filter(|_| !id.starts_with(['0', '+']))?;
        number.checked_sub(FIRST_GENERATED).filter(|place| *place < self.generated)
    }
}

/// The people of all courses.
pub(super) struct Rosters {
    algebra: Roster,
    biology: Roster,
}

impl Rosters {
    /// The school's people in both courses, and so many generated students.
    pub(super) fn new(generated: u32) -> Self {
        Self { algebra: Roster::new(generated), biology: Roster::new(generated) }
    }

    /// The people of a course; outside of any course those of the first are meant.
    pub(super) fn of(&self, course: Course) -> &Roster {
        if course == Course::Biology { &self.biology } else { &self.algebra }
    }

    pub(super) fn of_mut(&mut self, course: Course) -> &mut Roster {
        if course == Course::Biology { &mut self.biology } else { &mut self.algebra }
    }

    /// Makes it so many generated students from now on.
    pub(super) fn generate(&mut self, students: u32) {
        self.algebra.generated = students;
        self.biology.generated = students;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_come_and_go_without_moving_the_others() {
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
