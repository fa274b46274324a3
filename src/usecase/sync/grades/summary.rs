//! What came of a run.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::{Registration, Trouble};

/// What came of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GradeSummary {
    /// Whether somebody else was at it, so that nothing was done.
    pub busy: bool,
    /// Whether nothing was sent because only the plan was asked for.
    pub dry_run: bool,
    /// Grades that platforms took; in a dry run, those that would be sent.
    pub sent: u64,
    /// Grades that wait for another try, from earlier runs too.
    pub waiting: u32,
    /// Grades that platforms have refused, in earlier runs too.
    pub refused: u32,
    /// The first problem that each registration had in this run.
    pub problems: Vec<Problem>,
    /// What would be sent; in a dry run only.
    pub planned: Vec<PlannedGrade>,
}

/// The first problem of a registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// Slug of the registration.
    pub registration: String,
    /// A stable word.
    pub code: String,
    /// Why, in a sentence.
    pub problem: String,
    /// What to do about it.
    pub fix: String,
}

/// A grade that would be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PlannedGrade {
    /// Slug of the registration.
    pub registration: String,
    /// Slug of the resource.
    pub resource: String,
    /// The link's identifier.
    pub resource_link_id: String,
    /// As whom the platform knows the person.
    pub sub: String,
    /// What would be sent, such as `7.5/10`; `cleared` where a grade was taken away.
    pub grade: String,
}

impl GradeSummary {
    pub(super) fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.problems.extend(other.problems);
        self.planned.extend(other.planned);
    }

    pub(super) fn remember(&mut self, registration: &Registration, trouble: &Trouble) {
        if !self.problems.iter().any(|problem| problem.registration == registration.slug.as_str()) {
            self.problems.push(Problem {
                registration: registration.slug.to_string(),
                code: trouble.code.clone(),
                problem: trouble.problem.clone(),
                fix: trouble.fix.clone(),
            });
        }
    }
}
