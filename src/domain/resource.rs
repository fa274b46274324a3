//! A published resource.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::words::words;
use super::{EnrolmentRules, Invalid, Name, Slug, TargetUrl};

/// A course or an activity that platforms can link to.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Key within the database.
    pub id: i64,
    /// How commands address it.
    pub slug: Slug,
    /// What links carry as the custom parameter `id`; it never changes.
    pub uuid: Uuid,
    /// Its title.
    pub name: Name,
    /// A sentence or two for the built-in page.
    pub description: Option<String>,
    /// Course or activity.
    pub kind: ResourceKind,
    /// The slug of the course that this activity belongs to.
    pub course: Option<Slug>,
    /// What a launched person gets.
    pub target: Target,
    /// The highest grade; none for a resource without grades.
    pub max_grade: Option<MaxGrade>,
    /// Whether a score may be more than its maximum.
    pub extra_credit: bool,
    /// Whether grades go back to the platform.
    pub grade_sync: GradeSync,
    /// What happens to accounts as members come and go.
    pub member_sync: MemberSync,
    /// How a student who arrives first gets an account.
    pub student_provisioning: Provisioning,
    /// How a teacher who arrives first gets an account.
    pub teacher_provisioning: Provisioning,
    /// The role that teachers get here.
    pub teacher_role: RoleName,
    /// The role that students get here.
    pub student_role: RoleName,
    /// When and how many people may be enrolled, and for how long.
    pub enrolment: EnrolmentRules,
    /// Whether a grade goes back only once the work is completed.
    pub completion_required: bool,
    /// What new accounts say of their person, where the platform says nothing.
    pub defaults: AccountDefaults,
    /// Which registrations may use it, by their slugs; all of them without a list.
    pub registrations: Option<Vec<Slug>>,
    /// Unpublished resources refuse launches and keep everything else.
    pub published: bool,
    /// When it was published first.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Resource {
    /// A published activity with the built-in page and the defaults of everything else.
    pub fn new(slug: Slug, uuid: Uuid, name: Name, now: Timestamp) -> Self {
        Self {
            id: 0,
            slug,
            uuid,
            name,
            description: None,
            kind: ResourceKind::Activity,
            course: None,
            target: Target::Page,
            max_grade: None,
            extra_credit: false,
            grade_sync: GradeSync::On,
            member_sync: MemberSync::EnrolAndUnenrol,
            student_provisioning: Provisioning::Auto,
            teacher_provisioning: Provisioning::Prompt,
            teacher_role: RoleName::teacher(),
            student_role: RoleName::student(),
            enrolment: EnrolmentRules::default(),
            completion_required: false,
            defaults: AccountDefaults::default(),
            registrations: None,
            published: true,
            created_at: now,
            updated_at: now,
        }
    }

    /// How somebody who arrives first gets an account.
    pub fn provisioning(&self, teaches: bool) -> Provisioning {
        if teaches { self.teacher_provisioning } else { self.student_provisioning }
    }

    /// The role that somebody gets here.
    pub fn role(&self, teaches: bool) -> &RoleName {
        if teaches { &self.teacher_role } else { &self.student_role }
    }

    /// Whether launches through a registration may use it.
    pub fn is_for(&self, registration: &Slug) -> bool {
        self.registrations.as_ref().is_none_or(|registrations| registrations.contains(registration))
    }
}

/// What new accounts say of their person, where the platform says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountDefaults {
    /// Language (BCP 47).
    pub locale: Option<String>,
    /// Time zone (IANA).
    pub time_zone: Option<String>,
    /// School or university.
    pub institution: Option<String>,
}

/// The name of a role on the tool, such as `teacher`: what an app behind the tool is told. Spelled
/// as a slug is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct RoleName(Slug);

impl RoleName {
    /// Checks a role's name.
    ///
    /// # Errors
    ///
    /// The rules of a slug.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        Slug::new(text).map(Self).map_err(|invalid| Invalid::new("role", invalid.rule))
    }

    /// The role of teachers unless another is set.
    pub fn teacher() -> Self {
        Self(Slug::known("teacher"))
    }

    /// The role of students unless another is set.
    pub fn student() -> Self {
        Self(Slug::known("student"))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for RoleName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::new(text)
    }
}

/// What a launched person gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The built-in page.
    Page,
    /// A directory of static content, by its absolute path.
    Directory(PathBuf),
    /// An app of the owner's, which gets the launch as a signed `launch_token`.
    App(TargetUrl),
}

impl Target {
    /// The target as the user gave it; none for the built-in page.
    pub fn to_text(&self) -> Option<String> {
        match self {
            Self::Page => None,
            Self::Directory(path) => Some(path.display().to_string()),
            Self::App(url) => Some(url.as_str().to_owned()),
        }
    }
}

/// The highest grade of a resource; more than 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct MaxGrade(f64);

impl MaxGrade {
    /// Checks a maximum.
    ///
    /// # Errors
    ///
    /// Not a finite number above 0 and up to 1,000,000.
    pub fn new(value: f64) -> Result<Self, Invalid> {
        if value.is_finite() && value > 0.0 && value <= 1_000_000.0 {
            Ok(Self(value))
        } else {
            Err(Invalid::new("max grade", "must be a number above 0 and up to 1000000"))
        }
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl FromStr for MaxGrade {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::new(text.trim().parse().unwrap_or(f64::NAN))
    }
}

impl fmt::Display for MaxGrade {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

words! {
    /// A whole course, or one activity.
    ResourceKind, "kind", {
        /// A course.
        Course = "course",
        /// One activity, on its own or within a course.
        Activity = "activity",
    }
}

words! {
    /// Whether grades go back to the platform.
    GradeSync, "grade sync", {
        /// They do.
        On = "on",
        /// They stay here.
        Off = "off",
    }
}

words! {
    /// What happens to accounts and enrolments as the platform's members come and go.
    MemberSync, "member sync", {
        /// New members are enrolled, those who left are unenrolled.
        EnrolAndUnenrol = "enrol-and-unenrol",
        /// New members are enrolled, nobody is unenrolled.
        EnrolNew = "enrol-new",
        /// Those who left are unenrolled, nobody is enrolled.
        UnenrolMissing = "unenrol-missing",
        /// Enrolment comes at launch only.
        Off = "off",
    }
}

words! {
    /// How a person who arrives first gets an account on the tool.
    Provisioning, "provisioning", {
        /// New accounts only (automatic).
        Auto = "auto",
        /// Existing and new accounts (prompt).
        Prompt = "prompt",
        /// Existing accounts only (prompt).
        Existing = "existing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_have_a_positive_finite_maximum() {
        for (text, accepted) in [
            ("10", true),
            ("0.5", true),
            (" 100 ", true),
            ("0", false),
            ("-1", false),
            ("NaN", false),
            ("inf", false),
            ("1e9", false),
            ("ten", false),
        ] {
            assert_eq!(text.parse::<MaxGrade>().is_ok(), accepted, "{text:?}");
        }
    }

    #[test]
    fn words_read_what_they_write() {
        for word in MemberSync::WORDS {
            assert_eq!(word.parse::<MemberSync>().unwrap().as_str(), *word);
        }
        assert_eq!(
            "of".parse::<GradeSync>().unwrap_err().to_string(),
            "grade sync must be one of on, off"
        );
    }
}
