//! Grades of accounts at resources.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::words::words;
use super::{Invalid, MaxGrade, json};

/// One account's grade at one resource.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Grade {
    /// Row ID of the account.
    #[serde(skip)]
    pub account_id: i64,
    /// Row ID of the resource.
    #[serde(skip)]
    pub resource_id: i64,
    /// Row ID of the course, if the resource has grades by course.
    #[serde(skip)]
    pub context_id: Option<i64>,
    /// Score; null if the grade was cleared.
    pub score: Option<Score>,
    /// Maximum that the score refers to.
    pub maximum: MaxGrade,
    /// Activity progress (Assignment and Grade Services 2.0, 3.4.7).
    pub activity_progress: ActivityProgress,
    /// Grading progress (Assignment and Grade Services 2.0, 3.4.8).
    pub grading_progress: GradingProgress,
    /// Feedback comment, as plain text.
    pub comment: Option<String>,
    /// When the person started and submitted the work.
    pub submission: Submission,
    /// What set the grade: `cli`, `import` or `app`.
    pub set_by: String,
    /// When the grade was set.
    #[serde(rename = "graded_at", serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub at: Timestamp,
}

/// When a person started and submitted the work (Assignment and Grade Services 2.0, 3.4.10).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Submission {
    /// When the work was started.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub started_at: Option<Timestamp>,
    /// When the work was submitted.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub submitted_at: Option<Timestamp>,
}

/// How far another clock may be ahead, in seconds: Canvas refuses later times.
const CLOCK_TOLERANCE_SECONDS: i64 = 60;

impl Submission {
    /// Checks times that an app sends.
    ///
    /// # Errors
    ///
    /// If a time is before 1970 or more than a minute in the future, or the work was submitted
    /// before it was started.
    pub fn check(&self, now: Timestamp) -> Result<(), Invalid> {
        let latest = now.as_second().saturating_add(CLOCK_TOLERANCE_SECONDS);
        let times = [("started_at", self.started_at), ("submitted_at", self.submitted_at)];
        for (field, time) in times {
            match time.map(Timestamp::as_second) {
                Some(..0) => return Err(Invalid::new(field, "must not be before 1970")),
                Some(time) if time > latest => {
                    return Err(Invalid::new(field, "must not be in the future"));
                }
                _ => {}
            }
        }
        match (self.started_at, self.submitted_at) {
            (Some(started), Some(submitted)) if submitted < started => {
                Err(Invalid::new("submitted_at", "must not be earlier than started_at"))
            }
            _ => Ok(()),
        }
    }

    /// What is left of the times when the work has this progress: platforms clear them in the same
    /// way when a person starts again.
    pub fn at_progress(self, progress: ActivityProgress) -> Self {
        match progress {
            ActivityProgress::Initialized => Self::default(),
            ActivityProgress::Started | ActivityProgress::InProgress => {
                Self { submitted_at: None, ..self }
            }
            ActivityProgress::Submitted | ActivityProgress::Completed => self,
        }
    }
}

/// A score: from 0 to 1,000,000. It may exceed the maximum if the resource allows extra credit
/// (Assignment and Grade Services 2.0, 3.4.4).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Score(f64);

impl Score {
    /// Checks a score.
    ///
    /// # Errors
    ///
    /// If it is not a finite number from 0 to 1,000,000.
    pub fn new(value: f64) -> Result<Self, Invalid> {
        // Adding 0 turns -0 into 0.
        if value.is_finite() && (0.0..=1_000_000.0).contains(&value) {
            Ok(Self(value + 0.0))
        } else {
            Err(Invalid::new("score", "must be a number from 0 to 1000000"))
        }
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl std::str::FromStr for Score {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::new(text.trim().parse().unwrap_or(f64::NAN))
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

words! {
    /// Activity progress (Assignment and Grade Services 2.0, 3.4.7).
    ActivityProgress, "activity progress", {
        /// Not started.
        Initialized = "Initialized",
        /// Started.
        Started = "Started",
        /// In progress.
        InProgress = "InProgress",
        /// Submitted; further submissions may follow.
        Submitted = "Submitted",
        /// Completed.
        Completed = "Completed",
    }
}

words! {
    /// Grading progress (Assignment and Grade Services 2.0, 3.4.8).
    GradingProgress, "grading progress", {
        /// The grade is final.
        FullyGraded = "FullyGraded",
        /// The grade is not final.
        Pending = "Pending",
        /// A person has to grade the work.
        PendingManual = "PendingManual",
        /// Grading failed.
        Failed = "Failed",
        /// There is nothing to grade yet.
        NotReady = "NotReady",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn submission_times_are_in_order_and_in_the_past() {
        let at = |second| Timestamp::from_second(second).unwrap();
        for (started, submitted, expected) in [
            (None, None, None),
            (Some(10), None, None),
            (None, Some(1000), None),
            (Some(10), Some(10), None),
            (Some(1060), Some(1060), None),
            (Some(11), Some(10), Some("submitted_at")),
            (Some(1061), None, Some("started_at")),
            (None, Some(1061), Some("submitted_at")),
            (Some(-1), Some(10), Some("started_at")),
        ] {
            let times = Submission { started_at: started.map(at), submitted_at: submitted.map(at) };
            let found = times.check(at(1000)).err().map(|invalid| invalid.field);
            assert_eq!(found.as_deref(), expected, "{started:?} {submitted:?}");
        }
    }

    #[test]
    fn starting_again_clears_earlier_times() {
        let [started_at, submitted_at] = [1, 2].map(|second| Timestamp::from_second(second).ok());
        let whole = Submission { started_at, submitted_at };
        let unfinished = Submission { submitted_at: None, ..whole };
        for (progress, expected) in [
            ("Initialized", Submission::default()),
            ("Started", unfinished),
            ("InProgress", unfinished),
            ("Submitted", whole),
            ("Completed", whole),
        ] {
            assert_eq!(whole.at_progress(progress.parse().unwrap()), expected, "{progress}");
        }
    }

    #[test]
    fn scores_are_finite_and_not_negative() {
        for (text, expected) in [
            ("0", Some("0")),
            ("-0", Some("0")),
            (" 7.50 ", Some("7.5")),
            ("11", Some("11")),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("", None),
            ("1e7", None),
        ] {
            assert_eq!(
                text.parse::<Score>().ok().map(|score| score.to_string()).as_deref(),
                expected,
                "{text:?}"
            );
        }
    }
}
