//! LTI roles (LTI 1.3, appendix A.2), reduced to administrators, staff and learners (core launch,
//! section 7.2).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A person's role in the tool, decided again at each launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Administers the platform or the institution.
    Admin,
    /// Teaches or prepares the course.
    Staff,
    /// Everyone else.
    Learner,
}

impl Role {
    /// The word in text and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Staff => "staff",
            Self::Learner => "learner",
        }
    }

    /// The role that a word of [`Role::as_str`] names; a learner for any other.
    pub fn named(word: &str) -> Self {
        [Self::Admin, Self::Staff]
            .into_iter()
            .find(|role| role.as_str() == word)
            .unwrap_or(Self::Learner)
    }
}

/// The strongest role wins; without a known role, the person is a learner. `staff` are the names of
/// the context roles of people who teach, prepare or administer the course, such as `Instructor`.
///
/// Institution roles other than `Administrator` do not count: a teacher elsewhere can be a learner
/// in this course.
pub fn decide<'a>(roles: impl Iterator<Item = &'a str>, staff: &[&str]) -> Role {
    let mut decided = Role::Learner;
    for role in roles {
        if is_admin(role) {
            return Role::Admin;
        }
        if is_staff(role, staff) {
            decided = Role::Staff;
        }
    }
    decided
}

/// Whether one of the roles is that of a mentor, who may see the work of certain learners.
pub fn is_mentor<'a>(mut roles: impl Iterator<Item = &'a str>) -> bool {
    roles.any(|role| is_staff(role, &["Mentor"]))
}

/// The sub-role of instructors that has a name of its own among [`decide`]'s staff.
const ASSISTANT: &str = "TeachingAssistant";

/// System and institution administrators, with the current and the deprecated names.
fn is_admin(role: &str) -> bool {
    let name = [
        "http://purl.imsglobal.org/vocab/lis/v2/system/person#",
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#",
        "http://purl.imsglobal.org/vocab/lis/v2/person#",
        "urn:lti:sysrole:ims/lis/",
        "urn:lti:instrole:ims/lis/",
    ]
    .into_iter()
    .find_map(|prefix| role.strip_prefix(prefix));
    match name {
        Some("Administrator") => true,
        Some("SysAdmin" | "AccountAdmin") => {
            !role.contains("institution") && !role.contains("instrole")
        }
        _ => false,
    }
}

