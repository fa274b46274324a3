//! What a submission review shows (Submission Review 1.0): a person's grade, in place of the built-in
//! page or a directory. An app shows it itself: its launch token names the person.

use super::course_lists::GradeCells;
use super::tabs::{line, zone};
use crate::domain::{Resource, Target, Zone};
use crate::session::ActiveSession;
use crate::session::overview::{self, GradedMember};
use crate::store::{self, Pool};

/// The words of the page.
pub(super) struct Review {
    /// The heading.
    pub(super) title: String,
    /// What is said below it.
    pub(super) lead: Option<&'static str>,
    /// Labels and values.
    pub(super) facts: Vec<(&'static str, String)>,
}

impl Review {
    /// Reads what a session reviews; `None` if that is nothing, or an app shows it.
    pub(super) fn read(
        pool: &Pool,
        active: &ActiveSession,
        resource: &Resource,
    ) -> Result<Option<Self>, store::Error> {
        if active.session.details.for_user.is_none() || matches!(resource.target, Target::App(_)) {
            return Ok(None);
        }
        let reviewed = pool.look_up(|read| overview::reviewed(read, active, resource))?;
        let zone = zone(active, resource);
        Ok(reviewed.map(|reviewed| Self::of(active, resource, reviewed, &zone)))
    }

    /// The words for a person and their grade; `None` if the person has not opened the resource.
    fn of(
        active: &ActiveSession,
        resource: &Resource,
        reviewed: Option<GradedMember>,
        zone: &Zone,
    ) -> Self {
        let mut facts = vec![("Activity", line(resource.name.as_str()))];
        let details = &active.session.details;
        let course = details.context_title.as_deref().or(details.context_label.as_deref());
        facts.extend(course.map(|course| ("Course", line(course))));
        let Some((member, grade)) = reviewed else {
            let lead = "This person has not opened the activity from this course yet.";
            return Self { title: "No work yet".to_owned(), lead: Some(lead), facts };
        };
        let title = line(&member.account.display_name());
        if let Some(at) = member.enrolment.last_access_at {
            facts.push(("Last opened", zone.on_page(at)));
        }
        let Some(grade) = grade else {
            return Self { title, lead: Some("There is no grade yet."), facts };
        };
        let submission = grade.submission;
        facts.extend(submission.started_at.map(|at| ("Started", zone.on_page(at))));
        facts.extend(submission.submitted_at.map(|at| ("Submitted", zone.on_page(at))));
        let cells = GradeCells::new(grade, zone);
        facts.push(("Grade", cells.score));
        facts.push(("Progress", cells.progress));
        facts.extend(cells.comment.map(|comment| ("Comment", comment)));
        facts.push(("Graded", format!("{}, by: {}", cells.at.text, cells.by)));
        Self { title, lead: None, facts }
    }
}
