//! The fictional school: its people, roles, courses and links.

use serde_json::{Value, json};

use super::words::words;

words! {
    /// A person at the platform.
    User, "user" {
        Sam "sam" "Sam Student",
        Tina "tina" "Tina Teacher",
        Ada "ada" "Ada Admin",
        Zoe "zoe" "Zoë O'Neill-Østergård 学生",
        Anonymous "nobody" "A person without a name or an email address",
    }
}

/// A person's details.
pub(super) struct Person {
    /// `sub`, and `login_hint` of the login request.
    pub(super) id: &'static str,
    pub(super) username: &'static str,
    /// Given and family name.
    pub(super) names: Option<(&'static str, &'static str)>,
    pub(super) email: Option<&'static str>,
    pub(super) sourcedid: &'static str,
}

impl User {
    /// The person's role in courses by default.
    pub fn usual_role(self) -> Role {
        match self {
            Self::Tina => Role::Teacher,
            Self::Ada => Role::Admin,
            Self::Sam | Self::Zoe | Self::Anonymous => Role::Student,
        }
    }

    pub(super) fn person(self) -> Person {
        let (id, username, names, email, sourcedid) = match self {
            Self::Ada => {
                ("2", "ada", Some(("Ada", "Admin")), Some("ada.admin@school.example"), "EMP-002")
            }
            Self::Tina => (
                "3",
                "tina",
                Some(("Tina", "Teacher")),
                Some("tina.teacher@school.example"),
                "EMP-001",
            ),
            Self::Sam => (
                "4",
                "sam",
                Some(("Sam", "Student")),
                Some("sam.student@school.example"),
                "STU-001",
            ),
            Self::Zoe => (
                "5",
                "zoe",
                Some(("Zoë", "O'Neill-Østergård 学生")),
                Some("zoe.oneill@school.example"),
                "STU-002",
            ),
            Self::Anonymous => ("6", "nobody", None, None, ""),
        };
        Person { id, username, names, email, sourcedid }
    }
}

words! {
    /// A person's role in the course, or in the whole school.
    Role, "role" {
        Student "student" "Student",
        Teacher "teacher" "Teacher",
        Assistant "assistant" "Teaching assistant",
        Designer "designer" "Course designer",
        Admin "admin" "Administrator",
        Observer "observer" "Observer (mentor)",
    }
}

impl Role {
    /// The role's names in the claim `roles` (LTI Core 1.3, appendix A.2).
    pub fn uris(self) -> &'static [&'static str] {
        match self {
            Self::Student => &["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
            Self::Teacher => &["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"],
            Self::Assistant => &[
                "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor",
                "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant",
            ],
            Self::Designer => {
                &["http://purl.imsglobal.org/vocab/lis/v2/membership#ContentDeveloper"]
            }
            Self::Admin => &[
                "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor",
                "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator",
                "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator",
            ],
            Self::Observer => &["http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor"],
        }
    }

    /// Whether the certification suite's teacher payloads match the role, rather than its student
    /// ones.
    pub(super) fn teaches(self) -> bool {
        matches!(self, Self::Teacher | Self::Assistant | Self::Designer | Self::Admin)
    }
}

words! {
    /// The course that contains the link.
    Course, "course" {
        Algebra "algebra" "Algebra I",
        Biology "biology" "Biology 101",
        Outside "outside" "Outside of any course",
        CopyOne "copy-1" "Copied course 1",
        CopyTwo "copy-2" "Copied course 2",
        CopyThree "copy-3" "Copied course 3",
    }
}

impl Course {
    /// The course's identifier in URLs; 1 is the front page, as in Moodle.
    pub(super) fn id(self) -> u32 {
        match self {
            Self::Outside => 1,
            Self::Algebra => 2,
            Self::Biology => 3,
            Self::CopyOne => 4,
            Self::CopyTwo => 5,
            Self::CopyThree => 6,
        }
    }

    /// The ID in the claim `context`; none outside of a course.
    pub fn context_id(self) -> Option<String> {
        self.context().map(|_| self.id().to_string())
    }

    /// Whether it only exists once a course was copied into it.
    pub fn is_copy(self) -> bool {
        matches!(self, Self::CopyOne | Self::CopyTwo | Self::CopyThree)
    }

    /// The label and the title; none outside of a course.
    pub(super) fn names(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::Algebra => ("ALG1", "Algebra I"),
            Self::Biology => ("BIO101", "Biology 101"),
            Self::CopyOne => ("COPY1", "Copied course 1"),
            Self::CopyTwo => ("COPY2", "Copied course 2"),
            Self::CopyThree => ("COPY3", "Copied course 3"),
            Self::Outside => return None,
        })
    }

    /// The claim `context`; none outside of a course.
    pub(super) fn context(self) -> Option<Value> {
        let (label, title) = self.names()?;
        Some(
            json!({ "id": self.id().to_string(), "label": label, "title": title, "type": ["CourseSection"] }),
        )
    }
}

words! {
    /// A link in a course.
    Link, "link" {
        Quiz "quiz" "Weekly quiz",
        Essay "essay" "Essay on cells",
        Reading "reading" "Reading list",
    }
}

impl Link {
    /// The link's identifier within its course.
    pub(super) fn number(self) -> u32 {
        match self {
            Self::Quiz => 1,
            Self::Essay => 2,
            Self::Reading => 3,
        }
    }

    /// The claim `resource_link`; the identifier differs from course to course, as it must within a
    /// deployment.
    pub(super) fn resource_link(self, course: Course) -> Value {
        json!({ "id": self.id(course).to_string(), "title": self.description(), "description": "" })
    }

    /// The link's identifier.
    pub(super) fn id(self, course: Course) -> u32 {
        course.id() * 10 + self.number()
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::optional;
    use super::*;

    #[test]
    fn words_are_parsed_back() {
        for user in User::ALL {
            assert_eq!(user.name().parse(), Ok(*user));
        }
        let error = "sham".parse::<User>().unwrap_err().to_string();
        assert_eq!(error, r#"user "sham" is unknown; choose one of sam, tina, ada, zoe, nobody"#);
        assert_eq!(optional::<Role>("").unwrap(), None);
    }

    #[test]
    fn no_two_links_share_an_identifier() {
        let mut seen = std::collections::BTreeSet::new();
        for course in Course::ALL {
            for link in Link::ALL {
                assert!(seen.insert(link.id(*course)));
            }
        }
    }
}