/// Whether a role is one of these context roles or one of their sub-roles. A teaching assistant is not
/// only an instructor: platforms also send this sub-role as a role of its own.
fn is_staff(role: &str, staff: &[&str]) -> bool {
    let name = if let Some(sub_role) =
        role.strip_prefix("http://purl.imsglobal.org/vocab/lis/v2/membership/")
    {
        sub_role
    } else if let Some(role) =
        role.strip_prefix("http://purl.imsglobal.org/vocab/lis/v2/membership#")
    {
        role
    } else if let Some(role) = role.strip_prefix("urn:lti:role:ims/lis/") {
        role
    } else if role.contains(':') {
        return false;
    } else {
        role
    };
    let (principal, sub_role) = name.split_once(['#', '/']).unwrap_or((name, ""));
    let counted =
        if (principal, sub_role) == ("Instructor", ASSISTANT) { ASSISTANT } else { principal };
    staff.contains(&counted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSTEM: &str = "http://purl.imsglobal.org/vocab/lis/v2/system/person#";
    const INSTITUTION: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#";
    const MEMBERSHIP: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership";

    #[test]
    fn mentors_have_a_context_role() {
        for (role, expected) in [
            ("http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor", true),
            ("http://purl.imsglobal.org/vocab/lis/v2/membership/Mentor#Advisor", true),
            ("urn:lti:role:ims/lis/Mentor", true),
            ("Mentor", true),
            ("http://purl.imsglobal.org/vocab/lis/v2/institution/person#Mentor", false),
            ("http://purl.imsglobal.org/vocab/lis/v2/membership#Learner", false),
            ("https://lms.example/Mentor", false),
        ] {
            assert_eq!(is_mentor(["Learner", role].into_iter()), expected, "{role}");
        }
    }

    const USUAL: [&str; 4] =
        ["Instructor", "TeachingAssistant", "ContentDeveloper", "Administrator"];

    #[test]
    fn staff_roles_can_be_chosen() {
        for (role, staff, expected) in [
            ("Instructor", &["Instructor"][..], Role::Staff),
            ("Instructor", &["TeachingAssistant"], Role::Learner),
            ("Instructor#TeachingAssistant", &["Instructor"], Role::Learner),
            ("Instructor#TeachingAssistant", &["TeachingAssistant"], Role::Staff),
            ("Instructor/Lecturer", &["Instructor"], Role::Staff),
            ("TeachingAssistant", &["TeachingAssistant"], Role::Staff),
            ("TeachingAssistant", &["Instructor"], Role::Learner),
            ("Mentor/Tutor", &["Mentor"], Role::Staff),
            ("Learner/Mentor", &["Mentor"], Role::Learner),
            ("Manager", &["Instructor", "Manager"], Role::Staff),
        ] {
            let full = format!("{MEMBERSHIP}#{role}");
            for role in [role, &full] {
                assert_eq!(decide([role].into_iter(), staff), expected, "{role} {staff:?}");
            }
        }
        let admin = format!("{SYSTEM}Administrator");
        assert_eq!(decide([admin.as_str()].into_iter(), &[]), Role::Admin);
    }

    /// The prefix and the name of a person's only role, and what it makes them.
    const ONLY_ROLES: &[(&str, &str, Role)] = &[
        ("", "", Role::Learner),
        (SYSTEM, "Administrator", Role::Admin),
        (SYSTEM, "SysAdmin", Role::Admin),
        (SYSTEM, "AccountAdmin", Role::Admin),
        (SYSTEM, "User", Role::Learner),
        (SYSTEM, "None", Role::Learner),
        (INSTITUTION, "Administrator", Role::Admin),
        (INSTITUTION, "Faculty", Role::Learner),
        (INSTITUTION, "Instructor", Role::Learner),
        (INSTITUTION, "Staff", Role::Learner),
        (INSTITUTION, "SysAdmin", Role::Learner),
        (INSTITUTION, "Student", Role::Learner),
        (MEMBERSHIP, "#Instructor", Role::Staff),
        (MEMBERSHIP, "#ContentDeveloper", Role::Staff),
        (MEMBERSHIP, "#Administrator", Role::Staff),
        (MEMBERSHIP, "#Learner", Role::Learner),
        (MEMBERSHIP, "#Mentor", Role::Learner),
        (MEMBERSHIP, "#Manager", Role::Learner),
        (MEMBERSHIP, "#InstructorX", Role::Learner),
        (MEMBERSHIP, "/Instructor#TeachingAssistant", Role::Staff),
        (MEMBERSHIP, "/Instructor#Grader", Role::Staff),
        (MEMBERSHIP, "/ContentDeveloper#Librarian", Role::Staff),
        (MEMBERSHIP, "/Administrator#Support", Role::Staff),
        (MEMBERSHIP, "/Learner#Instructor", Role::Learner),
        (MEMBERSHIP, "/Mentor#Tutor", Role::Learner),
        ("", "Instructor", Role::Staff),
        ("", "Instructor#TeachingAssistant", Role::Staff),
        ("", "Instructor/TeachingAssistant", Role::Staff),
        ("", "ContentDeveloper", Role::Staff),
        ("", "Administrator", Role::Staff),
        ("", "Learner", Role::Learner),
        ("", "Learner/Instructor", Role::Learner),
        ("", "instructor", Role::Learner),
        ("urn:lti:role:ims/lis/", "Instructor", Role::Staff),
        ("urn:lti:role:ims/lis/", "Instructor/TeachingAssistant", Role::Staff),
        ("urn:lti:role:ims/lis/", "Learner", Role::Learner),
        ("urn:lti:instrole:ims/lis/", "Administrator", Role::Admin),
        ("urn:lti:instrole:ims/lis/", "Instructor", Role::Learner),
        ("urn:lti:sysrole:ims/lis/", "Administrator", Role::Admin),
        ("urn:lti:sysrole:ims/lis/", "SysAdmin", Role::Admin),
        ("http://purl.imsglobal.org/vocab/lis/v2/person#", "Administrator", Role::Admin),
        ("http://purl.imsglobal.org/vocab/lis/v2/person#", "Instructor", Role::Learner),
        ("http://purl.imsglobal.org/vocab/lis/v2/unknown/unknown#", "Helper", Role::Learner),
        ("https://purl.imsglobal.org/vocab/lis/v2/membership#", "Instructor", Role::Learner),
        ("http://purl.imsglobal.org/vocab/lti/system/person#", "TestUser", Role::Learner),
    ];

    /// A person's roles, and what the strongest of them makes them.
    const SEVERAL_ROLES: &[(&[(&str, &str)], Role)] = &[
        (&[], Role::Learner),
        (
            &[(INSTITUTION, "Staff"), (INSTITUTION, "Other"), (MEMBERSHIP, "#Instructor")],
            Role::Staff,
        ),
        (
            &[(MEMBERSHIP, "#Learner"), (INSTITUTION, "Student"), (MEMBERSHIP, "#Mentor")],
            Role::Learner,
        ),
        (
            &[
                (MEMBERSHIP, "#Learner"),
                ("http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#", "Unknown"),
            ],
            Role::Learner,
        ),
        (&[(MEMBERSHIP, "#Instructor"), (SYSTEM, "Administrator")], Role::Admin),
    ];

    #[test]
    fn an_only_role_decides() {
        for (prefix, name, expected) in ONLY_ROLES {
            let role = format!("{prefix}{name}");
            assert_eq!(decide([role.as_str()].into_iter(), &USUAL), *expected, "{role:?}");
        }
    }

    #[test]
    fn strongest_role_decides() {
        for (roles, expected) in SEVERAL_ROLES {
            let roles: Vec<String> =
                roles.iter().map(|(prefix, name)| format!("{prefix}{name}")).collect();
            assert_eq!(decide(roles.iter().map(String::as_str), &USUAL), *expected, "{roles:?}");
        }
    }
}
