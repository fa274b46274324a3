//! Resources.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Derived, Extended, list, or_dash, short_time, whole_time};
use crate::domain::{
    CrossSite, Handover, LAUNCH_PATH, LaunchedLink, MaxGrade, Provisioning, PublicUrl, Resource,
    Slug, named_launch_path,
};
use crate::lms::LinkValues;
use crate::report::table::{Entry, Health, colored_column, column, time_column};
use crate::report::{Details, Style, View};

/// A resource with the values to enter into a platform.
pub type ResourceView = Extended<Resource, ResourceLink>;

/// The values for a link that is created by hand.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ResourceLink {
    /// "Launch URL" of links that are created by hand.
    pub launch_url: String,
    /// "Custom parameters" of links that are created by hand.
    pub custom_properties: BTreeMap<String, String>,
    /// "Launch URL" of links that are created by hand on platforms whose links have no custom
    /// parameters: it names the resource.
    pub named_launch_url: String,
}

impl Derived for ResourceLink {
    const PLACES: &'static [(&'static str, &'static str)] = &[
        ("launch_url", "course"),
        ("custom_properties", "launch_url"),
        ("named_launch_url", "custom_properties"),
    ];
}

impl ResourceLink {
    /// The values for links to `resource`.
    pub fn new(url: &PublicUrl, resource: &Resource) -> Self {
        Self {
            launch_url: url.join(LAUNCH_PATH),
            named_launch_url: url.join(&named_launch_path(&resource.slug)),
            custom_properties: BTreeMap::from([("id".to_owned(), resource.uuid.to_string())]),
        }
    }

    /// The custom parameters as a platform's form takes them, each with its label.
    fn labelled_properties(&self) -> Vec<(String, String)> {
        let labelled = |property| ("Custom parameters".to_owned(), property);
        self.custom_parameters().map(labelled).collect()
    }

    /// The custom parameters as a platform's form takes them.
    fn custom_parameters(&self) -> impl Iterator<Item = String> {
        self.custom_properties.iter().map(|(name, value)| format!("{name}={value}"))
    }

    /// The values for the form of an LMS.
    pub fn values(&self, resource: &Resource) -> LinkValues {
        LinkValues {
            launch_url: self.launch_url.clone(),
            named_launch_url: self.named_launch_url.clone(),
            custom_parameter: self.custom_parameters().collect::<Vec<_>>().join("\n"),
            name: resource.name.to_string(),
            max_grade: resource.max_grade.map(|grade| grade.to_string()),
        }
    }
}

impl ResourceView {
    /// The view of a resource of the tool at `url`.
    pub fn new(url: &PublicUrl, resource: Resource) -> Self {
        Self { derived: ResourceLink::new(url, &resource), value: resource }
    }
}

fn max_grade(max_grade: Option<MaxGrade>) -> String {
    or_dash(max_grade)
}

fn registrations(slugs: Option<&[Slug]>) -> String {
    match slugs {
        None => "all".to_owned(),
        Some([]) => "none: no one can launch it".to_owned(),
        Some(slugs) => slugs.iter().map(Slug::as_str).collect::<Vec<_>>().join(", "),
    }
}

fn state(resource: &Resource) -> &'static str {
    if resource.published { "Published" } else { "Unpublished" }
}

/// Whether a reverse proxy adds headers for the app.
fn is_behind_proxy(resource: &Resource) -> bool {
    resource.app.handover == Handover::Headers
}

/// Whether the tool decides who may use the app.
fn has_rules(resource: &Resource) -> bool {
    resource.app.handover != Handover::Token
}

/// A way of provisioning in the words of Moodle's form.
fn provisioning(provisioning: Provisioning) -> &'static str {
    match provisioning {
        Provisioning::Auto => "new accounts only (automatic)",
        Provisioning::Prompt => "existing and new accounts (prompt)",
        Provisioning::Existing => "existing accounts only (prompt)",
    }
}

