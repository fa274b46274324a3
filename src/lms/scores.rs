//! Scores that are not final. Assignment and Grade Services 2.0 (3.4.4, 3.4.8) leaves to the platform
//! what they do to an earlier grade, and some remove it.

use serde::Deserialize;

use crate::domain::{ActivityProgress, Grade, GradingProgress};
use crate::lti::grade_service::CanvasSubmission;

/// What an LMS does with a score that is not final.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnfinishedScores {
    /// It keeps the earlier grade, or what it does is not known.
    #[default]
    Kept,
    /// It removes the earlier grade.
    ClearGrade,
    /// It removes the earlier grade unless Canvas's extension asks it not to.
    ClearGradeUnlessPreserved,
}

/// What a score says about a grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// A grade.
    Final,
    /// The earlier grade is to be removed.
    Reset,
    /// How far the person is; the grade is not final.
    Progress,
}

fn meaning(grade: &Grade) -> Meaning {
    let is_graded = grade.grading_progress == GradingProgress::FullyGraded;
    match grade.score {
        Some(_) if is_graded => Meaning::Final,
        None if is_graded || grade.activity_progress == ActivityProgress::Initialized => {
            Meaning::Reset
        }
        _ => Meaning::Progress,
    }
}

/// How a score is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ScoreDelivery {
    /// As it is.
    Plain,
    /// With Canvas's extension.
    Canvas(CanvasSubmission),
    /// Not at all: it would remove the grade that the platform has.
    Withheld,
}

impl ScoreDelivery {
    /// How a grade is sent to a platform with this rule. `is_repeated` says whether the platform may
    /// already have it.
    pub fn of(rule: UnfinishedScores, grade: &Grade, is_repeated: bool) -> Self {
        let meaning = meaning(grade);
        match (rule, meaning) {
            (UnfinishedScores::Kept, _) => Self::Plain,
            (UnfinishedScores::ClearGrade, Meaning::Progress) => Self::Withheld,
            (UnfinishedScores::ClearGrade, Meaning::Final | Meaning::Reset) => Self::Plain,
            (UnfinishedScores::ClearGradeUnlessPreserved, meaning) => {
                Self::to_canvas(grade, meaning, is_repeated)
            }
        }
    }

    /// In Canvas, every score is a new attempt by default.
    fn to_canvas(grade: &Grade, meaning: Meaning, is_repeated: bool) -> Self {
        let is_submitted = matches!(
            grade.activity_progress,
            ActivityProgress::Submitted | ActivityProgress::Completed
        );
        let is_attempt = is_submitted && !is_repeated && meaning != Meaning::Reset;
        // This one sets the grade that it contains.
        let is_preliminary =
            grade.score.is_some() && grade.grading_progress == GradingProgress::PendingManual;
        let extension = CanvasSubmission {
            new_submission: (!is_attempt).then_some(false),
            preserve_score: (meaning == Meaning::Progress && !is_preliminary).then_some(true),
        };
        match extension == CanvasSubmission::default() {
            true => Self::Plain,
            false => Self::Canvas(extension),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Name, Protocol, Registration, Slug, Submission};

    fn grade(score: Option<&str>, activity: &str, grading: &str) -> Grade {
        Grade {
            context_id: None,
            score: score.map(|score| score.parse().unwrap()),
            maximum: "10".parse().unwrap(),
            activity_progress: activity.parse().unwrap(),
            grading_progress: grading.parse().unwrap(),
            comment: None,
            submission: Submission::default(),
            set_by: "app".to_owned(),
            account_id: 1,
            resource_id: 1,
            at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    /// What is sent: nothing, or the members of Canvas's extension.
    fn sent(product: &str, grade: &Grade, is_repeated: bool) -> &'static str {
        let product = crate::domain::Product::new(product).unwrap();
        let rule = crate::lms::unfinished_scores_of(Some(&product), None);
        match ScoreDelivery::of(rule, grade, is_repeated) {
            ScoreDelivery::Plain => "plain",
            ScoreDelivery::Withheld => "withheld",
            ScoreDelivery::Canvas(CanvasSubmission { new_submission, preserve_score }) => {
                match (new_submission, preserve_score) {
                    (Some(false), Some(true)) => "old attempt, preserved",
                    (None, Some(true)) => "preserved",
                    (Some(false), None) => "old attempt",
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    #[test]
    fn no_unfinished_score_removes_a_grade() {
        let (slug, name) = (Slug::new("a").unwrap(), Name::new("A").unwrap());
        let mut consumer = Registration::draft(slug, name, jiff::Timestamp::UNIX_EPOCH);
        consumer.protocol = Protocol::Lti1p1;
        for (score, activity, grading, moodle, canvas, other) in [
            (Some("7"), "Completed", "FullyGraded", "plain", "plain", "plain"),
            (Some("7"), "Started", "FullyGraded", "plain", "old attempt", "plain"),
            (None, "Completed", "FullyGraded", "plain", "old attempt", "plain"),
            (None, "Initialized", "NotReady", "plain", "old attempt", "plain"),
            (None, "Started", "NotReady", "withheld", "old attempt, preserved", "plain"),
            (None, "InProgress", "Pending", "withheld", "old attempt, preserved", "plain"),
            (None, "Submitted", "PendingManual", "withheld", "preserved", "plain"),
            (Some("7"), "Submitted", "PendingManual", "withheld", "plain", "plain"),
            (Some("7"), "Submitted", "Pending", "withheld", "preserved", "plain"),
            (Some("7"), "Completed", "Failed", "withheld", "preserved", "plain"),
        ] {
            let grade = grade(score, activity, grading);
            for (product, expected) in [
                ("moodle", moodle),
                ("canvas", canvas),
                ("canvas-selfhosted", canvas),
                ("brightspace", other),
                ("unknown-lms", other),
            ] {
                let found = sent(product, &grade, false);
                assert_eq!(found, expected, "{product} {score:?} {activity} {grading}");
            }
            let is_withheld = moodle == "withheld";
            let rule = crate::lms::unfinished_scores(&consumer);
            let lti_1p1 = ScoreDelivery::of(rule, &grade, false);
            assert_eq!(lti_1p1 == ScoreDelivery::Withheld, is_withheld, "{score:?} {grading}");
        }
    }

    #[test]
    fn canvas_is_recognized_by_its_issuer() {
        let grade = grade(None, "Started", "NotReady");
        for (issuer, expected) in [
            (Some("https://canvas.instructure.com"), false),
            (Some("https://lms.example.edu"), true),
            (None, true),
        ] {
            let rule = crate::lms::unfinished_scores_of(None, issuer);
            let delivery = ScoreDelivery::of(rule, &grade, false);
            assert_eq!(delivery == ScoreDelivery::Plain, expected, "{issuer:?}");
        }
    }

    #[test]
    fn what_canvas_may_have_is_no_second_attempt() {
        for (grading, expected) in
            [("FullyGraded", "old attempt"), ("Pending", "old attempt, preserved")]
        {
            assert_eq!(sent("canvas", &grade(Some("7"), "Completed", grading), true), expected);
        }
    }
}
