//! The body of a request in which an app sends a score.

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::{
    AccountRef, ActivityProgress, GradingProgress, Invalid, MaxGrade, Score, Submission,
};
use crate::lti::json_problem;
use crate::rules::grade::{MAX_COMMENT_CHARACTERS, NewGrade};

/// Why a body is rejected.
#[derive(Debug, PartialEq, Eq)]
pub enum BadScore {
    /// It is not JSON from this position on.
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1; 0 at the beginning of a line.
        column: usize,
    },
    /// It is JSON, but has other fields; a description of the problem.
    WrongShape(String),
    /// One of the values breaks a rule.
    Invalid(Invalid),
}

/// A score to record.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct ScoreRequest {
    /// Username or UUID of an account that is enrolled in the app's resource; by default the
    /// account of the launch token.
    account: Option<String>,
    /// Course of the account's grade, if the resource has grades by course: its ID at the platform,
    /// or with the slug of the registration in front (`test-platform/2`); by default the only one
    /// from which the account has opened the resource.
    course: Option<String>,
    /// Score, at most the maximum unless the resource allows extra credit; null clears the grade.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schemars(schema_with = "score_or_null")]
    score: Option<f64>,
    /// Maximum that the score refers to; the resource's maximum grade by default.
    #[schemars(range(max = 1_000_000))]
    maximum: Option<f64>,
    /// Activity progress; `Completed` by default.
    #[schemars(with = "Option<ActivityProgress>")]
    activity_progress: Option<String>,
    /// Grading progress; `FullyGraded` by default.
    #[schemars(with = "Option<GradingProgress>")]
    grading_progress: Option<String>,
    /// Feedback comment, as plain text; by default, the grade has none.
    #[schemars(length(max = MAX_COMMENT_CHARACTERS))]
    comment: Option<String>,
    /// When the person started and submitted the work. By default, the times of the stored grade
    /// are kept, as far as the activity progress allows; an empty object removes them.
    submission: Option<SubmissionRequest>,
}

/// When the person started and submitted the work (RFC 3339, with a time zone).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct SubmissionRequest {
    /// When the work was started; not in the future.
    #[schemars(extend("format" = "date-time"))]
    started_at: Option<String>,
    /// When the work was submitted; neither in the future nor before it was started.
    #[schemars(extend("format" = "date-time"))]
    submitted_at: Option<String>,
}

fn score_or_null(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": ["number", "null"], "minimum": 0, "maximum": 1_000_000 })
}

/// Parses the body of a request: the account and the course that it names, and the grade.
pub fn read(body: &[u8]) -> Result<(Option<AccountRef>, Option<String>, NewGrade), BadScore> {
    // serde would read a list as the object's fields in their order.
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(BadScore::WrongShape("the body is a list".to_owned()));
    }
    let request: ScoreRequest =
        serde_json::from_slice(body).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => BadScore::WrongShape(json_problem(&error)),
            _ => BadScore::NotJson { line: error.line(), column: error.column() },
        })?;
    let account = request.account.as_deref().map(AccountRef::from);
    let course = request.course.clone();
    Ok((account, course, request.grade().map_err(BadScore::Invalid)?))
}

impl ScoreRequest {
    fn grade(self) -> Result<NewGrade, Invalid> {
        let submission = self.submission.map(|sent| {
            Ok(Submission {
                started_at: time("started_at", sent.started_at)?,
                submitted_at: time("submitted_at", sent.submitted_at)?,
            })
        });
        Ok(NewGrade {
            score: self.score.map(Score::new).transpose()?,
            maximum: self.maximum.map(MaxGrade::new).transpose()?,
            activity_progress: self.activity_progress.as_deref().map(str::parse).transpose()?,
            grading_progress: self.grading_progress.as_deref().map(str::parse).transpose()?,
            comment: self.comment,
            submission: submission.transpose()?,
        })
    }
}

/// A time with a zone, to the millisecond, as it is stored and sent.
fn time(field: &str, text: Option<String>) -> Result<Option<Timestamp>, Invalid> {
    let to_milliseconds = TimestampRound::new().smallest(Unit::Millisecond).mode(RoundMode::Floor);
    text.map(|text| {
        let time = text.parse::<Timestamp>().ok();
        time.and_then(|time| time.round(to_milliseconds).ok()).ok_or_else(|| {
            Invalid::new(field, "must be a time with a zone, such as 2026-11-25T08:05:09Z")
        })
    })
    .transpose()
}