const DETAILS: &[Entry<ResourceView>] = &[
    Entry::Value("Name", |resource| resource.name.to_string()),
    Entry::Value("Slug", |resource| resource.slug.to_string()),
    Entry::Value("State", |resource| state(resource).to_owned()),
    Entry::Value("Kind", |resource| resource.kind.to_string()),
    Entry::IfAny("Course", |resource| resource.course.as_ref().map(Slug::to_string)),
    Entry::IfAny("Description", |resource| resource.description.clone()),
    Entry::Value("Target", |resource| {
        resource.target.to_text().unwrap_or_else(|| "the built-in page".to_owned())
    }),
    Entry::IfAny("Handover", |resource| match resource.app.handover {
        Handover::Token => None,
        Handover::Headers => Some("headers, added by a reverse proxy".to_owned()),
        Handover::Openid => Some("openid, by which the app signs people in".to_owned()),
    }),
    Entry::IfAny("Allowed roles", |resource| {
        has_rules(resource).then(|| resource.app.allow_role.names().join(", "))
    }),
    Entry::IfAny("Paths", |resource| {
        is_behind_proxy(resource).then(|| resource.app.prefix().to_owned())
    }),
    Entry::IfAny("Guests", |resource| has_rules(resource).then(|| resource.app.guests.to_string())),
    Entry::IfAny("Token header", |resource| {
        is_behind_proxy(resource)
            .then(|| if resource.app.token_header { "on" } else { "off" }.to_owned())
    }),
    Entry::IfAny("Omitted headers", |resource| {
        let omitted = &resource.app.omit_headers;
        (is_behind_proxy(resource) && !omitted.is_empty()).then(|| omitted.names().join(", "))
    }),
    Entry::IfAny("Other sites", |resource| {
        (is_behind_proxy(resource) && resource.app.cross_site == CrossSite::Allow)
            .then(|| "may send requests that change something".to_owned())
    }),
    Entry::Section("Links"),
    Entry::Value("Launch URL", |resource| resource.derived.launch_url.clone()),
    Entry::Each(|resource| resource.derived.labelled_properties()),
    Entry::Section("Grades and members"),
    Entry::Value("Maximum grade", |resource| max_grade(resource.max_grade)),
    Entry::Value("Extra credit", |resource| {
        if resource.extra_credit { "yes, scores above the maximum are accepted" } else { "no" }
            .to_owned()
    }),
    Entry::Optional("Opens", |resource| resource.submissions.opens.map(whole_time)),
    Entry::Optional("Closes", |resource| resource.submissions.closes.map(whole_time)),
    Entry::Value("Grade synchronization", |resource| resource.grade_sync.to_string()),
    Entry::Value("Member synchronization", |resource| resource.member_sync.to_string()),
    Entry::Value("Completion required", |resource| {
        if resource.completion_required { "yes, before grades are sent" } else { "no" }.to_owned()
    }),
    Entry::Section("Accounts and enrolment"),
    Entry::Value("Student first launch", |resource| {
        provisioning(resource.student_provisioning).to_owned()
    }),
    Entry::Value("Teacher first launch", |resource| {
        provisioning(resource.teacher_provisioning).to_owned()
    }),
    Entry::Value("Student role", |resource| resource.student_role.as_str().to_owned()),
    Entry::Value("Teacher role", |resource| resource.teacher_role.as_str().to_owned()),
    Entry::Optional("Enrolment start", |resource| resource.enrolment.start.map(whole_time)),
    Entry::Optional("Enrolment end", |resource| resource.enrolment.end.map(whole_time)),
    Entry::Optional("Enrolment duration", |resource| {
        resource.enrolment.duration.map(|duration| duration.to_string())
    }),
    Entry::Optional("Enrolment maximum", |resource| {
        resource.enrolment.maximum.map(|maximum| maximum.to_string())
    }),
    Entry::Optional("Default locale", |resource| resource.defaults.locale.clone()),
    Entry::Optional("Default time zone", |resource| resource.defaults.time_zone.clone()),
    Entry::Optional("Default institution", |resource| resource.defaults.institution.clone()),
    Entry::Value("Registrations", |resource| registrations(resource.registrations.as_deref())),
];

impl View for ResourceView {
    fn table(&self, style: Style) -> String {
        Details::of(style, self, DETAILS).finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.slug.to_string()]
    }
}

list! {
    /// Every resource.
    ResourceList of ResourceView {
        noun: "resources",
        columns: &[
            column("SLUG", |resource| resource.slug.to_string()),
            column("NAME", |resource| resource.name.to_string()),
            column("KIND", |resource| resource.kind.to_string()),
            colored_column("STATE", |resource| state(resource).to_owned(), |resource| if resource.published { Health::Good } else { Health::Bad }),
            column("MAX GRADE", |resource| max_grade(resource.max_grade)),
            column("TARGET", |resource| {
                resource.target.to_text().unwrap_or_else(|| "built-in page".to_owned())
            }),
        ],
        identifier: |resource| resource.slug.to_string(),
        empty: "No resources yet. Publish one with: ltictl resource publish NAME",
    }
}

/// What to enter into a platform to link to a resource by hand.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LaunchDetails {
    /// Slug of the resource.
    pub slug: Slug,
    /// The values to enter.
    #[serde(flatten)]
    pub link: ResourceLink,
}

impl From<ResourceView> for LaunchDetails {
    fn from(resource: ResourceView) -> Self {
        Self { slug: resource.value.slug, link: resource.derived }
    }
}

list! {
    /// Links to resources.
    LinkList of LaunchedLink {
        noun: "links",
        columns: &[
            column("REGISTRATION", |link| link.registration.to_string()),
            column("RESOURCE", |link| link.resource.to_string()),
            column("LINK", |link| link.resource_link_id.clone()),
            column("TITLE", |link| or_dash(link.title.as_ref())),
            column("COURSE", |link| or_dash(link.course.as_ref())),
            column("PEOPLE", |link| link.people.to_string()),
            time_column("LAST LAUNCH", |link| {
                link.last_launch_at.map_or_else(|| "-".to_owned(), short_time)
            }),
        ],
        identifier: |link| link.resource_link_id.clone(),
        empty: "No links yet: they are known from their first launch on.",
    }
}

impl View for LaunchDetails {
    fn table(&self, style: Style) -> String {
        let entries: &[Entry<Self>] = &[
            Entry::Value("Launch URL", |details| details.link.launch_url.clone()),
            Entry::Each(|details| details.link.labelled_properties()),
            Entry::Section("If links have no custom parameters"),
            Entry::Value("Launch URL", |details| details.link.named_launch_url.clone()),
        ];
        Details::of(style, self, entries).finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.slug.to_string()]
    }
}
