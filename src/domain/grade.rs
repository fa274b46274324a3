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
    /// What set the grade: `cli`, `import` or `app`.
    pub set_by: String,
    /// When the grade was set.
    #[serde(rename = "graded_at", serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub at: Timestamp,
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
