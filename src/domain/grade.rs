//! Grades: what somebody has reached at a resource.

use jiff::Timestamp;

use super::words::words;
use super::{Invalid, MaxGrade};

/// One account's grade at one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Grade {
    /// Key of the account within the database.
    pub account_id: i64,
    /// Key of the resource within the database.
    pub resource_id: i64,
    /// What was reached; none when it was taken away.
    pub score: Option<Score>,
    /// Out of how many.
    pub maximum: MaxGrade,
    /// How far the person has come (Assignment and Grade Services 2.0, 3.4.7).
    pub activity_progress: ActivityProgress,
    /// How far the grading has come (3.4.8).
    pub grading_progress: GradingProgress,
    /// What the grader says, as plain text.
    pub comment: Option<String>,
    /// Who set it: `cli`, `import` or `app`.
    pub set_by: String,
    /// When it was given.
    pub at: Timestamp,
}

/// What was reached; a finite number from 0 up. It may be more than the maximum if the resource
/// allows extra credit (Assignment and Grade Services 2.0, 3.4.4).
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Score(f64);

impl Score {
    /// Checks a score.
    ///
    /// # Errors
    ///
    /// Not a finite number from 0 to 1,000,000.
    pub fn new(value: f64) -> Result<Self, Invalid> {
        // A zero with a sign is a zero.
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
    /// How far a person has come with an activity (Assignment and Grade Services 2.0, 3.4.7).
    ActivityProgress, "activity progress", {
        /// Not begun.
        Initialized = "Initialized",
        /// Begun.
        Started = "Started",
        /// Under way.
        InProgress = "InProgress",
        /// Handed in; more may follow.
        Submitted = "Submitted",
        /// Done.
        Completed = "Completed",
    }
}

words! {
    /// How far the grading has come (Assignment and Grade Services 2.0, 3.4.8).
    GradingProgress, "grading progress", {
        /// The grade is final.
        FullyGraded = "FullyGraded",
        /// The grade is not final.
        Pending = "Pending",
        /// Somebody has to grade.
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
