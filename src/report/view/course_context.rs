//! Courses of platforms.

use schemars::JsonSchema;
use serde::Serialize;

use super::{list, or_dash, short_time, whole_time};
use crate::domain::{ContextLink, ContextOrigin, CourseContext, CourseContextDetails};
use crate::report::table::{Entry, column, time_column};
use crate::report::{Details, Style, View};

/// A course with its origins and links.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "Course")]
pub struct CourseContextView(pub CourseContextDetails);

fn origin(origin: &ContextOrigin) -> String {
    let name = origin.course.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let report = match (&origin.notice_id, &origin.launch_id) {
        (Some(notice), _) => format!("notice {notice}"),
        (None, Some(launch)) => format!("launch {launch}"),
        (None, None) => "unknown".to_owned(),
    };
    format!("{}{name}, {report}, {}", origin.context_id, whole_time(origin.last_at))
}

fn link(link: &ContextLink) -> String {
    let mut parts = vec![format!("{} opens {}", link.resource_link_id, link.resource)];
    parts.extend(link.copied_from.as_ref().map(|from| format!("copied from {from}")));
    parts.push(match (&link.lineitem_url, link.lineitem_copied) {
        (None, _) => "no line item".to_owned(),
        (Some(url), true) => format!("line item {url} (copied)"),
        (Some(url), false) => format!("line item {url}"),
    });
    parts.join(", ")
}

const DETAILS: &[Entry<CourseContextView>] = &[
    Entry::Value("Registration", |view| view.0.context.registration.to_string()),
    Entry::Value("Deployment ID", |view| view.0.context.deployment_id.clone()),
    Entry::Value("Course", |view| view.0.context.context_id.clone()),
    Entry::Optional("Label", |view| view.0.context.label.clone()),
    Entry::Optional("Title", |view| view.0.context.title.clone()),
    Entry::Each(|view| {
        view.0.copied_from.iter().map(|one| ("Copied from".to_owned(), origin(one))).collect()
    }),
    Entry::Each(|view| {
        view.0.course_links.iter().map(|one| ("Link".to_owned(), link(one))).collect()
    }),
    Entry::TimeIfKnown("Last launch", |view| view.0.context.last_launch_at),
];

impl View for CourseContextView {
    fn table(&self, style: Style) -> String {
        Details::of(style, self, DETAILS).finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.0.context.context_id.clone()]
    }
}

list! {
    /// Courses of platforms.
    CourseContextList of CourseContext {
        noun: "courses",
        columns: &[
            column("REGISTRATION", |context| context.registration.to_string()),
            column("COURSE", |context| context.context_id.clone()),
            column("LABEL", |context| or_dash(context.label.as_ref())),
            column("TITLE", |context| or_dash(context.title.as_ref())),
            column("LINKS", |context| context.links.to_string()),
            column("COPIED FROM", |context| match context.origins {
                0 => "-".to_owned(),
                1 => "1 course".to_owned(),
                number => format!("{number} courses"),
            }),
            time_column("LAST LAUNCH", |context| {
                context.last_launch_at.map_or_else(|| "-".to_owned(), short_time)
            }),
        ],
        identifier: |context| context.context_id.clone(),
        empty: "No courses yet: they are known from their first launch on.",
    }
}
