//! Grades.

use schemars::JsonSchema;
use serde::Serialize;
use std::borrow::Cow;

use super::{list, or_dash, short_time};
use crate::domain::{Account, Grade, GradingProgress, Slug, Username};
use crate::report::table::{Entry, Health, colored_column, column, time_column};
use crate::report::{Details, Style, View};

/// An account's grade at a resource.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Grade")]
pub struct GradeView {
    /// Slug of the resource.
    pub resource: Slug,
    /// Username of the account.
    pub account: Username,
    /// Name of the person.
    pub name: Option<String>,
    /// The course, as slug of the registration and ID at the platform (`test-platform/2`); null if
    /// the account has one grade for the resource.
    pub course: Option<String>,
    /// The grade.
    #[serde(flatten)]
    pub grade: Grade,
}

impl GradeView {
    /// The view of a grade.
    pub fn new(
        resource: &Slug,
        account: &Account,
        grade: &Grade,
        course: Option<impl ToString>,
    ) -> Self {
        Self {
            resource: resource.clone(),
            account: account.username.clone(),
            name: account.profile.full_name().map(Cow::into_owned),
            course: course.map(|course| course.to_string()),
            grade: grade.clone(),
        }
    }

    fn health(&self) -> Health {
        match (self.grade.score, self.grade.grading_progress) {
            (Some(_), GradingProgress::FullyGraded) => Health::Good,
            (_, GradingProgress::Failed) => Health::Bad,
            _ => Health::Waiting,
        }
    }
}

const DETAILS: &[Entry<GradeView>] = &[
    Entry::Value("Resource", |view| view.resource.to_string()),
    Entry::Value("Account", |view| view.account.to_string()),
    Entry::Optional("Name", |view| view.name.clone()),
    Entry::IfAny("Course", |view| view.course.clone()),
    Entry::Value("Score", |view| {
        format!("{} of {}", or_dash(view.grade.score), view.grade.maximum)
    }),
    Entry::Value("Activity progress", |view| view.grade.activity_progress.to_string()),
    Entry::Value("Grading progress", |view| view.grade.grading_progress.to_string()),
    Entry::Optional("Comment", |view| view.grade.comment.clone()),
    Entry::TimeIfKnown("Started", |view| view.grade.submission.started_at),
    Entry::TimeIfKnown("Submitted", |view| view.grade.submission.submitted_at),
    Entry::Value("Set by", |view| view.grade.set_by.clone()),
    Entry::Time("When", |view| view.grade.at),
];

impl View for GradeView {
    fn table(&self, style: Style) -> String {
        Details::of(style, self, DETAILS).finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.account.to_string()]
    }
}

list! {
    /// The grades at a resource.
    GradeList of GradeView {
        noun: "grades",
        columns: &[
            column("ACCOUNT", |view| view.account.to_string()),
            column("NAME", |view| or_dash(view.name.as_ref())),
            column("COURSE", |view| or_dash(view.course.as_ref())),
            colored_column("SCORE", |view| or_dash(view.grade.score), GradeView::health),
            column("MAXIMUM", |view| view.grade.maximum.to_string()),
            column("PROGRESS", |view| view.grade.activity_progress.to_string()),
            column("GRADING", |view| view.grade.grading_progress.to_string()),
            column("SET BY", |view| view.grade.set_by.clone()),
            time_column("WHEN", |view| short_time(view.grade.at)),
            column("COMMENT", |view| or_dash(view.grade.comment.as_ref()).replace('\n', " ")),
        ],
        identifier: |view| view.account.to_string(),
        empty: "No grades yet. Set one with: ltictl grade set RES ACCOUNT SCORE",
    }
}
