//! LTI roles (LTI 1.3, appendix A.2), reduced to administrators, staff and learners (core launch,
//! section 7.2).

use serde::{Deserialize, Serialize};

/// A person's role in the tool, decided again at each launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
}

/// The strongest role wins; without a known role, the person is a learner.
///
/// Institution roles other than `Administrator` do not count: a teacher elsewhere can be a learner
/// in this course.
pub fn decide<'a>(roles: impl Iterator<Item = &'a str>) -> Role {
    let mut decided = Role::Learner;
    for role in roles {
        if is_admin(role) {
            return Role::Admin;
        }
        if is_staff(role) {
            decided = Role::Staff;
        }
    }
    decided
}

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

/// Context roles of people who teach, prepare or administer the course: `Instructor` and its
/// sub-roles, `ContentDeveloper`, `Administrator`.
fn is_staff(role: &str) -> bool {
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
    let principal = name.split(['#', '/']).next().unwrap_or_default();
    matches!(principal, "Instructor" | "ContentDeveloper" | "Administrator")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strongest_role_decides() {
        const SYSTEM: &str = "http://purl.imsglobal.org/vocab/lis/v2/system/person#";
        const INSTITUTION: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#";
        const MEMBERSHIP: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership";
        let one = |prefix: &str, role: &str| vec![format!("{prefix}{role}")];
        let table: Vec<(Vec<String>, Role)> = vec![
            (vec![], Role::Learner),
            (one("", ""), Role::Learner),
            (one(SYSTEM, "Administrator"), Role::Admin),
            (one(SYSTEM, "SysAdmin"), Role::Admin),
            (one(SYSTEM, "AccountAdmin"), Role::Admin),
            (one(SYSTEM, "User"), Role::Learner),
            (one(SYSTEM, "None"), Role::Learner),
            (one(INSTITUTION, "Administrator"), Role::Admin),
            (one(INSTITUTION, "Faculty"), Role::Learner),
            (one(INSTITUTION, "Instructor"), Role::Learner),
            (one(INSTITUTION, "Staff"), Role::Learner),
            (one(INSTITUTION, "SysAdmin"), Role::Learner),
            (one(INSTITUTION, "Student"), Role::Learner),
            (one(MEMBERSHIP, "#Instructor"), Role::Staff),
            (one(MEMBERSHIP, "#ContentDeveloper"), Role::Staff),
            (one(MEMBERSHIP, "#Administrator"), Role::Staff),
            (one(MEMBERSHIP, "#Learner"), Role::Learner),
            (one(MEMBERSHIP, "#Mentor"), Role::Learner),
            (one(MEMBERSHIP, "#Manager"), Role::Learner),
            (one(MEMBERSHIP, "#InstructorX"), Role::Learner),
            (one(MEMBERSHIP, "/Instructor#TeachingAssistant"), Role::Staff),
            (one(MEMBERSHIP, "/Instructor#Grader"), Role::Staff),
            (one(MEMBERSHIP, "/ContentDeveloper#Librarian"), Role::Staff),
            (one(MEMBERSHIP, "/Administrator#Support"), Role::Staff),
            (one(MEMBERSHIP, "/Learner#Instructor"), Role::Learner),
            (one(MEMBERSHIP, "/Mentor#Tutor"), Role::Learner),
            (one("", "Instructor"), Role::Staff),
            (one("", "Instructor#TeachingAssistant"), Role::Staff),
            (one("", "Instructor/TeachingAssistant"), Role::Staff),
            (one("", "ContentDeveloper"), Role::Staff),
            (one("", "Administrator"), Role::Staff),
            (one("", "Learner"), Role::Learner),
            (one("", "Learner/Instructor"), Role::Learner),
            (one("", "instructor"), Role::Learner),
            (one("urn:lti:role:ims/lis/", "Instructor"), Role::Staff),
            (one("urn:lti:role:ims/lis/", "Instructor/TeachingAssistant"), Role::Staff),
            (one("urn:lti:role:ims/lis/", "Learner"), Role::Learner),
            (one("urn:lti:instrole:ims/lis/", "Administrator"), Role::Admin),
            (one("urn:lti:instrole:ims/lis/", "Instructor"), Role::Learner),
            (one("urn:lti:sysrole:ims/lis/", "Administrator"), Role::Admin),
            (one("urn:lti:sysrole:ims/lis/", "SysAdmin"), Role::Admin),
            (one("http://purl.imsglobal.org/vocab/lis/v2/person#", "Administrator"), Role::Admin),
            (one("http://purl.imsglobal.org/vocab/lis/v2/person#", "Instructor"), Role::Learner),
            (
                one("http://purl.imsglobal.org/vocab/lis/v2/unknown/unknown#", "Helper"),
                Role::Learner,
            ),
            (
                one("https://purl.imsglobal.org/vocab/lis/v2/membership#", "Instructor"),
                Role::Learner,
            ),
            (one("http://purl.imsglobal.org/vocab/lti/system/person#", "TestUser"), Role::Learner),
            (
                vec![
                    format!("{INSTITUTION}Staff"),
                    format!("{INSTITUTION}Other"),
                    format!("{MEMBERSHIP}#Instructor"),
                ],
                Role::Staff,
            ),
            (
                vec![
                    format!("{MEMBERSHIP}#Learner"),
                    format!("{INSTITUTION}Student"),
                    format!("{MEMBERSHIP}#Mentor"),
                ],
                Role::Learner,
            ),
            (
                vec![
                    format!("{MEMBERSHIP}#Learner"),
                    "http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Unknown".to_owned(),
                ],
                Role::Learner,
            ),
            (
                vec![format!("{MEMBERSHIP}#Instructor"), format!("{SYSTEM}Administrator")],
                Role::Admin,
            ),
        ];
        for (roles, expected) in table {
            assert_eq!(decide(roles.iter().map(String::as_str)), expected, "{roles:?}");
        }
    }
}
