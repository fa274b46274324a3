//! Which LTI roles make someone staff.

use std::fmt;
use std::str::FromStr;

use super::Invalid;
use super::words::name_list;

/// The context roles of LTI that can make someone staff, in their usual order (LTI 1.3, A.2.2).
/// `TeachingAssistant` is a sub-role of `Instructor`, which some platforms send as a role of its own.
const ROLES: [&str; 7] = [
    "Instructor",
    "TeachingAssistant",
    "ContentDeveloper",
    "Administrator",
    "Mentor",
    "Manager",
    "Officer",
];

/// The context roles that make someone staff: at least one, in the order of their names in LTI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffRoles(Vec<&'static str>);

impl StaffRoles {
    const RULE: &str = "must be one or more of Instructor, TeachingAssistant, ContentDeveloper, \
        Administrator, Mentor, Manager and Officer, separated by commas";

    /// The roles that may be among them.
    pub const WORDS: &[&str] = &ROLES;

    /// Their names.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.clone()
    }
}

impl Default for StaffRoles {
    fn default() -> Self {
        Self(ROLES[..4].to_vec())
    }
}

impl FromStr for StaffRoles {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let named: Vec<&str> =
            text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        let is_known = |name: &&str| ROLES.iter().any(|role| role.eq_ignore_ascii_case(name));
        if named.is_empty() || !named.iter().all(is_known) {
            return Err(Invalid::new("staff roles", Self::RULE));
        }
        let is_named = |role: &&str| named.iter().any(|name| role.eq_ignore_ascii_case(name));
        Ok(Self(ROLES.into_iter().filter(is_named).collect()))
    }
}

name_list!(StaffRoles);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staff_roles_are_context_roles_of_lti() {
        let usual = "Instructor,TeachingAssistant,ContentDeveloper,Administrator";
        for (text, expected) in [
            ("Instructor", Some("Instructor")),
            ("mentor, instructor,,Mentor", Some("Instructor,Mentor")),
            (usual, Some(usual)),
            ("", None),
            (",", None),
            ("Learner", None),
            ("Instructor,Teacher", None),
        ] {
            let parsed = text.parse::<StaffRoles>().ok().map(|roles| roles.to_string());
            assert_eq!(parsed.as_deref(), expected, "{text:?}");
        }
        assert_eq!(StaffRoles::default().to_string(), usual);
        assert!(ROLES.iter().all(|role| StaffRoles::RULE.contains(role)));
    }
}
