//! Published resources.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{list, rfc3339};
use crate::domain::{
    GradeSync, MaxGrade, MemberSync, Provisioning, PublicUrl, Resource, ResourceKind, RoleName,
};
use crate::report::table::Mood;
use crate::report::{Details, Style, Table, View};

/// A resource: the shape that scripts rely on.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ResourceView {
    /// How commands address it.
    pub slug: String,
    /// What links carry as the custom parameter `id`.
    pub uuid: String,
    /// Its title.
    pub name: String,
    /// A sentence or two.
    pub description: Option<String>,
    /// Course or activity.
    pub kind: ResourceKind,
    /// The course that it belongs to.
    pub course: Option<String>,
    /// "Launch URL" for links typed by hand.
    pub launch_url: String,
    /// "Custom properties" for links typed by hand.
    pub custom_properties: BTreeMap<String, String>,
    /// URL or directory; none for the built-in page.
    pub target: Option<String>,
    /// Highest grade.
    pub max_grade: Option<MaxGrade>,
    /// Whether a score may be more than its maximum.
    pub extra_credit: bool,
    /// Whether grades go back.
    pub grade_sync: GradeSync,
    /// What happens as members come and go.
    pub member_sync: MemberSync,
    /// How students get an account.
    pub student_provisioning: Provisioning,
    /// How teachers get an account.
    pub teacher_provisioning: Provisioning,
    /// The role that teachers get.
    pub teacher_role: RoleName,
    /// The role that students get.
    pub student_role: RoleName,
    /// When enrolment starts.
    pub enrolment_start: Option<String>,
    /// When it ends.
    pub enrolment_end: Option<String>,
    /// How long each enrolment lasts, as the flag takes it.
    pub enrolment_duration: Option<String>,
    /// The most people at the same time.
    pub enrolment_maximum: Option<u32>,
    /// Whether grades go back only once the work is completed.
    pub completion_required: bool,
    /// Language of new accounts.
    pub default_locale: Option<String>,
    /// Time zone of new accounts.
    pub default_time_zone: Option<String>,
    /// Institution of new accounts.
    pub default_institution: Option<String>,
    /// Slugs of the registrations that may use it; none for all of them.
    pub registrations: Option<Vec<String>>,
    /// Whether launches are let in.
    pub published: bool,
    /// When it was published first.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
}

impl ResourceView {
    /// The view of a resource under the tool's address.
    pub fn new(url: &PublicUrl, resource: &Resource) -> Self {
        Self {
            slug: resource.slug.to_string(),
            uuid: resource.uuid.to_string(),
            name: resource.name.to_string(),
            description: resource.description.clone(),
            kind: resource.kind,
            course: resource.course.as_ref().map(ToString::to_string),
            launch_url: url.join("/lti/launch"),
            custom_properties: BTreeMap::from([("id".to_owned(), resource.uuid.to_string())]),
            target: resource.target.to_text(),
            max_grade: resource.max_grade,
            extra_credit: resource.extra_credit,
            grade_sync: resource.grade_sync,
            member_sync: resource.member_sync,
            student_provisioning: resource.student_provisioning,
            teacher_provisioning: resource.teacher_provisioning,
            teacher_role: resource.teacher_role.clone(),
            student_role: resource.student_role.clone(),
            enrolment_start: resource.enrolment.start.map(rfc3339),
            enrolment_end: resource.enrolment.end.map(rfc3339),
            enrolment_duration: resource.enrolment.duration.map(|duration| duration.to_string()),
            enrolment_maximum: resource.enrolment.maximum,
            completion_required: resource.completion_required,
            default_locale: resource.defaults.locale.clone(),
            default_time_zone: resource.defaults.time_zone.clone(),
            default_institution: resource.defaults.institution.clone(),
            registrations: resource
                .registrations
                .as_ref()
                .map(|slugs| slugs.iter().map(ToString::to_string).collect()),
            published: resource.published,
            created_at: rfc3339(resource.created_at),
            updated_at: rfc3339(resource.updated_at),
        }
    }

    fn max_grade_in_words(&self) -> String {
        self.max_grade.map_or_else(|| "-".to_owned(), |max_grade| max_grade.to_string())
    }

