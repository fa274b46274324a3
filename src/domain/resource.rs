//! A published resource.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::enrolment::check_order;
use super::words::words;
use super::{EnrolmentRules, Invalid, Name, Slug, TargetUrl, WebApp, json};

/// A course or an activity that platforms can link to.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Resource {
    /// Row ID in the database.
    #[serde(skip)]
    pub id: i64,
    /// Name of the resource in commands.
    pub slug: Slug,
    /// Value of the custom parameter `id` in links; it never changes.
    #[serde(serialize_with = "json::text")]
    #[schemars(with = "String")]
    pub uuid: Uuid,
    /// Title.
    pub name: Name,
    /// A sentence or two, which the built-in page shows.
    pub description: Option<String>,
    /// Course or activity.
    pub kind: ResourceKind,
    /// Slug of the course that the activity belongs to.
    pub course: Option<Slug>,
    /// URL of an app or path of a directory; null for the built-in page.
    #[schemars(with = "Option<String>")]
    pub target: Target,
    /// How the app behind it learns who a person is.
    #[serde(flatten)]
    pub app: WebApp,
    /// Highest grade; null if the resource has no grades.
    pub max_grade: Option<MaxGrade>,
    /// Whether scores above the maximum are accepted.
    pub extra_credit: bool,
    /// When submissions are accepted, for the platform's grade book.
    #[serde(flatten)]
    pub submissions: SubmissionPeriod,
    /// Whether an account has one grade, or one in each course.
    pub grade_scope: GradeScope,
    /// Whether grades are sent to the platform.
    pub grade_sync: GradeSync,
    /// What happens to enrolments when a course's members change.
    pub member_sync: MemberSync,
    /// How students get an account at their first launch.
    pub student_provisioning: Provisioning,
    /// How teachers get an account at their first launch.
    pub teacher_provisioning: Provisioning,
    /// Role that teachers get.
    pub teacher_role: RoleName,
    /// Role that students get.
    pub student_role: RoleName,
    /// When and how many people may be enrolled, and for how long.
    #[serde(flatten)]
    pub enrolment: EnrolmentRules,
    /// Whether grades are sent only after the work is completed.
    pub completion_required: bool,
    /// Values for new accounts if the platform sends none.
    #[serde(flatten)]
    pub defaults: AccountDefaults,
    /// Slugs of the registrations that may use the resource; null if all may.
    pub registrations: Option<Vec<Slug>>,
    /// Whether launches are accepted. An unpublished resource keeps its links, enrolments and
    /// grades.
    pub published: bool,
    /// When it was first published.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub updated_at: Timestamp,
}

impl Resource {
    /// A published activity with the built-in page and default settings.
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
            app: WebApp::default(),
            max_grade: None,
            extra_credit: false,
            submissions: SubmissionPeriod::default(),
            grade_scope: GradeScope::Resource,
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

    /// How a teacher or a student gets an account at the first launch.
    pub fn provisioning(&self, teaches: bool) -> Provisioning {
        if teaches { self.teacher_provisioning } else { self.student_provisioning }
    }

    /// The role of teachers or of students.
    pub fn role(&self, teaches: bool) -> &RoleName {
        if teaches { &self.teacher_role } else { &self.student_role }
    }

    /// Whether launches through this registration may use the resource.
    pub fn is_for(&self, registration: &Slug) -> bool {
        self.registrations.as_ref().is_none_or(|registrations| registrations.contains(registration))
    }
}

/// The start and end of a resource's line items. Platforms show them and may enforce them; the tool
/// accepts scores at any time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SubmissionPeriod {
    /// When submissions open.
    #[serde(rename = "opens_at", serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub opens: Option<Timestamp>,
    /// When submissions close.
    #[serde(rename = "closes_at", serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub closes: Option<Timestamp>,
}

impl SubmissionPeriod {
    /// Checks the start against the end.
    ///
    /// # Errors
    ///
    /// The end is not after the start.
    pub fn check(&self) -> Result<(), Invalid> {
        check_order(self.opens, self.closes, "closes", "must be later than opens")
    }
}

/// Values for new accounts if the platform sends none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccountDefaults {
    /// Language of new accounts (BCP 47).
    #[serde(rename = "default_locale")]
    pub locale: Option<String>,
    /// Time zone of new accounts (IANA).
    #[serde(rename = "default_time_zone")]
    pub time_zone: Option<String>,
    /// School or university of new accounts.
    #[serde(rename = "default_institution")]
    pub institution: Option<String>,
}

/// The name of a role on the tool, such as `teacher`, which launch tokens for apps contain. It has
/// the form of a slug.
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

/// Where a launch leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The built-in page.
    Page,
    /// A directory of static content, by its absolute path.
    Directory(PathBuf),
    /// An app, which receives the launch as a signed `launch_token`.
    App(TargetUrl),
}

impl Target {
    /// The URL or the path; none for the built-in page.
    pub fn to_text(&self) -> Option<String> {
        match self {
            Self::Page => None,
            Self::Directory(path) => Some(path.display().to_string()),
            Self::App(url) => Some(url.as_str().to_owned()),
        }
    }
}

impl Serialize for Target {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_text().serialize(serializer)
    }
}

/// The highest grade of a resource: above 0 and at most 1,000,000.
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
    /// What a grade of an account belongs to.
    GradeScope, "grade scope", {
        /// The resource: one grade, wherever the account opens it.
        Resource = "resource",
        /// The course: one grade in each course from which the account opens the resource.
        Course = "course",
    }
}

words! {
    /// Whether grades are sent to the platform.
    GradeSync, "grade sync", {
        /// They are sent.
        On = "on",
        /// They are not sent.
        Off = "off",
    }
}

words! {
    /// What happens to accounts and enrolments when the members of a course change.
    MemberSync, "member sync", {
        /// New members are enrolled, and members who left are unenrolled.
        EnrolAndUnenrol = "enrol-and-unenrol",
        /// New members are enrolled; no one is unenrolled.
        EnrolNew = "enrol-new",
        /// Members who left are unenrolled; no one is enrolled.
        UnenrolMissing = "unenrol-missing",
        /// People are enrolled at launch only.
        Off = "off",
    }
}

words! {
    /// How people get an account on the tool at their first launch.
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
    fn maximum_grade_is_positive_and_finite() {
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
    fn words_are_parsed_as_they_are_written() {
        for word in MemberSync::WORDS {
            assert_eq!(word.parse::<MemberSync>().unwrap().as_str(), *word);
        }
        assert_eq!(
            "of".parse::<GradeSync>().unwrap_err().to_string(),
            "grade sync must be one of on, off"
        );
    }
}
