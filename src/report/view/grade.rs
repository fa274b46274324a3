//! Grades.

use schemars::JsonSchema;
use serde::Serialize;

use super::{list, rfc3339, short_time};
use crate::domain::{Account, ActivityProgress, Grade, GradingProgress, MaxGrade, Score};
use crate::report::table::Mood;
use crate::report::{Details, Style, Table, View};

/// One account's grade at one resource.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GradeView {
    /// The resource's slug.
    pub resource: String,
    /// The account's username.
    pub account: String,
    /// What people call it.
    pub name: Option<String>,
    /// What was reached; none when it was taken away.
    pub score: Option<Score>,
    /// Out of how many.
    pub maximum: MaxGrade,
    /// How far the person has come.
    pub activity_progress: ActivityProgress,
    /// How far the grading has come.
    pub grading_progress: GradingProgress,
    /// What the grader says.
    pub comment: Option<String>,
    /// Who set it: `cli`, `import` or `app`.
    pub set_by: String,
    /// When it was given.
    pub at: String,
    #[serde(skip)]
    when: String,
}

impl GradeView {
    /// The view of a grade.
    pub fn new(resource: &str, account: &Account, grade: &Grade) -> Self {
        Self {
            resource: resource.to_owned(),
            account: account.username.to_string(),
            name: account.profile.name.clone(),
            score: grade.score,
            maximum: grade.maximum,
            activity_progress: grade.activity_progress,
            grading_progress: grade.grading_progress,
            comment: grade.comment.clone(),
            set_by: grade.set_by.clone(),
            at: rfc3339(grade.at),
            when: short_time(grade.at),
        }
    }

    fn score_in_words(&self) -> String {
        self.score.map_or_else(|| "-".to_owned(), |score| score.to_string())
    }
}

impl View for GradeView {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Resource", &self.resource);
        details.add("Account", &self.account);
        details.add_optional("Name", self.name.as_deref());
        details.add("Score", &format!("{} of {}", self.score_in_words(), self.maximum));
        details.add("Activity progress", self.activity_progress.as_str());
        details.add("Grading progress", self.grading_progress.as_str());
        details.add_optional("Comment", self.comment.as_deref());
        details.add("Set by", &self.set_by);
        details.add("When (UTC)", &self.when);
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.account.clone()]
    }
}

/// The grades at a resource.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct GradeList(pub Vec<GradeView>);

impl View for GradeList {
    fn table(&self, style: Style) -> String {
        let mut table = Table::new(
            style,
            &[
                "ACCOUNT",
                "NAME",
                "SCORE",
                "MAXIMUM",
                "PROGRESS",
                "GRADING",
                "SET BY",
                "WHEN (UTC)",
                "COMMENT",
            ],
        );
        for grade in &self.0 {
            let mood = match (grade.score, grade.grading_progress) {
                (Some(_), GradingProgress::FullyGraded) => Mood::Good,
                (_, GradingProgress::Failed) => Mood::Bad,
                _ => Mood::Waiting,
            };
            table.row(
                &[
                    &grade.account,
                    grade.name.as_deref().unwrap_or("-"),
                    &grade.score_in_words(),
                    &grade.maximum.to_string(),
                    grade.activity_progress.as_str(),
                    grade.grading_progress.as_str(),
                    &grade.set_by,
                    &grade.when,
                    &grade
                        .comment
                        .as_deref()
                        .map_or_else(|| "-".to_owned(), |comment| comment.replace('\n', " ")),
                ],
                Some((2, mood)),
            );
        }
        table.finish("No grades yet. Give one with: ltictl grade set RES ACCOUNT SCORE")
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.iter().map(|grade| grade.account.clone()).collect()
    }
}

list!(GradeList, GradeView);
