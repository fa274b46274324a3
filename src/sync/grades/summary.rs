//! Outcome of a run.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::{GradesWithoutColumn, Registration, Slug, SyncProblem};

/// Outcome of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GradeSummary {
    /// Whether nothing was done because another process was synchronizing every platform with
    /// grades to send.
    pub busy: bool,
    /// Slugs of registrations that another process was synchronizing.
    #[schemars(with = "Vec<String>")]
    pub busy_registrations: Vec<Slug>,
    /// Whether this was a dry run, which sends nothing.
    pub dry_run: bool,
    /// Grades that platforms accepted; in a dry run, those that would be sent.
    pub sent: u64,
    /// Grades that wait for a retry, including those of earlier runs.
    pub waiting: u32,
    /// Grades that platforms have refused, including those of earlier runs.
    pub refused: u32,
    /// Grades that cannot be sent, by link.
    pub without_column: Vec<GradesWithoutColumn>,
    /// The first problem that each registration had in this run.
    pub problems: Vec<Problem>,
    /// What would be sent; only in a dry run.
    pub planned: Vec<PlannedGrade>,
    /// How many registrations were processed.
    #[serde(skip)]
    pub(super) served: u32,
}

/// The first problem of a registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// Slug of the registration.
    pub registration: Slug,
    /// Stable code.
    pub code: String,
    /// Why, in a sentence.
    pub problem: String,
    /// How to fix it.
    pub fix: String,
}

/// A grade that would be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PlannedGrade {
    /// Slug of the registration.
    pub registration: Slug,
    /// Slug of the resource.
    pub resource: Slug,
    /// The link's identifier.
    pub resource_link_id: String,
    /// The platform's user ID.
    pub sub: String,
    /// What would be sent, such as `7.5/10`; `cleared` if a grade was cleared.
    pub grade: String,
}

impl GradeSummary {
    pub(super) fn add(&mut self, other: Self) {
        self.served += other.served;
        self.busy_registrations.extend(other.busy_registrations);
        self.sent += other.sent;
        self.problems.extend(other.problems);
        self.planned.extend(other.planned);
    }

    pub(super) fn finish(&mut self) {
        self.busy = self.served == 0 && !self.busy_registrations.is_empty();
        self.busy_registrations.sort();
        self.problems.sort_by(|one, other| one.registration.cmp(&other.registration));
    }

    pub(super) fn add_problem(&mut self, registration: &Registration, problem: &SyncProblem) {
        if !self.problems.iter().any(|problem| problem.registration == registration.slug) {
            self.problems.push(Problem {
                registration: registration.slug.clone(),
                code: problem.code.clone(),
                problem: problem.problem.clone(),
                fix: problem.fix.clone(),
            });
        }
    }
}