    fn registrations_in_words(&self) -> String {
        match self.registrations.as_deref() {
            None => "all".to_owned(),
            Some([]) => "none, so that nobody can launch it".to_owned(),
            Some(slugs) => slugs.join(", "),
        }
    }

    fn state_in_words(&self) -> (&'static str, Mood) {
        if self.published { ("Published", Mood::Good) } else { ("Unpublished", Mood::Bad) }
    }
}

/// A way of provisioning in the words of the form that admins know.
fn provisioning_in_words(provisioning: Provisioning) -> &'static str {
    match provisioning {
        Provisioning::Auto => "new accounts only (automatic)",
        Provisioning::Prompt => "existing and new accounts (prompt)",
        Provisioning::Existing => "existing accounts only (prompt)",
    }
}

impl View for ResourceView {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Name", &self.name);
        details.add("Slug", &self.slug);
        details.add("State", self.state_in_words().0);
        details.add("Kind", self.kind.as_str());
        if let Some(course) = &self.course {
            details.add("Course", course);
        }
        if let Some(description) = &self.description {
            details.add("Description", description);
        }
        details.add("Target", self.target.as_deref().unwrap_or("the built-in page"));
        details.section("Links");
        details.add("Launch URL", &self.launch_url);
        for (name, value) in &self.custom_properties {
            details.add("Custom properties", &format!("{name}={value}"));
        }
        details.section("Grades and members");
        details.add("Maximum grade", &self.max_grade_in_words());
        details.add(
            "Extra credit",
            if self.extra_credit { "yes, scores above the maximum are accepted" } else { "no" },
        );
        details.add("Grade synchronization", self.grade_sync.as_str());
        details.add("Member synchronization", self.member_sync.as_str());
        details.add(
            "Completion required",
            if self.completion_required { "yes, before grades go back" } else { "no" },
        );
        details.section("Accounts and enrolment");
        details.add("Student first launch", provisioning_in_words(self.student_provisioning));
        details.add("Teacher first launch", provisioning_in_words(self.teacher_provisioning));
        details.add("Student role", self.student_role.as_str());
        details.add("Teacher role", self.teacher_role.as_str());
        details.add_optional("Enrolment start", self.enrolment_start.as_deref());
        details.add_optional("Enrolment end", self.enrolment_end.as_deref());
        details.add_optional("Enrolment duration", self.enrolment_duration.as_deref());
        details.add_optional(
            "Enrolment maximum",
            self.enrolment_maximum.map(|maximum| maximum.to_string()).as_deref(),
        );
        details.add_optional("Default locale", self.default_locale.as_deref());
        details.add_optional("Default time zone", self.default_time_zone.as_deref());
        details.add_optional("Default institution", self.default_institution.as_deref());
        details.add("Registrations", &self.registrations_in_words());
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.slug.clone()]
    }
}

/// Every resource.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct ResourceList(pub Vec<ResourceView>);

impl View for ResourceList {
    fn table(&self, style: Style) -> String {
        let mut table =
            Table::new(style, &["SLUG", "NAME", "KIND", "STATE", "MAX GRADE", "TARGET"]);
        for resource in &self.0 {
            let (state, mood) = resource.state_in_words();
            table.row(
                &[
                    &resource.slug,
                    &resource.name,
                    resource.kind.as_str(),
                    state,
                    &resource.max_grade_in_words(),
                    resource.target.as_deref().unwrap_or("built-in page"),
                ],
                Some((3, mood)),
            );
        }
        table.finish("No resources yet. Publish one with: ltictl resource publish NAME")
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.iter().map(|resource| resource.slug.clone()).collect()
    }
}

list!(ResourceList, ResourceView);

/// What to type into an LMS to make a link to a resource by hand.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LaunchDetails {
    /// The resource's slug.
    pub slug: String,
    /// "Launch URL".
    pub launch_url: String,
    /// "Custom properties".
    pub custom_properties: BTreeMap<String, String>,
}

impl From<ResourceView> for LaunchDetails {
    fn from(resource: ResourceView) -> Self {
        Self {
            slug: resource.slug,
            launch_url: resource.launch_url,
            custom_properties: resource.custom_properties,
        }
    }
}

impl View for LaunchDetails {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Launch URL", &self.launch_url);
        for (name, value) in &self.custom_properties {
            details.add("Custom properties", &format!("{name}={value}"));
        }
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.slug.clone()]
    }
}
